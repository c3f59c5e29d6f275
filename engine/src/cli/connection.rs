use super::report::Report;
use crate::client::{CallError, Client, Target};
use crate::clock::Clock;
use clap::Args;
use std::time::Duration;

/// Whom a command speaks to.
#[derive(Args, Clone)]
pub(super) struct Connection {
    /// The engine
    #[arg(long, value_name = "URL", env = "REDRESS_ENDPOINT", default_value = "http://127.0.0.1:8083")]
    endpoint: String,
    /// Speak to AWS instead, with the default credential chain
    #[arg(long)]
    aws: bool,
    /// The region [default: that of the engine, or with `--aws` of the credentials]
    #[arg(long)]
    region: Option<String>,
}

impl Connection {
    pub(super) async fn open(&self) -> Result<Client, CallError> {
        let target = if self.aws { Target::Aws } else { Target::Endpoint(self.endpoint.clone()) };
        Client::new(target, self.region.clone(), Clock).await
    }
}

/// Waits for something, and says so if it takes longer than a second.
pub(super) async fn with_progress<T>(report: &Report, doing: &str, work: impl Future<Output = T>) -> T {
    tokio::pin!(work);
    match tokio::time::timeout(Duration::from_secs(1), &mut work).await {
        Ok(done) => done,
        Err(_) => {
            report.progress(doing);
            work.await
        }
    }
}
