"""Judges the exercises of chapter 03, digits: from a dense network to convolution."""

from functools import cache, partial

import numpy as np

from exercises import judge
from exercises.exercise import NotTried, Stopped, Wrong, call, exercise
from exercises.forms import a_function, a_value
from helpers.data import load_mnist
from helpers.environment import keras
from helpers.language import say

PLAN = [(28, 28, 1), (24, 24, 8), (12, 12, 8), (8, 8, 20), (4, 4, 20), (1, 1, 60), (60,), (30,), (10,)]
PARAMETERS = 25_628
BUDGET = 20_000
ACCURACY = 0.93
CONVOLUTIONS = (keras.layers.Conv2D, keras.layers.SeparableConv2D, keras.layers.DepthwiseConv2D, keras.layers.Conv1D)


@a_value(
    "How many numbers come into each of the three layers?",
    "How many weights has one unit of the first layer? Write that number down, add its bias, and multiply by the number of units. What do you get for each layer?",
    "(inputs + 1) * units for each layer: the 1 is the bias. The first layer has 12 * 12 inputs, each later one as many as the layer before has units.",
    take=judge.whole_number,
    mistakes={
        "You left out the biases: each unit has one.": 144 * 20 + 20 * 10 + 10 * 4,
        "Each unit has a bias, not each layer.": 144 * 20 + 20 * 10 + 10 * 4 + 3,
        "The output is a layer, too: it has weights and biases.": 145 * 20 + 21 * 10,
        "That is the first layer alone.": 145 * 20,
        "The picture has 12 * 12 pixels, and each of them is an input.": 13 * 20 + 21 * 10 + 11 * 4,
        "The bias belongs to a unit: (inputs + 1) * units, not inputs * (units + 1).": 144 * 21 + 20 * 11 + 10 * 5,
    },
    otherwise="Count layer by layer, and begin with its inputs.",
    well="Most of it sits in the first layer, which has a weight for each pixel and each unit.",
)
def ex1():
    """Parameters of a dense network 144-20-10-4."""
    return 145 * 20 + 21 * 10 + 11 * 4


@exercise(
    "Three things change: the shape, the type, the range. What must you divide by, so that a dark picture stays dark?",
    "Make one change after the other, and print shape, dtype, min and max after each. Which line of what you print is not yet as asked?",
    "reshape(-1, 28, 28, 1) or [..., np.newaxis] for the shape, astype for the type, and then a division by one fixed number.",
)
def ex2(answer, random):
    """Function prepare(pictures): (n, 28, 28) uint8 gives (n, 28, 28, 1) float32 in 0..1."""
    dark = random.integers(0, 100, size=(2, 28, 28), dtype=np.uint8)
    cases = [(random.integers(0, 256, size=(n, 28, 28), dtype=np.uint8),) for n in (4, 1, 7)] + [(dark,)]

    def reference(pictures):
        return pictures.reshape(-1, 28, 28, 1) / 255

    mistakes = {
        "You did not scale: 255 should become 1.": lambda p: p[..., None],
        "The channel is missing: the last axis has length 1 for grey pictures.": lambda p: p / 255,
        "The channel comes last, as Keras expects it: (n, 28, 28, 1).": lambda p: p[:, None] / 255,
        "You flattened the pictures. A convolution needs to know who are neighbours.": lambda p: (
            p.reshape(-1, 784) / 255
        ),
        "You divided by the largest value that you found. Then a dark picture comes out brighter than it is; divide by 255, always.": lambda p: (
            p[..., None] / p.max()
        ),
        "The largest pixel is 255, so divide by 255: 256 brings it nearly to 1, but not there.": lambda p: (
            p[..., None] / 256
        ),
        "You scaled twice. Network and values survive it, but hardly anything is left of the picture.": lambda p: (
            p[..., None] / 255**2
        ),
        "You changed the type to whole numbers after dividing, and cut off what lies between 0 and 1.": lambda p: (
            p[..., None] // 255
        ),
    }
    judge.results(judge.function(answer), cases, reference, mistakes)
    kind = getattr(call(answer, *cases[0]), "dtype", None)
    if "float32" not in str(kind):
        raise Wrong("Shape and values are right. The type should be float32; yours is {kind}.", kind=kind)
    return "Whoever uses your network later must prepare new pictures with this very function."


def _cases_of_ex3(random):
    cases = [(np.array([2, 0, 3], np.uint8), 5)]
    for classes in (3, 10, 4, 12):
        count = int(random.integers(2, 8))
        cases.append((random.integers(0, classes, size=count, dtype=np.uint8), classes))
    return cases


@a_function(
    "How wide is a row? Does it depend on the labels that happen to be there?",
    "What shape should come out for labels [2, 0] and 5 classes? Make an array of zeros of that shape and print it. At which places must a 1 stand?",
    "Begin with np.zeros((len(labels), classes)). Then row i gets a 1 at the place labels[i].",
    cases=_cases_of_ex3,
    mistakes={
        "You made the rows as wide as the largest label asks for. A class that does not occur has its place, too.": lambda y, c: (
            np.eye(y.max() + 1)[y]
        ),
        "Classes are counted from 0: the label 0 has its 1 at place 0.": lambda y, c: np.eye(c)[y.astype(int) - 1],
        "Rows and columns are exchanged: one row for each label.": lambda y, c: np.eye(c)[:, y],
        "Write a 1 at the place of the label, not the label itself.": lambda y, c: np.eye(c)[y] * y[:, None],
        "You counted how often each label occurs. Each label needs a row of its own.": lambda y, c: np.bincount(
            y, minlength=c
        ),
    },
    well="Each row is a list of probabilities, as a network gives them: sure of one class, and right.",
)
def ex3(labels, classes):
    """Function one_hot(labels, classes): (n,) gives (n, classes)."""
    return np.eye(classes)[labels]


def _stopped(losses, patience, equal_counts=False, against_previous=False, resets=True):
    """Stop as Keras does, or with a mistake."""
    best, waited = 0, 0
    for epoch in range(len(losses)):
        lowest = losses[epoch - 1] if against_previous else losses[best]
        if epoch == 0 or losses[epoch] < lowest or (equal_counts and losses[epoch] == lowest):
            best, waited = epoch, 0 if resets else waited
        else:
            waited += 1
        if waited == patience:
            return epoch + 1, best + 1
    return len(losses), best + 1


def _looks_ahead(losses, patience):
    return _stopped(losses, patience)[0], int(np.argmin(losses)) + 1


def _cases_of_ex4(random):
    cases = [(np.array([5.0, 3.0, 4.0, 3.0, 1.0]), 2), (np.array([5.0, 3.0, 4.0, 3.5, 3.2, 3.1, 2.0]), 4)]
    for _ in range(20):
        length = int(random.integers(2, 13))
        falling = np.linspace(0.6, 0.3, length) + random.integers(0, 4, size=length) / 10
        cases.append((falling.round(1), int(random.integers(1, 5))))
    return cases


@a_function(
    "Walk through the epochs with the lowest loss so far in mind, and count the epochs since then.",
    "Take losses [5, 3, 4, 3, 1] and patience 2, and write a table on paper: epoch, lowest loss so far, its epoch, epochs since then. In which row does the last column reach 2?",
    "Remember the lowest loss and its epoch. A lower loss: remember it. Otherwise, if the best epoch lies patience epochs back, return both numbers. After the loop, return the number of epochs and the best one.",
    cases=_cases_of_ex4,
    mistakes={
        "You stop an epoch too late: with a patience of 2 the second epoch in a row without a new best is the last one.": lambda v, p: (
            _stopped(v, p + 1)
        ),
        "You stop an epoch too early.": lambda v, p: _stopped(v, max(p - 1, 1)),
        "An equal loss is no new best: it must be lower.": partial(_stopped, equal_counts=True),
        "You compare each epoch with the one before. It counts only if it is lower than the lowest so far.": partial(
            _stopped, against_previous=True
        ),
        "A new best starts the count anew. You count all epochs without a new best, even if they are not in a row.": partial(
            _stopped, resets=False
        ),
        "The best epoch lies after the end of your training: what comes later, nobody has seen.": _looks_ahead,
        "You never stop: patience has no effect.": lambda v, p: (len(v), int(np.argmin(v)) + 1),
        "Epochs are counted from 1.": lambda v, p: tuple(epoch - 1 for epoch in _stopped(v, p)),
        "The last epoch comes first, then the best one.": lambda v, p: _stopped(v, p)[::-1],
    },
    well="Between the best epoch and the last one lie the epochs you paid for patience: that is why a checkpoint is kept.",
)
def ex4(losses, patience):
    """Function early_stopping(val_losses, patience): (last epoch, best epoch) as in Keras, counted from 1."""
    return _stopped(losses, patience)


@exercise(
    "28 became 24 without padding: which kernel size does that? The pooling layers halve.",
    "Add one layer, print model.output_shape, and compare it with the next line of the plan before you add another. At which line do they differ?",
    "Without padding N - K + 1 places: 28 - K + 1 = 24. The third convolution covers its whole map, so its kernel is as large as that map. Count the parameters with network.summary().",
)
def ex5(answer, random):
    """Network whose layers give the shapes of PLAN, with PARAMETERS parameters."""
    layers = judge.network(answer, PLAN[0], PLAN[-1])
    shapes = [PLAN[0]]
    for layer in layers:
        shape = tuple(getattr(getattr(layer, "output", None), "shape", ())[1:])
        if shape and shape != shapes[-1]:
            shapes.append(shape)
    for before, expected, found in zip(PLAN, PLAN[1:], shapes[1:], strict=False):
        if found != expected:
            raise Wrong(_other_shape(before, expected, found))
    if len(shapes) != len(PLAN):
        raise Wrong(
            "The plan has {expected} steps that change the shape; your network has {found}.",
            expected=len(PLAN) - 1,
            found=len(shapes) - 1,
        )
    if answer.count_params() != PARAMETERS:
        count = say(
            "All shapes are right, but {count:,} parameters are not those of the plan", count=answer.count_params()
        )
        raise Wrong(
            "{count}: is each shape made by the layer that the plan names, and are the biases there?", count=count
        )
    _give_probabilities(answer, random)
    return "Shapes tell the kernels: without padding each convolution takes off its kernel size minus 1."


def _other_shape(before, expected, found):
    """Say where a network leaves the plan."""
    where = say(
        "After {before} the plan says {expected}; your network gives {found}.",
        before=before,
        expected=expected,
        found=found,
    )
    if len(found) != len(expected):
        return say("{where} Which step of the plan comes next here?", where=where)
    if len(found) == 3 and found[:2] == before[:2]:
        return say('{where} With padding="same" height and width stay. The plan has no padding.', where=where)
    if len(found) == 3 and found[:2] != expected[:2]:
        return say(
            "{where} Which kernel or pooling size leads from {before[0]} to {expected[0]}?",
            where=where,
            before=before,
            expected=expected,
        )
    return say("{where} How many filters or units does this step have?", where=where)


def _give_probabilities(model, random):
    """Check that ten probabilities come out, whatever goes in. Returns pictures and the probabilities for them."""
    # Pixels up to 5: a network that has learned nothing yet would otherwise give nearly equal numbers for all digits.
    pictures = random.uniform(0, 5, size=(64, 28, 28, 1)).astype("float32")
    scores = judge.predictions(model, pictures)
    if scores.min() < 0 or not np.allclose(scores.sum(axis=1), 1, atol=0.02):
        raise Wrong(
            "The ten outputs are no probabilities: these lie between 0 and 1 and add up to 1. Which activation sees to that?"
        )
    return pictures, scores


@cache
def _held_back():
    """Training pictures that the learner was not given; the test set stays untouched."""
    (pictures, digits), _ = load_mnist()
    return pictures[50_000:54_000, ..., np.newaxis].astype("float32") / 255, digits[50_000:54_000]


@exercise(
    "Where do parameters sit: in the convolutions, or in the dense layer behind Flatten? How can you make less arrive there?",
    "Build it without training, and print count_params() and the output shape of the layer before Flatten. How many numbers reach the dense layer, and how many does one more pooling leave?",
    "Two convolutions with 8 and 16 filters of 3x3, a 2x2 pooling after each, Flatten, a small dense layer, and the output. Adam with a learning rate of a few thousandths, sparse_categorical_crossentropy, a few epochs in batches of 64.",
)
def ex6(answer, random):
    """Network within BUDGET, with a convolution, that gets ACCURACY of held-back training pictures right."""
    layers = judge.network(answer, (28, 28, 1), (10,))
    if not any(isinstance(layer, CONVOLUTIONS) for layer in layers):
        raise Wrong("There is no convolution layer in your network; the exercise asks for at least one.")
    count = judge.parameters(answer, BUDGET)
    pictures, digits = _held_back()
    reached = judge.share_right(answer, pictures, digits)
    if reached < 0.3:
        raise Wrong(
            "Your network gets {reached:.0%} of the pictures right; guessing gives about 10%. Has it been trained, on pictures with values from 0 to 1, and is the output a softmax that fits the loss?",
            reached=reached,
        )
    if reached < ACCURACY:
        raise Wrong(
            "Your network gets {reached:.1%} of new pictures right; asked for is {ACCURACY:.0%}. Compare its accuracy on x_train: if that is as low, train longer or with smaller batches; if it is much higher, the network memorises its pictures.",
            reached=reached,
            ACCURACY=ACCURACY,
        )
    return say(
        "{reached:.1%} with {count:,} parameters: a small part of those of the dense network in the lesson.",
        reached=reached,
        count=count,
    )


def _most_frequent(labels, predicted, wrong_only=True, both_ways=False, last=False):
    """Find the most frequent pair (true, said), or do it with a mistake."""
    counts = np.zeros((10, 10), int)
    np.add.at(counts, (labels, predicted), 1)
    if wrong_only:
        np.fill_diagonal(counts, 0)
    if both_ways:
        counts = np.triu(counts + counts.T)
    pairs = np.argwhere(counts == counts.max())
    return tuple(int(digit) for digit in pairs[-1 if last else 0])


def _met_first(labels, predicted, both_ways=False):
    """Find the most frequent mistake; among equally frequent ones the first in the order of the pictures."""
    pairs = [(int(true), int(said)) for true, said in zip(labels, predicted, strict=True) if true != said]
    if both_ways:
        pairs = [tuple(sorted(pair)) for pair in pairs]
    return max(pairs, key=pairs.count)


def _cases_of_ex7(random):
    cases = [(np.array([4, 4, 9, 9, 9, 7, 7, 1]), np.array([9, 4, 4, 4, 9, 1, 1, 1]))]
    for count in (12, 12, 60, 60, 300, 300):
        labels, predicted = random.integers(0, 10, count), random.integers(0, 10, count)
        predicted = np.where(random.random(count) < 0.5, labels, predicted)
        predicted[0] = (labels[0] + 1) % 10  # at least one mistake
        cases.append((labels, predicted))
    return cases


@a_function(
    "Which pairs are no mistakes at all? Leave those out first. Then count the rest.",
    "How many mistakes are left? Print the pairs (true, said) of the first five. How often does each of them occur?",
    "A table of 10 by 10 zeros: for each picture with another prediction than label, add 1 in row true, column said. np.argwhere(table == table.max())[0] is the first of the largest, row by row.",
    cases=_cases_of_ex7,
    mistakes={
        "You count what was right, too: a 4 read as a 4 is no mistake.": partial(_most_frequent, wrong_only=False),
        "The true digit comes first, then what the network said.": lambda y, p: _most_frequent(y, p)[::-1],
        "You count both directions together. A 4 read as a 9 is another mistake than a 9 read as a 4.": partial(
            _most_frequent, both_ways=True
        ),
        "You count a 4 read as a 9 and a 9 read as a 4 together, as the lesson does. Here these are two mistakes: leave the pairs as they are, do not sort them.": partial(
            _met_first, both_ways=True
        ),
        "Among equally frequent mistakes you take the one that was met first (as Counter.most_common does). Asked for is the one with the smallest digits.": _met_first,
        "Among equally frequent mistakes you take the last one; asked for is the one with the smallest digits.": partial(
            _most_frequent, last=True
        ),
        "You found one of several equally frequent pairs. Asked for is the smallest true digit, then the smallest said.": lambda y, p: (
            _most_frequent(p, y)[::-1]
        ),
        "That is how often it happens. Asked for is the pair of digits.": lambda y, p: np.sum(
            (y == (pair := _most_frequent(y, p))[0]) & (p == pair[1])
        ),
    },
    well="The direction can tell something: if 4 becomes 9 more often than 9 becomes 4, open fours look closed to the network.",
)
def ex7(labels, predicted):
    """Function most_frequent_mistake(labels, predicted): the pair (true, said), by the smallest digits if equal."""
    return _most_frequent(labels, predicted)


@exercise(
    "Look at model.output_shape first. Then at the output's activation. Then ask which loss fits labels that are numbers.",
    "Print digit_reader().output_shape, and what predict says of np.zeros((1, 28, 28, 1)). How many numbers come out, and do they add up to 1?",
    "A dense layer works on the last axis only, so a map must be flattened before it. Ten probabilities that add up to 1 come from softmax. Labels as numbers go with sparse_categorical_crossentropy.",
)
def ex8(answer, random):
    """Repair digit_reader(): compiled, ten probabilities, loss for labels as numbers."""
    model = call(judge.function(answer))
    layers = judge.network(model, (28, 28, 1))
    as_before = model.output_shape == (None, 13, 13, 10) and getattr(model, "loss", None) == "categorical_crossentropy"
    if as_before and getattr(layers[-1], "activation", None) is keras.activations.relu:
        raise NotTried(judge.UNTOUCHED)
    if len(model.output_shape) == 4:
        raise Wrong(
            "Out comes a map, {shape}: ten numbers at each place, not ten for the picture. What is missing between the maps and the dense layers?",
            shape=model.output_shape[1:],
        )
    judge.network(model, (28, 28, 1), (10,))
    pictures, scores = _give_probabilities(model, random)
    if not model.compiled:
        raise Wrong("The network is not compiled: it has no loss and no optimizer.")
    labels = scores.argmin(axis=1)  # the least probable digits: there losses differ most
    try:
        result = call(partial(model.evaluate, verbose=0, return_dict=True), pictures, labels)
    except Stopped as reason:
        raise Wrong(
            "The network is right, but its loss cannot take labels that are numbers, such as 5: it expects rows of ten. Which one takes numbers?"
        ) from reason
    expected = -np.log(np.clip(scores.min(axis=1), 1e-7, 1)).mean()
    if not np.isclose(result["loss"], expected, rtol=0.03):
        raise Wrong(
            "The network is right, but its loss is not -log of the probability of the right digit. (With from_logits=True softmax would be applied a second time.)"
        )
    return "Three mistakes, and none gave an error until you trained: look at shapes and outputs before that."
