"""Carries a recipe out: builds its network, trains it, and judges it (chapter 10)."""

import time

import numpy as np

from helpers.backend.quiet import keras
from helpers.training.batches import Batches, cropped, erased, lit, mirrored, shifted, smoothed
from helpers.training.networks import convnet, dirac, whiten
from helpers.training.recipes import Recipe


def build(recipe: Recipe, pictures: np.ndarray, classes: int) -> keras.Model:
    """Build the network of a recipe, with the weights with which its training begins.

    Args:
        recipe: which.
        pictures: uint8, (n, H, W, C), those it will be trained with.
        classes: how many.

    Returns:
        A model that is not compiled.
    """
    side = recipe.side or pictures.shape[1]
    model = convnet(
        (side, side, pictures.shape[-1]),
        classes,
        recipe.first,
        recipe.stages,
        normalise=recipe.normalise,
        more=recipe.more,
        skip=recipe.skip,
        ending=recipe.ending,
        patches=recipe.patches,
        pool_first=recipe.pool_first,
        scale=recipe.scale,
        dropout=recipe.dropout,
    )
    if recipe.whitened:
        whiten(model, pictures[:5000])
    if recipe.identity:
        dirac(model)
    return model


def train(
    model: keras.Model, recipe: Recipe, pictures: np.ndarray, labels: np.ndarray, seed: int, verbose=0, callbacks=()
) -> float:
    """Train a network by a recipe.

    Args:
        model: of `build`.
        recipe: how.
        pictures: uint8, (n, H, W, C).
        labels: whole numbers from 0, (n,).
        seed: of the order of the pictures and their changes.
        verbose: as in ``model.fit``.
        callbacks: as in ``model.fit``.

    Returns:
        Seconds, until the last update.
    """
    turned = np.random.default_rng(seed).random(len(pictures)) < 0.5

    def change(chosen_pictures, chosen, epoch, generator):
        return changed(recipe, chosen_pictures, turned[chosen] ^ bool(epoch % 2), generator)

    targets = smoothed(labels, model.output_shape[-1], recipe.smoothing)
    batches = Batches(pictures, targets, recipe.batch, change, seed)
    model.compile(optimizer(recipe, batches.steps * recipe.epochs), loss="categorical_crossentropy")
    ends = []
    note = keras.callbacks.LambdaCallback(on_train_end=lambda logs: ends.append(time.perf_counter()))
    start = time.perf_counter()
    length = {"epochs": recipe.epochs, "steps_per_epoch": batches.steps}
    model.fit(batches, **length, shuffle=False, verbose=verbose, callbacks=[*callbacks, note])
    return ends[0] - start


def changed(recipe: Recipe, pictures: np.ndarray, turn: np.ndarray, generator: np.random.Generator) -> np.ndarray:
    """Change a batch as a recipe says.

    Args:
        recipe: which.
        pictures: uint8, (n, H, W, C).
        turn: bool, (n,): which of them it is the turn to mirror.
        generator: of the random numbers.

    Returns:
        float32 in 0..1, (n, H, W, C), or with the recipe's side for H and W.
    """
    if recipe.side:
        pictures = cropped(pictures, recipe.side, recipe.crop, generator)
    pictures = pictures.astype("float32") / 255
    if recipe.mirror:
        pictures = mirrored(pictures, turn if recipe.mirror == "in turn" else generator.random(len(pictures)) < 0.5)
    if recipe.shift:
        pictures = shifted(pictures, recipe.shift, generator, recipe.edge)
    if recipe.light:
        pictures = lit(pictures, recipe.light, generator)
    if recipe.erase:
        pictures = erased(pictures, recipe.erase, generator)
    return pictures


def optimizer(recipe: Recipe, steps: int) -> keras.optimizers.Optimizer:
    """Adam, or stochastic gradient descent, with all that a recipe says of it.

    Where the mean of the weights is asked for, ``model.fit`` puts it in their place when it ends. Our lookahead does so
    after every fifth step, with a mean over every step; that of Zhang and others moves once in several steps.

    Args:
        recipe: which.
        steps: of the whole training.

    Returns:
        A new optimizer.

    Source: Loshchilov, Hutter, "Decoupled Weight Decay Regularization", arXiv:1711.05101; Polyak, Juditsky,
    "Acceleration of Stochastic Approximation by Averaging", 1992 (mean of the weights); Zhang, Lucas, Hinton, Ba,
    "Lookahead Optimizer", arXiv:1907.08610.
    """
    rate = one_cycle(recipe.rate, steps) if recipe.cycle else recipe.rate
    settings = {"learning_rate": rate, "weight_decay": recipe.decay}
    if recipe.mean_weights:
        settings |= {"use_ema": True, "ema_momentum": 0.99}
    if recipe.lookahead:
        settings |= {"use_ema": True, "ema_momentum": 0.75, "ema_overwrite_frequency": 5}
    if recipe.method == "adam":
        chosen = keras.optimizers.AdamW(**settings)
    else:
        chosen = BiasedSGD(momentum=0.85, nesterov=True, bias_rate=recipe.bias_rate, **settings)
    chosen.exclude_from_weight_decay(var_names=["bias", "gamma", "beta"])
    return chosen


def one_cycle(mean: float, steps: int) -> keras.optimizers.schedules.LearningRateSchedule:
    """Let a learning rate grow from 0 in the first quarter of all steps, and fall to 0 along a cosine in the others.

    Args:
        mean: of the rate over all steps; the largest is twice as large.
        steps: of the whole training.

    Returns:
        A schedule, which Keras's optimizers take in the place of a learning rate.

    Source: Smith, Topin, "Super-Convergence", arXiv:1708.07120 (one cycle); Loshchilov, Hutter, "SGDR",
    arXiv:1608.03983 (cosine).
    """
    rise = steps // 4
    return keras.optimizers.schedules.CosineDecay(0.0, steps - rise, warmup_target=2 * mean, warmup_steps=rise)


class BiasedSGD(keras.optimizers.SGD):
    """Stochastic gradient descent with a larger learning rate for the biases of batch normalisation.

    Args:
        bias_rate: how many times as large.
        **settings: of ``keras.optimizers.SGD``.

    Source: Jordan, arXiv:2404.00498, after Page, "How to Train Your ResNet", 2018.
    """

    def __init__(self, bias_rate: float = 1.0, **settings):
        super().__init__(**settings)
        self.bias_rate = bias_rate

    def update_step(self, gradient, variable, learning_rate):
        """Change one variable."""
        name = variable.name.split("/")[-1].split(":")[0]  # TensorFlow's are like "normalisation/beta:0"
        factor = self.bias_rate if name == "beta" else 1.0
        super().update_step(gradient, variable, learning_rate * factor)


def probabilities(model: keras.Model, pictures: np.ndarray, views: int = 1) -> np.ndarray:
    """What a network says of pictures, as the mean over several views of each.

    Args:
        model: a trained network.
        pictures: uint8, (n, H, W, C).
        views: 1, 2 (and its mirror image) or 6 (and both of them shifted by a pixel, to the upper left and to the
            lower right).

    Returns:
        float32, (n, classes).
    """
    crops = [pictures]
    if views == 6:
        wide = np.pad(pictures, ((0, 0), (1, 1), (1, 1), (0, 0)), mode="edge")
        crops += [wide[:, :-2, :-2], wide[:, 2:, 2:]]
    seen = [turned for crop in crops for turned in ([crop] if views == 1 else [crop, crop[:, :, ::-1]])]
    answers = [model.predict(view.astype("float32") / 255, batch_size=500, verbose=0) for view in seen]
    return np.mean(answers, axis=0)


def accuracy(answers: np.ndarray, labels: np.ndarray) -> float:
    """Share of pictures whose most probable class is the true one."""
    return float(np.mean(answers.argmax(axis=1) == labels))
