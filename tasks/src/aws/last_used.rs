//! IAM's report of last accesses: the services that were used lately through a policy or by a principal.

use crate::aws::fault::code;
use aws_sdk_iam::Client;
use aws_sdk_iam::operation::get_service_last_accessed_details::GetServiceLastAccessedDetailsOutput;
use aws_sdk_iam::types::{JobStatusType, ServiceLastAccessed};
use contract::Fact;
use std::time::Duration;

/// The pauses between two reads of the report. IAM mostly takes two seconds.
/// Source: docs.aws.amazon.com/IAM/latest/APIReference/API_GenerateServiceLastAccessedDetails.html
pub(crate) const PAUSES: [Duration; 4] = [
    Duration::from_millis(300),
    Duration::from_millis(600),
    Duration::from_millis(900),
    Duration::from_millis(900),
];

/// How many services are listed.
const LISTED: usize = 10;

/// A row with the services that were used lately. People decide with it, and nothing depends on it, so a report that
/// cannot be had becomes a note.
pub(crate) async fn row(iam: &Client, arn: &str, pauses: &[Duration]) -> Option<Fact> {
    match services(iam, arn, pauses).await {
        Ok(services) if services.is_empty() => None,
        Ok(services) => Some(Fact::new("Used lately", sentence(&services))),
        Err(why) => Some(Fact::new("Note", format!("Which services were used lately is not known: {why}."))),
    }
}

/// The services that were used, the latest first, and how many were not.
fn sentence(services: &[ServiceLastAccessed]) -> String {
    let at = |service: &ServiceLastAccessed| service.last_authenticated.map(|at| at.secs());
    let mut used: Vec<&ServiceLastAccessed> =
        services.iter().filter(|service| service.last_authenticated.is_some()).collect();
    used.sort_by_key(|service| (std::cmp::Reverse(at(service)), service.service_namespace.clone()));
    let unused = services.len().saturating_sub(used.len());
    let listed: Vec<String> = used
        .iter()
        .take(LISTED)
        .filter_map(|service| {
            Some(format!("{} at {}", service.service_namespace, service.last_authenticated?))
        })
        .collect();
    match (listed.is_empty(), unused) {
        (true, unused) => format!("none of its {unused} services in 400 days"),
        (false, 0) => listed.join(", "),
        (false, unused) => format!("{}; {unused} other services not in 400 days", listed.join(", ")),
    }
}

/// The report, or why there is none.
#[expect(clippy::disallowed_methods, reason = "IAM takes seconds for a report; tests pass pauses of zero")]
async fn services(iam: &Client, arn: &str, pauses: &[Duration]) -> Result<Vec<ServiceLastAccessed>, String> {
    let asked = iam.generate_service_last_accessed_details().arn(arn).send().await;
    let job = asked.map_err(|error| refused(code(&error)))?.job_id.unwrap_or_default();
    let mut pauses = pauses.iter();
    let mut found = Vec::new();
    let mut marker = None;
    loop {
        let report = page(iam, &job, marker).await?;
        match &report.job_status {
            JobStatusType::Completed => {}
            JobStatusType::InProgress => match pauses.next() {
                Some(pause) => {
                    tokio::time::sleep(*pause).await;
                    marker = None;
                    continue;
                }
                None => return Err("IAM took too long to make the report".to_owned()),
            },
            status => return Err(format!("the report of IAM ended as `{status}`")),
        }
        found.extend(report.services_last_accessed);
        marker = report.marker;
        if marker.is_none() {
            return Ok(found);
        }
    }
}

async fn page(
    iam: &Client,
    job: &str,
    marker: Option<String>,
) -> Result<GetServiceLastAccessedDetailsOutput, String> {
    let asked = iam.get_service_last_accessed_details().job_id(job).set_marker(marker).send().await;
    asked.map_err(|error| refused(code(&error)))
}

fn refused(code: &str) -> String {
    if code.is_empty() { "IAM did not answer".to_owned() } else { format!("IAM answered `{code}`") }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::aws::reach::Reach;
    use crate::testing::Wire;

    const NO_PAUSES: [Duration; 2] = [Duration::ZERO; 2];
    const ARN: &str = "arn:aws:iam::123456789012:policy/p";
    const JOB: &str = "<GenerateServiceLastAccessedDetailsResponse><GenerateServiceLastAccessedDetailsResult><JobId>job-1</JobId></GenerateServiceLastAccessedDetailsResult></GenerateServiceLastAccessedDetailsResponse>";

    /// A report with these services, the time of their last use where there was one, and where it goes on.
    fn report(status: &str, services: &[(&str, &str)], marker: &str) -> String {
        let time = |at: &str| {
            if at.is_empty() { String::new() } else { format!("<LastAuthenticated>{at}</LastAuthenticated>") }
        };
        let member = |(name, at): &(&str, &str)| {
            format!(
                "<member><ServiceName>{name}</ServiceName><ServiceNamespace>{name}</ServiceNamespace>{}</member>",
                time(at)
            )
        };
        let members: String = services.iter().map(member).collect();
        let marker = if marker.is_empty() { String::new() } else { format!("<Marker>{marker}</Marker>") };
        format!(
            "<GetServiceLastAccessedDetailsResponse><GetServiceLastAccessedDetailsResult><JobStatus>{status}</JobStatus><JobCreationDate>2026-01-01T11:59:00Z</JobCreationDate><JobCompletionDate>2026-01-01T11:59:02Z</JobCompletionDate><ServicesLastAccessed>{members}</ServicesLastAccessed>{marker}</GetServiceLastAccessedDetailsResult></GetServiceLastAccessedDetailsResponse>"
        )
    }

    async fn used(wire: &Wire) -> Option<(String, String)> {
        let home = wire.aws().reach("123456789012", "case").await.and_then(Reach::account).unwrap();
        row(&home.iam(), ARN, &NO_PAUSES).await.map(|row| (row.name, row.value))
    }

    #[tokio::test]
    async fn the_latest_come_first_and_the_unused_are_counted() {
        let get = "GetServiceLastAccessedDetails";
        let asked = || Wire::default().answers("GenerateServiceLastAccessedDetails", JOB);
        let wire = asked()
            .answers(get, report("IN_PROGRESS", &[], ""))
            .answers(get, report("COMPLETED", &[("ec2", "2025-11-01T00:00:00Z"), ("iam", "")], "more"))
            .answers(get, report("COMPLETED", &[("s3", "2025-12-31T23:59:59Z"), ("sqs", "")], ""));
        let expected =
            "s3 at 2025-12-31T23:59:59Z, ec2 at 2025-11-01T00:00:00Z; 2 other services not in 400 days";
        assert_eq!(used(&wire).await, Some(("Used lately".to_owned(), expected.to_owned())));
        assert!(wire.bodies(get).iter().all(|body| body.contains("JobId=job-1")), "{:?}", wire.bodies(get));
        for (services, expected) in [
            (&[("s3", "2025-12-31T23:59:59Z")][..], Some("s3 at 2025-12-31T23:59:59Z")),
            (&[("s3", ""), ("sqs", "")][..], Some("none of its 2 services in 400 days")),
            (&[][..], None),
        ] {
            let wire = asked().answers(get, report("COMPLETED", services, ""));
            assert_eq!(used(&wire).await.map(|(_, value)| value).as_deref(), expected);
        }
    }

    #[tokio::test]
    async fn a_report_that_cannot_be_had_becomes_a_note() {
        let ask = "GenerateServiceLastAccessedDetails";
        let get = "GetServiceLastAccessedDetails";
        let asked = || Wire::default().answers(ask, JOB);
        let slow = || report("IN_PROGRESS", &[], "");
        for (wire, why) in [
            (Wire::default().fails(ask, 403, "AccessDenied"), "IAM answered `AccessDenied`"),
            (asked().fails(get, 400, "Throttling"), "IAM answered `Throttling`"),
            (
                asked().answers(get, slow()).answers(get, slow()).answers(get, slow()),
                "IAM took too long to make the report",
            ),
            (asked().answers(get, report("FAILED", &[], "")), "the report of IAM ended as `FAILED`"),
        ] {
            let expected = format!("Which services were used lately is not known: {why}.");
            assert_eq!(used(&wire).await, Some(("Note".to_owned(), expected)));
        }
    }
}
