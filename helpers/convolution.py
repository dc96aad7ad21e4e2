"""Convolution and pooling in plain NumPy, as chapter 01 works them out by hand.

Like every deep-learning library this computes the *cross-correlation*: the kernel is not turned around first.
Source: Goodfellow, Bengio and Courville, "Deep Learning", 2016, section 9.1; sizes as in Dumoulin and Visin,
"A guide to convolution arithmetic for deep learning", 2016, https://arxiv.org/abs/1603.07285.
"""

import operator
from collections.abc import Callable

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from helpers.backend.arrays import numbers
from helpers.language import say


def output_size(size: int, kernel: int, padding: int = 0, stride: int = 1) -> int:
    """Say at how many places a kernel stops along one axis: floor((N + 2P - K) / S + 1).

    Args:
        size: N, pixels along the axis, at least 1.
        kernel: K, weights along the axis, at least 1.
        padding: P, zeros added on each of the two sides.
        stride: S, pixels from one place to the next, at least 1.

    Returns:
        Number of outputs along the axis.

    Raises:
        ValueError: if a number is out of its range, or the kernel is larger than the padded input.
    """
    size, kernel, stride = _whole("size", size), _whole("kernel", kernel), _whole("stride", stride)
    padding = _whole("padding", padding, least=0)
    if kernel > size + 2 * padding:
        raise ValueError(
            say(
                "A kernel of {kernel} does not fit into {size} pixels with a padding of {padding} on each side.",
                kernel=kernel,
                size=size,
                padding=padding,
            )
        )
    return (size + 2 * padding - kernel) // stride + 1


def conv2d(
    image: np.ndarray,
    kernels: np.ndarray,
    bias: float | np.ndarray | None = None,
    strides: int | tuple[int, int] = 1,
    padding: str | int = "valid",
) -> np.ndarray:
    """Slide kernels over an image; each output is the sum of the products under the kernel, plus the bias.

    Args:
        image: (H, W) or (H, W, C), whole numbers or floats.
        kernels: (kh, kw), (kh, kw, C) for one filter of depth C, or (kh, kw, C, F) for F filters, as Keras
            stores them.
        bias: one number for each filter, (F,), or one for all; None is 0.
        strides: pixels from one place to the next; a pair counts rows and columns apart.
        padding: ``"valid"`` adds nothing; an int adds that many zeros on every side; ``"same"`` adds as many as it
            takes for an output of ceil(H / stride) x ceil(W / stride), the odd one at the bottom and on the right, as
            Keras does.

    Returns:
        (H', W') for kernels with two or three axes, (H', W', F) for four; int64 if image, kernels and bias hold
        whole numbers, else the float type in which NumPy multiplies image and kernels.

    Raises:
        ValueError: if shapes do not fit, naming both; or if ``strides`` or ``padding`` are none of the above.
    """
    image, kernels = _numbers("image", image), _numbers("kernels", kernels)
    if image.ndim not in (2, 3) or kernels.ndim not in (2, 3, 4) or 0 in image.shape + kernels.shape:
        raise ValueError(
            say(
                "Expected one image (H, W) or (H, W, C) and kernels (kh, kw), (kh, kw, C) or (kh, kw, C, F), got "
                "an image of shape {image.shape} and kernels of shape {kernels.shape}.",
                image=image,
                kernels=kernels,
            )
        )
    deep_image = image if image.ndim == 3 else image[:, :, np.newaxis]
    deep_kernels = kernels.reshape(kernels.shape + (1,) * (4 - kernels.ndim))
    kernel_height, kernel_width, depth, filters = deep_kernels.shape
    if depth != deep_image.shape[2]:
        raise ValueError(
            say(
                "Kernels must be as deep as the image: the image of shape {image.shape} has depth "
                "{deep_image.shape[2]}, the kernels of shape {kernels.shape} have depth {depth}. The axes of "
                "kernels are (height, width, depth, filters).",
                image=image,
                deep_image=deep_image,
                kernels=kernels,
                depth=depth,
            )
        )
    bias = _numbers("bias", 0 if bias is None else bias)
    if bias.shape not in ((), (filters,)):
        raise ValueError(
            say("{filters} filters need a bias of shape ({filters},), got {bias.shape}.", filters=filters, bias=bias)
        )
    strides = _pair("strides", strides)
    # Sums of small integers overflow: 200 + 100 is 44 in uint8.
    kind = np.result_type(image, kernels)
    kind = kind if kind.kind == "f" else np.dtype("int64")
    zeros = _zeros(image.shape[:2], (kernel_height, kernel_width), strides, padding)
    padded = np.pad(deep_image.astype(kind), (*zeros, (0, 0)))
    if padded.shape[0] < kernel_height or padded.shape[1] < kernel_width:
        raise ValueError(
            say(
                "Kernels of shape {kernels.shape} do not fit into the image of shape {image.shape}, padded to "
                "{padded.shape[0]} x {padded.shape[1]}.",
                kernels=kernels,
                image=image,
                padded=padded,
            )
        )
    windows = _windows(padded, (kernel_height, kernel_width), strides)
    # The kernels come first: then tensordot copies the windows row by row, several times faster than pixel by pixel.
    maps = np.tensordot(deep_kernels.astype(kind), windows, axes=([0, 1, 2], [3, 4, 2]))
    maps = np.moveaxis(maps, 0, 2) + (bias.astype(kind) if kind.kind == "f" else bias)
    return maps if kernels.ndim == 4 else maps[:, :, 0]


def max_pool2d(
    image: np.ndarray, size: int | tuple[int, int] = 2, strides: int | tuple[int, int] | None = None
) -> np.ndarray:
    """Keep the largest value of each window; every channel on its own.

    Args:
        image: (H, W) or (H, W, C).
        size: height and width of the window.
        strides: pixels from one window to the next; by default the size, so that windows touch and do not overlap.

    Returns:
        (H', W') or (H', W', C). Rows and columns that do not fill a window are left out.

    Raises:
        ValueError: for another shape, or a window larger than the image.
    """
    return _pool(image, size, strides, np.max)


def average_pool2d(
    image: np.ndarray, size: int | tuple[int, int] = 2, strides: int | tuple[int, int] | None = None
) -> np.ndarray:
    """Keep the mean of each window; every channel on its own. Arguments, result and errors as in `max_pool2d`."""
    return _pool(image, size, strides, np.mean)


def _pool(image: np.ndarray, size, strides, keep: Callable) -> np.ndarray:
    """Apply ``keep`` to each window of each channel."""
    image = _numbers("image", image)
    size = _pair("size", size)
    strides = size if strides is None else _pair("strides", strides)
    if image.ndim not in (2, 3) or 0 in image.shape:
        raise ValueError(say("Expected one image (H, W) or (H, W, C), got shape {image.shape}.", image=image))
    if image.shape[0] < size[0] or image.shape[1] < size[1]:
        raise ValueError(
            say("A window of shape {size} does not fit into the image of shape {image.shape}.", size=size, image=image)
        )
    return keep(_windows(image, size, strides), axis=(-2, -1))


def _windows(image: np.ndarray, size: tuple[int, int], strides: tuple[int, int]) -> np.ndarray:
    """All windows of an image (H, W, ...), as a view without copying: (H', W', ..., kh, kw)."""
    return sliding_window_view(image, size, axis=(0, 1))[:: strides[0], :: strides[1]]


def _zeros(image, kernel, strides, padding: str | int) -> list[tuple[int, int]]:
    """How many zeros to add before and after the image along height and width."""
    if isinstance(padding, str) and padding == "same":
        totals = [
            max((-(-size // stride) - 1) * stride + window - size, 0)
            for size, window, stride in zip(image, kernel, strides, strict=True)
        ]
        return [(total // 2, total - total // 2) for total in totals]
    try:
        amount = 0 if isinstance(padding, str) and padding == "valid" else _whole("padding", padding, least=0)
    except ValueError as error:
        message = say(
            'padding must be "valid", "same" or a whole number of at least 0; got {padding!r}.', padding=padding
        )
        raise ValueError(message) from error
    return [(amount, amount)] * 2


def _pair(name: str, value) -> tuple[int, int]:
    """(rows, columns) from one number or two."""
    rows, columns = value if isinstance(value, tuple | list) and len(value) == 2 else (value, value)
    try:
        return _whole(name, rows), _whole(name, columns)
    except ValueError as error:
        raise ValueError(
            say("{name} must be one or two whole numbers of at least 1; got {value!r}.", name=name, value=value)
        ) from error


def _whole(name: str, value, least: int = 1) -> int:
    """A whole number as Python's int, which does not overflow as NumPy's do."""
    try:
        number = operator.index(value)
    except TypeError:
        number = least - 1
    if number < least or isinstance(value, bool):
        raise ValueError(
            say(
                "{name} must be a whole number of at least {least}; got {value!r}.", name=name, least=least, value=value
            )
        )
    return number


def _numbers(name: str, values) -> np.ndarray:
    """An array of whole numbers or floats, of NumPy or another library."""
    known = isinstance(values, np.ndarray) and values.dtype.kind in "biuf"
    return values if known else numbers(values, name)
