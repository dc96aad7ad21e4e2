"""Answers in another process: judged as here, and kept away from this machine."""

import contextlib
import importlib
import json
import re
import socket
import threading
import time
import zipfile
from pathlib import Path

import nbformat
import numpy as np
import pytest
from conftest import ROOT

pytest.importorskip("nbgrader", reason="nbgrader is not installed: make .venv/.classroom")
if not hasattr(socket, "AF_UNIX"):
    pytest.skip("answers are judged through a socket of Unix", allow_module_level=True)

from nbgrader.utils import determine_grade, is_grade
from traitlets.config import Config

from exercises import wire
from exercises.answering import _Answering
from exercises.exercise import WRONG, Verdict
from helpers import models
from helpers.environment import keras
from tools import classroom, jail
from tools.apart import GradeApart
from tools.conversation import Answers
from tools.exercises import MARKER, learners, teachers
from tools.notebooks import exercise_texts

pytestmark = pytest.mark.packages
CHAPTERS = [text.stem[:2] for text in exercise_texts()]


@contextlib.contextmanager
def answers_over_there(answer):
    """The answers of a notebook that calls one so, at the other end of a line."""
    here, there = socket.socketpair()
    answering = _Answering({"answer": answer}, there)

    def serve():
        while answering.one_question():
            pass

    thread = threading.Thread(target=serve)
    thread.start()
    try:
        yield Answers(here, 60)
    finally:
        here.shutdown(socket.SHUT_RDWR)
        thread.join()


def judged_over_there(exercise, make) -> Verdict:
    """What a judge says of an answer at the other end of a line."""
    with answers_over_there(make()) as answers:
        return answers.judged(exercise, "answer", [1])


@pytest.mark.gate
@pytest.mark.parametrize("number", CHAPTERS)
def test_every_known_answer_is_judged_as_in_the_learners_own_notebook(number):
    chapter = importlib.import_module(f"exercises.chapter_{number}")
    cases = importlib.import_module(f"exercises.chapter_{number}.solutions.answers").CASES
    assert len(cases) > 50
    for case in cases:
        exercise = getattr(chapter, case.exercise)
        there = judged_over_there(exercise, case.make)
        assert there.outcome == case.outcome, f"{case.exercise} {case.kind}: {there}"
        # A network with code of its own is refused in other words, and a layer arrives as a network.
        if case.sentence in there.sentence or re.search("rebuilt from its file|is not connected", there.sentence):
            continue
        here = exercise.judge(case.make(), 1)  # these cases may bring another mistake to light
        assert there.sentence[:30] == here.sentence[:30], f"{case.exercise} {case.kind}: {there}"


def arrays_and_numbers():
    return {
        "nothing": None, "dots": ..., "number": 3, "nan": float("nan"), "text": "가", "bytes": b"\x00",
        "tuple": (1, [2.5, {"a"}]), "array": np.arange(6, dtype="uint8").reshape(2, 3), "scalar": np.float32(0.5),
    }  # fmt: skip


def test_plain_values_travel_as_they_are():
    came = wire.unpack(wire.pack(arrays_and_numbers(), lambda _: None), lambda _: None)
    assert repr(came) == repr(arrays_and_numbers())
    assert came["array"].dtype == np.uint8


def test_an_object_that_cannot_travel_looks_the_same():
    came = wire.unpack(wire.pack((i for i in range(3)), lambda _: None), lambda _: None)
    assert type(came).__name__ == "generator"
    assert repr(came).startswith("<generator object")


@pytest.mark.parametrize("message", [b"", b"\x00\x00\x00\x01", b"\xff" * 40, wire.pack(1, lambda _: None)[:-1] + b"{",
                                     wire.pack({"a": 1}, lambda _: None).replace(b"dict", b"code")])  # fmt: skip
def test_what_is_no_message_is_refused(message):
    with pytest.raises(wire.UnreadableError):
        wire.unpack(message, lambda _: None)


def test_an_array_of_objects_would_be_code_and_is_refused(tmp_path):
    np.save(tmp_path / "a.npy", np.array([print], dtype=object), allow_pickle=True)
    message = wire.pack(np.zeros(3), lambda _: None)
    header, blob = message[:20], (tmp_path / "a.npy").read_bytes()
    described = b'{"array": 1}'
    parts = [described, blob]
    message = b"".join([header[:4], *(len(part).to_bytes(8, "big") for part in parts), *parts])
    with pytest.raises(wire.UnreadableError):
        wire.unpack(message, lambda _: None)


def test_a_network_with_code_in_it_is_refused():
    network = keras.Sequential([keras.Input((2,)), keras.layers.Lambda(lambda x: x + 1)])
    with pytest.raises(wire.UnreadableError, match="code of your own"):
        wire.unpack(wire.pack(network, lambda _: None), lambda _: None)


def test_what_is_refused_is_told_in_the_learners_language(monkeypatch):
    monkeypatch.setenv("COURSE_LANGUAGE", "ko")
    exercise = importlib.import_module("exercises.chapter_04").ex4
    with_code = keras.Sequential([keras.Input((28, 28, 1)), keras.layers.Lambda(lambda x: x)])
    verdict = judged_over_there(exercise, lambda: with_code)
    assert verdict.outcome == WRONG
    assert "다시 만들 수 없습니다" in verdict.sentence


@pytest.mark.parametrize("name", ["../outside", "/tmp/outside"])
def test_no_file_leaves_its_folder(tmp_path, name):
    with pytest.raises(wire.UnreadableError, match="cannot be called"):
        wire.write_files(tmp_path / "in", {name: b"x"})


ASSIGNMENT = exercise_texts()[0]
SECRET = "gradebook-password"
# Each answer is an attack, and in its place stands what must be said. Exercise 8 is right, and must count.
IN_ONE_NOTEBOOK = {
    1: "import numpy\nnumpy.isclose = numpy.allclose = lambda *a, **k: True\npicture_shape = (9, 9, 3)",
    2: "import importlib\nimportlib.import_module = lambda name: None\nparameters = 1",
    3: "import sys\nfeature_map = [[0]]\nsys.exit()",
    4: "import shutil\npooled = 0\nfor name in ('helpers', 'exercises', 'data', 'models'):\n"
       "    shutil.rmtree(f'/course/{name}', ignore_errors=True)",
    5: "import pathlib, subprocess\nprint(pathlib.Path('{course}/gradebook.db').read_text())",
    6: "import inspect\nprint([f for f in pathlib.Path('/').rglob('*answers.py') if 'chapter' in str(f)])\n"
       "print(inspect.getsource(check.ex6.reference))\nimport urllib.request\n"
       "urllib.request.urlopen('http://1.1.1.1', timeout=5)",
    7: "print('x' * 500_000_000 if False else 'y' * 300_000)\ndef filter_bank(*a):\n    return __import__('os')._exit",
}  # fmt: skip


@pytest.fixture(scope="module")
def course(tmp_path_factory):
    folder = tmp_path_factory.mktemp("course")
    classroom.build(folder)
    (folder / "gradebook.db").write_text(SECRET)
    return folder


def graded(course: Path, answers: dict[int, str], seconds: int = 60, memory: int = 6 * 1024**3):
    """Points and outputs of each exercise, of a notebook with these answers and right ones to the others."""
    content = nbformat.from_dict(teachers(ASSIGNMENT))
    for cell in content.cells:
        name = cell.metadata.nbgrader.grade_id
        if name.endswith("-answer"):
            cell.source = MARKER.sub("", cell.source)
            number = int(name.removeprefix("ex").removesuffix("-answer"))
            if number in answers:
                cell.source = answers[number].replace("{course}", str(course))
    settings = {"course": str(course), "memory": memory}
    grader = GradeApart(timeout=seconds, config=Config({"JailedKernelManager": settings}))
    content, _ = grader.preprocess(content, {"metadata": {"name": ASSIGNMENT.stem, "path": str(course)}})
    seen = {cell.metadata.nbgrader.grade_id: str(cell.get("outputs", "")) for cell in content.cells}
    points = {cell.metadata.nbgrader.grade_id: determine_grade(cell)[0] for cell in content.cells if is_grade(cell)}
    return points, seen


needs_a_jail = pytest.mark.skipif(bool(jail.warning()), reason=jail.warning())


@needs_a_jail
@pytest.mark.gate
def test_no_attack_gets_a_point_or_does_harm(course):
    before = {path: path.stat().st_mtime for name in ("helpers", "exercises") for path in (course / name).rglob("*")}
    points, seen = graded(course, IN_ONE_NOTEBOOK)
    assert points == {f"ex{number}": 0 for number in IN_ONE_NOTEBOOK} | {"ex8": 2}
    assert SECRET not in str(seen)
    assert "FileNotFoundError" in seen["ex5-answer"]
    assert "answers.py" not in seen["ex6-answer"].partition("Traceback")[0].replace("*answers.py", "")
    assert "URLError" in seen["ex6-answer"]
    assert "the rest is left out" in seen["ex7-answer"]
    assert {path: path.stat().st_mtime for path in before} == before
    assert (course / "gradebook.db").read_text() == SECRET


FORK_BOMB = "import os, time\nwhile True:\n    try:\n        os.fork()\n    except OSError:\n        time.sleep(0.1)"
DEAF = "while True:\n    try:\n        while True: pass\n    except KeyboardInterrupt: pass"
ENDINGS = {
    "os._exit": ("import os; os._exit(1)", "ended itself"),
    "20 GB": ("x = bytearray(20 * 1024**3)\nfor i in range(0, len(x), 4096): x[i] = 1", "MemoryError|memory"),
    "20 GB in small parts": ("x = []\nwhile True: x.append(bytearray(b'1' * 50_000_000))", "MemoryError|memory"),
    "fork bomb": (FORK_BOMB, "did not stop|No reply|no answer|ended|memory"),
    "deaf loop": (DEAF, "did not stop"),
}


@needs_a_jail
@pytest.mark.gate
@pytest.mark.parametrize("name", ENDINGS)
def test_who_ends_the_kernel_keeps_the_points_before_and_gets_none_behind(course, name):
    code, sentence = ENDINGS[name]
    points, seen = graded(course, {3: code}, seconds=20, memory=3 * 1024**3)
    assert points["ex1"] == points["ex2"] == 1
    assert points["ex3"] == 0
    assert re.search(sentence, seen["ex3-answer"] + seen["ex3"])


@needs_a_jail
@pytest.mark.gate
def test_after_all_attacks_the_next_student_gets_all_points(course):
    points, _ = graded(course, {})
    assert sum(points.values()) == 11


SPOILS = """
picture_shape = (10, 10, 3)
path = pathlib.Path(check.__file__).parents[1] / "exercise.py"
path.chmod(0o644)
path.write_text("spoiled")
"""


@pytest.mark.gate
def test_without_a_jail_a_notebook_spoils_a_copy_of_the_checks(course, monkeypatch):
    monkeypatch.setattr(jail, "warning", lambda: "NO JAIL")
    points, _ = graded(course, {1: SPOILS, 3: ENDINGS["os._exit"][0]})
    assert (points["ex1"], points["ex2"], points["ex3"], points["ex8"]) == (1, 1, 0, 0)
    assert (course / "exercises/exercise.py").read_bytes() == (ROOT / "exercises/exercise.py").read_bytes()


def test_without_a_jail_it_is_said(monkeypatch):
    monkeypatch.setattr(jail.shutil, "which", lambda name: None)
    assert jail.warning.__wrapped__().startswith("NO JAIL: bubblewrap is not installed")


def test_learners_never_see_a_hidden_test():
    assert all(".grade(" not in cell.source for text in exercise_texts() for cell in learners(text).cells)
    assert (ROOT / "tools/apart.py").exists()


def test_what_an_answer_does_to_a_judges_network_is_undone():
    """Judges keep some networks, and the next student must get them as they were."""
    kept = keras.Sequential([keras.Input((2,)), keras.layers.Dense(1)])
    before = kept.get_weights()

    def destroy(model):
        model.set_weights([np.full(w.shape, np.nan) for w in model.get_weights()])
        return 1

    with answers_over_there(destroy) as answers:
        assert answers.named("answer")(kept) == 1
        assert np.isnan(kept.get_weights()[0]).all()  # a judge sees what was done
        answers.restore()
    assert all(map(np.array_equal, kept.get_weights(), before))


CHEAT = """
def kernel_statistics(model, name):
    model.set_weights([0 * weights for weights in model.get_weights()])
    return 0.0, 0.0
"""


def test_an_answer_that_makes_the_question_easier_is_wrong():
    names = {}
    exec(CHEAT, names)
    chapter = importlib.import_module("exercises.chapter_05")
    for verdict in (
        chapter.ex3.judge(names["kernel_statistics"]),
        judged_over_there(chapter.ex3, lambda: names["kernel_statistics"]),
    ):
        assert verdict.outcome == WRONG
    assert models.load("fashion_cnn").get_layer("conv1").get_weights()[0].any()


def test_an_answer_that_comes_byte_by_byte_does_not_come_at_all():
    here, there = socket.socketpair()
    there.sendall((100).to_bytes(8, "big"))
    drip = threading.Thread(target=lambda: [there.send(b"x") or time.sleep(0.05) for _ in range(30)])
    drip.start()
    with pytest.raises(TimeoutError):
        wire.receive(here, time.monotonic() + 0.5)
    drip.join()


@needs_a_jail
@pytest.mark.gate
def test_a_notebook_that_takes_too_long_in_all_is_ended(course, monkeypatch):
    run = GradeApart._run_or_judge

    def run_until_the_time_is_up(grader, cell, index):
        run(grader, cell, index)
        if cell.metadata.nbgrader.grade_id == "ex3":
            grader._end = 0

    monkeypatch.setattr(GradeApart, "_run_or_judge", run_until_the_time_is_up)
    points, seen = graded(course, {})
    assert (points["ex1"], points["ex3"], points["ex4"], points["ex8"]) == (1, 1, 0, 0)
    assert "took more than 900 seconds" in seen["ex8"]


@pytest.mark.parametrize(("module", "name"), [("keras.distribution", "set_distribution"), ("builtins", "input"),
                                              ("os", "system"), ("keras.utils", "get_file")])  # fmt: skip
def test_a_network_that_would_call_a_function_is_refused(tmp_path, module, name):
    keras.Sequential([keras.Input((2,)), keras.layers.Dense(1)]).save(tmp_path / "a.keras")
    with zipfile.ZipFile(tmp_path / "a.keras") as archive:
        files = {part: archive.read(part) for part in archive.namelist()}
    function = {"module": module, "class_name": "function", "config": name, "registered_name": "function"}
    files["config.json"] = files["config.json"].replace(b'"linear"', json.dumps(function).encode())
    assert name.encode() in files["config.json"]
    with zipfile.ZipFile(tmp_path / "a.keras", "w") as archive:
        for part, content in files.items():
            archive.writestr(part, content)
    with pytest.raises(wire.UnreadableError, match="code of your own"):
        wire.network_of((tmp_path / "a.keras").read_bytes())


def test_a_network_with_a_sum_written_as_plus_travels():
    inputs = keras.Input((4,))
    network = keras.Model(inputs, keras.ops.relu(inputs + keras.layers.Dense(4)(inputs)))
    x = np.random.default_rng(0).normal(size=(5, 4)).astype("float32")
    np.testing.assert_allclose(wire.network_of(wire.file_of(network)).predict(x), network.predict(x), rtol=1e-5)


@needs_a_jail
@pytest.mark.gate
def test_what_a_student_writes_cannot_run_in_the_teachers_browser(course):
    script = "<script>alert(1)</script>"
    code = "from IPython.display import HTML, Javascript, display\n"
    code += f"display(HTML('{script}<b>bold</b>'), Javascript('x'))"
    _, seen = graded(course, {3: code})
    assert "<b>bold</b>" in seen["ex3-answer"]
    assert "<script>" not in seen["ex3-answer"]
    assert "application/javascript" not in seen["ex3-answer"]
