"""What a handler lets people do with bans."""

from __future__ import annotations

from datetime import datetime

from axes._axes import Ban, ban, bans, unban
from axes.clock import milliseconds
from axes.conf import engine
from axes.connection import AnyConnection
from axes.logger import log


class HandlerBans:
    """Usernames and networks that an operator refuses: entered, lifted and listed."""

    # Whether they are rows of the model ``Ban``, which the admin site shows.
    bans_are_rows = True

    def connection(self) -> AnyConnection:
        raise NotImplementedError

    def ban(
        self,
        *,
        username: str | None = None,
        network: str | None = None,
        reason: str = "",
        author: str = "",
        until: datetime | None = None,
    ) -> None:
        """Refuses a username, or an address or network, from now on, in every process.

        Ends at ``until``, or when it is lifted. Takes the place of a ban of the same. The log tells
        of it.
        """
        line = ban(
            engine(),
            self.connection(),
            username=username,
            network=network,
            reason=reason,
            author=author,
            until=None if until is None else milliseconds(until),
        )
        log.info("AXES: %s", line)

    def unban(
        self, *, username: str | None = None, network: str | None = None, by: str = "somebody"
    ) -> bool:
        """Lifts a ban; returns whether there was one. Nobody anywhere is refused for it after that.

        The log tells of it; ``by`` says who lifted it.
        """
        line = unban(engine(), self.connection(), username=username, network=network, by=by)
        if line is not None:
            log.info("AXES: %s", line)
        return line is not None

    def bans(self) -> list[Ban]:
        """The bans that hold now, the newest first."""
        return bans(engine(), self.connection())
