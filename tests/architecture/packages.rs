//! The dependencies between packages, and the crates that each may be built from.

use crate::tree::{is_there, text};
use serde::Deserialize;
use std::collections::{BTreeMap, BTreeSet};
use std::process::Command;
use tests::{Result, Trouble, repository};

/// The packages of this workspace on which each package may depend.
const ARROWS: &[(&str, &[&str])] =
    &[("contract", &[]), ("tasks", &["contract"]), ("engine", &[]), ("tests", &["contract", "engine"])];

/// The only service crate in the engine. `aws-config` requires it: the credential chain assumes roles.
const BROUGHT_BY_AWS_CONFIG: &str = "aws-sdk-sts";

#[test]
fn packages_depend_on_each_other_only_as_declared() -> Result<()> {
    let metadata = Metadata::read()?;
    let ours: BTreeSet<&str> = metadata.workspace_members.iter().map(|id| metadata.name(id)).collect();
    assert_eq!(ours, ARROWS.iter().map(|(name, _)| *name).collect(), "add the package to `ARROWS`");
    for (name, may_use) in ARROWS {
        // Dependencies of tests count too.
        let uses: BTreeSet<&str> = metadata
            .node(name)?
            .deps
            .iter()
            .map(|dep| metadata.name(&dep.pkg))
            .filter(|name| ours.contains(name))
            .collect();
        assert_eq!(uses, may_use.iter().copied().collect(), "the dependencies of `{name}`");
    }
    Ok(())
}

#[test]
fn the_contract_needs_no_runtime_and_no_sdk() -> Result<()> {
    let graph = Metadata::read()?;
    let wrong: Vec<_> = graph
        .reach("contract")?
        .into_iter()
        .filter(|name| *name == "tokio" || name.starts_with("aws"))
        .collect();
    assert!(wrong.is_empty(), "every package uses `contract`, which depends on {wrong:?}");
    Ok(())
}

#[test]
fn the_engine_holds_no_service_crate_of_the_sdk() -> Result<()> {
    let graph = Metadata::read()?;
    let mut services = graph.reach("engine")?;
    services.retain(|name| name.starts_with("aws-sdk-"));
    let expected = BTreeSet::from([BROUGHT_BY_AWS_CONFIG]);
    assert_eq!(services, expected, "the engine signs its requests itself; see `engine/src/client/`");
    Ok(())
}

#[test]
fn every_aws_crate_is_compiled_in_one_version() -> Result<()> {
    let lock = text("Cargo.lock")?;
    let mut versions: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for package in lock.split("[[package]]") {
        let field = |name: &str| {
            package.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(" = \"")?.strip_suffix('"'))
        };
        if let (Some(name), Some(version)) = (field("name"), field("version")) {
            versions.entry(name).or_default().push(version);
        }
    }
    versions.retain(|name, _| name.starts_with("aws-"));
    assert!(versions.len() > 5, "the lock file is misread");
    versions.retain(|_, versions| versions.len() > 1);
    assert!(versions.is_empty(), "compiled more than once; `cargo update` one of the two: {versions:?}");
    Ok(())
}

#[test]
fn everything_is_apache_2() -> Result<()> {
    let metadata = Metadata::read()?;
    for id in &metadata.workspace_members {
        let package = metadata.packages.iter().find(|package| package.id == *id);
        let licence = package.and_then(|package| package.license.as_deref());
        assert_eq!(licence, Some("Apache-2.0"), "the licence of `{}`", metadata.name(id));
    }
    assert!(
        is_there("LICENSE") && text("LICENSE")?.contains("Apache License"),
        "`LICENSE` is the licence's text"
    );
    Ok(())
}

/// The output of `cargo metadata`.
#[derive(Deserialize)]
struct Metadata {
    packages: Vec<Package>,
    workspace_members: Vec<String>,
    resolve: Resolve,
}

#[derive(Deserialize)]
struct Package {
    id: String,
    name: String,
    license: Option<String>,
}

#[derive(Deserialize)]
struct Resolve {
    nodes: Vec<Node>,
}

#[derive(Deserialize)]
struct Node {
    id: String,
    deps: Vec<Dependency>,
}

#[derive(Deserialize)]
struct Dependency {
    pkg: String,
    dep_kinds: Vec<Kind>,
}

#[derive(Deserialize)]
struct Kind {
    /// None is a normal dependency; there are `dev` and `build`.
    kind: Option<String>,
}

impl Metadata {
    /// Only for this platform: the crates of others may not be downloaded.
    fn read() -> Result<Self> {
        let version = output("rustc", &["--version", "--verbose"])?;
        let host = version.lines().find_map(|line| line.strip_prefix("host: "));
        let host = host.ok_or_else(|| Trouble(format!("`rustc -vV` names no host: {version}")))?;
        let arguments =
            ["metadata", "--offline", "--locked", "--format-version", "1", "--filter-platform", host];
        Ok(serde_json::from_str(&output("cargo", &arguments)?)?)
    }

    fn name<'a>(&'a self, id: &'a str) -> &'a str {
        self.packages.iter().find(|package| package.id == id).map_or(id, |package| &package.name)
    }

    fn node(&self, name: &str) -> Result<&Node> {
        let node = self.resolve.nodes.iter().find(|node| self.name(&node.id) == name);
        node.ok_or_else(|| Trouble(format!("there is no package `{name}`")))
    }

    /// All crates that are linked into a package, without those of its tests and build scripts.
    fn reach(&self, name: &str) -> Result<BTreeSet<&str>> {
        let nodes: BTreeMap<&str, &Node> =
            self.resolve.nodes.iter().map(|node| (node.id.as_str(), node)).collect();
        let (mut seen, mut next) = (BTreeSet::new(), vec![self.node(name)?]);
        while let Some(node) = next.pop() {
            if seen.insert(node.id.as_str()) {
                let linked = |dep: &&Dependency| dep.dep_kinds.iter().any(|kind| kind.kind.is_none());
                next.extend(node.deps.iter().filter(linked).filter_map(|dep| nodes.get(dep.pkg.as_str())));
            }
        }
        Ok(seen.into_iter().map(|id| self.name(id)).collect())
    }
}

/// The output of a program.
fn output(program: &str, arguments: &[&str]) -> Result<String> {
    let output = Command::new(program).args(arguments).current_dir(repository()).output()?;
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    if output.status.success() {
        Ok(text(&output.stdout))
    } else {
        Err(Trouble(format!("`{program} {}` failed: {}", arguments.join(" "), text(&output.stderr))))
    }
}
