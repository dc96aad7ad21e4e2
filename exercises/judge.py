"""The steps that judges share, in the order in which they are taken: type, shape, value.

Each raises `Wrong` with a sentence for the learner, and returns the answer in the form that the next step needs.
"""

from collections.abc import Callable, Mapping, Sequence

import numpy as np

from exercises.exercise import NotTried, Wrong, call
from helpers.environment import keras
from helpers.language import say

SMALL = 12
"""Arrays of so many numbers are shown in full."""
UNTOUCHED = "The function still does what it did. Find what is wrong in it, and fix it."
Mistakes = Mapping[str, object]
"""Sentence -> what comes out if one makes that mistake."""


def number(answer: object) -> float:
    """Take a number, Python's or NumPy's."""
    if isinstance(answer, str):
        raise Wrong("Your answer {answer!r} is text. Write the number without quotation marks.", answer=answer)
    values = _array(answer)
    if isinstance(answer, tuple) and len(answer) > 1:
        raise Wrong("Python makes a tuple of numbers with commas between them. Write 1000 or 1_000, not 1,000.")
    if isinstance(answer, bool | np.bool_) or values is None or values.size != 1:
        raise Wrong("Expected one number; your answer is {kind}.", kind=_kind(answer))
    if not np.isfinite(values).all():
        raise Wrong(
            "Your answer is {value}, which is no number to count with. Is something divided by 0?", value=values.item()
        )
    return values.item()


def whole_number(answer: object) -> int:
    """Take a whole number; 6.0 is one, too."""
    value = number(answer)
    if value != int(value):
        raise Wrong("Expected a whole number; your answer is {value}.", value=value)
    return int(value)


def shape(answer: object, length: int | None = None) -> tuple[int, ...]:
    """Take a shape: a tuple, list or array of whole numbers, ``length`` of them."""
    if isinstance(answer, str):
        raise Wrong(
            "Your answer {answer!r} is text. A shape is a tuple of numbers, such as (28, 28, 1).", answer=answer
        )
    values = _array(answer)
    if values is None or values.ndim != 1 or np.any(values % 1 != 0):
        raise Wrong(
            "A shape is a tuple of whole numbers, such as (28, 28, 1); your answer is {kind}.", kind=_kind(answer)
        )
    if length is not None and len(values) != length:
        raise Wrong("This shape has {length} numbers; yours has {count}.", length=length, count=len(values))
    return tuple(int(value) for value in values)


def array(answer: object, expected: tuple[int, ...] | None = None) -> np.ndarray:
    """Take numbers as an array (lists and tensors are fine, too), of the expected shape if there is one."""
    values = _array(answer)
    if values is None:
        raise Wrong("Expected an array of numbers; your answer is {kind}.", kind=_kind(answer))
    if not np.isfinite(values).all():
        raise Wrong("Some of your numbers are not finite (nan or inf). Is something divided by 0?")
    if expected is not None and values.shape != expected:
        raise Wrong(
            "Expected an array of shape {expected}; yours has the shape {values.shape}.",
            expected=expected,
            values=values,
        )
    return values


def one_of(answer: object, choices: Sequence[str]) -> str:
    """Take one of the words to choose from; capitals and blanks around it do not matter."""
    if not isinstance(answer, str) or answer.strip().lower() not in choices:
        raise Wrong(
            "Expected one of {choices}; your answer is {kind}.",
            choices=", ".join(map(repr, choices)),
            kind=_kind(answer),
        )
    return answer.strip().lower()


def value(answer: object, right: object, mistakes: Mistakes, otherwise: str) -> None:
    """Compare an answer with the right one: equal up to rounding, or one of the known mistakes, or something else."""
    if _same(answer, right):
        return
    for sentence, mistaken in mistakes.items():
        if _same(answer, mistaken):
            raise Wrong(sentence)
    raise Wrong(otherwise)


def function(answer: object) -> Callable:
    """Take a function (or anything else that can be called), not its result."""
    if not callable(answer) or isinstance(answer, type):
        raise Wrong(
            "Expected a function; your answer is {kind}. Hand over its name, without parentheses.", kind=_kind(answer)
        )
    return answer


def results(
    answer: Callable,
    cases: Sequence[tuple],
    reference: Callable,
    mistakes: Mapping[str, Callable] | None = None,
    untouched: Callable | None = None,
) -> None:
    """Compare a function with a reference on several cases: what comes out must be numbers of the same shape and value.

    Args:
        answer: the learner's function.
        cases: the arguments of each call.
        reference: computes the right result from the same arguments.
        mistakes: sentence -> function that makes this mistake. A sentence is said if all results so far fit it.
        untouched: for repairs: the broken function. An answer that does the same was not tried yet.

    Raises:
        Wrong: with the sentence of a mistake, or the first case that fails.
        NotTried: if the answer gives nothing back, or was left as it was.
    """
    suspects = dict(mistakes or {})
    failures = []
    same_as_before = untouched is not None
    for arguments in cases:
        right = reference(*arguments)  # before the answer has its hands on them
        found = call(answer, *arguments)
        same_as_before = same_as_before and _same_calls(found, untouched, arguments)
        suspects = {text: wrong for text, wrong in suspects.items() if _same_calls(found, wrong, arguments)}
        if not _same(found, right):
            failures.append((arguments, found, right))
    if not failures:
        return
    if same_as_before:
        raise NotTried(UNTOUCHED)
    if suspects:
        raise Wrong(next(iter(suspects)))
    raise Wrong(_first_failure(*failures[0]))


def network(
    answer: object, inputs: tuple[int, ...] | None = None, outputs: tuple[int, ...] | None = None
) -> list[keras.Layer]:
    """Take a Keras network with known input and output shapes (without the batch axis).

    Returns:
        Its layers, those of nested networks included, in order.
    """
    if isinstance(answer, type) or not isinstance(answer, keras.Model):
        raise Wrong("Expected a Keras model; your answer is {kind}.", kind=_kind(answer))
    if not answer.built or not getattr(answer, "inputs", None):  # a class of one's own may have none
        raise Wrong("The network does not know the shape of its input yet. Begin it with keras.Input(shape=...).")
    for what, found, expected in ((say("input"), answer.inputs, inputs), (say("output"), answer.outputs, outputs)):
        if len(found) != 1:
            raise Wrong("Expected one {what}; your network has {count}.", what=what, count=len(found))
        if expected is not None and tuple(found[0].shape[1:]) != expected:
            shape_found = tuple(found[0].shape[1:])
            raise Wrong(
                "The {what} of your network has the shape {shape_found} for each picture; expected {expected}.",
                what=what,
                shape_found=shape_found,
                expected=expected,
            )
    return _flat(answer)


def parameters(model: keras.Model, most: int) -> int:
    """Check a network's budget: at most so many parameters. Returns how many it has."""
    if model.count_params() > most:
        raise Wrong(
            "Your network has {found:,} parameters; the budget is {most:,}.", found=model.count_params(), most=most
        )
    return model.count_params()


def predictions(model: keras.Model, images: np.ndarray) -> np.ndarray:
    """Ask a network what it makes of images, in whatever number format it computes."""
    values = call(model.predict, images, None, 0)  # batch_size=None, verbose=0
    if not isinstance(values, np.ndarray):
        raise Wrong("Expected one array from your network; it puts out a {kind}.", kind=type(values).__name__)
    return array(values)


def share_right(model: keras.Model, images: np.ndarray, labels: np.ndarray) -> float:
    """Measure what a classifier reaches on pictures that it was not trained on.

    Args:
        model: outputs one score for each class, (n, classes).
        images: (n, H, W, C), scaled as the exercise says.
        labels: (n,), whole numbers.

    Returns:
        Share of the pictures whose highest score is that of their class, 0..1.
    """
    scores = predictions(model, images)
    if scores.ndim != 2 or len(scores) != len(labels):
        raise Wrong(
            "Expected a row of scores for each picture; your network puts out the shape {scores.shape}.", scores=scores
        )
    return float(np.mean(scores.argmax(axis=1) == labels))


def _flat(model: keras.Model) -> list[keras.Layer]:
    """Layers of a network; in the place of a network inside it stand that one's layers."""
    parts = [_flat(layer) if isinstance(layer, keras.Model) else [layer] for layer in model.layers]
    return [layer for part in parts for layer in part]


def _array(answer: object) -> np.ndarray | None:
    """Numbers as an array, or None if these are no numbers."""
    try:
        values = np.asarray(answer)
    except Exception:  # ragged lists, tensors without a value, objects that refuse
        return None
    if values.dtype.name == "bfloat16":  # what a network in mixed_bfloat16 puts out
        values = values.astype("float32")
    return values if values.dtype.kind in "iufb" and values.size else None


def _same(found: object, expected: object) -> bool:
    """Tell whether two answers are equal: whole numbers exactly, others up to rounding, all else as Python compares."""
    if isinstance(expected, str | None):
        return isinstance(found, str | None) and found == expected
    if isinstance(expected, tuple | list) and isinstance(found, tuple | list) and len(found) == len(expected):
        return all(_same(a, b) for a, b in zip(found, expected, strict=True))
    found, expected = _array(found), _array(expected)
    if found is None or expected is None or found.shape != expected.shape:
        return False
    return bool(_close(found, expected).all())


def _close(found: np.ndarray, expected: np.ndarray) -> np.ndarray:
    """Tell for each number whether it is right: whole numbers exactly, others up to rounding in 32 bits."""
    if expected.dtype.kind in "iu":  # 1216.0 is as good as 1216
        return np.isclose(found, expected, rtol=1e-6, atol=1e-6)
    return np.isclose(found, expected, rtol=1e-4, atol=1e-5 * max(1e-6, float(np.abs(expected).max())))


def _same_calls(found: object, function: Callable, arguments: tuple) -> bool:
    """Tell whether a function gives this result, too; a mistake may well raise an exception for some arguments."""
    try:
        return _same(found, function(*arguments))
    except Exception:
        return False


def _first_failure(arguments: tuple, found: object, right: object) -> str:
    """Say what a function should have returned, and what it did."""
    returns = say(
        "Called with {arguments}, your function returns",
        arguments=", ".join(_in_full(argument) for argument in arguments),
    )
    values, expected = _array(found), _array(right)
    if expected is None:
        return say(
            "{returns} {found}; expected {right}.", returns=returns, found=_in_full(found), right=_in_full(right)
        )
    wanted = say("an array of shape {expected.shape}", expected=expected) if expected.shape else say("one number")
    if values is None:
        return say("{returns} {kind}; expected {wanted}.", returns=returns, kind=_kind(found), wanted=wanted)
    if values.shape != expected.shape:
        return say(
            "{returns} an array of shape {values.shape}; expected {wanted}.",
            returns=returns,
            values=values,
            wanted=wanted,
        )
    if not np.isfinite(values).all():
        return say(
            "{returns} numbers that are not finite (nan or inf). Is something divided by 0, or does a small number "
            "type such as int16 overflow?",
            returns=returns,
        )
    if expected.size <= SMALL:
        return say(
            "{returns} {found}; expected {right}.", returns=returns, found=_in_full(found), right=_in_full(right)
        )
    differ = np.argwhere(~_close(values, expected))
    place = tuple(int(index) for index in differ[0])
    return say(
        "{returns} {found:.4g} at {place} (counted from 0); expected {right:.4g}. {count} of {expected.size} numbers "
        "differ.",
        returns=returns,
        found=values[place],
        place=place,
        right=expected[place],
        count=len(differ),
        expected=expected,
    )


def _in_full(argument: object) -> str:
    """Small arrays with their numbers, large ones by their shape."""
    values = _array(argument)
    if isinstance(argument, str) or values is None:
        return _kind(argument)
    if values.size <= SMALL:
        return repr(np.round(values.astype(float), 4).tolist()) if values.dtype.kind == "f" else repr(values.tolist())
    return say(
        "an array of shape {values.shape} that begins with {numbers}",
        values=values,
        numbers=np.round(values.ravel()[:3], 4).tolist(),
    )


def _kind(answer: object) -> str:
    """Say what an answer is, for a sentence that begins with "your answer is"."""
    if callable(answer) and hasattr(answer, "__name__"):
        return say("the function or class {answer.__name__}", answer=answer)
    shown = repr(answer)
    return say("{text} (a {kind})", text=shown if len(shown) <= 60 else say("something"), kind=type(answer).__name__)
