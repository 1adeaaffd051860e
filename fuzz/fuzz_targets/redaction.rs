//! Records and log lines: sensitive names, username, address, user agent, path, then the fields of
//! a form.
#![no_main]

use axes_core::{Attempt, MASK, Redactor, clean_reason, clean_text};
use axes_fuzz::Texts;
use libfuzzer_sys::fuzz_target;

/// What the columns of a record hold, in characters.
const MAX_FORM: usize = 1024;
const MAX_REASON: usize = 200;
/// Four values of 255 characters, each escaped to ten at most, and their names.
const MAX_CLIENT: usize = 4 * 255 * 10 + 100;

fuzz_target!(|data: &[u8]| {
    let mut texts = Texts::of(data);
    let sensitive = texts.text();
    let redactor = Redactor::new(sensitive.split_whitespace());
    let username = texts.some();
    let mut attempt = Attempt::new(texts.text().parse().ok());
    attempt.username = username.map(Into::into);
    attempt.client.user_agent = texts.some().map(Into::into);
    attempt.path = texts.text().into();
    a_client_is_one_line(&redactor, &attempt);
    let rest: Vec<_> = texts.collect();
    let fields: Vec<(&str, &str)> = rest
        .chunks(2)
        .map(|pair| (&*pair[0], pair.get(1).map_or("", |value| value)))
        .collect();
    a_form_hides_secrets(&redactor, &fields);
    for text in &rest {
        a_reason_is_one_line(text);
        let clean = clean_text(text);
        assert!(!clean.contains('\0'));
        assert!(text.contains('\0') || clean == **text);
    }
});

/// A character that ends a line, moves the cursor or turns the reading direction.
fn forges(character: char) -> bool {
    character.is_control()
        || matches!(character, '\u{2028}' | '\u{2029}' | '\u{200e}' | '\u{200f}' | '\u{61c}'
            | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

/// Nobody can end the line, or end a value and go on with something that looks like another.
fn a_client_is_one_line(redactor: &Redactor, attempt: &Attempt) {
    let shown = redactor.client_string(attempt, None);
    assert!(!shown.chars().any(forges), "{shown:?}");
    assert!(shown.chars().count() <= MAX_CLIENT);
    let values = [
        ("username", attempt.username.is_some()),
        ("ip_address", attempt.client.ip_address.is_some()),
        ("user_agent", attempt.client.user_agent.is_some()),
        ("path_info", true),
    ];
    let expected: Vec<String> = values
        .iter()
        .map(|(name, known)| format!("{name}: {}", if *known { "\"\"" } else { "None" }))
        .collect();
    assert_eq!(
        without_values(&shown),
        format!("{{{}}}", expected.join(", "))
    );
    for (name, known) in values {
        let masked = format!("{name}: \"{MASK}\"");
        assert!(
            !known || !redactor.hides(name) || shown.contains(&masked),
            "{shown}"
        );
    }
}

/// `line` with nothing in its quotes.
fn without_values(line: &str) -> String {
    let mut outside = String::new();
    let (mut quoted, mut escaped) = (false, false);
    for character in line.chars() {
        let ends = character == '"' && !escaped;
        escaped = quoted && character == '\\' && !escaped;
        if ends || !quoted {
            outside.push(character);
        }
        quoted ^= ends;
    }
    outside
}

/// What is kept of a form is bounded, can be stored, and does not depend on what is secret.
fn a_form_hides_secrets(redactor: &Redactor, fields: &[(&str, &str)]) {
    let lines = redactor.form_lines(fields.iter().copied());
    assert!(lines.chars().count() <= MAX_FORM);
    assert!(!lines.contains('\0'));
    let others = fields.iter().map(|(name, value)| {
        let value = if redactor.hides(name) {
            "another"
        } else {
            value
        };
        (*name, value)
    });
    assert_eq!(lines, redactor.form_lines(others), "a secret is shown");
    for (name, _) in fields {
        assert_eq!(
            redactor.hides(name),
            redactor.hides(&name.to_ascii_uppercase()),
            "{name:?}"
        );
    }
    assert!(Redactor::new([""; 0]).hides("Password"));
}

/// What an administrator typed is one line too, and cleaning it again changes nothing.
fn a_reason_is_one_line(text: &str) {
    let reason = clean_reason(text);
    assert!(!reason.chars().any(forges), "{reason:?}");
    assert!(reason.chars().count() <= MAX_REASON);
    assert_eq!(clean_reason(&reason), reason);
}
