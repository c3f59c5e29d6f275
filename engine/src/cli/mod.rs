//! The command line. Each command is one file here.

mod check;
mod report;
mod test;

use clap::{Args, Parser, Subcommand};
use report::Report;
use std::path::PathBuf;
use std::process::ExitCode;

/// Event-driven security response on AWS Step Functions, and an engine that runs it on one machine.
#[derive(Parser)]
#[command(name = "redress", version, max_term_width = 100, arg_required_else_help = true)]
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
    Check(check::Check),
    Test(test::Test),
}

/// Where workflows and tasks are: what `check`, `test` and `up` read.
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

/// Runs the command line. Exit codes: 0 done, 1 something is not right, 2 wrong usage, 3 it could not be done.
pub fn main() -> ExitCode {
    let cli = Cli::parse();
    let report = Report::new(cli.global.json);
    let exit = match cli.command {
        Command::Check(command) => command.run(&report),
        Command::Test(command) => command.run(&report),
    };
    match exit {
        Ok(exit) => exit.into(),
        Err(error) => {
            report.error(error.as_ref());
            Exit::Failed.into()
        }
    }
}

/// What goes wrong in a command, for people.
type CommandResult = Result<Exit, Box<dyn std::error::Error>>;
