"""What a GPU is worth: measured where TensorFlow is not installed, too, kept only if both devices compute the same."""

import importlib.util
import json
import os
import subprocess
import sys

import numpy as np
import pytest
from conftest import ROOT

from tools import figures, gpu, gpu_pack

ANSWERS = {work: np.array([1.0, -4.0, 2.0]) for work in gpu.TOLERANCES}


@pytest.mark.parametrize("work", gpu.TOLERANCES)
def test_answers_that_are_further_apart_than_rounding_are_named(work):
    shares = gpu.apart(ANSWERS, ANSWERS)
    assert gpu.disagreements(shares) == []
    assert set(shares.values()) == {0}
    for wrong in (ANSWERS[work] * (1 + 2 * gpu.TOLERANCES[work]), np.full(3, np.nan)):
        (sentence,) = gpu.disagreements(gpu.apart(ANSWERS | {work: wrong}, ANSWERS))
        assert sentence.startswith(work)


def test_an_epoch_that_takes_too_long_is_timed_in_part(monkeypatch):
    model = gpu.untrained("fashion_two_filters")
    trained = []
    monkeypatch.setattr(type(model), "fit", lambda self, pictures, labels, **_: trained.append(len(pictures)))
    monkeypatch.setattr(gpu, "timed", lambda action: (action(), 0.5 * trained[-1] / 32)[::-1])  # half a second a batch
    monkeypatch.setattr(gpu, "BUDGET", 10)
    assert gpu.epoch(model, 3200, 32) == 50
    assert trained == [64, 160, 21 * 32]
    assert gpu.epoch(model, 320, 32) == 5
    assert trained[-1] == 320


def test_an_untrained_network_has_the_layers_and_number_format_but_other_weights():
    model, shipped = gpu.untrained("fashion_cnn"), gpu.models.load("fashion_cnn")
    assert model.count_params() == shipped.count_params()
    assert not np.allclose(model.layers[0].get_weights()[0], shipped.layers[0].get_weights()[0])
    gpu.keras.config.set_dtype_policy("mixed_bfloat16")
    try:
        assert [layer.compute_dtype for layer in gpu.untrained("fashion_cnn").layers][0::7] == ["bfloat16", "float32"]
    finally:
        gpu.keras.config.set_dtype_policy("float32")


def measured(seconds: float, device: str) -> dict:
    works = (*gpu.EPOCHS, *gpu.TOLERANCES)
    facts = {"device": device, "backend": "jax 0.9", "keras": "3.15.1", "precision": "float32"}
    return facts | {"seconds": dict.fromkeys(works, seconds)}


@pytest.mark.parametrize("apart", [1, 2])
def test_times_are_kept_and_shown_only_if_the_answers_agree(apart, tmp_path, monkeypatch, capsys):
    def device(share, name):
        def measure(folder):
            np.savez(folder / "answers.npz", **{work: share * answer for work, answer in ANSWERS.items()})
            return measured(2 * share, name)

        return measure

    monkeypatch.setattr(gpu, "find_gpu", lambda: ("Great GPU", 9.0))
    monkeypatch.setattr(gpu, "measure", device(1, "Great GPU"))
    monkeypatch.setattr(gpu, "on_processor", device(apart, "CPU, 2 cores"))
    monkeypatch.setattr(gpu, "RESULT", tmp_path / "gpu.json")
    monkeypatch.setattr(figures, "SHIPPED", tmp_path)
    assert gpu.main() == apart - 1
    if apart == 1:
        assert json.loads((tmp_path / "gpu.json").read_text())["processor"]["device"] == "CPU, 2 cores"
        assert "one epoch, plain 2.0 s, processor 2.0 s; one epoch, augmented" in figures.gpu_times("06")
        assert figures.gpu_times("01") == ""  # nothing heavy is computed there
        assert "| 03: one epoch | 2.00 s | 2.00 s | 1.0 |" in figures.gpu_table()
    else:
        assert not (tmp_path / "gpu.json").exists()
        assert "50.0% apart" in capsys.readouterr().err
        assert figures.gpu_times("06") == figures.gpu_table() == ""


def test_without_an_accelerator_nothing_is_measured(monkeypatch, capsys):
    monkeypatch.setattr(gpu, "find_gpu", lambda: None)
    assert gpu.main() == 1
    assert "finds no accelerator" in capsys.readouterr().out


def test_every_lesson_that_computes_much_has_a_place_for_the_times():
    for work in (*gpu.EPOCHS, *gpu.TOLERANCES):
        (lesson,) = (ROOT / "notebooks" / "source").glob(f"{work[:2]}_*.py")
        assert f"<!-- gpu {work[:2]} -->" in lesson.read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def packed(tmp_path_factory):
    """The archive, unpacked, as on another machine."""
    folder = tmp_path_factory.mktemp("packed")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("BUILD_DIR", str(folder))
        archive = gpu_pack.pack(f"{sys.version_info.major}.{sys.version_info.minor}")
    subprocess.run(["tar", "xf", archive], cwd=folder, check=True)
    return folder / "gpu"


@pytest.mark.gate
@pytest.mark.long
@pytest.mark.parametrize("backend", ["jax", "torch"])
def test_a_packed_copy_measures_without_tensorflow(backend, packed):
    """Two processors, as there is no accelerator here; few pictures make it short."""
    if importlib.util.find_spec(backend) is None:
        pytest.skip(f"{backend} is not installed: make backends")
    program = (
        "import sys; sys.modules['tensorflow'] = sys.modules['sklearn'] = sys.modules['matplotlib'] = None\n"
        "from functools import partial; from pathlib import Path; from tools import gpu; gpu.BUDGET = 0.01\n"
        "gpu.EPOCHS = {work: (name, 160, 16) for work, (name, *_) in gpu.EPOCHS.items()}\n"
        "gpu.maximize_filters = partial(gpu.maximize_filters, steps=3); gpu.measure(Path('.'))"
    )
    settings = {key: value for key, value in os.environ.items() if key not in ("BUILD_DIR", "PYTHONPATH")}
    subprocess.run([sys.executable, "-c", program], cwd=packed, check=True, env=settings | {"KERAS_BACKEND": backend})
    seconds = json.loads((packed / "measured.json").read_text())["seconds"]
    assert list(seconds) == [*gpu.EPOCHS, *gpu.TOLERANCES]
    assert min(seconds.values()) > 0
