//! The Lambda `snapshot-role`.

fn main() -> std::process::ExitCode {
    tasks::serve::<contract::tasks::SnapshotRole>()
}
