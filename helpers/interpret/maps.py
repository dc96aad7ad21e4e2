"""Asks a trained network which pixels decide (chapter 08).

All maps explain the score of a class *before* the last activation: where softmax or sigmoid is close to 1 it is
flat, and its gradient says nothing any more.

Every function takes model, images and class as `class_scores` does, and raises its errors. Maps have the shape
(n, H, W), and each is divided by its largest value: 0..1. A map that is 0 everywhere stays so.
"""

from collections.abc import Callable, Iterator, Sequence

import numpy as np

from helpers.backend.gradients import value_and_gradient
from helpers.backend.graph import NETWORKS, Call, calls_of
from helpers.backend.images import check_built, check_channels, taken
from helpers.backend.quiet import keras
from helpers.interpret.network import map_shape, outputs, resized, score_before_activation, spatial_call
from helpers.language import say

ops = keras.ops

PASSING_LAYERS = (
    keras.layers.MaxPooling2D,
    keras.layers.AveragePooling2D,
    keras.layers.Dropout,
    keras.layers.SpatialDropout2D,
)
ROUNDING = 1e-5  # a score that changes by a smaller share has not changed: float32 is no more precise


def class_scores(
    model: keras.Model, images: np.ndarray, *, class_index: int | Sequence[int] | None = None
) -> np.ndarray:
    """Score of a class before the last activation (the logit), which all maps of this module explain.

    Args:
        model: ends in one unit with sigmoid (its score is that of class 1; class 0 has the negative score), or in one
            unit for each class with softmax.
        images: (n, H, W, C), scaled as the model was trained.
        class_index: one class for all images, or one for each; by default the class that the model predicts.

    Returns:
        float32 scores of shape (n,).

    Raises:
        ValueError: for images of another shape or range than the model's, an unknown class, a model whose output is
            not (n, classes), whose last activation is out of reach, or whose layers put channels first.
    """
    network, images, select = _prepared(model, images, class_index)
    return np.sum(network.predict(images, verbose=0) * select, axis=1)


def saliency(model: keras.Model, images: np.ndarray, *, class_index: int | Sequence[int] | None = None) -> np.ndarray:
    """Map how much the score changes with each pixel: the largest absolute gradient among its channels.

    Source: Simonyan, Vedaldi, Zisserman, "Deep Inside Convolutional Networks", 2014, arXiv:1312.6034.
    """
    network, images, select = _prepared(model, images, class_index)
    score = value_and_gradient(_selected_score(network))
    return _unit(np.concatenate([np.abs(score(*some)[1]).max(axis=-1) for some in _portions(images, select)]))


def attributions(
    model: keras.Model, images: np.ndarray, *, class_index: int | Sequence[int] | None = None, steps: int = 128
) -> np.ndarray:
    """Share the score out among the pixels: gradients integrated on the straight way from a black picture to the image.

    The shares of one image add up to its score minus the score of the black picture (completeness), up to the error of
    the numerical integration. The gradient is computed at ``steps`` points of the way (Gauss-Legendre quadrature).

    Returns:
        float32 shares with their sign, of the shape of the images.

    Raises:
        ValueError: for less than one step, too.

    Source: Sundararajan, Taly, Yan, "Axiomatic Attribution for Deep Networks", 2017, arXiv:1703.01365.
    """
    if steps < 1:
        raise ValueError(say("Expected at least one step, got {steps}.", steps=steps))
    network, images, select = _prepared(model, images, class_index)
    score = value_and_gradient(_selected_score(network))
    points, weights = np.polynomial.legendre.leggauss(steps)
    places, weights = (points.reshape(-1, 1, 1, 1) + 1) / 2, weights / 2
    shares = []
    for image, class_of_image in zip(images, select, strict=True):
        on_the_way = _portions(places * image, np.repeat(class_of_image[np.newaxis], steps, axis=0))
        gradients = np.concatenate([score(*some)[1] for some in on_the_way])
        shares.append(image * np.tensordot(weights, gradients, axes=1))
    return np.asarray(shares, np.float32)


def integrated_gradients(
    model: keras.Model, images: np.ndarray, *, class_index: int | Sequence[int] | None = None, steps: int = 128
) -> np.ndarray:
    """Map which pixels speak for the class: their `attributions`, channels added up; those against it count as 0."""
    return _unit(np.maximum(attributions(model, images, class_index=class_index, steps=steps).sum(axis=-1), 0))


def occlusion(
    model: keras.Model,
    images: np.ndarray,
    *,
    class_index: int | Sequence[int] | None = None,
    size: int | None = None,
    stride: int | None = None,
) -> np.ndarray:
    """Map how far the score falls when a square of the image's mean colour covers the pixel, averaged over the squares.

    The square has sides of ``size`` pixels, by default a fifth of the image's shorter side, and moves by ``stride``
    pixels, by default a third of its side.

    Returns:
        Maps. Where the score rises, the map is 0.

    Raises:
        ValueError: for a square that does not fit into the image, or squares that leave gaps, too.

    Source: Zeiler, Fergus, "Visualizing and Understanding Convolutional Networks", 2014, arXiv:1311.2901.
    """
    network, images, select = _prepared(model, images, class_index)
    height, width = images.shape[1:3]
    if size is None:
        size = max(1, min(height, width) // 5)
    if stride is None:
        stride = max(1, size // 3)
    if not 1 <= stride <= size <= min(height, width):
        raise ValueError(
            say(
                "Expected 1 <= stride <= size <= {most}, got size {size} and stride {stride}: the square must fit "
                "into the image, and squares must leave no gap.",
                most=min(height, width),
                size=size,
                stride=stride,
            )
        )
    squares = [
        (slice(top, top + size), slice(left, left + size))
        for top in _starts(height, size, stride)
        for left in _starts(width, size, stride)
    ]
    maps = []
    for image, class_of_image in zip(images, select, strict=True):
        colour = image.mean(axis=(0, 1), dtype=np.float64)  # in float32 the sum of many pixels is off by too much
        total, times = np.zeros((2, height, width))
        for (some,) in _portions(squares, size=128):
            covered = np.repeat(image[np.newaxis], len(some), axis=0)
            for picture, square in zip(covered, some, strict=True):
                picture[square] = colour
            before, *after = network.predict_on_batch(np.concatenate([image[np.newaxis], covered])) @ class_of_image
            for square, score in zip(some, after, strict=True):
                total[square] += before - score if abs(before - score) > ROUNDING * abs(before) else 0
                times[square] += 1
        maps.append(np.maximum(total / times, 0))
    return _unit(np.stack(maps))


def grad_cam(
    model: keras.Model,
    images: np.ndarray,
    layer: str | int | None = None,
    class_index: int | Sequence[int] | None = None,
) -> np.ndarray:
    """Map where a layer found what speaks for the class: its feature maps, weighted by their mean gradients.

    The ``layer`` is given by name or index and puts out (n, h, w, channels); by default it is the last one in front of
    poolings and dropout.

    Returns:
        Maps, enlarged from the layer's size to the image's.

    Raises:
        ValueError: for an unknown layer, or one without spatial output, too.

    Source: Selvaraju et al., "Grad-CAM: Visual Explanations from Deep Networks", 2017, arXiv:1610.02391.
    """
    _, images, select = _prepared(model, images, class_index)
    calls = calls_of(model)
    chosen = _last_maps(model, calls) if layer is None else spatial_call(model, calls, layer)
    features = keras.Model(model.inputs, chosen.output)
    shifted = _shifted(model, calls.index(chosen), chosen.output.shape[1:])

    def score(shift, pictures, select):
        return ops.sum(outputs(shifted, [pictures, shift]) * select, axis=1)

    gradient = value_and_gradient(score)
    found = []
    for pictures, classes in _portions(images, select):
        maps = features.predict(pictures, verbose=0)
        weights = gradient(np.zeros_like(maps), pictures, classes)[1].mean(axis=(1, 2), keepdims=True)
        found.append(np.maximum((weights * maps).sum(axis=-1, keepdims=True), 0))
    return _unit(resized(np.concatenate(found), images.shape[1:3])[..., 0])


def _prepared(model, images, class_index) -> tuple[keras.Model, np.ndarray, np.ndarray]:
    """Check the arguments of a map; return the model up to the scores, the images, and `_selection`."""
    check_built(model)
    if len(model.outputs) != 1 or len(model.outputs[0].shape) != 2:
        shapes = ", ".join(str(tensor.shape) for tensor in model.outputs)
        raise ValueError(say("Expected a model with one output of shape (n, classes), got {shapes}.", shapes=shapes))
    if any(len(tensor.shape) != 4 for tensor in model.inputs):
        raise ValueError(
            say("Expected a model of images (n, H, W, C); {model.name!r} takes {model.inputs[0].shape}.", model=model)
        )
    if not keras.backend.is_float_dtype(model.inputs[0].dtype):
        raise ValueError(
            say(
                "The model {model.name!r} takes {model.inputs[0].dtype}, and only float inputs have gradients: "
                "begin it with keras.Input(shape=..., dtype='float32').",
                model=model,
            )
        )
    calls = calls_of(model)
    check_channels(calls)
    images = np.asarray(taken(model, calls, images), np.float32)
    network = keras.Model(model.inputs[0], score_before_activation(model, calls))
    return network, images, _selection(network, images, class_index)


def _selection(network: keras.Model, images: np.ndarray, class_index: int | Sequence[int] | None) -> np.ndarray:
    """Factors of shape (n, units) that pick the score of the class out of the units' scores."""
    n, units = len(images), network.output_shape[-1]
    classes = max(2, units)
    if class_index is None:
        scores = network.predict(images, verbose=0)
        chosen = (scores[:, 0] > 0).astype(int) if units == 1 else scores.argmax(axis=1)
    else:
        chosen = np.asarray(class_index)
        if (
            chosen.dtype.kind not in "iu"
            or chosen.shape not in ((), (n,))
            or chosen.min() < 0
            or chosen.max() >= classes
        ):
            raise ValueError(
                say(
                    "class_index must be one class in 0..{last}, or one for each of the {n} images; got "
                    "{class_index!r}.",
                    last=classes - 1,
                    n=n,
                    class_index=class_index,
                )
            )
        chosen = np.broadcast_to(chosen, n)
    select = (2 * chosen - 1).reshape(n, 1) if units == 1 else np.eye(units)[chosen]
    return select.astype("float32")


def _selected_score(network: keras.Model) -> Callable:
    """Function of images and `_selection` that returns the selected score of each image."""
    return lambda images, select: ops.sum(outputs(network, images) * select, axis=1)


def _shifted(model: keras.Model, number: int, shape: tuple[int, ...]) -> keras.Model:
    """Model that adds a second input to what one of its calls puts out: its gradient at 0 is that of the output.

    A network cannot in general be cut in two at a layer: it may have branches.
    """
    # A name of its own: in a new program Keras's first one is that of a loaded network's input.
    shift = keras.Input(shape, name="shift_of_the_maps")

    def change(position, output):
        return output + ops.cast(shift, output.dtype) if position == number else output

    calls = calls_of(model, change=change)
    return keras.Model([model.inputs[0], shift], score_before_activation(model, calls))


def _last_maps(model: keras.Model, calls: list[Call]) -> Call:
    """Last layer with maps, in front of poolings and dropout: the last convolution, or where branches meet after it."""
    found = [call for call in calls if map_shape(call) and not isinstance(call.layer, (*PASSING_LAYERS, *NETWORKS))]
    if not found:
        raise ValueError(
            say("The model {model.name!r} has no layer with spatial output (n, h, w, channels).", model=model)
        )
    return found[-1]


def _portions(*arrays: np.ndarray, size: int = 32) -> Iterator[tuple[np.ndarray, ...]]:
    """The arrays, a few examples at a time: gradients of many images at once would not fit into memory."""
    for start in range(0, len(arrays[0]), size):
        yield tuple(array[start : start + size] for array in arrays)


def _starts(length: int, size: int, stride: int) -> list[int]:
    """First pixels of squares that cover a side from end to end."""
    return sorted({*range(0, length - size, stride), length - size})


def _unit(maps: np.ndarray) -> np.ndarray:
    """Each map divided by its largest value; one that is 0 everywhere stays so."""
    largest = maps.max(axis=(1, 2), keepdims=True)
    return np.divide(maps, largest, out=np.zeros(maps.shape, np.float32), where=largest > 0, casting="same_kind")
