//! Parsed definitions. Those that were not used for the longest time are parsed again when they are needed.

use crate::asl::StateMachine;
use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

/// How many bytes of definitions are kept parsed: sixteen of the largest size that AWS allows.
const MOST_BYTES: usize = 16 * 1024 * 1024;

#[derive(Default)]
pub(super) struct Parsed {
    machines: HashMap<Arc<str>, (Arc<StateMachine>, u64)>,
    /// The definitions in the order of their last use.
    used: BTreeMap<u64, Arc<str>>,
    uses: u64,
    bytes: usize,
}

impl Parsed {
    pub(super) fn get(&mut self, definition: &str) -> Option<Arc<StateMachine>> {
        let (machine, used) = self.machines.get_mut(definition)?;
        let text = self.used.remove(used)?;
        self.uses += 1;
        *used = self.uses;
        self.used.insert(self.uses, text);
        Some(Arc::clone(machine))
    }

    pub(super) fn insert(&mut self, definition: &str, machine: &Arc<StateMachine>) {
        let text: Arc<str> = definition.into();
        self.uses += 1;
        self.used.insert(self.uses, Arc::clone(&text));
        self.bytes += text.len();
        self.machines.insert(text, (Arc::clone(machine), self.uses));
        while self.bytes > MOST_BYTES
            && let Some((_, oldest)) = self.used.pop_first()
        {
            self.bytes -= oldest.len();
            self.machines.remove(&oldest);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_definitions_that_were_used_last_are_kept() {
        // A definition of a mebibyte, of which sixteen are kept.
        let definition = |n: usize| format!("{n}{}", " ".repeat(1024 * 1024 - n.to_string().len()));
        let machine = r#"{ "StartAt": "End", "States": { "End": { "Type": "Succeed" } } }"#;
        let machine = Arc::new(StateMachine::parse(machine).0.unwrap());
        let mut parsed = Parsed::default();
        (0..16).for_each(|n| parsed.insert(&definition(n), &machine));
        assert!(parsed.get(&definition(0)).is_some());
        parsed.insert(&definition(16), &machine);
        assert!(parsed.get(&definition(0)).is_some());
        assert!(parsed.get(&definition(1)).is_none());
        assert_eq!((parsed.machines.len(), parsed.used.len()), (16, 16));
        // An execution that runs keeps its own reference to a machine that was dropped here.
        assert_eq!(Arc::strong_count(&machine), 17);
    }
}
