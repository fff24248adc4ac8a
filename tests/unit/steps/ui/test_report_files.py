"""Reports are served from their folder alone, and each can do nothing but be read."""

from pathlib import Path

import pytest

from homestead.files import write_text
from homestead.settings import Settings
from homestead.steps.ui.report_files import artifact_response, report_response
from homestead.steps.ui.sources import Sources


@pytest.fixture
def sources(settings: Settings) -> Sources:
    folder = settings.folder("reports", "flats", "drift")
    for name in ("summary.html", "evidently.html", "drift.json", "rows.parquet", ".hidden.html"):
        write_text(folder / name, "<p>text</p>")
    write_text(settings.home / "secret.html", "secret")
    write_text(settings.folder("keys") / "signing.pem", "secret")
    (folder / "link.html").symlink_to(settings.home / "secret.html")
    (settings.home / "reports" / "away").symlink_to(settings.home / "keys")
    return Sources(settings)


@pytest.mark.parametrize(
    ("name", "content_type"),
    [("summary.html", "text/html"), ("drift.json", "application/json")],
)
def test_a_report_has_its_type_and_no_scripts(
    sources: Sources, name: str, content_type: str
) -> None:
    response = report_response(sources, "flats", f"drift/{name}")
    assert (response.status, response.content) == (200, b"<p>text</p>")
    assert response.content_type.startswith(content_type)
    assert "script-src" not in response.policy
    assert "sandbox" in response.policy


def test_the_report_that_draws_itself_has_an_origin_of_its_own(sources: Sources) -> None:
    policy = report_response(sources, "flats", "drift/evidently.html").policy
    assert "sandbox allow-scripts" in policy
    assert "allow-same-origin" not in policy
    assert "default-src 'none'" in policy


@pytest.mark.parametrize(
    "path",
    [
        *("../../secret.html", "drift/../../../secret.html", "/etc/passwd", "drift//summary.html"),
        *("drift", "drift/", "", "drift/none.html", "drift/rows.parquet", "drift/.hidden.html"),
        *("drift/link.html", "..%2f..%2fsecret.html", "drift\\summary.html", "drift/\x00.html"),
    ],
)
def test_nothing_else_is_served(sources: Sources, path: str) -> None:
    assert report_response(sources, "flats", path).status == 404


@pytest.mark.parametrize("problem", ["..", ".", "", "away", "../keys", "%2e%2e"])
def test_no_folder_beside_the_reports_is_a_problem(sources: Sources, problem: str) -> None:
    for name in ("secret.html", "signing.pem", "keys/signing.pem"):
        assert report_response(sources, problem, name).status == 404


@pytest.mark.parametrize("run_id", ["..", "abc", "A" * 32, "a" * 31, f"{'a' * 32}/.."])
def test_an_artifact_is_of_a_run(sources: Sources, run_id: str) -> None:
    assert artifact_response(sources, run_id, "model_card.html").status == 404


def test_a_file_that_is_too_large_is_refused(
    sources: Sources, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("homestead.steps.ui.report_files._MAX_BYTES", 3)
    assert report_response(sources, "flats", "drift/summary.html").status == 413
    assert Path(settings.home).exists()
