//! Deleting an application: what exactly goes and what is kept, then its name.

use leptos::{form::ActionForm, prelude::*};
use leptos_meta::Title;

use crate::{
    api::apps::{DeleteApp, get_app, preview_delete},
    components::{
        Button, ButtonKind, Cell, Choice, Column, DataTable, FormErrors, LinkButton, Note, PageHeader, Section,
        SelectField, State, TextField,
    },
    load::Load,
    model::{AppId, AppRow, DeletePreview, Dependant, Dependants, MentionKind},
    pages::{
        app::Disks,
        form::{field, last_error},
        parts::{page_to_come, segment, shown},
    },
    t, tf,
};

/// Deletes an application.
#[component]
pub fn DeleteAppPage() -> impl IntoView {
    let id = segment::<AppId>("id");
    let app = Load::new(move || id.get(), |id| async move { get_app(id?).await });
    let preview = Load::new(move || id.get(), |id| async move { preview_delete(id?).await });
    let retry = move || {
        app.refetch();
        preview.refetch();
    };
    view! {
        <Transition fallback=page_to_come>
            {move || Suspend::new(async move {
                let both = match (app.await, preview.await) {
                    (Ok(app), Ok(preview)) => Ok((app.row, preview)),
                    (Err(error), _) | (_, Err(error)) => Err(error),
                };
                shown(both, true, retry, |(app, preview)| view! { <Confirm app preview /> })
            })}
        </Transition>
    }
}

#[component]
fn Confirm(app: AppRow, preview: DeletePreview) -> impl IntoView {
    let (id, name, place) = (app.id, app.name, app.namespace_name);
    let title = tf!("Delete {name}", "删除 {name}");
    let pods = preview.pods;
    let delete = ServerAction::<DeleteApp>::new();
    let error = last_error(delete.value());
    let ask = tf!("Type {name} to delete it", "输入 {name} 以确认删除");
    let button = tf!("Delete {name}", "删除 {name}");
    let kept = (!preview.kept.is_empty()).then(|| {
        let kept = preview.kept.iter().map(|k| view! { <li>{k.here()}</li> }).collect_view();
        view! {
            <Section title=t!("What is kept", "会保留的内容")>
                <ul class="stack">{kept}</ul>
            </Section>
        }
    });
    let addresses = (!preview.addresses.is_empty()).then(|| {
        let addresses =
            preview.addresses.iter().map(|url| view! { <li class="address">{url.clone()}</li> }).collect_view();
        view! {
            <Section title=t!("Addresses that will not answer any more", "将不再响应的地址")>
                <ul class="stack">{addresses}</ul>
            </Section>
        }
    });
    let has_disks = !preview.disks.is_empty();
    let disks = has_disks.then(|| {
        let disks = preview.disks.clone();
        view! {
            <Section title=t!("Disks with its data", "保存数据的磁盘")>
                <p class="muted">
                    {t!(
                        "They are kept unless you choose otherwise: another app of this name in this namespace takes them up again.",
                        "默认保留：在此命名空间中以同名重新发布应用即可继续使用。"
                    )}
                </p>
                <Disks disks />
            </Section>
        }
    });
    let objects = preview
        .objects
        .into_iter()
        .map(|(kind, name)| {
            view! {
                <tr role="row">
                    <th scope="row" role="rowheader">
                        <code>{name}</code>
                    </th>
                    <Cell label=t!("Kind", "类型")>{kind}</Cell>
                </tr>
            }
        })
        .collect_view();
    view! {
        <Title text=title.clone() />
        <div class="page page-narrow">
            <PageHeader
                title
                facts=move || view! { <a href=format!("/apps/{id}")>{format!("{place} ▸ {name}")}</a> }
            />
            <Note state=State::Failed title=if pods == 1 {
                t!("Its pod stops at once", "其 Pod 会立即停止").to_owned()
            } else {
                tf!("{pods} pods stop at once", "{pods} 个 Pod 会立即停止")
            }>
                {t!("This cannot be undone.", "此操作无法撤销。")}
            </Note>
            <Section title=t!("What goes", "会删除的内容")>
                <DataTable
                    caption=t!("What goes", "会删除的内容")
                    columns=vec![Column::new(t!("Name", "名称")), Column::new(t!("Kind", "类型"))]
                    plain=true
                >
                    {objects}
                </DataTable>
            </Section>
            {addresses}
            {kept}
            {disks}
            <WouldMissIt dependants=preview.dependants />
            <Section title=t!("Confirm", "确认")>
                <ActionForm action=delete>
                    <div class="form">
                        <FormErrors error />
                        <input type="hidden" name="id" value=id.to_string() />
                        {has_disks
                            .then(|| {
                                view! {
                                    <SelectField
                                        name="disks"
                                        label=t!("Its disks", "磁盘")
                                        choices=Signal::stored(vec![
                                            Choice::new("keep", t!("keep them with their data", "保留磁盘及数据")),
                                            Choice::new("delete", t!("delete them with their data", "删除磁盘及数据")),
                                        ])
                                        error=field(error, &["disks"])
                                    />
                                }
                            })}
                        <TextField
                            name="confirm"
                            label=ask
                            error=field(error, &["confirm"])
                            mono=true
                        />
                        <div class="form-actions">
                            <Button kind=ButtonKind::Danger icon="trash-2" busy=delete.pending()>
                                {button}
                            </Button>
                            <LinkButton href=format!("/apps/{id}") kind=ButtonKind::Plain>
                                {t!("Keep it", "保留")}
                            </LinkButton>
                        </div>
                    </div>
                </ActionForm>
            </Section>
        </div>
    }
}

/// Which other applications ask for it by its name. It warns and hinders nothing.
#[component]
fn WouldMissIt(dependants: Dependants) -> impl IntoView {
    let Dependants { rows, total, incomplete } = dependants;
    let told = u32::try_from(rows.len()).unwrap_or(u32::MAX);
    let more = total.saturating_sub(told);
    let title = match total {
        0 => t!("Other apps may refer to it", "可能有其他应用引用它").to_owned(),
        1 => t!("Another app refers to it", "有 1 个其他应用引用它").to_owned(),
        _ => tf!("{total} other apps refer to it", "有 {total} 个其他应用引用它"),
    };
    (total > 0 || incomplete).then(|| {
        let rows = rows.into_iter().map(dependant).collect_view();
        view! {
            <Note state=State::Degraded title>
                <p>{t!("What refers to it reaches nobody afterwards.", "删除后，引用它的应用将无法访问它。")}</p>
                <ul class="stack">
                    {rows}
                    {(more > 0)
                        .then(|| {
                            let words = if told == 0 {
                                tf!("not shown, as you may not see them: {more}", "您无权查看的应用：{more} 个")
                            } else {
                                tf!("and {more} more", "另有 {more} 个")
                            };
                            view! { <li>{words}</li> }
                        })}
                    {incomplete
                        .then(|| {
                            view! {
                                <li>
                                    {t!(
                                        "There are too many apps around it to look at all of them.",
                                        "周围的应用过多，未能全部检查。"
                                    )}
                                </li>
                            }
                        })}
                </ul>
            </Note>
        }
    })
}

fn dependant(dependant: Dependant) -> impl IntoView {
    let Dependant { app, app_name, namespace_name, mentions } = dependant;
    let places: Vec<String> = mentions
        .into_iter()
        .map(|mention| {
            let name = mention.name;
            match mention.kind {
                MentionKind::Environment => tf!("environment {name}", "环境变量 {name}"),
                MentionKind::File => tf!("file {name}", "文件 {name}"),
            }
        })
        .collect();
    let places = places.join(t!(", ", "、"));
    view! {
        <li>
            <a href=format!("/apps/{app}")>{format!("{namespace_name} ▸ {app_name}")}</a>
            " "
            {tf!("refers to it: {places}", "引用了它：{places}")}
        </li>
    }
}
