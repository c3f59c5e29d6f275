//! Text into invocations.

use super::{Argument, Call, DEEPEST, Function, IntrinsicError, Invocation};
use crate::jsonpath::{PathError, Rooted};

/// Where the reader is.
struct Reader<'t> {
    text: &'t str,
    rest: &'t str,
}

pub(super) fn call(text: &str) -> Result<Call, IntrinsicError> {
    let mut reader = Reader { text, rest: text };
    reader.blanks();
    let invocation = reader.invocation(1)?;
    reader.blanks();
    if !reader.rest.is_empty() {
        return Err(reader.wrong("nothing follows the closing parenthesis"));
    }
    Ok(Call { source: text.to_owned(), invocation })
}

impl<'t> Reader<'t> {
    fn invocation(&mut self, depth: usize) -> Result<Invocation, IntrinsicError> {
        if depth > DEEPEST {
            return Err(self.wrong("at most 10 intrinsic functions can be nested"));
        }
        let end =
            self.rest.find(|c: char| !(c.is_ascii_alphanumeric() || c == '.')).unwrap_or(self.rest.len());
        let name = self.rest.get(..end).unwrap_or_default();
        let Some((function, name, least, most)) =
            Function::ALL.into_iter().find(|(_, candidate, ..)| *candidate == name)
        else {
            return Err(self.wrong(&format!("there is no function `{name}`")));
        };
        self.skip(end);
        self.blanks();
        if !self.eat('(') {
            return Err(self.wrong("`(` is missing"));
        }
        let mut arguments = Vec::new();
        self.blanks();
        if !self.eat(')') {
            loop {
                self.blanks();
                arguments.push(self.argument(depth)?);
                self.blanks();
                if self.eat(')') {
                    break;
                }
                if !self.eat(',') {
                    return Err(self.wrong("`,` or `)` is missing"));
                }
            }
        }
        if arguments.len() < least || arguments.len() > most {
            let takes = match (least, most) {
                (least, usize::MAX) => format!("at least {least}"),
                (least, most) if least == most => least.to_string(),
                (least, most) => format!("{least} or {most}"),
            };
            return Err(self.wrong(&format!("{name} takes {takes} arguments, not {}", arguments.len())));
        }
        Ok(Invocation { function, arguments })
    }

    fn argument(&mut self, depth: usize) -> Result<Argument, IntrinsicError> {
        match self.rest.chars().next() {
            Some('\'') => self.text().map(Argument::Text),
            Some('$') => self.path(),
            Some('S') => self.invocation(depth + 1).map(Argument::Call),
            _ => self.literal(),
        }
    }

    /// A text in single quotes. Its escapes stay as they are: what they mean depends on the function.
    fn text(&mut self) -> Result<String, IntrinsicError> {
        let mut escaped = false;
        for (place, c) in self.rest.char_indices().skip(1) {
            match c {
                '\'' if !escaped => {
                    let text = self.rest.get(1..place).unwrap_or_default().to_owned();
                    self.skip(place + 1);
                    return Ok(text);
                }
                '\\' => escaped = !escaped,
                _ => escaped = false,
            }
        }
        Err(self.wrong("the closing `'` is missing"))
    }

    /// A path goes on to the `,` or `)` that stands outside its own brackets, parentheses and quotes.
    fn path(&mut self) -> Result<Argument, IntrinsicError> {
        let (mut open, mut quote, mut escaped) = (0_usize, None, false);
        let end = self.rest.char_indices().find(|(_, c)| {
            match (quote, c) {
                _ if escaped => escaped = false,
                (Some(_), '\\') => escaped = true,
                (Some(inside), c) if inside == *c => quote = None,
                (Some(_), _) => {}
                (None, '\'' | '"') if open > 0 => quote = Some(*c),
                (None, '[' | '(') => open += 1,
                (None, ')') if open == 0 => return true,
                (None, ']' | ')') => open = open.saturating_sub(1),
                (None, ',') if open == 0 => return true,
                _ => {}
            }
            false
        });
        let end = end.map_or(self.rest.len(), |(place, _)| place);
        let path = self.rest.get(..end).unwrap_or_default().trim_end();
        let path = Rooted::parse(path).map_err(|error| {
            let before = self.text.chars().count() - self.rest.chars().count();
            PathError { at: error.at + before, path: self.text.to_owned(), ..error }
        })?;
        self.skip(end);
        Ok(Argument::Path(path))
    }

    fn literal(&mut self) -> Result<Argument, IntrinsicError> {
        let end =
            self.rest.find(|c: char| c == ',' || c == ')' || c.is_whitespace()).unwrap_or(self.rest.len());
        let word = self.rest.get(..end).unwrap_or_default();
        let starts = word.starts_with(|c: char| c.is_ascii_digit() || matches!(c, '-' | 't' | 'f' | 'n'));
        match crate::java::read_json(word) {
            Ok(value) if starts => {
                self.skip(end);
                Ok(Argument::Literal(value))
            }
            _ => Err(self.wrong(
                "an argument is a path, a text in single quotes, a number, true, false, null or another function",
            )),
        }
    }

    fn eat(&mut self, c: char) -> bool {
        match self.rest.strip_prefix(c) {
            Some(rest) => {
                self.rest = rest;
                true
            }
            None => false,
        }
    }

    fn blanks(&mut self) {
        self.rest = self.rest.trim_start();
    }

    fn skip(&mut self, bytes: usize) {
        self.rest = self.rest.get(bytes..).unwrap_or_default();
    }

    fn wrong(&self, problem: &str) -> IntrinsicError {
        let at = self.text.chars().count() - self.rest.chars().count() + 1;
        IntrinsicError::Syntax { text: self.text.to_owned(), at, problem: problem.to_owned() }
    }
}
