"""Judges the exercises of chapter 06, cats and dogs."""

import tempfile
from functools import partial
from pathlib import Path

import numpy as np

from helpers.check import judge
from helpers.check.exercise import NotTried, Wrong, call, exercise
from helpers.environment import keras

SIDE = 150
BUDGET = 500_000
MANY = 48  # pictures: so many that chance decides nothing


@exercise(
    "First find out how high and wide the maps are after the fifth step. Neither of its two layers keeps the size.",
    "A convolution 3x3 without padding takes one pixel from every side, pooling 2x2 halves and drops what is left over. Then: height x "
    "width x channels values go into each unit, which has one weight for each of them and one bias.",
)
def ex1(answer, random):
    """Parameters of the first dense layer if a fifth convolution and pooling stand before it."""
    mistakes = {
        "That is the dense layer of the chapter, after four steps. What is left of 7 by 7 after the fifth?": (
            7 * 7 * 128 + 1
        )
        * 512,
        "You left out the biases: each unit has one.": 2 * 2 * 128 * 512,
        "All units together have 512 biases, not one.": 2 * 2 * 128 * 512 + 1,
        "3 by 3 is too large: without padding the convolution takes a pixel from every side first, and pooling drops an odd "
        "row and column.": (3 * 3 * 128 + 1) * 512,
        "That is without the fifth pooling.": (5 * 5 * 128 + 1) * 512,
        "Flatten keeps every place of every channel, not one number for each channel.": (128 + 1) * 512,
        "The maps have 128 channels: all of them reach the dense layer.": (2 * 2 + 1) * 512,
        "So many values come out of Flatten. How many weights and biases use them?": 2 * 2 * 128,
    }
    otherwise = (
        "Take it step by step: the size after the convolution, after the pooling, then the values, then the weights."
    )
    judge.value(judge.whole_number(answer), (2 * 2 * 128 + 1) * 512, mistakes, otherwise)
    return (
        "A twelfth of what the chapter's dense layer has. The fifth convolution costs 147,584 more, far less than it saves: one layer "
        "holds most of the parameters, and it is not a convolution."
    )


@exercise(
    "Of which animal is it the probability? And which shape does predict give, which one is asked for?",
    'probabilities[:, 0] has the shape (n,). np.where(condition, "dog", "cat") chooses for each number.',
)
def ex2(answer, random):
    """Function names(probabilities, threshold): (n, 1) gives n names."""
    cases = [(np.array([[0.1], [0.9], [0.5], [0.7]]), 0.5), (np.array([[0.25], [0.1], [0.3]]), 0.25)]
    cases += [(random.random((int(count), 1)), 0.1 * k) for k, count in enumerate(random.integers(5, 20, 9), start=1)]
    judge.function(answer)
    found = tuple(_names(call(answer, *case), len(case[0])) for case in cases)

    def named(rule):
        return tuple(tuple("dog" if rule(p, threshold) else "cat" for p in ps[:, 0]) for ps, threshold in cases)

    right = named(lambda p, threshold: p > threshold)
    mistakes = {
        "The other way round: the output is the probability of dog, so a large one means dog.": named(
            lambda p, threshold: p <= threshold
        ),
        "The threshold has no effect: you always compare with 0.5.": named(lambda p, threshold: p > 0.5),
        'A probability that equals the threshold is not larger than it, so it gives "cat".': named(
            lambda p, threshold: p >= threshold
        ),
        "You took the probability of dog for that of cat: 1 minus the output plays no part here.": named(
            lambda p, threshold: 1 - p > threshold
        ),
        "Every picture becomes a cat. argmax compares classes, and here is only one output: compare it with the threshold.": named(
            lambda p, threshold: False
        ),
    }
    otherwise = ""
    for (probabilities, threshold), wanted, names in zip(cases, right, found, strict=True):
        if names != wanted:
            place = next(i for i in range(len(wanted)) if names[i] != wanted[i])
            otherwise = f"For the probability {probabilities[place, 0]:.3f} and the threshold {threshold:.2f} expected {wanted[place]!r}."
            break
    judge.value(found, right, mistakes, otherwise)
    return "The threshold is yours to choose. A higher one says dog more rarely, and is then right more often when it does."


def _names(found: object, count: int) -> tuple[str, ...]:
    """Take the names that a function returned."""
    try:
        values = np.asarray(found)
    except ValueError:
        raise Wrong(f"Expected {count} names, a list or an array of shape ({count},).") from None
    if values.shape == (count, 1):
        raise Wrong(
            "Your names have the shape (n, 1), as the probabilities have. Expected (n,): drop the last axis first."
        )
    if values.shape != (count,):
        raise Wrong(f"For {count} pictures expected {count} names; your result has the shape {values.shape}.")
    names = values.tolist()
    if not all(isinstance(name, str) for name in names):
        raise Wrong(f'Expected the names "cat" and "dog"; your result begins with {names[0]!r}.')
    return tuple(names)


@exercise(
    "Which of the two lists tells the best epoch? And from which number does Python count?",
    "np.argmin gives the place of the smallest number, counted from 0. list[-1] is the last number of a list.",
)
def ex3(answer, random):
    """Function overfitting(training_loss, validation_loss): best epoch and last gap."""
    cases = [([0.7, 0.5, 0.4, 0.2, 0.1], [0.7, 0.6, 0.5, 0.6, 0.8]), ([0.9, 0.7, 0.5], [0.8, 0.6, 0.4])]
    cases.append(([0.6, 0.5, 0.4, 0.3], [0.6, 0.5, 0.5, 0.7]))
    for epochs in random.integers(4, 15, 8):
        cases.append((random.uniform(0.1, 0.9, epochs).tolist(), random.uniform(0.1, 0.9, epochs).tolist()))
    judge.function(answer)
    # Copies: a function that sorts its lists must not change what it is compared with.
    found = tuple(call(answer, list(training), list(validation)) for training, validation in cases)

    def told(rule):
        return tuple(rule(np.array(training), np.array(validation)) for training, validation in cases)

    right = told(lambda t, v: (int(v.argmin()) + 1, v[-1] - t[-1]))
    mistakes = {
        "The epoch is counted from 0. Add 1: people call the first epoch 1.": told(
            lambda t, v: (int(v.argmin()), v[-1] - t[-1])
        ),
        "That is the epoch with the lowest training loss. The training loss does not tell when learning by heart begins.": told(
            lambda t, v: (int(t.argmin()) + 1, v[-1] - t[-1])
        ),
        "That is the epoch with the highest validation loss. A loss is better the lower it is.": told(
            lambda t, v: (int(v.argmax()) + 1, v[-1] - t[-1])
        ),
        "The gap has the wrong sign: validation loss minus training loss.": told(
            lambda t, v: (int(v.argmin()) + 1, t[-1] - v[-1])
        ),
        "Your gap is never negative. In a run in which the validation loss is the lower one, it is.": told(
            lambda t, v: (int(v.argmin()) + 1, abs(v[-1] - t[-1]))
        ),
        "That is the gap in the best epoch; asked is that of the last one.": told(
            lambda t, v: (int(v.argmin()) + 1, v[v.argmin()] - t[v.argmin()])
        ),
        "If two epochs are equally low, the first one counts.": told(
            lambda t, v: (len(v) - int(v[::-1].argmin()), v[-1] - t[-1])
        ),
        "The two results come in the other order: first the epoch, then the gap.": told(
            lambda t, v: (v[-1] - t[-1], int(v.argmin()) + 1)
        ),
    }
    otherwise = (
        f"For the lists {cases[0][0]} and {cases[0][1]} expected two numbers, {right[0][0]} and {right[0][1]:.1f}; or check lists in "
        "which the lowest loss stands first or last."
    )
    judge.value(found, right, mistakes, otherwise)
    return "EarlyStopping with restore_best_weights does the first half: it puts the weights of that epoch back."


@exercise(
    "Go through folder.iterdir(). What in it is a class, and what is not?",
    'path.is_dir() tells folders from files, path.name is the name, path.glob("*.jpg") finds what lies directly in path '
    '(while path.rglob("*.jpg") goes into the folders inside, too).',
)
def ex4(answer, random):
    """Function count_pictures(folder): class -> number of pictures."""
    judge.function(answer)
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as name:
        folder = Path(name)
        classes = _fill(folder, random)
        right = {path.name: len(list(path.glob("*.jpg"))) for path in classes}
        rules = {
            "You counted everything that lies in a class, or all files: only names that end in .jpg are pictures.": lambda path: (
                len(list(path.iterdir()))
            ),
            "You counted all files: only those whose name ends in .jpg are pictures.": lambda path: sum(
                inside.is_file() for inside in path.iterdir()
            ),
            'You counted files such as "1.jpg.bak": the name holds .jpg, but does not end in it.': lambda path: sum(
                ".jpg" in inside.name for inside in path.iterdir()
            ),
            "You counted the pictures in a folder inside a class. Only what lies directly in the class counts.": lambda path: (
                len(list(path.rglob("*.jpg")))
            ),
        }
        mistakes = {text: tuple(rule(path) for path in classes) for text, rule in rules.items()}
        found = call(answer, folder)
    if not isinstance(found, dict):
        raise Wrong(f"Expected a dict from names to numbers; your function returns a {type(found).__name__}.")
    if not all(isinstance(key, str) and name not in key for key in found):
        raise Wrong(
            "The keys of your dict should be the names of the classes as text, such as 'cats': write path.name."
        )
    no_class, missing = sorted(found.keys() - right.keys()), sorted(right.keys() - found.keys())
    if no_class:
        raise Wrong(f"{no_class[0]!r} is no class: only a folder that lies directly in `folder` is one.")
    if missing:
        empty = " It has no picture, and that is worth knowing: count 0." if right[missing[0]] == 0 else ""
        raise Wrong(f"The class {missing[0]!r} is missing in your dict.{empty}")
    otherwise = f"The right answer for the folder of this check is {right}; yours is {found}."
    judge.value(tuple(found[path.name] for path in classes), tuple(right.values()), mistakes, otherwise)
    return "Do this before you train: a class that is nearly empty shows here, and not in the accuracy."


def _fill(folder: Path, random: np.random.Generator) -> list[Path]:
    """Make a folder with two classes of pictures, an empty one, and what is neither. Returns the classes."""
    names = random.permutation(["cats", "dogs", "birds", "fish", "horses"])[:3]
    classes = [folder / str(name) for name in names]
    for number, path in enumerate(classes):
        (path / "old").mkdir(parents=True)
        pictures = [f"{n}.jpg" for n in range(random.integers(1, 7))] if number else []
        for file in (*pictures, "notes.txt", "1.jpg.bak", "2.jpg.bak", "old/0.jpg"):
            (path / file).touch()
    for file in ("readme.txt", "cover.jpg"):
        (folder / file).touch()
    return classes


@exercise(
    "Look at one picture eight times, as the chapter does. Which of the conditions can you see? Which only shows with training=False?",
    'RandomFlip("horizontal") mirrors; RandomRotation, RandomTranslation, RandomShear and RandomZoom move. Mind their units (a rotation of '
    "1 is a full turn), and value_range=(0, 1) wherever a layer has that argument.",
)
def ex5(answer, random):
    """Augmentation for pictures of 150x150x3 in 0..1: mirrors, moves a little, leaves pictures alone in predicting."""
    if isinstance(answer, type) or not isinstance(answer, keras.Layer):
        raise Wrong("Expected a keras.Sequential of augmentation layers.")
    noise = random.random((MANY, SIDE, SIDE, 3)).astype("float32")
    changed = _run(answer, noise, training=True)
    if changed.shape != noise.shape:
        raise Wrong(f"Pictures of shape {noise.shape[1:]} go in, but {changed.shape[1:]} comes out.")
    if not (changed.min() > -0.01 and changed.max() < 1.01):
        raise Wrong(
            f"In training the values lie between {changed.min():.2f} and {changed.max():.2f}, no longer in 0..1. Layers that change the "
            "light expect 0..255 unless you say value_range=(0, 1)."
        )
    if not np.allclose(_run(answer, noise[:4], training=False), noise[:4], atol=0.01):
        raise Wrong("In predicting (training=False) the pictures are changed, too. They should pass as they are.")
    if np.allclose(changed, noise, atol=0.01):
        raise Wrong("In training nothing happens to the pictures.")
    across = np.full((MANY, SIDE, SIDE, 3), np.linspace(0.3, 0.7, SIDE)[:, np.newaxis], "float32")
    down = np.swapaxes(across, 1, 2)
    upright, mirrored = (
        _slopes(_run(answer, down, training=True), 1),
        _slopes(_run(answer, across, training=True), 2) < 0,
    )
    if upright.min() < -0.3:
        raise Wrong(
            'Some pictures stand on their heads. RandomFlip also flips upside down unless you say "horizontal", and the factor of '
            "RandomRotation is in full turns, not in degrees."
        )
    if upright.min() < 0.3:
        raise Wrong(
            "Some pictures lie on their side, or are moved so far that little is left of them. Change them less."
        )
    if mirrored.mean() < 0.1:
        raise Wrong("No picture is mirrored left to right.")
    if not 0.2 < mirrored.mean() < 0.8:
        raise Wrong(f"{mirrored.sum()} of {MANY} pictures are mirrored. About half of them should be, by chance.")
    spots = np.full((MANY, SIDE, SIDE, 3), 0.2, "float32")
    spots[:, 45:66, 35:56] = 0.8
    row, column = _places(_run(answer, spots, training=True))
    moved = np.hypot(row - 55, np.minimum(abs(column - 45), abs(column - (SIDE - 1 - 45)))) > 0.8
    if moved.mean() < 0.5:
        raise Wrong(
            "Apart from being mirrored, most pictures stay where they were. Turn, shift, shear or zoom them, so far that one sees it."
        )
    return "Change only what leaves the label true: a mirrored cat is a cat, and one on its head is none that you would photograph."


def _run(layer: keras.Layer, pictures: np.ndarray, training: bool) -> np.ndarray:
    """Send pictures through a layer or a network, as in training or as in predicting."""
    found = call(partial(layer, training=training), pictures)
    if not keras.ops.is_tensor(found) and not (isinstance(found, np.ndarray) and found.dtype.kind == "f"):
        raise Wrong(f"Expected one array of numbers to come out; yours gives a {type(found).__name__}.")
    return judge.array(keras.ops.convert_to_numpy(keras.ops.cast(found, "float32")))


def _slopes(pictures: np.ndarray, axis: int) -> np.ndarray:
    """Correlation of brightness and place along an axis, for each picture; 0 if it has one colour only.

    Left out is what is darkest or brightest: pictures that were shifted may be filled up with black or white.
    """
    grey = pictures.mean(axis=3)
    place = np.broadcast_to(np.arange(SIDE).reshape((1, SIDE, 1) if axis == 1 else (1, 1, SIDE)), grey.shape)
    slopes = []
    for values, places in zip(grey, place, strict=True):
        margin = 0.05 * (values.max() - values.min())
        kept = (values > values.min() + margin) & (values < values.max() - margin)
        flat = not kept.any() or values[kept].std() < 1e-3 or places[kept].std() == 0
        slopes.append(0.0 if flat else np.corrcoef(values[kept], places[kept])[0, 1])
    return np.array(slopes)


def _places(pictures: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Row and column of the middle of the bright spot in each picture, however bright it is."""
    grey = pictures.mean(axis=3)
    bright = grey >= (grey.max(axis=(1, 2), keepdims=True) + grey.min(axis=(1, 2), keepdims=True)) / 2
    size = bright.sum(axis=(1, 2))
    return bright.sum(axis=2) @ np.arange(SIDE) / size, bright.sum(axis=1) @ np.arange(SIDE) / size


@exercise(
    "Exercise 1 shows it: most parameters are in the first dense layer. How do fewer values reach it?",
    "More pooling, a stride, fewer units, or GlobalAveragePooling2D in place of Flatten: each makes the dense layer smaller. Then Dropout, "
    'and last Dense(1, activation="sigmoid").',
)
def ex6(answer, random):
    """Network for 150x150x3 with one probability, dropout, three convolutions and at most 500,000 parameters."""
    layers = judge.network(answer, inputs=(SIDE, SIDE, 3), outputs=(1,))
    judge.parameters(answer, BUDGET)
    convolutions = sum("Conv" in type(layer).__name__ and bool(layer.weights) for layer in layers)
    if convolutions < 3:
        raise Wrong(f"Your network has {convolutions} convolution layers; the exercise asks for at least three.")
    before = answer.get_weights()
    try:
        _judge_outputs(answer, layers, random.random((8, SIDE, SIDE, 3)).astype("float32"))
    finally:
        answer.set_weights(before)  # batch normalization learns from every call in training
    return f"{answer.count_params():,} parameters. Fewer parameters, augmentation and dropout are three ways against learning by heart."


def _judge_outputs(model: keras.Model, layers: list[keras.Layer], pictures: np.ndarray) -> None:
    """Check that one probability comes out, and that dropout acts in training only."""
    last = [layer.trainable_weights for layer in layers if layer.trainable_weights][-1:]
    always_one = []
    for _ in range(2):
        # Loud pictures, and the last weights with both signs: nothing but a squeezing function keeps this in 0..1.
        loud = _run(model, 1000 * pictures, training=False)
        if loud.min() < 0 or loud.max() > 1:
            raise Wrong(
                "With other weights your network gives numbers outside 0..1. Which activation squeezes any number into that range?"
            )
        always_one.append((_run(model, pictures, training=False) == 1).all())
        for variable in (variable for weights in last for variable in weights):
            variable.assign(-variable)
    if all(always_one):
        raise Wrong("Every picture gets exactly 1. Softmax over a single output is always 1: take sigmoid.")
    same = np.repeat(pictures[:1], 8, axis=0)
    if _run(model, same, training=False).std() > 1e-4:
        raise Wrong(
            "In predicting the same picture gets another probability each time. Dropout should act in training only."
        )
    if not any("Dropout" in type(layer).__name__ for layer in layers):
        raise Wrong("There is no dropout layer in your network.")
    in_training = _run(model, same, training=True)
    if in_training.std() < 1e-6:
        raise Wrong(
            "In training the same picture always gets the same probability: does your dropout switch anything off?"
        )
    if (in_training == 0).any():
        raise Wrong(
            "In training some probabilities are exactly 0: the dropout stands behind the output. It belongs in front of it."
        )


@exercise(
    "Try it with pictures that you can tell apart, such as np.arange(4) * 60 spread over a small picture. Look at the values, at the labels, and "
    "then at what happens with training=False.",
    "One division by 255 is enough. Whatever order the pictures get, the labels get, too. And mirroring belongs under `if training`.",
)
def ex7(answer, random):
    """Repair prepare(pictures, labels, training)."""
    judge.function(answer)
    pictures = random.integers(0, 256, (MANY, 6, 7, 3)).astype("uint8")
    pictures[:, 0, 0] = 255
    labels = random.permutation(MANY)  # all different, so that one sees which is which
    prepared = {training: _prepared(answer, pictures, labels, training) for training in (True, False)}
    (largest, who, mirrored, new_labels), (_, places, turned, kept_labels) = prepared[True], prepared[False]
    problems = []
    if not np.isclose(largest, 1, rtol=1e-3):
        how = "twice" if largest < 0.1 else "not at all, or not by 255"
        problems.append(f"The largest value is {largest:.4g} and should be 1: the pictures are scaled {how}.")
    if (new_labels != labels[who]).any():
        problems.append(
            "In training the labels do not belong to their pictures: what is shuffled is shuffled together."
        )
    if turned.any():
        problems.append("Pictures for validation are mirrored, too. They should stay as they are (training=False).")
    if len(problems) == 3:
        raise NotTried("The function still does what it did. Find what is wrong in it, and mend it.")
    if problems:
        raise Wrong(problems[0])
    if (places != np.arange(MANY)).any() or (kept_labels != labels).any():
        raise Wrong("With training=False every picture and every label should stay in its place.")
    if len(set(who)) < MANY:
        raise Wrong(
            "In training some pictures come more than once, and others never. An epoch holds each of them once."
        )
    if (who == np.arange(MANY)).all():
        raise Wrong("In training the pictures are no longer shuffled.")
    if not 0.2 < mirrored.mean() < 0.8:
        raise Wrong(
            f"In training {mirrored.sum()} of {MANY} pictures are mirrored. About half of them should be, by chance."
        )
    return "None of the three mistakes stops the program. Look at a prepared batch with its labels before you train with it."


def _prepared(prepare, pictures: np.ndarray, labels: np.ndarray, training: bool) -> tuple:
    """Largest value, and for each prepared picture which one it was, whether it is mirrored, and its label."""
    result = call(prepare, pictures, labels, training)
    if not isinstance(result, tuple | list) or len(result) != 2:
        raise Wrong("Expected two results: the pictures and their labels.")
    found, found_labels = judge.array(result[0], pictures.shape).astype(float), judge.array(result[1])
    if found_labels.size != MANY:
        raise Wrong(f"{MANY} pictures went in; expected as many labels, but {found_labels.size} came out.")
    largest = found.max()
    values, originals = found / max(largest, 1e-12), pictures / 255

    def match(candidates):
        return np.abs(values[:, np.newaxis] - candidates).max(axis=(2, 3, 4)) < 0.003

    straight, mirrored = match(originals), match(originals[:, :, ::-1])
    if not (straight | mirrored).any(axis=1).all():
        raise Wrong(
            "Some pictures that come out are none of those that went in, neither as they were nor mirrored left to right."
        )
    return largest, (straight | mirrored).argmax(axis=1), ~straight.any(axis=1), found_labels.ravel()
