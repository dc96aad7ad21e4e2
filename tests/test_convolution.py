"""Convolution and pooling in NumPy: laws that must hold, SciPy, and Keras as independent references."""

import timeit

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.ndimage import correlate
from scipy.signal import correlate2d

from helpers.convolution import average_pool2d, conv2d, max_pool2d, output_size
from helpers.environment import keras

repeatable = settings(derandomize=True, deadline=None, max_examples=80)
sizes = st.integers(5, 12)
windows = st.integers(1, 5)
strides = st.integers(1, 4)
seeds = st.integers(0, 2**32 - 1)


def random(seed, *shape):
    return np.random.default_rng(seed).normal(size=shape)


@st.composite
def layers(draw):
    """An image, kernels and biases of any shape that fits, odd and even, square and not."""
    depth, filters = draw(st.integers(1, 4)), draw(st.integers(1, 4))
    seed = draw(seeds)
    image = random(seed, draw(sizes), draw(sizes), depth)
    kernels = random(seed + 1, draw(windows), draw(windows), depth, filters)
    return image, kernels, random(seed + 2, filters)


# --- conv2d ---


@repeatable
@given(layers(), strides, strides, st.sampled_from(["valid", "same"]))
def test_convolution_is_that_of_keras(layer, down, right, padding):
    image, kernels, bias = layer
    expected = keras.ops.conv(image[np.newaxis], kernels, strides=(down, right), padding=padding)
    expected = keras.ops.convert_to_numpy(expected)[0] + bias
    ours = conv2d(image, kernels, bias, strides=(down, right), padding=padding)
    assert ours.shape == expected.shape
    np.testing.assert_allclose(ours, expected, atol=1e-5)


@repeatable
@given(sizes, sizes, windows, windows, seeds)
def test_convolution_is_the_correlation_of_scipy(height, width, kernel_height, kernel_width, seed):
    image, kernel = random(seed, height, width), random(seed + 1, kernel_height, kernel_width)
    np.testing.assert_allclose(conv2d(image, kernel), correlate2d(image, kernel, mode="valid"), atol=1e-12)
    full = correlate2d(np.pad(image, 2), kernel, mode="valid")
    np.testing.assert_allclose(conv2d(image, kernel, padding=2), full, atol=1e-12)


@repeatable
@given(layers(), strides, st.sampled_from(["valid", "same", 1, 3]), st.floats(-3, 3))
def test_convolution_is_linear_in_the_image_and_in_the_kernels(layer, stride, padding, factor):
    image, kernels, _ = layer
    other_image, other_kernels = random(7, *image.shape), random(8, *kernels.shape)

    def convolved(image, kernels):
        return conv2d(image, kernels, strides=stride, padding=padding)

    np.testing.assert_allclose(
        convolved(factor * image + other_image, kernels),
        factor * convolved(image, kernels) + convolved(other_image, kernels),
        atol=1e-10,
    )
    np.testing.assert_allclose(
        convolved(image, factor * kernels + other_kernels),
        factor * convolved(image, kernels) + convolved(image, other_kernels),
        atol=1e-10,
    )


@repeatable
@given(layers(), st.integers(0, 3), st.integers(0, 3))
def test_a_moved_image_gives_a_moved_map(layer, down, right):
    image, kernels, bias = layer
    moved = np.pad(image, ((down, 0), (right, 0), (0, 0)))
    np.testing.assert_allclose(
        conv2d(moved, kernels, bias)[down:, right:], conv2d(image, kernels, bias), atol=1e-12, strict=True
    )


@repeatable
@given(layers(), strides, st.integers(0, 3))
def test_output_size_is_the_size_of_the_output(layer, stride, padding):
    image, kernels, _ = layer
    expected = [output_size(image.shape[axis], kernels.shape[axis], padding, stride) for axis in (0, 1)]
    assert conv2d(image, kernels, strides=stride, padding=padding).shape == (*expected, kernels.shape[3])


def test_the_output_has_as_many_axes_as_the_kernels_ask_for():
    image, deep = np.ones((6, 7)), np.ones((6, 7, 2))
    assert conv2d(image, np.ones((3, 3))).shape == (4, 5)
    assert conv2d(deep[:, :, :1], np.ones((3, 3))).shape == (4, 5)
    assert conv2d(deep, np.ones((3, 3, 2))).shape == (4, 5)
    assert conv2d(deep, np.ones((3, 3, 2, 1))).shape == (4, 5, 1)
    assert conv2d(image, np.ones((3, 3, 1, 8))).shape == (4, 5, 8)


@pytest.mark.parametrize(
    ("image", "kernel", "expected"),
    [
        ("uint8", "float64", "float64"),
        ("float64", "int64", "float64"),
        ("bool", "float32", "float32"),
        ("float32", "float32", "float32"),
        ("uint8", "int8", "int64"),
        ("bool", "bool", "int64"),
    ],
)
def test_types_may_be_mixed_and_nothing_is_cut_off(image, kernel, expected):
    pixels, weights = (7 * random(3, 5, 5)).astype(image), (7 * random(4, 3, 3)).astype(kernel)
    result = conv2d(pixels, weights)
    assert result.dtype == expected
    np.testing.assert_allclose(result, correlate2d(pixels.astype(float), weights.astype(float), "valid"), rtol=1e-5)


@pytest.mark.parametrize("bias", [0.5, [0.5], np.array([0.5])])
def test_a_bias_written_in_another_way_gives_the_same_type(bias):
    image, kernels = np.ones((4, 4), "float32"), np.ones((3, 3, 1, 1), "float32")
    result = conv2d(image, kernels, bias)
    assert result.dtype == np.float32
    assert result[0, 0, 0] == 9.5
    assert conv2d(image.astype(int), kernels.astype(int), bias)[0, 0, 0] == 9.5


def test_small_integers_do_not_overflow_and_whole_numbers_stay_whole():
    bright = np.full((3, 3), 255, np.uint8)
    ours = conv2d(bright, np.ones((3, 3), np.int8))
    assert ours.tolist() == [[9 * 255]]
    assert ours.dtype == np.int64
    assert conv2d(bright, -np.ones((3, 3), np.int8)).tolist() == [[-9 * 255]]
    assert conv2d(bright > 0, np.ones((3, 3), bool)).tolist() == [[9]]
    assert conv2d(bright.astype("float32"), np.ones((3, 3), "float32")).dtype == np.float32


def test_one_bias_may_serve_all_filters():
    image, kernels = random(0, 5, 5), random(1, 3, 3, 1, 2)
    np.testing.assert_array_equal(conv2d(image, kernels, 0.5), conv2d(image, kernels, [0.5, 0.5]))


def test_inputs_are_left_as_they_were():
    image, kernels = random(0, 5, 5, 2), random(1, 3, 3, 2, 2)
    before = image.copy(), kernels.copy()
    conv2d(image, kernels, [1.0, 2.0], padding="same")
    np.testing.assert_array_equal(image, before[0])
    np.testing.assert_array_equal(kernels, before[1])


def test_one_call_is_much_faster_than_loops():
    """Best of several, because another process may take the processor at any time."""
    image, kernel = random(0, 500, 500), random(1, 3, 3)

    def seconds(call, times):
        return min(timeit.repeat(call, number=1, repeat=times))

    def loops():
        return [[np.sum(image[r : r + 3, c : c + 3] * kernel) for c in range(498)] for r in range(498)]

    np.testing.assert_allclose(conv2d(image, kernel), loops(), atol=1e-12)
    ours = seconds(lambda: conv2d(image, kernel), 40)
    assert seconds(loops, 1) > 100 * ours
    assert ours < 5 * seconds(lambda: correlate(image, kernel), 40)


@pytest.mark.parametrize(
    ("image", "kernels", "advice"),
    [
        ((4, 4), (3, 3, 2), "The axes of kernels are"),  # two filters of depth 1 are (3, 3, 1, 2)
        ((4, 4, 3), (3, 3), "depth 3"),
        ((4, 4, 2), (3, 3, 3, 8), "depth 2"),
        ((1, 4, 4, 1), (3, 3), "Expected one image"),
        ((4, 4), (9,), "Expected one image"),
        ((4, 4), (3, 0), "Expected one image"),
        ((0, 4), (3, 3), "Expected one image"),
        ((2, 4), (3, 3), "do not fit into"),
        ((4, 2), (3, 3), "do not fit into"),
    ],
)
def test_shapes_that_do_not_fit_are_both_named(image, kernels, advice):
    with pytest.raises(ValueError, match=advice) as error:
        conv2d(np.ones(image), np.ones(kernels))
    assert str(image) in str(error.value)
    assert str(kernels) in str(error.value)


@pytest.mark.parametrize("bias", [[1, 2, 3], [1], [[1], [2]]])
def test_a_bias_that_does_not_fit_is_refused(bias):
    with pytest.raises(ValueError, match=r"2 filters need a bias of shape \(2,\), got \(\d,[ 1]?\d?\)"):
        conv2d(np.ones((4, 4)), np.ones((3, 3, 1, 2)), bias)


@pytest.mark.parametrize("wrong", [np.ones((4, 4), complex), np.full((4, 4), "x"), np.full((4, 4), None)])
def test_what_is_no_number_is_refused(wrong):
    good = np.ones((3, 3))
    for call in (lambda: conv2d(wrong, good), lambda: conv2d(good, wrong), lambda: max_pool2d(wrong)):
        with pytest.raises(ValueError, match="must be numbers, but are"):
            call()
    with pytest.raises(ValueError, match="bias must be numbers"):
        conv2d(good, good, "much")


def test_numbers_of_other_libraries_are_numbers_too():
    image, kernel = np.arange(16.0, dtype="float32").reshape(4, 4), np.ones((2, 2), "float32")
    for form in (keras.ops.convert_to_tensor(image), image.tolist(), keras.ops.cast(image, "bfloat16")):
        np.testing.assert_array_equal(conv2d(form, kernel), conv2d(image, kernel))
        np.testing.assert_array_equal(max_pool2d(form), max_pool2d(image))


def test_small_integers_of_numpy_are_numbers_like_others():
    assert output_size(np.uint8(200), np.uint8(3), np.uint8(100), np.int8(1)) == 398
    assert type(output_size(np.int64(5), 3)) is int
    image, kernel = random(0, 300, 4), random(1, 3, 3)
    np.testing.assert_array_equal(
        conv2d(image, kernel, strides=np.uint8(2), padding="same"), conv2d(image, kernel, strides=2, padding="same")
    )


@pytest.mark.parametrize("strides", [0, -1, 1.5, (1, 2, 3), (0, 1), "2", True, None])
def test_impossible_strides_are_refused(strides):
    with pytest.raises(ValueError, match="strides must be one or two whole numbers of at least 1"):
        conv2d(np.ones((4, 4)), np.ones((3, 3)), strides=strides)


@pytest.mark.parametrize("padding", [-1, 0.5, 1.0, "full", "VALID", None, True, (1, 1), np.ones(2)])
def test_impossible_padding_is_refused(padding):
    with pytest.raises(ValueError, match='padding must be "valid", "same" or a whole number of at least 0'):
        conv2d(np.ones((4, 4)), np.ones((3, 3)), padding=padding)


# --- output_size ---


@repeatable
@given(st.integers(1, 40), st.integers(1, 7), st.integers(0, 4), strides)
def test_output_size_counts_the_places_where_the_kernel_fits(size, kernel, padding, stride):
    places = len(range(0, size + 2 * padding - kernel + 1, stride))
    if places:
        assert output_size(size, kernel, padding, stride) == places
    else:
        with pytest.raises(ValueError, match="does not fit into"):
            output_size(size, kernel, padding, stride)


@pytest.mark.parametrize("arguments", [(0, 1), (4, 0), (4, 3, -1), (4, 3, 0, 0), (4.5, 3)])
def test_output_size_refuses_impossible_numbers(arguments):
    with pytest.raises(ValueError, match="must be a whole number of at least"):
        output_size(*arguments)


# --- pooling ---


@repeatable
@given(layers(), windows, strides)
def test_pooling_is_that_of_keras(layer, size, stride):
    image = layer[0]
    for ours, theirs in ((max_pool2d, keras.ops.max_pool), (average_pool2d, keras.ops.average_pool)):
        for step in (stride, [stride, 1], None):
            expected = theirs(image[np.newaxis], size, strides=tuple(step) if isinstance(step, list) else step)
            expected = keras.ops.convert_to_numpy(expected)[0]
            np.testing.assert_allclose(ours(image, size, step), expected, atol=1e-6)
            assert ours(image, size, step).shape == expected.shape


def test_pooling_treats_each_channel_alone_and_takes_pairs():
    image = random(0, 6, 8, 3)
    for pool in (max_pool2d, average_pool2d):
        channels = [pool(image[:, :, channel], (3, 2), (2, 1)) for channel in range(3)]
        np.testing.assert_allclose(pool(image, (3, 2), (2, 1)), np.stack(channels, axis=2), atol=1e-12)
        np.testing.assert_array_equal(pool(image, (3, 2)), pool(image, (3, 2), (3, 2)))
        assert pool(image).shape == (3, 4, 3)
    assert average_pool2d(np.array([[1, 2], [2, 2]])).tolist() == [[1.75]]
    assert np.isnan(max_pool2d(np.array([[1, np.nan], [2, 2]])))
    assert max_pool2d(image.astype(np.uint8)).dtype == np.uint8


@pytest.mark.parametrize("pool", [max_pool2d, average_pool2d])
def test_pooling_refuses_what_does_not_fit(pool):
    with pytest.raises(ValueError, match=r"\(3, 3\) does not fit into the image of shape \(2, 5\)"):
        pool(np.ones((2, 5)), 3)
    with pytest.raises(ValueError, match=r"\(3, 3\) does not fit into the image of shape \(5, 2\)"):
        pool(np.ones((5, 2)), 3)
    with pytest.raises(ValueError, match="Expected one image"):
        pool(np.ones((1, 4, 4, 1)))
    with pytest.raises(ValueError, match="size must be one or two whole numbers"):
        pool(np.ones((4, 4)), 0)
