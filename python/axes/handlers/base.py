"""What every handler can do, and the one way from a request to the engine."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator
from typing import Any

from axes._axes import Attempt, Lockout, Permit, Refusal, Report
from axes.conf import engine, values
from axes.connection import AnyConnection, Connection
from axes.exceptions import AxesStoreError
from axes.handlers.bans import HandlerBans
from axes.handlers.lockouts import HandlerLockouts, Standing
from axes.handlers.questions import HandlerQuestions
from axes.helpers import get_client_session_hash, get_client_str, get_credentials
from axes.logger import advice, chosen_logger, log, one_line
from axes.state import State, dropped, innermost, state_of


class AbstractAxesHandler(ABC):
    """What has to exist on a handler: what Django's signals and the backend call."""

    @abstractmethod
    def user_login_failed(
        self, sender: Any, credentials: dict[str, Any], request: Any = None, **kwargs: Any
    ) -> None:
        """Counts a failure."""

    @abstractmethod
    def user_logged_in(self, sender: Any, request: Any, user: Any, **kwargs: Any) -> None:
        """Notes a success."""

    @abstractmethod
    def user_logged_out(self, sender: Any, request: Any, user: Any, **kwargs: Any) -> None:
        """Notes a logout."""

    @abstractmethod
    def get_failures(self, request: Any, credentials: dict[str, Any] | None = None) -> int:
        """The failures that are counted against this client."""


class AxesBaseHandler(HandlerQuestions, HandlerLockouts, HandlerBans):
    """Asks the engine; subclasses say where its statements run."""

    def connection(self) -> AnyConnection:
        return Connection()

    # What the backend asks.

    @engine.held
    def admit(self, request: Any, credentials: dict[str, Any] | None = None) -> Refusal | None:
        """Takes a permit for checking one password, or says why there is none.

        Whoever was admitted has to be settled: by Django's signals, or by the middleware.
        """
        state = state_of(request)
        self._withdraw(state)
        self.give_back_dropped()
        attempt = self._begin(request, state, credentials)
        overrides = self._overrides(request, credentials)
        with self.connection().apart() as connection:
            answer, error = engine().admit(connection, attempt, overrides)
            if isinstance(answer, Permit):
                alias = connection.alias if connection.may_be_rolled_back else None
                state.hold(answer, alias)
                connection.lock_afterwards()
            elif connection.may_be_rolled_back and error is None:
                self._again_if_undone(
                    state, connection, lambda again: self._refuse_again(again, attempt, overrides)
                )
        self._tell_error(error)
        if isinstance(answer, Permit):
            state.refusal = None
            return None
        state.permit, state.refusal = None, answer
        return answer

    # What Django's signals tell.

    @engine.held
    def user_login_failed(
        self, sender: Any, credentials: dict[str, Any], request: Any = None, **kwargs: Any
    ) -> None:
        if request is None:
            log.error("AXES: a login failed without a request: pass it to authenticate()")
            return
        state = state_of(request)
        refusal, state.refusal = state.refusal, None
        if refusal is not None and state.attempt is not None:
            if refusal.reason != "banned":
                self._recorded(request, state, credentials)
            self._refused(request, state, refusal, credentials, refusal.lines)
            return
        attempt, permit = state.attempt, state.release()
        if permit is None or attempt is None:
            attempt = self._begin(request, state, credentials)
            permit = engine().without_admission(attempt, self._overrides(request, credentials))
        with self.connection().apart() as connection:
            report, error = engine().settle_failure(connection, permit, attempt)
            if connection.may_be_rolled_back and error is None:
                self._count_again_if_undone(request, state, connection, permit, credentials)
        self._tell_error(error)
        if error is None and not permit.exempt:
            self._recorded(request, state, credentials)
        self._failed(request, state, report, credentials)

    @engine.held
    def user_logged_in(self, sender: Any, request: Any, user: Any, **kwargs: Any) -> None:
        if request is None:
            return
        credentials = get_credentials(user.get_username())
        state = state_of(request)
        attempt, permit = state.attempt, state.release()
        if permit is None or attempt is None:
            attempt = self._begin(request, state, credentials)
            permit = engine().without_admission(attempt, self._overrides(request, credentials))
        session_hash = get_client_session_hash(request)
        with self.connection().apart() as connection:
            _report, error = engine().settle_success(connection, permit, attempt, session_hash)
            if connection.may_be_rolled_back and error is None and not state.floating:
                self._again_if_undone(
                    state, connection, lambda again: self._give_back(again, permit, attempt)
                )
        self._tell_error(error)
        log.info("AXES: Successful login by %s", self._client(request, attempt))

    def user_logged_out(self, sender: Any, request: Any, user: Any, **kwargs: Any) -> None:
        if request is None or user is None:
            return
        attempt = self._attempt(request, get_credentials(user.get_username()))
        try:
            engine().log_out(self.connection(), attempt, get_client_session_hash(request))
        except AxesStoreError as error:
            self._tell_error(f"{error} ({error.__cause__})")
        log.info("AXES: Successful logout by %s", self._client(request, attempt))

    def post_save_access_attempt(self, instance: Any, **kwargs: Any) -> None:
        instance.tallies_follow(kwargs.get("using"))

    def post_delete_access_attempt(self, instance: Any, **kwargs: Any) -> None:
        instance.tallies_follow(kwargs.get("using"))

    # What the middleware tells.

    @engine.held
    def finish(self, request: Any, response: Any = None) -> None:
        """The request is answered: gives back a permit that nobody settled, and counts again what a
        rollback of the request's own transaction undid.

        Django says when ``authenticate`` fails but not when it succeeds without a login (an API
        that checks a password for each request). So a permit that is open when all went well was
        for a right password. After a server error nobody knows; then its lease runs out.
        """
        state = state_of(request)
        state.redo()
        if response is None or response.status_code < 500:
            self._withdraw(state)
        state.redo_later()

    def give_back_dropped(self) -> None:
        """Gives back the permits of requests that no middleware saw, and that are gone."""
        for permit, attempt in dropped():
            self._give_back(self.connection(), permit, attempt)

    # What people do.

    def reset_attempts(
        self,
        *,
        ip_address: str | None = None,
        username: str | None = None,
        ip_or_username: bool = False,
    ) -> int:
        if ip_or_username and ip_address is not None and username is not None:
            return self._reset(ip_address, None) + self._reset(None, username)
        return self._reset(ip_address, username)

    def _reset(self, ip_address: str | None, username: str | None) -> int:
        removed = engine().reset(self.connection(), ip_address=ip_address, username=username)
        log.info("AXES: reset %s attempts", removed)
        return removed

    def reset_logs(self, *, age_days: int | None = None) -> int:
        return 0

    def reset_failure_logs(self, *, age_days: int | None = None) -> int:
        return 0

    def remove_out_of_limit_failure_logs(self, *, username: str, limit: int | None = None) -> int:
        return 0

    def recorded(self) -> Iterator[tuple[str | None, str | None, int]]:
        """The address, username and failures of all recorded attempts, in the order they came."""
        from axes.models import AccessAttempt

        fields = ("ip_address", "username", "failures_since_start")
        yield from AccessAttempt.objects.order_by("pk").values_list(*fields).iterator()

    def scopes(self, request: Any = None) -> list[list[str]]:
        """What failures are counted on: an OR of ANDs of lockout parameters."""
        return engine().scopes

    # Translation.

    def _begin(self, request: Any, state: State, credentials: dict[str, Any] | None) -> Attempt:
        self.update_request(request)
        state.attempt = self._attempt(request, credentials)
        state.public(request, axes_credentials=credentials)
        return state.attempt

    def _look(
        self, attempt: Attempt, overrides: dict[str, Any]
    ) -> tuple[int, Refusal | None, str | None]:
        return engine().peek(self.connection(), attempt, overrides)

    def _withdraw(self, state: State) -> None:
        floating, attempt, permit = state.floating, state.attempt, state.release()
        if permit is None or attempt is None:
            return

        def give_back(connection: AnyConnection) -> None:
            self._give_back(connection, permit, attempt)

        with self.connection().apart() as connection:
            if connection.may_be_rolled_back and not floating:
                self._again_if_undone(state, connection, give_back)
            if connection.takes_writes:
                give_back(connection)

    def _give_back(self, connection: AnyConnection, permit: Permit, attempt: Attempt) -> None:
        _report, error = engine().withdraw(connection, permit, attempt)
        self._tell_error(error)

    def _count_again_if_undone(
        self,
        request: Any,
        state: State,
        connection: AnyConnection,
        permit: Permit,
        credentials: dict[str, Any],
    ) -> None:
        """The failure was counted inside the request's transaction, which may yet roll back."""
        attempt = state.attempt
        assert attempt is not None  # noqa: S101  (told to mypy, not checked)
        if state.floating:
            # The rollback takes the permit too.
            permit = engine().without_admission(attempt, self._overrides(request, credentials))

        def count(again: AnyConnection) -> None:
            _report, error = engine().settle_failure(again, permit, attempt)
            self._tell_error(error)

        self._again_if_undone(state, connection, count)

    def _refuse_again(
        self, connection: AnyConnection, attempt: Attempt, overrides: dict[str, Any]
    ) -> None:
        """A refused attempt that was counted inside the request's transaction counts after its
        rollback too: it was told a time that begins with it."""
        answer, error = engine().admit(connection, attempt, overrides)
        self._tell_error(error)
        if isinstance(answer, Permit):
            # What refused it is over since: nobody is here to check a password.
            self._give_back(connection, answer, attempt)

    def _again_if_undone(
        self, state: State, connection: AnyConnection, write: Callable[[AnyConnection], None]
    ) -> None:
        """Lets what was written inside the request's transaction outlive it: also where what rolled
        back was a part of it, and the rest does later."""
        alias = connection.alias

        def again() -> None:
            connection = Connection(alias)
            write(connection)
            if connection.may_be_rolled_back:
                state.remember(again, alias)

        state.remember(again, alias)

    def _failed(
        self, request: Any, state: State, report: Report, credentials: dict[str, Any]
    ) -> None:
        state.public(request, axes_failures_since_start=report.failures)
        self._tell(request, state, report.lines)
        if report.refusal is not None:
            self._refused(request, state, report.refusal, credentials, [])

    def _recorded(self, request: Any, state: State, credentials: dict[str, Any] | None) -> None:
        """A failure was recorded; a handler may have to tell others."""

    def _refused(
        self,
        request: Any,
        state: State,
        refusal: Refusal,
        credentials: dict[str, Any],
        lines: list[tuple[int, str]],
    ) -> None:
        from axes.signals import user_locked_out

        self._tell(request, state, lines)
        state.answered = refusal
        if refusal.reason != "locked_out":
            return
        state.public(
            request,
            axes_failures_since_start=refusal.failures,
            axes_locked_out=True,
            axes_credentials=credentials,
        )
        attempt = state.attempt
        user_locked_out.send(
            sender="axes",
            request=request,
            username=attempt.username if attempt else None,
            ip_address=attempt.ip_address if attempt else None,
            newly_locked=refusal.newly_locked,
        )

    def _client(self, request: Any, attempt: Attempt) -> str:
        if not values().AXES_CLIENT_STR_CALLABLE:
            return engine().client_string(attempt)
        return get_client_str(
            attempt.username,
            attempt.ip_address,
            attempt.user_agent,
            getattr(innermost(request), "path_info", None),
            request,
        )

    def _tell(self, request: Any, state: State, lines: list[tuple[int, str]]) -> None:
        if state.attempt is None or not lines:
            return
        logger = chosen_logger()
        lines = [line for line in lines if logger.isEnabledFor(line[0])]
        if lines:
            client = self._client(request, state.attempt)
            for level, text in lines:
                logger.log(level, "AXES: %s %s", text, client)

    def _tell_error(self, error: str | None) -> None:
        if error is not None:
            effect = "let through" if values().AXES_ON_STORE_ERROR == "allow" else "refused"
            log.error("AXES: %s; attempts are %s%s", one_line(error), effect, advice(error))


class AxesHandler(AbstractAxesHandler, AxesBaseHandler):
    """A handler that counts nothing, for sites that make their own: what its methods say holds."""

    def user_login_failed(
        self, sender: Any, credentials: dict[str, Any], request: Any = None, **kwargs: Any
    ) -> None:
        """Nothing."""

    def user_logged_in(self, sender: Any, request: Any, user: Any, **kwargs: Any) -> None:
        """Nothing."""

    def user_logged_out(self, sender: Any, request: Any, user: Any, **kwargs: Any) -> None:
        """Nothing."""

    def get_failures(self, request: Any, credentials: dict[str, Any] | None = None) -> int:
        return 0

    def admit(self, request: Any, credentials: dict[str, Any] | None = None) -> Refusal | None:
        """Asks the methods of this handler; there is no store to take a permit from."""
        state = state_of(request)
        self._begin(request, state, credentials)
        state.refusal = self.refusal_of(request, credentials)
        return state.refusal

    def _look(
        self, attempt: Attempt, overrides: dict[str, Any]
    ) -> tuple[int, Refusal | None, str | None]:
        refusal = engine().rule(attempt, overrides)
        return (refusal.failures if refusal else 0), refusal, None

    def finish(self, request: Any, response: Any = None) -> None:
        """Nothing."""

    def give_back_dropped(self) -> None:
        """Nothing."""

    def reset_attempts(
        self,
        *,
        ip_address: str | None = None,
        username: str | None = None,
        ip_or_username: bool = False,
    ) -> int:
        return 0

    def lockouts(
        self, *, search: str = "", start: int = 0, stop: int = 100
    ) -> tuple[list[Lockout], int]:
        return [], 0

    def lockouts_of(self, scope_keys: list[str]) -> list[Lockout]:
        return []

    def standings(self, attempts: list[Attempt]) -> list[Standing]:
        return [(0, None, None)] * len(attempts)

    def lift(self, attempt: Attempt) -> int:
        return 0
