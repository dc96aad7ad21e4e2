"""Times the grading: ``python -m tools.grading`` each assignment alone, ``... --hand-ins 300 --workers 2`` a class.

Alone: ``nbgrader autograde`` of one right submission, nbgrader's own start included; the seconds go to
models/chapters.json. A class: so many hand-ins of one assignment, some right, some half and some untouched, graded by
``tools.classroom grade``; every grade is compared with what it must be, and the time goes to models/grading.json.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import nbformat
from nbgrader.api import Gradebook

from helpers.environment import cpu_name
from helpers.settings import SHIPPED, write_json
from tools import classroom, exercises
from tools.notebooks import ROOT, exercise_texts, points

CHEAP = "01_convolution_exercises"
TIMES, RATE = SHIPPED / "chapters.json", SHIPPED / "grading.json"


def answers(text: Path, *numbers: int) -> dict[str, str]:
    """Answer cells with the solutions of these exercises, ``grade_id`` -> code; of all, if none is named."""
    cells = {cell.metadata.nbgrader.grade_id: cell.source for cell in exercises.teachers(text).cells}
    names = [f"ex{number}-answer" for number in numbers] or [name for name in cells if name.endswith("-answer")]
    return {name: exercises.MARKER.sub("", cells[name]) for name in names}


def answered(release: Path, filled: dict[str, str]) -> nbformat.NotebookNode:
    """A notebook as students get it, with some answer cells filled in."""
    notebook = nbformat.read(release, as_version=4)
    for cell in notebook.cells:
        cell.source = filled.get(cell.metadata.get("nbgrader", {}).get("grade_id"), cell.source)
    return notebook


def hand_in(course: Path, student: str, assignment: str, filled: dict[str, str]) -> None:
    """Put a notebook with these answers where nbgrader looks for what a student has handed in."""
    path = course / "submitted" / student / assignment / f"{assignment}.ipynb"
    path.parent.mkdir(parents=True, exist_ok=True)
    nbformat.write(answered(course / "release" / assignment / path.name, filled), path)


def scores(course: Path, assignment: str) -> dict[str, float]:
    """Student -> points, of all who have handed in."""
    with Gradebook(f"sqlite:///{course}/gradebook.db", "convnets") as book:
        return {submission.student_id: submission.score for submission in book.assignment_submissions(assignment)}


def alone(course: Path, text: Path) -> int:
    """Seconds that grading one right submission takes.

    Raises:
        ValueError: if it was not graded, or did not get all points.
    """
    name = text.stem
    classroom.release(course, name)
    hand_in(course, "student", name, answers(text))
    start = time.perf_counter()
    _run(course, "nbgrader", "autograde", name)
    seconds = round(time.perf_counter() - start)
    _compare(scores(course, name), {"student": sum(points(text.read_text(encoding="utf-8")))})
    return seconds


def a_class(course: Path, hand_ins: int, workers: int) -> float:
    """Seconds that grading a class takes, the start of the workers included.

    Args:
        course: nbgrader's.
        hand_ins: how many students there are.
        workers: processes that grade.

    Raises:
        ValueError: if a student did not get the right points.
    """
    (text,) = (text for text in exercise_texts() if text.stem == CHEAP)
    each = points(text.read_text(encoding="utf-8"))
    half = range(1, len(each) + 1, 2)
    kinds = [(answers(text), sum(each)), (answers(text, *half), sum(each[::2])), ({}, 0)]
    classroom.release(course, CHEAP)
    expected = {}
    for number in range(hand_ins):
        student = f"student-{number:03}"
        filled, expected[student] = kinds[number % len(kinds)]
        hand_in(course, student, CHEAP, filled)
    start = time.perf_counter()
    _run(ROOT, "tools.classroom", "--folder", str(course), "grade", CHEAP, "--workers", str(workers))
    seconds = time.perf_counter() - start
    _compare(scores(course, CHEAP), expected)
    return seconds


def _run(folder: Path, module: str, *arguments: str) -> None:
    """Run a command of Python, as a teacher does."""
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])  # nbgrader calls others by name
    subprocess.run([sys.executable, "-m", module, *arguments], cwd=folder, env=os.environ | {"PATH": path}, check=True)


def _compare(found: dict[str, float], expected: dict[str, float]) -> None:
    for student, points_expected in expected.items():
        if found.get(student) != points_expected:
            raise ValueError(f"{student} should have {points_expected} points, and has {found.get(student)}.")


def main() -> None:
    """Read the command line, measure, and write what was measured."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--hand-ins", type=int, help="grade a class of so many; default: each assignment alone")
    parser.add_argument("--workers", type=int, default=2)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        course = Path(folder)
        classroom.build(course)
        if not arguments.hand_ins:
            times = json.loads(TIMES.read_text(encoding="utf-8"))
            for text in exercise_texts():
                seconds = alone(course, text)
                print(f"{text.stem}: {seconds} s", flush=True)
                times[text.stem] = times.get(text.stem, {}) | {"grading_seconds": seconds}
                write_json(TIMES, dict(sorted(times.items())))
            return
        seconds = a_class(course, arguments.hand_ins, arguments.workers)
    rate = {
        "assignment": CHEAP,
        "hand_ins": arguments.hand_ins,
        "workers": arguments.workers,
        "device": cpu_name(),
        "seconds": round(seconds),
        "a_minute": round(arguments.hand_ins / seconds * 60, 1),
    }
    write_json(RATE, rate)
    print(f"{rate}\nNow: make sync")


if __name__ == "__main__":
    main()
