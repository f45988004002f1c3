"""What the night file needs: a record of its runs, and a way to tell which facts it has not told yet.

A run tells the facts that were recorded since the run before. What "since" is, differs:

* SQLite has one writer at a time and its facts are never deleted, so the rows of a table become visible in the order of
  their rowids: since the highest rowid of the run before.
* On PostgreSQL a transaction that is open during a run commits rows with lower numbers after it, whatever the numbers
  are. So each fact carries the number of the transaction that recorded it, and a run keeps its snapshot
  (`pg_current_snapshot()`), which knows the transactions that were open: since is what that snapshot did not see.

Facts that were on PostgreSQL before this revision all count as recorded by the upgrade.

`export_balance` keeps what was open at the end of a run, so that the next one has an opening that was not counted from
the same rows as its closing. `export_delivery` tells which nights have reached the place they were written for. A store
says when its day starts, because whoever closes the days of all stores has the settings of none. `conflict` is the
redemption that lost when two registers had no hub to ask; it is a fact, and a night file tells it.
"""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

FACTS = ("coupon", "coupon_event", "refusal", "conflict")
KEYS = {
    "export_run": ("run",),
    "export_balance": ("run", "store", "currency"),
    "export_delivery": ("run",),
    "conflict": ("code", "request_id"),
}
"""The new tables, all of facts, and their primary keys."""


def key(length: int) -> sa.types.TypeEngine[str]:
    """A text that rows are found and sorted by."""
    return sa.String(length).with_variant(sa.String(length, collation="C"), "postgresql")


def upgrade() -> None:
    """Four tables, as unchangeable as the facts they tell of; on PostgreSQL one column more for each of those."""
    op.add_column("store", sa.Column("day_starts", sa.String(5), nullable=False, server_default="04:00"))
    op.create_table(
        "conflict",
        sa.Column("code", key(12), nullable=False),
        sa.Column("request_id", key(80), nullable=False),
        sa.Column("kind", sa.String(16), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("business_date", sa.Date, nullable=False),
        sa.Column("store", key(32), nullable=False),
        sa.Column("register", key(32), nullable=False),
        sa.Column("staff", sa.Integer, nullable=False),
        sa.Column("offline", sa.Boolean, nullable=False),
        sa.Column("cost_minor", sa.Integer, nullable=True),
        sa.Column("winner_n", sa.Integer, nullable=False),
        sa.PrimaryKeyConstraint("code", "request_id", name="pk_conflict"),
        sa.CheckConstraint("winner_n >= 1", name=op.f("ck_conflict_winner_n")),
    )
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
    op.create_table(
        "export_balance",
        sa.Column("run", sa.Integer, nullable=False),
        sa.Column("store", key(32), nullable=False),
        sa.Column("currency", key(3), nullable=False),
        sa.Column("coupons", sa.BigInteger, nullable=False),
        sa.Column("cost_minor", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("run", "store", "currency", name="pk_export_balance"),
        sa.ForeignKeyConstraint(["run"], ["export_run.run"], name="fk_export_balance_run"),
    )
    op.create_table(
        "export_delivery",
        sa.Column("run", sa.Integer, nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("run", name="pk_export_delivery"),
        sa.ForeignKeyConstraint(["run"], ["export_run.run"], name="fk_export_delivery_run"),
    )
    if op.get_bind().dialect.name == "postgresql":
        on_postgresql()
    else:
        on_sqlite()


def on_sqlite() -> None:
    """Guard the new tables as 0001 guards its own."""
    for table, names in KEYS.items():
        for action in ("UPDATE", "DELETE"):
            op.execute(
                f"CREATE TRIGGER {table}_no_{action.lower()} BEFORE {action} ON {table} "
                f"BEGIN SELECT RAISE(ABORT, '{table} rows are facts and are never changed'); END"
            )
        same = " AND ".join(f"{name} = NEW.{name}" for name in names)
        op.execute(
            f"CREATE TRIGGER {table}_no_replace BEFORE INSERT ON {table} "
            f"WHEN EXISTS (SELECT 1 FROM {table} WHERE {same}) "
            f"BEGIN SELECT RAISE(ABORT, 'UNIQUE constraint failed: {table}'); END"
        )


def on_postgresql() -> None:
    """Guard the new tables as 0001 guards its own, and number the transactions that record facts."""
    for table in KEYS:
        op.execute(
            f"CREATE TRIGGER {table}_no_change BEFORE UPDATE OR DELETE ON {table}"
            " FOR EACH ROW EXECUTE FUNCTION refuse_change()"
        )
        op.execute(
            f"CREATE TRIGGER {table}_no_truncate BEFORE TRUNCATE ON {table}"
            " FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"
        )
    for table in FACTS:
        op.execute(f"ALTER TABLE {table} ADD COLUMN recorded_tx xid8 NOT NULL DEFAULT pg_current_xact_id()")
        op.create_index(f"ix_{table}_recorded_tx", table, ["recorded_tx"])


def downgrade() -> None:
    """There is no way back: facts are never thrown away. Put back the copy made before the upgrade."""
    raise RuntimeError("put back the copy made before the upgrade")
