//! The releases of an application: who, when, why, what changed; and the way back to each.

use leptos::prelude::*;

use crate::{
    components::{ButtonKind, LinkButton, Section, Timeline},
    model::{AppDetail, AppState, Permission, ReleaseRow},
    pages::{address::encode, parts::may},
    t, tf,
};

/// The two releases that a press on "compare" sets against each other: an older one against what runs, the newest
/// against the one before it; nothing when there is no other.
pub fn compared(number: u32, newest: u32) -> Option<(u32, u32)> {
    match (number, newest) {
        (n, newest) if n < newest => Some((n, newest)),
        (1, _) => None,
        (n, _) => Some((n - 1, n)),
    }
}

/// The timeline, or its newest part.
#[component]
pub(super) fn ReleaseTimeline(
    app: ReadSignal<AppDetail>,
    /// The most releases to show; 0 for all there are.
    #[prop(optional)]
    limit: usize,
) -> impl IntoView {
    let id = app.with_untracked(|a| a.row.id);
    let back = may(Permission::AppRollback);
    let newest = Memo::new(move |_| app.with(|a| a.row.release));
    let deleting = Memo::new(move |_| app.with(|a| a.row.state == AppState::Deleting));
    let releases = Signal::derive(move || {
        let most = if limit == 0 { usize::MAX } else { limit };
        app.with(|a| a.releases.iter().take(most).cloned().collect::<Vec<_>>())
    });
    let href = Callback::new(move |release: ReleaseRow| format!("/apps/{id}/releases/{}", release.number));
    let tools = Callback::new(move |release: ReleaseRow| {
        let n = release.number;
        let compare = move || {
            compared(n, newest.get()).map(|(left, right)| {
                view! {
                    <span class="timeline-compare">
                        <LinkButton href=format!("/apps/{id}/compare/{left}/{right}") kind=ButtonKind::Plain small=true>
                            {t!("Compare", "比较")}
                            <span class="visually-hidden">{tf!(" release {left} with {right}", "版本 {left} 与 {right}")}</span>
                        </LinkButton>
                    </span>
                }
            })
        };
        let roll_back = move || {
            (back && n < newest.get() && !deleting.get()).then(|| {
                view! {
                    <LinkButton href=format!("/apps/{id}/rollback/{n}") kind=ButtonKind::Plain small=true icon="undo-2">
                        {t!("Roll back", "回滚")}
                        <span class="visually-hidden">{tf!(" to release {n}", "到版本 {n}")}</span>
                    </LinkButton>
                }
            })
        };
        view! {
            {compare}
            {roll_back}
        }
        .into_any()
    });
    let ends = app.with_untracked(|a| a.row.kind.runs_to_end());
    view! { <Timeline releases href tools ends /> }
}

/// The newest releases, and the way to those before them.
#[component]
pub(super) fn ReleasesTab(app: ReadSignal<AppDetail>) -> impl IntoView {
    let id = app.with_untracked(|a| a.row.id);
    let older = Memo::new(move |_| app.with(|a| a.older.as_deref().map(encode)));
    view! {
        <Section
            title=t!("Releases", "发布记录")
            note=t!(
                "Each is a full record; a rollback makes a new one whose image and configuration are the old ones.",
                "每次发布都是完整记录；回滚会产生新的发布，其镜像和配置与旧发布相同。"
            )
            tools=move || {
                view! {
                    <LinkButton href=format!("/apps/{id}/usage") icon="activity" kind=ButtonKind::Plain small=true>
                        {t!("CPU and memory by release", "各发布的 CPU 与内存")}
                    </LinkButton>
                }
            }
        >
            <ReleaseTimeline app />
            {move || {
                older
                    .get()
                    .map(|cursor| {
                        view! {
                            <div class="row">
                                <LinkButton href=format!("/apps/{id}/releases?cursor={cursor}") small=true>
                                    {t!("Older releases", "更早的发布")}
                                </LinkButton>
                            </div>
                        }
                    })
            }}
        </Section>
    }
}

#[cfg(test)]
mod tests {
    use super::compared;

    #[test]
    fn older_ones_are_compared_with_what_runs() {
        assert_eq!(compared(25, 27), Some((25, 27)));
        assert_eq!(compared(27, 27), Some((26, 27)));
        assert_eq!(compared(1, 1), None);
        assert_eq!(compared(1, 2), Some((1, 2)));
    }
}
