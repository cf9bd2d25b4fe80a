//! Templates.

use leptos::{prelude::*, server_fn::codec::GetUrl};

use super::Json;
#[cfg(feature = "ssr")]
use super::{answer, session};
use crate::{UiError, model::*};

/// A part of the templates that the account may use.
#[server(endpoint = "templates/list_templates", input = GetUrl, output = Json)]
pub async fn list_templates(#[server(default)] query: NameQuery) -> Result<Slice<TemplateRow>, UiError> {
    answer(async { session().await?.templates().list(query).await }.await)
}

/// One template.
#[server(endpoint = "templates/get_template", input = GetUrl, output = Json)]
pub async fn get_template(id: TemplateId) -> Result<TemplateDetail, UiError> {
    answer(async { session().await?.templates().get(id).await }.await)
}

/// A page of a template's versions.
#[server(endpoint = "templates/list_versions", input = GetUrl, output = Json)]
pub async fn list_template_versions(
    id: TemplateId,
    #[server(default)] query: VersionQuery,
) -> Result<Page<TemplateVersion>, UiError> {
    answer(async { session().await?.templates().versions(id, query).await }.await)
}

/// The difference between two versions of a template.
#[server(endpoint = "templates/compare_versions", input = GetUrl, output = Json)]
pub async fn compare_template_versions(id: TemplateId, left: u32, right: u32) -> Result<TemplateDiff, UiError> {
    answer(async { session().await?.templates().compare(id, left, right).await }.await)
}

/// Makes a template, and goes to its page.
#[server(endpoint = "templates/create_template", output = Json)]
pub async fn create_template(form: TemplateForm) -> Result<TemplateRow, UiError> {
    let row = answer(async { session().await?.templates().create(form).await }.await)?;
    leptos_axum::redirect(&format!("/templates/{}", row.id));
    Ok(row)
}

/// Adds the templates that Longshore brings along, and goes to the list.
#[server(endpoint = "templates/add_starters", output = Json)]
pub async fn add_starter_templates(#[server(default)] language: String) -> Result<Vec<TemplateRow>, UiError> {
    let form = StarterForm { language };
    let added = answer(async { session().await?.templates().add_starters(form).await }.await)?;
    leptos_axum::redirect("/templates");
    Ok(added)
}

/// Makes a new version of a template.
#[server(endpoint = "templates/update_template", output = Json)]
pub async fn update_template(id: TemplateId, form: TemplateForm) -> Result<TemplateRow, UiError> {
    answer(async { session().await?.templates().update(id, form).await }.await)
}
