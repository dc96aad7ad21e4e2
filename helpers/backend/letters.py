"""Korean letters in figures: a font that has them or, where there is none, English labels in their place."""

import contextlib
import dataclasses
import json
import re
from functools import cache

import matplotlib.pyplot as plt
from matplotlib import font_manager
from matplotlib.text import Text

from helpers.language import LOCALE, say
from helpers.settings import DATA

SHIPPED_FONT = DATA / "fonts" / "CourseHangul.ttf"
FAMILIES = ("NanumGothic", "NanumBarunGothic", "Malgun Gothic", "Apple SD Gothic Neo", "AppleGothic",
            "Noto Sans CJK KR", "Noto Sans CJK JP", "Noto Sans KR", "UnDotum", "Baekmuk Dotum")  # fmt: skip
LABELS = LOCALE / "ko" / "labels.json"
"""Korean labels of helpers and lessons, each with the English one; `tools.sync` writes it."""
HANGUL = re.compile("[ㄱ-ㆎ가-힣]+")
VALUE = re.compile(r"\{[^{}]*\}")
SOUNDS = [  # first consonants, vowels and last consonants of syllables, in Unicode's order; "-" is silent
    part.replace("-", "").split(",")
    for part in (
        "g,kk,n,d,tt,r,m,b,pp,s,ss,-,j,jj,ch,k,t,p,h",
        "a,ae,ya,yae,eo,e,yeo,ye,o,wa,wae,oe,yo,u,wo,we,wi,yu,eu,ui,i",
        "-,k,k,k,n,n,n,t,l,k,m,l,l,l,p,l,m,p,p,t,t,ng,t,t,k,t,p,t",
    )
]


@cache
def prepare() -> bool:
    """Let figures be written in a font with Korean letters: the course's, else one of this machine.

    Returns:
        Whether there is one. Otherwise labels are put into English from now on.
    """
    family = _family()
    if family:
        plt.rcParams["font.family"] = [*plt.rcParams["font.family"], family]
    else:
        _put_into_english()
    return bool(family)


def advice() -> str:
    """How to get Korean letters, where there are none."""
    return say(
        "No font here has Korean letters, so figures have English labels: get the course's folder data/fonts, or "
        "install NanumGothic (Colab: !apt-get install fonts-nanum, Debian and Ubuntu: sudo apt-get install "
        "fonts-nanum, macOS: brew install font-nanum-gothic, Windows: Settings, Optional features, Korean fonts), and "
        "restart the kernel."
    )


def english(label: str) -> str:
    """An English label for a Korean one; of what the course does not know, the sounds in Latin letters."""
    label = label.strip()
    if label in _labels():
        return _labels()[label]
    for korean, text in _labels().items():
        if VALUE.search(korean) and (found := _pattern(korean).fullmatch(label)):
            values = dict(zip(VALUE.findall(korean), found.groups(), strict=True))
            return VALUE.sub(lambda value, values=values: _latin(values[value[0]]), text)
    return _sounds(label)


def _family() -> str | None:
    """Name of a font with Korean letters."""
    manager = font_manager.fontManager
    with contextlib.suppress(OSError, RuntimeError):  # it is not here, or is damaged
        manager.addfont(SHIPPED_FONT)
        regular = manager.ttflist[-1]
        manager.ttflist.append(dataclasses.replace(regular, weight=700))  # or bold text is warned of
        return regular.name
    known = {font.fname for font in manager.ttflist}
    for path in set(font_manager.findSystemFonts()) - known:  # installed after Matplotlib made its list
        if "nanum" in path.lower():
            manager.addfont(path)
    names = {font.name for font in manager.ttflist}
    return next((name for name in FAMILIES if name in names), None)


def _put_into_english() -> None:
    """Let Matplotlib write English labels for Korean ones, whoever draws."""
    written = Text.set_text

    def set_text(self: Text, text: object) -> None:
        written(self, text if text is None else _latin(str(text)))

    Text.set_text = set_text


def _latin(text: str) -> str:
    return english(text) if HANGUL.search(text) else text


@cache
def _labels() -> dict[str, str]:
    return json.loads(LABELS.read_text(encoding="utf-8")) if LABELS.exists() else {}


@cache
def _pattern(korean: str) -> re.Pattern:
    """What a label with values in it looks like."""
    return re.compile("(.+?)".join(map(re.escape, VALUE.split(korean))), re.DOTALL)


def _sounds(text: str) -> str:
    """Korean syllables in Latin letters, as each is spoken by itself."""

    def spelled(letters: re.Match) -> str:
        return "".join(map(_syllable, letters[0]))

    return HANGUL.sub(spelled, text)


def _syllable(letter: str) -> str:
    number = ord(letter) - ord("가")
    if number < 0:  # a letter alone, such as ㄱ
        return "?"
    places = (number // 588, number % 588 // 28, number % 28)
    return "".join(sounds[place] for sounds, place in zip(SOUNDS, places, strict=True))
