//! ARNs are taken apart in one module of the engine, and are types everywhere else.

use crate::rooms::sources;
use crate::tree::{modules, text};
use tests::Result;

/// What splits a text at its colons, or knows what stands between those of an ARN.
const SPLITS: &[&str] = &[
    "split(':')",
    "split_once(':')",
    "splitn(",
    "split(\":",
    "split_once(\":",
    "replace(\":",
    "replacen(\":",
    "match_indices(':')",
];

/// The files that split other texts at colons, and how often.
const OTHERS: &[(&str, usize, &str)] = &[
    ("engine/src/approvals/mod.rs", 1, "the name and the password of HTTP Basic"),
    ("engine/src/aws/response.rs", 2, "names of XML elements with a prefix, and error codes"),
    ("engine/src/client/json.rs", 1, "error codes"),
    ("engine/src/jsonata/suite.rs", 1, "error codes of JSONata"),
    ("engine/src/jsonata/wording.rs", 2, "error codes of JSONata"),
];

#[test]
fn only_one_module_of_the_engine_takes_arns_apart() -> Result<()> {
    let mut wrong = Vec::new();
    for module in modules("engine/src")?.iter().filter(|module| *module != "arn") {
        for file in sources(&format!("engine/src/{module}"))? {
            let source = text(&file)?;
            let source = source.split("#[cfg(test)]\nmod tests").next().unwrap_or_default();
            let found: usize = SPLITS.iter().map(|split| source.matches(split).count()).sum();
            let known = OTHERS.iter().find(|(other, ..)| *other == file).map_or(0, |(_, count, _)| *count);
            if found != known {
                wrong.push(format!(
                    "`{file}` splits texts at colons {found} times, not {known}; read ARNs with `engine/src/arn`"
                ));
            }
        }
    }
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
    Ok(())
}
