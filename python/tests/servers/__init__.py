"""Private servers for tests: each in a temporary folder, on a free port of 127.0.0.1.

Use them as context managers, or call ``start`` and ``stop``. ``kill`` is a crash (kill -9) and
``restart`` brings a server back on its port with its data.
"""

from __future__ import annotations

from .lines import MemcachedServer, RedisServer
from .pooler import PgBouncer
from .processes import children, free_port
from .server import PATIENCE, Server, ServerError
from .sql import MariaDBServer, PostgresServer, SqlServer

__all__ = [
    "PATIENCE",
    "MariaDBServer",
    "MemcachedServer",
    "PgBouncer",
    "PostgresServer",
    "RedisServer",
    "Server",
    "ServerError",
    "SqlServer",
    "children",
    "free_port",
]
