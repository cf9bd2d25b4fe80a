//! The platform's settings: how tenants come to it, and the links by which they do.

use leptos::{form::ActionForm, prelude::*};
use leptos_meta::Title;

use crate::{
    api::links::{CreateLink, UpdatePlatform, get_platform},
    components::{
        Button, ButtonKind, CheckedField, FormErrors, Note, PageHeader, RelativeTime, Section, SelectField, State,
        field::Choice,
    },
    load::Load,
    model::{FieldRule, PlatformSettings, Registration},
    pages::{
        form::{field, last_error, when_done, whole},
        link_parts::{LinkList, MakeLink, OneLink, made_link},
        parts::{page_to_come, shown},
    },
    t, tf,
};

/// The platform's settings.
#[component]
pub fn PlatformPage() -> impl IntoView {
    let settings = Load::new(|| (), |()| get_platform());
    let changed = Callback::new(move |()| settings.refetch());
    view! {
        <Title text=t!("Platform settings", "平台设置") />
        <Transition fallback=page_to_come>
            {move || Suspend::new(async move {
                shown(
                    settings.await,
                    true,
                    move || settings.refetch(),
                    move |settings| view! { <Whole settings changed /> },
                )
            })}
        </Transition>
    }
}

#[component]
fn Whole(settings: PlatformSettings, changed: Callback<()>) -> impl IntoView {
    let invites = settings.registration != Registration::Closed;
    view! {
        <div class="page">
            <PageHeader title=t!("Platform settings", "平台设置").to_owned() />
            <Section title=t!("Registration", "注册")>
                <Choose settings changed />
            </Section>
            <Section title=t!("Links", "链接")>
                <Invite invites />
            </Section>
        </div>
    }
}

#[component]
fn Choose(settings: PlatformSettings, changed: Callback<()>) -> impl IntoView {
    let save = ServerAction::<UpdatePlatform>::new();
    let error = last_error(save.value());
    when_done(save.value(), changed);
    let choices: Vec<Choice> =
        Registration::ALL.into_iter().map(|r| Choice::new(r.as_str(), registration(r))).collect();
    let PlatformSettings { registration, version, updated_at, actor_name } = settings;
    view! {
        <ActionForm action=save>
            <div class="form">
                <FormErrors error=whole(error) />
                <input type="hidden" name="form[version]" value=version.to_string() />
                <SelectField
                    name="form[registration]"
                    label=t!("Who registers a tenant", "谁可以注册租户")
                    choices
                    value=registration.as_str()
                    hint=t!(
                        "Whoever registers makes a tenant with its main account. It can do nothing in a cluster until you give it a namespace.",
                        "注册会创建租户及其主账号。在您为其分配命名空间之前，该租户无法使用任何集群。"
                    )
                        .to_owned()
                    error=field(error, &["registration"])
                />
                {(updated_at > 0)
                    .then(|| {
                        view! {
                            <p class="muted">
                                {tf!("Last changed by {actor_name}", "最近由 {actor_name} 修改于")} " "
                                <RelativeTime at=updated_at />
                            </p>
                        }
                    })}
                <div class="form-actions">
                    <Button kind=ButtonKind::Primary busy=save.pending()>
                        {t!("Save", "保存")}
                    </Button>
                </div>
            </div>
        </ActionForm>
    }
}

#[component]
fn Invite(
    /// Whether links to register a tenant can be used.
    invites: bool,
) -> impl IntoView {
    let create = ServerAction::<CreateLink>::new();
    let error = last_error(create.value());
    let made = made_link(create.value());
    let form = if invites {
        view! {
            <ActionForm action=create>
                <div class="form">
                    <FormErrors error=whole(error) />
                    <OneLink made />
                    <input type="hidden" name="form[kind]" value="tenant" />
                    <CheckedField
                        name="form[note]"
                        label=t!("For whom", "给谁")
                        rule=FieldRule::LINK_NOTE
                        about=t!("So that you recognise it in the list.", "便于在列表中辨认。")
                        optional=true
                        error=field(error, &["note"])
                    />
                    <div class="form-actions">
                        <MakeLink busy=create.pending().into()>
                            {t!("Make a link to register a tenant", "创建租户注册链接")}
                        </MakeLink>
                    </div>
                </div>
            </ActionForm>
        }
        .into_any()
    } else {
        view! {
            <Note state=State::Idle title=t!("Registration is closed", "注册已关闭")>
                <p>
                    {t!(
                        "Links to register a tenant work when registration is by invitation or open.",
                        "仅当注册方式为邀请或开放时，租户注册链接才有效。"
                    )}
                </p>
            </Note>
        }
        .into_any()
    };
    view! {
        {form}
        <LinkList tenant=None made />
    }
}

/// How tenants come to the platform, in words.
fn registration(registration: Registration) -> &'static str {
    match registration {
        Registration::Closed => t!("Nobody: administrators make tenants", "关闭：由管理员创建租户"),
        Registration::Invitation => t!("Whoever has a link", "邀请：凭链接注册"),
        Registration::Open => t!("Everybody", "开放：任何人均可注册"),
    }
}
