"""A chart's SVG as a part of a page: no ids that clash, no rules for the rest of it, colours that follow the page.

Matplotlib writes a whole document. What only a document needs is left out (its style sheet would bind the page's own
pictures too), ids are kept where something refers to them and then carry the chart's name, and numbers are rounded to
a hundredth of a point. Names from people never go through matplotlib, whose fonts lack most of the world's letters and
whose `$` begins a formula: a chart draws `{0}`, and the name takes its place here.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from xml.etree import ElementTree as ET

PAGE_COLOURS = {
    "#010101": "var(--ink)",
    "#020202": "var(--soft)",
    "#030303": "var(--rule)",
    "#040404": "var(--bar)",
    "#050505": "var(--strong)",
    "#060606": "var(--paper)",
    "#070707": "var(--tint)",
}
"""What stands in a drawing for a colour of the page, which has one set for day, one for night and one for paper."""

_LONG = re.compile(r"-?\d+\.\d{3,}(?:e-?\d+)?")
_COLOUR = re.compile("|".join(PAGE_COLOURS))
_FAMILY = re.compile(r";?\s*font-family:[^;]*")
_PLACE = re.compile(r"\{(\d+)\}")
_HREF = "{http://www.w3.org/1999/xlink}href"
_LEFT_OUT = {"metadata", "style"}
_ID = re.compile(r"url\(#([^)]+)\)")


def inlined(svg: str, name: str, title: str, description: str, names: Sequence[str] = ()) -> str:
    """The drawing as an `<svg role="img">` element, its ids beginning with `name`.

    Args:
        svg: What matplotlib wrote.
        name: Letters and hyphens, its own on the page.
        title: What it is.
        description: What it says, for those who do not see it: the numbers, in words.
        names: What takes the places `{0}`, `{1}` …
    """
    root = ET.fromstring(svg)  # noqa: S314  our own drawing, made a moment ago
    _strip(root)
    wanted = _wanted(root)
    for element in root.iter():
        element.tag = element.tag.rpartition("}")[2]
        _rewrite(element, name, wanted)
        if element.text:
            element.text = _PLACE.sub(lambda found: names[int(found[1])], element.text)
    picture = ET.Element(
        "svg", {"viewBox": root.attrib["viewBox"], "role": "img", "aria-labelledby": f"{name}-title {name}-desc"}
    )
    for tag, text in (("title", title), ("desc", description)):
        ET.SubElement(picture, tag, {"id": f"{name}-{tag}"}).text = text
    picture.extend(list(root))
    return ET.tostring(picture, encoding="unicode")


def _strip(parent: ET.Element) -> None:
    """Without metadata, style sheets, white space and groups that say nothing."""
    parent.text = (parent.text or "").strip() or None
    for child in list(parent):
        child.tail = None
        _strip(child)
        tag = child.tag.rpartition("}")[2]
        if tag in _LEFT_OUT or (tag in {"g", "defs"} and not len(child)):
            parent.remove(child)
        elif tag == "g" and not set(child.attrib) - {"id"}:
            at = list(parent).index(child)
            parent.remove(child)
            for offset, grandchild in enumerate(list(child)):
                parent.insert(at + offset, grandchild)


def _wanted(root: ET.Element) -> set[str]:
    """The ids something refers to."""
    ids = set()
    for element in root.iter():
        if _HREF in element.attrib:
            ids.add(element.attrib[_HREF].removeprefix("#"))
        for value in element.attrib.values():
            ids.update(_ID.findall(value))
    return ids


def _rewrite(element: ET.Element, name: str, wanted: set[str]) -> None:
    for key, value in list(element.attrib.items()):
        del element.attrib[key]
        if key == "id":
            if value in wanted:
                element.attrib[key] = f"{name}-{value}"
        elif key == _HREF:
            element.attrib["href"] = f"#{name}-{value.removeprefix('#')}"
        elif not (key == "clip-path" and element.tag == "text"):
            short = _LONG.sub(lambda found: f"{float(found[0]):.2f}".rstrip("0").rstrip("."), value)
            coloured = _COLOUR.sub(lambda found: PAGE_COLOURS[found[0]], short)
            element.attrib[key] = _ID.sub(rf"url(#{name}-\1)", _FAMILY.sub("", coloured)).replace("\n", "")
