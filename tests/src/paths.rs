use crate::{Result, Trouble};
use std::path::{Path, PathBuf};

/// The root of the repository.
pub fn repository() -> PathBuf {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    here.parent().unwrap_or(here).to_owned()
}

/// A binary that was built, such as `redress` or a task.
pub fn binary(name: &str) -> Result<PathBuf> {
    let folder = binaries()?;
    let file = folder.join(name);
    if file.is_file() {
        Ok(file)
    } else {
        Err(Trouble(format!("`{}` is not there; build it with `cargo build`", file.display())))
    }
}

/// Where the binaries are: where this program is, or above it for a test, which lives in `deps`.
pub(crate) fn binaries() -> Result<PathBuf> {
    let program = std::env::current_exe()?;
    let folder = program.parent().map(Path::to_owned).unwrap_or_default();
    Ok(if folder.ends_with("deps") {
        folder.parent().map(Path::to_owned).unwrap_or_default()
    } else {
        folder
    })
}

/// Material that is not part of the repository: recorded events. Tests that need it skip, loudly, where it is absent.
pub fn shared(name: &str) -> Option<PathBuf> {
    let folder = repository().join("../shared").join(name);
    if folder.exists() {
        return Some(folder);
    }
    eprintln!("SKIPPED: `{}` is not there", folder.display());
    None
}
