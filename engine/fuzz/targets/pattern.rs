#![no_main]
//! See `engine::fuzzing::pattern`.

libfuzzer_sys::fuzz_target!(|data: &[u8]| engine::fuzzing::pattern(data));
