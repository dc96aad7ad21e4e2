# ---
# jupyter:
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
# ---

# %% [markdown]
# # 00 · Start here
#
# After this chapter you can say what convolutional networks are for and why they win over rules that people write by hand, and
# you know whether your machine has all that the course needs.
#
# - **Time** on 2 CPU cores: 0.1<!-- chapters.00_start_here.fast_minutes --> minutes in fast mode, 0.4<!-- chapters.00_start_here.full_minutes --> minutes in full mode.<!-- gpu 00 --><!-- end of gpu --> Nothing is trained, so both modes take about the same time, and a GPU is not needed. To read it and think: take an hour.
# - **You need** Python, and NumPy arrays: their shape, and slices such as `a[0:3]`.
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
# ## 1. What convolutional networks are for
#
# You look at a photograph and know at once what it shows. For a program, the photograph is a table of numbers, one number or three
# for each *pixel* (픽셀, also 화소), and nothing in this table says "cat". *Computer vision* (컴퓨터 비전) is the art of making programs
# that see in spite of this.
#
# A *convolutional neural network* (합성곱 신경망, also 컨볼루션 신경망, in short CNN) is a program whose numbers are not written by
# a person but learned from examples. Networks of this kind do much of the seeing that programs do today:
#
# - **Driving** (자율주행): a car finds the lane, the other cars and the people in the images of its cameras.
# - **Captions** (영상 주석 달기): a network turns a photograph into numbers that say what is on it, and a second network turns
#   these numbers into a sentence.
# - **Finding lesions** (병변 찾기): a network marks the places in an X-ray image or a scan that a doctor should look at.
# - **Style** (스타일 전이, also 화풍 변환): *style transfer* draws your photograph in the manner of a painter, and a picture in which a
#   network exaggerates what it sees is called a *deep dream*.
#
# Before 2012, such programs mostly had two parts. A person thought about which *features* (특성, also 특징) of an image matter, for instance
# edges in certain directions, and wrote rules that compute them. These are *hand-made features* (수작업 특성, also 수작업 특징). Only the
# last part, the *classification* (분류) by these features, was learned from examples. Photographs differ in size, pose, light,
# background and noise, however, and for each difference somebody had to think of another rule.
#
# A convolutional network learns both parts. This is called *feature learning* (특성 학습, also 특징 학습), and because everything from the
# pixels to the answer is learned in one piece, *end-to-end learning* (통째 학습, also 종단간 학습). In sections 3 to 7 you try both
# ways on the same digits, and measure which one reads them better.
#
# ## 2. Check your machine
#
# The next cell looks at everything that the course needs. A line that begins with `fine` needs nothing. A line that begins with
# `MEND` says at its end, in one sentence, what you can do.

# %% tags=["nbval-ignore-output"]
from helpers.backend import checkup

print(checkup.table(checkup.check()))

# %% [markdown]
# Begin with the first line that says `MEND`, because one fault often causes the next. After you have installed something, restart the
# kernel, which is the program that runs the cells, and run the notebook again from the top.
#
# Every chapter begins with the cell that follows. `setup` fixes the random numbers, so that you see what others see, and
# it measures in which number format your machine trains fastest.

# %% tags=["nbval-ignore-output"]
from helpers.environment import setup

environment = setup(seed=42)

# %% [markdown]
# Read the line from left to right: the version of Python; the version of Keras, and the library with which it computes; the
# device; the number format, with the reason for it; the *seed* from which the random numbers begin; and whether the networks train
# in full or only for a few steps.
#
# **Switch on a GPU.** A *GPU* (그래픽 처리 장치) is a processor that computes many numbers at once, so networks train faster on it. You do not
# need one for this course. In Colab you can borrow one:
#
# 1. Open the menu *Runtime* and choose *Change runtime type*, in Korean *런타임 유형 변경*. Then choose *T4 GPU*, and save.
# 2. Colab now gives you another machine, on which no cell was run yet. So run all cells again from the top.
# 3. Look at the line above: where it named a CPU, it should name the GPU now. The next cell says the same in one word.
#
# Chapters that train a network ask Colab for a GPU by themselves. If Colab has none to lend, go on without it, and train in
# fast mode or come back later.

# %% tags=["nbval-ignore-output"]
from helpers.environment import find_gpu

gpu = find_gpu()
print("Keras computes on", "the GPU " + gpu[0] if gpu else "the processor")

# %% [markdown]
# **Three ways to work.** In *Colab* you need nothing but a browser; what you write is lost with the session unless you save a copy
# in your Drive. In *Jupyter* on your own machine everything stays where it is, and nothing needs the internet after the installation.
# In a *class* your teacher hands out the exercises, and you hand in the notebook with your answers.
#
# ## 3. Six digits
#
# Researchers collected digits that employees and high-school students had written by hand, and made the *data set* (데이터셋) MNIST from them. It ships
# with the course. It has two parts: *training images* to learn from, and *test images* to measure with. Whether something that was found on the
# training images is also true of images not seen before is the question of *generalisation* (일반화), and only the test images can answer it.

# %%
import matplotlib.pyplot as plt
import numpy as np
from scipy.ndimage import label

from helpers import models, plots
from helpers.data import load_mnist

(x_train, y_train), (x_test, y_test) = load_mnist()
print("training images, rows, columns:", x_train.shape)
print("test images, rows, columns:    ", x_test.shape)
plots.images(x_train[:6], columns=6, caption="The first six images of MNIST")

# %% [markdown]
# **Your prediction:** which number do you read?

# %% jupyter={"outputs_hidden": true}
print("".join(str(digit) for digit in y_train[:6]))

# %% [markdown]
# You read it at once, although the 1 leans over, the 4 is open and the 2 has a loop in its foot. Now see what a program gets. In MNIST a pixel is
# the amount of ink, from 0 for paper to 255 for full ink, and our figures draw ink black. In a photograph it is the other way round: 255 is white.
# This is the third image, where each pixel that is darker than half is written as `#`:

# %%
for row in x_train[2][4:26]:
    print(" ".join("#" if pixel > 127 else "." for pixel in row))

# %% [markdown]
# The cell shows rows 4 to 25; the others are empty. A program has to find out from such a table that this is a 4. How would you tell it what a 4 is, and what a 9?
#
# **Write your own rule first.** Take a sheet of paper and complete the sentence "It is a 9 if the pixels ...". The rule may only use
# the numbers in the table.
#
# ## 4. A rule made by hand
#
# Here is one rule that many people think of. A 9 is closed at the top, and a 4 is open there. So if there is enough ink in the
# upper middle of the image, it is a 9. To say what "enough" means, we try many limits on the training images and keep the one that is
# right most often.

# %%
def fours_and_nines(images, labels):
    chosen = np.isin(labels, (4, 9))
    return images[chosen], labels[chosen] == 9


def ink_above(images):
    return images[:, 6:10, 11:17].mean(axis=(1, 2))


train, train_is_nine = fours_and_nines(x_train, y_train)
test, test_is_nine = fours_and_nines(x_test, y_test)
limits = range(0, 200, 10)
right = [np.mean((ink_above(train) > limit) == train_is_nine) for limit in limits]
limit = limits[np.argmax(right)]
print("training images:", len(train), " test images:", len(test), " limit:", limit)

# %% [markdown]
# `images[:, 6:10, 11:17]` cuts a window out of every image, 4 rows high and 6 columns wide. Its
# [`mean`](https://numpy.org/doc/stable/reference/generated/numpy.mean.html) over `axis=(1, 2)`, rows and columns, is the average ink
# in the window, one number for each image. `right` holds for each limit the share of training images that it gets right.
#
# **Your prediction:** of 100 test images, how many does this rule get right? Somebody who only guesses gets about 50 right.

# %% jupyter={"outputs_hidden": true}
def of_100(answers):
    return round(100 * np.mean(answers == test_is_nine))


by_ink = ink_above(test) > limit
print("ink in the upper middle:", of_100(by_ink), "of 100")

# %% [markdown]
# That is far better than guessing<!-- claim: number("ink in the upper middle:") > 60 -->, so the rule says something true. But you can probably do
# better. Look at some of its mistakes:

# %%
wrong = np.flatnonzero(by_ink != test_is_nine)[:12]
names = [f"really {9 if test_is_nine[index] else 4}" for index in wrong]
plots.images(test[wrong], names, columns=12, caption="Taken for the other digit by the rule about ink")

# %% [markdown]
# You can probably read most of them. A 9 may be written with a thin pen, so that there is little ink in our window. A 4 may lean until its
# right arm reaches into the window, and some people close the top of the 4. Each of these cases asks for a rule of its own.
# ## 5. A better idea
#
# What really makes a 9 is its closed loop, wherever it lies. A loop encloses white pixels that cannot be reached from outside.
# [`label`](https://docs.scipy.org/doc/scipy/reference/generated/scipy.ndimage.label.html) of SciPy numbers the white areas: one area if all
# the white is connected, two if a loop cuts a part of it off.

# %%
def has_a_loop(image):
    paper = np.pad(image <= 100, 1, constant_values=True)
    areas, count = label(paper)
    return count > 1


print("loops in 5, 0, 4, 1, 9, 2:", [has_a_loop(image) for image in x_train[:6]])

# %% [markdown]
# In the six digits from above it finds three loops: that of the 0, that of the 9, and the small one in the foot of the 2. `np.pad` puts
# a border of paper around the image, so that the white outside is always one area.
#
# **Your prediction:** this rule says what a 9 *is*. How many of 100 does it get right?

# %% jupyter={"outputs_hidden": true}
by_loop = np.array([has_a_loop(image) for image in test])
print("a closed loop:", of_100(by_loop), "of 100")

wrong = np.flatnonzero(by_loop != test_is_nine)[:12]
names = [f"really {9 if test_is_nine[index] else 4}" for index in wrong]
plots.images(test[wrong], names, columns=12, caption="Taken for the other digit by the rule about loops")

# %% [markdown]
# The idea is good, and yet it does not bring us near 100<!-- claim: number("a closed loop:") < 90 -->. It is not even better than the rule about
# ink<!-- claim: number("a closed loop:") <= number("ink in the upper middle:") -->. Some people leave a small gap in the loop of the 9, and then
# inside and outside are one area. A thick pen fills the loop with ink. And a 4 with a closed top has a loop, too. You could now allow small gaps,
# then look at the angle of the strokes, and so on. This is what computer vision was for decades: each rule is sensible, and none is ever the last.
#
# ## 6. Numbers that come from examples
#
# Instead of writing a rule, we can compute one from the training images. The average of all nines minus the average of all fours says
# of each pixel how much it speaks for a 9.

# %%
difference = train[train_is_nine].mean(axis=0) - train[~train_is_nine].mean(axis=0)
largest = np.abs(difference).max()
row, column = np.unravel_index(difference.argmax(), difference.shape)
print("darkest red: row", row, "column", column)

figure, axis = plt.subplots(figsize=(4.2, 3.2), layout="constrained")
picture = axis.imshow(difference, cmap="RdBu_r", vmin=-largest, vmax=largest)
figure.colorbar(picture, label="average nine minus average four")
axis.set(title="Red speaks for a 9, blue for a 4", xlabel="column", ylabel="row")
plt.show()

# %% [markdown]
# The darkest red lies in the upper half<!-- claim: number("darkest red:") < 14 -->, where the loop of a 9 is closed. That is the idea of section 4,
# but nobody wrote it down. Now multiply each image by these 28 · 28 = 784 numbers, pixel by pixel, and add. If the sum is above the middle of two
# numbers, the average sum of the nines and that of the fours, we say 9.
#
# **Your prediction:** these are 784 numbers that no person thought about. Do they get more digits right than the two rules made by hand, or fewer?

# %% jupyter={"outputs_hidden": true}
def evidence(images):
    return np.sum(images * difference, axis=(1, 2))


middle = (evidence(train[train_is_nine]).mean() + evidence(train[~train_is_nine]).mean()) / 2
by_pixels = evidence(test) > middle
print("learned pixels:", of_100(by_pixels), "of 100")

# %% [markdown]
# A handful of lines beat both rules<!-- claim: number("learned pixels:") > max(number("ink in the upper middle:"), number("a closed loop:")) -->, and
# the same lines would work for a 3 and an 8, for which we would have to think of new rules.
#
# ## 7. A network that learns its features, too
#
# The 784 numbers look at single pixels. A convolutional network looks for small patterns first, then for patterns of patterns, and it
# learns all of them. Chapter 03 trains one on MNIST; here you only use it. It gives ten probabilities, one for each digit, so we ask
# which is larger, the one for 9 or the one for 4. It was trained on pixels from 0 to 1, so we divide the pixels by 255 first. This is a
# *normalisation* (정규화), a common step of *preprocessing* (전처리), which is what is done to images before a network sees them.

# %%
network = models.load("mnist_two_convolutions")


def says_nine(images):
    probabilities = network.predict(images[..., np.newaxis] / 255, batch_size=256, verbose=0)
    return probabilities[:, 9] > probabilities[:, 4]


print("the network has", f"{network.count_params():,}", "learned numbers")

# %% [markdown]
# Do not be surprised at the large number: nearly all of these numbers stand in a dense layer near the end, which chapter 01 explains. The filters have
# fewer than 20,000 of them.
#
# **Your prediction:** how many of 100? And which of the four ways becomes worst if every image moves down by two pixels, so that
# it is still just as easy to read for you?

# %% jupyter={"outputs_hidden": true}
moved = np.roll(test, 2, axis=1)
ways = {
    "rule about ink": (by_ink, ink_above(moved) > limit),
    "rule about loops": (by_loop, np.array([has_a_loop(image) for image in moved])),
    "one number a pixel": (by_pixels, evidence(moved) > middle),
    "convolutional network": (says_nine(test), says_nine(moved)),
}
print("of 100 test images, right   in place   moved")
for name, (in_place, after) in ways.items():
    print(f"{name:27} {of_100(in_place):8} {of_100(after):7}")

# %% [markdown]
# Read the table by rows. The network is nearly always
# right<!-- claim: number("convolutional network") > max(number("rule about ink"), number("rule about loops"), number("one number a pixel")) -->,
# and here it hardly notices that the images moved<!-- claim: number("convolutional network") - number("convolutional network", 1) <= 3 -->. The
# rule about loops does not notice it at all<!-- claim: number("rule about loops") == number("rule about loops", 1) -->, because a loop is a loop
# wherever it lies; a person built that in. The two ways that look at fixed places lose
# most<!-- claim: min(number("rule about ink") - number("rule about ink", 1), number("one number a pixel") - number("one number a pixel", 1)) > 5 + number("convolutional network") - number("convolutional network", 1) -->.
# (The numbers are rounded: 100 of 100 does not mean that the network makes no mistake. Chapter 03 shows those that it makes.)
#
# So to learn from examples is not enough. It also matters *what* is learned, and a convolution learns patterns that may lie anywhere. This was the
# easy case: two digits, moved once. With all ten digits, moving the image costs this network more. Chapter 03 measures it, says which layer is to
# blame, and repairs it.
#
# ## 8. Why convolutional networks win
#
# There are four reasons. You have just seen a network that does the first two; the chapters explain the others.
#
# 1. **They learn end to end.** Features and decision are learned together, each to suit the other. Somebody who makes the
#    two parts one after the other cannot know which features the second part will need.
# 2. **They learn features.** A person thinks of a few features. A network has room for hundreds, and it finds those that matter in
#    *these* images. Chapter 05 shows what they look like.
# 3. **They can be deep.** A filter has few numbers to learn, because it looks at a small window and uses the same numbers at every
#    place. That leaves room for many layers, and each builds on the one before: edges, then corners and textures, then ears and
#    eyes, then animals. Chapter 01 counts the numbers, chapter 07 looks at the layers.
# 4. **They keep the image an image.** What lies side by side in the image lies side by side in the output of a layer, with its
#    rows and columns. A layer that takes the pixels as one long row no longer knows which of them are neighbours.
#    Chapter 03 measures what that costs.
#
# > **Like the brain?** Books often say that these networks see as the brain does. The idea that small windows come first does come
# > from experiments on the eye and the brain of cats, but the likeness is loose. You need few images to know a new animal, and a network often needs thousands.
#
# ## 9. The way through the course
#
# Go through the chapters in order if you are new to the subject. If you know what a convolution is, begin with chapter 03. The minutes are measured on 2
# processor cores and count only the computing, so a chapter takes you longer than that: an hour or more to read, to predict and to
# try.
#
# <!-- map -->
# | | chapter | what you can do afterwards | minutes, fast / full |
# |---|---|---|---|
# | 00 | [Start here](00_start_here.ipynb) | say why convolutional networks win over rules made by hand; know what your machine lacks | 0.1 / 0.4 |
# | 01 | [Convolution by hand](01_convolution_by_hand.ipynb) | compute a convolution on paper; tell a layer's output size, depth and parameters | 0.3 / 0.2 |
# | 02 | [Filters and edges](02_filters_and_edges.ipynb) | know what a kernel does to a photograph; learn one by gradient descent | 0.3 / 0.7 |
# | 03 | [Digits: from a dense network to convolution](03_mnist_dense_to_convnet.ipynb) | train and compare five networks; say, with a measurement, why convolution wins | 0.8 / 10.8 |
# | 04 | [Classify clothes with a convolutional network](04_fashion_mnist_cnn.ipynb) | build, train, judge and shrink a network for images | 0.5 / 7.8 |
# | 05 | [Look inside the Fashion-MNIST network](05_inside_the_fashion_cnn.ipynb) | read kernels and feature maps, and know what they do not tell | 0.2 / 0.2 |
# | 06 | [Cats and dogs: few pictures, overfitting and augmentation](06_cats_and_dogs.ipynb) | train on a folder of photographs; fight overfitting with augmentation and dropout; judge honestly: precision, recall, ROC | 0.9 / 24.0 |
# | 07 | [Inside the cats-and-dogs network](07_inside_the_cats_and_dogs_cnn.ipynb) | show what eight layers make of a picture; tell silent filters from dead ones | 0.6 / 0.6 |
# | 08 | [What convnets look for, and how not to be fooled](08_what_convnets_look_for.ipynb) | draw what a filter wants and which pixels decide; tell an explanation that holds from one that only looks good | 1.3 / 2.6 |
# | 09 | [CIFAR-10, and how to save, load and go on](09_cifar10_and_saving.ipynb) | train on small colour photographs; keep a network, load it elsewhere, go on; know which files not to open | 0.7 / 10.5 |
# | 10 | [Beyond the book](10_beyond_the_book.ipynb) | improve a network, one measured step at a time; train records | 0.4 / 1.8 |
# | 11 | [Transfer learning](11_transfer_learning.ipynb) | use a network trained on a million photographs; freeze and thaw it | 1.1 / 3.2 |
# <!-- end of map -->
#
# *Full mode* trains each network as long as it needs. *Fast mode* trains for a few steps, which is enough to see that all works; you get it if
# you start Jupyter with `FAST=1`. In both modes every trained network of the course is there to be looked at.
#
# ## 10. Your book's line, today's line
#
# Perhaps you read a book beside this course. Keras and PyTorch have changed since many of them were printed, so some lines now stop with an error.
# Look for your line on the left. In all of them `model`, `x` and `y` are a network, its images and its labels.
#
# **Keras**
#
# | your book's line | what happens today | today's line |
# |---|---|---|
# | `from keras.utils import np_utils` | `np_utils` is gone; its functions moved up | `from keras.utils import to_categorical` |
# | `np_utils.to_categorical(y, 10)` | as above | `keras.utils.to_categorical(y, 10)` |
# | `tf.set_random_seed(3)` | a name from TensorFlow 1 | `keras.utils.set_random_seed(3)` |
# | `from keras.layers.core import Dense` | all layers are in one place | `from keras.layers import Dense` |
# | `from keras.layers.convolutional import Conv2D` | as above | `from keras.layers import Conv2D` |
# | `keras.layers.Convolution2D(32, 3, 3, border_mode="same")` | the arguments have other names | `keras.layers.Conv2D(32, (3, 3), padding="same")` |
# | `keras.optimizers.adam_v2.Adam(learning_rate=0.001)` | the module was never meant for users, and is gone | `keras.optimizers.Adam(learning_rate=0.001)` |
# | `keras.optimizers.Adam(lr=0.001)` | `lr` is not known | `keras.optimizers.Adam(learning_rate=0.001)` |
# | `keras.callbacks.ModelCheckpoint("best.hdf5")` | a whole model goes to a file that ends in `.keras` | `keras.callbacks.ModelCheckpoint("best.keras")` |
# | `model.fit(x, y, nb_epoch=1)` | `nb_epoch` is not known | `model.fit(x, y, epochs=1)` |
# | `model.fit_generator(batches, steps_per_epoch=2)` | `fit` takes generators, too | `model.fit(batches, steps_per_epoch=2)` |
# | `model.evaluate_generator(batches, steps=2)` | `evaluate` takes generators, too | `model.evaluate(batches, steps=2)` |
# | `model.predict_classes(x)` | gone, because it only fitted some models | `np.argmax(model.predict(x), axis=1)` |
# | `history.history["acc"]` | the curve is called what `metrics` calls it | `history.history["accuracy"]` |
# | `from keras.preprocessing.image import ImageDataGenerator` | folders and augmentation are two things now, see chapter 06 | `keras.utils.image_dataset_from_directory("folder")` |
# | `keras.preprocessing.image.ImageDataGenerator(rotation_range=40)` | as above; 40 degrees are 40/360 of a turn | `keras.layers.RandomRotation(40 / 360)` |
# | `model.save("network")` | a folder is no longer a format | `model.save("network.keras")` |
# | `model.save_weights("w.h5")` | the name must say that these are weights | `model.save_weights("w.weights.h5")` |
# | `model.layers[0].output_shape` | a layer's output knows its shape | `model.layers[0].output.shape` |
# | `from keras.utils.vis_utils import plot_model` | moved up | `from keras.utils import plot_model` |
# | `keras.backend.function([model.input], [model.layers[0].output])` | gone; a second model does it, see chapter 05 | `keras.Model(model.inputs, model.layers[0].output)` |
#
# A line of `tensorflow.keras` may still run where the same line of `keras` does not, because TensorFlow keeps some old names. A file that ends
# in `.h5` can still be written and read; new ones should end in `.keras`, which chapter 09 explains.
#
# **PyTorch**
#
# | your book's line | what happens today | today's line |
# |---|---|---|
# | `loss.data[0]` | a loss has no axis to take number 0 of | `loss.item()` |
# | `model.cuda()` | stops where there is no GPU | `model.to("cuda" if torch.cuda.is_available() else "cpu")` |
# | `iter(loader).next()` | `next` is a function | `next(iter(loader))` |
# | `torch.load("model.pth")` | of a whole model: stops, because such a file can hold a program | `model.load_state_dict(torch.load("weights.pth", weights_only=True))` |
# | `model(x).numpy()` | its gradients hang on it | `model(x).detach().numpy()` |
#
# `Variable(x)` still runs, but does nothing: a tensor is enough. Instead of `volatile=True`, which has no effect any more, write
# `with torch.no_grad():` around the lines.
#
# ## 11. The words of the course, in English and Korean
#
# Books use different words for the same thing. The table names first the word of this course, then the others, and the chapter
# that teaches it. Your browser finds a word with Ctrl+F (on a Mac: ⌘F).
#
# <!-- glossary -->
# | English | 한국어 | in other books | what it means | chapter |
# |---|---|---|---|---|
# | 1x1 convolution | 점별 합성곱 | 포인트와이즈 합성곱 | a convolution whose kernel is one pixel: each new map is a weighted sum of the old ones | [11](11_transfer_learning.ipynb) |
# | ablation study | 절제 연구 |  | measuring what each part of a method is worth, by leaving one out or adding one at a time | [10](10_beyond_the_book.ipynb) |
# | accuracy | 정확도 | 정확률 | the share of answers that are right | [03](03_mnist_dense_to_convnet.ipynb) |
# | activation | 활성화 값 | 활성값 | a number that a layer puts out | [05](05_inside_the_fashion_cnn.ipynb) |
# | activation function | 활성화 함수 | 활성 함수 | a function applied to each number that a layer puts out, for instance ReLU | [02](02_filters_and_edges.ipynb) |
# | activation maximisation | 활성화 최대화 |  | changing an input until a filter answers as strongly as it can | [08](08_what_convnets_look_for.ipynb) |
# | activation model | 특성 맵을 출력하는 모델 |  | a second model that puts out what the layers of a network compute | [05](05_inside_the_fashion_cnn.ipynb) |
# | affine | 아핀 변환 |  | said of a change of an image that keeps straight lines straight: turn, shift, shear, zoom, flip | [06](06_cats_and_dogs.ipynb) |
# | architecture | 구조 | 아키텍처 | which layers a network has, and in which order | [09](09_cifar10_and_saving.ipynb) |
# | area below the curve | 곡선 아래 면적 | AUC | of the ROC curve: how often a dog gets a higher number than a cat | [06](06_cats_and_dogs.ipynb) |
# | augmentation | 데이터 증강 | 데이터 증식, 데이터 부풀리기 | training on images that are changed a little each time | [06](06_cats_and_dogs.ipynb) |
# | automatic differentiation | 자동 미분 |  | what computes the gradients of any network for you | [02](02_filters_and_edges.ipynb) |
# | average pooling | 평균 풀링 | 평균값 풀링 | pooling that keeps the mean of each window | [01](01_convolution_by_hand.ipynb) |
# | backpropagation | 역전파 | 오차 역전파, 오류 역전파 | computing the gradients layer by layer, from the loss back to the input | [02](02_filters_and_edges.ipynb) |
# | baseline | 기준 모델 |  | a simple network that others are compared with | [04](04_fashion_mnist_cnn.ipynb) |
# | batch | 배치 | 배치 크기, 미니배치 | the images that are computed together in one step; the batch size is their number | [01](01_convolution_by_hand.ipynb) |
# | batch normalisation | 배치 정규화 |  | a layer that keeps the numbers of each channel in a common range | [06](06_cats_and_dogs.ipynb) |
# | bias | 편향 | 절편, 바이어스 | the number that a filter or a unit adds to its sum | [01](01_convolution_by_hand.ipynb) |
# | bias correction | 편향 보정 |  | what keeps Adam's means from beginning too small | [09](09_cifar10_and_saving.ipynb) |
# | binary crossentropy | 이진 교차 엔트로피 | 이항 교차 엔트로피 | the loss for two classes and one output | [06](06_cats_and_dogs.ipynb) |
# | block | 블록 | 빌딩 블록 | convolution, ReLU and pooling in this order | [01](01_convolution_by_hand.ipynb) |
# | blur | 블러 | 흐림, 블러링 | making each pixel the mean of those around it | [02](02_filters_and_edges.ipynb) |
# | brightness | 밝기 | 명도 | how light a pixel is | [02](02_filters_and_edges.ipynb) |
# | calibrated | 보정된 |  | said of probabilities that come true as often as they promise | [06](06_cats_and_dogs.ipynb) |
# | callback | 콜백 |  | what Keras calls after each epoch, for instance to save or to stop | [03](03_mnist_dense_to_convnet.ipynb) |
# | captions | 영상 주석 달기 | 이미지 캡션 | sentences that a program writes about photographs | [00](00_start_here.ipynb) |
# | catastrophic forgetting | 파국적 망각 |  | when new training destroys what a network had learned before | [11](11_transfer_learning.ipynb) |
# | centre of mass | 무게 중심 |  | the average place of the ink | [03](03_mnist_dense_to_convnet.ipynb) |
# | channel | 채널 |  | one of the tables that are stacked in an image or in the output of a layer | [01](01_convolution_by_hand.ipynb) |
# | checkpoint | 체크포인트 |  | a trained network in a file | [03](03_mnist_dense_to_convnet.ipynb) |
# | checksum | 체크섬 |  | a short text computed from all bytes; equal data have equal ones | [06](06_cats_and_dogs.ipynb) |
# | class | 클래스 | 부류, 범주 | one of the kinds between which a network decides | [04](04_fashion_mnist_cnn.ipynb) |
# | classification | 분류 |  | telling to which class an image belongs | [00](00_start_here.ipynb) |
# | clipping | 클리핑 |  | setting what is below 0 to 0 and what is above the largest value to that value | [02](02_filters_and_edges.ipynb) |
# | colour image | 컬러 이미지 | 컬러 | an image with three channels: red, green, blue | [01](01_convolution_by_hand.ipynb) |
# | completeness | 완전성 |  | that the parts of an explanation add up to the score | [08](08_what_convnets_look_for.ipynb) |
# | computer vision | 컴퓨터 비전 | 컴퓨터 시각 | the art of making programs that see | [00](00_start_here.ipynb) |
# | confusion matrix | 혼동 행렬 | 오차 행렬 | a table of how often each class was taken for each other | [03](03_mnist_dense_to_convnet.ipynb) |
# | contrast | 대비 |  | how far the light and the dark parts of an image lie apart | [06](06_cats_and_dogs.ipynb) |
# | control | 대조군 |  | a comparison in which all is the same but the one thing that is tested | [03](03_mnist_dense_to_convnet.ipynb) |
# | convolution | 합성곱 | 컨볼루션, 콘볼루션 | sliding a kernel over an input; at each place the products are added | [01](01_convolution_by_hand.ipynb) |
# | convolution layer | 합성곱 층 | 컨볼루션층, 합성곱층 | a layer whose filters slide over its input | [04](04_fashion_mnist_cnn.ipynb) |
# | convolutional neural network | 합성곱 신경망 | 컨볼루션 신경망, 컨브넷, CNN | a network with convolution layers; in short CNN or convnet | [00](00_start_here.ipynb) |
# | copied edges | 복사 덧대기 |  | padding that repeats the pixels at the edge | [01](01_convolution_by_hand.ipynb) |
# | correlation | 상관계수 |  | a number from −1 to 1 that says how alike two things vary | [07](07_inside_the_cats_and_dogs_cnn.ipynb) |
# | cross-correlation | 교차 상관 |  | the exact name of what deep learning calls convolution | [01](01_convolution_by_hand.ipynb) |
# | crossentropy | 교차 엔트로피 | 크로스 엔트로피 | the loss for classes: minus the logarithm of the probability of the right one | [03](03_mnist_dense_to_convnet.ipynb) |
# | data parallelism | 데이터 병렬화 |  | several devices compute parts of each batch with copies of one network | [10](10_beyond_the_book.ipynb) |
# | data set | 데이터셋 | 데이터 집합 | the examples that a network learns from or is tested on | [00](00_start_here.ipynb) |
# | DataLoader | 데이터 로더 |  | what hands out batches in PyTorch | [pytorch/03](pytorch/03_digits_in_pytorch.ipynb) |
# | dead | 죽은 뉴런 | 죽은 렐루 | said of a filter that answers 0 to everything | [05](05_inside_the_fashion_cnn.ipynb) |
# | degradation | 성능 저하 |  | a deeper network has a larger error, even on the images it is trained with | [10](10_beyond_the_book.ipynb) |
# | dense layer | 밀집층 | 완전 연결층, 완전 연결 층, 전결합층 | a layer in which each unit has a weight for every input | [01](01_convolution_by_hand.ipynb) |
# | depth | 깊이 |  | the number of channels | [01](01_convolution_by_hand.ipynb) |
# | depthwise convolution | 깊이별 합성곱 | 깊이별 컨볼루션 | a convolution with one kernel for each map, which adds nothing up across maps | [11](11_transfer_learning.ipynb) |
# | device | 장치 |  | where PyTorch computes: the processor or a GPU | [pytorch/03](pytorch/03_digits_in_pytorch.ipynb) |
# | distribution shift | 분포 이동 |  | when new images are of another kind than those of the training | [06](06_cats_and_dogs.ipynb) |
# | doubles | 중복 사진 |  | the same picture among training and validation | [06](06_cats_and_dogs.ipynb) |
# | driving | 자율주행 |  | here: a car that finds its way by its cameras | [00](00_start_here.ipynb) |
# | dropout | 드롭아웃 |  | setting a random part of the values to 0 while training | [03](03_mnist_dense_to_convnet.ipynb) |
# | early stopping | 조기 종료 | 조기 중단 | ending the training when the validation loss no longer falls | [03](03_mnist_dense_to_convnet.ipynb) |
# | edge | 에지 | 경계, 엣지, 윤곽선 | a place where the brightness changes fast | [02](02_filters_and_edges.ipynb) |
# | end-to-end learning | 통째 학습 | 종단간 학습 | learning all steps together, from the pixels to the answer | [00](00_start_here.ipynb) |
# | epoch | 에포크 | 세대 | once through the whole training set | [02](02_filters_and_edges.ipynb) |
# | false alarms | 오경보율 | 위양성률 | the share of the cats that are called dogs | [06](06_cats_and_dogs.ipynb) |
# | feature | 특성 | 특징 | what in an image helps to decide, for instance an edge or an ear | [00](00_start_here.ipynb) |
# | feature learning | 특성 학습 | 특징 학습, 표현 학습 | finding the features from examples | [00](00_start_here.ipynb) |
# | feature map | 특성 맵 | 특징 맵, 응답 맵, 활성화 맵 | the output of one filter: how strongly each place answers | [01](01_convolution_by_hand.ipynb) |
# | feature map visualisation | 특성 맵 시각화 | 특징 맵 시각화 | drawing feature maps as images | [05](05_inside_the_fashion_cnn.ipynb) |
# | filter | 필터 |  | a kernel, as deep as the input, with its bias; it makes one feature map | [01](01_convolution_by_hand.ipynb) |
# | filtering | 필터링 |  | sliding one kernel over a photograph | [02](02_filters_and_edges.ipynb) |
# | finding lesions | 병변 찾기 | 병변 부위 찾기 | marking what may be ill in a medical image | [00](00_start_here.ipynb) |
# | fine-tuning | 미세 조정 | 파인튜닝 | training a pretrained network further, with a small rate | [11](11_transfer_learning.ipynb) |
# | fingerprint | 지문 |  | a picture made so small that copies of it look alike | [06](06_cats_and_dogs.ipynb) |
# | flatten | 펼치기 | 평탄화, 플래튼 | to write all numbers in one row | [03](03_mnist_dense_to_convnet.ipynb) |
# | forward | 순전파 |  | the way from the input to the answer | [pytorch/03](pytorch/03_digits_in_pytorch.ipynb) |
# | freeze | 동결 |  | to keep the weights of a layer as they are while others are trained | [11](11_transfer_learning.ipynb) |
# | functional API | 함수형 API |  | building a Keras model by calling layers on outputs of layers | [05](05_inside_the_fashion_cnn.ipynb) |
# | generalisation | 일반화 |  | being right on images that were not in the training | [00](00_start_here.ipynb) |
# | global average pooling | 전역 평균 풀링 |  | the mean of each map in place of the map | [04](04_fashion_mnist_cnn.ipynb) |
# | global patterns | 전역 패턴 |  | patterns of the whole input, which a dense layer learns | [01](01_convolution_by_hand.ipynb) |
# | Glorot uniform | 글로럿 균등 초기화 | 세이비어 초기화 | the random numbers with which Keras layers begin | [05](05_inside_the_fashion_cnn.ipynb) |
# | GPU | 그래픽 처리 장치 |  | a processor that computes many numbers at once | [00](00_start_here.ipynb) |
# | gradient | 기울기 | 그레이디언트, 경사 | how fast the loss changes with each weight | [02](02_filters_and_edges.ipynb) |
# | gradient descent | 경사 하강법 | 기울기 하강법 | going a small step against the gradient, again and again | [02](02_filters_and_edges.ipynb) |
# | grey | 회색조 이미지 | 흑백, 흑백 이미지, 그레이스케일 | said of an image with one channel | [01](01_convolution_by_hand.ipynb) |
# | hand-made feature | 수작업 특성 | 수작업 특징 | a feature that a person thought of and wrote down | [00](00_start_here.ipynb) |
# | head | 헤드 | 분류기 | what stands behind the base of a network and answers the question | [11](11_transfer_learning.ipynb) |
# | heat map | 히트맵 | 열지도 | colours over an image that show where an answer comes from | [08](08_what_convnets_look_for.ipynb) |
# | height | 높이 | 세로 | the number of rows | [04](04_fashion_mnist_cnn.ipynb) |
# | hidden layer | 은닉층 |  | a dense layer between input and output | [03](03_mnist_dense_to_convnet.ipynb) |
# | hierarchy of features | 특징의 계층 | 계층적 특징 | edges, then parts, then things, from layer to layer | [01](01_convolution_by_hand.ipynb) |
# | histogram | 히스토그램 |  | bars that show how often each value occurs | [05](05_inside_the_fashion_cnn.ipynb) |
# | hook | 훅 |  | a function that PyTorch calls whenever a layer has computed | [pytorch/05](pytorch/05_inside_in_pytorch.ipynb) |
# | ImageNet | 이미지넷 |  | 1.28 million labelled photographs of a thousand classes | [11](11_transfer_learning.ipynb) |
# | integrated gradients | 적분 기울기 | 통합 그레이디언트 | gradients added up on the way from an empty image to this one | [08](08_what_convnets_look_for.ipynb) |
# | kernel | 커널 | 마스크 | the weights of one window; several books say filter | [01](01_convolution_by_hand.ipynb) |
# | label | 레이블 | 라벨, 이름표 | the right answer that comes with an image | [03](03_mnist_dense_to_convnet.ipynb) |
# | label smoothing | 레이블 스무딩 |  | asking for a little less than certainty in the true class | [10](10_beyond_the_book.ipynb) |
# | Lambda | 람다 |  | a layer that holds a function of your own | [09](09_cifar10_and_saving.ipynb) |
# | layer | 층 | 레이어, 계층 | one stage of a network | [01](01_convolution_by_hand.ipynb) |
# | learning rate | 학습률 | 학습 속도 | how long the steps of gradient descent are | [02](02_filters_and_edges.ipynb) |
# | local patterns | 지역 패턴 |  | patterns of the size of a window, which a convolution learns | [01](01_convolution_by_hand.ipynb) |
# | logistic regression | 로지스틱 회귀 |  | one weight for each number, a sum and a sigmoid | [11](11_transfer_learning.ipynb) |
# | logits | 로짓 |  | the scores before softmax or sigmoid | [08](08_what_convnets_look_for.ipynb) |
# | lookahead | 룩어헤드 |  | going back to a moving average of the weights every few updates | [10](10_beyond_the_book.ipynb) |
# | loss | 손실 | 오차, 비용 | the number that training makes small | [02](02_filters_and_edges.ipynb) |
# | max pooling | 최대 풀링 | 맥스 풀링, 최댓값 풀링 | pooling that keeps the largest number of each window | [01](01_convolution_by_hand.ipynb) |
# | mean | 평균 |  | the sum divided by the number of values | [05](05_inside_the_fashion_cnn.ipynb) |
# | mean of the squared errors | 평균 제곱 오차 | MSE | a loss for numbers: the mean of the squares of the differences | [02](02_filters_and_edges.ipynb) |
# | metric | 측정 지표 | 평가 지표 | what is watched during training, besides the loss | [04](04_fashion_mnist_cnn.ipynb) |
# | momentum | 모멘텀 | 관성 | a step that keeps some of the speed of the step before | [02](02_filters_and_edges.ipynb) |
# | moving average | 이동 평균 |  | a mean in which new values count more than old ones | [10](10_beyond_the_book.ipynb) |
# | multilayer perceptron | 다층 퍼셉트론 | MLP | a network of dense layers only | [03](03_mnist_dense_to_convnet.ipynb) |
# | neural network | 신경망 | 인공 신경망 | layers of sums with weights, one after the other, whose weights are learned | [01](01_convolution_by_hand.ipynb) |
# | noise | 잡음 | 노이즈 | random numbers on top of the pixels | [02](02_filters_and_edges.ipynb) |
# | noise removal | 잡음 제거 | 노이즈 제거 | taking some of the noise away, for instance by a blur | [02](02_filters_and_edges.ipynb) |
# | normalisation | 정규화 | 스케일링 | bringing pixels to a common range, here from 0 to 1 | [00](00_start_here.ipynb) |
# | occlusion | 가림 |  | covering a part of an image and looking how far the score falls | [08](08_what_convnets_look_for.ipynb) |
# | one cycle | 원 사이클 |  | a learning rate that rises once and falls once | [10](10_beyond_the_book.ipynb) |
# | one-hot | 원-핫 인코딩 | 원핫 인코딩 | a label as a row of zeros with a single 1 | [03](03_mnist_dense_to_convnet.ipynb) |
# | optimizer | 옵티마이저 | 최적화 함수 | the rule that turns gradients into steps, for instance Adam | [03](03_mnist_dense_to_convnet.ipynb) |
# | output layer | 출력층 |  | the last layer, which gives the answer | [03](03_mnist_dense_to_convnet.ipynb) |
# | overfitting | 과대적합 | 과적합 | memorising the training set, and so doing worse on new images | [03](03_mnist_dense_to_convnet.ipynb) |
# | padding | 패딩 | 덧대기, 붙이기, 제로 패딩 | rows and columns put around an image, mostly zeros | [01](01_convolution_by_hand.ipynb) |
# | parameter | 매개변수 | 파라미터, 모수 | a number that is learned: a weight or a bias | [01](01_convolution_by_hand.ipynb) |
# | partial connectivity | 부분 연결성 | 국소 연결, 지역 연결 | each output depends on the few inputs in its window | [01](01_convolution_by_hand.ipynb) |
# | patience | 인내심 |  | how many epochs without progress early stopping waits | [03](03_mnist_dense_to_convnet.ipynb) |
# | PCA | 주성분 분석 |  | turning many numbers into the few directions in which they vary most | [08](08_what_convnets_look_for.ipynb) |
# | pickle | 피클 |  | a file of Python objects, which may run a program when it is opened | [09](09_cifar10_and_saving.ipynb) |
# | pipeline | 파이프라인 |  | the steps from the files to the batches | [06](06_cats_and_dogs.ipynb) |
# | pixel | 픽셀 | 화소 | one point of an image, as one number or three | [00](00_start_here.ipynb) |
# | placeholder | 자리 표시자 | 플레이스홀더 | a symbol for data that come later; keras.Input makes one | [05](05_inside_the_fashion_cnn.ipynb) |
# | pooling | 풀링 | 모으기, 서브 샘플링, 다운샘플링 | making a map smaller by keeping one number of each window | [01](01_convolution_by_hand.ipynb) |
# | precision | 정밀도 |  | of what is called a dog, the share of dogs | [06](06_cats_and_dogs.ipynb) |
# | preprocessing | 전처리 |  | what is done to images before a network sees them | [00](00_start_here.ipynb) |
# | pretrained | 사전 훈련된 | 사전 학습된 | said of a network that comes with weights from another training | [11](11_transfer_learning.ipynb) |
# | random erasing | 무작위 지우기 |  | filling a random rectangle of a training image with noise | [10](10_beyond_the_book.ipynb) |
# | rank correlation | 순위 상관계수 |  | correlation of the places in an order, not of the values | [08](08_what_convnets_look_for.ipynb) |
# | recall | 재현율 | 민감도 | of all dogs, the share that is found | [06](06_cats_and_dogs.ipynb) |
# | receptive field | 수용장 | 수용 영역 | all pixels on which a number depends; some books mean only the window of one layer | [01](01_convolution_by_hand.ipynb) |
# | ReLU | 렐루 |  | the activation function that sets what is negative to 0 | [01](01_convolution_by_hand.ipynb) |
# | residual | 잔차 |  | here: a way around some layers, whose input is added to their output | [06](06_cats_and_dogs.ipynb) |
# | residual block | 잔차 블록 |  | layers whose input is added to their output | [10](10_beyond_the_book.ipynb) |
# | ROC curve | 수신자 조작 특성 곡선 |  | dogs found against false alarms, for all thresholds | [06](06_cats_and_dogs.ipynb) |
# | saliency map | 현저성 지도 | 돌출 맵 | how fast the score changes with each pixel | [08](08_what_convnets_look_for.ipynb) |
# | same | 세임 패딩 |  | padding that keeps the size | [01](01_convolution_by_hand.ipynb) |
# | saturate | 포화 |  | to change no more, however much the input changes | [08](08_what_convnets_look_for.ipynb) |
# | schedule | 스케줄 |  | a plan for the learning rate | [03](03_mnist_dense_to_convnet.ipynb) |
# | scores | 점수 |  | numbers of any size, one a class, before softmax or sigmoid | [03](03_mnist_dense_to_convnet.ipynb) |
# | seed | 시드 | 난수 시드 | the number from which random numbers begin | [03](03_mnist_dense_to_convnet.ipynb) |
# | shape | 형상 | 모양 | how long an array is along each axis | [04](04_fashion_mnist_cnn.ipynb) |
# | sharpening | 샤프닝 | 선명화 | making edges stand out | [02](02_filters_and_edges.ipynb) |
# | shortcut | 지름길 |  | an easy way to a small loss that has little to do with the task | [08](08_what_convnets_look_for.ipynb) |
# | sigmoid | 시그모이드 |  | the function that turns a score into a probability | [06](06_cats_and_dogs.ipynb) |
# | skip connection | 스킵 연결 | 건너뛰기 연결 | a way past some layers, on which nothing is changed | [10](10_beyond_the_book.ipynb) |
# | Sobel kernels | 소벨 필터 | 소벨 마스크 | two kernels that find edges | [02](02_filters_and_edges.ipynb) |
# | softmax | 소프트맥스 |  | the function that turns scores into probabilities that add up to 1 | [03](03_mnist_dense_to_convnet.ipynb) |
# | spread | 산포 |  | how far the results of several seeds lie apart | [10](10_beyond_the_book.ipynb) |
# | stage | 단계 |  | the layers between two poolings | [10](10_beyond_the_book.ipynb) |
# | standard deviation | 표준편차 |  | how far values spread around their mean | [05](05_inside_the_fashion_cnn.ipynb) |
# | standardise | 표준화 | 정규화 | to subtract the mean and divide by the standard deviation | [02](02_filters_and_edges.ipynb) |
# | state_dict | 상태 사전 |  | the parameters of a PyTorch model by name | [pytorch/03](pytorch/03_digits_in_pytorch.ipynb) |
# | stem | 줄기 |  | the first layers of a network, in front of its blocks | [11](11_transfer_learning.ipynb) |
# | stochastic gradient descent | 확률적 경사 하강법 |  | gradient descent on one batch at a time | [02](02_filters_and_edges.ipynb) |
# | stride | 스트라이드 | 보폭, 걸음 | the number of pixels by which the window moves | [01](01_convolution_by_hand.ipynb) |
# | style transfer | 스타일 전이 | 화풍 변환 | drawing one picture in the manner of another | [00](00_start_here.ipynb) |
# | tensor | 텐서 |  | an array, in the words of PyTorch and TensorFlow | [pytorch/03](pytorch/03_digits_in_pytorch.ipynb) |
# | TensorDataset | 텐서 데이터셋 |  | images and labels that PyTorch keeps together | [pytorch/04](pytorch/04_clothes_in_pytorch.ipynb) |
# | test set | 테스트 세트 | 테스트셋, 시험 집합 | images that are used once, at the end | [03](03_mnist_dense_to_convnet.ipynb) |
# | test-time augmentation | 테스트 시점 증강 |  | the mean of a network's answers to an image and to changed copies of it | [10](10_beyond_the_book.ipynb) |
# | thaw | 동결 해제 |  | to let frozen weights be trained again | [11](11_transfer_learning.ipynb) |
# | threshold | 임계값 | 문턱값 | the probability from which the answer is dog | [06](06_cats_and_dogs.ipynb) |
# | training set | 훈련 세트 | 학습셋, 학습 데이터 | images that a network learns from | [04](04_fashion_mnist_cnn.ipynb) |
# | transfer learning | 전이 학습 |  | using a network that was trained on other images | [06](06_cats_and_dogs.ipynb) |
# | translation equivariance | 평행이동 등변성 |  | what moves in the input moves in the output | [01](01_convolution_by_hand.ipynb) |
# | translation invariance | 평행이동 불변성 | 불변성, 불변 | what moves in the input changes nothing in the output | [01](01_convolution_by_hand.ipynb) |
# | unit | 뉴런 | 유닛, 노드 | one sum of a dense layer; also called a neuron | [01](01_convolution_by_hand.ipynb) |
# | update | 갱신 | 업데이트 | changing the weights by one step | [02](02_filters_and_edges.ipynb) |
# | valid | 밸리드 패딩 |  | no padding: only windows that lie wholly in the image | [01](01_convolution_by_hand.ipynb) |
# | validation set | 검증 세트 | 검증셋 | images that are not trained on, for choosing between networks | [03](03_mnist_dense_to_convnet.ipynb) |
# | vanishing gradient | 기울기 소실 |  | a gradient that becomes smaller and smaller on its way back through the layers | [10](10_beyond_the_book.ipynb) |
# | variance | 분산 |  | the square of the standard deviation | [10](10_beyond_the_book.ipynb) |
# | watermark | 워터마크 |  | a mark on a photograph that says whose it is | [08](08_what_convnets_look_for.ipynb) |
# | weight | 가중치 | 웨이트 | the number by which an input is multiplied | [01](01_convolution_by_hand.ipynb) |
# | weight decay | 가중치 감쇠 |  | making all weights a little smaller at each update | [03](03_mnist_dense_to_convnet.ipynb) |
# | weight sharing | 가중치 공유 |  | the same kernel at every place | [01](01_convolution_by_hand.ipynb) |
# | whitening | 백색화 |  | making numbers uncorrelated and equally large | [10](10_beyond_the_book.ipynb) |
# | whole model | 전체 모델 |  | architecture and weights in one file | [09](09_cifar10_and_saving.ipynb) |
# | width | 너비 | 가로, 폭 | the number of columns | [04](04_fashion_mnist_cnn.ipynb) |
# | window | 윈도우 | 패치 | the inputs that lie under the kernel | [01](01_convolution_by_hand.ipynb) |
# <!-- end of glossary -->
#
# ## What can go wrong
#
# - **`NameError: name 'x_train' is not defined`.** A cell above was not run since the kernel started. Run all cells from the top.
# - **Nothing happens for minutes.** The first cell that loads TensorFlow is slow. If the star beside a cell stays for long,
#   choose *Interrupt* in the menu, then run all cells again.
# - **`ModuleNotFoundError: No module named 'helpers'`.** The set-up cell was not run, or the notebook lies outside the course.
# - **You installed a package, and it is still not found.** It went to another Python. Install it from a cell, with
#   `%pip install`, and restart the kernel.
# - **Your numbers differ from those in the text.** In this chapter they should not, because nothing is trained. In chapters that train,
#   another machine gives a slightly different network, so its scores differ a little, too.

# %% tags=["reached"]
print(f"rules read {of_100(by_ink)} and {of_100(by_loop)} of 100, the network {of_100(says_nine(test))}")

# %% [markdown]
# ## What you learned
#
# 1. To a program an image is a table of numbers. Computer vision finds out what is on it.
# 2. Rules made by hand describe what their author thought of. Every writer of digits finds a case that was not thought of.
# 3. A convolutional network learns its features and its decision from examples, end to end.
# 4. It wins for four reasons: it learns end to end, it learns features, it can be deep, and it keeps neighbours together.
# 5. You know what your machine lacks, how to switch on a GPU, and where to look up a word or an old line.
#
# **The functions you met**
#
# | function | what it does |
# |---|---|
# | [`np.isin`](https://numpy.org/doc/stable/reference/generated/numpy.isin.html) | tells which values are among some |
# | [`np.mean`](https://numpy.org/doc/stable/reference/generated/numpy.mean.html) | the average, over some axes |
# | [`np.pad`](https://numpy.org/doc/stable/reference/generated/numpy.pad.html) | puts rows and columns around an array |
# | [`np.roll`](https://numpy.org/doc/stable/reference/generated/numpy.roll.html) | moves all rows or columns on; what falls out comes in on the other side |
# | [`scipy.ndimage.label`](https://docs.scipy.org/doc/scipy/reference/generated/scipy.ndimage.label.html) | numbers connected areas |
# | [`model.predict`](https://keras.io/api/models/model_training_apis/#predict-method) | what a network says of images |
#
# **Explain in three sentences** why your own rule from section 3 would fail for some writers. Then change one thing: put it into a
# function, as in section 4, predict how many of 100 it reads, and measure it.
#
# **Next:** [01 · Convolution by hand](01_convolution_by_hand.ipynb) computes a convolution, number by number.
