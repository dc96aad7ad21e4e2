"""The form in which networks are stored: in float32, and so that older versions of Keras read the file."""

import importlib
import inspect
import json
import os
import warnings
import zipfile
from collections.abc import Callable, Mapping
from pathlib import Path

from helpers.backend.quiet import keras

# Arguments of BatchNormalization that came after the oldest Keras that the course allows.
NEW = ("renorm", "renorm_clipping", "renorm_momentum")


def float32_copy(model: keras.Model) -> keras.Model:
    """Copy a model into float32, weights included, optimizer left out.

    Where the model computes in bfloat16, the copy holds the kernels that it multiplied with: rounded to that format.
    Half of their bits are then 0, so that the file takes half the room in a repository, which compresses it.

    Args:
        model: a Sequential or functional model in any precision.

    Returns:
        A model that is not compiled.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # Keras warns of code in losses and Lambda layers
        config = _in_float32(keras.saving.serialize_keras_object(model) | {"compile_config": None})
    own = {type(layer).__name__: type(layer) for layer in model._flatten_layers()}
    # What is copied is here already, so that code in Lambda layers is no danger.
    copy = keras.saving.deserialize_keras_object(config, custom_objects=own, safe_mode=False)
    copy.set_weights(model.get_weights())
    _round_kernels(model, copy)
    return copy


def _round_kernels(model: keras.Model, copy: keras.Model) -> None:
    """Round the copy's kernels where the model computes in bfloat16; what has one axis (biases) stays."""
    for layer, twin in zip(model.layers, copy.layers, strict=True):
        if isinstance(layer, keras.Model):
            _round_kernels(layer, twin)
        elif layer.compute_dtype == "bfloat16":
            for variable, other in zip(layer.weights, twin.weights, strict=True):
                if len(variable.shape) > 1:
                    other.assign(keras.ops.cast(keras.ops.cast(variable, "bfloat16"), "float32"))


def _in_float32(config):
    """A configuration, or a part of it, with float32 in the place of other formats of computing, in wrappers too."""
    if isinstance(config, list | tuple):
        return [_in_float32(part) for part in config]
    if not isinstance(config, dict):
        return config
    result = {key: _in_float32(value) for key, value in config.items()}
    policy = result.get("dtype")
    name = policy["config"].get("name") if isinstance(policy, dict) and "config" in policy else policy
    if name in ("mixed_bfloat16", "mixed_float16", "bfloat16", "float16", "float64"):
        result["dtype"] = "float32"
    return result


def make_portable(path: Path) -> None:
    """Leave out of a ``.keras`` file what its version of Keras says, and older ones need not know (`portable`).

    Args:
        path: the file, which is replaced when its new form is whole. The weights stay as they are, bit by bit.
    """
    rewrite(path, "config.json", lambda content: json.dumps(portable(json.loads(content))).encode())


def rewrite(path: Path, name: str, change: Callable[[bytes], bytes], compression: int = zipfile.ZIP_STORED) -> None:
    """Change one member of a zip archive, such as a ``.keras`` file.

    Args:
        path: the archive, which is replaced when its new form is whole.
        name: the member.
        change: gets its content, and returns the new one.
        compression: how all members are stored, such as ``zipfile.ZIP_DEFLATED``.
    """
    draft = path.with_name(f".portable.{path.name}")
    try:
        with zipfile.ZipFile(path) as old, zipfile.ZipFile(draft, "w") as new:
            for member in old.infolist():
                content = old.read(member)
                new.writestr(member, change(content) if member.filename == name else content, compression)
        os.replace(draft, path)
    finally:
        draft.unlink(missing_ok=True)


def portable(config):
    """Leave out the arguments that are None by default, or `NEW`, and as by default: older versions refuse new ones.

    Args:
        config: the configuration of a model as Keras writes it, or a part of it.

    Returns:
        The same without those arguments. What is not as by default stays.
    """
    if isinstance(config, list):
        return [portable(part) for part in config]
    if not isinstance(config, dict):
        return config
    result = {key: portable(value) for key, value in config.items()}
    if isinstance(config.get("config"), dict) and "class_name" in config:
        parameters = _parameters(config)
        result["config"] = {
            key: value
            for key, value in result["config"].items()
            if not ((value is None or key in NEW) and key in parameters and parameters[key].default == value)
        }
    return result


def _parameters(config: Mapping) -> Mapping[str, inspect.Parameter]:
    """Arguments of the class that a part of a configuration is of; those of its bases, where it hands them on."""
    kind = keras.saving.get_registered_object(config.get("registered_name") or "")
    if kind is None and config.get("module"):
        kind = getattr(importlib.import_module(config["module"]), config["class_name"], object)
    found = {}
    for base in reversed(inspect.getmro(kind or object)):
        found |= inspect.signature(base.__init__).parameters
    return found
