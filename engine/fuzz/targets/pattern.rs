//! See `engine::fuzzing::pattern`.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| engine::fuzzing::pattern(data).unwrap());
