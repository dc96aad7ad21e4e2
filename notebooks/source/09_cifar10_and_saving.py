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
# - **Time** on 2 CPU cores: 0.5<!-- chapters.09_cifar10_and_saving.fast_minutes --> minutes in fast mode, 21.1<!-- chapters.09_cifar10_and_saving.full_minutes --> minutes in full mode.<!-- gpu 09 --><!-- end of gpu --> A GPU is used when there is one.
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
# network trains for 20 steps only: enough to see that everything works, too little to learn much.

# %% tags=["nbval-ignore-output"]
from helpers.environment import FAST, build_path, setup

environment = setup(seed=42)

# %%
import json, subprocess, sys, time, zipfile

import h5py
import keras
import matplotlib.pyplot as plt
import numpy as np
from keras.layers import Conv2D, Dense, Dropout, Flatten, MaxPooling2D
from sklearn.model_selection import train_test_split

from helpers import models, plots
from helpers.data import CIFAR10_CLASSES, cifar10_facts, load_cifar10

EPOCHS = 1 if FAST else 30  # rounds through the training pictures
STEPS = 20 if FAST else None  # changes of the weights in a round; None: as many as there are batches
BATCH = 128  # pictures between two changes of the weights
LEARNING_RATE = 0.001  # how far each change goes, at first

# %% [markdown]
# ## 1. Small pictures in colour
#
# [CIFAR-10](https://www.cs.toronto.edu/~kriz/cifar.html) holds 60,000 photographs of 32 by 32 pixels in ten classes (Krizhevsky, 2009): airplane
# (비행기), automobile (자동차), bird (새), cat (고양이), deer (사슴), dog (개), frog (개구리), horse (말), ship (배), truck (트럭).
#
# **Your prediction:** a digit was a table of 784 numbers. How many numbers is one of these pictures?

# %% jupyter={"outputs_hidden": true}
(x_train_all, y_train_all), (x_test, y_test) = load_cifar10()
y_train_all, y_test = y_train_all.ravel(), y_test.ravel()  # (n, 1) becomes (n,)

print("training pictures:", x_train_all.shape, x_train_all.dtype)
print("numbers in one picture:", x_train_all[0].size)
for label, name in enumerate(CIFAR10_CLASSES):
    print(f"{label} {name:10} {(y_train_all == label).sum():,}")

# %% [markdown]
# 32 · 32 · 3 = 3,072: each pixel has a red, a green and a blue value, and each *channel* (채널) is a table of its own.
#
# Which copy of CIFAR-10 is this? It matters, because scores on different copies cannot be compared. Many copies on the internet were saved as
# JPEG, which changes pixels, and some lack a part of the test pictures.

# %% tags=["nbval-ignore-output"]
facts = cifar10_facts(x_test)
print("CIFAR-10,", facts["edition"], "-", f"{facts['test_pictures']:,} test pictures")

# %% [markdown]
# **The figures in this notebook were measured on JPEG copies with 8,000 test pictures.** The published data set has 10,000, as its authors saved
# them. Yours may give another number.
#
# Nobody has said that these photographs may be published again. So **this notebook is stored without them: cells that show one are empty, and
# fill when you run them.**

# %% tags=["photographs", "nbval-ignore-output"]
some = np.concatenate([np.flatnonzero(y_train_all == label)[:2] for label in range(10)])
names = [CIFAR10_CLASSES[label] for label in y_train_all[some]]
plots.images(x_train_all[some], names, columns=10, caption="Two of each class")

# %% [markdown]
# *Look at them from a distance.* Most you recognise; a few only thanks to the name above. Place, size, colour and background change from picture
# to picture. Nothing is centred as in MNIST.
#
# We cut 5,000 pictures out of the training set for validation, as many of each class.

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
# Two blocks, each with two convolutions, a pooling and a dropout of a quarter. Then a hidden layer of 512 with a dropout of a half, and ten outputs. All
# convolutions are 3 by 3 with `"same"` padding.
#
# Two convolutions in a row, before the pooling: the second sees 5 by 5 pixels of the picture, with a ReLU in between.
#
# **Your prediction:** how many parameters has the first convolution with its 32 filters? (320 would be right for a grey picture.) Which layer has most?

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
# (3 · 3 · 3 + 1) · 32 = 896: a kernel is as deep as its input, and the input has three channels now. The hidden layer has
# (8 · 8 · 64 + 1) · 512 = 2,097,664 parameters, nearly all of the 2,168,362.
#
# ## 3. Thirty epochs
#
# The *learning rate* (학습률) begins at 0.001 and falls along half a cosine wave, so that the network settles down at the end. A callback sets it
# before each epoch. Another one keeps the network of the epoch with the highest validation accuracy in a file. (In the other chapters it was the
# lowest loss; after the curves you will see why.)

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
# *Dashed is training, solid is validation; the dot marks the lowest validation loss.* First look at the losses. They part early: the network gets
# better on pictures that it has seen, and no longer on new ones. This is overfitting (과대적합): 45,000 pictures are few for two million parameters.
#
# *Now the solid line of the accuracy.* It goes on rising slowly after the dot. How can the loss stay the same while the accuracy rises? The loss
# also counts **how sure** the network is. It gets more pictures right, and becomes surer of those that it gets wrong; the two cancel out. So
# "best epoch" depends on the question. If only the class counts, take the highest accuracy, as we do here. If you need the probabilities, take the
# lowest loss.
#
# ## 4. What does it confuse?
#
# **Your prediction:** which class is hardest? Which two are mixed up most, among the animals and among the vehicles?

# %% jupyter={"outputs_hidden": true} tags=["nbval-ignore-output"]
model = keras.models.load_model(best_file)
predicted = model.predict(x_val, batch_size=500, verbose=0).argmax(axis=1)
plots.confusion(y_val, predicted, CIFAR10_CLASSES)

# %% [markdown]
# *Rows are the truth, columns are what the network said; colour shows mistakes only. Each row has 500 pictures. The two darkest fields show what
# is mixed up most.* Now count, both directions together:

# %% jupyter={"outputs_hidden": true} tags=["nbval-ignore-output"]
counts = np.zeros((10, 10), int)
np.add.at(counts, (y_val, predicted), 1)
mixed = counts + counts.T
pairs = sorted(((mixed[i, j], i, j) for i in range(10) for j in range(i)), reverse=True)[:5]
for number, i, j in pairs:
    print(f"{CIFAR10_CLASSES[j]} and {CIFAR10_CLASSES[i]}: mixed up {number} times")
print("right, by class:", {CIFAR10_CLASSES[i]: int(counts[i, i]) for i in np.argsort(counts.diagonal())})

# %% [markdown]
# Cats are hardest, and cats and dogs are mixed up most, by far. Among the vehicles it is
# automobile and truck. Birds are taken for airplanes, and for deer and frogs: many stand before a sky, or among plants. Most animals are harder than
# most vehicles: an animal bends and turns, a truck does not.

# %% tags=["photographs", "nbval-ignore-output"]
cats = np.flatnonzero(y_val == 3)
shown = cats[np.argsort(predicted[cats] == 3, kind="stable")][:10]  # those that it got wrong come first
plots.images(x_val[shown], [CIFAR10_CLASSES[label] for label in predicted[shown]], columns=10, caption="Ten cats")

# %% [markdown]
# *Run the cell to see them: cats, and above each what the network said.* At 32 by 32 pixels, would you have known?
#
# ## 5. The test set, once

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
# The network that ships with the course reached 0.7738<!-- cifar10_cnn.test_accuracy --> on 8,000 test pictures (JPEG copies; not comparable with
# published results). On its validation pictures it was 0.7828<!-- cifar10_cnn.validation_accuracy -->, in epoch 30<!-- cifar10_cnn.best_epoch -->
# (JPEG copies).
#
# Training took 1,194.0<!-- cifar10_cnn.train_seconds --> s. You do not want to spend them again each time you need the network. So:
#
# ## 6. Weights, or the whole model?
#
# Keras writes two kinds of files:
#
# - `model.save("x.keras")`: the **whole model** (전체 모델): layers, weights, and how it was compiled.
# - `model.save_weights("x.weights.h5")`: the **weights** (가중치) only. To use them you need the code that builds the network.
#
# **Your prediction:** 2,168,362 parameters of four bytes make 8.7 MB. How large will the two files be?

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
# Surprised? Both files of the trained model have three times the size. A model that has been trained keeps an **optimizer** (옵티마이저), and Adam
# remembers two numbers for each weight: the running mean of its gradient, and of the gradient's square. Keras stores them even in the *weights*
# file. Only the copy that was never compiled has 8.7 MB. So: to go on training, keep the optimizer. To give a network to others, save a copy that
# was never compiled, like `bare` (the course does).
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
# `config.json` is the plan: you can read it. `model.weights.h5` is the same kind of file as the other two above (HDF5, a format for arrays of
# numbers). Look inside the small one:

# %%
with h5py.File(bare_file) as file:
    for name, layer in file["layers"].items():
        if len(layer["vars"]):
            print(f"{name:10}", {number: array.shape for number, array in layer["vars"].items()})

# %% [markdown]
# Every array stands under the **kind of its layer and its number among those of that kind**: `conv2d`, `conv2d_1`, ... The names that you give to
# layers are noted, but not used when weights are loaded. Activations and dropout rates are not in there. Keep that in mind for section 9.
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
# It can: the plan is in `config.json`, and so are loss and metrics. (On a GPU, which adds in another order each time, the last digits may differ.)
#
# With the weights file you build the network first:

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
# For a prediction, weights are enough. For further training, is the optimizer needed, too? We go on in two ways:
#
# - with the whole model from its file, Adam's memory included;
# - with the same weights and a *new* Adam, whose memory is empty.
#
# All else is the same: the batches, the learning rate, and even the numbers that dropout draws at random. (Keras does not store where its random
# numbers stand. So we set the seed before each loading.)
#
# **Your prediction:** draw two lines, the loss by batch. Where do they begin? Which of them goes up at first, and do they meet again?

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
    print(f"{name:13} loss of the first batch {losses[0]:.4f}, of the next 20 {first:.4f}, of the last 100 {last:.4f}")

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
# *Both lines begin at the same loss* (the printed first batch is equal). *The new Adam goes up at once and stays above the other for some thirty
# batches. Then they meet, and rise and fall together, because some batches are harder than others.* Adam divides each step by what it remembers of
# the size of the gradients. With an empty memory its first steps are too long. When the memory has filled, it is as good as the old one.
#
# So losing the optimizer is no disaster, but it costs steps, and for a while the network is worse than the one that you had saved.
#
# > **What can go wrong: a schedule that has ended.** Our rate is almost 0 in epoch 30. With the same callback the next epochs would go *up* the
# > other side of the wave: almost nothing is learned at first, and then what had settled is disturbed. Give the schedule a new end first.
# > `fit(..., epochs=40, initial_epoch=30)` counts on from epoch 30, so that logs and schedules know where they are. For a training that may be
# > interrupted there is the callback [`BackupAndRestore`](https://keras.io/api/callbacks/backup_and_restore/): start the same program again, and it
# > goes on with weights, optimizer and epoch. (Tell `ModelCheckpoint` the best value so far with `initial_value_threshold`; it has forgotten.)
#
# ## 9. When the architecture differs
#
# A weights file fits one architecture (구조). What happens with another?
#
# **Your prediction:** we try to load it into a network with 48 filters in its first block, and into one with another dense layer at the end. Will
# Keras load what fits and leave the rest, or refuse?

# %% jupyter={"outputs_hidden": true} tags=["nbval-ignore-output"]
longer = keras.Sequential([*cifar10_cnn().layers, Dense(10)])
longer.build((None, 32, 32, 3))
others = {"48 filters": cifar10_cnn(filters=48), "one dense layer more": longer}
for what, other in others.items():
    try:
        other.load_weights(bare_file)
    except ValueError as error:
        print(f"{what}: {type(error).__name__}: {str(error)[:300]} ...\n")

# %% [markdown]
# Both, and that is the trap: it loads what fits, *then* it raises an error. After such an error do not use the network.
#
# How to read the first message: three layers do not fit. One of them is named, with `variable.shape` (what the network has) and `value.shape` (what
# the file has). The three are the two with 48 filters, and the third convolution, which now gets 48 maps instead of 32. (The number in
# `conv2d_16` counts all convolutions that this notebook has made; in the file counting starts anew.) The second message, "expected 2 variables,
# but received 0", says: the file has nothing for a third dense layer.
#
#
# ([`KerasFileEditor`](https://keras.io/api/models/model_saving_apis/keras_file_editor/) compares a file with a network more readably.)
#
# These are the harmless cases: you are told. Now change something that the file does not know.
#
# **Your prediction:** the same network with `tanh` instead of `relu` in its hidden layer has the same shapes. What will happen?

# %% jupyter={"outputs_hidden": true}
silent = cifar10_cnn(activation="tanh")
silent.load_weights(bare_file)
compiled(silent)
print("loaded without a word, parameters:", f"{silent.count_params():,}")

# %% jupyter={"outputs_hidden": true} tags=["nbval-ignore-output"]
wrong = silent.evaluate(x_val, y_val, batch_size=500, verbose=0)[1]
right = keras.models.load_model(whole_file).evaluate(x_val, y_val, batch_size=500, verbose=0)[1]
print(f"validation accuracy with relu {right:.4f}, with tanh {wrong:.4f}")

# %% [markdown]
# No error, no warning, and clearly worse. (A network without any knowledge would be right one time in ten.) The weights are in the right places, but
# the layers behind them were trained for what `relu` makes of the sums. The same happens if you forget to scale the pixels, or change the order
# of two layers of the same kind and size. **After loading weights, measure the score again**, and compare it with the one you know.
#
# ## 10. A file from a stranger
#
# A whole model holds a plan, and a plan can hold a program: the layer `Lambda` (람다) computes whatever Python function its author wrote. Play the
# stranger and make such a file. Ours only prints a sentence; it could as well delete your files or send them away.

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
# (It has run already here, when Keras tried the layer.)
#
# **Your prediction:** you load this file. Will the sentence be printed?

# %% jupyter={"outputs_hidden": true} tags=["nbval-ignore-output"]
try:
    keras.models.load_model(stranger_file)
except ValueError as error:
    print(f"{type(error).__name__}: {error}")

# %% jupyter={"outputs_hidden": true} tags=["nbval-ignore-output"]
print("safe_mode=False:")
loaded = keras.models.load_model(stranger_file, safe_mode=False)

# %% [markdown]
# With `safe_mode=True`, the default, Keras refuses to make a function out of the bytes in a file. With `safe_mode=False` the sentence is printed
# **while the file is being loaded** (twice even, because Keras tries the layer twice): you need not ask the model anything.
#
# - Never switch safe mode off for a file that you did not write yourself. If a model needs a `Lambda`, ask for its code, and load weights.
# - Keep Keras up to date. In 2025 several ways around safe mode were found and closed, among them
#   [one in files made for the purpose](https://nvd.nist.gov/vuln/detail/CVE-2025-1550) (closed in 3.9) and
#   [one through old `.h5` models](https://nvd.nist.gov/vuln/detail/CVE-2025-9905) (closed in 3.11.3). Safe mode is a lock, not a proof.
# - *Pickles* (피클) can hold programs, too, and PyTorch's `.pt` files are pickles. There it is `weights_only=True`: see the companion.
# - Weights files (`.weights.h5`) hold numbers only.
#
# Which one when?
#
# | you want to | write | read |
# |---|---|---|
# | use the network later | `model.save("x.keras")` | `keras.models.load_model("x.keras")` |
# | give it away | the same, of a copy without optimizer | the same |
# | go on with training | the same, of a compiled model | the same, then `fit(..., initial_epoch=...)` |
# | put weights into a network that your code builds | `model.save_weights("x.weights.h5")` | `model.load_weights("x.weights.h5")` |
# | survive a power cut | callback `BackupAndRestore` | start the same program again |
# | keep the best epoch | callback `ModelCheckpoint(save_best_only=True)` | `keras.models.load_model` |
#
# ## What can go wrong
#
# - **The pictures of another program.** The file does not say that pixels were divided by 255. Whoever loads it must know. (Or put a
#   [`Rescaling`](https://keras.io/api/layers/preprocessing_layers/image_preprocessing/rescaling/) layer in front, and it is part of the model.)
# - **Class names lost.** Number 3 is a cat because our list says so. Write the list down beside the file.
# - **A layer of your own.** Keras finds its class only if it is registered with
#   [`@keras.saving.register_keras_serializable()`](https://keras.io/guides/serialization_and_saving/), or handed over in `custom_objects`.
# - **The last epoch saved instead of the best.**
#
# ## What you learned
#
# 1. Colour pictures have three channels; kernels of the first layer are three deep. All else stays as it was.
# 2. A whole model (`.keras`) holds plan, weights and optimizer; another program gets the same score from it without your code.
# 3. A weights file holds numbers by kind and order of layers. Shapes that differ are an error, another activation is not.
# 4. To go on smoothly you need the optimizer's memory, which takes twice the room of the weights. A new optimizer loses some steps first.
# 5. A model file can be a program. Load strangers' files in the safe mode of an up-to-date Keras, or not at all.
#
# **Exercises:** [8 exercises](exercises/09_saving_exercises.ipynb) on this chapter; each checks your answer.
#
# **Next:** this is the last chapter.
#
# **In PyTorch:** [09 · CIFAR-10 in PyTorch: save, load and go on with `state_dict`](pytorch/09_cifar10_in_pytorch.ipynb).

# %% tags=["reached", "nbval-ignore-output"]
print(f"test accuracy (trained now) {test_accuracy:.4f} ({facts['test_pictures']:,} pictures, {facts['edition']})")
