"""The whole loop once, on this machine, with the real parts: what ``make demo`` runs."""

import json
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import click
import httpx
import numpy as np
import pandas as pd
from sqlalchemy import inspect, text

from homestead.data.ingest import ingest
from homestead.database.engine import open_engine
from homestead.errors import UserError
from homestead.files import write_text
from homestead.problem.loader import dump_problem
from homestead.problem.schema import Problem
from homestead.problem.split import HOLDOUT, split_names
from homestead.settings import Settings

REQUESTS = 500
SHIFTED = 250
PATIENCE_S = 60


def run_demo(problem: Problem, settings: Settings) -> dict[str, Any]:
    """Train twice, serve, predict, watch; write ``demo.json`` below the home folder.

    Raises:
        UserError: a part of the loop did not do what it should.
    """
    from homestead.pipelines.local import run_local

    started = time.monotonic()
    _say("1/5  Training: candidates, gate, registry")
    first = run_local(problem)
    _say("2/5  Training again: nothing is better, so the gate should keep the champion")
    second = run_local(problem)

    _say("3/5  Serving the champion")
    sales = _unseen(problem)
    rows, shifted = sales.head(REQUESTS), _other_segment(sales, problem)
    with _server(problem, settings) as (url, metrics_url):
        _say(f"4/5  {len(rows)} requests of unseen sales, half of them by key only")
        begin = _now()
        answers, latency = _predict(url, rows, problem, by_key=True)
        logged = _wait_for_log(settings, answers)
        _show_metrics(metrics_url)

        _say("5/5  Drift: on these requests, then on a shifted stream of large, high-grade houses")
        normal, normal_page = _drift(problem, settings, begin, "normal")
        begin = _now()
        shifted_answers, _ = _predict(url, shifted, problem, by_key=False)
        _wait_for_log(settings, shifted_answers)
        alarming, alarming_page = _drift(problem, settings, begin, "shifted")

    champion = first if first["decision"] == "promote" else second
    summary = {
        "model": problem.name,
        "version": champion["version"],
        "digest": champion["digest"],
        "champion_metrics": champion["champion_metrics"],
        "baseline_metrics": champion["baseline_metrics"],
        "candidates": champion["candidates"],
        "second_run_decision": second["decision"],
        "predictions_sent": len(answers),
        "predictions_logged": logged,
        "latency_ms": latency,
        "drift_share_normal": normal.share,
        "drift_share_shifted": alarming.share,
        "reports": {
            **champion["reports"],
            "drift_normal": normal_page,
            "drift_shifted": alarming_page,
        },
        "seconds": round(time.monotonic() - started, 1),
    }
    target = settings.home / "demo.json"
    write_text(target, json.dumps(summary, indent=2) + "\n")
    _tell(summary, problem.metric, target)
    _judge(summary)
    return summary


def _unseen(problem: Problem) -> pd.DataFrame:
    """Valid rows of the holdout: sales that the champion was not trained on, in random order."""
    valid = ingest(problem).valid
    holdout = valid[split_names(valid[problem.timestamp], problem.split) == HOLDOUT]
    return holdout.sample(frac=1, random_state=0).reset_index(drop=True)


def _other_segment(sales: pd.DataFrame, problem: Problem) -> pd.DataFrame:
    """The rows with the highest targets: traffic from a segment unlike the whole."""
    return sales.nlargest(SHIFTED, problem.target)


def _request(row: pd.Series, problem: Problem, by_key: bool) -> dict[str, Any]:
    names = [problem.key, problem.timestamp]
    if not by_key:
        names = [n for n in problem.columns if n not in (problem.target, problem.key)]
    request = {name: row[name] for name in names if not pd.isna(row[name])}
    return {name: _plain(value) for name, value in request.items()}


def _plain(value: Any) -> Any:
    if isinstance(value, pd.Timestamp):
        return value.isoformat()
    return value.item() if isinstance(value, np.generic) else value


def _predict(
    url: str, rows: pd.DataFrame, problem: Problem, by_key: bool
) -> tuple[list[str], dict[str, float]]:
    """Send one request a row; with ``by_key`` every second one holds the key alone."""
    answers: list[str] = []
    times: list[float] = []
    with httpx.Client(base_url=url, timeout=10) as client:
        for number, (_, row) in enumerate(rows.iterrows()):
            body = {"jsonData": _request(row, problem, by_key and number % 2 == 1)}
            begin = time.perf_counter()
            answer = _ask(client, body)
            times.append((time.perf_counter() - begin) * 1000)
            if answer.status_code != httpx.codes.OK:
                raise UserError(f"prediction {number}: {answer.status_code} {answer.text}")
            answers.append(answer.json()["meta"]["tags"]["prediction_id"])
    p50, p99 = np.percentile(times, [50, 99])
    return answers, {"p50": round(float(p50), 3), "p99": round(float(p99), 3)}


def _ask(client: httpx.Client, body: dict[str, Any]) -> httpx.Response:
    """Post a request; again where the server is too busy to look up a key in time."""
    answer = client.post("/predict", json=body)
    for _ in range(4):
        if answer.status_code != httpx.codes.SERVICE_UNAVAILABLE:
            break
        time.sleep(float(answer.headers.get("retry-after", 1)))
        answer = client.post("/predict", json=body)
    return answer


@contextmanager
def _server(problem: Problem, settings: Settings) -> Iterator[tuple[str, str]]:
    """A server process for the time of the block; its output goes to a log file."""
    port, metrics_port = _free_port(), _free_port()
    log = settings.folder("logs") / "serve.log"
    with tempfile.TemporaryDirectory() as folder, log.open("w") as output:
        path = Path(folder) / "problem.yaml"
        path.write_text(dump_problem(problem))
        process = subprocess.Popen(
            [
                *(sys.executable, "-m", "homestead", "serve", "--problem", str(path)),
                *("--port", str(port), "--metrics-port", str(metrics_port)),
            ],
            stdout=output,
            stderr=subprocess.STDOUT,
        )
        url = f"http://127.0.0.1:{port}"
        try:
            _wait_ready(url, process, log)
            yield url, f"http://127.0.0.1:{metrics_port}/prometheus"
        finally:
            process.send_signal(signal.SIGTERM)
            try:
                process.wait(30)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def _wait_ready(url: str, process: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + PATIENCE_S
    while time.monotonic() < deadline:
        if process.poll() is not None:
            raise UserError(f"the server stopped with code {process.returncode}: see {log}")
        try:
            if httpx.get(f"{url}/v2/health/ready", timeout=2).status_code == httpx.codes.OK:
                return
        except httpx.TransportError:
            pass
        time.sleep(0.1)
    raise UserError(f"the server was not ready within {PATIENCE_S} s: see {log}")


def _free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


def _wait_for_log(settings: Settings, answers: list[str]) -> int:
    """How many rows the log has of the answered predictions, once all are in or patience ends."""
    sent = set(answers)
    engine = open_engine(settings.database_url)
    deadline = time.monotonic() + PATIENCE_S
    try:
        while True:
            found = 0
            if inspect(engine).has_table("predictions"):
                with engine.connect() as connection:
                    logged = connection.execute(text("SELECT prediction_id FROM predictions"))
                    found = sum(row[0] in sent for row in logged)
            if found >= len(answers) or time.monotonic() > deadline:
                return found
            time.sleep(0.2)
    finally:
        engine.dispose()


def _drift(problem: Problem, settings: Settings, since: datetime, name: str) -> tuple[Any, str]:
    """Check what was served since then; keep the pages, which the next check writes anew."""
    from homestead.steps.check_drift import check_drift

    result = check_drift(problem, settings, since=since)
    share = "unknown" if result.share is None else f"{result.share:.2f}"
    click.echo(f"     {result.verdict}: drift share {share}, allowed {result.threshold}")
    kept = settings.folder("reports", problem.name, f"demo-drift-{name}")
    shutil.copytree(settings.folder("reports", problem.name, "drift"), kept, dirs_exist_ok=True)
    return result, str(kept / "summary.html")


def _show_metrics(url: str) -> None:
    wanted = ("predictions_total{", "prediction_duration_seconds_count", "feature_lookup")
    for line in httpx.get(url, timeout=5).text.splitlines():
        if line.startswith(wanted) and "_bucket" not in line and "_created" not in line:
            click.echo(f"     {line}")


def _now() -> datetime:
    return datetime.now(UTC).replace(tzinfo=None)


def _say(message: str) -> None:
    click.echo(click.style(message, bold=True))


def _tell(summary: dict[str, Any], metric: str, target: Path) -> None:
    best = summary["champion_metrics"][metric]
    click.echo()
    _say(f"Champion: {summary['model']} version {summary['version']} ({summary['digest'][:12]})")
    click.echo(
        f"  {metric} on the holdout {best['value']:.4f} [{best['low']:.4f}, {best['high']:.4f}],"
        f" baseline {summary['baseline_metrics'][metric]:.4f}"
    )
    click.echo(f"  second run: {summary['second_run_decision']}")
    click.echo(
        f"  predictions sent {summary['predictions_sent']}, logged {summary['predictions_logged']};"
        f" p50 {summary['latency_ms']['p50']} ms, p99 {summary['latency_ms']['p99']} ms"
    )
    click.echo(
        f"  drift share: normal {summary['drift_share_normal']:.2f},"
        f" shifted {summary['drift_share_shifted']:.2f}"
    )
    click.echo(f"  {summary['seconds']} s in all. Reports:")
    for name, path in summary["reports"].items():
        click.echo(f"    {name}: {path}")
    click.echo(f"  the same for programs: {target}")


def _judge(summary: dict[str, Any]) -> None:
    """Raise where the loop did not hold: a demo that hides a failure is worse than none."""
    wrong = []
    if summary["second_run_decision"] != "keep":
        wrong.append("the second run replaced the champion")
    if summary["predictions_logged"] != summary["predictions_sent"]:
        wrong.append("not every answered prediction is in the log once")
    if summary["drift_share_normal"] is None or summary["drift_share_normal"] > 0.3:
        wrong.append("drift on normal traffic")
    if summary["drift_share_shifted"] is None or summary["drift_share_shifted"] <= 0.3:
        wrong.append("no drift on shifted traffic")
    if wrong:
        raise UserError("demo: " + "; ".join(wrong))
