//! Who may answer on this machine: whoever can read the engine's state folder, where the operator's key is.

use jiff::{SignedDuration, Timestamp};
use sha2::{Digest, Sha256};
use std::collections::HashMap;
use std::fs::{OpenOptions, Permissions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};
use uuid::Uuid;

/// The file of the key, in the state folder.
const FILE: &str = "operator.key";

/// How long a session lasts, in seconds: a working day.
pub(super) const SESSION_SECONDS: i64 = 12 * 60 * 60;

/// How many wrong keys are taken in a minute.
const MOST_TRIES: usize = 5;

/// How many sessions there are at most. The oldest goes first.
const MOST_SESSIONS: usize = 64;

/// The operator's key, and who is signed in. Sessions end with the engine; the key stays.
pub struct Operator {
    file: PathBuf,
    key: [u8; 32],
    inner: Mutex<Inner>,
}

#[derive(Default)]
struct Inner {
    /// By the hash of what the cookie holds: who it is, and until when.
    sessions: HashMap<[u8; 32], (String, Timestamp)>,
    wrong: Vec<Timestamp>,
}

/// Why the key cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum OperatorError {
    /// The file cannot be read or written.
    #[error("the operator's key `{file}` cannot be used: {why}")]
    File {
        /// The file.
        file: PathBuf,
        /// What happened.
        why: io::Error,
    },
    /// There is something else in it.
    #[error("`{file}` holds no key of 128 bits in hexadecimal; delete it, and the engine makes another")]
    NoKey {
        /// The file.
        file: PathBuf,
    },
}

/// Why somebody is not signed in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Refusal {
    WrongKey,
    NoName,
    TooManyTries,
}

impl Operator {
    /// Reads the key of a state folder, or makes it.
    pub fn open(state: &Path) -> Result<Self, OperatorError> {
        let file = state.join(FILE);
        let text = match read_or_make(&file) {
            Ok(text) => text,
            Err(why) => return Err(OperatorError::File { file, why }),
        };
        let key = text.trim();
        if key.len() != 32 || !key.bytes().all(|byte| byte.is_ascii_hexdigit()) {
            return Err(OperatorError::NoKey { file });
        }
        Ok(Self { file, key: hash(key), inner: Mutex::default() })
    }

    /// Where the key is.
    pub fn file(&self) -> &Path {
        &self.file
    }

    /// Signs somebody in who knows the key, and gives what the cookie is to hold.
    pub(super) fn sign_in(&self, key: &str, name: &str, now: Timestamp) -> Result<String, Refusal> {
        let who = self.check(key, name, now)?;
        let mut inner = self.inner.lock().unwrap_or_else(PoisonError::into_inner);
        let session = format!("{}{}", Uuid::new_v4().simple(), Uuid::new_v4().simple());
        let until = now.saturating_add(SignedDuration::from_secs(SESSION_SECONDS)).unwrap_or(now);
        inner.sessions.retain(|_, (_, until)| *until > now);
        if inner.sessions.len() >= MOST_SESSIONS {
            let oldest = inner.sessions.iter().min_by_key(|(_, (_, until))| *until).map(|(key, _)| *key);
            oldest.map(|oldest| inner.sessions.remove(&oldest));
        }
        inner.sessions.insert(hash(&session), (who, until));
        Ok(session)
    }

    /// Checks the key, and returns who somebody is who knows it.
    pub(super) fn check(&self, key: &str, name: &str, now: Timestamp) -> Result<String, Refusal> {
        let mut inner = self.inner.lock().unwrap_or_else(PoisonError::into_inner);
        inner.wrong.retain(|at| now.duration_since(*at) < SignedDuration::from_mins(1));
        if inner.wrong.len() >= MOST_TRIES {
            return Err(Refusal::TooManyTries);
        }
        if !is_equal(&hash(key.trim()), &self.key) {
            inner.wrong.push(now);
            return Err(Refusal::WrongKey);
        }
        let name = name.trim();
        if name.is_empty() || name.chars().count() > 64 || name.chars().any(char::is_control) {
            return Err(Refusal::NoName);
        }
        Ok(format!("local:{name}"))
    }

    /// Who has this session.
    pub(super) fn who(&self, session: &str, now: Timestamp) -> Option<String> {
        let inner = self.inner.lock().unwrap_or_else(PoisonError::into_inner);
        let (name, until) = inner.sessions.get(&hash(session))?;
        (*until > now).then(|| name.clone())
    }
}

/// Nobody but the owner of the file can read it, from its first byte on.
fn read_or_make(file: &Path) -> io::Result<String> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    match options.open(file) {
        Ok(mut new) => {
            let key = format!("{}\n", Uuid::new_v4().simple());
            new.write_all(key.as_bytes())?;
            new.sync_all()?;
            Ok(key)
        }
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
            #[cfg(unix)]
            std::fs::set_permissions(
                file,
                <Permissions as std::os::unix::fs::PermissionsExt>::from_mode(0o600),
            )?;
            std::fs::read_to_string(file)
        }
        Err(error) => Err(error),
    }
}

fn hash(text: &str) -> [u8; 32] {
    Sha256::digest(text).into()
}

/// In constant time.
fn is_equal(one: &[u8; 32], other: &[u8; 32]) -> bool {
    one.iter().zip(other).fold(0, |different, (one, other)| different | (one ^ other)) == 0
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scratch::Scratch;

    fn noon() -> Timestamp {
        Timestamp::from_second(1_767_268_800).unwrap()
    }

    fn later(seconds: i64) -> Timestamp {
        noon().saturating_add(SignedDuration::from_secs(seconds)).unwrap()
    }

    #[test]
    fn the_key_is_made_once_and_nobody_else_can_read_it() {
        let folder = Scratch::new();
        let operator = Operator::open(folder.path()).unwrap();
        let key = std::fs::read_to_string(operator.file()).unwrap();
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            let mode = || std::fs::metadata(operator.file()).unwrap().permissions().mode() & 0o777;
            assert_eq!(mode(), 0o600);
            std::fs::set_permissions(operator.file(), Permissions::from_mode(0o644)).unwrap();
            Operator::open(folder.path()).unwrap();
            assert_eq!(mode(), 0o600, "what others can read is closed to them at the next start");
        }
        let again = Operator::open(folder.path()).unwrap();
        assert!(again.sign_in(&key, "ada", noon()).is_ok());
        std::fs::write(operator.file(), "no key").unwrap();
        assert!(matches!(Operator::open(folder.path()), Err(OperatorError::NoKey { .. })));
    }

    #[test]
    fn a_session_is_somebodys_and_ends() {
        let folder = Scratch::new();
        let operator = Operator::open(folder.path()).unwrap();
        let key = std::fs::read_to_string(operator.file()).unwrap();
        let session = operator.sign_in(&key, " ada ", noon()).unwrap();
        assert_eq!(operator.who(&session, noon()).as_deref(), Some("local:ada"));
        assert_eq!(operator.who(&session, later(SESSION_SECONDS)), None);
        assert_eq!(operator.who("", noon()), None);
        assert_eq!(operator.who(key.trim(), noon()), None);
        for name in ["", "  ", "a\nb", &"a".repeat(65)] {
            assert_eq!(operator.sign_in(&key, name, noon()), Err(Refusal::NoName), "{name:?}");
        }
        for n in 0..2 * MOST_SESSIONS {
            operator.sign_in(&key, "grace", later(n as i64)).unwrap();
        }
        assert_eq!(operator.who(&session, noon()), None, "the oldest session goes first");
        assert_eq!(operator.inner.lock().unwrap().sessions.len(), MOST_SESSIONS);
    }

    #[test]
    fn tries_are_limited() {
        let folder = Scratch::new();
        let operator = Operator::open(folder.path()).unwrap();
        let key = std::fs::read_to_string(operator.file()).unwrap();
        for n in 0..MOST_TRIES {
            assert_eq!(operator.sign_in("wrong", "ada", later(n as i64)), Err(Refusal::WrongKey));
        }
        assert_eq!(operator.sign_in(&key, "ada", later(30)), Err(Refusal::TooManyTries), "the right one too");
        assert!(operator.sign_in(&key, "ada", later(60)).is_ok());
    }
}
