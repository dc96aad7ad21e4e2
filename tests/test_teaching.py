"""Two pages of TEACHING.md, followed word by word: what stands in their grey boxes is run, one box after the other.

What people do between the boxes (students hand in, a teacher asks and grades an open question) is done here, and the
commands of the section on deadlines and the like are taken out of its text, too.
"""

import csv
import json
import os
import re
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import nbformat
import pytest
from conftest import ROOT

pytest.importorskip("nbgrader", reason="nbgrader is not installed: make .venv/.classroom")
pytest.importorskip("dask.distributed", reason="Dask is not installed: make .venv/.classroom")

from nbgrader.api import Gradebook
from test_lms import CANVAS, WORKSHEET, canvas_takes, moodle_takes

from tools import grading
from tools.notebooks import exercise_texts

pytestmark = [
    pytest.mark.gate,
    pytest.mark.long,
    pytest.mark.skipif(not all(map(shutil.which, ("bash", "make", "git", "tar"))), reason="a command is missing"),
]
PAGES = (ROOT / "TEACHING.md").read_text(encoding="utf-8")
TEXT = exercise_texts()[0]
ASSIGNMENT = TEXT.stem
ADDRESS = "https://github.com/you/handout"
ALL = "ex1 1/1, ex2 1/1, ex3 1/1, ex4 1/1, ex5 1/1, ex6 2/2, ex7 2/2, ex8 2/2"


def boxes(title):
    """The grey boxes of a page."""
    page = re.search(rf"^## {title}\n(.*?)^## ", PAGES, re.MULTILINE | re.DOTALL)[1]
    return re.findall(r"^```bash\n(.*?)^```", page, re.MULTILINE | re.DOTALL)


def told(title):
    """What is set as code in a paragraph, such as "Deadlines"."""
    paragraph = re.search(rf"^\*\*{title}\.\*\*(.*?)\n\n", PAGES, re.MULTILINE | re.DOTALL)[1]
    return re.findall(r"`([^`]+)`", paragraph.replace("\n", " "))


class Follower:
    """Someone with this course in a folder and its packages installed, who copies one box after the other."""

    def __init__(self, folder):
        self.course = folder / "course"
        left_out = shutil.ignore_patterns(".*", "build", "cache", "classroom", "__pycache__")
        shutil.copytree(ROOT, self.course, ignore=left_out)
        environment = self.course / ".venv"
        (environment / "bin").mkdir(parents=True)
        python = environment / "bin" / "python"
        python.write_text(f'#!/bin/sh\nexec "{sys.executable}" "$@"\n')
        python.chmod(0o755)
        (environment / "bin" / "activate").write_text(f'export PATH="{Path(sys.executable).parent}:$PATH"\n')
        shutil.copyfile(ROOT / "requirements.txt", environment / ".requirements")
        shutil.copyfile(ROOT / "requirements-classroom.txt", environment / ".classroom")
        self.classroom = self.course / "classroom"
        self.archive = self.classroom / "downloaded" / ASSIGNMENT / "archive"
        self._shell = folder / "shell"  # its variables and its folder, from one box to the next

    def run(self, box):
        """Run a box, and stop at the first command that fails. Returns what was printed."""
        again = f'if [ -e "{self._shell}" ]; then . "{self._shell}"; cd "$PWD"; fi'
        kept = {name: value for name, value in os.environ.items() if not re.match("COURSE_|MAKE|MFLAGS", name)}
        script = f'{again}\n{box}\nexport -p > "{self._shell}"'
        done = subprocess.run(["bash", "-ec", script], cwd=self.course, env=kept, capture_output=True, text=True)
        assert done.returncode == 0, f"{box}\n{done.stdout}\n{done.stderr}"
        return done.stdout + done.stderr

    def gradebook(self):
        return Gradebook(f"sqlite:///{self.classroom}/gradebook.db", "convnets")


@pytest.fixture
def follower(tmp_path):
    return Follower(tmp_path)


def ask_an_open_question(path):
    """What the panel Create Assignment makes of a Markdown cell."""
    state = {"grade_id": "why", "points": 2, "grade": True, "solution": True, "locked": False, "task": False}
    content = nbformat.read(path, as_version=4)
    question = nbformat.v4.new_markdown_cell("Why?", metadata={"nbgrader": state | {"schema_version": 3}})
    content.cells.append(question)
    nbformat.write(content, path)


def test_one_machine(follower):
    build, hand_out, collect, feedback, end = boxes("One machine")
    follower.run(build)
    ask_an_open_question(follower.classroom / "source" / ASSIGNMENT / f"{ASSIGNMENT}.ipynb")
    settings = follower.classroom / "nbgrader_config.py"
    assert 'penalty_method = "none"' in settings.read_text()
    assert 'c.LateSubmissionPlugin.penalty_method = "zero"' in told("Late work")
    settings.write_text(settings.read_text().replace('penalty_method = "none"', 'penalty_method = "zero"'))
    follower.run(hand_out)
    handed_out = follower.course.parent / "handout" / "notebooks" / "exercises" / f"{ASSIGNMENT}.ipynb"

    follower.archive.mkdir(parents=True)
    for student, numbers in {"kim": (1, 2), "lee": ()}.items():
        notebook = grading.answered(handed_out, grading.answers(TEXT, *numbers))
        nbformat.write(notebook, follower.archive / f"{student}_{ASSIGNMENT}.ipynb")
    assert "0 pairs with answers" in follower.run(collect)
    assert grading.scores(follower.classroom, ASSIGNMENT) == {"kim": 2, "lee": 11}
    follower.run(f"{feedback}\ncd ..")

    again = grading.answered(handed_out, grading.answers(TEXT) | {"why": "Because the window slides."})
    nbformat.write(again, follower.archive / f"kim_{ASSIGNMENT}.ipynb")
    zip_collect, autograde = (command for command in told("Hand-ins again") if command.startswith("nbgrader"))
    follower.run(f"cd classroom\n{zip_collect}\n{autograde}\ncd ..")
    place, moment = told("Deadlines")[-2:]
    (follower.classroom / place.replace("kim", "lee")).write_text(moment)
    with follower.gradebook() as book:  # as the formgrader does
        why = (ASSIGNMENT, ASSIGNMENT, "kim")
        assert book.find_grade("why", *why).needs_manual_grade
        book.find_grade("why", *why).manual_score = 2
        book.find_comment("why", *why).manual_comment = "Well said."
        book.db.commit()
    follower.run(f"cd classroom\n{autograde}\n{autograde.replace('kim', 'lee')}\ncd ..")

    follower.run(feedback)
    page = follower.classroom / "feedback" / "kim" / ASSIGNMENT / f"{ASSIGNMENT}.html"
    assert "Well said." in page.read_text(encoding="utf-8")
    follower.run(end)
    with (follower.classroom / "grades.csv").open(newline="") as file:
        kim, lee = (row for row in csv.DictReader(file) if row["assignment"] == ASSIGNMENT)
    assert (kim["first_name"], kim["email"], kim["duedate"]) == ("Chulsoo", "kim@example.org", "2026-03-20 09:00:00")
    assert (kim["score"], kim["max_score"]) == ("13.0", "13.0")
    assert (lee["raw_score"], lee["late_submission_penalty"], lee["score"]) == ("11.0", "11.0", "0.0")
    assert (follower.course / "build" / "exercises" / f"{ASSIGNMENT}.ipynb").exists()
    assert (follower.course.parent / "classroom-2026.tar.gz").stat().st_size > 100_000


def as_from_colab(notebook, path):
    """Write a notebook as Colab does: in version 4.0, ids in the metadata of the cells, and its own metadata."""
    content = json.loads(nbformat.writes(notebook))
    for number, cell in enumerate(content["cells"]):
        cell["metadata"]["id"] = cell.pop("id") or number
    content |= {"nbformat_minor": 0, "metadata": content["metadata"] | {"colab": {"provenance": []}}}
    path.write_text(json.dumps(content), encoding="utf-8")


def test_colab_with_a_learning_platform(follower, tmp_path):
    build, collect, moodle, canvas, feedback, end = boxes("Colab with a learning platform")
    address = (tmp_path / "published.git").as_uri()
    subprocess.run(["git", "init", "--quiet", "--bare", str(tmp_path / "published.git")], check=True)
    assert ADDRESS in build
    follower.run(build.replace(ADDRESS, address))

    subprocess.run(["git", "clone", "--quiet", "--branch", "main", address, str(tmp_path / "clone")], check=True)
    handed_out = tmp_path / "clone" / "notebooks" / "exercises" / f"{ASSIGNMENT}.ipynb"
    assert address in handed_out.read_text(encoding="utf-8")
    assert "SOLUTION" not in handed_out.read_text(encoding="utf-8")
    follower.archive.mkdir(parents=True)
    as_from_colab(grading.answered(handed_out, grading.answers(TEXT)), tmp_path / "all.ipynb")
    with zipfile.ZipFile(follower.archive / "Exercises 01-678.zip", "w") as file:
        file.write(tmp_path / "all.ipynb", f"Kim Chulsoo_12345_assignsubmission_file_/{ASSIGNMENT}.ipynb")
    as_from_colab(
        grading.answered(handed_out, grading.answers(TEXT, 1, 2)),
        follower.archive / f"leeann_LATE_9_678_{ASSIGNMENT}.ipynb",
    )
    follower.run(collect)
    assert grading.scores(follower.classroom, ASSIGNMENT) == {"12345": 11, "9": 2}

    worksheet, gradebook = follower.course / "worksheet.csv", follower.course / "gradebook.csv"
    worksheet.write_text(WORKSHEET, encoding="utf-8")
    gradebook.write_text(CANVAS, encoding="utf-8")
    follower.run(moodle)
    follower.run(canvas)
    taken = moodle_takes(worksheet, 100, {"12345", "9"})
    assert taken["12345"] == (100, ALL)
    assert taken["9"][0] == pytest.approx(100 * 2 / 11, abs=0.01)
    assert canvas_takes(gradebook, {"12345", "9"}, {"4321", "4322"})["12345", "4321"] == "30.00"
    follower.run(feedback)
    with zipfile.ZipFile(follower.course / "feedback.zip") as file:
        kim, lee = sorted(file.namelist())
        assert "Score: 11.0 / 11.0" in file.read(kim).decode()
    assert kim == f"Kim Chulsoo_12345_assignsubmission_file_/{ASSIGNMENT}.html"
    assert lee == f"leeann_LATE_9_678_{ASSIGNMENT}.html"
    follower.run(end)
    assert (tmp_path / "classroom-2026.tar.gz").exists()
