//! Releases that wait for a person, and that a person gives up.

use app::{
    model::{ReleaseState, WorkState},
    text,
};

use super::{
    super::{GO_AHEAD, held_steps, release::RESTORE},
    World,
};
use crate::database::{
    DatabaseError,
    apps::{self, App},
    audit::Entry,
    operation_leases as leases,
    operation_work::{Effect, StepEnd},
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
    assert!(matches!(go_on(2).await, Err(DatabaseError::Stale)), "it does not wait any more");
    let operation = world.take("w").await;
    assert_eq!((operation.step.as_str(), operation.step_started_at), ("go_on", world.clock.now()));
    let operation = world.advance(&operation, StepEnd::Done(Effect::None)).await.expect("recorded").expect("goes on");
    assert_eq!(operation.step, "roll_out");
    let operation = world.advance(&operation, StepEnd::Done(Effect::Live)).await.expect("recorded").expect("goes on");
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
    for effect in [Effect::None, Effect::RollingOut, Effect::Live] {
        operation = world.advance(&operation, StepEnd::Done(effect)).await.expect("recorded").expect("goes on");
    }
    assert_eq!(operation.step, "collect");
    let why = text!("Too late.", "太迟了。");
    let entry = Entry::ok("app.abort", "app/web");
    let abort = apps::abort(&world.db, &world.ctx, &world.right(&app), 1, &why, |_| RESTORE, entry).await;
    assert!(matches!(abort, Err(DatabaseError::Stale)));
    assert_eq!(world.states(app.id).await, [ReleaseState::Live]);
}
