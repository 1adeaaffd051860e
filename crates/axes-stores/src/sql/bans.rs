//! Bans, one row each, and who is met by them.
//!
//! The table is asked about each attempt, because anybody may change it: an administrator, another
//! program. It costs no statement of its own: the one that takes a permit does so only where no ban
//! refuses, and the one that loads a tally tells of bans too.

use std::cell::Cell;

use axes_core::{Ban, Banned, Heed, Reply, Tally, Timestamp};

use crate::sql::piece::Piece;
use crate::sql::store::again;
use crate::sql::tallies::{STATE, read};
use crate::sql::value::{Row, Value, corrupt};
use crate::{Bans, Dialect, KnownTallies, SqlConnection, SqlStore, StoreError};

/// How much of an author's name is kept, in characters.
const LONGEST_AUTHOR: usize = 255;

/// The question of one batch whether a ban refuses its attempt, and the answer once it is known.
pub(crate) struct Asking<'a> {
    heed: Option<&'a Heed>,
    now: Timestamp,
    answer: Cell<Answer>,
}

/// Whether a ban refuses the attempt.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Answer {
    /// Nobody knows yet.
    Open,
    /// None does.
    Free,
    /// The last of those that do ends then.
    Banned(Timestamp),
}

impl<'a> Asking<'a> {
    pub(crate) const fn new(heed: Option<&'a Heed>, now: Timestamp) -> Self {
        Self {
            heed,
            now,
            answer: Cell::new(Answer::Open),
        }
    }

    /// Whether the answer is wanted and not known.
    pub(crate) fn is_open(&self) -> bool {
        self.heed.is_some() && self.answer.get() == Answer::Open
    }

    /// Whether a ban refuses the attempt, as far as is known.
    pub(crate) fn is_banned(&self) -> bool {
        self.until().is_some()
    }

    /// When the last of the bans that refuse ends, as far as is known.
    pub(crate) fn until(&self) -> Option<Timestamp> {
        match self.answer.get() {
            Answer::Banned(until) => Some(until),
            Answer::Open | Answer::Free => None,
        }
    }

    /// The reply to the question, as far as is known.
    pub(crate) fn reply(&self) -> Reply {
        Reply::Heeded(self.until())
    }

    /// Notes that a statement was executed whose condition was [`nobody_refuses`](Self::nobody_refuses).
    pub(crate) fn note_nobody_refuses(&self) {
        if self.is_open() {
            self.answer.set(Answer::Free);
        }
    }

    /// A condition that holds where no ban refuses, with ` AND ` behind it; nothing where that is known.
    ///
    /// A process that knows of no ban at all asks whether there is any: that is cheaper.
    pub(crate) fn nobody_refuses(&self, known: &KnownTallies) -> Piece {
        let Some(heed) = self.heed.filter(|_| self.is_open()) else {
            return Piece::default();
        };
        if !known.has_bans() {
            return Piece::new("NOT EXISTS (SELECT 1 FROM axes_ban) AND ", []);
        }
        Piece::new("NOT EXISTS (SELECT 1 FROM axes_ban WHERE ", [])
            .then(self.refusing(heed))
            .with(") AND ", [])
    }

    /// Asks by itself.
    pub(crate) fn ask<C: SqlConnection>(
        &self,
        connection: &C,
        known: &KnownTallies,
    ) -> Result<(), StoreError> {
        let Some(heed) = self.heed.filter(|_| self.is_open()) else {
            return Ok(());
        };
        let Piece { text, parameters } = Piece::new("SELECT ", []).then(self.told(heed));
        let rows = connection.query(&text, &parameters)?;
        let mut row = Row::new(rows.into_iter().next().ok_or_else(corrupt)?);
        self.read(&mut row, known)
    }

    /// Loads the row of the tally `key`, if there is one, and learns of bans.
    pub(crate) fn load_row<C: SqlConnection>(
        &self,
        connection: &C,
        known: &KnownTallies,
        key: Value,
    ) -> Result<Option<Tally>, StoreError> {
        let Some(heed) = self.heed else {
            return Err(corrupt());
        };
        let Piece { text, parameters } = Piece::new("SELECT bans.until_at, bans.there, ", [])
            .with(STATE, [])
            .with(" FROM (SELECT ", [])
            .then(self.told(heed))
            .with(") AS bans LEFT JOIN axes_tally ON scope_key = ?", [key]);
        let rows = connection.query(&text, &parameters)?;
        let values = rows.into_iter().next().ok_or_else(corrupt)?;
        let is_there = values.get(2).is_some_and(|epoch| *epoch != Value::Null);
        let mut row = Row::new(values);
        self.read(&mut row, known)?;
        is_there.then(|| read(&mut row)).transpose()
    }

    /// When the last of the bans that refuse ends, and whether there is any ban: two columns.
    fn told(&self, heed: &Heed) -> Piece {
        let never = Timestamp::NEVER.as_millis();
        let last = format!("(SELECT MAX(COALESCE(until_at, {never})) FROM axes_ban WHERE ");
        Piece::new(&last, []).then(self.refusing(heed)).with(
            ") AS until_at, CASE WHEN EXISTS (SELECT 1 FROM axes_ban) THEN 1 ELSE 0 END AS there",
            [],
        )
    }

    /// What holds for the bans that refuse.
    fn refusing(&self, heed: &Heed) -> Piece {
        let keys: Vec<Value> = heed
            .targets()
            .map(|target| Value::Text(target.key()))
            .collect();
        let marks = vec!["?"; keys.len()].join(", ");
        Piece::new(&format!("target IN ({marks})"), keys).with(
            " AND (until_at IS NULL OR until_at > ?)",
            [Value::millis(self.now)],
        )
    }

    fn read(&self, row: &mut Row, known: &KnownTallies) -> Result<(), StoreError> {
        let until = row.optional_int()?.map(Timestamp::from_millis);
        known.note_bans(row.int()? != 0);
        self.answer.set(until.map_or(Answer::Free, Answer::Banned));
        Ok(())
    }
}

impl<C: SqlConnection> Bans for SqlStore<C> {
    fn ban(&self, ban: &Ban) -> Result<(), StoreError> {
        let (username, network) = match &ban.target {
            Banned::Username(username) => (Some(username.clone()), None),
            Banned::Network(network) => (None, Some(network.to_string())),
        };
        let author: String = axes_core::clean_text(&ban.author)
            .chars()
            .take(LONGEST_AUTHOR)
            .collect();
        let until = Some(ban.until).filter(|until| *until != Timestamp::NEVER);
        let clean = |text: &str| axes_core::clean_text(text);
        let row = [
            Value::Text(ban.target.key()),
            Value::optional(username, |username| Value::Text(clean(&username))),
            Value::optional(network, Value::Text),
            Value::Text(clean(&ban.reason)),
            Value::Text(author),
            Value::millis(ban.since),
            Value::optional(until, Value::millis),
        ];
        let columns = [
            "username", "network", "reason", "author", "since_at", "until_at",
        ];
        let (otherwise, new): (_, fn(&str) -> String) = match self.connection.dialect() {
            Dialect::Sqlite | Dialect::Postgres => {
                ("ON CONFLICT (target) DO UPDATE SET", |column| {
                    format!("{column} = excluded.{column}")
                })
            }
            Dialect::Mysql => ("ON DUPLICATE KEY UPDATE", |column| {
                format!("{column} = VALUES({column})")
            }),
        };
        let sql = format!(
            "INSERT INTO axes_ban (target, {}) VALUES (?, ?, ?, ?, ?, ?, ?) {otherwise} {}",
            columns.join(", "),
            columns.map(new).join(", ")
        );
        let ended = "DELETE FROM axes_ban WHERE until_at <= ?";
        again(|| {
            // Nobody is refused by those any more, and nobody else deletes them.
            self.connection
                .execute(ended, &[Value::millis(ban.since)])?;
            self.connection.execute(&sql, &row).map(|_| ())
        })
    }

    fn unban(&self, target: &Banned) -> Result<bool, StoreError> {
        let sql = "DELETE FROM axes_ban WHERE target = ?";
        let key = [Value::Text(target.key())];
        again(|| Ok(self.connection.execute(sql, &key)? > 0))
    }

    fn bans(&self, now: Timestamp) -> Result<Vec<Ban>, StoreError> {
        let sql = "SELECT username, network, reason, author, since_at, until_at FROM axes_ban \
                   WHERE until_at IS NULL OR until_at > ? ORDER BY since_at DESC, target";
        let rows = self.connection.query(sql, &[Value::millis(now)])?;
        rows.into_iter().map(read_ban).collect()
    }
}

fn read_ban(values: Vec<Value>) -> Result<Ban, StoreError> {
    let mut row = Row::new(values);
    let (username, network) = (row.optional_text()?, row.optional_text()?);
    let target = match (username, network) {
        (_, Some(network)) => Banned::Network(network.parse().map_err(|_| corrupt())?),
        (Some(username), None) => Banned::Username(username),
        (None, None) => return Err(corrupt()),
    };
    Ok(Ban {
        target,
        reason: row.optional_text()?.unwrap_or_default(),
        author: row.optional_text()?.unwrap_or_default(),
        since: row.millis()?,
        until: row
            .optional_int()?
            .map_or(Timestamp::NEVER, Timestamp::from_millis),
    })
}
