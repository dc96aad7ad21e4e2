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
# # 09 · CIFAR-10 in PyTorch: save, load and go on with `state_dict`
#
# After this chapter you can train a PyTorch network on colour photographs, keep its weights in a file, get the same score from them in
# another program, and stop and go on without losing anything.
#
# - **Time** on 2 CPU cores: 0.6<!-- chapters.09_cifar10_in_pytorch.fast_minutes --> minutes in fast mode, 31.6<!-- chapters.09_cifar10_in_pytorch.full_minutes --> minutes in full mode. A GPU is used when there is one.
# - **You need** [chapter 09](../09_cifar10_and_saving.ipynb), the other companions, PyTorch (`make pytorch`; Colab has it), and CIFAR-10: it is downloaded once (170 MB, not in fast mode), or read from a folder that the environment variable `CIFAR10_DIR` names.
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
# With `FAST=1` in the environment the network is trained with 20 updates only, which is enough to see that everything works, and too little to
# learn much. Where a trained network must be judged, the cells take the one that ships with the course. If you type from an older book and a line
# stops with an error, the table [your book's line, today's line](../00_start_here.ipynb) in chapter 00 translates it.

# %% tags=["nbval-ignore-output"]
from helpers.training import pytorch
from helpers.environment import FAST, build_path

environment = pytorch.setup(seed=42)
device, bfloat16 = environment.device, environment.bfloat16

# %%
import linecache, pickle, subprocess, sys, time

import numpy as np
import torch
from sklearn.model_selection import train_test_split
from torch import nn

from helpers import models, plots
from helpers.data import CIFAR10_CLASSES, cifar10_facts, load_cifar10

EPOCHS = 1 if FAST else 30  # rounds through the training images
STEPS = 20 if FAST else None  # updates of the weights in a round; None: as many as there are batches
LEARNING_RATE = 0.001  # how far each update goes, at first

# %% [markdown]
# ## 1. Photographs, channels first
#
# The images and the split are those of chapter 09. `pytorch.batches` of the helpers makes the `TensorDataset` and the `DataLoader` that you know.
#
# **Your prediction:** the array has the shape (45000, 32, 32, 3). What does PyTorch want? Is `reshape` the way to it?

# %% jupyter={"outputs_hidden": true}
(x_train_all, y_train_all), (x_test, y_test) = load_cifar10()
y_train_all, y_test = y_train_all.ravel(), y_test.ravel()
x_train, x_val, y_train, y_val = train_test_split(
    x_train_all, y_train_all, test_size=5000, random_state=42, stratify=y_train_all
)
train_loader, val_loader = pytorch.batches(x_train, y_train, shuffle=True), pytorch.batches(x_val, y_val)
first = val_loader.dataset[0][0]

print("array:  ", x_train.shape, "-> one batch:", tuple(next(iter(val_loader))[0].shape))
print("red channel of the first image:  ", np.allclose(first[0].numpy() * 255, x_val[0, :, :, 0]))
print("with reshape it would be:        ", np.allclose(x_val[0].reshape(3, 32, 32)[0], x_val[0, :, :, 0]))

# %% [markdown]
# PyTorch wants (45000, 3, 32, 32), and the axis must be *moved*, with `transpose` of NumPy or
# [`permute`](https://docs.pytorch.org/docs/stable/generated/torch.permute.html) of PyTorch. `reshape` gives the right shape with the wrong numbers.
#
# In books the images come from torchvision, with the lines that you know from [03 · Digits in PyTorch](03_digits_in_pytorch.ipynb):
#
# ```python
# training_data = datasets.CIFAR10(root="data", train=True, download=True, transform=ToTensor())
# ```
#
# Its pairs, such as `training_data[7]`, have gone through `ToTensor` and are (3, 32, 32) with values from 0 to 1. Its `.data` has not: this is an array of bytes,
# (50000, 32, 32, 3), channels last. The course reads the same images with `load_cifar10`, so that it needs no further package.
#
# Which copy of CIFAR-10 have you got?

# %% tags=["nbval-ignore-output"]
facts = cifar10_facts(x_test)
print("CIFAR-10,", facts["edition"], "-", f"{facts['test_pictures']:,} test pictures")

# %% [markdown]
# **The figures in this notebook were measured on JPEG copies with 8,000 test images**, as those of chapter 09. And as there, the photographs
# may not be published: the next cell is stored empty, and fills when you run it. To draw them, channels must be last again.

# %% tags=["photographs", "nbval-ignore-output"]
shown = torch.stack([val_loader.dataset[i][0] for i in range(10)])
plots.images(shown.permute(0, 2, 3, 1).numpy(), [CIFAR10_CLASSES[label] for label in y_val[:10]], columns=10)

# %% [markdown]
# ## 2. The network as a class
#
# The network has two blocks of two convolutions, pooling and dropout; behind them come 512 units and ten outputs. A layer without weights may be
# used twice, so there is one pooling and one dropout for both blocks.
#
# **Your prediction:** how many tensors of weights does this class have? Which of them has most numbers?

# %%
class CifarCNN(nn.Module):
    def __init__(self, filters=32):
        super().__init__()
        self.conv1, self.conv2 = nn.Conv2d(3, filters, 3, padding="same"), nn.Conv2d(filters, 32, 3, padding="same")
        self.conv3, self.conv4 = nn.Conv2d(32, 64, 3, padding="same"), nn.Conv2d(64, 64, 3, padding="same")
        self.pooling, self.dropout = nn.MaxPool2d(2), nn.Dropout(0.25)
        self.hidden, self.hidden_dropout = nn.Linear(8 * 8 * 64, 512), nn.Dropout(0.5)
        self.output = nn.Linear(512, 10)

    def forward(self, x):  # (n, 3, 32, 32)
        x = self.conv2(self.conv1(x).relu()).relu()
        x = self.dropout(self.pooling(x))  # (n, 32, 16, 16)
        x = self.conv4(self.conv3(x).relu()).relu()
        x = self.dropout(self.pooling(x)).flatten(start_dim=1)  # (n, 4096)
        return self.output(self.hidden_dropout(self.hidden(x).relu()))  # (n, 10)


# %% jupyter={"outputs_hidden": true}
torch.manual_seed(environment.seed)
network = CifarCNN().to(device)
for name, parameter in network.named_parameters():
    print(f"{name:13} {tuple(parameter.shape)!s:16} {parameter.numel():>9,}")
print(f"{'total':30} {sum(parameter.numel() for parameter in network.parameters()):>9,}")
assert sum(parameter.numel() for parameter in network.parameters()) == 2_168_362

# %% [markdown]
# There are twelve, kernels and biases of six layers, and 2,168,362 numbers, as in Keras<!-- claim: number("total") == 2168362 -->. Nearly all are in
# `hidden.weight`<!-- claim: number("hidden.weight (512, 4096)") > 0.95 * number("total") -->.
#
# `pooling` and `dropout` are used twice in `forward`. What if you do that with a layer that has weights, perhaps because of a typing error?
#
# **Your prediction:** what happens if `conv1` is used twice in a row? And `conv4`?

# %% jupyter={"outputs_hidden": true}
for name, channels in {"conv1": 3, "conv4": 64}.items():
    layer, x = network.get_submodule(name), torch.zeros(1, channels, 16, 16, device=device)
    try:
        print(name, "twice:", tuple(layer(layer(x)).shape))
    except RuntimeError as error:
        print(name, "twice:", error)

# %% [markdown]
# `conv1` makes 32 channels of 3. Used twice, it gets 32 where it expects 3, and you see an error. `conv4` makes 64 of
# 64, so it can be used twice, and would *share* its weights between two places. Sometimes that is meant. If it is not, no message tells you.
#
# | | Keras, chapter 09 | PyTorch |
# |---|---|---|
# | keep the weights | `model.save_weights("x.weights.h5")` | `torch.save(network.state_dict(), "x.pt")` |
# | put them back | `model.load_weights("x.weights.h5")` | `network.load_state_dict(torch.load("x.pt"))` |
# | a whole model, plan included | `model.save("x.keras")` | not with `state_dict`; the class is your code |
# | weights are found by | kind and number of the layer | the **name** in the class |
# | the optimizer's memory | is in both files, if compiled | `optimizer.state_dict()`, you store it yourself |
# | strangers' files | `safe_mode=True` | `weights_only=True` |
# | dropout off for measuring | by itself | `network.eval()` |
#
# ## 3. Training, with a checkpoint that you can go on from
#
# As in chapter 09 the learning rate (학습률) falls along half a cosine wave, with
# [`CosineAnnealingLR`](https://docs.pytorch.org/docs/stable/generated/torch.optim.lr_scheduler.CosineAnnealingLR.html), once after each epoch.
#
# To go on after a stop, weights are not enough: Adam remembers means of the gradients, the schedule knows where on its curve it is, and dropout
# draws random numbers. So the *checkpoint* (체크포인트) is a dictionary of several state dicts. We write one after each epoch, and the best weights
# go to a file of their own. "Best" is the highest validation accuracy, as in chapter 09.

# %%
def tools_for(network):
    optimizer = torch.optim.Adam(network.parameters(), lr=LEARNING_RATE)
    return optimizer, torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, EPOCHS)


def checkpoint(network, optimizer, schedule, run, path):
    states = {"network": network, "optimizer": optimizer, "schedule": schedule}
    more = {"run": run, "random": torch.get_rng_state()}
    torch.save({name: part.state_dict() for name, part in states.items()} | more, path)

# %% tags=["nbval-ignore-output"]
best_file, last_file = build_path("cifar10_best.pt"), build_path("cifar10_last.pt")
optimizer, schedule = tools_for(network)
run = {"loss": [], "accuracy": [], "val_loss": [], "val_accuracy": []}
start = time.perf_counter()
for epoch in range(1, EPOCHS + 1):
    measured = pytorch.train_epoch(network, train_loader, optimizer, bfloat16, STEPS)
    for key, value in zip(run, (*measured, *pytorch.evaluate(network, val_loader, bfloat16)), strict=True):
        run[key].append(value)
    schedule.step()
    print(f"epoch {epoch:2}: " + ", ".join(f"{key} {values[-1]:.4f}" for key, values in run.items()))
    checkpoint(network, optimizer, schedule, run, last_file)
    if run["val_accuracy"][-1] > max(run["val_accuracy"][:-1], default=0):
        torch.save(network.state_dict(), best_file)
train_seconds = time.perf_counter() - start

# %% tags=["nbval-ignore-output"]
plots.history({"PyTorch": run})

# %% [markdown]
# *Dashed is training, solid is validation; the dot marks the lowest validation loss.* In fast mode there is one point of each. As in chapter 09 the
# two lines part: at the end the training loss is much lower<!-- claim: numbers(": loss ")[-1] < 0.8 * numbers(" val_loss ")[-1] -->, because the
# network gets better and better on images that it has seen, and hardly any more on new ones. This is overfitting (과대적합).
#
# We keep the epoch with the highest accuracy, which you find in the log above; it need not be that of the dot. The loss also counts how *confident*
# the network is: after the dot it may still get a few more images right, while it becomes more confident where it is wrong.
#
# **Your prediction:** the weights have 8.7 MB. How large is the checkpoint with Adam's memory?

# %% jupyter={"outputs_hidden": true}
for path in (best_file, last_file):
    print(f"{path.name:16} {path.stat().st_size / 1e6:5.1f} MB")

# %% [markdown]
# It is three times as large<!-- claim: number("cifar10_last.pt") > 2.9 * number("cifar10_best.pt") -->, because Adam keeps two numbers for each
# weight. After a power cut you would go on in this way, and nothing is lost but the epoch that was cut off:

# %%
def from_checkpoint(path):
    states = torch.load(path, map_location=device, weights_only=True)
    network = CifarCNN().to(device)
    optimizer, schedule = tools_for(network)
    for name, part in {"network": network, "optimizer": optimizer, "schedule": schedule}.items():
        part.load_state_dict(states[name])
    torch.set_rng_state(states["random"].cpu())
    return network, optimizer, schedule, states["run"]


*_, schedule_again, run_again = from_checkpoint(last_file)
print("epochs in the file:", len(run_again["loss"]) == EPOCHS, "| schedule at:", schedule_again.last_epoch == EPOCHS)

# %% [markdown]
# On a GPU dropout draws its numbers there, so `torch.cuda.get_rng_state_all()` belongs into the file, too.
#
# ## 4. `load_state_dict`, and the same score in a fresh process
#
# A file of weights needs the class. In another program you would import it. Here we hand the source of its cell over, so that the new process
# has nothing else from this notebook.
#
# **Your prediction:** the other process never calls `manual_seed`, and its network starts with other weights. Will loss and accuracy be the same?

# %%
sample_file = build_path("cifar10_sample.pt")
torch.save({"images": pytorch.to_tensor(x_val[:1000]), "labels": torch.from_numpy(y_val[:1000]).long()}, sample_file)

# %%
program = """
import sys, torch
from torch import nn
source, weights_file, sample_file = sys.argv[1:]
exec(source)  # the class, as you would import it from a file
network = CifarCNN()
network.load_state_dict(torch.load(weights_file, map_location="cpu", weights_only=True))
network.eval()
sample = torch.load(sample_file, weights_only=True)
with torch.no_grad():
    logits = network(sample["images"])
loss = nn.functional.cross_entropy(logits, sample["labels"]).item()
print(loss, (logits.argmax(dim=1) == sample["labels"]).float().mean().item())
"""

# %% jupyter={"outputs_hidden": true}
cell = CifarCNN.forward.__code__.co_filename  # each cell that was run has the name of a file, for error messages
source = "".join(linecache.getlines(cell))
command = [sys.executable, "-c", program, source, best_file, sample_file]
process = subprocess.run(command, capture_output=True, text=True)
assert process.returncode == 0, process.stderr
there = [float(number) for number in process.stdout.split()]

on_cpu = CifarCNN()
on_cpu.load_state_dict(torch.load(best_file, map_location="cpu", weights_only=True))
here = pytorch.evaluate(on_cpu, pytorch.batches(x_val[:1000], y_val[:1000], size=1000))
print("same loss and accuracy there and here:", np.allclose(there, here, atol=1e-5))

# %% [markdown]
# They are the same, because all that was learned is in the file. Both were computed on the CPU; a GPU adds in another order, and the last digits differ.
#
# And what if `eval()` is forgotten? Take the network that ships with the course, and ask it twice about the same 1,000 images, in each mode.
#
# **Your prediction:** in training mode dropout stays on. How much worse is the accuracy, a little or a lot? And how many of the 1,000 images get
# *another* answer the second time, in evaluation mode and in training mode?

# %% jupyter={"outputs_hidden": true} tags=["nbval-ignore-output"]
def answers(network):
    with torch.no_grad():
        return network(sample["images"]).argmax(dim=1)


sample = torch.load(sample_file, weights_only=True)
shipped = CifarCNN()
shipped.load_state_dict(pytorch.load_state("pytorch_cifar10_cnn"))
for mode in ("eval", "train"):
    shipped.train(mode == "train")
    first, second = answers(shipped), answers(shipped)
    right = [(found == sample["labels"]).float().mean().item() for found in (first, second)]
    changed = (first != second).sum().item()
    print(f"{mode} mode: accuracy {right[0]:.3f}, then {right[1]:.3f}, other answers the second time: {changed}")

# %% [markdown]
# The accuracy is clearly worse<!-- claim: number("train mode: accuracy") < number("eval mode: accuracy") - 0.03 -->, because a part of the network
# is switched off at random, each time another part. In evaluation mode no answer changes. In training mode more than a tenth of them
# do<!-- claim: row("eval mode: accuracy")[2] == 0 and row("train mode: accuracy")[2] > 100 -->, although the two accuracies hardly
# differ<!-- claim: abs(row("train mode: accuracy")[0] - row("train mode: accuracy")[1]) < 0.04 -->, because about as many answers become right as
# become wrong. So if the score of a network that you load is too low, and its answers change from one call to the next, look for a missing
# `eval()`.
#
# ## 5. Stop and go on
#
# Is going on from a checkpoint the same as never having stopped? Test it on the CPU: four updates in one go, against two updates, a file, and two
# more updates in a new network with a new optimizer. Dropout draws at random, so the state of the random numbers must go into the file, too.
#
# **Your prediction:** will the weights be the same, to the last bit? And if the optimizer's memory is left out?

# %%
batches = list(pytorch.batches(x_train[:128], y_train[:128], size=32))


def updates(network, optimizer, some):
    network.train()
    for images, labels in some:
        optimizer.zero_grad()
        nn.functional.cross_entropy(network(images), labels).backward()
        optimizer.step()


# %%
torch.manual_seed(0)
never_stopped = CifarCNN()
optimizer, schedule = tools_for(never_stopped)
updates(never_stopped, optimizer, batches[:2])
stop_file = build_path("cifar10_stop.pt")
states = {"network": never_stopped.state_dict(), "optimizer": optimizer.state_dict(), "random": torch.get_rng_state()}
torch.save(states, stop_file)
updates(never_stopped, optimizer, batches[2:])

# %% jupyter={"outputs_hidden": true}
def gone_on(with_optimizer):
    network = CifarCNN()
    optimizer, _ = tools_for(network)
    states = torch.load(stop_file, weights_only=True)
    network.load_state_dict(states["network"])
    if with_optimizer:
        optimizer.load_state_dict(states["optimizer"])
    torch.set_rng_state(states["random"])
    updates(network, optimizer, batches[2:])
    return network


for with_optimizer in (True, False):
    twins = zip(gone_on(with_optimizer).parameters(), never_stopped.parameters(), strict=True)
    print(f"with the optimizer's memory: {with_optimizer!s:5} same weights: {all(torch.equal(a, b) for a, b in twins)}")

# %% [markdown]
# With everything in the file they are the same, bit by bit. Without the optimizer's memory it is another training: a new Adam begins with updates
# of the full learning rate for every weight, as chapter 09 explains.
#
# ## 6. Names that do not fit
#
# Keras finds weights by kind and number of the layer, PyTorch by name. So if you rename an attribute of the class, an old file no longer
# fits. Here is a file from a time when the last layer was called `head`. `strict=False` silences the error.
#
# **Your prediction:** what does `load_state_dict(..., strict=False)` do with a layer whose name it does not find?

# %% jupyter={"outputs_hidden": true}
state = shipped.state_dict()
old = {name.replace("output", "head"): tensor for name, tensor in state.items()}
renamed = CifarCNN()
try:
    renamed.load_state_dict(old)
except RuntimeError as error:
    print(error)
print("strict=False says:", renamed.load_state_dict(old, strict=False))

# %% [markdown]
# `Missing key(s)` are in the network and not in the file, `Unexpected key(s)` the other way round. With `strict=False` that layer **keeps its
# first, random weights**, and so the network guesses:

# %% tags=["nbval-ignore-output"]
for name, network_then in {"all names right": shipped, "strict=False": renamed}.items():
    right = (answers(network_then.eval()) == sample["labels"]).float().mean().item()
    print(f"{name}: accuracy {right:.3f}")

# %% [markdown]
# The file was nearly complete, and yet almost nothing is left<!-- claim: number("strict=False: accuracy") < 0.3 and number("all names right: accuracy") > 0.7 -->.
# Use `strict=False` only if you look at the two lists that it returns. Sizes that differ are an error in any case.
#
# **Your prediction:** the first convolution of the class gets 48 filters, while the file has 32. Which tensors will the message name?

# %% jupyter={"outputs_hidden": true}
try:
    CifarCNN(filters=48).load_state_dict(state, strict=False)
except RuntimeError as error:
    print(error)

# %% [markdown]
# It names the three in which the 48 shows. For `conv1.weight` the *first* axis differs, because the file has 32 filters and the network 48. For
# `conv2.weight` it is the *second*, because it gets 48 channels instead of 32.
#
# ## 7. A pickle can be a program
#
# [`torch.save`](https://docs.pytorch.org/docs/stable/generated/torch.save.html) writes a *pickle* (피클), Python's own format for objects. A pickle
# may say "call this function when you are opened". Play the stranger: this object asks to call `print`. It could as well ask to delete your files.
#
# **Your prediction:** the file is opened twice, first with `weights_only=True`, then with `weights_only=False`. Which of the two prints the sentence?

# %% jupyter={"outputs_hidden": true}
class Stranger:
    def __reduce__(self):
        return print, ("I am a program, and I am running on your machine.",)


stranger_file = build_path("stranger.pt")
torch.save({"weights": Stranger()}, stranger_file)
try:
    torch.load(stranger_file, weights_only=True)
except pickle.UnpicklingError as error:
    print("refused:", str(error).splitlines()[0][:60], "...")
opened = torch.load(stranger_file, weights_only=False)

# %% [markdown]
# The second: `weights_only=False` ran it while the file was being opened. `weights_only=True`, the default since PyTorch 2.6, reads tensors,
# numbers, lists and dictionaries, and refuses the rest.
#
# - In older programs you find `torch.load(path)` without it. With an old PyTorch they run whatever the file says.
# - The lock is good, but it was picked twice: files were found that ran a program in spite of `weights_only=True`
#   ([CVE-2025-32434](https://nvd.nist.gov/vuln/detail/CVE-2025-32434), closed in 2.6, and
#   [CVE-2026-24747](https://nvd.nist.gov/vuln/detail/CVE-2026-24747), closed in 2.10). So keep PyTorch up to date. The course asks for 2.10 or newer.
# - For files that go to strangers there is [safetensors](https://huggingface.co/docs/safetensors), a format that cannot
#   hold a program.
#
# ## 8. The test set, once, and both libraries side by side

# %% tags=["nbval-ignore-output"]
best = int(np.argmax(run["val_accuracy"]))
network.load_state_dict(torch.load(best_file, map_location=device, weights_only=True))
if bfloat16:
    pytorch.round_kernels(network)  # the file keeps them in 16 bits, and we measure what is in the file
test_accuracy = pytorch.evaluate(network, pytorch.batches(x_test, y_test, size=500))[1]
pytorch.save(
    network, "pytorch_cifar10_cnn", environment, data=facts,
    notebook="pytorch/09_cifar10_in_pytorch", epochs=EPOCHS, best_epoch=best + 1,
    train_seconds=round(train_seconds, 1), validation_accuracy=round(run["val_accuracy"][best], 4),
    test_accuracy=round(test_accuracy, 4),
)
print(f"test accuracy: {test_accuracy:.4f} ({facts['test_pictures']:,} pictures, {facts['edition']})")

# %% [markdown]
# On the cards of the shipped networks (seconds on 2 CPU cores). All accuracies were measured on JPEG copies of CIFAR-10 with 8,000 test images, so
# they cannot be compared with published results:
#
# | 2,168,362 parameters | Keras | PyTorch |
# |---|---|---|
# | best epoch, epochs | 30<!-- cifar10_cnn.best_epoch -->, 30<!-- cifar10_cnn.epochs --> | 30<!-- pytorch_cifar10_cnn.best_epoch -->, 30<!-- pytorch_cifar10_cnn.epochs --> |
# | seconds | 951.2<!-- cifar10_cnn.train_seconds --> | 1,863.3<!-- pytorch_cifar10_cnn.train_seconds --> |
# | validation accuracy (JPEG copies) | 0.7828<!-- cifar10_cnn.validation_accuracy --> | 0.7792<!-- pytorch_cifar10_cnn.validation_accuracy --> |
# | test accuracy (JPEG copies) | 0.7738<!-- cifar10_cnn.test_accuracy --> | 0.7753<!-- pytorch_cifar10_cnn.test_accuracy --> |
#
# With one seed each, a difference of a hundredth may be chance. Are they really the same network? Put the weights of Keras into ours, as in 04:

# %%
twin = CifarCNN().eval()
keras_network = models.load("cifar10_cnn")
pytorch.from_keras(keras_network, twin)
by_keras = keras_network.predict(x_val[:500].astype("float32") / 255, verbose=0)
with torch.no_grad():
    by_twin = twin(sample["images"][:500]).softmax(dim=1).numpy()
print("largest difference below 0.0001:", bool(np.abs(by_keras - by_twin).max() < 1e-4))

# %% [markdown]
# ## What can go wrong
#
# - **The whole network pickled**, with `torch.save(network, ...)`. The file then needs your source at the same place with the same names, and a
#   reader without `weights_only`. Store state dicts.
# - **`load_state_dict` called with a path.** It takes the dictionary: `network.load_state_dict(torch.load(path))`.
# - **Saved on a GPU, loaded where there is none.** Say `map_location="cpu"`.
# - **`eval()` forgotten after loading.** A new network is in training mode.
#
# ## What you learned
#
# 1. Photographs are (n, 3, height, width) in PyTorch. Move the axis, do not reshape.
# 2. A `state_dict` is names and tensors, and the architecture is your class.
# 3. To go on exactly, store network, optimizer, schedule and the state of the random numbers.
# 4. Names must fit. `strict=False` leaves layers untrained without an error.
# 5. Pickles can be programs. Load with `weights_only=True` and an up-to-date PyTorch.
#
# | you met | what it does |
# |---|---|
# | [`torch.save`](https://docs.pytorch.org/docs/stable/generated/torch.save.html), [`torch.load`](https://docs.pytorch.org/docs/stable/generated/torch.load.html) | a dictionary of tensors into a file and back |
# | [`state_dict`, `load_state_dict`](https://docs.pytorch.org/docs/stable/generated/torch.nn.Module.html#torch.nn.Module.load_state_dict) | weights by name, out of a network and into it |
# | [`optimizer.state_dict`](https://docs.pytorch.org/docs/stable/generated/torch.optim.Optimizer.state_dict.html) | the memory of the optimizer |
# | [`CosineAnnealingLR`](https://docs.pytorch.org/docs/stable/generated/torch.optim.lr_scheduler.CosineAnnealingLR.html) | a learning rate that falls along half a cosine wave |
# | [`torch.get_rng_state`, `torch.set_rng_state`](https://docs.pytorch.org/docs/stable/random.html) | where the random numbers stand |
# | [`torch.permute`](https://docs.pytorch.org/docs/stable/generated/torch.permute.html) | puts axes in another order |
#
# **An open question.** In step 5 leave `torch.set_rng_state` out of `gone_on`, but keep the optimizer's memory. Predict whether the weights are the
# same. Run it, and explain in three sentences which layers are to blame, and for which networks it would make no difference.
#
# **Next:** this is the last companion.

# %% tags=["reached", "nbval-ignore-output"]
print(f"test accuracy (trained now) {test_accuracy:.4f} ({facts['test_pictures']:,} pictures, {facts['edition']})")
