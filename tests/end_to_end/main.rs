//! The real executable of the tasks, the real engine, and local AWS.
//!
//! Each test has its own account, local AWS and engine, on free ports and in its own folder under `target/tmp`. Tests poll
//! with a deadline instead of sleeping for a fixed time.

mod account;
mod approvals;
mod approvals_policy;
mod boundary;
mod browser;
mod contained_and_undone;
mod crash;
mod drift;
mod duplicates;
mod enforced;
mod event;
mod field_events;
mod full_role;
mod gone;
mod guardrails;
mod held;
mod hub_lag;
mod iam_activity;
mod in_chromium;
mod joined;
mod least_privilege;
mod make_run;
mod members;
mod modes;
mod patience;
mod processes;
mod recorded_events;
mod remediation;
mod reminders;
mod restored_late;
mod run;
mod secrecy;
mod unanswered;
mod world;
