"""What nbval needs to compare the notebooks on any machine."""

import os
import tempfile
from pathlib import Path

import nbval.kernel
import pytest
from jupyter_client.manager import KernelManager

from helpers.data import cifar10_missing
from tools.notebooks import editions, strangers
from tools.run import connection, missing
from tools.stand_in import cifar10_stand_in

SOCKETS = tempfile.TemporaryDirectory()


def pytest_configure(config):
    """Where CIFAR-10 is not to be had, its chapters run on a stand-in: what is compared is no training figure."""
    os.environ.pop("COURSE_LANGUAGE", None)
    config.option.nbval_sanitize_with = str(Path(__file__).parents[1] / "tests" / "nbval.cfg")
    nbval.kernel.KernelManager = lambda **settings: KernelManager(**settings, **connection(SOCKETS.name))
    if cifar10_missing():
        os.environ["CIFAR10_DIR"] = str(cifar10_stand_in())


def pytest_ignore_collect(collection_path):
    """Leave alone what a reader keeps beside the notebooks of the course."""
    return True if collection_path in strangers() else None


def pytest_collection_modifyitems(items):
    """Leave exercises and the Korean edition to the gate; skip what needs more than is here, with the reason."""
    reasons = {path: missing(path) for path in {item.path for item in items}}
    korean = set(editions())
    for item in items:
        if item.path.parent.name == "exercises" or item.path in korean:
            item.add_marker(pytest.mark.gate)
        if reasons[item.path]:
            item.add_marker(pytest.mark.skip(reason=reasons[item.path]))
