"""Comparison of served rows with offline values, column by column."""

from collections.abc import Collection
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from homestead.features.offline.view_values import OfflineView
from homestead.problem.contract import ContractView
from homestead.steps.history.comparison.findings import (
    MAX_NAMED,
    MEANINGS,
    FeatureMismatch,
    FeatureParity,
    MismatchKind,
    ParityReport,
)
from homestead.steps.history.comparison.served_rows import ServedRows
from homestead.steps.history.replayed import finite

if TYPE_CHECKING:
    import pandas as pd

_SECONDS_PER_DAY = 86_400


class _Different(NamedTuple):
    """Rows whose value of a feature is not the offline one.

    Attributes:
        positions: of the rows among the served ones.
        keys: theirs, of the view's entity.
        offline: the values that the view held at their times, NaN if none.
        ages_s: of these values.
    """

    served: ServedRows
    view: str
    feature: str
    positions: np.ndarray
    keys: "pd.Series"
    offline: np.ndarray
    ages_s: np.ndarray


def compare_view(
    report: ParityReport,
    served: ServedRows,
    view: ContractView,
    offline: OfflineView,
    keys: "pd.Series",
    max_lag_s: float,
    *,
    is_timed: bool,
) -> list[str]:
    """Compare what rows were served of a view with what it held at their times.

    Args:
        keys: (rows,) of the view's entity, missing for rows that are not compared.
        is_timed: whether the problem has time stamps; otherwise values have no age.

    Returns:
        The inputs that were compared.
    """
    names = [n for n in offline.names if n in served.logged and n in served.contract.features]
    has_key = keys.notna().to_numpy()
    if not names or not has_key.any():
        return []
    known = offline.latest_known(keys, served.times)
    is_old = np.zeros(len(keys), dtype=bool)
    if is_timed:
        is_old = has_key & (served.times - known.times > view.ttl_days * _SECONDS_PER_DAY)
    if is_old.any() and view.stale == "mark":
        report.stale_rows[view.name] = report.stale_rows.get(view.name, 0) + int(is_old.sum())
    positions = {name: i for i, name in enumerate(offline.names)}
    for name in names:
        expected = known.values[:, positions[name]]
        logged = served.numbers[name]
        is_equal = _same(logged, expected)
        if view.stale == "null":
            is_equal = np.where(is_old, np.isnan(logged), is_equal)
        parity = report.features.setdefault(name, FeatureParity())
        parity.compared += int(has_key.sum())
        parity.equal += int((has_key & is_equal).sum())
        different = np.flatnonzero(has_key & ~is_equal)
        if len(different):
            found = _Different(
                served,
                view.name,
                name,
                different,
                keys.iloc[different],
                expected[different],
                served.times[different] - known.times[different],
            )
            _add_mismatches(parity, found, offline, max_lag_s, is_timed=is_timed)
    return names


def compare_derived(report: ParityReport, served: ServedRows, compared: Collection[str]) -> None:
    """Compare logged derived inputs with their expressions over the other logged inputs.

    Args:
        compared: inputs that were already compared with a view.
    """
    for name, expression in served.expressions.items():
        if name in compared or name not in served.logged or not expression.names:
            continue
        if not expression.names <= served.numbers.keys():
            continue
        expected = expression.evaluate_columns(served.numbers)
        logged = served.numbers[name]
        is_equal = _same(logged, expected)
        parity = report.features.setdefault(name, FeatureParity())
        parity.compared += len(logged)
        parity.equal += int(is_equal.sum())
        different = np.flatnonzero(~is_equal)
        _count(parity, "derived", len(different))
        for position in different[: MAX_NAMED - len(parity.examples)].tolist():
            parity.examples.append(
                _mismatch(served, position, name, "derived", offline=expected[position])
            )


def _add_mismatches(
    parity: FeatureParity,
    found: _Different,
    view: OfflineView,
    max_lag_s: float,
    *,
    is_timed: bool,
) -> None:
    served, name = found.served, found.feature
    logged, times = served.numbers[name][found.positions], served.times[found.positions]
    origin = view.origin(name, found.keys, times, logged)
    is_known = origin.times <= times  # False without a row of the value
    kinds = np.select(
        [np.isnan(logged), is_known, origin.times > times, np.isnan(found.offline)],
        ["missing", "late", "early", "unexpected"],
        "different",
    )
    is_within_lag = np.zeros(len(logged), dtype=bool)
    if max_lag_s > 0:
        column = view.names.index(name)
        before = view.latest_known(found.keys, times - max_lag_s).values[:, column]
        is_within_lag = _same(logged, before) | (
            is_known & (origin.replaced_at >= times - max_lag_s)
        )
    parity.within_lag += int(is_within_lag.sum())
    for kind in MEANINGS:
        _count(parity, kind, int(((kinds == kind) & ~is_within_lag).sum()))
    shown = np.flatnonzero(~is_within_lag)[: MAX_NAMED - len(parity.examples)]
    for i in shown.tolist():
        parity.examples.append(
            _mismatch(
                served,
                int(found.positions[i]),
                name,
                kinds[i],
                view=found.view,
                entity=str(found.keys.iloc[i]),
                offline=found.offline[i],
                logged_age_s=times[i] - origin.times[i] if is_timed else None,
                offline_age_s=found.ages_s[i] if is_timed else None,
            )
        )


def _mismatch(
    served: ServedRows,
    position: int,
    name: str,
    kind: MismatchKind,
    *,
    offline: float,
    view: str | None = None,
    entity: str | None = None,
    logged_age_s: float | None = None,
    offline_age_s: float | None = None,
) -> FeatureMismatch:
    row = served.part.rows.iloc[position]
    return FeatureMismatch(
        prediction_id=row.prediction_id,
        row=int(row.row),
        version=row.version,
        at=float(row["at"]),
        view=view,
        feature=name,
        entity=row.entity if entity is None else entity,
        logged=finite(served.numbers[name][position]),
        logged_age_s=finite(logged_age_s),
        offline=finite(offline),
        offline_age_s=finite(offline_age_s),
        kind=kind,
    )


def _count(parity: FeatureParity, kind: MismatchKind, rows: int) -> None:
    if rows:
        parity.mismatches[kind] = parity.mismatches.get(kind, 0) + rows


def _same(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """Return where values have the same bits, or are both missing."""
    return np.asarray((a == b) | (np.isnan(a) & np.isnan(b)))
