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
# # 03 · Digits in PyTorch: LeNet-5 and a training loop of your own
#
# After this chapter you can write a convolutional network as a class of PyTorch, train it with a loop that you wrote yourself, and
# train the same class on other pictures without changing a line of it.
#
# - **Time** on 2 CPU cores: 0.4<!-- chapters.03_digits_in_pytorch.fast_minutes --> minutes in fast mode, 12.1<!-- chapters.03_digits_in_pytorch.full_minutes --> minutes in full mode. A GPU is used when there is one.
# - **You need** [chapter 03](../03_mnist_dense_to_convnet.ipynb), where the same networks are trained with Keras, and PyTorch (`make pytorch`, or `pip install -r requirements-pytorch.txt`; Colab has it).
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
# [PyTorch](https://pytorch.org/) is the other library that you will meet everywhere. Keras trains for you when you call `fit`. In PyTorch
# you write that part yourself: more lines, and nothing is hidden.
#
# The next cell picks a *device* (장치), the processor that computes: a GPU if there is one, else the CPU. It also says whether this machine
# multiplies faster in 16 bits (`bfloat16`). With `FAST=1` in the environment every network trains for 50 steps only.

# %% tags=["nbval-ignore-output"]
from helpers.environment import FAST
from helpers.training import pytorch

environment = pytorch.setup(seed=42)
device = environment.device

# %%
import time

import numpy as np
import torch
from sklearn.model_selection import train_test_split
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

from helpers import plots
from helpers.data import FASHION_MNIST_CLASSES, load_fashion_mnist, load_mnist

EPOCHS = 1 if FAST else 12  # rounds through the training pictures
STEPS = 50 if FAST else None  # changes of the weights in a round; None: as many as there are batches
BATCH = 128  # pictures between two changes of the weights

# %% [markdown]
# ## 1. Arrays become tensors, and the channel comes first
#
# The data are those of chapter 03, from the same files and with the same split. PyTorch computes with *tensors* (텐서): arrays that know
# which device they are on, and how they came about (for the gradients).
#
# Keras orders the axes of a batch as pictures, height, width, channels (**NHWC**). PyTorch wants **NCHW**: pictures, channels, height,
# width (배치, 채널, 높이, 너비).
#
# **Your prediction:** what is the shape of the tensor of all training digits? And what would it be for colour photographs of 32 by 32
# pixels?

# %% jupyter={"outputs_hidden": true}
(x_train_all, y_train_all), (x_test, y_test) = load_mnist()
x_train, x_val, y_train, y_val = train_test_split(
    x_train_all, y_train_all, test_size=6000, random_state=42, stratify=y_train_all
)


def to_tensor(pictures):
    return torch.from_numpy(pictures[:, np.newaxis].astype("float32") / 255)  # the new axis is the channel


print("array: ", x_train.shape, x_train.dtype)
print("tensor:", tuple(to_tensor(x_train).shape), to_tensor(x_train).dtype)

# %% [markdown]
# (54000, 1, 28, 28): the axis of length 1 stands *second*. Colour photographs would be (54000, 3, 32, 32), and for them you would have to
# move an axis (`transpose`), not only insert one.
#
# > **What can go wrong: `reshape` instead of `transpose`.** `photo.reshape(3, 32, 32)` of a (32, 32, 3) photograph gives the right
# > shape and a jumbled picture: red, green and blue of the first rows end up in one channel. No error tells you.
#
# A `DataLoader` (데이터 로더) cuts the pictures into batches. For training it gives them out in another order in each epoch.
#
# **Your prediction:** how many batches of 128 are there in 54,000 pictures? How large is the last one?

# %% jupyter={"outputs_hidden": true}
def loader(pictures, labels, shuffle=False):
    pairs = TensorDataset(to_tensor(pictures), torch.from_numpy(labels.astype("int64")))
    return DataLoader(pairs, batch_size=BATCH, shuffle=shuffle)


train_batches, val_batches = loader(x_train, y_train, shuffle=True), loader(x_val, y_val)

images, labels = next(iter(train_batches))
print("one batch:", tuple(images.shape), "labels:", tuple(labels.shape), labels.dtype)
print("batches:", len(train_batches), "the last one has", len(x_train) % BATCH, "pictures")

# %% [markdown]
# ## 2. A network is a class
#
# You write a class with two methods. `__init__` makes the layers, `forward` (순전파) says how a batch passes through them. Everything else,
# such as finding all parameters, comes from `nn.Module`.
#
# LeNet-5 as in chapter 03: 28 by 28 pixels with a border of 2 make 32 by 32.
#
# Two differences to Keras show in each line. A layer wants to know **how many channels come in** (`1, 6`), and the activation is a layer of
# its own.
#
# **Your prediction:** why is there no softmax at the end? (Look for the answer when we come to the loss.)

# %%
class LeNet5(nn.Module):
    def __init__(self):
        super().__init__()
        self.features = nn.Sequential(
            nn.Conv2d(1, 6, kernel_size=5, padding=2), nn.ReLU(), nn.MaxPool2d(2),
            nn.Conv2d(6, 16, kernel_size=5), nn.ReLU(), nn.MaxPool2d(2),
            nn.Conv2d(16, 120, kernel_size=5), nn.ReLU(),
        )
        self.classifier = nn.Sequential(nn.Flatten(), nn.Linear(120, 84), nn.ReLU(), nn.Linear(84, 10))

    def forward(self, images):
        return self.classifier(self.features(images))


# %% jupyter={"outputs_hidden": true}
def count(network):
    return sum(parameter.numel() for parameter in network.parameters())


untrained, x = LeNet5(), images
print(f"{'input':10} {tuple(x.shape)}")
for layer in [*untrained.features, *untrained.classifier]:
    x = layer(x)
    print(f"{type(layer).__name__:10} {tuple(x.shape)!s:20} {count(layer):>7,}")
print("parameters:", f"{count(untrained):,}")
assert count(untrained) == 61_706

# %% [markdown]
# 61,706, as in chapter 03, line by line. PyTorch has no `summary()`; but a network is Python, so you can send a batch through it layer by
# layer and print what you want to know. Do this whenever a shape does not fit.
#
# | | Keras | PyTorch |
# |---|---|---|
# | a batch of digits | `(128, 28, 28, 1)` | `(128, 1, 28, 28)` |
# | convolution | `Conv2D(6, 5, activation="relu")` | `nn.Conv2d(1, 6, kernel_size=5), nn.ReLU()` |
# | its kernels | `(5, 5, 1, 6)`: height, width, in, out | `(6, 1, 5, 5)`: out, in, height, width |
# | same size as before | `padding="same"` | `padding="same"`, or a number: `padding=2` |
# | dense layer | `Dense(84)`, finds out what comes in | `nn.Linear(120, 84)`, wants to be told |
# | dropout of a quarter | `Dropout(0.25)` | `nn.Dropout(0.25)` |
# | last layer | `Dense(10, activation="softmax")` | `nn.Linear(84, 10)` without softmax: *logits* |
#
# With an odd kernel and stride 1, `padding="same"` means the same in both. With stride 2 Keras may pad its two sides unequally, and PyTorch
# refuses `"same"`. There you have to give a number, which pads both sides, and the result can be that of a picture moved by a pixel.
#
# ## 3. Logits instead of probabilities
#
# The ten numbers that come out are **logits** (로짓): any numbers, the largest is the answer. `cross_entropy` of PyTorch takes *them* and
# applies softmax inside, which avoids rounding errors with very large or very small numbers. In Keras we put softmax into the network, and the loss took probabilities.
#
# Three idioms that you will see everywhere: `.to(device)` sends a network or a tensor to the device; `.item()` makes a Python number of a tensor
# that holds one value; and `.detach().cpu().numpy()` leaves the gradients behind, fetches the numbers from the device and makes an array of them.
#
# **Your prediction:** the network is untrained. About which loss do you expect, if each digit gets the probability 1/10?

# %% jupyter={"outputs_hidden": true} tags=["nbval-ignore-output"]
torch.manual_seed(environment.seed)
lenet = LeNet5().to(device)
logits = lenet(images.to(device))
loss = nn.functional.cross_entropy(logits, labels.to(device))

print("logits of one digit:", logits[0].detach().cpu().numpy().round(3))
print(f"loss: {loss.item():.3f}")

# %% jupyter={"outputs_hidden": true}
print(f"-log(1/10) = {-np.log(0.1):.3f}")
sure = torch.tensor([[8.0, 0, 0, 0, 0, 0, 0, 0, 0, 0]])
right = torch.tensor([0])
once = nn.functional.cross_entropy(sure, right).item()
twice = nn.functional.cross_entropy(sure.softmax(dim=1), right).item()
print(f"sure and right: loss {once:.3f}; with softmax applied twice: {twice:.3f}")

# %% [markdown]
# About 2.3. The last line shows **what can go wrong**: a network that ends with softmax *and* a loss that applies it again. The network may be
# as sure as it likes, the loss stays above 1.46. It still learns, slowly and worse, and nothing warns you.
#
# ## 4. The training loop
#
# `fit` of Keras does this for every batch:
#
# 1. send the pictures through the network (`network(images)`);
# 2. compare with the labels (`loss`);
# 3. put the old gradients back to zero, because PyTorch *adds* new ones to them (`zero_grad`);
# 4. compute how the loss changes with each weight (`backward`, 역전파);
# 5. change the weights a little (`optimizer.step`).
#
# In PyTorch you write these five lines. `network.train()` switches dropout on, before training; `network.eval()` switches it off, before
# measuring. **Forget `eval`, and you measure a network of which a part is switched off.**
#
# `torch.autocast` multiplies in 16 bits where `environment.bfloat16` says that it is faster; the weights stay in 32.

# %%
def train_epoch(network, batches, optimizer, steps=STEPS):
    network.train()
    loss_sum = right = seen = 0
    for step, (images, labels) in enumerate(batches, start=1):
        images, labels = images.to(device), labels.to(device)
        with torch.autocast(device.type, torch.bfloat16, enabled=environment.bfloat16):
            logits = network(images)
        loss = nn.functional.cross_entropy(logits.float(), labels)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        loss_sum += loss.item() * len(labels)  # the mean of the batch, times its pictures
        right += (logits.argmax(dim=1) == labels).sum().item()
        seen += len(labels)
        if step == steps:
            break
    return loss_sum / seen, right / seen

# %% [markdown]
# For measuring, three of the five steps fall away. Which two stay? Decide before you read the code.

# %%
@torch.no_grad()  # nothing in here needs gradients: faster, and less memory
def evaluate(network, batches):
    network.eval()
    loss_sum = right = seen = 0
    for images, labels in batches:
        images, labels = images.to(device), labels.to(device)
        logits = network(images)
        loss_sum += nn.functional.cross_entropy(logits, labels).item() * len(labels)
        right += (logits.argmax(dim=1) == labels).sum().item()
        seen += len(labels)
    return loss_sum / seen, right / seen

# %% [markdown]
# The first two: forward and loss.
#
# > **What can go wrong: dividing by the wrong number.** `loss` is the mean of *its* batch. If you add up the means and divide by the number
# > of pictures, your loss is about 128 times too small. If you divide by the number of batches, the smaller last batch counts too much. So
# > we multiply each mean by the size of its batch and divide by the pictures. And set the sums back to zero **before the validation**, or
# > the training loss is counted in.
#
# Around it the loop over the epochs. Like `ModelCheckpoint`, it keeps the weights of the epoch with the lowest validation loss. The
# *learning rate* (학습률) falls to 0 along half a cosine wave, so that the network settles down at the end.

# %%
def train(network, train_batches, val_batches, epochs=EPOCHS):
    optimizer = torch.optim.Adam(network.parameters(), lr=0.001)
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, epochs)
    run = {"loss": [], "accuracy": [], "val_loss": [], "val_accuracy": []}
    for epoch in range(epochs):
        measured = (*train_epoch(network, train_batches, optimizer), *evaluate(network, val_batches))
        schedule.step()
        for key, value in zip(run, measured, strict=True):
            run[key].append(value)
        if run["val_loss"][-1] == min(run["val_loss"]):
            best = {key: tensor.clone() for key, tensor in network.state_dict().items()}
        print(f"epoch {epoch + 1:2}: " + ", ".join(f"{key} {values[-1]:.4f}" for key, values in run.items()))
    network.load_state_dict(best)
    return run

# %% tags=["nbval-ignore-output"]
start = time.perf_counter()
lenet_run = train(lenet, train_batches, val_batches)
lenet_seconds = time.perf_counter() - start
print(f"{lenet_seconds:.0f} s")

# %% [markdown]
# `state_dict()` (상태 사전) is a dictionary of all weights, by name. `clone` copies them. Without it the dictionary would follow the network as it
# goes on, and "best" would be the last epoch.
#
# ## 5. Two convolutions and dropout
#
# The second network of chapter 03: 32 and 64 filters of 3 by 3, pooling, and two dropouts of different strength. There is no padding, so 28 becomes 26,
# then 24, and pooling makes 12 of it.
#
# **Your prediction:** which number must stand in place of `...` in `nn.Linear(..., 128)`? With `padding=1` in both convolutions, which one?

# %%
class DigitCNN(nn.Module):
    def __init__(self):
        super().__init__()
        self.convolution_1 = nn.Conv2d(1, 32, kernel_size=3)
        self.convolution_2 = nn.Conv2d(32, 64, kernel_size=3)
        self.pooling, self.dropout_1 = nn.MaxPool2d(2), nn.Dropout(0.25)
        self.hidden, self.dropout_2 = nn.Linear(12 * 12 * 64, 128), nn.Dropout(0.5)
        self.classifier = nn.Linear(128, 10)

    def forward(self, images):
        x = self.convolution_1(images).relu()  # (n, 1, 28, 28) -> (n, 32, 26, 26)
        x = self.convolution_2(x).relu()  # -> (n, 64, 24, 24)
        x = self.dropout_1(self.pooling(x))  # -> (n, 64, 12, 12)
        x = self.hidden(x.flatten(start_dim=1)).relu()  # -> (n, 9216) -> (n, 128)
        return self.classifier(self.dropout_2(x))  # -> (n, 10)


# %% jupyter={"outputs_hidden": true}
print(f"parameters: {count(DigitCNN()):,}")
print(f"of them in the hidden layer: {count(DigitCNN().hidden):,}; with padding=1: {(14 * 14 * 64 + 1) * 128:,}")
assert count(DigitCNN()) == 1_199_882

# %% [markdown]
# 12 · 12 · 64 = 9,216, and with padding 14 · 14 · 64 = 12,544. What if you write the wrong one? Nothing, until a batch comes along:

# %%
try:
    nn.Linear(14 * 14 * 64, 128)(torch.zeros(BATCH, 12 * 12 * 64))
except RuntimeError as error:
    print(error)

# %% [markdown]
# The second number, 9216, is what arrives: it belongs into `nn.Linear`.
#
# What do `train()` and `eval()` change? Ask the untrained network twice about the same digits, in each mode.
#
# **Your prediction:** in which mode do the two answers differ?

# %% jupyter={"outputs_hidden": true}
torch.manual_seed(environment.seed)
network = DigitCNN().to(device)
for mode in ("train", "eval"):
    network.train(mode == "train")  # network.train(False) is network.eval()
    first, second = network(images.to(device)), network(images.to(device))
    print(f"{mode:5} mode: both answers equal: {torch.equal(first, second)}")

# %% tags=["nbval-ignore-output"]
torch.manual_seed(environment.seed)
network_of_digits = DigitCNN().to(device)
start = time.perf_counter()
digits_run = train(network_of_digits, train_batches, val_batches)
digits_seconds = time.perf_counter() - start
print(f"{digits_seconds:.0f} s")

# %% tags=["nbval-ignore-output"]
plots.history({"LeNet-5": lenet_run, "two convolutions": digits_run})

# %% [markdown]
# *Dashed is training, solid is validation, the dot marks the epoch that we keep.* (In fast mode there is one point of each.) In the first
# epochs the dashed lines lie above the solid ones: each is the mean over an epoch in which the network was still improving. That of the two
# convolutions stays above a little longer: while it trains, dropout switches a part of it off. LeNet-5 has no dropout.
#
# ## 6. Other pictures, same class
#
# Fashion-MNIST has the same sizes as MNIST: 28 by 28, grey, ten classes. So the class of section 5 can learn clothes. Not a line of it changes,
# nor of the loop; only the loaders get other pictures.
#
# **Your prediction:** with the same class and the same loop, will the accuracy on clothes be higher or lower than on digits?

# %% jupyter={"outputs_hidden": true}
(x_clothes_all, y_clothes_all), (x_clothes_test, y_clothes_test) = load_fashion_mnist()
x_clothes, x_clothes_val, y_clothes, y_clothes_val = train_test_split(
    x_clothes_all, y_clothes_all, test_size=6000, random_state=42, stratify=y_clothes_all
)
print("training:", x_clothes.shape, "validation:", x_clothes_val.shape)
print("classes:", ", ".join(FASHION_MNIST_CLASSES))

# %% jupyter={"outputs_hidden": true} tags=["nbval-ignore-output"]
torch.manual_seed(environment.seed)
network_of_clothes = DigitCNN().to(device)
clothes_val_batches = loader(x_clothes_val, y_clothes_val)
start = time.perf_counter()
clothes_run = train(network_of_clothes, loader(x_clothes, y_clothes, shuffle=True), clothes_val_batches)
clothes_seconds = time.perf_counter() - start

# %% [markdown]
# Lower: clothes are harder to tell apart. What was learned on digits is not used here: `DigitCNN()` makes a new, untrained network. A **class** is
# the plan, a network (an *instance*) has weights.
#
# **Your prediction:** how often is the network of digits right on clothes, if class 0 stands for T-shirts, 1 for trousers, and so on?

# %% jupyter={"outputs_hidden": true} tags=["nbval-ignore-output"]
print(f"network of clothes, on clothes: {evaluate(network_of_clothes, clothes_val_batches)[1]:.4f}")
print(f"network of digits, on clothes:  {evaluate(network_of_digits, clothes_val_batches)[1]:.4f}")

# %% [markdown]
# Not far from one time in ten, which is what you get for nothing. It knows shapes of digits, and nobody has told it which number stands for
# which garment.
#
# ## 7. The test set, once
#
# All decisions are made. Each network gets a card, as in the other chapters. Yours go to the folder `build/`.

# %%
def keep(network, name, run, seconds, test_batches, **more):
    if environment.bfloat16:
        pytorch.round_kernels(network)  # the file keeps them in 16 bits, and we measure what is in the file
    best = int(np.argmin(run["val_loss"]))
    accuracy = round(evaluate(network, test_batches)[1], 4)
    facts = dict(epochs=len(run["loss"]), best_epoch=best + 1, train_seconds=round(seconds, 1))
    pytorch.save(network, name, environment, dataset="mnist", **facts,
                 notebook="pytorch/03_digits_in_pytorch", test_accuracy=accuracy,
                 validation_accuracy=round(run["val_accuracy"][best], 4), **more)
    print(f"{name:32} test accuracy {accuracy:.4f}")
    return accuracy


# %% tags=["nbval-ignore-output"]
digits_test, clothes_test = loader(x_test, y_test), loader(x_clothes_test, y_clothes_test)
clothes_accuracy = round(evaluate(network_of_clothes, clothes_test)[1], 4)
print(f"{'the same class on clothes':32} test accuracy {clothes_accuracy:.4f}")
tested = [
    keep(lenet, "pytorch_mnist_lenet5", lenet_run, lenet_seconds, digits_test),
    keep(network_of_digits, "pytorch_mnist_two_convolutions", digits_run, digits_seconds, digits_test,
         clothes_test_accuracy=clothes_accuracy),
]

# %% [markdown]
# On the cards of the shipped networks:
#
# | network | parameters | Keras, test | PyTorch, test |
# |---|---|---|---|
# | LeNet-5 | 61,706 | 0.9921<!-- mnist_lenet5.test_accuracy --> | 0.9899<!-- pytorch_mnist_lenet5.test_accuracy --> |
# | two convolutions, dropout | 1,199,882 | 0.9918<!-- mnist_two_convolutions.test_accuracy --> | 0.9903<!-- pytorch_mnist_two_convolutions.test_accuracy --> |
# | the same class on clothes | 1,199,882 | | 0.9209<!-- pytorch_mnist_two_convolutions.clothes_test_accuracy --> |
#
# Same data, same split, same layers, same dropout. Not the same: the first weights (Keras draws them by Glorot's rule with biases of 0, PyTorch
# by another rule, biases included), the order of the batches, and how the learning rate falls (chapter 03 lowers it when an epoch brought nothing).
# With three seeds the two convolutions of Keras reached between 0.9918<!-- mnist_two_convolutions.seeds.test_accuracy.min --> and
# 0.9922<!-- mnist_two_convolutions.seeds.test_accuracy.max -->. So do not read the last two digits of the table as "Keras is better" or the other way
# round: **the library does not make a network better or worse.** Choose the one in which you think more easily.
#
# ## What can go wrong
#
# - **`zero_grad` forgotten.** Gradients of all batches so far add up, and training goes astray.
# - **`eval` forgotten.** Dropout stays on, and your validation accuracy is too low and wobbles.
# - **`no_grad` forgotten.** The result is right, but PyTorch keeps everything that it would need for gradients, and memory runs full.
# - **Network and pictures on different devices.** "Expected all tensors to be on the same device": send both there with `.to(device)`.
# - **Labels of another type.** `cross_entropy` wants whole numbers of 64 bits (`int64`); with 32 bits it stops with an error.
#
# ## What you learned
#
# 1. PyTorch wants channels first (NCHW), and each layer wants to know what comes in.
# 2. A network is a class: `__init__` makes the layers, `forward` says the way through them.
# 3. It ends with logits; the loss applies softmax. Applying it twice costs accuracy and gives no error.
# 4. The loop is yours: forward, loss, `zero_grad`, `backward`, `step`; `train()` before it, `eval()` and `no_grad` for measuring.
# 5. The same class learns other pictures when the loaders give it others. Both libraries reach about the same.
#
# **Next:** [04 · Clothes in PyTorch: early stopping by hand, and weights from Keras](04_clothes_in_pytorch.ipynb) builds a network by name, stops early, and carries weights over from Keras.

# %% tags=["reached", "nbval-ignore-output"]
figures = f"LeNet-5 {tested[0]:.4f}, two convolutions {tested[1]:.4f}, on clothes {clothes_accuracy:.4f}"
print("test accuracy (trained now):", figures)
