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
# # Exercises 03 · Digits: from a dense network to convolution
#
# After these exercises you know that you can do what [chapter 03](../03_mnist_dense_to_convnet.ipynb) shows: prepare pictures
# and labels, build a network to a plan or to a budget, and tell when training should have stopped.
#
# - **Time**: about an hour and a half. You train one small network; that takes seconds, without a GPU, too.
# - **How to work**: write your answer where the three dots are, or below `# Your code here`. Run the cell, then the one
#   with `check`: it says *right*, *not right yet* (and what may have gone wrong) or *not tried yet*. Try as often as you
#   like.
# - **Stuck?** Open a new cell: `check.ex1.hint()`. The first call gives a nudge, the second asks for a value on the way,
#   the third gives a method. If nothing else helps: `check.ex1.solution()`.

# %% tags=["setup"]
import pathlib, subprocess, sys
REPOSITORY, VERSION = "", "v0.1.0"
places = (pathlib.Path.cwd(), *pathlib.Path.cwd().parents, pathlib.Path.cwd() / "course")
if REPOSITORY and not any((place / "helpers/environment.py").exists() for place in places):
    print("Fetching the course (helpers, exercises, data, models),", VERSION, "of", REPOSITORY)
    subprocess.run(["git", "-c", "advice.detachedHead=false", "clone", "--quiet", "--depth=1", "--branch", VERSION, REPOSITORY, "course"], check=True)
sys.path[:0] = [str(place) for place in places if (place / "helpers/environment.py").exists()] or sys.exit("The folder helpers/ is not here. Upload the course's folders helpers, exercises, data and models beside this notebook (in Colab: folder symbol on the left), then run this cell again.")
import helpers; helpers.expect(VERSION)

# %% tags=["nbval-ignore-output"]
from helpers.environment import setup

environment = setup(seed=42)

# %%
import keras
import numpy as np
from keras.layers import Conv2D, Dense, Flatten, MaxPooling2D

from exercises import chapter_03 as check
from exercises.exercise import progress
from exercises.quiz import quiz
from helpers.data import load_mnist

# %% [markdown]
# ## Warm-up: four questions
#
# No points, and no harm in a wrong click: every choice explains itself. Decide before you click.

# %% [markdown] tags=["quiz"]
# 1. Labels are one-hot rows with ten places, the network ends with softmax over ten outputs. Which loss fits?
#    - [x] categorical_crossentropy
#      > It takes a row for each picture. The sparse one would give the same numbers, from labels that are whole numbers.
#    - [ ] sparse_categorical_crossentropy
#      > "Sparse" stands for labels as single numbers, such as 5. Rows of ten do not fit its shape.
#    - [ ] Either of them: Keras finds out what the labels are.
#      > Keras does what the name says. The wrong pair gives an error about shapes, or, with a single output, a network that learns nothing.
#    - [ ] The accuracy, because that is what counts in the end.
#      > Accuracy moves in jumps, picture by picture, so it has no gradient to follow. It is watched, not used as a loss.
# 2. Two dense layers stand one after the other, with no activation function between them. What can they compute?
#    - [ ] Twice as much as one, because they have twice as many weights.
#      > More weights, but not more functions: x @ W1 @ W2 is x @ (W1 @ W2), so a single layer gives the same outputs.
#    - [x] No more than a single dense layer can.
#      > The product of both weight matrices is the matrix of one layer. ReLU between them changes that, because no matrix can bend a line.
#    - [ ] Nothing, because Keras refuses layers without an activation.
#      > It accepts them, and they are sometimes wanted, for instance as the last layer of a network that estimates a price.
#    - [ ] Everything that a network with ReLU can, only more slowly.
#      > A sum of straight lines stays straight, however long you train. Going down and up again needs a bend.
# 3. A notebook passes the test set to fit as validation_data and reports the accuracy of its best epoch. What is wrong?
#    - [ ] The network is trained on the test set, so that it memorises the pictures.
#      > No weight is changed by validation pictures. The mistake lies in choosing, not in training.
#    - [ ] Nothing: fit does not learn from validation_data.
#      > That is true, but the person learns from it: they picked the epoch that happened to be best on just these pictures.
#    - [x] The number is too good: the epoch was chosen because it did well on just these pictures.
#      > Whatever a set helps to choose, it cannot judge fairly any more. Cut a validation set out of the training pictures for choosing.
#    - [ ] The number is too low: the network should have seen the test pictures, too.
#      > A test asks about pictures that the network has never seen. Training on them would make the number worthless.
# 4. The pixels of all digits are shuffled, in the same way for all. A dense network and a convolutional one are trained on them. What happens?
#    - [ ] Both fail, because nobody can read the pictures any more.
#      > Nobody can, but no information is lost: every pixel still has its fixed place, and a dense network learns from that.
#    - [x] The convolutional one gets worse, the dense one does not mind.
#      > A dense layer does not care in which order its inputs come. A convolution relies on neighbours, and these have nothing to do with each other now.
#    - [ ] The dense one gets worse, the convolutional one finds the digits anywhere.
#      > Convolution finds a pattern wherever it stands, but the pattern itself must be there: pixels side by side. Shuffling tears it apart.
#    - [ ] Nothing changes, because both see the same numbers as before.
#      > They see the same numbers at other places. That is all the same to a dense layer, but a window of 3 by 3 now holds pixels from all over the picture.

# %% tags=["nbval-ignore-output"]
quiz("03")

# %% [markdown]
# ## 1. Parameters of a dense network (1 point)
#
# Grey pictures of 12 by 12 pixels are flattened (펼치기). Then come dense layers (밀집층) of 20 and 10 units, and an output layer
# of 4. How many parameters does this network have, biases included?

# %% tags=["answer"]
parameters = ...
### BEGIN SOLUTION
parameters = (12 * 12 + 1) * 20 + (20 + 1) * 10 + (10 + 1) * 4
### END SOLUTION

# %% tags=["check"]
check.ex1(parameters)

# %% [markdown]
# ## 2. Prepare the pictures (1 point)
#
# `pictures` is a `uint8` array (n, 28, 28) with values from 0 to 255, for any n. Give back what a network with
# `keras.Input((28, 28, 1))` wants: an array (n, 28, 28, 1) of type `float32`, in which 255 has become 1. The same
# pixel value must always become the same number, whatever other pixels and pictures are in the array.

# %% tags=["answer"]
def prepare(pictures):
    """Give the pictures one channel, and values from 0 to 1."""
    ### BEGIN SOLUTION
    return pictures[..., np.newaxis].astype("float32") / 255
    ### END SOLUTION

# %% tags=["check"]
check.ex2(prepare)

# %% [markdown]
# ## 3. One-hot by hand (1 point)
#
# `labels` is an array (n,) of whole numbers, each at least 0 and less than `classes`. Give back an array (n, `classes`): each
# row holds a 1 at the place of its label (레이블), counted from 0, and 0 elsewhere. This is one-hot (원-핫 인코딩). Do it without
# `to_categorical`, if you can.

# %% tags=["answer"]
def one_hot(labels, classes):
    """Turn labels into rows of zeros with a single 1."""
    ### BEGIN SOLUTION
    rows = np.zeros((len(labels), classes))
    for row, label in enumerate(labels):
        rows[row, label] = 1
    return rows
    # or, in one line: return np.eye(classes)[labels]
    ### END SOLUTION

# %% tags=["check"]
check.ex3(one_hot)

# %% [markdown]
# ## 4. Early stopping by hand (2 points)
#
# `val_losses` is an array with the validation loss after each epoch (에포크). Find out what
# `EarlyStopping(patience=...)` (조기 종료) would have done with them:
#
# - an epoch is the best so far if its loss is *lower* than all before it (equal is not lower);
# - training ends as soon as `patience` epochs in a row have brought no new best;
# - if that never happens, training ends after the last epoch.
#
# Give back two numbers, `(last, best)`: the epoch after which training ends, and the best epoch up to then. Epochs are
# counted from 1, and `patience` (인내심) is at least 1. An example: losses 5, 3, 4, 3, 1 with a patience of 2 give (4, 2).

# %% tags=["answer"]
def early_stopping(val_losses, patience):
    """Tell after which epoch training ends, and which epoch was the best."""
    ### BEGIN SOLUTION
    best, lowest = 0, np.inf
    for epoch, loss in enumerate(val_losses, start=1):
        if loss < lowest:
            best, lowest = epoch, loss
        elif epoch - best == patience:
            return epoch, best
    return len(val_losses), best
    ### END SOLUTION

# %% tags=["check"]
check.ex4(early_stopping)

# %% [markdown]
# ## 5. Build it to a plan (2 points)
#
# A relative of LeNet-5. All that is left of its plan are the shapes that come out of its layers, one after the other:
#
# | | shape |
# |---|---|
# | input | (28, 28, 1) |
# | convolution | (24, 24, 8) |
# | pooling | (12, 12, 8) |
# | convolution | (8, 8, 20) |
# | pooling | (4, 4, 20) |
# | convolution | (1, 1, 60) |
# | flat | (60,) |
# | dense | (30,) |
# | output: ten probabilities | (10,) |
#
# It has 25,628 parameters. Build it. You must find out the kernel sizes. Activations inside, the kind of pooling, dropout or
# not: all that is up to you. It need not be trained. `network.summary()` shows what you have.

# %% tags=["answer"]
network = ...
### BEGIN SOLUTION
network = keras.Sequential([
    keras.Input((28, 28, 1)),
    Conv2D(8, 5, activation="relu"),
    MaxPooling2D(2),
    Conv2D(20, 5, activation="relu"),
    MaxPooling2D(2),
    Conv2D(60, 4, activation="relu"),
    Flatten(),
    Dense(30, activation="relu"),
    Dense(10, activation="softmax", dtype="float32"),
])
### END SOLUTION

# %% tags=["check"]
check.ex5(network)

# %% [markdown]
# ## 6. A small budget (2 points)
#
# Here are 6,000 of the training pictures, and 1,000 others for validation (검증). The test set stays where it is.

# %%
(pictures, digits), _ = load_mnist()
x_train, y_train = pictures[:6000, ..., np.newaxis].astype("float32") / 255, digits[:6000]
x_val, y_val = pictures[6000:7000, ..., np.newaxis].astype("float32") / 255, digits[6000:7000]

print("training:", x_train.shape, "validation:", x_val.shape, "from", x_train.min(), "to", x_train.max())

# %% [markdown]
# Build and train a network, `small`, that
#
# - takes pictures of shape (28, 28, 1), with values from 0 to 1, and gives ten numbers for each, the largest for the digit
#   that it sees;
# - has at most 20,000 parameters, and at least one convolution layer;
# - reads at least 93 of 100 pictures right. The check asks it 4,000 pictures that are not among yours.
#
# All else is up to you. Build, `compile` and `fit` as in step 6 of the chapter; the network of step 9 is a good start, with fewer filters. With so few
# pictures take smaller batches than 256, so that there are enough updates. Look at `x_val` while you try things.

# %% tags=["answer", "nbval-ignore-output"]
small = ...
### BEGIN SOLUTION
small = keras.Sequential([
    keras.Input((28, 28, 1)),
    Conv2D(8, 3, activation="relu"),
    MaxPooling2D(2),
    Conv2D(16, 3, activation="relu"),
    MaxPooling2D(2),
    Flatten(),
    Dense(32, activation="relu"),
    Dense(10, activation="softmax", dtype="float32"),
])
small.compile(keras.optimizers.Adam(0.004), loss="sparse_categorical_crossentropy", metrics=["accuracy"])
run = small.fit(x_train, y_train, batch_size=64, epochs=4, validation_data=(x_val, y_val), verbose=0)
print("accuracy on x_val:", run.history["val_accuracy"][-1])
### END SOLUTION

# %% tags=["check"]
check.ex6(small)

# %% [markdown]
# ## 7. The most frequent mistake (1 point)
#
# `labels` are the true digits, an array (n,); `predicted` is what a network said, an array (n,) of digits, too. Which mistake
# does it make most often? Give back the pair `(true, said)`.
#
# The order matters: a 4 read as a 9 is another mistake than a 9 read as a 4. If several mistakes are equally frequent, take
# the one with the smallest true digit, and among those the one with the smallest digit that was said. There is at least one
# mistake.

# %% tags=["answer"]
def most_frequent_mistake(labels, predicted):
    """Find the pair (true digit, digit that was said) that is wrong and occurs most often."""
    ### BEGIN SOLUTION
    confusion = np.zeros((10, 10), int)
    for true, said in zip(labels, predicted, strict=True):
        if true != said:
            confusion[true, said] += 1
    true, said = np.argwhere(confusion == confusion.max())[0]
    return int(true), int(said)
    ### END SOLUTION

# %% tags=["check"]
check.ex7(most_frequent_mistake)

# %% [markdown]
# ## 8. Repair it (2 points)
#
# This function is to give a compiled network for pictures of shape (28, 28, 1). It should answer with ten probabilities for
# each picture, and be ready to be trained on labels that are whole numbers from 0 to 9. It runs, and `fit` fails. There are
# three mistakes. Change the function itself, or write it anew below. (The check trains nothing.)

# %% tags=["answer"]
def digit_reader():
    """Build and compile a network that reads digits."""
    model = keras.Sequential([
        keras.Input((28, 28, 1)),
        Conv2D(8, 3, activation="relu"),
        MaxPooling2D(2),
        Dense(32, activation="relu"),
        Dense(10, activation="relu", dtype="float32"),
    ])
    model.compile("adam", loss="categorical_crossentropy", metrics=["accuracy"])
    return model
### BEGIN SOLUTION

def digit_reader():
    """Build and compile a network that reads digits."""
    model = keras.Sequential([
        keras.Input((28, 28, 1)),
        Conv2D(8, 3, activation="relu"),
        MaxPooling2D(2),
        Flatten(),
        Dense(32, activation="relu"),
        Dense(10, activation="softmax", dtype="float32"),
    ])
    model.compile("adam", loss="sparse_categorical_crossentropy", metrics=["accuracy"])
    return model
### END SOLUTION

# %% tags=["check"]
check.ex8(digit_reader)

# %% [markdown]
# ## How far are you?

# %% tags=["reached"]
progress(check)

# %% [markdown]
# **Next:** [04 · Classify clothes with a convolutional network](../04_fashion_mnist_cnn.ipynb), or its [exercises](04_clothes_exercises.ipynb).
