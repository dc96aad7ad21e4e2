# ---
# jupyter:
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
# ---

# %% [markdown]
# # Exercises 10 · Beyond the book
#
# After these exercises you know that you can do what [chapter 10](../10_beyond_the_book.ipynb) shows: write batch normalisation, count what a
# residual block costs, build one, let a learning rate rise and fall, and enter the table of networks with one of your own.
#
# - **Time**: about 75 minutes. Only exercise 6 trains, for a minute.
# - **How to work**: write your answer where the three dots are, or below `# Your code here`. Run the cell, then the one
#   with `check`: it says *right*, *not right yet* (and what may have gone wrong) or *not tried yet*. Try as often as you
#   like.
# - **Stuck?** Open a new cell: `check.ex1.hint()`. The first call gives a nudge, the second asks for a value on the way,
#   the third gives a method. If nothing else helps: `check.ex1.solution()`.

# %% tags=["setup"]
import pathlib, subprocess, sys
REPOSITORY, VERSION = "", "v0.1.0"
places = (pathlib.Path.cwd(), *pathlib.Path.cwd().parents, pathlib.Path.cwd() / "course")
if REPOSITORY and not any((place / "helpers/environment.py").exists() for place in places):
    print("Fetching the course (helpers, exercises, data, models),", VERSION, "of", REPOSITORY)
    subprocess.run(["git", "-c", "advice.detachedHead=false", "clone", "--quiet", "--depth=1", "--branch", VERSION, REPOSITORY, "course"], check=True)
sys.path[:0] = [str(place) for place in places if (place / "helpers/environment.py").exists()] or sys.exit("The folder helpers/ is not here. Upload the course's folders helpers, exercises, data and models beside this notebook (in Colab: folder symbol on the left), then run this cell again.")
import helpers; helpers.expect(VERSION)

# %% tags=["nbval-ignore-output"]
from helpers.environment import setup

environment = setup(seed=42)

# %%
import keras
import numpy as np
from keras.layers import Activation, Add, BatchNormalization, Conv2D, Dense, Flatten, MaxPooling2D

from exercises import chapter_10 as check
from exercises.exercise import progress
from exercises.quiz import quiz

# %% [markdown]
# ## Warm-up: four questions
#
# No points, and no harm in a wrong click: every choice explains itself. Decide before you click.

# %% [markdown] tags=["quiz"]
# 1. You train a recipe with three seeds and get 91.6, 91.8 and 91.7 % on the validation images. With one change, and one seed, you get 91.8 %. What do you say?
#    - [ ] The change helps: 91.8 is more than the mean of 91.7.
#      > One of the three seeds without the change reached the same. A gain that lies within the spread may be luck.
#    - [ ] The change does not help.
#      > You cannot know that either. One seed is too little to say yes or no.
#    - [x] Nothing yet: I train the change with more seeds, too.
#      > Its mean can then be compared with the mean of the others, and both spreads are known.
#    - [ ] I ask the test set.
#      > It would answer for one seed as well, and it would have decided something. Then it is a second validation set.
# 2. A network with `BatchNormalization()`, as Keras has it, is trained for 30 updates. The training loss is small, but `predict` answers nonsense, even for the training images. What is the likely reason?
#    - [ ] The learning rate was too small.
#      > Then the training loss would not be small either.
#    - [x] The averages that the layers remember have not caught up yet.
#      > In training each layer uses its batch, in predict what it remembers; and that moves by a hundredth of the way with each batch.
#    - [ ] Batch normalisation works with large batches only.
#      > Very small batches do make its means noisy, but the training went well here.
#    - [ ] The network has memorised its images.
#      > Then `predict` would be right on the training images, at least.
# 3. A larger network gains 0.3 points with all three seeds, and each of its trainings takes three times as long. With what do you compare it?
#    - [ ] With the smaller network as it was trained: 0.3 points are 0.3 points.
#      > The smaller one might have gained as much from three times the epochs. Then it is the time that helps, and not the size.
#    - [x] With the smaller network, trained for as many seconds.
#      > Then both cost the same, and what is left of the 0.3 points is the gain of the larger network itself.
#    - [ ] With nothing: all three seeds agree, so it is no luck.
#      > It is no luck, but it is not free either. The question is what the same seconds would have brought elsewhere.
#    - [ ] With the best figure in a paper.
#      > That network had other hours and another machine. It is a landmark, and no comparison at equal cost.
# 4. You recognise letters. Which change of the training images is wrong for *every* b and d?
#    - [ ] Shifts by up to two pixels.
#      > A letter stays the same letter a little further to the right.
#    - [x] Mirrored images.
#      > A mirrored b is a d. The network would be told that both are a b.
#    - [ ] Erased rectangles.
#      > Most letters can still be read when a part is covered. Where that part was what mattered, the label is wrong, but not for every image.
#    - [ ] Turning by up to five degrees.
#      > That is how people write: a letter that leans a little is still the same letter.

# %% tags=["nbval-ignore-output"]
quiz("10")

# %% [markdown]
# ## 1. Batch normalisation by hand (1 point)
#
# Write batch normalisation (배치 정규화) for training. `maps` has the shape (images, height, width, channels), `gamma` and `beta` have one number for
# each channel (채널). Add 0.001 to the variance before you take the root.

# %% tags=["answer"]
def normalise(maps, gamma, beta):
    """Each channel with mean beta and standard deviation gamma."""
    ### BEGIN SOLUTION
    mean = maps.mean(axis=(0, 1, 2))
    variance = maps.var(axis=(0, 1, 2))
    return gamma * (maps - mean) / np.sqrt(variance + 0.001) + beta
    ### END SOLUTION

# %% tags=["check"]
check.ex1(normalise)

# %% [markdown]
# ## 2. What a stage costs (1 point)
#
# A stage gets `channels` maps. It has a convolution of 3 by 3 with `filters` filters, and then a residual block (잔차 블록) of two convolutions of
# 3 by 3 that keep the number of maps. Behind each of the three stands batch normalisation, so none has a bias. Return how many parameters (매개변수)
# the stage has, with those that are remembered.

# %% tags=["answer"]
def count_parameters(channels, filters):
    """All parameters of a stage."""
    ### BEGIN SOLUTION
    convolutions = 9 * channels * filters + 2 * 9 * filters * filters
    return convolutions + 3 * 4 * filters
    ### END SOLUTION

# %% tags=["check"]
check.ex2(count_parameters)

# %% [markdown]
# ## 3. One cycle (1 point)
#
# Write the learning rate (학습률) of one cycle; a step is one update of the weights. At step 0 the rate is 0; it grows along a straight line and is
# `top` after a quarter of all `steps`; then it falls along half a cosine wave and is 0 at the last step. `steps` can be divided by four.

# %% tags=["answer"]
def rate(step, steps, top):
    """Learning rate at a step, from 0 to steps."""
    ### BEGIN SOLUTION
    rise = steps / 4
    if step < rise:
        return top * step / rise
    past = (step - rise) / (steps - rise)  # from 0 to 1
    return top * (1 + np.cos(np.pi * past)) / 2
    ### END SOLUTION

# %% tags=["check"]
check.ex3(rate)

# %% [markdown]
# ## 4. A residual block (2 points)
#
# Build a Keras model that is one residual block for maps of shape (14, 14, 16); it need not be trained:
#
# - two convolutions of 3 by 3 without bias, each followed by `BatchNormalization`; ReLU between them;
# - what went in is added to what they give;
# - after the sum another ReLU. The output has the shape of the input.

# %% tags=["answer"]
block = ...
### BEGIN SOLUTION
inputs = keras.Input((14, 14, 16))
inside = Conv2D(16, 3, padding="same", use_bias=False)(inputs)
inside = Activation("relu")(BatchNormalization()(inside))
inside = Conv2D(16, 3, padding="same", use_bias=False)(inside)
inside = BatchNormalization()(inside)
block = keras.Model(inputs, Activation("relu")(Add()([inputs, inside])))
### END SOLUTION

# %% tags=["check"]
check.ex4(block)

# %% [markdown]
# ## 5. A second look (1 point)
#
# `predict` is a function that takes images (n, height, width, 1) and returns probabilities (n, classes). Return the mean of what it says of the images
# and of what it says of their mirror images, left to right.

# %% tags=["answer"]
def second_look(predict, images):
    """Mean of two answers for each image."""
    ### BEGIN SOLUTION
    mirrored = images[:, :, ::-1]
    return (predict(images) + predict(mirrored)) / 2
    ### END SOLUTION

# %% tags=["check"]
check.ex5(second_look)

# %% [markdown]
# ## 6. Enter the table (3 points)
#
# Now you compete with the networks of the course. Write a function that **builds and compiles** a network for Fashion-MNIST and returns it
# untrained. Input (28, 28, 1), values from 0 to 1; ten outputs; labels are plain numbers; **at most 100,000 parameters**.
#
# The judge counts the parameters, trains your network with batches of 128 for **60 seconds** on your machine (in fast mode 3 seconds on 6,000
# images), asks it about the last 2,000 images of the training set, which it does not train with, and says which place it takes among the course's
# Keras networks. These stand in the table by their test accuracy, and 2,000 images are few, so take neighbouring places for equal ones. It must get
# 85 % right (in fast mode 60 %). More is up to your ambition: batch normalisation, a residual block, a learning rate that falls. A schedule must know
# the number of updates beforehand, and here the clock decides: so time an epoch first, which has 454 updates, and leave a margin. Change your network
# and enter again as often as you like.

# %% tags=["answer"]
def entry():
    """A compiled network for clothes."""
    ### BEGIN SOLUTION
    network = keras.Sequential([keras.Input((28, 28, 1))])
    for filters in (16, 32):
        network.add(Conv2D(filters, 3, padding="same", use_bias=False))
        network.add(MaxPooling2D())
        network.add(BatchNormalization(momentum=0.9))
        network.add(Activation("relu"))
    network.add(Flatten())
    network.add(Dense(10, activation="softmax", dtype="float32"))
    network.compile(keras.optimizers.Adam(0.002), loss="sparse_categorical_crossentropy")
    return network
    ### END SOLUTION

# %% tags=["check"]
check.ex6(entry)

# %% [markdown]
# ## 7. Repair it (2 points)
#
# This function should return the moving average (이동 평균) of weights. `steps` is an array with the weights after each step, along its first axis. The
# average begins with the first weights; then, for each of the others, `momentum` says how much of the old average stays. Two things are wrong in it.
# Change the function itself, or write it anew below.

# %% tags=["answer"]
def moving_average(steps, momentum):
    """Moving average of the weights, as it is after the last step."""
    average = 0 * steps[0]
    for weights in steps:
        average = (1 - momentum) * average + momentum * weights
    return average
### BEGIN SOLUTION

def moving_average(steps, momentum):
    """Moving average of the weights, as it is after the last step."""
    average = steps[0]
    for weights in steps[1:]:
        average = momentum * average + (1 - momentum) * weights
    return average
### END SOLUTION

# %% tags=["check"]
check.ex7(moving_average)

# %% [markdown]
# ## How far are you?

# %% tags=["reached"]
progress(check)

# %% [markdown]
# **Next:** [11 · Transfer learning](../11_transfer_learning.ipynb), or its [exercises](11_transfer_exercises.ipynb).
