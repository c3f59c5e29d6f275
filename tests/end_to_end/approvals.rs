//! The page on which people answer, over the real engine and the real function: hostile requests change nothing and get
//! a clear answer, and what people do with it counts once.

use crate::browser::{Ask, form, key, sign_in, token};
use crate::event::{about, sample, set};
use crate::patience::until;
use crate::run::Run;
use crate::world::World;
use engine::client::CallError;
use serde_json::{Map, Value, json};
use tests::{Options, Result, Trouble};

const EVIL: &str = "<script>alert(1)</script>\"><img src=x onerror=alert(2)> & <b>bold</b>";

/// Starts a world in mode `approve`, with more environment variables of the tasks.
async fn asking(test: &str, event: &Value, environment: &[(&str, &str)]) -> Result<(World, Run, String)> {
    let world = World::start_with(test, event, |options: &mut Options| {
        options.mode = "approve".to_owned();
        options.undo_seconds = 2;
        let pair = |(name, value): &(&str, &str)| ((*name).to_owned(), (*value).to_owned());
        options.environment = environment.iter().map(pair).collect();
    })
    .await?;
    let run = world.respond(event).await?;
    let id = run.asks("change")?;
    Ok((world, run, id))
}

/// A run that is followed to its end, past the undo that nobody wants.
async fn ended(world: &World, arn: &str) -> Result<Run> {
    until(&format!("{arn} ends"), async || {
        let run = world.look(arn).await?;
        Ok((run.status != "RUNNING").then_some(run))
    })
    .await
}

/// Everything that must not change: records, messages, roles, and the history of the run.
async fn everything(world: &World, run: &Run) -> Result<(Value, usize)> {
    Ok((world.account().await?.0, world.history(&run.arn).await?.len()))
}

/// The record of a question.
fn record(cases: &Map<String, Value>, id: &str) -> Result<Value> {
    let records = cases.values().filter_map(Value::as_object).flat_map(Map::values);
    let mut found = records.filter(|record| record["approvalId"] == id);
    found.next().cloned().ok_or_else(|| Trouble(format!("no record has the id {id}")))
}

/// An event of an HTTP API, in which somebody has written who decides.
fn forged(id: &str, method: &str, authorizer: &Value) -> Value {
    json!({
        "version": "2.0", "routeKey": "ANY /approvals/{id}", "rawPath": format!("/approvals/{id}"),
        "rawQueryString": "", "headers": { "content-type": "application/x-www-form-urlencoded", "accept": "application/json" },
        "pathParameters": { "id": id }, "isBase64Encoded": false, "body": "decision=approve&reason=x&token=1.00",
        "requestContext": {
            "accountId": "123456789012", "apiId": "a", "domainName": "approvals.example.com",
            "http": { "method": method, "path": "/", "protocol": "HTTP/1.1", "sourceIp": "192.0.2.1", "userAgent": "b" },
            "requestId": "r", "routeKey": "ANY", "stage": "$default", "time": "t", "timeEpoch": 0,
            "authorizer": authorizer,
        },
    })
}

/// Whoever could invoke the function could be anybody. The engine checks no signature, so only its own page may.
#[tokio::test]
async fn every_way_to_an_answer_needs_the_operators_key() -> Result<()> {
    let event = sample("outside")?;
    let (world, run, id) = asking("approvals-ways", &event, &[]).await?;
    let client = world.engine.client().await?;
    let before = everything(&world, &run).await?;
    let direct = json!({ "approvalId": id, "decision": "approve", "by": "local:ada", "reason": "x" });
    let arn = "arn:aws:lambda:us-east-1:123456789012:function:answer-approval";
    for by in [
        json!({ "jwt": { "claims": { "sub": "local:ada" } } }),
        json!({ "iam": { "userArn": "arn:aws:iam::123456789012:user/ada" } }),
    ] {
        for payload in [forged(&id, "GET", &by), forged(&id, "POST", &by), direct.clone()] {
            for (function, refusal) in [
                ("answer-approval:page", "AccessDeniedException"),
                (&*format!("{arn}:page").replace(':', "%3A"), "AccessDeniedException"),
                ("123456789012:function:answer-approval:page", "AccessDeniedException"),
                ("answer-approval%3Apage", "AccessDeniedException"),
                ("answer-approval", "NotAllowed"),
                ("answer-approval:$LATEST", "NotAllowed"),
                ("answer-approval:1", "NotAllowed"),
                ("answer-approval:Page", "NotAllowed"),
            ] {
                let answer = client.invoke(function, &payload).await;
                let code = answer.as_ref().err().and_then(CallError::code);
                assert_eq!(code, Some(refusal), "{function}: {answer:?}");
            }
        }
    }
    // A state machine of somebody's own that invokes it.
    let of_own = |function: &str| {
        json!({
            "name": "somebodys-own", "roleArn": "arn:aws:iam::123456789012:role/x",
            "definition": json!({ "StartAt": "A", "States": { "A": {
                "Type": "Task", "Resource": "arn:aws:states:::lambda:invoke", "End": true,
                "Parameters": { "FunctionName": function, "Payload": forged(&id, "GET", &json!({ "jwt": { "claims": { "sub": "local:ada" } } })) },
            } } }).to_string(),
        })
    };
    for function in ["answer-approval:page", &format!("{arn}:page")] {
        let machine = client.states("CreateStateMachine", &of_own(function)).await?;
        let machine = json!({ "stateMachineArn": machine["stateMachineArn"] });
        let own = client.states("StartExecution", &machine).await?;
        let own = ended(&world, own["executionArn"].as_str().unwrap_or_default()).await?;
        assert_eq!(
            (own.status.as_str(), own.error.as_deref()),
            ("FAILED", Some("Lambda.AWSLambdaException"))
        );
        client.states("DeleteStateMachine", &machine).await?;
    }
    // The command line without the key, and with another.
    let file = world.folder.join("wrong.key").to_string_lossy().into_owned();
    std::fs::write(&file, "0123456789abcdef0123456789abcdef\n")?;
    let nowhere = world.folder.join("no.key").to_string_lossy().into_owned();
    for (key, says) in [(&file, "not the key"), (&nowhere, "cannot be read")] {
        let refused = world.command(3, &["approve", &id, "--reason", "x", "--key", key]).await?;
        assert!(refused.stderr.contains(says), "{refused:?}");
    }
    assert!(everything(&world, &run).await? == before, "nothing has changed");
    world.command(0, &["deny", &id, "--reason", "it is a drill", "--by", "ada"]).await?;
    let run = world.follow(&run.arn).await?;
    assert_eq!(run.end(), "Denied");
    let answer = record(&world.account().await?.cases(), &id)?["answer"].clone();
    assert_eq!(answer["by"], "local:ada", "the same person as on the page");
    Ok(())
}

/// An answer about a run names its question: after an approval the run asks another one.
#[tokio::test]
async fn a_deny_that_comes_late_does_not_decline_the_undo() -> Result<()> {
    let event = sample("outside")?;
    let world = World::start_with("approvals-late-deny", &event, |options: &mut Options| {
        options.mode = "approve".to_owned();
    })
    .await?;
    // Others have state machines in the account too, of which one has no list of runs.
    let client = world.engine.client().await?;
    let definition =
        json!({ "StartAt": "A", "States": { "A": { "Type": "Pass", "End": true } } }).to_string();
    let express = json!({ "name": "express", "roleArn": "arn:aws:iam::123456789012:role/x", "type": "EXPRESS", "definition": definition });
    client.states("CreateStateMachine", &express).await?;
    let run = world.respond(&event).await?;
    world.command(0, &["approve", "last", "--reason", "seen"]).await?;
    let run = world.follow(&run.arn).await?;
    let undo = run.asks("undo")?;
    for which in [&run.arn, "last"] {
        for decision in ["deny", "approve"] {
            let refused = world.command(3, &[decision, which, "--reason", "too late"]).await?;
            assert!(refused.stderr.contains(&undo), "{refused:?}");
        }
    }
    assert_eq!(world.look(&run.arn).await?.asks("undo")?, undo, "the undo is still on offer");
    world.command(0, &["undo", "last", "--reason", "known"]).await?;
    assert_eq!(world.follow(&run.arn).await?.end(), "Restored");
    Ok(())
}

#[tokio::test]
async fn hostile_requests_change_nothing_and_are_told_so() -> Result<()> {
    let mut event = sample("outside")?;
    set(&mut event, "/detail/title", json!(EVIL))?;
    let (world, run, id) = asking("approvals-hostile", &event, &[]).await?;
    let other_event = about("other-role")?;
    world.seed(&other_event).await?;
    let other = world.respond(&other_event).await?.asks("change")?;
    let (ada, grace) = (sign_in(&world, "ada").await?, sign_in(&world, "grace").await?);
    let sound = token(&world, &id, &ada).await?;
    let (of_grace, of_other) = (token(&world, &id, &grace).await?, token(&world, &other, &ada).await?);
    let (good_until, proof) = sound.split_once('.').unwrap_or_default();
    let forged = format!("{good_until}.{}", proof.chars().rev().collect::<String>());
    let page = format!("/approvals/{id}");
    let good = Ask::post(&page, form("approve", "seen", &sound)).with("cookie", &ada);
    let look = Ask::get(&page).with("cookie", &ada);
    let at = |path: String| Ask { path, ..good.clone() };
    let asks: Vec<(&str, Ask, u16, &str)> = vec![
        (
            "HTML in the finding",
            look.clone(),
            200,
            "\u{2039}script\u{203a}alert(1)\u{2039}/script\u{203a}&quot;",
        ),
        (
            "a GET with a decision",
            Ask::get(format!("{page}?{}", form("approve", "x", &sound))).with("cookie", &ada),
            200,
            "Shall everything be denied",
        ),
        ("a GET with a form as its body", look.clone().body(&good.body), 200, "Shall everything be denied"),
        ("HEAD", look.clone().method("HEAD"), 200, ""),
        ("PUT", good.clone().method("PUT"), 405, "answered with POST"),
        ("DELETE", good.clone().method("DELETE"), 405, "answered with POST"),
        ("PATCH", good.clone().method("PATCH"), 405, "answered with POST"),
        ("OPTIONS", good.clone().method("OPTIONS"), 405, "answered with POST"),
        (
            "a method in a header",
            look.clone().with("x-http-method-override", "POST").body(&good.body),
            200,
            "Shall everything be denied",
        ),
        ("JSON", good.clone().with("content-type", "application/json"), 415, "as a form"),
        ("multipart", good.clone().with("content-type", "multipart/form-data; boundary=x"), 415, "as a form"),
        ("no type", good.clone().with("content-type", ""), 415, "as a form"),
        (
            "a body of 17 KiB",
            good.clone().body(form("approve", &"x".repeat(17 * 1024), &sound)),
            413,
            "at most 16 KiB",
        ),
        ("a body of 2 MiB", good.clone().body("x".repeat(2 * 1024 * 1024)), 413, "too large"),
        ("nobody looks", look.clone().with("cookie", ""), 401, "Sign in"),
        ("nobody decides", good.clone().with("cookie", ""), 401, "Sign in first"),
        (
            "a session of nobody",
            good.clone().with("cookie", "redress-operator=0123456789abcdef"),
            401,
            "Sign in first",
        ),
        (
            "a wrong operator's key",
            Ask::post("/approvals/sign-in", "key=0123456789abcdef0123456789abcdef&name=eve"),
            403,
            "not the key",
        ),
        (
            "the id of the question as the key",
            Ask::post("/approvals/sign-in", format!("key={id}&name=eve")),
            403,
            "not the key",
        ),
        ("another site", good.clone().with("origin", "https://evil.example"), 403, "another site"),
        ("another port", good.clone().with("origin", "http://127.0.0.1:1"), 403, "another site"),
        (
            "no origin, and cross-site",
            good.clone().with("origin", "").with("sec-fetch-site", "cross-site"),
            403,
            "another site",
        ),
        (
            "an origin that says nothing, and cross-site",
            good.clone().with("sec-fetch-site", "cross-site"),
            403,
            "another site",
        ),
        ("another name for this machine", good.clone().with("host", "rebound.example"), 403, "127.0.0.1"),
        ("a forged form", good.clone().body(form("approve", "x", &forged)), 403, "not made for you"),
        (
            "a form that lasts longer",
            good.clone().body(form("approve", "x", &format!("9{sound}"))),
            403,
            "not made for you",
        ),
        (
            "the form of another question",
            good.clone().body(form("approve", "x", &of_other)),
            403,
            "not made for you",
        ),
        (
            "the form of another person",
            good.clone().body(form("approve", "x", &of_grace)),
            403,
            "not made for you",
        ),
        ("a form sent to another question", at(format!("/approvals/{other}")), 403, "not made for you"),
        ("no form", good.clone().body(""), 400, "not complete"),
        ("a field twice", good.clone().body(form("deny", "x", &sound) + "&decision=approve"), 400, "twice"),
        (
            "a name in the form",
            good.clone().body(form("approve", "x", &sound) + "&by=root"),
            400,
            "does not have",
        ),
        (
            "a decision of another question",
            good.clone().body(form("undo", "x", &sound)),
            400,
            "`approve` or `deny`",
        ),
        (
            "a decision of no question",
            good.clone().body(form("contain", "x", &sound)),
            400,
            "`approve` or `deny`",
        ),
        ("an empty reason", good.clone().body(form("approve", "", &sound)), 400, "needs a reason"),
        (
            "a reason of nothing to see",
            good.clone().body(form("approve", "%E2%80%8B+%0D%0A", &sound)),
            400,
            "needs a reason",
        ),
        (
            "a reason too long",
            good.clone().body(form("approve", &"x".repeat(1001), &sound)),
            400,
            "longer than 1000",
        ),
        (
            "a question that is not there",
            at(format!("/approvals/{}", "f".repeat(32))),
            404,
            "no question here",
        ),
        ("no id", at("/approvals/".to_owned()), 404, "There is no such page"),
        ("a path below", at(format!("{page}/approve")), 404, "There is no such page"),
        ("a path up", at(format!("/approvals/../approvals/{id}")), 404, "There is no such page"),
        ("a path up, encoded", at(format!("/approvals/%2e%2e%2fapprovals%2f{id}")), 404, "no question here"),
        ("NUL after the id", at(format!("{page}%00")), 404, "no question here"),
        ("an id in capitals", at(format!("/approvals/{}", id.to_uppercase())), 404, "no question here"),
        ("the key of a record", at("/approvals/question%23".to_owned()), 404, "no question here"),
        ("bytes that are no text", at(format!("/approvals/%ff{}", &"f".repeat(31))), 404, "no question here"),
    ];
    let before = everything(&world, &run).await?;
    let endpoint = world.engine.endpoint();
    for (name, ask, status, says) in &asks {
        let seen = ask.send(endpoint).await?;
        assert_eq!(seen.status, *status, "{name}: {}", seen.page);
        assert!(seen.page.contains(says), "{name}: {}", seen.page);
        assert!(!seen.page.contains("<script") && !seen.page.contains("<img"), "{name}: {}", seen.page);
        assert_eq!(seen.allow.is_some(), *status == 405, "{name}");
        assert!(seen.cookie.is_none(), "{name}");
        assert!(everything(&world, &run).await? == before, "{name} changed something");
    }
    // A mail scanner fetches all links, signed in or not.
    let links: Vec<String> =
        world.account().await?.messages().iter().flat_map(|(_, body)| links(body)).collect();
    assert!(links.contains(&format!("{endpoint}{page}")), "{links:?}");
    for link in links {
        let path = link.strip_prefix(endpoint).unwrap_or(&link).to_owned();
        assert!(
            path == page || path == format!("/approvals/{other}"),
            "a link has the id and nothing else: {link}"
        );
        for cookie in ["", &ada] {
            Ask::get(&path).with("cookie", cookie).send(endpoint).await?;
        }
    }
    assert!(everything(&world, &run).await? == before, "a link changed something");

    // The form was sound but for what was wrong with each request. Sent once more, it is told who decided.
    let seen = good.send(endpoint).await?;
    assert_eq!(seen.status, 200, "{}", seen.page);
    let run = ended(&world, &run.arn).await?;
    assert_eq!(run.end(), "Changed", "the undo stood for two seconds");
    let answer = record(&world.account().await?.cases(), &id)?["answer"].clone();
    assert_eq!((&answer["by"], &answer["reason"]), (&json!("local:ada"), &json!("seen")));
    let undo = Ask::get(format!("/approvals/{}", undo_of(&world).await?)).with("cookie", &ada);
    // The record's clock began a moment after the state's.
    until("the undo expires", async || Ok((undo.send(endpoint).await?.status == 410).then_some(()))).await?;
    let decided = everything(&world, &run).await?;
    let of_grace = good.clone().with("cookie", &grace).body(form("deny", "no", &of_grace));
    for (name, ask, status, says) in [
        ("the same form again", good.clone(), 409, "local:ada"),
        ("another decision", of_grace, 409, "local:ada"),
        ("a look at what was decided", look, 200, "local:ada"),
        ("a look at what has expired", undo.clone(), 410, "expired"),
        ("an answer to what has expired", at(undo.path.clone()), 410, "expired"),
    ] {
        let seen = ask.send(endpoint).await?;
        assert_eq!(seen.status, status, "{name}: {}", seen.page);
        assert!(seen.page.contains(says), "{name}: {}", seen.page);
        assert!(everything(&world, &run).await? == decided, "{name} changed something");
    }
    for _ in 0..4 {
        Ask::post("/approvals/sign-in", "key=guess&name=eve").send(endpoint).await?;
    }
    let right = Ask::post("/approvals/sign-in", format!("key={}&name=eve", key(&world)?));
    assert_eq!(right.send(endpoint).await?.status, 429, "tries are limited");
    Ok(())
}

/// The id of the undo on record.
async fn undo_of(world: &World) -> Result<String> {
    let cases = world.account().await?.cases();
    let records = cases.values().filter_map(Value::as_object).flat_map(Map::values);
    let mut undo = records.filter(|record| record.pointer("/question/kind") == Some(&json!("Undo")));
    let id = undo.next().and_then(|record| record["approvalId"].as_str().map(str::to_owned));
    id.ok_or_else(|| Trouble("no undo is on record".to_owned()))
}

/// Every address in a text.
fn links(text: &str) -> Vec<String> {
    let words = text.split_whitespace().filter(|word| word.starts_with("http"));
    words.filter(|word| word.contains("/approvals/")).map(str::to_owned).collect()
}

#[tokio::test]
async fn of_two_answers_at_once_one_counts_and_the_other_is_told() -> Result<()> {
    let event = sample("outside")?;
    let (world, run, id) = asking("approvals-race", &event, &[]).await?;
    let endpoint = world.engine.endpoint();
    let mut sent = Vec::new();
    for name in ["ada", "grace"] {
        let cookie = sign_in(&world, name).await?;
        let body = form("approve", "seen", &token(&world, &id, &cookie).await?);
        sent.push(Ask::post(format!("/approvals/{id}"), body).with("cookie", &cookie));
    }
    let [one, other] = sent.as_slice() else { return Err(Trouble("two people decide".to_owned())) };
    let (one, other) = tokio::try_join!(one.send(endpoint), other.send(endpoint))?;
    let (won, lost) = if one.status == 200 { (("ada", one), other) } else { (("grace", other), one) };
    let (name, won) = won;
    assert_eq!((won.status, lost.status), (200, 409), "{}\n{}", won.page, lost.page);
    assert!(lost.page.contains(&format!("local:{name}")), "{}", lost.page);
    let run = ended(&world, &run.arn).await?;
    assert_eq!(run.end(), "Changed");
    assert_eq!(run.visit("Ask for approval")?.output["by"], format!("local:{name}"));
    Ok(())
}

#[tokio::test]
async fn where_two_people_are_needed_nobody_else_counts() -> Result<()> {
    let event = sample("outside")?;
    let environment = [("APPROVALS_NEEDED", "2"), ("APPROVERS", "local:ada, local:grace")];
    let (world, run, id) = asking("approvals-two", &event, &environment).await?;
    let endpoint = world.engine.endpoint();
    let page = format!("/approvals/{id}");
    let (ada, grace, eve) =
        (sign_in(&world, "ada").await?, sign_in(&world, "grace").await?, sign_in(&world, "eve").await?);
    let of_ada = token(&world, &id, &ada).await?;
    let yes =
        |cookie: &str, token: &str| Ask::post(&page, form("approve", "seen", token)).with("cookie", cookie);

    let before = everything(&world, &run).await?;
    for ask in [Ask::get(&page).with("cookie", &eve), yes(&eve, &of_ada)] {
        let seen = ask.send(endpoint).await?;
        assert_eq!(seen.status, 403, "{}", seen.page);
        assert!(seen.page.contains("not among those who may answer"), "{}", seen.page);
    }
    let refused = world.command(3, &["approve", &id, "--reason", "seen", "--by", "eve"]).await?;
    assert!(refused.stderr.contains("not among those who may answer"), "{refused:?}");
    assert!(everything(&world, &run).await? == before);

    let first = yes(&ada, &of_ada).send(endpoint).await?;
    assert_eq!(first.status, 200, "{}", first.page);
    assert!(first.page.contains("1 of 2 have said yes"), "{}", first.page);
    let one = everything(&world, &run).await?;
    assert_eq!(one.1, before.1, "the run still waits");
    let again = sign_in(&world, "ada").await?;
    for cookie in [&ada, &again] {
        let token = token(&world, &id, cookie).await?;
        let seen = yes(cookie, &token).send(endpoint).await?;
        assert_eq!(seen.status, 409, "{}", seen.page);
        assert!(seen.page.contains("You have approved this already"), "{}", seen.page);
    }
    assert!(everything(&world, &run).await? == one, "the same person twice is one");
    let token = token(&world, &id, &grace).await?;
    let second = yes(&grace, &token).send(endpoint).await?;
    assert_eq!(second.status, 200, "{}", second.page);
    let run = ended(&world, &run.arn).await?;
    assert_eq!(run.end(), "Changed");
    assert_eq!(run.visit("Ask for approval")?.output["by"], "local:ada, local:grace");
    Ok(())
}
