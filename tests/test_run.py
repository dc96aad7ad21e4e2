"""What ``make run`` and ``make store`` do, tried on small notebooks."""

import importlib.util
import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import nbformat
import numpy as np
import pytest
from conftest import ROOT
from nbval.plugin import get_sanitize_patterns

from helpers import data
from tools import run as runner


@pytest.fixture
def course(tmp_path, monkeypatch):
    """A course of two chapters in a folder of its own."""
    notebooks, models = tmp_path / "notebooks", tmp_path / "models"
    notebooks.mkdir()
    models.mkdir()
    for name, value in {"NOTEBOOKS": notebooks, "MODELS": models, "BUILD": tmp_path / "build"}.items():
        monkeypatch.setattr(runner, name, value)
    monkeypatch.setattr(runner, "sync", lambda: None)
    monkeypatch.setattr(runner, "text_of", lambda notebook: notebook.with_suffix(".py"))
    monkeypatch.setattr(runner, "chapters", lambda: sorted(notebooks.glob("*.ipynb")))
    write(notebooks / "01_first.ipynb", "import os; print('FAST' in os.environ)", "print('reached 0.9')")
    return tmp_path


def write(path, *sources):
    cells = [nbformat.v4.new_code_cell(source) for source in sources]
    cells[-1].metadata["tags"] = ["reached"]
    kernel = {"name": "python3", "display_name": "Python 3", "language": "python"}
    nbformat.write(nbformat.v4.new_notebook(cells=cells, metadata={"kernelspec": kernel}), path)
    path.with_suffix(".py").write_text("# the paired text\n")


def command(monkeypatch, *arguments):
    monkeypatch.setattr("sys.argv", ["run", *arguments])
    return runner.main()


def printed(path):
    return [cell.outputs[0].text for cell in nbformat.read(path, as_version=4).cells if cell.outputs]


def test_fast_run_prints_a_table_and_leaves_notebooks_alone(course, monkeypatch, capsys):
    before = (course / "notebooks" / "01_first.ipynb").read_bytes()
    assert command(monkeypatch) == 0
    out = capsys.readouterr().out
    assert "01_first (2 cells) .. done in" in out
    assert out.splitlines()[-1].split()[::2] == ["01_first", "reached"]
    assert out.splitlines()[-1].endswith("reached 0.9")
    assert printed(course / "build" / "notebooks" / "01_first.ipynb")[0] == "True\n"
    assert (course / "notebooks" / "01_first.ipynb").read_bytes() == before
    assert not list((course / "models").iterdir())


def test_a_failing_chapter_shows_cell_and_error_and_the_others_still_run(course, monkeypatch, capsys):
    write(course / "notebooks" / "00_broken.ipynb", "lost = 1 / 0", "print('never')")
    assert command(monkeypatch) == 1
    out, err = capsys.readouterr()
    assert "00_broken" in out
    assert "FAILED" in out
    assert "reached 0.9" in out
    assert "00_broken failed in this cell" in err
    assert "lost = 1 / 0" in err
    assert "ZeroDivisionError: division by zero" in err
    assert "\x1b" not in err


def test_a_kernel_that_dies_is_a_failure(course, monkeypatch, capsys):
    write(course / "notebooks" / "00_dies.ipynb", "print('first')", "import os; os._exit(1)", "print('never')")
    assert command(monkeypatch, "00") == 1
    err = capsys.readouterr().err
    assert "00_dies failed in this cell:\nimport os; os._exit(1)\n" in err
    assert "Kernel died" in err


@pytest.mark.skipif(sys.platform == "win32", reason="Windows talks to kernels through ports")
def test_no_kernel_needs_a_port_that_another_program_may_take(course, monkeypatch):
    code = "from ipykernel.connect import get_connection_info; print(get_connection_info(unpack=True)['transport'])"
    for name in ("02_second", "03_third"):
        write(course / "notebooks" / f"{name}.ipynb", code)
    assert command(monkeypatch, "02", "03") == 0
    for name in ("02_second", "03_third"):
        assert printed(course / "build" / "notebooks" / f"{name}.ipynb") == ["ipc\n"]


def test_chapters_can_be_chosen_and_unknown_ones_are_named(course, monkeypatch, capsys):
    write(course / "notebooks" / "02_second.ipynb", "print('second')")
    assert command(monkeypatch, "02") == 0
    assert "01_first" not in capsys.readouterr().out
    with pytest.raises(SystemExit):
        command(monkeypatch, "07")
    assert "no such chapter: 07; there are 01_first, 02_second" in capsys.readouterr().err
    for numbers in (["0"], ["02", "99"]):  # a part of a number is no chapter, and no name is passed over
        with pytest.raises(SystemExit):
            command(monkeypatch, *numbers)


def test_companions_are_chosen_by_their_folder(course, monkeypatch, capsys):
    (course / "notebooks" / "pytorch").mkdir()
    write(course / "notebooks" / "pytorch" / "01_companion.ipynb", "print('companion')")
    monkeypatch.setattr(runner.importlib.util, "find_spec", lambda name: "PyTorch, whether it is installed or not")
    monkeypatch.setattr(runner, "chapters", lambda: sorted((course / "notebooks").rglob("*.ipynb")))
    for numbers, expected in {"01": ["01_first"], "pytorch": ["01_companion"], "pytorch/01": ["01_companion"]}.items():
        assert command(monkeypatch, numbers) == 0
        table = capsys.readouterr().out.split("reached\n")[1]
        assert [line.split()[0] for line in table.splitlines()] == expected
    assert (course / "build" / "notebooks" / "pytorch" / "01_companion.ipynb").exists()


def test_a_chapter_whose_data_are_missing_is_skipped_and_says_why(course, monkeypatch, capsys):
    monkeypatch.delenv("CIFAR10_DIR", raising=False)
    monkeypatch.setenv("KERAS_HOME", str(course))
    write(course / "notebooks" / "02_cifar.ipynb", "load_cifar10()  # would fail: it is not imported")
    assert command(monkeypatch) == 0
    out = capsys.readouterr().out
    assert "02_cifar skipped: CIFAR-10 is not here" in out
    assert "skipped, see above" in out
    assert "reached 0.9" in out
    before = (course / "notebooks" / "01_first.ipynb").read_bytes()
    assert command(monkeypatch, "--store") == 1
    assert "Nothing was run.\n02_cifar: CIFAR-10 is not here" in capsys.readouterr().err
    assert (course / "notebooks" / "01_first.ipynb").read_bytes() == before


def test_companions_are_skipped_without_pytorch(course, monkeypatch):
    companion = course / "notebooks" / "pytorch" / "01_companion.ipynb"
    companion.parent.mkdir()
    write(companion, "print('companion')")
    monkeypatch.setattr(runner.importlib.util, "find_spec", lambda name: None)
    assert runner.missing(companion) == "PyTorch is not installed: make pytorch"
    assert runner.missing(course / "notebooks" / "01_first.ipynb") == ""


def nbval_settings():
    """The module that pytest reads beside the notebooks."""
    spec = importlib.util.spec_from_file_location("nbval_settings", ROOT / "notebooks" / "conftest.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_nbval_skips_what_is_missing_with_the_reason_and_leaves_exercises_to_the_gate(monkeypatch):
    settings = nbval_settings()
    monkeypatch.setattr(settings, "missing", lambda path: "no PyTorch" if path.parent.name == "pytorch" else "")
    items = {}
    for name in ("01_x", "pytorch/01_y", "exercises/01_z"):
        marks = []
        items[name] = SimpleNamespace(path=ROOT / "notebooks" / f"{name}.ipynb", add_marker=marks.append, marks=marks)
    settings.pytest_collection_modifyitems(list(items.values()))
    assert [[mark.name for mark in item.marks] for item in items.values()] == [[], ["skip"], ["gate"]]
    assert items["pytorch/01_y"].marks[0].kwargs == {"reason": "no PyTorch"}


@pytest.mark.parametrize("here", [True, False])
def test_nbval_gives_the_chapters_on_cifar10_a_stand_in_only_where_it_is_missing(build, monkeypatch, tmp_path, here):
    settings = nbval_settings()
    monkeypatch.setenv("KERAS_HOME", str(tmp_path))
    monkeypatch.setenv("CIFAR10_DIR", "mine" if here else "")
    settings.pytest_configure(SimpleNamespace(option=SimpleNamespace()))
    if here:
        assert os.environ["CIFAR10_DIR"] == "mine"
    else:
        (x_train, y_train), (x_test, y_test) = data.load_cifar10()
        assert (x_train.shape, x_test.shape, x_train.dtype.name) == ((50_000, 32, 32, 3), (10_000, 32, 32, 3), "uint8")
        assert [*np.bincount(y_train[:, 0])] == [5_000] * 10
        assert [*np.bincount(y_test[:, 0])] == [1_000] * 10


SAVE = """
import os, pathlib
folder = pathlib.Path(os.environ["BUILD_DIR"], "models"); folder.mkdir(parents=True, exist_ok=True)
for name in ("net.keras", "net.json", ".draft.keras"):
    (folder / name).write_text("{}")
print("FAST" in os.environ, os.environ.get("SEED"))
"""


def test_store_keeps_outputs_networks_and_times_of_the_full_run(course, monkeypatch):
    monkeypatch.setenv("FAST", "1")  # must not leak into a full run
    monkeypatch.setenv("SEED", "5")
    path = course / "notebooks" / "01_first.ipynb"
    write(path, SAVE, "print('reached')")
    assert command(monkeypatch, "--store") == 0
    assert printed(path)[0] == "False None\n"
    assert sorted(p.name for p in (course / "models").iterdir()) == ["chapters.json", "net.json", "net.keras"]
    times = json.loads((course / "models" / "chapters.json").read_text())
    assert set(times["01_first"]) == {"fast_seconds", "full_seconds"}


def test_cells_that_show_photographs_are_stored_empty():
    shown, plain = (nbformat.v4.new_code_cell("x", outputs=[nbformat.v4.new_output("stream", text="x")]) for _ in "ab")
    shown.metadata["tags"] = ["photographs"]
    stored = runner.without_photographs(nbformat.v4.new_notebook(cells=[shown, plain]))
    assert [len(cell.outputs) for cell in stored.cells] == [0, 1]


def test_a_folded_text_begins_with_an_empty_line_that_nbval_does_not_see():
    outputs = [
        nbformat.v4.new_output("stream", text="38\n"),
        nbformat.v4.new_output("display_data", {"text/html": "38", "text/plain": "<HTML>"}),
        nbformat.v4.new_output("display_data", {"image/png": "", "text/plain": "<Figure>"}),
    ]
    cells = [nbformat.v4.new_code_cell(outputs=[o], metadata={"jupyter": {"outputs_hidden": True}}) for o in outputs]
    cells += [nbformat.v4.new_markdown_cell(), nbformat.v4.new_code_cell(outputs=[dict(outputs[0])])]
    stored = nbformat.v4.new_notebook(cells=cells)
    for _ in range(2):  # the second time nothing is added
        stored = runner.without_previews(stored)
    assert [outputs[0].text, outputs[1].data["text/html"], outputs[2].data["text/plain"]] == [
        " \n38\n",
        " \n38",
        "<Figure>",
    ]
    assert stored.cells[-1].outputs[0]["text"] == "38\n"
    option = SimpleNamespace()
    nbval_settings().pytest_configure(SimpleNamespace(option=option))
    ((pattern, nothing),) = get_sanitize_patterns(Path(option.nbval_sanitize_with).read_text())
    assert [re.sub(pattern, nothing, text) for text in (" \n38\n", "38\n \n")] == ["38\n", "38\n \n"]


def test_store_keeps_nothing_when_a_chapter_fails_in_full_mode_only(course, monkeypatch):
    path = course / "notebooks" / "01_first.ipynb"
    write(path, SAVE, "import os; assert 'FAST' in os.environ")
    before = path.read_bytes()
    assert command(monkeypatch, "--store") == 1
    assert path.read_bytes() == before
    assert not list((course / "models").iterdir())


def test_a_chapter_that_looks_into_a_network_sees_the_new_one(course, monkeypatch):
    (course / "models" / "net.json").write_text("old")
    write(course / "notebooks" / "01_first.ipynb", SAVE, "print('trained')")
    write(course / "notebooks" / "02_look.ipynb", "print(open('../models/net.json').read())")
    assert command(monkeypatch, "--store") == 0
    assert printed(course / "notebooks" / "02_look.ipynb") == ["{}\n"]


def test_store_keeps_nothing_when_the_text_was_edited_meanwhile(course, monkeypatch, capsys):
    path = course / "notebooks" / "01_first.ipynb"
    write(path, "import os; 'FAST' in os.environ or open('01_first.py', 'a').write('# edit')", "print('reached')")
    before = path.read_bytes()
    assert command(monkeypatch, "--store") == 1
    assert "was edited while the chapter ran" in capsys.readouterr().err
    assert path.read_bytes() == before


def test_after_store_the_text_is_the_newer_of_the_pair(course, monkeypatch):
    path = course / "notebooks" / "01_first.ipynb"
    assert command(monkeypatch, "--store") == 0
    assert path.with_suffix(".py").stat().st_mtime_ns >= path.stat().st_mtime_ns


def test_a_seed_reaches_the_notebook(course):
    write(course / "notebooks" / "01_first.ipynb", SAVE, "print('reached')")
    (outcome,) = runner.run_full([course / "notebooks" / "01_first.ipynb"], course / "build" / "seed-3", seed=3)
    assert not outcome.error
    assert printed(course / "build" / "seed-3" / "notebooks" / "01_first.ipynb")[0] == "False 3\n"
    assert (course / "build" / "seed-3" / "models" / "net.keras").exists()


MAKEFILE = (ROOT / "Makefile").read_text()
TARGETS = re.search(r"^\.PHONY: (.*)$", MAKEFILE, re.MULTILINE)[1].split()


@pytest.mark.skipif(shutil.which("make") is None, reason="make is not installed")
@pytest.mark.parametrize("target", TARGETS)
def test_make_can_make_each_target(target, tmp_path):
    """Only said, not done: what it would run is printed. The environment is a new folder, as on a fresh machine."""
    settings = ["REPOSITORY=https://example.org/x", "ASSIGNMENT=01_x", "FOLDER=x", f"COURSE_VENV={tmp_path / 'new'}"]
    plan = subprocess.run(["make", "--dry-run", target, *settings], cwd=ROOT, capture_output=True, text=True)
    assert plan.returncode == 0, plan.stderr
    assert plan.stdout.strip()
    for module in re.findall(r"python3? -m (tools\.\w+)", plan.stdout):
        assert importlib.util.find_spec(module), module


def test_what_needs_more_packages_is_left_to_the_gate():
    """Without its mark such a test would be skipped at a learner's, and be run by nobody."""
    needs, mark = r"importorskip\(|skip\(.* is not installed", r"pytest\.mark\.(packages|gate)\b"
    for path in (ROOT / "tests").glob("test_*.py"):
        head, *parts = path.read_text(encoding="utf-8").split("\n\n\n")
        if re.search(rf"pytestmark = \[?\s*{mark}", head):
            continue
        fixtures = [
            re.search(r"def (\w+)", part)[1] for part in parts if "@pytest.fixture" in part and re.search(needs, part)
        ]
        asks = "|".join([needs, *(rf"def test_.*\b{name}\b" for name in fixtures)])
        for test in (part for part in parts if "def test_" in part):
            if re.search(needs, head) or re.search(asks, test):
                assert re.search(mark, test), (path.name, test)


def test_help_names_the_targets_and_no_others():
    named = re.findall(r'@echo "make ([\w-]+)', MAKEFILE)
    assert set(named) <= set(TARGETS)
    assert set(TARGETS) - set(named) == {"help", "install", "test-everything", "colab", "everything"}  # steps of others
    for document in ("README.md", "CONTRIBUTING.md", "TEACHING.md", "RESULTS.md"):
        text = (ROOT / document).read_text(encoding="utf-8")
        assert set(re.findall(r"`(?:\w+=\w+ )?make ([a-z-]+)", text)) <= set(TARGETS), document


def test_a_notebook_that_is_damaged_fails_alone_and_is_named(course, monkeypatch, capsys):
    (course / "notebooks" / "02_second.ipynb").write_text("")
    monkeypatch.setattr(runner, "ROOT", course)
    assert command(monkeypatch) == 1
    said = capsys.readouterr()
    assert "reached 0.9" in said.out
    assert "02_second.ipynb is no notebook, or is damaged" in said.err
    assert "Get it back with: git checkout -- notebooks/02_second.ipynb" in said.err


def test_a_reader_s_own_notebooks_are_told_and_left_alone(course, monkeypatch, capsys):
    monkeypatch.setattr(runner, "ROOT", course)
    monkeypatch.setattr(runner, "strangers", lambda: [course / "notebooks" / "Untitled.ipynb"])
    assert command(monkeypatch) == 0
    assert "not of the course, left alone: notebooks/Untitled.ipynb" in capsys.readouterr().out
    settings = nbval_settings()
    monkeypatch.setattr(settings, "strangers", lambda: [course / "mine.ipynb"])
    assert settings.pytest_ignore_collect(course / "mine.ipynb") is True
    assert settings.pytest_ignore_collect(course / "01_first.ipynb") is None
