//! The fields of a specification that most applications need.

use leptos::prelude::*;

use super::tags::Tags;
use crate::{
    UiError,
    components::{Choice, SelectField, TextArea, TextField},
    model::{Source, SpecForm},
    pages::form::field,
    t,
};

/// A signal for each of the form's values.
#[derive(Clone, Copy, Debug)]
pub(super) struct Signals {
    pub(super) source: RwSignal<Source>,
    pub(super) document: RwSignal<String>,
    image: RwSignal<String>,
    replicas: RwSignal<String>,
    pub(super) max_replicas: RwSignal<String>,
    pub(super) target_cpu: RwSignal<String>,
    port: RwSignal<String>,
    exposure: RwSignal<String>,
    routes: RwSignal<String>,
    cpu: RwSignal<String>,
    memory: RwSignal<String>,
    health_path: RwSignal<String>,
    env: RwSignal<String>,
    data_path: RwSignal<String>,
    data_size: RwSignal<String>,
    config_path: RwSignal<String>,
    config_content: RwSignal<String>,
    secrets: RwSignal<String>,
    pub(super) max_surge: RwSignal<String>,
    pub(super) max_unavailable: RwSignal<String>,
    pub(super) deadline: RwSignal<String>,
    pub(super) first_batch: RwSignal<String>,
    pub(super) at_deadline: RwSignal<String>,
}

/// The form's values, as they stand in the fields now.
#[derive(Clone, Copy, Debug)]
pub struct SpecFields(StoredValue<Signals>);

impl SpecFields {
    /// Fields that begin with these values.
    pub fn new(spec: SpecForm) -> Self {
        Self(StoredValue::new(Signals {
            source: RwSignal::new(spec.source),
            document: RwSignal::new(spec.document),
            image: RwSignal::new(spec.image),
            replicas: RwSignal::new(spec.replicas),
            max_replicas: RwSignal::new(spec.max_replicas),
            target_cpu: RwSignal::new(spec.target_cpu),
            port: RwSignal::new(spec.port),
            exposure: RwSignal::new(spec.exposure),
            routes: RwSignal::new(spec.routes),
            cpu: RwSignal::new(spec.cpu),
            memory: RwSignal::new(spec.memory),
            health_path: RwSignal::new(spec.health_path),
            env: RwSignal::new(spec.env),
            data_path: RwSignal::new(spec.data_path),
            data_size: RwSignal::new(spec.data_size),
            config_path: RwSignal::new(spec.config_path),
            config_content: RwSignal::new(spec.config_content),
            secrets: RwSignal::new(spec.secrets),
            max_surge: RwSignal::new(spec.max_surge),
            max_unavailable: RwSignal::new(spec.max_unavailable),
            deadline: RwSignal::new(spec.deadline),
            first_batch: RwSignal::new(spec.first_batch),
            at_deadline: RwSignal::new(spec.at_deadline),
        }))
    }

    pub(super) fn signals(self) -> Signals {
        self.0.get_value()
    }

    /// How many pods, as it stands in its field.
    pub fn replicas(self) -> RwSignal<String> {
        self.signals().replicas
    }

    /// The same with an image that outlives these fields.
    #[must_use]
    pub fn with_image(self, image: RwSignal<String>) -> Self {
        image.set(self.signals().image.get_untracked());
        self.0.update_value(|signals| signals.image = image);
        self
    }

    /// What the fields say, read so that a view or a memo follows them.
    pub fn get(self) -> SpecForm {
        let signals = self.signals();
        SpecForm {
            source: signals.source.get(),
            document: signals.document.get(),
            image: signals.image.get(),
            replicas: signals.replicas.get(),
            max_replicas: signals.max_replicas.get(),
            target_cpu: signals.target_cpu.get(),
            port: signals.port.get(),
            exposure: signals.exposure.get(),
            routes: signals.routes.get(),
            cpu: signals.cpu.get(),
            memory: signals.memory.get(),
            health_path: signals.health_path.get(),
            env: signals.env.get(),
            data_path: signals.data_path.get(),
            data_size: signals.data_size.get(),
            config_path: signals.config_path.get(),
            config_content: signals.config_content.get(),
            secrets: signals.secrets.get(),
            max_surge: signals.max_surge.get(),
            max_unavailable: signals.max_unavailable.get(),
            deadline: signals.deadline.get(),
            first_batch: signals.first_batch.get(),
            at_deadline: signals.at_deadline.get(),
        }
    }

    /// Shows the other face, as the server has converted it. Secrets keep the values that were typed; those that the
    /// document names and nobody has given yet are added by name.
    pub(super) fn turn(self, spec: SpecForm) {
        let signals = self.signals();
        let missing: Vec<String> = signals.secrets.with_untracked(|typed| {
            let has = |name: &str| typed.lines().any(|line| line.split('=').next().unwrap_or_default().trim() == name);
            spec.secrets.lines().filter(|name| !has(name)).map(str::to_owned).collect()
        });
        if !missing.is_empty() {
            signals.secrets.update(|typed| {
                if !typed.is_empty() && !typed.ends_with('\n') {
                    typed.push('\n');
                }
                typed.push_str(&missing.join("\n"));
            });
        }
        signals.document.set(spec.document);
        signals.image.set(spec.image);
        signals.replicas.set(spec.replicas);
        signals.max_replicas.set(spec.max_replicas);
        signals.target_cpu.set(spec.target_cpu);
        signals.port.set(spec.port);
        signals.exposure.set(spec.exposure);
        signals.routes.set(spec.routes);
        signals.cpu.set(spec.cpu);
        signals.memory.set(spec.memory);
        signals.health_path.set(spec.health_path);
        signals.env.set(spec.env);
        signals.data_path.set(spec.data_path);
        signals.data_size.set(spec.data_size);
        signals.config_path.set(spec.config_path);
        signals.config_content.set(spec.config_content);
        signals.max_surge.set(spec.max_surge);
        signals.max_unavailable.set(spec.max_unavailable);
        signals.deadline.set(spec.deadline);
        signals.first_batch.set(spec.first_batch);
        signals.at_deadline.set(spec.at_deadline);
        signals.source.set(spec.source);
    }
}

#[component]
pub(super) fn Runs(fields: SpecFields, error: Signal<Option<UiError>>, image_optional: bool) -> impl IntoView {
    let fields = fields.signals();
    view! {
        <fieldset class="fieldset">
            <legend>{t!("What runs", "运行内容")}</legend>
            <TextField
                name="form[spec][image]"
                label=t!("Image", "镜像")
                bind=fields.image
                error=field(error, &["image"])
                placeholder="registry.example.org/shop/web:1.4.2"
                hint=t!("With a tag or a digest; it is kept by digest.", "带标签或摘要；发布时按摘要保存。")
                mono=true
                optional=image_optional
            />
            <Tags image=fields.image />
            <div class="form-row">
                <TextField
                    name="form[spec][replicas]"
                    label=t!("Pods", "Pod 数量")
                    bind=fields.replicas
                    error=field(error, &["replicas"])
                    inputmode="numeric"
                />
                <TextField
                    name="form[spec][cpu]"
                    label=t!("CPU per pod", "每个 Pod 的 CPU")
                    bind=fields.cpu
                    error=field(error, &["cpu"])
                    hint=t!("250m is a quarter core", "250m 即 0.25 核")
                />
                <TextField
                    name="form[spec][memory]"
                    label=t!("Memory per pod", "每个 Pod 的内存")
                    bind=fields.memory
                    error=field(error, &["memory"])
                    hint=t!("256Mi, 1.5Gi; also the limit", "如 256Mi、1.5Gi，同时为上限")
                />
            </div>
        </fieldset>
    }
}

#[component]
pub(super) fn Serves(fields: SpecFields, error: Signal<Option<UiError>>) -> impl IntoView {
    let fields = fields.signals();
    view! {
        <fieldset class="fieldset">
            <legend>{t!("How it serves", "对外服务")}</legend>
            <div class="form-row">
                <TextField
                    name="form[spec][port]"
                    label=t!("Port", "端口")
                    bind=fields.port
                    error=field(error, &["port"])
                    inputmode="numeric"
                    hint=t!("Empty for a worker", "后台任务留空")
                    optional=true
                />
                <TextField
                    name="form[spec][health_path]"
                    label=t!("Readiness path", "就绪检查路径")
                    bind=fields.health_path
                    error=field(error, &["health_path"])
                    placeholder="/readyz"
                    hint=t!("Empty: the port is tried", "留空则只检查端口")
                    mono=true
                    optional=true
                />
                <SelectField
                    name="form[spec][exposure]"
                    label=t!("Reached from", "访问范围")
                    choices=Signal::stored(exposures())
                    bind=fields.exposure
                    error=field(error, &["exposure"])
                    optional=true
                />
            </div>
            <TextArea
                name="form[spec][routes]"
                label=t!("Web addresses", "访问地址")
                bind=fields.routes
                error=field(error, &["routes"])
                placeholder="https://shop.example.org"
                hint=t!(
                    "One a line, with a path or without. The host's name has to lead to the cluster.",
                    "每行一个，可带路径。主机名须解析到该集群。"
                )
                rows=2
                code=true
                optional=true
            />
        </fieldset>
    }
}

#[component]
pub(super) fn Keeps(fields: SpecFields, error: Signal<Option<UiError>>) -> impl IntoView {
    let fields = fields.signals();
    view! {
        <fieldset class="fieldset">
            <legend>{t!("Data that stay", "持久数据")}</legend>
            <div class="form-row">
                <TextField
                    name="form[spec][data_path]"
                    label=t!("Where they are kept", "数据路径")
                    bind=fields.data_path
                    error=field(error, &["data_path"])
                    placeholder="/var/lib/data"
                    hint=t!("Empty: nothing outlives a pod", "留空则不保留数据")
                    mono=true
                    optional=true
                />
                <TextField
                    name="form[spec][data_size]"
                    label=t!("Disk for each pod", "每个 Pod 的磁盘")
                    bind=fields.data_size
                    error=field(error, &["data_size"])
                    placeholder="1Gi"
                    hint=t!("It stays through upgrades and rollbacks", "升级和回滚时保留")
                    optional=true
                />
            </div>
        </fieldset>
    }
}

#[component]
pub(super) fn Configures(fields: SpecFields, error: Signal<Option<UiError>>) -> impl IntoView {
    let fields = fields.signals();
    view! {
        <fieldset class="fieldset">
            <legend>{t!("Configuration", "配置")}</legend>
            <TextArea
                name="form[spec][env]"
                label=t!("Environment", "环境变量")
                bind=fields.env
                error=field(error, &["env"])
                placeholder="GREETING=hello"
                hint=t!("One NAME=value a line.", "每行一个 名称=值。")
                rows=4
                code=true
                optional=true
            />
            <TextField
                name="form[spec][config_path]"
                label=t!("Configuration file", "配置文件路径")
                bind=fields.config_path
                error=field(error, &["config_path"])
                placeholder="/etc/app/config.yaml"
                hint=t!("Where the container finds it.", "容器内的路径。")
                mono=true
                optional=true
            />
            <TextArea
                name="form[spec][config_content]"
                label=t!("What the file says", "配置文件内容")
                bind=fields.config_content
                error=field(error, &["config_content"])
                rows=8
                code=true
                optional=true
            />
        </fieldset>
    }
}

/// From where an application can be reached, as choices.
fn exposures() -> Vec<Choice> {
    vec![
        Choice::new("", t!("the cluster", "集群内部")),
        Choice::new("node_port", t!("a port of every node", "每个节点的端口")),
        Choice::new("load_balancer", t!("an address of its own", "独立地址（负载均衡）")),
    ]
}

#[component]
pub(super) fn Secrets(fields: SpecFields, error: Signal<Option<UiError>>, hint: &'static str) -> impl IntoView {
    let fields = fields.signals();
    view! {
        <TextArea
            name="form[spec][secrets]"
            label=t!("Secrets", "密钥")
            bind=fields.secrets
            error=field(error, &["secrets"])
            placeholder="TOKEN=…"
            hint=hint
            rows=3
            code=true
            optional=true
        />
    }
}
