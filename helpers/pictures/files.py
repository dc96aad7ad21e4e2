"""One rule for what counts as a picture, and how one is read; for all that counts, reads, copies or checks sums."""

import io
import os
from collections.abc import Mapping
from pathlib import Path

import numpy as np
from PIL import Image, ImageOps, UnidentifiedImageError

from helpers.errors import DataError
from helpers.language import say

ENDINGS = frozenset((".jpg", ".jpeg", ".png", ".webp", ".gif", ".bmp", ".tif", ".tiff"))
# What Pillow raises for files that are cut short, broken inside, or larger than any photograph.
UNREADABLE = (OSError, SyntaxError, ValueError, Image.DecompressionBombError)
TURNED = 0x0112
"""The note in which cameras say how a picture is to be turned (EXIF Orientation)."""


def visible(folder: Path) -> list[Path]:
    """List what lies directly in a folder, by name, but not what systems hide (``.DS_Store``, ``._1.jpg``)."""
    return sorted(path for path in folder.iterdir() if not path.name.startswith("."))


def picture_files(folder: Path) -> list[Path]:
    """List the pictures that lie directly in a folder, by name: visible files with the ending of a picture."""
    return [path for path in visible(folder) if path.suffix.lower() in ENDINGS and path.is_file()]


def pictures_below(folder: Path) -> list[Path]:
    """List the visible pictures at any depth; links are followed."""
    found = []
    for place, subfolders, _ in os.walk(folder, followlinks=True):
        subfolders[:] = [name for name in subfolders if not name.startswith(".")]
        found += picture_files(Path(place))
    return found


def is_turned(picture: Image.Image) -> bool:
    """Whether a camera noted that a picture is to be turned before it is looked at."""
    return picture.getexif().get(TURNED, 1) != 1


def upright(picture: Image.Image) -> Image.Image:
    """Turn a picture as its camera noted, put it on white where it is transparent, and give it red, green and blue."""
    turned = ImageOps.exif_transpose(picture)
    if turned.has_transparency_data:
        turned = turned.convert("RGBA")
        turned = Image.alpha_composite(Image.new("RGBA", turned.size, "white"), turned)
    return turned.convert("RGB")


def why_unreadable(name: str, error: Exception) -> str:
    """Say in a few words why a file cannot be read as a picture."""
    if Path(name).suffix.lower() in (".heic", ".heif", ".avif"):
        return say("is a HEIC file, as telephones write them: save it as JPEG")
    no_picture = isinstance(error, UnidentifiedImageError)
    return say("is no picture") if no_picture else say("cannot be read ({error})", error=error)


def own_picture(source: object) -> np.ndarray:
    """Read a photograph of your own, upright and in colour.

    Args:
        source: the path of a file, the bytes of one, what ``google.colab.files.upload()`` returns, or an upload widget
            (``ipywidgets.FileUpload``) or its value.

    Returns:
        uint8 in 0..255, (H, W, 3). Turned as the camera noted it; white where the picture is transparent.

    Raises:
        DataError: if there is no such file, nothing or more than one was uploaded, or it is no picture.
    """
    name, content = _named_content(source)
    try:
        with Image.open(content) as picture:
            return np.array(upright(picture))
    except FileNotFoundError as error:
        raise DataError(say("There is no file {name}. Give the path of a picture of yours.", name=name)) from error
    except UNREADABLE as error:
        raise DataError(say("{name} {reason}.", name=name, reason=why_unreadable(name, error))) from error


def _named_content(source: object) -> tuple[str, object]:
    """Name of a picture, and what Pillow can open."""
    source = getattr(source, "value", source)  # of a widget
    if isinstance(source, str | os.PathLike):
        return str(source), Path(source).expanduser()
    if isinstance(source, bytes | bytearray | memoryview):
        return say("What was uploaded"), io.BytesIO(bytes(source))
    if isinstance(source, Mapping) and "content" not in source:  # of Colab: name -> bytes
        source = [{"name": name, "content": content} for name, content in source.items()]
    uploads = [source] if isinstance(source, Mapping) else list(source) if isinstance(source, tuple | list) else None
    if uploads is None:
        raise DataError(say("Expected the path of a picture, or an upload; got {kind}.", kind=type(source).__name__))
    if len(uploads) != 1:
        raise DataError(
            say("Expected one picture, got {count}. Choose one, then run the cell again.", count=len(uploads))
        )
    return str(uploads[0].get("name", say("What was uploaded"))), io.BytesIO(bytes(uploads[0]["content"]))
