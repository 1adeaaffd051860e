//! The pages.

use axes_tower::{Reason, Refusal};

const LAYOUT: &str = include_str!("pages/layout.html");
const LOGIN: &str = include_str!("pages/login.html");
const HOME: &str = include_str!("pages/home.html");
const LOCKED: &str = include_str!("pages/locked.html");

/// The login page, with what was wrong before, if anything was.
pub(crate) fn login(wrong: Option<&str>) -> String {
    let alert = |text| format!("<p class=\"alert\" role=\"alert\">{}</p>", escaped(text));
    let alert = wrong.map(alert).unwrap_or_default();
    page("Log in", &LOGIN.replace("{alert}", &alert))
}

/// The page for those who are in.
pub(crate) fn home(username: &str) -> String {
    page("Welcome", &HOME.replace("{username}", &escaped(username)))
}

/// The page for those who are refused.
pub(crate) fn refused(refusal: &Refusal) -> String {
    let (title, text) = match (refusal.reason, refusal.retry_after) {
        (Reason::LockedOut, Some(left)) => {
            let seconds = left.as_millis().div_ceil(1000);
            let time = format!(
                "<time datetime=\"PT{seconds}S\">{}</time>",
                in_words(seconds)
            );
            let text = format!("Too many wrong passwords. You can try again in {time}.");
            ("Locked out", text)
        }
        (Reason::LockedOut, None) => {
            let text = "Too many wrong passwords. Please ask an administrator for help.";
            ("Locked out", text.to_owned())
        }
        (Reason::Busy | Reason::StoreUnavailable, _) => {
            let text = "Logging in is not possible right now. Please try again in a moment.";
            ("One moment", text.to_owned())
        }
        (_, _) => ("Not allowed", "You cannot log in from here.".to_owned()),
    };
    let content = LOCKED.replace("{title}", title).replace("{text}", &text);
    page(title, &content)
}

fn page(title: &str, content: &str) -> String {
    LAYOUT
        .replace("{title}", title)
        .replace("{content}", content)
}

/// So many seconds as people say it, never fewer than there are.
fn in_words(seconds: u128) -> String {
    let plural = |number: u128, noun: &str| {
        let ending = if number == 1 { "" } else { "s" };
        format!("{number} {noun}{ending}")
    };
    match seconds {
        0..=90 => plural(seconds, "second"),
        91..=5400 => plural(seconds.div_ceil(60), "minute"),
        _ => plural(seconds.div_ceil(3600), "hour"),
    }
}

/// `text` as it may stand in HTML.
fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&#39;"),
            plain => escaped.push(plain),
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn a_username_is_text_and_nothing_else() {
        let page = home("<b>{title}</b> & co");
        assert!(
            page.contains("&lt;b&gt;{title}&lt;/b&gt; &amp; co"),
            "{page}"
        );
    }

    #[test]
    fn a_lockout_tells_how_long_it_lasts() {
        for (millis, words) in [
            (500, "1 second"),
            (59_001, "60 seconds"),
            (91_000, "2 minutes"),
            (5_401_000, "2 hours"),
        ] {
            let left = Some(Duration::from_millis(millis));
            let page = refused(&Refusal::of(Reason::LockedOut, left));
            assert!(page.contains(&format!(">{words}</time>")), "{page}");
        }
        let page = refused(&Refusal::of(Reason::LockedOut, None));
        assert!(page.contains("ask an administrator"));
    }
}
