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
# - **Time** on 2 CPU cores: 0.5<!-- chapters.09_cifar10_in_pytorch.fast_minutes --> minutes in fast mode, 19.8<!-- chapters.09_cifar10_in_pytorch.full_minutes --> minutes in full mode. A GPU is used when there is one.
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
# With `FAST=1` in the environment the network trains for 20 steps only.

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

EPOCHS = 1 if FAST else 30  # rounds through the training pictures
STEPS = 20 if FAST else None  # changes of the weights in a round; None: as many as there are batches
LEARNING_RATE = 0.001  # how far each change goes, at first

# %% [markdown]
# ## 1. Photographs, channels first
#
# The same pictures and the same split as chapter 09. `pytorch.batches` of the helpers makes the `TensorDataset` and the `DataLoader` that you know.
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
print("red channel of the first picture:", np.allclose(first[0].numpy() * 255, x_val[0, :, :, 0]))
print("with reshape it would be:        ", np.allclose(x_val[0].reshape(3, 32, 32)[0], x_val[0, :, :, 0]))

# %% [markdown]
# (45000, 3, 32, 32), and the axis must be *moved* (`transpose`, `permute`). `reshape` gives the right shape with the wrong numbers.
#
# Which copy of CIFAR-10 have you got?

# %% tags=["nbval-ignore-output"]
facts = cifar10_facts(x_test)
print("CIFAR-10,", facts["edition"], "-", f"{facts['test_pictures']:,} test pictures")

# %% [markdown]
# **The figures in this notebook were measured on JPEG copies with 8,000 test pictures**, as those of chapter 09. And as there, the photographs
# may not be published: the next cell is stored empty, and fills when you run it. (To draw them, channels must be last again.)

# %% tags=["photographs", "nbval-ignore-output"]
shown = torch.stack([val_loader.dataset[i][0] for i in range(10)])
plots.images(shown.permute(0, 2, 3, 1).numpy(), [CIFAR10_CLASSES[label] for label in y_val[:10]], columns=10)

# %% [markdown]
# ## 2. The network as a class
#
# Two blocks of two convolutions, pooling and dropout; then 512 and 10. A layer without weights may be used twice: there is one pooling and one
# dropout for both blocks.
#
# **Your prediction:** what would happen if we used the convolution `conv4` twice in a row? And `conv1`?

# %%
class CifarCNN(nn.Module):
    def __init__(self, filters=32):
        super().__init__()
        self.conv1 = nn.Conv2d(3, filters, kernel_size=3, padding="same")
        self.conv2 = nn.Conv2d(filters, 32, kernel_size=3, padding="same")
        self.conv3 = nn.Conv2d(32, 64, kernel_size=3, padding="same")
        self.conv4 = nn.Conv2d(64, 64, kernel_size=3, padding="same")
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
# 2,168,362, as in Keras. `conv1` makes 32 channels of 3: used twice, it gets 32 where it expects 3, and you see an error. `conv4` makes 64 of
# 64: used twice, it would *share* its weights between two places. Sometimes that is meant. If not, no message tells you.
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
# ## 3. Thirty epochs, with a checkpoint that you can go on from
#
# To go on after a stop, weights are not enough: Adam remembers means of the gradients, the schedule knows where on its curve it is, and dropout
# draws random numbers. So the *checkpoint* (체크포인트) is a dictionary of several state dicts. We write one after each epoch, and the best weights
# to a file of their own. "Best" is the highest validation accuracy, as in chapter 09.

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
# *Dashed is training, solid is validation; the dot marks the lowest validation loss.* As in chapter 09 the two lines part, and then only the
# dashed one goes on falling. We keep the epoch with the highest accuracy, which you find in the log above; it need not be that of the dot.
#
# **Your prediction:** the weights have 8.7 MB. How large is the checkpoint with Adam's memory?

# %% jupyter={"outputs_hidden": true}
for path in (best_file, last_file):
    print(f"{path.name:16} {path.stat().st_size / 1e6:5.1f} MB")

# %% [markdown]
# Three times as much: Adam keeps two numbers for each weight. After a power cut this is how you would go on; nothing is lost but the epoch
# that was cut off:

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
# (On a GPU dropout draws its numbers there; then `torch.cuda.get_rng_state_all()` belongs into the file, too.)
#
# ## 4. `load_state_dict`, and the same score in a fresh process
#
# A file of weights needs the class. In another program you would import it; here we hand the source of its cell over, so that the new process
# has nothing else from this notebook.
#
# **Your prediction:** the other process never calls `manual_seed`, and its network starts with other weights. Will loss and accuracy be the same?

# %%
sample_file = build_path("cifar10_sample.pt")
torch.save({"pictures": pytorch.to_tensor(x_val[:1000]), "labels": torch.from_numpy(y_val[:1000]).long()}, sample_file)

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
    logits = network(sample["pictures"])
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
# The same: all that was learned is in the file. (Both on the CPU. A GPU adds in another order, and the last digits differ.)
#
# What if `eval()` is forgotten?
#
# **Your prediction:** dropout stays on. How much worse is the accuracy: a little, or a lot? And is it the same at the second try?

# %% jupyter={"outputs_hidden": true} tags=["nbval-ignore-output"]
def accuracy(network):
    with torch.no_grad():
        return (network(sample["pictures"]).argmax(dim=1) == sample["labels"]).float().mean().item()


sample = torch.load(sample_file, weights_only=True)
print(f"eval:  {accuracy(on_cpu.eval()):.3f} {accuracy(on_cpu.eval()):.3f}")
print(f"train: {accuracy(on_cpu.train()):.3f} {accuracy(on_cpu.train()):.3f}")

# %% [markdown]
# Clearly worse: a part of the network is switched off at random, each time another part. Two tries get different pictures wrong (the number of
# them may happen to agree). If the score of a network that you load is too low, or wobbles, look for a missing `eval()`.
#
# ## 5. Stop and go on
#
# Is going on from a checkpoint the same as never having stopped? Test it on the CPU: four steps in one go, against two steps, a file, and two
# more steps in a new network with a new optimizer. Dropout draws at random, so the state of the random numbers must go into the file, too.
#
# **Your prediction:** will the weights be the same, to the last bit? And if the optimizer's memory is left out?

# %%
batches = list(pytorch.batches(x_train[:128], y_train[:128], size=32))


def steps(network, optimizer, some):
    network.train()
    for pictures, labels in some:
        optimizer.zero_grad()
        nn.functional.cross_entropy(network(pictures), labels).backward()
        optimizer.step()


# %%
torch.manual_seed(0)
never_stopped = CifarCNN()
optimizer, schedule = tools_for(never_stopped)
steps(never_stopped, optimizer, batches[:2])
stop_file = build_path("cifar10_stop.pt")
states = {"network": never_stopped.state_dict(), "optimizer": optimizer.state_dict(), "random": torch.get_rng_state()}
torch.save(states, stop_file)
steps(never_stopped, optimizer, batches[2:])

# %% jupyter={"outputs_hidden": true}
def gone_on(with_optimizer):
    network = CifarCNN()
    optimizer, _ = tools_for(network)
    states = torch.load(stop_file, weights_only=True)
    network.load_state_dict(states["network"])
    if with_optimizer:
        optimizer.load_state_dict(states["optimizer"])
    torch.set_rng_state(states["random"])
    steps(network, optimizer, batches[2:])
    return network


for with_optimizer in (True, False):
    twins = zip(gone_on(with_optimizer).parameters(), never_stopped.parameters(), strict=True)
    print(f"with the optimizer's memory: {with_optimizer!s:5} same weights: {all(torch.equal(a, b) for a, b in twins)}")

# %% [markdown]
# With everything in the file: the same, bit by bit. Without the optimizer's memory: another training.
#
# ## 6. Names that do not fit
#
# Keras finds weights by kind and number of the layer; PyTorch by name. So renaming an attribute of the class is enough to make an old file
# useless. Here is a file from a time when the last layer was called `head`. `strict=False` silences the error.
#
# **Your prediction:** what does `load_state_dict(..., strict=False)` do with a layer whose name it does not find?

# %% jupyter={"outputs_hidden": true}
state = torch.load(best_file, map_location="cpu", weights_only=True)
old = {name.replace("output", "head"): tensor for name, tensor in state.items()}
renamed = CifarCNN()
try:
    renamed.load_state_dict(old)
except RuntimeError as error:
    print(error)
print("strict=False says:", renamed.load_state_dict(old, strict=False))

# %% [markdown]
# `Missing key(s)`: the network has it, the file has not. `Unexpected key(s)`: the other way round. With `strict=False` that layer **keeps its
# random start**, and the network guesses:

# %% tags=["nbval-ignore-output"]
print(f"accuracy with all names right {accuracy(on_cpu.eval()):.3f}, with strict=False {accuracy(renamed.eval()):.3f}")

# %% [markdown]
# Use `strict=False` only if you look at the two lists that it returns. Sizes that differ are an error in any case:

# %%
try:
    CifarCNN(filters=48).load_state_dict(state, strict=False)
except RuntimeError as error:
    print(error)

# %% [markdown]
# For `conv1.weight` the *first* axis differs: the file has 32 filters, the network 48. For `conv2.weight` it is the *second*: it gets 48 channels
# instead of 32.
#
# ## 7. A pickle can be a program
#
# `torch.save` writes a *pickle* (피클), Python's own format for objects. A pickle may say "call this function when you are opened". Play the
# stranger: this object asks to call `print`. It could as well ask to delete your files.
#
# **Your prediction:** which of the two calls of `torch.load` prints the sentence?

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
# The second: `weights_only=False` ran it while the file was being opened. `weights_only=True` (the default since PyTorch 2.6) reads tensors,
# numbers, lists and dictionaries, and refuses the rest. In older programs you find `torch.load(path)` without it: with an old PyTorch they run
# whatever the file says. For files that go to strangers there is [safetensors](https://huggingface.co/docs/safetensors), a format that cannot
# hold a program.
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
# On the cards of the shipped networks. All accuracies were measured on JPEG copies of CIFAR-10 (test: 8,000 pictures); they are not comparable with
# published results:
#
# | 2,168,362 parameters | Keras | PyTorch |
# |---|---|---|
# | best epoch, epochs | 30<!-- cifar10_cnn.best_epoch -->, 30<!-- cifar10_cnn.epochs --> | 30<!-- pytorch_cifar10_cnn.best_epoch -->, 30<!-- pytorch_cifar10_cnn.epochs --> |
# | seconds | 1,194.0<!-- cifar10_cnn.train_seconds --> | 1,146.4<!-- pytorch_cifar10_cnn.train_seconds --> |
# | validation accuracy (JPEG copies) | 0.7828<!-- cifar10_cnn.validation_accuracy --> | 0.7792<!-- pytorch_cifar10_cnn.validation_accuracy --> |
# | test accuracy (JPEG copies) | 0.7738<!-- cifar10_cnn.test_accuracy --> | 0.7753<!-- pytorch_cifar10_cnn.test_accuracy --> |
#
# One seed each: a difference of a hundredth may be chance. Are they really the same network? Put the weights of Keras into ours, as in 04:

# %%
twin = CifarCNN().eval()
keras_network = models.load("cifar10_cnn")
pytorch.from_keras(keras_network, twin)
by_keras = keras_network.predict(x_val[:500].astype("float32") / 255, verbose=0)
with torch.no_grad():
    by_twin = twin(sample["pictures"][:500]).softmax(dim=1).numpy()
print("largest difference below 0.0001:", bool(np.abs(by_keras - by_twin).max() < 1e-4))

# %% [markdown]
# ## What can go wrong
#
# - **The whole network pickled** (`torch.save(network, ...)`). The file then needs your source at the same place with the same names, and a
#   reader without `weights_only`. Store state dicts.
# - **`load_state_dict` called with a path.** It takes the dictionary: `network.load_state_dict(torch.load(path))`.
# - **Saved on a GPU, loaded where there is none.** `map_location="cpu"`.
# - **`eval()` forgotten after loading.** A new network is in training mode.
#
# ## What you learned
#
# 1. Photographs are (n, 3, height, width) in PyTorch; move the axis, do not reshape.
# 2. `state_dict` is names and tensors; the architecture is your class.
# 3. To go on exactly, store network, optimizer, schedule and the state of the random numbers.
# 4. Names must fit. `strict=False` leaves layers untrained without an error.
# 5. Pickles can be programs: `weights_only=True`.
#
# **Next:** this is the last companion.

# %% tags=["reached", "nbval-ignore-output"]
print(f"test accuracy (trained now) {test_accuracy:.4f} ({facts['test_pictures']:,} pictures, {facts['edition']})")
