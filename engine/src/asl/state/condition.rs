//! The conditions of a Choice in JSONPath: comparisons of a variable, and their combinations.
//!
//! Source: Step Functions developer guide, "Choice workflow state".

use crate::asl::fields::{Fields, kind};
use crate::asl::problem::{Problem, Rule as ProblemRule};
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
        let is_one = selects(fields);
        let mut combined = combined(fields);
        let variable = Source::reference_field(fields, "Variable");
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
                let source = Source::reference_field(fields, path)?;
                operators.push(Operator::Ordered(*of, *order, Operand::At(source)));
            }
        }
        if let Some(value) = fields.get("BooleanEquals") {
            if !value.is_boolean() {
                fields.mistyped("BooleanEquals", "Boolean", value);
            }
            operators.push(Operator::Boolean(Operand::Fixed(value.clone())));
        }
        if fields.has("BooleanEqualsPath") {
            operators
                .push(Operator::Boolean(Operand::At(Source::reference_field(fields, "BooleanEqualsPath")?)));
        }
        if let Some(pattern) = fields.string("StringMatches") {
            operators.push(Operator::Matches(pattern.to_owned()));
        }
        for (name, quality) in QUALITIES {
            if fields.has(name) {
                operators.push(Operator::Is(*quality, fields.flag(name)));
            }
        }
        if fields.has("Variable") && !fields.exactly_one(&comparators()) {
            return None;
        }
        match (is_one, fields.has("Variable")) {
            (true, true) => {
                let comparison = Comparison { variable: variable?, operator: operators.pop()? };
                Some(Self::Compare(Box::new(comparison)))
            }
            (true, false) if operators.is_empty() => combined.pop(),
            (true, false) => {
                let hint = "an operator stands beside the `Variable` that it compares";
                fields.problems.push(not_one(fields).hint(hint));
                None
            }
            (false, _) => None,
        }
    }
}

/// Whether a rule has exactly one of what a rule can be, which is reported otherwise.
pub(super) fn selects(fields: &Fields) -> bool {
    let is_one = fields.count(&["And", "Or", "Not", "Variable", "Condition"]) == 1;
    if !is_one {
        fields.problems.push(not_one(fields));
    }
    is_one
}

fn not_one(fields: &Fields) -> Problem {
    let message =
        "The object must have only one of the following fields, [And, Or, Not, Variable, Condition]";
    Problem::error(ProblemRule::Exclusive, fields.pointer.clone(), message)
}

/// The names of all operators that compare.
pub(in crate::asl) fn comparators() -> Vec<&'static str> {
    let ordered = ORDERED.iter().flat_map(|(name, path, ..)| [*name, *path]);
    let others = ["BooleanEquals", "BooleanEqualsPath", "StringMatches"];
    ordered.chain(others).chain(QUALITIES.iter().map(|(name, _)| *name)).collect()
}

fn combined(fields: &Fields) -> Vec<Test> {
    let mut found = Vec::new();
    for (name, make) in [("And", Test::And as fn(Vec<Test>) -> Test), ("Or", Test::Or)] {
        if !fields.has(name) {
            continue;
        }
        let items = fields.array(name);
        fields.filled(name, items);
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
        Kind::String => fields.mistyped(name, "String", value),
        Kind::Numeric => fields.mistyped(name, "Number", value),
        Kind::Timestamp => {
            let problem = Problem::error(
                ProblemRule::Value,
                fields.at(name),
                "String does not match RFC3339 timestamp",
            );
            fields.problems.push(problem.hint(format!("`{name}` is {}", kind(value))));
        }
    }
}
