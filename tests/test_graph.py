"""Networks inside networks, layers that are called twice, and layers that others forget: maps of all of them."""

import numpy as np
import pytest

from helpers import interpret
from helpers.activations import activation_model, feature_maps
from helpers.backend.graph import calls_of
from helpers.backend.images import BYTES, UNITS, pixel_range
from helpers.environment import keras

layers = keras.layers
IMAGES = np.random.default_rng(0).random((2, 24, 24, 3)).astype("float32")
FIRST = "conv1" if keras.backend.backend() == "torch" else "conv.1"  # Keras on PyTorch builds no layer with a dot
EVERY_MAP = [interpret.saliency, interpret.integrated_gradients, interpret.occlusion, interpret.grad_cam]


def backbone(name="base"):
    """A functional network without a head."""
    inputs = keras.Input((24, 24, 3))
    maps = layers.Conv2D(4, 3, padding="same", activation="relu", name=FIRST)(inputs)
    maps = layers.MaxPooling2D(name="pool")(maps)
    return keras.Model(inputs, layers.Conv2D(6, 3, padding="same", activation="relu", name="conv2")(maps), name=name)


def head():
    return [layers.GlobalAveragePooling2D(name="mean"), layers.Dense(3, activation="softmax", name="output")]


def in_sequential(base):
    return keras.Sequential([keras.Input((24, 24, 3)), base, *head()])


def in_functional(base):
    inputs = keras.Input((24, 24, 3))
    value = base(layers.Rescaling(1.0)(inputs), training=False)
    for layer in head():
        value = layer(value)
    return keras.Model(inputs, value)


def in_sequential_in_functional(base):
    inputs = keras.Input((24, 24, 3))
    block = keras.Sequential([keras.Input((24, 24, 3)), layers.RandomFlip(), base], name="outer")
    value = block(inputs)
    for layer in head():
        value = layer(value)
    return keras.Model(inputs, value)


def flat(base, model):
    """The same network without one inside it."""
    copy = keras.Sequential([keras.Input((24, 24, 3)), *(_twin(layer) for layer in base.layers[1:]), *head()])
    copy.set_weights(model.get_weights())
    return copy


def _twin(layer):
    return layer.__class__.from_config(layer.get_config())


@pytest.fixture(params=[in_sequential, in_functional, in_sequential_in_functional])
def nested(request):
    keras.utils.set_random_seed(1)
    base = backbone()
    model = request.param(base)
    return base, model, "outer/base" if request.param is in_sequential_in_functional else "base"


@pytest.mark.parametrize("heat_map", EVERY_MAP)
def test_the_maps_of_a_network_inside_a_network_are_those_of_the_flat_one(nested, heat_map):
    base, model, _ = nested
    np.testing.assert_allclose(heat_map(model, IMAGES), heat_map(flat(base, model), IMAGES), atol=1e-4)


def test_grad_cam_asks_any_layer_inside_by_its_path(nested):
    base, model, path = nested
    for layer in (FIRST, "pool", "conv2"):
        inside = interpret.grad_cam(model, IMAGES, f"{path}/{layer}")
        np.testing.assert_allclose(inside, interpret.grad_cam(flat(base, model), IMAGES, layer), atol=1e-4)
    whole = interpret.grad_cam(model, IMAGES, path)
    np.testing.assert_allclose(whole, interpret.grad_cam(model, IMAGES, f"{path}/conv2"), atol=1e-5)


def test_feature_maps_look_inside_and_name_layers_by_their_path(nested):
    base, model, path = nested
    maps = feature_maps(model, IMAGES)
    assert list(maps) == [f"{path}/{FIRST}", f"{path}/pool", f"{path}/conv2", "mean"]
    for layer in (FIRST, "pool", "conv2"):
        right = keras.Model(base.inputs, base.get_layer(layer).output).predict(IMAGES, verbose=0)
        np.testing.assert_allclose(maps[f"{path}/{layer}"], right, atol=1e-5)
    by_model = activation_model(model, [path, "output"]).predict(IMAGES, verbose=0)
    np.testing.assert_allclose(by_model[0], base.predict(IMAGES, verbose=0), atol=1e-5)
    np.testing.assert_allclose(by_model[1], model.predict(IMAGES, verbose=0), atol=1e-5)


def test_a_name_alone_is_told_the_path(nested):
    _, model, path = nested
    for call in (feature_maps, interpret.grad_cam):
        with pytest.raises(ValueError, match=rf"no layer 'conv2'. Inside of a model there is {path}/conv2: "):
            call(model, IMAGES, "conv2")


def test_filters_inside_are_those_of_the_network_alone(nested):
    base, model, path = nested
    inside = interpret.maximize_filters(model, f"{path}/conv2", [0, 1], steps=6)
    np.testing.assert_allclose(inside, interpret.maximize_filters(base, "conv2", [0, 1], steps=6), atol=1e-3)


def test_a_network_stays_what_it_was(nested, tmp_path):
    _, model, path = nested
    before = model.predict(IMAGES, verbose=0)
    for heat_map in EVERY_MAP:
        heat_map(model, IMAGES)
    feature_maps(model, IMAGES)
    interpret.maximize_filters(model, path, [0], steps=3)
    np.testing.assert_array_equal(model.predict(IMAGES, verbose=0), before)
    model.save(tmp_path / "model.keras")
    copy = keras.models.load_model(tmp_path / "model.keras")
    np.testing.assert_allclose(copy.predict(IMAGES, verbose=0), before, atol=1e-6)
    assert [call.path for call in calls_of(copy)] == [call.path for call in calls_of(model)]


def test_layers_shared_with_an_older_network_show_the_new_one():
    keras.utils.set_random_seed(2)
    old = in_sequential(backbone())
    new = keras.Sequential([keras.Input((24, 24, 3)), *old.layers[0].layers[1:], layers.Flatten(), layers.Dense(2)])
    assert interpret.grad_cam(new, IMAGES).shape == (2, 24, 24)
    np.testing.assert_allclose(feature_maps(new, IMAGES)["conv2"], old.layers[0].predict(IMAGES, verbose=0), atol=1e-5)


@pytest.fixture
def twice():
    """A network that calls a layer twice, one after the other."""
    keras.utils.set_random_seed(3)
    inputs = keras.Input((24, 24, 3))
    layer = layers.Conv2D(3, 3, padding="same", activation="relu", name="twice")
    maps = layer(layer(inputs))
    return keras.Model(inputs, layers.Dense(2, activation="softmax")(layers.GlobalAveragePooling2D()(maps)))


def unshared(twice):
    """The same network with two layers in the place of one."""
    first, second = (layers.Conv2D(3, 3, padding="same", activation="relu", name=name) for name in ("one", "two"))
    copy = keras.Sequential(
        [keras.Input((24, 24, 3)), first, second, *head()[:1], layers.Dense(2, activation="softmax")]
    )
    kernel, bias, *rest = twice.get_weights()
    copy.set_weights([kernel, bias, kernel, bias, *rest])
    return copy


def test_each_call_of_a_layer_has_its_own_maps(twice):
    maps, right = feature_maps(twice, IMAGES), feature_maps(unshared(twice), IMAGES)
    assert list(maps)[:2] == ["twice:1", "twice:2"]
    np.testing.assert_allclose(maps["twice:1"], right["one"], atol=1e-5)
    np.testing.assert_allclose(maps["twice:2"], right["two"], atol=1e-5)
    for name, layer in (("twice:1", "one"), ("twice:2", "two")):
        np.testing.assert_allclose(
            interpret.grad_cam(twice, IMAGES, name), interpret.grad_cam(unshared(twice), IMAGES, layer), atol=1e-4
        )
    np.testing.assert_allclose(
        interpret.maximize_filters(twice, "twice:2", [0], steps=6),
        interpret.maximize_filters(unshared(twice), "two", [0], steps=6),
        atol=1e-3,
    )


def test_a_layer_that_is_called_twice_is_not_guessed_at(twice):
    for call in (feature_maps, interpret.grad_cam):
        with pytest.raises(ValueError, match="'twice' is called 2 times: name one of twice:1, twice:2"):
            call(twice, IMAGES, "twice")


@pytest.mark.parametrize("tail", [
    [layers.Activation("linear", dtype="float32")],
    [layers.Dropout(0.5)],
    [layers.Reshape((3,))],
    [layers.Identity(), layers.Dropout(0.2), layers.Flatten()],
    [layers.GaussianNoise(0.1), layers.ActivityRegularization(0.1)],
])  # fmt: skip
def test_the_score_is_that_before_the_last_activation_whatever_follows_it(tail):
    keras.utils.set_random_seed(5)
    plain = keras.Sequential([keras.Input((24, 24, 3)), layers.Conv2D(4, 3), *head()])
    longer = keras.Sequential([keras.Input((24, 24, 3)), *plain.layers, *tail])
    logits = keras.Sequential([keras.Input((24, 24, 3)), *plain.layers[:-1], layers.Dense(3)])
    logits.layers[-1].set_weights(plain.layers[-1].get_weights())
    right = logits.predict(IMAGES, verbose=0)[:, 1]
    np.testing.assert_allclose(interpret.class_scores(longer, IMAGES, class_index=1), right, atol=1e-5)
    np.testing.assert_allclose(interpret.saliency(longer, IMAGES), interpret.saliency(plain, IMAGES), atol=1e-5)


def test_operations_of_keras_are_taken_off_too():
    keras.utils.set_random_seed(5)
    inputs = keras.Input((24, 24, 3))
    scores = layers.Dense(3)(layers.GlobalAveragePooling2D()(layers.Conv2D(4, 3)(inputs) * 2))
    model = keras.Model(inputs, keras.ops.cast(keras.ops.softmax(scores), "float32"))
    right = keras.Model(inputs, scores).predict(IMAGES, verbose=0)
    np.testing.assert_allclose(interpret.class_scores(model, IMAGES), right.max(axis=1), atol=1e-5)
    (doubled,) = [call.path for call in calls_of(model) if call.path.startswith("multiply")]
    assert list(feature_maps(model, IMAGES, [doubled])) == [doubled]
    with pytest.raises(ValueError, match=f"It has: .*{doubled}"):
        feature_maps(model, IMAGES, "nowhere")


MAP_MAKERS = {
    "separable": layers.SeparableConv2D(2, 3), "depthwise": layers.DepthwiseConv2D(3),
    "transposed": layers.Conv2DTranspose(2, 3), "largest": layers.GlobalMaxPooling2D(),
    "mean": layers.GlobalAveragePooling2D(keepdims=True), "average": layers.AveragePooling2D(2),
}  # fmt: skip


@pytest.mark.parametrize("name", MAP_MAKERS)
def test_no_kind_of_convolution_or_pooling_is_forgotten(name):
    layer = MAP_MAKERS[name]
    model = keras.Sequential([keras.Input((24, 24, 3)), layer, layers.Flatten(), layers.Dense(2)])
    assert list(feature_maps(model, IMAGES)) == [layer.name]


def test_one_dimension_is_shown_too():
    model = keras.Sequential([
        keras.Input((20, 1)), layers.Conv1D(2, 3, name="a"), layers.SeparableConv1D(3, 3, name="b"),
        layers.MaxPooling1D(name="c"), layers.GlobalMaxPooling1D(name="d"),
    ])  # fmt: skip
    assert {name: maps.shape for name, maps in feature_maps(model, IMAGES[:, :20, :1, 0]).items()} == {
        "a": (2, 18, 2), "b": (2, 16, 3), "c": (2, 8, 3), "d": (2, 3),
    }  # fmt: skip


@pytest.mark.parametrize("heat_map", EVERY_MAP)
def test_channels_first_is_refused_in_plain_words(heat_map):
    pooling = layers.MaxPooling2D(2, data_format="channels_first", name="pool")
    model = keras.Sequential([keras.Input((24, 24, 4)), pooling, layers.Flatten(), layers.Dense(2)])
    with pytest.raises(ValueError, match="'pool' has its channels on the first axis"):
        heat_map(model, np.zeros((1, 24, 24, 4)))


def normalised(mean):
    layer = layers.Normalization(mean=mean, variance=1.0)
    layer.build((None, 24, 24, 3))
    return layer


@pytest.mark.parametrize(("first", "expected"), [
    ([], UNITS),
    ([layers.Rescaling(1 / 255)], BYTES),
    ([layers.Rescaling(1 / 127.5, offset=-1)], BYTES),
    ([layers.Rescaling(2.0, offset=-1)], UNITS),
    ([layers.Resizing(24, 24), layers.RandomFlip(), layers.Rescaling(1 / 255)], BYTES),
    ([keras.Sequential([layers.RandomFlip(), layers.Rescaling(1 / 255)], name="prepare")], BYTES),
    ([normalised(120.0)], BYTES),
    ([normalised(0.4)], UNITS),
    ([layers.Normalization()], None),
    ([layers.Lambda(lambda x: x / 255)], None),
    ([layers.BatchNormalization()], None),
])  # fmt: skip
def test_the_range_of_pixels_is_read_from_the_first_layers(first, expected):
    model = keras.Sequential([keras.Input((24, 24, 3)), *first, layers.Conv2D(2, 3)])
    assert pixel_range(calls_of(model)) == expected


def test_pixels_scaled_twice_are_refused_and_those_in_bytes_taken_inside_a_block():
    prepare = keras.Sequential([layers.RandomFlip(), layers.Rescaling(1 / 255)], name="prepare")
    model = keras.Sequential([keras.Input((24, 24, 3)), prepare, layers.Conv2D(2, 3, name="conv"), *head()])
    pixels = (255 * IMAGES).astype("uint8")
    for call in (feature_maps, *EVERY_MAP):
        assert len(call(model, pixels))
        with pytest.raises(ValueError, match=r"scales pixels itself, .* hand the images over as they are"):
            call(model, IMAGES)
    with pytest.raises(ValueError, match="scales its pixels itself"):
        interpret.maximize_filters(model, "conv", [0])
    assert feature_maps(model, np.zeros((1, 24, 24, 3)))["conv"].shape == (1, 22, 22, 2)  # a black picture is one


@pytest.mark.parametrize(("images", "message"), [
    (np.zeros((0, 24, 24, 3)), "at least one image"),
    (np.full((1, 24, 24, 3), "a"), "must be numbers, but are an array of str"),
    (np.zeros((1, 24, 24, 3), complex), "must be numbers, but are an array of complex128"),
    ([IMAGES[0], IMAGES[1, :12]], r"different shapes, \(12, 24, 3\), \(24, 24, 3\)"),
    (IMAGES * np.nan, "not a number"),
    (None, "must be numbers, but are a NoneType"),
])  # fmt: skip
def test_what_are_no_images_is_said_in_plain_words(images, message):
    model = in_sequential(backbone())
    for call in (feature_maps, *EVERY_MAP):
        with pytest.raises(ValueError, match=message):
            call(model, images)


def test_images_come_in_many_forms():
    model = in_sequential(backbone())
    right = feature_maps(model, IMAGES)["base/conv2"]
    for images in (list(IMAGES), keras.ops.convert_to_tensor(IMAGES), IMAGES.astype("float64"), IMAGES.tolist()):
        np.testing.assert_allclose(feature_maps(model, images)["base/conv2"], right, atol=1e-6)
    for kind in ("float16", "bfloat16"):
        images = keras.ops.cast(IMAGES, kind)
        np.testing.assert_allclose(feature_maps(model, images)["base/conv2"], right, atol=0.02)
    with pytest.raises(ValueError, match=r"next\(iter\(dataset\)\)"):
        feature_maps(model, iter([IMAGES]))


def test_a_model_with_two_inputs_has_an_activation_model_and_no_maps_of_one_batch():
    one, other = keras.Input((24, 24, 3)), keras.Input((24, 24, 1))
    maps = layers.Conv2D(4, 3, name="conv")(layers.Concatenate()([one, other]))
    two = keras.Model([one, other], layers.Dense(2)(layers.GlobalAveragePooling2D()(maps)))
    shown = activation_model(two, "conv").predict([IMAGES, IMAGES[..., :1]], verbose=0)
    assert shown.shape == (2, 22, 22, 4)
    for call in (feature_maps, *EVERY_MAP):
        with pytest.raises(ValueError, match=r"Expected a model with one input; .* has 2"):
            call(two, IMAGES)
    with pytest.raises(ValueError, match=r"Expected a model of images \(n, H, W, C\)"):
        interpret.maximize_filters(two, "conv", [0])


@pytest.mark.parametrize("shape", [(20, 3), (6, 6, 6, 1)])
def test_maps_of_other_than_images_are_refused(shape):
    conv = (layers.Conv1D if len(shape) == 2 else layers.Conv3D)(2, 3, name="conv")
    model = keras.Sequential([keras.Input(shape), conv, layers.Flatten(), layers.Dense(2)])
    values = np.zeros((1, *shape), "float32")
    assert "conv" in feature_maps(model, values)
    for call in EVERY_MAP:
        with pytest.raises(ValueError, match="Expected a model of images"):
            call(model, values)


def test_grad_cam_is_the_first_thing_that_a_program_does():
    """Keras then gives the first names, and a loaded network has the same."""
    model = keras.Sequential(
        [keras.Input((24, 24, 3), name="input_layer"), layers.Conv2D(2, 3, name="conv2d"), *head()]
    )
    model = keras.Model(model.inputs, model.outputs)
    keras.utils.clear_session(free_memory=False)
    assert interpret.grad_cam(model, IMAGES).shape == (2, 24, 24)
    keras.utils.clear_session(free_memory=False)
    assert interpret.maximize_filters(model, "conv2d", [0], steps=3).shape == (1, 24, 24, 3)
