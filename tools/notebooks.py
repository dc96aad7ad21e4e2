"""Where notebooks and their texts lie, and what stands at the head of each: the set-up cell and the Colab button."""

import re
import tomllib
import warnings
from collections.abc import Callable
from pathlib import Path

import nbformat

from helpers import VERSION
from helpers.settings import whole_file

ROOT = Path(__file__).resolve().parents[1]
NOTEBOOKS = ROOT / "notebooks"
SOURCE = NOTEBOOKS / "source"
EXERCISES = NOTEBOOKS / "exercises"
CHECKS = ROOT / "exercises"
EDITION = "ko"  # the folder below NOTEBOOKS, and the name of its language

# At most eight lines, the same in every notebook; `sync` writes it into every cell tagged "setup".
SETUP = """\
import pathlib, subprocess, sys
REPOSITORY, VERSION = "{repository}", "{version}"
places = (pathlib.Path.cwd(), *pathlib.Path.cwd().parents, pathlib.Path.cwd() / "course")
if REPOSITORY and not any((place / "helpers/environment.py").exists() for place in places):
    print("{fetching}", VERSION, "{of}", REPOSITORY)
    subprocess.run(["git", "-c", "advice.detachedHead=false", "clone", "--quiet", "--depth=1", "--branch", VERSION, REPOSITORY, "course"], check=True)
sys.path[:0] = [str(place) for place in places if (place / "helpers/environment.py").exists()] or sys.exit("{advice}")
import helpers; helpers.expect(VERSION{language})
"""  # noqa: E501  so that the cell stays short
ADVICE = (
    "The folder helpers/ is not here. Upload the course's folders helpers, exercises, data and models beside this "
    "notebook (in Colab: folder symbol on the left), then run this cell again."
)
SETUP_CELL = re.compile(r'(# %% tags=\["setup"\]\n).*?(?=\n# %%)', re.DOTALL)
SPEAKS = re.compile(r'^import helpers; helpers\.expect\(VERSION, "(\w+)"\)$', re.MULTILINE)
HEADING = re.compile(r"^(?:# )?## (\d+)\. .+ \((\d+)(?: points?|점)\)$", re.MULTILINE)
BADGE = re.compile(r"^(# )?\[!\[Open in Colab\].*\n(# ?\n|\n)?", re.MULTILINE)


def chapters() -> list[Path]:
    """Every notebook of the course, in reading order; not those that a reader keeps beside them."""
    return [path for path in _all_notebooks() if _is_of_the_course(path)]


def editions() -> list[Path]:
    """Every notebook of the Korean edition, in reading order; each is made of one of `chapters`."""
    return [path for path in _all_notebooks() if _is_an_edition(path)]


def strangers() -> list[Path]:
    """Notebooks that lie among those of the course, but are none of them: copies, and a reader's own."""
    return [path for path in _all_notebooks() if not _is_of_the_course(path) and not _is_an_edition(path)]


def _all_notebooks() -> list[Path]:
    found = sorted(NOTEBOOKS.rglob("*.ipynb"))
    return [path for path in found if not any(part.startswith(".") for part in path.relative_to(NOTEBOOKS).parts)]


def _is_of_the_course(notebook: Path) -> bool:
    if notebook.parent == EXERCISES:  # a hand-out has no text of theirs
        named = re.fullmatch(r"(\d\d)_\w+_exercises", notebook.stem)
        return bool(named) and (CHECKS / f"chapter_{named[1]}").is_dir()
    return text_of(notebook).exists()


def _is_an_edition(notebook: Path) -> bool:
    folder = NOTEBOOKS / EDITION
    return folder in notebook.parents and _is_of_the_course(NOTEBOOKS / notebook.relative_to(folder))


def read_notebook(path: Path) -> nbformat.NotebookNode:
    """Read a notebook, whatever program saved it.

    Args:
        path: a file in version 3 or 4 of the format, with or without cell ids or a byte-order mark.

    Returns:
        Its content in version 4.

    Raises:
        ValueError: if the file is empty, cut short or no notebook.
    """
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of ids: Colab writes none, and copied cells have the same
            content = nbformat.reads(path.read_text(encoding="utf-8-sig"), as_version=4)
            nbformat.validator.normalize(content)
    except (ValueError, nbformat.ValidationError, KeyError, AttributeError) as error:
        raise ValueError(f"{path} is no notebook, or is damaged ({str(error)[:80]}).") from error
    for cell in content.cells:
        cell.source = cell.source.replace("\r\n", "\n")
    return content


def write_notebook(path: Path, content: nbformat.NotebookNode) -> None:
    """Write a notebook with the outputs that its cells have where it lies, unless nothing has changed."""
    path.parent.mkdir(parents=True, exist_ok=True)
    if path.exists():
        old = nbformat.read(path, as_version=4)
        for key in ("language_info", "widgets"):  # the kernel wrote them when the notebook ran
            if key in old.metadata:
                content.metadata[key] = old.metadata[key]
        ran = {cell.source: cell for cell in old.cells if cell.cell_type == "code"}
        for cell in content.cells:
            if cell.source in ran and cell.cell_type == "code":
                cell.outputs, cell.execution_count = ran[cell.source].outputs, ran[cell.source].execution_count
        if content == old:
            return
    with whole_file(path) as draft:  # the outputs took a run
        nbformat.write(content, draft)


def exercise_texts() -> list[Path]:
    """Every text of exercises, with its solutions, in order of chapters."""
    return sorted(CHECKS.glob("chapter_*/solutions/[0-9]*.py"))


def points(text: str) -> list[int]:
    """Points of each exercise, from the headings ``## 3. Title (2 points)`` of an exercise text."""
    return [int(match[2]) for match in HEADING.finditer(text)]


def text_of(notebook: Path) -> Path:
    """Path of the text that a notebook is made from."""
    if notebook.parent == EXERCISES:
        return CHECKS / f"chapter_{notebook.stem[:2]}" / "solutions" / f"{notebook.stem}.py"
    return (SOURCE / notebook.relative_to(NOTEBOOKS)).with_suffix(".py")


def notebook_of(text: Path) -> Path:
    """Path of the notebook that is made from a text."""
    if SOURCE in text.parents:
        return (NOTEBOOKS / text.relative_to(SOURCE)).with_suffix(".ipynb")
    return EXERCISES / f"{text.stem}.ipynb"


def repository() -> str:
    """Address of the published repository, or an empty string: the one setting in pyproject.toml."""
    return tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["course"]["repository"]


def setup_cell(address: str, tell: Callable[[str], str] = str, language: str = "") -> str:
    """Code of the set-up cell; of another edition, with its language and its translations."""
    sentences = {
        "fetching": tell("Fetching the course (helpers, exercises, data, models),"),
        "of": tell("of"),
        "advice": tell(ADVICE),
    }
    language = f', "{language}"' if language else ""
    return SETUP.format(repository=address, version=VERSION, language=language, **sentences).rstrip("\n")


def language_of(notebook: nbformat.NotebookNode) -> str:
    """The language that the set-up cell of a notebook names; English where it names none."""
    sources = (cell.source for cell in notebook.cells if cell.cell_type == "code")
    return next((found[1] for found in map(SPEAKS.search, sources) if found), "en")


def badge(address: str, notebook: str) -> str:
    """Button that opens a notebook in Colab; empty while the course is not published on GitHub."""
    match = re.match(r"https://github\.com/([^/]+/[^/]+?)(\.git)?/?$", address)
    if not match:
        return ""
    link = f"https://colab.research.google.com/github/{match[1]}/blob/{VERSION}/{notebook}"
    return f"[![Open in Colab](https://colab.research.google.com/assets/colab-badge.svg)]({link})"


def stamped(text: str, address: str, notebook: str, tell: Callable[[str], str] = str, language: str = "") -> str:
    """Text of a lesson with its set-up cell and its Colab button brought up to date.

    Args:
        text: a lesson in jupytext's percent format.
        address: address of the published repository, or empty.
        notebook: path of the notebook inside the repository.
        tell: as in `setup_cell`.
        language: as in `setup_cell`.

    Raises:
        ValueError: if the lesson has no set-up cell.
    """
    if not SETUP_CELL.search(text):
        raise ValueError(f'{notebook}: no set-up cell. Begin one with: # %% tags=["setup"]')
    text = SETUP_CELL.sub(lambda match: match[1] + setup_cell(address, tell, language) + "\n", text)
    text = BADGE.sub("", text)
    button = badge(address, notebook)
    if button:
        text = re.sub(r"(^# # .*\n#\n)", lambda match: f"{match[1]}# {button}\n#\n", text, count=1, flags=re.MULTILINE)
    return text
