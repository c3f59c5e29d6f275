//! The response that the demonstration shows, as its folder describes it.

use ::tests::responses::{Response, response, response_to, responses};
use ::tests::{Result, Trouble, repository};
use serde_json::Value;
use std::path::{Path, PathBuf};

/// A response with its sample event, which can be shown.
#[derive(Clone, Copy)]
pub(crate) struct Shown {
    response: &'static Response,
}

impl Shown {
    /// The response of this name.
    pub(super) fn named(name: &str) -> Result<Self> {
        let response = response(name)?;
        response.sample_event()?;
        Ok(Self { response })
    }

    /// The response whose folder an event is in, or else the one whose rules match it, or else the first that can be shown.
    pub(super) fn of_event(file: Option<&Path>) -> Result<Self> {
        let all = responses()?;
        let in_folder = |name: &str| file.is_some_and(|file| file.iter().any(|part| part == name));
        if let Some(response) = all.iter().find(|response| in_folder(&response.workflow.name)) {
            return Ok(Self { response });
        }
        let event = file.and_then(|file| ::tests::responses::json(file).ok());
        if let Some(response) = event.map(|event| response_to(&event)).transpose()?.flatten() {
            return Ok(Self { response });
        }
        let first = all.iter().find(|response| response.sample_event().is_ok());
        let none =
            || Trouble("no response in `statemachines/` has a `samples.json` with an `event`".to_owned());
        first.map(|response| Self { response }).ok_or_else(none)
    }

    pub(super) fn name(self) -> &'static str {
        &self.response.workflow.name
    }

    /// The title, or the name if the response has none.
    pub(super) fn title(self) -> &'static str {
        self.response.workflow.title.as_deref().unwrap_or(&self.response.workflow.name)
    }

    /// The event that is sent unless another is given.
    pub(super) fn sample_event(self) -> Result<PathBuf> {
        self.response.sample_event()
    }

    /// Its other sample events, relative to the repository.
    pub(super) fn other_events(self) -> Result<Vec<String>> {
        let sample = self.sample_event()?;
        let mut events = self.response.events()?;
        events.retain(|file| *file != sample);
        let relative = |file: &PathBuf| file.strip_prefix(repository()).unwrap_or(file).display().to_string();
        Ok(events.iter().map(relative).collect())
    }

    /// The first state that changes the account: it calls the step `change`. A response that only tells has none.
    pub(super) fn changing_state(self) -> Result<Option<String>> {
        let Some(function) = self.response.step("change") else { return Ok(None) };
        let definition: Value = serde_json::from_str(&self.response.workflow.definition)?;
        let mut states = definition.get("States").and_then(Value::as_object).into_iter().flatten();
        let calls = |state: &Value| {
            let called = state.pointer("/Arguments/FunctionName").and_then(Value::as_str).unwrap_or_default();
            called.rsplit(':').next() == Some(function.as_str())
        };
        Ok(states.find(|(_, state)| calls(state)).map(|(name, _)| name.clone()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_response_can_be_shown() -> Result<()> {
        for response in responses()? {
            let shown = Shown::named(&response.workflow.name)?;
            assert!(shown.sample_event()?.is_file(), "{}", shown.name());
            let changes = response.step("change").is_some();
            assert_eq!(shown.changing_state()?.is_some(), changes, "{}", shown.name());
            for event in shown.other_events()? {
                let file = repository().join(&event);
                assert_eq!(Shown::of_event(Some(&file))?.name(), shown.name(), "{event}");
            }
        }
        Ok(())
    }

    #[test]
    fn without_an_event_the_first_response_is_shown() -> Result<()> {
        let first = responses()?.first().map(|response| response.workflow.name.as_str());
        assert_eq!(Some(Shown::of_event(None)?.name()), first);
        assert!(Shown::named("no-such-response").is_err());
        Ok(())
    }
}
