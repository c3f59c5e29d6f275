//! A task as a Lambda function: the handler name picks it, its settings are read once, its errors have names that Step
//! Functions can tell apart, and its log holds no payload.

mod handlers;
mod log;
mod manifest;
pub(crate) mod permissions;
mod run;
mod serve;
mod settings;

pub use handlers::serve;
pub use run::Run;
pub use settings::Setting;
