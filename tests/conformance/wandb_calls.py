"""Write runs of MLflow that W&B mirrors, in its environment, and print what its files hold.

python -m tests.conformance.wandb_calls HOME
"""

import json
import struct
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from homestead.settings import Settings
from homestead.tracking import runs, tags
from homestead.tracking.candidates import log_candidate
from homestead.training.search import train_candidate
from tests.conftest import settings_at
from tests.registry import PROBLEM, dataset

_HEADER, _BLOCK, _FRAME = 7, 32_768, 7


def records(content: bytes) -> Iterator[bytes]:
    """Yield the records of a file in LevelDB's log format, after W&B's header."""
    position, record = _HEADER, b""
    while position < len(content):
        if _BLOCK - position % _BLOCK < _FRAME:
            position += _BLOCK - position % _BLOCK
            continue
        _, length, kind = struct.unpack_from("<IHB", content, position)
        record += content[position + _FRAME : position + _FRAME + length]
        position += _FRAME + length
        if kind in (1, 4):  # whole, or its last part
            yield record
            record = b""


def segment(path: Path) -> dict[str, Any]:
    """Return what one file holds of a run."""
    from wandb.proto import wandb_internal_pb2 as pb

    found: dict[str, Any] = {"rows": [], "config": {}, "artifacts": {}, "exit": None}
    for content in records(path.read_bytes()):
        record = pb.Record.FromString(content)
        kind = record.WhichOneof("record_type")
        if kind == "run":
            run = record.run
            found |= {"id": run.run_id, "project": run.project, "name": run.display_name}
            found |= {"group": run.run_group, "kind": run.job_type, "notes": run.notes}
            for item in run.config.update:
                found["config"][item.key] = json.loads(item.value_json)
        elif kind == "history":
            row = {
                "/".join(item.nested_key) or item.key: json.loads(item.value_json)
                for item in record.history.item
            }
            found["rows"].append({k: v for k, v in row.items() if not k.startswith("_")})
            found["rows"][-1]["_step"] = row.get("_step", record.history.step.num)
        elif kind == "exit":
            found["exit"] = record.exit.exit_code
        elif kind == "request" and record.request.WhichOneof("request_type") == "log_artifact":
            artifact = record.request.log_artifact.artifact
            found["artifacts"][artifact.name] = _artifact(artifact)
        elif kind == "artifact":
            found["artifacts"][record.artifact.name] = _artifact(record.artifact)
    return found


def _artifact(artifact: Any) -> dict[str, Any]:
    return {
        "type": artifact.type,
        "aliases": list(artifact.aliases),
        "metadata": json.loads(artifact.metadata or "{}"),
        "files": {c.path: Path(c.local_path).stat().st_size for c in artifact.manifest.contents},
    }


def main(settings: Settings) -> None:
    """Mirror a run, mirror it again, and once more after it got later values of a lower step."""
    said: list[str] = []
    mlflow = runs.open_client(settings)
    source = "https://someone:planted-password@example.org/flats.csv"
    run_tags = {tags.PROBLEM: PROBLEM.name, tags.SOURCE: source, tags.COMMIT: "c0ffee"}
    parent = runs.start_run(mlflow, settings, PROBLEM, run_tags)
    for step, loss in ((5, 3.0), (6, 2.0)):
        mlflow.log_metric(parent, "loss", loss, step=step)
    mlflow.log_text(parent, '{"decision": "promote"}', "certificate.json")
    mlflow.log_text(parent, "{}", "certificates/abc.dsse.json")
    mlflow.log_text(parent, "area\n7\n", "quarantine.csv")
    trained = train_candidate("a", dataset(), PROBLEM)
    candidate = log_candidate(mlflow, parent, PROBLEM, trained, {tags.PROBLEM: PROBLEM.name})
    counts = [count_files(settings)]
    for _ in range(2):
        runs.finish_run(mlflow, settings, mlflow.get_run(parent), "FINISHED", said.append)
        counts.append(count_files(settings))
    mlflow.log_metric(parent, "loss", 4.0, step=2)
    runs.explain_end(mlflow, settings, mlflow.get_run(parent), "a reason that came later")
    counts.append(count_files(settings))
    segments = [segment(path) for path in files(settings)]
    print(  # noqa: T201
        json.dumps(
            {
                "parent": parent,
                "candidate": candidate.run_id,
                "digest": candidate.digest,
                "mae": candidate.validation["mae"],
                "model_bytes": len(trained.onnx),
                "said": said,
                "counts": counts,
                "segments": segments,
            }
        )
    )


def files(settings: Settings) -> list[Path]:
    """Return W&B's files, the oldest first: their folders are named by the second alone."""
    found = settings.home.glob("wandb/offline-run-*/*.wandb")
    return sorted(found, key=lambda path: path.stat().st_mtime_ns)


def count_files(settings: Settings) -> int:
    """Return the number of W&B's files."""
    return len(files(settings))


if __name__ == "__main__":
    main(settings_at(Path(sys.argv[1])))
