"""Which of a printer's own letters a person has found right on its test slip."""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make one local table."""
    op.create_table(
        "printer_letters",
        sa.Column("url", sa.String(255), nullable=False),
        sa.Column("pages", sa.String(255), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("url", name="pk_printer_letters"),
    )


def downgrade() -> None:
    """There is no way back: facts are never thrown away. Put back the copy made before the upgrade."""
    raise RuntimeError("put back the copy made before the upgrade")
