"""Hand-ins as Moodle and Canvas name them, and grades in the files that they take in again."""

import csv
import io
import os
import re
import sys
import zipfile

import pytest

pytest.importorskip("nbgrader", reason="nbgrader is not installed: make .venv/.classroom")

from nbgrader.api import Gradebook
from nbgrader.apps.exportapp import ExportApp
from nbgrader.coursedir import CourseDirectory

from tools.lms import CanvasExport, Collector, FeedbackExport, MoodleExport

pytestmark = pytest.mark.packages
ASSIGNMENT = "01_convolution_exercises"
FOLDER = f"/srv/course_24_fall/downloaded/{ASSIGNMENT}/extracted"


@pytest.mark.parametrize(
    ("file", "student"),
    [
        ("kim_01_convolution_exercises.ipynb", "kim"),
        ("kim_lee_01_convolution_exercises.ipynb", "kim_lee"),
        ("kim_01_convolution_exercises (1).ipynb", "kim"),
        ("kim_01_convolution_exercises/01_convolution_exercises.ipynb", "kim"),
        ("24_01_convolution_exercises.ipynb", "24"),
        # Moodle, with and without "Download submissions in folders"; a zip file has its name as a folder in front
        ("Kim Chulsoo_12345_assignsubmission_file_/01_convolution_exercises.ipynb", "12345"),
        ("C1-Exercises 01-678/Ann Lee_77_assignsubmission_file_/01_convolution_exercises (2).ipynb", "77"),
        ("김철수_12345_assignsubmission_file_01_convolution_exercises.ipynb", "12345"),
        ("Lee_77_assignsubmission_file_/Kim_12345_assignsubmission_file_01_convolution_exercises.ipynb", "77"),
        ("Lee_77_assignsubmission_file_Kim_12345_assignsubmission_file_01_convolution_exercises.ipynb", "77"),
        ("김 철수_12345_assignsubmission_file/77_01_convolution_exercises.ipynb", "12345"),
        # Canvas: handed in late, handed in again
        ("kimchulsoo_12345_678_01_convolution_exercises.ipynb", "12345"),
        ("kimchulsoo_LATE_12345_678_01_convolution_exercises-1.ipynb", "12345"),
        ("submissions/김철수_12345_678_01_convolution_exercises.ipynb", "12345"),
        ("notes.ipynb", None),
        ("kim_01_convolution_exercises.pdf", None),
    ],
)
def test_the_name_of_a_file_tells_student_and_assignment(file, student):
    found = Collector().collect(f"{FOLDER}/{file}")
    assert found == (student and {"student_id": student, "file_id": ASSIGNMENT})


def test_of_two_downloads_side_by_side_one_counts():
    collector = Collector()
    names = [f"kim_{ASSIGNMENT} (1).ipynb", f"kim_{ASSIGNMENT}.ipynb", f"lee_{ASSIGNMENT}.ipynb"]
    names.append("kim_02_filters_exercises.ipynb")
    assert [bool(collector.collect(f"{FOLDER}/{name}")) for name in names] == [True, False, True, True]
    assert collector.collect(f"{FOLDER}/second/kim_{ASSIGNMENT}.ipynb")  # of another zip file: nbgrader stops


@pytest.fixture
def gradebook(tmp_path, monkeypatch):
    """Two students; the one with number 12345 has 1 of 1 and 0 of 2 points."""
    monkeypatch.setenv("PATH", os.pathsep.join([os.path.dirname(sys.executable), os.environ["PATH"]]))  # for alembic
    with Gradebook(f"sqlite:///{tmp_path}/gradebook.db", "convnets") as book:
        book.add_assignment(ASSIGNMENT)
        book.add_notebook(ASSIGNMENT, ASSIGNMENT)
        for name, most in (("ex1", 1), ("ex2", 2)):
            book.add_grade_cell(name, ASSIGNMENT, ASSIGNMENT, max_score=most, cell_type="code")
        for student in ("12345", "absent"):
            book.add_student(student)
        book.add_submission(ASSIGNMENT, "12345")
        book.find_grade("ex1", ASSIGNMENT, ASSIGNMENT, "12345").auto_score = 1
        book.find_grade("ex2", ASSIGNMENT, ASSIGNMENT, "12345").auto_score = 0
        book.db.commit()
        yield book


def exported(exporter, path, gradebook):
    exporter(to=str(path), assignment=[ASSIGNMENT]).export(gradebook)
    return list(csv.DictReader(io.StringIO(path.read_text(encoding="utf-8"))))


def moodle_takes(path, most, enrolled):
    """Participant -> grade and comment that Moodle would write, by the rules of its mod/assign/feedback/offline."""
    head, *rows = csv.reader(io.StringIO(path.read_text(encoding="utf-8-sig")))
    identifier, grade = head.index("Identifier"), head.index("Grade")  # the names in English; it stops without them ...
    assert "Last modified (grade)" in head  # ... or without this one
    taken = {}
    for row in rows:
        number = row[identifier][len("Participant ") :]
        if number in enrolled and row[grade] != "" and 0 <= float(row[grade].replace(",", ".")) <= most:
            taken[number] = (float(row[grade]), row[head.index("Feedback comments")])
    return taken


def canvas_takes(path, students, assignments):
    """Student and assignment -> grade that Canvas would write, by the rules of its lib/gradebook_importer.rb."""
    head, *rows = csv.reader(io.StringIO(path.read_text(encoding="utf-8")))
    named = head.index("ID") + 1
    assert head[:named] in (["Student", "ID"], ["LastName", "FirstName", "ID"])
    assert "Section" in head[named : named + 3]  # the last one that tells of a student
    columns = {place: match[1] for place, name in enumerate(head) if (match := re.search(r" \((\d+)\)$", name))}
    assert set(columns.values()) <= assignments  # others would be made anew
    taken = {}
    for row in rows:
        if "Points Possible" in row[0] or all(re.fullmatch(r"\s*(Muted|Manual Posting.*)?\s*", cell) for cell in row):
            continue
        assert row[named - 1] in students  # others would be made anew
        taken |= {(row[named - 1], columns[place]): row[place] for place in columns if row[place] not in ("", "-")}
    return taken


# As Moodle writes it: https://docs.moodle.org, "Offline grading worksheet"
WORKSHEET = (
    "\ufeffIdentifier,Full name,Email address,Status,Grade,Maximum grade,Grade can be changed,"
    "Last modified (submission),Last modified (grade),Feedback comments\r\n"
    'Participant 12345,김철수,kim@x.kr,Submitted for grading,,100.00,Yes,"Monday, 1 June 2026, 9:00 AM",-,\r\n'
    "Participant 9,Ann Lee,lee@x.kr,No submission,,100.00,Yes,-,-,\r\n"
)
# As Canvas exports it: a row of the points below the head, then a row for each student
CANVAS = (
    "Student,ID,SIS User ID,SIS Login ID,Section,Exercises 01 (4321),Exercises 02 (4322),Current Score\r\n"
    ",,,,,Manual Posting,,\r\n"
    "    Points Possible,,,,,30,10,(read only)\r\n"
    '"Kim, Chulsoo",12345,S1,kim@x.kr,A,,,\r\n"Lee, Ann",9,S2,lee@x.kr,A,,7,\r\n'
)


def test_moodles_worksheet_gets_grades_on_its_own_scale_and_the_points_of_each_exercise(tmp_path, gradebook):
    path = tmp_path / "worksheet.csv"
    path.write_text(WORKSHEET, encoding="utf-8")
    kim, lee = exported(MoodleExport, path, gradebook)
    assert float(kim["Grade"]) == pytest.approx(100 / 3, abs=0.01)
    assert kim["Feedback comments"] == "ex1 1/1, ex2 0/2"
    assert kim["Last modified (submission)"] == "Monday, 1 June 2026, 9:00 AM"
    assert (lee["Grade"], lee["Feedback comments"]) == ("", "")
    assert moodle_takes(path, 100, {"12345", "9"}) == {"12345": (33.33, "ex1 1/1, ex2 0/2")}


def test_canvas_gradebook_gets_grades_in_the_assignments_column_only(tmp_path, gradebook):
    path = tmp_path / "gradebook.csv"
    path.write_text(CANVAS, encoding="utf-8")
    _, possible, kim, lee = exported(CanvasExport, path, gradebook)
    assert float(kim["Exercises 01 (4321)"]) == 10
    assert (kim["Exercises 02 (4322)"], lee["Exercises 01 (4321)"], lee["Exercises 02 (4322)"]) == ("", "", "7")
    assert possible["Exercises 01 (4321)"] == "30"
    taken = canvas_takes(path, {"12345", "9"}, {"4321", "4322"})
    assert taken == {("12345", "4321"): "10.00", ("9", "4322"): "7"}


def test_canvas_may_give_a_name_in_two_columns(tmp_path, gradebook):
    path = tmp_path / "gradebook.csv"
    two = CANVAS.replace("Student,", "LastName,FirstName,").replace("\n,", "\n,,").replace("Possible", "Possible,")
    path.write_text(re.sub(r'"(\w+), (\w+)"', r"\1,\2", two), encoding="utf-8")
    exported(CanvasExport, path, gradebook)
    taken = canvas_takes(path, {"12345", "9"}, {"4321", "4322"})
    assert taken == {("12345", "4321"): "10.00", ("9", "4322"): "7"}


def test_what_was_taken_off_for_coming_late_is_taken_off_on_a_platform_too(tmp_path, gradebook):
    gradebook.find_submission_notebook(ASSIGNMENT, ASSIGNMENT, "12345").late_submission_penalty = 0.5
    gradebook.db.commit()
    moodle, canvas = tmp_path / "worksheet.csv", tmp_path / "gradebook.csv"
    moodle.write_text(WORKSHEET, encoding="utf-8")
    canvas.write_text(CANVAS, encoding="utf-8")
    exported(MoodleExport, moodle, gradebook)
    exported(CanvasExport, canvas, gradebook)
    assert moodle_takes(moodle, 100, {"12345"}) == {"12345": (16.67, "ex1 1/1, ex2 0/2, late: -0.5")}
    assert canvas_takes(canvas, {"12345", "9"}, {"4321", "4322"})["12345", "4321"] == "5.00"


def test_feedback_goes_back_under_the_name_of_what_was_handed_in(tmp_path, gradebook):
    handed_in = [
        f"Exercises 01-678/김 철수_12345_assignsubmission_file/{ASSIGNMENT} (1).ipynb",  # Moodle
        f"Exercises 01-678/김 철수_12345_assignsubmission_file/{ASSIGNMENT}.ipynb",
        f"Lee_9_assignsubmission_file_{ASSIGNMENT}.ipynb",  # Moodle, without folders
        f"submissions/leeann_LATE_77_678_{ASSIGNMENT}-1.ipynb",  # Canvas
        f"parkjin_78_679_{ASSIGNMENT}.ipynb",  # who was not graded
    ]
    for name in handed_in:
        path = tmp_path / "downloaded" / ASSIGNMENT / "extracted" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()
    app = ExportApp(coursedir=CourseDirectory(root=str(tmp_path)))
    exporter = FeedbackExport(parent=app, to=str(tmp_path / "feedback.zip"), assignment=[ASSIGNMENT])
    with pytest.raises(ValueError, match="nbgrader generate_feedback"):
        exporter.export(gradebook)
    for student in ("12345", "9", "77"):
        page = tmp_path / "feedback" / student / ASSIGNMENT / f"{ASSIGNMENT}.html"
        page.parent.mkdir(parents=True)
        page.write_text(student)
    exporter.export(gradebook)
    with zipfile.ZipFile(tmp_path / "feedback.zip") as file:
        given = {name: file.read(name).decode() for name in file.namelist()}
    assert len(given) == 3
    for path, student in given.items():
        parts = [part for part in path.split("/") if len(part.split("_", 4)) >= 4]
        if "assignsubmission" in path:  # as Moodle looks for a participant
            assert parts[0].split("_", 4)[1:4] == [student, "assignsubmission", "file"]
        else:  # as Canvas looks for a user and what the user handed in
            assert re.findall(r"(?<=_)\d+(?=_)", path)[:2] == [student, "678"]


@pytest.mark.parametrize(("exporter", "content", "message"), [
    (MoodleExport, "Name,Grade\r\nkim,1\r\n", "lacks the column 'Identifier'"),
    (MoodleExport, WORKSHEET.replace("Last modified (grade)", "x"), r"lacks the column 'Last modified \(grade\)'"),
    (CanvasExport, CANVAS.replace("Exercises 01", "First"), "Expected one column for 01_convolution_exercises"),
])  # fmt: skip
def test_a_file_of_another_kind_is_refused_and_left_as_it_is(tmp_path, gradebook, exporter, content, message):
    path = tmp_path / "file.csv"
    path.write_bytes(content.encode())
    with pytest.raises(ValueError, match=message):
        exported(exporter, path, gradebook)
    assert path.read_bytes() == content.encode()
    with pytest.raises(ValueError, match="Download the file from the platform"):
        exporter(to="no.csv", assignment=[ASSIGNMENT]).export(gradebook)
    with pytest.raises(ValueError, match="Name one assignment"):
        exporter(to=str(path)).export(gradebook)
