"""A page's form as a browser would send it."""

from __future__ import annotations

from html.parser import HTMLParser


class Fields(HTMLParser):
    """The successful controls of `#builder`'s inside: {name: [texts]}."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.fields: dict[str, list[str]] = {}
        self._select = ""
        self._options: list[tuple[str, bool]] = []

    def handle_starttag(self, tag, attrs):
        given = dict(attrs)
        if tag == "input" and given.get("name"):
            ticked = given.get("type") not in {"checkbox", "radio"} or "checked" in given
            if ticked:
                self._add(given["name"], given.get("value") or "")
        elif tag == "select":
            self._select, self._options = given.get("name", ""), []
        elif tag == "option" and self._select:
            self._options.append((given.get("value", ""), "selected" in given))

    def handle_endtag(self, tag):
        if tag == "select" and self._select:
            chosen = [value for value, selected in self._options if selected] or [self._options[0][0]]
            self._add(self._select, chosen[-1])
            self._select = ""

    def _add(self, name, value):
        self.fields.setdefault(name, []).append(value)


def fields_of(html: str) -> dict[str, list[str]]:
    parser = Fields()
    parser.feed(html)
    return parser.fields
