"""Judges the exercises of chapter 11, transfer learning. The networks are tiny; the pictures are random numbers."""

import numpy as np

from exercises import judge
from exercises.exercise import NotTried, Wrong, beside, call, exercise
from exercises.forms import a_function, a_value
from helpers.environment import keras
from helpers.language import say

CATS, DOGS = range(281, 286), range(151, 269)
SIDE, FEATURES = 16, 12
LEAST = 0.9  # of new pictures, in exercise 5
layers = keras.layers


@a_value(
    "Which of the two layers has one kernel for each map, and which has one weight for each pair of maps?",
    "How many weights has the depthwise convolution alone? How many numbers does one new map of the 1x1 convolution add up at each pixel?",
    "64 kernels of 3 by 3; then 128 new maps, each with one weight for each of the 64 maps. Add the two numbers.",
    take=judge.whole_number,
    mistakes={
        "That is an ordinary convolution: every new map has a kernel for every map that comes in.": 64 * 128 * 9,
        "That is the 1x1 convolution alone.": 64 * 128,
        "That is the depthwise convolution alone.": 64 * 9,
        "There are no biases here.": 64 * 9 + 64 * 128 + 64 + 128,
        "There are no biases in the 1x1 convolution.": 64 * 9 + 64 * 128 + 128,
        "A depthwise convolution has one kernel for each map that comes in, and 64 come in.": 128 * 9 + 64 * 128,
        "A depthwise convolution adds nothing up across maps, so it has no weights for pairs of maps.": 64 * 64 * 9
        + 64 * 128,
    },
    otherwise="First the kernels of the depthwise convolution, 3 by 3 for each map; then one weight for each pair of an old and a new map.",
    well="An ordinary convolution would need 73,728, more than eight times as many.",
)
def ex1():
    """Weights of a depthwise convolution 3x3 over 64 maps, and a 1x1 convolution to 128."""
    return 64 * 9 + 64 * 128


def _cases_of_ex2(random):
    cases = [np.array([[[[0, 51, 255]]]], np.uint8)]
    return [(pictures,) for pictures in (*cases, *random.integers(0, 256, (3, 2, 4, 5, 3)).astype(np.uint8))]


@a_function(
    "What must become of 0, and what of 255? What lies in the middle?",
    "Which number must come out for a pixel of 51? How far apart are the smallest and the largest number that come out?",
    "The range 0..255 is 255 wide, the new one 2. Divide so that the width fits, then move the whole range down.",
    cases=_cases_of_ex2,
    mistakes={
        "That is 0..1, as the network of the chapter takes it. This network wants -1..1.": lambda x: x / 255,
        "You only moved the range. It is still 255 wide.": lambda x: x - 127.5,
        "Divided by 255 the range is 1 wide; after taking 1 away it is -1..0.": lambda x: x / 255 - 1,
        "That is -0.5..0.5. The new range is 2 wide.": lambda x: x / 255 - 0.5,
        "That is what the network of the chapter does inside. Here 0 must become exactly -1, and 255 exactly 1.": (
            lambda x: (x.astype(float) - 127) / 128
        ),
        "The values come out as they went in.": lambda x: x,
    },
    well="Nothing would have told you: a network answers to pixels in any range.",
)
def ex2(pictures):
    """Function to_their_scale(pictures): uint8 in 0..255 becomes -1..1."""
    return pictures / 127.5 - 1


def _cases_of_ex3(random):
    cases = [(np.array([0.1, 0.5, 0.15, 0.25]), 2), (np.array([0.3, 0.2, 0.4, 0.1]), 3)]
    return cases + [(random.dirichlet(np.ones(1000)), int(k)) for k in random.integers(1, 9, 4)]


@a_function(
    "Asked for are the places of the largest numbers, not the numbers.",
    "What does np.argsort give for [0.1, 0.5, 0.15, 0.25]? Print it. Which end of it do you need, and in which order?",
    "np.argsort gives the places from the smallest number to the largest. [::-1] turns an array round, and [:k] takes the first k.",
    cases=_cases_of_ex3,
    mistakes={
        "These are the k *least* likely classes.": lambda p, k: p.argsort()[:k],
        "The right classes in the wrong order: the most likely one comes first.": lambda p, k: p.argsort()[-k:],
        "These are the probabilities. Asked for are the numbers of the classes.": lambda p, k: np.sort(p)[::-1][:k],
        "You return all classes. Only k are asked for.": lambda p, k: p.argsort()[::-1],
        "Is the first one left out? A slice that ends at k has k numbers if it begins at 0.": (
            lambda p, k: p.argsort()[::-1][1 : k + 1]
        ),
    },
    well="With names[index] for each of them you have what decode_predictions of keras.applications gives.",
)
def ex3(probabilities, k):
    """Function top(probabilities, k): numbers of the k most likely classes, most likely first."""
    return probabilities.argsort()[::-1][:k]


def _cases_of_ex4(random):
    """Pictures whose dogs or cats are one class or many, and what stands beside them: wolves, a lynx, a bucket."""
    cases = []
    for _ in range(4):
        p = random.dirichlet(np.full(1000, 0.05), 12)
        p[:3, 269], p[3:6, 286], p[6:8, 150] = 0.8, 0.8, 0.8  # a timber wolf, a cougar, a sea lion
        p[:3, 281], p[3:6, 200] = 0.5, 0.5
        p[8, [160, *CATS]] = 0.5, *[0.12] * 5  # one dog; each cat is less likely, but all together are more
        p[9, [*DOGS[:40], 282]] = *[0.02] * 40, 0.3  # many dogs against one cat
        p[10, CATS[0]], p[10, DOGS[-1]] = 0.4, 0.6
        p[11, CATS[-1]], p[11, DOGS[0]] = 0.6, 0.4
        cases.append((p / p.sum(axis=1, keepdims=True),))
    return cases


def _more(p, dogs=DOGS, cats=CATS, of=np.sum):
    return of(p[:, list(dogs)], axis=1) > of(p[:, list(cats)], axis=1)


@a_function(
    "118 classes of dogs against five of cats. What must be added up, and for which axis?",
    "What shape has probabilities[:, DOGS]? What shape has its sum over axis 1? Print both for a small array of random numbers.",
    "probabilities[:, DOGS].sum(axis=1) gives one number for each picture, and the same with CATS. Compare the two.",
    cases=_cases_of_ex4,
    mistakes={
        "The other way round: True means dog.": lambda p: ~_more(p),
        "You compare the likeliest dog with the likeliest cat. Many dogs together may be more.": lambda p: _more(
            p, of=np.max
        ),
        "You compare means. There are 118 classes of dogs and five of cats, so add up.": lambda p: _more(p, of=np.mean),
        "A wolf is no dog here: the classes of dogs end at 268, and a range ends before its second number.": (
            lambda p: _more(p, dogs=range(151, 270))
        ),
        "A cougar is no cat here: the classes of cats end at 285.": lambda p: _more(p, cats=range(281, 287)),
        "You look at the first guess only. If it is a bucket, the picture may show a dog all the same.": (
            lambda p: np.isin(p.argmax(axis=1), DOGS)
        ),
    },
    well="That is a classifier for cats and dogs without one label of yours: ImageNet's labels did the work.",
)
def ex4(probabilities):
    """Function is_dog(probabilities): (n, 1000) gives n times True or False."""
    return _more(probabilities)


@exercise(
    "The features do not change any more. What is the simplest classifier that you know for rows of numbers?",
    "Fit it on the first 100 of your own features, and ask it about the others. Print the share that is right.",
    "LogisticRegression(max_iter=1000).fit(features, labels) learns, and .predict(new_features) answers with 0 and 1.",
)
def ex5(answer, random):
    """Function classify(features, labels, new_features): 0 or 1 for each new row."""
    judge.function(answer)
    worst = 1.0
    for count in (40, 60):
        direction = random.normal(size=1280) * (random.random(1280) < 0.1)
        truth = random.permutation(np.arange(count + 200) % 2)
        rows = np.maximum(random.normal(0.5, 1, (count + 200, 1280)) + np.outer(2 * truth - 1, direction), 0)
        rows, new = rows[:count].astype("float32"), rows[count:].astype("float32")
        found = judge.array(call(answer, rows, truth[:count], new)).squeeze()
        if found.shape != (200,):
            raise Wrong(
                "For 200 new rows expected 200 answers, an array of shape (200,); got {found.shape}.", found=found
            )
        if not np.isin(found, (0, 1)).all():
            raise Wrong("The answers should be 0 or 1. Probabilities become that with (p > 0.5).")
        if np.ptp(found) == 0:
            raise Wrong("All new rows get the same answer.")
        worst = min(worst, (found == truth[count:]).mean())
    if worst < 1 - LEAST:
        raise Wrong("Nearly all answers are the wrong way round: 1 stands for the class that `labels` calls 1.")
    if worst < LEAST:
        raise Wrong(
            "{worst:.0%} of the new rows are right; {LEAST:.0%} can be had from so few rows of features.",
            worst=worst,
            LEAST=LEAST,
        )
    return say("{worst:.0%} of new rows right. In your own project this would be the whole training.", worst=worst)


def _base(random):
    """A small base with batch normalisation whose moving mean and variance are not those of any batch here."""
    inputs = keras.Input((SIDE, SIDE, 3))
    maps = layers.Conv2D(6, 3, use_bias=False, name="first")(inputs)
    maps = layers.ReLU(name="first_relu")(layers.BatchNormalization(name="first_norm")(maps))
    maps = layers.Conv2D(8, 3, use_bias=False, name="second")(maps)
    maps = layers.ReLU(name="second_relu")(layers.BatchNormalization(name="second_norm")(maps))
    maps = layers.BatchNormalization(name="third_norm")(layers.Conv2D(FEATURES, 1, use_bias=False, name="third")(maps))
    base = keras.Model(inputs, layers.GlobalAveragePooling2D(name="features")(maps), name="base")
    base.set_weights([random.uniform(0.2, 0.6, weights.shape) for weights in base.get_weights()])
    return base


@exercise(
    "Which weights may the training change, and which not? What stops it?",
    "How many parameters does a dense layer with one unit have behind 12 features? What does len(model.trainable_weights) say of your model?",
    "base.trainable = False first. Then keras.Sequential([keras.Input(base.input_shape[1:]), base, keras.layers.Dense(1, "
    'activation="sigmoid")]).',
)
def ex6(answer, random):
    """Function with_head(base): a network with a frozen base and one unit with a sigmoid."""
    judge.function(answer)
    beside(answer, _check_head, int(random.integers(1000)))
    return "13 parameters to train. Whatever a head that knows nothing does at first, the base stays as it is."


def _check_head(with_head, seed):
    """Look where the function runs whether the network holds the base itself, and what of it can be trained."""
    random = np.random.default_rng(seed)
    base = _base(random)
    model = call(with_head, base)
    judge.network(model, inputs=(SIDE, SIDE, 3), outputs=(1,))
    pictures = random.random((8, SIDE, SIDE, 3)).astype("float32")
    if not any(weights is base.weights[0] for weights in model.weights):
        raise Wrong("The base is not in your network: its weights are those of another one.")
    count = sum(int(np.prod(weights.shape)) for weights in model.trainable_weights)
    if count == FEATURES:
        raise Wrong("The unit of the head has no bias. Leave use_bias as it is.")
    if count > FEATURES + 1 and base.trainable:
        raise Wrong("The base is not frozen: training would change its weights. Set base.trainable = False.")
    if count != FEATURES + 1:
        raise Wrong(
            "{count} parameters can be trained; a head of one unit behind 12 features has 13. Add no more.", count=count
        )
    head = model.trainable_weights
    for sign in (1000, -1000):
        for weights in head:
            weights.assign(np.full(weights.shape, sign, "float32"))
        if not 0 <= judge.predictions(model, pictures).min() <= judge.predictions(model, pictures).max() <= 1:
            raise Wrong("Your network can give numbers outside 0..1. Which activation makes a probability of a sum?")
        if judge.predictions(model, pictures).mean() != (sign > 0):
            raise Wrong(
                "With large weights one picture after the other should get 1, and with negative ones 0: sigmoid does that."
            )
    before = base.get_weights()
    model(pictures, training=True)
    if any(not np.array_equal(old, new) for old, new in zip(before, base.get_weights(), strict=True)):
        raise Wrong("In training the moving means of the base change. Freeze the whole base, with its normalisation.")
    return "fine"


CONVOLUTIONS = ("first", "second", "third")


@exercise(
    "Which layers of the base are convolutions, and which of them are the last ones? And may a layer learn in a base that is frozen as a whole?",
    "Call your function with count=1. Which layers of the base have trainable == True? What is len(base.trainable_weights)?",
    "Set base.trainable = True first, because a frozen model hides the weights of all its layers. Then go through base.layers: "
    "trainable = False for each, and at the end True for the last ones of [layer for layer in base.layers if isinstance(layer, keras.layers.Conv2D)].",
)
def ex7(answer, random):
    """Function thaw(base, count): only the last convolutions can be trained. Returns the base."""
    judge.function(answer)
    beside(answer, _check_thawed, int(random.integers(1000)))
    return "Now compile with a small rate, and only after this: compile notes which weights may change."


def _check_thawed(thaw, seed):
    """Look where the function runs which weights can be trained."""
    random = np.random.default_rng(seed)
    for count in (1, 2, 3):
        base = _base(random)
        base.trainable = False
        result = call(thaw, base, count)
        if result is not base:
            raise Wrong("Return the base that you were given, after changing it.")
        if not base.trainable_weights:
            raise Wrong("Nothing can be trained: a base with trainable = False hides the weights of all its layers.")
        trained = {weights.path.split("/")[-2] for weights in base.trainable_weights}
        if any("norm" in name for name in trained):
            raise Wrong("Batch normalisation can be trained, too. Keep it as it is in use.")
        wanted = set(CONVOLUTIONS[-count:])
        if trained == set(CONVOLUTIONS[:count]) != wanted:
            raise Wrong("You thawed the first convolutions. Thaw the last ones: they know most of ImageNet's classes.")
        if trained != wanted:
            raise Wrong(
                "With count={count} {trained} can be trained; expected {wanted}.",
                count=count,
                trained=", ".join(sorted(trained)),
                wanted=", ".join(sorted(wanted)),
            )
        if any(layer.trainable for layer in base.layers if isinstance(layer, layers.BatchNormalization)):
            raise Wrong("A batch normalisation has trainable = True, so its moving means would change in training.")
    return "fine"


def _features(base, pictures, whole=True, divisor=255, training=False):
    """Features in portions of ten; by default right."""
    found = []
    for start in range(0, len(pictures) - (0 if whole else 9), 10):
        some = pictures[start : start + 10]
        some = some / (divisor or some.max())
        found.append(np.asarray(keras.ops.convert_to_numpy(base(some.astype("float32"), training=training))))
    return np.concatenate(found)


@exercise(
    "Give it 23 pictures. How many rows come out? Then give it the same picture in two different portions.",
    "What are the features of one picture alone, and what are they when nine others stand beside it? Print both. Should they differ?",
    "range(0, len(pictures), 10) reaches the last, shorter portion, too. 255 is the largest value that a pixel can have, whatever the "
    "pictures hold. And whoever only asks says training=False.",
)
def ex8(answer, random):
    """Repair features_of(base, pictures)."""
    judge.function(answer)
    base = _base(random)
    pictures = random.integers(0, 200, (23, SIDE, SIDE, 3)).astype(np.uint8)
    before = base.get_weights()
    found = judge.array(call(answer, base, pictures, may_change=True))
    base.set_weights(before)
    right = _features(base, pictures)

    def fits(**mistakes):
        base.set_weights(before)
        other = _features(base, pictures, **mistakes)
        return found.shape == other.shape and np.allclose(found, other, rtol=1e-4, atol=1e-4)

    if fits(whole=False, divisor=None, training=True):
        raise NotTried(judge.UNTOUCHED)
    if len(found) != len(pictures):
        raise Wrong(
            "{given} pictures went in, but {count} rows came out: the last portion is missing.",
            given=len(pictures),
            count=len(found),
        )
    if found.shape != right.shape:
        raise Wrong("Expected the shape {right.shape}; yours is {found.shape}.", right=right, found=found)
    if fits(training=True) or fits(divisor=None, training=True):
        raise Wrong("The features of a picture depend on its neighbours: batch normalisation works as in training.")
    if fits(divisor=None):
        raise Wrong("Each portion is divided by its own brightest pixel, so equal pictures get different features.")
    if not np.allclose(found, right, rtol=1e-4, atol=1e-4):
        raise Wrong("The numbers are not the features of the pictures scaled to 0..1. Are they scaled once, by 255?")
    return "None of the three mistakes stops the program, and the accuracy would only have been a little lower."
