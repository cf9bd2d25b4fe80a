//! Making a token, which is shown once with how to use it; and making a service account to have some.

use leptos::{form::ActionForm, prelude::*};
use leptos_meta::Title;
use leptos_router::components::Redirect;

use crate::{
    UiError,
    api::tokens::{CreateServiceAccount, CreateToken, list_token_choices},
    components::{
        Button, ButtonKind, CheckedField, Choice, CodeBlock, Copyable, FormErrors, LinkButton, Note, PageHeader,
        SelectField, State, TextField,
    },
    model::{AccountId, FieldRule, PermissionSet, ScopeChoice, TokenChoices},
    pages::{
        access::scope_word,
        form::{field, last_error, made, whole},
        words::allows,
    },
    t, tf,
};

/// The form of a token, and the token once it is made.
#[component]
pub fn NewTokenForm(
    /// A service account; one's own without it.
    account: Option<AccountId>,
    /// What it can be made for.
    choices: TokenChoices,
    /// One was made.
    changed: Callback<()>,
) -> impl IntoView {
    let create = expect_creation();
    let error = last_error(create.value());
    // The form is drawn anew once the list is read again; what was made before is told already.
    let last = StoredValue::new(create.version().get_untracked());
    Effect::new(move || {
        let version = create.version().get();
        let made = create.value().with_untracked(|v| matches!(v, Some(Ok(_))));
        if made && last.get_value() != version {
            last.set_value(version);
            changed.run(());
        }
    });
    if choices.permissions.is_empty() {
        return view! {
            <p class="muted">
                {t!(
                    "The account may do nothing yet, so there is nothing that a token could be for. Give it a role first.",
                    "该账号尚无任何权限，无法创建令牌。请先授予角色。"
                )}
            </p>
        }
        .into_any();
    }
    let made = move || create.value().get().and_then(Result::ok);
    view! {
        {move || {
            made().map(|made| {
                view! {
                    <Made token=made.token />
                    <Button icon="plus" on_press=move |_| create.value().set(None)>
                        {t!("Make another token", "再创建一个令牌")}
                    </Button>
                }
            })
        }}
        // What is shown once is not overlooked above a form that looks as if nothing had happened.
        <div hidden=move || made().is_some()>
        <ActionForm action=create>
            <div class="form">
                <FormErrors error=whole(error) />
                {account.map(|id| view! { <input type="hidden" name="account" value=id.to_string() /> })}
                <CheckedField
                    name="form[name]"
                    label=t!("Name", "名称")
                    rule=FieldRule::RESOURCE_NAME
                    about=t!("What uses it, such as nightly-deploy.", "用途，如 nightly-deploy。")
                    mono=true
                    error=field(error, &["name"])
                />
                <SelectField
                    name="form[days]"
                    label=t!("Expires after", "有效期")
                    choices=lifetimes()
                    value="30".to_owned()
                    error=field(error, &["days"])
                />
                <Permissions has=choices.permissions error />
                <Places account first=choices.places whole=choices.whole error />
                <div class="form-actions">
                    <Button kind=ButtonKind::Primary busy=create.pending()>
                        {t!("Make the token", "创建令牌")}
                    </Button>
                </div>
            </div>
        </ActionForm>
        </div>
    }
    .into_any()
}

/// The action that makes tokens. It is kept by the section and not by the form, which is drawn anew once the list is
/// read again: the token would go with it.
fn expect_creation() -> ServerAction<CreateToken> {
    use_context().unwrap_or_default()
}

/// Keeps the action for the forms below.
pub fn provide_creation() {
    provide_context(ServerAction::<CreateToken>::new());
}

fn lifetimes() -> Vec<Choice> {
    [1_u32, 7, 30, 90, 180, 365]
        .into_iter()
        .map(|days| {
            let words = match days {
                1 => t!("1 day", "1 天").to_owned(),
                _ => tf!("{days} days", "{days} 天"),
            };
            Choice::new(days.to_string(), words)
        })
        .collect()
}

#[component]
fn Permissions(has: PermissionSet, error: Signal<Option<UiError>>) -> impl IntoView {
    let wrong = field(error, &["permissions"]);
    let boxes = has
        .iter()
        .map(|p| {
            view! {
                <label class="check">
                    <input type="checkbox" name="form[permissions][]" value=p.as_str() />
                    <span>
                        <code>{p.as_str()}</code>
                    </span>
                    <span class="field-hint">{allows(p)}</span>
                </label>
            }
        })
        .collect_view();
    view! {
        <fieldset class="fieldset">
            <legend>{t!("It may", "权限")}</legend>
            {move || wrong.get().map(|wrong| view! { <p class="field-error">{wrong}</p> })}
            {boxes}
        </fieldset>
    }
}

#[component]
fn Places(
    account: Option<AccountId>,
    first: Vec<ScopeChoice>,
    /// Whether there are no more.
    whole: bool,
    error: Signal<Option<UiError>>,
) -> impl IntoView {
    let wrong = field(error, &["scopes"]);
    let places = RwSignal::new(first);
    // What is ticked stays when others are looked for, also what was before the script came.
    let on_found = Callback::new(move |found: Vec<ScopeChoice>| {
        places.update(|places| {
            places.retain(|place| is_ticked(&place.scope.to_string()));
            let new: Vec<_> = found.into_iter().filter(|f| places.iter().all(|p| p.scope != f.scope)).collect();
            places.extend(new);
        });
    });
    view! {
        <fieldset class="fieldset">
            <legend>{t!("There alone", "仅限以下范围")}</legend>
            {move || wrong.get().map(|wrong| view! { <p class="field-error">{wrong}</p> })}
            <p class="field-hint">
                {t!(
                    "Without a choice it holds wherever the account may do it.",
                    "不选择时，在账号有权限的所有范围内有效。"
                )}
            </p>
            {(!whole).then(|| view! { <MorePlaces account on_found /> })}
            <For each=move || places.get() key=|place| place.scope.to_string() let:place>
                <label class="check">
                    <input type="checkbox" name="form[scopes][]" value=place.scope.to_string() />
                    <span>{scope_word(place.scope, &place.place)}</span>
                </label>
            </For>
        </fieldset>
    }
}

fn is_ticked(scope: &str) -> bool {
    let ticked = format!("input[name='form[scopes][]'][value='{scope}']:checked");
    matches!(document().query_selector(&ticked), Ok(Some(_)))
}

/// Finds places by name, where there are more than are shown at first.
#[component]
fn MorePlaces(account: Option<AccountId>, on_found: Callback<Vec<ScopeChoice>>) -> impl IntoView {
    let words = RwSignal::new(String::new());
    let search = Action::new(move |words: &String| {
        let words = words.clone();
        async move { (words.clone(), list_token_choices(account, Some(words)).await) }
    });
    Effect::watch(move || words.get(), move |words, _, _| drop(search.dispatch(words.clone())), false);
    Effect::new(move || {
        // An answer that comes late is to words that are gone.
        if let Some((asked, Ok(found))) = search.value().get()
            && asked == words.get_untracked()
        {
            on_found.run(found.places);
        }
    });
    let trouble = Signal::derive(move || {
        search.value().with(|answer| match answer {
            Some((_, Err(error))) => Some(error.message.here()),
            _ => None,
        })
    });
    view! {
        // Enter finds; it does not make a token that holds everywhere.
        <div on:keydown=move |event| {
            if event.key() == "Enter" {
                event.prevent_default();
            }
        }>
            <TextField
                name="find"
                label=t!("Find by name", "按名称查找")
                bind=words
                error=trouble
                hint=t!(
                    "There are more than the list below shows. For an app: its name, or namespace/name.",
                    "下方列表未显示全部。应用可按名称或 命名空间/名称 查找。"
                )
                optional=true
            />
        </div>
    }
}

/// A token that was just made, this once.
#[component]
fn Made(token: String) -> impl IntoView {
    let origin = RwSignal::new("https://longshore.example.org".to_owned());
    Effect::new(move || {
        if let Ok(here) = window().location().origin() {
            origin.set(here);
        }
    });
    let example = {
        let token = token.clone();
        Signal::derive(move || {
            format!("curl -H 'Authorization: Bearer {token}' \\\n  '{}/api/v1/session'", origin.get())
        })
    };
    view! {
        <Note state=State::Serving title=t!("The token is made", "令牌已创建")>
            <p>
                {t!(
                    "Copy it now: it is shown this once and kept nowhere.",
                    "请立即复制：令牌只显示这一次，系统不会保存。"
                )}
            </p>
            <p>
                <Copyable text=token />
            </p>
        </Note>
        <CodeBlock label=t!("How to use it", "使用示例").to_owned() text=example />
    }
}

/// Makes a service account for one's own tenant, or the platform.
#[component]
pub fn NewServiceAccountPage() -> impl IntoView {
    let create = ServerAction::<CreateServiceAccount>::new();
    let error = last_error(create.value());
    let made = made(create.value(), |account| account.id);
    view! {
        <Title text=t!("Make a service account", "创建服务账号") />
        {move || made.get().map(|id| view! { <Redirect path=format!("/accounts/{id}") /> })}
        <div class="page page-narrow">
            <PageHeader title=t!("Make a service account", "创建服务账号") />
            <p class="page-lead">
                {t!(
                    "For a program that is nobody's in particular: it has no password and cannot sign in. It gets roles like any account, and acts by tokens.",
                    "供不属于任何个人的程序使用：没有密码，不能登录；与普通账号一样授予角色，通过令牌操作。"
                )}
            </p>
            <ActionForm action=create>
                <div class="form">
                    <FormErrors error=whole(error) />
                    <CheckedField
                        name="form[username]"
                        label=t!("Name", "名称")
                        rule=FieldRule::USERNAME
                        about=t!("Such as deployer.", "如 deployer。")
                        mono=true
                        error=field(error, &["username"])
                    />
                    <CheckedField
                        name="form[display_name]"
                        label=t!("What it does", "用途")
                        rule=FieldRule::DISPLAY_NAME
                        error=field(error, &["display_name"])
                    />
                    <div class="form-actions">
                        <Button kind=ButtonKind::Primary busy=create.pending()>
                            {t!("Make the service account", "创建服务账号")}
                        </Button>
                        <LinkButton href="/accounts">{t!("Cancel", "取消")}</LinkButton>
                    </div>
                </div>
            </ActionForm>
        </div>
    }
}
