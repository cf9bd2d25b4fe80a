//! How many pods there are, and how they are replaced.

use leptos::{html, prelude::*};

use super::SpecFields;
use crate::{
    UiError,
    components::{Choice, SelectField, TextField},
    pages::form::field,
    t,
};

fn after_first_batch() -> Vec<Choice> {
    vec![Choice::new("", t!("go on by itself", "自动继续")), Choice::new("wait", t!("wait for a go-ahead", "等待确认"))]
}

fn at_deadline() -> Vec<Choice> {
    vec![
        Choice::new("", t!("go back by itself", "自动恢复旧版本")),
        Choice::new("stay", t!("leave it to be looked at", "保留现场以便排查")),
    ]
}

/// Folded: what stands there at first suits most.
#[component]
pub(super) fn Scales(fields: SpecFields, error: Signal<Option<UiError>>) -> impl IntoView {
    let fields = fields.signals();
    let names =
        ["max_replicas", "target_cpu", "max_surge", "max_unavailable", "deadline", "first_batch", "at_deadline"];
    let changed = !fields.max_replicas.get_untracked().is_empty();
    // What is wrong in there is to be seen. Otherwise it stays as people have left it.
    let fold = NodeRef::<html::Details>::new();
    Effect::new(move || {
        let wrong = error.with(|e| e.as_ref().is_some_and(|e| names.iter().any(|name| e.field(name).is_some())));
        if let Some(fold) = fold.get().filter(|_| wrong) {
            // An element that refuses the attribute stays shut.
            let _ = fold.set_attribute("open", "");
        }
    });
    view! {
        <details class="fieldset-more" node_ref=fold open=changed>
            <summary>{t!("Autoscaling and updates", "自动伸缩与更新")}</summary>
            <fieldset class="fieldset">
                <legend>{t!("Autoscaling", "自动伸缩")}</legend>
                <div class="form-row">
                    <TextField
                        name="form[spec][max_replicas]"
                        label=t!("Most pods", "最多 Pod 数量")
                        bind=fields.max_replicas
                        error=field(error, &["max_replicas"])
                        inputmode="numeric"
                        hint=t!("Empty: always as many as above", "留空则固定为上方数量")
                        optional=true
                    />
                    <TextField
                        name="form[spec][target_cpu]"
                        label=t!("CPU in use", "CPU 使用率目标")
                        bind=fields.target_cpu
                        error=field(error, &["target_cpu"])
                        inputmode="numeric"
                        unit="%"
                        hint=t!("Of what pods ask for; empty: 70, or what the document measures", "相对申请量；留空为 70，或以文档中的指标为准")
                        optional=true
                    />
                </div>
            </fieldset>
            <fieldset class="fieldset">
                <legend>{t!("Updates", "更新")}</legend>
                <div class="form-row">
                    <TextField
                        name="form[spec][max_surge]"
                        label=t!("Pods more meanwhile", "更新时多出的 Pod")
                        bind=fields.max_surge
                        error=field(error, &["max_surge"])
                        placeholder="25%"
                        hint=t!("The size of a batch: 1, 25%", "每批的大小：1、25%")
                        optional=true
                    />
                    <TextField
                        name="form[spec][max_unavailable]"
                        label=t!("Pods fewer meanwhile", "更新时减少的 Pod")
                        bind=fields.max_unavailable
                        error=field(error, &["max_unavailable"])
                        placeholder="0"
                        hint=t!("0: nobody notices", "0 表示不影响服务")
                        optional=true
                    />
                    <TextField
                        name="form[spec][deadline]"
                        label=t!("Deadline", "发布期限")
                        bind=fields.deadline
                        error=field(error, &["deadline"])
                        inputmode="numeric"
                        unit=t!("s", "秒")
                        placeholder="300"
                        hint=t!("Not ready by then: failed", "超时未就绪即失败")
                        optional=true
                    />
                </div>
                <div class="form-row">
                    <SelectField
                        name="form[spec][first_batch]"
                        label=t!("When the first batch serves", "首批就绪后")
                        choices=Signal::stored(after_first_batch())
                        bind=fields.first_batch
                        error=field(error, &["first_batch"])
                        hint=t!("Of an upgrade; rollbacks do not wait", "仅升级；回滚不等待")
                        optional=true
                    />
                    <SelectField
                        name="form[spec][at_deadline]"
                        label=t!("When the deadline passes", "超过期限后")
                        choices=Signal::stored(at_deadline())
                        bind=fields.at_deadline
                        error=field(error, &["at_deadline"])
                        hint=t!("The old release serves either way", "两种情况下旧版本都继续服务")
                        optional=true
                    />
                </div>
            </fieldset>
        </details>
    }
}
