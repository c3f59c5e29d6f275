//! The task token in the record of a question. With it anybody could answer for a person, so with `TOKEN_KEY` it is
//! encrypted by KMS and bound to the id of the question: `request-approval` may only encrypt, and `answer-approval` only
//! decrypt. A token that is moved to the record of another question cannot be decrypted there.
//!
//! Source: KMS, "Encryption context". `Encrypt` accepts 4,096 bytes, and a task token has 2,048 characters at most.

use crate::aws::Aws;
use crate::aws::fault::fault;
use aws_sdk_kms::primitives::Blob;
use contract::Fault;

/// The start of an encrypted token. No task token has a colon in it.
const ENCRYPTED: &str = "kms:";

/// The key of the encryption context, which IAM's conditions name.
const CONTEXT: &str = "approval";

/// Encrypts a token for the record of this question, if there is a key.
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
        None => Err(Fault::Unavailable {
            doing: "encrypting the task token".to_owned(),
            why: "KMS gave nothing back".to_owned(),
        }),
    }
}

/// The token of this question. A token from before there was a key is in clear, and stays valid.
pub(crate) async fn open(kept: &str, approval_id: &str, aws: &Aws) -> Result<String, Fault> {
    let Some(sealed) = kept.strip_prefix(ENCRYPTED) else { return Ok(kept.to_owned()) };
    let key = aws.setting("TOKEN_KEY")?.trim();
    if key.is_empty() {
        let why =
            "must be set: the task token of this question is encrypted with the key of `request-approval`";
        return Err(Fault::misconfigured("TOKEN_KEY", why));
    }
    let unreadable = |why: &str| Fault::internal("reading the task token on record", why);
    let sealed = hex::decode(sealed).map_err(|_| unreadable("it is not what `request-approval` writes"))?;
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
    token.ok_or_else(|| unreadable("it is not a text"))
}
