//! Evaluates a condition against the context of a request, as IAM does.

use super::construct::Pattern;
use super::dates::date;
use super::document::Condition;
use super::matching::Glob;
use super::request::Context;
use std::borrow::Cow;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// How many parts an ARN has.
const ARN_PARTS: usize = 6;

/// An operator taken apart, such as `ForAllValues:StringNotEqualsIfExists`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Operator {
    pub(super) set: Set,
    /// `IfExists`: a request without the key passes.
    pub(super) if_exists: bool,
    pub(super) test: Test,
    /// `StringNotEquals` and its like.
    pub(super) negated: bool,
}

/// How the values of a multivalued key count.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Set {
    One,
    /// Every value must pass, and no value at all passes.
    All,
    Any,
}

/// What an operator compares.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Test {
    Equals,
    EqualsIgnoreCase,
    Like,
    ArnLike,
    /// Numbers, and dates where the flag is set.
    Order {
        order: Order,
        dates: bool,
    },
    Bool,
    Ip,
    Null,
    /// IAM refuses a policy with it.
    Unknown,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Order {
    Equal,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
}

impl Operator {
    pub(super) fn of(operator: &str) -> Self {
        let lower = operator.to_ascii_lowercase();
        let (set, name) = match lower.split_once(':') {
            Some(("forallvalues", name)) => (Set::All, name),
            Some(("foranyvalue", name)) => (Set::Any, name),
            Some((_, name)) => (Set::One, name),
            None => (Set::One, lower.as_str()),
        };
        let bare = name.strip_suffix("ifexists");
        let if_exists = bare.is_some();
        let name = bare.unwrap_or(name);
        let order = |order, dates| Test::Order { order, dates };
        let (test, negated) = match name {
            "stringequals" | "binaryequals" => (Test::Equals, false),
            "stringnotequals" => (Test::Equals, true),
            "stringequalsignorecase" => (Test::EqualsIgnoreCase, false),
            "stringnotequalsignorecase" => (Test::EqualsIgnoreCase, true),
            "stringlike" => (Test::Like, false),
            "stringnotlike" => (Test::Like, true),
            "arnequals" | "arnlike" => (Test::ArnLike, false),
            "arnnotequals" | "arnnotlike" => (Test::ArnLike, true),
            "numericequals" => (order(Order::Equal, false), false),
            "numericnotequals" => (order(Order::Equal, false), true),
            "numericlessthan" => (order(Order::Less, false), false),
            "numericlessthanequals" => (order(Order::LessOrEqual, false), false),
            "numericgreaterthan" => (order(Order::Greater, false), false),
            "numericgreaterthanequals" => (order(Order::GreaterOrEqual, false), false),
            "dateequals" => (order(Order::Equal, true), false),
            "datenotequals" => (order(Order::Equal, true), true),
            "datelessthan" => (order(Order::Less, true), false),
            "datelessthanequals" => (order(Order::LessOrEqual, true), false),
            "dategreaterthan" => (order(Order::Greater, true), false),
            "dategreaterthanequals" => (order(Order::GreaterOrEqual, true), false),
            "bool" => (Test::Bool, false),
            "ipaddress" => (Test::Ip, false),
            "notipaddress" => (Test::Ip, true),
            "null" => (Test::Null, false),
            _ => (Test::Unknown, false),
        };
        Self { set, if_exists, test, negated }
    }
}

/// A condition made ready for many values of its key.
#[derive(Debug)]
pub(super) struct Prepared {
    operator: Operator,
    wanted: Vec<Wanted>,
}

/// What one of the values of a condition asks for.
#[derive(Debug)]
enum Wanted {
    Text(String),
    Like(Glob),
    /// Part by part, so that a star does not reach over a colon.
    Arn(Vec<Glob>),
    Number(i64),
    Network(Network),
    /// Nothing can be so.
    Nothing,
}

impl Prepared {
    /// Fills in the policy variables. A value of which a variable has no value fits nothing.
    pub(super) fn of(condition: &Condition, context: &Context) -> Self {
        let operator = Operator::of(&condition.operator);
        let wanted = |value: &String| match expand(value, context) {
            Some(expanded) => Wanted::of(operator.test, &expanded),
            None => Wanted::Nothing,
        };
        Self { operator, wanted: condition.values.iter().map(wanted).collect() }
    }

    /// Whether a request passes in which the key has these values, or is absent.
    pub(super) fn passes(&self, present: Option<&[String]>) -> bool {
        let Operator { test, set, negated, if_exists } = self.operator;
        if test == Test::Null {
            let absent = present.is_none_or(<[String]>::is_empty);
            let wants = |wanted: &Wanted| matches!(wanted, Wanted::Text(text) if (text == "true") == absent);
            return self.wanted.iter().any(wants);
        }
        let Some(present) = present.filter(|values| !values.is_empty()) else {
            return if_exists || set == Set::All || (negated && set == Set::One);
        };
        let one = |value: &String| self.wanted.iter().any(|wanted| wanted.fits(test, value)) != negated;
        match set {
            Set::Any => present.iter().any(one),
            Set::All | Set::One => present.iter().all(one),
        }
    }

    pub(super) fn operator(&self) -> Operator {
        self.operator
    }

    /// Whether one value is among those that the condition lists; none that is absent is asked for.
    pub(super) fn lists(&self, value: &str) -> bool {
        self.wanted.iter().any(|wanted| wanted.fits(self.operator.test, value))
    }

    /// The listed values as patterns, but for those that are barred, by their places in the condition.
    pub(super) fn patterns(&self, is_barred: impl Fn(usize) -> bool) -> Vec<Pattern> {
        let wanted = self.wanted.iter().enumerate().filter(|(at, _)| !is_barred(*at));
        wanted.filter_map(|(_, wanted)| wanted.pattern(self.operator.test)).collect()
    }

    /// Numbers, dates or addresses between which the outcome of the test changes.
    pub(super) fn bounds(&self) -> Vec<String> {
        self.wanted.iter().flat_map(|wanted| wanted.bounds(self.operator.test)).collect()
    }

    /// About how much it costs to try one value.
    pub(super) fn cost(&self) -> usize {
        self.wanted.iter().map(Wanted::cost).sum::<usize>() + 4
    }
}

impl Wanted {
    fn of(test: Test, expanded: &Expanded) -> Self {
        let or_nothing = |wanted: Option<Self>| wanted.unwrap_or(Self::Nothing);
        match test {
            Test::Equals => Self::Text(expanded.text.clone()),
            Test::EqualsIgnoreCase | Test::Bool | Test::Null => {
                Self::Text(expanded.text.to_ascii_lowercase())
            }
            Test::Like => Self::Like(Glob::resource(&expanded.pattern)),
            Test::ArnLike => {
                let parts: Vec<Glob> = expanded.pattern.splitn(ARN_PARTS, ':').map(Glob::resource).collect();
                // Of what is no whole ARN, the text counts.
                if parts.len() == ARN_PARTS {
                    Self::Arn(parts)
                } else {
                    Self::Like(Glob::resource(&expanded.pattern))
                }
            }
            Test::Order { dates, .. } => {
                let read = if dates { date } else { number };
                or_nothing(read(&expanded.text).map(Self::Number))
            }
            Test::Ip => or_nothing(Network::read(&expanded.text).map(Self::Network)),
            Test::Unknown => Self::Nothing,
        }
    }

    fn fits(&self, test: Test, value: &str) -> bool {
        match (self, test) {
            (Self::Text(text), Test::Equals) => text == value,
            (Self::Text(text), _) => text.eq_ignore_ascii_case(value),
            (Self::Like(glob), _) => glob.matches(&protected(value)),
            (Self::Arn(parts), _) => {
                let value = protected(value);
                let mut values = value.splitn(ARN_PARTS, ':');
                parts.iter().all(|part| values.next().is_some_and(|value| part.matches(value)))
            }
            (Self::Number(wanted), Test::Order { order, dates }) => {
                let read = if dates { date } else { number };
                read(value).is_some_and(|value| match order {
                    Order::Equal => value == *wanted,
                    Order::Less => value < *wanted,
                    Order::LessOrEqual => value <= *wanted,
                    Order::Greater => value > *wanted,
                    Order::GreaterOrEqual => value >= *wanted,
                })
            }
            (Self::Network(network), _) => value.parse().is_ok_and(|address| network.holds(address)),
            (Self::Number(_) | Self::Nothing, _) => false,
        }
    }

    fn pattern(&self, test: Test) -> Option<Pattern> {
        match self {
            Self::Text(text) if test == Test::Equals => Some(Pattern::literal(&protected(text))),
            Self::Text(text) if test == Test::EqualsIgnoreCase => Some(Pattern::folded(&protected(text))),
            Self::Like(glob) => Some(Pattern::like(glob.tokens().iter().copied())),
            Self::Arn(parts) => Some(Pattern::arn(parts.iter().map(Glob::tokens))),
            _ => None,
        }
    }

    fn bounds(&self, test: Test) -> Vec<String> {
        match (self, test) {
            (Self::Number(number), Test::Order { dates: true, .. }) => {
                [0, -1, 1].map(|step| number.saturating_add(step).to_string()).to_vec()
            }
            (Self::Number(number), _) => [0, -1000, 1000, -1, 1]
                .map(|step| {
                    let number = number.saturating_add(step);
                    let sign = if number < 0 { "-" } else { "" };
                    let (whole, rest) = (number.unsigned_abs() / 1000, number.unsigned_abs() % 1000);
                    if rest == 0 { format!("{sign}{whole}") } else { format!("{sign}{whole}.{rest:03}") }
                })
                .to_vec(),
            (Self::Network(network), _) => network.bounds(),
            (Self::Text(_), Test::Bool) => vec!["true".to_owned(), "false".to_owned()],
            _ => vec![],
        }
    }

    fn cost(&self) -> usize {
        match self {
            Self::Text(text) => text.len() / 4 + 1,
            Self::Like(glob) => glob.cost(),
            Self::Arn(parts) => parts.iter().map(Glob::cost).sum(),
            Self::Number(_) | Self::Network(_) | Self::Nothing => 4,
        }
    }
}

/// Whether the context passes the condition.
#[cfg(test)]
pub(super) fn passes(condition: &Condition, context: &Context) -> bool {
    Prepared::of(condition, context).passes(context.get(&condition.key))
}

/// A value of a policy with its variables filled in. Of what a variable stands for, no character is a wildcard.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Expanded {
    pub(super) text: String,
    /// The same as a pattern: literal wildcards are written as characters that no value holds.
    pattern: String,
}

/// Stand for a literal `*`, `?` and `$`, which a policy writes `${*}`, `${?}` and `${$}`.
const LITERAL: [(char, char); 3] = [('*', '\u{f0001}'), ('?', '\u{f0002}'), ('$', '\u{f0003}')];

fn protected(text: &str) -> Cow<'_, str> {
    if !text.contains(['*', '?', '$']) {
        return Cow::Borrowed(text);
    }
    let stand_in =
        |letter: char| LITERAL.iter().find(|(plain, _)| *plain == letter).map_or(letter, |(_, it)| *it);
    Cow::Owned(text.chars().map(stand_in).collect())
}

/// The text of which [`protected`] made this.
pub(super) fn unprotected(text: &str) -> String {
    let plain =
        |letter: char| LITERAL.iter().find(|(_, it)| *it == letter).map_or(letter, |(plain, _)| *plain);
    text.chars().map(plain).collect()
}

/// Fills in the policy variables. None where a variable has no value: such a value fits nothing.
pub(super) fn expand(value: &str, context: &Context) -> Option<Expanded> {
    let mut text = String::new();
    let mut pattern = String::new();
    let mut rest = value;
    while let Some((before, after)) = rest.split_once("${") {
        let Some((variable, behind)) = after.split_once('}') else { break };
        text.push_str(before);
        pattern.push_str(before);
        let (name, default) = match variable.split_once(',') {
            Some((name, default)) => (name.trim(), Some(default.trim().trim_matches('\''))),
            None => (variable.trim(), None),
        };
        let filled = match name {
            "*" | "?" | "$" => name.to_owned(),
            _ => context.get(name).and_then(<[String]>::first).map(String::as_str).or(default)?.to_owned(),
        };
        pattern.push_str(&protected(&filled));
        text.push_str(&filled);
        rest = behind;
    }
    text.push_str(rest);
    pattern.push_str(rest);
    Some(Expanded { text, pattern })
}

/// The names of the policy variables in a value, but for the escaped characters.
pub(super) fn variables(value: &str) -> impl Iterator<Item = &str> {
    let names = value.split("${").skip(1).filter_map(|after| after.split_once('}')).map(|(name, _)| name);
    names
        .map(|name| name.split(',').next().unwrap_or(name).trim())
        .filter(|name| !matches!(*name, "*" | "?" | "$"))
}

/// Whether a pattern of a policy stands for a text, in a request with this context.
#[cfg(test)]
pub(super) fn like(pattern: &str, value: &str, context: &Context) -> bool {
    expand(pattern, context).is_some_and(|it| Glob::resource(&it.pattern).matches(&protected(value)))
}

/// A number, in thousandths.
fn number(text: &str) -> Option<i64> {
    let value: f64 = text.trim().parse().ok()?;
    // Counts, sizes and ages, far from the limits.
    #[expect(clippy::cast_possible_truncation, reason = "a cast saturates")]
    Some((value * 1000.0) as i64)
}

/// A network in CIDR notation, or one address.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Network {
    address: IpAddr,
    bits: u8,
}

impl Network {
    pub(super) fn read(text: &str) -> Option<Self> {
        let (address, bits) = match text.trim().split_once('/') {
            Some((address, bits)) => (address, Some(bits.parse::<u8>().ok()?)),
            None => (text.trim(), None),
        };
        let address: IpAddr = address.parse().ok()?;
        let most = if address.is_ipv4() { 32 } else { 128 };
        let bits = bits.unwrap_or(most);
        (bits <= most).then_some(Self { address, bits })
    }

    pub(super) fn holds(&self, address: IpAddr) -> bool {
        let differ = match (self.address, address) {
            (IpAddr::V4(ours), IpAddr::V4(theirs)) => (ours.to_bits() ^ theirs.to_bits()).leading_zeros(),
            (IpAddr::V6(ours), IpAddr::V6(theirs)) => (ours.to_bits() ^ theirs.to_bits()).leading_zeros(),
            _ => return false,
        };
        differ >= u32::from(self.bits)
    }

    /// Its first address, and the first one behind it.
    fn bounds(&self) -> Vec<String> {
        let bits = u32::from(self.bits);
        match self.address {
            IpAddr::V4(address) => {
                let first = address.to_bits() & u32::MAX.checked_shl(32 - bits).unwrap_or(0);
                let last = first | u32::MAX.checked_shr(bits).unwrap_or(0);
                let after = last.checked_add(1).map(|it| Ipv4Addr::from_bits(it).to_string());
                std::iter::once(Ipv4Addr::from_bits(first).to_string()).chain(after).collect()
            }
            IpAddr::V6(address) => {
                let first = address.to_bits() & u128::MAX.checked_shl(128 - bits).unwrap_or(0);
                let last = first | u128::MAX.checked_shr(bits).unwrap_or(0);
                let after = last.checked_add(1).map(|it| Ipv6Addr::from_bits(it).to_string());
                std::iter::once(Ipv6Addr::from_bits(first).to_string()).chain(after).collect()
            }
        }
    }

    /// Whether it lies in another network.
    pub(super) fn is_in(&self, other: &Self) -> bool {
        self.bits >= other.bits && other.holds(self.address)
    }
}

#[cfg(test)]
#[path = "operators_tests.rs"]
mod tests;
