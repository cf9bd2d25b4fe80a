//! The fields of a specification that most applications need.

use leptos::prelude::*;

use super::{signals::SpecFields, tags::Tags};
use crate::{
    UiError,
    components::{Choice, FileInto, SelectField, TextArea, TextField},
    model::{MAX_ALL_CONFIG_BYTES, MAX_ALL_ENV_BYTES, MAX_CONFIG_BYTES},
    pages::{form::field, parts::live},
    t, tf,
};

#[component]
pub(super) fn Runs(fields: SpecFields, error: Signal<Option<UiError>>, image_optional: bool) -> impl IntoView {
    let fields = fields.signals();
    let alive = live();
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
            <TextArea
                name="form[spec][command]"
                label=t!("Command", "命令")
                bind=fields.command
                error=field(error, &["command"])
                placeholder="backup --to /var/lib/archive"
                hint=t!("Empty: what the image starts", "留空则使用镜像默认命令")
                rows=1
                code=true
                optional=true
            />
            <SelectField
                name="form[spec][runs]"
                label=t!("How long it runs", "运行方式")
                choices=Signal::stored(lengths())
                bind=fields.runs
                error=field(error, &["runs"])
                optional=true
            />
            <fieldset class="spec-face when-scheduled" disabled=move || alive.get() && !fields.is_scheduled()>
                <div class="form-row">
                    <TextField
                        name="form[spec][schedule]"
                        label=t!("Schedule", "计划")
                        bind=fields.schedule
                        error=field(error, &["schedule"])
                        placeholder="0 3 * * *"
                        hint=t!("Minute, hour, day, month, day of the week; or @daily", "分 时 日 月 星期；或 @daily")
                        mono=true
                        optional=true
                    />
                    <TextField
                        name="form[spec][time_zone]"
                        label=t!("Time zone", "时区")
                        bind=fields.time_zone
                        error=field(error, &["time_zone"])
                        placeholder="Europe/Berlin"
                        hint=t!("Empty: Etc/UTC", "留空为 Etc/UTC")
                        mono=true
                        optional=true
                    />
                </div>
            </fieldset>
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
            <FileInto
                id="env-file"
                label=t!("Environment from a file", "从文件读取环境变量")
                into=fields.env
                most=MAX_ALL_ENV_BYTES
            />
            <TextArea
                name="form[spec][env]"
                label=t!("Environment", "环境变量")
                bind=fields.env
                error=field(error, &["env"])
                placeholder="GREETING=hello"
                hint=t!(
                    "One NAME=value a line; at most 100 lines, 32 KiB each.",
                    "每行一个 名称=值，最多 100 行，每个值不超过 32 KiB。"
                )
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
            <FileInto
                id="config-file"
                label=t!("Configuration from a file", "从文件读取配置")
                into=fields.config_content
                most=MAX_CONFIG_BYTES
            />
            <TextArea
                name="form[spec][config_content]"
                label=t!("What the file says", "配置文件内容")
                bind=fields.config_content
                error=field(error, &["config_content"])
                hint=config_hint()
                rows=8
                code=true
                optional=true
            />
        </fieldset>
    }
}

/// How much a configuration file may say, before somebody has typed too much.
fn config_hint() -> String {
    let (one, all) = (MAX_CONFIG_BYTES / 1024, MAX_ALL_CONFIG_BYTES / 1024);
    tf!(
        "At most {one} KiB, and {all} KiB in all files of an app together.",
        "单个文件最大 {one} KiB，应用的全部配置文件合计最大 {all} KiB。"
    )
}

/// How long an application runs, as choices.
fn lengths() -> Vec<Choice> {
    vec![
        Choice::new("", t!("until somebody ends it", "持续运行")),
        Choice::new("once", t!("to its end, with each release", "随每次发布运行到结束")),
        Choice::new("schedule", t!("to its end, by a schedule", "按计划运行到结束")),
        Choice::new("paused", t!("by a schedule that is paused", "按计划（暂停中）")),
    ]
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
        <FileInto
            id="secrets-file"
            label=t!("Secrets from a file", "从文件读取密钥")
            into=fields.secrets
            most=MAX_ALL_ENV_BYTES
        />
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
