#![no_main]
//! See `engine::fuzzing::definition`.

libfuzzer_sys::fuzz_target!(|data: &[u8]| engine::fuzzing::definition(data));
