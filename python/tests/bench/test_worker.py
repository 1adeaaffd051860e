"""A worker times what it says, and ends when the site does something else."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from contest.contestants import AXES, AXES_NATIVE_FILE, NOBODY, Contestant
from contest.stores import SQLITE, Servers
from contest.workers import Site, Worker, WorkerError, working

ADDRESS = "203.0.113.7"


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, request: Any) -> Site:
    """A site with the contestant, in the environment of the tests."""
    monkeypatch.setattr(Contestant, "python", Path(sys.executable))
    servers = Servers()
    servers.folder = tmp_path
    return Site.new(servers, request.param, SQLITE, {})


@pytest.fixture
def worker(site: Site) -> Iterator[Worker]:
    with working({"it": site}) as workers:
        yield workers["it"]


@pytest.mark.parametrize("site", [NOBODY, AXES, AXES_NATIVE_FILE], indirect=True)
@pytest.mark.parametrize("kind", ["failed", "successful"])
def test_logins_are_timed(worker: Worker, kind: str) -> None:
    times = worker.order("log_in", kind=kind, times=4)
    assert len(times) == 4
    assert all(milliseconds > 0 for milliseconds in times)


@pytest.mark.parametrize("site", [AXES, AXES_NATIVE_FILE], indirect=True)
def test_refusals_are_timed(worker: Worker) -> None:
    assert worker.order("lock_out") > 1
    assert len(worker.order("log_in", kind="refused", times=3)) == 3


@pytest.mark.parametrize("site", [AXES], indirect=True)
@pytest.mark.parametrize("kind", ["failed", "successful"])
def test_what_was_refused_is_not_taken_for_something_else(worker: Worker, kind: str) -> None:
    worker.order("lock_out", address=ADDRESS)
    with pytest.raises(WorkerError, match="0 passwords checked"):
        worker.order("log_in", kind=kind, times=1, address=ADDRESS)


@pytest.mark.parametrize("site", [NOBODY], indirect=True)
def test_nobody_locks_out_nobody(worker: Worker) -> None:
    with pytest.raises(WorkerError, match="do not lock out"):
        worker.order("lock_out")
