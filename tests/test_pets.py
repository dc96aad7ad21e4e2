"""The drawn cats and dogs: repeatable, of the form promised, and no easier than they should be."""

import numpy as np
import pytest
from PIL import Image
from sklearn.linear_model import LogisticRegression
from sklearn.neighbors import KNeighborsClassifier

from helpers import pets


@pytest.fixture(scope="module")
def drawn():
    """600 pictures and their labels (1 is a dog), in no order, the first 400 to learn from."""
    pictures = np.stack([pets.draw_pet(kind, (5, n)) for n in range(300) for kind in ("cat", "dog")])
    order = np.random.default_rng(0).permutation(600)
    return pictures[order], np.tile([0, 1], 300)[order]


def test_form(drawn):
    pictures, _ = drawn
    assert pictures.shape == (600, 150, 150, 3)
    assert pictures.dtype == np.uint8
    assert len({picture.tobytes() for picture in pictures}) == 600
    assert pictures.min() == 0
    assert pictures.max() == 255


def test_the_same_seed_draws_the_same_picture():
    for kind in ("cat", "dog"):
        np.testing.assert_array_equal(pets.draw_pet(kind, 3), pets.draw_pet(kind, 3))
    assert (pets.draw_pet("cat", 3) != pets.draw_pet("cat", 4)).mean() > 0.5
    assert (pets.draw_pet("cat", 3) != pets.draw_pet("dog", 3)).any()


def test_another_animal_is_refused():
    with pytest.raises(ValueError, match="'cat' or a 'dog' can be drawn, not 'cow'"):
        pets.draw_pet("cow", 1)


def test_a_folder_is_filled_in_the_layout_of_the_photographs(tmp_path, monkeypatch):
    monkeypatch.setattr(pets, "COUNTS", {"train": 3, "validation": 2})
    seen = []
    pets.draw_folder(tmp_path / "a", seed=7, progress=lambda done, total: seen.append((done, total)))
    assert seen == [(n, 10) for n in range(1, 11)]
    found = sorted(path.relative_to(tmp_path / "a").as_posix() for path in tmp_path.rglob("*.jpg"))
    assert found[:4] == ["train/cats/cat.0.jpg", "train/cats/cat.1.jpg", "train/cats/cat.2.jpg", "train/dogs/dog.0.jpg"]
    assert len(found) == 10
    contents = {(tmp_path / "a" / path).read_bytes() for path in found}
    assert len(contents) == 10  # no picture of training comes again in validation
    pets.draw_folder(tmp_path / "b", seed=7)
    assert {path.read_bytes() for path in (tmp_path / "b").rglob("*.jpg")} == contents
    pets.draw_folder(tmp_path / "c", seed=8)
    assert not contents & {path.read_bytes() for path in (tmp_path / "c").rglob("*.jpg")}
    with Image.open(tmp_path / "a/train/cats/cat.0.jpg") as picture:
        assert (picture.size, picture.mode, picture.format) == ((150, 150), "RGB", "JPEG")


def test_as_many_as_the_photographs():
    assert pets.COUNTS == {"train": 1000, "validation": 500}


def score(features, labels, classifier):
    """Share of right answers on the last 200, learned from the first 400. Chance is 0.5, give or take 0.07."""
    return classifier.fit(features[:400], labels[:400]).score(features[400:], labels[400:])


def test_colours_and_brightness_tell_nothing(drawn):
    """Mean, spread and histogram of the colours are the same for both animals.

    On all 3,000 pictures (2,000 to learn from) the mean colour gives a small dense network COLOUR of right answers.
    """
    pictures, labels = drawn
    pixels = pictures.reshape(len(pictures), -1, 3) / 255
    histograms = np.stack([np.histogram(p, bins=16, range=(0, 1))[0] for p in pixels]) / pixels[0].size
    for features in (pixels.mean(axis=1), pixels.std(axis=1), histograms):
        assert score(features, labels, LogisticRegression(max_iter=1000)) < 0.6
        assert score(features, labels, KNeighborsClassifier(9)) < 0.6


def test_single_pixels_tell_nothing(drawn):
    """No place in the picture gives the animal away, so that shuffled pixels are of no use.

    On all 3,000 pictures, their pixels shuffled (all in the same way), the network of chapter 06 gets SHUFFLED right.
    """
    pictures, labels = drawn
    coarse = pictures.reshape(600, 15, 10, 15, 10, 3).mean(axis=(2, 4)).reshape(600, -1) / 255
    assert score(coarse, labels, LogisticRegression(max_iter=1000, C=0.01)) < 0.62
    assert score(coarse, labels, KNeighborsClassifier(9)) < 0.62
