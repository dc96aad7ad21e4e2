"""Number grids and the step-through animation: what is written in the cells, and that a page needs no network."""

import re

import matplotlib.pyplot as plt
import numpy as np
import pytest
from IPython.display import HTML
from matplotlib.colors import to_rgba

from helpers import grids
from helpers.convolution import conv2d
from helpers.plots import ORANGE

IMAGE = np.array([[3, 4, 0, 1], [3, 0, 0, 1], [4, 4, 1, 2], [4, 2, 4, 3]])
KERNEL = np.array([[4, 2, 4], [2, 4, 1], [1, 0, 1]])


def panel(figure, title):
    (axis,) = [axis for axis in figure.axes if axis.get_title() == title]
    return axis


def written(axis):
    """(row, column) -> the text in that cell."""
    cells = [text for text in axis.texts if text.get_transform() == axis.transData]
    return {(int(text.get_position()[1]), int(text.get_position()[0])): text.get_text() for text in cells}


def framed(axis):
    """(top, left, height, width) of the orange frame."""
    (frame,) = [patch for patch in axis.patches if patch.get_edgecolor() == to_rgba(ORANGE)]
    return round(frame.get_y() + 0.5), round(frame.get_x() + 0.5), frame.get_height(), frame.get_width()


def test_every_number_is_in_its_cell():
    array = np.array([[1, -2.5], [0.333, -1e-9]])
    axis = panel(grids.numbers({"a": array, "b": IMAGE}, caption="two"), "a")
    assert written(axis) == {(0, 0): "1", (0, 1): "−2.5", (1, 0): "0.33", (1, 1): "0"}


def edges(patch):
    """(top, left, height, width) of a rectangle, in cells."""
    return round(patch.get_y() + 0.5), round(patch.get_x() + 0.5), patch.get_height(), patch.get_width()


@pytest.mark.parametrize("shape", [(1, 1), (2, 5), (4, 3)])
def test_every_cell_has_its_border_and_none_is_cut_off(shape):
    axis = grids.numbers({"a": np.ones(shape)}).axes[0]
    assert sorted(edges(patch) for patch in axis.patches) == [(*place, 1, 1) for place in np.ndindex(shape)]
    left, right = axis.get_xlim()
    bottom, top = axis.get_ylim()
    assert (left < -0.5, right > shape[1] - 0.5, top < -0.5, bottom > shape[0] - 0.5) == (True,) * 4


def test_in_a_step_cells_of_padding_are_grey_and_all_cells_can_be_seen():
    figure = grids.convolution_step(IMAGE, KERNEL, 0, padding=1)
    axis = panel(figure, "input")
    grey = {edges(patch) for patch in axis.patches if patch.get_facecolor() == to_rgba(grids.PADDING_GREY)}
    assert grey == {(r, c, 1, 1) for r, c in np.ndindex(6, 6) if r in (0, 5) or c in (0, 5)}
    for axis in figure.axes:
        for text in written(axis):
            (left, right), (bottom, top) = axis.get_xlim(), axis.get_ylim()
            assert left <= text[1] - 0.5, axis.get_title()
            assert text[1] + 0.5 <= right, axis.get_title()
            assert top <= text[0] - 0.5, axis.get_title()
            assert text[0] + 0.5 <= bottom, axis.get_title()


def test_of_a_long_sum_the_first_and_last_six_products_are_written():
    image = np.arange(25).reshape(5, 5)
    figure = grids.convolution_step(image, np.ones((5, 5)), 0)
    (text,) = [text.get_text() for text in figure.texts if "×" in text.get_text()]
    shown = " ".join(text.split()).split(" + ")
    assert shown[:7] == ["0×1", "1×1", "2×1", "3×1", "4×1", "5×1", "…"]
    assert shown[7:] == ["19×1", "20×1", "21×1", "22×1", "23×1", "24×1 = 300"]


def test_grids_share_one_colour_scale_centred_on_zero():
    figure = grids.numbers({"a": IMAGE, "b": -10 * IMAGE, "c": np.zeros((2, 2))}, columns=2)
    assert {image.get_clim() for axis in figure.axes for image in axis.get_images()} == {(-40, 40)}
    assert grids.numbers({"nothing": np.zeros((2, 2))}).axes[0].get_images()[0].get_clim() == (-1, 1)


def test_cells_have_the_same_size_in_all_grids_of_a_row():
    figure = grids.numbers({"wide": np.ones((3, 8)), "small": np.ones((3, 3))})
    figure.canvas.draw()
    cells = [axis.transData.transform([(0, 0), (1, 0)]) for axis in figure.axes]
    wide, small = (right[0] - left[0] for left, right in cells)
    assert small == pytest.approx(wide, rel=0.03)


def test_titles_may_repeat_and_grids_fill_rows():
    figure = grids.numbers([("a", IMAGE), ("a", KERNEL), ("b", IMAGE)], caption="three", columns=2)
    assert [axis.get_title() for axis in figure.axes] == ["a", "a", "b", ""]
    assert figure.axes[0].get_gridspec().get_geometry() == (2, 2)
    assert figure.get_suptitle() == "three"


def test_small_integers_and_missing_values_have_their_colours():
    figure = grids.numbers({"a": np.array([[-128, 0]], np.int8), "b": np.array([[np.nan, np.inf]])})
    assert figure.axes[0].get_images()[0].get_clim() == (-128, 128)
    assert written(panel(figure, "b")) == {(0, 1): "inf"}


@pytest.mark.parametrize(
    "wrong", [{}, {"a": np.ones(3)}, {"a": IMAGE, "b": np.ones((2, 2, 2))}, {"a": np.ones((0, 2))}]
)
def test_only_arrays_with_two_axes_are_drawn(wrong):
    with pytest.raises(ValueError, match=r"Expected arrays of shape \(H, W\), got"):
        grids.numbers(wrong)


def test_a_step_shows_window_products_sum_and_the_output_so_far():
    figure = grids.convolution_step(IMAGE, KERNEL, step=5, padding=1)
    assert framed(panel(figure, "input")) == (1, 1, 3, 3)
    assert list(written(panel(figure, "window")).values()) == [str(n) for n in IMAGE[:3, :3].flat]
    assert list(written(panel(figure, "products")).values()) == [str(n) for n in (IMAGE[:3, :3] * KERNEL).flat]
    output = conv2d(IMAGE, KERNEL, padding=1).flat
    assert list(written(panel(figure, "feature map")).values()) == [str(n) for n in output[:6]]
    assert framed(panel(figure, "feature map")) == (1, 1, 1, 1)
    (arithmetic,) = [text.get_text() for text in figure.texts if "+" in text.get_text()]
    assert arithmetic == "3×4 + 4×2 + 0×4 + 3×2 + 0×4 + 0×1 + 4×1 + 4×0 + 1×1 = 31"


def test_nothing_in_a_step_is_turned_over():
    """Height, width and stride all differ, so that exchanging any two shows."""
    image, kernel = np.arange(35).reshape(5, 7), np.arange(6).reshape(2, 3)
    figure = grids.convolution_step(image, kernel, step=5, stride=2)
    assert conv2d(image, kernel, strides=2).shape == (2, 3)
    assert [axis.get_title() for axis in figure.axes] == ["input", "window", "kernel", "products", "feature map"]
    assert figure.get_suptitle() == "Step 6 of 6: row 1, column 2 of the feature map"
    assert framed(panel(figure, "input")) == (2, 4, 2, 3)
    for title, array in {"window": image[2:4, 4:7], "kernel": kernel, "products": image[2:4, 4:7] * kernel}.items():
        assert written(panel(figure, title)) == {place: str(value) for place, value in np.ndenumerate(array)}
    assert framed(panel(figure, "feature map")) == (1, 2, 1, 1)
    for axis in figure.axes:
        bottom, top = axis.get_ylim()
        assert bottom > top, "rows are counted downwards"
    signs = [axis.texts[-1].get_text() for axis in figure.axes[1:]]
    assert signs == ["", "×", "=", "→"]


def test_small_integers_do_not_overflow_in_the_products():
    figure = grids.convolution_step(np.full((2, 2), 200, np.uint8), np.full((2, 2), 2, np.uint8), step=0)
    assert set(written(panel(figure, "products")).values()) == {"400"}
    assert written(panel(figure, "feature map")) == {(0, 0): "1600"}


@pytest.mark.parametrize("size", [3, 5, 7])
def test_the_arithmetic_fits_into_the_figure(size):
    figure = grids.convolution_step(np.full((size, size), 12.34), np.full((size, size), -1 / 9), step=0, bias=-1)
    figure.canvas.draw()
    (text,) = [text for text in figure.texts if "+" in text.get_text()]
    box = text.get_window_extent()
    assert box.x0 > 0
    assert box.x1 < figure.bbox.width
    assert box.y0 > 0
    assert box.y1 < min(axis.get_window_extent().y0 for axis in figure.axes)


def test_a_number_that_rounds_to_nothing_is_no_negative_one():
    figure = grids.convolution_step(np.ones((1, 1)), np.full((1, 1), -0.001), step=0, bias=1)
    assert [text.get_text() for text in figure.texts if "+" in text.get_text()] == ["1×0 + 1 = 1"]


def test_stride_bias_and_negative_numbers():
    figure = grids.convolution_step(IMAGE, -KERNEL, step=-1, bias=-1.5, stride=2, padding=1)
    assert framed(panel(figure, "input")) == (2, 2, 3, 3)
    assert figure.get_suptitle() == "Step 4 of 4: row 1, column 1 of the feature map"
    (arithmetic,) = [text.get_text() for text in figure.texts if "+" in text.get_text()]
    assert arithmetic.startswith("0×(−4) + 0×(−2) + 1×(−4)")
    assert arithmetic.endswith("+ (−1.5) = −24.5")
    assert conv2d(IMAGE, -KERNEL, -1.5, 2, 1)[1, 1] == -24.5


def test_exactly_the_zeros_of_the_padding_are_grey():
    axis = panel(grids.convolution_step(np.ones((2, 3)), np.ones((2, 2)), step=0, padding=1), "input")
    grey = {(p.get_y() + 0.5, p.get_x() + 0.5) for p in axis.patches if p.get_facecolor() == to_rgba("#d9d9d9")}
    assert grey == {place for place, text in written(axis).items() if text == "0"}
    assert len(grey) == 4 * 5 - 2 * 3


def test_steps_and_shapes_that_do_not_exist_are_refused():
    with pytest.raises(ValueError, match="An output of 2 x 2 has no step 4"):
        grids.convolution_step(IMAGE, KERNEL, step=4)
    with pytest.raises(ValueError, match="An output of 2 x 2 has no step -5"):
        grids.convolution_step(IMAGE, KERNEL, step=-5)
    with pytest.raises(ValueError, match="900 steps are too many to watch, 100 at most"):
        grids.convolution_steps(np.ones((30, 30)), np.ones((1, 1)))
    for wrong in ({"padding": "same"}, {"stride": (1, 2)}):
        with pytest.raises(ValueError, match="padding and stride are one whole number each"):
            grids.convolution_step(IMAGE, KERNEL, step=0, **wrong)
    with pytest.raises(ValueError, match=r"got \(4, 4\) and \(3, 3, 1\)"):
        grids.convolution_step(IMAGE, KERNEL[:, :, np.newaxis], step=0)
    with pytest.raises(ValueError, match="do not fit into the image"):
        grids.convolution_steps(IMAGE[:2], KERNEL)


def test_the_animation_has_every_step_and_needs_no_network():
    page = grids.convolution_steps(IMAGE, KERNEL, padding=1)
    assert isinstance(page, HTML)
    frames = re.findall(r'frames\[\d+\] = "data:image/png;base64,([^"]+)"', page.data)
    assert len(frames) == len(set(frames)) == 16
    assert re.search(r",\s*1000,\s*loop_select_id", page.data), "one step a second"
    assert re.search(r'value="once"[^>]*checked', page.data)
    assert not re.search(r"https?:|//\w+\.\w+/", page.data.replace("//www.w3.org", ""))


def test_the_animation_draws_the_steps_that_it_was_asked_for(monkeypatch):
    drawn = []
    draw = grids._draw_step
    monkeypatch.setattr(
        grids, "_draw_step", lambda figure, *rest: (drawn.append((rest[2:], figure)), draw(figure, *rest))
    )
    grids.convolution_steps(IMAGE, KERNEL, bias=3, stride=2, padding=1)
    assert [arguments for arguments, _ in drawn][-4:] == [(step, 3, 2, 1) for step in range(4)]
    assert len(drawn[-1][1].axes) == 5, "a step replaces the one before"


def test_every_button_of_the_animation_can_be_read_without_a_web_font():
    page = grids.convolution_steps(IMAGE, KERNEL).data
    buttons = dict(re.findall(r'<button title="([^"]+)".*?>\s*(\S+?)\s*</button>', page, re.DOTALL))
    assert {"Play", "Pause", "Next frame", "Previous frame"} <= set(buttons)
    assert sorted(buttons.values()) == sorted(grids.BUTTONS.values())
    assert (buttons["Next frame"], buttons["Previous frame"], buttons["Play"][0]) == ("›", "‹", "▶")


def test_figures_are_not_shown_twice():
    grids.numbers({"a": IMAGE})
    grids.convolution_step(IMAGE, KERNEL, step=0)
    grids.convolution_steps(IMAGE[:3, :3], KERNEL)
    assert not plt.get_fignums()
