//! Runs of what ends: those that there are, when the next ones come, and what a person does with them.

use app::{
    ErrorKind, UiError,
    model::{
        AppId, AppSpec, ClusterState, FitCheck, FitCheckKind, Millis, Permission, Run, Runs, WorkloadKind,
        schedule::{Schedule, time_zone},
    },
    service::Answer,
    text,
};
use jiff::Timestamp;

use super::{namespaces::upstream, publishing::check_reason, session::SessionServices};
use crate::{
    auth::crypto::hex,
    database::{apps::App, audit::Entry},
    kubernetes::{client::Identity, fleet::Cluster, index::AppView, kinds::ObjectRef},
    operations::runs::run_of,
    render::job::{CRON_JOB, JOB, run_now},
};

/// How many of the next times are told.
const NEXT: usize = 3;

impl SessionServices {
    /// An application's runs. Fails with `NotFound` for one that does not end.
    pub(super) async fn runs_of_app(&self, id: AppId) -> Answer<Runs> {
        let (app, _) = self.app_for(id, Permission::AppRead, "app.read").await?;
        let running = self.running_of(&app).await?;
        let cluster = self.parts.fleet.get(app.cluster).ok_or_else(super::unavailable)?;
        let view = cluster.index().app_view(&self.namespace_name(&app).await?, id);
        runs(view.as_ref(), &running.spec, self.ctx.now()).ok_or_else(UiError::not_found)
    }

    /// Begins a run of a cron job beside its schedule.
    pub(super) async fn begin_run(&self, id: AppId, reason: &str) -> Answer<Run> {
        const ACTION: &str = "app.run";
        let (app, _) = self.app_for(id, Permission::AppOperate, ACTION).await?;
        let reason = check_reason(reason)?;
        let running = self.running_of(&app).await?;
        match running.spec.kind {
            WorkloadKind::CronJob => {}
            WorkloadKind::Job => {
                return Err(UiError::new(
                    ErrorKind::Conflict,
                    text!(
                        "A job runs with each release: restart it to run it once more.",
                        "一次性任务随发布运行：如需再次运行，请重启。"
                    ),
                ));
            }
            _ => return Err(goes_on_for_ever()),
        }
        if app.operation.is_some() || app.deleting {
            return Err(self.busy(id).await);
        }
        let (cluster, namespace) = self.where_it_runs(&app).await?;
        let tenant = Identity::Tenant(app.tenant);
        let cron = ObjectRef::namespaced(CRON_JOB.0, CRON_JOB.1, &namespace, &app.name);
        let there = cluster.get(&tenant, &cron).await.map_err(|e| upstream(&e))?;
        let suffix = hex(&self.ctx.clock().random::<4>());
        let job = there.and_then(|cron| run_now(&cron, &suffix, self.ctx.actor_name()));
        let job = job.ok_or_else(|| {
            UiError::new(
                ErrorKind::Conflict,
                text!(
                    "The cluster has no schedule of this app. Compare it with the cluster, and revert.",
                    "集群中没有此应用的计划。请与集群比较并还原。"
                ),
            )
        })?;
        let made = cluster.create(&tenant, &job).await.map_err(|e| upstream(&e))?;
        let name = made.object.pointer("/metadata/name").and_then(|name| name.as_str()).unwrap_or_default().to_owned();
        let detail = if reason.is_empty() { name.clone() } else { format!("{name}: {reason}") };
        self.record_run(&app, ACTION, detail).await?;
        Ok(Run {
            name,
            release: Some(running.row.number),
            created_at: self.ctx.now(),
            completions: running.spec.run().completions.unwrap_or(running.spec.replicas),
            by: Some(self.ctx.actor_name().to_owned()),
            ..Run::default()
        })
    }

    /// Ends a run, and takes it away with its pods.
    pub(super) async fn end_run(&self, id: AppId, name: &str) -> Answer<()> {
        const ACTION: &str = "app.stop_run";
        let (app, _) = self.app_for(id, Permission::AppOperate, ACTION).await?;
        let (cluster, namespace) = self.where_it_runs(&app).await?;
        let view = cluster.index().app_view(&namespace, id);
        let is_there = view.is_some_and(|view| view.runs.iter().any(|run| run.name == name));
        if !is_there {
            return Err(UiError::not_found());
        }
        if app.operation.is_some() && name == format!("{}-{}", app.name, app.newest_release) {
            let release = app.newest_release;
            return Err(UiError::new(
                ErrorKind::Conflict,
                text!(
                    "Release {release} is still on its way, and this is its run. Abort the release to end it.",
                    "该运行属于正在进行的发布 {release}。请中止该发布以终止运行。"
                ),
            ));
        }
        let run = ObjectRef::namespaced(JOB.0, JOB.1, &namespace, name);
        cluster.delete(&Identity::Tenant(app.tenant), &run, None).await.map_err(|e| upstream(&e))?;
        self.record_run(&app, ACTION, name.to_owned()).await
    }

    /// Refuses a new run of a job beside one that goes on: they would do the same work twice.
    pub(super) async fn no_run_goes_on(&self, app: &App, spec: &AppSpec) -> Answer<()> {
        if spec.kind != WorkloadKind::Job {
            return Ok(());
        }
        let (cluster, namespace) = self.where_it_runs(app).await?;
        // What is not seen may be under way.
        if cluster.state() != ClusterState::Live {
            return Err(super::unavailable());
        }
        let view = cluster.index().app_view(&namespace, app.id).unwrap_or_default();
        let Some(run) = view.runs.iter().find(|run| run.ended.is_none()) else { return Ok(()) };
        let name = &run.name;
        let message = if run.leaving {
            text!(
                "Its run {name} is still ending. Wait until its pods are gone.",
                "运行 {name} 正在终止，请等待其 Pod 退出。"
            )
        } else {
            text!(
                "Its run {name} is still under way. Wait until it has ended, or end it first.",
                "运行 {name} 仍在进行。请等待其结束，或先将其终止。"
            )
        };
        Err(UiError::new(ErrorKind::Conflict, message))
    }

    async fn where_it_runs(&self, app: &App) -> Answer<(std::sync::Arc<Cluster>, String)> {
        let cluster = self.parts.fleet.get(app.cluster).ok_or_else(super::unavailable)?;
        Ok((cluster, self.namespace_name(app).await?))
    }

    async fn record_run(&self, app: &App, action: &'static str, detail: String) -> Answer<()> {
        let entry = Entry::ok(action, format!("app/{}", app.name)).tenant(Some(app.tenant)).detail(detail);
        Ok(self.parts.db.record(&self.ctx, entry).await?)
    }
}

fn goes_on_for_ever() -> UiError {
    UiError::new(
        ErrorKind::Conflict,
        text!("This app runs on until somebody ends it; it has no runs.", "此应用持续运行，没有单次运行。"),
    )
}

/// The runs of what ends, and when there will be others; `None` for what does not end.
pub(super) fn runs(view: Option<&AppView>, spec: &AppSpec, now: Millis) -> Option<Runs> {
    if !spec.runs_to_end() {
        return None;
    }
    let settings = spec.run();
    let next = if settings.paused { Vec::new() } else { next_times(spec, now) };
    Some(Runs {
        runs: view.map(|view| view.runs.iter().map(|run| run_of(view, run, now)).collect()).unwrap_or_default(),
        schedule: settings.schedule.clone(),
        time_zone: (spec.kind == WorkloadKind::CronJob).then(|| settings.zone().to_owned()),
        paused: settings.paused,
        next,
    })
}

/// The next times of a specification's schedule; none without one.
pub(super) fn next_times(spec: &AppSpec, now: Millis) -> Vec<Millis> {
    let settings = spec.run();
    let times = || {
        let schedule = Schedule::parse(settings.schedule.as_deref()?).ok()?;
        let zone = time_zone(settings.time_zone.as_deref())?;
        let mut after = Timestamp::from_millisecond(now).ok()?;
        let mut times = Vec::with_capacity(NEXT);
        while let Some(next) = schedule.next(after, &zone).filter(|_| times.len() < NEXT) {
            times.push(next.as_millisecond());
            after = next;
        }
        Some(times)
    };
    times().unwrap_or_default()
}

/// When a specification's schedule will begin runs, among what is told of whether it fits; `None` without a schedule.
pub(super) fn check_times(spec: &AppSpec, now: Millis) -> Option<FitCheck> {
    let settings = spec.run();
    let zone = time_zone(settings.time_zone.as_deref()).filter(|_| spec.kind == WorkloadKind::CronJob)?;
    let clock = |at: Millis| {
        let at = Timestamp::from_millisecond(at).ok()?;
        Some(at.to_zoned(zone.clone()).strftime("%Y-%m-%d %H:%M").to_string())
    };
    let times: Vec<String> = next_times(spec, now).into_iter().filter_map(clock).collect();
    let (times, zone) = (times.join(", "), settings.zone());
    let detail = if settings.paused {
        text!("It is paused. Else it would run {times} ({zone}).", "已暂停；否则将于 {times} 运行（{zone}）。")
    } else {
        text!("It runs {times} and so on ({zone}).", "将于 {times} 等时间运行（{zone}）。")
    };
    Some(FitCheck { kind: FitCheckKind::Schedule, ok: true, detail })
}

/// Refuses a release of another sort than the one before where Kubernetes has another object for it: the old one would have to
/// end, and what it keeps would go with it.
pub(super) fn keeps_its_kind(before: &AppSpec, new: &AppSpec) -> Answer<()> {
    if before.kind == new.kind || !(before.runs_to_end() || new.runs_to_end()) {
        return Ok(());
    }
    Err(UiError::invalid_field(
        "kind",
        text!(
            "What runs on, what runs once and what runs by a schedule stay what they are. Publish another app for it.",
            "持续运行、运行一次和按计划运行之间不能互相转换。请另行发布一个应用。"
        ),
    ))
}
