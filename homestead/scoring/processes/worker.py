"""A scoring process: reads parts from its input until that ends, writes results to its output."""

import os
import sys

import msgspec

from homestead.errors import UserError
from homestead.scoring.processes.setup import WorkerSetup
from homestead.scoring.processes.tables import table_of
from homestead.scoring.processes.workers import WorkerFailure, encoded_part, read_frame, write_frame
from homestead.scoring.source_rows import frame_of
from homestead.settings import Settings


def main() -> None:
    """Score parts until the input ends."""
    # What a library prints must not get between the results.
    with os.fdopen(os.dup(1), "wb") as output:
        os.dup2(2, 1)
        facts, model = read_frame(sys.stdin.buffer), read_frame(sys.stdin.buffer)
        if facts is None or model is None:
            return
        scorer = None
        while (place := read_frame(sys.stdin.buffer)) is not None:
            content = read_frame(sys.stdin.buffer)
            if content is None:
                return
            number, first_row = msgspec.json.decode(place, type=tuple[int, int])
            try:
                scorer = scorer or WorkerSetup.of_frames(facts, model).scorer(Settings.read())
                rows, given = frame_of(table_of(content))
                frames = encoded_part(scorer.score(number, first_row, rows, given))
            except Exception as error:
                text = str(error) if isinstance(error, UserError) else repr(error)
                failure = WorkerFailure(text, isinstance(error, UserError))
                frames = (msgspec.json.encode(failure),)
            write_frame(output, *frames)


if __name__ == "__main__":
    main()
