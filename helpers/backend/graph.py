"""Every call of a layer in a network, and in networks inside it. The only module that looks into Keras's graph."""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, replace

from helpers.backend.quiet import keras

NETWORKS = (keras.Function, keras.Sequential)


@dataclass(frozen=True)
class Call:
    """A layer, or an operation such as ``+``, where a network calls it.

    ``path`` names it: ``"conv"``; ``"base/conv"`` in a network called base inside the network; ``"conv:1"`` and
    ``"conv:2"`` where the same layer is called twice. ``inputs`` are the symbolic tensors that it gets, ``output`` is
    what it puts out.
    """

    path: str
    layer: keras.Operation
    inputs: list
    output: object


def calls_of(
    model: keras.Model, inputs: list | None = None, change: Callable = lambda number, output: output
) -> list[Call]:
    """Call all layers of a network once more, in the order in which it computes them.

    Args:
        model: a Sequential or functional model whose input shape is known.
        inputs: symbolic tensors to begin with; by default the model's own.
        change: gets the number of each call, from 0 on, and its output; returns what the network shall go on with.

    Returns:
        The calls, after those that stand for the inputs; the output of the last one is the model's. A network inside
        the network follows its layers.
    """
    recorded = [Call(layer.name, layer, [], layer.output) for layer in model.layers if _begins(layer)]
    _run(model, model.inputs if inputs is None else inputs, "", recorded, change)
    return recorded


def _begins(layer: keras.Layer) -> bool:
    return isinstance(layer, keras.layers.InputLayer)


def _run(model: keras.Model, inputs: list, scope: str, recorded: list[Call], change: Callable):
    """Run a network on symbolic tensors, and record its calls. Returns what it puts out."""
    begin, times = len(recorded), Counter()

    def recording(layer):
        def call(*args, **kwargs):
            times[layer.name] += 1
            path = f"{scope}{layer.name}:{times[layer.name]}"
            given = [part for part in keras.tree.flatten((args, kwargs)) if isinstance(part, keras.KerasTensor)]
            inside = isinstance(layer, NETWORKS)
            output = _run(layer, given, f"{path}/", recorded, change) if inside else layer(*args, **kwargs)
            output = change(len(recorded), output)
            recorded.append(Call(path, layer, given, output))
            return output

        return call

    if isinstance(model, keras.Sequential):
        (output,) = inputs
        for layer in model.layers:
            output = recording(layer)(output)
    else:
        output = model._run_through_graph(inputs, operation_fn=recording)
    for name in (name for name, count in times.items() if count == 1):  # needs no number
        for number, call in enumerate(recorded[begin:], begin):
            if f"{call.path}/".startswith(f"{scope}{name}:1/"):
                recorded[number] = replace(call, path=call.path.replace(f"{scope}{name}:1", f"{scope}{name}", 1))
    return output
