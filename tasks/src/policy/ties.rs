//! Whether what a condition compares with ties a request to anything known: to our account, organization, network or a
//! principal of ours. What is not known may be a stranger's.

use super::document::Condition;
use super::home::account;
use super::operators::{Network, variables};
use super::{Known, matching::Glob};
use std::sync::LazyLock;

/// Networks from which no request reaches a public endpoint of AWS (RFC 1918, 3927, 4193, 4291 and 6598): a condition on
/// `aws:SourceIp` that names one is met by nobody from outside, whosever the network is.
static PRIVATE: LazyLock<Vec<Network>> = LazyLock::new(|| {
    let networks = [
        "10.0.0.0/8",
        "172.16.0.0/12",
        "192.168.0.0/16",
        "100.64.0.0/10",
        "127.0.0.0/8",
        "169.254.0.0/16",
        "fc00::/7",
        "fe80::/10",
        "::1/128",
    ];
    networks.iter().filter_map(|network| Network::read(network)).collect()
});

/// Whose the value of a key is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Tie {
    /// It is one of ours.
    Ours,
    /// Nobody outside can have it, whosever it is.
    Nobodys,
    /// Nobody knows whose it is.
    Strangers,
}

impl Tie {
    fn ours(is_ours: bool) -> Self {
        if is_ours { Self::Ours } else { Self::Strangers }
    }
}

/// Whose the network is that a test of this key, in lower case, names by the value.
pub(super) fn network(key: &str, value: &str, test: &Condition, known: &Known) -> Tie {
    match key {
        // Whoever has a VPC of their own chooses the addresses in it: AWS says to ask for the VPC as well.
        "aws:vpcsourceip" => Tie::Strangers,
        "aws:sourcevpc" | "aws:sourcevpce" => {
            Tie::ours(known.networks.contains(value) || is_instances_own(test))
        }
        "aws:sourcevpcarn" => arn(value, known),
        "aws:vpceaccount" => Tie::ours(known.has(value)),
        "aws:vpceorgid" | "aws:vpceorgpaths" => organization(value, known),
        // AWS writes these into the credentials of an instance.
        "aws:ec2instancesourcevpc" | "aws:ec2instancesourceprivateipv4" => Tie::Nobodys,
        _ => address(value, test, known),
    }
}

/// Whose the address is. The network that the test lists has to be ours as a whole.
fn address(value: &str, test: &Condition, known: &Known) -> Tie {
    let Some(one) = Network::read(value) else { return Tie::Strangers };
    let ours: Vec<Network> = known.networks.iter().filter_map(|network| Network::read(network)).collect();
    let is_in = |networks: &[Network]| {
        let lies_in = |one: &Network| networks.iter().any(|network| one.is_in(network));
        // Of a single address there is nothing more to say.
        let listed = test.values.iter().filter(|listed| listed.contains('/'));
        let mut around = listed.filter_map(|listed| Network::read(listed)).filter(|listed| one.is_in(listed));
        lies_in(&one) && around.all(|listed| lies_in(&listed))
    };
    match () {
        () if is_in(&ours) => Tie::Ours,
        () if is_in(&PRIVATE) => Tie::Nobodys,
        () => Tie::Strangers,
    }
}

/// Whether the test asks for the VPC of the very instance that the credentials were made for.
fn is_instances_own(test: &Condition) -> bool {
    let mut used = test.values.iter().flat_map(|value| variables(value));
    used.any(|variable| variable.eq_ignore_ascii_case("aws:Ec2InstanceSourceVpc"))
}

/// Whose account an ARN names.
pub(super) fn arn(value: &str, known: &Known) -> Tie {
    Tie::ours(value.starts_with("arn:") && value.split(':').nth(4).is_some_and(|account| known.has(account)))
}

/// Whether whom an action gives access is known: a service of AWS, or one of our accounts or organizations.
pub(super) fn is_known_grantee(value: &str, known: &Known) -> bool {
    let is_service = value.ends_with(".amazonaws.com") || value == "ADX";
    (is_service && !value.contains("example"))
        || known.has(value)
        || arn(value, known) == Tie::Ours
        || known.organizations.contains(value)
}

/// Whose the organization is, of which this is the id or a path. Where none is known it may be our own.
fn organization(value: &str, known: &Known) -> Tie {
    let of = value.split('/').next().unwrap_or(value);
    let is_any = of.contains("example") || !of.starts_with("o-");
    Tie::ours(!is_any && (known.organizations.is_empty() || known.organizations.contains(of)))
}

/// Whether a principal, by its ARN or the name of a user, is a protected one, which has the permissions anyway.
pub(super) fn is_protected(value: &str, known: &Known) -> bool {
    let whole = match value.starts_with("arn:") {
        true => value.to_owned(),
        false => format!("arn:aws:iam::{}:user/{value}", account(known)),
    };
    let path = whole.split_once(":role/").or_else(|| whole.split_once(":user/")).map(|(_, path)| path);
    known.protected.iter().any(|pattern| {
        let glob = Glob::resource(pattern.trim_start_matches('/'));
        if pattern.starts_with("arn:") {
            glob.matches(&whole)
        } else {
            path.is_some_and(|path| glob.matches(path))
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_network_ties_where_it_is_known_as_a_whole() {
        let known = Known {
            account: "123456789012".to_owned(),
            networks: ["198.18.0.0/15".to_owned(), "vpce-0abc".to_owned()].into(),
            ..Known::default()
        };
        for (key, listed, expected) in [
            ("aws:sourceip", "198.18.4.0/24", Tie::Ours),
            ("aws:sourceip", "198.18.0.0/14", Tie::Strangers),
            ("aws:sourceip", "203.0.113.66", Tie::Strangers),
            ("aws:sourceip", "10.1.0.0/16", Tie::Nobodys),
            ("aws:sourceip", "fd00::/8", Tie::Nobodys),
            ("aws:vpcsourceip", "10.1.0.0/16", Tie::Strangers),
            ("aws:sourcevpce", "vpce-0abc", Tie::Ours),
            ("aws:sourcevpce", "vpce-0evil", Tie::Strangers),
            ("aws:sourcevpcarn", "arn:aws:ec2:eu-west-1:123456789012:vpc/vpc-1", Tie::Ours),
            ("aws:sourcevpcarn", "arn:aws:ec2:eu-west-1:999999999999:vpc/vpc-1", Tie::Strangers),
            ("aws:vpceaccount", "999999999999", Tie::Strangers),
            ("aws:vpceorgid", "o-a1b2c3d4e5", Tie::Ours),
        ] {
            let test = Condition {
                operator: "IpAddress".to_owned(),
                key: key.to_owned(),
                values: vec![listed.to_owned()],
            };
            let value = listed.split('/').next().filter(|_| key.ends_with("ip")).unwrap_or(listed);
            assert_eq!(network(key, value, &test, &known), expected, "{key} {listed}");
        }
    }
}
