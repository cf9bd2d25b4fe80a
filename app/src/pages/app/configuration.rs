//! What the application is made of: the newest release's specification, with secrets by name.

use leptos::prelude::*;

use crate::{
    components::{CodeBlock, Fact, Facts, LinkButton, Section, Tag},
    model::{AppDetail, Permission, SpecForm},
    pages::{parts::may, patched::PatchedObjects},
    t, tf,
};

/// The names in a list of secrets; what stands behind a name is never shown.
fn names(secrets: &str) -> Vec<String> {
    secrets
        .lines()
        .map(|line| line.split('=').next().unwrap_or_default().trim().to_owned())
        .filter(|name| !name.is_empty() && !name.starts_with('#'))
        .collect()
}

/// A specification, to read.
#[component]
pub fn SpecFacts(
    /// What runs.
    spec: SpecForm,
) -> impl IntoView {
    let none = || view! { <span class="muted">{t!("none", "无")}</span> }.into_any();
    let or_none = move |value: String| {
        if value.is_empty() { none() } else { view! { <code>{value}</code> }.into_any() }
    };
    let deadline = spec.deadline.clone();
    let (env, config) = (spec.env.clone(), spec.config_content.clone());
    view! {
        <Section title=t!("What runs", "运行内容")>
            <Facts>
                <Fact name=t!("Image", "镜像")>{or_none(spec.image)}</Fact>
                <Fact name=t!("Pods", "Pod 数量")>{spec.replicas}</Fact>
                <Fact name=t!("CPU per pod", "每个 Pod 的 CPU")>{or_none(spec.cpu)}</Fact>
                <Fact name=t!("Memory per pod", "每个 Pod 的内存")>{or_none(spec.memory)}</Fact>
                {(!spec.runs.is_empty())
                    .then(|| {
                        view! {
                            <Fact name=t!("Runs", "运行方式")>
                                {match spec.runs.as_str() {
                                    "once" => t!("to its end, with each release", "随每次发布运行到结束"),
                                    "paused" => t!("by a schedule that is paused", "按计划（暂停中）"),
                                    _ => t!("to its end, by a schedule", "按计划运行到结束"),
                                }}
                                " "
                                {(!spec.schedule.is_empty()).then(|| view! { <code>{spec.schedule}</code> })}
                                " "
                                {spec.time_zone}
                            </Fact>
                        }
                    })}
                {(!spec.command.is_empty())
                    .then(|| view! { <Fact name=t!("Command", "命令")><code>{spec.command}</code></Fact> })}
                <Fact name=t!("Port", "端口")>{or_none(spec.port)}</Fact>
                <Fact name=t!("Readiness path", "就绪检查路径")>{or_none(spec.health_path)}</Fact>
                <Fact name=t!("Data that stay", "持久数据")>
                    {if spec.data_path.is_empty() {
                        none()
                    } else {
                        view! {
                            <code>{spec.data_path}</code>
                            " "
                            {spec.data_size}
                        }
                            .into_any()
                    }}
                </Fact>
                <Fact name=t!("Web addresses", "访问地址")>
                    {if spec.routes.is_empty() {
                        none()
                    } else {
                        spec.routes
                            .lines()
                            .map(|url| view! { <div><code>{url.to_owned()}</code></div> })
                            .collect_view()
                            .into_any()
                    }}
                </Fact>
                <Fact name=t!("Deadline", "发布期限")>{tf!("{deadline} s", "{deadline} 秒")}</Fact>
            </Facts>
        </Section>
        <Section title=t!("Environment", "环境变量")>
            {if env.trim().is_empty() {
                none()
            } else {
                view! { <CodeBlock label=t!("Environment", "环境变量") text=env /> }.into_any()
            }}
        </Section>
        <Section title=t!("Configuration file", "配置文件")>
            {if spec.config_path.is_empty() {
                none()
            } else {
                view! {
                    <div class="stack">
                        <p>
                            <code>{spec.config_path}</code>
                        </p>
                        <CodeBlock label=t!("Configuration file", "配置文件") text=config />
                    </div>
                }
                    .into_any()
            }}
        </Section>
        <Section title=t!("Secrets", "密钥")>
            <SecretNames names=names(&spec.secrets) />
        </Section>
        {(!spec.document.is_empty())
            .then(|| {
                view! {
                    <details>
                        <summary>{t!("The whole specification", "完整规格文档")}</summary>
                        <CodeBlock label=t!("The whole specification", "完整规格文档") text=spec.document />
                    </details>
                }
            })}
    }
}

/// Secrets by name.
#[component]
pub fn SecretNames(
    /// Their names.
    names: Vec<String>,
) -> impl IntoView {
    if names.is_empty() {
        return view! { <span class="muted">{t!("none", "无")}</span> }.into_any();
    }
    view! {
        <div class="stack">
            <div class="row">{names.into_iter().map(|name| view! { <Tag>{name}</Tag> }).collect_view()}</div>
            <p class="muted">{t!("Values are kept encrypted and never shown.", "值以加密方式保存，不会显示。")}</p>
        </div>
    }
    .into_any()
}

/// The newest release's specification.
#[component]
pub(super) fn ConfigurationTab(app: ReadSignal<AppDetail>) -> impl IntoView {
    let id = app.with_untracked(|a| a.row.id);
    let spec = Memo::new(move |_| app.with(|a| a.spec.clone()));
    let patched = Memo::new(move |_| app.with(|a| a.patched.clone()));
    let release = Memo::new(move |_| app.with(|a| a.row.release));
    let change = may(Permission::AppPublish);
    view! {
        <div class="row">
            <span class="muted">
                {move || tf!("As release {} says.", "以版本 {} 为准。", release.get())}
            </span>
            <LinkButton href=Signal::derive(move || format!("/apps/{id}/releases/{}", release.get())) small=true icon="file-text">
                {t!("Manifests", "清单文件")}
            </LinkButton>
            {change
                .then(|| {
                    view! {
                        <LinkButton href=format!("/apps/{id}/upgrade") small=true icon="pencil">
                            {t!("Change by an upgrade", "通过升级修改")}
                        </LinkButton>
                    }
                })}
        </div>
        {move || view! { <PatchedObjects patched=patched.get() /> }}
        {move || view! { <SpecFacts spec=spec.get() /> }}
    }
}

#[cfg(test)]
mod tests {
    use super::names;

    #[test]
    fn only_names_of_secrets_are_read() {
        assert_eq!(names("TOKEN=abc=d\n# note\n\nKEY"), ["TOKEN", "KEY"]);
        assert!(names("").is_empty());
    }
}
