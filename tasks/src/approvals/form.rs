//! The form of the page. It carries a token, so that only the person to whom it was shown can send it.

use super::Approval;
use super::people::Person;
use hmac::{Hmac, KeyInit, Mac};
use jiff::{SignedDuration, Timestamp};
use percent_encoding::percent_decode_str;
use sha2::Sha256;

/// How long a form is valid after it was shown.
const GOOD_FOR: SignedDuration = SignedDuration::from_hours(1);

/// The fields of a form.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Form {
    pub(super) decision: String,
    pub(super) reason: String,
    pub(super) token: String,
}

impl Form {
    /// Reads a body of the type `application/x-www-form-urlencoded`: each field once, and no others.
    pub(super) fn read(body: &[u8]) -> Result<Self, String> {
        let body = str::from_utf8(body).map_err(|_| "The form is not text.".to_owned())?;
        let [mut decision, mut reason, mut token] = [const { None }; 3];
        for pair in body.split('&').filter(|pair| !pair.is_empty()) {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            let field = match decoded(name)?.as_str() {
                "decision" => &mut decision,
                "reason" => &mut reason,
                "token" => &mut token,
                _ => return Err("The form has a field that this page does not have.".to_owned()),
            };
            if field.replace(decoded(value)?).is_some() {
                return Err("The form has the same field twice.".to_owned());
            }
        }
        match (decision, reason, token) {
            (Some(decision), Some(reason), Some(token)) => Ok(Self { decision, reason, token }),
            _ => Err("The form is not complete: choose a decision and give a reason.".to_owned()),
        }
    }
}

fn decoded(text: &str) -> Result<String, String> {
    let text = text.replace('+', " ");
    let decoded = percent_decode_str(&text).decode_utf8();
    decoded.map(|text| text.into_owned()).map_err(|_| "The form is not text.".to_owned())
}

/// The token in the form of a question: proof that this very question was shown to this person, not longer ago than an
/// hour.
pub(super) fn token(approval: &Approval, person: &Person, now: Timestamp) -> String {
    let until = now.saturating_add(GOOD_FOR).map_or(now, |until| until).as_second();
    let proof = mac(approval, person, until).map(|mac| hex::encode(mac.finalize().into_bytes()));
    format!("{until}.{}", proof.unwrap_or_default())
}

/// Whether a form's token is valid. It is compared in constant time.
pub(super) fn is_sound(token: &str, approval: &Approval, person: &Person, now: Timestamp) -> bool {
    let parts = token
        .split_once('.')
        .and_then(|(until, proof)| Some((until.parse::<i64>().ok()?, hex::decode(proof).ok()?)));
    let Some((until, proof)) = parts else { return false };
    let sound = mac(approval, person, until).is_some_and(|mac| mac.verify_slice(&proof).is_ok());
    sound && now.as_second() < until
}

/// A question that was asked before there were forms has no secret, and no form of it is sound.
fn mac(approval: &Approval, person: &Person, until: i64) -> Option<Hmac<Sha256>> {
    let secret = Some(approval.secret.as_bytes()).filter(|secret| secret.len() >= 32)?;
    let mut mac = Hmac::<Sha256>::new_from_slice(secret).ok()?;
    let shown = approval.hash().ok()?;
    mac.update(format!("{}\n{shown}\n{until}\n{}", approval.approval_id, person.name()).as_bytes());
    Some(mac)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_field_of_a_form_occurs_once() {
        let form = Form::read(b"decision=deny&reason=a+known%20egress%0D%0A%26more&token=1.ab").unwrap();
        assert_eq!(form.reason, "a known egress\r\n&more");
        assert_eq!((form.decision.as_str(), form.token.as_str()), ("deny", "1.ab"));
        let wrong: [(&[u8], &str); 7] = [
            (b"", "not complete"),
            (b"decision=deny&reason=x", "not complete"),
            (b"decision=deny&decision=approve&reason=x&token=t", "twice"),
            (b"decision=deny&%64ecision=approve&reason=x&token=t", "twice"),
            (b"decision=deny&reason=x&token=t&by=grace", "does not have"),
            (b"decision=deny&reason=%ff&token=t", "not text"),
            (b"decision=deny&reason=\xff&token=t", "not text"),
        ];
        for (body, why) in wrong {
            let error = Form::read(body).unwrap_err();
            assert!(error.contains(why), "{error}");
        }
    }
}
