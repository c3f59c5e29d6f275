use std::path::PathBuf;
use tokio::fs::OpenOptions;
use tokio::io::{AsyncBufReadExt, AsyncRead, AsyncWriteExt, BufReader};

/// The log of a function: everything that its instances print, a line at a time.
#[derive(Clone)]
pub(super) struct Logs(PathBuf);

impl Logs {
    pub(super) fn new(file: PathBuf) -> Self {
        Self(file)
    }

    /// Copies what a process prints, until it ends.
    pub(super) async fn copy(self, from: impl AsyncRead + Unpin) {
        if let Some(folder) = self.0.parent() {
            let _ = tokio::fs::create_dir_all(folder).await;
        }
        let mut file = match OpenOptions::new().create(true).append(true).open(&self.0).await {
            Ok(file) => file,
            Err(error) => {
                tracing::warn!(file = %self.0.display(), %error, "a log cannot be written");
                return;
            }
        };
        let mut lines = BufReader::new(from).lines();
        while let Ok(Some(line)) = lines.next_line().await {
            // A log that cannot be written must not stop the function.
            let _ = file.write_all(format!("{line}\n").as_bytes()).await;
            let _ = file.flush().await;
        }
    }
}
