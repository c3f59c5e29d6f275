//! What the tests and `make run` start: local AWS, the engine, and the command line, each as a process of its own, as a
//! stranger would.

mod aws;
mod cores;
mod engine_process;
mod paths;
mod redress;
mod served;
mod session;

pub use aws::{LocalAws, Role, Seeded};
pub use cores::on_every_core;
pub use engine_process::{Engine, Options};
pub use paths::{binary, repository, shared};
pub use redress::{Output, Redress};
pub use served::Served;
pub use session::{Session, element};

/// What went wrong, in a sentence.
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

/// The result of most things here.
pub type Result<T> = std::result::Result<T, Trouble>;
