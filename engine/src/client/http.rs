use ::http::{Request, Response};
use bytes::Bytes;
use http_body_util::{BodyExt, Full, Limited};
use hyper_rustls::{HttpsConnector, HttpsConnectorBuilder};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use std::time::Duration;

/// The most that an answer may hold.
const MOST_BYTES: usize = 64 * 1024 * 1024;

/// How long an answer may take: as long as a Lambda function may run.
const TIMEOUT: Duration = Duration::from_secs(900);

/// A pool of HTTP connections. It can be cloned; all clones share the connections.
#[derive(Clone)]
pub struct Http(Client<HttpsConnector<HttpConnector>, Full<Bytes>>);

/// Why there was no answer.
#[derive(Debug, thiserror::Error)]
pub enum HttpError {
    /// TLS cannot be used: this machine has no root certificates.
    #[error("TLS cannot be used on this machine: {0}")]
    Tls(String),
    /// There was no connection, or it broke.
    #[error("{host}: {why}")]
    Connection {
        /// Whom it was sent to.
        host: String,
        /// What happened.
        why: String,
    },
}

impl Http {
    /// Makes a pool.
    pub fn new() -> Result<Self, HttpError> {
        let connector = HttpsConnectorBuilder::new()
            .with_native_roots()
            .map_err(|error| HttpError::Tls(error.to_string()))?
            .https_or_http()
            .enable_http1()
            .build();
        Ok(Self(
            Client::builder(TokioExecutor::new()).pool_idle_timeout(Duration::from_secs(30)).build(connector),
        ))
    }

    /// Sends a request and collects the answer.
    pub async fn send(&self, request: Request<Bytes>) -> Result<Response<Bytes>, HttpError> {
        let host = request.uri().authority().map(ToString::to_string).unwrap_or_default();
        let failed = |why: String| HttpError::Connection { host: host.clone(), why };
        let work = async {
            let answer =
                self.0.request(request.map(Full::new)).await.map_err(|error| failed(causes(&error)))?;
            let (parts, body) = answer.into_parts();
            let body =
                Limited::new(body, MOST_BYTES).collect().await.map_err(|error| failed(error.to_string()))?;
            Ok(Response::from_parts(parts, body.to_bytes()))
        };
        tokio::time::timeout(TIMEOUT, work).await.map_err(|_| failed("no answer in time".to_owned()))?
    }
}

fn causes(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut next = error.source();
    while let Some(cause) = next {
        text = cause.to_string();
        next = cause.source();
    }
    text
}
