"""Draws small arrays as grids of numbers, and steps through a convolution with its arithmetic written out."""

import re
import textwrap
from collections.abc import Mapping, Sequence

import matplotlib.pyplot as plt
import numpy as np
from IPython.display import HTML
from matplotlib.animation import FuncAnimation
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from helpers.backend.arrays import numbers as as_numbers
from helpers.convolution import conv2d
from helpers.language import say
from helpers.plots import BLUE, DIVERGING, ORANGE, shown_once, text

# Matplotlib takes these symbols from a web font, which leaves the buttons blank where there is no network.
BUTTONS = {
    "minus": "−",
    "fast-backward": "«",
    "step-backward": "‹",
    "play fa-flip-horizontal": "◀\ufe0e",  # the second character asks for text, where phones would draw an emoji
    "pause": "❚❚",
    "play": "▶\ufe0e",
    "step-forward": "›",
    "fast-forward": "»",
    "plus": "+",
}
PADDING_GREY = "#d9d9d9"
STEP = {"figsize": (10, 3.3), "dpi": 80}
MOST_STEPS = 100  # each is a picture of about 40 kB inside the page


def numbers(
    grids: Mapping[str, np.ndarray] | Sequence[tuple[str, np.ndarray]], caption: str = "", columns: int = 6
) -> Figure:
    """Draw small arrays side by side, each number in its cell.

    Args:
        grids: title -> array (H, W), or pairs of the two where titles repeat. One colour scale for all: red is
            positive, blue is negative, white is zero. NaN leaves a cell empty.
        caption: the title of the figure.
        columns: arrays to a row.

    Returns:
        The Figure.

    Raises:
        ValueError: if there is no array, or one does not have two axes.
    """
    grids = list(grids.items() if isinstance(grids, Mapping) else grids)
    titles = [text(title) for title, _ in grids]
    arrays = [as_numbers(array, "grids").astype(float) for _, array in grids]
    if not arrays or any(array.ndim != 2 or not array.size for array in arrays):
        shapes = ", ".join(f"{title!r}: {array.shape}" for title, array in zip(titles, arrays, strict=True))
        raise ValueError(say("Expected arrays of shape (H, W), got {shapes}.", shapes=shapes or say("none")))
    columns = min(columns, len(arrays))
    rows = -(-len(arrays) // columns)
    # As wide as the widest array of the column, and no narrower than a title: cells then have one size everywhere.
    widths = [max(4, *(array.shape[1] for array in arrays[column::columns])) + 0.6 for column in range(columns)]
    heights = [max(array.shape[0] for array in arrays[row * columns :][:columns]) + 0.9 for row in range(rows)]
    size = (0.4 * sum(widths), 0.4 * sum(heights) + (0.3 if caption else 0))
    figure = shown_once(plt.figure(figsize=size, layout="constrained"))
    grid = {"width_ratios": widths, "height_ratios": heights}
    axes = figure.subplots(rows, columns, squeeze=False, gridspec_kw=grid).flatten()
    limit = max(float(np.abs(array[np.isfinite(array)]).max(initial=0)) for array in arrays)
    for axis in axes:
        axis.set_axis_off()
    for place, (title, array) in enumerate(zip(titles, arrays, strict=True)):
        _cells(axes[place], array, title, limit or 1.0)
        margin = (widths[place % columns] - array.shape[1]) / 2 + 0.5
        axes[place].set_xlim(-margin, array.shape[1] - 1 + margin)
    if caption:
        figure.suptitle(text(caption), fontsize=11)
    return figure


def convolution_step(
    image: np.ndarray, kernel: np.ndarray, step: int, bias: float = 0, stride: int = 1, padding: int = 0
) -> Figure:
    """Draw one step of a convolution: where the window is, the products under it, their sum, the output so far.

    Args:
        image: (H, W).
        kernel: (kh, kw).
        step: number of the output, from 0, row by row; negative ones count from the end.
        bias: added to every sum.
        stride: pixels from one place to the next.
        padding: zeros added on every side; they are drawn grey.

    Returns:
        The Figure.

    Raises:
        ValueError: if image and kernel do not fit, there is no such step, or padding or stride are no whole numbers.
    """
    figure = shown_once(plt.figure(**STEP))
    _draw_step(figure, image, kernel, step, bias, stride, padding)
    return figure


def convolution_steps(
    image: np.ndarray, kernel: np.ndarray, bias: float = 0, stride: int = 1, padding: int = 0
) -> HTML:
    """Animate all steps of a convolution, with buttons to play, stop, and go on or back one step.

    The result holds its pictures and its script, and needs no network: it works in Jupyter, in Colab and on a web page.
    Arguments and errors as in `convolution_step`; more than 100 steps are refused, too.
    """
    figure = shown_once(plt.figure(**STEP))
    count = conv2d(image, kernel, strides=stride, padding=padding).size
    if count > MOST_STEPS:
        raise ValueError(
            say(
                "{count} steps are too many to watch, {most} at most. Take a smaller part of the image.",
                count=count,
                most=MOST_STEPS,
            )
        )
    animation = FuncAnimation(
        figure, lambda step: _draw_step(figure, image, kernel, step, bias, stride, padding), frames=count
    )
    page = animation.to_jshtml(fps=1, default_mode="once")
    page = re.sub(r'<link rel="stylesheet"[^>]*>', "", page)
    page = page.replace("<img ", f'<img alt="{say("The steps of a convolution")}" style="max-width: 100%" ')
    return HTML(re.sub(r'<i class="fa fa-([\w -]+)"></i>', lambda icon: BUTTONS.get(icon[1], icon[1]), page))


def _draw_step(figure: Figure, image, kernel, step: int, bias: float, stride: int, padding: int) -> None:
    """Fill a figure with one step; what it held before goes."""
    image, kernel = np.asarray(image), np.asarray(kernel)
    if image.ndim != 2 or kernel.ndim != 2:
        raise ValueError(
            say(
                "Expected an image (H, W) and a kernel (kh, kw), got {image.shape} and {kernel.shape}.",
                image=image,
                kernel=kernel,
            )
        )
    if isinstance(padding, str) or np.ndim(stride):
        raise ValueError(
            say(
                "Here padding and stride are one whole number each; got {padding!r} and {stride!r}.",
                padding=padding,
                stride=stride,
            )
        )
    output = conv2d(image, kernel, bias, stride, padding)
    image, kernel = image.astype(float), kernel.astype(float)  # small integers would overflow in the products
    if not -output.size <= step < output.size:
        raise ValueError(
            say("An output of {output.shape[0]} x {output.shape[1]} has no step {step}.", output=output, step=step)
        )
    step %= output.size
    row, column = np.unravel_index(step, output.shape)
    padded = np.pad(image, padding)
    top, left = row * stride, column * stride
    window = padded[top : top + kernel.shape[0], left : left + kernel.shape[1]]
    done = np.where(np.arange(output.size).reshape(output.shape) <= step, output, np.nan)

    figure.clear()
    panels = {
        say("input"): padded,
        say("window"): window,
        say("kernel"): kernel,
        say("products"): window * kernel,
        say("feature map"): done,
    }
    widths = [array.shape[1] + 0.6 for array in panels.values()]
    axes = figure.subplots(
        1, 5, width_ratios=widths, gridspec_kw={"left": 0.01, "right": 0.99, "bottom": 0.2, "top": 0.86, "wspace": 0.2}
    )
    for axis, (title, array) in zip(axes, panels.items(), strict=True):
        axis.set_axis_off()
        _cells(axis, array, title)
    for place in np.ndindex(padded.shape):
        inside = all(padding <= at < padding + size for at, size in zip(place, image.shape, strict=True))
        if not inside:
            _paint(axes[0], *place, 1, 1, facecolor=PADDING_GREY, zorder=0)
    _paint(axes[0], top, left, *kernel.shape, facecolor="none", edgecolor=ORANGE, linewidth=3)
    for axis in axes[1:4]:
        _paint(axis, 0, 0, *kernel.shape, facecolor="none", edgecolor=BLUE if axis is axes[2] else ORANGE, linewidth=3)
    _paint(axes[4], row, column, 1, 1, facecolor="none", edgecolor=ORANGE, linewidth=3)
    for axis, sign in zip(axes[1:], ("", "×", "=", "→"), strict=True):
        axis.text(-0.1, 0.5, sign, transform=axis.transAxes, ha="center", va="center", fontsize=16)
    figure.suptitle(
        say(
            "Step {number} of {output.size}: row {row}, column {column} of the feature map",
            number=step + 1,
            output=output,
            row=row,
            column=column,
        ),
        fontsize=11,
    )
    arithmetic = textwrap.fill(_arithmetic(window, kernel, bias, output[row, column]), 105, break_on_hyphens=False)
    figure.text(0.5, 0.09, arithmetic, ha="center", va="center", fontsize=10)


def _arithmetic(window: np.ndarray, kernel: np.ndarray, bias: float, total: float) -> str:
    """The sum as one would write it: 3×4 + 4×2 = 20."""
    products = [f"{_text(pixel)}×{_text(weight)}" for pixel, weight in zip(window.flat, kernel.flat, strict=True)]
    if len(products) > 16:
        products = [*products[:6], "…", *products[-6:]]
    if bias:
        products.append(_text(bias))
    return f"{' + '.join(products)} = {_text(total, in_sum=False)}"


def _cells(axis: Axes, array: np.ndarray, title: str, limit: float | None = None) -> None:
    """Draw an array as a grid of numbers, coloured from -limit to limit if there is one; NaN leaves a cell empty."""
    height, width = array.shape
    axis.set(xlim=(-0.55, width - 0.45), ylim=(height - 0.45, -0.55), aspect="equal")
    axis.set_title(title, fontsize=10)
    if limit:
        axis.imshow(array, cmap=DIVERGING, vmin=-limit, vmax=limit, alpha=0.6)
    for (row, column), value in np.ndenumerate(array):
        _paint(axis, row, column, 1, 1, facecolor="none", edgecolor="#808080", linewidth=0.8)
        if not np.isnan(value):
            text = _text(value, in_sum=False)
            axis.text(column, row, text, ha="center", va="center", fontsize=10 if len(text) < 5 else 7.5)


def _paint(axis: Axes, row: int, column: int, height: int, width: int, **style) -> None:
    """Draw a rectangle around cells."""
    axis.add_patch(Rectangle((column - 0.5, row - 0.5), width, height, **style))


def _text(value: float, in_sum: bool = True) -> str:
    """A number in few characters, with a real minus sign; in a sum, negative ones in brackets."""
    text = f"{round(float(value), 2) + 0.0:g}".replace("-", "−")
    return f"({text})" if in_sum and text.startswith("−") else text
