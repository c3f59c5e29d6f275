use super::LookingKind;
use crate::events::Event;
use contract::{Fault, Target, kinds};
use serde_json::Value;

/// What `open-case` needs of a kind, whichever it is.
pub(crate) struct Registered {
    pub(crate) name: &'static str,
    pub(crate) is_global: bool,
    pub(crate) changed_reopens: bool,
    pub(crate) target: fn(&Event<'_>) -> Result<Target, Fault>,
}

impl Registered {
    const fn of<K: LookingKind>() -> Self {
        Self {
            name: K::NAME,
            is_global: K::IS_GLOBAL,
            changed_reopens: K::CHANGED_REOPENS,
            target: |event| as_json(K::target(event)),
        }
    }
}

/// The same target with the kind's own part as JSON.
fn as_json<T: serde::Serialize>(target: Target<T>) -> Result<Target, Fault> {
    Ok(match target {
        Target::Resource { what, resource } => {
            let resource: Value = serde_json::to_value(resource)
                .map_err(|error| Fault::internal("writing the target as JSON", error))?;
            Target::Resource { what, resource }
        }
        Target::Other { what, why } => Target::Other { what, why },
    })
}

macro_rules! registered {
    ($($kind:ident)*) => { &[ $( Registered::of::<kinds::$kind>(), )* ] };
}

const CHANGING: &[Registered] = contract::for_each_changing_kind!(registered);
const LOOKING: &[Registered] = contract::for_each_looking_kind!(registered);

/// The kind of this name.
pub(crate) fn registered(name: &str) -> Option<&'static Registered> {
    CHANGING.iter().chain(LOOKING).find(|kind| kind.name == name)
}

/// The names of all kinds.
pub(crate) fn names() -> Vec<&'static str> {
    CHANGING.iter().chain(LOOKING).map(|kind| kind.name).collect()
}
