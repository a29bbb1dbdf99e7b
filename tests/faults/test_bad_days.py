"""Bad days with real processes: killed, stopped, cut off, without disk. Nothing acknowledged is ever lost."""

from __future__ import annotations

import os
import subprocess
import time

import psutil
import pytest

from tests.faults.load import Load, assert_exact
from tests.live import wait_for


@pytest.fixture
def stack(make_live_stack):
    return make_live_stack()


def test_the_web_process_killed_under_load_loses_nothing_and_doubles_nothing(stack):
    with Load(stack) as load:
        for _ in range(3):
            load.wait_for_acks(400)
            stack.kill_web()
            stack.start_web()
        load.wait_for_acks(400)
    assert load.answers["lost"] > 0
    assert_exact(stack, load)


def test_postgresql_killed_under_load_loses_nothing_and_the_web_process_recovers_by_itself(stack):
    with Load(stack) as load:
        for _ in range(2):
            load.wait_for_acks(400)
            stack.kill_postgres()
            load.wait_for_failures(5)
            stack.start_postgres()
        load.wait_for_acks(400)
    assert load.answers["200 retry"] + load.answers["503 retry"] > 0
    assert load.retry_after_missing == 0
    assert_exact(stack, load)


def test_while_postgresql_is_away_answers_are_retry_and_memory_stays_bounded(stack):
    process = psutil.Process(stack.pids["web"])
    with Load(stack, clients=8, size=100) as load:
        load.wait_for_acks(1_000)
        stack.stop_postgres()
        load.wait_for_failures(20)
        before = process.memory_info().rss
        load.wait_for_failures(400)
        assert process.memory_info().rss - before < 60 * 2**20
        assert stack.request("GET", "/readyz")[0] == 503
        assert stack.request("GET", "/healthz")[0] == 200
        stack.start_postgres()
        load.wait_for_acks(1_000)
    assert load.retry_after_missing == 0
    assert process.is_running()
    wait_for(lambda: stack.request("GET", "/readyz")[0] == 200, "the process to be ready again")
    assert_exact(stack, load)


def test_a_stop_under_load_acknowledges_what_is_in_flight(stack):
    with Load(stack) as load:
        load.wait_for_acks(400)
        assert stack.stop_web() == 0
        stack.start_web()
        load.wait_for_acks(200)
    assert_exact(stack, load)


@pytest.fixture
def small_disk(tmp_path):
    """A file system of 600 MB that can be filled, where this machine allows mounting one."""
    folder = tmp_path / "disk"
    folder.mkdir()
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=600m", "tmpfs", str(folder)], capture_output=True)
    if mounted.returncode:
        pytest.skip("NOT TESTED HERE: no file system can be mounted")
    yield folder
    subprocess.run(["umount", "-l", str(folder)], check=False)


def test_a_full_disk_is_retry_and_afterwards_all_goes_on(small_disk):
    from tests.live import LiveStack

    stack = LiveStack(small_disk / "data")
    try:
        with Load(stack, clients=2, size=100) as load:
            load.wait_for_acks(500)
            fill(small_disk)
            load.wait_for_failures(10)
            (small_disk / "filler").unlink()
            if stack.server.pid() is None:  # it could not even write its log: up would start it again
                stack.start_postgres()
            load.wait_for_acks(500)
        assert load.retry_after_missing == 0
        assert_exact(stack, load)
    finally:
        stack.close()


def fill(folder):
    with open(folder / "filler", "wb") as file:
        try:
            while True:
                file.write(b"\0" * 2**20)
                file.flush()
        except OSError:
            pass
    assert os.statvfs(folder).f_bavail < 1024


def test_connections_cut_in_a_loop_lose_nothing(stack):
    with Load(stack) as load, stack.connect() as connection:
        ends = time.monotonic() + 4
        while time.monotonic() < ends:
            connection.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                " WHERE pid <> pg_backend_pid() AND datname IS NOT NULL"
            )
            time.sleep(0.05)
        load.wait_for_acks(200)
    assert load.retry_after_missing == 0
    assert_exact(stack, load)
