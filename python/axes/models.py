"""What is kept in the database."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

from django.core.exceptions import ValidationError
from django.db import models, transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from axes._axes import banned, wrong_network
from axes.conf import engine
from axes.connection import Connection
from axes.fields import MillisecondsField, TargetField

Identity = tuple[str | None, str | None, str]

_tallies_follow = ContextVar("axes_tallies_follow", default=True)
_deleted: ContextVar[set[Identity] | None] = ContextVar("axes_deleted", default=None)


@contextmanager
def tallies_left_alone() -> Iterator[None]:
    """Saves and deletes of single attempts in here leave the tallies to whoever opened this."""
    token = _tallies_follow.set(False)
    try:
        yield
    finally:
        _tallies_follow.reset(token)


def forget_tallies(records: Iterable[Identity], using: str | None) -> None:
    """Lets the tallies that count ``records`` be made anew from what is recorded now.

    Once more after a transaction that is open here: until then others see what it has changed as it
    was, and make their tallies from that.
    """
    found = list(records)
    connection = Connection(using)
    engine().forget(connection, found)
    alias = connection.alias
    if transaction.get_connection(alias).in_atomic_block:
        transaction.on_commit(lambda: engine().forget(Connection(alias), found), using=alias)


class AccessBase(models.Model):
    user_agent = models.CharField(_("User Agent"), max_length=255, db_index=True)
    ip_address = models.GenericIPAddressField(_("IP Address"), null=True, db_index=True)
    username = models.CharField(_("Username"), max_length=255, null=True, db_index=True)
    http_accept = models.CharField(_("HTTP Accept"), max_length=1025)
    path_info = models.CharField(_("Path"), max_length=255)
    attempt_time = models.DateTimeField(_("Attempt Time"), auto_now_add=True)

    class Meta:
        app_label = "axes"
        abstract = True
        ordering = ["-attempt_time"]


class AccessAttemptQuerySet(models.QuerySet["AccessAttempt"]):
    """Attempts whose tallies follow what is done to them, also where Django sends no signals."""

    def delete(self) -> tuple[int, dict[str, int]]:
        # What was there before may not be all: others record meanwhile.
        records: set[Identity] = set()
        token = _deleted.set(records)
        try:
            with tallies_left_alone():
                deleted = super().delete()
        finally:
            _deleted.reset(token)
        forget_tallies(records, self.db)
        return deleted

    delete.alters_data = True  # type: ignore[attr-defined]
    delete.queryset_only = True  # type: ignore[attr-defined]

    def update(self, **values: Any) -> int:
        if not _tallies_follow.get():
            return super().update(**values)
        if "attempt_time" in values:
            values = {"last_failure_time": None, "seen_time": None, **values}
        before = self._records()
        primary_keys = list(self.values_list("pk", flat=True))
        changed = super().update(**values)
        if {"username", "ip_address", "user_agent"} & set(values):
            for attempt in self.model._default_manager.using(self.db).filter(pk__in=primary_keys):
                attempt.save()
        forget_tallies(before, self.db)
        return changed

    update.alters_data = True  # type: ignore[attr-defined]

    def bulk_create(self, objs: Iterable[AccessAttempt], *args: Any, **kwargs: Any) -> Any:
        objs = list(objs)
        for attempt in objs:
            attempt.set_identity(self.db)
        created = super().bulk_create(objs, *args, **kwargs)
        forget_tallies([attempt.identity for attempt in objs], self.db)
        return created

    def _records(self) -> list[Identity]:
        return list(self.order_by().values_list("username", "ip_address", "user_agent").distinct())


class AccessAttempt(AccessBase):
    """Failed logins of one username, address and user agent."""

    get_data = models.TextField(_("GET Data"))
    post_data = models.TextField(_("POST Data"))
    failures_since_start = models.PositiveIntegerField(_("Failed Logins"))

    # What Axes adds to a record, so that it is found by the values it is counted by. Empty where
    # another program wrote the record; the next `migrate` fills them.
    record_key = models.CharField(max_length=64, null=True, unique=True, editable=False)
    username_key = models.CharField(max_length=64, null=True, db_index=True, editable=False)
    network = models.CharField(max_length=49, null=True, db_index=True, editable=False)
    agent_key = models.CharField(max_length=64, null=True, db_index=True, editable=False)
    refused = models.PositiveIntegerField(null=True, editable=False)
    last_failure_time = models.DateTimeField(null=True, editable=False)
    # By this, purging finds what may be due: the last time that it knows of, empty until it has
    # looked. Nothing else moves it, so attempts leave its index as it is.
    seen_time = models.DateTimeField(null=True, db_index=True, editable=False)

    objects = AccessAttemptQuerySet.as_manager()

    class Meta:
        app_label = "axes"
        verbose_name = _("access attempt")
        verbose_name_plural = _("access attempts")
        unique_together = [["username", "ip_address", "user_agent"]]

    def __str__(self) -> str:
        return gettext("Attempted Access: %(time)s") % {"time": self.attempt_time}

    @property
    def identity(self) -> Identity:
        return (self.username, self.ip_address, self.user_agent)

    def set_identity(self, using: str | None) -> None:
        """Fills the columns by which the record is found."""
        self.record_key, self.username_key, self.network, self.agent_key = engine().identity(
            username=self.username, ip_address=self.ip_address, user_agent=self.user_agent
        )
        if self.username is None or self.ip_address is None:
            # These may stand in several records; only one of them grows.
            others = AccessAttempt.objects.using(using).filter(record_key=self.record_key)
            if others.exclude(pk=self.pk).exists():
                self.record_key = None

    def save(self, *args: Any, **kwargs: Any) -> None:
        self.set_identity(kwargs.get("using"))
        # Whoever writes a record by hand means its one visible time.
        self.last_failure_time = self.seen_time = None
        if kwargs.get("update_fields") is not None:
            columns = {"record_key", "username_key", "network", "agent_key"}
            columns |= {"last_failure_time", "seen_time"}
            kwargs["update_fields"] = columns | set(kwargs["update_fields"])
        super().save(*args, **kwargs)

    def note_deletion(self) -> None:
        """Tells a queryset that is being deleted what that takes away."""
        records = _deleted.get()
        if records is not None:
            records.add(self.identity)

    def tallies_follow(self, using: str | None) -> None:
        """Lets the tallies follow this record, which somebody saved or deleted."""
        if _tallies_follow.get():
            forget_tallies([self.identity], using)


class AccessAttemptExpiration(models.Model):
    """When an attempt expires, as older versions recorded it."""

    access_attempt = models.OneToOneField(
        AccessAttempt,
        primary_key=True,
        on_delete=models.CASCADE,
        related_name="expiration",
        verbose_name=_("Access Attempt"),
    )
    expires_at = models.DateTimeField(
        _("Expires At"), help_text=_("The time when the access attempt expires and is forgotten.")
    )

    class Meta:
        app_label = "axes"
        verbose_name = _("access attempt expiration")
        verbose_name_plural = _("access attempt expirations")
        indexes = [models.Index(fields=["expires_at"], name="axes_expiration_due")]

    def __str__(self) -> str:
        return f"{self.access_attempt_id}: {self.expires_at}"


class AccessLog(AccessBase):
    """Successful logins."""

    logout_time = models.DateTimeField(_("Logout Time"), null=True, blank=True)
    session_hash = models.CharField(
        _("Session key hash (sha256)"), default="", blank=True, max_length=64
    )

    class Meta(AccessBase.Meta):
        abstract = False
        verbose_name = _("access log")
        verbose_name_plural = _("access logs")

    def __str__(self) -> str:
        text = gettext("Access Log for %(username)s @ %(time)s")
        return text % {"username": self.username, "time": self.attempt_time}


class AccessFailureLog(AccessBase):
    """Every failed login, where ``AXES_ENABLE_ACCESS_FAILURE_LOG`` asks for it."""

    locked_out = models.BooleanField(_("Access lock out"), default=False, blank=True, null=False)

    class Meta(AccessBase.Meta):
        abstract = False
        verbose_name = _("access failure")
        verbose_name_plural = _("access failures")

    def __str__(self) -> str:
        if self.locked_out:
            text = gettext("Failed access %(username)s @ %(time)s locked out")
        else:
            text = gettext("Failed access %(username)s @ %(time)s")
        return text % {"username": self.username, "time": self.attempt_time}


class Tally(models.Model):
    """Failures and permits in flight of one scope key. Times are milliseconds since 1970.

    The engine reads and writes these rows by itself. A row that is deleted is made again from the
    attempts that are recorded.
    """

    scope_key = models.CharField(max_length=64, primary_key=True)
    scope = models.CharField(max_length=64)
    username = models.CharField(max_length=255, null=True)
    user_agent = models.CharField(max_length=255, null=True)
    username_key = models.CharField(max_length=64, null=True)
    network = models.CharField(max_length=49, null=True, db_index=True)
    agent_key = models.CharField(max_length=64, null=True, db_index=True)
    epoch = models.BigIntegerField()
    version = models.BigIntegerField()
    failures = models.BigIntegerField()
    current_permits = models.BigIntegerField()
    current_until = models.BigIntegerField()
    previous_permits = models.BigIntegerField()
    previous_until = models.BigIntegerField()
    first_at = models.BigIntegerField()
    last_at = models.BigIntegerField()
    expires_at = models.BigIntegerField()
    locked_since = models.BigIntegerField(null=True)
    # What a list of lockouts is found by: failures and permits, bounded, and until when they
    # matter, rounded up, so that the index stays as it is while somebody locked out goes on trying.
    listed_failures = models.IntegerField()
    listed_until = models.BigIntegerField()
    # As in attempts.
    seen_at = models.BigIntegerField(null=True, db_index=True)

    class Meta:
        app_label = "axes"
        # As the admin site names the page of tallies that are locked out.
        verbose_name = _("lockout")
        verbose_name_plural = _("locked out now")
        indexes = [
            models.Index(
                fields=["username_key", "scope", "network", "agent_key"],
                name="axes_tally_counted",
            ),
            models.Index(
                fields=["listed_failures", "listed_until", "scope", "scope_key"],
                name="axes_tally_listed",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.scope}: {self.failures}"


class BanQuerySet(models.QuerySet["Ban"]):
    def holding(self) -> BanQuerySet:
        """Those that refuse somebody now."""
        return self.filter(Q(until_at=None) | Q(until_at__gt=timezone.now()))


class Ban(models.Model):
    """A username or a network that an operator refuses.

    The engine asks this table about each attempt: a row holds once it is there, and no longer.
    """

    target = TargetField(max_length=80, unique=True, editable=False)
    username = models.TextField(_("Username"), null=True, blank=True)
    network = models.CharField(_("Address or network"), max_length=49, null=True, blank=True)
    reason = models.TextField(_("Reason"), default="", blank=True)
    author = models.CharField(_("Author"), max_length=255, default="", blank=True)
    since_at = MillisecondsField(_("Since"), default=timezone.now, editable=False)
    until_at = MillisecondsField(_("Until"), null=True, blank=True, db_index=True)

    objects = BanQuerySet.as_manager()

    class Meta:
        app_label = "axes"
        verbose_name = _("ban")
        verbose_name_plural = _("bans")
        ordering = ["-since_at", "-pk"]

    def __str__(self) -> str:
        return str(self.username or self.network)

    @property
    def holds(self) -> bool:
        """Whether it refuses anybody now."""
        return self.until_at is None or self.until_at > timezone.now()

    def set_target(self) -> None:
        """Brings username and network into the form in which attempts are compared with them."""
        self.target, self.username, self.network = banned(
            username=self.username, network=self.network
        )

    def clean(self) -> None:
        username, network = (self.username or "").strip(), (self.network or "").strip()
        if bool(username) == bool(network):
            raise ValidationError(_("Enter either a username or a network."))
        wrong = wrong_network(network) if network else None
        if wrong == 0:
            text = _("Enter an IP address or a network, such as 192.0.2.0/24.")
            raise ValidationError({"network": text})
        if wrong is not None:
            text = _("This network is too large: /%(prefix)d is the largest.")
            raise ValidationError({"network": text % {"prefix": wrong}})
        if not self.holds:
            raise ValidationError({"until_at": _("This time has passed.")})
        self.set_target()
        same = Ban.objects.filter(target=self.target).exclude(pk=self.pk)
        if same.holding().exists():
            raise ValidationError(_("This is banned already."))
