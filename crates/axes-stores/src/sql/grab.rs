//! Taking a permit in one statement.
//!
//! What happens most is decided by the database itself, as [`Tally::take`](axes_core::Tally::take)
//! would: no permit is in flight, and there is room for one or a refusal to be counted. Everything else
//! is left to compare-and-swap.

use axes_core::{CoolOff, OnLocked, Slot, Take, Taken, Tally, Timestamp};

use crate::sql::columns::matching;
use crate::sql::listing::{MOST_LISTED, listed};
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

/// Tries to do `take` in one statement, on a connection that returns rows.
pub(crate) fn grab<C: SqlConnection>(
    connection: &C,
    take: &Take,
    now: Timestamp,
) -> Result<Grabbed, StoreError> {
    let grab = Grab {
        take,
        now,
        version: new_version()?,
    };
    let Sql { text, parameters } = match connection.dialect() {
        Dialect::Sqlite => grab.sqlite(),
        Dialect::Postgres => grab.postgres(),
        Dialect::Mysql => grab.mariadb(),
    };
    let Some(values) = connection.query(&text, &parameters)?.into_iter().next() else {
        return Ok(Grabbed::Undone(None));
    };
    let tally = read(&mut Row::new(values))?;
    if tally.version != grab.version {
        return Ok(Grabbed::Undone(Some(tally)));
    }
    let taken = if tally.current > 0 {
        Taken::Granted(Slot {
            epoch: tally.epoch,
            until: tally.current_until,
        })
    } else {
        Taken::LockedOut { newly: false }
    };
    Ok(Grabbed::Done(taken, tally))
}

/// A piece of a statement with its parameters.
#[derive(Clone, Default)]
struct Sql {
    text: String,
    parameters: Vec<Value>,
}

impl Sql {
    fn new(text: &str, parameters: impl IntoIterator<Item = Value>) -> Self {
        Self::default().with(text, parameters)
    }

    fn with(mut self, text: &str, parameters: impl IntoIterator<Item = Value>) -> Self {
        self.text.push_str(text);
        self.parameters.extend(parameters);
        self
    }

    fn then(self, next: Self) -> Self {
        self.with(&next.text, next.parameters)
    }
}

struct Grab<'a> {
    take: &'a Take,
    now: Timestamp,
    version: i64,
}

impl Grab<'_> {
    fn sqlite(&self) -> Sql {
        self.insert()
            .with(" WHERE EXISTS ", [])
            .then(self.tally())
            .with(" OR NOT EXISTS ", [])
            .then(self.records())
            .with(" ON CONFLICT (scope_key) DO UPDATE SET ", [])
            .then(self.changes(&Sql::default()))
            .with(", version = ?", [Value::Int(self.version)])
            .with(" WHERE ", [])
            .then(self.applies())
            .with(&format!(" RETURNING {STATE}"), [])
    }

    /// An upsert would make a tally anew that a reset deletes at the same time, without a look at the
    /// records. What is found instead is what the statement saw when it began.
    fn postgres(&self) -> Sql {
        let key = || [self.key()];
        Sql::new("WITH changed AS (UPDATE axes_tally SET ", [])
            .then(self.changes(&Sql::default()))
            .with(", version = ?", [Value::Int(self.version)])
            .with(" WHERE axes_tally.scope_key = ? AND ", key())
            .then(self.applies())
            .with(&format!(" RETURNING {STATE}), begun AS ("), [])
            .then(self.insert())
            .with(" WHERE NOT EXISTS ", [])
            .then(self.tally())
            .with(" AND NOT EXISTS ", [])
            .then(self.records())
            .with(
                &format!(
                    " ON CONFLICT (scope_key) DO NOTHING RETURNING {STATE}) \
                     SELECT {STATE} FROM changed UNION ALL SELECT {STATE} FROM begun \
                     UNION ALL SELECT {STATE} FROM axes_tally WHERE scope_key = ? \
                     AND NOT EXISTS (SELECT 1 FROM changed)"
                ),
                key(),
            )
    }

    /// An assignment sees the values to its left: once the version is new, all others follow it.
    fn mariadb(&self) -> Sql {
        let version = || [Value::Int(self.version)];
        self.insert()
            .with(" FROM DUAL WHERE EXISTS ", [])
            // A tally that a reset deletes at the same time is waited for, and not found then.
            .then(self.tally_for_update())
            .with(" OR NOT EXISTS ", [])
            .then(self.records())
            .with(" ON DUPLICATE KEY UPDATE version = CASE WHEN ", [])
            .then(self.applies())
            .with(" THEN ? ELSE axes_tally.version END, ", version())
            .then(self.changes(&Sql::new("axes_tally.version <> ?", version())))
            .with(&format!(" RETURNING {STATE}"), [])
    }

    /// The tally of one that begins with this permit.
    fn insert(&self) -> Sql {
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
        Sql::new(
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

    fn tally(&self) -> Sql {
        let text = "(SELECT 1 FROM axes_tally WHERE scope_key = ?)";
        Sql::new(text, [self.key()])
    }

    fn tally_for_update(&self) -> Sql {
        let text = "(SELECT 1 FROM axes_tally WHERE scope_key = ? FOR UPDATE)";
        Sql::new(text, [self.key()])
    }

    /// Records that a new tally would have to be made from.
    fn records(&self) -> Sql {
        let (condition, parameters) = matching(&self.take.parts);
        let text = format!("(SELECT 1 FROM axes_accessattempt WHERE 1 = 1{condition})");
        Sql::new(&text, parameters)
    }

    /// When failures are forgotten whose last one is a refusal of now; none where the number of
    /// failures decides, or where refusals count for nothing.
    fn refusal_expires(&self) -> Option<Timestamp> {
        if self.take.on_locked == OnLocked::Leave {
            return None;
        }
        match &self.take.terms.cool_off {
            CoolOff::Never => Some(Timestamp::NEVER),
            CoolOff::After(cool_off) => Some(self.now.plus(*cool_off)),
            CoolOff::Tiers(_) => None,
        }
    }

    /// Whether this statement is for the tally as it is.
    fn applies(&self) -> Sql {
        let nobody = "axes_tally.current_permits = 0 AND axes_tally.previous_permits = 0 AND (";
        let applies = Sql::new(nobody, []).then(self.has_room());
        let counted = match self.refusal_expires() {
            Some(expires) => applies.with(
                " OR axes_tally.locked_since IS NOT NULL AND axes_tally.last_at <= ? \
                 AND axes_tally.expires_at <= ?",
                [Value::millis(self.now), Value::millis(expires)],
            ),
            None => applies,
        };
        counted.with(")", [])
    }

    fn has_room(&self) -> Sql {
        Sql::new(
            "(axes_tally.failures < ? OR axes_tally.expires_at <= ?)",
            [Value::int(self.take.terms.limit), Value::millis(self.now)],
        )
    }

    /// The assignments to all columns but the version. A column stays as it is where `kept` holds.
    fn changes(&self, kept: &Sql) -> Sql {
        let mut changes = Sql::default();
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
    fn columns(&self) -> [(&'static str, Sql, Sql); 9] {
        let forgets = |forgotten: u32, otherwise: &str| {
            let text = format!(
                "CASE WHEN axes_tally.expires_at <= ? THEN {forgotten} ELSE {otherwise} END"
            );
            Sql::new(&text, [Value::millis(self.now)])
        };
        let same = |column: &str| Sql::new(&format!("axes_tally.{column}"), []);
        let one = |value: Value| Sql::new("?", [value]);
        let lease = self.take.terms.lease;
        let leased = [lease, lease.saturating_mul(2)].map(|end| Value::millis(self.now.plus(end)));
        let [_, listed_with_permits] = listed(&self.first_tally());
        let expires = self.refusal_expires().unwrap_or(Timestamp::NEVER);
        let [_, listed_until] = listed(&Tally {
            expires,
            ..Tally::blank(0)
        });
        [
            (
                "listed_failures",
                forgets(1, MORE_LISTED),
                Sql::new(MORE_LISTED, []),
            ),
            ("listed_until", one(listed_with_permits), one(listed_until)),
            ("current_permits", Sql::new("1", []), Sql::new("0", [])),
            (
                "current_until",
                Sql::new(LEASED, leased),
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
            ("locked_since", Sql::new("NULL", []), same("locked_since")),
            (
                "failures",
                forgets(0, "axes_tally.failures"),
                Sql::new("axes_tally.failures + 1", []),
            ),
            (
                "expires_at",
                forgets(0, "axes_tally.expires_at"),
                one(Value::millis(expires)),
            ),
        ]
    }
}

/// One failure or permit more, as far as they are listed.
const MORE_LISTED: &str =
    "CASE WHEN axes_tally.failures < 1000 THEN axes_tally.failures + 1 ELSE 1000 END";
const _: () = assert!(MOST_LISTED == 1000, "what MORE_LISTED says");

/// The end of the leases that a permit of now shares.
const LEASED: &str =
    "CASE WHEN axes_tally.current_until < ? THEN ? ELSE axes_tally.current_until END";
