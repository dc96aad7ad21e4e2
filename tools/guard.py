"""Keeps submissions from changing the checks on disk; named in the course's nbgrader_config.py."""

import functools
from collections.abc import Iterable
from pathlib import Path

import nbformat
from nbgrader.preprocessors import NbGraderPreprocessor
from nbgrader.utils import is_grade
from traitlets import List, Unicode


class GuardChecks(NbGraderPreprocessor):
    """Gives no points to a notebook that changed the files of the checks while it ran, and puts the files back."""

    folders = List(Unicode(), help="The course's copies of helpers and exercises.").tag(config=True)

    def __init__(self, **options):
        super().__init__(**options)
        _contents(tuple(self.folders))  # before the notebook runs

    def preprocess(self, nb, resources):
        """Compare the files with what they held when grading began; what was added is deleted."""
        before = _contents(tuple(self.folders))
        changed = [path for path, content in before.items() if not path.exists() or path.read_bytes() != content]
        added = sorted(set(_files(self.folders)) - set(before))
        for path in added:
            path.unlink()
        for path in changed:
            path.unlink(missing_ok=True)  # it may be read-only
            path.write_bytes(before[path])
        if changed or added:
            names = ", ".join(path.name for path in changed + added)
            message = f"Changed while this notebook ran: {names}. No points are given."
            self.log.error(message)
            for cell in filter(is_grade, nb.cells):
                cell.outputs = [nbformat.v4.new_output("error", ename="Tampering", evalue=message, traceback=[message])]
        return nb, resources


def _files(folders: Iterable[str]) -> list[Path]:
    """Every file of the modules, but what Python compiled of them."""
    paths = [path for folder in folders for path in Path(folder).rglob("*")]
    return [path for path in paths if path.is_file() and "__pycache__" not in path.parts]


@functools.cache
def _contents(folders: tuple[str, ...]) -> dict[Path, bytes]:
    """What the files held when this process first looked."""
    return {path: path.read_bytes() for path in _files(folders)}
