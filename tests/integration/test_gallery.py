"""Each problem of the gallery is not worse than scikit-learn by hand, and drafts train, too.

Rows and trials are few, so that all six take a minute.
"""

from pathlib import Path

import pytest

from benchmarks.quality.__main__ import TARGETS
from homestead.drafting.draft import draft
from homestead.problem.loader import load_problem
from homestead.problem.model_metrics.table import MODEL_METRICS
from homestead.problem.schema import Problem
from homestead.steps.commands.validate import validate_source
from tests import gallery

# Relative to the score of plain scikit-learn.
TOLERANCE = 0.02


@pytest.fixture(scope="module")
def tables(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("tables")
    gallery.tables_module().write_tables(folder)
    return folder


def _example(name: str, tables: Path) -> Problem:
    problem = load_problem(gallery.EXAMPLES / f"{name}.yaml")
    return problem.model_copy(update={"source": str(tables / f"{name}.csv")})


@pytest.mark.parametrize("name", gallery.NAMES)
def test_an_example_is_as_good_as_plain_scikit_learn(
    name: str, tables: Path, tmp_path: Path
) -> None:
    problem = gallery.reduced(_example(name, tables))
    dataset = gallery.training_rows(problem, tmp_path)
    ours = gallery.homestead_score(problem, dataset)
    plain = gallery.plain_score(problem, dataset)
    metric = MODEL_METRICS[problem.metric]
    assert metric.loss(ours) <= metric.loss(plain) + TOLERANCE * abs(plain)


@pytest.mark.parametrize("name", gallery.NAMES)
def test_a_draft_of_its_table_trains_as_it_is(name: str, tables: Path, tmp_path: Path) -> None:
    source = str(tables / f"{name}.csv")
    problem = draft(source, target=TARGETS[name]).write(tmp_path / f"{name}.yaml")
    lines: list[str] = []
    validate_source(problem, lines.append)
    assert lines[0].endswith(" 0 bad")
    problem = gallery.reduced(problem)
    gallery.homestead_score(problem, gallery.training_rows(problem, tmp_path))
