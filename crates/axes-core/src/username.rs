//! The form in which a username is counted.

use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::canonical_combining_class;

use crate::hex_digest;

/// How many characters of a username are normalized; what follows is only digested.
///
/// No real account name comes near it. The bound keeps the work for hostile input small.
pub const MAX_USERNAME_CHARS: usize = 1024;

/// What all usernames are counted as that nobody can see: an account may have one.
const INVISIBLE: &str = "\u{200b}";

/// How often a form is folded at most. A test over all characters says that two are enough.
const PASSES: usize = 4;

/// The one form of `username` that is counted, so that `Ada`, `ADA ` and `ａｄａ` share one budget:
/// without white space around it, in one case, one Unicode form, and without characters that show
/// nothing. `None` when nothing is left: then there is no username.
#[must_use]
pub fn normalize_username(username: &str) -> Option<String> {
    let trimmed = username.trim();
    if trimmed.is_empty() {
        return None;
    }
    if trimmed.is_ascii() && trimmed.len() <= MAX_USERNAME_CHARS {
        return Some(trimmed.to_ascii_lowercase());
    }
    let mut visible = trimmed.chars().filter(|it| !is_ignorable(*it));
    let head: String = visible.by_ref().take(MAX_USERNAME_CHARS).collect();
    let tail: String = visible.collect();
    let mut normalized = fold(&head).trim().to_owned();
    if !tail.is_empty() {
        normalized.push_str(&hex_digest(&tail));
    }
    if normalized.is_empty() {
        normalized.push_str(INVISIBLE);
    }
    Some(normalized)
}

/// Unicode's `NFKC_Casefold`, and beyond it whatever becomes the same in capitals: `ı` is an `i`.
fn fold(text: &str) -> String {
    let mut folded: String = text.nfkd().collect();
    for _ in 0..PASSES {
        let cased = folded.chars().flat_map(char::to_uppercase);
        let cased = cased.flat_map(char::to_lowercase);
        let again = iota_before_marks(cased.nfkd().filter(|it| !is_ignorable(*it)));
        if again == folded {
            break;
        }
        folded = again;
    }
    folded.nfc().collect()
}

/// The iota below a Greek vowel becomes a letter in capitals. Accents that were written behind it stand
/// on that letter then, and those before it on the vowel: all go to the letter here.
fn iota_before_marks(text: impl Iterator<Item = char>) -> String {
    let mut ordered = String::new();
    // Where the marks begin that `ordered` ends with.
    let mut marks = 0;
    for character in text {
        if character == 'ι' {
            ordered.insert(marks, character);
            marks = marks.saturating_add(character.len_utf8());
            continue;
        }
        ordered.push(character);
        if canonical_combining_class(character) == 0 {
            marks = ordered.len();
        }
    }
    ordered.nfd().collect()
}

/// Whether Unicode calls it a default ignorable code point: it shows nothing where it is not
/// supported, such as joiners, soft hyphens and variation selectors.
fn is_ignorable(character: char) -> bool {
    matches!(character,
        '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}'..='\u{1160}' | '\u{17b4}'..='\u{17b5}'
        | '\u{180b}'..='\u{180f}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}'
        | '\u{2060}'..='\u{206f}' | '\u{3164}' | '\u{fe00}'..='\u{fe0f}' | '\u{feff}'
        | '\u{ffa0}' | '\u{fff0}'..='\u{fff8}' | '\u{1bca0}'..='\u{1bca3}'
        | '\u{1d173}'..='\u{1d17a}' | '\u{e0000}'..='\u{e0fff}')
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use caseless::default_case_fold_str;
    use proptest::prelude::*;

    use super::*;

    /// However `username` is written.
    fn forms(username: &str) -> [String; 9] {
        [
            username.to_uppercase(),
            username.to_lowercase(),
            default_case_fold_str(username),
            username.nfc().collect(),
            username.nfd().collect(),
            username.nfkc().collect(),
            username.nfkd().collect(),
            format!("\u{2000}{username}\u{200d} "),
            normalize_username(username).unwrap_or_default(),
        ]
    }

    /// Returns whether a form of `username` is another text.
    fn assert_one(username: &str) -> bool {
        let one = normalize_username(username);
        let mut differs = false;
        let [unseen, normalized] = [7, 8];
        for (number, form) in forms(username).into_iter().enumerate() {
            // White space that is not the first or the last any more is a part of the name, and what
            // is around nothing is no name or an invisible one.
            if form == username
                || number == unseen && one.as_deref().is_none_or(|it| it == INVISIBLE)
            {
                continue;
            }
            differs |= number != unseen && number != normalized;
            assert_eq!(normalize_username(&form), one, "{username:?} as {form:?}");
        }
        differs
    }

    /// Planes with characters; in the others nothing has a form but its own.
    fn characters() -> impl Iterator<Item = char> {
        (0..0x4_0000_u32)
            .chain(0xe_0000..0xe_1000)
            .filter_map(char::from_u32)
    }

    const MARKS: [&str; 12] = [
        "\u{301}",
        "\u{308}",
        "\u{345}",
        "\u{342}",
        "\u{323}",
        "\u{307}",
        "\u{301}\u{345}",
        "\u{345}\u{301}",
        "\u{345}\u{308}\u{301}",
        "\u{345}\u{345}\u{300}",
        "\u{323}\u{345}\u{313}",
        "\u{200d}\u{301}ι\u{342}",
    ];

    #[test]
    fn every_character_has_one_form_whatever_marks_follow() {
        let mut parts = BTreeSet::new();
        for character in characters() {
            let text = character.to_string();
            // Marks compose with what has canonical forms. Syllables of Hangul, and ideographs, are
            // made of characters that come by themselves.
            let is_letter = !('\u{3400}'..='\u{faff}').contains(&character);
            if assert_one(&text) && is_letter && text.nfd().collect::<String>() != text {
                parts.extend(text.nfd().chain([character]));
            }
            if text.to_uppercase() != text || text.to_lowercase() != text {
                parts.insert(character);
            }
        }
        assert!(parts.len() > 3_000, "{}", parts.len());
        for (character, marks) in parts.iter().flat_map(|it| MARKS.map(|marks| (it, marks))) {
            assert_one(&format!("{character}{marks}"));
            assert_one(&format!("x{marks}{character}"));
        }
    }

    #[test]
    fn two_passes_are_enough_for_every_character() {
        for character in characters() {
            let once = fold(&character.to_string());
            assert_eq!(fold(&once), once, "{character:?}");
        }
    }

    fn usernames() -> impl Strategy<Value = String> {
        let greek = "[ΑΗΩαηωιΙάίήώᾳᾷᾼΐΰῼςσΣ\u{300}-\u{345}\u{342}]";
        let tricky = "[ıİiIſsßẞŉǰﬁﷺǅ\u{200b}\u{ad}\u{fe0f}가힣ㅤ ´¨]";
        prop_oneof![
            "\\PC{0,12}",
            prop::collection::vec(
                prop_oneof![greek, tricky, "[a-zA-Z]", ".", "[\u{323}-\u{331}]"],
                0..12
            )
            .prop_map(|parts| parts.concat()),
        ]
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(2_000))]

        #[test]
        fn forms_of_any_username_are_one(username in usernames()) {
            assert_one(&username);
        }

        #[test]
        fn plain_names_take_no_other_way_than_all(username in "[ -~\t]{0,40}") {
            let trimmed = username.trim();
            let slow = (!trimmed.is_empty()).then(|| fold(trimmed));
            prop_assert_eq!(normalize_username(&username), slow);
        }
    }

    #[test]
    fn forms_of_one_username_are_one() {
        let one = normalize_username("straße");
        for form in [
            "STRASSE",
            " Straße\t",
            "ｓｔｒａｓｓｅ",
            "STRAẞE",
            "stra\u{ad}s\u{200d}se\u{feff}",
        ] {
            assert_eq!(normalize_username(form), one, "{form}");
        }
        for (one, other) in [
            ("e\u{301}", "É"),
            ("ΟΔΥΣΣΕΥΣ", "οδυσσευς"),
            ("ᾷ", "Α\u{342}Ι"),
            ("ᾳ\u{301}", "ΑΙ\u{301}"),
            ("ISIK", "ısık"),
        ] {
            assert_eq!(normalize_username(one), normalize_username(other), "{one}");
        }
    }

    #[test]
    fn names_that_look_different_are_different() {
        let names = [
            "ada",
            "adam",
            "a da",
            "àda",
            "ádá",
            "αδα",
            "μαρία",
            "μαρια",
            "μάρια",
            "कि",
            "कु",
        ];
        let forms: BTreeSet<_> = names.map(normalize_username).into();
        assert_eq!(forms.len(), names.len());
        assert_eq!(normalize_username("Μαρία").as_deref(), Some("μαρία"));
    }

    #[test]
    fn a_blank_username_is_none() {
        for blank in ["", "   ", "\u{a0}\t\n"] {
            assert_eq!(normalize_username(blank), None, "{blank:?}");
        }
    }

    #[test]
    fn names_that_nobody_can_see_share_one_budget() {
        for name in [
            "\u{200b}",
            "\u{3164}",
            " \u{2060} \u{ad}\t",
            &"\u{200d}".repeat(5_000),
        ] {
            assert_eq!(
                normalize_username(name).as_deref(),
                Some(INVISIBLE),
                "{name:?}"
            );
        }
    }

    #[test]
    fn a_huge_username_stays_bounded_and_distinct() {
        let huge = |last: &str| normalize_username(&("x".repeat(1_000_000) + last)).unwrap();
        assert!(huge("a").len() < 2 * MAX_USERNAME_CHARS);
        assert_ne!(huge("a"), huge("b"));
        let unseen = "ada".to_owned() + &"\u{200b}".repeat(100_000);
        assert_eq!(normalize_username(&unseen).as_deref(), Some("ada"));
    }
}
