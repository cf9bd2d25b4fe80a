//! One cluster at a glance: capacity, pods, what is in trouble, and what it warned of. Live.

use leptos::{form::ActionForm, prelude::*};
use leptos_meta::Title;
use leptos_router::components::Redirect;

use crate::{
    UiError,
    api::clusters::{DisconnectCluster, get_cluster},
    components::{
        Button, ButtonKind, Cell, Column, DataTable, Figure, Figures, FormErrors, LinkButton, NameCell, Note, Section,
        SkeletonText, State, StateBadge, StateCell, TextField, pagination::group,
    },
    drawn::drawn,
    live,
    load::Load,
    model::{ClusterId, ClusterOverview, ClusterState, NodeRow, Permission, Topic, Viewer},
    pages::{
        address::encode,
        cluster_head::{cluster_header, cluster_id},
        cluster_parts::{capacities, event_list, pod_list},
        failure::Failure,
        form::{field, last_error, whole},
        words,
    },
    t, tf,
};

/// One cluster.
#[component]
pub fn ClusterPage() -> impl IntoView {
    let id = cluster_id();
    let overview = Load::new(
        move || id.get(),
        |id| async move {
            match id.parse::<ClusterId>() {
                Ok(id) => get_cluster(id).await,
                Err(_) => Err(UiError::not_found()),
            }
        },
    );
    view! {
        <div class="page">
            <Transition fallback=|| view! { <SkeletonText lines=8 title=true /> }>
                {move || Suspend::new(async move {
                    match overview.await {
                        Ok(overview) => drawn(view! { <Overview overview /> }),
                        Err(error) => {
                            view! { <Failure error page=true retry=move |()| overview.refetch() /> }.into_any()
                        }
                    }
                })}
            </Transition>
        </div>
    }
}

#[component]
fn Overview(overview: ClusterOverview) -> impl IntoView {
    let viewer = expect_context::<Viewer>();
    let id = overview.cluster.id;
    let name = overview.cluster.name.clone();
    let overview = live::value(Topic::Cluster(id), overview);
    let row = Signal::derive(move || overview.with(|o| o.cluster.clone()));
    let capacity = Signal::derive(move || overview.with(|o| o.capacity));
    let figure = move |f: fn(&ClusterOverview) -> u32| move || overview.with(|o| group(f(o).into()));
    let phases = Memo::new(move |_| overview.with(|o| o.pods_by_phase.clone()));
    let nodes = Memo::new(move |_| overview.with(|o| o.troubled_nodes.clone()));
    let pods = Memo::new(move |_| overview.with(|o| o.troubled_pods.clone()));
    let warnings = Memo::new(move |_| overview.with(|o| o.warnings.clone()));
    let loading = Memo::new(move |_| overview.with(|o| o.cluster.state == ClusterState::Loading));
    let well = Memo::new(move |_| nodes.with(Vec::is_empty) && pods.with(Vec::is_empty));
    view! {
        <Title text=name.clone() />
        {cluster_header(row, "overview")}
        <Section title=t!("Now", "当前")>
            {move || {
                loading
                    .get()
                    .then(|| {
                        view! {
                            <Note
                                state=State::Rolling
                                title=t!(
                                    "Longshore reads the cluster for the first time; the figures grow until it is done.",
                                    "Longshore 正在首次读取集群，读取完成前数字会持续增加。"
                                )
                            />
                        }
                    })
            }}
            <Figures>
                <Figure name=t!("nodes ready", "就绪节点")>
                    {figure(|o| o.cluster.nodes_ready)} " "
                    <small>
                        {move || {
                            let n = group(overview.with(|o| o.cluster.nodes).into());
                            tf!("of {n}", "共 {n}")
                        }}
                    </small>
                </Figure>
                <Figure name=t!("pods", "Pod")>{figure(|o| o.cluster.pods)}</Figure>
                <Figure name=t!("namespaces", "命名空间")>{figure(|o| o.namespaces)}</Figure>
                {move || {
                    phases
                        .get()
                        .into_iter()
                        .map(|(phase, n)| {
                            view! {
                                <div>
                                    <dt>{phase_word(&phase)}</dt>
                                    <dd>{group(n.into())}</dd>
                                </div>
                            }
                        })
                        .collect_view()
                }}
            </Figures>
        </Section>
        <Section title=t!("Capacity", "容量")>{capacities(capacity)}</Section>
        <Section title=t!("Trouble", "异常")>
            {move || {
                well.get()
                    .then(|| {
                        view! {
                            <p class="muted">
                                {t!(
                                    "Every node is ready and every pod does its work.",
                                    "所有节点就绪，所有 Pod 正常。"
                                )}
                            </p>
                        }
                    })
            }}
            <div class="stack">
            {move || {
                let nodes = nodes.get();
                (!nodes.is_empty()).then(|| node_list(id, nodes))
            }}
            {move || {
                let pods = pods.get();
                (!pods.is_empty())
                    .then(|| pod_list(&id.to_string(), t!("Pods in trouble", "异常 Pod"), pods, true))
            }}
            </div>
        </Section>
        <Section title=t!("Warnings", "警告")>
            {move || {
                let warnings = warnings.get();
                if warnings.is_empty() {
                    view! {
                        <p class="muted">{t!("No warning lately.", "近期没有警告。")}</p>
                    }
                        .into_any()
                } else {
                    event_list(t!("Recent warnings", "近期警告"), warnings).into_any()
                }
            }}
        </Section>
        {viewer
            .may(Permission::ClusterManage)
            .then(|| {
                view! {
                    <Section title=t!("Metrics over time", "历史指标")>
                        <LinkButton href=format!("/clusters/{id}/metrics") icon="activity">
                            {t!("Metrics source", "指标来源")}
                        </LinkButton>
                    </Section>
                    <Section title="Kubeconfig">
                        <LinkButton href=format!("/clusters/{id}/kubeconfig") icon="key-round">
                            {t!("Give it another one", "更换 kubeconfig")}
                        </LinkButton>
                    </Section>
                    <Disconnect id name />
                }
            })}
    }
}

fn phase_word(phase: &str) -> String {
    match phase {
        "Running" => t!("running", "运行中"),
        "Pending" => t!("pending", "等待中"),
        "Succeeded" => t!("succeeded", "已完成"),
        "Failed" => t!("failed", "失败"),
        "Unknown" => t!("unknown", "未知"),
        other => return other.to_owned(),
    }
    .to_owned()
}

fn node_list(cluster: ClusterId, nodes: Vec<NodeRow>) -> impl IntoView {
    let columns = vec![
        Column::new(t!("Name", "名称")),
        Column::new(t!("State", "状态")),
        Column::new(t!("Roles", "角色")),
        Column::new(t!("Pods", "Pod")).number(),
    ];
    let rows = nodes
        .into_iter()
        .map(|node| {
            let href = format!("/clusters/{cluster}/nodes/{}", encode(&node.name));
            view! {
                <tr role="row">
                    <NameCell href>{node.name}</NameCell>
                    <StateCell>
                        <StateBadge state=State::from(node.state) word=words::node_state(node.state) />
                    </StateCell>
                    <Cell label=t!("Roles", "角色")>{words::roles(&node.roles)}</Cell>
                    <Cell label=t!("Pods", "Pod") class="num">
                        {format!("{} / {}", node.capacity.pods_used, node.capacity.pods)}
                    </Cell>
                </tr>
            }
        })
        .collect_view();
    view! {
        <DataTable caption=t!("Nodes in trouble", "异常节点") columns dense=true>
            {rows}
        </DataTable>
    }
}

/// Forgets the cluster. It says what goes, and asks for the name.
#[component]
fn Disconnect(id: ClusterId, name: String) -> impl IntoView {
    let disconnect = ServerAction::<DisconnectCluster>::new();
    let error = last_error(disconnect.value());
    view! {
        {move || {
            matches!(disconnect.value().get(), Some(Ok(()))).then(|| view! { <Redirect path="/clusters" /> })
        }}
        <Section title=t!("Disconnect", "断开集群")>
            <details>
                <summary class="button button-warn">{t!("Forget this cluster", "移除该集群")}</summary>
                <div class="stack">
                    <p class="prose">
                        {t!(
                            "Longshore deletes the kubeconfig it keeps and stops watching. Nothing in the cluster is touched: what runs goes on running. It is refused while tenants have namespaces here.",
                            "Longshore 将删除保存的 kubeconfig 并停止监视。集群中的任何内容都不会改动，现有应用继续运行。集群中仍有租户的命名空间时不能断开。"
                        )}
                    </p>
                    <ActionForm action=disconnect>
                        <div class="form">
                            <FormErrors error=whole(error) />
                            <input type="hidden" name="id" value=id.to_string() />
                            <TextField
                                name="confirm"
                                label=tf!("Write the name, {name}, to confirm", "输入名称 {name} 以确认")
                                error=field(error, &["confirm"])
                                mono=true
                            />
                            <div class="form-actions">
                                <Button kind=ButtonKind::Danger icon="unplug" busy=disconnect.pending()>
                                    {tf!("Disconnect {name}", "断开 {name}")}
                                </Button>
                            </div>
                        </div>
                    </ActionForm>
                </div>
            </details>
        </Section>
    }
}
