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
# # 10 · Beyond the book
#
# After this chapter you can improve a network step by step, say of each step what it brought and what it cost, tell a gain from luck, and train
# networks that are better than those of most books.
#
# - **Time** on 2 CPU cores: ? minutes in fast mode, ? minutes in full mode.<!-- gpu 10 --><!-- end of gpu --> A GPU is used when there is one.
# - **You need** chapters 04 and 06: layers, training, validation, augmentation. For cats and dogs and CIFAR-10 the measurements come with the course.
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
# Most numbers of this chapter were measured beforehand, because the measurements take hours: `make ladder` makes them, and the notebook reads them
# from `models/ladder.json`. What is trained here in sight is small, and in fast mode (`FAST=1`) it is smaller still.

# %% tags=["nbval-ignore-output"]
from helpers.environment import FAST, setup

environment = setup(seed=42)

# %%
import importlib.util, json, os, subprocess, sys
from dataclasses import replace

import keras
import matplotlib.pyplot as plt
import numpy as np
from sklearn.model_selection import train_test_split

from helpers import models, plots
from helpers.backend.gradients import value_and_gradient
from helpers.data import load_fashion_mnist, load_mnist
from helpers.training.batches import erased, mirrored, shifted, smoothed
from helpers.training.fitting import accuracy, build, one_cycle, probabilities, train
from helpers.training.ladder import LADDERS, RUNGS, STARTS, names, table
from helpers.training.records import RECORDS

PICTURES = 6_000 if FAST else 60_000  # of the training in step 11
EPOCHS = 1 if FAST else 10

# %% [markdown]
# ## 1. A ladder, and where it begins
#
# Chapter 04 ended with a network of 333,526 parameters and a test accuracy of 0.9219<!-- fashion_cnn.test_accuracy -->. How does one go on from
# there? There are dozens of methods, and each has a paper that says it helps. But does it help *you*, on your pictures, with your minutes? Only a
# measurement tells, and it must be a fair one:
#
# - **One change at a time.** If you change two things, you do not know which of them helped.
# - **The same cost, or the cost beside it.** A larger network that trains three times as long should be better. So each row says its seconds and its
#   parameters.
# - **More than one seed.** The same recipe with another seed gives another accuracy. A gain that is smaller than this *spread* (산포) may be luck.
# - **All rows stay in the table**, also those that brought nothing. A table of successes only is an advertisement.
#
# Papers measure what each part of their method is worth by leaving it out, and call that an *ablation study* (절제 연구). Here the parts are added one
# after the other, like the rungs of a ladder. Each rung stands on the best one below it: what did not help is not carried on.
#
# We measure on Fashion-MNIST, with the split of chapter 04: 48,000 images for training, and 12,000 for validation, which decide. Each recipe is
# trained with three seeds, always for seven epochs with batches of 128. That is short, because all of it should fit into an hour on two processor
# cores.
#
# A recipe is a list of choices. These are the most important ones of the recipe at the bottom of the ladder:

# %%
(x_train_all, y_train_all), _ = load_fashion_mnist()
x_all = x_train_all[..., np.newaxis]
x_train, x_val, y_train, y_val = train_test_split(x_all, y_train_all, test_size=0.2, random_state=42)

start = STARTS["fashion-mnist"]
for choice in ("first", "stages", "ending", "normalise", "epochs", "batch", "method", "rate", "cycle"):
    print(f"{choice:9} {getattr(start, choice)}")

# %% [markdown]
# Read it like this: a first convolution with 32 filters, then two *stages* (단계) with 64 and 128, then two dense layers. Each convolution is followed
# by max pooling, which halves height and width. Adam trains with a constant learning rate of 0.002. `build` makes a network of a recipe:
#
# **Your prediction:** the images have 28 by 28 pixels, and odd sizes are rounded down. What shape have the maps that `Flatten` gets, and how many
# parameters has the dense layer of 100 units behind it?

# %% jupyter={"outputs_hidden": true}
def describe(network):
    for layer in network.layers:
        if layer.count_params() or "Flatten" in type(layer).__name__ or "Global" in type(layer).__name__:
            print(f"{type(layer).__name__:22} {layer.input.shape[1:]!s:14} parameters: {layer.count_params():>7,}")
    print(f"{'all':37} parameters: {network.count_params():>7,}")


describe(build(start, x_train, 10))

# %% [markdown]
# 28 is halved to 14, 7 and 3. So `Flatten` gets 3 · 3 · 128 = 1,152 numbers, and the dense layer has (1,152 + 1) · 100 = 115,300
# parameters<!-- claim: row("Dense                  (1152,)")[-1] == 115300 -->, more than half of all.
#
# Here are all rungs. You will meet each of them below.

# %%
for number, rung in enumerate(RUNGS):
    print(f"{number:2}  {names()[rung]}")

# %% [markdown]
# **Your prediction:** which rung brings most, and why? Which one brings nothing? Write a number and a reason on paper, before you know more, and put
# the number into `MY_GUESS`: the end of step 8 compares it with what was measured. And how far apart will the validation accuracies of the *same*
# recipe be with three seeds?

# %% jupyter={"outputs_hidden": true}
MY_GUESS = None  # a number from 1 to 11

runs = json.loads((models.SHIPPED / "ladder.json").read_text(encoding="utf-8"))
rows = {ladder: {row["rung"]: row for row in table(ladder, runs[ladder])} for ladder in LADDERS}


def show(ladder, *rungs):
    for row in (rows[ladder][rung] for rung in rungs):
        print(f"{row['rung']}: mean {row['mean']:.4f}, seeds {row['lowest']:.4f} to {row['highest']:.4f}")
        if row["below"]:
            print(f"  gain {100 * row['gain']:+.2f} points over: {row['below']}")
        print(f"  {row['seconds']:.0f} s of the processor, {row['parameters']:,} parameters")


show("fashion-mnist", "the start")

# %% [markdown]
# Three seeds of one recipe lie TODO-FIGURE apart: so a gain of 0.1 points, measured once, says nothing. A *point* is a hundredth here, one image of
# 100. Keep the spread in mind when you read the rows below.
#
# > **What can go wrong: choosing among many.** Each rung is judged on the same 12,000 validation images. If you try a hundred things on them and keep
# > the luckiest, the accuracy of the winner is too good. Therefore the test set stays shut until the records of step 10, and each of them opens it
# > once.
#
# ## 2. The learning rate goes up and down
#
# A large learning rate (학습률) learns fast, but at the end it keeps jumping around the best place. A small one settles down, but takes long to get
# there. So let it change. In *one cycle* (원 사이클) it grows from 0 in the first quarter of the training, because the first gradients of random weights
# are wild, and then it falls to 0 along half a cosine wave. ([Smith and Topin](https://arxiv.org/abs/1708.07120) named the cycle; the cosine is from
# [Loshchilov and Hutter](https://arxiv.org/abs/1608.03983).) Keras has it as
# [`CosineDecay`](https://keras.io/api/optimizers/learning_rate_schedules/cosine_decay/) with a warm-up.
#
# **Your prediction:** so that the comparison is fair, the *mean* rate of the whole cycle shall be the constant rate of the start, 0.002. How high
# must the top of the cycle be?

# %% jupyter={"outputs_hidden": true}
steps = 7 * (48_000 // 128)
cycle = one_cycle(start.rate, steps)
rates = np.array([float(cycle(step)) for step in range(0, steps + 1, 25)])

print(f"updates in seven epochs: {steps:,}")
print(f"top of the cycle: {rates.max():.4f}, mean: {rates.mean():.4f}")
figure, axis = plt.subplots(figsize=(4.6, 2.6))
axis.plot(range(0, steps + 1, 25), rates, color=plots.BLUE, label="one cycle")
axis.axhline(start.rate, color=plots.ORANGE, linestyle="--", label="constant")
axis.set(xlabel="update", ylabel="learning rate", title="Two courses with the same mean")
axis.legend()
plt.show()

# %% [markdown]
# *Compare the area below the two lines: it is the same.* Half a cosine wave, and a straight way up, have half of their top as mean. So the top is
# twice as high<!-- claim: number("top of the cycle:") == 0.004 and number("top of the cycle:", 1) == 0.002 -->.

# %% jupyter={"outputs_hidden": true}
show("fashion-mnist", "one cycle of the rate")

# %% [markdown]
# TODO-FIGURE: what the cycle brought. It costs nothing: no parameter, no second. Therefore it stands at the bottom of the ladder: with a constant
# rate the last jumps would hide what the other rungs bring.
#
# ## 3. Batch normalisation
#
# You know from chapter 02 why inputs are *standardised* (표준화): with a mean of 0 and a standard deviation (표준편차) of 1, one learning rate suits all of
# them. But the second layer does not see the inputs. It sees what the first layer puts out, and that changes with every update. *Batch normalisation*
# (배치 정규화, [Ioffe and Szegedy](https://arxiv.org/abs/1502.03167)) standardises there, too: for each channel it takes the mean and the variance of all
# its numbers in the batch. In NumPy it is four lines. The *variance* (분산) is the square of the standard deviation.
#
# The last line has two numbers for each channel that are learned, *gamma* and *beta* in the paper. They let the layer give any other spread and mean
# to its channel, so that nothing is lost.
#
# **Your prediction:** a channel with mean 5 and standard deviation 3 goes in. Which mean and which standard deviation come out if gamma is 2 and beta
# is 7?

# %% jupyter={"outputs_hidden": true}
def batch_normalised(maps, gamma, beta, epsilon=0.001):
    mean = maps.mean(axis=(0, 1, 2))  # over images, rows and columns: one number for each channel
    variance = maps.var(axis=(0, 1, 2))
    standard = (maps - mean) / np.sqrt(variance + epsilon)
    return gamma * standard + beta


random = np.random.default_rng(0)
maps = random.normal(loc=[5, 0], scale=[3, 0.5], size=(64, 14, 14, 2)).astype("float32")
ours = batch_normalised(maps, gamma=np.array([2, 1]), beta=np.array([7, 0]))
for channel in (0, 1):
    before, after = maps[..., channel], ours[..., channel]
    print(f"channel {channel}: mean {before.mean():.2f} becomes {after.mean():.2f},",
          f"standard deviation {before.std():.2f} becomes {after.std():.2f}")

# %% [markdown]
# Whatever went in, beta is the mean and gamma the standard deviation of what comes
# out<!-- claim: abs(row("channel 0:")[1] - 7) < 0.01 and abs(row("channel 0:")[3] - 2) < 0.01 -->. The small *epsilon* keeps a channel that is
# constant from being divided by 0.
#
# Is it what Keras computes? And how many parameters has the layer for two channels?
#
# **Your prediction:** gamma and beta make two for each channel. The summary says that there are four. What could the other two be?

# %% jupyter={"outputs_hidden": true}
layer = keras.layers.BatchNormalization(momentum=0.9, dtype="float32")
layer.build(maps.shape)
layer.gamma.assign([2, 1])
layer.beta.assign([7, 0])
theirs = keras.ops.convert_to_numpy(layer(maps, training=True))

print("parameters:", layer.count_params(), [variable.name for variable in layer.variables])
print("same as Keras:", np.allclose(ours, theirs, atol=1e-3))

# %% [markdown]
# The other two are a mean and a variance that the layer *remembers*. It needs them because a trained network must answer for one image, and its
# answer must not depend on which other images are asked about at the same time. So in training the layer uses the batch, and it keeps *moving
# averages* (이동 평균): after each batch, nine tenths of the old number and one tenth of the new (`momentum=0.9`). Afterwards, in `predict`, it uses
# these.
#
# **Your prediction:** the remembered mean begins at 0. The channel has a mean of 5. What is remembered after one batch, and what after 50?

# %% jupyter={"outputs_hidden": true}
ours_remembers = 0.0
for batch in range(1, 51):
    if batch > 1:
        layer(maps, training=True)
    ours_remembers = 0.9 * ours_remembers + 0.1 * maps[..., 0].mean()
    if batch in (1, 10, 50):
        theirs_remembers = float(layer.moving_mean[0])
        print(f"after {batch:2} batches: {theirs_remembers:.2f}, by hand {ours_remembers:.2f}")
one = keras.ops.convert_to_numpy(layer(maps[:1], training=False))
print("one image alone, as it would be in a batch:", np.allclose(one, theirs[:1], atol=0.1))

# %% [markdown]
# After one batch it is a tenth of the way<!-- claim: row("after  1 batches:")[0] == 0.5 -->, after 50 it is there. This is why a network with batch
# normalisation can look broken after a few updates: it trains well, and `predict` uses averages that are not there yet. Keras's own `momentum` keeps
# 99 hundredths of the old number, with which 50 batches are not enough. The networks of this chapter keep nine tenths.
#
# With batch normalisation behind it, a convolution needs no bias: whatever the bias adds is subtracted again with the mean. So `build` leaves it out.
# And where there is pooling, it pools first, because then only a quarter of the numbers is left to normalise.

# %% jupyter={"outputs_hidden": true}
show("fashion-mnist", "batch normalisation")

# %% [markdown]
# TODO-FIGURE: what batch normalisation brought, and its seconds.
#
# ## 4. Global average pooling
#
# More than half of the parameters sit in the first dense layer. *Global average pooling* (전역 평균 풀링, [Lin, Chen and
# Yan](https://arxiv.org/abs/1312.4400)) takes the mean of each map instead, as you saw in chapter 04, and the last layer decides from these.
#
# **Your prediction:** 128 maps, ten classes. How many parameters has the last layer now, and how many has the whole network: a half, a quarter, or a
# tenth of the start?

# %% jupyter={"outputs_hidden": true}
describe(build(replace(start, normalise=True, ending="average"), x_train, 10))
show("fashion-mnist", "global average pooling")

# %% [markdown]
# (128 + 1) · 10 = 1,290<!-- claim: row("Dense                  (128,)")[-1] == 1290 -->. All together it has less than half of the start's 208,982
# parameters<!-- claim: number("all                                   parameters:") < 208982 / 2 -->. TODO-FIGURE: accuracy against the flatten
# ending.
#
# ## 5. Deeper, and a way past
#
# Deeper networks can compute more. We give each of the two stages two more convolutions, four in all. But depth has a price that is not on the bill:
# the *gradient* (기울기) has to find its way back through all layers. Look at it before you train: a chain of 20 blocks of two convolutions each, eight
# maps, random weights of the size that Keras begins with. The output's mean square stands for the loss. How strongly does the loss depend on what
# each block puts out? That is the gradient that arrives at this block.
#
# A *residual block* (잔차 블록, [He, Zhang, Ren and Sun](https://arxiv.org/abs/1512.03385)) adds its input to what its convolutions make of it:
# `maps + inside` instead of `inside`. The way past the convolutions is called a *skip connection* (스킵 연결, 건너뛰기 연결). Nothing is learned on it.
#
# **Your prediction:** in the chain *without* skip connections, is the gradient at the first block larger than, smaller than, or about as large as at
# the last block? And with them?

# %% jupyter={"outputs_hidden": true}
BLOCKS, MAPS = 20, 8
random = np.random.default_rng(1)
kernels = random.normal(0, np.sqrt(1 / (9 * MAPS)), (BLOCKS, 2, 3, 3, MAPS, MAPS)).astype("float32")
images = random.random((16, 14, 14, MAPS), np.float32)


def loss_of(skip):
    def loss(offsets, maps):  # offsets are 0; the gradient with respect to them is that of each block's output
        for block in range(BLOCKS):
            inside = keras.ops.relu(keras.ops.conv(maps, kernels[block, 0], padding="same"))
            inside = keras.ops.conv(inside, kernels[block, 1], padding="same")
            maps = keras.ops.relu(maps + inside if skip else inside) + offsets[:, block]
        return keras.ops.mean(keras.ops.square(maps), axis=(1, 2, 3))

    return loss

# %% jupyter={"outputs_hidden": true}
sizes = {}
for name, skip in {"without": False, "with": True}.items():
    _, gradients = value_and_gradient(loss_of(skip))(np.zeros((16, BLOCKS, 14, 14, MAPS), "float32"), images)
    sizes[name] = np.sqrt((gradients**2).mean(axis=(0, 2, 3, 4)))
    at = sizes[name] / sizes[name][-1]  # against the last block
    print(f"{name} skip connections: at block 1 {at[0]:.0e}, at block 10 {at[9]:.0e}, at block 20 {at[19]:.0e}")

figure, axis = plt.subplots(figsize=(4.6, 3))
for (name, size), colour in zip(sizes.items(), (plots.ORANGE, plots.BLUE), strict=True):
    axis.semilogy(range(1, BLOCKS + 1), size / size[-1], ".-", color=colour, label=f"{name} skip connections")
axis.set(xlabel="block", ylabel="gradient, against the last block's", title="What arrives at each block")
axis.legend()
plt.show()

# %% [markdown]
# *Follow the orange line from right to left: the axis on the left counts in powers of ten.* Each block makes the gradient smaller, and the factors
# multiply. At the first block next to nothing is left<!-- claim: row("without skip connections:")[1] < 1e-4 -->: it would hardly learn. This is
# called the *vanishing gradient* (기울기 소실). With skip connections the gradient has a way on which nothing is multiplied with it, so it arrives at
# every block<!-- claim: row("with skip connections:")[1] > 1 -->. (It even grows a little, because each block adds to it. Batch normalisation inside
# the blocks keeps that small.)
#
# Our networks have seven convolutions, not forty, and they have batch normalisation, which keeps the gradients alive, too. Are skip connections still
# worth something?
#
# **Your prediction:** which brings more here, the four convolutions or the way past them?

# %% jupyter={"outputs_hidden": true}
show("fashion-mnist", "four more convolutions", "skip connections")

# %% [markdown]
# TODO-FIGURE: depth and skip connections, their gains and their seconds.
#
# ## 6. Other images: mirrored, shifted, erased
#
# *Augmentation* (데이터 증강) changes the training images a little each time, as in chapter 06, so that the network never sees quite the same image twice.
# Here are three ways, written in NumPy for a whole batch:
#
# - `mirrored` turns half of them around, left to right;
# - `shifted` moves each by up to two pixels in both directions; what comes in at the border is 0;
# - `erased` fills a random rectangle with noise in half of the images. (*Random erasing*, 무작위 지우기, [Zhong and
#   others](https://arxiv.org/abs/1708.04896)) It forces the network to look at more than one part: a boot must be recognised without its heel, too.
#
# **Your prediction:** which of the ten classes of clothes would look wrong when mirrored? And would you mirror digits?

# %% jupyter={"outputs_hidden": true}
random = np.random.default_rng(3)
few = x_train[[0, 1, 2, 3]].astype("float32") / 255
changed = [few, mirrored(few, np.ones(4, bool)), shifted(few, 2, random), erased(few, 1.0, random)]
names = ["original", "mirrored", "shifted", "erased"]
plots.images(np.concatenate(changed)[..., 0], [name for name in names for _ in range(4)], columns=4,
             caption="Four training images, changed in three ways")

# %% [markdown]
# *Go down a column: it is the same piece in all four rows.* None looks wrong: a T-shirt or a bag has no left and right, and a mirrored shoe is a shoe
# of the other foot. A mirrored 2 or 7, however, is no digit at all. So which change is allowed depends on the data, and you must look.
#
# In only seven epochs a network sees each image seven times. Is that enough to need new ones?
#
# **Your prediction:** which of the three brings most in so short a training? Is there one that even costs accuracy?

# %% jupyter={"outputs_hidden": true}
show("fashion-mnist", "mirrored pictures", "shifts", "erased rectangles")

# %% [markdown]
# TODO-FIGURE: the three augmentations in seven epochs; they make the task harder and pay only in longer trainings.
#
# ## 7. Three quiet helpers, and a second look
#
# **Weight decay** (가중치 감쇠) makes all kernels a little smaller at each update, so that only those weights stay large that the data keep asking for. In
# [AdamW](https://arxiv.org/abs/1711.05101) it is done apart from the gradient; biases, gamma and beta are left alone.
#
# **Label smoothing** (레이블 스무딩, [Szegedy and others](https://arxiv.org/abs/1512.00567)) asks for less than certainty. The loss is smallest when the
# true class gets a probability of exactly 1, which no finite score reaches, so scores would grow and grow. Smoothed targets can be reached.
#
# **Your prediction:** with ten classes and a smoothing of 0.1, which probability is asked for in the true class, and which in each of the others?

# %% jupyter={"outputs_hidden": true}
targets = smoothed(np.array([3]), 10, 0.1)[0]
print(f"true class {targets[3]:.2f}, each other {targets[0]:.2f}, sum {targets.sum():.2f}")

# %% [markdown]
# A tenth is shared out among *all* ten classes, so the true one gets a hundredth of it back<!-- claim: row("true class")[:2] == [0.91, 0.01] -->.
#
# **The mean of the weights**: each update jumps a little to and fro. Instead of the last weights take a moving average of them, like that of batch
# normalisation: after each update a hundredth of the new weights, and all the rest from the old average. (The idea is from [Polyak and
# Juditsky](https://epubs.siam.org/doi/10.1137/0330046), 1992; Keras's optimizers do it with `use_ema=True`, and `fit` puts the average in place when
# it ends.)
#
# **Your prediction:** which of your rungs has already calmed the last updates? What is then left for the average to do?

# %% jupyter={"outputs_hidden": true}
show("fashion-mnist", "weight decay", "label smoothing", "mean of the weights")

# %% [markdown]
# TODO-FIGURE: the three helpers. With a cycle the last updates are tiny anyway.
#
# **A second look** costs no training at all. Ask the trained network about the image *and* its mirror image, and take the mean of the two answers;
# this is called *test-time augmentation* (테스트 시점 증강). The last row below asks six times: both of these, and both shifted by one pixel to the upper
# left and to the lower right.
#
# **Your prediction:** it helps if the two answers are wrong in different places. What would happen with a network that has never seen a mirrored
# image in training?

# %% jupyter={"outputs_hidden": true}
show("fashion-mnist", "asked with the mirror image", "asked six times")
first = next(iter(runs["fashion-mnist"].values()))["seeds"].values()
for views in ("validation", "two_views"):
    print(f"the start, {views}: {np.mean([run[views + '_accuracy'] for run in first]):.4f}")

# %% [markdown]
# A network that was never shown a mirrored image is much worse when asked about
# one<!-- claim: number("the start, two_views:") < number("the start, validation:") - 0.01 -->: to it the mirror image of a shoe is a strange thing.
# So a second look only helps if training has prepared it. TODO-FIGURE: gain of two views at the top of the ladder.
#
# ## 8. The whole ladder
#
# **Your prediction:** you have seen every row. How many of the eleven rungs are carried on, and how many points is the top above the start? Then see
# what your first guess is worth.

# %% jupyter={"outputs_hidden": true}
def whole(ladder):
    print(f"{'rung':32}  mean    lowest  highest    gain     s  parameters  carried on")
    for row in rows[ladder].values():
        reached = "  ".join(f"{row[what]:.4f}" for what in ("mean", "lowest", "highest"))
        brought = f"{100 * row['gain']:+6.2f}{row['seconds']:6.0f}{row['parameters']:12,}"
        print(f"{row['rung']:32} {reached}  {brought}  {'yes' if row['kept'] else 'no'}")


whole("fashion-mnist")
best = max(list(rows["fashion-mnist"].values())[1:-2], key=lambda row: row["gain"])
print("brought most:", best["rung"])
if MY_GUESS is not None:
    print("your guess:  ", list(rows["fashion-mnist"])[MY_GUESS])

# %% jupyter={"outputs_hidden": true}
def draw(ladder, title):
    figure, axis = plt.subplots(figsize=(6.4, 0.3 * len(rows[ladder]) + 1))
    for place, row in enumerate(rows[ladder].values()):
        colour = plots.BLUE if row["kept"] else plots.ORANGE
        axis.plot([row["lowest"], row["highest"]], [place, place], color=colour)
        axis.plot(row["mean"], place, "o", color=colour)
    axis.set(yticks=range(len(rows[ladder])), yticklabels=rows[ladder], xlabel="validation accuracy", title=title)
    axis.grid(axis="x", alpha=0.3)
    plt.show()


draw("fashion-mnist", "Clothes: blue is carried on, orange is not")

# %% [markdown]
# *Each dot is the mean of three seeds, each line goes from the lowest to the highest. Where the lines of two rungs overlap widely, three seeds cannot
# tell them apart.* TODO-FIGURE: which brought most, and why; which brought nothing; the whole way from the start to the top.
#
# A ladder has a weakness of its own: **the order matters**. The mean of the weights comes last, when the cycle has already calmed the end of the
# training; at the bottom, with a constant rate, it would have had much more to calm. And a rung that is useless in seven epochs may be worth a lot in
# seventy, when the network has seen each image seventy times. Therefore the records of step 10, which train longer, use changes that brought little
# here.
#
# ## 9. Does it carry over?
#
# What helps on clothes may do nothing elsewhere. Here is the same ladder for the photographs of **cats and dogs** of chapter 06, made 64 by 64 pixels
# small, 40 epochs with batches of 32. They are 2,000 only, so overfitting is the enemy.
#
# **Your prediction:** which rung will bring most on so few pictures? It need not be the same as before.

# %% jupyter={"outputs_hidden": true}
whole("cats-and-dogs")
draw("cats-and-dogs", "Cats and dogs: blue is carried on, orange is not")

# %% [markdown]
# TODO-FIGURE: cats and dogs: what helps with few pictures. (1,000 validation photographs: one of them is 0.1 points, so look at the lines.)
#
# And **CIFAR-10**, with small versions of a network that was made to learn CIFAR-10 as fast as possible: on a large GPU it takes a few seconds
# ([Jordan](https://arxiv.org/abs/2404.00498); the code is called *airbench*). Its rungs are others:
#
# - *what is usual*: all that you know already in one step, batch normalisation, cycle, mirrored and shifted pictures;
# - *descent with momentum*: stochastic gradient descent with momentum (모멘텀) in the place of Adam;
# - *a whitened first layer*: its 2 by 2 filters are not learned. They are computed from the pictures so that the sums they give are uncorrelated and
#   equally large, which is called *whitening* (백색화);
# - *a start that hands on*: each convolution begins by handing on its input, plus random filters where there are more of them than inputs;
# - *biases with 64 times the rate*: only those of batch normalisation;
# - *lookahead* (룩어헤드, [Zhang and others](https://arxiv.org/abs/1907.08610)): after every fifth update the weights go back to a moving average of
#   them;
# - *mirrored in turn*: a picture that is mirrored in one epoch is not in the next, so that two epochs show both ways exactly once.
#
# What does whitening look like? The function below takes the directions in which the 2 by 2 patches (패치) of the pictures vary, and divides each by
# how much they vary in it. Clothes will do to see it.
#
# **Your prediction:** neighbouring pixels are alike. In which direction do patches of four pixels vary most: all four together, left against right,
# or in a chequered way?

# %% jupyter={"outputs_hidden": true}
patches = np.lib.stride_tricks.sliding_window_view(x_train[:2000, ..., 0] / 255, (2, 2), axis=(1, 2)).reshape(-1, 4)
variances, directions = np.linalg.eigh(np.cov(patches, rowvar=False))
for variance, direction in zip(variances[::-1], directions.T[::-1], strict=True):
    signs = " ".join("+" if value > 0 else "-" for value in direction * np.sign(direction[0]))
    print(f"upper left, upper right, lower left, lower right: {signs}   variance {variance:.4f}")
white = (patches - patches.mean(axis=0)) @ directions / np.sqrt(variances)
print("after whitening, the four sums are uncorrelated:", np.allclose(np.cov(white, rowvar=False), np.eye(4), atol=1e-6))

# %% [markdown]
# All together, by far: bright patches and dark patches<!-- claim: numbers("lower right: + + + +   variance")[0] > 0.1 -->. The chequered way, + - -
# +, is the rarest. Without whitening the first layer has to learn to see the small differences between pixels beside the large common part; with it,
# they are served at the same size.

# %% jupyter={"outputs_hidden": true}
whole("cifar10")
draw("cifar10", "CIFAR-10: blue is carried on, orange is not")

# %% [markdown]
# TODO-FIGURE: CIFAR-10's rungs.
#
# Now the rungs that clothes, cats and dogs have in common, side by side:

# %% jupyter={"outputs_hidden": true}
print(f"{'gain in points':28} clothes  cats and dogs")
for rung in list(rows["fashion-mnist"])[1:-2]:
    clothes, pets = rows["fashion-mnist"][rung], rows["cats-and-dogs"][rung]
    print(f"{rung:28} {100 * clothes['gain']:+7.2f} {100 * pets['gain']:+14.2f}")

# %% [markdown]
# TODO-FIGURE: what carries over and what does not.
#
# ## 10. The records
#
# Now all of it together, and longer: networks that train for minutes instead of seconds, still on two processor cores, without a GPU. Everything was
# chosen on validation images. Then each network was trained once more on *all* training images, and judged once on the test set. Such a row is worth
# nothing without its limits: how many parameters and minutes were allowed, and which accuracy was the goal. These were fixed before the first
# training.
#
# The last column says what others report. These networks are often much larger, or were trained for hours on GPUs, so take it as a landmark and not
# as a race.
#
# **Your prediction:** digits with at most 8,000 parameters, clothes with any number or with at most 300,000, CIFAR-10 in 20 minutes, or cats and dogs
# from nothing but 2,000 photographs: which of these five goals was hardest to reach?

# %% jupyter={"outputs_hidden": true}
ELSEWHERE = {
    "fashion_record": "books .912 to .916, MobileNet .950, ResNet-20 .956, with random erasing .960",
    "fashion_small_record": ".925 with fewer than 100,000 parameters",
    "mnist_record": "a well-known homework asks for .994 in 15 epochs",
    "cifar10_record": "airbench .94, on the pictures as published",
    "cats_dogs_record": "about .90 with small networks like Xception",
}
for name, record in RECORDS.items():
    card = models.card(name)
    reached = card.get("test_accuracy", card["validation_accuracy"])
    allowed = f"of {record.parameters:,}" if record.parameters else "(any number)"
    print(f"{name}: {reached:.4f}, goal {record.goal:.3f}: {'reached' if reached >= record.goal else 'not reached'}")
    print(f"  {card['parameters']:,} {allowed} parameters, {card['train_seconds'] / 60:.1f} of {record.minutes} minutes")
    print(f"  elsewhere: {ELSEWHERE[name]}")

# %% [markdown]
# TODO-FIGURE: which goals were reached, which were not and why; cats and dogs is a validation accuracy (there is no test set), CIFAR-10 was measured
# on JPEG copies with 8,000 test pictures.
#
# What is in the recipes? Look into `helpers/training/records.py`: each is one list of choices, most of which you have met on the ladder. Those of
# clothes have everything that makes the task harder, because they see each image many times. The smallest network has little of it: with so few
# parameters it cannot memorise, so there is little to prevent. Cats and dogs have two more changes of the pictures, both because 2,000 photographs
# are few: a random part of the photograph is cut out and made large, and its light and its colours vary.
#
# Do not believe a table, this one included: a network comes with the course, so score it again. The smallest of the five has 7,659 parameters. The
# dense network of chapter 03 has 53 times as many.
#
# **Your prediction:** 10,000 digits, and the goal was an accuracy of 994 in 1,000. How many wrong ones does that allow? Will it be more or fewer?

# %% jupyter={"outputs_hidden": true}
_, (x_test, y_test) = load_mnist()
record = models.load("mnist_record")
answers = probabilities(record, x_test[..., np.newaxis])

print(f"parameters: {record.count_params():,}")
print(f"wrong digits: {(answers.argmax(axis=1) != y_test).sum()} of {len(y_test):,}")
print(f"test accuracy: {accuracy(answers, y_test):.4f}, on its card: {models.card('mnist_record')['test_accuracy']:.4f}")

# %% [markdown]
# TODO-FIGURE: comparison with `mnist_small` of chapter 03, 93,322 parameters, its accuracy by its card. Which digits does it get wrong?

# %% jupyter={"outputs_hidden": true}
wrong = np.flatnonzero(answers.argmax(axis=1) != y_test)[:16]
plots.images(x_test[wrong], [f"{y_test[i]}, said {answers[i].argmax()}" for i in wrong], caption="Digits it gets wrong")

# %% [markdown]
# *Above each image stands the truth, then what the network said.* For some of them, ask a friend what they read.
#
# Where do the parameters go, and the time? In the next two figures stands every network of the course so far, those in PyTorch included, against its
# parameters and against the seconds of its training.
#
# **Your prediction:** a network of which the course is proud should stand at the upper left of the first figure. Why there?

# %% jupyter={"outputs_hidden": true}
SETS = {"mnist": "MNIST", "fashion-mnist": "Fashion-MNIST", "cifar10": "CIFAR-10", "cats_and_dogs": "cats and dogs"}
names = sorted(path.stem for path in models.SHIPPED.iterdir() if path.suffix in (".keras", ".pt"))
cards = [models.card(name, models.SHIPPED) for name in names]
cards = [card for card in cards if card["notebook"][:2] != "11" and card["data"]["name"] in SETS]


def against(what, label, limits):
    figure, axes = plt.subplots(2, 2, figsize=(7.2, 5.6), sharex=True)
    for axis, (name, title) in zip(axes.flat, SETS.items(), strict=True):
        for card in (card for card in cards if card["data"]["name"] == name):
            reached = 100 * card.get("test_accuracy", card["validation_accuracy"])
            axis.plot(card[what], reached, "o", color=plots.ORANGE if card["name"] in RECORDS else plots.BLUE)
        axis.set(xscale="log", xlim=limits, title=title, ylabel="accuracy in %")
        axis.grid(alpha=0.3)
    for axis in axes[1]:
        axis.set_xlabel(label)
    plt.show()


against("parameters", "parameters", (1e3, 1e7))

# %% jupyter={"outputs_hidden": true} tags=["nbval-ignore-output"]
against("train_seconds", "seconds of training", (5, 5000))
for card in sorted(cards, key=lambda card: (card["data"]["name"], -card.get("test_accuracy", 0))):
    reached = card.get("test_accuracy", card["validation_accuracy"])
    cost = f"{card['parameters']:>10,} parameters {card['train_seconds']:>7,.0f} s"
    print(f"{SETS[card['data']['name']]:14} {card['name']:30} {reached:.4f} {cost}")

# %% [markdown]
# *Orange are the records of this chapter. Cats and dogs have no test set, so there it is the validation accuracy.* Upper left is where a network is
# good *and* small, or good *and* fast. A network is only beaten by one that stands further up and not further right. TODO-FIGURE: which networks are
# beaten by none.
#
# ## 11. Train one yourself
#
# The recipe of the smallest record trains while you watch, for one epoch on 6,000 images in fast mode and for ten epochs on all of them in full mode.
# The record itself took 110.
#
# **Your prediction:** it has 7,659 parameters. Will it be better or worse than the dense network of chapter 03 with its 407,050, which reached
# 0.9827<!-- mnist_dense.test_accuracy -->?

# %% jupyter={"outputs_hidden": true} tags=["nbval-ignore-output"]
(x_digits, y_digits), _ = load_mnist()
recipe = replace(RECORDS["mnist_record"].recipe, epochs=EPOCHS, mean_weights=not FAST)
network = build(recipe, x_digits[..., np.newaxis], 10)
seconds = train(network, recipe, x_digits[:PICTURES, ..., np.newaxis], y_digits[:PICTURES], environment.seed, verbose=2)
reached = accuracy(probabilities(network, x_test[..., np.newaxis]), y_test)
print(f"{reached:.4f} after {seconds:.0f} s, with {network.count_params():,} parameters")

# %% [markdown]
# TODO-FIGURE: what it reached in full mode, against the dense network. (We may ask the test set here, because nothing is decided from it: the recipe
# was chosen before.) In exercise 6 you enter the table of Fashion-MNIST yourself.
#
# **Something of your own:** change one choice, such as `first=16` in `replace(recipe, first=16)`, predict what happens to parameters and accuracy,
# and run the cell again.
#
# ## 12. More than one machine
#
# The other way to become faster is more hardware. In *data parallelism* (데이터 병렬화) each of several GPUs holds a copy of the network and gets a part of
# each batch. Each computes the gradient of its part, they exchange the mean of all gradients, and then all make the same update. So the copies stay
# equal, and the result is that of one machine with the whole batch, only sooner.
#
# Keras has this as [`keras.distribution.DataParallel`](https://keras.io/api/distribution/layout_map/#dataparallel-class) on JAX. You do not need
# eight GPUs to try it: JAX can pretend that your processor is eight devices. That is slower, not faster, but it shows that the result is the same.
# Since the number of devices must be set before JAX starts, the cell writes a small program and runs it in a process of its own.
#
# **Your prediction:** a batch has 64 images. How many of them does each of eight devices get? And will the trained weights be exactly those of one
# device?

# %% jupyter={"outputs_hidden": true} tags=["nbval-ignore-output"]
PROGRAM = """
import keras, numpy as np
images, labels = np.random.default_rng(0).random((512, 28, 28, 1), np.float32), np.arange(512) % 10

def trained():
    keras.utils.set_random_seed(1)
    layers = [keras.layers.Conv2D(8, 3, activation="relu"), keras.layers.Flatten(), keras.layers.Dense(10, "softmax")]
    model = keras.Sequential([keras.Input((28, 28, 1)), *layers])
    model.compile("sgd", "sparse_categorical_crossentropy")
    model.fit(images, labels, batch_size=64, epochs=3, shuffle=False, verbose=0)
    return model.get_weights()

alone = trained()
devices = keras.distribution.list_devices()
keras.distribution.set_distribution(keras.distribution.DataParallel(devices=devices))
difference = max(abs(one - other).max() for one, other in zip(alone, trained()))
print(len(devices), "devices, images of a batch for each:", 64 // len(devices))
print("largest difference of a weight below a millionth:", bool(difference < 1e-6))"""

# %% jupyter={"outputs_hidden": true} tags=["nbval-ignore-output"]
if importlib.util.find_spec("jax"):
    pretend = {"KERAS_BACKEND": "jax", "XLA_FLAGS": "--xla_force_host_platform_device_count=8", "JAX_PLATFORMS": "cpu"}
    child = subprocess.run([sys.executable, "-c", PROGRAM], env=os.environ | pretend, capture_output=True, text=True)
    print(child.stdout or child.stderr[-500:])
else:
    print("JAX is not installed here, so this step is skipped: make backends adds it.")

# %% [markdown]
# Eight each, and the weights differ by less than a millionth. They need not agree to the last bit, because eight partial sums are rounded in another
# order than one long sum.
#
# On a machine with several GPUs the same three lines do it: leave `XLA_FLAGS` and `JAX_PLATFORMS` out, and `list_devices()` names the GPUs. (You can
# even write `DataParallel()` without naming them.) Then make the batch larger in proportion, or each GPU gets too little to do, and with it the
# learning rate. Batch normalisation takes its mean over the whole batch, wherever its parts lie, because JAX sees one array.
#
# ## What you learned
#
# 1. Change one thing at a time, with more than one seed, and write down the cost and what did not help: otherwise you collect luck.
# 2. Batch normalisation standardises each channel over the batch in training, and with remembered averages afterwards.
# 3. A skip connection gives the gradient a way on which it is not multiplied, so deep networks can be trained.
# 4. Which changes of the images are allowed depends on the data; what they are worth depends on how long you train, and how many images you have.
# 5. The course of the learning rate costs nothing, and a second look at the mirror image costs no training.
#
# | you met | what it does |
# |---|---|
# | [`BatchNormalization`](https://keras.io/api/layers/normalization_layers/batch_normalization/), [`Add`](https://keras.io/api/layers/merging_layers/add/) | normalised channels; skip connections |
# | [`CosineDecay`](https://keras.io/api/optimizers/learning_rate_schedules/cosine_decay/) | a learning rate that rises, and falls along a cosine |
# | [`AdamW`](https://keras.io/api/optimizers/adamw/) with `weight_decay`, `use_ema` | weight decay, mean of the weights |
# | [`PyDataset`](https://keras.io/api/utils/python_utils/#pydataset-class) | batches that Python code makes, for instance with augmentation in NumPy |
# | [`DataParallel`](https://keras.io/api/distribution/) | one training on several devices |
#
# **An open question.** Take a rung that brought nothing here. In which circumstances would it help: with more epochs, fewer images, a larger network?
# Write down what you expect, change `STARTS` and `LADDERS` in `helpers/training/ladder.py` accordingly, measure it with `make ladder`, and report in
# three sentences.
#
# **Exercises:** [7 exercises](exercises/10_beyond_exercises.ipynb) on this chapter; each checks your answer.
#
# **Next:** [11 · Transfer learning](11_transfer_learning.ipynb) begins with a network that has seen a million photographs, and needs very few of yours.

# %% tags=["reached", "nbval-ignore-output"]
print(f"test accuracy: record {accuracy(answers, y_test):.4f}, trained now {reached:.4f}")
