//! Releases that wait for a person, and that a person gives up.

use app::{
    model::{Permission, ReleaseState, WorkState},
    text,
};
use serde_json::{Value, json};

use super::{
    super::{GO_AHEAD, held_steps, release::RESTORE},
    World,
};
use crate::database::{
    DatabaseError,
    apps::{self, App},
    audit::Entry,
    operation_counts::{Queue, queue, state_of},
    operation_leases as leases,
    operation_work::{Effect, Outcome, StepEnd, put_back},
    releases,
};

impl World {
    /// An application whose second release waits after its first batch.
    async fn held(&self) -> App {
        let (app, _) = self.publish("web").await.expect("published");
        self.go_live().await;
        let mut publication = self.publication(app.id, 2);
        publication.operation.steps = held_steps();
        publication.operation.input.held = true;
        let entry = Entry::ok("app.upgrade", "app/web");
        apps::release(&self.db, &self.ctx, &self.right(&app), 1, None, publication, entry).await.expect("upgraded");
        let mut operation = self.take("w").await;
        for effect in [Effect::None, Effect::RollingOut] {
            operation = self.advance(&operation, StepEnd::Done(effect)).await.expect("recorded").expect("goes on");
        }
        assert_eq!(operation.step, "first_batch");
        assert_eq!(self.advance(&operation, StepEnd::Done(Effect::Held)).await.expect("recorded"), None);
        app
    }

    /// What the newest entry of the audit trail says of before and after.
    async fn last_change(&self) -> (Value, Value) {
        let granted = self.ctx.require(Permission::AuditRead).expect("the system may");
        let last = self.db.last_audit(&self.ctx, granted).await.expect("a read");
        let entry = self.db.find_audit(&self.ctx, granted, last).await.expect("a read").expect("an entry");
        let side = |json: Option<String>| serde_json::from_str(&json.unwrap_or_default()).unwrap_or_default();
        (side(entry.before), side(entry.after))
    }
}

#[tokio::test]
async fn a_release_that_waits_is_nobodys_work_until_a_person_goes_on() {
    let world = World::new().await;
    let app = world.held().await;
    let upgrade = world.app(app.id).await.operation.expect("under way");
    world.time.advance(1_000_000_000_000);
    assert!(world.lease("w").await.is_empty(), "nobody takes it up by itself");
    let go_on = async |release| {
        let entry = Entry::ok("app.continue", "app/web");
        apps::go_on(&world.db, &world.ctx, &world.right(&app), release, GO_AHEAD, entry).await
    };
    assert!(matches!(go_on(1).await, Err(DatabaseError::Stale)), "another release");
    assert_eq!(go_on(2).await.expect("it waited"), upgrade);
    let told = |step: &str| json!({ "release": 2, "state": "rolling_out", "step": step });
    assert_eq!(world.last_change().await, (told(GO_AHEAD), told("go_on")));
    assert!(matches!(go_on(2).await, Err(DatabaseError::Stale)), "it does not wait any more");
    let operation = world.take("w").await;
    assert_eq!((operation.step.as_str(), operation.step_started_at), ("go_on", world.clock.now()));
    let operation = world.advance(&operation, StepEnd::Done(Effect::None)).await.expect("recorded").expect("goes on");
    assert_eq!(operation.step, "roll_out");
    let operation = world
        .advance(&operation, StepEnd::Done(Effect::Live(Outcome::default())))
        .await
        .expect("recorded")
        .expect("goes on");
    assert_eq!(world.advance(&operation, StepEnd::Done(Effect::None)).await.expect("recorded"), None);
    assert_eq!(world.states(app.id).await, [ReleaseState::Superseded, ReleaseState::Live]);
    assert_eq!(world.detail(upgrade).await.row.state, WorkState::Succeeded);
}

#[tokio::test]
async fn a_release_that_is_aborted_is_undone_and_nobodys_failure() {
    for waits in [true, false] {
        let world = World::new().await;
        let (app, worker) = if waits {
            (world.held().await, None)
        } else {
            let (app, _) = world.publish("web").await.expect("published");
            world.go_live().await;
            world.upgrade(&app, 1).await.expect("upgraded");
            (app, Some(world.take("w").await))
        };
        let upgrade = world.app(app.id).await.operation.expect("under way");
        let why = text!("Aborted by keeper.", "由 keeper 中止。");
        let abort = async || {
            let entry = Entry::ok("app.abort", "app/web");
            apps::abort(&world.db, &world.ctx, &world.right(&app), 2, &why, |_| RESTORE, entry).await
        };
        assert_eq!(abort().await.expect("on its way"), upgrade);
        let (before, after) = world.last_change().await;
        assert!(before["state"] != "aborted" && before["step"] != RESTORE, "{before}");
        assert_eq!(after, json!({ "release": 2, "state": "aborted", "step": RESTORE }));
        assert!(matches!(abort().await, Err(DatabaseError::Stale)), "it is aborted already");
        if let Some(worker) = worker {
            assert!(matches!(world.advance(&worker, StepEnd::Done(Effect::None)).await, Err(DatabaseError::Stale)));
            assert!(!leases::is_held(&world.db, worker.id, worker.fence, world.clock.now()).await.expect("a read"));
        }
        assert_eq!(world.states(app.id).await, [ReleaseState::Live, ReleaseState::Aborted]);
        assert!(matches!(world.upgrade(&app, 2).await, Err(DatabaseError::Taken("operation"))), "it is being undone");
        let undo = world.take("next").await;
        assert_eq!((undo.step.as_str(), undo.problem.as_ref()), ("restore", Some(&why)));
        assert_eq!(world.advance(&undo, StepEnd::Undone { stands: Some(1) }).await.expect("recorded"), None);
        let detail = world.detail(upgrade).await;
        assert_eq!((detail.row.state, detail.row.problem.as_ref()), (WorkState::Cancelled, Some(&why)));
        assert!(detail.steps.iter().all(|s| s.ended_at.is_some()));
        let app = world.app(app.id).await;
        assert_eq!((app.operation, app.live_release, app.newest_release), (None, Some(1), 2));
        world.upgrade(&app, 2).await.expect("it is free");
    }
}

#[tokio::test]
async fn a_release_that_serves_is_not_aborted_any_more() {
    let world = World::new().await;
    let (app, _) = world.publish("web").await.expect("published");
    let mut operation = world.take("w").await;
    for effect in [Effect::None, Effect::RollingOut, Effect::Live(Outcome::default())] {
        operation = world.advance(&operation, StepEnd::Done(effect)).await.expect("recorded").expect("goes on");
    }
    assert_eq!(operation.step, "collect");
    let why = text!("Too late.", "太迟了。");
    let entry = Entry::ok("app.abort", "app/web");
    let abort = apps::abort(&world.db, &world.ctx, &world.right(&app), 1, &why, |_| RESTORE, entry).await;
    assert!(matches!(abort, Err(DatabaseError::Stale)));
    assert_eq!(world.states(app.id).await, [ReleaseState::Live]);
}

#[tokio::test]
async fn operations_are_counted_by_what_they_wait_for() {
    let world = World::new().await;
    let counted = async || queue(&world.db, world.clock.now()).await.expect("a read");
    let none = Queue { running: 0, waiting: 0, later: 0, held: 0 };
    assert_eq!(counted().await, none);
    world.held().await;
    let (_, id) = world.publish("api").await.expect("published");
    assert_eq!(counted().await, Queue { waiting: 1, held: 1, ..none });
    let operation = world.take("w").await;
    assert_eq!(counted().await, Queue { running: 1, held: 1, ..none });
    let why = text!("The cluster is away.", "集群未连接。");
    put_back(&world.db, &world.ctx, &operation, world.clock.now() + 1000, &why).await.expect("put back");
    assert_eq!(counted().await, Queue { later: 1, held: 1, ..none });
    assert_eq!(state_of(&world.db, id).await.expect("a read"), Some(WorkState::Running));
}

#[tokio::test]
async fn what_others_changed_while_a_release_came_is_said_by_it() {
    let world = World::new().await;
    let said = text!("As it is said.", "如上所述。");
    for changed in [false, true] {
        let (app, operation) = world.publish(if changed { "touched" } else { "untouched" }).await.expect("published");
        let mut step = world.take("w").await;
        let live = Effect::Live(Outcome { said: Some(said.clone()), changed });
        for effect in [Effect::None, Effect::RollingOut, live] {
            step = world.advance(&step, StepEnd::Done(effect)).await.expect("recorded").expect("goes on");
        }
        assert_eq!(world.advance(&step, StepEnd::Done(Effect::None)).await.expect("recorded"), None);
        let release = releases::find(&world.db, &world.ctx, app.id, 1).await.expect("a read").expect("a release");
        assert_eq!((release.row.state, release.row.problem), (ReleaseState::Live, changed.then(|| said.clone())));
        let notes: Vec<_> = world.detail(operation).await.steps.into_iter().map(|step| step.note).collect();
        assert_eq!(notes, [None, None, Some(said.clone()), None]);
    }
}
