use super::report::{Report, Tone};
use super::{CommandResult, Fault, Sources, stop};
use crate::api::{Api, Forward};
use crate::approvals::{self, Approvals, Operator};
use crate::aws::Aws;
use crate::client::Http;
use crate::clock::Clock;
use crate::events::Rule;
use crate::integrations::{Integrations, Mocks};
use crate::lambda::{Functions, Host, Options, Remote, TASKS};
use crate::service::{Bus, Executor, Machines, Store, herald, logbook, retention};
use crate::workflow::{self, Place, Workflow};
use clap::{Args, ValueEnum};
use serde_json::json;
use std::collections::BTreeMap;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};
use std::time::Duration;
use tokio::net::TcpListener;

/// Run the engine: Step Functions, EventBridge and the Lambda host on one port of this machine
///
/// It reads the responses and their rules, runs the tasks, and answers the AWS CLI and every AWS SDK. Its state is in a
/// folder: stop it however you like, start it again, and everything goes on.
#[derive(Args)]
#[command(
    after_help = "Examples:\n  redress up\n  redress up --set Mode=auto --aws-endpoint http://127.0.0.1:5000 --env CASE_TABLE=redress-cases\n  aws --endpoint-url http://127.0.0.1:8083 stepfunctions list-state-machines"
)]
pub(super) struct Up {
    /// The port, on 127.0.0.1; 0 takes a free one
    #[arg(long, default_value_t = 8083)]
    port: u16,
    /// The folder with the state
    #[arg(long, value_name = "DIR", default_value = ".redress")]
    state: PathBuf,
    /// The folder with the responses; without it the engine has the workflows that are created through its API
    #[arg(long, value_name = "DIR", default_value = "statemachines")]
    workflows: PathBuf,
    #[command(flatten)]
    sources: Sources,
    /// The executable of the tasks, or a folder with `tasks` or `bootstrap`, or with an executable for each function
    /// [default: `tasks` beside this program]
    #[arg(long, value_name = "PATH")]
    tasks: Option<PathBuf>,
    /// A parameter of the responses: `Mode=auto`, or of one response: `NAME.Mode=auto`
    #[arg(long, value_name = "NAME=VALUE", value_parser = pair)]
    set: Vec<(String, String)>,
    /// An environment variable of every task
    #[arg(long, value_name = "NAME=VALUE", value_parser = pair)]
    env: Vec<(String, String)>,
    /// Environment variables of single tasks: a JSON file `{"open-case": {"NAME": "value"}}`
    #[arg(long, value_name = "FILE")]
    task_env: Option<PathBuf>,
    /// Where requests of the tasks for other AWS services go, such as moto
    #[arg(long, value_name = "URL")]
    aws_endpoint: Option<String>,
    /// Invoke functions at this endpoint instead of running binaries
    #[arg(long, value_name = "URL")]
    lambda_endpoint: Option<String>,
    /// Results and errors in the place of calls, for executions that are started with a test case
    /// (`stateMachineArn#TestCase`): a `MockConfigFile.json` of Step Functions Local
    #[arg(long, value_name = "FILE", env = "SFN_MOCK_CONFIG")]
    mock_config: Option<PathBuf>,
    /// `virtual` skips waits and retries at once, and timeouts when nobody has answered for a while; timestamps are as if
    /// the time had passed
    #[arg(long, value_enum, default_value_t)]
    clock: Time,
    /// With `--clock virtual`: how many seconds somebody has to answer before a timeout is skipped
    #[arg(long, value_name = "SECONDS", default_value_t = 2.0, value_parser = patience)]
    patience: f64,
    /// For how many days executions are kept after they have ended, at least 35; 0 keeps all of them. What runs is always kept
    #[arg(long, value_name = "DAYS", default_value_t = 400, value_parser = keep_days)]
    keep_days: u32,
    /// The account that the engine plays
    #[arg(long, default_value = "123456789012", value_parser = account)]
    account: String,
    /// The region of the workflows
    #[arg(long, default_value = "us-east-1")]
    region: String,
    /// Log more: every instance that is started, every event
    #[arg(long, short)]
    verbose: bool,
}

/// What time runs by.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, ValueEnum)]
enum Time {
    /// As it passes.
    #[default]
    Real,
    /// As if it passed.
    Virtual,
}

/// The role that state machines from folders have. Nothing on this machine checks it.
const ROLE: &str = "role/redress/workflow";

impl Up {
    pub(super) async fn run(self, report: &Report) -> CommandResult {
        log(self.verbose);
        // Nobody else on this machine is to read the findings, the logs of the tasks and what the store keeps.
        rustix::process::umask(rustix::fs::Mode::RWXG | rustix::fs::Mode::RWXO);
        let place = Place {
            partition: partition(&self.region).to_owned(),
            region: self.region.clone(),
            account: self.account.clone(),
        };
        let known = if self.sources.manifest.is_file() {
            workflow::Functions::read(&self.sources.manifest)?
        } else {
            workflow::Functions::default()
        };
        let workflows = self.read_workflows(&known, &place)?;
        let store = Store::open(&self.state)?;
        let clock = match self.clock {
            Time::Real => Clock,
            Time::Virtual => {
                let latest = store.latest().await?;
                Clock::virtual_from(latest, Duration::from_secs_f64(self.patience))
            }
        };
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, self.port))
            .await
            .map_err(|error| format!("port {} cannot be used: {error}", self.port))?;
        let address = listener.local_addr()?;
        let http = Http::new()?;
        let functions = self.functions(&known, &place, address, &http, report).await?;
        let functions = functions.reserving(approvals::reserved());
        let machines = Machines::new(store.clone(), clock);
        for workflow in &workflows {
            let role = format!("arn:{}:iam::{}:{ROLE}", place.partition, place.account);
            machines.put(&workflow.arn, &workflow.name, &workflow.definition, &role).await?;
        }
        // What is not for this engine it sends on, so that for a call all of AWS is where the engine is. Signatures are of
        // real time, whatever time it is here.
        let aws = Aws::new(http.clone(), &format!("http://{address}"), Clock)
            .with_sessions(self.aws_endpoint.is_some());
        let integrations = Integrations::new(functions.clone()).over(http.clone(), aws).mocked(self.mocks()?);
        let executor = Executor::start(store.clone(), clock, machines.clone(), integrations).await?;
        let rules: Vec<Rule> = workflows.iter().flat_map(|workflow| workflow.rules.clone()).collect();
        let bus = Bus::start(
            store.clone(),
            clock,
            rules,
            place.arn("events", "rule/"),
            machines.clone(),
            executor.clone(),
            functions.clone(),
        );
        herald::start(&executor, bus.clone(), clock);
        let logs = self.aws_endpoint.as_deref().map(|endpoint| Aws::new(http.clone(), endpoint, Clock));
        retention::start(store.clone(), clock, self.keep_days);
        logbook::start(&executor, self.state.join("logs"), logs);
        let forward = self.aws_endpoint.as_deref().map(|endpoint| Forward::new(http, endpoint));
        let operator = Operator::open(&self.state)?;
        announce(report, &workflows, address, &self.state, &operator);
        let (account, answers) = (place.account.clone(), functions.clone());
        let approvals = Approvals { functions: answers, clock, account, operator };
        let api = Api { store, clock, machines, executor, bus, functions, forward, place };
        let router = approvals::router(approvals, api);
        stop::serve(listener, router, report).await
    }

    fn read_workflows(&self, functions: &workflow::Functions, place: &Place) -> Result<Vec<Workflow>, Fault> {
        if !self.workflows.is_dir() {
            return Ok(Vec::new());
        }
        let mut unused: Vec<&str> = self.set.iter().map(|(name, _)| name.as_str()).collect();
        let mut workflows = Vec::new();
        for folder in workflow::folders(&self.workflows)? {
            let workflow = Workflow::read(&folder, functions, place, &BTreeMap::new())?;
            let mut set = BTreeMap::new();
            for (name, value) in &self.set {
                if let Some(own) = applies(name, &workflow) {
                    set.insert(own.to_owned(), value.clone());
                    unused.retain(|unused| unused != name);
                }
            }
            workflows.push(workflow.with_parameters(&set)?);
        }
        match unused.first() {
            None => Ok(workflows),
            Some(name) => Err(unknown(name, &workflows).into()),
        }
    }

    fn mocks(&self) -> Result<Mocks, Fault> {
        let Some(file) = &self.mock_config else { return Ok(Mocks::default()) };
        let mocks = Mocks::read(&workflow::read(file)?);
        mocks.map_err(|error| format!("`{}`: {error}", file.display()).into())
    }

    async fn functions(
        &self,
        known: &workflow::Functions,
        place: &Place,
        address: SocketAddr,
        http: &Http,
        report: &Report,
    ) -> Result<Functions, Fault> {
        if let Some(endpoint) = &self.lambda_endpoint {
            return Ok(Functions::remote(Remote::new(http.clone(), endpoint)));
        }
        let tasks = match &self.tasks {
            Some(tasks) if !tasks.exists() => {
                return Err(format!("`--tasks {}`: there is no such file or folder", tasks.display()).into());
            }
            Some(tasks) => tasks.clone(),
            None => std::env::current_exe()?.with_file_name(TASKS),
        };
        let of_function: BTreeMap<String, BTreeMap<String, String>> = match &self.task_env {
            None => BTreeMap::new(),
            Some(file) => serde_json::from_str(&workflow::read(file)?)
                .map_err(|error| format!("`{}`: {error}", file.display()))?,
        };
        let environment = self.environment(place, address);
        for function in known.iter() {
            let own = of_function.get(&function.name);
            let missing = |name: &&String| {
                !environment.contains_key(*name) && !own.is_some_and(|own| own.contains_key(*name))
            };
            let missing: Vec<&str> =
                function.environment.iter().filter(missing).map(String::as_str).collect();
            if !missing.is_empty() {
                report.warn(format!(
                    "the task `{}` cannot start: give it {} with `--env`",
                    function.name,
                    missing.join(", ")
                ));
            }
        }
        let options =
            Options { tasks, logs: self.state.join("logs"), environment, of_function, place: place.clone() };
        Ok(Functions::hosted(Host::start(known, options, Clock).await?))
    }

    /// What every task finds in its environment. Their AWS is this engine, which sends on what it does not have.
    fn environment(&self, place: &Place, address: SocketAddr) -> BTreeMap<String, String> {
        let mut environment = BTreeMap::from([
            ("AWS_REGION".to_owned(), place.region.clone()),
            ("AWS_DEFAULT_REGION".to_owned(), place.region.clone()),
            ("AWS_ENDPOINT_URL".to_owned(), format!("http://{address}")),
            ("AWS_ACCESS_KEY_ID".to_owned(), "local".to_owned()),
            ("AWS_SECRET_ACCESS_KEY".to_owned(), "local".to_owned()),
            ("EXECUTION_LINK".to_owned(), format!("redress show {{name}} --endpoint http://{address}")),
            ("APPROVAL_URL".to_owned(), page(address)),
        ]);
        environment.extend(self.env.iter().cloned());
        environment
    }
}

/// A redrive, and the longest window of a question, must still find their execution.
fn keep_days(text: &str) -> Result<u32, String> {
    match text.parse() {
        Ok(days) if days == 0 || days >= 35 => Ok(days),
        _ => Err("it is a whole number from 35, or 0 to keep everything".to_owned()),
    }
}

/// The parameter of a response that a `--set` means, if it means one.
fn applies<'n>(name: &'n str, workflow: &Workflow) -> Option<&'n str> {
    let own = match name.split_once('.') {
        Some((response, own)) if response == workflow.name => own,
        Some(_) => return None,
        None => name,
    };
    workflow.parameters.contains_key(own).then_some(own)
}

/// The error for a `--set` that means no parameter.
fn unknown(name: &str, workflows: &[Workflow]) -> String {
    let of = |workflow: &Workflow| {
        let names: Vec<&str> = workflow.parameters.keys().map(String::as_str).collect();
        format!("\n  {}: {}", workflow.name, names.join(", "))
    };
    format!("no response has a parameter `{name}`:{}", workflows.iter().map(of).collect::<String>())
}

/// Where a question is answered in a browser.
fn page(address: SocketAddr) -> String {
    format!("http://{address}/approvals/{{id}}")
}

fn announce(report: &Report, workflows: &[Workflow], address: SocketAddr, state: &Path, operator: &Operator) {
    report.line(format!("{} http://{address}", report.paint(Tone::Bold, "redress is up at")));
    for workflow in workflows {
        let states = workflow.machine.states.iter().count();
        let title = workflow.title.as_ref().map_or_else(String::new, |title| format!(": {title}"));
        report.line(format!("  response {}{title} ({states} states)", workflow.name));
        for problem in &workflow.warnings {
            report.line(format!("    {} {problem}", report.paint(Tone::Warn, "warning")));
        }
    }
    let key = operator.file().display();
    report.line(format!("  questions at {}; sign in with the key in {key}", page(address)));
    report.line(report.paint(Tone::Dim, format!("  state in {}; stop it with Ctrl-C", state.display())));
    let names: Vec<&str> = workflows.iter().map(|workflow| workflow.name.as_str()).collect();
    report.value_line(&json!({ "endpoint": format!("http://{address}"), "workflows": names, "approvals": page(address), "operatorKeyFile": operator.file() }));
}

fn log(verbose: bool) {
    let default = if verbose { "engine=debug" } else { "engine=warn" };
    let filter =
        tracing_subscriber::EnvFilter::try_from_env("REDRESS_LOG").unwrap_or_else(|_| default.into());
    tracing_subscriber::fmt().with_env_filter(filter).with_target(false).with_writer(std::io::stderr).init();
}

fn partition(region: &str) -> &'static str {
    if region.starts_with("cn-") {
        "aws-cn"
    } else if region.starts_with("us-gov-") {
        "aws-us-gov"
    } else {
        "aws"
    }
}

fn pair(text: &str) -> Result<(String, String), String> {
    text.split_once('=')
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .ok_or_else(|| format!("`{text}` is not NAME=VALUE"))
}

fn patience(text: &str) -> Result<f64, String> {
    let seconds = text.parse::<f64>().ok().filter(|seconds| (0.0..=86_400.0).contains(seconds));
    seconds.ok_or_else(|| format!("`{text}` is not a number of seconds from 0 to 86400"))
}

fn account(text: &str) -> Result<String, String> {
    if text.len() == 12 && text.bytes().all(|byte| byte.is_ascii_digit()) {
        Ok(text.to_owned())
    } else {
        Err("an account has twelve digits".to_owned())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::workflow::tests::House;

    #[test]
    fn a_parameter_is_set_for_all_responses_or_for_one() {
        let roles = House::new().read("roles").unwrap();
        for (name, own) in [
            ("Mode", Some("Mode")),
            ("roles.Mode", Some("Mode")),
            ("policies.Mode", None),
            ("Moed", None),
            ("roles.Moed", None),
        ] {
            assert_eq!(applies(name, &roles), own, "{name}");
        }
        let error = unknown("Moed", &[roles]);
        assert_eq!(error, "no response has a parameter `Moed`:\n  roles: Mode, Seconds");
    }
}
