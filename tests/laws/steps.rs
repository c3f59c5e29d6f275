//! Responses as lists of calls: each task with what the definition would give it.

use crate::responder::Responder;
use serde_json::{Map, Value, json};
use tests::{Result, Trouble};

/// The execution that the calls pretend to be.
const EXECUTION: &str = "arn:aws:states:us-east-1:123456789012:execution:credential-exfiltration:laws";

/// What the tasks have given so far, by name.
pub(crate) struct Gathered(Map<String, Value>);

/// A call of a task.
pub(crate) struct Step {
    /// The task.
    pub(crate) task: &'static str,
    /// What it is called with.
    pub(crate) payload: fn(&Gathered) -> Value,
    /// What its result is, as a name for the steps after it.
    pub(crate) gives: &'static [(&'static str, &'static str)],
    /// Which fields of the result tell a second call from the first, and are meant to.
    pub(crate) tells: &'static [&'static str],
}

impl Gathered {
    /// What is known before the first call.
    pub(crate) fn new(event: &Value) -> Self {
        Self(Map::from_iter([("event".to_owned(), event.clone())]))
    }

    fn get(&self, name: &str) -> Value {
        self.0.get(name).cloned().unwrap_or_default()
    }

    /// Keeps what a step has given.
    pub(crate) fn keep(&mut self, step: &Step, output: &Value) -> Result<()> {
        for (name, pointer) in step.gives {
            let missing = || Trouble(format!("`{}` gives no `{pointer}`: {output}", step.task));
            let value = output.pointer(pointer).cloned().ok_or_else(missing)?;
            self.0.insert((*name).to_owned(), value);
        }
        Ok(())
    }
}

/// A response to an event, as a list of calls.
pub(crate) struct Response {
    /// The workflow whose event it is.
    pub(crate) workflow: &'static str,
    /// The event, without `.json`.
    pub(crate) event: &'static str,
    /// The calls.
    pub(crate) steps: &'static [Step],
}

/// Every task but `answer-approval`, which needs an execution that waits, and every kind of change.
pub(crate) const RESPONSES: &[Response] = &[
    LEAKED_ROLE,
    policy("security-hub-failed", HUB_FINDING),
    // With five versions one has to go.
    policy("set-default-policy-version", POLICY),
    policy("put-role-policy", POLICY),
    policy("attach-user-policy", POLICY),
    policy("update-assume-role-policy", POLICY),
];

/// The response to a leaked role that is contained, and taken back.
pub(crate) const LEAKED_ROLE: Response =
    Response { workflow: "credential-exfiltration", event: "outside", steps: CONTAINMENT };

const fn policy(event: &'static str, steps: &'static [Step]) -> Response {
    Response { workflow: "iam-policy-remediation", event, steps }
}

const OPEN: Step = Step {
    task: "open-case",
    payload: |g| json!({ "event": g.get("event"), "mode": "auto", "execution": EXECUTION, "started": "2026-01-01T12:00:06Z" }),
    gives: &[("caseId", "/caseId"), ("finding", "/finding")],
    tells: &["reason"],
};

const CHECK: Step = Step {
    task: "check-guardrails",
    payload: |g| json!({ "caseId": g.get("caseId"), "finding": g.get("finding"), "follows": "IfClear" }),
    gives: &[],
    tells: &[],
};

const CLOSE: Step = Step {
    task: "close-case",
    payload: |g| json!({ "caseId": g.get("caseId"), "finding": g.get("finding"), "execution": EXECUTION, "status": "Restored" }),
    gives: &[],
    tells: &[],
};

const PLAN: Step = Step {
    task: "plan-remediation",
    payload: |g| json!({ "caseId": g.get("caseId"), "finding": g.get("finding") }),
    gives: &[("plan", ""), ("change", "/change")],
    tells: &[],
};

const SNAPSHOT: Step = Step {
    task: "snapshot-policy",
    payload: |g| json!({ "caseId": g.get("caseId"), "finding": g.get("finding"), "change": g.get("change") }),
    gives: &[("before", "")],
    tells: &[],
};

const REMEDIATE: Step = Step {
    task: "remediate-policy",
    payload: |g| json!({ "caseId": g.get("caseId"), "before": g.get("before") }),
    gives: &[("remediated", "")],
    tells: &[],
};

const VERIFY: Step = Step {
    task: "verify-remediation",
    payload: |g| json!({ "caseId": g.get("caseId"), "before": g.get("before") }),
    gives: &[],
    tells: &[],
};

const RESTORE: Step = Step {
    task: "restore-policy",
    payload: |g| json!({ "caseId": g.get("caseId"), "before": g.get("before") }),
    gives: &[],
    tells: &["restored"],
};

/// A dangerous policy that is put right, and put back.
const POLICY: &[Step] = &[OPEN, PLAN, CHECK, SNAPSHOT, REMEDIATE, VERIFY, RESTORE, CLOSE];

/// The same, where Security Hub keeps the finding, and with everything that people are told and asked.
const HUB_FINDING: &[Step] = &[
    OPEN,
    PLAN,
    Step {
        task: "update-finding",
        payload: |g| json!({ "caseId": g.get("caseId"), "finding": g.get("finding"), "note": "A response is under way." }),
        gives: &[],
        tells: &[],
    },
    Step {
        task: "notify",
        payload: |g| json!({ "caseId": g.get("caseId"), "execution": EXECUTION, "message": { "kind": "Opened", "mode": "auto" }, "finding": g.get("finding"), "plan": g.get("plan") }),
        gives: &[],
        tells: &["repeated"],
    },
    CHECK,
    SNAPSHOT,
    REMEDIATE,
    VERIFY,
    Step {
        task: "set-workflow-status",
        payload: |g| json!({ "caseId": g.get("caseId"), "finding": g.get("finding"), "note": "Put right and verified." }),
        gives: &[],
        tells: &[],
    },
    Step {
        task: "request-approval",
        payload: |g| json!({ "caseId": g.get("caseId"), "execution": EXECUTION, "taskToken": "nobody waits for this", "question": { "kind": "Undo", "before": g.get("before") }, "seconds": 86400, "finding": g.get("finding") }),
        gives: &[],
        tells: &[],
    },
    RESTORE,
    CLOSE,
];

const CONTAINMENT: &[Step] = &[
    OPEN,
    Step {
        task: "enrich-finding",
        payload: |g| json!({ "caseId": g.get("caseId"), "finding": g.get("finding") }),
        gives: &[("context", "")],
        tells: &[],
    },
    Step {
        task: "update-finding",
        payload: |g| json!({ "caseId": g.get("caseId"), "finding": g.get("finding"), "context": g.get("context"), "note": "A response is under way." }),
        gives: &[],
        tells: &[],
    },
    Step {
        task: "notify",
        payload: |g| json!({ "caseId": g.get("caseId"), "execution": EXECUTION, "message": { "kind": "Opened", "mode": "auto" }, "finding": g.get("finding"), "context": g.get("context") }),
        gives: &[],
        tells: &["repeated"],
    },
    CHECK,
    Step {
        task: "snapshot-role",
        payload: |g| json!({ "caseId": g.get("caseId"), "finding": g.get("finding") }),
        gives: &[("before", "")],
        tells: &[],
    },
    Step {
        task: "contain-role",
        payload: |g| json!({ "caseId": g.get("caseId"), "before": g.get("before") }),
        gives: &[],
        tells: &[],
    },
    Step {
        task: "verify-containment",
        payload: |g| json!({ "caseId": g.get("caseId"), "before": g.get("before") }),
        gives: &[],
        tells: &[],
    },
    Step {
        task: "set-workflow-status",
        payload: |g| json!({ "caseId": g.get("caseId"), "finding": g.get("finding"), "note": "Contained and verified." }),
        gives: &[],
        tells: &[],
    },
    Step {
        task: "request-approval",
        payload: |g| json!({ "caseId": g.get("caseId"), "execution": EXECUTION, "taskToken": "nobody waits for this", "question": { "kind": "Undo", "before": g.get("before") }, "seconds": 86400, "finding": g.get("finding"), "context": g.get("context") }),
        gives: &[],
        tells: &[],
    },
    Step {
        task: "restore-role",
        payload: |g| json!({ "caseId": g.get("caseId"), "before": g.get("before") }),
        gives: &[],
        tells: &["removed"],
    },
    CLOSE,
];

/// A question that an execution really asks, and that nobody has answered yet. Gives the execution and the question's id.
pub(crate) async fn ask(responder: &Responder) -> Result<(String, String)> {
    let mut gathered = Gathered::new(&responder.event);
    for step in CONTAINMENT.iter().take(2) {
        let output = responder.succeed(step.task, &(step.payload)(&gathered)).await?;
        gathered.keep(step, &output)?;
    }
    let definition = json!({
        "QueryLanguage": "JSONata",
        "StartAt": "Ask",
        "States": { "Ask": {
            "Type": "Task",
            "Resource": "arn:aws:states:::lambda:invoke.waitForTaskToken",
            "Arguments": {
                "FunctionName": "arn:aws:lambda:us-east-1:123456789012:function:request-approval",
                "Payload": {
                    "caseId": gathered.get("caseId"),
                    "execution": "{% $states.context.Execution.Id %}",
                    "taskToken": "{% $states.context.Task.Token %}",
                    "question": { "kind": "Contain", "reasons": [] },
                    "seconds": 86400,
                    "finding": gathered.get("finding"),
                    "context": gathered.get("context"),
                },
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
    let question = format!("/cases/question#{}/contain/approvalId", case.as_str().unwrap_or_default());
    let id = responder.part(&question).await?;
    Ok((execution, id.as_str().unwrap_or_default().to_owned()))
}
