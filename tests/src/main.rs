//! `make run`: shows a response on this machine, with every step explained, and takes its change back.

mod demo;

use std::process::ExitCode;

fn main() -> ExitCode {
    let options = demo::Options::read(std::env::args().skip(1));
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build();
    match (options, runtime) {
        (Ok(options), Ok(runtime)) => match runtime.block_on(demo::run(&options)) {
            Ok(()) => ExitCode::SUCCESS,
            Err(trouble) => {
                eprintln!("make run: {trouble}");
                ExitCode::FAILURE
            }
        },
        (Err(trouble), _) => {
            eprintln!("make run: {trouble}");
            ExitCode::from(2)
        }
        (_, Err(error)) => {
            eprintln!("make run: {error}");
            ExitCode::FAILURE
        }
    }
}
