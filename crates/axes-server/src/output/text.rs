//! Texts of others, as a terminal may show them.

use std::borrow::Cow;
use std::fmt::Write as _;

/// `text` so that a terminal shows it and does nothing else: whoever chooses a username must not move
/// the cursor, change colours, or turn the direction of what is read.
pub(crate) fn shown(text: &str) -> Cow<'_, str> {
    if !text.is_empty() && !text.chars().any(is_unsafe) {
        return Cow::Borrowed(text);
    }
    if text.is_empty() {
        return Cow::Borrowed("\"\"");
    }
    let mut safe = String::new();
    for character in text.chars() {
        if is_unsafe(character) {
            // Writing into a String cannot fail.
            let _ = write!(safe, "{}", character.escape_default());
        } else {
            safe.push(character);
        }
    }
    Cow::Owned(safe)
}

/// The same of a text that may be missing.
pub(crate) fn shown_or_none(text: Option<&str>) -> Cow<'_, str> {
    text.map_or(Cow::Borrowed("-"), shown)
}

/// Control characters, and those that show nothing or turn the direction of others.
pub(super) fn is_unsafe(character: char) -> bool {
    character.is_control()
        || matches!(
            character,
            '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}'
            | '\u{e0000}'..='\u{e007f}'
        )
}

/// `1 record`, `2 records`.
pub(crate) fn count(number: u64, one: &str, many: &str) -> String {
    format!("{number} {}", if number == 1 { one } else { many })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_moves_a_cursor() {
        assert_eq!(shown("ada"), "ada");
        assert_eq!(shown("Zoë Ⅳ 中"), "Zoë Ⅳ 中");
        assert_eq!(shown("a\u{1b}[2Jb\r\n"), "a\\u{1b}[2Jb\\r\\n");
        assert_eq!(
            shown("a\u{202e}b\u{9b}c\u{7f}"),
            "a\\u{202e}b\\u{9b}c\\u{7f}"
        );
        assert_eq!(shown(""), "\"\"");
        assert_eq!(shown_or_none(None), "-");
    }
}
