"""Tables on web servers."""

import gzip
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from homestead.data.sources import web
from homestead.data.tables import hash_source, read_table
from homestead.errors import UserError
from homestead.problem.sections.source_format import SourceFormat

CSV = b"id,x\n1,2\n"
FILES = {
    "/flats.csv": CSV,
    "/flats.csv.gz": gzip.compress(CSV),
    "/download?file=7": CSV,
    "/page.csv": b"\n<!DOCTYPE html><html>Sign in</html>",
}


class _Handler(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        if self.path.startswith("/moved"):
            self.send_response(302)
            self.send_header("Location", self.path.removeprefix("/moved?"))
            self.end_headers()
            return
        allowed = self.headers.get("Authorization") == "Bearer hidden"
        if self.path == "/private.csv" and not allowed:
            self.send_error(403)
            return
        content = FILES.get(self.path, CSV if self.path == "/private.csv" else None)
        if content is None:
            self.send_error(404 if self.path != "/broken.csv" else 503)
            return
        self.send_response(200)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    """Serve the files and return the server's address."""
    with ThreadingHTTPServer(("127.0.0.1", 0), _Handler) as running:
        thread = threading.Thread(target=running.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{running.server_port}"
        running.shutdown()
        thread.join()


@pytest.mark.parametrize("path", ["flats.csv", "flats.csv.gz", "moved?/flats.csv"])
def test_a_file_is_read_whole(server: str, path: str) -> None:
    source_format = SourceFormat(type="csv")
    table, digest = read_table(f"{server}/{path}", source_format)
    assert table.to_dict("list") == {"id": ["1"], "x": ["2"]}
    assert digest == hash_source(f"{server}/{path}")


def test_an_address_without_an_extension_needs_a_type(server: str) -> None:
    with pytest.raises(UserError, match=r"write format: .type: csv"):
        read_table(f"{server}/download?file=7")
    assert len(read_table(f"{server}/download?file=7", SourceFormat(type="csv"))[0]) == 1


@pytest.mark.parametrize(
    ("path", "message"),
    [
        ("none.csv", "none.csv: no such file"),
        ("broken.csv", "the server answered 503 Service Unavailable"),
        ("private.csv", "refuses access (403); does it need HOMESTEAD_SOURCE_TOKEN?"),
        ("page.csv", "found a web page, allowed is the address of the table itself"),
        ("moved?http://example.org/flats.csv", "is redirected to http://example.org, allowed is h"),
    ],
)
def test_an_address_that_gives_no_table_is_refused(server: str, path: str, message: str) -> None:
    with pytest.raises(UserError) as error:
        read_table(f"{server}/{path}")
    assert message in str(error.value)


def test_the_token_is_that_of_the_environment(server: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOMESTEAD_SOURCE_TOKEN", "hidden")
    assert len(read_table(f"{server}/private.csv")[0]) == 1


def test_an_unreachable_server_is_reported() -> None:
    with pytest.raises(UserError, match=r"http://127.0.0.1:9/flats.csv: cannot be read: "):
        read_table("http://127.0.0.1:9/flats.csv")


def test_a_file_beyond_the_limit_is_refused(server: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(web, "MAX_DOWNLOAD_BYTES", 4)
    with pytest.raises(UserError, match="holds more than 4 bytes"):
        read_table(f"{server}/flats.csv")
