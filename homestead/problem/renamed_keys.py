"""Renamed keys of documents: the old names are read for one version, with a warning."""

import warnings
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from homestead.errors import RenamedKeyWarning


@dataclass(frozen=True)
class RenamedKey:
    """A key of a document that has a new name.

    Attributes:
        section: the mapping that holds the key; empty for the document itself.
        renamed_in: version of Homestead that introduced the new name.
        removed_in: version of Homestead that no longer reads the old name.
    """

    section: str
    old: str
    new: str
    renamed_in: str
    removed_in: str

    @property
    def old_path(self) -> str:
        """The old name as error messages write it, such as ``drift.share``."""
        return ".".join(filter(None, (self.section, self.old)))

    @property
    def new_path(self) -> str:
        """The new name as error messages write it."""
        return ".".join(filter(None, (self.section, self.new)))


# Keys of problem files.
RENAMED_KEYS = (
    RenamedKey("", "tolerance", "max_bad_row_share", renamed_in="0.2", removed_in="0.3"),
    RenamedKey("drift", "share", "max_drift_share", renamed_in="0.2", removed_in="0.3"),
    RenamedKey("gate", "slice_rows", "min_slice_rows", renamed_in="0.2", removed_in="0.3"),
)


def rename_keys(
    raw: Mapping[str, Any], origin: str, renamed_keys: Iterable[RenamedKey] = RENAMED_KEYS
) -> tuple[dict[str, Any], list[str]]:
    """Return a document's content with new names for old ones, and errors.

    Each old name raises a :class:`homestead.errors.RenamedKeyWarning` that names ``origin``.

    Args:
        raw: the document's content; left as it is.
        origin: the document's name.
        renamed_keys: the keys to rename; by default those of problem files.

    Returns:
        A copy of the content, and a text for each key that is given by both names.
    """
    content = dict(raw)
    errors = []
    for key in renamed_keys:
        section = content.get(key.section) if key.section else content
        if not isinstance(section, Mapping) or key.old not in section:
            continue
        if key.new in section:
            errors.append(
                f"{key.old_path} and {key.new_path}: found both, allowed is {key.new_path}, the"
                f" new name of {key.old_path}"
            )
        else:
            warnings.warn(
                f"{origin}: {key.old_path} is now called {key.new_path};"
                f" the old name is read until version {key.removed_in}",
                RenamedKeyWarning,
                stacklevel=2,
            )
        # Renamed in place, so that the order of keys stays; the new name wins where both are given.
        renamed = {
            (key.new if name == key.old else name): value
            for name, value in section.items()
            if not (name == key.old and key.new in section)
        }
        content = {**content, key.section: renamed} if key.section else renamed
    return content, errors
