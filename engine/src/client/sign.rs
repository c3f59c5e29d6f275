use super::CallError;
use ::http::Request;
use aws_credential_types::provider::ProvideCredentials;
use aws_sigv4::http_request::{
    PayloadChecksumKind, PercentEncodingMode, SignableBody, SignableRequest, SigningSettings,
    UriPathNormalizationMode, sign,
};
use aws_sigv4::sign::v4;
use bytes::Bytes;
use jiff::Timestamp;

/// What requests are signed with.
#[derive(Clone)]
pub struct Credentials(aws_credential_types::Credentials);

impl std::fmt::Debug for Credentials {
    /// Nothing of them: what is printed is read by others.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Credentials")
    }
}

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

    /// For an endpoint that plays AWS: an access key that is an account says whose call it is.
    pub(crate) fn of_account(account: &str) -> Self {
        let credentials = aws_credential_types::Credentials::builder()
            .access_key_id(account)
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
            .settings(settings(service))
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

/// S3 signs the path as it is sent, and wants a hash of the body in a header. Source: "Signature Calculations for the
/// Authorization Header", Amazon S3 API reference.
fn settings(service: &str) -> SigningSettings {
    let mut settings = SigningSettings::default();
    if service == "s3" {
        settings.percent_encoding_mode = PercentEncodingMode::Single;
        settings.uri_path_normalization_mode = UriPathNormalizationMode::Disabled;
        settings.payload_checksum_kind = PayloadChecksumKind::XAmzSha256;
    }
    settings
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Source: AWS Signature Version 4 test suite, `get-vanilla`, `post-vanilla`, `post-x-www-form-urlencoded` and
    /// `post-sts-header-before`.
    #[test]
    fn requests_are_signed_as_aws_signs_them() {
        let now: Timestamp = "2015-08-30T12:36:00Z".parse().unwrap();
        let (key, secret) = ("AKIDEXAMPLE", "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY");
        let lasting =
            Credentials(aws_credential_types::Credentials::new(key, secret, None, None, "the test suite"));
        let session = Credentials::session(
            key,
            secret,
            "AQoDYXdzEPT//////////wEXAMPLEtc764bNrC9SAPBSM22wDOk4x4HIZ8j4FZTwdQWLWsKWHGBuFqwAeMicRXmxfpSPfIeoIYRqTflfKD8YUuwthAx7mSEI/qkPpKPi/kMcGdQrmGdeehM4IC1NtBmUpp2wUE8phUZampKsburEDy0KPkyQDYwT7WZ0wq5VSXDvp75YU9HFvlRd8Tx6q6fE8YQcHNVXAkiY9q6d+xo0rKwT38xVqr7ZD0u0iPPkUL64lIZbqBAz+scqKmlzm8FDrypNC9Yjc8fPOLn9FX9KSYvKTr4rvx3iSIlTJabIQwj2ICCR/oLxBA==",
        );
        let form = "application/x-www-form-urlencoded";
        for (credentials, method, content_type, body, headers, signature) in [
            (
                &lasting,
                "GET",
                None,
                "",
                "host;x-amz-date",
                "5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31",
            ),
            (
                &lasting,
                "POST",
                None,
                "",
                "host;x-amz-date",
                "5da7c1a2acd57cee7505fc6676e4e544621c30862966e37dddb68e92efbe5d6b",
            ),
            (
                &lasting,
                "POST",
                Some(form),
                "Param1=value1",
                "content-type;host;x-amz-date",
                "ff11897932ad3f4e8b18135d722051e5ac45fc38421b1da7b9d196a0fe09473a",
            ),
            (
                &session,
                "POST",
                None,
                "",
                "host;x-amz-date;x-amz-security-token",
                "85d96828115b5dc0cfc3bd16ad9e210dd772bbebba041836c64533a82be05ead",
            ),
        ] {
            let mut request = Request::builder().method(method).uri("https://example.amazonaws.com/");
            if let Some(content_type) = content_type {
                request = request.header("content-type", content_type);
            }
            let mut request = request.body(Bytes::from(body)).unwrap();
            credentials.sign(&mut request, "service", "us-east-1", now).unwrap();
            let expected = format!(
                "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/us-east-1/service/aws4_request, SignedHeaders={headers}, Signature={signature}"
            );
            assert_eq!(request.headers()["authorization"], expected);
        }
    }
}
