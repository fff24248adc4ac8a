"""Release step: what was registered is released if its file and certificate are in order."""

from pathlib import Path

import pytest
import sqlalchemy as sa

from homestead.database.job_runs import latest_job_runs
from homestead.errors import UserError
from homestead.problem.sections.release import ReleasePolicy
from homestead.release.plan import read_plan, write_plan
from homestead.settings import Settings
from homestead.steps.finalize_run import record_outcome
from homestead.steps.release import check_release_target, release_after_training
from homestead.tracking import runs, tags
from tests.factories import model_version
from tests.registry import PROBLEM, log_candidates, promote, register, release
from tests.signed import OTHER_KEY


def test_nothing_is_released_before_there_is_a_champion(settings: Settings) -> None:
    assert release(settings) is None
    assert not settings.release_plan(PROBLEM.name).exists()


def test_a_challenger_that_a_person_put_into_the_plan_stays(settings: Settings) -> None:
    promote(settings, log_candidates(settings)["a"], None)
    path = settings.release_plan(PROBLEM.name)
    challenger = model_version("2", certificate="s3://models/2/certificate")
    plan = read_plan(path).model_copy(update={"challenger": challenger, "traffic_share": 0.2})
    write_plan(path, plan)
    assert release(settings) is not None
    assert read_plan(path) == plan


def test_a_training_run_starts_a_release_and_says_where_its_report_is(settings: Settings) -> None:
    low, high, _ = sorted(log_candidates(settings).values(), key=lambda c: c.digest)
    promote(settings, low, None)
    version = register(settings, high, low.digest).version
    assert version is not None
    mlflow = runs.open_client(settings)
    parent = mlflow.get_run(high.run_id).data.tags[tags.PARENT_RUN]
    mlflow.set_tag(parent, tags.VERSION, version.version)
    canary = PROBLEM.model_copy(update={"release": ReleasePolicy()})
    lines: list[str] = []
    for _ in range(2):  # a step that is repeated starts nothing new
        record = release_after_training(canary, settings, parent, True, lines.append)
        assert record is not None
        assert (record.id, record.state, record.step) == ("flats-2", "running", 0)
    assert "release flats-2 of version 2: running, step 1 of 4 (5%)" in lines
    run_tags = mlflow.get_run(parent).data.tags
    assert run_tags[tags.RELEASE] == "flats-2"
    assert "releases/flats-2.html" in run_tags["mlflow.note.content"]
    assert run_tags[tags.COMPLETED] == "true"
    plan = read_plan(settings.release_plan(PROBLEM.name))
    assert (plan.champion.version, plan.traffic_share) == ("1", 0.05)
    kept = release_after_training(canary, settings, parent, False, lines.append)
    assert kept == record


def test_a_run_that_went_on_after_its_end_was_recorded_as_failed_ends_as_finished(
    settings: Settings,
) -> None:
    """As on Kubeflow, which resumes a run at its failed step and records no second end."""
    candidates = log_candidates(settings)
    mlflow = runs.open_client(settings)
    parent = mlflow.get_run(candidates["a"].run_id).data.tags[tags.PARENT_RUN]
    mlflow.set_tag(parent, tags.PIPELINE_RUN, "7")
    record_outcome(PROBLEM.name, settings, "7", state="FAILED", report=lambda _: None)
    assert mlflow.get_run(parent).info.status == "FAILED"
    for _ in range(2):  # the step may be repeated
        release_after_training(PROBLEM, settings, parent, False, lambda _: None)
        assert mlflow.get_run(parent).info.status == "FINISHED"
    engine = sa.create_engine(settings.database_url)
    latest = latest_job_runs(engine, PROBLEM.name)
    assert latest["training", "succeeded"] >= latest["training", "failed"]
    engine.dispose()


def test_a_version_with_another_file_or_certificate_is_not_released(settings: Settings) -> None:
    candidates = log_candidates(settings)
    other = candidates["b"]
    version = register(settings, candidates["a"], None).version
    assert version is not None

    def refusal() -> str:
        with pytest.raises(UserError) as error:
            release(settings)
        assert not settings.release_plan(PROBLEM.name).exists()
        return str(error.value)

    assert version.certificate is not None
    signed = Path(version.certificate.removeprefix("file://"))
    content = signed.read_bytes()
    signed.write_bytes(content.replace(b"sig", b"sih"))
    assert "the certificate was changed" in refusal()
    signed.unlink()
    assert f"{signed.name}: no such file" in refusal()
    signed.write_bytes(content)
    keys = settings.verify_keys
    for path in keys.iterdir():
        path.write_text(OTHER_KEY.public.to_pem())
    assert "signed by no trusted key" in refusal()
    stored = Path(version.uri.removeprefix("file://"))
    stored.write_bytes(Path(other.uri.removeprefix("file://")).read_bytes())
    assert f"model.onnx: found digest {other.digest[:12]}" in refusal()
    stored.unlink()
    assert "model.onnx: no such file" in refusal()


def test_a_release_target_that_cannot_be_written_is_refused_before_the_training(
    settings: Settings,
) -> None:
    check_release_target(PROBLEM.name, settings)
    settings.release_plan(PROBLEM.name).write_text("{}")
    with pytest.raises(UserError, match="Field required"):
        check_release_target(PROBLEM.name, settings)
