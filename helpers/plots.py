"""Draws what the lessons show. Every function takes arrays and returns the Figure; a notebook shows it by naming it."""

import unicodedata
from collections.abc import Mapping, Sequence

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.cm import ScalarMappable
from matplotlib.colors import PowerNorm
from matplotlib.figure import Figure
from matplotlib.patches import Polygon
from matplotlib.ticker import MaxNLocator

from helpers.backend import letters
from helpers.backend.arrays import classes, finite, numbers
from helpers.language import say

# Colour-blind-safe: a sequential map for activations, a diverging one (white is zero) for weights.
SEQUENTIAL, DIVERGING = "viridis", "RdBu_r"
HEAT = "YlOrRd"  # for heat maps that lie on a grey picture
# Okabe & Ito, "Color Universal Design", 2008: distinguishable in every common form of colour blindness.
BLUE, ORANGE = "#0072B2", "#E69F00"
COLOURS = (BLUE, ORANGE, "#009E73", "#CC79A7", "#56B4E9", "#D55E00", "#000000")
letters.prepare()


def images(pictures: np.ndarray, titles: Sequence[str] = (), columns: int = 8, caption: str = "") -> Figure:
    """Draw pictures in a grid.

    Args:
        pictures: (n, H, W), (n, H, W, 1) or (n, H, W, 3); uint8 in 0..255 or floats in 0..1. Grey ones are drawn
            as ink on paper: 0 is white.
        titles: a word or two for each picture.
        columns: pictures to a row.
        caption: the title of the figure.

    Returns:
        The Figure.

    Raises:
        ValueError: for another shape or range, or if there are not as many titles as pictures.
    """
    pictures, titles = finite(pictures, "pictures"), [text(title) for title in titles]
    if pictures.ndim not in (3, 4) or (pictures.ndim == 4 and pictures.shape[3] not in (1, 3)) or not len(pictures):
        raise ValueError(
            say(
                "Expected pictures of shape (n, H, W), (n, H, W, 1) or (n, H, W, 3), got {pictures.shape}.",
                pictures=pictures,
            )
        )
    if pictures.ndim == 3 and pictures.shape[2] == 3:
        raise ValueError(
            say(
                "{pictures.shape} looks like one colour picture. Pass a batch of one: picture[np.newaxis].",
                pictures=pictures,
            )
        )
    _check_titles(titles, pictures)
    pictures = _in_range(pictures)
    figure, axes = _grid(len(pictures), columns, height=1.35 if titles else 1.1, caption=caption)
    for index, axis in enumerate(axes[: len(pictures)]):
        _ink_on_paper(axis, pictures[index])
        if titles:
            axis.set_title(titles[index], fontsize=8)
    return shown_once(figure)


def history(runs: Mapping[str, Mapping[str, Sequence[float]]], metric: str = "loss") -> Figure:
    """Draw training (dashed) and validation (solid) curves, each run's best epoch by validation loss marked.

    Args:
        runs: name -> what ``fit(...)`` returned, or its dictionary ``history``. The training had a validation set.
        metric: ``"loss"`` or ``"accuracy"``.

    Returns:
        The Figure.

    Raises:
        ValueError: for no run, more than there are colours that everybody can tell apart, or one without these values.
    """
    if not 0 < len(runs) <= len(COLOURS):
        raise ValueError(
            say("From 1 to {most} runs fit in one figure, got {count}.", most=len(COLOURS), count=len(runs))
        )
    curves = {text(name): _curves(name, run, metric) for name, run in runs.items()}
    measure = {"loss": say("loss"), "accuracy": say("accuracy")}.get(metric, metric)
    figure, axis = plt.subplots(figsize=(8.5, 3.6), layout="constrained")
    for colour, (name, run) in zip(COLOURS, curves.items(), strict=False):
        epochs = np.arange(1, len(run[metric]) + 1)
        best = int(np.nanargmin(run["val_loss"]))
        axis.plot(epochs, run[metric], ".--", color=colour, label=say("{name}, training", name=name))
        axis.plot(epochs, run[f"val_{metric}"], ".-", color=colour, label=say("{name}, validation", name=name))
        axis.plot(
            best + 1,
            run[f"val_{metric}"][best],
            "o",
            color=colour,
            markersize=9,
            label=say("{name}, best: epoch {number}", name=name, number=best + 1),
        )
    axis.xaxis.set_major_locator(MaxNLocator(integer=True))
    axis.set(xlabel=say("epoch"), ylabel=measure, title=say("{metric} by epoch", metric=measure.capitalize()))
    axis.grid(alpha=0.3)
    figure.legend(loc="outside right upper", fontsize=8)
    return shown_once(figure)


def _curves(name: str, run: object, metric: str) -> dict[str, np.ndarray]:
    """The curves of a run that `history` draws."""
    run = getattr(run, "history", run)
    missing = [key for key in (metric, f"val_{metric}", "val_loss") if key not in run]
    if missing:
        hint = say(" Train with validation_data or validation_split.") if metric in run else ""
        raise ValueError(
            say(
                "The run {name!r} has no {missing}; it has {found}.{hint}",
                name=name,
                missing=", ".join(missing),
                found=", ".join(run) or say("nothing"),
                hint=hint,
            )
        )
    curves = {key: numbers(run[key], key) for key in (metric, f"val_{metric}", "val_loss")}
    if np.isnan(curves["val_loss"]).all():
        raise ValueError(say("In the run {name!r} no epoch has a validation loss that is a number.", name=name))
    return curves


def probabilities(
    picture: np.ndarray, values: Sequence[float], class_names: Sequence[str], truth: int | None = None
) -> Figure:
    """Draw a picture beside the probability of each class, every bar at its class name.

    Args:
        picture: (H, W), (H, W, 1) or (H, W, 3).
        values: one probability in 0..1 for each class.
        class_names: as many names.
        truth: index of the true class, drawn in another colour and named in the title.

    Returns:
        The Figure.

    Raises:
        ValueError: if there is not one probability for each name.
    """
    values, class_names = finite(values, "probabilities"), [text(name) for name in class_names]
    picture = _in_range(finite(picture, "pictures"))
    if values.shape != (len(class_names),):
        raise ValueError(
            say(
                "Expected {count} probabilities, one for each class name, got {values.shape}.",
                count=len(class_names),
                values=values,
            )
        )
    if values.min() < 0 or values.max() > 1.01:
        raise ValueError(
            say("Expected probabilities in 0..1, got {low:g}..{high:g}.", low=values.min(), high=values.max())
        )
    figure, (left, right) = plt.subplots(1, 2, figsize=(7.5, 2.8), width_ratios=(1, 2.2), layout="constrained")
    _ink_on_paper(left, picture)
    left.set_axis_off()
    colours = [ORANGE if index == truth else BLUE for index in range(len(values))]
    bars = right.barh(range(len(values)), values, color=colours)
    right.set_yticks(range(len(values)), class_names)
    right.bar_label(bars, [f"{value:.3f}" for value in values], padding=3, fontsize=8)
    right.invert_yaxis()
    right.set(
        xlim=(0, 1.15),
        xlabel=say("probability"),
        title=say("Most likely: {name}", name=class_names[int(np.argmax(values))]),
    )
    if truth is not None:
        left.set_title(say("True class: {name}", name=class_names[truth]), fontsize=9)
    return shown_once(figure)


def kernels(weights: np.ndarray, columns: int = 16, limit: float | None = None, caption: str = "") -> Figure:
    """Draw the kernels of a convolution layer: red weights are positive, blue are negative, white is zero.

    Args:
        weights: (kh, kw, n), or (kh, kw, 1, n) as Keras stores the kernels of a layer with one input channel.
        columns: kernels to a row.
        limit: the colours span -limit..limit; pass the same limit to figures that shall be compared. By default
            the largest weight.
        caption: the title of the figure.

    Returns:
        The Figure, with a colour bar.

    Raises:
        ValueError: for another shape, or weights that are not finite.
    """
    weights = _as_kernels(weights)
    largest = float(np.abs(weights).max())
    limit = limit or largest
    figure, axes = _grid(weights.shape[2], columns, height=1.0, caption=caption)
    for index, axis in enumerate(axes[: weights.shape[2]]):
        drawn = axis.imshow(weights[:, :, index], cmap=DIVERGING, vmin=-limit, vmax=limit)
        axis.set_title(str(index), fontsize=7, pad=2)
    beyond = "both" if largest > limit else "neither"
    _colour_bar(figure, axes, drawn, label=say("weight"), fraction=0.02, extend=beyond)
    return shown_once(figure)


def feature_maps(
    maps: np.ndarray,
    columns: int = 16,
    weights: np.ndarray | None = None,
    limit: float | None = None,
    caption: str = "",
    gamma: float = 1.0,
) -> Figure:
    """Draw all channels of a layer in one colour scale from 0; a channel that is 0 everywhere is marked "empty".

    Args:
        maps: (H, W, channels), activations of one image.
        columns: channels to a row.
        weights: the kernels that made the maps, as in `kernels`; each is then drawn above its map.
        limit: the colours of the kernels span -limit..limit, as in `kernels`.
        caption: the title of the figure.
        gamma: the colours follow activation ** gamma. 0.5, a square root, makes weak activations visible beside
            strong ones; which of two is stronger stays the same. For activations that are not negative.

    Returns:
        The Figure, with a colour bar.

    Raises:
        ValueError: if the maps do not have three axes, or hold values that are not finite, or there are not as many
            kernels as maps.
    """
    maps = finite(maps, "maps")
    if maps.ndim != 3 or not maps.size:
        raise ValueError(say("Expected the maps of one image, (H, W, channels), got {maps.shape}.", maps=maps))
    channels = maps.shape[2]
    if weights is not None:
        weights = _as_kernels(weights)
        if weights.shape[2] != channels:
            raise ValueError(
                say("{weights.shape[2]} kernels do not fit {channels} maps.", weights=weights, channels=channels)
            )
        limit = limit or float(np.abs(weights).max())
    scale = PowerNorm(gamma, min(0.0, float(maps.min())), float(maps.max()))
    figure, axes = _grid(channels, columns, height=1.0 if weights is None else 1.6, caption=caption)
    for index, axis in enumerate(axes[:channels]):
        empty = not maps[:, :, index].any()
        label = say("{index} empty", index=index) if empty else str(index)
        drawn = axis.imshow(maps[:, :, index], cmap=SEQUENTIAL, norm=scale)
        if weights is None:
            axis.set_title(label, fontsize=7, pad=2)
        else:
            above = axis.inset_axes((0.25, 1.06, 0.5, 0.5))
            above.imshow(weights[:, :, index], cmap=DIVERGING, vmin=-limit, vmax=limit)
            above.set_title(label, fontsize=7, pad=2)
            above.set(xticks=[], yticks=[])
    _colour_bar(figure, axes, drawn, label=say("activation"), fraction=0.02)
    return shown_once(figure)


def heat_maps(
    pictures: np.ndarray, maps: Mapping[str, np.ndarray], titles: Sequence[str] = (), caption: str = ""
) -> Figure:
    """Draw each picture (a row) beside its heat maps (a column each), which lie on the picture in grey.

    Args:
        pictures: (n, H, W), (n, H, W, 1) or (n, H, W, 3), as in `images`.
        maps: name -> (n, H, W) in 0..1; the higher, the redder and the less transparent.
        titles: a word or two for each picture, drawn at its left.
        caption: the title of the figure.

    Returns:
        The Figure, with a colour bar.

    Raises:
        ValueError: if titles or maps do not fit the pictures, or a map is not in 0..1.
    """
    pictures, titles = finite(pictures, "pictures"), [text(title) for title in titles]
    if not maps or not len(pictures):
        raise ValueError(say("Expected at least one picture and one map."))
    _check_titles(titles, pictures)
    pictures, maps = _in_range(pictures), {text(name): finite(some, "heat maps") * 1.0 for name, some in maps.items()}
    for name, some in maps.items():
        if some.shape != pictures.shape[:3] or not 0 <= some.min() <= some.max() <= 1:
            raise ValueError(
                say(
                    "Expected {name!r} of shape {shape} in 0..1, got {some.shape}.",
                    name=name,
                    shape=pictures.shape[:3],
                    some=some,
                )
            )
    columns = len(maps) + 1
    figure, axes = _grid(len(pictures) * columns, columns, height=1.0, caption=caption, width=min(2.2, 12 / columns))
    for picture, row in zip(pictures, axes.reshape(-1, columns), strict=True):
        _ink_on_paper(row[0], picture)
    for column, (name, some) in enumerate(maps.items(), start=1):
        axes[column].set_title(name, fontsize=9)
        for picture, heat, axis in zip(pictures, some, axes[column::columns], strict=True):
            axis.imshow(_faded(picture), cmap="gray", vmin=0, vmax=1)
            drawn = axis.imshow(heat, cmap=HEAT, vmin=0, vmax=1, alpha=0.9 * np.sqrt(heat))
    for title, axis in zip(titles, axes[::columns], strict=False):
        axis.text(-0.06, 0.5, title, transform=axis.transAxes, rotation=90, ha="right", va="center", fontsize=9)
    scale = ScalarMappable(drawn.norm, drawn.cmap)
    _colour_bar(figure, axes, scale, label=say("share of the map's largest value"), fraction=0.03)
    return shown_once(figure)


def confusion(truth: np.ndarray, predicted: np.ndarray, class_names: Sequence[str]) -> Figure:
    """Draw how often each true class (row) was taken for each class (column).

    Args:
        truth: class indices, (n,), or labels in another form that Keras knows: (n, 1), or rows with a 1, (n, classes).
        predicted: the same, or what the network puts out: probabilities, (n, classes), or (n, 1) of the second of two.
        class_names: one name for each index.

    Returns:
        The Figure. Colours leave the diagonal out, so that the mistakes can be seen beside the many right answers.

    Raises:
        ValueError: if there are not as many predictions as labels, or an index has no name.
    """
    class_names = [text(name) for name in class_names]
    truth, predicted = (classes(v, len(class_names), w) for v, w in ((truth, "labels"), (predicted, "predictions")))
    if len(truth) != len(predicted):
        raise ValueError(
            say("{predicted} predictions do not fit {truth} labels.", predicted=len(predicted), truth=len(truth))
        )
    from sklearn.metrics import confusion_matrix  # large, and nothing else here needs it

    counts = confusion_matrix(truth, predicted, labels=range(len(class_names)))
    figure, axis = plt.subplots(figsize=(6.4, 5.2), layout="constrained")
    mistakes = counts * (1 - np.eye(len(class_names), dtype=int))
    drawn = axis.imshow(mistakes, cmap="Oranges")
    for (row, column), count in np.ndenumerate(counts):
        dark = mistakes[row, column] > 0.6 * mistakes.max()
        weight = "bold" if row == column else "normal"
        axis.text(
            column,
            row,
            count,
            ha="center",
            va="center",
            fontsize=8,
            weight=weight,
            color="white" if dark else "black",
        )
    ticks = range(len(class_names))
    axis.set_xticks(ticks, class_names, rotation=40, ha="right")
    axis.set_yticks(ticks, class_names)
    axis.set(xlabel=say("predicted class"), ylabel=say("true class"), title=say("Confusion matrix"))
    figure.colorbar(drawn, label=say("mistakes"), shrink=0.8)
    return shown_once(figure)


def volumes(model, caption: str = "") -> Figure:
    """Draw a network as volumes: a block for what each layer puts out, as high as its maps, as thick as their number.

    Layers that change no shape, such as dropout, have no block. Lengths grow more slowly than the numbers beside them.

    Args:
        model: a Keras model whose input shape is known.
        caption: the title of the figure.

    Returns:
        The Figure.
    """
    from helpers.backend.graph import NETWORKS, calls_of  # Keras, which nothing else here needs

    calls = [call for call in calls_of(model) if not isinstance(call.layer, NETWORKS) and hasattr(call.output, "shape")]
    blocks = [(say("input"), model.inputs[0].shape[1:])]
    for call in calls:
        if call.inputs and call.output.shape[1:] != call.inputs[0].shape[1:]:
            blocks.append((type(call.layer).__name__, call.output.shape[1:]))
    highest = max((shape[0] or 1 for _, shape in blocks if len(shape) > 1), default=1)
    figure, axis = plt.subplots(figsize=(max(5.0, 1.05 * len(blocks)), 3.0), layout="constrained")
    left = 0.0
    for name, shape in blocks:
        side = 2.5 * ((shape[0] or 1) / highest) ** 0.5 if len(shape) > 1 else np.log2(shape[0] + 1) / 5
        thick, deep = (0.18 + np.log2(shape[-1] + 1) / 8, 0.35 * side) if len(shape) > 1 else (0.18, 0.0)
        _block(axis, left, side, thick, deep)
        numbers_of_shape = "×".join("?" if length is None else f"{length:,}" for length in shape)
        axis.text(left + thick / 2, -side / 2 - 0.2, f"{name}\n{numbers_of_shape}", ha="center", va="top", fontsize=7)
        left += max(thick + deep + 0.3, 1.4)
    axis.autoscale_view()
    axis.margins(x=0.06, y=0.25)
    axis.set_aspect("equal")
    axis.set_axis_off()
    if caption:
        figure.suptitle(text(caption), fontsize=11)
    return shown_once(figure)


def _in_range(pictures: np.ndarray) -> np.ndarray:
    """Pictures whose whole numbers are in 0..255 and whose others are in 0..1; refuse all else."""
    low, high, white = pictures.min(), pictures.max(), _white(pictures)
    if low < -0.01 or high > 1.01 * white:
        ways = "(pictures + 1) / 2" if -1.01 <= low < 0 and high <= 1.01 else "pictures / 255"
        raise ValueError(
            say(
                "Expected pictures of whole numbers in 0..255 or floats in 0..1; these are {pictures.dtype} in "
                "{low:g}..{high:g}. Draw {ways}, for instance.",
                pictures=pictures,
                low=low,
                high=high,
                ways=ways,
            )
        )
    return np.clip(pictures, 0, white)


def _ink_on_paper(axis, picture: np.ndarray) -> None:
    """Draw a picture in its own scale, 0..255 for whole numbers and 0..1 for others; a grey one with 0 as white."""
    axis.imshow(picture, cmap="gray_r", vmin=0, vmax=_white(picture))


def _white(picture: np.ndarray) -> int:
    """Largest value that a picture can have: 255 for whole numbers, 1 for others."""
    return 255 if picture.dtype.kind in "iu" else 1


def _check_titles(titles: Sequence[str], pictures: np.ndarray) -> None:
    """Refuse titles, if there are any, that are not one for each picture."""
    if titles and len(titles) != len(pictures):
        raise ValueError(
            say("{titles} titles do not fit {pictures} pictures.", titles=len(titles), pictures=len(pictures))
        )


def _faded(picture: np.ndarray) -> np.ndarray:
    """Brightness in 0..1, (H, W), of a picture as it is drawn, halved in contrast towards white."""
    picture = picture / _white(picture)
    if picture.ndim == 3 and picture.shape[2] == 3:
        return 0.5 + 0.5 * picture.mean(axis=2)
    return 1 - 0.5 * picture.reshape(picture.shape[:2])  # ink on paper


def _as_kernels(weights: np.ndarray) -> np.ndarray:
    """(kh, kw, n) from Keras's (kh, kw, 1, n)."""
    weights = finite(weights, "weights")
    if weights.ndim == 4 and weights.shape[2] == 1:
        weights = weights[:, :, 0]
    if weights.ndim != 3 or not weights.size:
        raise ValueError(
            say("Expected kernels of shape (kh, kw, n) or (kh, kw, 1, n), got {weights.shape}.", weights=weights)
        )
    return weights


def _grid(
    count: int, columns: int, height: float, caption: str, width: float | None = None
) -> tuple[Figure, np.ndarray]:
    """Figure with at least that many axes without ticks, and the axes in reading order.

    Each is ``width`` inches wide, by default as wide as eight or more to a row may be, and ``height`` times as high.
    """
    columns = min(columns, count)
    rows = -(-count // columns)
    width = width or 12 / max(columns, 8)
    figure, axes = plt.subplots(
        rows,
        columns,
        figsize=(width * columns + 0.5, height * width * rows + 0.4),
        squeeze=False,
        layout="constrained",
    )
    for axis in axes.flat:
        axis.set(xticks=[], yticks=[])  # ticks that are not drawn still take time
        axis.set_axis_off()
    if caption:
        figure.suptitle(text(caption), fontsize=11)
    return figure, axes.flatten()


def _colour_bar(figure: Figure, axes: np.ndarray, colours: ScalarMappable, **settings) -> None:
    """Draw a colour bar at the right of a grid.

    The first and the last axes stand for all: the layout looks at the bar once for each, which took half of its time.
    """
    figure.colorbar(colours, ax=axes[:: max(1, len(axes) - 1)], panchor=False, pad=0.01, **settings)


def _block(axis, left: float, side: float, thick: float, deep: float) -> None:
    """Draw a block with its front, top and right side."""
    low, high, right = -side / 2, side / 2, left + thick
    faces = {
        "#cfe3f3": [(left, low), (right, low), (right, high), (left, high)],
        "#e8f2fa": [(left, high), (right, high), (right + deep, high + deep), (left + deep, high + deep)],
        "#a9c9e4": [(right, low), (right + deep, low + deep), (right + deep, high + deep), (right, high)],
    }
    for colour, corners in faces.items():
        axis.add_patch(Polygon(corners, facecolor=colour, edgecolor=BLUE, linewidth=0.8))


def shown_once(figure: Figure) -> Figure:
    """Take the figure from pyplot's list, so that a notebook shows it once: where the cell names it.

    Figures are made by pyplot all the same, because that is what makes a notebook draw them.

    Args:
        figure: it can still be drawn into.

    Returns:
        The same figure.
    """
    plt.close(figure)
    return figure


def text(label: object) -> str:
    """What is written of a label: Korean letters that macOS takes apart, as in names of files, are put together."""
    return unicodedata.normalize("NFC", str(label))
