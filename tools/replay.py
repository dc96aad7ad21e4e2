"""Keeps what the trainings of a lesson come to, so that its Korean edition need not train a second time.

`tools.run` makes the kernel of a stored chapter `record` each call of ``fit``: its history, weights, checkpoints, what
it printed and how long it took. The kernel of the Korean notebook, whose code is the same, takes them back in order
(`replay`): ``fit`` returns at once, and the clock is put forward by the time that the training took.
"""

import contextlib
import inspect
import io
import itertools
import pickle
import sys
import time
from collections.abc import Callable, Mapping
from pathlib import Path

from helpers.environment import keras

FIT, CLOCK = keras.Model.fit, time.perf_counter


class Both(io.TextIOBase):
    """What is written goes to the screen, and is kept."""

    def __init__(self, screen: io.TextIOBase):
        self.screen, self.kept = screen, []

    def write(self, text: str) -> int:
        """Write to both."""
        self.kept.append(text)
        return self.screen.write(text)

    def flush(self) -> None:
        """Show what was written."""
        self.screen.flush()


def record(folder: str) -> None:
    """Keep each training of this program in a folder."""
    place = Path(folder)
    place.mkdir(parents=True, exist_ok=True)
    numbers = itertools.count()

    def fit(model: keras.Model, *arguments: object, **settings: object) -> keras.callbacks.History:
        both, start = Both(sys.stdout), CLOCK()
        with contextlib.redirect_stdout(both):
            history = FIT(model, *arguments, **settings)
        kept = {
            "history": history.history,
            "epoch": history.epoch,
            "weights": model.get_weights(),
            "callbacks": [_state(callback) for callback in _callbacks(model, arguments, settings)],
            "printed": "".join(both.kept),
            "seconds": CLOCK() - start,
        }
        (place / f"{next(numbers):03}.pickle").write_bytes(pickle.dumps(kept))
        return history

    keras.Model.fit = fit


def replay(folder: str) -> None:
    """Take each training of this program from a folder that `record` has filled.

    Raises:
        FileNotFoundError: when there are more trainings than were kept.
    """
    numbers, ahead = itertools.count(), [0.0]

    def fit(model: keras.Model, *arguments: object, **settings: object) -> keras.callbacks.History:
        kept = pickle.loads((Path(folder) / f"{next(numbers):03}.pickle").read_bytes())  # our own file
        model.set_weights(kept["weights"])
        callbacks = _callbacks(model, arguments, settings)
        for callback, state in zip(callbacks, kept["callbacks"], strict=True):
            vars(callback).update(state["values"])
            if state["file"] is not None:
                Path(callback.filepath).write_bytes(state["file"])
        print(kept["printed"], end="")
        ahead[0] += kept["seconds"]
        for callback in callbacks:
            if isinstance(callback, keras.callbacks.LambdaCallback):
                callback.on_train_end(None)
        model.history = keras.callbacks.History()
        model.history.set_model(model)
        model.history.history, model.history.epoch = kept["history"], kept["epoch"]
        return model.history

    keras.Model.fit = fit
    time.perf_counter = lambda: CLOCK() + ahead[0]


def _callbacks(model: keras.Model, arguments: tuple, settings: Mapping) -> list[keras.callbacks.Callback]:
    """The callbacks of a call of ``fit``."""
    given = inspect.signature(FIT).bind(model, *arguments, **settings).arguments.get("callbacks") or []
    return list(given) if isinstance(given, list | tuple) else [given]


def _state(callback: keras.callbacks.Callback) -> dict:
    """What a callback has noted, and the file that it has written."""
    plain: Callable[[object], bool] = lambda value: isinstance(value, int | float | str | bool | None)  # noqa: E731
    path = Path(getattr(callback, "filepath", ""))
    values = {name: value for name, value in vars(callback).items() if plain(value) and name != "filepath"}
    return {"values": values, "file": path.read_bytes() if path.is_file() else None}
