"""What the environment asks for, and where files lie. Imports no Keras: programs that need none start at once."""

import contextlib
import json
import os
from collections.abc import Mapping
from pathlib import Path

from helpers.language import say

ROOT = Path(__file__).resolve().parents[1]
SHIPPED = ROOT / "models"
DATA = ROOT / "data"
CACHE = DATA / "cache"
ENDINGS = (".keras", ".pt")  # of a trained network: of Keras, of PyTorch


def _start() -> Path:
    """Folder in which the program started: relative names in the environment are seen from there."""
    try:
        return Path.cwd()
    except FileNotFoundError:  # it was deleted meanwhile
        return ROOT


START = _start()


def _fast() -> bool:
    """Read ``FAST`` from the environment."""
    value = os.environ.get("FAST", "")
    if value.lower() in ("", "0", "false", "no", "off"):
        return False
    if value.lower() in ("1", "true", "yes", "on"):
        return True
    raise ValueError(say("The environment variable FAST must be 1 (fast) or 0 (full), got {value!r}.", value=value))


FAST: bool = _fast()
"""True when ``FAST=1`` is set: lessons train for a few steps instead of many epochs."""


def chosen_seed(seed: int) -> int:
    """Return the seed of a run: that of the environment variable ``SEED``, where set, else the one given.

    Raises:
        ValueError: if it is no whole number from 0 to 4,294,967,295, which is what NumPy takes.
    """
    value = os.environ.get("SEED") or seed
    try:
        number = int(value)
    except ValueError:
        number = -1
    if not 0 <= number < 2**32:
        name = say("The environment variable SEED") if os.environ.get("SEED") else "seed"
        raise ValueError(
            say(
                "{name} must be a whole number from 0 to {largest}, got {value!r}.",
                name=name,
                largest=2**32 - 1,
                value=value,
            )
        )
    return number


def folder_named(name: str) -> Path:
    """Folder that an environment variable names: seen from `START`, else from the repository."""
    path = Path(name).expanduser()
    return next((place for place in ((START / path).resolve(), (ROOT / path).resolve()) if place.is_dir()), path)


def build_folder() -> Path:
    """Where lessons write: ``build/`` beside the notebooks, or the folder that ``BUILD_DIR`` names."""
    return (START / Path(os.environ.get("BUILD_DIR") or ROOT / "build").expanduser()).resolve()


def build_path(name: str) -> Path:
    """Path of a file that a lesson may write, for instance ``build_path("best.keras")``.

    Args:
        name: file name, with folders if need be; they are made.

    Returns:
        The path inside `build_folder`.

    Raises:
        PermissionError: if the folder cannot be written to; the message says what to do.
    """
    path = build_folder() / name
    writable(path.parent)
    return path


def writable(folder: Path) -> Path:
    """Make a folder, unless it is there.

    Args:
        folder: its parents are made, too.

    Returns:
        The folder.

    Raises:
        PermissionError: if it cannot be written to; the message says what to do.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        possible = os.access(folder, os.W_OK)
    except OSError:
        possible = False
    if not possible:
        raise PermissionError(
            say(
                "Cannot write to {folder}. Copy the course to a folder of your own, or name a folder that you may "
                "write to before you start Jupyter: BUILD_DIR=/some/folder jupyter lab",
                folder=folder,
            )
        )
    return folder


@contextlib.contextmanager
def whole_file(path: Path):
    """Give a name to write to. The file gets its real name when all went well; when not, nothing changes."""
    draft = path.with_name(f".{os.getpid()}.{path.name}")
    try:
        yield draft
        os.replace(draft, path)
    finally:
        draft.unlink(missing_ok=True)


def write_json(path: Path, content: Mapping) -> None:
    """Write JSON so that people can read it, too; never half of it."""
    with whole_file(path) as draft:
        draft.write_text(json.dumps(content, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
