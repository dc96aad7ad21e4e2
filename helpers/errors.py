"""What can be wrong with data and networks."""


class DataError(Exception):
    """A data file is missing or damaged. The message names it and says what to do."""


class DataUnavailable(DataError):  # noqa: N818  it says what is the case, not that a program failed
    """Data that does not ship is not here and cannot be downloaded. The message says what to do."""


class CheckpointError(Exception):
    """A checkpoint is missing, damaged, or does not fit its card. The message says what to do."""
