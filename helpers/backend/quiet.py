"""Keeps what libraries in C++ say of themselves off the screen, and imports Keras in this way for all helpers."""

import contextlib
import logging
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


with quiet_stderr():
    import keras as keras

# TensorFlow's hints on compiling are for those who write layers, not for those who learn to use them.
logging.getLogger("tensorflow").setLevel(logging.ERROR)
