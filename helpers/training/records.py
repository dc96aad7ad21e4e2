"""The records of chapter 10: on which data, with how many parameters and minutes, and by which recipe."""

from dataclasses import dataclass

from helpers.training.recipes import Recipe


@dataclass(frozen=True)
class Record:
    """A row of the table of records, and how the course fills it."""

    data: str
    recipe: Recipe
    minutes: int  # of training on two processor cores, at most
    goal: float  # accuracy, at least
    parameters: int | None = None  # at most; None: any number
    views: int = 1  # when it is judged, see `probabilities`


RECORDS = {
    "fashion_small_record": Record(
        data="fashion-mnist",
        recipe=Recipe(
            stages=(56, 96), more=2, skip=True, epochs=25, decay=0.05, mean_weights=True, mirror="at random", shift=1,
            erase=0.1, smoothing=0.1,
        ),
        parameters=300_000,
        minutes=15,
        goal=0.940,
        views=6,
    ),
    "mnist_record": Record(
        data="mnist",
        recipe=Recipe(first=8, stages=(15, 15), more=1, shift=2, mean_weights=True, epochs=72, rate=0.005),
        parameters=8_000,
        minutes=10,
        goal=0.994,
    ),
    "cifar10_record": Record(
        data="cifar10",
        recipe=Recipe(
            first=24, patches=True, stages=(64, 256, 256), more=1, ending="maximum", scale=1 / 9, whitened=True,
            identity=True, epochs=10, batch=500, method="sgd", rate=0.35, decay=0.009, bias_rate=64.0, lookahead=True,
            mirror="in turn", shift=2, edge="reflect", smoothing=0.2,
        ),
        minutes=20,
        goal=0.90,
        views=6,
    ),
    "cats_dogs_record": Record(
        data="cats-and-dogs",
        recipe=Recipe(
            stages=(64, 128, 256), more=2, skip=True, dropout=0.3, epochs=98, batch=32, rate=0.001, decay=0.05,
            mean_weights=True, mirror="at random", side=128, crop=0.35, light=0.3, smoothing=0.1,
        ),
        minutes=60,
        goal=0.90,
        views=2,
    ),
}  # fmt: skip
