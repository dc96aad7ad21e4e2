"""Lets the backend of Keras differentiate. The only module that knows how each of them does it."""

from collections.abc import Callable

import numpy as np

from helpers.backend.quiet import keras
from helpers.language import say

ops = keras.ops


def value_and_gradient(function: Callable) -> Callable:
    """Let the backend differentiate a function. This is the one place that knows which backend it is.

    Args:
        function: takes a batch (n, ...), and more arrays if need be; returns one number for each example, (n,). It is
            made of Keras operations and models.

    Returns:
        A function of the same arguments that returns two arrays: the values, (n,), and their gradient with respect to
        the batch, of the shape of the batch. TensorFlow and JAX compile it once for each shape.

    Source: the guides https://www.tensorflow.org/guide/autodiff, https://docs.jax.dev/en/latest/automatic-differentiation.html
    and https://docs.pytorch.org/docs/stable/autograd.html
    """
    backend = keras.backend.backend()
    if backend == "tensorflow":
        import tensorflow as tf

        @tf.function(autograph=False)
        def differentiate(batch, *others):
            with tf.GradientTape() as tape:
                tape.watch(batch)
                values = function(batch, *others)
            return values, tape.gradient(values, batch)

    elif backend == "jax":
        import jax

        def summed(batch, *others):
            values = function(batch, *others)
            return values.sum(), values

        @jax.jit
        def differentiate(batch, *others):
            gradient, values = jax.grad(summed, has_aux=True)(batch, *others)
            return values, gradient

    elif backend == "torch":
        import torch

        def differentiate(batch, *others):
            batch.requires_grad_(True)
            values = function(batch, *others)
            return values, torch.autograd.grad(values.sum(), batch)[0]

    else:
        raise ValueError(
            say("Gradients need the Keras backend tensorflow, jax or torch; this is {backend!r}.", backend=backend)
        )

    def call(*arrays):
        tensors = [ops.convert_to_tensor(np.asarray(array, np.float32)) for array in arrays]
        return tuple(ops.convert_to_numpy(result) for result in differentiate(*tensors))

    return call
