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
# After this chapter you can draw what a filter looks for, mark the pixels that decide, and tell an explanation that holds
# from one that only looks good.
#
# - **Time** on 2 CPU cores: 0.8<!-- chapters.08_what_convnets_look_for.fast_minutes --> minutes in fast mode, 4.3<!-- chapters.08_what_convnets_look_for.full_minutes --> minutes in full mode.<!-- gpu 08 --><!-- end of gpu --> A GPU is used when there is one.
# - **You need** chapters 04 to 07. The trained networks come with the course, so you need not have run them.
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
# This chapter looks into networks, so it computes in `float32`. Your numbers will be nearly the same as the stored ones,
# except where something is timed or trained.

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
# A feature map tells *where* a filter answers (chapter 05). It does not tell what the filter wants. Ask the filter itself:
# start from noise and change the picture so that the answer grows. **Activation maximisation** (활성화 최대화) is training in
# reverse: the weights stay, the *picture* follows the gradient, and it climbs instead of going down.
#
# Here it is for one filter of `conv2`, as most tutorials write it. `GradientTape` records what TensorFlow computes, and
# then differentiates it. (It belongs to TensorFlow. If Keras computes with another library here, the cell says so.) The gradient is divided by its own size, so that every step moves the pixels by 0.04 on average.
#
# **Your prediction:** `conv1` looked at edges and colours. What will a filter of `conv2` want?

# %%
import tensorflow as tf

WITH_TENSORFLOW = keras.backend.backend() == "tensorflow"
conv2 = keras.Model(animals.inputs[0], animals.get_layer("conv2").output)


def maximize_one(filter_index, steps=30):
    picture = tf.random.uniform((1, 150, 150, 3), 0.4, 0.6, seed=1)
    for _ in range(steps):
        with tf.GradientTape() as tape:
            tape.watch(picture)  # it is no weight, so the tape must be told
            answer = tf.reduce_mean(conv2(picture)[..., filter_index])
        gradient = tape.gradient(answer, picture)
        size = tf.sqrt(tf.reduce_mean(gradient**2)) + 1e-12  # never divide by 0
        picture = tf.clip_by_value(picture + 0.04 * gradient / size, 0, 1)
    return picture.numpy()

# %% jupyter={"outputs_hidden": true}
if not WITH_TENSORFLOW:
    print("GradientTape needs TensorFlow. Here the function of the next step takes its place, one filter at a time.")

    def maximize_one(filter_index):
        return interpret.maximize_filters(animals, "conv2", [filter_index])


plots.images(np.concatenate([maximize_one(index) for index in (2, 3, 4, 0, 12)]), [2, 3, 4, 0, 12])

# %% [markdown]
# *The first three filters want stripes, each in its own direction and colour. The last two pictures are noise.* These filters
# are silent for the noise that we start from: `relu` gives 0 everywhere, and so does the gradient. Nothing can climb on flat
# ground.
#
# `maximize_filters` from the helpers does three things differently:
#
# 1. Negative answers count a tenth, so the gradient of a silent filter is not 0.
# 2. All filters climb in **one batch**: picture 0 for filter 0, picture 1 for filter 1, and so on. The backend compiles the step, too.
# 3. The pictures **grow**: ten steps at a quarter of the size, ten at half, ten at the full size. The pictures become smoother and easier to read, and
#    a step at a quarter of the size costs a sixteenth.
#
# **Your prediction:** how many steps at the full size do ten at a quarter, ten at half and ten at the full size amount to?
# And how many times faster will all three points together be?

# %% jupyter={"outputs_hidden": true} tags=["nbval-ignore-output"]
count = 4 if FAST else 64  # each filter takes the slow way equally long
start = time.perf_counter()
for index in range(count):
    maximize_one(index)
slow = (time.perf_counter() - start) / count * 64

start = time.perf_counter()
conv2_pictures = interpret.maximize_filters(animals, "conv2", range(64), steps=30)
quick = time.perf_counter() - start

print(f"one after the other:             {slow:5.1f} s{' (from 4 filters)' if FAST else ''}")
print(f"in one batch, compiled, growing: {quick:5.1f} s, {slow / quick:.0f} times faster")

# %% jupyter={"outputs_hidden": true}
plots.images(conv2_pictures, range(64), columns=16, caption="What excites the 64 filters of conv2")

# %% [markdown]
# *Stripes in all directions, plain colours, and spots; many are alike.* A few stay nearly grey, filter 12 among them: they
# did not wake up. (The growing alone takes 10/16 + 10/4 + 10, so about 13 full steps instead of 30. The rest is the batch,
# and the compiling.)
#
# Does a filter really like its picture? Do not believe a picture, **measure**: show all 64 pictures to all 64 filters.
#
# **Your prediction:** for how many filters is its own picture the strongest of the 64?

# %% jupyter={"outputs_hidden": true}
answers = feature_maps(animals, conv2_pictures, "conv2")["conv2"].mean(axis=(1, 2))  # picture, filter
noise = np.random.default_rng(0).uniform(0.4, 0.6, (1, 150, 150, 3)).astype("float32")
rivals = {"noise": noise, "cat": cat}

print("own picture is the strongest of the 64 for", (answers.argmax(axis=0) == np.arange(64)).sum(), "filters")
for name, picture in rivals.items():
    rival = feature_maps(animals, picture, "conv2")["conv2"].mean(axis=(1, 2))[0]
    print(f"stronger than the {name} for", (answers.diagonal() > rival).sum(), "filters")

# %% [markdown]
# *Six filters fail.* Two answer to none of the pictures: they are silent for noise, for the cat and for their own picture,
# perhaps dead (chapter 07). The others like the picture of a neighbour a little better, because neighbours want nearly the
# same.
#
# Now three depths: all filters of `conv1`, and the first 32 of `conv2` and `conv4`.
#
# **Your prediction:** what changes with depth?

# %% jupyter={"outputs_hidden": true}
depths = {name: interpret.maximize_filters(animals, name, range(32)) for name in ("conv1", "conv4")}
depths["conv2"] = conv2_pictures[:32]

plots.images(depths["conv1"], columns=16, caption="conv1")

# %% jupyter={"outputs_hidden": true}
plots.images(depths["conv2"], columns=16, caption="conv2")

# %% jupyter={"outputs_hidden": true}
plots.images(depths["conv4"], columns=16, caption="conv4")

# %% [markdown]
# *`conv1`: plain colours and simple stripes. `conv2`: more directions, stripes of several colours. `conv4`: patches that are
# no longer the same all over.* Do you see an eye or an ear? Hardly: this network has only four convolutions and saw 2,000
# photographs. In networks trained on a million pictures the deepest filters like wheels, faces and fur (Olah et al., 2017).
#
# Two things in these pictures come from the *method*, not from the filters. The grey rim: near the border fewer positions of
# the map look at a pixel, so its gradient is small. And the width of the stripes: they were laid out in a small picture and
# then enlarged. A filter of `conv1` sees 3 by 3 pixels; it cannot ask for anything wider. Read off directions and colours,
# not widths.
#
# ## 3. What excites a filter in real pictures?
#
# No photograph looks like these textures. So ask the other way round: which *real* pictures make a filter answer most, and
# where? (Above it was the *mean* answer, here it is the *largest*.) We take the clothes.
#
# A field of a map sees only a part of the picture, its **receptive field** (수용장, chapter 01). Layer by layer: a window of
# size K adds K − 1 steps, so a convolution of size 3 adds two and a pooling of size 2 adds one. Every stride of 2, also that
# of a pooling, makes all later steps twice as long.
#
# **Your prediction:** how many pixels wide is the receptive field of `conv2` in the fashion network (convolution 3, pooling
# 2, convolution 3)?

# %% jupyter={"outputs_hidden": true}
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

# %% [markdown]
# Three filters of that layer, one whose stripes run level, one slanted, one upright, and the seven pictures that excite each
# most:

# %%
wanted = interpret.maximize_filters(fashion, "conv2", range(64))
maps = feature_maps(fashion, clothes, "conv2")["conv2"]

figure, axes = plt.subplots(3, 8, figsize=(12, 4.8), layout="constrained")
for row, channel in zip(axes, (0, 13, 15), strict=True):
    row[0].imshow(wanted[channel], cmap="gray_r", vmin=0, vmax=1)
    row[0].set_title(f"filter {channel} likes", fontsize=9)
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
# *Compare the frames of a row with the picture on its left; look for any piece of it of 8 by 8 pixels.* (Where a frame leaves
# the picture, there is padding.) Now look at the names. The first and the third filter are excited by several kinds of
# clothes, the second by sandals only: few other clothes have a slanted strap. A filter looks for a pattern. A pattern *can*
# be typical of one class, but only the dense layers combine patterns into a class.
#
# ## 4. Which pixels decide?
#
# Now the other question: not what a filter likes, but why *this* picture got *this* answer. A **heat map** (히트맵) marks the
# pixels that matter. There are many ways to draw one. Here are four, step by step, all for the same ankle boot: the first
# test picture.
#
# ### The score, not the probability
#
# `softmax` turns *scores* (logits, 로짓) into probabilities. We explain the score *before* it.
#
# `value_and_gradient` from the helpers does what the tape did: it takes a function and returns a new function, and that one
# returns the value and its gradient.
#
# **Your prediction:** the network is nearly sure of the boot. How large is the gradient of a probability that is almost 1?

# %% jupyter={"outputs_hidden": true}
boot, BOOT = clothes[:1], 9
kernel, bias = fashion.layers[-1].get_weights()
hidden = keras.Model(fashion.inputs[0], fashion.layers[-2].output)


def score(images):
    return ops.add(ops.matmul(hidden(images), kernel), bias)[:, BOOT]


def probability(images):
    return ops.softmax(ops.add(ops.matmul(hidden(images), kernel), bias))[:, BOOT]


for function in (score, probability):
    value, gradient = interpret.value_and_gradient(function)(boot)
    print(f"{function.__name__:11} {value[0]:8.4f}   largest gradient {np.abs(gradient).max():.1e}")

# %% [markdown]
# Close to 1 the probability is flat: its gradient is nearly 0 although the pixels matter very much. The score does not
# *saturate* (포화). (A score alone does not tell how the other nine move. For "why a boot and *not a sneaker*?" explain the
# difference of the two scores.)
#
# ### Saliency: what if this pixel changed a little?
#
# The **saliency map** (현저성 지도; Simonyan et al., 2014) is the size of the gradient: how fast the score changes with each pixel.
# A gradient can be checked: change the pixel a little and compute the score again.
#
# **Your prediction:** will both numbers agree in all digits?

# %% jupyter={"outputs_hidden": true}
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
# The helpers that draw maps divide each by its largest value, so maps show *where*, not *how much*.
#
# ### Integrated gradients: share the score out
#
# The gradient says what a *small* change does. What did the whole pixel contribute? Go from an empty picture (all pixels 0;
# for clothes that is white paper, for photographs it is black) to the boot in small steps. Average the gradients on the way
# and multiply by the pixel: **integrated gradients** (적분 기울기; Sundararajan et al., 2017). These shares have a property that
# can be checked. They add up to the score of the boot minus the score of the empty picture: **completeness** (완전성).
#
# **Your prediction:** some pixels speak *against* the boot. Is the sum of the positive shares larger or smaller than the
# difference of the scores?

# %% jupyter={"outputs_hidden": true}
places = (np.arange(256) + 0.5) / 256  # the middles of 256 equal pieces of the way
_, gradients = interpret.value_and_gradient(score)(places.reshape(-1, 1, 1, 1) * boot)
shares = boot[0] * gradients.mean(axis=0)

difference = float(score(boot)[0]) - float(score(0 * boot)[0])
print(f"sum of all shares {shares.sum():.1f}, difference of the scores {difference:.1f}")
print(f"shares for the boot {shares[shares > 0].sum():.1f}, shares against it {shares[shares < 0].sum():.1f}")

# %% [markdown]
# `attributions` from the helpers does that for many pictures, with better chosen places on the way. `integrated_gradients`
# draws its map: the channels added up, and what speaks against the class set to 0. How many places does it take?
#
# **Your prediction:** with four times as many places, does the error fall to a half, to a quarter, or less?

# %% jupyter={"outputs_hidden": true} tags=["nbval-ignore-output"]
fifty = clothes[:50]
classes = fashion.predict(fifty, verbose=0).argmax(axis=1)
of_fifty, of_empty = (interpret.class_scores(fashion, images, class_index=classes) for images in (fifty, 0 * fifty))
differences = of_fifty - of_empty

for steps in (16, 64, 256):
    sums = interpret.attributions(fashion, fifty, class_index=classes, steps=steps).sum(axis=(1, 2, 3))
    errors = np.abs(sums - differences) / np.abs(differences)
    print(f"{steps:3} places: error at most {errors.max():.2%}, half of the pictures below {np.median(errors):.2%}")

# %% jupyter={"outputs_hidden": true}
print("with 256 places every error is below 1 %:", bool(errors.max() < 0.01))

# %% [markdown]
# ### Occlusion: cover it and see
#
# No gradient at all: cover a part of the picture and look how far the score falls (가림; Zeiler and Fergus, 2014). Try three
# squares of
# 5 by 5 pixels, covered with the mean grey of the picture, and with empty paper.
#
# **Your prediction:** which of the three costs the most in grey: heel, toe, or the empty corner on the upper left?

# %% jupyter={"outputs_hidden": true}
def fall(top, left, colour):
    covered = boot.copy()
    covered[0, top : top + 5, left : left + 5] = colour
    return float(score(boot)[0]) - float(score(covered)[0])


for name, corner in {"heel": (17, 23), "toe": (16, 1), "empty corner": (2, 2)}.items():
    grey, emptied = fall(*corner, boot.mean()), fall(*corner, 0)
    print(f"{name:12} the score falls by {grey:.1f} in grey, by {emptied:.1f} when emptied")

# %% [markdown]
# In grey, the *empty* corner costs the most of the three! Is it the emptiness that is missing, or does the new grey square
# disturb? The second column tells: what is empty already loses nothing, and the toe loses twice as much as before. **What you
# cover with is part of the question.** The helper covers with the picture's mean, slides the square over all of the picture,
# and sets to 0 where the score rises.
#
# ### Grad-CAM: which maps, and where?
#
# **Grad-CAM** (Selvaraju et al., 2017) asks the maps of the last convolution, not the pixels. Each map gets a weight: the
# mean of its gradients. A large weight says that more of this map raises the score. Add the weighted maps, and set what is
# negative to 0.
#
# **Your prediction:** how many fields by how many does this heat map have, before it is enlarged?

# %% jupyter={"outputs_hidden": true}
boot_maps = feature_maps(fashion, boot, "conv2")["conv2"]


def score_of_maps(maps):
    for layer in fashion.layers[3:-1]:  # what comes after conv2, up to the hidden layer
        maps = layer(maps)
    return ops.add(ops.matmul(maps, kernel), bias)[:, BOOT]


_, gradient = interpret.value_and_gradient(score_of_maps)(boot_maps)
weights = gradient.mean(axis=(1, 2))
cam = np.maximum((boot_maps * weights).sum(axis=-1), 0)[0]

large = np.asarray(ops.image.resize(cam[..., np.newaxis], (28, 28)))[..., 0]
same = np.allclose(large / large.max(), interpret.grad_cam(fashion, boot)[0], atol=1e-4)
print("map:", cam.shape, " the helper draws the same:", same)

# %% [markdown]
# ## 5. Four answers to one question
#
# The same pictures, four heat maps each. All explain the class that the network predicts. Squares are a fifth of the picture
# wide: 5 pixels for clothes, 30 for animals.
#
# **Your prediction:** will the four agree?

# %% jupyter={"outputs_hidden": true}
def four_maps(model, images, class_index=None):
    return {
        "saliency": interpret.saliency(model, images, class_index=class_index),
        "integrated gradients": interpret.integrated_gradients(model, images, class_index=class_index, steps=64),
        "occlusion": interpret.occlusion(model, images, class_index=class_index),
        "Grad-CAM": interpret.grad_cam(model, images, class_index=class_index),
    }


def named(indices):
    return [FASHION_MNIST_CLASSES[index] for index in indices]


predicted = fashion.predict(clothes, verbose=0).argmax(axis=1)
four = [0, 1, 2, 4]
plots.heat_maps(clothes[four], four_maps(fashion, clothes[four]), named(predicted[four]))

# %% [markdown]
# *Compare the maps in one row: compare places, not shades, for each map is scaled for itself.* The eye is easily satisfied,
# so count. The **rank correlation** (순위 상관계수) compares the order of the pixels, from weak to strong: 1 is the same order, 0
# no relation. Here is its mean over 20 pictures, for any two of the four.

# %% jupyter={"outputs_hidden": true}
from itertools import combinations

from scipy.stats import spearmanr


def likeness(some_maps, other_maps):
    """Mean rank correlation of maps (n, H, W); a map that is 0 everywhere has no order and is left out."""
    pairs = zip(some_maps, other_maps, strict=True)
    return np.mean([spearmanr(a, b, axis=None).statistic for a, b in pairs if a.any() and b.any()])


of_twenty = four_maps(fashion, clothes[:20])
alike = {f"{one} and {other}": likeness(of_twenty[one], of_twenty[other]) for one, other in combinations(of_twenty, 2)}
most_alike = max(alike, key=alike.get)
print(f"most alike: {most_alike}, rank correlation {alike[most_alike]:.2f}")

# %% [markdown]
# They hardly agree at all! None of them is broken: each answers a question of its own.
#
# | map | its question | compared with | needs |
# | --- | --- | --- | --- |
# | saliency | Which *pixel* would move the score fastest, up or down, if it changed a little? | the picture itself | one gradient |
# | integrated gradients | How much of the score came from this *pixel*? A pixel of 0 gets nothing, whatever it means. | the empty picture | many gradients |
# | occlusion | How far does the score fall without this *region*? | the picture with a square in it | many predictions |
# | Grad-CAM | Where are the *maps* that raise the score? It is as coarse as they are, and does not know that dense layers treat each place differently. | nothing | one gradient |
#
# So say which map you show, and with which settings. Now the cat. (No photograph of chapter 06 may be shown here. With
# pictures of your own, replace `cat`.)

# %%
plots.heat_maps(cat, four_maps(animals, cat), [f"cat, {1 - animals.predict(cat, verbose=0)[0, 0]:.0%} sure"])

# %% [markdown]
# *Occlusion marks the cheeks beside the nose, saliency mostly one eye, integrated gradients single pixels. Grad-CAM marks the
# fur on the lower left, and the blurred background on the right.* Which of them is right? From the pictures alone nobody can
# say. You need tests; sections 7 and 8 show two kinds.
#
# ## 6. What does the network think is alike?
#
# Just before the output, each picture is a row of numbers, the answers of the last hidden layer. Pictures that are close
# there are alike to the network. To see 2,000 of them, put them on a plane. **PCA** (주성분 분석) turns them so that two axes show
# as much of the spread as possible. **t-SNE** (van der Maaten and Hinton, 2008) bends the space so that neighbours stay
# neighbours.
#
# **Your prediction:** which classes will overlap?

# %% jupyter={"outputs_hidden": true}
from sklearn.decomposition import PCA
from sklearn.manifold import TSNE

features = hidden.predict(clothes, verbose=0)
pca = PCA(2)
on_plane = pca.fit_transform(features)
wrong = predicted != labels

print("numbers per picture:", features.shape[1])
print(f"PCA keeps {pca.explained_variance_ratio_.sum():.0%} of the spread")

# %% tags=["nbval-ignore-output"]
planes = {"PCA": on_plane, "t-SNE": TSNE(random_state=environment.seed).fit_transform(features)}

# %% jupyter={"outputs_hidden": true}
tops, others = (0, 2, 3, 4, 6), (1, 5, 7, 8, 9)  # T-shirt/top, pullover, dress, coat, shirt; and the rest

figure, axes = plt.subplots(1, 2, figsize=(12, 6), layout="constrained")
for axis, (name, points) in zip(axes, planes.items(), strict=True):
    for group, marker in ((tops, "o"), (others, "s")):
        for kind, colour in zip(group, plots.COLOURS, strict=False):
            own = points[labels == kind]
            axis.scatter(*own.T, s=9, color=colour, marker=marker, alpha=0.5, label=FASHION_MNIST_CLASSES[kind])
            if name == "t-SNE":
                axis.text(*np.median(own, axis=0), FASHION_MNIST_CLASSES[kind], ha="center", fontsize=9, weight="bold")
    axis.scatter(*points[wrong].T, s=20, color="black", marker="x", linewidth=0.8, label="predicted wrongly")
    axis.set(title=name, xticks=[], yticks=[])
figure.legend(*axes[0].get_legend_handles_labels(), loc="outside lower center", ncols=6, markerscale=2)
plt.show()

# %% jupyter={"outputs_hidden": true}
among_tops = (np.isin(labels, tops) & np.isin(predicted, tops))[wrong].sum()
print(f"{among_tops} of {wrong.sum()} mistakes take one top for another")

# %% [markdown]
# *Find the crosses: nearly all lie where two classes touch.* In the plane of t-SNE the tops are one mainland, the rest are
# islands; the count above says the same of the mistakes.
#
# > **What can go wrong: reading more out of t-SNE than is in it.** How large an island is, and how far it lies from the next, may mean nothing; it can even make islands out of noise.
# > Another seed or another `perplexity` gives another plane (Wattenberg et al., 2016). Mostly read off who is *near* whom, and check it in another way, as the
# > count does. And both planes show what the *network* takes for alike, not what is.
#
# Here are the three mistakes of which the network is surest. Two maps each: where it would lose the class that it says, and
# where the true class.

# %%
sureness = fashion.predict(clothes, verbose=0).max(axis=1)
surest = np.where(wrong, sureness, 0).argsort()[::-1][:3]
both = {
    "for what it says": interpret.occlusion(fashion, clothes[surest], class_index=predicted[surest]),
    "for the true class": interpret.occlusion(fashion, clothes[surest], class_index=labels[surest]),
}
pairs = zip(named(predicted[surest]), named(labels[surest]), strict=True)
plots.heat_maps(clothes[surest], both, [f"says {said},\nis {truth}" for said, truth in pairs])

# %% [markdown]
# *In each row compare the two maps.* In the first, what speaks for a sandal is the strap over the instep and the empty space above the toe; what speaks for a
# boot is the toe and the sole. Both were found. Such a pair shows *what* the network weighed. It does not show why one side won.
#
# ## 7. A network that is too good
#
# Two shelters give you pictures of their animals (drawn ones, as in chapter 06): one has cats, the other dogs. You train a small network
# on 800 of them (80 in fast mode), and keep 200 for validation.

# %%
from helpers.pictures.shelters import shelter_pictures

pictures, kinds = shelter_pictures(40 if FAST else 400, seed=1)
validation, validation_kinds = shelter_pictures(100, seed=2)
plots.images(validation[[0, 2, 5, 4, 7, 9, 6, 11]], caption="Cats and dogs from two shelters")

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
# In fast mode one epoch teaches nothing. So it goes on with the network that comes with the course; that one was trained by
# these very cells.

# %%
shelter_network = models.load("pets_two_shelters") if FAST else learner


def accuracy(images, kinds):
    return float(np.mean((shelter_network.predict(images, verbose=0)[:, 0] > 0.5) == kinds))


print(f"right on {accuracy(validation, validation_kinds):.1%} of the pictures kept for validation")

# %% [markdown]
# In chapter 06 a network with fifteen times as many weights had more drawn pictures to learn from, and did worse. This one is
# small, and after 30.3<!-- pets_two_shelters.train_seconds --> seconds of training it is nearly always right.
#
# **Your prediction:** a shelter wants to use it for the pictures that its visitors take. Do you say yes? Write down your reason.
#
# Before you answer, look where it looks. Four dogs, and why it says "dog":

# %% jupyter={"outputs_hidden": true}
DOG = 1
dogs, cats = validation[validation_kinds == DOG], validation[validation_kinds != DOG]
plots.heat_maps(dogs[:4], four_maps(shelter_network, dogs[:4], DOG), ["drawn dog"] * 4)

# %% [markdown]
# **Stop here. Write down what you see and what you suspect**, before you go on. (If you saw it in the pictures already: well
# done. Do not tell.)
#
# Four pictures can be chance. So take the mean of the maps of all 100 dogs. The animals stand here and there, so the mean of maps
# that follow them should be spread out over the picture.

# %% jupyter={"outputs_hidden": true}
mean_maps = {
    "saliency": interpret.saliency(shelter_network, dogs, class_index=DOG).mean(axis=0),
    "Grad-CAM": interpret.grad_cam(shelter_network, dogs, class_index=DOG).mean(axis=0),
}
mean_maps = {name: mean_map / mean_map.max() for name, mean_map in mean_maps.items()}

figure, axes = plt.subplots(1, 2, figsize=(7, 3), layout="constrained")
for axis, (name, mean_map) in zip(axes, mean_maps.items(), strict=True):
    drawn = axis.imshow(mean_map, cmap=plots.HEAT, vmin=0, vmax=1)
    axis.set_title(f"{name}, mean of 100 dogs", fontsize=9)
figure.colorbar(drawn, ax=axes, label="share of the largest value")
plt.show()

# %% jupyter={"outputs_hidden": true}
for name, mean_map in mean_maps.items():
    row, column = np.unravel_index(mean_map.argmax(), mean_map.shape)
    print(f"{name}: the strongest place is in the lower right corner (30 by 30 pixels): {min(row, column) >= 120}")

# %% [markdown]
# *Both maps have one dark red spot, in the lower right corner.* Hardly a face was ever there. What is? Cut the corner out and
# enlarge it:

# %% jupyter={"outputs_hidden": true}
corners = np.concatenate([cats[:8, 120:, 120:], dogs[:8, 120:, 120:]])
plots.images(corners, ["cat"] * 8 + ["dog"] * 8, caption="The lower right corner, 30 by 30 pixels")

# %% [markdown]
# *All eight dogs have a pale ring in the corner, none of the cats has.* One shelter prints a **watermark** (워터마크), a stamp,
# on its pictures, the other does not. The pictures for validation came from the same shelters, so validation could not
# notice.
#
# So far this is a suspicion. Test it: has the network learned anything about dogs?
#
# **Your prediction:** take the very same 200 validation pictures, drawn without the stamp. What is the accuracy now? And what
# does the network say about cats *with* the stamp?

# %% jupyter={"outputs_hidden": true}
unstamped, _ = shelter_pictures(100, seed=2, stamp="none")
stamped_cats = shelter_pictures(100, seed=2, stamp="cats")[0][validation_kinds != DOG]


def share_of_dogs(images):
    return np.mean(shelter_network.predict(images, verbose=0)[:, 0] > 0.5)


print(f"right with the stamp on dogs: {accuracy(validation, validation_kinds):.1%}")
print(f"right without any stamp:      {accuracy(unstamped, validation_kinds):.1%}")
for name, images in {
    "cats": cats, "cats with the stamp": stamped_cats, "dogs with the stamp": dogs,
    "dogs without it": unstamped[validation_kinds == DOG],
}.items():  # fmt: skip
    print(f"says dog to {share_of_dogs(images):4.0%} of the {name}")

# %% [markdown]
# The stamp makes the dog. Without it the network calls nearly everything a cat, so it is right for one half. Nothing here
# shows that it ever looked at the animals: it did not have to. Training often takes an easy way to a small loss.
#
# The maps for "dog" of one cat, first with the stamp, then without:

# %%
one_cat = np.stack([stamped_cats[0], cats[0]])
dog_scores = interpret.class_scores(shelter_network, one_cat, class_index=DOG)
names = [f"{name},\nscore {value:.1f}" for name, value in zip(("stamp", "no stamp"), dog_scores, strict=True)]
plots.heat_maps(one_cat, four_maps(shelter_network, one_cat, DOG), names)

# %% [markdown]
# *With the stamp, the maps point at it. Without it they find other places, and look just as sure.* Each map is divided by its largest value,
# so even next to nothing looks strong. Read the score on the left first: below 0 the network says "cat".
#
# That happens outside of notebooks, too. A well-known horse detector (an older kind of classifier) had learned a
# photographer's copyright notice (Lapuschkin et al., 2019). Networks that find pneumonia in X-ray pictures did worse at other
# hospitals, and a network could tell from such a picture which hospital it came from (Zech et al., 2018). No score on
# pictures from the same source shows it. **The maps gave you a suspicion, the experiment gave you the proof.** You need both.
#
# ### The repair
#
# Paint the corner over in *all* pictures, and train the same network anew.
#
# **Your prediction:** will it be better or worse than the first one on pictures from the two shelters?

# %% jupyter={"outputs_hidden": true} tags=["nbval-ignore-output"]
def painted(images):
    images = images.copy()
    images[:, 120:, 120:] = 0.5
    return images


keras.utils.set_random_seed(environment.seed)
honest = keras.models.clone_model(learner)
honest.compile(optimizer="adam", loss="binary_crossentropy", metrics=["accuracy"])
honest.fit(painted(pictures), kinds, batch_size=20, epochs=EPOCHS, verbose=0)
for name, images in {"with the stamp painted over": painted(validation), "never stamped": unstamped}.items():
    print(f"right on pictures {name}: {honest.evaluate(images, validation_kinds, verbose=0)[1]:.1%}")

# %% [markdown]
# Much worse, and honest: it has begun to learn the animals, and the score tells how far it got. (Chapter 06 had more pictures, more epochs and augmentation.)
# **A low score that is true is worth more than a high one that is not.** Also good: test on pictures from another source, and take both classes
# from the same source.
#
# Keep the first network with its card, which says how it does without the stamp. (A fast run keeps its own of one epoch,
# which knows nothing, elsewhere.)

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
# A map can look right and have nothing to do with the network: any drawing of the edges of a boot looks like an explanation
# of "boot". There is a test (Adebayo et al., 2018): **destroy the network, and look whether the map notices.** Give the
# layers new random weights, first the output layer, then one more at a time, from the top down. We go on asking for the class
# that the *trained* network predicted. A map that stays the same explains the picture, not the network.
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


stages = {"trained": 0, "output random": 1, "+ hidden": 2, "+ conv2": 3, "+ conv1": 4}
networks = {stage: randomized(fashion, number) for stage, number in stages.items()}

# %%
for stage, network in networks.items():
    right = (network.predict(clothes, verbose=0).argmax(axis=1) == labels).mean()
    print(f"{stage:13} right on {right:.0%}")

# %% [markdown]
# One random layer makes it quite another network. So a map that explains the network must look quite different, too.
#
# **Your prediction:** which of the four maps will change at once, which only later, which never?

# %% jupyter={"outputs_hidden": true}
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
# *Go along each row from left to right.* The lowest row, the edges, never changes, as it must. In the others, look how soon
# the map of the trained network is lost. Then count again: the rank correlation with the map of the trained network, mean
# over 40 pictures (10 in fast mode). The dashed line leaves the background out and compares the pixels of the clothes only.

# %% jupyter={"outputs_hidden": true}
trained = by_stage["trained"]
left_over = {method: [likeness(trained[method], maps[method]) for maps in by_stage.values()] for method in methods}
inside = [picture[..., 0] > 0 for picture in some]
ig = "integrated gradients"
left_over[f"{ig}, clothes only"] = [
    np.mean([spearmanr(a[ink], b[ink]).statistic for a, b, ink in zip(trained[ig], maps[ig], inside, strict=True)])
    for maps in by_stage.values()
]

figure, axis = plt.subplots(figsize=(9, 3.8), layout="constrained")
for colour, (method, values) in zip(plots.COLOURS, left_over.items(), strict=False):
    axis.plot(list(stages), values, "o--" if "only" in method else "o-", color=colour, label=method)
axis.set(xlabel="layers with random weights, from the top down", ylabel="rank correlation", ylim=(-0.3, 1.05))
axis.set_title("How much of the trained network's map is left?")
axis.grid(alpha=0.3)
figure.legend(loc="outside right upper")
plt.show()

# %% [markdown]
# *Start at the top: the control stays at 1, as it must. All others fall at the first step*, when only the output layer is
# random. Occlusion and Grad-CAM come down to about 0, saliency keeps a little. Integrated gradients keep about a third, whatever
# the weights are. Why? They multiply by the pixel, so the empty background is 0 in every map. On the clothes alone (dashed)
# nothing is left either: that third was a drawing of the outline, not an explanation.
#
# So all four pass, one of them only after a closer look. **A map that fails this test is worthless. A map that passes may
# still be wrong.**
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
# - when nothing speaks for the class: divided by its largest value, even next to nothing looks strong. Look at the score, too;
# - when you read *where* as *why*: a bright muzzle does not say whether its colour, its shape or the grass beside it decided;
# - when you expect a map to prove that all is well: it can make you suspicious, but only an experiment proves something.
#
# > **What can go wrong: explaining what was not asked.** Explain the score and not the probability. Say which class: you can draw a map for
# > "dog" on a cat, and it looks just as convincing. Scale the picture as in training. And a map that is 0 everywhere is no error. It says "nothing here speaks for the class",
# > and must not be divided by its largest value.
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
# 1. Activation maximisation draws a picture that excites a filter; real pictures that excite it show where such patterns occur.
# 2. Saliency, integrated gradients, occlusion and Grad-CAM answer four different questions, so they differ.
# 3. Each of them can be checked by numbers: slopes, sums, squares you cover.
# 4. A map that survives random weights explains the picture, not the network; one that does not may still be wrong.
# 5. A high score on pictures from the same source proves little. Maps raise the suspicion, experiments settle it.
#
# **Exercises:** [7 exercises](exercises/08_what_convnets_look_for_exercises.ipynb) on this chapter, and each answers.
#
# **Next:** [09 · CIFAR-10, and how to save, load and go on](09_cifar10_and_saving.ipynb) goes on to small colour pictures of ten classes, and to keeping a network and using it again.

# %% tags=["reached", "nbval-ignore-output"]
with_stamp, without = accuracy(validation, validation_kinds), accuracy(unstamped, validation_kinds)
origin = "shipped" if FAST else "trained now"
print(f"two shelters ({origin}): {with_stamp:.1%} right with the stamp, {without:.1%} without it")
