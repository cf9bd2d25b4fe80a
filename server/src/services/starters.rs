//! The templates that Longshore brings along: what most people want to run first. They become templates like any other when
//! somebody adds them, and are changed like any other.

use app::{
    i18n::{Lang, Text},
    model::{
        AppSpec, Bound, Parameter, ParameterKind, Permission, SpecForm, StarterForm, TemplateForm, TemplateRow,
        document,
    },
    service::Answer,
};
use serde::Deserialize;

use super::{fault::internal, session::SessionServices, templates::text_of};
use crate::database::templates;

/// Each by its name; pages know [`app::model::STARTER_NAMES`].
const STARTERS: [(&str, &str); 6] = [
    ("web-service", include_str!("starters/web-service.yaml")),
    ("worker", include_str!("starters/worker.yaml")),
    ("static-site", include_str!("starters/static-site.yaml")),
    ("postgresql", include_str!("starters/postgresql.yaml")),
    ("redis", include_str!("starters/redis.yaml")),
    ("cron-job", include_str!("starters/cron-job.yaml")),
];

/// One of them, in both languages.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Starter {
    description: Text,
    spec: AppSpec,
    parameters: Vec<Question>,
}

/// A parameter, in both languages.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Question {
    name: String,
    title: Text,
    #[serde(default)]
    hint: Text,
    kind: ParameterKind,
    path: String,
    #[serde(default)]
    min: Option<Bound>,
    #[serde(default)]
    max: Option<Bound>,
}

impl Question {
    fn in_language(self, lang: Lang) -> Parameter {
        let Self { name, title, hint, kind, path, min, max } = self;
        let (title, hint) = (title.get(lang).to_owned(), hint.get(lang).to_owned());
        Parameter { name, title, hint, kind, path, min, max, choices: Vec::new() }
    }
}

impl SessionServices {
    /// Adds those of the starters whose names are not taken yet, to the actor's own templates; gives back what was added.
    pub(super) async fn add_starters(&self, form: &StarterForm) -> Answer<Vec<TemplateRow>> {
        self.require(Permission::TemplateManage, "template.create", "template").await?;
        let there = templates::names_of(&self.parts.db, self.ctx.tenant()).await?;
        let lang = Lang::negotiate(&form.language).unwrap_or_default();
        let mut added = Vec::new();
        for (name, text) in STARTERS.iter().filter(|(name, _)| !there.iter().any(|other| other == name)) {
            match self.add_template(template(name, text, lang)?).await {
                Ok(row) => added.push(row),
                // Somebody else has added it meanwhile.
                Err(error) if error.field("name").is_some() => {}
                Err(error) => return Err(error),
            }
        }
        Ok(added)
    }
}

fn template(name: &str, text: &str, lang: Lang) -> Answer<TemplateForm> {
    let Starter { description, spec, parameters } = serde_saphyr::from_str(text).map_err(|e| internal(&e))?;
    let parameters: Vec<_> = parameters.into_iter().map(|question| question.in_language(lang)).collect();
    Ok(TemplateForm {
        name: name.to_owned(),
        description: description.get(lang).to_owned(),
        spec: SpecForm { document: document::write(&spec), ..SpecForm::of_spec(&spec) },
        parameters: text_of(&parameters),
        version: None,
    })
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use app::model::{STARTER_NAMES, fill};

    use super::*;
    use crate::services::templates::check;

    #[test]
    fn pages_know_what_they_are_called() {
        assert_eq!(STARTERS.map(|(name, _)| name), STARTER_NAMES);
    }

    #[test]
    fn each_is_a_template_that_can_be_published_from() {
        for ((name, text), lang) in STARTERS.into_iter().flat_map(|starter| [(starter, Lang::En), (starter, Lang::Zh)])
        {
            let (_, description, values) = check(template(name, text, lang).expect("YAML")).expect(name);
            assert!(!description.is_empty() && values.parameters.iter().all(|p| !p.title.is_empty()), "{name}");
            let (spec, _) = values.spec.parse_template().expect(name);
            let asks_for_image = values.spec.image.is_empty();
            let image = BTreeMap::from([("image".to_owned(), "registry.example.org/shop/web:1".to_owned())]);
            let given = if asks_for_image { image } else { BTreeMap::new() };
            let fill = |given, made_up: fn() -> String| fill(&values.spec, &spec, &values.parameters, given, made_up);
            let (filled, secrets) = fill(&given, || "0123456789abcdef0123456789abcdef".into()).expect(name);
            assert_eq!(secrets.len(), filled.secrets().len(), "{name}");
            assert!(secrets.iter().all(|secret| secret.value.is_some()), "{name}");
            if asks_for_image {
                assert_eq!(filled.image(), "registry.example.org/shop/web:1", "{name}");
                let error = fill(&BTreeMap::new(), String::new).expect_err("an image is needed");
                assert_eq!(
                    error.fields.iter().map(|f| f.field.as_str()).collect::<Vec<_>>(),
                    ["values[image]"],
                    "{name}"
                );
            }
        }
    }
}
