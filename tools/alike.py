"""Lists answers of an assignment that are nearly equal: ``python -m tools.alike 01_convolution_exercises``.

Compared is what students wrote themselves, cell by cell, without comments, layout and the names that they chose.
A pair in the list is a reason to talk, and nothing more: short functions look alike by nature.
"""

import argparse
import builtins
import contextlib
import io
import keyword
import re
import sys
import tokenize
from collections import defaultdict
from itertools import combinations
from pathlib import Path

import nbformat
from rapidfuzz.distance import Indel
from rapidfuzz.process import cdist

from tools.classroom import FOLDER
from tools.notebooks import read_notebook

ALIKE = 0.9  # share of two answers that is the same
LEAST = 25  # words and signs of an answer; below that, most right answers are the same
MOST = 50  # pairs in the list
LAYOUT = {tokenize.COMMENT, tokenize.NL, tokenize.NEWLINE, tokenize.INDENT, tokenize.DEDENT, tokenize.ENDMARKER}


def alike(folder: Path, assignment: str) -> tuple[dict[tuple[str, str], dict[str, float]], dict[str, str]]:
    """Compare what was handed in.

    Args:
        folder: of nbgrader's course.
        assignment: its name, as in source/.

    Returns:
        For two students the cells that are alike, and how much; those with most cells first. And students whose
        notebook could not be read, with the reason.

    Raises:
        ValueError: if the assignment was not handed out yet.
    """
    release = folder / "release" / assignment / f"{assignment}.ipynb"
    if not release.exists():
        raise ValueError(f"{assignment} was not handed out yet. In {folder}: nbgrader generate_assignment {assignment}")
    given = _answer_cells(read_notebook(release))
    names = set(re.findall(r"\w+", " ".join(cell.source for cell in read_notebook(release).cells)))
    written, unread = defaultdict(dict), {}
    for path in sorted(folder.glob(f"submitted/*/{assignment}/{assignment}.ipynb")):
        student = path.parts[-3]
        try:
            cells = _answer_cells(read_notebook(path))
        except ValueError as error:
            unread[student] = str(error)
            continue
        for cell in given.keys() & cells.keys():
            words = own_words(cells[cell], given[cell].source, names)
            if len(words) >= LEAST:
                written[cell][student] = words
    found = defaultdict(dict)
    for cell, of_students in sorted(written.items()):
        shares = cdist(list(of_students.values()), list(of_students.values()), scorer=Indel.normalized_similarity)
        for (one, student), (other, neighbour) in combinations(enumerate(of_students), 2):
            if shares[one, other] >= ALIKE:
                found[student, neighbour][cell] = float(shares[one, other])
    return dict(sorted(found.items(), key=lambda pair: (-len(pair[1]), -sum(pair[1].values()), pair[0]))), unread


def _answer_cells(content: nbformat.NotebookNode) -> dict[str, nbformat.NotebookNode]:
    """The cells that students write, by nbgrader's name; of copies the last one."""
    named = ((cell.metadata.get("nbgrader", {}), cell) for cell in content.cells)
    return {state["grade_id"]: cell for state, cell in named if state.get("solution")}


def own_words(cell: nbformat.NotebookNode, given: str, names: set[str]) -> list[str]:
    """What a student wrote in a cell, in words and signs.

    Args:
        cell: of the student; text, or code that need not be whole.
        given: the cell as it was handed out. Its lines do not count.
        names: that stand in the notebook as it was handed out. Others are the student's, and become numbers.
    """
    lines = {line.strip() for line in given.splitlines()}
    if cell.cell_type != "code":
        return re.findall(r"\w+", " ".join(line for line in cell.source.splitlines() if line.strip() not in lines))
    names = names | set(keyword.kwlist) | set(dir(builtins))
    source = cell.source.splitlines()
    words, own, before = [], {}, ""
    with contextlib.suppress(tokenize.TokenError, SyntaxError):  # what stands before the fault is compared
        for token in tokenize.generate_tokens(io.StringIO(cell.source).readline):
            if token.type in LAYOUT or source[token.start[0] - 1].strip() in lines:
                continue
            word = token.string
            if token.type == tokenize.NAME and before != "." and word not in names:
                word = own.setdefault(word, f"name {len(own)}")
            words.append(word)
            before = word
    return words


def main() -> None:
    """Read the command line and print the list."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("assignment")
    parser.add_argument("--folder", type=Path, default=FOLDER, help="of the course; default: classroom/")
    arguments = parser.parse_args()
    try:
        found, unread = alike(arguments.folder.resolve(), arguments.assignment)
    except ValueError as error:
        parser.error(str(error))
    for student, why in unread.items():
        print(f"{student} was not compared: {why}", file=sys.stderr)
    for (student, neighbour), cells in list(found.items())[:MOST]:
        shares = ", ".join(f"{cell.removesuffix('-answer')} {share:.2f}" for cell, share in cells.items())
        print(f"{student}, {neighbour}: {shares}")
    print(f"{len(found)} pairs with answers that are nearly equal, those with most of them first")


if __name__ == "__main__":
    main()
