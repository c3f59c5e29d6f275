//! The Lambda `restore-role`.

fn main() -> std::process::ExitCode {
    tasks::serve::<contract::tasks::RestoreRole>()
}
