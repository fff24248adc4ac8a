"""Report of the performance benchmark: JSON and tables."""

import json
from pathlib import Path
from typing import Any

RESULTS = Path(__file__).parent / "results"


def write_coverage(figures: dict[str, Any]) -> None:
    """Write how often intervals held to ``results/``."""
    _write("coverage", figures, coverage_table(figures))


def write_months(figures: dict[str, Any]) -> None:
    """Write false alarms and detections to ``results/``."""
    _write("months", figures, months_tables(figures))


def _write(name: str, figures: dict[str, Any], text: str) -> None:
    RESULTS.mkdir(exist_ok=True)
    document = json.dumps(figures, indent=1) + "\n"
    (RESULTS / f"{name}.json").write_text(document, encoding="utf-8")
    (RESULTS / f"{name}.md").write_text(text, encoding="utf-8")


def months_tables(figures: dict[str, Any]) -> str:
    """Return both tables as Markdown."""
    alarms, detections = figures["false_alarms"], figures["detections"]
    levels = sorted({row["error_level"] for row in alarms})
    sizes = sorted({row["labels_a_day"] for row in detections})
    lines = [
        f"Months with harm said of a model exactly at the tolerated limit, of"
        f" {alarms[0]['months']:,}, with a look each day at the labels of 30 days, 40 a day.",
        "",
        "| losses | " + " | ".join(f"level {level:.0%}" for level in levels) + " |",
        "|---" * (1 + len(levels)) + "|",
    ]
    for law in dict.fromkeys(row["law"] for row in alarms):
        share = {row["error_level"]: row["share"] for row in alarms if row["law"] == law}
        lines.append(f"| {law} | " + " | ".join(f"{share[level]:.1%}" for level in levels) + " |")
    lines += [
        "",
        "Days after the first bad one until harm is found, at a level of 1%, in half of"
        f" {detections[0]['trials']:,} trials (and the share found within 30 days).",
        "",
        "| losses become worse by | " + " | ".join(f"{size} labels a day" for size in sizes) + " |",
        "|---" * (1 + len(sizes)) + "|",
    ]
    found = {(row["law"], row["worse_by"], row["labels_a_day"]): row for row in detections}
    for law, worse_by in dict.fromkeys((row["law"], row["worse_by"]) for row in detections):
        cells = [
            f"{row['median_day'] or '–'} ({row['share']:.0%})"
            for row in (found[law, worse_by, size] for size in sizes)
        ]
        lines.append(f"| {worse_by:.0%}, {law} | " + " | ".join(cells) + " |")
    return "\n".join(lines) + "\n"


def coverage_table(figures: dict[str, Any]) -> str:
    """Return the table as Markdown."""
    lines = [
        f"{figures['served_rows']} served rows, what estimates them learnt on"
        f" {figures['validation_rows']:,} validation rows, {figures['trials']:,} trials each."
        f" Intervals of {figures['confidence']:.0%}.",
        "",
        "| task | metric | served rows | interval holds the measured value | estimated, mean |"
        " measured, mean |",
        "|---|---|---|---|---|---|",
    ]
    lines += [
        f"| {row['task']} | {row['metric']} | {row['situation']} | {row['held']:.1%}"
        f" | {row['estimated']:.3f} | {row['measured']:.3f} |"
        for row in figures["rows"]
    ]
    return "\n".join(lines) + "\n"
