//! `http:invoke`: an HTTPS API outside AWS, with the authorization of an EventBridge connection.
//!
//! Source: Step Functions developer guide, "Call HTTPS APIs in Step Functions workflows".

mod connection;
mod report;
mod request;
mod token;
mod trace;

pub(crate) use token::Tokens;
pub(crate) use trace::Trace;

use super::{Caller, Report, parameters_refused};
use crate::aws::Aws;
use crate::client::Http;
use crate::execution::Failure;
use bytes::Bytes;
use connection::Connection;
use http::{HeaderValue, Request, Response};
use jiff::Timestamp;
use serde_json::Value;
use std::time::Duration;

/// How long a call may take.
const TIMEOUT: Duration = Duration::from_secs(60);

/// What calls are made with.
pub(super) struct Means<'m> {
    pub(super) http: &'m Http,
    pub(super) aws: &'m Aws,
    pub(super) tokens: &'m Tokens,
    /// Who wants to know what went over the wire.
    pub(super) trace: Option<&'m Trace>,
}

pub(super) async fn call(means: &Means<'_>, caller: &Caller, at: Timestamp, arguments: &Value) -> Report {
    let connection = Connection::read(means.aws, caller, arguments).await?;
    let refused = |faults: Vec<String>| parameters_refused(arguments, &faults);
    let request = request::request(caller, arguments, &connection.additions).map_err(refused)?;
    let send = async |request: Request<Bytes>| {
        let protocol = request.uri().scheme_str().unwrap_or("https").to_owned();
        if let Some(trace) = means.trace {
            trace.sent(caller, arguments, &connection.additions, &request);
        }
        let answer = send(means.http, request).await?;
        if let Some(trace) = means.trace {
            trace.got(&protocol, &answer);
        }
        Ok::<_, Failure>(answer)
    };
    let Some(oauth) = &connection.oauth else { return report::report(&send(request).await?) };
    let token = means.tokens.get(means.http, oauth, at).await?;
    let answer = send(authorized(&request, &token)?).await?;
    if !matches!(answer.status().as_u16(), 401 | 407) {
        return report::report(&answer);
    }
    // The API takes the token no more, whatever was said of how long it is good.
    let token = means.tokens.renew(means.http, oauth, at).await?;
    report::report(&send(authorized(&request, &token)?).await?)
}

fn authorized(request: &Request<Bytes>, token: &str) -> Result<Request<Bytes>, Failure> {
    let mut request = request.clone();
    // What is wrong with it is not said: it is a secret.
    let mut value = HeaderValue::from_str(&format!("Bearer {token}"))
        .map_err(|_| connection::fault("InvalidConnectionState", "the token cannot stand in a header"))?;
    value.set_sensitive(true);
    request.headers_mut().insert(http::header::AUTHORIZATION, value);
    Ok(request)
}

async fn send(http: &Http, request: Request<Bytes>) -> Result<Response<Bytes>, Failure> {
    let socket = |why: String| Failure::new("States.Http.Socket", why);
    let answer = tokio::time::timeout(TIMEOUT, http.send(request)).await;
    let answer = answer.map_err(|_| socket("the endpoint gave no answer in 60 seconds".to_owned()))?;
    answer.map_err(|error| socket(error.to_string()))
}

#[cfg(test)]
mod tests;
