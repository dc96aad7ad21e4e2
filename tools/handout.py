"""What students get, without solutions: ``python -m tools.handout FOLDER --course classroom --git``.

Lessons, the exercises as nbgrader releases them, helpers, checks, data and networks, and a README. With ``--git`` it is
a repository with the tag that set-up cells fetch, so that Colab and a hub can be pointed at it. Exercises are in the
language of the course; lessons in both.
"""

import argparse
import os
import re
import shutil
import subprocess
from pathlib import Path

from helpers import VERSION
from tools.classroom import FOLDER, release
from tools.course import chapter_table
from tools.jail import COPIED, LINKED
from tools.notebooks import EDITION, ROOT, chapters, editions, language_of, read_notebook
from tools.readme import ENGLISH, KOREAN, to_editions
from tools.translate import tell as in_korean

FILES = ("LICENSE", "requirements.txt", "requirements-pytorch.txt")
LEFT_OUT = ("solutions", "cache", "__pycache__", ".*")
README = """\
# {title}

The lessons and exercises of your class, with all they need.

- **On your machine** (Python 3.11 to 3.13): `python3 -m venv .venv`, then
  `.venv/bin/python -m pip install -r requirements.txt`, then `.venv/bin/jupyter lab notebooks`
  (on Windows `.venv\\Scripts` in the place of `.venv/bin`).
- **In Colab**: open a notebook of `notebooks/`. Its first cell fetches the rest, or says what to upload.
- **Exercises** lie in `{exercises}`. Their checks answer at once.
  Hand in the notebook itself, under its own name.

{table}"""


def hand_out(course: Path, folder: Path, git: bool) -> list[str]:
    """Write what students get.

    Args:
        course: nbgrader's course, as `tools.classroom.build` writes it. What is not released yet is released.
        folder: must not exist yet, or be empty.
        git: make it a repository of one commit.

    Returns:
        The assignments in it.

    Raises:
        ValueError: if there is no course, or the folder holds something.
    """
    if not (course / "nbgrader_config.py").exists():
        raise ValueError(f"There is no course in {course}. Build it first: make classroom")
    if folder.exists() and any(folder.iterdir()):
        raise ValueError(f"{folder} holds something already. Name a new folder, or empty this one.")
    assignments = sorted(path.name for path in (course / "source").iterdir() if path.is_dir())
    for name in assignments:
        release(course, name)
    part = folder.with_name(f"{folder.name}.part")
    shutil.rmtree(part, ignore_errors=True)
    part.mkdir(parents=True)
    _copy(course, part, assignments)
    if git:
        _commit(part)
    if folder.exists():
        folder.rmdir()
    part.replace(folder)
    return assignments


def _copy(course: Path, folder: Path, assignments: list[str]) -> None:
    """Copy modules, data, networks, lessons and released exercises, and write a README."""
    ignored = shutil.ignore_patterns(*LEFT_OUT)
    for name in COPIED + LINKED:
        shutil.copytree(course / name, folder / name, ignore=ignored)
    for name in FILES:
        shutil.copyfile(ROOT / name, folder / name)
    released = {name: course / "release" / name / f"{name}.ipynb" for name in assignments}
    korean = any(language_of(read_notebook(path)) == EDITION for path in released.values())
    exercises = f"notebooks/{EDITION}/exercises" if korean else "notebooks/exercises"
    for lesson in (*chapters(), *editions()):
        if lesson.parent.name != "exercises":
            place = folder / lesson.relative_to(ROOT)
            place.parent.mkdir(parents=True, exist_ok=True)
            place.write_text(_linked(lesson, exercises), encoding="utf-8")
    (folder / exercises).mkdir(parents=True)
    for path in released.values():
        shutil.copyfile(path, folder / exercises / path.name)
    (folder / "README.md").write_text(_readme(exercises, korean), encoding="utf-8")


def _linked(lesson: Path, exercises: str) -> str:
    """Text of a lesson's file whose links to exercises lead to those that are handed out."""
    own = Path(os.path.relpath(ROOT / exercises, lesson.parent)).as_posix()
    return re.sub(r"\]\((?:\.\./)*exercises/(?=\d\d_)", f"]({own}/", lesson.read_text(encoding="utf-8"))


def _readme(exercises: str, korean: bool) -> str:
    """The README of a hand-out, in the language of its exercises."""
    tell = in_korean if korean else str
    title = re.search(r"^# (.+)$", (KOREAN if korean else ENGLISH).read_text(encoding="utf-8"), re.MULTILINE)[1]
    table = to_editions(chapter_table(tell)) if korean else chapter_table()
    return tell(README).format(title=title, table=table, exercises=f"{exercises}/")


def _commit(folder: Path) -> None:
    """Make a folder a repository with one commit, under the tag that set-up cells fetch.

    It is packed at once, since else every student who fetches it makes git pack it anew. Pictures and networks are
    compressed already, so git need not try hard.
    """
    git = ["git", "-c", "user.name=course", "-c", "user.email=course@localhost", "-c", "init.defaultBranch=main"]
    git += ["-c", "core.compression=1", "-c", "pack.window=0"]
    commit = ["commit", "--quiet", "--message", f"The course, {VERSION}"]
    for command in (["init", "--quiet"], ["add", "--all"], commit, ["tag", VERSION], ["repack", "-a", "-d", "--quiet"]):
        subprocess.run([*git, *command], cwd=folder, check=True)


def main() -> None:
    """Read the command line and write."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--course", type=Path, default=FOLDER, help="nbgrader's course; default: classroom/")
    parser.add_argument("--git", action="store_true", help="make it a repository")
    arguments = parser.parse_args()
    try:
        assignments = hand_out(arguments.course.resolve(), arguments.folder.resolve(), arguments.git)
    except ValueError as error:
        parser.error(str(error))
    print(f"{len(assignments)} assignments, without solutions: {arguments.folder}")


if __name__ == "__main__":
    main()
