//! What the workspace is built from, as cargo resolves it.

use std::collections::{BTreeMap, HashSet};

use cargo_metadata::{DependencyKind, Metadata, MetadataCommand, PackageId};
use serde::Deserialize;

use crate::error::{Error, Result};

/// For which machines and features the dependencies are looked at: `[graph]` of `deny.toml`.
#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(crate) struct Graph {
    /// Target triples; what only others need is left out.
    pub(crate) targets: Vec<String>,
    /// Whether optional dependencies count.
    pub(crate) all_features: bool,
}

/// What is judged of one package.
#[derive(Clone)]
pub(crate) struct Package {
    /// Its name.
    pub(crate) name: String,
    /// Its exact version.
    pub(crate) version: String,
    /// Its licence, an SPDX expression.
    pub(crate) license: Option<String>,
    /// Where it comes from.
    pub(crate) source: Source,
    /// Not only for tests: these are what users get.
    pub(crate) shipped: bool,
}

/// Where a package comes from.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Source {
    /// This workspace.
    Ours,
    /// The public registry.
    CratesIo,
    /// Another registry.
    Registry,
    /// A repository.
    Git,
}

/// All packages that cargo would build for `manifest`, in the exact versions of its `Cargo.lock`.
pub(crate) fn packages(graph: &Graph, manifest: &str) -> Result<Vec<Package>> {
    let mut options = vec!["--locked".to_owned()];
    options.extend(graph.all_features.then(|| "--all-features".to_owned()));
    options.extend(
        graph
            .targets
            .iter()
            .map(|target| format!("--filter-platform={target}")),
    );
    let metadata = MetadataCommand::new()
        .manifest_path(manifest)
        .other_options(options)
        .exec();
    let metadata =
        metadata.map_err(|error| Error::new(format!("cannot read cargo's metadata: {error}")))?;
    let shipped = shipped(&metadata);
    let used = metadata
        .resolve
        .iter()
        .flat_map(|resolve| &resolve.nodes)
        .map(|node| &node.id);
    Ok(used
        .map(|id| {
            let package = &metadata[id];
            Package {
                name: package.name.to_string(),
                version: package.version.to_string(),
                license: package.license.clone(),
                source: match &package.source {
                    None => Source::Ours,
                    Some(source) if source.is_crates_io() => Source::CratesIo,
                    Some(source) if source.repr.starts_with("git+") => Source::Git,
                    Some(_) => Source::Registry,
                },
                shipped: shipped.contains(id),
            }
        })
        .collect())
}

/// What can be reached from our crates without their dev-dependencies.
fn shipped(metadata: &Metadata) -> HashSet<&PackageId> {
    let nodes: BTreeMap<_, _> = metadata
        .resolve
        .iter()
        .flat_map(|resolve| &resolve.nodes)
        .map(|node| (&node.id, node))
        .collect();
    let mut reached = HashSet::new();
    let mut ahead: Vec<_> = metadata.workspace_members.iter().collect();
    while let Some(id) = ahead.pop() {
        if !reached.insert(id) {
            continue;
        }
        let imports = nodes.get(id).into_iter().flat_map(|node| &node.deps);
        ahead.extend(
            imports
                .filter(|to| {
                    to.dep_kinds
                        .iter()
                        .any(|it| it.kind != DependencyKind::Development)
                })
                .map(|to| &to.pkg),
        );
    }
    reached
}
