//! From an event to a finding: one file for each source.

pub(crate) mod guardduty;
