"""What maps and filters share: models cut out of a model, in front of an activation or at a layer with maps."""

from collections.abc import Sequence

import numpy as np

from helpers.activations import find_layer
from helpers.backend.quiet import keras

ops = keras.ops

ACTIVATION_LAYERS = (keras.layers.Softmax, keras.layers.ReLU)


def outputs(network: keras.Model, images):
    """What a network puts out when it is used, not trained; in float32, whatever it computes in."""
    return ops.cast(network(images, training=False), "float32")


def up_to(model: keras.Model, output) -> keras.Model:
    """Model from the input of a model to a symbolic output inside it."""
    try:
        return keras.Model(model.inputs[0], output)
    except ValueError as error:
        raise ValueError(
            f"The model {model.name!r} shares layers with another model, where they were called first: build it anew "
            "from layers of its own, or copy it with keras.models.clone_model and set_weights."
        ) from error


def before_activation(layer: keras.Layer):
    """Symbolic output of a layer without its activation; its weights are copied."""
    if isinstance(layer, ACTIVATION_LAYERS):
        return layer.input
    if getattr(layer, "activation", keras.activations.linear) is keras.activations.linear:
        return layer.output
    twin = layer.__class__.from_config(layer.get_config() | {"activation": "linear"})
    output = twin(layer.input)
    twin.set_weights(layer.get_weights())
    return output


def output_layer(model: keras.Model) -> keras.Layer:
    """Layer that computes the model's output."""
    last = model.outputs[0]._keras_history.operation
    if isinstance(last, keras.Model) or not isinstance(last, keras.Layer):
        raise ValueError(
            f"The model {model.name!r} ends in {last.name!r}, and its score before the activation is out of reach: "
            "end it with a Dense, Activation or Softmax layer."
        )
    return last


def has_maps(layer: keras.Layer) -> bool:
    """Whether a layer puts out maps (n, h, w, channels) of more than one field; the input itself has none."""
    shape = layer.output.shape
    return len(shape) == 4 and shape[1:3] != (1, 1) and not isinstance(layer, keras.layers.InputLayer)


def spatial_layer(model: keras.Model, layer: str | int) -> keras.Layer:
    """Return the layer of that name or index; it must have maps."""
    found = find_layer(model, layer)
    if not has_maps(found):
        maps = ", ".join(candidate.name for candidate in model.layers if has_maps(candidate))
        raise ValueError(
            f"The layer {found.name!r} has no spatial output (n, h, w, channels), but {found.output.shape}. "
            f"Layers that have: {maps or 'none'}."
        )
    return found


def resized(pictures: np.ndarray, size: Sequence[int]) -> np.ndarray:
    """Pictures (n, H, W, C) in another size, by bilinear interpolation."""
    return ops.convert_to_numpy(ops.image.resize(pictures.astype("float32"), tuple(size), data_format="channels_last"))
