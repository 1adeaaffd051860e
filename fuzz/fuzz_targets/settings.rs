//! Settings: names and values, as `axes_fuzz::value` reads them.
#![no_main]

use std::collections::BTreeMap;

use axes_fuzz::{Texts, is_valid, value};
use axes_settings::{Settings, Value};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| {
    let mut texts = Texts::of(data);
    let mut values = BTreeMap::new();
    while let Some(name) = texts.next() {
        values.insert(name.into_owned(), value(&mut texts, 4));
    }
    let (settings, problems) = Settings::lenient(values.clone());
    let strict = Settings::from_values(values.clone());
    assert_eq!(strict.is_ok(), problems.is_empty());
    for problem in &problems {
        assert!(values.contains_key(&problem.setting));
        assert!(!problem.right.is_empty());
        assert!(!problem.wrong.chars().any(char::is_control), "{problem}");
    }
    // What is wrong is as if it were not there.
    values.retain(|name, _| problems.iter().all(|problem| problem.setting != *name));
    assert_eq!(Settings::from_values(values), Ok(settings.clone()));
    a_password_is_hidden(&settings);
    let _ = (
        settings.forwarded(),
        settings.address_sources(),
        settings.by_code(),
    );
    is_valid(settings.policy());
});

fn a_password_is_hidden(settings: &Settings) {
    let redactor = settings.redactor();
    assert!(redactor.hides("password"));
    if let Value::Text(field) = settings.get("AXES_PASSWORD_FORM_FIELD")
        && field.chars().count() <= 1024
    {
        assert!(redactor.hides(field), "{field:?} is shown");
    }
}
