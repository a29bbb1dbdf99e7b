from __future__ import annotations

import pytest

from dashboards import csv, streaming


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@SUM(A1)", "\tx", "\rx"])
def test_what_a_spreadsheet_would_run_gets_an_apostrophe(text):
    assert csv.neutral(text) == f"'{text}"


def test_numbers_stay_numbers():
    assert [csv.neutral(value) for value in (-5, 0.5, None)] == [-5, 0.5, None]


def test_a_file_is_read_as_utf_8_and_keeps_odd_cells_whole():
    file = b"".join(streaming.lines(["=name", "n"], [[['a "b",\nc', -5]]])).decode()
    assert file == '\ufeff\'=name,n\r\n"a ""b"",\nc",-5\r\n'
