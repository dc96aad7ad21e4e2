"""Makes of each exercise text the learner's notebook and the solved one: ``python -m tools.exercises solved``.

A text, exercises/chapter_NN/solutions/NN_*.py, holds an exercise once: a heading ``## 3. Title (2 points)``, an answer
cell with the solution between nbgrader's markers, and a check cell. Its quiz stands in a cell of its own: a numbered
question, ``- [x]`` before the right choice and ``- [ ]`` before the others, and the reason in a line with ``>``.
`tools.sync` writes the learner's notebook, the quiz and the solutions to be shown; ``solved`` writes solved
notebooks to build/exercises/ for the tests; `tools.classroom` builds nbgrader's course.
"""

import json
import re
import sys
from collections.abc import Callable
from pathlib import Path

import jupytext
import nbformat
from nbgrader.preprocessors import ClearHiddenTests, ClearSolutions
from traitlets.config import Config

from exercises.exercise import SOLUTIONS
from tools.notebooks import HEADING, NOTEBOOKS, exercise_texts, notebook_of, write_notebook

STUB = "# Your code here"  # a comment, so that a notebook without answers runs from top to bottom
CHECK = re.compile(r"^check\.ex(\d+)\((\w+)\)$")
MARKER = re.compile(r"^\s*### (BEGIN|END) SOLUTION\n?", re.MULTILINE)
SOLUTION = re.compile(r"^\s*### BEGIN SOLUTION\n(.*?)\n\s*### END SOLUTION", re.MULTILINE | re.DOTALL)
QUIZ_LINE = re.compile(r"^\s*(\d+\.|- \[[ x]\]|>) (.+)$")
HIDDEN_TESTS = """\
### BEGIN HIDDEN TESTS
check.ex{number}.grade({answer})
### END HIDDEN TESTS"""


def teachers(text: Path) -> nbformat.NotebookNode:
    """Read an exercise text as nbgrader's source: with solutions, points and hidden tests.

    Args:
        text: a path of `tools.notebooks.exercise_texts`.

    Returns:
        The notebook, without outputs. Answer cells may be changed by the student; all else is locked.

    Raises:
        ValueError: if an exercise lacks its heading with points, its answer cell or its check.
    """
    content = jupytext.read(text)
    content.metadata.pop("jupytext", None)
    content.cells = [cell for cell in content.cells if not _is_quiz(cell)]
    kinds = [tag for cell in content.cells for tag in cell.metadata.get("tags", []) if tag in ("answer", "check")]
    headings = [match for cell in content.cells for match in HEADING.finditer(cell.source)]
    if kinds != ["answer", "check"] * len(headings):
        raise ValueError(
            f"{text.name}: expected a heading with points, an answer cell and a check cell for each exercise."
        )
    number, points = "0", 0
    for place, cell in enumerate(content.cells):
        tags = cell.metadata.get("tags", [])
        heading = HEADING.search(cell.source) if cell.cell_type == "markdown" else None
        if heading:
            number, points = heading[1], int(heading[2])
        state = {"grade": False, "solution": False, "locked": True, "task": False, "schema_version": 3}
        state["grade_id"] = f"given-{place}"
        if "answer" in tags:
            if not SOLUTION.search(cell.source):
                raise ValueError(f"{text.name}: the answer of exercise {number} has no solution between its markers.")
            state |= {"solution": True, "locked": False, "grade_id": f"ex{number}-answer"}
        if "check" in tags:
            check = CHECK.match(cell.source)
            if not check or check[1] != number:
                raise ValueError(
                    f"{text.name}: expected check.ex{number}(answer) under heading {number}: {cell.source}"
                )
            hidden = HIDDEN_TESTS.format(number=number, answer=check[2])
            cell.source = f"{cell.source}\n{hidden}"
            state |= {"grade": True, "points": points, "grade_id": f"ex{number}"}
        cell.id = f"{text.stem[:2]}-{place}"
        cell.metadata.pop("lines_to_next_cell", None)  # jupytext's own note
        cell.metadata["nbgrader"] = state
    return content


def folder_of(text: Path) -> Path:
    """Folder of the chapter whose exercises a text holds; also the module that judges them."""
    return text.parents[1]


def learners(text: Path, tell: Callable[[str], str] = str) -> nbformat.NotebookNode:
    """Take solutions and hidden tests out of an exercise text, with nbgrader's own preprocessors."""
    content = teachers(text)
    # A comment, so that a notebook without answers runs from top to bottom.
    stub = {"python": tell(STUB)}
    content, _ = ClearSolutions(config=Config(ClearSolutions={"code_stub": stub})).preprocess(content, {})
    content, _ = ClearHiddenTests().preprocess(content, {})
    for cell in content.cells:
        del cell.metadata["nbgrader"]
    return content


def solved(text: Path) -> nbformat.NotebookNode:
    """Fill the solutions in. The last cell holds the output that it must have: every exercise right."""
    content = learners(text)
    with_solutions = [cell for cell in jupytext.read(text).cells if not _is_quiz(cell)]
    for cell, full in zip(content.cells, with_solutions, strict=True):
        cell.source = MARKER.sub("", full.source)
        if "reached" in cell.metadata.get("tags", []):
            names = list(solutions(text))
            expected = f"right so far: {len(names)} of {len(names)} ({', '.join(names)})\n"
            cell.outputs, cell.execution_count = [nbformat.v4.new_output("stream", text=expected)], 1
            cell.metadata.tags.append("nbval-check-output")
    return content


def solutions(text: Path) -> dict[str, str]:
    """Exercise -> code of its solution, as ``check.ex1.solution()`` shows it."""
    cells = [cell for cell in teachers(text).cells if "answer" in cell.metadata.get("tags", [])]
    return {cell.metadata.nbgrader.grade_id.removesuffix("-answer"): _code(cell.source) for cell in cells}


def _code(source: str) -> str:
    """Solution part of an answer cell; inside a function, with the line that begins it."""
    part = SOLUTION.search(source)[1].strip("\n")
    if part.startswith(" "):
        return MARKER.sub("", source).strip("\n")
    return part


def quiz(text: Path) -> list[dict]:
    """Read the questions of an exercise text in the form that `exercises.quiz` takes.

    Raises:
        ValueError: if there is no quiz, or a line of it is none of a question, a choice and a reason.
    """
    questions = []
    for line in "\n".join(cell.source for cell in jupytext.read(text).cells if _is_quiz(cell)).splitlines():
        match = QUIZ_LINE.match(line)
        if not match:
            raise ValueError(f"{text.name}: expected '1. question', '- [ ] choice' or '> reason' in the quiz: {line}")
        kind, words = match.groups()
        if kind.endswith("."):
            questions.append({"question": words, "answers": []})
        elif kind == ">":
            questions[-1]["answers"][-1]["feedback"] = words
        else:
            questions[-1]["answers"].append({"answer": words, "correct": kind == "- [x]"})
    if not questions:
        raise ValueError(f"{text.name}: no quiz. Write one in a Markdown cell with the tag quiz.")
    return questions


def _is_quiz(cell: nbformat.NotebookNode) -> bool:
    return "quiz" in cell.metadata.get("tags", [])


def write_learners() -> None:
    """Write what is made from the texts: the learner's notebooks, the quizzes, and the solutions to be shown.

    Outputs of unchanged cells stay.
    """
    for text in exercise_texts():
        write_notebook(notebook_of(text), learners(text))
        write_beside(text, folder_of(text))


def write_beside(text: Path, folder: Path, ending: str = "") -> None:
    """Write the quiz of an exercise text and its solutions into the folder of its chapter."""
    for name, content in {"quiz.json": quiz(text), SOLUTIONS: solutions(text)}.items():
        path = (folder / name).with_suffix(f"{ending}.json")
        path.write_text(json.dumps(content, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


def write_solved(folder: Path) -> None:
    """Write every solved notebook into a folder: what the tests run, and what a teacher may hand out afterwards."""
    folder.mkdir(parents=True, exist_ok=True)
    for text in exercise_texts():
        nbformat.write(solved(text), folder / f"{text.stem}.ipynb")
    print(f"{len(exercise_texts())} solved notebooks: {folder.relative_to(NOTEBOOKS.parent)}")


if __name__ == "__main__":
    if sys.argv[1:] != ["solved"]:
        raise SystemExit(__doc__)
    write_solved(NOTEBOOKS.parent / "build" / "exercises")
