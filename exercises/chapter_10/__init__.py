"""Judges the exercises of chapter 10, beyond the book."""

import functools
import time
from collections.abc import Callable

import numpy as np

from exercises import judge
from exercises.exercise import Wrong, call, exercise
from exercises.forms import a_function
from helpers import models
from helpers.data import load_fashion_mnist
from helpers.environment import keras
from helpers.language import say
from helpers.settings import FAST

BUDGET = 100_000
SECONDS = 3 if FAST else 60
LEAST = 0.6 if FAST else 0.85
PICTURES = 6_000 if FAST else 58_000
EPSILON = 0.001
HELD_BACK = 2000
SEED = 42


def _maps(random):
    spread, middle = random.uniform(0.5, 3, 3), random.uniform(-4, 4, 3)
    return (random.normal(middle, spread, (6, 4, 5, 3)), random.uniform(0.5, 2, 3), random.uniform(-2, 2, 3))


def _normalised(axes, epsilon=EPSILON, root=True):
    """Batch normalisation over some axes; with other arguments it has a mistake."""

    def answer(maps, gamma, beta):
        variance = maps.var(axis=axes, keepdims=True) + epsilon
        return gamma * (maps - maps.mean(axis=axes, keepdims=True)) / (np.sqrt(variance) if root else variance) + beta

    return answer


@a_function(
    "Each channel is treated by itself. Over which of the four axes do you take the mean, then?",
    "Let maps be np.arange(8.0).reshape(2, 2, 2, 1), gamma 1 and beta 0. Which mean and variance do you get, and which mean has what comes out?",
    "mean = maps.mean(axis=(0, 1, 2)) and variance = maps.var(axis=(0, 1, 2)) are one number for each channel. Subtract, divide by np.sqrt(variance + 0.001), multiply by gamma, add beta.",
    cases=lambda random: [_maps(random) for _ in range(3)],
    mistakes={
        "You took one mean for each pixel, over the images only. Rows and columns belong to the same channel.": _normalised(
            (0,)
        ),
        "You treat each image by itself. Batch normalisation takes all images of the batch together.": _normalised(
            (1, 2)
        ),
        "You took one mean over everything. Each channel has its own.": _normalised((0, 1, 2, 3)),
        "You divide by the variance. Its square root is the standard deviation.": _normalised((0, 1, 2), root=False),
        "Epsilon is missing: a channel that is constant would be divided by 0.": _normalised((0, 1, 2), epsilon=0),
        "gamma and beta have changed places: gamma multiplies, beta is added.": lambda maps, gamma, beta: ex1.reference(
            maps, beta, gamma
        ),
        "beta is missing.": lambda maps, gamma, beta: ex1.reference(maps, gamma, 0 * beta),
        "gamma is missing.": lambda maps, gamma, beta: ex1.reference(maps, 0 * gamma + 1, beta),
    },
    well="The same computation runs in every network with batch normalisation, once for each batch of its training.",
)
def ex1(maps, gamma, beta):
    """Function normalise(maps, gamma, beta)."""
    return _normalised((0, 1, 2))(maps, gamma, beta)


@a_function(
    "Which of the layers of a stage have parameters? The addition, the pooling and ReLU have none.",
    "With 32 channels and 64 filters: how many weights has the first convolution, how many each of the two others, and how many numbers belong to one batch normalisation?",
    "First convolution: 9 * channels * filters. Each of the two others: 9 * filters * filters. No biases. Each of the three normalisations: gamma, beta, and the two numbers it remembers, so 4 * filters.",
    cases=lambda random: [(32, 64), *(tuple(int(n) for n in random.integers(2, 90, 2)) for _ in range(6))],
    mistakes={
        "With batch normalisation behind them the convolutions have no biases.": lambda c, f: (
            ex2.reference(c, f) + 3 * f
        ),
        "Batch normalisation has four numbers for each channel; you counted two: the remembered ones are missing.": lambda c, f: (
            ex2.reference(c, f) - 6 * f
        ),
        "You counted the normalisation once. There is one behind each convolution.": lambda c, f: (
            ex2.reference(c, f) - 8 * f
        ),
        "You left out batch normalisation.": lambda c, f: ex2.reference(c, f) - 12 * f,
        "The two convolutions inside the block get as many maps as there are filters, not as many as came in.": lambda c, f: (
            27 * c * f + 12 * f
        ),
        "The block has two convolutions, and there is one in front of it: three in all.": lambda c, f: (
            ex2.reference(c, f) - 9 * f * f
        ),
        "The skip connection has no weights.": lambda c, f: ex2.reference(c, f) + c * f,
    },
    well="Nearly all of them sit where the maps are many: doubling the filters makes four times as many.",
)
def ex2(c, f):
    """Function count_parameters(channels, filters) of a stage with a residual block."""
    return 9 * c * f + 2 * 9 * f * f + 3 * 4 * f


def _cycle(step, steps, top, rise=0.25, cosine=True):
    """A rate that rises and falls; with other arguments it has a mistake."""
    first = rise * steps
    if step < first:
        return top * step / first
    past = (step - first) / (steps - first)
    return top * (1 + np.cos(np.pi * past)) / 2 if cosine else top * (1 - past)


def _cases_of_ex3(random):
    cases = [(0, 400, 1.0), (100, 400, 1.0), (400, 400, 1.0), (50, 400, 1.0), (250, 400, 1.0)]
    for _ in range(6):
        steps = 4 * int(random.integers(10, 200))
        cases.append((int(random.integers(0, steps + 1)), steps, float(random.uniform(0.001, 0.1))))
    return cases


@a_function(
    "There are two cases: the first quarter, and the rest. In each of them ask: how far along am I, from 0 to 1?",
    "Of 400 steps with a top of 1: what is the rate at step 0, 50, 100, 250 and 400? The second number is 0.5, the third 1. And np.cos goes from 1 at 0 to -1 at np.pi: how do you make it go from 1 to 0?",
    "In the first quarter: top * step / (steps / 4). Afterwards past = (step - steps / 4) / (3 * steps / 4) goes from 0 to 1, and the rate is top * (1 + np.cos(np.pi * past)) / 2.",
    cases=_cases_of_ex3,
    mistakes={
        "It falls along a straight line. Half a cosine wave is flat at both ends.": lambda *a: _cycle(*a, cosine=False),
        "It rises during half of the steps; a quarter was asked for.": lambda *a: _cycle(*a, rise=0.5),
        "The cosine begins with the whole training, not behind the first quarter.": lambda step, steps, top: (
            _cycle(step, steps, top) if step < steps / 4 else top * (1 + np.cos(np.pi * step / steps)) / 2
        ),
        "The cosine goes from 1 to -1, so add 1 and halve it: no learning rate is negative.": lambda step, steps, top: (
            _cycle(step, steps, top) if step < steps / 4 else 2 * _cycle(step, steps, top) - top
        ),
    },
    well="Its mean is half of its top, whatever the number of steps.",
)
def ex3(step, steps, top):
    """Function rate(step, steps, top) of one cycle."""
    return _cycle(step, steps, top)


def _set(layer, numbers):
    """Give a layer of batch normalisation its gamma, beta, mean and variance."""
    for name, values in zip(("gamma", "beta", "moving_mean", "moving_variance"), numbers, strict=True):
        if (variable := getattr(layer, name, None)) is not None:
            variable.assign(np.resize(np.asarray(values, "float32"), variable.shape))


def _block(maps, kernels, numbers, mistake=""):
    """What a residual block computes, with given kernels and numbers of batch normalisation, or with a mistake."""
    relu = keras.ops.relu

    def convolved(x, kernel):
        return keras.ops.conv(keras.ops.cast(x, "float32"), kernel, padding="same")

    def normalised(x):
        gamma, beta, mean, variance = (np.resize(each, x.shape[-1]).astype("float32") for each in numbers)
        return gamma * (x - mean) / np.sqrt(variance + EPSILON) + beta

    first, second = kernels
    if mistake == "normalised before":
        inside = convolved(normalised(relu(convolved(normalised(maps), first))), second)
    elif mistake == "ReLU before":
        inside = normalised(convolved(normalised(relu(convolved(maps, first))), second))
    elif mistake == "side by side":
        inside = normalised(convolved(maps, first)) + normalised(convolved(maps, second))
    else:
        inside = normalised(convolved(maps, first))
        inside = normalised(convolved(inside if mistake == "none between" else relu(inside), second))
        inside = relu(inside) if mistake == "too many" else inside
    return keras.ops.convert_to_numpy(relu(maps + inside))


def _alike(one, other):
    """Tell whether maps are equal, up to what is rounded where a network computes in 16 bits."""
    return one.shape == other.shape and np.abs(one - other).mean() < 0.02


MISTAKES_OF_A_BLOCK = {
    "ReLU between the two convolutions is missing.": "none between",
    "There is a ReLU too many: what is added to the input could then never be negative. ReLU comes after the sum.": "too many",
    "Batch normalisation stands in front of the convolutions; here it comes behind each of them.": "normalised before",
    "ReLU stands between the convolution and its normalisation; here it comes behind both.": "ReLU before",
    "The two convolutions stand side by side. The second one should get what the first one gives.": "side by side",
}


@exercise(
    "What goes in is needed twice: by the first convolution and by the addition. With which of Keras's two ways of building a network can you do that?",
    "Build the two convolutions alone and print the output shape. It must be that of the input: which padding, and how many filters? Then keras.layers.Add()([inputs, inside]).",
    'inputs = keras.Input((14, 14, 16)); inside = Conv2D(16, 3, padding="same", use_bias=False)(inputs), then BatchNormalization, Activation("relu"), again Conv2D and BatchNormalization; then Add()([inputs, inside]) and Activation("relu"); keras.Model(inputs, outputs).',
)
def ex4(answer, random):
    """Network that is one residual block for maps of (14, 14, 16)."""
    layers = judge.network(answer, (14, 14, 16), (14, 14, 16))
    convolutions = [layer for layer in layers if isinstance(layer, keras.layers.Conv2D)]
    if len(convolutions) != 2:
        raise Wrong("The block has two convolutions; yours has {count}.", count=len(convolutions))
    if any(layer.kernel_size != (3, 3) for layer in convolutions):
        sizes = ", ".join("{}x{}".format(*layer.kernel_size) for layer in convolutions)
        raise Wrong("Both convolutions have kernels of 3 by 3; yours have {sizes}.", sizes=sizes)
    normalised = [layer for layer in layers if isinstance(layer, keras.layers.BatchNormalization)]
    if len(normalised) != 2:
        raise Wrong(
            "There is one batch normalisation behind each convolution; your block has {count}.", count=len(normalised)
        )
    if any(layer.use_bias for layer in convolutions):
        raise Wrong("With batch normalisation behind it a convolution needs no bias: use_bias=False.")
    maps = random.normal(size=(3, 14, 14, 16)).astype("float32")
    kernels = [random.normal(0, 0.12, layer.kernel.shape).astype("float32") for layer in convolutions]
    numbers = [
        random.uniform(0.6, 1.4, 16),
        random.normal(size=16),
        random.normal(size=16),
        random.uniform(0.6, 1.4, 16),
    ]
    before = answer.get_weights()
    try:
        for layer, kernel in zip(convolutions, kernels, strict=True):
            layer.set_weights([np.zeros_like(kernel)])
        for layer in normalised:
            _set(layer, (1, 0, 0, 1))  # as it is when it is new
        handed_on = judge.predictions(answer, maps)
        for layer, kernel in zip(convolutions, kernels, strict=True):
            layer.set_weights([kernel])
        for layer in normalised:
            _set(layer, numbers)  # the same for both, so that it does not matter which is which
        answered = judge.predictions(answer, maps)
    finally:
        answer.set_weights(before)
    if not handed_on.any():
        raise Wrong("With kernels of 0 nothing comes out of your block: the way past the convolutions is missing.")
    if np.allclose(handed_on, maps, atol=0.02):
        raise Wrong("The last ReLU is missing: negative numbers come out of your block.")
    if not np.allclose(handed_on, np.maximum(maps, 0), atol=0.02):
        raise Wrong(
            "With kernels of 0 the block should hand on what goes in, with negative numbers set to 0; yours changes it."
        )
    if _alike(answered, handed_on):
        raise Wrong("What the convolutions compute does not reach the output: add it to what went in.")
    orders = [order for order in (kernels, kernels[::-1]) if order[0].shape[2] == order[1].shape[3] == 16]
    if not any(_alike(answered, _block(maps, order, numbers)) for order in orders):
        for sentence, mistake in MISTAKES_OF_A_BLOCK.items():
            if any(_alike(answered, _block(maps, order, numbers, mistake)) for order in orders):
                raise Wrong(sentence)
        raise Wrong(
            "Your block computes something else. The way inside is: convolution, normalisation, ReLU, convolution, normalisation. Then comes the sum with what went in, and then ReLU."
        )
    return "With kernels of 0 it only hands on what is not negative. So a block that has nothing to add does no harm; without the way past it would have to learn to copy."


def _look(turn, share):
    return lambda predict, images: (predict(images) + predict(turn(images))) * share


class Answering:
    """Stands for a trained network's ``predict``: for each image three numbers that depend on every pixel's place."""

    def __init__(self, seed: int):
        self.weights = np.random.default_rng(seed).random((5 * 6, 3))

    def __call__(self, images):
        """Answer with probabilities, (n, 3)."""
        scores = np.asarray(images, float).reshape(-1, 5 * 6) @ self.weights
        return scores / scores.sum(axis=1, keepdims=True)

    def __repr__(self):
        """As it is named where an answer is shown."""
        return "predict"


@a_function(
    "Which axis of (n, height, width, 1) goes from left to right?",
    "For the row of pixels 1, 2, 3: what should the mirrored row be, and what does your slice give? How many rows has what you return for four images?",
    "mirrored = images[:, :, ::-1] turns the columns around. The answer is (predict(images) + predict(mirrored)) / 2.",
    cases=lambda random: [(Answering(seed), random.random((4, 5, 6, 1))) for seed in range(3)],
    mistakes={
        "Your images stand on their heads: you turned the rows around, not the columns.": _look(
            lambda x: x[:, ::-1], 0.5
        ),
        "You turned the batch around: the answers of other images are mixed in.": _look(lambda x: x[::-1], 0.5),
        "You turned the channels around; there is only one.": _look(lambda x: x[..., ::-1], 0.5),
        "You turned the images by half a turn: rows and columns.": _look(lambda x: x[:, ::-1, ::-1], 0.5),
        "This is the sum of the two answers. Probabilities should still add up to 1.": _look(
            lambda x: x[:, :, ::-1], 1
        ),
        "Both answers count, not only that to the mirror image.": lambda predict, images: predict(images[:, :, ::-1]),
        "Average the answers, not the images: half an image and half its mirror image is a ghost.": lambda predict, images: (
            predict((images + images[:, :, ::-1]) / 2)
        ),
    },
    well="It costs a second prediction, and no training.",
)
def ex5(predict, images):
    """Function second_look(predict, images)."""
    return _look(lambda x: x[:, :, ::-1], 0.5)(predict, images)


@functools.cache
def _clothes() -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Training images, then those that judge: the last ones of the training set, which no entry trains with."""
    (images, labels), _ = load_fashion_mnist()
    images, labels = images[..., np.newaxis].astype("float32") / 255, labels.astype(int)
    return images[:PICTURES], labels[:PICTURES], images[-HELD_BACK:], labels[-HELD_BACK:]


class Clock(keras.callbacks.Callback):
    """Ends a training after some seconds; the first update, which also prepares the computation, is not counted."""

    def __init__(self, seconds: float):
        super().__init__()
        self.seconds, self.start = seconds, None

    def on_train_batch_end(self, batch, logs=None):
        """Look at the clock."""
        self.start = self.start or time.perf_counter()
        self.model.stop_training = time.perf_counter() - self.start > self.seconds

    def on_epoch_end(self, epoch, logs=None):
        """Do the same where an epoch is shorter than expected."""
        self.on_train_batch_end(epoch)


@functools.lru_cache(maxsize=1)  # a grade asks several times
def _entered(answer: Callable) -> tuple[int, float]:
    """Build an entry, train it for `SECONDS`, and judge it: its parameters and its accuracy."""
    keras.utils.set_random_seed(SEED)
    model = call(answer)
    judge.network(model, (28, 28, 1), (10,))
    count = judge.parameters(model, BUDGET)
    if not model.compiled:
        raise Wrong("The network is not compiled: the judge needs its optimizer and its loss to train it.")
    x, y, x_held_back, y_held_back = _clothes()
    call(lambda: model.fit(x, y, batch_size=128, epochs=1000, verbose=0, callbacks=[Clock(SECONDS)]))
    return count, judge.share_right(model, x_held_back, y_held_back)


def place(parameters: int, reached: float) -> str:
    """Say which place an entry takes among the course's Keras networks for clothes, and how sure that is.

    Args:
        parameters: of the entry.
        reached: its accuracy, 0..1.

    Returns:
        A sentence.
    """
    cards = [models.card(path.stem, models.SHIPPED) for path in models.SHIPPED.glob("fashion_*.keras")]
    better = [card for card in cards if card["test_accuracy"] > reached]
    smaller = ", ".join(sorted(card["name"] for card in better if card["parameters"] <= parameters))
    rank = say("Place {place} of {all} Keras networks by accuracy.", place=len(better) + 1, all=len(cards) + 1)
    beaten = say("As small, and better: {smaller}.", smaller=smaller) if smaller else say("None as small is better.")
    margin = 100 * 2 * (reached * (1 - reached) / HELD_BACK) ** 0.5
    sure = say(
        "Take it with care: yours is judged on {count:,} images, which is give or take {margin:.1f} points, the others on the 10,000 of the test set.",
        count=HELD_BACK,
        margin=margin,
    )
    return f"{rank} {beaten} {sure}"


@exercise(
    "Begin with what costs few seconds an epoch. For each image a convolution of 3 by 3 multiplies height * width * 9 * channels * filters times. Which of yours has the most to do?",
    "Print count_params(), and time one epoch on 6,000 images. How many epochs of 58,000 images fit into the time, and how many updates are that? Is what you add worth the epochs that it costs?",
    'For instance Conv2D(16, 3, padding="same", use_bias=False), MaxPooling2D(), BatchNormalization(momentum=0.9), ReLU; the same with 32 filters; Flatten and Dense(10, activation="softmax"). Compile with Adam(0.002) and sparse_categorical_crossentropy.',
)
def ex6(answer, random):
    """Function entry() -> a compiled network for clothes, trained by the judge for a given time."""
    if isinstance(answer, keras.Model):
        raise Wrong("Hand over the function that builds your network: entry, not entry(). The judge calls it.")
    count, reached = _entered(judge.function(answer))
    if reached < LEAST:
        raise Wrong(
            "After {seconds} seconds of training your network gets {reached:.1%} of the held-back images right; to enter the table it needs {least:.0%}. Does it learn at all? If it does, but slowly: make it cheaper, or the learning rate larger. If it has batch normalisation: are its averages there yet? With momentum=0.9 they follow faster.",
            seconds=SECONDS,
            reached=reached,
            least=LEAST,
        )
    score = say(
        "{reached:.1%} of the held-back images after {seconds} seconds, with {count:,} parameters.",
        reached=reached,
        seconds=SECONDS,
        count=count,
    )
    return f"{score} {place(count, reached)}"


def _broken(steps, momentum):
    average = 0 * steps[0]
    for weights in steps:
        average = (1 - momentum) * average + momentum * weights
    return average


def _average(steps, momentum, first=None):
    average = steps[0] if first is None else first
    for weights in steps[1:] if first is None else steps:
        average = momentum * average + (1 - momentum) * weights
    return average


@a_function(
    "With a momentum of 0.99, should the average move fast or slowly? And where should it begin?",
    "For the steps [8.0, 0.0, 0.0] with a momentum of 0.9 the average should be 8, then 7.2, then 6.48. What has the function after each of them?",
    "Begin with average = steps[0]. For each of the others: average = momentum * average + (1 - momentum) * weights.",
    cases=lambda random: [
        (random.normal(3, 1, (count, 2, 3)), float(momentum))
        for count, momentum in ((3, 0.9), (8, 0.99), (5, random.uniform(0.6, 0.95)))
    ],
    mistakes={
        "It still begins at 0, so that for many steps the average is much too small.": lambda steps, momentum: _average(
            steps, momentum, 0 * steps[0]
        ),
        "The two shares are still exchanged: momentum belongs to the old average.": lambda steps, momentum: _average(
            steps, 1 - momentum
        ),
        "This is the plain mean of all steps. Recent weights should count more.": lambda steps, momentum: steps.mean(
            axis=0
        ),
    },
    untouched=_broken,
    well="Neither mistake raises an error, and the network only looks a little undertrained.",
)
def ex7(steps, momentum):
    """Repair moving_average(steps, momentum)."""
    return _average(steps, momentum)
