"""The exercises as a course of nbgrader: built, handed out, solved by three students, graded, fed back and exported."""

import csv
import os
import subprocess
import sys

import nbformat
import pytest
from conftest import ROOT

pytest.importorskip("nbgrader", reason="nbgrader is not installed: make .venv/.classroom")

from tools import classroom, exercises

ASSIGNMENT = "01_convolution_exercises"
POINTS = {"perfect": 11, "half": 5, "hostile": 3, "vandal": 0}
TEXT = exercises.TEXTS / f"{ASSIGNMENT}.py"


def nbgrader(folder, *arguments):
    """Run a command of nbgrader in the course's folder, as a teacher does."""
    path = os.pathsep.join([os.path.dirname(sys.executable), os.environ["PATH"]])
    command = [sys.executable, "-m", "nbgrader", *arguments]
    return subprocess.run(command, cwd=folder, env=os.environ | {"PATH": path}, capture_output=True, text=True)


def answered(release, answers):
    """The handed out notebook with some answer cells filled in: grade_id -> code."""
    notebook = nbformat.read(release, as_version=4)
    for cell in notebook.cells:
        cell.source = answers.get(cell.metadata.get("nbgrader", {}).get("grade_id"), cell.source)
    return notebook


def solutions(*numbers):
    cells = {cell.metadata.nbgrader.grade_id: cell.source for cell in exercises.teachers(TEXT).cells}
    return {f"ex{number}-answer": exercises.MARKER.sub("", cells[f"ex{number}-answer"]) for number in numbers}


PATCH = """
import helpers.check.exercise as checks
checks.Exercise.grade = checks.Exercise.judge = checks.Exercise.__call__ = lambda *anything: None
check.ex5 = print
def output_size(size, kernel, padding, stride):
    return 0
"""
CHANGED = "helpers/check/exercise.py"
VANDAL = """
picture_shape = (1, 2, 3)
path = pathlib.Path(check.__file__).with_name("exercise.py")
path.write_text(path.read_text().replace("if verdict.outcome != RIGHT:", "if False:"))
"""


def hostile(release):
    """Right answers to exercises 1 and 7; an exception, tests changed, deleted and outwitted, an endless loop."""
    notebook = answered(
        release,
        solutions(1, 7)
        | {
            "ex2-answer": "parameters = 1 / 0",
            "ex3-answer": "feature_map = [[0]]",
            "ex3": "pass",
            "ex4-answer": "pooled = [[0]]",
            "ex5-answer": PATCH,
            "ex6-answer": "def convolve(image, kernel, stride):\n    while True:\n        pass",
        },
    )
    notebook.cells = [cell for cell in notebook.cells if cell.metadata.nbgrader.grade_id != "ex4"]
    return notebook


@pytest.fixture(scope="module")
def course(tmp_path_factory):
    """A course with four submissions, handed in as files with the students' names, autograded."""
    folder = tmp_path_factory.mktemp("course")
    classroom.build(folder)
    config = folder / "nbgrader_config.py"
    config.write_text(config.read_text().replace("c.Execute.timeout = 60", "c.Execute.timeout = 15"))
    handed_out = nbgrader(folder, "generate_assignment", ASSIGNMENT)
    assert handed_out.returncode == 0, handed_out.stderr
    release = folder / "release" / ASSIGNMENT / f"{ASSIGNMENT}.ipynb"
    downloaded = folder / "downloaded" / ASSIGNMENT / "archive"
    downloaded.mkdir(parents=True)
    submissions = {
        "perfect": answered(release, solutions(*range(1, 9))),
        "half": answered(release, solutions(1, 2, 3, 8)),
        "hostile": hostile(release),
        "vandal": answered(release, solutions(*range(2, 9)) | {"ex1-answer": VANDAL}),
    }
    for student, notebook in submissions.items():
        nbformat.write(notebook, downloaded / f"{student}_{ASSIGNMENT}.ipynb")
    collected = nbgrader(folder, "zip_collect", ASSIGNMENT)
    assert collected.returncode == 0, collected.stderr
    # A module that a student hands in with the notebook must not take the place of the real one.
    trick = folder / "submitted" / "hostile" / ASSIGNMENT / "helpers"
    trick.mkdir()
    (trick / "environment.py").write_text("raise SystemExit")
    graded = nbgrader(folder, "autograde", ASSIGNMENT)
    assert graded.returncode == 0, graded.stderr
    return folder


def exported(folder):
    export = nbgrader(folder, "export")
    assert export.returncode == 0, export.stderr
    with (folder / "grades.csv").open(newline="") as file:
        return {row["student_id"]: row for row in csv.DictReader(file) if row["assignment"] == ASSIGNMENT}


@pytest.fixture(scope="module")
def grades(course):
    return exported(course)


@pytest.mark.parametrize("student", POINTS)
def test_a_submission_gets_its_points_and_they_are_exported(grades, student):
    assert float(grades[student]["score"]) == POINTS[student]
    assert float(grades[student]["max_score"]) == 11


def outputs(folder, student):
    """What stands under each graded cell."""
    notebook = nbformat.read(folder / "autograded" / student / ASSIGNMENT / f"{ASSIGNMENT}.ipynb", as_version=4)
    return {
        cell.metadata.nbgrader.grade_id: " ".join(str(output) for output in cell.get("outputs", []))
        for cell in notebook.cells
        if "nbgrader" in cell.metadata
    }


def test_each_attack_of_the_hostile_submission_is_met(course):
    seen = outputs(course, "hostile")
    assert "ZeroDivisionError" in seen["ex2-answer"]
    assert "NameError" in seen["ex2"]
    for number in (3, 4, 5):  # the test changed, deleted, outwitted
        assert "AssertionError" in seen[f"ex{number}"]
    assert "CellTimeoutError" in seen["ex6"]
    assert "Right" in seen["ex7"]


def test_who_changes_the_checks_on_disk_gets_nothing_and_they_are_put_back(course):
    assert "Tampering" in outputs(course, "vandal")["ex1"]
    assert (course / CHANGED).read_bytes() == (ROOT / CHANGED).read_bytes()


def test_feedback_says_to_each_student_what_was_wrong(course):
    feedback = nbgrader(course, "generate_feedback", ASSIGNMENT)
    assert feedback.returncode == 0, feedback.stderr
    page = (course / "feedback" / "half" / ASSIGNMENT / f"{ASSIGNMENT}.html").read_text(encoding="utf-8")
    assert "Not tried yet" in page
    assert "Score: 5.0 / 11.0" in page
    assert len(list(course.glob(f"feedback/*/{ASSIGNMENT}/*.html"))) == len(POINTS)


def test_what_is_handed_out_holds_no_solution_and_no_hidden_test(course):
    release = (course / "release" / ASSIGNMENT / f"{ASSIGNMENT}.ipynb").read_text(encoding="utf-8")
    assert "SOLUTION" not in release
    assert "HIDDEN" not in release
    assert ".grade(" not in release


def test_building_again_keeps_what_a_teacher_has_changed(course, capsys):
    source = course / "source" / ASSIGNMENT / f"{ASSIGNMENT}.ipynb"
    notebook = nbformat.read(source, as_version=4)
    for cell in notebook.cells:
        if cell.metadata.nbgrader.grade:
            cell.metadata.nbgrader.points = 7
    nbformat.write(notebook, source)
    before, settings = source.read_bytes(), (course / "nbgrader_config.py").read_text()
    classroom.build(course)
    assert f"{ASSIGNMENT}: kept as it is" in capsys.readouterr().out
    assert source.read_bytes() == before
    assert (course / "nbgrader_config.py").read_text() == settings


def test_two_workers_give_the_same_grades_and_name_who_could_not_be_graded(course, monkeypatch, capsys):
    """The last submission ends its own kernel: nbgrader cannot grade it, but all others."""
    release = course / "release" / ASSIGNMENT / f"{ASSIGNMENT}.ipynb"
    for student, answers in {
        "ann": solutions(1, 2),
        "bob": solutions(3, 4, 5),
        "cut": {"ex1-answer": "import os; os._exit(1)"},
    }.items():
        path = course / "submitted" / student / ASSIGNMENT / f"{ASSIGNMENT}.ipynb"
        path.parent.mkdir(parents=True)
        nbformat.write(answered(release, answers), path)
    monkeypatch.setattr("sys.argv", ["classroom", "--folder", str(course), "grade", ASSIGNMENT, "--workers", "2"])
    assert classroom.main() == 1
    printed = capsys.readouterr()
    assert "7 of 7: " in printed.out
    assert "cut FAILED" in printed.out
    assert "Not graded: cut" in printed.err
    grades = exported(course)
    assert {name: float(grades[name]["score"]) for name in ("ann", "bob")} == {"ann": 2, "bob": 3}
    assert float(grades["perfect"]["score"]) == 11


def test_grading_without_submissions_says_where_they_are_expected(tmp_path):
    with pytest.raises(ValueError, match="submitted/STUDENT/07_x"):
        classroom.grade(tmp_path, "07_x", workers=1)


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("### BEGIN SOLUTION\n", "", "no solution between its markers"),
        ("check.ex2(parameters)", "check.ex3(parameters)", "expected check.ex2"),
        ("check.ex2(parameters)", "print(parameters)", "expected check.ex2"),
    ],
)
def test_an_incomplete_exercise_is_refused_and_nothing_is_written(tmp_path, monkeypatch, old, new, message):
    broken = tmp_path / "texts" / TEXT.name
    broken.parent.mkdir()
    broken.write_text(TEXT.read_text(encoding="utf-8").replace(old, new, 1), encoding="utf-8")
    monkeypatch.setattr(classroom, "texts", lambda: [broken])
    with pytest.raises(ValueError, match=message):
        classroom.build(tmp_path / "course")
    assert not (tmp_path / "course").exists()
