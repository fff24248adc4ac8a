"""The split of rows by time into train, validation and holdout: its one rule and its names."""

from typing import Literal

import numpy as np
import numpy.typing as npt

from homestead.problem.sections.split import Split

# Column of the training set that holds each row's part.
SPLIT_COLUMN = "split"

SplitName = Literal["train", "validation", "holdout"]
TRAIN: SplitName = "train"
VALIDATION: SplitName = "validation"
HOLDOUT: SplitName = "holdout"
# In the order of time.
SPLIT_NAMES: tuple[SplitName, ...] = (TRAIN, VALIDATION, HOLDOUT)


def split_names(times: npt.ArrayLike, split: Split) -> npt.NDArray[np.str_]:
    """Return the part that each time falls in.

    A row belongs to validation from ``split.validation_from`` on, and to the holdout from
    ``split.holdout_from`` on, the start of those days included.

    Args:
        times: shape (rows,), datetime64 or a pandas column of it, without a time zone.

    Returns:
        Array of shape (rows,) with one of :data:`SPLIT_NAMES` each.
    """
    starts = np.array([split.validation_from, split.holdout_from], "datetime64[us]")
    position = np.searchsorted(starts, np.asarray(times, "datetime64[us]"), "right")
    return np.array(SPLIT_NAMES)[position]
