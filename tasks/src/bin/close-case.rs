//! The Lambda `close-case`.

fn main() -> std::process::ExitCode {
    tasks::serve::<contract::tasks::CloseCase>()
}
