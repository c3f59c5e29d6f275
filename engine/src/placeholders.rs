//! `${name}` in a text.

/// Replaces every `${name}` with what `value` returns for the name. `None` leaves it as it is written.
pub(crate) fn fill<E>(
    text: &str,
    mut value: impl FnMut(&str) -> Result<Option<String>, E>,
) -> Result<String, E> {
    let (mut filled, mut rest) = (String::new(), text);
    while let Some((before, after)) = rest.split_once("${") {
        let Some((name, after)) = after.split_once('}') else { break };
        filled.push_str(before);
        match value(name)? {
            Some(value) => filled.push_str(&value),
            None => {
                filled.push_str("${");
                filled.push_str(name);
                filled.push('}');
            }
        }
        rest = after;
    }
    filled.push_str(rest);
    Ok(filled)
}

/// The names of a text's placeholders, in order.
pub(crate) fn names(text: &str) -> impl Iterator<Item = &str> {
    text.split("${").skip(1).filter_map(|part| Some(part.split_once('}')?.0))
}

/// `name` where a text is exactly `${name}`.
pub(crate) fn only(text: &str) -> Option<&str> {
    text.strip_prefix("${")?.strip_suffix('}').filter(|name| !name.contains(['{', '}']))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn placeholders_are_filled_kept_or_refused() {
        let value = |name: &str| match name {
            "A" => Ok(Some("1".to_owned())),
            "Kept" => Ok(None),
            other => Err(other.to_owned()),
        };
        for (text, filled) in [
            ("", Ok("")),
            ("${A}${A} ${A", Ok("11 ${A")),
            ("$A {A} ${Kept}.", Ok("$A {A} ${Kept}.")),
            ("${A} ${B}", Err("B")),
        ] {
            let (got, filled) = (fill(text, value), filled.map(str::to_owned).map_err(str::to_owned));
            assert_eq!(got, filled, "{text}");
        }
        assert_eq!(names("a ${B} ${C.d} ${").collect::<Vec<_>>(), ["B", "C.d"]);
        assert_eq!(["${a.b}", "${a}b", "${a}${b}", "a"].map(only), [Some("a.b"), None, None, None]);
    }
}
