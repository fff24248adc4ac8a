"""Trained candidate on its way between pipeline steps: an ONNX file, and a result in JSON.

The result names nothing of the run, so that a cache may give it to another.
"""

import hashlib
import json
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter, ValidationError

from homestead.errors import UserError
from homestead.files import write_bytes, write_text
from homestead.training.search import TrainedCandidate

_CANDIDATE = TypeAdapter(TrainedCandidate)
_HELPED = "helped"


def write_candidate(trained: TrainedCandidate, model: Path, result: Path) -> None:
    """Write the ONNX file, and the JSON file with everything else."""
    content = _CANDIDATE.dump_python(
        trained, mode="json", exclude={"onnx", "trained_at"}, fallback=_plain
    )
    digest = hashlib.sha256(trained.onnx).hexdigest()
    write_bytes(model, trained.onnx)
    write_text(result, json.dumps({"digest": digest, "trained_at": time.time(), **content}))


def write_helped(candidate: str, model: Path, result: Path) -> None:
    """Write the files of a task that only helped with a candidate's search."""
    write_bytes(model, b"")
    write_text(result, json.dumps({_HELPED: candidate}))


def read_candidates(results: Sequence[Path], models: Sequence[Path]) -> list[TrainedCandidate]:
    """Read candidates in the order of their results, leaving out those that only helped.

    Args:
        results: JSON files of :func:`write_candidate` or :func:`write_helped`.
        models: their ONNX files, in any order.

    Raises:
        UserError: a result cannot be read, or there is no model of its digest.
    """
    contents = {hashlib.sha256(c).hexdigest(): c for c in (path.read_bytes() for path in models)}
    read = (_read(path, contents) for path in results)
    return [candidate for candidate in read if candidate is not None]


def _read(path: Path, models: dict[str, bytes]) -> TrainedCandidate | None:
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
        if _HELPED in content:
            return None
        digest = content.pop("digest")
        if digest not in models:
            name = content.get("name")
            raise UserError(f"no file of candidate {name} with digest {digest[:12]}")
        return _CANDIDATE.validate_python({**content, "onnx": models[digest]})
    except (ValidationError, ValueError, KeyError) as error:
        raise UserError(f"{path}: not the result of a training: {error}") from None


def _plain(value: Any) -> Any:
    """Return a parameter that JSON has no type for as a plain number, or as text."""
    return value.item() if hasattr(value, "item") else str(value)
