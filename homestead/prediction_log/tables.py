"""SQL tables of the prediction log."""

import sqlalchemy as sa

from homestead.database.engine import create_table

_METADATA = sa.MetaData()
PREDICTIONS = sa.Table(
    "predictions",
    _METADATA,
    sa.Column("prediction_id", sa.String(64), primary_key=True),
    sa.Column("row", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("problem", sa.String(64), nullable=False),
    sa.Column("version", sa.String(32), nullable=False),
    sa.Column("digest", sa.String(64), nullable=False),
    sa.Column("request_id", sa.Text),
    sa.Column("at", sa.Float(53), nullable=False),  # seconds since 1970
    sa.Column("entity", sa.Text),
    sa.Column("features", sa.Text, nullable=False),  # a JSON object: value by name
    sa.Column("prediction", sa.Float(53)),
    sa.Column("label", sa.Text),
    # Id of the answered prediction that this one is compared with; NULL if this one was answered.
    sa.Column("shadow_of", sa.String(64)),
    sa.Index("predictions_by_time", "problem", "at"),
)
# ``prediction_id`` is the server's id of the prediction or the client's id of its request.
FEEDBACK = sa.Table(
    "feedback",
    _METADATA,
    sa.Column("feedback_id", sa.String(64), primary_key=True),
    sa.Column("row", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("problem", sa.String(64), nullable=False),
    sa.Column("at", sa.Float(53), nullable=False),  # seconds since 1970
    sa.Column("prediction_id", sa.Text, nullable=False),
    sa.Column("truth", sa.Float(53)),
    sa.Column("truth_label", sa.Text),
    sa.Column("reward", sa.Float(53)),
    sa.Index("feedback_by_time", "problem", "at"),
)


def create_tables(engine: sa.Engine) -> None:
    """Create missing tables, and add columns of later versions, all nullable, to existing ones."""
    for table in _METADATA.sorted_tables:
        with engine.begin() as connection:
            create_table(connection, table)
        existing = {column["name"] for column in sa.inspect(engine).get_columns(table.name)}
        for column in table.columns:
            if column.name not in existing:
                sql_type = column.type.compile(engine.dialect)
                statement = f'ALTER TABLE {table.name} ADD COLUMN "{column.name}" {sql_type}'
                with engine.begin() as connection:
                    connection.execute(sa.text(statement))


def tables_exist(engine: sa.Engine) -> bool:
    """Return whether the database has the tables, without locking them."""
    return set(_METADATA.tables) <= set(sa.inspect(engine).get_table_names())
