# ---
# jupyter:
#   accelerator: GPU
#   colab:
#     gpuType: T4
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
# ---

# %% [markdown]
# # Exercises 04 · A network for clothes
#
# After these exercises you know that you can do what [chapter 04](../04_fashion_mnist_cnn.ipynb) shows: prepare pictures, cut
# off a validation set, build a convolutional network, count its parameters, and train a small one.
#
# - **Time**: about an hour. Only exercise 6 trains, for a few seconds.
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

from exercises import chapter_04 as check
from exercises.exercise import progress
from exercises.quiz import quiz
from helpers.data import load_fashion_mnist

# %% [markdown]
# ## Warm-up: five questions
#
# No points, and no harm in a wrong click: every choice explains itself. Decide before you click.

# %% [markdown] tags=["quiz"]
# 1. You want the filters of a Conv2D layer to jump three pixels at a time. Which argument do you set?
#    - [ ] kernel_size=3
#      > That is how large the window is. A window of 3 by 3 may well move by one pixel, as it did in the lesson.
#    - [ ] filters=3
#      > That is how many filters there are, and so how many feature maps come out. It moves nothing.
#    - [ ] padding=3
#      > Padding is what surrounds the picture, and in Keras it is a word such as "same". It does not say how far a filter moves.
#    - [x] strides=3
#      > The stride is the step, down and to the right. If you leave it out, it is 1 in a convolution.
# 2. Four people want max pooling over blocks of 2 by 2. Whose line does Keras refuse?
#    - [ ] MaxPooling2D(2)
#      > Keras takes it: one number stands for height and width alike.
#    - [x] MaxPooling2D((2, 2, 1))
#      > Two numbers are allowed, height and width. There is none for the channels, because each map is pooled by itself.
#    - [ ] MaxPooling2D((2, 2))
#      > Keras takes it: height and width, each with its own number.
#    - [ ] MaxPooling2D()
#      > Keras takes it: blocks of 2 by 2 are what it does when nothing is said.
# 3. 500 grey pictures, 64 pixels high and 48 wide, are to go into a Conv2D layer. Which shape must their array have?
#    - [x] (500, 64, 48, 1)
#      > Pictures, height, width, channels: four axes, and a grey picture has one channel.
#    - [ ] (500, 64, 48)
#      > The channel axis is missing. The layer has to know how deep its kernels must be, even if the answer is 1. (A network that begins with keras.Input((64, 48, 1)) may add the axis by itself. Do not rely on it: a layer called directly refuses.)
#    - [ ] (64, 48, 1)
#      > That is the shape of one picture. keras.Input is told this shape, but the data need the axis that counts pictures, even for a single one.
#    - [ ] (500, 3072)
#      > One row of numbers for each picture is what a dense layer wants. Which pixels are neighbours can no longer be seen in it.
# 4. A friend asks: my picture has the shape (28, 28) and is fine. Why do you make (28, 28, 1) of it? What do you say?
#    - [ ] It makes room for a second copy of the picture.
#      > An axis of length 1 has no room for anything more: 28 times 28 times 1 are as many numbers as before.
#    - [ ] It turns the grey picture into a colour picture.
#      > A colour picture has three channels: the axis would have the length 3, and there would be three times as many numbers.
#    - [x] No pixel is added or moved. It only says: here is one channel, and each pixel is a list of one number.
#      > A convolution works on pictures of any depth, so it asks how deep they are. With the axis, grey and colour pictures have the same form.
#    - [ ] It marks the picture as the first of the batch.
#      > The axis that counts pictures is another one, and it stands in front: (1, 28, 28, 1).
# 5. You cannot decide between 8 and 16 filters. Which pictures decide?
#    - [ ] The training set, because it is the largest.
#      > The network has seen these pictures. One that memorised them would win, and fail on new ones.
#    - [x] The validation set.
#      > It is there for decisions: new to the network, and you may look at it as often as you choose something.
#    - [ ] The test set, because it is closest to real life.
#      > Then its result is no longer an honest one: you picked what happens to fit these pictures. Ask it once, when all is decided.

# %% tags=["nbval-ignore-output"]
quiz("04")

# %% [markdown]
# ## 1. Shapes on the way down (1 point)
#
# Grey pictures of 40 by 40 pixels go through these five layers. Which shape has the output of each, for one picture?
#
# ```python
# keras.Sequential([
#     keras.Input((40, 40, 1)),
#     keras.layers.Conv2D(8, kernel_size=5, activation="relu"),  # no padding
#     keras.layers.MaxPooling2D(2),
#     keras.layers.Conv2D(16, kernel_size=3, activation="relu", padding="same"),
#     keras.layers.MaxPooling2D(3),
#     keras.layers.Flatten(),
# ])
# ```
#
# Write a list of five tuples, one for each layer, without the axis that counts pictures: `[(..., ..., ...), ...]`. A tuple of
# one number is written with a comma: `(12,)`. Work it out before you let Keras tell you.

# %% tags=["answer"]
shapes = ...
### BEGIN SOLUTION
shapes = [(36, 36, 8), (18, 18, 8), (18, 18, 16), (6, 6, 16), (576,)]
### END SOLUTION

# %% tags=["check"]
check.ex1(shapes)

# %% [markdown]
# ## 2. Parameters of a whole network (1 point)
#
# A network for pictures of `size` by `size` pixels (an even number) with `channels` channels (채널) has four layers:
# a convolution with `filters` filters of 3 by 3 and `padding="same"`; max pooling 2 by 2; `Flatten`; and a dense layer (밀집층)
# with `units` units. Write the function that returns how many parameters (파라미터) it has in all.

# %% tags=["answer"]
def count_parameters(size, channels, filters, units):
    """Number of parameters of convolution, pooling, flatten, dense."""
    ### BEGIN SOLUTION
    convolution = (3 * 3 * channels + 1) * filters
    flattened = (size // 2) ** 2 * filters
    return convolution + (flattened + 1) * units
    ### END SOLUTION

# %% tags=["check"]
check.ex2(count_parameters)

# %% [markdown]
# ## 3. Cut off a validation set (2 points)
#
# Write a function that cuts pictures `x` of shape (n, height, width, 1) and labels `y` of shape (n,) into a training set
# (훈련 세트) and a validation set (검증 세트). It returns four arrays in this order: `x_train, x_val, y_train, y_val`.
#
# - Four fifths are for training, one fifth is for validation; n is a multiple of 5.
# - Chance decides which picture goes where: `x` may be sorted by class.
# - Each picture ends up in exactly one of the two, unchanged, and each label stays with its picture.

# %% tags=["answer"]
def split(x, y):
    """Cut at random: x_train, x_val, y_train, y_val."""
    ### BEGIN SOLUTION
    order = np.random.permutation(len(x))
    cut = 4 * len(x) // 5
    training, validation = order[:cut], order[cut:]
    return x[training], x[validation], y[training], y[validation]
    ### END SOLUTION

# %% tags=["check"]
check.ex3(split)

# %% [markdown]
# ## 4. A network without pooling (2 points)
#
# Pooling (풀링) is not the only way to shrink: a convolution with `strides=2` moves its filter by two pixels, and with
# `padding="same"` its output is half as high and half as wide. Build a network, which need not be trained:
#
# - The input has the shape (28, 28, 1), the output is ten probabilities.
# - It has no pooling layer of any kind. At least two convolution layers with a stride (스트라이드) of 2 do the shrinking, so that
#   on the way there are maps of 7 by 7.
# - It has at most 30,000 parameters.

# %% tags=["answer"]
strided = ...
### BEGIN SOLUTION
strided = keras.Sequential(
    [
        keras.Input((28, 28, 1)),
        keras.layers.Conv2D(16, 3, strides=2, activation="relu", padding="same"),
        keras.layers.Conv2D(32, 3, strides=2, activation="relu", padding="same"),
        keras.layers.Flatten(),
        keras.layers.Dense(10, activation="softmax", dtype="float32"),
    ]
)
### END SOLUTION

# %% tags=["check"]
check.ex4(strided)

# %% [markdown]
# ## 5. The three best guesses (1 point)
#
# A shop wants to see three guesses for each picture. `probabilities` is an array with one number for each class, `names` a
# tuple with as many names, in the same order. Return a list with the names of the three most probable classes, the most
# probable first. No two probabilities are equal.

# %% tags=["answer"]
def top_three(probabilities, names):
    """Names of the three most probable classes, best first."""
    ### BEGIN SOLUTION
    best = np.argsort(probabilities)[::-1][:3]
    return [names[label] for label in best]
    ### END SOLUTION

# %% tags=["check"]
check.ex5(top_three)

# %% [markdown]
# ## 6. Small and good enough (2 points)
#
# Here are 6,000 training pictures of Fashion-MNIST, prepared as in the lesson, and 1,000 others for validation (검증).

# %%
(x_all, y_all), _ = load_fashion_mnist()
x_few, y_few = x_all[:6000].reshape(-1, 28, 28, 1).astype("float32") / 255, y_all[:6000]
x_val, y_val = x_all[6000:7000].reshape(-1, 28, 28, 1).astype("float32") / 255, y_all[6000:7000]

print("training:", x_few.shape, y_few.shape, "validation:", x_val.shape, y_val.shape)

# %% [markdown]
# Build, compile and train a network with **at most 30,000 parameters** and **at least one convolution layer**. All else is up to
# you: the other layers, how many epochs (에포크), which learning rate (학습률); keep the training below ten seconds or so. Input
# (28, 28, 1), output one number for each of the ten classes. Look at the accuracy on `x_val` while you try things.
#
# The check shows it the last 2,000 of the 60,000 training pictures, which are not among yours. It must get 80 of 100 right.

# %% tags=["answer", "nbval-ignore-output"]
small = ...
### BEGIN SOLUTION
small = keras.Sequential(
    [
        keras.Input((28, 28, 1)),
        keras.layers.Conv2D(16, 3, activation="relu", padding="same"),
        keras.layers.MaxPooling2D(2),
        keras.layers.Conv2D(32, 3, activation="relu", padding="same"),
        keras.layers.MaxPooling2D(2),
        keras.layers.Flatten(),
        keras.layers.Dense(10, activation="softmax", dtype="float32"),
    ]
)
small.compile(keras.optimizers.Adam(0.002), loss="sparse_categorical_crossentropy", metrics=["accuracy"])
run = small.fit(x_few, y_few, batch_size=64, epochs=5, validation_data=(x_val, y_val), verbose=0)
print("accuracy on x_val:", run.history["val_accuracy"][-1])
### END SOLUTION

# %% tags=["check"]
check.ex6(small)

# %% [markdown]
# ## 7. Repair it (2 points)
#
# Somebody wrote a function that gets everything ready for training. `pictures` are bytes from 0 to 255 of shape (n, 28, 28),
# `labels` whole numbers from 0 to 9 of shape (n,). It returns three things: `x` of shape (n, 28, 28, 1) with values from 0 to
# 1, the labels `y`, and a compiled network that takes `x`, ends in ten probabilities, and learns `y` with crossentropy (교차 엔트로피).
#
# It runs without an error, and `network.fit(x, y)` runs, too, though with warnings; but the network learns nothing. Four things are
# wrong. Mend them here: change the function itself, or write it anew below.

# %% tags=["answer"]
def ready(pictures, labels):
    """Give x, y and a compiled network, ready for training."""
    x = pictures.astype("float32") / 255
    x = x.reshape(-1, 28, 28) / 255
    network = keras.Sequential([keras.Input((28, 28, 1))])
    network.add(keras.layers.Conv2D(8, 3, activation="relu"))
    network.add(keras.layers.MaxPooling2D(2))
    network.add(keras.layers.Flatten())
    network.add(keras.layers.Dense(1, activation="softmax", dtype="float32"))
    network.compile("adam", loss="categorical_crossentropy")
    return x, labels, network
### BEGIN SOLUTION

def ready(pictures, labels):
    """Give x, y and a compiled network, ready for training."""
    x = pictures.reshape(-1, 28, 28, 1).astype("float32") / 255
    network = keras.Sequential([keras.Input((28, 28, 1))])
    network.add(keras.layers.Conv2D(8, 3, activation="relu"))
    network.add(keras.layers.MaxPooling2D(2))
    network.add(keras.layers.Flatten())
    network.add(keras.layers.Dense(10, activation="softmax", dtype="float32"))
    network.compile("adam", loss="sparse_categorical_crossentropy")
    return x, labels, network
### END SOLUTION

# %% tags=["check"]
check.ex7(ready)

# %% [markdown]
# ## How far are you?

# %% tags=["reached"]
progress(check)

# %% [markdown]
# **Next:** [05 · Look inside the Fashion-MNIST network](../05_inside_the_fashion_cnn.ipynb), or its [exercises](05_inside_exercises.ipynb).
