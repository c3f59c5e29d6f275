use super::*;

const AT: &str = "arn:aws-cn:states:cn-north-1:123456789012";

#[test]
fn an_execution_has_the_type_of_its_machine() {
    let machine: StateMachineArn = format!("{AT}:stateMachine:m").parse().unwrap();
    let standard = machine.execution(Kind::Standard, "n");
    let express = machine.execution(Kind::Express, "n:id");
    assert_eq!(standard.as_str(), format!("{AT}:execution:m:n"));
    assert_eq!(express.as_str(), format!("{AT}:express:m:n:id"));
    for arn in [standard, express] {
        assert_eq!(arn.parse::<ExecutionArn>().unwrap(), arn);
        assert_eq!((arn.region(), arn.account()), ("cn-north-1", "123456789012"));
    }
}

#[test]
fn a_map_run_has_a_machine_of_its_own() {
    let machine: StateMachineArn = format!("{AT}:stateMachine:m").parse().unwrap();
    let run = machine.map_run("label", "id");
    assert_eq!(run.as_str(), format!("{AT}:mapRun:m/label:id"));
    assert_eq!((run.label(), run.id(), run.machine().name()), (Some("label"), "id", "m/label"));
    let inner = run.machine().map_run("inner", "id2");
    assert_eq!(inner.as_str(), format!("{AT}:mapRun:m/label/inner:id2"));
    assert_eq!(inner.parse::<MapRunArn>().unwrap().label(), Some("label/inner"));
}

#[test]
fn a_version_is_a_number_that_is_written_in_one_way() {
    let read = |qualifier: &str| Qualified::read(&format!("{AT}:stateMachine:m{qualifier}")).unwrap();
    assert_eq!(read("").qualifier, Qualifier::None);
    assert_eq!(read(":12").qualifier, Qualifier::Version(12));
    for alias in ["prod", "01", "+1", "0", "1x", "99999999999999999999", ""] {
        let found = read(&format!(":{alias}"));
        assert_eq!((found.machine.name(), found.qualifier), ("m", Qualifier::Alias(alias.to_owned())));
    }
}

#[test]
fn what_is_of_another_type_is_not_read() {
    for text in [
        "",
        "arn",
        "m",
        "arn:aws:states",
        "arn:aws:states:r:a:stateMachine",
        "arn:aws:sqs:r:a:stateMachine:m",
    ] {
        assert!(text.parse::<StateMachineArn>().is_err(), "{text}");
        assert!(text.parse::<ExecutionArn>().is_err(), "{text}");
        assert!(Qualified::read(text).is_none(), "{text}");
    }
    assert!(format!("{AT}:stateMachine:m:1").parse::<StateMachineArn>().is_err());
    assert!(format!("{AT}:stateMachine:").parse::<StateMachineArn>().is_err());
    assert!(format!("{AT}:mapRun:").parse::<MapRunArn>().is_err());
    assert!(format!("{AT}:stateMachine:m").parse::<ExecutionArn>().is_err());
}

#[test]
fn a_resource_is_what_a_task_can_call() {
    let integration = |service, action, suffix| Task::Integration { service, action, suffix };
    let activity = format!("{AT}:activity:a");
    for (text, expected) in [
        ("arn:aws:states:::lambda:invoke", integration("lambda", "invoke", None)),
        ("arn:aws:states:::a:b.sync:2", integration("a", "b", Some("sync:2"))),
        ("arn:aws:states:::aws-sdk:s3:getObject", integration("aws-sdk:s3", "getObject", None)),
        ("arn:aws:states:::activity:a", integration("activity", "a", None)),
        ("arn:aws:states:::lambda", Task::Unknown),
        ("arn:aws:lambda:r:a:function:f:1", Task::Function),
        ("arn:aws:lambda:r:a:layer:f", Task::Unknown),
        ("arn", Task::Unknown),
        ("arn:", Task::Unknown),
        ("arnica:x", Task::NoArn),
        ("", Task::NoArn),
        (&activity, Task::Activity(activity.parse().unwrap())),
    ] {
        assert_eq!(Task::read(text), expected, "{text}");
    }
}

#[test]
fn a_log_group_ends_with_a_star() {
    let read = |text: &'static str| LogGroup::read(text).map(|group| group.name);
    assert_eq!(read("arn:aws:logs:r:a:log-group:/x/y:*"), Some("/x/y"));
    for text in [
        "arn:aws:logs:r:a:log-group:x",
        "arn:aws:logs:r:a:log-group::*",
        "arn:aws:logs:r:a:log-group:x:y:*",
        "x",
    ] {
        assert_eq!(read(text), None, "{text}");
    }
}
