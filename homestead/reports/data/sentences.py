"""What follows from the charts of a data sheet: one sentence each, computed from the rows."""

from collections.abc import Mapping

import numpy as np
import pandas as pd

from homestead.data.checking.stored_rows import Rows
from homestead.data.ingest import SheetRows
from homestead.problem.schema import Problem
from homestead.problem.split import HOLDOUT, TRAIN
from homestead.reports.data.column_facts import ColumnFacts
from homestead.reports.data.figures import RowsOverTime
from homestead.reports.wording import joined, number, percent

# Share of one value from which a column hardly tells rows apart.
_NEARLY_CONSTANT = 0.9


def sheet_sentences(
    problem: Problem, checked: SheetRows, labelled: Rows, facts: Mapping[str, ColumnFacts]
) -> list[str]:
    """Say what the table holds and what is wrong with it."""
    valid, bad = checked.valid, checked.counts.bad
    rows, columns = checked.counts.rows, len(problem.columns)
    texts = [f"{number(rows)} rows of {columns} columns, to predict {problem.target}."]
    if bad:
        share = percent(bad / rows, 3)
        texts.append(f"{number(bad)} of them ({share}) break a rule and are kept out.")
    else:
        texts.append("Every row meets the rules of the problem file.")
    missing = _missing(facts, problem)
    if missing:
        worst = max(missing, key=lambda name: missing[name])
        texts.append(
            f"{len(missing)} columns have missing values, most of them {worst}"
            f" ({percent(missing[worst])})."
        )
    if len(labelled) < len(valid):
        without = number(len(valid) - len(labelled))
        texts.append(f"{without} rows have no {problem.target} and are not trained on.")
    return texts


def over_time_sentence(rows: RowsOverTime, moments: pd.Series, splits: pd.Series) -> str:
    """Say when the most rows are, and whether the holdout's rate is another."""
    counts = np.sum(list(rows.counts.values()), axis=0)
    most = int(counts.argmax())
    first = f"{rows.edges[most]:%Y-%m-%d}"
    text = f"The most rows are in the {rows.step} from {first} ({number(counts[most])})"
    rates = {name: _rows_a_day(moments[splits == name]) for name in (TRAIN, HOLDOUT)}
    if not all(rates.values()):
        return f"{text}."
    change = rates[HOLDOUT] / rates[TRAIN] - 1
    if abs(change) < 0.1:
        return f"{text}; the holdout has about as many rows a day as the training rows."
    more = "more" if change > 0 else "fewer"
    return f"{text}; the holdout has {percent(abs(change), 0)} {more} rows a day than training."


def distribution_sentence(values: pd.Series, unit: str) -> str:
    """Say between which values half of the rows lie, and how long the tail is."""
    low, median, high, top = values.quantile([0.25, 0.5, 0.75, 0.99]).tolist()
    suffix = f" {unit}" if unit else ""
    text = f"Half of the rows lie between {number(low)} and {number(high)}{suffix}"
    if high - median > 1.3 * (median - low):
        return f"{text}, with a long tail upwards: one row in 100 is above {number(top)}."
    if median - low > 1.3 * (high - median):
        bottom = values.quantile(0.01)
        return f"{text}, with a long tail downwards: one row in 100 is below {number(bottom)}."
    return f"{text}, about evenly around {number(median)}."


def classes_sentence(labels: pd.Series) -> str:
    """Say which class is the most and which the least frequent."""
    shares = labels.value_counts(normalize=True)
    most, least = shares.index[0], shares.index[-1]
    if len(shares) == 1:
        return f"All rows are {most}."
    text = f"{percent(shares.iloc[0])} of rows are {most}, the most frequent class"
    return f"{text}; {least} is the rarest with {percent(shares.iloc[-1])}."


def columns_sentence(facts: Mapping[str, ColumnFacts], problem: Problem) -> str:
    """Say which columns hardly tell rows apart, and which have the most missing values."""
    constant = [
        (facts[name].top_share, name, facts[name].most.index[0])
        for name in problem.features
        if name in facts and facts[name].top_share >= _NEARLY_CONSTANT
    ]
    parts = []
    if constant:
        share, name, value = max(constant, key=lambda item: item[0])
        verb = "tells" if len(constant) == 1 else "tell"
        parts.append(
            f"{joined([name for _, name, _ in constant[:4]])} hardly {verb} rows apart:"
            f" {percent(share)} have {name} = {value}"
        )
    missing = _missing(facts, problem)
    if missing:
        worst = max(missing, key=lambda name: missing[name])
        parts.append(f"{worst} is missing most often, in {percent(missing[worst])} of rows")
    if not parts:
        return "No column is nearly constant, and none has missing values."
    return f"{'; '.join(parts)}."


def _missing(facts: Mapping[str, ColumnFacts], problem: Problem) -> dict[str, float]:
    shares = {name: column.missing_share for name, column in facts.items()}
    return {name: share for name, share in shares.items() if share and name != problem.target}


def _rows_a_day(moments: pd.Series) -> float:
    if len(moments) < 2:
        return 0.0
    days = (moments.max() - moments.min()).total_seconds() / 86_400
    return float(len(moments) / days) if days else 0.0
