use crate::asl::fields::Fields;
use crate::asl::template::Template;

/// A Succeed state.
#[derive(Debug)]
pub struct Succeed {
    /// What it gives. Without it its input is given.
    pub output: Option<Template>,
}

impl Succeed {
    pub(super) fn read(fields: &Fields) -> Self {
        Self { output: Template::field(fields, "Output") }
    }
}
