"""`python -m contest django` and `python -m contest flat`: see `cargo xtask bench --help`."""

from __future__ import annotations

import argparse
import json
import sys
import time
from dataclasses import asdict
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[3]
sys.path.insert(0, str(ROOT / "python"))  # the private servers of the tests

from contest import attack, flat, machine, page, plot  # noqa: E402
from contest.stores import Servers  # noqa: E402
from contest.trials import GROUPS, GROUPS_WITH_MANY, Trial  # noqa: E402
from contest.workers import WorkerError  # noqa: E402
from tests.servers import ServerError  # noqa: E402

QUICK = {"rounds": 4, "logins": 5, "attack_seconds": 10}
USUAL = {"rounds": 12, "logins": 20, "attack_seconds": 20}
VERSIONS_OF_FLAT = ("Axes", "Django", "PostgreSQL", "Python", "SQLite", "psycopg")
# With so much recorded a login may take very long.
SHARE_WITH_MANY = 4


def main() -> None:
    options = _options()
    chosen = {**(QUICK if options.quick else USUAL), **_given(options)}
    words = [f"--{name.replace('_', '-')} {value}" for name, value in _given(options).items()]
    command = " ".join(["cargo xtask bench", options.what, *["--quick"] * options.quick, *words])
    rates: dict[str, list[float]] = {}
    with Servers() as servers:
        versions = {"Redis": servers.redis_version(), "wrk": machine.wrk_version()}
        about = page.About(command, machine.today(), machine.machine(), versions)
        if options.what == "flat":
            trials = flat.run(servers, chosen["rounds"], chosen["logins"], versions)
            about = _finished(about)
            about.versions = {name: about.versions[name] for name in VERSIONS_OF_FLAT}
            text = page.flat(about, trials)
        else:
            trials, rates = _contest(servers, versions, **chosen)
            text = page.contest(_finished(about), trials, rates)
            plot.write(trials, rates)
    measured = [asdict(trial) for trial in trials]
    _keep(options.what, {"trials": measured, "rates": rates, "about": asdict(about)})
    page.put(page.PAGE, options.what, text)
    print(f"\n{text}\nwritten to docs/{page.PAGE.name}")


def _contest(
    servers: Servers, versions: dict[str, str], rounds: int, logins: int, attack_seconds: int
) -> tuple[list[Trial], dict[str, list[float]]]:
    trials: list[Trial] = []
    for group in (*GROUPS, *GROUPS_WITH_MANY):
        start = time.monotonic()
        share = max(1, logins // SHARE_WITH_MANY) if group.recorded else logins
        trials += group.run(servers, rounds, share, versions)
        print(f"{trials[-1].place}: {time.monotonic() - start:.0f} s", flush=True)
    start = time.monotonic()
    rates = attack.run(servers, attack_seconds, versions)
    print(f"attack: {time.monotonic() - start:.0f} s", flush=True)
    return trials, rates


def _finished(about: page.About) -> page.About:
    """Axes is known by its commit until it is released."""
    number = about.versions.pop("axes-guard")
    about.versions["Axes"] = f"{number} (release build of {machine.commit()})"
    return about


def _keep(name: str, results: dict[str, Any]) -> None:
    """Everything that was measured, for whoever wants to look closer."""
    folder = ROOT / "target" / "bench"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / f"{name}.json").write_text(json.dumps(results), encoding="utf-8")


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="cargo xtask bench")
    parser.add_argument("what", choices=["django", "flat"])
    parser.add_argument("--rounds", type=int)
    parser.add_argument("--logins", type=int)
    parser.add_argument("--attack-seconds", type=int)
    parser.add_argument("--quick", action="store_true")
    return parser.parse_args()


def _given(options: argparse.Namespace) -> dict[str, int]:
    """The numbers that were given on the command line."""
    return {name: number for name in USUAL if (number := getattr(options, name)) is not None}


if __name__ == "__main__":
    try:
        main()
    except (attack.AttackError, ServerError, WorkerError) as error:
        sys.exit(f"nothing was written: {error}")
