# ---
# jupyter:
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
# ---

# %% [markdown]
# # Exercises 05 · Inside the network
#
# After these exercises you know that you can do what [chapter 05](../05_inside_the_fashion_cnn.ipynb) shows: read a kernel,
# measure the weights of a layer, build models that show what a layer puts out, and draw maps that can be compared.
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
from exercises import chapter_05 as check
from exercises.exercise import progress
from exercises.quiz import quiz

model = models.load("fashion_cnn")

# %% [markdown]
# ## Warm-up: four questions
#
# No points, and no harm in a wrong click: every choice explains itself. Decide before you click.

# %% [markdown] tags=["quiz"]
# 1. Each of the three rows of a kernel reads -1, 2, -1. Its bias is 0. Which little picture of 3 by 3, ink 1 on paper 0, gives the largest answer?
#    - [ ] Ink everywhere.
#      > Much ink is not enough: in each row the weights -1, 2 and -1 add up to 0, so the sum of all products is 0.
#    - [x] A vertical line of ink in the middle.
#      > The ink lies exactly under the three weights 2, and nothing lies under the negative ones: the sum is 6. The filter looks for vertical lines.
#    - [ ] A horizontal line of ink in the middle.
#      > The line lies under one whole row of weights, -1 + 2 - 1, and that is 0. Such a line gives no answer.
#    - [ ] A diagonal line from the top left to the bottom right.
#      > It meets the weights -1, 2 and -1, one in each row: the sum is 0. A diagonal filter has its large weights on a diagonal.
# 2. inputs comes from keras.Input; hidden and outputs are the placeholders that two dense layers returned. Which line makes a model with two outputs?
#    - [ ] keras.Model([inputs, hidden], outputs)
#      > Here the list stands where the model starts, so it says: two inputs, one output. The ends belong in the second place.
#    - [x] keras.Model(inputs, [hidden, outputs])
#      > First where to start, then where to end. Several ends are handed over as a list, and predict returns a list with one array for each.
#    - [ ] keras.Model(inputs, outputs)
#      > This model has one output. The numbers of the hidden layer are computed, but they do not come out.
#    - [ ] keras.Sequential([hidden, outputs])
#      > A Sequential model is a row of layers, and these are placeholders. It has one way in and one way out, too.
# 3. You loaded the network of chapter 04 as model. It is Sequential. keras.Model needs the placeholder where it starts. Where do you get it?
#    - [x] model.inputs
#      > A list with one placeholder for each input, here just one. Sequential and functional models have it as soon as the shape of their input is known.
#    - [ ] model.layers[0]
#      > That is the first layer, a convolution. It works on the placeholder, but it is not the placeholder; its .output is what comes after it.
#    - [ ] model.get_weights()[0]
#      > These are numbers that were learned, the kernels of the first layer. A placeholder has a shape and no numbers.
#    - [ ] Nowhere: only models of the functional API have one.
#      > Sequential models are connected in the same way. Whoever began one with keras.Input has given it its placeholder.
# 4. Which sentence about convolutional networks like those of this course is true?
#    - [ ] The further from the input, the larger the maps and the fewer of them.
#      > It is the other way round: in these networks maps get smaller, and there are more of them.
#    - [ ] A larger kernel is always the better one: it sees more.
#      > It also has more weights. Several small kernels in a row see as far, with a relu after each of them.
#    - [x] Layers near the input find simple things such as edges, later ones combine them.
#      > That is why kernels of the first layer can often be named, and those of later layers seldom.
#    - [ ] The maps of our networks shrink because their filters move by two pixels.
#      > Strides can do that, and some networks use them. In those of chapters 03 to 05 it is pooling that halves the maps; the filters move by one.

# %% tags=["nbval-ignore-output"]
quiz("05")

# %% [markdown]
# ## 1. Which picture excites the filter? (1 point)
#
# A filter (필터) has the kernel (커널) below and the bias 0. It is laid once on each of five little pictures of 3 by 3 pixels. A 1 in
# a picture is ink, a 0 is paper. For which picture is the sum of the products largest? Write the letter, in quotation marks.

# %%
print(f"kernel\n{check.KERNEL}")
for name, picture in check.PATTERNS.items():
    print(f"picture {name}\n{picture}")

# %% tags=["answer"]
letter = ...
### BEGIN SOLUTION
letter = "d"
### END SOLUTION

# %% tags=["check"]
check.ex1(letter)

# %% [markdown]
# ## 2. Shapes inside (1 point)
#
# A network takes colour pictures of 64 by 64 pixels. Its first three layers are
#
# ```python
# keras.layers.Conv2D(12, kernel_size=3, activation="relu", padding="same", name="first")
# keras.layers.MaxPooling2D(2, name="pool")
# keras.layers.Conv2D(20, kernel_size=5, activation="relu", padding="same", name="second")
# ```
#
# An activation model (특성 맵을 출력하는 모델) for the layer `second` is shown a batch of 50 pictures. Which shape has the array of
# feature maps (특성 맵) that it puts out, and which shape has the array of all kernels of `second`, as Keras stores it? Write a
# list of the two shapes: `[(...), (...)]`.

# %% tags=["answer"]
shapes = ...
### BEGIN SOLUTION
shapes = [(50, 32, 32, 20), (5, 5, 12, 20)]
### END SOLUTION

# %% tags=["check"]
check.ex2(shapes)

# %% [markdown]
# ## 3. Measure the kernels (1 point)
#
# Write a function that returns the mean (평균) and the standard deviation (표준편차) of all kernel weights of the layer called
# `name`, in this order, as NumPy's `mean` and `std` compute them. Biases do not count.

# %% tags=["answer"]
def kernel_statistics(model, name):
    """Mean and standard deviation of a layer's kernel weights."""
    ### BEGIN SOLUTION
    kernels = model.get_layer(name).get_weights()[0]  # [1] are the biases
    return kernels.mean(), kernels.std()
    ### END SOLUTION

# %% tags=["check"]
check.ex3(kernel_statistics)

# %% [markdown]
# ## 4. Several layers at once (2 points)
#
# Write your own `activation_model` (특성 맵을 출력하는 모델) for several layers. It takes any model, `Sequential` or made with the
# functional API (함수형 API), and a list with the names of one or more of its layers, such as `["conv1", "conv2"]`.
#
# It returns one `keras.Model` that starts where the given one starts and has one output for each name, in the order of the list:
# what the layer with this name puts out. The weights are shared and not copied, so if the given model is trained further, yours
# changes with it.

# %% tags=["answer"]
def activation_model(model, names):
    """Model from the same input to the outputs of these layers."""
    ### BEGIN SOLUTION
    return keras.Model(model.inputs, [model.get_layer(name).output for name in names])
    ### END SOLUTION

# %% tags=["check"]
check.ex4(activation_model)

# %% [markdown]
# ## 5. One input, two outputs (2 points)
#
# Build one `keras.Model` with the functional API that puts out its feature maps and its decision at once. It need not be trained.
#
# - The input has the shape (28, 28, 1).
# - First output: 8 feature maps of 14 by 14, so the shape (14, 14, 8).
# - Second output: ten probabilities. They are computed from these very maps, and from nothing else.
#
# Hand the outputs over as a list: the maps first, then the probabilities.

# %% tags=["answer"]
two_outputs = ...
### BEGIN SOLUTION
inputs = keras.Input((28, 28, 1))
maps = keras.layers.Conv2D(8, 3, activation="relu", padding="same")(inputs)
maps = keras.layers.MaxPooling2D(2)(maps)
row = keras.layers.Flatten()(maps)
probabilities = keras.layers.Dense(10, activation="softmax")(row)
two_outputs = keras.Model(inputs, [maps, probabilities])
### END SOLUTION

# %% tags=["check"]
check.ex5(two_outputs)

# %% [markdown]
# ## 6. The strongest map of each picture (1 point)
#
# `maps` holds the feature maps of several pictures, as an activation model puts them out: (pictures, height, width,
# channels). Which channel answers most, for each picture? Return an array of shape (pictures,) with the number of the channel
# whose **mean** over height and width is the largest.

# %% tags=["answer"]
def strongest_maps(maps):
    """For each picture, the channel with the largest mean."""
    ### BEGIN SOLUTION
    means = maps.mean(axis=(1, 2))
    return means.argmax(axis=1)
    ### END SOLUTION

# %% tags=["check"]
check.ex6(strongest_maps)

# %% [markdown]
# ## 7. Repair it (2 points)
#
# Somebody prepares feature maps for drawing. `maps` has the shape (1, H, W, C): one picture, C channels, no number below 0. The
# result should have the shape (C, H, W): one panel for each channel, and **one** scale for all panels. An activation of 0 stays 0,
# and the largest activation of all maps becomes 1.
#
# The function runs, but it is wrong in three ways. Repair it here: change the function itself, or write it anew below.

# %% tags=["answer"]
def panels(maps):
    """Maps of one picture as panels whose colours can be compared."""
    drawn = []
    for channel in range(maps.shape[-1]):
        panel = maps[0, :, channel]
        panel = panel - panel.min()
        drawn.append(panel / panel.max())
    return np.stack(drawn)
### BEGIN SOLUTION

def panels(maps):
    """Maps of one picture as panels whose colours can be compared."""
    drawn = []
    for channel in range(maps.shape[-1]):
        drawn.append(maps[0, :, :, channel] / maps.max())
    return np.stack(drawn)
    # or, in one line: return np.moveaxis(maps[0], -1, 0) / maps.max()
### END SOLUTION

# %% tags=["check"]
check.ex7(panels)

# %% [markdown]
# ## How far are you?

# %% tags=["reached"]
progress(check)

# %% [markdown]
# **Next:** [06 · Cats and dogs: few pictures, overfitting and augmentation](../06_cats_and_dogs.ipynb), or its [exercises](06_cats_and_dogs_exercises.ipynb).
