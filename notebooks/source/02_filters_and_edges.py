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
# - **Time** on 2 CPU cores: 0.3<!-- chapters.02_filters_and_edges.fast_minutes --> minutes in fast mode, 0.7<!-- chapters.02_filters_and_edges.full_minutes --> minutes in full mode.<!-- gpu 02 --><!-- end of gpu --> A GPU is not needed. To read it and think: take two hours.
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
from helpers.data import own_picture, sample_image

# %% [markdown]
# ## 1. A photograph is three tables of numbers
#
# Our photograph shows a temple by a lake. It comes with scikit-learn and was taken by
# [danielbuechele](https://www.flickr.com/photos/danielbuechele/6061409035/) ([CC BY
# 2.0](https://creativecommons.org/licenses/by/2.0/)). We cut out a square and scale it to 500 by 500 pixels.
#
# **Your prediction:** what is the shape of the array? How many numbers does it hold?

# %% jupyter={"outputs_hidden": true}
square = Image.fromarray(sample_image("temple")[:, 100:527])
photo = np.asarray(square.resize((500, 500), Image.Resampling.LANCZOS))

print("shape:", photo.shape, "numbers:", f"{photo.size:,}", "type:", photo.dtype)
print("a pixel of the sky: ", photo[20, 400])
print("a pixel of the roof:", photo[110, 130])

# %% [markdown]
# It is an array of 500 rows, 500 columns and three *channels* (채널): red, green and blue, each from 0 to 255.
#
# To look at it we use [Matplotlib](https://matplotlib.org/stable/api/_as_gen/matplotlib.pyplot.imshow.html). `plt.subplots`
# makes a figure with some empty panels, which are called *axes*, and each panel draws one thing. Here is every line, once:

# %%
figure, axes = plt.subplots(1, 3, figsize=(11, 3), layout="constrained")

axes[0].imshow(photo[100:200, 80:180])  # draws a table of pixels
axes[0].set_title("part of the roof")

axes[1].hist(photo[:, :, 2].flatten(), bins=32)  # counts how often each value occurs
axes[1].set(title="all values of blue", xlabel="value", ylabel="pixels")

means = [photo[:, :, 0].mean(), photo[:, :, 1].mean(), photo[:, :, 2].mean()]
axes[2].bar(["red", "green", "blue"], means)  # draws a bar for each name
axes[2].set(title="mean of each channel", ylabel="value")

plt.show()

# %% [markdown]
# *Left: a photograph is drawn by `imshow`. Middle: `hist` draws a histogram (히스토그램), which counts the pixels; the high bars
# at the right are the sky. Right: `bar` draws one bar for each channel.* The functions of `helpers.plots` and
# `helpers.grids`, which this course uses from here on, consist of such lines. This chapter needs one of its own, which
# draws several images side by side:

# %%
def show_as_jpeg():
    """Show the figure as JPEG: photographs take much less room than as PNG."""
    set_matplotlib_formats("jpeg", pil_kwargs={"quality": 75})
    plt.show()
    set_matplotlib_formats("png")


def show(images):
    """Draw images side by side, all in one scale: 0 is black, 255 is white."""
    count = len(images)
    figure, axes = plt.subplots(1, count, figsize=(3.1 * count, 3.3), layout="constrained", squeeze=False)
    for axis, title in zip(axes[0], images, strict=True):
        axis.imshow(images[title], cmap="gray", vmin=0, vmax=255)
        axis.set(title=title, xticks=[], yticks=[])
    show_as_jpeg()

# %%
show({"photo": photo, "red": photo[:, :, 0], "green": photo[:, :, 1], "blue": photo[:, :, 2]})

# %% [markdown]
# *Left the photograph, then its three channels, each drawn as brightness. The orange roof is bright in red and dark in blue; the sky is bright in
# all three*<!-- claim: row("a pixel of the roof:")[0] > 2 * row("a pixel of the roof:")[2] and min(row("a pixel of the sky:")) > 200 -->.
#
# Most filters of this chapter work on *brightness* (밝기) alone. To get it, the three channels are mixed, and green counts
# most, because the eye sees green best. The numbers come from the television standard ITU-R BT.601.
#
# **Your prediction:** mixing the channels of each pixel is a convolution, too. What shape does its kernel have? And its
# output?

# %% jupyter={"outputs_hidden": true}
brightness = np.array([0.299, 0.587, 0.114]).reshape(1, 1, 3)
grey = conv2d(photo, brightness).round().astype(np.uint8)

print("kernel:", brightness.shape, "output:", grey.shape, grey.dtype, "from", grey.min(), "to", grey.max())

# %% [markdown]
# The window is a single pixel, 1 by 1, and the kernel is as deep as the image. One flat map comes out.
#
# ## 2. Blur: the mean of the neighbours
#
# Laying a small kernel on a photograph is called *filtering* (필터링) in image processing, and books on it say filter, kernel,
# mask (마스크) or window for the same small table. Nine weights of 1/9 make each pixel the mean of its window. This is a
# *blur* (블러, 흐림).
#
# **Your prediction:** what happens to the tiles of the roofs? What to the water? Will the image get darker, since we divide
# by 9?

# %% jupyter={"outputs_hidden": true}
blur = np.ones((3, 3)) / 9
wide_blur = np.ones((9, 9)) / 81

detail = (slice(250, 380), slice(190, 320))  # grey[detail] is grey[250:380, 190:320]
blurred = conv2d(grey, blur, padding="same")
very_blurred = conv2d(grey, wide_blur, padding="same")

show({"part of the photo": grey[detail], "mean of 3x3": blurred[detail], "mean of 9x9": very_blurred[detail]})
print(f"mean brightness: {grey.mean():.0f}, after 3x3 {blurred.mean():.0f}, after 9x9 {very_blurred.mean():.0f}")

# %% [markdown]
# *The larger the window, the fewer details are left.* Flat places do not change, because the mean of equal numbers is that
# number. And the image stays about as
# bright<!-- claim: abs(row("mean brightness:")[0] - row("mean brightness:")[1]) < 2 -->, because the weights **add up to
# 1**. With the wide kernel it gets a little darker<!-- claim: row("mean brightness:")[-1] < number("mean brightness:") -->,
# since the zeros of the padding are mixed in at the border. You can see it in the first row:

# %%
print("first row before:", grey[0, 200:208])
print("first row after: ", very_blurred[0, 200:208].round().astype(int))

# %% [markdown]
# There only five of the nine rows of the window lie in the image, so about five ninths of the brightness is
# left<!-- claim: abs(number("first row after:") / number("first row before:") - 5 / 9) < 0.02 -->.
#
# ## 3. Noise removal
#
# In the dark a camera adds small random errors to its pixels, which is called *noise* (잡음, 노이즈). A blur can take some of it
# away (*noise removal*, 잡음 제거), because random errors that go up and down cancel each other in a mean. To measure this we
# add noise to our photograph, so that we know the clean one. The error of a pixel is how far it is from the clean one.
#
# **Your prediction:** we clean with the mean of 3x3 and with that of 9x9. Which one leaves the smaller error in the sky?
# Which one on the roof, where neighbouring pixels differ?

# %% jupyter={"outputs_hidden": true}
noise = np.random.default_rng(0).normal(scale=30, size=grey.shape)
noisy = np.clip(grey + noise, 0, 255)
sky = (slice(20, 200), slice(300, 480))

images = {"noisy": noisy, "mean of 3x3": conv2d(noisy, blur, padding="same")}
images["mean of 9x9"] = conv2d(noisy, wide_blur, padding="same")
for name, image in images.items():
    error = np.abs(image - grey)
    print(f"{name:12} mean error in the sky {error[sky].mean():.0f}, on the roof {error[detail].mean():.0f}")

show({name: image[detail] for name, image in images.items()})

# %% [markdown]
# In the sky the wider mean is better<!-- claim: number("mean of 9x9") < number("mean of 3x3") < number("noisy") -->: the
# more pixels are averaged, the better their errors cancel. On the roof it is the other way
# round<!-- claim: number("mean of 3x3", 1) < number("mean of 9x9", 1) -->, because the wide mean takes the tiles away
# together with the noise. A blur cannot tell noise from detail, since both are differences between neighbours.
#
# ## 4. Loops take time
#
# Until now the course's `conv2d` did the work. Here are the loops of chapter 01 again. The inner loop runs once for each of
# the 250,000 pixels.
#
# **Your prediction:** one pass through the inner loop takes Python about four millionths of a second. How long will the
# whole image take? And how long for 10,000 images?

# %% jupyter={"outputs_hidden": true}
def with_loops(image, kernel):
    padded = np.pad(image, 1)
    output = np.zeros(image.shape)
    for row in range(image.shape[0]):
        for column in range(image.shape[1]):
            output[row, column] = np.sum(padded[row : row + 3, column : column + 3] * kernel)
    return output


pixels = grey.astype("float64")
print("the loops and conv2d agree:", np.allclose(with_loops(pixels, blur), conv2d(pixels, blur, padding="same")))

# %% [markdown]
# About a second, so nearly three hours for 10,000 images. Let us measure it, beside `conv2d` and beside
# [`correlate`](https://docs.scipy.org/doc/scipy/reference/generated/scipy.ndimage.correlate.html) of SciPy, a library whose
# loops run in C. [`timeit.repeat`](https://docs.python.org/3/library/timeit.html) calls a function several times and notes
# the seconds; the shortest is the one that other programs on your machine disturbed least. A `lambda` is a small function
# without a name.

# %% jupyter={"outputs_hidden": true} tags=["nbval-ignore-output"]
seconds = {
    "loops": min(timeit.repeat(lambda: with_loops(pixels, blur), number=1, repeat=1)),
    "conv2d": min(timeit.repeat(lambda: conv2d(pixels, blur, padding="same"), number=1, repeat=30)),
    "SciPy": min(timeit.repeat(lambda: correlate(pixels, blur, mode="constant"), number=1, repeat=30)),
}
for name, best in seconds.items():
    print(f"{name:7} {1000 * best:7.1f} ms")

print(f"conv2d is {seconds['loops'] / seconds['conv2d']:.0f} times faster than the loops")
print(f"conv2d takes {seconds['conv2d'] / seconds['SciPy']:.1f} times as long as SciPy")

# %% [markdown]
# Look at the last two lines: `conv2d` is more than a hundred times faster than the
# loops<!-- claim: number("conv2d is") > 100 -->, and much nearer to SciPy than to
# them<!-- claim: number("conv2d takes") < 0.3 * number("conv2d is") -->. The products and sums are the same. But the loops
# spend nearly all of their time on other things: for each of the 250,000 windows Python looks up names, cuts out a slice
# and calls a function. `conv2d` asks NumPy once for everything.
#
# ## 5. Sharpen, and why results are clipped
#
# *Sharpening* (샤프닝) makes differences larger. This kernel takes nine times the pixel and subtracts its eight neighbours, so
# its weights add up to 9 − 8 = 1.
#
# **Your prediction:** what does it do where all nine pixels are equal? And where the centre is a little brighter than the
# rest?

# %% jupyter={"outputs_hidden": true}
sharpen = np.array([[-1, -1, -1], [-1, 9, -1], [-1, -1, -1]])
equal = np.full((3, 3), 100)
brighter = np.array([[100, 100, 100], [100, 110, 100], [100, 100, 100]])

print("all nine are 100:   ", conv2d(equal, sharpen)[0, 0])
print("the centre is 110:  ", conv2d(brighter, sharpen)[0, 0])

sharpened = conv2d(grey, sharpen, padding="same")
print("the photo before:", grey.min(), "to", grey.max(), " after:", sharpened.min(), "to", sharpened.max())

# %% [markdown]
# Equal pixels stay as they are. A centre that is brighter by 10 becomes brighter by
# 90<!-- claim: number("the centre is 110:") - number("all nine are 100:") == 90 -->, so the result can leave the range of an image: nothing is
# darker than black, 0, or brighter than white, 255. What happens if we store such numbers as pixels anyway?
#
# **Your prediction:** a pixel of the type `uint8` holds 0 to 255, and 255 + 1 starts again at 0. What becomes of −1? What
# of 336, the first number below?

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
# *Middle: numbers beyond one end start again from the other end, so what should be black can come out as any grey.*
# *Clipping* (클리핑), with [`np.clip`](https://numpy.org/doc/stable/reference/generated/numpy.clip.html), sets what is below 0
# to 0 and what is above 255 to 255, as on the right. Networks do something like it with ReLU, which chapter 01 named: it
# keeps what is positive and sets the rest to 0. ReLU is an *activation function* (활성화 함수), a function that is applied to
# each number of a map on its own.
#
# ## 6. Edges
#
# An *edge* (에지, 경계) is a place where the brightness changes. Now 8 stands in the centre, so the weights **add up to 0**.
#
# **Your prediction:** what colour does the sky get? Where is the result bright?

# %% jupyter={"outputs_hidden": true}
edges_kernel = np.array([[-1, -1, -1], [-1, 8, -1], [-1, -1, -1]])
edges = np.clip(conv2d(grey, edges_kernel, padding="same"), 0, 255)

show({"photo": grey, "edges": edges})
dark = edges < 10
print(f"share of pixels below 10: {dark.mean():.2f}, in the sky: {dark[sky].mean():.2f}")

# %% [markdown]
# *Flat places become black, whatever their brightness; lines and leaves light up.* In the sky nearly all pixels are
# black<!-- claim: row("share of pixels below 10:")[1] > 0.95 -->. (Where the photo is bright, the outermost row and column
# of the map are bright, too, though so thin that you can hardly see it here. The step from the zeros of the padding to the image is an
# edge as well, as chapter 01 has shown.)
#
# So one look at a kernel tells much: **weights that add up to 1 keep the brightness, and weights that add up to 0 keep only
# differences.**
#
# ## 7. Vertical and horizontal edges
#
# The kernel above sees edges of every direction. These two see one direction each. They are called Sobel kernels (소벨 필터),
# after Sobel and Feldman, 1968. They are the edge kernel of chapter 01 with more weight in the middle:

# %%
vertical = np.array([[-1, 0, 1], [-2, 0, 2], [-1, 0, 1]])
horizontal = vertical.T  # .T exchanges rows and columns

grids.numbers({"vertical edges": vertical, "horizontal edges": horizontal})

# %% [markdown]
# **Your prediction:** the left one subtracts what is on the left from what is on the right. Which of the two will find the
# red pillars of the temple, and which the ledge between its storeys?

# %% jupyter={"outputs_hidden": true}
responses = {"vertical edges": conv2d(grey, vertical), "horizontal edges": conv2d(grey, horizontal)}
storey = (slice(180, 330), slice(20, 300))

figure, axes = plt.subplots(1, 3, figsize=(12, 2.6), layout="constrained")
axes[0].imshow(grey[storey], cmap="gray", vmin=0, vmax=255)
axes[0].set_title("part of the photo")
for axis, title in zip(axes[1:], responses, strict=True):
    drawn = axis.imshow(responses[title][storey], cmap=plots.DIVERGING, vmin=-600, vmax=600)
    axis.set_title(title)
for axis in axes:
    axis.set(xticks=[], yticks=[])
figure.colorbar(drawn, ax=axes, label="response", shrink=0.8)
show_as_jpeg()

# %% [markdown]
# *Red: it gets brighter to the right (middle) or downwards (right). Blue: it gets darker. White: no edge in this direction.
# The pillars stand out in the middle; on the right the ledge does, and the edges of the roofs.* Did the tiles surprise you?
# They run down the roofs, so between them there are many vertical edges.
#
# A feature map has a sign, and the sign tells the direction of the change. Clipping at 0 would throw half of the edges
# away, so here we did not clip.
#
# Let us check what we see with a number: the mean strength without the sign, for a strip with pillars and for one with the
# ledge.

# %%
parts = {"pillars": (slice(225, 265), slice(30, 240)), "ledge": (slice(262, 292), slice(20, 250))}
for part, place in parts.items():
    by_vertical = np.abs(responses["vertical edges"][place]).mean()
    by_horizontal = np.abs(responses["horizontal edges"][place]).mean()
    print(f"{part:7} vertical edges {by_vertical:.0f}, horizontal edges {by_horizontal:.0f}")

# %% [markdown]
# On its own kind of edge each kernel is about twice as strong as the other one, or
# stronger<!-- claim: number("pillars") > 1.9 * number("pillars", 1) and number("ledge", 1) > 1.9 * number("ledge") -->.
# Take the two responses as the two short sides of a right triangle; the long side is the strength of the edge, whatever its direction (Pythagoras):

# %%
strength = np.sqrt(responses["vertical edges"] ** 2.0 + responses["horizontal edges"] ** 2.0)

show({
    "vertical, without sign": np.abs(responses["vertical edges"]),
    "horizontal, without sign": np.abs(responses["horizontal edges"]),
    "both": strength,
})  # fmt: skip

# %% [markdown]
# ## 8. Pooling: simpler, and still the temple
#
# We take the strength of the edges, divided by 4, so that all of it stays below 255. Without padding the map has 498 by 498
# numbers.
#
# **Your prediction:** we pool with windows of 2x2, three times. How many of the 248,004 numbers are left? Will you still
# recognise the temple?

# %% jupyter={"outputs_hidden": true}
lines = strength / 4
pooled, smaller = {"edges, 498x498": lines}, lines
for _ in range(3):
    smaller = max_pool2d(smaller)
    pooled[f"max pooling, {smaller.shape[0]}x{smaller.shape[1]}"] = smaller
    print(f"{smaller.shape}: {smaller.size:,} numbers, one in {lines.size / smaller.size:.0f}")

show(pooled)

# %% [markdown]
# *After three times one number in 65 is left<!-- claim: row("(62, 62):")[1] == 65 -->, and it is still the temple.* Pooling by 2x2 leaves a quarter
# each time, and 4 · 4 · 4 is 64; a little less is left than one in 64, because 249 is odd, so the second pooling leaves the last row and column
# out.
#
# Why max pooling, and not the mean? Edges are thin. Let us make the map smaller by windows of 4x4, in both ways.
#
# **Your prediction:** a thin white line runs through a black window. What is the mean of the window, and what is the
# maximum? So which of the two small maps will be brighter?

# %% jupyter={"outputs_hidden": true}
by_max, by_mean = max_pool2d(lines, 4), average_pool2d(lines, 4)
show({"max pooling 4x4": by_max, "average pooling 4x4": by_mean})
print(f"mean of the map: {lines.mean():.0f} before, {by_max.mean():.0f} by max, {by_mean.mean():.0f} by mean")

# %% [markdown]
# *The mean of a thin white line and the black around it is dark grey. The maximum keeps the
# line*<!-- claim: row("mean of the map:")[1] > row("mean of the map:")[2] -->. For the question "is the feature here?" the
# maximum is the better answer. For "how bright is it here?" it would be the mean.
#
# ## 9. Colour
#
# When a program blurs a colour photograph, it filters each channel on its own and stacks the three results.

# %%
channels = []
for number in range(3):
    channels.append(conv2d(photo[:, :, number], wide_blur, padding="same"))
soft = np.stack(channels, axis=2).round().astype(np.uint8)

show({"part of the photo": photo[detail], "each channel blurred": soft[detail]})

# %% [markdown]
# **A convolution layer does not do this.** Its kernel is as deep as the image, and it adds the channels up, as in step 11
# of chapter 01. So it can ask about colour. This filter answers to red and answers negatively to green and blue: its weights are 1,
# −0.5 and −0.5.
#
# **Your prediction:** work it out for the two pixels of step 1: sky 227, 241, 254, roof 227, 153, 95. Which of the two will
# be bright?

# %% jupyter={"outputs_hidden": true}
redness = np.array([1, -0.5, -0.5]).reshape(1, 1, 3)
red_map = conv2d(photo, redness)

print("sky: ", red_map[20, 400])
print("roof:", red_map[110, 130])
show({"photo": photo, "red, but not green or blue": np.clip(2 * red_map, 0, 255)})

# %% [markdown]
# *Roofs, pillars and beams light up. (The map is doubled, so that you see it better.)* The sky has as much red as the roof, but it has still more
# green and
# blue<!-- claim: row("a pixel of the sky:")[0] == row("a pixel of the roof:")[0] and row("a pixel of the sky:")[2] > row("a pixel of the roof:")[2] -->.
# So its result is below 0<!-- claim: number("sky:") < 0 < number("roof:") -->, and clipping makes it black.
#
# Does it matter whether a filter sees the image in colour or in grey? Here is a flag of two colours.

# %%
flag = np.zeros((5, 6, 3), np.uint8)
flag[:, :3] = [0, 49, 0]  # a dark green
flag[:, 3:] = [0, 0, 252]  # a strong blue

flag_grey = conv2d(flag, brightness)
show({"flag": flag, "flag in grey": flag_grey})

# %% [markdown]
# The kernel for the coloured flag has depth 3. Its slice for red is 0, the one for green is `-vertical`, and the one for
# blue is `vertical`.
#
# **Your prediction:** a filter looks for vertical edges, once in the grey flag, once in the coloured one. What will it
# find?

# %% jupyter={"outputs_hidden": true}
from_green_to_blue = np.stack([0 * vertical, -vertical, vertical], axis=2)  # (3, 3, 3)

print("grey of both halves:", flag_grey[0, 0].round(1), flag_grey[0, 5].round(1))
print(f"edges in grey:\n{conv2d(flag_grey, vertical).round().astype(int)}")
print(f"edges in colour:\n{conv2d(flag, from_green_to_blue)}")

# %% [markdown]
# In grey the two halves are one flat plane<!-- claim: abs(number("grey of both halves:") - number("grey of both halves:", 1)) < 0.5 -->, and the
# border is gone for good. With a kernel of depth 3 it is the strongest thing in the image. This is why networks get colour images as they are.
#
# ## 10. The same in OpenCV
#
# Many books use [OpenCV](https://docs.opencv.org/4.x/), a large library for images, whose name in Python is `cv2`. This
# course does not need it. If your book does, here is how its lines read in ours. (`image` stands for a grey image.)
#
# | with OpenCV | with NumPy and this course | remark |
# | --- | --- | --- |
# | `photo = cv2.imread("my.jpg")` | `photo = own_picture("my.jpg")` | OpenCV has the channels in the order blue, green, red: **BGR** |
# | `photo = cv2.cvtColor(photo, cv2.COLOR_BGR2RGB)` | `photo = photo[:, :, ::-1]` | turns BGR into RGB, and back |
# | `image = cv2.cvtColor(photo, cv2.COLOR_BGR2GRAY)` | `conv2d(photo, brightness).round().astype(np.uint8)` | the weights of step 1 |
# | `cv2.copyMakeBorder(image, 1, 1, 1, 1, cv2.BORDER_CONSTANT, value=0)` | `np.pad(image, 1)` | zeros around it |
# | `cv2.copyMakeBorder(image, 1, 1, 1, 1, cv2.BORDER_REPLICATE)` | `np.pad(image, 1, mode="edge")` | copied edges |
# | `cv2.filter2D(image, cv2.CV_64F, kernel)` | `conv2d(np.pad(image, 1, mode="reflect"), kernel)` | its padding mirrors the image at its edge |
# | `cv2.filter2D(image, -1, kernel)` | the same, then `.round()`, `np.clip`, `uint8` | −1 keeps the type of the image, so it clips |
# | `cv2.blur(image, (3, 3))` | `conv2d(image, np.ones((3, 3)) / 9)` | the mean |
# | `cv2.Sobel(image, cv2.CV_64F, 1, 0)` | `conv2d(image, vertical)` | 1, 0: the change to the right |
#
# The trap is the order of the channels. Matplotlib, Keras and nearly everybody else expect RGB.
#
# **Your prediction:** somebody reads our photograph with OpenCV and gives it to Matplotlib as it is. What colour do the orange roofs become?

# %% jupyter={"outputs_hidden": true}
print("the roof as RGB:", photo[110, 130], " as BGR:", photo[110, 130, ::-1])
show({"RGB": photo, "BGR, taken for RGB": photo[:, :, ::-1]})

# %% [markdown]
# Blue, because the large number for red is taken for
# blue<!-- claim: row("the roof as RGB:")[0] == row("the roof as RGB:")[5] -->. When faces are blue in a figure, think of
# BGR.
#
# ## 11. Your own photograph
#
# Now a photograph of yours. As long as `MY_PICTURE` is empty, the cell takes the cat of chapter 01.
#
# - In Jupyter: drag the file into the list of files at the left, beside this notebook, and write its name:
#   `MY_PICTURE = "my_photo.jpg"`.
# - In Colab: write `MY_PICTURE = "upload"`, run the cell, and choose a file.
#
# `own_picture` turns the photograph upright, the way your camera recorded it, and gives it red, green and blue in this order.
# `thumbnail` makes it at most 400 pixels wide and high.

# %%
MY_PICTURE = ""

if MY_PICTURE == "upload":
    from google.colab import files as colab_files
    MY_PICTURE = colab_files.upload()
mine = own_picture(MY_PICTURE) if MY_PICTURE else sample_image("cat")
small = Image.fromarray(mine)
small.thumbnail((400, 400))
mine = conv2d(np.asarray(small), brightness).round().astype(np.uint8)

print("brightness:", mine.shape, mine.dtype)

# %% [markdown]
# **Your prediction:** which of the five kernels below shows most of that by which you recognise the photograph? Where will the
# vertical and the horizontal kernel differ most?

# %% jupyter={"outputs_hidden": true}
show({"photo": mine, "mean of 9x9": conv2d(mine, wide_blur), "sharpened": np.clip(conv2d(mine, sharpen), 0, 255)})
show({
    "edges": np.clip(conv2d(mine, edges_kernel), 0, 255),
    "vertical, without sign": np.abs(conv2d(mine, vertical)),
    "horizontal, without sign": np.abs(conv2d(mine, horizontal)),
})  # fmt: skip

# %% [markdown]
# With the cat, the sides of the nose and the stripes of the forehead stand out in the vertical map, the whiskers and the lids of the eyes in the
# horizontal one. Which kernel shows most is for you to say. *Look at fine lines, such as hair or leaves, and at wide soft shadows.* Fine lines
# become white in the edge maps. A soft shadow hardly appears, because the brightness changes little within three pixels. Now change one weight of a
# kernel, say what will happen, and run the cell again.
#
# ## 12. Match kernels and results
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
# - Result 2 is A: one weight of 1 copies a pixel. The image is moved by one pixel, which you cannot see.
# - Result 3 is B: the sum is 1, the centre is large and its neighbours are subtracted. It sharpens more gently than the kernel of section 5.
# - Result 4 is D: the sum is −1, which turns bright into dark, and equal weights blur. It is a negative. (All of it is
#   below 0; the cell adds 255, so that we can see it.)
#
# </details>
#
# ## 13. Learn one weight
#
# All kernels so far were made by people. Now comes the step that made neural networks successful: **we forget the kernel,
# and keep only examples** of what it should do. Here is a photograph, and here is the image that somebody made of it. Which
# nine weights did they use?
#
# Begin with **one** unknown weight. Somebody has multiplied all pixels by 0.7. We do not know the 0.7; we only have both
# images. If we try a weight, each pixel gets an *error* (오차): what our weight makes of it, minus what was wanted. The
# *loss* (손실) says with one number how wrong the weight is: it is the mean of the squared errors (평균 제곱 오차, MSE).
#
# *Gradient descent* (경사 하강법) finds the lowest point of the loss without trying all weights. It starts anywhere and computes the *gradient* (기울기,
# 그레이디언트): how steeply the loss rises there. Then it takes a small step downhill: it *subtracts* the gradient times a small number, the *learning
# rate* (학습률). Such a change is called an *update* (갱신).
#
# For our loss **the gradient is the mean of 2 · error · pixel.** Why? If the weight grows by a tiny $t$, the error of a pixel grows by $t$ · pixel.
# So its square grows from error² to error² + 2 · error · pixel · $t$, and a part with $t^2$ that is too small to count. Divided by $t$, each square
# rises by 2 · error · pixel, and the loss, which is their mean, by the mean of these numbers. For instance: a pixel is 3, the weight 0.5, and
# wanted is 0.7 · 3 = 2.1. The error is 1.5 − 2.1 = −0.6, and 2 · (−0.6) · 3 = −3.6. It is negative, so the weight must grow.
#
# First we *standardise* (표준화; many books say normalise, 정규화) the pixels: we subtract their mean and divide by their *standard deviation* (표준편차),
# the typical distance from the mean, so that they have mean 0 and standard deviation 1. Step 15 shows what happens without it.
#
# **Your prediction:** will the updates have equal length, or get longer or shorter on the way down?

# %% jupyter={"outputs_hidden": true}
pixels = (grey - grey.mean()) / grey.std()
wanted = 0.7 * pixels

weight = -0.5
tried, losses = [], []
for _ in range(12):
    error = weight * pixels - wanted
    tried.append(weight)
    losses.append(np.mean(error**2))
    gradient = np.mean(2 * error * pixels)
    weight = weight - 0.2 * gradient

print("weights:", np.round(tried, 2).tolist())
print("updates:", np.round(np.diff(tried), 2).tolist())

# %% jupyter={"outputs_hidden": true}
all_weights = np.linspace(-0.7, 2.1, 60)
all_losses = [np.mean((each * pixels - wanted) ** 2) for each in all_weights]

figure, axis = plt.subplots(figsize=(6, 3), layout="constrained")
axis.plot(all_weights, all_losses, color=plots.BLUE)
axis.plot(tried, losses, "o-", color=plots.ORANGE, label="the twelve weights that were tried")
axis.set(xlabel="weight", ylabel="loss", title="The loss of every weight, and the way down")
axis.legend()
plt.show()

# %% [markdown]
# *The blue curve is the loss of every weight; the descent knows only its orange points.* The updates get
# shorter<!-- claim: all(b <= a for a, b in zip(row("updates:"), row("updates:")[1:])) and row("updates:")[-1] < row("updates:")[0] -->,
# because near the bottom the curve is flat and the gradient small. After twelve tries the weight is close to
# 0.7<!-- claim: abs(row("weights:")[-1] - 0.7) < 0.02 -->.
#
# ## 14. One gradient by hand
#
# A kernel has several weights, and each of them has a gradient of its own. Before we take nine of them, let us compute four
# with pencil and paper: a kernel of 2 by 2 on an image of 4 by 4. The wanted map was made with the diagonal kernel of
# chapter 01, but we start with another one.

# %%
image = np.array([[1, 0, 2, 1], [0, 1, 1, 0], [2, 1, 0, 1], [1, 0, 1, 2]])
wanted = conv2d(image, np.array([[1, 0], [0, 1]]))

kernel = np.array([[1, 1], [0, 0]])
error = conv2d(image, kernel) - wanted

tables = {"image": image, "our kernel": kernel, "our map": conv2d(image, kernel)}
grids.numbers(tables | {"wanted map": wanted, "error": error})

# %% [markdown]
# *The error is our map minus the wanted map.* Now take the weight at the top right of the kernel. While the kernel slides,
# this weight lies on nine pixels, one for each number of the map: at the first place it lies on the pixel in row 0, column
# 1, at the second place on the one in row 0, column 2, and so on.
#
# So the rule of step 13 holds with *those* pixels: the gradient of this weight is the mean of 2 · error · the pixel under
# **this** weight.
#
# **Your prediction:** which nine pixels are these? Multiply them by the nine errors, add, and take 2/9 of the sum.

# %% jupyter={"outputs_hidden": true}
under_the_weight = image[0:3, 1:4]
products = error * under_the_weight

print(f"pixels under the weight at the top right:\n{under_the_weight}")
print(f"times error:\n{products}")
print("sum:", products.sum(), " gradient: 2 / 9 of it, that is", round(2 * products.sum() / 9, 2))

# %% [markdown]
# The nine pixels are the 3 by 3 block at the top right of the image, `image[0:3, 1:4]`. The gradient is positive, so the
# loss rises with this weight, and the weight must become smaller. That is right: the wanted kernel has a 0 there, ours has
# a 1.
#
# The weight at the top left lies on the block `image[0:3, 0:3]`, the one at the bottom left on `image[1:4, 0:3]`, the one
# at the bottom right on `image[1:4, 1:4]`. For each weight we multiply a block by the errors and add; for the next weight
# the block moves on by one pixel.
#
# **Your prediction:** you know this operation. What is it called, and which of the two arrays is the kernel?

# %% jupyter={"outputs_hidden": true}
by_hand = np.zeros((2, 2))
for row in range(2):
    for column in range(2):
        block = image[row : row + 3, column : column + 3]
        by_hand[row, column] = 2 * np.sum(error * block) / 9

print(f"gradient, weight by weight:\n{by_hand.round(2)}")
print(f"by a convolution of the image, with the errors as kernel:\n{(2 * conv2d(image, error) / 9).round(2)}")

# %% [markdown]
# It is a convolution again: the image is the input, and **the errors are the kernel**. Its output has as many numbers as
# our kernel has weights, by the formula of chapter 01: 4 − 3 + 1 = 2.
#
# Never trust a gradient that you have not checked. Let the weight at the top right grow by a millionth, and see how the
# loss changes. Then make one update of all four weights.

# %%
loss = np.mean(error**2)
changed = kernel.astype(float)
changed[0, 1] += 0.000001
changed_loss = np.mean((conv2d(image, changed) - wanted) ** 2)
print(f"change of the loss, divided by the change of the weight: {(changed_loss - loss) / 0.000001:.2f}")

updated = kernel - 0.1 * by_hand
print(f"kernel after one update:\n{updated.round(2)}")
print(f"loss before: {loss:.2f}, after one update: {np.mean((conv2d(image, updated) - wanted) ** 2):.2f}")

# %% [markdown]
# The measured change agrees with the
# gradient<!-- claim: number("change of the loss, divided by the change of the weight:") == number("gradient: 2 / 9 of it, that is") -->, and one
# update has made the loss smaller<!-- claim: row("loss before:")[0] > row("loss before:")[1] -->. The wanted kernel was 1, 0, 0 and 1. The two
# weights that are wrong, at the top right and at the bottom right, have moved towards it. The two others were right and have moved away a little,
# because the gradient is computed for all four together. Do they come back?
#
# **Your prediction:** we make 500 such updates. Which kernel will come out?

# %% jupyter={"outputs_hidden": true}
for _ in range(500):
    error = conv2d(image, kernel) - wanted
    kernel = kernel - 0.1 * 2 * conv2d(image, error) / 9

print(f"after 500 updates:\n{kernel.round(2) + 0.0}")  # + 0.0 turns -0 into 0

# %% [markdown]
# They do: it is the diagonal kernel, which we never showed to the descent.
#
# ## 15. Learn nine weights
#
# Now the photograph, and the kernel for vertical edges. We keep the map that it makes, and forget the kernel.

# %%
wanted = conv2d(pixels, vertical)  # all that we keep of the hand-made kernel


def loss_and_gradient(kernel, part, wanted_part):
    error = conv2d(part, kernel) - wanted_part
    gradient = 2 * conv2d(part, error) / error.size
    return np.mean(error**2), gradient


start = np.random.default_rng(42).normal(scale=0.1, size=(3, 3))  # random weights to begin with
print(start.round(2) + 0.0)

# %% [markdown]
# For one update we need not look at the whole photograph. A part of 64 by 64 pixels is enough, and it is faster.
#
# **Your prediction:** a part of the photo has 64 by 64 pixels. What size is its map, and so its error? If the error is used
# as a kernel on the part: what size is the result?

# %% jupyter={"outputs_hidden": true}
part, wanted_part = pixels[200:264, 100:164], wanted[200:262, 100:162]
loss, gradient = loss_and_gradient(start, part, wanted_part)

print("map:", conv2d(part, start).shape, " gradient:", gradient.shape)

# %% [markdown]
# The gradient has 3 by 3 numbers, one for each weight. Now the training, 2,000 updates, each on another part of the photo.
# It uses *momentum* (모멘텀): `velocity` keeps nine tenths of the last change and adds the new one, so the kernel moves like a
# ball that rolls downhill. Where the loss falls gently for a long way, the ball gathers speed.

# %%
def learn(pixels, rate=0.03, momentum=0.9, updates=2000):
    wanted = conv2d(pixels, vertical)
    rng = np.random.default_rng(42)
    kernel, velocity = start, np.zeros((3, 3))
    kernels, losses = [kernel], []
    for _ in range(updates):
        row, column = rng.integers(500 - 64, size=2)  # the top left corner of the part
        part = pixels[row : row + 64, column : column + 64]
        loss, gradient = loss_and_gradient(kernel, part, wanted[row : row + 62, column : column + 62])
        velocity = momentum * velocity - rate * gradient
        kernel = kernel + velocity
        kernels.append(kernel)
        losses.append(loss)
    return kernels, losses

# %%
kernels, losses = learn(pixels)
print(kernels[-1].round(3) + 0.0)

# %% [markdown]
# It is the Sobel kernel, found from a photograph and nothing but examples. Watch it appear:

# %%
grids.numbers({f"after {count} updates": kernels[count].round(1) for count in (0, 10, 50, 100, 300, 1000)})

# %%
deviation = [np.abs(kernel - vertical).max() for kernel in kernels[1:]]
figure, axis = plt.subplots(figsize=(8.5, 3.4), layout="constrained")
axis.semilogy(losses, color=plots.ORANGE, linewidth=0.7, label="loss on the part of the photo in this update")
axis.semilogy(deviation, color=plots.BLUE, label="largest difference from the hand-made kernel")
axis.set(xlabel="update", ylabel="loss, or difference of weights", title="Learning the kernel for vertical edges")
axis.grid(alpha=0.3)
axis.legend()
plt.show()

for count in (10, 100, 1000, 2000):
    print(f"after {count:4} updates, largest difference: {deviation[count - 1]:.4f}")

# %% [markdown]
# *On the vertical axis each step is a power of ten. A straight line means that every hundred updates divide the loss, or the difference, by the same number. Both
# lines fall fast at first, and then
# steadily*<!-- claim: all(b < a for a, b in zip(numbers("largest difference:"), numbers("largest difference:")[1:])) -->.
# The orange line trembles, because some parts of the photo are sky and others are leaves.
#
# Two things must fit, or the descent fails: the learning rate, and the scale of the inputs. Here are four other trainings.
# In the last two the pixels go from 0 to 1, as `grey / 255`, and are not standardised.
#
# **Your prediction:** one rate is a hundred times smaller than ours, one is ten times larger. What goes wrong with each of
# them?

# %% jupyter={"outputs_hidden": true}
tries = {
    "rate 0.03": kernels,
    "rate 0.0003": learn(pixels, rate=0.0003, updates=1000)[0],
    "rate 0.3": learn(pixels, rate=0.3, updates=100)[0],
    "0 to 1, rate 0.03": learn(grey / 255, updates=1000)[0],
    "0 to 1, rate 0.1": learn(grey / 255, rate=0.1, updates=1000)[0],
}
for name, tried_kernels in tries.items():
    difference = np.abs(tried_kernels[-1] - vertical).max()
    text = f"{difference:.3f}" if difference < 100 else "beyond all bounds"
    print(f"{name:17} largest difference: {text}")

# %% [markdown]
# > **What can go wrong: the learning rate.** With 0.3 each update goes too far, beyond the lowest point, and the next one
# > goes still further, so the weights grow beyond all bounds. With 0.0003 nothing breaks, but the kernel is still far
# > away<!-- claim: row("rate 0.0003")[0] > 0.5 --> when all updates have been made.
#
# > **What can go wrong: the scale of the inputs.** With pixels from 0 to 1 the kernel has not
# > arrived<!-- claim: row("0 to 1, rate 0.03")[0] > 0.1 --> after 1,000 updates, and a rate three times as large overshoots already. So little room is
# > left between too small and too large. The reason: all pixels are positive. Let all nine weights grow together, and all products grow: the loss
# > rises steeply. Let one weight grow and its neighbour shrink, and the two products nearly cancel, because neighbouring pixels are alike: the loss
# > hardly changes. One rate has to serve both, and what is small enough for the steep direction is too small for the flat one. With mean 0 and
# > standard deviation 1 the two are more alike.
#
# ## 16. Keras learns three at once
#
# A `Conv2D` layer holds the weights, and `fit` does the descent. Keras works out the gradients by itself, for any network
# (this is called *automatic differentiation*, 자동 미분). We ask for three filters at a time: blur, sharpen and vertical edges.

# %% tags=["nbval-ignore-output"]
from helpers.environment import setup

environment = setup(seed=42, precision="float32")

# %% [markdown]
# First the examples: 500 parts of the photo as input, and for each of them the three maps that we want.

# %%
import keras

handmade = np.zeros((3, 3, 1, 3))  # (height, width, depth, filters)
handmade[:, :, 0, 0] = blur
handmade[:, :, 0, 1] = sharpen
handmade[:, :, 0, 2] = vertical
wanted_maps = conv2d(pixels, handmade)

x, y = [], []
for row, column in np.random.default_rng(0).integers(500 - 64, size=(500, 2)):
    x.append(pixels[row : row + 64, column : column + 64])
    y.append(wanted_maps[row : row + 62, column : column + 62])
x = np.array(x, "float32").reshape(500, 64, 64, 1)
y = np.array(y, "float32")
print("inputs:", x.shape, "wanted maps:", y.shape)

# %% [markdown]
# Then the network, of one layer. [`compile`](https://keras.io/api/models/model_training_apis/) says how to train it. `SGD`
# is the descent with momentum from step 15 (*stochastic gradient descent*, 확률적 경사 하강법: stochastic, because each update sees
# other parts, chosen at random). There are other ways down, such as RMSprop and Adam, which give each weight a rate of its
# own; chapter 03 uses Adam. `"mse"` is the mean of the squared errors.
#
# **Your prediction:** how many parameters does this layer have? It gets no bias, because the hand-made kernels had none.

# %% jupyter={"outputs_hidden": true}
layer = keras.layers.Conv2D(filters=3, kernel_size=3, use_bias=False)
model = keras.Sequential([keras.Input((64, 64, 1)), layer])
model.compile(optimizer=keras.optimizers.SGD(learning_rate=0.2, momentum=0.9), loss="mse")

print("parameters:", model.count_params())

# %% [markdown]
# `keras.Sequential` puts layers one behind the other; `keras.Input` says which shape one input has. The learning rate is larger than ours for two
# reasons. Keras takes the mean over three maps, so each gradient is a third of ours. And each update sees ten parts of the photo, not one, so it
# trembles less.
#
# `fit` takes 10 parts for each update. They are a *batch* (배치), and 10 is the *batch size* (배치 크기). Once through all 500
# parts, which is 50 updates, is an *epoch* (에포크).

# %% tags=["nbval-ignore-output"]
history = model.fit(x, y, batch_size=10, epochs=25, verbose=0)
print(f"loss after 1 epoch: {history.history['loss'][0]:.4f}, after 25 epochs: {history.history['loss'][-1]:.2e}")

# %%
learned = layer.get_weights()[0]
for number, name in enumerate(["blur", "sharpen", "vertical edges"]):
    print(f"{name}:\n{learned[:, :, 0, number].round(2) + 0.0}")

# %% [markdown]
# All three kernels come from one `fit`.
#
# ## 17. Backwards through the layers
#
# So far we told each filter which map we wanted. A real network has many layers, and nobody has wanted maps for the first
# ones. It is only told what the answer at the very end should have been: "this is a 7". How does a layer in front learn
# what it did wrong?
#
# Take the smallest network with two layers, with one weight each. The input is 3. The first layer multiplies it by its
# weight 2, which gives 6. The second layer multiplies this by its weight 0.5, which gives 3. But 1 was wanted.
#
# - The error is 3 − 1 = 2, and the loss is its square, 4.
# - The gradient of the **second** weight is as in step 13: 2 · error · what comes into this layer, so 2 · 2 · 6 = 24.
# - What comes into the second layer is the number that the first one put out. If this number grows by a tiny $t$, the error
#   grows by $t$ · 0.5. So it has a gradient, too: 2 · error · 0.5 = 2. This is the share of the error that is passed
#   **back** to the first layer.
# - The first layer goes on with it in the same way: its share times what comes into it.
#
# **Your prediction:** what is the gradient of the first weight?

# %% jupyter={"outputs_hidden": true}
def loss_of(first, second):
    return (second * (first * 3) - 1) ** 2


share = 2 * 2 * 0.5
print("gradient of the first weight:", share * 3)

t = 0.000001
print(f"measured, first weight:  {(loss_of(2 + t, 0.5) - loss_of(2, 0.5)) / t:.2f}")
print(f"measured, second weight: {(loss_of(2, 0.5 + t) - loss_of(2, 0.5)) / t:.2f}")

# %% [markdown]
# It is 2 · 3 = 6, and the measurement agrees, for both
# weights<!-- claim: abs(number("measured, first weight:") - number("gradient of the first weight:")) < 0.01 and abs(number("measured, second weight:") - 24) < 0.01 -->.
# This is called *backpropagation* (역전파; other books say 오차 역전파): the error goes backwards through the network, from layer to layer. Each layer uses
# its share for the gradients of its own weights, and passes on to the layer before what that one has to answer for. With many weights each share is
# a sum over all places where a number is used. ReLU hands its share back where it let the number through, max pooling to the number that won. More
# than this does not come in, however many layers there are.
#
# Does it work? We put two convolutions one behind the other, a column of 3 weights and a row of 3 weights, and ask for
# vertical edges at the end. Nobody says what the map in the middle should be.

# %%
start_of_two = np.random.default_rng(1).normal(scale=0.5, size=(2, 3))

column_layer = keras.layers.Conv2D(filters=1, kernel_size=(3, 1), use_bias=False)
row_layer = keras.layers.Conv2D(filters=1, kernel_size=(1, 3), use_bias=False)
two_layers = keras.Sequential([keras.Input((64, 64, 1)), column_layer, row_layer])
column_layer.set_weights([start_of_two[0].reshape(3, 1, 1, 1)])
row_layer.set_weights([start_of_two[1].reshape(1, 3, 1, 1)])
two_layers.compile(optimizer=keras.optimizers.SGD(learning_rate=0.01, momentum=0.9), loss="mse")
print("parameters:", two_layers.count_params())

# %% tags=["nbval-ignore-output"]
history = two_layers.fit(x, y[:, :, :, 2:], batch_size=10, epochs=10, verbose=0)  # the third map: vertical edges
print(f"loss after 1 epoch: {history.history['loss'][0]:.4f}, after 10 epochs: {history.history['loss'][-1]:.2e}")

# %% [markdown]
# Two convolutions without anything between them are together one convolution. Its kernel has 3 by 3 weights: each weight of
# the column times each weight of the row, which is what `*` does with a column (3, 1) and a row (1, 3).
#
# **Your prediction:** which kernel will the two layers make together?

# %% jupyter={"outputs_hidden": true}
learned_column = column_layer.get_weights()[0].reshape(3, 1)
learned_row = row_layer.get_weights()[0].reshape(1, 3)

print(f"column * row:\n{(learned_column * learned_row).round(2) + 0.0}")

# %% jupyter={"outputs_hidden": true} tags=["nbval-ignore-output"]
print("the column:", np.round(learned_column.flatten().astype(float), 2).tolist())
print("the row:   ", (np.round(learned_row.flatten().astype(float), 2) + 0.0).tolist())

# %% [markdown]
# Together they are the Sobel kernel again, with 6 parameters in place of 9. The column has found weights of the pattern 1,
# 2, 1<!-- claim: abs(row("the column:")[1] / row("the column:")[0] - 2) < 0.1 -->, which blur from top to bottom; the row has found
# the pattern −1, 0,
# 1<!-- claim: abs(row("the row:")[1]) < 0.05 and abs(row("the row:")[0] + row("the row:")[2]) < 0.05 -->, which compares
# left and right. Each of the two could be larger and the other one smaller with the same result: what happens in the middle is up to the network.
#
# From here it is a small step to the networks of the next chapters. Their first layer has 32 filters or so, and they are
# told the answer at the very end only. Which edges help to tell a 7 from a 1, they find out by themselves, with this same
# descent and this same way back.
#
# ## What can go wrong
#
# - **Colours that jump.** Results outside 0 to 255 were stored as `uint8`. Clip first.
# - **Blue faces.** The channels are in the order BGR. Turn them around.
# - **An image that looks right by accident.** `imshow` stretches the colours from the smallest to the largest number,
#   unless you give `vmin` and `vmax`. Two images drawn without them cannot be compared.
# - **A bright frame around an edge map.** It is the step from the padding to the image.
# - **Weights that become `nan`.** The learning rate is too large.
# - **Training that hardly moves.** Look at the scale of the inputs first: mean 0, standard deviation 1.

# %% tags=["reached", "nbval-ignore-output"]
difference = max(np.abs(learned - handmade).max(), deviation[-1])
speed = seconds["loops"] / seconds["conv2d"]
print(f"learned kernels within {difference:.4f} of the hand-made; conv2d {speed:.0f} times faster than loops")

# %% [markdown]
# ## What you learned
#
# 1. The sum of a kernel's weights tells what it keeps: 1 keeps the brightness, 0 keeps only differences, that is, edges.
# 2. Results can leave the range of pixels. Clip before you store them; keep the sign as long as you need it.
# 3. Max pooling makes a map small and keeps thin, strong features. A blur removes noise, and details with it.
# 4. A filter sees all channels at once, so it can tell colours apart where brightness cannot.
# 5. A kernel need not be made by hand. The computer finds it from examples, with a loss and its gradient, and with backpropagation it does so through several layers.
#
# The functions you met:
#
# | function | what it does |
# | --- | --- |
# | [`plt.subplots`](https://matplotlib.org/stable/api/_as_gen/matplotlib.pyplot.subplots.html), [`imshow`](https://matplotlib.org/stable/api/_as_gen/matplotlib.axes.Axes.imshow.html), [`hist`](https://matplotlib.org/stable/api/_as_gen/matplotlib.axes.Axes.hist.html), [`bar`](https://matplotlib.org/stable/api/_as_gen/matplotlib.axes.Axes.bar.html) | make a figure; draw pixels, a histogram, bars |
# | [`np.clip(map, 0, 255)`](https://numpy.org/doc/stable/reference/generated/numpy.clip.html) | sets what lies outside to the nearest end |
# | [`.astype(np.uint8)`](https://numpy.org/doc/stable/reference/generated/numpy.ndarray.astype.html) | stores numbers as pixels |
# | `own_picture` of `helpers.data` | reads a photograph of yours, upright and in RGB |
# | [`keras.Sequential`](https://keras.io/api/models/sequential/) | puts layers one behind the other |
# | [`compile`, `fit`](https://keras.io/api/models/model_training_apis/) | say how to train, and train |
# | [`SGD`](https://keras.io/api/optimizers/sgd/) | gradient descent, with momentum if you want |
# | [`get_weights`](https://keras.io/api/layers/base_layer/) | what a layer has learned |
#
# **An open question.** Change one thing in `learn`: take `momentum=0`, or parts of 16 by 16 pixels, or the kernel
# `horizontal` as the hidden one. Write down what you expect, run it, and report in three sentences what happened and why.
#
# **Exercises:** [7 exercises](exercises/02_filters_exercises.ipynb) on this chapter; each checks your answer.
#
# **Next:** [03 · Digits: from a dense network to convolution](03_mnist_dense_to_convnet.ipynb) puts many such filters into a network that learns all of them at once.
