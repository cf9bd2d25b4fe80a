//! The words for states and kinds, the same on every page.

use crate::{
    components::State,
    model::{
        AppState, ClusterState, NodeState, OperationKind, Outcome, Permission, PodState, ReleaseState, RunState,
        WorkState,
    },
    t, tf,
};

/// How a cluster's connection is.
pub fn cluster_state(state: ClusterState) -> &'static str {
    match state {
        ClusterState::Loading => t!("Loading", "正在加载"),
        ClusterState::Live => t!("Live", "已连接"),
        ClusterState::Stale => t!("Stale", "数据过期"),
        ClusterState::Unreachable => t!("Unreachable", "无法连接"),
    }
}

/// How a node is.
pub fn node_state(state: NodeState) -> &'static str {
    match state {
        NodeState::Ready => t!("Ready", "就绪"),
        NodeState::Cordoned => t!("Cordoned", "已停止调度"),
        NodeState::Pressure => t!("Under pressure", "资源紧张"),
        NodeState::NotReady => t!("Not ready", "未就绪"),
        NodeState::Unknown => t!("Unknown", "失联"),
    }
}

/// What a node is for, as its labels say; most say nothing.
pub fn roles(roles: &[String]) -> String {
    if roles.is_empty() { "—".to_owned() } else { roles.join(", ") }
}

/// What a permission allows, and whether that is for later.
pub fn allows(permission: Permission) -> String {
    let title = permission.title().here();
    if permission.is_for_later() { tf!("{title} (not yet)", "{title}（尚未提供）") } else { title }
}

/// How a pod is.
pub fn pod_state(state: PodState) -> &'static str {
    match state {
        PodState::Ready => t!("Ready", "就绪"),
        PodState::NotReady => t!("Not ready", "未就绪"),
        PodState::Pending => t!("Pending", "等待中"),
        PodState::Failing => t!("Failing", "异常"),
        PodState::Succeeded => t!("Succeeded", "已完成"),
        PodState::Terminating => t!("Terminating", "正在终止"),
        PodState::Unknown => t!("Unknown", "未知"),
    }
}

/// How an application is.
pub fn app_state(state: AppState) -> &'static str {
    match state {
        AppState::Serving => t!("Serving", "运行中"),
        AppState::Running => t!("Running", "正在运行"),
        AppState::Finished => t!("Finished", "已完成"),
        AppState::Scheduled => t!("Scheduled", "等待计划"),
        AppState::RollingOut => t!("Rolling out", "发布中"),
        AppState::Degraded => t!("Degraded", "降级"),
        AppState::Failed => t!("Failed", "失败"),
        AppState::Idle => t!("Stopped", "已停止"),
        AppState::Deleting => t!("Deleting", "删除中"),
        AppState::Unknown => t!("Unknown", "未知"),
    }
}

/// How a run stands.
pub fn run_state(state: RunState) -> &'static str {
    match state {
        RunState::Waiting => t!("Waiting", "等待中"),
        RunState::Running => t!("Running", "正在运行"),
        RunState::Succeeded => t!("Ended well", "成功"),
        RunState::Failed => t!("Failed", "失败"),
        RunState::Leaving => t!("Leaving", "删除中"),
    }
}

/// What came of a release.
pub fn release_state(state: ReleaseState) -> &'static str {
    match state {
        ReleaseState::Pending => t!("Recorded", "已记录"),
        ReleaseState::RollingOut => t!("Rolling out", "发布中"),
        ReleaseState::Live => t!("Serving", "运行中"),
        ReleaseState::Superseded => t!("Superseded", "已被取代"),
        ReleaseState::Failed => t!("Failed", "失败"),
        ReleaseState::Aborted => t!("Aborted", "已中止"),
    }
}

/// What came of a release, and the state by which it is drawn. Of an application that is `gone` none serves any more.
pub fn release_outcome(state: ReleaseState, gone: bool) -> (State, &'static str) {
    match state {
        ReleaseState::Live if gone => (State::Idle, t!("Current when deleted", "删除时的版本")),
        // It may be a run that has ended.
        ReleaseState::Live => (State::Serving, t!("Current", "当前")),
        _ => (State::from(state), release_state(state)),
    }
}

/// What an operation does.
pub fn operation_kind(kind: OperationKind) -> &'static str {
    match kind {
        OperationKind::Publish => t!("Publish", "发布"),
        OperationKind::RollBack => t!("Roll back", "回滚"),
        OperationKind::Scale => t!("Scale", "伸缩"),
        OperationKind::Restart => t!("Restart", "重启"),
        OperationKind::Import => t!("Import", "导入"),
        OperationKind::DeleteApp => t!("Delete app", "删除应用"),
        OperationKind::DeleteNamespace => t!("Delete namespace", "删除命名空间"),
        OperationKind::DeleteTenant => t!("Delete tenant", "删除租户"),
    }
}

/// How an operation stands.
pub fn work_state(state: WorkState) -> &'static str {
    match state {
        WorkState::Pending => t!("Waiting", "等待中"),
        WorkState::Running => t!("Under way", "进行中"),
        WorkState::Succeeded => t!("Done", "已完成"),
        WorkState::Failed => t!("Failed", "失败"),
        WorkState::Cancelled => t!("Cancelled", "已取消"),
    }
}

/// How an attempt ended.
pub fn outcome(outcome: Outcome) -> &'static str {
    match outcome {
        Outcome::Ok => t!("Done", "成功"),
        Outcome::Refused => t!("Refused", "被拒绝"),
        Outcome::Failed => t!("Failed", "失败"),
    }
}

/// The state by which an outcome is drawn.
pub const fn outcome_mark(outcome: Outcome) -> State {
    match outcome {
        Outcome::Ok => State::Serving,
        Outcome::Refused => State::Degraded,
        Outcome::Failed => State::Failed,
    }
}

#[cfg(test)]
mod tests {
    use super::allows;
    use crate::model::Permission;

    #[test]
    fn what_a_permission_does_not_allow_yet_is_said() {
        assert_eq!(allows(Permission::PodExec), "Run commands in pods (not yet)");
        assert_eq!(allows(Permission::NodeDrain), "Cordon and drain nodes (not yet)");
        assert_eq!(allows(Permission::AppOperate), "Scale and restart apps");
    }
}
