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
# # 06 · Cats and dogs: few pictures, overfitting and augmentation
#
# After this chapter you can train a convolutional network on a folder of colour photographs, see in its curves that it
# learns by heart, do something about it, and say honestly how good it is.
#
# - **Time** on 2 CPU cores: 0.9<!-- chapters.06_cats_and_dogs.fast_minutes --> minutes in fast mode, 36.9<!-- chapters.06_cats_and_dogs.full_minutes --> minutes in full mode.<!-- gpu 06 --><!-- end of gpu --> A GPU is used when there is one.
# - **You need** chapter 04: layers, loss, epochs, validation.
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
# The next cell picks the number format in which your machine multiplies fastest, and tells you what you run on. In fast
# mode (`FAST=1` in the environment) each training stops after three steps, which is too little to learn anything. Therefore the
# cells that judge a network then take the one that comes with the course, and say so.

# %% tags=["nbval-ignore-output"]
from helpers.environment import FAST, setup

environment = setup(seed=42)

# %%
import time

import keras
import matplotlib.pyplot as plt
import numpy as np
import tensorflow as tf
from matplotlib_inline.backend_inline import set_matplotlib_formats

from helpers import models, plots
from helpers.training.augmentation import RandomAffine
from helpers.data import cats_and_dogs, own_picture, sample_image

set_matplotlib_formats("jpeg", pil_kwargs={"quality": 85})  # pictures take less room than as PNG

# %%
SIDE = 150  # pictures become 150 by 150 pixels
BATCH = 32  # pictures between two changes of the weights
LEARNING_RATE = 0.0004  # how far each change goes
PLAIN_EPOCHS = 1 if FAST else 12
AUGMENTED_EPOCHS = 1 if FAST else 70
STEPS = 3 if FAST else None  # batches in an epoch; None: all of them

# %% [markdown]
# ## 1. The pictures, and who may show them
#
# In 2013 the competition *Dogs vs. Cats* gave away 25,000 photographs from animal shelters. A well-known extract has
# 2,000 of them for training and 1,000 for validation, half cats, half dogs. **So few photographs are the point of this
# chapter**: most people who want to train a network have few.
#
# The photographs are free to use for learning, but nobody may publish them again. So this notebook shows none: **cells
# that would show one are stored empty, and fill when you run them.** `cats_and_dogs` looks for pictures in this order:
#
# 1. a folder of your own, named by the environment variable `CATS_AND_DOGS_DIR`;
# 2. what it downloaded before;
# 3. the public extract (68 MB; not in fast mode);
# 4. where none of these can be had: 3,000 pictures of cats and dogs that the course **draws** itself.
#
# It says which ones you get. All figures in the text of this chapter were measured on the photographs, unless it says *drawn*.

# %% tags=["nbval-ignore-output"]
folder = cats_and_dogs()
kind = "drawn" if folder.name.startswith("drawn") else "photographs"
suffix = "_drawn" if kind == "drawn" else ""  # a network is named by what it learned from

# %% [markdown]
# Every data set for Keras can lie in folders like these, one folder for each *class* (클래스):

# %%
for part in ("train", "validation"):
    for animal in ("cats", "dogs"):
        files = list((folder / part / animal).glob("*.jpg"))
        print(f"{part}/{animal}: {len(files)} pictures")

# %% [markdown]
# Here are eight of the **drawn** pictures. Size, place, fur, light and background vary in the same way for both animals:
# only ears, eyes, muzzle and whiskers tell them apart. It is a problem of its own, easier for you and not much easier for
# a network.

# %% tags=["nbval-ignore-output"]
drawn = cats_and_dogs("drawn")
drawn_files = [drawn / f"train/{animal}s/{animal}.{n}.jpg" for n in range(4) for animal in ("cat", "dog")]
drawn_pictures = np.stack([plt.imread(file) for file in drawn_files])
plots.images(drawn_pictures, [file.name for file in drawn_files], caption="Eight drawn pictures")

# %% [markdown]
# And these are eight of the pictures that you will train with. (Stored empty: they may be photographs.)

# %% tags=["photographs", "nbval-ignore-output"]
files = sorted((folder / "train").glob("*/*.jpg"))[::250]
shown = [keras.utils.load_img(file, target_size=(SIDE, SIDE), interpolation="bilinear") for file in files]
plots.images(np.stack(shown), [file.name for file in files], caption=f"Eight training pictures ({kind})")

# %% [markdown]
# Photographs come in all sizes. Each dot below is one picture.
#
# **Your prediction:** a network with a dense layer needs pictures of one size. What will happen to a picture of 320 by 180
# pixels that is made 150 by 150?

# %% jupyter={"outputs_hidden": true} tags=["nbval-ignore-output"]
sizes = [keras.utils.load_img(file).size for file in sorted((folder / "train").glob("*/*.jpg"))]
width, height = np.transpose(sizes)

figure, axis = plt.subplots(figsize=(4.6, 3.8))
axis.plot(width, height, ".", alpha=0.15, color=plots.BLUE)
axis.plot(SIDE, SIDE, "s", color=plots.ORANGE, label="what the network gets")
axis.set(xlabel="width in pixels", ylabel="height in pixels", title="Sizes of the training pictures", aspect="equal")
axis.legend()
plt.show()
print(f"{len(set(sizes)):,} different sizes, from {min(width)}x{min(height)} to {max(width)}x{max(height)}")

# %% [markdown]
# *Read a dot as a picture: right is wide, up is tall.* A picture whose dot is away from the diagonal is not square. It gets
# squeezed, and a cat may become thin or fat. That is no great harm: the network sees squeezed cats in training as well. (Drawn
# pictures are all 150 by 150: a single dot, under the orange square.)
#
# ## 2. From a folder to batches
#
# [`image_dataset_from_directory`](https://keras.io/api/data_loading/image/) reads pictures from folders. The names of the
# folders, in the order of the alphabet, give the labels: cats are 0, dogs are 1.

# %%
def pictures_in(part):
    files = keras.utils.image_dataset_from_directory(
        folder / part, label_mode="binary", image_size=(SIDE, SIDE), batch_size=None, shuffle=False, verbose=False
    )
    return files.map(lambda picture, label: (tf.cast(picture, "uint8"), label)).cache()


def batches(pictures):
    batched = pictures.batch(BATCH)
    return batched.map(lambda picture, label: (tf.cast(picture, "float32") / 255, label)).prefetch(2)


train = pictures_in("train")
validation = batches(pictures_in("validation"))
looked_at = batches(pictures_in("validation").shard(8, 0)) if FAST else validation  # after each epoch

# %% [markdown]
# A *pipeline* (파이프라인) hands the pictures on from step to step. `map` applies a function to each of them; `lambda` is a
# short way to write a function; `tf.cast` changes the type of numbers. Our steps:
#
# - `image_dataset_from_directory` decodes a file and changes its size;
# - the first `map` stores each value in one byte, which saves memory;
# - `cache` keeps the result, so that files are read in the first epoch only;
# - `batch` puts pictures together;
# - the second `map` scales to 0..1, here and nowhere else;
# - `prefetch` prepares the next two batches while the network computes.
#
# **Your prediction:** read all training pictures twice. How much faster is the second time?

# %% jupyter={"outputs_hidden": true} tags=["nbval-ignore-output"]
for attempt in ("first", "second"):
    start = time.perf_counter()
    count = sum(1 for _ in train)
    print(f"{attempt} time: {count:,} pictures in {time.perf_counter() - start:.2f} s")

# %% [markdown]
# For training we also shuffle, anew in each epoch. Otherwise the first thousand pictures would all be cats.
#
# **Your prediction:** which shape does a batch of pictures have, and how many batches does an epoch take?

# %% jupyter={"outputs_hidden": true}
shuffled = batches(train.shuffle(2000, seed=environment.seed))
pictures, labels = next(iter(shuffled))

print("pictures:", pictures.shape, pictures.dtype.name)
print("labels:  ", labels.shape, sorted(set(labels.numpy().ravel().astype(int).tolist())))
print("between 0 and 1:", 0 <= pictures.numpy().min() < pictures.numpy().max() <= 1)
print("batches in an epoch:", len(shuffled))

# %% [markdown]
# 2,000 / 32 = 62.5, so 63 batches; the last one is half full. Colour pictures have **three channels**: red, green, blue.
#
# > **Older books** do this with `ImageDataGenerator(rescale=1/255).flow_from_directory(folder, target_size=(150, 150),
# > batch_size=20, class_mode="binary")`. Keras keeps it for old code only. It does the same work with NumPy and SciPy,
# > picture by picture. We come back to it in step 6, with a clock.
#
# ## 3. The network
#
# Four times convolution and pooling, with 32, 64, 128 and 128 filters, then a dense layer of 512 units. There are two
# classes, so one output is enough: *sigmoid* (시그모이드) squeezes any number into 0..1, and we read the result as the
# probability of **dog**.
#
# There is no padding, so each convolution takes one pixel from every side.
#
# **Your prediction:** 150 becomes 148, then 74. What is the size after the fourth pooling? And which layer has the most
# parameters?

# %%
def network(name, dropout=0.0):
    keras.utils.set_random_seed(environment.seed)
    model = keras.Sequential([keras.Input((SIDE, SIDE, 3))], name=name)
    for number, filters in enumerate((32, 64, 128, 128), start=1):
        model.add(keras.layers.Conv2D(filters, 3, activation="relu", name=f"conv{number}"))
        model.add(keras.layers.MaxPooling2D(2, name=f"pool{number}"))
    model.add(keras.layers.Flatten(name="flatten"))
    if dropout:
        model.add(keras.layers.Dropout(dropout, name="dropout"))
    model.add(keras.layers.Dense(512, activation="relu", name="hidden"))
    model.add(keras.layers.Dense(1, activation="sigmoid", dtype="float32", name="output"))
    return model

# %% jupyter={"outputs_hidden": true}
plain = network(f"cats_dogs_plain{suffix}")

for layer in plain.layers:
    print(f"{layer.name:8} {layer.output.shape!s:24} {layer.count_params():>10,}")
print(f"{'total':33} {plain.count_params():>10,}")

# %% [markdown]
# 150, 148, 74, 72, 36, 34, 17, 15, 7: an odd size loses its last row and column in pooling. $7 \cdot 7 \cdot 128 =
# 6{,}272$ values reach the dense layer, which has $(6272 + 1) \cdot 512 = 3{,}211{,}776$ of the 3,453,121 parameters.
#
# 3.4 million parameters, 2,000 pictures. You can guess what will happen.
#
# ## 4. Train it as it is
#
# The loss for one sigmoid output is *binary crossentropy* (이진 교차 엔트로피): −log of the probability that the network
# gives to the right class. If the output is $p$, that is $-\log p$ for a dog and $-\log (1 - p)$ for a cat.
#
# **Your prediction:** an untrained network says about 0.5 to everything. What is its loss, and what is its accuracy?

# %% jupyter={"outputs_hidden": true}
print(f"loss of a network that says 0.5 to everything: {-np.log(0.5):.3f}")

# %% [markdown]
# That is its loss, and about half of its answers are right. **Half is what you get for nothing** with two classes.
#
# `EarlyStopping` (조기 종료) keeps the weights of the epoch with the lowest validation loss. Its patience is set so high that it never
# stops: we want to see what happens afterwards.
#
# **Your prediction:** draw two curves on paper, training accuracy and validation accuracy, over 12 epochs.

# %% jupyter={"outputs_hidden": true} tags=["nbval-ignore-output"]
def train_network(model, pictures, epochs, optimizer, steps=STEPS):
    model.compile(optimizer, loss="binary_crossentropy", metrics=["accuracy"])
    keep_best = keras.callbacks.EarlyStopping(patience=epochs, restore_best_weights=True)
    start = time.perf_counter()
    run = model.fit(
        pictures, epochs=epochs, steps_per_epoch=steps, validation_data=looked_at,
        callbacks=[keep_best], verbose=2, shuffle=False,  # the pipeline shuffles
    )
    return run.history, time.perf_counter() - start


plain_run, plain_seconds = train_network(plain, shuffled, PLAIN_EPOCHS, keras.optimizers.Adam(LEARNING_RATE))

# %% jupyter={"outputs_hidden": true} tags=["nbval-ignore-output"]
plots.history({"plain": plain_run}, "accuracy")

# %% [markdown]
# *Compare the two lines.* The dashed one, training accuracy, climbs towards 100 %. The solid one, validation accuracy,
# climbs with it at first and then stays behind. From there on the network learns the 2,000 pictures by heart, and
# nothing about cats and dogs. This is **overfitting** (과대적합). The large dot marks the epoch with the lowest validation
# *loss*; it need not be the one with the highest accuracy.

# %% tags=["nbval-ignore-output"]
plots.history({"plain": plain_run}, "loss")

# %% [markdown]
# *The loss shows it more clearly.* The validation loss has a lowest point (the large dot) and then rises, even above that of
# a network that always says 0.5: this one is sure and wrong. `EarlyStopping` has put the weights of the large dot back.
#
# ## 5. Make more pictures out of few
#
# The best remedy is more pictures. The second best needs no new photograph: **data augmentation** (데이터 증강, 데이터 증식). A cat that is turned,
# moved or mirrored is still a cat. If each picture is changed by chance each time it is used, the network never sees
# the same one twice, and has nothing to learn by heart.
#
# Keras has a layer for each change. Here is each of them, with a strong setting, on one cat (Chelsea, photographed by Stéfan
# van der Walt, CC0):

# %%
cat = keras.ops.image.resize(sample_image("cat").astype("float32"), (SIDE, SIDE)) / 255
exact = {"dtype": "float32", "seed": 3}  # fractions of a pixel need 32 bits
changes = {
    "rotation": keras.layers.RandomRotation(40 / 360, **exact),
    "shift": keras.layers.RandomTranslation(0.3, 0.3, **exact),
    "shear": keras.layers.RandomShear(x_factor=0.4, **exact),
    "zoom": keras.layers.RandomZoom(0.5, **exact),
    "flip": keras.layers.RandomFlip("horizontal", **exact),
}
changed = [cat] + [np.asarray(layer(cat, training=True)) for layer in changes.values()]
plots.images(np.clip(changed, 0, 1), ["original", *changes], caption="One change at a time (a strong one)")

# %% [markdown]
# *Find the nose of the cat in each picture.* Where the picture has ended, Keras fills in a mirror image. The layers
# act in training only: when you predict, they let a picture pass unchanged, just like dropout.
#
# In older books the same five are arguments of `ImageDataGenerator`:
#
# | old argument | layer | careful |
# |---|---|---|
# | `rotation_range=40` | `RandomRotation(40 / 360)` | degrees became turns |
# | `width_shift_range=0.1, height_shift_range=0.1` | `RandomTranslation(0.1, 0.1)` | height comes first |
# | `shear_range=0.4` | `RandomShear(x_factor=...)` | the old value is an angle in **degrees**: 0.4 does nothing that you can see |
# | `zoom_range=0.5` | `RandomZoom(0.5)` | the old one stretches height and width independently |
# | `horizontal_flip=True` | `RandomFlip("horizontal")` | the new default also flips upside down |
#
# **Your prediction:** which of the five would you leave out for handwritten digits? For photographs of the sky?

# %% [markdown]
# Digits: flip (a mirrored 2 is no 2) and large rotations (a 6 that is turned far enough is a 9). Photographs of the sky: none,
# you could even turn them upside down, unless there is a horizon. **Change only what leaves the label true.**
#
# ### Five changes, one matrix
#
# Each layer computes all 67,500 values of a picture anew. But rotation, shift, shear, zoom and flip are all *affine* (아핀
# 변환): they say for each place $(x, y)$ in the result where in the original its pixel comes from, and that is a matrix. (A
# place is written as $(x, y, 1)$, so that the third column of the matrix can shift it. The last row is always 0, 0, 1.)
# **So the matrices can be multiplied first, and the pixels computed once.**
#
# Below, a cat is turned by 30°, then back, then both once more. In the first picture that takes four steps. For the second the four
# matrices are multiplied first (`@`), and their product is the identity. `affine_transform` takes the first 8 of the 9 numbers.
#
# **Your prediction:** both cats end as they began, upright. How will the two pictures differ?

# %% jupyter={"outputs_hidden": true}
angle = np.radians(30)
turn = np.array([[np.cos(angle), -np.sin(angle), 0], [np.sin(angle), np.cos(angle), 0], [0, 0, 1]])
middle = np.eye(3)
middle[:2, 2] = (SIDE - 1) / 2
there = middle @ turn @ np.linalg.inv(middle)  # turn about the middle, not about the corner
back = np.linalg.inv(there)


def moved(picture, matrix):
    return np.asarray(keras.ops.image.affine_transform(picture, matrix.ravel()[:8].astype("float32")))


four_steps = moved(moved(moved(moved(cat, there), back), there), back)
one_step = moved(cat, there @ back @ there @ back)
closer = np.clip([cat, four_steps, one_step], 0, 1)[:, 20:100, 30:110]
plots.images(closer, ["original", "four steps", "one matrix"], columns=3, caption="A part of the picture, enlarged")

# %% [markdown]
# *Look at the stripes of the fur in the middle picture.* Each step computed new pixels out of their neighbours, and four
# times that is a blur. One matrix has lost nothing. (The picture is cropped: at its corners four steps lose even more.)
#
# `RandomAffine` from the helpers does this. Like a Keras layer it draws a new angle, shift, shear, zoom and flip for each picture
# of a batch, and multiplies the five matrices; then it calls `affine_transform` once. Two Keras layers follow, because light changes
# from photograph to photograph, too: brightness (밝기) and contrast (대비). Here is one cat eight times:

# %%
exact = {"dtype": "float32", "seed": environment.seed}
augment = keras.Sequential([
    RandomAffine(rotation=25, shift=0.1, shear=0.2, zoom=0.4, flip=True, **exact),
    keras.layers.RandomBrightness(0.25, value_range=(0, 1), **exact),
    keras.layers.RandomContrast(0.25, value_range=(0, 1), **exact),
])
eight = np.asarray(augment(np.stack([cat] * 8), training=True))
plots.images(np.clip(eight, 0, 1), columns=4, caption="One cat, changed eight times as in training")

# %% [markdown]
# *Could you still tell that each is a cat?* If not, the setting is too strong. At the borders the last row or column of
# pixels is repeated.
#
# **Your prediction:** `fit` calls layers with `training=True`, `predict` and `evaluate` with `training=False`. What happens
# to a picture then?

# %% jupyter={"outputs_hidden": true}
as_in_predicting = np.asarray(augment(np.stack([cat]), training=False))
print("unchanged when predicting:", np.array_equal(as_in_predicting[0], cat))

# %% [markdown]
# ## 6. The clock
#
# While the network waits for pictures, nothing is learned. Here are four ways to change them, all with the settings of older
# books: not at all; with one matrix; with five Keras layers; with `ImageDataGenerator`, which reads the files anew in every epoch and changes
# one picture after the other in Python.

# %% tags=["nbval-ignore-output"]
five_layers = keras.layers.Pipeline([  # like Sequential, for pipelines
    keras.layers.RandomRotation(40 / 360, **exact),
    keras.layers.RandomTranslation(0.1, 0.1, **exact),
    keras.layers.RandomShear(x_factor=np.tan(np.radians(0.4)), **exact),
    keras.layers.RandomZoom(0.5, **exact),
    keras.layers.RandomFlip("horizontal", **exact),
])
one_matrix = RandomAffine(rotation=40, shift=0.1, shear=np.tan(np.radians(0.4)), zoom=0.5, flip=True)
old_way = tf.keras.preprocessing.image.ImageDataGenerator(
    rescale=1 / 255, rotation_range=40, width_shift_range=0.1, height_shift_range=0.1, shear_range=0.4,
    zoom_range=0.5, horizontal_flip=True,
).flow_from_directory(folder / "train", (SIDE, SIDE), batch_size=BATCH, class_mode="binary")

# %% [markdown]
# First the pictures alone, without a network: how long does it take to get one epoch of them? The fastest of a few
# rounds counts, because other programs on your machine can only make it slower.
#
# **Your prediction:** order the four by time.

# %% tags=["nbval-ignore-output"]
ROUNDS, BATCHES = (1, STEPS) if FAST else (3, len(shuffled))


def changed_by(layer):
    return shuffled.map(lambda pictures, labels: (layer(pictures, training=True), labels)).prefetch(2)


def fastest(action):
    times = []
    for _ in range(ROUNDS):
        start = time.perf_counter()
        action()
        times.append(time.perf_counter() - start)
    return min(times)


# %% jupyter={"outputs_hidden": true} tags=["nbval-ignore-output"]
ways = {"no change": shuffled}
if keras.backend.backend() == "tensorflow":
    ways["one matrix"] = changed_by(one_matrix)
else:
    print("One matrix is left out: in this pipeline it needs TensorFlow.")
ways |= {"five Keras layers": changed_by(five_layers), "ImageDataGenerator": old_way}


def seconds_of_reading(pictures):
    def read():
        for _ in zip(range(BATCHES), pictures, strict=False):
            pass
    return fastest(read)


reading = {way: seconds_of_reading(pictures) for way, pictures in ways.items()}
for way, taken in reading.items():
    print(f"{way:20} {taken:5.2f} s for {BATCHES} batches")

# %% [markdown]
# Now with the network. While it computes one batch, the next is being prepared, but both need the processor.

# %% jupyter={"outputs_hidden": true} tags=["nbval-ignore-output"]
def seconds_of_training(pictures):
    model = network("clock", dropout=0.5)
    model.compile("adam", loss="binary_crossentropy")
    model.fit(pictures, steps_per_epoch=2, verbose=0, shuffle=False)  # the first steps also prepare the computation
    return fastest(lambda: model.fit(pictures, steps_per_epoch=BATCHES, verbose=0, shuffle=False))


training = {way: seconds_of_training(pictures) for way, pictures in ways.items()}
for way, taken in training.items():
    print(f"{way:20} {taken:5.1f} s, {taken / training['no change']:.2f} times as long as without a change")

# %% [markdown]
# Look at the full run; in fast mode three batches are too few to tell. In the first list one matrix is the fastest way to change
# pictures, and five layers in a row are slower than even the old way. In the second list the network's own computing hides most of it:
# a matrix costs a tenth of an epoch. The faster your machine computes (a GPU!), the more the first list counts.
#
# (In step 7 we train with the milder changes of the eight cats above.)
#
# ## 7. Train with augmentation and dropout
#
# The second remedy is **dropout** (드롭아웃) of 0.5 in front of the dense layer: in each step half of the 6,272 values are
# set to 0, so that no unit can rely on any single one. (With it the network has the same number of parameters.)
#
# The changing layer is put *in front of* the network, for training only. The network itself stays what it was, and that is
# what we save later.
#
# Learning is harder now, so it takes more epochs: 70 instead of 12. The learning rate (학습률) falls along a cosine to 0: large
# steps first, tiny ones at the end
# ([`CosineDecay`](https://keras.io/api/optimizers/learning_rate_schedules/cosine_decay/)). And `AdamW` is Adam with *weight decay*
# (가중치 감쇠): each step also makes all weights a little smaller, which keeps any of them from growing large for a few pictures.
#
# Older books use batches of 20, Adam at 0.001, and stronger changes. Tried on the validation pictures, with 0.001 the network
# often learns nothing in its first epochs (a loss that stays at that of a constant 0.5), and stronger changes need more epochs than we
# have patience for.
#
# **Your prediction:** with augmentation and dropout, will the training accuracy be higher or lower than before? And which of
# the two lines will be on top?

# %% jupyter={"outputs_hidden": true} tags=["nbval-ignore-output"]
augmented = network(f"cats_dogs_augmented{suffix}", dropout=0.5)
trainer = keras.Sequential([keras.Input((SIDE, SIDE, 3)), augment, augmented])
falling = keras.optimizers.schedules.CosineDecay(LEARNING_RATE, AUGMENTED_EPOCHS * (STEPS or len(shuffled)))
adamw = keras.optimizers.AdamW(falling, weight_decay=0.004)

augmented_run, augmented_seconds = train_network(trainer, shuffled, AUGMENTED_EPOCHS, adamw)
print(f"plain: {plain_seconds:.0f} s, augmented: {augmented_seconds:.0f} s")

# %% jupyter={"outputs_hidden": true} tags=["nbval-ignore-output"]
runs = {"plain": plain_run, "augmented": augmented_run}
plots.history(runs, "accuracy")

# %% jupyter={"outputs_hidden": true} tags=["nbval-ignore-output"]
plots.history(runs, "loss")

# %% [markdown]
# *Compare the gaps between dashed and solid lines, in both figures.* The two orange lines run side by side for forty epochs and part
# only slowly after that. (Training accuracy is measured on changed pictures and with half of the values switched off, so it looks
# lower than it is.) In the second figure the orange validation loss goes on falling long after the blue one has turned up.
#
# > **What can go wrong: augmenting the validation pictures.** They must stay as they are: you want to know how the network
# > does on real pictures. Our layer sits in front of the network and acts in training only, so nothing can go wrong here.
# > With pipelines of your own, check it.
#
# ## 8. How good is it?

# %% tags=["nbval-ignore-output"]
judged = [plain, augmented]
if FAST:
    print("Judged here and below: the networks that come with the course. Yours have trained for three steps only.")
    judged = [models.load(model.name) for model in judged]

truth = np.concatenate([labels for _, labels in validation]).ravel().astype(int)
probability_of_dog = {model.name: model.predict(validation, verbose=0).ravel() for model in judged}
accuracies = {name: ((p > 0.5) == truth).mean() for name, p in probability_of_dog.items()}

for name, run in zip(accuracies, (plain_run, augmented_run), strict=True):
    best, last = np.argmin(run["val_loss"]) + 1, run["val_accuracy"][-1]
    if FAST:
        best, last = (models.card(name)[fact] for fact in ("best_epoch", "last_validation_accuracy"))
    print(f"{name:20} best epoch {best:2}: {accuracies[name]:.4f}   last epoch: {last:.4f}")

# %% [markdown]
# On the photographs the course's own networks reached:
#
# | network | best epoch | last epoch |
# |---|---|---|
# | plain | 0.7440<!-- cats_dogs_plain.validation_accuracy --> | 0.7540<!-- cats_dogs_plain.last_validation_accuracy --> |
# | augmented, dropout | 0.8520<!-- cats_dogs_augmented.validation_accuracy --> | 0.8390<!-- cats_dogs_augmented.last_validation_accuracy --> |
#
# Three honest remarks:
#
# - **The best epoch was chosen on these pictures**, so its number is a little too good. The last epoch was not chosen.
# - **1,000 pictures are few.** Chance alone moves an accuracy $p$ by more than $2 \sqrt{p (1 - p) / 1000}$, here about 0.025, one
#   time in twenty. Do not read anything into the third digit.
# - **There is no test set.** The settings of this chapter were chosen on the validation pictures, too.
#
# Which animal does it get wrong?

# %% tags=["nbval-ignore-output"]
predicted = (probability_of_dog[augmented.name] > 0.5).astype(int)
plots.confusion(truth, predicted, ("cat", "dog"))

# %% [markdown]
# *Compare the two fields off the diagonal.* They are of similar size: no animal is favoured. If one were much larger, the network
# would lean to one side, and another limit than 0.5 would serve you better.
#
# ### Is it as sure as it should be?
#
# Of all pictures of which the network is 0.9 sure, it should get nine out of ten right. (If $p = 0.1$, it says cat and is 0.9
# sure.) A network that keeps this promise is called *calibrated* (보정된). We sort the pictures into five groups by how sure
# the network is, and compare in each group the mean sureness with the share that is right.
#
# **Your prediction:** which of the two networks keeps the promise better?

# %% jupyter={"outputs_hidden": true} tags=["nbval-ignore-output"]
limits = np.array([0.5, 0.6, 0.7, 0.8, 0.9, 1.0])
figure, axis = plt.subplots(figsize=(5, 3.8))
for name, colour in zip(probability_of_dog, plots.COLOURS, strict=False):
    p = probability_of_dog[name]
    sureness, right = np.maximum(p, 1 - p), (p > 0.5) == truth
    bins = np.clip(np.digitize(sureness, limits) - 1, 0, 4)
    filled = [b for b in range(5) if (bins == b).any()]
    axis.plot([sureness[bins == b].mean() for b in filled], [right[bins == b].mean() for b in filled],
              "o-", color=colour, label=name)
axis.plot([0.5, 1], [0.5, 1], "--", color="grey", label="as sure as right")
axis.set(xlabel="how sure the network is", ylabel="share that is right", title="Calibration on validation pictures")
axis.legend(fontsize=8)
plt.show()

# %% [markdown]
# *Each dot is a group. Below the dashed line the network is surer than it is right, above it is too modest.* The orange dots stay
# close to the line. The blue ones fall below it to the right: where the plain network is very sure, it promises too much.
#
# ### Look at the mistakes
#
# An average hides what went wrong. Sort the mistakes by how sure the network was, and look at each with your own eyes. Ask:
# Is the label true? Can *I* see the animal? Do the pictures have something in common: small animals, two animals,
# people, bars in front? (Stored empty: these may be photographs.)

# %% tags=["photographs", "nbval-ignore-output"]
validation_files = sorted((folder / "validation").glob("*/*.jpg"))
surely_wrong = np.argsort(np.where(predicted == truth, 0, np.abs(probability_of_dog[augmented.name] - 0.5)))[::-1][:8]
shown = [keras.utils.load_img(validation_files[i], target_size=(SIDE, SIDE)) for i in surely_wrong]
titles = [f"{validation_files[i].name}\nsays dog: {probability_of_dog[augmented.name][i]:.2f}" for i in surely_wrong]
plots.images(np.stack(shown), titles, columns=4, caption=f"Sure and wrong ({kind})")

# %% [markdown]
# Some labels of the photographs are wrong: perhaps you have just found one. A network that knows every animal would be
# counted wrong there, so 100 % is not the goal. Nobody knows how many wrong labels there are among the training pictures.
#
# ### Does it know drawn animals?
#
# The network was trained on photographs. Ask it about the 1,000 drawn validation pictures. (If you trained on the drawn ones,
# you get the validation accuracy again.)
#
# **Your prediction:** you tell a drawn cat from a drawn dog at a glance. Will the network?

# %% jupyter={"outputs_hidden": true} tags=["nbval-ignore-output"]
def accuracy_on_drawn(model):
    files = sorted((drawn / "validation").glob("*/*.jpg"))[:: 4 if FAST else 1]
    pictures = np.stack([plt.imread(file) for file in files]).astype("float32") / 255
    is_dog = np.array([file.parent.name == "dogs" for file in files])
    return ((model.predict(pictures, verbose=0).ravel() > 0.5) == is_dog).mean()


on_drawn = {model.name: accuracy_on_drawn(model) for model in judged}
for name, accuracy in on_drawn.items():
    print(f"{name:20} trained on {kind}, asked about drawn pictures: {accuracy:.3f}")

# %% [markdown]
# The shipped augmented network reaches 0.5560<!-- cats_dogs_augmented.drawn_accuracy --> here. It has never learned what a cat *is*. It has learned
# what tells these photographs of cats from these photographs of dogs, and other pictures are another matter
# (*distribution shift*, 분포 이동). Trained on 2,000 drawn pictures for
# 70<!-- cats_dogs_augmented_drawn.epochs --> epochs, the same network reaches
# 0.9630<!-- cats_dogs_augmented_drawn.validation_accuracy --> on drawn ones; without augmentation and dropout
# 0.8450<!-- cats_dogs_plain_drawn.validation_accuracy -->.
#
# ## 9. What would more pictures bring?
#
# The question that every project meets: label more pictures, or improve the network? Train the plain network on 250, 500 and 1,000
# of the pictures. Each training takes as many steps as before, so smaller sets are seen more often.
#
# **Your prediction:** by how much does the accuracy grow each time the number of pictures is doubled?

# %% jupyter={"outputs_hidden": true} tags=["nbval-ignore-output"]
cats_in_train = len(list((folder / "train/cats").glob("*.jpg")))  # the files come in order: all cats, then all dogs


def some(count):
    cats, dogs = train.take(count // 2), train.skip(cats_in_train).take(count // 2)
    return batches(cats.concatenate(dogs).shuffle(count, seed=environment.seed).repeat())


by_size = {}
for count in (250, 500, 1000):
    adam = keras.optimizers.Adam(LEARNING_RATE)
    run, _ = train_network(network("some"), some(count), PLAIN_EPOCHS, adam, steps=STEPS or len(shuffled))
    by_size[count] = round(run["val_accuracy"][np.argmin(run["val_loss"])], 4)
    print(f"{count:5} pictures: {by_size[count]:.4f}")

# %% jupyter={"outputs_hidden": true} tags=["nbval-ignore-output"]
if FAST:
    print("The figure shows what full trainings of these networks reached.")
    by_size = {int(count): accuracy for count, accuracy in models.card(plain.name)["by_size"].items()}
by_size[2000] = accuracies[plain.name]

figure, axis = plt.subplots(figsize=(5.5, 3.6))
axis.plot(list(by_size), list(by_size.values()), "o-", color=plots.BLUE, label="plain")
axis.plot(2000, accuracies[augmented.name], "*", markersize=14, color=plots.ORANGE, label="augmentation and dropout")
axis.set(xscale="log", xlabel="training pictures (each step to the right: twice as many)", ylabel="validation accuracy",
         title="Accuracy against the number of training pictures")
axis.set_xticks(list(by_size), list(by_size))
axis.minorticks_off()
axis.grid(alpha=0.3)
axis.legend()
plt.show()

# %% [markdown]
# *Follow the blue line.* With 250 or 500 pictures the network knows all of them by heart after a few epochs, and learns little that holds for
# new ones; which of the two small sets does better is chance. From then on each doubling helps, and the line still rises at its
# end: more photographs would help more. But each doubling costs twice as many as the one before. *Now compare the star with the last blue dot.* Between the two, four things differ: augmentation, dropout, more epochs, and the
# optimizer with its falling learning rate. The star shows what they bring *together*, without one new photograph. To learn what each of them
# brings, change one at a time.
#
# ## 10. Save it, load it, ask it
#
# Save both networks with their cards. Your copies go to the folder `build/models/`.

# %% tags=["nbval-ignore-output"]
def keep(model, run, seconds, **more):
    best = int(np.argmin(run["val_loss"]))
    return models.save(
        model, model.name, dataset=folder, notebook="06_cats_and_dogs", seed=environment.seed,
        epochs=len(run["loss"]), best_epoch=best + 1, train_seconds=round(seconds, 1),
        validation_accuracy=round(run["val_accuracy"][best], 4),
        last_validation_accuracy=round(run["val_accuracy"][-1], 4),
        drawn_accuracy=None if FAST else round(on_drawn[model.name], 4), **more
    )


print("saved as", keep(plain, plain_run, plain_seconds, by_size=None if FAST else by_size).name)
print("saved as", keep(augmented, augmented_run, augmented_seconds).name)

# %% [markdown]
# **Your prediction:** the network is loaded from its file. Will it give exactly the same probabilities?

# %% jupyter={"outputs_hidden": true} tags=["nbval-ignore-output"]
loaded = models.load(augmented.name, models.SHIPPED if FAST else models.own_folder())
again = loaded.predict(validation, verbose=0).ravel()
difference = np.abs(again - probability_of_dog[augmented.name])

print(f"largest difference: {difference.max():.4f}")
print(f"decided otherwise:  {((again > 0.5) != predicted).sum()} of {len(truth)}")

# %% [markdown]
# Almost: the file holds a network that computes in 32 bits. If yours was trained in 16 bits, the last digits differ, and a
# picture that was on the edge may fall to the other side.
#
# Now a picture of your own. In Jupyter write its path between the quotation marks; in Colab write `"upload"` and choose a file.
# Left empty, it is Chelsea.

# %% tags=["nbval-ignore-output"]
MY_PICTURE = ""

if MY_PICTURE == "upload":
    from google.colab import files as colab_files
    MY_PICTURE = colab_files.upload()
mine = own_picture(MY_PICTURE) if MY_PICTURE else sample_image("cat")
mine = np.asarray(keras.ops.image.resize(mine.astype("float32"), (SIDE, SIDE))) / 255
dog = float(loaded.predict(mine[np.newaxis], verbose=0)[0, 0])
plots.probabilities(np.clip(mine, 0, 1), [1 - dog, dog], ["cat", "dog"])

# %% [markdown]
# *The bars are all that the network can say.* Show it a horse, a friend or a cup: it must answer cat or dog, and it may be sure.
#
# > **What can go wrong: another scale, another size.** The network was trained on 150 by 150 pixels between 0 and 1. Pixels
# > from 0 to 255 raise no error; the answers are just wrong. Whoever loads a network must know how its pictures were
# > prepared.
#
# ## What you learned
#
# 1. `image_dataset_from_directory` turns folders into batches; `cache` and `prefetch` keep the network from waiting.
# 2. One sigmoid output and binary crossentropy are enough for two classes.
# 3. Overfitting shows in the curves: training improves, validation turns back.
# 4. Augmentation changes training pictures so that their labels stay true. Affine changes fit into one matrix.
# 5. An accuracy needs its number of pictures, the way the epoch was chosen, and a look at the mistakes.
#
# **Exercises:** [7 exercises](exercises/06_cats_and_dogs_exercises.ipynb) on this chapter; each checks your answer.
#
# **Next:** [07 · Inside the cats-and-dogs network](07_inside_the_cats_and_dogs_cnn.ipynb) looks at what the layers of this network see.

# %% tags=["reached", "nbval-ignore-output"]
reached = f"plain {accuracies[plain.name]:.4f}, augmented with dropout {accuracies[augmented.name]:.4f}"
print(f"validation accuracy ({kind}): {reached} ({'shipped' if FAST else 'trained now'})")
