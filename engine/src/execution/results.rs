//! The results of the branches or iterations of a state, as they come in.

use super::data::Data;

/// One place for each result. The missing ones are counted, so that nobody has to go through all places whenever a
/// result comes in.
#[derive(Clone)]
pub(super) struct Results {
    returned: Vec<Option<Data>>,
    missing: usize,
}

impl Results {
    /// Nothing is there yet.
    pub(super) fn of(count: usize) -> Self {
        Self { returned: vec![None; count], missing: count }
    }

    /// The one of this number has returned.
    pub(super) fn put(&mut self, n: usize, output: Data) {
        if let Some(place) = self.returned.get_mut(n)
            && place.replace(output).is_none()
        {
            self.missing -= 1;
        }
    }

    /// How many have not returned.
    pub(super) fn missing(&self) -> usize {
        self.missing
    }

    /// All of them in their order, once none is missing.
    pub(super) fn take(&mut self) -> Option<Vec<Data>> {
        (self.missing == 0).then(|| std::mem::take(&mut self.returned).into_iter().flatten().collect())
    }
}
