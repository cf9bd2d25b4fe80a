//! What registries say of the images of a specification, the helpers' and those of what runs before among them. Pure.

use app::{
    i18n::Text,
    model::{AppSpec, FitCheck, FitCheckKind, MAX_CONTAINERS},
    text,
};

use crate::registry::RegistryError;

/// What a registry said of an image.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct ImageSaid {
    /// The image.
    pub(super) image: String,
    /// The container that runs it; `None` for the application's own.
    pub(super) container: Option<String>,
    /// The digest that it means now, or why that is not told.
    pub(super) said: Result<String, RegistryError>,
}

impl ImageSaid {
    /// The digest that it means, which one that names its digest tells by itself.
    pub(super) fn digest(&self) -> Option<&str> {
        let named = || self.image.split_once('@').map(|(_, digest)| digest);
        self.said.as_deref().ok().or_else(named)
    }

    /// Whether nothing speaks against it. A registry that does not answer does not: nodes may reach it all the same.
    fn is_well(&self) -> bool {
        !matches!(self.said, Err(RegistryError::NotFound | RegistryError::Denied))
    }

    /// The sentence about it, with the container's name unless it is the application itself.
    fn detail(&self) -> Text {
        let said = match &self.said {
            Ok(digest) => text!("The registry has it: {digest}.", "镜像仓库中存在：{digest}。"),
            Err(e) => e.to_text(),
        };
        let Some(name) = &self.container else { return said };
        let image = &self.image;
        let whose = text!("Container {name}, image {image}:", "容器 {name}，镜像 {image}：");
        Text { en: format!("{} {}", whose.en, said.en), zh: format!("{}{}", whose.zh, said.zh) }
    }

    /// What is told of it.
    pub(super) fn check(&self) -> FitCheck {
        FitCheck { kind: FitCheckKind::Image, ok: self.is_well(), detail: self.detail() }
    }
}

/// The images of a specification, each once, with the name of the first container that runs it; `None` for the application's
/// own, which comes first.
pub(super) fn images_of(spec: &AppSpec) -> Vec<(Option<String>, String)> {
    let mut images: Vec<(Option<String>, String)> = Vec::new();
    for container in spec.containers.iter().chain(&spec.init_containers).take(MAX_CONTAINERS) {
        if images.iter().all(|(_, image)| *image != container.image) {
            let name = (!images.is_empty()).then(|| container.name.clone());
            images.push((name, container.image.clone()));
        }
    }
    images
}
