//! Who may speak to the engine: programs of this machine, and no web page.
//!
//! The engine checks no signature, so whatever a browser sends on behalf of some page would count as much as what its
//! user types. Browsers say where a request comes from, and a page that had its own name point to this machine (DNS
//! rebinding) gives itself away by that name.

use super::ApiError;
use axum::http::header::{CONTENT_TYPE, HOST, HeaderName, HeaderValue, ORIGIN};
use axum::http::request::Parts;
use axum::http::uri::Authority;
use axum::http::{HeaderMap, Method};

const FETCH_SITE: HeaderName = HeaderName::from_static("sec-fetch-site");

/// What the payload of a function may call itself. A page can send no JSON without asking first, and the engine says no.
const PAYLOADS: [&str; 4] = [
    "application/json",
    "application/octet-stream",
    "application/x-amz-json-1.0",
    "application/x-amz-json-1.1",
];

/// Refuses what a web page sends, whatever it asks for.
pub(super) fn check(parts: &Parts) -> Result<(), ApiError> {
    let headers = &parts.headers;
    if headers.contains_key(ORIGIN) {
        return Err(refused("it has an `Origin`"));
    }
    if !sites(headers).all(|site| site == "none" || site == "same-origin") {
        return Err(refused("its `Sec-Fetch-Site` is another site"));
    }
    if own_host(parts).is_some() {
        return Ok(());
    }
    Err(ApiError::new(
        403,
        "AccessDeniedException",
        "this engine answers to `127.0.0.1`, `[::1]`, `localhost` and names that end in `.localhost`, and the `Host` is none of them; say one of them in the URL",
    ))
}

/// Refuses what another site sends to a page that is made for browsers. A link from anywhere may lead to it; a form must
/// be its own. That has no `Origin` but `null`, since the page keeps its address to itself: then only `Sec-Fetch-Site`
/// tells it from a form of another site.
pub(crate) fn check_page(parts: &Parts) -> Result<(), &'static str> {
    let headers = &parts.headers;
    let Some(host) = own_host(parts) else {
        return Err(
            "This page answers to 127.0.0.1, [::1], localhost and names that end in .localhost alone.",
        );
    };
    let own = format!("http://{host}");
    let is_same_origin = headers.contains_key(FETCH_SITE) && sites(headers).all(|site| site == "same-origin");
    let mut origins = headers.get_all(ORIGIN).iter();
    if !origins.all(|origin| origin == own.as_str() || origin == "null" && is_same_origin) {
        return Err(
            "This was sent from another site. Open the page of the question itself, and answer there.",
        );
    }
    let reads = matches!(parts.method, Method::GET | Method::HEAD);
    if reads || sites(headers).all(|site| site == "none" || site == "same-origin") {
        return Ok(());
    }
    Err("This was sent from another site. Open the page of the question itself, and answer there.")
}

fn sites(headers: &HeaderMap) -> impl Iterator<Item = &HeaderValue> {
    headers.get_all(FETCH_SITE).iter()
}

/// The host that a request names, if it is this machine. It may name one in its first line as well, and then that one
/// counts.
fn own_host(parts: &Parts) -> Option<&str> {
    let mut hosts = parts.headers.get_all(HOST).iter();
    let host = match (hosts.next(), hosts.next()) {
        (Some(host), None) => host.to_str().ok().filter(|host| is_own(host)),
        _ => None,
    };
    host.filter(|_| parts.uri.authority().is_none_or(|authority| is_own(authority.as_str())))
}

/// Refuses payloads of the types that a form, or a script that asks nobody, can send.
pub(super) fn check_payload(headers: &HeaderMap) -> Result<(), ApiError> {
    let sound = |value: &HeaderValue| {
        let kind = value.to_str().unwrap_or("?").split(';').next().unwrap_or_default().trim();
        PAYLOADS.iter().any(|payload| payload.eq_ignore_ascii_case(kind))
    };
    if headers.get_all(CONTENT_TYPE).iter().all(sound) {
        return Ok(());
    }
    Err(ApiError::new(
        415,
        "UnsupportedMediaTypeException",
        "the payload of a function is JSON: send `content-type: application/json`",
    ))
}

fn refused(why: &str) -> ApiError {
    let message = format!("this engine takes no requests from web pages, and this one is from one: {why}");
    ApiError::new(403, "AccessDeniedException", message)
}

/// Whether it is a name of this machine that nobody else can give out, on any port.
fn is_own(authority: &str) -> bool {
    let Ok(authority) = authority.parse::<Authority>() else { return false };
    let host = authority.host().to_ascii_lowercase();
    let own = matches!(host.as_str(), "127.0.0.1" | "[::1]" | "localhost") || host.ends_with(".localhost");
    own && !authority.as_str().contains('@')
}
