"""Looks through folders of pictures, reports by name what is wrong with one, and makes a copy that can be used."""

import hashlib
import os
import shutil
from collections import Counter
from collections.abc import Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from PIL import Image

from helpers.errors import DataError
from helpers.language import say
from helpers.pictures.download import whole_folder
from helpers.pictures.files import ENDINGS, UNREADABLE, is_turned, pictures_below, upright, visible, why_unreadable

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
SHOWN = 3  # so many files with the same remark are named


def inspect(path: Path) -> tuple[bool, str]:
    """Read a picture to its last pixel.

    Args:
        path: a file.

    Returns:
        Whether it can be used, and what is unusual about it: empty for an upright colour JPEG whose name ends in
        ``.jpg``.
    """
    try:
        if path.is_dir():
            return False, say("is a folder")
        if path.stat().st_size == 0:
            return False, say("is empty (0 bytes)")
        with Image.open(path) as picture:
            picture.load()
            form, mode, turned = picture.format, picture.mode, is_turned(picture)
    except UNREADABLE as error:
        return False, why_unreadable(path.name, error)
    if mode != "RGB" and mode not in MODES:
        return False, say("has values of the kind {mode}", mode=mode)
    if turned:
        return True, say("lies on its side, and says so (EXIF)")
    if form not in ("JPEG", "MPO"):  # MPO: a JPEG with a second one behind it, as telephones write it
        truth = say("is a {form} file in truth", form=form)
        return True, truth if path.suffix == ".jpg" else say("is a {form} file", form=form)
    if mode != "RGB":
        return True, say(MODES[mode])
    return True, "" if path.suffix == ".jpg" else say("has a name that does not end in .jpg")


def usable_copy(
    folder: Path, subfolders: Iterable[str] | Mapping[str, list[Path]], cache: Path
) -> tuple[Path, list[str]]:
    """Find a folder with the same pictures in which every file is an upright colour JPEG that can be read.

    Args:
        folder: holds the files; nothing in it is changed.
        subfolders: such as ``"train/cats"``; each must be there. Or which files belong into each of them.
        cache: where a copy goes, if one is needed. A later call finds it again until a file changes.

    Returns:
        The folder itself if nothing is wrong with it, else the copy: without the files that cannot be read, and with
        the others turned into colour JPEG. And one sentence for each file that is unusual.
    """
    asked = dict(subfolders) if isinstance(subfolders, Mapping) else {sub: visible(folder / sub) for sub in subfolders}
    paths = [path for some in asked.values() for path in some]
    with ThreadPoolExecutor() as pool:
        findings = dict(zip(paths, pool.map(inspect, paths), strict=True))
    report = [
        f"{printable(path.relative_to(folder))} {remark}: {say('used as a colour JPEG') if usable else say('left out')}"
        for path, (usable, remark) in findings.items()
        if remark
    ]
    others = _others(folder, asked)
    known = {*asked, *(path.parent.relative_to(folder).as_posix() for path in paths)}
    strange = sorted(other for other in others - known if "/." not in other)
    report += [say("{other} is no class of this course: left out", other=other) for other in strange]
    if not report and not others:
        return folder, []
    used = {sub: [path for path in some if findings[path][0]] for sub, some in asked.items()}
    state = [
        (sub, str(path), path.stat().st_size, path.stat().st_mtime_ns) for sub, some in used.items() for path in some
    ]
    copy = cache / f"usable_{hashlib.sha256(repr(state).encode()).hexdigest()[:12]}"
    if not copy.is_dir():
        with whole_folder(copy) as draft:
            for sub, some in used.items():
                (draft / sub).mkdir(parents=True)
                for number, path in enumerate(some):
                    _copy(path, draft / sub, number, as_it_is=not findings[path][1])
    return copy, report


def _others(folder: Path, asked: Mapping[str, list[Path]]) -> set[str]:
    """What whoever reads the folder, such as Keras, finds there besides these files in these places."""
    others = {sub for sub, paths in asked.items() if any(path.parent != folder / sub for path in paths)}
    for part in {Path(sub).parts[0] for sub in asked}:
        for place, _, names in os.walk(folder / part, followlinks=True):
            sub = Path(place).relative_to(folder).as_posix()
            found = {name for name in names if name.lower().endswith((*ENDINGS,))}
            if sub in asked:
                others |= {f"{sub}/{name}" for name in found if name.startswith(".")}
            elif found or (sub.count("/") == 1 and not Path(sub).name.startswith(".")):  # a third class, to Keras
                others.add(sub)
    return others


def _copy(path: Path, folder: Path, number: int, as_it_is: bool) -> None:
    """Copy a picture, or what is seen in it as a colour JPEG."""
    if as_it_is:
        shutil.copyfile(path, folder / path.name)
        return
    with Image.open(path) as picture:  # numbered, because a.png and a.jpg may lie side by side
        upright(picture).save(folder / f"{path.stem}_{number}_.jpg", quality=95)


def in_short(report: Iterable[str]) -> list[str]:
    """Name a few files for each remark of a report, and count the rest."""
    lines, times, unreadable = [], Counter(), say("cannot be read ({error})").partition(" (")[0]
    for line in report:
        remark = line[line.rindex(": ") :] if unreadable in line else line.partition(" ")[2]
        times[remark] += 1
        if times[remark] <= SHOWN:
            lines.append(line)
    more = sum(times.values()) - len(lines)
    return [*lines, say("and {more:,} more files like these", more=more)] if more else lines


def printable(path: Path) -> str:
    """Write a path with slashes; letters that no screen can show are escaped."""
    return path.as_posix().encode("utf-8", "backslashreplace").decode()


def folder_checksum(folder: Path) -> str:
    """Compute one SHA-256 sum for all pictures of a folder, for the card of a network that was trained on them.

    Args:
        folder: with pictures at any depth.

    Returns:
        64 hexadecimal digits. Names and contents count, times do not. Where the pictures are JPEG, the same as of this
        command, run in the folder: ``find -L . -name '[!.]*.jpg' | LC_ALL=C sort | xargs sha256sum | sha256sum``

    Raises:
        DataError: if there is no picture in the folder.
    """
    paths = sorted(os.fsencode(f"./{path.relative_to(folder).as_posix()}") for path in pictures_below(folder))
    if not paths:
        raise DataError(
            say("{folder} should hold pictures (*.jpg), but there is none, or no such folder.", folder=folder)
        )
    total = hashlib.sha256()
    for path in paths:
        content = (folder / os.fsdecode(path)).read_bytes()
        total.update(hashlib.sha256(content).hexdigest().encode() + b"  " + path + b"\n")
    return total.hexdigest()
