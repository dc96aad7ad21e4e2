"""The exercises as a course of nbgrader: ``python -m tools.classroom build`` and ``... grade ASSIGNMENT --workers 4``.

``build`` writes a course folder; what is there already it leaves alone: grades, submissions, and whatever points and
tests a teacher has changed. ``grade`` does what ``nbgrader autograde ASSIGNMENT`` does, but with several submissions at
a time, in processes of this machine or, with ``--scheduler``, on a cluster of Dask. See TEACHING.md.
"""

import argparse
import functools
import shutil
import sys
from pathlib import Path

import nbformat
from dask.distributed import Client, LocalCluster, as_completed
from nbgrader.apps.api import NbGraderAPI
from traitlets.config.loader import PyFileConfigLoader

from tools.exercises import STUB, teachers, texts
from tools.notebooks import ROOT

FOLDER = ROOT / "classroom"
LINKED = ("data", "models")
CONFIG = r'''
"""Settings of nbgrader for this course: https://nbgrader.readthedocs.io/en/stable/configuration/config_options.html."""

import sys
from pathlib import Path

sys.path.insert(0, {root!r})  # where the course's own tools are
from tools.guard import GuardChecks

here = Path(__file__).resolve().parent
c = get_config()
c.CourseDirectory.root = str(here)
c.CourseDirectory.course_id = "convnets"
# Processes that write grades wait up to 60 seconds for the others. Several machines need a PostgreSQL database.
c.CourseDirectory.db_url = f"sqlite:///{{here / 'gradebook.db'}}?timeout=60"
# Of a submission only the notebook counts: a module beside it could take the place of the real one.
c.CourseDirectory.ignore = [".ipynb_checkpoints", "__pycache__", "*.py", "*.pyc", "helpers", "feedback"]
c.ClearSolutions.code_stub = {stub!r}
c.Execute.timeout = 60  # seconds for each cell; an endless loop ends here
c.OverwriteCells.add_missing_cells = True  # tests that a student deleted are put back
c.Autograde.autograde_preprocessors.insert(1, GuardChecks)  # after the notebook has run, before points are given
c.GuardChecks.folder = str(here / "helpers")
# Files for `nbgrader zip_collect` are called STUDENT_ASSIGNMENT.ipynb, for instance kim_01_convolution_exercises.ipynb.
c.FileNameCollectorPlugin.named_regexp = r".*?(?P<student_id>[^/_]+)_(?P<file_id>\d\d_\w+)"
'''


def build(folder: Path) -> None:
    """Write nbgrader's course: settings, assignments, a copy of helpers, and links to data and models.

    The copy keeps the checks as they are while the course goes on, and submissions away from the repository.

    Args:
        folder: of the course. What it holds already stays as it is.

    Raises:
        ValueError: if an exercise text is not complete; nothing is written then.
    """
    assignments = {text.stem: teachers(text) for text in texts()}
    folder.mkdir(parents=True, exist_ok=True)
    config = folder / "nbgrader_config.py"
    if not config.exists():
        config.write_text(CONFIG.lstrip().format(root=str(ROOT), stub=STUB), encoding="utf-8")
    if not (folder / "helpers").exists():
        shutil.copytree(ROOT / "helpers", folder / "helpers", ignore=shutil.ignore_patterns("__pycache__"))
    for name in LINKED:
        if not (folder / name).exists():
            (folder / name).symlink_to(ROOT / name, target_is_directory=True)
    for name, content in assignments.items():
        path = folder / "source" / name / f"{name}.ipynb"
        points = sum(cell.metadata.nbgrader.get("points", 0) for cell in content.cells)
        if path.exists():
            print(f"{name}: kept as it is (delete {path.parent} to have it built anew)")
            continue
        path.parent.mkdir(parents=True)
        part = path.with_suffix(".part")  # renamed when whole, so that no half assignment is kept
        nbformat.write(content, part)
        part.rename(path)
        print(f"{name}: {points} points")
    print(f"\nThe course is in {folder}. Next, there: nbgrader generate_assignment {min(assignments)}")


def grade(folder: Path, assignment: str, workers: int, scheduler: str | None = None) -> list[str]:
    """Autograde the submissions of an assignment that are not graded yet, several at a time.

    Args:
        folder: of the course, the same path on every machine.
        assignment: its name, as in source/.
        workers: processes on this machine; one for each processor core is a good number.
        scheduler: address of a running Dask scheduler, ``tcp://host:8786``, whose workers are used in their place.

    Returns:
        Students whose submission could not be graded; why is printed.

    Raises:
        ValueError: if there is no submission of this assignment.
    """
    students = sorted(path.parent.name for path in folder.glob(f"submitted/*/{assignment}"))
    if not students:
        raise ValueError(f"No submission: expected {folder}/submitted/STUDENT/{assignment}/{assignment}.ipynb")
    failed = []
    with _client(workers, scheduler) as client:
        futures = client.map(autograde, students, folder=str(folder), assignment=assignment, pure=False)
        for done, (_, (student, error)) in enumerate(as_completed(futures, with_results=True), 1):
            print(f"{done} of {len(students)}: {student} {'FAILED' if error else 'graded'}", flush=True)
            if error:
                print(error, file=sys.stderr)
                failed.append(student)
    return sorted(failed)


def autograde(student: str, folder: str, assignment: str) -> tuple[str, str]:
    """Grade one submission, on a worker. Returns the student, and the error if there was one."""
    result = _api(folder).autograde(assignment, student, force=False)
    return student, "" if result["success"] else result.get("error") or result["log"]


@functools.cache
def _api(folder: str) -> NbGraderAPI:
    """One nbgrader for each process: it takes seconds to load."""
    return NbGraderAPI(config=PyFileConfigLoader("nbgrader_config.py", path=folder).load_config())


def _client(workers: int, scheduler: str | None) -> Client:
    """Connect to a cluster, or start one on this machine that ends with its client."""
    if scheduler:
        return Client(scheduler)
    return Client(LocalCluster(n_workers=workers, threads_per_worker=1, dashboard_address=None))


def main() -> int:
    """Read the command line. Returns the exit code: 1 if a submission could not be graded."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--folder", type=Path, default=FOLDER, help="of the course; default: classroom/")
    commands = parser.add_subparsers(dest="command", required=True)
    commands.add_parser("build", help="write the assignments that are not there yet")
    grading = commands.add_parser("grade", help="autograde in parallel")
    grading.add_argument("assignment")
    grading.add_argument("--workers", type=int, default=2)
    grading.add_argument("--scheduler", help="address of a Dask scheduler, tcp://host:8786")
    arguments = parser.parse_args()
    folder = arguments.folder.resolve()
    if arguments.command == "build":
        build(folder)
        return 0
    try:
        failed = grade(folder, arguments.assignment, arguments.workers, arguments.scheduler)
    except ValueError as error:
        parser.error(str(error))
    if failed:
        print(f"Not graded: {', '.join(failed)}. Look at these submissions by hand.", file=sys.stderr)
    return int(bool(failed))


if __name__ == "__main__":
    raise SystemExit(main())
