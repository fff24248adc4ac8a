"""Real Alertmanagers send an alert again and again: one cause of retraining is recorded."""

import os
import re
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import pytest
import yaml

from homestead.cli.demo.server import free_port
from homestead.database.engine import open_database
from homestead.retraining.records import RetrainingRecords
from tests.conftest import CHURN, settings_at

TOKEN = "s3cret"  # noqa: S105 - of this test
DEADLINE_S = 60
FIRING = {
    "labels": {"alertname": "HomesteadDrift", "model": "churn", "severity": "warning"},
    "annotations": {"summary": "Requests to churn no longer look like its training data."},
}


@contextmanager
def running(log: Path, *command: str, **environment: str) -> Iterator[subprocess.Popen[bytes]]:
    """Run a program, whose output goes to a file, until the end of the block."""
    with log.open("wb") as output:
        process = subprocess.Popen(
            command, stdout=output, stderr=output, env={**os.environ, **environment}
        )
    try:
        yield process
    finally:
        process.terminate()
        process.wait(30)


def wait_until(holds: Callable[[], Any], log: Path) -> None:
    deadline = time.monotonic() + DEADLINE_S
    while not holds():
        assert time.monotonic() < deadline, log.read_text()
        time.sleep(0.1)


def answers(url: str) -> bool:
    try:
        return httpx.get(url).status_code < 500
    except httpx.TransportError:
        return False


@dataclass
class World:
    """Alertmanagers, and the port that they send to."""

    alertmanagers: list[str]
    records: RetrainingRecords
    log: Path

    def send(self, **changes: str) -> None:
        """Send the alert to each Alertmanager, as Prometheus does."""
        for url in self.alertmanagers:
            httpx.post(f"{url}/api/v2/alerts", json=[{**FIRING, **changes}]).raise_for_status()

    def received(self, state: str) -> int:
        """Return how many notifications had the alert in this state."""
        return len(re.findall(rf"{state}=1", self.log.read_text()))

    def causes(self) -> list[str]:
        return [cause.summary for cause in self.records.state().causes]


@pytest.fixture
def world(tmp_path: Path, program: Callable[[str, str], str]) -> Iterator[World]:
    binary = program("prometheus-alertmanager", "prometheus-alertmanager")
    problem = tmp_path / "churn.yaml"
    problem.write_text(f"{CHURN.read_text()}\nretraining: {{alerts: [HomesteadDrift]}}\n")
    settings, port = settings_at(tmp_path / "home"), free_port()
    config = {
        "route": {
            "receiver": "homestead",
            "group_by": ["alertname", "model"],
            **{"group_wait": "0s", "group_interval": "1s", "repeat_interval": "1s"},
        },
        "receivers": [
            {
                "name": "homestead",
                "webhook_configs": [
                    {
                        "url": f"http://127.0.0.1:{port}/alerts",
                        "send_resolved": True,
                        "http_config": {"authorization": {"credentials": TOKEN}},
                    }
                ],
            }
        ],
    }
    (tmp_path / "alertmanager.yaml").write_text(yaml.safe_dump(config))
    engine, log = open_database(settings.database_url), tmp_path / "intake.log"
    with ExitStack() as stack:
        stack.callback(engine.dispose)
        serve = ("retrain", "serve", "--problem", str(problem), "--port", str(port))
        environment = {**settings.environment(), "HOMESTEAD_ALERTS_TOKEN": TOKEN}
        command = (sys.executable, "-m", "homestead", *serve)
        stack.enter_context(running(log, *command, **environment))
        urls = []
        for name in ("one", "two"):
            address = f"127.0.0.1:{free_port()}"
            options = (
                f"--config.file={tmp_path / 'alertmanager.yaml'}",
                f"--storage.path={tmp_path / name}",
                f"--web.listen-address={address}",
                "--cluster.listen-address=",
            )
            stack.enter_context(running(tmp_path / f"{name}.log", binary, *options))
            urls.append(f"http://{address}")
        wait_until(lambda: all(answers(f"{url}/-/ready") for url in urls), tmp_path / "two.log")
        wait_until(lambda: answers(f"http://127.0.0.1:{port}/healthz"), log)
        yield World(urls, RetrainingRecords(engine, "churn"), log)


def test_an_alert_that_two_alertmanagers_repeat_is_one_cause(world: World) -> None:
    started = datetime.now(UTC).isoformat()
    world.send(startsAt=started)
    wait_until(lambda: world.received("firing") >= 4, world.log)
    summary = f"HomesteadDrift: {FIRING['annotations']['summary']}"
    assert world.causes() == [summary]
    world.send(startsAt=started, endsAt=datetime.now(UTC).isoformat())
    wait_until(lambda: world.received("resolved") >= 1, world.log)
    assert world.causes() == []
