//! One release: what was asked for, what was applied, by whom and why, and what came of it.

use leptos::prelude::*;
use leptos_meta::Title;

use crate::{
    api::apps::{get_app_record, get_release},
    components::{
        ButtonKind, CodeBlock, Copyable, Fact, Facts, LinkButton, Note, PageHeader, RelativeTime, Section, State,
        StateBadge,
    },
    load::Load,
    model::{AppId, AppRecord, Permission, ReleaseDetail, ReleaseState, SpecForm},
    pages::{
        app::SpecFacts,
        gone::{gone_note, releases_of},
        parts::{may, page_to_come, segment, shown},
        patched::PatchedObjects,
        words,
    },
    t, tf,
};

/// One release.
#[component]
pub fn ReleasePage() -> impl IntoView {
    let id = segment::<AppId>("id");
    let number = segment::<u32>("n");
    let app = Load::new(move || id.get(), |id| async move { get_app_record(id?).await });
    let release = Load::new(move || (id.get(), number.get()), |(id, n)| async move { get_release(id?, n?).await });
    let retry = move || {
        app.refetch();
        release.refetch();
    };
    view! {
        <Transition fallback=page_to_come>
            {move || Suspend::new(async move {
                let both = match (app.await, release.await) {
                    (Ok(app), Ok(release)) => Ok((app, release)),
                    (Err(error), _) | (_, Err(error)) => Err(error),
                };
                shown(both, true, retry, |(app, release)| view! { <Whole app release /> })
            })}
        </Transition>
    }
}

#[component]
fn Whole(app: AppRecord, release: ReleaseDetail) -> impl IntoView {
    let ReleaseDetail { row, spec, document, config_hash, secrets, manifests, patched, operation, .. } = release;
    let (gone, note, list) = (app.is_gone(), gone_note(&app), releases_of(&app));
    let (id, name, newest, n) = (app.id, app.name, app.release, row.number);
    let title = tf!("{name}: release {n}", "{name}：版本 {n}");
    let older = n < newest;
    let (state, word) = words::release_outcome(row.state, gone);
    let at = row.created_at;
    let problem = row.problem.clone().map(|problem| {
        let (state, title) = match row.state {
            ReleaseState::Live | ReleaseState::Superseded => {
                (State::Degraded, t!("Something came in between", "发布期间有变动"))
            }
            _ => (State::Failed, t!("It did not get to serve", "未能提供服务")),
        };
        view! {
            <Note state title>
                {problem.here()}
            </Note>
        }
    });
    let actions = move || {
        view! {
            {(older && !gone && may(Permission::AppRollback))
                .then(|| {
                    view! {
                        <LinkButton href=format!("/apps/{id}/rollback/{n}") kind=ButtonKind::Primary icon="undo-2">
                            {tf!("Roll back to {n}", "回滚到 {n}")}
                        </LinkButton>
                    }
                })}
            {older
                .then(|| {
                    view! {
                        <LinkButton href=format!("/apps/{id}/compare/{n}/{newest}") icon="file-diff">
                            {tf!("Compare with {newest}", "与 {newest} 比较")}
                        </LinkButton>
                    }
                })}
            {(!older && n > 1)
                .then(|| {
                    let before = n - 1;
                    view! {
                        <LinkButton href=format!("/apps/{id}/compare/{before}/{n}") icon="file-diff">
                            {tf!("Compare with {before}", "与 {before} 比较")}
                        </LinkButton>
                    }
                })}
        }
    };
    let (who, why) = (row.actor_name.clone(), row.reason.clone());
    let changes = row.changes.iter().map(crate::i18n::Text::here).collect::<Vec<_>>().join(t!(", ", "、"));
    let template = row.template.as_ref().map(|(name, version)| format!("{name} v{version}"));
    let hashes = secrets
        .into_iter()
        .map(|(name, hash)| {
            view! {
                <Fact name=name>
                    <code>{hash}</code>
                </Fact>
            }
        })
        .collect_view();
    view! {
        <Title text=title.clone() />
        <div class="page">
            <PageHeader
                title
                state=move || {
                    view! {
                        <StateBadge state word=word.to_owned() tint=true />
                    }
                }
                since=move || view! { <RelativeTime at /> }
                actions
                facts=move || {
                    view! {
                        <a href=list.clone()>{name.clone()}</a>
                        <span>
                            {if why.is_empty() { tf!("by {who}", "由 {who} 发布") } else { tf!("by {who}, “{why}”", "由 {who} 发布，“{why}”") }}
                        </span>
                    }
                }
            />
            {note}
            {problem}
            <Section title=t!("Record", "记录")>
                <Facts>
                    <Fact name=t!("Digest", "摘要")>
                        {if row.digest.is_empty() {
                            view! { <span class="muted">{t!("the registry did not tell", "镜像仓库未提供")}</span> }.into_any()
                        } else {
                            view! { <Copyable text=row.digest /> }.into_any()
                        }}
                    </Fact>
                    {row
                        .rollback_of
                        .map(|of| {
                            view! {
                                <Fact name=t!("Brings back", "恢复自")>
                                    <a href=format!("/apps/{id}/releases/{of}")>{tf!("release {of}", "版本 {of}")}</a>
                                </Fact>
                            }
                        })}
                    {template.map(|template| view! { <Fact name=t!("Template", "模板")>{template}</Fact> })}
                    {(!changes.is_empty())
                        .then(|| view! { <Fact name=t!("Changed", "变更")>{changes}</Fact> })}
                    {(!config_hash.is_empty())
                        .then(|| {
                            view! {
                                <Fact name=t!("Configuration", "配置")>
                                    <Copyable text=config_hash />
                                </Fact>
                            }
                        })}
                    {row
                        .ended_at
                        .map(|ended| {
                            view! {
                                <Fact name=t!("Decided", "结果于")>
                                    <RelativeTime at=ended />
                                </Fact>
                            }
                        })}
                    {operation
                        .map(|operation| {
                            view! {
                                <Fact name=t!("Operation", "操作")>
                                    <a href=format!("/operations/{operation}")>{t!("its steps", "查看步骤")}</a>
                                </Fact>
                            }
                        })}
                </Facts>
            </Section>
            <PatchedObjects patched />
            <SpecFacts spec=SpecForm { document, ..SpecForm::from_spec(&spec) } />
            {(!spec.secrets().is_empty())
                .then(|| {
                    view! {
                        <Section title=t!("Versions of secrets", "密钥版本")>
                            <Facts>{hashes}</Facts>
                        </Section>
                    }
                })}
            <Section title=t!("Manifests", "清单文件")>
                <CodeBlock label=t!("Manifests", "清单文件") text=manifests />
            </Section>
        </div>
    }
}
