//! The form of an application's specification: publish, upgrade and templates share it, and "Will it fit?" reads it.

use leptos::prelude::*;

use crate::{
    UiError,
    components::{TextArea, TextField},
    model::SpecForm,
    pages::form::field,
    t,
};

mod fit;

pub use fit::FitPanel;

/// The form's values, as they stand in the fields now.
#[derive(Clone, Copy, Debug)]
pub struct SpecFields {
    image: RwSignal<String>,
    replicas: RwSignal<String>,
    port: RwSignal<String>,
    cpu: RwSignal<String>,
    memory: RwSignal<String>,
    health_path: RwSignal<String>,
    env: RwSignal<String>,
    config_path: RwSignal<String>,
    config_content: RwSignal<String>,
    secrets: RwSignal<String>,
    deadline: RwSignal<String>,
}

impl SpecFields {
    /// Fields that begin with these values.
    pub fn new(spec: SpecForm) -> Self {
        Self {
            image: RwSignal::new(spec.image),
            replicas: RwSignal::new(spec.replicas),
            port: RwSignal::new(spec.port),
            cpu: RwSignal::new(spec.cpu),
            memory: RwSignal::new(spec.memory),
            health_path: RwSignal::new(spec.health_path),
            env: RwSignal::new(spec.env),
            config_path: RwSignal::new(spec.config_path),
            config_content: RwSignal::new(spec.config_content),
            secrets: RwSignal::new(spec.secrets),
            deadline: RwSignal::new(spec.deadline),
        }
    }

    /// The same with an image that outlives these fields.
    #[must_use]
    pub fn with_image(self, image: RwSignal<String>) -> Self {
        image.set(self.image.get_untracked());
        Self { image, ..self }
    }

    /// What the fields say, read so that a view or a memo follows them.
    pub fn get(self) -> SpecForm {
        SpecForm {
            image: self.image.get(),
            replicas: self.replicas.get(),
            port: self.port.get(),
            cpu: self.cpu.get(),
            memory: self.memory.get(),
            health_path: self.health_path.get(),
            env: self.env.get(),
            config_path: self.config_path.get(),
            config_content: self.config_content.get(),
            secrets: self.secrets.get(),
            deadline: self.deadline.get(),
        }
    }
}

/// A template's values over the ones that suit most services; an image that was chosen already stays when the
/// template has none.
pub fn started_from(template: Option<&SpecForm>, image: &str) -> SpecForm {
    let mut spec = template.cloned().unwrap_or_else(SpecForm::starter);
    if spec.image.trim().is_empty() {
        image.clone_into(&mut spec.image);
    }
    spec
}

/// The controls. They post as `form[spec][…]`.
#[component]
pub fn SpecInputs(
    /// Their values.
    fields: SpecFields,
    /// What was wrong with the last attempt.
    error: Signal<Option<UiError>>,
    /// It is a template's: the image may stay empty, and secrets are names alone.
    #[prop(optional)]
    template: bool,
    /// There is a release before, whose secrets a bare name keeps.
    #[prop(optional)]
    keeps_secrets: bool,
) -> impl IntoView {
    let secrets_hint = match (template, keeps_secrets) {
        (true, _) => t!(
            "One NAME a line. A template keeps no values; they are given when an app is published.",
            "每行一个名称。模板不保存值，发布应用时再填写。"
        ),
        (false, true) => t!(
            "One NAME=value a line. A bare NAME keeps the value it has; a line taken out removes it. Values are never shown again.",
            "每行一个 名称=值。只写名称则保留现有的值，删除该行则移除。值不会再次显示。"
        ),
        (false, false) => t!(
            "One NAME=value a line, given to the container as environment variables. Values are never shown again.",
            "每行一个 名称=值，作为环境变量提供给容器。值不会再次显示。"
        ),
    };
    view! {
        <Runs fields error image_optional=template />
        <Serves fields error />
        <Configures fields error secrets_hint />
    }
}

#[component]
fn Runs(fields: SpecFields, error: Signal<Option<UiError>>, image_optional: bool) -> impl IntoView {
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
fn Serves(fields: SpecFields, error: Signal<Option<UiError>>) -> impl IntoView {
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
                <TextField
                    name="form[spec][deadline]"
                    label=t!("Deadline", "发布期限")
                    bind=fields.deadline
                    error=field(error, &["deadline"])
                    inputmode="numeric"
                    unit=t!("s", "秒")
                    hint=t!("Not ready by then: failed", "超时未就绪即失败")
                />
            </div>
        </fieldset>
    }
}

#[component]
fn Configures(fields: SpecFields, error: Signal<Option<UiError>>, secrets_hint: &'static str) -> impl IntoView {
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
            <TextArea
                name="form[spec][secrets]"
                label=t!("Secrets", "密钥")
                bind=fields.secrets
                error=field(error, &["secrets"])
                placeholder="TOKEN=…"
                hint=secrets_hint
                rows=3
                code=true
                optional=true
            />
        </fieldset>
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_template_without_an_image_keeps_the_one_typed() {
        let template = SpecForm { cpu: "2".into(), ..SpecForm::default() };
        let spec = started_from(Some(&template), "web:1");
        assert_eq!((spec.image.as_str(), spec.cpu.as_str()), ("web:1", "2"));
        let template = SpecForm { image: "base:2".into(), ..SpecForm::default() };
        assert_eq!(started_from(Some(&template), "web:1").image, "base:2");
        assert_eq!(started_from(None, "").replicas, SpecForm::starter().replicas);
    }
}
