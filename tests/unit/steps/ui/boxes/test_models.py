"""Champion and challenger with their certificates."""

from homestead.settings import Settings
from tests.ui_home import PAGE, page_text


def test_a_certificate_that_does_not_verify_is_shown_as_such(home: Settings) -> None:
    for path in (home.home / "certificates").iterdir():
        path.write_bytes(b"{}")
    text = page_text(home, PAGE)
    assert text.count("certificate not verified") == 2
    assert "the certificate was changed" in text
