"""Looks through what students handed in, before it is graded: each notebook is made ready for nbgrader, or named.

What nbgrader passes over without a word, or stops at without a reason, are second downloads (``... (1).ipynb``), copied
cells, byte-order marks and files that were cut short.
"""

import json
import re
from dataclasses import dataclass, field
from pathlib import Path

import nbformat

from helpers.settings import whole_file
from tools.notebooks import read_notebook

KEPT = ".as_handed_in"
"""Ending of a copy of what was handed in, where nbgrader gets something else."""
MOST = 50 * 1024**2  # bytes of a notebook


@dataclass
class HandIns:
    """Students whose notebook can be graded, reasons why others cannot, and what a teacher must know."""

    ready: list[str] = field(default_factory=list)
    failed: dict[str, str] = field(default_factory=dict)
    remarks: list[str] = field(default_factory=list)


def look_through(folder: Path, assignment: str) -> HandIns:
    """Find one notebook for each student, and make it what nbgrader can read.

    Args:
        folder: of nbgrader's course.
        assignment: its name, as in source/.

    Returns:
        What was found. A notebook that had to be changed is kept beside, with the ending `KEPT`.
    """
    found = HandIns()
    for place in sorted(folder.glob(f"submitted/*/{assignment}")):
        student = place.parent.name
        try:
            notebook, remark = _the_notebook(place, assignment)
            changes = _made_ready(notebook)
        except ValueError as error:
            found.failed[student] = str(error)
            continue
        except Exception as error:  # such as metadata that are a list: nobody else's grade may depend on it
            found.failed[student] = f"the notebook is damaged, or was made so: {type(error).__name__}: {error}"
            continue
        found.ready.append(student)
        found.remarks += [f"{student}: {text}" for text in (remark, *changes) if text]
    return found


def _the_notebook(place: Path, assignment: str) -> tuple[Path, str]:
    """The notebook of a student, under the name that nbgrader looks for, and a remark if others lie beside it.

    Raises:
        ValueError: if there is none.
    """
    expected = place / f"{assignment}.ipynb"
    others = [path for path in place.glob("*.ipynb") if path != expected and not path.name.startswith(".")]
    if expected.exists():
        names = ", ".join(sorted(path.name for path in others))
        return expected, f"graded is {expected.name}, not {names}, which lies beside it" if others else ""
    alike = [path for path in others if path.name.lower().startswith(assignment.lower())]
    candidates = alike or others
    if not candidates:
        held = ", ".join(sorted(path.name for path in place.iterdir())) or "nothing"
        raise ValueError(f"no notebook was handed in; expected {expected.name}, found {held}")
    newest = max(candidates, key=lambda path: path.stat().st_mtime)
    with whole_file(expected) as draft:
        draft.write_bytes(newest.read_bytes())
    more = f", the newest of {len(candidates)}" if len(candidates) > 1 else ""
    return expected, f"graded is {newest.name}{more}; it should be called {expected.name}"


def _made_ready(notebook: Path) -> list[str]:
    """Take out what nbgrader stumbles over. Returns what was done.

    Raises:
        ValueError: if the file is no notebook, or too large for one.
    """
    if (size := notebook.stat().st_size) > MOST:
        raise ValueError(
            f"the notebook has {size / 1024**2:.0f} MB; expected at most {MOST // 1024**2}. "
            "Have the outputs cleared, and the notebook handed in again"
        )
    raw = notebook.read_bytes()
    content = read_notebook(notebook)
    done = _copies_taken_out(content)
    if raw.startswith(b"\xef\xbb\xbf"):
        done.append("a byte-order mark was taken off")
    if done:
        with whole_file(notebook.with_name(notebook.name + KEPT)) as draft:
            draft.write_bytes(raw)
        with whole_file(notebook) as draft:
            draft.write_text(json.dumps(content, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    return done


def _copies_taken_out(content: nbformat.NotebookNode) -> list[str]:
    """Let each of nbgrader's cells occur once: copies stay in the notebook and run, but the last one counts."""
    cells = [cell for cell in content.cells if cell.metadata.get("nbgrader", {}).get("grade_id")]
    last = {cell.metadata.nbgrader.grade_id: cell for cell in cells}
    copied = set()
    for cell in cells:
        name = cell.metadata.nbgrader.grade_id
        if cell is not last[name]:
            copied.add(name)
            del cell.metadata["nbgrader"]
    return [f"the cell {name} was copied; the last one counts" for name in sorted(copied)]


def reason(log: str) -> str:
    """Pick out of a log of nbgrader why a notebook was not graded: the last error that says more than "see above"."""
    errors = [line for line in log.splitlines() if re.match(r"(\w+\.)*\w*(Error|Exception)\b.*: ", line)]
    telling = [line for line in errors if "traceback for details" not in line]
    return (telling or errors or [log.strip()[-500:]])[-1]
