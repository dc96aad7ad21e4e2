"""Set-up: precision, seeds, the line it prints, and where lessons write."""

import os
import subprocess
import sys

import numpy as np
import pytest
from conftest import ROOT

from helpers.environment import build_path, choose_precision, keras, setup
from helpers.quiet import quiet_stderr


@pytest.fixture(autouse=True)
def _restore_policy():
    policy = keras.config.dtype_policy()
    yield
    keras.config.set_dtype_policy(policy)


@pytest.mark.parametrize(
    ("gpu", "flags", "expected"),
    [
        (("H100", 9.0), set(), "mixed_bfloat16"),
        (("A100", 8.0), set(), "mixed_bfloat16"),
        (("T4", 7.5), {"amx_bf16"}, "mixed_float16"),
        (("GTX 1080", 6.1), set(), "mixed_float16"),
        (("Apple", 0.0), set(), "float32"),
        (None, {"avx2", "amx_bf16"}, "mixed_bfloat16"),
        (None, {"avx512_bf16"}, "mixed_bfloat16"),
        (None, {"avx2", "avx512f"}, "float32"),
        (None, set(), "float32"),
    ],
)
def test_precision_follows_the_hardware(gpu, flags, expected):
    assert choose_precision(gpu, flags) == expected


def test_setup_prints_one_line_with_all_that_matters(capsys):
    result = setup(seed=7, precision="float32")
    line = capsys.readouterr().out
    assert line.count("\n") == 1
    for part in (f"Keras {keras.__version__}", keras.backend.backend(), "float32", "seed 7", "mode", "CPU"):
        assert part in line
    assert (result.seed, result.precision) == (7, "float32")


def test_precision_is_set_for_layers_made_afterwards():
    setup(precision="mixed_bfloat16")
    assert keras.layers.Dense(1).compute_dtype == "bfloat16"
    setup(precision="float32")
    assert keras.layers.Dense(1).compute_dtype == "float32"


def test_unknown_precision_is_refused():
    with pytest.raises(ValueError, match=r"mixed_bfloat16.*'half'"):
        setup(precision="half")


def test_same_seed_same_weights_and_numbers():
    def draw(seed):
        setup(seed=seed, precision="float32")
        layer = keras.layers.Dense(3)
        layer.build((None, 2))
        return np.concatenate([layer.get_weights()[0].ravel(), np.random.rand(2)])

    assert np.array_equal(draw(3), draw(3))
    assert not np.array_equal(draw(3), draw(4))


def test_seed_from_the_environment_takes_its_place(monkeypatch):
    monkeypatch.setenv("SEED", "9")
    assert setup(seed=42, precision="float32").seed == 9
    monkeypatch.setenv("SEED", "")
    assert setup(seed=42, precision="float32").seed == 42


@pytest.mark.parametrize(("value", "fast"), [("1", True), ("0", False), ("", False)])
def test_fast_comes_from_the_environment(value, fast):
    code = "from helpers.environment import FAST; print(FAST)"
    out = subprocess.run(
        [sys.executable, "-c", code], env=os.environ | {"FAST": value}, cwd=ROOT, capture_output=True, text=True
    )
    assert out.stdout.strip() == str(fast)


def test_start_up_is_silent_on_stderr():
    code = "from helpers.environment import setup; setup()"
    out = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True)
    assert (out.returncode, out.stderr) == (0, "")


def test_python_errors_still_come_through_the_silence():
    with pytest.raises(ZeroDivisionError), quiet_stderr():
        _ = 1 / 0


def test_build_path_makes_folders(build):
    path = build_path("some/file.txt")
    path.write_text("x")
    assert path == build / "some" / "file.txt"


def test_a_folder_without_write_permission_is_named_with_the_way_out(build, monkeypatch):
    # Root may write anywhere, so the operating system's answer is put in its mouth.
    monkeypatch.setattr(os, "access", lambda path, mode: False)
    with pytest.raises(PermissionError, match=r"Cannot write to .*build.*BUILD_DIR="):
        build_path("file.txt")


def test_a_folder_that_cannot_be_made_is_named_with_the_way_out(tmp_path, monkeypatch):
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("BUILD_DIR", str(tmp_path / "file"))
    with pytest.raises(PermissionError, match="BUILD_DIR="):
        build_path("models/x.keras")
