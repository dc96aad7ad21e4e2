"""Judges the exercises of chapter 04, a network for clothes."""

import functools

import numpy as np

from exercises import judge
from exercises.exercise import NotTried, Stopped, Wrong, call, exercise
from exercises.forms import a_function
from helpers.data import load_fashion_mnist
from helpers.environment import keras
from helpers.language import say

BUDGET = 30_000
LEAST = 0.8
CONVOLUTIONS = (keras.layers.Conv2D, keras.layers.SeparableConv2D, keras.layers.DepthwiseConv2D)

# Exercise 1: the shape after each layer, and shapes that come of a mistake there.
FIRST = "the first convolution"
POOLED = "the first pooling"
SECOND = "the second convolution"
LAST = "the second pooling"
FLAT = "Flatten"
SHAPES = {FIRST: (36, 36, 8), POOLED: (18, 18, 8), SECOND: (18, 18, 16), LAST: (6, 6, 16), FLAT: (576,)}
SHAPE_MISTAKES = (
    (FIRST, (40, 40, 8), 'without padding="same" nothing surrounds the picture: the kernel stops before the border.'),
    (FIRST, (38, 38, 8), "a kernel of 5 takes away 2 pixels on each side, not on one side only."),
    (FIRST, (35, 35, 8), "a kernel of 5 loses 4 pixels, not 5: count the places at which it stops."),
    (FIRST, (36, 36, 1), "the depth of the output is the number of filters, not the depth of the input."),
    (POOLED, (35, 35, 8), "pooling moves by its own size, so its blocks do not overlap."),
    (POOLED, (18, 18, 4), "pooling treats each map by itself, so as many maps come out as go in."),
    (SECOND, (16, 16, 16), 'padding="same" keeps height and width.'),
    (SECOND, (18, 18, 128), "a kernel is as deep as its input and adds all channels up: each filter gives one map."),
    (SECOND, (18, 18, 24), "the new maps take the place of the old ones; they are not put behind them."),
    (LAST, (9, 9, 16), "this pooling takes blocks of 3 by 3, not of 2 by 2."),
    (FLAT, (36,), "the values of all maps lie in one row, not those of a single map."),
    (FLAT, (36, 16), "one axis is left: all values in one row."),
)


@exercise(
    "Take one layer at a time: its input is the output of the one before. Which layers change the depth?",
    "What is the shape after the first convolution, and after the first pooling? At how many places does a kernel of 5 stop in a row of 8 pixels? Draw it.",
    'Without padding a kernel of k pixels takes away k - 1. With "same", height and width stay. Pooling divides both by its size. A '
    "convolution sets the depth; Flatten multiplies the three numbers.",
)
def ex1(answer, random):
    """Output shapes of five layers for pictures of 40x40."""
    if not isinstance(answer, list | tuple):
        raise Wrong("Expected a list of five tuples, one for each layer.")
    if len(answer) != len(SHAPES):
        raise Wrong(
            "There are five layers, so five shapes; yours are {count}. Input is no layer here.", count=len(answer)
        )
    for found, (layer, right) in zip(answer, SHAPES.items(), strict=True):
        if isinstance(found, list | tuple) and any(size is None for size in found):
            raise Wrong("Leave the axis that counts pictures out: no None.")
        if layer == FLAT and isinstance(found, int | np.integer):
            found = (found,)  # one number says the same
        spoken = {FIRST: say(FIRST), POOLED: say(POOLED), SECOND: say(SECOND), LAST: say(LAST), FLAT: FLAT}[layer]
        mistakes = {
            say("After {layer}: {sentence}", layer=spoken, sentence=say(sentence)): shape
            for where, shape, sentence in SHAPE_MISTAKES
            if where == layer
        }
        otherwise = say("Up to here all is right; look again at the shape after {layer}.", layer=spoken)
        judge.value(judge.shape(found), right, mistakes, otherwise)
    return "Less and less height and width, more and more maps, and then one row: the usual shape of such a network."


def _convolution(channels, filters):
    return (9 * channels + 1) * filters


def _cases_of_ex2(random):
    cases = [(28, 1, 2, 10), (32, 3, 8, 10)]
    for _ in range(8):
        cases.append((2 * int(random.integers(2, 40)), *(int(n) for n in random.integers((1, 2, 2), (5, 40, 20)))))
    return cases


@a_function(
    "Which of the four layers have parameters at all? How many values does Flatten hand to the dense layer?",
    "Work out the example with size 28, 1 channel, 2 filters and 10 units. How many parameters has the convolution, how many values does Flatten give, and what do you get for the dense layer?",
    "Convolution: (3 * 3 * channels + 1) * filters. Dense: (inputs + 1) * units, where the inputs are the values of all maps after pooling: half the height times half the width times filters.",
    cases=_cases_of_ex2,
    mistakes={
        "The dense layer's biases are missing: one for each unit.": lambda s, c, f, u: ex2.reference(s, c, f, u) - u,
        "The convolution's biases are missing: one for each filter.": lambda s, c, f, u: ex2.reference(s, c, f, u) - f,
        "All biases are missing, of filters and of units.": lambda s, c, f, u: ex2.reference(s, c, f, u) - f - u,
        "A kernel is as deep as its input: 3 x 3 x channels weights.": lambda s, c, f, u: (
            ex2.reference(s, c, f, u) - _convolution(c, f) + _convolution(1, f)
        ),
        "You left out the pooling: it leaves a quarter.": lambda s, c, f, u: _convolution(c, f) + (s * s * f + 1) * u,
        "Pooling halves height and width: a quarter of the values is left, not a half.": lambda s, c, f, u: (
            _convolution(c, f) + (s * s // 2 * f + 1) * u
        ),
        "Flatten lays the values of all maps in one row: the number of filters counts there, too.": lambda s, c, f, u: (
            _convolution(c, f) + ((s // 2) ** 2 + 1) * u
        ),
        "You counted the convolution only. The dense layer has some, too.": lambda s, c, f, u: _convolution(c, f),
        "You counted the dense layer only.": lambda s, c, f, u: ex2.reference(s, c, f, u) - _convolution(c, f),
    },
    well="The size of the picture counts only in the dense layer. That is where most parameters come from.",
)
def ex2(s, c, f, u):
    """Function count_parameters(size, channels, filters, units)."""
    return _convolution(c, f) + ((s // 2) ** 2 * f + 1) * u


@exercise(
    "Shuffle numbers of places, not pictures: one shuffled list of places serves pictures and labels alike.",
    "How many places are there for 50 pictures, and how many of them are four fifths? Print the first five of your shuffled places. Is every place in it once?",
    "order = np.random.permutation(len(x)) gives every place once. Its first four fifths are for training: x[order[:cut]] and y[order[:cut]]. (Or, as in the lesson: from sklearn.model_selection import train_test_split.)",
)
def ex3(answer, random):
    """Function split(x, y) -> x_train, x_val, y_train, y_val."""
    for count in (50, 5 * int(random.integers(20, 40))):
        x = np.arange(count, dtype="float32").reshape(-1, 1, 1, 1) * np.ones((1, 4, 4, 1), "float32")
        y = np.arange(count) * 10 // count  # sorted by class
        _judge_split(call(judge.function(answer), x, y), x, y)
    return "Pictures and labels stay together, and chance has mixed the classes. Now the validation set can be trusted."


def _judge_split(parts: object, x: np.ndarray, y: np.ndarray) -> None:
    """Judge one split. Picture number i has the value i at every pixel, so that a picture tells where it comes from."""
    if not isinstance(parts, list | tuple) or len(parts) != 4:
        raise Wrong("Return four arrays: return x_train, x_val, y_train, y_val.")
    x_train, x_val, y_train, y_val = (judge.array(part) for part in parts)
    if x_val.ndim == 1:
        raise Wrong("The order is x_train, x_val, y_train, y_val: both sets of pictures come first, then the labels.")
    if x_train.shape[1:] != x.shape[1:] or x_val.shape[1:] != x.shape[1:]:
        raise Wrong("The pictures have changed their shape. Cut along the first axis only, the one that counts them.")
    many = len(x) * 4 // 5
    if len(x_train) == len(x) - many and len(x_val) == many:
        raise Wrong("The large part is for training, the small one for validation.")
    if len(x_train) != many or len(x_val) != len(x) - many:
        raise Wrong(
            "Of {all} pictures {many} are for training and {rest} for validation; yours are {training} and {validation}.",
            all=len(x),
            many=many,
            rest=len(x) - many,
            training=len(x_train),
            validation=len(x_val),
        )
    places = np.concatenate([x_train, x_val])[:, 0, 0, 0].round().astype(int)
    if not np.isin(places, range(len(x))).all() or not np.array_equal(np.concatenate([x_train, x_val]), x[places]):
        raise Wrong("The pixels have changed. Only choose pictures; prepare them elsewhere.")
    if set(places[:many]) & set(places[many:]):
        raise Wrong("Some pictures are in both sets. The network would be asked about pictures that it knows.")
    if len(set(places)) < len(x):
        raise Wrong(
            "Some pictures are there twice, so others are lost. Draw each place once: a permutation, not a choice."
        )
    if y_train.shape != (many,) or y_val.shape != (len(x) - many,):
        raise Wrong("There must be one label for each picture, in both sets.")
    if not np.array_equal(np.concatenate([y_train, y_val]), y[places]):
        raise Wrong("Labels no longer belong to their pictures. Use the same shuffled places for x and for y.")
    if len(set(np.diff(np.sort(places[many:])))) == 1:
        raise Wrong(
            "Your validation pictures stand at regular places: nothing was drawn at random. If the pictures are sorted by class, a block at the end holds one class only."
        )


@exercise(
    'Which argument of Conv2D makes the filter jump? With padding="same", what does it make of 28 pixels, and then of those?',
    "Build the two convolutions alone and print output_shape after each. How many values reach the dense layer with 16 filters at the end, and how many parameters has it then?",
    'Conv2D(16, 3, strides=2, activation="relu", padding="same") makes 14 of 28, a second one 7 of 14. Then Flatten and a dense '
    "layer of ten units with softmax. Most parameters sit in that last layer: keep the number of maps small.",
)
def ex4(answer, random):
    """Network without pooling: 28x28x1, ten probabilities, maps of 7x7, a budget."""
    layers = judge.network(answer, (28, 28, 1), (10,))
    pooling = [layer.name for layer in layers if "Pool" in type(layer).__name__]
    if pooling:
        raise Wrong(
            "There is still a pooling layer in it: {names}. Let strides do the shrinking.", names=", ".join(pooling)
        )
    strided = [layer for layer in layers if isinstance(layer, CONVOLUTIONS) and max(layer.strides) > 1]
    if len(strided) < 2:
        raise Wrong(
            "Your network has {count} convolution layers with a stride above 1; at least two are asked for. The argument is called strides.",
            count=len(strided),
        )
    shapes = [tuple(getattr(getattr(layer, "output", None), "shape", ())) for layer in layers]
    if (7, 7) not in [shape[1:3] for shape in shapes if len(shape) == 4]:
        raise Wrong(
            'No layer puts out maps of 7 by 7. Without padding="same" the kernel must stay inside (a kernel of 3 makes 13 of 28).'
        )
    judge.parameters(answer, BUDGET)
    _judge_probabilities(answer, random)
    return "The network learns how to shrink, at the price of weights. Pooling has none, and no choice either."


def _judge_probabilities(model: keras.Model, random: np.random.Generator) -> None:
    """Judge whether a network's outputs for ten random pictures are probabilities."""
    pictures = random.random((10, 28, 28, 1)).astype("float32")
    outputs = judge.predictions(model, pictures)
    if (outputs < 0).any():
        raise Wrong(
            "Some outputs are negative: these are scores, not probabilities. Which activation turns scores into probabilities?"
        )
    if not np.allclose(outputs.sum(axis=1), 1, atol=0.02):  # 16 bits are rounded to 2 or 3 digits
        raise Wrong(
            "The ten outputs do not add up to 1. sigmoid or relu treat each output by itself; softmax looks at all ten."
        )


@exercise(
    "np.argmax gives the place of the largest number. Which function of NumPy gives the places of all, in order?",
    "For the probabilities 0.1, 0.6, 0.3, which places should come out, and in which order? Print what your function of NumPy gives for them.",
    "np.argsort(probabilities) gives places, the smallest number's first. Turn it around with [::-1], keep three, and look up the name at each place.",
)
def ex5(answer, random):
    """Function top_three(probabilities, names) -> three names, best first."""
    cases = []
    for classes in (3, 5, 10, 10, 10):
        values = random.permutation(np.arange(1.0, classes + 1))
        cases.append((values / values.sum(), tuple(random.permutation([f"class {c}" for c in "ABCDEFGHIJ"[:classes]]))))
    cases = [(values, tuple(str(name) for name in names)) for values, names in cases]
    found = [call(judge.function(answer), *case) for case in cases]
    found = [value.tolist() if isinstance(value, np.ndarray) else value for value in found]
    for value in found:
        if not isinstance(value, list | tuple) or len(value) != 3:
            raise Wrong("Return a list of three names.")
    if not all(isinstance(name, str) for value in found for name in value):
        raise Wrong("Return names. A place or a probability says nothing to a customer: look the name up in names.")

    def chosen(pick):
        return [[names[int(place)] for place in pick(np.argsort(values))] for values, names in cases]

    right = chosen(lambda order: order[::-1][:3])
    found = [list(value) for value in found]
    if found != right and [set(value) for value in found] == [set(value) for value in right]:
        raise Wrong("The three are right, the order is not: the most probable comes first.")
    mistakes = {
        "These are the three least probable. np.argsort begins with the smallest.": chosen(lambda order: order[:3]),
        "These are the three least probable, the least of all at the end.": chosen(lambda order: order[2::-1]),
        "You took the first three names, whatever their probabilities.": [list(names[:3]) for _, names in cases],
        "Your names stand one place off: the first class has the number 0.": chosen(
            lambda order: (order[::-1][:3] - 1) % len(order)
        ),
    }
    judge.value(found, right, mistakes, "These are not the three most probable classes.")
    return (
        "Where the first guess is wrong, the second is often right: a shirt that was taken for a T-shirt, for instance."
    )


@functools.cache
def _held_back() -> tuple[np.ndarray, np.ndarray]:
    """Training pictures that exercise 6 does not hand out, prepared."""
    (images, labels), _ = load_fashion_mnist()
    return images[-2000:].reshape(-1, 28, 28, 1).astype("float32") / 255, labels[-2000:].astype(int)


@exercise(
    "Begin with the network of step 4 of the lesson. Which of its layers has nearly all parameters? Do you need it?",
    "Build it without training and print count_params(). How many values reach the first dense layer, and how many parameters does it have? Change one number until the sum fits.",
    "16 filters, pooling, 32 filters, pooling, Flatten, and at once the dense layer with ten units: no hidden layer. Train five epochs with batches of 64 and Adam(0.002).",
)
def ex6(answer, random):
    """Network with a convolution, at most 30,000 parameters, and 80 of 100 held-back pictures right."""
    layers = judge.network(answer, (28, 28, 1), (10,))
    if not any(isinstance(layer, CONVOLUTIONS) for layer in layers):
        raise Wrong("There is no convolution layer in your network; the exercise asks for at least one.")
    parameters = judge.parameters(answer, BUDGET)
    images, labels = _held_back()
    reached = judge.share_right(answer, images, labels)
    if reached < LEAST:
        if judge.share_right(answer, 255 * images, labels) >= LEAST:
            raise Wrong("Your network knows pixels from 0 to 255. Train it on x_few as it is: values from 0 to 1.")
        if reached < 0.2:
            raise Wrong("About one picture in ten is right: a guess. Was the network trained? Do labels and loss fit?")
        raise Wrong(
            "Your network gets {reached:.1%} of new pictures right; the exercise asks for {LEAST:.0%}. Compare its accuracy on x_few and on x_val: if both are low, train longer; if that on x_few is much higher, the network memorises its pictures.",
            reached=reached,
            LEAST=LEAST,
        )
    return say(
        "{reached:.0%} of the held-back pictures, with {parameters:,} parameters and a tenth of the training pictures.",
        reached=reached,
        parameters=parameters,
    )


@exercise(
    "Where would you look first if a network learns nothing: at what goes in, at what comes out, or at what is compared?",
    "Print x.shape, x.min(), x.max() and network.output_shape, and look at the labels: numbers or rows? Which of these differ from what the lesson had?",
    "Divide by 255 once. Add the channel axis: reshape(-1, 28, 28, 1). Softmax over one number is always 1: ten classes need ten units. And labels that are plain numbers need the loss that begins with sparse_.",
)
def ex7(answer, random):
    """Repair ready(pictures, labels) -> x, y, network."""
    pictures = random.integers(0, 256, (20, 28, 28)).astype("uint8")
    labels = random.integers(0, 10, 20).astype("uint8")
    result = call(judge.function(answer), pictures, labels)
    if not isinstance(result, list | tuple) or len(result) != 3:
        raise Wrong("The function returns three things: x, y, network.")
    x, y, model = judge.array(result[0]), result[1], result[2]
    judge.network(model)
    one_unit = tuple(model.outputs[0].shape[1:]) == (1,)
    old_loss = getattr(model, "loss", None) == "categorical_crossentropy"
    if x.ndim == 3 and x.max() < 0.01 and one_unit and old_loss:
        raise NotTried(judge.UNTOUCHED)
    if x.shape == (20, 28, 28):
        raise Wrong(
            "x has no channel axis. Grey pictures have one channel, and the axis must be there: (n, 28, 28, 1)."
        )
    right = pictures[..., np.newaxis] / 255
    mistakes = {
        "The pictures are still scaled twice: their largest value is 0.004, so they are almost empty.": right / 255,
        "The pictures are not scaled at all: their values go up to 255.": right * 255,
        "The pictures are turned: height and width are exchanged.": right.swapaxes(1, 2),
    }
    judge.value(
        judge.array(x, right.shape), right, mistakes, "x should hold the pixels divided by 255, in their places."
    )
    if one_unit:
        raise Wrong(
            "Softmax divides by the sum of all outputs. With a single output that is always 1: nothing to learn."
        )
    judge.network(model, (28, 28, 1), (10,))
    _judge_probabilities(model, random)
    _judge_loss(model, x, y, labels)
    return (
        "None of the four raised an error. Look at shapes, ranges and the first predictions before you train for hours."
    )


def _judge_loss(model: keras.Model, x: np.ndarray, y: object, labels: np.ndarray) -> None:
    """Compare the loss that the network computes of x and y with the crossentropy of the labels."""
    if not model.compiled:
        raise Wrong("The network is not compiled: it has no loss to make small.")
    # Larger weights make the network surer, so that another loss gives clearly another number.
    model.set_weights([2 * weights for weights in model.get_weights()])
    probabilities = judge.predictions(model, x).astype(float)
    crossentropy = -np.log(np.clip(probabilities[np.arange(len(labels)), labels], 1e-7, 1)).mean()
    try:
        loss = np.ravel(call(model.evaluate, x, y, None, 0))[0]
    except Stopped as stopped:
        reason = (
            "sparse_categorical_crossentropy wants plain numbers; your labels are rows."
            if judge.array(y).size > len(labels)
            else "categorical_crossentropy wants rows such as [0, 0, ..., 1]; your labels are plain numbers."
        )
        raise Wrong(
            "Loss and labels do not fit. {reason} Keras says: {error}", reason=say(reason), error=str(stopped)[:200]
        ) from stopped
    if not np.isclose(loss, crossentropy, rtol=0.03):
        raise Wrong("The loss is not the crossentropy of these labels: -log of the probability of the right class.")
