"""One recipe for a training, as a list of choices, and the functions that carry it out (chapter 10)."""

import time
from dataclasses import dataclass

import numpy as np

from helpers.backend.quiet import keras
from helpers.training.batches import Batches, erased, mirrored, shifted, smoothed
from helpers.training.networks import convnet


@dataclass(frozen=True)
class Recipe:
    """A network and its training. What is left out of a recipe stands at the start of the ladder."""

    # The network, see `convnet`.
    widths: tuple[int, ...] = (32, 64, 128)
    normalise: bool = False
    average: bool = False
    deeper: int = 0
    shortcut: bool = False
    dropout: float = 0.0
    # The training.
    epochs: int = 8
    batch: int = 128
    rate: float = 0.002  # constant; with a cycle its mean
    cycle: bool = False
    decay: float = 0.0
    mean_weights: bool = False
    # The pictures.
    mirror: bool = False
    shift: int = 0
    erase: float = 0.0
    smoothing: float = 0.0


def build(recipe: Recipe, shape: tuple[int, int, int], classes: int) -> keras.Model:
    """Build the network of a recipe.

    Args:
        recipe: which.
        shape: of a picture: height, width, channels.
        classes: how many.

    Returns:
        A model that is not compiled.
    """
    return convnet(
        shape,
        classes,
        recipe.widths,
        normalise=recipe.normalise,
        average=recipe.average,
        deeper=recipe.deeper,
        shortcut=recipe.shortcut,
        dropout=recipe.dropout,
    )


def train(model: keras.Model, recipe: Recipe, pictures: np.ndarray, labels: np.ndarray, seed: int, verbose=0) -> float:
    """Train a network by a recipe.

    Args:
        model: of `build`.
        recipe: how.
        pictures: uint8, (n, H, W, C).
        labels: whole numbers from 0, (n,).
        seed: of the order of the pictures and their changes.
        verbose: as in ``model.fit``.

    Returns:
        Seconds.
    """
    targets = smoothed(labels, model.output_shape[-1], recipe.smoothing)
    batches = Batches(pictures, targets, recipe.batch, lambda *batch: changed(recipe, *batch), seed)
    model.compile(optimizer(recipe, len(batches) * recipe.epochs), loss="categorical_crossentropy")
    start = time.perf_counter()
    model.fit(batches, epochs=recipe.epochs, verbose=verbose)
    return time.perf_counter() - start


def changed(recipe: Recipe, pictures: np.ndarray, chosen: np.ndarray, epoch: int, generator) -> np.ndarray:
    """Change a batch as the recipe says, see `Batches`."""
    if recipe.mirror:
        pictures = mirrored(pictures, generator.random(len(pictures)) < 0.5)
    if recipe.shift:
        pictures = shifted(pictures, recipe.shift, generator)
    if recipe.erase:
        pictures = erased(pictures, recipe.erase, generator)
    return pictures


def optimizer(recipe: Recipe, steps: int) -> keras.optimizers.Optimizer:
    """Adam with the recipe's learning rate, its weight decay and its mean of the weights.

    Args:
        recipe: which. With a cycle the rate grows from 0 to twice the recipe's rate in the first quarter of all steps, and
            falls to 0 along a cosine in the others, so that its mean is about that of the recipe.
        steps: of the whole training.

    Returns:
        A new optimizer. ``model.fit`` puts the mean of the weights in their place when it ends.

    Source: Smith, Topin, "Super-Convergence", arXiv:1708.07120 (one cycle); Loshchilov, Hutter, "SGDR",
    arXiv:1608.03983 (cosine), and "Decoupled Weight Decay Regularization", arXiv:1711.05101; Polyak, Juditsky,
    "Acceleration of Stochastic Approximation by Averaging", 1992 (mean of the weights).
    """
    rate = recipe.rate
    if recipe.cycle:
        rise = steps // 4
        rate = keras.optimizers.schedules.CosineDecay(
            0.0, decay_steps=steps - rise, warmup_target=2 * recipe.rate, warmup_steps=rise
        )
    adam = keras.optimizers.AdamW(rate, weight_decay=recipe.decay, use_ema=recipe.mean_weights, ema_momentum=0.99)
    adam.exclude_from_weight_decay(var_names=["bias", "gamma", "beta"])
    return adam


def probabilities(model: keras.Model, pictures: np.ndarray, mirror: bool = False) -> np.ndarray:
    """What a network says of pictures; with ``mirror`` the mean of what it says of each and of its mirror image.

    Args:
        model: a trained network.
        pictures: uint8, (n, H, W, C).
        mirror: whether to ask twice.

    Returns:
        float32, (n, classes).
    """
    views = [pictures, pictures[:, :, ::-1]] if mirror else [pictures]
    answers = [model.predict(view.astype("float32") / 255, batch_size=500, verbose=0) for view in views]
    return np.mean(answers, axis=0)


def accuracy(answers: np.ndarray, labels: np.ndarray) -> float:
    """Share of pictures whose most probable class is the true one."""
    return float(np.mean(answers.argmax(axis=1) == labels))
