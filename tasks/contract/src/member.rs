/// The path and name of the response role, which every member account has.
pub const RESPONSE_ROLE: &str = "/redress/redress-response";

/// The tag of a session in a member account. Its value is the case id; the response role admits no session without it.
pub const CASE_TAG: &str = "redress:case";
