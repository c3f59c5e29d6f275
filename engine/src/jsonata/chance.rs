//! Randomness that can be repeated.

use sha2::{Digest, Sha256};

/// A stream of randomness for each event of an execution.
#[derive(Clone)]
pub(crate) struct Chance {
    seed: [u8; 32],
    event: u64,
    purpose: &'static str,
    drawn: u64,
}

impl Chance {
    /// The stream of one event and one purpose: no two purposes share a number.
    pub(crate) fn new(seed: [u8; 32], event: u64, purpose: &'static str) -> Self {
        Self { seed, event, purpose, drawn: 0 }
    }

    /// The next 32 bytes.
    pub(crate) fn bytes(&mut self) -> [u8; 32] {
        let mut hash = Sha256::new();
        hash.update(self.seed);
        hash.update(self.event.to_be_bytes());
        hash.update(self.purpose);
        hash.update(self.drawn.to_be_bytes());
        self.drawn += 1;
        hash.finalize().into()
    }

    /// A number from 0 to 1, without 1.
    pub(crate) fn fraction(&mut self) -> f64 {
        let mut eight = [0; 8];
        eight.iter_mut().zip(self.bytes()).for_each(|(to, from)| *to = from);
        (u64::from_be_bytes(eight) >> 11) as f64 / (1_u64 << 53) as f64
    }

    /// A UUID of version 4.
    pub(crate) fn uuid(&mut self) -> String {
        let mut sixteen = [0; 16];
        sixteen.iter_mut().zip(self.bytes()).for_each(|(to, from)| *to = from);
        uuid::Builder::from_random_bytes(sixteen).into_uuid().to_string()
    }
}

impl crate::intrinsics::Random for Chance {
    fn bytes(&mut self) -> [u8; 32] {
        Chance::bytes(self)
    }
}
