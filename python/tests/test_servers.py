"""The private servers: they answer, they keep their data through a crash, and they end."""

from __future__ import annotations

import contextlib
import os
import signal
from pathlib import Path

import pytest

from .servers import (
    MariaDBServer,
    MemcachedServer,
    PostgresServer,
    RedisServer,
    Server,
    ServerError,
    SqlServer,
)


def put(server: Server) -> None:
    if isinstance(server, RedisServer):
        assert server.query("SET word kept") == ["+OK"]
    elif isinstance(server, MemcachedServer):
        assert server.query("set word 0 0 4\r\nkept") == ["STORED"]
    else:
        execute(server, "CREATE TABLE words (word varchar(10))")
        execute(server, "INSERT INTO words VALUES ('kept')")


def get(server: Server) -> object:
    if isinstance(server, RedisServer):
        return server.query("GET word", lines=2)[1]
    if isinstance(server, MemcachedServer):
        return server.query("get word", lines=2)[1]
    return execute(server, "SELECT word FROM words")


def execute(server: Server, statement: str) -> object:
    assert isinstance(server, PostgresServer | MariaDBServer)
    with contextlib.closing(server.connect()) as connection, connection.cursor() as cursor:
        cursor.execute(statement)
        return cursor.fetchone()[0] if cursor.description else None


def is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


@pytest.mark.parametrize("kind", [PostgresServer, MariaDBServer, RedisServer, MemcachedServer])
def test_it_answers_and_stops(kind: type[Server]) -> None:
    with kind() as server:
        pid, folder = server.pid, server.folder
        put(server)
        assert get(server) == "kept"
        assert is_alive(pid)
    assert not is_alive(pid)
    assert not folder.exists()


@pytest.mark.parametrize("kind", [PostgresServer, MariaDBServer, RedisServer])
@pytest.mark.parametrize("fast", [True, False])
def test_data_survives_a_crash(kind: type[Server], fast: bool) -> None:
    with kind(fast=fast) as server:
        put(server)
        pid, port = server.pid, server.port
        server.kill()
        assert not is_alive(pid)
        assert not server.is_running
        server.restart()
        assert server.port == port
        assert server.pid != pid
        assert get(server) == "kept"


@pytest.mark.parametrize("kind", [PostgresServer, MariaDBServer, RedisServer])
def test_a_running_server_can_be_restarted(kind: type[Server]) -> None:
    with kind() as server:
        put(server)
        server.restart()
        assert get(server) == "kept"


@pytest.mark.parametrize("kind", [PostgresServer, MariaDBServer, RedisServer, MemcachedServer])
def test_a_missing_binary_is_one_clear_line(
    kind: type[Server], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("shutil.which", lambda *_, **__: None)
    with pytest.raises(ServerError) as error:
        kind().start()
    assert str(error.value).endswith(f"apt-get install {kind.package}")
    assert "\n" not in str(error.value)


def test_a_server_that_ends_while_starting_shows_its_log(monkeypatch: pytest.MonkeyPatch) -> None:
    command = ["redis-server", "--port", "nonsense"]
    monkeypatch.setattr(RedisServer, "command", lambda _: command)
    server = RedisServer()
    with pytest.raises(ServerError, match=r"(?s)ended while starting.*nonsense"):
        server.start()
    assert not server.is_running


def test_a_server_that_ended_by_itself_is_noticed() -> None:
    with RedisServer() as server:
        os.kill(server.pid, signal.SIGKILL)
        assert server._process is not None
        server._process.wait()
        assert not server.is_running


def test_the_fixtures_are_running_servers(
    postgres_server: PostgresServer,
    mariadb_server: MariaDBServer,
    redis_server: RedisServer,
    memcached_server: MemcachedServer,
) -> None:
    servers: list[SqlServer | RedisServer | MemcachedServer] = [
        postgres_server,
        mariadb_server,
        redis_server,
        memcached_server,
    ]
    assert all(server.is_running for server in servers)
    assert len({server.port for server in servers}) == 4
    assert all(Path(server.folder).is_dir() for server in servers)
