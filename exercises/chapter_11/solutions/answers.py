"""Answers to the exercises of chapter 11."""

import keras
import numpy as np
from sklearn.linear_model import LogisticRegression
from sklearn.neighbors import NearestCentroid

from exercises.case import not_tried, right, unusual, wrong

layers = keras.layers
CATS, DOGS = range(281, 286), range(151, 269)


def is_dog(p):
    return p[:, DOGS].sum(axis=1) > p[:, CATS].sum(axis=1)


def first_guess(p):
    return [151 <= one.argmax() <= 268 for one in p]


def classify(features, labels, new):
    return LogisticRegression(max_iter=1000).fit(features, labels).predict(new)


def by_centre(features, labels, new):
    """Without scikit-learn's regression: which class's mean is nearer."""
    return NearestCentroid().fit(features, labels).predict(new).reshape(-1, 1).tolist()


def with_head(base, *head, freeze=True, activation="sigmoid", units=1, **settings):
    base.trainable = not freeze
    model = keras.Sequential([keras.Input(base.input_shape[1:]), base, *head])
    model.add(layers.Dense(units, activation=activation, **settings))
    return model


def functional(base):
    """Dropout, and a sigmoid in a layer of its own."""
    base.trainable = False
    inputs = keras.Input(base.input_shape[1:])
    x = layers.Dropout(0.3)(base(inputs, training=False))
    return keras.Model(inputs, layers.Activation("sigmoid")(layers.Dense(1)(x)))


def copied(base):
    return with_head(keras.models.clone_model(base))


def some_frozen(base):
    """Freezes what has kernels, and forgets the normalisation."""
    model = with_head(base, freeze=False)
    for layer in base.layers:
        layer.trainable = isinstance(layer, layers.BatchNormalization)
    return model


def thaw(base, count, kinds=layers.Conv2D, last=True):
    base.trainable = True
    chosen = [layer for layer in base.layers if isinstance(layer, kinds)]
    chosen = chosen[-count:] if last else chosen[:count]
    for layer in base.layers:
        layer.trainable = layer in chosen
    return base


def thaw_backwards(base, count):
    """Counts from the end."""
    base.trainable = True
    left = count
    for layer in reversed(base.layers):
        layer.trainable = "Conv" in type(layer).__name__ and left > 0
        left -= layer.trainable
    return base


def thaw_hidden(base, count):
    thaw(base, count)
    base.trainable = False
    return base


def thaw_all(base, count):
    base.trainable = True
    return base


def thaw_nothing_back(base, count):
    thaw(base, count)
    return base.layers[-1]


def thaw_too_many(base, count):
    return thaw(base, count + 1) if count < 3 else thaw(base, 2)


def features_of(base, pictures, whole=True, divisor=255, training=False):
    """The repaired function, or one with mistakes left in it."""
    portions = [pictures[start : start + 10] for start in range(0, len(pictures), 10)]
    portions = portions if whole else [some for some in portions if len(some) == 10]
    return np.concatenate([base(some / (divisor or some.max()), training=training) for some in portions])


def given_features_of(base, pictures):
    """The function of exercise 8 as it is handed out."""
    return features_of(base, pictures, whole=False, divisor=None, training=True)


def with_mistake(**mistake):
    return lambda: lambda base, pictures: features_of(base, pictures, **mistake)


CASES = [
    right("ex1", lambda: 8768),
    unusual("ex1", lambda: np.float64(64 * (9 + 128))),
    wrong("ex1", lambda: 73728, "an ordinary convolution"),
    wrong("ex1", lambda: 8192, "1x1 convolution alone"),
    wrong("ex1", lambda: 576, "depthwise convolution alone"),
    wrong("ex1", lambda: 8960, "no biases here"),
    wrong("ex1", lambda: 9344, "64 come in"),
    wrong("ex1", lambda: 1, "First the kernels"),
    right("ex2", lambda: lambda x: x / 127.5 - 1),
    unusual("ex2", lambda: lambda x: 2 * (x.astype("float32") / 255 - 0.5)),
    wrong("ex2", lambda: lambda x: x / 255, "This network wants -1..1"),
    wrong("ex2", lambda: lambda x: x - 127.5, "only moved"),
    wrong("ex2", lambda: lambda x: x / 255 - 1, "-1..0"),
    wrong("ex2", lambda: lambda x: x / 255 - 0.5, "2 wide"),
    wrong("ex2", lambda: lambda x: (x / 1 - 127) / 128, "does inside"),
    wrong("ex2", lambda: lambda x: x, "as they went in"),
    right("ex3", lambda: lambda p, k: np.argsort(p)[::-1][:k]),
    unusual("ex3", lambda: lambda p, k: sorted(range(len(p)), key=lambda i: -p[i])[:k]),
    wrong("ex3", lambda: lambda p, k: p.argsort()[:k], "*least* likely"),
    wrong("ex3", lambda: lambda p, k: p.argsort()[-k:], "wrong order"),
    wrong("ex3", lambda: lambda p, k: np.sort(p)[::-1][:k], "These are the probabilities"),
    wrong("ex3", lambda: lambda p, k: p.argsort()[::-1], "Only k are asked for"),
    wrong("ex3", lambda: lambda p, k: p.argsort()[::-1][1 : k + 1], "the first one left out"),
    right("ex4", lambda: is_dog),
    unusual("ex4", lambda: lambda p: [int(one[151:269].sum() > one[281:286].sum()) for one in p]),
    wrong("ex4", lambda: lambda p: ~is_dog(p), "other way round"),
    wrong("ex4", lambda: lambda p: p[:, DOGS].max(axis=1) > p[:, CATS].max(axis=1), "likeliest dog"),
    wrong("ex4", lambda: lambda p: p[:, DOGS].mean(axis=1) > p[:, CATS].mean(axis=1), "compare means"),
    wrong("ex4", lambda: lambda p: p[:, 151:270].sum(axis=1) > p[:, CATS].sum(axis=1), "A wolf is no dog"),
    wrong("ex4", lambda: lambda p: p[:, DOGS].sum(axis=1) > p[:, 281:287].sum(axis=1), "A cougar is no cat"),
    wrong("ex4", lambda: first_guess, "the first guess only"),
    right("ex5", lambda: classify),
    unusual("ex5", lambda: by_centre),
    wrong("ex5", lambda: lambda f, y, new: 1 - classify(f, y, new), "wrong way round"),
    wrong("ex5", lambda: lambda f, y, new: np.zeros(len(new)), "the same answer"),
    wrong("ex5", lambda: lambda f, y, new: classify(f, y, f), "200 new rows"),
    wrong("ex5", lambda: lambda f, y, new: classify(f, y, new) * 0.8 + 0.1, "should be 0 or 1"),
    wrong("ex5", lambda: lambda f, y, new: (new[:, 0] > f[:, 0].mean()).astype(int), "can be had"),
    right("ex6", lambda: with_head),
    unusual("ex6", lambda: functional),
    wrong("ex6", lambda: lambda base: with_head(base, freeze=False), "not frozen"),
    wrong("ex6", lambda: some_frozen, "not frozen"),
    wrong("ex6", lambda: copied, "not in your network"),
    wrong("ex6", lambda: lambda base: with_head(base, activation=None), "outside 0..1"),
    wrong("ex6", lambda: lambda base: with_head(base, activation="softmax"), "sigmoid does that"),
    wrong("ex6", lambda: lambda base: with_head(base, units=2), "expected (1,)"),
    wrong("ex6", lambda: lambda base: with_head(base, use_bias=False), "has no bias"),
    wrong("ex6", lambda: lambda base: with_head(base, layers.Dense(8)), "Add no more"),
    right("ex7", lambda: thaw),
    unusual("ex7", lambda: thaw_backwards),
    wrong("ex7", lambda: thaw_hidden, "Nothing can be trained"),
    wrong("ex7", lambda: thaw_all, "Keep it as it is in use"),
    wrong("ex7", lambda: lambda base, count: thaw(base, count, last=False), "thawed the first"),
    wrong("ex7", lambda: thaw_too_many, "expected third"),
    wrong("ex7", lambda: thaw_nothing_back, "Return the base"),
    wrong(
        "ex7", lambda: lambda base, count: thaw(base, count, (layers.Conv2D, layers.BatchNormalization)), "Keep it as"
    ),
    right("ex8", lambda: lambda base, pictures: base.predict(pictures / 255, verbose=0)),
    unusual("ex8", lambda: lambda base, pictures: [base(p[np.newaxis] / np.float32(255))[0] for p in pictures]),
    not_tried("ex8", lambda: given_features_of, "still does what it did"),
    wrong("ex8", with_mistake(whole=False), "the last portion is missing"),
    wrong("ex8", with_mistake(training=True), "depend on its neighbours"),
    wrong("ex8", with_mistake(divisor=None, training=True), "depend on its neighbours"),
    wrong("ex8", with_mistake(divisor=None), "its own brightest pixel"),
    wrong("ex8", with_mistake(divisor=1), "scaled once, by 255"),
    wrong("ex8", lambda: lambda base, pictures: pictures.mean(axis=(1, 2)), "Expected the shape"),
]
