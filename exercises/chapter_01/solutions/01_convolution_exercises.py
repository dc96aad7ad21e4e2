# ---
# jupyter:
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
# ---

# %% [markdown]
# # Exercises 01 · Convolution by hand
#
# After these exercises you know that you can do what [chapter 01](../01_convolution_by_hand.ipynb) shows: tell shapes, compute by
# hand, and write a convolution layer yourself.
#
# - **Time**: about an hour. Nothing is trained; every cell answers at once.
# - **How to work**: write your answer where the three dots are, or below `# Your code here`. Run the cell, then the one
#   with `check`: it says *right*, *not right yet* (and what may have gone wrong) or *not tried yet*. Try as often as you
#   like.
# - **Stuck?** Open a new cell: `check.ex1.hint()`. The first call gives a nudge, the second asks for a value on the way,
#   the third gives a method. If nothing else helps: `check.ex1.solution()`.

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
import numpy as np

from exercises import chapter_01 as check
from exercises.exercise import progress
from exercises.quiz import quiz

# %% [markdown]
# ## Warm-up: three questions
#
# No points, and no harm in a wrong click: every choice explains itself. Decide before you click.

# %% [markdown] tags=["quiz"]
# 1. Convolution, ReLU and pooling form a block of a network. Which sentence about it is true?
#    - [ ] The image is pooled first, and then goes through the convolution.
#      > It is the other way round: the convolution looks for patterns at full size, then pooling makes its maps smaller.
#    - [ ] All filters of the convolution have the same weights.
#      > Each filter has weights and a bias of its own. What is shared is shared between the places of the image.
#    - [ ] The convolution puts out as many maps as its input is deep.
#      > The depth of the input sets the depth of each filter. The number of maps is the number of filters.
#    - [x] The convolution puts out one map for each filter, and pooling works on each map alone.
#      > So pooling makes height and width smaller, and leaves the depth as it is.
# 2. What does padding="same" do in Conv2D, with a stride of 1?
#    - [ ] It adds zeros until the size is a multiple of the kernel's.
#      > The kernel moves by the stride, not by its own size, so multiples of the kernel play no part.
#    - [x] It adds zeros so that the output is as high and as wide as the input.
#      > For a kernel of 3 by 3 that takes one row or column of zeros on each side.
#    - [ ] It adds no zeros; the kernel stays inside the image.
#      > That is "valid", and then the output is smaller than the input.
#    - [ ] It makes the output as deep as the input.
#      > Padding concerns height and width only. The depth of the output is the number of filters.
# 3. Sound is a row of numbers, not an image. Can a convolution layer work on it?
#    - [ ] No, a convolution needs two dimensions.
#      > Chapter 01 began with one dimension: ten inputs, three weights, eight outputs.
#    - [ ] Only if the row is folded into a square image first.
#      > Then numbers that lie far apart in time would become neighbours. The kernel would find patterns that are not there.
#    - [x] Yes: Conv1D slides along one axis.
#      > The kernel is a short row of weights. There is Conv3D, too, for films or body scans.
#    - [ ] Yes, but it must have as many weights as the row has numbers.
#      > That would be a dense layer. A convolution has few weights and uses them at every place.

# %% tags=["nbval-ignore-output"]
quiz("01")

# %% [markdown]
# ## 1. Which image went in? (1 point)
#
# A colour image goes through two layers. The first is a convolution with 6 filters of 3x3, stride 1 and `padding="same"`.
# The second is max pooling (최대 풀링) with windows of 2x2. An array of shape (5, 5, 6) comes out. Height and width of the
# image are even. What shape did the image have? Write it as a tuple (height, width, depth).

# %% tags=["answer"]
picture_shape = ...
### BEGIN SOLUTION
picture_shape = (10, 10, 3)
### END SOLUTION

# %% tags=["check"]
check.ex1(picture_shape)

# %% [markdown]
# ## 2. How many parameters? (1 point)
#
# A convolution layer has 16 filters (필터) of 5x5. It receives colour images of 32 by 32 pixels. How many parameters does the
# layer have, biases included?

# %% tags=["answer"]
parameters = ...
### BEGIN SOLUTION
parameters = (5 * 5 * 3 + 1) * 16
### END SOLUTION

# %% tags=["check"]
check.ex2(parameters)

# %% [markdown]
# ## 3. A convolution on paper (1 point)
#
# The image has 5 by 5 pixels, the kernel (커널) 3 by 3 weights. The stride is 1, the bias 0, and there is no padding. Compute
# the feature map (특성 맵) with pencil and paper, and write it as a list of rows: `[[..., ...], [..., ...]]`.

# %%
print("image", check.PICTURE, "kernel", check.KERNEL, sep="\n")

# %% tags=["answer"]
feature_map = ...
### BEGIN SOLUTION
feature_map = [[4, 4, -1], [-1, 5, 2], [5, 0, 6]]
### END SOLUTION

# %% tags=["check"]
check.ex3(feature_map)

# %% [markdown]
# ## 4. Max pooling of two maps (1 point)
#
# Two feature maps of 4 by 4 are stacked one behind the other, in an array of shape (4, 4, 2). Compute with pencil and paper
# what max pooling with windows of 2x2 leaves; the windows do not overlap. Write the result as an array. To stack two maps,
# write `np.stack([first, second], axis=-1)`; −1 means the last axis.

# %%
print("first map", check.MAPS[:, :, 0], "second map", check.MAPS[:, :, 1], sep="\n")

# %% tags=["answer"]
pooled = ...
### BEGIN SOLUTION
first = [[7, 5], [8, 6]]
second = [[6, 8], [5, 0]]
pooled = np.stack([first, second], axis=-1)
### END SOLUTION

# %% tags=["check"]
check.ex4(pooled)

# %% [markdown]
# ## 5. The size formula, backwards (1 point)
#
# The size formula tells from the size of an image how many outputs there are, that is, at how many places the kernel can be
# laid. Now go the other way: the number of places is given. Write the function that tells the smallest size of an image,
# along one axis, on which the kernel can be laid at so many places.
#
# All four arguments are whole numbers, and so is the result, which is at least 1; `padding` is added on both sides. Three
# examples:
#
# | places | kernel | padding | stride | smallest size |
# | --- | --- | --- | --- | --- |
# | 1 | 5 | 0 | 1 | 5, because the kernel must fit in once |
# | 3 | 2 | 0 | 2 | 6, because the kernel begins at 0, 2 and 4, and covers the pixels 4 and 5 at last |
# | 28 | 3 | 1 | 1 | 28, because a padding of 1 keeps the size |

# %% tags=["answer"]
def smallest_input(places, kernel, padding, stride):
    """Smallest size, along one axis, on which the kernel can be laid at so many places."""
    ### BEGIN SOLUTION
    return (places - 1) * stride + kernel - 2 * padding
    ### END SOLUTION

# %% tags=["check"]
check.ex5(smallest_input)

# %% [markdown]
# ## 6. A convolution with a stride (2 points)
#
# Write the convolution yourself: `image` is an array (H, W), `kernel` an array (kh, kw) that need not be square, and
# `stride` (스트라이드) says by how many pixels the window moves, down and to the right. There is no padding. Loops are welcome.

# %% tags=["answer"]
def convolve(image, kernel, stride):
    """Slide the kernel over the image; gives an array of sums."""
    ### BEGIN SOLUTION
    height, width = kernel.shape[:2]
    rows = (image.shape[0] - height) // stride + 1
    columns = (image.shape[1] - width) // stride + 1
    output = np.zeros((rows, columns))
    for row in range(rows):
        for column in range(columns):
            top, left = row * stride, column * stride
            output[row, column] = np.sum(image[top : top + height, left : left + width] * kernel)
    return output
    ### END SOLUTION

# %% tags=["check"]
check.ex6(convolve)

# %% [markdown]
# ## 7. A filter bank (2 points)
#
# Now with depth. `image` has the shape (H, W, C). `kernels` has the shape (kh, kw, C, F), as Keras stores them, so C is the
# depth and F the number of filters. `biases` has the shape (F,). The stride is 1, and there is no padding. The result has
# the shape (H', W', F): one map for each filter.

# %% tags=["answer"]
def filter_bank(image, kernels, biases):
    """Apply F filters to an image of depth C."""
    ### BEGIN SOLUTION
    height, width, _, filters = kernels.shape
    output = np.zeros((image.shape[0] - height + 1, image.shape[1] - width + 1, filters))
    for row in range(output.shape[0]):
        for column in range(output.shape[1]):
            window = image[row : row + height, column : column + width, :]
            for f in range(filters):
                output[row, column, f] = np.sum(window * kernels[..., f]) + biases[f]
    return output
    ### END SOLUTION

# %% tags=["check"]
check.ex7(filter_bank)

# %% [markdown]
# ## 8. Repair it (2 points)
#
# Somebody wrote max pooling with windows of 2x2 for a map (H, W), whose height and width are even. The function runs, but
# it is wrong in two places. Find them and repair them: change the function itself, or write it anew below it. Small images
# help, such as the one under the function.

# %% tags=["answer"]
def max_pool(image):
    """Keep the largest number of each window of 2x2."""
    pooled = np.zeros((image.shape[0] // 2, image.shape[1] // 2))
    for row in range(pooled.shape[0]):
        for column in range(pooled.shape[1]):
            window = image[row : row + 2, column : column + 2]
            pooled[row, column] = max(0, window.max())
    return pooled
### BEGIN SOLUTION

def max_pool(image):
    """Keep the largest number of each window of 2x2."""
    pooled = np.zeros((image.shape[0] // 2, image.shape[1] // 2))
    for row in range(pooled.shape[0]):
        for column in range(pooled.shape[1]):
            window = image[2 * row : 2 * row + 2, 2 * column : 2 * column + 2]
            pooled[row, column] = window.max()
    return pooled
### END SOLUTION

# %%
small = np.array([[-3, -1, 5, 2], [-4, -2, 1, 0], [7, 1, -8, -6], [2, 9, -5, -7]])
print(small, max_pool(small), sep="\n")

# %% tags=["check"]
check.ex8(max_pool)

# %% [markdown]
# ## How far are you?

# %% tags=["reached"]
progress(check)

# %% [markdown]
# **Next:** [02 · Filters and edges](../02_filters_and_edges.ipynb), or its [exercises](02_filters_exercises.ipynb).
