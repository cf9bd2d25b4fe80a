//! One secret of a namespace: who uses which version, its versions without their values, another value, and its deletion.

use leptos::{form::ActionForm, prelude::*};
use leptos_meta::Title;

use crate::{
    api::secrets::{DeleteSecret, HandOutSecret, UpdateSecret, get_secret},
    components::{
        Button, ButtonKind, Cell, Column, DataTable, FormErrors, Note, PageHeader, RelativeTime, Section, State,
        StateBadge, StateCell,
    },
    load::Load,
    model::{HandedOut, NamespaceId, SecretDetail, SecretId, SecretUse, SecretVersion},
    pages::{
        deletion::DeletionFields,
        form::{last_error, when_done},
        parts::{linked, page_to_come, segment, shown},
        reason::ReasonField,
        secrets::ValueField,
        words,
    },
    t, tf,
};

/// One secret.
#[component]
pub fn SecretPage() -> impl IntoView {
    let id = segment::<SecretId>("id");
    let secret = Load::new(move || id.get(), |id| async move { get_secret(id?).await });
    let changed = Callback::new(move |()| secret.refetch());
    // It outlives what is loaded anew, so that what came of it stays on the page.
    let hand_out = ServerAction::<HandOutSecret>::new();
    when_done(hand_out.value(), changed);
    // What came of one secret is nothing of another's.
    Effect::watch(move || id.get(), move |_, _, _| hand_out.clear(), false);
    view! {
        <Transition fallback=page_to_come>
            {move || Suspend::new(async move {
                shown(
                    secret.await,
                    true,
                    move || secret.refetch(),
                    move |detail| view! { <Whole detail changed hand_out /> },
                )
            })}
        </Transition>
    }
}

#[component]
fn Whole(detail: SecretDetail, changed: Callback<()>, hand_out: ServerAction<HandOutSecret>) -> impl IntoView {
    let behind = detail.behind();
    let SecretDetail { row, namespace_name, versions, uses, hidden, editable, releasable } = detail;
    let used = !uses.is_empty() || hidden > 0;
    let (id, namespace, version) = (row.id, row.namespace, row.version);
    let (name, updated_at, actor) = (row.name.clone(), row.updated_at, row.actor_name);
    view! {
        <Title text=name.clone() />
        <div class="page page-narrow">
            <PageHeader
                title=row.name
                since=move || {
                    view! { {tf!("version {version}, given by {actor}", "版本 {version}，由 {actor} 更新于")} " " <RelativeTime at=updated_at /> }
                }
                facts=move || {
                    view! { <a href=format!("/namespaces/{namespace}/secrets")>{tf!("secrets of {namespace_name}", "{namespace_name} 的密钥")}</a> }
                }
            />
            <Section
                title=t!("Who uses it", "使用者")
                note=t!("by each app's newest release", "以各应用的最新发布为准")
            >
                <Uses uses version hidden />
                {(behind > 0).then(|| view! { <Behind id behind releasable hand_out /> })}
                {move || hand_out.value().get().and_then(Result::ok).map(outcomes)}
            </Section>
            {editable.then(|| view! { <Rotate id version changed hand_out /> })}
            <Section title=t!("Versions", "版本记录") note=t!("the newest 50, without their values", "最近 50 个，不含值")>
                {versions_table(versions)}
            </Section>
            {(editable && !used).then(|| view! { <Delete id name namespace /> })}
            {(editable && used)
                .then(|| {
                    view! {
                        <Section title=t!("Delete", "删除")>
                            <p class="muted">{t!("It can be deleted when no app uses it.", "没有应用使用时才能删除。")}</p>
                        </Section>
                    }
                })}
        </div>
    }
}

#[component]
fn Uses(uses: Vec<SecretUse>, version: i64, hidden: u32) -> impl IntoView {
    let others = (hidden > 0).then(|| {
        view! {
            <p class="muted">
                {match hidden {
                    1 => t!("1 app that you may not see uses it, too.", "另有 1 个您无权查看的应用也在使用。").to_owned(),
                    n => tf!("{n} apps that you may not see use it, too.", "另有 {n} 个您无权查看的应用也在使用。"),
                }}
            </p>
        }
    });
    if uses.is_empty() {
        let nobody = (hidden == 0).then(|| view! { <p class="muted">{t!("No app uses it.", "没有应用使用它。")}</p> });
        return view! { <div class="stack">{nobody} {others}</div> }.into_any();
    }
    let columns = vec![
        Column::new(t!("App", "应用")),
        Column::new(t!("State", "状态")),
        Column::new(t!("As", "变量")),
        Column::new(t!("Version", "版本")).number(),
        Column::new(t!("Release", "发布")),
    ];
    let row = move |used: SecretUse| {
        let SecretUse { app, app_name, variable, version: has, release, state } = used;
        let old = (has < version).then(|| view! { <span class="cell-sub">{t!("older", "旧版本")}</span> });
        view! {
            <tr role="row">
                <th scope="row" role="rowheader">
                    <a href=format!("/apps/{app}")>{app_name}</a>
                </th>
                <StateCell>
                    <StateBadge state=State::from(state) word=words::release_state(state).to_owned() />
                </StateCell>
                <Cell label=t!("As", "变量")>
                    <code>{variable}</code>
                </Cell>
                <Cell label=t!("Version", "版本") class="num">
                    {has}
                    {old}
                </Cell>
                <Cell label=t!("Release", "发布")>
                    <a href=format!("/apps/{app}/releases/{release}")>{tf!("Release {release}", "发布 {release}")}</a>
                </Cell>
            </tr>
        }
    };
    view! {
        <div class="stack">
            <DataTable caption=t!("Apps that use it", "使用它的应用") columns>
                {uses.into_iter().map(row).collect_view()}
            </DataTable>
            {others}
        </div>
    }
    .into_any()
}

/// Those that run with an older version, and the way to release them.
#[component]
fn Behind(id: SecretId, behind: usize, releasable: bool, hand_out: ServerAction<HandOutSecret>) -> impl IntoView {
    let error = last_error(hand_out.value());
    let title = match behind {
        1 => t!("1 app runs with an older value", "1 个应用仍在使用旧值").to_owned(),
        n => tf!("{n} apps run with an older value", "{n} 个应用仍在使用旧值"),
    };
    let form = releasable.then(|| {
        view! {
            <ActionForm action=hand_out>
                <div class="form">
                    <p class="prose">
                        {t!(
                            "Each is released once more as it is, with the newest value; its pods are replaced in batches.",
                            "每个应用将以最新的值按原样重新发布，Pod 分批替换。"
                        )}
                    </p>
                    <FormErrors error />
                    <input type="hidden" name="id" value=id.to_string() />
                    <ReasonField name="form[reason]" error example=t!("the password was changed", "密码已更换") />
                    <div class="form-actions">
                        <Button kind=ButtonKind::Primary icon="rocket" busy=hand_out.pending()>
                            {t!("Release them anew", "重新发布")}
                        </Button>
                    </div>
                </div>
            </ActionForm>
        }
    });
    view! {
        <div class="stack">
            <Note state=State::Degraded title />
            {form}
        </div>
    }
}

/// What came of it, one by one.
fn outcomes(done: Vec<HandedOut>) -> impl IntoView {
    let line = |one: HandedOut| {
        let words = match (one.operation, one.problem) {
            (Some(operation), _) => view! {
                <a href=format!("/operations/{operation}")>{t!("its release was begun", "已开始发布")}</a>
            }
            .into_any(),
            (None, problem) => problem.map(|problem| problem.here().clone()).into_any(),
        };
        view! {
            <li>
                <a href=format!("/apps/{}", one.app)>{one.app_name}</a>
                {t!(": ", "：")}
                {words}
            </li>
        }
    };
    view! { <ul class="prose" role="status">{done.into_iter().map(line).collect_view()}</ul> }
}

#[component]
fn Rotate(id: SecretId, version: i64, changed: Callback<()>, hand_out: ServerAction<HandOutSecret>) -> impl IntoView {
    let save = ServerAction::<UpdateSecret>::new();
    let error = last_error(save.value());
    let value = RwSignal::new(String::new());
    // A value that is kept is not shown again, and what came of the one before is of no more interest.
    let done = Callback::new(move |()| {
        value.set(String::new());
        hand_out.clear();
        changed.run(());
    });
    when_done(save.value(), done);
    view! {
        <Section title=t!("Another value", "更换值")>
            <p class="muted prose">
                {t!(
                    "What runs goes on with the value it has. It gets this one when it is released with the newest value, which this page then offers; other releases keep the one they have.",
                    "正在运行的应用继续使用现有的值。保存后可在本页以最新的值重新发布；其他方式的发布仍沿用原有的值。"
                )}
            </p>
            <ActionForm action=save>
                <div class="form">
                    <FormErrors error=linked(error, false) />
                    <input type="hidden" name="id" value=id.to_string() />
                    <input type="hidden" name="form[version]" value=version.to_string() />
                    <ValueField bind=value error />
                    <div class="form-actions">
                        <Button kind=ButtonKind::Primary icon="check" busy=save.pending()>
                            {t!("Keep the new value", "保存新值")}
                        </Button>
                    </div>
                </div>
            </ActionForm>
        </Section>
    }
}

fn versions_table(versions: Vec<SecretVersion>) -> impl IntoView {
    let columns =
        vec![Column::new(t!("Version", "版本")), Column::new(t!("Given", "更新于")), Column::new(t!("By", "更新者"))];
    let row = |version: SecretVersion| {
        view! {
            <tr role="row">
                <th scope="row" role="rowheader">
                    {version.number}
                </th>
                <Cell label=t!("Given", "更新于")>
                    <RelativeTime at=version.created_at />
                </Cell>
                <Cell label=t!("By", "更新者")>{version.actor_name}</Cell>
            </tr>
        }
    };
    view! {
        <DataTable caption=t!("Versions", "版本记录") columns>
            {versions.into_iter().map(row).collect_view()}
        </DataTable>
    }
}

#[component]
fn Delete(id: SecretId, name: String, namespace: NamespaceId) -> impl IntoView {
    let delete = ServerAction::<DeleteSecret>::new();
    let error = last_error(delete.value());
    view! {
        <Section title=t!("Delete", "删除")>
            <details>
                <summary class="button button-warn">{t!("Delete the secret", "删除密钥")}</summary>
                <ActionForm action=delete>
                    <input type="hidden" name="namespace" value=namespace.to_string() />
                    <DeletionFields
                        id=id.to_string()
                        name=name
                        about=t!(
                            "Releases that had it keep their copies and can be rolled back to.",
                            "各发布保留其副本，仍可回滚。"
                        )
                        error
                        pending=delete.pending()
                    />
                </ActionForm>
            </details>
        </Section>
    }
}
