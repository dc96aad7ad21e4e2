# ---
# jupyter:
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
# ---

# %% [markdown]
# # Exercises 06 · Cats and dogs
#
# After these exercises you know that you can do what [chapter 06](../06_cats_and_dogs.ipynb) shows: read curves and
# folders, change pictures by chance, build a network that is small enough for few pictures, and judge one without a threshold.
#
# - **Time**: about 70 minutes. Nothing is trained and nothing is downloaded; no GPU is needed.
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

environment = setup(seed=42, precision="float32")

# %%
import keras
import numpy as np

from exercises import chapter_06 as check
from exercises.exercise import progress
from exercises.quiz import quiz

# %% [markdown]
# ## Warm-up: five questions
#
# No points, and no harm in a wrong click: every choice explains itself. Decide before you click.

# %% [markdown] tags=["quiz"]
# 1. The training loss falls in all 12 epochs. The validation loss falls until epoch 8, and rises after it. What happens after epoch 8?
#    - [ ] The learning rate is too small, so the network stops learning.
#      > It goes on learning: the training loss still falls. But what it learns holds for the training pictures only.
#    - [x] The network memorises the training pictures, and becomes too confident on new ones.
#      > This is overfitting. Its validation accuracy may even stay where it is: the loss rises because wrong answers are given with more and more confidence.
#    - [ ] The validation pictures are harder than the training pictures.
#      > They are the same pictures in every epoch. If they were harder, their loss would lie higher from the start; that would not make it turn up.
#    - [ ] Somebody forgot to shuffle the validation pictures.
#      > Loss and accuracy are means over all validation pictures, so their order has no effect.
# 2. A RandomFlip layer stands in front of your network. What does it do when you call predict?
#    - [ ] It mirrors each picture with the same probability as in training.
#      > Then the same picture could get two answers. Augmentation layers look at `training`, and predict says training=False.
#    - [ ] It mirrors every picture.
#      > Nothing is mirrored: you want to know what the network says about the picture that you have.
#    - [ ] It makes a mirrored copy and averages the two answers.
#      > One can do that by hand, but no layer does it by itself. The layer lets one picture in and one out.
#    - [x] Nothing: the picture passes as it is.
#      > fit calls layers with training=True, predict and evaluate with training=False. Then augmentation and dropout let everything pass.
# 3. You train with augmentation and dropout. In the first epochs the training accuracy lies below the validation accuracy. What do you conclude?
#    - [x] Nothing is wrong: training is measured under harder conditions.
#      > In training the pictures are changed and half of the values are switched off. Validation has the whole network and the pictures as they are.
#    - [ ] The network overfits.
#      > Overfitting is the reverse: much better on the training pictures than on the others.
#    - [ ] Training and validation pictures were exchanged.
#      > Exchanging them would change nothing here: whichever pictures you train with, they are the ones that are changed and seen with dropout.
#    - [ ] Dropout must be switched on for validation as well, to be fair.
#      > You want to know how good the network is that you will use, and in use nothing is switched off.
# 4. Your network has its best epoch on the validation pictures. Why is this accuracy no test result?
#    - [ ] Because there are too few validation pictures.
#      > Few pictures make an accuracy uncertain, up or down. A test set would be no better if it were as small.
#    - [ ] Because the network was trained on the validation pictures.
#      > No weight was changed with them. But they were used in another way: to choose.
#    - [x] Because the epoch, and the settings, were chosen with these very pictures.
#      > Whoever chooses the best of many numbers also chooses the luckiest. A fair number comes from pictures that were not used to choose.
#    - [ ] Because validation pictures are not augmented.
#      > Test pictures are not augmented either: both should be real pictures.
# 5. A network gives the probability of dog. You raise the threshold from 0.5 to 0.8. What can happen to the recall of dogs?
#    - [ ] It rises, because the network must be more confident.
#      > To be called a dog has become harder for every picture. A dog that was not found before is not found now.
#    - [x] It falls or stays the same.
#      > Dogs between 0.5 and 0.8 are no longer called dogs, and no new one is found. In exchange there are usually fewer false alarms.
#    - [ ] Nothing: recall does not depend on the threshold.
#      > The area below the ROC curve does not. Recall is the share of dogs above the threshold, so it does.
#    - [ ] It can do anything, as precision can.
#      > Precision can go both ways, because both of its numbers change. For recall the number of dogs stays the same, and fewer of them are found.

# %% tags=["nbval-ignore-output"]
quiz("06")

# %% [markdown]
# ## 1. A fifth block (1 point)
#
# The network of the chapter has four *blocks* (블록) of convolution and pooling (풀링), and comes from 150 by 150 to 7 by 7 pixels
# with 128 channels. You add a fifth block of the same kind: 128 filters of 3x3 without padding, then pooling 2x2. After it
# come `Flatten` and the dense layer of 512 units, as before. How many parameters does this dense layer have now?

# %% tags=["answer"]
parameters = ...
### BEGIN SOLUTION
# 7 -> 5 (convolution) -> 2 (pooling), 128 channels
parameters = (2 * 2 * 128 + 1) * 512
### END SOLUTION

# %% tags=["check"]
check.ex1(parameters)

# %% [markdown]
# ## 2. From probabilities to names (1 point)
#
# The network has one *sigmoid* (시그모이드) output: the probability of **dog**. `predict` gives an array of shape (n, 1). Write
# the function that makes names of it: `"dog"` where the probability is larger than `threshold` (임계값, 문턱값), else `"cat"`. It returns n
# names, as a list or as an array of shape (n,).

# %% tags=["answer"]
def names(probabilities, threshold):
    """One name, "cat" or "dog", for each picture."""
    ### BEGIN SOLUTION
    return np.where(probabilities[:, 0] > threshold, "dog", "cat")
    ### END SOLUTION

# %% tags=["check"]
check.ex2(names)

# %% [markdown]
# ## 3. Read the curves (1 point)
#
# `training_loss` and `validation_loss` are arrays of shape (n,), one number for each of n epochs. Write a function that
# tells how **overfitting** (과대적합, 과적합) went. It returns two numbers:
#
# - the epoch with the lowest validation loss, counted from 1 (the first one, if two are equally low);
# - the gap in the **last** epoch: validation loss minus training loss.

# %% tags=["answer"]
def overfitting(training_loss, validation_loss):
    """Best epoch (counted from 1), and the gap in the last epoch."""
    ### BEGIN SOLUTION
    best_epoch = int(np.argmin(validation_loss)) + 1
    return best_epoch, validation_loss[-1] - training_loss[-1]
    ### END SOLUTION

# %% tags=["check"]
check.ex3(overfitting)

# %% [markdown]
# ## 4. Count the pictures in a folder (1 point)
#
# Before you train with a folder of pictures, count them. `folder` is a `pathlib.Path`. Each folder directly in it is a
# *class* (클래스). A picture is a file whose name ends in `.jpg` and that lies directly in the folder of its class. Nothing
# else counts: no other files, and no folders inside a class. Files that lie beside the folders of the classes are no
# classes.
#
# Return a `dict` from the name of each class to its number of pictures, such as `{"cats": 3, "dogs": 0}`. The check makes a
# small folder with such traps and calls your function with it.

# %% tags=["answer"]
def count_pictures(folder):
    """Name of each class -> number of its pictures."""
    ### BEGIN SOLUTION
    return {path.name: len(list(path.glob("*.jpg"))) for path in folder.iterdir() if path.is_dir()}
    ### END SOLUTION

# %% tags=["check"]
check.ex4(count_pictures)

# %% [markdown]
# ## 5. Make more pictures out of few (2 points)
#
# Build a **data augmentation** (데이터 증강) for pictures of 150 by 150 pixels in colour, with values from 0 to 1: a
# `keras.Sequential` of augmentation layers. In training (`training=True`)
#
# - about every second picture is mirrored left to right;
# - most pictures are also turned, shifted, sheared or zoomed so that you can see it: a point on the animal ends a pixel or
#   more away from where it was;
# - no picture is upside down, lies on its side, or is moved half out of sight: keep turns below 45 degrees, shifts
#   below a quarter of the side;
# - shape and range of the values stay as they are. You may change the light, too, if you keep to the range.
#
# In predicting (`training=False`) every picture passes unchanged. The check applies your layers to pictures of its own,
# many times.

# %% tags=["answer"]
augmentation = ...
### BEGIN SOLUTION
augmentation = keras.Sequential([
    keras.layers.RandomFlip("horizontal"),
    keras.layers.RandomRotation(20 / 360),
    keras.layers.RandomTranslation(0.1, 0.1),
    keras.layers.RandomBrightness(0.2, value_range=(0, 1)),
])
### END SOLUTION

# %% tags=["check"]
check.ex5(augmentation)

# %% [markdown]
# ## 6. A seventh of the parameters (2 points)
#
# The network of the chapter has 3,453,121 parameters for 2,000 pictures. Build one with **at most 500,000**:
#
# - its input is a picture of shape (150, 150, 3), its output is one probability, between 0 and 1 for any picture;
# - it has at least three convolution layers;
# - it has **dropout** (드롭아웃) in front of its output, which acts in training only.
#
# Do not train it. Exercise 1 shows where most of the parameters are, and one way to have fewer. That alone is not
# enough.

# %% tags=["answer"]
model = ...
### BEGIN SOLUTION
model = keras.Sequential([keras.Input((150, 150, 3))])
for filters in (32, 64, 128, 128, 128):
    model.add(keras.layers.Conv2D(filters, 3, activation="relu"))
    model.add(keras.layers.MaxPooling2D(2))
model.add(keras.layers.Flatten())  # GlobalAveragePooling2D in place of Flatten (the mean of each map) saves even more
model.add(keras.layers.Dropout(0.5))
model.add(keras.layers.Dense(128, activation="relu"))
model.add(keras.layers.Dense(1, activation="sigmoid"))
### END SOLUTION

# %% tags=["check"]
check.ex6(model)

# %% [markdown]
# ## 7. Repair it (2 points)
#
# Somebody wrote a function that prepares pictures for one epoch. `pictures` is an array (n, H, W, 3) of `uint8` in 0..255,
# `labels` an array (n,). The function returns the prepared pictures and their labels, in this order. It should
#
# - scale all values to 0..1;
# - with `training=True` shuffle the pictures, each with its own label, and mirror about half of them, left to right;
# - with `training=False` only scale: every picture and every label stays in its place, and none is mirrored.
#
# It runs, but it is wrong in three places. Find and fix them here: change the function itself, or write it anew below.

# %% tags=["answer"]
def prepare(pictures, labels, training):
    """Pictures and labels of one epoch, ready for the network."""
    random = np.random.default_rng()
    pictures = pictures / 255
    if training:
        order = random.permutation(len(pictures))
        pictures = pictures[order]
    mirrored = random.random(len(pictures)) < 0.5
    pictures[mirrored] = pictures[mirrored, :, ::-1]
    return pictures / 255, labels
### BEGIN SOLUTION

def prepare(pictures, labels, training):
    """Pictures and labels of one epoch, ready for the network."""
    random = np.random.default_rng()
    pictures = pictures / 255
    if training:
        order = random.permutation(len(pictures))
        pictures, labels = pictures[order], labels[order]
        mirrored = random.random(len(pictures)) < 0.5
        pictures[mirrored] = pictures[mirrored, :, ::-1]
    return pictures, labels
### END SOLUTION

# %% tags=["check"]
check.ex7(prepare)

# %% [markdown]
# ## 8. The area below the ROC curve (1 point)
#
# The area below the **ROC curve** (수신자 조작 특성 곡선) is the share of all pairs of a cat and a dog in which the dog gets the higher
# probability. A pair in which both get the same probability counts half. Write the function that computes the area from the pairs.
#
# `truth` is an array of shape (n,), 0 for a cat and 1 for a dog; `probabilities` has the same shape and holds the probability of
# dog. There is at least one animal of each kind, but not always equally many. The result is one number between 0 and 1. Write it
# with NumPy or with loops.

# %% tags=["answer"]
def area(truth, probabilities):
    """Area below the ROC curve, from the pairs of a cat and a dog."""
    ### BEGIN SOLUTION
    dogs, cats = probabilities[truth == 1], probabilities[truth == 0]
    score = 0
    for dog in dogs:
        score += (dog > cats).sum() + 0.5 * (dog == cats).sum()
    return score / (len(dogs) * len(cats))
    ### END SOLUTION

# %% tags=["check"]
check.ex8(area)

# %% [markdown]
# ## How far are you?

# %% tags=["reached"]
progress(check)

# %% [markdown]
# **Next:** [07 · Inside the cats-and-dogs network](../07_inside_the_cats_and_dogs_cnn.ipynb), or its [exercises](07_inside_cats_exercises.ipynb).
