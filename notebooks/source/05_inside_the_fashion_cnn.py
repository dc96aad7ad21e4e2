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
# # 05 · Look inside the Fashion-MNIST network
#
# After this chapter you can take a trained network apart: read its kernels, build a second model that shows what any
# layer puts out, and say what these pictures tell and what they do not.
#
# - **Time** on 2 CPU cores: 0.2<!-- chapters.05_inside_the_fashion_cnn.fast_minutes --> minutes in fast mode, 0.2<!-- chapters.05_inside_the_fashion_cnn.full_minutes --> minutes in full mode.<!-- gpu 05 --> On a GPU (NVIDIA H200) and on the processor beside it: feature maps of 1,000 pictures 0.5 s, processor 0.3 s.<!-- end of gpu --> Nothing is trained here, so both modes take about the same time.
# - **You need** chapter 04. The trained network comes with the course, so you need not have run it.
# - **How to work**: answer each question on paper first. The output that answers it is folded away; run the cell, and it
#   opens. (A click on the three dots opens it, too.)

# %% tags=["setup"]
import pathlib, subprocess, sys
REPOSITORY, VERSION = "", "v0.1.0"
places = (pathlib.Path.cwd(), *pathlib.Path.cwd().parents, pathlib.Path.cwd() / "course")
if REPOSITORY and not any((place / "helpers/environment.py").exists() for place in places):
    print("Fetching the course (helpers, exercises, data, models),", VERSION, "of", REPOSITORY)
    subprocess.run(["git", "-c", "advice.detachedHead=false", "clone", "--quiet", "--depth=1", "--branch", VERSION, REPOSITORY, "course"], check=True)
sys.path[:0] = [str(place) for place in places if (place / "helpers/environment.py").exists()] or sys.exit("The folder helpers/ is not here. Upload the course's folders helpers, exercises, data and models beside this notebook (in Colab: folder symbol on the left), then run this cell again.")
import helpers; helpers.expect(VERSION)

# %% [markdown]
# This chapter only looks, so it computes in `float32`: everybody sees the same numbers, up to the last digits.

# %% tags=["nbval-ignore-output"]
from helpers.environment import setup

environment = setup(seed=42, precision="float32")

# %%
import time

import keras
import matplotlib.pyplot as plt
import numpy as np

from helpers import explore, models, plots
from helpers.activations import activation_model, feature_maps
from helpers.data import FASHION_MNIST_CLASSES, load_fashion_mnist

# %% [markdown]
# ## 1. Load a trained network
#
# A *checkpoint* (체크포인트) is a trained network that was written to a file. `models.load` reads it, and `models.card` says how
# it was made and how well it does.
#
# `FOLDER = None` means the network that ships with the course. If you want to look into the one that you trained yourself in
# chapter 04, write `FOLDER = models.own_folder()`; the numbers of the filters then differ from those in this text.

# %%
FOLDER = None
model = models.load("fashion_cnn", FOLDER)
card = models.card("fashion_cnn", FOLDER)

for key in ("notebook", "parameters", "best_epoch", "validation_accuracy", "test_accuracy"):
    print(f"{key:20}", card[key])

# %% [markdown]
# `best_epoch` is the epoch whose weights were kept: the one with the lowest validation loss.
#
# A Keras model holds a list of layers. Each layer has a place in this list, a name, and an output:

# %%
for index, layer in enumerate(model.layers):
    print(index, f"{layer.name:8}", layer.output.shape)

# %% [markdown]
# This is a *convolutional neural network* (합성곱 신경망, also 컨볼루션 신경망, in short CNN): two convolutions with pooling
# find patterns, and the dense layers behind them decide. What do the two convolutions find? You will look at their kernels
# first, and then at their feature maps.
#
# ## 2. The weights of the first convolution
#
# `conv1` has 32 filters with kernels of 3 by 3, and its input has one channel.
#
# **Your prediction:** a layer keeps its weights (가중치) in two arrays, one for the kernels and one for the biases (절편, also
# 바이어스 or 편향). Which numbers will appear in their shapes? The order does not matter, because it is only a convention of Keras.

# %% jupyter={"outputs_hidden": true}
kernels, biases = model.get_layer("conv1").get_weights()

print("kernels:", kernels.shape)
print("biases: ", biases.shape)

# %% [markdown]
# [`get_weights`](https://keras.io/api/layers/base_layer/) returns the kernels first, then the biases. Keras orders the axes of
# kernels as (height, width, input channels, filters), so `kernels[:, :, 0, 5]` is the kernel of filter 5: all rows, all
# columns, the only input channel, filter 5.
#
# How large are these 288 weights? Two numbers give a first idea: their *mean* (평균) and their *standard deviation* (표준편차),
# which says how far the values lie from the mean.

# %%
print(f"number of weights {kernels.size}")
print(f"mean {kernels.mean():.3f}, standard deviation {kernels.std():.3f}")
print(f"smallest {kernels.min():.2f}, largest {kernels.max():.2f}")

# %% [markdown]
# Is that large or small? The numbers alone do not say. You need something to compare them with.
#
# ## 3. Before and after training
#
# Are these numbers the result of training, or did the layer start like this? To find out, make a layer of the same form that
# has never been trained, and compare.
#
# Keras fills a new convolution layer with random numbers between $-r$ and $r$, and each number in between is equally likely. Biases start at 0. The
# number $r$ depends on the layer only; the cell below prints it.
#
# <details><summary>Where does r come from?</summary>
#
# The rule is called <em>Glorot uniform</em> (글로럿 균등 초기화; Glorot and Bengio, 2010): r is the square root of 6 / (9 + 9 · 32).
# The 9 is the number of weights that lead into one output, and 9 · 32 is the number of weights that lead out of one input. With this r
# the numbers neither grow nor shrink much from layer to layer. You do not need the rule for what follows.
#
# </details>
#
# **Your prediction:** do you expect the untrained weights to lie closer together than the trained ones, or further apart? A
# *histogram* (히스토그램) counts how many weights fall into each interval: which shape will it have for the untrained layer?

# %% jupyter={"outputs_hidden": true}
untrained = keras.Sequential([keras.Input((28, 28, 1)), keras.layers.Conv2D(32, 3, padding="same")])
untrained_kernels, untrained_biases = untrained.layers[0].get_weights()
r = np.sqrt(6 / (9 + 9 * 32))

for name, weights in {"before training:": untrained_kernels, "after training: ": kernels}.items():
    print(f"{name} standard deviation {weights.std():.2f}, largest size {np.abs(weights).max():.2f}")
print(f"the limit r: {r:.2f}")
print("before training all biases are 0:", not untrained_biases.any())

# %% jupyter={"outputs_hidden": true}
bins = r / 4 * np.arange(-40, 41)  # four bars between 0 and r
figure, axes = plt.subplots(1, 2, figsize=(9, 3), sharex=True, sharey=True, layout="constrained")
axes[0].hist(untrained_kernels.ravel(), bins=bins, color=plots.BLUE)
axes[0].set(title="before training", xlabel="weight", ylabel="number of weights")
axes[1].hist(kernels.ravel(), bins=bins, color=plots.BLUE)
axes[1].set(title="after training", xlabel="weight")
plt.show()

# %% [markdown]
# *Both [histograms](https://matplotlib.org/stable/api/_as_gen/matplotlib.pyplot.hist.html) have the same axes.* On the left you see a block that
# ends at $r$ on both sides, because all numbers between the limits are equally likely; its bars differ by chance only. On the right the weights lie
# further apart<!-- claim: number("after training:") > number("before training:") -->, so training has moved them. Look at the far left: some
# weights have become strongly negative, much further from 0 than any weight before
# training<!-- claim: number("smallest") < -2 * row("before training:")[1] -->. Where ink lies under such a weight, it pulls the sum down, often
# below 0; then `relu` (렐루) makes it 0, and the filter does not answer there.
#
# Now look at the kernels as pictures. All are drawn in one colour scale: red is positive, blue is negative, white is zero. The
# scale ends at 0.5, and the weights beyond it get the darkest colour.
#
# **Your prediction:** in which of the two figures do you expect kernels with a red side and a blue side?

# %% jupyter={"outputs_hidden": true}
plots.kernels(untrained_kernels, limit=0.5, caption="32 kernels before training")

# %% jupyter={"outputs_hidden": true}
plots.kernels(kernels, limit=0.5, caption="32 kernels after training, in the same colour scale")

# %% [markdown]
# *The first figure is pale and without order. In the second one the colours are stronger, and you find kernels with a red side
# and a blue side.* Such a kernel finds edges, because its sum is large where large pixel values lie under the red side and small
# ones under the blue side.
#
# > **What can go wrong: every picture in its own colour scale.** `plots.kernels` gave all kernels one scale. If you draw them with Matplotlib alone
# > and leave out `vmin` and `vmax`, then [`imshow`](https://matplotlib.org/stable/api/_as_gen/matplotlib.axes.Axes.imshow.html) stretches the
# > colours of each picture from its smallest to its largest number. See what becomes of the pale kernels:

# %%
figure, axes = plt.subplots(1, 8, figsize=(8, 1.4), layout="constrained")
for number, axis in enumerate(axes):
    axis.imshow(untrained_kernels[:, :, 0, number], cmap=plots.DIVERGING)  # no vmin, no vmax
    axis.set_title(number)
    axis.set_axis_off()
plt.show()

# %% [markdown]
# *These are the first eight kernels of the figure before training, and now they look as strong as trained ones.* Pictures that you want to compare
# need the same scale. For weights white must be zero, or you cannot see which are positive.
#
# ### Which kernels are edge filters?
#
# Do not trust your eyes alone: three numbers for each kernel can tell. The first is the sum of the right column minus the sum of the
# left column. The second is the sum of the bottom row minus the sum of the top row. The third is the sum of all nine weights. The
# sign does not matter for the first two, therefore `np.abs` removes it.
#
# The array `k` below has the shape (3, 3, 32), so `k[:, 2]` is the right column of all 32 kernels at once, and
# `k[:, 2].sum(axis=0)` adds its three weights for each filter.
#
# **Your prediction:** a filter for vertical edges should answer strongly to ink on one side and paper on the other, and not at
# all to an even area. Which of its three numbers should be large, and which should be close to 0?

# %% jupyter={"outputs_hidden": true}
k = kernels[:, :, 0]
right_minus_left = np.abs(k[:, 2].sum(axis=0) - k[:, 0].sum(axis=0))
bottom_minus_top = np.abs(k[2].sum(axis=0) - k[0].sum(axis=0))
total = k.sum(axis=(0, 1))

vertical = int((right_minus_left - bottom_minus_top - np.abs(total)).argmax())
horizontal = int((bottom_minus_top - right_minus_left - np.abs(total)).argmax())
chosen = {"vertical edge": vertical, "horizontal edge": horizontal, "largest sum": int(total.argmax())}
for role, index in chosen.items():
    numbers = right_minus_left[index], bottom_minus_top[index], total[index]
    print(f"{role}: filter {index}")
    print("  right minus left {:.2f}, bottom minus top {:.2f}, sum {:.2f}".format(*numbers))

# %% [markdown]
# Right minus left should be large, the other two should be close to 0. They
# are<!-- claim: numbers("right minus left")[0] > 4 * numbers("bottom minus top")[0] and numbers("right minus left")[0] > 4 * abs(numbers(", sum")[0]) -->.
# The code takes the first number, subtracts the other two, and chooses the filter with the largest result: each minus sign is the wish that this
# number is small. For horizontal edges the first two change places. The third filter is simply the one with the largest sum.
#
# Look at the weights of the three:

# %%
for role, index in chosen.items():
    print(f"{role}: filter {index}\n{k[:, :, index].round(2)}")
left_sum, right_sum = k[:, 0, vertical].sum(), k[:, 2, vertical].sum()
print(f"vertical edge: sum of the left column {left_sum:.2f}, sum of the right column {right_sum:.2f}")

# %% [markdown]
# In the vertical edge filter the left column is positive and the right column is
# negative<!-- claim: number("sum of the left column") > 0 > number("sum of the right column") -->, so it looks for ink on the left and
# paper on the right. Find the three kernels in the figure above. In step 5 you will see what they do to a real picture.
#
# ## 4. The functional API
#
# To see feature maps you need a model that ends at a layer in the middle of the network. The *functional API* (함수형 API,
# [in the Keras guide](https://keras.io/guides/functional_api/)) makes this easy: you call layers like functions, and a model
# may lead from any input to any output.
#
# Begin with two dense layers:

# %%
inputs = keras.Input(shape=(784,))
hidden = keras.layers.Dense(100, activation="relu")(inputs)
outputs = keras.layers.Dense(10, activation="softmax")(hidden)
two_dense = keras.Model(inputs, outputs)

print("input:", two_dense.inputs[0].shape, " output:", two_dense.outputs[0].shape)
print("parameters:", f"{two_dense.count_params():,}")

# %% [markdown]
# [`keras.Input`](https://keras.io/api/layers/core_layers/input/) returns a *placeholder* (자리 표시자): it has a shape, but no numbers yet. Look at the
# two pairs of brackets: the first makes the layer, the second calls it. A layer that is called with a placeholder returns the placeholder of its
# output, so `hidden` stands for the 100 numbers behind the first layer, and `outputs` for the ten probabilities.
# [`keras.Model`](https://keras.io/api/models/model/) then needs only two things: the placeholder where it starts, and the one where it ends.
#
# A convolution works in the same way:

# %%
picture = keras.Input(shape=(28, 28, 1))
four_maps = keras.layers.Conv2D(4, kernel_size=3, padding="same", activation="relu")(picture)
one_convolution = keras.Model(picture, four_maps)

print("output:", one_convolution.output_shape, " parameters:", one_convolution.count_params())

# %% [markdown]
# ### One input, two outputs
#
# A model may end at several placeholders at once. Then you hand them over as a list, here the 100 hidden numbers *and* the
# ten probabilities.
#
# **Your prediction:** the new model uses the layers of `two_dense`. Will it have more parameters than `two_dense`, fewer, or as
# many? And if you show it five pictures, which shapes will the two results have?

# %% jupyter={"outputs_hidden": true}
both = keras.Model(inputs, [hidden, outputs])
five_pictures = np.zeros((5, 784))
hidden_numbers, probabilities = both.predict(five_pictures, verbose=0)

print(f"parameters of two_dense: {two_dense.count_params():,}, of both: {both.count_params():,}")
print("first result: ", hidden_numbers.shape)
print("second result:", probabilities.shape)

# %% [markdown]
# It has the same number<!-- claim: number("of two_dense:") == number("of both:") -->, because the layers are the same. `predict`
# returns a list with one array for each output, in the order of your list, and computes everything in one pass.
#
# **Your prediction:** the shipped network was made with `Sequential`: chapter 04 added `keras.Input` and then one layer after the other, and never
# called a layer like a function. So nobody has a name for the placeholder behind `conv1`. Can you still get it?

# %% jupyter={"outputs_hidden": true}
print("starts at:       ", model.inputs[0].shape)
print("conv1 ends at:   ", model.layers[0].output.shape)
print("network ends at: ", model.outputs[0].shape)

# %% [markdown]
# You can. Chapter 04 began the network with `keras.Input`; that is where it starts, and `Sequential` called each layer for you. `model.inputs` is
# the list of all placeholders where it starts, and every layer keeps the placeholder of its result as `layer.output`.
#
# So you can build a model from the network's input to the output of its first layer. The numbers that a layer puts out are called
# *activations* (활성화 값), and therefore this is an **activation model** (특성 맵을 출력하는 모델). You can pick the layer by its
# place in the list or by its name:

# %%
conv1_by_index = keras.Model(model.inputs, model.layers[0].output)
conv1_by_name = keras.Model(model.inputs, model.get_layer("conv1").output)

print("by index:", conv1_by_index.output_shape, " by name:", conv1_by_name.output_shape)
print("parameters:", conv1_by_index.count_params())
print("same layer as in the network:", conv1_by_index.layers[-1] is model.get_layer("conv1"))

# %% [markdown]
# There are only 320 parameters, because the model contains `conv1` and nothing behind it. The weights are not copied: both models
# *share* them. If the network were trained further, the activation model would change with it.
#
# ## 5. The feature maps of an ankle boot
#
# Drawing the outputs of a layer is called *feature map visualisation* (특성 맵 시각화). The books also call a feature map
# 특징 맵 or 응답 맵.
#
# The first training picture is an ankle boot. It must be prepared as in training, with four axes and values from 0 to 1. It is
# drawn like ink on paper again: white is 0, black is 1.

# %%
(x_train, y_train), _ = load_fashion_mnist()
boot = x_train[0:1].reshape(-1, 28, 28, 1).astype("float32") / 255

print(FASHION_MNIST_CLASSES[y_train[0]], boot.shape)
plots.images(boot, [FASHION_MNIST_CLASSES[y_train[0]]])

# %% [markdown]
# **Your prediction:** what is the smallest number in the 32 feature maps of this picture, and why?

# %% jupyter={"outputs_hidden": true}
maps = conv1_by_index.predict(boot, verbose=0)

print("maps:", maps.shape)
print(f"smallest {maps.min():.2f}, largest {maps.max():.2f}")

# %% [markdown]
# One picture, 28 by 28 places, 32 channels. No value is below 0<!-- claim: number("smallest") == 0 -->, because `relu` replaced
# every negative sum by 0.
#
# Is this really multiplying and adding, as chapter 04 says? Compute one pixel of one map by hand: cut out the 3 by 3 window around
# it, multiply it by the kernel, add the nine products, add the bias, and replace a negative result by 0. The pixel lies away
# from the border, so no padding is needed.
#
# **Your prediction:** the window that you will see below lies inside the boot, so all its pixels are dark. Take the filter with
# the largest sum of weights. Will its answer be 0 or above 0? Take its bias for small beside the sum.

# %% jupyter={"outputs_hidden": true}
row, column, number = 14, 20, chosen["largest sum"]
window = boot[0, row - 1 : row + 2, column - 1 : column + 2, 0]
products = window * k[:, :, number]
by_hand = max(0, products.sum() + biases[number])

print("window:\n", window.round(2))
print("products:\n", products.round(2))
print(f"sum {products.sum():.3f} + bias {biases[number]:.3f}")
print(f"by hand {by_hand:.3f}, by Keras {maps[0, row, column, number]:.3f}")

# %% [markdown]
# Both ways give the same number<!-- claim: number("by hand") == number("by Keras") -->, and it is above
# 0<!-- claim: number("by hand") > 0 -->: the pixels are nearly equal, so the sum is about their value times the sum of the weights, and the
# bias does not take all of it away. A feature map is this sum plus the bias, after `relu`, at every place.
#
# Now look at all 32 maps, each under the kernel that made it.
#
# **Your prediction:** what will the map of the filter with the largest sum look like? And where will the vertical edge filter answer,
# on the left side of the boot or on its right side?

# %% jupyter={"outputs_hidden": true}
caption = "conv1: the ankle boot's 32 feature maps, each under its kernel (colours of the kernels as above)"
plots.feature_maps(maps[0], columns=8, weights=kernels, limit=0.5, caption=caption)

# %% [markdown]
# *All maps share one colour scale: yellow is a strong answer, dark purple is none.* Some maps show the whole boot, some only
# its outline, some only one side of it.
#
# Look at the three candidates one by one:

# %% jupyter={"outputs_hidden": true}
figure, axes = plt.subplots(1, 4, figsize=(11, 2.9), layout="constrained")
axes[0].imshow(boot[0, :, :, 0], cmap="gray_r")
axes[0].set_title("input")
for axis, (role, index) in zip(axes[1:], chosen.items(), strict=True):
    drawn = axis.imshow(maps[0, :, :, index], cmap=plots.SEQUENTIAL, vmin=0, vmax=maps.max())
    axis.set_title(f"{role}: filter {index}")
for axis in axes:
    axis.set_axis_off()
figure.colorbar(drawn, ax=axes, label="activation", shrink=0.8)
plt.show()

left_half, right_half = maps[0, :, :14, vertical].sum(), maps[0, :, 14:, vertical].sum()
print(f"vertical edge filter: answers of the left half {left_half:.1f}, of the right half {right_half:.1f}")

# %% [markdown]
# *Compare each map with the input.* The filter with the largest sum copies the boot. The vertical edge filter answers mainly on the
# right<!-- claim: number("of the right half") > 2 * number("of the left half") -->, where ink is on the left of the window and paper on its
# right. On the other side of the boot its sum is negative, and `relu` makes it 0. Each edge filter answers to one direction of change
# only.
#
# **Your prediction:** in some of the 32 maps even the empty paper around the boot answers a little, although all pixels there are 0.
# Where does this answer come from?

# %% jupyter={"outputs_hidden": true}
paper = maps[0, 1, 1]  # all 32 channels at one pixel of the empty upper left corner
answering = np.flatnonzero(paper > 0.01)

print("filters that answer to empty paper:", answering)
print("their answers:", paper[answering].round(3))
print("their biases: ", biases[answering].round(3))

# %% [markdown]
# It comes from the bias: both lists are
# equal<!-- claim: row("their answers:") == row("their biases:") and len(row("filters that answer to empty paper:")) > 0 -->, because the bias is
# all that remains of the sum when every pixel is 0.
#
# ### Your choice
#
# Now choose yourself. `look` draws a training picture, the kernel of one filter of `conv1`, and the map that this filter makes of this
# picture. There are 60,000 pictures, counted from 0, and 32 filters.

# %%
def look(picture, filter):
    image = x_train[picture].reshape(1, 28, 28, 1).astype("float32") / 255
    answer = conv1_by_index.predict(image, verbose=0)[0, :, :, filter]
    print(f"{FASHION_MNIST_CLASSES[y_train[picture]]}, filter {filter}: largest answer {answer.max():.2f}")
    figure, axes = plt.subplots(1, 3, figsize=(8, 2.6), layout="constrained")
    axes[0].imshow(image[0, :, :, 0], cmap="gray_r")
    axes[0].set_title(f"picture {picture}")
    axes[1].imshow(kernels[:, :, 0, filter], cmap=plots.DIVERGING, vmin=-0.5, vmax=0.5)
    axes[1].set_title(f"kernel of filter {filter}")
    drawn = axes[2].imshow(answer, cmap=plots.SEQUENTIAL, vmin=0, vmax=1)
    axes[2].set_title("feature map")
    for axis in axes:
        axis.set_axis_off()
    figure.colorbar(drawn, ax=axes[2], label="activation")
    plt.show()


# %% [markdown]
# **Your prediction:** picture 16 is a pair of trousers, so it has long vertical edges: each leg has a left and a right one. Where
# will the map of the vertical edge filter be bright?

# %% jupyter={"outputs_hidden": true}
PICTURE, FILTER = 16, vertical

look(PICTURE, FILTER)

# %% [markdown]
# *Follow the legs from the left to the right.* The map is bright at the right edge of each leg, where ink is followed by
# paper<!-- claim: number("sum of the left column") > 0 > number("sum of the right column") -->.
#
# Change `PICTURE` and `FILTER`, say what you expect, and run the cell again. Can you find a picture to which
# the vertical edge filter hardly answers? And one to which the horizontal edge filter hardly answers? If you prefer sliders, write
# `SLIDERS = True` here:

# %%
SLIDERS = False

if SLIDERS:
    import ipywidgets

    ipywidgets.interact(look, picture=(0, 59_999), filter=(0, 31))

# %% [markdown]
# ## 6. The second convolution, and why it is harder to read
#
# `conv2` comes after one pooling layer and has 64 filters.
#
# **Your prediction:** which shape does the kernel of *one* of its filters have? And how large are its maps?

# %% jupyter={"outputs_hidden": true}
conv2_maps = activation_model(model, "conv2").predict(boot, verbose=0)
conv2_kernels, conv2_biases = model.get_layer("conv2").get_weights()

print("maps:", conv2_maps.shape)
print("kernel of one filter:", conv2_kernels[:, :, :, 0].shape)
print(f"largest activation: conv1 {maps.max():.2f}, conv2 {conv2_maps.max():.2f}")

# %% [markdown]
# `activation_model` from the helpers is the line that you wrote in step 4, with a clear message when there is no such layer.

# %%
plots.feature_maps(conv2_maps[0], columns=8, caption="conv2: the ankle boot's 64 feature maps")

# %% [markdown]
# *The maps are small and patchy, and it is hard to see the boot in them. "Empty" marks maps that are 0 everywhere.* The colour scale
# is not the one of the figure for `conv1`, because these activations are
# larger<!-- claim: row("largest activation:")[1] > row("largest activation:")[0] -->.
#
# Which pattern does such a map show? You cannot put its kernel beside it as for `conv1`: a kernel of 3 by 3 by 32 is no picture. It
# does not see the boot at all. It sees the 32 maps of `pool1`. For each of them it has a slice of 3 by 3 weights, and it adds the 32
# results.
#
# Take one map of `conv2` apart. The filter whose map has the strongest contrasts, that is the largest standard deviation, is a good choice; the
# outermost places are left out when it is chosen, because padding takes part there. For each channel of `pool1`, its slice of 3 by 3 weights slides
# over its map, as in step 5: window times weights, added up. The result has 14 by 14 numbers, and we call it the channel's *part*. There are 32
# parts. Added up, with the bias and `relu`, they must give the map. The code computes all places and all channels at once, one of the nine weights
# of the slices after the other, and adds the products to `parts`. There `padded[i : i + 14, j : j + 14]` has the shape (14, 14, 32): for each
# place, the 32 numbers that lie under row i, column j of the window. Each of the 32 is multiplied by the weight of its own channel.

# %%
picked = int(conv2_maps[0, 1:-1, 1:-1].std(axis=(0, 1)).argmax())
pool1_maps = activation_model(model, "pool1").predict(boot, verbose=0)[0]
padded = np.pad(pool1_maps, ((1, 1), (1, 1), (0, 0)))
parts = np.zeros((14, 14, 32))
for i in range(3):
    for j in range(3):
        parts += padded[i : i + 14, j : j + 14] * conv2_kernels[i, j, :, picked]
whole = np.maximum(0, parts.sum(axis=2) + conv2_biases[picked])

print("parts:", parts.shape)
print("their sum is map", picked, "of conv2:", np.allclose(whole, conv2_maps[0, :, :, picked], atol=1e-2))

# %% [markdown]
# Now go to the place where this map is brightest. How much does each of the 32 parts give there, so what is its *contribution*?
#
# **Your prediction:** no number in the maps of `pool1` is negative. Can a part be negative all the same? And do you expect one part
# that gives nearly everything, or many that give a little?

# %% jupyter={"outputs_hidden": true}
row, column = np.argwhere(whole == whole.max())[0]
there = parts[row, column].round(2)  # 32 numbers, one for each channel
order = parts[row, column].argsort()[::-1]  # the channels, largest contribution first

print(f"map {picked} is brightest in row {row}, column {column}: {whole[row, column]:.2f}")
print("contributions above 0:", (there > 0).sum(), " below 0:", (there < 0).sum())
print("the six largest:  ", *there[order[:6]])
print("the six smallest: ", *there[order[-6:]])

# %% [markdown]
# A part that rounds to 0.00 counts as neither, so the two counts may give less than 32. A part is negative where the slice has negative weights,
# and some are<!-- claim: number(" below 0:") > 0 -->. No part gives even half of the
# answer<!-- claim: number("the six largest:") < 0.5 * row("is brightest in")[2] -->: many give a little. Here are the six that give most at this
# place, which a small circle marks.

# %%
figure, axes = plt.subplots(1, 6, figsize=(12, 2.4), layout="constrained")
span = np.abs(parts).max()
for axis, channel in zip(axes, order, strict=False):
    drawn = axis.imshow(parts[:, :, channel], cmap=plots.DIVERGING, vmin=-span, vmax=span)
    axis.plot(column, row, "o", markersize=9, markerfacecolor="none", markeredgecolor="black")
    axis.set_title(f"part {channel}")
    axis.set_axis_off()
figure.colorbar(drawn, ax=axes, label="contribution", shrink=0.8)
plt.show()

# %% [markdown]
# *Red adds to the sum, blue takes away from it.* In the circle all six are red<!-- claim: min(row("the six largest:")) > 0 -->, but elsewhere they
# differ. Now add the parts in this order, from the largest contribution to the smallest, and stop after 6, after 16 and after all 32.
#
# **Your prediction:** will the sum in the circle grow from stop to stop until the end?

# %% jupyter={"outputs_hidden": true}
sums = {f"after {count} parts": parts[:, :, order[:count]].sum(axis=2) for count in (6, 16, 32)}
sums["with bias and relu"] = whole
for name, values in sums.items():
    print(f"{name}: {values[row, column]:.2f} in the circle, positive at {(values > 0).mean():.0%} of all places")

figure, axes = plt.subplots(1, 4, figsize=(12, 3), layout="constrained")
span = max(np.abs(values).max() for values in sums.values())
for axis, (name, values) in zip(axes, sums.items(), strict=True):
    drawn = axis.imshow(values, cmap=plots.DIVERGING, vmin=-span, vmax=span)
    axis.plot(column, row, "o", markersize=9, markerfacecolor="none", markeredgecolor="black")
    axis.set_title(name)
    axis.set_axis_off()
figure.colorbar(drawn, ax=axes, label="sum", shrink=0.8)
plt.show()

# %% [markdown]
# No: it grows<!-- claim: number("after 16 parts:") > number("after 6 parts:") -->, and then it falls
# again<!-- claim: number("after 32 parts:") < number("after 16 parts:") -->, because the negative parts come last. *Look at the rest of the
# pictures from left to right.* After 16 parts the sum is positive at most places<!-- claim: row("after 16 parts:")[1] > 50 -->. The other 16 parts
# take away, and what stays positive is a small share of the places<!-- claim: row("after 32 parts:")[1] < 0.6 * row("after 16 parts:")[1] -->. So
# the map is a balance: at every place some channels speak for the pattern, and others against it. It has no simple name, because it combines many
# simple answers.
#
# This is how a convolutional network builds up what it knows. The first layers find edges. Later ones combine edges into corners and arcs, these
# into parts such as an ear or a heel, and the last ones combine parts into an animal or a shoe. Every pattern is *local* (지역 패턴): it is found in a
# small window, wherever in the picture it lies. In larger networks Zeiler and Fergus ([2014](https://arxiv.org/abs/1311.2901)) saw the same
# tendency, and also what you have just seen: the further a layer is from the input, the harder it is to give its patterns a name.
#
# ## 7. All layers at once
#
# One activation model can have many outputs, as in step 4. Here are the first four layers of the network:

# %%
first_four = model.layers[:4]
four_outputs = keras.Model(model.inputs, [layer.output for layer in first_four])
results = four_outputs.predict(boot, verbose=0)

for layer, layer_maps in zip(first_four, results, strict=True):
    print(f"{layer.name:6} {layer_maps.shape}")

# %% [markdown]
# `feature_maps` from the helpers does this for all convolution and pooling layers of a network. It returns a dictionary: name of the
# layer, and its maps.
#
# **Your prediction:** many activations are 0. Pooling keeps the largest of four values: does that make the share of zeros larger or
# smaller?

# %% jupyter={"outputs_hidden": true}
all_maps = feature_maps(model, boot)

for name, layer_maps in all_maps.items():
    print(f"{name:6} {layer_maps.shape!s:18} zeros: {(layer_maps == 0).mean():.0%}")

# %% [markdown]
# Pooling makes it smaller in both cases<!-- claim: numbers("zeros:")[1] < numbers("zeros:")[0] and numbers("zeros:")[3] < numbers("zeros:")[2] -->,
# because the largest of four values is 0 only if all four are. And `conv2` has a larger share of zeros than
# `conv1`<!-- claim: numbers("zeros:")[2] > numbers("zeros:")[0] -->: its patterns are rarer.
#
# ### Silent or dead?
#
# A zero says "my pattern is not here". A map that is empty in the figure of step 6 is 0 at every place. Is its filter useless, or is it
# silent for boots only? Ask 100 pictures of each class.
#
# **Your prediction:** can it happen that a filter of `conv2` answers to none of these 1,000 pictures?

# %% jupyter={"outputs_hidden": true}
hundred_of_each = np.concatenate([x_train[y_train == label][:100] for label in range(10)])
pictures = hundred_of_each.reshape(-1, 28, 28, 1).astype("float32") / 255
maps_of_all = feature_maps(model, pictures, "conv2")["conv2"]

print("maps of all pictures:", maps_of_all.shape)
print("silent for the boot:        ", np.flatnonzero(conv2_maps.max(axis=(0, 1, 2)) == 0))
print("silent for all 1000 pictures:", np.flatnonzero(maps_of_all.max(axis=(0, 1, 2)) == 0))

# %% [markdown]
# It does happen: the second list is not empty<!-- claim: len(row("silent for all 1000 pictures:")) > 0 -->. Training made these filters, so why
# does it not repair them? The reason is `relu`. Its *slope* is the growth of the answer divided by the growth of the sum. In Korean both *slope*
# and *gradient* are called 기울기; here slope means that of `relu` alone, gradient that of the whole loss.
#
# **Your prediction:** one sum is 0.5, another is −0.5. Make each larger by 0.01. By how much does the answer after `relu` grow?

# %% jupyter={"outputs_hidden": true}
for z in (0.5, -0.5):
    before, after = max(0, z), max(0, z + 0.01)
    print(f"sum {z}: answer {before:.2f}, then {after:.2f}, slope {(after - before) / 0.01:.0f}")

# %% [markdown]
# Below 0 the slope is 0: the answer is 0 and stays 0. Now remember how training works (chapter 02): every weight is moved against its *gradient*,
# which says how the loss changes when this weight changes a little. In step 17 of that chapter the error went backwards, and at every step it was
# multiplied by what this step does to a small change: there by the weight 0.5. On the way back through `relu` it is multiplied by the slope of
# `relu`, so by 1 or by 0. If a filter's sums are negative at every place of every training picture, this factor is always 0. Then the gradient of
# its weights is 0, and training leaves them as they are. Such a filter is called *dead* (죽은 뉴런, in English books also "dying ReLU"): it costs
# parameters and does nothing.
#
# The filters in your list are silent for 1,000 pictures. Only all the training pictures together can tell whether they are dead; the open question
# at the end asks more of them.
#
# ### Does a filter belong to a class?
#
# Now look at all the others. One number for each filter and class is enough: the filter's mean answer to 100 pictures of the class. The rows are
# the classes, the columns the filters. Each column is divided by its largest number, so that a weak filter can be compared with a strong one, and
# the silent filters are left out.
#
# **Your prediction:** will you find filters that answer to one class only?

# %% jupyter={"outputs_hidden": true}
answers = maps_of_all.mean(axis=(1, 2))  # (1000, 64): one number for each picture and filter
by_class = answers.reshape(10, 100, 64).mean(axis=1)  # the pictures are sorted by class, 100 of each
awake = np.flatnonzero(by_class.max(axis=0) > 0)
shares = by_class[:, awake] / by_class[:, awake].max(axis=0)
second = np.sort(shares, axis=0)[-2]  # the second largest of each column

print("numbers:", shares.shape)
print(f"the class in second place reaches at least {second.min():.0%} of the first")

# %% [markdown]
# There is none: for every filter the class in second place reaches more than half of the largest
# answer<!-- claim: number("reaches at least") > 50 -->. But there are preferences. To see them, the figure sorts the classes (tops above,
# shoes below) and the filters, from those that prefer tops to those that prefer shoes.

# %%
tops, shoes = [0, 2, 4, 6], [5, 7, 9]
preference = shares[shoes].mean(axis=0) - shares[tops].mean(axis=0)
sorted_filters, sorted_classes = preference.argsort(), [*tops, 3, 1, 8, *shoes]

figure, axis = plt.subplots(figsize=(12, 3.4), layout="constrained")
drawn = axis.imshow(shares[sorted_classes][:, sorted_filters], cmap=plots.SEQUENTIAL, aspect="auto", vmin=0)
axis.set_yticks(range(10), [FASHION_MNIST_CLASSES[label] for label in sorted_classes])
axis.set_xticks(range(len(awake)), awake[sorted_filters], fontsize=7, rotation=90)
axis.set(xlabel="filter of conv2", title="Mean answer of each filter to 100 pictures of each class")
figure.colorbar(drawn, label="share of the filter's\nlargest answer")
plt.show()

# %%
for_tops, for_shoes = shares[tops].mean(axis=0), shares[shoes].mean(axis=0)
twice_tops, twice_shoes = (for_tops > 2 * for_shoes).sum(), (for_shoes > 2 * for_tops).sum()

print("at least twice as strong for tops: ", twice_tops)
print("at least twice as strong for shoes:", twice_shoes)
print("all other filters:                 ", len(awake) - twice_tops - twice_shoes)

# %% [markdown]
# *Read a column from top to bottom.* On the left side the upper rows are bright and the lowest rows are dark, on the right side it is the other way
# round, and in between lie filters that answer to nearly everything. Most filters prefer neither tops nor shoes
# clearly<!-- claim: number("all other filters:") > number("strong for tops:") + number("strong for shoes:") -->. The dense layers weigh all these
# small differences, and the places where the answers are, to decide.
#
# ## 8. Where was this computed, and how fast?
#
# Keras uses a GPU when there is one. The next cell measures the whole network on each device that you have: first one picture in a call of
# `predict`, then 1,000 pictures in a call.
#
# **Your prediction:** 1,000 pictures are a thousand times as much work as one. Is the time *for each picture* the same in both cases?

# %% jupyter={"outputs_hidden": true} tags=["nbval-ignore-output"]
devices = ["cpu"] if environment.device.startswith("CPU") else ["cpu", "gpu"]
for device in devices:
    with keras.device(device):
        timed = models.load("fashion_cnn", FOLDER)
        for count in (1, 1000):
            timed.predict(pictures[:count], verbose=0)  # the first call also prepares the computation
            start = time.perf_counter()
            timed.predict(pictures[:count], verbose=0)
            milliseconds = 1000 * (time.perf_counter() - start)
            print(f"{device}: {count:4} in a call: {milliseconds / count:.2f} ms for each picture")
print("this notebook ran on:", environment.device)

# %% [markdown]
# No. In a call of its own a picture takes much longer<!-- claim: numbers("in a call:")[0] > 5 * numbers("in a call:")[1] -->, because
# every call has to be prepared and started, whatever its size. Therefore give a network its pictures in batches.
#
# With a GPU you see two more lines. A GPU can do many more multiplications in a second than a processor, but the pictures
# must travel to it and every step must be started, and so few small pictures do not keep it busy. It pays most where much work is done
# at once: in training, and with large networks.
#
# ## 9. Draw, and watch every layer
#
# So far the boot stood still. Now move it to the right, a pixel or two at a time. `np.pad` puts empty columns on the left, and what no longer fits
# on the right is cut off.
#
# **Your prediction:** the maps of `conv1` move with the picture, because a convolution treats all places alike (chapter 01). Will the answer of the
# whole network stay the same?

# %% jupyter={"outputs_hidden": true}
for shift in range(6):
    moved = np.pad(boot, ((0, 0), (0, 0), (shift, 0), (0, 0)))[:, :, :28]  # axes: picture, height, width, channel
    answer = model.predict(moved, verbose=0)[0]
    print(f"moved by {shift}: ankle boot {answer[9]:.2f}, the network says {FASHION_MNIST_CLASSES[answer.argmax()]}")

# %% [markdown]
# No. You would not notice four pixels, but the network, which was sure of an ankle boot
# before<!-- claim: number("moved by 0: ankle boot") > 0.95 -->, now sees hardly any of
# it<!-- claim: number("moved by 4: ankle boot") < 0.1 -->. The maps did move with the boot. But behind them come dense layers, which have a weight of
# their own for each place, and in training every boot stood in the middle. What moves in the input moves in the maps (equivariance), and that does not
# make the answer stay the same (invariance). Step 12 of chapter 03 trains with moved digits, which is one remedy.
#
# You need not write a cell for each question of this kind. `explore.show` from the helpers opens a network below the cell, and your browser computes
# it while you draw. Choose a picture or draw one, and the maps of all layers follow. Click on a point of a map, and you see its arithmetic, as you
# did it by hand in step 5. Click on a bar of the answer, and a heat map shows which places spoke for this class; chapter 08 explains how. With the
# sliders you move, turn and cover the picture.

# %% tags=["nbval-ignore-output"]
explore.show(model, pictures[::100], labels=range(10), class_names=FASHION_MNIST_CLASSES, prepare="clothes")

# %% [markdown]
# Three things to try. Shift the boot with the slider until the answer changes. Cover the middle of a dress, and look which maps of `conv2` grow
# dark. Draw a trouser with two strokes, and see how little ink the network needs.
#
# The explorer opens your own networks, too, if they have one input and consist of the usual layers.
#
# ## What can go wrong
#
# Three mistakes that everybody makes once. The helper refuses them and says what to do:

# %%
mistakes = {
    "forgot to divide by 255": dict(images=x_train[0:1, :, :, np.newaxis]),
    "forgot batch and channel": dict(images=boot[0, :, :, 0]),
    "no such layer": dict(images=boot, layers="conv3"),
}
for mistake, arguments in mistakes.items():
    try:
        feature_maps(model, **arguments)
    except ValueError as error:
        print(f"{mistake}:\n  {error}\n")

# %% [markdown]
# Without such a check nobody would notice the first mistake: the activations are about 255 times too large, but the colours adapt,
# and the pictures look the same.
#
# ## What you learned
#
# 1. Training moved the weights of `conv1` further apart. Compare with an untrained layer, in the same colours, before you read
#    meaning into a picture.
# 2. Some kernels of the first layer can be read, such as edges and areas, and you can compute which is which.
# 3. The functional API connects any input with any output, or with a list of outputs. An activation model is one line.
# 4. A feature map is the sum of window times kernel, plus bias, after `relu`, at every place. You computed one pixel by hand.
# 5. Deeper maps balance many channels and often have no name. A filter that is silent for every training picture is dead, because the slope of
#    `relu` is 0 below 0.
#
# | Function | What it does |
# |---|---|
# | [`layer.get_weights()`](https://keras.io/api/layers/base_layer/) | kernels and biases of a layer, as NumPy arrays |
# | [`keras.Input(shape)`](https://keras.io/api/layers/core_layers/input/) | a placeholder where a model starts |
# | [`keras.Model(start, end)`](https://keras.io/api/models/model/) | a model between placeholders; `end` may be a list |
# | `model.inputs`, `layer.output` | the placeholders of a model that exists already |
# | [`model.predict(pictures)`](https://keras.io/api/models/model_training_apis/) | computes; a list of arrays if there are several outputs |
# | `activation_model(model, layers)`, `feature_maps(model, images, layers)` | the helpers of this course that do steps 4 and 7 |
# | `explore.show(model, images)` | the helper of this course that opens a network in the browser |
# | [`plt.hist`](https://matplotlib.org/stable/api/_as_gen/matplotlib.pyplot.hist.html), [`imshow(..., vmin, vmax)`](https://matplotlib.org/stable/api/_as_gen/matplotlib.axes.Axes.imshow.html) | a histogram; a picture in a fixed colour scale |
#
# **Open question:** in the cell below *Silent or dead?*, change `[:100]` so that it asks more pictures than 100 of each class, for instance 1,000. Run only
# this cell, because the later ones expect 100 of each, and mind that the maps of 10,000 pictures need half a gigabyte of memory. Predict first: can the list of silent
# filters become longer, or only shorter? Run it, and report in three sentences what you found and whether you would now call these
# filters dead.
#
# **Exercises:** [7 exercises](exercises/05_inside_exercises.ipynb) on this chapter; each checks your answer.
#
# **Next:** [06 · Cats and dogs: few pictures, overfitting and augmentation](06_cats_and_dogs.ipynb) trains a network on colour photographs until it memorises them, and finds two remedies.
#
# **In PyTorch:** [05 · Inside the network, in PyTorch: layers by number and by name](pytorch/05_inside_in_pytorch.ipynb).

# %% tags=["reached"]
sizes = ", ".join(f"{name} {m.shape[1]}x{m.shape[2]}x{m.shape[3]}" for name, m in all_maps.items())
print("maps of one boot (network shipped):", sizes)
