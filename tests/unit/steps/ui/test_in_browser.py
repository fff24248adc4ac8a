"""The page in a real browser: it updates itself, runs no text as HTML, and fits a telephone."""

import re
import subprocess
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from homestead.settings import Settings
from homestead.steps.ui.page import Pages
from homestead.steps.ui.readings import Readings
from homestead.steps.ui.responses import HTML, Response
from homestead.steps.ui.routes import respond
from homestead.steps.ui.server import PageServer
from homestead.steps.ui.sources import Sources
from tests.report_pages import visible_text
from tests.ui_home import HTML_NAME, PAGE, PAGE_PROBLEM, change

# A window has at least 500 pixels, so that the page is shown in a narrow frame of another one.
_FRAME = '<!doctype html><body><iframe width="390" height="2000" src="{}"></iframe>'
_MEASURE = b"""
setInterval(() => {
  parent.document.body.dataset.width = document.documentElement.scrollWidth;
}, 200);
"""


class _Framed(Response):
    """A response that may be shown in a frame, unlike all of ours."""

    def headers(self) -> Iterator[tuple[str, str]]:
        yield "Content-Type", self.content_type
        yield "Content-Length", str(len(self.content))


@contextmanager
def _served(
    settings: Settings, after_first: Callable[[], None] = lambda: None, is_framed: bool = False
) -> Iterator[tuple[str, list[str]]]:
    """Serve the page; yield its address and the list of what was asked for."""
    sources, asked = Sources(settings), list[str]()
    pages = Pages(sources, Readings(max_age_s=0.0))

    def answer(target: str) -> Response:
        if target.startswith("/frame"):
            return _Framed(200, _FRAME.format(target.removeprefix("/frame")).encode(), HTML)
        response = respond(pages, target)
        if is_framed:
            more = _MEASURE if target == "/static/page.js" else b""
            return _Framed(200, response.content + more, response.content_type)
        if asked.count(target) == 0 and target == PAGE:
            after_first()
        asked.append(target)
        return response

    server = PageServer("127.0.0.1", 0, answer)
    thread = threading.Thread(target=server.serve_forever, args=(0.02,))
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}", asked
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
        sources.close()


@pytest.fixture
def dom(program: Callable[[str, str], str], tmp_path: Path) -> Callable[[str], str]:
    """Return a function that opens an address and returns the document after some seconds."""
    path = program("chromium", "chromium")

    def open_page(address: str) -> str:
        command = [
            *(path, "--headless", "--no-sandbox", "--disable-gpu", "--dump-dom"),
            *("--enable-logging=stderr", f"--user-data-dir={tmp_path / 'profile'}"),
            # The page's clock runs as fast as it may.
            *("--virtual-time-budget=16000", address),
        ]
        run = subprocess.run(command, capture_output=True, text=True, timeout=120, check=True)
        # What the page's policy refuses is in the console.
        assert "Refused to" not in run.stderr
        assert "Content Security Policy" not in run.stderr
        assert "Uncaught" not in run.stderr
        return run.stdout

    return open_page


def test_it_updates_itself_and_runs_no_text(
    home: Settings, dom: Callable[[str], str], monkeypatch: pytest.MonkeyPatch
) -> None:
    # The page's clock runs faster than that of the server, which spares the machine.
    monkeypatch.setattr("homestead.steps.ui.readings._MAX_SHARE_OF_A_CORE", 1e9)
    change(home, "UPDATE predictions SET version = :v WHERE version = '2'", v=HTML_NAME)

    def more_requests() -> None:
        change(home, "DELETE FROM predictions WHERE version = '1'")
        change(home, "UPDATE task_runs SET task = :v WHERE task = 'training'", v="materialization")

    with _served(home, more_requests) as (address, asked):
        page = dom(f"{address}{PAGE}")
    text = visible_text(page)
    assert asked.count(PAGE) > 2
    assert "300 requests answered in 24h" in text
    assert "materialization" in text
    assert f"<title>{PAGE_PROBLEM} – Homestead</title>" in page
    assert "<img" not in page


@pytest.mark.parametrize("address", ["/", PAGE, f"{PAGE}/lineage"])
def test_it_fits_a_telephone(home: Settings, dom: Callable[[str], str], address: str) -> None:
    with _served(home, is_framed=True) as (base, _):
        page = dom(f"{base}/frame{address}")
    found = re.search(r'data-width="(\d+)"', page)
    assert found is not None
    # Widths are rounded up.
    assert int(found[1]) <= 391


def test_a_report_that_draws_itself_reaches_nothing_else(
    home: Settings, program: Callable[[str, str], str]
) -> None:
    report = home.home / "reports" / PAGE_PROBLEM / "drift" / "evidently.html"
    report.write_text(
        "<!doctype html><p>drawing</p><script>"
        "document.querySelector('p').textContent = 'drawn ' + origin;"
        "fetch('/').then(() => document.title = 'reached', () => document.title = 'kept');"
        "</script>"
    )
    with _served(home) as (base, asked):
        run = subprocess.run(
            [
                *(
                    program("chromium", "chromium"),
                    "--headless",
                    "--no-sandbox",
                    "--disable-gpu",
                    "--dump-dom",
                ),
                *("--virtual-time-budget=3000", f"{base}/reports/homes/drift/evidently.html"),
            ],
            capture_output=True,
            text=True,
            timeout=120,
            check=True,
        )
    assert "drawn null" in run.stdout
    assert "<title>kept</title>" in run.stdout
    assert "/" not in asked
