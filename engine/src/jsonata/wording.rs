//! The words of errors. The library has the codes of the reference implementation and often words of its own; AWS has
//! the words of the reference implementation.
//!
//! Source: jsonata.js 2.0.6, which the developer guide names, `errorCodes` in `src/jsonata.js`.

use super::EvaluationError;

/// What AWS says of an evaluation that failed with this message of the library. `function` is the only built-in
/// function that the expression calls, if there is one only: the library does not say which it was.
pub(super) fn of_evaluation(message: &str, function: Option<&str>) -> EvaluationError {
    let (code, rest) = match message.split_once(": ") {
        Some((code, rest)) if is_code(code) => (code, rest),
        _ => return EvaluationError::Coded(message.to_owned()),
    };
    let words = match code {
        "D1011" | "U1001" => {
            return EvaluationError::Limit(
                "Stack overflow error: Check for non-terminating recursive function. Consider rewriting as tail-recursive.",
            );
        }
        "D1012" => return EvaluationError::Limit("Expression evaluation timeout: Check for infinite loop"),
        "D2014" | "D2015" => {
            return EvaluationError::Limit(
                "Expression evaluation memory limit exceeded: Check for excessive memory usage",
            );
        }
        "T0410" | "T0412" if !rest.contains(" of function ") => {
            function.and_then(|function| signature(code, rest, function))
        }
        "T2001" | "T2002" => operator(rest),
        "D3030" => cast(rest),
        code => fixed(code).map(str::to_owned),
    };
    EvaluationError::Coded(format!("{code}: {}", words.as_deref().unwrap_or(rest)))
}

/// What AWS says of a text that is no expression. It leaves the code out.
pub(super) fn of_parsing(message: &str) -> String {
    let message = message.strip_prefix("Parse error: ").unwrap_or(message);
    let message = message.strip_prefix("Invalid syntax: ").unwrap_or(message);
    let (code, rest) = match message.split_once(": ") {
        Some((code, rest)) if is_code(code) => (code, rest),
        _ => return message.to_owned(),
    };
    let between = |before: &str, middle: &str, after: &str| {
        let (value, token) = rest.strip_prefix(before)?.split_once(middle)?;
        let (value, token) = (token_text(value), token_text(token.strip_suffix(after)?));
        Some(format!("{before}{value}{middle}{token}{after}"))
    };
    let one = |before: &str, after: &str| {
        let token = rest.strip_prefix(before)?.strip_suffix(after)?;
        Some(format!("{before}{}{after}", token_text(token)))
    };
    let words = match code {
        "S0201" => one("Syntax error: ", ""),
        "S0202" => between("Expected ", ", got ", ""),
        "S0203" => one("Expected ", " before end of expression"),
        "S0204" => one("Unknown operator: ", ""),
        "S0211" => one("The symbol ", " cannot be used as a unary operator"),
        _ => None,
    };
    words.unwrap_or_else(|| rest.to_owned())
}

fn is_code(text: &str) -> bool {
    matches!(text.as_bytes(), [b'A'..=b'Z', digits @ ..] if digits.len() == 4 && digits.iter().all(u8::is_ascii_digit))
}

/// `Argument 1 must be String`, `Argument count mismatch: expected 0, got 1`, `Argument 1 must be an array of Number`.
fn signature(code: &str, rest: &str, function: &str) -> Option<String> {
    let after = rest.strip_prefix("Argument ")?;
    let number = |text: &str| -> Option<usize> {
        let digits: String = text.chars().take_while(char::is_ascii_digit).collect();
        digits.parse().ok()
    };
    if code == "T0412" {
        let (argument, kind) = after.split_once(" must be an array of ")?;
        let kinds = format!("{}s", kind.to_ascii_lowercase());
        return Some(format!(
            "Argument {argument} of function \"{function}\" must be an array of \"{kinds}\""
        ));
    }
    let argument = match after.strip_prefix("count mismatch: expected ") {
        Some(counts) => {
            let (expected, got) = counts.split_once(", got ")?;
            number(expected)?.min(number(got)?) + 1
        }
        None => number(after)?,
    };
    Some(format!("Argument {argument} of function \"{function}\" does not match function signature"))
}

/// `The right side of the + operator must ...`: the operator stands in quotes.
fn operator(rest: &str) -> Option<String> {
    let (before, after) = rest.split_once(" of the ")?;
    let (sign, after) = after.split_once(" operator ")?;
    let sign = sign.trim_matches('"');
    Some(format!("{before} of the \"{sign}\" operator {after}"))
}

/// `Cannot convert 'x' to number`.
fn cast(rest: &str) -> Option<String> {
    let value = rest.strip_prefix("Cannot convert ")?.strip_suffix(" to number")?;
    let text = value.strip_prefix('\'').and_then(|value| value.strip_suffix('\''));
    let value = text.map_or_else(|| value.to_owned(), |text| serde_json::Value::from(text).to_string());
    Some(format!("Unable to cast value to a number: {value}"))
}

/// Messages that are the same whatever the values.
fn fixed(code: &str) -> Option<&'static str> {
    Some(match code {
        "T1006" => "Attempted to invoke a non-function",
        "T1008" => "Attempted to partially apply a non-function",
        "D1004" => "Regular expression matches zero length string",
        "T2003" => "The left side of the range operator (..) must evaluate to an integer",
        "T2004" => "The right side of the range operator (..) must evaluate to an integer",
        "T2006" => "The right side of the function application operator ~> must be a function",
        "T2008" => "The expressions within an order-by clause must evaluate to numeric or string values",
        "D3001" => "Attempting to invoke string function on Infinity or NaN",
        "D3010" => "Second argument of replace function cannot be an empty string",
        "D3011" => "Fourth argument of replace function must evaluate to a positive number",
        "D3012" => "Attempted to replace a matched string with a non-string value",
        "D3020" => "Third argument of split function must evaluate to a positive number",
        "D3040" => "Third argument of match function must evaluate to a positive number",
        "D3050" => "The second argument of reduce function must be a function with at least two arguments",
        "D3070" => {
            "The single argument form of the sort function can only be applied to an array of strings or an array of numbers.  Use the second argument to specify a comparison function"
        }
        "D3080" => "The picture string must only contain a maximum of two sub-pictures",
        "D3081" => {
            "The sub-picture must not contain more than one instance of the 'decimal-separator' character"
        }
        "D3082" => "The sub-picture must not contain more than one instance of the 'percent' character",
        "D3083" => "The sub-picture must not contain more than one instance of the 'per-mille' character",
        "D3084" => "The sub-picture must not contain both a 'percent' and a 'per-mille' character",
        "D3085" => {
            "The mantissa part of a sub-picture must contain at least one character that is either an 'optional digit character' or a member of the 'decimal digit family'"
        }
        "D3086" => {
            "The sub-picture must not contain a passive character that is preceded by an active character and that is followed by another active character"
        }
        "D3087" => {
            "The sub-picture must not contain a 'grouping-separator' character that appears adjacent to a 'decimal-separator' character"
        }
        "D3088" => "The sub-picture must not contain a 'grouping-separator' at the end of the integer part",
        "D3089" => {
            "The sub-picture must not contain two adjacent instances of the 'grouping-separator' character"
        }
        "D3090" => {
            "The integer part of the sub-picture must not contain a member of the 'decimal digit family' that is followed by an instance of the 'optional digit character'"
        }
        "D3091" => {
            "The fractional part of the sub-picture must not contain an instance of the 'optional digit character' that is followed by a member of the 'decimal digit family'"
        }
        "D3092" => {
            "A sub-picture that contains a 'percent' or 'per-mille' character must not contain a character treated as an 'exponent-separator"
        }
        "D3093" => {
            "The exponent part of the sub-picture must comprise only of one or more characters that are members of the 'decimal digit family'"
        }
        "D3131" => "In a decimal digit pattern, all digits must be from the same decimal group",
        "D3134" => "The timezone integer format specifier cannot have more than four digits",
        "D3135" => "No matching closing bracket ']' in date/time picture string",
        "D3136" => "The date/time picture string is missing specifiers required to parse the timestamp",
        "D3138" => "The $single() function expected exactly 1 matching result.  Instead it matched more.",
        "D3139" => "The $single() function expected exactly 1 matching result.  Instead it matched 0.",
        _ => return None,
    })
}

/// A token of the library as the reference implementation writes it: `RightBracket` is `"]"`.
fn token_text(token: &str) -> String {
    let sign = match token {
        "Plus" => "+",
        "Minus" => "-",
        "Star" => "*",
        "StarStar" => "**",
        "Slash" => "/",
        "Percent" => "%",
        "Equal" => "=",
        "NotEqual" => "!=",
        "LessThan" => "<",
        "LessThanOrEqual" => "<=",
        "GreaterThan" => ">",
        "GreaterThanOrEqual" => ">=",
        "And" => "and",
        "Or" => "or",
        "In" => "in",
        "Ampersand" => "&",
        "Dot" => ".",
        "DotDot" => "..",
        "Question" => "?",
        "QuestionQuestion" => "??",
        "QuestionColon" => "?:",
        "Colon" => ":",
        "ColonEqual" => ":=",
        "TildeArrow" => "~>",
        "LeftParen" => "(",
        "RightParen" => ")",
        "LeftBracket" => "[",
        "RightBracket" => "]",
        "LeftBrace" => "{",
        "RightBrace" => "}",
        "Comma" => ",",
        "Semicolon" => ";",
        "Caret" => "^",
        "Pipe" => "|",
        "Hash" => "#",
        "At" => "@",
        "Eof" => "(end)",
        "True" => return "true".to_owned(),
        "False" => return "false".to_owned(),
        "Null" => return "null".to_owned(),
        // `Identifier("a")`, `Number(1.0)`.
        other => match other.split_once('(').and_then(|(_, value)| value.strip_suffix(')')) {
            Some(value) => return value.strip_suffix(".0").unwrap_or(value).to_owned(),
            None => other.trim_matches('"'),
        },
    };
    format!("\"{sign}\"")
}
