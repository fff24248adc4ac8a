"""Retention of the log's files: whole hours are deleted once all of their rows are too old."""

import time

from homestead.errors import UserError
from homestead.prediction_log.parquet.layout import end_of_hour, filesystem, hour_folders

_SECONDS_PER_DAY = 86400


def delete_hours_older_than(root: str, problem: str, days: float) -> int:
    """Delete a problem's hours that ended more than ``days`` ago.

    Args:
        root: folder or URI of the log.

    Returns:
        The number of deleted hours.

    Raises:
        UserError: files are still there, because the account may not delete them.
        Exception: what the object store's client raises if nothing can be deleted there.
    """
    cutoff_s = time.time() - days * _SECONDS_PER_DAY
    files, path = filesystem(root)
    deleted = 0
    for hour, folder in hour_folders(files, path, problem, until_s=cutoff_s):
        if end_of_hour(hour) <= cutoff_s:
            files.rm(folder, recursive=True)
            # s3fs leaves out what it was not allowed to delete, and raises nothing.
            files.invalidate_cache()
            if left := files.find(folder):
                raise UserError(
                    f"{left[0]} is still there after it was deleted, and {len(left) - 1} others:"
                    " the account needs the right to delete objects below HOMESTEAD_LOG_URI"
                )
            deleted += 1
    return deleted
