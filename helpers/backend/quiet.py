"""Keeps what libraries in C++ say of themselves off the screen, and imports Keras in this way for all helpers."""

import contextlib
import importlib.util
import logging
import os

from helpers.language import say


@contextlib.contextmanager
def quiet_stderr():
    """Hide what C++ libraries write to file descriptor 2; Python exceptions still come through.

    TensorFlow's start-up notes go there whatever the log level is set to, and Jupyter would show them as errors.
    """
    try:
        saved = os.dup(2)
    except OSError:  # services and pythonw start programs without it: there is nothing to hide
        yield
        return
    with open(os.devnull, "w") as nowhere:
        os.dup2(nowhere.fileno(), 2)
    try:
        yield
    finally:
        os.dup2(saved, 2)
        os.close(saved)


def _import_keras():
    """Import Keras with a backend that the course knows and that is installed."""
    try:
        with quiet_stderr():
            import keras
    except (ImportError, ValueError) as error:
        # A backend that is absent, or that Keras does not know, is named in a variable or in a file.
        if importlib.util.find_spec("keras") is None:
            raise
        raise ImportError(
            say(
                "Keras cannot start ({error}). Which library it computes with stands in the environment variable "
                'KERAS_BACKEND, or in the file keras.json in ~/.keras (or KERAS_HOME) under "backend". Install '
                "that library, or write tensorflow there.",
                error=error,
            )
        ) from error
    return keras


keras = _import_keras()

# TensorFlow's hints on compiling are for those who write layers, not for those who learn to use them.
logging.getLogger("tensorflow").setLevel(logging.ERROR)
