"""How many places each currency is counted in, decided once and kept: until now it was whatever Babel said that day.

The table comes empty. What the amounts of an older ledger mean is decided by whoever opens it next with more to go by
than stands in it, as its settings (`pos_recovery.counter.currency_decimals`); until then nothing is recorded or told.
"""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def key(length: int) -> sa.types.TypeEngine[str]:
    """A text that rows are found and sorted by."""
    return sa.String(length).with_variant(sa.String(length, collation="C"), "postgresql")


def upgrade() -> None:
    """One table of facts, guarded as 0001 guards its own."""
    op.create_table(
        "currency",
        sa.Column("code", key(3), nullable=False),
        sa.Column("decimals", sa.Integer, nullable=False),
        sa.Column("evidence", sa.String(200), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("code", name="pk_currency"),
        sa.CheckConstraint("decimals BETWEEN 0 AND 4", name=op.f("ck_currency_decimals")),
    )
    if op.get_bind().dialect.name == "postgresql":
        op.execute(
            "CREATE TRIGGER currency_no_change BEFORE UPDATE OR DELETE ON currency"
            " FOR EACH ROW EXECUTE FUNCTION refuse_change()"
        )
        op.execute(
            "CREATE TRIGGER currency_no_truncate BEFORE TRUNCATE ON currency"
            " FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"
        )
        return
    for action in ("UPDATE", "DELETE"):
        op.execute(
            f"CREATE TRIGGER currency_no_{action.lower()} BEFORE {action} ON currency "
            "BEGIN SELECT RAISE(ABORT, 'currency rows are facts and are never changed'); END"
        )
    op.execute(
        "CREATE TRIGGER currency_no_replace BEFORE INSERT ON currency "
        "WHEN EXISTS (SELECT 1 FROM currency WHERE code = NEW.code) "
        "BEGIN SELECT RAISE(ABORT, 'UNIQUE constraint failed: currency'); END"
    )


def downgrade() -> None:
    """There is no way back: facts are never thrown away. Put back the copy made before the upgrade."""
    raise RuntimeError("put back the copy made before the upgrade")
