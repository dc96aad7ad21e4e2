"""Answers to the exercises of chapter 04."""

import functools

import keras
import numpy as np
from keras import layers
from sklearn.linear_model import RidgeClassifier
from sklearn.model_selection import train_test_split

from exercises.case import not_tried, right, unusual, wrong
from helpers.data import load_fashion_mnist

SHAPES = [(36, 36, 8), (18, 18, 8), (18, 18, 16), (6, 6, 16), (576,)]


def sequential(*stack, size=(28, 28, 1)):
    return keras.Sequential([keras.Input(size), *stack])


def shapes_of_keras():
    stack = [layers.Conv2D(8, 5), layers.MaxPooling2D(2), layers.Conv2D(16, 3, padding="same"), layers.MaxPooling2D(3)]
    return [layer.output.shape[1:] for layer in sequential(*stack, layers.Flatten(), size=(40, 40, 1)).layers]


def changed(place, shape):
    return [*SHAPES[:place], shape, *SHAPES[place + 1 :]]


def counted_by_keras(size, channels, filters, units):
    stack = [layers.Conv2D(filters, 3, padding="same"), layers.MaxPooling2D(2), layers.Flatten(), layers.Dense(units)]
    return sequential(*stack, size=(size, size, channels)).count_params()


def count(size, channels, filters, units):
    return (9 * channels + 1) * filters + (size * size // 4 * filters + 1) * units


def split(x, y):
    order = np.random.default_rng().permutation(len(x))
    cut = len(x) // 5
    return x[order[cut:]], x[order[:cut]], y[order[cut:]], y[order[:cut]]


def at_the_end(x, y):
    cut = len(x) * 4 // 5
    return x[:cut], x[cut:], y[:cut], y[cut:]


def with_repeats(x, y):
    training = np.random.choice(len(x) * 4 // 5, len(x) * 4 // 5)
    validation = np.random.permutation(np.arange(len(x) * 4 // 5, len(x)))
    return x[training], x[validation], y[training], y[validation]


def in_both(x, y):
    order, again = np.random.permutation(len(x)), np.random.permutation(len(x))
    cut = len(x) * 4 // 5
    return x[order[:cut]], x[again[cut:]], y[order[:cut]], y[again[cut:]]


def labels_stay_behind(x, y):
    return at_the_end(np.random.permutation(x), y)


def strided(filters=16, activation="softmax", padding="same", more=()):
    stack = [layers.Conv2D(filters, 3, strides=2, activation="relu", padding=padding) for _ in range(2)]
    return sequential(*stack, *more, layers.Flatten(), layers.Dense(10, activation=activation))


def unusual_strides():
    inputs = keras.Input((28, 28, 1))
    maps = layers.SeparableConv2D(8, 5, strides=2, padding="same")(inputs)
    part = keras.Sequential(
        [keras.Input((14, 14, 8)), layers.Conv2D(12, 2, strides=(2, 2)), layers.BatchNormalization()]
    )
    maps = layers.LeakyReLU()(part(maps))
    maps = layers.Conv2D(10, 7)(maps)
    return keras.Model(inputs, layers.Softmax()(layers.Reshape((10,))(maps)))


def pooled():
    stack = [layers.Conv2D(4, 3, strides=2, padding="same"), layers.AveragePooling2D(2), layers.Flatten()]
    return sequential(*stack, layers.Dense(10, activation="softmax"))


def once_strided():
    stack = [layers.Conv2D(4, 3, strides=4, padding="same"), layers.Flatten()]
    return sequential(*stack, layers.Dense(10, activation="softmax"))


def best(probabilities, names):
    pairs = sorted(zip(probabilities, names, strict=True), reverse=True)
    return tuple(name for _, name in pairs[:3])


def by_places(pick):
    return lambda probabilities, names: [names[place] for place in pick(np.argsort(probabilities))]


@functools.cache
def pictures():
    (x, y), _ = load_fashion_mnist()
    return x[:8000].reshape(-1, 28, 28, 1).astype("float32") / 255, y[:8000].astype(int)


@functools.cache
def trained():
    """Small enough, and good enough."""
    keras.utils.set_random_seed(1)
    stack = [layers.Conv2D(16, 3, activation="relu"), layers.MaxPooling2D(3), layers.Flatten()]
    network = sequential(*stack, layers.Dense(10, activation="softmax"))
    network.compile(keras.optimizers.Adam(0.005), loss="sparse_categorical_crossentropy")
    network.fit(*pictures(), batch_size=64, epochs=3, verbose=0)
    return network


@functools.cache
def fitted():
    """Weights and biases of a linear classifier of scikit-learn."""
    x, y = pictures()
    classifier = RidgeClassifier(100).fit(x.reshape(len(x), -1), y)
    return classifier.coef_.T, classifier.intercept_


def linear(scale=1.0, unlearned=0):
    """That classifier behind a convolution of 1x1: no softmax, and no training by Keras."""
    network = sequential(layers.Conv2D(1, 1, use_bias=False), layers.Flatten(), layers.Dense(10))
    weights, biases = fitted()
    network.set_weights([np.full((1, 1, 1, 1), scale), weights, biases - 100 * (np.arange(10) < unlearned)])
    return network


def untrained(filters=4):
    return sequential(layers.Conv2D(filters, 3), layers.Flatten(), layers.Dense(10))


def ready(scale=255, axis=(1,), units=10, loss="sparse_categorical_crossentropy", activation="softmax", rows=False):
    """A function as exercise 7 wants it; with other arguments it has mistakes."""

    def answer(images, labels):
        x = images.reshape(-1, 28, 28, *axis).astype("float32") / scale
        network = sequential(layers.Conv2D(4, 3, activation="relu"), layers.Flatten())
        network.add(layers.Dense(units, activation=activation))
        if loss:
            network.compile("adam", loss=loss, metrics=["accuracy"])
        return x, np.eye(10)[labels] if rows else labels, network

    return answer


CASES = [
    right("ex1", lambda: SHAPES, "the usual shape"),
    unusual("ex1", shapes_of_keras),
    unusual("ex1", lambda: (*[list(shape) for shape in SHAPES[:4]], np.int64(576))),
    wrong("ex1", lambda: changed(0, (40, 40, 8)), "the kernel stops before the border"),
    wrong("ex1", lambda: changed(0, (36, 36, 1)), "not the depth of the input"),
    wrong("ex1", lambda: changed(1, (35, 35, 8)), "blocks do not overlap"),
    wrong("ex1", lambda: changed(2, (18, 18, 128)), "adds all channels up"),
    wrong("ex1", lambda: changed(3, (9, 9, 16)), "blocks of 3 by 3"),
    wrong("ex1", lambda: changed(4, (36,)), "not those of a single map"),
    wrong("ex1", lambda: changed(3, (5, 5, 16)), "look again at the shape after the second pooling"),
    wrong("ex1", lambda: SHAPES[:4], "five shapes; yours are 4"),
    wrong("ex1", lambda: changed(0, (None, 36, 36, 8)), "no None"),
    right("ex2", lambda: count),
    unusual("ex2", lambda: counted_by_keras),
    wrong("ex2", lambda: lambda s, c, f, u: 9 * c * f + s * s // 4 * f * u, "All biases are missing"),
    wrong("ex2", lambda: lambda s, c, f, u: count(s, 1, f, u), "as deep as its input"),
    wrong("ex2", lambda: lambda s, c, f, u: (9 * c + 1) * f + (s * s * f + 1) * u, "left out the pooling"),
    wrong("ex2", lambda: lambda s, c, f, u: (9 * c + 1) * f, "The dense layer has some"),
    wrong("ex2", lambda: lambda s, c, f, u: 9 * c * f + f * s * s, "Called with 28, 1, 2, 10"),
    not_tried("ex2", lambda: lambda s, c, f, u: None, "End it with `return`"),
    right("ex3", lambda: split, "stay together"),
    unusual("ex3", lambda: lambda x, y: train_test_split(x, y, test_size=0.2, random_state=42)),
    unusual("ex3", lambda: lambda x, y: train_test_split(x, y, train_size=0.8, stratify=y)),
    wrong("ex3", lambda: at_the_end, "nothing was drawn at random"),
    wrong("ex3", lambda: lambda x, y: (x[1:][:0], x[:0], y[:0], y[:0]), "Expected an array of numbers"),
    wrong("ex3", lambda: lambda x, y: train_test_split(x, y), "40 are for training and 10 for validation"),
    wrong("ex3", lambda: lambda x, y: train_test_split(x, y, test_size=0.8), "The large part is for training"),
    wrong("ex3", lambda: lambda x, y: [split(x, y)[i] for i in (0, 2, 1, 3)], "both sets of pictures come first"),
    wrong("ex3", lambda: labels_stay_behind, "Labels no longer belong"),
    wrong("ex3", lambda: in_both, "in both sets"),
    wrong("ex3", lambda: with_repeats, "a permutation, not a choice"),
    wrong("ex3", lambda: lambda x, y: split(x / 255, y), "The pixels have changed"),
    wrong("ex3", lambda: lambda x, y: split(x.reshape(-1, 4, 4), y), "changed their shape"),
    wrong("ex3", lambda: lambda x, y: split(x, y)[:2], "Return four arrays"),
    right("ex4", strided, "how to shrink"),
    unusual("ex4", unusual_strides),
    wrong("ex4", pooled, "still a pooling layer in it: average_pooling"),
    wrong("ex4", once_strided, "has 1 convolution layers with a stride"),
    wrong("ex4", lambda: strided(padding="valid"), "makes 13 of 28"),
    wrong("ex4", lambda: strided(filters=64), "the budget is 30,000"),
    wrong("ex4", lambda: strided(activation="sigmoid"), "treat each output by itself"),
    wrong("ex4", lambda: strided(activation=None), "scores, not probabilities"),
    wrong("ex4", lambda: sequential(layers.Conv2D(1, 3)), "expected (10,)"),
    wrong("ex4", lambda: strided, "Expected a Keras model"),
    right("ex5", lambda: by_places(lambda order: order[::-1][:3])),
    unusual("ex5", lambda: best),
    unusual("ex5", lambda: lambda p, names: np.array(names)[np.argsort(-p)[:3]]),
    wrong("ex5", lambda: by_places(lambda order: order[-3:]), "the order is not"),
    wrong("ex5", lambda: by_places(lambda order: order[[-2, -1, -3]]), "the order is not"),
    wrong("ex5", lambda: lambda p, names: tuple(n for n in names if n in best(p, names)), "the order is not"),
    wrong("ex5", lambda: by_places(lambda order: order[:3]), "begins with the smallest"),
    wrong("ex5", lambda: lambda p, names: names[:3], "the first three names"),
    wrong("ex5", lambda: lambda p, names: np.argsort(p)[::-1][:3], "Return names"),
    wrong("ex5", lambda: lambda p, names: names[int(p.argmax())], "a list of three names"),
    wrong("ex5", lambda: by_places(lambda order: order[[0, -1, -2]]), "not the three most probable"),
    wrong("ex5", lambda: lambda p, names: names[np.argsort(p)], "stopped with TypeError"),
    right("ex6", trained, "with 10,410 parameters"),
    unusual("ex6", linear, "with 7,851 parameters"),
    wrong("ex6", lambda: sequential(layers.Flatten(), layers.Dense(10)), "no convolution layer"),
    wrong("ex6", untrained, "Was the network trained?"),
    wrong("ex6", lambda: linear(scale=1 / 255), "pixels from 0 to 255"),
    wrong("ex6", lambda: linear(unlearned=3), "the exercise asks for 80%"),
    wrong("ex6", lambda: untrained(filters=16), "the budget is 30,000"),
    wrong("ex6", lambda: trained().predict(pictures()[0][:2], verbose=0), "Expected a Keras model"),
    right("ex7", ready, "None of the four"),
    unusual("ex7", lambda: ready(loss="categorical_crossentropy", rows=True)),
    unusual("ex7", lambda: ready(loss=keras.losses.SparseCategoricalCrossentropy())),
    not_tried("ex7", lambda: ready(255**2, (), 1, "categorical_crossentropy"), "still does what it did"),
    wrong("ex7", lambda: ready(255**2, (), 1), "no channel axis"),  # the loss is mended, the rest is as it was
    wrong("ex7", lambda: ready(axis=()), "no channel axis"),
    wrong("ex7", lambda: ready(scale=255**2), "still scaled twice"),
    wrong("ex7", lambda: ready(scale=1), "not scaled at all"),
    wrong("ex7", lambda: ready(units=1), "With a single output that is always 1"),
    wrong("ex7", lambda: ready(units=9), "expected (10,)"),
    wrong("ex7", lambda: ready(activation="sigmoid"), "do not add up to 1"),
    wrong("ex7", lambda: ready(loss="categorical_crossentropy"), "your labels are plain numbers"),
    wrong("ex7", lambda: ready(rows=True), "wants plain numbers; your labels are rows"),
    wrong("ex7", lambda: ready(loss="mse", rows=True), "not the crossentropy of these labels"),
    wrong("ex7", lambda: ready(loss=None), "not compiled"),
    wrong("ex7", lambda: lambda images, labels: images, "returns three things"),
]
