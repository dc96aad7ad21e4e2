"""One answer to one exercise, and what must come of it."""

from collections.abc import Callable
from dataclasses import dataclass

from exercises.exercise import NOT_TRIED, RIGHT, WRONG


@dataclass(frozen=True)
class Case:
    """``make`` gives the answer (functions and networks are answers, too, so each is made by a function)."""

    exercise: str
    kind: str
    make: Callable[[], object]
    outcome: str
    sentence: str


def right(exercise: str, make: Callable[[], object], sentence: str = "") -> Case:
    """The answer that most would give. The solutions in the source are tested by the solved notebooks."""
    return Case(exercise, "right", make, RIGHT, sentence)


def unusual(exercise: str, make: Callable[[], object], sentence: str = "") -> Case:
    """A right answer in another form or by another way."""
    return Case(exercise, "unusual", make, RIGHT, sentence)


def wrong(exercise: str, make: Callable[[], object], sentence: str) -> Case:
    """A plausible wrong answer; ``sentence`` stands in what the learner reads."""
    return Case(exercise, "wrong", make, WRONG, sentence)


def not_tried(exercise: str, make: Callable[[], object], sentence: str) -> Case:
    """An answer left as it was handed out, in another form than three dots."""
    return Case(exercise, "not tried", make, NOT_TRIED, sentence)
