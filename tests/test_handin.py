"""What students hand in is made ready for grading, or named with the reason why not."""

import json
import os

import nbformat
import pytest

from tools.handin import KEPT, look_through, reason

ASSIGNMENT = "01_convolution_exercises"


def cell(source, grade_id=None):
    made = nbformat.v4.new_code_cell(source)
    if grade_id:
        made.metadata["nbgrader"] = {"grade_id": grade_id}
    return made


def notebook(*cells):
    return nbformat.writes(nbformat.v4.new_notebook(cells=list(cells)))


ANSWERED = notebook(cell("a = 1", "ex1-answer"), cell("check(a)", "ex1"))


@pytest.fixture
def hand_in(tmp_path):
    """Writes what one student handed in, and looks through it."""

    def write(files, student="kim"):
        place = tmp_path / "submitted" / student / ASSIGNMENT
        place.mkdir(parents=True, exist_ok=True)
        for age, (name, content) in enumerate(reversed(files.items())):
            (place / name).write_bytes(content if isinstance(content, bytes) else content.encode())
            os.utime(place / name, (1e9 + age, 1e9 + age))  # the first one named is the newest
        return look_through(tmp_path, ASSIGNMENT), place

    return write


def test_a_good_notebook_is_taken_as_it_is(hand_in):
    found, place = hand_in({f"{ASSIGNMENT}.ipynb": ANSWERED})
    assert (found.ready, found.failed, found.remarks) == (["kim"], {}, [])
    assert [path.name for path in place.iterdir()] == [f"{ASSIGNMENT}.ipynb"]
    assert (place / f"{ASSIGNMENT}.ipynb").stat().st_mtime == 1e9  # not written anew


@pytest.mark.parametrize("name", [
    f"{ASSIGNMENT} (1).ipynb", f"{ASSIGNMENT}-Copy1.ipynb", f"{ASSIGNMENT} copy.ipynb", f"{ASSIGNMENT}_kim.ipynb",
    f"{ASSIGNMENT.upper()}.ipynb", "homework.ipynb",
])  # fmt: skip
def test_a_notebook_under_another_name_is_graded_and_told(hand_in, name):
    found, place = hand_in({name: ANSWERED})
    assert found.ready == ["kim"]
    assert found.remarks == [f"kim: graded is {name}; it should be called {ASSIGNMENT}.ipynb"]
    assert (place / f"{ASSIGNMENT}.ipynb").read_text() == ANSWERED
    assert (place / name).exists()


def test_of_several_the_right_name_counts_then_the_newest_and_the_others_are_told(hand_in):
    found, place = hand_in({f"{ASSIGNMENT} (1).ipynb": "{}", f"{ASSIGNMENT}.ipynb": ANSWERED})
    assert found.remarks == [f"kim: graded is {ASSIGNMENT}.ipynb, not {ASSIGNMENT} (1).ipynb, which lies beside it"]
    found, place = hand_in({f"{ASSIGNMENT} (2).ipynb": ANSWERED, f"{ASSIGNMENT} (1).ipynb": "{}"}, "lee")
    assert f"lee: graded is {ASSIGNMENT} (2).ipynb, the newest of 2" in found.remarks[1]
    assert (place / f"{ASSIGNMENT}.ipynb").read_text() == ANSWERED


def test_of_copied_cells_the_last_one_counts_and_all_still_run(hand_in):
    copied = notebook(
        cell("a = 0", "ex1-answer"), cell("a = 1", "ex1-answer"), cell("check(a)", "ex1"), cell("check(a)", "ex1")
    )
    found, place = hand_in({f"{ASSIGNMENT}.ipynb": copied})
    assert found.remarks == [f"kim: the cell {name} was copied; the last one counts" for name in ("ex1", "ex1-answer")]
    cells = nbformat.read(place / f"{ASSIGNMENT}.ipynb", 4).cells
    assert [part.source for part in cells] == ["a = 0", "a = 1", "check(a)", "check(a)"]
    assert [bool(part.metadata.get("nbgrader")) for part in cells] == [False, True, False, True]
    assert (place / f"{ASSIGNMENT}.ipynb{KEPT}").read_text() == copied
    assert look_through(place.parents[2], ASSIGNMENT).remarks == []  # what was done is done


def test_a_byte_order_mark_is_taken_off(hand_in):
    found, place = hand_in({f"{ASSIGNMENT}.ipynb": b"\xef\xbb\xbf" + ANSWERED.encode()})
    assert found.remarks == ["kim: a byte-order mark was taken off"]
    assert json.loads((place / f"{ASSIGNMENT}.ipynb").read_text())["cells"]


@pytest.mark.parametrize(("files", "why"), [
    ({f"{ASSIGNMENT}.ipynb": ANSWERED[:90]}, "is no notebook, or is damaged"),
    ({f"{ASSIGNMENT}.ipynb": ""}, "is no notebook, or is damaged"),
    ({f"{ASSIGNMENT}.pdf": "x", "data.csv": "1"}, rf"expected {ASSIGNMENT}.ipynb, found {ASSIGNMENT}.pdf, data.csv"),
    ({}, "found nothing"),
    ({f"{ASSIGNMENT}.ipynb": ANSWERED.replace('"ex1-answer"', '["ex1-answer"]')}, "is damaged, or was made so"),
    ({f"{ASSIGNMENT}.ipynb": b" " * 60 * 1024**2}, "60 MB; expected at most 50"),
])  # fmt: skip
def test_what_cannot_be_graded_is_named_with_its_reason(hand_in, files, why):
    hand_in({f"{ASSIGNMENT}.ipynb": ANSWERED}, "lee")
    found, _ = hand_in(files)
    assert found.ready == ["lee"]
    assert why in found.failed["kim"]


def test_the_reason_is_found_in_a_long_log():
    log = """Traceback (most recent call last):
  File "a.py", line 3
nbgrader.nbgraderformat.common.ValidationError: Duplicate grade id: ex2
[ERROR] There was an error processing assignment
Traceback (most recent call last):
nbgrader.converters.base.NbGraderException: Please see the the above traceback for details on the specific errors"""
    assert reason(log) == "nbgrader.nbgraderformat.common.ValidationError: Duplicate grade id: ex2"
    assert reason("killed") == "killed"
