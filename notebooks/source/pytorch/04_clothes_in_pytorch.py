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
# # 04 · Clothes in PyTorch: early stopping by hand, and weights from Keras
#
# After this chapter you can build a PyTorch network layer by layer with names, stop its training at the right time with code of your own,
# and carry weights from Keras to PyTorch and back without changing a single answer.
#
# - **Time** on 2 CPU cores: 0.3<!-- chapters.04_clothes_in_pytorch.fast_minutes --> minutes in fast mode, 2.1<!-- chapters.04_clothes_in_pytorch.full_minutes --> minutes in full mode. A GPU is used when there is one.
# - **You need** [chapter 04](../04_fashion_mnist_cnn.ipynb), which trains the same network with Keras, the training loop of [03 · Digits in PyTorch](03_digits_in_pytorch.ipynb), and PyTorch (`make pytorch`; Colab has it).
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
# `FAST` is true when the notebook was started with `FAST=1` in the environment. Then the network is trained with 20 updates only, which is enough to see
# that everything works, and too little for a good result. If you type from an older book and a line stops with an error, the table
# [your book's line, today's line](../00_start_here.ipynb) in chapter 00 translates it.

# %% tags=["nbval-ignore-output"]
from helpers.training import pytorch
from helpers.environment import FAST, build_path

environment = pytorch.setup(seed=42)
device, bfloat16 = environment.device, environment.bfloat16

# %%
import time

import keras
import matplotlib.pyplot as plt
import numpy as np
import torch
from sklearn.model_selection import train_test_split
from torch import nn
from torch.optim.lr_scheduler import ReduceLROnPlateau
from torch.utils.data import DataLoader, TensorDataset

from helpers import models, plots
from helpers.data import FASHION_MNIST_CLASSES, load_fashion_mnist

# %%
EPOCHS = 1 if FAST else 20  # rounds through the training images, at most
STEPS = 20 if FAST else None  # updates of the weights in a round; None: as many as there are batches
BATCH = 128  # images between two updates
LEARNING_RATE = 0.002  # how far each update goes, at first
PATIENCE = 2  # rounds without improvement before we stop

# %% [markdown]
# ## 1. The same images, the same split
#
# To compare two libraries, all else must be the same. So we cut off the same 12,000 images for validation as chapter 04 did, with the
# same `random_state`. Only then we insert the channel axis, at the place where PyTorch wants it.
#
# **Your prediction:** in chapter 04 the training images had the shape (48000, 28, 28, 1). And here?

# %% jupyter={"outputs_hidden": true}
(x_train_all, y_train_all), (x_test, y_test) = load_fashion_mnist()
x_train, x_val, y_train, y_val = train_test_split(x_train_all, y_train_all, test_size=0.2, random_state=42)


def to_tensor(images):
    return torch.from_numpy(images[:, np.newaxis].astype("float32") / 255)


print("training:  ", tuple(to_tensor(x_train).shape))
print("validation:", tuple(to_tensor(x_val).shape))
print("first ten training labels:", y_train[:10])

# %% [markdown]
# (48000, 1, 28, 28). The ten labels are those that chapter 04 shows.
#
# > **What can go wrong: `.data` of torchvision.** Books often cut the validation set out of torchvision's data, as we do out of arrays:
# >
# > ```python
# > training_data = datasets.FashionMNIST(root="data", train=True, download=True, transform=ToTensor())
# > images, labels = training_data.data, training_data.targets
# > ```
# >
# > `.data` are the bytes as they lie in the file: (60000, 28, 28), values from 0 to 255. The `transform` of [03 · Digits in
# > PyTorch](03_digits_in_pytorch.ipynb) was *not* applied, because it works only on pairs that you ask for, such as `training_data[7]`. So with
# > `.data` you insert the axis and divide by 255 yourself, as `to_tensor` does.
#
# ## 2. `TensorDataset` and `DataLoader`
#
# Keras takes two arrays, images and labels, and shuffles both in the same order. In PyTorch a
# [`TensorDataset`](https://docs.pytorch.org/docs/stable/data.html#torch.utils.data.TensorDataset) (텐서 데이터셋) ties them
# together first: its element 7 is image 7 *with* label 7, so a shuffle cannot separate them. A
# [`DataLoader`](https://docs.pytorch.org/docs/stable/data.html#torch.utils.data.DataLoader) (데이터 로더) then collects elements into batches.
#
# **Your prediction:** what do you get for `train_loader.dataset[7]`? And what is `len(train_loader)`, the number of images or of batches?

# %% jupyter={"outputs_hidden": true}
def loader(images, labels, shuffle=False):
    pairs = TensorDataset(to_tensor(images), torch.from_numpy(labels.astype("int64")))
    return DataLoader(pairs, batch_size=BATCH, shuffle=shuffle)


train_loader, val_loader = loader(x_train, y_train, shuffle=True), loader(x_val, y_val)
image, label = train_loader.dataset[7]

print("pair 7:", tuple(image.shape), int(label), FASHION_MNIST_CLASSES[label], "| label in the array:", y_train[7])
print("training images:", len(train_loader.dataset), " batches:", len(train_loader))

# %% [markdown]
# You get one image and its label, and `len` of the loader counts **batches**<!-- claim: number("batches:") == 375 -->. Remember this when you compute a mean.
#
# Do two epochs give two orders? Only with `shuffle=True`. Validation needs no shuffle, because its result does not depend on the order.

# %%
small = TensorDataset(torch.arange(8), torch.arange(8) * 10)
for shuffle in (False, True):
    torch.manual_seed(0)
    shuffled = DataLoader(small, batch_size=4, shuffle=shuffle)
    for epoch in (1, 2):
        print(f"shuffle={shuffle!s:5} epoch {epoch}:", "  ".join(str(labels.tolist()) for _, labels in shuffled))

# %% [markdown]
# ## 3. Build it, name by name
#
# [`add_module(name, layer)`](https://docs.pytorch.org/docs/stable/generated/torch.nn.Module.html#torch.nn.Module.add_module) puts a layer at the end of an
# [`nn.Sequential`](https://docs.pytorch.org/docs/stable/generated/torch.nn.Sequential.html). The name is more than decoration: weights are stored under it, and in
# the next companion we take layers out by it. The network is that of chapter 04.
#
# **Your prediction:** eleven layers are added. How many of them have parameters? Which one has most, and how many?

# %%
network = nn.Sequential()
network.add_module("conv1", nn.Conv2d(1, 32, kernel_size=3, padding="same"))  # channels of a grey image
network.add_module("relu1", nn.ReLU())
network.add_module("pool1", nn.MaxPool2d(2))
network.add_module("conv2", nn.Conv2d(32, 64, kernel_size=3, padding="same"))  # what conv1 puts out
network.add_module("relu2", nn.ReLU())
network.add_module("pool2", nn.MaxPool2d(2))
network.add_module("flatten", nn.Flatten())
network.add_module("hidden", nn.Linear(7 * 7 * 64, 100))  # 28 -> 14 -> 7, 64 channels
network.add_module("relu3", nn.ReLU())
network.add_module("dropout", nn.Dropout(0.4))
network.add_module("output", nn.Linear(100, 10))

# %% jupyter={"outputs_hidden": true}
for name, layer in network.named_children():
    print(f"{name:8} {sum(parameter.numel() for parameter in layer.parameters()):>8,}  {layer}")
print(f"total    {sum(parameter.numel() for parameter in network.parameters()):>8,}")

# %% [markdown]
# Four have parameters, and `hidden` has nearly all of them<!-- claim: number("hidden") > 0.9 * number("total") -->. The numbers are those of
# chapter 04: 320, 18,496, 313,700 and 1,010, together 333,526<!-- claim: number("total") == 333526 -->. The dropout is 0.4 there, too.
#
# | | Keras, chapter 04 | PyTorch |
# |---|---|---|
# | add a layer | `model.add(Conv2D(..., name="conv1"))` | `network.add_module("conv1", nn.Conv2d(...))` |
# | activation | `activation="relu"` inside the layer | a layer of its own, with its own name |
# | padding | `padding="same"` | `padding="same"` (with stride 1 only) |
# | take a layer | `model.get_layer("conv1")` | `network.conv1`, `network[0]` |
# | train | `compile`, then `fit` | your loop, `train()` and `eval()` |
# | early stopping | `EarlyStopping(patience=2, restore_best_weights=True)` | step 4 |
# | what comes out | probabilities | logits; `softmax` when you need it |
#
# ## 4. Early stopping by hand
#
# The loop over the batches is that of 03, and the course keeps it in `helpers/training/pytorch.py`: `pytorch.train_epoch` has the five lines that you know, and
# `pytorch.evaluate` collects all logits first and then computes loss and accuracy.
#
# Early stopping (조기 종료) needs a memory of two things: the **lowest validation loss** so far, and **how many epochs** have passed since. After
# each epoch:
#
# - Is the loss lower than ever? Then keep the weights in a file, and set the counter back to 0.
# - Otherwise add 1 to the counter. When it reaches the *patience* (인내심), stop.
#
# **Your prediction:** the validation losses below are made up. After which epoch does training with `patience=2` end, and the weights of which
# epoch are in the file?

# %% jupyter={"outputs_hidden": true}
def last_epoch(losses, patience):
    waited = 0
    for epoch, loss in enumerate(losses, start=1):
        waited = 0 if loss == min(losses[:epoch]) else waited + 1
        if waited == patience:
            return epoch
    return len(losses)


losses = [0.40, 0.31, 0.33, 0.29, 0.30, 0.32, 0.27]
for patience in (2, 3):
    seen = losses[: last_epoch(losses, patience)]
    print(f"patience {patience}: ends after epoch {len(seen)}, in the file: epoch {seen.index(min(seen)) + 1}")

# %% [markdown]
# The third epoch alone does not end it, because the fourth sets the counter back. With a patience of 2 the last number, the best of all, is never
# seen. With 3 it is<!-- claim: row("patience 3: ends after epoch") == [7, 7] -->. Patience costs time, and it can pay.
#
# Like chapter 04 we also divide the learning rate (학습률) by 10 when an epoch brought nothing, but not below a floor of a tenth of the first rate. In PyTorch this is
# [`ReduceLROnPlateau`](https://docs.pytorch.org/docs/stable/generated/torch.optim.lr_scheduler.ReduceLROnPlateau.html), too. Its argument `patience` says how many
# bad epochs are *borne*: it acts when there were **more** of them. In Keras it acts when there were **as many**, and chapter 04 says `patience=1`.
#
# **Your prediction:** the same seven losses, and a first rate of 0.002. What is the rate after each epoch with PyTorch's `patience=0`, and with `patience=1`?

# %% jupyter={"outputs_hidden": true}
for patience in (0, 1):
    optimizer = torch.optim.Adam([torch.zeros(1, requires_grad=True)], lr=0.002)
    schedule = ReduceLROnPlateau(optimizer, factor=0.1, patience=patience, min_lr=0.0002)
    rates = []
    for loss in losses:
        schedule.step(loss)
        rates.append(f"{optimizer.param_groups[0]['lr']:.4f}")
    print(f"patience={patience}:", *rates)

# %% [markdown]
# With `patience=0` it falls after the third epoch, the first bad one, as in Keras with
# `patience=1`<!-- claim: row("patience=0:")[1:3] == [0.002, 0.0002] -->. Then it stays at the floor. With `patience=1` it falls only after the
# fifth *and* sixth epoch, when two bad ones have come in a row<!-- claim: row("patience=1:")[4:6] == [0.002, 0.0002] -->. So to do the same as
# chapter 04 we write `patience=0` here.
#
# Now all this with the network in it:

# %%
def train(network, path):
    optimizer = torch.optim.Adam(network.parameters(), lr=LEARNING_RATE)
    schedule = ReduceLROnPlateau(optimizer, factor=0.1, patience=0, min_lr=LEARNING_RATE / 10)
    run, waited = {"loss": [], "accuracy": [], "val_loss": [], "val_accuracy": []}, 0
    while waited < PATIENCE and len(run["loss"]) < EPOCHS:
        rate = optimizer.param_groups[0]["lr"]
        measured = pytorch.train_epoch(network, train_loader, optimizer, bfloat16, STEPS)
        measured = (*measured, *pytorch.evaluate(network, val_loader, bfloat16))
        run = {key: [*run[key], value] for key, value in zip(run, measured, strict=True)}
        print(f"epoch {len(run['loss']):2}, rate {rate:.4f}:", *(f"{key} {run[key][-1]:.4f}" for key in run))
        schedule.step(run["val_loss"][-1])
        waited = 0 if run["val_loss"][-1] == min(run["val_loss"]) else waited + 1
        if waited == 0:
            torch.save(network.state_dict(), path)
    return run

# %% tags=["nbval-ignore-output"]
best_file = build_path("best_clothes.pt")
torch.manual_seed(environment.seed)
network = pytorch.fashion_cnn().to(device)  # the network of step 3, with new weights
start = time.perf_counter()
run = train(network, best_file)
train_seconds = time.perf_counter() - start
print(f"{train_seconds:.0f} s")

# %% tags=["nbval-ignore-output"]
plots.history({"PyTorch": run})

# %% [markdown]
# *Dashed is training, solid is validation; the dot marks the epoch whose weights are in the file.* In fast mode there is one point of each. In the
# log above you see where the rate falls. Right after it both losses are lower than ever
# before<!-- claim: row("rate 0.0002:")[0] < min(numbers("rate 0.0020:")) and row("rate 0.0002:")[2] < min(numbers(" val_loss ")[:len(numbers("rate 0.0020:"))]) -->,
# because smaller updates can settle in a place that large ones jump over. At the end the training loss lies below the validation
# loss<!-- claim: numbers(": loss ")[-1] < numbers(" val_loss ")[-1] -->: the network begins to memorise its training images. This is overfitting
# (과대적합).
#
# The network in memory still has the weights of the **last** epoch. What `restore_best_weights` does in Keras is one more line here:

# %% tags=["nbval-ignore-output"]
last_accuracy = pytorch.evaluate(network, val_loader, bfloat16)[1]
network.load_state_dict(torch.load(best_file, map_location=device, weights_only=True))
best_accuracy = pytorch.evaluate(network, val_loader, bfloat16)[1]

print(f"validation accuracy: last epoch {last_accuracy:.4f}, epoch with the lowest loss {best_accuracy:.4f}")

# %% [markdown]
# The loss chose the epoch, and it also counts how confident the network is. So the last epoch may well have a few more right. The companion of
# chapter 09 chooses by accuracy.
#
# > **What can go wrong: a file from a stranger.** A `.pt` file is a *pickle* (피클), and a pickle can contain a program, which runs when you open it.
# > With `weights_only=True`, the default since PyTorch 2.6, [`torch.load`](https://docs.pytorch.org/docs/stable/generated/torch.load.html) reads
# > tensors, numbers, lists and dictionaries, and refuses the rest. This lock is good, but it was picked twice: files were found that ran a program
# > all the same ([CVE-2025-32434](https://nvd.nist.gov/vuln/detail/CVE-2025-32434), closed in 2.6, and
# > [CVE-2026-24747](https://nvd.nist.gov/vuln/detail/CVE-2026-24747), closed in 2.10). So keep PyTorch up to date, and open files only of people
# > whom you trust.
#
# `map_location` says to which device the tensors go, because a file may have been written on a GPU and be read where there is none.
#
# ## 5. One garment, ten probabilities
#
# **Your prediction:** the network gives logits. Do they add up to 1? What has to be done before you can say how confident the network is?

# %% jupyter={"outputs_hidden": true}
network.eval()
with torch.no_grad():
    logits = network(to_tensor(x_val[:1]).to(device))[0].cpu()
probabilities = logits.softmax(dim=0)

print("softmax adds up to:", round(probabilities.sum().item(), 3))
print("largest logit and largest probability at the same place:", bool(logits.argmax() == probabilities.argmax()))

# %% tags=["nbval-ignore-output"]
colours = [plots.ORANGE if label == y_val[0] else plots.BLUE for label in range(10)]
figure, axis = plt.subplots(figsize=(6, 3), layout="constrained")
axis.barh(FASHION_MNIST_CLASSES, probabilities.numpy(), color=colours)
axis.set(xlim=(0, 1), xlabel="probability", title="The first validation image")
axis.invert_yaxis()  # class 0 on top
plt.show()

# %% [markdown]
# *Each bar stands at the name of its class; the true class is orange.* These are bare lines of Matplotlib; `plots.probabilities` of the course
# draws the image beside them. To know the class, logits are enough, because softmax changes the numbers, not their order. To know how confident the
# network is, you need softmax.
#
# ## 6. Weights from Keras, and back
#
# If both networks are really the same, then the weights of one must work in the other. Take the network that Keras trained in chapter 04. Here
# are the shapes of its weights, beside those that PyTorch has:

# %%
keras_network = models.load("fashion_cnn")
weights = {layer.name: layer.get_weights() for layer in keras_network.layers if layer.weights}
for name, (kernel, bias) in weights.items():
    shape = tuple(network.get_submodule(name).weight.shape)
    print(f"{name:6}  Keras {kernel.shape!s:15}  PyTorch {shape!s:15}  biases {bias.shape}")

# %% [markdown]
# Keras orders the kernels of a convolution as (height, width, **in, out**), PyTorch as (**out, in**, height, width). For dense layers it is (in, out) against (out,
# in). So the axes must be put in another order. The code finds a layer by its name with
# [`get_submodule`](https://docs.pytorch.org/docs/stable/generated/torch.nn.Module.html#torch.nn.Module.get_submodule).
#
# **Your prediction:** with the axes in the right order all shapes fit. Will the answers be the same, then?

# %% jupyter={"outputs_hidden": true}
def turned(kernel):
    return torch.from_numpy((kernel.transpose(3, 2, 0, 1) if kernel.ndim == 4 else kernel.T).copy())


some, truth = x_val[:2000], y_val[:2000]
twin = pytorch.fashion_cnn()
state = {f"{name}.weight": turned(kernel) for name, (kernel, _) in weights.items()}
state |= {f"{name}.bias": torch.from_numpy(bias) for name, (_, bias) in weights.items()}
print(twin.load_state_dict(state))

# %% jupyter={"outputs_hidden": true}
def answers(network):
    logits, _ = pytorch.predict(network, loader(some, truth))
    return logits.softmax(dim=1).numpy()


by_keras = keras_network.predict(some[..., np.newaxis].astype("float32") / 255, verbose=0)  # channels last
by_twin = answers(twin)
print("largest difference below 0.0001:", bool(np.abs(by_keras - by_twin).max() < 1e-4))

# %% jupyter={"outputs_hidden": true} tags=["nbval-ignore-output"]
for who, probabilities in {"Keras": by_keras, "its weights in PyTorch": by_twin}.items():
    print(f"{who} accuracy {(probabilities.argmax(axis=1) == truth).mean():.4f}")

# %% [markdown]
# "All keys matched successfully", and yet the answers are useless: no better than a
# guess<!-- claim: number("its weights in PyTorch accuracy") < 0.3 and number("Keras accuracy") > 0.9 -->. **Nothing warned us.**
#
# Where does it go wrong? At `flatten`. It lays the 7 by 7 by 64 values in one row, but Keras reads them by height, width, channel, and PyTorch
# by channel, height, width. So the weights of `hidden` sit at the wrong values. Chapter 03 did the same to pixels on purpose: a dense layer does
# not mind the order, as long as it *stays the same*.
#
# The way out is to give the 3,136 rows of the kernel back their three axes, to move the channel to the front, and to flatten again.
#
# **Your prediction:** Keras has value (row 0, column 1, channel 0) at place 64 of the row. At which place does PyTorch have it?

# %% jupyter={"outputs_hidden": true}
place = np.arange(3136).reshape(7, 7, 64)  # Keras's numbers of the places
reordered = place.transpose(2, 0, 1).ravel()  # in the order in which PyTorch reads them
print("PyTorch has it at place", int(np.flatnonzero(reordered == 64)[0]))

kernel, _ = weights["hidden"]
state["hidden.weight"] = turned(kernel[reordered])
twin.load_state_dict(state)
print("largest difference below 0.0001:", bool(np.abs(by_keras - answers(twin)).max() < 1e-4))

# %% [markdown]
# At place 1, because in PyTorch's row the columns are neighbours, and in Keras's row the channels are. And now all 20,000 probabilities agree: **the two networks
# are one and the same function.**
#
# Back again it is the same in reverse. `pytorch.from_keras` and `pytorch.to_keras` of the helpers do both, for any network of convolutions and
# dense layers in a row. Here go the weights that PyTorch has just trained:

# %%
keras_twin = keras.models.clone_model(keras_network)
pytorch.to_keras(network, keras_twin)
by_keras_twin = keras_twin.predict(some[..., np.newaxis].astype("float32") / 255, verbose=0)
print("largest difference below 0.0001:", bool(np.abs(answers(network) - by_keras_twin).max() < 1e-4))

# %% [markdown]
# ## 7. The test set, once
#
# All decisions are made. The card of the network goes to the folder `build/`, beside those of chapter 04.

# %% tags=["nbval-ignore-output"]
if bfloat16:
    pytorch.round_kernels(network)  # the file keeps them in 16 bits, and we measure what is in the file
best = int(np.argmin(run["val_loss"]))
test_accuracy = pytorch.evaluate(network, loader(x_test, y_test))[1]
pytorch.save(
    network, "pytorch_fashion_cnn", environment, dataset="fashion-mnist",
    notebook="pytorch/04_clothes_in_pytorch", epochs=len(run["loss"]), best_epoch=best + 1,
    train_seconds=round(train_seconds, 1), validation_accuracy=round(run["val_accuracy"][best], 4),
    test_accuracy=round(test_accuracy, 4),
)
print(f"test accuracy: {test_accuracy:.4f}")

# %% [markdown]
# On the cards of the shipped networks (seconds on 2 CPU cores):
#
# | 333,526 parameters | Keras, chapter 04 | PyTorch |
# |---|---|---|
# | best epoch, epochs | 13<!-- fashion_cnn.best_epoch -->, 15<!-- fashion_cnn.epochs --> | 12<!-- pytorch_fashion_cnn.best_epoch -->, 14<!-- pytorch_fashion_cnn.epochs --> |
# | seconds | 87.2<!-- fashion_cnn.train_seconds --> | 109.8<!-- pytorch_fashion_cnn.train_seconds --> |
# | validation accuracy | 0.9273<!-- fashion_cnn.validation_accuracy --> | 0.9273<!-- pytorch_fashion_cnn.validation_accuracy --> |
# | test accuracy | 0.9219<!-- fashion_cnn.test_accuracy --> | 0.9239<!-- pytorch_fashion_cnn.test_accuracy --> |
# | test accuracy, seeds | 0.9186<!-- fashion_cnn.seeds.test_accuracy.min --> to 0.9219<!-- fashion_cnn.seeds.test_accuracy.max --> | one seed |
#
# The split, the layers, the dropout, the batches of 128, the learning rate with its floor, and the patience are the same. What differs is chance,
# which decides about the first weights, the order of the batches and what dropout switches off, and this:
#
# | | Keras | PyTorch |
# |---|---|---|
# | first weights of a layer | Glorot uniform, biases 0 | uniform, between plus and minus 1/√(number of inputs), biases too |
# | Adam divides by a root plus (at slightly different places of its formula) | 0.0000001 | 0.00000001 |
# | the learning rate falls when the loss is not lower by | 0.0001 | a ten-thousandth of itself |
#
# ## What can go wrong
#
# - **The best weights kept by reference.** `best = network.state_dict()` is no copy, so it follows the network. Write a file, or `clone` each tensor.
# - **The last epoch measured instead of the best.** Load the file before you judge.
# - **Patience counted differently.** With the same number, PyTorch's `ReduceLROnPlateau` waits one epoch longer than that of Keras.
# - **Weights that fit and are wrong.** Matching shapes prove nothing, so compare outputs.
# - **The same name twice.** `add_module` replaces the layer of that name without a word. With `append(layer)` the names are counted up: "0", "1", and so on.
#
# ## What you learned
#
# 1. `TensorDataset` ties images to labels, `DataLoader` makes shuffled batches of them, and its `len` counts batches.
# 2. `add_module` gives a layer its name, and weights are stored under it.
# 3. Early stopping is a lowest loss, a counter and a file. The learning rate may have a patience of its own, and a floor.
# 4. Kernels are (height, width, in, out) in Keras and (out, in, height, width) in PyTorch; after `Flatten` the order of the values differs, too.
# 5. With the weights in the right order both libraries compute the same, to four decimals and more.
#
# | you met | what it does |
# |---|---|
# | [`TensorDataset`, `DataLoader`](https://docs.pytorch.org/docs/stable/data.html) | tie images to labels; give them out in batches |
# | [`add_module`](https://docs.pytorch.org/docs/stable/generated/torch.nn.Module.html#torch.nn.Module.add_module), [`named_children`](https://docs.pytorch.org/docs/stable/generated/torch.nn.Module.html#torch.nn.Module.named_children), [`get_submodule`](https://docs.pytorch.org/docs/stable/generated/torch.nn.Module.html#torch.nn.Module.get_submodule) | add a layer under a name; all layers with their names; find one |
# | [`ReduceLROnPlateau`](https://docs.pytorch.org/docs/stable/generated/torch.optim.lr_scheduler.ReduceLROnPlateau.html) | lowers the learning rate when the loss no longer falls |
# | [`torch.save`](https://docs.pytorch.org/docs/stable/generated/torch.save.html), [`torch.load`](https://docs.pytorch.org/docs/stable/generated/torch.load.html), [`load_state_dict`](https://docs.pytorch.org/docs/stable/generated/torch.nn.Module.html#torch.nn.Module.load_state_dict) | weights into a file; out of it; into the network |
# | [`softmax`](https://docs.pytorch.org/docs/stable/generated/torch.nn.functional.softmax.html) | turns logits into probabilities |
# | [`barh`](https://matplotlib.org/stable/api/_as_gen/matplotlib.axes.Axes.barh.html) | bars with names |
#
# **An open question.** Set `PATIENCE` to 1, and then to 4. Predict for both how many epochs the training takes, and whether the validation accuracy
# changes by more than chance. Run it, and report in three sentences which patience you would choose.
#
# **Next:** [05 · Inside the network, in PyTorch: layers by number and by name](05_inside_in_pytorch.ipynb) takes layers out by number and by name and looks at their maps.

# %% tags=["reached", "nbval-ignore-output"]
print(f"test accuracy (trained now): {test_accuracy:.4f}")
