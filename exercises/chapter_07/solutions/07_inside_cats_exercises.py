# ---
# jupyter:
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
# ---

# %% [markdown]
# # Exercises 07 · Inside the cats-and-dogs network
#
# After these exercises you know that you can do what [chapter 07](../07_inside_the_cats_and_dogs_cnn.ipynb) shows: get the
# maps of all layers, tell silent channels from awake ones, and draw maps so that they can be compared.
#
# - **Time**: about an hour. Nothing is trained; the trained network comes with the course.
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

from helpers import models
from helpers.activations import feature_maps
from exercises import chapter_07 as check
from exercises.exercise import progress
from exercises.quiz import quiz
from helpers.data import sample_image

# %% [markdown]
# ## Warm-up: four questions
#
# No points, and no harm in a wrong click: every choice explains itself. Decide before you click.

# %% [markdown] tags=["quiz"]
# 1. For one cat, channel 17 of conv4 is 0 everywhere. What do you know?
#    - [ ] The filter is dead and can be left out.
#      > One picture cannot tell. For another picture the same filter may answer loudly.
#    - [x] The sum of this filter is nowhere above 0 in this picture.
#      > relu turns every negative sum into 0. Whether the pattern is only missing here or never found is another question.
#    - [ ] The weights of this filter are all 0.
#      > The weights may be as large as those of other filters. Their sum with what comes in is negative, bias included.
#    - [ ] The picture was not scaled to 0..1.
#      > With pixels up to 255 most activations would be larger, not 0. Empty maps are common with well prepared pictures, too.
# 2. A channel is empty for 200 pictures of cats and dogs. When may you call its filter dead?
#    - [ ] At once: 200 pictures are enough.
#      > They show that it is silent for these. If they are drawings and the network learned from photographs, they say little about photographs.
#    - [ ] When it is empty in the untrained network, too.
#      > The untrained network has other weights, so its channel of the same number has nothing to do with this one.
#    - [ ] Never: each filter was trained for something.
#      > Training does not promise that. If the sum of a filter is negative everywhere in every picture, the slope of relu is 0 there, so its gradient is 0 and its weights stay as they are.
#    - [x] When it is silent for all pictures that the network was trained on, too.
#      > Then it takes no part in any answer, and its gradient is 0, so training cannot wake it. A filter is silent for some pictures, but dead only if it is silent for all.
# 3. Why can nobody read the maps of conv4 as one can read those of conv1?
#    - [x] They say where a rare pattern is, and no longer show what the picture looks like.
#      > Each combines many maps of the layer before. It is small and mostly dark, and it does not say what its pattern is.
#    - [ ] The network has not been trained long enough.
#      > Longer training does not bring the cat back. The dense layer needs answers, not pictures.
#    - [ ] The deeper layers have lost the information about the animal.
#      > Then the layers behind could not tell cats from dogs. What is lost is what people read pictures by.
#    - [ ] The figure is too small; enlarged, the cat would be there again.
#      > A map of 15 by 15 has no more than 225 numbers. Enlarging adds none.
# 4. You recognise the cat clearly in a map of conv2. What does that show?
#    - [ ] That the network recognises cats.
#      > You recognise it. The network has not decided anything yet in this layer.
#    - [ ] That this filter learned the shape of a cat.
#      > Give it a dog, and you see the dog: the filter follows edges or brightness, whatever they belong to.
#    - [x] Nothing about learning: an untrained network shows it, too.
#      > Random filters follow the edges of a picture as well. Compare with the untrained network before you believe in a map.
#    - [ ] That the colour scale is well chosen.
#      > A common scale lets you compare maps. Whether a map looks like the picture does not depend on it.

# %% tags=["nbval-ignore-output"]
quiz("07")

# %% [markdown]
# ## The network and a cat
#
# All exercises are about the network of the lesson. `cat` is Chelsea, prepared as in training; `maps` holds the feature
# maps (특성 맵) of the eight convolutions and poolings for her. Use them to try out your functions.

# %%
model = models.load("cats_dogs_augmented")
cat = np.asarray(keras.ops.image.resize(sample_image("cat").astype("float32"), (150, 150)))[np.newaxis] / 255
maps = feature_maps(model, cat)

for name, layer_maps in maps.items():
    print(f"{name}: {layer_maps.shape}")

# %% [markdown]
# ## 1. Smaller pictures (1 point)
#
# Convolution and pooling take pictures of any size. Imagine the same eight layers for colour pictures of 96 by 96 pixels, and let
# `predict` work on 20 of them. The four convolutions have 32, 64, 128 and 128 filters with kernels of 3 by 3, without padding, and
# every pooling takes blocks of 2 by 2. What is the shape of the array that `pool3` puts out? Write a tuple, with the batch axis.

# %% tags=["answer"]
pool3_shape = ...
### BEGIN SOLUTION
# 96 -> 94 -> 47 -> 45 -> 22 -> 20 -> 10
pool3_shape = (20, 10, 10, 128)
### END SOLUTION

# %% tags=["check"]
check.ex1(pool3_shape)

# %% [markdown]
# ## 2. How much is it all? (1 point)
#
# The lesson asks twenty pictures at a time, because all maps of 200 pictures would fill a gigabyte. How many numbers are in the
# maps of the eight layers for **one** picture of 150 by 150 pixels? All channels count. You may let code count.

# %% tags=["answer"]
numbers = ...
### BEGIN SOLUTION
numbers = sum(layer_maps.size for layer_maps in maps.values())
### END SOLUTION

# %% tags=["check"]
check.ex2(numbers)

# %% [markdown]
# ## 3. The first layers of any network (1 point)
#
# Write a function that builds an *activation model* (특성 맵을 출력하는 모델). It starts at the input of `model`, and its outputs are
# those of the first `n` layers, in order. `model` is a `keras.Sequential` that knows the shape of its input, and `n` is at least 2.
# The activation model uses the weights that `model` has. The check tries it with small random networks and with the network of
# the lesson.

# %% tags=["answer"]
def first_layers(model, n):
    """One model with the outputs of the first n layers."""
    ### BEGIN SOLUTION
    return keras.Model(model.inputs, [layer.output for layer in model.layers[:n]])
    ### END SOLUTION

# %% tags=["check"]
check.ex3(first_layers)

# %% [markdown]
# ## 4. Silent channels (2 points)
#
# `maps` is an array (n, H, W, C): the maps of one layer for n pictures. Which of the C channels are 0 everywhere, in
# **all** n pictures? Return the numbers of these channels, counted from 0 and in rising order, as a list or an array with one
# axis. With n = 1 these are the empty maps of one picture. With many pictures they may be *dead* (죽은 뉴런).
#
# To try it for the cat: `silent_channels(maps["pool4"])`.

# %% tags=["answer"]
def silent_channels(maps):
    """Numbers of the channels that are 0 at every place of every picture."""
    ### BEGIN SOLUTION
    awake = maps.any(axis=(0, 1, 2))
    return np.flatnonzero(~awake)
    ### END SOLUTION

# %% tags=["check"]
check.ex4(silent_channels)

# %% [markdown]
# ## 5. One large picture of many maps (2 points)
#
# Write the function behind figures such as those of the lesson. `maps` is an array (H, W, C): the maps of one layer for one
# picture. The result is one large picture without gaps, an array with two axes:
#
# - It has `columns` maps to a row, in the order of the channels: channel 0 at the top left, channel 1 to its right.
# - It has as many rows as are needed, and what is left over in the last row is 0. It is always `columns` maps wide, even if there
#   are fewer maps.
#
# To see it at work: `plt.imshow(tile(maps["conv2"][0], 16))` after `import matplotlib.pyplot as plt`.

# %% tags=["answer"]
def tile(maps, columns):
    """Put the channels of (H, W, C) side by side, `columns` to a row."""
    ### BEGIN SOLUTION
    height, width, channels = maps.shape
    rows = -(-channels // columns)  # rounded up
    picture = np.zeros((rows * height, columns * width))
    for channel in range(channels):
        top, left = channel // columns * height, channel % columns * width
        picture[top : top + height, left : left + width] = maps[:, :, channel]
    return picture
    ### END SOLUTION

# %% tags=["check"]
check.ex5(tile)

# %% [markdown]
# ## 6. What tells two pictures apart? (1 point)
#
# `maps_a` and `maps_b` are the maps of one layer for two pictures, each of shape (H, W, C). In which channel do the two pictures
# differ most? The animals stand at different places, so do not compare place by place. The *strength* of a channel is the mean of
# its map. Return the number of the channel, counted from 0, whose strength differs most between the two pictures. It does not matter
# in which of them it is stronger.

# %% tags=["answer"]
def most_different_channel(maps_a, maps_b):
    """The channel whose mean activation differs most."""
    ### BEGIN SOLUTION
    difference = maps_a.mean(axis=(0, 1)) - maps_b.mean(axis=(0, 1))
    return int(np.argmax(np.abs(difference)))
    ### END SOLUTION

# %% tags=["check"]
check.ex6(most_different_channel)

# %% [markdown]
# ## 7. Repair it (2 points)
#
# Somebody wrote a function that puts the maps of a layer in one row for drawing. `maps` is an array (H, W, C) with values
# of 0 or more, as they come out of `relu`. The result should be an array (H, C * W): all C maps side by side, in order,
# with a brightness from 0 to 1 that lets you *compare* them:
#
# - 0 stays 0 and the largest activation of all maps together becomes 1, so every activation is divided by the same number;
# - if all maps are empty, the result is 0 everywhere.
#
# It runs, but it is wrong in two places. Find and repair them here: change the function itself, or write it anew below.

# %% tags=["answer"]
def in_a_row(maps):
    """Brightness of all maps, side by side."""
    row = []
    for one in maps:
        one = one - one.min()
        row.append(one / (one.max() + 1e-9))
    return np.hstack(row)
### BEGIN SOLUTION

def in_a_row(maps):
    """Brightness of all maps, side by side."""
    largest = maps.max()
    if largest == 0:
        largest = 1
    return np.hstack([maps[:, :, channel] / largest for channel in range(maps.shape[2])])
### END SOLUTION

# %% tags=["check"]
check.ex7(in_a_row)

# %% [markdown]
# ## How far are you?

# %% tags=["reached"]
progress(check)

# %% [markdown]
# **Next:** [08 · What convnets look for, and how not to be fooled](../08_what_convnets_look_for.ipynb), or its [exercises](08_what_convnets_look_for_exercises.ipynb).
