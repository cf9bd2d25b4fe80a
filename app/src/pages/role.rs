//! A tenant's own role: made, changed, deleted.

use leptos::{form::ActionForm, prelude::*};
use leptos_meta::Title;
use leptos_router::components::Redirect;

use crate::{
    UiError,
    api::access::{CreateRole, DeleteRole, UpdateRole, get_role},
    components::{Button, ButtonKind, CheckedField, Fact, Facts, FormErrors, LinkButton, PageHeader, Section},
    load::Load,
    model::{FieldRule, Level, Permission, PermissionSet, RoleId, RoleRow},
    pages::{
        deletion::DeletionFields,
        form::{field, last_error, went_well, whole},
        parts::{may, page_to_come, segment, shown},
        roles::given,
        words::allows,
    },
    t,
};

/// Makes a role.
#[component]
pub fn NewRolePage() -> impl IntoView {
    let create = ServerAction::<CreateRole>::new();
    let error = last_error(create.value());
    let made = went_well(create.value());
    view! {
        <Title text=t!("Make a role", "新建角色") />
        {move || made.get().then(|| view! { <Redirect path="/roles" /> })}
        <div class="page page-narrow">
            <PageHeader title=t!("Make a role", "新建角色") />
            <ActionForm action=create>
                <RoleFields error name=String::new() about=String::new() has=PermissionSet::EMPTY />
                <div class="form-actions">
                    <Button kind=ButtonKind::Primary busy=create.pending()>
                        {t!("Make the role", "创建角色")}
                    </Button>
                    <LinkButton href="/roles">{t!("Cancel", "取消")}</LinkButton>
                </div>
            </ActionForm>
        </div>
    }
}

/// Changes or deletes a role.
#[component]
pub fn RolePage() -> impl IntoView {
    let id = segment::<RoleId>("id");
    let role = Load::new(move || id.get(), |id| async move { get_role(id?).await });
    view! {
        <Transition fallback=page_to_come>
            {move || Suspend::new(async move {
                let id = id.get_untracked();
                shown(
                    role.await.and_then(|role| Ok((id?, role))),
                    true,
                    move || role.refetch(),
                    |(id, role)| {
                        if may(Permission::AccessManage) {
                            view! { <Edit id role /> }.into_any()
                        } else {
                            view! { <Look role /> }.into_any()
                        }
                    },
                )
            })}
        </Transition>
    }
}

#[component]
fn Edit(id: RoleId, role: RoleRow) -> impl IntoView {
    let save = ServerAction::<UpdateRole>::new();
    let error = last_error(save.value());
    let saved = went_well(save.value());
    let (name, title, bindings) = (role.title.here(), role.title.here(), role.bindings);
    let same = name.clone();
    view! {
        <Title text=title.clone() />
        {move || saved.get().then(|| view! { <Redirect path="/roles" /> })}
        <div class="page page-narrow">
            <PageHeader title facts=move || given(bindings) />
            <ActionForm action=save>
                <input type="hidden" name="id" value=id.to_string() />
                <input type="hidden" name="form[version]" value=role.version.to_string() />
                <RoleFields error name=name.clone() about=role.about.here() has=role.permissions />
                <div class="form-actions">
                    <Button kind=ButtonKind::Primary busy=save.pending()>{t!("Save", "保存")}</Button>
                    <LinkButton href="/roles">{t!("Cancel", "取消")}</LinkButton>
                </div>
            </ActionForm>
            <Delete id name=same />
        </div>
    }
}

/// The role, for those who only look.
#[component]
fn Look(role: RoleRow) -> impl IntoView {
    let (title, about, bindings) = (role.title.here(), role.about.here(), role.bindings);
    let permissions = role.permissions.iter().map(|p| {
        view! {
            <li>
                <code>{p.as_str()}</code>
                " "
                <span class="muted">{allows(p)}</span>
            </li>
        }
    });
    let permissions = permissions.collect_view();
    view! {
        <Title text=title.clone() />
        <div class="page page-narrow">
            <PageHeader title facts=move || given(bindings) />
            {(!about.is_empty())
                .then(|| {
                    view! {
                        <Facts>
                            <Fact name=t!("What it is for", "用途")>{about}</Fact>
                        </Facts>
                    }
                })}
            <Section title=t!("Permissions", "权限")>
                <ul class="tiles">{permissions}</ul>
            </Section>
        </div>
    }
}

#[component]
fn RoleFields(error: Signal<Option<UiError>>, name: String, about: String, has: PermissionSet) -> impl IntoView {
    let wrong = field(error, &["permissions"]);
    let boxes = Permission::ALL
        .into_iter()
        .filter(|p| p.level() == Level::Tenant && !p.is_reserved())
        .map(|p| {
            view! {
                <label class="check">
                    <input type="checkbox" name="form[permissions][]" value=p.as_str() checked=has.has(p) />
                    <span>
                        <code>{p.as_str()}</code>
                    </span>
                    <span class="field-hint">{allows(p)}</span>
                </label>
            }
        })
        .collect_view();
    view! {
        <div class="form">
            <FormErrors error=whole(error) />
            <CheckedField
                name="form[name]"
                label=t!("Name", "名称")
                rule=FieldRule::ROLE_NAME
                about=t!("Such as releaser.", "如 releaser。")
                value=name
                mono=true
                error=field(error, &["name"])
            />
            <CheckedField
                name="form[description]"
                label=t!("What it is for", "用途")
                rule=FieldRule::ROLE_DESCRIPTION
                value=about
                optional=true
                error=field(error, &["description"])
            />
            <fieldset class="fieldset">
                <legend>{t!("Permissions", "权限")}</legend>
                {move || wrong.get().map(|wrong| view! { <p class="field-error">{wrong}</p> })}
                <div class="tiles">{boxes}</div>
            </fieldset>
        </div>
    }
}

#[component]
fn Delete(id: RoleId, name: String) -> impl IntoView {
    let delete = ServerAction::<DeleteRole>::new();
    let error = last_error(delete.value());
    let gone = went_well(delete.value());
    view! {
        {move || gone.get().then(|| view! { <Redirect path="/roles" /> })}
        <Section title=t!("Delete", "删除")>
            <details>
                <summary class="button button-warn">{t!("Delete the role", "删除角色")}</summary>
                <ActionForm action=delete>
                    <DeletionFields
                        id=id.to_string()
                        name
                        about=t!("It is refused while somebody has the role.", "仍有账号拥有该角色时无法删除。")
                        error
                        pending=delete.pending()
                    />
                </ActionForm>
            </details>
        </Section>
    }
}
