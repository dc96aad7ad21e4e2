"""Looks through folders of pictures, reports by name what is wrong with one, and makes a copy that can be used."""

import hashlib
import shutil
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from PIL import Image, UnidentifiedImageError

from helpers.errors import DataError
from helpers.pictures.download import whole_folder

MODES = {
    "L": "is grey",
    "LA": "is grey, with transparency",
    "RGBA": "has transparency",
    "P": "has a palette",
    "1": "is black and white",
    "CMYK": "has the printing colours CMYK",
    "YCbCr": "is YCbCr",
}
"""Pillow's names for what can be turned into red, green and blue in 0..255. Others, such as 16 bits, cannot."""


def inspect(path: Path) -> tuple[bool, str]:
    """Read a picture to its last pixel.

    Args:
        path: a file.

    Returns:
        Whether it can be used, and what is unusual about it: empty for a colour JPEG whose name ends in ``.jpg``.
    """
    try:
        if path.stat().st_size == 0:
            return False, "is empty (0 bytes)"
        with Image.open(path) as picture:
            picture.load()
            form, mode = picture.format, picture.mode
    except UnidentifiedImageError:
        return False, "is no picture"
    # Pillow raises these for what is cut short, broken inside, or larger than any photograph.
    except (OSError, SyntaxError, ValueError, Image.DecompressionBombError) as error:
        return False, f"cannot be read ({error})"
    if mode != "RGB" and mode not in MODES:
        return False, f"has values of the kind {mode}"
    if form not in ("JPEG", "MPO"):  # MPO: a JPEG with a second one behind it, as telephones write it
        return True, f"is a {form} file in truth" if path.suffix == ".jpg" else f"is a {form} file"
    if mode != "RGB":
        return True, MODES[mode]
    return True, "" if path.suffix == ".jpg" else "has a name that does not end in .jpg"


def usable_copy(folder: Path, subfolders: Iterable[str], cache: Path) -> tuple[Path, list[str]]:
    """Find a folder with the same pictures in which every file is a colour JPEG that can be read.

    Args:
        folder: holds the subfolders; nothing in it is changed.
        subfolders: such as ``"train/cats"``; each must be there.
        cache: where a copy goes, if one is needed. A later call finds it again until a file changes.

    Returns:
        The folder itself if nothing is wrong with it, else the copy: without the files that cannot be read, and with
        the others turned into colour JPEG. And one sentence for each file that is unusual.
    """
    paths = [path for sub in subfolders for path in sorted((folder / sub).iterdir()) if not path.name.startswith(".")]
    with ThreadPoolExecutor() as pool:
        findings = dict(zip(paths, pool.map(inspect, paths), strict=True))
    report = [
        f"{path.relative_to(folder).as_posix()} {remark}: {'used as a colour JPEG' if usable else 'left out'}"
        for path, (usable, remark) in findings.items()
        if remark
    ]
    if not report:
        return folder, []
    used = [path for path in paths if findings[path][0]]
    state = [(str(path), path.stat().st_size, path.stat().st_mtime_ns) for path in used]
    copy = cache / f"usable_{hashlib.sha256(repr(state).encode()).hexdigest()[:12]}"
    if not copy.is_dir():
        with whole_folder(copy) as draft:
            for sub in subfolders:
                (draft / sub).mkdir(parents=True)
            for number, path in enumerate(used):
                target = draft / path.relative_to(folder)
                if not findings[path][1]:
                    shutil.copyfile(path, target)
                else:  # numbered, because a.png and a.jpg may lie side by side
                    with Image.open(path) as picture:
                        picture.convert("RGB").save(target.with_name(f"{path.stem}_{number}_.jpg"), quality=95)
    return copy, report


def folder_checksum(folder: Path) -> str:
    """Compute one SHA-256 sum for all pictures of a folder, for the card of a network that was trained on them.

    Args:
        folder: with pictures at any depth.

    Returns:
        64 hexadecimal digits. Names and contents count, times do not. The same as of this command, run in the folder:
        ``find . -name '*.jpg' | LC_ALL=C sort | xargs sha256sum | sha256sum``

    Raises:
        DataError: if there is no picture in the folder.
    """
    paths = sorted(f"./{path.relative_to(folder).as_posix()}" for path in folder.rglob("*.jpg"))
    if not paths:
        raise DataError(f"{folder} should hold pictures (*.jpg), but there is none, or no such folder.")
    lines = (f"{hashlib.sha256((folder / path).read_bytes()).hexdigest()}  {path}\n" for path in paths)
    return hashlib.sha256("".join(lines).encode()).hexdigest()
