//! Ten times the work takes at most twelve times the work of the engine: counted in allocations and allocated bytes, so
//! that it is the same on every machine.

mod machines;

use allocation_counter::{AllocationInfo, measure};
use engine::arn::Kind;
use engine::asl::StateMachine;
use engine::clock::Clock;
use engine::execution::history::HistoryEvent;
use engine::execution::{About, Status, replay};
use engine::simulation::{Call, Ends, Simulation, World};
use engine::workflow::Place;
use jiff::Timestamp;
use machines::{GROWING, Growing};
use serde_json::{Value, json};
use std::sync::Arc;
use tests::{Result, Trouble};

/// How many times the work of a tenth is allowed.
const MOST: f64 = 12.0;

/// Every call succeeds at once.
struct Succeeds;

impl World for Succeeds {
    type Error = Trouble;

    fn call(&mut self, _: &Call) -> std::result::Result<Option<Ends>, Trouble> {
        Ok(Some(Ends { after: 10, with: Ok(json!({ "Payload": null })) }))
    }

    fn answer(&mut self, _: &Call) -> std::result::Result<Option<Ends>, Trouble> {
        Ok(None)
    }
}

fn about(input: &Value) -> About {
    let machine_arn = Place::example().machine("machine");
    About {
        arn: machine_arn.execution(Kind::Standard, "growth"),
        name: "growth".to_owned(),
        machine_arn,
        machine_name: "machine".to_owned(),
        role_arn: "arn:aws:iam::123456789012:role/test".to_owned(),
        region: "us-east-1".to_owned(),
        input: input.to_string().into(),
        seed: [1; 32],
    }
}

/// What it takes to run a machine, and to replay its history.
fn work(growing: &Growing, size: usize) -> Result<[AllocationInfo; 2]> {
    let (definition, input) = (growing.of)(size);
    let (machine, problems) = StateMachine::parse(&definition.to_string());
    let machine = Arc::new(machine.ok_or_else(|| Trouble(format!("{}: {problems:?}", growing.name)))?);
    let about = about(&input);
    let (mut ran, mut again) = (Ok(Vec::new()), Ok(()));
    let began = Clock.now();
    let run = measure(|| ran = history(about.clone(), Arc::clone(&machine)));
    let took = Clock.now().duration_since(began);
    let history = ran?;
    let replayed = measure(|| again = replay(about.clone(), Arc::clone(&machine), &history).map(drop));
    again.map_err(|diverged| Trouble(format!("{}: {diverged}", growing.name)))?;
    println!(
        "{:24} {size:7}: {:6} events, {:5} ms, {:7} allocations of {:9} bytes, {:8} at once",
        growing.name,
        history.len(),
        took.as_millis(),
        run.count_total,
        run.bytes_total,
        run.bytes_max
    );
    Ok([run, replayed])
}

fn history(about: About, machine: Arc<StateMachine>) -> Result<Vec<HistoryEvent>> {
    let mut simulation = Simulation::start(about, machine, Timestamp::UNIX_EPOCH, Succeeds)?;
    while simulation.step()? {}
    match simulation.execution().status() {
        Status::Succeeded(_) => Ok(simulation.history().to_vec()),
        status => Err(Trouble(format!("it did not succeed: {status:?}"))),
    }
}

#[test]
fn ten_times_the_work_takes_at_most_twelve_times_the_allocations() -> Result<()> {
    let mut too_much = Vec::new();
    for growing in &GROWING {
        let small = work(growing, growing.sizes.0)?;
        let large = work(growing, growing.sizes.1)?;
        for (what, (small, large)) in ["run", "replay"].into_iter().zip(small.into_iter().zip(large)) {
            for (of, small, large) in [
                ("allocations", small.count_total, large.count_total),
                ("bytes", small.bytes_total, large.bytes_total),
                ("bytes at once", small.bytes_max, large.bytes_max),
            ] {
                let times = large as f64 / small as f64;
                if times > MOST {
                    too_much.push(format!("{}, {what}: {times:.1} times the {of}", growing.name));
                }
            }
        }
    }
    assert!(too_much.is_empty(), "{too_much:#?}");
    Ok(())
}
