//! Reading a pattern, in the order and with the refusals of EventBridge.

use super::matcher::{Block, Leaf, Matcher, Range, Text};
use super::number::{Millionths, OUT_OF_RANGE};
use super::tokens::{Read, Token, Tokens};
use super::wildcard::{Wildcard, are_too_complex};
use super::{Branch, InvalidPattern};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// How many branches `$or` may make. Source: EventBridge user guide, "Example: Complex example with multiple matching".
const MOST_BRANCHES: usize = 1_000;

/// Names that cannot be fields beside each other in `$or`: they would be taken for operators.
const RESERVED: [&str; 9] = [
    "exactly",
    "prefix",
    "suffix",
    "numeric",
    "anything-but",
    "exists",
    "cidr",
    "equals-ignore-case",
    "wildcard",
];

/// Reads a pattern. What follows its end is not looked at, as EventBridge does not.
pub(super) fn pattern(text: &str) -> Read<Vec<Branch>> {
    let mut tokens = Tokens::new(text);
    if tokens.next()? != Token::ObjectStart {
        return tokens.fault("Filter is not an object");
    }
    let mut branches = Vec::new();
    object(&mut tokens, &mut branches, "", false)?;
    for matchers in branches.iter().flat_map(Branch::values) {
        let wildcards: Vec<&Wildcard> = matchers
            .iter()
            .filter_map(|matcher| match matcher {
                Matcher::Text(Text::Wildcard(wildcard)) => Some(wildcard),
                _ => None,
            })
            .collect();
        if are_too_complex(&wildcards) {
            return refused(
                "Rule is too complex - try using fewer wildcard characters or fewer repeating character sequences after a wildcard character",
            );
        }
    }
    Ok(branches)
}

/// A refusal that names no place.
fn refused<T>(reason: impl Into<String>) -> Read<T> {
    Err(InvalidPattern { reason: reason.into() })
}

fn object(tokens: &mut Tokens, branches: &mut Vec<Branch>, path: &str, in_or: bool) -> Read<()> {
    let mut is_empty = true;
    while let Token::Field(name) = tokens.next()? {
        is_empty = false;
        if name == "$or" {
            alternatives(tokens, branches, path)?;
            continue;
        }
        if in_or && RESERVED.contains(&name.as_str()) {
            return tokens
                .fault(format!("{name} is Ruler reserved fieldName which cannot be used inside $or."));
        }
        let inner = if path.is_empty() { name.clone() } else { format!("{path}.{name}") };
        match tokens.next()? {
            Token::ObjectStart => object(tokens, branches, &inner, in_or)?,
            Token::ArrayStart => field(tokens, branches, &inner)?,
            _ => return tokens.fault(format!("\"{name}\" must be an object or an array")),
        }
    }
    if is_empty { tokens.fault("Empty objects are not allowed") } else { Ok(()) }
}

/// `$or`: what was said so far, with each of several objects.
fn alternatives(tokens: &mut Tokens, branches: &mut Vec<Branch>, path: &str) -> Read<()> {
    if tokens.next()? != Token::ArrayStart {
        return tokens.fault("It must be an Array followed with $or.");
    }
    let mut before = std::mem::take(branches);
    if before.is_empty() {
        before.push(Branch::new());
    }
    let mut objects = 0;
    loop {
        match tokens.next()? {
            Token::ArrayEnd => break,
            Token::ObjectStart => {}
            _ => return tokens.fault("Only JSON object is allowed in array of $or relationship."),
        }
        objects += 1;
        let mut with = before.clone();
        object(tokens, &mut with, path, true)?;
        branches.append(&mut with);
        if branches.len() > MOST_BRANCHES {
            return refused(format!(
                "The event pattern has more than {MOST_BRANCHES} rule combinations; use fewer objects in its $or arrays"
            ));
        }
    }
    if objects < 2 {
        return tokens.fault("There must have at least 2 Objects in $or relationship.");
    }
    Ok(())
}

/// The values of a field. A field that is named again takes the place of the one before.
fn field(tokens: &mut Tokens, branches: &mut Vec<Branch>, name: &str) -> Read<()> {
    let mut matchers = Vec::new();
    loop {
        matchers.push(match tokens.next()? {
            Token::ArrayEnd => break,
            Token::ObjectStart => expression(tokens)?,
            Token::Text => {
                let text = tokens.text()?;
                Matcher::Exactly(match text.parse() {
                    Ok(address) => Leaf::Address(address),
                    Err(_) => Leaf::Text(text),
                })
            }
            Token::Number(text) => {
                let worth = Millionths::read(&text);
                Matcher::Exactly(Leaf::Number(text, worth))
            }
            Token::Null => Matcher::Exactly(Leaf::Null),
            Token::True => Matcher::Exactly(Leaf::Bool(true)),
            Token::False => Matcher::Exactly(Leaf::Bool(false)),
            _ => return tokens.fault("Match value must be String, number, true, false, or null"),
        });
    }
    if matchers.is_empty() {
        return tokens.fault("Empty arrays are not allowed");
    }
    if branches.is_empty() {
        branches.push(Branch::new());
    }
    for branch in branches {
        branch.insert(name.to_owned(), matchers.clone());
    }
    Ok(())
}

/// `{"operator": operand}`, of which the brace was read.
fn expression(tokens: &mut Tokens) -> Read<Matcher> {
    let Token::Field(operator) = tokens.next()? else {
        return tokens.fault("Match expression name not found");
    };
    let matcher = match operator.as_str() {
        "exactly" => Matcher::Exactly(Leaf::Text(string(tokens, "exact match pattern must be a string")?)),
        "prefix" | "suffix" => Matcher::Text(prefix_or_suffix(tokens, &operator)?),
        "equals-ignore-case" => Matcher::Text(Text::EqualsIgnoreCase(ignoring_case(tokens)?)),
        "wildcard" => {
            let text = string(tokens, "wildcard match pattern must be a string")?;
            Matcher::Text(Text::Wildcard(Wildcard::read(&text).or_else(|why| tokens.fault(why))?))
        }
        // The words are those of another operator, and so are EventBridge's.
        "cidr" => Matcher::Cidr(block(&string(tokens, "prefix match pattern must be a string")?)?),
        "exists" => match tokens.next()? {
            Token::True => Matcher::Present,
            Token::False => Matcher::Absent,
            _ => return tokens.fault("exists match pattern must be either true or false."),
        },
        "numeric" => {
            if tokens.next()? != Token::ArrayStart {
                return tokens.fault("Value of numeric must be an array.");
            }
            let range = Matcher::Numeric(range(tokens)?);
            end(tokens, "Too many elements in numeric expression")?;
            return Ok(range);
        }
        "anything-but" => return anything_but(tokens),
        other => return tokens.fault(format!("Unrecognized match type {other}")),
    };
    end(tokens, "Only one key allowed in match expression")?;
    Ok(matcher)
}

fn string(tokens: &mut Tokens, otherwise: &str) -> Read<String> {
    if tokens.next()? == Token::Text { tokens.text() } else { tokens.fault(otherwise) }
}

fn end(tokens: &mut Tokens, otherwise: &str) -> Read<()> {
    if tokens.next()? == Token::ObjectEnd { Ok(()) } else { tokens.fault(otherwise) }
}

fn ignoring_case(tokens: &mut Tokens) -> Read<String> {
    string(tokens, "equals-ignore-case match pattern must be a string").map(|text| text.to_lowercase())
}

/// The text of a prefix or a suffix, or `{"equals-ignore-case": text}`.
fn prefix_or_suffix(tokens: &mut Tokens, operator: &str) -> Read<Text> {
    let is_prefix = operator == "prefix";
    match tokens.next()? {
        Token::Text => {
            let text = tokens.text()?;
            Ok(if is_prefix { Text::Prefix(text) } else { Text::Suffix(text) })
        }
        Token::ObjectStart => {
            let Token::Field(inner) = tokens.next()? else {
                let name = if is_prefix { "Prefix" } else { "Suffix" };
                return tokens.fault(format!("{name} expression name not found"));
            };
            if inner != "equals-ignore-case" {
                return tokens.fault(format!("Unsupported {operator} pattern: {inner}"));
            }
            let text = ignoring_case(tokens)?;
            end(tokens, "Only one key allowed in match expression")?;
            Ok(if is_prefix { Text::PrefixIgnoreCase(text) } else { Text::SuffixIgnoreCase(text) })
        }
        _ => tokens.fault(format!("{operator} match pattern must be a string")),
    }
}

fn anything_but(tokens: &mut Tokens) -> Read<Matcher> {
    const TOO_MANY: &str = "Too many elements in numeric expression";
    let mut operand = tokens.next()?;
    let mut form = None;
    if operand == Token::ObjectStart {
        let Token::Field(operator) = tokens.next()? else {
            return tokens.fault("Anything-But expression name not found");
        };
        if !matches!(operator.as_str(), "equals-ignore-case" | "prefix" | "suffix" | "wildcard") {
            return tokens.fault(format!("Unsupported anything-but pattern: {operator}"));
        }
        form = Some(operator);
        operand = tokens.next()?;
    }
    if !matches!(operand, Token::ArrayStart | Token::Text | Token::Number(_)) {
        return tokens.fault("Value of anything-but must be an array or single string/number value.");
    }
    let is_list = operand == Token::ArrayStart;
    let matcher = match (&form, is_list) {
        // What is wrong in a list is said with its place twice.
        (None, true) => twice(tokens, anything_but_values)?,
        (Some(form), true) => twice(tokens, |tokens| anything_but_forms(tokens, form))?,
        (None, false) => match operand {
            Token::Number(text) => match Millionths::read(&text) {
                Some(number) => Matcher::AnythingButNumbers(vec![number]),
                None => return refused(OUT_OF_RANGE),
            },
            _ => Matcher::AnythingButTexts(vec![tokens.text()?]),
        },
        (Some(form), false) => Matcher::AnythingButForms(vec![form_of(tokens, &operand, form)?]),
    };
    end(tokens, TOO_MANY)?;
    if form.is_some() {
        end(tokens, TOO_MANY)?;
    }
    Ok(matcher)
}

fn twice(tokens: &mut Tokens, read: impl FnOnce(&mut Tokens) -> Read<Matcher>) -> Read<Matcher> {
    read(tokens).or_else(|InvalidPattern { reason }| tokens.fault(reason))
}

fn anything_but_values(tokens: &mut Tokens) -> Read<Matcher> {
    let (mut texts, mut numbers) = (Vec::new(), Vec::new());
    loop {
        match tokens.next()? {
            Token::ArrayEnd => break,
            Token::Text => texts.push(tokens.text()?),
            Token::Number(text) => match Millionths::read(&text) {
                Some(number) => numbers.push(number),
                None => return refused(OUT_OF_RANGE),
            },
            _ => return tokens.fault("Inside anything but list, start|null|boolean is not supported."),
        }
    }
    match (texts.is_empty(), numbers.is_empty()) {
        (false, true) => Ok(Matcher::AnythingButTexts(texts)),
        (true, false) => Ok(Matcher::AnythingButNumbers(numbers)),
        _ => tokens.fault(
            "Inside anything but list, either all values are number or string, mixed type is not supported",
        ),
    }
}

fn anything_but_forms(tokens: &mut Tokens, form: &str) -> Read<Matcher> {
    let mut forms = Vec::new();
    loop {
        match tokens.next()? {
            Token::ArrayEnd => return Ok(Matcher::AnythingButForms(forms)),
            token => forms.push(form_of(tokens, &token, form)?),
        }
    }
}

fn form_of(tokens: &mut Tokens, token: &Token, form: &str) -> Read<Text> {
    if *token != Token::Text {
        return tokens.fault(match form {
            "equals-ignore-case" => {
                "Inside anything-but/equals-ignore-case list, number|start|null|boolean is not supported."
            }
            "wildcard" => "wildcard match pattern must be a string",
            _ => "prefix/suffix match pattern must be a string",
        });
    }
    let text = tokens.text()?;
    match form {
        "prefix" | "suffix" if text.is_empty() => tokens.fault("Null prefix/suffix not allowed"),
        "prefix" => Ok(Text::Prefix(text)),
        "suffix" => Ok(Text::Suffix(text)),
        "wildcard" => Wildcard::read(&text).map(Text::Wildcard).or_else(|why| tokens.fault(why)),
        _ => Ok(Text::EqualsIgnoreCase(text.to_lowercase())),
    }
}

/// What stands in the array of `numeric`, of which the bracket was read.
fn range(tokens: &mut Tokens) -> Read<Range> {
    const TOO_MANY: &str = "Too many elements in numeric expression";
    let whole =
        Range { bottom: Millionths::LEAST, open_bottom: false, top: Millionths::MOST, open_top: false };
    let operator = match tokens.next()? {
        Token::Text => tokens.text()?,
        other => return tokens.fault(format!("Invalid member in numeric match: {}", written(&other))),
    };
    let name = if operator == "=" { "equals" } else { operator.as_str() };
    let bound = tokens.next()?;
    if !matches!(operator.as_str(), "=" | "<" | "<=" | ">" | ">=") {
        return tokens.fault(format!("Unrecognized numeric range operator: {operator}"));
    }
    let number = numeric(tokens, &bound, name)?;
    let after = tokens.next()?;
    let is_between = matches!(operator.as_str(), ">" | ">=") && after != Token::ArrayEnd;
    let upper = if is_between {
        Some(upper_bound(tokens, &after)?)
    } else if after != Token::ArrayEnd {
        return tokens.fault(TOO_MANY);
    } else {
        None
    };
    let (top, open_top) = upper.unwrap_or((Some(whole.top), false));
    // Whether the numbers can be compared is looked at when the range is whole.
    let (Some(number), Some(top)) = (number, top) else { return tokens.fault(OUT_OF_RANGE) };
    let range = match operator.as_str() {
        "=" => return Ok(Range { bottom: number, top: number, ..whole }),
        "<" => Range { top: number, open_top: true, ..whole },
        "<=" => Range { top: number, ..whole },
        strict_or_not => Range { bottom: number, open_bottom: strict_or_not == ">", top, open_top },
    };
    if range.bottom >= range.top {
        return tokens.fault("Bottom must be less than top");
    }
    Ok(range)
}

/// A number of a range, if it can be compared.
fn numeric(tokens: &Tokens, token: &Token, operator: &str) -> Read<Option<Millionths>> {
    match token {
        Token::Number(text) => Ok(Millionths::read(text)),
        _ => tokens.fault(format!("Value of {operator} must be numeric")),
    }
}

fn upper_bound(tokens: &mut Tokens, operator: &Token) -> Read<(Option<Millionths>, bool)> {
    if *operator != Token::Text {
        return tokens.fault(format!("Bad value in numeric range: {}", written(operator)));
    }
    let operator = tokens.text()?;
    if !matches!(operator.as_str(), "<" | "<=") {
        return tokens.fault(format!("Bad numeric range operator: {operator}"));
    }
    let bound = tokens.next()?;
    let number = numeric(tokens, &bound, &operator)?;
    if tokens.next()? != Token::ArrayEnd {
        return tokens.fault("Too many terms in numeric range expression");
    }
    Ok((number, operator == "<"))
}

/// A token as it stands in the text.
fn written(token: &Token) -> String {
    match token {
        Token::ObjectStart => "{".to_owned(),
        Token::ObjectEnd => "}".to_owned(),
        Token::ArrayStart => "[".to_owned(),
        Token::ArrayEnd => "]".to_owned(),
        Token::Field(name) => name.clone(),
        Token::Number(text) => text.clone(),
        Token::True => "true".to_owned(),
        Token::False => "false".to_owned(),
        Token::Null => "null".to_owned(),
        Token::Text | Token::End => String::new(),
    }
}

/// `10.0.0.0/8`, or a block of version 6.
fn block(text: &str) -> Read<Block> {
    let parts: Vec<&str> = text.trim_end_matches('/').split('/').collect();
    let [address, bits] = parts.as_slice() else { return refused("Malformed CIDR, one '/' required") };
    let Ok(bits) = bits.parse::<i32>() else {
        return refused("Malformed CIDR, mask bits must be an integer");
    };
    let Ok(bits) = u32::try_from(bits) else {
        return refused("Malformed CIDR, mask bits must not be negative");
    };
    let looks_like_one = address.split('.').count() == 4
        && address.split('.').all(|part| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit()));
    match address.parse() {
        Ok(IpAddr::V4(_)) if bits > 31 => refused("IPv4 mask bits must be < 32"),
        Ok(IpAddr::V6(_)) if bits > 127 => refused("IPv6 mask bits must be < 128"),
        Ok(IpAddr::V4(first)) => {
            let last = Ipv4Addr::from_bits(first.to_bits() | u32::MAX.checked_shr(bits).unwrap_or(0));
            Ok(Block { first: first.into(), last: last.into() })
        }
        Ok(IpAddr::V6(first)) => {
            let last = Ipv6Addr::from_bits(first.to_bits() | u128::MAX.checked_shr(bits).unwrap_or(0));
            Ok(Block { first: first.into(), last: last.into() })
        }
        Err(_) if looks_like_one => refused(format!("Invalid IP address: {address}")),
        Err(_) => refused(format!("Nonstandard IP address: {address}")),
    }
}
