#![no_main]
//! See `engine::fuzzing::path`.

libfuzzer_sys::fuzz_target!(|data: &[u8]| engine::fuzzing::path(data));
