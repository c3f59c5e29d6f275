//! aws-sdk-sfn against an engine: what programs in Rust do, and the errors that they match on.

use crate::toy::Toy;
use aws_sdk_sfn::Client;
use aws_sdk_sfn::config::{BehaviorVersion, Credentials, Region, retry::RetryConfig};
use aws_sdk_sfn::error::SdkError;
use aws_sdk_sfn::types::{
    ExecutionStatus, HistoryEventType, InspectionLevel, MapRunStatus, MockInput,
    RoutingConfigurationListItem, StateMachineType, Tag, TestExecutionStatus,
    ValidateStateMachineDefinitionResultCode,
};

type Done = Result<(), Box<dyn std::error::Error>>;

const ROLE: &str = "arn:aws:iam::123456789012:role/toy";
const STATES: &str = "arn:aws:states:us-east-1:123456789012";

fn client(toy: &Toy) -> Client {
    let config = aws_sdk_sfn::Config::builder()
        .behavior_version(BehaviorVersion::latest())
        .region(Region::new("us-east-1"))
        .credentials_provider(Credentials::new("local", "local", None, None, "test"))
        .retry_config(RetryConfig::disabled())
        .endpoint_url(toy.endpoint());
    Client::from_conf(config.build())
}

/// The service's error, which is what the test is about.
fn refused<T, E: std::error::Error + Send + Sync + 'static, R>(answer: Result<T, SdkError<E, R>>) -> E {
    match answer {
        Err(SdkError::ServiceError(error)) => error.into_err(),
        Err(other) => panic!("this is no error of the service: {other}"),
        Ok(_) => panic!("it was accepted"),
    }
}

/// Calls of which the SDK puts `sync-` before the host: where the engine is, there is no such host.
macro_rules! here {
    ($call:expr) => {
        $call.customize().mutate_request(|request| {
            let here = request.uri().replacen("://sync-", "://", 1);
            request.set_uri(here).expect("a URI without its prefix is one");
        })
    };
}

fn pass(result: &str) -> String {
    format!(r#"{{"StartAt": "A", "States": {{"A": {{"Type": "Pass", "Result": {result}, "End": true}}}}}}"#)
}

fn task(activity: &str) -> String {
    format!(
        r#"{{"StartAt": "A", "States": {{"A": {{"Type": "Task", "Resource": "{activity}", "End": true}}}}}}"#
    )
}

/// Waits until an execution that ends by itself has ended.
async fn ended(client: &Client, arn: &str) -> Result<ExecutionStatus, Box<dyn std::error::Error>> {
    loop {
        let status = client.describe_execution().execution_arn(arn).send().await?.status;
        if status != ExecutionStatus::Running {
            return Ok(status);
        }
    }
}

#[tokio::test]
async fn executions_are_started_read_listed_and_stopped() -> Done {
    let toy = Toy::start("rust-executions", &[]).await?;
    let client = client(&toy);
    let create = client.create_state_machine().name("m").role_arn(ROLE);
    let made = create.clone().definition(pass("{\"a\": 1}")).send().await?;
    let machine = made.state_machine_arn;
    assert_eq!(machine, format!("{STATES}:stateMachine:m"));
    assert!(refused(create.clone().definition(pass("2")).send().await).is_state_machine_already_exists());
    assert!(refused(create.clone().definition("{").send().await).is_invalid_definition());
    assert!(refused(create.name("a b").definition(pass("1")).send().await).is_invalid_name());
    let start = client.start_execution().state_machine_arn(&machine);
    let run = start.clone().name("one").input("[1]").send().await?;
    assert_eq!(ended(&client, &run.execution_arn).await?, ExecutionStatus::Succeeded);
    let described = client.describe_execution().execution_arn(&run.execution_arn).send().await?;
    assert_eq!((described.output(), described.input()), (Some("{\"a\":1}"), Some("[1]")));
    assert_eq!(described.start_date, run.start_date);
    assert!(described.stop_date.is_some_and(|stop| stop >= described.start_date));
    assert!(refused(start.clone().name("one").input("2").send().await).is_execution_already_exists());
    assert!(refused(start.clone().name("a b").send().await).is_invalid_name());
    assert!(refused(start.clone().input("{").send().await).is_invalid_execution_input());
    let nowhere = client.start_execution().state_machine_arn(format!("{STATES}:stateMachine:nowhere"));
    assert!(refused(nowhere.send().await).is_state_machine_does_not_exist());
    let nobody = format!("{STATES}:execution:m:nobody");
    assert!(
        refused(client.describe_execution().execution_arn(&nobody).send().await)
            .is_execution_does_not_exist()
    );
    assert!(refused(client.describe_execution().execution_arn("nobody").send().await).is_invalid_arn());
    assert!(
        refused(client.stop_execution().execution_arn(&nobody).send().await).is_execution_does_not_exist()
    );

    let mut kinds = Vec::new();
    for reverse in [false, true] {
        let pages = client.get_execution_history().execution_arn(&run.execution_arn).reverse_order(reverse);
        let mut pages = pages.into_paginator().page_size(2).send();
        let mut events = Vec::new();
        while let Some(page) = pages.next().await {
            let page = page?;
            assert!(page.events.len() <= 2);
            events.extend(page.events.into_iter().map(|event| (event.id, event.r#type)));
        }
        kinds.push(events);
    }
    let [forwards, backwards] = kinds.as_slice() else { panic!("{kinds:?}") };
    assert_eq!(forwards.iter().rev().collect::<Vec<_>>(), backwards.iter().collect::<Vec<_>>());
    assert_eq!(forwards.first(), Some(&(1, HistoryEventType::ExecutionStarted)));
    assert_eq!(forwards.last(), Some(&(4, HistoryEventType::ExecutionSucceeded)));

    let waits = std::fs::read_to_string(Toy::files().join("waits.asl.json"))?;
    client.update_state_machine().state_machine_arn(&machine).definition(&waits).send().await?;
    let now = client.describe_state_machine().state_machine_arn(&machine).send().await?;
    assert_eq!((now.definition.as_str(), now.r#type), (waits.as_str(), StateMachineType::Standard));
    let run = start.clone().name("two").send().await?;
    let of_run =
        client.describe_state_machine_for_execution().execution_arn(&run.execution_arn).send().await?;
    assert_eq!(of_run.definition, waits);
    client
        .stop_execution()
        .execution_arn(&run.execution_arn)
        .error("Enough")
        .cause("It is a test.")
        .send()
        .await?;
    let stopped = client.describe_execution().execution_arn(&run.execution_arn).send().await?;
    assert_eq!((stopped.status, stopped.error.as_deref()), (ExecutionStatus::Aborted, Some("Enough")));
    let listed = client.list_executions().state_machine_arn(&machine).status_filter(ExecutionStatus::Aborted);
    let listed = listed.send().await?.executions;
    assert_eq!(listed.iter().map(|run| run.name.as_str()).collect::<Vec<_>>(), ["two"]);

    let checked = client.validate_state_machine_definition().definition(r#"{"StartAt": "A", "States": {}}"#);
    let checked = checked.send().await?;
    assert_eq!(checked.result, ValidateStateMachineDefinitionResultCode::Fail);
    assert!(!checked.diagnostics.is_empty());
    client.delete_state_machine().state_machine_arn(&machine).send().await?;
    let left = client.list_state_machines().send().await?.state_machines;
    assert_eq!(left.iter().map(|machine| machine.name.as_str()).collect::<Vec<_>>(), ["greet"]);
    let gone = client.describe_state_machine().state_machine_arn(&machine).send().await;
    assert!(refused(gone).is_state_machine_does_not_exist());
    Ok(())
}

#[tokio::test]
async fn workers_answer_once_and_executions_are_redriven() -> Done {
    let toy = Toy::start("rust-workers", &[]).await?;
    let client = client(&toy);
    let activity = client.create_activity().name("mend").send().await?.activity_arn;
    assert_eq!(client.describe_activity().activity_arn(&activity).send().await?.name, "mend");
    assert_eq!(client.list_activities().send().await?.activities.len(), 1);
    let machine = client.create_state_machine().name("m").role_arn(ROLE).definition(task(&activity));
    let machine = machine.send().await?.state_machine_arn;
    let run =
        client.start_execution().state_machine_arn(&machine).input("{\"n\":1}").send().await?.execution_arn;
    let take = client.get_activity_task().activity_arn(&activity).worker_name("w");
    let taken = take.clone().send().await?;
    let token = taken.task_token.ok_or("a worker was given nothing")?;
    assert_eq!(taken.input.as_deref(), Some("{\"n\":1}"));
    client.send_task_heartbeat().task_token(&token).send().await?;
    let unreadable = client.send_task_success().task_token(&token).output("{").send().await;
    assert!(refused(unreadable).is_invalid_output());
    client.send_task_failure().task_token(&token).error("Broken").cause("It broke.").send().await?;
    assert_eq!(ended(&client, &run).await?, ExecutionStatus::Failed);
    assert!(refused(client.send_task_heartbeat().task_token(&token).send().await).is_task_timed_out());
    let late = client.send_task_success().task_token(&token).output("1").send().await;
    assert!(refused(late).is_task_timed_out());
    let made_up = client.send_task_failure().task_token("made up").send().await;
    assert!(refused(made_up).is_invalid_token());
    client.redrive_execution().execution_arn(&run).send().await?;
    let token = take.clone().send().await?.task_token.ok_or("a worker was given nothing")?;
    client.send_task_success().task_token(&token).output("\"whole\"").send().await?;
    assert_eq!(ended(&client, &run).await?, ExecutionStatus::Succeeded);
    let described = client.describe_execution().execution_arn(&run).send().await?;
    assert_eq!((described.output(), described.redrive_count()), (Some("\"whole\""), Some(1)));
    let again = client.redrive_execution().execution_arn(&run).send().await;
    assert!(refused(again).is_execution_not_redrivable());
    client.delete_activity().activity_arn(&activity).send().await?;
    assert!(refused(take.send().await).is_activity_does_not_exist());
    Ok(())
}

#[tokio::test]
async fn versions_aliases_and_tags() -> Done {
    let toy = Toy::start("rust-versions", &[]).await?;
    let client = client(&toy);
    let tag = |key: &str| Tag::builder().key(key).value("v").build();
    let made = client.create_state_machine().name("m").role_arn(ROLE).definition(pass("1")).publish(true);
    let made = made.tags(tag("a")).send().await?;
    let (machine, first) =
        (made.state_machine_arn, made.state_machine_version_arn.ok_or("there is no version")?);
    client.update_state_machine().state_machine_arn(&machine).definition(pass("2")).send().await?;
    let second = client.publish_state_machine_version().state_machine_arn(&machine).send().await?;
    let second = second.state_machine_version_arn;
    let versions = client.list_state_machine_versions().state_machine_arn(&machine).send().await?;
    let versions: Vec<_> =
        versions.state_machine_versions.into_iter().map(|it| it.state_machine_version_arn).collect();
    assert_eq!(versions, [second.clone(), first.clone()]);
    let route =
        |to: &str| RoutingConfigurationListItem::builder().state_machine_version_arn(to).weight(100).build();
    let alias = client.create_state_machine_alias().name("live").routing_configuration(route(&first)?);
    let alias = alias.send().await?.state_machine_alias_arn;
    let update = client.update_state_machine_alias().state_machine_alias_arn(&alias);
    update.routing_configuration(route(&second)?).send().await?;
    let described = client.describe_state_machine_alias().state_machine_alias_arn(&alias).send().await?;
    assert_eq!(described.routing_configuration(), [route(&second)?]);
    let aliases = client.list_state_machine_aliases().state_machine_arn(&machine).send().await?;
    assert_eq!(aliases.state_machine_aliases.len(), 1);
    let run = client.start_execution().state_machine_arn(&alias).send().await?.execution_arn;
    ended(&client, &run).await?;
    let described = client.describe_execution().execution_arn(&run).send().await?;
    assert_eq!(
        (described.output(), described.state_machine_version_arn()),
        (Some("2"), Some(second.as_str()))
    );
    let in_use = client.delete_state_machine_version().state_machine_version_arn(&second).send().await;
    assert!(refused(in_use).is_conflict_exception());
    client.delete_state_machine_alias().state_machine_alias_arn(&alias).send().await?;
    client.delete_state_machine_version().state_machine_version_arn(&second).send().await?;
    let gone = client.describe_state_machine_alias().state_machine_alias_arn(&alias).send().await;
    assert!(refused(gone).is_resource_not_found());

    client.tag_resource().resource_arn(&machine).tags(tag("b")).send().await?;
    client.untag_resource().resource_arn(&machine).tag_keys("a").send().await?;
    let tags = client.list_tags_for_resource().resource_arn(&machine).send().await?.tags.unwrap_or_default();
    assert_eq!(tags, [tag("b")]);
    let nowhere = client.list_tags_for_resource().resource_arn(format!("{STATES}:stateMachine:nowhere"));
    assert!(refused(nowhere.send().await).is_resource_not_found());
    Ok(())
}

#[tokio::test]
async fn express_executions_single_states_and_map_runs() -> Done {
    let toy = Toy::start("rust-others", &[]).await?;
    let client = client(&toy);
    let hello = std::fs::read_to_string(Toy::files().join("hello.asl.json"))?;
    let fast = client.create_state_machine().name("fast").role_arn(ROLE).r#type(StateMachineType::Express);
    let fast = fast.definition(hello).send().await?.state_machine_arn;
    let greeted = client.start_sync_execution().state_machine_arn(&fast).input("{\"who\":\"Ada\"}");
    let greeted = here!(greeted).send().await?;
    assert_eq!((greeted.status.as_str(), greeted.output()), ("SUCCEEDED", Some("\"Hello, Ada!\"")));
    assert!(greeted.billing_details.is_some_and(|bill| bill.billed_memory_used_in_mb == 64));
    let failed = here!(client.start_sync_execution().state_machine_arn(&fast)).send().await?;
    assert_eq!((failed.status.as_str(), failed.error()), ("FAILED", Some("Nobody")));
    let unlisted = client.list_executions().state_machine_arn(&fast).send().await;
    assert!(refused(unlisted).is_state_machine_type_not_supported());

    let called = std::fs::read_to_string(Toy::files().join("called.json"))?;
    let trial = client.test_state().definition(called).input("{\"message\":\"hello\"}");
    let mock = MockInput::builder().result("{\"MessageId\":\"id\"}").build();
    let tried = trial.clone().mock(mock).inspection_level(InspectionLevel::Debug);
    let tried = here!(tried).send().await?;
    assert_eq!(
        (tried.status, tried.next_state.as_deref()),
        (Some(TestExecutionStatus::Succeeded), Some("After"))
    );
    let inspected = tried.inspection_data.and_then(|data| data.after_result_selector);
    assert_eq!(inspected.as_deref(), Some("{\"id\":\"id\"}"));
    let unreadable = here!(client.test_state().definition("{").input("{}")).send().await;
    assert!(refused(unreadable).is_invalid_definition());

    let each = r#"{"StartAt": "Each", "States": {"Each": {"Type": "Map", "End": true, "ItemProcessor": {
        "ProcessorConfig": {"Mode": "DISTRIBUTED", "ExecutionType": "STANDARD"}, "StartAt": "Odd", "States": {
        "Odd": {"Type": "Choice", "Choices": [{"Variable": "$", "NumericEquals": 1, "Next": "No"}], "Default": "Yes"},
        "No": {"Type": "Fail", "Error": "Odd"}, "Yes": {"Type": "Succeed"}}}}}}"#;
    let machine = client.create_state_machine().name("each").role_arn(ROLE).definition(each).send().await?;
    let run =
        client.start_execution().state_machine_arn(machine.state_machine_arn).input("[1, 2]").send().await?;
    assert_eq!(ended(&client, &run.execution_arn).await?, ExecutionStatus::Failed);
    let map_runs = client.list_map_runs().execution_arn(&run.execution_arn).send().await?.map_runs;
    let map_run = map_runs.first().map(|it| it.map_run_arn.clone()).ok_or("there is no map run")?;
    let described = client.describe_map_run().map_run_arn(&map_run).send().await?;
    let counts = described.execution_counts.ok_or("nothing was counted")?;
    assert_eq!(described.status, MapRunStatus::Failed);
    assert_eq!((counts.failed, counts.total), (1, 2));
    let over = client.update_map_run().map_run_arn(&map_run).max_concurrency(1).send().await;
    assert!(refused(over).is_validation_exception());
    let nowhere = format!("{STATES}:mapRun:each/Each:3f2504e0-4f89-41d3-9a0c-0305e82c3301");
    let nowhere = client.describe_map_run().map_run_arn(nowhere).send().await;
    assert!(refused(nowhere).is_resource_not_found());
    Ok(())
}
