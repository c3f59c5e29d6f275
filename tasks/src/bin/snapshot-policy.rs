//! The Lambda `snapshot-policy`.

fn main() -> std::process::ExitCode {
    tasks::serve::<contract::tasks::SnapshotPolicy>()
}
