//! Whether somebody wants a page or JSON.

use http::HeaderMap;
use http::header::ACCEPT;

use crate::identify::{is_json, is_json_type};

/// More than this is nobody's list of media types.
const MAX_ACCEPT: usize = 2048;

/// Whether a page is wanted (RFC 9110, 12.5.1): HTML is named, and JSON is not liked better. Without a
/// word about it, JSON.
pub(crate) fn wants_page(headers: &HeaderMap) -> bool {
    let accept = headers.get_all(ACCEPT).iter();
    let accept: Vec<_> = accept
        .map(|value| String::from_utf8_lossy(value.as_bytes()))
        .collect();
    let accept: String = accept.join(",").chars().take(MAX_ACCEPT).collect();
    let (json, page) = wishes(&accept.to_ascii_lowercase());
    let is_named = page.quality > 0 && page.precision > 0;
    is_named && !(is_json(headers) && json.precision > 0) && page.rank() >= json.rank()
}

/// How much a media type is wanted.
#[derive(Clone, Copy, Debug, Default)]
struct Wish {
    /// How exactly it is named: by `*/*`, by its family, by its name.
    precision: u8,
    /// In thousandths.
    quality: u16,
}

impl Wish {
    const fn rank(self) -> (u16, u8) {
        (self.quality, self.precision)
    }

    fn sharpen(&mut self, precision: u8, quality: u16) {
        if (precision, quality) > (self.precision, self.quality) {
            *self = Self { precision, quality };
        }
    }
}

/// How much JSON and HTML are wanted.
fn wishes(accept: &str) -> (Wish, Wish) {
    let (mut json, mut page) = (Wish::default(), Wish::default());
    for entry in accept.split(',') {
        let mut parts = entry.split(';').map(str::trim);
        let media = parts.next().unwrap_or_default();
        let quality = parts.find_map(quality).unwrap_or(1000);
        match media {
            "text/html" | "application/xhtml+xml" => page.sharpen(2, quality),
            "text/*" => page.sharpen(1, quality),
            "application/*" => json.sharpen(1, quality),
            "*/*" => {
                json.sharpen(0, quality);
                page.sharpen(0, quality);
            }
            media if is_json_type(media) => json.sharpen(2, quality),
            _ => {}
        }
    }
    (json, page)
}

/// The quality that a parameter of a media range gives it, in thousandths.
fn quality(parameter: &str) -> Option<u16> {
    let (name, value) = parameter.split_once('=')?;
    if name.trim() != "q" {
        return None;
    }
    let (whole, digits) = value.trim().split_once('.').unwrap_or((value.trim(), ""));
    let thousandths = format!("{digits:0<3}").chars().take(3).collect::<String>();
    let whole: u16 = whole.parse().ok()?;
    let thousandths: u16 = thousandths.parse().ok()?;
    Some(
        whole
            .saturating_mul(1000)
            .saturating_add(thousandths)
            .min(1000),
    )
}

#[cfg(test)]
mod tests {
    use http::HeaderValue;
    use http::header::CONTENT_TYPE;

    use super::*;

    fn page(accept: &str) -> bool {
        let mut headers = HeaderMap::new();
        headers.insert(ACCEPT, HeaderValue::from_str(accept).unwrap());
        wants_page(&headers)
    }

    #[test]
    fn browsers_get_pages() {
        assert!(page(
            "text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,*/*;q=0.8"
        ));
        assert!(page("text/html"));
        assert!(page("text/*"));
        assert!(page("application/json;q=0.8, text/html;q=0.9"));
        assert!(page("TEXT/HTML; charset=utf-8"));
    }

    #[test]
    fn scripts_get_json() {
        assert!(!wants_page(&HeaderMap::new()));
        for accept in [
            "",
            "*/*",
            "application/json",
            "application/json, text/plain, */*",
            "application/problem+json",
            "text/html;q=0.5, application/json",
            "text/html;q=0",
            "text/html;q=0.000, */*",
            ",;,q=",
        ] {
            assert!(!page(accept), "{accept}");
        }
    }

    #[test]
    fn whoever_sends_json_and_takes_it_gets_it() {
        let mut headers = HeaderMap::new();
        let header = HeaderValue::from_static;
        headers.insert(CONTENT_TYPE, header("application/json"));
        headers.insert(ACCEPT, header("text/html, application/json"));
        assert!(!wants_page(&headers));
        headers.insert(ACCEPT, header("text/html"));
        assert!(wants_page(&headers));
    }
}
