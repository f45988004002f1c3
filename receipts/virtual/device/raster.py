"""Dots where they belong: rows placed on the paper's width, doubled, or turned from columns into rows.

Here a set bit is ink, as in the commands; `Slip.image` alone turns it into black on white.
"""

from PIL import Image

from receipts.values.paper import DOTS_PER_BYTE


def placed(data: bytes, width_bytes: int, left_dots: int, paper_bytes: int) -> bytes:
    """Rows of `width_bytes` as rows of `paper_bytes`, beginning at dot `left_dots`; what hangs over is lost."""
    if left_dots == 0 and width_bytes == paper_bytes:
        return data
    left, shift = divmod(left_dots, DOTS_PER_BYTE)
    if shift:
        return _shifted(data, width_bytes, left_dots, paper_bytes)
    kept = min(width_bytes, paper_bytes - left)
    if kept <= 0:
        return bytes(len(data) // width_bytes * paper_bytes)
    before, after = bytes(left), bytes(paper_bytes - left - kept)
    return b"".join(before + data[at : at + kept] + after for at in range(0, len(data), width_bytes))


def _shifted(data: bytes, width_bytes: int, left_dots: int, paper_bytes: int) -> bytes:
    rows = len(data) // width_bytes
    canvas = Image.new("1", (paper_bytes * DOTS_PER_BYTE, rows))
    canvas.paste(ink(data, width_bytes), (left_dots, 0))
    return canvas.tobytes()


def ink(data: bytes, width_bytes: int) -> Image.Image:
    """Rows as an image of mode "1" in which a set dot is ink."""
    return Image.frombytes("1", (width_bytes * DOTS_PER_BYTE, len(data) // width_bytes), data)


def scaled(image: Image.Image, across: int, down: int) -> Image.Image:
    """Every dot as a block of `across` by `down` dots."""
    if across == down == 1:
        return image
    return image.resize((image.width * across, image.height * down), Image.Resampling.NEAREST)


def from_columns(data: bytes, bytes_per_column: int) -> Image.Image:
    """Columns of 8 or 24 dots, most significant bit on top (ESC *), as an image in which a set dot is ink."""
    columns = len(data) // bytes_per_column
    lying = Image.frombytes("1", (bytes_per_column * DOTS_PER_BYTE, columns), data)
    return lying.transpose(Image.Transpose.TRANSPOSE)
