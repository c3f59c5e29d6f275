//! Stub.
#[derive(Debug, serde::Deserialize)]
pub(super) struct IssuerTable { #[allow(dead_code)] about: String, #[allow(dead_code)] issuers: Vec<serde_json::Value> }
impl IssuerTable { pub(super) fn read(text: &str) -> Result<Self, serde_json::Error> { serde_json::from_str(text) } }
