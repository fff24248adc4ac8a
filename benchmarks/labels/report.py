"""Report of the labels benchmark: JSON and a table."""

import json
from pathlib import Path
from typing import Any

RESULTS = Path(__file__).parent / "results"


def write_report(figures: list[dict[str, Any]]) -> None:
    """Write the figures and the table to ``results/``; what was not measured again stays."""
    RESULTS.mkdir(exist_ok=True)
    file = RESULTS / "labels.json"
    former = json.loads(file.read_text(encoding="utf-8")) if file.exists() else []
    by_name = {(f["database"], f["way"], f["rows"]): f for f in (*former, *figures)}
    figures = list(by_name.values())
    file.write_text(json.dumps(figures, indent=1) + "\n", encoding="utf-8")
    (RESULTS / "labels.md").write_text(table_text(figures), encoding="utf-8")


def table_text(figures: list[dict[str, Any]]) -> str:
    """Return the table as Markdown: one row for each database and way, a column for each size."""
    sizes = sorted({figure["rows"] for figure in figures})
    lines = [
        "Seconds of processor time of `homestead labels add FILE` (those of PostgreSQL's server"
        " included), and the most memory in MB of the command's process.",
        "",
        f"| database | file | {' | '.join(f'{size:,} labels' for size in sizes)} |",
        "|---|---|" + "---|" * len(sizes),
    ]
    ways = dict.fromkeys((figure["database"], figure["way"]) for figure in figures)
    for database, way in ways:
        found = {
            figure["rows"]: f"{figure['cpu_s'] + figure['server_cpu_s']:.3g} s,"
            f" {figure['peak_mb']:,.0f} MB"
            for figure in figures
            if (figure["database"], figure["way"]) == (database, way)
        }
        lines.append(f"| {database} | {way} | {' | '.join(found.get(n, '') for n in sizes)} |")
    return "\n".join(lines) + "\n"
