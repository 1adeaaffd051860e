//! Which dependencies we take: their licences, their sources, bans and duplicate versions.
//!
//! `deny.toml` is in the format of cargo-deny, and cargo-deny can be run on it. What we use of it
//! is small enough to be checked here, so that nobody has to build cargo-deny first.

use std::collections::BTreeMap;

use serde::Deserialize;

use crate::dependencies::{Graph, Package, Source, packages};
use crate::error::{Error, Result};
use crate::fuzz;

/// The part of cargo-deny's settings that is known here; any other key is an error.
#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct Config {
    graph: Graph,
    licenses: Licenses,
    bans: Bans,
    sources: Sources,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Licenses {
    allow: Vec<String>,
    exceptions: Vec<Exception>,
}

/// What else is allowed for one crate.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Exception {
    #[serde(rename = "crate")]
    name: String,
    allow: Vec<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct Bans {
    multiple_versions: Level,
    deny: Vec<Entry>,
    skip: Vec<Entry>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct Sources {
    unknown_registry: Level,
    unknown_git: Level,
}

#[derive(Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum Level {
    Allow,
    Deny,
}

/// A crate, as `name` or `name@version`, and why it is here.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Entry {
    #[serde(rename = "crate")]
    spec: String,
    reason: String,
}

impl Entry {
    fn covers(&self, package: &Package) -> bool {
        match self.spec.split_once('@') {
            Some((name, version)) => package.name == name && package.version == version,
            None => package.name == self.spec,
        }
    }
}

/// Checks all dependencies by the rules in `deny.toml`.
pub(crate) fn check() -> Result {
    let text = std::fs::read_to_string("deny.toml")
        .map_err(|error| Error::new(format!("cannot read deny.toml: {error}")))?;
    let config = parse(&text)?;
    let mut findings = Vec::new();
    for manifest in ["Cargo.toml", fuzz::MANIFEST] {
        findings.extend(config.findings(&packages(&config.graph, manifest)?));
    }
    Error::from_findings(&findings)
}

fn parse(text: &str) -> Result<Config> {
    toml::from_str(text).map_err(|error| Error::new(format!("cannot use deny.toml: {error}")))
}

impl Licenses {
    fn allow(&self, name: &str, license: &str) -> bool {
        let excepted = self.exceptions.iter().filter(|it| it.name == name);
        let excepted = excepted.flat_map(|it| &it.allow);
        self.allow.iter().chain(excepted).any(|it| it == license)
    }
}

impl Config {
    fn findings(&self, packages: &[Package]) -> Vec<String> {
        let mut findings = Vec::new();
        for package in packages {
            let complaints = [
                self.license(package),
                self.source(package),
                self.ban(package),
            ];
            findings.extend(complaints.into_iter().flatten().map(|complaint| {
                let Package { name, version, .. } = package;
                format!("{name} {version}: {complaint}")
            }));
        }
        findings.extend(self.duplicates(packages));
        findings
    }

    fn license(&self, package: &Package) -> Option<String> {
        if !package.shipped {
            return None;
        }
        let Some(license) = &package.license else {
            return Some("names no licence".to_owned());
        };
        let expression = spdx::Expression::parse_mode(license, spdx::ParseMode::LAX);
        let allowed = expression.is_ok_and(|expression| {
            expression.evaluate(|term| self.licenses.allow(&package.name, &term.to_string()))
        });
        (!allowed).then(|| format!("licence `{license}` is not allowed by deny.toml"))
    }

    fn source(&self, package: &Package) -> Option<String> {
        let level = match package.source {
            Source::Ours | Source::CratesIo => Level::Allow,
            Source::Registry => self.sources.unknown_registry,
            Source::Git => self.sources.unknown_git,
        };
        (level == Level::Deny).then(|| "does not come from crates.io".to_owned())
    }

    fn ban(&self, package: &Package) -> Option<String> {
        let entry = self.bans.deny.iter().find(|entry| entry.covers(package))?;
        Some(format!("banned: {}", entry.reason))
    }

    fn duplicates(&self, packages: &[Package]) -> Vec<String> {
        if self.bans.multiple_versions == Level::Allow {
            return Vec::new();
        }
        let mut versions = BTreeMap::<_, Vec<_>>::new();
        let skipped = |package: &Package| self.bans.skip.iter().any(|it| it.covers(package));
        for package in packages
            .iter()
            .filter(|package| package.shipped && !skipped(package))
        {
            versions
                .entry(&package.name)
                .or_default()
                .push(package.version.as_str());
        }
        versions
            .into_iter()
            .filter(|(_, versions)| versions.len() > 1)
            .map(|(name, versions)| {
                let versions = versions.join(" and ");
                format!("{name}: {versions} are both used; join them or add one to [bans] skip")
            })
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const RULES: &str = r#"
        graph = { targets = [], all-features = true }
        sources = { unknown-registry = "deny", unknown-git = "deny" }
        [licenses]
        allow = ["MIT", "Apache-2.0 WITH LLVM-exception"]
        exceptions = [{ crate = "fuzzer", allow = ["NCSA"] }]
        [bans]
        multiple-versions = "deny"
        deny = [{ crate = "openssl", reason = "rustls is used" }]
        skip = [{ crate = "syn@1.0.0", reason = "old macros" }]
    "#;

    fn package(name: &str, version: &str, license: &str) -> Package {
        Package {
            name: name.to_owned(),
            version: version.to_owned(),
            license: Some(license.to_owned()),
            source: Source::CratesIo,
            shipped: true,
        }
    }

    fn findings(packages: &[Package]) -> String {
        parse(RULES).unwrap().findings(packages).join("\n")
    }

    #[test]
    fn what_keeps_the_rules_passes() {
        let packages = [
            package("a", "1.0.0", "MIT OR GPL-3.0-only"),
            package("b", "1.0.0", "MIT/Apache-2.0"),
            package("c", "1.0.0", "Apache-2.0 WITH LLVM-exception"),
            package("fuzzer", "1.0.0", "MIT AND NCSA"),
            package("syn", "1.0.0", "MIT"),
            package("syn", "2.0.0", "MIT"),
            Package {
                shipped: false,
                ..package("syn", "3.0.0", "GPL-3.0-only")
            },
        ];
        assert_eq!(findings(&packages), "");
    }

    #[test]
    fn a_licence_that_is_not_allowed_is_found() {
        for license in [
            "GPL-3.0-only",
            "MIT AND GPL-3.0-only",
            "MIT AND NCSA",
            "Apache-2.0",
            "my own",
        ] {
            assert!(findings(&[package("a", "1.0.0", license)]).contains("not allowed"));
        }
        let silent = Package {
            license: None,
            ..package("a", "1.0.0", "")
        };
        assert_eq!(findings(&[silent]), "a 1.0.0: names no licence");
    }

    #[test]
    fn a_banned_crate_is_found_in_tests_too() {
        let banned = Package {
            shipped: false,
            ..package("openssl", "0.10.0", "MIT")
        };
        assert_eq!(
            findings(&[banned]),
            "openssl 0.10.0: banned: rustls is used"
        );
    }

    #[test]
    fn two_versions_are_found() {
        let two = [package("a", "1.0.0", "MIT"), package("a", "2.0.0", "MIT")];
        assert!(findings(&two).starts_with("a: 1.0.0 and 2.0.0 are both used"));
    }

    #[test]
    fn other_sources_are_found() {
        for source in [Source::Git, Source::Registry] {
            let other = Package {
                source,
                ..package("a", "1.0.0", "MIT")
            };
            assert_eq!(findings(&[other]), "a 1.0.0: does not come from crates.io");
        }
    }

    #[test]
    fn a_rule_that_is_not_known_here_is_an_error() {
        assert!(parse(&format!("{RULES}\n[licences]\nallow = []")).is_err());
    }
}
