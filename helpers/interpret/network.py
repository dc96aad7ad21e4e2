"""What maps and filters share: models cut out of a model, in front of an activation or at a layer with maps."""

from collections.abc import Sequence

import numpy as np

from helpers.activations import find_call
from helpers.backend.graph import NETWORKS, Call
from helpers.backend.quiet import keras
from helpers.language import say

ops = keras.ops

# Layers and operations by name: what they do to scores is known.
ACTIVATIONS = (
    "Softmax",
    "Sigmoid",
    "LogSoftmax",
    "LogSigmoid",
    "ReLU",
    "Relu",
    "LeakyReLU",
    "LeakyRelu",
    "ELU",
    "PReLU",
)
ACTIVATED = ("Activation", "Dense", "EinsumDense", *(name for name in dir(keras.layers) if "Conv" in name))
PASSING = (
    "Dropout",
    "SpatialDropout",
    "GaussianDropout",
    "GaussianNoise",
    "ActivityRegularization",
    "Identity",
    "Cast",
)
RESHAPING = ("Reshape", "Flatten", "Squeeze")
PROBABILITIES = ("Softmax", "Sigmoid", "softmax", "sigmoid")


def outputs(network: keras.Model, images):
    """What a network puts out when it is used, not trained; in float32, whatever it computes in."""
    return ops.cast(network(images, training=False), "float32")


def before_activation(call: Call):
    """Symbolic output of a layer without its activation; its weights are copied."""
    layer = call.layer
    if _kind(layer) in ACTIVATIONS:
        return call.inputs[0]
    if _activation(layer) in (None, "linear"):
        return call.output
    twin = layer.__class__.from_config(layer.get_config() | {"activation": "linear", "name": f"{layer.name}_score"})
    output = twin(call.inputs[0])
    twin.set_weights(layer.get_weights())
    return output


def score_before_activation(model: keras.Model, calls: list[Call]):
    """Symbolic score (n, classes) of a model: what it puts out, before the last activation.

    Layers that change nothing in kind may follow the activation: casts, dropout, reshapes.

    Raises:
        ValueError: if the activation is out of reach.
    """
    producers = {id(part): call for call in calls if not isinstance(call.layer, NETWORKS) for part in _parts(call)}
    call, behind = calls[-1], []
    call = producers[id(_parts(call)[0])]
    while (_passes(call.layer) or _kind(call.layer) in RESHAPING) and id(call.inputs[0]) in producers:
        behind.append(call)
        call = producers[id(call.inputs[0])]
    score = before_activation(call)
    if score is call.output and _behind_probabilities(call, producers):
        raise ValueError(
            say(
                "The model {model.name!r} ends in {call.path!r}, and its score before the activation is out of "
                "reach: end it with a Dense, Activation or Softmax layer.",
                model=model,
                call=call,
            )
        )
    for later in reversed(behind):
        if _kind(later.layer) in RESHAPING:
            score = later.layer(score)
    return score


def map_shape(call: Call) -> tuple[int, ...] | None:
    """Height and width of the maps that a layer puts out, (n, h, w, channels); None if there is one field, or none.

    The input has no maps.
    """
    shape = getattr(call.output, "shape", ())
    fields = shape[1:3] if len(shape) == 4 and call.inputs else (1, 1)
    return fields if fields != (1, 1) else None


def spatial_call(model: keras.Model, calls: list[Call], layer: str | int) -> Call:
    """Return the call of the layer of that path or index; it must have maps."""
    found = find_call(model, calls, layer)
    if map_shape(found) is None:
        maps = ", ".join(call.path for call in calls if map_shape(call))
        raise ValueError(
            say(
                "The layer {found.path!r} has no spatial output (n, h, w, channels), but {found.output.shape}. "
                "Layers that have: {maps}.",
                found=found,
                maps=maps or say("none"),
            )
        )
    return found


def resized(pictures: np.ndarray, size: Sequence[int]) -> np.ndarray:
    """Pictures (n, H, W, C) in another size, by bilinear interpolation."""
    return ops.convert_to_numpy(ops.image.resize(pictures.astype("float32"), tuple(size), data_format="channels_last"))


def _kind(layer: keras.Operation) -> str:
    return type(layer).__name__


def _parts(call: Call) -> list:
    """The tensors that a call puts out."""
    return keras.tree.flatten(call.output)


def _passes(layer: keras.Operation) -> bool:
    """Whether a layer leaves scores as they are when the network is used."""
    return _kind(layer).startswith(PASSING) or (_kind(layer) == "Activation" and _activation(layer) == "linear")


def _activation(layer: keras.Operation) -> str | None:
    """Name of the activation that a layer applies at its end; None if it has none, or none that is known."""
    if not any(base.__name__ in ACTIVATED for base in type(layer).__mro__):
        return None
    return _name(getattr(layer, "activation", None))


def _name(activation: object) -> str:
    return getattr(activation, "__name__", type(activation).__name__)


def _behind_probabilities(call: Call, producers: dict[int, Call]) -> bool:
    """Whether a layer, or one before it with only layers without weights between, ends in softmax or sigmoid."""
    layer = getattr(call.layer, "layer", call.layer)  # what a wrapper wraps
    activation = getattr(layer, "activation", None)
    if {_kind(layer), _name(activation)} & set(PROBABILITIES):
        return True
    if getattr(layer, "weights", None):
        return False
    return any(_behind_probabilities(producers[id(part)], producers) for part in call.inputs if id(part) in producers)
