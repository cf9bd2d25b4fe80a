//! What the cluster holds of an application otherwise than the release that serves says, and the two ways to make that one.

use leptos::{form::ActionForm, prelude::*};
use leptos_meta::Title;

use crate::{
    UiError,
    api::apps::{AdoptDrift, RevertDrift, get_app, get_drift},
    components::{
        Button, ButtonKind, Cell, Column, DataTable, Empty, FormErrors, LinkButton, Note, PageHeader, RelativeTime,
        Section, State,
    },
    i18n::Text,
    load::Load,
    model::{AppId, AppRow, Drift, DriftChange, DriftedObject, Permission},
    pages::{
        form::last_error,
        parts::{may, page_to_come, segment, shown},
        reason::ReasonField,
    },
    t, tf,
};

/// Compares an application's objects with its release.
#[component]
pub fn DriftPage() -> impl IntoView {
    let id = segment::<AppId>("id");
    // What differs is no reason not to say whose it is: a release under way is told on the page.
    let both = Load::new(
        move || id.get(),
        |id| async move {
            let id = id?;
            Ok((get_app(id).await?.row, get_drift(id).await))
        },
    );
    view! {
        <Transition fallback=page_to_come>
            {move || Suspend::new(async move {
                shown(
                    both.await,
                    true,
                    move || both.refetch(),
                    move |(app, drift): (AppRow, Result<Drift, UiError>)| {
                        view! { <Compared app drift again=Callback::new(move |()| both.refetch()) /> }
                    },
                )
            })}
        </Transition>
    }
}

#[component]
fn Compared(app: AppRow, drift: Result<Drift, UiError>, again: Callback<()>) -> impl IntoView {
    let (id, name, place) = (app.id, app.name, app.namespace_name);
    let title = tf!("{name} and the cluster", "{name} 与集群");
    let compared = drift.as_ref().ok().map(|drift| (drift.release, drift.objects));
    let body = match drift {
        Err(error) => view! {
            <Note state=State::Unknown title=t!("It cannot be compared now", "目前无法比较")>
                <p>{error.message.here()}</p>
            </Note>
        }
        .into_any(),
        Ok(drift) if drift.differs.is_empty() => view! {
            <Empty
                icon="check"
                title=t!("The cluster holds what was released", "集群与发布一致")
                text=t!(
                    "Nobody has changed, added or removed anything beside Longshore.",
                    "没有任何人在 Longshore 之外修改、添加或删除内容。"
                )
            />
        }
        .into_any(),
        Ok(drift) => view! { <Differs id drift /> }.into_any(),
    };
    view! {
        <Title text=title.clone() />
        <div class="page">
            <PageHeader
                title
                actions=move || {
                    view! {
                        <Button icon="refresh-cw" on_press=move |_| again.run(())>
                            {t!("Compare again", "重新比较")}
                        </Button>
                    }
                }
                facts=move || {
                    view! {
                        <a href=format!("/apps/{id}")>{format!("{place} ▸ {name}")}</a>
                        {compared
                            .map(|(release, objects)| {
                                view! {
                                    <span>
                                        {tf!("{objects} objects of release {release}", "发布 {release} 的 {objects} 个对象")}
                                    </span>
                                }
                            })}
                    }
                }
            />
            {body}
        </div>
    }
}

#[component]
fn Differs(id: AppId, drift: Drift) -> impl IntoView {
    let release = drift.release;
    let objects = drift.differs.into_iter().map(|object| view! { <Differing object release /> }).collect_view();
    let unsayable = drift.unsayable;
    view! {
        {objects}
        {may(Permission::AppPublish).then(|| view! { <Adopt id unsayable /> })}
        {may(Permission::AppRollback).then(|| view! { <Revert id release /> })}
    }
}

#[component]
fn Differing(object: DriftedObject, release: u32) -> impl IntoView {
    let DriftedObject { kind, name, missing, changes } = object;
    let body = if missing {
        view! {
            <Note state=State::Failed title=t!("It is not in the cluster", "集群中不存在")>
                <p>{tf!("Release {release} has it.", "发布 {release} 包含该对象。")}</p>
            </Note>
        }
        .into_any()
    } else {
        let rows = changes.into_iter().map(|change| view! { <Change change /> }).collect_view();
        view! {
            <DataTable
                caption=format!("{kind} {name}")
                columns=vec![
                    Column::new(t!("Field", "字段")),
                    Column::new(t!("Released", "发布记录")),
                    Column::new(t!("In the cluster", "集群中")),
                    Column::new(t!("Written by", "修改者")),
                ]
            >
                {rows}
            </DataTable>
        }
        .into_any()
    };
    view! { <Section title=format!("{kind} {name}")>{body}</Section> }
}

#[component]
fn Change(change: DriftChange) -> impl IntoView {
    let DriftChange { path, recorded, live, manager, at } = change;
    let value = |value: Option<String>, without: &'static str| match value {
        Some(value) => view! { <code class="wrap">{value}</code> }.into_any(),
        None => view! { <span class="muted">{without}</span> }.into_any(),
    };
    let by = match manager {
        Some(manager) => view! {
            <span>
                <code>{manager}</code>
                {at.map(|at| view! { " " <RelativeTime at /> })}
            </span>
        }
        .into_any(),
        None => view! { <span class="muted">{t!("not known", "未知")}</span> }.into_any(),
    };
    view! {
        <tr role="row">
            <th scope="row" role="rowheader">
                <code class="wrap">{path}</code>
            </th>
            <Cell label=t!("Released", "发布记录")>{value(recorded, t!("not set", "未设置"))}</Cell>
            <Cell label=t!("In the cluster", "集群中")>{value(live, t!("gone", "已删除"))}</Cell>
            <Cell label=t!("Written by", "修改者")>{by}</Cell>
        </tr>
    }
}

/// A release that says what the cluster has; where none can, what is in its way.
#[component]
fn Adopt(id: AppId, unsayable: Vec<Text>) -> impl IntoView {
    let adopt = ServerAction::<AdoptDrift>::new();
    let error = last_error(adopt.value());
    let body = if unsayable.is_empty() {
        view! {
            <ActionForm action=adopt>
                <div class="form">
                    <p class="prose">
                        {t!(
                            "The next release says what the cluster has now. Pods stay as they are, unless an image was changed or variables stand in another order than Longshore's: then they are replaced in batches.",
                            "下一个发布将记录集群的当前状态。Pod 保持不变；若镜像被更改，或环境变量的顺序与 Longshore 不同，则会分批替换。"
                        )}
                    </p>
                    <FormErrors error />
                    <input type="hidden" name="id" value=id.to_string() />
                    <ReasonField name="reason" id="adopt-reason" error example=t!("the limit that helped last night", "昨晚起作用的限额") />
                    <div class="form-actions">
                        <Button icon="check" busy=adopt.pending()>
                            {t!("Adopt", "采纳")}
                        </Button>
                    </div>
                </div>
            </ActionForm>
        }
        .into_any()
    } else {
        let fields = unsayable
            .into_iter()
            .map(|field| view! { <li><code class="wrap">{field.here()}</code></li> })
            .collect_view();
        view! {
            <Note
                state=State::Idle
                title=t!("It cannot be adopted as a whole", "无法整体采纳")
            >
                <p>{t!("This cannot be taken over:", "以下内容无法采纳：")}</p>
                <ul>{fields}</ul>
                <p>{t!("Revert, or change that back in the cluster first.", "请还原，或先在集群中改回这些内容。")}</p>
            </Note>
        }
        .into_any()
    };
    view! { <Section title=t!("Adopt", "采纳")>{body}</Section> }
}

#[component]
fn Revert(id: AppId, release: u32) -> impl IntoView {
    let revert = ServerAction::<RevertDrift>::new();
    let error = last_error(revert.value());
    view! {
        <Section title=t!("Revert", "还原")>
            <ActionForm action=revert>
                <div class="form">
                    <p class="prose">
                        {tf!(
                            "Release {release} is made once more, and everything is as it says. Pods are replaced in batches where theirs were changed.",
                            "将再次应用发布 {release}，使一切与其一致。若 Pod 的内容被改动，将分批替换。"
                        )}
                    </p>
                    <FormErrors error />
                    <input type="hidden" name="id" value=id.to_string() />
                    <ReasonField name="reason" error example=t!("changed by hand during the night", "夜间被手动修改") />
                    <div class="form-actions">
                        <Button kind=ButtonKind::Primary icon="undo-2" busy=revert.pending()>
                            {t!("Revert", "还原")}
                        </Button>
                        <LinkButton href=format!("/apps/{id}") kind=ButtonKind::Plain>
                            {t!("Cancel", "取消")}
                        </LinkButton>
                    </div>
                </div>
            </ActionForm>
        </Section>
    }
}
