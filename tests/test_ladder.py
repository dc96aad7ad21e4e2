"""Chapter 10: changes of pictures, pieces of networks, optimizers, and the ladder's rule, against references."""

import itertools
import json
from dataclasses import astuple, replace

import numpy as np
import pytest
from PIL import Image

from helpers.data import sample_image
from helpers.environment import keras
from helpers.training import batches, fitting, ladder, networks
from helpers.training.recipes import Recipe
from tools import ladder as tool


@pytest.fixture
def generator():
    return np.random.default_rng(0)


def noise(*shape):
    return np.random.default_rng(5).random(shape, np.float32)


# Pictures


def test_only_the_chosen_pictures_are_mirrored_left_to_right():
    pictures = noise(3, 4, 5, 2)
    changed = batches.mirrored(pictures, np.array([True, False, True]))
    np.testing.assert_array_equal(changed[1], pictures[1])
    for index in (0, 2):
        np.testing.assert_array_equal(changed[index], np.fliplr(pictures[index]))


@pytest.mark.parametrize(("edge", "mode"), [("constant", "constant"), ("reflect", "reflect")])
def test_each_picture_is_shifted_by_whole_pixels_of_its_own(generator, edge, mode):
    pictures = noise(400, 6, 7, 1)
    changed = batches.shifted(pictures, 2, generator, edge)
    assert changed.shape == pictures.shape
    found = set()
    for picture, result in zip(pictures[..., 0], changed[..., 0], strict=True):
        padded = np.pad(picture, 2, mode=mode)
        places = itertools.product(range(5), range(5))
        found |= {(y, x) for y, x in places if np.array_equal(padded[y : y + 6, x : x + 7], result)}
    assert len(found) == 25  # from two up and left to two down and right


def test_a_rectangle_of_the_right_size_is_erased(generator):
    pictures = np.full((500, 28, 28, 1), 2, np.float32)  # noise is below 1, so what is 2 was left
    changed = batches.erased(pictures, 1.0, generator)[..., 0]
    shares = []
    for mask in changed < 2:
        rows, columns = np.flatnonzero(mask.any(axis=1)), np.flatnonzero(mask.any(axis=0))
        assert mask[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1].all()  # a rectangle without holes
        shares.append(mask.mean())
    assert 0.005 < min(shares) < 0.04
    assert 0.25 < max(shares) < 0.37
    assert np.mean(shares) == pytest.approx((0.02 + 0.33) / 2, abs=0.02)


def test_as_many_pictures_are_erased_as_asked_for(generator):
    pictures = np.full((1000, 28, 28, 1), 2, np.float32)
    np.testing.assert_array_equal(batches.erased(pictures, 0.0, generator), pictures)
    touched = (batches.erased(pictures, 0.3, generator) < 2).any(axis=(1, 2, 3))
    assert touched.mean() == pytest.approx(0.3, abs=0.05)


def test_a_cut_shows_a_part_of_the_picture_in_the_right_place(generator):
    """The picture says at each pixel where it is: red the column, green the row."""
    y, x = np.mgrid[0:100, 0:100]
    picture = np.stack([x, y, np.zeros_like(x)], axis=-1).astype("uint8") * 2
    parts = batches.cropped(np.stack([picture] * 200), 50, 0.4, generator).astype(float) / 2
    assert parts.shape == (200, 50, 50, 3)
    width = (parts[:, :, -1, 0] - parts[:, :, 0, 0]).mean(axis=1) * 50 / 49
    height = (parts[:, -1, :, 1] - parts[:, 0, :, 1]).mean(axis=1) * 50 / 49
    share = width * height / 100**2
    assert 0.33 < share.min() < 0.45
    assert 0.9 < share.max() <= 1.02
    assert 0.7 < (width / height).min() < 0.85
    assert (parts[:, 0, 0, 0] > 5).any()
    assert (parts[:, 0, 0, 0] < 5).any()


def test_a_whole_picture_is_only_made_smaller(generator, monkeypatch):
    cat = sample_image("cat")[:200, :200]
    monkeypatch.setattr(np, "log", lambda value: 0.0)  # no other shape
    expected = Image.fromarray(cat).resize((64, 64), Image.BILINEAR)
    np.testing.assert_array_equal(batches.cropped(cat[np.newaxis], 64, 1.0, generator)[0], np.asarray(expected))


def test_light_changes_pictures_differently_and_keeps_them_in_range(generator):
    cat = sample_image("cat")[:60, :60].astype("float32") / 255
    changed = batches.lit(np.stack([cat] * 50), 0.4, generator)
    assert 0 <= changed.min() < changed.max() <= 1
    means = changed.mean(axis=(1, 2))
    assert means.std(axis=0).min() > 0.02
    assert (means[:, 0] / means[:, 2]).std() > 0.01  # the colours not all alike
    np.testing.assert_allclose(batches.lit(cat[np.newaxis], 0.0, generator)[0], cat, atol=1e-6)


def test_smoothed_labels_give_the_loss_that_keras_computes_with_label_smoothing():
    answers = noise(4, 10) + 0.1
    answers /= answers.sum(axis=1, keepdims=True)
    labels = np.array([3, 0, 9, 3])
    own = keras.losses.CategoricalCrossentropy()(batches.smoothed(labels, 10, 0.2), answers)
    theirs = keras.losses.CategoricalCrossentropy(label_smoothing=0.2)(np.eye(10)[labels], answers)
    assert float(own) == pytest.approx(float(theirs), rel=1e-6)


def numbered(count):
    """Pictures that are their own numbers."""
    return np.arange(count, dtype="uint8").reshape(-1, 1, 1, 1) * np.ones((1, 2, 2, 1), "uint8")


def test_an_epoch_shows_each_picture_at_most_once_in_a_new_order():
    data = batches.Batches(numbered(50), np.arange(50)[:, None], 8, lambda pictures, *others: pictures, seed=3)
    orders = []
    assert data.steps == 6
    for epoch in range(2):
        seen = [data[6 * epoch + index] for index in range(6)]
        for pictures, targets in seen:
            np.testing.assert_array_equal(pictures[:, 0, 0, 0], targets[:, 0])
        orders.append(np.concatenate([targets[:, 0] for _, targets in seen]))
    for order in orders:
        assert len(set(order)) == 48
    assert (orders[0] != orders[1]).any()


def test_batches_are_repeatable_in_any_order():
    def change(pictures, chosen, epoch, generator):
        return pictures + generator.random(pictures.shape)

    one, other = (batches.Batches(numbered(20), np.arange(20), 5, change, seed=1) for _ in range(2))
    third = other[3]
    np.testing.assert_array_equal(one[0][0], other[0][0])
    np.testing.assert_array_equal(one[3][0], third[0])
    assert (one[0][0] != one[4][0]).any()


def test_keras_asks_for_every_batch_of_every_epoch_in_its_turn():
    asked = []

    def change(pictures, chosen, epoch, generator):
        asked.append((epoch, *chosen))
        return pictures / np.float32(255)

    model = keras.Sequential([keras.Input((2, 2, 1)), keras.layers.Flatten(), keras.layers.Dense(1)])
    model.compile("sgd", "mse")
    data = batches.Batches(numbered(24), np.zeros((24, 1)), 8, change, seed=0)
    model.fit(data, steps_per_epoch=data.steps, epochs=3, verbose=0)
    for epoch in range(3):  # Keras may look at a batch or two beforehand, and prepare some of a fourth epoch
        assert sorted({number for asked_in, *chosen in asked if asked_in == epoch for number in chosen}) == [*range(24)]


def test_mirrored_in_turn_shows_each_picture_once_in_each_way():
    picture = np.zeros((2, 2, 1), "uint8")
    picture[:, 0] = 255
    seen = []

    class Stub:
        output_shape = (None, 2)

        def compile(self, *arguments, **settings):
            pass

        def fit(self, data, steps_per_epoch, callbacks, **settings):
            for epoch in range(2):
                shown = {}
                for index in range(steps_per_epoch):
                    pictures, _ = data[epoch * steps_per_epoch + index]
                    chosen = data.order(epoch)[index * data.size : (index + 1) * data.size]
                    shown |= dict(zip(chosen, pictures[:, 0, 0, 0] == 0, strict=True))
                seen.append([shown[number] for number in range(40)])
            callbacks[-1].on_train_end(None)

    recipe = Recipe(mirror="in turn", batch=8, epochs=2)
    fitting.train(Stub(), recipe, np.stack([picture] * 40), np.zeros(40, int), seed=0)
    first, second = np.array(seen)
    assert 5 < first.sum() < 35
    np.testing.assert_array_equal(first, ~second)


# Networks


def test_the_networks_of_the_ladder_have_the_parameters_that_a_count_by_hand_gives():
    start = ladder.STARTS["fashion-mnist"]

    def count(**change):
        return fitting.build(replace(start, **change), np.zeros((1, 28, 28, 1), "uint8"), 10).count_params()

    kernels = 9 * (1 * 32 + 32 * 64 + 64 * 128)
    maps = 32 + 64 + 128
    dense = (3 * 3 * 128 + 1) * 100 + 101 * 10
    assert count() == kernels + maps + dense
    assert count(normalise=True) == kernels + 4 * maps + dense
    assert count(ending="average") == kernels + maps + 129 * 10
    more = 2 * 9 * (64**2 + 128**2) + 2 * (64 + 128)
    assert count(more=2) == count(more=2, skip=True) == count() + more


def test_a_skip_hands_on_what_goes_in():
    inputs = keras.Input((6, 6, 4))
    model = keras.Model(inputs, networks.further(inputs, 2, normalise=False, skip=True))
    model.set_weights([np.zeros_like(weights) for weights in model.get_weights()])
    maps = noise(2, 6, 6, 4)
    np.testing.assert_array_equal(model.predict(maps, verbose=0), maps)


def test_a_start_that_hands_on_copies_maps_and_leaves_other_filters_random():
    inputs = keras.Input((5, 5, 3))
    layer = keras.layers.Conv2D(6, 3, padding="same", use_bias=False)
    model = keras.Model(inputs, layer(inputs))
    before = layer.get_weights()[0]
    networks.dirac(model)
    maps = noise(1, 5, 5, 3)
    np.testing.assert_allclose(model.predict(maps, verbose=0)[..., :3], maps, atol=1e-6)
    np.testing.assert_array_equal(layer.get_weights()[0][..., 3:], before[..., 3:])


def test_whitened_patches_are_uncorrelated_and_of_one_size():
    cat = sample_image("cat")
    pictures = np.stack([cat[y : y + 32, x : x + 32] for y in range(0, 250, 10) for x in range(0, 400, 10)])
    model = fitting.build(replace(ladder.STARTS["cifar10"], whitened=True), pictures, 10)
    layer = model.get_layer("patches")
    assert not layer.trainable
    sums = keras.ops.conv(pictures.astype("float32") / 255, layer.kernel) + layer.bias
    sums = keras.ops.convert_to_numpy(sums)
    np.testing.assert_allclose(sums[..., :12], -sums[..., 12:], atol=1e-4)
    spread = np.cov(sums[..., :12].reshape(-1, 12), rowvar=False)
    assert np.abs(spread - np.diag(spread.diagonal())).max() < 0.15
    assert (spread.diagonal() < 1.3).all()  # the faintest directions stay smaller: 0.0001 is added to their variance
    assert spread.diagonal()[-1] == pytest.approx(1, abs=0.2)


# Optimizers


def test_the_cycle_rises_to_twice_the_rate_falls_to_nothing_and_has_the_mean_of_the_rate():
    rates = [float(fitting.one_cycle(0.01, steps=400)(step)) for step in range(401)]
    assert rates[0] == 0
    assert rates[100] == pytest.approx(0.02)
    assert rates[400] == pytest.approx(0, abs=1e-8)
    assert np.argmax(rates) == 100
    assert np.mean(rates) == pytest.approx(0.01, rel=0.01)
    chosen = {cycle: fitting.optimizer(Recipe(rate=0.01, cycle=cycle), 400) for cycle in (True, False)}
    assert (float(chosen[True].learning_rate), float(chosen[False].learning_rate)) == (0, pytest.approx(0.01))


def variables(*names):
    made = [keras.Variable([1.0, 2.0], name=name) for name in names]
    return made, [keras.ops.ones(2) for _ in names]


def test_biases_of_batch_normalisation_take_larger_steps_and_none_decays():
    (kernel, bias, beta), gradients = variables("kernel", "bias", "beta")
    chosen = fitting.optimizer(Recipe(method="sgd", rate=0.1, cycle=False, decay=0.5, bias_rate=4.0), steps=10)
    chosen.momentum = 0.0
    chosen.build([kernel, bias, beta])
    chosen.apply(gradients)
    np.testing.assert_allclose(keras.ops.convert_to_numpy(kernel), np.array([1, 2]) * (1 - 0.1 * 0.5) - 0.1, rtol=1e-5)
    np.testing.assert_allclose(keras.ops.convert_to_numpy(bias), [1 - 0.1, 2 - 0.1], rtol=1e-5)
    np.testing.assert_allclose(keras.ops.convert_to_numpy(beta), [1 - 0.4, 2 - 0.4], rtol=1e-5)


def test_in_a_training_only_the_biases_of_batch_normalisation_take_larger_steps():
    moved = {}
    for bias_rate in (1.0, 5.0):
        keras.utils.set_random_seed(0)
        inputs = keras.Input((4, 4, 2))
        model = keras.Sequential([inputs, keras.layers.Conv2D(3, 3), keras.layers.BatchNormalization()])
        before = {variable.path: keras.ops.convert_to_numpy(variable) for variable in model.trainable_variables}
        model.compile(fitting.optimizer(Recipe(method="sgd", rate=0.1, cycle=False, bias_rate=bias_rate), 1), "mse")
        model.fit(noise(8, 4, 4, 2), noise(8, 2, 2, 3), batch_size=8, verbose=0)
        moved[bias_rate] = [
            keras.ops.convert_to_numpy(variable) - before[variable.path] for variable in model.trainable_variables
        ]
    for variable, slow, fast in zip(model.trainable_variables, moved[1.0], moved[5.0], strict=True):
        factor = 5 if variable.name == "beta" else 1
        np.testing.assert_allclose(fast, factor * slow, rtol=1e-4, atol=1e-7, err_msg=variable.path)


class Steps(keras.callbacks.Callback):
    """Notes the kernel after each step."""

    def on_train_begin(self, logs=None):
        self.kernels = [self.model.get_weights()[0]]

    def on_train_batch_end(self, batch, logs=None):
        self.kernels.append(self.model.get_weights()[0])


@pytest.mark.parametrize("mean", [False, True])
def test_the_mean_of_the_weights_is_what_a_training_ends_with(mean):
    keras.utils.set_random_seed(0)
    model = keras.Sequential([keras.Input((4, 4, 1)), keras.layers.Flatten(), keras.layers.Dense(2, "softmax")])
    chosen = fitting.optimizer(Recipe(mean_weights=mean, cycle=False, rate=0.05), 16)
    model.compile(chosen, loss="sparse_categorical_crossentropy")
    steps = Steps()
    model.fit(
        noise(64, 4, 4, 1), np.arange(64) % 2, batch_size=8, epochs=2, shuffle=False, verbose=0, callbacks=[steps]
    )
    average = steps.kernels[1]  # Keras begins with the weights after the first step
    for kernel in steps.kernels[2:]:
        average = 0.99 * average + 0.01 * kernel
    expected = average if mean else steps.kernels[-1]
    np.testing.assert_allclose(model.get_weights()[0], expected, rtol=1e-4, atol=1e-6)
    assert np.abs(average - steps.kernels[-1]).max() > 0.05


def test_lookahead_goes_a_part_of_the_way_every_fifth_step():
    (kernel,), gradients = variables("kernel")
    chosen = fitting.optimizer(Recipe(method="sgd", rate=0.1, cycle=False, lookahead=True), steps=10)
    chosen.momentum = 0.0
    chosen.build([kernel])
    start = expected = np.array([1.0, 2.0])
    for step in range(1, 6):
        chosen.apply(gradients)
        here = start - 0.1 * step
        expected = here if step == 1 else 0.75 * expected + 0.25 * here
        if step < 5:
            np.testing.assert_allclose(keras.ops.convert_to_numpy(kernel), start - 0.1 * step, rtol=1e-5)
    np.testing.assert_allclose(keras.ops.convert_to_numpy(kernel), expected, rtol=1e-5)


# Judging


def test_views_are_means_over_the_picture_its_mirror_image_and_both_shifted():
    keras.utils.set_random_seed(0)
    model = keras.Sequential([keras.Input((5, 6, 1)), keras.layers.Flatten(), keras.layers.Dense(3, "softmax")])
    pictures = np.random.default_rng(0).integers(0, 256, (4, 5, 6, 1)).astype("uint8")

    def ask(view):
        return model.predict(view.astype("float32") / 255, verbose=0)

    padded = np.stack([np.pad(picture[..., 0], 1, mode="edge") for picture in pictures])[..., None]
    shown = [pictures, padded[:, :5, :6], padded[:, 2:, 2:]]
    shown = [np.stack([fold(picture) for picture in view]) for view in shown for fold in (np.array, np.fliplr)]
    np.testing.assert_allclose(fitting.probabilities(model, pictures, 1), ask(pictures), rtol=1e-5)
    np.testing.assert_allclose(fitting.probabilities(model, pictures, 2), sum(map(ask, shown[:2])) / 2, rtol=1e-5)
    np.testing.assert_allclose(fitting.probabilities(model, pictures, 6), sum(map(ask, shown)) / 6, rtol=1e-5)


def test_accuracy_is_the_share_of_right_classes():
    answers = np.array([[0.2, 0.8], [0.9, 0.1], [0.4, 0.6], [0.7, 0.3]])
    assert fitting.accuracy(answers, np.array([1, 0, 0, 0])) == 0.75


# The rule and the measurement


@pytest.fixture
def measured(monkeypatch, tmp_path):
    """A ladder of four rungs whose runs take no time: what each rung brings is known, and each call is noted."""
    rungs = {
        "the start": {},
        "good": {"normalise": True},
        "bad": {"shift": 9},
        "better": {"erase": 0.5},
    }
    monkeypatch.setitem(ladder.LADDERS, "fashion-mnist", rungs)
    monkeypatch.setattr(tool, "LADDER", tmp_path / "ladder.json")
    calls = []

    def run(recipe, data, seed):
        calls.append((recipe, seed))
        score = 0.5 + 0.1 * recipe.normalise - 0.2 * bool(recipe.shift) + 0.1 * bool(recipe.erase)
        views = {"two_views_accuracy": score + 0.05, "six_views_accuracy": score - 0.05}
        return {"validation_accuracy": score + seed / 10_000, "parameters": 1} | views

    monkeypatch.setattr(tool, "measured", run)
    monkeypatch.setattr(tool, "seconds", lambda recipe, data: 10.0 + bool(recipe.erase))
    return calls


def climb():
    results = json.loads(tool.LADDER.read_text()) if tool.LADDER.exists() else {}
    tool.climb("fashion-mnist", results, [])
    tool.weigh("fashion-mnist", results, [])
    return json.loads(tool.LADDER.read_text())["fashion-mnist"]


def test_what_does_not_help_is_in_the_table_and_not_carried_on(measured):
    runs = climb()
    assert list(runs) == ["the start", "good", "bad", "better"]
    assert all(list(rung["seeds"]) == [str(seed) for seed in ladder.SEEDS] for rung in runs.values())
    assert runs["bad"]["recipe"]["normalise"] is True
    assert (runs["better"]["recipe"]["shift"], runs["better"]["recipe"]["erase"]) == (0, 0.5)
    assert len(measured) == 12
    stands_on = [row["below"] for row in ladder.table("fashion-mnist", runs)]
    assert stands_on == ["", "the start", "good", "good", "better", "better"]
    assert [row["seconds"] for row in ladder.table("fashion-mnist", runs)] == [10, 10, 10, 11, 11, 11]


def test_the_seconds_of_a_training_are_reckoned_from_its_steps_without_what_prepares_it(monkeypatch):
    clock, slower = [100.0], [3.0, 1.7, 1.0, 1.2, 1.0, 1.1, 2.0, 1.5, 1.1]  # the first part prepares the computation

    def train(model, recipe, pictures, labels, seed, callbacks):
        for epoch in range(recipe.epochs):
            clock[0] += 0.5 * slower[epoch] * (len(pictures) // recipe.batch)
            callbacks[0].on_epoch_end(epoch, {})

    monkeypatch.setattr(tool, "train", train)
    monkeypatch.setattr(tool.time, "process_time", lambda: clock[0])
    recipe = Recipe(first=2, stages=(2,), batch=4, epochs=9)
    data = [np.zeros((1002, 8, 8, 1), "uint8"), None, np.arange(1002) % 3, None]
    assert tool.seconds(recipe, data) == pytest.approx(0.5 * 9 * 250)


def test_what_is_measured_is_not_measured_again(measured):
    climb()
    measured.clear()
    climb()
    assert measured == []


def test_a_measurement_that_was_stopped_goes_on_where_it_stopped(measured, monkeypatch):
    run = tool.measured

    def stopped(recipe, data, seed):
        if len(measured) == 5:
            raise KeyboardInterrupt
        return run(recipe, data, seed)

    monkeypatch.setattr(tool, "measured", stopped)
    with pytest.raises(KeyboardInterrupt):
        climb()
    monkeypatch.setattr(tool, "measured", run)
    climb()
    assert len(measured) == 12
    assert len(set(measured)) == 12


def test_a_rung_that_changed_is_measured_again_and_those_above_it_only_where_they_stand_on_it(measured, monkeypatch):
    climb()
    measured.clear()
    monkeypatch.setitem(ladder.LADDERS["fashion-mnist"], "bad", {"shift": 3})
    climb()
    assert {recipe.shift for recipe, _ in measured} == {3}
    assert len(measured) == len(ladder.SEEDS)


def test_a_row_of_the_table_has_gain_spread_and_cost(measured):
    rows = ladder.table("fashion-mnist", climb())
    low, high = min(ladder.SEEDS) / 10_000, max(ladder.SEEDS) / 10_000
    good = rows[1]
    assert (good["lowest"], good["highest"]) == (pytest.approx(0.6 + low), pytest.approx(0.6 + high))
    assert good["gain"] == pytest.approx(0.1)
    assert rows[2]["gain"] == pytest.approx(-0.2)
    assert (good["kept"], rows[2]["kept"]) == (True, False)
    mean = np.mean(ladder.SEEDS) / 10_000
    assert [row["rung"] for row in rows[4:]] == ["asked with the mirror image", "asked six times"]
    assert [row["gain"] for row in rows[4:]] == [pytest.approx(0.05 - mean), pytest.approx(-0.05 - mean)]
    assert [row["kept"] for row in rows[4:]] == [None, None]


def test_each_rung_of_the_first_ladder_changes_one_thing():
    below = ladder.STARTS["fashion-mnist"]
    for change in list(ladder.RUNGS.values())[1:]:
        recipe = replace(below, **change)
        assert sum(one != other for one, other in zip(astuple(below), astuple(recipe), strict=True)) == 1, change
        below = recipe


@pytest.mark.parametrize("name", ladder.LADDERS)
def test_each_rung_changes_something_even_where_those_below_it_are_not_carried_on(name):
    for change in list(ladder.LADDERS[name].values())[1:]:
        recipe = replace(ladder.STARTS[name], **change)
        assert recipe.more or not recipe.skip
        assert recipe.method == "sgd" or recipe.bias_rate == 1


@pytest.mark.parametrize("name", ladder.LADDERS)
def test_the_shipped_ladder_was_measured_by_the_recipes_that_the_course_shows(name):
    runs = json.loads(tool.LADDER.read_text(encoding="utf-8"))[name]
    assert list(ladder.recipes(name, runs)) == list(ladder.LADDERS[name])
    for rung, recipe in ladder.recipes(name, runs).items():
        assert ladder.missing_seeds(runs[rung], recipe) == [], rung


def test_a_run_computes_in_the_format_that_was_set(monkeypatch):
    monkeypatch.setattr(tool, "train", lambda *arguments: 1.0)
    data = [np.zeros((10, 28, 28, 1), "uint8")] * 2 + [np.arange(10)] * 2
    before = keras.config.dtype_policy()
    keras.config.set_dtype_policy("mixed_bfloat16")
    try:
        run = tool.measured(ladder.STARTS["fashion-mnist"], data, seed=1)
    finally:
        keras.config.set_dtype_policy(before)
    assert run["precision"] == "mixed_bfloat16"
    assert run["parameters"] == 208_982
