/// `java.util.Random`: the same numbers for the same seed.
///
/// The linear congruential generator that its documentation prescribes.
#[derive(Debug, Clone)]
pub(crate) struct Random(u64);

const MULTIPLIER: u64 = 0x5_DEEC_E66D;
const MASK: u64 = (1 << 48) - 1;

impl Random {
    /// The generator of a seed.
    pub(crate) fn new(seed: i64) -> Self {
        Self((seed as u64 ^ MULTIPLIER) & MASK)
    }

    /// `bits` random bits, at most 32, as a signed number.
    fn next(&mut self, bits: u32) -> i32 {
        self.0 = self.0.wrapping_mul(MULTIPLIER).wrapping_add(0xB) & MASK;
        (self.0 >> (48 - bits)) as u32 as i32
    }

    /// From 0 to 1, without 1: `nextDouble`.
    pub(crate) fn next_double(&mut self) -> f64 {
        let high = (self.next(26) as u64) << 27;
        let low = self.next(27) as u64;
        (high + low) as f64 / (1_u64 << 53) as f64
    }

    /// From 0 to `bound`, without it: `nextInt(bound)`. A bound below 1 gives 0.
    pub(crate) fn next_int(&mut self, bound: i32) -> i32 {
        if bound < 1 {
            return 0;
        }
        if bound & (bound - 1) == 0 {
            return ((i64::from(bound) * i64::from(self.next(31))) >> 31) as i32;
        }
        loop {
            let bits = self.next(31);
            let value = bits % bound;
            if bits.wrapping_sub(value).wrapping_add(bound - 1) >= 0 {
                return value;
            }
        }
    }
}
