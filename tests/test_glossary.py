"""The glossary and the lessons: each term of one is in the other."""

import re

import pytest
from conftest import ROOT

from helpers.data import FASHION_MNIST_CLASSES_KO
from tools import catalogue, glossary
from tools.notebooks import SOURCE

LESSONS = sorted(SOURCE.rglob("*.py"))
TERMS = glossary.terms()
IN_PARENTHESES = re.compile(r"\(((?:[^()]|\([^()]*\))*[가-힣](?:[^()]|\([^()]*\))*)\)")
KOREAN = re.compile(r"\d?[가-힣]+(?:[ -](?:\d?[가-힣]+|[A-Z]+\b))*")  # as 함수형 API
# Names of what is on the images are words of Korean, none of the subject.
NAMES = {*FASHION_MNIST_CLASSES_KO, "비행기", "자동차", "새", "고양이", "사슴", "개", "개구리", "말", "배", "트럭"}


def prose(path):
    """Markdown cells of a lesson in one line, without the glossary itself."""
    text = path.read_text(encoding="utf-8")
    text = re.sub(r"<!-- glossary -->.*?<!-- end of glossary -->", "", text, flags=re.DOTALL)
    cells = [cell for cell in re.split(r"^# %%", text, flags=re.MULTILINE) if cell.startswith(" [markdown]")]
    return " ".join(line.removeprefix("#").strip() for cell in cells for line in cell.splitlines()[1:])


def korean_terms(path):
    """Korean words that stand in parentheses behind their English ones."""
    return {word for part in IN_PARENTHESES.findall(prose(path)) for word in KOREAN.findall(part)}


def plain(text):
    """Words only, without marks and with single spaces."""
    return " ".join(re.sub(r"</?\w+>|[*`>]", "", text).split()).lower()


@pytest.mark.parametrize("path", LESSONS, ids=lambda path: path.stem)
def test_each_korean_term_of_a_lesson_is_in_the_glossary(path):
    known = {word for entry in TERMS for word in entry["korean"]} | NAMES
    used = korean_terms(path)
    assert used <= known, f"add to {glossary.GLOSSARY.relative_to(ROOT)}: {sorted(used - known)}"


@pytest.mark.parametrize("entry", TERMS, ids=lambda entry: entry["english"])
def test_each_term_stands_in_the_lesson_that_teaches_it(entry):
    lesson = SOURCE / f"{glossary.lesson_of(entry)}.py"
    first = entry["korean"][0]
    assert first in korean_terms(lesson), f"{lesson.stem} does not explain {first}, which the glossary promises"
    english = re.escape(plain(entry["english"]))
    assert re.search(rf"(?<![a-z]){english}", plain(prose(lesson))), f"{lesson.stem} does not say {entry['english']}"


def test_no_term_stands_twice_and_they_are_in_order():
    names = [entry["english"].lower() for entry in TERMS]
    assert len(set(names)) == len(names)
    written = re.findall(r'english = "([^"]+)"', glossary.GLOSSARY.read_text(encoding="utf-8"))
    assert [name.lower() for name in written] == sorted(names)
    first = [entry["korean"][0] for entry in TERMS]
    assert len(set(first)) == len(first)


def test_words_of_other_books_are_found():
    known = {word for entry in TERMS for word in entry["korean"]}
    books = """컨볼루션, 특징 맵, 응답 맵, 보폭, 걸음, 덧대기, 붙이기, 제로 패딩, 마스크, 맥스 풀링, 모으기,
        바이어스, 화소, 흑백, 컬러, 정확률, 오차, 학습셋, 테스트셋, 정규화, 전처리, 일반화, 플래튼, 평탄화,
        부분 연결성, 국소 연결, 다운샘플링, 서브 샘플링, 패치, 불변, 불변성, 배치 크기, CNN, 역전파,
        통째 학습, 특성 맵 시각화, 합성곱 신경망, 완전 연결층, 출력층, 전역 평균 풀링,
        다층 퍼셉트론"""
    assert [word for word in re.split(r",\s+", books) if word not in known] == []


def test_the_table_has_a_row_for_each_term_and_links_to_lessons():
    rows = glossary.glossary_table().splitlines()[2:]
    assert len(rows) == len(TERMS)
    for row in rows:
        assert row.count("|") == 6
        link = re.search(r"\]\((.+)\.ipynb\)", row)[1]
        assert (SOURCE / f"{link}.py").exists()


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ('{ english = "x", korean = [], chapter = "01", meaning = "y" }', "x: expected the keys"),
        ('{ english = "x", korean = ["가"], chapter = "01" }', "x: expected the keys"),
    ],
)
def test_an_entry_that_lacks_something_is_refused(tmp_path, monkeypatch, line, message):
    monkeypatch.setattr(glossary, "GLOSSARY", tmp_path / "glossary.toml")
    glossary.GLOSSARY.write_text(f"terms = [{line}]", encoding="utf-8")
    with pytest.raises(ValueError, match=message):
        glossary.terms()


def test_a_chapter_that_is_none_is_named():
    with pytest.raises(ValueError, match="x: there is no lesson 77"):
        glossary.lesson_of({"english": "x", "chapter": "77"})


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("컨볼루션은 커널을 옮깁니다.", ["컨볼루션"]),
        ("*합성곱*(convolution. 컨볼루션이라고도 합니다)은 보폭이 2입니다.", ["보폭"]),
        ("완전 연결층과 파라미터", ["완전 연결층", "파라미터"]),
        ("특성 맵, 활성화 맵", ["활성화 맵"]),
        ("합성곱 층의 특성 맵은 `화소`가 아니라 픽셀로 되어 있습니다. 특징의 계층.", []),
    ],
)
def test_words_of_other_books_are_named(text, found):
    assert glossary.other_words(text) == found


@pytest.mark.parametrize("path", sorted(catalogue.TRANSLATIONS.rglob("*.po")), ids=lambda path: path.stem)
def test_the_korean_edition_uses_the_words_of_the_glossary(path):
    for english, korean in catalogue.translations(path).items():
        if "<!-- glossary -->" not in english:
            assert not glossary.other_words(korean), korean
