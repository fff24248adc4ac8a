"""What is known of a release's requests, from the prediction log."""

import contextlib
from collections.abc import Callable, Mapping, Sequence
from typing import get_args

import sqlalchemy as sa

from homestead.errors import UserError
from homestead.model.onnx_model import read_model
from homestead.prediction_log.evidence.new_observations import observe, read_evidence
from homestead.prediction_log.evidence.row_slices import RowSlices
from homestead.problem.schema import Problem
from homestead.release.evidence import Evidence, Side
from homestead.release.learnt import LearntValues, has_learnt_classes, learnt_slices
from homestead.release.plan import ModelVersion
from homestead.release.record import ReleaseRecord

# Reads what is new of a release, and returns all that is known of it.
EvidenceReader = Callable[[sa.Engine, Problem, ReleaseRecord], Evidence]
# An integer column with more possible values is not divided.
_MAX_INTEGERS = 30


def read_new_evidence(engine: sa.Engine, problem: Problem, record: ReleaseRecord) -> Evidence:
    """Return all that is known of a release's requests, after a look at what is new.

    Raises:
        UserError: the database cannot be read or written.
    """
    learnt = record.learnt.categories
    slices = {
        side: problem_slices(problem, record.slices, learnt.get(side, {}))
        for side in get_args(Side)
    }
    observe(engine, record, slices, problem.labels.after_s)
    return read_evidence(engine, record)


def problem_slices(
    problem: Problem,
    ranges: Mapping[str, Sequence[str]],
    learnt: Mapping[str, Sequence[str]] | None = None,
) -> RowSlices:
    """Return the slices of the problem file, of columns that the model reads.

    Categories, booleans and integers of a narrow range are known without looking at any row.

    Args:
        ranges: names of the slices of other columns, as the challenger's certificate has them.
        learnt: values of categories that the model learnt, by column, in the order of their codes.
    """
    names: dict[str, tuple[str, ...]] = {}
    categories: dict[str, tuple[str, ...]] = {}
    for name in problem.slices:
        column, codes = problem.columns.get(name), problem.category_codes(name)
        if codes is not None:
            names[name] = categories[name] = tuple(codes)
        elif column is not None and column.is_learnt:
            if name in ranges and learnt and name in learnt:
                names[name], categories[name] = tuple(ranges[name]), tuple(learnt[name])
        elif column is not None and column.type == "boolean":
            names[name] = ("0", "1")
        elif column is not None and column.type == "integer" and column.range is not None:
            low, high = column.range
            if low is not None and high is not None and high - low < _MAX_INTEGERS:
                names[name] = tuple(str(n) for n in range(int(low), int(high) + 1))
        elif name in ranges:
            names[name] = tuple(ranges[name])
    return RowSlices(names, categories)


def learnt_values(
    problem: Problem, challenger: ModelVersion, champion: ModelVersion | None
) -> LearntValues:
    """Return what both models learnt of what the problem file leaves open.

    Nothing if a file cannot be read now: the release is then judged without it.
    """
    if champion is None or not (has_learnt_classes(problem) or learnt_slices(problem)):
        return LearntValues()
    versions: dict[Side, ModelVersion] = {"challenger": challenger, "champion": champion}
    with contextlib.suppress(UserError):
        contracts = {
            side: read_model(version.uri, version.digest).contract
            for side, version in versions.items()
        }
        return LearntValues.of(problem, contracts)
    return LearntValues()
