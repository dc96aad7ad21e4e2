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
# train the same class on other images without changing a line of it.
#
# - **Time** on 2 CPU cores: 0.5<!-- chapters.03_digits_in_pytorch.fast_minutes --> minutes in fast mode, 7.3<!-- chapters.03_digits_in_pytorch.full_minutes --> minutes in full mode. A GPU is used when there is one.
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
# [PyTorch](https://pytorch.org/) is the other library that you will meet everywhere. Keras trains for you when you call `fit`. In PyTorch you
# write that part yourself, so there are more lines, but nothing is hidden. If you type from an older book and a line stops with an error, the table
# [your book's line, today's line](../00_start_here.ipynb) in chapter 00 translates it.
#
# The next cell picks a *device* (장치), the processor that computes: a GPU if there is one, else the CPU. It also says whether this machine
# multiplies faster in 16 bits (`bfloat16`). With `FAST=1` in the environment every network is trained with 20 or 40 updates only, which is enough to see
# that everything works, and too little for good results.

# %% tags=["nbval-ignore-output"]
from helpers.environment import FAST
from helpers.training import pytorch

environment = pytorch.setup(seed=42)
device = environment.device

# %%
import itertools, math, time

import matplotlib.pyplot as plt
import numpy as np
import torch
from sklearn.model_selection import train_test_split
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

from helpers import plots
from helpers.data import FASHION_MNIST_CLASSES, load_fashion_mnist, load_mnist

# %%
EPOCHS = 1 if FAST else 5  # rounds through the training images
STEPS = 20 if FAST else None  # updates of the weights in a round; None: as many as there are batches
BATCH = 128  # images between two updates
RATE = 0.002  # how far each update goes, at most

# %% [markdown]
# ## 1. Arrays become tensors, and the channel comes first
#
# The data are those of chapter 03, from the same files and with the same split. PyTorch computes with *tensors* (텐서): arrays that know
# which device they are on, and how they came about, which is needed for the gradients.
#
# Keras orders the axes of a batch as images, height, width, channels (**NHWC**). PyTorch wants **NCHW**: images, channels, height,
# width (배치, 채널, 높이, 너비).
#
# **Your prediction:** what is the shape of the tensor of all training digits? And what would it be for as many colour photographs of 32 by 32
# pixels?

# %% jupyter={"outputs_hidden": true}
(x_train_all, y_train_all), (x_test, y_test) = load_mnist()
x_train, x_val, y_train, y_val = train_test_split(
    x_train_all, y_train_all, test_size=6000, random_state=42, stratify=y_train_all
)


def to_tensor(images):
    return torch.from_numpy(images[:, np.newaxis].astype("float32") / 255)  # the new axis is the channel


print("array: ", x_train.shape, x_train.dtype)
print("tensor:", tuple(to_tensor(x_train).shape), to_tensor(x_train).dtype)

# %% [markdown]
# (54000, 1, 28, 28): the axis of length 1 stands *second*. Colour photographs would be (54000, 3, 32, 32), and for them you would have to move an
# axis with [`transpose`](https://numpy.org/doc/stable/reference/generated/numpy.transpose.html), because they have a channel axis already, but at
# the wrong place.
#
# > **What can go wrong: `reshape` instead of `transpose`.** `photo.reshape(3, 32, 32)` of a (32, 32, 3) photograph gives the right
# > shape and a jumbled picture, because red, green and blue of the first rows end up in one channel. No error tells you.
#
# ### `torchvision`, where books get their data
#
# This course reads MNIST from the files that come with it. Books on PyTorch mostly take it from the package
# [`torchvision`](https://docs.pytorch.org/vision/stable/datasets.html), like this:
#
# ```python
# from torchvision import datasets
# from torchvision.transforms import ToTensor
#
# training_data = datasets.MNIST(root="data", train=True, download=True, transform=ToTensor())
# test_data = datasets.MNIST(root="data", train=False, download=True, transform=ToTensor())
# ```
#
# `download=True` fetches the files into the folder `root` once. `training_data[7]` is a pair: image 7, and its label. Each time that you ask for a
# pair, the image first goes through `transform`. Here that is
# [`ToTensor`](https://docs.pytorch.org/vision/stable/generated/torchvision.transforms.ToTensor.html), and what it does to *one* image fits into two
# lines. It puts the channels first, and it divides by 255, which is the normalisation (정규화) that chapter 03 does by hand.
#
# **Your prediction:** what are the shapes and the largest values of a digit and of a white colour photograph of 32 by 32 pixels behind `ToTensor`?

# %% jupyter={"outputs_hidden": true}
def like_torchvision(image):  # (height, width) or (height, width, channels), bytes
    channels_last = image.reshape(*image.shape[:2], -1)
    return torch.from_numpy(channels_last.transpose(2, 0, 1).astype("float32") / 255)


white_photograph = np.full((32, 32, 3), 255, np.uint8)
for name, image in {"digit": x_train[0], "photograph": white_photograph}.items():
    tensor = like_torchvision(image)
    print(f"{name}: {image.shape} becomes {tuple(tensor.shape)}, value {image.max()} becomes {tensor.max():.1f}")

# %% tags=["nbval-ignore-output"]
try:
    from torchvision.transforms import ToTensor

    print("the same numbers as torchvision:", torch.equal(ToTensor()(x_train[0]), like_torchvision(x_train[0])))
except (ImportError, RuntimeError):
    print("torchvision is not installed here, and the lesson does not need it. To compare: pip install torchvision")

# %% [markdown]
# (1, 28, 28) and (3, 32, 32), with values up to 1. So after `ToTensor` do not divide by 255 again, or the images are almost empty.
#
# ### Batches
#
# A [`TensorDataset`](https://docs.pytorch.org/docs/stable/data.html#torch.utils.data.TensorDataset) ties images to labels; it can take the place of
# `training_data` above. A [`DataLoader`](https://docs.pytorch.org/docs/stable/data.html#torch.utils.data.DataLoader) (데이터 로더) cuts either of them
# into batches. The batch size (배치 크기) is 128 here. With `shuffle=True` the images come in another order in each epoch.
#
# **Your prediction:** how many batches of 128 are there in 54,000 images? How large is the last one? And how many batches are there with `drop_last=True`, which leaves
# out a last batch that is not full?

# %% jupyter={"outputs_hidden": true}
def loader(images, labels, shuffle=False, drop_last=False):
    pairs = TensorDataset(to_tensor(images), torch.from_numpy(labels.astype("int64")))
    return DataLoader(pairs, batch_size=BATCH, shuffle=shuffle, drop_last=drop_last)


train_batches, val_batches = loader(x_train, y_train, shuffle=True), loader(x_val, y_val)
images, labels = next(iter(train_batches))
print("one batch:", tuple(images.shape), "labels:", tuple(labels.shape), labels.dtype)
print("batches:", len(train_batches), "the last one has", len(x_train) % BATCH, "images")
print("batches with drop_last=True:", len(loader(x_train, y_train, drop_last=True)))

# %% [markdown]
# 54,000 / 128 is a little less than 422, so there are 422 batches, and the last one is smaller. With `drop_last=True` there is one less: some books
# do this, so that all batches weigh the same. For validation it would be wrong, because 112 images would never be asked.
#
# ## 2. A network is a class
#
# You write a class with two methods. `__init__` makes the layers, and `forward` (순전파) says how a batch passes through them. Everything else,
# such as finding all parameters, comes from [`nn.Module`](https://docs.pytorch.org/docs/stable/generated/torch.nn.Module.html).
#
# Below is LeNet-5 of chapter 03, the first famous convolutional neural network (합성곱 신경망, in short CNN). A border of 2 makes 32 by 32 of 28 by 28
# pixels. Two differences to Keras show in each line: a layer wants to know **how many channels come in**, as in `(1, 6)`, and the activation is a
# layer of its own.

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


# %% [markdown]
# A book counts $(5 \cdot 5 + 1) \cdot 6 + (5 \cdot 5 + 1) \cdot 16 + (5 \cdot 5 + 1) \cdot 120 = 3{,}692$ parameters in the three convolutions and 11,014 in the two
# dense layers. It concludes that the dense layers hold three times as many parameters as the convolutions.
#
# **Your prediction:** what is wrong with the count? How many parameters do the three convolutions have, and which side really holds more?

# %% jupyter={"outputs_hidden": true}
def count(network):
    return sum(parameter.numel() for parameter in network.parameters())


untrained, x = LeNet5(), images
print(f"{'input':10} {tuple(x.shape)}")
for layer in [*untrained.features, *untrained.classifier]:
    x = layer(x)
    print(f"{type(layer).__name__:10} {tuple(x.shape)!s:20} {count(layer):>7,}")
print(f"convolutions, as the book counts: {sum((5 * 5 + 1) * filters for filters in (6, 16, 120)):,}")
print(f"convolutions: {count(untrained.features):,}")
print(f"dense layers: {count(untrained.classifier):,}")
print(f"parameters: {count(untrained):,}")
assert count(untrained) == 61_706

# %% [markdown]
# A kernel is as deep as its input, so a filter of the second convolution has 25 weights for *each* of six maps, and a filter of the third has 25
# for each of 16. The book counts flat kernels. With the right count the conclusion is reversed: the convolutions have 50,692 parameters, against
# 11,014 in the dense layers, which is more than four times as
# many<!-- claim: number("convolutions:") == 50692 and number("dense layers:") == 11014 and number("convolutions:") > 4 * number("dense layers:") -->.
# That makes 61,706, as in chapter 03, line by line.
#
# The loop above stands in for Keras's `summary()`. A network is Python, so you can send a batch through it layer by layer, and print what you want
# to know. Do this whenever a shape does not fit.
#
# Books often give *every* convolution of LeNet-5 a padding (패딩) of 2, the second form of chapter 03.
#
# **Your prediction:** then how many values reach the first dense layer, instead of 120? Does the reversed conclusion hold for this form, too?

# %% jupyter={"outputs_hidden": true}
padded = nn.Sequential(
    nn.Conv2d(1, 6, kernel_size=5, padding=2), nn.ReLU(), nn.MaxPool2d(2),
    nn.Conv2d(6, 16, kernel_size=5, padding=2), nn.ReLU(), nn.MaxPool2d(2),
    nn.Conv2d(16, 120, kernel_size=5, padding=2), nn.ReLU(),
)
maps = padded(images)
reaching = maps.flatten(start_dim=1).shape[1]
dense = nn.Sequential(nn.Flatten(), nn.Linear(reaching, 84), nn.ReLU(), nn.Linear(84, 10))

print("maps of the third convolution:", tuple(maps.shape), "values that reach the dense layer:", f"{reaching:,}")
print("answers:", tuple(dense(maps).shape))
print(f"in the convolutions: {count(padded):,}, in the dense layers: {count(dense):,}")
assert (reaching, count(padded) + count(dense)) == (5_880, 545_546)

# %% [markdown]
# The maps stay 7 by 7, so 120 · 7 · 7 = 5,880 values reach it<!-- claim: number("values that reach the dense layer:") == 5880 -->. The convolutions
# have as many parameters as before, because a kernel does not care how large its input is. But the first dense layer has grown, and in *this* form
# the dense layers hold by far the most<!-- claim: number("in the dense layers:") > 5 * number("in the convolutions:") -->. So say which LeNet-5 you
# mean.
#
# | | Keras | PyTorch |
# |---|---|---|
# | a batch of digits | `(128, 28, 28, 1)` | `(128, 1, 28, 28)` |
# | convolution | `Conv2D(6, 5, activation="relu")` | [`nn.Conv2d`](https://docs.pytorch.org/docs/stable/generated/torch.nn.Conv2d.html)`(1, 6, kernel_size=5), nn.ReLU()` |
# | its kernels | `(5, 5, 1, 6)`: height, width, in, out | `(6, 1, 5, 5)`: out, in, height, width |
# | same size as before | `padding="same"` | `padding="same"`, or a number: `padding=2` |
# | dense layer | `Dense(84)`, finds out what comes in | [`nn.Linear`](https://docs.pytorch.org/docs/stable/generated/torch.nn.Linear.html)`(120, 84)`, wants to be told |
# | dropout of a quarter | `Dropout(0.25)` | `nn.Dropout(0.25)` |
#
# With an odd kernel and stride 1, `padding="same"` means the same in both. With stride 2 Keras may pad its two sides unequally, and PyTorch
# refuses `"same"`. There you have to give a number, which pads both sides, and the result can be that of an image moved by a pixel.
#
# ## 3. Scores instead of probabilities
#
# `LeNet5` ends with a dense layer and without softmax. So the ten numbers that come out are *scores*: any numbers, of which the largest is the answer. PyTorch calls them
# **logits** (로짓). The loss is crossentropy as in chapter 03; the function is called
# [`cross_entropy`](https://docs.pytorch.org/docs/stable/generated/torch.nn.functional.cross_entropy.html), and it takes the labels as numbers.
#
# **Your prediction:** a network is confident and right: the right digit has a score of 8, the others have 0. We give `cross_entropy` these scores
# once as they are, and once after softmax. Which of the two losses is close to 0? Then why does `LeNet5` end without softmax?

# %% jupyter={"outputs_hidden": true}
right = torch.tensor([0])
for score in (8.0, 1000.0):
    scores = torch.tensor([[score, 0, 0, 0, 0, 0, 0, 0, 0, 0]])
    once = nn.functional.cross_entropy(scores, right).item()
    twice = nn.functional.cross_entropy(scores.softmax(dim=1), right).item()
    print(f"score {score:.0f}: loss of the scores {once:.3f}, loss after softmax {twice:.3f}")

# %% [markdown]
# The first<!-- claim: number("loss of the scores") < 0.01 -->, because `cross_entropy` applies softmax itself. Scores must go in, and a softmax in
# the network would be a second one. (The two are put together because this avoids rounding errors with very large and very small numbers.)
#
# > **What can go wrong: softmax twice.** If a network ends with softmax *and* this loss applies it again, the loss stays above 1.46, however
# > confident the network is<!-- claim: min(numbers("loss after softmax")) > 1.46 -->. The network still learns, but slowly and worse, and nothing
# > warns you.
#
# You will see three idioms everywhere: `.to(device)` sends a network or a tensor to the device; `.item()` makes a Python number of a tensor
# that holds one value; and `.detach().cpu().numpy()` leaves the gradients behind, fetches the numbers from the device and makes an array of them.
#
# **Your prediction:** the network is untrained. About which loss do you expect, if each digit gets the probability 1/10?

# %% jupyter={"outputs_hidden": true} tags=["nbval-ignore-output"]
torch.manual_seed(environment.seed)
lenet = LeNet5().to(device)
logits = lenet(images.to(device))
loss = nn.functional.cross_entropy(logits, labels.to(device))

print("logits of one digit:", logits[0].detach().cpu().numpy().round(3))
print(f"loss of the untrained network {loss.item():.3f}, -log(1/10) = {-np.log(0.1):.3f}")

# %% [markdown]
# About 2.3, which is −log(1/10)<!-- claim: abs(number("loss of the untrained network") - number("-log(1/10) =")) < 0.1 -->. If a network of yours
# starts much higher, look for a mistake before you train it.
#
# ## 4. What `loss.backward()` does
#
# `fit` of Keras does five things for every batch, and here they are five lines:
#
# 1. send the images through the network: `logits = network(images)`;
# 2. compare with the labels: `loss = cross_entropy(logits, labels)`;
# 3. set the old gradients back to zero: `optimizer.zero_grad()`;
# 4. compute the gradients: `loss.backward()`;
# 5. change each weight a little: `optimizer.step()`.
#
# The fourth is **backpropagation** (역전파, also 오차 역전파 or 오류 역전파). While the batch went forward, PyTorch kept a record of every operation. `backward`
# goes through this record from the loss back to the first layer, and multiplies the slopes on the way, as chapter 02 did by hand. In the end each
# parameter has its *gradient* (기울기) in `.grad`: how fast the loss changes with it. No weight has moved yet, because that is the job of
# `optimizer.step()`.
#
# Try it with a single weight *w* = 3 and the loss $(2w - 1)^2$. Its slope is $4 (2w - 1)$.
#
# **Your prediction:** which numbers are *w* and its gradient after `backward`? And if you compute the loss and call `backward` a second time, without `zero_grad`?

# %% jupyter={"outputs_hidden": true}
w = torch.tensor(3.0, requires_grad=True)
for turn in ("first", "second"):
    loss = (2 * w - 1) ** 2
    loss.backward()
    print(f"after the {turn} backward: w = {w.item():.0f}, gradient {w.grad.item():.0f}")

# %% [markdown]
# *w* is 3 both times, because `backward` changes no weight. The gradient is 4 · 5 = 20 first, and then twice as
# much<!-- claim: numbers("backward: w = 3, gradient") == [20, 40] -->: PyTorch *adds* new gradients to the old ones. That is why `zero_grad` is among the five lines.
#
# ## 5. The training loop
#
# Two switches belong to it. `network.train()` switches dropout on, before training, and `network.eval()` switches it off, before
# measuring. **If you forget `eval`, you measure a network of which a part is switched off.**
#
# [`torch.autocast`](https://docs.pytorch.org/docs/stable/amp.html) multiplies in 16 bits where `environment.bfloat16` says that it is faster; the
# weights stay in 32. `islice` ends the round after `steps` batches, if `steps` is a number. The learning rate changes after every update, with
# `schedule.step()`; you will see how in a moment.

# %%
def train_epoch(network, batches, optimizer, schedule, steps=STEPS):
    network.train()
    sums = np.zeros(3)  # of the losses, the right answers, and the images
    for images, labels in itertools.islice(batches, steps):
        images, labels = images.to(device), labels.to(device)
        with torch.autocast(device.type, torch.bfloat16, enabled=environment.bfloat16):
            logits = network(images)
        loss = nn.functional.cross_entropy(logits.float(), labels)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        schedule.step()
        right = (logits.argmax(dim=1) == labels).sum().item()
        sums += loss.item() * len(labels), right, len(labels)  # the mean loss of the batch, times its images
    return sums[0] / sums[2], sums[1] / sums[2]

# %% [markdown]
# Books often write `for images, labels in tqdm(batches):`. [tqdm](https://tqdm.github.io/) is a package that draws a progress bar while the loop
# runs, and changes nothing else.
#
# For measuring, three of the five lines fall away. Decide which two stay before you read on.

# %%
@torch.no_grad()  # nothing in here needs gradients: faster, and less memory
def evaluate(network, batches):
    network.eval()
    sums = np.zeros(3)
    for images, labels in batches:
        images, labels = images.to(device), labels.to(device)
        logits = network(images)
        loss = nn.functional.cross_entropy(logits, labels)
        right = (logits.argmax(dim=1) == labels).sum().item()
        sums += loss.item() * len(labels), right, len(labels)
    return sums[0] / sums[2], sums[1] / sums[2]

# %% [markdown]
# The first two stay, the way through the network and the loss.
#
# > **What can go wrong: dividing by the wrong number.** `loss` is the mean of *its* batch. If you add up the means and divide by the number of
# > images, your loss is about 128 times too small. If you divide by the number of batches, the smaller last batch counts too much. Therefore we
# > multiply each mean by the size of its batch and divide by the images that were seen. (With `drop_last=True` these are fewer than the data set
# > has.) Set the sums back to zero **before the validation**, or the training loss is counted in.
#
# The learning rate (학습률) follows the schedule of chapter 03: it rises during the first tenth of the updates, the *warm-up*, and then falls to 0 along half a cosine
# wave. In PyTorch [`LambdaLR`](https://docs.pytorch.org/docs/stable/generated/torch.optim.lr_scheduler.LambdaLR.html) multiplies the rate of the optimizer by a
# number that a function of yours gives it, here `share`, and it asks anew whenever you call `schedule.step()`.
#
# **Your prediction:** the highest rate is 0.002, and there are 1,000 updates. What is the rate after 0, 50, 100, 550 and 1,000 of them?

# %%
def schedule_for(optimizer, updates):
    warm_up = updates // 10

    def share(update):  # of the highest rate
        falling = (update - warm_up) / (updates - warm_up)
        return update / warm_up if update < warm_up else (1 + math.cos(math.pi * falling)) / 2

    return torch.optim.lr_scheduler.LambdaLR(optimizer, share)


# %% jupyter={"outputs_hidden": true}
optimizer = torch.optim.Adam([torch.zeros(1, requires_grad=True)], lr=RATE)
schedule = schedule_for(optimizer, 1000)
for update in range(1001):
    if update in (0, 50, 100, 550, 1000):
        print(f"after {update:4} updates: learning rate {optimizer.param_groups[0]['lr']:.4f}")
    optimizer.step()
    schedule.step()

# %% [markdown]
# It is highest at the end of the warm-up, and half as high in the middle of the way
# down<!-- claim: numbers("learning rate") == [0, 0.001, 0.002, 0.001, 0] -->. Large updates bring the network forward, and the tiny ones at the end
# let it come to rest, so a few epochs are enough.
#
# Around all this comes the loop over the epochs. Like `ModelCheckpoint`, it keeps the weights of the epoch with the lowest validation loss.

# %%
def train(network, train_batches, val_batches, epochs=EPOCHS):
    optimizer = torch.optim.Adam(network.parameters(), lr=RATE)
    schedule = schedule_for(optimizer, epochs * (STEPS or len(train_batches)))
    run = {"loss": [], "accuracy": [], "val_loss": [], "val_accuracy": []}
    for epoch in range(epochs):
        measured = (*train_epoch(network, train_batches, optimizer, schedule), *evaluate(network, val_batches))
        for key, value in zip(run, measured, strict=True):
            run[key].append(value)
        if run["val_loss"][-1] == min(run["val_loss"]):
            best = {key: tensor.clone() for key, tensor in network.state_dict().items()}
        print(f"epoch {epoch + 1:2}: " + ", ".join(f"{key} {values[-1]:.4f}" for key, values in run.items()))
    network.load_state_dict(best)
    return run

# %% [markdown]
# LeNet-5 is small, and an epoch takes a few seconds, so it gets twice as many epochs.

# %% tags=["nbval-ignore-output"]
start = time.perf_counter()
lenet_run = train(lenet, train_batches, val_batches, epochs=2 * EPOCHS)
lenet_seconds = time.perf_counter() - start
print(f"{lenet_seconds:.0f} s")

# %% [markdown]
# [`state_dict()`](https://docs.pytorch.org/docs/stable/generated/torch.nn.Module.html#torch.nn.Module.state_dict) (상태 사전) is a dictionary of all
# weights, by name, and `clone` copies them. Without `clone` the dictionary would follow the network as it goes on, and "best" would be the last
# epoch.
#
# ## 6. Two convolutions and dropout
#
# The second network of chapter 03 has 32 and 64 filters of 3 by 3, then pooling, and two dropouts of different strength, in front of and behind a
# dense layer of 128 units. It has no padding, so each convolution takes two pixels off. In a book you find the same class with `padding=1` in both
# convolutions.
#
# **Your prediction:** which number must stand in place of `...` in `nn.Linear(..., 128)`, without padding and with it?

# %% jupyter={"outputs_hidden": true}
for padding in (0, 1):
    convolutions = nn.Sequential(
        nn.Conv2d(1, 32, kernel_size=3, padding=padding), nn.ReLU(),
        nn.Conv2d(32, 64, kernel_size=3, padding=padding), nn.ReLU(), nn.MaxPool2d(2), nn.Flatten(),
    )
    reaching = convolutions(images).shape[1]
    dense = nn.Sequential(nn.Linear(reaching, 128), nn.ReLU(), nn.Linear(128, 10))
    total = count(convolutions) + count(dense)
    print(f"padding={padding}: {reaching:,} values reach the dense layer, {total:,} parameters in all")

# %% [markdown]
# Without padding 28 becomes 26, then 24, and pooling makes 12 of it: 12 · 12 · 64 = 9,216. With padding it is 14 · 14 · 64 =
# 12,544<!-- claim: number("padding=0:") == 9216 and number("padding=1:") == 12544 -->. The book's form has 1,625,866 parameters, exactly as many as
# Conv-Conv-Pool of chapter 04, because it is the same network. Now the class:

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


# %%
print(f"parameters: {count(DigitCNN()):,}, of them in the hidden layer: {count(DigitCNN().hidden):,}")
assert count(DigitCNN()) == 1_199_882

# %% [markdown]
# What if you write the wrong one of the two numbers? Nothing happens, until a batch comes along:

# %%
try:
    nn.Linear(14 * 14 * 64, 128)(torch.zeros(BATCH, 12 * 12 * 64))
except RuntimeError as error:
    print(error)

# %% [markdown]
# The second number, 9216, is what arrives, so it belongs into `nn.Linear`.
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

# %% [markdown]
# In training mode, because dropout switches other units off each time. Now train it, with the same loop:

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
# *Dashed is training, solid is validation, the dot marks the epoch that we keep.* In fast mode there are only one or two points of each. In the
# first epoch the dashed line of the two convolutions lies above its solid line<!-- claim: numbers(": loss ")[0] > numbers(" val_loss ")[0] -->,
# because it is the mean over an epoch in which the network was still improving. It is still above it in the second
# epoch<!-- claim: numbers(": loss ")[1] > numbers(" val_loss ")[1] -->: while the network trains, dropout switches a part of it off. LeNet-5 has no
# dropout.
#
# Such curves need no helper. Here is the accuracy of the same network, in bare lines of Matplotlib:

# %% tags=["nbval-ignore-output"]
epochs = np.arange(1, len(digits_run["accuracy"]) + 1)
figure, axis = plt.subplots(figsize=(6, 3), layout="constrained")
axis.plot(epochs, digits_run["accuracy"], "o--", label="training")
axis.plot(epochs, digits_run["val_accuracy"], "o-", label="validation")
axis.set(xlabel="epoch", ylabel="accuracy", title="Two convolutions", xticks=epochs)
axis.legend()
axis.grid(alpha=0.3)
plt.show()

# %% [markdown]
# *Dashed is training, solid is validation.* An accuracy rises where a loss falls.
#
# ## 7. Other images, same class
#
# Fashion-MNIST has the same sizes as MNIST: 28 by 28 pixels, one channel, ten classes. So the class of step 6 can learn clothes. Not a line of it changes,
# nor of the loop; only the loaders get other images. With torchvision you would write `datasets.FashionMNIST` in place of `datasets.MNIST`.
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
clothes_run = train(network_of_clothes, loader(x_clothes, y_clothes, shuffle=True), clothes_val_batches)
print(f"digits: validation accuracy {evaluate(network_of_digits, val_batches)[1]:.4f}")
print(f"clothes: validation accuracy {evaluate(network_of_clothes, clothes_val_batches)[1]:.4f}")

# %% [markdown]
# It is lower<!-- claim: number("clothes: validation accuracy") < number("digits: validation accuracy") - 0.03 -->, because clothes are harder to
# tell apart. What was learned on digits is not used here: `DigitCNN()` makes a new, untrained network. A **class** is the plan, and each network
# made from it, an *instance*, has weights of its own.
#
# **Your prediction:** how often is the network of digits right on clothes, if class 0 stands for T-shirts, 1 for trousers, and so on?

# %% jupyter={"outputs_hidden": true} tags=["nbval-ignore-output"]
print(f"network of clothes, on clothes: {evaluate(network_of_clothes, clothes_val_batches)[1]:.4f}")
print(f"network of digits, on clothes:  {evaluate(network_of_digits, clothes_val_batches)[1]:.4f}")

# %% [markdown]
# It is not far from one time in ten, which is what you get for nothing<!-- claim: number("network of digits, on clothes:") < 0.25 -->. The network
# knows shapes of digits, and nobody has told it which number stands for which garment.
#
# ## 8. The test set, once
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
# | LeNet-5 | 61,706 | 0.9921<!-- mnist_lenet5.test_accuracy --> | 0.9912<!-- pytorch_mnist_lenet5.test_accuracy --> |
# | two convolutions, dropout | 1,199,882 | 0.9918<!-- mnist_two_convolutions.test_accuracy --> | 0.9901<!-- pytorch_mnist_two_convolutions.test_accuracy --> |
# | the same class on clothes | 1,199,882 | | 0.9136<!-- pytorch_mnist_two_convolutions.clothes_test_accuracy --> |
#
# The data, the split, the layers, the dropout and the form of the schedule are the same. What differs are the first weights (Keras draws them by
# Glorot's rule with biases of 0, PyTorch by another rule, biases included), the order of the batches, their size with the learning rate that goes
# with it, and the number of epochs. With three seeds the two convolutions of Keras reached between
# 0.9918<!-- mnist_two_convolutions.seeds.test_accuracy.min --> and 0.9922<!-- mnist_two_convolutions.seeds.test_accuracy.max -->. So do not read
# the last two digits of the table as "Keras is better" or the other way round, because **the library does not make a network better or worse.**
# Choose the one in which you think more easily.
#
# ## What can go wrong
#
# - **`zero_grad` forgotten.** The gradients of all batches so far add up, and training goes astray.
# - **`eval` forgotten.** Dropout stays on, and your validation accuracy is too low and changes from one measurement to the next.
# - **`no_grad` forgotten.** The result is right, but PyTorch keeps everything that it would need for gradients, and memory runs full.
# - **Network and images on different devices.** "Expected all tensors to be on the same device": send both there with `.to(device)`.
# - **Labels of another type.** `cross_entropy` wants whole numbers of 64 bits (`int64`); with 32 bits it stops with an error.
#
# ## What you learned
#
# 1. PyTorch wants channels first (NCHW), and each layer wants to know what comes in. `ToTensor` puts channels first and divides by 255.
# 2. A network is a class: `__init__` makes the layers, `forward` says the way through them.
# 3. It ends with logits, and the loss applies softmax. Applying it twice costs accuracy and gives no error.
# 4. `backward` fills in the gradients, `step` changes the weights, `zero_grad` clears the gradients; `train()` comes before training, `eval()` and
#    `no_grad` before measuring.
# 5. The same class learns other images when the loaders give it others. Both libraries reach about the same.
#
# | you met | what it does |
# |---|---|
# | [`torch.from_numpy`](https://docs.pytorch.org/docs/stable/generated/torch.from_numpy.html) | makes a tensor of an array |
# | [`TensorDataset`, `DataLoader`](https://docs.pytorch.org/docs/stable/data.html) | tie images to labels; give them out in batches |
# | [`nn.Module`](https://docs.pytorch.org/docs/stable/generated/torch.nn.Module.html), [`nn.Sequential`](https://docs.pytorch.org/docs/stable/generated/torch.nn.Sequential.html) | what a network class builds on; layers one after the other |
# | [`nn.Conv2d`](https://docs.pytorch.org/docs/stable/generated/torch.nn.Conv2d.html), [`nn.MaxPool2d`](https://docs.pytorch.org/docs/stable/generated/torch.nn.MaxPool2d.html), [`nn.Linear`](https://docs.pytorch.org/docs/stable/generated/torch.nn.Linear.html), [`nn.Dropout`](https://docs.pytorch.org/docs/stable/generated/torch.nn.Dropout.html) | layers of this chapter |
# | [`cross_entropy`](https://docs.pytorch.org/docs/stable/generated/torch.nn.functional.cross_entropy.html) | softmax and crossentropy in one |
# | [`backward`](https://docs.pytorch.org/docs/stable/generated/torch.Tensor.backward.html) | backpropagation: fills in all gradients |
# | [`torch.optim.Adam`](https://docs.pytorch.org/docs/stable/generated/torch.optim.Adam.html), [`LambdaLR`](https://docs.pytorch.org/docs/stable/generated/torch.optim.lr_scheduler.LambdaLR.html) | change the weights; change the learning rate |
# | [`torch.no_grad`](https://docs.pytorch.org/docs/stable/generated/torch.no_grad.html) | computes without a record for gradients |
# | [`torchvision.datasets`](https://docs.pytorch.org/vision/stable/datasets.html), [`ToTensor`](https://docs.pytorch.org/vision/stable/generated/torchvision.transforms.ToTensor.html) | data sets to download; one image as a tensor |
#
# **An open question.** Take `optimizer.zero_grad()` out of `train_epoch`, or call it only after every fourth batch. Predict for both what happens
# to the loss, train LeNet-5 for an epoch each time, and report in three sentences. What could the second one be good for?
#
# **Next:** [04 · Clothes in PyTorch: early stopping by hand, and weights from Keras](04_clothes_in_pytorch.ipynb) builds a network by name, stops early, and carries weights over from Keras.

# %% tags=["reached", "nbval-ignore-output"]
figures = f"LeNet-5 {tested[0]:.4f}, two convolutions {tested[1]:.4f}, on clothes {clothes_accuracy:.4f}"
print("test accuracy (trained now):", figures)
