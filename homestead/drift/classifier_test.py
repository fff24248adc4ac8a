"""Classifier two-sample test: can current rows be told from reference rows?

Rows of both kinds are put into blocks. Each block but the first is scored by a classifier that was
fitted on the blocks before it, so that every row but those of the first block is scored by one that
has not seen it. If both kinds have one distribution, each block's ranks of current rows are a
random draw of its ranks, whatever the blocks before were like: the blocks' rank sums are
independent, and their distribution under permutation of the rows' origin is known exactly.

Sources: Lopez-Paz and Oquab, "Revisiting classifier two-sample tests" (arXiv 1610.06545); for
classifiers fitted on what came before, Podkopaev and Ramdas, "Sequential predictive two-sample and
independence testing" (arXiv 2305.00143); for permutations that stop early, Besag and Clifford,
"Sequential Monte Carlo p-values" (Biometrika 78, 1991).
"""

import itertools
import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from homestead.drift.calibrated_result import ClassifierTest
from homestead.drift.quadratic_classifier import QuadraticClassifier
from homestead.drift.two_sample_tests import Values, normal_tail, rank_sum_moments

_BLOCK_ENDS = (0.25, 0.5, 0.75, 1.0)
_MAX_CURRENT_ROWS = 5_000
# More reference rows for each current row would make the test hardly surer.
_REFERENCE_RATIO = 5
_MAX_REFERENCE_ROWS = 10_000
_SEED = 0
_MAX_PERMUTATIONS = 999
_BATCH = 37
# Permutations end with as many that are as extreme. Rarer ones than so many are not drawn.
_ENOUGH_EXTREME = 10
_RESOLVED = 0.01
_ROUNDING = 1e-9


@dataclass(frozen=True)
class ScoredBlock:
    """Rows that were scored by one classifier.

    Attributes:
        current: number of current rows.
        rows: number of all rows.
        rank_sum: sum of the current rows' ranks, of 1 to ``rows``, by their scores.
        weight: of the block; the more rows its classifier was fitted on, the larger.
    """

    current: int
    rows: int
    rank_sum: float
    weight: float

    @property
    def auc(self) -> float:
        """Probability that a current row has a higher score than a reference row."""
        smallest = self.current * (self.current + 1) / 2
        return (self.rank_sum - smallest) / (self.current * (self.rows - self.current))

    def standardised(self, rank_sums: Values) -> Values:
        """Return weighted standard deviations of rank sums from the mean of random draws."""
        mean, deviation = rank_sum_moments(self.current, self.rows)
        return self.weight * (rank_sums - mean) / deviation


def compare_by_classifier(
    reference: Values, current: Values, is_category: Sequence[bool]
) -> ClassifierTest:
    """Test whether rows have one distribution, all columns together.

    Args:
        reference: (rows, columns) float64, NaN for missing; at least 8 rows.
        current: likewise, the same columns.
        is_category: by column, whether its numbers are codes without an order.

    Returns:
        The test, whose ``drifted`` is to be set by who knows the level.
    """
    blocks = list(_scored_blocks(reference, current, is_category))
    p_value, permutations = permutation_p_value(blocks)
    weights = sum(block.weight for block in blocks)
    return ClassifierTest(
        p_value=p_value,
        drifted=False,
        auc=sum(block.weight * block.auc for block in blocks) / weights,
        rows=sum(block.current for block in blocks),
        permutations=permutations,
    )


def permutation_p_value(blocks: Sequence[ScoredBlock]) -> tuple[float, int]:
    """Return how often a permutation of the rows' origin is as extreme, and how many were drawn.

    That is ``(k + 1) / (n + 1)`` for k of n permutations, of which no more are drawn than it takes.
    What so few cannot resolve is the tail of the normal distribution with the mean and variance of
    all permutations, which is longer than theirs; then none are drawn.
    """
    length = math.hypot(*(block.weight for block in blocks))
    observed = float(sum(block.standardised(np.array(block.rank_sum)) for block in blocks))
    tail = normal_tail(observed / length)
    if tail < _RESOLVED:
        return tail, 0
    draw = np.random.default_rng(_SEED)
    extreme = drawn = 0
    while drawn < _MAX_PERMUTATIONS and extreme < _ENOUGH_EXTREME:
        permuted = np.sum(
            [block.standardised(_permuted_rank_sums(block, draw)) for block in blocks], axis=0
        )
        extreme += int((permuted >= observed - _ROUNDING).sum())
        drawn += _BATCH
    return (extreme + 1) / (drawn + 1), drawn


def _permuted_rank_sums(block: ScoredBlock, draw: np.random.Generator) -> Values:
    ranks = np.tile(np.arange(1.0, block.rows + 1), (_BATCH, 1))
    sums: Values = draw.permuted(ranks, axis=1)[:, : block.current].sum(axis=1)
    return sums


def _scored_blocks(
    reference: Values, current: Values, is_category: Sequence[bool]
) -> Iterator[ScoredBlock]:
    draw = np.random.default_rng(_SEED)
    current = current[draw.permutation(len(current))[:_MAX_CURRENT_ROWS]]
    most = min(_MAX_REFERENCE_ROWS, _REFERENCE_RATIO * len(current))
    reference = reference[draw.permutation(len(reference))[:most]]
    for start, end in itertools.pairwise(_BLOCK_ENDS):
        classifier = QuadraticClassifier.fit(
            _part(reference, 0, start), _part(current, 0, start), is_category
        )
        blocks = _part(reference, start, end), _part(current, start, end)
        scores = classifier.score(np.concatenate(blocks))
        order = np.lexsort((draw.random(len(scores)), scores))
        yield ScoredBlock(
            current=len(blocks[1]),
            rows=len(scores),
            rank_sum=float((np.flatnonzero(order >= len(blocks[0])) + 1).sum()),
            weight=math.sqrt(start),
        )


def _part(rows: Values, start: float, end: float) -> Values:
    return rows[int(start * len(rows)) : int(end * len(rows))]
