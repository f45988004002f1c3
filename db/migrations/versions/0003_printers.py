"""What this register knows of its printers: the proof each can give, and whether a job broke off on it."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make one local table."""
    op.create_table(
        "printer",
        sa.Column("url", sa.String(255), nullable=False),
        sa.Column("proof", sa.String(16)),
        sa.Column("torn", sa.Boolean, nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("url", name="pk_printer"),
        sa.CheckConstraint(
            "proof IN ('confirmed', 'processed', 'handed_over', 'by_person')", name=op.f("ck_printer_proof")
        ),
    )


def downgrade() -> None:
    """There is no way back: facts are never thrown away. Put back the copy made before the upgrade."""
    raise RuntimeError("put back the copy made before the upgrade")
