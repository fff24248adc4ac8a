"""Reports of the newest training run in the home: copies that lead to each other."""

from homestead.files import write_text
from homestead.pipelines.kept_reports import keep_training_reports
from homestead.reports.base_page import PageHeader, render
from homestead.reports.index import newest_report
from homestead.settings import Settings


def test_pages_are_copied_and_linked_and_other_files_stay_where_they_are(
    settings: Settings,
) -> None:
    artifacts = settings.home / "artifacts"
    page = render("index.html", PageHeader("flats"), by_problem={})
    for name in ("comparison.html", "data_sheet.html", "certificate.json"):
        write_text(artifacts / name, page)
    reports = {path.stem: str(path) for path in artifacts.iterdir()}
    kept = keep_training_reports(settings, "flats", reports)
    assert kept["certificate"] == reports["certificate"]
    folder = settings.home / "reports" / "flats" / "training"
    assert kept["comparison"] == str(folder / "comparison.html")
    assert 'href="data_sheet.html"' in (folder / "comparison.html").read_text()
    # What lies in MLflow leads nowhere that is not there.
    assert "data_sheet.html" not in (artifacts / "comparison.html").read_text()
    newest = newest_report(settings.home)
    assert newest is not None
    assert newest.kind == "Comparison"
