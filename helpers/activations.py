"""Shows what happens inside a trained network: models that output the feature maps of chosen layers (chapter 05)."""

from collections.abc import Sequence
from numbers import Integral

import numpy as np

from helpers.backend.quiet import keras

MAP_LAYERS = (keras.layers.Conv2D, keras.layers.MaxPooling2D, keras.layers.AveragePooling2D)
SCALING_LAYERS = (keras.layers.Rescaling, keras.layers.Normalization)


def activation_model(model: keras.Model, layers: str | int | Sequence[str | int] | None = None) -> keras.Model:
    """Build a model from the same input to the outputs of chosen layers. It shares the weights; nothing is copied.

    Args:
        model: a Sequential or functional model whose input shape is known.
        layers: names or indices (as in ``model.layers``); one of them, or several. By default every Conv2D and
            pooling layer, in order.

    Returns:
        A functional model. One name or index gives one output; several give a list of outputs.

    Raises:
        ValueError: if the model has no such layer (the message names those that it has), or no input shape yet.

    Source: Chollet, "Deep Learning with Python", chapter on interpreting what convnets learn.
    """
    check_built(model)
    if isinstance(layers, str | Integral):
        return keras.Model(model.inputs, find_layer(model, layers).output)
    return keras.Model(model.inputs, [layer.output for layer in _chosen_layers(model, layers)])


def feature_maps(
    model: keras.Model, images: np.ndarray, layers: str | int | Sequence[str | int] | None = None
) -> dict[str, np.ndarray]:
    """Compute the feature maps that images produce in chosen layers.

    Args:
        model: a Sequential or functional model.
        images: a batch of shape (n, H, W, C), scaled as the model was trained (0..1 in this course, unless the
            model has a Rescaling or Normalization layer of its own).
        layers: as in `activation_model`.

    Returns:
        Layer name -> float32 array, (n, H', W', channels) for convolution and pooling layers.

    Raises:
        ValueError: for an unknown layer, images of another shape than the model's input, pixels that are not finite, or
            still in 0..255 for a model that expects 0..1 (whole numbers above 1, or any value above 16).
    """
    check_built(model)
    check_images(model, images)
    if isinstance(layers, str | Integral):
        layers = [layers]
    outputs = {layer.name: layer.output for layer in _chosen_layers(model, layers)}
    maps = keras.Model(model.inputs, outputs).predict(images, verbose=0)
    return {name: np.asarray(maps[name], np.float32) for name in outputs}


def _chosen_layers(model: keras.Model, layers: Sequence[str | int] | None) -> list[keras.Layer]:
    """Return the layers asked for; by default all that produce maps."""
    if layers is None:
        layers = [layer.name for layer in model.layers if isinstance(layer, MAP_LAYERS)]
    if not len(layers):
        raise ValueError(f"No layer to show: name some. {_known(model)}")
    return [find_layer(model, layer) for layer in layers]


def find_layer(model: keras.Model, layer: str | int) -> keras.Layer:
    """Return the layer of that name or index."""
    for index, candidate in enumerate(model.layers):
        if layer in (candidate.name, index, index - len(model.layers)):
            return candidate
    raise ValueError(f"The model {model.name!r} has no layer {layer!r}. {_known(model)}")


def _known(model: keras.Model) -> str:
    """Sentence that lists the layers of a model."""
    return f"It has: {', '.join(f'{index} {layer.name}' for index, layer in enumerate(model.layers))}."


def check_built(model: keras.Model) -> None:
    """Refuse a model that has no inputs to start from."""
    if not model.built or not getattr(model, "inputs", None):
        raise ValueError(
            f"The model {model.name!r} does not know its input shape yet: make it Sequential or functional, and "
            "begin it with keras.Input(shape=...)."
        )


def check_images(model: keras.Model, images: np.ndarray) -> None:
    """Refuse images that the model would accept in silence, or refuse with a message that helps nobody."""
    expected = tuple(model.input_shape[1:])
    shape = np.shape(images)
    if len(shape) != len(expected) + 1 or any(e not in (None, s) for e, s in zip(expected, shape[1:], strict=True)):
        hint = ""
        if shape == expected:
            hint = " The batch axis is missing: pass images[np.newaxis]."
        elif (*shape, 1)[1:] == expected:
            hint = " The channel axis is missing: pass images[..., np.newaxis]."
        elif (1, *shape, 1)[1:] == expected:
            hint = " The batch and the channel axis are missing: pass images[np.newaxis, ..., np.newaxis]."
        raise ValueError(
            f"The model {model.name!r} expects images of shape (n, {', '.join(map(str, expected))}), got {shape}.{hint}"
        )
    if not np.isfinite(images).all():
        raise ValueError("The images hold values that are not a number, or infinite.")
    scales_itself = any(isinstance(layer, SCALING_LAYERS) for layer in model.layers)
    # No standardised image goes beyond 16 standard deviations, so larger values are pixels that nobody scaled.
    if not scales_itself and np.size(images) and np.max(images) > (1 if np.asarray(images).dtype.kind in "iu" else 16):
        raise ValueError(
            f"The model {model.name!r} expects pixels in 0..1, but these go up to {np.max(images):g}: "
            "divide the images by 255."
        )
