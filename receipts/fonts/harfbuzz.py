"""The one door to HarfBuzz: `hb` is uharfbuzz, or what stands in where that has no wheel, as for Windows on ARM.

Only where it was never installed: one that is there and cannot be loaded is an ImportError, as slips would look other
than they did.
"""

try:
    import uharfbuzz as hb
except ModuleNotFoundError as error:
    if error.name != "uharfbuzz":
        raise
    from receipts.fonts import freetype as hb

__all__ = ["SHAPES", "hb"]
SHAPES = hb.__name__ == "uharfbuzz"
"""Whether letters join, stack and reorder as their script wants it, and fonts of the machine are read."""
