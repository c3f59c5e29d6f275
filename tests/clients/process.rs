//! The engine as a process: what it leaves on the disk, and how it ends.

use crate::toy::Toy;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::time::Duration;
use tests::{Result, Trouble};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

/// How long the engine may take to end: longer than it gives its requests.
const PATIENCE: Duration = Duration::from_secs(30);

#[tokio::test]
async fn nobody_else_can_read_what_the_engine_keeps() -> Result<()> {
    let toy = Toy::start("private", &[]).await?;
    toy.engine().client().await?.invoke("echo", &serde_json::json!({})).await?;
    let files = files(&toy.state())?;
    for name in ["redress.sqlite", "redress.sqlite-wal", "echo.log"] {
        assert!(files.iter().any(|file| file.ends_with(name)), "{name} is not in {files:?}");
    }
    for file in files {
        let mode = std::fs::metadata(&file)?.permissions().mode();
        assert_eq!(mode & 0o077, 0, "{} has the mode {mode:o}", file.display());
    }
    Ok(())
}

/// A folder and everything in it.
fn files(folder: &Path) -> Result<Vec<PathBuf>> {
    let mut all = vec![folder.to_owned()];
    for entry in std::fs::read_dir(folder)? {
        let file = entry?.path();
        if file.is_dir() {
            all.extend(files(&file)?);
        } else {
            all.push(file);
        }
    }
    Ok(all)
}

#[tokio::test]
async fn a_request_that_hangs_does_not_keep_the_engine() -> Result<()> {
    let toy = Toy::start("stops", &[]).await?;
    let _hangs = hang(toy.endpoint()).await?;
    toy.engine().terminate().await?;
    assert_eq!(ended(toy).await?, Some(0));
    Ok(())
}

#[tokio::test]
async fn a_second_signal_ends_the_engine_at_once() -> Result<()> {
    let toy = Toy::start("stops-at-once", &[]).await?;
    let _hangs = hang(toy.endpoint()).await?;
    toy.engine().terminate().await?;
    // Two signals at the same moment are one. It has taken the first when it takes no connections any more.
    let address = address(toy.endpoint()).to_owned();
    let refused = async { while TcpStream::connect(&address).await.is_ok() {} };
    tokio::time::timeout(PATIENCE, refused)
        .await
        .map_err(|_| Trouble("it still takes connections".to_owned()))?;
    toy.engine().terminate().await?;
    assert_eq!(ended(toy).await?, Some(3));
    Ok(())
}

async fn ended(toy: Toy) -> Result<Option<i32>> {
    let ended = tokio::time::timeout(PATIENCE, toy.ended()).await;
    ended.map_err(|_| Trouble(format!("the engine still runs after {} s", PATIENCE.as_secs())))?
}

/// A request that never ends: the engine has asked for its body, which does not come.
async fn hang(endpoint: &str) -> Result<TcpStream> {
    let address = address(endpoint);
    let mut stream = TcpStream::connect(address).await?;
    let head = format!(
        "POST / HTTP/1.1\r\nhost: {address}\r\nx-amz-target: AWSEvents.ListRules\r\ncontent-length: 2\r\nexpect: 100-continue\r\n\r\n"
    );
    stream.write_all(head.as_bytes()).await?;
    let mut answer = [0; 12];
    stream.read_exact(&mut answer).await?;
    assert_eq!(String::from_utf8_lossy(&answer), "HTTP/1.1 100");
    Ok(stream)
}

fn address(endpoint: &str) -> &str {
    endpoint.trim_start_matches("http://")
}
