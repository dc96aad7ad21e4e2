"""What is drawn: the data on the axes, the labels, and colours that can be compared."""

import ast
import os
import re
import shutil
import subprocess
import sys
import unicodedata
import warnings
from types import SimpleNamespace

import matplotlib.pyplot as plt
import ml_dtypes
import numpy as np
import pytest
from conftest import ROOT
from matplotlib import font_manager
from matplotlib.figure import Figure
from matplotlib.text import Text

from helpers import grids, plots
from helpers.backend import letters
from helpers.data import FASHION_MNIST_CLASSES, FASHION_MNIST_CLASSES_KO
from helpers.environment import keras

RNG = np.random.default_rng(0)


def drawn(figure):
    """Arrays that the figure shows as images, in order; insets included."""
    axes = [axis for parent in figure.axes for axis in (parent, *parent.child_axes)]
    return [image for axis in axes for image in axis.get_images()]


def renders(figure):
    """Draw it, and fail on any warning, such as one about missing letters."""
    assert isinstance(figure, Figure)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        figure.savefig("/dev/null", format="png")
    assert figure.number not in plt.get_fignums()  # else a notebook shows it twice
    return figure


@pytest.mark.parametrize("shape", [(5, 6, 6), (5, 6, 6, 1), (5, 6, 6, 3)])
def test_images_are_drawn_with_their_titles(shape):
    pictures = RNG.integers(0, 256, shape, dtype=np.uint8)
    figure = renders(plots.images(pictures, list("abcde"), columns=3, caption="five"))
    for picture, image in zip(pictures, drawn(figure), strict=True):
        np.testing.assert_array_equal(np.squeeze(image.get_array()), np.squeeze(picture))
    assert [axis.get_title() for axis in figure.axes] == [*"abcde", ""]
    assert figure.get_suptitle() == "five"


@pytest.mark.parametrize(("dtype", "white"), [("uint8", 255), ("int64", 255), ("float32", 1)])
def test_one_brightness_scale_for_all_pictures(dtype, white):
    dark = np.full((2, 4, 4), 0.1).astype(dtype)
    assert {image.get_clim() for image in drawn(plots.images(dark))} == {(0, white)}
    assert drawn(plots.probabilities(dark[0], [1.0], ["only"]))[0].get_clim() == (0, white)


@pytest.mark.parametrize("shape", [(4, 4), (0, 4, 4), (2, 4, 4, 2)])
def test_images_of_another_shape_are_refused(shape):
    with pytest.raises(ValueError, match=r"Expected pictures of shape \(n, H, W\)"):
        plots.images(np.zeros(shape))


def test_one_colour_picture_is_no_batch_of_grey_ones():
    with pytest.raises(ValueError, match=r"picture\[np.newaxis\]"):
        plots.images(np.zeros((30, 45, 3)))


def test_titles_may_be_an_array_and_must_fit():
    assert plots.images(np.zeros((2, 4, 4)), np.array([3, 7])).axes[1].get_title() == "7"
    with pytest.raises(ValueError, match="1 titles do not fit 2 pictures"):
        plots.images(np.zeros((2, 4, 4)), ["one"])


def test_history_marks_the_best_epoch():
    run = {
        "loss": [3.0, 2.0, 1.0],
        "val_loss": [2.0, 1.0, 1.5],
        "accuracy": [0.1, 0.5, 0.9],
        "val_accuracy": [0, 1, 0.5],
    }
    axis = renders(plots.history({"net": run}, "accuracy")).axes[0]
    lines = {line.get_label(): line.get_xydata().tolist() for line in axis.get_lines()}
    assert lines["net, training"] == [[1, 0.1], [2, 0.5], [3, 0.9]]
    assert lines["net, validation"] == [[1, 0], [2, 1], [3, 0.5]]
    assert lines["net, best: epoch 2"] == [[2, 1]]
    assert (axis.get_xlabel(), axis.get_ylabel()) == ("epoch", "accuracy")


def test_as_many_runs_as_there_are_colours():
    run = {"loss": [1.0], "val_loss": [1.0]}
    lines = renders(plots.history({str(number): run for number in range(7)})).axes[0].get_lines()
    assert len({line.get_color() for line in lines}) == 7
    with pytest.raises(ValueError, match="From 1 to 7 runs fit in one figure, got 8"):
        plots.history({str(number): run for number in range(8)})


def test_each_probability_stands_at_its_class_name():
    values = np.full(10, 0.01)
    values[8] = 0.91
    left, right = renders(plots.probabilities(np.zeros((28, 28, 1)), values, FASHION_MNIST_CLASSES, truth=8)).axes
    names = [label.get_text() for label in right.get_yticklabels()]
    bars = sorted(right.patches, key=lambda bar: bar.get_y())
    assert dict(zip(names, [round(float(bar.get_width()), 2) for bar in bars], strict=True)) == {
        name: 0.91 if name == "Bag" else 0.01 for name in FASHION_MNIST_CLASSES
    }
    assert right.get_title() == "Most likely: Bag"
    assert left.get_title() == "True class: Bag"
    assert [bar.get_facecolor() == bars[8].get_facecolor() for bar in bars].count(True) == 1


def test_as_many_probabilities_as_names():
    with pytest.raises(ValueError, match=r"Expected 10 probabilities, one for each class name, got \(9,\)"):
        plots.probabilities(np.zeros((2, 2)), np.ones(9), FASHION_MNIST_CLASSES)


def test_kernels_share_a_scale_with_white_at_zero():
    weights = RNG.normal(size=(3, 3, 1, 20)).astype("float32")
    images = drawn(renders(plots.kernels(weights)))[:20]
    for index, image in enumerate(images):
        np.testing.assert_array_equal(image.get_array(), weights[:, :, 0, index])
    (limits,) = {image.get_clim() for image in images}
    assert limits == pytest.approx((-np.abs(weights).max(), np.abs(weights).max()))


def test_a_given_limit_makes_figures_comparable():
    for figure in (
        plots.kernels(np.ones((3, 3, 2)), limit=5),
        plots.feature_maps(np.ones((4, 4, 2)), weights=np.ones((3, 3, 2)), limit=5),
    ):
        assert [image.get_clim() for image in drawn(figure)].count((-5, 5)) == 2


@pytest.mark.parametrize(("limit", "extend"), [(0.5, "both"), (None, "neither"), (2, "neither")])
def test_the_colour_bar_shows_when_weights_go_beyond_it(limit, extend):
    bar = renders(plots.kernels(np.ones((3, 3, 2)), limit=limit)).axes[-1]
    assert bar._colorbar.extend == extend


def test_deeper_kernels_are_refused():
    with pytest.raises(ValueError, match=r"got \(3, 3, 32, 64\)"):
        plots.kernels(np.zeros((3, 3, 32, 64)))


def test_feature_maps_share_a_scale_and_empty_ones_are_marked():
    maps = RNG.random((7, 7, 5)).astype("float32")
    maps[:, :, 3] = 0
    figure = renders(plots.feature_maps(maps))
    images = drawn(figure)[:5]
    for index, image in enumerate(images):
        np.testing.assert_array_equal(image.get_array(), maps[:, :, index])
    assert {image.get_clim() for image in images} == {(0, maps.max())}
    assert [axis.get_title() for axis in figure.axes[:5]] == ["0", "1", "2", "3 empty", "4"]


def test_each_map_stands_under_its_own_kernel():
    maps, weights = RNG.random((7, 7, 4)), RNG.normal(size=(3, 3, 1, 4))
    figure = renders(plots.feature_maps(maps, weights=weights))
    for index, axis in enumerate(figure.axes[:4]):
        np.testing.assert_array_equal(axis.get_images()[0].get_array(), maps[:, :, index])
        (above,) = axis.child_axes
        np.testing.assert_array_equal(above.get_images()[0].get_array(), weights[:, :, 0, index])


def test_all_maps_empty_can_still_be_drawn():
    renders(plots.feature_maps(np.zeros((4, 4, 2))))


def test_feature_maps_of_a_batch_and_unequal_numbers_are_refused():
    with pytest.raises(ValueError, match=r"one image.*\(1, 7, 7, 4\)"):
        plots.feature_maps(np.zeros((1, 7, 7, 4)))
    with pytest.raises(ValueError, match="3 kernels do not fit 4 maps"):
        plots.feature_maps(np.zeros((7, 7, 4)), weights=np.zeros((3, 3, 3)))


def test_confusion_counts_rows_as_truth():
    truth, predicted = np.array([0, 0, 1, 1, 1]), np.array([0, 1, 1, 1, 0])
    axis = renders(plots.confusion(truth, predicted, ["cat", "dog"])).axes[0]
    counts = {text.get_position(): text.get_text() for text in axis.texts}
    assert counts == {(0, 0): "1", (1, 0): "1", (0, 1): "1", (1, 1): "2"}  # (column, row)
    assert (axis.get_xlabel(), axis.get_ylabel()) == ("predicted class", "true class")


def test_confusion_colours_mistakes_only_and_numbers_can_be_read_on_them():
    truth, predicted = [0] * 9 + [0] * 5 + [1] * 1 + [1] * 7, [0] * 9 + [1] * 5 + [0] * 1 + [1] * 7
    axis = plots.confusion(np.array(truth), np.array(predicted), ["cat", "dog"]).axes[0]
    np.testing.assert_array_equal(axis.get_images()[0].get_array(), [[0, 5], [1, 0]])
    colours = {text.get_text(): text.get_color() for text in axis.texts}
    assert colours == {"9": "black", "5": "white", "1": "black", "7": "black"}


@pytest.mark.parametrize("titles", [(), ("a",) * 12])
def test_there_is_room_for_square_pictures(titles):
    figure = plots.images(np.zeros((12, 8, 8)), titles, columns=4)
    width, height = figure.get_size_inches() / (4, 3)
    assert width <= height <= 1.6 * width


def test_confusion_takes_labels_in_a_column_as_keras_gives_them_for_cifar10():
    truth, predicted = np.array([[0], [1], [1]]), np.array([0, 1, 0])
    assert sorted(text.get_text() for text in plots.confusion(truth, predicted, ["cat", "dog"]).axes[0].texts) == [
        "0", "1", "1", "1",
    ]  # fmt: skip


def test_confusion_refuses_what_does_not_fit():
    with pytest.raises(ValueError, match="3 predictions do not fit 2 labels"):
        plots.confusion(np.array([0, 1]), np.array([0, 1, 1]), ["cat", "dog"])
    with pytest.raises(ValueError, match="hold 2, which is none of the 2 classes 0 to 1"):
        plots.confusion(np.array([0, 1]), np.array([0, 2]), ["cat", "dog"])


MAPS, HISTORY = RNG.random((2, 8, 8)), {"loss": [1, 0.5], "val_loss": [1, 0.7]}
TAKEN_APART = unicodedata.normalize("NFD", "고양이")  # as macOS names files
KOREAN = {
    "titles": lambda: plots.images(MAPS, ["고양이", TAKEN_APART], caption="고양이와 개"),
    "runs": lambda: plots.history({TAKEN_APART: HISTORY, "증강": HISTORY}),
    "classes": lambda: plots.probabilities(MAPS[0], np.full(10, 0.1), FASHION_MNIST_CLASSES_KO, truth=1),
    "class apart": lambda: plots.probabilities(MAPS[0], [0.2, 0.8], [TAKEN_APART, "개"], 0),
    "kernels": lambda: plots.kernels(RNG.normal(size=(3, 3, 4)), caption="필터 −1"),
    "maps": lambda: plots.feature_maps(RNG.random((8, 8, 4)), caption=f"특징 맵 {TAKEN_APART}"),
    "heat": lambda: plots.heat_maps(MAPS, {"그래드캠": MAPS, TAKEN_APART: MAPS}, ["고양이", "개"], caption="설명"),
    "confusion": lambda: plots.confusion([0, 1], [0, 1], [TAKEN_APART, "개"]),
    "numbers": lambda: grids.numbers({"입력": -np.ones((2, 2)), TAKEN_APART: np.eye(2)}, caption="합성곱"),
}


@pytest.mark.parametrize("name", KOREAN)
def test_korean_letters_are_drawn_everywhere(name, caplog):
    """A missing letter is a warning, and so an error here; a missing weight is a note in the log."""
    figure = renders(KOREAN[name]())
    assert not caplog.records
    written = " ".join(text.get_text() for text in figure.findobj(Text))
    assert any("가" <= letter <= "힣" for letter in written)
    assert not any("\u1100" <= letter <= "\u11ff" for letter in written)  # none is taken apart


def test_korean_letters_need_no_font_of_the_machine():
    font = font_manager.findfont(font_manager.FontProperties(family="Course Hangul"), fallback_to_default=False)
    assert font == str(letters.SHIPPED_FONT)


WITHOUT_FONT = """
import sys, warnings
from helpers.backend import letters
letters.FAMILIES = sys.argv[1:]
import matplotlib.pyplot as plt, numpy as np
from matplotlib.text import Text
from helpers import environment, plots
environment.setup(precision="float32")
warnings.simplefilter("error")  # a missing letter is a warning
def written(figure):
    figure.canvas.draw()
    print([text.get_text() for text in figure.findobj(Text) if any(map(str.isalpha, text.get_text()))])
written(plots.probabilities(np.zeros((4, 4)), np.array([0.25, 0.75]), ["고양이", "cat"], truth=0))
figure, axis = plt.subplots()
axis.plot([1, 2], label="신경망, 훈련")
axis.set(title="내 그림", xlabel="에포크", xticks=[])
axis.legend()
axis.annotate("커널 3개", (0, 1))
written(figure)
"""


def without_font(folder, *families):
    """Draw in a copy of helpers alone, on a machine that has no Korean font but those."""
    shutil.copytree(ROOT / "helpers", folder / "helpers")
    settings = os.environ | {"COURSE_LANGUAGE": "ko", "BUILD_DIR": str(folder), "PYTHONPATH": str(folder)}
    code = [sys.executable, "-c", WITHOUT_FONT, *families]
    done = subprocess.run(code, cwd=folder, env=settings, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_without_a_korean_font_labels_are_english_and_the_set_up_says_so(tmp_path):
    _, advice, own, mine = without_font(tmp_path).splitlines()
    for way in ("!apt-get install fonts-nanum", "sudo apt-get", "brew install font-nanum-gothic", "윈도우"):
        assert way in advice
    assert advice.count(". ") <= 1
    assert {"probability", "True class: cat", "cat"} <= set(ast.literal_eval(own))
    assert not re.search("[가-힣]", own + mine)
    assert {"epoch", "nae geurim", "keoneol 3gae"} <= set(ast.literal_eval(mine))
    assert any("training" in label for label in ast.literal_eval(mine))


def test_a_korean_font_of_the_machine_is_used_where_the_own_one_is_not_here(tmp_path):
    names = {font.name for font in font_manager.fontManager.ttflist}
    if not (families := [name for name in letters.FAMILIES if name in names]):
        pytest.skip("no Korean font on this machine: apt-get install fonts-nanum")
    _, own, mine = without_font(tmp_path, *families).splitlines()
    assert "확률" in own
    assert "내 그림" in mine


# Values as they come


@pytest.mark.parametrize("kind", ["bool", "uint8", "int64", "float16", "float32", "float64", ml_dtypes.bfloat16])
def test_pictures_maps_and_kernels_of_every_kind_are_drawn_alike(kind):
    values = (RNG.random((4, 8, 8)) > 0.5).astype(kind)
    white = 255 if np.dtype(kind).kind in "iu" else 1
    (first, *_) = drawn(renders(plots.images(white * values if white > 1 else values)))
    np.testing.assert_array_equal(first.get_array(), white * values[0].astype(float))
    maps = np.moveaxis(values, 0, -1)
    (first, *_) = drawn(renders(plots.feature_maps(maps)))
    np.testing.assert_array_equal(first.get_array(), values[0].astype(float))
    renders(plots.kernels(maps))
    renders(plots.heat_maps(white * values if white > 1 else values, {"a": values}))
    renders(plots.probabilities(values[0] * white if white > 1 else values[0], np.eye(2)[0].astype(kind), ["a", "b"]))
    renders(grids.numbers({"a": values[0]}))


def test_tensors_are_drawn():
    tensor = keras.ops.convert_to_tensor(MAPS.astype("float32"))
    np.testing.assert_allclose(drawn(renders(plots.images(tensor)))[0].get_array(), MAPS[0], atol=1e-6)


@pytest.mark.parametrize(("pictures", "message"), [
    (255 * RNG.random((2, 8, 8, 3)), r"float64 in 0\..*Draw pictures / 255"),
    (2 * RNG.random((2, 8, 8, 3)) - 1, r"Draw \(pictures \+ 1\) / 2"),
    ((60000 * MAPS).astype("uint16"), "these are uint16"),
    (np.full((1, 8, 8), np.nan), "not a number"),
    (np.full((1, 8, 8), "a"), "must be numbers"),
    ([np.ones((8, 8)), np.ones((9, 8))], "different shapes"),
    (None, "must be numbers"),
    (np.zeros((0, 8, 8)), "Expected pictures of shape"),
])  # fmt: skip
def test_pictures_whose_meaning_is_not_clear_are_refused(pictures, message):
    with pytest.raises(ValueError, match=message):
        plots.images(pictures)


def test_what_is_a_little_beyond_the_range_is_drawn_at_its_end():
    image = drawn(renders(plots.images(np.array([[[-0.004, 1.004]]]))))[0].get_array()
    np.testing.assert_array_equal(image, [[0, 1]])


@pytest.mark.parametrize("draw", [
    lambda: plots.kernels(np.full((3, 3, 4), np.nan)), lambda: plots.feature_maps(np.full((8, 8, 2), np.inf)),
    lambda: plots.heat_maps(MAPS, {"a": np.full((2, 8, 8), np.nan)}),
    lambda: plots.probabilities(MAPS[0], [np.nan, 1], ["a", "b"]),
    lambda: plots.confusion([0, np.nan], [0, 1], ["a", "b"]),
])  # fmt: skip
def test_values_that_are_no_numbers_are_refused(draw):
    with pytest.raises(ValueError, match="not a number, or infinite"):
        draw()


@pytest.mark.parametrize("values", [[[0.2, 0.8]], [-0.3, 1.3], [3, 5]])
def test_what_are_no_probabilities_is_refused(values):
    with pytest.raises(ValueError, match=r"Expected .*probabilities"):
        plots.probabilities(MAPS[0], values, ["a", "b"])


def test_equal_names_have_bars_of_their_own():
    right = renders(plots.probabilities(MAPS[0], [0.2, 0.3, 0.5], ["a", "a", "b"])).axes[1]
    assert len({bar.get_y() for bar in right.patches}) == 3


@pytest.mark.parametrize("metric", ["loss", "accuracy"])
@pytest.mark.parametrize(("runs", "message"), [
    ({}, "From 1 to 7 runs"),
    ({"a": {"loss": [1], "accuracy": [1]}}, "has no val_.*Train with validation_data"),
    ({"a": {}}, "it has nothing"),
    ({"a": {"loss": [1], "val_loss": [np.nan], "accuracy": [1], "val_accuracy": [1]}}, "no epoch has a validation"),
])  # fmt: skip
def test_a_run_without_what_is_drawn_is_named(runs, message, metric):
    with pytest.raises(ValueError, match=message):
        plots.history(runs, metric)


def test_a_metric_that_was_not_measured_is_named_with_those_that_were():
    with pytest.raises(ValueError, match="'a' has no acc, val_acc; it has loss, val_loss"):
        plots.history({"a": HISTORY}, "acc")


def test_what_fit_returns_is_drawn_and_an_epoch_without_a_number_is_not_the_best():
    run = SimpleNamespace(history={"loss": [1, 0.9, 0.5], "val_loss": [0.9, np.nan, 0.4]})
    (legend,) = renders(plots.history({"a": run})).legends
    assert "a, best: epoch 3" in [text.get_text() for text in legend.get_texts()]


LABELS = [0, 1, 1, 2, 0, 2]


@pytest.mark.parametrize("form", [
    np.array(LABELS, "uint8"), np.array(LABELS)[:, None], np.array(LABELS, float), np.eye(3)[LABELS],
    np.eye(3)[LABELS] * 0.7 + 0.1, keras.ops.convert_to_tensor(np.array(LABELS)), LABELS,
    np.array(LABELS, "float32").astype(ml_dtypes.bfloat16),
], ids=str)  # fmt: skip
def test_labels_in_every_form_of_keras_are_the_same_classes(form):
    figure = renders(plots.confusion(form, LABELS, list("abc")))
    counts = [int(text.get_text()) for text in figure.axes[0].texts]
    assert counts == [2, 0, 0, 0, 2, 0, 0, 0, 2]


def test_a_probability_of_the_second_of_two_classes_is_a_prediction():
    outputs = np.array([[0.2], [0.9], [0.5], [0.51]])
    figure = renders(plots.confusion([0.0, 1.0, 0.0, 0.0], outputs, ["cat", "dog"]))
    assert [int(text.get_text()) for text in figure.axes[0].texts] == [2, 1, 0, 1]


@pytest.mark.parametrize(("labels", "message"), [
    ([], r"shape \(n,\), \(n, 1\) or \(n, 3\), got \(0,\)"),
    ([-1, 0], "hold -1, which is none"),
    ([0.5, 1.0], "hold 0.5, which is none"),
    (np.zeros((2, 5)), r"got \(2, 5\)"),
    (["cat", "dog"], "must be numbers"),
])  # fmt: skip
def test_what_are_no_labels_is_said(labels, message):
    for truth, predicted in ((labels, [0, 1]), ([0, 1], labels)):
        with pytest.raises(ValueError, match=message):
            plots.confusion(truth, predicted, list("abc"))


@pytest.mark.parametrize("shape", [(2, 6, 6), (2, 6, 6, 1), (2, 6, 6, 3)])
def test_heat_maps_lie_on_their_pictures_in_one_scale(shape):
    pictures = RNG.random(shape).astype("float32")
    maps = {"first": RNG.random((2, 6, 6)), "second": np.zeros((2, 6, 6))}
    figure = renders(plots.heat_maps(pictures, maps, ["a", "b"], caption="two"))
    shown = drawn(figure)
    heats = [image for image in shown if image.get_cmap().name == plots.HEAT]
    expected = [maps["first"][0], maps["second"][0], maps["first"][1], maps["second"][1]]
    for heat, values in zip(heats, expected, strict=True):
        np.testing.assert_array_equal(heat.get_array(), values)
        assert heat.get_clim() == (0, 1)
        assert np.all((heat.get_alpha() > 0) == (values > 0))  # where nothing speaks for the class, the picture shows
    titles = [axis.get_title() for axis in figure.axes[:6]]
    assert titles == ["", "first", "second", "", "", ""]
    assert [text.get_text() for axis in figure.axes[:6:3] for text in axis.texts] == ["a", "b"]
    bar = figure.axes[-1]
    assert bar.get_ylabel() == "share of the map's largest value"
    assert bar._colorbar.cmap.name == plots.HEAT


@pytest.mark.parametrize("dtype", ["uint8", "float32"])
def test_under_a_heat_map_lies_the_picture_in_pale_grey(dtype):
    white = 255 if dtype == "uint8" else 1
    colour = np.array([[[[0, 0, 0], [white, white, white]]]], dtype)
    ink = np.array([[[0, white]]], dtype)
    for pictures, expected in ((colour, [[0.5, 1]]), (ink, [[1, 0.5]]), (ink[..., np.newaxis], [[1, 0.5]])):
        figure = plots.heat_maps(pictures, {"map": np.zeros((1, 1, 2))})
        np.testing.assert_allclose(drawn(figure)[1].get_array(), expected)


def test_maps_and_titles_must_fit_the_pictures():
    pictures = np.zeros((2, 4, 4))
    for wrong in (np.zeros((1, 4, 4)), np.zeros((2, 2, 2)), np.full((2, 4, 4), 1.1)):
        with pytest.raises(ValueError, match=r"Expected 'occlusion' of shape \(2, 4, 4\) in 0\.\.1"):
            plots.heat_maps(pictures, {"occlusion": wrong})
    for nothing in ((pictures, {}), (pictures[:0], {"occlusion": np.zeros((0, 4, 4))})):
        with pytest.raises(ValueError, match="at least one picture and one map"):
            plots.heat_maps(*nothing)
    with pytest.raises(ValueError, match="3 titles do not fit 2 pictures"):
        plots.heat_maps(pictures, {"occlusion": np.zeros((2, 4, 4))}, list("abc"))


def test_a_network_is_drawn_as_blocks_with_the_shapes_of_its_layers():
    layers = keras.layers
    block = keras.Sequential([keras.Input((8, 8, 1)), layers.Conv2D(3, 3, padding="same"), layers.ReLU()])
    model = keras.Sequential([keras.Input((8, 8, 1)), block, layers.MaxPooling2D(2), layers.Dropout(0.5)])
    model.add(layers.Flatten())
    model.add(layers.Dense(4))
    figure = renders(plots.volumes(model, caption="작은 network"))
    written = [text.get_text() for text in figure.axes[0].texts]
    assert written == ["input\n8×8×1", "Conv2D\n8×8×3", "MaxPooling2D\n4×4×3", "Flatten\n48", "Dense\n4"]
    heights = [np.ptp(patch.get_xy()[:, 1]) for patch in figure.axes[0].patches[::3]]
    assert heights[0] == heights[1] > heights[2]  # pooling makes maps lower
