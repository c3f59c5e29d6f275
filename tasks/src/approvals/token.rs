//! The task token as the record keeps it. Whoever has it can answer for a person, so with `TOKEN_KEY` the record holds
//! only what KMS made of it, bound to the id of the question: `request-approval` may only encrypt, and `answer-approval`
//! only decrypt. What is moved to the record of another question does not open there.
//!
//! Source: KMS, "Encryption context". `Encrypt` takes 4,096 bytes, and a task token has 2,048 characters at most.

use crate::aws::Aws;
use crate::aws::fault::fault;
use aws_sdk_kms::primitives::Blob;
use contract::Fault;

/// What an encrypted token begins with. No task token has a colon in it.
const ENCRYPTED: &str = "kms:";

/// The key of the encryption context, which IAM's conditions name.
const CONTEXT: &str = "approval";

/// Makes of a token what the record of this question keeps.
pub(crate) async fn seal(token: &str, approval_id: &str, aws: &Aws) -> Result<String, Fault> {
    let key = aws.setting("TOKEN_KEY")?.trim();
    if key.is_empty() {
        return Ok(token.to_owned());
    }
    let sealed = aws
        .kms()
        .encrypt()
        .key_id(key)
        .encryption_context(CONTEXT, approval_id)
        .plaintext(Blob::new(token))
        .send()
        .await
        .map_err(|error| fault("encrypting the task token", &error))?;
    match sealed.ciphertext_blob {
        Some(blob) => Ok(format!("{ENCRYPTED}{}", hex::encode(blob))),
        None => Err(Fault::Unavailable("encrypting the task token: KMS gave nothing back".to_owned())),
    }
}

/// The token of this question. What was kept before there was a key is kept in clear, and goes on to work.
pub(crate) async fn open(kept: &str, approval_id: &str, aws: &Aws) -> Result<String, Fault> {
    let Some(sealed) = kept.strip_prefix(ENCRYPTED) else { return Ok(kept.to_owned()) };
    let key = aws.setting("TOKEN_KEY")?.trim();
    if key.is_empty() {
        let message = "the task token of this question is encrypted; set `TOKEN_KEY` of `answer-approval` to the key of `request-approval`";
        return Err(Fault::Refused(message.to_owned()));
    }
    let unreadable = |what: &str| Fault::Refused(format!("the task token on record {what}"));
    let sealed = hex::decode(sealed).map_err(|_| unreadable("is not what `request-approval` writes"))?;
    let opened = aws
        .kms()
        .decrypt()
        .key_id(key)
        .encryption_context(CONTEXT, approval_id)
        .ciphertext_blob(Blob::new(sealed))
        .send()
        .await
        .map_err(|error| fault("decrypting the task token", &error))?;
    let token = opened.plaintext.and_then(|blob| String::from_utf8(blob.into_inner()).ok());
    token.ok_or_else(|| unreadable("is not a text"))
}
