"""Writes a network down so that a browser can compute it: what each layer does, and its weights as one row of numbers.

The explorer in browser/ reads it. A layer that it cannot compute gets the operation ``"unknown"``; the explorer
shows it as a grey box.
"""

import math
from collections.abc import Callable

import numpy as np

from helpers.backend.arrays import numbers
from helpers.backend.graph import NETWORKS, Call, calls_of
from helpers.backend.quiet import keras

FORMAT = 1  # raise it when an older explorer could not read what is written now

ACTIVATIONS = ("linear", "relu", "sigmoid", "tanh", "softmax", "elu", "silu", "leaky_relu")
IDENTITIES = (
    *("Dropout", "SpatialDropout2D", "GaussianDropout", "GaussianNoise", "ActivityRegularization", "Identity"),
    *("RandomFlip", "RandomRotation", "RandomTranslation", "RandomZoom", "RandomContrast", "RandomBrightness"),
)
RESHAPES = ("Flatten", "Reshape")


class UnknownLayerError(Exception):
    """Raised for a layer that the explorer cannot compute."""


class Weights:
    """Arrays, one after the other; each is called by its number."""

    def __init__(self):
        self.places: list[list[int]] = []  # where each begins, and how many numbers it has
        self._parts: list[np.ndarray] = [np.zeros(0, np.float32)]

    def add(self, values: object) -> int:
        """Keep an array; return its number."""
        values = numbers(values, "weights").astype(np.float32).ravel()
        self.places.append([sum(part.size for part in self._parts), values.size])
        self._parts.append(values)
        return len(self.places) - 1

    def content(self) -> np.ndarray:
        """All arrays, as one row."""
        return np.concatenate(self._parts)


def written_down(model: keras.Model, size: tuple[int, int] | None = None) -> tuple[dict, np.ndarray]:
    """Write a network down.

    Args:
        model: a Sequential or functional model with one input (n, H, W, C).
        size: height and width of the pictures, for a model that takes them in any size.

    Returns:
        What its layers do, and their weights, float32. Layer 0 is the input; each names the layers whose outputs
        it takes by their numbers.
    """
    height, width, channels = model.inputs[0].shape[1:]
    any_size = size and None in (height, width)
    inputs = [keras.Input((*size, channels))] if any_size else list(model.inputs)
    shape = list(inputs[0].shape[1:])
    layers = [{"name": "input", "kind": "Input", "operation": "input", "inputs": [], "shape": shape}]
    places, weights, calls = {id(inputs[0]): 0}, Weights(), calls_of(model, inputs)
    for call in calls:
        if isinstance(call.layer, (keras.layers.InputLayer, *NETWORKS)):
            continue  # the layers of a network inside come before it
        for output in keras.tree.flatten(call.output):
            places[id(output)] = len(layers)
        sources = [places[id(part)] for part in call.inputs]
        facts = {"name": call.path, "kind": type(call.layer).__name__, "inputs": sources}
        facts["shape"] = list(getattr(call.output, "shape", (None,))[1:])
        try:
            layers.append(facts | _operation(call, weights))
        except UnknownLayerError:
            layers.append(facts | {"operation": "unknown"})
    end = places[id(keras.tree.flatten(calls[-1].output)[0])]
    return {"format": FORMAT, "layers": layers, "output": end, "arrays": weights.places}, weights.content()


def _operation(call: Call, weights: Weights) -> dict:
    """What a layer computes, in the words of the explorer.

    Raises:
        UnknownLayerError: if it has none for it.
    """
    layer, kind = call.layer, type(call.layer).__name__
    if getattr(layer, "data_format", None) == "channels_first" or getattr(layer, "quantization_mode", None):
        raise UnknownLayerError
    if None in getattr(call.output, "shape", (None,))[1:]:
        raise UnknownLayerError
    if kind in IDENTITIES or (kind in RESHAPES and len(call.inputs) == 1):
        return {"operation": "identity"}
    if kind not in OPERATIONS:
        raise UnknownLayerError
    return OPERATIONS[kind](call, weights)


def _convolution(call: Call, weights: Weights) -> dict:
    layer = call.layer
    if getattr(layer, "groups", 1) != 1:
        raise UnknownLayerError
    facts = {"operation": "depthwise" if "Depthwise" in type(layer).__name__ else "convolution"}
    facts |= {"kernelSize": list(layer.kernel_size), "dilation": list(layer.dilation_rate)}
    facts |= _window(call, layer.kernel_size, layer.strides, layer.padding, layer.dilation_rate)
    return facts | _weighted(layer, weights) | _activation(layer.activation)


def _dense(call: Call, weights: Weights) -> dict:
    if len(call.output.shape) != 2:  # on the last axis of maps
        raise UnknownLayerError
    return {"operation": "dense"} | _weighted(call.layer, weights) | _activation(call.layer.activation)


def _weighted(layer: keras.Layer, weights: Weights) -> dict:
    """Kernel and bias; a layer without bias has zeros."""
    bias = layer.bias if layer.use_bias else np.zeros(_outputs_of(layer))
    return {"kernel": weights.add(layer.kernel), "bias": weights.add(bias)}


def _outputs_of(layer: keras.Layer) -> int:
    *_, before, last = layer.kernel.shape
    return before * last if "Depthwise" in type(layer).__name__ else last


def _pooling(operation: str) -> Callable:
    def facts(call: Call, weights: Weights) -> dict:
        layer = call.layer
        return {"operation": operation, "kernelSize": list(layer.pool_size), "dilation": [1, 1]} | _window(
            call, layer.pool_size, layer.strides or layer.pool_size, layer.padding, (1, 1)
        )

    return facts


def _window(call: Call, size: tuple, strides: tuple, padding: str, dilation: tuple) -> dict:
    """Steps of a window, and how many zeros "same" puts above and to the left: as Keras, the smaller half."""
    if padding not in ("same", "valid"):
        raise UnknownLayerError
    before = [0, 0]
    if padding == "same":
        for axis in (0, 1):
            length, covered = call.inputs[0].shape[1 + axis], (size[axis] - 1) * dilation[axis] + 1
            missing = (math.ceil(length / strides[axis]) - 1) * strides[axis] + covered - length
            before[axis] = max(missing, 0) // 2
    return {"strides": list(strides), "padding": before}


def _scaling(call: Call, weights: Weights) -> dict:
    """Each channel times a number, plus a number."""
    layer, channels = call.layer, call.output.shape[-1]
    if isinstance(layer, keras.layers.BatchNormalization):
        if layer.axis not in (-1, len(call.output.shape) - 1):
            raise UnknownLayerError
        spread = np.sqrt(numbers(layer.moving_variance, "weights").astype(np.float64) + layer.epsilon)
        scale = (numbers(layer.gamma, "weights") if layer.scale else 1) / spread
        shift = (numbers(layer.beta, "weights") if layer.center else 0) - scale * numbers(layer.moving_mean, "weights")
    elif isinstance(layer, keras.layers.Normalization):
        if layer.axis not in ((-1,), (len(call.output.shape) - 1,)) or layer.invert:
            raise UnknownLayerError
        scale = 1 / np.maximum(np.sqrt(numbers(layer.variance, "weights").ravel()), keras.backend.epsilon())
        shift = -scale * numbers(layer.mean, "weights").ravel()
    else:
        scale, shift = np.ravel(layer.scale), np.ravel(layer.offset)
    scale, shift = (np.broadcast_to(values, (channels,)) for values in (scale, shift))
    return {"operation": "scaling", "scale": weights.add(scale), "shift": weights.add(shift)}


def _padding(call: Call, weights: Weights) -> dict:
    (top, _), (left, _) = call.layer.padding
    return {"operation": "padding", "padding": [top, left]}


def _activation(activation: object, **more) -> dict:
    name = getattr(activation, "__name__", None) or getattr(activation, "name", None)
    if name not in ACTIVATIONS:
        raise UnknownLayerError
    return {"activation": name, **more}


def _activation_layer(call: Call, weights: Weights) -> dict:
    layer, kind = call.layer, type(call.layer).__name__
    if kind == "Activation":
        return {"operation": "activation"} | _activation(layer.activation)
    config = layer.get_config()
    if kind == "LeakyReLU":
        return {"operation": "activation", "activation": "leaky_relu", "slope": float(layer.negative_slope)}
    plain = {"ReLU": {"max_value": None, "negative_slope": 0, "threshold": 0}, "Softmax": {"axis": -1}}[kind]
    if any(config[key] != value for key, value in plain.items()):
        raise UnknownLayerError
    return {"operation": "activation", "activation": kind.lower()}


def _joining(operation: str) -> Callable:
    def facts(call: Call, weights: Weights) -> dict:
        shapes = {tuple(part.shape[1:]) for part in call.inputs}
        axis = getattr(call.layer, "axis", -1)
        if len(call.inputs) < 2 or (operation == "add" and len(shapes) > 1):
            raise UnknownLayerError
        if operation == "concatenate" and axis not in (-1, len(call.output.shape) - 1):
            raise UnknownLayerError
        return {"operation": operation}

    return facts


def _everywhere(operation: str) -> Callable:
    def facts(call: Call, weights: Weights) -> dict:
        return {"operation": operation}

    return facts


OPERATIONS: dict[str, Callable[[Call, Weights], dict]] = {
    "Conv2D": _convolution,
    "DepthwiseConv2D": _convolution,
    "Dense": _dense,
    "MaxPooling2D": _pooling("maxPooling"),
    "AveragePooling2D": _pooling("averagePooling"),
    "GlobalAveragePooling2D": _everywhere("globalAverage"),
    "GlobalMaxPooling2D": _everywhere("globalMax"),
    "BatchNormalization": _scaling,
    "Rescaling": _scaling,
    "Normalization": _scaling,
    "ZeroPadding2D": _padding,
    "Activation": _activation_layer,
    "ReLU": _activation_layer,
    "LeakyReLU": _activation_layer,
    "Softmax": _activation_layer,
    "Add": _joining("add"),
    "Concatenate": _joining("concatenate"),
}
