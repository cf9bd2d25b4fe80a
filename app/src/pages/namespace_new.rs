//! A new namespace: whose, where, and how much.

use leptos::{either::Either, form::ActionForm, prelude::*};
use leptos_meta::Title;
use leptos_router::hooks::use_query_map;

use crate::{
    UiError,
    api::{
        accounts::{get_tenant, list_tenants},
        clusters::list_clusters,
        namespaces::CreateNamespace,
    },
    components::{Button, ButtonKind, Choice, Empty, FormErrors, LinkButton, PageHeader, SelectField, TextField},
    load::Load,
    model::{ClusterRow, NameQuery, Permission, Slice, TenantId, TenantRow},
    pages::{
        form::{field, last_error},
        list::chosen,
        parts::{linked, may, of_platform, page_to_come, shown},
        pick::{PickField, find_tenants, tenant_choice},
    },
    t,
};

/// Makes a namespace.
#[component]
pub fn NewNamespacePage() -> impl IntoView {
    let platform = of_platform();
    let clusters = Load::new(|| (), |()| list_clusters());
    let query = use_query_map();
    let wanted = Memo::new(move |_| query.with(|q| chosen(q, "tenant")).and_then(|id| id.parse().ok()));
    let tenants = Load::new(
        move || wanted.get(),
        move |wanted| async move { if platform { owners(wanted).await } else { Ok(None) } },
    );
    let retry = move || {
        clusters.refetch();
        tenants.refetch();
    };
    view! {
        <Title text=t!("New namespace", "新建命名空间") />
        <Transition fallback=page_to_come>
            {move || Suspend::new(async move {
                let both = async { Ok::<_, UiError>((clusters.await?, tenants.await?)) };
                shown(
                    both.await,
                    true,
                    retry,
                    move |(clusters, tenants)| view! { <NamespaceForm clusters tenants /> },
                )
            })}
        </Transition>
    }
}

/// The tenants that a namespace can be for, the one that is wanted first.
async fn owners(wanted: Option<TenantId>) -> Result<Option<Slice<TenantRow>>, UiError> {
    let mut part = list_tenants(NameQuery::most()).await?;
    if let Some(id) = wanted {
        match part.rows.iter().position(|t| t.id == id) {
            Some(at) => part.rows.swap(0, at),
            // It may be gone; then the first one is as good.
            None => part.rows.splice(0..0, get_tenant(id).await.ok()).for_each(drop),
        }
    }
    Ok(Some(part))
}

#[component]
fn NamespaceForm(
    clusters: Vec<ClusterRow>,
    /// Whose it may be; `None` when it is one's own tenant's.
    tenants: Option<Slice<TenantRow>>,
) -> impl IntoView {
    if clusters.is_empty() || tenants.as_ref().is_some_and(|t| t.rows.is_empty()) {
        let no_cluster = clusters.is_empty();
        return view! { <Missing no_cluster /> }.into_any();
    }
    let query = use_query_map();
    let wanted = query.with_untracked(|q| chosen(q, "cluster"));
    let clusters: Vec<_> = clusters.into_iter().map(|c| Choice::new(c.id.to_string(), c.name)).collect();
    let cluster = wanted.filter(|w| clusters.iter().any(|c| c.value == *w));
    let cluster = cluster.or_else(|| clusters.first().map(|c| c.value.clone()));
    let create = ServerAction::<CreateNamespace>::new();
    let error = last_error(create.value());
    let platform = tenants.is_some();
    let owner = match tenants {
        Some(tenants) => {
            let whole = tenants.is_whole();
            let rows: Vec<_> = tenants.rows.into_iter().map(tenant_choice).collect();
            let bind = RwSignal::new(rows.first().map(|c| c.value.clone()).unwrap_or_default());
            Either::Left(view! {
                <PickField
                    name="form[tenant]"
                    label=t!("Tenant", "租户")
                    first=rows
                    whole
                    bind
                    error=field(error, &["tenant"])
                    find=find_tenants
                />
            })
        }
        None => Either::Right(view! { <input type="hidden" name="form[tenant]" value="" /> }),
    };
    view! {
        <div class="page page-narrow">
            <PageHeader title=t!("New namespace", "新建命名空间") />
            <p class="page-lead">
                {t!(
                    "A tenant's share of a cluster. Its pods together never get more than the quota; they are kept apart from other tenants' by network policy and pod security.",
                    "租户在集群中的份额。其 Pod 总量不会超过配额，并通过网络策略和 Pod 安全策略与其他租户隔离。",
                )}
            </p>
            <ActionForm action=create>
                <div class="form">
                    <FormErrors error=linked(error, false) />
                    <div class="form-row">
                        <SelectField
                            name="form[cluster]"
                            label=t!("Cluster", "集群")
                            choices=clusters
                            value=cluster.unwrap_or_default()
                            error=field(error, &["cluster"])
                        />
                        {owner}
                    </div>
                    <TextField
                        name="form[name]"
                        label=t!("Name", "名称")
                        error=field(error, &["name"])
                        placeholder="shop"
                        hint=t!(
                            "Lower-case letters, digits, hyphens; unique in the cluster.",
                            "小写字母、数字和连字符，在集群内唯一。"
                        )
                        mono=true
                    />
                    {platform
                        .then(|| {
                            view! {
                                <SelectField
                                    name="form[existing]"
                                    label=t!("Where it comes from", "来源")
                                    choices=vec![
                                        Choice::new("no", t!("A new one", "新建")),
                                        Choice::new("yes", t!("The cluster has it: take it over", "集群中已有：接管")),
                                    ]
                                    error=field(error, &["existing"])
                                />
                            }
                        })}
                    <QuotaFields cpu="4" memory="8Gi" pods="20" error />
                    <div class="form-actions">
                        <Button kind=ButtonKind::Primary icon="plus" busy=create.pending()>
                            {t!("Make the namespace", "创建命名空间")}
                        </Button>
                        <LinkButton href="/namespaces" kind=ButtonKind::Plain>
                            {t!("Cancel", "取消")}
                        </LinkButton>
                    </div>
                </div>
            </ActionForm>
        </div>
    }
    .into_any()
}

/// What a namespace's pods may ask for, together.
#[component]
pub fn QuotaFields(
    /// CPU at first.
    #[prop(into)]
    cpu: String,
    /// Memory at first.
    #[prop(into)]
    memory: String,
    /// How many pods at first.
    #[prop(into)]
    pods: String,
    /// The action's error.
    error: Signal<Option<UiError>>,
) -> impl IntoView {
    view! {
        <fieldset class="fieldset">
            <legend>{t!("Quota", "配额")}</legend>
            <div class="form-row">
                <TextField
                    name="form[cpu]"
                    label="CPU"
                    value=cpu
                    error=field(error, &["cpu"])
                    unit=t!("cores", "核")
                    inputmode="decimal"
                />
                <TextField
                    name="form[memory]"
                    label=t!("Memory", "内存")
                    value=memory
                    error=field(error, &["memory"])
                    hint=t!("512Mi, 8Gi", "如 512Mi、8Gi")
                />
                <TextField
                    name="form[pods]"
                    label=t!("Pods", "Pod 数量")
                    value=pods
                    error=field(error, &["pods"])
                    inputmode="numeric"
                />
            </div>
        </fieldset>
    }
}

/// Something has to be there before a namespace can be.
#[component]
fn Missing(no_cluster: bool) -> impl IntoView {
    let (icon, title, text) = if no_cluster {
        (
            "server",
            t!("There is no cluster yet", "还没有集群"),
            if of_platform() {
                t!("A namespace lies in a cluster: connect one first.", "命名空间位于集群中，请先接入集群。")
            } else {
                t!(
                    "The platform's administrators give your tenant its first namespace in one of their clusters. Ask them.",
                    "首个命名空间由平台管理员在其集群中为您的租户创建，请联系他们。"
                )
            },
        )
    } else {
        (
            "building-2",
            t!("There is no tenant yet", "还没有租户"),
            t!("A namespace belongs to a tenant: make one first.", "命名空间属于租户，请先创建租户。"),
        )
    };
    let step = if no_cluster {
        may(Permission::ClusterManage).then_some(("/clusters/new", t!("Connect a cluster", "接入集群")))
    } else {
        may(Permission::TenantManage).then_some(("/tenants/new", t!("Make a tenant", "新建租户")))
    };
    view! {
        <div class="page">
            <PageHeader title=t!("New namespace", "新建命名空间") />
            <Empty icon title text>
                {step
                    .map(|(href, words)| {
                        view! {
                            <LinkButton href kind=ButtonKind::Primary icon="plus">
                                {words}
                            </LinkButton>
                        }
                    })}
            </Empty>
        </div>
    }
}
