/// The path and name of the role that looks, which every member account has.
pub const RESPONSE_ROLE: &str = "/redress/redress-response";

/// The path and name of the role that changes something there. Only the steps that change and restore may assume it.
pub const ACTING_RESPONSE_ROLE: &str = "/redress/redress-response-act";

/// The tag of a session in a member account. Its value is the case id; the response role admits no session without it.
pub const CASE_TAG: &str = "redress:case";
