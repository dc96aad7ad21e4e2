"""Keeps texts and notebooks in step: ``python -m tools.sync``, or ``python -m tools.sync publish ADDRESS``."""

import importlib.util
import re
import subprocess
import sys
from pathlib import Path

from helpers import VERSION
from tools.notebooks import BADGE, ROOT, SOURCE, badge, chapters, exercise_texts, notebook_of, repository, stamped


def sync() -> None:
    """Stamp every text, then bring each pair together with jupytext; of each pair the newer file counts.

    Exercises go one way only, from the text, which holds the solutions, to the notebook, which must not.
    """
    lessons, exercises = sorted(SOURCE.rglob("*.py")), exercise_texts()
    _jupytext(lessons)
    address = repository()
    stale = []
    for path in lessons + exercises:
        text = path.read_text(encoding="utf-8")
        new = stamped(text, address, notebook_of(path).relative_to(ROOT).as_posix())
        if new != text:
            path.write_text(new, encoding="utf-8")
            stale += [path] if path in lessons else []
    if stale:
        _jupytext(stale)
    if importlib.util.find_spec("nbgrader") is None:
        print("The exercises were left as they are: nbgrader is not installed (make .venv/.classroom).")
    else:
        from tools.exercises import write_learners

        write_learners()


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
    if not sys.argv[1:]:
        sync()
    elif len(sys.argv) == 3 and sys.argv[1] == "publish":
        publish(sys.argv[2])
    else:
        raise SystemExit(__doc__)
