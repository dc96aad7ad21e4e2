"""Digits of one's own: the field to draw in, and photographs made by code."""

import base64
import io

import numpy as np
import pytest
from PIL import Image

from helpers.pictures.digits import FIELD, DrawingPad, as_photograph


def test_what_is_drawn_comes_back_black_on_white():
    pad = DrawingPad()
    assert not pad.drawn()
    with pytest.raises(ValueError, match="Nothing was drawn yet"):
        pad.picture()
    drawn = Image.new("RGBA", (280, 280), "white")
    drawn.paste((0, 0, 0, 255), (100, 40, 140, 240))
    buffer = io.BytesIO()
    drawn.save(buffer, "PNG")
    pad.show()
    pad._text.value = "data:image/png;base64," + base64.b64encode(buffer.getvalue()).decode()
    assert pad.drawn()
    picture = pad.picture()
    assert picture.shape == (280, 280, 3)
    assert picture[120, 120].tolist() == [0, 0, 0]
    assert picture[10, 10].tolist() == [255, 255, 255]
    pad._text.value = ""  # the button "clear"
    assert not pad.drawn()


def test_two_fields_do_not_write_into_each_other():
    first, second = DrawingPad(), DrawingPad()
    assert first._name != second._name
    page = FIELD.format(name=first._name, side=280)
    assert page.count(first._name) >= 4
    assert "http" not in page  # nothing is fetched


def test_without_widgets_a_sentence_says_so(monkeypatch, capsys):
    monkeypatch.setitem(__import__("sys").modules, "ipywidgets", None)
    pad = DrawingPad()
    pad.show()
    assert "Give the path of a picture" in capsys.readouterr().out
    assert not pad.drawn()


def test_a_photograph_has_dark_ink_on_bright_paper_somewhere():
    ink = np.zeros((28, 28))
    ink[6:22, 12:16] = 1
    places = set()
    for number in range(20):
        grey = as_photograph(ink, np.random.default_rng(number))
        assert grey.shape == (140, 180)
        assert np.median(grey) > 150
        rows, columns = np.nonzero(grey < 110)
        assert len(rows) > 50
        places.add((int(rows.mean()) // 20, int(columns.mean()) // 20))
        np.testing.assert_array_equal(grey, as_photograph(ink, np.random.default_rng(number)))
    assert len(places) > 5
    with pytest.raises(ValueError, match=r"shape \(28, 28\), got \(28, 28, 1\)"):
        as_photograph(ink[..., None], np.random.default_rng(0))
