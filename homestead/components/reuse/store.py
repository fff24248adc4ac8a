"""Store of finished steps' results: their files, and what tells whether these are unchanged."""

import contextlib
import json
import logging
import os
import shutil
import time
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from homestead.components.reuse.fingerprint import content_hash
from homestead.files import write_text

_LOG = logging.getLogger(__name__)
_RECORD, _FILES = "result.json", "files"
_BEGUN = ".begun-"
# Begun by a process that was killed, if it is as old as this.
_ABANDONED_S = 24 * 3600


@dataclass(frozen=True)
class StepResult:
    """Result of a finished step.

    Attributes:
        value: what the step returned, as JSON holds it.
        metadata: of its output artifacts, by name.
        at: when it finished, in seconds since 1970.
    """

    value: Any = None
    metadata: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    at: float = 0.0


class StepStore:
    """Results of steps in a folder, one sub-folder for each key.

    Files are hard links where the file system has them, so that a result costs no copy.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def restore(self, key: str, outputs: Mapping[str, Path]) -> StepResult | None:
        """Put a result's files where they are wanted, and return the result.

        Args:
            outputs: paths to write, by the artifact's name.

        Returns:
            None if there is no result of that key, or a file of it is missing or was changed.
        """
        entry = self._folder / key
        try:
            record = json.loads((entry / _RECORD).read_text(encoding="utf-8"))
            hashes = record["hashes"]
            for name, digest in hashes.items():
                if content_hash(entry / _FILES / name) != digest:
                    _LOG.warning("%s: its bytes have changed; the step runs again", entry / name)
                    return None
            if set(hashes) - set(outputs):
                return None
            for name in hashes:
                _link(entry / _FILES / name, outputs[name])
            with contextlib.suppress(OSError):
                os.utime(entry)
        except (OSError, ValueError, KeyError):
            # Nothing of that key, or another run has just removed it.
            return None
        return StepResult(record["value"], record["metadata"], record["at"])

    def keep(
        self,
        key: str,
        outputs: Mapping[str, Path],
        value: Any,
        metadata: Mapping[str, Mapping[str, Any]],
    ) -> None:
        """Keep a result; one that cannot be kept is reported in the log, and the step goes on.

        Args:
            outputs: files and folders of the artifacts; one that the step did not write is left
                out.
        """
        begun = self._folder / f"{_BEGUN}{uuid.uuid4().hex}"
        written = {name: path for name, path in outputs.items() if path.exists()}
        try:
            (begun / _FILES).mkdir(parents=True)
            for name, path in written.items():
                _link(path, begun / _FILES / name)
            record = {
                "hashes": {name: content_hash(begun / _FILES / name) for name in written},
                "value": value,
                "metadata": {name: dict(metadata.get(name, {})) for name in outputs},
                "at": time.time(),
            }
            write_text(begun / _RECORD, json.dumps(record))
            # A whole folder appears at once. One of the same key may be damaged.
            shutil.rmtree(self._folder / key, ignore_errors=True)
            begun.rename(self._folder / key)
        except OSError as error:
            _LOG.warning("%s: a step's result cannot be kept: %s", self._folder, error)
            shutil.rmtree(begun, ignore_errors=True)

    def prune(self, prefix: str, newest: int) -> None:
        """Remove all but the results of a prefix that were used last, and abandoned ones.

        Args:
            prefix: of keys, all before the last hyphen.
        """
        with contextlib.suppress(OSError):
            # Not those of another name that begins with it.
            entries = sorted(
                (path for path in self._folder.glob(f"{prefix}-*") if _prefix(path) == prefix),
                key=lambda path: path.stat().st_mtime,
                reverse=True,
            )
            old = time.time() - _ABANDONED_S
            abandoned = [
                path for path in self._folder.glob(f"{_BEGUN}*") if path.stat().st_mtime < old
            ]
            for entry in [*entries[newest:], *abandoned]:
                shutil.rmtree(entry, ignore_errors=True)


def _prefix(entry: Path) -> str:
    return entry.name.rpartition("-")[0]


def _link(source: Path, target: Path) -> None:
    """Make a file or folder appear at another place too."""
    target.parent.mkdir(parents=True, exist_ok=True)
    if source.is_dir():
        if target.is_dir():
            shutil.rmtree(target)
        shutil.copytree(source, target, copy_function=_link_file)
    else:
        target.unlink(missing_ok=True)
        _link_file(source, target)


def _link_file(source: str | Path, target: str | Path) -> None:
    try:
        os.link(source, target)
    except OSError:
        # Another file system, or one without hard links.
        shutil.copyfile(source, target)
