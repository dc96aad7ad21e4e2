"""Makes README.ko.md of README.md and translations/ko/README.po: a part of ``python -m tools.sync``.

An entry is a paragraph, a heading, a list or a table; of a block of commands, each remark. The table of chapters
and all figures come from where those of README.md come from. Links lead to the Korean notebook where there is one.
"""

import re

import polib

from tools import catalogue
from tools.course import chapter_table
from tools.figures import with_figures
from tools.notebooks import BADGE, EDITION, NOTEBOOKS, ROOT, badge, repository
from tools.translate import check_marks, entry_of, tell

ENGLISH, KOREAN = ROOT / "README.md", ROOT / f"README.{EDITION}.md"
PO = catalogue.TRANSLATIONS / "README.po"
LANGUAGES = "**English** · [한국어](README.ko.md)"
IN_KOREAN = "[English](README.md) · **한국어**"
BLOCK = re.compile(r"^```.*?^```$|^\S.*?(?=\n\n|\n```|\s*\Z)", re.MULTILINE | re.DOTALL)
REMARK = re.compile(r"(?<= # ).+$", re.MULTILINE)
CHAPTERS = re.compile(r"(?<=<!-- chapters -->\n).*?(?=<!-- end of chapters -->)", re.DOTALL)
NOTEBOOK = re.compile(r"(?<=\]\(notebooks/)([\w/]+\.ipynb)(?=\))")


def messages(text: str) -> list[tuple[str, str]]:
    """The entries of README.md, each with its kind."""
    found = []
    for block in BLOCK.findall(_bare(text)):
        if block.startswith("```"):
            found += [(remark, "comment") for remark in REMARK.findall(block)]
        elif _has_words(block):
            found.append((entry_of(block), "text"))
    return found


def current() -> polib.POFile:
    """The .po file as it should be."""
    return catalogue.updated(PO, messages(ENGLISH.read_text(encoding="utf-8")))


def korean_text(text: str) -> str:
    """README.ko.md, complete with its table and its figures.

    Args:
        text: README.md.

    Raises:
        ValueError: if a translation changes more than words.
        KeyError: if course.po lacks a sentence.
    """
    known = catalogue.translations(PO)

    def translated(match: re.Match) -> str:
        block = match[0]
        if block.startswith("```"):
            return REMARK.sub(lambda remark: known.get(remark[0], remark[0]), block)
        if not _has_words(block):
            return block
        entry = entry_of(block)
        new = known.get(entry, entry)
        check_marks(entry, new)
        return new

    new = BLOCK.sub(translated, _bare(text)).replace(LANGUAGES, IN_KOREAN)
    new = CHAPTERS.sub(lambda _: chapter_table(tell), new)
    new = with_figures(to_editions(new), tell)
    return with_badge(new, _edition("00_start_here.ipynb"))


def to_editions(text: str) -> str:
    """A text whose links to notebooks lead to the Korean ones that are there."""
    return NOTEBOOK.sub(lambda match: _edition(match[1]), text)


def with_badge(text: str, notebook: str) -> str:
    """A README with the button that opens a notebook in Colab, if the course is published."""
    button = badge(repository(), f"notebooks/{notebook}")
    text = BADGE.sub("", text)
    return re.sub(r"\A(# .*\n\n)", lambda match: f"{match[1]}{button}\n\n", text) if button else text


def write() -> None:
    """Bring the .po file up to date and, if nothing is missing in it, README.ko.md."""
    catalogue.write(PO, current())
    if catalogue.unfinished(current()):
        return
    new = korean_text(ENGLISH.read_text(encoding="utf-8"))
    if not KOREAN.exists() or KOREAN.read_text(encoding="utf-8") != new:
        KOREAN.write_text(new, encoding="utf-8")
        print("brought up to date:", KOREAN.name)


def _bare(text: str) -> str:
    """README.md without what `tools.course` and `tools.sync` write into it."""
    return CHAPTERS.sub("", BADGE.sub("", text))


def _has_words(block: str) -> bool:
    return block != LANGUAGES and bool(re.sub(r"<!--.*?-->", "", block).strip())


def _edition(notebook: str) -> str:
    """Path of a notebook below notebooks/: the Korean one, if it is there."""
    korean = f"{EDITION}/{notebook}"
    return korean if (NOTEBOOKS / korean).exists() else notebook
