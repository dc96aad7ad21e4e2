"""Judges the exercises of chapter 05, inside the network."""

import functools

import numpy as np

from exercises import judge
from exercises.exercise import Stopped, Wrong, call, exercise
from exercises.forms import a_function, a_value
from helpers import activations, models
from helpers.environment import keras
from helpers.language import say

KERNEL = np.array([[-1, 0, 2], [-1, 1, 1], [-1, 0, 2]])
PATTERNS = {
    "a": np.array([[1, 1, 1], [1, 1, 1], [1, 1, 1]]),
    "b": np.array([[1, 0, 0], [1, 0, 0], [1, 0, 0]]),
    "c": np.array([[0, 0, 1], [0, 0, 1], [0, 0, 1]]),
    "d": np.array([[0, 1, 1], [0, 1, 1], [0, 1, 1]]),
    "e": np.array([[0, 0, 1], [0, 0, 0], [0, 0, 1]]),
}


@a_value(
    "Look for ink under positive weights, and for paper under negative ones. What does a pixel under a 0 change?",
    "Begin with picture a: ink lies under all nine weights. What is its sum? Then take picture b: which three weights are left?",
    "Multiply each pixel by the weight above it and add the nine products. Ink adds the weight under which it lies, paper adds nothing: so add up the weights where there is ink.",
    take=lambda answer: judge.one_of(answer, list(PATTERNS)),
    mistakes={
        "The most ink does not win: ink under negative weights takes away.": "a",
        "Ink lies only under the negative weights: the sum is the smallest of all, and relu makes it 0.": "b",
        "Close. There is one more positive weight that could have ink under it.": "c",
        "The two largest weights alone are not enough: other positive weights add something, too.": "e",
    },
    otherwise="Add up the weights under the ink.",
    well="A filter asks: is there ink where my weights are positive, and paper where they are negative?",
)
def ex1():
    """Letter of the picture that gives the largest sum."""
    return "d"


@exercise(
    "How large is a map after the pooling? And how deep is a filter of a layer that comes after 12 maps?",
    "Which shape do the maps have behind pool, for 50 pictures? Write it down: it is what second works on. In code: call each layer on np.zeros((50, 64, 64, 3)) and print the shape.",
    "Maps: (pictures, height, width, filters). Kernels: (height, width, input channels, filters).",
)
def ex2(answer, random):
    """Shapes of feature maps for a batch, and of the kernels."""
    if not isinstance(answer, list | tuple) or len(answer) != 2:
        raise Wrong("Expected a list of two shapes: that of the maps, then that of the kernels.")
    if isinstance(answer[0], list | tuple) and len(answer[0]) == 3:
        raise Wrong("The maps of a batch have four axes: the first counts the pictures.")
    if isinstance(answer[1], list | tuple) and len(answer[1]) != 4:
        raise Wrong("Kernels: four axes, the last counts the filters.")
    maps, kernels = (judge.shape(part, 4) for part in answer)
    mistakes = {
        "Maps: the batch has 50 pictures, and each has its own maps.": (1, 32, 32, 20),
        "Maps: between the two convolutions there is a pooling layer.": (50, 64, 64, 20),
        'Maps: with padding="same" the convolution keeps height and width.': (50, 28, 28, 20),
        "Maps: these are the maps of the pooling layer. How many filters has second?": (50, 32, 32, 12),
        "Maps: Keras puts the channels last.": (50, 20, 32, 32),
    }
    judge.value(maps, (50, 32, 32, 20), mistakes, "Maps: look again at each of the four axes.")
    mistakes = {
        "Kernels: this layer does not see the picture with its 3 colours, it sees 12 maps.": (5, 5, 3, 20),
        "Kernels: a filter is as deep as its input, not 1.": (5, 5, 1, 20),
        "Kernels: the number of filters comes last, the depth before it.": (5, 5, 20, 12),
        "Kernels: the number of filters comes last; height and width come first.": (20, 5, 5, 12),
        "Kernels: those of first are 3 by 3, those of second are not.": (3, 3, 12, 20),
    }
    judge.value(kernels, (5, 5, 12, 20), mistakes, "Kernels: height, width, depth of the input, number of filters.")
    return "The 20 is in both: each filter has a kernel as deep as 12 maps, and makes one map of each picture."


@functools.cache
def _checkpoint() -> keras.Model:
    """The trained network of chapter 04."""
    return models.load("fashion_cnn")


def _sequential(random: np.random.Generator) -> keras.Model:
    """A small network with random weights and biases; its layers are called first, middle, last."""
    filters, more = (int(number) for number in random.integers(2, 6, 2))
    layers = [
        keras.layers.Conv2D(filters, 3, activation="relu", name="first"),
        keras.layers.MaxPooling2D(2, name="middle"),
        keras.layers.Conv2D(more, 2, padding="same", name="last"),
    ]
    return _filled(keras.Sequential([keras.Input((12, 10, 2)), *layers]), random)


def _functional(random: np.random.Generator) -> keras.Model:
    """A network with two branches, called left and right."""
    inputs = keras.Input((8, 8, 1))
    left = keras.layers.Conv2D(int(random.integers(2, 6)), 3, padding="same", name="left")(inputs)
    right = keras.layers.Conv2D(int(random.integers(2, 6)), 5, padding="same", activation="relu", name="right")(inputs)
    return _filled(keras.Model(inputs, keras.layers.Concatenate(name="both")([left, right])), random)


def _filled(model: keras.Model, random: np.random.Generator) -> keras.Model:
    """Fill a network's weights and biases with random numbers whose mean is not 0."""
    model.set_weights([random.normal(0.3, 1, weights.shape) for weights in model.get_weights()])
    return model


def _weights(model, name):
    return model.get_layer(name).get_weights()


def _measured(numbers):
    return numbers.mean(), numbers.std()


def _cases_of_ex3(random):
    cases = [(_sequential(random), "first"), (_functional(random), "right"), (_sequential(random), "last")]
    cases += [(_checkpoint(), "conv1"), (_checkpoint(), "conv2")]
    return cases


@a_function(
    "What does get_weights() of a layer return? How many arrays are there, and which do you need?",
    'What do you see if you print [array.shape for array in model.get_layer("conv1").get_weights()]? Which of the two shapes belongs to the kernels?',
    "Take the first array of get_weights() and give back its mean and its standard deviation, in this order. Take the layer that is called name, not always the same one.",
    cases=_cases_of_ex3,
    mistakes={
        "You counted the biases, too. The task asks for the kernels only.": lambda model, name: _measured(
            np.concatenate([array.ravel() for array in _weights(model, name)])
        ),
        "You measured the biases. get_weights() returns the kernels first, then the biases.": lambda model, name: (
            _measured(_weights(model, name)[1])
        ),
        "The second number is the variance. The standard deviation is its square root.": lambda model, name: (
            ex3.reference(model, name)[0],
            ex3.reference(model, name)[1] ** 2,
        ),
        "The order is mean, then standard deviation.": lambda model, name: ex3.reference(model, name)[::-1],
        "You measured one kernel only. All filters of the layer count.": lambda model, name: _measured(
            _weights(model, name)[0][..., 0]
        ),
        "The layer is always the same. Look for the one that is called name.": lambda model, name: ex3.reference(
            model, model.layers[0].name
        ),
    },
    well="Two numbers say little alone. Set them beside those of an untrained layer, as the lesson does.",
)
def ex3(model, name):
    """Function kernel_statistics(model, name) -> mean, standard deviation."""
    return _measured(_weights(model, name)[0])


@exercise(
    "Where does your model start, and where does it end? It may end at several places at once.",
    'What is model.get_layer("conv1").output? Print it, and its shape. What would you hand over to keras.Model if there were two names?',
    "keras.Model(start, ends), as in step 4 of the lesson. Start: model.inputs, which Sequential models have, too. Ends: a list that holds, for each name, the output of the layer with this name.",
)
def ex4(answer, random):
    """Function activation_model(model, names) -> keras.Model with an output for each name."""
    plain, branched = _sequential(random), _functional(random)
    cases = ((plain, ["first"]), (plain, ["last", "first"]), (plain, ["middle", "last"]))
    for model, names in (*cases, (branched, ["right", "left"])):
        found = call(judge.function(answer), model, names)
        if isinstance(found, list | tuple) and any(isinstance(part, keras.Model) for part in found):
            raise Wrong(
                "These are several models, and each would compute all layers before its own again. Return one model with several outputs."
            )
        found = _connected(found)
        if not _agrees(found, model, names, random):
            raise Wrong(
                "For {names} your model does not put out what these layers compute. Is it those layers, with their activation, and with the weights that they have in the given model?",
                names=names,
            )
        _filled(model, random)  # as if it were trained further
        if not _agrees(found, model, names, random):
            raise Wrong(
                "Your model has a copy of the weights: when the given model is trained further, yours stays behind. Use the layers themselves."
            )
    names = ["conv2", "conv1"]
    if not _agrees(_connected(call(answer, _checkpoint(), names)), _checkpoint(), names, random):
        raise Wrong(
            "It works for small networks, but not for fashion_cnn of chapter 04 and its layers conv2 and conv1."
        )
    return "All these maps come from one pass. Nothing is computed or copied until you show it a picture."


def _connected(answer: object) -> keras.Model:
    """Take a model that knows where it starts and ends, whatever the number of its outputs."""
    if isinstance(answer, type) or not isinstance(answer, keras.Model):
        raise Wrong("Expected a Keras model: keras.Model(start, end). Maps come out when it is shown a picture.")
    if not getattr(answer, "inputs", None) or not getattr(answer, "outputs", None):
        raise Wrong("Your model is not connected: it needs placeholders to start from and to end at.")
    return answer


def _agrees(found: keras.Model, model: keras.Model, names: list[str], random: np.random.Generator) -> bool:
    """Tell whether a learner's activation model gives the right maps for random pictures, up to rounding."""
    pictures = random.random((3, *model.inputs[0].shape[1:])).astype("float32")
    in_their_order = [layer.name for layer in model.layers if layer.name in names]
    shown = {name: activations.activation_model(model, name)(pictures) for name in in_their_order}
    right = {name: keras.ops.convert_to_numpy(maps) for name, maps in shown.items()}
    maps = call(found, pictures)  # as a function: predict would first compile each of these small networks
    maps = maps if isinstance(maps, list | tuple) else [maps]
    if len(maps) != len(names):
        raise Wrong(
            "The task asks for one output for each name, so {expected} for {names}. Your model has {found}.",
            expected=len(names),
            names=names,
            found=len(maps),
        )
    maps = [judge.array(call(keras.ops.convert_to_numpy, part)) for part in maps]
    if names != in_their_order and all(map(_equal, maps, right.values())):
        raise Wrong("The outputs stand in the order of the model's layers. They should stand in the order of the list.")
    for name, part in zip(names, maps, strict=True):
        if part.shape == right[name].shape:
            continue
        if part.shape == pictures.shape:
            raise Wrong("Your model puts out what goes into the layer. Take the layer's output.")
        if part.shape[1:] == tuple(model.outputs[0].shape[1:]):
            raise Wrong("For {names} your model runs to the end of the given one. Stop at the layer.", names=names)
        raise Wrong(
            "For the layer {name!r} your model puts out the shape {part.shape}; expected {right}.",
            name=name,
            part=part,
            right=right[name].shape,
        )
    return all(_equal(part, right[name]) for name, part in zip(names, maps, strict=True))


def _equal(found: np.ndarray, right: np.ndarray) -> bool:
    """Tell whether two arrays of maps are equal up to rounding."""
    return found.shape == right.shape and np.allclose(found, right, rtol=1e-3, atol=1e-3 * np.abs(right).max())


@exercise(
    "Keep the placeholder that stands for the maps: two things start or end there. Where does the model end?",
    "Call the convolution and the pooling first, and print the shape of the placeholder that comes out. Is it (None, 14, 14, 8)? Which layer makes one row of it, and which shape has this row?",
    "As in step 4 of the lesson: keras.Input; a convolution with padding and a pooling give the placeholder of the maps; Flatten and a dense layer with softmax, called one after the other on these maps, give the probabilities. Both placeholders go as a list into keras.Model.",
)
def ex5(answer, random):
    """Model with one input and two outputs: feature maps, and probabilities computed from them."""
    model = _connected(answer)
    inputs, outputs = ([tuple(end.shape[1:]) for end in ends] for ends in (model.inputs, model.outputs))
    if inputs != [(28, 28, 1)]:
        raise Wrong("Expected one input of shape (28, 28, 1); yours: {inputs}.", inputs=", ".join(map(str, inputs)))
    if len(outputs) != 2:
        raise Wrong("Expected two outputs; your model has {found}. Hand them over as a list.", found=len(outputs))
    mistakes = {
        "The order is the other way round: first the maps, then the probabilities.": [(10,), (14, 14, 8)],
        "Your maps are as large as the picture. They should be half as high and half as wide.": [(28, 28, 8), (10,)],
        'Your maps have 13 by 13: without padding="same" the convolution loses the border.': [(13, 13, 8), (10,)],
        "The first output is the row after Flatten. Hand over what stands before it.": [(14 * 14 * 8,), (10,)],
    }
    otherwise = say(
        "Expected outputs of shape (14, 14, 8) and (10,); yours have {outputs[0]} and {outputs[1]}.", outputs=outputs
    )
    judge.value(outputs, [(14, 14, 8), (10,)], mistakes, otherwise)
    try:
        call(keras.Model, *model.outputs)  # possible only if nothing but the maps leads to the probabilities
    except Stopped as stopped:
        raise Wrong(
            "The probabilities do not come from these maps alone: they must be computed from the very placeholder that is the first output. A second branch has maps of its own."
        ) from stopped
    found = call(model.predict, random.random((5, 28, 28, 1)).astype("float32"), None, 0)
    if not isinstance(found, list | tuple):
        raise Wrong("Hand the outputs over as a list: the maps first, then the probabilities.")
    probabilities = judge.array(found[1], (5, 10))
    if (probabilities < 0).any() or not np.allclose(probabilities.sum(axis=1), 1, atol=0.02):
        raise Wrong("The second output holds no probabilities: ten numbers from 0 to 1 that add up to 1.")
    return "Maps and decision in one pass. With Sequential this is not possible: it has one way in and one way out."


def _cases_of_ex6(random):
    cases = []
    for pictures, height, width, channels in ((1, 6, 4, 5), (4, 7, 5, 6), (6, 5, 8, 3), (10, 9, 6, 12)):
        maps = np.maximum(random.normal(size=(pictures, height, width, channels)), 0)
        maps += random.random((pictures, 1, 1, channels))  # channels that answer more, and others less
        maps[np.arange(pictures), 2, 1, random.integers(0, channels, pictures)] += 5  # and one short strong answer
        cases.append((maps.astype("float32"),))
    return cases


@a_function(
    "Which axes are height and width? Which axis is left, besides that of the pictures?",
    "Try it with maps = np.random.random((6, 5, 8, 3)): which shape does maps.mean(axis=(1, 2)) have? What do its two axes count?",
    "Take the mean over height and width: one row for each picture, one column for each channel. argmax with the right axis finds the column of each row.",
    cases=_cases_of_ex6,
    mistakes={
        "You took the largest single activation. The task asks for the largest mean over the whole map.": lambda maps: (
            maps.max(axis=(1, 2)).argmax(axis=1)
        ),
        "This is one channel for all pictures together. Keep the axis of the pictures.": lambda maps: maps.mean(
            axis=(0, 1, 2)
        ).argmax(),
        "You return the mean itself. The task asks for the number of the channel that has it.": lambda maps: maps.mean(
            axis=(1, 2)
        ).max(axis=1),
        "These are the weakest maps.": lambda maps: maps.mean(axis=(1, 2)).argmin(axis=1),
        "You return the means of all channels. Which of them is the largest, for each picture?": lambda maps: maps.mean(
            axis=(1, 2)
        ),
        "You took the mean over channels. They stand on the last axis; height and width are axes 1 and 2.": lambda maps: (
            maps.mean(axis=(2, 3)).argmax(axis=1)
        ),
    },
    well="If the mean is large, the pattern is found nearly everywhere. A large peak in an empty map means: it is at one place, clearly.",
)
def ex6(maps):
    """Function strongest_maps(maps): (n, H, W, C) gives the channel with the largest mean, for each picture."""
    return maps.mean(axis=(1, 2)).argmax(axis=1)


def broken_panels(maps):
    """The function of exercise 7 as it is handed out, with three mistakes."""
    drawn = []
    for channel in range(maps.shape[-1]):
        panel = maps[0, :, channel]
        panel = panel - panel.min()
        drawn.append(panel / panel.max())
    return np.stack(drawn)


def _moved(maps):
    return np.moveaxis(maps[0], -1, 0)


def _low(panels):
    return panels - panels.min(axis=(1, 2), keepdims=True)


def _own_scale(panels):
    return panels / panels.max(axis=(1, 2), keepdims=True)


def _cases_of_ex7(random):
    cases = []
    for height, width, channels in ((5, 4, 2), (6, 8, 3), (7, 7, 5), (9, 6, 4)):
        strength = random.uniform(0.5, 5, channels)
        cases.append(((strength * random.uniform(0.1, 1, (1, height, width, channels))).astype("float32"),))
    return cases


@a_function(
    "What should a panel show, and what should become of 0 and of the largest activation? Compare each line of the function with that.",
    "Take maps = np.random.random((1, 4, 5, 2)): which shape should one panel have, and which does it have? Print the smallest and the largest number of each panel as well: should they be the same in every panel?",
    "A panel is maps[0, :, :, channel]: four axes, the channel last. Subtract nothing, for 0 stays 0. Divide each panel by the same number, the largest of all maps.",
    cases=_cases_of_ex7,
    mistakes={
        "The axis is right now. But each panel still has its own 0 and its own 1: weak maps look as strong as strong ones.": (
            lambda maps: _own_scale(_low(_moved(maps)))
        ),
        "Each panel still has its own 1: a weak map looks as strong as a strong one. Divide all by the same number.": (
            lambda maps: _own_scale(_moved(maps))
        ),
        "0 does not stay 0: you still subtract each panel's smallest number.": lambda maps: (
            _low(_moved(maps)) / maps.max()
        ),
        "0 does not stay 0: the smallest number of all becomes 0. An answer is then drawn as none.": lambda maps: (
            (_moved(maps) - maps.min()) / (maps.max() - maps.min())
        ),
        "The scale is right, but a panel is no map: maps[0, :, channel] picks a column of the picture.": lambda maps: (
            np.stack([maps[0, :, channel] for channel in range(maps.shape[-1])]) / maps.max()
        ),
        "The channels must come first: one panel for each, (C, H, W).": lambda maps: maps[0] / maps.max(),
        "The axis of pictures is still there. Take the one picture out: maps[0].": lambda maps: ex7.reference(maps)[
            None
        ],
        "The panels are not scaled: the largest activation should become 1.": _moved,
    },
    untouched=broken_panels,
    well="Now a bright panel is a strong answer, whichever channel it is. Pictures that each have their own scale cannot be compared.",
)
def ex7(maps):
    """Repair panels(maps): (1, H, W, C) gives (C, H, W) in one scale, 0 stays 0 and the largest becomes 1."""
    return _moved(maps) / maps.max()
