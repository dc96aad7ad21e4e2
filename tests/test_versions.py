"""The shipped networks load, and answer the same, on the oldest Keras that requirements.txt allows."""

import os
import subprocess
import sys

import numpy as np
import pytest
from conftest import ROOT
from packaging.requirements import Requirement

from helpers.settings import SHIPPED

pytestmark = pytest.mark.gate

KERAS = next(
    Requirement(line) for line in (ROOT / "requirements.txt").read_text().splitlines() if line.startswith("keras")
)
OLDEST = next(part.version for part in KERAS.specifier if part.operator == ">=")
ANSWER = """
import sys
import numpy as np
from helpers import models
from helpers.environment import keras
rng, answers = np.random.default_rng(0), {"version": keras.__version__}
for name in sys.argv[2:]:
    network = models.load(name)
    shape = [side or 64 for side in network.input_shape[1:]]  # None: pictures of any size
    answers[name] = network.predict(rng.random((8, *shape), np.float32), verbose=0)
np.savez(sys.argv[1], **answers)
"""


def answers(folder, python_path=""):
    """Let every shipped network answer the same pictures, in a process of its own."""
    path = folder / "answers.npz"
    environment = os.environ | {"PYTHONPATH": os.pathsep.join([python_path, str(ROOT)])}
    names = sorted(network.stem for network in SHIPPED.glob("*.keras"))
    command = [sys.executable, "-c", ANSWER, str(path), *names]
    run = subprocess.run(command, env=environment, cwd=ROOT, capture_output=True, text=True)
    assert run.returncode == 0, run.stderr[-3000:]
    return dict(np.load(path))


def test_every_network_answers_the_same(tmp_path):
    """The newest Keras is here: it is what pip installs."""
    beside = tmp_path / "keras"
    pip = [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--target", str(beside), f"keras=={OLDEST}"]
    subprocess.run(pip, check=True, capture_output=True)
    there, here = answers(tmp_path, str(beside)), answers(tmp_path)
    assert str(there.pop("version")) == OLDEST != str(here.pop("version"))
    assert here
    assert there.keys() == here.keys()
    for name, expected in here.items():
        np.testing.assert_allclose(there[name], expected, atol=1e-5, err_msg=name)
