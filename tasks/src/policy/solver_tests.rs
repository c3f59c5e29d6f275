use super::*;
use crate::policy::operators::passes;

/// Keys of which `free` is chosen by the caller, `tied` is not, and `always` is there with the value `on`.
struct Few;

impl Keys for Few {
    fn nature(&self, key: &str, _tests: &[&Condition]) -> Nature {
        match key {
            "always" => Nature { usual: vec!["on".to_owned()], ..Nature::default() },
            "free" => {
                Nature { absent: true, forms: vec![Pattern::any()], is_free: true, ..Nature::default() }
            }
            _ => Nature { absent: true, ..Nature::default() },
        }
    }

    fn reach(&self, key: &str, _value: &str, _test: &Condition) -> Option<Ease> {
        match key {
            "free" => Some(Ease::Free),
            "tied" => Some(Ease::Narrow),
            _ => None,
        }
    }
}

fn test(operator: &str, key: &str, value: &str) -> Condition {
    Condition { operator: operator.to_owned(), key: key.to_owned(), values: vec![value.to_owned()] }
}

fn narrowed(allow: &[Condition], denials: &[&[Condition]]) -> Option<usize> {
    solve(allow, denials, &Few, &Effort::default()).map(|solution| {
        assert!(allow.iter().all(|test| passes(test, &solution.context)), "{solution:?}");
        for denial in denials {
            assert!(!denial.iter().all(|test| passes(test, &solution.context)), "{solution:?}");
        }
        solution.narrowed_by.len()
    })
}

#[test]
fn a_context_is_found_where_there_is_one() {
    let equals = |key, value| test("StringEquals", key, value);
    let not = |key, value| test("StringNotEquals", key, value);
    assert_eq!(narrowed(&[], &[]), Some(0));
    assert_eq!(narrowed(&[equals("free", "a")], &[]), Some(0));
    assert_eq!(narrowed(&[equals("tied", "a"), equals("free", "b")], &[]), Some(1));
    assert_eq!(narrowed(&[equals("always", "off")], &[]), None);
    assert_eq!(narrowed(&[test("Null", "always", "true")], &[]), None);
    assert_eq!(narrowed(&[test("StringLike", "free", "a*b?")], &[]), Some(0));
    // Denied unless.
    assert_eq!(narrowed(&[], &[&[not("free", "a")]]), Some(0));
    assert_eq!(narrowed(&[], &[&[not("tied", "a")]]), Some(1));
    assert_eq!(narrowed(&[], &[&[not("always", "off")]]), None);
    // One of two tests has to fail, and the free one does.
    assert_eq!(narrowed(&[], &[&[not("tied", "a"), equals("free", "x")]]), Some(0));
    // What one statement asks for, another denies.
    assert_eq!(narrowed(&[equals("free", "a")], &[&[equals("free", "a")]]), None);
    assert_eq!(narrowed(&[equals("free", "a")], &[&[equals("free", "a"), not("tied", "b")]]), Some(1));
    assert_eq!(narrowed(&[], &[&[]]), None);
}

#[test]
fn several_values_at_once() {
    let any = |value| test("ForAnyValue:StringEquals", "free", value);
    assert_eq!(narrowed(&[any("a"), any("b")], &[]), Some(0));
    assert_eq!(narrowed(&[test("ForAllValues:StringEquals", "tied", "a")], &[]), Some(0));
}

#[test]
fn a_value_is_built_where_no_candidate_is_left() {
    let like = |pattern| test("StringLike", "free", pattern);
    let not = |pattern| test("StringNotLike", "free", pattern);
    let there = test("Null", "free", "true");
    assert_eq!(narrowed(&[like("a*"), like("*z")], &[]), Some(0));
    assert_eq!(narrowed(&[like("a*")], &[&[like("*example*")]]), Some(0));
    assert_eq!(narrowed(&[like("a?"), not("ax"), not("a1")], &[]), Some(0));
    assert_eq!(narrowed(&[], &[&[there], &[like("*e*")]]), Some(0));
    assert_eq!(narrowed(&[like("a*"), like("b*")], &[]), None);
    assert_eq!(narrowed(&[like("a*"), not("?*")], &[]), None);
    let all = test("ForAllValues:StringNotLike", "free", "*example*");
    let any = |pattern| test("ForAnyValue:StringLike", "free", pattern);
    assert_eq!(narrowed(&[all, any("a*"), any("b*")], &[]), Some(0));
    let more = |bound| test("NumericGreaterThan", "free", bound);
    assert_eq!(narrowed(&[more("3600.5"), test("NumericLessThan", "free", "3600.6")], &[]), Some(0));
    assert_eq!(narrowed(&[more("3"), test("NumericLessThan", "free", "3")], &[]), None);
    let networks = [test("IpAddress", "free", "3.0.0.0/8"), test("NotIpAddress", "free", "3.0.0.0/9")];
    assert_eq!(narrowed(&networks, &[]), Some(0));
}

#[test]
fn a_variable_has_the_value_that_its_key_has() {
    let same = test("StringEquals", "free", "${tied}");
    assert_eq!(narrowed(&[same.clone(), test("StringEquals", "tied", "data")], &[]), Some(1));
    assert_eq!(narrowed(&[same, test("StringLike", "tied", "d*")], &[]), Some(1));
}
