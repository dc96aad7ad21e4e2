"""Keeps what libraries in C++ say of themselves off the screen."""

import contextlib
import os


@contextlib.contextmanager
def quiet_stderr():
    """Hide what C++ libraries write to file descriptor 2; Python exceptions still come through.

    TensorFlow's start-up notes go there whatever the log level is set to, and Jupyter would show them as errors.
    """
    saved = os.dup(2)
    with open(os.devnull, "w") as nowhere:
        os.dup2(nowhere.fileno(), 2)
    try:
        yield
    finally:
        os.dup2(saved, 2)
        os.close(saved)
