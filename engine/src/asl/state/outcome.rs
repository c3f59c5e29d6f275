//! What a state makes of its result: the same for all types that have one.

use super::Template;
use crate::asl::fields::Fields;
use crate::asl::query::QueryLanguage;
use crate::asl::source::{ResultPath, Select};

/// What a state makes of its result.
#[derive(Debug, Clone)]
pub struct Outcome {
    /// What stands in front of its fields where they are named: nothing in the state itself, else `Choices[0]/` or
    /// `Catch[0]/`.
    pub place: String,
    /// The variables that it assigns.
    pub assign: Vec<(String, Template)>,
    /// What it gives to the next state.
    pub output: Output,
}

/// How a state makes its output, in its language.
#[derive(Debug, Clone)]
pub enum Output {
    /// `Output`. Without it the result itself is given.
    Jsonata(Option<Template>),
    /// What the three fields of JSONPath say.
    Jsonpath(Box<Selection>),
}

/// How a JSONPath state makes its output: `ResultSelector`, then `ResultPath`, then `OutputPath`.
#[derive(Debug, Clone)]
pub struct Selection {
    /// What it takes from the result.
    pub selector: Option<Template>,
    /// Where it puts that.
    pub result_path: ResultPath,
    /// What it lets through.
    pub output_path: Select,
}

impl Outcome {
    /// Of a type that has a result.
    pub(super) fn read(fields: &Fields) -> Self {
        Self::with(fields, true, ResultPath::read)
    }

    /// Of a Pass, which has a result and no selector for it.
    pub(super) fn of_pass(fields: &Fields) -> Self {
        Self::with(fields, false, ResultPath::read)
    }

    /// Of a type that only passes its input on.
    pub(super) fn of_input(fields: &Fields) -> Self {
        Self::with(fields, false, |_| ResultPath::Replace)
    }

    /// Of a rule of a Choice: its output is the state's.
    pub(super) fn of_rule(fields: &Fields, n: usize, of_state: &Self) -> Self {
        let place = format!("Choices[{n}]/");
        let assign = Template::object(fields, "Assign");
        match (&of_state.output, fields.language) {
            (Output::Jsonpath(_), QueryLanguage::Jsonpath) => {
                Self { place, assign, output: of_state.output.clone() }
            }
            _ => Self { place, assign, output: Output::Jsonata(Template::field(fields, "Output")) },
        }
    }

    /// Of an entry of `Catch`.
    pub(in crate::asl) fn of_catcher(fields: &Fields, n: usize) -> Self {
        let assign = Template::object(fields, "Assign");
        let output = match fields.language {
            QueryLanguage::Jsonata => Output::Jsonata(Template::field(fields, "Output")),
            QueryLanguage::Jsonpath => Output::Jsonpath(Box::new(Selection {
                selector: None,
                result_path: ResultPath::read(fields),
                output_path: Select::Whole,
            })),
        };
        Self { place: format!("Catch[{n}]/"), assign, output }
    }

    fn with(fields: &Fields, selects: bool, result_path: impl FnOnce(&Fields) -> ResultPath) -> Self {
        let assign = Template::object(fields, "Assign");
        let output = match fields.language {
            QueryLanguage::Jsonata => Output::Jsonata(Template::field(fields, "Output")),
            QueryLanguage::Jsonpath => Output::Jsonpath(Box::new(Selection {
                selector: if selects { Template::field(fields, "ResultSelector") } else { None },
                result_path: result_path(fields),
                output_path: Select::read(fields, "OutputPath"),
            })),
        };
        Self { place: String::new(), assign, output }
    }
}
