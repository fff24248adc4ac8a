"""Register step: the winner's documents, and the snapshot that drift checks compare with."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from homestead.errors import UserError
from homestead.evaluation.certificate import Certificate
from homestead.evaluation.gate import Evaluation, HoldoutPredictions
from homestead.evaluation.signed_certificate import SignedCertificate
from homestead.files import read_uri
from homestead.settings import Settings
from homestead.signing.key_files import open_signing_key
from homestead.steps.register import register_winner, training_snapshot
from homestead.tracking import registry, runs, tags
from homestead.training.candidate_summary import CandidateSummary, SelectedCandidate
from tests.registry import PROBLEM, certificate, dataset, log_candidates, promote
from tests.signed import KEY


def flats(rows: int) -> pd.DataFrame:
    area = np.linspace(20, 90, rows)
    split = np.where(np.arange(rows) % 3 == 2, "holdout", "train")
    return pd.DataFrame({"area": area, "rent": area, "split": split})


def test_the_snapshot_holds_the_inputs_of_fitted_rows_only() -> None:
    snapshot = training_snapshot(flats(30), PROBLEM)
    assert list(snapshot) == list(PROBLEM.features)
    assert len(snapshot) == 20
    assert snapshot["area"].dtype == "float64"


def test_a_large_snapshot_is_the_same_sample_each_time() -> None:
    large = flats(40_000)
    snapshot = training_snapshot(large, PROBLEM)
    assert len(snapshot) == 20_000
    assert snapshot.index.is_monotonic_increasing
    pd.testing.assert_frame_equal(snapshot, training_snapshot(large, PROBLEM))


class Registration:
    """Arguments of the step for one of three logged candidates."""

    def __init__(self, settings: Settings, folder: Path) -> None:
        self.settings = settings
        self.folder = folder
        self.messages: list[str] = []
        self.candidates = log_candidates(settings)
        run = runs.open_client(settings).get_run(self.candidates["a"].run_id)
        self.parent = run.data.tags[tags.PARENT_RUN]
        dataset().to_parquet(folder / "dataset.parquet")

    def run(
        self, candidate: CandidateSummary, issued: Certificate, content: bytes | None = None
    ) -> bool:
        winner, path = self.folder / "model.onnx", self.folder / "certificate.json"
        winner.write_bytes(read_uri(candidate.uri) if content is None else content)
        path.write_bytes(SignedCertificate.sign(issued, open_signing_key(self.settings)).envelope)
        return register_winner(
            PROBLEM,
            self.settings,
            self.parent,
            "d4" * 32,
            SelectedCandidate(**candidate.model_dump(), all_candidates={}),
            winner=winner,
            dataset=self.folder / "dataset.parquet",
            certificate=path,
            model_card=self.folder / "model_card.html",
            report=self.messages.append,
        )


@pytest.fixture
def registration(settings: Settings, tmp_path: Path) -> Registration:
    return Registration(settings, tmp_path)


def test_the_champions_run_holds_certificate_card_and_snapshot(registration: Registration) -> None:
    candidate = registration.candidates["a"]
    assert registration.run(candidate, certificate(candidate.digest))
    assert registration.messages == ["version 1 is registered"]
    mlflow = runs.open_client(registration.settings)
    version = registry.challenger(mlflow, PROBLEM.name)
    assert version is not None
    assert version.digest == candidate.digest
    assert registry.champion(mlflow, PROBLEM.name) is None
    card = runs.read_text(mlflow, candidate.run_id, "model_card.html")
    assert "a (sklearn.linear_model.Ridge)" in card
    assert "alpha = 1" in card
    names = {file.path for file in mlflow.list_artifacts(candidate.run_id)}
    assert {"certificate.json", "snapshot.parquet"} <= names


def test_two_runs_that_register_one_file_name_one_certificate(registration: Registration) -> None:
    first, other = registration.candidates["a"], registration.candidates["b"]
    places = {name: getattr(other, name) for name in ("run_id", "model_id", "uri")}
    same_file = first.model_copy(update=places)
    mlflow = runs.open_client(registration.settings)
    named = []
    for candidate in (first, same_file):
        assert registration.run(candidate, certificate(first.digest), read_uri(first.uri))
        named.append(registry.challenger(mlflow, PROBLEM.name))
    assert named[0] is not None
    assert named[0] == named[1]


def test_another_file_than_the_candidates_is_refused(registration: Registration) -> None:
    first, other = registration.candidates["a"], registration.candidates["b"]
    swapped = first.model_copy(update={"uri": other.uri})
    with pytest.raises(UserError, match=f"found digest {other.digest[:12]}"):
        registration.run(swapped, certificate(first.digest))


def test_a_winner_that_a_new_champion_beats_is_not_registered(
    registration: Registration, monkeypatch: pytest.MonkeyPatch
) -> None:
    champion, winner = registration.candidates["a"], registration.candidates["b"]
    assert promote(registration.settings, champion, None).version is not None

    def kept(*arguments: object) -> tuple[Evaluation, SignedCertificate, str]:
        issued = certificate(winner.digest, champion.digest, "keep")
        issued = issued.model_copy(update={"reason": "not better"})
        nothing = np.empty(0)
        evaluation = Evaluation(issued, HoldoutPredictions(nothing, nothing, None))
        return evaluation, SignedCertificate.sign(issued, KEY), "<html>"

    monkeypatch.setattr("homestead.steps.register.issue_certificate", kept)
    monkeypatch.setattr("homestead.steps.register.log_evaluation", lambda *arguments: None)
    assert not registration.run(winner, certificate(winner.digest))
    assert registration.messages == ["the champion changed meanwhile: not better"]
