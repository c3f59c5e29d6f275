use super::LookingKind;
use crate::events::Event;
use contract::{Fault, IamPrincipal, Target, kinds};
use serde_json::Value;

/// What `open-case` needs of a kind, whichever it is.
pub(crate) struct Registered {
    pub(crate) name: &'static str,
    pub(crate) is_global: bool,
    /// Whether it can change its target.
    pub(crate) changes: bool,
    pub(crate) target: fn(&Event<'_>) -> Result<Target, Fault>,
    /// What a change of the target would be about.
    pub(crate) subject: fn(&Value) -> Result<String, Fault>,
    /// The principal that a target is about.
    pub(crate) principal: fn(&Value) -> Result<Option<IamPrincipal>, Fault>,
}

impl Registered {
    const fn of<K: LookingKind>(changes: bool) -> Self {
        Self {
            name: K::NAME,
            is_global: K::IS_GLOBAL,
            changes,
            target: |event| as_json(K::target(event)),
            subject: |target| K::subject(&read::<K>(target)?),
            principal: |target| Ok(K::principal(&read::<K>(target)?)),
        }
    }
}

fn read<K: LookingKind>(target: &Value) -> Result<K::Target, Fault> {
    serde_json::from_value(target.clone())
        .map_err(|error| Fault::internal("reading the target of the finding", error))
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

macro_rules! changing {
    ($($kind:ident)*) => { &[ $( Registered::of::<kinds::$kind>(true), )* ] };
}
macro_rules! looking {
    ($($kind:ident)*) => { &[ $( Registered::of::<kinds::$kind>(false), )* ] };
}

const CHANGING: &[Registered] = contract::for_each_changing_kind!(changing);
const LOOKING: &[Registered] = contract::for_each_looking_kind!(looking);

/// The kind of this name.
pub(crate) fn registered(name: &str) -> Option<&'static Registered> {
    CHANGING.iter().chain(LOOKING).find(|kind| kind.name == name)
}

/// The names of all kinds.
pub(crate) fn names() -> Vec<&'static str> {
    CHANGING.iter().chain(LOOKING).map(|kind| kind.name).collect()
}
