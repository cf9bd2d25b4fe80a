//! Invites a person to one's own tenant, or to the tenant in the address, by a link instead of a first password.

use leptos::{form::ActionForm, prelude::*};
use leptos_meta::Title;
use leptos_router::hooks::use_params_map;

use crate::{
    api::links::CreateLink,
    components::{ButtonKind, CheckedField, FormErrors, LinkButton, PageHeader, Section},
    model::{FieldRule, TenantId},
    pages::{
        account_first_roles::FirstRoles,
        form::{field, last_error, whole},
        link_parts::{LinkList, MakeLink, OneLink, made_link},
    },
    t,
};

/// The form of an invitation, and those that were made.
#[component]
pub fn InvitePage() -> impl IntoView {
    let params = use_params_map();
    let tenant = params.with_untracked(|p| p.get_str("id").and_then(|id| id.parse::<TenantId>().ok()));
    let back = tenant.map_or_else(|| "/accounts".to_owned(), |id| format!("/tenants/{id}"));
    let create = ServerAction::<CreateLink>::new();
    let error = last_error(create.value());
    let made = made_link(create.value());
    view! {
        <Title text=t!("Invite somebody", "邀请成员") />
        <div class="page">
            <PageHeader title=t!("Invite somebody", "邀请成员").to_owned() />
            <p class="page-lead">
                {t!(
                    "Whoever has the link chooses a user name and a password. Nobody else ever knows the password.",
                    "持有链接的人自行设置用户名和密码，密码只有其本人知道。"
                )}
            </p>
            <ActionForm action=create>
                <div class="form">
                    <FormErrors error=whole(error) />
                    <OneLink made />
                    <input type="hidden" name="form[kind]" value="member" />
                    {tenant.map(|id| view! { <input type="hidden" name="form[tenant]" value=id.to_string() /> })}
                    <CheckedField
                        name="form[note]"
                        label=t!("For whom", "给谁")
                        rule=FieldRule::LINK_NOTE
                        about=t!("So that you recognise it in the list.", "便于在列表中辨认。")
                        optional=true
                        error=field(error, &["note"])
                    />
                    <FirstRoles tenant error />
                    <div class="form-actions">
                        <MakeLink kind=ButtonKind::Primary busy=create.pending().into()>
                            {t!("Make the link", "创建链接")}
                        </MakeLink>
                        <LinkButton href=back>{t!("Back", "返回")}</LinkButton>
                    </div>
                </div>
            </ActionForm>
            <Section title=t!("Links", "链接")>
                <LinkList tenant made />
            </Section>
        </div>
    }
}
