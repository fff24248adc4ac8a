"""Losses and distances of pairs."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from homestead.problem.schema import Problem
from homestead.release.analysis.losses import distances, labelled_pairs
from homestead.release.evidence import PairedPrediction
from tests.factories import flats_problem


def regression(count: int = 400, **changes: Any) -> list[PairedPrediction]:
    draw = np.random.default_rng(7)
    pairs = [
        PairedPrediction(
            id=f"p/{i}",
            subject=str(i),
            at=float(i),
            champion=float(100 + draw.normal()),
            challenger=float(100 + 1.2 * draw.normal()),
            truth=100.0,
        )
        for i in range(count)
    ]
    return [*pairs[:-1], replace(pairs[-1], **changes)]


def classified(
    champion: str, challenger: str, truth: str, chances: tuple[float, float] = (0.8, 0.8)
) -> PairedPrediction:
    return PairedPrediction(
        id="c/0",
        subject="c",
        at=0.0,
        champion=chances[0],
        challenger=chances[1],
        champion_label=champion,
        challenger_label=challenger,
        truth_label=truth,
    )


def spam(**changes: Any) -> Problem:
    column = flats_problem().columns["district"]
    columns = {"mail": column.model_copy(update={"allowed": ("ham", "spam")})}
    update = {"task": "classification", "target": "mail", "columns": columns, **changes}
    return flats_problem().model_copy(update=update)


def test_the_first_fifty_labelled_pairs_of_a_regression_only_set_the_scale() -> None:
    labelled = labelled_pairs(regression(), flats_problem())
    assert len(labelled.pairs) == len(labelled.differences) == 350
    assert labelled.pairs[0].id == "p/50"
    assert labelled.differences.estimate == pytest.approx(0.2, abs=0.1)
    assert len(labelled_pairs(regression(50), flats_problem()).differences) == 0


@pytest.mark.parametrize("answer", [1e300, float("inf"), float("nan")])
def test_one_enormous_error_counts_as_the_largest(answer: float) -> None:
    for metric in ("mae", "rmse", "mape"):
        problem = flats_problem().model_copy(update={"metric": metric})
        differences = labelled_pairs(regression(challenger=answer), problem).differences
        assert differences.difference[-1] == differences.bounds[1]
        assert np.isfinite([differences.low(0.01), differences.high(0.01)]).all()
        better = labelled_pairs(regression(champion=answer), problem).differences
        assert better.difference[-1] == better.bounds[0]


def test_metrics_have_their_loss() -> None:
    pair = PairedPrediction("p", "s", 0.0, champion=104.0, challenger=98.0, truth=100.0)
    pairs = [*regression(51)[:50], pair]
    expected = {"mae": (4, 2), "rmse": (16, 4), "mape": (0.04, 0.02), "quantile_loss": (0.4, 1.8)}
    for metric, (old, new) in expected.items():
        problem = flats_problem().model_copy(update={"metric": metric, "quantile": 0.9})
        differences = labelled_pairs(pairs, problem).differences
        assert np.asarray(differences.base)[-1] == pytest.approx(min(old, differences.largest_base))
        assert differences.difference[-1] == pytest.approx(
            np.clip(new - old, *differences.bounds), rel=1e-6
        )


def test_a_target_of_zero_has_no_relative_error() -> None:
    problem = flats_problem().model_copy(update={"metric": "mape"})
    labelled = labelled_pairs(regression(60, truth=0.0), problem)
    assert len(labelled.pairs) == 9


def test_a_champion_without_errors_gives_no_scale() -> None:
    perfect = [replace(pair, champion=100.0) for pair in regression(80)]
    assert len(labelled_pairs(perfect, flats_problem()).differences) == 0


def test_classes_count_right_or_wrong_or_by_their_cost_or_probability() -> None:
    pair = classified("ham", "spam", "spam", chances=(0.8, 0.7))
    wrong = labelled_pairs([pair], spam(metric="accuracy"))
    assert (wrong.differences.difference[0], np.asarray(wrong.differences.base)[0]) == (-1, 1)
    brier = labelled_pairs([pair], spam(metric="roc_auc"))
    assert brier.differences.difference[0] == pytest.approx(0.3**2 - 0.8**2)
    costs = {"spam": {"ham": 5.0}, "ham": {"spam": 1.0}}
    cost = labelled_pairs([pair], spam(metric="cost", costs=costs))
    assert (cost.differences.difference[0], cost.differences.bounds) == (-5, (-5, 5))


def distance_of(*values: tuple[float, float]) -> list[float]:
    """Return distances after twenty pairs of the usual size 10."""
    usual = [(10.0, 10.0)] * 20
    pairs = [PairedPrediction("p", "s", 0.0, *value) for value in [*usual, *values]]
    return list(distances(pairs, flats_problem()).difference)


def test_distance_is_a_share_of_the_larger_prediction_or_another_class() -> None:
    found = distance_of((100, 100), (100, 90), (-50, 100), (0, 0), (float("nan"), 50))
    assert found == pytest.approx([0, 0.1, 1, 0, 1])
    labels = [classified("ham", "ham", "ham"), classified("ham", "spam", "ham")]
    assert list(distances(labels, spam()).difference) == [0, 1]


def test_predictions_about_zero_are_compared_with_the_usual_size() -> None:
    assert distance_of((0.5, -0.5), (0, 1), (0, 0)) == pytest.approx([0.1, 0.1, 0])
    assert distance_of() == []
