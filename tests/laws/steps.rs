//! Responses as lists of calls: every task that the definition calls, in the order of the shapes, with the payloads that a
//! definition would give it.

use crate::responder::Responder;
use serde_json::{Map, Value, json};
use std::path::PathBuf;
use tests::responses::{Response, file_name, responses};
use tests::{Result, Trouble};

/// The execution that the calls belong to.
const EXECUTION: &str = "arn:aws:states:us-east-1:123456789012:execution:laws:laws";

/// A sample event, and the response to it.
#[derive(Clone)]
pub(crate) struct Sample {
    pub(crate) response: &'static Response,
    file: PathBuf,
}

/// The results of the tasks so far, by name.
pub(crate) struct Gathered(Map<String, Value>);

/// A call of a task.
pub(crate) struct Step {
    /// The common task, or the step of the response's kind.
    pub(crate) name: &'static str,
    /// Whether it is called, after what was found out so far.
    applies: fn(&Gathered) -> bool,
    payload: fn(&Gathered) -> Value,
    /// The names under which parts of the result are kept, with their JSON pointers.
    keeps: &'static [(&'static str, &'static str)],
    /// The members of the result that are meant to differ in a second call.
    pub(crate) differs: &'static [&'static str],
}

impl Sample {
    /// Every sample event that a rule takes.
    pub(crate) fn all() -> Result<Vec<Self>> {
        let mut samples = Vec::new();
        for response in responses()? {
            samples.extend(response.events()?.into_iter().map(|file| Self { response, file }));
        }
        Ok(samples)
    }

    /// The event.
    pub(crate) fn event(&self) -> Result<Value> {
        tests::responses::json(&self.file)
    }

    /// The response and the event, for messages.
    pub(crate) fn name(&self) -> String {
        format!("{}/{}", self.response.workflow.name, file_name(&self.file))
    }

    /// The first sample event that leads to a change.
    pub(crate) fn first() -> Result<Self> {
        let response = responses()?.iter().find(|response| response.step("change").is_some());
        let response = response.ok_or_else(|| Trouble("no response changes anything".to_owned()))?;
        Ok(Self { response, file: response.sample_event()? })
    }

    /// The steps that the response's definition calls.
    pub(crate) fn steps(&self) -> Vec<&'static Step> {
        STEPS.iter().filter(|step| self.calls(&self.function(step))).collect()
    }

    /// The function of a step.
    pub(crate) fn function(&self, step: &Step) -> String {
        self.response.step(step.name).unwrap_or_else(|| step.name.to_owned())
    }

    fn calls(&self, function: &str) -> bool {
        self.response.workflow.definition.contains(&format!(":function:{function}\""))
    }
}

impl Gathered {
    /// The values before the first call.
    pub(crate) fn new(sample: &Sample, event: &Value) -> Self {
        let kind = sample.response.workflow.kind.clone();
        Self(Map::from_iter([("event".to_owned(), event.clone()), ("kind".to_owned(), json!(kind))]))
    }

    fn get(&self, name: &str) -> Value {
        self.0.get(name).cloned().unwrap_or_default()
    }

    /// Whether the step is called next.
    pub(crate) fn calls(&self, step: &Step) -> bool {
        (step.applies)(self)
    }

    /// The payload of a step.
    pub(crate) fn payload(&self, step: &Step) -> Value {
        (step.payload)(self)
    }

    /// Keeps the result of a step.
    pub(crate) fn keep(&mut self, step: &Step, output: &Value) -> Result<()> {
        for (name, pointer) in step.keeps {
            let missing = || Trouble(format!("the result of `{}` has no `{pointer}`: {output}", step.name));
            let value = output.pointer(pointer).cloned().ok_or_else(missing)?;
            self.0.insert((*name).to_owned(), value);
        }
        // A look resolves a target that the event names by a unique id.
        if let (Some(target), Some(finding)) = (self.0.remove("target"), self.0.get_mut("finding"))
            && let Some(members) = finding.as_object_mut()
        {
            members.insert("target".to_owned(), target);
        }
        Ok(())
    }

    fn is_open(&self) -> bool {
        self.get("disposition") == "Opened"
    }

    /// Whether Security Hub has the finding.
    fn is_in_hub(&self) -> bool {
        let source = self.get("finding").get("source").cloned().unwrap_or_default();
        self.is_open() && (source == "GuardDuty" || source == "SecurityHub")
    }

    fn changes(&self) -> bool {
        self.is_open() && self.get("looked").pointer("/plan/outcome") == Some(&json!("Change"))
    }
}

/// A payload with the case and the finding.
fn about(g: &Gathered, more: Value) -> Value {
    let mut payload = json!({ "caseId": g.get("caseId"), "finding": g.get("finding") });
    if let (Some(members), Value::Object(more)) = (payload.as_object_mut(), more) {
        members.extend(more);
    }
    payload
}

fn on_record(g: &Gathered) -> Value {
    json!({ "caseId": g.get("caseId"), "recorded": g.get("recorded") })
}

fn asked_for(g: &Gathered) -> Value {
    json!({ "caseId": g.get("caseId"), "recorded": g.get("recorded"), "askedBy": "grace@example.com" })
}

/// A step that is called for every open case, and whose result is not needed.
const STEP: Step =
    Step { name: "", applies: Gathered::is_open, payload: |g| about(g, json!({})), keeps: &[], differs: &[] };

/// The tasks in the order of the shapes. `answer-approval` needs an execution that waits; see `ask`.
const STEPS: &[Step] = &[
    Step {
        name: "open-case",
        applies: |_| true,
        payload: |g| json!({ "event": g.get("event"), "kind": g.get("kind"), "mode": "auto", "execution": EXECUTION, "started": "2026-01-01T12:00:06Z" }),
        keeps: &[("disposition", "/disposition"), ("caseId", "/caseId"), ("finding", "/finding")],
        differs: &["reason"],
    },
    Step { name: "look", keeps: &[("looked", ""), ("target", "/target")], ..STEP },
    Step {
        name: "update-finding",
        applies: Gathered::is_in_hub,
        payload: |g| {
            let context = g.get("looked").get("context").cloned();
            about(g, json!({ "context": context, "note": "A response is under way." }))
        },
        ..STEP
    },
    Step {
        name: "notify",
        payload: |g| {
            let message = json!({ "kind": "Opened", "mode": "auto" });
            about(g, json!({ "execution": EXECUTION, "message": message, "looked": g.get("looked") }))
        },
        differs: &["repeated"],
        ..STEP
    },
    Step {
        name: "check-guardrails",
        applies: Gathered::changes,
        payload: |g| about(g, json!({ "follows": "IfClear" })),
        ..STEP
    },
    Step {
        name: "record",
        applies: Gathered::changes,
        payload: |g| about(g, json!({ "change": g.get("looked").pointer("/plan/change") })),
        keeps: &[("recorded", "")],
        ..STEP
    },
    Step { name: "change", applies: Gathered::changes, payload: on_record, ..STEP },
    Step { name: "verify", applies: Gathered::changes, payload: on_record, ..STEP },
    Step {
        name: "set-workflow-status",
        applies: |g| g.changes() && g.is_in_hub(),
        payload: |g| about(g, json!({ "note": "Changed and verified." })),
        ..STEP
    },
    Step {
        name: "request-approval",
        applies: Gathered::changes,
        payload: |g| {
            let question = json!({ "kind": "Undo", "recorded": g.get("recorded") });
            asked(g, &question, json!("nobody waits for this"))
        },
        ..STEP
    },
    Step { name: "restore", applies: Gathered::changes, payload: asked_for, differs: &["restored"], ..STEP },
    Step {
        name: "close-case",
        payload: |g| {
            let status = if g.changes() { "Restored" } else { "HandedOver" };
            about(g, json!({ "execution": EXECUTION, "status": status }))
        },
        ..STEP
    },
];

/// The payload of a question.
fn asked(g: &Gathered, question: &Value, token: Value) -> Value {
    about(
        g,
        json!({ "execution": EXECUTION, "taskToken": token, "question": question, "seconds": 86400, "looked": g.get("looked") }),
    )
}

/// An execution that asks a question which nobody has answered yet. Returns the execution, the case and the question's id.
pub(crate) async fn ask(responder: &Responder, sample: &Sample) -> Result<(String, String)> {
    let mut gathered = Gathered::new(sample, &responder.event);
    for step in sample.steps().into_iter().take(2) {
        let output = responder.succeed(&sample.function(step), &gathered.payload(step)).await?;
        gathered.keep(step, &output)?;
    }
    let question = json!({ "kind": "Change", "reasons": [] });
    let mut payload = asked(&gathered, &question, json!("{% $states.context.Task.Token %}"));
    if let Some(members) = payload.as_object_mut() {
        members.insert("execution".to_owned(), json!("{% $states.context.Execution.Id %}"));
    }
    let definition = json!({
        "QueryLanguage": "JSONata",
        "StartAt": "Ask",
        "States": { "Ask": {
            "Type": "Task",
            "Resource": "arn:aws:states:::lambda:invoke.waitForTaskToken",
            "Arguments": {
                "FunctionName": "arn:aws:lambda:us-east-1:123456789012:function:request-approval",
                "Payload": payload,
            },
            "TimeoutSeconds": 86400,
            "End": true,
        } },
    });
    let role = "arn:aws:iam::123456789012:role/any";
    let machine = json!({ "name": "ask", "definition": definition.to_string(), "roleArn": role });
    let machine = responder.states("CreateStateMachine", &machine).await?;
    let start = json!({ "stateMachineArn": machine.get("stateMachineArn"), "input": "{}" });
    let started = responder.states("StartExecution", &start).await?;
    let execution = started.get("executionArn").and_then(Value::as_str).unwrap_or_default().to_owned();
    responder.engine.redress().json(&["show", &execution, "--follow"]).await?;
    let case = gathered.get("caseId");
    let question = format!("/cases/question#{}/change/approvalId", case.as_str().unwrap_or_default());
    let id = responder.part(&question).await?;
    Ok((execution, id.as_str().unwrap_or_default().to_owned()))
}
