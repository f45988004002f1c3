"""What the night file needs: a record of its runs, and a way to tell which facts it has not told yet.

A run tells the facts that were recorded since the run before. What "since" is, differs:

* SQLite has one writer at a time and its facts are never deleted, so the rows of a table become visible in the order of
  their rowids: since the highest rowid of the run before.
* On PostgreSQL a transaction that is open during a run commits rows with lower numbers after it, whatever the numbers
  are. So each fact carries the number of the transaction that recorded it, and a run keeps its snapshot
  (`pg_current_snapshot()`), which knows the transactions that were open: since is what that snapshot did not see.

Facts that were on PostgreSQL before this revision all count as recorded by the upgrade.
"""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

FACTS = ("coupon", "coupon_event", "refusal")


def upgrade() -> None:
    """One table, as unchangeable as the facts it tells of; on PostgreSQL one column more for each of those."""
    op.create_table(
        "export_run",
        sa.Column("run", sa.Integer, autoincrement=False, nullable=False),
        sa.Column("business_day", sa.Date, nullable=False),
        sa.Column("marks", sa.String, nullable=False),
        sa.Column("manifest_sha256", sa.String(64), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("run", name="pk_export_run"),
        sa.CheckConstraint("run >= 1", name=op.f("ck_export_run_run")),
        sa.CheckConstraint("length(manifest_sha256) = 64", name=op.f("ck_export_run_manifest_sha256")),
    )
    if op.get_bind().dialect.name == "postgresql":
        on_postgresql()
    else:
        on_sqlite()


def on_sqlite() -> None:
    """Guard the runs as 0001 guards facts."""
    for action in ("UPDATE", "DELETE"):
        op.execute(
            f"CREATE TRIGGER export_run_no_{action.lower()} BEFORE {action} ON export_run "
            "BEGIN SELECT RAISE(ABORT, 'export_run rows are facts and are never changed'); END"
        )
    op.execute(
        "CREATE TRIGGER export_run_no_replace BEFORE INSERT ON export_run "
        "WHEN EXISTS (SELECT 1 FROM export_run WHERE run = NEW.run) "
        "BEGIN SELECT RAISE(ABORT, 'UNIQUE constraint failed: export_run'); END"
    )


def on_postgresql() -> None:
    """Guard the runs as 0001 guards facts, and number the transactions that record facts."""
    op.execute(
        "CREATE TRIGGER export_run_no_change BEFORE UPDATE OR DELETE ON export_run"
        " FOR EACH ROW EXECUTE FUNCTION refuse_change()"
    )
    op.execute(
        "CREATE TRIGGER export_run_no_truncate BEFORE TRUNCATE ON export_run"
        " FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"
    )
    for table in FACTS:
        op.execute(f"ALTER TABLE {table} ADD COLUMN recorded_tx xid8 NOT NULL DEFAULT pg_current_xact_id()")
        op.create_index(f"ix_{table}_recorded_tx", table, ["recorded_tx"])


def downgrade() -> None:
    """There is no way back: facts are never thrown away. Put back the copy made before the upgrade."""
    raise RuntimeError("put back the copy made before the upgrade")
