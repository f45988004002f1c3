"""Requests to print again that found the slip still waiting, so that the same one again is the same answer."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make one local table."""
    op.create_table(
        "print_request",
        sa.Column("request_id", sa.String(80), nullable=False),
        sa.Column("job", sa.Integer, nullable=False),
        sa.PrimaryKeyConstraint("request_id", name="pk_print_request"),
        sa.ForeignKeyConstraint(["job"], ["print_job.id"], name="fk_print_request_job"),
    )


def downgrade() -> None:
    """There is no way back: facts are never thrown away. Put back the copy made before the upgrade."""
    raise RuntimeError("put back the copy made before the upgrade")
