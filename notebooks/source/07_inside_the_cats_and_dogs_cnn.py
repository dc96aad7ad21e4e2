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
# # 07 · Inside the cats-and-dogs network
#
# After this chapter you can show what every layer of a deeper network makes of a picture, tell an empty map from a useless
# filter, and say how much of what you see was learned.
#
# - **Time** on 2 CPU cores: 0.6<!-- chapters.07_inside_the_cats_and_dogs_cnn.fast_minutes --> minutes in fast mode, 0.6<!-- chapters.07_inside_the_cats_and_dogs_cnn.full_minutes --> minutes in full mode.<!-- gpu 07 --><!-- end of gpu --> Nothing is trained here, so both modes take about the same time.
# - **You need** chapters 05 and 06. The trained network comes with the course, so you need not have run them.
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
import keras
import matplotlib.pyplot as plt
import numpy as np
from IPython.display import display
from matplotlib_inline.backend_inline import set_matplotlib_formats

from helpers import models, plots
from helpers.activations import feature_maps
from helpers.data import own_picture, sample_image
from helpers.interpret import grad_cam
from helpers.pictures.drawn import draw_pet

set_matplotlib_formats("jpeg", pil_kwargs={"quality": 50})  # figures with many maps take less room than as PNG

# %% [markdown]
# ## 1. The network and a cat it has never seen
#
# This is the network that chapter 06 trained with augmentation and dropout. If you want to look into your own, write
# `FOLDER = models.own_folder()`; the numbers then differ from those in this text.

# %%
FOLDER = None
model = models.load("cats_dogs_augmented", FOLDER)
card = models.card("cats_dogs_augmented", FOLDER)

for key in ("notebook", "parameters", "epochs", "validation_accuracy"):
    print(f"{key:20}", card[key])

# %% [markdown]
# The cat is Chelsea from chapter 06 (photographed by Stéfan van der Walt, CC0). She must be prepared as the pictures in training were:
# 150 by 150 pixels, values from 0 to 1, and a batch axis.
#
# **Your prediction:** you know from chapter 06 what this network puts out. Which shape will its answer for one picture have? And on
# which side of 0.5 is it if the network takes Chelsea for a cat?

# %% jupyter={"outputs_hidden": true}
def prepared(picture):
    return np.asarray(keras.ops.image.resize(picture.astype("float32"), (150, 150)))[np.newaxis] / 255


cat = prepared(sample_image("cat"))
answer = model.predict(cat, verbose=0)
dog_probability = float(answer[0, 0])

print("shape of the picture:", cat.shape, " values in 0..1:", cat.min() >= 0 and cat.max() <= 1)
print("shape of the answer: ", answer.shape)
print(f"probability of dog: {dog_probability:.2f}, so of cat: {1 - dog_probability:.2f}")

# %% [markdown]
# One picture, one number: the probability of *dog*. It is below 0.5<!-- claim: number("probability of dog:") < 0.5 -->, so the network says
# cat.
#
# ## 2. Eight layers, one model
#
# The first eight layers are four convolutions and four poolings. What does each of them put out for this cat? Chapter 05 built an
# *activation model* (특성 맵을 출력하는 모델) with several outputs: [`keras.Model`](https://keras.io/api/models/model/) takes the place where
# it starts and a list of places where it ends. Here it has **eight outputs, and one pass computes them all.**
#
# **Your prediction:** a picture of 150 by 150 enters. The convolutions have kernels of 3 by 3 without padding, and every pooling takes
# blocks of 2 by 2. What does the fourth result look like: height, width, channels? (The second convolution has 64 filters.)

# %% jupyter={"outputs_hidden": true}
first_eight = [layer.name for layer in model.layers[:8]]
eight_outputs = keras.Model(model.inputs, [model.get_layer(name).output for name in first_eight])
maps = dict(zip(first_eight, eight_outputs.predict(cat, verbose=0), strict=True))

for name, layer_maps in maps.items():
    print(f"{name}: {layer_maps.shape}")

# %% [markdown]
# The fourth result is `pool2`: 150 becomes 148, 74, 72 and 36. From the first result to the last, height and width shrink while the
# number of channels grows<!-- claim: row("conv1:")[1] > row("pool4:")[1] and row("conv1:")[3] < row("pool4:")[3] -->. Look at the last
# line: half of 15 would be 7.5, and the result has 7 rows. Keep this in mind for step 5.
#
# `feature_maps` from the helpers does the same in one call. Check it:

# %%
same = feature_maps(model, cat, first_eight)
print("equal:", all(np.allclose(maps[name], same[name]) for name in first_eight))

# %% [markdown]
# ## 3. Single channels
#
# A channel of `conv1` is the map that one filter made. Is there a channel that shows the brightness of the picture, its edges, its
# colour? Look for the best of the 32 by a rule, not by taste. These are the three pictures to compare with:
#
# - its *brightness*: the mean of red, green and blue;
# - its *edges*: how fast the brightness changes, in whatever direction.
#   [`np.gradient`](https://numpy.org/doc/stable/reference/generated/numpy.gradient.html) gives the change downwards and the change to the
#   right, and the root of the sum of their squares is the size of the change;
# - its *redness*: red minus the mean of green and blue.

# %%
pixels = cat[0, 1:-1, 1:-1]  # without padding, conv1 loses one pixel on each side
red, green, blue = pixels[..., 0], pixels[..., 1], pixels[..., 2]
brightness = (red + green + blue) / 3
down, right = np.gradient(brightness)
features = {
    "brightness": brightness,
    "edges": np.sqrt(down**2 + right**2),
    "redness": red - (green + blue) / 2,
}

# %% [markdown]
# And this is the rule. The *correlation* (상관계수) of two pictures is 1 if one is a copy of the other that is only brighter, darker, or stronger or
# weaker in contrast, −1 if bright and dark are exchanged, and about 0 if they have nothing to do with each other.
# [`np.corrcoef`](https://numpy.org/doc/stable/reference/generated/numpy.corrcoef.html) returns a small table, in which the number we want stands in
# row 0, column 1.

# %%
def most_like(values, layer_maps):
    best_channel, best = None, -1
    for channel in range(layer_maps.shape[2]):
        one_map = layer_maps[:, :, channel]
        if one_map.std() > 0:  # an empty map has no correlation with anything
            correlation = np.corrcoef(values.ravel(), one_map.ravel())[0, 1]
            if correlation > best:
                best_channel, best = channel, correlation
    return best_channel, best


# %% [markdown]
# **Your prediction:** a filter of `conv1` has 3 by 3 weights for red, for green and for blue, and `relu` behind it. One of the three
# pictures cannot be copied by any single filter, however its weights are chosen. Which one?

# %% jupyter={"outputs_hidden": true}
conv1 = maps["conv1"][0]
chosen = {feature: most_like(values, conv1) for feature, values in features.items()}

for feature, (channel, correlation) in chosen.items():
    print(f"{feature}: channel {channel}, correlation {correlation:.2f}")

# %% jupyter={"outputs_hidden": true}
figure, axes = plt.subplots(2, 3, figsize=(7.5, 5), layout="constrained")
for column, (feature, (channel, _)) in enumerate(chosen.items()):
    axes[0, column].imshow(features[feature], cmap="gray")
    axes[0, column].set_title(f"{feature} of the picture")
    drawn = axes[1, column].imshow(conv1[:, :, channel], cmap=plots.SEQUENTIAL, vmin=0, vmax=conv1.max())
    axes[1, column].set_title(f"conv1, channel {channel}")
for axis in axes.flat:
    axis.set_axis_off()
figure.colorbar(drawn, ax=axes[1], label="activation", shrink=0.8)
plt.show()

# %% [markdown]
# The edges cannot be copied, because a filter answers to one direction of change, and `relu` removes the opposite one. Brightness would be easy:
# the weight 1/3 in the middle for each colour, and 0 elsewhere. Redness would need 1, −1/2 and −1/2 in the middle. (Where it is negative, `relu`
# would cut it off. In this picture hardly any place is.)
#
# *Compare each map with the picture above it.* Redness fits best, as well as could be
# expected<!-- claim: number("redness:", 1) > max(number("edges:", 1), number("brightness:", 1)) -->. But brightness, which would be easy, fits
# even worse than the edges<!-- claim: number("brightness:", 1) < number("edges:", 1) -->. What a filter *could* do is not what training
# made of it.
#
# So has the network *learned* its colours and edges? Take the same network *untrained*:
# [`clone_model`](https://keras.io/api/models/model_saving_apis/model_config_serialization/) makes the same layers with new random
# weights. Pick its best channel for each of the three pictures, by the same rule.
#
# **Your prediction:** will all three correlations be lower in the untrained network?

# %% jupyter={"outputs_hidden": true}
keras.utils.set_random_seed(environment.seed)
untrained = keras.models.clone_model(model)
untrained_maps = feature_maps(untrained, cat, first_eight)

for feature, values in features.items():
    channel, correlation = most_like(values, untrained_maps["conv1"][0])
    print(f"{feature}: after training {chosen[feature][1]:.2f}, before training {correlation:.2f}")

# %% [markdown]
# Edges and redness fit better after
# training<!-- claim: row("edges: after")[0] > row("edges: after")[1] and row("redness: after")[0] > row("redness: after")[1] -->. Brightness fits
# *worse*<!-- claim: row("brightness: after")[0] < row("brightness: after")[1] -->: a random filter copies the picture better than any of the
# trained ones. A possible reason is that chapter 06 changed the brightness of the training pictures at random, so brightness could not help to tell
# cats from dogs.
#
# Even among 32 random filters one fits quite well<!-- claim: row("brightness: after")[1] > 0.7 -->. Therefore a map that looks like something does
# not show that this was learned. **Keep the untrained network at hand**, because you will need it again.
#
# ## 4. All channels of all layers
#
# Now look at everything, with 16 channels in each row. In each figure all channels share one colour scale, so a dark map *is* weak. The
# colours follow the square root of the activation, as the colour bar shows, so that weak answers can be seen beside strong ones.
# "Empty" marks a map that is 0 everywhere.
#
# **Your prediction:** in which layer will you no longer recognise the cat?

# %% jupyter={"outputs_hidden": true}
def empty_channels(layer_maps):
    return ~layer_maps.any(axis=(1, 2))  # for each picture and channel: no value other than 0


def show_all(maps, name, picture="cat"):
    layer_maps = maps[name]
    size, channels, empty = layer_maps.shape[1], layer_maps.shape[3], empty_channels(layer_maps).mean()
    caption = f"{name}, {picture}: {channels} channels of {size} by {size}, {empty:.0%} of them empty"
    return plots.feature_maps(layer_maps[0], columns=16, caption=caption, gamma=0.5)


show_all(maps, "conv1")

# %% jupyter={"outputs_hidden": true}
show_all(maps, "pool1")

# %% [markdown]
# *In the brightest maps you see the whole cat, in weaker ones only strokes.* Pooling changes the size and little else: find the
# same channel in both figures.

# %% jupyter={"outputs_hidden": true}
show_all(maps, "conv2")

# %% jupyter={"outputs_hidden": true}
show_all(maps, "pool2")

# %% [markdown]
# *The outline is still there, but look for maps in which only parts light up*: the eyes, one side of the head, the stripes.

# %% jupyter={"outputs_hidden": true}
show_all(maps, "conv3")

# %% jupyter={"outputs_hidden": true}
show_all(maps, "pool3")

# %% [markdown]
# *Look for dark maps with a few bright spots.* A spot says: here is what I am looking for. The map does not say what that is. Chapter 08 asks.

# %% jupyter={"outputs_hidden": true}
show_all(maps, "conv4")

# %% jupyter={"outputs_hidden": true}
show_all(maps, "pool4")

# %% [markdown]
# *Fields of 7 by 7 are left, and many channels are labelled "empty".* No person could tell from these maps that this is a cat. But the dense
# layers can: they get the answers of 128 filters, and roughly where in the picture each was found. This is the order that chapter 05 described: from
# edges to parts such as an eye or an ear, and from parts to the animal.
#
# ## 5. Where do the empty maps come from?
#
# A map is empty when the sum of its filter is 0 or below at every place of the picture, because `relu` then gives 0 everywhere. The captions
# above count the empty maps layer by layer.
#
# **Your prediction:** in the captions their share grows with depth. Will it do so in the *untrained* network, too, where nothing was learned?

# %% jupyter={"outputs_hidden": true}
for name in first_eight:
    after, before = empty_channels(maps[name]).mean(), empty_channels(untrained_maps[name]).mean()
    print(f"{name}: after training {after:4.0%} empty, before training {before:4.0%} empty")

# %% [markdown]
# It
# does<!-- claim: row("conv1: after training")[1] < row("conv2: after training")[1] < row("conv3: after training")[1] < row("conv4: after training")[1] -->.
# So training is not needed for it: in this random network, too, the deeper layers have more empty maps. Two reasons are likely. Behind `relu` no
# number is negative, so a filter with mostly negative weights gets sums below 0 nearly everywhere. And a deep map has fewer places: 15 by 15
# chances for one sum above 0, where `conv1` has 148 by 148. In `conv2` training changes the share
# little<!-- claim: abs(row("conv2: after training")[0] - row("conv2: after training")[1]) <= 3 -->; in `conv4` the share after training is much
# larger<!-- claim: row("conv4: after training")[0] > 1.4 * row("conv4: after training")[1] -->.
#
# Now compare the last two lines: `pool4` has *more* empty maps than
# `conv4`<!-- claim: row("pool4: after training")[0] > row("conv4: after training")[0] -->. That is strange: chapter 05 found that pooling keeps the
# largest number of each block, and so a map with one number above 0 should keep it.
#
# **Your prediction:** how can a map that is not empty become empty by max pooling? Remember the sizes in step 2.

# %% jupyter={"outputs_hidden": true}
lost = ~empty_channels(maps["conv4"])[0] & empty_channels(maps["pool4"])[0]
for channel in np.flatnonzero(lost):
    rows, columns = np.nonzero(maps["conv4"][0, :, :, channel])
    print(f"channel {channel} of conv4: not 0 only in rows {rows} and columns {columns}")

# %% [markdown]
# The map of `conv4` has 15 rows and 15 columns, counted from 0 to 14. Seven blocks of two cover 0 to 13, and
# [`MaxPooling2D`](https://keras.io/api/layers/pooling_layers/max_pooling2d/) drops what is left over: row 14 and column 14. The only answer of
# this channel lies in column 14<!-- claim: row("of conv4: not 0 only in rows")[-1] == 14 -->, so pooling loses it. In the other three poolings the sizes
# are even, nothing is left over, and the shares stay
# equal<!-- claim: row("pool1: after") == row("conv1: after") and row("pool2: after") == row("conv2: after") and row("pool3: after") == row("conv3: after") -->.
#
# ### A second picture
# Take a picture that is as different as possible: a **drawn** dog from the course's own data set. The number names a drawing: `draw_pet("dog", 26)` is the
# same dog each time, and it was picked because it comes out clearly. The network was trained on photographs
# and has never seen a drawing.

# %%
dog = prepared(draw_pet("dog", 26))
dog_maps = feature_maps(model, dog, first_eight)
print(f"probability of dog: {float(model.predict(dog, verbose=0)[0, 0]):.2f}")
plots.images(np.concatenate([cat, dog]), ["the cat (photograph)", "the dog (drawn)"])

# %% [markdown]
# The network takes it for a dog<!-- claim: number("probability of dog:") > 0.5 -->. One drawing proves little. But it shows that a dog can be
# recognised without real fur and real light. Here are its maps: the four convolutions, then the last pooling.

# %%
for name in ("conv1", "conv2", "conv3", "conv4", "pool4"):
    display(show_all(dog_maps, name, "drawn dog"))

# %% [markdown]
# *Compare these figures with those of the cat, channel by channel.* In `conv1` and `conv2` look for the maps that showed the cat
# clearly: they show the dog, too, because the same filters follow another picture.
#
# **Your prediction:** the channels of `pool4` that are empty for the cat: will all of them be empty for the dog, some, or none?

# %% jupyter={"outputs_hidden": true}
empty_for_cat, empty_for_dog = empty_channels(maps["pool4"])[0], empty_channels(dog_maps["pool4"])[0]

print("empty for both:        ", (empty_for_cat & empty_for_dog).sum())
print("empty for the cat only:", (empty_for_cat & ~empty_for_dog).sum())
print("empty for the dog only:", (~empty_for_cat & empty_for_dog).sum())

# %% [markdown]
# Some are not<!-- claim: number("empty for the cat only:") > 0 -->: these filters found nothing in the cat, and they answer to the dog. But
# most are empty for both<!-- claim: number("empty for both:") > number("empty for the cat only:") + number("empty for the dog only:") -->.
#
# The shares of all layers in one figure:

# %%
curves = {"cat": maps, "drawn dog": dog_maps, "cat, untrained network": untrained_maps}
figure, axis = plt.subplots(figsize=(7.5, 3.6), layout="constrained")
for (name, some_maps), colour in zip(curves.items(), plots.COLOURS, strict=False):
    shares = [100 * empty_channels(some_maps[layer]).mean() for layer in first_eight]
    axis.plot(first_eight, shares, "o--" if "untrained" in name else "o-", color=colour, label=name)
axis.set(xlabel="layer", ylabel="empty maps in %", ylim=(0, 60), title="Share of empty maps by depth")
axis.grid(alpha=0.3)
axis.legend()
plt.show()

# %% [markdown]
# *Follow each line from left to right, and compare the solid lines with the dashed one at `conv2` and at `pool4`.* Why are so many maps of the last
# layers empty after training? Two reasons are possible. The patterns of deep filters are rare, and one picture has only some of them. Or there are
# filters that never answer.
#
# ### Silent or dead?
#
# A filter that is silent for one cat may answer to another picture. Or it may be silent for every picture, and then it is *dead* (죽은 뉴런): chapter
# 05 explained that `relu` has slope 0 there, so training cannot change its weights. One picture cannot tell the two apart. Ask 100 drawn cats and
# 100 drawn dogs; `(1, n)` gives drawings that are all different from the one above. The network gets them twenty at a time, because all maps of 200
# pictures at once would fill more than a gigabyte of memory.
#
# **Your prediction:** look at the channels of `pool4` that are empty for Chelsea. When you ask 200 pictures more, can the number of those that
# stay silent grow? Do you expect most of them to answer to at least one picture?

# %% jupyter={"outputs_hidden": true} tags=["nbval-ignore-output"]
many = np.concatenate([prepared(draw_pet(kind, (1, n))) for kind in ("cat", "dog") for n in range(100)])
silent = {name: [] for name in first_eight}
for twenty in np.split(many, 10):
    for name, some_maps in zip(first_eight, eight_outputs.predict(twenty, verbose=0), strict=True):
        silent[name].append(empty_channels(some_maps))

for name in first_eight:
    for_chelsea, for_all = empty_channels(maps[name])[0], np.concatenate(silent[name]).all(axis=0)
    both = (for_chelsea & for_all).sum()
    print(f"{name}: empty for Chelsea {for_chelsea.sum():3}, still silent after 200 more: {both:3}")

# %% [markdown]
# The number cannot grow, because each picture can only wake filters. Read the last line: of the maps of `pool4` that are empty for
# Chelsea, more than a third belong to filters that no drawing
# wakes<!-- claim: row("pool4: empty for Chelsea")[2] > row("pool4: empty for Chelsea")[0] / 3 -->. They may be dead. If so, they cost time
# and memory, and a smaller network would do as well. To be sure, you would have to show the network the photographs that it was trained on,
# because drawings are not photographs. The other empty maps are answers: my pattern is not in this picture.
#
# ## 6. How much of this was learned?
#
# Here is `conv2` of the untrained network of step 3, for the same cat.
#
# **Your prediction:** its filters are random numbers. Will you recognise the cat?

# %% jupyter={"outputs_hidden": true}
show_all(untrained_maps, "conv2", "cat, untrained network")

# %% [markdown]
# *Look at the brightest maps: there she is.* A filter with random weights follows the brightness and the edges of its input as well. **That
# you recognise the cat in a map does not show that the network has learned anything.** Compare with the untrained network before you believe in a
# picture; chapter 08 turns this into a rule.
#
# > **What can go wrong: every map with a colour scale of its own.** Many notebooks *standardise* (표준화) each map before they draw it: they
# > subtract its mean and divide by its standard deviation. Then the weakest map looks as strong as the strongest, and an empty one is 0
# > divided by 0. See it with the two weakest maps of `pool3` that are not empty, and its two strongest:

# %%
pool3 = maps["pool3"][0]
strength = pool3.max(axis=(0, 1))
order = [channel for channel in strength.argsort() if strength[channel] > 0]  # from weak to strong, without empty ones
picked = [order[0], order[1], order[-2], order[-1]]

figure, axes = plt.subplots(2, 4, figsize=(7.5, 4.2), layout="constrained")
for column, channel in enumerate(picked):
    one_map = pool3[:, :, channel]
    axes[0, column].imshow(one_map, cmap=plots.SEQUENTIAL, vmin=0, vmax=strength.max())
    axes[0, column].set_title(f"channel {channel}", fontsize=9)
    axes[1, column].imshow((one_map - one_map.mean()) / one_map.std(), cmap=plots.SEQUENTIAL, vmin=-2, vmax=2)
    axes[1, column].set_title("standardised", fontsize=9)
for axis in axes.flat:
    axis.set_axis_off()
plt.show()

# %%
print("largest activations:", ", ".join(f"{value:.4f}" for value in strength[picked]))

# %% [markdown]
# *Upper row, one scale for all: two maps are dark, two are bright. Lower row: the few spots of the weak maps are as bright as the best
# answers of the strong ones*, although they are more than a hundred times
# weaker<!-- claim: row("largest activations:")[3] > 100 * row("largest activations:")[0] -->. Standardise if you want to see *where* a weak
# channel answers, and do not if you want to see *how much*.
#
# ## 7. Your own picture
#
# Now send a photograph of your own through the layers: your cat, your dog, or anything else. In Jupyter write its path between the
# quotation marks, such as `"my_cat.jpg"`. In Colab write `"upload"`, and choose a file. `own_picture` turns it upright and makes it red, green and
# blue. As long as `MY_PICTURE` is empty, you see the temple of chapter 02.
#
# If a line of your own book fails here, look it up in [your book's line, today's line](00_start_here.ipynb), a table in chapter 00.
#
# **Your prediction:** the temple is neither a cat nor a dog. What can the network answer?

# %% jupyter={"outputs_hidden": true}
MY_PICTURE = ""

if MY_PICTURE == "upload":
    from google.colab import files as colab_files
    MY_PICTURE = colab_files.upload()
mine = prepared(own_picture(MY_PICTURE) if MY_PICTURE else sample_image("temple"))
my_maps = feature_maps(model, mine, first_eight)
my_dog = float(model.predict(mine, verbose=0)[0, 0])

print(f"probability of cat {1 - my_dog:.2f}, of dog {my_dog:.2f}, together {1 - my_dog + my_dog:.0f}")
for name in first_eight:
    print(f"{name}: {empty_channels(my_maps[name]).mean():.0%} of the channels empty")

# %% [markdown]
# It must divide 1 between cat and dog<!-- claim: number("together") == 1 -->, because it knows no third answer. The maps show what it found,
# whatever the picture is. Write more names into the list of layers, such as `["conv1", "conv2", "conv3", "conv4", "pool4"]`: which is the last
# layer in which you recognise your picture?

# %%
LAYERS = ["conv2"]

for name in LAYERS:
    display(show_all(my_maps, name, "my picture"))

# %% [markdown]
# Which places of your picture made the network decide as it did? The *heat map* (히트맵) below is called Grad-CAM: the redder a place, the more it
# spoke for the answer that the network gave. Chapter 08 explains how it is computed, and when you may believe it.

# %%
said = "dog" if my_dog > 0.5 else "cat"
plots.heat_maps(mine, {"Grad-CAM": grad_cam(model, mine)}, caption=f"What spoke for {said}")

# %% [markdown]
# *Left your picture, right the heat map on the picture in grey.* Try a second photograph of the same animal: are the same places red?
#
# ## What you learned
#
# 1. One activation model gives the maps of all layers in one pass.
# 2. Near the input, maps look like the picture. Deeper maps are small, and many are empty: they are answers, not pictures.
# 3. An empty map says "my pattern is not in this picture", or its filter is dead. Only many pictures can tell which.
# 4. That you recognise the picture in a map proves nothing, because an untrained network shows it, too.
# 5. What you compare needs one colour scale. And pooling drops the last row and column where the size is odd.
#
# | Function | What it does |
# |---|---|
# | [`keras.Model(start, list of ends)`](https://keras.io/api/models/model/) | one model with several outputs |
# | [`keras.models.clone_model(model)`](https://keras.io/api/models/model_saving_apis/model_config_serialization/) | the same layers with new random weights |
# | [`keras.ops.image.resize`](https://keras.io/api/ops/image/) | a picture of another size |
# | [`np.corrcoef(a, b)`](https://numpy.org/doc/stable/reference/generated/numpy.corrcoef.html) | the correlation of two rows of numbers |
# | [`np.gradient(a)`](https://numpy.org/doc/stable/reference/generated/numpy.gradient.html) | how fast the numbers change along each axis |
# | [`maps.any(axis=(1, 2))`](https://numpy.org/doc/stable/reference/generated/numpy.any.html) | is any number of a map not 0? |
# | `feature_maps(model, images, layers)`, `own_picture(file)`, `grad_cam(model, images)` | helpers of this course: maps by name of the layer; your photograph; a heat map |
#
# **Open question:** in step 5 ask 20 drawings in place of 200, and then 400. (Change the number of the pictures in `range(100)`, and the number of
# portions in `np.split` so that a portion has twenty.) Predict first how the last column changes, then report in three sentences what you found, and
# what you would need to call a filter dead.
#
# **Exercises:** [7 exercises](exercises/07_inside_cats_exercises.ipynb) on this chapter; each checks your answer.
#
# **Next:** [08 · What convnets look for, and how not to be fooled](08_what_convnets_look_for.ipynb) asks what each filter looks for, and which pixels decide.

# %% tags=["reached"]
shares = {name: empty_channels(maps[name]).mean() for name in ("conv1", "conv4")}
print(f"empty maps (network shipped): {shares['conv1']:.0%} in conv1, {shares['conv4']:.0%} in conv4")
