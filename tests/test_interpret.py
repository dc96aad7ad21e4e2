"""Heat maps and maximised filters. `test_backends` runs this file on the other Keras backends, too."""

import warnings

import numpy as np
import pytest

from helpers import data, interpret, models
from helpers.environment import keras
from helpers.interpret import filters, maps

BACKEND = keras.backend.backend()
RNG = np.random.default_rng(5)
COLOURED = RNG.random((5, 12, 12, 3)).astype("float32")
MAPS = {
    "saliency": interpret.saliency,
    "integrated_gradients": interpret.integrated_gradients,
    "occlusion": interpret.occlusion,
    "grad_cam": interpret.grad_cam,
}
every_map = pytest.mark.parametrize("heat_map", MAPS.values(), ids=MAPS)
layers = keras.layers


def clothes(count):
    """Test pictures of Fashion-MNIST with a little noise.

    The empty background is the same everywhere. A pooling there has several largest values, and backends differ in
    the one that gets the gradient. Noise leaves one.
    """
    _, (pictures, _) = data.load_fashion_mnist()
    noise = np.random.default_rng(0).random((count, 28, 28, 1))
    return (0.98 * pictures[:count, ..., np.newaxis] / 255 + 0.02 * noise).astype("float32")


class Doubling(layers.Layer):
    """A layer of one's own with an activation that nobody knows how to take off."""

    def __init__(self, activation):
        super().__init__()
        self.activation = keras.activations.get(activation)

    def call(self, values):
        return self.activation(2 * values)


@pytest.fixture(scope="module")
def fashion():
    return models.load("fashion_cnn")


@pytest.fixture
def one_sigmoid():
    """Sequential, ends in one sigmoid."""
    keras.utils.set_random_seed(3)
    return keras.Sequential(
        [
            keras.Input((12, 12, 3)),
            layers.Conv2D(4, 3, activation="relu", name="conv1"),
            layers.MaxPooling2D(2, name="pool1"),
            layers.Flatten(name="flatten"),
            layers.Dense(8, activation="tanh", name="hidden"),
            layers.Dropout(0.5, name="dropout"),
            layers.Dense(1, activation="sigmoid", name="output"),
        ],
        name="one_sigmoid",
    )


@pytest.fixture
def branched():
    """Functional with two branches, ends in a Softmax layer of its own."""
    keras.utils.set_random_seed(4)
    inputs = keras.Input((12, 12, 3))
    stem = layers.Conv2D(6, 3, padding="same", activation="relu", name="stem")(inputs)
    branch = layers.Conv2D(6, 3, padding="same", activation="relu", name="branch")(stem)
    meet = layers.Add(name="meet")([stem, branch])
    mean = layers.GlobalAveragePooling2D(name="mean")(meet)
    return keras.Model(inputs, layers.Softmax(name="softmax")(layers.Dense(3, name="logits")(mean)), name="branched")


@pytest.fixture(params=["one_sigmoid", "branched"])
def network(request):
    return request.getfixturevalue(request.param)


def small(*more, shape=(12, 12, 3)):
    """Sequential network of these layers."""
    keras.utils.set_random_seed(3)
    return keras.Sequential([keras.Input(shape), *more])


def outputs_of(model, layer, images):
    return keras.Model(model.inputs, model.get_layer(layer).output).predict(images, verbose=0)


def scaled(maps):
    """Each map divided by its largest value, unless that is 0."""
    return maps / np.maximum(maps.max(axis=(1, 2), keepdims=True), 1e-12)


def enlarged(maps, size):
    """Maps (n, h, w) in another size."""
    resized = keras.ops.image.resize(maps[..., np.newaxis], size, data_format="channels_last")
    return keras.ops.convert_to_numpy(resized)[..., 0]


# The score


def test_gradients_are_those_of_calculus():
    x = RNG.random((4, 3)).astype("float32")
    values, gradient = interpret.value_and_gradient(lambda x, factor: keras.ops.sum(factor * x**3, axis=1))(x, 2.0)
    np.testing.assert_allclose(values, 2 * (x**3).sum(axis=1), rtol=1e-5)
    np.testing.assert_allclose(gradient, 6 * x**2, rtol=1e-5)


@every_map
def test_a_network_that_computes_in_bfloat16_is_explained_nearly_alike(one_sigmoid, heat_map):
    mixed = keras.models.clone_model(
        one_sigmoid,
        clone_function=lambda layer: layer.__class__.from_config(
            layer.get_config() | {"dtype": "float32" if layer.name == "output" else "mixed_bfloat16"}
        ),
    )
    mixed.set_weights(one_sigmoid.get_weights())
    assert mixed.get_layer("conv1").compute_dtype == "bfloat16"
    maps = heat_map(mixed, COLOURED, class_index=1)
    assert maps.dtype == np.float32
    assert np.corrcoef(maps.ravel(), heat_map(one_sigmoid, COLOURED, class_index=1).ravel())[0, 1] > 0.95
    assert interpret.maximize_filters(mixed, "conv1", [0], steps=2).dtype == np.float32


def test_scores_are_the_log_odds_of_a_sigmoid(one_sigmoid):
    probability = one_sigmoid.predict(COLOURED, verbose=0)[:, 0]
    log_odds = np.log(probability / (1 - probability))
    np.testing.assert_allclose(interpret.class_scores(one_sigmoid, COLOURED, class_index=1), log_odds, atol=1e-5)
    np.testing.assert_allclose(interpret.class_scores(one_sigmoid, COLOURED, class_index=0), -log_odds, atol=1e-5)
    np.testing.assert_allclose(interpret.class_scores(one_sigmoid, COLOURED), np.abs(log_odds), atol=1e-5)


def test_differences_of_scores_are_log_ratios_of_softmax_probabilities(branched, fashion):
    for model, images in ((branched, COLOURED), (fashion, clothes(5))):
        probabilities = model.predict(images, verbose=0)
        first, second = (interpret.class_scores(model, images, class_index=index) for index in (1, 2))
        expected = np.log(probabilities[:, 1] / probabilities[:, 2])
        np.testing.assert_allclose(first - second, expected, rtol=1e-3, atol=1e-3)
        best = interpret.class_scores(model, images, class_index=probabilities.argmax(axis=1))
        np.testing.assert_array_equal(interpret.class_scores(model, images), best)


@every_map
def test_a_saturated_output_is_explained_all_the_same(one_sigmoid, heat_map):
    """With weights a thousand times as large the sigmoid is 0 or 1 exactly; the map stays as it was."""
    before = heat_map(one_sigmoid, COLOURED)
    output = one_sigmoid.get_layer("output")
    output.set_weights([1000 * weights for weights in output.get_weights()])
    assert set(one_sigmoid.predict(COLOURED, verbose=0).ravel()) <= {0.0, 1.0}
    np.testing.assert_allclose(heat_map(one_sigmoid, COLOURED), before, atol=1e-3)


# What holds for every map


@every_map
def test_maps_have_the_size_of_the_images_and_reach_from_0_to_1(network, heat_map):
    maps = heat_map(network, COLOURED)
    assert maps.shape == (5, 12, 12)
    assert maps.dtype == np.float32
    assert maps.min() >= 0
    np.testing.assert_allclose(maps.max(axis=(1, 2)), 1, atol=1e-6)


@every_map
def test_each_image_is_explained_for_itself_and_its_own_class(network, heat_map):
    classes = [0, 1, 1, 0, 1]
    together = heat_map(network, COLOURED, class_index=classes)
    for index in (0, 4):
        alone = heat_map(network, COLOURED[index : index + 1], class_index=classes[index])
        np.testing.assert_allclose(together[index], alone[0], atol=1e-4)
    assert not np.allclose(heat_map(network, COLOURED, class_index=0), heat_map(network, COLOURED, class_index=1)) or (
        heat_map is interpret.saliency  # of a sigmoid: the gradient only changes its sign
    )


@every_map
def test_by_default_the_predicted_class_is_explained(network, heat_map):
    probabilities = network.predict(COLOURED, verbose=0)
    predicted = probabilities.argmax(axis=1) if probabilities.shape[1] > 1 else (probabilities[:, 0] > 0.5).astype(int)
    np.testing.assert_allclose(
        heat_map(network, COLOURED), heat_map(network, COLOURED, class_index=predicted), atol=1e-5
    )


@every_map
def test_many_images_are_taken_in_portions(branched, heat_map):
    many = RNG.random((37, 12, 12, 3)).astype("float32")
    np.testing.assert_allclose(heat_map(branched, many)[33:], heat_map(branched, many[33:]), atol=1e-4)


@every_map
def test_pixels_in_whole_numbers_are_taken_where_the_network_scales_them(heat_map):
    scaling = layers.Rescaling(1 / 255)
    model = small(scaling, layers.Conv2D(3, 3), layers.GlobalAveragePooling2D(), layers.Dense(2, activation="softmax"))
    whole = (255 * COLOURED).astype("uint8")
    np.testing.assert_array_equal(heat_map(model, whole), heat_map(model, whole.astype("float64")))


@every_map
def test_a_network_to_which_nothing_matters_gives_maps_of_zeros(network, heat_map):
    for layer in network.layers:
        layer.set_weights([np.zeros_like(weights) for weights in layer.get_weights()])
    with warnings.catch_warnings(), np.errstate(all="raise"):
        warnings.simplefilter("error", RuntimeWarning)
        assert not heat_map(network, COLOURED, class_index=1).any()


@every_map
def test_the_network_stays_as_it_was(network, heat_map):
    before = [network.predict(COLOURED, verbose=0), *network.get_weights()]
    heat_map(network, COLOURED)
    after = [network.predict(COLOURED, verbose=0), *network.get_weights()]
    for one, other in zip(before, after, strict=True):
        np.testing.assert_array_equal(one, other)
    assert not any("call" in vars(layer) for layer in network.layers)


# Saliency


def test_saliency_is_the_slope_of_the_score(fashion):
    images = clothes(3)
    maps = interpret.saliency(fashion, images)
    classes = fashion.predict(images, verbose=0).argmax(axis=1)
    for image, heat, kind in zip(images, maps, classes, strict=True):
        strongest = heat.argmax()
        places = np.concatenate([[strongest], np.random.default_rng(1).choice(28 * 28, 60, replace=False)])
        step = 2e-4
        steps = step * np.eye(28 * 28, dtype="float32")[places].reshape(-1, 28, 28, 1)
        above, below = (interpret.class_scores(fashion, image + sign * steps, class_index=kind) for sign in (1, -1))
        slopes = np.abs(above - below) / (2 * step)
        # A step may cross a kink of ReLU or pooling; there the slope is not defined.
        close = np.abs(slopes / slopes[0] - heat.ravel()[places]) < 0.02
        assert close.mean() > 0.95


def test_saliency_of_a_linear_model_is_its_largest_weight():
    model = keras.Sequential([keras.Input((4, 5, 3)), layers.Flatten(), layers.Dense(1, activation="sigmoid")])
    weights = np.abs(model.layers[-1].get_weights()[0]).reshape(1, 4, 5, 3).max(axis=-1)
    images = RNG.random((1, 4, 5, 3)).astype("float32")
    np.testing.assert_allclose(interpret.saliency(model, images), scaled(weights), rtol=1e-5)


# Integrated gradients


def test_attributions_of_a_linear_model_are_weight_times_pixel():
    model = keras.Sequential([keras.Input((4, 5, 3)), layers.Flatten(), layers.Dense(2, activation="softmax")])
    weights = model.layers[-1].get_weights()[0].reshape(4, 5, 3, 2)
    images = RNG.random((3, 4, 5, 3)).astype("float32")
    shares = interpret.attributions(model, images, class_index=[0, 1, 0], steps=3)
    np.testing.assert_allclose(shares[1], weights[..., 1] * images[1], atol=1e-6)
    signed = (weights[..., 0] * images[2]).sum(axis=-1)
    expected = np.maximum(signed, 0) / signed.max()
    np.testing.assert_allclose(interpret.integrated_gradients(model, images, class_index=0)[2], expected, atol=1e-5)


def test_integrated_gradients_are_attributions_of_as_many_steps(fashion):
    shares = interpret.attributions(fashion, clothes(1), steps=2).sum(axis=-1)
    maps = interpret.integrated_gradients(fashion, clothes(1), steps=2)
    np.testing.assert_allclose(maps, scaled(np.maximum(shares, 0)), atol=1e-6)


def test_attributions_are_complete(fashion):
    _, (pictures, _) = data.load_fashion_mnist()
    images = pictures[:50, ..., np.newaxis].astype("float32") / 255
    classes = fashion.predict(images, verbose=0).argmax(axis=1)
    score, of_black = (interpret.class_scores(fashion, x, class_index=classes) for x in (images, 0 * images))
    sums = interpret.attributions(fashion, images, class_index=classes, steps=256).sum(axis=(1, 2, 3))
    np.testing.assert_allclose(sums, score - of_black, rtol=0.01)
    # As many steps as are taken by default suffice for 1.5 %; half of them miss 3.7 %.
    sums = interpret.attributions(fashion, images, class_index=classes).sum(axis=(1, 2, 3))
    np.testing.assert_allclose(sums, score - of_black, rtol=0.015)


# Occlusion


@pytest.mark.parametrize(("share", "counts"), [(1e-6, False), (5e-6, False), (3e-5, True), (1e-4, True)])
def test_occlusion_takes_a_change_that_float32_cannot_tell_from_rounding_for_none(share, counts):
    weights = np.zeros((16, 1))
    weights[5] = share  # of a score that is 1
    model = keras.Sequential([keras.Input((4, 4, 1)), layers.Flatten(), layers.Dense(1)])
    model.layers[-1].set_weights([weights, np.ones(1)])
    images = np.zeros((1, 4, 4, 1), np.float32)
    images[0, 1, 1] = 1
    heat_map = interpret.occlusion(model, images, size=1, stride=1, class_index=1)[0]
    assert heat_map.any() == counts


def test_occlusion_finds_the_only_pixel_that_counts():
    model = keras.Sequential([keras.Input((10, 12, 1)), layers.Flatten(), layers.Dense(1, activation="sigmoid")])
    weights = np.zeros((10, 12))
    weights[3, 8] = 2
    model.layers[-1].set_weights([weights.reshape(-1, 1), np.zeros(1)])
    image = np.zeros((1, 10, 12, 1), "float32")
    image[0, 3, 8] = 1
    heat = interpret.occlusion(model, image, size=3, stride=1)[0]
    assert np.unravel_index(heat.argmax(), heat.shape) == (3, 8)
    assert heat[3, 8] == 1
    rows, columns = np.nonzero(heat)
    assert (rows.min(), rows.max(), columns.min(), columns.max()) == (1, 5, 6, 10)  # as far as a square reaches
    assert heat[3, 7] == pytest.approx(2 / 3)  # two of the three columns of squares over it reach the pixel
    assert not interpret.occlusion(model, image, class_index=0, size=3, stride=1).any()  # covering helps class 0


def test_occlusion_averages_over_the_squares():
    """A pixel's value is the mean over the squares that cover it; of nine over pixel 2, 2 one reaches pixel 0, 0."""
    model = small(layers.Flatten(), layers.Dense(1, activation="sigmoid"), shape=(8, 8, 1))
    weights, image = np.zeros((8, 8)), np.zeros((1, 8, 8, 1), "float32")
    weights[0, 0], image[0, 0, 0] = 2, 1
    model.layers[-1].set_weights([weights.reshape(-1, 1), np.zeros(1)])
    heat = interpret.occlusion(model, image, size=3, stride=1)[0]
    np.testing.assert_allclose(heat[:3, :3], 1 / np.outer([1, 2, 3], [1, 2, 3]), rtol=1e-4)


def test_covering_with_its_own_colour_changes_nothing(one_sigmoid):
    colour = np.array([0.2, 0.5, 0.9], "float32")
    for model, side in ((one_sigmoid, 12), (models.load("cats_dogs_augmented"), 150)):
        plain = np.broadcast_to(colour, (1, side, side, 3))
        for index in (0, 1):
            assert not interpret.occlusion(model, plain, class_index=index, stride=side // 5).any()


def test_squares_are_by_default_a_fifth_of_the_picture_and_overlap(fashion):
    given = interpret.occlusion(fashion, clothes(1), size=5, stride=1)
    np.testing.assert_array_equal(interpret.occlusion(fashion, clothes(1)), given)


def test_occlusion_covers_every_pixel_whatever_the_stride(one_sigmoid):
    for size, stride in ((5, 4), (12, 12), (1, 1)):
        assert interpret.occlusion(one_sigmoid, COLOURED, size=size, stride=stride).shape == (5, 12, 12)
    starts = maps._starts(12, 5, 4)
    assert starts == [0, 4, 7]


# Grad-CAM


def test_grad_cam_of_a_network_with_global_pooling_is_the_class_activation_map(branched):
    """Zhou et al., "Learning Deep Features for Discriminative Localization", 2016: no gradient is needed there."""
    weights = branched.get_layer("logits").get_weights()[0]
    for name, layer in ((None, "meet"), ("meet", "meet"), ("branch", "branch")):
        maps = outputs_of(branched, layer, COLOURED)
        expected = np.maximum(maps @ weights[:, 2], 0)
        np.testing.assert_allclose(
            interpret.grad_cam(branched, COLOURED, name, class_index=2), scaled(expected), atol=1e-5
        )


def test_grad_cam_weighs_maps_by_their_mean_gradients():
    """With a dense layer right after the maps, its matrix is the gradient."""
    conv = layers.Conv2D(3, 3, activation="relu", name="conv")
    model = small(conv, layers.Flatten(), layers.Dense(2, activation="softmax", name="output"))
    weights = model.get_layer("output").get_weights()[0][:, 1].reshape(10, 10, 3).mean(axis=(0, 1))
    expected = enlarged(np.maximum(outputs_of(model, "conv", COLOURED) @ weights, 0), (12, 12))
    np.testing.assert_allclose(interpret.grad_cam(model, COLOURED, class_index=1), scaled(expected), atol=1e-5)


def test_grad_cam_of_pictures_that_are_not_square():
    conv, pool = layers.Conv2D(3, 3, activation="relu"), layers.MaxPooling2D(2, name="pool")
    output = layers.Dense(2, activation="softmax", name="output")
    model = small(conv, pool, layers.GlobalAveragePooling2D(), output, shape=(10, 16, 1))
    output.set_weights([np.abs(weights) for weights in output.get_weights()])
    images = np.random.default_rng(1).random((2, 10, 16, 1)).astype("float32")
    maps = outputs_of(model, "pool", images)
    expected = enlarged(np.maximum(maps @ output.get_weights()[0][:, 1], 0), (10, 16))
    np.testing.assert_allclose(interpret.grad_cam(model, images, "pool", class_index=1), scaled(expected), atol=1e-5)


@pytest.mark.parametrize("kind", ["Dropout", "SpatialDropout2D", "AveragePooling2D", "MaxPooling2D"])
def test_grad_cam_looks_in_front_of_poolings_and_dropout(kind):
    passing = getattr(layers, kind)(0.5 if "Dropout" in kind else 2)
    conv = layers.Conv2D(3, 3, activation="relu", name="conv")
    model = small(conv, passing, layers.Flatten(), layers.Dense(2, activation="softmax"))
    np.testing.assert_array_equal(interpret.grad_cam(model, COLOURED), interpret.grad_cam(model, COLOURED, "conv"))


def test_grad_cam_of_an_earlier_layer_has_that_layer_s_resolution(fashion):
    images = clothes(2)
    coarse, fine = (interpret.grad_cam(fashion, images, layer) for layer in ("pool2", "conv1"))
    assert coarse.shape == fine.shape == (2, 28, 28)
    assert not np.allclose(coarse, fine, atol=0.1)
    np.testing.assert_array_equal(interpret.grad_cam(fashion, images), interpret.grad_cam(fashion, images, "conv2"))
    np.testing.assert_array_equal(interpret.grad_cam(fashion, images), interpret.grad_cam(fashion, images, 2))


# Other people's code


@pytest.mark.packages
@pytest.mark.skipif(BACKEND != "tensorflow", reason="tf-keras-vis needs the TensorFlow backend")
def test_grad_cam_and_saliency_equal_those_of_tf_keras_vis(fashion):
    gradcam = pytest.importorskip("tf_keras_vis.gradcam", reason="tf-keras-vis is not installed: make backends")
    from tf_keras_vis.saliency import Saliency
    from tf_keras_vis.utils.model_modifiers import ReplaceToLinear
    from tf_keras_vis.utils.scores import CategoricalScore

    images = clothes(20)
    functional = keras.Model(fashion.inputs, fashion.outputs)
    score = CategoricalScore(list(fashion.predict(images, verbose=0).argmax(axis=1)))
    settings = {"expand_cam": False, "normalize_cam": False, "penultimate_layer": "conv2"}
    cams = gradcam.Gradcam(functional, ReplaceToLinear())(score, images, **settings)
    expected = scaled(enlarged(np.asarray(cams), (28, 28)))
    np.testing.assert_allclose(interpret.grad_cam(fashion, images), expected, atol=1e-3)
    gradients = Saliency(functional, ReplaceToLinear())(score, images, normalize_map=False)
    np.testing.assert_allclose(interpret.saliency(fashion, images), scaled(np.asarray(gradients)), atol=1e-3)


@pytest.mark.packages
@pytest.mark.skipif(BACKEND != "torch", reason="Captum needs the PyTorch backend")
def test_maps_equal_those_of_captum(fashion):
    captum = pytest.importorskip("captum.attr", reason="Captum is not installed: make backends")
    import torch

    images = clothes(10)
    classes = fashion.predict(images, verbose=0).argmax(axis=1)
    hidden = keras.Model(fashion.inputs[0], fashion.layers[-2].output)
    kernel, bias = (torch.tensor(weights) for weights in fashion.layers[-1].get_weights())

    def scores(x):
        return hidden(x) @ kernel + bias

    x, target = torch.tensor(images), torch.tensor(classes)
    gradients = captum.Saliency(scores).attribute(x.clone().requires_grad_(), target=target).detach().numpy()
    np.testing.assert_allclose(interpret.saliency(fashion, images), scaled(gradients[..., 0]), atol=1e-3)

    shares = captum.IntegratedGradients(scores).attribute(x, target=target, n_steps=128).numpy()
    np.testing.assert_allclose(interpret.attributions(fashion, images, steps=128), shares, atol=0.01)

    window = {"sliding_window_shapes": (5, 5, 1), "strides": (3, 3, 1)}
    means = x.mean(dim=(1, 2), keepdim=True).expand_as(x)
    drops = captum.Occlusion(scores).attribute(x, target=target, baselines=means, **window).detach().numpy()[..., 0]
    ours = interpret.occlusion(fashion, images, size=5, stride=3)
    # Captum lets the last square hang over the edge, ours is moved inside: the last rows and columns differ.
    covered, expected = ours[:, :23, :23], np.maximum(drops, 0)[:, :23, :23]
    np.testing.assert_allclose(scaled(covered), scaled(expected), atol=1e-3)


# Maximised filters


def test_pictures_of_filters_are_repeatable_and_in_range(fashion):
    pictures = interpret.maximize_filters(fashion, "conv2", [3, 0, 3], steps=6, seed=1)
    assert pictures.shape == (3, 28, 28, 1)
    assert pictures.min() >= 0
    assert pictures.max() <= 1
    np.testing.assert_allclose(pictures[0], pictures[2], atol=1e-4)
    assert not np.allclose(pictures[0], pictures[1], atol=0.1)
    again = interpret.maximize_filters(fashion, 2, [3], steps=6, seed=1)
    np.testing.assert_allclose(pictures[:1], again, atol=1e-3)
    assert not np.allclose(interpret.maximize_filters(fashion, 2, [3], steps=6, seed=2), again, atol=0.1)


def test_a_filter_answers_its_own_picture_more_than_others_and_more_than_real_clothes(fashion):
    pictures = interpret.maximize_filters(fashion, "conv2", range(64))
    answers = outputs_of(fashion, "conv2", pictures).mean(axis=(1, 2))
    assert (answers.argmax(axis=0) == np.arange(64)).mean() > 0.6  # by chance: 1 of 64
    of_clothes = outputs_of(fashion, "conv2", clothes(100)).mean(axis=(1, 2))
    assert (answers.diagonal() > of_clothes.max(axis=0)).mean() > 0.7


@pytest.mark.parametrize("bias", [0.0, -10.0], ids=["awake", "silent"])
def test_an_edge_filter_wants_stripes_along_its_edge(bias):
    """Silent: with that bias ReLU is 0 for the noise at the start, and for most pictures."""
    model = keras.Sequential([keras.Input((32, 32, 1)), layers.Conv2D(2, 3, activation="relu", name="conv")])
    edge = np.array([[-1, 0, 1]] * 3, "float32")
    model.layers[-1].set_weights([np.stack([edge, edge.T], axis=-1)[:, :, np.newaxis], np.full(2, bias)])
    vertical, horizontal = interpret.maximize_filters(model, "conv", [0, 1])[..., 0]
    for picture, across, along in ((vertical, 1, 0), (horizontal, 0, 1)):
        assert picture.std() > 0.2
        assert np.abs(np.diff(picture, axis=across)).mean() > 3 * np.abs(np.diff(picture, axis=along)).mean()


def test_pictures_grow_only_from_sizes_that_the_network_can_take():
    model = keras.Sequential([keras.Input((20, 20, 1)), layers.Conv2D(2, 9, name="a"), layers.Conv2D(2, 9, name="b")])
    assert interpret.maximize_filters(model, "b", [0, 1], steps=4).shape == (2, 20, 20, 1)
    free = filters._of_any_size(keras.Model(model.inputs[0], model.get_layer("b").output))
    assert filters._growing(free, (20, 20)) == [(20, 20)]
    assert filters._growing(free, (40, 60)) == [(20, 30), (40, 60)]
    assert filters._growing(free, (68, 34)) == [(17, 17), (34, 17), (68, 34)][1:]
    assert filters._growing(free, (68, 68)) == [(17, 17), (34, 34), (68, 68)]


def test_filters_are_asked_as_in_prediction_and_before_relu():
    def pictures(dropout, layer):
        convolutions = [layers.Conv2D(3, 3), layers.Dropout(dropout), layers.Conv2D(4, 3)]
        model = small(*convolutions, layers.BatchNormalization(name="normalized"), layers.ReLU(name="relu"))
        for index, weights in enumerate(model.weights):
            weights.assign(np.random.default_rng(index).random(weights.shape) - 0.5 * (len(weights.shape) == 4))
        return interpret.maximize_filters(model, layer, [0, 1], steps=15)

    expected = pictures(0, "normalized")
    assert 0 <= expected.min() < expected.max() <= 1
    np.testing.assert_allclose(pictures(0.9, "normalized"), expected, atol=1e-4)
    np.testing.assert_allclose(pictures(0, "relu"), expected, atol=1e-6)


def test_the_first_step_moves_the_noise_by_the_step_that_is_stated():
    model = small(layers.Conv2D(2, 11, name="conv"), shape=(12, 12, 1))
    (picture,) = interpret.maximize_filters(model, "conv", [0], steps=1, seed=7)
    noise = np.random.default_rng(7).uniform(0.4, 0.6, (12, 12, 1))
    assert np.sqrt(np.mean((picture - noise) ** 2)) == pytest.approx(filters.STEP, rel=1e-3)


def test_steps_are_shared_out_among_the_sizes(monkeypatch):
    heights, real = [], interpret.value_and_gradient

    def counting(function):
        climb = real(function)

        def counted(pictures, select):
            heights.append(pictures.shape[1])
            return climb(pictures, select)

        return counted

    monkeypatch.setattr(filters, "value_and_gradient", counting)
    interpret.maximize_filters(small(layers.Conv2D(2, 3, name="conv")), "conv", [0], steps=7)
    assert heights == [3, 3, 3, 6, 6, 12, 12]


def test_more_steps_make_the_answer_stronger(fashion):
    short, long = (interpret.maximize_filters(fashion, "conv2", [0, 13, 15], steps=steps) for steps in (3, 30))
    answers = [
        outputs_of(fashion, "conv2", pictures).mean(axis=(1, 2))[range(3), [0, 13, 15]] for pictures in (short, long)
    ]
    assert (answers[1] > answers[0]).all()


# Bad input


@every_map
def test_images_that_do_not_fit_are_refused(one_sigmoid, heat_map):
    for images, message in (
        (COLOURED[0], "batch axis is missing"),
        (COLOURED[:, :10], r"expects images of shape \(n, 12, 12, 3\), got \(5, 10, 12, 3\)"),
        (255 * COLOURED, "divide the images by 255"),
        (np.where(COLOURED > 0.9, np.nan, COLOURED), "not a number"),
        (COLOURED[:0], "at least one image"),
    ):
        with pytest.raises(ValueError, match=message):
            heat_map(one_sigmoid, images)


@every_map
@pytest.mark.parametrize("wrong", [2, -1, 0.5, [0, 1], "dog", [[0]] * 5, [0, 1, 0, 1, 2]])
def test_a_class_that_is_none_is_refused(one_sigmoid, heat_map, wrong):
    with pytest.raises(ValueError, match=r"class in 0\.\.1, or one for each of the 5 images"):
        heat_map(one_sigmoid, COLOURED, class_index=wrong)


def test_a_layer_without_maps_is_refused(one_sigmoid):
    for call in (
        lambda layer: interpret.grad_cam(one_sigmoid, COLOURED, layer),
        lambda layer: interpret.maximize_filters(one_sigmoid, layer, [0]),
    ):
        with pytest.raises(ValueError, match=r"'hidden' has no spatial output.*Layers that have: conv1, pool1\."):
            call("hidden")
        with pytest.raises(ValueError, match=r"no layer 'conv9'.*0 conv1, 1 pool1"):
            call("conv9")


def test_a_network_without_maps_has_no_grad_cam():
    model = keras.Sequential([keras.Input((4, 5, 3)), layers.Flatten(), layers.Dense(2, activation="softmax")])
    inputs = keras.Input((4, 5, 3))
    functional = keras.Model(inputs, layers.Dense(2, activation="softmax")(layers.Flatten()(inputs)))
    for network in (model, functional):
        with pytest.raises(ValueError, match="no layer with spatial output"):
            interpret.grad_cam(network, RNG.random((1, 4, 5, 3)))


@every_map
def test_a_network_whose_scores_cannot_be_seen_is_refused(branched, heat_map):
    mean, probabilities = branched.get_layer("mean").output, branched.output
    maps = layers.Conv2D(3, 3, activation="softmax")(branched.inputs[0])
    for output in (
        2 * probabilities,
        layers.Rescaling(2)(probabilities),
        layers.Average()([probabilities, layers.Dense(3, activation="softmax")(mean)]),
        layers.GlobalAveragePooling2D()(layers.MaxPooling2D(2)(maps)),
        layers.SpectralNormalization(layers.Dense(3, activation="softmax"))(mean),
        Doubling(activation="sigmoid")(mean),
    ):
        with pytest.raises(ValueError, match="end it with a Dense, Activation or Softmax layer"):
            heat_map(keras.Model(branched.inputs, output), COLOURED)
    two_outputs = keras.Model(branched.inputs, [branched.output, branched.get_layer("mean").output])
    inputs = [keras.Input((12, 12, 3)), keras.Input((12, 12, 3))]
    two_inputs = keras.Model(inputs, branched(inputs[0]))
    with pytest.raises(ValueError, match=r"one output of shape \(n, classes\), got \(None, 3\), \(None, 6\)"):
        heat_map(two_outputs, COLOURED)
    with pytest.raises(ValueError, match=r"one input; .* has 2: \(None, 12, 12, 3\), \(None, 12, 12, 3\)"):
        heat_map(two_inputs, COLOURED)


@every_map
def test_a_network_of_whole_numbers_is_refused(heat_map):
    inputs = keras.Input((12, 12, 3), dtype="uint8")
    maps = layers.Conv2D(2, 3)(layers.Rescaling(1 / 255)(inputs))
    model = keras.Model(inputs, layers.Dense(2, activation="softmax")(layers.GlobalAveragePooling2D()(maps)))
    with pytest.raises(ValueError, match="takes uint8, and only float inputs have gradients"):
        heat_map(model, (255 * COLOURED).astype("uint8"))


@every_map
def test_a_network_that_shares_its_output_layer_with_an_older_one_has_its_own_maps(heat_map):
    output = layers.Dense(2, activation="softmax")
    for _ in range(2):
        inputs = keras.Input((12, 12, 3))
        model = keras.Model(inputs, output(layers.GlobalAveragePooling2D()(layers.Conv2D(2, 3)(inputs))))
    copy = keras.models.clone_model(model)
    copy.set_weights(model.get_weights())
    np.testing.assert_allclose(heat_map(model, COLOURED), heat_map(copy, COLOURED), atol=1e-5)


def test_maps_of_a_single_field_are_passed_by():
    """A head of 1x1 convolutions: its maps have one field, which would make a heat map of ones."""
    head = [layers.GlobalAveragePooling2D(keepdims=True), layers.Conv2D(2, 1), layers.Flatten(), layers.Softmax()]
    model = small(layers.Conv2D(4, 3, activation="relu", name="conv"), *head)
    np.testing.assert_array_equal(interpret.grad_cam(model, COLOURED), interpret.grad_cam(model, COLOURED, "conv"))
    with pytest.raises(ValueError, match="no spatial output"):
        interpret.grad_cam(keras.Model(model.inputs, model.outputs), COLOURED, 0)


@every_map
def test_a_network_that_knows_no_input_shape_is_refused(heat_map):
    with pytest.raises(ValueError, match=r"begin it with keras\.Input"):
        heat_map(keras.Sequential([layers.Conv2D(1, 3)]), COLOURED)


@pytest.mark.parametrize(("filters", "steps", "message"), [
    ([64], 1, "filters 0 to 63"),
    ([-1], 1, "filters 0 to 63"),
    ([], 1, "filters 0 to 63"),
    ([[1]], 1, "filters 0 to 63"),
    ([1.7], 1, "filters 0 to 63"),
    ([True, False], 1, "filters 0 to 63"),
    ([1], 0, "at least one step"),
])  # fmt: skip
def test_filters_and_steps_that_are_none_are_refused(fashion, filters, steps, message):
    with pytest.raises(ValueError, match=message):
        interpret.maximize_filters(fashion, "conv2", filters, steps=steps)


def test_a_network_for_which_0_to_1_is_black_is_refused():
    model = keras.Sequential([keras.Input((8, 8, 1)), layers.Rescaling(1 / 255), layers.Conv2D(1, 3, name="conv")])
    with pytest.raises(ValueError, match="scales its pixels itself"):
        interpret.maximize_filters(model, "conv", [0])


def test_a_network_for_pictures_of_any_size_is_refused_by_maximize_filters():
    model = keras.Sequential([keras.Input((None, None, 1)), layers.Conv2D(1, 3, name="conv")])
    with pytest.raises(ValueError, match=r"pictures of any size.*fixed keras\.Input"):
        interpret.maximize_filters(model, "conv", [0])


def test_attributions_need_a_step(one_sigmoid):
    with pytest.raises(ValueError, match="at least one step, got 0"):
        interpret.attributions(one_sigmoid, COLOURED, steps=0)


@pytest.mark.parametrize(("size", "stride"), [(13, 1), (4, 5), (4, -1), (-4, 1), (0, 1), (4, 0)])
def test_squares_that_do_not_fit_or_leave_gaps_are_refused(one_sigmoid, size, stride):
    with pytest.raises(ValueError, match="1 <= stride <= size <= 12"):
        interpret.occlusion(one_sigmoid, COLOURED, size=size, stride=stride)
