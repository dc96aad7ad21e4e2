"""The exercises as a course of nbgrader: built, handed out, solved by three students, graded, fed back and exported."""

import contextlib
import csv
import functools
import json
import os
import re
import shutil
import subprocess
import sys
import time

import nbformat
import psutil
import pytest
from conftest import ROOT

pytest.importorskip("nbgrader", reason="nbgrader is not installed: make .venv/.classroom")
pytest.importorskip("dask.distributed", reason="Dask is not installed: make .venv/.classroom")

from tools import classroom, exercises, grading, handout, jail
from tools.grading import answered
from tools.notebooks import exercise_texts

pytestmark = pytest.mark.packages
ASSIGNMENT = "01_convolution_exercises"
POINTS = {"perfect": 11, "half": 5, "hostile": 3, "vandal": 10}
TEXT = exercise_texts()[0]
solutions = functools.partial(grading.answers, TEXT)


def nbgrader(folder, *arguments):
    """Run a command of nbgrader in the course's folder, as a teacher does."""
    path = os.pathsep.join([os.path.dirname(sys.executable), os.environ["PATH"]])
    command = [sys.executable, "-m", "nbgrader", *arguments]
    return subprocess.run(command, cwd=folder, env=os.environ | {"PATH": path}, capture_output=True, text=True)


PATCH = """
import importlib, numpy
import exercises.exercise as checks
checks.Exercise.grade = checks.Exercise.judge = checks.Exercise.__call__ = lambda *anything: None
check.ex5 = print
numpy.isclose = numpy.allclose = numpy.array_equal = lambda *anything, **more: True
importlib.import_module = lambda name: check
def smallest_input(places, kernel, padding, stride):
    return 0
"""
PATCH_OF_THE_REFERENCE = """
from helpers import convolution
def max_pool(image, *anything, **more):
    return 0 * image[::2, ::2]
convolution.max_pool2d = max_pool
"""
CHANGED = "exercises/exercise.py"
VANDAL = """
picture_shape = (1, 2, 3)
path = pathlib.Path(check.__file__).parents[1] / "exercise.py"
try:
    path.chmod(0o644)
    path.write_text(path.read_text().replace("if verdict.outcome != RIGHT:", "if False:"))
finally:
    path.with_name("extra.py").touch()
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
            "ex8-answer": PATCH_OF_THE_REFERENCE,
        },
    )
    notebook.cells = [cell for cell in notebook.cells if cell.metadata.nbgrader.grade_id != "ex4"]
    return notebook


def released(folder):
    """Release the assignment of a course, in which nobody may loop for long. Returns the notebook."""
    config = folder / "nbgrader_config.py"
    config.write_text(config.read_text().replace("c.GradeApart.timeout = 60", "c.GradeApart.timeout = 25"))
    handed_out = nbgrader(folder, "generate_assignment", ASSIGNMENT)
    assert handed_out.returncode == 0, handed_out.stderr
    return folder / "release" / ASSIGNMENT / f"{ASSIGNMENT}.ipynb"


@pytest.fixture(scope="module")
def course(tmp_path_factory):
    """A course with four submissions, handed in as files with the students' names, autograded."""
    folder = tmp_path_factory.mktemp("course")
    classroom.build(folder)
    release = released(folder)
    downloaded = folder / "downloaded" / ASSIGNMENT / "archive"
    downloaded.mkdir(parents=True)
    submissions = {
        "perfect": answered(release, solutions()),
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


def exported(folder, assignment=ASSIGNMENT):
    """Student -> row of the table of grades."""
    export = nbgrader(folder, "export")
    assert export.returncode == 0, export.stderr
    with (folder / "grades.csv").open(newline="") as file:
        return {row["student_id"]: row for row in csv.DictReader(file) if row["assignment"] == assignment}


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
    assert "There is no parameters" in seen["ex2"]
    for number in (3, 4, 5, 8):  # the test changed, deleted, outwitted twice
        assert "AssertionError" in seen[f"ex{number}"]
    assert "gave no answer in time" in seen["ex6"]
    assert "Right" in seen["ex7"]


def test_who_would_change_the_checks_on_disk_cannot(course):
    if not jail.warning():
        assert "Read-only file system" in outputs(course, "vandal")["ex1-answer"]
    assert (course / CHANGED).read_bytes() == (ROOT / CHANGED).read_bytes()
    assert not (course / CHANGED).with_name("extra.py").exists()


def test_the_courses_copy_of_the_checks_is_read_only_and_without_solutions(course):
    assert len(list((ROOT / "exercises").rglob("solutions"))) == len(exercise_texts())
    assert not list((course / "exercises").rglob("solutions"))
    for file in ("exercises/judge.py", "exercises/chapter_01/__init__.py", "helpers/convolution.py"):
        assert not (course / file).stat().st_mode & 0o222


def test_feedback_says_to_each_student_what_was_wrong(course):
    feedback = nbgrader(course, "generate_feedback", ASSIGNMENT)
    assert feedback.returncode == 0, feedback.stderr
    page = (course / "feedback" / "half" / ASSIGNMENT / f"{ASSIGNMENT}.html").read_text(encoding="utf-8")
    assert "Not tried yet" in page
    assert "Score: 5.0 / 11.0" in page
    assert "right so far" not in page  # in the notebook's own program no check has run
    assert "<details" not in page.replace("&lt;", "<")
    assert len(list(course.glob(f"feedback/*/{ASSIGNMENT}/*.html"))) == len(POINTS)


def test_what_is_handed_out_holds_no_solution_and_no_hidden_test(course):
    release = (course / "release" / ASSIGNMENT / f"{ASSIGNMENT}.ipynb").read_text(encoding="utf-8")
    assert "SOLUTION" not in release
    assert "HIDDEN" not in release
    assert ".grade(" not in release


@pytest.fixture(scope="module")
def handed_out(course, tmp_path_factory):
    folder = tmp_path_factory.mktemp("handout") / "of the class"
    handout.hand_out(course, folder, git=True)
    return folder


def test_the_hand_out_holds_all_but_solutions(handed_out):
    texts = {
        path: path.read_text(encoding="utf-8")
        for path in handed_out.rglob("*")
        if path.suffix in (".py", ".md", ".json", ".ipynb", ".txt", ".toml") and ".git" not in path.parts
    }
    assert not [path for path in handed_out.rglob("*") if path.name in ("solutions", "answers.py", "shown.json")]
    for text in exercise_texts():
        assert handed_out / "notebooks/exercises" / f"{text.stem}.ipynb" in texts
        for name, code in exercises.solutions(text).items():
            for form in (code, json.dumps(code)[1:-1], json.dumps(code, ensure_ascii=False)[1:-1]):
                assert not [path for path, held in texts.items() if form in held], f"{text.stem}, {name}: {form}"
    words = ("BEGIN HIDDEN", "BEGIN SOLUTION", ".grade(")
    assert not [path for path, held in texts.items() if path.suffix == ".ipynb" and any(word in held for word in words)]
    assert len(list(handed_out.glob("notebooks/*.ipynb"))) == len(list(ROOT.glob("notebooks/*.ipynb")))


def test_the_links_of_the_hand_outs_readme_lead_somewhere(handed_out):
    links = re.findall(r"\]\(([^)#]+)", (handed_out / "README.md").read_text(encoding="utf-8"))
    assert len(links) > 20
    assert not [link for link in links if not (handed_out / link).exists()]


def test_a_notebook_fetches_the_hand_out_and_a_check_answers(handed_out, tmp_path):
    """As on a hub, or in Colab: the release notebook alone, and the hand-out's address in its first cell."""
    notebook = nbformat.read(handed_out / "notebooks/exercises" / f"{ASSIGNMENT}.ipynb", as_version=4)
    (first,) = (cell for cell in notebook.cells if "setup" in cell.metadata.get("tags", []))
    code = first.source.replace('REPOSITORY, VERSION = ""', f"REPOSITORY, VERSION = {handed_out.as_uri()!r}")
    assert code != first.source
    code += "\nfrom exercises import chapter_01 as check\ncheck.ex1((10, 10, 3))\ncheck.ex1.solution()"
    ran = subprocess.run([sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True)
    assert "Right." in ran.stdout, ran.stderr
    assert "kept the solutions back" in ran.stdout


def test_a_hand_out_is_packed_so_that_a_class_fetches_it_quickly(handed_out):
    unpacked = subprocess.run(["git", "count-objects"], cwd=handed_out, capture_output=True, text=True, check=True)
    assert unpacked.stdout.startswith("0 objects")


def broken_links(folder):
    """Links of lessons to notebooks that are not there."""
    pairs = [
        (path, link)
        for path in folder.rglob("notebooks/**/*.ipynb")
        for cell in nbformat.read(path, as_version=4).cells
        for link in re.findall(r"\]\(([\w./]+\.ipynb)[)#]", cell.source)
    ]
    return [pair for pair in pairs if not (pair[0].parent / pair[1]).exists()]


def test_lessons_of_both_languages_travel_with_a_hand_out_and_lead_to_its_exercises(handed_out):
    assert (handed_out / "notebooks/ko/01_convolution_by_hand.ipynb").exists()
    assert not (handed_out / "notebooks/ko/exercises").exists()
    assert not broken_links(handed_out)


@pytest.fixture(scope="module")
def korean(tmp_path_factory):
    """A course in Korean with one assignment: a right submission, a half one, and one that does not end."""
    folder = tmp_path_factory.mktemp("korean")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("COURSE_LANGUAGE", "ko")
        patch.setattr(classroom, "exercise_texts", lambda: [TEXT])
        classroom.build(folder)
    released(folder)
    end = {"ex2-answer": "import os; os._exit(1)"}
    for student, answers in {
        "perfect": solutions(),
        "half": solutions(1, 2, 3, 8),
        "ended": solutions(1) | end,
    }.items():
        grading.hand_in(folder, student, ASSIGNMENT, answers)
    for command in ("autograde", "generate_feedback"):
        done = nbgrader(folder, command, ASSIGNMENT)
        assert done.returncode == 0, done.stderr
    return folder


def test_a_korean_hand_in_is_graded_like_the_english_one(korean, course):
    rows = exported(korean)
    assert {student: float(rows[student]["score"]) for student in ("perfect", "half")} == {"perfect": 11, "half": 5}
    ids = [
        [cell.metadata.nbgrader for cell in nbformat.read(path, as_version=4).cells]
        for path in (folder / "release" / ASSIGNMENT / f"{ASSIGNMENT}.ipynb" for folder in (korean, course))
    ]
    assert [{**cell, "checksum": ""} for cell in ids[0]] == [{**cell, "checksum": ""} for cell in ids[1]]


def test_feedback_follows_the_language_of_the_notebook(korean):
    seen = outputs(korean, "half")
    assert "정답입니다" in seen["ex1"]
    assert "아직 풀지 않았습니다" in seen["ex4"]
    page = (korean / "feedback" / "half" / ASSIGNMENT / f"{ASSIGNMENT}.html").read_text(encoding="utf-8")
    assert "손으로 계산하는 합성곱" in page
    assert "이 셀에서 프로그램이 스스로 끝났습니다" in outputs(korean, "ended")["ex2"]


def test_a_korean_course_hands_out_korean_exercises(korean, tmp_path):
    handout.hand_out(korean, tmp_path / "out", git=False)
    text = (tmp_path / "out/notebooks/ko/exercises" / f"{ASSIGNMENT}.ipynb").read_text(encoding="utf-8")
    assert "여기에 코드를 작성하세요" in text
    assert "SOLUTION" not in text
    assert not (tmp_path / "out/notebooks/exercises").exists()
    assert (tmp_path / "out/README.md").read_text(encoding="utf-8").startswith("# 케라스로")
    missing = {link.rpartition("/")[2] for _, link in broken_links(tmp_path / "out")}
    assert missing == {f"{text.stem}.ipynb" for text in exercise_texts()[1:]}  # which this small course has not


def test_a_hand_out_overwrites_nothing(course, tmp_path):
    (tmp_path / "notes.txt").touch()
    with pytest.raises(ValueError, match="holds something already"):
        handout.hand_out(course, tmp_path, git=False)
    with pytest.raises(ValueError, match="make classroom"):
        handout.hand_out(tmp_path, tmp_path / "new", git=False)


def test_building_again_keeps_what_a_teacher_has_changed(tmp_path, capsys):
    classroom.build(tmp_path / "course")
    assert len(list((tmp_path / "course/data/cache").glob("drawn_cats_and_dogs_*/*/*/*.jpg"))) == 3000  # for the jail
    source = tmp_path / "course" / "source" / ASSIGNMENT / f"{ASSIGNMENT}.ipynb"
    changed = [source, tmp_path / "course" / "nbgrader_config.py"]
    for path in changed:
        path.write_text(path.read_text(encoding="utf-8") + "\n\n", encoding="utf-8")
    before = [path.read_bytes() for path in changed]
    other = next((tmp_path / "course" / "source").glob("02_*/*.ipynb"))
    other.unlink()
    other.with_suffix(".ipynb.part").write_text("half of a notebook")  # as an interrupted build leaves it
    capsys.readouterr()
    classroom.build(tmp_path / "course")
    assert f"kept as it is: {source}" in capsys.readouterr().out
    assert [path.read_bytes() for path in changed] == before
    assert nbformat.read(other, as_version=4).cells
    assert not list((tmp_path / "course").rglob("*.part"))


def hand_in(folder, student, notebook):
    path = folder / "submitted" / student / ASSIGNMENT / f"{ASSIGNMENT}.ipynb"
    path.parent.mkdir(parents=True, exist_ok=True)
    nbformat.write(notebook, path)


def grade_command(folder, *options):
    return [sys.executable, "-m", "tools.classroom", "--folder", str(folder), "grade", ASSIGNMENT, *options]


def grade(folder, *options):
    return subprocess.run(grade_command(folder, *options), cwd=ROOT, capture_output=True, text=True)


DEAF = """
while True:
    try:
        while True:
            pass
    except KeyboardInterrupt:
        pass
"""


def test_two_workers_grade_what_is_new_and_name_who_could_not_be_graded(course):
    """A submission that cannot be graded, and two that end their kernel, must not keep the others from their points."""
    release = course / "release" / ASSIGNMENT / f"{ASSIGNMENT}.ipynb"
    hand_in(course, "ann", answered(release, solutions(1, 2)))
    hand_in(course, "김 철수 [1]", answered(release, solutions(1, 2)))
    copied = answered(release, solutions(1, 2))
    copied.cells.insert(4, copied.cells[4].copy())  # nbgrader stops at a copied cell
    hand_in(course, "copy", copied)
    hand_in(course, "cut", answered(release, {"ex1-answer": "import os; os._exit(1)"}))
    hand_in(course, "deaf", answered(release, {"ex1-answer": DEAF}))
    lost = answered(release, solutions())
    lost.cells = [cell for cell in lost.cells if not cell.metadata.nbgrader.grade_id.startswith("ex4")]
    hand_in(course, "lost", lost)
    # Handed in again with other answers; and cut off while it was graded, so that nbgrader's copy is not read-only yet.
    hand_in(course, "half", answered(release, solutions(6, 7, 8)))
    (course / "autograded" / "perfect" / ASSIGNMENT / f"{ASSIGNMENT}.ipynb").chmod(0o644)
    graded = grade(course, "--workers", "2")
    assert graded.returncode == 1
    assert "10 submissions, 2 of them graded already" in graded.stdout
    assert "8 of 8: " in graded.stdout
    assert re.search(r"^8 in \d+ s, [\d.]+ a minute$", graded.stdout, re.MULTILINE)
    assert "Not graded: lost." in graded.stderr
    assert "lost could not be graded: " in graded.stderr
    assert "Traceback" not in graded.stderr.partition("could not be graded")[2]
    assert "copy: the cell " in graded.stdout
    grades = exported(course)
    expected = {"ann": 2, "copy": 2, "김 철수 [1]": 2, "half": 6, "perfect": 11, "cut": 0, "deaf": 0}
    assert {name: float(grades[name]["score"]) for name in expected} == expected


@pytest.mark.gate
@pytest.mark.long
def test_a_cluster_grades_as_well(course):
    release = course / "release" / ASSIGNMENT / f"{ASSIGNMENT}.ipynb"
    shutil.rmtree(course / "submitted" / "lost")
    hand_in(course, "bob", answered(release, solutions(3, 4, 5)))
    path = os.pathsep.join([str(ROOT), os.environ.get("PYTHONPATH", "")])
    dask = [sys.executable, "-m", "dask"]
    address = course / "scheduler.json"
    scheduler = subprocess.Popen(
        [*dask, "scheduler", "--port", "0", "--no-dashboard", "--scheduler-file", str(address)]
    )
    worker = subprocess.Popen(
        [*dask, "worker", "--nworkers", "1", "--nthreads", "1", "--no-dashboard", "--scheduler-file", str(address)],
        env=os.environ | {"PYTHONPATH": path},
    )
    try:
        while not address.exists() or not address.read_text():
            assert scheduler.poll() is None
            time.sleep(0.2)
        graded = grade(course, "--scheduler", json.loads(address.read_text())["address"])
    finally:
        worker.terminate()
        scheduler.terminate()
        worker.wait()
        scheduler.wait()
    assert graded.returncode == 0, graded.stderr
    assert "1 of 1: bob graded" in graded.stdout
    assert float(exported(course)["bob"]["score"]) == 3


def workers_with_a_kernel(pid):
    """Processes that a process has started and that run a submission now."""
    with contextlib.suppress(psutil.Error):  # one has ended meanwhile
        return [
            worker
            for worker in psutil.Process(pid).children()
            if any("ipykernel" in " ".join(process.cmdline()) for process in worker.children(recursive=True))
        ]


@pytest.mark.gate
@pytest.mark.long
def test_a_worker_that_is_killed_while_it_grades_loses_nothing(course):
    """Whoever was being graded is graded anew, and nobody twice."""
    config = course / "nbgrader_config.py"  # nobody loops here, and three kernels may start at once
    config.write_text(config.read_text().replace("c.GradeApart.timeout = 25", "c.GradeApart.timeout = 60"))
    names = [f"killed {number}" for number in range(4)]
    for number, name in enumerate(names):
        grading.hand_in(course, name, ASSIGNMENT, solutions(*range(1, number + 2)))
    log = course / "killed.log"
    with log.open("w") as written, subprocess.Popen(grade_command(course), cwd=ROOT, stdout=written) as grades:
        while not (at_work := workers_with_a_kernel(grades.pid)):
            assert grades.poll() is None
            time.sleep(0.05)
        at_work[0].kill()
    said = log.read_text()
    assert [line for line in said.splitlines() if " of 4: " in line and not line.endswith(" graded")] == []
    assert [said.count(f": {name} graded\n") for name in names] == [1, 1, 1, 1]
    points = {name: float(row["score"]) for name, row in exported(course).items() if name in names}
    assert points == {"killed 0": 1, "killed 1": 2, "killed 2": 3, "killed 3": 4}
    assert [len(list(course.glob(f"autograded/{name}/*/*.ipynb"))) for name in names] == [1, 1, 1, 1]


@pytest.mark.gate
@pytest.mark.long
@pytest.mark.parametrize("text", exercise_texts()[1:], ids=lambda text: text.stem)
def test_all_solutions_of_an_assignment_get_all_points(course, text):
    """In nbgrader a warning on the screen costs the points, too; so each assignment is graded once."""
    assert nbgrader(course, "generate_assignment", text.stem).returncode == 0
    grading.hand_in(course, "perfect", text.stem, grading.answers(text))
    graded = nbgrader(course, "autograde", text.stem, "--student", "perfect")
    assert graded.returncode == 0, graded.stderr
    row = exported(course, text.stem)["perfect"]
    assert row["score"] == row["max_score"]
    assert float(row["max_score"]) >= 10


def test_grading_without_submissions_says_where_they_are_expected(tmp_path):
    with pytest.raises(ValueError, match="submitted/STUDENT/07_x"):
        classroom.grade(tmp_path, "07_x", workers=1)
    submission = tmp_path / "submitted" / "kim" / "07_x" / "07_x.ipynb"
    submission.parent.mkdir(parents=True)
    submission.touch()
    with pytest.raises(ValueError, match="nbgrader generate_assignment 07_x"):
        classroom.grade(tmp_path, "07_x", workers=1)


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("### BEGIN SOLUTION\n", "", "no solution between its markers"),
        (" (1 point)", "", "a heading with points"),
        ('# %% tags=["check"]\ncheck.ex1(picture_shape)\n', "", "a heading with points"),
        ("check.ex2(parameters)", "check.ex3(parameters)", "expected check.ex2"),
        ("check.ex2(parameters)", "print(parameters)", "expected check.ex2"),
    ],
)
def test_an_incomplete_exercise_is_refused_and_nothing_is_written(tmp_path, monkeypatch, old, new, message):
    broken = tmp_path / "exercises" / "chapter_01" / "solutions" / TEXT.name
    broken.parent.mkdir(parents=True)
    broken.write_text(TEXT.read_text(encoding="utf-8").replace(old, new, 1), encoding="utf-8")
    monkeypatch.setattr(classroom, "exercise_texts", lambda: [broken])
    with pytest.raises(ValueError, match=message):
        classroom.build(tmp_path / "course")
    assert not (tmp_path / "course").exists()
