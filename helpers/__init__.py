"""The small module that the notebooks share. Each file is a lesson's code, moved here once a second lesson used it."""

import os
from pathlib import Path

from helpers.language import say

VERSION = "v0.1.0"
"""Version of the course, and the git tag under which it is published. Notebooks carry it, too."""

# TensorFlow's notes on its own workings would stand in the lessons as if something were wrong.
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
# JAX would otherwise take most of the GPU's memory at its first operation.
os.environ.setdefault("XLA_PYTHON_CLIENT_PREALLOCATE", "false")


def expect(version: str, language: str = "") -> None:
    """Say so if a notebook is of another version than the folder that its helpers come from.

    Args:
        version: the version that the notebook carries.
        language: that of the notebook, such as ``"ko"``, which helpers and exercises then speak, too.
    """
    if language:
        os.environ["COURSE_LANGUAGE"] = language
    if version != VERSION:
        print(
            say(
                "This notebook is of version {version}, but the course in {folder} is {found}: results may differ. "
                "Fetch both anew (in Colab: delete the folder course, restart the session, run this cell again).",
                version=version,
                folder=Path(__file__).resolve().parents[1],
                found=VERSION,
            )
        )
