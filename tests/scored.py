"""Rows of the small problem to score, and scoring jobs in processes that are killed."""

import os
import signal
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from homestead.problem.loader import load_problem
from homestead.scoring.job import ScoringOptions
from homestead.scoring.outcome import ScoredModel, ScoringResult
from homestead.scoring.parts.store import LocalParts
from homestead.scoring.run import score_table
from homestead.settings import Settings
from tests.conftest import CHURN, settings_at
from tests.factories import flats_problem
from tests.small_models import small_onnx


def churn_rows(count: int, seed: int = 0) -> pd.DataFrame:
    """Return customers by key, by columns and by a mix of them; one in fifty is refused.

    Returns:
        (count, 6): integers are Int64, and cells that a row does not hold are missing.
    """
    draw = np.random.default_rng(seed)
    table = pd.read_csv(CHURN.with_suffix(".csv"))
    rows = table.iloc[draw.integers(0, len(table), count)].reset_index(drop=True)
    rows = rows.drop(columns=["outcome", "day"]).astype(
        {"customer": "Int64", "months": "Int64", "region": "Int64"}
    )
    rows["paperless"] = rows.paperless.astype("boolean")
    rows["day"] = pd.Timestamp("2024-06-01") + pd.to_timedelta(draw.integers(0, 9, count), "D")
    is_key_alone = draw.random(count) < 0.4
    for name in ("plan", "months", "satisfaction", "region", "paperless"):
        rows.loc[is_key_alone, name] = None
    lacks_some = draw.random(count) < 0.3
    rows.loc[lacks_some, ["plan", "months"]] = None
    is_wrong = draw.random(count) < 0.02
    rows.loc[is_wrong & ~is_key_alone, "months"] = 700
    rows.loc[is_wrong & is_key_alone, "customer"] = 99_999
    return rows


def score_churn(home: Path, model: Path, source: Path, target: Path | str, **options: Any) -> Any:
    """Score with a model file of the small problem, and return the result."""
    return score_table(
        load_problem(CHURN),
        settings_at(home),
        ScoredModel("1", model.read_bytes()),
        str(source),
        str(target),
        ScoringOptions(**options),
    )


def small_rows(count: int) -> pd.DataFrame:
    """Return rows of the small models of :mod:`tests.small_models`; each seventh is refused."""
    number = np.arange(count)
    area = np.where(number % 7 == 6, 900.0, 20 + number % 1000 / 3)
    return pd.DataFrame({"id": 2**60 + number, "area": area, "rooms": number % 9 + 1})


def score_small(
    settings: Settings, source: Path, target: Path | str, **options: Any
) -> ScoringResult:
    """Score with a small model, which has no views."""
    return score_table(
        flats_problem(),
        settings,
        ScoredModel("3", small_onnx(1 / 3)),
        str(source),
        str(target),
        ScoringOptions(**options),
    )


def _kill_at(call: int, before: bool, patched: type, name: str) -> None:
    """Make the n-th call of a method the last thing that this process does."""
    method: Callable[..., Any] = getattr(patched, name)
    calls = 0

    def killing(*args: Any, **kwargs: Any) -> Any:
        nonlocal calls
        calls += 1
        if calls == call and before:
            os.kill(os.getpid(), signal.SIGKILL)
        result = method(*args, **kwargs)
        if calls == call:
            os.kill(os.getpid(), signal.SIGKILL)
        return result

    setattr(patched, name, killing)


def main() -> None:
    """Score in one process after the other, each killed at a point that it is told.

    Arguments: home, model, source, target, then points such as ``replace:3:before``. Prints the
    number of rows that the last run, which nobody kills, found done.
    """
    home, model, source, target, *points = sys.argv[1:]
    given = (Path(home), Path(model), Path(source), target)
    options: dict[str, Any] = {"is_logged": True, "part_rows": 100, "workers": 1}
    for point in points:
        name, call, when = point.split(":")
        child = os.fork()
        if child == 0:
            patched = Path if name == "replace" else LocalParts
            _kill_at(int(call), when == "before", patched, name)
            score_churn(*given, **options)
            os._exit(0)  # the point was never reached
        _, status = os.waitpid(child, 0)
        assert os.WTERMSIG(status) == signal.SIGKILL, f"{point}: ended with {status}"
        # What a writer leaves that is killed in the middle of a file.
        for folder in Path(target).parent.glob(f"{Path(target).name}.parts-*"):
            (folder / f".part-00001-{folder.name[-16:]}.parquet.x").write_bytes(b"PAR1 half")
    print(score_churn(*given, **options).kept)  # noqa: T201


if __name__ == "__main__":
    main()
