//! Who may import whom among the crates of the workspace.

use cargo_metadata::{DependencyKind, Metadata, MetadataCommand};

use crate::error::{Error, Result};

/// Each crate and what it may depend on. A crate that is not listed may not exist.
const RULE: &[(&str, &[&str])] = &[
    ("axes-core", &[]),
    ("axes-settings", &["axes-core"]),
    ("axes-stores", &["axes-core"]),
    ("axes-tower", &["axes-core", "axes-stores"]),
    (
        "axes-server",
        &["axes-core", "axes-settings", "axes-stores", "axes-tower"],
    ),
    (
        "axes-python",
        &["axes-core", "axes-settings", "axes-stores"],
    ),
    ("axum-login", &["axes-tower"]),
    (
        "axes-conformance",
        &["axes-core", "axes-settings", "axes-stores", TESTKIT],
    ),
    (TESTKIT, &["axes-core", "axes-settings", "axes-stores"]),
    ("xtask", &[]),
];

/// What every crate may use in its tests, and only there.
const TESTKIT: &str = "axes-testkit";

/// That `from` depends on `to`.
struct Import {
    from: String,
    to: String,
    kind: DependencyKind,
}

/// Checks all crates of the workspace.
pub(crate) fn check() -> Result {
    let metadata = MetadataCommand::new().no_deps().exec();
    let metadata =
        metadata.map_err(|error| Error::new(format!("cannot read cargo's metadata: {error}")))?;
    let mut findings = unknown(
        metadata
            .packages
            .iter()
            .map(|package| package.name.as_str()),
    );
    findings.extend(imports(&metadata).iter().filter_map(violation));
    Error::from_findings(&findings)
}

fn imports(metadata: &Metadata) -> Vec<Import> {
    let ours = |name: &str| metadata.packages.iter().any(|package| package.name == name);
    metadata
        .packages
        .iter()
        .flat_map(|package| package.dependencies.iter().map(move |to| (package, to)))
        .filter(|(_, to)| ours(&to.name))
        .map(|(from, to)| Import {
            from: from.name.to_string(),
            to: to.name.clone(),
            kind: to.kind,
        })
        .collect()
}

fn unknown<'a>(crates: impl Iterator<Item = &'a str>) -> Vec<String> {
    crates
        .filter(|name| allowed(name).is_none())
        .map(|name| format!("{name} is not in the import rule: add it to xtask/src/imports.rs"))
        .collect()
}

fn violation(import: &Import) -> Option<String> {
    let Import { from, to, kind } = import;
    let test_only = *kind == DependencyKind::Development && to == TESTKIT;
    if test_only || allowed(from)?.contains(&to.as_str()) {
        return None;
    }
    Some(format!(
        "{from} may not depend on {to}: see the import rule in xtask/src/imports.rs"
    ))
}

fn allowed(name: &str) -> Option<&'static [&'static str]> {
    RULE.iter()
        .find(|(from, _)| *from == name)
        .map(|(_, to)| *to)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn finding(from: &str, to: &str, kind: DependencyKind) -> Option<String> {
        violation(&Import {
            from: from.to_owned(),
            to: to.to_owned(),
            kind,
        })
    }

    #[test]
    fn a_forbidden_import_is_caught() {
        for kind in [
            DependencyKind::Normal,
            DependencyKind::Build,
            DependencyKind::Development,
        ] {
            let found = finding("axes-core", "axes-stores", kind).unwrap();
            assert!(
                found.starts_with("axes-core may not depend on axes-stores"),
                "{found}"
            );
        }
    }

    #[test]
    fn an_import_of_the_rule_is_fine() {
        assert_eq!(
            finding("axes-stores", "axes-core", DependencyKind::Normal),
            None
        );
    }

    #[test]
    fn the_testkit_is_for_tests_only() {
        assert_eq!(
            finding("axes-core", TESTKIT, DependencyKind::Development),
            None
        );
        assert!(finding("axes-stores", TESTKIT, DependencyKind::Normal).is_some());
    }

    #[test]
    fn a_crate_outside_the_rule_is_named() {
        let found = unknown(["axes-core", "axes-extra"].into_iter());
        assert_eq!(found.len(), 1);
        assert!(found[0].starts_with("axes-extra "));
    }
}
