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
# # 04 · Classify clothes with a convolutional network
#
# After this chapter you can build, train and judge a convolutional network for images, say what each of its
# parameters is for, and decide how small it may be.
#
# - **Time** on 2 CPU cores: 0.5<!-- chapters.04_fashion_mnist_cnn.fast_minutes --> minutes in fast mode, 7.8<!-- chapters.04_fashion_mnist_cnn.full_minutes --> minutes in full mode.<!-- gpu 04 --> On a GPU (NVIDIA H200) and on the processor beside it: one epoch 0.7 s, processor 15.6 s.<!-- end of gpu --> A GPU is used when there is one.
# - **You need** Python and NumPy arrays, and an idea of what *training* a network means. What a convolution computes is explained where it is used; chapter 01 does it by hand.
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
# The next cell fixes the *seed* (시드), the number from which all random choices follow, so that a second run starts the
# same. It picks the number format in which your machine multiplies fastest, 16 or 32 bits, and tells you what you run on.
#
# `FAST` is true when the notebook was started with `FAST=1` in the environment. Then every network changes its
# weights 20 times only, which is enough to see that everything works, and too little for good results.

# %% tags=["nbval-ignore-output"]
from helpers.environment import FAST, build_path, setup

environment = setup(seed=42)

# %%
import time

import keras
import matplotlib.pyplot as plt
import numpy as np
from sklearn.model_selection import train_test_split

from helpers import models, plots
from helpers.data import FASHION_MNIST_CLASSES, FASHION_MNIST_CLASSES_KO, load_fashion_mnist, own_picture
from helpers.pictures.digits import as_photograph

EPOCHS = 1 if FAST else 20  # rounds through the training images, at most
STEPS = 20 if FAST else None  # updates of the weights in a round; None: as many as there are images for
BATCH = 128  # images between two updates
LEARNING_RATE = 0.002  # how far each update goes

# %% [markdown]
# ## 1. Look at the data before you model it
#
# [Fashion-MNIST](https://github.com/zalandoresearch/fashion-mnist) holds 70,000 small photographs of clothing from
# an online shop. Each belongs to one of ten *classes* (클래스). 60,000 are for training, 10,000 for the final test.
#
# **Your prediction:** an image has 28 by 28 grey pixels. What will the *shape* (형상) of the array of all training
# images be? Each pixel is stored in one byte: which values can it take?

# %% jupyter={"outputs_hidden": true}
(x_train_all, y_train_all), (x_test, y_test) = load_fashion_mnist()

print("training pictures:", x_train_all.shape, x_train_all.dtype)
print("test pictures:    ", x_test.shape, x_test.dtype)
print("pixel values:     ", x_train_all.min(), "to", x_train_all.max())
print("pictures per class:", np.bincount(y_train_all))

# %% [markdown]
# The first axis counts images, the other two are height and width. A pixel is a whole number from 0 to 255 (`uint8`).
# Every class has 6,000 images: a network that always says *bag* would be right one time in ten.
# Keep that number in mind. **10 % is what you get for nothing.**
#
# The labels are numbers from 0 to 9. The names belong to them in this order:

# %%
for index, (english, korean) in enumerate(zip(FASHION_MNIST_CLASSES, FASHION_MNIST_CLASSES_KO, strict=True)):
    print(index, english, korean, sep="\t")

# %% [markdown]
# Figures in this notebook use `CLASSES`. For Korean labels, change the next line to
# `CLASSES = FASHION_MNIST_CLASSES_KO`.

# %%
CLASSES = FASHION_MNIST_CLASSES
names = [CLASSES[label] for label in y_train_all[:16]]
plots.images(x_train_all[:16], names, caption="The first 16 training pictures")

# %% [markdown]
# *Images are drawn like ink on paper: 0 is white, 255 is black. Look at the fifth image, and at the T-shirt in the
# second row: would you have said T-shirt, dress or shirt? At 28 by 28 pixels even a person hesitates.*
#
# ## 2. Four axes, values from 0 to 1
#
# A convolution layer (합성곱 층) expects **four axes: images, height, width, channels** (배치, 높이, 너비, 채널). A
# *channel* is one layer of colour. A colour photograph has three (red, green, blue). Grey images have one, but the
# axis must still be there.
#
# We also divide by 255, so that pixels lie between 0 and 1. Keras chooses the first, random weights so that they suit inputs of about this size.
# With 0 to 255 the first results would be huge, and training would start badly.
#
# **Your prediction:** what is the shape now? Leave the division aside: does the extra axis change, move or remove a
# pixel?

# %% jupyter={"outputs_hidden": true}
def prepared(pictures):
    return pictures.reshape(-1, 28, 28, 1).astype("float32") / 255


x_all = prepared(x_train_all)

print("shape:", x_all.shape)
print("values:", x_all.min(), "to", x_all.max())
print("same pixels as before:", np.array_equal(x_all[..., 0] * 255, x_train_all))

# %% [markdown]
# `reshape(-1, 28, 28, 1)` rearranges nothing. It only adds an axis of length 1; `-1` means "as many images as there
# are". The last line checks it for all 60,000 images.
#
# > **What can go wrong: scaling twice.** If you run a cell like `x = x / 255` twice, the pixels end up between 0 and
# > 0.004: almost empty images. No error tells you. Our cell is safe, because it always starts from `x_train_all`.
# > Make this a habit: never write the result over the input.
#
# ## 3. Three sets, three purposes
#
# - The **training set** (훈련 세트) teaches the network.
# - The **validation set** (검증 세트) helps *you* decide: how long to train, which network, which settings.
# - The **test set** (테스트 세트) tells at the very end how good the chosen network is. Use it once.
#
# Why not decide with the test set? Because you would choose what happens to fit those 10,000 images. The number you
# report would be too good, and you would not notice. We cut the validation set out of the 60,000 training images.
#
# `train_test_split` of scikit-learn cuts at random. Its argument is called `test_size`, whatever the second part is for;
# for us it is the validation set.
#
# **Your prediction:** with `test_size=0.2`, how many images stay for training?

# %% jupyter={"outputs_hidden": true}
x_train, x_val, y_train, y_val = train_test_split(x_all, y_train_all, test_size=0.2, random_state=42)

print("training:  ", x_train.shape, y_train.shape)
print("validation:", x_val.shape, y_val.shape)
print("first ten training labels:", y_train[:10])

# %% [markdown]
# `random_state=42` fixes the shuffle. Your ten labels above are the same as everybody's, so results can be compared.
#
# ## 4. Build the network, layer by layer
#
# The plan: two times *convolution, then pooling* to find patterns, then two *dense layers* to decide. We add one piece at
# a time and count **parameters** (매개변수, 파라미터), the numbers that training adjusts.
#
# First the input and 32 *filters* (필터). A filter has a *kernel* (커널), here 3 by 3 numbers, its *weights* (가중치), and
# one more number, its *bias* (편향, 절편). It slides over the image. At each place it multiplies 9 pixels with the 9 weights,
# adds the products up, and adds the bias. So each filter turns the image into a picture of sums; the layer stacks them
# along the channel axis.
#
# - `padding="same"` (세임 패딩) surrounds the image with zeros first, so that the result is as large as the image.
# - `relu` (렐루) sets negative sums to 0. Chapter 03 showed why: without such a "bend" between them, two layers can do no more than one.
#
# These and the other arguments of the two layers that you need most often:
#
# | argument | what it says | if you leave it out |
# |---|---|---|
# | `Conv2D(filters, ...)` | how many filters, so how many maps (pictures of sums) come out | it must be given |
# | `kernel_size=3` | height and width of the kernels; `3` means `(3, 3)` | it must be given |
# | `strides=1` | the *stride* (스트라이드, 보폭): how many pixels the kernel moves from one place to the next; with 2, half as many places in each direction | 1 |
# | `padding="same"` | zeros around the image, so that size / stride places fit, rounded up | `"valid"`: none |
# | `activation="relu"` | what is done to each sum | the sums stay as they are |
# | `MaxPooling2D(pool_size=2)` | height and width of the blocks, never a number for the channels; `2` means `(2, 2)`, and `MaxPooling2D()` is the same | 2 |
# | `strides=None` of pooling | how far the block moves | as far as the block is large, so blocks do not overlap |
#
# **Your prediction:** how many parameters do 32 filters of 3 by 3 on one channel have? And what is the shape of the
# output for one image?

# %% jupyter={"outputs_hidden": true}
model = keras.Sequential(name="fashion_cnn")
model.add(keras.Input(shape=(28, 28, 1)))
model.add(keras.layers.Conv2D(32, kernel_size=3, activation="relu", padding="same", name="conv1"))

print("output shape:", model.output_shape)
print("parameters:", model.count_params())

# %% [markdown]
# $(3 \cdot 3 \cdot 1 + 1) \cdot 32 = 320$: nine weights and one bias for each filter. The size of the image does not
# matter, because the same kernel is used everywhere. `None` stands for the number of images, which is still open.
#
# Each filter gives one **feature map** (특성 맵) of 28 by 28: an image of where its pattern occurs. 32 filters give 32
# maps.
#
# If you answered 288, you forgot the biases. If you answered 28 · 28 · 32, you counted outputs instead of weights.
#
# Next comes **max pooling** (최대 풀링). It keeps the largest value of every 2 by 2 block of a map. There is less to
# compute afterwards, and a pattern that moves by one pixel often gives the same result.
#
# **Your prediction:** what is the output shape now, and how many parameters does pooling add?

# %% jupyter={"outputs_hidden": true}
model.add(keras.layers.MaxPooling2D(2, name="pool1"))

print("output shape:", model.output_shape)
print("parameters:", model.count_params())

# %% [markdown]
# Height and width are halved, the 32 maps stay. Pooling learns nothing: it has no parameters.
#
# Now the second convolution, with 64 filters, and pooling again. Careful: the input of this layer has 32 channels. **A
# kernel is always as deep as its input**, so each kernel is now 3 by 3 by 32. It multiplies all 288 values under it, adds
# them to one number, and so still gives one map.
#
# **Your prediction:** how many parameters does the second convolution add?

# %% jupyter={"outputs_hidden": true}
before = model.count_params()
model.add(keras.layers.Conv2D(64, kernel_size=3, activation="relu", padding="same", name="conv2"))
model.add(keras.layers.MaxPooling2D(2, name="pool2"))

print("output shape:", model.output_shape)
print(f"parameters added: {model.count_params() - before:,}")

# %% [markdown]
# $(3 \cdot 3 \cdot 32 + 1) \cdot 64 = 18{,}496$. If you answered 640, you gave the kernels depth 1.
#
# The second half decides. `Flatten` lays the 7 by 7 by 64 values in one row. Then come two *dense layers* (밀집층): in a dense layer each unit has one
# weight for **every** input value, and one bias. That makes (inputs + 1) · units parameters. The first, the *hidden layer* (은닉층), has 100 units.
# **Dropout** (드롭아웃) switches each of them off with probability 0.4, anew for each image and each update of the weights, so that the network cannot
# rely on any single one. The last layer has one unit per class, and *softmax* (소프트맥스) turns the ten numbers into probabilities that add up to 1.
#
# `dtype="float32"` in the last layer is for number formats: your machine may multiply in 16 bits to be fast, but probabilities need all 32.
#
# **Your prediction:** which of these four layers adds the most parameters? More or fewer than both convolutions together?

# %% jupyter={"outputs_hidden": true}
model.add(keras.layers.Flatten(name="flatten"))
model.add(keras.layers.Dense(100, activation="relu", name="hidden"))
model.add(keras.layers.Dropout(0.4, name="dropout"))
model.add(keras.layers.Dense(10, activation="softmax", dtype="float32", name="output"))

for layer in model.layers:
    print(f"{layer.name:8} {layer.output.shape!s:22} {layer.count_params():>8,}")
print(f"{'total':31} {model.count_params():>8,}")

# %% [markdown]
# The hidden layer alone has $(3136 + 1) \cdot 100 = 313{,}700$ of the 333,526 parameters. Finding patterns is cheap,
# because kernels are shared by all places. Connecting everything with everything is expensive.
#
# Keras prints the same table with `summary()`:

# %%
model.summary()

# %% [markdown]
# Read either table from top to bottom: height and width shrink from 28 to 14 to 7, and the number of maps grows from 1 to 32 to 64. This is the
# usual shape of a convolutional network: layer by layer it knows less about *where* something is, and more about *what* it is. A drawing shows it
# best. Each block is the output of a layer: its height is the height of the maps, its thickness is their number.

# %%
plots.volumes(model, caption="The network as volumes")

# %% [markdown]
# Keras can also draw the network. This needs the package pydot and the program
# [Graphviz](https://graphviz.org/download/). Without them you get a sentence instead of an image, and the lesson goes on.

# %% tags=["nbval-ignore-output"]
try:
    drawing = build_path("fashion_cnn.png")
    picture = keras.utils.plot_model(model, drawing, show_shapes=True, show_layer_names=True, dpi=50)
except ImportError:
    picture = None
if picture is None:
    print("No picture: Graphviz is not installed. The tables above say the same; go on with step 5.")
picture

# %% [markdown]
# ## 5. Compile and train
# Training needs three decisions:
#
# - The **loss** (손실) to make small: *crossentropy* (교차 엔트로피). It is −log of the probability that the network gives to the right class: 0 when it is
#   sure and right, large when it is sure and wrong. Keras calls it `sparse_categorical_crossentropy`; *sparse* because our labels are plain numbers
#   such as 9, not rows such as `[0, 0, ..., 1]`.
# - The **optimizer** (옵티마이저), the rule that changes the weights to make the loss smaller: Adam. It changes them after
#   every *batch* (배치) of 128 images, so there are 48,000 / 128 = 375 updates in an *epoch* (에포크), one round through the
#   training set.
# - The **metric** (측정 지표) we watch: accuracy (정확도), the share of images that get the right class.
#
# Keras also calls three helpers after every epoch, the *callbacks* (콜백):
#
# - [`ModelCheckpoint`](https://keras.io/api/callbacks/model_checkpoint/) writes the network to a file whenever the
#   validation loss is the lowest so far.
# - [`EarlyStopping`](https://keras.io/api/callbacks/early_stopping/) (조기 종료) ends the training when the validation loss has not
#   improved for `patience=2` epochs, and puts the best weights back.
# - [`ReduceLROnPlateau`](https://keras.io/api/callbacks/reduce_lr_on_plateau/) makes the *learning rate* (학습률) ten times smaller after `patience=1`
#   epoch that did not improve the validation loss. The learning rate says how far each update changes the weights. It may not fall below `min_lr`,
#   which here is a tenth of the first rate, so this happens only once. Without this floor the updates would become so tiny that nothing changes any
#   more, and time would be wasted.
#
# If your book writes these lines in another way, look them up in [your book's line, today's line](00_start_here.ipynb), a table in chapter 00.
#
# Why 128 and 0.002? Keras would take batches of 32 and a learning rate of 0.001. Larger batches use the processor better. The mean over 128 images
# is also less random than that over 32, so each update may be larger.
#
# An example for early stopping: the validation losses are 0.40, 0.30, 0.33, 0.31, 0.29. After epoch 2 neither epoch 3 nor epoch 4 is lower than
# 0.30, so with `patience=2` the training ends after epoch 4, and you get the weights of epoch 2. The 0.29 is never seen. Meanwhile
# `ReduceLROnPlateau` acts after epoch 3, so epoch 4 is trained with the smaller rate already: the network gets one more chance before it is
# stopped.
#
# **Your prediction:** there are two losses, that of the training images and that of the validation images. Which of the two will end lower? Will
# either of them rise again before the training ends?

# %% jupyter={"outputs_hidden": true} tags=["nbval-ignore-output"]
optimizer = keras.optimizers.Adam(LEARNING_RATE)
model.compile(optimizer, loss="sparse_categorical_crossentropy", metrics=["accuracy"])
best_file = build_path("best_fashion_cnn.keras")
callbacks = [
    keras.callbacks.ModelCheckpoint(best_file, save_best_only=True),
    keras.callbacks.EarlyStopping(patience=2, restore_best_weights=True),
    keras.callbacks.ReduceLROnPlateau(factor=0.1, patience=1, min_lr=LEARNING_RATE / 10),
]
start = time.perf_counter()
history = model.fit(
    x_train, y_train, batch_size=BATCH, epochs=EPOCHS, steps_per_epoch=STEPS,
    validation_data=(x_val, y_val), callbacks=callbacks, verbose=2
)
train_seconds = time.perf_counter() - start

# %% [markdown]
# There is one line for each epoch. `accuracy` and `loss` are measured on the training images *while* the weights change and with
# dropout switched on. `val_accuracy` and `val_loss` are measured at the end of the epoch with dropout off. That is why
# the validation numbers can be better than the training numbers in the first epochs.
#
# > **What can go wrong: running the cell again.** A second `fit` goes on with the trained weights, it does not start anew.
# > For a fresh start, run the notebook from step 4 on.
#
# ## 6. Read the curves
# A list of numbers is hard to read. Drawn as curves, it answers your question.

# %% tags=["nbval-ignore-output"]
epochs = np.arange(1, len(history.history["loss"]) + 1)
best_epoch = int(np.argmin(history.history["val_loss"])) + 1

figure, axis = plt.subplots(figsize=(6.5, 3.6))
axis.plot(epochs, history.history["loss"], "o--", markersize=4, label="training loss")
axis.plot(epochs, history.history["val_loss"], "o-", markersize=4, label="validation loss")
axis.axvline(best_epoch, color="grey", linewidth=1, label=f"best epoch: {best_epoch}")
axis.set(xlabel="epoch", ylabel="loss", title="Loss by epoch", xticks=epochs)
axis.legend()
plt.show()

# %% [markdown]
# *Follow the two lines to the right.* At first both
# fall<!-- claim: numbers("- loss:")[1] < numbers("- loss:")[0] and numbers("val_loss:")[1] < numbers("val_loss:")[0] -->. When the validation loss
# fails to fall for the first time, `ReduceLROnPlateau` makes the updates ten times smaller; you see it in the log above, where `learning_rate` is
# the last number of each line (`2.0000e-04` means 0.0002). Then both losses drop once
# more<!-- claim: min(v for v, rate in zip(numbers("val_loss:"), numbers("learning_rate:")) if rate < 0.001) < min(v for v, rate in zip(numbers("val_loss:"), numbers("learning_rate:")) if rate > 0.001) and min(v for v, rate in zip(numbers("- loss:"), numbers("learning_rate:")) if rate < 0.001) < min(v for v, rate in zip(numbers("- loss:"), numbers("learning_rate:")) if rate > 0.001) -->,
# because smaller updates can settle in a place that large ones jump over.
#
# *Now look at the gap between the lines.* The training loss ends below the validation
# loss<!-- claim: numbers("- loss:")[-1] < numbers("val_loss:")[-1] -->: the network becomes better on images that it has seen than on new ones,
# because it begins to memorise them. This is **overfitting** (과대적합, 과적합). The validation loss rises a little in the
# end<!-- claim: numbers("val_loss:")[-1] > min(numbers("val_loss:")) -->, and after two epochs without a new lowest value early stopping ends the
# training.
#
# ## 7. Judge it on the validation set
#
# **Your prediction:** `evaluate` measures the network as it is now. Look up in step 5 which weights it has. Which line of the training log will
# `evaluate` repeat: the last one, or another?

# %% jupyter={"outputs_hidden": true} tags=["nbval-ignore-output"]
val_loss, val_accuracy = model.evaluate(x_val, y_val, batch_size=BATCH, verbose=0)

print(f"evaluate says: loss {val_loss:.5f}, accuracy {val_accuracy:.4f}")
for epoch in epochs:
    loss, accuracy = history.history["val_loss"][epoch - 1], history.history["val_accuracy"][epoch - 1]
    print(f"epoch {epoch:2} said: loss {loss:.5f}, accuracy {accuracy:.4f}", "<-- best" if epoch == best_epoch else "")

# %% [markdown]
# It is the line of the best epoch<!-- claim: abs(number("evaluate says: loss") - min(numbers("said: loss"))) < 0.001 -->, because early stopping
# has put its weights back. "Best" means the lowest loss, not the highest accuracy, because the loss also counts how sure the network is. So loss
# and accuracy are two different measures: a lower loss does not always mean more right answers. The file that `ModelCheckpoint` wrote holds the
# same network. You can check it:

# %%
from_file = keras.models.load_model(best_file)
same = [np.array_equal(a, b) for a, b in zip(from_file.get_weights(), model.get_weights(), strict=True)]
print("weights in the file equal those in memory:", all(same))

# %% [markdown]
# ## 8. One image, ten probabilities
#
# Ask the network about the first validation image. `predict` wants a *batch* of images, even if it is a batch of one.
#
# **Your prediction:** `x_val[0]` or `x_val[0:1]`? What is the difference in shape?

# %% jupyter={"outputs_hidden": true}
print("x_val[0]  :", x_val[0].shape)
print("x_val[0:1]:", x_val[0:1].shape)

# %% [markdown]
# The slice `0:1` keeps the first axis. Given `x_val[0]`, Keras takes the first 28 for the number of images: it sees 28
# images of 28 by 1 pixels, and stops with a puzzling error such as "Negative dimension size".

# %% tags=["nbval-ignore-output"]
probabilities = model.predict(x_val[0:1], verbose=0)[0]
predicted = int(np.argmax(probabilities))

print("probabilities:", np.round(probabilities, 3))
print("their sum:    ", round(float(probabilities.sum()), 3))
print("most likely:  ", predicted, CLASSES[predicted], FASHION_MNIST_CLASSES_KO[predicted])

# %% tags=["nbval-ignore-output"]
plots.probabilities(x_val[0], probabilities, CLASSES, truth=y_val[0])

# %% [markdown]
# *Each bar stands at the name of its class. The true class is orange.* `np.argmax` gives the place of the largest
# probability, counting from 0, and that place is the label.
#
# > **What can go wrong: counting from 1.** Some books draw these bars with `range(1, 11)` under them. Then the bar of class 8
# > stands at 9, and readers look up the wrong name. Put names under bars, not numbers.
#
# ## 9. What does it get wrong?
# Which image does the network find hardest to decide? Take the image whose *largest*
# probability is the smallest.
#
# **Your prediction:** how large is that largest probability? (It cannot be below 0.1. Why?)

# %% jupyter={"outputs_hidden": true} tags=["nbval-ignore-output"]
val_probabilities = model.predict(x_val, batch_size=BATCH, verbose=0)
doubtful = int(val_probabilities.max(axis=1).argmin())
print(f"largest probability: {val_probabilities[doubtful].max():.3f}")
plots.probabilities(x_val[doubtful], val_probabilities[doubtful], CLASSES, truth=y_val[doubtful])

# %% [markdown]
# Ten probabilities add up to 1, so the largest is at least a tenth.
#
# *Several bars are of similar length, because the network hesitates*<!-- claim: number("largest probability:") < 0.5 -->*. Look at the image: can
# you see why?* Probabilities tell you how sure the network is, and that is worth knowing: a shop could show such images to a person.
#
# One image is only one case. The *confusion matrix* (혼동 행렬) counts for all 12,000 which classes are taken for which.
#
# **Your prediction:** which class has the most mistakes, and what is it taken for?

# %% jupyter={"outputs_hidden": true} tags=["nbval-ignore-output"]
val_predicted = val_probabilities.argmax(axis=1)
wrong = np.bincount(y_val[val_predicted != y_val], minlength=10)
print("mistakes, most first:", ", ".join(f"{CLASSES[label]} {wrong[label]}" for label in np.argsort(-wrong)))
plots.confusion(y_val, val_predicted, CLASSES)

# %% [markdown]
# *Rows are the truth, columns are what the network said. Right answers are on the diagonal, in bold. Colour shows mistakes only: look for the
# darkest fields.* Shirts have most mistakes<!-- claim: number("mistakes, most first: Shirt") > 0 -->: they are taken for T-shirts, pullovers and
# coats, and the other way round. In the figure these are the darkest fields. Trousers and bags are
# easy<!-- claim: max(number(" Trouser"), number(" Bag")) < 0.2 * number("mistakes, most first: Shirt") -->, and so are
# shoes<!-- claim: max(number(" Sandal"), number(" Sneaker"), number(" Ankle boot")) < 0.35 * number("mistakes, most first: Shirt") -->, but some
# sneakers and ankle boots are mixed up.
#
# ## 10. The test set, once
#
# All decisions about this network are made. Now use the test set. Its images must be prepared exactly like the others.

# %% tags=["nbval-ignore-output"]
test_loss, test_accuracy = model.evaluate(prepared(x_test), y_test, batch_size=BATCH, verbose=0)

print(f"validation accuracy: {val_accuracy:.4f}")
print(f"test accuracy:       {test_accuracy:.4f}")

# %% [markdown]
# The network that comes with this course reached 0.9219<!-- fashion_cnn.test_accuracy --> on the test set. Trained with
# different seeds, it reached between 0.9186<!-- fashion_cnn.seeds.test_accuracy.min --> and
# 0.9219<!-- fashion_cnn.seeds.test_accuracy.max -->. So do not celebrate a difference of 0.002: it may well be luck.
#
# Why is the test result not the same as the validation result? Two reasons. Chance: with 10,000 other images, an accuracy near nine in ten would typically change by about 0.003. And we chose the epoch *because* it was good on the validation images, which may flatter that number a little.
# That is why a third set is needed.
#
# Save the network with a *card* that says how it came about: data, seed, epochs, accuracies. Your copy goes to the folder
# `build/models/`; the network that ships with the course stays as it is.

# %% tags=["nbval-ignore-output"]
def keep(network, run, seconds, test_accuracy):
    best = int(np.argmin(run["val_loss"]))
    return models.save(
        network, network.name, dataset="fashion-mnist", notebook="04_fashion_mnist_cnn", seed=environment.seed,
        epochs=len(run["loss"]), best_epoch=best + 1, train_seconds=round(seconds, 1),
        validation_accuracy=round(run["val_accuracy"][best], 4), test_accuracy=round(test_accuracy, 4)
    )


print("saved as", keep(model, history.history, train_seconds, test_accuracy).name)

# %% [markdown]
# ## 11. How small may it be?
#
# Six other networks for the same task:
#
# | name | layers |
# |---|---|
# | `fashion_conv_conv_pool` | 32 filters, 64 filters, pooling, flatten, dense 128, dense 10 |
# | `fashion_global_pooling` | 32 filters, pooling, 64 filters, pooling, 128 filters, **global average pooling**, dense 10 |
# | `fashion_conv_pool` | 32 filters, pooling, flatten, dense 10 |
# | `fashion_two_filters` | **2** filters, pooling, flatten, dense 10 |
# | `fashion_dense` | flatten, dense 128, dense 10 |
# | `fashion_no_convolution` | flatten, dense 10 |
#
# The first pools only once, so `Flatten` sees 14 by 14 by 64 values. The second has no `Flatten`: [*global average
# pooling*](https://keras.io/api/layers/pooling_layers/global_average_pooling2d/) (전역 평균 풀링) replaces each map by the mean of all its values, so 128
# maps of 7 by 7 become 128 numbers. The last two look at the pixels without any convolution, and they are our *baselines* (기준 모델): what can be
# reached without it.
#
# **Your prediction:** order the six by their number of parameters. Then work out two of them on paper: `fashion_two_filters` and
# `fashion_global_pooling`. Which of the six, if any, will beat the network above?

# %%
def convolution(filters):
    return keras.layers.Conv2D(filters, kernel_size=3, activation="relu", padding="same")

# %%
def network(name):
    keras.utils.set_random_seed(environment.seed)  # the same start, whatever ran before
    layers, dense = keras.layers, keras.layers.Dense
    pooling, flatten, mean = layers.MaxPooling2D, layers.Flatten, layers.GlobalAveragePooling2D
    pooled = [convolution(32), pooling(2), convolution(64), pooling(2)]
    middle = {  # the layers of each network, without the last one
        "fashion_conv_conv_pool": [convolution(32), convolution(64), pooling(2), flatten(), dense(128, "relu")],
        "fashion_global_pooling": [*pooled, convolution(128), mean()],
        "fashion_conv_pool": [convolution(32), pooling(2), flatten()],
        "fashion_two_filters": [convolution(2), pooling(2), flatten()],
        "fashion_dense": [flatten(), dense(128, "relu")],
        "fashion_no_convolution": [flatten()],
    }[name]
    output = dense(10, activation="softmax", dtype="float32")
    return keras.Sequential([keras.Input((28, 28, 1)), *middle, output], name=name)

# %% jupyter={"outputs_hidden": true}
names = ["fashion_conv_conv_pool", "fashion_global_pooling", "fashion_conv_pool", "fashion_two_filters",
         "fashion_dense", "fashion_no_convolution"]
for name in names:
    print(f"{name:23} {network(name).count_params():>9,} parameters")

# %% [markdown]
# Where the numbers come from:
#
# - `fashion_conv_conv_pool`: $320 + 18{,}496 + (12544 + 1) \cdot 128 + (128 + 1) \cdot 10 = 1{,}625{,}866$. Four times as many values reach the dense
#   layer, and it has 128 units instead of 100: together five times the weights.
# - `fashion_dense`: $(784 + 1) \cdot 128 + (128 + 1) \cdot 10 = 101{,}770$.
# - `fashion_global_pooling`: $320 + 18{,}496 + (3 \cdot 3 \cdot 64 + 1) \cdot 128 + (128 + 1) \cdot 10 = 93{,}962$. Only 128 numbers reach the last layer, so
#   there is no large dense layer.
# - `fashion_conv_pool`: $320 + (14 \cdot 14 \cdot 32 + 1) \cdot 10 = 63{,}050$.
# - `fashion_no_convolution`: $(784 + 1) \cdot 10 = 7{,}850$.
# - `fashion_two_filters`: $(9 + 1) \cdot 2 + (14 \cdot 14 \cdot 2 + 1) \cdot 10 = 3{,}950$. Pooling leaves $2 \cdot 14 \cdot 14 = 392$ values for its dense
#   layer, half as many as the 784 pixels.
#
# Train them in the same way. The epoch is chosen on the validation set, for each network on its own.

# %% tags=["nbval-ignore-output"]
def train(name):
    model = network(name)
    optimizer = keras.optimizers.Adam(LEARNING_RATE)
    model.compile(optimizer, loss="sparse_categorical_crossentropy", metrics=["accuracy"])
    callbacks = [
        keras.callbacks.EarlyStopping(patience=2, restore_best_weights=True),
        keras.callbacks.ReduceLROnPlateau(factor=0.1, patience=1, min_lr=LEARNING_RATE / 10),
    ]
    start = time.perf_counter()
    run = model.fit(
        x_train, y_train, batch_size=BATCH, epochs=EPOCHS, steps_per_epoch=STEPS,
        validation_data=(x_val, y_val), callbacks=callbacks, verbose=0
    )
    seconds, last = time.perf_counter() - start, {key: values[-1] for key, values in run.history.items()}
    print(f"{name:23} {len(run.epoch):2} epochs, {seconds:3.0f} s,",
          f"at the end training loss {last['loss']:.3f}, validation loss {last['val_loss']:.3f}")
    return model, run.history, seconds

# %% tags=["nbval-ignore-output"]
trained = {"fashion_cnn": (model, history.history, train_seconds)}
trained |= {name: train(name) for name in names}  # | joins two dictionaries

# %% jupyter={"outputs_hidden": true} tags=["nbval-ignore-output"]
shown = ("fashion_conv_conv_pool", "fashion_conv_pool", "fashion_two_filters")
plots.history({name: trained[name][1] for name in shown})

# %% [markdown]
# *Dashed is training, solid is validation. Compare the gaps between them at the right ends.* Three of the networks are drawn. The largest drives
# its training loss down within a few
# epochs<!-- claim: row("fashion_conv_conv_pool")[0] < row("fashion_two_filters")[0] and row("fashion_conv_conv_pool")[2] < row("fashion_two_filters")[2] -->,
# and the gap is wide. The two lines of the smallest stay
# close<!-- claim: abs(row("fashion_two_filters")[3] - row("fashion_two_filters")[2]) < 0.3 * (row("fashion_conv_conv_pool")[3] - row("fashion_conv_conv_pool")[2]) -->,
# because it has too few parameters to memorise images.
#
# **Your decision:** validation accuracies come next. Which network would you put into a program? Decide before you go on to
# the test set, and write it down.

# %% jupyter={"outputs_hidden": true} tags=["nbval-ignore-output"]
for name, (trained_network, run, _) in trained.items():
    accuracy = run["val_accuracy"][np.argmin(run["val_loss"])]
    print(f"{name:23} {trained_network.count_params():>9,} parameters   validation accuracy {accuracy:.4f}")

# %% [markdown]
# Now the test set, once for each network, and the figure that this chapter is about.

# %% jupyter={"outputs_hidden": true} tags=["nbval-ignore-output"]
accuracies = {"fashion_cnn": test_accuracy}
for name in names:
    _, accuracies[name] = trained[name][0].evaluate(prepared(x_test), y_test, batch_size=BATCH, verbose=0)
    keep(*trained[name], accuracies[name])

for name, accuracy in accuracies.items():
    print(f"{name:23} test accuracy {accuracy:.4f}")

# %% jupyter={"outputs_hidden": true} tags=["nbval-ignore-output"]
sides = {  # where the name stands, so that no two overlap
    "left": dict(xytext=(-9, 0), ha="right", va="center"), "right": dict(xytext=(9, 0), ha="left", va="center"),
    "above": dict(xytext=(0, 9), ha="center", va="bottom"), "below": dict(xytext=(0, -9), ha="center", va="top"),
}
chosen = {"fashion_cnn": "above", "fashion_conv_conv_pool": "below", "fashion_global_pooling": "above",
          "fashion_conv_pool": "left"}

# %% jupyter={"outputs_hidden": true} tags=["nbval-ignore-output"]
figure, axis = plt.subplots(figsize=(7, 4))
for name, accuracy in accuracies.items():
    size = trained[name][0].count_params()
    axis.plot(size, 100 * accuracy, "o", markersize=9, color=plots.BLUE)
    axis.annotate(f"{name}\n{size:,}", (size, 100 * accuracy), textcoords="offset points", fontsize=8,
                  **sides[chosen.get(name, "right")])
axis.set(xscale="log", xlim=(1e3, 1e7), xlabel="parameters (each line to the right: ten times more)",
         ylabel="test accuracy in %", title="Test accuracy against size")
axis.margins(y=0.2)
axis.grid(alpha=0.3)
plt.show()

# %% [markdown]
# *Start with the two dots on the left.* Two small filters and pooling beat the network without any hidden
# layer<!-- claim: number("fashion_two_filters") > number("fashion_no_convolution") -->, with half the parameters. Two reasons are possible: the filters look at
# neighbouring pixels together, and there is a bend, ReLU, between the two layers. This comparison cannot tell them apart. But two filters do not beat
# every network without convolution: the dense one with a hidden layer is
# better<!-- claim: number("fashion_dense") > number("fashion_two_filters") -->, with 26 times as many parameters. It loses to `fashion_conv_pool`, which
# has fewer parameters<!-- claim: number("fashion_conv_pool") > number("fashion_dense") -->.
#
# *Then go from left to right.* The network that ends in global average pooling has less than a third of the parameters of `fashion_cnn`. It is
# better than `fashion_conv_pool` and not as good as
# `fashion_cnn`<!-- claim: number("fashion_conv_pool") < number("fashion_global_pooling") < number("fashion_cnn") -->. For the last step to the
# right you pay five times the parameters, and the accuracy hardly
# changes<!-- claim: abs(number("fashion_conv_conv_pool") - number("fashion_cnn")) < 0.006 -->. So none of the six is clearly better than the
# network of steps 4 to 10. If your program runs on a watch, two filters may be enough: their weights fit in 16 kilobytes.
#
# On the cards of the shipped networks:
# | network | parameters | validation | test | test, lowest of all seeds | highest |
# |---|---|---|---|---|---|
# | `fashion_conv_conv_pool` | 1,625,866 | 0.9262<!-- fashion_conv_conv_pool.validation_accuracy --> | 0.9214<!-- fashion_conv_conv_pool.test_accuracy --> | 0.9133<!-- fashion_conv_conv_pool.seeds.test_accuracy.min --> | 0.9218<!-- fashion_conv_conv_pool.seeds.test_accuracy.max --> |
# | `fashion_cnn` | 333,526 | 0.9273<!-- fashion_cnn.validation_accuracy --> | 0.9219<!-- fashion_cnn.test_accuracy --> | 0.9186<!-- fashion_cnn.seeds.test_accuracy.min --> | 0.9219<!-- fashion_cnn.seeds.test_accuracy.max --> |
# | `fashion_dense` | 101,770 | 0.8950<!-- fashion_dense.validation_accuracy --> | 0.8865<!-- fashion_dense.test_accuracy --> | 0.8850<!-- fashion_dense.seeds.test_accuracy.min --> | 0.8882<!-- fashion_dense.seeds.test_accuracy.max --> |
# | `fashion_global_pooling` | 93,962 | 0.9115<!-- fashion_global_pooling.validation_accuracy --> | 0.9077<!-- fashion_global_pooling.test_accuracy --> | 0.8981<!-- fashion_global_pooling.seeds.test_accuracy.min --> | 0.9081<!-- fashion_global_pooling.seeds.test_accuracy.max --> |
# | `fashion_conv_pool` | 63,050 | 0.9074<!-- fashion_conv_pool.validation_accuracy --> | 0.9050<!-- fashion_conv_pool.test_accuracy --> | 0.9036<!-- fashion_conv_pool.seeds.test_accuracy.min --> | 0.9062<!-- fashion_conv_pool.seeds.test_accuracy.max --> |
# | `fashion_no_convolution` | 7,850 | 0.8577<!-- fashion_no_convolution.validation_accuracy --> | 0.8450<!-- fashion_no_convolution.test_accuracy --> | 0.8450<!-- fashion_no_convolution.seeds.test_accuracy.min --> | 0.8467<!-- fashion_no_convolution.seeds.test_accuracy.max --> |
# | `fashion_two_filters` | 3,950 | 0.8703<!-- fashion_two_filters.validation_accuracy --> | 0.8647<!-- fashion_two_filters.test_accuracy --> | 0.8594<!-- fashion_two_filters.seeds.test_accuracy.min --> | 0.8709<!-- fashion_two_filters.seeds.test_accuracy.max --> |
#
# How much of this is luck? The last two columns show how far the accuracies lie apart with other seeds. Where the ranges of two networks do not
# overlap, luck alone is an unlikely reason: two filters against no convolution, the dense network against two filters, `fashion_conv_pool` against
# the dense one, and `fashion_cnn` against
# `fashion_conv_pool`<!-- claim: card("fashion_two_filters.seeds.test_accuracy.min") > card("fashion_no_convolution.seeds.test_accuracy.max") and card("fashion_dense.seeds.test_accuracy.min") > card("fashion_two_filters.seeds.test_accuracy.max") and card("fashion_conv_pool.seeds.test_accuracy.min") > card("fashion_dense.seeds.test_accuracy.max") and card("fashion_cnn.seeds.test_accuracy.min") > card("fashion_conv_pool.seeds.test_accuracy.max") -->.
# The ranges of `fashion_global_pooling` and `fashion_conv_pool` do
# overlap<!-- claim: card("fashion_global_pooling.seeds.test_accuracy.min") < card("fashion_conv_pool.seeds.test_accuracy.max") and card("fashion_conv_pool.seeds.test_accuracy.min") < card("fashion_global_pooling.seeds.test_accuracy.max") -->,
# so which of these two is better stays open.
#
# > **What can go wrong: asking the test set too often.** We looked at it once for each network, after all
# > settings were fixed. You may not change your decision now. If you changed the number of filters *because of* this
# > image and tested again, the test set would have become a second validation set. For such questions use `x_val`.
#
# ## 12. Your own clothes
#
# Put a shirt or a shoe on a plain, bright background, photograph it, and write the file's path between the quotation marks; in Colab write
# `"upload"`. Left empty, a validation image is made into such a "photograph" by code.
#
# **Your prediction:** the photograph is only made smaller and divided by 255. Will the network name the piece?

# %% jupyter={"outputs_hidden": true} tags=["nbval-ignore-output"]
MY_CLOTHES = ""

if MY_CLOTHES == "upload":
    from google.colab import files as colab_files
    MY_CLOTHES = colab_files.upload()
if MY_CLOTHES:
    grey = own_picture(MY_CLOTHES).mean(axis=2)
else:
    sneaker = np.flatnonzero(y_val == 7)[0]
    grey = as_photograph(x_val[sneaker, :, :, 0], np.random.default_rng(5))
truth = None if MY_CLOTHES else 7  # of your own piece only you know the class
small = keras.ops.image.resize(grey[..., np.newaxis].astype("float32"), (28, 28), antialias=True) / 255
small = np.clip(keras.ops.convert_to_numpy(small), 0, 1)
raw = model.predict(small[np.newaxis], verbose=0)[0]
plots.probabilities(small, raw, CLASSES, truth=truth)

# %% [markdown]
# *The orange bar is the true class.* To this network, a pixel of 0 is background and a large number is cloth. In a photograph it is the other way round: the
# background is bright, so it has the large numbers, and the network takes it for a sheet of cloth that fills the image. Besides, the pieces of
# Fashion-MNIST reach the borders of their image. So exchange bright and dark, set what is nearly background to 0, and cut the piece out before you make it
# smaller. Chapter 03 does the same with digits.

# %% tags=["nbval-ignore-output"]
background = np.median(grey)  # the middle value of all pixels
piece = np.clip((background - grey) / (background - grey.min()), 0, 1)  # background 0, darkest 1
piece = np.where(piece < 0.2, 0, piece)
rows, columns = np.flatnonzero(piece.any(axis=1)), np.flatnonzero(piece.any(axis=0))  # those that hold something
piece = piece[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
height, width = np.maximum(1, np.round(28 * np.array(piece.shape) / max(piece.shape))).astype(int)  # longer side 28
piece = keras.ops.image.resize(piece[..., np.newaxis].astype("float32"), (height, width), antialias=True)
ready = np.zeros((28, 28, 1), "float32")
top, left = (28 - height) // 2, (28 - width) // 2  # in the middle
ready[top : top + height, left : left + width] = np.clip(keras.ops.convert_to_numpy(piece), 0, 1)
answers = model.predict(ready[np.newaxis], verbose=0)[0]
if truth is not None:
    print(f"probability of the true class: as it is {raw[truth]:.2f}, prepared {answers[truth]:.2f}")
plots.probabilities(ready, answers, CLASSES, truth=truth)

# %% [markdown]
# *Compare the two figures.* The network is the same, only the preparation changed, and with it the answer: prepared, the network names the
# piece<!-- claim: row("probability of the true class:")[0] < 0.5 < row("probability of the true class:")[1] -->. If it is still wrong about your
# photograph, ask what else is different from the training images: folds, a sleeve that is cut off, a pattern, a person inside.
#
# ## What you learned
#
# 1. Images enter a convolutional network with four axes, which are image, height, width and channel, and with values from 0 to 1.
# 2. A convolution layer has (kernel height · kernel width · input channels + 1) · filters parameters. Pooling has none.
# 3. Most parameters sit in the first dense layer. Pool once more before it, and you save three quarters of them.
# 4. The validation set decides about epochs, network and settings, and the test set is asked once, at the end.
# 5. More parameters bring less and less accuracy, and what they are used for, convolution or dense layers, counts as much as their number. The
#    smallest network that is good enough is a good choice.
#
# | you met | what it does |
# |---|---|
# | [`Conv2D`](https://keras.io/api/layers/convolution_layers/convolution2d/), [`MaxPooling2D`](https://keras.io/api/layers/pooling_layers/max_pooling2d/), [`GlobalAveragePooling2D`](https://keras.io/api/layers/pooling_layers/global_average_pooling2d/) | layers of this chapter |
# | [`summary`, `plot_model`](https://keras.io/api/utils/model_plotting_utils/) | a network as table and as graph |
# | [`ReduceLROnPlateau`](https://keras.io/api/callbacks/reduce_lr_on_plateau/), [`EarlyStopping`](https://keras.io/api/callbacks/early_stopping/), [`ModelCheckpoint`](https://keras.io/api/callbacks/model_checkpoint/) | what happens after each epoch |
# | [`train_test_split`](https://scikit-learn.org/stable/modules/generated/sklearn.model_selection.train_test_split.html) | cut a validation set out |
#
# **An open question.** Change one thing in the network of step 4: the number of filters, the size of the kernels, the share of dropout, or the
# pooling. Predict what happens to parameters, seconds and validation accuracy, train it, and report in three sentences what came out and what you
# would try next.
#
# **Exercises:** [7 exercises](exercises/04_clothes_exercises.ipynb) on this chapter; each checks your answer.
#
# **Next:** [05 · Look inside the Fashion-MNIST network](05_inside_the_fashion_cnn.ipynb) opens the trained network and looks at its kernels and feature maps.
#
# **In PyTorch:** [04 · Clothes in PyTorch: early stopping by hand, and weights from Keras](pytorch/04_clothes_in_pytorch.ipynb).

# %% tags=["reached", "nbval-ignore-output"]
print("test accuracy (trained now):", ", ".join(f"{name} {accuracy:.4f}" for name, accuracy in accuracies.items()))
