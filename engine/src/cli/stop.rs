//! Serving until somebody wants it to stop.

use super::report::Report;
use super::{CommandResult, Exit};
use crate::clock::Clock;
use crate::time::after;
use axum::Router;
use std::future::IntoFuture;
use std::io;
use tokio::net::TcpListener;
use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::sync::oneshot;

/// How long requests may take to end after the first signal, in milliseconds.
const GRACE: u64 = 5_000;

/// Serves until a signal comes, and then until the requests that are under way have been answered: for a moment, since
/// one of them may hang, and not at all after a second signal.
pub(super) async fn serve(listener: TcpListener, router: Router, report: &Report) -> CommandResult {
    let mut signals = Signals::new()?;
    let (stop, stopped) = oneshot::channel::<()>();
    let until_stopped = async {
        // Nothing is ever sent: the other end is dropped.
        let _ = stopped.await;
    };
    let mut serving =
        std::pin::pin!(axum::serve(listener, router).with_graceful_shutdown(until_stopped).into_future());
    tokio::select! {
        served = &mut serving => {
            served?;
            return Ok(Exit::Done);
        }
        () = signals.next() => drop(stop),
    }
    let clock = Clock;
    tokio::select! {
        served = &mut serving => {
            served?;
            Ok(Exit::Done)
        }
        () = clock.sleep_until(after(clock.now(), GRACE)) => {
            report.warn("some requests did not end in time and get no answer");
            Ok(Exit::Done)
        }
        () = signals.next() => Err("stopped at once; requests that were under way get no answer".into()),
    }
}

/// Those that want it to stop: Ctrl-C, and whoever ends processes.
struct Signals {
    interrupt: Signal,
    terminate: Signal,
}

impl Signals {
    fn new() -> io::Result<Self> {
        Ok(Self { interrupt: signal(SignalKind::interrupt())?, terminate: signal(SignalKind::terminate())? })
    }

    async fn next(&mut self) {
        tokio::select! {
            _ = self.interrupt.recv() => {}
            _ = self.terminate.recv() => {}
        }
    }
}
