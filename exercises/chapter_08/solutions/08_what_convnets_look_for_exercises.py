# ---
# jupyter:
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
# ---

# %% [markdown]
# # Exercises 08 · What convnets look for
#
# After these exercises you know that you can do what [chapter 08](../08_what_convnets_look_for.ipynb) shows: write several
# kinds of explanations yourself, and test whether any of them explains something.
#
# - **Time**: about an hour and a half. Nothing is trained; every cell answers at once.
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

# %% tags=["nbval-ignore-output"]
from helpers.environment import setup

environment = setup(seed=42, precision="float32")

# %%
import keras
import numpy as np
from keras import ops
from scipy.stats import spearmanr

from helpers import interpret, models, plots
from exercises import chapter_08 as check
from exercises.exercise import progress
from exercises.quiz import quiz
from helpers.data import load_fashion_mnist

# %% [markdown]
# ## Warm-up: four questions
#
# No points, and no harm in a wrong click: every choice explains itself. Decide before you click.

# %% [markdown] tags=["quiz"]
# 1. A network is nearly sure of a boot: its probability is almost 1. Why does a heat map explain the score before softmax?
#    - [ ] Scores lie between 0 and 1, probabilities do not.
#      > It is the other way round: a score can be any number, softmax makes probabilities of the scores.
#    - [x] Close to 1 the probability is flat, so its gradient is nearly 0 although the pixels matter.
#      > It saturates: whichever pixel you change a little, it stays almost 1. The score still moves.
#    - [ ] Softmax has weights of its own that would disturb the map.
#      > Softmax has no weights. It is a fixed formula of the ten scores.
#    - [ ] The score also says how the other nine classes move.
#      > It does not; this is what it lacks. For "why not a sneaker?" explain the difference of two scores.
# 2. How do a saliency map and Grad-CAM differ?
#    - [x] Saliency asks about single pixels, Grad-CAM about the maps of a convolution.
#      > How fast does the score move with this pixel? Where are the maps that raise the score? The second answer is as coarse as the maps. Two questions may have two answers, so it is no fault if different places are marked.
#    - [ ] Saliency needs the labels of the test pictures, Grad-CAM does not.
#      > Neither needs a true label. Both explain the score of a class that you name, be it right or wrong.
#    - [ ] They compute the same, but Grad-CAM is enlarged and so looks smoother.
#      > Enlarging is only the last step. Saliency takes gradients of pixels, Grad-CAM takes those of feature maps.
#    - [ ] Saliency covers parts of the picture, Grad-CAM uses gradients.
#      > Covering is occlusion. Saliency is the size of a gradient.
# 3. You give all layers new random weights, and the heat map of the boot hardly changes. What have you learned?
#    - [ ] The network is robust.
#      > With random weights nothing is left of the network that was trained, so it cannot be praised for anything.
#    - [ ] The map is right, since two networks agree on it.
#      > A random network knows nothing about boots. Agreeing with it speaks against the map.
#    - [x] The map shows the picture, its outline perhaps, and explains no network.
#      > What does not depend on the weights cannot explain what the weights have learned.
#    - [ ] The random weights happened to be good ones.
#      > Count what the random network gets right: no more than a guess. A map that stays the same with it comes from the method and the picture.
# 4. A network is nearly always right on its validation pictures. The mean heat map for "dog" has one spot, in a corner. What do you do first?
#    - [ ] Nothing: the accuracy on the validation pictures shows that it works.
#      > Those pictures come from the same source, so they may have the same thing in that corner. They cannot notice a shortcut.
#    - [ ] Choose another kind of heat map, one that marks the dogs.
#      > A prettier map does not mend the network. Choosing maps until one pleases is how people fool themselves.
#    - [ ] Report that the network has learned a stamp: the map is the proof.
#      > It is a suspicion. A map can mislead; you have not yet seen what the network says without that corner.
#    - [x] Change that corner in all pictures, and look what the network says now.
#      > The map gives the suspicion, the experiment decides: put the stamp on cats, take it from dogs.

# %% tags=["nbval-ignore-output"]
quiz("08")

# %% [markdown]
# ## 1. How coarse is the heat map? (1 point)
#
# A network takes colour pictures of 64 by 64 pixels:
#
# | layer | what it is |
# |---|---|
# | conv1 | 16 filters 3x3, `padding="same"` |
# | pool1 | max pooling 2x2 |
# | conv2 | 32 filters 3x3, no padding |
# | pool2 | max pooling 2x2 |
# | conv3 | 64 filters 3x3, no padding |
# | pool3 | max pooling 2x2 |
# | flatten, output | dense layer with 10 outputs |
#
# All convolutions have stride 1. You draw a heat map (히트맵) with Grad-CAM, from the maps of the last convolution. Which shape
# does it have *before* it is enlarged? Write (height, width).

# %% tags=["answer"]
map_shape = ...
### BEGIN SOLUTION
map_shape = (13, 13)
### END SOLUTION

# %% tags=["check"]
check.ex1(map_shape)

# %% [markdown]
# ## 2. Climb (1 point)
#
# Write the heart of activation maximisation (활성화 최대화). `gradient` is a function: it takes a picture and returns an array of the
# same shape, the gradient of a filter's answer at that picture. Go `steps` steps up, and in each of them:
#
# - Ask for the gradient at the picture as it is now. Its *size* is the root of the mean of its squares.
# - Add `length` times the gradient divided by its size. Where the gradient is 0 everywhere, the picture stays as it is.
# - Clip the picture to 0..1 at the end of the step.
#
# Return the last picture.

# %% tags=["answer"]
def climb(gradient, picture, steps, length):
    """Change a picture so that the answer grows."""
    ### BEGIN SOLUTION
    for _ in range(steps):
        found = gradient(picture)
        size = np.sqrt(np.mean(found**2)) + 1e-12
        picture = np.clip(picture + length * found / size, 0, 1)
    return picture
    ### END SOLUTION

# %% tags=["check"]
check.ex2(climb)

# %% [markdown]
# ## 3. Grad-CAM by hand (2 points)
#
# `maps` are the feature maps of one picture, an array (H, W, C). `gradients`, of the same shape, says how fast the score of a
# class changes with each of their fields. Compute the heat map (H, W): weigh the maps as Grad-CAM does, add them up, set what
# is negative to 0, and divide by the largest value. If nothing is above 0, return zeros.

# %% tags=["answer"]
def grad_cam(maps, gradients):
    """Heat map in 0..1 from feature maps and their gradients."""
    ### BEGIN SOLUTION
    weights = gradients.mean(axis=(0, 1))
    heat = np.maximum((maps * weights).sum(axis=-1), 0)
    return heat / heat.max() if heat.max() > 0 else heat
    ### END SOLUTION

# %% tags=["check"]
check.ex3(grad_cam)

# %% [markdown]
# ## 4. Cover it and see (2 points)
#
# Write occlusion (가림). `score` is a function: it takes one picture (H, W) and returns a number. Cover the picture block by
# block with squares of `size` by `size` pixels, set to the value `colour`. H and W are multiples of `size`, and the blocks lie
# side by side, so they do not overlap. Return an array (H // size, W // size): how far the score *falls* when only this block is
# covered. Where the score rises, the number is negative.

# %% tags=["answer"]
def occlusion(score, image, size, colour):
    """How far the score falls when a block of the picture is covered."""
    ### BEGIN SOLUTION
    falls = np.zeros((image.shape[0] // size, image.shape[1] // size))
    for row in range(falls.shape[0]):
        for column in range(falls.shape[1]):
            covered = image.copy()
            covered[row * size : (row + 1) * size, column * size : (column + 1) * size] = colour
            falls[row, column] = score(image) - score(covered)
    return falls
    ### END SOLUTION

# %% tags=["check"]
check.ex4(occlusion)

# %% [markdown]
# Here is a real score to try it with: that of "ankle boot", from the network of chapter 04. When yours is right, open a new
# cell and look at `np.round(occlusion(boot_score, boot, 7, 0), 1)`. Where does nothing fall, and why?

# %%
fashion = models.load("fashion_cnn")
boot = load_fashion_mnist()[1][0][0] / 255


def boot_score(image):
    return interpret.class_scores(fashion, image[np.newaxis, ..., np.newaxis], class_index=9)[0]


print(f"shape {boot.shape}, score {boot_score(boot):.1f}, of an empty picture {boot_score(0 * boot):.1f}")

# %% [markdown]
# ## 5. Integrated gradients (2 points)
#
# `gradient` is a function again: it takes a picture and returns the gradient of the score, an array of the same shape. Go
# straight from `baseline` (기준 그림) to `image`. The baseline is a picture of the same shape; in the lesson it was empty, here it need
# not be. Take the gradient at `steps` places on the way, and return the shares of the pixels: the mean of the gradients times
# (image − baseline). You may choose the places, as long as the result is off by less than a hundredth of the largest share when
# there are 1,000 or more of them.

# %% tags=["answer"]
def integrated_gradients(gradient, image, baseline, steps):
    """Share the difference of two scores out among the pixels."""
    ### BEGIN SOLUTION
    places = (np.arange(steps) + 0.5) / steps
    gradients = [gradient(baseline + place * (image - baseline)) for place in places]
    return (image - baseline) * np.mean(gradients, axis=0)
    ### END SOLUTION

# %% tags=["check"]
check.ex5(integrated_gradients)

# %% [markdown]
# ## 6. What is left when the network is destroyed? (2 points)
#
# You have heat maps of a trained network and of one with random weights, and the pictures: three arrays (n, H, W), in the
# same order. Compute how much of the trained network's maps is left:
#
# - For each picture, take the rank correlation (순위 상관계수) of its two maps, but only on the pixels of the clothes: where the
#   picture is above 0. (`spearmanr(a, b).statistic` is imported.)
# - A map that is 0 everywhere has no order. Leave such a pair out.
# - Return the mean over the other pairs. There is at least one.

# %% tags=["answer"]
def left_over(trained, randomised, pictures):
    """Mean rank correlation of two sets of maps, on the pixels of the clothes."""
    ### BEGIN SOLUTION
    correlations = []
    for one, other, picture in zip(trained, randomised, pictures, strict=True):
        ink = picture > 0
        if one[ink].any() and other[ink].any():
            correlations.append(spearmanr(one[ink], other[ink]).statistic)
    return np.mean(correlations)
    ### END SOLUTION

# %% tags=["check"]
check.ex6(left_over)

# %% [markdown]
# ## 7. Repair it (2 points)
#
# This function should draw the saliency map (현저성 지도) of one picture (H, W, 3) as the lesson does: for each pixel how fast the
# *score* of the class moves, up or down; of the three channels the largest counts, and the map is divided by its largest value. The
# function runs and its maps look fine, but three things are wrong. The network ends in a dense layer with softmax. Change the function itself,
# or write it anew below. Do it without `interpret.saliency`; the cell below compares the two.

# %% tags=["answer"]
def saliency_map(model, image, class_index):
    """How fast the score of a class moves with each pixel, in 0..1."""
    def answer(images):
        return model(images)[:, class_index]

    _, gradient = interpret.value_and_gradient(answer)(image[np.newaxis])
    heat = gradient[0].mean(axis=-1)
    return heat / heat.max()
### BEGIN SOLUTION

def saliency_map(model, image, class_index):
    """How fast the score of a class moves with each pixel, in 0..1."""
    kernel, bias = model.layers[-1].get_weights()
    hidden = keras.Model(model.inputs[0], model.layers[-2].output)

    def score(images):
        return (ops.matmul(hidden(images), kernel) + bias)[:, class_index]

    _, gradient = interpret.value_and_gradient(score)(image[np.newaxis])
    heat = np.abs(gradient[0]).max(axis=-1)
    return heat / heat.max()
### END SOLUTION

# %% tags=["check"]
check.ex7(saliency_map)

# %% [markdown]
# The boot again, first as the function above draws it, then as the helper does. Once yours is right, run this cell again.

# %%
picture = boot[..., np.newaxis].astype("float32")
yours = np.clip(saliency_map(fashion, picture, class_index=9), 0, 1)
helpers_own = interpret.saliency(fashion, picture[np.newaxis], class_index=9)[0]
maps = {"yours": yours[np.newaxis], "the helper's": helpers_own[np.newaxis]}
plots.heat_maps(picture[np.newaxis], maps, ["ankle boot"])

# %% [markdown]
# ## How far are you?

# %% tags=["reached"]
progress(check)

# %% [markdown]
# **Next:** [09 · CIFAR-10, and how to save, load and go on](../09_cifar10_and_saving.ipynb), or its [exercises](09_saving_exercises.ipynb).
