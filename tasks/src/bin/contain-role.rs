//! The Lambda `contain-role`.

fn main() -> std::process::ExitCode {
    tasks::serve::<contract::tasks::ContainRole>()
}
