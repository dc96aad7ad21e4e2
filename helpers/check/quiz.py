"""Questions to click on, where Jupyter or Colab runs; the same questions as plain text everywhere else."""

import html
import json
from pathlib import Path
from uuid import uuid4

from IPython.display import Javascript, display

QUIZZES = Path(__file__).with_name("quizzes")


def quiz(number: str) -> None:
    """Ask the questions of a chapter; each choice, once clicked, says why it is right or wrong.

    Two layers: a text with folded answers, which every viewer shows, and over it, where scripts run, what the library
    jupyterquiz makes of the same questions (https://github.com/jmshea/jupyterquiz). Without it the text stays.

    Args:
        number: of the chapter, for instance ``"04"``.

    Raises:
        FileNotFoundError: if the chapter has no quiz.
    """
    questions = json.loads((QUIZZES / f"{number}.json").read_text(encoding="utf-8"))
    name = f"quiz-{uuid4().hex}"
    display({"text/html": f'<div id="{name}">{_as_html(questions)}</div>', "text/plain": as_text(questions)}, raw=True)
    try:
        from jupyterquiz import display_quiz
    except ImportError:
        return
    display_quiz([_escaped(question) for question in questions], shuffle_answers=False, max_width=800)
    display(Javascript(f'document.getElementById("{name}").style.display = "none";'))


def as_text(questions: list[dict]) -> str:
    """Write the questions as plain text, the answers below all questions."""
    asked = [f"{_asked(number, question)}\n{_choices(question)}" for number, question in enumerate(questions, 1)]
    answers = [f"{number}. {_answers(question)}" for number, question in enumerate(questions, 1)]
    return "\n\n".join([*asked, "ANSWERS", *answers])


def _asked(number: int, question: dict) -> str:
    return f"{number}. {question['question']}"


def _choices(question: dict) -> str:
    return "\n".join(f"   {letter}) {choice['answer']}" for letter, choice in _lettered(question))


def _answers(question: dict) -> str:
    return "\n   ".join(
        f"{letter}) {'Right' if choice['correct'] else 'No'}. {choice['feedback']}"
        for letter, choice in _lettered(question)
    )


def _lettered(question: dict) -> list[tuple[str, dict]]:
    return list(zip("abcdef", question["answers"], strict=False))


def _as_html(questions: list[dict]) -> str:
    """Write the questions as HTML without scripts; a click on "Answers" unfolds them."""
    parts = []
    for number, question in enumerate(questions, 1):
        choices = "".join(f"<li>{html.escape(choice['answer'])}</li>" for choice in question["answers"])
        answers = html.escape(_answers(question)).replace("\n", "<br>")
        parts.append(
            f"<p><b>{html.escape(_asked(number, question))}</b></p><ol type='a'>{choices}</ol>"
            f"<details><summary>Answers</summary><p>{answers}</p></details>"
        )
    return "".join(parts)


def _escaped(question: dict) -> dict:
    """Protect what HTML would swallow: jupyterquiz takes its texts for HTML."""
    answers = [
        choice
        | {
            "answer": html.escape(choice["answer"], quote=False),
            "feedback": html.escape(choice["feedback"], quote=False),
        }
        for choice in question["answers"]
    ]
    return question | {"type": "multiple_choice", "question": html.escape(question["question"]), "answers": answers}
