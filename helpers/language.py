"""The language of helpers and exercises: what ``COURSE_LANGUAGE`` names (a notebook sets it), else English."""

import gettext
import os
import re
from functools import cache
from pathlib import Path

LOCALE = Path(__file__).parent / "locale"
IN_SCRIPTS = re.compile(r'\bsay\("([^"]+)"')  # sentences in JavaScript, which has a `say` of its own


def say(text: str, /, **values: object) -> str:
    """Translate a sentence, then put the values into its braces, as `str.format` does."""
    translated = _catalogue(spoken()).gettext(text) if text else text
    return translated.format(**values) if values else translated


def spoken() -> str:
    """Name of the language that is spoken now, such as ``"en"`` or ``"ko"``."""
    return os.environ.get("COURSE_LANGUAGE") or "en"


@cache
def _catalogue(language: str) -> gettext.NullTranslations:
    """Sentences of a language; where there is none, English stays."""
    return gettext.translation("course", LOCALE, [language], fallback=True)
