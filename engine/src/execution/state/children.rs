//! Branches of a Parallel and iterations of a Map: they begin, they end, and the first that fails ends them all.

use super::{complete, map};
use crate::asl::{Kind, State, States};
use crate::execution::Failure;
use crate::execution::data::Data;
use crate::execution::history::{EventKind, Iteration};
use crate::execution::impossible::Impossible;
use crate::execution::results::Results;
use crate::execution::thread::{Children, Position, ThreadId};
use crate::execution::turn::{Flow, Turn};
use std::sync::Arc;

/// Begins as many as may run at the same time.
pub(super) fn start(turn: &mut Turn, id: ThreadId, inputs: Vec<Data>, concurrency: usize) -> Flow {
    let mut waiting: Vec<(usize, Data)> = inputs.into_iter().enumerate().collect();
    waiting.reverse();
    let (results, began) = (Results::of(waiting.len()), turn.last(id));
    let children = Children {
        results,
        waiting,
        running: Vec::new(),
        began,
        concurrency,
        failed: None,
        starting: true,
        broken: Vec::new(),
    };
    turn.set_position(id, Position::Children(children));
    Flow::Begin
}

/// A child has come to its end. The flow is that of whoever goes on now.
pub(in crate::execution) fn ended(
    turn: &mut Turn,
    child: ThreadId,
    (id, n): (ThreadId, usize),
    output: Data,
) -> (ThreadId, Flow) {
    let last = turn.last(child);
    if let Some(iteration) = iteration(turn, id, n) {
        let event = turn.record_after(last, EventKind::MapIterationSucceeded(iteration));
        // What follows an iteration's end follows its last state; only the end of the whole Map follows the end itself.
        let last = if is_last(turn, id) { event } else { last };
        turn.set_last(id, last);
    } else {
        turn.set_last(id, last);
    }
    turn.ex.threads.remove(&child);
    let Some(children) = children_mut(turn, id) else {
        return (id, Flow::Impossible(Impossible::NoChildren(id)));
    };
    children.running.retain(|running| *running != child);
    children.results.put(n, output);
    if children.starting {
        return (id, Flow::Blocked);
    }
    children.starting = true;
    (id, Flow::Begin)
}

/// A child failed, and nothing in it caught that.
pub(in crate::execution) fn failed(
    turn: &mut Turn,
    child: ThreadId,
    (id, n): (ThreadId, usize),
    failure: Failure,
) -> (ThreadId, Flow) {
    let last = turn.last(child);
    if let Some(iteration) = iteration(turn, id, n) {
        turn.record_after(last, EventKind::MapIterationFailed(iteration));
    }
    turn.set_last(id, last);
    let broken = turn.halt(child);
    let Some(children) = children_mut(turn, id) else {
        return (id, Flow::Impossible(Impossible::NoChildren(id)));
    };
    children.running.retain(|running| *running != child);
    children.broken.extend(broken.map(|thread| (child, thread)));
    children.failed = Some(failure);
    if children.starting { (id, Flow::Blocked) } else { (id, settle(turn, id)) }
}

/// Begins the next child if one more may run, or else sees whether the state is at its end. One that ends at once makes
/// room for the next.
pub(in crate::execution) fn begin(turn: &mut Turn, id: ThreadId) -> (ThreadId, Flow) {
    let Some(children) = children_mut(turn, id) else {
        return (id, Flow::Impossible(Impossible::NoChildren(id)));
    };
    if children.failed.is_none()
        && children.running.len() < children.concurrency
        && let Some((n, item)) = children.waiting.pop()
    {
        turn.later(id, Flow::Begin);
        return begin_one(turn, id, n, item);
    }
    children.starting = false;
    (id, settle(turn, id))
}

fn begin_one(turn: &mut Turn, id: ThreadId, n: usize, item: Data) -> (ThreadId, Flow) {
    let Some(states) = states_of(turn, id, n) else {
        return (id, Flow::Impossible(Impossible::OtherState(id)));
    };
    let start = states.start();
    let of_map = iteration(turn, id, n);
    let child = turn.spawn(Some((id, n)), states, of_map.is_some().then(|| (n, item.clone())));
    if let Some(children) = children_mut(turn, id) {
        children.running.push(child);
        let began = children.began;
        if of_map.is_none() {
            turn.set_last(child, began);
        }
    }
    let input = match of_map {
        None => Some(Ok(item)),
        Some(iteration) => {
            turn.record(child, EventKind::MapIterationStarted(iteration));
            with_state(turn, id, |turn, state| match &state.kind {
                Kind::Map(map) => map::iteration_input(turn, id, map, (n, item)),
                _ => Ok(item),
            })
        }
    };
    let flow = match input {
        None => Flow::Impossible(Impossible::NoState(id)),
        Some(Ok(input)) => Flow::Enter(start, input),
        Some(Err(bad)) => Flow::Fail(turn.evaluation_failed(id, &bad)),
    };
    (child, flow)
}

/// Ends the state if all its children have ended, or one has failed.
fn settle(turn: &mut Turn, id: ThreadId) -> Flow {
    let Some(children) = children_mut(turn, id) else { return Flow::Impossible(Impossible::NoChildren(id)) };
    if let Some(failure) = children.failed.take() {
        for child in children.running.clone() {
            let place = turn.ex.threads.get(&child).map(|thread| (thread.last, thread.parent));
            if let Some((last, Some((_, n)))) = place
                && let Some(iteration) = iteration(turn, id, n)
            {
                turn.record_after(last, EventKind::MapIterationAborted(iteration));
            } else if let Some((last, _)) = place
                && let Some(event) = turn.visit(child).and_then(|visit| EventKind::aborted(&visit.of().kind))
            {
                turn.record_after(last, event);
            }
        }
        leave_wreck(turn, id);
        let event = with_state(turn, id, |_, state| match state.kind {
            Kind::Map(_) => EventKind::MapStateFailed,
            _ => EventKind::ParallelStateFailed,
        });
        return turn.fail_state_with(id, failure, event);
    }
    let is_stuck = children.running.is_empty() && children.waiting.is_empty();
    let Some(results) = children.results.take() else {
        return if is_stuck { Flow::Impossible(Impossible::Stuck(id)) } else { Flow::Blocked };
    };
    let result = Data::array(&results);
    turn.set_position(id, Position::Moving);
    let last = turn.last(id);
    let flow = with_state(turn, id, |turn, state| match &state.kind {
        Kind::Parallel(parallel) => {
            turn.record_after(last, EventKind::ParallelStateSucceeded);
            complete(turn, id, &parallel.outcome, Some(result), parallel.then)
        }
        Kind::Map(map) => {
            turn.record_after(last, EventKind::MapStateSucceeded);
            complete(turn, id, &map.outcome, Some(result), map.then)
        }
        _ => Flow::Impossible(Impossible::OtherState(id)),
    });
    flow.unwrap_or(Flow::Impossible(Impossible::NoState(id)))
}

/// What there is of the children stays with the stay in the state, for whoever goes on from there.
fn leave_wreck(turn: &mut Turn, id: ThreadId) {
    let position = turn.position_mut(id).map(|position| std::mem::replace(position, Position::Moving));
    if let Some(Position::Children(children)) = position {
        let wreck = turn.wreck_of(children);
        if let Some(visit) = turn.visit_mut(id) {
            visit.wreck = Some(Box::new(wreck));
        }
    }
}

fn is_last(turn: &mut Turn, id: ThreadId) -> bool {
    children_mut(turn, id)
        .is_some_and(|children| children.waiting.is_empty() && children.results.missing() == 1)
}

fn children_mut<'t>(turn: &'t mut Turn, id: ThreadId) -> Option<&'t mut Children> {
    match turn.position_mut(id) {
        Some(Position::Children(children)) => Some(children),
        _ => None,
    }
}

fn states_of(turn: &mut Turn, id: ThreadId, n: usize) -> Option<Arc<States>> {
    with_state(turn, id, |_, state| match &state.kind {
        Kind::Parallel(parallel) => parallel.branches.get(n).map(Arc::clone),
        Kind::Map(map) => Some(Arc::clone(&map.processor)),
        _ => None,
    })?
}

/// Which iteration it is, if the state is a Map.
fn iteration(turn: &mut Turn, id: ThreadId, n: usize) -> Option<Iteration> {
    with_state(turn, id, |_, state| match &state.kind {
        Kind::Map(_) => Some(Iteration { name: state.name.clone(), index: n }),
        _ => None,
    })?
}

/// Does something with the state that a thread is in, if it is in one.
fn with_state<T>(turn: &mut Turn, id: ThreadId, then: impl FnOnce(&mut Turn, &State) -> T) -> Option<T> {
    let visit = turn.visit(id)?;
    let (states, state) = (visit.states(), visit.state);
    Some(then(turn, states.get(state)))
}
