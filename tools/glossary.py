"""The words of the course in English and Korean, from data/glossary.toml."""

import functools
import re
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


# Words of other books that have another meaning, too, and may be used in it.
ORDINARY = {
    "AUC", "CNN", "MLP", "MSE", "가로", "걸음", "경계", "경사", "계층", "관성", "구조", "국소 연결", "노드",
    "다운샘플링", "마스크", "명도", "모양", "배치 크기", "부류", "불변", "불변성", "붙이기", "비용", "서브 샘플링",
    "세대", "세로", "속도", "업데이트", "오차", "유닛", "응답 맵", "이름표", "이미지 캡션", "절편", "정규화",
    "컨브넷", "컬러", "특징", "패치", "폭", "학습 데이터", "학습 속도", "흐림", "흑백", "흑백 이미지",
}  # fmt: skip
ASIDE = re.compile(r"\((?:[^()]|\([^()]*\))*\)|`[^`]*`|<!--.*?-->|\*\*", re.DOTALL)


def other_words(text: str) -> list[str]:
    """Words of other books in a Korean text, where the course has a word of its own; what is in parentheses may be."""
    own, others = _words()
    return sorted({found[0] for found in others.finditer(own.sub(" ", ASIDE.sub(" ", text)))})


@functools.cache
def _words() -> tuple[re.Pattern, re.Pattern]:
    """Patterns of the course's own words, and of those of other books, each at the beginning of a word."""
    own = {entry["korean"][0] for entry in terms()}
    others = {word for entry in terms() for word in entry["korean"]} - own - ORDINARY
    return _any_of(own), _any_of(others)


def _any_of(words: set[str]) -> re.Pattern:
    longest_first = sorted(words, key=len, reverse=True)
    return re.compile(rf"(?<![가-힣])(?:{'|'.join(map(re.escape, longest_first))})")
