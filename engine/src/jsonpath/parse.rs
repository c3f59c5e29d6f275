//! Text into steps.

use super::{MOST_STEPS, Path, PathError, Step, parse_filter};

/// A place in a text. Errors count from it.
#[derive(Clone)]
pub(super) struct Cursor {
    chars: std::rc::Rc<[char]>,
    at: usize,
}

/// What is wrong, and at which character, counting from 0.
pub(super) struct Wrong {
    pub(super) at: usize,
    pub(super) problem: String,
}

pub(super) type Parsed<T> = Result<T, Wrong>;

pub(super) fn whole(text: &str) -> Result<Path, PathError> {
    let mut cursor = Cursor { chars: text.chars().collect(), at: 0 };
    let steps = if cursor.eat('$') {
        steps(&mut cursor, &|_| false, 0)
    } else {
        Err(cursor.wrong("a path begins with `$`"))
    };
    match steps {
        Ok(steps) => Ok(Path { source: text.to_owned(), steps }),
        Err(Wrong { at, problem }) => Err(PathError { path: text.to_owned(), at: at + 1, problem }),
    }
}

/// The steps up to the end of the text, or to a character that `stops` a path inside a filter.
pub(super) fn steps(cursor: &mut Cursor, stops: &dyn Fn(char) -> bool, depth: usize) -> Parsed<Vec<Step>> {
    let mut steps = Vec::new();
    loop {
        match cursor.peek() {
            None => break,
            Some('.') => {
                cursor.advance();
                if cursor.eat('.') {
                    if cursor.peek() == Some('.') {
                        return Err(cursor.wrong("a path has at most two dots in a row"));
                    }
                    steps.push(Step::Descend);
                }
                match cursor.peek() {
                    None => return Err(cursor.wrong("a path does not end with a dot")),
                    Some('[') => steps.push(bracket(cursor, depth)?),
                    Some('*') => {
                        cursor.advance();
                        steps.push(Step::Wildcard);
                    }
                    Some(_) => steps.push(name(cursor, stops)?),
                }
            }
            Some('[') => steps.push(bracket(cursor, depth)?),
            Some(c) if stops(c) => break,
            Some(c) => return Err(cursor.wrong(&format!("`{c}` is neither `.` nor `[`"))),
        }
        if steps.len() > MOST_STEPS {
            return Err(cursor.wrong("a path has at most 200 steps"));
        }
        if matches!(steps.as_slice(), [.., Step::Function(_), _]) {
            return Err(cursor.wrong("nothing follows a function"));
        }
    }
    Ok(steps)
}

/// A name after a dot, or a function.
fn name(cursor: &mut Cursor, stops: &dyn Fn(char) -> bool) -> Parsed<Step> {
    let mut name = String::new();
    while let Some(c) = cursor.peek() {
        match c {
            '.' | '[' | '(' => break,
            c if stops(c) => break,
            c if c.is_whitespace() => {
                return Err(cursor.wrong("a name with blanks stands in brackets, as in `['my name']`"));
            }
            c => name.push(c),
        }
        cursor.advance();
    }
    if name.is_empty() {
        return Err(cursor.wrong("a name is missing"));
    }
    if !cursor.eat('(') {
        return Ok(Step::Name(name));
    }
    cursor.blanks();
    if !cursor.eat(')') {
        return Err(cursor.wrong("a function of a path takes no arguments"));
    }
    match name.as_str() {
        "length" | "size" | "min" | "max" | "avg" | "stddev" | "sum" | "keys" | "concat" | "append"
        | "first" | "last" | "index" => Ok(Step::Function(name)),
        _ => Err(cursor.wrong(&format!("there is no function `{name}`"))),
    }
}

/// Whatever stands between brackets.
fn bracket(cursor: &mut Cursor, depth: usize) -> Parsed<Step> {
    cursor.advance();
    cursor.blanks();
    let step = match cursor.peek() {
        Some('*') => {
            cursor.advance();
            Step::Wildcard
        }
        Some('\'' | '"') => names(cursor)?,
        Some('?') => {
            cursor.advance();
            cursor.blanks();
            if cursor.peek() != Some('(') {
                return Err(cursor.wrong("a filter is `[?(...)]`"));
            }
            Step::Filter(parse_filter::parenthesised(cursor, depth)?)
        }
        Some(c) if c.is_ascii_digit() || matches!(c, '-' | ':') => numbers(cursor)?,
        _ => return Err(cursor.wrong("between brackets stands a quoted name, a number, `*` or a filter")),
    };
    cursor.blanks();
    if cursor.eat(']') { Ok(step) } else { Err(cursor.wrong("`]` is missing")) }
}

fn names(cursor: &mut Cursor) -> Parsed<Step> {
    let first = quoted(cursor)?;
    let mut names = Vec::new();
    loop {
        cursor.blanks();
        if !cursor.eat(',') {
            break;
        }
        cursor.blanks();
        names.push(quoted(cursor)?);
    }
    if names.is_empty() {
        return Ok(Step::Name(first));
    }
    names.insert(0, first);
    Ok(Step::Names(names))
}

/// A string in single or double quotes.
pub(super) fn quoted(cursor: &mut Cursor) -> Parsed<String> {
    let Some(quote @ ('\'' | '"')) = cursor.peek() else {
        return Err(cursor.wrong("a quoted name is missing"));
    };
    cursor.advance();
    let mut text = String::new();
    loop {
        let Some(c) = cursor.peek() else {
            return Err(cursor.wrong("the closing quote is missing"));
        };
        cursor.advance();
        match c {
            c if c == quote => return Ok(text),
            '\\' => text.push(escape(cursor)?),
            c => text.push(c),
        }
    }
}

/// What a backslash says. One before any other character is that character.
fn escape(cursor: &mut Cursor) -> Parsed<char> {
    let Some(c) = cursor.peek() else {
        return Err(cursor.wrong("the closing quote is missing"));
    };
    cursor.advance();
    Ok(match c {
        'b' => '\u{8}',
        'f' => '\u{c}',
        'n' => '\n',
        'r' => '\r',
        't' => '\t',
        'u' => {
            let mut code = 0;
            for _ in 0..4 {
                let Some(digit) = cursor.peek().and_then(|c| c.to_digit(16)) else {
                    return Err(cursor.wrong("`\\u` takes four hexadecimal digits"));
                };
                cursor.advance();
                code = code * 16 + digit;
            }
            char::from_u32(code).unwrap_or(char::REPLACEMENT_CHARACTER)
        }
        other => other,
    })
}

/// Indices or a slice.
fn numbers(cursor: &mut Cursor) -> Parsed<Step> {
    let first = number(cursor)?;
    cursor.blanks();
    if cursor.eat(':') {
        cursor.blanks();
        let second = number(cursor)?;
        cursor.blanks();
        // The library reads a step and passes over it.
        if cursor.eat(':') {
            cursor.blanks();
            number(cursor)?;
        }
        return match (first, second) {
            (None, None) => Err(cursor.wrong("a slice says at least one of its ends")),
            (from, to) => Ok(Step::Slice(from, to)),
        };
    }
    let missing = |cursor: &Cursor| cursor.wrong("a number is missing");
    let mut indices = vec![first.ok_or_else(|| missing(cursor))?];
    loop {
        cursor.blanks();
        if !cursor.eat(',') {
            break;
        }
        cursor.blanks();
        indices.push(number(cursor)?.ok_or_else(|| missing(cursor))?);
    }
    Ok(match indices.as_slice() {
        [index] => Step::Index(*index),
        _ => Step::Indices(indices),
    })
}

fn number(cursor: &mut Cursor) -> Parsed<Option<i64>> {
    let start = cursor.clone();
    let mut text = String::new();
    while let Some(c) = cursor.peek().filter(|c| c.is_ascii_digit() || (*c == '-' && text.is_empty())) {
        text.push(c);
        cursor.advance();
    }
    if text.is_empty() {
        return Ok(None);
    }
    match text.parse::<i32>() {
        Ok(number) => Ok(Some(i64::from(number))),
        Err(_) => Err(start.wrong(&format!("`{text}` is no index"))),
    }
}

impl Cursor {
    pub(super) fn peek(&self) -> Option<char> {
        self.chars.get(self.at).copied()
    }

    pub(super) fn advance(&mut self) {
        self.at += 1;
    }

    /// Passes over a character, if it stands here.
    pub(super) fn eat(&mut self, c: char) -> bool {
        let here = self.peek() == Some(c);
        self.at += usize::from(here);
        here
    }

    /// Passes over a text, if it stands here.
    pub(super) fn eat_all(&mut self, text: &str) -> bool {
        let here = text.chars().enumerate().all(|(n, c)| self.chars.get(self.at + n) == Some(&c));
        if here {
            self.at += text.chars().count();
        }
        here
    }

    pub(super) fn blanks(&mut self) {
        while self.peek().is_some_and(char::is_whitespace) {
            self.advance();
        }
    }

    pub(super) fn wrong(&self, problem: &str) -> Wrong {
        Wrong { at: self.at, problem: problem.to_owned() }
    }
}
