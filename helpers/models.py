"""Keeps trained networks: each checkpoint NAME.keras (or NAME.pt) has a card NAME.json that says how it came about."""

import hashlib
import json
import math
import re
import sys
import time
from collections.abc import Callable, Mapping
from pathlib import Path

from helpers import data
from helpers.backend.arrays import numbers
from helpers.backend.storage import float32_copy, make_portable
from helpers.environment import device_name, keras
from helpers.errors import CheckpointError
from helpers.language import say
from helpers.settings import ENDINGS, FAST, SHIPPED, build_folder, build_path, whole_file, write_json

TRIES = 5  # to read a network and its card as a pair


def load(name: str, folder: str | Path | None = None) -> keras.Model:
    """Load a trained network.

    Args:
        name: for instance ``"fashion_cnn"``.
        folder: where to look. By default `SHIPPED`, then the networks that you saved yourself (`own_folder`).

    Returns:
        The model, in float32 and not compiled: it predicts as it is; call ``compile`` before you train it further.

    Raises:
        CheckpointError: if there is none of that name (the message lists those there are), the file is damaged, or
            holds layers that this notebook does not know.
    """
    path = checked_path(name, ".keras", folder)
    own = path.parent == own_folder()  # what you wrote yourself may hold code of yours: Lambda layers
    try:
        return keras.models.load_model(path, compile=False, custom_objects=_known_classes(), safe_mode=not own)
    except (TypeError, ValueError) as error:
        raise CheckpointError(
            say(
                "{path} cannot be built: {reason} If it holds a layer of your own, run the cell that defines its "
                "class first.",
                path=path,
                reason=_reason(error),
            )
        ) from error


def checked_path(name: str, ending: str, folder: str | Path | None = None) -> Path:
    """Find the file of a trained network, once its checksum is that of its card.

    Args:
        name: as in `load`.
        ending: one of `ENDINGS`.
        folder: as in `load`.

    Returns:
        The path of the file.

    Raises:
        CheckpointError: if there is none of that name (the message lists those there are), or the file is damaged.
    """
    path = _find(name, (ending,), folder)
    for _ in range(TRIES):
        expected, found = card(name, path.parent).get("sha256"), _sha256(path)
        if found == expected:
            break
        time.sleep(0.1)  # somebody may be writing both just now
    else:
        raise CheckpointError(
            say(
                "{path} is damaged, or belongs to another card: its SHA-256 should be {expected}, but is {found}. "
                "{way_out}",
                path=path,
                expected=expected,
                found=found,
                way_out=_way_out(path),
            )
        )
    return path


def card(name: str, folder: str | Path | None = None) -> dict:
    """Read the card of a trained network: its data, training and measured accuracies.

    Args:
        name: for instance ``"fashion_cnn"``.
        folder: as in `load`.

    Returns:
        What `save` wrote.

    Raises:
        CheckpointError: if there is none of that name (the message lists those there are), or the card is damaged.
    """
    path = _find(name, ENDINGS, folder).with_suffix(".json")
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except ValueError as error:
        raise CheckpointError(
            say("{path} is damaged: {error}. {way_out}", path=path, error=error, way_out=_way_out(path))
        ) from error


def save(model: keras.Model, name: str, *, dataset: str | Path | None = None, **measured) -> Path:
    """Store a trained network and its card in your own folder (`own_folder`). The shipped networks are never touched.

    The file holds a float32 copy without optimizer state, whatever precision trained it, so that it loads, scores
    and draws the same on every machine; and it says nothing that older versions of Keras cannot read (`portable`).

    Args:
        model: the trained network.
        name: letters, digits and underscores.
        dataset: what it was trained on, a key of ``helpers.data.CHECKSUMS`` or a folder of pictures; the card then
            holds its checksums.
        **measured: what else the card shall say: ``notebook``, ``seed``, ``epochs``, ``train_seconds``,
            ``validation_accuracy``, ``test_accuracy``, ... What is not finite is written as null.

    Returns:
        The path of the ``.keras`` file.

    Raises:
        ValueError: if ``name`` cannot be a file name, the data set is not known, the card has a word of ``measured``
            already, or the network cannot be saved (`check_savable`).
        PermissionError: if the folder cannot be written to.
    """
    copy = check_savable(model)
    facts = {"keras": keras.__version__, "backend": keras.backend.backend(), "precision": _precision(model)}
    facts |= {"parameters": model.count_params(), "device": device_name()}

    def store(path):
        copy.save(path)
        make_portable(path)

    return write_checkpoint(name, ".keras", store, facts, dataset, measured)


def check_savable(model: keras.Model) -> keras.Model:
    """Find out before a long training whether `save` will be able to keep the network.

    Args:
        model: any Keras model.

    Returns:
        A float32 copy.

    Raises:
        ValueError: if it is no Sequential or functional model, does not know its input shape, or holds a layer that
            cannot be made anew from its settings. The message says what to do.
    """
    if not isinstance(model, keras.Sequential | keras.Function):
        raise ValueError(
            say("Only Sequential or functional models can be saved here; this is a {kind}.", kind=type(model).__name__)
        )
    if not model.built or not model.inputs:
        raise ValueError(
            say(
                "The model {model.name!r} does not know its input shape: begin it with keras.Input(shape=...).",
                model=model,
            )
        )
    try:
        return float32_copy(model)
    except (TypeError, ValueError, NotImplementedError) as error:
        raise ValueError(
            say(
                "The model {model.name!r} holds a layer that cannot be made anew from its settings: {reason} A "
                "layer of your own needs get_config, which returns what its __init__ takes.",
                model=model,
                reason=_reason(error),
            )
        ) from error


def write_checkpoint(
    name: str,
    ending: str,
    store: Callable[[Path], None],
    facts: Mapping,
    dataset: str | Path | None,
    measured: Mapping,
) -> Path:
    """Write a checkpoint and its card into your own folder (`own_folder`), or neither of them.

    Args:
        name: letters, digits and underscores.
        ending: one of `ENDINGS`.
        store: writes the network to the path that it is given.
        facts: what is known of the network.
        dataset: as in `save`.
        measured: as in `save`.

    Returns:
        The path of the checkpoint.

    Raises:
        ValueError: if ``name`` cannot be a file name or has a network of the other library, or the data set is not
            known.
        PermissionError: if the folder cannot be written to.
    """
    if not re.fullmatch(r"\w+", name):
        raise ValueError(say("A model's name is made of letters, digits and underscores, got {name!r}.", name=name))
    other = next((kind for kind in ENDINGS if kind != ending and (own_folder() / f"{name}{kind}").exists()), None)
    if other:
        raise ValueError(
            say(
                "{path}{other} has this name, and they would share one card. Choose another name.",
                path=own_folder() / name,
                other=other,
            )
        )
    written = {"sha256", "name", "fast", *facts, *(["data"] if dataset else [])} & set(measured)
    if written:
        raise ValueError(
            say(
                "The card says {names} by itself: give what you measured another name.",
                names=", ".join(sorted(written)),
            )
        )
    if isinstance(dataset, str) and dataset not in data.CHECKSUMS:
        raise ValueError(
            say(
                "The data set must be one of {names}; got {dataset!r}.",
                names=", ".join(data.CHECKSUMS),
                dataset=dataset,
            )
        )
    path = build_path(f"{own_folder().name}/{name}{ending}")
    content = {"name": name, **facts, "fast": FAST}
    if isinstance(dataset, Path):
        content["data"] = {"name": dataset.name, "checksums": {"all pictures": data.folder_checksum(dataset)}}
    elif dataset is not None:
        content["data"] = {"name": dataset, "checksums": data.CHECKSUMS[dataset]}
    content |= {key: _plain(value) for key, value in measured.items()}
    with whole_file(path.with_suffix(".json")) as card_file, whole_file(path) as network:
        store(network)
        write_json(card_file, {"sha256": _sha256(network)} | content)
    return path


def own_folder() -> Path:
    """Folder of the networks that you saved yourself. Those of a fast run have their own, and replace no full run."""
    return build_folder() / ("models-fast" if FAST else "models")


def _known_classes() -> dict[str, type]:
    """Layers that the running notebook or program defines."""
    items = vars(sys.modules["__main__"]).items()
    return {name: item for name, item in items if isinstance(item, type) and issubclass(item, keras.layers.Layer)}


def _reason(error: Exception) -> str:
    """First sentence of the error that Keras wraps, perhaps several times, into long ones."""
    innermost = str(error).rpartition("Exception encountered: ")[2]
    return innermost.partition("\n")[0].partition(". ")[0].rstrip(".") + "."


def _precision(model: keras.Model) -> str:
    """Name the dtype policy that the model was trained in: that of its first layer with weights."""
    return next((layer.dtype_policy.name for layer in model.layers if layer.weights), "float32")


def _find(name: str, endings: tuple[str, ...], folder: str | Path | None) -> Path:
    """Path of the checkpoint in the first folder that holds it with its card."""
    folders = [Path(folder)] if folder else [SHIPPED, own_folder()]
    for candidate in folders:
        for path in (candidate / f"{name}{ending}" for ending in endings):
            if path.exists() and path.with_suffix(".json").exists():
                return path
    known = sorted({p.stem for candidate in folders for p in candidate.glob("[!.]*") if p.suffix in endings})
    wanted, where = (" or ".join(names) for names in ([name + ending for ending in endings], map(str, folders)))
    raise CheckpointError(
        say(
            "There is no checkpoint {wanted} with a card in {where}. Found: {known}. Run the chapter that trains "
            "it, or restore models/ from the repository.",
            wanted=wanted,
            where=where,
            known=", ".join(known) or say("none"),
        )
    )


def _way_out(path: Path) -> str:
    """Tell how to get a damaged file back."""
    if path.parent == SHIPPED:
        return say("Get both back with: git checkout -- models/{path.name} models/{path.stem}.json", path=path)
    return say("Run the chapter that trains it again.")


def _sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def _plain(value: object) -> object:
    """A value as JSON takes it: of NumPy or Keras, in lists and dictionaries too; what is not finite becomes None."""
    if isinstance(value, Mapping):
        return {str(key): _plain(part) for key, part in value.items()}
    if isinstance(value, list | tuple | set):
        return [_plain(part) for part in value]
    if hasattr(value, "__array__"):
        return _plain(numbers(value, "measured values").tolist())
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return value if isinstance(value, str | int | float | bool | None) else str(value)
