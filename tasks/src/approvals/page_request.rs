//! A request of the page, from an HTTP API (payload 2.0). `GET` and `HEAD` show the question and change nothing, `POST`
//! decides; every refusal is a page with a sentence. The command line sends the same requests and accepts JSON.

use super::actors::as_of_now;
use super::decide::{self, Request, decide, decided_before, wrong};
use super::form::{self, Form};
use super::page::{self, LONGEST_REASON, Page, STYLE_HASH};
use super::people::{self, Person, may_answer};
use super::restore_request;
use super::{Approval, find};
use crate::aws::Aws;
use crate::aws::case_table::{CaseTable, is_case_id};
use crate::aws::principal;
use crate::text;
use aws_lambda_events::apigw::{
    ApiGatewayRequestAuthorizer, ApiGatewayV2httpRequest, ApiGatewayV2httpResponse,
};
use aws_lambda_events::encodings::{Base64Data, Body};
use contract::tasks::answer_approval::{Error, Output};
use contract::{Decision, Fault, IamPrincipal, PrincipalKind};
use http::header::{self, HeaderMap, HeaderName, HeaderValue};
use http::{Method, StatusCode};
use serde::Serialize;
use serde_json::{Value, json};

/// The largest form, in bytes.
const MOST_BYTES: usize = 16 * 1024;

const JSON: &str = "application/json";

const FORM: &str = "application/x-www-form-urlencoded";

/// The path of the roles of Identity Center. Nobody else can create a role under `/aws-reserved/`.
/// Source: IAM Identity Center User Guide, "Referencing permission sets in resource policies, Amazon EKS, and AWS KMS".
const IDENTITY_CENTER_PATH: &str = "/aws-reserved/sso.amazonaws.com/";

/// The headers of every page, besides its content security policy.
const HEADERS: [(HeaderName, &str); 7] = [
    (header::CONTENT_TYPE, "text/html; charset=utf-8"),
    (header::CACHE_CONTROL, "no-store"),
    (header::REFERRER_POLICY, "no-referrer"),
    (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    (header::X_FRAME_OPTIONS, "DENY"),
    (header::STRICT_TRANSPORT_SECURITY, "max-age=31536000"),
    (HeaderName::from_static("x-robots-tag"), "noindex, nofollow, noarchive"),
];

/// An answer: a page, and the same as JSON for the command line.
struct Answer {
    status: StatusCode,
    page: Page,
    json: String,
}

impl Answer {
    fn new(status: StatusCode, page: Page, data: &impl Serialize) -> Self {
        Self { status, page, json: serde_json::to_string(data).unwrap_or_default() }
    }
}

/// Answers a request.
pub(crate) async fn answer(event: Value, aws: &Aws) -> Result<Value, Error> {
    let request: Result<ApiGatewayV2httpRequest, _> = serde_json::from_value(event);
    let (method, answer) = match &request {
        Err(_) => (Method::GET, saying(StatusCode::BAD_REQUEST, "This request cannot be read.")),
        Ok(request) => {
            let method = request.request_context.http.method.clone();
            let answer = match method {
                Method::GET | Method::HEAD => show(request, aws).await,
                Method::POST => decides(request, aws).await,
                _ => Err(saying(
                    StatusCode::METHOD_NOT_ALLOWED,
                    "A question is read with GET and answered with POST.",
                )),
            };
            (method, answer.unwrap_or_else(|refusal| refusal))
        }
    };
    let Answer { status, page, json } = answer;
    tracing::info!(%method, status = status.as_u16(), "a request of the page");
    let mut response = ApiGatewayV2httpResponse::default();
    response.status_code = status.as_u16().into();
    response.headers = headers(status);
    let is_json = request.as_ref().is_ok_and(accepts_json);
    if is_json {
        response.headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(JSON));
    }
    let body = || if is_json { json } else { page.into_string() };
    response.body = (method != Method::HEAD).then(|| Body::Text(body()));
    serde_json::to_value(response)
        .map_err(|error| Fault::internal("writing the response as JSON", error).into())
}

fn headers(status: StatusCode) -> HeaderMap {
    let mut headers: HeaderMap =
        HEADERS.into_iter().map(|(name, value)| (name, HeaderValue::from_static(value))).collect();
    let policy = format!(
        "default-src 'none'; style-src '{STYLE_HASH}'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
    );
    if let Ok(policy) = policy.parse() {
        headers.insert(header::CONTENT_SECURITY_POLICY, policy);
    }
    if status == StatusCode::METHOD_NOT_ALLOWED {
        headers.insert(header::ALLOW, HeaderValue::from_static("GET, HEAD, POST"));
    }
    headers
}

/// Shows a question.
async fn show(request: &ApiGatewayV2httpRequest, aws: &Aws) -> Result<Answer, Answer> {
    let person = person(request, aws).await?;
    let approval = read(request, &person, aws).await?;
    let now = aws.timestamp();
    // A decision that has not reached the run is passed on by the next one, for which the command line needs the form.
    let is_to_be_passed_on = accepts_json(request) && !approval.delivered;
    Ok(if let Some(answer) = approval.answer.as_ref().filter(|_| !is_to_be_passed_on) {
        let page = page::decided(&approval, "This question has been decided");
        Answer::new(StatusCode::OK, page, &decided_before(&approval, answer))
    } else if approval.answer.is_none() && approval.has_expired(now) {
        expired(&approval)
    } else {
        let shown = json!({
            "approvalId": approval.approval_id,
            "caseId": approval.case_id,
            "question": approval.question.name(),
            "decisions": approval.question.decisions().map(Decision::word),
            "expiresAt": approval.expires_at,
            "as": person.plain(),
            "token": form::token(&approval, &person, now),
        });
        Answer::new(StatusCode::OK, page::question(&approval, &person, now), &shown)
    })
}

fn expired(approval: &Approval) -> Answer {
    Answer::new(StatusCode::GONE, page::expired(approval), &decide::expired(approval))
}

/// Decides, if the request is one that a person makes by sending the form that was shown to that person.
async fn decides(request: &ApiGatewayV2httpRequest, aws: &Aws) -> Result<Answer, Answer> {
    let person = person(request, aws).await?;
    if !is_from_the_page(request) {
        return Err(saying(
            StatusCode::FORBIDDEN,
            "This form was sent from another site. Open the page of the question itself, and answer there.",
        ));
    }
    let body = body(request)?;
    let id = request.path_parameters.get("id").map(String::as_str).unwrap_or_default();
    if is_case_id(id) && accepts_json(request) {
        return takes_back(id, &body, &person, aws).await;
    }
    let approval = read(request, &person, aws).await?;
    let form = Form::read(&body).map_err(|why| saying(StatusCode::BAD_REQUEST, &why))?;
    let now = aws.timestamp();
    if approval.answer.is_none() && approval.has_expired(now) {
        return Err(expired(&approval));
    }
    if !form::is_sound(&form.token, &approval, &person, now) {
        return Err(saying(
            StatusCode::FORBIDDEN,
            "This form was not made for you and this question, or more than an hour ago. Load the page again.",
        ));
    }
    let decisions = approval.question.decisions();
    let decision = decisions.into_iter().find(|decision| decision.word() == form.decision);
    let decision = decision.ok_or_else(|| refused(wrong(&form.decision, &approval)))?;
    if form.reason.chars().count() > LONGEST_REASON {
        let sentence =
            format!("The reason is longer than {LONGEST_REASON} characters. Go back and shorten it.");
        return Err(saying(StatusCode::BAD_REQUEST, &sentence));
    }
    if text::line(&form.reason, LONGEST_REASON).is_empty() {
        return Err(saying(StatusCode::BAD_REQUEST, "A decision needs a reason. Go back and give one."));
    }
    let request_of =
        Request { approval_id: &approval.approval_id, decision, person: &person, reason: &form.reason };
    let output = decide(&request_of, aws).await.map_err(refused)?;
    // The page shows what is on record now.
    let approval = read(request, &person, aws).await?;
    let (status, page) = match &output {
        Output::Decided { .. } => (StatusCode::OK, page::decided(&approval, "Your decision counts")),
        Output::Counted { repeated: false, .. } => {
            (StatusCode::OK, page::counted(&approval, "Your approval counts"))
        }
        Output::Counted { .. } => {
            (StatusCode::CONFLICT, page::counted(&approval, "You have approved this already"))
        }
        Output::AlreadyDecided { .. } => {
            (StatusCode::CONFLICT, page::decided(&approval, "This question was decided before"))
        }
        Output::Expired { .. } | Output::Asked { .. } => (StatusCode::GONE, page::expired(&approval)),
    };
    Ok(Answer::new(status, page, &output))
}

/// Takes the request to take a case back. It decides nothing, so it needs no form that was shown before.
async fn takes_back(case_id: &str, body: &[u8], person: &Person, aws: &Aws) -> Result<Answer, Answer> {
    let form = Form::read(body).map_err(|why| saying(StatusCode::BAD_REQUEST, &why))?;
    if form.decision != "restore" {
        return Err(saying(StatusCode::BAD_REQUEST, "A case has no question: it can be taken back alone."));
    }
    let output = restore_request::request(case_id, person, &form.reason, aws).await.map_err(refused)?;
    let page = Page::saying("It is asked about", "A run offers to take the change back, and people decide.");
    Ok(Answer::new(StatusCode::OK, page, &output))
}

/// The person who asks, proven by the authorizer of the API. Without an authorizer nobody is known.
async fn person(request: &ApiGatewayV2httpRequest, aws: &Aws) -> Result<Person, Answer> {
    let setting = |name: &'static str| aws.setting(name).map_err(|fault| refused(fault.into()));
    let (claim, session_claim) = (setting("IDENTITY_CLAIM")?, setting("SESSION_CLAIM")?);
    let authorizer = request.request_context.authorizer.as_ref();
    let person = match authorizer {
        Some(authorizer) => proven(authorizer, claim, session_claim, aws).await?,
        None => None,
    };
    let is_readable = |person: &Person| !person.plain().is_empty() && person.name().chars().count() <= 256;
    person.filter(is_readable).ok_or_else(|| {
        saying(
            StatusCode::UNAUTHORIZED,
            "Sign in first: questions are shown to people who have signed in, and answered by them.",
        )
    })
}

async fn proven(
    authorizer: &ApiGatewayRequestAuthorizer,
    claim: &str,
    session_claim: &str,
    aws: &Aws,
) -> Result<Option<Person>, Answer> {
    if let Some(jwt) = &authorizer.jwt {
        return Ok(Person::of_claims(&jwt.claims, claim, session_claim));
    }
    let Some(arn) = authorizer.iam.as_ref().and_then(|iam| iam.user_arn.as_deref()) else {
        return Ok(None);
    };
    let is_identity_centers =
        is_identity_centers(arn, aws).await.map_err(|fault| refused(Error::Fault(fault)))?;
    Ok(Some(Person::of_arn(arn, is_identity_centers)))
}

/// Whether the role behind a session is one of Identity Center. The ARN of a session shows the name of the role and not its
/// path, so IAM is asked. What IAM refuses to tell is no; a fault that passes is an error, since a vote that is recorded as
/// nobody's in particular would not count beside another.
async fn is_identity_centers(arn: &str, aws: &Aws) -> Result<bool, Fault> {
    let here = &aws.here;
    let Some((role, _)) = people::identity_center(arn)
        .filter(|_| arn.starts_with(&format!("arn:{}:sts::{}:assumed-role/", here.partition, here.account)))
    else {
        return Ok(false);
    };
    let who = IamPrincipal { kind: PrincipalKind::Role, name: role.to_owned() };
    let home = aws.reach(&here.account, "").await?.account()?;
    match principal::get(&home.iam(), &who).await {
        Ok(found) => Ok(found.is_some_and(|role| role.path.starts_with(IDENTITY_CENTER_PATH))),
        Err(fault @ (Fault::Throttled { .. } | Fault::Unavailable { .. })) => Err(fault),
        Err(fault) => {
            tracing::warn!(role, cause = %fault, "a role counts as none of Identity Center");
            Ok(false)
        }
    }
}

/// Whether the client wants JSON. A browser never asks for it first.
fn accepts_json(request: &ApiGatewayV2httpRequest) -> bool {
    let accept = request.headers.get(header::ACCEPT).and_then(|accept| accept.to_str().ok());
    accept.is_some_and(|accept| accept.split([',', ';']).next().is_some_and(|first| first.trim() == JSON))
}

/// Whether a browser sent the form from this page, according to its headers. The `Origin` of a form of this page is
/// `null`, since its referrer policy hides its address; then only `Sec-Fetch-Site` tells it from a form of another page.
fn is_from_the_page(request: &ApiGatewayV2httpRequest) -> bool {
    let header = |name: HeaderName| request.headers.get(name).map(|value| value.to_str().unwrap_or("?"));
    let site = header(HeaderName::from_static("sec-fetch-site"));
    if site.is_some_and(|site| site != "same-origin") {
        return false;
    }
    match header(header::ORIGIN) {
        None => true,
        Some("null") => site.is_some(),
        Some(origin) => {
            let own = request.request_context.domain_name.as_deref().unwrap_or_default();
            let (scheme, host) = origin.split_once("://").unwrap_or_default();
            let name = own.rsplit_once(':').map_or(own, |(name, _)| name);
            let is_local =
                matches!(name, "127.0.0.1" | "[::1]" | "localhost") || name.ends_with(".localhost");
            !own.is_empty() && host == own && (scheme == "https" || scheme == "http" && is_local)
        }
    }
}

/// The body of the form.
fn body(request: &ApiGatewayV2httpRequest) -> Result<Vec<u8>, Answer> {
    let kind =
        request.headers.get(header::CONTENT_TYPE).and_then(|kind| kind.to_str().ok()).unwrap_or_default();
    if !kind.split(';').next().unwrap_or_default().trim().eq_ignore_ascii_case(FORM) {
        let sentence = format!("An answer is sent as a form, of the type {FORM}.");
        return Err(saying(StatusCode::UNSUPPORTED_MEDIA_TYPE, &sentence));
    }
    let body = request.body.as_deref().unwrap_or_default();
    let body = if request.is_base64_encoded {
        let body: Result<Base64Data, _> = serde_json::from_value(body.into());
        body.map_err(|_| saying(StatusCode::BAD_REQUEST, "This request cannot be read."))?.0
    } else {
        body.as_bytes().to_vec()
    };
    if body.len() > MOST_BYTES {
        let sentence = format!("A form holds at most {} KiB, and this one is larger.", MOST_BYTES / 1024);
        return Err(saying(StatusCode::PAYLOAD_TOO_LARGE, &sentence));
    }
    Ok(body)
}

/// The question that the path names, if this person may see it.
async fn read(request: &ApiGatewayV2httpRequest, person: &Person, aws: &Aws) -> Result<Approval, Answer> {
    let id = request.path_parameters.get("id").map(String::as_str).unwrap_or_default();
    let table = CaseTable::new(aws).map_err(|fault| refused(fault.into()))?;
    let found = find(&table, id).await.map_err(|fault| refused(fault.into()))?;
    let Some((_, record)) = found else {
        return Err(saying(
            StatusCode::NOT_FOUND,
            "There is no question here. Compare the address with the one in the message.",
        ));
    };
    let approval = as_of_now(&table, record.value).await.map_err(|fault| refused(fault.into()))?;
    may_answer(&approval, person).map_err(|why| refused(Error::NotAllowed { why }))?;
    Ok(approval)
}

/// An error of the task as a page.
fn refused(error: Error) -> Answer {
    match error {
        Error::NotAllowed { why } => {
            saying(StatusCode::FORBIDDEN, &format!("This is not yours to decide: {why}."))
        }
        Error::UnknownApproval { .. } => saying(StatusCode::NOT_FOUND, "There is no question here any more."),
        Error::NotRestorable { .. } => {
            saying(StatusCode::CONFLICT, &format!("That is not possible: {error}."))
        }
        Error::WrongDecision { .. } => {
            saying(StatusCode::BAD_REQUEST, &format!("Go back and choose: {error}."))
        }
        Error::Fault(Fault::InvalidInput { why }) => {
            saying(StatusCode::BAD_REQUEST, &format!("That is not possible: {why}."))
        }
        Error::Fault(fault) => {
            tracing::warn!(error = fault.name(), cause = %fault, "a request of the page failed");
            saying(
                StatusCode::SERVICE_UNAVAILABLE,
                "That did not work just now. Load the page again: it shows what is on record.",
            )
        }
    }
}

fn saying(status: StatusCode, sentence: &str) -> Answer {
    let title = match status {
        StatusCode::UNAUTHORIZED => "Who are you?",
        StatusCode::NOT_FOUND => "There is no such question",
        StatusCode::SERVICE_UNAVAILABLE => "Try again",
        _ => "That was refused",
    };
    Answer::new(status, Page::saying(title, sentence), &json!({ "message": sentence }))
}

#[cfg(test)]
mod tests;
