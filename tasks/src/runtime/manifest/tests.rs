//! The manifest as a file, and what must hold of the permissions in it.

use super::*;
use crate::runtime::handlers;
use crate::runtime::permissions::{ACT_IN_MEMBERS, Effect, REACH_MEMBERS, UNTOUCHABLE};
use crate::testing::golden::golden;
use std::collections::{BTreeMap, BTreeSet};

fn manifest() -> Vec<Entry> {
    handlers::all().into_iter().map(|handler| handler.entry).collect()
}

/// The actions that a task may use, without those that read.
fn writes(entry: &Entry) -> BTreeSet<&'static str> {
    let reads = ["Get", "List", "Describe", "Generate", "Simulate"];
    let is_read = |action: &str| {
        action.split_once(':').is_some_and(|(_, call)| reads.iter().any(|prefix| call.starts_with(prefix)))
    };
    allowed(entry)
        .flat_map(|statement| statement.actions)
        .copied()
        .filter(|action| !is_read(action))
        .collect()
}

fn allowed(entry: &Entry) -> impl Iterator<Item = &'static Statement> {
    entry.iam.statements.iter().filter(|statement| statement.effect == Effect::Allow)
}

fn is_of_iam(action: &&str) -> bool {
    action.starts_with("iam:")
}

#[test]
fn the_manifest_is_what_the_code_declares() {
    let declared = serde_json::to_string_pretty(&manifest()).unwrap() + "\n";
    golden("manifest.json", &declared);
}

#[test]
fn every_task_is_listed_once() {
    let (mut names, mut placeholders) = (BTreeSet::new(), BTreeSet::new());
    for entry in manifest() {
        assert!(names.insert(entry.name.clone()), "{}", entry.name);
        assert!(placeholders.insert((entry.kind, entry.placeholder)), "{}", entry.name);
        assert_eq!(entry.kind.is_some(), entry.step.is_some(), "{}", entry.name);
    }
}

#[test]
fn every_text_for_people_is_a_sentence() {
    for entry in manifest() {
        let texts = entry.iam.statements.iter().map(|statement| statement.why);
        let texts = texts.chain(entry.settings.iter().map(|setting| setting.meaning)).chain([entry.summary]);
        for text in texts {
            let is_sentence = text.ends_with('.') && text.starts_with(char::is_uppercase);
            assert!(is_sentence, "{}: {text}", entry.name);
        }
    }
}

#[test]
fn no_statement_allows_every_action_of_a_service() {
    for entry in manifest() {
        for statement in entry.iam.statements {
            assert!(!statement.actions.is_empty() && !statement.resources.is_empty(), "{}", entry.name);
            assert!(
                statement.actions.iter().all(|action| !action.contains('*')),
                "{}: {statement:?}",
                entry.name
            );
        }
    }
}

/// Tasks that look change nothing but records of the case table, and so do the steps of every kind but two.
#[test]
fn only_change_and_restore_may_write_to_iam() {
    for entry in manifest() {
        let writes = writes(&entry);
        let acts = matches!(entry.step, Some("change" | "restore"));
        assert_eq!(matches!(entry.nature, Nature::Act | Nature::Undo), acts, "{}", entry.name);
        assert_eq!(writes.iter().any(is_of_iam), acts, "{}: {writes:?}", entry.name);
        if entry.nature == Nature::Look {
            let others: Vec<&&str> = writes
                .iter()
                .filter(|action| !action.starts_with("dynamodb:") && !REACH_MEMBERS.actions.contains(action))
                .collect();
            assert!(others.is_empty(), "{} may write: {others:?}", entry.name);
        }
    }
}

/// The permissions of `change` and `restore` overlap where AWS has one call for both, as it has for documents. They are the
/// same only where each call sets a value (`iam:UpdateAccessKey`), and neither step may both attach and detach.
#[test]
fn change_may_not_restore_and_restore_may_not_change() {
    let mut steps: BTreeMap<&str, BTreeMap<&str, BTreeSet<&str>>> = BTreeMap::new();
    for entry in manifest() {
        if let (Some(kind), Some(step @ ("change" | "restore"))) = (entry.kind, entry.step) {
            let writes = writes(&entry).into_iter().filter(is_of_iam).collect();
            steps.entry(kind).or_default().insert(step, writes);
        }
    }
    for (kind, steps) in steps {
        let (change, restore) = (&steps["change"], &steps["restore"]);
        let sets_values = change.iter().all(|action| action.contains(":Update"));
        assert!(
            change != restore || sets_values,
            "`change` and `restore` of {kind} may do the same: {change:?}"
        );
        for writes in [change, restore] {
            let both = writes.iter().find(|action| {
                action.contains(":Attach") && writes.contains(action.replace(":Attach", ":Detach").as_str())
            });
            assert_eq!(both, None, "{kind}");
        }
    }
}

/// The responder's own roles, and those of services and of Identity Center, are out of reach of every write.
#[test]
fn every_write_to_iam_is_denied_on_what_nobody_may_touch() {
    for entry in manifest() {
        for action in writes(&entry).into_iter().filter(is_of_iam) {
            // A resource that is not of the action's type never matches, so only those are named that can.
            let kind = ["User", "Group", "Role"].into_iter().find(|kind| action.contains(kind));
            let kind = kind.map_or("policy".to_owned(), str::to_lowercase);
            let kind = if action == "iam:UpdateAssumeRolePolicy" { "role".to_owned() } else { kind };
            let of_kind = UNTOUCHABLE.iter().filter(|resource| resource.contains(&format!(":{kind}/")));
            for resource in of_kind {
                let is_denied = entry.iam.statements.iter().any(|statement| {
                    statement.effect == Effect::Deny
                        && statement.conditions.is_empty()
                        && statement.actions.contains(&action)
                        && statement.resources.contains(resource)
                });
                assert!(is_denied, "{} may use {action} on {resource}", entry.name);
            }
        }
    }
}

/// A task that reaches member accounts has the permission and the settings for it, and no other has the permission.
#[test]
fn only_tasks_with_the_settings_of_members_reach_them() {
    for entry in manifest() {
        let assumes: Vec<_> =
            allowed(&entry).filter(|statement| statement.actions.contains(&"sts:AssumeRole")).collect();
        let has = |name: &str| entry.settings.iter().any(|setting| setting.name == name);
        assert_eq!(has("MEMBER_EXTERNAL_ID"), !assumes.is_empty(), "{}", entry.name);
        assert!(has("MEMBER_ACCOUNTS") || assumes.is_empty(), "{}", entry.name);
        let reach = if entry.nature.acts() { ACT_IN_MEMBERS } else { REACH_MEMBERS };
        let is_shared = assumes
            .iter()
            .all(|statement| (statement.actions, statement.resources) == (reach.actions, reach.resources));
        assert!(is_shared, "{}: {assumes:?}", entry.name);
    }
}

/// A task that uses the case table names it in its environment, and the keys that it may use in its statements.
#[test]
fn the_case_table_is_used_by_key_alone() {
    for entry in manifest() {
        let of_table: Vec<_> = allowed(&entry)
            .filter(|statement| statement.actions.iter().any(|action| action.starts_with("dynamodb:")))
            .collect();
        assert_eq!(entry.environment.contains(&"CASE_TABLE"), !of_table.is_empty(), "{}", entry.name);
        for statement in of_table {
            assert_eq!(statement.resources, ["${CaseTable}"], "{}", entry.name);
            let actions = ["dynamodb:GetItem", "dynamodb:PutItem"];
            assert!(statement.actions.iter().all(|action| actions.contains(action)), "{}", entry.name);
            let mut operators: Vec<&str> = statement
                .conditions
                .iter()
                .filter(|condition| condition.key == "dynamodb:LeadingKeys")
                .map(|condition| condition.operator)
                .collect();
            operators.sort_unstable();
            assert_eq!(operators, ["ForAllValues:StringLike", "Null"], "{}", entry.name);
        }
    }
}

/// Only the tasks of approvals may read a question, which has a task token in it.
#[test]
fn only_the_tasks_of_approvals_may_read_a_task_token() {
    for entry in manifest() {
        let keys = allowed(&entry)
            .flat_map(|statement| statement.conditions)
            .filter(|condition| condition.key == "dynamodb:LeadingKeys")
            .flat_map(|condition| condition.values);
        let reads_questions = keys.into_iter().any(|key| key.starts_with("question") || key.starts_with('*'));
        let asks = matches!(entry.name.as_str(), "request-approval" | "answer-approval");
        assert_eq!(reads_questions, asks, "{}", entry.name);
    }
}
