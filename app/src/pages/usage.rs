//! What an application used over time, marked by its releases: whether a release needs more than the one before is seen at
//! a glance.

use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::hooks::use_query_map;

use crate::{
    api::apps::{get_app, get_usage},
    components::{
        Cell, ChartMark, ChartScale, Column, DataTable, Empty, LinkButton, PageHeader, RelativeTime, Section, Segment,
        Segmented, State, StateMark, TimeChart, time::ago,
    },
    live,
    load::Load,
    model::{
        AppId, AppRow, AppUsage, Bytes, ClusterId, CpuMillis, Millis, POINTS, Permission, ReleaseState, ReleaseUsage,
        Topic, UsageQuery, UsageRange,
    },
    pages::{
        apps::short_image,
        list::chosen,
        parts::{may, page_to_come, segment, shown},
        words,
    },
    t, tf,
};

/// CPU and memory of an application.
#[component]
pub fn UsagePage() -> impl IntoView {
    let id = segment::<AppId>("id");
    let query = use_query_map();
    let range = Memo::new(move |_| query.with(|q| chosen(q, "range")));
    let app = Load::new(move || id.get(), |id| async move { get_app(id?).await });
    let usage = Load::new(
        move || (id.get(), range.get()),
        |(id, range)| async move { get_usage(id?, UsageQuery { range }).await },
    );
    view! {
        <Transition fallback=page_to_come>
            {move || Suspend::new(async move {
                shown(app.await.map(|app| app.row), true, move || app.refetch(), |row| {
                    view! {
                        <Frame row=row.clone() range>
                            <Transition>
                                {move || {
                                    let (id, cluster) = (row.id, row.cluster);
                                    Suspend::new(async move {
                                        shown(usage.await, false, move || usage.refetch(), move |usage| {
                                            let topic = Topic::Usage { app: id, range: usage.range };
                                            let usage = live::value(topic, usage);
                                            move || view! { <Figures usage=usage.get() cluster /> }
                                        })
                                    })
                                }}
                            </Transition>
                        </Frame>
                    }
                })
            })}
        </Transition>
    }
}

fn range_words(range: UsageRange) -> &'static str {
    match range {
        UsageRange::Hour => t!("1 h", "1 小时"),
        UsageRange::SixHours => t!("6 h", "6 小时"),
        UsageRange::Day => t!("24 h", "24 小时"),
        UsageRange::Week => t!("7 days", "7 天"),
        UsageRange::Month => t!("30 days", "30 天"),
    }
}

/// The head of the page, which stays when another range is chosen.
#[component]
fn Frame(row: AppRow, range: Memo<Option<String>>, children: Children) -> impl IntoView {
    let AppRow { id, name, .. } = row;
    let title = tf!("CPU and memory of {name}", "{name} 的 CPU 与内存");
    let segments = UsageRange::ALL
        .into_iter()
        .map(|range| Segment {
            key: range.key(),
            label: range_words(range).into(),
            href: format!("/apps/{id}/usage?range={}", range.key()),
        })
        .collect::<Vec<_>>();
    let current = Signal::derive(move || {
        UsageRange::parse(range.get().as_deref()).map(|range| range.key().to_owned()).unwrap_or_default()
    });
    view! {
        <Title text=title.clone() />
        <div class="page">
            <PageHeader
                title
                actions=move || view! { <Segmented label=t!("Range of time", "时间范围") segments=segments.clone() current /> }
                facts=move || {
                    view! {
                        <a href=format!("/apps/{id}")>{name.clone()}</a>
                        <a href=format!("/apps/{id}?tab=releases")>{t!("Releases", "发布记录")}</a>
                    }
                }
            />
            {children()}
        </div>
    }
}

#[component]
fn Figures(usage: AppUsage, cluster: ClusterId) -> impl IntoView {
    if !usage.measured {
        return view! { <NoSource cluster /> }.into_any();
    }
    let empty = usage.memory.iter().all(Option::is_none) && usage.cpu.iter().all(Option::is_none);
    if empty {
        return view! {
            <Empty
                icon="activity"
                title=t!("Nothing was measured in this time", "此时间段没有数据")
                text=t!(
                    "Its pods were not there, or are too young: the first figures come a minute or two after a pod has begun. A shorter time shows what is young.",
                    "当时没有 Pod，或 Pod 刚启动：首批数据在启动一两分钟后出现。选择较短的时间范围可查看新启动的 Pod。"
                )
            />
        }
        .into_any();
    }
    let releases = usage.releases.clone();
    view! {
        <Section title=t!("All pods together", "所有 Pod 合计")>
            <Charts usage />
        </Section>
        <Section
            title=t!("By release", "按发布")
            note=t!(
                "While each served, within this time. Changes of 10% or more against the release before are shown. A peak is the highest point of the charts.",
                "统计各发布运行期间的用量（限此时间段）。相对上一发布变化达到 10% 时会标出。峰值为图中最高点。"
            )
        >
            <ByRelease releases />
        </Section>
    }
    .into_any()
}

/// That there is no source, and who can name one.
#[component]
fn NoSource(cluster: ClusterId) -> impl IntoView {
    let manages = may(Permission::ClusterManage);
    let text = if manages {
        t!(
            "Set a Prometheus of the cluster as its metrics source, and every app there shows what its releases use.",
            "指定集群中的 Prometheus 后，该集群的每个应用都会显示各发布的用量。"
        )
    } else {
        t!(
            "The platform's administrators can set a Prometheus of the cluster as its metrics source; then every app there shows what its releases use.",
            "平台管理员可指定集群中的 Prometheus，之后该集群的每个应用都会显示各发布的用量。"
        )
    };
    view! {
        <Empty icon="activity" title=t!("This cluster has no metrics over time", "此集群没有历史指标") text>
            {manages
                .then(|| {
                    view! {
                        <LinkButton href=format!("/clusters/{cluster}/metrics") icon="plus">
                            {t!("Set a source", "指定来源")}
                        </LinkButton>
                    }
                })}
        </Empty>
    }
}

fn edges(range: UsageRange) -> (String, String) {
    let (left, middle) = match range {
        UsageRange::Hour => (t!("1 h ago", "1 小时前"), t!("30 min ago", "30 分钟前")),
        UsageRange::SixHours => (t!("6 h ago", "6 小时前"), t!("3 h ago", "3 小时前")),
        UsageRange::Day => (t!("24 h ago", "24 小时前"), t!("12 h ago", "12 小时前")),
        UsageRange::Week => (t!("7 d ago", "7 天前"), t!("3.5 d ago", "3.5 天前")),
        UsageRange::Month => (t!("30 d ago", "30 天前"), t!("15 d ago", "15 天前")),
    };
    (left.to_owned(), middle.to_owned())
}

fn marks(usage: &AppUsage) -> Vec<ChartMark> {
    let length = Millis::from(usage.range.seconds()) * 1000;
    let until = usage.from + length;
    let mark = |release: &ReleaseUsage| {
        let (number, by) = (release.number, &release.actor_name);
        #[expect(clippy::cast_precision_loss, reason = "a place on a screen")]
        let at = ((release.at - usage.from) as f64 / length as f64).clamp(0.0, 1.0);
        let (when, state) = (ago(release.at, until), words::release_state(release.state));
        ChartMark {
            at,
            label: format!("#{number}"),
            words: tf!("Release {number} by {by}, {when}: {state}", "发布 {number}，{by}，{when}：{state}"),
            failed: matches!(release.state, ReleaseState::Failed | ReleaseState::Aborted),
        }
    };
    usage.releases.iter().filter(|release| release.at >= usage.from).map(mark).collect()
}

#[component]
fn Charts(usage: AppUsage) -> impl IntoView {
    let all = marks(&usage);
    let (step, range) = (Millis::from(usage.range.step()) * 1000, usage.range);
    let when = Callback::new(move |at: usize| {
        let steps = Millis::from(POINTS) - Millis::try_from(at).unwrap_or_default();
        ago(0, steps * step)
    });
    let cpu = usage.cpu.iter().map(|figure| figure.map(|cpu| cpu.0)).collect::<Vec<_>>();
    let memory = usage.memory.iter().map(|figure| figure.map(|memory| memory.0)).collect::<Vec<_>>();
    let pods = usage.pods.iter().map(|figure| figure.map(u64::from)).collect::<Vec<_>>();
    view! {
        <div class="charts">
            <TimeChart
                title=t!("CPU, cores", "CPU（核）")
                figures=cpu
                scale=ChartScale::Tens
                words=|figure| CpuMillis(figure).to_string()
                when
                edges=edges(range)
                marks=all.clone()
            />
            <TimeChart
                title=t!("Memory", "内存")
                figures=memory
                scale=ChartScale::Twos
                words=|figure| Bytes(figure).to_string()
                when
                edges=edges(range)
                marks=all.clone()
            />
            <TimeChart
                title=t!("Pods", "Pod")
                figures=pods
                scale=ChartScale::Tens
                words=|figure| figure.to_string()
                when
                edges=edges(range)
                marks=all
            />
        </div>
    }
}

/// By how many hundredths a figure is above the one before, when it is a tenth at least.
fn change(now: Option<u64>, before: Option<u64>) -> Option<i64> {
    let (now, before) = (i128::from(now?), i128::from(before.filter(|before| *before > 0)?));
    let percent = i64::try_from((now - before) * 100 / before).ok()?;
    (percent.abs() >= 10).then_some(percent)
}

fn change_words(percent: i64) -> String {
    if percent > 0 { format!("+{percent}%") } else { format!("−{}%", percent.unsigned_abs()) }
}

#[component]
fn ByRelease(releases: Vec<ReleaseUsage>) -> impl IntoView {
    let id = segment::<AppId>("id");
    let figure = |words: Option<String>, change: Option<i64>| {
        view! {
            {words.unwrap_or_else(|| "–".to_owned())}
            {change.map(|percent| view! { <span class="cell-sub">{change_words(percent)}</span> })}
        }
    };
    let before: Vec<_> = (0..releases.len())
        .map(|i| {
            let older = releases.get(i + 1..).unwrap_or_default();
            let cpu = older.iter().find_map(|release| release.cpu_per_pod).map(|cpu| cpu.0);
            (cpu, older.iter().find_map(|release| release.memory_per_pod).map(|memory| memory.0))
        })
        .collect();
    let rows = releases
        .into_iter()
        .zip(before)
        .map(|(release, (cpu_before, memory_before))| {
            let number = release.number;
            let state = State::from(release.state);
            let (cpu, memory) = (release.cpu_per_pod, release.memory_per_pod);
            let href = move || id.get().map(|id| format!("/apps/{id}/releases/{number}")).unwrap_or_default();
            view! {
                <tr role="row">
                    <th scope="row" role="rowheader" data-state=state.key()>
                        <StateMark state />
                        <span class="visually-hidden">{words::release_state(release.state)}</span>
                        <a href=href>{tf!("Release {number}", "发布 {number}")}</a>
                        <span class="cell-sub">{short_image(&release.image).to_owned()}</span>
                    </th>
                    <Cell label=t!("Recorded", "记录时间")>
                        <RelativeTime at=release.at />
                        <span class="cell-sub">{release.actor_name}</span>
                    </Cell>
                    <Cell label=t!("CPU of a pod", "单 Pod CPU") class="num">
                        {figure(cpu.map(|cpu| cpu.to_string()), change(cpu.map(|cpu| cpu.0), cpu_before))}
                    </Cell>
                    <Cell label=t!("Memory of a pod", "单 Pod 内存") class="num">
                        {figure(
                            memory.map(|memory| memory.to_string()),
                            change(memory.map(|memory| memory.0), memory_before),
                        )}
                    </Cell>
                    <Cell label=t!("Peak CPU, all pods", "CPU 合计峰值") class="num col-mid">
                        {figure(release.cpu_most.map(|cpu| cpu.to_string()), None)}
                    </Cell>
                    <Cell label=t!("Peak memory, all pods", "内存合计峰值") class="num col-mid">
                        {figure(release.memory_most.map(|memory| memory.to_string()), None)}
                    </Cell>
                </tr>
            }
        })
        .collect_view();
    view! {
        <DataTable
            caption=t!("CPU and memory by release", "各发布的 CPU 与内存")
            columns=vec![
                Column::new(t!("Release", "发布")),
                Column::new(t!("Recorded", "记录时间")),
                Column::new(t!("CPU of a pod", "单 Pod CPU")).number(),
                Column::new(t!("Memory of a pod", "单 Pod 内存")).number(),
                Column::new(t!("Peak CPU, all pods", "CPU 合计峰值")).class("num col-mid"),
                Column::new(t!("Peak memory, all pods", "内存合计峰值")).class("num col-mid"),
            ]
        >
            {rows}
        </DataTable>
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_changes_that_matter_are_told() {
        assert_eq!(change(Some(150), Some(100)), Some(50));
        assert_eq!(change(Some(60), Some(100)), Some(-40));
        assert_eq!(change(Some(105), Some(100)), None);
        assert_eq!((change(Some(5), Some(0)), change(None, Some(1)), change(Some(1), None)), (None, None, None));
        assert_eq!(change(Some(u64::MAX), Some(1)), None);
        assert_eq!((change_words(50), change_words(-40)), ("+50%".to_owned(), "−40%".to_owned()));
    }

    #[test]
    fn releases_stand_where_they_were_made() {
        let release = |number: u32, at: Millis, state: ReleaseState| ReleaseUsage {
            number,
            state,
            at,
            actor_name: "Wang".to_owned(),
            image: String::new(),
            cpu_per_pod: None,
            memory_per_pod: None,
            cpu_most: None,
            memory_most: None,
        };
        let usage = AppUsage {
            measured: true,
            range: UsageRange::Hour,
            from: 3_600_000,
            cpu: Vec::new(),
            memory: Vec::new(),
            pods: Vec::new(),
            releases: vec![
                release(3, 5_400_000, ReleaseState::Failed),
                release(2, 3_600_000, ReleaseState::Live),
                release(1, 10, ReleaseState::Superseded),
            ],
        };
        let placed: Vec<_> = marks(&usage).into_iter().map(|mark| (mark.label, mark.at, mark.failed)).collect();
        assert_eq!(placed, [("#3".to_owned(), 0.5, true), ("#2".to_owned(), 0.0, false)]);
    }
}
