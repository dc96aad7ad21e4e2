"""A recipe for a training, as one list of choices (chapter 10); `helpers.training.fitting` carries it out."""

from dataclasses import asdict, dataclass


@dataclass(frozen=True)
class Recipe:
    """A network and its training, as one list of choices."""

    # The network, see `convnet`.
    first: int = 32
    stages: tuple[int, ...] = (64, 128)
    normalise: bool = True
    more: int = 0
    skip: bool = False  # a skip connection
    ending: str = "average"
    patches: bool = False
    pool_first: bool = True
    scale: float = 1.0
    dropout: float = 0.0
    # How its weights begin.
    whitened: bool = False
    identity: bool = False
    # The training.
    epochs: int = 7
    batch: int = 128
    method: str = "adam"  # or "sgd": with Nesterov's momentum
    rate: float = 0.002  # the mean: with a cycle the largest is twice as large
    cycle: bool = True
    decay: float = 0.0
    bias_rate: float = 1.0  # how many times as large the rate is for the biases of batch normalisation
    mean_weights: bool = False
    lookahead: bool = False
    # The pictures.
    mirror: str = ""  # "at random", or "in turn": what is mirrored in one epoch is not in the next
    shift: int = 0
    edge: str = "constant"
    side: int = 0  # with a crop: of the squares that the network sees
    crop: float = 1.0  # smallest share of a picture that is kept
    light: float = 0.0
    erase: float = 0.0
    smoothing: float = 0.0


def as_json(recipe: Recipe) -> dict:
    """A recipe as JSON gives it back: lists in the place of tuples."""
    return {key: list(value) if isinstance(value, tuple) else value for key, value in asdict(recipe).items()}
