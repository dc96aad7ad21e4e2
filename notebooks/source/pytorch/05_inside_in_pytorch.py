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
# # 05 · Inside the network, in PyTorch: layers by number and by name
#
# After this chapter you can take any layer out of a PyTorch network, draw its weights, and stop a picture halfway through to see its feature
# maps.
#
# - **Time** on 2 CPU cores: 0.2<!-- chapters.05_inside_in_pytorch.fast_minutes --> minutes in fast mode, 0.3<!-- chapters.05_inside_in_pytorch.full_minutes --> minutes in full mode. Nothing is trained here, and nothing is large: everything runs on the CPU.
# - **You need** [04 · Clothes in PyTorch](04_clothes_in_pytorch.ipynb), whose trained network comes with the course, and PyTorch (`make pytorch`; Colab has it). [Chapter 05](../05_inside_the_fashion_cnn.ipynb) asks the same questions with Keras, and says more about the answers.
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

# %% tags=["nbval-ignore-output"]
from helpers.training import pytorch

environment = pytorch.setup(seed=42)

# %%
import matplotlib.pyplot as plt
import numpy as np
import torch

from helpers import models, plots
from helpers.activations import activation_model
from helpers.data import FASHION_MNIST_CLASSES, load_fashion_mnist

# %% [markdown]
# ## 1. A plan and its weights
#
# The file of chapter 04 holds a `state_dict`: names and tensors. It does **not** hold the network. So there are two steps: build the same network
# again, then put the weights in. (`pytorch.fashion_cnn` builds it, with the lines of chapter 04.)
#
# **Your prediction:** the network has eleven layers. How many tensors are in the file?

# %% jupyter={"outputs_hidden": true}
state = pytorch.load_state("pytorch_fashion_cnn")
network = pytorch.fashion_cnn()
print(network.load_state_dict(state))

for name, tensor in state.items():
    print(f"{name:15} {tuple(tensor.shape)}")

# %% [markdown]
# Eight: kernel and biases of four layers. ReLU, pooling, flatten and dropout have nothing to learn, so there is nothing to store.
#
# **What can go wrong:** a network with other names or other sizes. PyTorch compares both lists and says what does not fit:

# %%
other = pytorch.fashion_cnn()
other.conv2 = torch.nn.Conv2d(32, 48, kernel_size=3)
try:
    other.load_state_dict(state)
except RuntimeError as error:
    print(error)

# %% [markdown]
# ## 2. Three ways to a layer
#
# **Your prediction:** `network[0]`, `network.conv1` and the first of `network.children()`: are these three layers, or three names of one?

# %% jupyter={"outputs_hidden": true}
children = list(network.children())
print("by number:   ", network[0])
print("by name:     ", network.conv1)
print("from a list: ", children[0])
print("all the same:", network[0] is network.conv1 is children[0])

# %% [markdown]
# One layer. Numbers are short, but change when you insert a layer in front. Names stay. `named_children()` gives both, in order:

# %%
for number, (name, layer) in enumerate(network.named_children()):
    print(f"{number:2}  {name:8} {layer}")

# %% [markdown]
# | | Keras | PyTorch |
# |---|---|---|
# | by number | `model.layers[0]` | `network[0]` (only `nn.Sequential`) |
# | by name | `model.get_layer("conv1")` | `network.conv1` or `network.get_submodule("conv1")` |
# | all, with names | `[(layer.name, layer) for layer in model.layers]` | `network.named_children()` |
# | weights | `layer.get_weights()`: NumPy arrays | `layer.weight`, `layer.bias`: parameters |
# | kernel of filter 5 | `kernels[:, :, 0, 5]` | `weight[5, 0]` |
# | output halfway | a second `keras.Model` that ends there | call the layers one after the other, and stop |
#
# ## 3. The weights of the first convolution
#
# `layer.weight` is a *Parameter*: a tensor that knows that it is to be trained. `detach()` gives the bare numbers.
#
# **Your prediction:** which shape do the kernels have, and where is the number of filters? In Keras it was (3, 3, 1, 32).

# %% jupyter={"outputs_hidden": true}
kernels = network.conv1.weight.detach()
print("kernels:", tuple(kernels.shape), " biases:", tuple(network.conv1.bias.shape))
print("trainable:", network.conv1.weight.requires_grad, "| after detach:", kernels.requires_grad)
print(f"mean {kernels.mean():.2f}, standard deviation {kernels.std():.2f}")

# %% [markdown]
# (32, 1, 3, 3): filters first, then channels, then height and width. Compare with a layer that has not been trained. PyTorch fills it
# with equally likely values between $-1/3$ and $1/3$: the root of 9, the number of inputs, is 3. (Equally likely values between $-a$ and $a$
# have the standard deviation $a / \sqrt{3}$.)
#
# **Your prediction:** which spreads more, the trained or the untrained kernels?

# %% jupyter={"outputs_hidden": true}
untrained = pytorch.fashion_cnn().conv1.weight.detach()
print(f"untrained: largest below 1/3: {bool(untrained.abs().max() <= 1 / 3)}")
print(f"standard deviation: trained {kernels.std():.2f}, untrained about {1 / 3 / np.sqrt(3):.2f}")

figure, axes = plt.subplots(1, 2, figsize=(9, 3), sharex=True, sharey=True, layout="constrained")
limit = np.ceil(3 * kernels.abs().max().item())
bins = np.arange(-limit, limit + 0.5, 0.5) / 3
for axis, weights, title in zip(axes, (untrained, kernels), ("untrained", "trained"), strict=True):
    axis.hist(weights.numpy().ravel(), bins=bins, color=plots.BLUE)
    axis.set(title=title, xlabel="weight", ylabel="number of weights")
plt.show()

# %% [markdown]
# The trained ones. *Both histograms have the same axes.* Left: a block that ends at 1/3 on both sides, as the rule says. Right: training has pulled
# the weights apart, and a few have become strongly negative.
#
# Our drawing function wants kernels as Keras orders them. `permute` puts axes in another order: give it the *old* places in the *new* order.
#
# **Your prediction:** which four numbers belong into `permute(...)` to make (3, 3, 1, 32) of (32, 1, 3, 3)?

# %% jupyter={"outputs_hidden": true}
as_keras = kernels.permute(2, 3, 1, 0)
print(tuple(kernels.shape), "->", tuple(as_keras.shape))
print("same kernel of filter 5:", torch.equal(kernels[5, 0], as_keras[:, :, 0, 5]))

# %%
plots.kernels(as_keras.numpy(), limit=0.5, caption="The 32 trained kernels of conv1")

# %% [markdown]
# *Red is positive, blue is negative, white is zero.* Look for kernels with a red and a blue side: they find edges, as those of chapter 05 do.
# They are not the same kernels. The start was another, and so was the order of the batches: filter 5 has learned something else. What they are
# good for is the same.
#
# ## 4. A boot on its way through the network
#
# **Your prediction:** in Keras, the output of `conv1` had no negative value. And what comes out of `network.conv1`?

# %% jupyter={"outputs_hidden": true}
(x_train, y_train), _ = load_fashion_mnist()
boot = pytorch.to_tensor(x_train[:1])
network.eval()
with torch.no_grad():
    sums = network.conv1(boot)
    maps = network.relu1(sums)

print(FASHION_MNIST_CLASSES[y_train[0]], tuple(boot.shape), "->", tuple(maps.shape))
print("negative values: after conv1", bool((sums < 0).any()), "| after relu1", bool((maps < 0).any()))

# %% [markdown]
# The activation is a layer of its own here. **A feature map in the sense of chapter 05 comes out of `relu1`, not of `conv1`.**

# %%
caption = "relu1: the ankle boot's 32 feature maps, each under its kernel"
plots.feature_maps(maps[0].permute(1, 2, 0).numpy(), columns=8, weights=as_keras.numpy(), limit=0.5, caption=caption)

# %% [markdown]
# *One colour scale for all maps: yellow is a strong answer, dark is none.* Some show the whole boot, some its edges, as in chapter 05.
#
# ## 5. Stop at `relu2`
#
# For the second convolution you could call five layers by hand. In a network of fifty layers nobody wants to. So walk through
# `named_children()` and stop at a name.
#
# **Your prediction:** which shape do the maps have after `relu2`?

# %%
@torch.no_grad()
def output_of(network, pictures, last):
    network.eval()
    for name, layer in network.named_children():
        pictures = layer(pictures)
        if name == last:
            return pictures
    raise ValueError(f"There is no layer {last!r}; there are {[name for name, _ in network.named_children()]}.")


# %% jupyter={"outputs_hidden": true}
conv2_maps = output_of(network, boot, "relu2")
by_hand = network.relu2(network.conv2(network.pool1(network.relu1(network.conv1(boot)))))
print("after relu2:", tuple(conv2_maps.shape))
print("same as five calls by hand:", torch.equal(conv2_maps, by_hand))

# %%
try:
    output_of(network, boot, "relu9")
except ValueError as error:
    print(error)

# %% [markdown]
# The message at the end of `output_of` is worth its line: without it, a typing error would silently give you the output of the whole network.

# %%
plots.feature_maps(conv2_maps[0].permute(1, 2, 0).numpy(), columns=8, caption="relu2: the ankle boot's 64 feature maps")

# %% [markdown]
# *Small, patchy, and some marked "empty".* Chapter 05 explains why they are harder to read: each adds up 32 maps of the layer before.
#
# **What can go wrong.** This loop works for networks whose layers follow each other: `nn.Sequential`. A class with a `forward` of its own, such as
# `DigitCNN` of 03, may call its layers in any order, or twice, or with something in between (its `relu()` is no child at all). For those PyTorch
# has *hooks* (훅): functions that are called whenever a layer has computed.
#
# **Your prediction:** with a hook on `relu2` we let the boot run through the whole network. Will it catch the same maps?

# %% jupyter={"outputs_hidden": true}
caught = {}
hook = network.relu2.register_forward_hook(lambda layer, inputs, output: caught.update(relu2=output.detach()))
with torch.no_grad():
    logits = network(boot)
hook.remove()

print("caught:", tuple(caught["relu2"].shape), "same maps:", torch.equal(caught["relu2"], conv2_maps))
print("and the answer:", FASHION_MNIST_CLASSES[logits.argmax()])

# %% [markdown]
# The same. The function must return nothing (`update` does): what it returns would take the place of the layer's output. And a hook stays on
# the layer until you `remove` it; forgotten ones go on catching, and cost memory.
#
# ## 6. The same maps with the weights of Keras
#
# Is the walk right? Test it against chapter 05: put the weights of Keras's network into ours, walk to `relu2`, and compare with what an activation
# model of Keras says.
#
# **Your prediction:** how large is the largest difference between the 64 maps?

# %% jupyter={"outputs_hidden": true}
keras_network = models.load("fashion_cnn")
twin = pytorch.fashion_cnn()
pytorch.from_keras(keras_network, twin)
ours = output_of(twin, boot, "relu2").permute(0, 2, 3, 1).numpy()
theirs = activation_model(keras_network, "conv2").predict(boot.permute(0, 2, 3, 1).numpy(), verbose=0)

print("shapes:", ours.shape, theirs.shape)
print("largest difference below 0.0001:", bool(np.abs(ours - theirs).max() < 1e-4))

# %% [markdown]
# They agree to four decimals; the rest is rounding.
#
# ## What can go wrong
#
# - **The maps of `conv1` drawn instead of those of `relu1`.** Negative values, and nothing is ever empty.
# - **`imshow(maps[0])` with 32 channels.** It draws one map: `maps[0, 5]`. `plots.feature_maps` draws all of them, and wants channels last:
#   `maps[0].permute(1, 2, 0)`.
# - **`.numpy()` refuses.** "Can't call numpy() on Tensor that requires grad": `detach()` first. On a GPU: `.cpu()` first.
# - **`eval()` forgotten.** Behind a dropout the maps would change with every call.
#
# ## What you learned
#
# 1. A `state_dict` holds names and tensors, no architecture: build the network, then load.
# 2. A layer has a number, a name, and a place in `named_children()`; all lead to the same object.
# 3. Kernels are (out, in, height, width). `permute` turns them into what drawing functions want.
# 4. ReLU is a layer: feature maps come out of `relu1`, `relu2`.
# 5. To see a layer's maps, walk to its name and stop; in networks with a `forward` of their own, use a hook.
#
# **Next:** [09 · CIFAR-10 in PyTorch: save, load and go on with `state_dict`](09_cifar10_in_pytorch.ipynb) trains on colour photographs, saves, loads and goes on.

# %% tags=["reached", "nbval-ignore-output"]
print(f"network shipped; feature maps of relu1 {tuple(maps.shape)} and relu2 {tuple(conv2_maps.shape)}")
