"""Damaged segments: what can be read is shipped, and the rest is kept and counted."""

from collections.abc import Callable
from pathlib import Path

import pytest
import sqlalchemy as sa

from homestead.prediction_log.shipper import SET_ASIDE_FOLDER, Shipper
from homestead.prediction_log.spool import Spool
from tests.factories import prediction_entry
from tests.unit.prediction_log.log_database import logged_predictions

LINES = 6


def spooled(folder: Path, spoil: Callable[[bytearray], object]) -> Path:
    """Write a segment, spoil its content, and write one more segment behind it."""
    spool = Spool(folder)
    for number in range(LINES):
        spool.append(prediction_entry(f"p{number}", 1.0))
    assert spool.segment_path is not None
    path = spool.segment_path
    spool.close()
    content = bytearray(path.read_bytes())
    spoil(content)
    path.write_bytes(content)
    later = Spool(folder)
    later.append(prediction_entry("later", 1.0))
    later.close()
    return path


def zeros_in_a_line(content: bytearray) -> None:
    start = content.index(b'"id":"p2"')
    content[start : start + 20] = bytes(20)


def zeros_over_lines(content: bytearray) -> None:
    start, end = content.index(b'"id":"p2"'), content.index(b'"id":"p4"')
    content[start:end] = bytes(end - start)


def zeros_over_a_whole_line(content: bytearray) -> None:
    start = content.index(b"\n", content.index(b'"id":"p1"')) + 1
    end = content.index(b"\n", start) + 1
    content[start:end] = bytes(end - start)


def a_zero_for_a_line_break(content: bytearray) -> None:
    content[content.index(b"\n", content.index(b'"id":"p2"'))] = 0


def a_flipped_bit(content: bytearray) -> None:
    content[content.index(b'"id":"p2"')] ^= 1


def an_unknown_kind(content: bytearray) -> None:
    content[:] = content.replace(b'"prediction","id":"p2"', b'"predictioN","id":"p2"')


def a_list_that_is_too_short(content: bytearray) -> None:
    start = content.index(b'"predictions":[', content.index(b'"id":"p2"'))
    end = content.index(b"]", start)
    content[start:end] = b'"predictions":['.ljust(end - start)


def bytes_that_are_no_text(content: bytearray) -> None:
    content[content.index(b'"p2"') + 1] = 0xFF


@pytest.mark.parametrize(
    ("spoil", "lost"),
    [
        (zeros_in_a_line, {"p2"}),
        (zeros_over_lines, {"p2", "p3", "p4"}),
        (zeros_over_a_whole_line, {"p2"}),
        (a_zero_for_a_line_break, {"p2"}),
        (a_flipped_bit, {"p2"}),
        (an_unknown_kind, {"p2"}),
        (a_list_that_is_too_short, {"p2"}),
        (bytes_that_are_no_text, {"p2"}),
    ],
)
def test_damage_costs_its_own_lines_only_and_the_segment_is_set_aside(
    tmp_path: Path, engine: sa.Engine, spoil: Callable[[bytearray], object], lost: set[str]
) -> None:
    path = spooled(tmp_path / "spool", spoil)
    content = path.read_bytes()
    shipper = Shipper(path.parent, engine)
    shipper.ship()
    arrived = {f"p{number}" for number in range(LINES)} - lost | {"later"}
    assert set(logged_predictions(engine).prediction_id) == arrived
    assert shipper.error == ""
    assert (shipper.status.left_out_lines, shipper.status.set_aside_segments) == (1, 1)
    assert (path.parent / SET_ASIDE_FOLDER / path.name).read_bytes() == content
    assert list(path.parent.glob("*.jsonl")) == []


def test_a_segment_that_is_put_back_after_repair_is_shipped(
    tmp_path: Path, engine: sa.Engine
) -> None:
    path = spooled(tmp_path / "spool", an_unknown_kind)
    shipper = Shipper(path.parent, engine)
    shipper.ship()
    kept = path.parent / SET_ASIDE_FOLDER / path.name
    kept.write_bytes(kept.read_bytes().replace(b"predictioN", b"prediction"))
    kept.rename(path)
    shipper.ship()
    assert set(logged_predictions(engine).prediction_id) == {
        *(f"p{n}" for n in range(LINES)),
        "later",
    }
    assert shipper.status.set_aside_segments == 0


def test_a_killed_writers_last_line_is_no_damage(tmp_path: Path, engine: sa.Engine) -> None:
    path = spooled(tmp_path / "spool", lambda content: content.extend(b'{"kind":"pre' + bytes(99)))
    shipper = Shipper(path.parent, engine)
    shipper.ship()
    assert shipper.status.left_out_lines == 0
    assert not (path.parent / SET_ASIDE_FOLDER).exists()
