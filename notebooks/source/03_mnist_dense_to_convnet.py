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
# # 03 · Digits: from a dense network to convolution
#
# After this chapter you can train a network that reads handwritten digits, and you can say why convolution reads them better: you
# have measured it, with five networks on the same data.
#
# - **Time** on 2 CPU cores: 0.8<!-- chapters.03_mnist_dense_to_convnet.fast_minutes --> minutes in fast mode, 10.8<!-- chapters.03_mnist_dense_to_convnet.full_minutes --> minutes in full mode.<!-- gpu 03 --> On a GPU (NVIDIA H200) and on the processor beside it: one epoch 3.7 s, processor 32.0 s.<!-- end of gpu --> A GPU is used when there is one.
# - **You need** chapters 01 and 02: how a convolution layer computes, how to count its parameters, and what gradient descent does.
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
# The next cell fixes the *seed* (시드), the number from which all random choices follow, and picks the number format in which your
# machine multiplies fastest. `FAST` is true when the notebook was started with `FAST=1` in the environment: then every network
# changes its weights 20 times only, which is enough to see that everything works, and too little for good results.

# %% tags=["nbval-ignore-output"]
from helpers.environment import FAST, build_path, setup

environment = setup(seed=42)

# %%
import math
import time
from collections import Counter

import keras
import matplotlib.pyplot as plt
import numpy as np
from keras.layers import Conv2D, Dense, Dropout, Flatten, MaxPooling2D, ZeroPadding2D
from sklearn.model_selection import train_test_split

from helpers import models, plots
from helpers.data import load_mnist, own_picture
from helpers.pictures.digits import DrawingPad, as_photograph

# %%
EPOCHS = 1 if FAST else 12  # rounds through the training images
DENSE_EPOCHS = 1 if FAST else 20  # for the dense network, whose rounds are short
STEPS = 20 if FAST else None  # updates of the weights in a round; None: until all images have been used
BATCH = 256  # images between two updates
DECAY = 0.2  # how strongly each update shrinks the weights
PATIENCE = 4  # rounds without improvement before the training stops

# %% [markdown]
# ## 1. A digit is a table of 784 numbers
#
# [MNIST](https://yann.lecun.com/exdb/mnist/) holds 70,000 handwritten digits (LeCun, Bottou, Bengio and Haffner, 1998). 60,000 are
# for training, 10,000 for the final test. Each has a *label* (레이블): the digit that it shows.

# %%
(x_train_all, y_train_all), (x_test, y_test) = load_mnist()

print("training pictures:", x_train_all.shape, x_train_all.dtype)
print("test pictures:    ", x_test.shape, x_test.dtype)
print("values:           ", x_train_all.min(), "to", x_train_all.max())
print("pictures per digit:", np.bincount(y_train_all))

# %%
for row in x_train_all[0, 5:25]:
    print("".join(f"{pixel:4}" if pixel else "   ." for pixel in row[3:26]))

# %% [markdown]
# **Your prediction:** read the table. Which digit is it?

# %% jupyter={"outputs_hidden": true}
plots.images(x_train_all[:16], y_train_all[:16], caption="The first 16 training pictures and their labels")

# %% [markdown]
# It is a 5. The computer never sees the shape of a 5, it sees the table. In the table dots stand for 0, and empty borders are left out; the figure
# draws the images like ink on paper, so 0 is white. About 250 people wrote the training digits, and each of them wrote a 4 or a 9 in another way: a
# rule that tells all of them apart is hard to write down, but it can be learned.
#
# ## 2. Scale, and what flattening loses
# Divide by 255, so that pixels lie between 0 and 1. Chapter 02 standardised its pixels; here 0 to 1 is enough, because Adam, the optimizer of this
# chapter, gives each weight a learning rate of its own. How do you feed the pixels in? A *dense layer* (밀집층, 완전 연결층)
# wants a row of numbers, so the image is *flattened* (펼치기): row after row, into one line of 784.
#
# **Your prediction:** two pixels lie one above the other in the image. How far apart are they in the line? Count from 0.

# %% jupyter={"outputs_hidden": true}
def prepared(pictures):
    return pictures.reshape(-1, 28, 28, 1).astype("float32") / 255  # one channel, values 0 to 1


x_all = prepared(x_train_all)
flat = x_all.reshape(-1, 784)

print("picture:", x_all[0].shape, "line:", flat[0].shape)
print("pixel in row 9, column 14 is number", 9 * 28 + 14, "and the one below it number", 10 * 28 + 14)
print("same value:", x_all[0, 10, 14, 0] == flat[0, 10 * 28 + 14])

# %% [markdown]
# They are 28 places apart. In the line, the pixels above and below are no longer neighbours, and nothing tells the network that they were. Does a
# network need to know that? You can find out with a trick: shuffle the 784 places, in the same way for **all** images.

# %%
new_order = np.random.default_rng(0).permutation(784)  # of the 784 places, the same for all pictures


def shuffled(pictures):
    return pictures.reshape(-1, 784)[:, new_order].reshape(-1, 28, 28, 1)


pair = np.concatenate([x_all[:4], shuffled(x_all[:4])])
titles = [*y_train_all[:4], *(f"{digit}, shuffled" for digit in y_train_all[:4])]
plots.images(pair, titles, columns=4, caption="Four digits, and the same four with their pixels shuffled")

# %% [markdown]
# *No information is lost, because with the order you could put every pixel back. But for your eyes it is gone.*
#
# **Your prediction:** one network is dense, one is convolutional. Both are trained on shuffled digits. Which of them gets worse? Write
# your answer down, because step 11 measures it.
# ## 3. ReLU between two layers, and ten probabilities
#
# A dense layer computes a sum of products and a bias for each of its *units* (유닛; other books say neuron, 뉴런). With NumPy that is `x @ W + b`. `@`
# is the matrix product: each row of `x`, an image, times each column of `W`, a unit, place by place, and added up. Do two such layers, one after
# the other, compute more than one layer can?
#
# **Your prediction:** leave the biases out. First `x @ W1`, then `@ W2`. Is there a single matrix that gives the same outputs for every `x`?

# %% jupyter={"outputs_hidden": true}
rng = np.random.default_rng(0)
x, W1, W2 = rng.normal(size=(2, 4)), rng.normal(size=(4, 5)), rng.normal(size=(5, 3))

print("two layers:       ", np.round(x @ W1 @ W2, 2).tolist())
print("one layer, W1 @ W2:", np.round(x @ (W1 @ W2), 2).tolist())
print("with ReLU:        ", np.round(np.maximum(x @ W1, 0) @ W2, 2).tolist())

# %% [markdown]
# There is: the product `W1 @ W2`<!-- claim: row("two layers:") == row("one layer, W1 @ W2:") != row("with ReLU:") -->. With biases it is the same, because
# they only add another constant. So any number of such layers computes no more than one. The third line is different: between the two layers the
# [*ReLU*](https://keras.io/api/layers/activations/) (렐루) of chapters 01 and 02 sets negative numbers to 0, here with `np.maximum(..., 0)`. It stands between
# the layers as their *activation function* (활성화 함수). What is that good for? With one input z, a dense layer can only give w · z + b, a straight
# line. Now take two units with the weights 1 and −1, ReLU, and add the two results:

# %%
def relu(z):
    return np.maximum(z, 0)


z = np.array([-2, -1, 0, 1, 2])
print("relu(z):           ", relu(z))
print("relu(z) + relu(-z):", relu(z) + relu(-z))

# %% [markdown]
# No straight line goes down and up again, but the sum of two lines that ReLU has bent
# does<!-- claim: row("relu(z) + relu(-z):") == [2, 1, 0, 1, 2] -->. With more units the line can bend more often.
#
# The last layer gives ten numbers of any size, its *scores* (점수; *logits* in many books). You want probabilities: numbers from 0 to 1 that
# add up to 1. [*Softmax*](https://keras.io/api/layers/activation_layers/softmax/) (소프트맥스) makes them in two operations. It takes
# $e^z$ of each score $z$, which is always positive, and divides by the sum:
#
# $$p_i = \frac{e^{z_i}}{e^{z_1} + e^{z_2} + \dots + e^{z_{10}}}$$
#
# **Your prediction:** the scores are 2, 1 and −1. Which gets the largest probability? And what changes if you add 10 to all three?

# %% jupyter={"outputs_hidden": true}
def softmax(z):
    powers = np.exp(z)
    return powers / powers.sum()


scores = np.array([2.0, 1.0, -1.0])
print("powers of e:       ", np.round(np.exp(scores), 2))
print("probabilities:     ", np.round(softmax(scores), 3), "sum", round(softmax(scores).sum(), 3))
print("10 added to scores:", np.round(softmax(scores + 10), 3))

# %% [markdown]
# The largest score gets the largest probability, and only the differences between scores
# count<!-- claim: row("probabilities:")[:3] == row("10 added to scores:") and row("probabilities:")[0] == max(row("probabilities:")[:3]) -->:
# adding 10 multiplies each power by the same number, which the division takes out again.
#
# ## 4. Labels as numbers, labels as rows
#
# The network gives ten probabilities, one for each digit. The *loss* (손실; 오차 in some books) is −log of the probability of the right digit, with the
# natural logarithm. It is called *crossentropy* (교차 엔트로피): it is 0 if the network was certain and right, and the more certain the network is of a
# wrong digit, the larger it becomes, without limit. A probability of one half for the right digit costs 0.7, one of 0.02 costs 3.9. There are two ways
# to tell Keras which digit is right:
#
# - as a number, 5, with the loss `sparse_categorical_crossentropy`;
# - as a row `[0 0 0 0 0 1 0 0 0 0]`, *one-hot* (원-핫 인코딩), with the loss `categorical_crossentropy`.
#
# **Your prediction:** three images, three rows of probabilities. Will the two losses differ?

# %% jupyter={"outputs_hidden": true}
labels = y_train_all[:3]
one_hot = keras.utils.to_categorical(labels, 10)
print("labels:", labels)
print("one-hot:\n", one_hot.astype(int))

# %% jupyter={"outputs_hidden": true}
probabilities = np.full((3, 10), 0.02)
probabilities[[0, 1, 2], [5, 0, 9]] = 0.82  # row 0 place 5, row 1 place 0, row 2 place 9; but the third picture is a 4

sparse = keras.losses.sparse_categorical_crossentropy(labels, probabilities)
categorical = keras.losses.categorical_crossentropy(one_hot, probabilities)
by_hand = -np.log(probabilities[[0, 1, 2], labels])
for name, loss in {"sparse": sparse, "one-hot": categorical, "by hand": by_hand}.items():
    print(f"{name:8}", [f"{value:.4f}" for value in np.asarray(loss)])

# %% [markdown]
# They are the same three numbers<!-- claim: row("sparse") == row("one-hot") == row("by hand") -->. With rows, Keras multiplies −log of each of the ten
# probabilities by the number at the same place of the row, and adds. Nine of these numbers are 0, so only the right digit is left. This course keeps the labels
# as numbers, because they need less memory and less typing; older books often use rows.
#
# > **What can go wrong: the wrong pair.** Labels as numbers with `categorical_crossentropy` give an error about shapes. But if the network
# > has a single output, there is no error: softmax over one number is always 1, so the loss stays 0, and nothing is learned.
#
# ## 5. Three sets
#
# The *test set* (테스트 세트) is used only once, at the end. To decide when to stop, and which network is best, you cut a *validation set* (검증
# 세트) out of the training images.
#
# Many published notebooks skip this. They measure on the test set after each round of training, keep the weights of the best round, and report its
# accuracy. That number is too good, because it was chosen for being good on just these images.
#
# **Your prediction:** 6,000 of 60,000 images are cut out. `stratify` keeps the share of each digit. About how many images
# of the digit 1 will be in the validation set?

# %% jupyter={"outputs_hidden": true}
x_train, x_val, y_train, y_val = train_test_split(
    x_all, y_train_all, test_size=6000, random_state=42, stratify=y_train_all
)
print("training:  ", x_train.shape)
print("validation:", x_val.shape, "digits:", np.bincount(y_val))

# %% [markdown]
# There are 674, a tenth of the 6,742 above. Each digit keeps its
# share<!-- claim: all(-1 < a - b / 10 < 1 for a, b in zip(row("digits:"), row("pictures per digit:"))) -->.
#
# ## 6. The dense network, and a first training
#
# The network has one layer of 512 units with ReLU, a *hidden layer* (은닉층) because it lies between input and output. The *output layer*
# (출력층) has ten units with softmax. A network of dense layers is also called *multilayer perceptron* (다층 퍼셉트론). The argument
# `dtype="float32"` is about number formats: your machine may multiply in 16 bits to be fast, but probabilities need 32.
#
# **Your prediction:** how many parameters does this network have? Count both layers, with their biases.

# %% jupyter={"outputs_hidden": true}
def output():
    return Dense(10, activation="softmax", dtype="float32")


def dense_network():
    layers = [Flatten(), Dense(512, activation="relu"), output()]
    return keras.Sequential([keras.Input((28, 28, 1)), *layers], name="mnist_dense")


def count(model):
    for layer in model.layers:
        print(f"{type(layer).__name__:20} {layer.output.shape!s:22} {layer.count_params():>10,}")
    print(f"{'total':43} {model.count_params():>10,}")


count(dense_network())
assert dense_network().count_params() == 407_050

# %% [markdown]
# (784 + 1) · 512 = 401,920 and (512 + 1) · 10 = 5,130. If you said 401,408, you forgot the biases of the hidden layer and the whole
# output layer.
#
# Before a network is trained, [`compile`](https://keras.io/api/models/model_training_apis/) tells it three things:
#
# - the **loss** to make small: the crossentropy of step 4;
# - the **optimizer** (옵티마이저), the rule that changes the weights: *Adam* is the gradient descent of chapter 02, with updates whose size it adapts to each weight;
# - the **metric** (측정 지표) to watch: *accuracy* (정확도; 정확률 in some books), the share of images that get the right digit.
#
# Older books write such lines in another way, for instance `Adam(lr=0.001)`, and many of them fail today. The table
# [your book's line, today's line](00_start_here.ipynb) in chapter 00 translates them.
#
# Then `fit` trains. As in chapter 02 it takes a *batch* (배치), here of 256 images, computes the gradient of their mean loss, updates all weights
# once, and takes the next batch. When all training images have had their turn, one *epoch* (에포크) is over, and `fit` measures loss and accuracy on
# the validation set.
#
# **Your prediction:** which accuracy do you expect before the training, with random weights? And after three epochs?

# %% jupyter={"outputs_hidden": true} tags=["nbval-ignore-output"]
keras.utils.set_random_seed(environment.seed)
model = dense_network()
model.compile(optimizer="adam", loss="sparse_categorical_crossentropy", metrics=["accuracy"])

print(f"before: accuracy {model.evaluate(x_val, y_val, batch_size=500, verbose=0)[1]:.2f}")
first_run = model.fit(
    x_train, y_train, batch_size=BATCH, epochs=1 if FAST else 3, steps_per_epoch=STEPS,
    validation_data=(x_val, y_val), verbose=2
)

# %% [markdown]
# Before the training it is about one in ten<!-- claim: number("before: accuracy") < 0.2 -->, as with guessing. Each line of the log is an epoch:
# the seconds, then `accuracy` and `loss` on the training images while the weights were changing. `val_accuracy` and `val_loss` are the same two on
# the validation images, at the end of the epoch. The loss falls from line to
# line<!-- claim: numbers(" loss: ") == sorted(numbers(" loss: "), reverse=True) -->. The first epoch has 54,000 / 256, that is 211 updates; they
# are enough to read more than nine of ten digits<!-- claim: numbers("val_accuracy: ")[0] > 0.9 -->, and after the third it reads more than 96 of
# 100<!-- claim: numbers("val_accuracy: ")[-1] > 0.96 -->.
#
# Ask the trained network about one image. `predict` wants a batch, even if it is a batch of one, so write `x_val[:1]`.

# %% tags=["nbval-ignore-output"]
probabilities = model.predict(x_val[:1], verbose=0)[0]
plots.probabilities(x_val[0], probabilities, [str(digit) for digit in range(10)], truth=y_val[0])

# %% [markdown]
# *Each bar is the probability of one digit, and the true digit is orange.* That is all: a table of numbers goes in, ten probabilities come out.
# ## 7. When to stop, and how large the updates are
#
# How many epochs are enough? Let the validation set decide. After each epoch Keras can call functions that you hand over, *callbacks* (콜백).
# Two of them look at the validation loss:
#
# - [`ModelCheckpoint`](https://keras.io/api/callbacks/model_checkpoint/) writes the network to a file whenever this loss is the lowest so far, if
#   you say `save_best_only=True` (a *checkpoint*, 체크포인트). So the file holds the best network, whatever happens later.
# - [`EarlyStopping`](https://keras.io/api/callbacks/early_stopping/) (조기 종료) ends the training when the loss has not fallen below its lowest
#   value for a number of epochs, its `patience` (인내심).
#
# An example with a patience of 2: the validation losses are 0.5, 0.3, 0.4, 0.35, 0.2. The lowest value so far is that of epoch 2, and neither epoch
# 3 nor epoch 4 is lower. So the training ends after epoch 4, and nobody ever sees the 0.2.
#
# **Your prediction:** now the patience is 4, and the losses are 0.5, 0.3, 0.25, 0.28, 0.27, 0.26, 0.26, 0.24. After which epoch does the training end, and
# which epoch does the checkpoint hold?

# %% jupyter={"outputs_hidden": true}
losses = [0.5, 0.3, 0.25, 0.28, 0.27, 0.26, 0.26, 0.24]
for epoch in range(1, len(losses) + 1):
    best = int(np.argmin(losses[:epoch])) + 1
    print(f"epoch {epoch}: loss {losses[epoch - 1]:.2f}, best so far: epoch {best}")
    if epoch - best == PATIENCE:
        print("stop")
        break

# %% [markdown]
# After epoch 7, because the epochs 4 to 7 are the four without a lower loss, and the checkpoint holds epoch 3. Now for real, with the dense network:

# %% tags=["nbval-ignore-output"]
keras.utils.set_random_seed(environment.seed)  # the same start as above
model = dense_network()
model.compile("adam", loss="sparse_categorical_crossentropy", metrics=["accuracy"])
best_file = build_path("best_first.keras")
callbacks = [
    keras.callbacks.ModelCheckpoint(best_file, save_best_only=True),
    keras.callbacks.EarlyStopping(patience=PATIENCE),
]
constant = model.fit(
    x_train, y_train, batch_size=BATCH, epochs=2 * DENSE_EPOCHS, steps_per_epoch=STEPS,  # patience ends it
    validation_data=(x_val, y_val), callbacks=callbacks, verbose=0
).history
losses = constant["val_loss"]
print(f"{len(losses)} epochs, lowest validation loss {min(losses):.4f} in epoch {np.argmin(losses) + 1}")
print(f"validation loss of the last epoch {losses[-1]:.4f}, training loss {constant['loss'][-1]:.4f}")

# %% tags=["nbval-ignore-output"]
plots.history({"dense, constant rate": constant})

# %% [markdown]
# *Dashed is training, solid is validation, the large dot marks the epoch that the checkpoint holds.* In fast mode there are only two points of
# each. The dashed line falls to nearly 0. The solid one stops falling and then
# rises<!-- claim: number("validation loss of the last epoch") > 1.05 * number("lowest validation loss") and number("training loss") < 0.02 -->:
# the network becomes more and more confident about its training images, which it *memorises*, and that does not help with new ones. This is
# *overfitting* (과대적합, 과적합).
#
# Each update is made from another 256 images, and each batch pulls the weights in a slightly different direction. While the *learning rate* (학습률) of
# chapter 02 stays the same, this pulling never ends. So the learning rate should fall towards the end. A plan for it is called a *schedule* (스케줄). This
# one rises during the first tenth of the updates, because the first gradients come from random weights and large updates could do harm, and then
# falls to 0 along half a cosine wave.
#
# A second change works against memorising. [`AdamW`](https://keras.io/api/optimizers/adamw/) is Adam with *weight decay* (가중치 감쇠): each update also
# makes all weights a little smaller, which keeps any of them from growing large for a few images.

# %%
def schedule(updates, highest=0.003):
    warm_up = updates // 10
    return keras.optimizers.schedules.CosineDecay(0.0, updates - warm_up, warmup_target=highest, warmup_steps=warm_up)


places = np.arange(0, 1001, 10)
figure, axis = plt.subplots(figsize=(6, 2.4), layout="constrained")
axis.plot(places / 10, [float(schedule(1000)(place)) for place in places], color=plots.BLUE)
axis.set(xlabel="updates done, in %", ylabel="learning rate", title="Up to 0.003, then down along half a cosine wave")
plt.show()

# %% [markdown]
# From now on every network of this chapter is trained in this way, so it is written once, as a function.
# [`load_model`](https://keras.io/api/models/model_saving_apis/) gives back what `ModelCheckpoint` wrote, the network of the best epoch.

# %%
def report(name, history):
    best = np.argmin(history["val_loss"])
    print(f"{name}: validation loss {history['val_loss'][best]:.4f}, accuracy {history['val_accuracy'][best]:.4f},",
          f"training loss {history['loss'][best]:.4f} (epoch {best + 1} of {len(history['loss'])})")


def keep_best(file):
    patient = keras.callbacks.EarlyStopping(patience=PATIENCE)
    return [keras.callbacks.ModelCheckpoint(file, save_best_only=True), patient]

# %% tags=["nbval-ignore-output"]
def train(build, epochs=EPOCHS, x=x_train, x_validation=x_val, note=""):
    keras.utils.set_random_seed(environment.seed)  # the same start, whatever ran before
    model = build()
    best_file = build_path(f"best_{model.name}{note}.keras")
    rate = schedule(epochs * (STEPS or math.ceil(len(x) / BATCH)))  # updates in all
    model.compile(keras.optimizers.AdamW(rate, DECAY), loss="sparse_categorical_crossentropy", metrics=["accuracy"])
    start = time.perf_counter()
    history = model.fit(
        x, y_train, batch_size=BATCH, epochs=epochs, steps_per_epoch=STEPS,
        validation_data=(x_validation, y_val), callbacks=keep_best(best_file), verbose=0
    ).history
    seconds = time.perf_counter() - start
    report(model.name + note, history)
    return keras.models.load_model(best_file), history, seconds

# %% [markdown]
# **Your prediction:** the same network, the same start. New are the schedule, the weight decay, and the end: 20 epochs at most, because the
# learning rate must reach 0. Will the validation loss still rise at the end?

# %% jupyter={"outputs_hidden": true} tags=["nbval-ignore-output"]
trained = {}  # of each network: the network, its history, the seconds
trained["mnist_dense"] = train(dense_network, DENSE_EPOCHS)

# %% jupyter={"outputs_hidden": true} tags=["nbval-ignore-output"]
runs = {"constant rate": constant, "schedule": trained["mnist_dense"][1]}
for name, run in runs.items():
    print(f"{name}, the last four validation losses:", *(f"{loss:.4f}" for loss in run["val_loss"][-4:]))
plots.history(runs)

# %% [markdown]
# *Compare the two solid lines at their right ends*, and the printed numbers. Hardly: with the schedule the line becomes
# flat<!-- claim: max(row("schedule, the last four validation losses:")) - min(row("schedule, the last four validation losses:")) < max(row("constant rate, the last four validation losses:")) - min(row("constant rate, the last four validation losses:")) -->,
# because its last updates are tiny. It ends lower than the other
# line<!-- claim: row("schedule, the last four validation losses:")[-1] < row("constant rate, the last four validation losses:")[-1] -->.
#
# ## 8. Two convolutions, pooling, dropout
#
# Now a network that looks at neighbours. Two convolutions find patterns, pooling keeps the strongest answers, and dense layers decide. A second new
# part works against overfitting. [*Dropout*](https://keras.io/api/layers/regularization_layers/dropout/) (드롭아웃) switches off a share of its inputs,
# chosen at random anew for each image and each update, so that the network cannot rely on any single one. When the network predicts, all are on.
#
# **Your prediction:** dropout of 0.5 gets eight ones while the network trains. About how many of them are left? What is done to those that are
# left, so that the sum stays about the same?

# %% jupyter={"outputs_hidden": true} tags=["nbval-ignore-output"]
half = Dropout(0.5, seed=1)
ones = np.ones((1, 8), "float32")
print("training:  ", np.asarray(half(ones, training=True), "float32"))
print("prediction:", np.asarray(half(ones, training=False), "float32"))

# %% [markdown]
# About half of them are
# 0<!-- claim: 2 < row("training: ").count(0) < 6 and row("training: ").count(0) + row("training: ").count(2) == 8 and row("prediction:").count(1) == 8 -->. The
# others are divided by 0.5, the share that is left, so they are doubled. So the next layer gets sums of about the same size in training and in prediction. When
# the network predicts, nothing is changed.
#
# The network has 32 filters of 3 by 3, then 64 of 3 by 3, pooling 2 by 2, a dense layer of 128, and ten outputs.
#
# **Your prediction:** there is no padding. Which shape comes out of the second convolution? Which of the layers has by far the most
# parameters?

# %% jupyter={"outputs_hidden": true}
def two_convolutions():
    layers = [
        Conv2D(32, 3, activation="relu"), Conv2D(64, 3, activation="relu"), MaxPooling2D(2), Dropout(0.25),
        Flatten(), Dense(128, activation="relu"), Dropout(0.5), output(),
    ]
    return keras.Sequential([keras.Input((28, 28, 1)), *layers], name="mnist_two_convolutions")


count(two_convolutions())
assert two_convolutions().count_params() == 1_199_882

# %% [markdown]
# Line by line: (3 · 3 · 1 + 1) · 32 = 320 and (3 · 3 · 32 + 1) · 64 = 18,496. Each convolution takes two pixels off: 28, 26, 24. Pooling
# halves: 12 · 12 · 64 = 9,216 numbers. Then (9,216 + 1) · 128 = 1,179,776 and (128 + 1) · 10 = 1,290. Pooling, dropout and flatten
# have no parameters.
#
# The first dense layer has nearly all of them. If you said the second convolution, you thought of its 64 filters, but the weights of a
# filter are used at all places and counted once.
#
# As a drawing, each block is the output of a layer: the higher its maps, the higher the block; the more maps, the thicker it is.

# %%
plots.volumes(two_convolutions(), caption="Two convolutions, pooling, two dense layers")

# %% [markdown]
# **Your prediction:** this network has three times as many parameters as the dense one. Will an epoch take about three times as long, less, or more?

# %% jupyter={"outputs_hidden": true} tags=["nbval-ignore-output"]
trained["mnist_two_convolutions"] = train(two_convolutions)

# %% jupyter={"outputs_hidden": true} tags=["nbval-ignore-output"]
for name, (_, run, seconds) in trained.items():
    print(f"{name}: {seconds / len(run['loss']):.1f} s for an epoch")

# %% [markdown]
# On 2 CPU cores it takes much longer than three times<!-- claim: number("mnist_two_convolutions:") > 4 * number("mnist_dense:") -->. The number of
# parameters does not tell how much work a layer is: each of the second convolution's 18,432 weights (18,496 with the 64 biases) is used at 24 · 24
# = 576 places, while a dense layer uses each weight once for each image. A GPU is so fast with convolutions that the difference may nearly vanish.
#
# ## 9. Three convolutions, two poolings
#
# The next network has convolutions of 32, 64 and 64 filters of 3 by 3, a 2x2 pooling after the first and after the second, and a dense
# layer of 64.
#
# **Your prediction:** does it have more or fewer parameters than the dense network with its 407,050?

# %% jupyter={"outputs_hidden": true}
def small_convnet():
    layers = [
        Conv2D(32, 3, activation="relu"), MaxPooling2D(2),
        Conv2D(64, 3, activation="relu"), MaxPooling2D(2),
        Conv2D(64, 3, activation="relu"), Flatten(), Dense(64, activation="relu"), output(),
    ]
    return keras.Sequential([keras.Input((28, 28, 1)), *layers], name="mnist_small")


count(small_convnet())
assert small_convnet().count_params() == 93_322

# %% [markdown]
# 28 → 26 → 13 → 11 → 5 → 3: only 3 · 3 · 64 = 576 numbers reach the dense layer, so it costs (576 + 1) · 64 = 36,928, exactly as much as the
# last convolution. That is no accident: 64 units that see a whole map of 3 by 3 by 64 compute what 64 filters of 3 by 3 would compute there, at
# their only place. With 320, 18,496 and the output's (64 + 1) · 10 = 650 that makes 93,322, less than a quarter of the dense network.
# 11 / 2 is not a whole number, so pooling leaves the last row and column out.
#
# ## 10. LeNet-5, where it began
#
# In 1998 Yann LeCun and his colleagues published
# [LeNet-5](https://doi.org/10.1109/5.726791), a network that read the digits on bank cheques. Its kernels are 5 by 5, and its input is 32 by
# 32: the digit gets a border, so that the ends of strokes can lie in the middle of a window, too. This course keeps its sizes, and uses today's ReLU
# and max pooling where it had another activation (tanh) and pooling by a weighted average.
#
# Many courses build a second form: 28 by 28 input, and `"same"` padding in each convolution.
#
# **Your prediction:** both have 6, 16 and 120 filters of 5 by 5, and dense layers of 84 and 10. Will they have the same number of
# parameters?

# %%
def lenet(padding):
    layers = [
        Conv2D(6, 5, padding=padding, activation="relu"), MaxPooling2D(2),
        Conv2D(16, 5, padding=padding, activation="relu"), MaxPooling2D(2),
        Conv2D(120, 5, padding=padding, activation="relu"), Flatten(), Dense(84, activation="relu"), output(),
    ]
    border = [ZeroPadding2D(2)] if padding == "valid" else []  # 28x28 becomes 32x32
    name = "mnist_lenet5" if padding == "valid" else "mnist_lenet5_padded"
    return keras.Sequential([keras.Input((28, 28, 1)), *border, *layers], name=name)

# %% jupyter={"outputs_hidden": true}
count(lenet("valid"))
print()
count(lenet("same"))
assert lenet("valid").count_params() == 61_706
assert lenet("same").count_params() == 545_546

# %% [markdown]
# The convolutions have 156, 2,416 and 48,120 parameters in both. But look at the shapes. In the form of 1998 the last convolution sees a
# map of 5 by 5 and gives 1 by 1 by 120: only 120 numbers reach the dense layer. With padding the map is 7 by 7, and 5,880 numbers reach it: (5,880 + 1) · 84 = 494,004.
#
# > **What can go wrong: flat kernels.** Some texts count (25 + 1) · 6 + (25 + 1) · 16 + (25 + 1) · 120 = 3,692 for the three convolutions. They
# > forget that a kernel is as deep as its input, and conclude that the dense layers hold most parameters. In the form of 1998 the three
# > convolutions have (25 · 1 + 1) · 6 + (25 · 6 + 1) · 16 + (25 · 16 + 1) · 120 = 50,692, and the dense layers (120 + 1) · 84 + (84 + 1) · 10 =
# > 11,014. In the original, most maps of the second convolution see only some of the six maps before; an ordinary `Conv2D` sees all.
#
# Now train three networks: the small one of step 9 and both forms of LeNet-5. `lambda: lenet("valid")` is a function without a name, which `train`
# calls to build the network.

# %% tags=["nbval-ignore-output"]
trained["mnist_small"] = train(small_convnet)
trained["mnist_lenet5"] = train(lambda: lenet("valid"))
trained["mnist_lenet5_padded"] = train(lambda: lenet("same"))

# %% tags=["nbval-ignore-output"]
shown = ("mnist_dense", "mnist_two_convolutions", "mnist_small")  # the two LeNets look like the last one
figure = plots.history({name.removeprefix("mnist_"): trained[name][1] for name in shown})
if not FAST:
    figure.axes[0].set_ylim(0, 0.15)  # the first epochs would leave no room for the rest
figure

# %% [markdown]
# *Compare the solid lines first, at their dots.* Those of the convolutional networks lie below that of the dense
# one<!-- claim: max(number("mnist_two_convolutions: validation loss"), number("mnist_small: validation loss")) < number("mnist_dense: validation loss") -->.
# *Now the dashed lines.* In the first epoch a dashed line may lie above its solid line, because it is the mean over an epoch in which the network
# was still improving. Later the dashed line of the dense network falls to nearly 0<!-- claim: row("mnist_dense: validation loss")[2] < 0.02 -->. At
# the dots that of the two convolutions is
# highest<!-- claim: row("mnist_two_convolutions: validation loss")[2] > max(row("mnist_dense: validation loss")[2], row("mnist_small: validation loss")[2]) -->,
# because dropout switches inputs off while it trains.
#
# ## 11. The shuffled digits
#
# Back to the question of step 2. The dense network and the small convolutional one of step 9 start anew, on shuffled images.
# Nothing else changes.
#
# **Your prediction:** which of the two gets worse? Will the convolutional network still beat the dense one?

# %% jupyter={"outputs_hidden": true} tags=["nbval-ignore-output"]
on_shuffled = {
    "mnist_dense": train(dense_network, DENSE_EPOCHS, shuffled(x_train), shuffled(x_val), "_shuffled")[0],
    "mnist_small": train(small_convnet, EPOCHS, shuffled(x_train), shuffled(x_val), "_shuffled")[0],
}

# %% [markdown]
# Compare with the accuracies on proper images, in steps 7 and 10. The dense network reaches about the same as
# before<!-- claim: abs(row("mnist_dense_shuffled: validation loss")[1] - row("mnist_dense: validation loss")[1]) < 0.005 -->; the last digits
# differ by chance. Each of its units has a weight for each of the 784 numbers, and does not care in which order they come: shuffle the rows of `W`
# in the same way, and `x @ W` is the same. The convolutional network
# falls<!-- claim: row("mnist_small_shuffled: validation loss")[1] < row("mnist_small: validation loss")[1] - 0.01 -->, and now it is *behind* the
# dense one<!-- claim: row("mnist_small_shuffled: validation loss")[1] < row("mnist_dense_shuffled: validation loss")[1] -->: neighbours in a
# shuffled image have nothing to do with each other, and a pattern that is worth finding in one place is worth nothing in another.
#
# So this is **why convolution wins** on images: it starts with the knowledge that neighbours belong together, and that a pattern may be
# anywhere. Where that is not true, this knowledge does harm.
#
# ## 12. Move the digits a little
#
# A convolution finds a pattern wherever it is. But behind the convolutions there is `Flatten`, and a dense layer with a weight for each
# place. So a digit that moves by a pixel looks new to that layer, and only examples can teach it that nothing has changed.
#
# More examples cost nothing here: move the training images by up to two pixels in each direction. Changing examples in ways that leave the label true
# is called *augmentation* (데이터 증강), and chapter 06 takes it much further. The network of step 8 is not trained anew, it **goes on** from where it
# is.
#
# **Your prediction:** how often is it right on moved images before this training? As often as on the others, a little less often, or
# clearly less often?

# %% jupyter={"outputs_hidden": true}
def moved(pictures, rng):
    """Move each image by up to 2 pixels each way; in a few, ink leaves on one side and comes in on the other."""
    copy = np.empty_like(pictures)
    distances = rng.integers(-2, 3, size=(len(pictures), 2))
    for down in range(-2, 3):
        for right in range(-2, 3):
            chosen = (distances == (down, right)).all(axis=1)
            copy[chosen] = np.roll(pictures[chosen], (down, right), axis=(1, 2))
    return copy


x_val_moved = moved(x_val, np.random.default_rng(0))
titles = [*y_val[:8], *(f"{digit}, moved" for digit in y_val[:8])]
plots.images(np.concatenate([x_val[:8], x_val_moved[:8]]), titles, columns=8, caption="Eight digits before and after")

# %% jupyter={"outputs_hidden": true} tags=["nbval-ignore-output"]
def accuracies(model):
    return [model.evaluate(x, y_val, batch_size=500, verbose=0)[1] for x in (x_val, x_val_moved)]


two_convolutional = trained["mnist_two_convolutions"][0]
print("before: as they are {:.4f}, moved {:.4f}".format(*accuracies(two_convolutional)))

# %% [markdown]
# Clearly less often<!-- claim: row("before:")[0] - row("before:")[1] > 0.02 -->: a pixel or two is enough to confuse it.
#
# Now two moved copies of all training images, for two epochs. But if the network becomes better, is it because of the moved digits, or because it
# was trained longer? A fair comparison needs a *control* (대조군): a second copy of the network gets as many updates, with the same learning rates, on
# images that were not moved. `clone_model` builds the same network again, and `set_weights` copies the weights, so the first one stays as it is.
# `restore_best_weights` gives back the best epoch without a file.

# %% tags=["nbval-ignore-output"]
def go_on(model, change, copies=1 if FAST else 2, epochs=1 if FAST else 2):
    rng = np.random.default_rng(environment.seed)
    x, y = np.concatenate([change(x_train, rng) for _ in range(copies)]), np.tile(y_train, copies)
    further = keras.models.clone_model(model)
    further.set_weights(model.get_weights())
    rate = keras.optimizers.schedules.CosineDecay(0.003, decay_steps=epochs * len(x) // BATCH)
    further.compile(keras.optimizers.Adam(rate), loss="sparse_categorical_crossentropy", metrics=["accuracy"])
    start = time.perf_counter()
    history = further.fit(
        x, y, batch_size=BATCH, epochs=epochs, steps_per_epoch=STEPS, validation_data=(x_val, y_val), verbose=0,
        callbacks=[keras.callbacks.EarlyStopping(patience=epochs, restore_best_weights=True)]
    ).history
    return further, history, time.perf_counter() - start

# %% tags=["nbval-ignore-output"]
control = go_on(two_convolutional, lambda pictures, rng: pictures)
trained["mnist_two_convolutions_moved"] = go_on(two_convolutional, moved)
print("control:    as they are {:.4f}, moved {:.4f}".format(*accuracies(control[0])))
print("with moved: as they are {:.4f}, moved {:.4f}".format(*accuracies(trained["mnist_two_convolutions_moved"][0])))

# %% [markdown]
# Compare the last number of each line. Longer training alone changes little<!-- claim: abs(row("control:")[1] - row("before:")[1]) < 0.01 -->,
# while two epochs on moved digits bring the network close to its accuracy on digits that were not
# moved<!-- claim: row("with moved:")[1] > row("control:")[1] + 0.01 and row("with moved:")[0] - row("with moved:")[1] < 0.01 -->.
#
# ## 13. What the best network gets wrong
#
# Which network is the best? Decide with the validation accuracy, in which one image of 6,000 is 0.00017.

# %% tags=["nbval-ignore-output"]
validation = {name: run["val_accuracy"][np.argmin(run["val_loss"])] for name, (_, run, _) in trained.items()}
for name, accuracy in validation.items():
    print(f"{name:29} {trained[name][0].count_params():>9,} parameters   validation accuracy {accuracy:.4f}")
best_name = max(validation, key=validation.get)
print("best:", best_name)

# %% tags=["nbval-ignore-output"]
predictions = trained[best_name][0].predict(x_val, batch_size=500, verbose=0)
predicted = predictions.argmax(axis=1)
wrong = np.flatnonzero(predicted != y_val)
most_confident = wrong[np.argsort(-predictions[wrong].max(axis=1))][:24]

titles = []
for i in most_confident:
    p_said, p_true = predictions[i, predicted[i]], predictions[i, y_val[i]]
    titles.append(f"true {y_val[i]}: {p_true:.2f}\nsaid {predicted[i]}: {p_said:.2f}")
plots.images(x_val[most_confident], titles, caption=f"The most confident of {len(wrong)} mistakes among 6,000")

# %% [markdown]
# *Above each image stand the true digit and what the network said, with the probability that it gave to each.* Could you read them all?
# People would disagree about some of them, too, and a few may even carry the wrong label.
#
# The *confusion matrix* (혼동 행렬) counts which digit is taken for which.
#
# **Your prediction:** look at the mistakes above once more. Which two digits are mixed up most often?

# %% jupyter={"outputs_hidden": true} tags=["nbval-ignore-output"]
pairs = Counter(tuple(sorted((int(y_val[i]), int(predicted[i])))) for i in wrong)
for pair, count_of in pairs.most_common(3):
    print(f"{pair[0]} and {pair[1]}: mixed up {count_of} times")

plots.confusion(y_val, predicted, [str(digit) for digit in range(10)])

# %% [markdown]
# *Rows are the truth, columns are what the network said, and colour shows mistakes only.* Find the darkest cell, and the one on the other side of
# the diagonal with the same two digits. With so few mistakes, do not read too much into their order, because one or two images more or less would
# change most of it.
#
# ## 14. A digit of your own
#
# Now write a digit yourself. Draw it with the mouse in the field below, or photograph one on paper and put the file's path between the quotation
# marks of `MY_DIGIT`; in Colab write `"upload"`. If you do neither, the next cells take a "photograph" made from a digit of the validation set:
# dark ink on paper that is not quite white, unevenly lit, and off the centre. Draw first, then run the cell behind the field.

# %% tags=["nbval-ignore-output"]
pad = DrawingPad()
pad.show()

# %% tags=["nbval-ignore-output"]
MY_DIGIT = ""

if MY_DIGIT == "upload":
    from google.colab import files as colab_files
    MY_DIGIT = colab_files.upload()
if pad.drawn():
    photograph = pad.picture()
elif MY_DIGIT:
    photograph = own_picture(MY_DIGIT)
else:
    photograph = as_photograph(x_val[3, :, :, 0], np.random.default_rng(7))
grey = photograph.mean(axis=2) if photograph.ndim == 3 else photograph
print("shape:", grey.shape, "values:", int(grey.min()), "to", int(grey.max()))

# %% [markdown]
# The network wants 28 by 28 pixels. The obvious thing is to make the photograph smaller and divide it by 255.
#
# **Your prediction:** will the network read it?

# %% jupyter={"outputs_hidden": true} tags=["nbval-ignore-output"]
def resized(image, height, width):
    pixels = keras.ops.image.resize(image[..., np.newaxis].astype("float32"), (height, width), antialias=True)
    return keras.ops.convert_to_numpy(pixels)[..., 0]


reader = trained[best_name][0]
raw = resized(grey, 28, 28) / 255
raw_probabilities = reader.predict(raw[np.newaxis, ..., np.newaxis], verbose=0)[0]
plots.probabilities(np.clip(raw, 0, 1), raw_probabilities, [str(digit) for digit in range(10)])

# %% [markdown]
# Look at the small image. It is drawn like all digits of this chapter, dark where the numbers are large, and it is nearly black: in MNIST the paper
# is 0 and the ink is 255, but in a photograph it is the other way round, so the network sees a sheet full of ink. And there is more that is
# different. LeCun and his colleagues prepared each digit before it went into MNIST: they scaled it so that it fits into 20 by 20 pixels, and placed
# it in 28 by 28 so that its *centre of mass* (무게 중심), the mean place of its ink, is in the middle.
#
# The next cell does the same in four steps. You need not read its code.
#
# 1. Ink becomes 1 and paper 0, and what is fainter than 0.35 counts as paper.
# 2. The smallest rectangle that holds all ink is cut out.
# 3. It is made smaller or larger until its longer side has 20 pixels.
# 4. It is placed in 28 by 28 so that its centre of mass is in the middle.

# %%
def ink_of(grey):
    """Ink 1, paper 0, whichever of the two is bright; faint values become paper."""
    paper = np.median(grey)  # most of the sheet is empty
    ink = np.abs(grey - paper) / np.abs(grey - paper).max()
    return np.where(ink < 0.35, 0, ink)

# %%
def in_the_middle(ink):
    """The digit in 20 by 20 pixels, its centre of mass in the middle of 28 by 28."""
    rows, columns = np.flatnonzero(ink.any(axis=1)), np.flatnonzero(ink.any(axis=0))
    digit = ink[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
    height, width = np.maximum(1, np.round(20 * np.array(digit.shape) / max(digit.shape))).astype(int)
    small = np.clip(resized(digit, height, width), 0, 1)
    row = round(14 - (small.sum(axis=1) @ (np.arange(height) + 0.5)) / small.sum())
    column = round(14 - (small.sum(axis=0) @ (np.arange(width) + 0.5)) / small.sum())
    sheet = np.zeros((28, 28), "float32")
    row, column = np.clip([row, column], 0, [28 - height, 28 - width])
    sheet[row : row + height, column : column + width] = small
    return sheet

# %% tags=["nbval-ignore-output"]
ink = ink_of(grey)
ready = in_the_middle(ink)
looks = {"photograph": grey / 255, "ink alone": 1 - ink, "as MNIST has it": 1 - ready}  # as the eye sees them
small = np.stack([np.clip(resized(image, 84, 84), 0, 1) for image in looks.values()])
plots.images(np.repeat(small[..., np.newaxis], 3, axis=3), list(looks), columns=3)

# %% tags=["nbval-ignore-output"]
ready_probabilities = reader.predict(ready[np.newaxis, ..., np.newaxis], verbose=0)[0]
plots.probabilities(ready, ready_probabilities, [str(digit) for digit in range(10)])

# %% [markdown]
# *Compare the two drawings with bars: the same network, the same digit.*
#
# One photograph proves nothing. So the next cell turns 200 digits of the validation set into "photographs" with code: other sizes, off the centre, dark on
# bright, unevenly lit. Then it asks the network twice, about the photographs as they are and about the prepared ones.
#
# **Your prediction:** how many of 200 does it read in each case? Guessing gets about 20.

# %% jupyter={"outputs_hidden": true} tags=["nbval-ignore-output"]
photographs = [as_photograph(image[:, :, 0], np.random.default_rng(number)) for number, image in enumerate(x_val[:200])]
as_they_are = np.stack([resized(photo, 28, 28) / 255 for photo in photographs])[..., np.newaxis]
prepared_like_mnist = np.stack([in_the_middle(ink_of(photo)) for photo in photographs])[..., np.newaxis]
for name, images in {"as they are": as_they_are, "prepared": prepared_like_mnist}.items():
    right = reader.predict(images, verbose=0).argmax(axis=1) == y_val[:200]
    print(f"{name:12} {right.sum():3} of 200 right")

# %% [markdown]
# The network is the same in both lines; only the preparation differs, and with it the network reads nearly all of them, without it only a few more
# than by guessing<!-- claim: number("prepared") > 180 and number("as they are") < 60 -->. It was trained on images that were prepared in one way,
# so it can read new images only if they are prepared in that way, too.
#
# ## 15. The test set, once
#
# All decisions are made. The test set is asked once for each network, and each gets a *card*, a small file that says how it came about: seed, epochs, accuracies.
# Yours go to the folder `build/`, and the networks that ship with the course stay as they are.

# %% tags=["nbval-ignore-output"]
x_test_ready = prepared(x_test)
tested = {}
for name, (model, run, seconds) in trained.items():
    _, tested[name] = model.evaluate(x_test_ready, y_test, batch_size=500, verbose=0)
    best_epoch = int(np.argmin(run["val_loss"])) + 1
    facts = dict(epochs=len(run["loss"]), best_epoch=best_epoch, train_seconds=round(seconds, 1))
    if name in on_shuffled:
        _, accuracy = on_shuffled[name].evaluate(shuffled(x_test_ready), y_test, batch_size=500, verbose=0)
        facts["shuffled_test_accuracy"] = round(accuracy, 4)
    models.save(
        model, name, dataset="mnist", notebook="03_mnist_dense_to_convnet", seed=environment.seed, **facts,
        validation_accuracy=round(validation[name], 4), test_accuracy=round(tested[name], 4)
    )
    print(f"{name:29} test accuracy {tested[name]:.4f}", facts.get("shuffled_test_accuracy", ""))

# %% tags=["nbval-ignore-output"]
figure, axis = plt.subplots(figsize=(8, 3.2), layout="constrained")
order = sorted(tested, key=tested.get)
names = [f"{name.removeprefix('mnist_')}, {trained[name][0].count_params():,} parameters" for name in order]
bars = axis.barh(names, [round(10_000 * (1 - tested[name])) for name in order], color=plots.BLUE)
axis.bar_label(bars, padding=3)
axis.set(xlabel="wrong among 10,000 test pictures", title="What each network gets wrong")
axis.margins(x=0.1)
plt.show()

# %% [markdown]
# *The shorter the bar, the better.* The longest bar belongs to the dense
# network<!-- claim: number("mnist_dense") < min(number("mnist_small"), number("mnist_lenet5 "), number("mnist_lenet5_padded"), number("mnist_two_convolutions ")) -->,
# though it has more parameters than two of the others. The large step is from the dense network to convolution. The convolutional networks lie
# close together, the small ones beside the
# large<!-- claim: min(number("mnist_small"), number("mnist_lenet5 "), number("mnist_lenet5_padded"), number("mnist_two_convolutions ")) - number("mnist_dense") > 2 * (max(number("mnist_small"), number("mnist_lenet5 "), number("mnist_lenet5_padded"), number("mnist_two_convolutions ")) - min(number("mnist_small"), number("mnist_lenet5 "), number("mnist_lenet5_padded"), number("mnist_two_convolutions "))) -->.
# Two of the bars belong to one architecture, the two convolutions without and with moved digits. The cards of the networks that come with the
# course say:
# | network | parameters | epochs | seconds on 2 CPU cores | test accuracy |
# |---|---|---|---|---|
# | dense | 407,050 | 20<!-- mnist_dense.epochs --> | 18.5<!-- mnist_dense.train_seconds --> | 0.9827<!-- mnist_dense.test_accuracy --> |
# | two convolutions, dropout | 1,199,882 | 12<!-- mnist_two_convolutions.epochs --> | 204.7<!-- mnist_two_convolutions.train_seconds --> | 0.9918<!-- mnist_two_convolutions.test_accuracy --> |
# | the same, two further epochs on moved digits | 1,199,882 | 2<!-- mnist_two_convolutions_moved.epochs --> | 52.0<!-- mnist_two_convolutions_moved.train_seconds --> | 0.9928<!-- mnist_two_convolutions_moved.test_accuracy --> |
# | small convnet | 93,322 | 12<!-- mnist_small.epochs --> | 71.3<!-- mnist_small.train_seconds --> | 0.9923<!-- mnist_small.test_accuracy --> |
# | LeNet-5, 32x32 | 61,706 | 12<!-- mnist_lenet5.epochs --> | 34.6<!-- mnist_lenet5.train_seconds --> | 0.9921<!-- mnist_lenet5.test_accuracy --> |
# | LeNet-5, padded | 545,546 | 12<!-- mnist_lenet5_padded.epochs --> | 80.3<!-- mnist_lenet5_padded.train_seconds --> | 0.9925<!-- mnist_lenet5_padded.test_accuracy --> |
# | dense, shuffled pixels | 407,050 | | | 0.9830<!-- mnist_dense.shuffled_test_accuracy --> |
# | small convnet, shuffled pixels | 93,322 | | | 0.9668<!-- mnist_small.shuffled_test_accuracy --> |
#
# How much of this is luck? The same with every seed that was tried:
#
# | network | lowest test accuracy | mean | highest |
# |---|---|---|---|
# | dense | 0.9821<!-- mnist_dense.seeds.test_accuracy.min --> | 0.9824<!-- mnist_dense.seeds.test_accuracy.mean --> | 0.9827<!-- mnist_dense.seeds.test_accuracy.max --> |
# | two convolutions, dropout | 0.9918<!-- mnist_two_convolutions.seeds.test_accuracy.min --> | 0.9919<!-- mnist_two_convolutions.seeds.test_accuracy.mean --> | 0.9922<!-- mnist_two_convolutions.seeds.test_accuracy.max --> |
# | the same, after moved digits | 0.9925<!-- mnist_two_convolutions_moved.seeds.test_accuracy.min --> | 0.9931<!-- mnist_two_convolutions_moved.seeds.test_accuracy.mean --> | 0.9939<!-- mnist_two_convolutions_moved.seeds.test_accuracy.max --> |
# | small convnet | 0.9923<!-- mnist_small.seeds.test_accuracy.min --> | 0.9928<!-- mnist_small.seeds.test_accuracy.mean --> | 0.9933<!-- mnist_small.seeds.test_accuracy.max --> |
# | LeNet-5, 32x32 | 0.9910<!-- mnist_lenet5.seeds.test_accuracy.min --> | 0.9914<!-- mnist_lenet5.seeds.test_accuracy.mean --> | 0.9921<!-- mnist_lenet5.seeds.test_accuracy.max --> |
# | LeNet-5, padded | 0.9923<!-- mnist_lenet5_padded.seeds.test_accuracy.min --> | 0.9926<!-- mnist_lenet5_padded.seeds.test_accuracy.mean --> | 0.9931<!-- mnist_lenet5_padded.seeds.test_accuracy.max --> |
#
# The best of the dense networks stays behind the worst of the convolutional
# ones<!-- claim: card("mnist_dense.seeds.test_accuracy.max") < min(card("mnist_two_convolutions.seeds.test_accuracy.min"), card("mnist_small.seeds.test_accuracy.min"), card("mnist_lenet5.seeds.test_accuracy.min"), card("mnist_lenet5_padded.seeds.test_accuracy.min")) -->,
# and the two convolutions were better after moved digits, with every
# seed<!-- claim: card("mnist_two_convolutions_moved.seeds.test_accuracy.min") > card("mnist_two_convolutions.seeds.test_accuracy.max") -->. But a
# difference of one thousandth between two convolutional networks may be luck.
#
# ## What can go wrong
#
# - **Training images and new images prepared differently.** Prepare both in the same way: scale, shape, order, ink and paper.
# - **The last epoch instead of the best.** Without a checkpoint you keep the network of the last epoch.
# - **The test set as validation set.** No error warns you, but the accuracy that you report is too good.
# - **Counting parameters as if kernels were flat.** A kernel is as deep as its input.
#
# ## What you learned
#
# 1. To a computer an image is a table of numbers. When it is flattened, it no longer shows which pixels were neighbours.
# 2. Without an activation function between them, two layers compute no more than one. Softmax turns scores into probabilities.
# 3. A convolution uses neighbours and shares its weights. With shuffled pixels this advantage is gone, while a dense network does not mind.
# 4. A checkpoint keeps the best epoch, early stopping ends the training, and both look at the validation set.
# 5. New images must be prepared like those that the network was trained on, or it cannot read them.
#
# | you met | what it does |
# |---|---|
# | [`keras.Sequential`](https://keras.io/api/models/sequential/) | layers one after the other |
# | [`Dense`](https://keras.io/api/layers/core_layers/dense/), [`Flatten`](https://keras.io/api/layers/reshaping_layers/flatten/), [`Dropout`](https://keras.io/api/layers/regularization_layers/dropout/) | layers of this chapter |
# | [`compile`, `fit`, `evaluate`, `predict`](https://keras.io/api/models/model_training_apis/) | say how to train; train; measure; ask |
# | [`ModelCheckpoint`](https://keras.io/api/callbacks/model_checkpoint/), [`EarlyStopping`](https://keras.io/api/callbacks/early_stopping/) | keep the best epoch; end the training |
# | [`CosineDecay`](https://keras.io/api/optimizers/learning_rate_schedules/cosine_decay/), [`AdamW`](https://keras.io/api/optimizers/adamw/) | a learning rate that falls along a cosine wave; Adam with weight decay |
# | [`train_test_split`](https://scikit-learn.org/stable/modules/generated/sklearn.model_selection.train_test_split.html) | cut a validation set out |
#
# **An open question.** The images are drawn as ink on paper, but the network gets ink as 1 and paper as 0. Suppose it had been trained the other
# way round, paper 1 and ink 0. Explain in three sentences what would change for the padding with zeros of LeNet-5, and how you would find out
# whether it matters.
#
# **Exercises:** [8 exercises](exercises/03_digits_exercises.ipynb) on this chapter; each checks your answer.
#
# **Next:** [04 · Classify clothes with a convolutional network](04_fashion_mnist_cnn.ipynb) takes a harder data set, on which networks differ more.
#
# **In PyTorch:** [03 · Digits in PyTorch: LeNet-5 and a training loop of your own](pytorch/03_digits_in_pytorch.ipynb).

# %% tags=["reached", "nbval-ignore-output"]
figures = ", ".join(f"{name.removeprefix('mnist_')} {accuracy:.4f}" for name, accuracy in tested.items())
print("test accuracy (trained now):", figures)
