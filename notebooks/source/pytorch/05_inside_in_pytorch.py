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
# After this chapter you can take any layer out of a PyTorch network, draw its weights, and stop an image halfway through to see its feature
# maps.
#
# - **Time** on 2 CPU cores: 0.2<!-- chapters.05_inside_in_pytorch.fast_minutes --> minutes in fast mode, 0.2<!-- chapters.05_inside_in_pytorch.full_minutes --> minutes in full mode. Nothing is trained here, and nothing is large: everything runs on the CPU.
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
# The file of 04 holds a [`state_dict`](https://docs.pytorch.org/docs/stable/generated/torch.nn.Module.html#torch.nn.Module.state_dict): names and
# tensors. It does **not** hold the network. So there are two steps: build the same network again, then put the weights in. `pytorch.fashion_cnn`
# builds it, with the lines of 04.
#
# **Your prediction:** the network has eleven layers. How many tensors are in the file?

# %% jupyter={"outputs_hidden": true}
state = pytorch.load_state("pytorch_fashion_cnn")
network = pytorch.fashion_cnn()
print(network.load_state_dict(state))

for name, tensor in state.items():
    print(f"{name:15} {tuple(tensor.shape)}")

# %% [markdown]
# There are eight: the kernels and the biases of four layers. ReLU, pooling, flatten and dropout have nothing to learn, so there is nothing to store.
#
# > **What can go wrong: another network than that of the file.** PyTorch compares both lists of names and sizes, and says what does not fit:

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
# They are three names of one layer. Numbers are short, but they change when you insert a layer in front, while names stay.
# [`named_children()`](https://docs.pytorch.org/docs/stable/generated/torch.nn.Module.html#torch.nn.Module.named_children) gives both, in order:

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
# `layer.weight` is a [*Parameter*](https://docs.pytorch.org/docs/stable/generated/torch.nn.parameter.Parameter.html): a tensor that knows that it is to be trained.
# [`detach()`](https://docs.pytorch.org/docs/stable/generated/torch.Tensor.detach.html) gives the bare numbers.
#
# **Your prediction:** which shape do the kernels have, and where is the number of filters? In Keras it was (3, 3, 1, 32).

# %% jupyter={"outputs_hidden": true}
kernels = network.conv1.weight.detach()
print("kernels:", tuple(kernels.shape), " biases:", tuple(network.conv1.bias.shape))
print("trainable:", network.conv1.weight.requires_grad, "| after detach:", kernels.requires_grad)
print(f"mean {kernels.mean():.2f}, standard deviation {kernels.std():.2f}")
print(f"smallest {kernels.min():.2f}, largest {kernels.max():.2f}")

# %% [markdown]
# (32, 1, 3, 3): filters first, then channels, then height and width. Compare with a layer that has not been trained. PyTorch fills it
# with equally likely values between $-1/3$ and $1/3$. The 3 is the root of 9, the number of weights that lead into one output. Equally likely values between $-a$ and $a$
# have the standard deviation (표준편차) $a / \sqrt{3}$.
#
# **Your prediction:** which of the two spread more, the trained or the untrained kernels? Which shape will the histogram (히스토그램) of the untrained ones have?

# %% jupyter={"outputs_hidden": true}
untrained = pytorch.fashion_cnn().conv1.weight.detach()
print("untrained: none beyond 1/3:", bool(untrained.abs().max() <= 1 / 3))
print(f"standard deviation: trained {kernels.std():.2f}, untrained about {1 / 3 / np.sqrt(3):.2f}")

# %% jupyter={"outputs_hidden": true}
figure, axes = plt.subplots(1, 2, figsize=(9, 3), sharex=True, sharey=True, layout="constrained")
limit = np.ceil(3 * kernels.abs().max().item())
bins = np.arange(-limit, limit + 0.5, 0.5) / 3
for axis, weights, title in zip(axes, (untrained, kernels), ("untrained", "trained"), strict=True):
    axis.hist(weights.numpy().ravel(), bins=bins, color=plots.BLUE)
    axis.set(title=title, xlabel="weight", ylabel="number of weights")
plt.show()

# %% [markdown]
# The trained ones spread more<!-- claim: row("standard deviation: trained")[0] > 1.3 * row("standard deviation: trained")[1] -->. *Both
# [histograms](https://matplotlib.org/stable/api/_as_gen/matplotlib.axes.Axes.hist.html) have the same axes.* On the left there is a block that ends
# at 1/3 on both sides, as the rule says. On the right training has moved the weights further apart, and a few of them have become strongly
# negative<!-- claim: number("smallest") < -2 / 3 -->, far beyond the block.
#
# Our drawing function wants kernels as Keras orders them. [`permute`](https://docs.pytorch.org/docs/stable/generated/torch.permute.html) puts axes
# in another order: you give it the *old* places in the *new* order.
#
# **Your prediction:** which four numbers belong into `permute(...)` to make (3, 3, 1, 32) of (32, 1, 3, 3)? Write them down before you read the code.

# %% jupyter={"outputs_hidden": true}
as_keras = kernels.permute(2, 3, 1, 0)
print(tuple(kernels.shape), "->", tuple(as_keras.shape))
print("same kernel of filter 5:", torch.equal(kernels[5, 0], as_keras[:, :, 0, 5]))

# %%
plots.kernels(as_keras.numpy(), limit=0.5, caption="The 32 trained kernels of conv1")

# %% [markdown]
# *Red is positive, blue is negative, white is zero.* Look for kernels with a red and a blue side: they find edges, as those of chapter 05 do.
# They are not the same kernels, because the first weights were others, and so was the order of the batches. What they are good for is the same.
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
# Many sums of `conv1` are negative, and `relu1` sets them to 0, because the activation is a layer of its own here. **A feature map (특성 맵) in the
# sense of chapter 05 comes out of `relu1`, not of `conv1`.** Now draw all of them; books call this feature map visualisation (특성 맵 시각화).

# %%
caption = "relu1: the ankle boot's 32 feature maps, each under its kernel"
plots.feature_maps(maps[0].permute(1, 2, 0).numpy(), columns=8, weights=as_keras.numpy(), limit=0.5, caption=caption)

# %% [markdown]
# *All maps share one colour scale: yellow is a strong answer, dark blue is none.* Some show the whole boot, some its edges, as in chapter 05.
#
# ### The same in bare lines, and a trap
#
# Books draw maps with [`imshow`](https://matplotlib.org/stable/api/_as_gen/matplotlib.axes.Axes.imshow.html). It takes *one* map, such as
# `maps[0, 5]`: image 0, channel 5. With `maps[0]` it stops, because 32 channels are no picture:

# %%
figure, axis = plt.subplots()
try:
    axis.imshow(maps[0])
except TypeError as error:
    print(error)
plt.close(figure)

# %% [markdown]
# So you draw map by map in a loop. Take the map with the largest answer, and the weakest one that is not empty.
#
# **Your prediction:** each is drawn with `imshow(maps[0, number])` and nothing else. Which of the two will look brighter?

# %% jupyter={"outputs_hidden": true}
largest = maps[0].amax(dim=(1, 2))  # the largest answer in each of the 32 maps
strong = int(largest.argmax())
weak = int(torch.where(largest > 0, largest, torch.inf).argmin())
print(f"largest answer: strong map {largest[strong]:.2f}, weak map {largest[weak]:.2f}")

scales = {"bare": {}, "one scale": dict(vmin=0, vmax=float(maps.max()))}
figure, axes = plt.subplots(1, 4, figsize=(10, 2.8), layout="constrained")
drawings = [(name, number) for name in scales for number in (strong, weak)]
for axis, (name, number) in zip(axes, drawings, strict=True):
    drawn = axis.imshow(maps[0, number], cmap=plots.SEQUENTIAL, **scales[name])
    axis.set_title(f"{name}: map {number}")
    axis.set_axis_off()
figure.colorbar(drawn, ax=axes[2:], label="activation")
plt.show()

# %% [markdown]
# Neither of them. *Look at the left pair:* with bare `imshow` each map gets a colour scale of its own, from its smallest to its largest value, so
# both reach yellow. The answers are in fact very different<!-- claim: number("weak map") < 0.5 * number("strong map") -->, and *the right pair*
# shows it, because there `vmin` and `vmax` are the same for both. So give maps that you compare one scale, as `plots.feature_maps` does.
#
# ## 5. Stop at `relu2`
#
# For the second convolution you could call five layers by hand, but in a network of fifty layers nobody wants to. So walk through
# `named_children()` and stop at a name.
#
# **Your prediction:** which shape do the maps have after `relu2`?

# %%
@torch.no_grad()
def output_of(network, images, last):
    network.eval()
    for name, layer in network.named_children():
        images = layer(images)
        if name == last:
            return images
    raise ValueError(f"There is no layer {last!r}; there are {[name for name, _ in network.named_children()]}.")


# %% jupyter={"outputs_hidden": true}
conv2_maps = output_of(network, boot, "relu2")
by_hand = network.relu2(network.conv2(network.pool1(network.relu1(network.conv1(boot)))))
print("after relu2:", tuple(conv2_maps.shape))
print("same as five calls by hand:", torch.equal(conv2_maps, by_hand))
print("empty maps:", int((conv2_maps.amax(dim=(2, 3)) == 0).sum()))

# %% [markdown]
# (1, 64, 14, 14): 64 filters, and pooling has halved height and width. What if there is no layer of that name?

# %%
try:
    output_of(network, boot, "relu9")
except ValueError as error:
    print(error)

# %% [markdown]
# The message at the end of `output_of` is worth its line. Without it the function would give back nothing, and you would see an error much later, at another place.

# %%
plots.feature_maps(conv2_maps[0].permute(1, 2, 0).numpy(), columns=8, caption="relu2: the ankle boot's 64 feature maps")

# %% [markdown]
# *The maps are small and patchy, and some are marked "empty"*<!-- claim: number("empty maps:") > 0 -->. Chapter 05 explains why they are harder to
# read: each adds up 32 maps of the layer before.
#
# This loop works for networks whose layers follow each other, as in `nn.Sequential`. A class with a `forward` of its own, such as `DigitCNN` of 03,
# may call its layers in any order, or twice, or with something in between. Its `relu()` is no child at all. For such networks PyTorch has
# [*hooks*](https://docs.pytorch.org/docs/stable/generated/torch.nn.Module.html#torch.nn.Module.register_forward_hook) (훅): functions that are
# called whenever a layer has computed.
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
# It catches the same maps. The function must return nothing, as `update` does, because what it returns would take the place of the layer's output. And a hook stays on
# the layer until you `remove` it. Forgotten hooks go on catching, and cost memory.
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
# It is so small that all values agree to about four decimals, and the rest is rounding. So the walk is right, and both libraries compute the same maps.
#
# ## What can go wrong
#
# - **The maps of `conv1` drawn instead of those of `relu1`.** They have negative values, and none is ever empty.
# - **`imshow(maps[0])` with 32 channels.** It stops with an error. Draw one map, `maps[0, 5]`, or all of them with `plots.feature_maps`, which wants channels last:
#   `maps[0].permute(1, 2, 0)`.
# - **Bare `imshow` for maps that are compared.** Each gets a colour scale of its own. Give all the same `vmin` and `vmax`.
# - **`.numpy()` refuses.** "Can't call numpy() on Tensor that requires grad": call `detach()` first. On a GPU call `.cpu()` first.
# - **`eval()` forgotten.** Behind a dropout the maps would change with every call.
#
# ## What you learned
#
# 1. A `state_dict` holds names and tensors, but no architecture. Build the network, then load.
# 2. A layer has a number, a name, and a place in `named_children()`, and all lead to the same object.
# 3. Kernels are (out, in, height, width). `permute` turns them into what drawing functions want.
# 4. ReLU is a layer, so feature maps come out of `relu1` and `relu2`. Maps that are compared need one colour scale.
# 5. To see a layer's maps, walk to its name and stop; in networks with a `forward` of their own, use a hook.
#
# | you met | what it does |
# |---|---|
# | [`load_state_dict`](https://docs.pytorch.org/docs/stable/generated/torch.nn.Module.html#torch.nn.Module.load_state_dict) | puts weights into a network, and says what does not fit |
# | [`children`, `named_children`](https://docs.pytorch.org/docs/stable/generated/torch.nn.Module.html#torch.nn.Module.named_children) | the layers in order; with their names |
# | [`layer.weight`, `layer.bias`](https://docs.pytorch.org/docs/stable/generated/torch.nn.Conv2d.html) | kernels and biases of a layer |
# | [`detach`](https://docs.pytorch.org/docs/stable/generated/torch.Tensor.detach.html), [`permute`](https://docs.pytorch.org/docs/stable/generated/torch.permute.html) | leave the gradients behind; put axes in another order |
# | [`register_forward_hook`](https://docs.pytorch.org/docs/stable/generated/torch.nn.Module.html#torch.nn.Module.register_forward_hook) | calls a function of yours whenever a layer has computed |
# | [`imshow(..., vmin, vmax)`](https://matplotlib.org/stable/api/_as_gen/matplotlib.axes.Axes.imshow.html), [`hist`](https://matplotlib.org/stable/api/_as_gen/matplotlib.axes.Axes.hist.html) | a picture in a fixed colour scale; a histogram |
#
# **An open question.** `DigitCNN` of 03 has no layer `relu2`. Put a hook on its `convolution_2`. Predict which shape it catches, and whether there
# are negative values; then try it with an untrained `DigitCNN` and a digit, and report in three sentences how you would get the feature maps.
#
# **Next:** [09 · CIFAR-10 in PyTorch: save, load and go on with `state_dict`](09_cifar10_in_pytorch.ipynb) trains on colour photographs, saves, loads and goes on.

# %% tags=["reached", "nbval-ignore-output"]
print(f"network shipped; feature maps of relu1 {tuple(maps.shape)} and relu2 {tuple(conv2_maps.shape)}")
