"""Answers to the exercises of chapter 07."""

import math

import keras
import numpy as np

from exercises import chapter_07 as check
from exercises.case import not_tried, right, unusual, wrong
from helpers import models
from helpers.activations import activation_model


def first_layers(model, n):
    return keras.Model(model.inputs, [layer.output for layer in model.layers[:n]])


def passed_on(model, n):
    """Sends an input of its own through the layers, one after the other."""
    inputs = values = keras.Input(model.input_shape[1:])
    outputs = []
    for layer in model.layers[:n]:
        values = layer(values)
        outputs.append(values)
    return keras.Model(inputs, outputs)


def of_a_copy(model, n):
    return first_layers(keras.models.clone_model(model), n)


def as_a_dict(model, n):
    return keras.Model(model.inputs, {layer.name: layer.output for layer in model.layers[:n]})


def popped(model, n):
    while len(model.layers) > n:
        model.pop()
    return model


def only_the_last(model, n):
    return keras.Model(model.inputs, model.layers[n - 1].output)


def silent(maps):
    return [c for c in range(maps.shape[3]) if maps[..., c].max() == 0]


def tile(maps, columns):
    rows = math.ceil(maps.shape[2] / columns)
    picture = np.zeros((rows * maps.shape[0], columns * maps.shape[1]))
    for c, one in enumerate(np.moveaxis(maps, -1, 0)):
        row, column = divmod(c, columns)
        picture[row * len(one) :, column * one.shape[1] :][: one.shape[0], : one.shape[1]] = one
    return picture


def with_stack(maps, columns):
    """Rows of maps, stacked; empty maps fill the last one."""
    channels = [maps[:, :, c] for c in range(maps.shape[2])]
    channels += [0 * channels[0]] * (-len(channels) % columns)
    rows = [np.hstack(channels[start : start + columns]) for start in range(0, len(channels), columns)]
    return np.vstack(rows).tolist()


def tile_down(maps, columns):
    rows = math.ceil(maps.shape[2] / columns)
    picture = np.zeros((rows * maps.shape[0], columns * maps.shape[1]))
    for c, one in enumerate(np.moveaxis(maps, -1, 0)):
        column, row = divmod(c, rows)
        picture[row * len(one) :, column * one.shape[1] :][: one.shape[0], : one.shape[1]] = one
    return picture


def strength(maps):
    return maps.mean(axis=(0, 1))


def most_different(a, b):
    return np.argmax(np.abs(strength(a) - strength(b)))


def by_sorting(a, b):
    """Sums in place of means: the maps are equally large."""
    differences = (a.astype(float).sum(axis=(0, 1)) - b.astype(float).sum(axis=(0, 1))) ** 2
    return sorted(range(len(differences)), key=differences.__getitem__)[-1]


def in_a_row(maps):
    return np.concatenate(list(np.moveaxis(maps / (maps.max() or 1), -1, 0)), axis=1)


def transposed(maps):
    """A single transposition in place of a loop."""
    height, width, channels = maps.shape
    row = maps.transpose(0, 2, 1).reshape(height, channels * width)
    return row / max(row.max(), 1e-12)


def each_by_itself(maps):
    largest = maps.max(axis=(0, 1))
    return tile(maps / np.where(largest > 0, largest, 1), maps.shape[2])


def each_from_0_to_1(maps):
    return np.hstack([(m - m.min()) / (m.max() - m.min() + 1e-9) for m in np.moveaxis(maps, -1, 0)])


def all_from_0_to_1(maps):
    return tile((maps - maps.min()) / (maps.max() - maps.min()), maps.shape[2])


CASES = [
    right("ex1", lambda: (20, 10, 10, 128)),
    unusual("ex1", lambda: [20.0, 10.0, 10.0, 128.0]),
    wrong("ex1", lambda: (10, 10, 128), "One axis is missing"),
    wrong("ex1", lambda: (1, 10, 10, 128), "the batch axis has the length 20"),
    wrong("ex1", lambda: (20, 20, 20, 128), "The pooling halves it"),
    wrong("ex1", lambda: (20, 12, 12, 128), "The convolutions have no padding"),
    wrong("ex1", lambda: (20, 11, 11, 128), "the odd row is dropped"),
    wrong("ex1", lambda: (20, 10, 10, 64), "has 128 filters"),
    wrong("ex1", lambda: (20, 9, 9, 128), "Write down the size"),
    wrong("ex1", lambda: (None, 10, 10, 128), "Here it is known"),
    wrong("ex1", lambda: (20, 22, 22, 64), "That is pool2"),
    right("ex2", lambda: 1510912),
    unusual(
        "ex2", lambda: sum(math.prod(layer.output.shape[1:]) for layer in models.load("cats_dogs_augmented").layers[:8])
    ),
    wrong("ex2", lambda: 35579, "as many maps as channels"),
    wrong("ex2", lambda: 700928, "conv1 alone"),
    wrong("ex2", lambda: 1209472, "left out the poolings"),
    wrong("ex2", lambda: 3453121, "parameters of the network"),
    wrong("ex2", lambda: 4 * 1510912, "These are bytes"),
    wrong("ex2", lambda: 7, "Eight products"),
    right("ex3", lambda: first_layers),
    unusual("ex3", lambda: passed_on),
    unusual("ex3", lambda: lambda model, n: activation_model(model, list(range(n)))),
    wrong("ex3", lambda: of_a_copy, "the layers of `model` itself"),
    wrong("ex3", lambda: as_a_dict, "not a dict"),
    wrong("ex3", lambda: only_the_last, "expected 3 outputs; your model has 1"),
    wrong("ex3", lambda: lambda model, n: first_layers(model, n + 1), "expected 3 outputs; your model has 4"),
    wrong("ex3", lambda: lambda model, n: [layer.output for layer in model.layers[:n]], "Expected a Keras model"),
    wrong("ex3", lambda: popped, "takes layers out of the network itself"),
    wrong(
        "ex3",
        lambda: lambda model, n: keras.Model(model.inputs, [layer.output for layer in model.layers[1 : n + 1]]),
        "has the shape",
    ),
    right("ex4", lambda: silent),
    unusual("ex4", lambda: lambda maps: np.where(maps.sum(axis=(0, 1, 2)) == 0)[0].astype(float)),
    wrong("ex4", lambda: lambda maps: np.where(~maps.any(axis=(0, 1, 2))), "np.where gives a tuple"),
    wrong("ex4", lambda: lambda maps: ~maps.any(axis=(0, 1, 2)), "True or False for each channel"),
    wrong("ex4", lambda: lambda maps: silent(maps[:1]), "the first picture only"),
    wrong("ex4", lambda: lambda maps: len(silent(maps)), "how many there are"),
    wrong("ex4", lambda: lambda maps: np.unique(np.where(~maps.any(axis=(1, 2)))[1]), "at least one picture"),
    wrong("ex4", lambda: lambda maps: np.flatnonzero(maps.max(axis=(0, 1, 2)) < 0.01), "A weak answer is an answer"),
    wrong("ex4", lambda: lambda maps: np.flatnonzero(maps.any(axis=(0, 1, 2))), "that are awake"),
    right("ex5", lambda: tile),
    unusual("ex5", lambda: with_stack),
    wrong("ex5", lambda: tile_down, "from left to right"),
    wrong("ex5", lambda: lambda maps, columns: tile(maps[..., : maps.shape[2] // columns * columns], columns), "round"),
    wrong("ex5", lambda: lambda maps, columns: tile(maps.swapaxes(0, 1), columns), "lies on its side"),
    wrong("ex5", lambda: lambda maps, columns: tile(maps, min(columns, maps.shape[2])), "still be `columns` maps wide"),
    wrong("ex5", lambda: lambda maps, columns: tile(maps, math.ceil(maps.shape[2] / columns)), "number of rows"),
    wrong("ex5", lambda: lambda maps, columns: tile(maps, columns)[np.newaxis], "your function returns an array of"),
    right("ex6", lambda: most_different),
    unusual("ex6", lambda: by_sorting),
    wrong("ex6", lambda: lambda a, b: np.argmax(strength(a) - strength(b)), "without the sign"),
    wrong("ex6", lambda: lambda a, b: np.argmax(strength(b) - strength(a)), "Either may be the stronger one"),
    wrong("ex6", lambda: lambda a, b: np.argmax(strength(np.abs(a - b))), "place by place"),
    wrong("ex6", lambda: lambda a, b: np.argmax(np.abs(a.max((0, 1)) - b.max((0, 1)))), "largest activations"),
    wrong("ex6", lambda: lambda a, b: np.abs(strength(a) - strength(b)).max(), "asks for the number of the channel"),
    wrong("ex6", lambda: lambda a, b: np.argmin(np.abs(strength(a) - strength(b))), "differs least"),
    wrong("ex6", lambda: lambda a, b: np.abs(strength(a) - strength(b)), "your function returns"),
    right("ex7", lambda: in_a_row),
    unusual("ex7", lambda: transposed),
    not_tried("ex7", lambda: check.broken_in_a_row, "still does what it did"),
    wrong("ex7", lambda: each_by_itself, "each map has a scale of its own"),
    wrong("ex7", lambda: each_from_0_to_1, "And 0 must stay 0"),
    wrong("ex7", lambda: lambda maps: np.hstack(list(maps / maps.max())), "goes through its rows"),
    wrong("ex7", lambda: all_from_0_to_1, "nothing is subtracted"),
    wrong("ex7", lambda: lambda maps: tile(maps / maps.max(), maps.shape[2]), "Is something divided by 0?"),
    wrong("ex7", lambda: lambda maps: tile(maps / maps.max(axis=(0, 1)), maps.shape[2]), "Is something divided by 0?"),
    wrong("ex7", lambda: lambda maps: tile(maps, maps.shape[2]), "not scaled"),
]
