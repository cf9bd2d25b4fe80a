//! One namespace: its quota and what of it is taken, its applications, and its end.

use leptos::{form::ActionForm, prelude::*};
use leptos_meta::Title;

use super::{namespace_new::QuotaFields, namespaces::taken};
use crate::{
    api::namespaces::{DeleteDisk, DeleteNamespace, SetQuota, get_namespace, list_disks, list_unmanaged},
    components::{
        Button, ButtonKind, CapacityBar, Cell, Choice, Column, DataTable, FormErrors, LinkButton, Note, PageHeader,
        RelativeTime, Section, SelectField, SkeletonRows, State, TextField,
        bar::{cpu_share, memory_share},
    },
    load::Load,
    model::{AppStorage, NamespaceId, NamespaceRow, Permission, Quota, UnmanagedRow},
    pages::{
        app::Disks,
        form::{field, last_error, when_done},
        parts::{asked_again, linked, may, not_handed_yet, page_to_come, segment, shown},
    },
    t, tf,
};

/// One namespace.
#[component]
pub fn NamespacePage() -> impl IntoView {
    let id = segment::<NamespaceId>("id");
    let namespace = Load::new(move || id.get(), |id| async move { get_namespace(id?).await });
    let changed = Callback::new(move |()| namespace.refetch());
    view! {
        <Transition fallback=page_to_come>
            {move || Suspend::new(async move {
                shown(
                    namespace.await,
                    true,
                    move || namespace.refetch(),
                    move |namespace| view! { <Whole namespace changed /> },
                )
            })}
        </Transition>
    }
}

#[component]
fn Whole(namespace: NamespaceRow, changed: Callback<()>) -> impl IntoView {
    let NamespaceRow { id, name, quota, used, apps, .. } = namespace.clone();
    let (facts, row) = (namespace.clone(), namespace.clone());
    let waiting = asked_again(
        namespace.waiting,
        |waits| *waits,
        move || async move { get_namespace(id).await.map(|row| row.waiting) },
    );
    let actions = move || {
        view! {
            {may(Permission::AppPublish)
                .then(|| {
                    view! {
                        <LinkButton href=format!("/apps/new?namespace={id}") kind=ButtonKind::Primary icon="rocket">
                            {t!("Publish here", "发布到此处")}
                        </LinkButton>
                    }
                })}
            <LinkButton href=format!("/apps?namespace={id}") icon="box">
                {tf!("{apps} apps", "{apps} 个应用")}
            </LinkButton>
            <LinkButton href=format!("/namespaces/{id}/secrets") icon="key-round">
                {t!("Secrets", "密钥")}
            </LinkButton>
        }
    };
    view! {
        <Title text=name.clone() />
        <div class="page page-narrow">
            <PageHeader
                title=name.clone()
                actions
                facts=move || {
                    let row = facts.clone();
                    view! {
                        <span>
                            <span class="muted">{t!("cluster", "集群")}</span>
                            {if may(Permission::ClusterRead) {
                                view! { <a href=format!("/clusters/{}", row.cluster)>{row.cluster_name}</a> }.into_any()
                            } else {
                                row.cluster_name.into_any()
                            }}
                        </span>
                        <span>
                            <span class="muted">{t!("tenant", "租户")}</span>
                            {if may(Permission::TenantManage) {
                                view! { <a href=format!("/tenants/{}", row.tenant)>{row.tenant_name}</a> }.into_any()
                            } else {
                                row.tenant_name.into_any()
                            }}
                        </span>
                        <span>
                            <span class="muted">{t!("made", "创建于")}</span>
                            <RelativeTime at=row.created_at />
                        </span>
                    }
                }
            />
            <Section title=t!("Quota", "配额") note=t!("what its pods have asked for, of what they may", "已申请量与上限")>
                <div class="stack">
                    <CapacityBar
                        name="CPU"
                        text=tf!("{} cores", "{} 核", cpu_share(used.cpu, quota.cpu))
                        values=taken(used.cpu.0, quota.cpu.0)
                    />
                    <CapacityBar
                        name=t!("Memory", "内存")
                        text=memory_share(used.memory, quota.memory)
                        values=taken(used.memory.0, quota.memory.0)
                    />
                    <CapacityBar
                        name=t!("Pods", "Pod")
                        text=tf!("{} of {}", "{} / {}", used.pods, quota.pods)
                        values=taken(used.pods.into(), quota.pods.into())
                    />
                    {move || {
                        waiting
                            .get()
                            .then(|| {
                                not_handed_yet(
                                    t!("The cluster has not been handed the newest yet", "最新设置尚未同步到集群"),
                                )
                            })
                    }}
                    {may(Permission::NamespaceManage).then(|| view! { <ChangeQuota row changed /> })}
                </div>
            </Section>
            {may(Permission::AppPublish).then(|| view! { <Unmanaged id /> })}
            <DisksLeft id />
            {may(Permission::NamespaceManage).then(|| view! { <Delete id name apps /> })}
        </div>
    }
}

/// Changes the quota. What runs stays, whatever is written.
#[component]
fn ChangeQuota(row: NamespaceRow, changed: Callback<()>) -> impl IntoView {
    let save = ServerAction::<SetQuota>::new();
    let error = last_error(save.value());
    when_done(save.value(), changed);
    let Quota { cpu, memory, pods } = row.quota;
    view! {
        <details>
            <summary class="button">{t!("Change the quota", "更改配额")}</summary>
            <ActionForm action=save>
                <div class="form">
                    <FormErrors error=linked(error, false) />
                    <input type="hidden" name="id" value=row.id.to_string() />
                    <input type="hidden" name="form[version]" value=row.version.to_string() />
                    <QuotaFields cpu=cpu.quantity() memory=memory.quantity() pods=pods.to_string() error />
                    <p class="muted prose">
                        {t!(
                            "What runs goes on, also when it has more than that; then nothing new starts until there is room again.",
                            "正在运行的不受影响。若已超出新配额，在腾出空间之前不会启动新的 Pod。"
                        )}
                    </p>
                    <div class="form-actions">
                        <Button kind=ButtonKind::Primary icon="check" busy=save.pending()>
                            {t!("Save the quota", "保存配额")}
                        </Button>
                    </div>
                </div>
            </ActionForm>
        </details>
    }
}

/// The Deployments that are no application's, each with the way to become one.
#[component]
fn Unmanaged(id: NamespaceId) -> impl IntoView {
    let found = Load::new(move || id, |id| async move { list_unmanaged(id).await });
    let title = || t!("Not run by Longshore", "不由 Longshore 管理");
    view! {
        <Transition fallback=move || {
            view! {
                <Section title=title()>
                    <SkeletonRows rows=2 columns=4 />
                </Section>
            }
        }>
            {move || Suspend::new(async move {
                match found.await {
                    Ok(rows) if rows.is_empty() => ().into_any(),
                    // What is not known now is no reason to show the rest as broken.
                    answer => {
                        let table = move |rows| unmanaged_table(id, title(), rows);
                        let table = shown(answer, false, move || found.refetch(), table);
                        view! { <Section title=title()>{table}</Section> }.into_any()
                    }
                }
            })}
        </Transition>
    }
}

fn unmanaged_table(id: NamespaceId, caption: &'static str, rows: Vec<UnmanagedRow>) -> impl IntoView {
    let columns = vec![
        Column::new(t!("Deployment", "Deployment")),
        Column::new(t!("Image", "镜像")),
        Column::new(t!("Pods", "Pod")),
        Column::new(t!("Made", "创建于")),
        Column::new(t!("Action", "操作")),
    ];
    let rows = rows.into_iter().map(|row| unmanaged_row(id, row)).collect_view();
    view! {
        <div class="stack">
            <p class="muted">
                {t!(
                    "Deployments that were here before, or that somebody made beside Longshore. One that is imported becomes an app; its pods run on.",
                    "此前已存在或在 Longshore 之外创建的 Deployment。导入后成为应用，其 Pod 继续运行。"
                )}
            </p>
            <DataTable caption columns>
                {rows}
            </DataTable>
        </div>
    }
}

fn unmanaged_row(id: NamespaceId, row: UnmanagedRow) -> impl IntoView {
    let UnmanagedRow { name, images, replicas, ready, created_at } = row;
    let way = format!("/namespaces/{id}/import/{name}");
    view! {
        <tr role="row">
            <th scope="row" role="rowheader">
                <a href=way.clone()>{name}</a>
            </th>
            <Cell label=t!("Image", "镜像")>
                <code class="wrap">{images.join(", ")}</code>
            </Cell>
            <Cell label=t!("Pods", "Pod")>{tf!("{ready} of {replicas}", "{ready} / {replicas}")}</Cell>
            <Cell label=t!("Made", "创建于")>{created_at.map(|at| view! { <RelativeTime at /> })}</Cell>
            <Cell label=t!("Action", "操作")>
                <LinkButton href=way small=true>
                    {t!("Look and import", "查看并导入")}
                </LinkButton>
            </Cell>
        </tr>
    }
}

/// The disks that applications which are gone have left; nothing where there are none.
#[component]
fn DisksLeft(id: NamespaceId) -> impl IntoView {
    let left = Load::new(move || id, |id| async move { list_disks(id).await });
    let delete = ServerAction::<DeleteDisk>::new();
    let error = last_error(delete.value());
    when_done(delete.value(), Callback::new(move |()| left.refetch()));
    let may_delete = may(Permission::AppDelete);
    view! {
        <Transition fallback=|| ()>
            {move || Suspend::new(async move {
                match left.await {
                    Ok(AppStorage { disks }) if disks.is_empty() => ().into_any(),
                    Ok(AppStorage { disks }) => {
                        let names = disks.iter().map(|disk| Choice::new(disk.name.clone(), disk.name.clone()));
                        let choices = Signal::stored(names.collect::<Vec<_>>());
                        view! {
                            <Section title=t!("Disks of deleted apps", "已删除应用的磁盘")>
                                <div class="stack">
                                    <p class="muted">
                                        {t!(
                                            "An app of the same name takes them up again.",
                                            "同名应用会继续使用这些磁盘。"
                                        )}
                                    </p>
                                    <Disks disks />
                                    {may_delete
                                        .then(|| {
                                            view! {
                                                <details>
                                                    <summary class="button button-warn">
                                                        {t!("Delete a disk", "删除磁盘")}
                                                    </summary>
                                                    <ActionForm action=delete>
                                                        <div class="form">
                                                            <FormErrors error />
                                                            <input type="hidden" name="id" value=id.to_string() />
                                                            <SelectField name="disk" label=t!("Which", "磁盘") choices />
                                                            <TextField
                                                                name="confirm"
                                                                id="confirm-disk"
                                                                label=t!(
                                                                    "Type its name: it goes with the data on it",
                                                                    "输入其名称：磁盘及数据会一并删除"
                                                                )
                                                                error=field(error, &["confirm"])
                                                                mono=true
                                                            />
                                                            <div class="form-actions">
                                                                <Button
                                                                    kind=ButtonKind::Danger
                                                                    icon="trash-2"
                                                                    busy=delete.pending()
                                                                >
                                                                    {t!("Delete the disk", "删除磁盘")}
                                                                </Button>
                                                            </div>
                                                        </div>
                                                    </ActionForm>
                                                </details>
                                            }
                                        })}
                                </div>
                            </Section>
                        }
                            .into_any()
                    }
                    // What is not known now is no reason to show the rest as broken.
                    Err(error) => {
                        view! {
                            <Section title=t!("Disks of deleted apps", "已删除应用的磁盘")>
                                <p class="muted">{error.message.here()}</p>
                            </Section>
                        }
                            .into_any()
                    }
                }
            })}
        </Transition>
    }
}

/// The end of a namespace; it has to be empty.
#[component]
fn Delete(id: NamespaceId, name: String, apps: u64) -> impl IntoView {
    let delete = ServerAction::<DeleteNamespace>::new();
    let error = last_error(delete.value());
    let asks_for_disks = Memo::new(move |asked: Option<&bool>| {
        asked == Some(&true) || error.with(|e| e.as_ref().is_some_and(|e| e.fields.iter().any(|f| f.field == "disks")))
    });
    let ask = tf!("Type {name} to delete it", "输入 {name} 以确认删除");
    let button = tf!("Delete {name}", "删除 {name}");
    let body = if apps > 0 {
        view! {
            <Note state=State::Idle title=tf!("It has {apps} apps", "其中有 {apps} 个应用")>
                <p>{t!("Delete them first; then the namespace can go.", "请先删除这些应用，然后才能删除命名空间。")}</p>
                <LinkButton href=format!("/apps?namespace={id}") small=true>
                    {t!("Show them", "查看应用")}
                </LinkButton>
            </Note>
        }
        .into_any()
    } else {
        view! {
            <ActionForm action=delete>
                <div class="form">
                    <FormErrors error />
                    <p class="prose">
                        {t!(
                            "The namespace goes from the cluster with its quota, its network policy and whatever else is in it. This cannot be undone.",
                            "命名空间连同其配额、网络策略及其中的一切都会从集群中移除，此操作无法撤销。",
                        )}
                    </p>
                    <input type="hidden" name="id" value=id.to_string() />
                    // Only where there are any.
                    {move || {
                        asks_for_disks
                            .get()
                            .then(|| {
                                view! {
                                    <SelectField
                                        name="disks"
                                        label=t!("Disks of deleted apps", "已删除应用的磁盘")
                                        choices=Signal::stored(vec![
                                            Choice::new("keep", t!("keep them, and the namespace", "保留磁盘和命名空间")),
                                            Choice::new("delete", t!("delete them with their data", "删除磁盘及数据")),
                                        ])
                                        error=field(error, &["disks"])
                                    />
                                }
                            })
                    }}
                    <TextField name="confirm" label=ask error=field(error, &["confirm"]) mono=true />
                    <div class="form-actions">
                        <Button kind=ButtonKind::Danger icon="trash-2" busy=delete.pending()>
                            {button}
                        </Button>
                    </div>
                </div>
            </ActionForm>
        }
        .into_any()
    };
    view! { <Section title=t!("Delete", "删除")>{body}</Section> }
}
