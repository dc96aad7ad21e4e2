"""What passes between a judge and an answer that runs in another process: numbers, text, arrays, networks. Never code.

Each side turns a value into bytes with `pack` and back with `unpack`. What cannot travel, such as a function, stays
where it is; a number travels in its place, and the other side makes something of it that asks back.
"""

import io
import json
import re
import socket
import struct
import tempfile
import time
import zipfile
from collections.abc import Callable
from pathlib import Path

import numpy as np

from exercises.exercise import Sentence
from helpers.environment import keras

MOST = 256 * 1024**2
"""Bytes of a message; a larger one is refused."""
MOST_CONFIG = 5 * 1024**2  # bytes of a network's plan
CLASSES = re.compile(
    r"keras(\.src)?(\.(layers|initializers|regularizers|constraints|optimizers|losses|metrics|models|random|quantizers|"
    r"dtype_policies)\b.*)?|helpers\.training\.augmentation"
)
# What "+" and keras.ops become in a functional model.
OPERATIONS = re.compile(
    r"keras\.src\.ops\.(nn\.\w+|numpy\.(Add|Subtract|Multiply|(True)?Divide|Negative|Maximum|Minimum))"
)
FUNCTIONS = re.compile(r"keras(\.src)?\.(activations|losses|metrics)\b.*")
HARMLESS = (keras.activations, keras.losses, keras.metrics)  # modules of functions that files call "builtins"
KINDS = "biufcSU"  # of arrays that travel: numbers and text, no objects
PLAIN = (bool, int, str, type(None))


class UnreadableError(Sentence, ValueError):
    """A message is too large, or is none. A learner reads the sentence, as that of a wrong answer."""


class Stranger:
    """Stands for an object that cannot travel: it has the type's name and looks the same when printed."""

    def __new__(cls, name: str, shown: str):
        """Make an object of a class of that name."""
        return object.__new__(type(name, (cls,), {"shown": shown}))

    def __init__(self, name: str, shown: str):
        pass

    def __repr__(self):
        """As the object was printed over there."""
        return self.shown


def pack(value: object, stays: Callable[[object], dict | None]) -> bytes:
    """Turn a value into bytes.

    Args:
        value: anything; lists, tuples, sets and dicts with all they hold.
        stays: is asked first about each part: what to write in its place, or None if it shall travel.

    Returns:
        A description in JSON, and behind it arrays in NumPy's format and networks as .keras files.
    """
    blobs: list[bytes] = []
    described = json.dumps(_described(value, blobs, stays)).encode()
    parts = [described, *blobs]
    return b"".join([struct.pack("!I", len(parts)), *(struct.pack("!Q", len(part)) for part in parts), *parts])


def unpack(message: bytes, returns: Callable[[dict], object]) -> object:
    """Turn bytes back into a value. Nothing in them is run.

    Args:
        message: what `pack` made.
        returns: makes something of what the other side's ``stays`` wrote.

    Raises:
        UnreadableError: if the message is none.
    """
    try:
        (count,) = struct.unpack_from("!I", message)
        sizes = struct.unpack_from(f"!{count}Q", message, 4)
        parts, place = [], 4 + 8 * count
        for size in sizes:
            parts.append(message[place : place + size])
            place += size
        described = json.loads(parts[0])
    except (struct.error, ValueError, IndexError, RecursionError, MemoryError) as error:
        raise UnreadableError("What came from the answer is no message.") from error
    return _value(described, parts, returns)


def files_in(folder: Path) -> dict[str, bytes | None]:
    """What a folder holds: name, seen from it -> content; None for a folder. Links are left out."""
    paths = [path for path in sorted(folder.rglob("*")) if not path.is_symlink()]
    return {path.relative_to(folder).as_posix(): path.read_bytes() if path.is_file() else None for path in paths}


def write_files(folder: Path, files: dict[str, bytes | None]) -> None:
    """Write what `files_in` read. No name leaves the folder.

    Raises:
        UnreadableError: if one would, or is none.
    """
    for name, content in files.items():
        path = folder / name
        if not isinstance(name, str) or not path.resolve().is_relative_to(folder.resolve()):
            raise UnreadableError("A file cannot be called {name!r}.", name=name)
        if content is None:
            path.mkdir(parents=True, exist_ok=True)
        else:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)


def send(line: socket.socket, message: bytes) -> None:
    """Send a message with its length in front."""
    line.sendall(struct.pack("!Q", len(message)) + message)


def receive(line: socket.socket, end: float | None = None) -> bytes:
    """Wait for a message.

    Args:
        line: to the other side.
        end: until when, in the seconds of ``time.monotonic()``; None waits for ever.

    Raises:
        UnreadableError: if it is too large.
        EOFError: if the other side has gone.
        TimeoutError: if it was not there in time, also one that came byte by byte.
    """
    (size,) = struct.unpack("!Q", _exactly(line, 8, end))
    if size > MOST:
        raise UnreadableError("The answer is larger than {most} MB.", most=MOST // 1024**2)
    return _exactly(line, size, end)


def _exactly(line: socket.socket, size: int, end: float | None) -> bytes:
    chunks, left = [], size
    while left:
        if end is not None:
            line.settimeout(max(0.001, end - time.monotonic()))
        chunk = line.recv(min(left, 1024**2))
        if not chunk:
            raise EOFError("The other side has gone.")
        chunks.append(chunk)
        left -= len(chunk)
        if end is not None and time.monotonic() > end:
            raise TimeoutError
    return b"".join(chunks)


def _described(value: object, blobs: list[bytes], stays: Callable[[object], dict | None]) -> object:
    """Describe a value in what JSON knows; arrays and networks are added to the blobs."""
    if type(value) in PLAIN:
        return value
    if (instead := stays(value)) is not None:
        return {"stays": _described(instead, blobs, _nothing_stays)}
    if isinstance(value, float) and not isinstance(value, np.generic):
        return {"float": repr(float(value))}
    if value is Ellipsis:
        return {"ellipsis": None}
    if isinstance(value, bytes):
        return {"bytes": _added(value, blobs)}
    for kind in (tuple, list, set):
        if isinstance(value, kind):
            return {kind.__name__: [_described(item, blobs, stays) for item in value]}
    if isinstance(value, dict):
        return {"dict": [[_described(part, blobs, stays) for part in item] for item in value.items()]}
    if isinstance(value, keras.Layer):
        return {"network": _added(file_of(value), blobs)}
    array = _array(value)
    if array is not None:
        file = io.BytesIO()
        np.save(file, array, allow_pickle=False)
        return {"scalar" if isinstance(value, np.generic) else "array": _added(file.getvalue(), blobs)}
    if hasattr(value, "__iter__") and hasattr(value, "__len__"):  # a range, a shape of TensorFlow
        return {"tuple": [_described(item, blobs, stays) for item in value]}
    return {"stranger": [type(value).__name__, repr(value)[:500]]}


def _nothing_stays(_: object) -> None:
    """All travels."""


def _added(blob: bytes, blobs: list[bytes]) -> int:
    """Add a blob. Returns its number; 0 is the description."""
    blobs.append(blob)
    return len(blobs)


def _array(value: object) -> np.ndarray | None:
    """Arrays, NumPy's numbers and tensors as an array; None for all else."""
    if not isinstance(value, np.ndarray | np.generic) and not keras.ops.is_tensor(value):
        return None
    array = np.asarray(keras.ops.convert_to_numpy(value) if keras.ops.is_tensor(value) else value)
    if array.dtype.name == "bfloat16":
        array = array.astype("float32")
    return array if array.dtype.kind in KINDS else None


def file_of(network: keras.Layer) -> bytes:
    """A network, or a layer, as the bytes of a .keras file; with its optimizer, if it is compiled.

    Raises:
        UnreadableError: if Keras cannot save it.
    """
    if not isinstance(network, keras.Model):
        network = keras.Sequential([network])
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "network.keras"
        try:
            network.save(path)
        except Exception as error:
            raise UnreadableError("Your network cannot be saved: {error}", error=error) from error
        return path.read_bytes()


def refuse_functions(file: bytes) -> None:
    """See that a .keras file names classes of Keras only, and no function but activations, losses and metrics.

    Keras' safe mode would find any function of Keras by its name, and a network would call it when it predicts.

    Raises:
        UnreadableError: if it names another one.
    """
    with zipfile.ZipFile(io.BytesIO(file)) as archive:
        if archive.getinfo("config.json").file_size > MOST_CONFIG:
            raise UnreadableError("The plan of this network is too long.")
        left = [json.loads(archive.read("config.json"))]
    while left:
        part = left.pop()
        if isinstance(part, dict) and "class_name" in part:
            module, name = str(part.get("module") or "keras"), str(part["class_name"])
            if name == "function":
                built_in = module == "builtins" and any(hasattr(place, str(part.get("config"))) for place in HARMLESS)
                harmless = built_in or FUNCTIONS.fullmatch(module)
            else:
                harmless = CLASSES.fullmatch(module) or OPERATIONS.fullmatch(f"{module}.{name}")
            if not harmless or name == "__lambda__":
                raise UnreadableError("This network uses {name} of {module}.", name=name, module=module)
        left += part.values() if isinstance(part, dict) else part if isinstance(part, list) else []


def network_of(file: bytes) -> keras.Model:
    """A network from the bytes of its file; such a file may hold no code.

    Raises:
        UnreadableError: if it does, or is damaged.
    """
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "network.keras"
        path.write_bytes(file)
        try:
            refuse_functions(file)
            return keras.models.load_model(path, safe_mode=True)
        except Exception as error:
            raise UnreadableError(
                "Your network cannot be rebuilt from its file: it needs code of your own, such as a Lambda layer or a "
                "class. Build it of Keras' own layers."
            ) from error


def _value(described: object, parts: list[bytes], returns: Callable[[dict], object]) -> object:
    """The value that a description stands for."""
    if not isinstance(described, dict):
        return described
    try:
        ((kind, held),) = described.items()
        match kind:
            case "float":
                return float(held)
            case "ellipsis":
                return ...
            case "bytes":
                return parts[held]
            case "stays":
                return returns(_value(held, parts, returns))
            case "tuple" | "list" | "set":
                items = [_value(item, parts, returns) for item in held]
                return {"tuple": tuple, "list": list, "set": set}[kind](items)
            case "dict":
                return {_value(key, parts, returns): _value(item, parts, returns) for key, item in held}
            case "network":
                return network_of(parts[held])
            case "scalar" | "array":
                array = np.load(io.BytesIO(parts[held]), allow_pickle=False)
                return array[()] if kind == "scalar" else array
            case "stranger":
                return Stranger(str(held[0]), str(held[1]))
    except (TypeError, ValueError, IndexError, KeyError, EOFError, RecursionError) as error:
        if isinstance(error, UnreadableError):
            raise
        raise UnreadableError("What came from the answer is no message.") from error
    raise UnreadableError("What came from the answer is no message.")
