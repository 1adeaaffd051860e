//! Taking a permit in one statement.
//!
//! What happens most is decided by the database itself, as [`Tally::take`](axes_core::Tally::take)
//! would: no permit is in flight, and there is room for one or a refusal to be counted. Everything else
//! is left to compare-and-swap.

use axes_core::{CoolOff, OnLocked, Slot, Take, Taken, Tally, Timestamp};

use crate::sql::columns::matching;
use crate::sql::listing::{MOST_LISTED, listed};
use crate::sql::piece::Piece;
use crate::sql::tallies::{DESCRIBED, STATE, described, new_version, read};
use crate::sql::value::{Row, Value};
use crate::{Dialect, SqlConnection, StoreError};

/// What became of it.
pub(crate) enum Grabbed {
    /// It is written.
    Done(Taken, Tally),
    /// The statement changed nothing; the tally, where it returned one.
    Undone(Option<Tally>),
}

/// Tries to do `take` in one statement, if `condition` holds (it ends with ` AND `), on a connection that returns rows; in two on PostgreSQL, where
/// a tally that was expected is not there, or the other way round.
pub(crate) fn grab<C: SqlConnection>(
    connection: &C,
    take: &Take,
    expected: bool,
    condition: Piece,
    now: Timestamp,
) -> Result<Grabbed, StoreError> {
    let grab = Grab {
        take,
        condition,
        now,
        version: new_version()?,
    };
    let statements = match connection.dialect() {
        Dialect::Sqlite => vec![grab.sqlite()],
        Dialect::Mysql => vec![grab.mariadb()],
        // An upsert would make a tally anew that a reset deletes at the same time, without a look at
        // the records.
        Dialect::Postgres if expected => vec![grab.change(), grab.begin()],
        Dialect::Postgres => vec![grab.begin(), grab.change()],
    };
    for Piece { text, parameters } in statements {
        if let Some(values) = connection.query(&text, &parameters)?.into_iter().next() {
            return Ok(grab.read(read(&mut Row::new(values))?));
        }
    }
    Ok(Grabbed::Undone(None))
}

struct Grab<'a> {
    take: &'a Take,
    condition: Piece,
    now: Timestamp,
    version: i64,
}

impl Grab<'_> {
    /// What it means that a statement left `tally`.
    fn read(&self, tally: Tally) -> Grabbed {
        if tally.version != self.version {
            return Grabbed::Undone(Some(tally));
        }
        let taken = if tally.current > 0 {
            Taken::Granted(Slot {
                epoch: tally.epoch,
                until: tally.current_until,
            })
        } else {
            Taken::LockedOut { newly: false }
        };
        Grabbed::Done(taken, tally)
    }

    fn sqlite(&self) -> Piece {
        self.insert()
            .with(" WHERE ", [])
            .then(self.condition.clone())
            .with("(EXISTS ", [])
            .then(self.tally())
            .with(" OR NOT EXISTS ", [])
            .then(self.records())
            .with(") ON CONFLICT (scope_key) DO UPDATE SET ", [])
            .then(self.changes(&Piece::default()))
            .with(", version = ?", [Value::Int(self.version)])
            .with(" WHERE ", [])
            .then(self.applies())
            .with(&format!(" RETURNING {STATE}"), [])
    }

    /// Begins a tally, if there is neither one nor a record to make it from.
    fn begin(&self) -> Piece {
        self.insert()
            .with(" WHERE ", [])
            .then(self.condition.clone())
            .with("NOT EXISTS ", [])
            .then(self.records())
            .with(
                &format!(" ON CONFLICT (scope_key) DO NOTHING RETURNING {STATE}"),
                [],
            )
    }

    /// Changes the tally that is there.
    fn change(&self) -> Piece {
        Piece::new("UPDATE axes_tally SET ", [])
            .then(self.changes(&Piece::default()))
            .with(", version = ?", [Value::Int(self.version)])
            .with(" WHERE axes_tally.scope_key = ? AND ", [self.key()])
            .then(self.condition.clone())
            .then(self.applies())
            .with(&format!(" RETURNING {STATE}"), [])
    }

    /// An assignment sees the values to its left: once the version is new, all others follow it.
    fn mariadb(&self) -> Piece {
        let version = || [Value::Int(self.version)];
        self.insert()
            .with(" FROM DUAL WHERE ", [])
            .then(self.condition.clone())
            .with("(EXISTS ", [])
            // A tally that a reset deletes at the same time is waited for, and not found then.
            .then(self.tally_for_update())
            .with(" OR NOT EXISTS ", [])
            .then(self.records())
            .with(") ON DUPLICATE KEY UPDATE version = CASE WHEN ", [])
            .then(self.applies())
            .with(" THEN ? ELSE axes_tally.version END, ", version())
            .then(self.changes(&Piece::new("axes_tally.version <> ?", version())))
            .with(&format!(" RETURNING {STATE}"), [])
    }

    /// The tally of one that begins with this permit.
    fn insert(&self) -> Piece {
        let tally = self.first_tally();
        let [listed_failures, listed_until] = listed(&tally);
        let state = [
            Value::Int(tally.epoch),
            Value::Int(self.version),
            Value::int(tally.current),
            Value::millis(tally.current_until),
            listed_failures,
            listed_until,
        ];
        let described = described(self.take.key, &self.take.parts);
        Piece::with_room().with(
            &format!(
                "INSERT INTO axes_tally ({STATE}, listed_failures, listed_until, {DESCRIBED}) \
                 SELECT ?, ?, 0, ?, ?, 0, 0, 0, 0, 0, NULL, ?, ?, ?, ?, ?, ?, ?, ?, ?"
            ),
            state.into_iter().chain(described),
        )
    }

    fn first_tally(&self) -> Tally {
        self.take.apply(None, self.now).1
    }

    fn key(&self) -> Value {
        Value::Text(self.take.key.to_string())
    }

    fn tally(&self) -> Piece {
        let text = "(SELECT 1 FROM axes_tally WHERE scope_key = ?)";
        Piece::new(text, [self.key()])
    }

    fn tally_for_update(&self) -> Piece {
        let text = "(SELECT 1 FROM axes_tally WHERE scope_key = ? FOR UPDATE)";
        Piece::new(text, [self.key()])
    }

    /// Records that a new tally would have to be made from.
    fn records(&self) -> Piece {
        let (condition, parameters) = matching(&self.take.parts);
        let text = format!("(SELECT 1 FROM axes_accessattempt WHERE 1 = 1{condition})");
        Piece::new(&text, parameters)
    }

    /// Whether this statement is for the tally as it is.
    fn applies(&self) -> Piece {
        let nobody = "axes_tally.current_permits = 0 AND axes_tally.previous_permits = 0 AND (";
        let applies = Piece::new(nobody, []).then(self.has_room());
        let counted = match refusal_expires(self.take, self.now) {
            Some(expires) => applies.with(
                " OR axes_tally.locked_since IS NOT NULL AND axes_tally.last_at <= ? \
                 AND axes_tally.expires_at <= ?",
                [Value::millis(self.now), Value::millis(expires)],
            ),
            None => applies,
        };
        counted.with(")", [])
    }

    fn has_room(&self) -> Piece {
        Piece::new(
            "(axes_tally.failures < ? OR axes_tally.expires_at <= ?)",
            [Value::int(self.take.terms.limit), Value::millis(self.now)],
        )
    }

    /// The assignments to all columns but the version. A column stays as it is where `kept` holds.
    fn changes(&self, kept: &Piece) -> Piece {
        let mut changes = Piece::default();
        for (column, permit, refusal) in self.columns() {
            let comma = if changes.text.is_empty() { "" } else { ", " };
            changes = changes.with(&format!("{comma}{column} = CASE"), []);
            if !kept.text.is_empty() {
                changes = changes.with(" WHEN ", []).then(kept.clone());
                changes = changes.with(&format!(" THEN axes_tally.{column}"), []);
            }
            changes = changes.with(" WHEN ", []).then(self.has_room());
            changes = changes.with(" THEN ", []).then(permit);
            changes = changes.with(" ELSE ", []).then(refusal).with(" END", []);
        }
        changes
    }

    /// The columns, each with its value where a permit is taken and where a refusal is counted. Those
    /// that others ask about are the last two, and come in an order that leaves the answers the same.
    fn columns(&self) -> [(&'static str, Piece, Piece); 9] {
        let forgets = |forgotten: u32, otherwise: &str| {
            let text = format!(
                "CASE WHEN axes_tally.expires_at <= ? THEN {forgotten} ELSE {otherwise} END"
            );
            Piece::new(&text, [Value::millis(self.now)])
        };
        let same = |column: &str| Piece::new(&format!("axes_tally.{column}"), []);
        let one = |value: Value| Piece::new("?", [value]);
        let lease = self.take.terms.lease;
        let leased = [lease, lease.saturating_mul(2)].map(|end| Value::millis(self.now.plus(end)));
        let [_, listed_with_permits] = listed(&self.first_tally());
        let expires = refusal_expires(self.take, self.now).unwrap_or(Timestamp::NEVER);
        let [_, listed_until] = listed(&Tally {
            expires,
            ..Tally::blank(0)
        });
        [
            (
                "listed_failures",
                forgets(1, MORE_LISTED),
                Piece::new(MORE_LISTED, []),
            ),
            ("listed_until", one(listed_with_permits), one(listed_until)),
            ("current_permits", Piece::new("1", []), Piece::new("0", [])),
            (
                "current_until",
                Piece::new(LEASED, leased),
                same("current_until"),
            ),
            (
                "first_at",
                forgets(0, "axes_tally.first_at"),
                same("first_at"),
            ),
            (
                "last_at",
                forgets(0, "axes_tally.last_at"),
                one(Value::millis(self.now)),
            ),
            ("locked_since", Piece::new("NULL", []), same("locked_since")),
            (
                "failures",
                forgets(0, "axes_tally.failures"),
                Piece::new("axes_tally.failures + 1", []),
            ),
            (
                "expires_at",
                forgets(0, "axes_tally.expires_at"),
                one(Value::millis(expires)),
            ),
        ]
    }
}

/// When failures are forgotten whose last one is a refusal of now; none where the number of failures
/// decides, or where refusals count for nothing.
pub(crate) fn refusal_expires(take: &Take, now: Timestamp) -> Option<Timestamp> {
    if take.on_locked == OnLocked::Leave {
        return None;
    }
    match &take.terms.cool_off {
        CoolOff::Never => Some(Timestamp::NEVER),
        CoolOff::After(cool_off) => Some(now.plus(*cool_off)),
        CoolOff::Tiers(_) => None,
    }
}

/// One failure or permit more, as far as they are listed.
pub(crate) const MORE_LISTED: &str =
    "CASE WHEN axes_tally.failures < 1000 THEN axes_tally.failures + 1 ELSE 1000 END";
const _: () = assert!(MOST_LISTED == 1000, "what MORE_LISTED says");

/// The end of the leases that a permit of now shares.
const LEASED: &str =
    "CASE WHEN axes_tally.current_until < ? THEN ? ELSE axes_tally.current_until END";
