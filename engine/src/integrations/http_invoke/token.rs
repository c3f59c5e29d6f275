//! Tokens of OAuth. They are kept as long as they are good, in memory alone.
//!
//! Source: RFC 6749, "Client Credentials Grant". What EventBridge sends besides what a connection says is not published;
//! this is what the RFC has and most servers take: a form with the credentials in it.

use super::connection::{Additions, OAuth, fault};
use super::request;
use super::send;
use crate::client::Http;
use crate::execution::Failure;
use crate::time::after;
use bytes::Bytes;
use http::{HeaderMap, HeaderValue, Request};
use jiff::Timestamp;
use serde_json::Value;
use sha2::{Digest, Sha256};
use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

/// A token is not used in the last minute before it ends.
const MARGIN_SECONDS: u64 = 60;

/// How long a token is good whose server does not say, in seconds.
const UNSAID_SECONDS: u64 = 300;

/// The tokens that are good. It can be cloned; all clones are the same.
#[derive(Clone, Default)]
pub(crate) struct Tokens(Arc<Mutex<HashMap<Key, Token>>>);

/// What a token was given for. Other credentials get another one.
type Key = [u8; 32];

struct Token {
    value: String,
    until: Timestamp,
}

impl Tokens {
    /// A token that is good at this time.
    pub(super) async fn get(&self, http: &Http, oauth: &OAuth, at: Timestamp) -> Result<String, Failure> {
        let kept = {
            let tokens = self.0.lock().unwrap_or_else(PoisonError::into_inner);
            tokens.get(&key(oauth)).filter(|token| at < token.until).map(|token| token.value.clone())
        };
        match kept {
            Some(token) => Ok(token),
            None => self.renew(http, oauth, at).await,
        }
    }

    /// A new token, in the place of one that is good no more.
    pub(super) async fn renew(&self, http: &Http, oauth: &OAuth, at: Timestamp) -> Result<String, Failure> {
        let answer = send(http, asking(oauth)?).await?;
        if !answer.status().is_success() {
            // What it says may repeat what it was sent, which is a secret.
            let cause = format!("the authorization endpoint answered {}", answer.status().as_u16());
            return Err(fault("InvalidConnectionState", &cause));
        }
        let answer: Value = serde_json::from_slice(answer.body()).unwrap_or_default();
        let Some(value) = answer.get("access_token").and_then(Value::as_str) else {
            return Err(fault("InvalidConnectionState", "the authorization endpoint gave no `access_token`"));
        };
        let seconds =
            answer.get("expires_in").and_then(|it| it.as_u64().or_else(|| it.as_str()?.parse().ok()));
        let seconds = seconds.unwrap_or(UNSAID_SECONDS).saturating_sub(MARGIN_SECONDS);
        let token = Token { value: value.to_owned(), until: after(at, seconds.saturating_mul(1000)) };
        self.0.lock().unwrap_or_else(PoisonError::into_inner).insert(key(oauth), token);
        Ok(value.to_owned())
    }
}

fn key(oauth: &OAuth) -> Key {
    let mut digest = Sha256::new();
    let mut add = |text: &str| {
        digest.update(text.len().to_le_bytes());
        digest.update(text);
    };
    for part in [&oauth.endpoint, &oauth.method, &oauth.client_id, &oauth.client_secret] {
        add(part);
    }
    let Additions { headers, query, body } = &oauth.additions;
    for pairs in [headers, query, body] {
        pairs.iter().for_each(|(name, value)| {
            add(name);
            add(value);
        });
        add("");
    }
    digest.finalize().into()
}

/// The request for a token.
fn asking(oauth: &OAuth) -> Result<Request<Bytes>, Failure> {
    let unusable =
        |_| fault("InvalidConnectionState", "no request can be made of the connection's OAuth parameters");
    let own = [
        ("grant_type", "client_credentials"),
        ("client_id", &oauth.client_id),
        ("client_secret", &oauth.client_secret),
    ];
    let said = &oauth.additions;
    let mut form: Vec<(String, String)> = own
        .into_iter()
        .filter(|(name, _)| said.body.iter().all(|(other, _)| other != name))
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .collect();
    form.extend(said.body.iter().cloned());
    let mut query = said.query.clone();
    let body = if oauth.method == "GET" {
        query.extend(form);
        Bytes::new()
    } else {
        Bytes::from(request::form(&form))
    };
    let mut headers = HeaderMap::new();
    headers.insert("accept", HeaderValue::from_static("application/json"));
    if !body.is_empty() {
        headers.insert("content-type", HeaderValue::from_static("application/x-www-form-urlencoded"));
    }
    for (name, value) in &said.headers {
        request::put(&mut headers, name, value).map_err(unusable)?;
    }
    let uri = request::with_query(&oauth.endpoint, &query);
    let asking = Request::builder().method(oauth.method.as_str()).uri(uri).body(body);
    let mut asking = asking.map_err(|_| unusable(String::new()))?;
    *asking.headers_mut() = headers;
    Ok(asking)
}
