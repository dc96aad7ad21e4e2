"""Finds pictures of cats and dogs: your own, downloaded, or drawn."""

import os
from collections.abc import Callable
from pathlib import Path

from helpers.errors import DataError
from helpers.language import say
from helpers.pictures import drawn
from helpers.pictures.download import Damaged, Unreachable, fetch, unpack, whole_folder
from helpers.pictures.files import picture_files
from helpers.pictures.inspection import in_short, usable_copy
from helpers.pictures.layouts import FOLDERS, pictures_of
from helpers.settings import CACHE, FAST, build_folder, folder_named, writable

URL = "https://storage.googleapis.com/mledu-datasets/cats_and_dogs_filtered.zip"


def cats_and_dogs(source: str = "auto") -> Path:
    """Find pictures of cats and dogs, and say aloud which ones they are.

    The photographs may not be shipped. They come from the folder that the environment variable ``CATS_AND_DOGS_DIR``
    names, else from an earlier download, else from a download now (68 MB; not in fast mode). Where none of these is
    to be had, the course draws its own pictures (``helpers.pictures.drawn``), once, in about half a minute.

    Args:
        source: ``"auto"`` as described; ``"drawn"`` for the drawn pictures, whatever else there is.

    Returns:
        A folder with ``{train,validation}/{cats,dogs}/*.jpg``: 1,000 + 1,000 and 500 + 500 pictures, or as many as
        your own folder has. Of your own, a file that cannot be read is named and left out, and one that is no upright
        colour JPEG is named and used as one; your folder itself is never changed. It may also be laid out as Kaggle
        does (`helpers.pictures.layouts`).

    Raises:
        ValueError: for another source.
        DataError: if your own folder has another layout, or what was downloaded is damaged.

    Source: the photographs are 3,000 of the Kaggle competition "Dogs vs. Cats", 2013, published by Microsoft Research
    for research. They may be used, but not published again.
    """
    if source not in ("auto", "drawn"):
        raise ValueError(say("The source is 'auto' or 'drawn', got {source!r}.", source=source))
    if source == "auto":
        own = os.environ.get("CATS_AND_DOGS_DIR")
        if own:
            return _told(_own_pictures(folder_named(own)), say("Pictures of your own folder (CATS_AND_DOGS_DIR)"))
        downloaded = _cached("cats_and_dogs_filtered")
        if downloaded.is_dir() or _downloaded(downloaded):
            return _told(_complete(downloaded), say("Photographs (downloaded)"))
    return _told(_complete(_drawn()), say("Drawn pictures (a stand-in, not photographs)"))


def _told(folder: Path, what: str) -> Path:
    """Print what the folder holds; give it back."""
    cats, dogs, more_cats, more_dogs = (f"{len(picture_files(folder / sub)):,}" for sub in FOLDERS)
    print(
        say(
            "{what}: {cats} cats and {dogs} dogs for training, {more_cats} and {more_dogs} for validation",
            what=what,
            cats=cats,
            dogs=dogs,
            more_cats=more_cats,
            more_dogs=more_dogs,
        )
    )
    return folder


def _cached(name: str) -> Path:
    """Place for a folder that is not part of the course: in data/cache/, or where lessons may write."""
    if (CACHE / name).is_dir():
        return CACHE / name
    try:
        return writable(CACHE) / name
    except PermissionError:
        return writable(build_folder() / "cache") / name


def _miscount(folder: Path) -> str:
    """First class of cats and dogs that does not hold as many pictures as it should; empty if all do."""
    for sub, expected in FOLDERS.items():
        found = len(picture_files(folder / sub)) if (folder / sub).is_dir() else 0
        if found != expected:
            return say(
                "{sub} should hold {expected:,} pictures, but holds {found:,}", sub=sub, expected=expected, found=found
            )
    return ""


def _complete(folder: Path) -> Path:
    """Give a folder of the cache back, unless somebody has taken pictures out of it."""
    if wrong := _miscount(folder):
        raise DataError(
            say(
                "{folder}: {wrong}. Delete the folder {folder} and run this again: it will be made anew.",
                folder=folder,
                wrong=wrong,
            )
        )
    return folder


def _own_pictures(folder: Path) -> Path:
    """Folder of a reader's own, or a copy of what can be used of it."""
    if not folder.is_dir():
        raise DataError(
            say("CATS_AND_DOGS_DIR should name a folder with pictures; there is no folder {folder}.", folder=folder)
        )
    files, done = pictures_of(folder)
    usable, report = usable_copy(folder, files, _cached("own").parent)
    for line in [done] * bool(done) + in_short(report):
        print(line)
    empty = [sub for sub in FOLDERS if not picture_files(usable / sub)]
    if empty:
        raise DataError(
            say(
                "CATS_AND_DOGS_DIR names {folder}, where no picture can be used in {names}.",
                folder=folder,
                names=", ".join(empty),
            )
        )
    return usable


def _downloaded(target: Path) -> bool:
    """Download the photographs into a folder. False if they cannot be had; the reason is printed."""
    if FAST:
        print(say("Fast mode downloads nothing."))
        return False
    try:
        with whole_folder(target) as folder:
            archive = folder.with_suffix(".zip")
            print(say("Downloading {URL}", URL=URL))
            fetch(URL, archive, _progress())
            # The archive holds one folder of the same name.
            unpack(archive, folder.parent, rf"{target.name}/(train|validation)/(cats|dogs)/[^/]+\.jpg")
            if wrong := _miscount(folder):
                raise Damaged(wrong)
    except Unreachable as error:
        print(say("The photographs cannot be downloaded ({error}).", error=error))
        return False
    except Damaged as error:
        raise DataError(
            say(
                "The download is damaged and was removed: {error}. Run this again to start afresh, or use "
                "cats_and_dogs('drawn').",
                error=error,
            )
        ) from error
    return True


def _drawn() -> Path:
    """Folder with the drawn pictures; they are drawn if they are not there yet."""
    folder = _cached(f"drawn_cats_and_dogs_{drawn.EDITION}")
    if not folder.is_dir():
        with whole_folder(folder) as draft:
            print(say("Drawing {count:,} pictures, once", count=sum(FOLDERS.values())))
            drawn.draw_folder(draft, progress=_progress())
    return folder


def _progress() -> Callable[[int, int], None]:
    """Display that takes how much is done, and of how much; it prints a word for each tenth."""
    shown = 0

    def show(done: int, total: int) -> None:
        nonlocal shown
        while shown < 10 * done // total:
            shown += 1
            print(say("{share} %", share=shown * 10), end="\n" if shown == 10 else " ", flush=True)

    return show
