"""Judges the exercises of chapter 01, convolution by hand."""

import numpy as np

from exercises import judge
from exercises.forms import a_function, a_value
from helpers import convolution
from helpers.language import say

PICTURE = np.array([[2, 0, 1, 3, 0], [1, 3, 0, 1, 2], [0, 1, 2, 0, 1], [3, 0, 1, 1, 0], [1, 2, 0, 3, 1]])
KERNEL = np.array([[1, 0, -1], [2, 0, -1], [0, 1, 0]])
MAPS = np.array(
    [
        [[3, -1], [0, 4], [5, 2], [1, 1]],
        [[2, 6], [7, 0], [1, 8], [4, -2]],
        [[0, 1], [2, 2], [6, -3], [3, 0]],
        [[8, -4], [1, 5], [2, -1], [0, -2]],
    ]
)
POOLED = convolution.max_pool2d(MAPS)


def _wrong_places(found: np.ndarray, right: np.ndarray) -> str:
    """Say where an answer worked out by hand is wrong, without giving the right number away."""
    if found.shape != right.shape:
        return say(
            "The result has the shape {right.shape}; yours has the shape {found.shape}.", right=right, found=found
        )
    places = [str(tuple(int(i) for i in place)) for place in np.argwhere(~np.isclose(found, right))]
    return say(
        "Look again at {places}{others} (counted from 0).",
        places=", ".join(places[:4]),
        others=say(" and other places") if len(places) > 4 else "",
    )


@a_value(
    "Go backwards, from the output to the image. Which of the two layers changed the height, which the depth?",
    "What shape comes out of the convolution and goes into the pooling? Write down its three numbers first.",
    'Pooling 2x2 halves height and width, so twice as much went into it. Padding "same" leaves both as they are. The depth of a '
    "image is its number of colour channels, whatever the number of filters.",
    take=lambda answer: judge.shape(answer, 3),
    mistakes={
        "That is the height after the pooling. What size went into the pooling?": (5, 5, 3),
        "The depth 6 is the number of filters. How deep is a colour image?": (10, 10, 6),
        "A grey image has depth 1. This one is in colour.": (10, 10, 1),
        'With padding "same" the convolution keeps height and width: nothing is lost at the border.': (12, 12, 3),
        "11 would give 5, too, with a row and a column left out. But height and width are even.": (11, 11, 3),
    },
    otherwise="Work backwards: what goes into the pooling, and what into the convolution?",
    well='Pooling halves height and width; the convolution with padding "same" changes only the depth, from 3 colours to 6 maps.',
)
def ex1():
    """Shape of a colour image that came out as (5, 5, 6) after a convolution ("same") and pooling 2x2."""
    return (10, 10, 3)


@a_value(
    "How many numbers does one filter have, if it is as deep as the image?",
    "What is the shape of one kernel here, (height, width, depth)? Print np.ones(that shape).size: these are its weights.",
    "Weights of one filter: height x width x depth of the input. Add one bias, then multiply by the number of filters.",
    take=judge.whole_number,
    mistakes={
        "You left out the biases: each filter has one.": 5 * 5 * 3 * 16,
        "A filter is as deep as the image: 5 x 5 x 3 weights, not 5 x 5.": (5 * 5 + 1) * 16,
        "One bias for each filter, not for each of its channels.": (5 * 5 + 1) * 3 * 16,
        "All filters together have 16 biases, not one.": 5 * 5 * 3 * 16 + 1,
        "These are the parameters of a single filter.": 5 * 5 * 3 + 1,
        "The size of the image plays no part: the same weights are used at every place.": (32 * 32 * 3 + 1) * 16,
    },
    otherwise="Count the weights and the bias of one filter first.",
    well="The height and width of the image play no part: an image four times as large needs no more parameters.",
)
def ex2():
    """Parameters of 16 filters of 5x5 on an image of 32x32x3."""
    return (5 * 5 * 3 + 1) * 16


@a_value(
    "Lay the kernel on the top left corner and add nine products. Then move it by one column.",
    "What size has the map? Which window belongs to the number in its middle? Print check.PICTURE[1:4, 1:4] * check.KERNEL and add.",
    "The window can start at 3 places in each direction, so there are nine sums. At the top left: 1*2 + 0*0 - 1*1 + 2*1 + 0*3 - 1*0 + 0*0 + 1*1 + 0*2.",
    take=judge.array,
    mistakes={
        "You turned the kernel around first. Layers do not: they lay it on the image as it is.": convolution.conv2d(
            PICTURE, KERNEL[::-1, ::-1]
        ),
        "You exchanged rows and columns of the kernel.": convolution.conv2d(PICTURE, KERNEL.T),
        "You put zeros around the image. Without padding the kernel stays inside it.": convolution.conv2d(
            PICTURE, KERNEL, padding="same"
        ),
    },
    otherwise=_wrong_places,
    well="Nine windows, nine numbers: 5 - 3 + 1 = 3 places in each direction.",
)
def ex3():
    """Convolution of a 5x5 image with a 3x3 kernel, no padding."""
    return convolution.conv2d(PICTURE, KERNEL)


@a_value(
    "Each channel is pooled by itself. How many channels go in, and how many come out?",
    "Which four windows does a map of 4x4 have? Print the first one, check.MAPS[0:2, 0:2, 0], then the one to its right. What is the largest number of each?",
    "For each channel: cut the 4x4 into four windows of 2x2, and keep the largest number of each. The first window of channel 0 holds 3, 0, 2, 7.",
    take=judge.array,
    mistakes={
        "That is the average of each window. Max pooling keeps the largest number.": convolution.average_pool2d(MAPS),
        "You took the largest of both channels. Pooling treats each channel by itself.": convolution.max_pool2d(
            MAPS.max(axis=-1)
        ),
        "You moved the window by one. Pooling 2x2 moves it by its own size, so the windows do not overlap.": convolution.max_pool2d(
            MAPS, strides=1
        ),
        "That is the first map alone. Both are wanted, one behind the other.": POOLED[:, :, 0],
        "The channels come last: the shape is (2, 2, 2), and pooled[:, :, 0] is the first map.": np.moveaxis(
            POOLED, -1, 0
        ),
        "Each map is right, but they are stacked along another axis: use axis=-1.": np.moveaxis(POOLED, -1, 1),
    },
    otherwise=_wrong_places,
    well="Half the height, half the width, and as deep as before. Pooling has no weights, and mixes no channels.",
)
def ex4():
    """Max pooling 2x2 of two feature maps of 4x4."""
    return POOLED


def _cases_of_ex5(random):
    cases = [(1, 5, 0, 1), (26, 3, 0, 1), (28, 3, 1, 1), (3, 2, 0, 2), (74, 3, 0, 2)]
    for _ in range(10):
        kernel, padding = int(random.integers(1, 8)), int(random.integers(0, 4))
        # From 2 * padding + 1 places on, there is at least one pixel besides the zeros.
        cases.append((2 * padding + int(random.integers(1, 30)), kernel, padding, int(random.integers(1, 5))))
    return cases


@a_function(
    "Begin without padding, and with a single place: how many pixels does the kernel need? How many does it need for two places, if the stride is 2?",
    "At its first place the kernel begins at pixel 0. At which pixel does it begin at its last place? Print this number for 3 places and a stride of 2: it should be 4. How many pixels does the kernel cover from there on?",
    "At the last place the kernel begins at pixel (places - 1) * stride, and it covers `kernel` pixels from there on. That is the size with padding. Of these pixels 2 * padding are zeros that do not belong to the image.",
    cases=_cases_of_ex5,
    mistakes={
        "One move too many: at the first place the kernel stands before it has moved at all.": lambda n, k, p, s: (
            n * s + k - 2 * p
        ),
        "Padding is added on both sides, so it counts twice.": lambda n, k, p, s: (n - 1) * s + k - p,
        "Padding is missing: its zeros take the place of pixels.": lambda n, k, p, s: (n - 1) * s + k,
        "You added the padding. Its zeros take the place of pixels, so the image may be smaller, not larger.": lambda n, k, p, s: (
            (n - 1) * s + k + 2 * p
        ),
        "The stride is missing.": lambda n, k, p, s: n - 1 + k - 2 * p,
        "That is where the kernel begins at its last place. It covers more than that.": lambda n, k, p, s: (
            (n - 1) * s - 2 * p
        ),
        "There is a smaller one: in yours pixels are left over behind the last place.": lambda n, k, p, s: (
            n * s - 1 + k - 2 * p
        ),
        "That is the formula forwards. Here the places are given, and the size is asked for.": lambda n, k, p, s: (
            (n + 2 * p - k) // s + 1
        ),
    },
    well="With stride 1 no other size gives as many places. With a larger stride a few larger sizes do, because the pixels that are left over at the end are too few for one more place.",
)
def ex5(places, kernel, padding, stride):
    """Function smallest_input(places, kernel, padding, stride): the size formula backwards."""
    return (places - 1) * stride + kernel - 2 * padding


def _cases_of_ex6(random):
    cases = [(np.arange(25.0).reshape(5, 5), np.array([[1.0, 2.0], [3.0, 5.0]]), 2)]
    for size, kernel, stride in ((6, 3, 2), (9, 3, 3), (8, 2, 1), (7, 4, 2), (12, 3, 4)):
        shape, kernel_shape = (size, size + 2), (kernel, kernel - 1)
        cases.append((random.normal(size=shape), random.normal(size=kernel_shape), stride))
    return cases


@a_function(
    "Write it for stride 1 first. Then ask: where does the window of output (row, column) begin in the image?",
    "How many rows and columns has the output? Print both for an image of 5x5, a kernel of 2x2 and a stride of 2: they should be 2 and 2. At which row and column of the image does the window of output [1, 1] begin?",
    "The output has (H - kh) // stride + 1 rows. The window of output [row, column] begins at image[row * stride, column * stride]; multiply it by the kernel and add everything.",
    cases=_cases_of_ex6,
    mistakes={
        "The stride has no effect: you always move by 1.": lambda image, kernel, stride: ex6.reference(
            image, kernel, 1
        ),
        "The output is smaller, as it should be, but its windows still begin at row and column: begin them at row * stride and column * stride.": lambda image, kernel, stride: (
            ex6.reference(image, kernel, 1)[tuple(slice(n) for n in ex6.reference(image, kernel, stride).shape)]
        ),
        "The stride counts in both directions. You move down by the stride, but to the right by 1.": lambda image, kernel, stride: (
            convolution.conv2d(image, kernel, strides=(stride, 1))
        ),
        "The stride counts in both directions. You move to the right by the stride, but down by 1.": lambda image, kernel, stride: (
            convolution.conv2d(image, kernel, strides=(1, stride))
        ),
        "Your output array holds whole numbers only and cuts off what comes after the point: np.zeros without int.": lambda image, kernel, stride: (
            ex6.reference(image, kernel, stride).astype(int)
        ),
        "You turned the kernel around first. Layers do not.": lambda image, kernel, stride: ex6.reference(
            image, kernel[::-1, ::-1], stride
        ),
        "One row and one column are missing: count the places, not the moves.": lambda image, kernel, stride: (
            ex6.reference(image, kernel, stride)[:-1, :-1]
        ),
    },
    well="With stride 2 a quarter of the windows is left. Many networks shrink their maps this way, without pooling.",
)
def ex6(image, kernel, stride):
    """Function convolve(image, kernel, stride): (H, W) and (kh, kw) give (H', W')."""
    return convolution.conv2d(image, kernel, strides=stride)


def _cases_of_ex7(random):
    cases = []
    for size, depth, filters in ((5, 3, 2), (6, 1, 4), (7, 2, 1), (8, 4, 3)):
        image, kernels = random.normal(size=(size, size + 1, depth)), random.normal(size=(3, 2, depth, filters))
        cases.append((image, kernels, random.normal(size=filters)))
    return cases


@a_function(
    "One filter gives one map. If the window is three channels deep, how many products are added to one number?",
    "What shape has kernels[:, :, :, 0], and what shape has the window image[0:kh, 0:kw, :]? Print both: they must be equal, so that you can multiply them.",
    "For each filter f: the kernel kernels[:, :, :, f] is as deep as the image. Multiply it by the window image[r:r+kh, c:c+kw, :], add all products over the three axes, and add biases[f] once. Stack the maps on the last axis. Your convolve of exercise 6 can do it, if it reads kernel.shape[:2].",
    cases=_cases_of_ex7,
    mistakes={
        "The biases are missing: each map gets its filter's bias.": lambda image, kernels, biases: ex7.reference(
            image, kernels, 0
        ),
        "You added the bias once for each channel. It is added once for each filter.": lambda image, kernels, biases: (
            ex7.reference(image, kernels, biases * image.shape[-1])
        ),
        "You used the first channel only. A filter is as deep as the image, and adds up all channels.": lambda i, k, b: (
            ex7.reference(i[..., :1], k[:, :, :1], b)
        ),
        "Your maps stand on the first axis. The depth comes last: (H', W', F).": lambda i, k, b: np.moveaxis(
            ex7.reference(i, k, b), -1, 0
        ),
        "Your output array holds whole numbers only and cuts off what comes after the point: np.zeros without int.": lambda i, k, b: (
            ex7.reference(i, k, b).astype(int)
        ),
        "You took the mean over the channels. A convolution adds them up.": lambda i, k, b: ex7.reference(
            i, k / i.shape[-1], b
        ),
    },
    well="This is all that a Conv2D layer computes before its activation.",
)
def ex7(image, kernels, biases):
    """Function filter_bank(image, kernels, biases): (H, W, C), (kh, kw, C, F), (F,) give (H', W', F)."""
    return convolution.conv2d(image, kernels, bias=biases)


def broken_max_pool(image):
    """The function of exercise 8 as it is handed out, with two mistakes."""
    pooled = np.zeros((image.shape[0] // 2, image.shape[1] // 2))
    for row in range(pooled.shape[0]):
        for column in range(pooled.shape[1]):
            window = image[row : row + 2, column : column + 2]
            pooled[row, column] = max(0, window.max())
    return pooled


def _overlapping(image):
    return convolution.max_pool2d(image, strides=1)[: image.shape[0] // 2, : image.shape[1] // 2]


def _cases_of_ex8(random):
    cases = [(-np.arange(1.0, 17.0).reshape(4, 4),), (np.array([[1.0, 2], [3, 4]]),)]
    cases += [
        (random.normal(size=(2 * int(height), 2 * int(width))) - 1,) for height, width in random.integers(1, 6, (6, 2))
    ]
    return cases


@a_function(
    "Two lines are wrong. Pool an image of negative numbers, then one in which all numbers are different.",
    "Print row, column and window inside the loops for an image of 4x4. Which four windows should it be? And what is max(0, -1)?",
    "The window begins at 2 * row and 2 * column. And the largest of -3 and -1 is -1, not 0: do not compare with 0.",
    cases=_cases_of_ex8,
    mistakes={
        "One mistake is left: where nothing is above 0, the largest number is a negative one, and must stay.": lambda image: (
            np.maximum(convolution.max_pool2d(image), 0)
        ),
        "One mistake is left: your windows overlap. The second one begins at row 2, not at row 1.": _overlapping,
        "You take the average. Max pooling keeps the largest number.": convolution.average_pool2d,
    },
    untouched=broken_max_pool,
    well="On feature maps after ReLU the comparison with 0 does no harm, and therefore nobody notices such a mistake for a long time.",
)
def ex8(image):
    """Repair max_pool(image): 2x2, windows that do not overlap."""
    return convolution.max_pool2d(image)
