"""Trainings that are kept and taken back."""

import subprocess
import sys

import pytest
from conftest import ROOT

pytestmark = [pytest.mark.gate, pytest.mark.long]

LESSON = """
import sys, time
from pathlib import Path
from tools import replay
getattr(replay, sys.argv[1])(sys.argv[2])
import numpy as np, keras
keras.utils.set_random_seed(int(sys.argv[4]))
best = Path(sys.argv[3]) / "best.keras"
network = keras.Sequential([keras.Input((3,)), keras.layers.Dense(1)])
network.compile("sgd", "mse")
stop = keras.callbacks.EarlyStopping(patience=1, restore_best_weights=True)
ends = []
note = keras.callbacks.LambdaCallback(on_train_end=lambda logs: ends.append("end"))
x = np.arange(12.0).reshape(4, 3)
start = time.perf_counter()
for rate in (0.001, 0.5):
    network.optimizer.learning_rate = rate
    run = network.fit(x, x[:, :1], validation_split=0.5, epochs=3, verbose=2,
                      callbacks=[stop, note, keras.callbacks.ModelCheckpoint(best, save_best_only=True)])
    time.sleep(0 if sys.argv[1] == "replay" else 1)
print(run.history, network.history.epoch, stop.stopped_epoch, ends)
print(network.get_weights(), keras.models.load_model(best).get_weights())
print("long" if time.perf_counter() - start > 0.3 else "short", network.evaluate(x, x[:, :1], verbose=0))
"""


def run(*arguments):
    code = [sys.executable, "-c", LESSON, *map(str, arguments)]
    return subprocess.run(code, cwd=ROOT, capture_output=True, text=True)


def test_what_was_trained_once_comes_back_without_training(tmp_path):
    for name in ("first", "second"):
        (tmp_path / name).mkdir()
    trained = run("record", tmp_path / "kept", tmp_path / "first", 1)
    assert trained.returncode == 0, trained.stderr
    assert "Epoch 1/3" in trained.stdout
    again = run("replay", tmp_path / "kept", tmp_path / "second", 2)  # another seed: it would train to other weights
    assert again.stdout == trained.stdout, again.stderr
    assert run("record", tmp_path / "other", tmp_path / "second", 2).stdout != trained.stdout


def test_a_training_that_was_not_kept_is_an_error(tmp_path):
    assert run("record", tmp_path / "kept", tmp_path, 1).returncode == 0
    (tmp_path / "kept" / "001.pickle").unlink()
    assert "FileNotFoundError" in run("replay", tmp_path / "kept", tmp_path, 1).stderr
