"""Questions to click on: each choice unfolds and says why it is right or wrong. No script, so it works anywhere."""

import html
import json
from pathlib import Path

from IPython.display import display

from exercises.exercise import in_the_language
from helpers.language import say

FOLDER = Path(__file__).parent
LETTERS = "abcdef"
# Blue and vermilion, which all can tell apart: Okabe and Ito, "Color universal design", 2008.
COLOURS = {True: "#0072B2", False: "#D55E00"}


def quiz(number: str) -> None:
    """Ask the questions of a chapter; each choice, once clicked, says why it is right or wrong.

    Args:
        number: of the chapter, for instance ``"04"``.

    Raises:
        FileNotFoundError: if the chapter has no quiz.
    """
    asked = questions(number)
    display({"text/html": as_html(asked), "text/plain": as_text(asked)}, raw=True)


def questions(number: str) -> list[dict]:
    """Read the questions of a chapter."""
    path = in_the_language(FOLDER / f"chapter_{number}" / "quiz.json")
    return json.loads(path.read_text(encoding="utf-8"))


def as_text(questions: list[dict]) -> str:
    """Write the questions as plain text, the answers below all questions."""
    asked = [f"{number}. {question['question']}\n{_choices(question)}" for number, question in enumerate(questions, 1)]
    answers = [f"{number}. " + "\n   ".join(_reasons(question)) for number, question in enumerate(questions, 1)]
    return "\n\n".join([*asked, say("ANSWERS"), *answers])


def as_html(questions: list[dict]) -> str:
    """Write the questions as HTML: a fold for each choice; of the choices of a question one is open at a time."""
    parts = []
    for number, question in enumerate(questions, 1):
        choices = "".join(_fold(f"quiz-{number}", choice) for choice in question["answers"])
        parts.append(f"<p><b>{number}. {html.escape(question['question'])}</b></p>{choices}")
    return f'<div class="quiz">{"".join(parts)}</div>'


def _fold(group: str, choice: dict) -> str:
    border = f"border-left:5px solid {COLOURS[choice['correct']]};padding-left:0.6em"
    return (
        f'<details name="{group}"><summary>{html.escape(choice["answer"])}</summary>'
        f'<p style="{border}">{html.escape(_reason(choice))}</p></details>'
    )


def _choices(question: dict) -> str:
    return "\n".join(
        f"   {letter}) {choice['answer']}" for letter, choice in zip(LETTERS, question["answers"], strict=False)
    )


def _reasons(question: dict) -> list[str]:
    return [f"{letter}) {_reason(choice)}" for letter, choice in zip(LETTERS, question["answers"], strict=False)]


def _reason(choice: dict) -> str:
    """Why to choose it or not; in words, too, for those who cannot tell the colours apart."""
    return f"{say('Yes, this one.') if choice['correct'] else say('Not this one.')} {choice['feedback']}"
