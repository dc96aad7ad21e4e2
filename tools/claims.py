"""What sentences claim of outputs, checked against what the notebooks store: ``python -m tools.claims`` lists them.

A sentence of a lesson that ranks or compares is followed by its claim, which readers do not see, such as
``<!-- claim: number("redness") > number("edges") -->``. It is a Python expression of

- ``number(label, column=0)``: a number of the line with this label, in the nearest output above that has it;
- ``row(label)``: all numbers of that line behind the label;
- ``numbers(label)``: the first number behind the label in each line that has it, such as ``numbers("val_loss:")``;
- ``card(figure)``: a figure of a card, as in the comments of `tools.figures`.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import nbformat

from tools.figures import look_up
from tools.notebooks import chapters, read_notebook

CLAIM = re.compile(r"<!--\s*claim:\s*(.+?)\s*-->", re.DOTALL)
NUMBER = re.compile(r"(?<![\w.])[-−+]?\d[\d,]*(?:\.\d+)?(?:e[-+]?\d+)?(?![\w])")
BUILT_IN = {"abs": abs, "all": all, "any": any, "len": len, "max": max, "min": min, "round": round, "sorted": sorted,
            "sum": sum, "zip": zip}  # fmt: skip


@dataclass(frozen=True)
class Claim:
    """A claim of a lesson: the notebook, the number of its cell, the words before it, and the expression."""

    notebook: Path
    cell: int
    words: str
    expression: str

    def holds(self) -> bool:
        """Tell whether the stored outputs bear the claim out.

        Raises:
            ValueError: if the expression cannot be evaluated; the message says why.
        """
        above = [_text(cell) for cell in read_notebook(self.notebook).cells[: self.cell]]
        names = BUILT_IN | _values(above)
        try:
            return bool(eval(self.expression, names | {"__builtins__": {}}))  # our own texts, not a reader's
        except Exception as error:
            raise ValueError(f"{self}: {error}") from error

    def __str__(self):
        """Where it stands, and what it says."""
        return f'{self.notebook.stem} [{self.cell}] "...{self.words}" claims {self.expression}'


def claims_of(notebook: Path) -> Iterator[Claim]:
    """Every claim of a notebook, in order."""
    for number, cell in enumerate(read_notebook(notebook).cells):
        if cell.cell_type == "markdown":
            for match in CLAIM.finditer(cell.source):
                words = CLAIM.sub("", cell.source[: match.start()]).split()
                yield Claim(notebook, number, " ".join(words[-12:]), " ".join(match[1].split()))


def _values(above: list[str]) -> dict:
    """The functions of a claim, over the outputs above it."""

    def lines(label):
        for text in reversed(above):
            if found := [line.partition(label)[2] for line in text.splitlines() if label in line]:
                return found
        raise ValueError(f"no output above holds {label!r}")

    def in_line(line):
        return [float(match[0].replace(",", "").replace("−", "-")) for match in NUMBER.finditer(line)]

    def row(label):
        return in_line(lines(label)[0])

    return {
        "number": lambda label, column=0: row(label)[column],
        "numbers": lambda label: [in_line(line)[0] for line in lines(label)],
        "row": row,
        "card": look_up,
    }


def _text(cell: nbformat.NotebookNode) -> str:
    """What a cell printed, and what it named in its last line."""
    outputs = cell.get("outputs", [])
    return "\n".join(output.get("text", "") or output.get("data", {}).get("text/plain", "") for output in outputs)


def main() -> int:
    """List all claims with what became of them. Returns the exit code: 1 if one does not hold."""
    found = [claim for notebook in chapters() for claim in claims_of(notebook)]
    wrong = [claim for claim in found if not claim.holds()]
    for claim in found:
        print("WRONG" if claim in wrong else "holds", claim)
    print(f"{len(found)} claims, {len(wrong)} of them wrong")
    return int(bool(wrong))


if __name__ == "__main__":
    raise SystemExit(main())
