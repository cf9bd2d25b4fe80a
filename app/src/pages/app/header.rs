//! The first line of an application's page: state, since when, pods, where, what, by whom and why; and what to do.

use leptos::prelude::*;

use super::network::Leaves;
use crate::{
    components::{ButtonKind, Copyable, LinkButton, Menu, MenuLink, PageHeader, RelativeTime, State, StateBadge},
    model::{AppDetail, AppState, OperationKind, Permission, ReleaseRow, ReleaseState, WorkloadKind},
    pages::{apps::short_image, parts::may, words},
    t, tf,
};

/// The release that a person in a hurry would go back to: the newest one before the present that served; of the newest
/// ones, or else the one that serves.
fn way_back(app: &AppDetail) -> Option<u32> {
    last_good(&app.releases).or_else(|| app.live.filter(|live| *live < app.row.release))
}

/// The newest of some releases that served, but for the very newest.
pub fn last_good(releases: &[ReleaseRow]) -> Option<u32> {
    let newest = releases.iter().map(|r| r.number).max()?;
    releases
        .iter()
        .filter(|r| r.number != newest && matches!(r.state, ReleaseState::Superseded | ReleaseState::Live))
        .map(|r| r.number)
        .max()
}

/// The release that can be given up: it is on its way, and another serves, or it is the very first and does not take over
/// what ran already. The run of a job can be ended in any case.
pub fn abortable(app: &AppDetail) -> Option<u32> {
    let newest =
        app.releases.first().filter(|r| matches!(r.state, ReleaseState::Pending | ReleaseState::RollingOut))?;
    let imports = app.rollout.operation.as_ref().is_some_and(|o| o.row.kind == OperationKind::Import);
    let is_first = newest.number == 1 && !imports;
    let ends = app.row.kind == WorkloadKind::Job;
    (ends || is_first || app.live.is_some()).then_some(newest.number)
}

/// The image and the first characters of its digest: `web:1.4.2@9c1f2a4`.
pub fn image_with_digest(image: &str, digest: &str) -> String {
    let name = short_image(image);
    let hex = digest.strip_prefix("sha256:").unwrap_or(digest);
    match hex.get(..7) {
        Some(short) if !name.contains('@') => format!("{name}@{short}"),
        _ => name.to_owned(),
    }
}

/// The head of the page with its tabs.
#[component]
pub(super) fn AppHeader(app: ReadSignal<AppDetail>, children: Children) -> impl IntoView {
    let state = Memo::new(move |_| app.with(|a| a.row.state));
    let badge = move || {
        view! {
            <StateBadge
                state=Signal::derive(move || State::from(state.get()))
                word=Signal::derive(move || Some(words::app_state(state.get()).to_owned()))
                tint=true
            />
        }
    };
    let since = move || {
        view! {
            <span>
                {move || match app.with(|a| a.row.kind) {
                    WorkloadKind::Job => t!("runs once", "运行一次").to_owned(),
                    WorkloadKind::CronJob => t!("runs by schedule", "按计划运行").to_owned(),
                    _ => app.with(|a| match a.row.replicas {
                        1 => tf!("{} of 1 pod", "{} / 1 个 Pod", a.row.ready),
                        _ => tf!("{} of {} pods", "{} / {} 个 Pod", a.row.ready, a.row.replicas),
                    }),
                }} " · " <RelativeTime at=Signal::derive(move || app.with(|a| a.rollout.since)) />
            </span>
        }
    };
    view! {
        <PageHeader
            title=Signal::derive(move || app.with(|a| a.row.name.clone()))
            state=badge
            since
            actions=move || view! { <Actions app /> }
            facts=move || view! { <FactLine app /> }
        >
            {children()}
        </PageHeader>
    }
}

/// What can be done: the most likely as a button, the rest in a menu.
#[component]
fn Actions(app: ReadSignal<AppDetail>) -> impl IntoView {
    let (id, kind) = app.with_untracked(|a| (a.row.id, a.row.kind));
    let state = Memo::new(move |_| app.with(|a| a.row.state));
    let good = Memo::new(move |_| app.with(way_back));
    let newest = Memo::new(move |_| app.with(|a| a.row.release));
    let abortable = Memo::new(move |_| app.with(abortable));
    // Then to go on is what is most likely wanted, and stands on the overview.
    let held = Memo::new(move |_| app.with(|a| a.rollout.held));
    let busy = Memo::new(move |_| app.with(|a| a.rollout.operation.is_some()));
    let upgrade = may(Permission::AppPublish);
    let back = may(Permission::AppRollback);
    let operate = may(Permission::AppOperate);
    let delete = may(Permission::AppDelete);
    view! {
        <Show when=move || upgrade && !held.get() && state.get() != AppState::Deleting>
            <LinkButton href=format!("/apps/{id}/upgrade") kind=ButtonKind::Primary icon="rocket">
                {t!("Upgrade", "升级")}
            </LinkButton>
        </Show>
        <Menu id="app-menu" label=t!("More", "更多")  icon="ellipsis">
            {move || {
                abortable
                    .get()
                    .filter(|_| back)
                    .map(|n| {
                        view! {
                            <MenuLink href=format!("/apps/{id}/abort/{n}") icon="circle-stop">
                                {tf!("Abort release {n}", "中止发布 {n}")}
                            </MenuLink>
                        }
                    })
            }}
            <Show when=move || operate && !busy.get()>
                {match kind {
                    WorkloadKind::Job => {
                        view! {
                            <MenuLink href=format!("/apps/{id}/restart") icon="play">
                                {t!("Run again", "再次运行")}
                            </MenuLink>
                        }
                            .into_any()
                    }
                    WorkloadKind::CronJob => {
                        view! {
                            <MenuLink href=format!("/apps/{id}/run") icon="play">
                                {t!("Run now", "立即运行")}
                            </MenuLink>
                        }
                            .into_any()
                    }
                    _ => {
                        view! {
                            <MenuLink href=format!("/apps/{id}/scale") icon="scaling">
                                {t!("Scale", "伸缩")}
                            </MenuLink>
                            <MenuLink href=format!("/apps/{id}/restart") icon="refresh-cw">
                                {t!("Restart", "重启")}
                            </MenuLink>
                        }
                            .into_any()
                    }
                }}
            </Show>
            {move || {
                good.get()
                    .map(|n| {
                        let now = newest.get();
                        view! {
                            {back
                                .then(|| {
                                    view! {
                                        <MenuLink href=format!("/apps/{id}/rollback/{n}") icon="undo-2">
                                            {tf!("Roll back to {n}", "回滚到 {n}")}
                                        </MenuLink>
                                    }
                                })}
                            <MenuLink href=format!("/apps/{id}/compare/{n}/{now}") icon="file-diff">
                                {tf!("Compare {n} with {now}", "比较 {n} 与 {now}")}
                            </MenuLink>
                        }
                    })
            }}
            <Show when=move || !busy.get() && kind != WorkloadKind::Job>
                <MenuLink href=format!("/apps/{id}/drift") icon="scan-search">
                    {t!("Compare with the cluster", "与集群比较")}
                </MenuLink>
            </Show>
            <MenuLink href=format!("/operations?app={id}") icon="activity">
                {t!("Operations", "操作记录")}
            </MenuLink>
            {delete
                .then(|| {
                    view! {
                        <MenuLink href=format!("/apps/{id}/delete") icon="trash-2" danger=true>
                            {t!("Delete", "删除")}
                        </MenuLink>
                    }
                })}
        </Menu>
    }
}

/// Where it is, where it answers, what it runs, and who put it there.
#[component]
fn FactLine(app: ReadSignal<AppDetail>) -> impl IntoView {
    let place =
        Memo::new(move |_| app.with(|a| (a.row.namespace, a.row.namespace_name.clone(), a.row.cluster_name.clone())));
    let address = Memo::new(move |_| app.with(|a| a.address.clone()));
    let urls = Memo::new(move |_| app.with(|a| (a.urls.first().cloned(), a.urls.len().saturating_sub(1))));
    let image = Memo::new(move |_| {
        app.with(|a| {
            let digest = a.releases.first().map(|r| r.digest.as_str()).unwrap_or_default();
            (image_with_digest(&a.row.image, digest), a.row.image.clone())
        })
    });
    let release = Memo::new(move |_| {
        app.with(|a| {
            let reason = a.releases.first().map(|r| r.reason.clone()).unwrap_or_default();
            (a.row.release, a.row.actor_name.clone(), reason)
        })
    });
    let id = app.with_untracked(|a| a.row.id);
    view! {
        <span>
            <a href=move || format!("/namespaces/{}", place.get().0)>{move || place.get().1}</a>
            <span class="muted">{move || place.get().2}</span>
        </span>
        {move || match urls.get() {
            (Some(url), more) => {
                view! {
                    <span>
                        <Leaves url />
                        {(more > 0)
                            .then(|| {
                                view! {
                                    <a href=format!("/apps/{id}?tab=network")>{tf!("{more} more", "另有 {more} 个")}</a>
                                }
                            })}
                    </span>
                }
                    .into_any()
            }
            (None, _) => address.get().map(|address| view! { <Copyable text=address /> }).into_any(),
        }}
        <span>
            <span class="muted">{t!("image", "镜像")}</span>
            <code title=move || image.get().1>{move || image.get().0}</code>
        </span>
        <span>
            <a href=move || format!("/apps/{id}/releases/{}", release.get().0)>
                {move || tf!("release {}", "版本 {}", release.get().0)}
            </a>
            {move || {
                let (_, who, why) = release.get();
                if why.is_empty() { tf!("by {who}", "由 {who} 发布") } else { tf!("by {who}, “{why}”", "由 {who} 发布，“{why}”") }
            }}
        </span>
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{ReleaseId, ReleaseState as S};

    fn release(number: u32, state: S) -> ReleaseRow {
        ReleaseRow {
            id: ReleaseId(uuid::Uuid::nil()),
            number,
            pods: number,
            state,
            image: String::new(),
            digest: String::new(),
            rollback_of: None,
            template: None,
            actor_name: String::new(),
            reason: String::new(),
            created_at: 0,
            ended_at: None,
            problem: None,
            changes: Vec::new(),
        }
    }

    #[test]
    fn goes_back_over_those_that_failed() {
        let releases =
            [release(4, S::Failed), release(3, S::Failed), release(2, S::Superseded), release(1, S::Superseded)];
        assert_eq!(last_good(&releases), Some(2));
        assert_eq!(last_good(&releases[..2]), None);
        assert_eq!(last_good(&[]), None);
    }

    #[test]
    fn a_digest_is_shortened() {
        assert_eq!(image_with_digest("r.example.org/web:1", "sha256:9c1f2a4bb"), "web:1@9c1f2a4");
        assert_eq!(image_with_digest("web:1", ""), "web:1");
        assert_eq!(image_with_digest("web@sha256:11", "sha256:9c1f2a4bb"), "web@sha256:11");
    }
}
