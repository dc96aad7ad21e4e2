"""The two languages of the web site: where their pages lie, and what is said in each."""

from collections.abc import Callable

from helpers.language import spoken
from tools.notebooks import EDITION, ROOT
from tools.translate import tell as in_korean

SOURCES = {"en": ROOT / "build" / "site-source", EDITION: ROOT / "build" / "site-source-ko"}
DOCUMENTS = ("RESULTS.md", "TEACHING.md", "CONTRIBUTING.md")
"""In English only."""


def teller() -> Callable[[str], str]:
    """What gives sentences of the course in the language that is spoken now."""
    return in_korean if spoken() == EDITION else str


def words() -> dict[str, str]:
    """What the settings of Sphinx and its extensions say, in the language that is spoken now."""
    tell = teller()
    return {
        "title": tell("Convolutional networks with Keras"),
        "show": tell("Show the output"),
        "hide": tell("Hide"),
        "formula": tell("Formula"),
    }


def other_page(page: str, language: str) -> str:
    """Address of the same page in the other language, or of its front page where it has no such page.

    Args:
        page: its path below the pages of its language, such as ``notebooks/00_start_here``.
        language: of this page.
    """
    other = "en" if language == EDITION else EDITION
    there = page == "search" or any((SOURCES[other] / f"{page}{kind}").exists() for kind in (".md", ".ipynb"))
    up = "../" * page.count("/")
    return f"{up}{'../' if language == EDITION else f'{EDITION}/'}{page if there else 'index'}.html"
