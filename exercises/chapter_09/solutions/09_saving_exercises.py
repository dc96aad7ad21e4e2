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
# # Exercises 09 · Saving, loading and going on
#
# After these exercises you know that you can do what [chapter 09](../09_cifar10_and_saving.ipynb) shows: put networks into
# files, get the same network back, go on with its training, and notice when something was lost on the way.
#
# - **Time**: about an hour. All networks are tiny, their pictures are random numbers: CIFAR-10 is not needed.
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

environment = setup(seed=42, precision="float32")

# %%
import keras
from keras.layers import AveragePooling2D, Conv2D, Dense, Flatten, MaxPooling2D, Rescaling

from exercises import chapter_09 as check
from exercises.exercise import progress
from exercises.quiz import quiz

# %% [markdown]
# ## Warm-up: four questions
#
# No points, and no harm in a wrong click: every choice explains itself. Decide before you click.

# %% [markdown] tags=["quiz"]
# 1. You give a file to somebody who has none of your code. They shall use the network at once. What do you send?
#    - [ ] A weights file (.weights.h5): it is smaller, and nothing else is needed.
#      > It holds arrays of numbers and no plan. Without the code that builds the network they have no place to go.
#    - [x] The whole model (.keras), a line about how pixels are scaled, and the class names.
#      > The file holds the plan and the weights. Scaling and class names are known to you only, unless a layer does the scaling.
#    - [ ] The whole model (.keras) alone: it holds everything.
#      > It does not say that you divided by 255 before, nor that number 3 is a cat.
#    - [ ] Both files: the plan from one, the weights from the other.
#      > The .keras file is an archive that holds a weights file already.
# 2. You load a whole model and compile it again before you go on training. What is lost?
#    - [ ] The weights: they begin at random again.
#      > compile leaves weights alone. The loss of the first batch is the same as before.
#    - [ ] Nothing: loss and metrics are the same as before.
#      > They are, but compile also makes a new optimizer, and that one has no past.
#    - [x] The optimizer's memory: its first step is long for nearly every weight that moves.
#      > A new Adam has seen one gradient only and divides it by its own size, so what is left is its sign. With its memory it moves little where gradients disagree. The memory fills again after a while.
#    - [ ] The layers' names, so that the file cannot be written again.
#      > Names belong to the plan. compile does not touch the plan.
# 3. A stranger offers a .keras file. Loading it, Keras says that a Lambda layer is not allowed in safe mode. What do you do?
#    - [ ] Load it with safe_mode=False, but do not call the model until I have looked at it.
#      > Too late: the program in the file can run while the file is being loaded.
#    - [ ] Load it with safe_mode=False on a copy of the file.
#      > The danger is not for the file. What is in it runs on your machine, with your rights.
#    - [ ] Rename it to .weights.h5 and use load_weights.
#      > A new name does not change what a file is. Ask the author for a weights file and for the code that builds the network.
#    - [x] Leave it closed, ask for the code of that layer, and for the weights.
#      > Code you can read before you run it, and a weights file holds no program. Load it with an up-to-date Keras all the same: before 3.13.2 a prepared one could point to other files of yours.
# 4. Loss on validation stays the same, accuracy on validation still rises. Which epoch do you keep?
#    - [x] It depends on whether only the class counts, or the probabilities, too.
#      > Take the highest accuracy if only the class counts, and the lowest loss if you need the probabilities. The loss also counts how confident the network is: it gets more pictures right, it is more confident where it is wrong, and the two cancel out.
#    - [ ] The last one, always: more training is better.
#      > After some point the network gets better only on pictures that it has seen. Therefore you keep a checkpoint of the best epoch.
#    - [ ] The one with the lowest loss on the training pictures.
#      > It falls as long as you train. It says nothing about new pictures.
#    - [ ] The one that is best on the test pictures.
#      > Then the test pictures would have helped to choose, and their score would no longer be an honest one.

# %% tags=["nbval-ignore-output"]
quiz("09")

# %% [markdown]
# ## 1. How many bytes? (1 point)
#
# A network for colour pictures of 8 by 8 pixels, all in float32:
#
# | layer | what it is |
# |---|---|
# | convolution | 10 filters 3x3, `padding="same"` |
# | pooling | max pooling 2x2 |
# | flatten, dense | a dense layer with 5 outputs |
#
# You write its weights (가중치) with `save_weights` twice: first of a copy that was never compiled, then of the network that was
# trained with the optimizer (옵티마이저) Adam. How many bytes do the arrays in each of the two files take? Leave out the few bytes
# for the rest, such as headers, the number of steps and the learning rate. Write a tuple: (never compiled, trained with Adam).

# %% tags=["answer"]
file_bytes = ...
### BEGIN SOLUTION
parameters = (3 * 3 * 3 + 1) * 10 + (4 * 4 * 10 + 1) * 5
file_bytes = (4 * parameters, 3 * 4 * parameters)
### END SOLUTION

# %% tags=["check"]
check.ex1(file_bytes)

# %% [markdown]
# ## 2. What does it not notice? (1 point)
#
# A network for pictures of 32 by 32 by 3 has these layers: `Conv2D(32, 3, padding="same", activation="relu")`,
# `MaxPooling2D(2)`, `Dropout(0.5)`, `Flatten()`, `Dense(64, activation="relu")`, `Dense(10, activation="softmax")`. Its
# weights are in a file. You build it anew with *one* change, and call `load_weights`:
#
# - **a** the hidden dense layer has `tanh` instead of `relu`
# - **b** the convolution has 48 filters
# - **c** the dropout rate is 0.1 instead of 0.5
# - **d** you give each layer a name of your own
# - **e** one more `Dense(10)` stands at the end
# - **f** the pooling is missing
#
# With which changes does it load without an error? Write a list of letters, such as `["a", "b"]`.

# %% tags=["answer"]
unnoticed = ...
### BEGIN SOLUTION
unnoticed = ["a", "c", "d"]
### END SOLUTION

# %% tags=["check"]
check.ex2(unnoticed)

# %% [markdown]
# ## 3. Into a file and back (1 point)
#
# Save the whole model (전체 모델) at `path` (it ends in `.keras`), and return the model that comes out of the file: the same
# outputs, compiled as it was, with the optimizer's memory.

# %% tags=["answer"]
def save_and_load(model, path):
    """Write the whole model to a file; return what is read from it."""
    ### BEGIN SOLUTION
    model.save(path)
    return keras.models.load_model(path)
    ### END SOLUTION

# %% tags=["check"]
check.ex3(save_and_load)

# %% [markdown]
# ## 4. Never forget to scale (1 point)
#
# `model` was trained on pictures (8, 8, 3) with values from 0 to 1. Whoever loads it must know that. Return a network that
# takes pixels from 0 to 255 and gives the outputs that `model` gives for the same pixels divided by 255. The division must be
# part of the network: it will be saved and loaded, in safe mode. `model` itself must keep its weights.

# %% tags=["answer"]
def with_scaling(model):
    """The same network for pixels from 0 to 255."""
    ### BEGIN SOLUTION
    return keras.Sequential([keras.Input(model.input_shape[1:]), Rescaling(1 / 255), model])
    ### END SOLUTION

# %% tags=["check"]
check.ex4(with_scaling)

# %% [markdown]
# ## 5. Go on (1 point)
#
# At `path` lies a whole model that was trained with Adam for some steps. Load it and go on: train it with `images` and
# `labels` for `epochs` more epochs, in batches (`batch_size`) of 4, as smoothly as if there had been no break. Return the
# model. The check looks at the number of steps that the optimizer has counted, `model.optimizer.iterations`.

# %% tags=["answer"]
def go_on(path, images, labels, epochs):
    """Load a model and train it further."""
    ### BEGIN SOLUTION
    model = keras.models.load_model(path)
    model.fit(images, labels, batch_size=4, epochs=epochs, verbose=0)
    return model
    ### END SOLUTION

# %% tags=["check"]
check.ex5(go_on)

# %% [markdown]
# ## 6. Keep the best, also after a break (2 points)
#
# Training was interrupted. At `path` (it ends in `.keras`) lies the best network so far; `so_far` is its loss on the
# validation pictures. Return a callback (콜백), or a list of callbacks, for `fit`: after an epoch it writes the whole model to
# `path`, but only if the loss on the validation pictures (`val_loss`) is lower than ever before, `so_far` included. Use one
# that Keras has, or write one.

# %% tags=["answer"]
def keep_best(path, so_far):
    """Callback that keeps the network with the lowest validation loss in a file."""
    ### BEGIN SOLUTION
    return keras.callbacks.ModelCheckpoint(
        path, monitor="val_loss", save_best_only=True, initial_value_threshold=so_far
    )
    ### END SOLUTION

# %% tags=["check"]
check.ex6(keep_best)

# %% [markdown]
# ## 7. Take over what fits (2 points)
#
# `load_weights` goes by the kind and number of the layers. When one layer differs it ends in an error, or leaves that layer out if you
# ask it to. Write something that goes by *names*. `source` and `target` are two networks whose layers (`model.layers`) have names. Wherever a layer of the target has a layer of the *same name* in the source, and
# the weights of both have the *same shapes*, copy the source's weights into it. All other layers of the target stay as they
# are, and so does the source. Return a list of the names of the layers that were copied; layers without weights do not count.

# %% tags=["answer"]
def transfer(source, target):
    """Copy the weights of layers that fit by name and shape; return their names."""
    ### BEGIN SOLUTION
    twins = {layer.name: layer for layer in source.layers}
    copied = []
    for layer in target.layers:
        if layer.name in twins and layer.weights:
            new, old = twins[layer.name].get_weights(), layer.get_weights()
            if [array.shape for array in new] == [array.shape for array in old]:
                layer.set_weights(new)
                copied.append(layer.name)
    return copied
    ### END SOLUTION

# %% tags=["check"]
check.ex7(transfer)

# %% [markdown]
# ## 8. Repair it (2 points)
#
# Somebody gave you a weights file and this description of the network: "Pictures (8, 8, 3). One convolution with 6 filters
# 3x3, same padding, relu. Max pooling 2x2. A dense layer with 16 outputs and relu, then one with 10 outputs and softmax." The
# function below should build the network, load the weights at `path` and return it. It runs without a word, and the outputs
# are wrong, for three reasons. Change the function itself, or write it anew below.

# %% tags=["answer"]
def rebuilt(path):
    """The network of the description, with the weights of the file."""
    network = keras.Sequential([
        keras.Input((8, 8, 3)),
        Conv2D(6, 3, padding="same", activation="relu"),
        AveragePooling2D(2),
        Flatten(),
        Dense(16, activation="tanh"),
        Dense(10, activation="softmax"),
    ])
    network.load_weights(path)
    return keras.models.clone_model(network)
### BEGIN SOLUTION

def rebuilt(path):
    """The network of the description, with the weights of the file."""
    network = keras.Sequential([
        keras.Input((8, 8, 3)),
        Conv2D(6, 3, padding="same", activation="relu"),
        MaxPooling2D(2),
        Flatten(),
        Dense(16, activation="relu"),
        Dense(10, activation="softmax"),
    ])
    network.load_weights(path)
    return network
### END SOLUTION

# %% tags=["check"]
check.ex8(rebuilt)

# %% [markdown]
# ## How far are you?

# %% tags=["reached"]
progress(check)

# %% [markdown]
# **Next:** [10 · Beyond the book](../10_beyond_the_book.ipynb), or its [exercises](10_beyond_exercises.ipynb).
