"""Separator of a CSV's fields, by its first records."""

import csv
import io
from collections import Counter
from contextlib import suppress
from itertools import islice

SEPARATORS = (",", ";", "\t", "|")
_RECORDS = 100


def recognise_separator(text: str, quote: str = '"') -> tuple[str, int]:
    """Return the character that gives most records the header's number of fields, at least two.

    Args:
        text: the beginning of the file; its last line may be cut off.
        quote: the character around fields that may hold separators; empty for none.

    Returns:
        One of :data:`SEPARATORS`, and the header's number of fields; a comma and 1 for a single
        column.
    """
    # (share of records with the header's number of fields, that number), by separator.
    scores: dict[str, tuple[float, int]] = {}
    for separator in SEPARATORS:
        counts = _field_counts(text, separator, quote)
        if counts and counts[0] > 1:
            scores[separator] = (Counter(counts)[counts[0]] / len(counts), counts[0])
    best = max(scores, key=lambda separator: scores[separator], default=",")
    return best, scores.get(best, (1, 1))[1]


def _field_counts(text: str, separator: str, quote: str) -> list[int]:
    """Return the number of fields of each of the first records, blank ones left out.

    Empty if the separator cuts quoted fields.
    """
    # A record that is cut off has too few fields.
    complete = text[: text.rfind("\n") + 1] if text.count("\n") > 1 else text
    reader = csv.reader(
        io.StringIO(complete, newline=""),
        delimiter=separator,
        quotechar=quote or None,
        quoting=csv.QUOTE_MINIMAL if quote else csv.QUOTE_NONE,
    )
    counts: list[int] = []
    # A quote that is never closed, or a field of great length.
    with suppress(csv.Error):
        for record in islice(reader, _RECORDS):
            # Half a quoted field: the quotes are around another separator's fields.
            if quote and any(field.count(quote) % 2 for field in record):
                return []
            if any(map(str.strip, record)):
                counts.append(len(record))
    return counts
