//! One submission of credentials.

use axes_core::parse_forwarded_address;
use pyo3::prelude::*;
use pyo3::types::{PyAny, PyString};

/// One submission of credentials, as the engine sees it.
#[pyclass(module = "axes._axes", frozen)]
pub(crate) struct Attempt {
    pub(crate) inner: axes_core::Attempt,
}

#[pymethods]
impl Attempt {
    /// The username as it was typed.
    #[getter]
    fn username(&self) -> Option<&str> {
        self.inner.username.as_deref()
    }

    /// The client's address, in canonical form.
    #[getter]
    fn ip_address(&self) -> Option<String> {
        self.inner
            .client
            .ip_address
            .map(|address| address.to_string())
    }

    /// The user agent as it is recorded.
    #[getter]
    fn user_agent(&self) -> String {
        self.inner.recorded_user_agent()
    }
}

/// The text of `object`, whatever it is. What is no Unicode is replaced, not refused: hostile input
/// must be counted too.
pub(crate) fn text(object: &Bound<'_, PyAny>) -> Option<String> {
    if object.is_none() {
        return None;
    }
    let string = object
        .cast::<PyString>()
        .cloned()
        .or_else(|_| object.str())
        .ok()?;
    Some(string.to_string_lossy().into_owned())
}

/// Fields as they are recorded.
pub(crate) fn form_lines(
    redactor: &axes_core::Redactor,
    fields: &[(Bound<'_, PyAny>, Bound<'_, PyAny>)],
) -> String {
    let fields: Vec<(String, String)> = fields
        .iter()
        .map(|(name, value)| {
            (
                text(name).unwrap_or_default(),
                text(value).unwrap_or_default(),
            )
        })
        .collect();
    redactor.form_lines(
        fields
            .iter()
            .map(|(name, value)| (name.as_str(), value.as_str())),
    )
}

/// An attempt of what Django knows of a request.
#[expect(
    clippy::too_many_arguments,
    reason = "one for each property of a request, by keyword"
)]
pub(crate) fn build(
    username: &Bound<'_, PyAny>,
    ip_address: &Bound<'_, PyAny>,
    user_agent: &Bound<'_, PyAny>,
    path_info: &Bound<'_, PyAny>,
    method: &Bound<'_, PyAny>,
    http_accept: &Bound<'_, PyAny>,
    get_data: String,
    post_data: String,
) -> Attempt {
    let address = text(ip_address)
        .as_deref()
        .and_then(parse_forwarded_address);
    let mut inner = axes_core::Attempt::new(address);
    inner.username = text(username);
    inner.client.user_agent = text(user_agent);
    inner.path = text(path_info).unwrap_or_default();
    inner.method = text(method).unwrap_or_default();
    inner.http_accept = text(http_accept);
    inner.get_data = get_data;
    inner.post_data = post_data;
    Attempt { inner }
}
