"""Parity: compare logged inputs with the offline store, and predictions with the stored models."""

import tempfile
import time
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from homestead.database.engine import WINDOW_READ_TIMEOUT_S, open_database
from homestead.engine.limits import connect
from homestead.features.feast_objects import definitions_hash
from homestead.features.offline.view_values import OfflineView
from homestead.features.source_views import compute_source_views
from homestead.features.views import view_file
from homestead.prediction_log.history.logged_rows import LogWindow
from homestead.problem.contract import Contract, ContractView
from homestead.problem.expressions.text_codes import compile_derived
from homestead.problem.schema import Problem
from homestead.problem.values.categories import codes_of_stored
from homestead.settings import Settings
from homestead.steps.history.comparison.counts import compare_derived, compare_view
from homestead.steps.history.comparison.findings import (
    MAX_NAMED,
    ParityReport,
    PredictionMismatch,
)
from homestead.steps.history.comparison.served_rows import ServedRows, entity_keys, served_rows
from homestead.steps.history.replay import replayed_parts
from homestead.steps.history.replayed import ReplayedPart
from homestead.steps.history.stored_models import StoredModels
from homestead.tracking import runs

if TYPE_CHECKING:
    import duckdb
    import pandas as pd


def check_parity(
    problem: Problem, settings: Settings, window: LogWindow, max_lag_s: float = 0.0
) -> ParityReport:
    """Compare a window of the log with the offline store and with the stored models.

    The offline store is computed from the source's present rows by the problem file's views. Each
    row is compared with the values that were known at its time: its time stamp, or that of the
    prediction if the log does not hold the stamp.

    Args:
        max_lag_s: how long an online store may lag behind the offline one: an earlier value counts
            as equal if it was the latest at any time so many seconds before the row's.

    Raises:
        UserError: the source cannot be read, or breaks the problem's rules.
        SQLAlchemyError: the log cannot be read.
    """
    report = ParityReport(problem=problem.name)
    models = StoredModels(runs.open_client(settings), problem.name)
    engine = open_database(settings.database_url, WINDOW_READ_TIMEOUT_S)
    tables = _view_tables(problem) if problem.views else {}
    try:
        with connect(purpose="parity") as connection:
            comparison = _Comparison(report, problem, tables, connection, models, max_lag_s)
            for part in replayed_parts(engine, problem.name, window, models):
                comparison.add(part)
    finally:
        engine.dispose()
    return report


def _view_tables(problem: Problem) -> "dict[str, pd.DataFrame]":
    """Return the views' tables, which alone are held: what they are made of is on disk."""
    import pandas as pd

    with tempfile.TemporaryDirectory(prefix="homestead-parity-") as name:
        compute_source_views(problem, Path(name))
        return {view: pd.read_parquet(view_file(Path(name), view)) for view in problem.views}


class _Comparison:
    def __init__(
        self,
        report: ParityReport,
        problem: Problem,
        tables: Mapping[str, "pd.DataFrame"],
        connection: "duckdb.DuckDBPyConnection",
        models: StoredModels,
        max_lag_s: float,
    ) -> None:
        self._report = report
        self._problem = problem
        self._tables = tables
        self._connection = connection
        self._models = models
        self._max_lag_s = max_lag_s
        self._definitions = definitions_hash(problem)
        # By digest of the model, in whose codes the values are, and by view.
        self._views: dict[tuple[str, str], OfflineView] = {}

    def add(self, part: ReplayedPart) -> None:
        """Compare the rows of one model."""
        report = self._report
        report.rows += len(part.rows)
        self._add_predictions(part)
        if part.model is None or part.inputs is None:
            return
        for name, reason in part.inputs.hidden.items():
            report.add_note(f"{name} {reason}", len(part.rows))
        contract, digest = part.model.contract, part.model.digest
        served = served_rows(part, contract, part.inputs.matrix)
        recorded = self._models.features_hash(digest)
        if recorded and recorded != self._definitions:
            report.add_note(
                f"version {part.rows.version[0]} was trained with other feature definitions than"
                " the problem file has now",
                len(part.rows),
            )
        compared = [name for v in contract.views for name in self._add_view(served, digest, v)]
        compare_derived(report, served, compared)

    def _add_view(self, served: ServedRows, digest: str, view: ContractView) -> list[str]:
        """Compare the inputs that a view supplies, and return their names."""
        report = self._report
        if view.name not in self._tables:
            report.add_note(
                f"view {view.name}: the problem file has it no more", len(served.part.rows)
            )
            return []
        keys = entity_keys(served, view)
        if isinstance(keys, str):
            report.add_note(keys, len(served.part.rows))
            return []
        has_key = keys.notna().to_numpy()
        if not has_key.all():
            report.add_note(
                f"view {view.name}: the row has no {view.entity}", int((~has_key).sum())
            )
        is_timed = served.contract.timestamp is not None
        offline = self._offline(digest, served.contract, view)
        return compare_view(report, served, view, offline, keys, self._max_lag_s, is_timed=is_timed)

    def _offline(self, digest: str, contract: Contract, view: ContractView) -> OfflineView:
        """Return a view in a model's codes, with the derived columns that need nothing else."""
        key = (digest, view.name)
        if key not in self._views:
            table = self._tables[view.name].copy()
            for name in table.columns.intersection(list(contract.columns)):
                column = contract.columns[name]
                if column.type == "category" and name != view.entity:
                    codes = codes_of_stored(column.allowed or (), is_open=column.is_open)
                    coded = table[name].map(codes)
                    is_unseen = coded.isna() & table[name].notna()
                    table[name] = coded.where(~is_unseen, column.unseen_code)
            numbers = {
                name: table[name].to_numpy(dtype=float) for name in view.features if name in table
            }
            for name, expression in compile_derived(contract.derived, contract.columns).items():
                if expression.names and expression.names <= numbers.keys():
                    numbers[name] = expression.evaluate_columns(numbers)
            missing = set(view.features) - numbers.keys()
            for name in sorted(missing):
                self._report.add_note(f"{name}: view {view.name} has it no more", 0)
            named = table.assign(**numbers)
            self._views[key] = OfflineView(self._connection, len(self._views), named, view.entity)
        return self._views[key]

    def _add_predictions(self, part: ReplayedPart) -> None:
        report = self._report
        skipped = sum(map(bool, part.reasons))
        different = np.flatnonzero(part.differs)
        report.predictions_skipped += skipped
        report.predictions_different += len(different)
        report.predictions_equal += len(part.rows) - skipped - len(different)
        for reason in filter(None, part.reasons):
            report.add_note(f"prediction not replayed: {reason}", 1)
        room = MAX_NAMED - len(report.prediction_mismatches)
        for position in different[:room].tolist():
            row = part.row(position)
            report.prediction_mismatches.append(
                PredictionMismatch(
                    prediction_id=row.prediction_id,
                    row=row.row,
                    version=row.version,
                    entity=row.entity,
                    logged=row.logged,
                    replayed=row.replayed,
                    age_s=time.time() - row.at,
                )
            )
