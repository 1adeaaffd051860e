//! What is generated from the table is what the reader reads.

#![allow(
    clippy::unwrap_used,
    reason = "what helps tests is a test: a panic fails it"
)]

use axes_settings::{Hosts, Problem, Reader, Settings, Spec, TABLE, Value, reference, template};

fn read(reader: Reader) -> Settings {
    let (settings, problems) = reader.read();
    let lines: Vec<String> = problems.iter().map(Problem::to_string).collect();
    assert_eq!(lines, [""; 0]);
    settings
}

/// The settings that are not for Django alone, each with its section of the page.
fn sections(page: &str) -> Vec<(&'static Spec, &str)> {
    let outside = TABLE.iter().filter(|spec| spec.hosts == Hosts::All);
    outside
        .map(|spec| {
            let (_, rest) = page.split_once(&format!("\n### {}\n", spec.name)).unwrap();
            (spec, rest.split("\n### ").next().unwrap())
        })
        .collect()
}

fn block<'a>(section: &'a str, language: &str) -> &'a str {
    let (_, rest) = section.split_once(&format!("\n```{language}\n")).unwrap();
    rest.split_once("\n```").unwrap().0
}

/// What the example in Python is in TOML.
fn in_toml(python: &str) -> String {
    let mut toml = python.replace("True", "true").replace("False", "false");
    for unit in ["seconds", "minutes", "hours"] {
        let begin = format!("timedelta({unit}=");
        while let Some((before, rest)) = toml.split_once(&begin) {
            let (number, after) = rest.split_once(')').unwrap();
            toml = format!("{before}\"{number}{}\"{after}", &unit[..1]);
        }
    }
    while let Some((before, rest)) = toml.split_once("LockoutTier(") {
        let (failures, rest) = rest.split_once(", ").unwrap();
        let (cool_off, after) = rest.split_once(')').unwrap();
        toml = format!("{before}{{ failures = {failures}, cooloff = {cool_off} }}{after}");
    }
    toml
}

/// Everything that settings come to.
fn meaning(settings: &Settings) -> impl PartialEq + std::fmt::Debug + use<> {
    (
        settings.policy(),
        (settings.forwarded(), settings.address_sources()),
        settings.on_store_error(),
        settings.store().map(str::to_owned),
        (settings.store_connections(), settings.store_timeout()),
        settings.keeps_expirations(),
        [
            "AXES_USERNAME_FORM_FIELD",
            "AXES_PASSWORD_FORM_FIELD",
            "AXES_SENSITIVE_PARAMETERS",
        ]
        .map(|name| settings.get(name).clone()),
    )
}

#[test]
fn every_example_of_the_page_is_read_and_all_mean_the_same() {
    let page = reference();
    let sections = sections(&page);
    assert!(sections.len() > 20);
    let default = meaning(&read(Reader::new()));
    for (spec, section) in sections {
        let toml = block(section, "toml");
        let (name, python) = block(section, "python").split_once(" = ").unwrap();
        assert_eq!(name, spec.name);
        assert_eq!(toml, format!("{} = {}", spec.key(), in_toml(python)));
        let from_file = read(Reader::new().file("axes.toml", toml));
        assert!(from_file.origin(spec.name).is_some(), "{toml}");
        let variable = block(section, "sh").split_once('=').unwrap();
        assert_eq!(variable.0, spec.name);
        let needs_no_quotes = |char: char| char.is_ascii_alphanumeric() || "_,+:./-".contains(char);
        assert!(variable.1.chars().all(needs_no_quotes), "{}", variable.1);
        let from_environment = read(Reader::new().environment([variable]));
        let (_, flag) = section.split_once("- as a flag: `").unwrap();
        let flag = flag.split_once('`').unwrap().0.split_once(' ').unwrap();
        let from_flags = read(Reader::new().flags([flag]));
        for settings in [from_environment, from_flags] {
            assert_eq!(meaning(&settings), meaning(&from_file), "{}", spec.name);
        }
        assert_ne!(
            meaning(&from_file),
            default,
            "{} changes nothing",
            spec.name
        );
    }
}

#[test]
fn settings_of_django_alone_have_no_example_outside() {
    let page = reference();
    for spec in TABLE.iter().filter(|spec| spec.hosts == Hosts::Django) {
        let (_, rest) = page.split_once(&format!("\n### {}\n", spec.name)).unwrap();
        let section = rest.split("\n### ").next().unwrap();
        assert!(!section.contains("```toml") && !section.contains("```sh"));
        assert!(spec.is_deprecated() || section.contains("- in Django only\n"));
    }
}

#[test]
fn the_template_is_all_comments_and_uncommented_it_is_the_defaults() {
    let text = template();
    assert!(
        text.lines()
            .all(|line| line.is_empty() || line.starts_with('#'))
    );
    assert!(
        text.lines().all(|line| line.chars().count() <= 100),
        "{text}"
    );
    let default = read(Reader::new());
    assert_eq!(read(Reader::new().file("axes.toml", &text)), default);
    let uncommented: Vec<&str> = text
        .lines()
        .map(|line| match line.strip_prefix('#') {
            Some(setting) if !setting.starts_with(' ') => setting,
            _ => line,
        })
        .collect();
    let settings = read(Reader::new().file("axes.toml", &uncommented.join("\n")));
    assert_eq!(meaning(&settings), meaning(&default));
    for spec in TABLE {
        let is_set = settings.origin(spec.name).is_some();
        assert_eq!(is_set, spec.hosts == Hosts::All, "{}", spec.name);
    }
}

#[test]
fn examples_of_the_template_are_read() {
    let text = template();
    let mut examples = 0;
    for line in text.lines() {
        if let Some(example) = line.strip_prefix("# For example: ") {
            let settings = read(Reader::new().file("axes.toml", example));
            assert_ne!(
                meaning(&settings),
                meaning(&read(Reader::new())),
                "{example}"
            );
            examples += 1;
        }
    }
    assert!(examples >= 4, "{text}");
}

#[test]
fn the_default_policy_is_the_same_in_and_outside_django() {
    let (django, _) = Settings::lenient([]);
    assert_eq!(read(Reader::new()).policy(), django.policy());
    assert_eq!(*django.get("AXES_STORE"), Value::None);
}
