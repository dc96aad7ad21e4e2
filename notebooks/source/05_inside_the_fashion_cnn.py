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
# - **Time** on 2 CPU cores: 0.2<!-- chapters.05_inside_the_fashion_cnn.fast_minutes --> minutes in fast mode, 0.5<!-- chapters.05_inside_the_fashion_cnn.full_minutes --> minutes in full mode.<!-- gpu 05 --><!-- end of gpu --> Nothing is trained here, so the two are alike.
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

from helpers import models, plots
from helpers.activations import activation_model, feature_maps
from helpers.data import FASHION_MNIST_CLASSES, load_fashion_mnist

# %% [markdown]
# ## 1. Load a trained network
#
# A *checkpoint* (체크포인트) is a trained network in a file. `models.load` reads it, and `models.card` says how it was made.
#
# `FOLDER = None` means: the one that ships with the course. To look into the network that you trained yourself in chapter
# 04, write `FOLDER = models.own_folder()`. Filter numbers and figures then differ from what the text says.

# %%
FOLDER = None
model = models.load("fashion_cnn", FOLDER)
card = models.card("fashion_cnn", FOLDER)

for key in ("notebook", "parameters", "best_epoch", "validation_accuracy", "test_accuracy"):
    print(f"{key:20}", card[key])

# %% [markdown]
# `best_epoch` is the epoch whose weights were kept: the one with the lowest validation loss.
#
# A Keras model is a list of layers. Each has a place in the list and a name:

# %%
for index, layer in enumerate(model.layers):
    print(index, f"{layer.name:8}", layer.output.shape)

# %% [markdown]
# ## 2. The weights of the first convolution
#
# `conv1` has 32 filters of 3 by 3 on one channel.
#
# **Your prediction:** a layer keeps its weights (가중치) in two arrays, one for the kernels and one for the biases. Which
# numbers will appear in their shapes? (Their order is a convention of Keras.)

# %% jupyter={"outputs_hidden": true}
kernels, biases = model.get_layer("conv1").get_weights()

print("kernels:", kernels.shape)
print("biases: ", biases.shape)

# %% [markdown]
# Keras orders the axes of kernels as (height, width, input channels, filters). So `kernels[:, :, 0, 5]` is the kernel of
# filter 5.
#
# How large are these weights? Look at their *mean* (평균) and *standard deviation* (표준편차, how far values spread):

# %%
print(f"mean {kernels.mean():.3f}, standard deviation {kernels.std():.3f}")
print(f"smallest {kernels.min():.2f}, largest {kernels.max():.2f}")

# %% [markdown]
# Is that much? A number alone does not say. We need something to compare it with.
#
# ## 3. Before and after training
#
# Are these numbers the result of training, or did the layer start like this? Make a layer that has never been
# trained and compare.
#
# Keras fills a new convolution layer with *Glorot uniform* random numbers (글로럿 균등 초기화; Glorot and Bengio, 2010):
# every value between $-r$ and $r$ is equally likely, where $r = \sqrt{6 / (9 + 9 \cdot 32)} \approx 0.142$. The 9 is the number of
# weights that lead into an output, 9 · 32 the number that lead out of an input.
#
# **Your prediction:** compared with the trained kernels, will the untrained ones spread more or less? A *histogram*
# (히스토그램) counts how many weights fall into each interval: which shape will it have for the untrained layer?

# %% jupyter={"outputs_hidden": true}
untrained = keras.Sequential([keras.Input((28, 28, 1)), keras.layers.Conv2D(32, 3, padding="same")])
untrained_kernels, untrained_biases = untrained.layers[0].get_weights()

print(f"untrained: standard deviation {untrained_kernels.std():.2f}, largest {np.abs(untrained_kernels).max():.2f}")
print(f"trained:   standard deviation {kernels.std():.2f}, largest {np.abs(kernels).max():.2f}")
print("untrained biases are all 0:", not untrained_biases.any())

# %% jupyter={"outputs_hidden": true}
r = np.sqrt(6 / (9 + 9 * 32))
last = np.ceil(4 * np.abs(kernels).max() / r)
bins = np.arange(-last, last + 1) / 4 * r  # four bars between 0 and r
figure, axes = plt.subplots(1, 2, figsize=(9, 3), sharex=True, sharey=True, layout="constrained")
for axis, weights, title in zip(axes, (untrained_kernels, kernels), ("untrained", "trained"), strict=True):
    axis.hist(weights.ravel(), bins=bins, color=plots.BLUE)
    axis.set(title=f"{title}, standard deviation {weights.std():.2f}", xlabel="weight")
axes[0].set_ylabel("number of weights")
plt.show()

# %% [markdown]
# *Both histograms have the same axes.* Left: a block that ends sharply at 0.14 on both sides, as the rule says. Right:
# training has pulled the weights apart, and a few have become strongly negative. A filter with such a weight falls silent
# where there is ink under it.
#
# Now the kernels as pictures, all in one colour scale. Red is positive, blue is negative, white is zero. The scale ends at
# 0.5; the few weights beyond it get the darkest colour.
#
# **Your prediction:** in which of the two figures do you expect to see patterns?

# %% jupyter={"outputs_hidden": true}
plots.kernels(untrained_kernels, limit=0.5, caption="32 untrained kernels")

# %% jupyter={"outputs_hidden": true}
plots.kernels(kernels, limit=0.5, caption="32 trained kernels, same colour scale")

# %% [markdown]
# *First figure: pale and without order. Second figure: stronger colours, and many kernels have a red and a blue side.* A red
# side next to a blue side finds edges: it answers strongly where large pixel values meet small ones.
#
# > **What can go wrong: a colour scale for each picture.** If every kernel gets its own scale, the untrained ones look
# > as strong as the trained ones. Pictures that you want to compare need one scale, and weights need white at zero.
#
# Do not trust your eyes alone. Let us compute which kernel is the best vertical edge filter. Its right and left columns
# should differ, its top and bottom rows should not, and its weights should add up to about 0: on an even area an edge filter
# has nothing to say. The same for horizontal edges, and for a third kind: the largest sum.

# %%
k = kernels[:, :, 0]
right_minus_left = np.abs((k[:, 2] - k[:, 0]).sum(axis=0))
bottom_minus_top = np.abs((k[2] - k[0]).sum(axis=0))
total = k.sum(axis=(0, 1))

chosen = {
    "vertical edge": int((right_minus_left - bottom_minus_top - np.abs(total)).argmax()),
    "horizontal edge": int((bottom_minus_top - right_minus_left - np.abs(total)).argmax()),
    "largest sum": int(total.argmax()),
}
for role, index in chosen.items():
    print(f"{role}: filter {index}, sum {total[index]:.2f}\n{k[:, :, index].round(2)}")

# %% [markdown]
# Find the three in the figure above. We will see in step 5 what they do to a real picture.
#
# ## 4. The functional API
#
# To see feature maps we need a model that stops halfway. With `Sequential` you would have to build a shorter model for each
# layer. The *functional API* (함수형 API) does it in one line: there you call layers like functions and connect any input
# with any output, or with several.
#
# First a small example with two dense layers:

# %%
inputs = keras.Input(shape=(784,))
hidden = keras.layers.Dense(100, activation="relu")(inputs)
outputs = keras.layers.Dense(10, activation="softmax")(hidden)
two_dense = keras.Model(inputs, outputs, name="two_dense")

print("input:", two_dense.inputs[0].shape, " output:", two_dense.outputs[0].shape)
print("parameters:", f"{two_dense.count_params():,}")

# %% [markdown]
# `keras.Input` is a placeholder: it has a shape and no values. Each layer takes a placeholder and returns the next one.
# `keras.Model` needs only two things: where to start and where to end.
#
# **Your prediction:** the shipped network is `Sequential`. Does it have such placeholders, too?

# %% jupyter={"outputs_hidden": true}
print("starts at:       ", model.inputs[0].shape)
print("conv1 ends at:   ", model.layers[0].output.shape)
print("network ends at: ", model.outputs[0].shape)

# %% [markdown]
# It does, because chapter 04 began it with `keras.Input`. So we can build a model from its input to the output of its first
# layer. The numbers that a layer puts out are called *activations* (활성화 값), so this is an **activation model** (특성 맵을
# 출력하는 모델). You can pick the layer by index or by name.

# %%
conv1_by_index = keras.Model(model.inputs, model.layers[0].output)
conv1_by_name = keras.Model(model.inputs, model.get_layer("conv1").output)

print("by index:", conv1_by_index.output_shape, " by name:", conv1_by_name.output_shape)
print("parameters:", conv1_by_index.count_params())
print("same layer as in the network:", conv1_by_index.layers[-1] is model.get_layer("conv1"))

# %% [markdown]
# Only 320 parameters: the model contains `conv1` and nothing behind it. The weights are not copied, they are *shared* with the
# network. If the network were trained further, the activation model would change with it.
#
# ## 5. The feature maps of an ankle boot
#
# The first training picture is an ankle boot. It must be prepared as in training: four axes, values from 0 to 1. We
# draw it like ink on paper again: white is 0, black is 1.

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
# One picture, 28 by 28, 32 channels. No value is negative, because `relu` replaced negative sums by 0.
#
# Is this really multiplying and adding, as chapter 04 says? Take one pixel of one map and compute it by hand: cut out the 3
# by 3 window around it, multiply by the kernel, add everything up, add the bias, and replace a negative result by 0. We
# take a pixel away from the border, so that no padding is needed.

# %%
row, column, filter_index = 14, 20, chosen["largest sum"]
window = boot[0, row - 1 : row + 2, column - 1 : column + 2, 0]
products = window * k[:, :, filter_index]
by_hand = max(0, products.sum() + biases[filter_index])

print("window:\n", window.round(2))
print("products:\n", products.round(2))
print(f"sum {products.sum():.3f} + bias {biases[filter_index]:.3f}: by hand {by_hand:.3f}, "
      f"by Keras {maps[0, row, column, filter_index]:.3f}")

# %% [markdown]
# The same number. A feature map is this sum plus the bias, after `relu`, at every place.
#
# Now all 32 maps, each under the kernel that made it.
#
# **Your prediction:** what will the map of the filter with the largest sum look like? And that of the vertical edge filter?

# %% jupyter={"outputs_hidden": true}
caption = "conv1: the ankle boot's 32 feature maps, each under its kernel (colours of the kernels as above)"
plots.feature_maps(maps[0], columns=8, weights=kernels, limit=0.5, caption=caption)

# %% [markdown]
# *All maps share one colour scale: yellow is a strong answer, dark is none.* Some maps show the whole boot, some only
# its outline, some only its left or right side.
#
# Look at our three candidates one by one:

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

# %% [markdown]
# *Compare each map with the input.* The filter with the largest sum copies the boot. The edge filters answer where the pixel values
# change in their direction, and only where they rise or where they fall, not both: `relu` removed the other half.
#
# **Your prediction:** in some of the 32 maps even the empty paper around the boot answers a little. All pixels there are 0.
# Where does the answer come from?

# %% jupyter={"outputs_hidden": true}
paper = maps[0, 1, 1]  # all 32 channels at a pixel of the empty upper left corner
answering = np.flatnonzero(paper > 0.01)

print("filters that answer to empty paper:", answering)
print("their answers:", paper[answering].round(3))
print("their biases: ", biases[answering].round(3))

# %% [markdown]
# From the bias: it is all that remains of the sum when every pixel is 0.
#
# ## 6. The second convolution, and why it is harder to read
#
# `conv2` comes after one pooling layer and has 64 filters.
#
# **Your prediction:** which shape does the kernel of *one* of its filters have?

# %% jupyter={"outputs_hidden": true}
conv2_maps = activation_model(model, "conv2").predict(boot, verbose=0)
conv2_kernels, conv2_biases = model.get_layer("conv2").get_weights()

print("maps:", conv2_maps.shape)
print("kernel of one filter:", conv2_kernels[:, :, :, 0].shape)

# %% [markdown]
# `activation_model` from the helpers is what you wrote in step 4, plus a clear message when there is no such layer.

# %%
plots.feature_maps(conv2_maps[0], columns=8, caption="conv2: the ankle boot's 64 feature maps")

# %% [markdown]
# *The maps are small (14 by 14) and patchy, and few look like the boot. "Empty" marks maps that are 0 everywhere. (The colour
# scale is not that of the figure above: these activations are larger.)* Which pattern does such a map show? We cannot put its kernel beside it: the kernel is
# 3 by 3 by 32. It does not look at the picture at all. It looks at the 32 maps of `pool1`, with one 3 by 3 slice for each,
# and adds up the 32 results.
#
# Take one such sum apart. For each input channel we shift its map to the nine places of the slice, multiply by the weight
# there, and add: that is the channel's *part* of the result.
#
# **Your prediction:** will one of the 32 parts look like the final map?

# %% jupyter={"outputs_hidden": true}
picked = int(conv2_maps[0].std(axis=(0, 1)).argsort()[-2])  # a filter with strong contrasts
pool1_maps = activation_model(model, "pool1").predict(boot, verbose=0)[0]
padded = np.pad(pool1_maps, ((1, 1), (1, 1), (0, 0)))
parts = np.zeros((14, 14, 32))
for i in range(3):
    for j in range(3):
        parts += padded[i : i + 14, j : j + 14] * conv2_kernels[i, j, :, picked]
whole = np.maximum(0, parts.sum(axis=2) + conv2_biases[picked])

print("parts:", parts.shape)
print("their sum is map", picked, "of conv2:", np.allclose(whole, conv2_maps[0, :, :, picked], atol=1e-2))

# %% jupyter={"outputs_hidden": true}
order = np.abs(parts).sum(axis=(0, 1)).argsort()[::-1][:6]
figure, axes = plt.subplots(1, 7, figsize=(13, 2.4), layout="constrained")
span = np.abs(parts).max()
for axis, channel in zip(axes, order, strict=False):
    drawn = axis.imshow(parts[:, :, channel], cmap=plots.DIVERGING, vmin=-span, vmax=span)
    axis.set_title(f"part {channel}")
figure.colorbar(drawn, ax=axes[:6], label="contribution", shrink=0.8)
drawn = axes[6].imshow(whole, cmap=plots.SEQUENTIAL, vmin=0)
axes[6].set_title(f"map {picked}")
figure.colorbar(drawn, ax=axes[6], label="activation", shrink=0.8)
for axis in axes:
    axis.set_axis_off()
plt.show()

# %% [markdown]
# *The six largest of the 32 parts: red adds to the sum, blue takes away from it. Right: the map, after adding all 32 parts and
# the bias, and `relu`.* The map is a balance: some channels speak for a place, others against it. It has no simple name,
# because it is a combination of simple findings. The next layer combines such combinations.
#
# Larger networks show the same tendency (Zeiler and Fergus, 2014): layers near the input find simple things, some of which
# we can name. Deeper layers find combinations that help to tell the classes apart, and often have no name.
#
# ## 7. All layers at once
#
# One activation model can have many outputs. `feature_maps` runs every convolution and pooling layer and returns a
# dictionary.
#
# **Your prediction:** how large is the share of zeros in the maps? Does pooling make it larger or smaller?

# %% jupyter={"outputs_hidden": true}
all_maps = feature_maps(model, boot)

for name, layer_maps in all_maps.items():
    print(f"{name:6} {layer_maps.shape!s:18} zeros: {(layer_maps == 0).mean():.0%}")

# %% [markdown]
# Pooling makes it smaller: the largest of four values is 0 only if all four are. And `conv2` is quieter than `conv1`: its
# patterns are rarer.
#
# A zero says "my pattern is not here". A map marked "empty" in the figure above is 0 everywhere. Is its filter useless, or is
# it silent for boots only? Ask 100 pictures of each class.
#
# **Your prediction:** will there be filters of `conv2` that answer to none of the 1,000 pictures?

# %% jupyter={"outputs_hidden": true}
hundred_of_each = np.concatenate([x_train[y_train == label][:100] for label in range(10)])
pictures = hundred_of_each.reshape(-1, 28, 28, 1).astype("float32") / 255
answers = feature_maps(model, pictures, "conv2")["conv2"].mean(axis=(1, 2))  # one number per picture and filter
by_class = answers.reshape(10, 100, 64).mean(axis=1)  # the pictures are sorted by class, 100 of each
largest = by_class.max(axis=0)

print("empty for this boot:    ", np.flatnonzero(conv2_maps[0].max(axis=(0, 1)) == 0))
print("silent for all pictures:", np.flatnonzero(largest == 0))

# %% [markdown]
# The filters in the second list are *dead* (죽은 뉴런, dying ReLU): their sums are negative for every picture, `relu` makes them
# 0, and where the output is always 0 training cannot change the weights any more. They cost parameters and do nothing.
#
# Now all the others. We divide by the filter's largest answer, so that every column has the same scale.
#
# **Your prediction:** will each filter belong to one class?

# %% jupyter={"outputs_hidden": true}
figure, axis = plt.subplots(figsize=(12, 3.2), layout="constrained")
shares = by_class / np.where(largest > 0, largest, 1)
drawn = axis.imshow(shares, cmap=plots.SEQUENTIAL, aspect="auto", vmin=0)
axis.set_yticks(range(10), FASHION_MNIST_CLASSES)
axis.set(xlabel="filter of conv2", title="Mean answer of each filter to 100 pictures of each class")
figure.colorbar(drawn, label="share of the filter's\nlargest answer")
plt.show()

# %% [markdown]
# *Read a column from top to bottom.* No filter belongs to one class, and many answer to nearly everything. But there are
# preferences. Which filters answer at least twice as strongly to shoes as to tops, and the other way round?

# %%
shoes, tops = by_class[[5, 7, 9]].mean(axis=0), by_class[[0, 2, 4, 6]].mean(axis=0)

print("twice as strong for shoes:", np.flatnonzero(shoes > 2 * tops))
print("twice as strong for tops: ", np.flatnonzero(tops > 2 * shoes))

# %% [markdown]
# The dense layers use such differences, and the places where the answers are, to decide.
#
# ## 8. Where was this computed, and how fast?
#
# Keras uses a GPU when there is one. The next cell measures the whole network on 1,000 pictures, on each device that you have.
#
# **Your prediction:** a GPU can do a hundred times as many multiplications per second as a processor. Will it be a hundred
# times faster here?

# %% jupyter={"outputs_hidden": true} tags=["nbval-ignore-output"]
devices = ["cpu"] if environment.device.startswith("CPU") else ["cpu", "gpu"]
for device in devices:
    with keras.device(device):
        timed = models.load("fashion_cnn", FOLDER)
        timed.predict(pictures, verbose=0)  # the first call also prepares the computation
        start = time.perf_counter()
        timed.predict(pictures, verbose=0)
        print(f"{device}: {1000 * (time.perf_counter() - start):.0f} ms for 1,000 pictures")
print("this notebook ran on:", environment.device)

# %% [markdown]
# (No. The pictures must travel to the GPU, every step must be started, and so few pictures do not keep it busy. A GPU pays
# in training, where the same work is done for hours.)
#
# ## What can go wrong
#
# Three mistakes that everybody makes once. The helper refuses them, and says what to do:

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
# Without such a check, the first mistake goes unnoticed: the activations are about 255 times too large, but the colours adapt,
# and the pictures look the same.
#
# ## What you learned
#
# 1. Training pulls the weights of a layer apart. Compare with an untrained layer, in the same colours, before you read
#    meaning into a picture.
# 2. Some kernels of the first layer can be read: edges and areas. You can compute which is which.
# 3. The functional API connects any input with any output. An activation model is one line.
# 4. A feature map is the sum of window times kernel, plus bias, after `relu`, at every place. You checked one pixel by hand.
# 5. Deeper maps combine many channels. They help the network to decide, and they often have no name.
#
# **Exercises:** [7 exercises](exercises/05_inside_exercises.ipynb) on this chapter, and each answers.
#
# **Next:** [06 · Cats and dogs: few pictures, overfitting and augmentation](06_cats_and_dogs.ipynb) trains a network on colour photographs and meets overfitting in earnest.
#
# **In PyTorch:** [05 · Inside the network, in PyTorch: layers by number and by name](pytorch/05_inside_in_pytorch.ipynb).

# %% tags=["reached"]
sizes = ", ".join(f"{name} {m.shape[1]}x{m.shape[2]}x{m.shape[3]}" for name, m in all_maps.items())
print("maps of one boot (network shipped):", sizes)
