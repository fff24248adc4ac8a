"""The exceptions that a user's mistake becomes."""


class UserError(Exception):
    """Something the user can mend: its text says where, what was found and what is allowed."""


class NoChampionError(UserError):
    """Nothing has been released yet."""
