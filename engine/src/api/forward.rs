use super::ApiError;
use crate::client::Http;
use axum::body::Body;
use axum::http::request::Parts;
use axum::http::{Request, Response, Uri};
use bytes::Bytes;

/// Where requests for other services go.
pub struct Forward {
    http: Http,
    endpoint: String,
}

impl Forward {
    /// Forwards to this endpoint.
    pub fn new(http: Http, endpoint: &str) -> Self {
        Self { http, endpoint: endpoint.trim_end_matches('/').to_owned() }
    }

    /// Sends a request on as it is: the `Host` that was signed stays.
    pub(super) async fn send(&self, parts: Parts, body: Bytes) -> Response<Body> {
        let path = parts.uri.path_and_query().map_or("/", |path| path.as_str());
        let uri: Uri = match format!("{}{path}", self.endpoint).parse() {
            Ok(uri) => uri,
            Err(error) => {
                return ApiError::new(502, "BadGateway", format!("the AWS endpoint is no URL: {error}"))
                    .into_response_for(&parts.headers);
            }
        };
        let headers = parts.headers.clone();
        let mut request = Request::new(body);
        *request.method_mut() = parts.method;
        *request.uri_mut() = uri;
        *request.headers_mut() = parts.headers;
        match self.http.send(request).await {
            Ok(answer) => answer.map(Body::from),
            Err(error) => {
                ApiError::new(502, "BadGateway", format!("the AWS endpoint gave no answer: {error}"))
                    .into_response_for(&headers)
            }
        }
    }
}
