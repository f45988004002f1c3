"""Alembic's entry: runs the revisions on the connection `db.upkeep.schema` hands over, in one transaction.

By hand, for writing a new revision against a scratch file: `alembic -x url=sqlite:///scratch.sqlite revision
--autogenerate -m "why"`.
"""

from alembic import context
from sqlalchemy import Connection

from db.tables.models import Table


def run(connection: Connection) -> None:
    """Run the revisions asked for. Both databases' DDL is transactional, so a half-run upgrade leaves nothing."""
    context.configure(connection=connection, target_metadata=Table.metadata, transactional_ddl=True)
    with context.begin_transaction():
        context.run_migrations()


handed_over = context.config.attributes.get("connection")
if handed_over is not None:
    run(handed_over)
else:
    from db.connection.engine import open_engine, transaction

    with transaction(open_engine(context.get_x_argument(as_dictionary=True)["url"], create=True)) as own:
        run(own)
