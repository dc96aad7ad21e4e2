"""The translation memory in translations/: a .po file a notebook, and some for sentences of helpers and exercises.

An entry is a cell of text, or a sentence. Where the English one changes, `updated` marks its translation as fuzzy and
keeps what the English was; nothing is made of a file in which an entry is fuzzy or missing.
"""

import difflib
from collections.abc import Iterable
from pathlib import Path

import polib

from tools.notebooks import EDITION, ROOT

TRANSLATIONS = ROOT / "translations" / EDITION
ALIKE = 0.6  # from here on an old text counts as the former form of a new one


def updated(path: Path, messages: Iterable[tuple[str, str]], allowed: Iterable[str] = ()) -> polib.POFile:
    """What a .po file should hold: the messages in their order, each with its translation where there is one.

    Args:
        path: the file as it is; it may be missing.
        messages: text and kind of each message, such as ``("the photograph", "string")``.
        allowed: texts that need no translation, but keep it if they have one.

    Returns:
        The entries. That of a changed text has the old translation, the old text beside it, and the mark "fuzzy".
    """
    old = {entry.msgid: entry for entry in read(path)}
    wanted = dict(messages)
    wanted |= {text: "string" for text in allowed if text in old and text not in wanted}
    left = {text: entry for text, entry in old.items() if text not in wanted and entry.msgstr}
    new = polib.POFile(wrapwidth=120)
    new.metadata = {"Language": EDITION, "MIME-Version": "1.0", "Content-Type": "text/plain; charset=utf-8",
                    "Content-Transfer-Encoding": "8bit"}  # fmt: skip
    for text, kind in wanted.items():
        entry = old.get(text) or polib.POEntry(msgid=text)
        if not entry.msgstr and (former := _former(text, left)):
            entry.msgstr, entry.previous_msgid, entry.flags = left.pop(former).msgstr, former, ["fuzzy"]
        entry.comment = kind
        new.append(entry)
    return new


def _former(text: str, left: Iterable[str]) -> str | None:
    """The text among those left over that this one has come from; None if all are too different."""
    return next(iter(difflib.get_close_matches(text, left, n=1, cutoff=ALIKE)), None)


def read(path: Path) -> polib.POFile:
    """Read a .po file; one that is missing is empty."""
    return polib.pofile(str(path), encoding="utf-8", wrapwidth=120) if path.exists() else polib.POFile()


def write(path: Path, catalogue: polib.POFile) -> None:
    """Write a .po file, unless it is so already."""
    path.parent.mkdir(parents=True, exist_ok=True)
    content = str(catalogue) + "\n"
    if not path.exists() or path.read_text(encoding="utf-8") != content:
        path.write_text(content, encoding="utf-8")
        print("brought up to date:", path.relative_to(ROOT))


def unfinished(catalogue: polib.POFile) -> list[str]:
    """Name each entry that is fuzzy or has no translation."""
    return [
        f"{'fuzzy' if entry.fuzzy else 'missing'}: {' '.join(entry.msgid.split())[:80]}"
        for entry in catalogue
        if entry.fuzzy or not entry.msgstr
    ]


def translations(path: Path) -> dict[str, str]:
    """Text -> translation, of the entries that are finished."""
    return {entry.msgid: entry.msgstr for entry in read(path) if entry.msgstr and not entry.fuzzy}
