use crate::asl::fields::Fields;
use crate::asl::template::Setting;

/// A Fail state.
#[derive(Debug)]
pub struct Fail {
    /// The error's name.
    pub error: Option<Setting<String>>,
    /// What caused it.
    pub cause: Option<Setting<String>>,
}

impl Fail {
    pub(super) fn read(fields: &Fields) -> Self {
        Self {
            error: Setting::string(fields, ("Error", "ErrorPath")),
            cause: Setting::string(fields, ("Cause", "CausePath")),
        }
    }
}
