"""Which fonts of the machine drew a slip, so that it can be printed again alike.

A fact, like the slip itself: which file it was, at which place, and the SHA-256 of what was in it. A slip that the
shipped faces drew has no row, so most shops never write one.
"""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def key(length: int) -> sa.types.TypeEngine[str]:
    """A text that rows are found and sorted by."""
    return sa.String(length).with_variant(sa.String(length, collation="C"), "postgresql")


def upgrade() -> None:
    """Make one table, as unchangeable as the other facts."""
    op.create_table(
        "slip_font",
        sa.Column("code", key(12), nullable=False),
        sa.Column("copy", sa.Integer, autoincrement=False, nullable=False),
        sa.Column("place", sa.Integer, autoincrement=False, nullable=False),
        sa.Column("file", sa.String, nullable=False),
        sa.Column("face", sa.Integer, nullable=False),
        sa.Column("sha256", sa.String(64), nullable=False),
        sa.PrimaryKeyConstraint("code", "copy", "place", name="pk_slip_font"),
        sa.CheckConstraint("length(sha256) = 64", name=op.f("ck_slip_font_sha256")),
    )
    if op.get_bind().dialect.name == "postgresql":
        op.execute(
            "CREATE TRIGGER slip_font_no_change BEFORE UPDATE OR DELETE ON slip_font"
            " FOR EACH ROW EXECUTE FUNCTION refuse_change()"
        )
        op.execute(
            "CREATE TRIGGER slip_font_no_truncate BEFORE TRUNCATE ON slip_font"
            " FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"
        )
        return
    for action in ("UPDATE", "DELETE"):
        op.execute(
            f"CREATE TRIGGER slip_font_no_{action.lower()} BEFORE {action} ON slip_font "
            "BEGIN SELECT RAISE(ABORT, 'slip_font rows are facts and are never changed'); END"
        )
    op.execute(
        "CREATE TRIGGER slip_font_no_replace BEFORE INSERT ON slip_font WHEN EXISTS "
        "(SELECT 1 FROM slip_font WHERE code = NEW.code AND copy = NEW.copy AND place = NEW.place) "
        "BEGIN SELECT RAISE(ABORT, 'UNIQUE constraint failed: slip_font'); END"
    )


def downgrade() -> None:
    """There is no way back: facts are never thrown away. Put back the copy made before the upgrade."""
    raise RuntimeError("put back the copy made before the upgrade")
