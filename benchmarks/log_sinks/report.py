"""The table of the benchmark of log sinks."""

from pathlib import Path
from typing import Any


def write_report(content: dict[str, Any], path: Path) -> None:
    """Write the table as Markdown."""
    machine = content["machine"]
    lines = [
        "Shipping the prediction log from the spool, one process. Made by `make bench-log-sinks` on"
        f" {machine['cores']} cores ({machine['processor']}), Python {machine['python']}; load"
        f" {machine['load_before']:.1f} before it began. Processor time is little changed by other"
        " work, rows a second are.",
        "",
        "| sink | rows | rows a second | CPU of the shipper, s per million rows | CPU of the"
        " server, s per million rows | bytes a row in the spool | bytes a row stored |",
        "|---|---|---|---|---|---|---|",
    ]
    for figure in content["figures"]:
        rows = figure["rows"]
        server_s = figure["server_cpu_s"] * 1e6 / rows
        cells = (
            figure["sink"],
            f"{rows:,}",
            f"{rows / figure['seconds']:,.0f}",
            f"{figure['cpu_s'] * 1e6 / rows:,.0f}",
            f"{server_s:,.0f}" if figure["sink"] == "postgresql" else "",
            f"{figure['spool_bytes'] / rows:,.0f}",
            f"{figure['stored_bytes'] / rows:,.0f}",
        )
        lines.append(f"| {' | '.join(cells)} |")
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
