"""Releases of the demo: a challenger under traffic, advanced by the real controller."""

import itertools
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import httpx
import pandas as pd
from pydantic import BaseModel, ConfigDict

from homestead.cli.demo.server import DemoServer, json_value, request_inputs
from homestead.errors import UserError
from homestead.problem.schema import Problem
from homestead.problem.sections.release import ReleasePolicy
from homestead.settings import Settings
from homestead.steps.releases.advance import advance
from homestead.steps.releases.controller import Controller
from homestead.steps.releases.records import open_records
from homestead.steps.releases.report import report_change

# Short steps: each lasts sixty requests of the challenger. The truth follows each request at once,
# so that labels judge the predictions from the first step on. The limits and the level of error are
# those of any release.
POLICY = ReleasePolicy(
    steps=(0.2, 0.5, 1.0),
    min_step_minutes=0.02,
    min_step_requests=60,
    paired_share=1.0,
    min_labels=200,
)
# The tests need some hundred labelled pairs. More requests than this take the processor from the
# controller, which then has to read all that came meanwhile, and decides later.
_REQUESTS_PER_S = 75.0
# A release takes a quarter of a minute; a busy machine gives it less traffic.
_TIMEOUT_S = 600.0
_LOOK_INTERVAL_S = 0.5


class DemoRelease(BaseModel):
    """One release of the demo.

    Attributes:
        name: what was released.
        end: promoted or rolled_back.
        seconds: from its first request to its end.
        requests: that clients sent meanwhile.
        failed_requests: those among them that were not answered with 200.
        reason: of its end, with the numbers.
    """

    model_config = ConfigDict(frozen=True)
    name: str
    end: str
    seconds: float
    requests: int
    failed_requests: int
    reason: str


@dataclass
class _Traffic:
    """Requests of unseen rows, each followed by its ground truth."""

    requests: int = 0
    failed: int = 0

    def send(self, client: httpx.Client, row: dict[str, Any], truth: Any) -> None:
        """Send a row, and what became known of it."""
        self.requests += 1
        try:
            response = client.post("/predict", json={"jsonData": row})
            if response.status_code != httpx.codes.OK:
                self.failed += 1
                return
            prediction = response.json()["meta"]["tags"]["prediction_id"]
            feedback = {
                "response": {"meta": {"tags": {"prediction_id": prediction}}},
                "truth": {"data": {"ndarray": [[truth]]}},
            }
            client.post("/send-feedback", json=feedback)
        except httpx.TransportError:
            self.failed += 1


@contextmanager
def _traffic(server: DemoServer, rows: pd.DataFrame, problem: Problem) -> Iterator[_Traffic]:
    """Send requests at an even rate until the end of the block."""
    traffic, stopping = _Traffic(), threading.Event()
    bodies = [
        (request_inputs(row, problem, by_key=False), json_value(row[problem.target]))
        for _, row in rows.iterrows()
    ]

    def send() -> None:
        with httpx.Client(base_url=server.url, timeout=10) as client:
            due = time.monotonic()
            for row, truth in itertools.cycle(bodies):
                # After a pause of the machine not all at once.
                due = max(due + 1 / _REQUESTS_PER_S, time.monotonic())
                if stopping.wait(due - time.monotonic()):
                    return
                traffic.send(client, row, truth)

    thread = threading.Thread(target=send, name="demo-traffic")
    thread.start()
    try:
        yield traffic
    finally:
        stopping.set()
        thread.join()


def run_release(
    name: str, server: DemoServer, rows: pd.DataFrame, problem: Problem, settings: Settings
) -> DemoRelease:
    """Take the release that is under way to its end, under traffic; write no page of it.

    Args:
        name: what is released, in words.
        rows: unseen rows, whose ground truth follows each request.

    Raises:
        UserError: none is under way, or it has not ended in ten minutes.
    """
    started = time.monotonic()
    with _traffic(server, rows, problem) as traffic:
        while True:
            record = advance(problem, settings, lambda _: None, report_steps=False).record
            if record is None:
                raise UserError(f"demo: {name}: no release is under way")
            if record.has_ended:
                break
            if time.monotonic() - started > _TIMEOUT_S:
                raise UserError(f"demo: {name}: undecided after {_TIMEOUT_S:g} s: {record.reason}")
            time.sleep(_LOOK_INTERVAL_S)
        seconds = time.monotonic() - started
    return DemoRelease(
        name=name,
        end=record.state,
        seconds=round(seconds, 1),
        requests=traffic.requests,
        failed_requests=traffic.failed,
        reason=record.reason,
    )


def write_release_pages(problem: Problem, settings: Settings) -> None:
    """Write the page of each release that has none of its newest state."""
    with open_records(settings) as records:
        controller = Controller(problem, settings, records, report=lambda _: None)
        for record in records.all(problem.name):
            report_change(controller, record)
