"""An exercise that answers: right, wrong, or not tried yet, with a sentence that says why."""

import contextlib
import copy
import inspect
import io
import json
import logging
import os
import textwrap
import traceback
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType

import numpy as np

from helpers.backend.quiet import quiet_stderr
from helpers.environment import keras
from helpers.language import say, spoken

RIGHT, WRONG, NOT_TRIED = "right", "wrong", "not tried yet"
MARKS = {RIGHT: "✔ Right.", WRONG: "✘ Not right yet.", NOT_TRIED: "○ Not tried yet."}
SOLUTIONS = "solutions/shown.json"
DRAWS = 5
"""So many draws of random cases a grade is made from; a learner's check makes one, which is none of these."""


class Sentence(Exception):
    """What a judge says of an answer, in the language of the learner; values go into its braces."""

    def __init__(self, sentence: str, /, **values: object):
        super().__init__(say(sentence, **values))


class Wrong(Sentence):
    """Raised by a judge. The message is the sentence that the learner reads."""


class NotTried(Sentence):
    """Raised by a judge that finds the answer untouched."""


class Stopped(Exception):
    """The learner's own code raised an exception. The message shows it, with their line."""


@dataclass(frozen=True)
class Verdict:
    """What a judge says of an answer: the outcome (`RIGHT`, `WRONG` or `NOT_TRIED`) and a sentence."""

    outcome: str
    sentence: str

    def __str__(self):
        """As the learner reads it."""
        return f"{say(MARKS[self.outcome])} {self.sentence}"


class Exercise:
    """One exercise: call it with an answer, ask it for a `hint` or for the `solution`.

    Args:
        steps: judges one answer, in order of type, shape, and value or property: ``steps(answer, random)``. It raises
            `Wrong` or `NotTried` (mostly through `exercises.judge`), and returns what to say of a right answer.
            ``random`` is the NumPy generator that random cases are drawn from. A function that they wrap is kept as
            ``reference``: the right answer, where there is one.
        hints: what `hint` says first, second, ...: a nudge, a value to look at, a method.

    Raises:
        ValueError: if there is no hint.
    """

    def __init__(self, steps: Callable[[object, np.random.Generator], str], hints: tuple[str, ...]):
        if not hints:
            raise ValueError(f'{steps.__name__} has no hint: @exercise("a nudge", "a method")')
        self.name = steps.__name__
        self.reference = inspect.unwrap(steps)
        self.folder = Path(inspect.getfile(self.reference)).parent
        self.__doc__ = steps.__doc__
        self._steps = steps
        self._hints = hints
        self._hints_given = 0
        self.solved = False

    def __call__(self, answer: object) -> None:
        """Judge an answer and say what came of it.

        Raises:
            AssertionError: in a notebook that nbgrader validates or grades, unless the answer is right.
        """
        verdict = self.judge(answer)
        self.solved = verdict.outcome == RIGHT
        print(_wrapped(str(verdict)))
        if os.environ.get("NBGRADER_EXECUTION"):
            _insist(verdict)
        elif verdict.outcome != RIGHT:
            print(say("  Stuck? check.{self.name}.hint()", self=self))

    def judge(self, answer: object, draw: int = 0) -> Verdict:
        """Judge an answer.

        Args:
            answer: whatever the learner has.
            draw: seed of the random cases.

        Returns:
            The verdict; no answer makes a judge raise an exception.
        """
        if answer is None or answer is Ellipsis:
            sentence = say("Put your answer in the place of the three dots, run that cell, then this one.")
            return Verdict(NOT_TRIED, sentence)
        try:
            with _quiet():
                return Verdict(RIGHT, say(self._steps(answer, np.random.default_rng(draw))))
        except NotTried as reason:
            return Verdict(NOT_TRIED, str(reason))
        except (Wrong, Stopped) as reason:
            return Verdict(WRONG, str(reason))

    def grade(self, answer: object) -> None:
        """Judge an answer for points, on random cases that the learner's own check does not draw.

        Raises:
            AssertionError: unless the answer is right each time.
        """
        for draw in range(1, DRAWS + 1):
            _insist(self.judge(answer, draw))

    def hint(self) -> None:
        """Print the next hint; after the last one, that one again."""
        number = min(self._hints_given, len(self._hints) - 1)
        self._hints_given += 1
        print(
            _wrapped(
                say(
                    "Hint {place} of {count}: {hint}",
                    place=number + 1,
                    count=len(self._hints),
                    hint=say(self._hints[number]),
                )
            )
        )
        if number + 1 == len(self._hints):
            print(say("  Still stuck? check.{self.name}.solution()", self=self))

    def solution(self) -> None:
        """Print one solution; there may be others that are as good."""
        try:
            print(json.loads(in_the_language(self.folder / SOLUTIONS).read_text(encoding="utf-8"))[self.name])
        except (FileNotFoundError, KeyError):
            print(say("It is not in this copy of the course. Whoever gave it to you may have kept the solutions back."))


def exercise(*hints: str) -> Callable[[Callable], Exercise]:
    """Make an `Exercise` of the function below: ``@exercise("a nudge", "a method")``."""
    return lambda steps: Exercise(steps, hints)


def in_the_language(path: Path) -> Path:
    """The edition of a file in the language that is spoken, such as ``quiz.ko.json``; else the file itself."""
    edition = path.with_suffix(f".{spoken()}{path.suffix}")
    return edition if edition.exists() else path


def exercises(chapter: ModuleType) -> list[Exercise]:
    """Every exercise of a chapter's module, in order."""
    return [item for item in vars(chapter).values() if isinstance(item, Exercise)]


def progress(chapter: ModuleType) -> None:
    """Print how many of a chapter's exercises were right when they were last checked."""
    solved = [item.name for item in exercises(chapter) if item.solved]
    names = f" ({', '.join(solved)})" if solved else ""
    print(
        say("right so far: {solved} of {count}{names}", solved=len(solved), count=len(exercises(chapter)), names=names)
    )


def call(function: Callable, *arguments: object, may_change: bool = False) -> object:
    """Call the learner's function with copies of the arguments: what it changes in them stays its own.

    Networks are handed over as they are. Unless it may change their weights, they get them back, and it is wrong.

    Returns:
        What the function returned.

    Raises:
        NotTried: if it returned nothing, or raised NotImplementedError.
        Stopped: if it raised another exception.
        Wrong: if it takes another number of arguments, or changes a network.
    """
    _check_arguments(function, len(arguments))
    weights = [(part, part.get_weights()) for part in arguments if isinstance(part, keras.Model)]
    copies = [copy.deepcopy(a) if isinstance(a, np.ndarray | list | tuple | dict) else a for a in arguments]
    try:
        result = function(*copies)
    except NotImplementedError as error:
        raise NotTried("Your function raises NotImplementedError: write its body in place of that.") from error
    except (NotTried, Stopped, Wrong):  # of a function in another process, where this was done already
        raise
    except (Exception, SystemExit) as error:
        raise Stopped(_as_theirs(error, function, arguments)) from error
    if result is None or result is Ellipsis:
        raise NotTried("Your function gives nothing back. End it with `return`; `print` only shows.")
    if not may_change and [network for network, before in weights if _put_back(network, before)]:
        raise Wrong(
            "Your function changes the weights of the network that it is given. It should leave them as they are."
        )
    return result


def _put_back(network: keras.Model, before: list[np.ndarray]) -> bool:
    """Give a network its weights back; tell whether they had changed."""
    now = network.get_weights()
    if len(now) != len(before) or all(map(np.array_equal, now, before)):
        return False
    network.set_weights(before)
    return True


def beside(answer: Callable, function: Callable, *arguments: object) -> object:
    """Call a judge's ``function(answer, *arguments)`` where the answer is, which may be another process."""
    there = getattr(answer, "beside", None)
    return there(function, *arguments) if there else function(answer, *arguments)


def _check_arguments(function: Callable, count: int) -> None:
    """Say so if a function cannot take that many arguments, before it is called."""
    try:
        signature = inspect.signature(function)
    except (TypeError, ValueError):  # some functions written in C have none
        return
    try:
        signature.bind(*range(count))
    except TypeError as error:
        names = ", ".join(signature.parameters)
        raise Wrong(
            "Your function is called with {count} argument{plural}, but takes ({names}).",
            count=count,
            plural="s" * (count != 1) if spoken() == "en" else "",
            names=names,
        ) from error


def _insist(verdict: Verdict) -> None:
    """Turn a verdict into what nbgrader looks for: an exception, or none."""
    if verdict.outcome != RIGHT:
        raise AssertionError(verdict.sentence)


@contextlib.contextmanager
def _quiet():
    """Keep warnings of the learner's code, or of TensorFlow, off the screen: nbgrader takes them for errors."""
    before = logging.root.manager.disable
    logging.disable(logging.WARNING)
    try:
        with warnings.catch_warnings(), contextlib.redirect_stderr(io.StringIO()), quiet_stderr():
            warnings.simplefilter("ignore")
            yield
    finally:
        logging.disable(before)


def _as_theirs(error: BaseException, function: Callable, arguments: tuple) -> str:
    """Show an exception as the learner would see it in their own cell: what it says, and their lines."""
    frames = traceback.extract_tb(error.__traceback__)[1:]  # the first is the call in this file
    own_file = getattr(getattr(function, "__code__", None), "co_filename", None)
    lines = [frame for frame in frames if frame.filename == own_file] or frames[-1:]
    shown = [say("\n  in {frame.name}, line {frame.lineno}:  {frame.line}", frame=frame) for frame in lines]
    given = ", ".join(_in_short(argument) for argument in arguments)
    return say(
        "Your code stopped with {kind}: {error}{lines}\n  It was called with: {given}",
        kind=type(error).__name__,
        error=error,
        lines="".join(shown),
        given=given,
    )


def _wrapped(text: str) -> str:
    """Break long lines between words; Jupyter would break them anywhere."""
    return "\n".join(textwrap.fill(line, 100, subsequent_indent="  ") for line in text.splitlines())


def _in_short(argument: object) -> str:
    """Describe an argument in one line: small arrays by their numbers, large ones by their shape."""
    if isinstance(argument, np.ndarray):
        return (
            str(argument.tolist())
            if argument.size <= 4
            else say("an array of shape {argument.shape} ({argument.dtype})", argument=argument)
        )
    text = repr(argument)
    return text if len(text) <= 80 else f"{text[:77]}..."
