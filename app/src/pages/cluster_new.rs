//! Connects a cluster: a kubeconfig pasted or uploaded, looked at first, then kept.

use leptos::{form::ActionForm, prelude::*};
use leptos_meta::Title;
use leptos_router::components::Redirect;

use crate::{
    api::clusters::{CheckCluster, ConnectCluster},
    components::{
        Button, ButtonKind, Cell, Column, DataTable, Fact, Facts, FormErrors, LinkButton, Note, PageHeader, Section,
        State, StateBadge, StateCell, TextField, time::use_clock,
    },
    model::{ClusterCheck, ClusterRight, NewCluster},
    pages::{
        cluster_kubeconfig::KubeconfigFields,
        form::{field, last_error, whole},
    },
    t, tf,
};

/// The form of a new cluster.
#[component]
pub fn ConnectClusterPage() -> impl IntoView {
    let name = RwSignal::new(String::new());
    let kubeconfig = RwSignal::new(String::new());
    let check = ServerAction::<CheckCluster>::new();
    let connect = ServerAction::<ConnectCluster>::new();
    // What the last check was about: its answer holds for nothing else.
    let checked = RwSignal::new(None::<(String, String)>);
    let current = Memo::new(move |_| {
        checked.with(|c| c.as_ref().is_some_and(|(n, k)| name.with(|now| now == n) && kubeconfig.with(|now| now == k)))
    });
    let found = Memo::new(move |_| {
        let answer = check.value().with(|v| v.as_ref().and_then(|v| v.as_ref().ok()).cloned());
        answer.filter(|_| current.get())
    });
    let usable = Memo::new(move |_| found.with(|f| f.as_ref().is_some_and(ClusterCheck::usable)));
    let check_error = last_error(check.value());
    let connect_error = last_error(connect.value());
    let error = Signal::derive(move || connect_error.get().or_else(|| check_error.get()));
    let made = move || connect.value().with(|v| v.as_ref().and_then(|v| v.as_ref().ok()).map(|c| c.id));
    let look = move |_| {
        connect.clear();
        let form = NewCluster { name: name.get_untracked(), kubeconfig: kubeconfig.get_untracked() };
        checked.set(Some((form.name.clone(), form.kubeconfig.clone())));
        check.dispatch(CheckCluster { form });
    };
    // Before the page lives nothing can be checked by hand; the server checks in any case before it keeps anything.
    let clock = use_clock();
    let blocked = Signal::derive(move || clock.is_local() && !usable.get());
    view! {
        <Title text=t!("Connect a cluster", "接入集群") />
        {move || made().map(|id| view! { <Redirect path=format!("/clusters/{id}") /> })}
        <div class="page page-narrow">
            <PageHeader title=t!("Connect a cluster", "接入集群").to_owned() />
            <p class="page-lead">
                {t!(
                    "Give Longshore a kubeconfig. It is checked before it is kept, kept encrypted, and never shown again.",
                    "请提供 kubeconfig。保存前会先检查，加密保存，之后不再显示。"
                )}
            </p>
            <ActionForm action=connect>
                <div class="form">
                    <FormErrors error=whole(error) />
                    <TextField
                        name="form[name]"
                        label=t!("Name", "名称")
                        bind=name
                        mono=true
                        autofocus=true
                        hint=t!("Lower-case letters, digits and hyphens: prod-eu.", "小写字母、数字和连字符，如 prod-eu。").to_owned()
                        error=field(error, &["name"])
                    />
                    <KubeconfigFields bind=kubeconfig error />
                    <div class="form-actions">
                        <Button icon="eye" busy=check.pending() on_press=look>
                            {t!("Check", "检查")}
                        </Button>
                        <Button
                            kind=ButtonKind::Primary
                            icon="link"
                            busy=connect.pending()
                            disabled=blocked
                        >
                            {t!("Connect", "接入")}
                        </Button>
                        <LinkButton href="/clusters".to_owned()>{t!("Cancel", "取消")}</LinkButton>
                    </div>
                </div>
            </ActionForm>
            <div aria-live="polite">{move || found.get().map(|check| view! { <Found check /> })}</div>
        </div>
    }
}

/// What the kubeconfig leads to, and what it may do there.
#[component]
fn Found(check: ClusterCheck) -> impl IntoView {
    let usable = check.usable();
    let (state, title) = if usable {
        (State::Serving, t!("It can be connected.", "可以接入。"))
    } else {
        let n = check.rights.iter().filter(|r| r.required && !r.allowed).count();
        let words = tf!("It lacks {n} rights that Longshore cannot work without.", "缺少 {n} 项必需的权限，无法接入。");
        return view! {
            <Section title=t!("What it leads to", "检查结果")>
                <Note state=State::Failed title=words />
                {details(check)}
            </Section>
        }
        .into_any();
    };
    view! {
        <Section title=t!("What it leads to", "检查结果")>
            <Note state title />
            {details(check)}
        </Section>
    }
    .into_any()
}

fn details(check: ClusterCheck) -> impl IntoView {
    let columns = vec![
        Column::new(t!("Resource", "资源")),
        Column::new(t!("Verbs", "操作")),
        Column::new(t!("Allowed", "是否允许")),
        Column::new(t!("Needed for", "用途")),
    ];
    let rows = grouped(check.rights)
        .into_iter()
        .map(|right| {
            let (state, word) = match (right.allowed, right.required) {
                (true, _) => (State::Serving, t!("Yes", "允许")),
                (false, true) => (State::Failed, t!("No", "不允许")),
                (false, false) => (State::Degraded, t!("No", "不允许")),
            };
            let need = if right.required { t!("Everything", "必需") } else { t!("Some pages", "部分功能") };
            view! {
                <tr role="row">
                    <th scope="row" role="rowheader">
                        <span class="mono">{right.resource}</span>
                    </th>
                    <Cell label=t!("Verbs", "操作")>{right.verb}</Cell>
                    <StateCell>
                        <StateBadge state word />
                    </StateCell>
                    <Cell label=t!("Needed for", "用途")>{need}</Cell>
                </tr>
            }
        })
        .collect_view();
    view! {
        <Facts>
            <Fact name=t!("Address", "地址")>
                <code>{check.server}</code>
            </Fact>
            <Fact name=t!("Version", "版本")>{check.version}</Fact>
            <Fact name=t!("The cluster knows you as", "集群中的用户")>
                <span class="mono">{check.user}</span>
            </Fact>
        </Facts>
        <DataTable caption=t!("Rights in the cluster", "在集群中的权限") columns dense=true>
            {rows}
        </DataTable>
    }
}

/// One line for each resource and answer: its verbs together.
fn grouped(rights: Vec<ClusterRight>) -> Vec<ClusterRight> {
    let mut lines: Vec<ClusterRight> = Vec::new();
    for right in rights {
        let same = |line: &&mut ClusterRight| {
            (&line.resource, line.allowed, line.required) == (&right.resource, right.allowed, right.required)
        };
        match lines.iter_mut().find(same) {
            Some(line) => {
                line.verb.push_str(", ");
                line.verb.push_str(&right.verb);
            }
            None => lines.push(right),
        }
    }
    // What is missing has to be seen first.
    lines.sort_by_key(|line| line.allowed);
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rights_of_a_resource_stand_in_one_line_and_missing_ones_first() {
        let right = |verb: &str, resource: &str, allowed| ClusterRight {
            verb: verb.into(),
            resource: resource.into(),
            allowed,
            required: true,
        };
        let lines = grouped(vec![
            right("list", "pods", true),
            right("list", "nodes", true),
            right("watch", "pods", true),
            right("delete", "pods", false),
        ]);
        let lines: Vec<_> = lines.iter().map(|l| (l.resource.as_str(), l.verb.as_str(), l.allowed)).collect();
        assert_eq!(lines, [("pods", "delete", false), ("pods", "list, watch", true), ("nodes", "list", true)]);
    }
}
