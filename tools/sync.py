"""Keeps all texts and notebooks in step: ``python -m tools.sync``, or ``python -m tools.sync publish ADDRESS``."""

import importlib.util
import re
import subprocess
import sys
from pathlib import Path

from helpers import VERSION
from tools.course import DOCUMENTS, document, lesson
from tools.figures import with_figures
from tools.notebooks import (
    NOTEBOOKS,
    ROOT,
    SOURCE,
    chapters,
    exercise_texts,
    notebook_of,
    repository,
    stamped,
)


def written(path: Path) -> str:
    """What a text or a document should hold: set-up, head, end, tables and figures from their sources, the rest as is.

    Raises:
        ValueError: if course.toml or the text lacks something; the message says what.
        KeyError: if no card holds one of the figures.
    """
    text = path.read_text(encoding="utf-8")
    if path in DOCUMENTS:
        return with_figures(document(text))
    notebook = notebook_of(path)
    text = lesson(text, notebook.relative_to(NOTEBOOKS).with_suffix("").as_posix())
    return with_figures(stamped(text, repository(), notebook.relative_to(ROOT).as_posix()))


def sync() -> None:
    """Write what comes from elsewhere into documents and texts, then bring texts and notebooks together with jupytext.

    Of a pair the newer file counts. Exercises go one way only, from the text, which holds the solutions, to the
    notebook, which must not.
    """
    lessons, exercises = sorted(SOURCE.rglob("*.py")), exercise_texts()
    _jupytext(lessons)
    stale = []
    for path in DOCUMENTS + lessons + exercises:
        new = written(path)
        if new != path.read_text(encoding="utf-8"):
            path.write_text(new, encoding="utf-8")
            print("brought up to date:", path.relative_to(ROOT))
            stale += [path] if path in lessons else []
    if stale:
        _jupytext(stale)
    with_exercises = importlib.util.find_spec("nbgrader") is not None
    if with_exercises:
        from tools.exercises import write_learners

        write_learners()
    else:
        print("The exercises were left as they are: nbgrader is not installed (make .venv/.classroom).")
    from tools import readme, translate  # polib, which Colab has not

    translate.write(with_exercises)
    readme.write()


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
    from tools import readme  # polib, which Colab has not

    text = readme.ENGLISH.read_text(encoding="utf-8")
    readme.ENGLISH.write_text(readme.with_badge(text, chapters()[0].name), encoding="utf-8")
    sync()
    if address:
        print(f"Now commit, and push with the tag that the notebooks fetch: git tag {VERSION} && git push --tags")


def _jupytext(paths: list[Path]) -> None:
    """Bring pairs together, the newer file of each overwriting the inputs of the other."""
    subprocess.run([sys.executable, "-m", "jupytext", "--quiet", "--sync", *map(str, paths)], check=True, cwd=ROOT)


if __name__ == "__main__":
    if not sys.argv[1:]:
        sync()
    elif len(sys.argv) == 3 and sys.argv[1] == "publish":
        publish(sys.argv[2])
    else:
        raise SystemExit(__doc__)
