//! An account in which an event is true, and an engine over it.

use crate::account::Account;
use crate::patience::{in_time, until};
use crate::run::Run;
use serde_json::{Value, json};
use std::path::PathBuf;
use std::sync::atomic::{AtomicUsize, Ordering};
use tests::{Engine, LocalAws, Options, Output, Redress, Result, Role, Seeded, Trouble, scratch};

/// Local AWS, the engine, and what was seeded.
pub(crate) struct World {
    pub(crate) aws: LocalAws,
    pub(crate) engine: Engine,
    pub(crate) seeded: Seeded,
    pub(crate) folder: PathBuf,
    options: Options,
    files: AtomicUsize,
}

/// A world without its engine.
pub(crate) struct Dead {
    pub(crate) aws: LocalAws,
    seeded: Seeded,
    folder: PathBuf,
    options: Options,
}

/// An empty folder for a test.
pub(crate) fn folder(test: &str) -> Result<PathBuf> {
    scratch(&format!("end_to_end/{test}"))
}

impl World {
    /// Starts everything, with the workflow in mode `auto`.
    pub(crate) async fn start(test: &str, event: &Value) -> Result<Self> {
        Self::start_with(test, event, |_| {}).await
    }

    /// Starts everything.
    pub(crate) async fn start_with(
        test: &str,
        event: &Value,
        set: impl FnOnce(&mut Options),
    ) -> Result<Self> {
        let folder = folder(test)?;
        let mut options = Options::test(folder.join("state"));
        options.output = Some(folder.join("engine.log"));
        set(&mut options);
        let said = ["/detail/accountId", "/account"].iter().find_map(|at| event.pointer(at)?.as_str());
        let account = said.unwrap_or("123456789012");
        let aws = LocalAws::start(account).await?;
        let seeded = aws.seed(event).await?;
        Dead { aws, seeded, folder, options }.start().await
    }

    /// Puts together what was started one by one.
    pub(crate) fn over(
        aws: LocalAws,
        engine: Engine,
        seeded: Seeded,
        folder: PathBuf,
        options: Options,
    ) -> Self {
        Self { aws, engine, seeded, folder, options, files: AtomicUsize::new(0) }
    }

    /// The role that the first event is about.
    pub(crate) fn role(&self) -> Result<&Role> {
        self.seeded.role.as_ref().ok_or_else(|| Trouble("the event names no role".to_owned()))
    }

    /// Makes one more event true.
    pub(crate) async fn seed(&self, event: &Value) -> Result<Role> {
        let seeded = self.aws.seed(event).await?;
        seeded.role.ok_or_else(|| Trouble("the event names no role".to_owned()))
    }

    /// Looks at the account.
    pub(crate) async fn account(&self) -> Result<Account> {
        Ok(Account(self.aws.account().await?))
    }

    /// The command line.
    pub(crate) fn redress(&self) -> Redress {
        self.engine.redress()
    }

    /// A command that has to end with this exit code.
    pub(crate) async fn command(&self, code: i32, arguments: &[&str]) -> Result<Output> {
        let output = in_time(&arguments.join(" "), self.redress().run(arguments)).await?;
        if output.code == code {
            return Ok(output);
        }
        Err(Trouble(format!(
            "`redress {}` ended with {}, not {code}: {output:?}",
            arguments.join(" "),
            output.code
        )))
    }

    /// `redress send`: the ARNs of the runs that it starts.
    pub(crate) async fn send(&self, event: &Value) -> Result<Vec<String>> {
        let file = self.folder.join(format!("event-{}.json", self.files.fetch_add(1, Ordering::Relaxed)));
        std::fs::write(&file, event.to_string())?;
        let sent = self.command(0, &["send", &file.to_string_lossy(), "--json"]).await?.json()?;
        let runs = sent.get("runs").and_then(Value::as_array).into_iter().flatten();
        Ok(runs.filter_map(|run| run.get("arn")?.as_str().map(str::to_owned)).collect())
    }

    /// Sends an event that starts one run, and gives its ARN.
    pub(crate) async fn begin(&self, event: &Value) -> Result<String> {
        match self.send(event).await?.as_slice() {
            [one] => Ok(one.clone()),
            runs => Err(Trouble(format!("the event started {} runs, not one: {runs:?}", runs.len()))),
        }
    }

    /// Sends an event, and follows its run until it ends or waits for a person.
    pub(crate) async fn respond(&self, event: &Value) -> Result<Run> {
        self.follow(&self.begin(event).await?).await
    }

    /// Follows a run until it ends or waits for a person.
    pub(crate) async fn follow(&self, arn: &str) -> Result<Run> {
        let redress = self.redress();
        let told = in_time(&format!("{arn} ends or asks"), redress.json(&["show", arn, "--follow"])).await?;
        serde_json::from_value(told.clone())
            .map_err(|error| Trouble(format!("this is no run: {error}: {told}")))
    }

    /// A run as it is now.
    pub(crate) async fn look(&self, arn: &str) -> Result<Run> {
        Ok(serde_json::from_value(self.redress().json(&["show", arn]).await?)?)
    }

    /// Takes a change back, and follows the run to its end.
    pub(crate) async fn undo(&self, run: &Run) -> Result<Run> {
        let id = run.asks("undo")?;
        self.command(0, &["undo", &id, "--reason", REASON, "--by", BY]).await?;
        self.follow(&run.arn).await
    }

    /// The history of a run.
    pub(crate) async fn history(&self, arn: &str) -> Result<Vec<Value>> {
        let request = json!({ "executionArn": arn, "maxResults": 1000 });
        let answer = self.engine.client().await?.states("GetExecutionHistory", &request).await?;
        Ok(answer.get("events").and_then(Value::as_array).cloned().unwrap_or_default())
    }

    /// Waits until a run has entered a state so many times.
    pub(crate) async fn until_in(&self, arn: &str, state: &str, times: usize) -> Result<()> {
        until(&format!("{arn} enters `{state}` ({times})"), async || {
            let entered = |event: &&Value| {
                event.pointer("/stateEnteredEventDetails/name").and_then(Value::as_str) == Some(state)
            };
            let history = self.history(arn).await?;
            Ok((history.iter().filter(entered).count() >= times).then_some(()))
        })
        .await
    }

    /// How often the tasks have called an action of AWS.
    pub(crate) async fn count(&self, action: &str) -> Result<usize> {
        let calls = self.aws.calls().await?;
        let by_task = |call: &&Value| {
            let caller = call.get("caller").and_then(Value::as_str).unwrap_or_default();
            caller.starts_with("redress-") && call.get("action").and_then(Value::as_str) == Some(action)
        };
        Ok(calls.iter().filter(by_task).count())
    }

    /// Everything that IAM says of a role, in its own words.
    pub(crate) async fn words(&self, role: &str) -> Result<Vec<String>> {
        let name = ("RoleName", role);
        let mut words = Vec::new();
        for action in [
            "GetRole",
            "ListRolePolicies",
            "ListAttachedRolePolicies",
            "ListRoleTags",
            "ListInstanceProfilesForRole",
        ] {
            words.push(self.aws.iam(action, &[name]).await?);
        }
        for text in &mut words {
            // When a role was last used is said as well, and its session is used on purpose.
            if let Some((before, _)) = text.split_once("<RoleLastUsed") {
                *text = before.to_owned();
            }
        }
        for policy in self.account().await?.inline(role).keys() {
            words.push(self.aws.iam("GetRolePolicy", &[name, ("PolicyName", policy)]).await?);
        }
        Ok(words)
    }

    /// Deletes a seeded role, with what was seeded on it.
    pub(crate) async fn delete_role(&self, name: &str) -> Result<()> {
        let (role, profile) = (("RoleName", name), format!("{name}-profile"));
        let managed = "arn:aws:iam::aws:policy/AmazonSSMManagedInstanceCore";
        self.aws.iam("RemoveRoleFromInstanceProfile", &[role, ("InstanceProfileName", &profile)]).await?;
        self.aws.iam("DetachRolePolicy", &[role, ("PolicyArn", managed)]).await?;
        self.aws.iam("DeleteRolePolicy", &[role, ("PolicyName", "read-assets")]).await?;
        self.aws.iam("DeleteRole", &[role]).await.map(|_| ())
    }

    /// `kill -9`.
    pub(crate) async fn kill(self) -> Result<Dead> {
        self.engine.kill().await?;
        Ok(Dead { aws: self.aws, seeded: self.seeded, folder: self.folder, options: self.options })
    }
}

impl Dead {
    /// Starts the engine over the state that there is.
    pub(crate) async fn start(self) -> Result<World> {
        let Self { aws, seeded, folder, options } = self;
        let engine = in_time("the engine starts", Engine::start(&options, &aws, &seeded)).await?;
        Ok(World::over(aws, engine, seeded, folder, options))
    }
}

/// The person who takes changes back in the tests, and the reason.
pub(crate) const BY: &str = "grace@example.com";
/// The same person on record: somebody who has the operator's key of this machine.
pub(crate) const ON_RECORD: &str = "local:grace@example.com";
pub(crate) const REASON: &str = "it was the nightly export";
