//! Reads policies, one JSON object a line: `{"id": …, "document": …}`, and `"of": "trust"` for a trust policy. Writes what
//! is dangerous in each, one JSON object a line: `{"id": …, "kinds": […], "dangers": […], "verdict": …}`, or
//! `{"id": …, "malformed": "why"}`, or `{"id": …, "unjudged": "why"}`. The verdict depends on `"managed"`, the ARN of a
//! managed policy that somebody has, and `"trust"`, the trust policy of the role that has it.
//!
//! The comparisons in `tests/policy/` ask the analyser through it. It is an example, so that nothing of it is deployed.

use serde::Deserialize;
use serde_json::{Value, json};
use std::io::{BufRead, Write};
use tasks::policy::{self, Document, Known, Stake, identity, verdict};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Request {
    id: String,
    document: Value,
    #[serde(default)]
    of: Of,
    managed: Option<String>,
    trust: Option<Value>,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Of {
    #[default]
    Identity,
    Trust,
}

fn main() -> std::io::Result<()> {
    let known = Known { account: "123456789012".to_owned(), now: now(), ..Known::default() };
    let mut out = std::io::BufWriter::new(std::io::stdout().lock());
    for line in std::io::stdin().lock().lines() {
        let Request { id, document, of, managed, trust } = serde_json::from_str(&line?)?;
        let trust = trust.and_then(|trust| Document::from_value(trust).ok());
        let holders = usize::from(managed.is_some());
        let stake = Stake { managed: managed.as_deref(), holders, bounded: 0, trust: trust.as_ref() };
        let judge = match of {
            Of::Identity => identity,
            Of::Trust => policy::trust,
        };
        let answer = match Document::from_value(document).map(|document| judge(&document, &known)) {
            Ok(Ok(dangers)) => {
                let kinds: Vec<&str> = dangers.iter().map(|danger| danger.kind.as_str()).collect();
                let verdict = verdict(&dangers, &stake).ok().map(|verdict| format!("{verdict:?}"));
                json!({ "id": id, "kinds": kinds, "dangers": dangers, "verdict": verdict })
            }
            Ok(Err(unjudged)) => json!({ "id": id, "unjudged": unjudged.to_string() }),
            Err(malformed) => json!({ "id": id, "malformed": malformed.to_string() }),
        };
        writeln!(out, "{answer}")?;
    }
    out.flush()
}

#[expect(
    clippy::disallowed_methods,
    reason = "this is the edge: whoever compares policies wants those of today"
)]
fn now() -> i64 {
    let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
    since.ok().and_then(|since| i64::try_from(since.as_secs()).ok()).unwrap_or_default()
}
