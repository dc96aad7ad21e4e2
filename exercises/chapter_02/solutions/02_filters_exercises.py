# ---
# jupyter:
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
# ---

# %% [markdown]
# # Exercises 02 · Filters and edges
#
# After these exercises you know that you can do what [chapter 02](../02_filters_and_edges.ipynb) shows: say what a kernel
# does, make one for a purpose, keep its results within the range of an image, and find a kernel from examples.
#
# - **Time**: about an hour. Every cell answers at once; a GPU is not needed.
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
import matplotlib.pyplot as plt
import numpy as np

from exercises import chapter_02 as check
from exercises.exercise import progress
from exercises.quiz import quiz
from helpers.convolution import conv2d
from helpers.data import sample_image

# %% [markdown]
# You may use `conv2d` in all exercises. Here is a cat to try your functions on, as brightness (밝기), and a way to look at an
# image. (The photograph comes with scikit-image and is free for any use, CC0.)

# %%
brightness = np.array([0.299, 0.587, 0.114]).reshape(1, 1, 3)
cat = conv2d(sample_image("cat"), brightness).round().astype(np.uint8)


def look(image):
    """Draw one image: 0 and less is black, 255 and more is white."""
    plt.figure(figsize=(4, 3))
    plt.imshow(image, cmap="gray", vmin=0, vmax=255)
    plt.axis("off")
    plt.show()


print("cat:", cat.shape, cat.dtype, "from", cat.min(), "to", cat.max())

# %% [markdown]
# ## Warm-up: four questions
#
# No points, and no harm in a wrong click: every choice explains itself. Decide before you click.

# %% [markdown] tags=["quiz"]
# 1. A kernel of 3 by 3 has 9 in the centre and -1 at its eight neighbours. What does it do to a photograph?
#    - [ ] It blurs: nine pixels are mixed into one.
#      > It does take nine pixels, but a blur adds neighbours. This kernel subtracts them, which makes differences larger.
#    - [ ] It leaves only edges; flat places become black.
#      > For that the weights would have to add up to 0, as with 8 in the centre. Here they add up to 1.
#    - [x] It sharpens: flat places stay as they are, differences grow.
#      > The weights add up to 1, so equal pixels stay. Where the centre differs from its neighbours, the difference is made larger.
#    - [ ] It makes the photograph nine times as bright.
#      > The 9 does not stand alone: eight neighbours are subtracted. What counts for the brightness is the sum of all weights.
# 2. A map of vertical edges is clipped at 0 before anything else is done with it. What is lost?
#    - [x] Edges at which it gets darker to the right, if the kernel is positive on its right side.
#      > These edges have negative numbers. The sign tells the direction of the change, so clip as late as you can.
#    - [ ] Nothing: there is nothing darker than black.
#      > That is true of images. A feature map is no image yet: its negative numbers are edges, too.
#    - [ ] The horizontal edges.
#      > They were not in the map in the first place: a kernel for vertical edges gives 0 on them.
#    - [ ] The weak edges.
#      > Clipping at 0 asks for the sign, not for the size. Weak positive numbers stay, strong negative ones go.
# 3. A map of thin bright lines on black is made smaller, each block of 4 by 4 becoming one number. Why by the maximum rather than by the mean?
#    - [ ] The maximum leaves more numbers over.
#      > Both give one number for each block, so the small maps have the same size.
#    - [ ] The mean needs weights that must be learned first.
#      > Neither way of pooling has anything to learn.
#    - [ ] The maximum keeps the place of the line to the pixel.
#      > Where in its block the line ran is lost by both. What the maximum keeps is that there is one, and how bright.
#    - [x] The mean mixes the line with the black around it, the maximum keeps how bright it is.
#      > The maximum answers the question whether a feature is there; the mean answers how bright a place is on the whole.
# 4. Gradient descent is to find a kernel that somebody made by hand. What does it need?
#    - [ ] Start weights with the right signs.
#      > Random or zero weights will do. The gradient tells each weight which way to go.
#    - [x] Images, and the map that should come out of each.
#      > From these the loss follows, and from the loss the gradient. The kernel itself is never shown.
#    - [ ] A list of all kernels, to try one after the other.
#      > That would be a search without a gradient. Nine weights that may be any number have no complete list.
#    - [ ] The kernel that we look for, to compare the weights with it.
#      > If you had it, nothing would be left to find. What is compared is the result: the map that comes out with the map that should.

# %% tags=["nbval-ignore-output"]
quiz("02")

# %% [markdown]
# ## 1. Shape and numbers (1 point)
#
# A colour photograph has the shape (300, 400, 3), its pixels are whole numbers from 0 to 255. This kernel (커널) is laid on
# each channel on its own, without padding, and the three results are stacked on the last axis. Nothing is clipped.
#
#     [[ 0, -1,  0],
#      [-1,  4,  0],
#      [ 0, -1,  0]]
#
# What is the shape of the result? What comes out at a place where all nine pixels under the kernel are 100? And where the
# centre is 200 and its eight neighbours are 100? Write five numbers: `[height, width, depth, all_equal, bright_centre]`.

# %% tags=["answer"]
shape_and_numbers = ...
### BEGIN SOLUTION
shape_and_numbers = [298, 398, 3, 100, 4 * 200 - 3 * 100]
### END SOLUTION

# %% tags=["check"]
check.ex1(shape_and_numbers)

# %% [markdown]
# ## 2. A blur of your own (1 point)
#
# Make a kernel of 3x3 that blurs (블러, 흐림). There are many, and each of them is right that has these properties:
#
# - an image of equal pixels stays as it is;
# - no weight is negative;
# - it mixes neighbours, downwards and sideways: of a white line on black, one pixel wide, horizontal or vertical, at most
#   three quarters of the brightness are left at any place. In other words: no row and no column of the kernel holds more
#   than three quarters of the weight.
#
# Write it as an array or as a list of rows (rounded weights such as 0.111 will do). The mean of all nine would do. Can you
# find one that counts near pixels more than far ones?

# %% tags=["answer"]
blur = ...
### BEGIN SOLUTION
blur = np.array([[1, 2, 1], [2, 4, 2], [1, 2, 1]]) / 16
### END SOLUTION

# %% tags=["check"]
check.ex2(blur)

# %% [markdown]
# ## 3. Horizontal edges only (1 point)
#
# Make a kernel of 3x3 that answers to horizontal edges (에지, 경계) and to no others:
#
# - where all pixels are equal, it gives 0;
# - where the brightness changes only from left to right, it gives 0;
# - where the upper part of an image has one brightness and the lower part another, it gives something other than 0 at the
#   border between them. The sign is up to you.
#
# Please do not copy the Sobel kernel from the lesson: find another one.

# %% tags=["answer"]
horizontal = ...
### BEGIN SOLUTION
horizontal = np.array([[-1, -1, -1], [0, 0, 0], [1, 1, 1]])
### END SOLUTION

# %% tags=["check"]
check.ex3(horizontal)

# %% [markdown]
# ## 4. Sharpen, and stay an image (2 points)
#
# Sharpening (샤프닝) with a strength: the kernel has 1 + 4 · `amount` in the centre, −`amount` above, below, left and right of
# it, and 0 in the corners. `image` is a `uint8` array (H, W), `amount` a whole number from 0 to 5. No padding.
#
# The result is an image again: an array (H − 2, W − 2) of type `uint8`, in which what was below 0 is 0 and what was above
# 255 is 255. To see it, open a new cell: `look(sharpen(cat, 1))`.

# %% tags=["answer"]
def sharpen(image, amount):
    """Sharpen a grey image; gives an image of type uint8."""
    ### BEGIN SOLUTION
    kernel = np.array([[0, -amount, 0], [-amount, 1 + 4 * amount, -amount], [0, -amount, 0]])
    return np.clip(conv2d(image, kernel), 0, 255).astype(np.uint8)
    ### END SOLUTION

# %% tags=["check"]
check.ex4(sharpen)

# %% [markdown]
# ## 5. Many kernels on one image (1 point)
#
# `image` is a `uint8` array (H, W), `kernels` a dictionary of names and kernels, all of 3x3, for instance
# `{"blur": blur, "edges": horizontal}`. Apply every kernel to the image, with zeros around it, so that each feature map (특성
# 맵) has the size of the image. Stack the maps on the last axis, in the order of the dictionary: the result has the shape
# (H, W, F) for F kernels. Keep the numbers as they are: nothing is rounded or clipped.

# %% tags=["answer"]
def apply_all(image, kernels):
    """Give one map for each kernel, stacked on the last axis."""
    ### BEGIN SOLUTION
    maps = [conv2d(image, kernel, padding="same") for kernel in kernels.values()]
    return np.stack(maps, axis=-1)
    ### END SOLUTION

# %% tags=["check"]
check.ex5(apply_all)

# %% [markdown]
# ## 6. Learn an unknown kernel (2 points)
#
# Somebody has filtered an image and forgotten the kernel. Find it from the image and the result.
#
# `image` is an array (32, 32) of random dots, with mean 0 and standard deviation (표준편차) 1. `target` is the map (30, 30)
# that an unknown kernel of 3x3 made of it, without padding; its weights lie between −2 and 2. `updates` says how many
# updates of gradient descent (경사 하강법) you may make; the check allows 300. Give back the kernel that you found, an array (3,
# 3). Each weight must be right to within 0.05. You need no momentum, and the learning rate (학습률) is yours to choose. If you
# would rather let Keras do it, do.

# %% tags=["answer"]
def learn_kernel(image, target, updates):
    """Find the kernel (3, 3) that makes the target out of the image."""
    ### BEGIN SOLUTION
    kernel = np.zeros((3, 3))
    for _ in range(updates):
        error = conv2d(image, kernel) - target
        gradient = 2 * conv2d(image, error) / error.size
        kernel = kernel - 0.1 * gradient
    return kernel
    ### END SOLUTION

# %% tags=["check"]
check.ex6(learn_kernel)

# %% [markdown]
# ## 7. Repair it (2 points)
#
# This function should tell how strong the edge at each pixel is, whatever its direction. It takes the difference between
# the right and the left neighbour and the one between the lower and the upper neighbour, and puts the two together as in
# the lesson, with Pythagoras. `image` is a `uint8` array (H, W); the result has the shape (H − 2, W − 2), is not negative,
# and is neither rounded nor clipped.
#
# The function runs, but it is wrong in two places. Change the function itself, or write it anew below.
# `look(edge_strength(cat))` shows what it does to the cat.

# %% tags=["answer"]
def edge_strength(image):
    """Strength of the edges, in any direction."""
    to_the_right = image[1:-1, 2:] - image[1:-1, :-2]
    downwards = image[2:, 1:-1] - image[:-2, 1:-1]
    return to_the_right + downwards
### BEGIN SOLUTION

def edge_strength(image):
    """Strength of the edges, in any direction."""
    image = image.astype(float)  # uint8 has no negative numbers
    to_the_right = image[1:-1, 2:] - image[1:-1, :-2]
    downwards = image[2:, 1:-1] - image[:-2, 1:-1]
    return np.sqrt(to_the_right**2 + downwards**2)
### END SOLUTION

# %% tags=["check"]
check.ex7(edge_strength)

# %% [markdown]
# ## How far are you?

# %% tags=["reached"]
progress(check)

# %% [markdown]
# **Next:** [03 · Digits: from a dense network to convolution](../03_mnist_dense_to_convnet.ipynb), or its [exercises](03_digits_exercises.ipynb).
