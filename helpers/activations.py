"""Shows what happens inside a trained network: models that output the feature maps of chosen layers (chapter 05)."""

from collections.abc import Sequence
from numbers import Integral

import numpy as np

from helpers.backend.graph import Call, calls_of
from helpers.backend.images import check_built, taken
from helpers.backend.quiet import keras
from helpers.language import say

MAP_LAYERS = tuple(
    kind for name, kind in vars(keras.layers).items() if isinstance(kind, type) and ("Conv" in name or "Pool" in name)
)


def activation_model(model: keras.Model, layers: str | int | Sequence[str | int] | None = None) -> keras.Model:
    """Build a model from the same input to the outputs of chosen layers. It shares the weights; nothing is copied.

    Args:
        model: a Sequential or functional model whose input shape is known.
        layers: names or indices (as in ``model.layers``); one of them, or several. A layer of a model inside the
            model is named by its path, such as ``"base/conv1"``; one that is called twice, ``"conv:1"`` and
            ``"conv:2"``. By default every convolution and pooling layer, in order.

    Returns:
        A functional model. One name or index gives one output; several give a list of outputs.

    Raises:
        ValueError: if the model has no such layer (the message names those that it has), or no input shape yet.

    Source: Chollet, "Deep Learning with Python", chapter on interpreting what convnets learn.
    """
    check_built(model)
    calls = calls_of(model)
    if isinstance(layers, str | Integral):
        return keras.Model(model.inputs, find_call(model, calls, layers).output)
    return keras.Model(model.inputs, [call.output for call in _chosen(model, calls, layers)])


def feature_maps(
    model: keras.Model, images: np.ndarray, layers: str | int | Sequence[str | int] | None = None
) -> dict[str, np.ndarray]:
    """Compute the feature maps that images produce in chosen layers.

    Args:
        model: a Sequential or functional model with one input.
        images: a batch of shape (n, H, W, C), scaled as the model was trained (0..1 in this course, unless the
            model has a Rescaling or Normalization layer of its own).
        layers: as in `activation_model`.

    Returns:
        Layer name -> float32 array, (n, H', W', channels) for convolution and pooling layers.

    Raises:
        ValueError: for an unknown layer, images of another shape than the model's input, none at all, pixels that are
            not finite, or in 0..255 for a model that expects 0..1, or the other way round.
    """
    check_built(model)
    calls = calls_of(model)
    images = taken(model, calls, images)
    if isinstance(layers, str | Integral):
        layers = [layers]
    chosen = _chosen(model, calls, layers)
    maps = keras.Model(model.inputs, [call.output for call in chosen]).predict(images, verbose=0)
    maps = maps if isinstance(maps, list) else [maps]
    return {call.path: np.asarray(values, np.float32) for call, values in zip(chosen, maps, strict=True)}


def _chosen(model: keras.Model, calls: list[Call], layers: Sequence[str | int] | None) -> list[Call]:
    """Return the layers asked for; by default all that produce maps."""
    if layers is None:
        chosen = [call for call in calls if isinstance(call.layer, MAP_LAYERS)]
    else:
        chosen = [find_call(model, calls, layer) for layer in layers]
    if not chosen:
        raise ValueError(say("No layer to show: name some. {known}", known=_known(model, calls)))
    return chosen


def find_call(model: keras.Model, calls: list[Call], layer: str | int) -> Call:
    """Return the call of the layer of that path or index, if it is called once."""
    if isinstance(layer, Integral) and -len(model.layers) <= layer < len(model.layers):
        wanted = model.layers[layer].name
    else:
        wanted = layer
    found = [call for call in calls if call.path == wanted]
    if found:
        return found[0]
    several = [call.path for call in calls if call.path.rpartition(":")[0] == wanted]
    if several:
        raise ValueError(
            say(
                "The layer {wanted!r} is called {count} times: name one of {names}.",
                wanted=wanted,
                count=len(several),
                names=", ".join(several),
            )
        )
    inside = [call.path for call in calls if call.path.endswith(f"/{wanted}")]
    hint = say(" Inside of a model there is {names}: give the whole path.", names=", ".join(inside)) if inside else ""
    raise ValueError(
        say(
            "The model {model.name!r} has no layer {layer!r}.{hint} {known}",
            model=model,
            layer=layer,
            hint=hint,
            known=_known(model, calls),
        )
    )


def _known(model: keras.Model, calls: list[Call]) -> str:
    """Sentence that lists the layers of a model, a long list in part."""
    names = [f"{index} {layer.name}" for index, layer in enumerate(model.layers)]
    names += [call.path for call in calls if call.layer not in model.layers]  # inside a model, or an operation
    more = say(", and {count} more", count=len(names) - 30) if len(names) > 30 else ""
    return say("It has: {names}{more}.", names=", ".join(names[:30]), more=more)
