//! Durable operations: work in steps that outlives the request that asked for it, the tab that watches it, and the
//! server that carries it out (docs/architecture.md, "Durable operations").
//!
//! An operation is rows in the database. A worker takes it by a lease, runs one step after the other, and records
//! each step's end together with the next one's beginning. Every step may be run again from its start: what it does
//! to a cluster carries a deterministic name and a precondition. A server that dies leaves a lease that expires, and
//! whoever is next goes on with the step that was not recorded.

mod counting;
mod crash;
mod fill;
pub mod foreign_hosts;
mod job;
mod owner;
mod pulls;
pub mod reasons;
pub mod rehearsal;
mod release;
mod removal;
mod rollout;
pub mod runs;
mod take_over;
mod tenant;
mod upkeep;
mod work;

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use app::{
    i18n::Text,
    model::{AppId, AppSpec, OperationId, OperationKind, TenantId, WorkloadKind},
    text,
};
use tokio::{
    sync::{Notify, broadcast},
    task::JoinSet,
};
use tokio_util::sync::CancellationToken;
use tracing::{error, info, warn};

use crate::{
    auth::{context::OpContext, crypto::Vault},
    clock::Clock,
    database::{
        Database, DatabaseError, operation_leases as leases,
        operation_work::{self as records, StepEnd},
        operations::Operation,
    },
    kubernetes::fleet::Fleet,
};
use work::{StepError, Work};

/// How often a step is tried again that a cluster refuses which has only just come back.
const MOST_REFUSALS: u32 = 4;
const AFTER_A_REFUSAL: Duration = Duration::from_secs(5);

/// How the engine works.
#[derive(Clone, Copy, Debug)]
pub struct Settings {
    /// How long a lease lasts without a heartbeat: after a crash nobody goes on with an operation sooner.
    pub lease: Duration,
    /// How often the database is looked at for operations that nobody works on.
    pub poll: Duration,
    /// How many operations are worked on at once; most of the time they wait for a cluster.
    pub workers: usize,
}

impl Default for Settings {
    fn default() -> Self {
        Self { lease: Duration::from_secs(6), poll: Duration::from_secs(1), workers: 200 }
    }
}

/// Something about an operation has changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Notice {
    /// The operation.
    pub operation: OperationId,
    /// Whose it is.
    pub tenant: TenantId,
    /// The application that it is about.
    pub app: Option<AppId>,
}

impl Notice {
    fn of(operation: &Operation) -> Self {
        Self { operation: operation.id, tenant: operation.tenant, app: operation.app }
    }
}

/// Carries out durable operations.
#[derive(Debug)]
pub struct Engine {
    db: Database,
    vault: Vault,
    clock: Clock,
    fleet: Arc<Fleet>,
    settings: Settings,
    /// Distinct for every start, so that a restarted server does not take its predecessor's leases for its own.
    owner: String,
    wake: Notify,
    due: Notify,
    notices: broadcast::Sender<Notice>,
    running: Mutex<HashMap<OperationId, Running>>,
}

/// What is worked on here: under which number, and for which application.
#[derive(Clone, Copy, Debug)]
struct Running {
    fence: i64,
    app: Option<AppId>,
}

/// An operation's place among those that are worked on; given back however the work ends, so that nobody goes on
/// renewing the lease of what nobody works on.
struct Place {
    engine: Arc<Engine>,
    id: OperationId,
    fence: i64,
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut running = self.engine.running();
        // The same operation may have been taken up again meanwhile, under a later number.
        if running.get(&self.id).is_some_and(|r| r.fence == self.fence) {
            running.remove(&self.id);
        }
    }
}

impl Engine {
    /// An engine that does nothing until [`Engine::run`].
    pub fn new(db: Database, vault: Vault, clock: Clock, fleet: Arc<Fleet>, settings: Settings) -> Self {
        let owner = owner::of_this_process(clock.uuid().to_string());
        let (notices, _) = broadcast::channel(1024);
        let (wake, due) = (Notify::new(), Notify::new());
        Self { db, vault, clock, fleet, settings, owner, wake, due, notices, running: Mutex::default() }
    }

    /// Tells of operations as they change. A receiver that falls behind misses some and must read anew.
    pub fn notices(&self) -> broadcast::Receiver<Notice> {
        self.notices.subscribe()
    }

    /// Tells that an operation was just kept, so that it is begun without waiting for the next look.
    pub fn begin(&self, operation: OperationId, tenant: TenantId, app: Option<AppId>) {
        self.announce(Notice { operation, tenant, app });
        self.wake.notify_one();
    }

    /// Works until `stop`; then lets the leases go, so that another goes on at once. Steps that run are dropped in
    /// their middle, as a crash would: they are run again from their start.
    pub async fn run(self: Arc<Self>, stop: CancellationToken) {
        self.inherit().await;
        let mut tasks = JoinSet::new();
        // Beside each other: a look that waits for the database must not let leases run out.
        tokio::join!(self.keep_leases(&stop), self.look(&mut tasks, &stop), self.hand_out(&stop));
        while tasks.join_next().await.is_some() {}
        if let Err(e) = leases::release_all(&self.db, &self.owner).await {
            warn!(error = &e as &dyn std::error::Error, "the leases could not be let go; they expire by themselves");
        }
    }

    async fn keep_leases(&self, stop: &CancellationToken) {
        let mut beat = tokio::time::interval(self.settings.lease / 3);
        loop {
            tokio::select! {
                () = stop.cancelled() => return,
                _ = beat.tick() => self.heartbeat().await,
            }
        }
    }

    async fn look(self: &Arc<Self>, tasks: &mut JoinSet<()>, stop: &CancellationToken) {
        let mut poll = tokio::time::interval(self.settings.poll);
        loop {
            tokio::select! {
                () = stop.cancelled() => return,
                _ = poll.tick() => self.take_up(tasks, stop).await,
                () = self.wake.notified() => self.take_up(tasks, stop).await,
            }
        }
    }

    fn running(&self) -> MutexGuard<'_, HashMap<OperationId, Running>> {
        // What it guards is whole after every statement.
        self.running.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Lets the leases of this machine's dead processes go: a server that crashed and was started again goes on at
    /// once.
    async fn inherit(&self) {
        let let_go = async {
            for dead in leases::owners(&self.db).await?.into_iter().filter(|o| owner::is_dead(o)) {
                info!(owner = dead, "letting go of a dead process's leases");
                leases::release_all(&self.db, &dead).await?;
            }
            Ok::<_, DatabaseError>(())
        };
        if let Err(e) = let_go.await {
            warn!(error = &e as &dyn std::error::Error, "leases of dead processes are left until they expire");
        }
    }

    fn lease_end(&self) -> i64 {
        self.clock.now().saturating_add(i64::try_from(self.settings.lease.as_millis()).unwrap_or(i64::MAX))
    }

    async fn heartbeat(&self) {
        let held: Vec<OperationId> = self.running().keys().copied().collect();
        if held.is_empty() {
            return;
        }
        if let Err(e) = leases::renew(&self.db, &self.owner, &held, self.lease_end()).await {
            error!(error = &e as &dyn std::error::Error, "the leases of operations could not be extended");
        }
    }

    async fn take_up(self: &Arc<Self>, tasks: &mut JoinSet<()>, stop: &CancellationToken) {
        // What has ended is let go of.
        while tasks.try_join_next().is_some() {}
        let ctx = OpContext::system(self.clock.clone());
        // What works on an application may still be in the middle of a request to its cluster when it is told to make
        // way: the next one begins when that has ended.
        let (room, busy) = {
            let running = self.running();
            let room = self.settings.workers.saturating_sub(running.len());
            (room, running.values().filter_map(|r| r.app).collect::<Vec<_>>())
        };
        if room == 0 {
            return;
        }
        let leased = match leases::lease(&self.db, &ctx, &self.owner, self.lease_end(), room as u64, &busy).await {
            Ok(leased) => leased,
            Err(e) => {
                error!(error = &e as &dyn std::error::Error, "operations could not be taken up");
                return;
            }
        };
        for operation in leased {
            let (id, fence) = (operation.id, operation.fence);
            self.running().insert(id, Running { fence, app: operation.app });
            let place = Place { engine: Arc::clone(self), id, fence };
            let stop = stop.clone();
            tasks.spawn(async move {
                tokio::select! {
                    () = stop.cancelled() => {}
                    () = place.engine.carry_out(operation) => {}
                }
                let engine = Arc::clone(&place.engine);
                drop(place);
                // Something may have waited for this one to end.
                engine.wake.notify_one();
            });
        }
    }

    /// Runs the steps of an operation until it ends, must wait for a while, or the lease is lost.
    async fn carry_out(&self, mut operation: Operation) {
        let mut refusals = 0;
        loop {
            let work = Work::new(self, &operation);
            info!(operation = %operation.id, kind = ?operation.kind, step = operation.step, attempt = operation.attempt,
                "step begins");
            let ended = match operation.kind {
                OperationKind::Publish
                | OperationKind::RollBack
                | OperationKind::Scale
                | OperationKind::Restart
                | OperationKind::Import => release::step(&work).await,
                OperationKind::DeleteApp => removal::app_step(&work).await,
                OperationKind::DeleteNamespace => removal::namespace_step(&work).await,
                OperationKind::DeleteTenant => tenant::step(&work).await,
            };
            let end = match ended {
                Ok(end) => end,
                Err(StepError::Lost) => {
                    info!(operation = %operation.id, step = operation.step, "another has taken the operation over");
                    return;
                }
                Err(StepError::Later(why) | StepError::Away(why)) => {
                    self.put_back(&work, &why).await;
                    return;
                }
                Err(StepError::Refused(why)) if refusals < MOST_REFUSALS && !work.is_settled() => {
                    refusals += 1;
                    if matches!(work.say(&mut None, Some(why)).await, Err(StepError::Lost)) {
                        return;
                    }
                    tokio::time::sleep(AFTER_A_REFUSAL).await;
                    continue;
                }
                Err(StepError::Refused(problem) | StepError::Failed(problem)) => work.failed(problem),
            };
            crash::point(operation.kind, &operation.step, crash::Moment::Done);
            if let StepEnd::Failed { problem, .. } = &end {
                warn!(operation = %operation.id, step = operation.step, problem = problem.en, "step failed");
            }
            let next = match records::advance(&self.db, work.ctx(), &operation, end).await {
                Ok(next) => next,
                Err(DatabaseError::Stale) => return,
                Err(e) => {
                    error!(operation = %operation.id, error = &e as &dyn std::error::Error,
                        "a step's end could not be recorded; the step is run again");
                    return;
                }
            };
            crash::point(operation.kind, &operation.step, crash::Moment::Recorded);
            self.announce(Notice::of(&operation));
            match next {
                Some(next) => operation = next,
                None => {
                    self.count(&operation).await;
                    return;
                }
            }
        }
    }

    async fn put_back(&self, work: &Work<'_>, why: &Text) {
        let operation = work.operation();
        let seconds = 1_i64 << operation.attempt.min(5);
        let at = self.clock.now() + seconds.min(30) * 1000;
        warn!(operation = %operation.id, step = operation.step, why = why.en, seconds, "step is tried again");
        match records::put_back(&self.db, work.ctx(), operation, at, why).await {
            Ok(()) => self.announce(Notice::of(operation)),
            Err(DatabaseError::Stale) => {}
            Err(e) => error!(operation = %operation.id, error = &e as &dyn std::error::Error,
                "an operation could not be put back; its lease expires by itself"),
        }
    }

    fn announce(&self, notice: Notice) {
        // Nobody may be listening.
        let _ = self.notices.send(notice);
    }
}

/// The names of the steps of a release that stops after its first batch until a person says how it goes on.
pub fn held_steps() -> Vec<&'static str> {
    release::HELD_STEPS.to_vec()
}

/// The step in which such a release waits.
pub const GO_AHEAD: &str = release::GO_AHEAD;

/// The step that leaves a release that was given up: it goes back to the one that served; where none did, and of a job, its
/// pods go.
pub fn leaving_step(spec: &AppSpec, served: bool) -> &'static str {
    if served && spec.kind != WorkloadKind::Job { release::RESTORE } else { release::STOP }
}

/// The names of an operation's steps, in order.
pub fn steps_of(kind: OperationKind) -> Vec<&'static str> {
    match kind {
        OperationKind::Publish | OperationKind::RollBack | OperationKind::Scale | OperationKind::Restart => {
            release::STEPS.to_vec()
        }
        OperationKind::Import => release::IMPORT_STEPS.to_vec(),
        OperationKind::DeleteApp | OperationKind::DeleteNamespace => removal::STEPS.to_vec(),
        OperationKind::DeleteTenant => tenant::STEPS.to_vec(),
    }
}

/// What a step does, for people.
pub fn step_title(name: &str) -> Text {
    match name {
        release::CONFIGURE => text!("Put configuration and secrets in place", "放置配置和密钥"),
        release::TAKE_OVER => text!("Take over the pods as they run", "原样接管运行中的 Pod"),
        release::APPLY => text!("Hand the release to the cluster", "将发布提交到集群"),
        release::ROLL_OUT => text!("Wait until it serves, or its run has begun", "等待提供服务或开始运行"),
        release::COLLECT => text!("Clear what no release needs any more", "清理不再需要的对象"),
        release::FIRST_BATCH => text!("Wait until the first batch serves", "等待首批 Pod 提供服务"),
        release::GO_AHEAD => text!("Wait for a go-ahead", "等待确认"),
        release::GO_ON => text!("Go on with all pods", "继续更新全部 Pod"),
        release::FREEZE => text!("Leave it as it is, to be looked at", "保留现状以便排查"),
        release::STOP => text!("Take its pods away", "移除其 Pod"),
        release::RESTORE => text!("Go back to the release that served", "恢复到之前正常的版本"),
        removal::WITHDRAW => text!("Delete its objects", "删除其对象"),
        removal::VANISH => text!("Wait until the cluster holds nothing of it", "等待集群中不再有其任何对象"),
        tenant::PEOPLE => text!("Remove its accounts and their sessions", "删除其账号和会话"),
        tenant::BELONGINGS => text!("Remove its roles, templates and links", "删除其角色、模板和链接"),
        removal::FORGET => text!("Free its name", "释放其名称"),
        other => Text::same(other),
    }
}

#[cfg(test)]
mod held_tests;
#[cfg(test)]
mod tests;
