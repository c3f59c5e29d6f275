use serde::Serialize;
use serde::de::DeserializeOwned;
use std::fmt::Debug;

/// Data that crosses a state of a workflow.
pub trait Data: Serialize + DeserializeOwned + Debug + Clone + PartialEq + Send + Sync + 'static {}

impl<T: Serialize + DeserializeOwned + Debug + Clone + PartialEq + Send + Sync + 'static> Data for T {}

/// A kind of response: what it looks at. `response.json` of a workflow's folder names its kind.
pub trait Kind: 'static {
    /// The name, such as `role-containment`.
    const NAME: &'static str;
    /// How the kind finds its target again.
    type Target: Data;
}

/// A kind that can change its target and take the change back.
pub trait Changing: Kind {
    /// The change, with everything that is needed to make it.
    type Change: Data;
    /// The target before the change, with everything that an undo needs.
    type Was: Data;
}
