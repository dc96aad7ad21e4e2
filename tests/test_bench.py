"""The two recipes that `make bench` compares."""

import numpy as np
import pytest

from helpers.environment import keras
from tools import bench


@pytest.fixture
def data(monkeypatch):
    """A few pictures, of which the brightness tells the class."""
    monkeypatch.setattr(bench, "EPOCHS", 3)
    policy = keras.config.dtype_policy()
    random = np.random.default_rng(0)
    labels = random.integers(0, 2, 200)
    pictures = (labels[:, None, None, None] * 0.9 + random.random((200, 28, 28, 1)) * 0.1).astype("float32")
    yield [pictures[:160], pictures[160:], labels[:160], labels[160:]]
    keras.config.set_dtype_policy(policy)


def test_a_recipe_is_timed_until_it_arrives(data, monkeypatch):
    monkeypatch.setattr(bench, "GOAL", 0.6)
    seconds, best, total = bench.train(bench.Recipe("a", "float32", 32, 0.001, True), data, seed=1)
    assert 0 < seconds <= total
    assert best >= 0.6


def test_a_recipe_that_does_not_arrive_says_how_far_it_came(data, monkeypatch):
    monkeypatch.setattr(bench, "GOAL", 1.1)
    seconds, best, total = bench.train(bench.Recipe("a", "float32", 32, 0.001, False), data, seed=1)
    assert seconds is None
    assert 0 <= best <= 1
    assert total > 0
