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
# After this chapter you can compute a convolution with pencil and paper, work out the size of a layer's output, its depth and its
# number of parameters, and you know that Keras does nothing else.
#
# - **Time** on 2 CPU cores: 0.3<!-- chapters.01_convolution_by_hand.fast_minutes --> minutes in fast mode, 0.2<!-- chapters.01_convolution_by_hand.full_minutes --> minutes in full mode.<!-- gpu 01 --><!-- end of gpu --> Nothing is trained, so both modes take about the same time, and a GPU is not needed. To read it and think: take two hours.
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
# Nearly everything in this chapter is computed with NumPy, so that you can follow each number. Keras, the library for
# neural networks that this course is about, comes in at the end and confirms the results.

# %%
import matplotlib.pyplot as plt
import numpy as np

from helpers import grids, plots
from helpers.convolution import conv2d, max_pool2d
from helpers.data import sample_image

# %% [markdown]
# ## One photograph, one kernel, one map
#
# Before the first calculation, here is what it is good for. We take a photograph of a cat and nine small numbers, and we do
# one and the same calculation everywhere in the photograph. The function `conv2d` does it for us this once; at the end of
# the chapter you will be able to write it yourself.

# %%
cat = sample_image("cat")[:, :, 1]  # of a colour photograph we take the green part only
edge_kernel = np.array([[-1, 0, 1], [-1, 0, 1], [-1, 0, 1]])
edge_map = conv2d(cat, edge_kernel)

print("photograph:", cat.shape, " edge map:", edge_map.shape)
print(f"the nine numbers =\n{edge_kernel}")

# %%
figure, axes = plt.subplots(1, 2, figsize=(6.8, 2.4), layout="constrained")
axes[0].imshow(cat, cmap="gray", vmin=0, vmax=255)
axes[0].set_title("the photograph")
drawn = axes[1].imshow(edge_map, cmap=plots.DIVERGING, vmin=-150, vmax=150)
axes[1].set_title("what comes out")
figure.colorbar(drawn, ax=axes, label="result")
for axis in axes:
    axis.set(xticks=[], yticks=[])
plt.show()

# %% [markdown]
# *Red: it gets brighter from left to right. Blue: it gets darker. White: nothing changes.* The nine numbers have found the
# edges of the photograph: the rims of the eyes, the nose, the stripes on the forehead. (The cat is called Chelsea. The
# photograph by Stéfan van der Walt comes with scikit-image and is free for any use, CC0.)
#
# A network for images does this calculation with many such groups of numbers at once, and it is not told which numbers to
# use: it finds them by itself, from examples. Such a network is called a *convolutional neural network* (합성곱 신경망, 컨볼루션
# 신경망), *CNN* or *convnet* (컨브넷) for short. The course goes there in this order:
#
# - In this chapter you do the calculation by hand. In chapter 02 you apply it to photographs, and let the computer find the
#   numbers.
# - In chapters 03, 04, 06 and 09 you train networks: for digits, for clothes, for cats and dogs, for small colour
#   photographs.
# - In chapters 05, 07 and 08 you look inside these networks and ask what they see.
#
# Now we take the calculation apart, and we begin with one row of numbers.
#
# ## 1. In one dimension
#
# A *neural network* (신경망) is built of *layers* (층). A layer takes numbers in and puts numbers out. The plainest one is the
# *dense layer* (밀집층; other books call it fully connected, 완전 연결층). Each of its outputs is computed by a *unit* (유닛; other
# books call it a neuron, 뉴런). A unit has one *weight* (가중치) for **every** input, and one more number, its *bias* (편향; other
# books write 바이어스 or 절편). It multiplies each input by its weight, adds all products, and adds the bias.

# %%
inputs = np.array([0, 5, 5, 5, 2, 2])
weights = np.array([1, 0, 2, -1, 0, 3])
bias = 4

print("products:", inputs * weights)
print("output of the unit:", np.sum(inputs * weights) + bias)

# %% [markdown]
# A *convolution* (합성곱, 컨볼루션) uses fewer weights, for example three. This small group of weights is called a *kernel* (커널;
# other books say mask, 마스크). The kernel is laid on the first three inputs; the products are added, and this gives the first
# output. Then the kernel moves on by one input, and **the same three weights** give the second output. It moves on in this
# way until it lies on the last three inputs. The inputs that lie under the kernel at one place are called the *window*
# (윈도우; other books say patch, 패치).
#
# The next two cells only draw this, with circles for numbers and lines for weights. You need not read their code.

# %%
def connect(axis, lines, inputs, outputs, shift, title):
    """Draw inputs (below) and outputs (above) as circles, and lines (input, output, colour) between them."""
    for start, end, colour in lines:
        axis.plot([start, end + shift], [0, 1], color=colour, linewidth=1.3)
    for count, left, height in [(inputs, 0, 0), (outputs, shift, 1)]:
        places = np.arange(count) + left
        axis.scatter(places, np.full(count, height), s=120, color="white", edgecolor="black", zorder=3)
    axis.set(title=title, xticks=[], yticks=[0, 1], yticklabels=["inputs", "outputs"], frame_on=False)

# %%
figure, axes = plt.subplots(1, 2, figsize=(9, 2.2), layout="constrained")
weight_colours = [plots.BLUE, plots.ORANGE, "black"]
one_unit = [(place, 0, "grey") for place in range(6)]
two_places = [(place + number, place, weight_colours[number]) for place in range(2) for number in range(3)]
connect(axes[0], one_unit, 6, 1, 2.5, "one unit of a dense layer")
connect(axes[1], two_places, 6, 2, 1, "a convolution at its first two places")
plt.show()

# %% [markdown]
# *Each line is a weight. Left: the unit has six of them, one for each input. Right: both outputs have a blue, an orange and
# a black line, because the three weights are the same at each place.*
#
# Now we compute a whole row, with ten inputs and a kernel of three weights.
#
# **Your prediction:** how many outputs will there be?

# %% jupyter={"outputs_hidden": true}
inputs = np.array([0, 0, 0, 5, 5, 5, 5, 2, 2, 2])
kernel = np.array([-1, 0, 1])

outputs = []
place = 0
while place + 3 <= len(inputs):  # as long as the window does not hang over
    window = inputs[place : place + 3]
    outputs.append(int(np.sum(window * kernel)))
    print(f"inputs {place} to {place + 2}: {window} gives {outputs[-1]:2}")
    place = place + 1

print(len(outputs), "outputs:", outputs)

# %% [markdown]
# There are eight, because the window can start at the inputs 0, 1, … 7. It cannot start at 8, since its end would then hang
# over. If you said ten, you let it hang over. If you said seven, you counted the moves and forgot the place where the
# window starts.
#
# Now look at *what* came out: 0 where the inputs stay the same, a positive number where they go up, and a negative one
# where they go down. So these three weights find changes. The whole layer, beside a dense layer with as many outputs, looks
# like this:

# %%
figure, axes = plt.subplots(1, 2, figsize=(9, 2.2), layout="constrained")
dense_lines = [(place, output, "silver") for place in range(10) for output in range(8)]
shared_lines = [(place + number, place, weight_colours[number]) for place in range(8) for number in range(3)]
connect(axes[0], dense_lines, 10, 8, 1, "dense: every output sees every input")
connect(axes[1], shared_lines, 10, 8, 1, "convolution: the same three weights everywhere")
plt.show()

# %% [markdown]
# *Left: each line is a weight of its own. Right: all lines of one colour are the same weight.* A dense layer looks at
# everything at once, and so it learns patterns of the whole input, *global patterns* (전역 패턴). A convolution asks one small
# question everywhere, and so it learns *local patterns* (지역 패턴): they may lie anywhere.
#
# ## 2. One window of an image
#
# A grey image (회색조 이미지; many books say black-and-white, 흑백) is a table of numbers, and each number is a *pixel* (픽셀, 화소).
# So the window and the kernel are tables, too. Most often they have 3 rows and 3 columns.
#
# Many numbers in this chapter are random, but `np.random.seed(1)` makes them the same for everybody, so you can check your own results against the
# page. Run the steps in order, because later ones use what earlier ones define.

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
# `image * kernel` multiplies place by place. It is not the matrix product of mathematics, which would be `image @ kernel`.
# One window and one kernel give **one number**.
#
# ## 3. Slide the window
#
# Images are larger than the kernel, so the window slides: from left to right, then one row down, and again from left to
# right.

# %%
np.random.seed(1)
image = np.random.randint(5, size=(4, 4))
kernel = np.random.randint(5, size=(3, 3))

print(f"image =\n{image}")
print(f"kernel =\n{kernel}")

# %% [markdown]
# **Your prediction:** the image has 4 by 4 pixels, the kernel 3 by 3 weights. What size is the output?

# %% jupyter={"outputs_hidden": true}
places = len(image) - len(kernel) + 1
feature_map = np.zeros((places, places), int)
for row in range(places):
    for column in range(places):
        window = image[row : row + 3, column : column + 3]
        feature_map[row, column] = np.sum(window * kernel)
        print(f"window at row {row}, column {column}:\n{window}\ntimes kernel:\n{window * kernel}")

print(f"feature map =\n{feature_map}")

# %% [markdown]
# It has two rows and two columns, because along each axis the window can start at 0 and at 1. The output of a convolution
# is called a *feature map* (특성 맵; other books write 특징 맵, or response map, 응답 맵). Each of its numbers says how strongly one
# place of the image answers to the kernel.
#
# A convolution may have a bias, too: one number that is added to every sum. Ours is 0. A kernel together with its bias is
# called a *filter* (필터). It makes one feature map, as a unit of a dense layer makes one output.
#
# Mathematics writes the whole calculation in one line. Let $x$ be the image, $k$ the kernel, $b$ the bias, and $y_{r,c}$ the number in row $r$ and
# column $c$ of the feature map:
#
# $$y_{r,c} = b + \sum_{u=0}^{2} \; \sum_{v=0}^{2} k_{u,v} \cdot x_{r+u,\;c+v}$$
#
# The sign Σ, a large Greek sigma, means "add up": let $u$ run through 0, 1 and 2, for each $u$ let $v$ run through 0, 1 and
# 2, and add the nine products. So each Σ is a `for` loop, and both together are what `np.sum(window * kernel)` does. In one
# dimension a single Σ is enough: $y_i = b + \sum_{u=0}^{2} k_u \cdot x_{i+u}$.
#
# **Your prediction:** the next cell follows the formula with $r = 1$, $c = 0$ and $b = 0$. Which of the four numbers of the
# feature map comes out?

# %% jupyter={"outputs_hidden": true}
row, column = 1, 0
total = 0
for u in range(3):
    for v in range(3):
        total += kernel[u, v] * image[row + u, column + v]

print("the sum:", total)

# %% [markdown]
# It is the number in row 1, column 0 of the feature map.
#
# > **For those who know convolution from mathematics:** there the kernel is turned around first. Deep learning leaves that
# > out, and the exact name of what it does is *cross-correlation* (교차 상관). As the weights are learned, it makes no
# > difference.
#
# ## 4. Zeros around the image
#
# The output is smaller than the input: after ten layers with kernels of 3 by 3 an image of 28 by 28 would be 8 by 8. This is why one often puts zeros around
# the image first. It is called *padding* (패딩; other books write 덧대기), and with zeros *zero padding* (제로 패딩).
#
# **Your prediction:** with one row or column of zeros on each side, our image has 6 by 6 pixels. What size is the feature
# map now?

# %% jupyter={"outputs_hidden": true}
padded = np.pad(image, 1)
print(f"padded image =\n{padded}")

# %% [markdown]
# The loops are the same as before. We put them into a function that finds the size of the output by itself.
# (`np.result_type` takes care that whole numbers stay whole.)

# %% jupyter={"outputs_hidden": true}
def convolve(image, kernel):
    """Slide a kernel over an image with two loops, as chapter 01 does by hand."""
    height = image.shape[0] - kernel.shape[0] + 1
    width = image.shape[1] - kernel.shape[1] + 1
    output = np.zeros((height, width), np.result_type(image, kernel))
    for row in range(height):
        for column in range(width):
            window = image[row : row + kernel.shape[0], column : column + kernel.shape[1]]
            output[row, column] = np.sum(window * kernel)
    return output


padded_map = convolve(padded, kernel)
print(f"feature map =\n{padded_map}")

# %% [markdown]
# It has four rows and four columns, as many as the image. In the middle of the table you find the four numbers from before.
# So [`np.pad`](https://numpy.org/doc/stable/reference/generated/numpy.pad.html) took nothing away, it added a border.
#
# Padding that keeps the size is called *same* (세임 패딩). No padding is called *valid* (밸리드 패딩), because then only windows
# that lie wholly in the image are valid. Step 7 says what the two words mean when the window moves by more than one.
#
# Zeros are an invention, though: outside the photograph the world is not black. Another way is to copy the pixels at the
# edge outwards (*copied edges*, 복사 덧대기), which is `mode="edge"` of `np.pad`. To compare the two we take an image in which
# all pixels are 5, and the kernel that found the edges of the cat.
#
# **Your prediction:** this image has no edge at all. Which numbers come out at its left and its right border with zeros
# around it? Which ones with copied edges?

# %% jupyter={"outputs_hidden": true}
flat = np.full((4, 4), 5)

print(f"zeros around it:\n{convolve(np.pad(flat, 1), edge_kernel)}")
print(f"copied edges around it:\n{convolve(np.pad(flat, 1, mode='edge'), edge_kernel)}")

# %% [markdown]
# With zeros the kernel reports an edge at the left and one at the right, where the zeros meet the image. With copied edges
# all is 0. Networks use zeros nearly always, because they are simple, and because a network can learn to live with them.
# Remember them when a feature map has a bright frame.
#
# ## 5. Watch it place by place
#
# Here are another image and the kernel of the cat, which has negative weights. The picture shows one of the sixteen places:
# the window on the padded input, the kernel, the nine products, and where their sum goes. **Add up the line at the bottom
# yourself.**

# %%
letter = np.array([[2, 0, 0, 1], [2, 0, 0, 1], [2, 3, 3, 4], [0, 0, 0, 1]])

grids.convolution_step(letter, edge_kernel, step=5, padding=1)

# %% [markdown]
# *Orange: the place where we are. Grey: the zeros of the padding.* Python counts from 0, so `step=5` has the title "Step 6
# of 16". Now all sixteen: press ▶ to play them, ❚❚ to stop, › and ‹ to go on or back by one. If there are no buttons below,
# your viewer does not run scripts that are stored in notebooks; then run the cell.
#
# **Your prediction:** stop when the title says "Step 6 of 16", and work out the next number on paper before you press ›.

# %% jupyter={"outputs_hidden": true} tags=["nbval-ignore-output"]
grids.convolution_steps(letter, edge_kernel, padding=1)

# %% [markdown]
# ## 6. How often does each pixel take part?
#
# Not all pixels lie under equally many windows. To count them, let each window add 1 to all pixels that it covers, instead
# of multiplying. The padding itself is cut off at the end, because we count the pixels of the image only.
#
# **Your prediction:** in how many of the four windows does a corner pixel of our 4 by 4 image lie? One at an edge, beside
# the corner? One in the centre? And how many will it be with a padding of 1?

# %% jupyter={"outputs_hidden": true}
def windows_over_each_pixel(size, padding):
    padded_size = size + 2 * padding
    count = np.zeros((padded_size, padded_size), int)
    for row in range(padded_size - 2):
        for column in range(padded_size - 2):
            count[row : row + 3, column : column + 3] += 1
    return count[padding : padding + size, padding : padding + size]


for padding in (0, 1):
    count = windows_over_each_pixel(4, padding)
    print(f"4x4, padding {padding}: corner {count[0, 0]}, edge {count[0, 1]}, centre {count[1, 1]}")

# %% [markdown]
# Without padding a pixel in the centre takes part four times as often as one in the
# corner<!-- claim: number("4x4, padding 0:", 2) == 4 * number("4x4, padding 0:", 0) -->. With a padding of 1 the difference is
# smaller<!-- claim: number("4x4, padding 1:", 2) < 3 * number("4x4, padding 1:", 0) -->: every number has grown, but the one of the corner has
# grown
# most<!-- claim: number("4x4, padding 1:", 0) / number("4x4, padding 0:", 0) > number("4x4, padding 1:", 1) / number("4x4, padding 0:", 1) > number("4x4, padding 1:", 2) / number("4x4, padding 0:", 2) -->.
#
# **Your prediction:** what happens with a padding of 2, so that the padded image has 8 by 8 pixels?

# %% jupyter={"outputs_hidden": true}
count = windows_over_each_pixel(4, padding=2)
print(f"4x4, padding 2: corner {count[0, 0]}, edge {count[0, 1]}, centre {count[1, 1]}")

grids.numbers(
    {
        "4x4, no padding": windows_over_each_pixel(4, 0),
        "4x4, padding 1": windows_over_each_pixel(4, 1),
        "4x4, padding 2": windows_over_each_pixel(4, 2),
        "7x7, no padding": windows_over_each_pixel(7, 0),
        "7x7, padding 1": windows_over_each_pixel(7, 1),
        "7x7, padding 2": windows_over_each_pixel(7, 2),
    },
    columns=3,
    caption="In how many windows of 3x3 does each pixel lie?",
)

# %% [markdown]
# *The darker, the more windows. The upper row is our image, the lower row a larger one.* With a padding of 2 all pixels
# take part nine times<!-- claim: row("4x4, padding 2:") == [9, 9, 9] -->. But the output then is larger than the image, 6
# by 6, because there are windows that touch the image with one corner only. So a padding of 1 is the usual choice: it keeps
# the size, and it lets the pixels at the border take part more often than without padding. This is a second reason for
# padding.
#
# ## 7. Stride, and a formula for the size
#
# The window need not move by one. The number of pixels by which it moves is the *stride* (스트라이드; other books write 보폭).
#
# **Your prediction:** take the padded image of 6 by 6, the kernel of 3 by 3, and a stride of 2. What size is the output?
# Which numbers of the feature map of step 4 will be in it?

# %% jupyter={"outputs_hidden": true}
stride = 2
starts = range(0, len(padded) - len(kernel) + 1, stride)  # where the window can start
strided_map = np.zeros((len(starts), len(starts)), int)
for row in range(len(starts)):
    for column in range(len(starts)):
        top, left = starts[row], starts[column]
        strided_map[row, column] = np.sum(padded[top : top + 3, left : left + 3] * kernel)

print(strided_map)
print(f"every second number of every second row of the feature map:\n{padded_map[::2, ::2]}")

# %% [markdown]
# Nothing new is computed, only every second place. The last row and the last column of zeros are never reached, because
# from row 2 the window would move to row 4 and hang over.
#
# Now a formula. The image has $N$ pixels along an axis, the kernel $K$ weights, the padding is $P$ on each side, the stride
# is $S$. The first window covers $K$ of the $N + 2P$ pixels. It can move on as often as $S$ fits into the pixels to the
# right of it:
#
# $$\text{output size} = \left\lfloor \frac{N + 2P - K}{S} \right\rfloor + 1$$
#
# The brackets ⌊ ⌋ mean: round down, which is `//` in Python. The `+ 1` is the place where the window starts.
#
# **Your prediction:** work out these five sizes on paper.
#
# | | $N$ | $K$ | $P$ | $S$ |
# | --- | --- | --- | --- | --- |
# | a | 10 | 3 | 0 | 1 |
# | b | 4 | 3 | 0 | 1 |
# | c | 4 | 3 | 1 | 1 |
# | d | 28 | 5 | 2 | 1 |
# | e | 7 | 3 | 0 | 2 |

# %% jupyter={"outputs_hidden": true}
def output_size(size, kernel, padding=0, stride=1):
    return (size + 2 * padding - kernel) // stride + 1


print("a:", output_size(10, 3, padding=0, stride=1))
print("b:", output_size(4, 3, padding=0, stride=1))
print("c:", output_size(4, 3, padding=1, stride=1))
print("d:", output_size(28, 5, padding=2, stride=1))
print("e:", output_size(7, 3, padding=0, stride=2))

# %% [markdown]
# You have met the first three: the row of step 1, and the image of steps 3 and 4. But does the formula hold in general? We
# can count. The window starts at 0, at $S$, at $2S$ and so on, as long as it ends inside; this is what `range` lists. So
# the length of `range` must be the output size.

# %%
cases, wrong = 0, 0
for n in range(5, 30):
    for k in range(1, 6):
        for p in range(3):
            for s in range(1, 5):
                starts = range(0, n + 2 * p - k + 1, s)
                cases += 1
                if output_size(n, k, p, s) != len(starts):
                    wrong += 1

print(cases, "cases,", wrong, "of them wrong")

# %% [markdown]
# With a stride of 1, how much padding keeps the size? The output size must be $N$, so $N + 2P - K + 1 = N$, and therefore
# $P = (K - 1) / 2$.
#
# **Your prediction:** for which kernel sizes from 1 to 5 can the padding be the same on both sides?

# %% jupyter={"outputs_hidden": true}
for kernel_size in range(1, 6):
    print(f"kernel {kernel_size}: padding {(kernel_size - 1) / 2} on each side")

# %% [markdown]
# Only for odd ones, since there are no half pixels. This is one of the reasons **why kernels nearly always have odd
# sides**: 1, 3, 5 or 7. The other is that a window with an odd side has a pixel in its middle, so that each number of the
# feature map belongs to a pixel of the image. (Some books count $u$ and $v$ in the formula of step 3 from that pixel, from
# −1 to 1. It is the same sum.)
#
# Keras does not ask for $P$. Its layers accept two words instead:
#
# | `padding=` | zeros | output size along an axis |
# | --- | --- | --- |
# | `"valid"` | none | ⌊(N − K) / S⌋ + 1 |
# | `"same"` | as many as it takes | ⌈N / S⌉, that is, N / S rounded **up** |
#
# So with a stride of 1 `"same"` keeps the size, whatever the kernel, and with a stride of 2 it halves the size and rounds
# up: 28 becomes 14, and 7 becomes 4.
#
# ## 8. Other kernels
#
# A kernel may have any size. This one has 2 by 2 weights, and an image of zeros and ones:

# %%
shape = np.array([[1, 0, 1, 0], [0, 1, 1, 0], [0, 0, 1, 1], [0, 0, 1, 0]])
diagonal = np.array([[1, 0], [0, 1]])

print(f"image =\n{shape}")
print(f"kernel =\n{diagonal}")
print(f"feature map =\n{convolve(shape, diagonal)}")

# %% [markdown]
# **Your prediction:** three windows gave 2, the largest number that is possible here. Find them in the image. What do they
# have in common?

# %% jupyter={"outputs_hidden": true}
feature_map = convolve(shape, diagonal)
for row in range(3):
    for column in range(3):
        if feature_map[row, column] == 2:
            print(f"row {row}, column {column}:\n{shape[row : row + 2, column : column + 2]}")

# %% [markdown]
# All three have a 1 at the top left and a 1 at the bottom right, where the kernel has its ones. **A kernel answers most to
# what has its pattern.** Keep this sentence, because every later chapter uses it. A window full of ones would get a 2 as
# well. To say what must *not* be there a kernel needs negative weights, as in step 5.
#
# The next image has 5 by 5 pixels, and here every row of the kernel is 2 0 1:

# %%
image_5x5 = np.array([[3, 0, 9, 1, 2], [5, 1, 2, 0, 7], [8, 2, 4, 1, 3], [2, 1, 5, 3, 6], [4, 1, 6, 2, 7]])
rows_alike = np.array([[2, 0, 1], [2, 0, 1], [2, 0, 1]])

print(convolve(image_5x5, rows_alike))

# %% [markdown]
# Check one of the nine. All rows of the kernel are alike, so you may add up the columns of the window first. In the window
# at the top left they are 3 + 5 + 8, 0 + 1 + 2 and 9 + 2 + 4, that is, 16, 3 and 15. So 2 · 16 + 0 · 3 + 1 · 15 = 47.
#
# One more image, with its first sum written out as in step 5. Here the filter also has a **bias**, one number that is added
# at every place of the map:

# %%
image_4x4 = np.array([[3, 1, 0, 7], [6, 4, 8, 2], [4, 5, 1, 1], [3, 2, 5, 8]])
plus = np.array([[0, 1, 0], [1, 1, 1], [0, 1, 0]])

grids.convolution_step(image_4x4, plus, step=0, bias=-18)

# %%
print(convolve(image_4x4, plus) - 18)

# %% [markdown]
# *In the figure the bias is the last number of the sum.* Networks often set negative results to 0 afterwards. This is
# called *ReLU* (렐루). This filter then ignores every place whose sum is below 18, and lets the others through.
#
# ## 9. Pooling: keep the strongest
#
# *Pooling* (풀링; other books write 모으기) makes a feature map smaller. In general, making a map smaller is called
# *downsampling* (다운샘플링) or *subsampling* (서브 샘플링). Pooling slides a window, too, but it has **no weights**: *max pooling*
# (최대 풀링, 맥스 풀링) keeps the largest number of each window, *average pooling* (평균 풀링) the mean. The window most often has 2 by
# 2 numbers and moves by 2, so the windows do not overlap.

# %%
print(f"feature map =\n{padded_map}")

# %% [markdown]
# In the function below, `keep` is itself a function, `np.max` or `np.mean`.
#
# **Your prediction:** what does max pooling leave of the 4x4 map?

# %% jupyter={"outputs_hidden": true}
def pool(feature_map, keep, size=2, stride=2):
    places = output_size(len(feature_map), size, stride=stride)
    pooled = np.zeros((places, places))
    for row in range(places):
        for column in range(places):
            top, left = row * stride, column * stride
            pooled[row, column] = keep(feature_map[top : top + size, left : left + size])
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
# The windows of a pooling may also overlap, if the stride is smaller than the window. We take an image of 5 by 5, a kernel
# whose pattern is a hook, and pool the map that comes out.

# %%
scene = np.array([[1, 0, 0, 1, 0], [1, 1, 1, 1, 1], [1, 1, 0, 0, 0], [1, 1, 0, 3, 1], [2, 1, 1, 0, 1]])
hook = np.array([[0, 1, 0], [0, 1, 0], [1, 1, 0]])
hook_map = convolve(scene, hook)

print(f"feature map =\n{hook_map}")

# %% [markdown]
# **Your prediction:** what does max pooling with windows of 2 by 2 leave with a stride of 2? And what with a stride of 1?
# (The formula of step 7 tells the sizes.)

# %% jupyter={"outputs_hidden": true}
print(f"stride 2:\n{pool(hook_map, np.max, stride=2)}")
print(f"stride 1, overlapping:\n{pool(hook_map, np.max, stride=1)}")

# %% [markdown]
# With a stride of 2 a single number is left, since the third row and column fill no window. With a stride of 1 there are
# four. A number may now win more than once: the 4 in row 1, at the right of the map, is the largest number of both windows
# at the right. Some books write "stride 2" beside a picture in which the windows overlap. When you are in doubt, count the
# places.
#
# Convolution, ReLU, pooling: in this order the three form the *block* (블록) of which most networks for images are built. The
# convolution looks for a pattern at full size, ReLU drops the negative answers, pooling makes the map smaller. Here is the
# block with the last image and the last filter of step 8, and with a padding of 1.
#
# **Your prediction:** the feature map has sixteen numbers, some of them negative. How many numbers are left after ReLU and
# pooling, and can one of them be negative?

# %% jupyter={"outputs_hidden": true}
answers = convolve(np.pad(image_4x4, 1), plus) - 18
positive = np.maximum(answers, 0)

print(f"convolution:\n{answers}")
print(f"ReLU:\n{positive}")
print(f"pooling:\n{pool(positive, np.max)}")

# %% [markdown]
# Four numbers are left, one for each window of the pooling, and none of them can be negative, because ReLU came first.
#
# ## 10. Several filters, several maps
#
# One filter finds one kind of feature. A layer has many filters, and each makes a feature map of its own. The maps are
# stacked one behind the other, and their number is the *depth* (깊이) of the output. Each map of the stack is called a
# *channel* (채널).
#
# **Your prediction:** the 4x4 image, padding 1, two filters of 3 by 3. What is the shape of the output? And after max
# pooling with windows of 2 by 2?

# %% jupyter={"outputs_hidden": true}
np.random.seed(1)
image = np.random.randint(5, size=(4, 4))
kernels = np.random.randint(5, size=(3, 3, 2))  # the last axis counts the kernels

padded = np.pad(image, 1)
maps = np.stack([convolve(padded, kernels[:, :, 0]), convolve(padded, kernels[:, :, 1])], axis=2)

for number in range(2):
    print(f"kernel {number} =\n{kernels[:, :, number]}\nmap {number} =\n{maps[:, :, number]}")
print("shape of the output:", maps.shape)

# %% jupyter={"outputs_hidden": true}
pooled = np.stack([pool(maps[:, :, 0], np.max), pool(maps[:, :, 1], np.max)], axis=2)

print(f"map 0, pooled =\n{pooled[:, :, 0]}")
print(f"map 1, pooled =\n{pooled[:, :, 1]}")
print("shape:", pooled.shape)

# %% [markdown]
# [`np.stack`](https://numpy.org/doc/stable/reference/generated/numpy.stack.html) with `axis=2` puts the maps one behind the
# other, along a third axis. Pooling halved height and width, but the depth is still 2, because pooling works on each map
# alone.
#
# ## 11. Images with depth
#
# A colour image (컬러 이미지) has depth 3: a table for red, one for green, one for blue. And the output of the layer above has
# depth 2. What does a convolution do with an input that has depth?
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
# **Your prediction:** the image is 3 by 3 and 2 deep. How many weights does the kernel have? How many numbers come out?

# %% jupyter={"outputs_hidden": true}
products = image * kernel
print(f"products at depth 0 =\n{products[:, :, 0]}")
print(f"products at depth 1 =\n{products[:, :, 1]}")
print("sum at depth 0:", np.sum(products[:, :, 0]), " sum at depth 1:", np.sum(products[:, :, 1]))
print("convolution =", np.sum(products))

# %% [markdown]
# There are 18 weights, and **one** number: the two sums are added. The depth is gone, because the window slides over height
# and width only, never along the depth. In the formula of step 3 a third Σ joins the other two. It runs over the depth.
#
# So a deep image and one filter give one flat map. Our function `convolve` can do it as it is, because `window * kernel`
# multiplies tables of any depth. Only `np.pad` must be told to leave the depth alone; it takes a pair of numbers for each
# axis, how many zeros before and how many behind.

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
# **Your prediction:** the input is 4x4x2, the padding 1, and there are two filters of 3 by 3. What is the shape of the
# output, and how many weights are there in all?

# %% jupyter={"outputs_hidden": true}
np.random.seed(1)
image = np.random.randint(5, size=(4, 4, 2))
kernels = np.random.randint(5, size=(3, 3, 2, 2))

padded = np.pad(image, ((1, 1), (1, 1), (0, 0)))
maps = np.stack([convolve(padded, kernels[:, :, :, 0]), convolve(padded, kernels[:, :, :, 1])], axis=2)

print("kernels:", kernels.shape, "weights:", kernels.size, "output:", maps.shape)
print(f"map 0 =\n{maps[:, :, 0]}")
print(f"map 1 =\n{maps[:, :, 1]}")

# %% jupyter={"outputs_hidden": true}
panels = []
for number in range(2):
    panels.append(("input, depth 0", image[:, :, 0]))
    panels.append(("input, depth 1", image[:, :, 1]))
    panels.append((f"filter {number}, depth 0", kernels[:, :, 0, number]))
    panels.append((f"filter {number}, depth 1", kernels[:, :, 1, number]))
    panels.append((f"map {number}", maps[:, :, number]))

grids.numbers(panels, columns=5, caption="A deep input and two filters: each row is one filter")

# %% [markdown]
# *Read it row by row. Both depths of the input, times both depths of filter 0, give map 0. The same input, times both
# depths of filter 1, gives map 1.* A common mistake is to think that filter 0 belongs to depth 0 and filter 1 to depth 1.
# But every filter sees the whole depth.
#
# And with three colours:

# %%
np.random.seed(1)
image = np.random.randint(5, size=(4, 4, 3))
kernels = np.random.randint(5, size=(3, 3, 3, 2))

padded = np.pad(image, ((1, 1), (1, 1), (0, 0)))
maps = np.stack([convolve(padded, kernels[:, :, :, 0]), convolve(padded, kernels[:, :, :, 1])], axis=2)

print("kernels:", kernels.shape, "output:", maps.shape)
print(f"map 0 =\n{maps[:, :, 0]}")
print(f"map 1 =\n{maps[:, :, 1]}")

# %% [markdown]
# The output has the same shape as before, though the input has become deeper. **The input's depth sets the filter's depth.
# The number of filters sets the output's depth.**
#
# ## 12. Without loops (optional)
#
# This step is for those who want to know how `conv2d` works so fast. It needs more NumPy than the rest of the course. You
# may go on with step 13; nothing later uses what is defined here.
#
# Python loops are slow, but NumPy can take all windows at once. The function
# [`sliding_window_view`](https://numpy.org/doc/stable/reference/generated/numpy.lib.stride_tricks.sliding_window_view.html)
# shows the image as a table of windows, without copying a pixel.
#
# **Your prediction:** a padded image of 6 by 6 and windows of 3 by 3. How many windows are there, and which shape does the
# array of all windows have?

# %% jupyter={"outputs_hidden": true}
from numpy.lib.stride_tricks import sliding_window_view

np.random.seed(1)
small = np.random.randint(5, size=(4, 4))
small_kernel = np.random.randint(5, size=(3, 3))

windows = sliding_window_view(np.pad(small, 1), (3, 3))
print("shape:", windows.shape)
print(f"the window at row 1, column 1:\n{windows[1, 1]}")

# %% [markdown]
# There are 4 by 4 windows. The first two axes say where the window is, the last two are the window itself. Now multiply the
# last two axes by the kernel and add. [`np.einsum`](https://numpy.org/doc/stable/reference/generated/numpy.einsum.html)
# does both. Its text gives each axis a letter: `rcij` are row, column and the two axes of the window, `ij` are those of the
# kernel. A letter that is missing after the arrow is summed over, so `i` and `j` are the two Σ of step 3.

# %%
print(np.einsum("rcij,ij->rc", windows, small_kernel))
print("the same as the loops:", np.array_equal(np.einsum("rcij,ij->rc", windows, small_kernel), padded_map))

# %% [markdown]
# With depth and several filters it is the same thought with two more letters, `d` for the depth and `f` for the filters.
# The windows of a deep image have five axes, because NumPy puts the two axes of the window last: row, column, depth, `i`,
# `j`.

# %%
np.random.seed(1)
deep = np.random.randint(5, size=(6, 6, 2))
deep_kernels = np.random.randint(5, size=(3, 3, 2, 5))

windows = sliding_window_view(deep, (3, 3), axis=(0, 1))
with_einsum = np.einsum("rcdij,ijdf->rcf", windows, deep_kernels)
with_loops = np.stack([convolve(deep, deep_kernels[:, :, :, number]) for number in range(5)], axis=2)

print("windows:", windows.shape, "output:", with_einsum.shape)
print("the same as the loops:", np.array_equal(with_loops, with_einsum))

# %% [markdown]
# The course's own `conv2d` does this, plus padding, stride and bias, and it says what is wrong when shapes do not fit. It is in
# `helpers/convolution.py`, where `np.tensordot` takes the place of `einsum`, because it is faster. `conv2d` accepts `"same"`, as Keras does, or a
# number of zeros such as `padding=1`. With a stride of 1 and a 3x3 kernel the two are the same.
#
# Are they the same with a stride of 2, too? For our image of 4 by 4 both give an output of 2 by 2, as the formulas of step
# 7 say. But `"same"` adds only as many zeros as it takes.
#
# **Your prediction:** how many rows do two windows of height 3 cover if the second one starts 2 below the first? So how many rows of zeros does an
# image of 4 rows need? Then guess: at which end does Keras put them?

# %% jupyter={"outputs_hidden": true}
print(f"stride 2, same:\n{conv2d(small, small_kernel, strides=2, padding='same')}")
print(f"stride 2, padding 1:\n{conv2d(small, small_kernel, strides=2, padding=1)}")
print("step 7, with one row of zeros on each side:", strided_map.tolist())
print("one row and column, at the end:", convolve(np.pad(small, ((0, 1), (0, 1))), small_kernel)[::2, ::2].tolist())

# %% [markdown]
# They cover five rows, so **one** row of zeros is enough, and one row cannot be shared between two sides. Keras puts it at
# the bottom, and the column on the right, as the last line shows. PyTorch, another library, has no `"same"` with a stride;
# there one writes `padding=1`, and the zeros come on both sides. The weights are the same, but the numbers differ. Remember
# it on the day you carry a network from one library to the other.
#
# > **What can go wrong: the order of the axes.** Somebody stacks three kernels for a grey image in an array of shape (3, 3,
# > 3). To the loops of `convolve` this is one kernel of depth 3. NumPy repeats the flat window three times, and the result
# > is wrong without any error. `conv2d` looks at the shapes first:

# %%
three_kernels = np.ones((3, 3, 3), int)
print(f"loops, no error, wrong:\n{convolve(small, three_kernels)}")
try:
    conv2d(small, three_kernels)
except ValueError as error:
    print("conv2d:", error)

# %% [markdown]
# Three filters for an image of depth 1 have the shape (3, 3, **1**, 3).
#
# ## 13. Keras says the same
#
# Now Keras. The set-up fixes the random numbers, picks 32-bit numbers, and says what you run on.

# %% tags=["nbval-ignore-output"]
from helpers.environment import setup

environment = setup(seed=42, precision="float32")

# %% [markdown]
# We begin with the row of step 1. The layer for it is called
# [`Conv1D`](https://keras.io/api/layers/convolution_layers/convolution1d/), because its kernel slides along one axis. A
# Keras layer starts with random weights, so we give it ours, with `set_weights`. Three things must have the right shape:
#
# - the input: Keras always works on a *batch* (배치), a stack of inputs, even if there is only one. So a row of 10 numbers is
#   an array of shape (1, 10, 1): one input, ten places, depth 1.
# - the weights: kernel size 3, depth 1, one filter, so (3, 1, 1).
# - the biases: one filter, so (1,).

# %%
import keras

row_of_ten = np.array([0, 0, 0, 5, 5, 5, 5, 2, 2, 2], "float32").reshape(1, 10, 1)

layer = keras.layers.Conv1D(filters=1, kernel_size=3)
layer.build(row_of_ten.shape)
layer.set_weights([np.array([-1, 0, 1]).reshape(3, 1, 1), np.zeros(1)])
from_keras = keras.ops.convert_to_numpy(layer(row_of_ten))

print("shape:", from_keras.shape)
print("Keras:", from_keras.flatten().astype(int))
print("ours: ", np.array(outputs))

# %% [markdown]
# The same eight numbers. `build` makes the weights; `convert_to_numpy` makes a NumPy array of what Keras puts out. Now
# [`Conv2D`](https://keras.io/api/layers/convolution_layers/convolution2d/), whose kernel slides along two axes. A function
# does the same as the cell above for any image (height, width, depth) and any kernels (height, width, depth, filters).
# `image[np.newaxis]` puts the axis of the batch in front.

# %%
def in_keras(image, kernels, bias, strides, padding):
    height, width, depth, filters = kernels.shape
    batch = image[np.newaxis].astype("float32")
    layer = keras.layers.Conv2D(filters, (height, width), strides=strides, padding=padding)
    layer.build(batch.shape)
    layer.set_weights([kernels, bias])
    return keras.ops.convert_to_numpy(layer(batch))[0]


np.random.seed(1)
image = np.random.randint(5, size=(4, 4)).reshape(4, 4, 1)
kernel = np.random.randint(5, size=(3, 3)).reshape(3, 3, 1, 1)
print(in_keras(image, kernel, np.zeros(1), strides=1, padding="same")[:, :, 0])

# %% [markdown]
# These are the sixteen numbers of step 4. They have a decimal point, because Keras computes with floats. Is this true for other cases, too? The
# biases are 0, 1, 2, … here, so that we see whether they are added.

# %%
colours = np.random.randint(5, size=(4, 4, 3))
five_filters = np.random.randint(5, size=(3, 3, 3, 5))
cases = {
    "3x3, valid": (image, kernel, 1, "valid"),
    "3x3, same": (image, kernel, 1, "same"),
    "3x3, stride 2, same": (image, kernel, 2, "same"),
    "2x2 kernel, same": (shape.reshape(4, 4, 1), diagonal.reshape(2, 2, 1, 1), 1, "same"),
    "depth 3, five filters": (colours, five_filters, 1, "same"),
}
agree = {"Conv1D": np.array_equal(from_keras.flatten(), outputs)}
for name, (case_image, case_kernels, strides, padding) in cases.items():
    bias = np.arange(case_kernels.shape[3])
    ours = conv2d(case_image, case_kernels, bias, strides, padding)
    agree[name] = np.array_equal(ours, in_keras(case_image, case_kernels, bias, strides, padding))
    print(f"{name:24} output {ours.shape}, equal: {agree[name]}")

# %% [markdown]
# All are equal. And the pooling layers [`MaxPooling2D`](https://keras.io/api/layers/pooling_layers/max_pooling2d/) and
# [`AveragePooling2D`](https://keras.io/api/layers/pooling_layers/average_pooling2d/)?

# %%
batch = padded_map.reshape(1, 4, 4, 1).astype("float32")
for name, layer, ours in [
    ("max pooling", keras.layers.MaxPooling2D(2), pool(padded_map, np.max)),
    ("average pooling", keras.layers.AveragePooling2D(2), pool(padded_map, np.mean)),
]:
    theirs = keras.ops.convert_to_numpy(layer(batch))[0, :, :, 0]
    agree[name] = np.array_equal(ours, theirs)
    print(f"{name}:\n{theirs}\nequal: {agree[name]}")

# %% [markdown]
# ## 14. Count the parameters: dense against convolution
#
# *Parameters* (매개변수, 파라미터) are the numbers that training changes: weights and biases. In step 1 ten inputs became eight
# outputs. There are three ways to connect them:
#
# - **dense**: each output has a weight for each input;
# - **locally connected**: each output has weights for its window only (*partial connectivity*, 부분 연결성; other books write 국소
#   연결);
# - **convolution**: in addition, all outputs **share** the same weights (*weight sharing*, 가중치 공유).
#
# All three can be written as a table of weights, with a row for each output and a column for each input. Where there is no
# connection, the weight is 0.

# %%
rng = np.random.default_rng(195)  # the weights are made up
three_weights = [-1, 0.4, 0.8]

dense_weights = rng.uniform(-1.4, 1.4, size=(8, 10))
local_weights = np.zeros((8, 10))
shared_weights = np.zeros((8, 10))
for row in range(8):
    local_weights[row, row : row + 3] = dense_weights[row, row : row + 3]
    shared_weights[row, row : row + 3] = three_weights

# %% [markdown]
# **Your prediction:** how many parameters has each of the three, with biases? In the first two each output has a bias of
# its own; the convolution has one filter, so one bias for all outputs.

# %% jupyter={"outputs_hidden": true}
biases = 8
dense = np.count_nonzero(dense_weights) + biases
local = np.count_nonzero(local_weights) + biases
shared = len(three_weights) + 1
print("dense:", dense, " locally connected:", local, " convolution:", shared)

# %% jupyter={"outputs_hidden": true}
figure, axes = plt.subplots(1, 3, figsize=(11, 3), sharey=True, layout="constrained")
tables = [dense_weights, local_weights, shared_weights]
titles = [f"dense: {dense} parameters", f"locally connected: {local}", f"convolution: {shared}"]
for axis, weights, title in zip(axes, tables, titles, strict=True):
    drawn = axis.imshow(weights, cmap=plots.DIVERGING, vmin=-1.4, vmax=1.4)
    axis.set(title=title, xlabel="input", xticks=range(10), yticks=range(8))
axes[0].set_ylabel("output")
figure.colorbar(drawn, ax=axes, label="weight")
plt.show()

# %% [markdown]
# The dense layer has 10 · 8 + 8 parameters, the locally connected one 3 · 8 + 8, the convolution 3 + 1. *In the figure
# white is "no connection"; biases are not drawn.* In the middle only a band is left. On the right the colour is the same
# along each diagonal, because it **is** the same weight. The strength of the convolution comes from these two: few
# connections, and shared weights.
#
# How large is the difference for a real image? Suppose that a layer takes a handwritten digit, 28x28x1, and puts out
# 28x28x32.
#
# **Your prediction:** how many parameters does it have as a convolution with 32 filters of 3 by 3? How many as a dense
# layer, with one input for each pixel and one output for each of the 28 · 28 · 32 numbers?

# %% jupyter={"outputs_hidden": true}
convolution = keras.layers.Conv2D(32, 3, padding="same")
convolution.build((None, 28, 28, 1))  # None: a batch of any size
fully_connected = keras.layers.Dense(28 * 28 * 32)
fully_connected.build((None, 28 * 28 * 1))

print(f"convolution: {3 * 3 * 1} weights x 32 filters + 32 biases = {convolution.count_params():,}")
print(f"dense: {28 * 28} weights x {28 * 28 * 32:,} outputs + biases = {fully_connected.count_params():,}")
print(f"the dense layer has {fully_connected.count_params() / convolution.count_params():,.0f} times as many")

# %% [markdown]
# The size of the image does not appear in the first line. So a convolution layer has as many parameters for a stamp as for
# a poster:
#
# $$\text{parameters} = (\text{kernel height} \cdot \text{kernel width} \cdot \text{depth of the input} + 1) \cdot \text{filters}$$
#
# The `+ 1` is the bias, one for each filter. Pooling has no parameters at all.
#
# ## 15. What happens when the image moves?
#
# Shared weights have a second effect. Here is a small corner of ones, and a kernel that looks for such corners. Then the
# corner is moved down by 3 and to the right by 2.
# ([`np.roll`](https://numpy.org/doc/stable/reference/generated/numpy.roll.html) does that; what falls out at one side comes
# in at the other, but there are only zeros here.)

# %%
corner = np.zeros((8, 8), int)
corner[1, 1:4] = 1
corner[1:4, 1] = 1
moved = np.roll(corner, (3, 2), axis=(0, 1))  # down by 3, right by 2
finder = np.array([[1, 1, 1], [1, -1, -1], [1, -1, -1]])

grids.numbers({"image": corner, "kernel": finder, "map": conv2d(corner, finder), "moved image": moved})

# %% [markdown]
# *Find the 5 in the map: there kernel and image agree.* It stands in row 1, column 1.
#
# **Your prediction:** the same kernel slides over the moved image. Where will the largest number be, and how large will it
# be? A dense layer that has learned the corner at the first place only: what would it say?

# %% jupyter={"outputs_hidden": true}
maps = {"image": conv2d(corner, finder), "moved image": conv2d(moved, finder)}
for name, feature_map in maps.items():
    row, column = np.argwhere(feature_map == feature_map.max())[0]  # the place of the largest number
    print(f"{name}: largest number {feature_map.max()} at row {row}, column {column}")

grids.numbers({f"map of the {name}": feature_map for name, feature_map in maps.items()})

# %% [markdown]
# The 5 has moved down by 3 and to the right by 2, as the image
# has<!-- claim: [b - a for a, b in zip(row("image:"), row("moved image:"))] == [0, 3, 2] -->. In short: **if the image
# moves, the map moves with it.** This is called *translation equivariance* (평행이동 등변성). A dense layer has other weights at
# the other place, so it would have to learn the corner anew for each place where it can be.
#
# Many books write *translation invariance* (평행이동 불변성) here. The two words do not mean the same: *equivariant* means that
# the output moves along; *invariant* means that the output does not change at all.
#
# **Your prediction:** take only the largest number of each of the two maps, as if you pooled with a window as large as the
# map. Is this number equivariant or invariant?

# %% jupyter={"outputs_hidden": true}
print("largest number of the map:", maps["image"].max(), " of the moved map:", maps["moved image"].max())

# %% [markdown]
# It does not change<!-- claim: row("largest number of the map:")[0] == row("largest number of the map:")[1] -->, so it is invariant: it says *that*
# there is a corner, but not where. Convolution layers are equivariant, and each pooling makes a network a little more invariant, as we see now. How
# does a pooling with windows of 2 by 2 and a stride of 2 behave?
#
# **Your prediction:** we move the corner to the right by 1, then by 2. In which of the two cases is the pooled map the old
# pooled map, moved by one?

# %% jupyter={"outputs_hidden": true}
pooled = max_pool2d(conv2d(corner, finder))
print(f"pooled map of the image:\n{pooled}")
for distance in (1, 2):
    shifted = max_pool2d(conv2d(np.roll(corner, distance, axis=1), finder))
    print(f"moved right by {distance}, pooled map:\n{shifted}")
    print("the old one, moved by one column:", np.array_equal(shifted[:, 1:], pooled[:, :-1]))

# %% [markdown]
# If the corner moves by 2, which is the stride of the pooling, the old map has moved by one column. If it moves by 1, the 5 moves on by one column,
# but other numbers change, so it is not the old map moved. Now compare the two new maps with each other: the 5 is at the same place, whether the
# corner moved by 1 or by 2. Both moves end in the same window of the pooling. So pooling makes a network care less about where exactly something
# is. It is a small step from equivariance towards invariance.
#
# ## 16. How much of the image does one number see?
#
# A number in the first feature map sees 3 by 3 pixels. One in the second map sees 3 by 3 numbers of the first, and each of
# these sees 3 by 3 pixels. The part of the image that a number depends on is its *receptive field* (수용장, 수용 영역). Take care
# when you read: some books use 수용장 for the window under the kernel of a single layer.
#
# Let us ask the layers themselves. The first function sends an image through some layers. The kernels are full of ones, so
# that no pixel is lost.

# %%
layers = [("conv 3x3", 3, 1), ("conv 3x3", 3, 1), ("pool 2x2", 2, 2), ("conv 3x3", 3, 1), ("conv 3x3", 3, 1)]


def last_map(image, layers):
    for name, size, stride in layers:
        if name == "conv 3x3":
            image = conv2d(image, np.ones((size, size)))
        if name == "pool 2x2":
            image = max_pool2d(image, size, stride)
    return image

# %% [markdown]
# The second function takes an empty image, sets one pixel to 1, and notes whether the number at the top left of the last
# map is still 0. It does so for each pixel in turn.

# %%
def pixels_seen(layers, size=20):
    seen = np.zeros((size, size))
    for row in range(size):
        for column in range(size):
            image = np.zeros((size, size))
            image[row, column] = 1
            if last_map(image, layers)[0, 0] != 0:
                seen[row, column] = 1
    return seen

# %% [markdown]
# **Your prediction:** after two convolutions of 3x3, how many pixels wide is the receptive field: 3, 5, 6 or 9? Draw it in
# one dimension, with circles and lines as in step 1. And does a convolution behind a pooling add more, less or as many
# pixels as one before it?

# %% jupyter={"outputs_hidden": true}
figure, axes = plt.subplots(1, 5, figsize=(12, 2.8), layout="constrained")
measured = []
for count in range(1, 6):
    seen = pixels_seen(layers[:count])
    measured.append(int(seen[0].sum()))
    axes[count - 1].imshow(seen, cmap="Blues", vmin=0, vmax=1.4)
    title = f"{layers[count - 1][0]}: {measured[-1]} wide"
    axes[count - 1].set(title=title, xticks=[0, 5, 10, 15], yticks=[0, 5, 10, 15])
figure.suptitle("Pixels that the first number of each map depends on, layer after layer", fontsize=11)
plt.show()

print("width after each layer:", measured)

# %% [markdown]
# *Each panel shows the whole image of 20 by 20 pixels; blue is what the top left number of that layer's map depends on.*
# After two convolutions the field is 5 wide<!-- claim: row("width after each layer:")[1] == 5 -->, not 6 or 9, because
# neighbouring windows overlap. Before the pooling a convolution adds 2 pixels, behind it
# 4<!-- claim: row("width after each layer:") == [3, 5, 6, 10, 14] -->.
#
# This can be computed without drawing. A layer with a kernel of $K$ reaches $K - 1$ places further *on the map below it*. How many pixels is one
# such place? At first one. Behind a layer with stride 2, neighbours on the map lie 2 pixels apart, so a place is worth 2 pixels; with several
# strides they are multiplied. So behind the pooling a 3x3 convolution adds (3 − 1) · 2 = 4 pixels: 6 + 4 = 10.

# %%
field, apart = 1, 1
computed = []
for _, size, stride in layers:
    field = field + (size - 1) * apart
    apart = apart * stride
    computed.append(field)

print("computed:", computed)
print("measured:", measured)

# %% [markdown]
# A layer that must recognise a whole face needs a field as large as a face. This is one reason why networks are deep, and why they pool. It also
# tells in which order a network sees. The first layers see few pixels, so they can find edges, as the kernel of the cat did. The next ones put
# edges together into parts such as an ear or an eye, and the last ones put parts together into an animal. This is called a *hierarchy of features*
# (특징의 계층). Books like to compare it with the brain, where cells that answer to edges come first, too. Take the comparison loosely: a brain learns
# in other ways and does much more.
#
# ## 17. Three predictions, worked through
# Now everything together, in one layer. A colour image of 32 by 32 pixels goes into
#
# `Conv2D(filters=16, kernel_size=5, strides=2, padding="valid")`
#
# Write down three things before you open an answer: the **height and width** of the output, its **depth**, and the **number
# of parameters** of the layer.
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
# There are as many maps as filters: **16**. The output has the shape (14, 14, 16).
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
arrow = np.array([
    [0, 0, 0, 0, 0, 0, 0],
    [0, 0, 0, 0, 1, 0, 0],
    [0, 0, 0, 0, 0, 1, 0],
    [1, 1, 1, 1, 1, 1, 1],
    [0, 0, 0, 0, 0, 1, 0],
    [0, 0, 0, 0, 1, 0, 0],
    [0, 0, 0, 0, 0, 0, 0],
])  # fmt: skip

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
    return grids.numbers({"image": np.pad(arrow, padding), "kernel": weights, "map": result})


show("-1 -1 -1 / 2 2 2 / -1 -1 -1", stride=1, padding=0)

# %% [markdown]
# The next cell calls the same function from sliders, so it needs a running notebook; nothing that follows needs the
# sliders. Type a kernel into the first field and press Enter; rows are separated by `/`. Try `-1 2 -1 / -1 2 -1 / -1 2 -1`,
# `1 1 / 1 1` and `-1 0 1`.

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
# - A kernel that answers most to the place where the shaft of the arrow meets the head.
# - Stride 2 with the kernel from above, which answers to horizontal lines, first with padding 0, then with padding 1. In which row of the arrow is the middle
#   of the window, and does it ever meet the shaft in row 3?
#
# <details><summary>Answers</summary>
#
# - It moves the arrow. With the 1 on the right, each output is the pixel to its right, so the arrow moves to the left.
# - Where shaft and head meet, the arrow looks like a plus: `-1 1 -1 / 1 1 1 / -1 1 -1` gives 5 there, and less everywhere
#   else.
# - With padding 0 the middle is in rows 1, 3 and 5, so it meets the shaft. With padding 1 it is in rows 0, 2, 4 and 6: the shaft is never in the
#   middle, and nothing in the map is above 0. The two middle rows are negative, because the shaft lies beside the middle there. The −1 in the first
#   and in the last row come from the tips of the head.
#
# </details>
#
# ## What can go wrong
#
# - **A map is one smaller than you thought.** You counted moves instead of places. The formula ends in `+ 1`.
# - **An error about the depth.** The third axis of the kernels must be the depth of the input. A grey image has depth 1,
#   and Keras wants to see that axis: (28, 28, **1**).
# - **One axis too few.** Keras layers take batches: (1, 28, 28, 1) for one image.
# - **Whole numbers that overflow.** Pixels are often `uint8`: 200 + 100 gives 44 there. Chapter 02 shows what this looks
#   like.
# - **`"same"` and stride 2.** Keras pads at the bottom and on the right. Other libraries do it differently; step 12 shows
#   it.

# %% tags=["reached"]
print(f"Keras computes the same as by hand in {sum(agree.values())} of {len(agree)} cases")

# %% [markdown]
# ## What you learned
#
# 1. A convolution multiplies the window by the kernel, place by place, adds everything and the bias, and slides on. Max
#    pooling slides, too, but it keeps the largest number and has no weights.
# 2. The output size is ⌊(N + 2P − K) / S⌋ + 1. Padding keeps the size and lets the pixels at the border take part more
#    often; a stride makes the map smaller.
# 3. The filter is as deep as the input. The output is as deep as there are filters.
# 4. Few connections and shared weights: a layer has (kernel height · kernel width · depth + 1) · filters parameters,
#    whatever the size of the image, and what moves in the image moves in the map.
# 5. Each layer widens the receptive field, and behind a pooling it widens faster. So edges come first, then parts, then
#    whole things.
#
# The functions you met:
#
# | function | what it does |
# | --- | --- |
# | [`np.sum(window * kernel)`](https://numpy.org/doc/stable/reference/generated/numpy.sum.html) | multiplies place by place and adds |
# | [`np.pad(image, 1)`](https://numpy.org/doc/stable/reference/generated/numpy.pad.html) | puts zeros around an array; `mode="edge"` copies the edges |
# | [`np.stack(maps, axis=2)`](https://numpy.org/doc/stable/reference/generated/numpy.stack.html) | puts maps one behind the other |
# | [`np.maximum(map, 0)`](https://numpy.org/doc/stable/reference/generated/numpy.maximum.html) | ReLU: negative numbers become 0 |
# | `conv2d`, `max_pool2d`, `average_pool2d` of `helpers.convolution` | what you wrote as `convolve` and `pool`, faster |
# | [`Conv1D`](https://keras.io/api/layers/convolution_layers/convolution1d/), [`Conv2D`](https://keras.io/api/layers/convolution_layers/convolution2d/) | `filters` and `kernel_size`; `strides=1`, `padding="valid"` unless you say otherwise |
# | [`MaxPooling2D`](https://keras.io/api/layers/pooling_layers/max_pooling2d/), [`AveragePooling2D`](https://keras.io/api/layers/pooling_layers/average_pooling2d/) | `pool_size=2`; `strides` is the same as `pool_size` unless you say otherwise |
# | [`Dense`](https://keras.io/api/layers/core_layers/dense/) | every output sees every input |
# | [`layer.build`, `set_weights`, `count_params`](https://keras.io/api/layers/base_layer/) | makes the weights, sets them, counts them |
#
# **An open question.** Explain in three sentences, to a friend who knows nothing of neural networks: why does a convolution
# layer need so many fewer parameters than a dense layer, and what does it assume about images? There is more than one good
# answer.
#
# **Exercises:** [8 exercises](exercises/01_convolution_exercises.ipynb) on this chapter; each checks your answer.
#
# **Next:** [02 · Filters and edges](02_filters_and_edges.ipynb) shows which kernels do what to a photograph, and how a computer can find a kernel by itself.
