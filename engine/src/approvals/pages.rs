//! The pages that the engine has itself: where the operator signs in, and what is said before the function is asked. All
//! of their text stands in this program, but for the id of a question.

use axum::body::Body;
use axum::http::header::{self, HeaderName, HeaderValue};
use axum::http::{Response, StatusCode};
use serde_json::Value;

const HEAD: &str = "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n";

const HEADERS: [(HeaderName, &str); 6] = [
    (header::CONTENT_TYPE, "text/html; charset=utf-8"),
    (header::CACHE_CONTROL, "no-store"),
    (header::REFERRER_POLICY, "no-referrer"),
    (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    (HeaderName::from_static("x-robots-tag"), "noindex, nofollow, noarchive"),
    (
        header::CONTENT_SECURITY_POLICY,
        "default-src 'none'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'",
    ),
];

/// The form in which the operator says who it is. After it comes the question with this id.
pub(super) fn sign_in(status: StatusCode, trouble: &'static str, to: &str) -> Response<Body> {
    let trouble =
        if trouble.is_empty() { String::new() } else { format!("<p role=\"alert\">{trouble}</p>\n") };
    // A link from a mail leads here without the cookie; a link of this page takes it along.
    let already = if to.is_empty() {
        String::new()
    } else {
        format!("<p><a href=\"/approvals/{to}\">Go on</a>, if you are signed in already.</p>\n")
    };
    let body = format!(
        "{trouble}{already}<p>The key lies in the state folder of the engine, in <code>operator.key</code>; <code>redress up</code> says where.</p>\n\
         <form method=\"post\" action=\"/approvals/sign-in\">\n\
         <p><label for=\"name\">Your name, as it goes on record</label><br>\n\
         <input id=\"name\" name=\"name\" required maxlength=\"64\" autocomplete=\"username\"></p>\n\
         <p><label for=\"key\">The operator's key</label><br>\n\
         <input id=\"key\" name=\"key\" type=\"password\" required autocomplete=\"current-password\"></p>\n\
         <input type=\"hidden\" name=\"to\" value=\"{to}\">\n\
         <p><button type=\"submit\">Sign in</button></p>\n</form>\n"
    );
    page(status, "Sign in", &body)
}

/// A page with one sentence.
pub(super) fn saying(status: StatusCode, title: &'static str, sentence: &'static str) -> Response<Body> {
    page(status, title, &format!("<p>{sentence}</p>\n"))
}

/// That the function did not answer.
pub(super) fn failed() -> Response<Body> {
    let sentence = "The function <code>answer-approval</code> did not answer; the engine's log says why.";
    saying(StatusCode::BAD_GATEWAY, "Try again", sentence)
}

/// An answer to the command line.
pub(super) fn data(status: StatusCode, data: &Value) -> Response<Body> {
    let mut response = page(status, "", "");
    let json = HeaderValue::from_static("application/json");
    response.headers_mut().insert(header::CONTENT_TYPE, json);
    *response.body_mut() = Body::from(data.to_string());
    response
}

fn page(status: StatusCode, title: &'static str, body: &str) -> Response<Body> {
    let html = format!(
        "{HEAD}<title>{title} - Redress</title>\n</head>\n<body>\n<main>\n<h1>{title}</h1>\n{body}</main>\n</body>\n</html>\n"
    );
    let mut response = Response::new(Body::from(html));
    *response.status_mut() = status;
    for (name, value) in HEADERS {
        response.headers_mut().insert(name, HeaderValue::from_static(value));
    }
    response
}
