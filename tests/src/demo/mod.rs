//! The demonstration: starts everything, shows a response step by step, checks its effect, and stops everything.

mod account;
mod change;
mod say;
mod shown;

use account::{Before, Looks};
use engine::client::Client;
use engine::clock::Clock;
use engine::time::after;
use serde_json::{Value, json};
use shown::Shown;
use std::path::{Path, PathBuf};
use tests::{Engine, LocalAws, Result, Trouble, repository};

/// The arguments of `make run`.
pub(crate) struct Options {
    shown: Shown,
    event: PathBuf,
    once: bool,
    mode: String,
}

impl Options {
    /// Reads `[--once] [--mode=MODE] [--workflow=NAME] [EVENT.json]`.
    pub(crate) fn read(arguments: impl Iterator<Item = String>) -> Result<Self> {
        let (mut shown, mut event, mut once, mut mode) = (None, None, false, "auto".to_owned());
        for argument in arguments {
            match argument.split_once('=') {
                Some(("--mode", name)) => name.clone_into(&mut mode),
                Some(("--workflow", name)) => shown = Some(Shown::named(name)?),
                _ if argument == "--once" => once = true,
                _ if argument.starts_with('-') => {
                    return Err(Trouble(format!(
                        "there is no option `{argument}`; there are `--once`, `--mode=MODE`, `--workflow=NAME`, and the file of an event"
                    )));
                }
                _ => event = Some(PathBuf::from(argument)),
            }
        }
        let shown = shown.map_or_else(|| Shown::of_event(event.as_deref()), Ok)?;
        let event = event.map_or_else(|| shown.sample_event(), Ok)?;
        Ok(Self { shown, event, once, mode })
    }
}

/// IAM needs three to four seconds to spread a policy. Source: OFFENSAI, "notyet"; Sonrai, 2026.
const SETTLE_SECONDS: u64 = 4;

/// How often it looks for news. The times come from the engine's records, so frequent looks would only take processor time
/// from the measured response.
const POLL_MILLISECONDS: u64 = 50;

/// Runs the demonstration.
pub(crate) async fn run(options: &Options) -> Result<()> {
    let text = std::fs::read_to_string(&options.event)
        .map_err(|error| Trouble(format!("`{}`: {error}", options.event.display())))?;
    let event: Value = serde_json::from_str(&text)
        .map_err(|error| Trouble(format!("`{}` is not JSON: {error}", options.event.display())))?;
    say::title(&format!("Redress on this machine: {}", options.shown.title()));
    let account = event.pointer("/detail/accountId").or_else(|| event.get("account")).and_then(Value::as_str);
    let account = account.filter(|account| account.len() == 12).unwrap_or("123456789012");
    say::step("Starting local AWS (moto) and the engine");
    let aws = LocalAws::start(account).await?;
    let seeded = match aws.seed(&event).await {
        Ok(seeded) => seeded,
        // An event that does not describe an account is sent to the account of the sample event.
        Err(trouble) => {
            let sample = options.shown.sample_event()?;
            say::line(&format!("  {trouble}"));
            say::line(&format!("  So the account is that of {}.", relative(&sample)));
            aws.seed(&tests::responses::json(&sample)?).await?
        }
    };
    // One folder for each process, so that two can run at the same time.
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
    // The state of a failed run is kept for a look.
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
    before: &Before,
) -> Result<()> {
    let client = engine.client().await?;
    say::step(&format!("Sending {} through PutEvents", relative(&options.event)));
    let Some(run) = send(&client, event).await? else {
        say::line("  No rule matches this event, so nothing happens. The rules are in statemachines/.");
        return finish(options, engine, state, None).await;
    };
    say::line("");
    let follow = ["show", &run.arn, "--follow", "--explain"];
    let mut code = engine.redress().show(&follow).await?;
    let is_asked = run.waits_for_approval(engine).await?;
    if options.once && is_asked {
        say::step("Approving it");
        code =
            engine.redress().show(&["approve", &run.arn, "--reason", "make run shows the approval"]).await?;
        if code == 0 {
            code = engine.redress().show(&follow).await?;
        }
    }
    let changing = options.shown.changing_state()?;
    let changed = run.changed(changing.as_deref(), &client).await?;
    say::step("What changed");
    looks.after(before).await?;
    let Some(changed) = changed else {
        return if code == 0 {
            finish(options, engine, state, Some(&run)).await
        } else {
            Err(Trouble("the run failed, see above".to_owned()))
        };
    };
    let mut second = None;
    // The time of an approval is a person's.
    if !is_asked {
        let took = changed - run.sent;
        say::fact("event to change", &format!("{took} ms, changed and read back, every Lambda cold"));
        second = send_second(event, &client, aws).await?;
    }
    if let Some(second) = &second
        && let Some(changed) = second.until_changed(changing.as_deref(), &client).await?
    {
        let took = changed - second.sent;
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
        return Err(Trouble("the undo failed, see above".to_owned()));
    }
    say::step("What changed");
    looks.restored(before).await?;
    say::line("\nEverything is as it was.");
    Ok(())
}

/// A path for people, relative to the repository.
fn relative(file: &Path) -> String {
    file.strip_prefix(repository()).unwrap_or(file).display().to_string()
}

/// Prints commands to try next, and waits for Ctrl-C, unless it runs only once.
async fn finish(options: &Options, engine: &Engine, state: &Path, run: Option<&Run>) -> Result<()> {
    if options.once {
        return Ok(());
    }
    let at = engine.endpoint();
    let to = if at.ends_with(":8083") { String::new() } else { format!(" --endpoint {at}") };
    say::step("Look further, in another terminal");
    let redress = |arguments: &str| format!("target/debug/redress {arguments}{to}");
    if let Some(run) = run {
        if run.waits_for_approval(engine).await? {
            say::command(&redress(&format!("approve {} --reason 'seen it'", run.name())), "approve it");
        } else if options.shown.changing_state()?.is_some() {
            say::command(&redress(&format!("undo {} --reason 'it was planned'", run.name())), "take it back");
        }
        say::command(
            &redress(&format!("show {} --full", run.name())),
            "every step, with its input and output",
        );
        if let Some(id) = run.question(engine).await? {
            let key = format!("the same in a browser; the key is in {}/operator.key", state.display());
            say::command(&format!("{at}/approvals/{id}"), &key);
        }
    }
    say::command(&redress("runs"), "all runs");
    for event in options.shown.other_events()? {
        say::command(&redress(&format!("send {event} --follow")), "another event");
    }
    let cli = format!("target/venv/bin/aws --no-sign-request --region us-east-1 --endpoint-url {at}");
    say::command(&format!("{cli} stepfunctions list-state-machines"), "the same with the AWS CLI");
    let folder = format!("statemachines/{}/", options.shown.name());
    say::command(&folder, "the response: its rules, events and scenarios");
    say::line("\nIt runs until Ctrl-C.");
    std::future::pending().await
}

/// A run of the demonstration.
struct Run {
    arn: String,
    /// When the event was sent, in milliseconds since 1970.
    sent: i64,
}

/// Sends an event. Returns the run that it starts, if a rule matches it.
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
    /// The beginning of its name, which is unique enough for commands.
    fn name(&self) -> &str {
        let name = self.arn.rsplit(':').next().unwrap_or_default();
        name.split('-').next().unwrap_or(name)
    }

    /// The time when the change was made and read back, in milliseconds since 1970, if it was.
    async fn changed(&self, state: Option<&str>, client: &Client) -> Result<Option<i64>> {
        let Some(state) = state else { return Ok(None) };
        let history = client
            .states("GetExecutionHistory", &json!({ "executionArn": self.arn, "maxResults": 1000 }))
            .await?;
        let events = history.get("events").and_then(Value::as_array).cloned().unwrap_or_default();
        let exited =
            events.iter().find(|event| event.pointer("/stateExitedEventDetails/name") == Some(&json!(state)));
        let seconds = exited.and_then(|event| event.get("timestamp")).and_then(Value::as_f64);
        Ok(seconds.map(|seconds| (seconds * 1000.0).round() as i64))
    }

    /// The same, once it was made.
    async fn until_changed(&self, state: Option<&str>, client: &Client) -> Result<Option<i64>> {
        for _ in 0..500 {
            if let Some(changed) = self.changed(state, client).await? {
                return Ok(Some(changed));
            }
            Clock.sleep_until(after(Clock.now(), POLL_MILLISECONDS)).await;
        }
        Ok(None)
    }

    /// The visits to states that ask a question, with the question.
    async fn questions(&self, engine: &Engine) -> Result<Vec<Value>> {
        let shown = engine.redress().json(&["show", &self.arn]).await?;
        let path = shown.get("path").and_then(Value::as_array).cloned().unwrap_or_default();
        Ok(path.into_iter().filter(|visit| visit.get("question").is_some_and(Value::is_object)).collect())
    }

    /// Whether it waits until a person approves the change.
    async fn waits_for_approval(&self, engine: &Engine) -> Result<bool> {
        let is_open = |visit: &Value| visit.get("exited").is_none_or(Value::is_null);
        let questions = self.questions(engine).await?;
        let asks =
            |visit: &Value| visit.pointer("/question/question").and_then(Value::as_str) == Some("change");
        Ok(questions.iter().any(|visit| is_open(visit) && asks(visit)))
    }

    /// The id of its last question.
    async fn question(&self, engine: &Engine) -> Result<Option<String>> {
        let last = self.questions(engine).await?.pop();
        Ok(last.and_then(|visit| Some(visit.pointer("/question/approvalId")?.as_str()?.to_owned())))
    }

    /// Takes its change back, once the undo is on offer.
    async fn take_back(&self, engine: &Engine) -> Result<()> {
        for _ in 0..500 {
            let undo = ["undo", &self.arn, "--reason", "it was sent to measure the time"];
            if engine.redress().run(&undo).await?.code == 0 {
                say::fact("", "that one was taken back");
                return Ok(());
            }
            Clock.sleep_until(after(Clock.now(), POLL_MILLISECONDS)).await;
        }
        Ok(())
    }
}

/// Sends a second finding about another role, if the event is about a role, to measure it with warm Lambdas.
async fn send_second(event: &Value, client: &Client, aws: &LocalAws) -> Result<Option<Run>> {
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

/// The usual port of the engine, or any that is free.
fn free_port() -> u16 {
    let usual = 8083;
    if std::net::TcpListener::bind(("127.0.0.1", usual)).is_ok() { usual } else { 0 }
}
