//! Which session a login began.

use std::fmt;

use axes_core::hex_digest;

/// The key of the session that a login began: put it into the response's extensions, and the access log
/// can tell when that session logged out. Only a digest of it is kept.
#[derive(Clone, PartialEq, Eq)]
pub struct SessionKey(pub String);

impl fmt::Debug for SessionKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("SessionKey").finish_non_exhaustive()
    }
}

/// What the access log knows a session by; nothing where there is none.
pub(crate) fn session_hash(key: &str) -> String {
    if key.is_empty() {
        return String::new();
    }
    hex_digest(key)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_session_is_known_by_the_digest_of_its_key() {
        let known = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
        assert_eq!(session_hash("abc"), known);
        assert_eq!(session_hash(""), "");
        assert_eq!(
            format!("{:?}", SessionKey("abc".to_owned())),
            "SessionKey(..)"
        );
    }
}
