//! The target of a finding, whatever its kind.

use super::records::Records;
use super::{Intrusion, Live, Scene, declaration};
use contract::steps::verify::{self, Hold};
use contract::steps::{OnRecord, change, record, restore};
use contract::{Recorded, Target};
use serde_json::{Value, json};

/// A target, and what the steps do to it.
pub(super) struct TargetModel {
    samples: &'static Value,
    /// Whether the finding has a resource.
    is_resource: bool,
    standing: Standing,
    recorded: Option<(Recorded, Standing)>,
    touched: bool,
    /// Whether the change was made again after somebody had reverted it.
    remade: bool,
}

/// The state of a target. It can be dangerous in several ways, and each asks for a change of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Standing {
    Dangerous(usize),
    /// The change for that danger was made.
    Changed(usize),
    Harmless,
    Gone,
    /// Another target has the name. It is dangerous, too.
    Recreated,
}

impl TargetModel {
    pub(super) fn new(scene: &Scene) -> Self {
        let standing = match scene.live {
            Live::Dangerous => Standing::Dangerous(0),
            Live::Harmless => Standing::Harmless,
            Live::Gone => Standing::Gone,
        };
        let is_resource = matches!(scene.finding.target, Target::Resource { .. });
        Self { samples: scene.samples, is_resource, standing, recorded: None, touched: false, remade: false }
    }

    fn sample(&self, name: &str) -> Value {
        self.samples.get(name).cloned().unwrap_or_default()
    }

    /// The result of `look`. A look at a finding without a resource, or at a target that is gone, is for people.
    pub(super) fn look(&self, payload: &Value) -> Value {
        let for_people = || match self.sample("forPeople") {
            Value::Null => self.sample("looked"),
            sample => sample,
        };
        let mut looked = match self.standing {
            _ if !self.is_resource => for_people(),
            Standing::Gone => for_people(),
            Standing::Harmless | Standing::Changed(_) => self.sample("nothing"),
            Standing::Dangerous(_) | Standing::Recreated => self.sample("looked"),
        };
        if let (Some(change), Some(place)) = (self.change_needed(), looked.pointer_mut("/plan/change")) {
            *place = change;
        }
        if let (Some(target), Some(place)) = (payload.pointer("/finding/target"), looked.get_mut("target")) {
            *place = target.clone();
        }
        looked
    }

    /// The change that the present danger asks for, if the kind has changes.
    fn change_needed(&self) -> Option<Value> {
        let change = self.samples.pointer("/looked/plan/change").filter(|_| self.is_resource)?;
        match self.standing {
            Standing::Dangerous(way) => Some(variant(self.samples, change, way)),
            Standing::Recreated => Some(variant(self.samples, change, 99)),
            Standing::Changed(_) | Standing::Harmless | Standing::Gone => None,
        }
    }

    pub(super) fn record(&mut self, input: &record::Input<Value, Value>) -> Result<Recorded, record::Error> {
        let changed = || record::Error::TargetChanged { what: self.what(), how: self.how() };
        if let Some((recorded, _)) = &self.recorded {
            return if recorded.change == input.change { Ok(recorded.clone()) } else { Err(changed()) };
        }
        if self.change_needed().as_ref() != Some(&input.change) {
            return Err(changed());
        }
        let mut recorded = self.sample("recorded");
        if let Some(members) = recorded.as_object_mut() {
            members.insert("caseId".to_owned(), json!(input.case_id));
            members.insert("change".to_owned(), input.change.clone());
        }
        let recorded: Recorded = serde_json::from_value(recorded)
            .map_err(|error| record::Error::Fault(contract::Fault::internal("reading the sample", error)))?;
        self.recorded = Some((recorded.clone(), self.standing));
        Ok(recorded)
    }

    pub(super) fn change(
        &mut self,
        records: &mut Records,
        input: &OnRecord<Recorded>,
    ) -> Result<Value, change::Error> {
        let was = self.recorded_standing(records, &input.recorded, "changed");
        records.may_change(&input.recorded.change);
        match (was, self.standing) {
            (Some(Standing::Dangerous(way)), Standing::Dangerous(live) | Standing::Changed(live))
                if live == way =>
            {
                let is_made = self.standing == Standing::Dangerous(way);
                self.remade |= is_made && input.again;
                self.touched |= is_made;
                self.standing = Standing::Changed(way);
                Ok(self.sample("changed"))
            }
            _ => Err(change::Error::TargetChanged { what: self.what(), how: self.how() }),
        }
    }

    pub(super) fn verify(&self, input: &OnRecord<Recorded>) -> verify::Output {
        let recorded = self.recorded.as_ref().filter(|(recorded, _)| *recorded == input.recorded);
        let state = match (recorded.map(|(_, standing)| *standing), self.standing) {
            (_, Standing::Gone | Standing::Recreated) => Hold::Gone,
            (Some(Standing::Dangerous(way)), Standing::Changed(live)) if live == way => Hold::Holds,
            (Some(Standing::Dangerous(way)), Standing::Dangerous(live)) if live == way => Hold::PutBack,
            _ => Hold::Drifted,
        };
        verify::Output { state, detail: format!("It is {state:?}.") }
    }

    pub(super) fn restore(
        &mut self,
        records: &mut Records,
        input: &OnRecord<Recorded>,
    ) -> Result<Value, restore::Error> {
        let was = self.recorded_standing(records, &input.recorded, "restored");
        let restored = match (was, self.standing) {
            (Some(Standing::Dangerous(way)), Standing::Changed(live)) if live == way => {
                if input.asked_by.is_none() {
                    return Err(restore::Error::TookHold { what: self.what() });
                }
                if !records.asked_undo {
                    records.trespass("the change was taken back, and nobody had asked for that".to_owned());
                }
                true
            }
            (Some(Standing::Dangerous(way)), Standing::Dangerous(live)) if live == way => false,
            _ => return Err(restore::Error::Drifted { what: self.what(), how: self.how() }),
        };
        self.standing = was.unwrap_or(self.standing);
        let mut result = self.sample("restored");
        if let Some(place) = result.get_mut("restored") {
            *place = json!(restored);
        }
        Ok(result)
    }

    /// The recorded state. To act on any other record than the one that was made is a trespass.
    fn recorded_standing(&self, records: &mut Records, given: &Recorded, what: &str) -> Option<Standing> {
        let recorded = self.recorded.as_ref().filter(|(recorded, _)| recorded == given);
        if recorded.is_none() {
            records.trespass(format!("the target was {what} by another record than the one that was made"));
        }
        recorded.map(|(_, standing)| *standing)
    }

    fn what(&self) -> String {
        "the target".to_owned()
    }

    fn how(&self) -> String {
        format!("it is {:?}", self.standing)
    }

    /// Somebody else does something. Returns whether that undid a change that was made.
    pub(super) fn intrude(&mut self, intrusion: Intrusion) -> bool {
        self.standing = match (intrusion, self.standing) {
            (_, Standing::Gone)
            | (Intrusion::PutBack, Standing::Dangerous(_) | Standing::Harmless | Standing::Recreated) => {
                return false;
            }
            (Intrusion::PutBack, Standing::Changed(way)) => Standing::Dangerous(way),
            (Intrusion::Edit, Standing::Dangerous(way) | Standing::Changed(way)) => {
                Standing::Dangerous(way + 1)
            }
            (Intrusion::Edit, Standing::Harmless | Standing::Recreated) => Standing::Dangerous(7),
            (Intrusion::Disarm, _) => Standing::Harmless,
            (Intrusion::Recreate, _) => Standing::Recreated,
            (Intrusion::Delete, _) => Standing::Gone,
        };
        true
    }

    pub(super) fn is_there(&self) -> bool {
        self.standing != Standing::Gone
    }

    pub(super) fn is_changeable(&self) -> bool {
        self.is_resource && self.samples.pointer("/looked/plan/change").is_some()
    }

    pub(super) fn is_changed(&self) -> bool {
        match (&self.recorded, self.standing) {
            (Some((_, Standing::Dangerous(way))), Standing::Changed(live)) => live == *way,
            _ => false,
        }
    }

    pub(super) fn was_changed(&self) -> bool {
        self.touched
    }

    pub(super) fn was_remade(&self) -> bool {
        self.remade
    }
}

/// The sample change for way 0, and for every other way a change of the same type that differs in a text.
fn variant(samples: &Value, change: &Value, way: usize) -> Value {
    if way == 0 {
        return change.clone();
    }
    let candidates = texts(change).into_iter().rev().filter_map(|pointer| {
        let mut other = change.clone();
        let place = other.pointer_mut(&pointer)?;
        *place = json!(format!("{}-{way}", place.as_str().unwrap_or_default()));
        Some(other)
    });
    // A text can be the name of a variant, which has only certain values.
    let mut fitting = candidates.filter(|other| is_change(samples, other));
    fitting.next().unwrap_or_else(|| change.clone())
}

/// Whether a value is a change of the response's kind.
fn is_change(samples: &Value, change: &Value) -> bool {
    let kind = samples.pointer("/recorded/kind").and_then(Value::as_str).unwrap_or_default();
    let mut recorded = samples.get("recorded").cloned().unwrap_or_default();
    if let Some(place) = recorded.get_mut("change") {
        *place = change.clone();
    }
    declaration(&format!("{kind}-record")).is_some_and(|record| (record.gives)(recorded).is_ok())
}

/// The pointers of all texts in a value.
fn texts(value: &Value) -> Vec<String> {
    let below = |name: String, value: &Value| -> Vec<String> {
        texts(value).into_iter().map(|pointer| format!("/{name}{pointer}")).collect()
    };
    match value {
        Value::String(_) => vec![String::new()],
        Value::Array(items) => {
            items.iter().enumerate().flat_map(|(n, item)| below(n.to_string(), item)).collect()
        }
        Value::Object(members) => {
            members.iter().flat_map(|(name, value)| below(name.clone(), value)).collect()
        }
        Value::Null | Value::Bool(_) | Value::Number(_) => Vec::new(),
    }
}

#[test]
fn every_kind_has_changes_that_differ() -> tests::Result<()> {
    for response in tests::responses::responses()? {
        let Some(change) = response.samples.pointer("/looked/plan/change") else { continue };
        let (one, other) = (variant(&response.samples, change, 1), variant(&response.samples, change, 99));
        assert!(one != *change && other != *change && one != other, "{}", response.workflow.name);
        assert!(is_change(&response.samples, &one), "{}: {one}", response.workflow.name);
    }
    Ok(())
}
