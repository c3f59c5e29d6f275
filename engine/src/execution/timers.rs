use super::stimulus::Timer;
use super::thread::Position;
use super::{Execution, Status};
use crate::arn::Kind;
use crate::time::after;
use jiff::Timestamp;

/// How many seconds an Express execution may take. Source: Step Functions quotas.
const MOST_EXPRESS: u64 = 300;

impl Execution {
    fn is_express(&self) -> bool {
        self.about.arn.kind() == Kind::Express
    }

    /// The earliest time for which it waits.
    pub fn next_timer(&self) -> Option<(Timestamp, Timer)> {
        self.timers().min()
    }

    /// Every time for which it waits.
    pub(super) fn timers(&self) -> impl Iterator<Item = (Timestamp, Timer)> {
        let seconds = match self.machine.timeout_seconds {
            seconds if self.is_express() => Some(seconds.map_or(MOST_EXPRESS, |it| it.min(MOST_EXPRESS))),
            seconds => seconds,
        };
        let whole = seconds
            .map(|seconds| (after(self.counted_from(), seconds.saturating_mul(1000)), Timer::Execution));
        let threads = self.threads.iter().flat_map(|(id, thread)| match &thread.position {
            Position::Moving | Position::Finding | Position::MapRun(_) | Position::Children(_) => {
                [None, None]
            }
            Position::Wait { until } => [Some((*until, Timer::Wait(*id))), None],
            Position::Backoff { until } => [Some((*until, Timer::Backoff(*id))), None],
            Position::Task(run) => [
                run.times_out.map(|at| (at, Timer::Timeout(run.attempt))),
                run.heartbeat
                    .map(|(seconds, since)| (after(since, seconds * 1000), Timer::Heartbeat(run.attempt))),
            ],
        });
        let running = self.status == Status::Running;
        whole.into_iter().chain(threads.flatten()).filter(move |_| running)
    }
}
