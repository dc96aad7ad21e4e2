# ---
# jupyter:
#   accelerator: GPU
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
# ---

# %% [markdown]
# # Exercises 11 · Transfer learning
#
# After these exercises you know that you can do what [chapter 11](../11_transfer_learning.ipynb) shows: prepare pictures for somebody else's network, read
# its thousand answers, put a head of your own behind it, and freeze and thaw the right layers.
#
# - **Time**: about an hour. Every cell answers within seconds; no GPU is needed.
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
from helpers.environment import FAST, setup

environment = setup(seed=42, precision="float32")

# %%
from pathlib import Path

import keras
import numpy as np
from sklearn.linear_model import LogisticRegression

from exercises import chapter_11 as check
from exercises.exercise import progress
from exercises.quiz import quiz
from helpers import models
from helpers.data import cats_and_dogs, own_picture

CATS, DOGS = range(281, 286), range(151, 269)  # numbers of ImageNet's classes

# %% [markdown]
# ## Warm-up: five questions
#
# No points, and no harm in a wrong click: every choice explains itself. Decide before you click.

# %% [markdown] tags=["quiz"]
# 1. You have 60 photographs of two kinds of mushrooms. What do you try first?
#    - [ ] Train a convolutional network from scratch, with augmentation.
#      > It would memorise 60 photographs. Augmentation helps, but it cannot show the network what it has never seen.
#    - [ ] Collect 2,000 photographs first.
#      > More photographs help, but first find out how far the 60 lead you. That takes a minute.
#    - [x] Take the features of a pretrained network and fit a logistic regression.
#      > It costs a minute and needs no GPU. Whatever you try afterwards, you can compare it with this.
#    - [ ] Thaw a pretrained network and train all of its layers with a rate of 0.001.
#      > Millions of weights would follow 60 photographs in long steps, and lose what they knew.
# 2. What happens when you freeze the base?
#    - [x] The weights of the base stay as they are when the network is trained.
#      > And batch normalisation in it works as in use: its moving means stay as they are, too.
#    - [ ] The base is not computed any more.
#      > It is computed as before, and its features change with the picture. Only its weights stay.
#    - [ ] The gradients of the head become 0.
#      > The head is behind the base, so its gradients do not run through it. It learns as before.
#    - [ ] The network can no longer be compiled.
#      > It can, and it must be: compile notes which weights may change.
# 3. You thaw the base behind a new head that was not trained yet. What happens?
#    - [ ] Nothing, because the gradients of an untrained head are 0.
#      > The gradients of wrong answers are large, not 0.
#    - [ ] The head learns faster, because the base helps.
#      > The base would help if it stayed what it is. But it is changed in the first steps.
#    - [ ] The batch normalisation of the base is switched off.
#      > Nothing is switched off by a new head.
#    - [x] Large gradients of wrong answers run through the base and change what it knew.
#      > Therefore train the head first, and thaw only then, with a small rate.
# 4. A pretrained network wants pixels from −1 to 1, and you give it 0 to 255. What do you notice?
#    - [ ] An error, because the values are out of range.
#      > No layer checks the range. All of them multiply and add whatever comes.
#    - [x] Nothing at first: it answers, but the answers are worth nothing.
#      > That is why every pretrained network comes with a function that prepares pictures. Use it, and use it once.
#    - [ ] The same answers, because batch normalisation scales the values anyway.
#      > In use it subtracts the means of the training, whatever comes. It does not look at your batch.
#    - [ ] A warning that the network is slow.
#      > The range of the values changes nothing about the speed.
# 5. A pretrained network tells your two dog breeds apart nearly without a mistake. Before you report it, what do you ask?
#    - [ ] Whether a larger network would be better still.
#      > That may be worth trying, but it does not tell what your number means.
#    - [ ] Whether 1,280 features are too many.
#      > Validation pictures have answered that already.
#    - [x] Whether both breeds are among the classes of ImageNet, and whether your photographs may be, too.
#      > Then others labelled hundreds of photographs of these breeds for you. It is still useful, but it says nothing about classes that ImageNet does not have.
#    - [ ] Whether the base was trained in Keras or in PyTorch.
#      > The same weights give the same answers in both.

# %% tags=["nbval-ignore-output"]
quiz("11")

# %% [markdown]
# ## 1. Depthwise, then 1x1 (1 point)
#
# 64 maps come in. A *depthwise convolution* (깊이별 합성곱) with kernels of 3x3 runs over them, and behind it a 1x1 convolution makes 128 maps. Neither has
# biases. How many weights do the two have together?

# %% tags=["answer"]
weights = ...
### BEGIN SOLUTION
# one kernel of 3x3 for each map; one weight for each pair of an old and a new map
weights = 3 * 3 * 64 + 64 * 128
### END SOLUTION

# %% tags=["check"]
check.ex1(weights)

# %% [markdown]
# ## 2. Another network, another range (1 point)
#
# Somebody gives you a *pretrained* (사전 훈련된) network that wants pixels from −1 to 1. You have `uint8` pictures from 0 to 255, in an array of any shape. Write
# the function that prepares them: 0 must become −1, and 255 must become 1.

# %% tags=["answer"]
def to_their_scale(pictures):
    """uint8 in 0..255 becomes numbers in -1..1."""
    ### BEGIN SOLUTION
    return pictures / 127.5 - 1
    ### END SOLUTION

# %% tags=["check"]
check.ex2(to_their_scale)

# %% [markdown]
# ## 3. The most likely classes (1 point)
#
# `probabilities` is an array of shape (classes,). Write the function that returns the numbers of the `k` most likely classes, the most likely one first. For
# `[0.1, 0.5, 0.15, 0.25]` and `k=2` that is `[1, 3]`.

# %% tags=["answer"]
def top(probabilities, k):
    """Numbers of the k most likely classes, most likely first."""
    ### BEGIN SOLUTION
    return np.argsort(probabilities)[::-1][:k]
    ### END SOLUTION

# %% tags=["check"]
check.ex3(top)

# %% [markdown]
# ## 4. A thousand classes become two (1 point)
#
# `probabilities` has the shape (n, 1000), a row for each picture. In ImageNet the classes 281 to 285 are cats, and 151 to 268 are dogs; above, they are
# called `CATS` and `DOGS`. Write the function that returns n times True or False: True where all dogs **together** are more likely than all cats
# together.

# %% tags=["answer"]
def is_dog(probabilities):
    """True for each picture whose dogs are together more likely than its cats."""
    ### BEGIN SOLUTION
    return probabilities[:, DOGS].sum(axis=1) > probabilities[:, CATS].sum(axis=1)
    ### END SOLUTION

# %% tags=["check"]
check.ex4(is_dog)

# %% [markdown]
# ## 5. Your own two classes (2 points)
#
# Write the whole training of a classifier on features. `features` is an array (n, 1280), `labels` holds n times 0 or 1, and `new_features` has the shape (m, 1280).
# The function learns from the first two, and returns an array of m numbers, 0 or 1, for the third. The check makes features of its own, and asks for 90 of
# 100 new ones.

# %% tags=["answer"]
def classify(features, labels, new_features):
    """0 or 1 for each row of new_features."""
    ### BEGIN SOLUTION
    return LogisticRegression(max_iter=1000).fit(features, labels).predict(new_features)
    ### END SOLUTION

# %% tags=["check"]
check.ex5(classify)

# %% [markdown]
# Now use it on **photographs of your own**: two folders, one for each class, with twenty pictures or more in each. Write their paths between the
# quotation marks, such as `"photos/mugs"` and `"photos/glasses"`. As long as they are empty, and in fast mode, the cell takes drawn cats and dogs. Every
# second picture is for training, the others are for validation.

# %% tags=["nbval-ignore-output"]
FIRST_FOLDER, SECOND_FOLDER = "", ""

if FAST or not (FIRST_FOLDER and SECOND_FOLDER):
    folders = [cats_and_dogs("drawn") / "train" / name for name in ("cats", "dogs")]
else:
    folders = [Path(FIRST_FOLDER), Path(SECOND_FOLDER)]
files = [sorted(path for path in folder.iterdir() if not path.name.startswith("."))[:200] for folder in folders]
opened = [own_picture(file).astype("float32") for file in (*files[0], *files[1])]
mine = np.stack([keras.ops.image.resize(picture, (160, 160)) for picture in opened])
my_labels = np.repeat([0, 1], [len(files[0]), len(files[1])])

network = models.load("efficientnet_lite0")
my_features = keras.Model(network.inputs, network.get_layer("features").output).predict(mine / 255, verbose=0)
print("features:", my_features.shape, "of", [folder.name for folder in folders])

# %% tags=["nbval-ignore-output"]
try:
    answers = np.asarray(classify(my_features[::2], my_labels[::2], my_features[1::2]))
    print(f"right: {(answers.ravel() == my_labels[1::2]).mean():.2f} of {len(answers)} new pictures")
except (NameError, TypeError, AttributeError):
    print("Write classify first.")

# %% [markdown]
# ## 6. A head behind a frozen base (2 points)
#
# `base` is a Keras model that makes features of pictures. Write the function that returns a network: the base, *frozen* (동결), and behind it one
# dense unit with a *sigmoid* (시그모이드). Nothing else in it may be trained. The input has the shape that the base takes, `base.input_shape[1:]`.

# %% tags=["answer"]
def with_head(base):
    """A network of the frozen base and one unit with a sigmoid."""
    ### BEGIN SOLUTION
    base.trainable = False
    unit = keras.layers.Dense(1, activation="sigmoid")
    return keras.Sequential([keras.Input(base.input_shape[1:]), base, unit])
    ### END SOLUTION

# %% tags=["check"]
check.ex6(with_head)

# %% [markdown]
# ## 7. Thaw the end of the base (2 points)
#
# The first layers of a base look for edges, the last ones for what its own classes need. So one often *thaws* (동결 해제) the last layers only. `base` is a
# model that was frozen as a whole. Write the function that thaws its last `count` **convolution** layers (`keras.layers.Conv2D`) and returns the
# base. All other layers stay frozen, also every batch normalisation. `base.trainable_weights` must hold the kernels of those convolutions and nothing else.

# %% tags=["answer"]
def thaw(base, count):
    """The base, in which the last count convolutions can be trained."""
    ### BEGIN SOLUTION
    base.trainable = True  # otherwise the base hides the weights of all its layers
    convolutions = [layer for layer in base.layers if isinstance(layer, keras.layers.Conv2D)]
    for layer in base.layers:
        layer.trainable = layer in convolutions[-count:]
    return base
    ### END SOLUTION

# %% tags=["check"]
check.ex7(thaw)

# %% [markdown]
# ## 8. Repair it (2 points)
#
# Somebody wrote a function that computes the features of `uint8` pictures (n, H, W, 3) in 0..255. The base takes 0..1, and gets ten pictures at a time, so that
# they fit into memory. A picture must get the same features whatever stands beside it, and each picture must get some.
#
# It runs, but it is wrong in three places. Find and fix them here: change the function itself, or write it anew below.

# %% tags=["answer"]
def features_of(base, pictures):
    """A row of features for each picture."""
    found = []
    for start in range(0, len(pictures) - 9, 10):
        some = pictures[start : start + 10]
        some = some / some.max()
        found.append(keras.ops.convert_to_numpy(base(some.astype("float32"), training=True)))
    return np.concatenate(found)
### BEGIN SOLUTION

def features_of(base, pictures):
    """A row of features for each picture."""
    found = []
    for start in range(0, len(pictures), 10):
        some = pictures[start : start + 10] / 255
        found.append(keras.ops.convert_to_numpy(base(some.astype("float32"), training=False)))
    return np.concatenate(found)
### END SOLUTION

# %% tags=["check"]
check.ex8(features_of)

# %% [markdown]
# ## How far are you?

# %% tags=["reached"]
progress(check)

# %% [markdown]
# **Next:** this is the last chapter.
