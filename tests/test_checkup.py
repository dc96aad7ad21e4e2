"""The environment check of chapter 00: it finds what is wrong, says what to do, and never raises."""

import gzip
import re
import shutil
import subprocess
import sys
from collections import namedtuple

import pytest
from conftest import ROOT

from helpers.backend import checkup, letters
from helpers.backend.checkup import Finding


@pytest.fixture
def course(tmp_path, monkeypatch):
    """An empty folder in the place of the course."""
    monkeypatch.setattr(checkup, "ROOT", tmp_path)
    for name in ("CIFAR10_DIR", "CATS_AND_DOGS_DIR", "BUILD_DIR", "KERAS_BACKEND"):
        monkeypatch.delenv(name, raising=False)
    return tmp_path


def test_here_all_that_is_needed_is_fine():
    findings = checkup.check()
    assert len(findings) == len(checkup.LOOKS)
    needed = [finding for finding in findings if finding.name not in ("memory", "disk", "GPU")]
    assert [finding for finding in needed if not finding.fine] == []


def test_every_finding_has_one_sentence_and_shows_no_path_of_this_machine():
    for finding in checkup.check():
        assert re.search(r"[.)/\"]$", finding.advice), finding
        assert str(ROOT) not in finding.found + finding.advice


def test_the_table_counts_what_is_to_be_mended():
    findings = [Finding("Python", True, "3.12.1"), Finding("disk", False, "0.1 GB free", "Delete something.")]
    assert checkup.table(findings) == (
        "fine  Python  3.12.1       Nothing to do.\n"
        "MEND  disk    0.1 GB free  Delete something.\n"
        "1 to mend. Begin with the first."
    )
    assert checkup.table(findings[:1]).endswith("\nNothing to mend.")


def test_a_check_that_fails_is_a_finding(monkeypatch):
    def _broken_look():
        raise RuntimeError("something\nnobody thought of")

    monkeypatch.setattr(checkup, "LOOKS", (_broken_look,))
    (finding,) = checkup.check()
    assert (finding.name, finding.fine) == ("broken look", False)
    assert "RuntimeError: something nobody thought of" in finding.advice


def test_it_runs_in_an_empty_folder(course, monkeypatch):
    monkeypatch.setattr(letters, "prepare", lambda: False)  # this machine may have a font of its own
    names = {finding.name for finding in checkup.check() if not finding.fine}
    assert names >= {"data", "networks", "fonts"}


Version = namedtuple("Version", "major minor micro releaselevel serial")


@pytest.mark.parametrize(("minor", "fine"), [(10, False), (11, True), (13, True), (14, False)])
def test_python(monkeypatch, minor, fine):
    monkeypatch.setattr(sys, "version_info", Version(3, minor, 0, "final", 0))
    assert checkup._python().fine == fine


def test_python_is_that_of_the_makefile():
    (low, high), text = checkup.PYTHON, (ROOT / "Makefile").read_text(encoding="utf-8")
    assert f"{low} <= sys.version_info < {high}" in text


def test_a_package_that_is_missing_is_named_with_the_version_that_fits(course, monkeypatch):
    (course / "requirements.txt").write_text("# a comment\nnumpy>=1.26,<3\nno-such-package>=1,<2\n")
    monkeypatch.setattr(checkup, "PACKAGES", ("numpy", "no-such-package"))
    finding = checkup._packages()
    assert not finding.fine
    assert finding.found == "not installed: no-such-package"
    assert re.search(r'%pip install "no-such-package(>=1,<2|<2,>=1)"$', finding.advice)


def test_a_package_of_another_version_is_no_fault(course, monkeypatch):
    (course / "requirements.txt").write_text("numpy<1\n")
    monkeypatch.setattr(checkup, "PACKAGES", ("numpy",))
    finding = checkup._packages()
    assert finding.fine
    assert finding.found.startswith("not tested with: numpy ")
    assert finding.advice.endswith('%pip install "numpy<1"')


def test_without_requirements_any_version_will_do(course):
    assert checkup._packages().found == f"all {len(checkup.PACKAGES)} are here"


def test_tensorflow_is_not_needed_where_keras_computes_with_another(course, monkeypatch):
    monkeypatch.setenv("KERAS_BACKEND", "jax")
    assert checkup._packages().found == f"all {len(checkup.PACKAGES) - 1} are here"


def test_the_packages_are_those_of_the_requirements():
    text = (ROOT / "requirements.txt").read_text(encoding="utf-8")
    for name in checkup.PACKAGES:
        assert re.search(rf"^{name}[><=]", text, re.MULTILINE)


@pytest.mark.parametrize("variable", [{"KERAS_BACKEND": "nonsense"}, {"FAST": "perhaps"}, {"BUILD_DIR": "/proc/x"}])
def test_wrong_settings_are_findings(variable, tmp_path, monkeypatch):
    for name, value in variable.items():
        monkeypatch.setenv(name, value)
    code = "from helpers.backend import checkup; print(checkup.table(checkup.check()))"
    run = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True)
    assert run.returncode == 0, run.stderr
    assert "MEND" in run.stdout
    assert "Traceback" not in run.stdout + run.stderr


@pytest.mark.parametrize(("size", "fine"), [(0.5, False), (16.0, True), (None, True)])
def test_memory(monkeypatch, size, fine):
    monkeypatch.setattr(checkup, "_free_memory", lambda: size)
    assert checkup._memory().fine == fine


def test_free_memory_is_a_number_of_gigabytes():
    assert 0 < checkup._free_memory() < 10_000


@pytest.mark.parametrize(("free", "fine"), [(10**8, False), (10**11, True)])
def test_disk(build, monkeypatch, free, fine):
    monkeypatch.setattr(shutil, "disk_usage", lambda folder: namedtuple("Usage", "free")(free))
    assert checkup._disk().fine == fine


def test_a_folder_that_cannot_be_written_to(tmp_path, monkeypatch):
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("BUILD_DIR", str(tmp_path / "file" / "build"))
    finding = checkup._write_access()
    assert not finding.fine
    assert "BUILD_DIR=" in finding.advice


def test_write_access_leaves_nothing_behind(build):
    assert checkup._write_access().fine
    assert list(build.iterdir()) == []


@pytest.mark.parametrize(
    ("used", "machine", "colab", "fine", "said"),
    [
        (["Tesla T4"], "Tesla T4", True, True, "Tesla T4 is used"),
        ([], "NVIDIA H100", False, False, "NVIDIA H100 is here, but not used"),
        ([], "", True, True, "Change runtime type"),
        ([], "", False, True, "no chapter needs one"),
    ],
)
def test_gpu(monkeypatch, used, machine, colab, fine, said):
    monkeypatch.setattr(checkup, "_gpus_in_use", lambda: used)
    monkeypatch.setattr(checkup, "_gpu_of_the_machine", lambda: machine)
    monkeypatch.setattr(checkup, "_on_colab", lambda: colab)
    finding = checkup._gpu()
    assert finding.fine == fine
    assert said in f"{finding.found} {finding.advice}"


def test_a_program_of_nvidia_that_does_not_answer_is_no_gpu(monkeypatch):
    def late(*arguments, **settings):
        raise subprocess.TimeoutExpired("nvidia-smi", 20)

    monkeypatch.setattr(shutil, "which", lambda name: f"/usr/bin/{name}")
    monkeypatch.setattr(subprocess, "run", late)
    assert checkup._gpu_of_the_machine() == ""


@pytest.fixture
def shipped(course):
    """The data that ships, small: every file can be unpacked."""
    for name in ("mnist", "fashion-mnist"):
        (course / "data" / name).mkdir(parents=True)
        for part in checkup.PARTS:
            (course / "data" / name / f"{part}-ubyte.gz").write_bytes(gzip.compress(bytes(range(256)) * 40))
    (course / "data" / "samples").mkdir()
    shutil.copy(ROOT / "data" / "samples" / "cat.png", course / "data" / "samples")
    return course


def test_whole_data_are_fine(shipped):
    assert checkup._data().fine


@pytest.mark.parametrize("damage", ["gone", "cut", "changed", "text"])
def test_damaged_data_are_named(shipped, damage):
    path = shipped / "data" / "mnist" / "t10k-images-idx3-ubyte.gz"
    content = bytearray(path.read_bytes())
    if damage == "gone":
        path.unlink()
    elif damage == "cut":
        path.write_bytes(content[:-20])
    elif damage == "changed":
        content[len(content) // 2] ^= 255
        path.write_bytes(content)
    else:
        path.write_text("version https://git-lfs.github.com/spec/v1")
    finding = checkup._data()
    assert not finding.fine
    assert finding.found == "missing or damaged: mnist/t10k-images-idx3-ubyte.gz"
    assert "git checkout -- data" in finding.advice


def test_networks_without_file_or_damaged_are_named(course):
    folder = course / "models"
    folder.mkdir()
    for name in ("mnist_lenet5.keras", "mnist_lenet5.json"):
        shutil.copy(ROOT / "models" / name, folder)
    assert checkup._networks().fine
    for table in ("chapters", "gpu", "ladder", "trials"):
        shutil.copy(ROOT / "models" / f"{table}.json", folder)
    assert checkup._networks().fine  # they are no cards, so no networks are missing
    shutil.copy(ROOT / "models" / "mnist_dense.json", folder / "lost.json")
    assert checkup._networks().found == "missing or damaged: lost"
    (folder / "lost.json").write_text("{")
    assert checkup._networks().found == "missing or damaged: lost"
    path = folder / "mnist_lenet5.keras"
    path.write_bytes(path.read_bytes()[:5000])
    assert checkup._networks().found == "missing or damaged: mnist_lenet5.keras, lost"


@pytest.mark.parametrize(
    ("look", "variable"), [(checkup._cifar10, "CIFAR10_DIR"), (checkup._photographs, "CATS_AND_DOGS_DIR")]
)
def test_folders_that_a_variable_names(course, monkeypatch, look, variable):
    assert look().fine
    monkeypatch.setenv(variable, str(course))
    assert look().found == "in a folder of yours"
    monkeypatch.setenv(variable, str(course / "nowhere"))
    assert not look().fine
    assert variable in look().advice
