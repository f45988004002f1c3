"""Which of a printer's own letters a person has found right on its test slip."""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """One column more of a local table."""
    op.add_column("printer", sa.Column("pages", sa.String(255)))


def downgrade() -> None:
    """There is no way back: facts are never thrown away. Put back the copy made before the upgrade."""
    raise RuntimeError("put back the copy made before the upgrade")
