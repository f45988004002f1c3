"""Pixel goldens: a picture a person has looked at, and what to do when ours looks different."""

from pathlib import Path

from PIL import Image, ImageChops

FOLDER = Path(__file__).parent.parent / "goldens" / "slips"


def assert_looks_like(image: Image.Image, name: str) -> None:
    """Compare with `goldens/slips/<name>.png`; a difference leaves `<name>.new.png` beside it and fails.

    A few dots on the edges of letters may differ, because a new release of the shaping library may round otherwise;
    nothing larger than such a dot may.
    """
    golden, new = FOLDER / f"{name}.png", FOLDER / f"{name}.new.png"
    problem = _difference(image, golden)
    if problem is None:
        new.unlink(missing_ok=True)
        return
    FOLDER.mkdir(parents=True, exist_ok=True)
    image.save(new)
    raise AssertionError(f"{name}: {problem}. Look at {new}; if it is better, rename it to {golden.name}.")


def _difference(image: Image.Image, golden: Path) -> str | None:
    if not golden.exists():
        return "there is no golden yet"
    with Image.open(golden) as file:
        expected = file.convert("1")
    if expected.size != image.size:
        return f"the golden is {expected.size}, this is {image.size}"
    changed = ImageChops.logical_xor(expected, image)
    dots = changed.convert("L").histogram()[255]
    # A change that survives shrinking threefold is a shape, not an edge.
    solid = changed.convert("L").resize((image.width // 3, image.height // 3), Image.Resampling.BOX)
    shapes = sum(solid.histogram()[200:])
    if dots * 1000 > image.width * image.height or shapes:
        return f"{dots} dots differ"
    return None
