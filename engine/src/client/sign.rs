use super::CallError;
use ::http::Request;
use aws_credential_types::provider::ProvideCredentials;
use aws_sigv4::http_request::{SignableBody, SignableRequest, SigningSettings, sign};
use aws_sigv4::sign::v4;
use bytes::Bytes;
use jiff::Timestamp;

/// What requests are signed with.
#[derive(Clone)]
pub struct Credentials(aws_credential_types::Credentials);

impl Credentials {
    /// Those of a session: access key, secret and session token.
    pub fn session(access_key: &str, secret: &str, token: &str) -> Self {
        let credentials = aws_credential_types::Credentials::builder()
            .access_key_id(access_key)
            .secret_access_key(secret)
            .session_token(token)
            .provider_name("redress");
        Self(credentials.build())
    }

    /// For an engine, which asks for a signature and does not check it. Nothing of the caller's own goes over the wire.
    pub(crate) fn local() -> Self {
        let credentials = aws_credential_types::Credentials::builder()
            .access_key_id("local")
            .secret_access_key("local")
            .provider_name("redress");
        Self(credentials.build())
    }

    /// Those that the default chain finds: the environment, the profile, the instance. The region comes with them.
    pub(crate) async fn from_chain(region: Option<String>) -> Result<(Self, String), CallError> {
        let mut loader = aws_config::defaults(aws_config::BehaviorVersion::latest());
        if let Some(region) = region {
            loader = loader.region(aws_config::Region::new(region));
        }
        let config = loader.load().await;
        let region = config.region().map(ToString::to_string).ok_or_else(|| {
            CallError::Credentials(
                "no region is set; say `--region`, or set AWS_REGION or a profile".to_owned(),
            )
        })?;
        let provider = config
            .credentials_provider()
            .ok_or_else(|| CallError::Credentials("there is no provider of credentials".to_owned()))?;
        let credentials = provider.provide_credentials().await.map_err(|error| {
            CallError::Credentials(format!(
                "{error}; with IAM Identity Center run `eval \"$(aws configure export-credentials --format env)\"` first"
            ))
        })?;
        Ok((Self(credentials), region))
    }

    /// Signs a request (SigV4).
    pub fn sign(
        &self,
        request: &mut Request<Bytes>,
        service: &str,
        region: &str,
        now: Timestamp,
    ) -> Result<(), CallError> {
        let unsignable =
            |error: String| CallError::Credentials(format!("the request cannot be signed: {error}"));
        let identity = self.0.clone().into();
        let params = v4::SigningParams::builder()
            .identity(&identity)
            .region(region)
            .name(service)
            .time(now.into())
            .settings(SigningSettings::default())
            .build()
            .map_err(|error| unsignable(error.to_string()))?
            .into();
        let uri = request.uri().to_string();
        let headers =
            request.headers().iter().filter_map(|(name, value)| Some((name.as_str(), value.to_str().ok()?)));
        let signable = SignableRequest::new(
            request.method().as_str(),
            uri,
            headers,
            SignableBody::Bytes(request.body()),
        )
        .map_err(|error| unsignable(error.to_string()))?;
        let (instructions, _) =
            sign(signable, &params).map_err(|error| unsignable(error.to_string()))?.into_parts();
        instructions.apply_to_request_http1x(request);
        Ok(())
    }
}
