//! The real binaries of the tasks, the real engine, local AWS.
//!
//! Each test has an account, a local AWS and an engine of its own, on free ports and in a folder of its own under
//! `target/tmp`. What is waited for is looked for, with a deadline; nothing sleeps and hopes.

mod account;
mod approvals;
mod approvals_policy;
mod browser;
mod contained_and_undone;
mod crash;
mod drift;
mod duplicates;
mod enforced;
mod event;
mod guardrails;
mod held;
mod hub_lag;
mod in_chromium;
mod least_privilege;
mod make_run;
mod members;
mod modes;
mod patience;
mod processes;
mod recorded_events;
mod remediation;
mod reminders;
mod run;
mod secrecy;
mod world;
