"""Times two recipes for the network of chapter 04 until 91.49 % of the validation pictures are right: ``make bench``.

The first is that of many books: batches of 32, float32, Adam as Keras sets it, early stopping with a patience of 2. The
second is that of the lesson. Both train the same network on the same 48,000 pictures.
"""

import time
from dataclasses import dataclass

import numpy as np
from sklearn.model_selection import train_test_split

from helpers.data import load_fashion_mnist
from helpers.environment import half_precision, keras, setup
from tools.gpu import untrained

GOAL = 0.9149
EPOCHS = 30


@dataclass(frozen=True)
class Recipe:
    """How a network is trained: dtype policy, size of a batch, learning rate, and whether that becomes smaller."""

    name: str
    policy: str
    batch: int
    rate: float
    smaller: bool

    def callbacks(self) -> list[keras.callbacks.Callback]:
        """What is called after each epoch, as in the lesson."""
        plateau = keras.callbacks.ReduceLROnPlateau(factor=0.1, patience=1, min_lr=self.rate / 10)
        return [keras.callbacks.EarlyStopping(patience=2), *([plateau] if self.smaller else [])]


class Arrival(keras.callbacks.Callback):
    """Ends the training when the goal is reached, and notes after how many seconds."""

    def __init__(self):
        super().__init__()
        self.start, self.seconds = time.perf_counter(), None

    def on_epoch_end(self, epoch, logs=None):
        """Look at the validation accuracy."""
        if logs["val_accuracy"] >= GOAL:
            self.seconds, self.model.stop_training = time.perf_counter() - self.start, True


def train(recipe: Recipe, data: list[np.ndarray], seed: int) -> tuple[float | None, float, float]:
    """Train a network by a recipe.

    Args:
        recipe: how.
        data: pictures for training and for validation, labels for both, as `train_test_split` gives them.
        seed: of the weights and of the order of the pictures.

    Returns:
        Seconds until the goal was reached (None if it was not), the best validation accuracy, and all seconds.
    """
    x_train, x_val, y_train, y_val = data
    keras.config.set_dtype_policy(recipe.policy)
    keras.utils.set_random_seed(seed)
    model = untrained("fashion_cnn")
    model.compile(keras.optimizers.Adam(recipe.rate), loss="sparse_categorical_crossentropy", metrics=["accuracy"])
    arrival = Arrival()
    run = model.fit(x_train, y_train, batch_size=recipe.batch, epochs=EPOCHS, validation_data=(x_val, y_val), verbose=0,
                    callbacks=[*recipe.callbacks(), arrival])  # fmt: skip
    return arrival.seconds, max(run.history["val_accuracy"]), time.perf_counter() - arrival.start


def main() -> None:
    """Print what the set-up chooses, then every result as soon as it is measured."""
    environment = setup()
    (pictures, labels), _ = load_fashion_mnist()
    pictures = pictures[..., np.newaxis].astype("float32") / 255
    data = train_test_split(pictures, labels, test_size=0.2, random_state=42)
    half = half_precision() or "float32"
    recipes = (Recipe("of many books", "float32", 32, 0.001, False), Recipe("of the lesson", half, 128, 0.002, True))
    for recipe in recipes:
        arrived, best, seconds = train(recipe, data, environment.seed)
        what = f"{arrived:.0f} s to {GOAL}" if arrived else f"ended after {seconds:.0f} s, best {best:.4f}"
        print(f"{recipe.name}: batches of {recipe.batch}, {recipe.policy}: {what}", flush=True)


if __name__ == "__main__":
    main()
