"""The chapters on CIFAR-10 run from top to bottom wherever the tests run: on a stand-in, where the photographs are not.

Noise in ten colours has the sizes and the number of CIFAR-10. All that a lesson prints and that is no training figure
must be the same.
"""

import importlib.util

import nbformat
import numpy as np
import pytest

from tools import run as runner
from tools.notebooks import NOTEBOOKS

COMPANION = "pytorch/09_cifar10_in_pytorch"


@pytest.fixture(scope="module")
def stand_in(tmp_path_factory):
    """Folder with a cifar10.npz of 50,000 and 10,000 pictures."""
    folder = tmp_path_factory.mktemp("cifar10")
    rng = np.random.default_rng(0)
    arrays = {}
    for part, count in (("train", 50_000), ("test", 10_000)):
        labels = rng.permutation(np.repeat(np.arange(10, dtype=np.uint8), count // 10))
        noise = rng.integers(0, 64, (count, 32, 32, 3), dtype=np.uint8)
        colours = np.random.default_rng(1).integers(0, 192, (10, 1, 1, 3), dtype=np.uint8)
        arrays |= {f"x_{part}": noise + colours[labels], f"y_{part}": labels[:, np.newaxis]}
    np.savez(folder / "cifar10.npz", **arrays)
    return folder


def compared(path):
    """Source and printed text of the cells that nbval compares."""
    cells = [cell for cell in nbformat.read(path, as_version=4).cells if cell.cell_type == "code"]
    return [
        (cell.source, [output.get("text", "") for output in cell.outputs])
        for cell in cells
        if "nbval-ignore-output" not in cell.metadata.get("tags", [])
    ]


@pytest.mark.parametrize("name", ["09_cifar10_and_saving", COMPANION])
def test_it_runs_and_prints_what_is_stored(name, stand_in, tmp_path):
    if name == COMPANION and importlib.util.find_spec("torch") is None:
        pytest.skip("PyTorch is not installed: make pytorch")
    notebook, copy = NOTEBOOKS / f"{name}.ipynb", tmp_path / "copy.ipynb"
    settings = {"FAST": "1", "BUILD_DIR": str(tmp_path / "build"), "CIFAR10_DIR": str(stand_in)}
    outcome = runner.run(notebook, copy, settings)
    assert not outcome.error
    assert compared(copy) == compared(notebook)
