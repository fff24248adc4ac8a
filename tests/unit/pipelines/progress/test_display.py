"""Progress in a log, a terminal and a notebook, each in its way."""

import io
import sys
from types import SimpleNamespace

import pytest

from homestead.pipelines.progress import display
from homestead.pipelines.progress.display import TerminalDisplay, progress_display


class _Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_a_terminal_shows_what_runs_below_the_lines(monkeypatch: pytest.MonkeyPatch) -> None:
    terminal = _Terminal()
    monkeypatch.setattr(sys, "stderr", terminal)
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setenv("COLUMNS", "20")
    shown = progress_display(True)
    assert isinstance(shown, TerminalDisplay)
    shown.running(["ingest", "materialize"])
    shown.line("  ingest   done")
    shown.close()
    assert terminal.getvalue() == (
        "\r\x1b[K  running: ingest, \r\x1b[K  ingest   done\n  running: ingest, \r\x1b[K"
    )


@pytest.mark.parametrize(("stream", "term"), [(io.StringIO, "xterm"), (_Terminal, "dumb")])
def test_a_log_gets_lines_alone(
    stream: type[io.StringIO], term: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    log = stream()
    monkeypatch.setattr(sys, "stderr", log)
    monkeypatch.setenv("TERM", term)
    shown = progress_display(True)
    shown.running(["ingest"])
    shown.line("  ingest   done")
    shown.close()
    assert log.getvalue() == "  ingest   done\n"


def test_a_function_takes_the_lines_and_silence_is_possible(
    capsys: pytest.CaptureFixture[str],
) -> None:
    lines: list[str] = []
    progress_display(lines.append).line("one")
    progress_display(False).line("two")
    assert lines == ["one"]
    assert capsys.readouterr() == ("", "")


def test_a_notebook_has_one_output_that_grows(monkeypatch: pytest.MonkeyPatch) -> None:
    outputs: list[str] = []
    handle = SimpleNamespace(update=lambda data: outputs.append(data.data))

    def show(data: SimpleNamespace, display_id: bool) -> SimpleNamespace:
        assert display_id
        outputs.append(data.data)
        return handle

    monkeypatch.setattr(display, "_is_notebook", lambda: True)
    monkeypatch.setattr("IPython.display.display", show)
    shown = progress_display(True)
    shown.running(["ingest"])
    shown.line("  ingest   1 < 2")
    shown.close()
    assert [output.count("<pre") for output in outputs] == [1, 1, 1]
    assert "  ingest   1 &lt; 2\n  running: ingest</pre>" in outputs[1]
    assert outputs[2].endswith("  ingest   1 &lt; 2</pre>")
