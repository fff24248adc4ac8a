"""Exceptions and warnings whose text is written for the user."""


class UserError(Exception):
    """A mistake that the user can fix; the text says where, what was found and what is allowed."""


class NoChampionError(UserError):
    """Nothing has been released yet."""


class RenamedKeyWarning(FutureWarning):
    """A problem file or a release plan uses the old name of a key; shown as one line."""
