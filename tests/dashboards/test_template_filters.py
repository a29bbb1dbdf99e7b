"""Numbers as templates write them."""

from __future__ import annotations

import pytest

from dashboards.templatetags.obc import percent, short


@pytest.mark.parametrize(("value", "text"), [(9_125, "9,125"), (38_202, "38,202"), (1_234_567, "1.23M")])
def test_a_number_is_cut_from_a_million_on(value, text):
    assert short(value) == text


@pytest.mark.parametrize(("value", "text"), [(0, "0.0%"), (1, "<0.1%"), (50, "0.1%"), (100_000, "100.0%")])
def test_a_small_part_is_not_said_to_be_nothing(value, text):
    assert percent(value, 100_000) == text
