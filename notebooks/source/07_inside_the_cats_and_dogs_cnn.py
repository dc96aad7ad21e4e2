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
# - **Time** on 2 CPU cores: 0.7<!-- chapters.07_inside_the_cats_and_dogs_cnn.fast_minutes --> minutes in fast mode, 1.5<!-- chapters.07_inside_the_cats_and_dogs_cnn.full_minutes --> minutes in full mode.<!-- gpu 07 --><!-- end of gpu --> Nothing is trained here, so the two are alike.
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
from helpers.data import sample_image
from helpers.pictures.drawn import draw_pet

set_matplotlib_formats("jpeg", pil_kwargs={"quality": 60})  # figures with many maps take less room than as PNG

# %% [markdown]
# ## 1. The network and a cat it has never seen
#
# We take the network that chapter 06 trained with augmentation and dropout. To look into your own, write
# `FOLDER = models.own_folder()`; the numbers then differ from what the text says.

# %%
FOLDER = None
model = models.load("cats_dogs_augmented", FOLDER)
card = models.card("cats_dogs_augmented", FOLDER)

for key in ("notebook", "parameters", "epochs", "validation_accuracy"):
    print(f"{key:20}", card[key])

# %% [markdown]
# The cat is Chelsea from chapter 06 (photographed by Stéfan van der Walt, CC0). It must be prepared as in training: 150 by 150
# pixels, values from 0 to 1, and a batch axis.
#
# **Your prediction:** what will the network say?

# %% jupyter={"outputs_hidden": true}
def prepared(picture):
    return np.asarray(keras.ops.image.resize(picture.astype("float32"), (150, 150)))[np.newaxis] / 255


cat = prepared(sample_image("cat"))
dog_probability = float(model.predict(cat, verbose=0)[0, 0])

print("shape:", cat.shape, " values in 0..1:", cat.min() >= 0 and cat.max() <= 1)
print(f"probability of cat: {1 - dog_probability:.2f}")

# %% [markdown]
# ## 2. Eight layers, one model
#
# The first eight layers are four convolutions and four poolings. Chapter 05 built an *activation model* (특성 맵을 출력하는 모델) for one
# layer. `keras.Model` also takes a list of outputs: **one model, eight results, one pass.**
#
# **Your prediction:** what does the fourth result look like: height, width, channels?

# %% jupyter={"outputs_hidden": true}
first_eight = [layer.name for layer in model.layers[:8]]
eight_outputs = keras.Model(model.inputs, [model.get_layer(name).output for name in first_eight])
maps = dict(zip(first_eight, eight_outputs.predict(cat, verbose=0), strict=True))

for name, layer_maps in maps.items():
    print(f"{name}: {layer_maps.shape}")

# %% [markdown]
# Height and width shrink from 148 to 7, the number of channels grows from 32 to 128. `feature_maps` from the helpers does
# the same in one call. Check:

# %%
same = feature_maps(model, cat, first_eight)
print("equal:", all(np.allclose(maps[name], same[name]) for name in first_eight))

# %% [markdown]
# ## 3. Single channels
#
# A channel of `conv1` is the result of one filter. Let us look at three of 32, chosen by a rule and not by taste:
#
# - the one most like the *brightness* of the picture (largest *correlation*, 상관계수: 1 if the map is a brighter or darker copy
#   of the other picture, 0 if there is no relation);
# - the one most like its *edges* (how fast the brightness changes, in any direction);
# - the one most like *how red* it is (red minus the mean of green and blue).
#
# **Your prediction:** which of the three will be the best match?

# %%
pixels = cat[0, 1:-1, 1:-1]  # without padding, conv1 loses one pixel on each side
brightness = pixels.mean(axis=2)
features = {
    "brightness": brightness,
    "edges": np.hypot(*np.gradient(brightness)),
    "redness": pixels[..., 0] - pixels[..., 1:].mean(axis=2),
}
conv1 = maps["conv1"][0]


def most_like(values, layer_maps):
    awake = [channel for channel in range(layer_maps.shape[2]) if layer_maps[:, :, channel].std() > 0]
    likeness = {c: np.corrcoef(values.ravel(), layer_maps[:, :, c].ravel())[0, 1] for c in awake}
    return max(likeness.items(), key=lambda item: item[1])


# %% jupyter={"outputs_hidden": true}
chosen = {feature: most_like(values, conv1) for feature, values in features.items()}
for feature, (channel, likeness) in chosen.items():
    print(f"{feature}: channel {channel}, correlation {likeness:.2f}")

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
# *Compare each map with the picture above it.* Edges fit worst, because one filter answers to one direction and one sign only.
#
# Light, edges, colour: has the network *learned* to look for them? Take the same network *untrained*, with new random weights,
# and pick its best three in the same way.
#
# **Your prediction:** how much lower will the three correlations be?

# %% jupyter={"outputs_hidden": true}
keras.utils.set_random_seed(environment.seed)
untrained = keras.models.clone_model(model)  # the same layers with new random weights
untrained_maps = feature_maps(untrained, cat, first_eight)

for feature, values in features.items():
    channel, likeness = most_like(values, untrained_maps["conv1"][0])
    print(f"{feature}: trained {chosen[feature][1]:.2f}, untrained {likeness:.2f}")

# %% [markdown]
# Edges and redness fit better after training. Brightness fits *worse*: a random filter copies the picture better than any of the trained
# ones. (In training, brightness was changed by chance from picture to picture. It says little about cats and dogs.)
#
# Even among random filters, one of 32 fits quite well. So a map that looks like something does not show that this was learned.
# **Keep the untrained network at hand**; we will need it again.
#
# ## 4. All channels of all layers
#
# Now everything: 16 channels to a row. In each figure all channels share one colour scale, so a dark map *is* weak. The
# colours follow the square root of the activation (look at the colour bar), so that weak answers can be seen beside strong ones.
# "Empty" marks a map that is 0 everywhere.
#
# **Your prediction:** in which layer will you lose sight of the cat?

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
# *Now most maps are dark, with a few bright spots.* A spot says: here is what I am looking for. What that is, the map does
# not say; chapter 08 asks.

# %% jupyter={"outputs_hidden": true}
show_all(maps, "conv4")

# %% jupyter={"outputs_hidden": true}
show_all(maps, "pool4")

# %% [markdown]
# *7 by 7 fields are left, and in many channels nothing at all.* Nobody could say from these maps that this is a cat. But the dense layers
# can: they get 128 answers to 128 questions, and roughly where in the picture each was found.
#
# ## 5. Where do the empty maps come from?
#
# A map is empty when the sum of its filter is negative at every place of the picture; `relu` then gives 0 everywhere. The captions
# above count them: their share grows with depth.
#
# **Your prediction:** what are the shares in the *untrained* network? Do they grow with depth, too?

# %% jupyter={"outputs_hidden": true}
for name in first_eight:
    trained_share, untrained_share = (empty_channels(m[name]).mean() for m in (maps, untrained_maps))
    print(f"{name}: trained {trained_share:4.0%} empty, untrained {untrained_share:4.0%}")

# %% [markdown]
# A second picture, as different as possible: a **drawn** dog from the course's own data set. The network was trained on photographs
# and has never seen a drawing.

# %%
dog = prepared(draw_pet("dog", 26))
dog_maps = feature_maps(model, dog, first_eight)
plots.images(np.concatenate([cat, dog]), ["the cat (photograph)", "the dog (drawn)"])

# %% [markdown]
# The same again for this picture: the four convolutions, then the last pooling.

# %%
for name in ("conv1", "conv2", "conv3", "conv4", "pool4"):
    display(show_all(dog_maps, name, "drawn dog"))

# %% [markdown]
# *Compare these figures with those of the cat, channel by channel.* In `conv1` and `conv2` look for the maps that showed the cat
# clearly: they show the dog, too. The same filters follow another picture. In `pool4` find channels that are awake for one animal and empty for the other.

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
# *Follow each line from left to right.* The share of empty maps grows with depth. It does so without training (dashed), too. In the
# first layers training changes little; in the last it makes the share much larger. Two reasons are possible: the patterns of deep filters are rare, and one picture has only some
# of them; or there are filters that never answer.
#
# ### Silent or dead?
#
# A filter that is silent for one cat may be loud for another picture. Or it may be silent for all: *dead* (죽은 뉴런). One picture
# cannot tell the two apart. Ask 100 drawn cats and 100 drawn dogs, twenty at a time (all maps of 200 pictures at once would
# fill a gigabyte of memory).
#
# **Your prediction:** of the channels of `pool4` that are empty for Chelsea, what share stays silent for all 200?

# %% jupyter={"outputs_hidden": true} tags=["nbval-ignore-output"]
many = np.concatenate([prepared(draw_pet(kind, (1, n))) for kind in ("cat", "dog") for n in range(100)])
silent = {name: [] for name in first_eight}
for twenty in np.split(many, 10):
    for name, some_maps in zip(first_eight, eight_outputs.predict(twenty, verbose=0), strict=True):
        silent[name].append(empty_channels(some_maps))

for name in first_eight:
    for_all, for_chelsea = np.concatenate(silent[name]).all(axis=0), empty_channels(maps[name])[0]
    both = (for_chelsea & for_all).sum()
    print(f"{name}: empty for Chelsea {for_chelsea.sum():3}, of these silent for all 200: {both:3}")

# %% [markdown]
# Read the last line. More than half of the empty maps of `pool4` belong to filters that are silent for all 200, too. They may be dead; if
# so, they cost time and memory, and a smaller network would do as well. (To be sure, ask the pictures that the network was trained on:
# drawings are not photographs.) The other empty maps are answers: not in this picture.
#
# ## 6. How much of this was learned?
#
# Here is `conv2` of the untrained network of step 3, for the same cat.
#
# **Your prediction:** will you see the cat?

# %% jupyter={"outputs_hidden": true}
show_all(untrained_maps, "conv2", "cat, untrained network")

# %% [markdown]
# *You do.* Any filter, even a random one, follows the edges of its input. **That you recognise the cat in a map does not show that
# the network has learned anything.** Compare with the untrained network before you believe in a picture; chapter 08 makes a rule of it.
#
# > **What can go wrong: every map with a colour scale of its own.** Many notebooks subtract each map's mean and divide by its standard
# > deviation before they draw it. Then the weakest map looks as strong as the strongest, and an empty one is 0 divided by 0. Look:

# %%
name = "pool3"
strength = maps[name][0].max(axis=(0, 1))
by_strength = np.argsort(np.where(strength > 0, strength, np.inf))
picked = [*by_strength[:2], *np.argsort(strength)[-2:]]  # the two weakest that are not empty, the two strongest
alone = maps[name][0][:, :, picked]
standardised = (alone - alone.mean(axis=(0, 1))) / alone.std(axis=(0, 1))

figure, axes = plt.subplots(2, 4, figsize=(7.5, 4.2), layout="constrained")
for column, channel in enumerate(picked):
    axes[0, column].imshow(alone[:, :, column], cmap=plots.SEQUENTIAL, vmin=0, vmax=strength.max())
    axes[0, column].set_title(f"channel {channel}", fontsize=9)
    axes[1, column].imshow(standardised[:, :, column], cmap=plots.SEQUENTIAL, vmin=-2, vmax=2)
    axes[1, column].set_title("standardised", fontsize=9)
for axis in axes.flat:
    axis.set_axis_off()
plt.show()
print("largest activations:", ", ".join(f"{value:.4f}" for value in strength[picked]))

# %% [markdown]
# *Upper row: two maps are dark, two are bright. Lower row: the few spots of the weak maps are as bright as the best answers of
# the strong ones.* Standardise if you want to see *where* a weak channel answers; do not if you want to see *how much*.
#
# ## What you learned
#
# 1. One activation model gives the maps of all layers in one pass.
# 2. Near the input, maps look like the picture. Deeper, they are small, dark and mostly empty: answers, not pictures.
# 3. An empty map says "my pattern is not in this picture", or its filter is dead. Only many pictures tell which.
# 4. Recognising the picture in a map proves nothing: an untrained network shows it, too.
# 5. One colour scale for what you compare.
#
# **Exercises:** [7 exercises](exercises/07_inside_cats_exercises.ipynb) on this chapter, and each answers.
#
# **Next:** [08 · What convnets look for, and how not to be fooled](08_what_convnets_look_for.ipynb) asks what each filter looks for, and which pixels decide.

# %% tags=["reached"]
shares = {name: empty_channels(maps[name]).mean() for name in ("conv1", "conv4")}
print(f"empty maps (network shipped): {shares['conv1']:.0%} in conv1, {shares['conv4']:.0%} in conv4")
