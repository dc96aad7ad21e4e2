"""Answers to the exercises of chapter 06."""

import os
from pathlib import Path

import keras
import numpy as np
from sklearn.metrics import roc_auc_score

from exercises.case import not_tried, right, unusual, wrong
from helpers.training.augmentation import RandomAffine

layers = keras.layers
LIGHT = {"value_range": (0, 1), "dtype": "float32"}


def names(probabilities, threshold):
    return ["dog" if p > threshold else "cat" for p in probabilities.ravel()]


def curves(training, validation):
    return int(np.argmin(validation)) + 1, validation[-1] - training[-1]


def by_listing(folder):
    """Counts with os alone."""
    classes = [entry for entry in os.scandir(folder) if entry.is_dir()]
    return {entry.name: np.int64(sum(name.endswith(".jpg") for name in os.listdir(entry.path))) for entry in classes}


def by_class(rule):
    """A function that applies a rule to each class."""
    return lambda folder: {path.name: rule(path) for path in folder.iterdir() if path.is_dir()}


def pictures_in(path):
    return len(list(path.glob("*.jpg")))


def not_the_empty(folder):
    return {name: count for name, count in by_class(pictures_in)(folder).items() if count}


def augmentation(*changes, flip="horizontal"):
    return keras.Sequential([layers.RandomFlip(flip, dtype="float32"), *changes])


def rotation(factor, **settings):
    return layers.RandomRotation(factor, dtype="float32", **settings)


class AlwaysMoves(layers.Layer):
    """Mirrors and moves by chance, in predicting, too."""

    def call(self, pictures, training=False):
        return RandomAffine(rotation=10, flip=True)(pictures, training=True)


def network(*head, step=2, side=150, output="sigmoid", last=()):
    """Three convolutions and what follows them."""
    model = keras.Sequential([keras.Input((side, side, 3))])
    for filters in (4, 8, 8):
        model.add(layers.Conv2D(filters, 3, strides=step, activation="relu"))
    for layer in (*head, layers.Dense(1, activation=output), *last):
        model.add(layer)
    return model


def flattened(*head, **settings):
    return network(layers.Flatten(), *head, **settings)


def functional():
    """Other kinds of layers, and logits that get their sigmoid in a layer of its own."""
    inputs = x = keras.Input((150, 150, 3))
    for filters in (8, 16, 16):
        x = layers.SeparableConv2D(filters, 3, strides=2, padding="same", use_bias=False)(x)
        x = layers.Activation("relu")(layers.BatchNormalization()(x))
        x = layers.SpatialDropout2D(0.2)(x)
    x = layers.GlobalMaxPooling2D()(x)
    return keras.Model(inputs, layers.Activation("sigmoid")(layers.Dense(1)(x)))


class StubbornDropout(layers.Dropout):
    """Dropout that acts in predicting, too."""

    def call(self, values, training=False):
        return super().call(values, training=True)


def given_prepare(pictures, labels, training):
    """The function of exercise 7 as it is handed out."""
    return prepare(pictures, labels, training, together=False, mirror_always=True, scale=1 / 255**2)


def prepare(pictures, labels, training, together=True, mirror_always=False, scale=1 / 255, axis=2, shuffle=True):
    """The repaired function, or one with mistakes left in it."""
    random = np.random.default_rng()
    pictures = pictures * scale
    order = random.permutation(len(pictures)) if training and shuffle else np.arange(len(pictures))
    pictures, labels = pictures[order], labels[order] if together else labels
    if training or mirror_always:
        mirrored = random.random(len(pictures)) < 0.5
        pictures[mirrored] = np.flip(pictures[mirrored], axis)
    return pictures, labels


def with_mistake(**mistake):
    return lambda: lambda pictures, labels, training: prepare(pictures, labels, training, **mistake)


def one_by_one(pictures, labels, training):
    """Lists, and labels with an axis of their own."""
    order = np.random.permutation(len(pictures)) if training else range(len(pictures))
    chosen = [pictures[i] / np.float32(255) for i in order]
    if training:
        chosen = [picture if np.random.random() < 0.5 else np.fliplr(picture) for picture in chosen]
    return [np.array(chosen), np.array([[labels[i]] for i in order])]


def pairs(truth, p, equal=0.5):
    """Area below the ROC curve with two loops."""
    dogs, cats = p[truth == 1], p[truth == 0]
    return sum(1 if d > c else equal if d == c else 0 for d in dogs for c in cats) / (len(dogs) * len(cats))


CASES = [
    right("ex1", lambda: 262656),
    unusual("ex1", lambda: np.float64((2 * 2 * 128 + 1) * 512)),
    wrong("ex1", lambda: 3211776, "dense layer, after four blocks"),
    wrong("ex1", lambda: 262144, "left out the biases"),
    wrong("ex1", lambda: 590336, "3 by 3 is too large"),
    wrong("ex1", lambda: 66048, "every place of every channel"),
    wrong("ex1", lambda: 512, "come out of Flatten"),
    wrong("ex1", lambda: 1000, "One after the other"),
    right("ex2", lambda: names),
    unusual("ex2", lambda: lambda p, t: np.where(p > t, "dog", "cat").ravel()),
    wrong("ex2", lambda: lambda p, t: np.where(p > t, "dog", "cat"), "drop the last axis"),
    wrong("ex2", lambda: lambda p, t: np.where(p[:, 0] > t, "cat", "dog"), "other way round"),
    wrong("ex2", lambda: lambda p, t: names(1 - p, t), "1 minus the output"),
    wrong("ex2", lambda: lambda p, t: names(p, 0.5), "always compare with 0.5"),
    wrong("ex2", lambda: lambda p, t: np.where(p[:, 0] >= t, "dog", "cat"), "is not larger"),
    wrong("ex2", lambda: lambda p, t: [["cat", "dog"][i] for i in p.argmax(axis=1)], "argmax compares classes"),
    wrong("ex2", lambda: lambda p, t: (p[:, 0] > t).astype(int), 'Expected the names "cat" and "dog"'),
    wrong("ex2", lambda: lambda p, t: "dog", "a list or an array of shape"),
    wrong("ex2", lambda: lambda p, t: [name.title() for name in names(p, t)], "gives 'Cat'; expected 'cat'"),
    right("ex3", lambda: curves),
    unusual("ex3", lambda: lambda t, v: np.array([list(v).index(min(v)) + 1, (v - t)[-1]])),
    wrong("ex3", lambda: lambda t, v: (np.argmin(v), v[-1] - t[-1]), "counted from 0"),
    wrong("ex3", lambda: lambda t, v: (np.argmin(t) + 1, v[-1] - t[-1]), "lowest *training* loss"),
    wrong("ex3", lambda: lambda t, v: (np.argmin(v) + 1, t[-1] - v[-1]), "wrong sign"),
    wrong("ex3", lambda: lambda t, v: (np.argmin(v) + 1, abs(v[-1] - t[-1])), "Keep the sign"),
    wrong("ex3", lambda: lambda t, v: (np.argmin(v) + 1, np.min(v - t)), "your function returns"),
    wrong("ex3", lambda: lambda t, v: (np.argmin(v) + 1, (v - t)[np.argmin(v)]), "gap in the best epoch"),
    right("ex4", lambda: by_class(pictures_in)),
    unusual("ex4", lambda: by_listing),
    wrong("ex4", lambda: by_class(lambda path: len(list(path.iterdir()))), "all that lies in a class"),
    wrong("ex4", lambda: by_class(lambda path: sum(p.is_file() for p in path.iterdir())), "counted all files"),
    wrong("ex4", lambda: by_class(lambda path: sum(".jpg" in p.name for p in path.iterdir())), "1.jpg.bak"),
    wrong("ex4", lambda: by_class(lambda path: len(list(path.rglob("*.jpg")))), "in a folder inside a class"),
    wrong("ex4", lambda: lambda folder: {p.name: len(list(p.glob("*.jpg"))) for p in folder.iterdir()}, "is no class"),
    wrong("ex4", lambda: lambda folder: dict.fromkeys(Path(folder).iterdir(), 1), "write path.name"),
    wrong("ex4", lambda: lambda folder: list(folder.iterdir()), "Expected a dict"),
    wrong("ex4", lambda: not_the_empty, "count 0"),
    wrong("ex4", lambda: by_class(lambda path: "many"), "The right answer for the folder"),
    right("ex5", lambda: augmentation(rotation(0.1))),
    unusual("ex5", lambda: RandomAffine(rotation=25, shift=0.1, shear=0.2, zoom=0.4, flip=True)),
    unusual(
        "ex5",
        lambda: augmentation(
            rotation(0.08, fill_mode="constant"),
            layers.RandomTranslation(0.2, 0.2, fill_mode="constant", fill_value=1.0, dtype="float32"),
            layers.RandomContrast(0.25, **LIGHT),
        ),
    ),
    unusual("ex5", lambda: augmentation(layers.RandomZoom(0.4), layers.RandomBrightness(0.3, **LIGHT))),
    unusual("ex5", lambda: augmentation(layers.RandomTranslation(0.05, 0.05))),
    wrong("ex5", lambda: augmentation(rotation(0.1), flip="horizontal_and_vertical"), "stand on their heads"),
    wrong("ex5", lambda: augmentation(rotation(0.5)), "half a turn"),
    wrong("ex5", lambda: augmentation(rotation(0.25)), "lie on their side"),
    unusual("ex5", lambda: augmentation(layers.RandomTranslation(0.25, 0.25, dtype="float32"), rotation(0.1))),
    unusual("ex5", lambda: augmentation(rotation(0.12), layers.RandomGrayscale(0.5, dtype="float32"))),
    wrong("ex5", lambda: keras.Sequential([layers.RandomTranslation(0.0, 0.9)]), "until little is left of them"),
    wrong("ex5", lambda: augmentation(layers.RandomTranslation(0.4, 0.4)), "until little is left of them"),
    wrong("ex5", lambda: augmentation(layers.RandomTranslation(0.0, 0.5)), "until little is left of them"),
    wrong("ex5", lambda: augmentation(layers.RandomTranslation(0.9, 0.0)), "mostly the mirrored border"),
    wrong("ex5", lambda: keras.Sequential([rotation(0.1)]), "0 of 36 pictures are mirrored"),
    wrong("ex5", lambda: augmentation(), "most pictures stay where they were"),
    wrong("ex5", lambda: augmentation(layers.RandomBrightness(0.3, **LIGHT)), "most pictures stay where they were"),
    wrong("ex5", lambda: augmentation(rotation(0.1), layers.RandomBrightness(0.3)), "value_range=(0, 1)"),
    wrong("ex5", lambda: augmentation(rotation(0.1), layers.Rescaling(1 / 255)), "In predicting"),
    wrong("ex5", lambda: augmentation(rotation(0.1), layers.RandomCrop(128, 128)), "comes out"),
    wrong("ex5", lambda: AlwaysMoves(), "In predicting"),
    wrong("ex5", lambda: layers.Dropout(0.0), "nothing happens"),
    wrong("ex5", lambda: lambda pictures: pictures, "Expected a keras.Sequential"),
    right("ex6", lambda: flattened(layers.Dropout(0.5), layers.Dense(8, activation="relu"))),
    unusual("ex6", functional),
    wrong("ex6", lambda: flattened(layers.Dropout(0.5), layers.Dense(8), output=None), "outside 0..1"),
    wrong("ex6", lambda: flattened(layers.Dropout(0.5), output="relu"), "outside 0..1"),
    wrong("ex6", lambda: flattened(layers.Dropout(0.5), output="tanh"), "outside 0..1"),
    wrong("ex6", lambda: flattened(layers.Dropout(0.5), output="softmax"), "Softmax over a single output"),
    wrong("ex6", lambda: flattened(), "no dropout"),
    wrong("ex6", lambda: flattened(layers.Dropout(0.0)), "switches nothing off"),
    wrong("ex6", lambda: flattened(last=(layers.Dropout(0.5),)), "behind the output"),
    wrong("ex6", lambda: flattened(layers.Dropout(0.5), layers.Dense(256)), "the budget is 500,000"),
    wrong("ex6", lambda: flattened(layers.Dropout(0.5), side=64), "expected (150, 150, 3)"),
    wrong("ex6", lambda: flattened(StubbornDropout(0.5)), "several answers"),
    wrong(
        "ex6",
        lambda: keras.Sequential([keras.Input((150, 150, 3)), layers.GlobalMaxPooling2D(), layers.Dense(1)]),
        "has 0 convolution layers",
    ),
    right("ex7", lambda: prepare),
    unusual("ex7", lambda: one_by_one),
    not_tried("ex7", lambda: given_prepare, "still does what it did"),
    wrong("ex7", with_mistake(scale=1 / 255**2), "scaled twice"),
    wrong("ex7", with_mistake(scale=1.0), "not at all"),
    wrong("ex7", with_mistake(together=False), "labels do not belong"),
    wrong("ex7", with_mistake(mirror_always=True), "should stay as they are"),
    wrong("ex7", with_mistake(axis=1), "nor mirrored left to right"),
    wrong("ex7", with_mistake(shuffle=False), "no longer shuffled"),
    wrong("ex7", lambda: lambda p, y, training: prepare(p, y, True), "should stay as they are"),
    wrong("ex7", lambda: lambda p, y, training: (p / 255, y), "no longer shuffled"),
    wrong("ex7", lambda: lambda p, y, training: p / 255, "Expected two results"),
    right("ex8", lambda: lambda t, p: pairs(t, p)),
    unusual("ex8", lambda: roc_auc_score),
    wrong("ex8", lambda: lambda t, p: pairs(t, p, equal=0), "yours does not count it"),
    wrong("ex8", lambda: lambda t, p: pairs(t, p, equal=1), "yours counts it fully"),
    wrong("ex8", lambda: lambda t, p: pairs(1 - t, p), "other way round"),
    wrong("ex8", lambda: lambda t, p: pairs(t, p) * t.sum() * (1 - t).sum(), "number of pairs"),
    wrong(
        "ex8", lambda: lambda t, p: pairs(t, p) * t.sum() * (1 - t).sum() / len(t) ** 2, "Only pairs of a cat and a dog"
    ),
    wrong("ex8", lambda: lambda t, p: ((p > 0.5) == (t == 1)).mean(), "needs no threshold"),
]
