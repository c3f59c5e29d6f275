#![no_main]
//! See `engine::fuzzing::expression`.

libfuzzer_sys::fuzz_target!(|data: &[u8]| engine::fuzzing::expression(data));
