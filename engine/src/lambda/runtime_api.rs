//! The Lambda Runtime API: where an instance asks for requests and leaves its answers.
//!
//! Source: Lambda developer guide, "Using the Lambda runtime API for custom runtimes".

use super::MOST_BYTES;
use super::instance::Work;
use crate::clock::Clock;
use crate::time::after;
use axum::Router;
use axum::body::Body;
use axum::extract::rejection::BytesRejection;
use axum::extract::{Path, State};
use axum::http::{Response, StatusCode};
use axum::routing::{get, post};
use bytes::Bytes;
use serde_json::json;
use std::collections::HashMap;
use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::{Arc, Mutex, PoisonError};
use tokio::net::TcpListener;
use tokio::sync::Mutex as AsyncMutex;
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};
use tokio::sync::oneshot;

/// The API, on a port of its own. Each instance has a path of its own that nobody else can guess, so no other process
/// on the machine can answer in its place.
pub(super) struct RuntimeApi {
    address: SocketAddr,
    clock: Clock,
    instances: Instances,
}

type Instances = Arc<Mutex<HashMap<String, Arc<Desk>>>>;

/// The id of a request, and who waits for its answer.
type Current = (String, oneshot::Sender<(Bytes, bool)>);

/// Where one instance comes for its work.
struct Desk {
    clock: Clock,
    work: AsyncMutex<UnboundedReceiver<Work>>,
    current: Mutex<Option<Current>>,
}

/// An instance's place at the API. Dropping it takes the place away.
pub(super) struct Registration {
    secret: String,
    endpoint: String,
    send: UnboundedSender<Work>,
    instances: Instances,
}

impl RuntimeApi {
    pub(super) async fn start(clock: Clock) -> io::Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
        let address = listener.local_addr()?;
        let instances = Instances::default();
        let router = Router::new()
            .route("/{secret}/2018-06-01/runtime/invocation/next", get(next))
            .route("/{secret}/2018-06-01/runtime/invocation/{request}/response", post(response))
            .route("/{secret}/2018-06-01/runtime/invocation/{request}/error", post(error))
            .route("/{secret}/2018-06-01/runtime/init/error", post(init_error))
            .layer(axum::extract::DefaultBodyLimit::max(MOST_BYTES))
            .with_state(Arc::clone(&instances));
        tokio::spawn(async move {
            if let Err(error) = axum::serve(listener, router).await {
                tracing::error!(%error, "the Lambda Runtime API has ended");
            }
        });
        Ok(Self { address, clock, instances })
    }

    /// A place for one more instance.
    pub(super) fn register(&self) -> Registration {
        let secret = uuid::Uuid::new_v4().simple().to_string();
        let (send, work) = unbounded_channel();
        let desk = Desk { clock: self.clock, work: AsyncMutex::new(work), current: Mutex::default() };
        self.instances.lock().unwrap_or_else(PoisonError::into_inner).insert(secret.clone(), Arc::new(desk));
        // `lambda_runtime` takes a path only behind a scheme.
        let endpoint = format!("http://{}/{secret}", self.address);
        Registration { secret, endpoint, send, instances: Arc::clone(&self.instances) }
    }
}

impl Registration {
    pub(super) fn endpoint(&self) -> &str {
        &self.endpoint
    }

    pub(super) fn give(&self, work: Work) -> Result<(), ()> {
        self.send.send(work).map_err(|_| ())
    }
}

impl Drop for Registration {
    fn drop(&mut self) {
        self.instances.lock().unwrap_or_else(PoisonError::into_inner).remove(&self.secret);
    }
}

fn desk(instances: &Instances, secret: &str) -> Result<Arc<Desk>, StatusCode> {
    let instances = instances.lock().unwrap_or_else(PoisonError::into_inner);
    instances.get(secret).map(Arc::clone).ok_or(StatusCode::FORBIDDEN)
}

/// Waits until there is a request, and hands it out.
async fn next(
    State(instances): State<Instances>,
    Path(secret): Path<String>,
) -> Result<Response<Body>, StatusCode> {
    let desk = desk(&instances, &secret)?;
    let Work { request_id, payload, timeout, arn, taken, answer } =
        desk.work.lock().await.recv().await.ok_or(StatusCode::GONE)?;
    *desk.current.lock().unwrap_or_else(PoisonError::into_inner) = Some((request_id.clone(), answer));
    // An instance that was started for this request has had its own time to get ready.
    let deadline = after(desk.clock.now(), timeout);
    // Whoever sent it may have given up; the instance works it off all the same, as Lambda's do.
    let _ = taken.send(deadline);
    Response::builder()
        .header("content-type", "application/json")
        .header("lambda-runtime-aws-request-id", request_id)
        .header("lambda-runtime-deadline-ms", deadline.as_millisecond().to_string())
        .header("lambda-runtime-invoked-function-arn", arn)
        .body(Body::from(payload))
        .map_err(|_| StatusCode::INTERNAL_SERVER_ERROR)
}

async fn response(
    State(instances): State<Instances>,
    Path((secret, request)): Path<(String, String)>,
    body: Result<Bytes, BytesRejection>,
) -> StatusCode {
    answer(&instances, &secret, &request, body, false)
}

async fn error(
    State(instances): State<Instances>,
    Path((secret, request)): Path<(String, String)>,
    body: Result<Bytes, BytesRejection>,
) -> StatusCode {
    answer(&instances, &secret, &request, body, true)
}

/// An instance that could not get ready says so and ends; its end is what counts.
async fn init_error(
    State(instances): State<Instances>,
    Path(secret): Path<String>,
    body: Bytes,
) -> StatusCode {
    if let Err(status) = desk(&instances, &secret) {
        return status;
    }
    tracing::warn!(error = %String::from_utf8_lossy(&body), "an instance could not get ready");
    StatusCode::ACCEPTED
}

/// Hands an answer to whoever waits for it. One that is too large is an error in its place.
fn answer(
    instances: &Instances,
    secret: &str,
    request: &str,
    body: Result<Bytes, BytesRejection>,
    is_error: bool,
) -> StatusCode {
    let desk = match desk(instances, secret) {
        Ok(desk) => desk,
        Err(status) => return status,
    };
    let (body, is_error, status) = match body {
        Ok(body) => (body, is_error, StatusCode::ACCEPTED),
        Err(rejection) => {
            let message =
                format!("Response payload size exceeded maximum allowed payload size ({MOST_BYTES} bytes).");
            let error = json!({ "errorType": "Function.ResponseSizeTooLarge", "errorMessage": message });
            (error.to_string().into(), true, rejection.status())
        }
    };
    let current =
        desk.current.lock().unwrap_or_else(PoisonError::into_inner).take_if(|(id, _)| id == request);
    match current {
        Some((_, answer)) => {
            let _ = answer.send((body, is_error));
            status
        }
        None => StatusCode::BAD_REQUEST,
    }
}
