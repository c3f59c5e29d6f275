//! Requests that are refused.

use super::*;

/// A request that must change nothing, and how it is answered.
struct Refused {
    name: &'static str,
    ask: Ask,
    status: u64,
    says: &'static str,
}

#[tokio::test]
async fn a_request_with_any_fault_changes_nothing() {
    let wire = sound();
    let id = ask(&wire, request_approval::Input { not_by: vec!["*@suspects.example".to_owned()], ..input() })
        .await;
    let (ada, grace) = (token_for(&wire, &id, ADA).await, token_for(&wire, &id, GRACE).await);
    let other = ask(&wire, request_approval::Input { case_id: "other".to_owned(), ..input() }).await;
    let of_other = token_for(&wire, &other, ADA).await;
    let (until, proof) = ada.split_once('.').unwrap();
    let later = format!("{}.{proof}", until.parse::<i64>().unwrap() + 1);
    let good = Ask::new("POST", &id, ADA).body(form("approve", "seen", &ada));
    let row = |name, ask, status, says| Refused { name, ask, status, says };
    let iam = |arn: &str| json!({ "iam": { "userArn": arn } });
    let rows = [
        row("nobody looks", Ask::new("GET", &id, ADA).by(Value::Null), 401, "Sign in first"),
        row("nobody decides", good.clone().by(Value::Null), 401, "Sign in first"),
        row("no claim", good.clone().by(json!({ "jwt": { "claims": {} } })), 401, "Sign in first"),
        row("no claims", good.clone().by(json!({ "jwt": { "claims": null } })), 401, "Sign in first"),
        row("an empty claim", Ask::new("GET", &id, " \u{200b}"), 401, "Sign in first"),
        row("another authorizer", good.clone().by(json!({ "lambda": { "sub": ADA } })), 401, "Sign in first"),
        row("an authorizer that cannot be read", good.clone().by(json!("ada")), 400, "cannot be read"),
        row(
            "a token of somebody else",
            good.clone().body(form("approve", "x", &grace)),
            403,
            "not made for you",
        ),
        row(
            "a token of another question",
            good.clone().body(form("approve", "x", &of_other)),
            403,
            "not made for you",
        ),
        row(
            "a token made to last longer",
            good.clone().body(form("approve", "x", &later)),
            403,
            "not made for you",
        ),
        row(
            "a token cut short",
            good.clone().body(form("approve", "x", &ada[..ada.len() - 2])),
            403,
            "not made for you",
        ),
        row("an empty token", good.clone().body(form("approve", "x", "")), 403, "not made for you"),
        row("no token", good.clone().body("decision=approve&reason=x"), 400, "not complete"),
        row("another site", good.clone().header("origin", "https://evil.example"), 403, "another site"),
        row(
            "a subdomain",
            good.clone().header("origin", "https://x.approvals.example.com"),
            403,
            "another site",
        ),
        row(
            "without TLS",
            good.clone().header("origin", "http://approvals.example.com"),
            403,
            "another site",
        ),
        row("null of an old browser", good.clone().header("sec-fetch-site", ""), 403, "another site"),
        row(
            "two origins",
            good.clone().header("origin", "https://approvals.example.com,https://evil.example"),
            403,
            "another site",
        ),
        row(
            "cross-site",
            good.clone().header("sec-fetch-site", "cross-site").header("origin", ""),
            403,
            "another site",
        ),
        row("same-site", good.clone().header("sec-fetch-site", "same-site"), 403, "another site"),
        row("JSON", good.clone().header("content-type", "application/json"), 415, "as a form"),
        row("no type", good.clone().header("content-type", ""), 415, "as a form"),
        row(
            "two types",
            good.clone().header("content-type", "text/plain,application/x-www-form-urlencoded"),
            415,
            "as a form",
        ),
        row(
            "too large",
            good.clone().body(form("approve", &"x".repeat(MOST_BYTES), &ada)),
            413,
            "at most 16 KiB",
        ),
        row(
            "a reason too long",
            good.clone().body(form("approve", &"x".repeat(LONGEST_REASON + 1), &ada)),
            400,
            "longer than",
        ),
        row("an empty reason", good.clone().body(form("approve", "", &ada)), 400, "needs a reason"),
        row(
            "a blank reason",
            good.clone().body(form("approve", "+%E2%80%8B%0A", &ada)),
            400,
            "needs a reason",
        ),
        row(
            "a decision of another question",
            good.clone().body(form("undo", "x", &ada)),
            400,
            "`approve` or `deny`",
        ),
        row("an unknown decision", good.clone().body(form("maybe", "x", &ada)), 400, "`approve` or `deny`"),
        row(
            "a decision twice",
            good.clone().body(form("deny", "x", &ada) + "&decision=approve"),
            400,
            "twice",
        ),
        row(
            "a name in the form",
            good.clone().body(form("approve", "x", &ada) + "&by=root"),
            400,
            "does not have",
        ),
        row("not base64", Ask { base64: true, ..good.clone() }, 400, "cannot be read"),
        row("an unknown question", Ask { id: "f".repeat(32), ..good.clone() }, 404, "no question here"),
        row("an id in capitals", Ask { id: id.to_uppercase(), ..good.clone() }, 404, "no question here"),
        row("a path", Ask { id: format!("../approvals/{id}"), ..good.clone() }, 404, "no question here"),
        row("NUL", Ask { id: format!("{id}\0"), ..good.clone() }, 404, "no question here"),
        row("no id", Ask { id: String::new(), ..good.clone() }, 404, "no question here"),
        row(
            "a suspect looks",
            Ask::new("GET", &id, "Eve@Suspects.example"),
            403,
            "has to do with what happened",
        ),
        row(
            "the leaked role",
            good.clone().by(iam("arn:aws:sts::123456789012:assumed-role/web-frontend/i-0a1b2c3d4e5f60718")),
            403,
            "has to do with what happened",
        ),
        row("PUT", Ask { method: "PUT", ..good.clone() }, 405, "answered with POST"),
        row("DELETE", Ask { method: "DELETE", ..good.clone() }, 405, "answered with POST"),
        row("a method of its own", Ask { method: "APPROVE", ..good.clone() }, 405, "answered with POST"),
        row(
            "GET with a decision",
            Ask { method: "GET", query: "decision=approve&reason=x", ..good.clone() },
            200,
            "Shall everything be denied",
        ),
        row("HEAD", Ask { method: "HEAD", ..good.clone() }, 200, ""),
    ];
    let before = wire.records();
    for Refused { name, ask, status, says } in rows {
        let (answered, page, headers) = ask.send(&wire.aws()).await;
        assert_eq!(answered, status, "{name}: {page}");
        assert!(page.contains(says), "{name}: {page}");
        assert_eq!(page.is_empty(), ask.method == "HEAD", "{name}");
        assert_eq!(headers.get("allow").is_some(), status == 405, "{name}");
        assert!(wire.records() == before, "{name} changed something");
    }
    assert!(!wire.actions().iter().any(|action| action.starts_with("SendTask")));
    let elsewhere =
        AnswerApproval::page(good.event(), INVOKED.strip_suffix(":page").unwrap(), &wire.aws()).await;
    assert_eq!(elsewhere.unwrap_err().name(), "NotAllowed", "an event that somebody wrote by hand");
    let (status, page, _) = good.send(&wire.aws()).await;
    assert_eq!(status, 200, "the form is sound but for what was wrong with it: {page}");
}
