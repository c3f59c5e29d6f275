//! See `engine::fuzzing::intrinsic`.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| engine::fuzzing::intrinsic(data).unwrap());
