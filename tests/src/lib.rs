//! Shared by the tests and `make run`: the responses of the repository, and local AWS, the engine and the command line,
//! each as a process of its own.

mod aws;
mod cores;
mod engine_process;
mod golden;
mod manifest;
mod ministack;
mod paths;
mod redress;
pub mod responses;
mod served;
mod session;

pub use aws::{LocalAws, Role, Seeded};
pub use cores::on_every_core;
pub use engine_process::{ACTING_ROLE, Engine, Options};
pub use golden::golden;
pub use manifest::{IamStatement, ManifestEntry, manifest};
pub use ministack::{Decision, Ministack};
pub use paths::{binary, repository, scratch, shared};
pub use redress::{Output, Redress};
pub use served::Served;
pub use session::{Session, element};

/// An error, in a sentence.
#[derive(Debug)]
pub struct Trouble(pub String);

impl std::fmt::Display for Trouble {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for Trouble {}

impl From<std::io::Error> for Trouble {
    fn from(error: std::io::Error) -> Self {
        Self(error.to_string())
    }
}

impl From<serde_json::Error> for Trouble {
    fn from(error: serde_json::Error) -> Self {
        Self(error.to_string())
    }
}

impl From<engine::client::HttpError> for Trouble {
    fn from(error: engine::client::HttpError) -> Self {
        Self(error.to_string())
    }
}

impl From<engine::client::CallError> for Trouble {
    fn from(error: engine::client::CallError) -> Self {
        Self(error.to_string())
    }
}

impl From<http::Error> for Trouble {
    fn from(error: http::Error) -> Self {
        Self(error.to_string())
    }
}

/// The result of most functions here.
pub type Result<T> = std::result::Result<T, Trouble>;
