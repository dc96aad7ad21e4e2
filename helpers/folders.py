"""Looks through folders of pictures, reports by name what is wrong with one, and makes a copy that can be used."""

import hashlib
import os
import shutil
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from PIL import Image

from helpers.download import whole_folder


def inspect(path: Path) -> tuple[bool, str]:
    """Read a picture to its last pixel.

    Args:
        path: a file.

    Returns:
        Whether it can be used, and what is unusual about it: empty for a colour JPEG.
    """
    if path.stat().st_size == 0:
        return False, "is empty (0 bytes)"
    try:
        with Image.open(path) as picture:
            picture.load()
            if picture.format != "JPEG":
                return True, f"is a {picture.format} file in truth"
            if picture.mode != "RGB":
                return True, {"L": "is grey", "CMYK": "has the printing colours CMYK"}.get(picture.mode, picture.mode)
    # Pillow raises these for what is no picture, is cut short, is broken inside, or is larger than any photograph.
    except (OSError, SyntaxError, ValueError, Image.DecompressionBombError) as error:
        return False, f"cannot be read ({str(error).replace(str(path), path.name)})"
    return True, ""


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
        f"{path.relative_to(folder)} {remark}: {'used as a colour JPEG' if usable else 'left out'}"
        for path, (usable, remark) in findings.items()
        if remark
    ]
    if not report:
        return folder, []
    stats = [(str(path), path.stat().st_size, path.stat().st_mtime_ns) for path in paths]
    copy = cache / f"usable_{hashlib.sha256(repr(stats).encode()).hexdigest()[:12]}"
    if not copy.is_dir():
        with whole_folder(copy) as draft:
            for path, (usable, remark) in findings.items():
                target = draft / path.relative_to(folder)
                target.parent.mkdir(parents=True, exist_ok=True)
                if usable and not remark:
                    _same_file(path, target)
                elif usable:
                    with Image.open(path) as picture:
                        # The old name stays in the new one: a.png and a.jpg may lie side by side.
                        picture.convert("RGB").save(target.with_name(f"{path.name}.jpg"), quality=95)
    return copy, report


def _same_file(path: Path, target: Path) -> None:
    """Link a file, or copy it where links are not possible."""
    try:
        os.link(path, target)
    except OSError:
        shutil.copyfile(path, target)
