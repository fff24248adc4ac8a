"""The problem's metric on the slices that the certificate has: the same rows by the same names."""

import numpy as np

from homestead.performance.judgement import judge
from homestead.performance.measured import measure
from homestead.performance.report import Figure, SliceFigures
from homestead.performance.served_version import ServedVersion
from homestead.prediction_log.evidence.row_slices import RowSlices
from homestead.problem.model_metrics.table import ModelMetric
from homestead.problem.schema import Problem


def slice_figures(
    problem: Problem, metric: ModelMetric, version: ServedVersion, level: float
) -> tuple[SliceFigures, ...]:
    """Return the figures of the certificate's slices that have labelled rows."""
    if version.certificate is None or not len(version.labelled):
        return ()
    promised = {(s.column, s.value): s.winner for s in version.certificate.slices}
    names: dict[str, list[str]] = {}
    for column, value in promised:
        names.setdefault(column, []).append(value)
    categories = {
        name: column.allowed
        for name, column in version.contract.columns.items()
        if name in names and column.type == "category" and column.allowed
    }
    row_slices = RowSlices(names, categories)
    of_rows = [row_slices.of(features) for features in version.labelled.features]
    figures = []
    for (column, value), promise in promised.items():
        chosen = np.array([of_row.get(column) == value for of_row in of_rows])
        if not chosen.any():
            continue
        rows = version.labelled.rows(chosen)
        measured = measure([metric], rows, problem.gate.confidence)[metric.name]
        rows_needed = max(problem.gate.min_slice_rows, 2)
        judged = judge(
            measured,
            Figure(value=promise, rows=0),
            metric,
            problem.performance.model_copy(update={"min_rows": rows_needed}),
            level=level / len(promised),
            confidence=problem.gate.confidence,
            kind=f"labelled rows where {column} is {value}",
        )
        figures.append(SliceFigures(column=column, value=value, promised=promise, measured=judged))
    return tuple(figures)
