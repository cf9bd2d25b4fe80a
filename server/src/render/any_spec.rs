//! Random specifications that are valid and say everything that one may say, for tests of what holds of all of them.
//!
//! A specification is made of [`Choices`], so that proptest finds the smallest one that fails.

use app::model::{
    Amount, AppSpec, AtDeadline, Autoscaling, Bytes, Claim, ConfigFile, Container, CpuMillis, Disruption, Exposure,
    FirstBatch, Gateway, HttpCheck, JobSettings, MAX_COMPLETIONS, MAX_KEPT_RUNS, MAX_REPLICAS, MAX_RETRIES,
    MAX_RUN_SECONDS, Mount, Overlap, Patch, PatchOperation, PatchVerb, PodMetric, Port, Probe, Protocol, Resources,
    Route, Routing, Spread, SpreadOver, TcpCheck, Termination, Through, UpdateStrategy, Volume, WorkloadKind,
};
use proptest::{arbitrary::any, collection::vec, strategy::Strategy};
use serde_json::{Value, json};

use super::choices::Choices;

const IMAGES: [&str; 5] = [
    "web",
    "web:1",
    "registry.example.org:5000/shop/web:1.4.2",
    "localhost:5000/a/b:c",
    "r.example.org/x@sha256:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
];
/// In order, as they are kept.
const SECRETS: [&str; 3] = ["KEY", "PASSWORD", "TOKEN"];
const HOSTS: [&str; 3] = ["shop.example.org", "www.example.org", "a.b"];

/// Specifications, each valid and as it is kept.
pub fn specs() -> impl Strategy<Value = AppSpec> {
    vec(any::<u32>(), 0..600).prop_map(|choices| Choices::of(choices).spec())
}

impl Choices {
    fn spec(&mut self) -> AppSpec {
        use WorkloadKind::{CronJob, Job, Service, Stateful, Worker};
        let kind = self.one(&[Service, Worker, Stateful, Job, CronJob]);
        let (ends, keeps) = (kind.runs_to_end(), kind == Stateful);
        let replicas = self.number(u32::from(ends), MAX_REPLICAS);
        let spread = Spread {
            over: self.one(&[SpreadOver::Nodes, SpreadOver::Zones, SpreadOver::OnePerNode]),
            strict: self.one_in(2),
        };
        let update = self.update(kind, &spread);
        let exposures = [Exposure::Cluster, Exposure::NodePort, Exposure::LoadBalancer];
        let exposure = if ends { Exposure::Cluster } else { self.one(&exposures) };
        let autoscaling = if ends || keeps { None } else { self.maybe(Self::autoscaling) };
        let disruption = if ends { None } else { self.maybe(|c| Disruption { max_unavailable: c.amount(1) }) };
        let grace_seconds = self.number(1, 3600);
        let termination = Termination { grace_seconds, leave_seconds: self.number(0, grace_seconds) };
        let job = match kind {
            CronJob => Some(self.schedule(replicas)),
            Job => self.maybe(|c| c.run(replicas)),
            Service | Worker | Stateful => None,
        };
        let volumes = self.volumes(keeps);
        let (of_main, of_helpers) = match kind {
            Service => ((1, 3), (0, 1)),
            Stateful => ((0, 2), (0, 1)),
            Worker | Job | CronJob => ((0, 0), (0, 0)),
        };
        let main = self.container("app".to_owned(), 0, of_main, &volumes);
        let helpers = self.some(2, |c, n| c.container(format!("helper-{n}"), n + 1, of_helpers, &volumes));
        let init_containers = self.some(2, |c, n| Container {
            readiness: None,
            liveness: None,
            startup: None,
            ..c.container(format!("before-{n}"), 0, (0, 0), &volumes)
        });
        let mut spec = AppSpec {
            kind,
            replicas,
            init_containers,
            volumes,
            job,
            exposure,
            autoscaling,
            update,
            disruption,
            spread,
            termination,
            ..AppSpec::new(main)
        };
        spec.containers.extend(helpers);
        let ports = spec.containers.iter().flat_map(|container| &container.ports);
        let tcp: Vec<&str> = ports.filter(|p| p.protocol == Protocol::Tcp).map(|p| p.name.as_str()).collect();
        let routing = if tcp.is_empty() { None } else { self.maybe(|c| c.routing(&tcp)) };
        spec.routing = routing;
        spec.patches = self.patches(&spec);
        spec
    }

    /// A container with at least and at most so many ports, each of which another number has in no other container.
    fn container(&mut self, name: String, number: u32, (least, most): (u32, u32), volumes: &[Volume]) -> Container {
        let mut made = Container::new(self.one(&IMAGES));
        made.name = name;
        let ports = self.number(least, most);
        made.ports = (0..ports).map(|n| self.port(number, n)).collect();
        made.command = self.some(2, |c, _| c.text());
        made.args = self.some(2, |c, _| c.text());
        made.resources = self.resources();
        made.env =
            self.some(3, |c, n| (format!("{}_{n}", c.one(&["A", "PATH", "_x"])), c.text())).into_iter().collect();
        made.secrets = SECRETS.iter().filter(|_| self.one_in(3)).map(|name| (*name).to_owned()).collect();
        made.files = self.some(2, |c, n| ConfigFile {
            path: format!("/etc/{n}/{}", c.one(&["config.yaml", "a+b.conf", "..data"])),
            content: c.text(),
        });
        for volume in volumes {
            if self.one_in(2) {
                let path = format!("/mnt/{}", volume.name);
                made.mounts.push(Mount { volume: volume.name.clone(), path, read_only: self.one_in(2) });
            }
        }
        made.readiness = self.probe(&made.ports);
        made.liveness = self.probe(&made.ports);
        made.startup = self.probe(&made.ports);
        made
    }

    fn port(&mut self, container: u32, n: u32) -> Port {
        let number = 1000 + 100 * container + 10 * n + self.number(0, 9);
        let port = |number: u32| u16::try_from(number).expect("a port");
        Port {
            name: if (container, n) == (0, 0) { "main".to_owned() } else { format!("p{container}-{n}") },
            port: port(number),
            service_port: self.maybe(|_| port(number + 20_000)),
            protocol: self.one(&[Protocol::Tcp, Protocol::Udp]),
            by_number: self.one_in(3),
        }
    }

    fn resources(&mut self) -> Resources {
        let (cpu, memory, storage) = (u64::from(self.number(1, 4000)), self.bytes(), self.maybe(Self::bytes));
        Resources {
            cpu: CpuMillis(cpu),
            cpu_limit: self.above(cpu).map(CpuMillis),
            memory,
            memory_limit: self.above(memory.0).map(Bytes),
            storage,
            storage_limit: self.above(storage.map_or(0, |storage| storage.0)).map(Bytes),
        }
    }

    fn above(&mut self, least: u64) -> Option<u64> {
        self.maybe(|c| least + u64::from(c.number(0, 1 << 20)))
    }

    fn probe(&mut self, ports: &[Port]) -> Option<Probe> {
        let how = self.number(0, 4);
        if how == 0 {
            return None;
        }
        let mut probe = Probe {
            period_seconds: self.maybe(|c| c.number(1, 3600)),
            timeout_seconds: self.number(1, 600),
            failures: self.maybe(|c| c.number(1, 1000)),
            ..Probe::port()
        };
        let names: Vec<&str> = ports.iter().map(|port| port.name.as_str()).collect();
        let port = if names.is_empty() { None } else { self.maybe(|c| c.one(&names).to_owned()) };
        match how {
            // The first port.
            1 if !names.is_empty() => {}
            2 if !names.is_empty() => probe.tcp = Some(TcpCheck { port }),
            3 if !names.is_empty() => {
                let path = self.one(&["/", "/readyz", "/a?b=c&d=%20#e"]).to_owned();
                probe.http = Some(HttpCheck { path, port });
            }
            _ => probe.command = vec!["/bin/true".to_owned(), self.text()],
        }
        Some(probe)
    }

    fn volumes(&mut self, keeps: bool) -> Vec<Volume> {
        let mut volumes = self.some(2, |c, n| Volume {
            name: format!("scratch-{n}"),
            size: c.maybe(Self::bytes),
            in_memory: c.one_in(2),
            claim: None,
        });
        let disks = if keeps { self.number(1, 2) } else { 0 };
        for n in 0..disks {
            let class = self.maybe(|c| c.one(&["fast", "csi.example.org"]).to_owned());
            let claim = Some(Claim { size: self.bytes(), class });
            let at = self.draw() as usize % (volumes.len() + 1);
            volumes.insert(at, Volume { name: format!("disk-{n}"), size: None, in_memory: false, claim });
        }
        volumes
    }

    fn update(&mut self, kind: WorkloadKind, spread: &Spread) -> UpdateStrategy {
        let deadline_seconds = self.number(10, 3600);
        let mut update = UpdateStrategy {
            max_surge: self.amount(0),
            max_unavailable: self.amount(0),
            min_ready_seconds: self.number(0, deadline_seconds.min(600)),
            deadline_seconds,
            first_batch: FirstBatch::GoOn,
            at_deadline: AtDeadline::GoBack,
        };
        if !kind.runs_to_end() && self.one_in(3) {
            update.first_batch = FirstBatch::Wait;
        }
        if kind != WorkloadKind::Stateful && self.one_in(3) {
            update.at_deadline = AtDeadline::Stay;
        }
        let alone = spread.strict && spread.over == SpreadOver::OnePerNode;
        if update.max_unavailable.is_zero() && (alone || update.max_surge.is_zero()) {
            update.max_unavailable = Amount::Count(1);
        }
        update
    }

    fn autoscaling(&mut self) -> Autoscaling {
        let max = self.number(1, MAX_REPLICAS);
        let label = |c: &mut Self, n: u32| (format!("label-{n}"), c.one(&["GET", "", "a.b_c"]).to_owned());
        let mut scaling = Autoscaling {
            min: self.number(1, max),
            max,
            cpu_percent: self.maybe(|c| c.number(1, 1000)),
            memory_percent: self.maybe(|c| c.number(1, 1000)),
            metrics: self.some(3, |c, n| PodMetric {
                name: format!("metric_{n}:rate"),
                labels: c.some(2, label).into_iter().collect(),
                average: c.one(&["100", "250m", "1.5", "1e3"]).to_owned(),
            }),
            scale_down_seconds: self.number(0, 3600),
            scale_up_seconds: self.number(0, 3600),
            most_more_a_minute: self.maybe(|c| c.amount(1)),
            most_fewer_a_minute: self.maybe(|c| c.amount(1)),
        };
        if scaling.memory_percent.is_none() && scaling.metrics.is_empty() {
            scaling.cpu_percent = scaling.cpu_percent.or(Some(70));
        }
        scaling
    }

    fn run(&mut self, replicas: u32) -> JobSettings {
        JobSettings {
            completions: self.maybe(|c| c.number(replicas, MAX_COMPLETIONS)),
            retries: self.number(0, MAX_RETRIES),
            timeout_seconds: self.number(1, MAX_RUN_SECONDS),
            kept_runs: self.number(1, MAX_KEPT_RUNS),
            ..JobSettings::default()
        }
    }

    fn schedule(&mut self, replicas: u32) -> JobSettings {
        JobSettings {
            schedule: Some(self.one(&["0 3 * * *", "*/5 * * * mon-fri", "@daily"]).to_owned()),
            time_zone: self.maybe(|c| c.one(&["Europe/Berlin", "Asia/Shanghai", "Etc/UTC"]).to_owned()),
            paused: self.one_in(2),
            overlap: self.one(&[Overlap::Skip, Overlap::Allow, Overlap::Replace]),
            late_seconds: self.number(10, MAX_RUN_SECONDS),
            ..self.run(replicas)
        }
    }

    fn routing(&mut self, ports: &[&str]) -> Routing {
        let through = self.one(&[Through::Ingress, Through::Gateway]);
        let (by_ingress, https) = (through == Through::Ingress, !self.one_in(3));
        let certificates = HOSTS.map(|_| {
            let named = self.maybe(|c| c.one(&["shop-tls", "tls.example"]).to_owned());
            named.filter(|_| by_ingress && https)
        });
        let many = self.number(1, 4);
        Routing {
            through,
            class: self.maybe(|_| "public".to_owned()).filter(|_| by_ingress),
            gateway: (!by_ingress).then(|| Gateway {
                namespace: "edge".to_owned(),
                name: "public".to_owned(),
                listener: self.maybe(|_| "https".to_owned()),
            }),
            https,
            routes: (0..many).map(|n| self.route(n, ports, &certificates)).collect(),
        }
    }

    /// An address of its own; each host has one certificate.
    fn route(&mut self, n: u32, ports: &[&str], certificates: &[Option<String>; HOSTS.len()]) -> Route {
        let host = self.draw() as usize % HOSTS.len();
        let below = format!("{}{n}", self.one(&["/api", "/a-b_c~d@e:f+g,h=i", "/v1/"]));
        let path = if n == 0 { "/" } else { below.as_str() };
        let port = self.maybe(|c| c.one(ports).to_owned());
        Route { port, certificate: certificates[host].clone(), ..Route::new(HOSTS[host], path) }
    }

    /// Patches that can be applied to what the specification becomes, each of them more than once.
    fn patches(&mut self, spec: &AppSpec) -> Vec<Patch> {
        let (workload, pod) = match spec.kind {
            WorkloadKind::Service | WorkloadKind::Worker => ("Deployment", "/spec/template/spec"),
            WorkloadKind::Stateful => ("StatefulSet", "/spec/template/spec"),
            WorkloadKind::Job => ("Job", "/spec/template/spec"),
            WorkloadKind::CronJob => ("CronJob", "/spec/jobTemplate/spec/template/spec"),
        };
        let mut kinds = vec![workload];
        let serves = spec.is_stateful() || spec.containers.iter().any(|container| !container.ports.is_empty());
        kinds.extend(serves.then_some("Service"));
        kinds.extend(spec.routing.as_ref().map(|routing| match routing.through {
            Through::Ingress => "Ingress",
            Through::Gateway => "HTTPRoute",
        }));
        kinds.extend(spec.autoscaling.as_ref().map(|_| "HorizontalPodAutoscaler"));
        self.some(2, |c, _| {
            let kind = c.one(&kinds);
            let deep = json!({ "list": [1, -2, 2.5, null, true, {}, [], "0x10"], "many": 5_000_000_000_u64 });
            let mut operations = vec![
                operation(PatchVerb::Test, "/kind", Some(json!(kind))),
                operation(PatchVerb::Add, "/metadata/annotations", Some(json!({ "note": c.text(), "deep": deep }))),
            ];
            if kind == workload {
                let (place, value) = (format!("{pod}/hostAliases"), Some(json!([{ "ip": "10.0.0.7" }])));
                operations.push(operation(PatchVerb::Add, &place, value.clone()));
                operations.push(operation(PatchVerb::Replace, &place, value));
                operations.push(operation(PatchVerb::Remove, &place, None));
            }
            Patch { kind: kind.to_owned(), operations }
        })
    }
}

fn operation(op: PatchVerb, path: &str, value: Option<Value>) -> PatchOperation {
    PatchOperation { op, path: path.to_owned(), value }
}
