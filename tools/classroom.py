"""The exercises as a course of nbgrader: ``python -m tools.classroom build`` and ``... grade ASSIGNMENT --workers 4``.

``build`` writes a course folder; what is there already it leaves alone: grades, submissions, and whatever points and
tests a teacher has changed. ``grade`` does what ``nbgrader autograde ASSIGNMENT`` does, but with several submissions at
a time, in processes of this machine or, with ``--scheduler``, on a cluster of Dask. See TEACHING.md.
"""

import argparse
import functools
import glob
import os
import shutil
import stat
import sys
import time
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace

import nbformat
from dask.distributed import Client, as_completed
from nbgrader.apps.api import NbGraderAPI
from nbgrader.converters import base
from traitlets.config.loader import PyFileConfigLoader

from helpers.data import cats_and_dogs
from helpers.language import spoken
from tools.exercises import STUB, teachers
from tools.handin import KEPT, look_through, reason
from tools.jail import COPIED, LINKED
from tools.notebooks import EDITION, ROOT, exercise_texts
from tools.translate import korean_draft, tell

FOLDER = ROOT / "classroom"
CONFIG = r'''
"""Settings of nbgrader for this course: https://nbgrader.readthedocs.io/en/stable/configuration/config_options.html."""

import sys
from pathlib import Path

here = Path(__file__).resolve().parent
sys.path[:0] = [str(here), {root!r}]  # the course's copy of the checks, and its tools
from nbgrader.converters import GenerateFeedback
from nbgrader.preprocessors import AssignLatePenalties
from tools.apart import PREPROCESSORS

c = get_config()
c.CourseDirectory.root = str(here)
c.CourseDirectory.course_id = "convnets"
# Processes that write grades wait up to 60 seconds for the others. Several machines need a PostgreSQL database.
c.CourseDirectory.db_url = f"sqlite:///{{here / 'gradebook.db'}}?timeout=60"
# Of a submission only the notebook counts: a module beside it could take the place of the real one.
c.CourseDirectory.ignore = [".ipynb_checkpoints", "__pycache__", "*.py", "*.pyc", "feedback", "course"] + {ignored!r}
c.ClearSolutions.code_stub = {stub!r}
c.GradeApart.timeout = 60  # seconds for each cell; an endless loop ends here
c.GradeApart.seconds_in_all = 900  # for a whole notebook
c.JailedKernelManager.memory = 6 * 1024**3  # bytes, of all that a submission runs
c.JailedKernelManager.course = str(here)
c.OverwriteCells.add_missing_cells = True  # tests that a student deleted are put back
c.Autograde.autograde_preprocessors = PREPROCESSORS  # run in a jail, judged outside of it
c.LateSubmissionPlugin.penalty_method = "none"  # "zero": what is handed in late gets no points
# Points that were given by hand after autograding count for the penalty, too: feedback works it out anew.
c.GenerateFeedback.preprocessors = [AssignLatePenalties, *GenerateFeedback.preprocessors.default()]
c.ZipCollectApp.collector_plugin = "tools.lms.Collector"  # names as Moodle and Canvas make them, and kim_01_....ipynb
'''


def build(folder: Path) -> None:
    """Write nbgrader's course: settings, assignments, copies of helpers and exercises, and links to data and models.

    The copies keep the checks as they are while the course goes on. They are read-only, and hold no solutions.
    The drawn cats and dogs are drawn now, so that no kernel in the jail has to draw 3,000 pictures of its own.
    Assignments are in the language that is spoken (``COURSE_LANGUAGE=ko``); names, points and ids are the same in each.

    Args:
        folder: of the course. What it holds already stays as it is.

    Raises:
        ValueError: if an exercise text is not complete; nothing is written then.
        OSError: if links cannot be made here (Windows allows them in developer mode only).
    """
    korean = spoken() == EDITION
    assignments = {text.stem: teachers(korean_draft(text) if korean else text) for text in exercise_texts()}
    folder.mkdir(parents=True, exist_ok=True)
    _write_once(folder / "nbgrader_config.py", _write_settings)
    for name in COPIED:
        _write_once(folder / name, _copy_module)
    for name in LINKED:
        _write_once(folder / name, lambda path, name=name: path.symlink_to(ROOT / name, target_is_directory=True))
    for name, content in assignments.items():
        points = sum(cell.metadata.nbgrader.get("points", 0) for cell in content.cells)
        print(f"{name}: {points} points")
        path = folder / "source" / name / f"{name}.ipynb"
        path.parent.mkdir(parents=True, exist_ok=True)
        _write_once(path, lambda path, content=content: nbformat.write(content, path))
    cats_and_dogs("drawn")
    print(f"\nThe course is in {folder}. Next, there: nbgrader generate_assignment {min(assignments)}")


def _write_once(path: Path, write: Callable[[Path], object]) -> None:
    """Write a file or folder under another name, and rename it when whole; leave alone what is there already."""
    if path.exists():
        print(f"  kept as it is: {path} (delete it to have it written anew)")
        return
    part = path.with_name(f"{path.name}.part")
    if part.is_dir() and not part.is_symlink():
        shutil.rmtree(part)
    else:
        part.unlink(missing_ok=True)
    write(part)
    part.replace(path)


def _write_settings(path: Path) -> None:
    ignored = [f"*{KEPT}", *COPIED, *LINKED]
    stub = {"python": tell(STUB) if spoken() == EDITION else STUB}
    settings = CONFIG.lstrip().format(root=str(ROOT), stub=stub, ignored=ignored)
    path.write_text(settings, encoding="utf-8")


def _copy_module(path: Path) -> None:
    """Copy a module without solutions, and protect the files: a submission runs with the grader's rights."""
    source = ROOT / path.name.removesuffix(".part")
    shutil.copytree(source, path, ignore=shutil.ignore_patterns("__pycache__", "solutions"))
    for file in path.rglob("*.*"):
        file.chmod(0o444)


def release(folder: Path, assignment: str) -> None:
    """Make what students get of an assignment, unless it is there: ``nbgrader generate_assignment``.

    Raises:
        ValueError: if nbgrader cannot; the message holds its log.
    """
    if (folder / "release" / assignment).exists():
        return
    result = _api(str(folder)).generate_assignment(assignment)
    if not result["success"]:
        raise ValueError(f"{assignment} cannot be released: {reason(result.get('log', ''))}")


def grade(folder: Path, assignment: str, workers: int, scheduler: str | None = None) -> list[str]:
    """Autograde the submissions of an assignment that are new, several at a time.

    Args:
        folder: of the course, the same path on every machine.
        assignment: its name, as in source/.
        workers: processes on this machine; one for each processor core is a good number.
        scheduler: address of a running Dask scheduler, ``tcp://host:8786``, whose workers are used in their place.

    Returns:
        Students whose submission could not be graded; why is printed.

    Raises:
        ValueError: if there is no submission of this assignment, or it was not generated yet.
    """
    found = look_through(folder, assignment)
    if not found.ready and not found.failed:
        raise ValueError(f"No submission: expected {folder}/submitted/STUDENT/{assignment}/{assignment}.ipynb")
    if not (folder / "release" / assignment).exists():
        raise ValueError(f"{assignment} was not handed out yet. In {folder}: nbgrader generate_assignment {assignment}")
    submissions = {
        student: folder / "submitted" / student / assignment / f"{assignment}.ipynb" for student in found.ready
    }
    students = [student for student, path in submissions.items() if not _is_graded(folder, path)]
    for remark in found.remarks:
        print(remark)
    count = len(found.ready) + len(found.failed)
    print(f"{count} submissions, {len(submissions) - len(students)} of them graded already", flush=True)
    failed = found.failed
    start = time.perf_counter()
    with _client(workers, scheduler) as client:
        futures = client.map(autograde, students, folder=str(folder), assignment=assignment, pure=False)
        names = dict(zip(futures, students, strict=True))
        # An error that autograde does not catch, such as a lost worker, must not end the others' grading.
        for done, (future, error) in enumerate(as_completed(futures, with_results=True, raise_errors=False), 1):
            error = repr(error) if future.status == "error" else error
            print(f"{done} of {len(students)}: {names[future]} {'FAILED' if error else 'graded'}", flush=True)
            if error:
                failed[names[future]] = error
    if students:
        seconds = time.perf_counter() - start
        print(f"{len(students)} in {seconds:.0f} s, {len(students) / seconds * 60:.1f} a minute", flush=True)
    for student, error in failed.items():
        print(f"{student} could not be graded: {error}", file=sys.stderr)
    return sorted(failed)


def _is_graded(folder: Path, submission: Path) -> bool:
    """Tell whether a submission was graded to the end, and was not handed in again since.

    nbgrader makes a notebook read-only when it is through with it.
    """
    graded = folder / "autograded" / submission.relative_to(folder / "submitted")
    if not graded.exists() or graded.stat().st_mode & stat.S_IWUSR:
        return False
    return graded.stat().st_mtime >= submission.stat().st_mtime


def autograde(student: str, folder: str, assignment: str) -> str:
    """Grade one submission, on a worker. Returns the error if there was one, else nothing."""
    result = _api(folder).autograde(assignment, glob.escape(student), force=True)
    return "" if result["success"] else reason(f"{result.get('error', '')}\n{result.get('log', '')}")


@functools.cache
def _api(folder: str) -> NbGraderAPI:
    """One nbgrader for each process: it takes seconds to load."""
    os.environ["PATH"] = f"{Path(sys.executable).parent}{os.pathsep}{os.environ.get('PATH', '')}"  # it calls "alembic"
    base.glob = SimpleNamespace(glob=_found)
    return NbGraderAPI(config=PyFileConfigLoader("nbgrader_config.py", path=folder).load_config())


def _found(pattern: str) -> list[str]:
    """Find files as `glob.glob`, also in a folder whose name holds brackets, which nbgrader takes for a pattern."""
    folder, name = os.path.split(pattern)
    return glob.glob(pattern) or (glob.glob(os.path.join(glob.escape(folder), name)) if os.path.isdir(folder) else [])


def _client(workers: int, scheduler: str | None) -> Client:
    """Connect to a cluster, or start one on this machine that ends with its client."""
    if scheduler:
        return Client(scheduler)
    return Client(n_workers=workers, threads_per_worker=1, dashboard_address=None)


def main() -> int:
    """Read the command line. Returns the exit code: 1 if a submission could not be graded."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--folder", type=Path, default=FOLDER, help="of the course; default: classroom/")
    commands = parser.add_subparsers(dest="command", required=True)
    commands.add_parser("build", help="write the assignments that are not there yet")
    grading = commands.add_parser("grade", help="autograde in parallel")
    grading.add_argument("assignment")
    grading.add_argument("--workers", type=int, default=2, choices=range(1, 257), metavar="N")
    grading.add_argument("--scheduler", help="address of a Dask scheduler, tcp://host:8786")
    arguments = parser.parse_args()
    folder = arguments.folder.resolve()
    try:
        if arguments.command == "build":
            build(folder)
            return 0
        failed = grade(folder, arguments.assignment, arguments.workers, arguments.scheduler)
    except (ValueError, OSError) as error:  # OSError: no scheduler at that address
        parser.error(str(error))
    if failed:
        print(f"Not graded: {', '.join(failed)}. Look at these submissions by hand.", file=sys.stderr)
    return int(bool(failed))


if __name__ == "__main__":
    from tools import classroom  # so that workers on other machines find what they are to call under its own name

    raise SystemExit(classroom.main())
