#![no_main]
//! See `engine::fuzzing::request`.

libfuzzer_sys::fuzz_target!(|data: &[u8]| engine::fuzzing::request(data));
