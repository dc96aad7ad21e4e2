"""Judges the exercises of chapter 07, inside the cats-and-dogs network."""

import functools

import numpy as np

from exercises import judge
from exercises.exercise import Wrong, call, exercise
from exercises.forms import a_function, a_value
from helpers import models
from helpers.activations import feature_maps
from helpers.data import sample_image
from helpers.environment import keras
from helpers.pictures.drawn import draw_pet

SIZES = ((148, 32), (74, 32), (72, 64), (36, 64), (34, 128), (17, 128), (15, 128), (7, 128))
"""Height (and width) and channels of the eight layers' maps, for pictures of 150 by 150."""
VALUES = [side * side * channels for side, channels in SIZES]


@functools.cache
def _network() -> keras.Model:
    return models.load("cats_dogs_augmented")


@functools.cache
def _pictures() -> np.ndarray:
    """The cat of the chapter and a drawn dog, as in training."""
    cat = np.asarray(keras.ops.image.resize(sample_image("cat").astype("float32"), (150, 150)))
    return np.stack([cat, draw_pet("dog", 26).astype("float32")]) / 255


@functools.cache
def _maps() -> dict[str, np.ndarray]:
    """The maps of the two pictures in the eight layers."""
    return feature_maps(_network(), _pictures())


@exercise(
    "Follow the 96 pixels from layer to layer: a convolution takes two of them, a pooling halves.",
    "How many rows do the maps of pool1 have? And those of conv2? Write down the size after each layer before you go on.",
    "96, 94, 47, 45, ... An odd number of rows loses its last one in pooling. In front stands the number of pictures, at the end the "
    "number of filters of the third convolution.",
)
def ex1(answer, random):
    """Shape of pool3 for 20 pictures of 96x96."""
    if isinstance(answer, tuple | list) and any(length is None for length in answer):
        raise Wrong("Keras writes None where the number of pictures is not known yet. Here it is known.")
    found = judge.shape(answer)
    if len(found) == 3:
        raise Wrong("One axis is missing: a batch of 20 pictures comes out as 20 stacks of maps.")
    mistakes = {
        "The channels come last: (pictures, height, width, channels).": (20, 128, 10, 10),
        "One prediction for 20 pictures: the batch axis has the length 20, not 1.": (1, 10, 10, 128),
        "That is the size after the third convolution. The pooling halves it.": (20, 20, 20, 128),
        'The convolutions have no padding: each takes one pixel from every side. You counted as for "same".': (
            20,
            12,
            12,
            128,
        ),
        "45 rows give 22 after pooling: the odd row is dropped, not kept.": (20, 11, 11, 128),
        "That is pool2. pool3 comes after one more convolution and pooling.": (20, 22, 22, 64),
        "The third convolution has 128 filters, so 128 maps come out.": (20, 10, 10, 64),
        "That is pool4: one step too far.": (20, 4, 4, 128),
        "These sizes belong to pictures of 150 by 150.": (20, 17, 17, 128),
    }
    judge.value(found, (20, 10, 10, 128), mistakes, "Write down the size after each layer, one by one.")
    return (
        "The weights of a convolution fit any size. Only Flatten and the dense layer behind it are made for 150 by 150."
    )


@a_value(
    "The shapes stand above. How many numbers does an array of shape (1, 148, 148, 32) have?",
    "How many numbers are in conv1 alone? Print maps['conv1'].shape and maps['conv1'].size: which product is the second?",
    "Height x width x channels for each layer, then the sum. An array knows it: array.size; maps.values() gives all arrays.",
    take=judge.whole_number,
    mistakes={
        "You counted one map of each layer. A layer has as many maps as channels.": sum(side**2 for side, _ in SIZES),
        "That is conv1 alone.": VALUES[0],
        "That is pool4 alone, the last of the eight.": VALUES[-1],
        "You left out the poolings: their maps are outputs, too.": sum(VALUES[::2]),
        "You left out the convolutions.": sum(VALUES[1::2]),
        "That is the number of maps, not of the numbers in them.": sum(channels for _, channels in SIZES),
        "These are parameters of the network. Here its outputs are counted.": 3_453_121,
        "These are bytes, four for each number. How many numbers?": 4 * sum(VALUES),
        "That is for 200 pictures. How many for one?": 200 * sum(VALUES),
    },
    otherwise="Eight products, height x width x channels, one for each layer; then their sum.",
    well="Times 4 bytes, times 200 pictures: 1.2 gigabytes. Nearly half of it is conv1: the first layers have the fewest weights and the most outputs.",
)
def ex2():
    """Numbers in the maps of the eight layers for one picture."""
    return sum(VALUES)


@exercise(
    "keras.Model takes where to start and a list of where to end. Where does a layer keep its output?",
    "Print model.layers[:3], and the output of each of these three layers. What must your list hold for n = 3, and in which order?",
    "Start at model.inputs. Go through the first n layers of model.layers and put the output of each into a list. Hand both over to keras.Model.",
)
def ex3(answer, random):
    """Function first_layers(model, n): an activation model with n outputs."""
    judge.function(answer)
    cases = [(*_small(random), n) for n in (3, 2, 4)]
    cases.append((_network(), _pictures()[:1], 8))
    for network, pictures, n in cases:
        layers = list(network.layers)
        found = call(answer, network, n)
        if len(network.layers) != len(layers):
            raise Wrong("Your function takes layers out of the network itself. Build a new model on top of its layers.")
        if isinstance(found, type) or not isinstance(found, keras.Model):
            raise Wrong("Expected a Keras model; your function returns a {kind}.", kind=type(found).__name__)
        outputs = call(found, pictures)
        if isinstance(outputs, dict):
            raise Wrong("Expected a list of outputs, not a dict.")
        outputs = outputs if isinstance(outputs, list | tuple) else [outputs]
        if len(outputs) != n:
            raise Wrong(
                "For the first {n} layers expected {n} outputs; your model has {found}.", n=n, found=len(outputs)
            )
        right = pictures
        for layer, output in zip(layers, outputs, strict=False):
            right = layer(right)
            values = judge.array(output)
            if values.shape != right.shape:
                raise Wrong(
                    "The output of {layer.name} has the shape {right}; yours is {values.shape}.",
                    layer=layer,
                    right=tuple(right.shape),
                    values=values,
                )
            if not np.allclose(values, right, atol=1e-4):
                raise Wrong(
                    "The output of {layer.name} has other values. Are the outputs in the order of the layers, and are these the layers of `model` itself, not new ones?",
                    layer=layer,
                )
    return "One pass computes them all. Eight models with one output each would compute conv1 eight times."


def _small(random: np.random.Generator) -> tuple[keras.Model, np.ndarray]:
    """A network with random weights, and two pictures for it."""
    side, depth, filters = (int(random.integers(*limits)) for limits in ((9, 14), (1, 4), (2, 6)))
    layers = (
        keras.layers.Conv2D(filters, 3, activation="relu", dtype="float32"),
        keras.layers.MaxPooling2D(2, dtype="float32"),
        keras.layers.Dropout(0.5, dtype="float32"),
        keras.layers.Conv2D(filters + 1, 3, padding="same", dtype="float32"),
        keras.layers.Flatten(dtype="float32"),
        keras.layers.Dense(2, dtype="float32"),
    )
    network = keras.Sequential([keras.Input((side, side, depth)), *layers])
    return network, random.random((2, side, side, depth)).astype("float32")


def _cases_of_ex4(random):
    cases = [(_some_silent(random, pictures),) for pictures in (1, 2, 3, 5)]
    cases.append((_maps()["pool4"],))
    return cases


@a_function(
    "A channel is awake as soon as one value of it, at any place of any picture, is not 0.",
    "Try it with small maps: what shape does maps.any(axis=(0, 1, 2)) have for maps = np.zeros((2, 4, 5, 6))? What does one of its values say?",
    "maps.any(axis=(0, 1, 2)) looks through pictures, rows and columns, and gives one True or False for each channel. np.flatnonzero gives "
    "the places of what is True.",
    cases=_cases_of_ex4,
    mistakes={
        "These are silent in at least one picture. The task asks for those that are silent in all of them.": lambda maps: (
            np.flatnonzero((~maps.any(axis=(1, 2))).any(axis=0))
        ),
        "You looked at the first picture only.": lambda maps: ex4.reference(maps[:1]),
        "These are the channels that are awake.": lambda maps: np.flatnonzero(maps.any(axis=(0, 1, 2))),
        "You give True or False for each channel. np.flatnonzero makes numbers of it.": lambda maps: (
            ~maps.any(axis=(0, 1, 2))
        ),
        "That is how many there are. The task asks which.": lambda maps: len(ex4.reference(maps)),
        "Your channels are counted from 1. Arrays count from 0.": lambda maps: ex4.reference(maps) + 1,
        "np.where gives a tuple with one array for each axis: take its first element, or np.flatnonzero.": lambda maps: (
            ex4.reference(maps)[np.newaxis]
        ),
        "A channel with a 0 somewhere is not silent. It is silent if there is nothing but 0.": lambda maps: (
            np.flatnonzero((maps == 0).any(axis=(0, 1, 2)))
        ),
        "You count weak channels as silent. A weak answer is an answer.": lambda maps: np.flatnonzero(
            maps.max(axis=(0, 1, 2)) < 0.01
        ),
    },
    well="The more pictures you ask, the fewer channels stay silent. Those that remain may be dead.",
)
def ex4(maps):
    """Function silent_channels(maps): (n, H, W, C) gives the numbers of the channels that are always 0."""
    return np.flatnonzero(~maps.any(axis=(0, 1, 2)))


def _some_silent(random: np.random.Generator, pictures: int) -> np.ndarray:
    """Maps after relu: one channel silent for all, one for all but the last picture, one with a single weak answer."""
    maps = np.maximum(random.normal(size=(pictures, 4, 5, int(random.integers(5, 10)))), 0)
    always, but_last, weak = random.permutation(maps.shape[-1])[:3]
    maps[..., [always, weak]] = 0
    maps[:-1, ..., but_last] = 0
    maps[-1, ..., but_last] += 0.1
    maps[-1, 1, 2, weak] = 0.001
    return maps


@exercise(
    "How many rows of maps are there, if 7 maps stand 3 to a row? And in which row and column stands map number 5?",
    "Take maps of shape (4, 5, 7) and columns = 3. Which shape must the large picture have? Print it before you copy anything. At which row and column of the picture does map number 5 begin?",
    "Begin with np.zeros((rows * H, columns * W)). Map number c stands in row c // columns and column c % columns: copy it to the place that "
    "begins at (c // columns) * H and (c % columns) * W.",
)
def ex5(answer, random):
    """Function tile(maps, columns): (H, W, C) gives (rows * H, columns * W)."""
    cases = [(np.arange(1.0, 7.0).reshape(1, 2, 3), 2)]
    for channels, columns in ((6, 3), (7, 3), (5, 1), (9, 4), (4, 4)):
        height, width = random.permutation([2, 3, 4, 5])[:2]
        cases.append((random.normal(size=(height, width, channels)), columns))

    def down_first(maps, columns):
        rows = -(-maps.shape[2] // columns)
        order = np.arange(rows * columns).reshape(columns, rows).T.ravel()
        padded = np.concatenate([maps, np.zeros((*maps.shape[:2], rows * columns - maps.shape[2]))], axis=2)
        return _tiled(padded[:, :, order], columns)

    mistakes = {
        "The last row is missing where it is not full: round the number of rows up.": lambda maps, columns: _tiled(
            maps[:, :, : maps.shape[2] // columns * columns], columns
        ),
        "You fill the columns one after the other, from top to bottom. The maps go from left to right.": down_first,
        "Each map lies on its side: rows and columns of the maps are exchanged.": lambda maps, columns: _tiled(
            maps.swapaxes(0, 1), columns
        ),
        "`columns` is the number of maps in a row, not the number of rows.": lambda maps, columns: _tiled(
            maps, -(-maps.shape[2] // columns)
        ),
        "Only the first row of maps is there.": lambda maps, columns: _tiled(maps[:, :, :columns], columns),
    }
    judge.results(judge.function(answer), cases, _tiled, mistakes)
    few = [(random.normal(size=(3, 2, 2)), 5)]
    narrow = "With fewer maps than `columns` the picture should still be `columns` maps wide, filled with 0."
    judge.results(answer, few, _tiled, {narrow: lambda maps, columns: _tiled(maps, min(columns, maps.shape[2]))})
    return "Now draw it with one colour scale, and you have the figures of the chapter."


def _tiled(maps: np.ndarray, columns: int) -> np.ndarray:
    height, width, channels = maps.shape
    rows = -(-channels // columns)
    padded = np.zeros((height, width, rows * columns))
    padded[:, :, :channels] = maps
    return padded.reshape(height, width, rows, columns).transpose(2, 0, 3, 1).reshape(rows * height, columns * width)


def _difference(a, b):
    return a.mean(axis=(0, 1)) - b.mean(axis=(0, 1))


def _cases_of_ex6(random):
    cases = []
    for _ in range(10):
        shape = (2, 4, 3, int(random.integers(6, 20)))
        cases.append(tuple(np.maximum(random.normal(size=shape) * random.uniform(0.2, 2, shape[3]), 0)))
    cases.append(tuple(_maps()["conv4"]))
    return cases


@a_function(
    "First make of each picture's maps one number for each channel. Then compare two rows of numbers.",
    "Print the shape of maps_a.mean(axis=(0, 1)). Which numbers stand in it? Where is the second picture stronger, and which sign has the difference there?",
    "Take the mean over rows and columns for each picture: two rows of C numbers. Then their difference without its sign (np.abs), and the place of its largest number.",
    cases=_cases_of_ex6,
    mistakes={
        "Where the second picture is the stronger one, the difference is negative: compare without the sign.": lambda a, b: (
            _difference(a, b).argmax()
        ),
        "You count only channels that are stronger in the second picture. Either may be the stronger one.": lambda a, b: (
            _difference(b, a).argmax()
        ),
        "You compare place by place. First the mean of each map, then the difference.": lambda a, b: (
            np.abs(a - b).mean(axis=(0, 1)).argmax()
        ),
        "You compare the largest activations. The strength is the mean of the map.": lambda a, b: np.abs(
            a.max(axis=(0, 1)) - b.max(axis=(0, 1))
        ).argmax(),
        "That is the channel that differs least.": lambda a, b: np.abs(_difference(a, b)).argmin(),
        "That is the difference. The task asks for the number of the channel.": lambda a, b: np.abs(
            _difference(a, b)
        ).max(),
        "Your channels are counted from 1. Arrays count from 0.": lambda a, b: np.abs(_difference(a, b)).argmax() + 1,
        "That is the channel that is strongest in the first picture.": lambda a, b: a.mean(axis=(0, 1)).argmax(),
    },
    well="One cat and one dog: what tells these two apart need not tell cats from dogs. For that you need many of both.",
)
def ex6(maps_a, maps_b):
    """Function most_different_channel(maps_a, maps_b)."""
    return np.abs(_difference(maps_a, maps_b)).argmax()


def broken_in_a_row(maps):
    """The function of exercise 7 as it is handed out, with two mistakes."""
    row = []
    for one in maps:
        one = one - one.min()
        row.append(one / (one.max() + 1e-9))
    return np.hstack(row)


@exercise(
    "What does a loop over an array of three axes go through? And what becomes of a map whose largest value is 0.001, beside one with 5?",
    "Take maps of shape (4, 5, 6) and print one.shape inside the loop: which shape should a map have? Then print one.max() behind the division: is it the same for weak and strong maps?",
    "A loop over an array goes along its first axis, so `one` is no map: maps[:, :, channel] is. And all maps are divided by the same number, "
    "maps.max(), unless that is 0; nothing is subtracted.",
)
def ex7(answer, random):
    """Repair in_a_row(maps): (H, W, C) gives (H, C * W), one scale for all maps."""
    judge.function(answer)
    cases = []
    for height, width, channels in ((4, 4, 4), (3, 5, 2), (5, 2, 6), (6, 6, 3)):
        maps = np.maximum(random.normal(size=(height, width, channels)) * 10.0 ** -np.arange(channels), 0)
        maps[..., random.integers(1, channels)] = 0
        cases.append((maps,))
    cases.append((random.uniform(1, 2, (3, 4, 2)),))
    for (maps,) in cases:
        judge.array(call(answer, maps))  # says where something was divided by 0

    def own_scale(maps):
        largest = maps.max(axis=(0, 1))
        return _side_by_side(maps / np.where(largest > 0, largest, 1))

    def own_range(maps):
        above = maps - maps.min(axis=(0, 1))
        return _side_by_side(above / (above.max(axis=(0, 1)) + 1e-9))

    own = "One mistake is left: each map has a scale of its own, so the weakest looks as strong as the strongest."
    mistakes = {
        own: own_scale,
        "One mistake is left: each map has a scale of its own, so the weakest looks as strong as the strongest. And 0 must stay 0.": own_range,
        "One mistake is left: a loop over maps goes through its rows. The channels stand on the last axis.": lambda maps: (
            np.hstack(list(maps / maps.max()))
        ),
        "You subtract the smallest value. Then an activation above 0 becomes black: 0 stays 0, so nothing is subtracted.": lambda maps: (
            _side_by_side((maps - maps.min()) / (maps.max() - maps.min()))
        ),
        "The values are not scaled: the largest of all should become 1.": _side_by_side,
        "The maps stand on top of each other. Side by side they have the shape (H, C * W).": lambda maps: (
            np.vstack(list(np.moveaxis(maps, -1, 0))) / maps.max()
        ),
    }
    judge.results(answer, cases, lambda maps: _side_by_side(maps / maps.max()), mistakes, untouched=broken_in_a_row)
    if judge.array(call(answer, np.zeros((3, 4, 2))), (3, 8)).any():
        raise Wrong("If all maps are empty, all should be 0.")
    return "Now a dark map is a weak map. With a scale for each, noise looks like an answer."


def _side_by_side(maps: np.ndarray) -> np.ndarray:
    return np.hstack(list(np.moveaxis(maps, -1, 0)))
