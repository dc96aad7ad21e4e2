"""Judges the exercises of chapter 09, saving, loading and going on. All files lie in folders that are gone afterwards."""

import tempfile
import zipfile
from functools import partial
from pathlib import Path

import numpy as np

from exercises import judge
from exercises.exercise import NotTried, Wrong, beside, call, exercise
from exercises.forms import a_value
from helpers.environment import keras
from helpers.language import say

PARAMETERS = (3 * 3 * 3 + 1) * 10 + (4 * 4 * 10 + 1) * 5
BYTES = np.array([4, 12]) * PARAMETERS
CHANGES = {
    "a": "Activations are not in the file: the numbers fit, whatever the layer makes of them afterwards.",
    "b": "With 48 filters the arrays have other shapes, and that is an error.",
    "c": "Dropout has no weights, so the file knows nothing of its rate.",
    "d": "Weights stand under the kind and number of their layer. Your own names are noted, but not used.",
    "e": "The file has nothing for one more dense layer, and that is an error.",
    "f": "Without the pooling four times as many numbers go into the dense layer: look at the shape of its weights.",
}


def _seeded(model, random):
    """Give a network weights of the judge's own generator: the learner's random numbers go on as before."""
    model.set_weights([random.normal(size=weights.shape) / 4 for weights in model.get_weights()])
    return model


def _network(random, activation="relu", pooling=keras.layers.MaxPooling2D):
    """The network of exercise 8; the others use it, too."""
    layers = [
        keras.layers.Conv2D(6, 3, padding="same", activation="relu"),
        pooling(2),
        keras.layers.Flatten(),
        keras.layers.Dense(16, activation=activation),
        keras.layers.Dense(10, activation="softmax"),
    ]
    return _seeded(keras.Sequential([keras.Input((8, 8, 3)), *layers]), random)


def _trained(random, steps):
    """A network that Adam has changed so many times."""
    model, images = _network(random), random.uniform(size=(4, 8, 8, 3))
    model.compile("adam", loss="sparse_categorical_crossentropy", metrics=["accuracy"], run_eagerly=True)
    for _ in range(steps):
        model.train_on_batch(images, np.arange(4))
    return model


def _outputs(model, images):
    return judge.array(call(model, images.astype("float32")))


def _same(found, right):
    return found.shape == right.shape and np.allclose(found, right, atol=1e-3)


@a_value(
    "Count the parameters first. Then: what else stands in the file of a network that Adam has trained?",
    "How many parameters has the network? Write down those of the convolution, those of the dense layer, and the sum. In code: build it and print count_params().",
    "A float32 takes four bytes. Adam keeps two numbers for each parameter, the running means of its gradient and of the "
    "gradient's square, so there are three times as many.",
    take=lambda answer: judge.array(answer, (2,)),
    mistakes={
        "These are so many numbers. A float32 takes four bytes.": BYTES // 4,
        "Adam keeps two numbers for each parameter, and the parameter itself is stored, too.": BYTES * [3, 2] // 3,
        "After training, a *weights* file holds the optimizer's memory as well.": BYTES // [1, 3],
        "You have them the wrong way round.": BYTES[::-1],
        "You left out the biases.": np.array([4, 12]) * (PARAMETERS - 15),
        "Colour pictures have three channels: a kernel is 3 by 3 by 3.": np.array([4, 12]) * (PARAMETERS - 2 * 9 * 10),
        "Pooling comes before the dense layer: 4 by 4 fields of 10 maps are left.": BYTES + np.array([4, 12]) * 48 * 50,
    },
    otherwise="Count layer by layer: (weights of one filter + 1) times filters, then (inputs + 1) times outputs.",
    well="To give a network away, save a copy that was never compiled: a third of the size.",
)
def ex1():
    """Bytes of a small network's arrays in a weights file: never compiled, and trained with Adam."""
    return BYTES


@exercise(
    "Two questions for each change: does the shape of any array change? Does the number of arrays change?",
    "Which shapes do kernel and bias of the convolution have? And those of the dense layers? Write the list down for the network without a change.",
    "Write down the shapes of all weights before and after the change. Where both lists are the same, nothing is noticed.",
)
def ex2(answer, random):
    """Which changes of a network does load_weights not notice?"""
    letters = list(answer.replace(",", " ").replace(" ", "")) if isinstance(answer, str) else answer
    if not isinstance(letters, list | tuple | set) or not letters:
        raise Wrong('Expected a list of letters, such as ["a", "b"].')
    chosen = {judge.one_of(letter, tuple(CHANGES)) for letter in letters}
    silent = set("acd")
    wrong = sorted(chosen ^ silent)
    if wrong:
        raise Wrong("Look again at change {wrong[0]}. {hint}", wrong=wrong, hint=say(CHANGES[wrong[0]]))
    return "Some of them do harm, and no message tells you. After loading weights, measure the score again."


@exercise(
    "Which of the two kinds of files needs no code that builds the network?",
    "Is the model that you return the one that was handed over? Print found is model, and int(found.optimizer.iterations) beside int(model.optimizer.iterations).",
    "model.save(path), then return keras.models.load_model(path).",
)
def ex3(answer, random):
    """Function save_and_load(model, path): the whole model in a file, and back."""
    judge.function(answer)
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        model, path = _trained(random, 3), Path(folder) / "model.keras"
        images, steps = random.uniform(size=(5, 8, 8, 3)), int(model.optimizer.iterations)
        right = _outputs(model, images)
        found = call(answer, model, path)
        judge.network(found, (8, 8, 3), (10,))
        if found is model:
            raise Wrong("That is the very model that was handed over. Return the one that comes out of the file.")
        if not zipfile.is_zipfile(path):
            raise Wrong("There is no whole model at `path` after the call. Save it there, as a .keras file.")
        if not _same(_outputs(found, images), right):
            raise Wrong("The network gives other answers than the one that was saved: its weights are not the same.")
        if not _same(_outputs(call(keras.models.load_model, path), images), right):
            raise Wrong("You return the right network, but the one in the file gives other answers.")
        if not found.compiled or int(found.optimizer.iterations) != steps:
            raise Wrong(
                "The network has forgotten how it was compiled, or its optimizer's memory. Both are in the file."
            )
    return "Layers, weights, loss, metrics, and Adam's memory: all came out of one file."


@exercise(
    "Which layer divides by 255? Where must it stand, if the old network stays as it is?",
    "Which largest value may reach the first convolution? Print the output of your first layer for np.full((1, 8, 8, 3), 255.0).",
    "A new Sequential may contain a whole network as one of its layers. In front of it stands Rescaling; its argument is what each "
    "pixel is multiplied by.",
)
def ex4(answer, random):
    """Function with_scaling(model): a network that takes pixels from 0 to 255."""
    judge.function(answer)
    model, pixels = _network(random), random.integers(0, 256, (6, 8, 8, 3))
    before, right = model.get_weights(), _outputs(model, pixels / 255)
    found = call(answer, model, may_change=True)  # what it changes, is told below
    judge.network(found, (8, 8, 3), (10,))
    outputs = _outputs(found, pixels)
    mistakes = {
        "The pixels that reach the first convolution are far too large: divide them by 255.": pixels,
        "The pixels are divided twice.": pixels / 255**2,
        "You scale to -1..1. The network was trained on 0..1.": pixels / 127.5 - 1,
    }
    mistakes = {text: _outputs(model, images) for text, images in mistakes.items()}
    unknown = "For pixels from 0 to 255 it answers differently from the old network for pixels from 0 to 1."
    judge.value(outputs, right, mistakes, unknown)
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        path = Path(folder) / "model.keras"
        call(lambda: found.save(path) or True)
        if not _same(_outputs(call(keras.models.load_model, path), pixels), right):
            raise Wrong("Saved and loaded, your network gives other answers.")
    if not all(map(np.array_equal, before, model.get_weights())):
        raise Wrong("You have changed the weights of the old network. It shall stay as it is.")
    return "The division is part of the file now. Nobody who loads it can forget it."


@exercise(
    "What does keras.models.load_model bring back besides layers and weights? What would compile do to it?",
    "Print int(model.optimizer.iterations) right after loading and at the end. The check hands over 12 pictures: how many batches of 4 is that in one epoch?",
    "load_model brings the compiled model back, so call fit at once. compile would make a new optimizer.",
)
def ex5(answer, random):
    """Function go_on(path, images, labels, epochs): train on where the training stopped."""
    judge.function(answer)
    images, labels = random.uniform(size=(12, 8, 8, 3)).astype("float32"), random.integers(0, 10, 12)
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        before, path, epochs = int(random.choice([4, 5, 7, 8])), Path(folder) / "model.keras", 2
        model = _trained(random, before)
        model.save(path)
        found = call(answer, path, images, labels, epochs)
    judge.network(found, (8, 8, 3), (10,))
    taken = int(found.optimizer.iterations) if found.compiled else before
    new = taken - before
    distance = sum(np.abs(a - b).max() for a, b in zip(found.get_weights(), model.get_weights(), strict=True))
    if new == 0:
        raise Wrong("The network that you return was not trained further.")
    if new < 0 or taken == 3 * epochs:
        raise Wrong("The optimizer is a new one: it counts its steps from 0. To compile again throws its memory away.")
    if new != 3 * epochs:
        raise Wrong(
            "12 pictures in batches of 4, {epochs} epochs: {steps} steps. Your network took {new}.",
            epochs=epochs,
            steps=3 * epochs,
            new=new,
        )
    if distance > 1:
        raise Wrong("The weights are far from those in the file. Did you go on from them?")
    return "The optimizer counts on from where it stood, and its memory goes on with it: no first step of full length for every weight."


class _Script(keras.callbacks.Callback):
    """Lets an epoch end as written: with these logs, and all weights equal to the number of the epoch."""

    def __init__(self, logs):
        super().__init__()
        self.script = logs

    def on_epoch_end(self, epoch, logs=None):
        self.model.set_weights([np.full(weights.shape, epoch + 1.0) for weights in self.model.get_weights()])
        logs.update({name: values[epoch] for name, values in self.script.items()})


def _kept(keep_best, so_far, logs):
    """Train for as many epochs as the script has; return which one lies in the file at the end, 0 for the old one."""
    model = keras.Sequential([keras.Input((1,)), keras.layers.Dense(1)])
    model.compile("sgd", loss="mse", metrics=["accuracy"], run_eagerly=True)  # Keras asks whether a high one is good
    model.set_weights([np.zeros((1, 1)), np.zeros(1)])
    data = np.zeros((1, 1)), np.zeros((1, 1))
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        path = Path(folder) / "best.keras"
        made = call(keep_best, path, so_far)
        callbacks = made if isinstance(made, list | tuple) else [made]
        if not callbacks or not all(isinstance(item, keras.callbacks.Callback) for item in callbacks):
            raise Wrong("Expected a callback of Keras (an object, not its class), or a list of them.")
        model.save(path)
        call(partial(model.fit, *data, epochs=4, verbose=0, callbacks=[_Script(logs), *callbacks]))
        try:
            return int(keras.models.load_model(path).get_weights()[1][0])
        except Exception as error:
            raise Wrong("After training there is no whole model at `path` any more.") from error


@exercise(
    "The callback is in the lesson, with another monitor. Its memory of the best value so far is an argument, too.",
    "Take so_far = 0.35 and the losses 0.9, 0.6, 0.3, 0.5. After which epochs must the file be written? Write down the best value after each epoch.",
    "ModelCheckpoint, with three settings: what it watches, that only the best is written, and the best value so far (the lesson "
    "names this argument in section 8).",
)
def ex6(answer, random):
    """Function keep_best(path, so_far): a callback that writes a file only if the validation loss is better."""
    judge.function(answer)
    scripts = [
        # so far, losses on validation, and which epoch must lie in the file; other logs are best in other epochs
        (2.0, [0.9, 0.3, 0.7, 0.5], 2),
        (0.35, [0.9, 0.6, 0.7, 0.5], 0),
    ]
    for so_far, losses, right in scripts:
        logs = {"loss": [0.6, 0.5, 0.4, 0.3], "accuracy": [0.5, 0.6, 0.7, 0.8], "val_accuracy": [0.6, 0.4, 0.5, 0.3]}
        kept = beside(answer, _kept, so_far, {**logs, "val_loss": losses})
        if kept == right:
            continue
        if right == 0:
            raise Wrong("The file held a better network than all new ones, and you wrote over it. Use `so_far`.")
        if kept == 0:
            raise Wrong(
                "Nothing was written, although an epoch had a lower validation loss than so_far. Is it val_loss that you watch, and does lower count as better?"
            )
        if kept == 4:
            raise Wrong(
                "The last epoch lies in the file. Either every epoch is written (save_best_only?), or it is not `val_loss` that is watched."
            )
        if kept == 1:
            raise Wrong("It is the epoch with the highest loss or the best accuracy that you keep. Watch `val_loss`.")
        raise Wrong("The file does not hold the epoch with the lowest validation loss: when is it written?")
    return "Interrupted and started again, the callback does not write a worse network over the best one."


def _named(random, sizes):
    """Dense layers with these names and sizes; "dropout" in between has no weights."""
    layers = [keras.layers.Dense(size, name=name) for name, size in sizes.items()]
    layers.insert(1, keras.layers.Dropout(0.5, name="dropout"))
    return _seeded(keras.Sequential([keras.Input((5,)), *layers]), random)


@exercise(
    "Go through the layers of the target, one by one. When is there a layer of that name in the source, and when do all shapes agree?",
    "Print for each layer of both networks its name and [w.shape for w in layer.get_weights()]. Which lines are in both lists?",
    "Make a dictionary name -> layer of the source. Compare [w.shape for w in layer.get_weights()] of both; if they agree and the "
    "list is not empty, layer.set_weights(twin.get_weights()), and note the name.",
)
def ex7(answer, random):
    """Function transfer(source, target): copies weights where name and shapes agree; returns the names."""
    judge.function(answer)
    plans = [
        ({"first": 4, "second": 6, "output": 3}, {"first": 4, "second": 6, "output": 7}, ["first", "second"]),
        ({"one": 5, "two": 5, "three": 5}, {"two": 5, "new": 5, "one": 5, "three": 5}, ["two", "one", "three"]),
        ({"one": 4, "two": 3}, {"three": 4, "two": 5}, []),
    ]
    for sizes, others, right in plans:
        source, target = _named(random, sizes), _named(random, others)
        wanted = {layer.name: [w.copy() for w in layer.get_weights()] for layer in target.layers}
        wanted |= {name: source.get_layer(name).get_weights() for name in right}
        before = source.get_weights()
        names = call(answer, source, target, may_change=True)
        if not isinstance(names, list | tuple | set) or not all(isinstance(name, str) for name in names):
            raise Wrong("Return the list of the names of the layers that were copied.")
        if not all(map(np.array_equal, before, source.get_weights())):
            raise Wrong("You changed the source. Copy from the source to the target.")
        for layer in target.layers:
            if not all(map(np.array_equal, layer.get_weights(), wanted[layer.name])):
                raise Wrong(_why(layer.name, right, sizes))
        if "dropout" in names:
            raise Wrong("A dropout layer has no weights, so nothing was copied: leave its name out.")
        if sorted(names) != sorted(right):
            raise Wrong(
                "The right weights were copied, those of {right}. You return {found}.",
                right=sorted(right),
                found=sorted(names),
            )
    return "So a network begins with what another one knows, and only its new layers begin at random."


def _why(name, right, sizes):
    """What is wrong with the weights of a layer of the target."""
    if name in right:
        return say(
            "The layer {name!r} has the same shapes in both networks, but not the weights of the layer with the same name.",
            name=name,
        )
    if name in sizes:
        return say("The layer {name!r} has other shapes in the source: it must stay as it was.", name=name)
    return say(
        "No layer of the source is called {name!r}: it must stay as it was. Compare names, not places.", name=name
    )


@exercise(
    "Compare the function with the description, line by line. Then ask of its last line what a clone has, and what it has not.",
    "Compare the weights that you return with those that load_weights has put into `network`: print np.array_equal of both, array by array. Then go through the layers: which of them differ from the description?",
    "Max pooling in place of average pooling, relu in place of tanh. And clone_model copies the plan only: its weights are new "
    "random numbers. Return the network itself.",
)
def ex8(answer, random):
    """Repair rebuilt(path): builds a network and loads its weights."""
    judge.function(answer)
    images = random.uniform(size=(6, 8, 8, 3))
    right = _network(random)
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        path = Path(folder) / "network.weights.h5"
        right.save_weights(path)
        found = call(answer, path)
    judge.network(found, (8, 8, 3), (10,))
    stored = right.get_weights()
    loaded = len(found.get_weights()) == len(stored) and all(map(np.array_equal, found.get_weights(), stored))
    outputs = _outputs(found, images)
    if not loaded:
        kinds = {type(layer) for layer in found.layers}
        activations = {getattr(layer, "activation", None) for layer in found.layers}
        if keras.layers.AveragePooling2D in kinds and keras.activations.tanh in activations:
            raise NotTried(judge.UNTOUCHED)
        raise Wrong("The weights of the network that you return are not those of the file. What does the last line do?")
    average = keras.layers.AveragePooling2D
    suspects = {
        "The weights are right. Pooling and activation still differ from the description.": ("tanh", average),
        "One mistake is left, in the pooling.": ("relu", average),
        "One mistake is left, in the hidden dense layer.": ("tanh",),
    }
    for sentence, choices in suspects.items():
        other = _network(random, *choices)
        other.set_weights(stored)
        suspects[sentence] = _outputs(other, images)
    unknown = "The weights are right, but the outputs are not those of the network that was saved."
    judge.value(outputs, _outputs(right, images), suspects, unknown)
    return "load_weights said nothing about the first two mistakes: the shapes are the same. Only the score shows it."
