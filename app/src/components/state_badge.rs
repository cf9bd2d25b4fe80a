//! The six states: a shape and a word, then a colour; the same everywhere.

use leptos::prelude::*;

use crate::{
    model::{AppState, ClusterState, NodeState, PodState, ReleaseState, WorkState},
    t,
};

/// How a thing is. Everything that has a state of its own kind is shown as one of these.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum State {
    /// It does its work.
    Serving,
    /// It is on its way; the mark turns.
    Rolling,
    /// It does its work with less than it should have.
    Degraded,
    /// It does not do its work.
    Failed,
    /// It is not meant to work now.
    Idle,
    /// Nobody knows, or what is known is old.
    #[default]
    Unknown,
}

impl State {
    /// The value of `data-state`, which the sheets colour by.
    pub const fn key(self) -> &'static str {
        match self {
            Self::Serving => "serving",
            Self::Rolling => "rolling",
            Self::Degraded => "degraded",
            Self::Failed => "failed",
            Self::Idle => "idle",
            Self::Unknown => "unknown",
        }
    }

    /// The word for it, unless the thing has a better one.
    pub fn word(self) -> &'static str {
        match self {
            Self::Serving => t!("Serving", "运行中"),
            Self::Rolling => t!("Rolling out", "发布中"),
            Self::Degraded => t!("Degraded", "降级"),
            Self::Failed => t!("Failed", "失败"),
            Self::Idle => t!("Stopped", "已停止"),
            Self::Unknown => t!("Unknown", "未知"),
        }
    }

    /// The shape, in a box of 12 by 12.
    const fn shape(self) -> &'static str {
        match self {
            Self::Serving => r#"<circle class="solid" cx="6" cy="6" r="4.5"></circle>"#,
            Self::Rolling => {
                r#"<circle cx="6" cy="6" r="4.5"></circle><path class="solid" d="M6 1.5a4.5 4.5 0 0 1 0 9z"></path>"#
            }
            Self::Degraded => r#"<path class="solid" d="M6 1.2 11.4 10.8H.6z"></path>"#,
            Self::Failed => r#"<path d="m2.5 2.5 7 7m0-7-7 7"></path>"#,
            Self::Idle => r#"<circle cx="6" cy="6" r="4.4"></circle>"#,
            Self::Unknown => r#"<circle cx="6" cy="6" r="4.6"></circle>"#,
        }
    }
}

impl From<AppState> for State {
    fn from(state: AppState) -> Self {
        match state {
            AppState::Serving | AppState::Finished | AppState::Scheduled => Self::Serving,
            AppState::RollingOut | AppState::Running | AppState::Deleting => Self::Rolling,
            AppState::Degraded => Self::Degraded,
            AppState::Failed => Self::Failed,
            AppState::Idle => Self::Idle,
            AppState::Unknown => Self::Unknown,
        }
    }
}

impl From<NodeState> for State {
    fn from(state: NodeState) -> Self {
        match state {
            NodeState::Ready => Self::Serving,
            NodeState::Cordoned => Self::Idle,
            NodeState::Pressure => Self::Degraded,
            NodeState::NotReady => Self::Failed,
            NodeState::Unknown => Self::Unknown,
        }
    }
}

impl From<PodState> for State {
    fn from(state: PodState) -> Self {
        match state {
            PodState::Ready => Self::Serving,
            PodState::Pending => Self::Rolling,
            PodState::NotReady => Self::Degraded,
            PodState::Failing => Self::Failed,
            PodState::Succeeded | PodState::Terminating => Self::Idle,
            PodState::Unknown => Self::Unknown,
        }
    }
}

impl From<ReleaseState> for State {
    fn from(state: ReleaseState) -> Self {
        match state {
            ReleaseState::Live => Self::Serving,
            ReleaseState::Pending | ReleaseState::RollingOut => Self::Rolling,
            ReleaseState::Failed => Self::Failed,
            ReleaseState::Superseded | ReleaseState::Aborted => Self::Idle,
        }
    }
}

impl From<ClusterState> for State {
    fn from(state: ClusterState) -> Self {
        match state {
            ClusterState::Live => Self::Serving,
            ClusterState::Loading => Self::Rolling,
            ClusterState::Stale => Self::Unknown,
            ClusterState::Unreachable => Self::Failed,
        }
    }
}

impl From<WorkState> for State {
    fn from(state: WorkState) -> Self {
        match state {
            WorkState::Succeeded => Self::Serving,
            WorkState::Running => Self::Rolling,
            WorkState::Failed => Self::Failed,
            WorkState::Pending | WorkState::Cancelled => Self::Idle,
        }
    }
}

/// The shape alone, for places where the word stands elsewhere. It takes its colour from the nearest
/// `data-state` around it.
#[component]
pub fn StateMark(
    /// The state.
    #[prop(into)]
    state: Signal<State>,
) -> impl IntoView {
    view! {
        <svg class="state-mark" viewBox="0 0 12 12" aria-hidden="true" inner_html=move || state.get().shape()></svg>
    }
}

/// Shape, word, colour.
///
/// `<StateBadge state=State::from(node.state) word=t!("Ready", "就绪") />`
#[component]
pub fn StateBadge(
    /// The state.
    #[prop(into)]
    state: Signal<State>,
    /// A better word than the state's own.
    #[prop(optional, into)]
    word: MaybeProp<String>,
    /// Tinted, as in a page's header.
    #[prop(optional)]
    tint: bool,
) -> impl IntoView {
    view! {
        <span
            class="state"
            data-state=move || state.get().key()
            data-tint=tint
            data-moving=move || state.get() == State::Rolling
        >
            <StateMark state />
            <span>{move || word.get().unwrap_or_else(|| state.get().word().to_owned())}</span>
        </span>
    }
}
