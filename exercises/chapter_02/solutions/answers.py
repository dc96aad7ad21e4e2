"""Answers to the exercises of chapter 02."""

from functools import cache

import keras
import numpy as np
from scipy.ndimage import correlate as correlate_nd
from scipy.signal import convolve2d, correlate2d

from exercises import chapter_02 as check
from exercises.case import not_tried, right, unusual, wrong

SOBEL = np.array([[-1, -2, -1], [0, 0, 0], [1, 2, 1]])


def sharpened(image, amount):
    """Without a kernel: the pixel, and how far it is from its four neighbours."""
    p = image.astype(int)
    centre = p[1:-1, 1:-1]
    return centre + amount * (4 * centre - p[:-2, 1:-1] - p[2:, 1:-1] - p[1:-1, :-2] - p[1:-1, 2:])


def sharpen(image, amount):
    return np.clip(sharpened(image, amount), 0, 255).astype(np.uint8)


def sharpen_with_scipy(image, amount):
    kernel = np.array([[0, -1, 0], [-1, 4, -1], [0, -1, 0]]) * amount
    kernel[1, 1] += 1
    result = correlate2d(image.astype(float), kernel, mode="valid")
    result[result < 0] = 0
    result[result > 255] = 255
    return result.astype("uint8")


def sharpen_against_all_eight(image, amount):
    """Each pixel moved away from the sum of the 3x3 around it."""
    block = correlate2d(image.astype(int), np.ones((3, 3), int), mode="valid")
    return np.clip((1 + 9 * amount) * image[1:-1, 1:-1].astype(int) - amount * block, 0, 255).astype(np.uint8)


def stack(image, kernels):
    return np.stack([correlate2d(image.astype(int), kernel, mode="same") for kernel in kernels.values()], axis=-1)


def stack_with_loops(image, kernels):
    output = np.zeros((*image.shape, len(kernels)))
    for number, name in enumerate(kernels):
        output[..., number] = correlate_nd(image.astype(float), kernels[name], mode="constant")
    return output.tolist()


def descend(image, target, steps, rate=0.1, sign=1):
    windows = np.lib.stride_tricks.sliding_window_view(image, (3, 3))
    kernel = np.full((3, 3), 0.1)
    for _ in range(steps):
        error = np.tensordot(windows, kernel, 2) - target
        kernel = kernel - sign * rate * 2 * np.tensordot(error, windows, 2) / error.size
    return kernel


def solve(image, target, steps):
    windows = np.lib.stride_tricks.sliding_window_view(image, (3, 3)).reshape(-1, 9)
    return np.linalg.lstsq(windows, target.ravel(), rcond=None)[0].reshape(3, 3)


@cache
def layer():
    """One layer for all calls, so that it is compiled once."""
    model = keras.Sequential([keras.Input((32, 32, 1)), keras.layers.Conv2D(1, 3, use_bias=False, dtype="float32")])
    model.compile(keras.optimizers.SGD(0.2), loss="mse")
    return model


def with_keras(image, target, steps):
    layer().fit(np.tile(image[None, :, :, None], (50, 1, 1, 1)), np.tile(target[None], (50, 1, 1)), 1, 1, 0)
    return layer().get_weights()[0][:, :, 0, 0]


def one_for_all(image, target, steps):
    """Each weight goes by the mean error: as if all had the same gradient."""
    return np.full((3, 3), 0.3)


def gradients(image):
    right = np.diff(image.astype(float), axis=1)
    down = np.diff(image.astype(float), axis=0)
    return (right[1:-1, 1:] + right[1:-1, :-1]), (down[1:, 1:-1] + down[:-1, 1:-1])


def in_bytes(image):
    return image[1:-1, 2:] - image[1:-1, :-2], image[2:, 1:-1] - image[:-2, 1:-1]


def edges_by_numpy(image):
    down, to_the_right = np.gradient(image.astype(float))
    return 2 * np.abs(to_the_right + 1j * down)[1:-1, 1:-1]


CASES = [
    right("ex1", lambda: [298, 398, 3, 100, 500], "before they are stored"),
    unusual("ex1", lambda: np.array([298.0, 398, 3, 100, 500])),
    wrong("ex1", lambda: [300, 400, 3, 100, 500], "stays inside the image"),
    wrong("ex1", lambda: [298, 398, 1, 100, 500], "on its own"),
    wrong("ex1", lambda: [398, 298, 3, 100, 500], "Height comes first"),
    wrong("ex1", lambda: [299, 399, 3, 100, 500], "one pixel is lost on each side"),
    wrong("ex1", lambda: [297, 397, 3, 100, 500], "Look again at the shape"),
    wrong("ex1", lambda: [298, 398, 3, 0, 500], "What do these add up to?"),
    wrong("ex1", lambda: [298, 398, 3, 400, 500], "You took the centre only"),
    wrong("ex1", lambda: [298, 398, 3, 700, 500], "Look at the sum again"),
    wrong("ex1", lambda: [298, 398, 3, 100, 255], "Nothing is clipped here"),
    wrong("ex1", lambda: [298, 398, 3, 100, 400], "Only three weights are -1"),
    wrong("ex1", lambda: [298, 398, 3, 100, 800], "You took the centre only"),
    wrong("ex1", lambda: [298, 398, 3, 100, 1100], "minus three neighbours"),
    wrong("ex1", lambda: (298, 398, 3), "five numbers in one row"),
    right("ex2", lambda: np.ones((3, 3)) / 9),
    unusual("ex2", lambda: [[0, 0.125, 0], [0.125, 0.5, 0.125], [0, 0.125, 0]]),
    unusual("ex2", lambda: np.outer([1, 2, 1], [1, 2, 1]).astype("float32") / 16),
    unusual("ex2", lambda: np.array([[0.5, 0, 0], [0, 0, 0], [0, 0, 0.5]])),
    unusual("ex2", lambda: np.full((3, 3), 0.111)),
    wrong("ex2", lambda: np.full((3, 3), 0.11), "equal pixels get darker"),
    wrong("ex2", lambda: np.ones((3, 3)), "equal pixels get brighter"),
    wrong("ex2", lambda: np.ones((3, 3)) / 10, "equal pixels get darker"),
    wrong("ex2", lambda: [[0, 0, 0], [0, 1, 0], [0, 0, 0]], "copies the image"),
    wrong("ex2", lambda: [[0, 0, 0], [1 / 3, 1 / 3, 1 / 3], [0, 0, 0]], "Of a horizontal white line 1 of the"),
    wrong("ex2", lambda: [[0, 1 / 3, 0]] * 3, "Of a vertical white line 1 of the"),
    wrong("ex2", lambda: [[-1, -1, -1], [-1, 9, -1], [-1, -1, -1]], "makes differences larger"),
    wrong("ex2", lambda: np.ones((5, 5)) / 25, "Expected an array of shape (3, 3)"),
    right("ex3", lambda: [[-1, -1, -1], [0, 0, 0], [1, 1, 1]], "from top to bottom"),
    unusual("ex3", lambda: [[0, 0.001, 0], [0, -0.001, 0], [0, 0, 0]]),
    unusual("ex3", lambda: np.array([[1, 1, 1], [-2, -2, -2], [1, 1, 1]]) * 7),
    unusual("ex3", lambda: -SOBEL, "It is the Sobel kernel, though"),
    wrong("ex3", lambda: SOBEL.T, "the other way round"),
    wrong("ex3", lambda: [[-1, -1, -1], [-1, 8, -1], [-1, -1, -1]], "vertical edges, too"),
    wrong("ex3", lambda: [[1, 0, -1], [0, 0, 0], [-1, 0, 1]], "does not answer to horizontal edges"),
    wrong("ex3", lambda: [[1, 1, 1], [0, 0, 0], [1, 1, 1]], "all pixels are equal"),
    wrong("ex3", lambda: np.zeros((3, 3)), "to no edge at all"),
    right("ex4", lambda: sharpen),
    unusual("ex4", lambda: sharpen_with_scipy),
    wrong("ex4", lambda: sharpen_against_all_eight, "you subtract all eight neighbours"),
    wrong("ex4", lambda: sharpened, "You did not clip"),
    wrong("ex4", lambda: lambda p, a: sharpened(p, a).astype(np.uint8), "started again from the other end"),
    wrong("ex4", lambda: lambda p, a: np.clip(sharpened(p, a), 0, 255), "the type of the array should be uint8"),
    wrong("ex4", lambda: lambda p, a: np.clip(sharpened(p, a) - p[1:-1, 1:-1], 0, 255), "only edges are left"),
    wrong("ex4", lambda: lambda p, a: sharpened(p, a).clip(0), "numbers above 255 are left"),
    wrong("ex4", lambda: lambda p, a: sharpened(p, a).clip(None, 255), "numbers below 0 are left"),
    wrong("ex4", lambda: lambda p, a: np.clip(np.abs(sharpened(p, a)), 0, 255), "size without the sign"),
    wrong("ex4", lambda: lambda p, a: sharpen(np.pad(p, 1), a), "put zeros around"),
    wrong(
        "ex4",
        lambda: (
            lambda p, a: np.interp(s := sharpened(p, a), (s.min(), max(s.max(), s.min() + 1)), (0, 255)).astype(
                np.uint8
            )
        ),
        "leaves alone what fits",
    ),
    right("ex5", lambda: stack),
    unusual("ex5", lambda: stack_with_loops),
    wrong("ex5", lambda: lambda p, k: np.moveaxis(stack(p, k), -1, 0), "The depth comes last"),
    wrong("ex5", lambda: lambda p, k: stack(p, k).clip(0), "set negative numbers to 0"),
    wrong("ex5", lambda: lambda p, k: stack(p, k).clip(0, 255), "You clipped"),
    wrong("ex5", lambda: lambda p, k: np.abs(stack(p, k)), "size without the sign"),
    wrong("ex5", lambda: lambda p, k: np.rint(stack(p, k)), "You rounded"),
    wrong("ex5", lambda: lambda p, k: np.trunc(stack(p, k)), "cuts off what comes after the point"),
    wrong("ex5", lambda: lambda p, k: stack(p, k)[1:-1, 1:-1], "smaller than the image"),
    wrong("ex5", lambda: lambda p, k: stack(p, {n: k[n] for n in sorted(k)}), "the order of the alphabet"),
    wrong("ex5", lambda: lambda p, k: stack(p, {n: v[::-1, ::-1] for n, v in k.items()}), "turned the kernels"),
    wrong("ex5", lambda: lambda p, k: stack(p, k).sum(axis=-1), "a map of its own"),
    wrong("ex5", lambda: lambda p, k: np.stack([convolve2d(p, v, mode="same") for v in k], -1), "stopped with"),
    right("ex6", lambda: descend, "You never saw the kernel"),
    unusual("ex6", lambda: solve),
    unusual("ex6", lambda: with_keras),
    wrong("ex6", lambda: lambda p, t, s: descend(p, t, s, rate=0.0003), "it did not arrive"),
    wrong("ex6", lambda: lambda p, t, s: descend(p, t, 1), "it did not arrive"),
    wrong("ex6", lambda: lambda p, t, s: descend(p, t, s, rate=1.5), "overshoot"),
    wrong("ex6", lambda: lambda p, t, s: descend(p, t, 9 * s, rate=5), "beyond all bounds"),
    wrong("ex6", lambda: lambda p, t, s: descend(p, t, s, sign=-1), "check the sign"),
    wrong("ex6", lambda: lambda p, t, s: solve(p, -t, s), "the opposite sign"),
    wrong("ex6", lambda: lambda p, t, s: solve(p, t, s)[::-1, ::-1], "turned around"),
    wrong("ex6", lambda: lambda p, t, s: solve(p, t, s).T, "rows and columns exchanged"),
    wrong("ex6", lambda: lambda p, t, s: descend(p, t, 0) - 0.1, "still all zeros"),
    wrong("ex6", lambda: one_for_all, "a gradient of its own"),
    wrong("ex6", lambda: lambda p, t, s: solve(p, t, s).ravel(), "Expected an array of shape (3, 3)"),
    right("ex7", lambda: lambda p: np.sqrt(sum(g**2 for g in gradients(p)))),
    unusual("ex7", lambda: edges_by_numpy),
    not_tried("ex7", lambda: check.broken_edge_strength, "still does what it did"),
    wrong("ex7", lambda: lambda p: np.hypot(*(d.astype(float) for d in in_bytes(p))), "no negative numbers"),
    unusual("ex7", lambda: lambda p: np.hypot(*in_bytes(p.astype(np.int64)))),
    wrong("ex7", lambda: lambda p: sum(gradients(p)), "cancel each other, if you just add"),
    wrong("ex7", lambda: lambda p: np.abs(sum(gradients(p))), "the size of the sum"),
    wrong("ex7", lambda: lambda p: sum(np.abs(g) for g in gradients(p)), "along the diagonal"),
    wrong("ex7", lambda: lambda p: sum(g**2 for g in gradients(p)), "square root is missing"),
    wrong("ex7", lambda: lambda p: np.hypot(*gradients(p)).clip(0, 255), "You clipped"),
    wrong("ex7", lambda: lambda p: np.hypot(*gradients(p))[1:], "your function returns"),
]
