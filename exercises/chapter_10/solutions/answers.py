"""Answers to the exercises of chapter 10."""

import keras
import numpy as np
from keras import layers

from exercises.case import not_tried, right, unusual, wrong


def normalise(maps, gamma, beta, axes=(0, 1, 2), epsilon=0.001):
    return gamma * (maps - maps.mean(axis=axes)) / np.sqrt(maps.var(axis=axes) + epsilon) + beta


def normalised_by_keras(maps, gamma, beta):
    layer = layers.BatchNormalization(epsilon=0.001, dtype="float64")
    layer.build(maps.shape)
    layer.gamma.assign(gamma)
    layer.beta.assign(beta)
    return layer(maps, training=True)


def each_image(maps, gamma, beta):
    return np.stack([normalise(one[np.newaxis], gamma, beta)[0] for one in maps])


def stage(channels, filters):
    inputs = keras.Input((8, 8, channels))
    x = layers.BatchNormalization()(layers.Conv2D(filters, 3, padding="same", use_bias=False)(inputs))
    inside = x
    for _ in range(2):
        inside = layers.BatchNormalization()(layers.Conv2D(filters, 3, padding="same", use_bias=False)(inside))
    return keras.Model(inputs, x + inside).count_params()


def count(channels, filters):
    return 9 * filters * (channels + 2 * filters) + 12 * filters


def cycle(step, steps, top):
    if 4 * step < steps:
        return 4 * top * step / steps
    return top / 2 * (1 + np.cos(np.pi * (4 * step - steps) / (3 * steps)))


def cycle_of_keras(step, steps, top):
    rise = steps // 4
    return keras.optimizers.schedules.CosineDecay(0.0, steps - rise, warmup_target=top, warmup_steps=rise)(step)


def straight(step, steps, top):
    return cycle(step, steps, top) if 4 * step < steps else top * (steps - step) / (0.75 * steps)


def whole_wave(step, steps, top):
    return cycle(step, steps, top) if 4 * step < steps else top * np.cos(np.pi * (step - steps / 4) / (0.75 * steps))


def block(
    count=2,
    normalise=True,
    bias=False,
    skip=True,
    last=True,
    filters=16,
    only_skip=False,
    size=3,
    between=True,
    more=False,
):
    inputs = keras.Input((14, 14, 16))
    inside = inputs
    for index in range(count):
        inside = layers.Conv2D(filters, size, padding="same", use_bias=bias)(inside)
        inside = layers.BatchNormalization()(inside) if normalise else inside
        inside = layers.ReLU()(inside) if (index < count - 1 and between) or more else inside
    if only_skip:
        inside = layers.Rescaling(0.0)(inside)
    outputs = layers.Add()([inputs, inside]) if skip else inside
    return keras.Model(inputs, layers.ReLU()(outputs) if last else outputs)


def unusual_block():
    """With operators in the place of layers, in a network inside a network."""
    inputs = keras.Input((14, 14, 16))
    inside = keras.Sequential([keras.Input((14, 14, 16)), layers.Conv2D(16, (3, 3), padding="same", use_bias=False)])
    inside.add(layers.BatchNormalization())
    inside.add(layers.Activation("relu"))
    inside.add(layers.Conv2D(16, 3, 1, "same", use_bias=False))
    inside.add(layers.BatchNormalization(momentum=0.9))
    return keras.Model(inputs, keras.ops.relu(inputs + inside(inputs)))


def doubled():
    """What goes in is added twice."""
    inputs = keras.Input((14, 14, 16))
    inside = layers.BatchNormalization()(layers.Conv2D(16, 3, padding="same", use_bias=False)(inputs))
    inside = layers.BatchNormalization()(layers.Conv2D(16, 3, padding="same", use_bias=False)(layers.ReLU()(inside)))
    return keras.Model(inputs, layers.ReLU()(layers.Add()([inputs, inputs, inside])))


def in_order(*kinds):
    """A block whose way inside has these layers: C(onvolution), N(ormalisation), R(eLU)."""
    made = {
        "C": lambda: layers.Conv2D(16, 3, padding="same", use_bias=False),
        "N": layers.BatchNormalization,
        "R": layers.ReLU,
    }
    x = inputs = keras.Input((14, 14, 16))
    for kind in kinds:
        x = made[kind]()(x)
    return keras.Model(inputs, layers.ReLU()(layers.Add()([inputs, x])))


def side_by_side():
    inputs = keras.Input((14, 14, 16))
    both = [layers.BatchNormalization()(layers.Conv2D(16, 3, padding="same", use_bias=False)(inputs)) for _ in range(2)]
    return keras.Model(inputs, layers.ReLU()(layers.Add()([inputs, *both])))


def used():
    """A block whose numbers are no longer those of a new one."""
    made = block()
    random = np.random.default_rng(1)
    made.set_weights([random.uniform(0.5, 1.5, weights.shape) for weights in made.get_weights()])
    return made


def look(predict, images):
    return np.mean([predict(images), predict(np.flip(images, axis=2))], axis=0)


def look_one_by_one(predict, images):
    return np.concatenate([(predict(x[None]) + predict(np.fliplr(x)[None])) / 2 for x in images])


def entry(filters=8, rate=0.003, loss="sparse_categorical_crossentropy", outputs=10):
    network = keras.Sequential([keras.Input((28, 28, 1)), layers.Conv2D(filters, 3, strides=2, activation="relu")])
    network.add(layers.Flatten())
    network.add(layers.Dense(outputs, activation="softmax", dtype="float32"))
    if loss:
        network.compile(keras.optimizers.Adam(rate), loss=loss)
    return network


def unusual_entry():
    inputs = keras.Input((28, 28, 1))
    scores = layers.Dense(10, dtype="float32")(layers.Flatten()(layers.AveragePooling2D(2)(inputs)))
    model = keras.Model(inputs, scores)
    model.compile("adam", keras.losses.SparseCategoricalCrossentropy(from_logits=True), metrics=["accuracy"])
    return model


def average(steps, momentum):
    result = steps[0]
    for weights in steps[1:]:
        result = result + (1 - momentum) * (weights - result)
    return result


def weighted(steps, momentum):
    """The same sum, written out: how much each step counts in the end."""
    shares = (1 - momentum) * momentum ** np.arange(len(steps))[::-1]
    shares[0] = momentum ** (len(steps) - 1)
    return np.tensordot(shares, steps, 1)


def from_zero(steps, momentum):
    return average(np.concatenate([0 * steps[:1], steps]), momentum)


def as_it_was(steps, momentum):
    result = 0 * steps[0]
    for weights in steps:
        result = (1 - momentum) * result + momentum * weights
    return result


CASES = [
    right("ex1", lambda: normalise, "The same computation"),
    unusual("ex1", lambda: normalised_by_keras),
    wrong("ex1", lambda: lambda m, g, b: normalise(m, g, b, axes=0), "one mean for each pixel"),
    wrong("ex1", lambda: each_image, "all images of the batch together"),
    wrong("ex1", lambda: lambda m, g, b: g * (m - m.mean()) / np.sqrt(m.var() + 0.001) + b, "Each channel has its own"),
    wrong("ex1", lambda: lambda m, g, b: normalise(m, g, b, epsilon=0), "Epsilon is missing"),
    wrong("ex1", lambda: lambda m, g, b: normalise(m, b, g), "have changed places"),
    wrong("ex1", lambda: lambda m, g, b: normalise(m, g, 0), "beta is missing"),
    wrong("ex1", lambda: lambda m, g, b: normalise(m, 1, b), "gamma is missing"),
    wrong("ex1", lambda: lambda m, g, b: m.mean(axis=(0, 1, 2)), "expected an array of shape (6, 4, 5, 3)"),
    right("ex2", lambda: count, "four times as many"),
    unusual("ex2", lambda: stage),
    wrong("ex2", lambda: lambda c, f: count(c, f) + 3 * f, "have no biases"),
    wrong("ex2", lambda: lambda c, f: count(c, f) - 6 * f, "you counted two"),
    wrong("ex2", lambda: lambda c, f: count(c, f) - 12 * f, "left out batch normalisation"),
    wrong("ex2", lambda: lambda c, f: 27 * c * f + 12 * f, "not as many as came in"),
    wrong("ex2", lambda: lambda c, f: count(c, f) - 9 * f * f, "three in all"),
    wrong("ex2", lambda: lambda c, f: count(c, f) + c * f, "The skip connection has no weights"),
    wrong("ex2", lambda: lambda c, f: 9 * c * f, "Called with 32, 64"),
    right("ex3", lambda: cycle, "half of its top"),
    unusual("ex3", lambda: cycle_of_keras),
    wrong("ex3", lambda: straight, "along a straight line"),
    wrong("ex3", lambda: whole_wave, "no learning rate is negative"),
    wrong("ex3", lambda: lambda s, n, t: t * np.sin(np.pi * s / n), "Called with 100, 400, 1.0"),
    right("ex4", block, "does no harm"),
    unusual("ex4", unusual_block),
    unusual("ex4", used),
    wrong("ex4", lambda: block(size=1), "yours have 1x1, 1x1"),
    wrong("ex4", lambda: block(size=5), "yours have 5x5, 5x5"),
    wrong("ex4", lambda: block(between=False), "ReLU between the two convolutions is missing"),
    wrong("ex4", lambda: block(more=True), "a ReLU too many"),
    wrong("ex4", lambda: in_order(*"NCRNC"), "stands in front of the convolutions"),
    wrong("ex4", lambda: in_order(*"CRNCN"), "between the convolution and its normalisation"),
    wrong("ex4", lambda: in_order(*"CNRCRN"), "Your block computes something else"),
    wrong("ex4", side_by_side, "side by side"),
    wrong("ex4", lambda: block(skip=False), "the way past the convolutions is missing"),
    wrong("ex4", lambda: block(last=False), "The last ReLU is missing"),
    wrong("ex4", lambda: block(count=1), "yours has 1"),
    wrong("ex4", lambda: block(normalise=False), "your block has 0"),
    wrong("ex4", lambda: block(bias=True), "needs no bias"),
    wrong("ex4", lambda: block(only_skip=True), "does not reach the output"),
    wrong("ex4", doubled, "yours changes it"),
    wrong("ex4", lambda: block, "Expected a Keras model"),
    right("ex5", lambda: look, "no training"),
    unusual("ex5", lambda: look_one_by_one),
    wrong("ex5", lambda: lambda p, x: (p(x) + p(x[:, ::-1])) / 2, "stand on their heads"),
    wrong("ex5", lambda: lambda p, x: (p(x) + p(x[::-1])) / 2, "turned the batch around"),
    wrong("ex5", lambda: lambda p, x: p(x) + p(x[:, :, ::-1]), "the sum of the two answers"),
    wrong("ex5", lambda: lambda p, x: p(x[:, :, ::-1]), "not only that to the mirror image"),
    wrong("ex5", lambda: lambda p, x: p((x + x[:, :, ::-1]) / 2), "is a ghost"),
    right("ex6", lambda: entry, "with 13,610 parameters. Place "),
    unusual("ex6", lambda: unusual_entry, "with 1,970 parameters"),
    wrong("ex6", lambda: lambda: entry(filters=80), "the budget is 100,000"),
    wrong("ex6", lambda: lambda: entry(rate=0.0), "Does it learn at all?"),
    wrong("ex6", lambda: lambda: entry(loss=None), "The network is not compiled"),
    wrong("ex6", lambda: lambda: entry(outputs=9), "expected (10,)"),
    wrong("ex6", lambda: lambda: entry(loss="categorical_crossentropy"), "Your code stopped with"),
    wrong("ex6", entry, "Hand over the function"),
    right("ex7", lambda: average, "Neither mistake"),
    unusual("ex7", lambda: weighted),
    not_tried("ex7", lambda: as_it_was, "still does what it did"),
    wrong("ex7", lambda: from_zero, "still begins at 0"),
    wrong("ex7", lambda: lambda s, m: average(s, 1 - m), "still exchanged"),
    wrong("ex7", lambda: lambda s, m: s.mean(axis=0), "the plain mean"),
    wrong("ex7", lambda: lambda s, m: s[-1], "Called with an array"),
]
