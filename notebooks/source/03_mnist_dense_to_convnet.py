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
# - **Time** on 2 CPU cores: 0.5<!-- chapters.03_mnist_dense_to_convnet.fast_minutes --> minutes in fast mode, 15.2<!-- chapters.03_mnist_dense_to_convnet.full_minutes --> minutes in full mode.<!-- gpu 03 --><!-- end of gpu --> A GPU is used when there is one.
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
# trains for 50 steps only, enough to see that everything works, and too little for good results.

# %% tags=["nbval-ignore-output"]
from helpers.environment import FAST, build_path, setup

environment = setup(seed=42)

# %%
import time
from collections import Counter

import keras
import matplotlib.pyplot as plt
import numpy as np
from keras.layers import Conv2D, Dense, Dropout, Flatten, MaxPooling2D, ZeroPadding2D
from sklearn.model_selection import train_test_split

from helpers import models, plots
from helpers.data import load_mnist

EPOCHS = 1 if FAST else 20  # rounds through the training pictures, at most
STEPS = 50 if FAST else None  # changes of the weights in a round; None: as many as there are pictures for
BATCH = 128  # pictures between two changes of the weights
PATIENCE = 4  # rounds without improvement before we stop

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
# A 5. The computer never sees the shape of a 5; it sees the table. (Dots stand for 0, and empty borders are left out. Pictures
# are drawn like ink on paper: 0 is white.)
#
# ## 2. Scale, and what flattening loses
#
# We divide by 255, so that pixels lie between 0 and 1. Then we think about how to feed them in. A *dense layer* (밀집층, 완전 연결층)
# wants a row of numbers, so the picture is *flattened* (펼치기): row after row, into one line of 784.
#
# **Your prediction:** two pixels lie one above the other in the picture. How far apart are they in the line? (We count from 0.)

# %% jupyter={"outputs_hidden": true}
def prepared(pictures):
    return pictures.reshape(-1, 28, 28, 1).astype("float32") / 255  # one channel, values 0 to 1


x_all = prepared(x_train_all)
flat = x_all.reshape(-1, 784)

print("picture:", x_all[0].shape, "line:", flat[0].shape)
print("pixel in row 9, column 14 is number", 9 * 28 + 14, "and the one below it number", 10 * 28 + 14)
print("same value:", x_all[0, 10, 14, 0] == flat[0, 10 * 28 + 14])

# %% [markdown]
# 28 places apart: the line does not show any more who were neighbours. Does a network need to know? We can ask it, with a trick. We
# shuffle the 784 places, in the same way for **all** pictures:

# %%
new_order = np.random.default_rng(0).permutation(784)  # of the 784 places, the same for all pictures


def shuffled(pictures):
    return pictures.reshape(-1, 784)[:, new_order].reshape(-1, 28, 28, 1)


pair = np.concatenate([x_all[:4], shuffled(x_all[:4])])
titles = [*y_train_all[:4], *(f"{digit}, shuffled" for digit in y_train_all[:4])]
plots.images(pair, titles, columns=4, caption="Four digits, and the same four with their pixels shuffled")

# %% [markdown]
# *No information is lost: with the order you could put every pixel back. But for your eyes it is gone.*
#
# **Your prediction:** one network is dense, one is convolutional. Both are trained on shuffled digits. Which of them suffers? Write
# it down; section 9 measures it.
#
# ## 3. Labels as numbers, labels as rows
#
# The network will give ten probabilities, one for each digit. The *loss* (손실) is −log of the probability of the right digit
# (*crossentropy*, 교차 엔트로피): 0 if the network was sure and right. There are two ways to tell Keras which digit is right:
#
# - as a number, 5, with the loss `sparse_categorical_crossentropy`;
# - as a row `[0 0 0 0 0 1 0 0 0 0]`, *one-hot* (원-핫 인코딩), with the loss `categorical_crossentropy`.
#
# **Your prediction:** three pictures, three rows of probabilities. Will the two losses differ?

# %% jupyter={"outputs_hidden": true}
labels = y_train_all[:3]
one_hot = keras.utils.to_categorical(labels, 10)
print("labels:", labels)
print("one-hot:\n", one_hot.astype(int))

# %% jupyter={"outputs_hidden": true}
probabilities = np.full((3, 10), 0.02)
probabilities[[0, 1, 2], [5, 0, 9]] = 0.82  # right, right, and wrong: the third picture is a 4

sparse = keras.losses.sparse_categorical_crossentropy(labels, probabilities)
categorical = keras.losses.categorical_crossentropy(one_hot, probabilities)
by_hand = -np.log(probabilities[[0, 1, 2], labels])
for name, loss in {"sparse": sparse, "one-hot": categorical, "by hand": by_hand}.items():
    print(f"{name:8}", [f"{value:.4f}" for value in np.asarray(loss)])

# %% [markdown]
# The same three numbers. In the row every other digit is multiplied by 0, so only the right one counts. We keep the labels as numbers:
# less to store, less to type. Older books use rows.
#
# > **What can go wrong: the wrong pair.** Labels as numbers with `categorical_crossentropy` give an error about shapes. (If the network
# > has a single output, there is no error: softmax over one number is always 1, the loss stays 0, and nothing is learned.)
#
# ## 4. Three sets
#
# The *test set* (테스트 세트) is for the end. To decide when to stop, and which network is best, we cut a *validation set* (검증
# 세트) out of the training pictures.
#
# Many published notebooks skip this. They pass the test set to `fit` as `validation_data`, keep the epoch that is best on it, and
# report its accuracy. That number is too good: it was chosen because it is good on just these pictures.
#
# **Your prediction:** 6,000 of 60,000 pictures are cut out. `stratify` keeps the share of each digit. About how many pictures
# of the digit 1 will be in the validation set?

# %% jupyter={"outputs_hidden": true}
x_train, x_val, y_train, y_val = train_test_split(
    x_all, y_train_all, test_size=6000, random_state=42, stratify=y_train_all
)
print("training:  ", x_train.shape)
print("validation:", x_val.shape, "digits:", np.bincount(y_val))

# %% [markdown]
# 674, a tenth of the 6,742 above. Each digit keeps its share.
#
# ## 5. The dense network
#
# One layer of 512 neurons, a *hidden layer* (은닉층) because it lies between input and output. Then ten outputs. *ReLU* (렐루) sets
# negative sums to 0; *softmax* (소프트맥스) turns the ten sums into probabilities. (`dtype="float32"`: your machine may multiply in 16 bits
# to be fast, but probabilities deserve 32.)
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
# second layer.
#
# Training is the same for all networks of this chapter, so we write it once. The *optimizer* (옵티마이저) Adam is gradient descent that
# adapts the length of the steps to each weight. We watch the *accuracy* (정확도), the share of pictures that get the right digit. And after
# each *epoch* (에포크, once through the training pictures) Keras calls three *callbacks* (콜백) that look at the validation loss:
#
# - `ModelCheckpoint` writes the network to a file whenever this loss is the lowest so far (a *checkpoint*, 체크포인트);
# - `ReduceLROnPlateau` makes the *learning rate* (학습률), the length of the steps, smaller when an epoch brought nothing;
# - `EarlyStopping` (조기 종료) ends the training when four epochs brought nothing (its `patience`, 인내심).

# %% tags=["nbval-ignore-output"]
def train(build, x=x_train, x_validation=x_val, note=""):
    keras.utils.set_random_seed(environment.seed)  # the same start, whatever ran before
    model = build()
    best_file = build_path(f"best_{model.name}{note}.keras")
    model.compile(keras.optimizers.Adam(), loss="sparse_categorical_crossentropy", metrics=["accuracy"])
    callbacks = [
        keras.callbacks.ModelCheckpoint(best_file, save_best_only=True),
        keras.callbacks.ReduceLROnPlateau(factor=0.3, patience=1),
        keras.callbacks.EarlyStopping(patience=PATIENCE),
    ]
    start = time.perf_counter()
    run = model.fit(x, y_train, batch_size=BATCH, epochs=EPOCHS, steps_per_epoch=STEPS,
                    validation_data=(x_validation, y_val), callbacks=callbacks, verbose=0)
    seconds = time.perf_counter() - start
    best = int(np.argmin(run.history["val_loss"]))
    accuracy = run.history["val_accuracy"][best]
    print(f"{model.name}{note}: {len(run.epoch)} epochs, best {best + 1}: validation accuracy {accuracy:.4f}")
    return keras.models.load_model(best_file), run.history, seconds

# %% [markdown]
# `keras.models.load_model` gives back what `ModelCheckpoint` wrote: the network of the best epoch, not the last one.
#
# **Your prediction:** the validation loss is lowest in epoch 8. After which epoch does `EarlyStopping(patience=4)` end the training?

# %% jupyter={"outputs_hidden": true} tags=["nbval-ignore-output"]
trained = {}
trained["mnist_dense"] = train(dense_network)

# %% jupyter={"outputs_hidden": true} tags=["nbval-ignore-output"]
plots.history({"dense": trained["mnist_dense"][1]})

# %% [markdown]
# (After epoch 12: the four epochs 9 to 12 brought nothing better.)
#
# *Dashed is training, solid is validation, the dot marks the epoch that we keep.* (In fast mode there is one point of each.) The dashed
# line falls nearly to 0. The solid one slows down, drops once more, when the steps have become smaller, and then stays where it is. While
# only the dashed line falls, the network learns its training pictures by heart (*overfitting*, 과대적합, 과적합).
#
# ## 6. Two convolutions, pooling, dropout
#
# Now a network that looks at neighbours. Two convolutions find patterns, pooling keeps the strongest, and dense layers decide.
# *Dropout* (드롭아웃) switches off a share of the numbers at random in each training step, here a quarter and then half of them, so that
# the network cannot rely on any single one. When it predicts, all are on.
#
# In numbers: 32 filters of 3 by 3, then 64 of 3 by 3, pooling 2 by 2, a dense layer of 128, and ten outputs.
#
# **Your prediction:** there is no padding. Which shape comes out of the second convolution? Which of the layers has by far the most
# parameters?

# %% jupyter={"outputs_hidden": true}
def two_convolutions():
    layers = [
        Conv2D(32, 3, activation="relu"),
        Conv2D(64, 3, activation="relu"),
        MaxPooling2D(2),
        Dropout(0.25),
        Flatten(),
        Dense(128, activation="relu"),
        Dropout(0.5),
        output(),
    ]
    return keras.Sequential([keras.Input((28, 28, 1)), *layers], name="mnist_two_convolutions")


count(two_convolutions())
assert two_convolutions().count_params() == 1_199_882

# %% [markdown]
# Line by line: (3 · 3 · 1 + 1) · 32 = 320 and (3 · 3 · 32 + 1) · 64 = 18,496. Each convolution takes two pixels off: 28, 26, 24. Pooling
# halves: 12 · 12 · 64 = 9,216 numbers. Then (9,216 + 1) · 128 = 1,179,776 and (128 + 1) · 10 = 1,290. Pooling, dropout and flatten
# have no parameters.
#
# The first dense layer has nearly all. If you said that of the second convolution, you thought of its 64 filters; but the weights of a
# filter are used at all places and counted once.
#
# **Your prediction:** three times as many parameters as the dense network. How many times as long will an epoch take?

# %% jupyter={"outputs_hidden": true} tags=["nbval-ignore-output"]
trained["mnist_two_convolutions"] = train(two_convolutions)

# %% jupyter={"outputs_hidden": true} tags=["nbval-ignore-output"]
for name, (_, run, seconds) in trained.items():
    print(f"{name}: {seconds / len(run['loss']):.1f} s for an epoch")

# %% [markdown]
# On a CPU: much longer than three times. Parameters are not work: each of the second convolution's 18,432 weights is used at
# 24 · 24 = 576 places. A dense layer uses each weight once for each picture. (A GPU is so fast with convolutions that the difference may
# nearly vanish.)
#
# ## 7. Three convolutions, two poolings
#
# The next network has convolutions of 32, 64 and 64 filters of 3 by 3, a 2x2 pooling after the first and after the second, and a dense
# layer of 64.
#
# **Your prediction:** does it have more or fewer parameters than the dense network with its 407,050?

# %% jupyter={"outputs_hidden": true}
def small_convnet():
    layers = [
        Conv2D(32, 3, activation="relu"),
        MaxPooling2D(2),
        Conv2D(64, 3, activation="relu"),
        MaxPooling2D(2),
        Conv2D(64, 3, activation="relu"),
        Flatten(),
        Dense(64, activation="relu"),
        output(),
    ]
    return keras.Sequential([keras.Input((28, 28, 1)), *layers], name="mnist_small")


count(small_convnet())
assert small_convnet().count_params() == 93_322

# %% [markdown]
# 28 → 26 → 13 → 11 → 5 → 3: only 3 · 3 · 64 = 576 numbers reach the dense layer, so it costs (576 + 1) · 64 = 36,928, exactly as much as the
# last convolution. No wonder: 64 neurons that see a whole map of 3 by 3 by 64 compute what 64 filters of 3 by 3 would compute there, at
# their only place. With 320, 18,496 and the output's (64 + 1) · 10 = 650 that makes 93,322, less than a quarter of the dense network.
# (11 / 2 is not a whole number: pooling leaves the last row and column out.)
#
# ## 8. LeNet-5, where it began
#
# In 1998 Yann LeCun and his colleagues published
# [LeNet-5](https://doi.org/10.1109/5.726791), a network that read the digits on bank cheques. Its kernels are 5 by 5, and its input is 32 by
# 32: the digit gets a border, so that the ends of strokes can lie in the middle of a window, too. We keep its sizes, and use today's ReLU
# and max pooling where it had another activation (tanh) and pooling by a weighted average.
#
# Many courses build a second form: 28 by 28 input, and `"same"` padding in each convolution.
#
# **Your prediction:** both have 6, 16 and 120 filters of 5 by 5, and dense layers of 84 and 10. Will they have the same number of
# parameters?

# %%
def lenet(padding):
    layers = [
        Conv2D(6, 5, padding=padding, activation="relu"),
        MaxPooling2D(2),
        Conv2D(16, 5, padding=padding, activation="relu"),
        MaxPooling2D(2),
        Conv2D(120, 5, padding=padding, activation="relu"),
        Flatten(),
        Dense(84, activation="relu"),
        output(),
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
# map of 5 by 5 and gives 1 by 1 by 120: only 120 numbers reach the dense layer. With padding its map is 7 by 7, and 5,880 numbers
# do: (5,880 + 1) · 84 = 494,004.
#
# > **What can go wrong: flat kernels.** Some texts count (25 + 1) · 6 + (25 + 1) · 16 + (25 + 1) · 120 = 3,692 for the three convolutions.
# > They forget that a kernel is as deep as its input. It is (25 · 1 + 1) · 6 + (25 · 6 + 1) · 16 + (25 · 16 + 1) · 120 = 50,692. (In the
# > original, most maps of the second convolution see only some of the six maps before. An ordinary `Conv2D` sees all.)
#
# Train the three of them. (`lambda: lenet("valid")` is a function without a name; `train` calls it to build the network.)

# %% tags=["nbval-ignore-output"]
trained["mnist_small"] = train(small_convnet)
trained["mnist_lenet5"] = train(lambda: lenet("valid"))
trained["mnist_lenet5_padded"] = train(lambda: lenet("same"))

# %% tags=["nbval-ignore-output"]
figure = plots.history({name.removeprefix("mnist_"): run for name, (_, run, _) in trained.items()})
if not FAST:
    figure.axes[0].set_ylim(0, 0.15)  # the first epochs would press all else to the bottom
figure

# %% [markdown]
# *Compare the solid lines first.* Those of the four convolutional networks end below that of the dense one. *Now the dashed lines.* In the
# first epoch each lies above its solid line (most of them beyond the top of the figure), because it is the mean over an epoch in which
# the network was still improving; later it dives below. That of the two convolutions stays above its solid line longest: while it
# trains, dropout switches numbers off.
#
# ## 9. The shuffled digits
#
# Back to the question of section 2. The dense network and the small convolutional one of section 7 start anew, on shuffled pictures.
# Nothing else changes.
#
# **Your prediction:** which of the two falls? Will the convolutional network still beat the dense one?

# %% jupyter={"outputs_hidden": true} tags=["nbval-ignore-output"]
on_shuffled = {
    "mnist_dense": train(dense_network, shuffled(x_train), shuffled(x_val), note="_shuffled")[0],
    "mnist_small": train(small_convnet, shuffled(x_train), shuffled(x_val), note="_shuffled")[0],
}

# %% [markdown]
# Compare with the accuracies on proper pictures, in sections 5 and 8. The dense network reaches about the same as before; the last digits
# differ by chance. Each of its neurons has a weight for each of the 784 numbers, and does not care in which order they come. The
# convolutional network falls, and now it is *behind* the dense one: neighbours in a shuffled picture have nothing to do with each other,
# and a pattern that is worth finding in one place is worth nothing in another.
#
# So this is **why convolution wins** on pictures: it starts with the knowledge that neighbours belong together, and that a pattern may be
# anywhere. Where that is not true, this knowledge is a hindrance.
#
# ## 10. Move the digits a little
#
# A convolution does not care where a pattern is. But behind the convolutions there is `Flatten`, and a dense layer with a weight for each
# place. So a digit that moves by a pixel is news to the network, and only examples can teach it that nothing has changed.
#
# Examples are free: we move the training pictures by up to two pixels in each direction. This is called *augmentation* (데이터 증강), and
# can be taken much further. The network of section 6 is not trained anew, it **goes on** from where it is.
#
# **Your prediction:** how often is it right on moved pictures before this training? As often as on the others, a little less often, or
# clearly less often?

# %% jupyter={"outputs_hidden": true}
def moved(pictures, rng):
    """Move each picture by up to 2 pixels; in a few, ink leaves on one side and comes in on the other."""
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
# Now four moved copies of all training pictures, two epochs. The learning rate falls to 0 along half a cosine wave, so that the network
# settles down at the end.

# %% tags=["nbval-ignore-output"]
def go_on(model, copies=1 if FAST else 4, epochs=1 if FAST else 2):
    rng = np.random.default_rng(environment.seed)
    x = np.concatenate([moved(x_train, rng) for _ in range(copies)])
    y = np.tile(y_train, copies)
    further = keras.models.clone_model(model)
    further.set_weights(model.get_weights())
    rate = keras.optimizers.schedules.CosineDecay(0.0007, decay_steps=epochs * len(x) // BATCH)
    further.compile(keras.optimizers.Adam(rate), loss="sparse_categorical_crossentropy", metrics=["accuracy"])
    start = time.perf_counter()
    keep_best = keras.callbacks.EarlyStopping(patience=epochs, restore_best_weights=True)
    run = further.fit(x, y, batch_size=BATCH, epochs=epochs, steps_per_epoch=STEPS,
                      validation_data=(x_val, y_val), callbacks=[keep_best], verbose=0)
    return further, run.history, time.perf_counter() - start


trained["mnist_two_convolutions_moved"] = go_on(two_convolutional)
print("after: as they are {:.4f}, moved {:.4f}".format(*accuracies(trained["mnist_two_convolutions_moved"][0])))

# %% [markdown]
# Before, it is clearly worse on moved pictures: several times as many mistakes. After, it is nearly as good on them as on the others. And
# on the pictures as they are it has become better, too: it has seen the digits at many places, so one picture has served as several examples.
#
# ## 11. What the best network gets wrong
#
# Which is the best? Decide with the validation accuracy. (One picture of 6,000 is 0.00017.)

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
surest = wrong[np.argsort(-predictions[wrong].max(axis=1))][:24]

titles = []
for i in surest:
    p_said, p_true = predictions[i, predicted[i]], predictions[i, y_val[i]]
    titles.append(f"true {y_val[i]}: {p_true:.2f}\nsaid {predicted[i]}: {p_said:.2f}")
plots.images(x_val[surest], titles, caption=f"The surest of the {len(wrong)} mistakes among 6,000")

# %% [markdown]
# *Above each picture: the true digit and what the network said, with the probability that it gave to each.* Could you read them all?
# Over some of them people would disagree, too. A few may even carry the wrong label.
#
# The *confusion matrix* (혼동 행렬) counts which digit is taken for which.
#
# **Your prediction:** which two digits are mixed up most often?

# %% jupyter={"outputs_hidden": true} tags=["nbval-ignore-output"]
pairs = Counter(tuple(sorted((int(y_val[i]), int(predicted[i])))) for i in wrong)
for pair, count_of in pairs.most_common(3):
    print(f"{pair[0]} and {pair[1]}: mixed up {count_of} times")

plots.confusion(y_val, predicted, [str(digit) for digit in range(10)])

# %% [markdown]
# *Rows are the truth, columns are what the network said; colour shows mistakes only.* Find the darkest cell, and the one mirrored at the
# diagonal. With so few mistakes, do not read too much into the order: one or two pictures more or less would change most of it.
#
# ## 12. The test set, once
#
# All decisions are made. The test set is asked once for each network, and each gets a *card*: a small file that says how it came about
# (seed, epochs, accuracies). Yours go to the folder `build/`; the networks that ship with the course stay as they are.

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
    models.save(model, name, dataset="mnist", notebook="03_mnist_dense_to_convnet", seed=environment.seed, **facts,
                validation_accuracy=round(validation[name], 4), test_accuracy=round(tested[name], 4))
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
# *The shorter the bar, the better.* The longest bar belongs to the dense network, though it has more parameters than two of the others.
# The large step is from the dense network to convolution. The four convolutional networks lie close together: the small ones do as well
# as the large. Among them what made a difference was not another network but more examples, and longer training on them. (The two bars of the two convolutions are one architecture, without and with moved digits.)
#
# On the cards of the shipped networks (seconds on 2 CPU cores):
#
# | network | parameters | epochs | seconds | test accuracy |
# |---|---|---|---|---|
# | dense | 407,050 | 15<!-- mnist_dense.epochs --> | 41.3<!-- mnist_dense.train_seconds --> | 0.9811<!-- mnist_dense.test_accuracy --> |
# | two convolutions, dropout | 1,199,882 | 10<!-- mnist_two_convolutions.epochs --> | 208.5<!-- mnist_two_convolutions.train_seconds --> | 0.9917<!-- mnist_two_convolutions.test_accuracy --> |
# | the same, two further epochs on moved digits | 1,199,882 | 2<!-- mnist_two_convolutions_moved.epochs --> | 167.0<!-- mnist_two_convolutions_moved.train_seconds --> | 0.9935<!-- mnist_two_convolutions_moved.test_accuracy --> |
# | small convnet | 93,322 | 13<!-- mnist_small.epochs --> | 116.2<!-- mnist_small.train_seconds --> | 0.9920<!-- mnist_small.test_accuracy --> |
# | LeNet-5, 32x32 | 61,706 | 16<!-- mnist_lenet5.epochs --> | 81.4<!-- mnist_lenet5.train_seconds --> | 0.9913<!-- mnist_lenet5.test_accuracy --> |
# | LeNet-5, padded | 545,546 | 10<!-- mnist_lenet5_padded.epochs --> | 91.7<!-- mnist_lenet5_padded.train_seconds --> | 0.9919<!-- mnist_lenet5_padded.test_accuracy --> |
# | dense, shuffled pixels | 407,050 | | | 0.9823<!-- mnist_dense.shuffled_test_accuracy --> |
# | small convnet, shuffled pixels | 93,322 | | | 0.9669<!-- mnist_small.shuffled_test_accuracy --> |
#
# How much of this is luck? With three seeds the two convolutions reached between
# 0.9897<!-- mnist_two_convolutions.seeds.test_accuracy.min --> and
# 0.9917<!-- mnist_two_convolutions.seeds.test_accuracy.max -->, and on moved digits between
# 0.9932<!-- mnist_two_convolutions_moved.seeds.test_accuracy.min --> and
# 0.9935<!-- mnist_two_convolutions_moved.seeds.test_accuracy.max -->. So a difference of one or two thousandths between two networks of
# the table may be luck. The gain from moved digits is not: with every seed it is larger than that.
#
# ## What can go wrong
#
# - **Training pictures and new pictures prepared differently.** Whatever you do to the one, do to the other: scale, shape, order.
# - **The last epoch instead of the best.** Without a checkpoint you keep the network of the last epoch.
# - **The test set as validation set.** It works, nothing warns you, and your number is too good.
# - **Counting parameters of flat kernels.** A kernel is as deep as its input.
#
# ## What you learned
#
# 1. To a computer a picture is a table of numbers. Flattened, it forgets who were neighbours.
# 2. A convolution uses neighbours and shares its weights. With shuffled pixels this advantage is gone, while a dense network does not mind.
# 3. If a large map is flattened, most parameters sit in the dense layer behind it. Most work is done in the convolutions.
# 4. A checkpoint keeps the best epoch, early stopping ends the training, and both look at the validation set.
# 5. Labels as numbers with the sparse loss, or as one-hot rows with the other: the same loss.
#
# **Exercises:** [8 exercises](exercises/03_digits_exercises.ipynb) on this chapter, and each answers.
#
# **Next:** [04 · Classify clothes with a convolutional network](04_fashion_mnist_cnn.ipynb) takes a harder data set, on which networks differ more.
#
# **In PyTorch:** [03 · Digits in PyTorch: LeNet-5 and a training loop of your own](pytorch/03_digits_in_pytorch.ipynb).

# %% tags=["reached", "nbval-ignore-output"]
figures = ", ".join(f"{name.removeprefix('mnist_')} {accuracy:.4f}" for name, accuracy in tested.items())
print("test accuracy (trained now):", figures)
