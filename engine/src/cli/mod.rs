//! The command line. Each command is one file here.

mod answer;
mod check;
mod connection;
mod follow;
mod report;
mod restore;
mod run;
mod runs;
mod send;
mod show;
mod stop;
mod test;
mod up;

use clap::{Args, Parser, Subcommand};
use report::Report;
use std::path::PathBuf;
use std::process::ExitCode;

/// Event-driven security response on AWS Step Functions, and an engine that runs it on one machine.
///
/// `up` runs the engine; `send`, `runs`, `show`, `approve`, `deny`, `undo` and `restore` speak the AWS wire protocol to it, or with
/// `--aws` to AWS itself. `check` and `test` read responses and need no engine.
#[derive(Parser)]
#[command(name = "redress", version, max_term_width = 100, arg_required_else_help = true)]
#[command(
    after_help = "Exit codes: 0 done, 1 something is not right (a problem, a failed scenario, a failed run),\n2 wrong usage, 3 it could not be done (no engine, no permission, no such run)"
)]
struct Cli {
    #[command(subcommand)]
    command: Command,
    #[command(flatten)]
    global: Global,
}

#[derive(Args, Clone)]
struct Global {
    /// Print JSON instead of text
    #[arg(long, global = true)]
    json: bool,
}

#[derive(Subcommand)]
enum Command {
    Up(up::Up),
    Send(send::Send),
    Runs(runs::Runs),
    Show(show::Show),
    Approve(answer::Approve),
    Deny(answer::Deny),
    Undo(answer::Undo),
    Restore(restore::Restore),
    Check(check::Check),
    Test(test::Test),
}

/// The files that `check`, `test` and `up` read in addition to the responses.
#[derive(Args, Clone)]
struct Sources {
    /// The manifest of the tasks
    #[arg(long, value_name = "FILE", default_value = "tasks/manifest.json")]
    manifest: PathBuf,
}

/// How a command ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Exit {
    /// It did what was asked.
    Done,
    /// It looked, and what it looked at is not right: problems, failed scenarios, a failed run.
    NotRight,
    /// It could not do what was asked.
    Failed,
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        match exit {
            Exit::Done => Self::SUCCESS,
            Exit::NotRight => Self::from(1),
            Exit::Failed => Self::from(3),
        }
    }
}

/// What goes wrong in a command, for people.
type Fault = Box<dyn std::error::Error + std::marker::Send + Sync>;

/// How a command ended, or what went wrong.
type CommandResult = Result<Exit, Fault>;

/// How much stack a thread gets: expressions of a workflow may be nested deeply, and take it only while they are.
const STACK: usize = 64 * 1024 * 1024;

/// Runs the command line. Exit codes: 0 done, 1 something is not right, 2 wrong usage, 3 it could not be done.
pub fn main() -> ExitCode {
    let cli = Cli::parse();
    let report = Report::new(cli.global.json);
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().thread_stack_size(STACK).build();
    let exit = match runtime {
        // The command runs on a thread of the runtime, for the sake of its stack.
        Ok(runtime) => runtime.block_on(async {
            let work = tokio::spawn(async move { run(cli.command, &report).await });
            work.await.unwrap_or(Exit::Failed)
        }),
        Err(error) => {
            report.error(&error);
            Exit::Failed
        }
    };
    exit.into()
}

async fn run(command: Command, report: &Report) -> Exit {
    let result = match command {
        Command::Up(command) => command.run(report).await,
        Command::Send(command) => command.run(report).await,
        Command::Runs(command) => command.run(report).await,
        Command::Show(command) => command.run(report).await,
        Command::Approve(command) => command.run(report).await,
        Command::Deny(command) => command.run(report).await,
        Command::Undo(command) => command.run(report).await,
        Command::Restore(command) => command.run(report).await,
        Command::Check(command) => command.run(report),
        Command::Test(command) => command.run(report),
    };
    match result {
        Ok(exit) => exit,
        Err(error) => {
            report.error(error.as_ref());
            Exit::Failed
        }
    }
}
