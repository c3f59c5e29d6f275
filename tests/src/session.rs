use crate::Result;
use bytes::Bytes;
use engine::client::{Credentials, Http};
use engine::service::Clock;
use http::Request;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// A session of a role.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Session {
    access_key_id: String,
    secret_access_key: String,
    session_token: String,
}

impl Session {
    /// The environment variables that AWS's SDKs read it from.
    pub fn environment(&self) -> BTreeMap<String, String> {
        BTreeMap::from([
            ("AWS_ACCESS_KEY_ID".to_owned(), self.access_key_id.clone()),
            ("AWS_SECRET_ACCESS_KEY".to_owned(), self.secret_access_key.clone()),
            ("AWS_SESSION_TOKEN".to_owned(), self.session_token.clone()),
        ])
    }

    /// Asks for the list of buckets, as somebody would who tries out stolen credentials. Gives AWS's refusal, if it
    /// refuses.
    pub async fn list_buckets(&self, endpoint: &str) -> Result<std::result::Result<(), String>> {
        let credentials =
            Credentials::session(&self.access_key_id, &self.secret_access_key, &self.session_token);
        let mut request = Request::get(format!("{endpoint}/")).body(Bytes::new())?;
        credentials.sign(&mut request, "s3", "us-east-1", Clock.now())?;
        let answer = Http::new()?.send(request).await?;
        if answer.status().is_success() {
            return Ok(Ok(()));
        }
        let text = String::from_utf8_lossy(answer.body()).into_owned();
        let message = text.split_once("<Message>").and_then(|(_, rest)| rest.split_once("</Message>"));
        Ok(Err(message.map_or(text.clone(), |(message, _)| message.to_owned())))
    }
}
