//! Which figures are whose.

use super::*;

const HOUR: Millis = 3_600_000;
const NOW: Millis = 1_800_000_000_000;

fn row(number: u32, minutes_ago: i64, state: ReleaseState, ended_ago: Option<i64>) -> ReleaseRow {
    let at = |minutes: i64| NOW - minutes * 60_000;
    ReleaseRow {
        id: app::model::ReleaseId(uuid::Uuid::from_u128(u128::from(number))),
        number,
        state,
        image: format!("web:{number}"),
        digest: String::new(),
        pods: number,
        rollback_of: None,
        template: None,
        actor_name: "Wang".to_owned(),
        reason: String::new(),
        created_at: at(minutes_ago),
        ended_at: ended_ago.map(at),
        problem: None,
        changes: Vec::new(),
    }
}

/// The same figure for the whole hour.
fn steady(cpu: f64, memory: f64, pods: f64) -> Measured {
    let all = |figure| vec![Some(figure); Grid::len()];
    Measured { cpu: all(cpu), memory: all(memory), pods: all(pods) }
}

#[test]
fn each_release_has_the_figures_of_its_own_time() {
    let rows = [
        row(4, 10, ReleaseState::Live, Some(10)),
        row(3, 30, ReleaseState::Failed, Some(20)),
        row(2, 40, ReleaseState::Superseded, Some(40)),
        row(1, 600, ReleaseState::Superseded, Some(600)),
        row(0, 700, ReleaseState::Superseded, Some(700)),
    ];
    let grid = Grid::new(UsageRange::Hour, NOW);
    let at = |minutes: i64| owner(&rows, NOW - minutes * 60_000);
    assert_eq!([at(60), at(35), at(25), at(15), at(5)], [Some(1), Some(2), Some(2), Some(2), Some(4)]);
    assert_eq!(owner(&rows, NOW - 20 * HOUR), None, "there was nothing yet");
    let waits = [row(2, 10, ReleaseState::RollingOut, None), row(1, 30, ReleaseState::Live, Some(29))];
    assert_eq!(owner(&waits, NOW), Some(1), "the pods of the one before serve");
    let failed = [row(1, 30, ReleaseState::Failed, Some(20))];
    assert_eq!([25, 10].map(|ago| owner(&failed, NOW - ago * 60_000)), [Some(1), None]);

    let mut measured = steady(0.5, 64.0, 2.0);
    for (place, figure) in measured.cpu.iter_mut().enumerate() {
        if grid.at(place) >= rows[0].created_at {
            *figure = Some(1.5);
        }
    }
    let usage = told(UsageRange::Hour, grid, Some(&measured), &rows);
    let numbers: Vec<_> = usage.releases.iter().map(|release| release.number).collect();
    assert_eq!(numbers, [4, 3, 2, 1], "those of the hour, and the one before");
    let of = |number: u32| usage.releases.iter().find(|release| release.number == number).expect("there");
    assert_eq!((of(4).cpu_per_pod, of(4).cpu_most), (Some(CpuMillis(750)), Some(CpuMillis(1500))));
    assert_eq!((of(2).cpu_per_pod, of(2).memory_per_pod), (Some(CpuMillis(250)), Some(Bytes(32))));
    assert_eq!(usage.pods.len(), usage.cpu.len());
    assert_eq!(usage.pods[0], Some(2));
}

#[test]
fn what_nobody_measured_is_not_told() {
    let rows = [row(1, 30, ReleaseState::Live, Some(30))];
    let grid = Grid::new(UsageRange::Hour, NOW);
    let none = told(UsageRange::Hour, grid, None, &rows);
    assert!(!none.measured && none.cpu.is_empty() && none.releases[0].cpu_per_pod.is_none());

    let mut gaps = steady(1.0, 100.0, 2.0);
    gaps.pods = vec![None; Grid::len()];
    gaps.memory[Grid::len() - 1] = Some(900.0);
    let usage = told(UsageRange::Hour, grid, Some(&gaps), &rows);
    assert_eq!(usage.releases[0].cpu_per_pod, None, "nobody knows of how many pods it was");
    assert_eq!(usage.releases[0].memory_most, Some(Bytes(900)));
}

#[test]
fn what_was_before_an_app_is_nobodys() {
    let grid = Grid::new(UsageRange::Hour, NOW);
    let mut measured = steady(1.0, 100.0, 2.0);
    let made = NOW - 30 * 60_000;
    measured.forget_before(grid, made);
    for figures in [&measured.cpu, &measured.memory, &measured.pods] {
        let first = figures.iter().position(Option::is_some).map(|place| grid.at(place)).expect("some are left");
        assert!((made..made + 30_000).contains(&first), "{first}");
    }
}

#[test]
fn pods_are_told_from_those_of_other_apps() {
    for (kind, own, others) in [
        (
            WorkloadKind::Service,
            &["web-6d4cf56db6-x2x9z", "web-b-bbbbb"][..],
            &["web-api-6d4cf56db6-x2x9z", "web-0"][..],
        ),
        (WorkloadKind::Stateful, &["web-0", "web-12"], &["web-6d4cf56db6-x2x9z", "web-db-0"]),
        (
            WorkloadKind::CronJob,
            &["web-29343210-x2x9z", "web-now-0123abcd-x2x9z"],
            &["web-api-7-x2x9z", "web-6d4cf56db6-x2x9z", "web-7-2-x2x9z"],
        ),
    ] {
        let pattern = regex::Regex::new(&format!("^(?:{})$", pods_of("web", kind))).expect("a pattern");
        assert!(own.iter().all(|name| pattern.is_match(name)), "{pattern}");
        assert!(!others.iter().any(|name| pattern.is_match(name)), "{pattern}");
    }
}

#[test]
fn why_a_service_is_not_taken_is_said() {
    let said = |error: &ClusterError| unasked(error).en;
    assert!(said(&ClusterError::NotFound).contains("no such service"));
    assert!(said(&ClusterError::Busy("no endpoints".into())).contains("none of its pods is ready"));
    assert!(said(&ClusterError::Forbidden { what: "no".into() }).contains("services/proxy"));
    let told = r#"{"status":"error","errorType":"timeout","error":"query timed out"}"#;
    assert!(said(&ClusterError::Busy(told.into())).contains("query timed out"));
    assert!(said(&ClusterError::Unauthorized).contains("who asks"));
    assert!(misheard(&MetricsError::Foreign("<html>".into())).en.contains("not Prometheus"));
}
