//! Lists: filtered, sorted and cut to a page from memory.
//!
//! A page needs only the rows up to its end in order, so those are selected rather than all sorted; and an order
//! once worked out serves all who look at the same list until something that it depends on changes. A restart of
//! a pod does not reorder a list by name.

use std::{collections::HashMap, sync::Arc};

use app::model::{
    Bytes, Capacity, CpuMillis, NodeQuery, NodeRow, NodeState, Page, PageRequest, PodQuery, PodRow, PodState,
};

use super::{
    index::{Index, State},
    pods::Slot,
    rows::{Node, Pod},
};

/// Which namespaces one may see.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Scope {
    /// All of the cluster.
    All,
    /// These, sorted.
    Namespaces(Arc<[String]>),
}

impl Scope {
    /// Some namespaces.
    pub fn namespaces(mut names: Vec<String>) -> Self {
        names.sort_unstable();
        names.dedup();
        Self::Namespaces(names.into())
    }

    /// No namespace at all.
    pub fn nothing() -> Self {
        Self::Namespaces(Arc::default())
    }

    /// Whether a namespace is among them.
    pub fn covers(&self, namespace: &str) -> bool {
        match self {
            Self::All => true,
            Self::Namespaces(names) => names.binary_search_by(|n| n.as_str().cmp(namespace)).is_ok(),
        }
    }
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
enum PodSort {
    /// By namespace, then name.
    #[default]
    Namespace,
    Name,
    Node,
    State,
    Restarts,
    Age,
    Cpu,
    Memory,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum PodStates {
    Running,
    Pending,
    Failing,
    Succeeded,
    Terminating,
}

/// Which pods, in which order.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct PodFilter {
    scope: Scope,
    /// Part of the name.
    name: String,
    namespace: Option<String>,
    node: Option<String>,
    label: Option<String>,
    states: Option<PodStates>,
    sort: PodSort,
    descending: bool,
}

/// The text of a URL's value; `None` when empty.
fn given(value: Option<&String>) -> Option<String> {
    value.map(|v| v.trim().to_owned()).filter(|v| !v.is_empty())
}

/// The column and whether it descends.
fn direction(sort: Option<&String>) -> (&str, bool) {
    let sort = sort.map_or("", |s| s.trim());
    sort.strip_prefix('-').map_or((sort, false), |column| (column, true))
}

impl PodFilter {
    /// Reads a URL's values; unknown ones mean all.
    pub fn parse(query: &PodQuery, scope: Scope) -> Self {
        let (column, descending) = direction(query.sort.as_ref());
        let mut filter = Self {
            scope,
            name: String::new(),
            namespace: given(query.namespace.as_ref()),
            node: given(query.node.as_ref()),
            label: None,
            states: match query.state.as_deref() {
                Some("running") => Some(PodStates::Running),
                Some("pending") => Some(PodStates::Pending),
                Some("failing") => Some(PodStates::Failing),
                Some("succeeded") => Some(PodStates::Succeeded),
                Some("terminating") => Some(PodStates::Terminating),
                _ => None,
            },
            sort: match column {
                "name" => PodSort::Name,
                "node" => PodSort::Node,
                "state" => PodSort::State,
                "restarts" => PodSort::Restarts,
                "age" => PodSort::Age,
                "cpu" => PodSort::Cpu,
                "memory" => PodSort::Memory,
                _ => PodSort::Namespace,
            },
            descending,
        };
        // Several words narrow further: `node=worker-1 web`.
        for word in given(query.q.as_ref()).unwrap_or_default().split_whitespace() {
            match word.split_once('=') {
                Some(("namespace", value)) => filter.namespace = Some(value.to_owned()),
                Some(("node", value)) => filter.node = Some(value.to_owned()),
                Some(("app", value)) => filter.label = Some(value.to_owned()),
                _ => filter.name = word.to_lowercase(),
            }
        }
        filter
    }

    /// Whether the order changes while pods run.
    fn follows_status(&self) -> bool {
        self.states.is_some() || matches!(self.sort, PodSort::State | PodSort::Restarts)
    }

    fn is_plain(&self) -> bool {
        self.name.is_empty()
            && self.label.is_none()
            && self.states.is_none()
            && self.namespace.is_none()
            && self.node.is_none()
            && self.scope == Scope::All
    }

    fn admits(&self, pod: &Pod) -> bool {
        self.states.is_none_or(|states| match states {
            PodStates::Running => matches!(pod.state, PodState::Ready | PodState::NotReady),
            PodStates::Pending => pod.state == PodState::Pending,
            PodStates::Failing => matches!(pod.state, PodState::Failing | PodState::Unknown),
            PodStates::Succeeded => pod.state == PodState::Succeeded,
            PodStates::Terminating => pod.state == PodState::Terminating,
        }) && self.label.as_ref().is_none_or(|label| **label == *pod.label)
            && (self.name.is_empty() || pod.name.contains(&*self.name))
    }

    /// What numbers sort by; `None` for the orders that are kept.
    fn key(&self, pod: &Pod, nodes: &HashMap<&str, u64>) -> u64 {
        match self.sort {
            PodSort::Namespace | PodSort::Name => 0,
            PodSort::Node => nodes.get(&*pod.node).copied().unwrap_or_default(),
            PodSort::State => pod.state as u64,
            PodSort::Restarts => u64::from(pod.restarts),
            // The youngest first: age ascends.
            PodSort::Age => u64::MAX - pod.created.cast_unsigned(),
            PodSort::Cpu => pod.cpu,
            PodSort::Memory => pod.memory,
        }
    }
}

/// Orders that were worked out before, the newest last.
#[derive(Debug, Default)]
pub(super) struct Orders(Vec<Order>);

/// How many are kept: at most 600 kB each with 150,000 pods.
const MOST_ORDERS: usize = 16;

#[derive(Debug)]
struct Order {
    filter: PodFilter,
    /// The count of changes that it is of.
    version: u64,
    slots: Arc<Vec<Slot>>,
    /// How many from the start are in order.
    sorted: usize,
}

impl Index {
    /// A page of pods.
    pub fn pods(&self, filter: &PodFilter, page: PageRequest) -> Page<PodRow> {
        let state = self.read();
        let offset = usize::try_from(page.offset()).unwrap_or(usize::MAX);
        let end = offset.saturating_add(page.per_page as usize);
        let rows = |slots: &[Slot], reverse: bool| -> Vec<PodRow> {
            let row = |slot: &Slot| state.pods.row(*slot).row();
            if reverse {
                slots.iter().rev().skip(offset).take(end - offset).map(row).collect()
            } else {
                slots.iter().skip(offset).take(end - offset).map(row).collect()
            }
        };
        let (rows, total) = match filter.sort {
            PodSort::Namespace | PodSort::Name if filter.is_plain() => {
                let kept = if filter.sort == PodSort::Name { state.pods.names() } else { state.pods.order() };
                (rows(kept, filter.descending), kept.len())
            }
            _ => {
                let slots = self.order(&state, filter, end);
                (rows(&slots, false), slots.len())
            }
        };
        Page { rows, total: total as u64, page: page.page, per_page: page.per_page }
    }

    /// The slots that a filter admits, in order at least up to `need`.
    fn order(&self, state: &State, filter: &PodFilter, need: usize) -> Arc<Vec<Slot>> {
        let version = |f: &PodFilter| if f.follows_status() { state.status } else { state.structure };
        let mut orders = self.orders.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        if let Some(at) = orders.0.iter().position(|o| o.filter == *filter) {
            let known = orders.0.remove(at);
            if known.version == version(filter) && (known.sorted >= need || known.sorted == known.slots.len()) {
                let slots = Arc::clone(&known.slots);
                orders.0.push(known);
                return slots;
            }
        }
        // The lock is held meanwhile: others who want the same wait for it instead of doing it again.
        let (slots, sorted) = work_out(state, filter, need);
        let slots = Arc::new(slots);
        orders.0.retain(|o| o.version == version(&o.filter));
        if orders.0.len() >= MOST_ORDERS {
            orders.0.remove(0);
        }
        orders.0.push(Order { filter: filter.clone(), version: version(filter), slots: Arc::clone(&slots), sorted });
        slots
    }

    /// At most `most` pods whose name contains a text, of those that one may see, shortest names first.
    pub fn find_pods(&self, scope: &Scope, text: &str, most: usize) -> Vec<PodRow> {
        let state = self.read();
        let mut found: Vec<Slot> = candidates(&state, scope, None, None)
            .filter(|slot| state.pods.row(*slot).name.contains(text))
            .take(200)
            .collect();
        found.sort_by_key(|slot| {
            let name = &state.pods.row(*slot).name;
            (!name.starts_with(text), name.len())
        });
        found.truncate(most);
        found.into_iter().map(|slot| state.pods.row(slot).row()).collect()
    }
}

/// The slots among which a filter's pods are, by namespace and name where they are not of one node.
fn candidates<'a>(
    state: &'a State,
    scope: &'a Scope,
    namespace: Option<&str>,
    node: Option<&str>,
) -> Box<dyn Iterator<Item = Slot> + 'a> {
    if let Some(node) = node {
        let namespace = namespace.map(str::to_owned);
        let slots = state.pods.of_node(node).iter().copied().filter(move |slot| {
            let pod = state.pods.row(*slot);
            scope.covers(&pod.namespace) && namespace.as_deref().is_none_or(|n| n == &*pod.namespace)
        });
        return Box::new(slots);
    }
    match (namespace, scope) {
        (Some(namespace), scope) if !scope.covers(namespace) => Box::new(std::iter::empty()),
        (Some(namespace), _) => Box::new(state.pods.of_namespace(namespace).iter().copied()),
        (None, Scope::All) => Box::new(state.pods.order().iter().copied()),
        (None, Scope::Namespaces(names)) => {
            Box::new(names.iter().flat_map(|name| state.pods.of_namespace(name).iter().copied()))
        }
    }
}

/// Filters and sorts; also how many from the start are in order.
fn work_out(state: &State, filter: &PodFilter, need: usize) -> (Vec<Slot>, usize) {
    let pods = &state.pods;
    let narrow = filter.namespace.is_some() || filter.node.is_some() || filter.scope != Scope::All;
    // A kept order only needs to be passed through the filter.
    if filter.sort == PodSort::Name && !narrow || filter.sort == PodSort::Namespace && filter.node.is_none() {
        let mut slots: Vec<Slot> = if filter.sort == PodSort::Name {
            pods.names().iter().copied().filter(|slot| filter.admits(pods.row(*slot))).collect()
        } else {
            candidates(state, &filter.scope, filter.namespace.as_deref(), None)
                .filter(|slot| filter.admits(pods.row(*slot)))
                .collect()
        };
        if filter.descending {
            slots.reverse();
        }
        let sorted = slots.len();
        return (slots, sorted);
    }
    let found = candidates(state, &filter.scope, filter.namespace.as_deref(), filter.node.as_deref())
        .filter(|slot| filter.admits(pods.row(*slot)));
    if matches!(filter.sort, PodSort::Name | PodSort::Namespace) {
        let mut slots: Vec<Slot> = found.collect();
        slots.sort_unstable_by(|a, b| {
            let (a, b) = (pods.row(*a), pods.row(*b));
            let by_name = a.name.cmp(&b.name).then_with(|| a.namespace.cmp(&b.namespace));
            if filter.sort == PodSort::Name { by_name } else { a.namespace.cmp(&b.namespace).then(by_name) }
        });
        if filter.descending {
            slots.reverse();
        }
        let sorted = slots.len();
        return (slots, sorted);
    }
    let nodes = node_ranks(state, filter);
    // Within the same key: by namespace and name, as the candidates come.
    let mut keyed: Vec<(u64, u32, Slot)> = found
        .enumerate()
        .map(|(place, slot)| {
            let key = filter.key(pods.row(slot), &nodes);
            let key = if filter.descending { u64::MAX - key } else { key };
            (key, u32::try_from(place).unwrap_or(u32::MAX), slot)
        })
        .collect();
    let sorted = if need.saturating_mul(4) < keyed.len() {
        keyed.select_nth_unstable(need);
        keyed[..need].sort_unstable();
        need
    } else {
        keyed.sort_unstable();
        keyed.len()
    };
    (keyed.into_iter().map(|(_, _, slot)| slot).collect(), sorted)
}

/// Each node's place by name, from 1; pods without a node come first.
fn node_ranks<'a>(state: &'a State, filter: &PodFilter) -> HashMap<&'a str, u64> {
    if filter.sort != PodSort::Node {
        return HashMap::new();
    }
    let mut names: Vec<&str> = state.pods.nodes.keys().map(|name| &**name).collect();
    names.sort_unstable();
    names.into_iter().zip(1..).collect()
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum NodeSort {
    Name,
    Cpu,
    Memory,
    Pods,
    Age,
    Version,
    State,
}

/// Which nodes, in which order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NodeFilter {
    text: String,
    states: Option<&'static [NodeState]>,
    sort: NodeSort,
    descending: bool,
}

impl NodeFilter {
    /// Reads a URL's values; unknown ones mean all, sorted by name.
    pub fn parse(query: &NodeQuery) -> Self {
        let (column, descending) = direction(query.sort.as_ref());
        Self {
            text: given(query.q.as_ref()).unwrap_or_default().to_lowercase(),
            states: match query.state.as_deref() {
                Some("ready") => Some(&[NodeState::Ready]),
                Some("not_ready") => Some(&[NodeState::NotReady, NodeState::Unknown]),
                Some("cordoned") => Some(&[NodeState::Cordoned]),
                Some("pressure") => Some(&[NodeState::Pressure]),
                _ => None,
            },
            sort: match column {
                "cpu" => NodeSort::Cpu,
                "memory" => NodeSort::Memory,
                "pods" => NodeSort::Pods,
                "age" => NodeSort::Age,
                "version" => NodeSort::Version,
                "state" => NodeSort::State,
                _ => NodeSort::Name,
            },
            descending,
        }
    }

    fn admits(&self, node: &Node) -> bool {
        let text = self.text.as_str();
        let label = |wanted: &str| {
            wanted.split_once('=').is_some_and(|(key, value)| {
                node.labels.iter().any(|(k, v)| k.eq_ignore_ascii_case(key) && v.eq_ignore_ascii_case(value))
            })
        };
        self.states.is_none_or(|states| {
            states.contains(&node.state) || (node.cordoned && states.contains(&NodeState::Cordoned))
        }) && (text.is_empty()
            || node.name.contains(text)
            || node.address.contains(text)
            || node.roles.iter().any(|role| role == text)
            || label(text))
    }
}

impl Index {
    /// A page of nodes. CPU and memory sort by the part of them that is asked for.
    pub fn nodes(&self, filter: &NodeFilter, page: PageRequest) -> Page<NodeRow> {
        let state = self.read();
        let mut found: Vec<&Node> =
            state.nodes.values().map(|seen| &seen.row).filter(|node| filter.admits(node)).collect();
        // Per mille of what pods may ask for.
        let part = |used: u64, of: u64| used.saturating_mul(1000).checked_div(of).unwrap_or_default();
        let load = |node: &Node| state.pods.nodes.get(&node.name).map(|g| g.load).unwrap_or_default();
        match filter.sort {
            NodeSort::Name => {}
            NodeSort::Cpu => found.sort_by_cached_key(|n| part(load(n).cpu, n.cpu)),
            NodeSort::Memory => found.sort_by_cached_key(|n| part(load(n).memory, n.memory)),
            NodeSort::Pods => found.sort_by_cached_key(|n| load(n).pods),
            NodeSort::Age => found.sort_by_key(|n| std::cmp::Reverse(n.created)),
            NodeSort::Version => found.sort_by(|a, b| a.version.cmp(&b.version)),
            NodeSort::State => found.sort_by_key(|n| n.state),
        }
        if filter.descending {
            found.reverse();
        }
        let total = found.len() as u64;
        let skip = usize::try_from(page.offset()).unwrap_or(usize::MAX);
        let rows = found.into_iter().skip(skip).take(page.per_page as usize).map(|node| state.node_row(node)).collect();
        Page { rows, total, page: page.page, per_page: page.per_page }
    }
}

impl State {
    /// The row that lists show.
    pub(super) fn node_row(&self, node: &Node) -> NodeRow {
        NodeRow {
            name: node.name.to_string(),
            state: node.state,
            roles: node.roles.clone(),
            version: node.version.to_string(),
            address: node.address.clone(),
            capacity: self.node_capacity(node),
            created_at: node.created,
        }
    }

    pub(super) fn node_capacity(&self, node: &Node) -> Capacity {
        let load = self.pods.nodes.get(&node.name).map(|group| group.load).unwrap_or_default();
        let used = self.usage.get(&node.name);
        Capacity {
            cpu: CpuMillis(node.cpu),
            cpu_requested: CpuMillis(load.cpu),
            cpu_used: used.map(|u| CpuMillis(u.0)),
            memory: Bytes(node.memory),
            memory_requested: Bytes(load.memory),
            memory_used: used.map(|u| Bytes(u.1)),
            pods: node.pods,
            pods_used: load.pods,
        }
    }
}
