"""How a refused code came in: guessing by hand is told from a scanner that reads a torn slip."""

from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """One column, empty for what was refused before. Written out: Alembic would add the CHECK by itself, after it."""
    op.execute(
        "ALTER TABLE refusal ADD COLUMN entry VARCHAR(8)"
        " CONSTRAINT ck_refusal_entry CHECK (entry IN ('typed', 'scanned', 'command'))"
    )
    op.create_index("ix_refusal_at", "refusal", ["at"])


def downgrade() -> None:
    """There is no way back: facts are never thrown away. Put back the copy made before the upgrade."""
    raise RuntimeError("put back the copy made before the upgrade")
