use crate::Result;
use std::num::NonZero;
use std::panic::resume_unwind;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread::{Builder, available_parallelism, scope};

/// How much stack a worker has. With less, the evaluator of JSONata asks the system for more at every expression.
const STACK: usize = 64 << 20;

/// Does something with each item, on as many threads as there are cores, and gives what came of each in their order.
pub fn on_every_core<T: Sync, R: Send>(items: &[T], work: impl Fn(&T) -> R + Sync) -> Result<Vec<R>> {
    let next = AtomicUsize::new(0);
    let worker = || {
        let mut done = Vec::new();
        loop {
            let number = next.fetch_add(1, Ordering::Relaxed);
            let Some(item) = items.get(number) else { return done };
            done.push((number, work(item)));
        }
    };
    let threads = available_parallelism().map_or(1, NonZero::get);
    let mut done: Vec<(usize, R)> = scope(|scope| {
        let spawn = |_| Builder::new().stack_size(STACK).spawn_scoped(scope, worker);
        let workers = (0..threads).map(spawn).collect::<std::io::Result<Vec<_>>>()?;
        let ends = workers.into_iter().map(|worker| worker.join());
        Ok::<_, std::io::Error>(
            ends.flat_map(|end| end.unwrap_or_else(|panic| resume_unwind(panic))).collect(),
        )
    })?;
    done.sort_by_key(|(number, _)| *number);
    Ok(done.into_iter().map(|(_, result)| result).collect())
}

#[test]
fn the_results_are_in_the_order_of_the_items() -> Result<()> {
    let items: Vec<u64> = (0..1_000).collect();
    assert_eq!(
        on_every_core(&items, |item| item * 2)?,
        items.iter().map(|item| item * 2).collect::<Vec<_>>()
    );
    assert!(on_every_core(&[0_u8; 0], |item| *item)?.is_empty());
    Ok(())
}
