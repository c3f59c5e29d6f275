#![no_main]
//! See `engine::fuzzing::intrinsic`.

libfuzzer_sys::fuzz_target!(|data: &[u8]| engine::fuzzing::intrinsic(data));
