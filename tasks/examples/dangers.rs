//! Reads identity policies, one JSON object a line: `{"id": …, "document": …}`. Writes the kinds of danger of each, one
//! JSON object a line: `{"id": …, "kinds": […]}`, or `{"id": …, "malformed": "why"}`.
//!
//! The comparison in `tests/policy/` asks the analyser through it. It is an example, so that nothing of it is deployed.

use serde::Deserialize;
use serde_json::{Value, json};
use std::io::{BufRead, Write};
use tasks::policy::{Document, Known, identity};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Request {
    id: String,
    document: Value,
}

fn main() -> std::io::Result<()> {
    let known = Known { account: "123456789012".to_owned(), ..Known::default() };
    let mut out = std::io::BufWriter::new(std::io::stdout().lock());
    for line in std::io::stdin().lock().lines() {
        let Request { id, document } = serde_json::from_str(&line?)?;
        let answer = match Document::from_value(document) {
            Ok(document) => {
                let dangers = identity(&document, &known);
                let kinds: Vec<&str> = dangers.iter().map(|danger| danger.kind.as_str()).collect();
                json!({ "id": id, "kinds": kinds })
            }
            Err(malformed) => json!({ "id": id, "malformed": malformed.to_string() }),
        };
        writeln!(out, "{answer}")?;
    }
    out.flush()
}
