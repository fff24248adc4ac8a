"""OpenLineage's own client sends the events of training runs; its specification checks them."""

import json
import os
import socket
import subprocess
import sys
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from referencing import Registry, Resource

from homestead.deployment.checks.schema_checks import CRD_FOLDER_VARIABLE
from homestead.tracking.openlineage.run_events import event_run_id

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def received(tracker_packages: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """Return the events of three trainings, of which the last one's endpoint is down."""
    events: list[dict[str, Any]] = []

    class Receiver(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            length = int(self.headers["Content-Length"])
            content = json.loads(self.rfile.read(length))
            events.append({"path": self.path, **content})
            self.send_response(201)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *arguments: Any) -> None:
            pass

    with socket.create_server(("127.0.0.1", 0)) as unused:
        dead_url = f"http://127.0.0.1:{unused.getsockname()[1]}"
    with HTTPServer(("127.0.0.1", 0), Receiver) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            process = subprocess.run(
                [
                    *(sys.executable, "-m", "tests.conformance.openlineage_calls"),
                    *(str(tmp_path_factory.mktemp("openlineage") / "home"), dead_url),
                ],
                env={
                    **os.environ,
                    "PYTHONPATH": f"{ROOT}{os.pathsep}{tracker_packages}",
                    "OPENLINEAGE_URL": f"http://127.0.0.1:{server.server_port}",
                },
                capture_output=True,
                text=True,
                check=False,
            )
        finally:
            server.shutdown()
            thread.join()
    assert process.returncode == 0, process.stderr
    return {"events": events, "log": process.stderr, **json.loads(process.stdout)}


def test_a_training_starts_and_completes_with_its_data_and_its_model(
    received: dict[str, Any],
) -> None:
    start, complete = received["events"][:2]
    assert start["path"] == "/api/v1/lineage"
    assert (start["eventType"], complete["eventType"]) == ("START", "COMPLETE")
    assert start["run"]["runId"] == complete["run"]["runId"] == event_run_id("flats", "7")
    assert start["job"]["name"] == "homestead-training.flats"
    [data] = start["inputs"]
    # Its source is s3a://…, which is the same data set.
    assert (data["namespace"], data["name"]) == ("s3://sales", "2026/flats.parquet")
    assert data["facets"]["version"]["datasetVersion"] == "d4" * 32
    [model] = complete["outputs"]
    assert model["facets"]["version"]["datasetVersion"] == received["digest"]
    assert model["name"] == f"{received['folder']}/{received['digest']}.onnx"
    facts = complete["run"]["facets"]["homestead_training"]
    assert facts["mlflowRun"] == received["finished"]
    assert (facts["commit"], facts["decision"], facts["version"]) == ("c0ffee", "promote", "1")
    assert start["outputs"] == []


def test_a_failed_training_says_why_and_another_pipeline_s_run_7_is_another_run(
    received: dict[str, Any],
) -> None:
    start, fail = received["events"][2:4]
    assert (start["eventType"], fail["eventType"]) == ("START", "FAIL")
    assert fail["run"]["facets"]["errorMessage"]["message"] == "<b>no rows</b>"
    assert fail["run"]["runId"] == event_run_id("houses", "7")
    assert fail["run"]["runId"] != event_run_id("flats", "7")


def test_an_endpoint_that_is_down_delays_little_and_fails_nothing(received: dict[str, Any]) -> None:
    assert len(received["events"]) == 4
    assert received["untold_s"] < 20
    assert received["log"].count("no lineage event was sent: ") == 2


def test_every_event_is_valid_by_the_specification_s_schemas(received: dict[str, Any]) -> None:
    folder = Path(os.environ.get(CRD_FOLDER_VARIABLE, ROOT / "../shared/schemas")) / "openlineage"
    if not folder.is_dir():
        pytest.skip(f"no schemas of OpenLineage here: set {CRD_FOLDER_VARIABLE}")
    schemas = [json.loads(path.read_text()) for path in sorted(folder.glob("*.json"))]
    registry: Any = Registry().with_resources(
        (schema["$id"], Resource.from_contents(schema)) for schema in schemas
    )
    [whole] = (schema for schema in schemas if schema["$id"].endswith("/OpenLineage.json"))
    by_name = {name: schema for schema in schemas for name in schema.get("properties", {})}
    for event in received["events"]:
        content = {name: value for name, value in event.items() if name != "path"}
        jsonschema.Draft202012Validator(
            whole,
            registry=registry,
            format_checker=jsonschema.Draft202012Validator.FORMAT_CHECKER,
        ).validate(content)
        facets = {**event["run"]["facets"], **event["job"]["facets"]}
        for dataset in event["inputs"] + event["outputs"]:
            facets |= dataset["facets"]
        checked = facets.keys() & by_name.keys()
        assert {"jobType", "version", "processing_engine"} <= checked
        for name in checked:
            jsonschema.Draft202012Validator(by_name[name], registry=registry).validate(
                {name: facets[name]}
            )
        assert facets["homestead_training"]["_producer"].startswith("urn:homestead:")
