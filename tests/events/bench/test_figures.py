"""What the bench prints: percentiles and tables."""

from __future__ import annotations

import math

import pytest

from events.bench.figures import Table, percentile, shown
from events.bench.machine import Cpu
from events.bench.run_load import Load


@pytest.mark.parametrize(
    ("values", "share", "expected"),
    [([7.0], 0.99, 7.0), ([3.0, 1.0, 2.0], 0.5, 2.0), (list(range(1, 101)), 0.99, 99), (list(range(1, 101)), 1.0, 100)],
)
def test_a_percentile_is_one_of_the_values(values, share, expected):
    assert percentile(values, share) == expected


def test_nothing_has_no_percentile():
    assert math.isnan(percentile([], 0.5))


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (12_345, "12,345"),
        (1234.5, "1,234"),
        (45.67, "45.7"),
        (0.1234, "0.12"),
        (None, ""),
        ("yes", "yes"),
        (True, "True"),
    ],
)
def test_a_number_is_shown_with_the_digits_that_matter(value, expected):
    assert shown(value) == expected


def test_a_table_is_markdown_with_numbers_to_the_right():
    table = Table("Speed", [{"case": "a", "n": 5}, {"case": "long", "n": 12_000}], ["A note."])

    assert table.render() == "\n".join(
        ["### Speed", "", "| case |      n |", "| ---- | -----: |", "| a    |      5 |", "| long | 12,000 |", "",
         "A note.", ""]
    )  # fmt: skip


def test_a_row_may_lack_a_column():
    lines = Table("t", [{"a": 1}, {"a": 2, "b": "x"}]).render().splitlines()

    assert lines[4] == "| 1 |   |"
    assert lines[5] == "| 2 | x |"


def test_processor_time_of_others_is_what_nobody_measured_used():
    load = Load(1, 1, {}, [1.0], 1.0, generator_cpu=0.5, cpu=Cpu(machine=4.0, loop=1.0, rest=0.5, database=0.75))

    assert load.others == 1.25


def test_acked_stored_and_ledger_must_agree_to_the_unit():
    right, wrong = (Load(1, 10, {}, [1.0], 1.0, 0.0, stored=10, ledger=ledger) for ledger in (10, 9))

    assert right.row("", "")["acked = stored = ledger"] == "yes"
    assert wrong.row("", "")["acked = stored = ledger"].startswith("NO")
