"""Slices of the rows: is the challenger beyond the limit in one part of the requests?"""

from collections.abc import Iterator
from dataclasses import replace

import numpy as np

from homestead.release.analysis.bounded_test import bounded_test
from homestead.release.analysis.levels import slice_level
from homestead.release.analysis.losses import LabelledPairs
from homestead.release.analysis.result import TestResult


def slice_tests(
    labelled: LabelledPairs, *, limit: float, error_level: float, min_rows: int
) -> Iterator[TestResult]:
    """Test each slice with enough rows, in the order in which the slices appear.

    A model that is better on the whole may be a little worse somewhere, as the gate allows too. So
    harm in a slice begins at the limit, not at 0.

    Args:
        labelled: pairs of all slices.
        limit: how much larger, relative to the champion's, the mean loss in a slice may be.
        min_rows: slices with fewer rows are not judged.
    """
    rows: dict[tuple[str, str], list[int]] = {}
    for index, pair in enumerate(labelled.pairs):
        for column, value in (pair.slices or {}).items():
            rows.setdefault((column, value), []).append(index)
    for position, ((column, value), indices) in enumerate(rows.items(), start=1):
        if len(indices) < min_rows:
            continue
        chosen, all_rows = np.array(indices), labelled.differences
        differences = replace(
            all_rows,
            difference=all_rows.difference[chosen],
            base=np.asarray(all_rows.base)[chosen],
        )
        yield bounded_test(
            f"slice {column}={value}",
            f"the excess of the challenger's {labelled.mean_loss} there over the champion's",
            differences,
            harmful_above=limit,
            passed_below=limit,
            level=slice_level(error_level, position),
            least=min_rows,
            power=labelled.power,
        )
