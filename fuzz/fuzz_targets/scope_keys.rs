//! Scope keys: username, address and user agent of two attempts, then the length of IPv6 networks.
#![no_main]

use axes_core::{
    Attempt, MAX_USERNAME_CHARS, Parameter, Parts, Scope, ScopeKey, normalize_username,
};
use axes_fuzz::Texts;
use libfuzzer_sys::fuzz_target;
use unicode_normalization::UnicodeNormalization;

/// How many characters a character becomes at most by NFKC and case folding, with much to spare.
const EXPANSION: usize = 64;

fuzz_target!(|data: &[u8]| {
    let mut texts = Texts::of(data);
    let attempts = [attempt(&mut texts), attempt(&mut texts)];
    let prefix = texts.text().parse().unwrap_or(64);
    for attempt in &attempts {
        attempt
            .username
            .as_deref()
            .into_iter()
            .for_each(forms_are_one);
    }
    let [left, right] = attempts.map(|attempt| keys(&attempt, prefix));
    for one in &left {
        for other in left.iter().chain(&right) {
            assert_eq!(one.0 == other.0, one.1 == other.1, "{one:?} {other:?}");
        }
    }
});

fn attempt(texts: &mut Texts<'_>) -> Attempt {
    let username = texts.some();
    let mut attempt = Attempt::new(texts.text().parse().ok());
    attempt.username = username.map(Into::into);
    attempt.client.user_agent = texts.some().map(Into::into);
    attempt
}

/// Everything that can be counted of `attempt`, with its key.
fn keys(attempt: &Attempt, prefix: u8) -> Vec<(Parts, ScopeKey)> {
    let parts = Parts::of(attempt, prefix);
    let mut found = Vec::new();
    for bits in 1..8 {
        let chosen = Parameter::ALL.into_iter().zip([1, 2, 4]);
        let chosen = chosen.filter_map(|(one, bit)| (bits & bit != 0).then_some(one));
        let scope = Scope::of(chosen).expect("it has a parameter");
        let Some(part) = scope.project(&parts) else {
            continue;
        };
        assert_eq!(part.scope(), Some(scope), "an absent value was counted on");
        assert!(part.covers(&parts));
        let key = part.key();
        assert_eq!(ScopeKey::from_hex(&key.to_string()), Some(key));
        found.push((part, key));
    }
    found
}

/// However a username is written, it is one; what is counted is bounded and never blank.
fn forms_are_one(username: &str) {
    let normalized = normalize_username(username);
    let length = normalized.as_deref().map_or(1, |it| it.chars().count());
    assert!((1..=MAX_USERNAME_CHARS * EXPANSION).contains(&length));
    let blank = |text: &str| text.trim().is_empty();
    assert!(!normalized.as_deref().is_some_and(blank));
    // Of a longer one, all beyond is only digested as it is.
    if username.nfkd().count().max(length) > MAX_USERNAME_CHARS / 4 {
        return;
    }
    let forms = [
        normalized.clone().unwrap_or_default(),
        format!(" {username}\t"),
        username.nfc().collect(),
        username.nfd().collect(),
        username.nfkc().collect(),
        username.nfkd().collect(),
        username.to_uppercase(),
        username.to_lowercase(),
    ];
    for form in forms {
        assert_eq!(
            normalize_username(&form),
            normalized,
            "{username:?} and {form:?}"
        );
    }
}
