mod guardduty;
mod recorded;
mod sources;
mod written;

use super::*;
use crate::kinds::registered;

fn here() -> Here {
    Here { partition: "aws".to_owned(), region: "us-east-1".to_owned(), account: "123456789012".to_owned() }
}

/// Reads an event as this kind.
fn seen(kind: &str, event: &Value) -> Result<Seen, NotRead> {
    let ours = Ours { roles: "/redress/remediate-policy, /apps/responder", members: &["333344445555"] };
    read(event, &here(), ours, registered(kind).unwrap().target)
}

/// Why an event cannot be read.
fn why(read: Result<Seen, NotRead>) -> String {
    match read.unwrap_err() {
        NotRead::Unreadable(why) => why,
        NotRead::Fault(fault) => panic!("{fault}"),
    }
}

/// A sample event of the response `credential-exfiltration`.
fn sample(name: &str) -> Value {
    crate::testing::sample("credential-exfiltration", name)
}
