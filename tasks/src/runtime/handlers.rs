//! Every task of the executable. The dispatch by handler name and the manifest both read this list.

use super::manifest::Entry;
use super::run::Run;
use super::serve::{self, Answer};
use crate::aws::Aws;
use contract::{Fault, kinds, steps, tasks};
use serde_json::Value;
use std::fmt::Write;
use std::process::ExitCode;

/// A task as the runtime uses it, without its types.
pub(super) struct Handler {
    /// Its line in the manifest, which has its name and its settings.
    pub(super) entry: Entry,
    /// Reads the tables that the task cannot work without.
    pub(super) prepare: fn() -> Result<(), Fault>,
    /// Answers one call: the payload, the ARN as which the function was invoked, and AWS.
    pub(super) answer: for<'a> fn(Value, &'a str, &'a Aws) -> Answer<'a>,
}

impl Handler {
    fn of<T: Run + 'static>() -> Self {
        Self { entry: Entry::of::<T>(), prepare: T::prepare, answer: serve::answer::<T> }
    }
}

/// The common tasks, then the steps of each kind.
pub(super) fn all() -> Vec<Handler> {
    let mut all = vec![
        Handler::of::<tasks::OpenCase>(),
        Handler::of::<tasks::UpdateFinding>(),
        Handler::of::<tasks::Notify>(),
        Handler::of::<tasks::RequestApproval>(),
        Handler::of::<tasks::AnswerApproval>(),
        Handler::of::<tasks::SetWorkflowStatus>(),
        Handler::of::<tasks::CloseCase>(),
    ];
    macro_rules! changing {
        ($($kind:ident)*) => { $( all.extend([
            Handler::of::<steps::Look<kinds::$kind>>(),
            Handler::of::<steps::CheckGuardrails<kinds::$kind>>(),
            Handler::of::<steps::Record<kinds::$kind>>(),
            Handler::of::<steps::Change<kinds::$kind>>(),
            Handler::of::<steps::Verify<kinds::$kind>>(),
            Handler::of::<steps::Restore<kinds::$kind>>(),
        ]); )* };
    }
    macro_rules! looking {
        ($($kind:ident)*) => { $( all.push(Handler::of::<steps::Look<kinds::$kind>>()); )* };
    }
    contract::for_each_changing_kind!(changing);
    contract::for_each_looking_kind!(looking);
    all
}

/// Runs the task of this name as a Lambda function until the host ends the process. Without a name, or with one that no
/// task has, it prints the names that there are and fails.
pub fn serve(name: Option<&str>) -> ExitCode {
    match find(name, all()) {
        Ok(handler) => serve::serve(&handler),
        Err(help) => {
            eprint!("{help}");
            ExitCode::FAILURE
        }
    }
}

/// The task of this name, or a text that lists all names.
fn find(name: Option<&str>, handlers: Vec<Handler>) -> Result<Handler, String> {
    let mut help = match name {
        None | Some("") => "`_HANDLER` is not set.".to_owned(),
        Some(name) => format!("There is no handler `{}`.", crate::text::escape(name)),
    };
    help.push_str(" Lambda sets `_HANDLER` to the handler of the function. The handlers are:\n");
    for handler in handlers {
        if Some(handler.entry.name.as_str()) == name {
            return Ok(handler);
        }
        let _ = writeln!(help, "  {:<40} {}", handler.entry.name, handler.entry.summary);
    }
    Err(help)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_handler_name_picks_the_task() {
        for handler in all() {
            let found = find(Some(&handler.entry.name), all());
            assert_eq!(found.ok().map(|found| found.entry.name), Some(handler.entry.name));
        }
    }

    #[test]
    fn without_a_handler_name_the_names_are_listed() {
        for (name, why) in [
            (None, "`_HANDLER` is not set."),
            (Some(""), "`_HANDLER` is not set."),
            (Some("bootstrap"), "There is no handler `bootstrap`."),
            (Some("Notify\n"), "There is no handler `Notify\\n`."),
        ] {
            let help = find(name, all()).err().unwrap();
            assert!(help.starts_with(why), "{help}");
            assert_eq!(help.lines().count(), 1 + all().len(), "{help}");
            assert!(help.contains("\n  open-case "), "{help}");
        }
    }

    #[test]
    fn what_is_compiled_into_every_task_is_sound() {
        for handler in all() {
            assert_eq!((handler.prepare)(), Ok(()), "{}", handler.entry.name);
        }
    }

    #[test]
    fn the_tasks_are_those_that_the_contract_declares() {
        let declared: Vec<String> = contract::declarations().into_iter().map(|task| task.name).collect();
        let served: Vec<String> = all().into_iter().map(|handler| handler.entry.name).collect();
        assert_eq!(served, declared);
    }
}
