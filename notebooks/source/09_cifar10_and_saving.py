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
# # 09 · CIFAR-10, and how to save, load and go on
#
# After this chapter you can train a convolutional network on small colour photographs, keep it in a file, get the same score from it in
# another program, go on training where you stopped, and say which files you should not open.
#
# - **Time** on 2 CPU cores: 0.7<!-- chapters.09_cifar10_and_saving.fast_minutes --> minutes in fast mode, 10.5<!-- chapters.09_cifar10_and_saving.full_minutes --> minutes in full mode.<!-- gpu 09 --> On a GPU (NVIDIA H200) and on the processor beside it: one epoch 4.0 s, processor 32.1 s.<!-- end of gpu --> A GPU is used when there is one.
# - **You need** chapters 03 and 04: layers, training, validation. And CIFAR-10: it is downloaded once (170 MB, not in fast mode), or read from a folder that the environment variable `CIFAR10_DIR` names.
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
# The next cell fixes the *seed* (시드) and picks the number format in which your machine multiplies fastest. With `FAST=1` in the environment the
# network changes its weights 20 times only, which is enough to see that everything works, and too little to learn much.

# %% tags=["nbval-ignore-output"]
from helpers.environment import FAST, build_path, setup

environment = setup(seed=42)

# %%
import json, subprocess, sys, time, warnings, zipfile

import h5py
import keras
import matplotlib.pyplot as plt
import numpy as np
from keras.layers import Conv2D, Dense, Dropout, Flatten, MaxPooling2D
from sklearn.model_selection import train_test_split

from helpers import models, plots
from helpers.backend.quiet import quiet_stderr
from helpers.data import CIFAR10_CLASSES, cifar10_facts, load_cifar10, own_picture, sample_image

EPOCHS = 1 if FAST else 30  # rounds through the training pictures
STEPS = 20 if FAST else None  # updates of the weights in a round; None: as many as there are batches
BATCH = 128  # pictures between two updates
LEARNING_RATE = 0.001  # how far each update goes, at first

# %% [markdown]
# ## 1. Small pictures in colour
#
# [CIFAR-10](https://www.cs.toronto.edu/~kriz/cifar.html) holds 60,000 photographs of 32 by 32 pixels in ten classes (Krizhevsky, 2009): airplane
# (비행기), automobile (자동차), bird (새), cat (고양이), deer (사슴), dog (개), frog (개구리), horse (말), ship (배), truck (트럭).
#
# **Your prediction:** a digit of chapter 03 was a table of 28 by 28 numbers. How many numbers is one of these pictures?

# %% jupyter={"outputs_hidden": true}
(x_train_all, y_train_all), (x_test, y_test) = load_cifar10()
y_train_all, y_test = y_train_all.ravel(), y_test.ravel()  # (n, 1) becomes (n,)

print("training pictures:", x_train_all.shape, x_train_all.dtype)
print("numbers in one picture:", x_train_all[0].size)
for label, name in enumerate(CIFAR10_CLASSES):
    print(f"{label} {name:10} {(y_train_all == label).sum():,}")

# %% [markdown]
# 32 · 32 · 3 = 3,072<!-- claim: number("numbers in one picture:") == 3072 -->: each pixel has a red, a green and a blue value, and each
# *channel* (채널) is a table of its own.
#
# Which copy of CIFAR-10 is this? It matters, because scores on different copies cannot be compared. Many copies on the internet were saved as
# JPEG, which changes pixels, and some lack a part of the test pictures.

# %% tags=["nbval-ignore-output"]
facts = cifar10_facts(x_test)
print("CIFAR-10,", facts["edition"], "-", f"{facts['test_pictures']:,} test pictures")

# %% [markdown]
# **The figures in this notebook were measured on JPEG copies with 8,000 test pictures.** The published data set has 10,000, as its authors saved
# them. Therefore your copy may give other numbers.
#
# Nobody has said that these photographs may be published again. So **this notebook is stored without them: cells that show one are empty, and
# fill when you run them.**

# %% tags=["photographs", "nbval-ignore-output"]
some = np.concatenate([np.flatnonzero(y_train_all == label)[:2] for label in range(10)])
names = [CIFAR10_CLASSES[label] for label in y_train_all[some]]
plots.images(x_train_all[some], names, columns=10, caption="Two of each class")

# %% [markdown]
# *Look at them from a distance.* You recognise most of them, and a few only because of the name above them. Place, size, colour and background change from picture
# to picture, and nothing is centred as it was in MNIST.
#
# Cut 5,000 pictures out of the training set for validation, as many of each class.
# [`train_test_split`](https://scikit-learn.org/stable/modules/generated/sklearn.model_selection.train_test_split.html) does that with `stratify`.

# %%
x_train, x_val, y_train, y_val = train_test_split(
    x_train_all, y_train_all, test_size=5000, random_state=42, stratify=y_train_all
)


def prepared(pictures):
    return pictures.astype("float32") / 255  # the channel axis is there already


x_train, x_val = prepared(x_train), prepared(x_val)
print("training:", x_train.shape, "validation:", x_val.shape, "of each class:", np.bincount(y_val))

# %% [markdown]
# ## 2. The network
#
# It has two blocks, each with two convolutions, a pooling and a dropout of a quarter. Behind them come a hidden layer of 512 units with a dropout
# of a half, and ten outputs. All convolutions are 3 by 3 with `"same"` padding. Why two convolutions in a row, before the pooling? Together they
# see 5 by 5 pixels, but with fewer weights than one kernel of 5 by 5 has, 2 · 9 instead of 25 for each pair of maps, and there is one more ReLU in
# between.
#
# **Your prediction:** how many parameters has the first convolution with its 32 filters? (320 would be right for a grey picture.) And which layer
# has the most parameters?

# %% jupyter={"outputs_hidden": true}
def block(filters):
    convolutions = [Conv2D(filters, 3, padding="same", activation="relu") for _ in range(2)]
    return [*convolutions, MaxPooling2D(2), Dropout(0.25)]


def cifar10_cnn(activation="relu", filters=32):
    keras.utils.set_random_seed(environment.seed)  # the same start, whatever ran before
    hidden = [Flatten(), Dense(512, activation=activation), Dropout(0.5)]
    output = Dense(10, activation="softmax", dtype="float32")
    layers = [*block(filters), *block(64), *hidden, output]
    return keras.Sequential([keras.Input((32, 32, 3)), *layers], name="cifar10_cnn")


model = cifar10_cnn()
for layer in model.layers:
    print(f"{type(layer).__name__:12} {layer.output.shape!s:20} {layer.count_params():>9,}")
print(f"{'total':33} {model.count_params():>9,}")
assert model.count_params() == 2_168_362

# %% [markdown]
# (3 · 3 · 3 + 1) · 32 = 896<!-- claim: number("(None, 32, 32, 32)") == 896 -->: a kernel is as deep as its input, and the input has three channels
# now. The hidden layer has (8 · 8 · 64 + 1) · 512 = 2,097,664 parameters, nearly all of the
# 2,168,362<!-- claim: number("(None, 512)") == 2097664 and 2097664 > 0.95 * number("total") -->.
#
# In the drawing each box is what a layer puts out, as high as its maps and as thick as their number.

# %%
plots.volumes(model, caption="The network for CIFAR-10")

# %% [markdown]
# *Go from left to right: the maps become smaller, and there are more of them.* The three thin bars are the maps in one row, the hidden units and the ten
# outputs. A layer that changes no shape, such as the second convolution of a block, has no box of its own.
#
# ## 3. Training
#
# The *learning rate* (학습률) begins at 0.001 and falls along half a cosine wave, so that the network settles down at the end.
# [`LearningRateScheduler`](https://keras.io/api/callbacks/learning_rate_scheduler/) sets it before each epoch.
# [`ModelCheckpoint`](https://keras.io/api/callbacks/model_checkpoint/) keeps the network of the epoch with the highest validation accuracy in a
# file. In the other chapters it was the lowest loss; after the curves you will see why it is not here.

# %%
def cosine(epoch):
    return LEARNING_RATE * (1 + np.cos(np.pi * epoch / EPOCHS)) / 2


print("first, in the middle, at the end:", *(f"{cosine(epoch):.4f}" for epoch in (0, EPOCHS / 2, EPOCHS)))

# %% tags=["nbval-ignore-output"]
def compiled(network):
    network.compile(keras.optimizers.Adam(LEARNING_RATE), loss="sparse_categorical_crossentropy", metrics=["accuracy"])
    return network


best_file = build_path("cifar10_best.keras")
callbacks = [
    keras.callbacks.LearningRateScheduler(cosine),
    keras.callbacks.ModelCheckpoint(best_file, monitor="val_accuracy", save_best_only=True),
]
start = time.perf_counter()
history = compiled(model).fit(
    x_train, y_train, batch_size=BATCH, epochs=EPOCHS, steps_per_epoch=STEPS,
    validation_data=(x_val, y_val), callbacks=callbacks, verbose=2
).history
train_seconds = time.perf_counter() - start

# %% tags=["nbval-ignore-output"]
plots.history({"32-32-64-64": history})

# %% tags=["nbval-ignore-output"]
plots.history({"32-32-64-64": history}, metric="accuracy")

# %% [markdown]
# *Dashed is training, solid is validation; in both figures the dot marks the epoch with the lowest validation loss.* First look at the losses. They
# part early: in the last epoch the loss on the training pictures is much lower than on the validation
# pictures<!-- claim: numbers("- loss:")[-1] < 0.7 * numbers("val_loss:")[-1] -->. So the *loss* still falls on pictures that the network has seen,
# and no longer on new ones<!-- claim: numbers("val_loss:")[-1] > min(numbers("val_loss:")) -->. This is overfitting (과대적합): 45,000 pictures are few
# for two million parameters.
#
# *Now the solid line of the accuracy.* It goes on rising slowly after the
# dot<!-- claim: max(numbers("val_accuracy:")) > min(zip(numbers("val_loss:"), numbers("val_accuracy:")))[1] -->. How can the accuracy rise while
# the loss does not fall any more? The loss also counts **how confident** the network is. It can get more pictures right and become more confident
# where it is wrong; then the two cancel out. Therefore "best epoch" depends on the question. If only the class counts, take the highest accuracy,
# as you do here. If you need the probabilities, take the lowest loss.
#
# The checkpoint above writes one file, over and over. If you want to keep *every* epoch that was better than all before it, put the epoch and the
# score into the name of the file. `ModelCheckpoint` fills in what stands in braces, as Python's
# [`format`](https://docs.python.org/3/library/string.html#format-string-syntax) does. Take the name
# `"cifar10_{epoch:02d}_{val_accuracy:.2f}.keras"`: `02d` stands for two digits, `.2f` for two decimals.
#
# **Your prediction:** which name will the file get that is written after epoch 7? Its validation accuracy stands in the cell.

# %% jupyter={"outputs_hidden": true}
template = "cifar10_{epoch:02d}_{val_accuracy:.2f}.keras"
print(template.format(epoch=7, val_accuracy=0.7358))

# %% [markdown]
# Two digits for the epoch, with a 0 in front, so that the files stand in the right order; two decimals for the accuracy. Each of these files holds a
# whole model, so delete those that you do not need.
#
# ## 4. What does it confuse?
#
# **Your prediction:** which class is hardest, for you and for the network? Which two are mixed up most, among the animals and among the vehicles?

# %% jupyter={"outputs_hidden": true} tags=["nbval-ignore-output"]
model = keras.models.load_model(best_file)
predicted = model.predict(x_val, batch_size=500, verbose=0).argmax(axis=1)
plots.confusion(y_val, predicted, CIFAR10_CLASSES)

# %% [markdown]
# *Rows are the truth, columns are what the network said; colour shows mistakes only. Each row has 500 pictures. The two darkest fields show what
# is mixed up most.* Now count, both directions together:

# %% jupyter={"outputs_hidden": true} tags=["nbval-ignore-output"]
counts = np.zeros((10, 10), int)
np.add.at(counts, (y_val, predicted), 1)  # one more in the field (truth, said) for each picture
mixed = counts + counts.T

for group, members in {"animals": (2, 3, 4, 5, 6, 7), "vehicles": (0, 1, 8, 9)}.items():
    number, i, j = max((mixed[i, j], i, j) for i in members for j in members if i < j)
    print(f"{group}: {CIFAR10_CLASSES[i]} and {CIFAR10_CLASSES[j]} are mixed up most: {number} times")
    print(f"{group}: right {counts.diagonal()[list(members)].mean():.0f} of 500 on average")
print("right, by class:", {CIFAR10_CLASSES[i]: int(counts[i, i]) for i in np.argsort(counts.diagonal())})

# %% [markdown]
# Cats are hardest<!-- claim: number("right, by class: {'cat':") > 0 -->. Among the animals cats and dogs are mixed up most, among the vehicles
# automobiles and trucks, but much less
# often<!-- claim: number("animals: cat and dog are mixed up most:") > 2 * number("vehicles: automobile and truck are mixed up most:") -->. On
# average animals are harder than vehicles<!-- claim: number("animals: right") < number("vehicles: right") -->: an animal bends and turns, a truck
# does not. *In the figure, look along the row of the birds.* Their mistakes are spread over many classes, perhaps because many birds are
# photographed against the sky, as airplanes are, and others among plants.

# %% tags=["photographs", "nbval-ignore-output"]
cats = np.flatnonzero(y_val == 3)
shown = cats[np.argsort(predicted[cats] == 3, kind="stable")][:10]  # those that it got wrong come first
plots.images(x_val[shown], [CIFAR10_CLASSES[label] for label in predicted[shown]], columns=10, caption="Ten cats")

# %% [markdown]
# *Run the cell to see them: cats, and above each what the network said.* At 32 by 32 pixels, would you have known?
#
# ## 5. The test set, once
#
# The network is chosen, so you may ask the test set, and you do it once.

# %% tags=["nbval-ignore-output"]
best = int(np.argmax(history["val_accuracy"]))
test_loss, test_accuracy = model.evaluate(prepared(x_test), y_test, batch_size=500, verbose=0)
models.save(
    model, "cifar10_cnn", data=facts, notebook="09_cifar10_and_saving", seed=environment.seed, epochs=EPOCHS,
    best_epoch=best + 1, train_seconds=round(train_seconds, 1),
    validation_accuracy=round(history["val_accuracy"][best], 4), test_accuracy=round(test_accuracy, 4)
)
print(f"test accuracy: {test_accuracy:.4f} ({facts['test_pictures']:,} pictures, {facts['edition']})")

# %% [markdown]
# The network that ships with the course reached 0.7738<!-- cifar10_cnn.test_accuracy --> on 8,000 test pictures. These are JPEG copies, so the number cannot be
# compared with published results. On its validation pictures it was 0.7828<!-- cifar10_cnn.validation_accuracy -->, in epoch 30<!-- cifar10_cnn.best_epoch -->.
#
# ### Your own picture
#
# What does it say of a photograph of yours? In Jupyter write the path between the quotation marks. In Colab write `"upload"`, and choose a file. As
# long as `MY_PICTURE` is empty, you see the temple of chapter 02, which is none of the ten classes. [`resize`](https://keras.io/api/ops/image/)
# makes 32 by 32 pixels of it; with `antialias=True` every new pixel is a mean of the old ones that it covers.
#
# **Your prediction:** the ten probabilities add up to 1. What will they look like? Can the network say "none of these"?

# %% jupyter={"outputs_hidden": true} tags=["nbval-ignore-output"]
MY_PICTURE = ""

if MY_PICTURE == "upload":
    from google.colab import files as colab_files
    MY_PICTURE = colab_files.upload()
mine = own_picture(MY_PICTURE) if MY_PICTURE else sample_image("temple")
small = keras.ops.image.resize(mine.astype("float32"), (32, 32), antialias=True)
chances = model.predict(np.asarray(small)[np.newaxis] / 255, verbose=0)[0]
for label in chances.argsort()[::-1][:3]:
    print(f"{CIFAR10_CLASSES[label]}: {chances[label]:.2f}")

# %% [markdown]
# It cannot. It must divide 1 among its ten classes, whatever you show, so it names one of them even for a temple.
#
# Training took 951.2<!-- cifar10_cnn.train_seconds --> s. You do not want to wait so long each time you need the network. So:
#
# ## 6. Weights, or the whole model?
#
# Keras writes two kinds of files:
#
# - [`model.save("x.keras")`](https://keras.io/api/models/model_saving_apis/model_saving_and_loading/): the **whole model** (전체 모델): layers,
#   weights, and how it was compiled.
# - [`model.save_weights("x.weights.h5")`](https://keras.io/api/models/model_saving_apis/weights_saving_and_loading/): the **weights** (가중치)
#   only. To use them you need the code that builds the network.
#
# The cell also writes the weights of a copy that was never compiled, `bare`.
#
# **Your prediction:** 2,168,362 parameters of four bytes make 8.7 MB. How large will the three files be?

# %% jupyter={"outputs_hidden": true}
whole_file, weights_file = build_path("cifar10.keras"), build_path("cifar10.weights.h5")
model.save(whole_file)
model.save_weights(weights_file)

bare = cifar10_cnn()  # the same layers, never compiled
bare.set_weights(model.get_weights())
bare_file = build_path("cifar10_bare.weights.h5")
bare.save_weights(bare_file)
for path in (whole_file, weights_file, bare_file):
    print(f"{path.name:26} {path.stat().st_size / 1e6:5.1f} MB")

# %% [markdown]
# Surprised? Both files of the trained model have three times the
# size<!-- claim: number("cifar10.keras") > 2.9 * number("cifar10_bare.weights.h5") and number("cifar10.weights.h5") > 2.9 * number("cifar10_bare.weights.h5") -->.
# A model that has been trained keeps an **optimizer** (옵티마이저), and Adam remembers two numbers for each weight: the running mean of its gradient,
# and of the gradient's square. Keras stores them even in the *weights* file. Only the copy that was never compiled has 8.7
# MB<!-- claim: 8.6 < number("cifar10_bare.weights.h5") < 8.8 -->. So if you want to go on training, keep the optimizer. If you want to give a
# network to others, save a copy that was never compiled, like `bare`, as the course does.
#
# What is in a `.keras` file? It is a zip archive.

# %%
with zipfile.ZipFile(whole_file) as archive:
    for entry in archive.infolist():
        print(f"{entry.filename:20} {entry.file_size / 1e6:6.2f} MB")

# %% tags=["nbval-ignore-output"]
with zipfile.ZipFile(whole_file) as archive:
    print(archive.read("metadata.json").decode())
    plan = json.loads(archive.read("config.json"))
print("the plan speaks of:", *plan)
print("how it was compiled:", plan["compile_config"]["loss"], plan["compile_config"]["metrics"])
print("its first layer:", plan["config"]["layers"][1]["config"])

# %% [markdown]
# `config.json` is the plan, and you can read it. `model.weights.h5` is the same kind of file as the other two above. Its format is HDF5, made for
# arrays of numbers, and [`h5py`](https://docs.h5py.org) reads it. Look inside the small one:

# %%
with h5py.File(bare_file) as file:
    for name, layer in file["layers"].items():
        if len(layer["vars"]):
            print(f"{name:10}", {number: array.shape for number, array in layer["vars"].items()})

# %% [markdown]
# Every array stands under the **kind of its layer and its number among those of that kind**: `conv2d`, `conv2d_1`, and so on. The names that you give
# to layers are noted, but they are not used when weights are loaded. Activations and dropout rates are not in there. Keep that in mind for step 9.
#
# ## 7. The same score in a fresh process
#
# The proof that a file is complete: another program, which knows nothing of this notebook, loads it and gets the same score. The next cell writes
# 1,000 validation pictures to a file and starts a new Python.
#
# **Your prediction:** the program below never says what the network looks like, nor what its loss is. Can it evaluate it?

# %% jupyter={"outputs_hidden": true}
sample_file = build_path("cifar10_sample.npz")
np.savez(sample_file, pictures=x_val[:1000], labels=y_val[:1000])

program = """
import sys, keras, numpy as np
model_file, sample_file = sys.argv[1:]
sample = np.load(sample_file)
model = keras.models.load_model(model_file)
loss, accuracy = model.evaluate(sample["pictures"], sample["labels"], batch_size=500, verbose=0)
print(f"{loss:.6f} {accuracy:.6f}")
"""
command = [sys.executable, "-c", program, whole_file, sample_file]
process = subprocess.run(command, capture_output=True, text=True)
assert process.returncode == 0, process.stderr
answer = [float(number) for number in process.stdout.split()]
here = model.evaluate(x_val[:1000], y_val[:1000], batch_size=500, verbose=0)
print("same loss and accuracy as here:", np.allclose(answer, here, atol=1e-4))

# %% jupyter={"outputs_hidden": true} tags=["nbval-ignore-output"]
print("there:", *(f"{value:.6f}" for value in answer), "  here:", *(f"{value:.6f}" for value in here))

# %% [markdown]
# It can, because the plan is in `config.json`, and so are loss and metrics. On a GPU, which adds in another order each time, the last digits may differ.
#
# With the weights file you must build the network first:

# %%
rebuilt = cifar10_cnn()
rebuilt.load_weights(bare_file)
compiled(rebuilt)  # a loss and a metric, so that we can evaluate
there = rebuilt.evaluate(x_val[:1000], y_val[:1000], batch_size=500, verbose=0)
print("same as here:", np.allclose(there, here))

# %% [markdown]
# `load_weights` needs the same network; then both ways lead to the same score.
#
# ## 8. Going on where you stopped
#
# For a prediction, weights are enough. Is the optimizer needed for further training? Go on in two ways:
#
# - with the whole model from its file, Adam's memory included;
# - with the same weights and a *new* Adam, whose memory is empty.
#
# All else is the same: the batches, the learning rate, and even the numbers that dropout draws at random. Keras does not store the state of its
# random numbers, so the function sets the seed before each loading.
#
# What does the memory do? Adam moves each weight by the learning rate times m, divided by the root of v. Here m is the mean of its gradients and v the
# mean of their squares; recent batches count more. Two examples: with the gradients 2, 2, 2, 2 we get m = 2 and v = 4, so the weight moves by
# 2 / 2 = 1 learning rate. With 2, −2, 2, −2 we get m = 0, so it does not move at all. A new Adam has seen one gradient g only. Both means begin at 0, and
# Adam corrects for that (*bias correction*, 편향 보정; it has nothing to do with the biases of layers), so that after one batch they are exactly g
# and g². A weight whose gradient is exactly 0 does not move, for example behind a unit that dropout has switched off; the cell leaves such weights out.
#
# **Your prediction:** by how much does the *new* Adam move a weight in its first step, if its gradient is large? And if it is ten times smaller?

# %% jupyter={"outputs_hidden": true}
def loaded():
    keras.utils.set_random_seed(environment.seed)
    return keras.models.load_model(whole_file)


whole, renewed = loaded(), compiled(loaded())  # compile makes a new optimizer
pairs = zip(model.optimizer.variables, whole.optimizer.variables, strict=True)
print("Adam's memory in the file is that of the model here:", all(np.array_equal(a, b) for a, b in pairs))
taken = {"whole model": whole, "new optimizer": renewed}
print("has taken steps:", {name: int(network.optimizer.iterations) > 0 for name, network in taken.items()})

# %% jupyter={"outputs_hidden": true} tags=["nbval-ignore-output"]
def first_step(network):
    """How far each weight moves in one batch, as a share of the learning rate; those that do not are left out."""
    network.optimizer.learning_rate = LEARNING_RATE / 2
    before = network.get_weights()
    network.train_on_batch(x_train[:BATCH], y_train[:BATCH])
    moves = [np.abs(b - a).ravel() for a, b in zip(before, network.get_weights(), strict=True)]
    moves = np.concatenate(moves) / (LEARNING_RATE / 2)
    return moves[moves > 0]


for name, network in {"whole model": loaded(), "new optimizer": compiled(loaded())}.items():
    moves = first_step(network)
    print(f"{name}: first step, moved by more than half of the rate: {np.mean(moves > 0.5):.0%} of those that moved")

# %% [markdown]
# By g divided by the root of g², which is plus or minus 1: so by plus or minus the learning rate, whether the gradient is large or small. Only
# where a gradient is hardly more than 0 does a tiny constant in Adam's denominator make the step smaller. That is why many more weights take a long
# step with the new
# optimizer<!-- claim: number("new optimizer: first step, moved by more than half of the rate:") > 1.5 * number("whole model: first step, moved by more than half of the rate:") -->.
# With its memory, Adam is careful where gradients disagree.
#
# **Your prediction:** both networks now go on for 200 batches, with a learning rate of 0.0005. Draw two lines, the loss by batch. Where do they begin, and which
# one lies higher at first? When the best epoch was saved the rate was almost 0. Will the loss fall or rise?

# %% jupyter={"outputs_hidden": true} tags=["nbval-ignore-output"]
def go_on(network, batches=10 if FAST else 200):
    network.optimizer.learning_rate = LEARNING_RATE / 2
    losses = []
    for start in range(0, batches * BATCH, BATCH):
        part = slice(start, start + BATCH)
        network.reset_metrics()  # or the loss would be the mean of all batches so far
        losses.append(float(network.train_on_batch(x_train[part], y_train[part])[0]))
    return losses


going_on = {name: go_on(network) for name, network in taken.items()}
for name, losses in going_on.items():
    first, last = np.mean(losses[1:21]), np.mean(losses[-100:])
    print(f"{name}: loss of the first batch {losses[0]:.4f}, of the next 20 {first:.4f}, of the last 100 {last:.4f}")

# %% jupyter={"outputs_hidden": true} tags=["nbval-ignore-output"]
figure, axis = plt.subplots(figsize=(8.5, 3.6), layout="constrained")
width = min(10, len(going_on["whole model"]))
for (name, losses), colour in zip(going_on.items(), plots.COLOURS, strict=False):
    smooth = np.convolve(losses, np.ones(width) / width, mode="valid")
    axis.plot(np.arange(width, len(losses) + 1), smooth, color=colour, label=name)
axis.set(xlabel="batch", ylabel=f"loss, mean of {width} batches", title="Going on with training in two ways")
axis.legend()
axis.grid(alpha=0.3)
plt.show()

# %% [markdown]
# *Both lines begin at the same loss*, as the printed first batch
# shows<!-- claim: number("whole model: loss of the first batch") == number("new optimizer: loss of the first batch") -->. *At first the line of the
# new optimizer lies higher*<!-- claim: row("new optimizer: loss of the first batch")[2] > row("whole model: loss of the first batch")[2] -->,
# because its first steps are long for nearly all weights, also for those whose gradients say nothing clear. *Later the lines run close together*:
# averaged over the last 100 batches they differ less than at
# first<!-- claim: abs(row("new optimizer: loss of the first batch")[4] - row("whole model: loss of the first batch")[4]) < abs(row("new optimizer: loss of the first batch")[2] - row("whole model: loss of the first batch")[2]) -->.
# By then the new memory has filled. Both lines have their peaks at about the same batches, because some batches are harder than others.
#
# Why do both
# *rise*<!-- claim: row("whole model: loss of the first batch")[4] > row("whole model: loss of the first batch")[2] and row("new optimizer: loss of the first batch")[4] > row("new optimizer: loss of the first batch")[2] -->?
# The rate jumps. The cosine wave had taken it down to almost 0, so the network had settled in a low place. Now it is 0.0005 again, and steps of
# that length carry it out of there. The network settles again only if the rate is lowered again.
#
# So losing the optimizer is no disaster, but it costs steps: at first the loss is higher than with the memory.
#
# > **What can go wrong: a schedule that has ended.** `fit(..., epochs=40, initial_epoch=30)` counts on from epoch 30; without `initial_epoch` Keras
# > counts from 0, and our schedule begins at 0.001 again. But even when it counts on, the rate would now go *up* the other side of the wave, which
# > disturbs what had settled. So give the schedule a new end first. For a training that may be interrupted there is the callback
# > [`BackupAndRestore`](https://keras.io/api/callbacks/backup_and_restore/): start the same program again, and it goes on with weights, optimizer and
# > epoch. Tell `ModelCheckpoint` the best value so far with `initial_value_threshold`, because it has forgotten it.
#
# ## 9. When the architecture differs
#
# A weights file fits one architecture (구조). What happens with another?
#
# **Your prediction:** you try to load it into a network with 48 filters in its first block, and into one with another dense layer at the end. Will
# Keras load what fits and leave the rest, or refuse?

# %% jupyter={"outputs_hidden": true} tags=["nbval-ignore-output"]
longer = keras.Sequential([*cifar10_cnn().layers, Dense(10)])
longer.build((None, 32, 32, 3))
others = {"48 filters": cifar10_cnn(filters=48), "one dense layer more": longer}
for what, other in others.items():
    try:
        other.load_weights(bare_file)
    except ValueError as error:
        print(f"{what}: {type(error).__name__}: {str(error)[:300]} ...")
    pairs = zip(bare.get_weights(), other.get_weights(), strict=False)
    print(f"{what}: arrays that were loaded all the same: {sum(np.array_equal(a, b) for a, b in pairs)}\n")

# %% [markdown]
# Both, and that is the trap: it loads what
# fits<!-- claim: number("48 filters: arrays that were loaded all the same:") > 0 and number("one dense layer more: arrays that were loaded all the same:") == 12 -->,
# *then* it raises an error. After such an error do not use the network.
#
# How to read the first message: three layers do not fit<!-- claim: number("48 filters: ValueError: A total of") == 3 -->. One of them is named, with
# `variable.shape`, which is what the network has, and `value.shape`, which is what the file has. The number in the
# name of the layer counts all convolutions that this notebook has made; in the file counting starts anew. The second message, "expected 2 variables,
# but received 0", says that the file has nothing for a third dense layer.
# [`KerasFileEditor`](https://keras.io/api/models/model_saving_apis/keras_file_editor/) compares a file with a network more readably.
#
# Can you ask Keras to take what fits, without an error? Yes, with `skip_mismatch=True`. It warns in place of the error; the cell silences the warning
# and looks at each layer itself.
#
# **Your prediction:** six layers have weights. Which of them does the network with 48 filters get from the file?

# %% jupyter={"outputs_hidden": true}
patient = cifar10_cnn(filters=48)
with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    patient.load_weights(bare_file, skip_mismatch=True)

for layer, source in zip(patient.layers, bare.layers, strict=True):
    if layer.weights:
        kernel, stored = layer.get_weights()[0], source.get_weights()[0]
        fate = "taken" if np.array_equal(kernel, stored) else "left at random"
        print(f"{type(layer).__name__:7} kernel {kernel.shape!s:16} {fate}")

# %% jupyter={"outputs_hidden": true} tags=["nbval-ignore-output"]
half_loaded = compiled(patient).evaluate(x_val, y_val, batch_size=500, verbose=0)[1]
print(f"validation accuracy of the half-loaded network: {half_loaded:.4f}")

# %% [markdown]
# The last three are taken. The first two have 48 filters now, and the third gets 48 maps instead of 32, so its kernels are deeper than those in the
# file. But the last three were trained for the maps of the first three, and those are random now, so the network is about as good as a
# guess<!-- claim: number("validation accuracy of the half-loaded network:") < 0.25 -->. `skip_mismatch` is made for the opposite case: the layers
# near the *input* fit, and a new output is trained on top of them.
#
# These are the harmless cases, because you are told. Now change something that the file does not know.
#
# **Your prediction:** the same network with `tanh` instead of `relu` in its hidden layer has the same shapes. What will happen?

# %% jupyter={"outputs_hidden": true}
silent = cifar10_cnn(activation="tanh")
silent.load_weights(bare_file)
compiled(silent)
print("loaded without a warning, parameters:", f"{silent.count_params():,}")

# %% jupyter={"outputs_hidden": true} tags=["nbval-ignore-output"]
wrong = silent.evaluate(x_val, y_val, batch_size=500, verbose=0)[1]
right = keras.models.load_model(whole_file).evaluate(x_val, y_val, batch_size=500, verbose=0)[1]
print(f"validation accuracy with relu {right:.4f}, with tanh {wrong:.4f}")

# %% [markdown]
# There is no error and no warning, and it is clearly
# worse<!-- claim: number("validation accuracy with relu", 1) < number("validation accuracy with relu") - 0.03 -->. Without any knowledge a network
# would be right one time in ten. The weights are in the right places, but the layers behind them were trained for what `relu` makes of the sums.
# The same happens if you forget to scale the pixels, or change the order of two layers of the same kind and size. **After loading weights, measure
# the score again**, and compare it with the one you know.
#
# ## 10. Leaving Keras
#
# A `.keras` file needs Keras. A telephone, a web page or a program in another language has none. For them
# [`model.export`](https://keras.io/api/models/model_saving_apis/export/) writes the network in another form, made for prediction only: without
# optimizer, without loss, and without a way to go on training.
#
# - *SavedModel* is TensorFlow's own form, a folder. With TensorFlow installed, nothing else is needed.
# - *LiteRT*, known before as TensorFlow Lite, is for telephones and small devices. TensorFlow writes it; to read it, the small package
#   `ai-edge-litert` is enough.
# - *ONNX* is read by many programs of many makers. With TensorFlow behind Keras you need the packages `onnx` and `tf2onnx` to write it, and
#   `onnxruntime` to read it.
#
# Two things to know. First, export a network in `float32`, as `models.load` gives it. From a network in
# `bfloat16`, the 16 bits that the first cell may choose, `export` may write an ONNX file that ONNX Runtime cannot open. Second, let the network compute
# something before you export it, because `export` must know the shape of the input, and takes it from the last pictures. The course does not
# install the extra packages. Where one is missing, the cell says so, and you can install it with
# `pip install onnx tf2onnx onnxruntime ai-edge-litert`.
#
# **Your prediction:** 2,168,362 parameters of four bytes are 8.7 MB. Will the exported files be as large as the `.keras` file of step 6, or as the weights alone?

# %% jupyter={"outputs_hidden": true} tags=["nbval-ignore-output"]
leaving = models.load("cifar10_cnn")
few = x_val[:4]
expected = leaving.predict(few, verbose=0)

exported = {}
for kind, name in {"tf_saved_model": "cifar10_saved", "litert": "cifar10.tflite", "onnx": "cifar10.onnx"}.items():
    path = build_path(name)
    try:
        with quiet_stderr():
            leaving.export(str(path), format=kind, verbose=False)
        exported[kind] = str(path)
        parts = [part for part in (path, *path.rglob("*")) if part.is_file()]
        print(f"{kind}: written, {sum(part.stat().st_size for part in parts) / 1e6:.1f} MB")
    except Exception as error:  # a package is missing, or this backend cannot do it
        print(f"{kind}: not written here. {type(error).__name__}: {error}")

# %% [markdown]
# LiteRT holds little more than the weights<!-- claim: number("litert: written,") < 10 -->. A SavedModel is
# larger<!-- claim: number("tf_saved_model: written,") > number("litert: written,") -->, because it holds them twice here. Neither has the optimizer's
# memory<!-- claim: number("tf_saved_model: written,") < number("cifar10.keras") -->. Now read them without Keras, each in its own way.
#
# **Your prediction:** will the probabilities be the same as those of Keras, down to the last digit?

# %% tags=["nbval-ignore-output"]
def with_tensorflow(path, pictures):
    import tensorflow as tf
    artifact = tf.saved_model.load(path)  # keep a name for it: without one its variables are gone before they are used
    return artifact.serve(pictures).numpy()


def with_litert(path, pictures):
    from ai_edge_litert.interpreter import Interpreter
    reader = Interpreter(model_path=path)
    place = reader.get_input_details()[0]["index"]
    reader.resize_tensor_input(place, pictures.shape)
    reader.allocate_tensors()
    reader.set_tensor(place, pictures)
    reader.invoke()
    return reader.get_tensor(reader.get_output_details()[0]["index"])

# %% tags=["nbval-ignore-output"]
def with_onnxruntime(path, pictures):
    import onnxruntime
    session = onnxruntime.InferenceSession(path)
    return session.run(None, {session.get_inputs()[0].name: pictures})[0]


readers = {"tf_saved_model": with_tensorflow, "litert": with_litert, "onnx": with_onnxruntime}

# %% jupyter={"outputs_hidden": true} tags=["nbval-ignore-output"]
for kind, path in exported.items():
    try:
        with quiet_stderr():
            found = readers[kind](path, few)
        print(f"{kind}: largest difference from Keras {np.abs(found - expected).max():.0e}")
    except Exception as error:  # a package is missing
        print(f"{kind}: not read here. {type(error).__name__}: {error}")

# %% [markdown]
# Where there is a difference, it is in the last digits of `float32`, because each program adds in an order of its
# own<!-- claim: number("tf_saved_model: largest difference from Keras") < 1e-5 -->. So the answers are the same. But what the files do *not* hold is
# the same as before: how pixels are scaled, and what the ten classes are called.
#
# ## 11. A file from a stranger
#
# A whole model holds a plan, and a plan can hold a program: the layer [`Lambda`](https://keras.io/api/layers/core_layers/lambda/) (람다) computes whatever
# Python function its author wrote. Play the stranger and make such a file. Yours only prints a sentence. Another one could delete your files, or send them to somebody.

# %% tags=["nbval-ignore-output"]
stranger = keras.Sequential([
    keras.Input((4,)),
    keras.layers.Lambda(lambda x: (print("I am a program, and I am running on your machine."), x)[1]),
    Dense(1),
])
stranger_file = build_path("stranger.keras")
stranger.save(stranger_file)
print("saved")

# %% [markdown]
# The sentence has been printed already, because Keras tried the layer when the network was built.
#
# **Your prediction:** you load this file. Will the sentence be printed again?

# %% jupyter={"outputs_hidden": true} tags=["nbval-ignore-output"]
try:
    keras.models.load_model(stranger_file)
except ValueError as error:
    print(f"{type(error).__name__}: {error}")

# %% jupyter={"outputs_hidden": true} tags=["nbval-ignore-output"]
print("safe_mode=False:")
keras.models.load_model(stranger_file, safe_mode=False)

# %% [markdown]
# With `safe_mode=True`, the default, Keras refuses to make a function out of the bytes in a file. With `safe_mode=False` the sentence is printed
# **while the file is being loaded**, even twice, because Keras tries the layer twice: you need not ask the model anything.
#
# - Never switch safe mode off for a file that you did not write yourself. If a model needs a `Lambda`, ask for its code, and load weights.
# - Keep Keras up to date. (A CVE number names a security hole that is known.) In 2025 several ways around safe mode were found and closed, among them
#   [one in files made for the purpose](https://nvd.nist.gov/vuln/detail/CVE-2025-1550) (closed in 3.9) and
#   [one through old `.h5` models](https://nvd.nist.gov/vuln/detail/CVE-2025-9905) (closed in 3.11.3). Others followed; the
#   [list of releases](https://github.com/keras-team/keras/releases) names them. Safe mode is a lock, and locks can be broken.
# - Weights files (`.weights.h5`) hold no program, so they are safer, but they are not harmless either. HDF5 lets an entry of a file *point to
#   another file*. Before version 3.13.2 Keras followed such pointers. So a prepared file could copy any file of yours into the weights, and if you
#   then gave the network back, its author could read your file ([CVE-2026-1669](https://nvd.nist.gov/vuln/detail/CVE-2026-1669)). The version that
#   you need for this course refuses them.
# - *Pickles* (피클) can hold programs, too, and PyTorch's `.pt` files are pickles. There the lock is `weights_only=True`, and it was broken twice
#   ([CVE-2025-32434](https://nvd.nist.gov/vuln/detail/CVE-2025-32434), closed in 2.6, and
#   [CVE-2026-24747](https://nvd.nist.gov/vuln/detail/CVE-2026-24747), closed in 2.10): keep PyTorch up to date as well. See the companion.
# - An exported file is a program, too: a SavedModel may hold any operation of TensorFlow, also those that read and write files. Treat it as you treat
#   any program.
#
# Which kind of file do you need when?
#
# | you want to | write | read |
# |---|---|---|
# | use the network later | `model.save("x.keras")` | `keras.models.load_model("x.keras")` |
# | give it away | the same, of a copy without optimizer | the same |
# | go on with training | the same, of a compiled model | the same, then `fit(..., initial_epoch=...)` |
# | put weights into a network that your code builds | `model.save_weights("x.weights.h5")` | `model.load_weights("x.weights.h5")` |
# | take over the layers that fit | the same | `model.load_weights("x.weights.h5", skip_mismatch=True)` |
# | use it without Keras | `model.export(path, format=...)` | TensorFlow, LiteRT, ONNX Runtime |
# | survive a power cut | callback `BackupAndRestore` | start the same program again |
# | keep the best epoch | callback `ModelCheckpoint(save_best_only=True)` | `keras.models.load_model` |
#
# ## What can go wrong
#
# - **The pictures of another program.** The file does not say that pixels were divided by 255. Whoever loads it must know. Or put a
#   [`Rescaling`](https://keras.io/api/layers/preprocessing_layers/image_preprocessing/rescaling/) layer in front, so that it is part of the model.
# - **Class names lost.** Number 3 is a cat because our list says so. Write the list down beside the file.
# - **A layer of your own.** Keras finds its class only if it is registered with
#   [`@keras.saving.register_keras_serializable()`](https://keras.io/guides/serialization_and_saving/), or handed over in `custom_objects`.
# - **The last epoch saved instead of the best.** Load the file of the checkpoint before you save or test.
#
# ## What you learned
#
# 1. Colour pictures have three channels; kernels of the first layer are three deep. All else stays as it was.
# 2. A whole model (`.keras`) holds plan, weights and optimizer; another program gets the same score from it without your code.
# 3. A weights file holds numbers by kind and order of layers. Shapes that differ are an error, another activation is not.
# 4. To go on smoothly you need the optimizer's memory, which takes twice the room of the weights. A new Adam begins with long steps for nearly all weights.
# 5. A model file can be a program, and a weights file can point to other files. Load strangers' files with an up-to-date Keras in safe mode, or not at all.
#
# | Function | What it does |
# |---|---|
# | [`model.save`, `keras.models.load_model`](https://keras.io/api/models/model_saving_apis/model_saving_and_loading/) | the whole model, into a file and back |
# | [`model.save_weights`, `model.load_weights`](https://keras.io/api/models/model_saving_apis/weights_saving_and_loading/) | the weights only; `skip_mismatch=True` takes what fits |
# | [`ModelCheckpoint`](https://keras.io/api/callbacks/model_checkpoint/), [`BackupAndRestore`](https://keras.io/api/callbacks/backup_and_restore/), [`LearningRateScheduler`](https://keras.io/api/callbacks/learning_rate_scheduler/) | callbacks: keep the best epoch, go on after a break, set the rate |
# | [`model.export`](https://keras.io/api/models/model_saving_apis/export/) | writes a form that needs no Keras |
# | [`model.train_on_batch`](https://keras.io/api/models/model_training_apis/) | one update of the weights |
# | [`zipfile`](https://docs.python.org/3/library/zipfile.html), [`h5py`](https://docs.h5py.org) | look into archives, and into files of arrays |
#
# **Open question:** in step 8 both networks go on with a rate of 0.0005. In `go_on`, write 0.00001 in place of `LEARNING_RATE / 2`. Predict first what
# becomes of the rise, and of the gap at the beginning. Then run the cells from `def loaded()` on again, so that both networks come fresh from the
# file, and report in three sentences.
#
# **Exercises:** [8 exercises](exercises/09_saving_exercises.ipynb) on this chapter; each checks your answer.
#
# **Next:** [10 · Beyond the book](10_beyond_the_book.ipynb) climbs from the network of chapter 04 to records, one measured change at a time.
#
# **In PyTorch:** [09 · CIFAR-10 in PyTorch: save, load and go on with `state_dict`](pytorch/09_cifar10_in_pytorch.ipynb).

# %% tags=["reached", "nbval-ignore-output"]
print(f"test accuracy (trained now) {test_accuracy:.4f} ({facts['test_pictures']:,} pictures, {facts['edition']})")
