"""The ledger: reference tables, coupons, what became of them, refusals; facts that cannot be changed.

The triggers refuse UPDATE and DELETE. They also refuse an INSERT whose key is there already, because SQLite's
INSERT OR REPLACE deletes the old row without firing its delete trigger.

PostgreSQL has no REPLACE, and a TRUNCATE that fires triggers of its own. Its keys are compared byte by byte
(`COLLATE "C"`) and not by the language of the database: the range of codes that a month implies is one of plain text,
a newer C library changes no order, and the night file of one server is that of another.
"""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

KEYS = {
    "coupon": ("code = NEW.code OR request_id = NEW.request_id"),
    "coupon_event": ("(code = NEW.code AND n = NEW.n) OR request_id = NEW.request_id"),
    "refusal": ("id = NEW.id"),
}


def key(length: int) -> sa.types.TypeEngine[str]:
    """A text that rows are found and sorted by."""
    return sa.String(length).with_variant(sa.String(length, collation="C"), "postgresql")


def upgrade() -> None:
    """Make the tables and their guards."""
    op.create_table(
        "store",
        sa.Column("id", key(32), nullable=False),
        sa.Column("name", sa.String, nullable=False),
        sa.Column("timezone", sa.String, nullable=False),
        sa.Column("currency", sa.String(3), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_store"),
    )
    op.create_table(
        "register",
        sa.Column("store", key(32), nullable=False),
        sa.Column("id", key(32), nullable=False),
        sa.PrimaryKeyConstraint("store", "id", name="pk_register"),
        sa.ForeignKeyConstraint(["store"], ["store.id"], name="fk_register_store"),
    )
    op.create_table(
        "staff",
        sa.Column("store", key(32), nullable=False),
        sa.Column("id", sa.Integer, autoincrement=False, nullable=False),
        sa.Column("name", sa.String, nullable=False),
        sa.Column("role", sa.String(16), nullable=False),
        sa.Column("pin_hash", sa.String, nullable=False),
        sa.Column("active", sa.Boolean, nullable=False),
        sa.PrimaryKeyConstraint("store", "id", name="pk_staff"),
        sa.ForeignKeyConstraint(["store"], ["store.id"], name="fk_staff_store"),
        sa.CheckConstraint("role IN ('barista', 'shift_lead')", name=op.f("ck_staff_role")),
    )
    op.create_table(
        "reason",
        sa.Column("id", key(24), nullable=False),
        sa.Column("name", sa.String, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_reason"),
    )
    op.create_table(
        "coupon",
        sa.Column("code", key(12), nullable=False),
        sa.Column("store", key(32), nullable=False),
        sa.Column("register", key(32), nullable=False),
        sa.Column("staff", sa.Integer, nullable=False),
        sa.Column("reason", key(24), nullable=False),
        sa.Column("item", sa.String),
        sa.Column("note", sa.String),
        sa.Column("remade", sa.Boolean, nullable=False),
        sa.Column("noticed_first", sa.Boolean, nullable=False),
        sa.Column("language", sa.String(35), nullable=False),
        sa.Column("issued_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("business_date", sa.Date, nullable=False),
        sa.Column("expires_on", sa.Date, nullable=False),
        sa.Column("cost_minor", sa.Integer, nullable=False),
        sa.Column("currency", sa.String(3), nullable=False),
        sa.Column("request_id", key(80), nullable=False),
        sa.Column("clock_drift_s", sa.Integer, nullable=False),
        sa.PrimaryKeyConstraint("code", name="pk_coupon"),
        sa.ForeignKeyConstraint(["store", "register"], ["register.store", "register.id"], name="fk_coupon_register"),
        sa.ForeignKeyConstraint(["store", "staff"], ["staff.store", "staff.id"], name="fk_coupon_staff"),
        sa.ForeignKeyConstraint(["reason"], ["reason.id"], name="fk_coupon_reason"),
        sa.UniqueConstraint("request_id", name="uq_coupon_request_id"),
        sa.CheckConstraint("length(code) = 12", name=op.f("ck_coupon_code")),
        sa.CheckConstraint("cost_minor >= 0", name=op.f("ck_coupon_cost_minor")),
    )
    op.create_index("ix_coupon_business_date", "coupon", ["business_date"])
    op.create_index("ix_coupon_issued_at", "coupon", ["issued_at"])
    op.create_table(
        "coupon_event",
        sa.Column("code", key(12), nullable=False),
        sa.Column("n", sa.Integer, autoincrement=False, nullable=False),
        sa.Column("kind", sa.String(16), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("business_date", sa.Date, nullable=False),
        sa.Column("store", key(32), nullable=False),
        sa.Column("register", key(32), nullable=False),
        sa.Column("staff", sa.Integer, nullable=False),
        sa.Column("request_id", key(80), nullable=False),
        sa.Column("ending", sa.String(16)),
        sa.Column("note", sa.String),
        sa.Column("offline", sa.Boolean, nullable=False),
        sa.Column("cost_minor", sa.Integer),
        sa.Column("clock_drift_s", sa.Integer, nullable=False),
        sa.PrimaryKeyConstraint("code", "n", name="pk_coupon_event"),
        sa.UniqueConstraint("request_id", name="uq_coupon_event_request_id"),
        sa.CheckConstraint("n >= 1", name=op.f("ck_coupon_event_n")),
        sa.CheckConstraint(
            "kind IN ('redeemed', 'reversed', 'voided', 'goodwill', 'reprinted', 'ended')",
            name=op.f("ck_coupon_event_kind"),
        ),
        sa.CheckConstraint(
            "ending IN ('turned_around', 'still_unhappy', 'did_not_say')", name=op.f("ck_coupon_event_ending")
        ),
    )
    op.create_index("ix_coupon_event_business_date", "coupon_event", ["business_date"])
    op.create_index("ix_coupon_event_at", "coupon_event", ["at"])
    op.create_table(
        "refusal",
        sa.Column("id", key(36), nullable=False),
        sa.Column("kind", sa.String(24), nullable=False),
        sa.Column("raw", sa.String, nullable=False),
        sa.Column("code", key(12)),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("business_date", sa.Date, nullable=False),
        sa.Column("store", key(32), nullable=False),
        sa.Column("register", key(32), nullable=False),
        sa.Column("staff", sa.Integer),
        sa.PrimaryKeyConstraint("id", name="pk_refusal"),
    )
    op.create_index("ix_refusal_business_date", "refusal", ["business_date"])
    if op.get_bind().dialect.name == "postgresql":
        guard_on_postgresql()
    else:
        guard_on_sqlite()


def guard_on_sqlite() -> None:
    """Refuse UPDATE, DELETE and REPLACE."""
    for table, same_key in KEYS.items():
        for action in ("UPDATE", "DELETE"):
            op.execute(
                f"CREATE TRIGGER {table}_no_{action.lower()} BEFORE {action} ON {table} "
                f"BEGIN SELECT RAISE(ABORT, '{table} rows are facts and are never changed'); END"
            )
        op.execute(
            # Both names come from the table above.
            f"CREATE TRIGGER {table}_no_replace BEFORE INSERT ON {table} "
            f"WHEN EXISTS (SELECT 1 FROM {table} WHERE {same_key}) "
            f"BEGIN SELECT RAISE(ABORT, 'UNIQUE constraint failed: {table}'); END"
        )


def guard_on_postgresql() -> None:
    """Refuse UPDATE and DELETE, also in a partition that the table is given later; and TRUNCATE."""
    op.execute(
        "CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN"
        " RAISE EXCEPTION '% rows are facts and are never changed', TG_TABLE_NAME"
        " USING ERRCODE = 'integrity_constraint_violation'; END $$"
    )
    for table in KEYS:
        op.execute(
            f"CREATE TRIGGER {table}_no_change BEFORE UPDATE OR DELETE ON {table}"
            " FOR EACH ROW EXECUTE FUNCTION refuse_change()"
        )
        op.execute(
            f"CREATE TRIGGER {table}_no_truncate BEFORE TRUNCATE ON {table}"
            " FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"
        )


def downgrade() -> None:
    """There is no way back: facts are never thrown away. Put back the copy made before the upgrade."""
    raise RuntimeError("put back the copy made before the upgrade")
