//! Numbers as patterns compare them.
//!
//! Source: EventBridge user guide, "Numeric matching": from -5.0e9 to 5.0e9, six digits after the point.

/// The most that a number may be, either way.
const MOST: f64 = 5.0e9;

/// What EventBridge says of a number that it cannot compare.
pub(super) const OUT_OF_RANGE: &str = "Value must be between -5.0E9 and 5.0E9, inclusive";

/// A number in millionths, if it can be compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Millionths(i64);

impl Millionths {
    pub(super) const LEAST: Self = Self(-5_000_000_000_000_000);
    pub(super) const MOST: Self = Self(5_000_000_000_000_000);

    pub(super) fn of(number: f64) -> Option<Self> {
        // The bound makes the product a whole number that both types can hold.
        (number.abs() <= MOST).then(|| Self((number * 1.0e6).round() as i64))
    }

    pub(super) fn read(text: &str) -> Option<Self> {
        text.parse().ok().and_then(Self::of)
    }
}
