"""Fetches an archive from the internet and unpacks it: whole and checked, or not at all.

Where nobody publishes a checksum on a page, the server's own counts: Google's storage sends the length and the MD5 sum
of a file along with it, and a zip archive holds a CRC-32 sum of each file in it.
"""

import base64
import hashlib
import os
import re
import tempfile
import urllib.request
import zipfile
import zlib
from collections.abc import Callable
from contextlib import contextmanager, suppress
from http.client import HTTPException, IncompleteRead
from pathlib import Path, PurePosixPath
from urllib.error import URLError

from helpers.language import say

CHUNK = 1 << 18  # bytes between two looks at the progress
SILENCE = 20  # seconds without a byte after which a server is given up
LARGEST = 1 << 30  # bytes, packed or unpacked; nothing that the course downloads comes near


class Unreachable(Exception):  # noqa: N818  it says what is the case
    """The server cannot be reached, refuses, or falls silent."""


class Damaged(Exception):  # noqa: N818  it says what is the case
    """What arrived is not what the server announced, or no archive, or one that must not be unpacked."""


def fetch(url: str, path: Path, progress: Callable[[int, int], None]) -> None:
    """Download a file and check it against the length and the MD5 sum that its server sends with it.

    Args:
        url: http or https.
        path: where to write. Use a name inside `whole_folder`, so that an interrupted download leaves nothing.
        progress: called with the bytes so far and their total, where the server tells it.

    Raises:
        Unreachable: if the server cannot be reached, answers with an error or with nonsense, or falls silent for 20
            seconds.
        Damaged: if length or sum differ (the message names both), or the file is larger than `LARGEST`.

    Source: https://cloud.google.com/storage/docs/xml-api/reference-headers#xgooghash
    """
    digest, done = hashlib.md5(usedforsecurity=False), 0
    try:
        with urllib.request.urlopen(url, timeout=SILENCE) as answer, path.open("wb") as file:
            length = answer.headers.get("Content-Length") or ""
            total = int(length) if length.isdigit() else 0
            sums = re.findall(r"md5=([\w+/]+=*)", ", ".join(answer.headers.get_all("x-goog-hash") or []))
            with suppress(IncompleteRead):  # raised by some Python versions when the connection ends early
                while chunk := answer.read(CHUNK):
                    file.write(chunk)
                    digest.update(chunk)
                    done += len(chunk)
                    if done > LARGEST:
                        raise Damaged(say("{url} has more than {LARGEST:,} bytes", url=url, LARGEST=LARGEST))
                    if total:
                        progress(done, total)
    except (URLError, HTTPException, TimeoutError, ConnectionError) as error:
        raise Unreachable(str(error) or repr(error)) from error
    if total and done != total:
        raise Damaged(say("{url} should have {total:,} bytes, but {done:,} came", url=url, total=total, done=done))
    found = digest.hexdigest()
    if sums and found != (expected := base64.b64decode(sums[0]).hex()):
        raise Damaged(
            say(
                "{url}: its MD5 sum should be {expected}, but is {found} ({done:,} bytes)",
                url=url,
                expected=expected,
                found=found,
                done=done,
            )
        )


def unpack(archive: Path, folder: Path, wanted: str) -> None:
    """Unpack the files of a zip archive whose names fit a pattern; the sum of each is checked on the way.

    Args:
        archive: the zip file.
        folder: where to; the folders inside the archive are made below it.
        wanted: regular expression for the whole name. Others are left out.

    Raises:
        Damaged: if it is no zip file, a sum differs, a name would lead out of the folder, or the whole would be larger
            than `LARGEST` (in the last two cases nothing is written).
    """
    try:
        with zipfile.ZipFile(archive) as content:
            for name in content.namelist():
                if PurePosixPath(name).is_absolute() or ".." in PurePosixPath(name).parts or "\\" in name:
                    raise Damaged(
                        say(
                            "{archive.name} holds the name {name!r}, which leads out of its folder",
                            archive=archive,
                            name=name,
                        )
                    )
            if sum(member.file_size for member in content.infolist()) > LARGEST:
                raise Damaged(
                    say("{archive.name} would unpack to more than {LARGEST:,} bytes", archive=archive, LARGEST=LARGEST)
                )
            for name in content.namelist():
                if re.fullmatch(wanted, name):
                    content.extract(name, folder)
    # The last three: damaged compressed data, a method or a password that no archive of ours has.
    except (zipfile.BadZipFile, EOFError, zlib.error, NotImplementedError, RuntimeError) as error:
        raise Damaged(say("{archive.name} is damaged ({error})", archive=archive, error=error)) from error


@contextmanager
def whole_folder(target: Path):
    """Give a folder to fill; it gets its real name when all went well, and is removed when not.

    Two processes that fill the same one do not meet: whoever is ready first wins, and the other's is removed.

    Args:
        target: the name that the folder gets at the end.
    """
    target.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=".", dir=target.parent) as draft:
        content = Path(draft) / target.name
        content.mkdir()
        yield content
        try:
            os.rename(content, target)
        except OSError:
            if not target.is_dir():
                raise
