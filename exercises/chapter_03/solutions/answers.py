"""Answers to the exercises of chapter 03."""

from collections import Counter
from functools import cache
from types import SimpleNamespace

import keras
import numpy as np
from keras.layers import (
    AveragePooling2D,
    Conv2D,
    Dense,
    Dropout,
    Flatten,
    GlobalAveragePooling2D,
    MaxPooling2D,
    ReLU,
    Rescaling,
    Reshape,
    SeparableConv2D,
    Softmax,
)
from sklearn.metrics import confusion_matrix
from sklearn.preprocessing import OneHotEncoder

from exercises.case import not_tried, right, unusual, wrong
from helpers.data import load_mnist


def sequence(*layers, inputs=(28, 28, 1)):
    return keras.Sequential([keras.Input(inputs), *layers])


# Exercise 2


def prepare(pictures):
    return pictures.reshape(-1, 28, 28, 1).astype("float32") / 255


def prepare_with_keras(pictures):
    return Rescaling(1 / 255, dtype="float32")(pictures[..., None])


# Exercise 3


def one_hot(labels, classes):
    return keras.utils.to_categorical(labels, classes)


def one_hot_by_scikit_learn(labels, classes):
    return OneHotEncoder(categories=[range(classes)], sparse_output=False).fit_transform(labels[:, None])


# Exercise 4


def keras_stops(losses, patience):
    callback = keras.callbacks.EarlyStopping(patience=patience, mode="min")
    callback.set_model(SimpleNamespace(stop_training=False))
    callback.on_train_begin()
    for epoch, loss in enumerate(losses):
        callback.on_epoch_end(epoch, {"val_loss": loss})
        if callback.model.stop_training:
            break
    return epoch + 1, callback.best_epoch + 1


def stops_at_slices(losses, patience):
    """First epoch whose last few losses are all no lower than the lowest before them."""
    for last in range(patience + 1, len(losses) + 1):
        if min(losses[last - patience : last]) >= min(losses[: last - patience]):
            return [last, int(np.argmin(losses[:last])) + 1]
    return [len(losses), int(np.argmin(losses)) + 1]


def compares_with_the_one_before(losses, patience):
    best, wait = 1, 0
    for epoch in range(2, len(losses) + 1):
        if losses[epoch - 1] < losses[epoch - 2]:
            best, wait = epoch, 0
        else:
            wait += 1
        if wait == patience:
            return epoch, best
    return len(losses), best


def never_starts_anew(losses, patience):
    best, wait = 1, 0
    for epoch in range(2, len(losses) + 1):
        if losses[epoch - 1] < losses[best - 1]:
            best = epoch
        else:
            wait += 1
            if wait == patience:
                return epoch, best
    return len(losses), best


def takes_equal_for_lower(losses, patience):
    return keras_stops(losses - 1e-9 * np.arange(len(losses)), patience)


def best_of_all(losses, patience):
    return keras_stops(losses, patience)[0], int(np.argmin(losses)) + 1


# Exercise 5


def plan(first=5, second=5, third=4, last="softmax", pooling=MaxPooling2D, **options):
    return sequence(
        Conv2D(8, first, activation="relu", **options),
        pooling(2),
        Conv2D(20, second, activation="relu", **options),
        pooling(2),
        Conv2D(60, third, activation="relu", **options),
        Flatten(),
        Dense(30, activation="relu"),
        Dense(10, activation=last),
    )


def plan_by_other_ways():
    """Functional, a network in a network, other layers to the same effect."""
    body = sequence(Conv2D(8, (5, 5)), ReLU(), AveragePooling2D(2), Conv2D(20, 5, activation="tanh"), MaxPooling2D())
    inputs = keras.Input((28, 28, 1))
    maps = Conv2D(60, 4)(Dropout(0.1)(body(inputs)))
    return keras.Model(inputs, Softmax()(Dense(10)(Dense(30)(GlobalAveragePooling2D()(maps)))))


def dense_in_place_of_a_convolution():
    layers = [Conv2D(8, 5), MaxPooling2D(), Conv2D(20, 5), MaxPooling2D(), Flatten(), Dense(60), Reshape((1, 1, 60))]
    return sequence(*layers, Flatten(), Dense(30), Dense(10, activation="softmax"))


def in_a_dictionary():
    inputs = keras.Input((28, 28, 1))
    return keras.Model(inputs, {"digit": plan()(inputs)})


# Exercise 6


def trained(model, loss, pictures=6000):
    """Train a network on the pictures that the notebook gives to the learner."""
    (x, y), _ = load_mnist()
    model.compile(keras.optimizers.Adam(0.004), loss)
    model.fit(x[:pictures, ..., None].astype("float32") / 255, y[:pictures], batch_size=64, epochs=4, verbose=0)
    return model


@cache
def small():
    keras.utils.set_random_seed(1)  # here and below: before the network is built, so that its start is always the same
    layers = [Conv2D(8, 3, activation="relu"), MaxPooling2D(), Conv2D(16, 3, activation="relu"), MaxPooling2D()]
    network = sequence(*layers, Flatten(), Dense(32, activation="relu"), Dense(10, activation="softmax"))
    return trained(network, "sparse_categorical_crossentropy")


@cache
def strided():
    """No pooling, no softmax, depth by depth: the plan is free."""
    keras.utils.set_random_seed(1)
    layers = [Conv2D(16, 5, strides=2, activation="relu"), SeparableConv2D(24, 3, strides=2, activation="relu")]
    network = sequence(*layers, Flatten(), Dense(16, activation="relu"), Dense(10))
    return trained(network, keras.losses.SparseCategoricalCrossentropy(from_logits=True))


def half_trained():
    keras.utils.set_random_seed(1)
    network = sequence(Conv2D(4, 3, strides=3, activation="relu"), Flatten(), Dense(10, activation="softmax"))
    return trained(network, "sparse_categorical_crossentropy", pictures=600)


# Exercise 7


def most_frequent(labels, predicted):
    counts = confusion_matrix(labels, predicted, labels=range(10)) * (1 - np.eye(10, dtype=int))
    return divmod(int(counts.argmax()), 10)


def counter(labels, predicted):
    pairs = Counter((t, s) for t, s in zip(labels, predicted, strict=True) if t != s)
    return np.array(min(pairs, key=lambda pair: (-pairs[pair], *pair)))


def undirected(labels, predicted):
    pairs = Counter(tuple(sorted(pair)) for pair in zip(labels, predicted, strict=True) if pair[0] != pair[1])
    return min(pairs, key=lambda pair: (-pairs[pair], *pair))


def most_common(labels, predicted, order=tuple):
    """As the lesson counts, and takes the first."""
    pairs = Counter(tuple(order((int(t), int(s)))) for t, s in zip(labels, predicted, strict=True) if t != s)
    return pairs.most_common(1)[0][0]


def largest_digits(labels, predicted):
    true, said = most_frequent(9 - labels, 9 - predicted)
    return 9 - true, 9 - said


# Exercise 8


def reader(*layers, loss="sparse_categorical_crossentropy"):
    def digit_reader():
        model = sequence(*(layer() for layer in layers))
        if loss is not None:
            model.compile("adam", loss, metrics=["accuracy"])
        return model

    return digit_reader


def convolution():
    return Conv2D(8, 3, activation="relu")


def output(activation="softmax"):
    return lambda: Dense(10, activation=activation)


def identity():
    """Hide the softmax: TensorFlow would find it, and take it out of a loss that works on scores."""
    return Reshape((10,))


def functional_reader():
    inputs = keras.Input((28, 28, 1))
    scores = Dense(10)(Flatten()(Conv2D(4, 5, strides=2)(inputs)))
    model = keras.Model(inputs, Softmax()(scores))
    model.compile(keras.optimizers.SGD(0.1), keras.losses.SparseCategoricalCrossentropy())
    return model


broken_reader = reader(convolution, MaxPooling2D, lambda: Dense(32), output("relu"), loss="categorical_crossentropy")

CASES = [
    right("ex1", lambda: 3154, "the first layer"),
    unusual(
        "ex1", lambda: sequence(Flatten(), Dense(20), Dense(10), Dense(4), inputs=(12, 12, 1)).count_params() * 1.0
    ),
    wrong("ex1", lambda: 3120, "left out the biases"),
    wrong("ex1", lambda: 3110, "The output is a layer, too"),
    wrong("ex1", lambda: 2900, "the first layer alone"),
    wrong("ex1", lambda: 3123, "not each layer"),
    wrong("ex1", lambda: 514, "each of them is an input"),
    wrong("ex1", lambda: 3000, "layer by layer"),
    right("ex2", lambda: prepare),
    unusual("ex2", lambda: prepare_with_keras),
    wrong("ex2", lambda: lambda p: p[..., None].astype("float32"), "did not scale"),
    wrong("ex2", lambda: lambda p: p.astype("float32") / 255, "The channel is missing"),
    wrong("ex2", lambda: lambda p: p[:, None] / 255, "The channel comes last"),
    wrong("ex2", lambda: lambda p: p.reshape(len(p), -1) / 255, "flattened"),
    wrong("ex2", lambda: lambda p: p[..., None] / p.max(), "a dark picture comes out brighter"),
    wrong("ex2", lambda: lambda p: prepare(p) / 255, "scaled twice"),
    wrong("ex2", lambda: lambda p: prepare(p) * 255 / 256, "256 brings it nearly"),
    wrong("ex2", lambda: lambda p: prepare(p).astype(int), "cut off"),
    wrong("ex2", lambda: lambda p: p[..., None] / 255, "should be float32; yours is float64"),
    right("ex3", lambda: one_hot),
    unusual("ex3", lambda: one_hot_by_scikit_learn),
    unusual("ex3", lambda: lambda labels, classes: labels[:, None] == np.arange(classes)),
    wrong("ex3", lambda: lambda labels, classes: keras.utils.to_categorical(labels), "as wide as the largest label"),
    wrong("ex3", lambda: lambda labels, classes: one_hot(labels, classes).T, "exchanged"),
    wrong("ex3", lambda: lambda labels, classes: one_hot(labels.astype(int) - 1, classes), "counted from 0"),
    wrong("ex3", lambda: lambda labels, classes: one_hot(labels, classes).sum(axis=0), "how often"),
    wrong("ex3", lambda: lambda labels, classes: one_hot(labels, classes) * labels[:, None], "not the label itself"),
    wrong("ex3", lambda: lambda labels, classes: labels, "your function returns"),
    right("ex4", lambda: keras_stops),
    unusual("ex4", lambda: stops_at_slices),
    wrong("ex4", lambda: lambda v, p: keras_stops(v, p + 1), "an epoch too late"),
    wrong("ex4", lambda: takes_equal_for_lower, "An equal loss"),
    wrong("ex4", lambda: compares_with_the_one_before, "with the one before"),
    wrong("ex4", lambda: never_starts_anew, "starts the count anew"),
    wrong("ex4", lambda: best_of_all, "nobody has seen"),
    wrong("ex4", lambda: lambda v, p: (len(v), int(np.argmin(v)) + 1), "You never stop"),
    wrong("ex4", lambda: lambda v, p: tuple(n - 1 for n in keras_stops(v, p)), "counted from 1"),
    wrong("ex4", lambda: lambda v, p: keras_stops(v, p)[::-1], "The last epoch comes first"),
    wrong("ex4", lambda: lambda v, p: keras_stops(v, p)[0], "expected an array of shape (2,)"),
    right("ex5", plan),
    unusual("ex5", plan_by_other_ways),
    wrong("ex5", lambda: plan(padding="same"), "The plan has no padding"),
    wrong("ex5", lambda: plan(first=3), "Which kernel or pooling size leads from 28 to 24?"),
    wrong("ex5", lambda: plan(third=3), "leads from 4 to 1?"),
    wrong("ex5", lambda: plan(use_bias=False), "All shapes are right"),
    wrong("ex5", lambda: plan(last="relu"), "are no probabilities"),
    wrong("ex5", lambda: plan(last="sigmoid"), "are no probabilities"),
    wrong("ex5", lambda: plan(pooling=lambda size: Conv2D(8, size, strides=size)), "How many filters"),
    wrong("ex5", dense_in_place_of_a_convolution, "Which step of the plan"),
    wrong("ex5", lambda: sequence(Flatten(), Dense(10)), "Which step of the plan"),
    wrong("ex5", in_a_dictionary, "it puts out a dict"),
    right("ex6", small),
    unusual("ex6", strided),
    wrong("ex6", lambda: sequence(Conv2D(8, 3, strides=2), Flatten(), Dense(10)), "Has it been trained"),
    wrong("ex6", half_trained, "of new pictures right"),
    wrong("ex6", lambda: sequence(Conv2D(32, 3), Flatten(), Dense(10)), "the budget is 20,000"),
    wrong("ex6", lambda: sequence(Flatten(), Dense(10)), "no convolution layer"),
    wrong("ex6", lambda: sequence(Conv2D(8, 3), Dense(10)), "expected (10,)"),
    right("ex7", lambda: most_frequent),
    unusual("ex7", lambda: counter),
    wrong("ex7", lambda: lambda y, p: divmod(int(confusion_matrix(y, p, labels=range(10)).argmax()), 10), "was right"),
    wrong("ex7", lambda: lambda y, p: most_frequent(y, p)[::-1], "The true digit comes first"),
    wrong("ex7", lambda: undirected, "both directions together"),
    wrong("ex7", lambda: most_common, "that was met first"),
    wrong("ex7", lambda: lambda y, p: most_common(y, p, order=sorted), "together, as the lesson does"),
    wrong("ex7", lambda: largest_digits, "you take the last one"),
    wrong("ex7", lambda: lambda y, p: most_frequent(p, y)[::-1], "equally frequent pairs"),
    wrong("ex7", lambda: lambda y, p: max(Counter(zip(y[y != p], p[y != p], strict=True)).values()), "how often"),
    right("ex8", lambda: reader(convolution, MaxPooling2D, Flatten, lambda: Dense(32), output())),
    unusual("ex8", lambda: functional_reader),
    not_tried("ex8", lambda: broken_reader, "still does what it did"),
    wrong("ex8", lambda: reader(convolution, MaxPooling2D, output()), "ten numbers at each place"),
    wrong("ex8", lambda: reader(convolution, Flatten, output("relu")), "are no probabilities"),
    wrong("ex8", lambda: reader(convolution, Flatten, output("sigmoid")), "are no probabilities"),
    wrong("ex8", lambda: reader(convolution, Flatten, output(), loss=None), "not compiled"),
    wrong("ex8", lambda: reader(convolution, Flatten, output(), loss="categorical_crossentropy"), "cannot take labels"),
    wrong(
        "ex8",
        lambda: reader(
            convolution, Flatten, output(), identity, loss=keras.losses.SparseCategoricalCrossentropy(from_logits=True)
        ),
        "a second time",
    ),
    wrong("ex8", lambda: reader(convolution, Flatten, output(), loss="mse"), "cannot take labels"),
]
