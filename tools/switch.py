"""An extension of Sphinx: a switch of language on every page, and a search that knows endings of Korean words."""

import re

from sphinx.search import SearchLanguage

from tools.bilingual import other_page
from tools.notebooks import EDITION

HANGUL = re.compile(r"[가-힣]{3,}")


class SearchKorean(SearchLanguage):
    """Korean words carry particles (커널은, 커널을): the first two letters count as a word, too.

    The search itself finds longer words wherever a word begins with them.
    """

    lang = EDITION
    language_name = "Korean"

    def split(self, input: str) -> list[str]:
        """Words of a text."""
        words = super().split(input)
        return words + [word[:2] for word in words if HANGUL.match(word)]


def _add_address(app, page: str, template: str, context: dict, document: object) -> None:
    context["other_page"] = other_page(page, app.config.language)


def setup(app) -> dict:
    """Tell Sphinx."""
    app.add_search_language(SearchKorean)
    app.connect("html-page-context", _add_address)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
