//! Files of the repository, as paths from its root.

use std::path::Path;
use tests::{Result, Trouble, repository};

/// Folders of files that are built or installed.
const NOT_WRITTEN: &[&str] = &["target", "node_modules", "cdk.out", "__pycache__", ".git"];

/// The text of a file.
pub(crate) fn text(path: &str) -> Result<String> {
    std::fs::read_to_string(repository().join(path))
        .map_err(|error| Trouble(format!("`{path}` cannot be read: {error}")))
}

/// The names in a folder, sorted. Those of folders end with `/`.
pub(crate) fn names(folder: &str) -> Result<Vec<String>> {
    let unreadable = |error: std::io::Error| Trouble(format!("`{folder}` cannot be read: {error}"));
    let mut names = Vec::new();
    for entry in std::fs::read_dir(repository().join(folder)).map_err(unreadable)? {
        let entry = entry.map_err(unreadable)?;
        let name = entry.file_name().to_string_lossy().into_owned();
        names.push(if entry.path().is_dir() { name + "/" } else { name });
    }
    names.retain(|name| !NOT_WRITTEN.contains(&name.trim_end_matches('/')));
    names.sort();
    Ok(names)
}

/// The files at or below a folder.
pub(crate) fn files(folder: &str) -> Result<Vec<String>> {
    let mut files = Vec::new();
    for name in names(folder)? {
        let path = format!("{folder}/{name}");
        match path.strip_suffix('/') {
            Some(folder) => files.extend(self::files(folder)?),
            None => files.push(path),
        }
    }
    Ok(files)
}

/// The names of the Rust modules in a folder, apart from `mod`.
pub(crate) fn modules(folder: &str) -> Result<Vec<String>> {
    let module = |name: String| match name.strip_suffix('/') {
        Some(inner) => is_there(&format!("{folder}/{inner}/mod.rs")).then(|| inner.to_owned()),
        None => name.strip_suffix(".rs").map(str::to_owned),
    };
    let modules = names(folder)?.into_iter().filter_map(module);
    Ok(modules.filter(|name| !["mod", "tests"].contains(&name.as_str())).collect())
}

/// Whether there is such a file or folder.
pub(crate) fn is_there(path: &str) -> bool {
    !path.is_empty() && Path::new(&repository()).join(path).exists()
}

/// `put_events` as `PutEvents`.
pub(crate) fn pascal(name: &str) -> String {
    contract::pascal_case(&name.replace('_', "-"))
}
