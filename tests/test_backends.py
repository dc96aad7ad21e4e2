"""The heat maps are the same on the other Keras backends; each in a process of its own.

`make test-long` runs test_interpret.py and test_graph.py on them, too.
"""

import importlib.util
import os
import subprocess
import sys

import numpy as np
import pytest
from conftest import ROOT
from test_interpret import MAPS, clothes

from helpers import models
from helpers.pictures.drawn import draw_pet

pytestmark = pytest.mark.packages
BACKENDS = ("jax", "torch")  # also the names of the modules
SAVE_MAPS = """
import sys
import numpy as np
from test_backends import some_maps
np.savez(sys.argv[1], **some_maps())
"""


def some_maps():
    """Every heat map of ten pictures of clothes and of one cat."""
    networks = {"fashion_cnn": clothes(10), "cats_dogs_augmented": draw_pet("cat", 4)[np.newaxis] / 255}
    return {
        f"{name} of {network}": heat_map(models.load(network), images)
        for network, images in networks.items()
        for name, heat_map in MAPS.items()
    }


@pytest.fixture(params=BACKENDS)
def run(request):
    """Function that runs Python on another backend, in the folder of the tests; it must not fail."""
    if importlib.util.find_spec(request.param) is None:
        pytest.skip(f"{request.param} is not installed: make backends")

    def python(*arguments):
        environment = os.environ | {"KERAS_BACKEND": request.param}
        command = [sys.executable, *arguments]
        done = subprocess.run(command, cwd=ROOT / "tests", env=environment, capture_output=True, text=True)
        assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]

    return python


def test_the_maps_are_the_same_there(run, tmp_path):
    run("-c", "import conftest\n" + SAVE_MAPS, str(tmp_path / "maps.npz"))
    there = np.load(tmp_path / "maps.npz")
    for name, maps in some_maps().items():
        np.testing.assert_allclose(there[name], maps, atol=1e-3, err_msg=name)
