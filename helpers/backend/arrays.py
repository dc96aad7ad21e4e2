"""Takes numbers in all the forms in which they come: NumPy, TensorFlow, JAX, PyTorch, lists, in 8, 16 or more bits."""

import numpy as np

from helpers.backend.quiet import keras


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
        shapes = {part.shape for part in parts}
        if len(shapes) > 1:
            raise ValueError(
                f"The {what} have different shapes, {', '.join(map(str, sorted(shapes)))}: make them equal."
            )
        return np.stack(parts) if parts else np.zeros(0)
    array = keras.ops.convert_to_numpy(values) if keras.ops.is_tensor(values) else np.asarray(values)
    name = array.dtype.name
    if name.startswith(("bfloat", "float8", "float6", "float4")) or name == "float16":
        return array.astype(np.float32)
    if name.startswith(("int", "uint")) and array.dtype.kind not in "iu":  # int4 and the like, of ml_dtypes
        return array.astype(np.int64)
    if array.dtype.kind not in "biuf":
        of = f"an array of {name}" if array.shape else f"{type(values).__name__}"
        hint = " Take one batch of a data set: next(iter(dataset))." if hasattr(values, "__iter__") else ""
        raise ValueError(f"The {what} must be numbers, but are {of}.{hint if not array.shape else ''}")
    return array
