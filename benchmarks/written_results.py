"""The JSON file of a benchmark's results."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import click


def write_results(path: Path, results: Mapping[str, Any]) -> None:
    """Write results to a file, in a folder that may be new, and show them."""
    path.parent.mkdir(exist_ok=True)
    text = json.dumps(results, indent=1)
    path.write_text(f"{text}\n", encoding="utf-8")
    click.echo(text)
