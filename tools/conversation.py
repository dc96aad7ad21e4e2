"""A judge's side of the line to answers that run in another process: they look like answers of this one."""

import io
import socket
import time
import zipfile
from collections.abc import Callable, Iterable
from pathlib import Path

import numpy as np

from exercises import wire
from exercises.exercise import NOT_TRIED, RIGHT, WRONG, Exercise, NotTried, Stopped, Verdict, Wrong
from helpers.environment import keras
from helpers.language import say

SENTENCE = 2000  # characters of what comes from over there
OUTCOMES = {kind.__name__: kind for kind in (NotTried, Stopped, Wrong)}


class Answers:
    """The answers of a notebook, whose kernel runs `exercises.answering.serve`.

    Args:
        line: to that kernel.
        seconds: after which no more is waited for.
    """

    def __init__(self, line: socket.socket, seconds: float):
        self._line, self._end = line, time.monotonic() + seconds
        self._functions: list[Callable] = []
        self._networks: list[keras.Model] = []
        self._weights: list[list[np.ndarray]] = []  # of these networks, before an answer changed them
        self._folders: list[Path] = []

    def named(self, name: str) -> object:
        """What the notebook holds under a name: a value, a network built anew here, or a function over there.

        Raises:
            NotTried: if there is no such name.
            Wrong: if it is a network that cannot travel.
            Stopped: if the kernel does not answer.
        """
        return self.ask({"name": name})

    def judged(self, exercise: Exercise, name: str, draws: Iterable[int]) -> Verdict:
        """Have an answer judged with one draw of random cases after the other, until one is not right.

        Args:
            exercise: whose judge.
            name: what the notebook calls the answer.
            draws: seeds, at least one.
        """
        try:
            answer = self.named(name)
            for draw in draws:
                verdict = exercise.judge(answer, draw)
                if verdict.outcome != RIGHT:
                    break
            return verdict
        except NotTried as reason:
            return Verdict(NOT_TRIED, str(reason))
        except (Wrong, Stopped) as reason:
            return Verdict(WRONG, str(reason))
        finally:
            self.restore()

    def ask(self, question: dict) -> object:
        """Ask, let the answer call back as often as it wants, and return what came of it.

        Raises:
            NotTried, Wrong, Stopped: with the sentence that the learner's own check would say.
        """
        try:
            reply = self._exchanged(question)
            while "asks" in reply:
                reply = self._exchanged(self._called(reply))
            if "failed" in reply:
                raise OUTCOMES[reply["failed"]](str(reply["sentence"])[:SENTENCE])
            for number, weights in reply["weights"].items():
                self._networks[number].set_weights(weights)
            for number, files in reply["files"].items():
                for name, content in files.items():
                    if content and name.endswith(".keras") and zipfile.is_zipfile(io.BytesIO(content)):
                        wire.refuse_functions(content)  # judges will load it
                if self._folders[number].exists():
                    wire.write_files(self._folders[number], files)
            return reply["value"]
        except wire.UnreadableError as reason:
            raise Wrong(str(reason)) from reason
        except (OSError, EOFError) as error:
            raise Stopped(say("Your notebook's program gave no answer in time, or has ended.")) from error
        except (KeyError, IndexError, TypeError, ValueError, AttributeError) as error:  # no reply of `serve`
            raise Stopped(say("Your notebook's program does not answer as it should.")) from error

    def restore(self) -> None:
        """Undo what answers have changed in networks of this side: judges keep some, and the next student gets them."""
        for network, weights in zip(reversed(self._networks), reversed(self._weights), strict=True):
            network.set_weights(weights)

    def _exchanged(self, message: dict) -> dict:
        self._line.settimeout(max(0.001, self._end - time.monotonic()))
        wire.send(self._line, wire.pack(message, self._stays))
        return wire.unpack(wire.receive(self._line, self._end), self._returns)

    def _called(self, asked: dict) -> dict:
        """What a function of the judge says to the arguments of an answer."""
        try:
            return {"value": self._functions[asked["asks"]](*asked["arguments"])}
        except Exception as error:
            return {"failed": str(error)}

    def _stays(self, part: object) -> dict | None:
        """Functions of the judge stay here; of its networks and folders copies travel, and come back changed."""
        if isinstance(part, Path):
            self._folders.append(part if part.is_dir() else part.parent)
            folder = self._folders[-1]
            return {"path": part.relative_to(folder).as_posix(), "files": wire.files_in(folder)}
        if isinstance(part, keras.Model):
            self._networks.append(part)
            self._weights.append(part.get_weights())
            return {"network": len(self._networks) - 1, "file": wire.file_of(part)}
        if callable(part) and not isinstance(part, type | keras.Layer):
            self._functions.append(part)
            return {"function": len(self._functions) - 1}
        return None

    def _returns(self, held: dict) -> object:
        """A function over there, a network of this side, or a network that is built on one of this side."""
        if "function" in held:
            return Function(self, held["function"], str(held["name"])[:80])
        network = self._networks[held["network"]]
        if "layers" not in held:
            return network
        own = {layer.name: layer for layer in network.layers if layer.name in held["layers"]}
        return keras.models.clone_model(
            wire.network_of(held["file"]), clone_function=lambda layer: own.get(layer.name, layer)
        )


class Function:
    """A function over there. It is called like one, and raises what `exercises.exercise.call` would raise."""

    def __init__(self, answers: Answers, number: int, name: str):
        self._answers, self._number, self.__name__ = answers, number, name

    def __call__(self, *arguments: object) -> object:
        """Call it over there."""
        return self._answers.ask({"function": self._number, "arguments": arguments})

    def beside(self, function: Callable, *arguments: object) -> object:
        """Run a function of a chapter's module over there, with this one as its first argument."""
        place = (function.__module__, function.__name__)
        return self._answers.ask({"function": self._number, "beside": place, "arguments": arguments})
