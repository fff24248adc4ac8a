"""The data sheet: what came in, column by column, and what was set aside."""

from typing import TYPE_CHECKING, Any

import pandas as pd

from homestead.encode import numeric
from homestead.problem import Problem
from homestead.reports.wording import number, percent

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from homestead.ingest import Ingested


def data_sheet_html(problem: Problem, found: "Ingested") -> str:
    """The page of one ingest: origin, columns with their distributions, quarantined rows."""
    from homestead.reports.page import figure_html, render

    columns = [
        {
            "name": name,
            "column": column,
            "missing": float(found.valid[name].isna().mean()),
            "plot": figure_html(_distribution(found.valid, name, problem), name),
            "summary": _summary(found.valid, name, problem),
        }
        for name, column in problem.columns.items()
    ]
    reasons = found.quarantine["reason"].value_counts().head(20)
    return render(
        "data_sheet.html",
        problem=problem,
        found=found,
        columns=columns,
        reasons=list(reasons.items()),
        first=found.valid[problem.timestamp].min(),
        last=found.valid[problem.timestamp].max(),
        number=number,
        percent=percent,
    )


def _summary(valid: pd.DataFrame, name: str, problem: Problem) -> str:
    values = valid[name].dropna()
    if problem.columns[name].type == "timestamp":
        return f"{values.min():%Y-%m-%d} to {values.max():%Y-%m-%d}"
    if problem.columns[name].type in ("category", "boolean"):
        shares = values.astype(str).value_counts(normalize=True).head(3)
        return ", ".join(f"{value} {percent(share)}" for value, share in shares.items())
    return f"{number(values.min())} to {number(values.max())}, median {number(values.median())}"


def _distribution(valid: pd.DataFrame, name: str, problem: Problem) -> "Figure":
    from matplotlib.figure import Figure

    figure = Figure(figsize=(2.6, 0.7), layout="tight")
    axes: Any = figure.subplots()
    column = problem.columns[name]
    if column.type in ("category", "boolean"):
        counts = valid[name].astype(str).value_counts().head(12)
        axes.bar(range(len(counts)), counts.to_numpy(), color="#4c7fb5")
    else:
        values = pd.Series(numeric(valid[name], column)).dropna()
        low, high = values.quantile([0.005, 0.995])
        axes.hist(values.clip(low, high), bins=30, color="#4c7fb5")
    axes.axis("off")
    return figure
