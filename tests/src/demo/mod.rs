//! The demonstration: it starts everything, shows a response as it goes, proves what it says, and stops everything.

mod account;
mod change;
mod say;
mod workflow;

use account::Looks;
use engine::client::Client;
use engine::service::Clock;
use engine::time::after;
use serde_json::{Value, json};
use std::path::{Path, PathBuf};
use tests::{Engine, LocalAws, Result, Trouble, repository};
use workflow::Workflow;

/// What `make run` was told.
pub(crate) struct Options {
    workflow: &'static Workflow,
    event: PathBuf,
    once: bool,
    mode: String,
}

impl Options {
    /// Reads `[--once] [--mode=MODE] [--workflow=NAME] [EVENT.json]`.
    pub(crate) fn read(arguments: impl Iterator<Item = String>) -> Result<Self> {
        let (mut workflow, mut event, mut once, mut mode) = (None, None, false, "auto".to_owned());
        for argument in arguments {
            match argument.split_once('=') {
                Some(("--mode", name)) => name.clone_into(&mut mode),
                Some(("--workflow", name)) => workflow = Some(Workflow::named(name)?),
                _ if argument == "--once" => once = true,
                _ if argument.starts_with('-') => {
                    return Err(Trouble(format!(
                        "`{argument}` is no option; it takes `--once`, `--mode=MODE`, `--workflow=NAME` and an event's file"
                    )));
                }
                _ => event = Some(PathBuf::from(argument)),
            }
        }
        let of_event = || Workflow::of_event(event.as_deref().unwrap_or(Path::new("")));
        let workflow = workflow.unwrap_or_else(of_event);
        let event = event.unwrap_or_else(|| repository().join(workflow.event(workflow.sample)));
        Ok(Self { workflow, event, once, mode })
    }
}

/// IAM needs three to four seconds to spread a policy. Source: OFFENSAI, "notyet"; Sonrai, 2026.
const SETTLE_SECONDS: u64 = 4;

/// How often it looks whether something happened. What is measured are the times that the engine recorded, so looking
/// seldom costs nothing, and looking often would take the processor from what is measured.
const POLL_MILLISECONDS: u64 = 50;

/// Runs the demonstration.
pub(crate) async fn run(options: &Options) -> Result<()> {
    let text = std::fs::read_to_string(&options.event)
        .map_err(|error| Trouble(format!("`{}`: {error}", options.event.display())))?;
    let event: Value = serde_json::from_str(&text)
        .map_err(|error| Trouble(format!("`{}` is not JSON: {error}", options.event.display())))?;
    say::title(&format!("Redress: {}, on this machine", options.workflow.title));
    let account = event.pointer("/detail/accountId").or_else(|| event.get("account")).and_then(Value::as_str);
    let account = account.filter(|account| account.len() == 12).unwrap_or("123456789012");
    say::step("Starting local AWS (moto) and the engine");
    let aws = LocalAws::start(account).await?;
    let seeded = match aws.seed(&event).await {
        Ok(seeded) => seeded,
        // What is no finding of GuardDuty's describes no account: the account is the sample's then.
        Err(trouble) => {
            say::line(&format!("  {trouble}"));
            let sample = options.workflow.event(options.workflow.sample);
            say::line(&format!("  So this is the account of {sample}, and not the event's."));
            aws.seed(&serde_json::from_str(&std::fs::read_to_string(repository().join(sample))?)?).await?
        }
    };
    // One folder for each process, so that a second one takes nothing away from the first.
    let state = repository().join(format!("target/run/{}", std::process::id()));
    let options_of_engine = tests::Options {
        settle_seconds: SETTLE_SECONDS,
        port: free_port(),
        mode: options.mode.clone(),
        ..tests::Options::test(state.clone())
    };
    let engine = Engine::start(&options_of_engine, &aws, &seeded).await?;
    say::fact("engine", engine.endpoint());
    say::fact("account", &format!("{} in {}", seeded.account, seeded.region));
    let looks = Looks::new(&aws, &seeded);
    let before = looks.before().await?;
    let stop = tokio::signal::ctrl_c();
    let told = tokio::select! {
        told = story(options, &event, &engine, &state, &aws, &looks, &before) => told,
        _ = stop => {
            say::line("\nStopped. Everything that was started is stopped with it.");
            Ok(())
        }
    };
    engine.kill().await?;
    // What failed can be looked at; the rest is of no use to anybody.
    match told {
        Ok(()) => Ok(std::fs::remove_dir_all(state)?),
        Err(trouble) => Err(Trouble(format!("{trouble}; logs and state are in `{}`", state.display()))),
    }
}

async fn story(
    options: &Options,
    event: &Value,
    engine: &Engine,
    state: &Path,
    aws: &LocalAws,
    looks: &Looks<'_>,
    before: &Value,
) -> Result<()> {
    let client = engine.client().await?;
    let shown = options.event.strip_prefix(repository()).unwrap_or(&options.event);
    say::step(&format!("Sending {} through PutEvents", shown.display()));
    let Some(run) = send(&client, event).await? else {
        say::line("  No rule takes this event, so nothing happens. The rules are in statemachines/.");
        return finish(options, engine, state, None).await;
    };
    say::line("");
    let follow = ["show", &run.arn, "--follow", "--explain"];
    let mut code = engine.redress().show(&follow).await?;
    if options.once && options.mode == "approve" {
        say::step("Approving it");
        code =
            engine.redress().show(&["approve", &run.arn, "--reason", "make run shows the approval"]).await?;
        if code == 0 {
            code = engine.redress().show(&follow).await?;
        }
    }
    let acts = options.workflow.acts;
    let applied = run.applied(acts, &client).await?;
    say::step("What changed");
    looks.after(before).await?;
    let Some(applied) = applied else {
        return if code == 0 {
            finish(options, engine, state, Some(&run)).await
        } else {
            Err(Trouble("the run failed; it says why above".to_owned()))
        };
    };
    let unasked = options.mode == "auto";
    if unasked {
        say::fact(
            "event to change",
            &format!("{} ms, applied and read back, every Lambda cold", applied - run.sent),
        );
    }
    // In another mode a person would have to approve it too.
    let second = if unasked { second(event, &client, aws).await? } else { None };
    if let Some(second) = &second
        && let Some(applied) = second.until_applied(acts, &client).await?
    {
        let took = applied - second.sent;
        say::fact("", &format!("{took} ms for a second finding about another role, every Lambda warm"));
    }
    if !options.once {
        if let Some(second) = &second {
            second.take_back(engine).await?;
        }
        return finish(options, engine, state, Some(&run)).await;
    }
    say::step("Taking it back");
    let code =
        engine.redress().show(&["undo", &run.arn, "--reason", "make run ONCE=1 shows the undo"]).await?;
    say::line("");
    let followed = engine.redress().show(&["show", &run.arn, "--follow"]).await?;
    if code != 0 || followed != 0 {
        return Err(Trouble("the undo failed; it says why above".to_owned()));
    }
    say::step("What changed");
    looks.restored(before).await?;
    say::line(&format!("\n{}", options.workflow.restored));
    Ok(())
}

/// Prints where to look further, and waits for Ctrl-C unless it is to end.
async fn finish(options: &Options, engine: &Engine, state: &Path, run: Option<&Run>) -> Result<()> {
    if options.once {
        return Ok(());
    }
    let at = engine.endpoint();
    let to = if at.ends_with(":8083") { String::new() } else { format!(" --endpoint {at}") };
    say::step("Look further, in another terminal");
    let redress = |arguments: &str| format!("target/debug/redress {arguments}{to}");
    if let Some(run) = run {
        say::command(
            &redress(&format!("undo {} --reason 'it was the nightly export'", run.name())),
            "take it back",
        );
        say::command(
            &redress(&format!("show {} --full", run.name())),
            "every step, with its input and output",
        );
        let shown = engine.redress().json(&["show", &run.arn]).await?;
        let path = shown.get("path").and_then(Value::as_array).into_iter().flatten();
        let mut asked = path.filter_map(|visit| visit.pointer("/question/approvalId")?.as_str());
        if let Some(id) = asked.next() {
            let key = format!("the same in a browser; the key is in {}/operator.key", state.display());
            say::command(&format!("{at}/approvals/{id}"), &key);
        }
    }
    say::command(&redress("runs"), "all runs");
    let (another, becomes) = options.workflow.another;
    let another = options.workflow.event(another);
    say::command(&redress(&format!("send {another} --follow")), &format!("another event: {becomes}"));
    let cli = format!("target/venv/bin/aws --no-sign-request --region us-east-1 --endpoint-url {at}");
    say::command(&format!("{cli} stepfunctions list-state-machines"), "the same with the AWS CLI");
    let folder = format!("statemachines/{}/", options.workflow.name);
    say::command(&folder, "the workflow, its rules, its scenarios");
    say::line("\nIt stays up until Ctrl-C.");
    std::future::pending().await
}

/// A run of the demonstration.
struct Run {
    arn: String,
    /// When the event was sent, in milliseconds since 1970.
    sent: i64,
}

/// Sends an event, and gives the run that it starts, if a rule takes it.
async fn send(client: &Client, event: &Value) -> Result<Option<Run>> {
    let text = |name: &str| event.get(name).and_then(Value::as_str).unwrap_or_default().to_owned();
    let detail = event.get("detail").cloned().unwrap_or_default();
    let entry =
        json!({ "Source": text("source"), "DetailType": text("detail-type"), "Detail": detail.to_string() });
    let sent = Clock.now().as_millisecond();
    let answer = client.events("PutEvents", &json!({ "Entries": [entry] })).await?;
    let id = answer.pointer("/Entries/0/EventId").and_then(Value::as_str).unwrap_or_default().to_owned();
    let machines = client.states("ListStateMachines", &json!({})).await?;
    for _ in 0..100 {
        for machine in machines.get("stateMachines").and_then(Value::as_array).into_iter().flatten() {
            let runs = client
                .states("ListExecutions", &json!({ "stateMachineArn": machine.get("stateMachineArn") }))
                .await?;
            for run in runs.get("executions").and_then(Value::as_array).into_iter().flatten() {
                let field = |name: &str| run.get(name).and_then(Value::as_str).unwrap_or_default();
                if field("name").starts_with(&id) {
                    return Ok(Some(Run { arn: field("executionArn").to_owned(), sent }));
                }
            }
        }
        Clock.sleep_until(after(Clock.now(), POLL_MILLISECONDS)).await;
    }
    Ok(None)
}

impl Run {
    /// The beginning of its name, which is enough to say which one it is.
    fn name(&self) -> &str {
        let name = self.arn.rsplit(':').next().unwrap_or_default();
        name.split('-').next().unwrap_or(name)
    }

    /// When the change was applied and read back, in milliseconds since 1970, if it was.
    async fn applied(&self, acts: &str, client: &Client) -> Result<Option<i64>> {
        let history = client
            .states("GetExecutionHistory", &json!({ "executionArn": self.arn, "maxResults": 1000 }))
            .await?;
        let events = history.get("events").and_then(Value::as_array).cloned().unwrap_or_default();
        let exited =
            events.iter().find(|event| event.pointer("/stateExitedEventDetails/name") == Some(&json!(acts)));
        let seconds = exited.and_then(|event| event.get("timestamp")).and_then(Value::as_f64);
        Ok(seconds.map(|seconds| (seconds * 1000.0).round() as i64))
    }

    /// The same, once it has come so far.
    async fn until_applied(&self, acts: &str, client: &Client) -> Result<Option<i64>> {
        for _ in 0..500 {
            if let Some(applied) = self.applied(acts, client).await? {
                return Ok(Some(applied));
            }
            Clock.sleep_until(after(Clock.now(), POLL_MILLISECONDS)).await;
        }
        Ok(None)
    }

    /// Takes its change back, once the undo is on offer.
    async fn take_back(&self, engine: &Engine) -> Result<()> {
        for _ in 0..500 {
            let undo = ["undo", &self.arn, "--reason", "it was sent to measure the time"];
            if engine.redress().run(&undo).await?.code == 0 {
                say::fact("", "its containment was taken back");
                return Ok(());
            }
            Clock.sleep_until(after(Clock.now(), POLL_MILLISECONDS)).await;
        }
        Ok(())
    }
}

/// Sends a second finding, about another role of the account, to see how long it takes with warm Lambdas.
async fn second(event: &Value, client: &Client, aws: &LocalAws) -> Result<Option<Run>> {
    let mut second = event.clone();
    let Some(key) = second.pointer_mut("/detail/resource/accessKeyDetails").and_then(Value::as_object_mut)
    else {
        return Ok(None);
    };
    key.insert("userName".to_owned(), "batch-export".into());
    key.insert("principalId".to_owned(), "AROAEXAMPLEBATCHEXP01:i-0f1b2c3d4e5f6071f".into());
    if let Some(detail) = second.pointer_mut("/detail").and_then(Value::as_object_mut) {
        let arn = detail.get("arn").and_then(Value::as_str).unwrap_or_default().to_owned() + "-second";
        detail.insert("id".to_owned(), "second".into());
        detail.insert("arn".to_owned(), arn.into());
    }
    aws.seed(&second).await?;
    send(client, &second).await
}

/// The port of the engine: its usual one, or any that is free.
fn free_port() -> u16 {
    let usual = 8083;
    if std::net::TcpListener::bind(("127.0.0.1", usual)).is_ok() { usual } else { 0 }
}
