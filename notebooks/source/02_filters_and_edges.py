# ---
# jupyter:
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
# ---

# %% [markdown]
# # 02 · Filters and edges
#
# After this chapter you can say what a kernel will do to a photograph before you run it, and you have let a computer find a
# kernel by itself: the idea behind every network that follows.
#
# - **Time** on 2 CPU cores: 0.2<!-- chapters.02_filters_and_edges.fast_minutes --> minutes in fast mode, 0.3<!-- chapters.02_filters_and_edges.full_minutes --> minutes in full mode.<!-- gpu 02 --><!-- end of gpu --> A GPU is not needed. To read it and think: take an hour.
# - **You need** chapter 01: window, kernel, feature map, padding, pooling.
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

# %%
import timeit

import matplotlib.pyplot as plt
import numpy as np
from matplotlib_inline.backend_inline import set_matplotlib_formats
from PIL import Image
from scipy.ndimage import correlate

from helpers import grids, plots
from helpers.convolution import average_pool2d, conv2d, max_pool2d
from helpers.data import sample_image

# %% [markdown]
# ## 1. A photograph is three tables of numbers
#
# Our photograph shows a temple by a lake. It comes with scikit-learn and was taken by
# [danielbuechele](https://www.flickr.com/photos/danielbuechele/6061409035/)
# ([CC BY 2.0](https://creativecommons.org/licenses/by/2.0/)). We cut out a square and scale it to 500 by 500 pixels.
#
# **Your prediction:** what is the shape of the array? How many numbers does it hold?

# %% jupyter={"outputs_hidden": true}
square = Image.fromarray(sample_image("temple")[:, 100:527])
photo = np.asarray(square.resize((500, 500), Image.Resampling.LANCZOS))

print("shape:", photo.shape, "numbers:", f"{photo.size:,}", "type:", photo.dtype)
print("a pixel of the sky:", photo[20, 400], " a pixel of the roof:", photo[110, 130])

# %%
def show_as_jpeg():
    """Show the figure as JPEG: photographs take much less room than as PNG."""
    set_matplotlib_formats("jpeg", pil_kwargs={"quality": 82})
    plt.show()
    set_matplotlib_formats("png")


def show(pictures):
    """Draw pictures side by side, all in one scale: 0 is black, 255 is white."""
    count = len(pictures)
    figure, axes = plt.subplots(1, count, figsize=(3.3 * count, 3.5), layout="constrained", squeeze=False)
    for axis, (title, picture) in zip(axes[0], pictures.items(), strict=True):
        axis.imshow(picture, cmap="gray", vmin=0, vmax=255)
        axis.set(title=title, xticks=[], yticks=[])
    show_as_jpeg()


show({"photo": photo, "red": photo[:, :, 0], "green": photo[:, :, 1], "blue": photo[:, :, 2]})

# %% [markdown]
# *Left the photograph, then its three channels, each drawn as brightness. The orange roof is bright in red and dark in blue; the
# sky is bright in all three.*
#
# Most filters of this chapter work on *brightness* (밝기) alone. To get it, the three channels are mixed, with green counting most,
# because the eye sees green best. (The numbers come from the television standard ITU-R BT.601.)
#
# **Your prediction:** mixing the channels of each pixel is a convolution, too. What shape does its kernel have? And its output?

# %% jupyter={"outputs_hidden": true}
brightness = np.array([0.299, 0.587, 0.114]).reshape(1, 1, 3)
grey = conv2d(photo, brightness).round().astype(np.uint8)

print("kernel:", brightness.shape, "output:", grey.shape, grey.dtype, "from", grey.min(), "to", grey.max())

# %% [markdown]
# The window is a single pixel, 1 by 1, and the kernel is as deep as the picture. Out comes one flat map.
#
# ## 2. Blur: the mean of the neighbours
#
# Nine weights of 1/9 make each pixel the mean of its window. This is a *blur* (블러, 흐림).
#
# **Your prediction:** what happens to the tiles of the roofs? What to the water? Will the picture get darker, since we divide by 9?

# %% jupyter={"outputs_hidden": true}
blur = np.ones((3, 3)) / 9
wide_blur = np.ones((9, 9)) / 81

detail = (slice(250, 380), slice(190, 320))  # grey[detail] is grey[250:380, 190:320]
blurred, very_blurred = conv2d(grey, blur, padding="same"), conv2d(grey, wide_blur, padding="same")
show({"part of the photo": grey[detail], "mean of 3x3": blurred[detail], "mean of 9x9": very_blurred[detail]})
print(f"mean brightness: {grey.mean():.0f}, {blurred.mean():.0f}, {very_blurred.mean():.0f}")

# %% [markdown]
# *The larger the window, the fewer details are left.* Flat places do not change: the mean of equal numbers is that number. And
# the picture stays about as bright, because the weights **add up to 1**. It gets a little darker with the wide kernel: at the
# border the zeros of the padding are mixed in. See the first row:

# %%
print("first row before:", grey[0, 200:208])
print("first row after: ", very_blurred[0, 200:208].round().astype(int))

# %% [markdown]
# Five of the nine rows of the window lie in the picture there, so about five ninths of the brightness are left.
#
# ## 3. Loops take time
#
# Until now the course's `conv2d` did the work. Here are the loops of chapter 01 again, on all 250,000 pixels, and beside them
# `correlate` of SciPy, a library whose loops run in C.
#
# (A `lambda` is a small function without a name. `timeit.repeat` measures several calls; the shortest is the one that other programs
# on your machine disturbed least. The loops are slow enough for one call.)
#
# **Your prediction:** how many times faster than the loops is `conv2d`? 10, 100, 1,000 times?

# %% jupyter={"outputs_hidden": true}
def with_loops(image, kernel):
    padded = np.pad(image, 1)
    output = np.zeros(image.shape)
    for row in range(image.shape[0]):
        for column in range(image.shape[1]):
            output[row, column] = np.sum(padded[row : row + 3, column : column + 3] * kernel)
    return output


picture = grey.astype("float64")
ways = {
    "loops": lambda: with_loops(picture, blur),
    "conv2d": lambda: conv2d(picture, blur, padding="same"),
    "SciPy": lambda: correlate(picture, blur, mode="constant"),
}
answers = [way() for way in ways.values()]
print("all three agree:", all(np.allclose(answer, answers[0]) for answer in answers))

# %% jupyter={"outputs_hidden": true} tags=["nbval-ignore-output"]
seconds = {name: min(timeit.repeat(way, number=1, repeat=1 if name == "loops" else 30)) for name, way in ways.items()}
for name, best in seconds.items():
    print(f"{name:7} {1000 * best:7.1f} ms")

print(f"conv2d is {seconds['loops'] / seconds['conv2d']:.0f} times faster than the loops")
print(f"conv2d takes {seconds['conv2d'] / seconds['SciPy']:.1f} times as long as SciPy")

# %% [markdown]
# The last two lines are what to keep: `conv2d` is faster than the loops by more than two powers of ten, and close to SciPy. The
# products and sums are the same. The loops lose their time between them: for each of the 250,000 windows Python looks up names,
# cuts out a slice, and calls two functions. `conv2d` asks NumPy once.
#
# ## 4. Sharpen, and why results are clipped
#
# *Sharpening* (샤프닝) makes differences larger. This kernel takes nine times the pixel and subtracts its eight neighbours. It adds
# up to 9 − 8 = 1.
#
# **Your prediction:** what does it do where all nine pixels are equal? And where the centre is a little brighter than the rest?

# %% jupyter={"outputs_hidden": true}
sharpen = np.array([[-1, -1, -1], [-1, 9, -1], [-1, -1, -1]])
sharpened = conv2d(grey, sharpen, padding="same")

print("before:", grey.min(), "to", grey.max())
print("after: ", sharpened.min(), "to", sharpened.max())

# %% [markdown]
# The numbers leave the range of a picture: there is nothing darker than black or brighter than white. What happens if we store them
# as pixels anyway?
#
# **Your prediction:** a pixel type `uint8` holds 0 to 255. What becomes of 256? Of −1?

# %% jupyter={"outputs_hidden": true}
wrapped = sharpened.astype(np.uint8)
clipped = np.clip(sharpened, 0, 255).astype(np.uint8)

few = (slice(300, 304), slice(196, 201))
print("256 and -1 as uint8:", np.array([256, -1]).astype(np.uint8))
print(f"sharpened:\n{sharpened[few]}")
print(f"as uint8, not clipped:\n{wrapped[few]}")
print(f"clipped:\n{clipped[few]}")

# %% jupyter={"outputs_hidden": true}
show({"part of the photo": grey[detail], "not clipped": wrapped[detail], "clipped": clipped[detail]})

# %% [markdown]
# *Middle: numbers beyond one end start again from the other end, so what should be black can come out as any grey.* *Clipping*
# (클리핑), with `np.clip`, sets what is below 0 to 0 and what is above 255 to 255 (right). Networks do something like it: the
# *activation function* (활성화 함수) ReLU (렐루) of the coming chapters keeps what is positive and sets the rest to 0.
#
# ## 5. Edges
#
# An *edge* (에지, 경계) is a place where the brightness changes. Now 8 in the centre, so that the weights **add up to 0**.
#
# **Your prediction:** what colour does the sky get? Where is the result bright?

# %% jupyter={"outputs_hidden": true}
edges_kernel = np.array([[-1, -1, -1], [-1, 8, -1], [-1, -1, -1]])
edges = np.clip(conv2d(grey, edges_kernel, padding="same"), 0, 255)

show({"photo": grey, "edges": edges})
dark = edges < 10
print(f"share of pixels below 10: {dark.mean():.2f}, in the sky: {dark[20:200, 300:480].mean():.2f}")

# %% [markdown]
# *Flat places become black, whatever their brightness; lines and leaves light up.* In the sky nearly all pixels are black. (Where
# the photo is bright, the outermost row and column of the map are bright, too, though too thin to see here: the step from the zeros of
# the padding to the picture is an edge as well.)
#
# So one look at a kernel tells much. Weights that add up to 1 keep the brightness. Weights that add up to 0 keep only differences.
#
# ## 6. Vertical and horizontal edges
#
# The kernel above sees edges of every direction. These two see one each. They are called Sobel kernels (소벨 필터; Sobel and
# Feldman, 1968):

# %%
vertical = np.array([[-1, 0, 1], [-2, 0, 2], [-1, 0, 1]])
horizontal = vertical.T

grids.numbers({"vertical edges": vertical, "horizontal edges": horizontal})

# %% [markdown]
# **Your prediction:** the left one subtracts what is on the left from what is on the right. Which of the two will find the red
# pillars of the temple, and which the ledge between its storeys?

# %% jupyter={"outputs_hidden": true}
responses = {"vertical edges": conv2d(grey, vertical), "horizontal edges": conv2d(grey, horizontal)}
storey = (slice(180, 330), slice(20, 300))

figure, axes = plt.subplots(1, 3, figsize=(12, 2.6), layout="constrained")
axes[0].imshow(grey[storey], cmap="gray", vmin=0, vmax=255)
axes[0].set_title("part of the photo")
for axis, (title, response) in zip(axes[1:], responses.items(), strict=True):
    drawn = axis.imshow(response[storey], cmap=plots.DIVERGING, vmin=-600, vmax=600)
    axis.set_title(title)
for axis in axes:
    axis.set(xticks=[], yticks=[])
figure.colorbar(drawn, ax=axes, label="response", shrink=0.8)
show_as_jpeg()

# %% [markdown]
# *Red: it gets brighter to the right (middle) or downwards (right). Blue: it gets darker. White: no edge in this direction. The
# pillars stand out in the middle; on the right the ledge does, and the edges of the roofs.* Did the tiles surprise you? They run down the roofs, so
# between them there are many vertical edges. And a feature map has a sign. Clipping at 0 would throw half of the edges away, so
# here we did not clip.
#
# Let us check it with a number, the mean strength without the sign, for a strip with pillars and for one with the ledge:

# %%
parts = {"pillars": (slice(225, 265), slice(30, 240)), "ledge": (slice(262, 292), slice(20, 250))}
for part, place in parts.items():
    strength = {name: np.abs(response[place]).mean() for name, response in responses.items()}
    print(part, {name: round(float(value)) for name, value in strength.items()})

# %% [markdown]
# Each kernel is two to three times as strong on its own kind of edge. Together they give the strength of an edge in any direction, like
# the two sides of a right triangle (Pythagoras):

# %%
strength = np.sqrt(responses["vertical edges"] ** 2.0 + responses["horizontal edges"] ** 2.0)
sizes = {f"{name}, size only": np.abs(response) for name, response in responses.items()}
show(sizes | {"both": strength})

# %% [markdown]
# ## 7. Pooling: simpler, and still the temple
#
# We take the strength of the edges, divided by 4, so that all of it stays below 255. Without padding the map has 498 by 498 numbers.
#
# **Your prediction:** we pool with 2x2 windows, three times. How many of the 248,004 numbers are left? Will you still recognise
# the temple?

# %% jupyter={"outputs_hidden": true}
lines = strength / 4
pooled, smaller = {"edges, 498x498": lines}, lines
for _ in range(3):
    smaller = max_pool2d(smaller)
    pooled[f"max pooling, {smaller.shape[0]}x{smaller.shape[1]}"] = smaller
    print(f"{smaller.shape}: {smaller.size:,} numbers")

show(pooled)

# %% [markdown]
# *After three times one number in 65 is left, and it is still the temple.* (249 is odd: 2x2 windows leave its last row and column
# out, so the next map has 124.)
#
# Why max pooling, and not the mean? Edges are thin. Let us shrink the map to a sixteenth of its numbers in both ways, by maximum
# and by mean:

# %%
by_max, by_mean = max_pool2d(lines, 4), average_pool2d(lines, 4)
show({"max pooling 4x4": by_max, "average pooling 4x4": by_mean})
print(f"mean of the map: {lines.mean():.0f} before, {by_max.mean():.0f} by max, {by_mean.mean():.0f} by mean")

# %% [markdown]
# *The mean of a thin white line and the black around it is dark grey. The maximum keeps the line.* For the question "is the
# feature here?" the maximum is the better answer. For "how bright is it here?" it would be the mean.
#
# ## 8. Colour
#
# Blurring a colour photograph: each channel is filtered on its own, and the three results are stacked.

# %%
channels = [conv2d(photo[:, :, channel], wide_blur, padding="same") for channel in range(3)]
soft = np.stack(channels, axis=2).round().astype(np.uint8)

show({"part of the photo": photo[detail], "each channel blurred": soft[detail]})

# %% [markdown]
# **A convolution layer does not do this.** Its kernel is as deep as the picture, and adds the channels up (chapter 01, section 11).
# So it can ask about colour. This filter answers to red and is against green and blue:
#
# **Your prediction:** what will be bright: the roof, the trees, the sky? The sky has a lot of red, too, as you saw above.

# %% jupyter={"outputs_hidden": true}
redness = np.array([1, -0.5, -0.5]).reshape(1, 1, 3)
red_map = conv2d(photo, redness)

print("sky:", red_map[20, 400], " roof:", red_map[110, 130])
show({"photo": photo, "red, but not green or blue": np.clip(2 * red_map, 0, 255)})

# %% [markdown]
# *Roofs, pillars and beams (doubled, to see it better).* In the sky red is the weakest of the three channels. The result is below
# 0, and clipping makes it black.
#
# Does it matter to look at colour before turning a picture grey? Here is a flag of two colours.

# %%
flag = np.zeros((5, 6, 3), np.uint8)
flag[:, :3] = [0, 49, 0]  # a dark green
flag[:, 3:] = [0, 0, 252]  # a strong blue

flag_grey = conv2d(flag, brightness)
show({"flag": flag, "flag in grey": flag_grey})

# %% [markdown]
# **Your prediction:** a filter looks for vertical edges in it, once in the grey flag, once in the coloured one. What will it find?

# %% jupyter={"outputs_hidden": true}
against_green_for_blue = vertical[:, :, np.newaxis] * np.array([0, -1, 1])  # a vertical-edge kernel for each channel

print("grey of both halves:", flag_grey[0, 0].round(1), flag_grey[0, 5].round(1))
print(f"edges in grey:\n{conv2d(flag_grey, vertical).round().astype(int)}")
print(f"edges in colour, kernel {against_green_for_blue.shape}:\n{conv2d(flag, against_green_for_blue)}")

# %% [markdown]
# In grey the two halves are one flat plane: the border is gone for good. With a kernel of depth 3 it is the strongest thing in
# the picture. This is why networks get colour pictures as they are.
#
# ## 9. Match kernels and results
#
# Here are four kernels and what they make of the same part of the photo, in another order.

# %%
riddle = {
    "kernel A": np.array([[0, 0, 0], [0, 0, 1], [0, 0, 0]]),
    "kernel B": np.array([[0, -1, 0], [-1, 5, -1], [0, -1, 0]]),
    "kernel C": np.array([[0, 0, 0], [-1, 0, 1], [0, 0, 0]]),
    "kernel D": -np.ones((3, 3)) / 9,
}
grids.numbers(riddle)

# %%
order = np.random.default_rng(0).permutation(list(riddle))
results = {}
for number, name in enumerate(order, start=1):
    result = conv2d(grey, riddle[name])[detail]
    results[f"result {number}"] = result + 255 if result.max() < 0 else result  # else it would be all black

show(results)

# %% [markdown]
# **Your prediction:** which result belongs to which kernel? Look at the sum of the weights first, then at their signs.

# %% [markdown]
# <details><summary>Answer</summary>
#
# - Result 1 is C: its weights add up to 0, so flat places are black, and it sees vertical edges.
# - Result 2 is A: one weight of 1 copies a pixel. The picture is moved by one pixel, which you cannot see.
# - Result 3 is B: the sum is 1, the centre is large and its neighbours are subtracted: a gentle sharpening.
# - Result 4 is D: the sum is −1, which turns bright into dark, and equal weights blur. It is a negative. (All of it is below 0;
#   the cell adds 255, so that we can see it.)
#
# </details>
#
# ## 10. Learn the kernel
#
# All kernels so far were made by people. Now the step that made neural networks successful: **we forget the kernel, and keep only
# examples** of what it should do. Here is a photograph, and here is the picture that somebody made of it. Which nine weights did
# they use?
#
# Begin with **one** unknown weight: somebody has multiplied all pixels by 0.7. We do not know the 0.7; we only have both
# pictures. For each weight that we could try, the *loss* (손실) says how wrong it is: the mean of the squared errors.
#
# *Gradient descent* (경사 하강법) finds the lowest point of the loss without trying all weights. It starts anywhere, computes the
# *gradient* (기울기, 그레이디언트), that is, how steeply the loss rises there, and takes a step downhill. The step is the gradient
# times a small number, the *learning rate* (학습률).
#
# **Your prediction:** will the steps have equal length, or get longer or shorter on the way?

# %% jupyter={"outputs_hidden": true}
pixels = (grey - grey.mean()) / grey.std()  # mean 0, spread 1: why, see the box below
darker = 0.7 * pixels

weight, path = -0.5, []
for _ in range(12):
    error = weight * pixels - darker
    path.append((weight, np.mean(error**2)))
    gradient = np.mean(2 * error * pixels)
    weight = weight - 0.2 * gradient

print("weights:", [round(float(tried), 2) for tried, _ in path])

# %% jupyter={"outputs_hidden": true}
tried = np.linspace(-0.7, 2.1, 60)
figure, axis = plt.subplots(figsize=(6, 3), layout="constrained")
axis.plot(tried, [np.mean((each * pixels - darker) ** 2) for each in tried], color=plots.BLUE)
axis.plot(*zip(*path, strict=True), "o-", color=plots.ORANGE, label="steps of the descent")
axis.set(xlabel="weight", ylabel="loss", title="The loss of every weight, and the way down")
axis.legend()
plt.show()

# %% [markdown]
# *The blue curve is the loss. The steps get shorter, because near the bottom the curve is flat and the gradient small.* Why is the
# gradient the mean of 2 · error · pixel? If the weight grows by a tiny $t$, the error of a pixel grows by $t$ · pixel, and its
# square from error² to error² + 2 · error · pixel · $t$ (and a part with $t^2$ that is too small to count).
#
# Now nine weights, of an unknown kernel. Each of them gets a gradient of the same kind: the weight at row $i$, column $j$ is
# multiplied by the pixel that lies $i$ rows below and $j$ columns to the right of the window's top left corner. So its gradient is
# the mean of 2 · error · **that** pixel. Multiply, add up, and do the same one pixel further for the next weight: **that is again a
# convolution**, of the photo with the errors as kernel.
#
# **Your prediction:** the part of the photo has 64 by 64 pixels, its map, and so the error, 62 by 62. If the error is used as a
# kernel on the photo: what size is the result?

# %% jupyter={"outputs_hidden": true}
wanted = conv2d(pixels, vertical)  # all that we keep of the hand-made kernel


def loss_and_gradient(kernel, crop, wanted_crop):
    error = conv2d(crop, kernel) - wanted_crop
    gradient = 2 * conv2d(crop, error) / error.size
    return np.mean(error**2), gradient


start = np.random.default_rng(42).normal(scale=0.1, size=(3, 3))  # random weights to begin with
part, wanted_part = pixels[200:264, 100:164], wanted[200:262, 100:162]
loss, gradient = loss_and_gradient(start, part, wanted_part)
print("shape of the gradient:", gradient.shape)

# %% [markdown]
# 3 by 3: a number for each weight. Never trust a gradient that you have not checked. Let one weight grow by a millionth, and see
# how the loss changes:

# %%
for place in [(0, 0), (1, 2), (2, 1)]:
    nudged = start.copy()
    nudged[place] += 1e-6
    nudged_loss, _ = loss_and_gradient(nudged, part, wanted_part)
    print(f"weight {place}: gradient {gradient[place]:.3f}, measured {(nudged_loss - loss) / 1e-6:.3f}")

# %% [markdown]
# They agree. Now the training. In each step we take another part of the photo, of 64 by 64 pixels, and its part of the wanted
# picture. `velocity` adds *momentum* (모멘텀): each step keeps nine tenths of the step before, like a ball that rolls. Where the
# loss falls gently for a long way, the ball gathers speed.

# %%
def learn(pixels, rate=0.03, momentum=0.9, steps=2000):
    wanted = conv2d(pixels, vertical)
    rng = np.random.default_rng(42)
    kernel, velocity = start, np.zeros((3, 3))
    kernels, losses = [kernel], []
    for _ in range(steps):
        row, column = rng.integers(500 - 64, size=2)
        part, wanted_part = pixels[row : row + 64, column : column + 64], wanted[row : row + 62, column : column + 62]
        loss, gradient = loss_and_gradient(kernel, part, wanted_part)
        velocity = momentum * velocity - rate * gradient
        kernel = kernel + velocity
        kernels.append(kernel)
        losses.append(loss)
    return kernels, losses


kernels, losses = learn(pixels)
print(kernels[-1].round(3) + 0.0)  # + 0.0 turns -0 into 0

# %% [markdown]
# It is the Sobel kernel, from a photograph and nothing but examples. See it come:

# %%
grids.numbers({f"after {step} steps": kernels[step].round(1) for step in (0, 10, 50, 100, 300, 1000)})

# %%
deviation = [np.abs(kernel - vertical).max() for kernel in kernels[1:]]
figure, axis = plt.subplots(figsize=(8.5, 3.4), layout="constrained")
axis.semilogy(losses, color=plots.ORANGE, linewidth=0.7, label="loss on the part of the photo in this step")
axis.semilogy(deviation, color=plots.BLUE, label="largest difference from the hand-made kernel")
axis.set(xlabel="step", ylabel="loss, or difference of weights", title="Learning the kernel for vertical edges")
axis.grid(alpha=0.3)
axis.legend()
plt.show()

for step in (10, 100, 1000, 2000):
    print(f"after {step:4} steps, largest difference: {deviation[step - 1]:.4f}")

# %% [markdown]
# *The vertical axis goes in powers of ten: a straight line means that every hundred steps divide by the same number. Both lines
# fall fast at first, and then steadily.* The orange line trembles, because some parts of the photo are sky and others are leaves.
#
# > **What can go wrong: the learning rate.** Call `learn(pixels, rate=0.3, steps=100)`: each step overshoots, the next one
# > overshoots more, and the weights grow beyond all bounds. With `rate=0.0003, steps=1000` nothing goes wrong, but the kernel is still far away when the steps are used up.
# >
# > **What can go wrong: the scale of the inputs.** Call `learn(grey / 255, steps=1000)`: the kernel does not arrive.
# > Call `learn(grey / 255, rate=0.1, steps=1000)`: it overshoots. No rate is right any more, because the loss is steep in one direction (all weights
# > together, as all pixels are positive) and flat in the others. With mean 0 and spread 1 one rate serves all.

# %%
tries = {
    "rate 0.03": (kernels, losses),
    "rate 0.0003": learn(pixels, rate=0.0003, steps=1000),
    "rate 0.3": learn(pixels, rate=0.3, steps=100),
    "0 to 1": learn(grey / 255, steps=1000),
    "0 to 1, rate 0.1": learn(grey / 255, rate=0.1, steps=1000),
}
for name, (tried_kernels, _) in tries.items():
    difference = np.abs(tried_kernels[-1] - vertical).max()
    print(f"{name:17} largest difference:", f"{difference:.3f}" if difference < 100 else "beyond all bounds")

# %% [markdown]
# ## 11. Keras learns three at once
#
# A `Conv2D` layer holds the weights, `fit` does the descent. Keras works out the gradients by itself, for any network (that is
# called *automatic differentiation*, 자동 미분). We ask for three filters at a time: blur, sharpen, vertical edges.

# %% tags=["nbval-ignore-output"]
from helpers.environment import setup

environment = setup(seed=42, precision="float32")

# %%
import keras

handmade = np.stack([blur, sharpen, vertical], axis=2)[:, :, np.newaxis]  # (3, 3, 1, 3)
wanted_maps = conv2d(pixels, handmade)

places = np.random.default_rng(0).integers(500 - 64, size=(500, 2))
x = np.stack([pixels[row : row + 64, column : column + 64, np.newaxis] for row, column in places]).astype("float32")
y = np.stack([wanted_maps[row : row + 62, column : column + 62] for row, column in places]).astype("float32")

print("pictures:", x.shape, "wanted maps:", y.shape)

# %% [markdown]
# `compile` says how to train. `SGD` is the descent with momentum from above (stochastic gradient descent, 확률적 경사 하강법), `"mse"`
# the mean of the squared errors. Keras takes this mean over three maps, so each gradient is a third of ours. And
# each step will see ten parts of the photo, not one, so it trembles less and may be longer. Hence the larger learning rate.
#
# **Your prediction:** how many parameters does this layer have? It gets no bias, because the hand-made kernels had none.

# %% jupyter={"outputs_hidden": true}
layer = keras.layers.Conv2D(filters=3, kernel_size=3, use_bias=False)
model = keras.Sequential([keras.Input((64, 64, 1)), layer])
model.compile(optimizer=keras.optimizers.SGD(learning_rate=0.2, momentum=0.9), loss="mse")

print("parameters:", model.count_params())

# %% [markdown]
# `fit` takes 10 parts of the photo for each step (a *batch*, 배치). Once through all 500 parts is an *epoch* (에포크).

# %% tags=["nbval-ignore-output"]
history = model.fit(x, y, batch_size=10, epochs=25, verbose=0)
print(f"loss after 1 epoch: {history.history['loss'][0]:.4f}, after 25 epochs: {history.history['loss'][-1]:.2e}")

# %%
learned = layer.get_weights()[0]
for number, name in enumerate(["blur", "sharpen", "vertical edges"]):
    print(f"{name}:\n{learned[:, :, 0, number].round(2) + 0.0}")

# %% [markdown]
# All three, from one `fit`. From here it is a small step to the networks of the next chapters: the first layer of many has 32 such
# filters, and nobody hands it wanted maps. The network is only told what the answer at the very end should have been: "this is a 7".
# Which edges help to tell a 7 from a 1, it finds out by itself.
#
# ## What can go wrong
#
# - **Colours that jump.** Results outside 0 to 255 were stored as `uint8`. Clip first.
# - **A picture that looks right by accident.** `imshow` stretches the colours from the smallest to the largest number, unless you
#   give `vmin` and `vmax`. Two pictures drawn without them cannot be compared.
# - **A bright frame around an edge map.** It is the step from the padding to the picture.
# - **Weights that become `nan`.** The learning rate is too large.
# - **Training that crawls.** Look at the scale of the inputs first: mean 0, spread 1.

# %% tags=["reached", "nbval-ignore-output"]
difference = np.abs(learned - handmade).max()
speed = seconds["loops"] / seconds["conv2d"]
difference = max(difference, deviation[-1])
print(f"learned kernels within {difference:.4f} of the hand-made; conv2d {speed:.0f} times faster than loops")

# %% [markdown]
# ## What you learned
#
# 1. The sum of a kernel's weights tells what it keeps: 1 keeps the brightness, 0 keeps only differences, that is, edges.
# 2. Results can leave the range of pixels. Clip before you store them; keep the sign as long as you need it.
# 3. Max pooling makes a map small and keeps thin, strong features.
# 4. A filter sees all channels at once, so it can tell colours apart where brightness cannot.
# 5. A kernel need not be made by hand. From examples, a loss and its gradient, the computer finds it.
#
# **Exercises:** [7 exercises](exercises/02_filters_exercises.ipynb) on this chapter, and each answers.
#
# **Next:** [03 · Digits: from a dense network to convolution](03_mnist_dense_to_convnet.ipynb) puts many such filters into a network that learns all of them at once.
