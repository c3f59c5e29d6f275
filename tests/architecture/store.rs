//! Who talks to the database.

use crate::rooms::sources;
use crate::tree::text;
use tests::Result;

/// What only the store has to do with.
const SQL: &[&str] = &["rusqlite", "Connection", "SELECT ", "INSERT ", "UPDATE ", "DELETE FROM"];

#[test]
fn the_api_has_no_connection_and_no_sql() -> Result<()> {
    let mut wrong = Vec::new();
    for file in sources("engine/src/api")? {
        let source = text(&file)?;
        let code = source.lines().filter(|line| !line.trim_start().starts_with("//"));
        for line in code.filter(|line| SQL.iter().any(|word| line.contains(word))) {
            wrong.push(format!("`{file}` talks to the database: `{}`; let the store do it", line.trim()));
        }
    }
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
    Ok(())
}
