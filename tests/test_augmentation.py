"""The one-matrix augmentation, against SciPy and against what each change means."""

import keras
import numpy as np
import pytest
from scipy import ndimage

from helpers.data import sample_image
from helpers.training.augmentation import RandomAffine, affine_vectors

NOTHING = {"angle": 0, "shift_x": 0, "shift_y": 0, "shear": 0, "zoom": 1, "mirror": 1}


@pytest.fixture(scope="module")
def cat():
    """An uneven size, so that height and width cannot be mixed up unnoticed."""
    return sample_image("cat")[20:141, 100:251].astype("float32") / 255


def transform(picture, **change):
    arguments = {name: np.array([value], "float32") for name, value in (NOTHING | change).items()}
    vectors = affine_vectors(**arguments, size=picture.shape[:2])
    return np.asarray(keras.ops.image.affine_transform(picture[np.newaxis], vectors, fill_mode="nearest"))[0]


@pytest.mark.parametrize(
    "change",
    [
        {"angle": 0.6},
        {"shear": 0.3},
        {"zoom": 1.4},
        {"shift_x": 7, "shift_y": -3},
        {"angle": -0.5, "shear": 0.2, "zoom": 0.8, "mirror": -1, "shift_x": 5.5, "shift_y": 2.25},
    ],
)
def test_it_is_the_affine_map_that_scipy_computes(cat, change):
    values = NOTHING | change
    cos, sin = np.cos(values["angle"]), np.sin(values["angle"])
    # SciPy counts (row, column), and maps a place in the result to one in the original, as we do.
    turn, shear = np.array([[cos, sin], [-sin, cos]]), np.array([[1, 0], [values["shear"], 1]])
    matrix = np.diag([1, values["mirror"]]) @ turn @ shear / values["zoom"]
    middle = (np.array(cat.shape[:2]) - 1) / 2
    offset = middle - matrix @ (middle + np.array([values["shift_y"], values["shift_x"]]))
    expected = np.stack(
        [ndimage.affine_transform(cat[..., c], matrix, offset, order=1, mode="nearest") for c in range(3)], axis=-1
    )
    np.testing.assert_allclose(transform(cat, **change), expected, atol=0.02)
    assert np.abs(expected - cat).mean() > 0.02  # it did change


def test_each_change_does_what_its_name_says(cat):
    np.testing.assert_allclose(transform(cat), cat, atol=1e-6)
    np.testing.assert_allclose(transform(cat, mirror=-1), cat[:, ::-1], atol=1e-4)
    moved = transform(cat, shift_x=10, shift_y=4)
    np.testing.assert_allclose(moved[4:, 10:], cat[:-4, :-10], atol=1e-4)  # to the right and down
    np.testing.assert_allclose(moved[:4], np.broadcast_to(moved[4], moved[:4].shape), atol=1e-4)  # the border repeated
    np.testing.assert_allclose(transform(cat, angle=np.pi), cat[::-1, ::-1], atol=1e-3)
    assert (transform(cat, zoom=2)[60, 75] == cat[60, 75]).all()  # the middle stays where it is


def test_it_acts_in_training_only_and_differs_from_picture_to_picture(cat):
    layer = RandomAffine(rotation=20, shift=0.1, shear=0.1, zoom=0.3, flip=True, seed=1)
    same = np.stack([cat] * 6)
    np.testing.assert_array_equal(layer(same), same)
    changed = np.asarray(layer(same, training=True))
    assert changed.shape == same.shape
    assert all(np.abs(a - b).mean() > 0.01 for i, a in enumerate(changed) for b in changed[:i])
    again = np.asarray(layer(same, training=True))
    assert np.abs(again - changed).mean() > 0.01  # a new draw each time
    twin = RandomAffine(rotation=20, shift=0.1, shear=0.1, zoom=0.3, flip=True, seed=1)
    np.testing.assert_array_equal(np.asarray(twin(same, training=True)), changed)


def test_amounts_are_kept_and_used_up():
    """A white dot on black shows where it was moved to."""
    dot = np.zeros((2000, 41, 41, 1), "float32")
    dot[:, 20, 20] = 1
    moved = np.asarray(RandomAffine(shift=0.25, fill_mode="constant", seed=3)(dot, training=True))[..., 0]
    rows, columns = (np.einsum("nij,ij->n", moved, grid) / moved.sum(axis=(1, 2)) for grid in np.mgrid[:41, :41])
    for place in (rows, columns):
        assert 9.7 < place.min() < 10.5  # a quarter of 41 pixels either way
        assert 29.5 < place.max() < 30.3
    assert abs(np.corrcoef(rows, columns)[0, 1]) < 0.1  # drawn for each axis
    half = np.zeros((1000, 8, 8, 1), "float32")
    half[:, :, :4] = 1
    mirrored = np.asarray(RandomAffine(flip=True, seed=3)(half, training=True))[:, 0, 0, 0] < 0.5
    assert 0.45 < mirrored.mean() < 0.55


def slope(moved):
    """Angle in degrees of the line that bright pixels form, from the horizontal."""
    angles = []
    for picture in moved:
        rows, columns = np.nonzero(picture > 0.3)
        angles.append(np.degrees(np.arctan(np.polyfit(columns, rows, 1)[0])))
    return np.array(angles)


def test_rotation_shear_and_zoom_go_as_far_as_they_say():
    """Measured on a line through the middle of a picture that is wider than high."""
    line = np.zeros((400, 61, 101, 1), "float32")
    line[:, 29:32, 20:81] = 1
    turned = np.asarray(RandomAffine(rotation=20, fill_mode="constant", seed=1)(line, training=True))[..., 0]
    angles = slope(turned)
    assert 19 < angles.max() < 20.5
    assert -20.5 < angles.min() < -19
    zoomed = np.asarray(RandomAffine(zoom=0.5, fill_mode="constant", seed=1)(line, training=True))[:, 30, :, 0]
    lengths = (zoomed > 0.5).sum(axis=1) / 61
    assert 1.45 < lengths.max() < 1.53
    assert 0.64 < lengths.min() < 0.70
    assert 0.45 < (lengths > 1).mean() < 0.55
    post = np.zeros((400, 61, 101, 1), "float32")
    post[:, 10:51, 49:52] = 1
    sheared = np.asarray(RandomAffine(shear=0.4, fill_mode="constant", seed=1)(post, training=True))[..., 0]
    columns = np.arange(101)
    top, bottom = ((sheared[:, row] * columns).sum(axis=1) / sheared[:, row].sum(axis=1) for row in (20, 40))
    assert 0.38 < ((bottom - top) / 20).max() < 0.41
    assert -0.41 < ((bottom - top) / 20).min() < -0.38
    np.testing.assert_allclose((top + bottom) / 2, 50, atol=0.2)  # about the middle


def test_what_stands_beyond_the_border(cat):
    batch = np.stack([cat + 0.1] * 20)
    for fill_mode, black in {"constant": True, "nearest": False, "reflect": False, "wrap": False}.items():
        moved = np.asarray(RandomAffine(shift=0.3, fill_mode=fill_mode, seed=2)(batch, training=True))
        assert (moved == 0).any() == black, fill_mode


def test_whole_numbers_become_fractions_and_other_axes_are_refused(cat):
    layer = RandomAffine(rotation=10, seed=1)
    whole = (cat * 255).astype("uint8")[np.newaxis]
    for training in (False, True):
        assert keras.backend.standardize_dtype(layer(whole, training=training).dtype) == "float32"
    with pytest.raises(ValueError, match=r"\(n, H, W, C\), got \(121, 151, 3\)"):
        layer(cat, training=True)


def test_a_model_with_it_can_be_copied_and_saved(tmp_path, cat):
    layer = RandomAffine(rotation=10, shift=0.2, shear=0.1, zoom=0.3, flip=True, fill_mode="wrap")
    model = keras.Sequential([keras.Input((121, 151, 3)), layer])
    model.save(tmp_path / "model.keras")
    for copy in (keras.models.load_model(tmp_path / "model.keras"), keras.models.clone_model(model)):
        assert {k: v for k, v in copy.layers[0].get_config().items() if k not in ("name", "dtype")} == {
            k: v for k, v in layer.get_config().items() if k not in ("name", "dtype")
        }
        np.testing.assert_allclose(copy.predict(cat[np.newaxis], verbose=0)[0], cat)


def test_it_keeps_full_precision_whatever_the_policy(cat):
    """In bfloat16 a place such as 100.3 would be rounded to a whole pixel."""
    keras.config.set_dtype_policy("mixed_bfloat16")
    try:
        layer = RandomAffine(seed=1)
    finally:
        keras.config.set_dtype_policy("float32")
    np.testing.assert_allclose(np.asarray(layer(cat[np.newaxis], training=True))[0], cat, atol=1e-6)


@pytest.mark.parametrize("wrong", [{"rotation": -1}, {"zoom": float("nan")}, {"fill_mode": "mirror"}])
def test_wrong_amounts_are_refused(wrong):
    with pytest.raises(ValueError, match=f"{next(iter(wrong))}.*{next(iter(wrong.values()))}"):
        RandomAffine(**wrong)
