use super::*;

fn context(pairs: &[(&str, &[&str])]) -> Context {
    let mut context = Context::default();
    for (key, values) in pairs {
        context.set(key, values.iter().map(|value| (*value).to_owned()).collect());
    }
    context
}

fn condition(operator: &str, key: &str, values: &[&str]) -> Condition {
    let values = values.iter().map(|value| (*value).to_owned()).collect();
    Condition { operator: operator.to_owned(), key: key.to_owned(), values }
}

#[test]
fn operators_compare_as_iam_does() {
    let role = "arn:aws:iam::123456789012:role/team/one";
    let context = context(&[
        ("aws:PrincipalArn", &[role]),
        ("aws:SourceIp", &["203.0.113.9"]),
        ("aws:MultiFactorAuthAge", &["60"]),
        ("aws:CurrentTime", &["2026-05-01T10:00:00Z"]),
        ("aws:TagKeys", &["team", "env"]),
        ("aws:username", &["kim"]),
        ("tag", &["a*c"]),
    ]);
    for (operator, key, values, expected) in [
        ("StringEquals", "AWS:principalarn", &[role][..], true),
        ("StringEqualsIgnoreCase", "aws:username", &["KIM"], true),
        ("StringNotEquals", "aws:username", &["kim", "lee"], false),
        ("StringNotEquals", "absent", &["kim"], true),
        ("StringEquals", "absent", &["kim"], false),
        ("StringEqualsIfExists", "absent", &["kim"], true),
        ("StringNotLike", "aws:username", &["k*"], false),
        ("StringLike", "aws:PrincipalArn", &["arn:aws:iam::*:role/*"], true),
        ("ArnLike", "aws:PrincipalArn", &["arn:aws:*:role/*:*:*:*"], false),
        ("ArnLike", "aws:PrincipalArn", &["arn:*:iam::123456789012:role/team/*"], true),
        ("ArnEquals", "aws:PrincipalArn", &["*"], true),
        ("ArnNotLike", "aws:PrincipalArn", &["arn:aws:iam::999999999999:*"], true),
        ("NumericLessThan", "aws:MultiFactorAuthAge", &["3600"], true),
        ("NumericGreaterThanEquals", "aws:MultiFactorAuthAge", &["60.5"], false),
        ("DateLessThan", "aws:CurrentTime", &["2026-05-01T10:00:01Z"], true),
        ("DateGreaterThan", "aws:CurrentTime", &["1777629600"], false),
        ("IpAddress", "aws:SourceIp", &["203.0.113.0/29"], false),
        ("IpAddress", "aws:SourceIp", &["203.0.113.0/24", "2001:db8::/32"], true),
        ("NotIpAddress", "aws:SourceIp", &["203.0.113.9"], false),
        ("Bool", "aws:MultiFactorAuthPresent", &["false"], false),
        ("BoolIfExists", "aws:MultiFactorAuthPresent", &["true"], true),
        ("Null", "aws:username", &["false"], true),
        ("Null", "absent", &["true"], true),
        ("Null", "absent", &["false"], false),
        ("ForAllValues:StringEquals", "aws:TagKeys", &["team"], false),
        ("ForAllValues:StringEquals", "aws:TagKeys", &["team", "env", "x"], true),
        ("ForAllValues:StringEquals", "absent", &["team"], true),
        ("ForAnyValue:StringLike", "aws:TagKeys", &["e*"], true),
        ("ForAnyValue:StringNotEquals", "absent", &["e"], false),
        ("StringEquals", "aws:username", &["${aws:username}"], true),
        ("StringLike", "aws:PrincipalArn", &["*/${aws:username}"], false),
        ("StringEquals", "aws:username", &["${absent, 'kim'}"], true),
        ("StringEquals", "aws:username", &["${absent}"], false),
        ("StringLike", "tag", &["a${*}c"], true),
        ("StringLike", "aws:username", &["k${*}"], false),
        ("StringNotReally", "aws:username", &["kim"], false),
    ] {
        assert_eq!(
            passes(&condition(operator, key, values), &context),
            expected,
            "{operator} {key} {values:?}"
        );
    }
}

#[test]
fn dates_are_seconds() {
    assert_eq!(date("1970-01-01T00:00:00Z"), Some(0));
    assert_eq!(date("2000-03-01"), Some(951_868_800));
    assert_eq!(date("2026-05-01T10:00:00Z"), Some(1_777_629_600));
    assert_eq!(date("soon"), None);
}

#[test]
fn a_network_is_read_as_a_whole() {
    assert!(Network::read("203.0.113.0/33").is_none() && Network::read("x").is_none());
    let is_in = |one, other| Network::read(one).unwrap().is_in(&Network::read(other).unwrap());
    assert!(is_in("10.1.0.0/16", "10.0.0.0/8") && !is_in("10.0.0.0/7", "10.0.0.0/8"));
}
