"""Formulas over series: `B / A * 100`. Letters are series, division by zero is null.

expression := term (("+" | "-") term)*      term := factor (("*" | "/") factor)*
factor := number | letter | "(" expression ")" | "-" factor
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

from obc_analytics.errors import BadRequest

Number = float | int | None
Evaluate = Callable[[Sequence[Number]], Number]

TOKEN = re.compile(r"\s*(?:(\d+(?:\.\d+)?)|([A-Za-z])|([-+*/()]))")
MAX_DEPTH = 50


def parse(text: str, series: int) -> Evaluate:
    """A function of one value a series. Raises BadRequest naming `$.formula` and the wrong place."""
    parser = _Parser(text, series)
    evaluate = parser.expression(0)
    if parser.peek() is not None:
        raise parser.wrong("nothing more")
    return evaluate


class _Parser:
    def __init__(self, text: str, series: int) -> None:
        self._text = text
        self._series = series
        self._at = 0

    def peek(self) -> str | None:
        match = TOKEN.match(self._text, self._at)
        if match:
            return match.group().strip()
        return None if not self._text[self._at :].strip() else "?"

    def next(self) -> str:
        match = TOKEN.match(self._text, self._at)
        if match is None:
            raise self.wrong("a number, a letter of a series or a bracket")
        self._at = match.end()
        return match.group().strip()

    def wrong(self, wanted: str) -> BadRequest:
        return BadRequest(f"formula: {wanted} was expected at character {self._at + 1}", path="$.formula")

    def expression(self, depth: int) -> Evaluate:
        return self._chain("+-", self._term, depth)

    def _term(self, depth: int) -> Evaluate:
        return self._chain("*/", self._factor, depth)

    def _chain(self, signs: str, part: Callable[[int], Evaluate], depth: int) -> Evaluate:
        left = part(depth)
        while (sign := self.peek()) and sign in signs:
            self.next()
            left = _apply(sign, left, part(depth))
        return left

    def _factor(self, depth: int) -> Evaluate:
        if depth > MAX_DEPTH:
            raise self.wrong("fewer brackets")
        token = self.next()
        if token == "-":
            inner = self._factor(depth + 1)
            return lambda values: _minus(inner(values))
        if token == "(":
            inner = self.expression(depth + 1)
            if self.peek() != ")":
                raise self.wrong("a closing bracket")
            self.next()
            return inner
        if token[0].isdigit():
            constant = float(token)
            return lambda values: constant
        return self._letter(token)

    def _letter(self, token: str) -> Evaluate:
        number = ord(token.upper()) - ord("A") if token.isalpha() else -1
        if not 0 <= number < self._series:
            last = chr(ord("A") + self._series - 1)
            raise self.wrong(f"a series A to {last}")
        return lambda values: values[number]


def _minus(value: Number) -> Number:
    return None if value is None else -value


def _apply(sign: str, left: Evaluate, right: Evaluate) -> Evaluate:
    def evaluate(values: Sequence[Number]) -> Number:
        a, b = left(values), right(values)
        if a is None or b is None:
            return None
        if sign == "/":
            return None if b == 0 else a / b
        return a + b if sign == "+" else a - b if sign == "-" else a * b

    return evaluate
