"""What `make grading` measures, tried without grading: wrong points are told, and the time becomes a sentence."""

import json

import pytest

pytest.importorskip("nbgrader", reason="nbgrader is not installed: make .venv/.classroom")
pytest.importorskip("dask.distributed", reason="Dask is not installed: make .venv/.classroom")

from tools import figures, grading

pytestmark = pytest.mark.packages
RIGHT = {"student-000": 11, "student-001": 5, "student-002": 0, "student-003": 11}


@pytest.fixture
def graded(monkeypatch, tmp_path):
    """Nothing is graded: each student has the points that are named here, and what was handed in is kept."""

    def pretend(points):
        handed_in = {}
        monkeypatch.setattr(grading.classroom, "release", lambda course, name: None)
        monkeypatch.setattr(grading, "hand_in", lambda _, student, name, filled: handed_in.update({student: filled}))
        monkeypatch.setattr(grading, "_run", lambda *command: None)
        monkeypatch.setattr(grading, "scores", lambda course, name: points)
        assert grading.a_class(tmp_path, 4, 2) >= 0
        return handed_in

    return pretend


def test_a_class_has_right_half_right_and_untouched_hand_ins(graded):
    assert [len(filled) for filled in graded(RIGHT).values()] == [8, 4, 0, 8]


@pytest.mark.parametrize("points", [RIGHT | {"student-001": 6}, {"student-000": 11}])
def test_wrong_and_lost_points_are_told(graded, points):
    with pytest.raises(ValueError, match=r"student-001 should have 5 points, and has (6|None)"):
        graded(points)


def test_what_was_measured_becomes_a_sentence(monkeypatch, tmp_path):
    monkeypatch.setattr(figures, "SHIPPED", tmp_path)
    assert figures.grading_table() == ""
    measured = {"assignment": "01_x", "hand_ins": 300, "workers": 2, "device": "CPU", "seconds": 1200, "a_minute": 15.0}
    (tmp_path / "grading.json").write_text(json.dumps(measured))
    assert "300 hand-ins of `01_x`" in figures.grading_table()
    assert "2 workers 1,200 s, 15.0 a minute (CPU)" in figures.grading_table()
