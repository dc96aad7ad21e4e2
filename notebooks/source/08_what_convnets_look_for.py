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
# # 08 · What convnets look for, and how not to be fooled
#
# After this chapter you can draw what a filter looks for, mark the pixels that decide, and tell an explanation that holds from one
# that only looks good.
#
# - **Time** on 2 CPU cores: ?<!-- chapters.08_what_convnets_look_for.fast_minutes --> minutes in fast mode,
#   ?<!-- chapters.08_what_convnets_look_for.full_minutes --> in full mode.
# - **You need** chapters 04 to 07. The trained networks come with the course, so you need not have run them.
# - **How to work**: before each cell that answers a question, write your own answer down. Then run the cell.

# %% tags=["setup"]
import pathlib, subprocess, sys
REPOSITORY = ""
places = (pathlib.Path.cwd(), *pathlib.Path.cwd().parents, pathlib.Path.cwd() / "course")
if REPOSITORY and not any((place / "helpers/environment.py").exists() for place in places):
    print("Fetching the course (helpers, data, models) from", REPOSITORY)
    subprocess.run(["git", "clone", "--quiet", "--depth=1", REPOSITORY, "course"], check=True)
sys.path[:0] = [str(place) for place in places if (place / "helpers/environment.py").exists()]
assert any((place / "helpers/environment.py").exists() for place in places), "The folder helpers/ is not here. Upload the course's folders helpers, data and models beside this notebook (in Colab: folder symbol on the left), then run this cell again."

# %% [markdown]
# This chapter looks into networks, so it computes in `float32`: everybody sees the same numbers, up to the last digits.

# %% tags=["nbval-ignore-output"]
from helpers.environment import setup

environment = setup(seed=42, precision="float32")

# %%
import time

import keras
import matplotlib.pyplot as plt
import numpy as np
from keras import ops
from matplotlib_inline.backend_inline import set_matplotlib_formats

from helpers import interpret, models, plots
from helpers.activations import feature_maps
from helpers.data import FASHION_MNIST_CLASSES, load_fashion_mnist, sample_image
from helpers.environment import FAST

set_matplotlib_formats("jpeg", pil_kwargs={"quality": 80})

# %% [markdown]
# ## 1. Two networks and their pictures
#
# The network of chapter 06 tells cats from dogs, the one of chapter 04 ten kinds of clothes. We ask both.

# %%
animals = models.load("cats_dogs_augmented")
fashion = models.load("fashion_cnn")

_, (test_images, test_labels) = load_fashion_mnist()
clothes, labels = test_images[:2000, ..., np.newaxis].astype("float32") / 255, test_labels[:2000]
cat = np.asarray(ops.image.resize(sample_image("cat").astype("float32"), (150, 150)))[np.newaxis] / 255

print("clothes:", clothes.shape, " cat:", cat.shape)

# %% [markdown]
# ## 2. What does a filter look for?
#
# A feature map tells *where* a filter answers (chapter 05). It does not tell what the filter wants. Ask the filter itself: start from
# noise and change the picture so that the answer grows. **Activation maximisation** (활성화 최대화) is training turned round: the
# weights stay, the *picture* follows the gradient, and it climbs instead of going down.
#
# Here it is for one filter of `conv2`, as most tutorials write it. `GradientTape` records what TensorFlow computes, and
# then differentiates it. The gradient is divided by its length, so that every step moves the picture equally far.
#
# **Your prediction:** `conv1` looked at edges and colours. What will a filter of `conv2` want?

# %%
import tensorflow as tf

conv2 = keras.Model(animals.inputs[0], animals.get_layer("conv2").output)


def maximize_one(filter_index, steps=30):
    picture = tf.random.uniform((1, 150, 150, 3), 0.4, 0.6, seed=1)
    for _ in range(steps):
        with tf.GradientTape() as tape:
            tape.watch(picture)
            answer = tf.reduce_mean(conv2(picture)[..., filter_index])
        gradient = tape.gradient(answer, picture)
        length = tf.sqrt(tf.reduce_mean(gradient**2)) + 1e-12
        picture = tf.clip_by_value(picture + 0.04 * gradient / length, 0, 1)
    return picture.numpy()


plots.images(np.concatenate([maximize_one(index) for index in (2, 3, 4, 0, 12)]), [2, 3, 4, 0, 12], caption="conv2")

# %% [markdown]
# *The first three filters want stripes, each in its own direction and colour. The last two pictures are noise.* These filters are silent for the noise
# that we start from: `relu` gives 0 everywhere, and so does the gradient. Nothing can climb on flat ground.
#
# `maximize_filters` from the helpers does three things differently:
#
# 1. Negative answers count, too, but only a tenth. So a silent filter knows which way is up.
# 2. All filters climb in **one batch**: picture 0 for filter 0, picture 1 for filter 1, and so on. The backend compiles the step once.
# 3. The pictures **grow**: a quarter of the size first, then half, then all of it. In a small picture large patterns come about easily, and a step
#    costs a sixteenth.
#
# **Your prediction:** how many times faster than the loop above is it, for 64 filters and 30 steps?

# %% tags=["nbval-ignore-output"]
count = 4 if FAST else 64  # each filter takes the slow way equally long
start = time.perf_counter()
for index in range(count):
    maximize_one(index)
slow = (time.perf_counter() - start) / count * 64

start = time.perf_counter()
conv2_pictures = interpret.maximize_filters(animals, "conv2", range(64), steps=30)
quick = time.perf_counter() - start

print(f"one after the other: {slow:5.1f} s{' (from 4 filters)' if FAST else ''}")
print(f"all in one batch:    {quick:5.1f} s, {slow / quick:.0f} times faster")

# %%
plots.images(conv2_pictures, columns=16, caption="What the 64 filters of conv2 look for")

# %% [markdown]
# *Stripes in all directions, single colours, and spots.* Each filter wants a texture of its own.
#
# Is that really what it wants? Do not believe a picture, **measure**: show all 64 pictures to all 64 filters.
#
# **Your prediction:** for how many filters is its own picture the strongest of the 64?

# %%
answers = feature_maps(animals, conv2_pictures, "conv2")["conv2"].mean(axis=(1, 2))  # picture, filter
noise = np.random.default_rng(0).uniform(0.4, 0.6, (1, 150, 150, 3)).astype("float32")
rivals = {"noise": noise, "cat": cat}

print("own picture is the strongest of the 64 for", (answers.argmax(axis=0) == np.arange(64)).sum(), "filters")
for name, picture in rivals.items():
    rival = feature_maps(animals, picture, "conv2")["conv2"].mean(axis=(1, 2))[0]
    print(f"stronger than the {name} for", (answers.diagonal() > rival).sum(), "filters")

# %% [markdown]
# Now three depths: all filters of `conv1`, and the first 32 of `conv2` and `conv4`.
#
# **Your prediction:** what changes with depth?

# %%
depths = {name: interpret.maximize_filters(animals, name, range(32)) for name in ("conv1", "conv4")}
depths["conv2"] = conv2_pictures[:32]

plots.images(depths["conv1"], columns=16, caption="conv1: colours and edges")

# %%
plots.images(depths["conv2"], columns=16, caption="conv2: textures")

# %%
plots.images(depths["conv4"], columns=16, caption="conv4: larger patterns, made of textures")

# %% [markdown]
# *From one figure to the next the patterns get larger and less regular.* Do you see an eye or an ear? Hardly: this network has only four convolutions and saw 2,000
# photographs. In networks trained on a million pictures the deepest filters want wheels, faces and fur (Olah et al., 2017).
# The grey rim is no pattern: near the border fewer positions of the map look at a pixel, so its gradient is small.
#
# ## 3. What excites a filter in real pictures?
#
# No photograph looks like these textures. So ask the other way round: which *real* pictures, and which places in them, make a filter answer most?
# We take the clothes. A field of a map sees only a part of the picture, its **receptive field** (수용 영역, chapter 01). Layer by layer:
# a kernel of size 3 sees two more steps, and a pooling or a stride makes each step twice as long.
#
# **Your prediction:** how many pixels wide is the receptive field of `conv2` in the fashion network (convolution 3, pooling 2, convolution 3)?

# %%
def receptive_field(model, layer_name):
    size, step, first = 1, 1, 0  # pixels seen, pixels from one field to the next, first pixel of field 0
    for layer in model.layers:
        if isinstance(layer, keras.layers.Conv2D):
            kernel, stride = layer.kernel_size[0], layer.strides[0]
            first -= step * (kernel // 2) if layer.padding == "same" else 0
        elif isinstance(layer, keras.layers.MaxPooling2D):
            kernel, stride = layer.pool_size[0], layer.strides[0]
        size += (kernel - 1) * step
        step *= stride
        if layer.name == layer_name:
            return size, step, first


size, step, first = receptive_field(fashion, "conv2")
print(f"each field of conv2 sees {size} by {size} pixels, neighbours lie {step} pixels apart")
print("receptive field of conv4 in the animal network:", receptive_field(animals, "conv4")[0])

# %%
wanted = interpret.maximize_filters(fashion, "conv2", range(64))
maps = feature_maps(fashion, clothes, "conv2")["conv2"]

figure, axes = plt.subplots(3, 8, figsize=(12, 4.8), layout="constrained")
for row, channel in zip(axes, (0, 13, 15), strict=True):
    row[0].imshow(wanted[channel], cmap="gray_r", vmin=0, vmax=1)
    row[0].set_title(f"filter {channel} wants", fontsize=9)
    for axis, index in zip(row[1:], maps[..., channel].max(axis=(1, 2)).argsort()[::-1], strict=False):
        y, x = np.unravel_index(maps[index, :, :, channel].argmax(), maps.shape[1:3])
        axis.imshow(clothes[index], cmap="gray_r", vmin=0, vmax=1)
        corner = (first + step * x - 0.5, first + step * y - 0.5)
        axis.add_patch(plt.Rectangle(corner, size, size, fill=False, color=plots.ORANGE, linewidth=2.5))
        axis.set_title(FASHION_MNIST_CLASSES[labels[index]], fontsize=9)
for axis in axes.flat:
    axis.set_axis_off()
plt.show()

# %% [markdown]
# *Compare the frame in each row with the picture on its left: do you find the wanted pattern in it?* Look at the names above the pictures, too: one filter is
# excited by different kinds of clothes. It looks for a pattern, not for a class. Only the dense layers put patterns together to a class.
#
# ## 4. Which pixels decide?
#
# Now the other question: not what a filter likes, but why *this* picture got *this* answer. A **heat map** (히트맵) marks the pixels that matter.
# There are many ways to draw one. You will write four of them, all for the ankle boot of chapter 05.
#
# ### The score, not the probability
#
# `softmax` turns *scores* (logits, 로짓) into probabilities. We explain the score *before* it.
#
# **Your prediction:** the network is nearly sure of the boot. How large is the gradient of a probability that is almost 1?

# %%
boot, BOOT = clothes[:1], 9
kernel, bias = fashion.layers[-1].get_weights()
hidden = keras.Model(fashion.inputs[0], fashion.layers[-2].output)


def score(images):
    return (ops.matmul(hidden(images), kernel) + bias)[:, BOOT]


def probability(images):
    return ops.softmax(ops.matmul(hidden(images), kernel) + bias)[:, BOOT]


for function in (score, probability):
    value, gradient = interpret.value_and_gradient(function)(boot)
    print(f"{function.__name__:11} {value[0]:8.4f}   largest gradient {np.abs(gradient).max():.1e}")

# %% [markdown]
# Close to 1 the probability is flat: its gradient is nearly 0 although the pixels matter very much. The score does not *saturate* (포화).
#
# ### Saliency: what if this pixel changed a little?
#
# The **saliency map** (현저성 지도; Simonyan et al., 2014) is the size of the gradient: how fast the score changes with each pixel.
# A gradient can be checked: change the pixel a little and compute the score again.
#
# **Your prediction:** will both numbers agree in all digits?

# %%
_, gradient = interpret.value_and_gradient(score)(boot)
_, y, x, _ = np.unravel_index(np.where(boot > 0, np.abs(gradient), 0).argmax(), boot.shape)  # a pixel of the boot

change = np.zeros_like(boot)
change[0, y, x] = 0.001
slope = (float(score(boot + change)[0]) - float(score(boot - change)[0])) / 0.002
print(f"pixel in row {y}, column {x}: gradient {gradient[0, y, x, 0]:.2f}, measured slope {slope:.2f}")

by_hand = np.abs(gradient).max(axis=-1)
same = np.allclose(by_hand / by_hand.max(), interpret.saliency(fashion, boot), atol=1e-5)
print("the helper draws the same map:", same)

# %% [markdown]
# They agree up to a small rest: the score is made of straight pieces (`relu`), and a step may reach into the next piece.
#
# All helpers divide a map by its largest value, so maps show *where*, not *how much*.
#
# ### Integrated gradients: share the score out
#
# The gradient says what a *small* change does. What did the whole pixel contribute? Go from a black picture to the boot in small steps, average the gradients on the way,
# and multiply by the pixel: **integrated gradients** (적분 기울기; Sundararajan et al., 2017). The shares have one property that can be checked. They add up to the
# score of the boot minus the score of the black picture: **completeness** (완전성).

# %%
places = (np.arange(256) + 0.5) / 256
_, gradients = interpret.value_and_gradient(score)(places.reshape(-1, 1, 1, 1) * boot)
shares = boot[0] * gradients.mean(axis=0)

difference = float(score(boot)[0]) - float(score(0 * boot)[0])
print(f"sum of all shares {shares.sum():.1f}, difference of the scores {difference:.1f}")

# %% [markdown]
# `attributions` from the helpers does that for many pictures, with better chosen places on the way. How many places does it take?
#
# **Your prediction:** what is the largest error among 50 pictures with 16 places? With 256?

# %% tags=["nbval-ignore-output"]
fifty = clothes[:50]
classes = fashion.predict(fifty, verbose=0).argmax(axis=1)
of_fifty, of_black = (interpret.class_scores(fashion, images, class_index=classes) for images in (fifty, 0 * fifty))
differences = of_fifty - of_black

for steps in (16, 64, 256):
    sums = interpret.attributions(fashion, fifty, class_index=classes, steps=steps).sum(axis=(1, 2, 3))
    errors = np.abs(sums - differences) / np.abs(differences)
    print(f"{steps:3} places: error at most {errors.max():.2%}, half of the pictures below {np.median(errors):.2%}")

# %%
print("with 256 places every error is below 1 %:", bool(errors.max() < 0.01))

# %% [markdown]
# ### Occlusion: cover it and see
#
# No gradient at all: cover a part of the picture and look how far the score falls (가림; Zeiler and Fergus, 2014). We cover a
# square of 5 by 5 pixels with the mean of the picture.
#
# **Your prediction:** which of the three squares costs the most: heel, toe, or the empty corner on the upper left?

# %%
def covered(top, left):
    picture = boot.copy()
    picture[0, top : top + 5, left : left + 5] = boot.mean()
    return picture


for name, corner in {"heel": (16, 22), "toe": (16, 1), "empty corner": (2, 2)}.items():
    print(f"{name}: the score falls by {float(score(boot)[0]) - float(score(covered(*corner))[0]):.1f}")

# %% [markdown]
# Covering the *empty* corner costs most! An ankle boot is empty there; with a grey square in it, it is no longer quite a boot. What is
# *not* in a picture can decide, too. And without the heel the score even rises.
#
# ### Grad-CAM: which maps, and where?
#
# **Grad-CAM** (Selvaraju et al., 2017) asks the last convolution, not the pixels. Every map gets a weight, the mean of its gradients: does more of this map raise the score? The weighted maps are
# added, and what is negative is set to 0. It costs a single gradient.

# %%
boot_maps = feature_maps(fashion, boot, "conv2")["conv2"]


def score_of_maps(maps):
    for layer in fashion.layers[3:-1]:  # what comes after conv2, up to the hidden layer
        maps = layer(maps)
    return (ops.matmul(maps, kernel) + bias)[:, BOOT]


_, gradient = interpret.value_and_gradient(score_of_maps)(boot_maps)
weights = gradient.mean(axis=(1, 2))
cam = np.maximum((boot_maps * weights).sum(axis=-1), 0)[0]

large = np.asarray(ops.image.resize(cam[..., np.newaxis], (28, 28)))[..., 0]
same = np.allclose(large / large.max(), interpret.grad_cam(fashion, boot)[0], atol=1e-4)
print("map:", cam.shape, " the helper draws the same:", same)

# %% [markdown]
# ## 5. Four answers to one question
#
# The same pictures, four heat maps each. All explain the class that the network predicts.
#
# **Your prediction:** will the four agree?

# %%
def four_maps(model, images, class_index=None):
    return {
        "saliency": interpret.saliency(model, images, class_index=class_index),
        "integrated gradients": interpret.integrated_gradients(model, images, class_index=class_index, steps=64),
        "occlusion": interpret.occlusion(model, images, class_index=class_index),
        "Grad-CAM": interpret.grad_cam(model, images, class_index=class_index),
    }


def named(indices):
    return [FASHION_MNIST_CLASSES[index] for index in indices]


some = clothes[[0, 1, 2, 4]]
plots.heat_maps(some, four_maps(fashion, some), named(fashion.predict(some, verbose=0).argmax(axis=1)))

# %% [markdown]
# *Compare the columns in one row.* They overlap, but they do not agree, because each answers a question of its own:
#
# | map | its question |
# | --- | --- |
# | saliency | Which pixel would change the score fastest if it changed *a little*? |
# | integrated gradients | How much of the score came from this pixel, compared with *black*? A black pixel gets nothing, whatever it means. |
# | occlusion | How far does the score fall without this *region*? The square itself is a new shape in the picture. |
# | Grad-CAM | Where are the *maps* that raise the score? It is as coarse as the map, and blind to what dense layers make of a position. |
#
# Now the cat. No photograph of a dog may be shown here; with photographs of your own, replace `cat`.

# %%
plots.heat_maps(cat, four_maps(animals, cat), [f"cat, {1 - animals.predict(cat, verbose=0)[0, 0]:.0%} sure"])

# %% [markdown]
# *Occlusion points at the muzzle, the eyes light up in the saliency map, Grad-CAM follows fur at the rim.* Which of them is right? From the pictures alone nobody can say.
# You need tests, and there will be two of them below.
#
# ## 6. What does the network think is alike?
#
# Just before the output, each picture is a row of numbers, the answers of the last hidden layer. Pictures that are close there are alike to the
# network. To see 2,000 of them, put them on a plane. **PCA** (주성분 분석) turns them so that two axes show as much of the
# spread as possible. **t-SNE** (van der Maaten and Hinton, 2008) bends the space so that neighbours stay neighbours.
#
# **Your prediction:** which classes will overlap?

# %%
from sklearn.decomposition import PCA
from sklearn.manifold import TSNE

features = hidden.predict(clothes, verbose=0)
pca = PCA(2).fit(features)
predicted = fashion.predict(clothes, verbose=0).argmax(axis=1)
wrong = predicted != labels

print("numbers per picture:", features.shape[1])
print(f"PCA keeps {pca.explained_variance_ratio_.sum():.0%} of the spread")

# %% tags=["nbval-ignore-output"]
planes = {"PCA": pca.transform(features), "t-SNE": TSNE(random_state=environment.seed).fit_transform(features)}

# %%
tops, others = (0, 2, 3, 4, 6), (1, 5, 7, 8, 9)  # T-shirt/top, pullover, dress, coat, shirt; and the rest

figure, axes = plt.subplots(1, 2, figsize=(12, 6), layout="constrained")
for axis, (name, points) in zip(axes, planes.items(), strict=True):
    for group, marker in ((tops, "o"), (others, "s")):
        for kind, colour in zip(group, plots.COLOURS, strict=False):
            own = points[labels == kind]
            axis.scatter(*own.T, s=9, color=colour, marker=marker, alpha=0.5, label=FASHION_MNIST_CLASSES[kind])
    axis.scatter(*points[wrong].T, s=30, color="black", marker="x", linewidth=1, label="predicted wrongly")
    axis.set(title=name, xticks=[], yticks=[])
figure.legend(*axes[0].get_legend_handles_labels(), loc="outside lower center", ncols=6, markerscale=2)
plt.show()

# %%
among_tops = (np.isin(labels, tops) & np.isin(predicted, tops))[wrong].sum()
print(f"{among_tops} of {wrong.sum()} mistakes take one top for another")

# %% [markdown]
# *Find the crosses: nearly all lie where two classes touch.* Shoes, bags and trousers are islands. The tops are one mainland.
#
# > **What can go wrong: reading more out of t-SNE than is in it.** How large an island is, and how far it lies from the next, means nothing;
# > another seed or another `perplexity` gives another map. Only *who is next to whom* can be read off (Wattenberg et al., 2016).
# > And both maps show what the *network* takes for alike, not what is.
#
# ## 7. A network that is too good
#
# Two shelters give you pictures of their animals (drawn ones, as in chapter 06): one has cats, the other dogs. You train a small network
# on 800 of them (80 in fast mode), and keep 200 for validation.

# %%
from helpers.shelters import shelter_pictures

pictures, kinds = shelter_pictures(40 if FAST else 400, seed=1)
validation, validation_kinds = shelter_pictures(100, seed=2)
plots.images(validation[:16], ["cat", "dog"] * 8, caption="From two shelters")

# %% tags=["nbval-ignore-output"]
EPOCHS = 1 if FAST else 12
learner = keras.Sequential([keras.Input((150, 150, 3))], name="pets_two_shelters")
for number, filters in enumerate((16, 32, 32, 64), start=1):
    learner.add(keras.layers.Conv2D(filters, 3, activation="relu", name=f"conv{number}"))
    learner.add(keras.layers.MaxPooling2D(2, name=f"pool{number}"))
learner.add(keras.layers.Flatten(name="flatten"))
learner.add(keras.layers.Dense(64, activation="relu", name="hidden"))
learner.add(keras.layers.Dense(1, activation="sigmoid", name="output"))

learner.compile(optimizer="adam", loss="binary_crossentropy", metrics=["accuracy"])
start = time.perf_counter()
held_back = (validation, validation_kinds)
learner.fit(pictures, kinds, batch_size=20, epochs=EPOCHS, verbose=2, validation_data=held_back)
train_seconds = time.perf_counter() - start

# %% [markdown]
# One epoch teaches this network nothing. So fast mode goes on with the one that comes with the course; it was trained by these very cells.

# %%
shelter_network = models.load("pets_two_shelters") if FAST else learner


def accuracy(images, kinds):
    return float(np.mean((shelter_network.predict(images, verbose=0)[:, 0] > 0.5) == kinds))


print(f"right on {accuracy(validation, validation_kinds):.1%} of the pictures kept for validation")

# %% [markdown]
# In chapter 06 a network with fifteen times as many weights had more drawn pictures to learn from, and did worse. This one is small,
# and after ?<!-- pets_two_shelters.train_seconds --> seconds of training it is nearly always right.
#
# **Your prediction:** a shelter wants to use it for the pictures that its visitors take. Do you say yes? Write down your reason.
#
# Before you answer, look where it looks. Four dogs, and why it says "dog":

# %%
DOG = 1
dogs, cats = validation[validation_kinds == DOG], validation[validation_kinds != DOG]
plots.heat_maps(dogs[:4], four_maps(shelter_network, dogs[:4], DOG), ["drawn dog"] * 4)

# %% [markdown]
# **Stop here. Write down what you see and what you suspect**, before you go on.
#
# One picture can be chance. So take the mean of the maps of all 100 dogs. The animals stand here and there, so the mean of maps
# that follow them should be spread out over the picture.

# %%
mean_maps = {
    "saliency": interpret.saliency(shelter_network, dogs, class_index=DOG).mean(axis=0),
    "Grad-CAM": interpret.grad_cam(shelter_network, dogs, class_index=DOG).mean(axis=0),
}
mean_maps = {name: mean_map / mean_map.max() for name, mean_map in mean_maps.items()}

figure, axes = plt.subplots(1, 3, figsize=(9, 3), layout="constrained")
axes[0].imshow(dogs.mean(axis=0))
axes[0].set_title("mean of 100 dogs", fontsize=9)
for axis, (name, mean_map) in zip(axes[1:], mean_maps.items(), strict=True):
    drawn = axis.imshow(mean_map, cmap=plots.HEAT, vmin=0, vmax=1)
    axis.set_title(f"mean map, {name}", fontsize=9)
figure.colorbar(drawn, ax=axes, label="share of the largest value")
plt.show()

# %%
for name, mean_map in mean_maps.items():
    row, column = np.unravel_index(mean_map.argmax(), mean_map.shape)
    print(f"{name}: the strongest place is in the lower right corner (30 by 30 pixels): {min(row, column) >= 120}")

# %% [markdown]
# *Both maps have one bright spot, in the lower right corner.* The animals are not there. What is? Cut the corner out and enlarge it:

# %%
corners = np.concatenate([cats[:8, 120:, 120:], dogs[:8, 120:, 120:]])
plots.images(corners, ["cat"] * 8 + ["dog"] * 8, caption="The lower right corner, 30 by 30 pixels")

# %% [markdown]
# *Every dog has a pale ring in its corner, no cat has.* One shelter prints a **watermark** (워터마크), a stamp, on its pictures, the
# other does not. The pictures for validation came from the same shelters, so validation could not notice. Has the network learned anything about dogs?
#
# **Your prediction:** take the very same 200 validation pictures, drawn without the stamp. What is the accuracy now? And what
# does the network say about cats *with* the stamp?

# %%
unstamped, _ = shelter_pictures(100, seed=2, stamp="none")
stamped_cats = shelter_pictures(100, seed=2, stamp="cats")[0][validation_kinds != DOG]

print(f"right with the stamp on dogs: {accuracy(validation, validation_kinds):.1%}")
print(f"right without any stamp:      {accuracy(unstamped, validation_kinds):.1%}")
taken_for_dogs = 1 - accuracy(stamped_cats, np.zeros(100))
print(f"cats with the stamp that it takes for dogs: {taken_for_dogs:.0%}")

# %% [markdown]
# Without the stamp it is no better than a coin. It never looked at the animals, because it did not have to: training takes the
# easiest way to a small loss.
#
# That happens outside of notebooks, too. A well-known horse detector had learned a photographer's copyright notice
# (Lapuschkin et al., 2019); networks for X-ray pictures of lungs recognised the hospital (Zech et al., 2018). No score on pictures from
# the same source shows it. **The maps gave you a suspicion, the experiment gave you the proof.** You need both.
#
# What helps: test on pictures from another source; take both classes from the same source; cut off or paint over what does not belong.
#
# Keep the network with its card, which says how it does without the stamp:

# %% tags=["nbval-ignore-output"]
scores = {
    name: round(learner.evaluate(images, validation_kinds, verbose=0)[1], 4)
    for name, images in {"validation_accuracy": validation, "unstamped_accuracy": unstamped}.items()
}
path = models.save(
    learner, "pets_two_shelters", notebook="08_what_convnets_look_for", seed=environment.seed,
    data={"name": "two_shelters", "seeds": {"training": 1, "validation": 2}},
    epochs=EPOCHS, best_epoch=EPOCHS, train_seconds=round(train_seconds, 1), **scores,
)  # fmt: skip
print(path.name, scores)

# %% [markdown]
# ## 8. Does the map explain the network at all?
#
# A map can look right and have nothing to do with the network: any drawing of the edges of a boot looks like an explanation of "boot".
# There is a test (Adebayo et al., 2018): **destroy the network, and look whether the map notices.** Give the layers new random
# weights, first the output layer, then one more at a time, from the top down. A map that stays the same explains the picture, not the network.
#
# As a control, add a "map" that surely has nothing to do with the network: the edges of the picture.

# %%
def randomized(model, number):
    """The same network with new random weights in the last `number` of its layers that have weights."""
    keras.utils.set_random_seed(1)
    copy = keras.models.clone_model(model)
    old, new = ([layer for layer in network.layers if layer.weights] for network in (model, copy))
    for trained, random in list(zip(old, new, strict=True))[: len(old) - number]:
        random.set_weights(trained.get_weights())
    return copy


stages = {"trained": 0, "output": 1, "+ hidden": 2, "+ conv2": 3, "+ conv1": 4}
networks = {stage: randomized(fashion, number) for stage, number in stages.items()}

# %%
for stage, network in networks.items():
    right = (network.predict(clothes, verbose=0).argmax(axis=1) == labels).mean()
    print(f"{stage:8} right on {right:.0%}")

# %% [markdown]
# One random layer is enough to make the network useless. So its explanation must become useless, too.
#
# **Your prediction:** which of the four maps will change at once, which only later, which never?

# %%
def edges(images):
    slopes = np.hypot(*np.gradient(images[..., 0], axis=(1, 2)))
    return slopes / slopes.max(axis=(1, 2), keepdims=True)


some = clothes[: 10 if FAST else 40]
by_stage = {
    stage: four_maps(network, some, predicted[: len(some)]) | {"edges": edges(some)}
    for stage, network in networks.items()
}

methods = list(by_stage["trained"])
of_the_boot = {stage: np.stack([maps[method][0] for method in methods]) for stage, maps in by_stage.items()}
plots.heat_maps(np.repeat(boot, len(methods), axis=0), of_the_boot, methods)

# %% [markdown]
# *Go along each row from left to right.* The lowest row, the edges, never changes, as it must. In the others, look how soon the map of
# the trained network is lost.
#
# The eye is easily satisfied, so count. The **rank correlation** (순위 상관계수) compares the order of the pixels, from weak to
# strong: 1 is the same order, 0 no relation. The mean over 40 pictures (10 in fast mode):

# %%
from scipy.stats import spearmanr


def likeness(method, stage):
    pairs = zip(by_stage["trained"][method], by_stage[stage][method], strict=True)
    return np.mean([spearmanr(a.ravel(), b.ravel()).statistic for a, b in pairs if a.any() and b.any()])


left_over = {method: [likeness(method, stage) for stage in stages] for method in methods}

# %%
figure, axis = plt.subplots(figsize=(9, 3.8), layout="constrained")
for colour, (method, values) in zip(plots.COLOURS, left_over.items(), strict=False):
    axis.plot(list(stages), values, "o-", color=colour, label=method)
axis.set(xlabel="layers with random weights, from the top down", ylabel="rank correlation", ylim=(-0.3, 1.05))
axis.set_title("How much of the trained network's map is left?")
axis.grid(alpha=0.3)
figure.legend(loc="outside right upper")
plt.show()

# %% [markdown]
# *Start at the top: the control stays at 1, as it must. All others fall at the first step*, when only the output layer is random. These four do look at the
# network. Occlusion and Grad-CAM lose everything. Integrated gradients keep about a third, whatever the weights are: they multiply by the pixel, so the empty
# background is 0 in every map. That part of the map is a drawing of the boot. It explains nothing.
#
# ## 9. When a heat map helps, and when it misleads
#
# **It helps**
#
# - to find out that a network looks at the wrong thing: a stamp, a border, a caption;
# - to look at single mistakes: what did it take for a coat?
# - to compare two networks on the same pictures with the same method.
#
# **It misleads**
#
# - when you stop at one pretty picture: choose pictures by a rule, look at many, and at the failures;
# - when the map shows the edges of the picture, whatever the network is (Adebayo et al., 2018): compare with a random network;
# - when you read *where* as *why*: a bright muzzle does not say whether its colour, its shape or the grass beside it decided;
# - when you expect a map to prove that all is well: it can make you suspicious, but only an experiment proves something.
#
# > **What can go wrong: explaining what was not asked.** Explain the score and not the probability. Say which class: the map for
# > "dog" on the picture of a cat is a map, too. Scale the picture as in training. And a map that is 0 everywhere says "nothing in this layer speaks for the class"; it is
# > not an error, and it must not be divided by its largest value.
#
# ## Literature
#
# - Simonyan, Vedaldi, Zisserman: *Deep Inside Convolutional Networks*, 2014, [arXiv:1312.6034](https://arxiv.org/abs/1312.6034)
# - Zeiler, Fergus: *Visualizing and Understanding Convolutional Networks*, 2014, [arXiv:1311.2901](https://arxiv.org/abs/1311.2901)
# - Selvaraju et al.: *Grad-CAM*, 2017, [arXiv:1610.02391](https://arxiv.org/abs/1610.02391)
# - Sundararajan, Taly, Yan: *Axiomatic Attribution for Deep Networks*, 2017, [arXiv:1703.01365](https://arxiv.org/abs/1703.01365)
# - Olah, Mordvintsev, Schubert: *Feature Visualization*, 2017, [distill.pub](https://distill.pub/2017/feature-visualization/)
# - Adebayo et al.: *Sanity Checks for Saliency Maps*, 2018, [arXiv:1810.03292](https://arxiv.org/abs/1810.03292)
# - Lapuschkin et al.: *Unmasking Clever Hans predictors*, 2019, [doi:10.1038/s41467-019-08987-4](https://doi.org/10.1038/s41467-019-08987-4)
# - Zech et al.: *Variable generalization performance of a deep learning model to detect pneumonia in chest radiographs*, 2018,
#   [doi:10.1371/journal.pmed.1002683](https://doi.org/10.1371/journal.pmed.1002683)
# - van der Maaten, Hinton: *Visualizing Data using t-SNE*, 2008, [jmlr.org](https://www.jmlr.org/papers/v9/vandermaaten08a.html)
# - Wattenberg, Viégas, Johnson: *How to Use t-SNE Effectively*, 2016, [distill.pub](https://distill.pub/2016/misread-tsne/)
#
# ## What you learned
#
# 1. Activation maximisation draws what a filter wants; the pictures that excite it show where that occurs.
# 2. Saliency, integrated gradients, occlusion and Grad-CAM answer four different questions, so they differ.
# 3. Each of them can be checked by numbers: slopes, sums, squares you cover.
# 4. A map that survives random weights explains the picture, not the network.
# 5. A high score on pictures from the same source proves little. Maps raise the suspicion, experiments settle it.
#
# **Next:** chapter 09 goes on to small colour pictures of ten classes, and to saving and reusing networks.

# %% tags=["reached"]
with_stamp, without = accuracy(validation, validation_kinds), accuracy(unstamped, validation_kinds)
print(f"two shelters: {with_stamp:.1%} right with the stamp, {without:.1%} without it")
