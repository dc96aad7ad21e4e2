"""What the lessons say of their outputs holds; and a sentence made false is noticed."""

import nbformat
import pytest

from tools.claims import Claim, claims_of
from tools.notebooks import chapters

CLAIMS = [claim for notebook in chapters() for claim in claims_of(notebook)]


@pytest.mark.parametrize("claim", CLAIMS, ids=[f"{claim.notebook.stem}-{claim.cell}" for claim in CLAIMS])
def test_what_a_lesson_says_of_its_outputs_holds(claim):
    assert claim.holds(), claim


OUTPUT = """Epoch 1/3 - loss: 0.9 - val_loss: 0.50
Epoch 2/3 - loss: 0.5 - val_loss: 0.40
Epoch 3/3 - loss: 0.3 - val_loss: 0.45
edges         0.54   1,200
redness      −0.84   1e-3
"""


@pytest.fixture
def lesson(tmp_path):
    """Writes a notebook with these outputs and this sentence below them; gives its claims."""

    def write(sentence, *outputs):
        cells = []
        for text in outputs or (OUTPUT,):
            cells.append(nbformat.v4.new_code_cell("print()"))
            cells[-1].outputs = [nbformat.v4.new_output("stream", text=text)]
        cells.append(nbformat.v4.new_markdown_cell(sentence))
        path = tmp_path / "01_lesson.ipynb"
        nbformat.write(nbformat.v4.new_notebook(cells=cells), path)
        return list(claims_of(path))

    return write


@pytest.mark.parametrize(("expression", "holds"), [
    ('number("edges") > number("redness")', True),
    ('number("edges") < number("redness")', False),  # the sentence made false
    ('number("edges", 1) == 1200', True),
    ('row("redness") == [-0.84, 0.001]', True),
    ('min(numbers("val_loss:")) == numbers("val_loss:")[1]', True),
    ('numbers("val_loss:")[-1] < min(numbers("val_loss:"))', False),
    ('all(b < a for a, b in zip(numbers(" loss:"), numbers(" loss:")[1:]))', True),
    ('card("fashion_cnn.parameters") == 333526', True),
])  # fmt: skip
def test_a_claim_is_true_or_false(lesson, expression, holds):
    (claim,) = lesson(f"Redness is the smallest<!-- claim: {expression} --> of both.")
    assert claim.holds() == holds
    assert claim.words == "Redness is the smallest"


def test_the_nearest_output_above_counts(lesson):
    (claim,) = lesson('<!-- claim: number("score") == 3 -->', "score 1", "score 3", "other 5")
    assert claim.holds()


def test_several_claims_in_a_sentence_and_over_lines(lesson):
    first, second = lesson('A<!-- claim: number("edges") == 0.54 --> b<!-- claim:\nnumber("redness")\n< 0 -->')
    assert first.holds()
    assert second.holds()
    assert second.expression == 'number("redness") < 0'


@pytest.mark.parametrize(
    "expression", ['number("nowhere") > 1', 'card("no.figure")', "1 +", "open('x')", 'row("edges")[9]']
)
def test_a_claim_that_cannot_be_checked_is_named(lesson, expression):
    (claim,) = lesson(f"It is so<!-- claim: {expression} -->.")
    with pytest.raises(ValueError, match=r"01_lesson \[1\].*It is so"):
        claim.holds()
    assert isinstance(claim, Claim)
