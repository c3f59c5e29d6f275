//! Speaking to AWS, or to an engine, on AWS's wire: HTTP, signatures, and the JSON protocol.

mod approvals;
mod http;
mod json;
mod sign;

pub use approvals::Approvals;
pub use http::{Http, HttpError};
pub use json::{CallError, Client, Target};
pub use sign::Credentials;
