//! The conditions of a Choice in JSONPath: comparisons of a variable, and their combinations.
//!
//! Source: Step Functions developer guide, "Choice workflow state".

use crate::asl::fields::{Fields, kind};
use crate::asl::problem::Rule as ProblemRule;
use crate::asl::source::Source;
use crate::time;
use jiff::Timestamp;
use serde_json::Value;

/// A condition.
#[derive(Debug, Clone)]
pub enum Test {
    /// All are true.
    And(Vec<Test>),
    /// One is true.
    Or(Vec<Test>),
    /// It is not true.
    Not(Box<Test>),
    /// A variable is compared.
    Compare(Box<Comparison>),
}

/// A comparison of a variable.
#[derive(Debug, Clone)]
pub struct Comparison {
    /// What is compared.
    pub variable: Source,
    /// How, and with what.
    pub operator: Operator,
}

/// How a variable is compared.
#[derive(Debug, Clone)]
pub enum Operator {
    /// `StringEquals` and the like, with a value or a path to one.
    Ordered(Kind, Order, Operand),
    /// `BooleanEquals`.
    Boolean(Operand),
    /// `StringMatches`: `*` stands for any characters, and `\\` takes the meaning from what follows it.
    Matches(String),
    /// `IsNull` and the like, and whether that must be so.
    Is(Quality, bool),
}

/// What is compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Characters.
    String,
    /// Numbers.
    Numeric,
    /// Points in time.
    Timestamp,
}

/// Which order is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Order {
    /// The same.
    Equals,
    /// Before.
    LessThan,
    /// Behind.
    GreaterThan,
    /// Before, or the same.
    LessThanEquals,
    /// Behind, or the same.
    GreaterThanEquals,
}

impl Order {
    /// Whether two things in this order are in the order that is asked for.
    pub fn takes(self, order: std::cmp::Ordering) -> bool {
        match self {
            Self::Equals => order.is_eq(),
            Self::LessThan => order.is_lt(),
            Self::GreaterThan => order.is_gt(),
            Self::LessThanEquals => order.is_le(),
            Self::GreaterThanEquals => order.is_ge(),
        }
    }
}

/// What a variable is compared with.
#[derive(Debug, Clone)]
pub enum Operand {
    /// A value of the right type.
    Fixed(Value),
    /// Where the value is.
    At(Source),
}

/// What a variable can be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Quality {
    /// `IsNull`
    Null,
    /// `IsPresent`
    Present,
    /// `IsNumeric`
    Numeric,
    /// `IsString`
    String,
    /// `IsBoolean`
    Boolean,
    /// `IsTimestamp`
    Timestamp,
}

impl Quality {
    /// Whether a value that is there has it.
    pub fn holds(self, value: &Value) -> bool {
        match self {
            Self::Null => value.is_null(),
            Self::Present => true,
            Self::Numeric => value.is_number(),
            Self::String => value.is_string(),
            Self::Boolean => value.is_boolean(),
            Self::Timestamp => timestamp(value).is_some(),
        }
    }
}

/// A value as a point in time.
pub fn timestamp(value: &Value) -> Option<Timestamp> {
    value.as_str().and_then(time::parse_timestamp)
}

const QUALITIES: &[(&str, Quality)] = &[
    ("IsNull", Quality::Null),
    ("IsPresent", Quality::Present),
    ("IsNumeric", Quality::Numeric),
    ("IsString", Quality::String),
    ("IsBoolean", Quality::Boolean),
    ("IsTimestamp", Quality::Timestamp),
];

/// The operators that compare, with and without a path.
const ORDERED: &[(&str, &str, Kind, Order)] = &[
    ("StringEquals", "StringEqualsPath", Kind::String, Order::Equals),
    ("StringLessThan", "StringLessThanPath", Kind::String, Order::LessThan),
    ("StringGreaterThan", "StringGreaterThanPath", Kind::String, Order::GreaterThan),
    ("StringLessThanEquals", "StringLessThanEqualsPath", Kind::String, Order::LessThanEquals),
    ("StringGreaterThanEquals", "StringGreaterThanEqualsPath", Kind::String, Order::GreaterThanEquals),
    ("NumericEquals", "NumericEqualsPath", Kind::Numeric, Order::Equals),
    ("NumericLessThan", "NumericLessThanPath", Kind::Numeric, Order::LessThan),
    ("NumericGreaterThan", "NumericGreaterThanPath", Kind::Numeric, Order::GreaterThan),
    ("NumericLessThanEquals", "NumericLessThanEqualsPath", Kind::Numeric, Order::LessThanEquals),
    ("NumericGreaterThanEquals", "NumericGreaterThanEqualsPath", Kind::Numeric, Order::GreaterThanEquals),
    ("TimestampEquals", "TimestampEqualsPath", Kind::Timestamp, Order::Equals),
    ("TimestampLessThan", "TimestampLessThanPath", Kind::Timestamp, Order::LessThan),
    ("TimestampGreaterThan", "TimestampGreaterThanPath", Kind::Timestamp, Order::GreaterThan),
    ("TimestampLessThanEquals", "TimestampLessThanEqualsPath", Kind::Timestamp, Order::LessThanEquals),
    (
        "TimestampGreaterThanEquals",
        "TimestampGreaterThanEqualsPath",
        Kind::Timestamp,
        Order::GreaterThanEquals,
    ),
];

impl Test {
    /// Reads a condition from a rule, or from an object inside one.
    pub(super) fn read(fields: &Fields) -> Option<Self> {
        let combined = combined(fields);
        let variable = Source::path_field(fields, "Variable");
        let mut operators = Vec::new();
        for (name, path, of, order) in ORDERED {
            if let Some(value) = fields.get(name) {
                let right = match of {
                    Kind::String => value.is_string(),
                    Kind::Numeric => value.is_number(),
                    Kind::Timestamp => timestamp(value).is_some(),
                };
                if !right {
                    wrong_operand(fields, name, *of, value);
                }
                operators.push(Operator::Ordered(*of, *order, Operand::Fixed(value.clone())));
            }
            if fields.has(path) {
                let source = Source::path_field(fields, path)?;
                operators.push(Operator::Ordered(*of, *order, Operand::At(source)));
            }
        }
        if let Some(value) = fields.get("BooleanEquals") {
            if !value.is_boolean() {
                fields.wrong("BooleanEquals", "`true` or `false`", value);
            }
            operators.push(Operator::Boolean(Operand::Fixed(value.clone())));
        }
        if fields.has("BooleanEqualsPath") {
            operators.push(Operator::Boolean(Operand::At(Source::path_field(fields, "BooleanEqualsPath")?)));
        }
        if let Some(pattern) = fields.string("StringMatches") {
            operators.push(Operator::Matches(pattern.to_owned()));
        }
        for (name, quality) in QUALITIES {
            if fields.has(name) {
                operators.push(Operator::Is(*quality, fields.flag(name)));
            }
        }
        one(fields, combined, variable, operators)
    }
}

/// Exactly one of a combination and a comparison.
fn one(
    fields: &Fields,
    mut combined: Vec<Test>,
    variable: Option<Source>,
    mut operators: Vec<Operator>,
) -> Option<Test> {
    let problem = |rule: ProblemRule, message: String| {
        fields.problems.add(rule, fields.pointer.clone(), message);
        None
    };
    match (combined.len(), operators.len()) {
        (1, 0) => combined.pop(),
        (0, 1) if fields.has("Variable") => Some(Test::Compare(Box::new(Comparison { variable: variable?, operator: operators.pop()? }))),
        (0, 1) => problem(ProblemRule::MissingField, "These fields are required: [Variable]".to_owned()),
        (0, 0) => problem(
            ProblemRule::MissingField,
            "a rule needs a comparison operator with its `Variable`, or one of `And`, `Or` and `Not`".to_owned(),
        ),
        _ => problem(
            ProblemRule::Exclusive,
            "a rule has one comparison operator, or one of `And`, `Or` and `Not`; combine several with `And` or `Or`"
                .to_owned(),
        ),
    }
}

fn combined(fields: &Fields) -> Vec<Test> {
    let mut found = Vec::new();
    for (name, make) in [("And", Test::And as fn(Vec<Test>) -> Test), ("Or", Test::Or)] {
        if !fields.has(name) {
            continue;
        }
        let items = fields.array(name);
        if items.is_empty() {
            fields.wrong(name, "an array of at least one condition", &Value::Array(Vec::new()));
        }
        let tests = items
            .iter()
            .enumerate()
            .filter_map(|(n, item)| inside(fields, item, &format!("{}/{n}", fields.at(name))));
        found.push(make(tests.collect()));
    }
    if let Some(value) = fields.get("Not") {
        found.extend(inside(fields, value, &fields.at("Not")).map(|test| Test::Not(Box::new(test))));
    }
    found
}

fn inside<'a>(fields: &Fields<'a>, value: &'a Value, pointer: &str) -> Option<Test> {
    let entry = fields.inner(value, pointer)?;
    let test = Test::read(&entry);
    entry.get("Comment");
    entry.finish();
    test
}

fn wrong_operand(fields: &Fields, name: &str, of: Kind, value: &Value) {
    match of {
        Kind::String => fields.wrong(name, "a string", value),
        Kind::Numeric => fields.wrong(name, "a number", value),
        Kind::Timestamp => {
            let message = format!("`{name}` is {}: String does not match RFC3339 timestamp", kind(value));
            fields.problems.add(ProblemRule::Value, fields.at(name), message);
        }
    }
}
