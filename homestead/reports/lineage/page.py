"""Lineage as a page: the way from the data to the labels, one card for each station."""

from dataclasses import dataclass
from typing import Any

from homestead.reports.base_page import PageHeader, render
from homestead.reports.lineage.facts import LineageReport, VersionLineage
from homestead.reports.lineage.text import (
    described_certificate,
    described_labels,
    described_outcome,
    described_use,
    described_values,
    moment,
)
from homestead.reports.wording import source_name

_SHORT = 12


@dataclass(frozen=True)
class Station:
    """A card of the way: what it is, its name, and what is known of it.

    Attributes:
        name: short name, or a hash cut to what people compare.
        whole: the whole hash or address, shown beneath; '' if the name is all.
        facts: titles and texts.
        link: page about it; '' if there is none.
        is_asked: whether the question was about it.
    """

    title: str
    name: str
    whole: str
    facts: tuple[tuple[str, str], ...] = ()
    link: str = ""
    is_asked: bool = False


def lineage_html(report: LineageReport) -> str:
    """Return the page of a report, whose names of users are escaped."""
    return render("lineage.html", PageHeader(report.problem), **lineage_variables(report))


def lineage_variables(report: LineageReport) -> dict[str, Any]:
    """Return the variables of the template ``_lineage.html``."""
    return {
        "report": report,
        "headline": _headline(report),
        "ways": [(version, stations(version, report)) for version in report.versions],
        "prediction": report.prediction,
        "answer": "" if report.prediction is None else described_values(report.prediction),
        "outcomes": []
        if report.prediction is None
        else [described_outcome(outcome) for outcome in report.prediction.outcomes],
        "moment": moment,
    }


def stations(version: VersionLineage, report: LineageReport) -> list[Station]:
    """Return the stations of a version's way, from the data to the labels."""
    origin, use = version.origin, version.use
    views = tuple((name, ", ".join(names)) for name, names in origin.views.items())
    derived = (("derived", ", ".join(origin.derived)),) if origin.derived else ()
    found = [
        Station(
            "Data",
            origin.data_hash[:_SHORT] or "not recorded",
            origin.data_hash,
            (
                ("source", source_name(origin.source) if origin.source else "not recorded"),
                ("DVC", origin.data_version or "not in DVC"),
            ),
            is_asked=report.kind == "data",
        ),
        Station(
            "Feature definitions",
            origin.features_hash[:_SHORT] or "not recorded",
            origin.features_hash,
            views + derived or (("views", "none"),),
        ),
        Station(
            "Training set",
            origin.training_set_hash[:_SHORT] or "not recorded",
            origin.training_set_hash,
            (
                ("holdout", origin.holdout_hash[:_SHORT] or "not recorded"),
                ("labelled rows", origin.labels_hash[:_SHORT] or "none"),
            ),
        ),
        Station(
            "Code",
            origin.commit[:_SHORT] or "not recorded",
            origin.commit,
            (
                ("image", origin.image or "none"),
                ("packages", origin.environment[:_SHORT] or "not recorded"),
                ("candidate", f"{origin.candidate or 'not recorded'}, seed {origin.seed or '–'}"),
            ),
        ),
    ]
    found += [
        Station(
            f"{run.kind.capitalize()} run",
            run.run_id[:_SHORT],
            run.run_id,
            (
                ("status", run.status.lower() or "deleted"),
                ("started", moment(run.started_at)),
                *((("pipeline run", run.pipeline_run),) if run.pipeline_run else ()),
            ),
            run.link,
        )
        for run in version.runs
        if run.run_id
    ]
    found += [
        Station(
            "Version",
            version.version,
            version.digest,
            (
                ("aliases", ", ".join(version.aliases) or "none"),
                ("registered", moment(version.created_at)),
            ),
            is_asked=report.kind == "version",
        ),
        Station(
            "Certificate",
            version.certificate.decision or "none",
            version.certificate.uri or "",
            (("says", described_certificate(version.certificate)),),
        ),
        *(
            Station(
                "Release",
                release.release,
                "",
                (
                    ("state", release.state.replace("_", " ")),
                    ("in place of", f"version {release.champion}" if release.champion else "none"),
                    ("because", release.reason),
                ),
            )
            for release in version.releases
        ),
        Station(
            "Predictions",
            f"{use.rows:,} rows",
            "",
            (("log", described_use(use)),),
            is_asked=report.kind == "prediction",
        ),
        Station("Labels", described_labels(use), ""),
    ]
    return found


def _headline(report: LineageReport) -> str:
    if report.kind == "data":
        count = len(report.versions)
        return f"{count} version{'s' if count != 1 else ''} of the data {report.asked[:_SHORT]}"
    if report.prediction is not None:
        return f"Prediction {report.prediction.prediction_id}"
    return f"Version {report.versions[0].version}"
