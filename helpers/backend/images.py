"""Images as a network takes them: their shape, and the range of their pixels."""

import numpy as np

from helpers.backend.arrays import finite, numbers
from helpers.backend.graph import NETWORKS, Call
from helpers.backend.quiet import keras
from helpers.language import say

BYTES, UNITS = "0..255", "0..1"
# Layers, by the beginning of their name, that leave pixels in the range in which they come.
SAME_RANGE = (
    *(
        "InputLayer",
        "Random",
        "Resizing",
        "CenterCrop",
        "Cropping",
        "ZeroPadding",
        "MaxPool",
        "AveragePool",
        "Reshape",
        "Permute",
    ),
    *("Transpose", "Dropout", "SpatialDropout", "GaussianNoise", "Identity", "ActivityRegularization", "Cast"),
)


def check_built(model: keras.Model) -> None:
    """Refuse a model that has no input to start from."""
    if not model.built or not getattr(model, "inputs", None):
        raise ValueError(
            say(
                "The model {model.name!r} does not know its input shape yet: make it Sequential or functional, "
                "and begin it with keras.Input(shape=...).",
                model=model,
            )
        )


def check_channels(calls: list[Call]) -> None:
    """Refuse layers whose channels do not stand on the last axis."""
    for call in calls:
        if getattr(call.layer, "data_format", None) == "channels_first":
            raise ValueError(
                say(
                    "The layer {call.path!r} has its channels on the first axis; expected are maps (n, H, W, "
                    "channels): build it with data_format='channels_last'.",
                    call=call,
                )
            )


def taken(model: keras.Model, calls: list[Call], images: object) -> np.ndarray:
    """Take images for a model, if it would see in them what it was trained on.

    Args:
        model: a built one.
        calls: its calls.
        images: of its input's shape, (n, H, W, C), in the range of pixels that it takes.

    Returns:
        The images as an array.

    Raises:
        ValueError: for a model with several inputs, images of another shape, none at all, values that are not finite,
            or pixels in 0..255 where 0..1 is expected, or the other way round.
    """
    if len(model.inputs) != 1:
        shapes = ", ".join(str(tensor.shape) for tensor in model.inputs)
        raise ValueError(
            say(
                "Expected a model with one input; {model.name!r} has {count}: {shapes}.",
                model=model,
                count=len(model.inputs),
                shapes=shapes,
            )
        )
    images = finite(images, "images")
    _check_shape(model, images.shape)
    if not len(images):
        raise ValueError(say("Expected at least one image, got none."))
    low, high, expected = images.min(), images.max(), pixel_range(calls)
    whole = images.dtype.kind in "iu"
    # Standardised images have negative values, and none goes beyond 16 standard deviations: others nobody scaled.
    if expected == UNITS and (high > 16 or (low >= 0 and high > (1 if whole else 1.5))):
        raise ValueError(
            say(
                "The model {model.name!r} expects pixels in 0..1, but these go up to {high:g}: divide the images "
                "by 255.",
                model=model,
                high=high,
            )
        )
    if expected == BYTES and not whole and (low < 0 or 0 < high <= 1):
        raise ValueError(
            say(
                "The model {model.name!r} scales pixels itself, and expects them in 0..255, but these lie in "
                "{low:g}..{high:g}: hand the images over as they are, not scaled.",
                model=model,
                low=low,
                high=high,
            )
        )
    return images


def pixel_range(calls: list[Call]) -> str | None:
    """Tell which pixels a network takes by its first layers: `BYTES`, `UNITS`, or None where that is not known.

    It is not known where a layer of one's own, a Lambda or a calculation comes before the first layer with weights.
    """
    for call in calls:
        layer = call.layer
        if isinstance(layer, keras.layers.Rescaling):
            if np.max(np.abs(layer.scale)) < 1 / 16:
                return BYTES
        elif isinstance(layer, keras.layers.Normalization):
            mean = np.abs(numbers(layer.mean, "means")).max() if layer.mean is not None else 0
            return (BYTES if mean > 2 else UNITS) if mean else None
        elif not isinstance(layer, (*NETWORKS, keras.layers.InputLayer)) and not type(layer).__name__.startswith(
            SAME_RANGE
        ):
            known = getattr(layer, "weights", None) and not isinstance(layer, keras.layers.BatchNormalization)
            return UNITS if known else None
    return None


def _check_shape(model: keras.Model, shape: tuple[int, ...]) -> None:
    """Refuse images of another shape than the model's input, and say what is missing."""
    expected = tuple(model.inputs[0].shape[1:])
    if len(shape) == len(expected) + 1 and all(e in (None, s) for e, s in zip(expected, shape[1:], strict=True)):
        return
    hint = ""
    if shape == expected:
        hint = say(" The batch axis is missing: pass images[np.newaxis].")
    elif (*shape, 1)[1:] == expected:
        hint = say(" The channel axis is missing: pass images[..., np.newaxis].")
    elif (1, *shape, 1)[1:] == expected:
        hint = say(" The batch and the channel axis are missing: pass images[np.newaxis, ..., np.newaxis].")
    raise ValueError(
        say(
            "The model {model.name!r} expects images of shape (n, {expected}), got {shape}.{hint}",
            model=model,
            expected=", ".join(map(str, expected)),
            shape=shape,
            hint=hint,
        )
    )
