"""Asks a trained network what its filters look for (chapter 08)."""

from collections.abc import Sequence

import numpy as np

from helpers.backend.gradients import value_and_gradient
from helpers.backend.graph import calls_of
from helpers.backend.images import BYTES, check_built, check_channels, pixel_range
from helpers.backend.quiet import keras
from helpers.interpret.network import before_activation, outputs, resized, spatial_call
from helpers.language import say

ops = keras.ops

LEAK = 0.1  # how much a negative answer counts
STEP = 0.04  # how far one step moves a pixel, on average, of the range 0..1


def maximize_filters(
    model: keras.Model, layer: str | int, filters: Sequence[int], steps: int = 30, seed: int = 42
) -> np.ndarray:
    """Draw what filters look for: pictures, changed step by step so that a filter answers more and more strongly.

    All filters are computed in one batch. The pictures grow from a quarter of the size over a half to the full size:
    in the small ones large patterns come about, which gradient ascent at full size hides under noise, and they cost
    little. What rises is the filter's mean answer; negative answers count a tenth, so that a filter that is silent at
    first (ReLU would give 0 everywhere, and no gradient) wakes up.

    Args:
        model: a Sequential or functional model that takes pixels in 0..1; only convolutions, poolings and other layers
            that take pictures of any size may come before ``layer``.
        layer: name or index of a layer with an output of shape (n, h, w, channels).
        filters: which channels of that output.
        steps: of gradient ascent, over all sizes together.
        seed: for the noise that all pictures start from.

    Returns:
        Pictures of shape (filters, H, W, C) in 0..1, H, W and C as the model's input.

    Raises:
        ValueError: for an unknown layer or filter, a layer without spatial output, or a model that scales its pixels.

    Source: Erhan et al., "Visualizing Higher-Layer Features of a Deep Network", 2009; growing pictures as in
    Mordvintsev et al., "Inceptionism", 2015.
    """
    check_built(model)
    calls = calls_of(model)
    check_channels(calls)
    if pixel_range(calls) == BYTES or any(isinstance(call.layer, keras.layers.Normalization) for call in calls):
        raise ValueError(
            say(
                "The model {model.name!r} scales its pixels itself; pictures in 0..1 would be black to it. Build "
                "a model from the layers after that one.",
                model=model,
            )
        )
    chosen = spatial_call(model, calls, layer)
    count = chosen.output.shape[-1]
    wanted = np.asarray(filters)
    known = wanted.ndim == 1 and len(wanted) and wanted.dtype.kind in "iu"
    if not known or wanted.min() < 0 or wanted.max() >= count:
        raise ValueError(
            say(
                "The layer {chosen.path!r} has the filters 0 to {last}; got {filters!r}.",
                chosen=chosen,
                last=count - 1,
                filters=filters,
            )
        )
    if steps < 1:
        raise ValueError(say("Expected at least one step, got {steps}.", steps=steps))
    if len(model.inputs) != 1 or len(model.inputs[0].shape) != 4:
        shapes = ", ".join(str(tensor.shape) for tensor in model.inputs)
        raise ValueError(
            say("Expected a model of images (n, H, W, C); {model.name!r} takes {shapes}.", model=model, shapes=shapes)
        )
    *full_size, channels = model.inputs[0].shape[1:]
    if None in full_size:
        raise ValueError(
            say("The model {model.name!r} takes pictures of any size: begin it with a fixed keras.Input.", model=model)
        )
    network = _of_any_size(keras.Model(model.inputs, before_activation(chosen)))

    def answer(pictures, select):
        answers = outputs(network, pictures)
        answers = ops.maximum(answers, LEAK * answers)
        return ops.sum(ops.mean(answers, axis=(1, 2)) * select, axis=1)

    climb = value_and_gradient(answer)
    sizes = _growing(network, full_size)
    noise = np.random.default_rng(seed).uniform(0.4, 0.6, (1, *sizes[0], channels))
    pictures = np.repeat(noise, len(wanted), axis=0)
    select = np.eye(count)[wanted]
    for size, some_steps in zip(sizes, np.array_split(np.arange(steps), len(sizes)), strict=True):
        pictures = resized(pictures, size)
        for _ in some_steps:
            _, gradient = climb(pictures, select)
            length = np.sqrt(np.mean(gradient**2, axis=(1, 2, 3), keepdims=True))
            pictures = np.clip(pictures + STEP * gradient / np.maximum(length, 1e-12), 0, 1)
    return pictures


def _of_any_size(model: keras.Model) -> keras.Model:
    """Model of the same layers that takes pictures of any height and width."""
    inputs = keras.Input((None, None, model.inputs[0].shape[-1]))
    return keras.Model(inputs, calls_of(model, [inputs])[-1].output)


def _growing(network: keras.Model, full: Sequence[int]) -> list[tuple[int, ...]]:
    """A quarter, a half, the whole of the size; without those that are too small for the network."""

    def fits(size):
        try:
            return min(network.compute_output_shape((1, *size, network.inputs[0].shape[-1]))[1:3]) > 0
        except ValueError:
            return False

    sizes = [tuple(-(-side // part) for side in full) for part in (4, 2)]
    return [*filter(fits, sizes), tuple(full)]
