//! The embedded tables. They are read once, and a judge that cannot read them must not start.

use super::{actions, knowledge};

/// An embedded table that cannot be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the table `{file}` cannot be read: {why}")]
pub struct BrokenTable {
    /// The name of the file.
    pub file: &'static str,
    /// What is wrong with it, and where.
    pub why: String,
}

/// Reads the tables, unless they were read before.
pub fn tables() -> Result<(), BrokenTable> {
    actions::table()?;
    knowledge::knowledge()?;
    Ok(())
}

/// The table, for code that runs after `tables` succeeded.
#[expect(clippy::panic, reason = "a judge without its tables would report no danger, so it must not go on")]
pub(super) fn whole<T>(read: Result<&'static T, BrokenTable>) -> &'static T {
    match read {
        Ok(table) => table,
        Err(broken) => panic!("{broken}"),
    }
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_embedded_tables_can_be_read() {
        assert_eq!(super::tables(), Ok(()));
    }
}
