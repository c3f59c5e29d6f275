//! The host, with this very program as the functions: each does what its payload says.

use super::*;
use crate::clock::Clock;
use crate::scratch::Scratch;
use crate::workflow::{Functions as Declared, Place};
use rustix::fs::{CWD, FileType, Mode, mknodat};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::io::{Read, Write};
use std::net::TcpStream;
use std::os::unix::fs::PermissionsExt;
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;

#[test]
fn a_function_is_found_by_any_of_its_names() {
    for function in [
        "contain-role",
        "contain-role:$LATEST",
        "123456789012:function:contain-role",
        "arn:aws:lambda:us-east-1:123456789012:function:contain-role",
        "arn:aws:lambda:us-east-1:123456789012:function:contain-role:3",
    ] {
        assert_eq!(arn::function_name(function), "contain-role", "{function}");
    }
}

#[test]
fn the_executable_of_a_function_is_one_of_all_before_one_of_its_own() {
    let folder = Scratch::new();
    let file = |name: &str| folder.path().join(name);
    // Nothing is there: the error of the start names the file that is missing.
    assert_eq!(host::binary(folder.path(), "f"), file("f"));
    assert_eq!(host::binary(&file("tasks"), "f"), file("tasks"));
    for name in ["f", "bootstrap", "tasks"] {
        std::fs::write(file(name), "").unwrap();
        assert_eq!(host::binary(folder.path(), "f"), file(name));
    }
    assert_eq!(host::binary(&file("bootstrap"), "f"), file("bootstrap"));
}

/// Functions on this machine: `f` and `g` may take long, `hasty` a second; `late` gets ready when it is told to.
struct World {
    functions: Functions,
    folder: Scratch,
}

impl World {
    async fn start() -> Self {
        let folder = Scratch::new();
        let program = std::env::current_exe().unwrap();
        let text = format!(
            "#!/bin/sh\nexec '{}' --exact lambda::tests::function --ignored --nocapture\n",
            program.display()
        );
        let told = folder.path().join("told");
        mknodat(CWD, &told, FileType::Fifo, Mode::RWXU, 0).unwrap();
        let late = text.replace("exec", &format!("read -r _ < '{}'\nexec", told.display()));
        let mut manifest = Vec::new();
        for (name, text, timeout) in [
            ("f", text.as_str(), 60),
            ("g", text.as_str(), 60),
            ("hasty", text.as_str(), 1),
            ("late", late.as_str(), 60),
            ("stillborn", "#!/bin/sh\nexit 3\n", 60),
        ] {
            let file = folder.path().join(name);
            std::fs::write(&file, text).unwrap();
            std::fs::set_permissions(&file, std::fs::Permissions::from_mode(0o755)).unwrap();
            manifest.push(
                json!({ "name": name, "placeholder": name, "timeoutSeconds": timeout, "environment": [] }),
            );
        }
        manifest.push(
            json!({ "name": "absent", "placeholder": "absent", "timeoutSeconds": 1, "environment": [] }),
        );
        let file = folder.path().join("manifest.json");
        std::fs::write(&file, json!(manifest).to_string()).unwrap();
        let pair = |name: &str, value: &str| (name.to_owned(), value.to_owned());
        let options = Options {
            tasks: folder.path().to_owned(),
            logs: folder.path().join("logs"),
            environment: BTreeMap::from([pair("CASE_TABLE", "cases"), pair("AWS_ACCESS_KEY_ID", "local")]),
            of_function: BTreeMap::from([(
                "f".to_owned(),
                BTreeMap::from([pair("AWS_ACCESS_KEY_ID", "of f")]),
            )]),
            place: Place::example(),
        };
        let host = Host::start(&Declared::read(&file).unwrap(), options, Clock).await.unwrap();
        Self { functions: Functions::hosted(host), folder }
    }

    async fn invoke(&self, function: &str, payload: Value) -> (Value, bool) {
        let answer = self.functions.invoke(function, payload.to_string().into()).await.unwrap();
        let text = String::from_utf8_lossy(&answer.payload).replace(&answer.request_id, "<id>");
        (serde_json::from_str(&text).unwrap(), answer.function_error)
    }

    /// The process of an instance that has nothing to do.
    async fn pid(&self, function: &str) -> Value {
        self.invoke(function, json!({ "do": "tell" })).await.0["pid"].take()
    }
}

#[tokio::test]
async fn an_instance_is_used_again() {
    let world = World::start().await;
    let (first, second) = (world.pid("f").await, world.pid("f").await);
    assert_eq!(first, second);
    assert_ne!(world.pid("g").await, first);
}

/// A function must not find the credentials of whoever started the engine, nor those of another function.
#[tokio::test]
async fn a_function_finds_what_it_was_given_and_nothing_else() {
    let world = World::start().await;
    let (told, _) = world.invoke("f", json!({ "do": "tell" })).await;
    let found = told["environment"].as_object().unwrap();
    let given = [
        ("AWS_ACCESS_KEY_ID", "of f"),
        ("AWS_EC2_METADATA_DISABLED", "true"),
        ("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "128"),
        ("AWS_LAMBDA_FUNCTION_NAME", "f"),
        ("AWS_LAMBDA_FUNCTION_VERSION", "$LATEST"),
        ("AWS_LAMBDA_LOG_GROUP_NAME", "/aws/lambda/f"),
        ("AWS_LAMBDA_LOG_STREAM_NAME", "local"),
        ("CASE_TABLE", "cases"),
        ("_HANDLER", "f"),
    ];
    for (name, value) in given {
        assert_eq!(found[name], value, "{name}");
    }
    // A shell adds these by itself.
    let of_the_shell = ["PWD", "OLDPWD", "SHLVL", "_", "AWS_LAMBDA_RUNTIME_API"];
    let more: Vec<&String> = found
        .keys()
        .filter(|name| given.iter().all(|(given, _)| given != name) && !of_the_shell.contains(&name.as_str()))
        .collect();
    assert!(more.is_empty(), "{more:?}");
    assert_eq!(
        world.invoke("g", json!({ "do": "tell" })).await.0["environment"]["AWS_ACCESS_KEY_ID"],
        "local"
    );
    assert_eq!(told["arn"], "arn:aws:lambda:us-east-1:123456789012:function:f");
    let left = told["deadline"].as_str().unwrap().parse::<i64>().unwrap() - Clock.now().as_millisecond();
    assert!((1..=60_000).contains(&left), "{left}");
}

/// An instance gets ready in its own time, not in the function's.
#[tokio::test]
async fn the_time_of_a_function_begins_when_it_is_ready() {
    let world = World::start().await;
    let told = world.folder.path().join("told");
    let tell = async {
        // A pipe is open when both ends are: the instance has been started, and waits.
        let mut pipe = tokio::fs::File::options().write(true).open(told).await.unwrap();
        let now = Clock.now();
        pipe.write_all(b".\n").await.unwrap();
        pipe.flush().await.unwrap();
        now
    };
    let ((answer, failed), ready) = tokio::join!(world.invoke("late", json!({ "do": "tell" })), tell);
    assert!(!failed, "{answer}");
    let deadline: i64 = answer["deadline"].as_str().unwrap().parse().unwrap();
    assert!(deadline >= ready.as_millisecond() + 60_000, "{deadline} {ready}");
}

#[tokio::test]
async fn the_error_of_a_function_is_its_answer() {
    let world = World::start().await;
    let (answer, failed) = world.invoke("f", json!({ "do": "fail" })).await;
    assert_eq!((answer, failed), (json!({ "errorType": "Refused", "errorMessage": "no" }), true));
    assert!(!world.invoke("f", json!({ "do": "tell" })).await.1);
}

/// Both are held until both have begun, which one instance could not do.
#[tokio::test]
async fn an_instance_has_one_request_at_a_time() {
    let world = World::start().await;
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let meet = json!({ "do": "meet", "at": listener.local_addr().unwrap().to_string() });
    let release = async {
        let (mut one, _) = listener.accept().await.unwrap();
        let (mut other, _) = listener.accept().await.unwrap();
        one.write_all(b".").await.unwrap();
        other.write_all(b".").await.unwrap();
    };
    let ((one, _), (other, _), ()) =
        tokio::join!(world.invoke("f", meet.clone()), world.invoke("f", meet.clone()), release);
    assert_ne!(one["pid"], other["pid"]);
}

#[tokio::test]
async fn an_instance_that_ends_in_the_middle_is_replaced() {
    let world = World::start().await;
    let before = world.pid("f").await;
    let (answer, failed) = world.invoke("f", json!({ "do": "exit", "code": 7 })).await;
    let said = "RequestId: <id> Error: Runtime exited with error: exit status 7";
    assert_eq!((answer, failed), (json!({ "errorType": "Runtime.ExitError", "errorMessage": said }), true));
    let (answer, _) = world.invoke("f", json!({ "do": "exit", "code": 0 })).await;
    let said = "RequestId: <id> Error: Runtime exited without providing a reason";
    assert_eq!(answer["errorMessage"], said);
    assert_ne!(world.pid("f").await, before);
}

/// What takes too long is killed: nothing that it holds stays open, and the next request goes to another.
#[tokio::test]
async fn an_instance_that_takes_too_long_is_killed() {
    let world = World::start().await;
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let hold = json!({ "do": "hold", "at": listener.local_addr().unwrap().to_string() });
    let (held, accepted) = tokio::join!(world.invoke("hasty", hold), listener.accept());
    let (answer, failed) = world.invoke("hasty", json!({ "do": "hang" })).await;
    let said = "RequestId: <id> Error: Task timed out after 1.00 seconds";
    assert_eq!((answer, failed), (json!({ "errorType": "Sandbox.Timedout", "errorMessage": said }), true));
    // A connection that is closed or reset: either way its other end is gone.
    let mut connection = accepted.unwrap().0;
    let closed = tokio::time::timeout(Duration::from_secs(20), connection.read(&mut [0])).await;
    assert!(closed.is_ok(), "the process that hangs was not killed");
    assert_ne!(world.pid("hasty").await, held.0["pid"]);
}

#[tokio::test]
async fn an_instance_that_does_not_get_ready_is_an_error() {
    let world = World::start().await;
    for _ in 0..2 {
        let (answer, failed) = world.invoke("stillborn", json!({})).await;
        let said = "RequestId: <id> Error: Runtime exited with error: exit status 3";
        assert_eq!(
            (answer, failed),
            (json!({ "errorType": "Runtime.ExitError", "errorMessage": said }), true)
        );
    }
    let error = world.functions.invoke("absent", Bytes::new()).await.unwrap_err().to_string();
    let file = world.folder.path().join("absent");
    assert!(
        error.starts_with("the function `absent` could not be started")
            && error.contains(file.to_str().unwrap())
    );
    let error = world.functions.invoke("nobody", Bytes::new()).await.unwrap_err().to_string();
    assert_eq!(error, "Function not found: nobody");
}

#[tokio::test]
async fn six_megabytes_go_in_and_out_and_not_more() {
    let world = World::start().await;
    let whole = Bytes::from(json!("x".repeat(MOST_BYTES - 2)).to_string());
    let answer = world.functions.invoke("f", whole.clone()).await.unwrap();
    assert!(answer.payload == whole && !answer.function_error);
    let error =
        world.functions.invoke("f", json!("x".repeat(MOST_BYTES)).to_string().into()).await.unwrap_err();
    assert!(matches!(error, InvokeError::TooLarge(_)), "{error}");
    let (answer, failed) = world.invoke("f", json!({ "do": "say much", "bytes": MOST_BYTES })).await;
    assert_eq!((answer["errorType"].as_str(), failed), (Some("Function.ResponseSizeTooLarge"), true));
    let (answer, failed) = world.invoke("f", json!({ "do": "fail much", "bytes": MOST_BYTES })).await;
    assert_eq!((answer["errorType"].as_str(), failed), (Some("Function.ResponseSizeTooLarge"), true));
    assert!(!world.invoke("f", json!({ "do": "tell" })).await.1);
}

#[tokio::test]
async fn what_a_function_prints_is_in_its_log() {
    let world = World::start().await;
    // It ends after it has printed, so the log is whole when the pipe is closed; until then it is read again.
    world.invoke("f", json!({ "do": "exit", "code": 1, "print": "a line of the log" })).await;
    let file = world.folder.path().join("logs/f.log");
    let look = async {
        while !std::fs::read_to_string(&file).unwrap_or_default().contains("a line of the log\n") {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(Duration::from_secs(20), look).await.expect("the log lacks the line");
}

#[test]
#[ignore = "not a test: the other tests start it as the process of a function"]
fn function() {
    let Ok(api) = std::env::var("AWS_LAMBDA_RUNTIME_API") else { return };
    let (address, secret) = api.strip_prefix("http://").unwrap().split_once('/').unwrap();
    let runtime = format!("/{secret}/2018-06-01/runtime/invocation");
    let mut held = Vec::new();
    loop {
        let (headers, body) = http(address, "GET", &format!("{runtime}/next"), "");
        let header = |name: &str| {
            headers
                .lines()
                .find_map(|line| Some(line.strip_prefix(name)?.strip_prefix(": ")?.to_owned()))
                .unwrap()
        };
        let payload: Value = serde_json::from_str(&body).unwrap();
        let tell = || {
            json!({
                "pid": std::process::id(),
                "environment": std::env::vars().collect::<BTreeMap<_, _>>(),
                "deadline": header("lambda-runtime-deadline-ms"),
                "arn": header("lambda-runtime-invoked-function-arn"),
            })
        };
        if let Some(text) = payload["print"].as_str() {
            println!("{text}");
        }
        let mut end = "response";
        let answer = match payload["do"].as_str() {
            Some("tell") => tell(),
            Some("fail") => {
                end = "error";
                json!({ "errorType": "Refused", "errorMessage": "no" })
            }
            Some("meet") => {
                TcpStream::connect(payload["at"].as_str().unwrap()).unwrap().read_exact(&mut [0]).unwrap();
                tell()
            }
            Some("hold") => {
                held.push(TcpStream::connect(payload["at"].as_str().unwrap()).unwrap());
                tell()
            }
            Some("say much") => json!("x".repeat(payload["bytes"].as_u64().unwrap() as usize)),
            Some("fail much") => {
                end = "error";
                json!({ "errorMessage": "x".repeat(payload["bytes"].as_u64().unwrap() as usize) })
            }
            Some("exit") => std::process::exit(payload["code"].as_i64().unwrap() as i32),
            Some("hang") => loop {
                std::thread::park();
            },
            _ => payload.clone(),
        };
        let request = header("lambda-runtime-aws-request-id");
        http(address, "POST", &format!("{runtime}/{request}/{end}"), &answer.to_string());
    }
}

/// One request of its own, for whoever has no HTTP client.
fn http(address: &str, method: &str, path: &str, body: &str) -> (String, String) {
    let mut stream = TcpStream::connect(address).unwrap();
    let length = body.len();
    let head = format!(
        "{method} {path} HTTP/1.1\r\nhost: {address}\r\nconnection: close\r\ncontent-length: {length}\r\n\r\n"
    );
    stream.write_all(head.as_bytes()).unwrap();
    // A server that refuses a body may not read all of it.
    let _ = stream.write_all(body.as_bytes());
    let mut answer = String::new();
    let _ = stream.read_to_string(&mut answer);
    let (headers, body) = answer.split_once("\r\n\r\n").unwrap_or((&answer, ""));
    (headers.to_owned(), body.to_owned())
}
