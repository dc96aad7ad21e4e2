"""Answers to the exercises of chapter 05."""

import keras
import numpy as np
from keras import layers
from scipy.signal import correlate2d

from exercises import chapter_05 as check
from exercises.case import not_tried, right, unusual, wrong

SHAPES = [(50, 32, 32, 20), (5, 5, 12, 20)]


def most_excited():
    answers = {letter: correlate2d(p, check.KERNEL, mode="valid").item() for letter, p in check.PATTERNS.items()}
    return max(answers, key=answers.get)


def shapes_of_keras():
    stack = [layers.Conv2D(12, 3, padding="same"), layers.MaxPooling2D(), layers.Conv2D(20, 5, padding="same")]
    network = keras.Sequential([keras.Input((64, 64, 3)), *stack])
    return network(np.zeros((50, 64, 64, 3))).shape, network.layers[-1].get_weights()[0].shape


def statistics(model, name):
    kernels = model.get_layer(name).kernel.numpy().astype(float).ravel()
    mean = sum(kernels) / len(kernels)
    return [mean, np.sqrt(np.mean((kernels - mean) ** 2))]


def measured(pick):
    def answer(model, name):
        weights = pick(model.get_layer(name).get_weights())
        return weights.mean(), weights.std()

    return answer


def halfway(model, names):
    return keras.Model(model.inputs, [model.get_layer(name).output for name in names])


def one_after_the_other(model, names):
    """The layers of a Sequential model, called anew."""
    start = end = keras.Input(model.inputs[0].shape[1:])
    ends = {}
    for layer in model.layers:
        ends[layer.name] = end = layer(end)
    return keras.Model(start, [ends[name] for name in names])


def layer_by_layer(model, names):
    """Where there are branches, as their connections say; one output stands alone."""
    if isinstance(model, keras.Sequential):
        return one_after_the_other(model, names)
    ends = {layer.name: layer.output for layer in model.layers}
    return keras.Model(inputs=model.input, outputs=tuple(ends[name] for name in names))


def alone_if_single(model, names):
    ends = halfway(model, names).outputs
    return keras.Model(model.inputs, ends[0] if len(ends) == 1 else ends)


def copied(model, names):
    clone = keras.models.clone_model(model)
    clone.set_weights(model.get_weights())
    return halfway(clone, names)


def order_of_the_layers(model, names):
    return keras.Model(model.inputs, [layer.output for layer in model.layers if layer.name in names])


def two_outputs(order=(0, 1), activation="softmax", pool=True, padding="same", branch=False, flat=False):
    inputs = keras.Input((28, 28, 1))
    maps = layers.Conv2D(8, 3, padding=padding, activation="relu")(inputs)
    if pool:
        maps = layers.MaxPooling2D(2)(maps)
    row = layers.Flatten()(inputs if branch else maps)
    outputs = [row if flat else maps, layers.Dense(10, activation=activation)(row)]
    return keras.Model(inputs, [outputs[place] for place in order])


def strided_and_nested():
    inputs = keras.Input((28, 28, 1))
    maps = layers.Conv2D(8, 5, strides=2, padding="same")(inputs)
    head = keras.Sequential([layers.GlobalAveragePooling2D(), layers.Dense(10), layers.Softmax()])
    return keras.Model(inputs=inputs, outputs=[maps, head(maps)])


def strongest_by_loops(maps):
    return [int(np.argmax([picture[:, :, c].mean() for c in range(picture.shape[2])])) for picture in maps]


def panels(maps):
    return maps[0].transpose(2, 0, 1) / maps.max()


def low(panel):
    return panel - panel.min()


def each(change):
    return lambda maps: np.stack([change(maps[0, :, :, channel]) for channel in range(maps.shape[-1])])


CASES = [
    right("ex1", lambda: "d"),
    unusual("ex1", most_excited),
    unusual("ex1", lambda: " D "),
    wrong("ex1", lambda: "a", "The most ink does not win"),
    wrong("ex1", lambda: "b", "relu makes it 0"),
    wrong("ex1", lambda: "c", "one more positive weight"),
    wrong("ex1", lambda: "e", "two largest weights alone"),
    wrong("ex1", lambda: "f", "Expected one of 'a', 'b'"),
    wrong("ex1", lambda: 3, "Expected one of"),
    right("ex2", lambda: SHAPES, "The 20 is in both"),
    unusual("ex2", shapes_of_keras),
    unusual("ex2", lambda: tuple(np.array(shape, float) for shape in SHAPES)),
    wrong("ex2", lambda: [(32, 32, 20), SHAPES[1]], "the first counts the pictures"),
    wrong("ex2", lambda: [(50, 64, 64, 20), SHAPES[1]], "there is a pooling layer"),
    wrong("ex2", lambda: [(50, 28, 28, 20), SHAPES[1]], "keeps height and width"),
    wrong("ex2", lambda: [(1, 32, 32, 20), SHAPES[1]], "the batch has 50 pictures"),
    wrong("ex2", lambda: [SHAPES[0], (5, 5, 3, 20)], "it sees 12 maps"),
    wrong("ex2", lambda: [SHAPES[0], (5, 5, 1, 20)], "as deep as its input"),
    wrong("ex2", lambda: [SHAPES[0], (20, 5, 5, 12)], "number of filters comes last"),
    wrong("ex2", lambda: [SHAPES[0], (5, 5, 12)], "the last counts the filters"),
    wrong("ex2", lambda: [SHAPES[0], (5, 5, 12, 21)], "depth of the input, number of filters"),
    wrong("ex2", lambda: SHAPES[0], "a list of two shapes"),
    right("ex3", lambda: measured(lambda weights: weights[0])),
    unusual("ex3", lambda: statistics),
    unusual("ex3", lambda: lambda m, name: np.array(measured(lambda weights: weights[0])(m, name))),
    wrong("ex3", lambda: measured(lambda weights: np.concatenate([w.ravel() for w in weights])), "counted the biases"),
    wrong("ex3", lambda: measured(lambda weights: weights[1]), "You measured the biases"),
    wrong("ex3", lambda: measured(lambda weights: weights[0][..., 0]), "one kernel only"),
    wrong("ex3", lambda: lambda m, name: statistics(m, name)[::-1], "The order is mean"),
    wrong("ex3", lambda: lambda m, name: (statistics(m, name)[0], statistics(m, name)[1] ** 2), "is the variance"),
    wrong("ex3", lambda: lambda m, name: statistics(m, m.layers[0].name), "The layer is always the same"),
    wrong("ex3", lambda: lambda m, name: m.get_layer(name).get_weights().mean(), "stopped with AttributeError"),
    not_tried("ex3", lambda: lambda m, name: None, "End it with `return`"),
    right("ex4", lambda: halfway, "from one pass"),
    unusual("ex4", lambda: layer_by_layer),
    unusual("ex4", lambda: alone_if_single),
    wrong("ex4", lambda: copied, "a copy of the weights"),
    wrong(
        "ex4",
        lambda: lambda m, names: halfway(keras.models.clone_model(m), names),
        "the weights that they have in the given",
    ),
    wrong("ex4", lambda: lambda m, names: keras.Model(m.inputs, m.get_layer(names[0]).input), "what goes into"),
    wrong("ex4", lambda: lambda m, names: m, "runs to the end of the given one"),
    wrong("ex4", lambda: order_of_the_layers, "in the order of the model's layers"),
    wrong("ex4", lambda: lambda m, names: halfway(m, names[:1]), "Your model has 1."),
    wrong("ex4", lambda: lambda m, names: halfway(m, [layer.name for layer in m.layers]), "Your model has 3."),
    wrong("ex4", lambda: lambda m, names: [halfway(m, [name]) for name in names], "These are several models"),
    wrong("ex4", lambda: lambda m, names: halfway(m, [m.layers[0].name] * len(names)), "puts out the shape"),
    wrong("ex4", lambda: lambda m, names: halfway(m, ["conv1"]), "No such layer: conv1"),
    wrong("ex4", lambda: lambda m, names: keras.Model(m.input, halfway(m, names).outputs), "has no defined input"),
    wrong("ex4", lambda: lambda m, names: m.get_layer(names[0]), "Expected a Keras model"),
    wrong("ex4", lambda: one_after_the_other, "stopped with"),
    right("ex5", two_outputs, "Maps and decision"),
    unusual("ex5", strided_and_nested),
    wrong("ex5", lambda: two_outputs(order=(1, 0)), "The order is the other way round"),
    wrong("ex5", lambda: two_outputs(order=(1,)), "your model has 1"),
    wrong("ex5", lambda: two_outputs(pool=False), "as large as the picture"),
    wrong("ex5", lambda: two_outputs(padding="valid"), "loses the border"),
    wrong("ex5", lambda: two_outputs(flat=True), "the row after Flatten"),
    wrong("ex5", lambda: two_outputs(branch=True), "do not come from these maps alone"),
    wrong("ex5", lambda: two_outputs(activation="sigmoid"), "no probabilities"),
    wrong("ex5", lambda: keras.Model(), "not connected"),
    right("ex6", lambda: lambda maps: maps.mean(axis=(1, 2)).argmax(axis=1)),
    unusual("ex6", lambda: strongest_by_loops),
    unusual("ex6", lambda: lambda maps: np.argsort(maps.sum(axis=1).sum(axis=1))[:, -1].astype(float)),
    wrong("ex6", lambda: lambda maps: maps.max(axis=(1, 2)).argmax(axis=1), "largest single activation"),
    wrong("ex6", lambda: lambda maps: maps.mean(axis=(0, 1, 2)).argmax(), "for all pictures together"),
    wrong("ex6", lambda: lambda maps: maps.mean(axis=(1, 2)), "means of all channels"),
    wrong("ex6", lambda: lambda maps: maps.mean(axis=(1, 2)).max(axis=1), "You return the mean itself"),
    wrong("ex6", lambda: lambda maps: maps.argmax(), "your function returns"),
    right("ex7", lambda: panels),
    unusual("ex7", lambda: lambda maps: [panel.tolist() for panel in panels(maps)]),
    not_tried("ex7", lambda: check.broken_panels, "still does what it did"),
    wrong("ex7", lambda: each(lambda p: low(p) / low(p).max()), "its own 0 and its own 1"),
    wrong("ex7", lambda: each(lambda p: p / p.max()), "still has its own 1"),
    wrong("ex7", lambda: lambda maps: each(low)(maps) / maps.max(), "subtract each panel's smallest number"),
    wrong("ex7", lambda: lambda maps: low(panels(maps)) / low(panels(maps)).max(), "smallest number of all"),
    wrong("ex7", lambda: lambda maps: maps[0] / maps.max(), "channels must come first"),
    wrong("ex7", lambda: lambda maps: panels(maps)[None], "axis of pictures is still there"),
    wrong("ex7", lambda: lambda maps: maps[0, :, :1], "your function returns an array of shape"),
]
