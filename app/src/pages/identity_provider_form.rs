//! The fields of an identity provider, for making and changing one.

use leptos::prelude::*;

use crate::{
    UiError,
    components::{Button, Checkbox, CheckedField, FormErrors, TextField},
    model::{FieldRule, ProviderDetail, RoleRow, RoleRule},
    pages::{form::field, parts::linked},
    t, tf,
};

/// Rules that wait to be filled in.
const BLANK: usize = 2;

/// What can change of a provider.
#[component]
pub fn ProviderFields(
    /// Why it was refused.
    error: Signal<Option<UiError>>,
    /// As it is; nothing for a new one.
    #[prop(optional_no_strip)]
    detail: Option<ProviderDetail>,
    /// The roles that can be given.
    roles: Vec<RoleRow>,
) -> impl IntoView {
    let new = detail.is_none();
    let is = |part: fn(&ProviderDetail) -> &str| detail.as_ref().map(|d| part(d).to_owned()).unwrap_or_default();
    let (name, client_id, scopes, name_claim) =
        (is(|d| &d.row.name), is(|d| &d.client_id), is(|d| &d.scopes), is(|d| &d.name_claim));
    let creates = detail.as_ref().is_none_or(|d| d.creates_accounts);
    let (shown, disabled) = detail.as_ref().map_or((false, false), |d| (d.row.shown, d.row.disabled));
    let defaults: Vec<String> =
        detail.as_ref().map(|d| d.default_roles.iter().map(ToString::to_string).collect()).unwrap_or_default();
    let rules = detail.map(|d| d.rules).unwrap_or_default();
    let roles: Vec<(String, String)> = roles
        .into_iter()
        .map(|role| (role.role.to_string(), role.title.here()))
        .filter(|(name, _)| name != "owner")
        .collect();
    let secret_hint = if new {
        t!(
            "The provider gave it to you with the client ID. It is kept encrypted and never shown again.",
            "与客户端 ID 一同由身份提供商分配。加密保存，不再显示。"
        )
    } else {
        t!("Empty: the present one stays.", "留空则保持不变。")
    };
    view! {
        <FormErrors error=linked(error, false) />
        <CheckedField
            name="form[name]"
            label=t!("Name", "名称")
            rule=FieldRule::DISPLAY_NAME
            about=t!("For people: the button says “Sign in with …”.", "供人辨认，按钮上显示“使用…登录”。")
            value=name
            error=field(error, &["name"])
        />
        <div class="form-row form-row-wide">
            <TextField
                name="form[client_id]"
                label=t!("Client ID", "客户端 ID")
                value=client_id
                mono=true
                error=field(error, &["client_id"])
            />
            <TextField
                name="form[client_secret]"
                label=t!("Client secret", "客户端密钥")
                kind="password"
                mono=true
                optional=!new
                autocomplete="new-password"
                hint=secret_hint.to_owned()
                error=field(error, &["client_secret"])
            />
        </div>
        <div class="form-row form-row-wide">
            <TextField
                name="form[scopes]"
                label=t!("Further scopes", "额外的 scope")
                value=scopes
                mono=true
                optional=true
                hint=t!("Besides openid, profile and email; often needed for groups.", "openid、profile、email 之外的 scope，获取用户组时通常需要。").to_owned()
                error=field(error, &["scopes"])
            />
            <TextField
                name="form[name_claim]"
                label=t!("Claim for user names", "用户名所用的声明")
                value=name_claim
                mono=true
                optional=true
                hint=t!("Otherwise preferred_username, then email.", "默认依次为 preferred_username、email。").to_owned()
                error=field(error, &["name_claim"])
            />
        </div>
        <Rules rules roles=roles.clone() error />
        <Defaults roles chosen=defaults error />
        <fieldset class="fieldset">
            <legend>{t!("Coming in", "登录")}</legend>
            <Checkbox
                name="form[creates_accounts]"
                label=t!("Whoever comes for the first time gets an account", "首次登录时自动创建账号")
                checked=creates
                hint=t!("Otherwise only people who have linked their account in their settings are let in.", "否则仅允许已在设置中关联账号的成员登录。")
            />
            <Checkbox
                name="form[shown]"
                label=t!("Show the button to everybody on the sign-in page", "在登录页向所有人显示按钮")
                checked=shown
                hint=t!("Otherwise it is there for those who have its address.", "否则仅在访问其专用地址时显示。")
            />
            {(!new)
                .then(|| {
                    view! {
                        <Checkbox
                            name="form[disabled]"
                            label=t!("Nobody signs in by it", "停用此身份提供商")
                            checked=disabled
                            hint=t!("Sessions that it has opened end at once.", "通过它建立的登录会话会立即结束。")
                        />
                    }
                })}
        </fieldset>
    }
}

/// Which roles follow from which claims: those that there are, and some to fill in.
#[component]
fn Rules(rules: Vec<RoleRule>, roles: Vec<(String, String)>, error: Signal<Option<UiError>>) -> impl IntoView {
    let wrong = field(error, &["rules"]);
    let rows = RwSignal::new(rules.len() + BLANK);
    let (rules, roles) = (StoredValue::new(rules), StoredValue::new(roles));
    view! {
        <fieldset class="fieldset" id="form[rules]">
            <legend>{t!("Roles by claims", "按声明授予角色")}</legend>
            <p class="field-hint">
                {t!(
                    "Whoever has the value in the claim has the role in the whole tenant, from the next sign-in on. Of a list, one value is enough. Rules that are left empty are passed over.",
                    "声明中含有该值的成员，自下次登录起在整个租户内拥有对应角色；声明为列表时，含有其中一个值即可。留空的规则会被忽略。"
                )}
            </p>
            {move || wrong.get().map(|wrong| view! { <p class="field-error">{wrong}</p> })}
            <For
                each=move || 0..rows.get()
                key=|n| *n
                children=move |n| {
                    let rule = rules.with_value(|rules| rules.get(n).cloned()).unwrap_or_default();
                    view! { <Rule n rule roles=roles.get_value() /> }
                }
            />
            <div>
                <Button icon="plus" small=true on_press=move |_| rows.update(|n| *n += 1)>
                    {t!("Another rule", "再加一条规则")}
                </Button>
            </div>
        </fieldset>
    }
}

#[component]
fn Rule(n: usize, rule: RoleRule, roles: Vec<(String, String)>) -> impl IntoView {
    let name = move |part: &str| format!("form[rules][{n}][{part}]");
    let number = n + 1;
    let text = move |part: &'static str, label: String, value: String, example: &'static str| {
        view! {
            <div class="field">
                <label class="field-label" for=name(part)>
                    {label}
                </label>
                <input
                    class="input mono"
                    type="text"
                    id=name(part)
                    name=name(part)
                    value=value
                    placeholder=example
                    autocomplete="off"
                    autocapitalize="off"
                    spellcheck="false"
                />
            </div>
        }
    };
    let RoleRule { claim, value, role } = rule;
    let gone = !role.is_empty() && !roles.iter().any(|(name, _)| *name == role);
    let kept = gone.then(|| view! { <option value=role.clone() selected=true>{role.clone()}</option> });
    let options = roles
        .into_iter()
        .map(|(name, title)| {
            let selected = name == role;
            view! { <option value=name selected=selected>{title}</option> }
        })
        .collect_view();
    view! {
        <div class="form-row form-row-rule">
            {text("claim", tf!("Claim {number}", "声明 {number}"), claim, "groups")}
            {text("value", tf!("Value {number}", "值 {number}"), value, "longshore-devs")}
            <div class="field">
                <label class="field-label" for=name("role")>
                    {tf!("Role {number}", "角色 {number}")}
                </label>
                <select class="select" id=name("role") name=name("role")>
                    <option value="">{t!("none", "无")}</option>
                    {kept}
                    {options}
                </select>
            </div>
        </div>
    }
}

/// The roles of everybody who comes by it.
#[component]
fn Defaults(roles: Vec<(String, String)>, chosen: Vec<String>, error: Signal<Option<UiError>>) -> impl IntoView {
    let wrong = field(error, &["default_roles"]);
    let boxes = roles
        .into_iter()
        .map(|(name, title)| {
            let checked = chosen.contains(&name);
            view! {
                <label class="check">
                    <input type="checkbox" name="form[default_roles][]" value=name checked=checked />
                    <span>{title}</span>
                </label>
            }
        })
        .collect_view();
    view! {
        <fieldset class="fieldset" id="form[default_roles]">
            <legend>{t!("Roles of everybody who comes by it", "所有登录成员的默认角色")}</legend>
            {move || wrong.get().map(|wrong| view! { <p class="field-error">{wrong}</p> })}
            <div class="tiles">{boxes}</div>
        </fieldset>
    }
}
