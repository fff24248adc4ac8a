"""Releases of the demo: traffic with ground truth until the release has ended."""

from pathlib import Path
from typing import Any

import httpx
import pandas as pd
import pytest

from homestead.cli.demo import releases as demo
from homestead.cli.demo.releases import POLICY, run_release, write_release_pages
from homestead.cli.demo.server import DemoServer
from homestead.data.ingest import ingest
from homestead.errors import UserError
from homestead.names import RELEASES_FOLDER
from homestead.problem.schema import Problem
from homestead.release.transitions import change
from homestead.settings import Settings
from homestead.steps.releases.controller import Advance, Controller
from homestead.steps.releases.records import open_records
from homestead.steps.releases.start import start_release
from tests.factories import release_record
from tests.registry import PROBLEM, log_candidates, promote, register

SERVER = DemoServer("http://demo", "http://demo/metrics")


class _Server:
    """Answers predictions, but for each seventh, and takes feedback."""

    def __init__(self) -> None:
        self.predictions = self.feedback = 0

    def __call__(self, request: httpx.Request) -> httpx.Response:
        if request.url.path == "/send-feedback":
            self.feedback += 1
            return httpx.Response(200)
        self.predictions += 1
        if self.predictions % 7 == 0:
            return httpx.Response(503)
        return httpx.Response(200, json={"meta": {"tags": {"prediction_id": "p"}}})


@pytest.fixture
def rows(churn: Problem) -> pd.DataFrame:
    return ingest(churn).valid.head(4)


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> _Server:
    answers, client = _Server(), httpx.Client

    def open_client(**options: Any) -> httpx.Client:
        return client(transport=httpx.MockTransport(answers), base_url=options["base_url"])

    monkeypatch.setattr(httpx, "Client", open_client)
    monkeypatch.setattr(demo, "_LOOK_INTERVAL_S", 0.05)
    monkeypatch.setattr(demo, "_REQUESTS_PER_S", 1000.0)
    return answers


def test_requests_go_on_until_the_release_has_ended(
    server: _Server,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    churn: Problem,
    rows: pd.DataFrame,
) -> None:
    ended = release_record(state="rolled_back", ended_at=9.0, reason="worse by 30%")
    records = iter([release_record(), release_record(step=1), ended, ended])
    monkeypatch.setattr(demo, "advance", lambda *_, **__: Advance(next(records)))
    problem = churn.model_copy(update={"release": POLICY})
    release = run_release("a copy", SERVER, rows, problem, Settings(home=tmp_path))
    assert (release.end, release.reason) == ("rolled_back", "worse by 30%")
    assert release.requests == server.predictions > 7
    assert release.failed_requests == server.predictions // 7
    assert server.feedback == release.requests - release.failed_requests


def test_a_release_that_stays_undecided_fails_the_demo(
    server: _Server,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    churn: Problem,
    rows: pd.DataFrame,
) -> None:
    monkeypatch.setattr(demo, "_TIMEOUT_S", 0.1)
    for record, failure in ((None, "no release is under way"), (release_record(), "undecided")):
        monkeypatch.setattr(demo, "advance", lambda *_, record=record, **__: Advance(record))
        with pytest.raises(UserError, match=f"demo: a copy: {failure}"):
            run_release("a copy", SERVER, rows, churn, Settings(home=tmp_path))


def test_pages_are_written_of_releases_that_have_changed_since(settings: Settings) -> None:
    candidates = sorted(log_candidates(settings).values(), key=lambda item: item.digest)
    promote(settings, candidates[0], None)
    version = register(settings, candidates[1], candidates[0].digest).version
    assert version is not None
    problem = PROBLEM.model_copy(update={"release": POLICY})
    with open_records(settings) as records:
        controller = Controller(problem, settings, records, report=lambda _: None)
        record = start_release(controller, version)
        folder = settings.folder("reports", PROBLEM.name, RELEASES_FOLDER)
        page = folder / f"{record.id}.html"
        page.unlink()
        write_release_pages(problem, settings)
        assert not page.exists()  # nothing has changed
        controller.replace(change(record, "running", "for a test", record.started_at + 1))
    write_release_pages(problem, settings)
    assert page.exists()
