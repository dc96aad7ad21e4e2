"""Judges the exercises of chapter 06, cats and dogs."""

import tempfile
from functools import partial
from pathlib import Path

import numpy as np

from exercises import judge
from exercises.exercise import NotTried, Wrong, call, exercise
from exercises.forms import a_function, a_value
from helpers.environment import keras
from helpers.language import say

SIDE = 150
BUDGET = 500_000
MANY = 36  # pictures: so many that chance decides nothing


def _dense(values):
    return (values + 1) * 512


@a_value(
    "First find out how high and wide the maps are after the fifth block. Neither of its two layers keeps the size.",
    "How high is the map after the fifth convolution, and how high after its pooling? Write both numbers down before you multiply.",
    "A convolution 3x3 without padding takes one pixel from every side, pooling 2x2 halves and drops what is left over. Then: height x "
    "width x channels values go into each unit, which has one weight for each of them and one bias.",
    take=judge.whole_number,
    mistakes={
        "That is the chapter's dense layer, after four blocks. What does the fifth leave of 7 by 7?": _dense(
            7 * 7 * 128
        ),
        "You left out the biases: each unit has one.": 2 * 2 * 128 * 512,
        "All units together have 512 biases, not one.": 2 * 2 * 128 * 512 + 1,
        "3 by 3 is too large: convolution takes a pixel from every side, pooling an odd row.": _dense(3 * 3 * 128),
        "That is without the fifth pooling.": _dense(5 * 5 * 128),
        "Flatten keeps every place of every channel, not one number for each channel.": _dense(128),
        "So many values come out of Flatten. How many weights and biases use them?": 2 * 2 * 128,
    },
    otherwise="One after the other: the size after the convolution, then after the pooling; the values; the weights.",
    well="A twelfth of the chapter's dense layer. The fifth convolution costs 147,584 more, far less than it saves.",
)
def ex1():
    """Parameters of the first dense layer if a fifth convolution and pooling stand before it."""
    return _dense(2 * 2 * 128)


@exercise(
    "The probability of which animal is it? What shape comes in, and what shape should go out?",
    "What does np.array([[0.1], [0.9]]) > 0.5 give, and what shape has it? Print both. What is the shape of probabilities[:, 0]?",
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

    right = named(lambda p, limit: p > limit)
    mistakes = {
        "The other way round: a large probability of dog means dog.": named(lambda p, limit: p <= limit),
        "The threshold has no effect: you always compare with 0.5.": named(lambda p, limit: p > 0.5),
        "A probability equal to the threshold is not larger, so it gives cat.": named(lambda p, limit: p >= limit),
        "You compare 1 minus the output, the probability of cat.": named(lambda p, limit: 1 - p > limit),
        "Every picture becomes a cat. argmax compares classes, and here is only one output.": named(lambda p, _: False),
    }
    differ = [
        say(
            "With threshold {threshold:.2g} a probability of {p:.3g} gives {name!r}; expected {wanted!r}.",
            threshold=threshold,
            p=p,
            name=name,
            wanted=wanted,
        )
        for (ps, threshold), *both in zip(cases, found, right, strict=True)
        for p, name, wanted in zip(ps[:, 0], *both, strict=True)
        if name != wanted
    ]
    judge.value(found, right, mistakes, next(iter(differ), ""))
    return "The threshold is yours to choose: a higher one never finds more dogs, and usually makes fewer false alarms."


def _names(found: object, count: int) -> tuple[str, ...]:
    """Take the names that a function returned."""
    try:
        shape = np.shape(found)
    except Exception:  # ragged lists, objects that refuse
        shape = None
    if shape == (count, 1):
        raise Wrong("Your names have the shape (n, 1), as the probabilities have. Expected (n,): drop the last axis.")
    if shape != (count,):
        raise Wrong("For {count} pictures expected {count} names, a list or an array of shape ({count},).", count=count)
    names = list(found)
    if not all(isinstance(name, str) for name in names):
        raise Wrong('Expected the names "cat" and "dog"; your result begins with {names[0]!r}.', names=names)
    return tuple(map(str, names))


def _cases_of_ex3(random):
    cases = [([0.7, 0.5, 0.4, 0.3], [0.6, 0.5, 0.5, 0.7]), ([0.9, 0.7, 0.5], [0.8, 0.6, 0.4])]
    cases += [random.uniform(0.1, 0.9, (2, epochs)) for epochs in random.integers(4, 15, 10)]
    return [(np.array(training), np.array(validation)) for training, validation in cases]


@a_function(
    "Which of the two losses tells the best epoch? And from which number does Python count?",
    "For validation losses of 0.6, 0.5 and 0.7: which epoch is the best, counted from 1? What does np.argmin give for them? Print it.",
    "np.argmin gives the place of the smallest number, counted from 0. values[-1] is the last of several values.",
    cases=_cases_of_ex3,
    mistakes={
        "The epoch is counted from 0. People call the first epoch 1.": lambda t, v: (v.argmin(), v[-1] - t[-1]),
        "You take the epoch with the lowest *training* loss. Memorising lowers that one, too: ask the validation loss.": (
            lambda t, v: (t.argmin() + 1, (v - t)[-1])
        ),
        "You take the highest validation loss. The best is the lowest.": lambda t, v: (v.argmax() + 1, v[-1] - t[-1]),
        "The gap has the wrong sign: validation minus training.": lambda t, v: (v.argmin() + 1, t[-1] - v[-1]),
        "Keep the sign: if the validation loss is the lower one, the gap is a negative number.": lambda t, v: (
            v.argmin() + 1,
            abs(v[-1] - t[-1]),
        ),
        "That is the gap in the best epoch; asked is the last one.": lambda t, v: (v.argmin() + 1, (v - t)[v.argmin()]),
        "If two epochs are equally low, the first one counts.": lambda t, v: (len(v) - v[::-1].argmin(), v[-1] - t[-1]),
        "First the epoch, then the gap: yours come the other way round.": lambda t, v: (v[-1] - t[-1], v.argmin() + 1),
    },
    well="EarlyStopping with restore_best_weights does the first half: it puts the weights of that epoch back.",
)
def ex3(training_loss, validation_loss):
    """Function overfitting(training_loss, validation_loss): best epoch and last gap."""
    return validation_loss.argmin() + 1, validation_loss[-1] - training_loss[-1]


@exercise(
    "What in the folder is a class, and what is not? Which files are pictures?",
    "Print path.name and path.is_dir() for each path in folder.iterdir(). Then, for one class, print the names of the files that you would count.",
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
            "You counted all that lies in a class, not only pictures.": lambda path: len([*path.iterdir()]),
            "You counted all files: only names ending in .jpg are pictures.": lambda path: len([*path.glob("*.*")]),
            'You counted "1.jpg.bak": the name does not end in .jpg.': lambda path: len([*path.glob("*.jpg*")]),
            "You counted the pictures in a folder inside a class, too.": lambda path: len([*path.rglob("*.jpg")]),
        }
        mistakes = {text: tuple(rule(path) for path in classes) for text, rule in rules.items()}
        found = call(answer, folder)
    if not isinstance(found, dict):
        raise Wrong("Expected a dict from names to numbers; your function returns a {kind}.", kind=type(found).__name__)
    if not all(isinstance(key, str) and name not in key for key in found):
        raise Wrong("The keys should be the names of the classes as text, such as 'cats': write path.name.")
    no_class, missing = sorted(found.keys() - right.keys()), sorted(right.keys() - found.keys())
    if no_class:
        raise Wrong(
            "{no_class[0]!r} is no class: only a folder that lies directly in `folder` is one.", no_class=no_class
        )
    if missing:
        empty = say(" It has no picture, and that is worth knowing: count 0.") if right[missing[0]] == 0 else ""
        raise Wrong("The class {missing[0]!r} is missing in your dict.{empty}", missing=missing, empty=empty)
    otherwise = say(
        "The right answer for the folder of this check is {right}; yours is {found}.", right=right, found=found
    )
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
    "What are the smallest and the largest value after your layers, in training? What shape comes out? Print them for np.random.random((8, 150, 150, 3)).",
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
        raise Wrong(
            "Pictures of shape {given} go in, but {found} comes out.", given=noise.shape[1:], found=changed.shape[1:]
        )
    if changed.min() < -0.01 or changed.max() > 1.01:
        raise Wrong("In training the values leave 0..1. Layers that change the light need value_range=(0, 1).")
    if not np.allclose(_run(answer, noise, training=False), noise, atol=0.01):
        raise Wrong("In predicting (training=False) the pictures are changed, too. They should pass as they are.")
    if np.allclose(changed, noise, atol=0.01):
        raise Wrong("In training nothing happens to the pictures.")
    across = np.full((MANY, SIDE, SIDE, 3), np.linspace(0.3, 0.7, SIDE)[:, np.newaxis], "float32")
    down = np.swapaxes(across, 1, 2)
    upright = _slopes(_run(answer, down, training=True), 1)
    sideways = _slopes(_run(answer, across, training=True), 2)
    if upright.min() < -0.3:
        raise Wrong(
            'Some pictures stand on their heads. Say "horizontal" to RandomFlip; a rotation of 0.5 is half a turn. '
            "A shift of more than half of the height shows mostly the mirrored border."
        )
    middle = (SIDE - 1) / 2
    row, column = _places(_run(answer, _spot(65, 65), training=True))  # no turn and no zoom moves the middle
    far = np.maximum(abs(row - middle), abs(column - middle)) > SIDE / 3
    if min(upright.min(), abs(sideways).min()) < 0.3 or far.sum() > 2:
        raise Wrong("Some pictures lie on their side, or are moved until little is left of them. Change them less.")
    mirrored = sideways < 0
    if not 0.15 < mirrored.mean() < 0.85:
        raise Wrong(
            "{count} of {MANY} pictures are mirrored. About half of them should be, by chance.",
            count=mirrored.sum(),
            MANY=MANY,
        )
    row, column = _places(_run(answer, _spot(45, 35), training=True))
    moved = np.hypot(row - 54.5, np.minimum(abs(column - 44.5), abs(column - (SIDE - 1 - 44.5)))) > 0.8
    if moved.mean() < 0.5:
        raise Wrong("Apart from being mirrored, most pictures stay where they were: turn, shift or zoom them more.")
    return "Change only what leaves the label true: nobody photographs a cat that stands on its head."


def _run(layer: keras.Layer, pictures: np.ndarray, training: bool) -> np.ndarray:
    """Send pictures through a layer or a network, as in training or as in predicting."""
    found = call(partial(layer, training=training), pictures)
    if not keras.ops.is_tensor(found) and not (isinstance(found, np.ndarray) and found.dtype.kind == "f"):
        raise Wrong("Expected one array of numbers to come out; yours gives a {kind}.", kind=type(found).__name__)
    return judge.array(keras.ops.convert_to_numpy(keras.ops.cast(found, "float32")))


def _slopes(pictures: np.ndarray, axis: int) -> np.ndarray:
    """Correlation of brightness and place along an axis in each picture; without what fills it up."""
    slopes = []
    for values in pictures.mean(axis=3):
        margin = 0.05 * (values.max() - values.min())
        kept = (values > values.min() + margin) & (values < values.max() - margin)
        places, shades = np.nonzero(kept)[axis - 1], values[kept]
        flat = shades.size == 0 or shades.std() < 1e-3 or places.std() == 0
        slopes.append(0 if flat else np.corrcoef(shades, places)[0, 1])
    return np.array(slopes)


def _spot(top: int, left: int) -> np.ndarray:
    """Grey pictures with a green spot of 20 by 20 pixels: whatever fills up a picture is not green."""
    pictures = np.full((MANY, SIDE, SIDE, 3), 0.2, "float32")
    pictures[:, top : top + 20, left : left + 20, 1] = 0.8
    return pictures


def _places(pictures: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Row and column of the middle of the coloured spot in each picture, however bright it is."""
    colour = pictures.max(axis=3) - pictures.min(axis=3)
    spot = colour >= colour.max(axis=(1, 2), keepdims=True) / 2
    size = spot.sum(axis=(1, 2))
    return spot.sum(axis=2) @ np.arange(SIDE) / size, spot.sum(axis=1) @ np.arange(SIDE) / size


@exercise(
    "Exercise 1 shows it: most parameters are in the first dense layer. How do fewer values reach it, and how many units does it need?",
    "What does model.summary() show: how many values leave Flatten, and how many units stand behind it? What is the product? Which of the two will you make smaller, and to what?",
    "More pooling, a stride, or fewer units: each makes the dense layer smaller. GlobalAveragePooling2D in place of Flatten leaves only the mean of each map: of 128 maps 128 numbers. Then Dropout, "
    'and last Dense(1, activation="sigmoid").',
)
def ex6(answer, random):
    """Network for 150x150x3 with one probability, dropout, three convolutions and at most 500,000 parameters."""
    layers = judge.network(answer, inputs=(SIDE, SIDE, 3), outputs=(1,))
    judge.parameters(answer, BUDGET)
    convolutions = sum("Conv" in type(layer).__name__ and bool(layer.weights) for layer in layers)
    if convolutions < 3:
        raise Wrong(
            "Your network has {convolutions} convolution layers; the exercise asks for at least three.",
            convolutions=convolutions,
        )
    before = answer.get_weights()
    try:
        _judge_outputs(answer, layers, random.random((8, SIDE, SIDE, 3)).astype("float32"))
    finally:
        answer.set_weights(before)  # batch normalization learns from every call in training
    return say(
        "{count:,} parameters. Fewer parameters, augmentation and dropout are three ways against memorising.",
        count=answer.count_params(),
    )


def _judge_outputs(model: keras.Model, layers: list[keras.Layer], pictures: np.ndarray) -> None:
    """Check that one probability comes out, and that dropout acts in training only."""
    last = [layer.trainable_weights for layer in layers if layer.trainable_weights][-1:]
    always_one = []
    for _ in range(2):
        # Loud pictures, and the last weights with both signs: nothing but a squeezing function keeps this in 0..1.
        loud = _run(model, 1000 * pictures, training=False)
        if loud.min() < 0 or loud.max() > 1:
            raise Wrong("Your network can give numbers outside 0..1. Which activation squeezes every number into it?")
        always_one.append(np.allclose(_run(model, pictures, training=False), 1, rtol=0, atol=1e-6))
        for variable in last[0] if last else []:
            variable.assign(-variable)
    if all(always_one):
        raise Wrong("Every picture gets exactly 1. Softmax over a single output is always 1: take sigmoid.")
    same = np.repeat(pictures[:1], 8, axis=0)
    if _run(model, same, training=False).std() > 1e-4:
        raise Wrong("In predicting the same picture gets several answers. Dropout should act in training only.")
    if not any("Dropout" in type(layer).__name__ for layer in layers):
        raise Wrong("There is no dropout layer in your network.")
    in_training = _run(model, same, training=True)
    if in_training.std() < 1e-6:
        raise Wrong("In training the same picture always gets the same answer: your dropout switches nothing off.")
    if (in_training == 0).any():
        raise Wrong("In training some answers are exactly 0: the dropout stands behind the output, not in front of it.")


@exercise(
    "Try it with a few small pictures that you can tell apart. Look at the values, at the labels, and at training=False.",
    "Let picture number k be full of k's, and its label k. What do prepare(pictures, labels, True) and prepare(pictures, labels, False) give? Print both.",
    "One division by 255 is enough. Whatever order the pictures get, the labels get, too. And mirroring belongs under `if training`.",
)
def ex7(answer, random):
    """Repair prepare(pictures, labels, training)."""
    judge.function(answer)
    pictures = random.integers(0, 256, (MANY, 6, 7, 3)).astype("uint8")
    pictures[:, 0, 0] = 255
    labels = random.permutation(MANY)  # all different, so that one sees which is which
    prepared = {training: _prepared(answer, pictures, labels, training) for training in (True, False)}
    (_, who, mirrored, new_labels), (_, places, turned, kept_labels) = prepared[True], prepared[False]
    largest = next((found[0] for found in prepared.values() if not np.isclose(found[0], 1, rtol=1e-3)), None)
    problems = []
    if largest is not None:
        how = say("twice") if largest < 0.1 else say("not at all, or not by 255")
        problems.append(
            say(
                "The largest value is {largest:.4g} and should be 1: the pictures are scaled {how}.",
                largest=largest,
                how=how,
            )
        )
    if (new_labels != labels[who]).any():
        problems.append("In training the labels do not belong to their pictures: shuffle both alike.")
    if turned.any():
        problems.append("Pictures for validation are mirrored, too. They should stay as they are (training=False).")
    if len(problems) == 3:
        raise NotTried(judge.UNTOUCHED)
    if problems:
        raise Wrong(problems[0])
    if (places != np.arange(MANY)).any() or (kept_labels != labels).any():
        raise Wrong("With training=False every picture and every label should stay in its place.")
    if len(set(who)) < MANY:
        raise Wrong("In training some pictures come more than once, and others never: each should come once.")
    if (who == np.arange(MANY)).all():
        raise Wrong("In training the pictures are no longer shuffled.")
    if not 0.15 < mirrored.mean() < 0.85:
        raise Wrong(
            "In training {count} of {MANY} pictures are mirrored. About half of them should be.",
            count=mirrored.sum(),
            MANY=MANY,
        )
    return "None of the three mistakes stops the program. Look at a prepared batch with its labels before you train with it."


def _prepared(prepare, pictures: np.ndarray, labels: np.ndarray, training: bool) -> tuple:
    """Largest value, and for each prepared picture which one it was, whether it is mirrored, and its label."""
    result = call(prepare, pictures, labels, training)
    if not isinstance(result, tuple | list) or len(result) != 2:
        raise Wrong("Expected two results: the pictures and their labels.")
    found, found_labels = judge.array(result[0], pictures.shape).astype(float), judge.array(result[1])
    if found_labels.size != MANY:
        raise Wrong(
            "{MANY} pictures went in; expected as many labels, but {found_labels.size} came out.",
            MANY=MANY,
            found_labels=found_labels,
        )
    largest = found.max()
    values, originals = found / max(largest, 1e-12), pictures / 255

    def match(candidates):
        return np.abs(values[:, np.newaxis] - candidates).max(axis=(2, 3, 4)) < 0.003

    straight, mirrored = match(originals), match(originals[:, :, ::-1])
    if not (straight | mirrored).any(axis=1).all():
        raise Wrong("Some pictures come out that did not go in, neither as they were nor mirrored left to right.")
    return largest, (straight | mirrored).argmax(axis=1), ~straight.any(axis=1), found_labels.ravel()


def _cases_of_ex8(random):
    cases = [([0, 1, 0, 1, 1], [0.2, 0.7, 0.5, 0.5, 0.4])]
    for count in random.integers(8, 30, 8):
        truth = random.permutation(np.arange(count) % 3 == 0).astype(int)
        cases.append((truth, random.integers(1, 10, count) / 10))  # tenths, so that some are equal
    return [(np.array(truth), np.array(p)) for truth, p in cases]


def _share_of_pairs(truth, p, equal=0.5):
    """Share of the pairs of a cat and a dog in which the dog gets more; what an equal pair counts."""
    dogs, cats = p[truth == 1][:, np.newaxis], p[truth == 0]
    return ((dogs > cats) + equal * (dogs == cats)).mean()


@a_function(
    "Which probabilities belong to dogs, and which to cats? Pair each dog with each cat.",
    "For truth [0, 1, 0, 1, 1] and probabilities [0.2, 0.7, 0.5, 0.5, 0.4]: how many pairs of a cat and a dog are there? In how many does the dog get more, and in how many are the two equal? Print the three numbers.",
    "dogs = probabilities[truth == 1], and cats the same with 0. Two loops, one in the other, visit all pairs: add 1 where the dog gets more, 0.5 where the two are equal. Last divide by the number of pairs.",
    cases=_cases_of_ex8,
    mistakes={
        "A pair with two equal probabilities counts half; yours does not count it.": partial(_share_of_pairs, equal=0),
        "A pair with two equal probabilities counts half; yours counts it fully.": partial(_share_of_pairs, equal=1),
        "The other way round: count the pairs in which the *dog* gets more.": lambda t, p: 1 - _share_of_pairs(t, p),
        "That is the number of pairs. The area is their share of all pairs.": lambda t, p: (
            _share_of_pairs(t, p) * (t == 1).sum() * (t == 0).sum()
        ),
        "You divide by all pairs of pictures. Only pairs of a cat and a dog count.": lambda t, p: (
            _share_of_pairs(t, p) * (t == 1).sum() * (t == 0).sum() / len(t) ** 2
        ),
        "That is the accuracy with a threshold of 0.5. The area needs no threshold.": lambda t, p: (
            (p > 0.5) == t
        ).mean(),
    },
    well="No threshold was needed: only the order of the probabilities counts. roc_auc_score of scikit-learn gives the same.",
)
def ex8(truth, p):
    """Function area(truth, probabilities): area below the ROC curve, from pairs."""
    return _share_of_pairs(truth, p)
