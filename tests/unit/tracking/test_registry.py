"""Registry: only what a certificate promotes is registered, and each problem has its champion."""

from typing import Any

import pytest

from homestead.errors import UserError
from homestead.evaluation.certificate import Certificate
from homestead.settings import Settings
from homestead.tracking import registry, runs
from tests.registry import LINEAGE, PROBLEM, certificate, log_candidates, promote


def never_called(*arguments: Any) -> Any:
    raise AssertionError(arguments)


def test_only_what_a_certificate_promotes_is_registered(settings: Settings) -> None:
    candidates = log_candidates(settings)
    first, other = candidates["a"], candidates["b"]
    mlflow = runs.open_client(settings)
    assert registry.champion(mlflow, PROBLEM.name) is None
    version = promote(settings, first, None).version
    assert version is not None
    assert registry.champion(mlflow, PROBLEM.name) == version
    assert registry.version_run_id(mlflow, PROBLEM.name, version.version) == first.run_id
    assert registry.champion(mlflow, "houses") is None

    def refusal(issued: Certificate) -> str:
        with pytest.raises(UserError) as error:
            registry.register_challenger(
                mlflow, settings, issued, other, LINEAGE, never_called, never_called
            )
        assert registry.champion(mlflow, PROBLEM.name) == version
        return str(error.value)

    assert f"is of model {first.digest[:12]}" in refusal(certificate(first.digest))
    assert "says 'keep'" in refusal(certificate(other.digest, decision="keep"))


def test_a_champion_that_changed_meanwhile_is_compared_again(settings: Settings) -> None:
    low, _, high = sorted(log_candidates(settings).values(), key=lambda c: c.digest)
    promote(settings, high, None)
    # Certified before there was a champion; against it the model is not better.
    kept = promote(settings, low, None)
    assert registry.challenger(runs.open_client(settings), PROBLEM.name) is None
    assert kept.version is None
    assert kept.certificate.decision == "keep"
    champion = registry.champion(runs.open_client(settings), PROBLEM.name)
    assert champion is not None
    assert champion.digest == high.digest


def test_a_version_is_tagged_with_its_lineage_and_candidate(settings: Settings) -> None:
    candidate = log_candidates(settings)["a"]
    version = promote(settings, candidate, None).version
    assert version is not None
    mlflow = runs.open_client(settings)
    tags = mlflow.get_model_version(PROBLEM.name, version.version).tags
    assert {key: tags[key] for key in LINEAGE.tags()} == LINEAGE.tags()
    assert tags["homestead.candidate"] == "a"
    assert tags["homestead.digest"] == candidate.digest
    assert tags["homestead.uri"] == candidate.uri


def test_a_version_that_is_not_registered_is_named_with_those_that_are(settings: Settings) -> None:
    promote(settings, log_candidates(settings)["a"], None)
    mlflow = runs.open_client(settings)
    assert registry.version_of_number(mlflow, PROBLEM.name, "1").version == "1"
    with pytest.raises(UserError, match="flats: found no version '7', allowed are: 1"):
        registry.version_of_number(mlflow, PROBLEM.name, "7")


def test_aliases_are_moved_where_they_differ(settings: Settings) -> None:
    mlflow = runs.open_client(settings)
    assert registry.aliases(mlflow, PROBLEM.name) == {}
    promote(settings, log_candidates(settings)["a"], None)
    assert registry.aliases(mlflow, PROBLEM.name) == {"champion": "1"}
    wanted = {"champion": "1", "previous": "1", "challenger": None}
    assert registry.set_aliases(mlflow, PROBLEM.name, wanted) == ["previous"]
    assert registry.set_aliases(mlflow, PROBLEM.name, wanted) == []
