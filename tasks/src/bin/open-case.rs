//! The Lambda `open-case`.

fn main() -> std::process::ExitCode {
    tasks::serve::<contract::tasks::OpenCase>()
}
