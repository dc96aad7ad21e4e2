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
# small networks to a good accuracy in minutes.
#
# - **Time** on 2 CPU cores: 0.4<!-- chapters.10_beyond_the_book.fast_minutes --> minutes in fast mode, 1.8<!-- chapters.10_beyond_the_book.full_minutes --> minutes in full mode.<!-- gpu 10 --><!-- end of gpu --> A GPU is used when there is one.
# - **You need** chapters 02 to 06, and 08: standardising and momentum, schedule and weight decay, training and validation, the functional API, augmentation, gradients. For cats and dogs and CIFAR-10 the measurements come with the course.
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

PICTURES = 6_000 if FAST else 50_000  # of the training in step 11
EPOCHS = 1 if FAST else 10

# %% [markdown]
# ## 1. A ladder, and where it begins
#
# Chapter 04 ended with a network of 333,526 parameters and a test accuracy of 0.9219<!-- fashion_cnn.test_accuracy -->
# (0.9273<!-- fashion_cnn.validation_accuracy --> on the validation images, which is the number to compare with this chapter's ladder). How does one go on
# from there? There are dozens of methods, and each has a paper that says it helps. But does it help *you*, on your pictures, with your minutes? Only a
# measurement tells, and it must be a fair one:
#
# - **One change at a time.** If you change two things, you do not know which of them helped.
# - **The same cost, or the cost beside it.** A larger network that trains three times as long should be better. So each row says its seconds and its
#   parameters.
# - **More than one seed.** The same recipe with another seed gives another accuracy. A gain that is smaller than this *spread* (산포) may be luck.
# - **All rows stay in the table**, also those that brought nothing. A table of successes only is an advertisement.
#
# Papers measure what each part of their method is worth by leaving it out, and call that an *ablation study* (절제 연구). Here the parts are added one
# after the other, like the rungs of a ladder. Each rung stands on the best one below it. The rule is simple: a rung is carried on if the mean of its
# three seeds is higher than that of the rung on which it stands, even by little. So *carried on* does not mean *proven*; look at the spread, too.
#
# We measure on Fashion-MNIST, with the split of chapter 04: 48,000 images for training, and 12,000 for validation, which decide. Each recipe is
# trained with three seeds, always for seven epochs with batches of 128. That is short, because twelve recipes with three seeds add up: step 8 says to
# how many minutes. For the same reason our ladder does not begin with the network of chapter 04, but with a plainer one that trains faster.
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
# by max pooling, which halves height and width. Adam trains with a constant learning rate of 0.002. `build` makes a network from a recipe:
#
# **Your prediction:** the images have 28 by 28 pixels; the convolutions (3 by 3) keep height and width; the half of an odd size is rounded down. What shape have the maps that `Flatten` gets, and how many
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
# parameters<!-- claim: row("(1152,)")[-1] == 115300 -->, more than half of all.
#
# Here are all rungs above the start, in the order in which they were tried, so the bottom of the ladder comes first. You will meet each of them below; in
# short, they are
#
# - *one cycle of the rate*: the learning rate rises and falls instead of staying the same;
# - *batch normalisation*: what each convolution puts out gets the same mean and the same spread;
# - *global average pooling*: the last layer gets the mean of each map, and the large dense layer is left out;
# - *four more convolutions*, two in each stage, and *skip connections*, a way past them;
# - *weight decay*: each update makes all kernels a little smaller;
# - *mirrored pictures*, *shifts*, *erased rectangles*: three ways to change the training images;
# - *label smoothing*: the network is asked for a little less than certainty;
# - *mean of the weights*: in the end not the last weights are kept, but a moving average of them.

# %%
for number, rung in enumerate(RUNGS):
    print(f"{number:2}  {names()[rung]}")  # names() has them in the language of the notebook

# %% [markdown]
# Each row tells what a rung *gained* over the one on which it stands, and what it cost. For the accuracies all 99 trainings of this chapter's ladders
# ran on a GPU, in a few minutes. The cost of a recipe was measured on two processor cores, for a part of the training, and multiplied up to the
# whole: these are seconds of *the processor*, all cores together, so two cores that are busy for one minute make 120 s.
#
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
        print(f"  cost: {row['seconds']:.0f} s of the processor, {row['parameters']:,} parameters")


show("fashion-mnist", "the start")

# %% [markdown]
# Three seeds of one recipe lie half a point apart<!-- claim: 0.0045 < row("the start: mean")[2] - row("the start: mean")[1] < 0.0055 -->: so a gain of
# 0.1 points, measured once, says nothing. A *point* is a percentage point, one image in 100. Keep the spread in mind when you read the rows below.
#
# > **What can go wrong: choosing among many.** Each rung is judged on the same 12,000 validation images. If you try a hundred things on them and keep
# > the luckiest, the accuracy of the winner is too good. Therefore the test set stays shut until the records of step 10, and each of them opens it
# > once.
#
# ## 2. The learning rate goes up and down
#
# A large learning rate (학습률) learns fast, but at the end it keeps jumping around the best place. A small one settles down, but takes long to get
# there. So chapter 03 gave it a *schedule* (스케줄), with Keras's
# [`CosineDecay`](https://keras.io/api/optimizers/learning_rate_schedules/cosine_decay/): it rose during the first tenth of the updates, and then it
# fell to 0 along half a cosine wave. *One cycle* (원 사이클) is of the same kind, but rises longer, for the first quarter. ([Smith and
# Topin](https://arxiv.org/abs/1708.07120) named the cycle; the cosine is from [Loshchilov and Hutter](https://arxiv.org/abs/1608.03983).) The start
# of the ladder has a constant rate, so that we can see what a schedule is worth.
#
# **Your prediction:** so that the comparison is fair, the *mean* rate of the whole cycle should be the constant rate of the start, 0.002. How high
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
axis.set(xlabel="update", ylabel="learning rate", title="Two schedules with the same mean")
axis.legend()
plt.show()

# %% [markdown]
# *Compare the area below the two lines: it is the same.* Half a cosine wave, and a straight way up, have half of their top as mean. So the top is
# twice as high<!-- claim: number("top of the cycle:") == 0.004 and number("top of the cycle:", 1) == 0.002 -->.

# %% jupyter={"outputs_hidden": true}
show("fashion-mnist", "one cycle of the rate")

# %% [markdown]
# More than half a point<!-- claim: number("gain") > 0.5 -->, and the worst of its seeds is better than the best one of the
# start<!-- claim: row("one cycle of the rate: mean")[1] > row("the start: mean")[2] -->: no luck is needed to explain that. Its seeds lie closer
# together, too, perhaps because all of them settle
# down<!-- claim: row("cycle of the rate: mean")[2] - row("cycle of the rate: mean")[1] < 0.5 * (row("the start: mean")[2] - row("the start: mean")[1]) -->.
# And it costs nothing: no parameter, and hardly a second. Therefore it stands at the bottom of the ladder: with a constant rate the last jumps would hide what
# the other rungs bring.
#
# ## 3. Batch normalisation
#
# You know from chapter 02 why inputs are *standardised* (표준화): with a mean of 0 and a standard deviation (표준편차) of 1, one learning rate suits all of
# them. But the second layer does not see the inputs. It sees what the first layer puts out, and that changes with every update. *Batch normalisation*
# (배치 정규화, [Ioffe and Szegedy](https://arxiv.org/abs/1502.03167)) standardises there, too: for each channel it takes the mean and the *variance*
# (분산), which is the square of the standard deviation, of all its numbers in the batch. That the inputs of a layer keep changing is the reason that
# this paper gives. [Santurkar and others](https://arxiv.org/abs/1805.11604) found later that the reason is probably another one: the loss becomes
# smoother, so a gradient still points the right way after a longer step. That the method helps is not in doubt.
#
# In NumPy it is the four lines of the function below. In the last of them stand two numbers for each channel that are learned, *gamma* and *beta* in
# the paper. They let the layer give any other spread and mean to its channel, so that nothing is lost.
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
# Is it what Keras computes?
#
# **Your prediction:** gamma and beta make two numbers for each channel, so four for our two channels. How many parameters will Keras count? Think
# of what the layer needs when it answers for a single image.

# %% jupyter={"outputs_hidden": true}
layer = keras.layers.BatchNormalization(momentum=0.9, dtype="float32")
layer.build(maps.shape)
layer.gamma.assign([2, 1])
layer.beta.assign([7, 0])
theirs = keras.ops.convert_to_numpy(layer(maps, training=True))

print("parameters:", layer.count_params(), [variable.name for variable in layer.variables])
print("same as Keras:", np.allclose(ours, theirs, atol=1e-3))

# %% [markdown]
# There are eight<!-- claim: number("parameters:") == 8 -->. The others are a mean and a variance of each channel that the layer *remembers*. It needs
# them because a trained network must answer for one image, and its answer must not depend on which other images are asked about at the same time. So
# in training the layer uses the batch, and it keeps *moving averages* (이동 평균): after each batch, nine tenths of the old number and one tenth of the
# new (`momentum=0.9`). Afterwards, in `predict`, it uses these.
#
# **Your prediction:** the remembered mean begins at 0. The channel has a mean of 5. What is remembered after one batch, and what after 50?

# %% jupyter={"outputs_hidden": true}
layer = keras.layers.BatchNormalization(momentum=0.9, dtype="float32")
ours_remembers = 0.0
for batch in range(1, 51):
    together = keras.ops.convert_to_numpy(layer(maps, training=True))
    ours_remembers = 0.9 * ours_remembers + 0.1 * maps[..., 0].mean()
    if batch in (1, 10, 50):
        theirs_remembers = float(layer.moving_mean[0])
        print(f"after {batch:2} batches: {theirs_remembers:.2f}, by hand {ours_remembers:.2f}")
alone = keras.ops.convert_to_numpy(layer(maps[:1], training=False))
print("one image alone, as it would be in a batch:", np.allclose(alone, together[:1], atol=0.1))

# %% [markdown]
# After one batch it is a tenth of the way<!-- claim: numbers("batches:")[0] == 0.5 -->, after 50 it is almost
# there<!-- claim: abs(numbers("batches:")[-1] - 5) < 0.05 -->. This is why a network with batch normalisation can look broken after a few
# updates: it trains well, but `predict` uses averages that have not caught up yet. Keras's own `momentum` keeps
# 99 hundredths of the old number, with which 50 batches are not enough. The networks of this chapter keep nine tenths.
#
# With batch normalisation behind it, a convolution needs no bias: whatever the bias adds is subtracted again with the mean. So `build` leaves it out.
# And where there is pooling, the network pools before it normalises, because then only a quarter of the numbers is left to normalise.

# %% jupyter={"outputs_hidden": true}
show("fashion-mnist", "one cycle of the rate", "batch normalisation")

# %% [markdown]
# A third of a point more<!-- claim: 0.3 < numbers("gain")[1] < 0.36 -->, and again the worst seed is better than the best one of the rung
# below<!-- claim: row("batch normalisation: mean")[1] > row("one cycle of the rate: mean")[2] -->. But this is not free: the processor works about a
# fifth longer<!-- claim: 1.15 < numbers("cost:")[1] / numbers("cost:")[0] < 1.25 -->.
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
# (128 + 1) · 10 = 1,290<!-- claim: row("(128,)")[-1] == 1290 -->. The whole network has 94,634<!-- claim: numbers("parameters:")[-1] == 94634 -->, a
# little less than half of the start's 208,982. It loses a sixth of a point<!-- claim: -0.2 < number("gain") < -0.13 -->, so by our rule it is not
# carried on, and the next rungs stand on the network with the dense layers. But the rule only looks at accuracy. Whoever needs a small network may well
# take this bargain: less than half the parameters for one more mistake in 600 images.
#
# ## 5. Deeper, and a way past
#
# Deeper networks can compute more. We give each of the two stages two more convolutions, four in all. But depth has a price that is not on the bill:
# the *gradient* (기울기) has to find its way back through all layers. Look at it before you train: a chain of 20 blocks of two convolutions each, eight
# maps, random weights of the size that Keras begins with. The output's mean square stands for the loss. How strongly does the loss depend on what
# each block puts out? That is the gradient that arrives at this block. To ask for it we add an *offset* of 0 to what the block puts out. This changes
# nothing, but `value_and_gradient` of chapter 08 can then tell how the loss would change if the offset were not quite 0.
#
# A *residual block* (잔차 블록, [He, Zhang, Ren and Sun](https://arxiv.org/abs/1512.03385)) adds its input to what its convolutions make of it:
# `maps + inside` instead of `inside`. The way past the convolutions is called a *skip connection* (스킵 연결, 건너뛰기 연결). Nothing is learned on it.
#
# **Your prediction:** in the chain *without* skip connections, is the gradient at the first block larger than, smaller than, or about as large as at
# the last block? And with them?

# %%
BLOCKS, MAPS = 20, 8
random = np.random.default_rng(1)
kernels = random.normal(0, np.sqrt(1 / (9 * MAPS)), (BLOCKS, 2, 3, 3, MAPS, MAPS)).astype("float32")
images = random.random((16, 14, 14, MAPS), np.float32)


def loss_of(kernels, skip):
    def loss(offsets, maps):
        for block in range(BLOCKS):
            inside = keras.ops.relu(keras.ops.conv(maps, kernels[block, 0], padding="same"))
            inside = keras.ops.conv(inside, kernels[block, 1], padding="same")
            maps = keras.ops.relu(maps + inside if skip else inside) + offsets[:, block]
        return keras.ops.mean(keras.ops.square(maps), axis=(1, 2, 3))

    return loss

# %% jupyter={"outputs_hidden": true}
larger = np.float32(np.sqrt(2)) * kernels
chains = {"without": (kernels, False), "with": (kernels, True), "larger kernels, without": (larger, False)}
offsets = np.zeros((16, BLOCKS, 14, 14, MAPS), "float32")
sizes = {}
for name, (weights, skip) in chains.items():
    _, gradients = value_and_gradient(loss_of(weights, skip))(offsets, images)
    sizes[name] = np.sqrt((gradients**2).mean(axis=(0, 2, 3, 4)))
    at = sizes[name] / sizes[name][-1]  # against the last block
    print(f"{name} skip connections: at block 1 {at[0]:.0e}, at block 10 {at[9]:.0e}, at block 20 {at[19]:.0e}")

figure, axis = plt.subplots(figsize=(4.6, 3))
for (name, size), colour in zip(sizes.items(), (plots.ORANGE, plots.BLUE, "grey"), strict=True):
    axis.semilogy(range(1, BLOCKS + 1), size / size[-1], ".-", color=colour, label=f"{name} skip connections")
axis.set(xlabel="block", ylabel="gradient, against the last block's", title="What arrives at each block")
axis.legend()
plt.show()

# %% [markdown]
# *Follow the orange line from right to left: the axis on the left counts in powers of ten.* Each block makes the gradient smaller, because ReLU stops
# a part of what arrives and the kernels do not make up for it, and these factors multiply. At the first block next to nothing is
# left<!-- claim: row("without skip connections:")[1] < 1e-4 -->, so plain gradient descent would hardly change it; Adam, which adapts the size of its
# updates, makes up for a part of this. It is called the *vanishing gradient* (기울기 소실, [Bengio, Simard and
# Frasconi](https://doi.org/10.1109/72.279181)). With skip connections the gradient has a way past the kernels. On that way only the last ReLU of each
# block can stop it, so it arrives at every block<!-- claim: row("with skip connections:")[1] > 1 -->, and because each block adds to it, it is even
# about ten times as large at the first one<!-- claim: 5 < row("with skip connections:")[1] < 20 -->. (In a [later
# paper](https://arxiv.org/abs/1603.05027) He and the others move that ReLU into the block, and then nothing at all stands in the way.)
#
# Now look at the grey line. That chain has no skip connections. Only its kernels are larger, by √2: ReLU sets about half of the numbers to 0, which halves
# the mean square, and such kernels double it again. So about a tenth of the gradient still arrives at the first block<!-- claim: 0.05 < row("larger kernels, without skip connections:")[1] < 0.2 -->. Keras calls
# this start [`he_normal`](https://keras.io/api/layers/initializers/) ([He and others](https://arxiv.org/abs/1502.01852)), and batch normalisation has
# a similar effect. So what are skip connections good for? Those who invented them had both of these cures, and they found that their gradients did
# not vanish. Still their deep networks without skip connections had a larger error than shallower ones, and that *on the training images*. They call
# this *degradation* (성능 저하), and explain it like this: for a few layers it is difficult to learn to hand on what they get. With a skip
# connection the input is always handed on, and only the difference has to be learned.
#
# How is a residual block written in Keras? Its input is needed twice, so it takes the functional API of chapter 05. And since batch normalisation
# follows each convolution, neither of them has a bias.
#
# **Your prediction:** 64 maps go into the block below, and 64 come out. How many parameters has it? (Each normalisation has four numbers for each
# channel, as you saw.)

# %% jupyter={"outputs_hidden": true}
inputs = keras.Input((7, 7, 64))
inside = keras.layers.Conv2D(64, 3, padding="same", use_bias=False)(inputs)
inside = keras.layers.BatchNormalization(momentum=0.9)(inside)
inside = keras.layers.Activation("relu")(inside)
inside = keras.layers.Conv2D(64, 3, padding="same", use_bias=False)(inside)
inside = keras.layers.BatchNormalization(momentum=0.9)(inside)
added = keras.layers.Add()([inputs, inside])
block = keras.Model(inputs, keras.layers.Activation("relu")(added))

convolutions, normalisations = 2 * 3 * 3 * 64 * 64, 2 * 4 * 64
print(f"by Keras: {block.count_params():,}")
print(f"by hand: {convolutions:,} + {normalisations:,} = {convolutions + normalisations:,}")

# %% [markdown]
# Nearly all of them are weights of the two
# convolutions<!-- claim: row("by hand:")[1] < 0.01 * row("by hand:")[0] and row("by hand:")[2] == number("by Keras:") -->. The addition has none, so
# a way past costs no parameter.
#
# Our networks have seven convolutions, not forty, and they have batch normalisation, so their gradients do not vanish. Are skip connections still
# worth something?
#
# **Your prediction:** which brings more here, the four convolutions or the way past them?

# %% jupyter={"outputs_hidden": true}
show("fashion-mnist", "batch normalisation", "four more convolutions", "skip connections")

# %% [markdown]
# The four convolutions bring less than a tenth of a point<!-- claim: 0 < numbers("gain")[1] < 0.1 -->, and the way past them nothing at
# all<!-- claim: -0.05 < numbers("gain")[2] < 0.05 -->: both gains are smaller than the distance between
# the seeds of the rung below<!-- claim: numbers("gain")[1] < 100 * (row("batch normalisation: mean")[2] - row("batch normalisation: mean")[1]) -->. And the convolutions are expensive: the processor works
# nearly twice as long<!-- claim: 1.7 < numbers("cost:")[1] / numbers("cost:")[0] < 1.9 -->, for nearly three times as many parameters. Our rule carries them
# on all the same, and you may call that the weakness of a rule that asks for accuracy only.
#
# That skip connections are worth nothing in so short a network is what He and the others found, too: with 18 layers their networks with and without
# them were equally good, and with 34 layers the one without had become worse.
#
# ## 6. Other images: mirrored, shifted, erased
#
# *Augmentation* (데이터 증강) changes the training images a little each time, as in chapter 06, so that the network never sees quite the same image twice.
# Here are three ways, written in NumPy for a whole batch:
#
# - `mirrored` turns half of them around, left to right;
# - `shifted` moves each by up to two pixels in both directions; what comes in at the border is 0. (Both are in the paper with which the rise of these
#   networks began, by [Krizhevsky, Sutskever and Hinton](https://papers.nips.cc/paper/2012/hash/c399862d3b9d6b76c8436e924a68c45b-Abstract.html),
#   2012.)
# - `erased` fills a random rectangle with noise in half of the images. (*Random erasing*, 무작위 지우기, [Zhong and
#   others](https://arxiv.org/abs/1708.04896)) It forces the network to look at more than one part: a boot must be recognised without its heel, too.
#
# `train` hands its batches to Keras with a [`PyDataset`](https://keras.io/api/utils/python_utils/#pydataset-class), so these changes run with every
# backend.
#
# **Your prediction:** chapter 06 asked it of digits, which must not be mirrored. Now clothes: which of the ten classes, if any, would look
# wrong? (The images below show only some of them.)

# %% jupyter={"outputs_hidden": true}
random = np.random.default_rng(3)
few = x_train[[0, 1, 2, 3]].astype("float32") / 255
changed = [few, mirrored(few, np.ones(4, bool)), shifted(few, 2, random), erased(few, 1.0, random)]
titles = ["original", "mirrored", "shifted", "erased"]
plots.images(np.concatenate(changed)[..., 0], [title for title in titles for _ in range(4)], columns=4,
             caption="Four training images, changed in three ways")

# %% [markdown]
# *Go down a column: it is the same piece in all four rows.* None of them looks wrong: a T-shirt or a bag has no left and right, and a mirrored shoe is still a
# shoe. A mirrored 2, however, is no digit at all. So which change is allowed depends on the data, and you must look.
#
# **Your prediction:** of 100 sneakers and boots in the training set, how many are more like the average shoe when they are mirrored?

# %% jupyter={"outputs_hidden": true}
shoes = x_train[np.isin(y_train, (7, 9)), ..., 0] / 255  # sneakers and ankle boots
average = shoes.mean(axis=0)
as_they_are = ((shoes - average) ** 2).sum(axis=(1, 2))
when_mirrored = ((shoes[:, :, ::-1] - average) ** 2).sum(axis=(1, 2))
print(f"more like the average when mirrored: {100 * np.mean(when_mirrored < as_they_are):.1f} of 100")

# %% [markdown]
# Next to none: nearly all shoes point to the same
# side<!-- claim: number("more like the average when mirrored:") < 1 -->. A shoe that points to
# the other side is a picture that the network will hardly ever be asked about. So mirrored images are not wrong here, but what is learned from them
# may be of little use.
#
# **Your prediction:** in seven epochs a network sees each image seven times. What do the three bring in so short a training?

# %% jupyter={"outputs_hidden": true}
show("fashion-mnist", "mirrored pictures", "shifts", "erased rectangles")

# %% [markdown]
# Mirroring brings next to nothing<!-- claim: abs(numbers("gain")[0]) < 0.1 -->, as the shoes let us expect. The other two cost accuracy, and shifts
# cost more than any other rung<!-- claim: numbers("gain")[1] < -0.5 and -0.5 < numbers("gain")[2] < -0.2 -->; all seeds of both are worse than every seed
# without them<!-- claim: max(row("shifts: mean")[2], row("erased rectangles: mean")[2]) < row("mirrored pictures: mean")[1] -->. Here the clothes lie in
# the middle of every image, also of those we judge by. So shifts prepare for something that is never asked. And changed images are there to prevent that
# a network learns its images by heart, which in seven epochs it has probably hardly begun to do. So they only make the task harder.
#
# ## 7. Three quiet helpers, and a second look
#
# **Weight decay** (가중치 감쇠) makes all kernels a little smaller at each update, as in chapter 03, so that only those weights stay large that the data
# keep asking for. AdamW ([Loshchilov and Hutter](https://arxiv.org/abs/1711.05101)) does it directly, and not by a part of the loss, which Adam would
# rescale with the rest; biases, gamma and beta are left alone. (It was measured before the changes of the images, so its row stands on a lower rung
# than theirs.)
#
# **Label smoothing** (레이블 스무딩, [Szegedy and others](https://arxiv.org/abs/1512.00567)) asks for less than certainty. The loss is smallest when the
# true class gets a probability of exactly 1, which no finite score reaches, so in training the scores grow and grow. A smoothing of 0.1 takes a tenth
# from the true class and shares it out equally among *all* classes, the true one included. Such targets can be reached.
#
# **Your prediction:** with ten classes, which probability is then asked for in the true class, and which in each of the others?

# %% jupyter={"outputs_hidden": true}
targets = smoothed(np.array([3]), 10, 0.1)[0]
print(f"true class {targets[3]:.2f}, each other {targets[0]:.2f}, sum {targets.sum():.2f}")

# %% [markdown]
# Each of the ten classes gets a hundredth, so the true one has 0.9 + 0.01<!-- claim: row("true class")[:2] == [0.91, 0.01] -->.
#
# **The mean of the weights**: each update jumps a little to and fro. Instead of the last weights take a moving average of them, like that of batch
# normalisation: after each update a hundredth of the new weights, and all the rest from the old average. (The idea is from [Polyak and
# Juditsky](https://epubs.siam.org/doi/10.1137/0330046), 1992, who took the plain mean. Keras's optimizers do it with `use_ema=True`, and `fit` puts the
# average in place when it ends. What batch normalisation remembers is not learned, so it is not averaged.)
#
# **Your prediction:** which earlier rung has already calmed the last updates? What is then left for the average to do?

# %% jupyter={"outputs_hidden": true}
show("fashion-mnist", "weight decay", "label smoothing", "mean of the weights")

# %% [markdown]
# Each of them costs next to nothing, and each brings a little: weight decay and the mean of the weights a tenth of a point or a bit
# more<!-- claim: 0.1 < numbers("gain")[0] < 0.2 and 0.07 < numbers("gain")[2] < 0.13 -->, label
# smoothing<!-- claim: 0 < numbers("gain")[1] < 0.05 --> so little that it may be luck. That of weight decay may be luck, too: only the best of its three
# seeds lies clearly above those of the rung below. Because of the cycle the last updates are tiny anyway, so there was little left to calm.
#
# **A second look** costs no training at all. Ask the trained network about the image *and* its mirror image, and take the mean of the two answers;
# this is called *test-time augmentation* (테스트 시점 증강), and it is in the paper of Krizhevsky and others, too. The last row below asks six times: both
# of these, and both shifted by one pixel to the upper left and to the lower right.
#
# **Your prediction:** it helps if the two answers are wrong in different places. What would happen with a network that has never seen a mirrored
# image in training?

# %% jupyter={"outputs_hidden": true}
show("fashion-mnist", "asked with the mirror image", "asked six times")
first = next(iter(runs["fashion-mnist"].values()))["seeds"].values()
for asked, figure in {"one look": "validation_accuracy", "with the mirror image": "two_views_accuracy"}.items():
    print(f"the start, {asked}: {np.mean([run[figure] for run in first]):.4f}")

# %% [markdown]
# A network that was never shown a mirrored image answers worse when its answer to the mirror image counts,
# too<!-- claim: number("the start, with the mirror image:") < number("the start, one look:") - 0.01 -->: to it a shoe that points to the other side
# is a strange thing. So here a second look only helps if training has prepared it. Mirrored images brought next to nothing by themselves, but they
# prepared this: the second look gains a third of a point<!-- claim: 0.3 < numbers("gain")[0] < 0.4 -->, about as much
# as batch normalisation. Four more looks, at shifted images, spoil it again<!-- claim: numbers("gain")[1] < 0 -->: perhaps because the network has never
# seen a shifted image.
#
# ## 8. The whole ladder
#
# **Your prediction:** you have seen every row. How many of the eleven rungs are carried on, and how many points is the top above the start? Then see
# what your first guess is worth. (In the table, too, a gain is that over the rung on which a row stands: the last one tried before it that was carried on.)

# %% jupyter={"outputs_hidden": true}
def whole(ladder):
    print(f"{'rung':32}  mean    lowest  highest    gain     s  parameters  carried on")
    for row in rows[ladder].values():
        reached = "  ".join(f"{row[what]:.4f}" for what in ("mean", "lowest", "highest"))
        brought = f"{100 * row['gain']:+6.2f}{row['seconds']:6.0f}{row['parameters']:12,}"
        print(f"{row['rung']:32} {reached}  {brought}  {ANSWERS[row['kept']]}")
    rungs = [row for row in rows[ladder].values() if row["kept"] is not None]
    kept = [row for row in rungs if row["kept"]]
    way = 100 * (kept[-1]["mean"] - kept[0]["mean"])
    print(f"carried on: {len(kept) - 1} of {len(rungs) - 1} rungs; from the start to the top: {way:.1f} points")
    print(f"three seeds of all: {3 * sum(row['seconds'] for row in rungs) / 60:.0f} minutes of the processor")


ANSWERS = {True: "yes", False: "no", None: "-"}  # nothing could stand on the rows that only ask in another way
whole("fashion-mnist")
print("brought most:", max(list(rows["fashion-mnist"].values())[1:-2], key=lambda row: row["gain"])["rung"])
if MY_GUESS is not None:
    print("your guess:  ", list(rows["fashion-mnist"])[MY_GUESS])

# %% jupyter={"outputs_hidden": true}
def draw(ladder, title):
    figure, axis = plt.subplots(figsize=(6.4, 0.3 * len(rows[ladder]) + 1))
    for place, row in enumerate(rows[ladder].values()):
        colour = {True: plots.BLUE, False: plots.ORANGE, None: "grey"}[row["kept"]]
        axis.plot([row["lowest"], row["highest"]], [place, place], color=colour)
        axis.plot(row["mean"], place, "o", color=colour)
    axis.set(yticks=range(len(rows[ladder])), yticklabels=rows[ladder], xlabel="validation accuracy", title=title)
    axis.grid(axis="x", alpha=0.3)
    plt.show()


draw("fashion-mnist", "Clothes: blue is carried on, orange is not")

# %% [markdown]
# *Each dot is the mean of three seeds, each line goes from the lowest to the highest. Where the lines of two rungs overlap widely, three seeds cannot
# tell them apart. Grey are the two rows that only ask in another way.*
#
# Seven of the eleven rungs are carried on<!-- claim: row("carried on:")[:2] == [7, 11] -->, and the top stands 1.3 points above the
# start<!-- claim: row("carried on:")[2] == 1.3 -->. So one mistake in six is gone. The largest part comes from the cycle, which costs nothing at all. It is
# a change of the *training*, and none of the network: with a constant rate, seven epochs end in the middle of the jumps. Skip connections brought nothing;
# shifts and erased rectangles, which make the task harder, cost accuracy. A second look costs no training, but then each answer takes twice as long. (The
# seconds in the two grey rows are those of the network that is asked.)
#
# A ladder has a weakness of its own: **the order matters**. The mean of the weights comes last, when the cycle has already calmed the end of the
# training; at the bottom, with a constant rate, it would have had much more to calm. And a rung that is useless in seven epochs may be worth a lot in
# seventy, when the network has seen each image seventy times. Therefore the records of step 10, which train longer, use changes that brought
# nothing here, or even cost accuracy.
#
# ## 9. Does it carry over?
#
# What helps on clothes may do nothing elsewhere. Here is the same ladder for the photographs of **cats and dogs** of chapter 06, shrunk to 64 by 64
# pixels, for 40 epochs with batches of 32. One rung differs: the shifts go up to six pixels, and at the border the picture is mirrored. There are only
# 2,000 photographs, so overfitting is the enemy.
#
# **Your prediction:** which rung will bring most on so few pictures? It need not be the same as before.

# %% jupyter={"outputs_hidden": true}
whole("cats-and-dogs")
draw("cats-and-dogs", "Cats and dogs: blue is carried on, orange is not")

# %% [markdown]
# Here one rung towers above all others: global average pooling, which cost accuracy on clothes, brings more than eight
# points<!-- claim: row("global average pooling")[3] > 8 -->. With it go the dense layers and their more than 800,000
# weights<!-- claim: row("batch normalisation")[5] - row("global average pooling")[5] > 800000 -->, which could learn 2,000 photographs by heart; and the
# mean of a map no longer says *where* in the photograph something was seen. This ladder cannot tell which of the two it is. Next come shifts, with four
# points, and mirrored pictures<!-- claim: row("shifts")[3] > 3.5 and row("mirrored pictures")[3] > 1.5 -->, which speak for both. Skip connections, erased
# rectangles, label smoothing and the mean of the weights lie below
# zero<!-- claim: max(row("skip connections")[3], row("erased rectangles")[3], row("label smoothing")[3], row("mean of the weights")[3]) < 0 -->, the last three
# by less than the seeds of *shifts* lie apart<!-- claim: max(-row("erased rectangles")[3], -row("label smoothing")[3], -row("mean of the weights")[3]) < 100 * (row("shifts")[2] - row("shifts")[1]) -->:
# three seeds cannot tell whether they help or harm. (Each of the 1,000 validation photographs is 0.1 points.) A second look gains half a point and
# more<!-- claim: row("asked with the mirror image")[3] > 0.5 -->: cats and dogs look to both sides. From the start to the top it is 16.6
# points<!-- claim: row("carried on:")[2] == 16.6 -->.
#
# The lines show the chance of the seeds only. The photographs by which we judge are a sample, too: another thousand of them would move the rows by
# about a point, most of them the same way, while 12,000 other clothes would do so by a quarter of a point. And who chooses eleven times by the same thousand
# photographs finds some luck.
#
# And **CIFAR-10**, with small versions of a network that was made to learn CIFAR-10 as fast as possible: on a large GPU it takes a few seconds
# ([Jordan](https://arxiv.org/abs/2404.00498); the code is called *airbench*). Ours trains for 5 epochs with batches of 500, and a tenth of the training
# pictures is held back to judge. It has three stages, with 32, 64 and 128 maps, and its last layer gets the largest number of each map. Its rungs are
# others:
#
# - *what is usual*: all that you know already in one step, batch normalisation, cycle, mirrored and shifted pictures;
# - *descent with momentum*: the stochastic gradient descent of chapter 02 in the place of Adam. These are three changes at once, because another
#   optimizer needs another learning rate and another weight decay;
# - *a whitened first layer*: its 2 by 2 filters are not learned. Twelve of them are computed from the pictures so that the sums they give are
#   uncorrelated (their correlation, as in chapter 07, is 0) and equally large, which is called *whitening* (백색화). Each comes with its negative,
#   because ReLU keeps positive sums only, so there are 24 filters;
# - *a start that hands on* (after [Zagoruyko and Komodakis](https://arxiv.org/abs/1706.00388)): each convolution of 3 by 3 begins by handing on its
#   input; filters beyond the number of input maps stay random;
# - *biases with 64 times the rate* ([Page](https://myrtle.ai/learn/how-to-train-your-resnet/), 2018): the larger rate is for beta, the bias of batch
#   normalisation. It needs the optimizer of *descent with momentum*, so it brings that along;
# - *lookahead* (룩어헤드): a relative of the method of that name by [Zhang and others](https://arxiv.org/abs/1907.08610). After every fifth update the
#   weights go back to a moving average of them;
# - *mirrored in turn*, Jordan's own idea: a picture that is mirrored in one epoch is not in the next, so that two epochs show both ways exactly once.
#
# What does whitening look like? The cell below takes the directions in which the 2 by 2 patches (패치) of the pictures vary, which are those of the PCA
# of chapter 08: a direction is four weights, one for each pixel, and `eigh` finds those whose sums are uncorrelated, and the variance of each. Then it
# divides each sum by its standard deviation. Clothes will do to see it; with pictures in colour it goes in the same way.
#
# **Your prediction:** neighbouring pixels are alike. In which direction do patches of four pixels vary most: all four together, left against right,
# or in a chequered way?

# %% jupyter={"outputs_hidden": true}
pixels = x_train[:2000, ..., 0] / 255
patches = np.lib.stride_tricks.sliding_window_view(pixels, (2, 2), axis=(1, 2)).reshape(-1, 4)  # each as four numbers
variances, directions = np.linalg.eigh(np.cov(patches, rowvar=False))  # how much they vary in which direction
for variance, direction in zip(variances[::-1], directions.T[::-1], strict=True):
    signs = " ".join("+" if value > 0 else "-" for value in direction * np.sign(direction[0]))
    print(f"upper left, upper right, lower left, lower right: {signs}   variance {variance:.4f}")
white = (patches - patches.mean(axis=0)) @ directions / np.sqrt(variances)
uncorrelated = np.allclose(np.cov(white, rowvar=False), np.eye(4), atol=1e-6)
print("after whitening, the four sums are uncorrelated:", uncorrelated)

# %% [markdown]
# All together, by far: bright patches and dark patches<!-- claim: row("lower right: + + + +")[0] > 0.1 -->. The chequered way, `+ - - +`, varies
# least. Without whitening the first layer has to learn to see the small differences between pixels beside the large common part; with it, they are
# served at the same size.

# %% jupyter={"outputs_hidden": true}
whole("cifar10")
draw("cifar10", "CIFAR-10: blue is carried on, orange is not")

# %% [markdown]
# *Look at the first step from below: it is by far the
# largest.*<!-- claim: row("what is usual")[3] > 5 * max(row("descent with momentum")[3], row("a whitened first layer")[3]) --> *What is usual* brings
# 19 points at once<!-- claim: row("what is usual")[3] > 19 -->, momentum two more, and the whitened first layer one and a
# half<!-- claim: 2 < row("descent with momentum")[3] < 2.2 and 1.3 < row("a whitened first layer")[3] < 1.6 -->. And then five other parts of that network's
# recipe bring nothing or cost accuracy<!-- claim: row("carried on:")[:2] == [3, 8] -->, and two of them cost more than a
# point<!-- claim: row("biases with 64 times the rate")[3] < -1 and row("lookahead")[3] < -1 -->. Is the paper wrong? That does not follow. There they were measured together,
# in a larger network that trains for ten epochs, and all their numbers were tuned for that. We took the numbers over into a small network with 450
# updates, one change at a time. So a gain does not belong to a method alone. It belongs to the method *in its recipe*, which is why you measure it
# where you want to use it.
#
# Now the rungs that clothes, cats and dogs have in common, side by side:

# %% jupyter={"outputs_hidden": true}
print(f"{'gain in points':28} clothes  cats and dogs")
for rung in list(rows["fashion-mnist"])[1:-2]:
    clothes, pets = rows["fashion-mnist"][rung], rows["cats-and-dogs"][rung]
    print(f"{rung:28} {100 * clothes['gain']:+7.2f} {100 * pets['gain']:+14.2f}")

# %% [markdown]
# Five rungs have a gain above zero on
# both<!-- claim: min(row("one cycle of the rate")[:2] + row("batch normalisation")[:2] + row("four more convolutions")[:2] + row("weight decay")[:2] + row("mirrored pictures")[:2]) > 0 -->,
# although on one of the two it is often smaller than the spread of the seeds: the cycle, batch normalisation, more convolutions, weight decay and mirrored
# pictures. Skip connections and erased rectangles have none on
# either<!-- claim: max(row("skip connections")[:2] + row("erased rectangles")[:2]) < 0 -->. And global average pooling and shifts change their
# sign<!-- claim: row("global average pooling")[0] < 0 < row("global average pooling")[1] and row("shifts")[0] < 0 < row("shifts")[1] -->: probably
# because cats and dogs are few and stand anywhere in their photographs, while clothes are many and lie in the middle. But cats and dogs were also trained
# for 40 epochs and not for 7, and their shifts are larger; this comparison cannot tell these reasons apart. Before you take over what helped somebody
# else, ask whether their data, and their training, are like yours.
#
# ## 10. The records
#
# Now all of it together, and longer. Everything was chosen on validation images, in trials that were run once each: most ran on a GPU, and all stand in
# `models/trials.json`. Then each network was trained once more, on two processor cores and on *all* training images, and judged once on the test set.
# Cats and dogs are an exception, because they have no test set: that record was chosen and judged on the same 1,000 validation photographs, so it
# flatters itself a little. Such a row is worth nothing without its
# limits: how many parameters and minutes were allowed, and which accuracy was the goal. These were fixed before the first training. And it must say
# how often it looks: at digits once, at cats and dogs also in the mirror, and at clothes and CIFAR-10 six times, as in step 7.
#
# The line *elsewhere* says what others report, mostly from one look. These networks are often much larger, or were trained for hours on GPUs, so take
# it as a landmark and not as a race. The sources are the [table of Fashion-MNIST](https://github.com/zalandoresearch/fashion-mnist#benchmark), [that
# of random erasing](https://github.com/zhunzhong07/Random-Erasing), a homework that [many have
# solved](https://github.com/aakashvardhan/s7-in-depth-practice), [airbench](https://github.com/KellerJordan/cifar10-airbench), and chapter 9 of
# [Chollet's book](https://livebook.manning.com/book/deep-learning-with-python-third-edition/chapter-9).
#
# | record | parameters, at most | minutes, at most | goal: right, of 1,000 |
# |---|---|---|---|
# | clothes | any number | 15 | 945 |
# | clothes, small | 300,000 | 15 | 940 |
# | digits | 8,000 | 10 | 994 |
# | CIFAR-10 | any number | 20 | 900 |
# | cats and dogs, from nothing but 2,000 photographs | any number | 60 | 900 |
#
# **Your prediction:** which of these five goals, if any, was missed?

# %% jupyter={"outputs_hidden": true}
ELSEWHERE = {
    "fashion_small_record": "0.925 with fewer than 100,000 parameters",
    "mnist_record": "a homework asks for 0.994 with 8,000 parameters in 15 epochs",
    "cifar10_record": "airbench 0.940, on the pictures as published",
    "cats_dogs_record": "0.908 with a small relative of Xception",
}
best = models.card("fashion_small_record")["test_accuracy"]
print(f"clothes, any number of parameters: best {best:.4f}, goal 0.945: not reached")
print("  elsewhere: two convolutions 0.916, MobileNet 0.950, ResNet-20 0.956, with random erasing 0.960")
for name, record in RECORDS.items():
    card = models.card(name)
    reached = card.get("test_accuracy", card["validation_accuracy"])
    allowed = f"of {record.parameters:,}" if record.parameters else "(any number)"
    print(f"{name}: {reached:.4f}, goal {record.goal:.3f}: {'reached' if reached >= record.goal else 'not reached'}")
    minutes = card["train_seconds"] / 60
    print(f"  {card['parameters']:,} {allowed} parameters, {minutes:.1f} of {record.minutes} minutes")
    print(f"  epochs: {record.recipe.epochs}, looks at each image: {record.views}")
    print(f"  elsewhere: {ELSEWHERE[name]}")

# %% [markdown]
# The first one, and no other<!-- claim: row("any number of parameters: best")[0] < row("any number of parameters: best")[1] and
# row("fashion_small_record:")[0] >= row("fashion_small_record:")[1] and row("mnist_record:")[0] >= row("mnist_record:")[1] and
# row("cifar10_record:")[0] >= row("cifar10_record:")[1] and row("cats_dogs_record:")[0] >= row("cats_dogs_record:")[1] -->:
# the best network for clothes that we know of in 15 minutes is the small one, and it is seven of 10,000 images
# short<!-- claim: round(10000 * (row("any number of parameters: best")[1] - row("any number of parameters: best")[0])) == 7 -->. A network with 1,042,810
# parameters had been chosen for this row on the validation images, and was eight images short. The mean of two small networks, each trained for fewer epochs,
# was worse than the small one on the validation images, so it never saw the test images. Two trials of the small network with 37 epochs, which would
# fit into 15 minutes, and with stronger changes of the images were worse there, too. Why does it stop here? The networks of the line *elsewhere* are larger and were
# trained for much longer, on GPUs: in 15 minutes two processor cores manage 17 epochs of the network with 1,042,810 parameters.
#
# And look at what the others say. Cats and dogs have no test set, so theirs is a validation accuracy. The CIFAR-10 of this course are copies that were
# stored as JPEG, with 8,000 test pictures, so its accuracy cannot be compared with those of others.
#
# What is in the recipes? Look into `helpers/training/records.py`: each is one list of choices, most of which you have met on the ladder. That of
# clothes does not simply follow its ladder. It trains longer, so it takes up what brought nothing there or even cost accuracy: global average pooling,
# skip connections, and erased rectangles and shifts, though only in a tenth of the images and by one pixel. The smallest network has little to make its task harder: with so few
# parameters it cannot memorise, so there is little to prevent; and digits must not be mirrored. CIFAR-10's recipe holds all that stood on its ladder, even
# what brought nothing there: in this larger network, with twice as many epochs, the trial without lookahead and the larger rate of biases was a third of a
# point worse, which with one seed each may be luck. As on the ladder, what goes into its last layer is divided by nine, which slows the learning of that
# layer down. Cats and dogs have dropout, and two more changes of the pictures, because 2,000 photographs are few: a random part of the photograph is cut
# out and made large ([Szegedy and others](https://arxiv.org/abs/1409.4842)), and its light and its colours vary.
#
# Do not believe a table, not even this one: the networks come with the course, so score one again. The smallest of the four has 7,659 parameters. The
# dense network of chapter 03 has 53 times as many.
#
# **Your prediction:** its accuracy is printed above. How many of the 10,000 digits are wrong, and which digits does it mix up most often?

# %% jupyter={"outputs_hidden": true}
_, (x_test, y_test) = load_mnist()
record = models.load("mnist_record")
answers = probabilities(record, x_test[..., np.newaxis])

print(f"parameters: {record.count_params():,}")
said = answers.argmax(axis=1)
wrong = np.flatnonzero(said != y_test)
print(f"wrong digits: {len(wrong)} of {len(y_test):,}")
pairs, times = np.unique(np.stack([y_test[wrong], said[wrong]], axis=1), axis=0, return_counts=True)
for i in np.argsort(-times, kind="stable")[:3]:
    print(f"a {pairs[i, 0]} is called a {pairs[i, 1]}: {times[i]} times")
card = models.card("mnist_record")
print(f"test accuracy: {accuracy(answers, y_test):.4f}, on its card: {card['test_accuracy']:.4f}")

# %% [markdown]
# It makes a third fewer mistakes<!-- claim: 0.6 < number("wrong digits:") / (10000 * (1 - card("mnist_small.test_accuracy"))) < 0.72 --> than
# `mnist_small` of chapter 03 (0.9923<!-- mnist_small.test_accuracy --> with 93,322 parameters), and it has a twelfth of its
# parameters<!-- claim: 11.5 < card("mnist_small.parameters") / number("parameters:") < 12.5 -->. Here are the first of them:

# %% jupyter={"outputs_hidden": true}
some = wrong[:16]
plots.images(x_test[some], [f"{y_test[i]}, said {said[i]}" for i in some], caption="Digits it gets wrong")

# %% [markdown]
# *Above each image stands the truth, then what the network said.* For some of them, ask a friend what they read.
#
# What do parameters and time buy? In the next two figures stand the networks of the course so far, those in PyTorch included, against their parameters
# and against the seconds of their training. (Those of drawn animals are left out. The seconds are by the clock, and many of these trainings stopped
# early, so do not compare them with the seconds of the ladders.) Upper left is where a network is good *and* small, or good *and* fast. It is only
# beaten by one that stands further up and not further right.
#
# **Your prediction:** which networks of chapters 03 to 09 are beaten by none? Write down one for digits and one for clothes.

# %% jupyter={"outputs_hidden": true}
SETS = {"mnist": "MNIST", "fashion-mnist": "Fashion-MNIST", "cifar10": "CIFAR-10", "cats_and_dogs": "cats and dogs"}
shipped = sorted(path.stem for path in models.SHIPPED.iterdir() if path.suffix in (".keras", ".pt"))
cards = [models.card(name, models.SHIPPED) for name in shipped]
cards = [card for card in cards if card.get("data", {}).get("name") in SETS and card["notebook"][:2] != "11"]


def reached_by(card):
    return card.get("test_accuracy", card["validation_accuracy"])

# %% jupyter={"outputs_hidden": true}
def against(what, label, limits):
    figure, axes = plt.subplots(2, 2, figsize=(7.2, 5.6), sharex=True)
    for axis, (name, title) in zip(axes.flat, SETS.items(), strict=True):
        for card in (card for card in cards if card["data"]["name"] == name):
            colour = plots.ORANGE if card["name"] in RECORDS else plots.BLUE
            axis.plot(card[what], 100 * reached_by(card), "o", color=colour)
        axis.set(xscale="log", xlim=limits, title=title, ylabel="accuracy in %")
        axis.grid(alpha=0.3)
    for axis in axes[1]:
        axis.set_xlabel(label)
    plt.show()


against("parameters", "parameters", (1e3, 1e7))

# %% jupyter={"outputs_hidden": true} tags=["nbval-ignore-output"]
against("train_seconds", "seconds of training", (5, 5000))
for card in sorted(cards, key=lambda card: (card["data"]["name"], card["parameters"])):
    cost = f"{card['parameters']:>10,} parameters {card['train_seconds']:>7,.0f} s"
    print(f"{SETS[card['data']['name']]:14} {card['name']:30} {reached_by(card):.4f} {cost}")

# %% jupyter={"outputs_hidden": true}
def beaten_by_none(title, what):
    same = [card for card in cards if SETS[card["data"]["name"]] == title]
    best, left = 0, []
    for card in sorted(same, key=lambda card: card[what]):
        if reached_by(card) > best:
            best = reached_by(card)
            left.append(card["name"])
    return left


for title in SETS.values():
    for what, label in {"parameters": "by parameters", "train_seconds": "by seconds"}.items():
        left = beaten_by_none(title, what)
        print(f"{title}, {label}: {len(left)} beaten by none: {', '.join(left)}")

# %% [markdown]
# *Orange are the records of this chapter. Cats and dogs have no test set, so there it is the validation accuracy.*
#
# Count parameters, and no earlier network for digits is left: the record is smaller than all of them, and
# better<!-- claim: row("MNIST, by parameters:")[0] == 1 and card("mnist_record.parameters") < card("mnist_lenet5.parameters") -->. For clothes three
# are left, because they are much smaller than the record<!-- claim: row("Fashion-MNIST, by parameters:")[0] == 4 and card("fashion_global_pooling.parameters") < 0.4 * card("fashion_small_record.parameters") -->:
# the two filters, the single convolution with pooling, and global average pooling. Count seconds, and three networks for digits stand beside the record, the dense one among them: the
# records train for minutes, the dense network for less than half a
# minute<!-- claim: row("MNIST, by seconds:")[0] == 4 and card("mnist_dense.train_seconds") < 30 and card("mnist_record.train_seconds") > 180 -->. So which network is best depends on what you have least of: memory, time, or patience for mistakes.
#
# ## 11. Train one yourself
#
# The recipe of the smallest record trains while you watch, for one epoch on 6,000 images in fast mode and for ten epochs on 50,000 of them in full mode.
# The record itself took 72<!-- mnist_record.epochs -->. The last 10,000 training images are held back, and they judge. The test set is not asked, so you may try
# again. But remember step 1: the more you try, the more luck is in your best result.
#
# **Your prediction:** it has 7,659 parameters. Will it, in full mode, be better or worse than the dense network of chapter 03 with its 407,050, whose
# validation accuracy is 0.9820<!-- mnist_dense.validation_accuracy -->?

# %% jupyter={"outputs_hidden": true} tags=["nbval-ignore-output"]
(x_digits, y_digits), _ = load_mnist()
x_digits = x_digits[..., np.newaxis]
recipe = RECORDS["mnist_record"].recipe
recipe = replace(recipe, epochs=EPOCHS, mean_weights=not FAST)  # 46 updates are too few for an average of about 100
network = build(recipe, x_digits, 10)
seconds = train(network, recipe, x_digits[:PICTURES], y_digits[:PICTURES], environment.seed, verbose=2)
reached = accuracy(probabilities(network, x_digits[-10_000:]), y_digits[-10_000:])
print(f"right, of the images held back: {reached:.4f}")
print(f"after {seconds:.0f} s of training, with {network.count_params():,} parameters")

# %% [markdown]
# In full mode it is better<!-- claim: number("right, of the images held back:") > card("mnist_dense.validation_accuracy") + 0.003 -->, with a
# fiftieth of the parameters<!-- claim: 50 < card("mnist_dense.parameters") / card("mnist_record.parameters") < 55 -->: a convolution uses each of its
# weights at every place of the image, while each weight of a dense layer belongs to one of its inputs. In fast mode it has seen too little to be good. In exercise 6 you enter the table of Fashion-MNIST yourself.
#
# **Something of your own:** change one choice, such as `first=16` in `replace(recipe, first=16, ...)`, predict what happens to parameters and accuracy,
# and run the cell again. Does it differ by more than another seed would make it differ? Try one in the place of `environment.seed`.
#
# ## 12. More than one GPU
#
# Until now we became faster by better recipes. The other way is more hardware. In *data parallelism* (데이터 병렬화) each of several GPUs holds a copy of
# the network and gets a part of each batch. Each computes the gradient of its part, they exchange the mean of all gradients, and then all make the
# same update. So the copies stay equal, and in theory the result is that of one device with the whole batch, only sooner.
#
# Keras has this as [`keras.distribution.DataParallel`](https://keras.io/api/distribution/data_parallel/) on JAX. You do not need eight GPUs to try
# it: JAX can pretend that your processor is eight devices. That is slower, not faster, but you can check whether the result is the same. Since the
# number of devices must be set before JAX starts, the cell writes a small program and runs it in a process of its own.
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
    print("JAX is not installed here, so this step is skipped. It comes with: pip install jax")

# %% [markdown]
# Eight each, which is 64 divided by 8, and the weights differ by less than a millionth. They need not agree to the last bit, because eight partial
# sums are rounded in another order than one long sum.
#
# On a machine with several GPUs the same two lines, `list_devices` and `set_distribution`, do it: leave `XLA_FLAGS` and `JAX_PLATFORMS` out, and
# `list_devices()` names the GPUs. (You can even write `DataParallel()` without naming them.) Make the batch larger in proportion, or each GPU has too
# little to do. The learning rate is then often made larger by the same factor, after a warm-up ([Goyal and others](https://arxiv.org/abs/1706.02677)).
# Batch normalisation takes its mean over the whole batch, wherever its parts lie, because JAX sees one array.
#
# ## What you learned
#
# 1. Change one thing at a time, with more than one seed, and write down the cost and what did not help: otherwise you collect luck.
# 2. Batch normalisation standardises each channel over the batch in training, and with remembered averages afterwards.
# 3. A skip connection always hands on what goes into a block, so that the block only learns what to add; very deep networks without it can be worse,
#    even on the training images.
# 4. Which changes of the images are allowed depends on the data; what they are worth, you must measure on your data and with your minutes.
# 5. A schedule for the learning rate costs nothing. A second look at the mirror image costs no training, but twice the time for each answer.
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
# Write down what you expect, measure it with lines like these, once with the change and once without it, and report in three sentences.
#
# ```python
# few = 6_000
# recipe = replace(start, cycle=True, epochs=20, erase=0.5)  # the change is erase=0.5
# for seed in (42, 1, 2):
#     keras.utils.set_random_seed(seed)
#     network = build(recipe, x_train[:few], 10)
#     train(network, recipe, x_train[:few], y_train[:few], seed)
#     print(seed, accuracy(probabilities(network, x_val), y_val))
# ```
#
# **Exercises:** [7 exercises](exercises/10_beyond_exercises.ipynb) on this chapter; each checks your answer.
#
# **Next:** [11 · Transfer learning](11_transfer_learning.ipynb) begins with a network that has seen a million photographs, and needs very few of yours.

# %% tags=["reached", "nbval-ignore-output"]
print(f"test accuracy of the record: {accuracy(answers, y_test):.4f}")
print(f"validation accuracy of the network trained now: {reached:.4f}")
