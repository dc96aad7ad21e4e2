"""Questions to click on, where Jupyter or Colab runs; the same questions as plain text everywhere else."""

import html
import json
from pathlib import Path

from IPython.display import Javascript, display

FOLDER = Path(__file__).parent
LETTERS = "abcdef"
# Blue and vermilion, which all can tell apart: Okabe and Ito, "Color universal design", 2008.
COLORS = {"--jq-correct-color": "#0072B2", "--jq-incorrect-color": "#B24A00"}


def quiz(number: str) -> None:
    """Ask the questions of a chapter; each choice, once clicked, says why it is right or wrong.

    Two layers: a text with folded answers, which every viewer shows, and over it, where scripts run, what the library
    jupyterquiz makes of the same questions (https://github.com/jmshea/jupyterquiz). Without it the text stays.

    Args:
        number: of the chapter, for instance ``"04"``.

    Raises:
        FileNotFoundError: if the chapter has no quiz.
    """
    questions = json.loads((FOLDER / f"chapter_{number}" / "quiz.json").read_text(encoding="utf-8"))
    name = f"quiz-{number}-as-text"
    display({"text/html": f'<div id="{name}">{_as_html(questions)}</div>', "text/plain": as_text(questions)}, raw=True)
    try:
        from jupyterquiz import display_quiz
    except ImportError:
        return
    display_quiz(
        [_for_library(question) for question in questions], shuffle_answers=False, max_width=800, colors=COLORS
    )
    # The text goes only where buttons have come.
    display(Javascript(f'''if (document.querySelector(".MCButton")) document.getElementById("{name}")?.remove();'''))


def as_text(questions: list[dict]) -> str:
    """Write the questions as plain text, the answers below all questions."""
    asked = [f"{number}. {question['question']}\n{_choices(question)}" for number, question in enumerate(questions, 1)]
    answers = [f"{number}. " + "\n   ".join(_reasons(question)) for number, question in enumerate(questions, 1)]
    return "\n\n".join([*asked, "ANSWERS", *answers])


def _as_html(questions: list[dict]) -> str:
    """Write the questions as HTML without scripts; a click on "Answers" unfolds them."""
    parts = []
    for number, question in enumerate(questions, 1):
        choices = "".join(f"<li>{html.escape(choice['answer'])}</li>" for choice in question["answers"])
        reasons = "<br>".join(html.escape(reason) for reason in _reasons(question))
        parts.append(
            f"<p><b>{number}. {html.escape(question['question'])}</b></p><ol type='a'>{choices}</ol>"
            f"<details><summary>Answers</summary><p>{reasons}</p></details>"
        )
    return "".join(parts)


def _choices(question: dict) -> str:
    return "\n".join(
        f"   {letter}) {choice['answer']}" for letter, choice in zip(LETTERS, question["answers"], strict=False)
    )


def _reasons(question: dict) -> list[str]:
    return [f"{letter}) {_reason(choice)}" for letter, choice in zip(LETTERS, question["answers"], strict=False)]


def _reason(choice: dict) -> str:
    """Why to choose it or not; in words, too, for those who cannot tell the colours apart."""
    return f"{'Yes, this one.' if choice['correct'] else 'Not this one.'} {choice['feedback']}"


def _for_library(question: dict) -> dict:
    """Put a question into the form of jupyterquiz, which takes its texts for HTML."""
    answers = [
        {
            "answer": html.escape(choice["answer"], quote=False),
            "correct": choice["correct"],
            "feedback": html.escape(_reason(choice), quote=False),
        }
        for choice in question["answers"]
    ]
    return {
        "type": "multiple_choice",
        "question": html.escape(question["question"], quote=False),
        "answers": answers,
    }
