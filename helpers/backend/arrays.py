"""Takes numbers in all the forms in which they come: NumPy, TensorFlow, JAX, PyTorch, lists, in 8, 16 or more bits."""

import numpy as np

from helpers.language import say


def numbers(values: object, what: str) -> np.ndarray:
    """Take numbers as an array that NumPy, SciPy and Matplotlib can compute with.

    Args:
        values: an array or tensor of any library, or a list of such.
        what: how a message calls them, such as ``"images"``.

    Returns:
        The same array; formats of 16 and fewer bits that are no whole numbers become float32.

    Raises:
        ValueError: if these are no real numbers (text, objects, complex numbers, lists of unequal length).
    """
    if isinstance(values, list | tuple):
        parts = [numbers(part, what) for part in values]
        shapes = sorted({part.shape for part in parts})
        if len(shapes) > 1:
            raise ValueError(
                say(
                    "The {what} have different shapes, {shapes}: make them equal.",
                    what=what,
                    shapes=", ".join(map(str, shapes)),
                )
            )
        return np.stack(parts) if parts else np.zeros(0)
    try:
        array = _array(values)
    except Exception as error:  # each library raises its own for a tensor without values
        raise ValueError(
            say("The {what} must be numbers, but are a {kind}.", what=what, kind=type(values).__name__)
        ) from error
    name, kind = array.dtype.name, array.dtype.kind
    if name == "float16" or (kind not in "biufcmMSUO" and "float" in name):  # those of ml_dtypes
        return array.astype(np.float32)
    if kind not in "biuf" and name.startswith(("int", "uint")):  # ml_dtypes has whole numbers of 2 and 4 bits
        return array.astype(np.int64)
    if kind not in "biuf":
        found = say("an array of {name}", name=name) if array.shape else say("a {kind}", kind=type(values).__name__)
        hint = say(" Take one batch of a data set: next(iter(dataset)).") if _gives_batches(values) else ""
        raise ValueError(say("The {what} must be numbers, but are {found}.{hint}", what=what, found=found, hint=hint))
    return array


def finite(values: object, what: str) -> np.ndarray:
    """Take numbers as `numbers` does; refuse those that are not a number, or infinite."""
    array = numbers(values, what)
    if not np.isfinite(array).all():
        raise ValueError(say("The {what} hold values that are not a number, or infinite.", what=what))
    return array


def classes(values: object, count: int, what: str) -> np.ndarray:
    """Take labels or predictions in the forms that Keras knows.

    Args:
        values: whole numbers, (n,) or (n, 1), also as floats; one row for each example, (n, count), whose largest
            value marks the class; or, for two classes, the probability of the second, (n,) or (n, 1).
        count: number of classes.
        what: how a message calls them.

    Returns:
        Class indices, (n,).

    Raises:
        ValueError: for another form, an index that is no class, or none at all.
    """
    array = finite(values, what)
    if array.ndim == 2 and array.shape[1] == count > 1 and len(array):
        return array.argmax(axis=1)
    if not array.size or array.ndim > 2 or (array.ndim == 2 and array.shape[1] != 1):
        raise ValueError(
            say(
                "Expected {what} of shape (n,), (n, 1) or (n, {count}), got {array.shape}.",
                what=what,
                count=count,
                array=array,
            )
        )
    array = array.ravel()
    if count == 2 and array.dtype.kind == "f" and 0 <= array.min() <= array.max() <= 1:
        return (array > 0.5).astype(int)
    strange = array[(array % 1 != 0) | (array < 0) | (array >= count)]
    if len(strange):
        raise ValueError(
            say(
                "The {what} hold {strange[0]:g}, which is none of the {count} classes 0 to {last}.",
                what=what,
                strange=strange,
                count=count,
                last=count - 1,
            )
        )
    return array.astype(int)


def _array(values: object) -> np.ndarray:
    if hasattr(values, "detach"):  # PyTorch hands over no tensor that has gradients, or that NumPy has no format for
        values = values.detach().cpu()
        values = values.float() if values.is_floating_point() and values.element_size() < 4 else values
    return np.asarray(values)


def _gives_batches(values: object) -> bool:
    return hasattr(values, "__iter__") and not isinstance(values, str | np.ndarray)
