"""What belongs to one register only: its print jobs and its count of wrong PINs. Updated, never shared."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the two local tables."""
    op.create_table(
        "print_job",
        sa.Column("id", sa.Integer, nullable=False),
        sa.Column("code", sa.String(12), nullable=False),
        sa.Column("copy", sa.Integer, nullable=False),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("proof", sa.String(16)),
        sa.Column("attempts", sa.Integer, nullable=False),
        sa.Column("last_error", sa.String),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_print_job"),
        sa.UniqueConstraint("code", "copy", name="uq_print_job_code_copy"),
        sa.CheckConstraint(
            "state IN ('pending', 'sending', 'printed', 'unknown', 'failed')", name=op.f("ck_print_job_state")
        ),
        sa.CheckConstraint(
            "proof IN ('confirmed', 'processed', 'handed_over', 'by_person')", name=op.f("ck_print_job_proof")
        ),
    )
    op.create_index("ix_print_job_state", "print_job", ["state"])
    op.create_table(
        "sign_in_lock",
        sa.Column("store", sa.String(32), nullable=False),
        sa.Column("staff", sa.Integer, autoincrement=False, nullable=False),
        sa.Column("failures", sa.Integer, nullable=False),
        sa.Column("locked_until", sa.DateTime(timezone=True)),
        sa.PrimaryKeyConstraint("store", "staff", name="pk_sign_in_lock"),
        sa.ForeignKeyConstraint(["store", "staff"], ["staff.store", "staff.id"], name="fk_sign_in_lock_staff"),
    )


def downgrade() -> None:
    """There is no way back: facts are never thrown away. Put back the copy made before the upgrade."""
    raise RuntimeError("put back the copy made before the upgrade")
