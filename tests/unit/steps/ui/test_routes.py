"""Addresses of the page: nothing is written, and an unknown name is answered."""

import hashlib
from pathlib import Path

import pytest

from homestead.settings import Settings
from tests.ui_home import PAGE, get


def _content(home: Path) -> dict[str, str]:
    """Return the hash of each file, without the two that sqlite keeps beside an open database."""
    return {
        str(path.relative_to(home)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(home.rglob("*"))
        if path.is_file() and not path.name.endswith(("-shm", "-wal"))
    }


def test_no_get_changes_anything(home: Settings) -> None:
    before = _content(home.home)
    for target in (
        *("/", PAGE, f"{PAGE}?window=7d", f"{PAGE}/data.json", "/static/page.js"),
        *("/reports/homes/drift/summary.html", f"/runs/{'a' * 32}/model_card.html"),
        *("/problems/none", "/nothing", f"{PAGE}/lineage?of=1"),
    ):
        get(home, target)
    assert _content(home.home) == before


@pytest.mark.parametrize(
    ("target", "said"),
    [
        ("/problems/none", "found no problem 'none', allowed are: homes"),
        (f"{PAGE}?window=9y", "window: found '9y', allowed are: 1h, 24h, 7d, 30d"),
    ],
)
def test_an_unknown_name_is_answered_with_those_that_there_are(
    home: Settings, target: str, said: str
) -> None:
    response = get(home, target)
    assert response.status == 404
    assert said in response.content.decode().replace("&#39;", "'")
