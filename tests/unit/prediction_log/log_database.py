"""Helpers of these tests: shipping a spool, and reading what has arrived."""

import pandas as pd
import sqlalchemy as sa

from homestead.prediction_log.shipper import Shipper
from homestead.prediction_log.spool import Spool


def logged_predictions(engine: sa.Engine) -> pd.DataFrame:
    """Return the table of predictions in the order of its key."""
    return pd.read_sql('SELECT * FROM predictions ORDER BY prediction_id, "row"', engine)


def ship_once(spool: Spool, engine: sa.Engine) -> Shipper:
    """Ship a spool as the worker beside a server does; return the shipper."""
    shipper = Shipper(spool.folder, engine, spool.owner)
    shipper.ship()
    return shipper
