"""Keeps text and notebooks in step: ``python -m tools.notebooks sync`` and ``... publish ADDRESS``."""

import importlib.util
import re
import subprocess
import sys
import tomllib
from pathlib import Path

from helpers import VERSION

ROOT = Path(__file__).resolve().parents[1]
NOTEBOOKS = ROOT / "notebooks"
SOURCE = NOTEBOOKS / "source"
EXERCISES = NOTEBOOKS / "exercises"

# At most eight lines, the same in every notebook; `sync` writes it into every cell tagged "setup".
SETUP = """\
import pathlib, subprocess, sys
REPOSITORY, VERSION = "{repository}", "{version}"
places = (pathlib.Path.cwd(), *pathlib.Path.cwd().parents, pathlib.Path.cwd() / "course")
if REPOSITORY and not any((place / "helpers/environment.py").exists() for place in places):
    print("Fetching the course (helpers, data, models),", VERSION, "of", REPOSITORY)
    subprocess.run(["git", "-c", "advice.detachedHead=false", "clone", "--quiet", "--depth=1", "--branch", VERSION, REPOSITORY, "course"], check=True)
sys.path[:0] = [str(place) for place in places if (place / "helpers/environment.py").exists()] or sys.exit("{advice}")
import helpers; helpers.expect(VERSION)
"""  # noqa: E501  so that the cell stays short
ADVICE = (
    "The folder helpers/ is not here. Upload the course's folders helpers, data and models beside this notebook "
    "(in Colab: folder symbol on the left), then run this cell again."
)
SETUP_CELL = re.compile(r'(# %% tags=\["setup"\]\n).*?(?=\n# %%)', re.DOTALL)
BADGE = re.compile(r"^(# )?\[!\[Open in Colab\].*\n(# ?\n|\n)?", re.MULTILINE)


def chapters() -> list[Path]:
    """Every notebook that people open, in reading order."""
    return sorted(path for path in NOTEBOOKS.rglob("*.ipynb") if ".ipynb_checkpoints" not in path.parts)


def text_of(notebook: Path) -> Path:
    """Path of the paired text of a notebook."""
    return (SOURCE / notebook.relative_to(NOTEBOOKS)).with_suffix(".py")


def repository() -> str:
    """Address of the published repository, or an empty string: the one setting in pyproject.toml."""
    return tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["course"]["repository"]


def setup_cell(address: str) -> str:
    """Code of the set-up cell."""
    return SETUP.format(repository=address, version=VERSION, advice=ADVICE).rstrip("\n")


def badge(address: str, notebook: str) -> str:
    """Button that opens a notebook in Colab; empty while the course is not published on GitHub."""
    match = re.match(r"https://github\.com/([^/]+/[^/]+?)(\.git)?/?$", address)
    if not match:
        return ""
    link = f"https://colab.research.google.com/github/{match[1]}/blob/{VERSION}/{notebook}"
    return f"[![Open in Colab](https://colab.research.google.com/assets/colab-badge.svg)]({link})"


def stamped(text: str, address: str, notebook: str) -> str:
    """Text of a lesson with its set-up cell and its Colab button brought up to date.

    Args:
        text: a lesson in jupytext's percent format.
        address: address of the published repository, or empty.
        notebook: path of the notebook inside the repository.

    Raises:
        ValueError: if the lesson has no set-up cell.
    """
    if not SETUP_CELL.search(text):
        raise ValueError(f'{notebook}: no set-up cell. Begin one with: # %% tags=["setup"]')
    text = SETUP_CELL.sub(lambda match: match[1] + setup_cell(address) + "\n", text)
    text = BADGE.sub("", text)
    button = badge(address, notebook)
    if button:
        text = re.sub(r"(^# # .*\n#\n)", lambda match: f"{match[1]}# {button}\n#\n", text, count=1, flags=re.MULTILINE)
    return text


def sync() -> None:
    """Stamp every text, then bring each pair together with jupytext; of each pair the newer file counts.

    Exercises go one way only, from the text, which holds the solutions, to the notebook, which must not.
    """
    exercises = sorted((SOURCE / "exercises").glob("*.py"))
    lessons = sorted(set(SOURCE.rglob("*.py")) - set(exercises))
    _jupytext(lessons)
    address = repository()
    stale = []
    for path in lessons + exercises:
        notebook = Path("notebooks") / path.relative_to(SOURCE).with_suffix(".ipynb")
        text = path.read_text(encoding="utf-8")
        new = stamped(text, address, notebook.as_posix())
        if new != text:
            path.write_text(new, encoding="utf-8")
            stale += [path] if path in lessons else []
    if stale:
        _jupytext(stale)
    if importlib.util.find_spec("nbgrader") is None:
        print("The exercises were left as they are: nbgrader is not installed (make .venv/.classroom).")
    else:
        from tools.exercises import sync as sync_exercises

        sync_exercises()


def publish(address: str) -> None:
    """Write the repository's address into the setting, the set-up cells, the buttons and the README.

    Args:
        address: for instance ``https://github.com/someone/course``; empty takes the address out again.

    Raises:
        ValueError: if this is no address that git can clone.
    """
    if address and not re.fullmatch(r"(https|file)://[\w./~:@%+-]+", address):
        raise ValueError(f"Expected REPOSITORY=https://..., got {address!r}.")
    settings = ROOT / "pyproject.toml"
    text = settings.read_text(encoding="utf-8")
    settings.write_text(
        re.sub(r'^repository = ".*"$', f'repository = "{address}"', text, flags=re.MULTILINE), encoding="utf-8"
    )
    readme = ROOT / "README.md"
    text = BADGE.sub("", readme.read_text(encoding="utf-8"))
    button = badge(address, chapters()[0].relative_to(ROOT).as_posix())
    if button:
        text = re.sub(r"\A(# .*\n\n)", lambda match: f"{match[1]}{button}\n\n", text)
    readme.write_text(text, encoding="utf-8")
    sync()
    if address:
        print(f"Now commit, and push with the tag that the notebooks fetch: git tag {VERSION} && git push --tags")


def _jupytext(paths: list[Path]) -> None:
    """Bring pairs together, the newer file of each overwriting the inputs of the other."""
    subprocess.run([sys.executable, "-m", "jupytext", "--quiet", "--sync", *map(str, paths)], check=True, cwd=ROOT)


if __name__ == "__main__":
    if sys.argv[1:] == ["sync"]:
        sync()
    elif len(sys.argv) == 3 and sys.argv[1] == "publish":
        publish(sys.argv[2])
    else:
        raise SystemExit(__doc__)
