"""A Prometheus on this machine that scrapes and evaluates each second, queried as Grafana does."""

import math
import subprocess
import time
from pathlib import Path
from typing import Any

import httpx
import yaml

from homestead.cli.demo.server import free_port

# Grafana's variables, as a viewer has selected them.
VARIABLES = {"$__rate_interval": "10s", "$namespace": ".*", "$model": "churn"}


class Prometheus:
    """A running Prometheus.

    Attributes:
        url: its address.
    """

    def __init__(
        self, binary: str, folder: Path, rule_groups: list[dict[str, Any]], ports: list[int]
    ) -> None:
        """Start it; the ports are those of ``/prometheus`` on this machine."""
        address = f"127.0.0.1:{free_port()}"
        self.url = f"http://{address}"
        rules, config, self._log = (folder / name for name in ("rules.yaml", "config.yaml", "log"))
        rules.write_text(yaml.safe_dump({"groups": rule_groups}))
        targets = {
            "targets": [f"127.0.0.1:{port}" for port in ports],
            # As the PodMonitor gives them.
            "labels": {"namespace": "ml", "pod": "churn-0"},
        }
        scrape = {"job_name": "pods", "metrics_path": "/prometheus", "static_configs": [targets]}
        settings = {
            "global": {"scrape_interval": "1s", "evaluation_interval": "1s"},
            "rule_files": [str(rules)],
            "scrape_configs": [scrape],
        }
        config.write_text(yaml.safe_dump(settings))
        self._started_at, self._client = time.time(), httpx.Client(base_url=self.url)
        with self._log.open("w") as log:
            self._process = subprocess.Popen(
                [
                    binary,
                    f"--config.file={config}",
                    f"--storage.tsdb.path={folder / 'data'}",
                    f"--web.listen-address={address}",
                ],
                stdout=log,
                stderr=subprocess.STDOUT,
            )

    def stop(self) -> None:
        """End it."""
        self._client.close()
        self._process.terminate()
        self._process.wait(30)

    def wait_for(self, *expressions: str, seconds: float = 60) -> None:
        """Wait until each of these queries yields a number."""
        deadline = time.monotonic() + seconds
        while not self._answers(expressions):
            assert self._process.poll() is None, self._log.read_text()
            assert time.monotonic() < deadline, self._log.read_text()
            time.sleep(0.5)

    def get(self, path: str, **parameters: Any) -> Any:
        """Return what the API answers."""
        body = self._client.get(f"/api/v1/{path}", params=parameters).json()
        assert body["status"] == "success", body
        return body["data"]

    def value(self, expression: str) -> float:
        """Return the only value of a query now."""
        (sample,) = self.get("query", query=with_variables(expression))["result"]
        return float(sample["value"][1])

    def has_data(self, expression: str, seconds: float = 5) -> bool:
        """Return whether a query yields a number within the last seconds."""
        now = time.time()
        query = with_variables(expression)
        matrix = self.get("query_range", query=query, start=now - seconds, end=now, step=1)
        values = [float(value) for series in matrix["result"] for _, value in series["values"]]
        return any(math.isfinite(value) for value in values)

    def without_data(self, dashboard: dict[str, Any]) -> list[str]:
        """Return the panels that have a query without data now, and annotations without any."""
        panels = [
            (panel["title"], target["expr"])
            for panel in dashboard["panels"]
            for target in panel["targets"]
        ]
        found = [title for title, query in panels if not self.has_data(query)]
        running_s = time.time() - self._started_at
        found += [
            annotation["name"]
            for annotation in dashboard["annotations"]["list"]
            if not self.has_data(annotation["expr"], running_s)
        ]
        return found

    def _answers(self, expressions: tuple[str, ...]) -> bool:
        try:
            if self._client.get("/-/ready").status_code != httpx.codes.OK:
                return False
            return all(map(self.has_data, expressions))
        except httpx.TransportError:
            return False


def with_variables(query: str) -> str:
    """Return a query with its variables replaced."""
    for variable, value in VARIABLES.items():
        query = query.replace(variable, value)
    assert "$" not in query, query
    return query
