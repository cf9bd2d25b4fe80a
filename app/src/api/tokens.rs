//! Service accounts and tokens.

use leptos::{prelude::*, server_fn::codec::GetUrl};

use super::Json;
#[cfg(feature = "ssr")]
use super::{answer, is_plain_form, session};
use crate::{UiError, model::*};

/// A part of the tokens of a service account; one's own without an id.
#[server(endpoint = "tokens/list_tokens", input = GetUrl, output = Json)]
pub async fn list_tokens(
    account: Option<AccountId>,
    #[server(default)] query: NameQuery,
) -> Result<Slice<TokenRow>, UiError> {
    answer(async { session().await?.tokens().list(account, query).await }.await)
}

/// What a token of the account can be made for.
#[server(endpoint = "tokens/choices", input = GetUrl, output = Json)]
pub async fn list_token_choices(account: Option<AccountId>, words: Option<String>) -> Result<TokenChoices, UiError> {
    answer(async { session().await?.tokens().choices(account, words).await }.await)
}

/// Makes a token. The answer to a form that a browser sends without our script is a redirect, which shows nothing: no
/// token is made then that nobody would ever see.
#[server(endpoint = "tokens/create_token", output = Json)]
pub async fn create_token(account: Option<AccountId>, form: NewToken) -> Result<MadeToken, UiError> {
    answer(
        async {
            let session = session().await?;
            if is_plain_form() {
                return Err(UiError::new(
                    crate::ErrorKind::Unavailable,
                    crate::text!(
                        "No token was made: it is shown once, and the page was not ready to show it. Wait until it has loaded, and send the form again.",
                        "令牌未创建：令牌只显示一次，而页面尚未加载完成。请等待页面加载完成后重新提交。"
                    ),
                ));
            }
            session.tokens().create(account, form).await
        }
        .await,
    )
}

/// Ends a token.
#[server(endpoint = "tokens/revoke_token", output = Json)]
pub async fn revoke_token(id: TokenId) -> Result<(), UiError> {
    answer(async { session().await?.tokens().revoke(id).await }.await)
}

/// Makes a service account.
#[server(endpoint = "tokens/create_service_account", output = Json)]
pub async fn create_service_account(tenant: Option<TenantId>, form: NewServiceAccount) -> Result<AccountRow, UiError> {
    answer(async { session().await?.tokens().create_service_account(tenant, form).await }.await)
}
