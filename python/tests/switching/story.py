"""A shop that switches from django-axes to Axes, goes back, and comes again, on one database."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any

from ..race.servers import Database
from .environment import Environment

Doing = list[Any]
Day = dict[str, Any]

JOSE = "jos\N{LATIN SMALL LETTER E WITH ACUTE}"
JOSE_DECOMPOSED = "jose\N{COMBINING ACUTE ACCENT}"
PEOPLE = ["ada", "bob", "carol", JOSE, "dora", "erin", "gus", "hal", "ian", "jack", "kim", "lea"]

MIGRATE: Doing = ["command", "migrate", "--verbosity=0"]
PLAN: Doing = ["command", "migrate", "--plan"]
CHECK: Doing = ["command", "check", "--fail-level=WARNING"]
DRIFT: Doing = ["command", "makemigrations", "--check", "--dry-run"]
COLUMNS: Doing = ["columns", "axes_accessattempt"]


def look(
    environment: Environment, database: Database, settings: str, *, cache: str = "", **looks: Doing
) -> Day:
    """What came of a closer look at a shop with these settings."""
    printed = environment.run(
        *("-m", "shop.look"),
        given=json.dumps(looks),
        DJANGO_SETTINGS_MODULE=settings,
        SHOP_DATABASE=json.dumps(database.settings),
        SHOP_CACHE=cache,
    )
    told: Day = json.loads(printed)
    return told


@dataclass
class Shop:
    """One site with one database, run by either package."""

    django_axes: Environment
    axes: Environment
    database: dict[str, Any]
    days: dict[str, Day] = field(default_factory=dict)

    def day(self, name: str, environment: Environment, **doings: Doing) -> Day:
        """What came of what happened that day."""
        printed = environment.run(
            *("-m", "shop.day"),
            given=json.dumps(doings),
            DJANGO_SETTINGS_MODULE="shop.settings",
            SHOP_DATABASE=json.dumps(self.database),
        )
        self.days[name] = json.loads(printed)
        return self.days[name]

    def live(self) -> None:
        """The whole story."""
        self.with_django_axes()
        self.with_axes()
        self.back_as_it_is()
        self.again()
        self.back_unmigrated()
        self.back_faked()
        self.back_for_a_moment()

    def with_django_axes(self) -> None:
        self.day(
            "before",
            self.django_axes,
            migrate=MIGRATE,
            check=CHECK,
            users=["users", *PEOPLE],
            ada=["fail", "ada", "192.0.2.1", 3],
            bob=["fail", "bob", "192.0.2.2", 2],
            carol_in_capitals=["fail", "CAROL", "192.0.2.3"],
            carol=["fail", "carol", "192.0.2.4"],
            jose=["fail", JOSE, "192.0.2.5"],
            jose_decomposed=["fail", JOSE_DECOMPOSED, "192.0.2.6"],
            dora=["fail", "dora", "2001:db8::1", 3],
            nobody=["token", "192.0.2.9", 2],
            erin=["stay", "erin", "192.0.2.10"],
            erin_elsewhere=["stay", "erin", "192.0.2.11"],
            attempts=["attempts"],
            expirations=["expirations"],
            sessions=["sessions"],
            failure_logs=["failure_logs"],
        )

    def with_axes(self) -> None:
        self.day(
            "after",
            self.axes,
            drift=DRIFT,
            plan=PLAN,
            migrate=MIGRATE,
            check=CHECK,
            drift_after=DRIFT,
            plan_after=PLAN,
            attempts=["attempts"],
            expirations=["expirations"],
            ada_from_elsewhere=["succeed", "ada", "192.0.2.77"],
            erin_from_adas_address=["succeed", "erin", "192.0.2.1"],
            bob=["fail", "bob", "192.0.2.2"],
            carol=["fail", "Carol", "192.0.2.20"],
            jose=["fail", JOSE.upper(), "192.0.2.21"],
            erin_from_doras_network=["succeed", "erin", "2001:db8::ffff"],
            nobody=["token", "192.0.2.9"],
            leave=["leave", self.days["before"]["erin"], "192.0.2.10"],
            sessions=["sessions"],
            failure_logs=["failure_logs"],
            attempt_page=["page", "accessattempt"],
            log_page=["page", "accesslog"],
            failure_page=["page", "accessfailurelog"],
            listed=["command", "axes_list_attempts"],
            reset_username=["command", "axes_reset_username", "ada"],
            ada_after_reset=["succeed", "ada", "192.0.2.1"],
            reset_ip=["command", "axes_reset_ip", "2001:db8::1"],
            dora_after_reset=["succeed", "dora", "2001:db8::1"],
            reset_both=["command", "axes_reset_ip_username", "192.0.2.2", "bob"],
            bob_after_reset=["succeed", "bob", "192.0.2.2"],
            gus=["fail", "gus", "192.0.2.30", 2],
            hal=["fail", "hal", "192.0.2.31", 3],
            lea=["fail", "lea", "192.0.2.33"],
        )

    def back_as_it_is(self) -> None:
        self.day(
            "back",
            self.django_axes,
            check=CHECK,
            drift=DRIFT,
            plan=PLAN,
            migrate=MIGRATE,
            columns=COLUMNS,
            gus=["fail", "gus", "192.0.2.30"],
            hal=["succeed", "hal", "192.0.2.31"],
            reset=["command", "axes_reset_username", "hal"],
            hal_after_reset=["succeed", "hal", "192.0.2.31"],
            ian=["fail", "ian", "192.0.2.32", 2],
            lea=["fail", "lea", "192.0.2.33"],
            jack=["fail", "jack", "192.0.2.34", 3],
            leave=["leave", self.days["before"]["erin_elsewhere"], "192.0.2.11"],
            sessions=["sessions"],
            page=["page", "accessattempt"],
            expirations=["expirations"],
        )

    def again(self) -> None:
        self.day(
            "again",
            self.axes,
            plan=PLAN,
            migrate=MIGRATE,
            drift=DRIFT,
            gus=["succeed", "gus", "192.0.2.30"],
            hal=["succeed", "hal", "192.0.2.31"],
            ian=["fail", "ian", "192.0.2.32"],
            lea=["fail", "lea", "192.0.2.33"],
            jack=["succeed", "jack", "192.0.2.34"],
            undo=["command", "migrate", "axes", "0010", "--verbosity=0"],
        )

    def back_unmigrated(self) -> None:
        self.day(
            "older",
            self.django_axes,
            columns=COLUMNS,
            check=CHECK,
            drift=DRIFT,
            plan=PLAN,
            migrate=MIGRATE,
            jack=["succeed", "jack", "192.0.2.34"],
            kim=["fail", "kim", "192.0.2.35", 3],
            reset=["command", "axes_reset_username", "jack"],
            jack_after_reset=["succeed", "jack", "192.0.2.34"],
        )
        self.day(
            "newer",
            self.axes,
            plan=PLAN,
            migrate=MIGRATE,
            jack=["succeed", "jack", "192.0.2.34"],
            kim=["succeed", "kim", "192.0.2.35"],
            reset=["command", "axes_reset"],
            everybody=["attempts"],
            fake=["command", "migrate", "axes", "0010", "--fake"],
        )

    def back_faked(self) -> None:
        self.day(
            "faked", self.django_axes, plan=PLAN, drift=DRIFT, bob=["fail", "bob", "192.0.2.2", 2]
        )
        self.day(
            "unfaked",
            self.axes,
            fake=["command", "migrate", "axes", "--fake", "--verbosity=0"],
            migrate=MIGRATE,
            drift=DRIFT,
            bob=["fail", "bob", "192.0.2.2"],
            lea=["fail", "lea", "192.0.2.33"],
        )

    def back_for_a_moment(self) -> None:
        """First a record is gone, then one has grown; none is new."""
        self.day("gone", self.django_axes, reset=["command", "axes_reset_username", "bob"])
        self.day("reset", self.axes, migrate=MIGRATE, bob=["succeed", "bob", "192.0.2.2"])
        self.day("grown", self.django_axes, lea=["fail", "lea", "192.0.2.33"])
        self.day("counted", self.axes, migrate=MIGRATE, lea=["fail", "lea", "192.0.2.33"])
