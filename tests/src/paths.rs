//! Where things are: the repository, the binaries, and folders for tests. All are found when the program runs, so that
//! a copied checkout works on its own files.

use crate::{Result, Trouble};
use std::path::{Path, PathBuf};
use std::sync::LazyLock;

/// Names the repository if neither the program nor the current directory is in it.
const VARIABLE: &str = "REDRESS_REPOSITORY";

/// The root of the repository. If it cannot be found, the current directory: the error then names the file that is
/// missing in it.
pub fn repository() -> PathBuf {
    static ROOT: LazyLock<PathBuf> = LazyLock::new(|| {
        let named = std::env::var_os(VARIABLE).map(PathBuf::from);
        let current = std::env::current_dir().unwrap_or_default();
        find(named, &std::env::current_exe().unwrap_or_default(), &current).unwrap_or(current)
    });
    ROOT.clone()
}

/// The folder that the variable names, or the first that is a repository above the program or the current directory.
fn find(named: Option<PathBuf>, program: &Path, current: &Path) -> Option<PathBuf> {
    let above = || program.ancestors().chain(current.ancestors()).find(|folder| is_repository(folder));
    named.or_else(|| above().map(Path::to_owned))
}

fn is_repository(folder: &Path) -> bool {
    folder.join("statemachines").is_dir() && folder.join("tasks/manifest.json").is_file()
}

/// A binary that was built, such as `redress` or `tasks`.
pub fn binary(name: &str) -> Result<PathBuf> {
    let file = binaries()?.join(name);
    if file.is_file() {
        Ok(file)
    } else {
        Err(Trouble(format!(
            "`{}` does not exist; build it with `cargo build --workspace --bins`",
            file.display()
        )))
    }
}

/// The folder of the binaries: that of this program, or the one above for a test, which is in `deps`.
fn binaries() -> Result<PathBuf> {
    let program = std::env::current_exe()?;
    let folder = program.parent().unwrap_or(Path::new(""));
    let above = folder.parent().filter(|_| folder.ends_with("deps"));
    Ok(above.unwrap_or(folder).to_owned())
}

/// An empty folder for a test, under `target/tmp/`.
pub fn scratch(name: &str) -> Result<PathBuf> {
    let binaries = binaries()?;
    let folder = binaries.parent().unwrap_or(&binaries).join("tmp").join(name);
    if folder.exists() {
        std::fs::remove_dir_all(&folder)?;
    }
    std::fs::create_dir_all(&folder)?;
    Ok(folder)
}

/// Recorded events and other material that is not part of the repository. Tests that need it print that they are
/// skipped where it does not exist.
pub fn shared(name: &str) -> Option<PathBuf> {
    let folder = repository().join("../shared").join(name);
    if folder.exists() {
        return Some(folder);
    }
    eprintln!("SKIPPED: `{}` does not exist", folder.display());
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    fn checkout(name: &str) -> Result<PathBuf> {
        let folder = scratch(&format!("paths/{name}"))?;
        std::fs::create_dir_all(folder.join("statemachines"))?;
        std::fs::create_dir_all(folder.join("target/debug/deps"))?;
        std::fs::create_dir_all(folder.join("tasks"))?;
        std::fs::write(folder.join("tasks/manifest.json"), "[]")?;
        Ok(folder)
    }

    #[test]
    fn a_copied_checkout_finds_its_own_files() -> Result<()> {
        let (original, copy) = (checkout("original")?, checkout("copy")?);
        let elsewhere = Path::new("/");
        for folder in [&original, &copy] {
            let program = folder.join("target/debug/deps/laws-0123");
            assert_eq!(
                find(None, &program, elsewhere).as_ref(),
                Some(folder),
                "from the place of the program"
            );
            let inside = folder.join("tasks");
            assert_eq!(find(None, elsewhere, &inside).as_ref(), Some(folder), "from the current directory");
        }
        let program = original.join("target/debug/demo");
        assert_eq!(find(None, &program, &copy), Some(original), "the program's own checkout comes first");
        assert_eq!(find(Some(copy.clone()), &program, elsewhere), Some(copy), "the variable decides");
        assert_eq!(find(None, elsewhere, elsewhere), None);
        Ok(())
    }

    #[test]
    fn this_repository_is_found() {
        assert!(is_repository(&repository()), "{}", repository().display());
    }
}
