//! The Lambda `notify`.

fn main() -> std::process::ExitCode {
    tasks::serve::<contract::tasks::Notify>()
}
