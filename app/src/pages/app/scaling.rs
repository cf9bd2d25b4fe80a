//! How the number of pods follows what they use: what is looked at, what follows from it, and what was decided lately.

use leptos::prelude::*;

use crate::{
    components::{Cell, Column, DataTable, Empty, Figure, Figures, Note, RelativeTime, Section, State, TargetBar},
    model::{AppDetail, Measure, Scaling, ScalingDecision},
    t, tf,
};

/// The scaling of an application that is scaled by what it uses.
#[component]
pub(super) fn ScalingTab(app: ReadSignal<AppDetail>) -> impl IntoView {
    let scaling = Memo::new(move |_| app.with(|a| a.scaling.clone().unwrap_or_default()));
    let works = Memo::new(move |_| scaling.with(|s| s.works));
    view! {
        <Section title=t!("Now", "当前")>
            <div class="stack">
                {move || {
                    let said = move || scaling.with(|s| s.summary.here());
                    if works.get() {
                        view! { <p aria-live="polite">{said}</p> }.into_any()
                    } else {
                        view! {
                            <Note state=State::Degraded title=t!("It does not work at the moment", "目前无法工作")>
                                {said}
                            </Note>
                        }
                            .into_any()
                    }
                }} <Numbers scaling />
                <Measures scaling />
            </div>
        </Section>
        <Section title=t!("Decisions", "决策记录")>
            <Decisions scaling />
        </Section>
    }
}

#[component]
fn Numbers(scaling: Memo<Scaling>) -> impl IntoView {
    view! {
        <Figures>
            <Figure name=t!("Pods", "Pod")>{move || scaling.with(|s| s.current)}</Figure>
            <Figure name=t!("Wanted", "期望")>
                {move || scaling.with(|s| s.desired).map_or_else(|| "–".to_owned(), |n| n.to_string())}
            </Figure>
            <Figure name=t!("Limits", "范围")>
                {move || scaling.with(|s| tf!("{} to {}", "{}–{}", s.min, s.max))}
            </Figure>
            <Figure name=t!("Last changed", "上次变化")>
                {move || match scaling.with(|s| s.scaled_at) {
                    Some(at) => view! { <RelativeTime at /> }.into_any(),
                    None => t!("never", "从未").into_any(),
                }}
            </Figure>
        </Figures>
    }
}

fn title(name: &str) -> String {
    match name {
        "cpu" => t!("CPU, of what pods ask for", "CPU（占申请量）").to_owned(),
        "memory" => t!("Memory, of what pods ask for", "内存（占申请量）").to_owned(),
        other => tf!("{other}, of each pod", "{other}（每个 Pod）"),
    }
}

fn figures(measure: &Measure) -> String {
    let target = &measure.target;
    match &measure.now {
        Some(now) => tf!("{now} now, {target} wanted", "当前 {now}，目标 {target}"),
        None => tf!("not known yet, {target} wanted", "尚无数据，目标 {target}"),
    }
}

/// What is looked at. More pods are wanted while one of them is beyond its mark.
#[component]
fn Measures(scaling: Memo<Scaling>) -> impl IntoView {
    let names = move || scaling.with(|s| s.measures.iter().map(|m| m.name.clone()).enumerate().collect::<Vec<_>>());
    let measure = move |at: usize| scaling.with(|s| s.measures.get(at).cloned().unwrap_or_default());
    view! {
        <div class="capacities">
            <For each=names key=Clone::clone let((at, name))>
                <TargetBar
                    name=title(&name)
                    text=Signal::derive(move || figures(&measure(at)))
                    share=Signal::derive(move || measure(at).share)
                />
            </For>
        </div>
    }
}

#[component]
fn Decisions(scaling: Memo<Scaling>) -> impl IntoView {
    let rows = move || {
        let decisions = scaling.with(|s| s.decisions.clone());
        let row = |ScalingDecision { at, pods, why }| {
            let came_to = match pods {
                Some(pods) => tf!("{pods} pods", "{pods} 个 Pod"),
                None => t!("no change", "未变化").to_owned(),
            };
            view! {
                <tr role="row">
                    <th scope="row" role="rowheader">
                        {came_to}
                    </th>
                    <Cell label=t!("Why", "原因") class="cell-wide">
                        {why.here()}
                    </Cell>
                    <Cell label=t!("When", "时间")>
                        <RelativeTime at />
                    </Cell>
                </tr>
            }
        };
        decisions.into_iter().map(row).collect_view()
    };
    view! {
        <Show
            when=move || scaling.with(|s| !s.decisions.is_empty())
            fallback=|| {
                view! {
                    <Empty
                        icon="scaling"
                        title=t!("Nothing was decided lately", "最近没有决策")
                        text=t!(
                            "The cluster remembers for about an hour what was decided, and why.",
                            "集群会将决策及其原因保留约一小时。"
                        )
                    />
                }
            }
        >
            <DataTable
                caption=t!("Decisions", "决策记录")
                columns=vec![
                    Column::new(t!("Came to", "结果")),
                    Column::new(t!("Why", "原因")),
                    Column::new(t!("When", "时间")),
                ]
            >
                {rows}
            </DataTable>
        </Show>
    }
}
