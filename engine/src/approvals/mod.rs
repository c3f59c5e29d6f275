//! The page of a question, `/approvals/{id}`: what an HTTP API does for it on AWS the engine does here. It says who asks,
//! makes the request an event, and hands it to the function `answer-approval`, which does the rest. A browser signs in with
//! the operator's key and sends a cookie; the command line sends the key with each request.

mod event;
mod operator;
mod pages;

pub use operator::{Operator, OperatorError};

use crate::api::{self, Api, guard};
use crate::clock::Clock;
use crate::lambda::{Functions, Reserved};
use axum::Router;
use axum::body::{Body, to_bytes};
use axum::extract::State;
use axum::http::header::{ACCEPT, ALLOW, AUTHORIZATION, COOKIE, LOCATION, SET_COOKIE};
use axum::http::request::Parts;
use axum::http::{HeaderValue, Method, Request, Response, StatusCode};
use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use bytes::Bytes;
use operator::{Refusal, SESSION_SECONDS};
use percent_encoding::percent_decode_str;
use serde_json::json;
use std::sync::Arc;

/// Where the pages are.
const PATH: &str = "/approvals";

/// Where people sign in. No question has this id.
const SIGN_IN: &str = "sign-in";

/// The cookie of a session.
const SESSION: &str = "redress-operator";

/// The most that a request may hold. The function takes less, and says so.
const MOST_BYTES: usize = 1024 * 1024;

/// The function that records decisions, and its alias for the API that has authenticated who decides. A request through
/// the alias says who that is, so whoever could invoke it could be anybody.
const ANSWERS: &str = "answer-approval";
const PAGE: &str = "page";

/// What the pages work with.
pub struct Approvals {
    /// The functions, of which `reserved` is.
    pub functions: Functions,
    /// The clock.
    pub clock: Clock,
    /// The account that the engine plays.
    pub account: String,
    /// Who may answer.
    pub operator: Operator,
}

/// The function that the pages alone may invoke.
pub fn reserved() -> Reserved {
    let why = format!(
        "only the page of the engine may invoke `{ANSWERS}:{PAGE}`: answer with `redress` or in a browser, with the operator's key"
    );
    Reserved { function: ANSWERS, qualifier: PAGE, why }
}

/// The routes of the API, and the pages.
pub fn router(pages: Approvals, api: Api) -> Router {
    Router::new().fallback(handle).with_state((Arc::new(pages), Arc::new(api)))
}

async fn handle(
    State((pages, api)): State<(Arc<Approvals>, Arc<Api>)>,
    request: Request<Body>,
) -> Response<Body> {
    if is_page(request.uri().path()) {
        let (parts, body) = request.into_parts();
        return answer(&pages, parts, body).await;
    }
    api::respond(&api, request).await
}

/// Whether a request is for a page.
fn is_page(path: &str) -> bool {
    path.strip_prefix(PATH).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

/// Answers a request for a page.
async fn answer(approvals: &Approvals, parts: Parts, body: Body) -> Response<Body> {
    if let Err(why) = guard::check_page(&parts) {
        return pages::saying(StatusCode::FORBIDDEN, "That was refused", why);
    }
    let Ok(body) = to_bytes(body, MOST_BYTES).await else {
        return pages::saying(
            StatusCode::PAYLOAD_TOO_LARGE,
            "That was refused",
            "This request is too large.",
        );
    };
    let id = parts.uri.path().strip_prefix(PATH).and_then(|rest| rest.strip_prefix('/')).unwrap_or_default();
    if id.is_empty() || id.contains('/') {
        return pages::saying(
            StatusCode::NOT_FOUND,
            "There is no such page",
            "The address of a question is in the message that asks it.",
        );
    }
    let id = percent_decode_str(id).decode_utf8_lossy().into_owned();
    if id == SIGN_IN {
        return sign_in(approvals, &parts, &body);
    }
    let operator = match key(&parts) {
        Some((name, key)) => match approvals.operator.check(&key, &name, approvals.clock.now()) {
            Ok(operator) => Some(operator),
            Err(refusal) => {
                let (status, sentence) = words(refusal);
                return pages::data(status, &json!({ "message": sentence }));
            }
        },
        None => session(&parts).and_then(|session| approvals.operator.who(session, approvals.clock.now())),
    };
    if operator.is_none() && matches!(parts.method, Method::GET | Method::HEAD) {
        let to = if is_id(&id) { &id } else { "" };
        return pages::sign_in(StatusCode::UNAUTHORIZED, "", to);
    }
    let event = event::of(approvals, &parts, &id, &body, operator.as_deref());
    match approvals.functions.invoke_reserved(event.to_string().into()).await {
        Ok(answer) if !answer.function_error => event::response(&answer.payload),
        Ok(answer) => {
            tracing::warn!(error = %String::from_utf8_lossy(&answer.payload), "the page failed");
            pages::failed()
        }
        Err(error) => {
            tracing::warn!(%error, "the page failed");
            pages::failed()
        }
    }
}

/// The form in which the operator says who it is, and what it leads to.
fn sign_in(approvals: &Approvals, parts: &Parts, body: &Bytes) -> Response<Body> {
    match parts.method {
        // The path of the key is no secret, and the file can be read by its owner alone.
        Method::GET if parts.headers.get(ACCEPT).is_some_and(|accept| accept == "application/json") => {
            return pages::data(StatusCode::OK, &json!({ "operatorKeyFile": approvals.operator.file() }));
        }
        Method::GET | Method::HEAD => return pages::sign_in(StatusCode::OK, "", ""),
        Method::POST => {}
        _ => {
            let sentence = "Signing in is a form: look at it with GET, send it with POST.";
            let mut response = pages::saying(StatusCode::METHOD_NOT_ALLOWED, "That was refused", sentence);
            response.headers_mut().insert(ALLOW, HeaderValue::from_static("GET, HEAD, POST"));
            return response;
        }
    }
    let field = |name: &str| field(body, name).unwrap_or_default();
    let to = Some(field("to")).filter(|to| is_id(to)).unwrap_or_default();
    match approvals.operator.sign_in(&field("key"), &field("name"), approvals.clock.now()) {
        Ok(session) => {
            let mut response = if to.is_empty() {
                let sentence = "Open the address of a question: it is in the message that asks it.";
                pages::saying(StatusCode::OK, "You are signed in", sentence)
            } else {
                let mut response = pages::saying(StatusCode::SEE_OTHER, "You are signed in", "");
                if let Ok(location) = format!("{PATH}/{to}").parse() {
                    response.headers_mut().insert(LOCATION, location);
                }
                response
            };
            let cookie = format!(
                "{SESSION}={session}; Path={PATH}; Max-Age={SESSION_SECONDS}; HttpOnly; SameSite=Strict"
            );
            if let Ok(cookie) = cookie.parse() {
                response.headers_mut().insert(SET_COOKIE, cookie);
            }
            response
        }
        Err(refusal) => {
            let (status, sentence) = words(refusal);
            pages::sign_in(status, sentence, &to)
        }
    }
}

fn words(refusal: Refusal) -> (StatusCode, &'static str) {
    match refusal {
        Refusal::WrongKey => (StatusCode::FORBIDDEN, "That is not the key of this engine."),
        Refusal::NoName => (StatusCode::BAD_REQUEST, "Say who you are, in at most 64 characters."),
        Refusal::TooManyTries => {
            (StatusCode::TOO_MANY_REQUESTS, "There were too many wrong keys. Try again in a minute.")
        }
    }
}

/// The name and the key of a request of the command line: HTTP's basic authentication. Browsers do not send it, since no
/// page asks them for it.
fn key(parts: &Parts) -> Option<(String, String)> {
    let header = parts.headers.get(AUTHORIZATION)?.to_str().ok()?;
    let encoded = header.strip_prefix("Basic ")?;
    let decoded = String::from_utf8(BASE64_STANDARD.decode(encoded).ok()?).ok()?;
    // A name can have a colon in it, a key cannot.
    let (name, key) = decoded.rsplit_once(':')?;
    Some((name.to_owned(), key.to_owned()))
}

/// The session that a request carries. Two of them are none: one was put there by somebody else.
fn session(parts: &Parts) -> Option<&str> {
    let cookies = parts.headers.get_all(COOKIE).iter().filter_map(|value| value.to_str().ok());
    let mut sessions = cookies
        .flat_map(|cookies| cookies.split(';'))
        .filter_map(|cookie| cookie.trim().strip_prefix(SESSION)?.strip_prefix('='));
    match (sessions.next(), sessions.next()) {
        (Some(session), None) => Some(session),
        _ => None,
    }
}

/// The value of a field of a form that has it once.
fn field(form: &[u8], name: &str) -> Option<String> {
    let form = str::from_utf8(form).ok()?;
    let mut values = form.split('&').filter_map(|pair| pair.strip_prefix(name)?.strip_prefix('='));
    match (values.next(), values.next()) {
        (Some(value), None) => {
            let value = value.replace('+', " ");
            percent_decode_str(&value).decode_utf8().ok().map(|value| value.into_owned())
        }
        _ => None,
    }
}

/// Whether it has the form of a question's id. Nothing else of a request is put into a page or a header here.
fn is_id(text: &str) -> bool {
    text.len() == 32 && text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))
}

#[cfg(test)]
mod tests;
