# ---
# jupyter:
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
# ---

# %% [markdown]
# # 01 · Convolution by hand
#
# After this chapter you can compute a convolution with pencil and paper, tell the size of a layer's output, its depth and its
# number of parameters, and you know that Keras does nothing else.
#
# - **Time** on 2 CPU cores: 0.1<!-- chapters.01_convolution_by_hand.fast_minutes --> minutes in fast mode, 0.3<!-- chapters.01_convolution_by_hand.full_minutes --> minutes in full mode.<!-- gpu 01 --><!-- end of gpu --> Nothing is trained, so the two are alike, and a GPU is not needed. To read it and think: take an hour and a half.
# - **You need** Python, and NumPy arrays: their shape, and slices such as `a[0:3]`.
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
# This chapter computes everything with NumPy. Keras, the library for neural networks that this course is about, only comes in
# at the end, to confirm the numbers.

# %%
import matplotlib.pyplot as plt
import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from helpers import grids, plots

# %% [markdown]
# ## 1. In one dimension
#
# A neural network is built of *layers* (층), and a layer of *neurons* (뉴런). A neuron of a *dense layer* (밀집층) multiplies
# **every** input by a *weight* (가중치) of its own, adds all products and one more number, its *bias* (편향, 절편), and puts out
# the sum. With ten inputs it has ten weights.
#
# A *convolution* (합성곱) uses fewer weights, say three. It multiplies the first three inputs by them and adds. Then it
# moves on by one and does the same with the second to fourth input, **with the same three weights**. And so on to the end.
# The small array of weights is called a *kernel* (커널), the inputs that lie under it are the *window* (윈도우).
#
# **Your prediction:** there are ten inputs and three weights. How many outputs will there be?

# %% jupyter={"outputs_hidden": true}
inputs = np.array([0, 0, 0, 5, 5, 5, 5, 2, 2, 2])
kernel = np.array([-1, 0, 1])

outputs = []
for place in range(len(inputs) - len(kernel) + 1):
    window = inputs[place : place + 3]
    outputs.append(int(np.sum(window * kernel)))
    print(f"inputs {place} to {place + 2}: {window} gives {outputs[-1]:2}")

print(len(outputs), "outputs:", outputs)

# %% [markdown]
# Eight: the window starts at inputs 0, 1, … 7. It cannot start at 8, because then its end would hang over. If you
# said ten, you let it hang over. If you said seven, you counted the moves and forgot the place where it starts.
#
# See *what* came out: 0 where the inputs stay the same, 5 where they step up, −3 where they step down. These three weights
# find steps. A dense neuron looks at everything once. A convolution asks one small question everywhere.
#
# ## 2. One window of a picture
#
# A grey picture (회색조 이미지) is a table of numbers, so the window and the kernel are tables, too. Most often they have 3 rows
# and 3 columns.
#
# Many numbers in this chapter are random, but with `np.random.seed(1)` they are the same for everybody, so you can check
# your pencil against the page. Run the sections in order: later ones use what earlier ones define.

# %%
np.random.seed(1)
image = np.random.randint(5, size=(3, 3))
kernel = np.random.randint(5, size=(3, 3))

print(f"image =\n{image}")
print(f"kernel =\n{kernel}")

# %% [markdown]
# **Your prediction:** multiply each pixel by the weight at the same place, and add the nine products. Do it on paper.

# %% jupyter={"outputs_hidden": true}
products = image * kernel
print(f"products =\n{products}")

# %% jupyter={"outputs_hidden": true}
print("convolution =", np.sum(products))

# %% [markdown]
# `image * kernel` multiplies place by place. (It is not the matrix product of mathematics; that one would be
# `image @ kernel`.) One window and one kernel give **one number**.
#
# ## 3. Slide the window
#
# Pictures are larger than the kernel, so the window slides: from left to right, then down a row, then from left to right again.

# %%
np.random.seed(1)
image = np.random.randint(5, size=(4, 4))
kernel = np.random.randint(5, size=(3, 3))

print(f"image =\n{image}")
print(f"kernel =\n{kernel}")

# %% [markdown]
# **Your prediction:** the picture has 4 by 4 pixels, the kernel 3 by 3. What size is the output?

# %% jupyter={"outputs_hidden": true}
feature_map = np.zeros((2, 2), int)
for row in range(2):
    for column in range(2):
        window = image[row : row + 3, column : column + 3]
        feature_map[row, column] = np.sum(window * kernel)
        print(f"window at row {row}, column {column}:\n{window}\ntimes kernel:\n{window * kernel}")

print(f"feature map =\n{feature_map}")

# %% [markdown]
# Two by two: along each axis the window can start at 0 and at 1. The output of a convolution is called a *feature map*
# (특성 맵). Each number in it says how strongly one place of the picture answers to the kernel.
#
# *Filter* (필터) means a kernel together with its bias: what one neuron is in a dense layer.
#
# > **For those who know convolution from mathematics:** there the kernel is turned around first. Deep learning leaves that
# > out (the exact name is *cross-correlation*, 교차 상관). As the weights are learned, it makes no difference.
#
# ## 4. Zeros around the picture
#
# The output is smaller than the input. Ten layers later, little would be left. So one often puts zeros around the picture
# first. This is called *padding* (패딩).
#
# **Your prediction:** with one row or column of zeros on each side, our picture has 6 by 6 pixels. What size is the feature
# map now?

# %% jupyter={"outputs_hidden": true}
padded = np.pad(image, 1)
print(f"padded image =\n{padded}")

# %% [markdown]
# The loops are the same as before. We put them into a function that finds the size of the output by itself:

# %% jupyter={"outputs_hidden": true}
def convolve(image, kernel):
    """Slide a kernel over an image with two loops, as chapter 01 does by hand."""
    height = image.shape[0] - kernel.shape[0] + 1
    width = image.shape[1] - kernel.shape[1] + 1
    output = np.zeros((height, width), np.result_type(image, kernel))  # whole numbers stay whole
    for row in range(height):
        for column in range(width):
            window = image[row : row + kernel.shape[0], column : column + kernel.shape[1]]
            output[row, column] = np.sum(window * kernel)
    return output


padded_map = convolve(padded, kernel)
print(f"feature map =\n{padded_map}")

# %% [markdown]
# Four by four: as large as the picture was. Look at the middle of the table: 31 27 / 45 23 are the four numbers from
# before. Padding took nothing away, it added a border.
#
# Padding that keeps the size is called *same* (세임 패딩), no padding is called *valid* (밸리드 패딩): only windows that lie
# wholly in the picture are valid.
#
# ## 5. Watch it step by step
#
# Another picture and another kernel, this time with negative weights. Here is one of the sixteen steps: the window on the
# padded input, the kernel, the nine products, and where their sum goes. **Add up the line at the bottom yourself.**

# %%
letter = np.array([[2, 0, 0, 1], [2, 0, 0, 1], [2, 3, 3, 4], [0, 0, 0, 1]])
left_to_right = np.array([[-1, 0, 1], [-1, 0, 1], [-1, 0, 1]])

grids.convolution_step(letter, left_to_right, step=5, padding=1)

# %% [markdown]
# *Orange: where we are. Grey: the zeros of the padding.* Python counts from 0, so `step=5` is the sixth step. Now all sixteen: press ▶ to
# play them, ❚❚ to stop, › and ‹ to go on or back one step. (No buttons below? Then your viewer does not run scripts that are
# stored in notebooks: run the cell.)
#
# **Your prediction:** stop after step 6 and work out step 7 on paper before you press ›.

# %% jupyter={"outputs_hidden": true} tags=["nbval-ignore-output"]
grids.convolution_steps(letter, left_to_right, padding=1)

# %% [markdown]
# ## 6. How often does each pixel take part?
#
# Not all pixels lie under equally many windows. Let us count: instead of multiplying, each window adds 1 to all pixels that
# it covers.
#
# **Your prediction:** in how many of the four windows does a corner pixel lie? One at an edge? One in the centre? And how
# many will it be with padding?

# %% jupyter={"outputs_hidden": true}
def windows_over_each_pixel(size, padding):
    count = np.zeros((size + 2 * padding, size + 2 * padding), int)
    for row in range(size + 2 * padding - 2):
        for column in range(size + 2 * padding - 2):
            count[row : row + 3, column : column + 3] += 1
    return count[padding : padding + size, padding : padding + size]


print(f"no padding:\n{windows_over_each_pixel(4, padding=0)}")
print(f"padding 1:\n{windows_over_each_pixel(4, padding=1)}")

# %% jupyter={"outputs_hidden": true}
grids.numbers(
    {
        "4x4, no padding": windows_over_each_pixel(4, 0),
        "4x4, padding 1": windows_over_each_pixel(4, 1),
        "7x7, no padding": windows_over_each_pixel(7, 0),
        "7x7, padding 1": windows_over_each_pixel(7, 1),
    },
    caption="In how many windows of 3x3 does each pixel lie?",
)

# %% [markdown]
# *The darker, the more windows.* In the picture of 4 by 4, corner, edge and centre take part in 1, 2 and 4 windows without
# padding, and in 4, 6 and 9 with padding. In larger pictures the centre reaches 9 either way, but without padding a corner still
# has 1. What lies at the border is heard less, and padding makes up for much of it: a second reason for padding.
#
# ## 7. Stride, and a formula for the size
#
# The window need not move by one. The number of pixels that it moves is the *stride* (스트라이드).
#
# **Your prediction:** the padded picture of 6 by 6, kernel 3 by 3, stride 2. What size is the output, and which numbers of
# the table above will be in it?

# %% jupyter={"outputs_hidden": true}
stride = 2
strided_map = np.zeros((2, 2), int)
for row in range(2):
    for column in range(2):
        window = padded[row * stride : row * stride + 3, column * stride : column * stride + 3]
        strided_map[row, column] = np.sum(window * kernel)

print(strided_map)
print(f"every second number of every second row:\n{padded_map[::2, ::2]}")

# %% [markdown]
# Nothing new is computed, only every second place. (The last row and column of zeros were never reached: from row 2
# the window would move to row 4, and hang over.)
#
# Now a formula. The picture has $N$ pixels along an axis, the kernel $K$, the padding is $P$ on each side, the stride $S$.
# The first window covers $K$ of the $N + 2P$ pixels. It can move on as often as $S$ fits into the pixels to the right of it:
#
# $$\text{output size} = \left\lfloor \frac{N + 2P - K}{S} \right\rfloor + 1$$
#
# The brackets ⌊ ⌋ mean: round down. The `+ 1` is the place where the window starts.
#
# **Your prediction:** work out the five sizes in the next cell on paper.

# %% jupyter={"outputs_hidden": true}
def output_size(size, kernel, padding=0, stride=1):
    return (size + 2 * padding - kernel) // stride + 1


for size, kernel_size, padding, stride in [(10, 3, 0, 1), (4, 3, 0, 1), (4, 3, 1, 1), (28, 5, 2, 1), (7, 3, 0, 2)]:
    result = output_size(size, kernel_size, padding, stride)
    print(f"input {size:2}, kernel {kernel_size}, padding {padding}, stride {stride}: output {result:2}")

# %% [markdown]
# Does the formula tell the truth? Count the places for many cases and compare:

# %%
cases = [(n, k, p, s) for n in range(5, 30) for k in range(1, 6) for p in range(3) for s in range(1, 5)]
wrong = [case for case in cases if output_size(*case) != len(range(0, case[0] + 2 * case[2] - case[1] + 1, case[3]))]
print(len(cases), "cases,", len(wrong), "of them wrong")

# %% [markdown]
# Two rules to remember: a 3x3 kernel with padding 1 and stride 1 keeps the size, and so does 5x5 with padding 2. Stride 2
# halves it, more or less.
#
# ## 8. Other kernels
#
# A kernel may have any size. This one has 2 by 2 weights, and a picture of zeros and ones:

# %%
shape = np.array([[1, 0, 1, 0], [0, 1, 1, 0], [0, 0, 1, 1], [0, 0, 1, 0]])
diagonal = np.array([[1, 0], [0, 1]])

print(f"picture =\n{shape}")
print(f"kernel =\n{diagonal}")
print(f"feature map =\n{convolve(shape, diagonal)}")

# %% [markdown]
# **Your prediction:** three windows gave 2, the largest number. Find them in the picture. What do they have in common?

# %% jupyter={"outputs_hidden": true}
for row, column in np.argwhere(convolve(shape, diagonal) == 2):
    print(f"row {row}, column {column}:\n{shape[row : row + 2, column : column + 2]}")

# %% [markdown]
# All have a 1 at the top left and a 1 at the bottom right, where the kernel has its ones. **A kernel answers most to what has
# its pattern.** Keep this sentence; later chapters live on it. (A window full of ones would get a 2, too. To say what must *not*
# be there, a kernel needs negative weights, as in section 5.)
#
# Another one, with a picture of 5 by 5. Here every row of the kernel is 2 0 1:

# %%
picture = np.array([[3, 0, 9, 1, 2], [5, 1, 2, 0, 7], [8, 2, 4, 1, 3], [2, 1, 5, 3, 6], [4, 1, 6, 2, 7]])
rows_alike = np.array([[2, 0, 1], [2, 0, 1], [2, 0, 1]])

print(convolve(picture, rows_alike))

# %% [markdown]
# Check one of the nine. All rows of the kernel are alike, so you may add up the columns of the window first: in the top left one
# they are 3 + 5 + 8, 0 + 1 + 2 and 9 + 2 + 4. So 2 · 16 + 0 · 3 + 1 · 15 = 47.
#
# One more picture, with its first sum written out as in section 5. Here the filter also has a **bias**, one number that is
# added at every place of the map:

# %%
picture = np.array([[3, 1, 0, 7], [6, 4, 8, 2], [4, 5, 1, 1], [3, 2, 5, 8]])
plus = np.array([[0, 1, 0], [1, 1, 1], [0, 1, 0]])

grids.convolution_step(picture, plus, step=0, bias=-18)

# %%
print(convolve(picture, plus) - 18)

# %% [markdown]
# *The bias is the last number of the sum.* Networks often set negative results to 0 in the next step (that is called ReLU, 렐루;
# chapter 02 comes back to it). Then this filter says: "less than 18 is nothing to me".
#
# ## 9. Pooling: keep the strongest
#
# *Pooling* (풀링) makes a feature map smaller. It also slides a window, but it has **no weights**: *max pooling* (최대 풀링)
# keeps the largest number of each window, *average pooling* (평균 풀링) the mean. The window most often has 2 by 2 numbers,
# and moves by 2, so windows do not overlap.

# %%
print(f"feature map =\n{padded_map}")

# %% [markdown]
# **Your prediction:** what does max pooling leave of the 4x4 map?

# %% jupyter={"outputs_hidden": true}
def pool(feature_map, keep):
    pooled = np.zeros((2, 2))
    for row in range(2):
        for column in range(2):
            window = feature_map[2 * row : 2 * row + 2, 2 * column : 2 * column + 2]
            pooled[row, column] = keep(window)
    return pooled


print(f"max pooling =\n{pool(padded_map, np.max)}")
print(f"average pooling =\n{pool(padded_map, np.mean)}")

# %% [markdown]
# Max pooling asks: is the feature *anywhere* in this window? It keeps how strong it was, and forgets where exactly.

# %%
table = np.array([[1, 0, 1, 0], [0, 4, 2, 0], [0, 1, 6, 1], [0, 0, 1, 0]])
print(table)

# %% [markdown]
# **Your prediction:** what is left of this table?

# %% jupyter={"outputs_hidden": true}
print(pool(table, np.max))

# %% [markdown]
# ## 10. Several filters, several maps
#
# One kernel finds one kind of feature. A layer has many kernels, and each makes a feature map of its own. The maps are
# stacked, and their number is the *depth* (깊이) of the output, also called its *channels* (채널).
#
# **Your prediction:** the 4x4 picture, padding 1, two kernels of 3 by 3. What is the shape of the output? And after 2x2
# max pooling?

# %% jupyter={"outputs_hidden": true}
np.random.seed(1)
image = np.random.randint(5, size=(4, 4))
kernels = np.random.randint(5, size=(3, 3, 2))  # the last axis counts the kernels

padded = np.pad(image, 1)
maps = np.stack([convolve(padded, kernels[:, :, number]) for number in range(2)], axis=2)

for number in range(2):
    print(f"kernel {number} =\n{kernels[:, :, number]}\nmap {number} =\n{maps[:, :, number]}")
print("shape of the output:", maps.shape)

# %% jupyter={"outputs_hidden": true}
pooled = np.stack([pool(maps[:, :, number], np.max) for number in range(2)], axis=2)

print(f"map 0, pooled =\n{pooled[:, :, 0]}")
print(f"map 1, pooled =\n{pooled[:, :, 1]}")
print("shape:", pooled.shape)

# %% [markdown]
# Height and width were halved. The depth is still 2: pooling works on each map alone.
#
# ## 11. Pictures with depth
#
# A colour picture has depth 3: a table for red, one for green, one for blue. And the output of the layer above has depth 2.
# What does a convolution do with an input that has depth?
#
# The rule is short: **the kernel is as deep as the input.** Each slice of the input is multiplied by its own slice of the
# kernel, and **all** products are added to one number.

# %%
np.random.seed(1)
image = np.random.randint(5, size=(3, 3, 2))
kernel = np.random.randint(5, size=(3, 3, 2))

for depth in range(2):
    print(f"depth {depth}: image\n{image[:, :, depth]}\nkernel\n{kernel[:, :, depth]}")

# %% [markdown]
# **Your prediction:** the picture is 3 by 3 and 2 deep. How many weights does the kernel have? How many numbers come out?

# %% jupyter={"outputs_hidden": true}
products = image * kernel
print(f"products at depth 0 =\n{products[:, :, 0]}")
print(f"products at depth 1 =\n{products[:, :, 1]}")
print("sum at depth 0:", np.sum(products[:, :, 0]), " sum at depth 1:", np.sum(products[:, :, 1]))
print("convolution =", np.sum(products))

# %% [markdown]
# 31 + 33 = 64: 18 weights, and **one** number. The depth is gone: the window slides over height and width only, never along the depth.
#
# So a deep picture and one filter give one flat map. Our function `convolve` can do it as it is, because `window * kernel`
# multiplies tables of any depth. (`np.pad` must be told to leave the depth alone.)

# %%
np.random.seed(1)
image = np.random.randint(5, size=(4, 4, 2))
kernel = np.random.randint(5, size=(3, 3, 2))

padded = np.pad(image, ((1, 1), (1, 1), (0, 0)))
print("shapes:", padded.shape, "and", kernel.shape, "give", convolve(padded, kernel).shape)
print(convolve(padded, kernel))

# %% [markdown]
# Now both at once, as in every layer of a real network: a deep input **and** several filters. The kernels then have four
# axes: height, width, depth of the input, number of filters. Keras stores them in this order, too.
#
# **Your prediction:** input 4x4x2, padding 1, two filters. What is the shape of the kernels, and that of the output?

# %% jupyter={"outputs_hidden": true}
np.random.seed(1)
image = np.random.randint(5, size=(4, 4, 2))
kernels = np.random.randint(5, size=(3, 3, 2, 2))

padded = np.pad(image, ((1, 1), (1, 1), (0, 0)))
# kernels[..., 0] is short for kernels[:, :, :, 0]: the whole filter 0
maps = np.stack([convolve(padded, kernels[..., number]) for number in range(2)], axis=2)

print("kernels:", kernels.shape, "output:", maps.shape)
print(f"map 0 =\n{maps[:, :, 0]}")
print(f"map 1 =\n{maps[:, :, 1]}")

# %% jupyter={"outputs_hidden": true}
panels = []
for number in range(2):
    panels += [(f"input, depth {depth}", image[:, :, depth]) for depth in range(2)]
    panels += [(f"filter {number}, depth {depth}", kernels[:, :, depth, number]) for depth in range(2)]
    panels += [(f"map {number}", maps[:, :, number])]

grids.numbers(panels, columns=5, caption="A deep input and two filters: each row is one filter")

# %% [markdown]
# *Read it row by row. Both depths of the input, times both depths of filter 0, give map 0. The same input, times both depths of
# filter 1, gives map 1.* A frequent mistake is to think that filter 0 belongs to depth 0 and filter 1 to depth 1. No: every
# filter sees the whole depth.
#
# And with three colours:

# %%
np.random.seed(1)
image = np.random.randint(5, size=(4, 4, 3))
kernels = np.random.randint(5, size=(3, 3, 3, 2))

padded = np.pad(image, ((1, 1), (1, 1), (0, 0)))
maps = np.stack([convolve(padded, kernels[..., number]) for number in range(2)], axis=2)

print("kernels:", kernels.shape, "output:", maps.shape)
print(f"map 0 =\n{maps[:, :, 0]}")
print(f"map 1 =\n{maps[:, :, 1]}")

# %% [markdown]
# The output has the same shape as before, though the input has become deeper. **The input's depth sets the filter's depth. The
# number of filters sets the output's depth.**
#
# ## 12. Without loops
#
# Python loops are slow. NumPy can take all windows at once: `sliding_window_view` shows the picture as a table of windows,
# without copying a pixel.
#
# **Your prediction:** a padded picture of 6 by 6 and windows of 3 by 3. Which shape do all windows together have?

# %% jupyter={"outputs_hidden": true}
np.random.seed(1)
image = np.random.randint(5, size=(4, 4))
kernel = np.random.randint(5, size=(3, 3))

windows = sliding_window_view(np.pad(image, 1), (3, 3))
print("shape:", windows.shape)
print(f"the window at row 1, column 1:\n{windows[1, 1]}")

# %% [markdown]
# The first two axes say where the window is, the last two are the window. Now multiply the last two axes by the kernel and add:
# `np.einsum` does both. Its text names the axes: `rcij` are row, column and the two of the window, `ij` those of the kernel.
# Letters that are missing behind the arrow are summed over.

# %%
print(np.einsum("rcij,ij->rc", windows, kernel))
print("the same as the loops:", np.array_equal(np.einsum("rcij,ij->rc", windows, kernel), padded_map))

# %% [markdown]
# With depth `d` and filters `f` it is the same thought with two more letters. `np.tensordot` sums over the axes that you name
# in pairs: axes 0, 1 and 2 of the kernels (height, width, depth) go with axes 3, 4 and 2 of the windows. What is left is first the
# filters, then row and column; `np.moveaxis` puts the filters last. It is the fastest way, because it hands the work over to a matrix
# product:

# %%
np.random.seed(1)
deep = np.random.randint(5, size=(6, 6, 2))
kernels = np.random.randint(5, size=(3, 3, 2, 5))

windows = sliding_window_view(deep, (3, 3), axis=(0, 1))
print("windows:", windows.shape, "(row, column, depth, and the two axes of the window)")

with_loops = np.stack([convolve(deep, kernels[..., number]) for number in range(5)], axis=2)
with_einsum = np.einsum("rcdij,ijdf->rcf", windows, kernels)
with_tensordot = np.moveaxis(np.tensordot(kernels, windows, axes=([0, 1, 2], [3, 4, 2])), 0, 2)
print("output:", with_einsum.shape)
print("einsum as the loops:", np.array_equal(with_loops, with_einsum))
print("tensordot as the loops:", np.array_equal(with_loops, with_tensordot))

# %% [markdown]
# The course's own `conv2d` is the lines with `sliding_window_view` and `tensordot`, plus padding, stride, bias, and errors that tell
# you what is wrong. You find it in `helpers/convolution.py`. From here on we use it:

# %%
from helpers.convolution import average_pool2d, conv2d, max_pool2d

print(conv2d(image, kernel, padding=1, strides=2))
print("the same as in section 7:", np.array_equal(conv2d(image, kernel, padding=1, strides=2), strided_map))

# %% [markdown]
# > **What can go wrong: the order of the axes.** Somebody stacks three kernels for a grey picture in an array of shape (3, 3, 3).
# > To the loops of `convolve` this is one kernel. NumPy stretches the window to its depth, and the result is wrong without any
# > error. `conv2d` looks at the shapes first:

# %%
three_kernels = np.ones((3, 3, 3), int)
print(f"loops, no error, wrong:\n{convolve(image, three_kernels)}")
try:
    conv2d(image, three_kernels)
except ValueError as error:
    print("conv2d:", error)

# %% [markdown]
# Three filters for a picture of depth 1 have the shape (3, 3, **1**, 3).
#
# ## 13. Keras says the same
#
# Now Keras. The set-up fixes the random numbers, picks 32-bit numbers, and says what you run on.

# %% tags=["nbval-ignore-output"]
from helpers.environment import setup

environment = setup(seed=42, precision="float32")

# %% [markdown]
# A Keras layer starts with random weights. We give it ours. Then it gets the picture, with one more axis in front: Keras
# always works on a *batch* (배치), a stack of pictures, even if there is only one.

# %%
import keras


def keras_convolution(image, kernels, bias=(0,), strides=1, padding="valid"):
    batch = image.reshape(1, *image.shape[:2], -1).astype("float32")  # (1, height, width, depth)
    weights = kernels.reshape(*kernels.shape[:2], batch.shape[3], -1)  # (height, width, depth, filters)
    layer = keras.layers.Conv2D(weights.shape[3], weights.shape[:2], strides=strides, padding=padding)
    layer.build(batch.shape)
    layer.set_weights([weights, np.array(bias)])
    return keras.ops.convert_to_numpy(layer(batch))[0]


print(keras_convolution(image, kernel, padding="same")[:, :, 0])

# %% [markdown]
# The same sixteen numbers. (They have a decimal point, because Keras computes with floats.) Does it hold for other cases, too?

# %%
cases = {
    "4x4, valid": (image, kernel, 1, "valid"),
    "4x4, same": (image, kernel, 1, "same"),
    "4x4, stride 2, same": (image, kernel, 2, "same"),
    "2x2 kernel, same": (shape, diagonal, 1, "same"),
    "plus-shaped kernel": (picture, plus, 1, "valid"),
    "depth 2, five filters": (deep, kernels, 1, "same"),
}
agree = {}
for name, (case_image, case_kernels, strides, padding) in cases.items():
    bias = np.arange(case_kernels.shape[3] if case_kernels.ndim == 4 else 1)  # 0, 1, 2, ... to see that it is added
    ours = conv2d(case_image, case_kernels, bias, strides, padding)
    theirs = keras_convolution(case_image, case_kernels, bias, strides, padding)
    agree[name] = np.array_equal(np.squeeze(ours), np.squeeze(theirs))
    print(f"{name:24} output {ours.shape!s:10} equal: {agree[name]}")

# %% [markdown]
# All equal. Look at the third case once more: `conv2d` knows `"same"`, and it knows `padding=1`. With stride 1 and a 3x3 kernel
# the two are the same.
#
# **Your prediction:** are they the same with stride 2, too?

# %% jupyter={"outputs_hidden": true}
for padding in ("same", 1):
    print(f"stride 2, padding {padding}:\n{conv2d(image, kernel, strides=2, padding=padding)}")

# %% [markdown]
# With stride 2, a picture of 4 needs only **one** more row to get an output of 2. One zero cannot be shared between two
# sides: Keras puts it at the bottom and on the right. (So it is with a 2x2 kernel.) PyTorch, another library, has no `"same"` with
# a stride; there one writes `padding=1`, which is zeros on both sides. Same weights, other numbers: remember it on the day you
# carry a network from one to the other.
#
# Pooling, too:

# %%
batch = padded_map.reshape(1, 4, 4, 1).astype("float32")
for name, layer, ours in [
    ("max pooling", keras.layers.MaxPooling2D(2), max_pool2d(padded_map)),
    ("average pooling", keras.layers.AveragePooling2D(2), average_pool2d(padded_map)),
]:
    theirs = keras.ops.convert_to_numpy(layer(batch))[0, :, :, 0]
    agree[name] = np.array_equal(ours, theirs)
    print(f"{name}:\n{theirs}\nequal: {agree[name]}")

# %% [markdown]
# ## 14. Count the parameters: dense against convolution
#
# *Parameters* (매개변수, 파라미터) are the numbers that training changes: weights and biases. In section 1, ten inputs became eight
# outputs. There are three ways to connect them:
#
# - **dense**: each output has a weight for each input;
# - **locally connected** (국소 연결): each output has weights for its window only;
# - **convolution**: in addition, all outputs **share** the same weights (가중치 공유).
#
# **Your prediction:** how many parameters has each of the three, with biases? (The convolution has one bias for all outputs.)

# %% jupyter={"outputs_hidden": true}
dense = 10 * 8 + 8
local = 3 * 8 + 8
shared = 3 + 1
print("dense:", dense, " locally connected:", local, " convolution:", shared)

# %% [markdown]
# Now as a picture. All three can be written as a table with a row for each output and a column for each input.

# %%
rng = np.random.default_rng(0)  # the weights are made up
dense_weights = rng.uniform(0.4, 1.4, size=(8, 10)) * rng.choice([-1, 1], size=(8, 10))
shared_weights = np.zeros((8, 10))
for row in range(8):
    shared_weights[row, row : row + 3] = [-1, 0.4, 0.8]
local_weights = np.where(shared_weights != 0, dense_weights, 0)

# %% jupyter={"outputs_hidden": true}
figure, axes = plt.subplots(1, 3, figsize=(11, 3), sharey=True, layout="constrained")
for axis, table, title in zip(
    axes,
    (dense_weights, local_weights, shared_weights),
    (f"dense: {dense} parameters", f"locally connected: {local}", f"convolution: {shared}"),
    strict=True,
):
    drawn = axis.imshow(table, cmap=plots.DIVERGING, vmin=-1.4, vmax=1.4)
    axis.set(title=title, xlabel="input", xticks=range(10), yticks=range(8))
axes[0].set_ylabel("output")
figure.colorbar(drawn, ax=axes, label="weight")
plt.show()

# %% [markdown]
# *White is "no connection"; biases are not drawn.* Middle: only a band is left. Right: along each diagonal the colour is the same, because it **is** the
# same weight. That is the whole secret: few connections, and these shared.
#
# And with a real picture? A layer shall turn 28x28x1 (a handwritten digit) into 28x28x32.
#
# **Your prediction:** how many parameters does it have as a convolution with 32 filters of 3 by 3? How many as a dense layer with
# one output for each of these numbers?

# %% jupyter={"outputs_hidden": true}
convolution = keras.layers.Conv2D(32, 3, padding="same")
convolution.build((None, 28, 28, 1))
fully_connected = keras.layers.Dense(28 * 28 * 32)
fully_connected.build((None, 28 * 28 * 1))

print(f"convolution: {3 * 3 * 1} weights x 32 filters + 32 biases = {convolution.count_params():,}")
print(f"dense: {28 * 28} weights x {28 * 28 * 32:,} outputs + biases = {fully_connected.count_params():,}")
print(f"the dense layer has {fully_connected.count_params() / convolution.count_params():,.0f} times as many")

# %% [markdown]
# The size of the picture does not appear in the first line. A convolution layer has as many parameters for a stamp as for a
# poster:
#
# $$\text{parameters} = (\text{kernel height} \cdot \text{kernel width} \cdot \text{depth of the input} + 1) \cdot \text{filters}$$
#
# The `+ 1` is the bias, one for each filter. Pooling has none at all.
#
# ## 15. A moved picture gives a moved map
#
# Weights that are shared have a second effect. If the same question is asked everywhere, then something that moves in the
# picture moves in the map, too.

# %%
corner = np.zeros((8, 8), int)
corner[1, 1:4] = 1
corner[1:4, 1] = 1
moved = np.roll(corner, (3, 2), axis=(0, 1))  # down 3, right 2
finder = np.array([[1, 1, 1], [1, -1, -1], [1, -1, -1]])

maps = {"picture": conv2d(corner, finder), "moved": conv2d(moved, finder)}
grids.numbers(
    {"picture": corner, "kernel": finder, "map of the picture": maps["picture"],
     "moved": moved, "the same kernel": finder, "map of the moved": maps["moved"]},
    columns=3,
)

# %%
for name, feature_map in maps.items():
    row, column = np.unravel_index(feature_map.argmax(), feature_map.shape)
    print(f"{name:8} largest value {feature_map.max()} at row {row}, column {column}")
print("map moved by (3, 2) too:", np.array_equal(maps["moved"][3:, 2:], maps["picture"][:-3, :-2]))

# %% [markdown]
# *Find the 5, the place where kernel and picture agree.* It has moved down 3 and right 2, as the picture has. This is called
# *translation equivariance* (평행이동 등변성). A dense layer would have to learn the corner anew for each place where it can be.
#
# (The two maps are equal where they overlap. At two borders new numbers come in, at the other two some fall out.)
#
# One limit, so that you do not promise too much: with pooling (or a stride of 2) it only holds for moves by whole strides.
#
# **Your prediction:** we move the picture by 1, then by 2. For which of the two is the pooled map the old one, moved?

# %% jupyter={"outputs_hidden": true}
pooled = max_pool2d(conv2d(corner, finder))
for distance in (1, 2):
    shifted = max_pool2d(conv2d(np.roll(corner, distance, axis=1), finder))
    print(f"moved right by {distance}: pooled map\n{shifted}")
    print("the old one, moved right by one:", np.array_equal(shifted[:, 1:], pooled[:, :-1]), "\n")
print(f"the old one:\n{pooled}")

# %% [markdown]
# By 2, the stride of the pooling, it is the old map moved by one. By 1, some numbers change. But compare the two new maps: the 5
# is at the same place, whether the picture moved by 1 or by 2. Pooling makes a network care less about where exactly something
# is. Less, not nothing.
#
# ## 16. How much of the picture does one number see?
#
# A number in the first feature map sees 3 by 3 pixels. One in the second map sees 3 by 3 numbers of the first, and each of these
# sees 3 by 3 pixels. The part of the picture that a number depends on is its *receptive field* (수용장).
#
# Let us ask the layers themselves: change one pixel at a time, and note whether the number at the top left of the last map changes.

# %%
layers = [("conv 3x3", 3, 1), ("conv 3x3", 3, 1), ("pool 2x2", 2, 2), ("conv 3x3", 3, 1), ("conv 3x3", 3, 1)]


def forward(picture, layers):
    for name, size, stride in layers:
        picture = conv2d(picture, np.ones((size, size))) if "conv" in name else max_pool2d(picture, size, stride)
    return picture


def seen(layers, size=20):
    """Which pixels of an empty picture reach the first number of the last map when they become 1?"""
    reached = np.zeros((size, size), bool)
    for row, column in np.ndindex(size, size):
        picture = np.zeros((size, size))
        picture[row, column] = 1
        reached[row, column] = forward(picture, layers)[0, 0] != 0
    return reached

# %% [markdown]
# **Your prediction:** after two convolutions of 3x3, how many pixels wide is the receptive field: 3, 5, 6 or 9? And does a third
# convolution add more, less or the same if there is a pooling before it?

# %% jupyter={"outputs_hidden": true}
figure, axes = plt.subplots(1, 5, figsize=(12, 2.8), layout="constrained")
measured = []
for count, axis in enumerate(axes, start=1):
    field = seen(layers[:count])
    measured.append(int(field[0].sum()))
    axis.imshow(field, cmap="Blues", vmin=0, vmax=1.4)
    name, width = layers[count - 1][0], measured[-1]
    axis.set(title=f"{name}: {width}x{width}", xticks=[0, 5, 10, 15], yticks=[0, 5, 10, 15])
figure.suptitle("Pixels that the first number of each map depends on, layer after layer", fontsize=11)
plt.show()

print("width after each layer:", measured)

# %% [markdown]
# *Each panel shows the whole picture of 20 by 20 pixels; blue is what the top left number of that layer's map depends on.* After two
# convolutions it is 5, not 9 and not 6: neighbouring windows overlap. Before the pooling a convolution adds 2 pixels, after it 4.
#
# This can be computed without drawing. A layer with kernel $K$ widens the field by $K - 1$ steps, and one step is as many pixels
# as all earlier strides multiplied:

# %%
field, step, computed = 1, 1, []
for _name, size, stride in layers:
    field += (size - 1) * step
    step *= stride
    computed.append(field)

print("computed:", computed)
print("measured:", measured)

# %% [markdown]
# A layer that must recognise a whole face needs a field as large as a face. This is why networks are deep, and why they pool.
#
# ## 17. Three predictions, worked through
#
# Everything in one layer. A colour picture of 32 by 32 pixels goes into
#
# `Conv2D(filters=16, kernel_size=5, strides=2, padding="valid")`
#
# Write down three things before you open an answer: the **height and width** of the output, its **depth**, and the **number of
# parameters** of the layer.
#
# **Your prediction:** height and width.
#
# <details><summary>Answer, and what lies behind other answers</summary>
#
# $N = 32$, $K = 5$, $P = 0$, $S = 2$: ⌊27 / 2⌋ + 1 = 13 + 1 = **14**.
#
# | you said | then you may think that | but |
# | --- | --- | --- |
# | 28 | the window moves by one | that is 32 − 5 + 1; stride 2 leaves out every second place |
# | 16 | stride 2 halves the size, whatever the kernel | only with `"same"`; with `"valid"` the kernel must fit in |
# | 13 | outputs are counted by moves | the place where the window starts counts as well |
# | 15 | 13.5 is rounded up | a window that hangs over is left out: round down |
#
# </details>
#
# **Your prediction:** depth.
#
# <details><summary>Answer, and what lies behind other answers</summary>
#
# As many as filters: **16**. The output has the shape (14, 14, 16).
#
# | you said | then you may think that | but |
# | --- | --- | --- |
# | 3 | the depth passes through a layer | each filter adds up over all three colours; the input's depth is gone |
# | 48 | each filter makes a map for each colour | it makes one map from all colours together |
# | 1 | everything is added to one map | that is true for one filter; there are 16, and their maps are stacked |
#
# </details>
#
# **Your prediction:** number of parameters.
#
# <details><summary>Answer, and what lies behind other answers</summary>
#
# (5 · 5 · 3 + 1) · 16 = 76 · 16 = **1,216**.
#
# | you said | then you may think that | but |
# | --- | --- | --- |
# | 416 | a filter is a flat 5x5 table | it is as deep as the input: 5 · 5 · 3 |
# | 1,200 | there are only weights | each filter has a bias: 16 more |
# | 76 | one filter is the layer | there are 16 of them |
# | 1,248 | a filter has a bias for each colour | the products of all colours are added first; then one bias is enough |
# | 238,336 | each place has weights of its own | all 14 · 14 places share the same ones |
# | 1,203 | biases belong to the colours | they belong to the filters: 16 of them, not 3 |
#
# </details>
#
# Keras has the last word:

# %% jupyter={"outputs_hidden": true}
layer = keras.layers.Conv2D(filters=16, kernel_size=5, strides=2, padding="valid")
output = layer(np.zeros((1, 32, 32, 3), "float32"))

print("output:", tuple(output.shape[1:]))
print(f"parameters: {layer.count_params():,}")

# %% [markdown]
# ## 18. Play with it
#
# Change the kernel, the stride and the padding, and see what happens.

# %%
arrow = np.zeros((7, 7), int)
arrow[3, :] = 1
arrow[[1, 2, 4, 5], [4, 5, 5, 4]] = 1

# %%
def show(kernel, stride, padding):
    try:
        weights = np.array([row.split() for row in kernel.split("/")], dtype=float)
        result = conv2d(arrow, weights, strides=stride, padding=padding)
    except ValueError as error:
        print("Not yet. Write rows of equally many numbers, with / between the rows.", error)
        return None
    for axis, name in enumerate(("height", "width")):
        n, k = arrow.shape[axis], weights.shape[axis]
        print(f"{name}: ⌊({n} + 2·{padding} − {k}) / {stride}⌋ + 1 = {result.shape[axis]}")
    return grids.numbers({"picture": np.pad(arrow, padding), "kernel": weights, "map": result})


show("-1 -1 -1 / 2 2 2 / -1 -1 -1", stride=1, padding=0)

# %% [markdown]
# The next cell calls the same function from sliders. Type a kernel into the first field and press Enter; rows are separated by `/`. Try
# `-1 2 -1 / -1 2 -1 / -1 2 -1`, `1 1 / 1 1` and `-1 0 1`. (This needs a running notebook. Nothing that follows needs the sliders.)

# %% tags=["nbval-ignore-output"]
import ipywidgets as widgets

_ = widgets.interact(
    show,
    kernel=widgets.Text("-1 -1 -1 / 2 2 2 / -1 -1 -1", continuous_update=False),
    stride=widgets.IntSlider(1, min=1, max=3),
    padding=widgets.IntSlider(0, min=0, max=3),
)

# %% [markdown]
# Three things to try:
#
# - A kernel of zeros with a single 1 that is not in the middle. What does it do to the arrow?
# - A kernel that answers most to the tip of the arrow.
# - Stride 2 with the horizontal kernel, first with padding 0, then with padding 1. In which row of the arrow is the middle of the
#   window, and does it ever meet the shaft in row 3?
#
# <details><summary>Answers</summary>
#
# - It moves the arrow. With the 1 on the right, each output is the pixel to its right: the arrow moves to the left.
# - Where shaft and head meet, the arrow looks like a plus: `-1 1 -1 / 1 1 1 / -1 1 -1` gives 5 there, and less everywhere else.
# - With padding 0 the middle is in rows 1, 3 and 5, so it meets the shaft. With padding 1 it is in rows 0, 2, 4 and 6: the shaft
#   is never in the middle, and nothing in the map is above 0. There are only two rows of negative numbers, where the shaft lies
#   beside the middle.
#
# </details>
#
# ## What can go wrong
#
# - **A map one smaller than you thought.** You counted moves instead of places. The formula ends in `+ 1`.
# - **Error about the depth.** The third axis of the kernels must be the depth of the input. A grey picture has depth 1, and
#   Keras wants to see that axis: (28, 28, **1**).
# - **One axis too few.** Keras layers take batches: (1, 28, 28, 1) for one picture.
# - **Whole numbers that overflow.** Pixels are often `uint8`: 200 + 100 gives 44 there. Chapter 02 shows what this looks like.
# - **`"same"` and stride 2.** Keras pads at the bottom and on the right. Other libraries do it differently.

# %% tags=["reached"]
print(f"Keras computes the same as by hand in {sum(agree.values())} of {len(agree)} cases")

# %% [markdown]
# ## What you learned
#
# 1. A convolution multiplies the window by the kernel, place by place, adds everything and the bias, and slides on. Max pooling
#    slides, too, but keeps the largest number, and has no weights.
# 2. Output size: ⌊(N + 2P − K) / S⌋ + 1. Padding keeps the size and lets the border be heard; a stride makes the map smaller.
# 3. The filter is as deep as the input. The output is as deep as there are filters.
# 4. Few connections and shared weights: a layer has (kh · kw · depth + 1) · filters parameters, whatever the size of the
#    picture, and what moves in the picture moves in the map.
# 5. Each layer widens the receptive field, and after a pooling it widens faster.
#
# **Exercises:** [8 exercises](exercises/01_convolution_exercises.ipynb) on this chapter, and each answers.
#
# **Next:** [02 · Filters and edges](02_filters_and_edges.ipynb) shows which kernels do what to a photograph, and how a computer can find a kernel by itself.
