"""The drawn cats and dogs: repeatable, of the form promised, and no easier than they should be."""

import numpy as np
import pytest
from PIL import Image
from sklearn.linear_model import LogisticRegression
from sklearn.neighbors import KNeighborsClassifier

from helpers.pictures import drawn


@pytest.fixture(scope="module")
def pets():
    """600 pictures and their labels (1 is a dog), in no order, the first 400 to learn from."""
    pictures = np.stack(
        [drawn.draw_pet(kind, (5, n, dog)) for n in range(300) for dog, kind in enumerate(("cat", "dog"))]
    )
    order = np.random.default_rng(0).permutation(600)
    return pictures[order], np.tile([0, 1], 300)[order]


def test_form(pets):
    pictures, _ = pets
    assert pictures.shape == (600, 150, 150, 3)
    assert pictures.dtype == np.uint8
    assert len({picture.tobytes() for picture in pictures}) == 600
    assert pictures.min() == 0
    assert pictures.max() == 255


def test_the_same_seed_draws_the_same_picture():
    for kind in ("cat", "dog"):
        np.testing.assert_array_equal(drawn.draw_pet(kind, 3), drawn.draw_pet(kind, 3))
    assert (drawn.draw_pet("cat", 3) != drawn.draw_pet("cat", 4)).mean() > 0.5
    assert (drawn.draw_pet("cat", 3) != drawn.draw_pet("dog", 3)).any()


def test_another_animal_is_refused():
    with pytest.raises(ValueError, match="'cat' or a 'dog' can be drawn, not 'cow'"):
        drawn.draw_pet("cow", 1)


def test_a_folder_is_filled_in_the_layout_of_the_photographs(tmp_path, monkeypatch):
    monkeypatch.setattr(drawn, "COUNTS", {"train": 3, "validation": 2})
    seen = []
    drawn.draw_folder(tmp_path / "a", seed=7, progress=lambda done, total: seen.append((done, total)))
    assert seen == [(n, 10) for n in range(1, 11)]
    found = sorted(path.relative_to(tmp_path / "a").as_posix() for path in tmp_path.rglob("*.jpg"))
    assert found[:4] == ["train/cats/cat.0.jpg", "train/cats/cat.1.jpg", "train/cats/cat.2.jpg", "train/dogs/dog.0.jpg"]
    assert len(found) == 10
    contents = {(tmp_path / "a" / path).read_bytes() for path in found}
    assert len(contents) == 10  # no picture of training comes again in validation
    drawn.draw_folder(tmp_path / "b", seed=7)
    assert {path.read_bytes() for path in (tmp_path / "b").rglob("*.jpg")} == contents
    drawn.draw_folder(tmp_path / "c", seed=8)
    assert not contents & {path.read_bytes() for path in (tmp_path / "c").rglob("*.jpg")}
    with Image.open(tmp_path / "a/train/cats/cat.0.jpg") as picture:
        assert (picture.size, picture.mode, picture.format) == ((150, 150), "RGB", "JPEG")


def test_as_many_as_the_photographs():
    assert drawn.COUNTS == {"train": 1000, "validation": 500}


def score(features, labels, classifier):
    """Share of right answers on the last 200, learned from the first 400. Chance is 0.5, give or take 0.07."""
    return classifier.fit(features[:400], labels[:400]).score(features[400:], labels[400:])


def standard_errors(features, labels):
    """Difference between the means of dogs and cats in standard errors, for each feature."""
    dogs, cats = features[labels == 1], features[labels == 0]
    error = np.sqrt(dogs.var(axis=0) / len(dogs) + cats.var(axis=0) / len(cats))
    return np.abs(dogs.mean(axis=0) - cats.mean(axis=0)) / np.maximum(error, 1e-9)


def colours(pictures):
    """Mean and spread of the colours, and how many pixels have which brightness."""
    pixels = pictures.reshape(len(pictures), -1, 3) / 255
    histograms = np.stack([np.histogram(p, bins=8, range=(0, 1))[0] for p in pixels]) / pixels[0].size
    return np.concatenate([pixels.mean(axis=1), pixels.std(axis=1), histograms], axis=1)


def places(pictures):
    """Mean brightness of 10 by 10 fields."""
    return pictures.reshape(len(pictures), 10, 15, 10, 15, 3).mean(axis=(2, 4, 5)).reshape(len(pictures), -1) / 255


def test_colours_and_brightness_tell_nothing(pets):
    """They have the same distribution for both animals.

    On all 3,000 pictures (2,000 to learn from) the mean colour gives a small dense network an accuracy of 0.514 in the
    best of 60 epochs, 0.507 in the last.
    """
    pictures, labels = pets
    features = colours(pictures)
    assert score(features, labels, LogisticRegression(max_iter=1000)) < 0.6
    assert score(features, labels, KNeighborsClassifier(9)) < 0.6
    assert standard_errors(features, labels).max() < 4


def test_single_pixels_tell_nothing(pets):
    """No place in the picture gives the animal away, so that shuffled pixels are of no use.

    On all 3,000 pictures, their pixels shuffled (all in the same way), the network of chapter 06 reaches an accuracy of
    0.503 in the best of 8 epochs.
    """
    pictures, labels = pets
    features = places(pictures)
    assert score(features, labels, LogisticRegression(max_iter=1000, C=0.01)) < 0.6
    assert score(features, labels, KNeighborsClassifier(9)) < 0.6
    assert standard_errors(features, labels).max() < 4.5


def test_the_two_tests_above_would_notice_a_leak(pets):
    pictures, labels = pets
    paler = np.where(labels[:, np.newaxis, np.newaxis, np.newaxis] == 1, pictures * 0.8, pictures)
    assert standard_errors(colours(paler), labels).max() > 4
    marked = pictures.copy()
    marked[labels == 1, :15, :15] //= 2
    assert standard_errors(places(marked), labels).max() > 4.5


def test_a_new_way_of_drawing_is_a_new_edition():
    """Where pictures lie in a cache from before, only another edition has them drawn anew."""
    coarse = [drawn.draw_pet(kind, 1).reshape(2, 75, 2, 75, 3).mean(axis=(1, 3, 4)).ravel() for kind in ("cat", "dog")]
    expected = {1: [[132.4, 77.9, 146.7, 107.7], [76.6, 65.5, 123.1, 132.6]]}
    np.testing.assert_allclose(coarse, expected[drawn.EDITION], atol=1)
