use std::sync::Mutex;

use app::model::{Bytes, CpuMillis, PodRow, PodState};
use futures::{FutureExt as _, StreamExt as _};

use super::*;

fn pod(name: &str, restarts: u32) -> PodRow {
    PodRow {
        namespace: "shop".into(),
        name: name.into(),
        state: PodState::Ready,
        reason: "Running".into(),
        ready: 1,
        containers: 1,
        restarts,
        node: String::new(),
        ip: String::new(),
        cpu: CpuMillis(1),
        memory: Bytes(1),
        created_at: 0,
    }
}

fn page_of(rows: Vec<PodRow>) -> Page<PodRow> {
    Page { total: rows.len() as u64, rows, page: 1, per_page: 50 }
}

#[test]
fn a_delta_has_the_rows_that_differ_and_the_order_of_all() {
    let before = page_of(vec![pod("a", 0), pod("b", 0), pod("c", 0)]);
    assert_eq!(delta(Some(&before), &before), None);
    let after = page_of(vec![pod("c", 0), pod("a", 1), pod("d", 0)]);
    let Some(LiveMessage::Delta { total, keys, rows }) = delta(Some(&before), &after) else {
        panic!("a delta is expected");
    };
    assert_eq!(total, 3);
    assert_eq!(keys, ["shop/c", "shop/a", "shop/d"]);
    let names: Vec<_> = rows.iter().filter_map(RawJson::read::<PodRow>).map(|row| row.name).collect();
    assert_eq!(names, ["a", "d"]);
}

#[tokio::test(start_paused = true)]
async fn changes_are_sent_at_once_and_then_gathered() {
    let state = Arc::new(Mutex::new(0_u32));
    let (sender, notices) = broadcast::channel(16);
    let read = {
        let state = Arc::clone(&state);
        move || std::future::ready(Reading::Value(*state.lock().expect("lock"))).boxed()
    };
    let mut stream = value(Wake::default().operations(notices, |_| true), read);
    let notice = || Notice {
        operation: app::model::OperationId(uuid::Uuid::nil()),
        tenant: app::model::TenantId(uuid::Uuid::nil()),
        app: None,
    };
    let set = |to: u32| {
        *state.lock().expect("lock") = to;
        sender.send(notice()).expect("somebody listens");
    };
    let value = |message: Option<LiveMessage>| match message {
        Some(LiveMessage::Snapshot { value }) => value.read::<u64>(),
        other => panic!("a snapshot is expected, not {other:?}"),
    };
    assert_eq!(value(stream.next().await), Some(0));
    tokio::time::sleep(Duration::from_secs(5)).await;

    let start = Instant::now();
    set(1);
    assert_eq!(value(stream.next().await), Some(1));
    assert!(start.elapsed() < Duration::from_millis(10), "the first change waits: {:?}", start.elapsed());

    // Two changes right behind: one message, with the later one, no sooner than a quarter of a second.
    set(2);
    set(3);
    assert_eq!(value(stream.next().await), Some(3));
    assert!(start.elapsed() >= BETWEEN, "messages come too fast: {:?}", start.elapsed());

    // Nothing has changed: nothing is sent.
    set(3);
    assert!(tokio::time::timeout(Duration::from_secs(5), stream.next()).await.is_err());
}

#[tokio::test(start_paused = true)]
async fn what_nobody_tells_of_is_read_at_its_pace() {
    let mut reads = 0_u32;
    let read = move || {
        reads += 1;
        std::future::ready(Reading::Value(reads)).boxed()
    };
    let mut stream = value(Wake::default().every(Duration::from_secs(30)), read);
    let start = Instant::now();
    for after in [0, 30, 60] {
        assert!(matches!(stream.next().await, Some(LiveMessage::Snapshot { .. })));
        assert_eq!(start.elapsed().as_secs(), after);
    }
}

#[tokio::test]
async fn what_is_gone_ends_the_stream() {
    let mut stream = value(Wake::default(), || std::future::ready(Reading::<u32>::Gone).boxed());
    assert_eq!(stream.next().await, Some(LiveMessage::Gone {}));
    assert_eq!(stream.next().await, None);
}
