//! What expressions give, what they fail with, and what is no expression: the cases are data in `cases/`.

use super::convert::{Exact, MEMORY};
use super::{Chance, Evaluation, Expr, Variables};
use jiff::Timestamp;
use proptest::prelude::*;
use serde::Deserialize;
use serde_json::{Value, json};
use std::collections::BTreeMap;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Case {
    #[serde(default)]
    comment: String,
    expr: String,
    #[serde(default)]
    states: Value,
    #[serde(default)]
    variables: BTreeMap<String, Value>,
    #[serde(default, deserialize_with = "even_null")]
    gives: Option<Value>,
    /// The expression gives undefined.
    #[serde(default)]
    gives_nothing: bool,
    /// How AWS goes on after `threw an error during evaluation`.
    fails: Option<String>,
}

fn even_null<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<Option<Value>, D::Error> {
    Value::deserialize(deserializer).map(Some)
}

fn evaluate(
    expr: &str,
    states: &Value,
    variables: &BTreeMap<String, Value>,
) -> Result<Option<Value>, String> {
    let now = Timestamp::from_second(1_767_268_800).unwrap();
    let variables: serde_json::Map<_, _> = variables.clone().into_iter().collect();
    let chance = Chance::new([7; 32], 1, "test");
    let mut evaluation = Evaluation::new(states.clone().into(), variables.into(), now, chance);
    let expr = Expr::parse(expr).map_err(|error| error.to_string())?;
    evaluation.of(&expr).map_err(|error| error.to_string())
}

fn alone(expr: &str) -> Result<Option<Value>, String> {
    evaluate(expr, &Value::Null, &BTreeMap::new())
}

/// Without a limit of time: what is tested is another one.
fn in_time(expr: &str) -> Result<Option<Value>, String> {
    let chance = Chance::new([7; 32], 1, "test");
    let mut evaluation =
        Evaluation::new(Value::Null.into(), Variables::default(), Timestamp::UNIX_EPOCH, chance);
    evaluation.of_within(&Expr::parse(expr).unwrap(), 600_000).map_err(|error| error.to_string())
}

#[test]
fn a_panic_of_the_library_is_an_error() {
    assert_eq!(super::unbroken(|| 1), Some(1));
    assert_eq!(super::unbroken(|| panic!("as the library might")), None::<u8>);
}

#[track_caller]
fn check(text: &str) {
    let cases: Vec<Case> = serde_json::from_str(text).unwrap();
    let mut wrong = Vec::new();
    for Case { comment, expr, states, variables, gives, gives_nothing, fails } in cases {
        let name = format!("{comment}: {expr}");
        let expected = match (gives, gives_nothing, fails) {
            (Some(value), false, None) => Ok(Some(value)),
            (None, true, None) => Ok(None),
            (None, false, Some(why)) => Err(why),
            _ => panic!("{name}: a case says one of `gives`, `gives_nothing` and `fails`"),
        };
        let result = evaluate(&expr, &states, &variables);
        // `1` and `1.0` are different on paper, and keys have an order.
        let paper = |value: &Result<Option<Value>, String>| match value {
            Ok(value) => value.as_ref().map_or("nothing".to_owned(), Value::to_string),
            Err(why) => why.clone(),
        };
        if paper(&result) != paper(&expected) {
            wrong.push(format!("{name}\n    is   {}\n    not  {}", paper(&result), paper(&expected)));
        }
        // What is random is the same when it is evaluated again from the same seed.
        assert_eq!(paper(&evaluate(&expr, &states, &variables)), paper(&result), "{name}");
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn states_and_variables_are_there() {
    check(include_str!("cases/states.json"));
}

#[test]
fn the_functions_of_step_functions_answer_as_on_aws() {
    check(include_str!("cases/functions-of-aws.json"));
}

#[test]
fn numbers_come_out_as_aws_writes_them() {
    check(include_str!("cases/numbers.json"));
}

#[test]
fn errors_have_the_words_of_aws() {
    check(include_str!("cases/errors.json"));
}

#[test]
fn the_language_is_that_of_the_reference_implementation() {
    for text in [
        include_str!("cases/reference/paths.json"),
        include_str!("cases/reference/operators.json"),
        include_str!("cases/reference/strings.json"),
        include_str!("cases/reference/numeric.json"),
        include_str!("cases/reference/arrays-and-objects.json"),
        include_str!("cases/reference/functions.json"),
        include_str!("cases/reference/time.json"),
    ] {
        check(text);
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Refused {
    expr: String,
    invalid: Option<String>,
    unsupported: Option<String>,
    #[serde(default)]
    sound: bool,
}

#[test]
fn what_is_no_expression_is_refused_in_the_words_of_aws() {
    let cases: Vec<Refused> = serde_json::from_str(include_str!("cases/refused.json")).unwrap();
    for Refused { expr, invalid, unsupported, sound } in cases {
        let expected = match (invalid, unsupported, sound) {
            (Some(why), None, false) => Err(super::ExprError::Invalid(why)),
            (None, Some(why), false) => Err(super::ExprError::Unsupported(why)),
            (None, None, true) => Ok(()),
            _ => panic!("{expr}: a case says one of `invalid`, `unsupported` and `sound`"),
        };
        assert_eq!(Expr::parse(&expr).map(|_| ()), expected, "{expr}");
    }
}

const OVERFLOW: &str = ": Stack overflow error: Check for non-terminating recursive function. Consider rewriting as tail-recursive.";
const MEMORY_UP: &str = ": Expression evaluation memory limit exceeded: Check for excessive memory usage";

/// What AWS takes at most, and the first that it refuses.
#[test]
fn evaluation_is_as_deep_as_on_aws() {
    let recursion = |n: usize| format!("($f := function($x){{ $x <= 0 ? 0 : 1 + $f($x-1) }}; $f({n}))");
    let shapes: [fn(usize) -> String; 3] = [
        |n| format!("1{}", "+1".repeat(n)),
        |n| format!("{}1{}", "(".repeat(n), ")".repeat(n)),
        |n| format!("{}1{}", "[".repeat(n), "]".repeat(n)),
    ];
    for shape in shapes {
        assert!(alone(&shape(99)).is_ok());
        assert_eq!(alone(&shape(100)), Err(OVERFLOW.to_owned()));
    }
    assert_eq!(alone(&recursion(31)), Ok(Some(json!(31))));
    assert_eq!(alone(&recursion(32)), Err(OVERFLOW.to_owned()));
    assert_eq!(alone(&recursion(1_000_000)), Err(OVERFLOW.to_owned()));
}

#[test]
fn texts_are_not_refused_for_being_made_of_many_parts() {
    let many = format!("'x'{}", " & 'x'".repeat(99));
    assert_eq!(alone(&many), Ok(Some(json!("x".repeat(100)))));
    let recursion = "($f := function($x){ $x <= 0 ? '' : 'x' & $f($x-1) }; $f(31))";
    assert_eq!(alone(recursion), Ok(Some(json!("x".repeat(31)))));
}

#[test]
fn memory_is_bounded() {
    assert_eq!(in_time("[1..873782] ~> $count()"), Ok(Some(json!(873_782))));
    assert_eq!(in_time("$count($range(1, 360145, 1))"), Ok(Some(json!(360_145))));
    let too_much = [
        "[1..873783] ~> $count()",
        "$sum([1..900000])",
        "$range(1, 360146, 1)",
        "$range(-9223372036854775808, 9223372036854775807, 1)",
        // A text that doubles, by every function that can.
        "($f := function($s, $n){ $n = 0 ? $s : $f($s & $s, $n - 1) }; $length($f('x', 40)))",
        "($f := function($s, $n){ $n = 0 ? $s : $f($join([$s, $s]), $n - 1) }; $length($f('x', 40)))",
        "($f := function($s, $n){ $n = 0 ? $s : $f($replace($s, 'x', 'xx'), $n - 1) }; $length($f('x', 40)))",
        "($f := function($s, $n){ $n = 0 ? $s : $f($replace($s, /x/, 'xx'), $n - 1) }; $length($f('x', 40)))",
        "($f := function($s, $n){ $n = 0 ? $s : $f($s ~> $replace('x', 'xx'), $n - 1) }; $length($f('x', 40)))",
        "$length($pad('x', 100000000000))",
        "$length($pad('x', -100000000000, 'é'))",
        // An array that holds another one twice, forty times over.
        "($f := function($s, $n){ $n = 0 ? $s : $f([[$s], [$s]], $n - 1) }; $length($string($f(1, 40))))",
        "($f := function($s, $n){ $n = 0 ? $s : $f([[$s], [$s]], $n - 1) }; 'x' & $f(1, 40))",
        "($f := function($s, $n){ $n = 0 ? $s : $f([[$s], [$s]], $n - 1) }; $f(1, 40))",
        "($f := function($s, $n){ $n = 0 ? $s : $f({'a': $s, 'b': $s}, $n - 1) }; $f(1, 40))",
    ];
    for expr in too_much {
        assert_eq!(in_time(expr), Err(MEMORY_UP.to_owned()), "{expr}");
    }
    let doubled = |n: usize| {
        in_time(&format!(
            "($f := function($s, $n){{ $n = 0 ? $s : $f($s & $s, $n - 1) }}; $length($f('x', {n})))"
        ))
    };
    assert_eq!(doubled(22), Ok(Some(json!(4_194_304))));
    assert_eq!(doubled(23), Err(MEMORY_UP.to_owned()));
}

#[test]
fn what_never_ends_is_ended() {
    let expr = Expr::parse("($f := function($x){ $f($x + 1) }; $f(1))").unwrap();
    let chance = Chance::new([7; 32], 1, "test");
    let mut evaluation =
        Evaluation::new(Value::Null.into(), Variables::default(), Timestamp::UNIX_EPOCH, chance);
    let result = evaluation.of_within(&expr, 50).map_err(|error| error.to_string());
    assert_eq!(result, Err(": Expression evaluation timeout: Check for infinite loop".to_owned()));
}

#[test]
fn what_is_nested_too_deeply_is_an_error() {
    let result = alone("$reduce([1..200], function($a, $b){{'x': $a}})");
    assert_eq!(result, Err(". The result is nested more than 120 levels deep".to_owned()));
}

/// Any JSON comes out of an expression as it went in, but that whole numbers have no point.
fn values() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        (-1000_i32..1000).prop_map(|n| Value::from(f64::from(n) + 0.5)),
        ".{0,8}".prop_map(Value::from),
    ];
    leaf.prop_recursive(3, 16, 4, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            prop::collection::hash_map(".{0,3}", inner, 0..4)
                .prop_map(|map| Value::Object(map.into_iter().collect())),
        ]
    })
}

/// An expression made of parts that mean something, and some that do not.
fn expressions() -> impl Strategy<Value = String> {
    let part = prop::sample::select(vec![
        "$states",
        ".input",
        "$x",
        "1",
        "2.5",
        "'a'",
        "\"b\"",
        "null",
        "true",
        "[",
        "]",
        "{",
        "}",
        "(",
        ")",
        ",",
        ":",
        ";",
        "+",
        "-",
        "*",
        "/",
        "%",
        "&",
        "=",
        "<",
        ">=",
        " and ",
        " or ",
        " in ",
        "..",
        "~>",
        ":=",
        "?",
        "??",
        "?:",
        "^",
        "|",
        "@$i",
        "#$i",
        "**",
        "$",
        "$$",
        "%",
        "/a/i",
        "function($v){",
        "λ",
        "$map(",
        "$filter(",
        "$reduce(",
        "$sum(",
        "$string(",
        "$split(",
        "$replace(",
        "$pad(",
        "$join(",
        "$match(",
        "$now()",
        "$partition(",
        "$range(",
        "$hash(",
        "$parse(",
        "$random(",
        "$uuid()",
        "$eval(",
        "$sort(",
        "$merge(",
        "$lookup(",
        "$formatNumber(",
        "$fromMillis(",
        "$toMillis(",
        "$substring(",
        "é",
        "\\",
        "`",
        "/*",
        "1e308",
        "99999999999",
        "$error(",
        "$single(",
        "$each(",
        "$distinct(",
    ]);
    prop::collection::vec(part, 1..10).prop_map(|parts| parts.concat())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, ..ProptestConfig::default() })]

    #[test]
    fn no_text_panics(text in ".{0,40}") {
        let _ = alone(&text);
    }

    #[test]
    fn no_expression_panics(text in expressions(), input in values()) {
        let variables = BTreeMap::from([("x".to_owned(), input.clone())]);
        let _ = evaluate(&text, &json!({ "input": input }), &variables);
    }

    #[test]
    fn what_goes_in_comes_out(value in values()) {
        let variables = BTreeMap::from([("x".to_owned(), value.clone())]);
        let out = evaluate("$x", &Value::Null, &variables);
        prop_assert_eq!(out, Ok(Some(value)));
    }

    /// Conversion alone, without the language.
    #[test]
    fn conversion_is_there_and_back(value in values()) {
        let mut exact = Exact::default();
        let entered = exact.enter(&value);
        prop_assert_eq!(exact.leave(&entered), Ok(Some(value)));
        prop_assert!(super::convert::holds_at_most(&entered, MEMORY));
    }
}
