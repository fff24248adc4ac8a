"""How new each view's values are: written by materialization beside the values in the online store.

A server reads it there, because it has no access to Feast's registry.
"""

from homestead.settings import Settings


def write_freshness(problem: str, times: dict[str, float], settings: Settings) -> None:
    """Note the newest event time of each view, in seconds since 1970, where servers read it.

    Call it after the values were written.
    """
    if not times:
        return  # every view is empty
    if settings.redis_connection:
        from homestead.features.redis_store.rows import write_redis_freshness

        write_redis_freshness(settings.redis_connection, problem, times)
    else:
        from homestead.features.sqlite_rows import write_sqlite_freshness

        write_sqlite_freshness(settings.online_database(problem), times)
