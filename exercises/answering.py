"""Runs beside an answer, in the learner's notebook: hands it to a judge in another process, and calls it when asked.

Whatever a notebook changes in here, the judge sees what comes back, and nothing else.
"""

import importlib
import socket
import tempfile
from collections.abc import Callable
from pathlib import Path

import numpy as np

from exercises import wire
from exercises.exercise import NotTried, Stopped, Wrong, call
from helpers.environment import keras


def serve(names: dict[str, object], address: str) -> None:
    """Answer a judge's questions until it has no more.

    Args:
        names: the notebook's variables.
        address: path of the socket at which the judge waits.
    """
    with socket.socket(socket.AF_UNIX) as line:
        line.connect(address)
        answering = _Answering(names, line)
        while answering.one_question():
            pass


class _Answering:
    """One conversation: it keeps what stays here, and what the judge handed over, under numbers."""

    def __init__(self, names: dict[str, object], line: socket.socket):
        self.names, self.line = names, line
        self.functions: list[Callable] = []
        self.networks: list[keras.Model] = []
        self.weights: list[list[np.ndarray]] = []  # of these networks, as they came
        self.folders: list[Path] = []

    def one_question(self) -> bool:
        """Take a question and answer it. False if there are no more."""
        try:
            message = wire.receive(self.line)
        except EOFError:
            return False
        networks, folders = len(self.networks), len(self.folders)  # from here on they came with this question
        try:
            value = self._asked(self._unpack(message))
            files = {number: wire.files_in(self.folders[number]) for number in range(folders, len(self.folders))}
            reply = self._pack({"value": value, "weights": self._changed(networks), "files": files})
        except (NotTried, Stopped, Wrong) as reason:
            reply = self._pack({"failed": type(reason).__name__, "sentence": str(reason)})
        except wire.UnreadableError as reason:
            reply = self._pack({"failed": Wrong.__name__, "sentence": str(reason)})
        wire.send(self.line, reply)
        return True

    def _asked(self, question: dict) -> object:
        """Look up a name of the notebook, call a function of it, or call the course's own function with one."""
        if "name" in question:
            if question["name"] not in self.names:
                raise NotTried("There is no {name}: its cell stopped before, or was deleted.", name=question["name"])
            return self.names[question["name"]]
        function = self.functions[question["function"]]
        if "beside" in question:
            module, name = question["beside"]
            return getattr(importlib.import_module(module), name)(function, *question["arguments"])
        return call(function, *question["arguments"], may_change=True)  # the judge looks at what changed

    def _changed(self, first: int) -> dict[int, list[np.ndarray]]:
        """New weights of the judge's networks from the first one on, where an answer has changed them."""
        changed = {}
        for number in range(first, len(self.networks)):
            now, before = self.networks[number].get_weights(), self.weights[number]
            if len(now) != len(before):
                raise Wrong("Your function takes layers out of the network that it is given, or adds some.")
            if not all(map(np.array_equal, now, before)):
                changed[number] = now
        return changed

    def _pack(self, value: object) -> bytes:
        return wire.pack(value, self._stays)

    def _stays(self, part: object) -> dict | None:
        """What travels in the place of functions, of the judge's networks, and of networks that are built on these."""
        if isinstance(part, keras.Model):
            for number, network in enumerate(self.networks):
                if part is network:
                    return {"network": number}
                layers = [layer.name for layer in part.layers if any(layer is own for own in network.layers)]
                if layers:
                    return {"network": number, "layers": layers, "file": wire.file_of(part)}
        if callable(part) and not isinstance(part, type | keras.Layer):
            self.functions.append(part)
            return {"function": len(self.functions) - 1, "name": getattr(part, "__name__", type(part).__name__)}
        return None

    def _unpack(self, message: bytes) -> object:
        return wire.unpack(message, self._returns)

    def _returns(self, held: dict) -> object:
        """A function of the judge, which asks back; a copy of a folder of the judge, and a path in it; or a network."""
        if "function" in held:
            return lambda *arguments: self._asks(held["function"], arguments)
        if "files" in held:
            self.folders.append(Path(tempfile.mkdtemp()))
            wire.write_files(self.folders[-1], held["files"])
            return self.folders[-1] / held["path"]
        self.networks.append(wire.network_of(held["file"]))
        self.weights.append(self.networks[-1].get_weights())
        return self.networks[-1]

    def _asks(self, number: int, arguments: tuple) -> object:
        """Have the judge call a function of its own."""
        wire.send(self.line, self._pack({"asks": number, "arguments": arguments}))
        reply = self._unpack(wire.receive(self.line))
        if "failed" in reply:
            raise ValueError(reply["failed"])
        return reply["value"]
