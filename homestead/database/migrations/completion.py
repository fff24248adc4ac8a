"""Creating a table, or completing one that versions before the migrations made."""

import sqlalchemy as sa
from alembic import op


def create_or_complete(table: sa.Table) -> None:
    """Create a table with its indexes, or add those columns and indexes that it lacks.

    Later columns of a table may be NULL.
    """
    connection = op.get_bind()
    inspector = sa.inspect(connection)
    if inspector.has_table(table.name):
        existing = {column["name"] for column in inspector.get_columns(table.name)}
        for column in table.columns:
            if column.name not in existing:
                op.add_column(table.name, column._copy())
    else:
        table.create(connection)
    for index in table.indexes:
        index.create(connection, checkfirst=True)
