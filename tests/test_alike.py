"""Answers that are nearly equal are listed, and those that only look alike because of what was given are not."""

import sys

import nbformat
import pytest

pytest.importorskip("rapidfuzz", reason="nbgrader is not installed: make .venv/.classroom")
pytest.importorskip("dask.distributed", reason="Dask is not installed: make .venv/.classroom")

from tools import alike

pytestmark = pytest.mark.packages
ASSIGNMENT = "01_convolution_exercises"
GIVEN = '''
def convolve(image, kernel, stride):
    """Slide the kernel over the image, from the top left to the bottom right, `stride` pixels at a time, and return
    what comes of it as an array of two axes."""
    height, width = (image.shape[0] - kernel.shape[0]) // stride + 1, (image.shape[1] - kernel.shape[1]) // stride + 1
    # Your code here
'''
LOOPS = """
    rows = (image.shape[0] - kernel.shape[0]) // stride + 1
    columns = (image.shape[1] - kernel.shape[1]) // stride + 1
    out = np.zeros((rows, columns))
    for i in range(rows):
        for j in range(columns):
            out[i, j] = np.sum(image[i * stride : i * stride + kernel.shape[0], j * stride :] * kernel)
    return out
"""
DISGUISED = (GIVEN + LOOPS).replace("out", "result").replace("rows", "h").replace("columns", "w").replace("    ", "  ")
DISGUISED += "  # I did this by myself\n"
VIEWS = """
    windows = np.lib.stride_tricks.sliding_window_view(image, kernel.shape)[::stride, ::stride]
    return np.einsum("abij,ij->ab", windows, kernel)
"""


def write(path, code, words="", number="1"):
    cells = [
        nbformat.v4.new_code_cell("import numpy as np"),
        nbformat.v4.new_code_cell(code, metadata={"nbgrader": {"grade_id": "ex6-answer", "solution": True}}),
        nbformat.v4.new_code_cell(number, metadata={"nbgrader": {"grade_id": "ex1-answer", "solution": True}}),
        nbformat.v4.new_markdown_cell(words, metadata={"nbgrader": {"grade_id": "why", "solution": True}}),
    ]
    path.parent.mkdir(parents=True)
    nbformat.write(nbformat.v4.new_notebook(cells=cells), path)


@pytest.fixture
def hand_in(tmp_path):
    write(tmp_path / f"release/{ASSIGNMENT}/{ASSIGNMENT}.ipynb", GIVEN)
    return lambda student, *what: write(tmp_path / f"submitted/{student}/{ASSIGNMENT}/{ASSIGNMENT}.ipynb", *what)


def test_an_answer_under_other_names_is_listed_and_one_by_another_way_is_not(hand_in, tmp_path):
    hand_in("ann", GIVEN + LOOPS)
    hand_in("bob", DISGUISED)
    hand_in("kim", GIVEN + VIEWS)
    assert alike.alike(tmp_path, ASSIGNMENT) == ({("ann", "bob"): {"ex6-answer": 1.0}}, {})


def test_what_was_given_and_what_is_short_does_not_count(hand_in, tmp_path):
    for student in ("ann", "bob"):
        hand_in(student, GIVEN, "", "answer = 3 * 3 * 32 + 32")
    assert alike.alike(tmp_path, ASSIGNMENT)[0] == {}


def test_code_that_is_not_whole_and_written_answers_are_compared_and_pairs_with_more_come_first(hand_in, tmp_path):
    words = "The sum runs over all places below the kernel, so a kernel of ones gives the mean of them times nine. " * 2
    hand_in("ann", GIVEN + LOOPS + "    return (")
    hand_in("bob", GIVEN + LOOPS, words)
    hand_in("kim", DISGUISED, words.replace("all", "the"))
    found, _ = alike.alike(tmp_path, ASSIGNMENT)
    assert next(iter(found)) == ("bob", "kim")
    assert set(found["bob", "kim"]) == {"ex6-answer", "why"}
    assert 0.9 < found["ann", "bob"]["ex6-answer"] < 1
    assert len(found) == 3


def test_the_list_names_pairs_and_notebooks_that_cannot_be_read(hand_in, tmp_path, monkeypatch, capsys):
    hand_in("ann", GIVEN + LOOPS)
    hand_in("bob", DISGUISED)
    hand_in("cut", GIVEN)
    (tmp_path / f"submitted/cut/{ASSIGNMENT}/{ASSIGNMENT}.ipynb").write_text("{")
    monkeypatch.setattr(sys, "argv", ["alike", ASSIGNMENT, "--folder", str(tmp_path)])
    alike.main()
    said = capsys.readouterr()
    assert said.out.splitlines()[0] == "ann, bob: ex6 1.00"
    assert "cut was not compared: " in said.err


def test_before_the_hand_out_there_is_nothing_to_compare_with(tmp_path):
    with pytest.raises(ValueError, match="nbgrader generate_assignment"):
        alike.alike(tmp_path, ASSIGNMENT)
