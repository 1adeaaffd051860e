//! What is counted.

use std::hint::black_box;

use axes_core::{
    ForwardedPolicy, HopOrder, Networks, Outcome, Parts, Redactor, normalize_username,
};

use crate::logins::{Logins, attempt};

/// Does a path so many times.
type Path = fn(u32);

/// Every path, by the name under which its count is kept.
pub(crate) const PATHS: &[(&str, Path)] = &[
    ("username, ASCII", |times| {
        repeat(times, |_| {
            normalize_username(black_box("Ada.Lovelace@example.com "))
        });
    }),
    ("username, Unicode", |times| {
        repeat(times, |_| normalize_username(black_box("Ｓtraße.Ἀθῆναι")));
    }),
    ("key of an address", |times| {
        let parts = Parts {
            username: None,
            user_agent: None,
            ..all_parts()
        };
        repeat(times, |_| black_box(&parts).key());
    }),
    ("key of username, address and user agent", |times| {
        let parts = all_parts();
        repeat(times, |_| black_box(&parts).key());
    }),
    ("address behind proxies", |times| {
        let policy = ForwardedPolicy {
            order: HopOrder::LeftMost,
            proxy_count: Some(2),
            trusted: Networks::parse(["10.0.0.0/8"]).unwrap_or_default(),
        };
        let peer = [10, 0, 0, 3].into();
        let header = "198.51.100.7, 203.0.113.9, 10.0.0.2, 10.0.0.1";
        repeat(times, |_| {
            policy.client_in_header(black_box(header), Some(peer))
        });
    }),
    ("form data, masked", |times| {
        let redactor = Redactor::new(["password", "username"]);
        let fields = [
            ("username", "ada"),
            ("password", "secret"),
            ("next", "/"),
            ("csrf", "x1y2"),
        ];
        repeat(times, |_| redactor.form_lines(black_box(fields)));
    }),
    ("success in memory", |times| {
        let logins = Logins::in_memory();
        repeat(times, |number| logins.settled(number, success()));
    }),
    ("failure in memory, new client", |times| {
        let logins = Logins::in_memory();
        repeat(times, |number| logins.settled(number, Outcome::Failure));
    }),
    ("failure in memory, known client", |times| {
        let logins = Logins::in_memory();
        repeat(times, |_| logins.settled(1, Outcome::Failure));
    }),
    ("refusal in memory", |times| {
        let logins = Logins::in_memory();
        logins.lock_out(1);
        repeat(times, |_| logins.refused(1));
    }),
    ("look in memory", |times| {
        let logins = Logins::in_memory();
        logins.settled(1, Outcome::Failure);
        repeat(times, |_| logins.looked(1));
    }),
];

fn repeat<T>(times: u32, mut path: impl FnMut(u32) -> T) {
    for number in 0..times {
        black_box(path(number));
    }
}

fn all_parts() -> Parts {
    Parts::of(&attempt(7), 64)
}

fn success() -> Outcome {
    Outcome::Success {
        session_hash: String::new(),
    }
}
