//! Which conditions really narrow a statement, and which only look so.

use super::document::Condition;
use super::matching::Glob;

/// Keys that say nothing about who asks, or that whoever asks chooses.
const VACUOUS: &[&str] = &[
    "aws:currenttime",
    "aws:epochtime",
    "aws:principalisawsservice",
    "aws:referer",
    "aws:requestedregion",
    "aws:securetransport",
    "aws:tokenissuetime",
    "aws:useragent",
];

/// Keys that are true of every request by which somebody harms the account that they belong to.
const VACUOUS_AT_HOME: &[&str] = &[
    "aws:principalaccount",
    "aws:principalorgid",
    "aws:principalorgpaths",
    "aws:resourceaccount",
    "aws:resourceorgid",
];

/// The key that says to which service a role is passed.
const PASSED_TO: &str = "iam:passedtoservice";

/// An operator taken apart: `ForAllValues:StringNotEqualsIfExists`.
struct Operator<'a> {
    /// `ForAllValues:`, which a request without the key fulfils.
    for_all: bool,
    /// `IfExists`, which a request without the key fulfils.
    if_exists: bool,
    name: &'a str,
}

impl<'a> Operator<'a> {
    fn of(test: &'a Condition) -> Self {
        let (set, name) = test.operator.split_once(':').unwrap_or(("", &test.operator));
        let bare = name.strip_suffix("IfExists");
        Self {
            for_all: set.eq_ignore_ascii_case("ForAllValues"),
            if_exists: bare.is_some(),
            name: bare.unwrap_or(name),
        }
    }
}

/// Whether a test shuts out somebody who should not come in: a request without the key fails it, and so do most values.
pub(super) fn narrows(test: &Condition) -> bool {
    let operator = Operator::of(test);
    let key = test.key.to_ascii_lowercase();
    if operator.for_all || operator.if_exists || VACUOUS.contains(&key.as_str()) {
        return false;
    }
    let narrow = |value: &String| match operator.name {
        // IAM takes only `*` and `?` in these three as wildcards.
        "StringLike" | "ArnLike" | "ArnEquals" => !Glob::resource(value).is_everything(),
        "StringEquals"
        | "StringEqualsIgnoreCase"
        | "BinaryEquals"
        | "NumericEquals"
        | "NumericLessThan"
        | "NumericLessThanEquals" => true,
        "IpAddress" => narrow_network(value),
        "Bool" => value.eq_ignore_ascii_case("true"),
        // `Null: false` wants the key to be there.
        "Null" => value.eq_ignore_ascii_case("false"),
        _ => false,
    };
    // No value at all is a test that nobody passes.
    test.values.iter().all(narrow)
}

/// A network that is not half of the world: from /8 for IPv4, from /16 for IPv6.
fn narrow_network(network: &str) -> bool {
    let (address, bits) = network.split_once('/').unwrap_or((network, "128"));
    bits.parse::<u8>().is_ok_and(|bits| bits >= if address.contains(':') { 16 } else { 8 })
}

/// What a denial with these conditions leaves: "denied unless MFA" is "allowed with MFA". Only a denial with one test
/// says so simply.
pub(super) fn left_by_denial(tests: &[Condition]) -> Option<Condition> {
    let [test] = tests else { return None };
    // An `IfExists` on a negated test is fulfilled, and so denies, where the key is absent.
    let operator = Operator::of(test);
    let (name, values) = match operator.name {
        "StringNotEquals" => ("StringEquals", test.values.clone()),
        "StringNotEqualsIgnoreCase" => ("StringEqualsIgnoreCase", test.values.clone()),
        "StringNotLike" => ("StringLike", test.values.clone()),
        "ArnNotEquals" | "ArnNotLike" => ("ArnLike", test.values.clone()),
        "NotIpAddress" => ("IpAddress", test.values.clone()),
        "Bool" | "Null" => {
            let turned = |value: &String| if value.eq_ignore_ascii_case("true") { "false" } else { "true" };
            (operator.name, test.values.iter().map(|value| turned(value).to_owned()).collect())
        }
        _ => return None,
    };
    // A plain `Bool` does not deny where the key is absent, as it is with long-lived access keys.
    if operator.for_all || (operator.name == "Bool" && !operator.if_exists) {
        return None;
    }
    Some(Condition { operator: name.to_owned(), key: test.key.clone(), values })
}

/// The services to which a role may be passed, where the conditions say so.
pub(super) fn passed_to(tests: &[Condition]) -> Option<Vec<Glob>> {
    tests
        .iter()
        .find(|test| narrows(test) && test.key.eq_ignore_ascii_case(PASSED_TO))
        .map(|test| test.values.iter().map(|value| Glob::action(value)).collect())
}

/// Whether the test narrows a policy of one of our own identities, but for the service that a role is passed to.
pub(super) fn narrows_at_home(test: &Condition) -> bool {
    let key = test.key.to_ascii_lowercase();
    narrows(test) && key != PASSED_TO && !VACUOUS_AT_HOME.contains(&key.as_str())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn test(operator: &str, key: &str, values: &[&str]) -> Condition {
        let values = values.iter().map(|value| (*value).to_owned()).collect();
        Condition { operator: operator.to_owned(), key: key.to_owned(), values }
    }

    #[test]
    fn a_condition_narrows_or_only_looks_so() {
        for (operator, key, values, expected) in [
            ("StringEquals", "aws:PrincipalArn", &["arn:aws:iam::123456789012:role/a"][..], true),
            ("ForAnyValue:StringLike", "aws:PrincipalOrgPaths", &["o-a/r-b/*"], true),
            ("Bool", "aws:MultiFactorAuthPresent", &["true"], true),
            ("Bool", "aws:MultiFactorAuthPresent", &["false"], false),
            ("BoolIfExists", "aws:MultiFactorAuthPresent", &["true"], false),
            ("Null", "aws:MultiFactorAuthAge", &["false"], true),
            ("Null", "aws:MultiFactorAuthAge", &["true"], false),
            ("NumericLessThan", "aws:MultiFactorAuthAge", &["3600"], true),
            ("IpAddress", "aws:SourceIp", &["203.0.113.0/24"], true),
            ("IpAddress", "aws:SourceIp", &["203.0.113.7"], true),
            ("IpAddress", "aws:SourceIp", &["2001:db8::/32"], true),
            ("IpAddress", "aws:SourceIp", &["0.0.0.0/0"], false),
            ("IpAddress", "aws:SourceIp", &["0.0.0.0/1", "128.0.0.0/1"], false),
            ("IpAddress", "aws:SourceIp", &["::/0"], false),
            ("NotIpAddress", "aws:SourceIp", &["203.0.113.0/24"], false),
            ("StringLike", "aws:PrincipalArn", &["*"], false),
            ("StringLike", "aws:PrincipalArn", &["arn:aws:iam::123456789012:role/a", "**"], false),
            ("ArnEquals", "aws:PrincipalArn", &["*"], false),
            ("StringNotEquals", "aws:PrincipalArn", &["arn:aws:iam::123456789012:role/a"], false),
            ("ForAllValues:StringEquals", "aws:TagKeys", &["team"], false),
            ("Bool", "aws:SecureTransport", &["true"], false),
            ("StringEquals", "aws:RequestedRegion", &["eu-central-1"], false),
            ("DateGreaterThan", "aws:CurrentTime", &["2020-01-01T00:00:00Z"], false),
            ("StringLike", "aws:UserAgent", &["console*"], false),
        ] {
            assert_eq!(narrows(&test(operator, key, values)), expected, "{operator} {key} {values:?}");
        }
    }

    #[test]
    fn a_denial_unless_is_a_condition() {
        for (operator, key, value, expected) in [
            ("BoolIfExists", "aws:MultiFactorAuthPresent", "false", true),
            ("Bool", "aws:MultiFactorAuthPresent", "false", false),
            ("StringNotEquals", "aws:PrincipalOrgID", "o-a", true),
            ("StringNotLike", "aws:PrincipalArn", "*", false),
            ("StringEquals", "aws:PrincipalOrgID", "o-a", false),
        ] {
            let left = left_by_denial(&[test(operator, key, &[value])]);
            assert_eq!(left.is_some_and(|left| narrows(&left)), expected, "{operator} {key} {value}");
        }
    }
}
