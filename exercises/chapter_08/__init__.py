"""Judges the exercises of chapter 08, what convnets look for."""

import numpy as np
from scipy.stats import spearmanr

from exercises import judge
from exercises.exercise import Wrong, call, exercise
from exercises.forms import a_function, a_value
from helpers import interpret
from helpers.environment import keras
from helpers.language import say

ops = keras.ops


@a_value(
    "Which layer's maps does Grad-CAM weigh and add up? Follow height and width from the picture to that layer.",
    "Which shapes come out of conv2 and out of pool2? Write both down.",
    'The pooling halves, "same" keeps, a convolution of 3x3 without padding takes 2 away. Stop right after conv3. Adding the '
    "weighted maps up leaves one map.",
    take=judge.shape,
    mistakes={
        "The weighted maps are added up: how many are left of the 64?": (13, 13, 64),
        "The sum over the channels leaves no channel axis.": (13, 13, 1),
        "Leave out the batch axis: the map of one picture.": (1, 13, 13),
        "That is what conv3 gets. It takes a pixel from every side.": (15, 15),
        "That is the size after enlarging. The map itself is as coarse as the maps of conv3.": (64, 64),
        "You went one layer too far: Grad-CAM asks the convolution, in front of the pooling.": (6, 6),
        'Only conv1 has padding "same". The others lose a pixel on each side.': (16, 16),
        "conv1 keeps the size; its zeros around the picture make up for what the kernel takes.": (12, 12),
    },
    otherwise="Go through the layers one by one, and write height and width behind each of them.",
    well="Every field of this map stands for a large piece of the picture. Enlarged it looks smooth, but it is no finer.",
)
def ex1():
    """Shape of the heat map of Grad-CAM before it is enlarged."""
    return (13, 13)


def _slope(peak, steepness):
    """Gradient that points to a peak: of a hill that is steeper in some directions than in others."""

    def gradient(picture):
        return steepness * (peak - picture)

    return gradient


def _climb(gradient, picture, steps, length, size=lambda found: np.sqrt(np.mean(found**2)), clip=True):
    for _ in range(steps):
        found = gradient(picture)
        picture = picture + length * found / size(found)
        picture = np.clip(picture, 0, 1) if clip else picture
    return picture


@exercise(
    "Write one step first. It needs the gradient at the picture as it is now, and the size of that gradient.",
    "What is np.sqrt(np.mean((found / size) ** 2)), when `found` is a gradient and `size` is its size? Print it. Which number must "
    "come out, whatever the gradient is?",
    "In a loop: ask for the gradient, compute np.sqrt(np.mean(gradient**2)), add a tiny number so that nothing is divided by 0, step, "
    "np.clip.",
)
def ex2(answer, random):
    """Function climb(gradient, picture, steps, length): gradient ascent with steps of the same length."""
    shape, cases = (3, 4, 3), []
    for steps, steepness, length in ((1, 3.0, 0.05), (4, 0.3, 0.3), (6, 50.0, 0.2)):
        hill = _slope(random.normal(size=shape), steepness * random.uniform(0.5, 2, shape))
        cases.append((hill, random.uniform(size=shape), steps, length))

    def with_the_first(gradient, picture, steps, length):
        first = gradient(picture)
        return _climb(lambda _: first, picture, steps, length)

    mistakes = {
        "Your picture goes down. Here the answer shall grow.": lambda g, p, s, d: _climb(g, p, s, -d),
        "Divide the gradient by its size: now a steep hill makes giant steps.": lambda *c: _climb(*c, lambda _: 1),
        "The size is the root of the *mean* of the squares, not of their sum.": lambda *c: _climb(*c, np.linalg.norm),
        "Pixels below 0 and above 1 are no picture: clip after each step.": lambda *c: _climb(*c, clip=False),
        "You clip at the end only: clip after each step.": lambda *c: np.clip(_climb(*c, clip=False), 0, 1),
        "You used the first gradient for every step. Ask for it anew at the picture as it is now.": with_the_first,
        "One step only: repeat it as often as `steps` says.": lambda g, p, s, d: _climb(g, p, 1, d),
    }
    judge.results(judge.function(answer), cases, _climb, mistakes)
    picture = random.uniform(size=shape)
    found = judge.array(call(answer, np.zeros_like, picture, 3, 0.1), shape)
    judge.value(found, picture, {}, "Where the gradient is 0 everywhere, the picture stays as it is.")
    return "A silent filter has gradient 0 everywhere, and its picture stays as it was: nothing climbs on flat ground."


def _unit(heat):
    return heat / heat.max()


def _relu(values):
    return np.maximum(values, 0)


def _cam(maps, gradients, axes=(0, 1)):
    """Weighted sum of the maps; the weights are means over the axes."""
    return (maps * gradients.mean(axis=axes, keepdims=True)).sum(axis=-1)


@exercise(
    "A channel gets one weight, whatever the place. Over which axes of the gradients do you take the mean?",
    "What shape has the array of your weights? Print it: for maps of shape (4, 3, 2) there must be 2 weights. Can any of them be negative?",
    "weights = gradients.mean(axis=(0, 1)) has C numbers. Add up weights * maps over the channels, np.maximum(..., 0), and divide "
    "by the largest value, unless it is 0.",
)
def ex3(answer, random):
    """Function grad_cam(maps, gradients): (H, W, C) twice gives (H, W) in 0..1."""
    cases = [(random.uniform(1, 2, (4, 3, 2)), random.uniform(0.1, 1, (4, 3, 2)))]
    for shape in ((3, 3, 4), (5, 6, 8), (7, 4, 3)):
        gradients = random.normal(size=shape) + random.normal(size=shape[-1])
        gradients[..., 0] = np.abs(gradients[..., 0]) + shape[-1]  # at least one channel speaks for the class
        cases.append((_relu(random.normal(size=shape)) + 0.01, gradients))
    mistakes = {
        "Set what is negative to 0: it speaks against the class.": lambda m, g: _unit(_cam(m, g)),
        "A negative place speaks against the class: set it to 0.": lambda m, g: _unit(np.abs(_cam(m, g))),
        "Divide by the largest value at the end.": lambda m, g: _relu(_cam(m, g)),
        "Each place has a weight of its own: take the mean over all places.": lambda m, g: _unit(_relu(_cam(m, g, ()))),
        "You took the mean over the channels. Take it over the places.": lambda m, g: _unit(_relu(_cam(m, g, -1))),
        "A channel that speaks against the class keeps its negative weight.": lambda m, g: _unit(_cam(m, _relu(g))),
        "A map with a negative weight counts, too. Add all weighted maps first, then set to 0.": lambda m, g: _unit(
            (m * _relu(g.mean(axis=(0, 1)))).sum(axis=-1)
        ),
    }
    judge.results(judge.function(answer), cases, lambda m, g: _unit(_relu(_cam(m, g))), mistakes)
    maps, against = random.uniform(1, 2, (4, 5, 3)), random.uniform(-2, -1, (4, 5, 3))
    found = judge.array(call(answer, maps, against), (4, 5))
    judge.value(found, np.zeros((4, 5)), {}, "Where nothing speaks for the class, the map is 0 everywhere.")
    return "The places come from the maps alone. What the gradients know about places is lost in the mean."


def _score(weights, others):
    """Score that is no mere sum of its pixels."""

    def score(image):
        return float(np.sum(weights * image) + np.sum(others * image) ** 2)

    return score


def _cover(score, image, size, colour, step=None, fresh=True):
    """Falls of the score. The squares begin every `step` pixels; unless each copy is fresh they stay in the picture."""
    step, work = step or size, image.copy()
    falls = np.zeros((image.shape[0] // size, image.shape[1] // size))
    for row, column in np.ndindex(falls.shape):
        work = image.copy() if fresh else work
        work[row * step : row * step + size, column * step : column * step + size] = colour
        falls[row, column] = score(image) - score(work)
    return falls


def _cases_of_ex4(random):
    cases = []
    for rows, columns, size, colour in ((2, 3, 2, 0.0), (3, 2, 3, 0.5), (4, 4, 1, 1.0), (2, 2, 4, 0.25)):
        shape = (rows * size, columns * size)
        score = _score(random.normal(size=shape), random.normal(size=shape) / 5)
        cases.append((score, random.uniform(size=shape), size, colour))
    return cases


@a_function(
    "Write it for one block first: copy the picture, cover the block in the copy, ask for both scores.",
    "Cover the first block only, and print the covered picture and the original. Which pixels differ? Is the original still as it was?",
    "Block (row, column) is image[row * size : (row + 1) * size, column * size : (column + 1) * size]. For each block take a fresh "
    "image.copy(), set the block to colour; the fall is score(image) - score(copy).",
    cases=_cases_of_ex4,
    mistakes={
        "The sign is turned around: a fall is positive. Before minus after.": lambda *c: -_cover(*c),
        "The squares stay in the picture: cover each block in a fresh copy.": lambda *c: _cover(*c, fresh=False),
        "You return the scores after covering. How far did each fall?": lambda *c: c[0](c[1]) - _cover(*c),
        "You always cover with 0. The colour is an argument.": lambda s, i, n, _: _cover(s, i, n, 0),
        "Your squares overlap: the next block begins `size` pixels further.": lambda *c: _cover(*c, step=1),
        "Everything is 0. If you wrote `covered = image`: that makes no copy, so you compare the covered picture with itself.": (
            lambda *c: 0 * _cover(*c)
        ),
        "Where the score rises you return 0. Here the negative number stays.": lambda *c: _relu(_cover(*c)),
    },
    well="No gradient, one prediction for each block. With another colour it is another question, and another map.",
)
def ex4(score, image, size, colour):
    """Function occlusion(score, image, size, colour): (H, W) gives (H // size, W // size)."""
    return _cover(score, image, size, colour)


def _polynomial(random, shape):
    """Gradient of a score with products of pixels in it, so that it changes on the way."""
    first, second, third, mixed = random.normal(size=(4, *shape))

    def gradient(image):
        return first + second * image + third * image**3 / 4 + np.sum(mixed * image) * mixed / mixed.size

    return gradient


def _noting(gradient, places):
    """The same gradient; puts each picture it is asked about into a set."""

    def noting(image):
        places.add(np.asarray(image).tobytes())
        return gradient(image)

    return noting


def _mean_gradient(gradient, image, baseline, _):
    """Exact mean of the gradients on the way: Gauss-Legendre with 4 places is exact for polynomials up to degree 7."""
    places, weights = np.polynomial.legendre.leggauss(4)
    pictures = [baseline + (place + 1) / 2 * (image - baseline) for place in places]
    return sum(weight / 2 * gradient(picture) for weight, picture in zip(weights, pictures, strict=True))


def _shares(*case):
    return (case[1] - case[2]) * _mean_gradient(*case)


def _near(found, right):
    return np.abs(found - right).max() <= 0.01 * np.abs(right).max()


@exercise(
    "The way from the baseline to the image is straight: baseline + place * (image - baseline), place from 0 to 1.",
    "Compute your picture for place 0 and for place 1. Print np.abs(picture - baseline).max() for the first and np.abs(picture - image).max() for the second: both must be 0.",
    "Take places = (np.arange(steps) + 0.5) / steps. The mean of the gradients at these pictures, times (image - baseline), is "
    "the result.",
)
def ex5(answer, random):
    """Function integrated_gradients(gradient, image, baseline, steps): shares of the shape of the image."""
    judge.function(answer)
    mistakes = {
        "That is the gradient at the image only. On the way it changes.": lambda g, i, b, n: (i - b) * g(i),
        "You multiplied by the image. The way is as long as image - baseline.": lambda *c: c[1] * _mean_gradient(*c),
        "That is the mean gradient. Multiply it by the length of the way, image - baseline.": _mean_gradient,
        "You added the gradients up. Take their mean, whatever `steps` is.": lambda *c: c[3] * _shares(*c),
        "You went from an empty picture, as in the lesson. Here the way begins at `baseline`: in the places, and in the factor.": (
            lambda g, i, b, n: i * _mean_gradient(g, i, 0 * b, n)
        ),
        "Your way begins at 0. It begins at the baseline.": lambda g, i, b, n: (i - b) * _mean_gradient(g, i, 0 * b, n),
        "Shares against the class are part of the sum: keep negative numbers.": lambda *c: _relu(_shares(*c)),
    }
    sums, counts = [], {}
    for shape, steps in (((4, 3, 1), 1000), ((5, 5, 3), 1200), ((2, 6, 2), 1500)):
        image, baseline = random.uniform(0.5, 1.5, shape), random.uniform(-0.5, 0.4, shape)
        case, places = (_polynomial(random, shape), image, baseline, steps), set()
        found = judge.array(call(answer, _noting(case[0], places), *case[1:]), shape)
        right = _shares(*case)
        counts[steps] = len(places)
        mistakes = {text: wrong for text, wrong in mistakes.items() if _near(found, wrong(*case))}
        if not _near(found, right):
            sums.append(
                say(
                    "Your shares add up to {found:.3f}, the difference of the scores is {right:.3f}.",
                    found=found.sum(),
                    right=right.sum(),
                )
            )
    if sums:
        raise Wrong(next(iter(mistakes), say("{difference} Look at single shares, too.", difference=sums[0])))
    for steps, count in counts.items():
        if abs(count - steps) > 1:  # sums of trapezoids take one place more
            raise Wrong("With steps={steps} you took the gradient at {count} places.", steps=steps, count=count)
    return "Completeness: the shares add up to the difference of the scores. That can be checked for any network."


def _rank(a, b):
    return spearmanr(a, b).statistic


def _left_over(trained, randomised, pictures, like=_rank, above=0):
    pairs = [(a[p > above], b[p > above]) for a, b, p in zip(trained, randomised, pictures, strict=True)]
    return float(np.mean([like(a, b) for a, b in pairs if np.ptp(a) > 0 and np.ptp(b) > 0]))


@exercise(
    "One pair of maps first. Which pixels count, and how do you take them out of both maps?",
    "ink = pictures[0] > 0 marks the pixels of the clothes. How many numbers are in trained[0][ink]? Print it beside ink.sum(): both must be the same.",
    "For each pair: a, b = trained[i][ink], randomised[i][ink]; leave the pair out if a or b is 0 everywhere; else "
    "spearmanr(a, b).statistic. Return the mean.",
)
def ex6(answer, random):
    """Function left_over(trained, randomised, pictures): mean rank correlation on the pixels of the clothes."""

    def case(n):
        pictures = _relu(random.normal(size=(n, 6, 7)))
        trained, other = random.exponential(size=(2, n, 6, 7)) * (pictures > 0)  # nothing on the background
        return trained, (other + random.uniform(-0.4, 0.6) * trained) ** 3, pictures

    mistakes = {
        "You compared whole pictures. Their empty background is alike.": lambda *c: _left_over(*c, above=-1),
        "That is the correlation of the values. Compare their order: their ranks.": lambda *c: _left_over(
            *c, like=lambda a, b: np.corrcoef(a, b)[0, 1]
        ),
        "You put all pictures into one comparison. Compare pair by pair, then take the mean.": lambda a, b, pictures: (
            _rank(a[pictures > 0], b[pictures > 0])
        ),
        "Below 0 the order is turned around: keep the sign.": lambda *c: _left_over(*c, lambda a, b: abs(_rank(a, b))),
    }
    judge.results(judge.function(answer), [case(1), case(3), case(5)], _left_over, mistakes)
    empty = case(4)
    empty[1][1] = 0
    empty[0][2] = 0
    found, right = call(answer, *empty), _left_over(*empty)
    either = say("Either of the two maps may be empty. Look at both.")
    if isinstance(found, float | np.floating) and np.isnan(found):
        raise Wrong(
            "You return nan: a map that is 0 everywhere has no order. Leave the pair out. {either}", either=either
        )
    mistakes = {
        "A map that is 0 everywhere has no order. You counted its pair: leave it out.": right * 2 / 4,
        either: right * 2 / 3,
    }
    judge.value(found, right, mistakes, "A pair in which one map is 0 everywhere must be left out.")
    return "Near 0 the map belongs to the trained weights. Near 1 it shows the picture, whatever the network is."


def _network(random):
    layers = [keras.layers.Conv2D(4, 3, activation="relu"), keras.layers.Flatten()]
    model = keras.Sequential([keras.Input((6, 5, 3)), *layers, keras.layers.Dense(4, activation="softmax")])
    model.set_weights([random.normal(size=weights.shape) / 3 for weights in model.get_weights()])
    return model


def _gradients(model, images, classes):
    """Gradients (n, H, W, C) of the scores of the classes, and of their probabilities."""
    hidden, (kernel, bias) = keras.Model(model.inputs[0], model.layers[-2].output), model.layers[-1].get_weights()

    def score(images, chosen):
        return ops.sum((ops.matmul(hidden(images), kernel) + bias) * chosen, axis=1)

    def probability(images, chosen):
        return ops.sum(model(images) * chosen, axis=1)

    chosen = np.eye(len(bias), dtype="float32")[classes]
    return [interpret.value_and_gradient(function)(images, chosen)[1] for function in (score, probability)]


@exercise(
    "Three things are wrong. What is explained? What becomes of negative gradients? How do three channels become one number?",
    "Print gradient.shape and gradient.min(), and the largest gradient for the score and for the probability. Which axis holds the channels?",
    "Explain the score, as in the lesson: hidden = the model up to layers[-2], then ops.matmul(hidden(images), kernel) + bias. "
    "And a pixel counts np.abs(gradient[0]).max(axis=-1).",
)
def ex7(answer, random):
    """Repair saliency_map(model, image, class_index): (H, W, 3) gives (H, W) in 0..1."""
    judge.function(answer)
    model, images, classes = _network(random), random.uniform(size=(2, 6, 5, 3)).astype("float32"), [0, 2]
    # The gradients are taken before the answer is called: it may take the softmax off the network itself.
    of_score, of_probability = (dict(zip(classes, some, strict=True)) for some in _gradients(model, images, classes))

    def drawn(one_number, gradients=of_score):
        return lambda model, image, number: _unit(one_number(gradients[number]))

    def largest(gradient):
        return np.abs(gradient).max(axis=-1)

    def mean(gradient):
        return gradient.mean(axis=-1)

    mistakes = {
        "One mistake is left: explain the score before softmax, not the probability.": drawn(largest, of_probability),
        "A gradient of -3 moves the score as fast as one of 3: take absolute values first.": drawn(lambda g: g.max(-1)),
        "A pixel counts as much as the largest of its channels.": drawn(lambda g: np.abs(g).mean(-1)),
        "Absolute values come before the channels: now they cancel out.": drawn(lambda g: np.abs(g.mean(-1))),
        "Part of it is mended. It is still the probability that is explained, and look again at how three channels become one number.": (
            drawn(lambda g: np.abs(g).mean(-1), of_probability)
        ),
        "Part of it is mended. It is still the probability that is explained, and negative gradients still count as small ones.": (
            drawn(lambda g: g.max(-1), of_probability)
        ),
        "Part of it is mended. It is still the probability that is explained, and absolute values come too late: take them first.": (
            drawn(lambda g: np.abs(g.mean(-1)), of_probability)
        ),
        "Only the score is mended. Now to what makes one number of three channels.": drawn(mean),
    }
    cases = [(model, image, number) for image, number in zip(images, classes, strict=True)]
    judge.results(answer, cases, drawn(largest), mistakes, untouched=drawn(mean, of_probability))
    return "Each of these mistakes still draws a map that looks like an explanation. Only a comparison shows it."
