"""Answers to the exercises of chapter 01."""

import keras
import numpy as np
from scipy.signal import convolve2d, correlate2d

from exercises import chapter_01 as check
from exercises.case import not_tried, right, unusual, wrong


def correlate(image, kernel, stride):
    return correlate2d(image, kernel, mode="valid")[::stride, ::stride]


def with_error(image, kernel, stride):
    return image @ kernel


def changes_its_input(image, kernel, stride):
    result = correlate(image, kernel, stride)
    image[:] = 0
    return result


def keras_bank(image, kernels, biases):
    layer = keras.layers.Conv2D(kernels.shape[-1], kernels.shape[:2], dtype="float32")
    layer.build((None, *image.shape))
    layer.set_weights([kernels, biases])
    return layer(image[None].astype("float32"))[0]


def loop_bank(image, kernels, biases):
    maps = []
    for f in range(kernels.shape[-1]):
        channels = [correlate2d(image[..., c], kernels[..., c, f], mode="valid") for c in range(image.shape[-1])]
        maps.append(sum(channels) + biases[f])
    return np.stack(maps, axis=-1)


def blocks(image):
    return image.reshape(image.shape[0] // 2, 2, image.shape[1] // 2, 2)


def nearly_repaired(image):
    return np.maximum(blocks(image).max(axis=(1, 3)), 0)


def smallest_by_search(places, kernel, padding, stride):
    """The first size for which a window slides to as many places."""
    size = 1
    while len(range(0, size + 2 * padding - kernel + 1, stride)) < places:
        size += 1
    return size


def in_whole_numbers(answer):
    """The same, put into an array of whole numbers."""
    return lambda *arguments: np.array(answer(*arguments), int)


RIGHT_MAP = [[4, 4, -1], [-1, 5, 2], [5, 0, 6]]
POOLED = np.stack([[[7, 5], [8, 6]], [[6, 8], [5, 0]]], axis=-1)

CASES = [
    right("ex1", lambda: (10, 10, 3), "only the depth"),
    unusual("ex1", lambda: np.array([10.0, 10.0, 3.0])),
    wrong("ex1", lambda: (5, 5, 3), "the height after the pooling"),
    wrong("ex1", lambda: (10, 10, 6), "How deep is a colour image?"),
    wrong("ex1", lambda: (12, 12, 3), "nothing is lost at the border"),
    wrong("ex1", lambda: (10, 10, 1), "This one is in colour"),
    wrong("ex1", lambda: (11, 11, 3), "height and width are even"),
    wrong("ex1", lambda: (10, 10), "This shape has 3 numbers; yours has 2"),
    wrong("ex1", lambda: "10x10x3", "is text"),
    wrong("ex1", lambda: (20, 20, 3), "Work backwards"),
    right("ex2", lambda: 1216),
    unusual("ex2", lambda: keras.Sequential([keras.Input((32, 32, 3)), keras.layers.Conv2D(16, 5)]).count_params()),
    unusual("ex2", lambda: np.float32(1216)),
    wrong("ex2", lambda: 1200, "left out the biases"),
    wrong("ex2", lambda: 416, "as deep as the image"),
    wrong("ex2", lambda: 1248, "One bias for each filter"),
    wrong("ex2", lambda: 49168, "plays no part"),
    wrong("ex2", lambda: "1216", "without quotation marks"),
    right("ex3", lambda: RIGHT_MAP),
    unusual("ex3", lambda: correlate2d(check.PICTURE, check.KERNEL, mode="valid").astype(float)),
    wrong("ex3", lambda: convolve2d(check.PICTURE, check.KERNEL, mode="valid"), "turned the kernel around"),
    wrong("ex3", lambda: correlate2d(check.PICTURE, check.KERNEL, mode="same"), "zeros around the image"),
    wrong("ex3", lambda: [[4, 4, -1], [-1, 5, 2], [5, 0, 7]], "Look again at (2, 2)"),
    wrong("ex3", lambda: [[4, 4], [-1, 5]], "has the shape (3, 3); yours has the shape (2, 2)"),
    wrong("ex3", lambda: [[4, 4, -1], [-1, 5]], "Expected an array of numbers"),
    right("ex4", lambda: POOLED),
    unusual("ex4", lambda: keras.layers.MaxPooling2D()(check.MAPS[None].astype("float32"))[0]),
    wrong("ex4", lambda: check.MAPS.reshape(2, 2, 2, 2, 2).mean(axis=(1, 3)), "average of each window"),
    wrong("ex4", lambda: POOLED.max(axis=-1), "treats each channel by itself"),
    wrong("ex4", lambda: POOLED[:, :, 0], "the first map alone"),
    wrong("ex4", lambda: np.moveaxis(POOLED, -1, 0), "channels come last"),
    wrong("ex4", lambda: np.stack([POOLED[..., 0], POOLED[..., 1]], axis=1), "use axis=-1"),
    wrong("ex4", lambda: POOLED + np.eye(2, dtype=int)[:, :, None], "Look again at (0, 0, 0)"),
    right("ex5", lambda: lambda n, k, p, s: (n - 1) * s + k - 2 * p),
    unusual("ex5", lambda: smallest_by_search),
    unusual("ex5", lambda: lambda n, k, p, s: float(n * s - (s - k + 2 * p))),
    wrong("ex5", lambda: lambda n, k, p, s: n * s + k - 2 * p, "One move too many"),
    wrong("ex5", lambda: lambda n, k, p, s: (n - 1) * s + k - p, "counts twice"),
    wrong("ex5", lambda: lambda n, k, p, s: (n - 1) * s + k, "Padding is missing"),
    wrong("ex5", lambda: lambda n, k, p, s: (n - 1) * s + k + 2 * p, "You added the padding"),
    wrong("ex5", lambda: lambda n, k, p, s: n - 1 + k - 2 * p, "The stride is missing"),
    wrong("ex5", lambda: lambda n, k, p, s: (n - 1) * s - 2 * p, "begins at its last place"),
    wrong("ex5", lambda: lambda n, k, p, s: smallest_by_search(n + 1, k, p, s) - 1, "There is a smaller one"),
    wrong("ex5", lambda: lambda n, k, p, s: len(range(0, n + 2 * p - k + 1, s)), "your function returns"),
    wrong("ex5", lambda: lambda n, k, p, s: (n + 2 * p - k) // s + 1, "the formula forwards"),
    wrong("ex5", lambda: lambda n, k, p, s: n + k, "Called with 1, 5, 0, 1, your function returns 6; expected 5"),
    wrong("ex5", lambda: smallest_by_search(5, 5, 0, 1), "Hand over its name"),
    not_tried("ex5", lambda: lambda n, k, p, s: None, "End it with `return`"),
    right("ex6", lambda: correlate),
    unusual("ex6", lambda: changes_its_input),
    wrong("ex6", lambda: lambda i, k, s: correlate2d(i, k, mode="valid"), "you always move by 1"),
    wrong("ex6", lambda: lambda i, k, s: convolve2d(i, k, mode="valid")[::s, ::s], "turned the kernel around"),
    wrong("ex6", lambda: lambda i, k, s: correlate2d(i, k, mode="valid")[::s], "but to the right by 1"),
    wrong("ex6", lambda: lambda i, k, s: correlate2d(i, k, mode="valid")[:, ::s], "but down by 1"),
    wrong("ex6", lambda: in_whole_numbers(correlate), "np.zeros without int"),
    wrong("ex6", lambda: lambda i, k, s: correlate(i, k, s)[:-1, :-1], "not the moves"),
    wrong("ex6", lambda: with_error, "return image @ kernel"),
    wrong("ex6", lambda: lambda i, k: i, "called with 3 arguments, but takes (i, k)"),
    right("ex7", lambda: loop_bank),
    unusual("ex7", lambda: keras_bank),
    wrong("ex7", lambda: lambda i, k, b: loop_bank(i, k, 0 * b), "The biases are missing"),
    wrong("ex7", lambda: lambda i, k, b: loop_bank(i, k, b * i.shape[-1]), "once for each channel"),
    wrong("ex7", lambda: lambda i, k, b: loop_bank(i[..., :1], k[:, :, :1], b), "the first channel only"),
    wrong("ex7", lambda: lambda i, k, b: np.moveaxis(loop_bank(i, k, b), -1, 0), "The depth comes last"),
    wrong("ex7", lambda: in_whole_numbers(loop_bank), "np.zeros without int"),
    wrong("ex7", lambda: lambda i, k, b: loop_bank(i, k, b)[..., 0], "your function returns an array of shape"),
    right("ex8", lambda: lambda image: blocks(image).max(axis=(1, 3))),
    unusual(
        "ex8", lambda: lambda image: np.maximum.reduce([image[r::2, c::2] for r in (0, 1) for c in (0, 1)]).tolist()
    ),
    not_tried("ex8", lambda: check.broken_max_pool, "still does what it did"),
    wrong("ex8", lambda: nearly_repaired, "nothing is above 0"),
    wrong("ex8", lambda: lambda image: correlate_max(image), "your windows overlap"),
    wrong("ex8", lambda: lambda image: blocks(image).mean(axis=(1, 3)), "take the average"),
    wrong("ex8", lambda: lambda image: blocks(image).min(axis=(1, 3)), "your function returns"),
]


def correlate_max(image):
    """Windows that begin at every row and column, as many as there should be."""
    rows, columns = image.shape[0] // 2, image.shape[1] // 2
    return np.array([[image[r : r + 2, c : c + 2].max() for c in range(columns)] for r in range(rows)])
