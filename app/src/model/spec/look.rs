//! What is wrong with a form while it is typed, and its other face.

use serde::{Deserialize, Serialize};

use super::SpecForm;
#[cfg(feature = "ssr")]
use super::{
    Source,
    document::{self, Unreadable},
    parse::tidied,
};
use crate::i18n::Text;
#[cfg(feature = "ssr")]
use crate::{FieldError, model::Checks};

/// What a form comes to as it stands.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(schemars::JsonSchema))]
pub struct SpecLook {
    /// What is wrong with it; nothing when it could be sent, but for what it is still to be given: an image, values of secrets.
    pub problems: Vec<SpecProblem>,
    /// Its other face, when nothing is wrong: of fields the document, of a document the fields.
    pub other: Option<SpecForm>,
    /// The names of the secrets that its containers take, when nothing is wrong.
    pub secrets: Vec<String>,
}

/// Something that is wrong.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(schemars::JsonSchema))]
pub struct SpecProblem {
    /// Where: a place in the document, `containers[0].image`, or the name of a field. Empty where there is no document to
    /// have places.
    pub place: String,
    /// The line, from 1 on, of a document that cannot be read.
    pub line: Option<u32>,
    /// The column in it, from 1 on.
    pub column: Option<u32>,
    /// What.
    pub message: Text,
}

#[cfg(feature = "ssr")]
impl SpecForm {
    /// What is wrong with it as it stands, each with its place, or its other face. As in [`SpecForm::converted`], an image
    /// may be missing yet, and secrets are given by name alone.
    pub fn look(&self) -> SpecLook {
        let mut checks = Checks::default();
        let of_document = self.source == Source::Document;
        let base = if of_document {
            match document::parse(&self.document) {
                Ok(spec) => Some(tidied(spec)),
                Err(Unreadable { at, message }) => {
                    let (line, column) = at.unzip();
                    let problem = SpecProblem { place: String::new(), line, column, message };
                    return SpecLook { problems: vec![problem], ..SpecLook::default() };
                }
            }
        } else {
            self.base(&mut checks)
        };
        let tell = |error| if of_document { error } else { self.told(error) };
        match self.checked_as(base, checks, (true, false), tell) {
            Ok((spec, inputs)) => SpecLook {
                problems: Vec::new(),
                secrets: spec.secrets().into_iter().map(str::to_owned).collect(),
                other: Some(self.other_face(&spec, &inputs)),
            },
            Err(error) => {
                let problems = error.fields.into_iter().map(|FieldError { field, message }| SpecProblem {
                    place: field,
                    message,
                    ..SpecProblem::default()
                });
                SpecLook { problems: problems.collect(), ..SpecLook::default() }
            }
        }
    }
}
