"""Answers to the exercises of chapter 09."""

import shutil

import keras
import numpy as np
from keras.layers import AveragePooling2D, Conv2D, Dense, Flatten, Input, Lambda, MaxPooling2D, Rescaling

from exercises.case import not_tried, right, unusual, wrong


def by_hand(model, path):
    """Plan, weights and the optimizer's numbers, one after the other."""
    model.save(path)
    copy = keras.models.clone_model(model)
    copy.set_weights(model.get_weights())
    copy.compile_from_config(model.get_compile_config())
    copy.optimizer.build(copy.trainable_variables)
    for variable, value in zip(copy.optimizer.variables, model.optimizer.variables, strict=True):
        variable.assign(value)
    return copy


def save_and_load(model, path, **settings):
    model.save(path)
    return keras.models.load_model(path, **settings)


def clone(model, path):
    model.save(path)
    return keras.models.clone_model(model)


def save_only(model, path):
    model.save(path)
    return model


def without_file(model, path):
    elsewhere = path.with_name("other.keras")
    return save_and_load(model, elsewhere)


def weights_only(model, path):
    file = path.with_suffix(".weights.h5")
    model.save_weights(file)
    copy = keras.models.clone_model(model)
    copy.load_weights(file)
    shutil.copy(file, path)
    return copy


def in_front(*layers):
    return lambda model: keras.Sequential([Input((8, 8, 3)), *layers, model])


def functional(model):
    pixels = Input((8, 8, 3), dtype="uint8")
    copy = keras.models.clone_model(model)
    copy.set_weights(model.get_weights())
    return keras.Model(pixels, copy(Rescaling(1 / 255)(pixels)))


def smaller_weights(model, copy=True):
    """The division moves into the weights of the first convolution."""
    scaled = keras.models.clone_model(model) if copy else model
    weights = model.get_weights()
    scaled.set_weights([weights[0] / 255, *weights[1:]])
    return scaled


def go_on(path, images, labels, epochs, again=False, batch_size=4):
    model = keras.models.load_model(path)
    if again:
        model.compile("adam", loss="sparse_categorical_crossentropy")
    model.fit(images, labels, batch_size=batch_size, epochs=epochs, verbose=0)
    return model


def batch_by_batch(path, images, labels, epochs):
    model = keras.models.load_model(path)
    for _ in range(epochs):
        for start in range(0, len(images), 4):
            model.train_on_batch(images[start : start + 4], labels[start : start + 4])
    return model


def checkpoint(path, so_far=None, monitor="val_loss", **settings):
    settings = {"save_best_only": True} | settings
    return keras.callbacks.ModelCheckpoint(path, monitor=monitor, initial_value_threshold=so_far, **settings)


class KeepBest(keras.callbacks.Callback):
    def __init__(self, path, best):
        super().__init__()
        self.path, self.best = path, best

    def on_epoch_end(self, epoch, logs=None):
        if logs["val_loss"] < self.best:
            self.best = logs["val_loss"]
            self.model.save(self.path)


def transfer(source, target):
    copied = []
    for layer in target.layers:
        for twin in source.layers:
            shapes = [[w.shape for w in some.get_weights()] for some in (layer, twin)]
            if layer.name == twin.name and shapes[0] and shapes[0] == shapes[1]:
                layer.set_weights(twin.get_weights())
                copied.append(layer.name)
    return copied


def transfer_by_variables(source, target):
    values = {layer.name: layer.variables for layer in source.layers if layer.trainable_variables}
    copied = set()
    for layer in target.layers:
        own, other = layer.trainable_variables, values.get(layer.name, [])
        if own and [v.shape for v in own] == [v.shape for v in other]:
            for variable, value in zip(own, other, strict=True):
                variable.assign(value)
            copied.add(layer.name)
    return copied


def by_place(source, target):
    names = []
    for twin, layer in zip(source.layers, target.layers, strict=False):
        if layer.weights and [w.shape for w in twin.weights] == [w.shape for w in layer.weights]:
            layer.set_weights(twin.get_weights())
            names.append(layer.name)
    return names


def by_name_alone(source, target):
    for layer in target.layers:
        if layer.name in [twin.name for twin in source.layers]:
            layer.set_weights(source.get_layer(layer.name).get_weights())
    return [layer.name for layer in target.layers]


def layers_without_weights(source, target):
    return [*transfer(source, target), "dropout"]


def by_shape(source, target):
    names = transfer(source, target)
    for layer in target.layers:
        fits = [
            w for w in source.layers if w.weights and [v.shape for v in w.weights] == [v.shape for v in layer.weights]
        ]
        if layer.name not in names and fits:
            layer.set_weights(fits[0].get_weights())
    return names


def every_name(source, target):
    transfer(source, target)
    return [layer.name for layer in target.layers if layer.weights]


def network(activation="relu", pooling=MaxPooling2D, padding="same"):
    convolution = Conv2D(6, 3, padding=padding, activation="relu")
    dense = [Dense(16, activation=activation), Dense(10, activation="softmax")]
    return keras.Sequential([Input((8, 8, 3)), convolution, pooling(2), Flatten(), *dense])


def loaded(path, **choices):
    model = network(**choices)
    model.load_weights(path)
    return model


def functional_and_loaded(path):
    pictures = Input((8, 8, 3))
    maps = MaxPooling2D()(Conv2D(6, (3, 3), padding="same", activation="relu")(pictures))
    hidden = keras.layers.ReLU()(Dense(16)(Flatten()(maps)))
    model = keras.Model(pictures, keras.layers.Softmax()(Dense(10)(hidden)))
    model.load_weights(path)
    return model


def broken(path):
    """The function as it is handed out."""
    return keras.models.clone_model(loaded(path, activation="tanh", pooling=AveragePooling2D))


CASES = [
    right("ex1", lambda: (4 * 1085, 12 * 1085), "a third of the size"),
    unusual("ex1", lambda: np.array([4340.0, 13020.0])),
    wrong("ex1", lambda: (1085, 3255), "takes four bytes"),
    wrong("ex1", lambda: (4340, 8680), "the parameter itself is stored, too"),
    wrong("ex1", lambda: (4340, 4340), "holds the optimizer's memory as well"),
    wrong("ex1", lambda: [13020, 4340], "the wrong way round"),
    wrong("ex1", lambda: (4280, 12840), "left out the biases"),
    wrong("ex1", lambda: (3620, 10860), "a kernel is 3 by 3 by 3"),
    wrong("ex1", lambda: (13940, 41820), "Pooling comes before"),
    wrong("ex1", lambda: (4000, 12000), "Count layer by layer"),
    wrong("ex1", lambda: 4340, "Expected an array of shape (2,)"),
    right("ex2", lambda: ["a", "c", "d"], "measure the score again"),
    unusual("ex2", lambda: "D, a, c"),
    unusual("ex2", lambda: {"a", "c", "d"}),
    wrong("ex2", lambda: ["c", "d"], "Activations are not in the file"),
    wrong("ex2", lambda: ["a", "c", "d", "f"], "four times as many numbers"),
    wrong("ex2", lambda: ["a", "c"], "noted, but not used"),
    wrong("ex2", lambda: "abcd", "48 filters"),
    wrong("ex2", lambda: ["a", "g"], "Expected one of"),
    wrong("ex2", lambda: [1, 3, 4], "Expected one of"),
    right("ex3", lambda: save_and_load, "out of one file"),
    unusual("ex3", lambda: by_hand),
    wrong("ex3", lambda: save_only, "the very model"),
    wrong("ex3", lambda: clone, "gives other answers"),
    wrong("ex3", lambda: without_file, "no whole model at `path`"),
    wrong("ex3", lambda: weights_only, "no whole model at `path`"),
    wrong("ex3", lambda: lambda m, p: save_and_load(m, p, compile=False), "has forgotten how it was compiled"),
    wrong("ex3", lambda: lambda m, p: str(p), "Expected a Keras model"),
    right("ex4", lambda: in_front(Rescaling(1 / 255)), "Nobody who loads it can forget it"),
    unusual("ex4", lambda: functional),
    unusual("ex4", lambda: smaller_weights),
    wrong("ex4", lambda: lambda model: model, "are far too large"),
    wrong("ex4", lambda: in_front(Rescaling(1 / 255), Rescaling(1 / 255)), "divided twice"),
    wrong("ex4", lambda: in_front(Rescaling(255)), "are far too large"),
    wrong("ex4", lambda: in_front(Rescaling(1 / 127.5, offset=-1)), "You scale to -1..1"),
    wrong("ex4", lambda: in_front(Rescaling(1 / 100)), "answers differently"),
    wrong("ex4", lambda: in_front(Lambda(lambda pixels: pixels / 255)), "Lambda"),
    wrong("ex4", lambda: lambda model: smaller_weights(model, copy=False), "changed the weights of the old network"),
    right("ex5", lambda: go_on, "counts on from where it stood"),
    unusual("ex5", lambda: batch_by_batch),
    wrong("ex5", lambda: lambda *c: go_on(*c, again=True), "counts its steps from 0"),
    wrong("ex5", lambda: lambda path, *_: keras.models.load_model(path), "was not trained further"),
    wrong("ex5", lambda: lambda path, *_: keras.models.load_model(path, compile=False), "was not trained further"),
    wrong("ex5", lambda: lambda *c: go_on(*c, batch_size=32), "12 pictures in batches of 4"),
    wrong("ex5", lambda: lambda p, i, k, e: go_on(p, i, k, 1), "Your network took 3"),
    right("ex6", lambda: checkpoint, "does not write a worse network"),
    unusual("ex6", lambda: lambda path, so_far: KeepBest(path, so_far)),
    unusual("ex6", lambda: lambda *c: [keras.callbacks.TerminateOnNaN(), KeepBest(*c)]),
    wrong("ex6", lambda: lambda path, so_far: checkpoint(path), "Use `so_far`"),
    wrong("ex6", lambda: lambda path, _: checkpoint(path, save_best_only=False), "every epoch is written"),
    wrong("ex6", lambda: lambda *c: checkpoint(*c, save_best_only=False), "every epoch is written"),
    wrong("ex6", lambda: lambda *c: checkpoint(*c, monitor="val_accuracy"), "Nothing was written"),
    wrong("ex6", lambda: lambda *c: checkpoint(*c, monitor="loss"), "not `val_loss` that is watched"),
    wrong(
        "ex6",
        lambda: lambda path, _: checkpoint(path, None, "val_accuracy", mode="max"),
        "highest loss or the best accuracy",
    ),
    wrong("ex6", lambda: lambda *c: keras.callbacks.EarlyStopping(patience=9), "Nothing was written"),
    wrong("ex6", lambda: lambda *c: checkpoint, "Expected a callback"),
    wrong("ex6", lambda: lambda *c: checkpoint(*c, save_weights_only=True), "Your code stopped with ValueError"),
    right("ex7", lambda: transfer, "its new layers begin at random"),
    unusual("ex7", lambda: transfer_by_variables),
    wrong("ex7", lambda: by_place, "not the weights of the layer with the same name"),
    wrong("ex7", lambda: by_shape, "Compare names, not places"),
    wrong("ex7", lambda: by_name_alone, "Your code stopped with ValueError"),
    wrong("ex7", lambda: lambda source, target: transfer(target, source), "You changed the source"),
    wrong("ex7", lambda: lambda source, target: [], "not the weights of the layer with the same name"),
    wrong("ex7", lambda: layers_without_weights, "leave its name out"),
    wrong("ex7", lambda: every_name, "The right weights were copied"),
    wrong("ex7", lambda: lambda source, target: target, "Return the list of the names"),
    right("ex8", lambda: loaded, "Only the score shows it"),
    unusual("ex8", lambda: functional_and_loaded),
    not_tried("ex8", lambda: broken, "still does what it did"),
    wrong("ex8", lambda: lambda path: network(), "not those of the file"),
    wrong("ex8", lambda: lambda path: loaded(path, activation="tanh"), "in the hidden dense layer"),
    wrong("ex8", lambda: lambda path: loaded(path, pooling=AveragePooling2D), "in the pooling"),
    wrong(
        "ex8",
        lambda: lambda path: loaded(path, activation="tanh", pooling=AveragePooling2D),
        "Pooling and activation still differ",
    ),
    wrong("ex8", lambda: lambda path: loaded(path, activation="sigmoid"), "but the outputs are not those"),
    wrong("ex8", lambda: lambda path: loaded(path, padding="valid"), "Your code stopped with ValueError"),
]
