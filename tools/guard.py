"""Keeps submissions from changing the checks on disk; named in the course's nbgrader_config.py."""

import functools
from pathlib import Path

import nbformat
from nbgrader.preprocessors import NbGraderPreprocessor
from nbgrader.utils import is_grade
from traitlets import Unicode


class GuardChecks(NbGraderPreprocessor):
    """Gives no points to a notebook that changed the files of the checks while it ran, and puts the files back."""

    folder = Unicode(help="The course's copy of helpers.").tag(config=True)

    def __init__(self, **options):
        super().__init__(**options)
        _contents(self.folder)  # before the notebook runs

    def preprocess(self, nb, resources):
        """Compare the files with what they held when grading began."""
        changed = {
            path: content
            for path, content in _contents(self.folder).items()
            if not path.exists() or path.read_bytes() != content
        }
        for path, content in changed.items():
            path.write_bytes(content)
        if changed:
            message = (
                f"Changed while this notebook ran: {', '.join(path.name for path in changed)}. No points are given."
            )
            self.log.error(message)
            for cell in filter(is_grade, nb.cells):
                cell.outputs = [nbformat.v4.new_output("error", ename="Tampering", evalue=message, traceback=[message])]
        return nb, resources


@functools.cache
def _contents(folder: str) -> dict[Path, bytes]:
    """What the files held when this process first looked."""
    return {path: path.read_bytes() for path in Path(folder).rglob("*") if path.suffix in (".py", ".json")}
