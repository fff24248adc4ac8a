"""What the name of a column hints at. A hint never decides alone: the values must agree."""

import re
from urllib.parse import urlsplit

_WORD = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|[0-9]+|[^\W\d_]+")
_IDENTIFIERS = {"id", "ids", "key", "uuid", "guid", "uid", "pid", "identifier", "nr", "no"}
_ROW_NAMES = {"rowname", "rownames", "rownumber", "recordnumber"}
_CODES = {"code", "zip", "zipcode", "postal", "postcode", "plz", "sku", "phone", "fips", "iso"}
_TIMES = ("timestamp", "datetime", "date", "time", "day", "created", "at", "on", "when")
_BIRTHS = {"birth", "birthday", "birthdate", "dob", "born"}
_PARTS = {"split", "set", "fold", "part", "partition", "subset", "dataset"}


def words(name: str) -> list[str]:
    """Return the words of a name in lower case: those of ``LotArea`` are ``lot`` and ``area``."""
    return [word.lower() for word in _WORD.findall(name)]


def names_identifier(name: str) -> bool:
    """Return whether a name says that its values identify something."""
    parts = words(name)
    return bool(parts) and (parts[-1] in _IDENTIFIERS or name.lower().endswith(("_id", "id_")))


def names_row(name: str) -> bool:
    """Return whether a name says that its values name the rows, as R's tables have them."""
    return "".join(words(name)) in _ROW_NAMES


def names_code(name: str) -> bool:
    """Return whether a name says that its numbers are codes, whose size means nothing."""
    parts = words(name)
    return bool({*_CODES} & {*parts}) or (bool(parts) and parts[-1] in _IDENTIFIERS - {"no", "nr"})


def names_birth(name: str) -> bool:
    """Return whether a time is that of a birth, not of the row's event."""
    return bool(_BIRTHS & {*words(name)})


def names_part(name: str) -> bool:
    """Return whether a name says that its values split the rows into parts."""
    return bool(_PARTS & {*words(name)})


def time_rank(name: str) -> int:
    """Return how well a name fits the time of a row's event: the smaller, the better."""
    parts = words(name)
    ranks = [rank for rank, word in enumerate(_TIMES) if word in parts]
    return ranks[0] if ranks else len(_TIMES)


def problem_name(source: str) -> str:
    """Return the name of a problem for a source: that of its file or folder."""
    path = urlsplit(source).path if "://" in source else source
    parts = [part for part in path.split("/") if part and "*" not in part]
    stem = parts[-1].partition(".")[0] if parts else ""
    name = re.sub(r"[^a-z0-9]+", "_", stem.lower()).strip("_")
    if not name or not name[0].isalpha():
        name = f"table_{name}".rstrip("_")
    return name[:40].rstrip("_")
