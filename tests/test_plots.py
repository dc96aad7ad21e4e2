"""What is drawn: the data on the axes, the labels, and colours that can be compared."""

import warnings

import matplotlib.pyplot as plt
import numpy as np
import pytest
from matplotlib.figure import Figure

from helpers import plots
from helpers.data import FASHION_MNIST_CLASSES, FASHION_MNIST_CLASSES_KO

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
    with pytest.raises(ValueError, match="At most 7 runs fit in one figure, got 8"):
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
    with pytest.raises(ValueError, match="9 probabilities do not fit 10"):
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
    with pytest.raises(ValueError, match="Class 2 has no name; there are 2"):
        plots.confusion(np.array([0, 1]), np.array([0, 2]), ["cat", "dog"])


def test_korean_names_need_a_korean_font(monkeypatch):
    monkeypatch.setattr(plots.font_manager, "findSystemFonts", lambda: [])
    with pytest.raises(ValueError, match="fonts-nanum"):
        plots.images(np.zeros((1, 4, 4)), ["가방"])


def test_korean_names_are_drawn_where_there_is_one():
    try:
        figure = plots.probabilities(np.zeros((4, 4)), np.full(10, 0.1), FASHION_MNIST_CLASSES_KO, truth=1)
    except ValueError as error:
        pytest.skip(str(error))
    renders(figure)


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
    for wrong in (np.zeros((1, 4, 4)), np.zeros((2, 2, 2)), np.full((2, 4, 4), 1.1), np.full((2, 4, 4), np.nan)):
        with pytest.raises(ValueError, match=r"Expected 'occlusion' of shape \(2, 4, 4\) in 0\.\.1"):
            plots.heat_maps(pictures, {"occlusion": wrong})
    for nothing in ((pictures, {}), (pictures[:0], {"occlusion": np.zeros((0, 4, 4))})):
        with pytest.raises(ValueError, match="at least one picture and one map"):
            plots.heat_maps(*nothing)
    with pytest.raises(ValueError, match="3 titles do not fit 2 pictures"):
        plots.heat_maps(pictures, {"occlusion": np.zeros((2, 4, 4))}, list("abc"))
