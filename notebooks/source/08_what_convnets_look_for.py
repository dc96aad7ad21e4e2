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
# - **Time** on 2 CPU cores: 1.3<!-- chapters.08_what_convnets_look_for.fast_minutes --> minutes in fast mode, 2.6<!-- chapters.08_what_convnets_look_for.full_minutes --> minutes in full mode.<!-- gpu 08 --> On a GPU (NVIDIA H200) and on the processor beside it: 64 filters maximised 1.0 s, processor 7.8 s; Grad-CAM of 100 pictures 2.8 s, processor 1.3 s.<!-- end of gpu --> A GPU is used when there is one.
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
# This chapter looks into networks that are trained already, so speed matters less here, and it computes in `float32`, with 32 bits. Your numbers
# will be nearly the same as the stored ones, except where something is timed or trained.

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
from helpers.convolution import max_pool2d
from helpers.data import FASHION_MNIST_CLASSES, load_fashion_mnist, own_picture, sample_image
from helpers.environment import FAST

set_matplotlib_formats("jpeg", pil_kwargs={"quality": 80})

# %% [markdown]
# ## 1. Two networks and their pictures
#
# You ask two networks that you know. The one of chapter 06 tells cats from dogs, and the one of chapter 04 tells ten kinds of clothes apart.

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
# A feature map tells *where* a filter answers (chapter 05), but not what the filter wants. So ask the filter itself: start from noise and
# change the picture until the filter answers strongly. This is **activation maximisation** (활성화 최대화). It is training turned around: the
# weights stay as they are, the *picture* follows the gradient, and it climbs instead of going down.
#
# Here it is for one filter of `conv2`, as most tutorials write it.
# [`GradientTape`](https://www.tensorflow.org/api_docs/python/tf/GradientTape) records what TensorFlow computes, and then differentiates it. It
# belongs to TensorFlow, so if Keras computes with another library on your machine, the second cell says so and goes another way.
#
# The length of a step should not depend on how steep the ground is. Therefore the gradient is divided by its own size, which is the root of the
# mean of its squares, and multiplied by 0.04. So a typical pixel changes by 0.04 in each step; some change more, others less. At the end of *each*
# step [`clip_by_value`](https://www.tensorflow.org/api_docs/python/tf/clip_by_value) brings numbers below 0 or above 1 back to 0 or 1.
#
# **Your prediction:** `conv1` looked at edges and colours. What will a filter of `conv2` want, which sees the maps of `conv1`?

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
    print("GradientTape needs TensorFlow. Here maximize_filters takes its place, one filter at a time.")

    def maximize_one(filter_index):
        return interpret.maximize_filters(animals, "conv2", [filter_index])


plots.images(np.concatenate([maximize_one(index) for index in (2, 3, 4, 0, 12)]), [2, 3, 4, 0, 12])

# %% [markdown]
# *The first three pictures show stripes, each in its own direction. The last two are the noise that we started from.* Why did nothing happen
# there? These two filters are silent for that noise: `relu` gives 0 at every place, so the gradient is 0 as well, and on flat ground nothing can
# climb.
#
# `maximize_filters` from the helpers does three things differently:
#
# 1. Negative answers count a tenth, as if `relu` had a gentle slope below 0. So the gradient of a silent filter is not 0.
# 2. All filters climb in **one batch**: picture 0 for filter 0, picture 1 for filter 1, and so on. The backend also compiles the step, which means
#    that it plans the whole computation once and then repeats it (this has nothing to do with `model.compile`).
# 3. The pictures **grow**: ten steps at a quarter of the height and width, ten at half of them, ten at the full size. Large patterns come about
#    in the small pictures, so the result is smoother and easier to read.
#
# **Your prediction:** a step at half the height and width computes a quarter as many pixels. How many steps at the full size do all thirty steps
# of point 3 amount to?

# %% jupyter={"outputs_hidden": true} tags=["nbval-ignore-output"]
count = 4 if FAST else 64  # each filter takes equally long
start = time.perf_counter()
for index in range(count):
    maximize_one(index)
slow = (time.perf_counter() - start) / count * 64

start = time.perf_counter()
conv2_pictures = interpret.maximize_filters(animals, "conv2", range(64), steps=30)
quick = time.perf_counter() - start

print(f"one after the other:             {slow:5.1f} s{' (from 4 filters)' if FAST else ''}")
print(f"in one batch, compiled, growing: {quick:5.1f} s, {slow / quick:.1f} times faster")

# %% jupyter={"outputs_hidden": true}
plots.images(conv2_pictures, range(64), columns=16, caption="What excites the 64 filters of conv2")

# %% [markdown]
# The growing alone takes 10/16 + 10/4 + 10 steps, so about 13 instead of 30, which is 2.3 times faster. The cell measured
# more<!-- claim: number("in one batch, compiled, growing:", 1) > 2.3 -->, because the batch and the compiling help as well.
#
# *Look at the pictures: stripes in all directions, plain colours, and spots. Many are alike.* Those of silent filters stay nearly grey.
#
# Does a filter really like its picture best? Do not believe a picture, but **measure**: show all 64 pictures to all 64 filters.
#
# **Your prediction:** for about how many filters is its own picture the strongest of the 64? Remember how alike many of them are.

# %% jupyter={"outputs_hidden": true}
answers = feature_maps(animals, conv2_pictures, "conv2")["conv2"].mean(axis=(1, 2))  # picture, filter
own = answers.diagonal()
noise = np.random.default_rng(0).uniform(0.4, 0.6, (1, 150, 150, 3)).astype("float32")

print("own picture is the strongest of the 64 for", (answers.argmax(axis=0) == np.arange(64)).sum(), "filters")
for name, picture in {"noise": noise, "cat": cat}.items():
    rival = feature_maps(animals, picture, "conv2")["conv2"].mean(axis=(1, 2))[0]
    print(f"stronger than the {name} for", (own > rival).sum(), "filters")
print("silent for their own picture:", (own == 0).sum(), "filters")

# %% [markdown]
# For all but two filters it is<!-- claim: number("own picture is the strongest of the 64 for") == 62 -->, and these two are silent even for their own
# picture<!-- claim: number("silent for their own picture:") == 2 -->: they did not wake up, and perhaps they are dead (chapter 07). All others tell
# their own picture from 63 others, also where two look alike to you. Against noise and the cat the same two
# fail<!-- claim: number("stronger than the noise for") == 62 and number("stronger than the cat for") == 62 -->.
#
# Now look at three depths: all filters of `conv1`, and the first 32 of `conv2` and of `conv4`.
#
# **Your prediction:** each layer combines the answers of the layer before. So what can change with depth?

# %% jupyter={"outputs_hidden": true}
depths = {name: interpret.maximize_filters(animals, name, range(32)) for name in ("conv1", "conv4")}
depths["conv2"] = conv2_pictures[:32]

plots.images(depths["conv1"], columns=16, caption="conv1")

# %% jupyter={"outputs_hidden": true}
plots.images(depths["conv2"], columns=16, caption="conv2")

# %% jupyter={"outputs_hidden": true}
plots.images(depths["conv4"], columns=16, caption="conv4")

# %% [markdown]
# *`conv1` shows plain colours and simple stripes. `conv2` has more directions, and stripes of several colours. In `conv4` look for pictures that
# are not the same all over, but have a patch or a border in them.* Do you see an eye or an ear? Hardly, for this network has only four
# convolutions and has seen 2,000 photographs. In networks that were trained on a million pictures the deepest filters like wheels, faces and
# fur (Olah et al., 2017).
#
# Two things in these pictures come from the *method*, and not from the filters. The first is the grey rim: near the border fewer windows look at a
# pixel, so its gradient is small. The second is the width of the stripes: they began in a small picture and were enlarged with it. A filter of
# `conv1` sees 3 by 3 pixels, so it cannot ask for anything wider. Therefore read off directions and colours, but not widths.
#
# ## 3. What excites a filter in real pictures?
#
# No photograph looks like these textures. So ask the other way round: which *real* pictures make a filter answer most, and at which place? In step 2
# the *mean* answer of a map counted, here it is the *largest* one. The pictures are the clothes.
#
# A number in a map depends only on a part of the picture, its **receptive field** (수용장, 수용 영역; chapter 01). Some Korean books use 수용장 for the
# window of a single layer; here it means all pixels of the picture that the number depends on. It grows layer by layer. A window of size K
# reaches over K − 1 neighbours more, so a convolution of size 3 adds two and a pooling of size 2 adds one. Behind a stride of 2, also that of a
# pooling, neighbours in the map lie twice as far apart in the picture, so whatever is added counts double.
#
# **Your prediction:** how many pixels wide is the receptive field of `conv2` in the fashion network, which has a convolution of size 3, a pooling of
# size 2, and then `conv2` of size 3?

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
# That is 1 + 2 + 1 + 2 · 2 = 8<!-- claim: row("each field of conv2 sees")[1] == 8 -->. The last 2 counts double because it comes behind the
# pooling. `conv4` of the animal network sees 38<!-- claim: number("receptive field of conv4 in the animal network:") == 38 --> by 38 pixels, a
# quarter of the picture's width. (`first` is the first pixel of field 0; it is below 0 where a field begins in the padding.)
#
# Here are three filters of that layer, picked because their pictures are easy to read: one with horizontal stripes, one with slanted ones, one with
# vertical ones. Beside each stand the seven pictures that excite it most; the frame is the receptive field of the strongest answer.

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

# %%
for channel in (0, 13, 15):
    strongest = maps[..., channel].max(axis=(1, 2)).argsort()[::-1][:7]
    print(f"filter {channel}: kinds of clothes among the seven: {len(set(labels[strongest]))}")

# %% [markdown]
# *In each row look in the picture on the left for a piece that resembles what is in the frames.* Where a frame leaves the picture, there is
# padding. Now look at the names. The first and the third filter are excited by several kinds of
# clothes<!-- claim: number("filter 0: kinds of clothes among the seven:") > 1 and number("filter 15: kinds of clothes among the seven:") > 1 -->,
# the second by one kind only<!-- claim: number("filter 13: kinds of clothes among the seven:") == 1 -->, sandals, perhaps because few other clothes
# have a slanted strap. A filter looks for a pattern. A pattern *can* be typical of one class, but only the dense layers combine patterns into a
# class.
#
# ## 4. Which pixels decide?
#
# Now the other question: not what a filter likes, but why *this* picture got *this* answer. A **heat map** (히트맵) marks the
# pixels that matter. There are many ways to draw one. You build four of them, one by one, all for the same ankle boot: the first
# test picture.
#
# ### The score, not the probability
#
# `softmax` turns *scores* (점수, 로짓; in English also *logits*) into probabilities. We explain the score *before* it, and the next cell shows why.
# `value_and_gradient` from the helpers does what the tape did, with every backend: it takes a function, and it returns a new function that gives
# both the value and its gradient.
#
# The last layer computes hidden · kernel + bias, and then softmax. To stop before softmax, the cell takes the network up to the hidden layer, and does
# the sum by hand.
#
# **Your prediction:** the network is nearly sure of the boot, so its probability is almost 1 and cannot grow any more. How large will the gradient
# of the probability be, compared with that of the score?

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
# The probability is flat close to 1: its largest gradient is less than a thousandth of that of the
# score<!-- claim: 1000 * number("probability", 1) < number("score  ", 1) -->, although the pixels matter very much. One says that it
# *saturates* (포화). The score does not. But it has a limit of its own: it does not tell how the other nine scores move. For "why a boot and *not a
# sneaker*?" explain the difference of the two scores.
#
# ### Saliency: what if this pixel changed a little?
#
# The **saliency map** (현저성 지도; Simonyan et al., 2014) is the absolute value of the gradient: how fast the score changes with each pixel, be it up or
# down. A gradient can be checked: take the pixel of the boot with the largest gradient, change it a little, and compute the score again.
#
# **Your prediction:** the score is made of straight pieces that meet at bends, because of `relu`. Will both numbers agree in all digits?

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
# They agree except for a small difference<!-- claim: 0 < abs(row("pixel in row")[2] - row("pixel in row")[3]) < 0.1 -->, because even a small change can reach
# over a bend into the next straight piece.
#
# The helpers that draw maps divide each map by its largest value. So a map shows *where*, and not *how much*.
#
# ### Integrated gradients: share the score out
#
# The gradient says what a *small* change does. What did the whole pixel contribute? A slope times the length of the way gives the change: a slope
# of 3 over a way of 2 gives 6. If the slope changes on the way, take its mean. So go from an empty picture to the boot in small steps, and average
# the gradients on the way. The way of one pixel is as long as its value, so multiply by the pixel. In the empty picture all pixels are 0; for the
# clothes that is white paper, for photographs it is black. These are **integrated gradients** (적분 기울기; Sundararajan et al., 2017). The shares of
# the pixels have a property that can be checked: they add up to the score of the boot minus the score of the empty picture. It is called
# **completeness** (완전성).
#
# **Your prediction:** some pixels speak *against* the boot, so their shares are negative. Is the sum of the positive shares larger or smaller than
# the difference of the scores?

# %% jupyter={"outputs_hidden": true}
places = (np.arange(256) + 0.5) / 256  # the middles of 256 equal pieces of the way
_, gradients = interpret.value_and_gradient(score)(places.reshape(-1, 1, 1, 1) * boot)
shares = boot[0] * gradients.mean(axis=0)

difference = float(score(boot)[0]) - float(score(0 * boot)[0])
print(f"sum of all shares {shares.sum():.1f}, difference of the scores {difference:.1f}")
print(f"shares for the boot {shares[shares > 0].sum():.1f}, shares against it {shares[shares < 0].sum():.1f}")

# %% [markdown]
# It is larger<!-- claim: number("shares for the boot") > number("sum of all shares", 1) -->, because the negative shares take something away
# again, and what is left is the difference of the scores<!-- claim: abs(number("sum of all shares") - number("sum of all shares", 1)) < 0.2 -->.
#
# `attributions` from the helpers does this for many pictures. `integrated_gradients` draws the map: the shares of the channels are added up, and what
# speaks against the class is set to 0. How many places on the way does it take? Along a smooth curve four times as many places would make the error
# at least sixteen times smaller. But here the gradient *jumps* wherever a `relu` on the way switches on or off, and a jump may lie anywhere
# between two places.
#
# **Your prediction:** with four times as many places, does the error fall to a half, to about a quarter, or to a sixteenth? Will it do so each time?

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
# Not by a rule. In each row the number of places is four times as large as in the row above. The largest error falls first to about a third, then
# to about a
# ninth<!-- claim: 0.28 < numbers("places: error at most")[1] / numbers("places: error at most")[0] < 0.4 and numbers("places: error at most")[2] < numbers("places: error at most")[1] / 7 -->.
# The median error, below which half of the pictures lie, falls to about a fifth both
# times<!-- claim: 0.15 < numbers("half of the pictures below")[1] / numbers("half of the pictures below")[0] < 0.25 and 0.15 < numbers("half of the pictures below")[2] / numbers("half of the pictures below")[1] < 0.25 -->.
# How much of a jump is missed is chance. From the first row to the last, 16 times as many places make both errors 20 to 30 times
# smaller<!-- claim: 20 < numbers("places: error at most")[0] / numbers("places: error at most")[2] < 30 and 20 < numbers("half of the pictures below")[0] / numbers("half of the pictures below")[2] < 30 -->.
# So do not trust a number of steps that somebody recommends, but compare the sum of the shares with the difference of the scores.
#
# ### Occlusion: cover it and see
#
# **Occlusion** (가림; Zeiler and Fergus, 2014) needs no gradient at all: cover a part of the picture, and look how far the score falls. Try three
# squares of 5 by 5 pixels, each covered once with the mean grey of the picture, and once with empty paper.
#
# **Your prediction:** which of the three costs the most in grey: the heel, the toe, or the empty corner on the upper left?

# %% jupyter={"outputs_hidden": true}
def fall(top, left, colour):
    covered = boot.copy()
    covered[0, top : top + 5, left : left + 5] = colour
    return float(score(boot)[0]) - float(score(covered)[0])


for name, corner in {"heel": (17, 23), "toe": (16, 1), "empty corner": (2, 2)}.items():
    grey, emptied = fall(*corner, boot.mean()), fall(*corner, 0)
    print(f"{name:12} the score falls by {grey:.1f} in grey, by {emptied:.1f} when emptied")

# %% [markdown]
# In grey, the *empty* corner costs as much as the toe, and more than the
# heel<!-- claim: abs(number("empty corner") - number("toe  ")) < 0.15 and number("empty corner") > number("heel  ") + 1 -->! Is it the emptiness
# that is missing, or does the new grey square disturb? The second column helps. Emptied, the corner loses
# nothing<!-- claim: number("empty corner", 1) == 0 -->, because it was empty before, and the toe loses more than twice as much as in
# grey<!-- claim: number("toe  ", 1) > 2 * number("toe  ") -->. So **what you cover with is part of the question.** A grey square asks: what if
# something else lay here? An empty one asks: what if this piece were gone? Neither of them can tell what an empty place contributes, because there
# is nothing to take away.
#
# The helper covers with the mean colour of the picture, slides the square over the whole picture, and sets to 0 where the score rises. Remember the
# empty corner when you read these maps.
#
# ### Grad-CAM: which maps, and where?
#
# **Grad-CAM** (Selvaraju et al., 2017) asks the maps of the last convolution, and not the pixels. Each map gets one weight: the
# mean of its gradients over all places. A large weight says that more of this map raises the score. Add the weighted maps up, and set what is
# negative to 0.
#
# **Your prediction:** the weighted maps are those of `conv2`, which has the padding `"same"` and comes behind one pooling. How many fields by how
# many does this heat map have, before it is enlarged?

# %% jupyter={"outputs_hidden": true}
boot_maps = feature_maps(fashion, boot, "conv2")["conv2"]


def score_of_maps(maps):
    for layer in fashion.layers[3:-1]:  # layers 0 to 2 are conv1, pool1, conv2; the last one is done by hand
        maps = layer(maps)
    return ops.add(ops.matmul(maps, kernel), bias)[:, BOOT]


_, gradient = interpret.value_and_gradient(score_of_maps)(boot_maps)
weights = gradient.mean(axis=(1, 2))
cam = np.maximum((boot_maps * weights).sum(axis=-1), 0)[0]

large = np.asarray(ops.image.resize(cam[..., np.newaxis], (28, 28)))[..., 0]
same = np.allclose(large / large.max(), interpret.grad_cam(fashion, boot)[0], atol=1e-4)
print("map:", cam.shape, " the helper draws the same:", same)

# %% [markdown]
# It has 14 by 14<!-- claim: number("map:") == 14 -->, as many as each map of `conv2`, so it is coarser than the picture.
#
# ## 5. Four answers to one question
#
# Here are the same pictures with four heat maps each. All explain the class that the network predicts. The squares of the occlusion are a fifth of
# the picture wide: 5 pixels for clothes, 30 for animals.
#
# **Your prediction:** which of the four cannot mark blank paper, whatever the network is? Will the others mark it?

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
# *Compare the maps in one row: compare places, not shades, because each map is divided by its own largest value.* Integrated gradients multiply by the pixel, so paper,
# which is 0, gets 0. All the other maps mark blank paper as well, and you will find out below what that means.
#
# Do the maps agree? It is easy to see what one wants to see, so count. The **rank correlation** (순위 상관계수) compares the *order* of the pixels, from weak to
# strong: 1 is the same order, 0 no relation, and −1 the opposite order.
# [`spearmanr`](https://docs.scipy.org/doc/scipy/reference/generated/scipy.stats.spearmanr.html) computes it. A comparison is fair only between
# maps that could agree. So pay attention to two things:
#
# - Saliency is *unsigned*: it asks how fast the score moves, up or down. The other three maps show only what speaks *for* the class. To compare
#   saliency with the shares of the integrated gradients, take the absolute values of the shares, which are unsigned, too.
# - On blank paper integrated gradients are 0 for a reason of their own. So compare on the *pixels of the clothes*, where the picture is above 0.
#
# The cell prints the mean over 20 pictures, on all pixels and on the clothes.
#
# **Your prediction:** the cell compares four pairs: saliency with the size of the shares, integrated gradients with occlusion, integrated gradients
# with Grad-CAM, and occlusion with Grad-CAM. Which pair will agree best on the clothes? Will any pair come above 0.8?

# %% jupyter={"outputs_hidden": true} tags=["nbval-ignore-output"]
from scipy.stats import spearmanr


def likeness(some_maps, other_maps, chosen):
    """Mean rank correlation on the chosen pixels; a map that is the same everywhere has no order and is left out."""
    found = []
    for one, other, pixels in zip(some_maps, other_maps, chosen, strict=True):
        if np.ptp(one[pixels]) > 0 and np.ptp(other[pixels]) > 0:
            found.append(spearmanr(one[pixels], other[pixels]).statistic)
    return np.mean(found)


twenty = clothes[:20]
of_twenty = four_maps(fashion, twenty)
of_twenty["size of the shares"] = np.abs(interpret.attributions(fashion, twenty, steps=64).sum(axis=-1))
on_clothes, everywhere = twenty[..., 0] > 0, np.ones(twenty.shape[:3], bool)

# %% jupyter={"outputs_hidden": true} tags=["nbval-ignore-output"]
fair = {
    ("saliency", "size of the shares"): "unsigned",
    ("integrated gradients", "occlusion"): "for the class",
    ("integrated gradients", "Grad-CAM"): "for the class",
    ("occlusion", "Grad-CAM"): "for the class",
}
for (one, other), kind in fair.items():
    on_all = likeness(of_twenty[one], of_twenty[other], everywhere)
    only_clothes = likeness(of_twenty[one], of_twenty[other], on_clothes)
    print(f"{kind}: {one} and {other}: on all pixels {on_all:.2f}, on the clothes {only_clothes:.2f}")

# %% [markdown]
# The unsigned pair agrees in part, once paper is left out, because both are made of gradients of
# pixels<!-- claim: number("size of the shares:", 1) > 0.4 and number("size of the shares:") < 0.2 -->; on all pixels you would have missed it.
# Nothing comes near 0.8<!-- claim: number("size of the shares:", 1) < 0.7 -->. The three maps that show what speaks *for* the class hardly agree,
# even on the
# clothes<!-- claim: max(number("integrated gradients and occlusion:", 1), number("integrated gradients and Grad-CAM:", 1), number("occlusion and Grad-CAM:", 1)) < 0.25 -->.
# None of them is broken, because each answers a question of its own:
#
# | map | its question | compared with | needs |
# | --- | --- | --- | --- |
# | saliency | Which *pixel* would move the score fastest, up or down, if it changed a little? | the picture itself | one gradient |
# | integrated gradients | How much of the score came from this *pixel*? A pixel of 0 gets nothing, whatever it means. | the empty picture | many gradients |
# | occlusion | How far does the score fall when something else covers this *region*? | the picture with a square in it | many predictions |
# | Grad-CAM | Where are the *maps* that raise the score? It is as coarse as they are, and does not know that dense layers treat each place differently. | nothing | one gradient |
#
# So say which map you show, and with which settings.
#
# ### What does it mean when Grad-CAM marks blank paper?
#
# *Look again at the first row, under the sole of the boot: Grad-CAM is red where nothing is.* A field is drawn in the middle of its receptive field,
# and you know how large that is. The cell asks each marked field that lies on paper whether any of the boot is inside its receptive field.
#
# **Your prediction:** the receptive field is 8 by 8 pixels. How much of the red on paper, in per cent, belongs to fields that see some of the boot?

# %% jupyter={"outputs_hidden": true}
def ink_seen(row, column):
    top, left = first + step * row, first + step * column
    return boot[0, max(top, 0) : top + size, max(left, 0) : left + size].sum()


ink = np.array([[ink_seen(row, column) for column in range(14)] for row in range(14)])
on_paper = max_pool2d(boot[0, :, :, 0], 2) == 0  # the 2 by 2 pixels at the field's own place are blank

share = cam[on_paper].sum() / cam.sum()
seeing = cam[on_paper & (ink > 0)].sum() / cam[on_paper].sum()
print(f"on blank paper lies {share:.0%} of the map, and {seeing:.0%} of that in fields that see some of the boot")

# %% [markdown]
# More than half of the heat lies on blank paper<!-- claim: number("on blank paper lies") > 50 -->, and most of that belongs to fields that see some of the
# boot<!-- claim: number("on blank paper lies", 1) > 60 -->. So the red under the sole says mostly: here is the lower edge of something. A filter can
# answer to "ink above, paper below", and the middle of such a window lies on the border or beside it. The rest comes from fields that see nothing
# but paper, because a filter with a positive bias answers to an empty window as well.
#
# Is the blank paper itself a reason for "boot"? Put a bar of ink there, and the same bar at the upper edge of the picture, where Grad-CAM is pale.
#
# **Your prediction:** at which of the two places does the bar cost more of the score?

# %% jupyter={"outputs_hidden": true}
heat = interpret.grad_cam(fashion, boot)[0]
for name, top in {"under the sole": 23, "at the upper edge": 0}.items():
    with_bar = boot.copy()
    with_bar[0, top : top + 5, 4:24] = 0.5
    fallen = float(score(boot)[0]) - float(score(with_bar)[0])
    print(f"{name}: Grad-CAM is {heat[top : top + 5, 4:24].mean():.2f} on average, the bar costs {fallen:.1f}")

# %% [markdown]
# Where Grad-CAM is stronger<!-- claim: number("under the sole:") > 2 * number("at the upper edge:") -->, the bar costs
# *less*<!-- claim: number("under the sole:", 1) < number("at the upper edge:", 1) -->. So it matters to the network that there is
# paper<!-- claim: number("under the sole:", 1) > 0 and number("at the upper edge:", 1) > 0 -->, and above the boot it matters more. One possible
# reason is that tall clothes such as coats have ink there. But Grad-CAM did not find that out. It gives each
# map one weight for all places, although the dense layers have weights of their own for each place. **Read a red place as "something in this
# neighbourhood, as large as the receptive field", and test it before you believe it.**
#
# ### A cat
#
# Now the cat. No photograph of chapter 06 may be shown here, so it is Chelsea again.

# %%
plots.heat_maps(cat, four_maps(animals, cat), [f"cat, {1 - animals.predict(cat, verbose=0)[0, 0]:.0%} sure"])

# %% [markdown]
# *Occlusion marks the cheeks beside the nose, saliency mostly one eye, integrated gradients single pixels. Grad-CAM marks the
# fur on the lower left, a spot on the forehead, and the blurred background on the right.* Which of them is right? From the pictures alone nobody
# can say. You need tests; steps 7 and 8 show two kinds.
#
# ### Your own picture
#
# Send a photograph of yours to the network: a cat, a dog, or anything else. In Jupyter write its path between the quotation marks, such as
# `"my_cat.jpg"`. In Colab write `"upload"`, and choose a file. As long as `MY_PICTURE` is empty, you see the temple of chapter 02.
#
# Draw the maps for *both* classes, whatever the network says.
#
# **Your prediction:** the temple is neither a cat nor a dog. Will the map for "cat" be empty, the map for "dog", or neither of them?

# %% jupyter={"outputs_hidden": true}
MY_PICTURE = ""

if MY_PICTURE == "upload":
    from google.colab import files as colab_files
    MY_PICTURE = colab_files.upload()
photograph = own_picture(MY_PICTURE) if MY_PICTURE else sample_image("temple")
mine = np.asarray(ops.image.resize(photograph.astype("float32"), (150, 150)))[np.newaxis] / 255

my_maps = {}
for number, kind in enumerate(("cat", "dog")):
    my_maps[f"Grad-CAM, {kind}"] = interpret.grad_cam(animals, mine, class_index=number)
    my_maps[f"occlusion, {kind}"] = interpret.occlusion(animals, mine, class_index=number)
    print(f"score of {kind}: {interpret.class_scores(animals, mine, class_index=number)[0]:.1f}")

# %% jupyter={"outputs_hidden": true}
plots.heat_maps(mine, my_maps, ["my picture"])

# %% [markdown]
# *Compare the maps for the two classes.* There is something red in each of them, because every map is divided by its largest value, and so a map
# for a class that the network does *not* name looks as convincing as the other one. The scores tell them apart: with one output unit the score
# of "dog" is the opposite of the score of "cat"<!-- claim: number("score of cat:") == -number("score of dog:") -->, and the network names the one
# above 0. Look at the score before you look at the map.
#
# ## 6. What does the network think is alike?
#
# Just before the output, each picture is a row of numbers, the answers of the last hidden layer. Pictures that are close
# there are alike to the network. To see 2,000 of them, put them on a plane. **PCA** (주성분 분석) turns them so that two axes show
# as much of the spread as possible. **t-SNE** (van der Maaten and Hinton, 2008) bends the space so that neighbours stay
# neighbours. Both come from scikit-learn:
# [`PCA`](https://scikit-learn.org/stable/modules/generated/sklearn.decomposition.PCA.html),
# [`TSNE`](https://scikit-learn.org/stable/modules/generated/sklearn.manifold.TSNE.html).
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
print(f"mistakes: {wrong.sum()}, of these one top for another: {among_tops}")

# %% [markdown]
# PCA keeps less than half of the spread<!-- claim: number("PCA keeps") < 50 -->, so on its plane many classes lie on top of each other. *Find the
# crosses: most lie where two classes touch.* In the plane of t-SNE the tops form one large area, and the other classes are separate islands. The
# count says the same of the mistakes: more than eight of ten take one top for
# another<!-- claim: number("mistakes:", 1) > 0.8 * number("mistakes:") -->.
#
# > **What can go wrong: reading more out of t-SNE than is in it.** How large an island is, and how far it lies from the next one, may mean nothing;
# > t-SNE can even make islands out of noise. Another seed or another `perplexity` gives another plane (Wattenberg et al., 2016). Read off mainly
# > which pictures are *near* each other, and check it in another way, as the count does. And both planes show what the *network* takes for alike,
# > not what is alike.
#
# Here are the three mistakes of which the network is most confident. Two maps each ask which piece the network would miss: for the class that it
# says, and for the true class. You saw in step 4 that a grey square on blank paper costs some of the score although nothing was there, and these pictures have
# much blank paper. So here the squares are *emptied*: only ink can be lost. The function slides a square of 5 by 5 over the picture, as the helper does.

# %%
def scores_of(images, classes):
    return ops.convert_to_numpy(ops.add(ops.matmul(hidden(images), kernel), bias))[np.arange(len(images)), classes]


def emptied(images, classes, size=5):
    """How far each score falls when a square loses its ink, averaged over the squares that hold the pixel."""
    before = scores_of(images, classes)
    falls, times = np.zeros(images.shape[:3]), np.zeros(images.shape[:3])
    for top in range(0, 28 - size + 1):
        for left in range(0, 28 - size + 1):
            rows, columns = slice(top, top + size), slice(left, left + size)
            covered = images.copy()
            covered[:, rows, columns] = 0
            falls[:, rows, columns] += (before - scores_of(covered, classes))[:, np.newaxis, np.newaxis]
            times[:, rows, columns] += 1
    return np.maximum(falls / times, 0)

# %%
sureness = fashion.predict(clothes, verbose=0).max(axis=1)
surest = np.where(wrong, sureness, 0).argsort()[::-1][:3]
both = {
    "for what it says": emptied(clothes[surest], predicted[surest]),
    "for the true class": emptied(clothes[surest], labels[surest]),
}
both = {name: some / some.max(axis=(1, 2), keepdims=True) for name, some in both.items()}
pairs = zip(named(predicted[surest]), named(labels[surest]), strict=True)
plots.heat_maps(clothes[surest], both, [f"says {said},\nis {truth}" for said, truth in pairs])

# %% [markdown]
# *In each row compare the two maps, and look for pieces of ink that one of them marks and the other does not.* In the first row, what speaks for a
# sandal is the strap above the opening and the piece of the sole below it; what speaks for a boot is the toe, the front of the sole and the upper
# end at the back. So the network found pieces of both kinds. Such a pair shows *what* the network weighed, and it does not show why one side won.
# These maps cannot show what blank paper speaks for, such as the opening of the shoe.
#
# ## 7. Two shelters
#
# Two shelters for animals give you pictures, drawn ones as in chapter 06: one shelter has cats, the other has dogs. You train a small network on 800
# of the pictures (80 in fast mode), and keep 200 others for validation.

# %%
from helpers.pictures.shelters import shelter_pictures

pictures, kinds = shelter_pictures(40 if FAST else 400, seed=1)
validation, validation_kinds = shelter_pictures(100, seed=2)
plots.images(validation[[0, 2, 5, 4, 7, 9, 6, 11]], caption="Cats and dogs from two shelters")

# %% tags=["nbval-ignore-output"]
EPOCHS = 1 if FAST else 12
keras.utils.set_random_seed(environment.seed)
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
# In fast mode one epoch teaches nothing. So fast mode goes on with the network that comes with the course, which was trained by these very cells.

# %%
shelter_network = models.load("pets_two_shelters") if FAST else learner


def accuracy(images, kinds):
    return float(np.mean((shelter_network.predict(images, verbose=0)[:, 0] > 0.5) == kinds))


print(f"right on {accuracy(validation, validation_kinds):.1%} of the pictures kept for validation")

# %% [markdown]
# In chapter 06 a network with more than ten times as many
# weights<!-- claim: card("cats_dogs_plain_drawn.parameters") > 10 * card("pets_two_shelters.parameters") --> learned from drawn pictures, and did
# worse<!-- claim: 100 * card("cats_dogs_plain_drawn.validation_accuracy") < number("right on ") -->. This one is
# small, and after 30.5<!-- pets_two_shelters.train_seconds --> seconds of training more than nine of ten answers are right<!-- claim: number("right on ") > 90 -->.
#
# **Your prediction:** a shelter wants to use it for the pictures that its visitors take. Do you say yes? Write down your reason.
#
# Before you answer, look where the network looks. Here are four dogs, and why it says "dog":

# %% jupyter={"outputs_hidden": true}
DOG = 1
dogs, cats = validation[validation_kinds == DOG], validation[validation_kinds != DOG]
plots.heat_maps(dogs[:4], four_maps(shelter_network, dogs[:4], DOG), ["drawn dog"] * 4)

# %% [markdown]
# **Stop here. Write down what you see and what you suspect**, before you go on. If you saw it in the pictures already: well done; do not tell the others yet.
#
# Four pictures can be chance. So take the mean of the maps of all 100 dogs. The animals stand here and there, so the mean of maps
# that follow them would be spread out over the picture.

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
    place = ["upper", "middle", "lower"][row // 50], ["left", "centre", "right"][column // 50]
    print(f"{name}: strongest in row {row}, column {column}, in the ninth of the picture that is called:", *place)

# %% [markdown]
# *Both maps have one dark red spot, in the lower right
# corner*<!-- claim: min(*row("saliency: strongest in"), *row("Grad-CAM: strongest in")) > 120 -->. An animal's face was hardly ever there. So what is
# in this corner? Cut the corner out and
# enlarge it:

# %% jupyter={"outputs_hidden": true}
corners = np.concatenate([cats[:8, 120:, 120:], dogs[:8, 120:, 120:]])
plots.images(corners, ["cat"] * 8 + ["dog"] * 8, caption="The lower right corner, 30 by 30 pixels")

# %% [markdown]
# *All eight dogs have a pale ring in the corner, none of the cats has.* One shelter prints a **watermark** (워터마크), a stamp,
# on its pictures, and the other does not. The pictures for validation came from the same shelters, so validation could not
# notice.
#
# So far this is a suspicion, because you have only looked. Test it: has the network learned anything about dogs?
#
# **Your prediction:** take the very same 200 validation pictures, drawn without the stamp. What is the accuracy now? And what
# does the network say about cats *with* the stamp?

# %% jupyter={"outputs_hidden": true}
unstamped, _ = shelter_pictures(100, seed=2, stamp="none")
stamped_cats = shelter_pictures(100, seed=2, stamp="cats")[0][validation_kinds != DOG]
groups = {
    "cats": cats,
    "cats with the stamp": stamped_cats,
    "dogs with the stamp": dogs,
    "dogs without it": unstamped[validation_kinds == DOG],
}

print(f"right with the stamp on dogs: {accuracy(validation, validation_kinds):.1%}")
print(f"right without any stamp:      {accuracy(unstamped, validation_kinds):.1%}")
for name, images in groups.items():
    says_dog = np.mean(shelter_network.predict(images, verbose=0)[:, 0] > 0.5)
    print(f"says dog to {says_dog:4.0%} of the {name}")

# %% [markdown]
# The stamp alone makes the network say "dog". Without it the network calls most animals cats, dogs as well as
# cats<!-- claim: numbers("says dog to")[0] < 20 and numbers("says dog to")[3] < 20 -->, so it is right about half of the
# time<!-- claim: 45 < number("right without any stamp:") < 55 -->. With it, it calls even most cats
# dogs<!-- claim: numbers("says dog to")[1] > 50 -->.
#
# But perhaps it has learned a *little* about the animals, too little to reach the other side of 0.5? The scores would show it, because they would be higher
# for dogs than for cats, even without the stamp.
#
# **Your prediction:** which two of the four groups will have about the same scores? And the other two?

# %% jupyter={"outputs_hidden": true} tags=["nbval-ignore-output"]
for name, images in groups.items():
    scores = interpret.class_scores(shelter_network, images, class_index=DOG)
    print(f"{name + ':':20} mean score for dog {scores.mean():5.1f}, standard deviation {scores.std():.1f}")

# %% [markdown]
# The stamp decides, the animal does not. Without a stamp the mean scores of cats and dogs differ by much less than the scores of two pictures of one kind do, as the
# standard deviation shows<!-- claim: abs(number("cats:  ") - number("dogs without it:")) < 0.3 * number("cats:  ", 1) -->. With a stamp both are far
# above 0<!-- claim: min(number("cats with the stamp:"), number("dogs with the stamp:")) > 5 -->. So the network has learned next to nothing about the
# animals, because it did not have to. Training often takes an easy way to a small loss, and this is called a *shortcut* (지름길).
#
# Now the maps for "dog" of one cat, first with the stamp, then without:

# %%
one_cat = np.stack([stamped_cats[0], cats[0]])
dog_scores = interpret.class_scores(shelter_network, one_cat, class_index=DOG)
names = [f"{name},\nscore {value:.1f}" for name, value in zip(("stamp", "no stamp"), dog_scores, strict=True)]
print(f"score for dog: with the stamp {dog_scores[0]:.1f}, without it {dog_scores[1]:.1f}")
plots.heat_maps(one_cat, four_maps(shelter_network, one_cat, DOG), names)

# %% [markdown]
# *With the stamp, the maps point at it. Without it they find other places, many of them on the animal, on its ears, its face and its body.* Has the
# network looked at the face after all? Two things warn you. The score beside the second row is below
# 0<!-- claim: number("score for dog: with the stamp", 1) < 0 -->, so the network says "cat", and the map only shows the little that speaks for
# "dog" all the same; divided by its largest value, even next to nothing looks strong. And the scores above have shown that whatever the network
# finds on the animals does not tell cats from dogs. Ears and eyes have sharp edges, and filters answer to edges. **A heat map on a face does not
# show that a face was recognised.**
#
# This happens in real applications, too. A well-known horse detector, an older kind of classifier, had learned a
# photographer's copyright notice (Lapuschkin et al., 2019). Networks that find pneumonia in X-ray pictures did worse at other
# hospitals, and a network could tell from such a picture which hospital it came from (Zech et al., 2018). No score on
# pictures from the same source shows it. **The maps gave you a suspicion, the experiment gave you the proof.** You need both.
#
# ### The repair
#
# Paint the corner over in *all* pictures, and train the same network anew.
#
# **Your prediction:** will its accuracy be higher or lower than that of the first one on pictures from the two shelters?

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
# It is much lower<!-- claim: number("with the stamp painted over:") < number("right with the stamp on dogs:") - 10 -->, and honest: this network has begun to
# learn the animals<!-- claim: number("never stamped:") > 60 -->, and the score tells how far it got. Chapter 06 had more pictures, more epochs and augmentation.
# **A low score that is true is worth more than a high one that is not.** Two more remedies: test on pictures from another source, and take both classes
# from the same source.
#
# Was it luck? We trained the first network with three seeds. With two of them it learned the stamp and nothing
# else<!-- claim: min(card(f"pets_two_shelters.seeds.{seed}.validation_accuracy") for seed in (42, 2)) > 0.95 and max(card(f"pets_two_shelters.seeds.{seed}.unstamped_accuracy") for seed in (42, 2)) < 0.55 -->.
# With seed 1 it learned nothing at all: after 12 epochs it still gave the same answer to every
# picture<!-- claim: card("pets_two_shelters.seeds.1.validation_accuracy") == card("pets_two_shelters.seeds.1.unstamped_accuracy") == 0.5 -->. That
# can happen with a learning rate of 0.001 and few pictures, as chapter 06 says. Then start anew with another seed, and say that you did.
#
# Keep the first network with its card, which says how it does without the stamp. In fast mode the network has seen one epoch only and knows
# nothing, so it goes to another folder.

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
# layers new random weights, first the output layer, then one more at a time, from the top down. Each time ask for the class
# that the *trained* network predicted. A map that stays the same explains the picture, and not the network.
#
# As a *control* (대조군), add a "map" that surely has nothing to do with the network: the edges of the picture.

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
# With one random layer it is quite another network, right about as often as a
# guess<!-- claim: number("output random right on") < 20 -->. So a map that explains the network must look quite different, too.
#
# **Your prediction:** one of the five rows below cannot change. Which one? And which of the others may keep an outline of the boot, because of how it is computed?

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
# *Go along each row from left to right.* The lowest row, the edges, never changes, because no network is asked for it. In the others, look how soon
# the map of the trained network is lost. In the row of integrated gradients the boot can be seen to the end, since blank paper stays 0.
#
# Now count again: the rank correlation with the map of the trained network, mean over 40 pictures (10 in fast mode). Compare like with like, as in
# step 5: once on all pixels, once on the clothes only.

# %% jupyter={"outputs_hidden": true}
from itertools import product

trained, on_clothes = by_stage["trained"], some[..., 0] > 0
pixels = {"all pixels": np.ones_like(on_clothes), "the clothes only": on_clothes}
left_over = {where: {} for where in pixels}
for where, method in product(pixels, methods):
    left_over[where][method] = [likeness(trained[method], maps[method], pixels[where]) for maps in by_stage.values()]

figure, axes = plt.subplots(1, 2, figsize=(11, 3.8), sharey=True, layout="constrained")
for axis, (where, curves) in zip(axes, left_over.items(), strict=True):
    for colour, (method, values) in zip(plots.COLOURS, curves.items(), strict=False):
        axis.plot(list(stages), values, "o-", color=colour, label=method)
    axis.set(title=f"What is left, on {where}", ylim=(-0.3, 1.05), xlabel="layers with random weights")
    axis.grid(alpha=0.3)
axes[0].set_ylabel("rank correlation")
figure.legend(*axes[0].get_legend_handles_labels(), loc="outside right upper")
plt.show()

# %% jupyter={"outputs_hidden": true} tags=["nbval-ignore-output"]
for where, curves in left_over.items():
    for method, values in curves.items():
        print(f"{method} on {where}:", *(f"{value:.2f}" for value in values[1:]))

# %% [markdown]
# *Start at the top: the control stays at 1, as it must. All others fall at the first
# step*<!-- claim: min(row("edges on all pixels:")) == 1 and max(row("saliency on all pixels:")[0], row("integrated gradients on all pixels:")[0], row("occlusion on all pixels:")[0], row("Grad-CAM on all pixels:")[0]) < 0.8 -->,
# when only the output layer is random. On all pixels integrated gradients keep about a third, whatever the weights
# are<!-- claim: min(row("integrated gradients on all pixels:")) > 0.3 and max(row("integrated gradients on all pixels:")) < 0.45 -->, and saliency
# keeps a little<!-- claim: min(row("saliency on all pixels:")) > 0.1 -->. Then look at the right panel. On the clothes nearly nothing is left of
# any map once all layers are
# random<!-- claim: max(row("saliency on the clothes only:")[3], row("integrated gradients on the clothes only:")[3], row("occlusion on the clothes only:")[3], row("Grad-CAM on the clothes only:")[3]) < 0.1 -->.
# So what was kept was the difference between clothes and paper: integrated gradients multiply by the pixel, and therefore paper is 0 in every map.
# That third was a drawing of the outline, and no explanation.
#
# So all four pass, two of them only after a closer look. **A map that fails this test is worthless. A map that passes may
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
# - when you stop at one pretty picture: choose pictures by a rule, look at many, and look at the failures;
# - when the map shows the edges of the picture, whatever the network is (Adebayo et al., 2018): compare with a random network;
# - when hardly anything speaks for the class: divided by its largest value, even next to nothing looks strong. Look at the score, too;
# - when you read *where* as *why*: a red nose does not say whether its colour, its shape or what lies beside it decided;
# - when you expect a map to prove that all is well: it can make you suspicious, but only an experiment proves something.
#
# > **What can go wrong: explaining what was not asked.** Explain the score, and not the probability. Say which class: you can draw a map for "dog"
# > on a cat, and it looks just as convincing. Scale the picture as in training. And a map that is 0 everywhere is no error. It says "nothing here
# > speaks for the class", and must not be divided by its largest value.
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
# 2. Saliency, integrated gradients, occlusion and Grad-CAM answer four different questions. Compare like with like: sign, pixels, scale.
# 3. Each of them can be checked by numbers: slopes, sums, squares that you cover. A marked place stands for its whole receptive field.
# 4. A map that survives random weights explains the picture, not the network; one that does not may still be wrong.
# 5. A high score on pictures from the same source proves little. Maps raise the suspicion, experiments settle it.
#
# | Function | What it does |
# |---|---|
# | [`tf.GradientTape`](https://www.tensorflow.org/api_docs/python/tf/GradientTape) | records what TensorFlow computes, to differentiate it |
# | [`keras.ops`](https://keras.io/api/ops/) | `matmul`, `softmax`, `image.resize`, ... for every backend |
# | [`spearmanr(a, b).statistic`](https://docs.scipy.org/doc/scipy/reference/generated/scipy.stats.spearmanr.html) | the rank correlation of two rows of numbers |
# | [`PCA`](https://scikit-learn.org/stable/modules/generated/sklearn.decomposition.PCA.html), [`TSNE`](https://scikit-learn.org/stable/modules/generated/sklearn.manifold.TSNE.html) | many numbers for each picture, drawn as a point in a plane |
# | `interpret.maximize_filters(model, layer, filters)` | pictures that filters like |
# | `interpret.value_and_gradient(function)` | a function that returns the value and the gradient |
# | `interpret.saliency`, `integrated_gradients`, `occlusion`, `grad_cam` | four heat maps, 0..1; called with `(model, images, class_index=...)` |
# | `interpret.class_scores`, `interpret.attributions` | the scores that they explain; the shares with their sign |
#
# **Open question:** the network of step 7 met the stamp in every picture of a dog. What if the stamp were on half of the pictures of dogs, and on no cat?
# Predict first what the network would say to dogs without it and to cats with it. To try it, take the first 400 pictures of
# `shelter_pictures(400, seed=1)` and the last 400 of `shelter_pictures(400, seed=1, stamp="none")` with `np.concatenate`; `kinds` stays as it is.
# Train a `clone_model` of `learner` on them, as in the repair, and explain in three sentences what you found.
#
# **Exercises:** [7 exercises](exercises/08_what_convnets_look_for_exercises.ipynb) on this chapter; each checks your answer.
#
# **Next:** [09 · CIFAR-10, and how to save, load and go on](09_cifar10_and_saving.ipynb) goes on to small colour pictures of ten classes, and to keeping a network and using it again.

# %% tags=["reached", "nbval-ignore-output"]
with_stamp, without = accuracy(validation, validation_kinds), accuracy(unstamped, validation_kinds)
origin = "shipped" if FAST else "trained now"
print(f"two shelters ({origin}): {with_stamp:.1%} right with the stamp, {without:.1%} without it")
