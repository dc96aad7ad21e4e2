"""The words of the course in English and Korean, from data/glossary.toml."""

import tomllib
from collections.abc import Callable

from helpers.settings import DATA
from tools.notebooks import SOURCE

GLOSSARY = DATA / "glossary.toml"
KEYS = {"english", "korean", "chapter", "meaning"}


def terms() -> list[dict]:
    """Read the glossary: its entries, in the order of the alphabet.

    Raises:
        ValueError: if an entry lacks a key, has one that nothing reads, or has no Korean word.
    """
    entries = tomllib.loads(GLOSSARY.read_text(encoding="utf-8"))["terms"]
    for entry in entries:
        if entry.keys() != KEYS or not entry["korean"]:
            raise ValueError(f"{GLOSSARY.name}, {entry.get('english')}: expected the keys {sorted(KEYS)}, none empty")
    return sorted(entries, key=lambda entry: entry["english"].lower())


def lesson_of(entry: dict) -> str:
    """Name of the lesson that teaches a term, as course.toml calls it, for instance ``"03_mnist_dense_to_convnet"``.

    Raises:
        ValueError: if there is no such lesson.
    """
    found = sorted(SOURCE.glob(f"{entry['chapter']}_*.py"))
    if len(found) != 1:
        raise ValueError(f"{GLOSSARY.name}, {entry['english']}: there is no lesson {entry['chapter']}")
    return found[0].relative_to(SOURCE).with_suffix("").as_posix()


def glossary_table(tell: Callable[[str], str] = str) -> str:
    """The glossary as a table for a lesson in ``notebooks/``, each term with a link to the lesson that teaches it."""
    rows = [tell("| English | 한국어 | in other books | what it means | chapter |"), "|---|---|---|---|---|"]
    for entry in terms():
        first, *others = entry["korean"]
        link = f"[{entry['chapter']}]({lesson_of(entry)}.ipynb)"
        rows.append(f"| {entry['english']} | {first} | {', '.join(others)} | {tell(entry['meaning'])} | {link} |")
    return "".join(f"{row}\n" for row in rows)
