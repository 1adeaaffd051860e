//! Statements as PostgreSQL takes them.

use std::fmt::Write as _;

/// `sql` with its question marks numbered.
pub(super) fn numbered(sql: &str) -> String {
    let mut text = String::with_capacity(sql.len().saturating_mul(2));
    for (number, piece) in sql.split('?').enumerate() {
        if number > 0 {
            // Writing into a String cannot fail.
            let _ = write!(text, "${number}");
        }
        text.push_str(piece);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_mark_gets_its_number() {
        assert_eq!(numbered("SELECT 1"), "SELECT 1");
        assert_eq!(
            numbered("a = ? AND b IN (?, ?)"),
            "a = $1 AND b IN ($2, $3)"
        );
        assert_eq!(numbered("?"), "$1");
    }
}
