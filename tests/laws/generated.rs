//! Generated cases that can be repeated: a failure prints its seed and the smallest case that fails.

use proptest::prelude::*;
use proptest::test_runner::{Config, RngSeed, TestRunner};
use std::hash::{BuildHasher, Hasher, RandomState};
use tests::{Result, Trouble};

/// Repeats a run of generated cases: `LAWS_SEED=17 cargo test ...`.
const SEED: &str = "LAWS_SEED";

/// The number of generated accounts. `make laws` sets `LAWS_ACCOUNTS=10000`.
pub(crate) fn accounts(otherwise: u32) -> Result<u32> {
    Ok(number("LAWS_ACCOUNTS")?.and_then(|count| u32::try_from(count).ok()).unwrap_or(otherwise))
}

/// Checks a number of generated cases.
pub(crate) fn check<S: Strategy>(
    name: &str,
    cases: u32,
    strategy: S,
    law: impl Fn(S::Value) -> std::result::Result<(), TestCaseError>,
) -> Result<()> {
    let seed = match number(SEED)? {
        Some(seed) => seed,
        // The only random numbers of the standard library.
        None => RandomState::new().build_hasher().finish(),
    };
    let config =
        Config { cases, failure_persistence: None, rng_seed: RngSeed::Fixed(seed), ..Config::default() };
    match TestRunner::new(config).run(&strategy, law) {
        Ok(()) => {
            println!("{name}: {cases} cases, {SEED}={seed}");
            Ok(())
        }
        Err(error) => {
            eprintln!("{name}: {SEED}={seed} repeats it: {error}");
            Err(Trouble(format!("{name}: a generated case breaks the law; {SEED}={seed} repeats it")))
        }
    }
}

fn number(variable: &str) -> Result<Option<u64>> {
    let Ok(text) = std::env::var(variable) else { return Ok(None) };
    text.parse().map(Some).map_err(|_| Trouble(format!("`{variable}` is `{text}`, which is not a number")))
}
