//! Settings outside Django: the text of a file, environment variables up to one without a name, flags.
#![no_main]

use axes_fuzz::{Texts, is_valid};
use axes_settings::{Problem, Reader, Settings, Syntax, TABLE};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| {
    let mut texts = Texts::of(data);
    let file = texts.text().into_owned();
    let variables = pairs(&mut texts);
    let flags = pairs(&mut texts);
    let (settings, problems) = Reader::new()
        .file("axes.toml", &file)
        .environment(variables.clone())
        .flags(flags.clone())
        .read();
    for problem in &problems {
        is_told_well(problem);
    }
    for (_, text) in variables.iter().chain(&flags) {
        a_store_is_not_shown(text);
    }
    is_valid(settings.policy());
    let _ = (settings.forwarded(), settings.redactor(), settings.store());
    // What is right outside Django is right in it too.
    let values = TABLE
        .iter()
        .filter(|spec| settings.origin(spec.name).is_some())
        .map(|spec| (spec.name.to_owned(), settings.get(spec.name).clone()));
    assert!(Settings::from_values(values).is_ok());
    is_read_as_it_is_written(&settings);
});

fn pairs(texts: &mut Texts<'_>) -> Vec<(String, String)> {
    let mut pairs = Vec::new();
    while let Some(name) = texts.some() {
        pairs.push((name.into_owned(), texts.text().into_owned()));
    }
    pairs
}

fn is_told_well(problem: &Problem) {
    let line = problem.to_string();
    assert!(
        !problem.wrong.is_empty() && !problem.right.is_empty(),
        "{line}"
    );
    assert!(!line.chars().any(char::is_control), "{line:?}");
    assert!(line.chars().count() < 800, "{line}");
}

/// Whatever it is, nobody sees it.
fn a_store_is_not_shown(text: &str) {
    let (_, problems) = Reader::new().environment([("AXES_STORE", text)]).read();
    let (_, known) = Reader::new().environment([("AXES_STORE", "?")]).read();
    if !text.is_empty() && !problems.is_empty() {
        assert_eq!(problems, known);
    }
}

fn is_read_as_it_is_written(settings: &Settings) {
    let mut file = String::new();
    for spec in TABLE {
        if settings.origin(spec.name).is_some() {
            let written = Syntax::Toml.write(spec.kind, settings.get(spec.name));
            file = format!("{file}{} = {written}\n", spec.key());
        }
    }
    let (again, problems) = Reader::new().file("axes.toml", &file).read();
    assert_eq!(problems, [], "{file}");
    assert_eq!(again.policy(), settings.policy(), "{file}");
    assert_eq!(again.store(), settings.store());
    assert_eq!(again.store_timeout(), settings.store_timeout());
}
