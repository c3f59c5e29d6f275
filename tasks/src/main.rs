//! The one executable of all functions. Lambda sets `_HANDLER` to the handler of the function, which is the task's name.

fn main() -> std::process::ExitCode {
    tasks::serve(std::env::var("_HANDLER").ok().as_deref())
}
