//! Whose login it is: reading the username out of a request.

use std::fmt;
use std::sync::Arc;

use base64::Engine as _;
use base64::alphabet::STANDARD;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use http::header::{AUTHORIZATION, CONTENT_TYPE};
use http::request::Parts;
use http::{HeaderMap, StatusCode};

type ByParts = dyn Fn(&Parts) -> Option<String> + Send + Sync;
type ByBody = dyn Fn(&Parts, &[u8]) -> Option<String> + Send + Sync;

/// Where a login attempt has its username.
///
/// Nobody hides a username from the guard that the application reads all the same: what
/// [`form`](Self::form) and [`json`](Self::json) cannot read does not reach the application. It is answered
/// with 415 where the content type does not fit, and with 400 where the username is missing, and nothing
/// is counted. An application that takes logins of other kinds reads them itself:
/// [`in_body`](Self::in_body).
///
/// An empty username is none. Such an attempt is counted, but not by username, as if the source was
/// [`none`](Self::none); the application gets to see that it is empty.
#[derive(Clone)]
pub struct Username(Source);

#[derive(Clone)]
enum Source {
    Form(String),
    Json(String),
    Basic,
    Nowhere,
    Parts(Arc<ByParts>),
    Body(Arc<ByBody>),
}

/// What was found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Found {
    Username(String),
    Nothing,
    /// Perhaps one that the application would find. The answer to that.
    Unclear(StatusCode),
}

const MISSING: Found = Found::Unclear(StatusCode::BAD_REQUEST);
const OTHER_TYPE: Found = Found::Unclear(StatusCode::UNSUPPORTED_MEDIA_TYPE);

impl Username {
    /// In the field `name` of a form (`application/x-www-form-urlencoded`; not
    /// `multipart/form-data`). Where the field is there more than once, with different values, the request
    /// is answered with 400 too: somebody may want one username to be counted and another one to be tried.
    #[must_use]
    pub fn form(name: impl Into<String>) -> Self {
        Self(Source::Form(name.into()))
    }

    /// In a JSON body, where `pointer` (RFC 6901, such as `/user/name`) leads to a text. The content type
    /// has to be `application/json`, or to end with `+json`.
    #[must_use]
    pub fn json(pointer: impl Into<String>) -> Self {
        Self(Source::Json(pointer.into()))
    }

    /// In the credentials of HTTP Basic (RFC 7617).
    #[must_use]
    pub const fn basic() -> Self {
        Self(Source::Basic)
    }

    /// Nowhere: attempts are counted by address only.
    #[must_use]
    pub const fn none() -> Self {
        Self(Source::Nowhere)
    }

    /// Where `find` finds it in all but the body. The body streams through. Without one, attempts are
    /// counted by address only.
    #[must_use]
    pub fn in_parts(find: impl Fn(&Parts) -> Option<String> + Send + Sync + 'static) -> Self {
        Self(Source::Parts(Arc::new(find)))
    }

    /// Where `find` finds it in the whole request, whatever its content type. It has to find all that the
    /// application would: without a username, attempts are counted by address only.
    #[must_use]
    pub fn in_body(find: impl Fn(&Parts, &[u8]) -> Option<String> + Send + Sync + 'static) -> Self {
        Self(Source::Body(Arc::new(find)))
    }

    /// Whether the body has to be read for it.
    pub(crate) const fn is_in_body(&self) -> bool {
        matches!(self.0, Source::Form(_) | Source::Json(_) | Source::Body(_))
    }

    pub(crate) fn find(&self, parts: &Parts, body: &[u8]) -> Found {
        match &self.0 {
            Source::Form(name) if is_form(&parts.headers) => in_form(name, body),
            Source::Json(pointer) if is_json(&parts.headers) => {
                in_json(pointer, body).map_or(MISSING, Found::Username)
            }
            Source::Basic => in_basic(&parts.headers).into(),
            Source::Parts(find) => find(parts).into(),
            Source::Body(find) => find(parts, body).into(),
            Source::Form(_) | Source::Json(_) => OTHER_TYPE,
            Source::Nowhere => Found::Nothing,
        }
    }
}

impl From<Option<String>> for Found {
    fn from(username: Option<String>) -> Self {
        username.map_or(Self::Nothing, Self::Username)
    }
}

fn in_form(name: &str, body: &[u8]) -> Found {
    let mut values = form_urlencoded::parse(body)
        .filter(|(field, _)| field == name)
        .map(|(_, value)| value);
    match values.next() {
        Some(first) if values.all(|other| other == first) => Found::Username(first.into_owned()),
        _ => MISSING,
    }
}

fn in_json(pointer: &str, body: &[u8]) -> Option<String> {
    let json: serde_json::Value = serde_json::from_slice(body).ok()?;
    Some(json.pointer(pointer)?.as_str()?.to_owned())
}

/// The username of HTTP Basic, in whatever charset, as lenient as applications are.
fn in_basic(headers: &HeaderMap) -> Option<String> {
    const LENIENT: GeneralPurpose = GeneralPurpose::new(
        &STANDARD,
        GeneralPurposeConfig::new()
            .with_decode_padding_mode(DecodePaddingMode::Indifferent)
            .with_decode_allow_trailing_bits(true),
    );
    let decoded = LENIENT.decode(basic_credentials(headers)?).ok()?;
    let username = decoded.split(|byte| *byte == b':').next()?;
    Some(String::from_utf8_lossy(username).into_owned())
}

/// What stands behind `Basic` in the `Authorization` header.
pub(crate) fn basic_credentials(headers: &HeaderMap) -> Option<&[u8]> {
    let text = headers.get(AUTHORIZATION)?.as_bytes().trim_ascii();
    let end = text.iter().position(u8::is_ascii_whitespace)?;
    let (scheme, credentials) = text.split_at_checked(end)?;
    let is_basic = scheme.eq_ignore_ascii_case(b"basic");
    is_basic.then_some(credentials.trim_ascii())
}

/// Whether the body is a form.
pub(crate) fn is_form(headers: &HeaderMap) -> bool {
    media_type(headers).is_some_and(|media| media == "application/x-www-form-urlencoded")
}

/// Whether the body is JSON.
pub(crate) fn is_json(headers: &HeaderMap) -> bool {
    media_type(headers).is_some_and(|media| is_json_type(&media))
}

/// Whether `media` is `application/json`, or JSON underneath, such as `application/problem+json`.
pub(crate) fn is_json_type(media: &str) -> bool {
    let name = media.strip_prefix("application/");
    name.is_some_and(|name| name == "json" || name.ends_with("+json"))
}

/// The content type; none where there are several, because nobody knows which the application heeds.
fn media_type(headers: &HeaderMap) -> Option<String> {
    let mut types = headers.get_all(CONTENT_TYPE).iter();
    let text = types.next().filter(|_| types.next().is_none());
    let text = text?.to_str().ok()?;
    let media = text.split(';').next()?;
    Some(media.trim().to_ascii_lowercase())
}

impl fmt::Debug for Username {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let source: &dyn fmt::Debug = match &self.0 {
            Source::Form(name) => &format!("form field {name}"),
            Source::Json(pointer) => &format!("JSON {pointer}"),
            Source::Basic => &"Basic",
            Source::Nowhere => &"nowhere",
            Source::Parts(_) => &"parts",
            Source::Body(_) => &"body",
        };
        f.debug_tuple("Username").field(source).finish()
    }
}

#[cfg(test)]
mod tests {
    use http::Request;

    use super::*;

    fn found(username: &Username, header: (&str, &str), body: &str) -> Found {
        let request = Request::builder().header(header.0, header.1);
        let (parts, ()) = request.body(()).unwrap().into_parts();
        username.find(&parts, body.as_bytes())
    }

    fn is(name: &str) -> Found {
        Found::Username(name.to_owned())
    }

    const FORM: (&str, &str) = ("content-type", "application/x-www-form-urlencoded");
    const JSON: (&str, &str) = ("content-type", "application/json");

    #[test]
    fn a_form_field_is_decoded() {
        let username = Username::form("user");
        assert_eq!(
            found(&username, FORM, "a=b&user=Ad%61+L%C3%A9&c"),
            is("Ada Lé")
        );
        let other = (
            "content-type",
            "Application/X-WWW-Form-Urlencoded; charset=utf-8",
        );
        assert_eq!(found(&username, other, "user=ada"), is("ada"));
        for body in ["", "a=b", "username=ada", "&&=&%"] {
            assert_eq!(found(&username, FORM, body), MISSING, "{body}");
        }
        for other in [
            "text/plain",
            "multipart/form-data; boundary=x",
            "application/x-www-form-urlencodedX",
            "",
        ] {
            let header = ("content-type", other);
            assert_eq!(found(&username, header, "user=ada"), OTHER_TYPE, "{other}");
        }
        assert_eq!(found(&username, ("x", "y"), "user=ada"), OTHER_TYPE);
        assert_eq!(found(&username, FORM, "user=&a"), is(""));
        // Bad UTF-8 becomes the replacement character, as applications decode it.
        assert_eq!(found(&username, FORM, "user=%FF"), is("\u{fffd}"));
    }

    #[test]
    fn two_usernames_in_one_form_are_told_apart_from_one() {
        let username = Username::form("user");
        assert_eq!(found(&username, FORM, "user=ada&user=ada"), is("ada"));
        assert_eq!(found(&username, FORM, "user=ada&user=eve"), MISSING);
        assert_eq!(found(&username, FORM, "user=ada&us%65r="), MISSING);
    }

    #[test]
    fn a_json_pointer_leads_to_a_text() {
        let username = Username::json("/user/name");
        let body = r#"{"user": {"name": "ada"}}"#;
        assert_eq!(found(&username, JSON, body), is("ada"));
        let other = ("content-type", "application/vnd.api+json; charset=utf-8");
        assert_eq!(found(&username, other, body), is("ada"));
        for body in [
            "",
            "{",
            "[]",
            r#"{"user": {"name": 7}}"#,
            r#"{"user": "ada"}"#,
            r#"[["ada"]]"#,
            r#"{"user": ["ada"]}"#,
            r#"{"user": {"name": "ada"}, "z": 1e999}"#,
            r#"{"user": {"name": "ada"}, "z": "\ud800"}"#,
            r#"{"user": {"name": "ada"}} x"#,
        ] {
            assert_eq!(found(&username, JSON, body), MISSING, "{body}");
        }
        let deep = format!(
            r#"{{"user": {{"name": "ada"}}, "z": {}{}}}"#,
            "[".repeat(200),
            "]".repeat(200)
        );
        assert_eq!(found(&username, JSON, &deep), MISSING);
        assert_eq!(found(&username, FORM, body), OTHER_TYPE);
        for other in ["application/json+x", "text/json", "application/json, a/b"] {
            assert_eq!(found(&username, ("content-type", other), body), OTHER_TYPE);
        }
    }

    #[test]
    fn of_several_content_types_none_is_believed() {
        let request = Request::builder().header(FORM.0, FORM.1);
        let request = request.header(JSON.0, JSON.1).body(());
        let (parts, ()) = request.unwrap().into_parts();
        let username = Username::form("user");
        assert_eq!(username.find(&parts, b"user=ada"), OTHER_TYPE);
    }

    #[test]
    fn basic_credentials_are_decoded() {
        let username = Username::basic();
        for text in [
            "Basic YWRhOnNlY3JldA==",
            "basic YWRhOnNlY3JldA",
            "Basic  YWRhOg==",
        ] {
            assert_eq!(
                found(&username, ("authorization", text), ""),
                is("ada"),
                "{text}"
            );
        }
        for text in ["Bearer YWRhOnNlY3JldA==", "Basic", "Basic ?", ""] {
            assert_eq!(
                found(&username, ("authorization", text), ""),
                Found::Nothing
            );
        }
    }

    #[test]
    fn a_closure_finds_what_it_likes() {
        let in_parts = Username::in_parts(|parts| {
            Some(parts.headers.get("x-user")?.to_str().ok()?.to_owned())
        });
        assert_eq!(found(&in_parts, ("x-user", "ada"), ""), is("ada"));
        let in_body = Username::in_body(|_, body| String::from_utf8(body.to_vec()).ok());
        assert_eq!(found(&in_body, FORM, "ada"), is("ada"));
        assert!(in_body.is_in_body() && !in_parts.is_in_body());
    }
}
