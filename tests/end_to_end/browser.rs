//! A browser for the page of a question: signs in, looks at the page, and sends its form.

use crate::world::World;
use bytes::Bytes;
use engine::client::Http;
use http::Request;
use tests::{Result, Trouble};

/// The type of a form.
pub(crate) const FORM: &str = "application/x-www-form-urlencoded";

/// A request.
#[derive(Debug, Clone)]
pub(crate) struct Ask {
    pub(crate) method: &'static str,
    pub(crate) path: String,
    pub(crate) headers: Vec<(&'static str, String)>,
    pub(crate) body: String,
}

/// An answer.
#[derive(Debug, Clone)]
pub(crate) struct Seen {
    pub(crate) status: u16,
    pub(crate) page: String,
    pub(crate) cookie: Option<String>,
    pub(crate) allow: Option<String>,
}

impl Ask {
    /// As a browser follows a link or a bookmark.
    pub(crate) fn get(path: impl Into<String>) -> Self {
        Self { method: "GET", path: path.into(), headers: Vec::new(), body: String::new() }
    }

    /// As a browser sends a form of the page: without a `Referer`, and so with an `Origin` that says nothing.
    pub(crate) fn post(path: impl Into<String>, body: impl Into<String>) -> Self {
        let headers = vec![
            ("content-type", FORM.to_owned()),
            ("origin", "null".to_owned()),
            ("sec-fetch-site", "same-origin".to_owned()),
        ];
        Self { method: "POST", path: path.into(), headers, body: body.into() }
    }

    /// With another header, or without one.
    pub(crate) fn with(mut self, name: &'static str, value: &str) -> Self {
        self.headers.retain(|(header, _)| *header != name);
        if !value.is_empty() {
            self.headers.push((name, value.to_owned()));
        }
        self
    }

    pub(crate) fn method(mut self, method: &'static str) -> Self {
        self.method = method;
        self
    }

    pub(crate) fn body(mut self, body: impl Into<String>) -> Self {
        self.body = body.into();
        self
    }

    pub(crate) async fn send(&self, endpoint: &str) -> Result<Seen> {
        let mut request = Request::builder().method(self.method).uri(format!("{endpoint}{}", self.path));
        for (name, value) in &self.headers {
            request = request.header(*name, value);
        }
        let answer = Http::new()?.send(request.body(Bytes::from(self.body.clone()))?).await?;
        let header =
            |name: &str| answer.headers().get(name).and_then(|value| value.to_str().ok()).map(str::to_owned);
        Ok(Seen {
            status: answer.status().as_u16(),
            page: String::from_utf8_lossy(answer.body()).into_owned(),
            cookie: header("set-cookie").and_then(|cookie| Some(cookie.split(';').next()?.to_owned())),
            allow: header("allow"),
        })
    }
}

/// The key of the engine's operator.
pub(crate) fn key(world: &World) -> Result<String> {
    Ok(std::fs::read_to_string(world.folder.join("state/operator.key"))?.trim().to_owned())
}

/// Signs in, and gives the cookie.
pub(crate) async fn sign_in(world: &World, name: &str) -> Result<String> {
    let form = format!("key={}&name={name}", key(world)?);
    let seen = Ask::post("/approvals/sign-in", form).send(world.engine.endpoint()).await?;
    let status = seen.status;
    seen.cookie.ok_or_else(|| Trouble(format!("`{name}` is not signed in: {status} {}", seen.page)))
}

/// The token of the form that somebody is shown.
pub(crate) async fn token(world: &World, id: &str, cookie: &str) -> Result<String> {
    let ask = Ask::get(format!("/approvals/{id}")).with("cookie", cookie);
    let seen = ask.send(world.engine.endpoint()).await?;
    let token = seen.page.split_once("name=\"token\" value=\"").and_then(|(_, rest)| rest.split_once('"'));
    let token = token.map(|(token, _)| token.to_owned());
    token.ok_or_else(|| Trouble(format!("there is no form on the page: {} {}", seen.status, seen.page)))
}

/// A form, filled in.
pub(crate) fn form(decision: &str, reason: &str, token: &str) -> String {
    format!("decision={decision}&reason={reason}&token={token}")
}
