//! Writing the records of attempts.

use axes_core::{Record, Timestamp};

use crate::sql::columns::RecordIdentity;
use crate::sql::piece::Piece;
use crate::sql::value::Value;
use crate::{Dialect, SqlConnection, StoreError};

/// Adds one failure to the record of the attempt, or begins it anew where its last one is from
/// before `forgotten`, if failures ever are.
pub(crate) fn count<C: SqlConnection>(
    connection: &C,
    record: &Record,
    refused: bool,
    forgotten: Option<Timestamp>,
) -> Result<(), StoreError> {
    let Piece { text, parameters } =
        counting(connection.dialect(), record, refused, forgotten, None);
    connection.execute(&text, &parameters).map(|_| ())
}

/// The statement that does so, on a `condition` if there is one.
pub(crate) fn counting(
    dialect: Dialect,
    record: &Record,
    refused: bool,
    forgotten: Option<Timestamp>,
    condition: Option<&str>,
) -> Piece {
    // A record that another program wrote has no key: there the insertion is a conflict, and the
    // record is adopted first. MySQL, which tells no conflict from another, adopts it here.
    // Assignments stand in an order that MySQL, which sees the new values to the left, does right.
    let (conflict, new) = match dialect {
        Dialect::Sqlite | Dialect::Postgres => {
            ("ON CONFLICT (record_key) DO UPDATE SET", ("excluded.", ""))
        }
        Dialect::Mysql => ("ON DUPLICATE KEY UPDATE", ("VALUES(", ")")),
    };
    let inserted = |column| format!("{}{column}{}", new.0, new.1);
    let newest = [
        "http_accept",
        "path_info",
        "get_data",
        "post_data",
        "network",
    ]
    .map(|column| format!("{column} = {}", inserted(column)))
    .join(", ");
    let missing = ["record_key", "username_key", "agent_key"]
        .map(|column| {
            let new = inserted(column);
            format!("{column} = COALESCE(axes_accessattempt.{column}, {new})")
        })
        .join(", ");
    let counts = match (refused, forgotten) {
        (false, Some(_)) => COUNT_FAILURE,
        (true, Some(_)) => COUNT_REFUSED,
        (false, None) => ADD_FAILURE,
        (true, None) => ADD_REFUSED,
    };
    let later = later_time(&inserted("attempt_time"), refused);
    let values = match condition {
        None => "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, 1, ?, ?, ?, ?, ?)".to_owned(),
        Some(condition) => format!("SELECT {TYPED} WHERE {condition}"),
    };
    let sql = format!(
        "INSERT INTO axes_accessattempt (username, ip_address, user_agent, http_accept, path_info, \
         attempt_time, last_failure_time, get_data, post_data, failures_since_start, refused, \
         record_key, username_key, network, agent_key) \
         {values} {conflict} {counts}, {newest}, {missing}, {later}"
    );
    let mut parameters = described(record);
    parameters.extend([
        if refused {
            Value::Null
        } else {
            Value::Time(record.time)
        },
        Value::text(&record.get_data),
        Value::text(&record.post_data),
        Value::Int(i64::from(refused)),
    ]);
    parameters.extend(identity(record));
    if let Some(forgotten) = forgotten {
        let times = counts.matches('?').count();
        parameters.extend(std::iter::repeat_n(Value::Time(forgotten), times));
    }
    Piece::new(&sql, parameters)
}

/// What PostgreSQL would take for texts where they are not values of a table.
const TYPED: &str = "?, CAST(? AS inet), ?, ?, ?, CAST(? AS timestamptz), CAST(? AS timestamptz), \
    ?, ?, 1, CAST(? AS integer), ?, ?, ?, ?";

/// When a record's last failure was whose password was checked. Attempts that were refused change
/// `attempt_time` too; they must not keep alive what another scope has forgotten.
pub(crate) const LAST_FAILURE: &str =
    "COALESCE(axes_accessattempt.last_failure_time, axes_accessattempt.attempt_time)";

/// How many failures of a record are of passwords that were checked.
pub(crate) const CHECKED: &str = "failures_since_start - COALESCE(axes_accessattempt.refused, 0)";

/// One more failure; each `?` is the time before which failures are forgotten. Both kinds are
/// forgotten for themselves.
const COUNT_FAILURE: &str = "failures_since_start = \
    CASE WHEN COALESCE(axes_accessattempt.last_failure_time, axes_accessattempt.attempt_time) <= ? \
    THEN 1 ELSE axes_accessattempt.failures_since_start \
    - COALESCE(axes_accessattempt.refused, 0) + 1 END \
    + CASE WHEN axes_accessattempt.attempt_time <= ? THEN 0 \
    ELSE COALESCE(axes_accessattempt.refused, 0) END, \
    refused = CASE WHEN axes_accessattempt.attempt_time <= ? THEN 0 \
    ELSE COALESCE(axes_accessattempt.refused, 0) END";

/// One more refused attempt.
const COUNT_REFUSED: &str = "failures_since_start = axes_accessattempt.failures_since_start \
    - COALESCE(axes_accessattempt.refused, 0) + 1 \
    + CASE WHEN axes_accessattempt.attempt_time <= ? THEN 0 \
    ELSE COALESCE(axes_accessattempt.refused, 0) END, \
    refused = CASE WHEN axes_accessattempt.attempt_time <= ? THEN 0 \
    ELSE COALESCE(axes_accessattempt.refused, 0) END + 1";

/// The same where nothing is ever forgotten.
const ADD_FAILURE: &str = "failures_since_start = axes_accessattempt.failures_since_start + 1";
const ADD_REFUSED: &str = "failures_since_start = axes_accessattempt.failures_since_start + 1, \
    refused = COALESCE(axes_accessattempt.refused, 0) + 1";

/// Sets the times of a record to `time`. A clock that was set back makes no record older.
fn later_time(time: &str, refused: bool) -> String {
    let last_failure = if refused {
        LAST_FAILURE.to_owned()
    } else {
        format!("CASE WHEN {LAST_FAILURE} < {time} THEN {time} ELSE {LAST_FAILURE} END")
    };
    format!(
        "last_failure_time = {last_failure}, \
         attempt_time = CASE WHEN axes_accessattempt.attempt_time < {time} THEN {time} \
         ELSE axes_accessattempt.attempt_time END"
    )
}

/// Gives the record of these values, if another program wrote it, the columns of Axes.
pub(crate) fn adopt<C: SqlConnection>(connection: &C, record: &Record) -> Result<u64, StoreError> {
    let sql = "UPDATE axes_accessattempt SET record_key = ?, username_key = ?, network = ?, \
               agent_key = ? WHERE username = ? AND ip_address = ? AND user_agent = ? \
               AND record_key IS NULL";
    let mut parameters = identity(record).to_vec();
    parameters.extend(described(record).into_iter().take(3));
    connection.execute(sql, &parameters)
}

/// What every kind of record has: username, address, user agent, `Accept`, path, time.
pub(crate) fn described(record: &Record) -> Vec<Value> {
    vec![
        Value::optional(record.username.as_deref(), Value::text),
        Value::optional(record.ip_address, Value::Address),
        Value::text(&record.user_agent),
        Value::text(&record.http_accept),
        Value::text(&record.path_info),
        Value::Time(record.time),
    ]
}

fn identity(record: &Record) -> [Value; 4] {
    let identity = RecordIdentity::of(record);
    [
        Value::Text(identity.record_key),
        Value::optional(identity.username_key, Value::Text),
        Value::optional(identity.network, Value::Text),
        Value::optional(identity.agent_key, Value::Text),
    ]
}
