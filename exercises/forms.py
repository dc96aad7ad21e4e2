"""The two forms that most exercises have: a value to find, and a function to write.

Each is a decorator over the right answer, and takes the sentences: hints, what to say of each known mistake, and what
to say of a right answer. What fits neither is an `exercises.exercise.exercise` with steps of its own.
"""

import functools
from collections.abc import Callable, Mapping, Sequence

from exercises import judge
from exercises.exercise import Exercise


def a_value(
    *hints: str,
    take: Callable[[object], object],
    mistakes: judge.Mistakes,
    otherwise: str | Callable[[object, object], str],
    well: str,
) -> Callable[[Callable], Exercise]:
    """Make an `Exercise` that asks for a number, a word, a shape or an array, of the function that returns it.

    Args:
        hints: a nudge, a value to look at, a method.
        take: a step of `judge` that takes the answer in its form, such as `judge.whole_number`.
        mistakes: sentence -> what comes out if one makes that mistake.
        otherwise: what to say of any other wrong answer, or a function of it and the right one that says it.
        well: what to say of the right answer.

    Returns:
        A decorator for a function without arguments; its docstring says what is asked for.
    """

    def of(reference):
        @functools.wraps(reference)
        def steps(answer, random):
            found, right = take(answer), reference()
            judge.value(found, right, mistakes, otherwise if isinstance(otherwise, str) else otherwise(found, right))
            return well

        return Exercise(steps, hints)

    return of


def a_function(
    *hints: str,
    cases: Callable[..., Sequence[tuple]],
    mistakes: Mapping[str, Callable],
    well: str,
    untouched: Callable | None = None,
) -> Callable[[Callable], Exercise]:
    """Make an `Exercise` that asks for a function, of a function that gives the right results.

    Args:
        hints: a nudge, a value to look at, a method.
        cases: gives the arguments of each call, drawn from the NumPy generator that it gets.
        mistakes: sentence -> function that makes this mistake; `Exercise.reference` is the right one.
        well: what to say of a right answer.
        untouched: for repairs: the broken function as it is handed out.

    Returns:
        A decorator for the reference; its docstring says what is asked for.
    """

    def of(reference):
        @functools.wraps(reference)
        def steps(answer, random):
            judge.results(judge.function(answer), cases(random), reference, mistakes, untouched)
            return well

        return Exercise(steps, hints)

    return of
