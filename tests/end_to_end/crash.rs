//! `kill -9` of the engine, at any moment: nothing is lost, nothing is done twice.

use crate::event::about;
use crate::held::{Functions, LossyWay};
use crate::patience::{in_time, until};
use crate::processes::{LISTED, children, left};
use crate::run::Run;
use crate::world::{BY, Dead, ON_RECORD, REASON, World, folder};
use serde_json::Value;
use std::collections::BTreeSet;
use tests::{Result, Trouble};

/// `kill -9`, once the kernel has ended what the engine had started.
async fn kill(world: World) -> Result<Dead> {
    let pid = world.engine.pid().ok_or_else(|| Trouble("the engine has ended by itself".to_owned()))?;
    let instances = children(pid)?;
    let dead = world.kill().await?;
    until("no function outlives the engine", async || Ok(left(&instances)?.is_empty().then_some(()))).await?;
    Ok(dead)
}

/// The ids of a history: 1, 2, 3, ... and each event after one that was there before it.
fn assert_continuous(history: &[Value]) {
    for (n, event) in (1_u64..).zip(history) {
        let number = |name: &str| event.get(name).and_then(Value::as_u64);
        assert_eq!(number("id"), Some(n), "{event}");
        assert!(number("previousEventId").is_some_and(|previous| previous < n), "{event}");
    }
}

/// Each message came, and came again only where the state that sends it was tried again.
async fn assert_told(world: &World, run: &Run) -> Result<()> {
    let told = world.account().await?.told(&run.case()?);
    for (what, state) in [
        ("Found", "Tell people what was found"),
        ("Contained", "Tell people it is changed"),
        ("Undo on offer", "Offer the undo"),
        ("Restored", "Tell people it is put back"),
    ] {
        let (times, tries) =
            (told.iter().filter(|told| *told == what).count(), 1 + run.visit(state)?.errors.len());
        assert!((1..=tries).contains(&times), "`{what}` was told {times} times in {tries} tries: {told:?}");
    }
    let expected = BTreeSet::from(["Found", "Contained", "Undo on offer", "Restored"]);
    assert_eq!(told.iter().map(String::as_str).collect::<BTreeSet<_>>(), expected);
    Ok(())
}

#[tokio::test]
async fn an_undo_on_offer_outlives_the_engine() -> Result<()> {
    let event = about("patient-role")?;
    let world = World::start("crash-waiting", &event).await?;
    let before = world.account().await?;
    let run = world.respond(&event).await?;
    let question = run.asks("undo")?;
    let (history, calls) = (world.history(&run.arn).await?, world.aws.calls().await?);

    let world = kill(world).await?.start().await?;
    let world = kill(world).await?.start().await?;
    let waiting = world.follow(&run.arn).await?;
    assert_eq!(waiting.asks("undo")?, question);
    assert_eq!(world.history(&run.arn).await?, history);
    assert_eq!(world.aws.calls().await?, calls, "nothing was done again");

    let run = world.undo(&waiting).await?;
    assert_eq!((run.status.as_str(), run.end()), ("SUCCEEDED", "Restored"));
    assert_eq!(world.account().await?.roles(), before.roles());
    let whole = world.history(&run.arn).await?;
    assert_eq!(whole.get(..history.len()), Some(&history[..]), "what was, goes on");
    assert_continuous(&whole);
    assert_eq!(run.errors(), Vec::<&Value>::new());
    assert_eq!(
        world.account().await?.told(&run.case()?),
        ["Found", "Contained", "Undo on offer", "Restored"]
    );
    assert_eq!((world.count("PutRolePolicy").await?, world.count("DeleteRolePolicy").await?), (1, 1));
    Ok(())
}

#[tokio::test]
async fn a_function_that_had_not_acted_acts_once() -> Result<()> {
    let functions = Functions::new(folder("crash-early-tasks")?, "role-containment-change")?;
    let event = about("early-role")?;
    let tasks = functions.executable();
    let world = World::start_with("crash-early", &event, |options| options.tasks = Some(tasks)).await?;
    let before = world.account().await?;
    functions.stop_before()?;
    let arn = world.begin(&event).await?;
    until("the function is held", async || Ok(functions.has_stopped().then_some(()))).await?;
    let pid = world.engine.pid().ok_or_else(|| Trouble("the engine has ended by itself".to_owned()))?;
    let instances = children(pid)?.len();
    assert!(instances >= 6 || !LISTED, "the instances are children of the engine: {instances}");

    let dead = kill(world).await?;
    assert_eq!(dead.aws.account().await?["roles"], *before.roles(), "it had not acted");
    functions.release()?;
    let world = dead.start().await?;
    let run = world.follow(&arn).await?;
    run.asks("undo")?;
    let tries = &run.visit("Make the change")?.errors;
    assert_eq!(tries.len(), 1, "{tries:?}");
    assert_eq!(tries[0]["error"], "Lambda.SdkClientException", "nobody knew how the call ended");
    assert_eq!(world.count("PutRolePolicy").await?, 1);
    assert_eq!(world.account().await?.containments("early-role").len(), 1);
    let run = world.undo(&run).await?;
    assert_eq!(world.account().await?.roles(), before.roles());
    assert_told(&world, &run).await
}

#[tokio::test]
async fn a_function_that_had_acted_acts_as_if_once() -> Result<()> {
    let functions = Functions::new(folder("crash-late-tasks")?, "role-containment-change")?;
    let event = about("late-role")?;
    let tasks = functions.executable();
    let world = World::start_with("crash-late", &event, |options| options.tasks = Some(tasks)).await?;
    let before = world.account().await?;
    let way = LossyWay::open(world.aws.endpoint(), "Action=PutRolePolicy").await?;
    functions.speak_to(&way.endpoint)?;
    let arn = world.begin(&event).await?;
    in_time("the policy is put", way.lost()).await?;

    let dead = kill(world).await?;
    functions.release()?;
    let world = dead.start().await?;
    assert_eq!(world.account().await?.containments("late-role").len(), 1, "it had acted");
    let run = world.follow(&arn).await?;
    run.asks("undo")?;
    assert_eq!(run.visit("Make the change")?.errors.len(), 1);
    assert_eq!(world.count("PutRolePolicy").await?, 2, "the second try puts the same policy again");
    let (contained, case) = (world.account().await?, run.case()?);
    assert_eq!(contained.containments("late-role"), [format!("redress-contain-{case}")]);
    assert_eq!(contained.told(&case), ["Found", "Contained", "Undo on offer"]);
    let run = world.undo(&run).await?;
    assert_eq!(run.end(), "Restored");
    assert_eq!(world.account().await?.roles(), before.roles(), "and its undo takes it away whole");
    assert_told(&world, &run).await
}

#[tokio::test]
async fn an_answer_that_was_recorded_and_not_delivered_counts() -> Result<()> {
    let functions = Functions::new(folder("crash-answer-tasks")?, "answer-approval")?;
    let event = about("answered-role")?;
    let tasks = functions.executable();
    let world = World::start_with("crash-answer", &event, |options| options.tasks = Some(tasks)).await?;
    let before = world.account().await?;
    let run = world.respond(&event).await?;
    let (question, case) = (run.asks("undo")?, run.case()?);
    let way = LossyWay::open(world.aws.endpoint(), "DynamoDB_20120810.PutItem").await?;
    functions.speak_to(&way.endpoint)?;
    let undo = ["undo", &question, "--reason", REASON, "--by", BY];
    let asked = world.redress();
    let asked = asked.run(&undo);
    tokio::pin!(asked);
    tokio::select! {
        output = &mut asked => return Err(Trouble(format!("the answer was not held: {:?}", output?))),
        lost = in_time("the answer is recorded", way.lost()) => lost?,
    }
    let dead = kill(world).await?;
    assert_eq!(asked.await?.code, 3, "whoever asked is told that it could not be done");
    functions.release()?;
    let world = dead.start().await?;
    world.look(&run.arn).await?.asks("undo")?;
    let recorded = world.account().await?.record(&format!("question#{case}"), "undo").clone();
    assert_eq!(
        (&recorded["answer"]["by"], &recorded["delivered"]),
        (&ON_RECORD.into(), &false.into()),
        "{recorded}"
    );

    // Somebody else decides differently. The recorded decision counts, and is delivered now.
    let other =
        world.command(1, &["deny", &question, "--reason", "leave it", "--by", "eve@example.com"]).await?;
    assert!(other.stdout.starts_with(&format!("already decided: undo by {ON_RECORD}")), "{other:?}");
    let run = world.follow(&run.arn).await?;
    assert_eq!((run.status.as_str(), run.end()), ("SUCCEEDED", "Restored"));
    assert_eq!(world.account().await?.roles(), before.roles());
    assert_told(&world, &run).await
}

#[tokio::test]
async fn kills_on_the_way_do_not_change_where_it_ends() -> Result<()> {
    let (calm, stormy) = (about("calm-role")?, about("stormy-role")?);
    let mut world = World::start("crash-anywhere", &calm).await?;
    world.seed(&stormy).await?;
    let before = world.account().await?;
    let calm = world.respond(&calm).await?;
    let calm = world.undo(&calm).await?;
    let puts = world.count("PutRolePolicy").await?;

    let arn = world.begin(&stormy).await?;
    let mut points = Points::new(20_261_122);
    let mut kills = 0;
    let mut at = points.next();
    let run = loop {
        let rests = until("the run comes to the next point, or rests", async || {
            let (run, history) = (world.look(&arn).await?, world.history(&arn).await?);
            let rests = run.asks("undo").is_ok() || run.status != "RUNNING";
            Ok((rests || history.len() >= at).then_some(rests.then_some(run)))
        })
        .await?;
        match rests {
            // An answer that is taken is on disk, and the restore goes on through more kills.
            Some(run) if run.status == "RUNNING" => {
                world.command(0, &["undo", &run.asks("undo")?, "--reason", REASON, "--by", BY]).await?;
                at = world.history(&arn).await?.len() + 1;
            }
            Some(run) => break run,
            None => {
                world = kill(world).await?.start().await?;
                kills += 1;
                at = world.history(&arn).await?.len() + points.next();
            }
        }
    };
    assert!(kills >= 6, "{kills} kills are no storm");
    assert_eq!((run.status.as_str(), run.end()), ("SUCCEEDED", "Restored"));
    assert_eq!(world.account().await?.roles(), before.roles());
    let sorted = |run: &Run| {
        let mut states: Vec<String> = run.states().into_iter().map(str::to_owned).collect();
        states.sort();
        states
    };
    assert_eq!(sorted(&run), sorted(&calm), "each state was visited as often as without kills");
    assert_continuous(&world.history(&arn).await?);
    let tries = 1 + run.visit("Make the change")?.errors.len();
    assert!((1..=tries).contains(&(world.count("PutRolePolicy").await? - puts)));
    for trouble in run.errors() {
        assert_eq!(trouble["error"], "Lambda.SdkClientException", "{trouble}");
    }
    assert_told(&world, &run).await
}

/// How many events the engine gets between its start and the next kill: the same in every run of the test. Five at
/// least, which is a whole try and the step to the next state, so that no state loses two tries in a row.
struct Points(u64);

impl Points {
    fn new(seed: u64) -> Self {
        Self(seed)
    }

    fn next(&mut self) -> usize {
        // Source: Knuth, MMIX.
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        5 + usize::try_from((self.0 >> 33) % 5).unwrap_or_default()
    }
}
