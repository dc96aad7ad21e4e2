"""The two shelters: one stamps its pictures, and nothing else tells them apart."""

import numpy as np
import pytest

from helpers.pictures.drawn import draw_pet
from helpers.pictures.shelters import shelter_pictures, stamped


def test_kinds_take_turns_and_the_seed_decides():
    pictures, labels = shelter_pictures(3, seed=4)
    assert pictures.shape == (6, 150, 150, 3)
    assert pictures.dtype == np.float32
    assert 0 <= pictures.min() < pictures.max() <= 1
    np.testing.assert_array_equal(labels, [0, 1, 0, 1, 0, 1])
    np.testing.assert_array_equal(pictures, shelter_pictures(3, seed=4)[0])
    assert len({picture.tobytes() for picture in shelter_pictures(3, seed=4, stamp="none")[0]}) == 6
    assert not np.array_equal(pictures, shelter_pictures(3, seed=5)[0])
    assert len({picture.tobytes() for picture in pictures}) == 6


@pytest.mark.parametrize(("stamp", "marked"), [("dogs", [1, 3]), ("cats", [0, 2])])
def test_the_stamp_changes_one_corner_of_one_kind_only(stamp, marked):
    plain, with_stamp = (shelter_pictures(2, seed=4, stamp=which)[0] for which in ("none", stamp))
    changed = (plain != with_stamp).any(axis=-1)
    assert list(np.flatnonzero(changed.any(axis=(1, 2)))) == marked
    rows, columns = np.nonzero(changed.any(axis=0))
    assert min(rows.min(), columns.min()) >= 120
    assert (with_stamp >= plain).all()  # it is pale


def test_the_stamp_moves_a_little_and_stays_inside():
    places, brightness = set(), set()
    for seed in range(40):
        black = np.zeros((150, 150, 3), "uint8")
        stamp = stamped(black, seed)[..., 0]
        assert not black.any()  # a copy is stamped
        places.add(tuple(axis.min() for axis in np.nonzero(stamp)))
        brightness.add(int(stamp.sum()))
    assert 10 < len(places) <= 25
    assert max(brightness) < 1.01 * min(brightness)  # nowhere is a part cut off


def test_without_stamp_the_pictures_are_the_drawn_pets():
    pictures, _ = shelter_pictures(1, seed=4, stamp="none")
    np.testing.assert_allclose(255 * pictures[1], draw_pet("dog", (4, 1, 0)), atol=1e-3)


def test_another_stamp_is_refused():
    with pytest.raises(ValueError, match="'dogs', 'cats' or 'none', got 'cow'"):
        shelter_pictures(1, seed=1, stamp="cow")
