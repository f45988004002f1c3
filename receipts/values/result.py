"""What a printer answers: a value, because printing is expected to fail.

Four states, never merged, so that nobody prints twice by accident or believes in paper that does not exist.
"""

from dataclasses import dataclass
from typing import Literal

from receipts.values.status import Condition

PrintState = Literal["printed", "pending", "unknown", "failed"]
Proof = Literal["confirmed", "processed", "handed_over"]


@dataclass(frozen=True, slots=True, kw_only=True)
class PrintResult:
    """How one print job ended.

    `printed`: delivered, as far as `proof` says. `pending`: not one byte of the slip left, so trying again is safe.
    `unknown`: bytes left and nothing proves the paper: a person must look. `failed`: trying again cannot help.
    """

    state: PrintState
    proof: Proof | None
    """`confirmed`: the printer says that this very job is on paper. `processed`: it has worked through every byte
    and is well. `handed_over`: something took every byte. None unless printed."""
    bytes_sent: int
    detail: str
    """One short phrase for the log and the printer screen: what happened, in words."""
    condition: Condition = Condition.NOT_ASKED
    """How the printer was when the job ended."""
    held_up: bool = False
    """The printer stopped half-way, for paper or its cover, and went on: a slip may be in two pieces."""
    torn: bool = False
    """What somebody's broken job left in the printer is not cut off yet: the next job has to begin with that."""
    withheld: bool = False
    """The printer was well until the deadline and did not give the proof that it is known for."""
