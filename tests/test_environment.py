"""Set-up: precision, seeds, the line it prints, and where lessons write."""

import os
import subprocess
import sys
import time
from types import SimpleNamespace

import numpy as np
import pytest
from conftest import ROOT

from helpers.backend import precision
from helpers.backend.precision import fastest, sixteen_bits
from helpers.backend.quiet import quiet_stderr
from helpers.backend.versions import outside
from helpers.environment import build_path, find_gpu, keras, setup


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
        (("Apple", 0.0), set(), ""),
        (None, {"avx2", "amx_bf16"}, "mixed_bfloat16"),
        (None, {"avx512_bf16"}, "mixed_bfloat16"),
        (None, {"avx2", "avx512f"}, ""),
        (None, set(), ""),
    ],
)
def test_a_format_is_tried_only_where_the_hardware_has_it(gpu, flags, expected):
    assert sixteen_bits(gpu, flags) == expected


@pytest.fixture
def timed(build, monkeypatch):
    """Function that chooses a format on a made-up machine where steps take so many seconds; and counts measurements."""
    measured = []

    def choose(float32, bfloat16, policy="mixed_bfloat16"):
        def times(actions):
            measured.append(list(actions))
            return {"float32": float32, "mixed_bfloat16": bfloat16}

        monkeypatch.setattr(precision, "shortest_times", times)
        return fastest(policy, "a machine", lambda name: None)

    choose.measured = measured
    return choose


@pytest.mark.parametrize(
    ("float32", "bfloat16", "expected"), [(2.2, 1.0, "mixed_bfloat16"), (1.0, 2.0, "float32"), (1.1, 1.0, "float32")]
)
def test_the_faster_format_is_chosen_and_a_tie_goes_to_float32(timed, float32, bfloat16, expected):
    chosen, reason = timed(float32, bfloat16)
    assert chosen == expected
    assert reason == f"mixed_bfloat16 is {float32 / bfloat16:.1f} times as fast as float32 here"


def test_where_there_is_one_format_nothing_is_measured(timed):
    assert timed(1.0, 0.1, policy="") == ("float32", "no other format to choose from")
    assert not timed.measured


def test_the_shortest_of_a_few_measurements_is_remembered_for_the_machine(timed, build):
    busy = [timed(1.0, 3.0), timed(2.0, 0.5), timed(9.0, 9.0)]
    assert [chosen for chosen, _ in busy] == ["float32", "mixed_bfloat16", "mixed_bfloat16"]
    assert timed(9.0, 99.0)[0] == "mixed_bfloat16"  # no longer measured
    assert len(timed.measured) == precision.MEASUREMENTS
    assert [path.name for path in build.iterdir()] == ["precision.json"]


@pytest.mark.parametrize("content", [
    "", "[1, 2", "[1, 2]", "3", '{"here": 3}', '{"here": {"measurements": 9}}', '{"here": {"float32": "a"}}',
    '{"here": {"float32": 0, "mixed_bfloat16": 0, "measurements": 9}}', '{"here": [1]}',
])  # fmt: skip
def test_a_damaged_memory_is_measured_anew(timed, build, content):
    build.mkdir()
    (build / "precision.json").write_text(content)
    assert timed(2.0, 1.0)[0] == "mixed_bfloat16"


def test_where_nothing_can_be_written_the_choice_is_made_all_the_same(timed, build):
    build.write_text("a file in the folder's place")
    assert timed(2.0, 1.0)[0] == "mixed_bfloat16"


def test_the_shortest_time_counts():
    waits = iter([0, 0.03, 0.001, 0.03, 0.03])
    seconds = precision.shortest_times({"step": lambda: time.sleep(next(waits))})
    assert 0.001 <= seconds["step"] < 0.02


def test_measuring_takes_no_second_and_leaves_the_seed_as_it_was(build):
    def first_numbers():
        setup(seed=3)
        layer = keras.layers.Dense(3)
        layer.build((None, 2))
        return layer.get_weights()[0].tolist(), np.random.rand(2).tolist()

    start = time.perf_counter()
    measured = first_numbers()
    assert time.perf_counter() - start < 3  # well under one on an idle machine
    for _ in range(precision.MEASUREMENTS):  # at last it is remembered
        assert first_numbers() == measured


def test_setup_prints_one_line_with_all_that_matters(capsys):
    result = setup(seed=7, precision="float32")
    line = capsys.readouterr().out
    assert line.count("\n") == 1
    for part in (f"Keras {keras.__version__}", keras.backend.backend(), "float32 (as asked)", "seed 7", "mode", "CPU"):
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


@pytest.mark.parametrize("seed", ["abc", "-1", "1.5", str(2**32)])
def test_a_seed_that_is_none_is_refused_by_name(monkeypatch, seed):
    monkeypatch.setenv("SEED", seed)
    with pytest.raises(ValueError, match=f"variable SEED must be a whole number from 0 to 4294967295, got '{seed}'"):
        setup(precision="float32")


def settings(code, **environment):
    """Run a line of Python after ``from helpers.settings import *`` in a process of its own."""
    command = [sys.executable, "-c", f"import sys\nfrom helpers.settings import *\n{code}"]
    return subprocess.run(command, env=os.environ | environment, cwd=ROOT, capture_output=True, text=True)


@pytest.mark.parametrize(
    ("value", "fast"), [("1", True), ("true", True), ("0", False), ("", False), ("false", False), ("No", False)]
)
def test_fast_comes_from_the_environment(value, fast):
    assert settings("print(FAST)", FAST=value).stdout.strip() == str(fast)


def test_fast_that_is_neither_yes_nor_no_is_refused():
    run = settings("print(FAST)", FAST="maybe")
    assert "ValueError: The environment variable FAST must be 1 (fast) or 0 (full), got 'maybe'." in run.stderr


def test_settings_and_the_search_for_data_do_not_wait_for_keras():
    run = settings("import helpers.data, tools.run; print('keras' in sys.modules)")
    assert (run.stdout, run.stderr) == ("False\n", "")


def test_a_package_outside_of_requirements_is_named_in_one_line(tmp_path, capsys, monkeypatch):
    file = tmp_path / "requirements.txt"
    file.write_text(
        "# a comment\n-r other.txt\nnumpy>=1.26\nkeras>=99,<100\nnot-installed-anywhere>=1\n"
        "# What the tests need\npytest>=99\n"
    )
    assert outside(file) == (
        f"Not tested with: keras {keras.__version__} (tested: <100,>=99). "
        "If something fails: pip install -r requirements.txt"
    )
    assert outside(tmp_path / "missing.txt") == ""
    file.rename(tmp_path / "requirements.txt")
    monkeypatch.setattr("helpers.environment.ROOT", tmp_path)
    setup(precision="float32")
    assert capsys.readouterr().out.splitlines()[1:] == [outside(file)]


@pytest.mark.parametrize(
    "code",
    [
        "from helpers.environment import setup; setup()",
        "import helpers.interpret",
        "import helpers.activations, logging; logging.getLogger('tensorflow').warning('a function is traced anew')",
    ],
)
def test_start_up_is_silent_on_stderr(code):
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


def test_memory_growth_is_turned_on_for_every_gpu_of_tensorflow(monkeypatch):
    if keras.backend.backend() != "tensorflow":
        pytest.skip("only TensorFlow takes all of a GPU's memory")
    import tensorflow as tf

    grown = []
    monkeypatch.setattr(tf.config, "list_physical_devices", lambda kind: ["first", "second"])
    monkeypatch.setattr(tf.config.experimental, "set_memory_growth", lambda gpu, on: grown.append((gpu, on)))
    details = {"compute_capability": (8, 6), "device_name": "Great GPU"}
    monkeypatch.setattr(tf.config.experimental, "get_device_details", lambda gpu: details)
    assert find_gpu() == ("Great GPU", 8.6)
    assert grown == [("first", True), ("second", True)]


@pytest.mark.parametrize(("platform", "expected"), [("gpu", ("Great GPU", 8.6)), ("cpu", None), ("tpu", None)])
def test_a_gpu_of_jax_is_found(monkeypatch, platform, expected):
    device = SimpleNamespace(platform=platform, device_kind="Great GPU", compute_capability="8.6")
    monkeypatch.setattr(keras.backend, "backend", lambda: "jax")
    monkeypatch.setitem(sys.modules, "jax", SimpleNamespace(devices=lambda: [device]))
    assert find_gpu() == expected


@pytest.mark.parametrize("there", [True, False])
def test_a_gpu_of_torch_is_found(monkeypatch, there):
    cuda = SimpleNamespace(
        is_available=lambda: there, get_device_name=lambda: "Great GPU", get_device_capability=lambda: (8, 6)
    )
    monkeypatch.setattr(keras.backend, "backend", lambda: "torch")
    monkeypatch.setitem(sys.modules, "torch", SimpleNamespace(cuda=cuda))
    assert find_gpu() == (("Great GPU", 8.6) if there else None)


def test_the_seed_is_42_unless_another_is_asked_for(monkeypatch):
    monkeypatch.delenv("SEED", raising=False)
    assert setup(precision="float32").seed == 42


# What surrounds a program


def program(code, folder=ROOT, **environment):
    """Run a program of its own; variables that are None are taken away."""
    wanted = os.environ | {"PYTHONPATH": str(ROOT)} | environment
    return subprocess.run(
        [sys.executable, "-c", code],
        cwd=folder,
        env={name: value for name, value in wanted.items() if value is not None},
        capture_output=True,
        text=True,
    )


def test_keras_own_configuration_file_does_not_decide(tmp_path):
    (tmp_path / "keras.json").write_text('{"floatx": "float64", "image_data_format": "channels_first"}')
    code = (
        "from helpers.environment import setup, keras; setup(precision='float32')\n"
        "layer = keras.layers.Conv2D(1, 3)\n"
        "print(keras.config.floatx(), layer.data_format, layer.compute_dtype, keras.ops.ones(1).dtype)"
    )
    done = program(code, KERAS_HOME=str(tmp_path), KERAS_BACKEND=keras.backend.backend())
    last = done.stdout.splitlines()[-1]
    assert last.startswith("float32 channels_last float32"), done.stderr
    assert "float32" in last.split()[-1]


@pytest.mark.parametrize("backend", ["theano", "mxnet"])
def test_a_backend_that_is_not_here_is_said_with_the_way_out(tmp_path, backend):
    (tmp_path / "keras.json").write_text(f'{{"backend": "{backend}"}}')
    done = program("import helpers.environment", KERAS_HOME=str(tmp_path), KERAS_BACKEND=None)
    assert "Which library it computes with stands in the environment variable KERAS_BACKEND" in done.stderr


def test_a_backend_that_cannot_train_is_refused():
    done = program("from helpers.environment import setup; setup()", KERAS_BACKEND="numpy")
    refused = "The course needs Keras on tensorflow, jax, torch; here it computes with numpy" in done.stderr
    assert refused or "KERAS_BACKEND" in done.stderr  # without JAX that backend does not even start


@pytest.mark.skipif(sys.platform == "win32", reason="needs a POSIX shell")
def test_streams_may_be_closed(tmp_path):
    code = "import helpers.environment as e; e.setup(); open('fine', 'w').close()"
    command = f'{sys.executable} -c "{code}" 2>&- >/dev/null'
    subprocess.run(command, shell=True, cwd=tmp_path, env=os.environ | {"PYTHONPATH": str(ROOT)}, check=True)
    assert (tmp_path / "fine").exists()


def test_relative_names_stay_what_they_were_at_the_start(tmp_path):
    (tmp_path / "inside" / "pictures").mkdir(parents=True)
    (tmp_path / "pictures").mkdir()
    code = (
        "import os; from helpers.settings import build_path, folder_named\n"
        "before = build_path('x'), folder_named('pictures')\n"
        "os.chdir('inside'); print(before == (build_path('x'), folder_named('pictures')), before[0])"
    )
    done = program(code, tmp_path, BUILD_DIR="out")
    assert done.stdout.split() == ["True", str((tmp_path / "out/x").resolve())], done.stderr
    home = program(
        "from helpers.settings import build_folder; print(build_folder())", BUILD_DIR="~/out", HOME=str(tmp_path)
    )
    assert home.stdout.strip() == str((tmp_path / "out").resolve())


@pytest.mark.skipif(sys.platform == "win32", reason="folders in use cannot be deleted there")
def test_a_folder_that_is_gone_is_no_obstacle(tmp_path):
    code = "import os; os.mkdir('a'); os.chdir('a'); os.rmdir('../a'); from helpers.settings import START; print(START)"
    assert program(code, tmp_path).stdout.strip() == str(ROOT)
