"""course.toml, the texts and the documents: what one has and another lacks is named, with its file."""

import json

import pytest
from conftest import ROOT

from tools import course, notebooks, sync
from tools.course import DOCUMENTS
from tools.notebooks import CHECKS, SOURCE, exercise_texts, notebook_of

TEXTS = [*sorted(SOURCE.rglob("*.py")), *exercise_texts()]
LESSONS = [entry for kind in ("chapters", "companions") for entry in course.course()[kind]]
PARTS = ("__init__.py", "quiz.json", "solutions/answers.py", "solutions/shown.json")
ENTRY = """
[[chapters]]
notebook = "{number}_{name}"
title = "Title of {name}"
afterwards = "do {name}"
data = "numbers"
time = "It is short."
needs = "nothing."
brings = "brings {name}"
"""
LESSON = """\
# %% [markdown]
# # old
#
# After this chapter you can do it.
#
# - **Time** old
# - **Old** bullet

# %%
1

# %% [markdown]
# **Next:** old
#
# old, too
"""


@pytest.mark.parametrize("path", DOCUMENTS + TEXTS, ids=lambda path: path.name)
def test_what_comes_from_elsewhere_is_up_to_date(path):
    assert sync.written(path) == path.read_text(encoding="utf-8"), "run `make sync`"


@pytest.mark.parametrize("entry", LESSONS, ids=lambda entry: entry["notebook"])
def test_each_entry_has_its_files_and_its_times(entry):
    text = SOURCE / f"{entry['notebook']}.py"
    assert text.exists(), f"course.toml names {entry['notebook']}: write {text.relative_to(ROOT)}"
    times = json.loads((ROOT / "models" / "chapters.json").read_text(encoding="utf-8"))
    stems = [text.stem]
    if "exercises" in entry:
        folder = CHECKS / f"chapter_{text.stem[:2]}"
        stems.append(entry["exercises"]["notebook"])
        for part in (*PARTS, f"solutions/{stems[1]}.py"):
            assert (folder / part).exists(), f"missing: {(folder / part).relative_to(ROOT)}"
    for stem in stems:
        assert stem in times, f"models/chapters.json has no times of {stem}: run `make store` for it"


def test_the_chapters_stand_in_the_order_of_their_numbers():
    for kind in ("chapters", "companions"):
        names = [entry["notebook"] for entry in course.course()[kind]]
        assert names == sorted(names)


@pytest.fixture
def small(tmp_path, monkeypatch):
    """A course of two chapters, of which nothing was measured."""
    entries = [ENTRY.format(number=number, name=name) for number, name in (("01", "one"), ("02", "two"))]
    path = tmp_path / "course.toml"
    path.write_text("companions = []\n" + "".join(entries))
    monkeypatch.setattr(course, "COURSE", path)
    return path


def test_head_and_end_of_a_lesson_are_written(small):
    text = course.lesson(LESSON, "01_one")
    assert text.startswith(
        "# %% [markdown]\n# # 01 · Title of one\n#\n# After this chapter you can do it.\n#\n"
        "# - **Time** on 2 CPU cores: ? minutes in fast mode, ? minutes in full mode."
        "<!-- gpu 01 --><!-- end of gpu --> It is short.\n# - **You need** nothing.\n# - **How to work**"
    )
    assert text.endswith("# **Next:** [02 · Title of two](02_two.ipynb) brings two.\n")
    assert " old" not in text
    assert course.lesson(text, "01_one") == text
    assert course.lesson(LESSON, "02_two").endswith("# **Next:** this is the last chapter.\n")


@pytest.mark.parametrize("line", ["# # old\n", "# - **Time** old\n", "# **Next:** old\n"])
def test_a_lesson_without_a_place_for_them_is_refused(small, line):
    with pytest.raises(ValueError, match="01_one: write the line"):
        course.lesson(LESSON.replace(line, ""), "01_one")


def test_a_lesson_that_the_course_does_not_name_is_refused(small):
    with pytest.raises(ValueError, match=r"course.toml has no entry for 03_three: add one with the keys \['after"):
        course.lesson(LESSON, "03_three")


@pytest.mark.parametrize(
    ("old", "new", "named"),
    [
        ('needs = "nothing."\n', "", "01_one: missing, or not known: needs"),
        ("needs", "need", "01_one: missing, or not known: need, needs"),
        ('data = "numbers"\n', 'data = "numbers"\nexercises.title = "x"\n', "01_one: .*minutes, notebook, time"),
    ],
)
def test_an_entry_with_other_keys_is_refused(small, old, new, named):
    small.write_text(small.read_text().replace(old, new, 1))
    with pytest.raises(ValueError, match=named):
        course.course()


def test_exercises_that_are_not_written_yet_are_named(small, monkeypatch):
    own = "".join(f'exercises.{key} = "x"\n' for key in ("title", "among", "time"))
    own += 'exercises.notebook = "01_no_exercises"\nexercises.minutes = 60\n'
    small.write_text(small.read_text().replace('brings = "brings one"\n', f'brings = "brings one"\n{own}'))
    with pytest.raises(ValueError, match=r"write exercises/chapter_01/solutions/01_no_exercises\.py"):
        course.chapter_table()


@pytest.mark.packages
@pytest.mark.parametrize(
    ("lines", "message"),
    [
        ("", "no quiz. Write one in a Markdown cell with the tag quiz"),
        ('# %% [markdown] tags=["quiz"]\n# 1. A question\n# an answer', "expected .* in the quiz: an answer"),
    ],
)
def test_a_quiz_that_is_not_one_is_refused(tmp_path, lines, message):
    quiz = pytest.importorskip("tools.exercises", reason="nbgrader is not installed: make .venv/.classroom").quiz
    text = tmp_path / "10_x.py"
    text.write_text(lines)
    with pytest.raises(ValueError, match=message):
        quiz(text)


def test_the_tables_hold_what_the_texts_and_cards_say():
    for text in exercise_texts():
        points = notebooks.points(text.read_text(encoding="utf-8"))
        (row,) = [row for row in course.assignment_table().splitlines() if row.startswith(f"| `{text.stem}`")]
        assert row.split("|")[3:5] == [f" {len(points)} ", f" {sum(points)} "]
        assert f"({notebook_of(text).relative_to(ROOT).as_posix()})" in course.chapter_table()
    assert "?" not in course.chapter_table()
