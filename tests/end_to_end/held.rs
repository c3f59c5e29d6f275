//! Functions that can be held at a chosen moment, so that the engine can be killed in it.

use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use tests::{Result, binary};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Notify;

/// The executable of the tasks behind a script, which can hold one function.
pub(crate) struct Functions {
    folder: PathBuf,
    held: String,
}

impl Functions {
    /// All functions run as they were built.
    pub(crate) fn new(folder: PathBuf, held: &str) -> Result<Self> {
        let functions = Self { folder, held: held.to_owned() };
        functions.release()?;
        Ok(functions)
    }

    /// The next instance stops before it is the function.
    pub(crate) fn stop_before(&self) -> Result<()> {
        let mark = self.mark();
        self.write(&format!(": > '{}'\nkill -STOP $$", mark.display()))
    }

    /// Whether an instance has stopped.
    pub(crate) fn has_stopped(&self) -> bool {
        self.mark().is_file()
    }

    /// The next instance finds AWS at another address.
    pub(crate) fn speak_to(&self, endpoint: &str) -> Result<()> {
        self.write(&format!("AWS_ENDPOINT_URL='{endpoint}'\nexport AWS_ENDPOINT_URL"))
    }

    /// The next instance is the function as it was built.
    pub(crate) fn release(&self) -> Result<()> {
        self.write("")
    }

    /// The script, as `--tasks` takes it.
    pub(crate) fn executable(&self) -> PathBuf {
        self.folder.join("tasks")
    }

    fn mark(&self) -> PathBuf {
        self.folder.join("stopped")
    }

    fn write(&self, first: &str) -> Result<()> {
        let new = self.folder.join("new");
        let held = format!("if [ \"$_HANDLER\" = '{}' ]; then\n:\n{first}\nfi", self.held);
        let text = format!("#!/bin/sh\n{held}\nexec '{}'\n", binary("tasks")?.display());
        std::fs::write(&new, text)?;
        std::fs::set_permissions(&new, std::fs::Permissions::from_mode(0o755))?;
        std::fs::rename(&new, self.executable())?;
        Ok(())
    }
}

/// A proxy to AWS that loses the answer to one call: the call takes effect, and the caller gets no answer.
pub(crate) struct LossyWay {
    pub(crate) endpoint: String,
    lost: Arc<Notify>,
}

impl LossyWay {
    /// Opens it. The call is known by a text in its request.
    pub(crate) async fn open(aws: &str, call: &'static str) -> Result<Self> {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await?;
        let endpoint = format!("http://{}", listener.local_addr()?);
        let (lost, aws) = (Arc::new(Notify::new()), aws.trim_start_matches("http://").to_owned());
        let way = Self { endpoint, lost: Arc::clone(&lost) };
        tokio::spawn(async move {
            while let Ok((caller, _)) = listener.accept().await {
                if let Ok(aws) = TcpStream::connect(&aws).await {
                    tokio::spawn(pass(caller, aws, call, Arc::clone(&lost)));
                }
            }
        });
        Ok(way)
    }

    /// Waits until the answer is lost.
    pub(crate) async fn lost(&self) -> Result<()> {
        self.lost.notified().await;
        Ok(())
    }
}

async fn pass(caller: TcpStream, aws: TcpStream, call: &'static str, lost: Arc<Notify>) -> Result<()> {
    let ((mut requests, mut to_caller), (mut answers, mut to_aws)) = (caller.into_split(), aws.into_split());
    let called = Arc::new(AtomicBool::new(false));
    let calls = Arc::clone(&called);
    tokio::spawn(async move {
        let mut buffer = vec![0; 65_536];
        while let Ok(read @ 1..) = requests.read(&mut buffer).await {
            let piece = buffer.get(..read).unwrap_or_default();
            if String::from_utf8_lossy(piece).contains(call) {
                calls.store(true, Ordering::SeqCst);
            }
            if to_aws.write_all(piece).await.is_err() {
                break;
            }
        }
    });
    let mut buffer = vec![0; 65_536];
    while let Ok(read @ 1..) = answers.read(&mut buffer).await {
        if called.load(Ordering::SeqCst) {
            lost.notify_one();
            std::future::pending::<()>().await;
        }
        to_caller.write_all(buffer.get(..read).unwrap_or_default()).await?;
    }
    Ok(())
}
