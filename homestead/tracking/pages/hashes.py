"""Commits and hashes as people read them: by their beginnings."""

_COMMIT_LENGTH = 10
_HASH_LENGTH = 12
_DIRTY = "-dirty"


def short_commit(commit: str) -> str:
    """Return a commit's beginning, and whether there were changes on top; '' for no commit."""
    changed = " with changes" if commit.endswith(_DIRTY) else ""
    return commit.removesuffix(_DIRTY)[:_COMMIT_LENGTH] + changed


def short_hash(digest: str) -> str:
    """Return the beginning of a SHA-256 in hex, as ``sha256 0123456789ab``."""
    return f"sha256 {digest[:_HASH_LENGTH]}"
