//! What operators read of the past.

use axes_core::{Selector, Timestamp};
use axes_stores::{Archive, Past, SqlStore};
use axes_testkit::archives;

use crate::connection::Connection;
use crate::in_memory;

#[test]
fn records_and_the_log_are_read_slice_by_slice() {
    archives::check_recorded(in_memory());
    archives::check_logged(in_memory());
}

/// A database in which so many failures were recorded and logged, one a second.
fn filled(number: u32) -> SqlStore<Connection> {
    filled_and(number, "")
}

/// The same after `change`.
fn filled_and(number: u32, change: &str) -> SqlStore<Connection> {
    let connection = Connection::in_memory();
    let columns = "id, username, ip_address, user_agent, http_accept, path_info, attempt_time";
    let values = "value, 'user' || value, '192.0.2.' || (value % 200), 'curl', '', '/', \
                  strftime('%Y-%m-%d %H:%M:%S', 1767225600 + value, 'unixepoch')";
    let series = format!(
        "WITH RECURSIVE series(value) AS (SELECT 1 UNION ALL SELECT value + 1 FROM series \
         WHERE value < {number})"
    );
    connection.run(&format!(
        "{series} INSERT INTO axes_accessattempt ({columns}, get_data, post_data, \
         failures_since_start) SELECT {values}, '', '', 1 FROM series"
    ));
    connection.run(&format!(
        "{series} INSERT INTO axes_accessfailurelog ({columns}, locked_out) \
         SELECT {values}, value % 2 FROM series"
    ));
    connection.run(change);
    SqlStore::new(connection)
}

#[test]
fn what_no_index_finds_is_looked_for_among_some_rows_at_once() {
    let store = filled(25_000);
    let now = Timestamp::from_millis(1_767_300_000_000);
    let since = Past {
        since: Some(Timestamp::from_millis(1_767_225_600_000 + 3_000)),
        ..Past::default()
    };
    let mut from = None;
    let mut slices = Vec::new();
    loop {
        let slice = store.recorded(&since, from.as_ref(), 9_000, now);
        let slice = slice.expect("the database answers");
        slices.push(slice.items.len());
        from = slice.next;
        if from.is_none() {
            break;
        }
    }
    // Windows of 10,000 and slices of 9,000 take turns; the last two records are too old.
    assert_eq!(slices, [9_000, 9_000, 6_998]);
    let late = Past {
        since: Some(now),
        ..Past::default()
    };
    let first = store
        .recorded(&late, None, 10, now)
        .expect("the database answers");
    assert!(first.items.is_empty() && first.next.is_some());
}

#[test]
fn lines_of_one_user_come_however_far_apart_they_are() {
    let store = filled(25_000);
    let past = Past {
        who: Selector::new(Some("USER7"), None, 64),
        since: None,
    };
    let (mut from, mut found, mut slices) = (None, 0, 0);
    loop {
        let slice = store.logged(&past, from.as_ref(), 10);
        let slice = slice.expect("the database answers");
        found += slice.items.len();
        slices += 1;
        from = slice.next;
        if from.is_none() {
            break;
        }
    }
    assert_eq!((found, slices), (1, 26));
}

#[test]
fn a_log_is_not_read_beyond_what_is_too_old() {
    let store = filled(25_000);
    let past = Past {
        who: Selector::default(),
        since: Some(Timestamp::from_millis(1_767_225_600_000 + 24_990_000)),
    };
    let slice = store
        .logged(&past, None, 100)
        .expect("the database answers");
    assert_eq!(slice.items.len(), 11);
    let rest = store.logged(&past, slice.next.as_ref(), 100);
    let rest = rest.expect("the database answers");
    assert_eq!((rest.items.len(), rest.next), (0, None));
}

#[test]
fn a_purge_finds_what_is_due_behind_what_is_alive() {
    // One purge with 3 looks at thirty.
    let change =
        "UPDATE axes_accessattempt SET attempt_time = '2020-01-01 00:00:00' WHERE id > 490";
    let store = filled_and(500, change);
    let old = Timestamp::from_millis(1_600_000_000_000);
    let purged = |most| {
        let mut removed = 0;
        loop {
            let some = Archive::purge(&store, old, old, most);
            match some.expect("the database answers") {
                0 => return removed,
                some => removed += some,
            }
        }
    };
    assert_eq!(purged(3), 10);
    assert_eq!(purged(3), 0);
}
