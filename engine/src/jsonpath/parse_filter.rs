//! Text into conditions.

use super::filter::{Condition, Operand, Pattern};
use super::operators::{Operator, SYMBOLS, WORDS};
use super::parse::{Cursor, Parsed, quoted, steps};
use regex::RegexBuilder;
use serde_json::Value;

/// How deep parentheses and filters may be nested.
const DEEPEST: usize = 30;

/// `(...)`.
pub(super) fn parenthesised(cursor: &mut Cursor, depth: usize) -> Parsed<Condition> {
    if depth > DEEPEST {
        return Err(cursor.wrong("a filter is nested at most 30 levels deep"));
    }
    cursor.advance();
    let condition = or(cursor, depth + 1)?;
    cursor.blanks();
    if cursor.eat(')') { Ok(condition) } else { Err(cursor.wrong("`)` is missing")) }
}

fn or(cursor: &mut Cursor, depth: usize) -> Parsed<Condition> {
    list(cursor, depth, "||", and, Condition::Or)
}

fn and(cursor: &mut Cursor, depth: usize) -> Parsed<Condition> {
    list(cursor, depth, "&&", not, Condition::And)
}

fn list(
    cursor: &mut Cursor,
    depth: usize,
    between: &str,
    one: fn(&mut Cursor, usize) -> Parsed<Condition>,
    together: fn(Vec<Condition>) -> Condition,
) -> Parsed<Condition> {
    let first = one(cursor, depth)?;
    let mut more = Vec::new();
    loop {
        cursor.blanks();
        if !cursor.eat_all(between) {
            break;
        }
        more.push(one(cursor, depth)?);
    }
    if more.is_empty() {
        return Ok(first);
    }
    more.insert(0, first);
    Ok(together(more))
}

fn not(cursor: &mut Cursor, depth: usize) -> Parsed<Condition> {
    cursor.blanks();
    let mut denied = false;
    while cursor.eat('!') {
        denied = !denied;
        cursor.blanks();
    }
    let condition = match cursor.peek() {
        Some('(') => parenthesised(cursor, depth)?,
        _ => comparison(cursor, depth)?,
    };
    Ok(if denied { Condition::Not(Box::new(condition)) } else { condition })
}

fn comparison(cursor: &mut Cursor, depth: usize) -> Parsed<Condition> {
    let left = operand(cursor, depth)?;
    cursor.blanks();
    let operator = operator(cursor)?;
    let Some(operator) = operator else {
        return match left {
            Operand::Item(_) | Operand::Document(_) => Ok(Condition::Exists(left)),
            _ => Err(cursor.wrong("a comparison needs an operator, such as `==`")),
        };
    };
    cursor.blanks();
    let right = operand(cursor, depth)?;
    let patterns =
        usize::from(matches!(left, Operand::Pattern(_))) + usize::from(matches!(right, Operand::Pattern(_)));
    if (operator == Operator::Matches) != (patterns == 1) {
        return Err(cursor.wrong("`=~` has a `/pattern/` on one side, and nothing else has one"));
    }
    Ok(Condition::Compare(left, operator, right))
}

fn operator(cursor: &mut Cursor) -> Parsed<Option<Operator>> {
    for (symbol, operator) in SYMBOLS {
        if cursor.eat_all(symbol) {
            return Ok(Some(operator));
        }
    }
    let start = cursor.clone();
    let mut word = String::new();
    while let Some(c) = cursor.peek().filter(char::is_ascii_alphabetic) {
        word.push(c.to_ascii_lowercase());
        cursor.advance();
    }
    if word.is_empty() {
        return Ok(None);
    }
    match WORDS.iter().find(|(name, _)| *name == word) {
        Some((_, operator)) => Ok(Some(*operator)),
        None => Err(start.wrong(&format!("there is no operator `{word}`"))),
    }
}

/// What ends a path inside a filter.
fn stops(c: char) -> bool {
    c.is_whitespace() || matches!(c, ')' | ']' | ',' | '=' | '!' | '<' | '>' | '~' | '&' | '|')
}

fn operand(cursor: &mut Cursor, depth: usize) -> Parsed<Operand> {
    match cursor.peek() {
        Some('@') => {
            cursor.advance();
            Ok(Operand::Item(steps(cursor, &stops, depth)?))
        }
        Some('$') => {
            cursor.advance();
            Ok(Operand::Document(steps(cursor, &stops, depth)?))
        }
        Some('/') => pattern(cursor),
        _ => Ok(Operand::Literal(literal(cursor, depth)?)),
    }
}

fn literal(cursor: &mut Cursor, depth: usize) -> Parsed<Value> {
    match cursor.peek() {
        Some('\'' | '"') => quoted(cursor).map(Value::String),
        Some('[') => list_of_literals(cursor, depth),
        _ => {
            let start = cursor.clone();
            let mut word = String::new();
            while let Some(c) =
                cursor.peek().filter(|c| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '+'))
            {
                word.push(c);
                cursor.advance();
            }
            serde_json::from_str(&word).map_err(|_| {
                start.wrong("here stands a path, a quoted text, a number, true, false, null or a list")
            })
        }
    }
}

fn list_of_literals(cursor: &mut Cursor, depth: usize) -> Parsed<Value> {
    if depth > DEEPEST {
        return Err(cursor.wrong("a filter is nested at most 30 levels deep"));
    }
    cursor.advance();
    let mut items = Vec::new();
    loop {
        cursor.blanks();
        if cursor.eat(']') {
            return Ok(Value::Array(items));
        }
        if !items.is_empty() {
            if !cursor.eat(',') {
                return Err(cursor.wrong("`,` or `]` is missing"));
            }
            cursor.blanks();
        }
        items.push(literal(cursor, depth + 1)?);
    }
}

/// `/.../` with Java's flags.
fn pattern(cursor: &mut Cursor) -> Parsed<Operand> {
    let start = cursor.clone();
    cursor.advance();
    let mut text = String::new();
    loop {
        match cursor.peek() {
            None => return Err(start.wrong("the closing `/` is missing")),
            Some('/') => break,
            Some('\\') => {
                cursor.advance();
                match cursor.peek() {
                    Some('/') => text.push('/'),
                    Some(c) => text.extend(['\\', c]),
                    None => return Err(start.wrong("the closing `/` is missing")),
                }
            }
            Some(c) => text.push(c),
        }
        cursor.advance();
    }
    cursor.advance();
    let mut flags = String::new();
    while let Some(flag) = cursor.peek().filter(char::is_ascii_alphabetic) {
        match flag {
            'i' | 'x' | 'm' | 's' => flags.push(flag),
            // Java's flags for what this library does anyway.
            'd' | 'u' | 'U' => {}
            _ => return Err(cursor.wrong(&format!("there is no flag `{flag}`"))),
        }
        cursor.advance();
    }
    let flags = if flags.is_empty() { "?:".to_owned() } else { format!("?{flags}:") };
    // With the flag `x` a comment may stand at the end, which only a new line ends.
    let end = if flags.contains('x') { "\n" } else { "" };
    match RegexBuilder::new(&format!(r"\A({flags}{text}{end})\z")).size_limit(1 << 20).build() {
        Ok(regex) => Ok(Operand::Pattern(Pattern(regex))),
        Err(_) => Err(start.wrong("this is no regular expression")),
    }
}
