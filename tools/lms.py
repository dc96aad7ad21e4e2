"""From a learning platform and back: file names of Moodle and Canvas, and grades in the files that these take in again.

`Collector` is named in the course's nbgrader_config.py, for ``nbgrader zip_collect``. Exporters are named on
the command line, in this repository's folder: ``python -m nbgrader export --CourseDirectory.root=classroom
--exporter=tools.lms.MoodleExport --assignment=01_... --to=worksheet.csv``. `CanvasExport` fills Canvas' file, and
`FeedbackExport` packs the pages of feedback into a zip file that both platforms give to the students.
"""

import csv
import re
import zipfile
from collections.abc import Iterator
from pathlib import Path

from nbgrader.api import Gradebook, MissingEntry, SubmittedAssignment
from nbgrader.plugins import ExportPlugin, FileNameCollectorPlugin

from helpers.settings import whole_file

ASSIGNMENT = r"(?<!\d)(?P<file_id>\d\d_[^\W\d]+?_exercises)"
# Kim Chulsoo_12345_assignsubmission_file_/01_..., or without folders; Moodle calls this person "Participant 12345"
MOODLE = re.compile(rf".+?_(?P<student_id>\d+)_assignsubmission_file_?/?.*?{ASSIGNMENT}")
OWN_FOLDER = re.compile("_assignsubmission_file_?$")
# kimchulsoo_LATE_12345_67890_01_...: a person's number, then the file's
CANVAS = re.compile(rf"[^\W\d_]+_(?:LATE_)?(?P<student_id>\d+)_\d+_{ASSIGNMENT}")
PLAIN = re.compile(rf"(?P<student_id>.+?)_{ASSIGNMENT}")  # kim_01_...


class Collector(FileNameCollectorPlugin):
    """Tells from the name of a file whose it is, and for which assignment."""

    def __init__(self, **options):
        super().__init__(**options)
        self._first: dict[tuple, Path] = {}

    def collect(self, submitted_file: str) -> dict[str, str] | None:
        """Find ``student_id`` and ``file_id``; None for what is no notebook of the course.

        Of two downloads side by side, such as ``01_....ipynb`` and ``01_... (1).ipynb``, the first counts in the order
        of names, which is the later one; nbgrader would stop at the second.
        """
        path = Path(submitted_file)
        if path.suffix not in self.valid_ext:
            return None
        name, folder = path.name, path.parent.name
        # What a platform has written comes first: the rest is the student's, who could write another's number.
        in_folder = [(MOODLE, f"{folder}/{name}")] if OWN_FOLDER.search(folder) else []
        for pattern, text in (*in_folder, (CANVAS, name), (MOODLE, name), (PLAIN, name), (PLAIN, folder)):
            if match := pattern.match(text):
                first = self._first.setdefault((path.parent, *match.groups()), path)
                if first != path:
                    self.log.warning("%s is passed over: %s is of the same student.", path.name, first.name)
                    return None
                return match.groupdict()
        self.log.warning("%s is passed over: its name tells no student and assignment.", path.name)
        return None


class _OfOneAssignment(ExportPlugin):
    """Writes something of one assignment."""

    def the_assignment(self) -> str:
        """Its name.

        Raises:
            ValueError: if not exactly one was named.
        """
        if len(self.assignment) != 1:
            raise ValueError("Name one assignment: --assignment=01_convolution_exercises")
        return self.assignment[0]


class FeedbackExport(_OfOneAssignment):
    """Packs the pages of feedback, each under the name of what was handed in: so platforms know whose they are.

    Sources: Moodle's mod/assign/feedback/file/importziplib.php, which looks for Name_12345_assignsubmission_file in a
    path, and Canvas' generate_comments_from_files, which looks for the numbers in a name.
    """

    def export(self, gradebook: Gradebook) -> None:
        """Write the zip file.

        Raises:
            ValueError: if one assignment is not named, or there is no page of feedback.
        """
        name, course = self.the_assignment(), Path(self.parent.coursedir.root)
        collector = Collector(parent=self.parent)
        pages = {}
        for path in sorted(course.glob(f"downloaded/{name}/extracted/**/*.ipynb")):
            student = (collector.collect(str(path)) or {}).get("student_id")
            page = course / "feedback" / str(student) / name / f"{name}.html"
            if page.exists():
                folder = Path(path.parent.name) if OWN_FOLDER.search(path.parent.name) else Path()
                pages[folder / f"{path.stem}.html"] = page
        if not pages:
            raise ValueError(f"No feedback yet: nbgrader generate_feedback {name}")
        with whole_file(Path(self.to)) as draft, zipfile.ZipFile(draft, "w", zipfile.ZIP_DEFLATED) as file:
            for place, page in pages.items():
                file.write(page, place)
        self.log.info("%s: %d pages", self.to, len(pages))


class _Platform(_OfOneAssignment):
    """Fills the file of a platform for one assignment: download it there, name it with ``--to``, upload it again."""

    def export(self, gradebook: Gradebook) -> None:
        """Write points, and those of each exercise where there is room for words.

        Raises:
            ValueError: if one assignment is not named, or the file lacks a column; nothing is written then.
        """
        assignment, path = self.the_assignment(), Path(self.to)
        if not path.is_file():
            raise ValueError(
                f"Download the file from the platform, and name it: --to=FILE.csv; there is no {self.to!r}."
            )
        with path.open(newline="", encoding="utf-8-sig") as file:
            rows = list(csv.DictReader(file))
        columns = list(rows[0]) if rows else []
        graded = dict(_graded(gradebook, assignment))
        filled = self.fill(rows, columns, graded)
        with whole_file(path) as draft, draft.open("w", newline="", encoding="utf-8") as file:
            writer = csv.DictWriter(file, columns)
            writer.writeheader()
            writer.writerows(rows)
        for student in sorted(set(graded) - filled):
            self.log.warning("%s is not in %s: no row has this number.", student, path.name)
        self.log.info("%s: %d of %d grades written", path, len(filled), len(graded))

    def fill(self, rows: list[dict], columns: list[str], graded: dict[str, SubmittedAssignment]) -> set[str]:
        """Write grades into the rows. Returns the students for whom there was one."""
        raise NotImplementedError


class MoodleExport(_Platform):
    """Fills Moodle's offline grading worksheet: Grade, and in the comments the points of each exercise.

    Source of the columns: https://docs.moodle.org/en/Using_Assignment, and Moodle's mod/assign/feedback/offline, which
    takes the file in again only with "Last modified (grade)" in it.
    """

    def fill(self, rows, columns, graded):
        """Find students by "Participant 12345"."""
        _need(columns, ("Identifier", "Grade", "Maximum grade", "Last modified (grade)"))
        filled = set()
        for row in rows:
            student = row["Identifier"].removeprefix("Participant ").strip()
            if student in graded:
                submission = graded[student]
                row["Grade"] = _on_the_scale(submission, row["Maximum grade"])
                if "Feedback comments" in columns:
                    row["Feedback comments"] = _each(submission)
                filled.add(student)
        return filled


class CanvasExport(_Platform):
    """Fills the column of an assignment in the gradebook that Canvas exports.

    Source of the columns: https://community.canvaslms.com/docs/DOC-12967, and Canvas' lib/gradebook_importer.rb. A name
    is one column there, Student, or two, LastName and FirstName.
    """

    def fill(self, rows, columns, graded):
        """Find students by the column ID, and the assignment by its number or name at the head of a column."""
        _need(columns, ("ID", "Section"))
        number = self.assignment[0][:2]
        named = [name for name in columns if re.match(rf"({self.assignment[0]}|.*\b{number}\b).* \(\d+\)$", name)]
        if len(named) != 1:
            raise ValueError(
                f"Expected one column for {self.assignment[0]}, such as 'Exercises {number} (1234)'; "
                f"found {named or columns}"
            )
        most = next((row[named[0]] for row in rows if "Points Possible" in row[columns[0]]), "")
        filled = set()
        for row in rows:
            if (student := row["ID"].strip()) in graded:
                row[named[0]] = _on_the_scale(graded[student], most)
                filled.add(student)
        return filled


def _graded(gradebook: Gradebook, assignment: str) -> Iterator[tuple[str, SubmittedAssignment]]:
    """Every student's submission of an assignment; nobody who handed nothing in."""
    for student in gradebook.students:
        try:
            yield student.id, gradebook.find_submission(assignment, student.id)
        except MissingEntry:
            continue


def _on_the_scale(submission: SubmittedAssignment, most: str) -> str:
    """Points, less what was taken off because it came late, on a scale that ends at ``most``; if empty, as they are."""
    points = max(0.0, submission.score - submission.late_submission_penalty)
    return f"{points / submission.max_score * float(most or submission.max_score):.2f}"


def _each(submission: SubmittedAssignment) -> str:
    """Points of each exercise in a line: ``ex1 1/1, ex2 0/1``; what was taken off because it came late."""
    grades = [grade for notebook in submission.notebooks for grade in notebook.grades]
    points = ", ".join(
        f"{grade.name} {grade.score:g}/{grade.max_score:g}" for grade in sorted(grades, key=lambda grade: grade.name)
    )
    late = submission.late_submission_penalty
    return f"{points}, late: -{late:g}" if late else points


def _need(columns: list[str], wanted: tuple[str, ...]) -> None:
    missing = [name for name in wanted if name not in columns]
    if missing:
        raise ValueError(
            f"The file lacks the column {missing[0]!r}; it has {columns}. Was it saved under another form?"
        )
