//! The difference between two releases, part by part. Pure; secrets appear by name and version.

use app::{
    i18n::Text,
    model::{DiffLine, DiffSection, DiffTag},
    text,
};
use similar::{ChangeTag, TextDiff};

use crate::database::releases::Release;

/// Unchanged lines that are shown around a change.
const CONTEXT: usize = 3;

/// What a release consists of, as far as it is compared.
#[derive(Clone, Copy, Debug)]
pub(super) struct Side<'a> {
    spec: &'a app::model::AppSpec,
    digest: &'a str,
    secrets: &'a [(String, String)],
}

impl<'a> Side<'a> {
    pub(super) fn new(spec: &'a app::model::AppSpec, digest: &'a str, secrets: &'a [(String, String)]) -> Self {
        Self { spec, digest, secrets }
    }

    pub(super) fn of(release: &'a Release) -> Self {
        Self::new(&release.spec, &release.row.digest, &release.secrets)
    }

    fn image(&self) -> String {
        format!("{}\n{}", self.spec.image, self.digest)
    }

    fn size(&self) -> String {
        let spec = self.spec;
        let port = spec.port.map_or_else(|| "-".to_owned(), |p| p.to_string());
        let health = spec.health_path.as_deref().unwrap_or("-");
        format!(
            "replicas: {}\ncpu: {}\nmemory: {}\nport: {port}\nhealth: {health}\ndeadline: {} s\n",
            spec.replicas,
            spec.cpu.quantity(),
            spec.memory.quantity(),
            spec.deadline_seconds
        )
    }

    fn environment(&self) -> String {
        lines_of(&self.spec.env, |name, value| format!("{name}={value}"))
    }

    fn configuration(&self) -> String {
        self.spec.config.as_ref().map(|c| format!("# {}\n{}", c.path, c.content)).unwrap_or_default()
    }

    fn secrets(&self) -> String {
        lines_of(self.secrets, |name, version| format!("{name} ({version})"))
    }

    fn parts(&self) -> [(Text, String); 5] {
        [
            (text!("Image", "镜像"), self.image()),
            (text!("Size and settings", "规格与设置"), self.size()),
            (text!("Environment", "环境变量"), self.environment()),
            (text!("Configuration file", "配置文件"), self.configuration()),
            (text!("Secrets", "密钥"), self.secrets()),
        ]
    }
}

fn lines_of(pairs: &[(String, String)], line: impl Fn(&str, &str) -> String) -> String {
    let mut lines: Vec<String> = pairs.iter().map(|(left, right)| line(left, right)).collect();
    lines.push(String::new());
    lines.join("\n")
}

/// The parts with their lines.
pub(super) fn sections(left: Side<'_>, right: Side<'_>) -> Vec<DiffSection> {
    left.parts()
        .into_iter()
        .zip(right.parts())
        .map(|((title, left), (_, right))| {
            let changed = left != right;
            DiffSection { title, changed, lines: if changed { lines(&left, &right) } else { Vec::new() } }
        })
        .collect()
}

/// The names of the parts that differ.
pub(super) fn changes(left: Side<'_>, right: Side<'_>) -> Vec<Text> {
    left.parts()
        .into_iter()
        .zip(right.parts())
        .filter(|((_, left), (_, right))| left != right)
        .map(|((title, _), _)| title)
        .collect()
}

/// The lines that differ, with a few around them.
pub(super) fn lines(left: &str, right: &str) -> Vec<DiffLine> {
    let diff = TextDiff::from_lines(left, right);
    let groups = diff.grouped_ops(CONTEXT);
    groups
        .iter()
        .flatten()
        .flat_map(|op| diff.iter_changes(op))
        .map(|change| DiffLine {
            tag: match change.tag() {
                ChangeTag::Equal => DiffTag::Same,
                ChangeTag::Delete => DiffTag::Removed,
                ChangeTag::Insert => DiffTag::Added,
            },
            text: change.value().trim_end_matches('\n').to_owned(),
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use app::model::SpecForm;

    use super::*;

    fn spec(env: &str, config: &str) -> app::model::AppSpec {
        let form = SpecForm {
            image: "demo:1".into(),
            env: env.into(),
            config_path: "/etc/demo/config.yaml".into(),
            config_content: config.into(),
            ..SpecForm::starter()
        };
        form.parse().expect("valid").0
    }

    #[test]
    fn names_the_parts_that_differ_and_shows_a_few_lines_around() {
        let before = spec("A=1", "1\n2\n3\n4\n5\n6\n7\n8\n9\n");
        let after = spec("A=1", "1\n2\n3\n4\n5\n6\n7\n8\nnine\n");
        let (left, right) = (Side::new(&before, "", &[]), Side::new(&after, "", &[]));
        assert_eq!(changes(left, right), [text!("Configuration file", "配置文件")]);
        let all = sections(left, right);
        assert!(all.iter().all(|s| s.changed == (s.title.en == "Configuration file")));
        let shown: Vec<_> = all[3].lines.iter().map(|l| (l.tag, l.text.as_str())).collect();
        assert_eq!(
            shown,
            [
                (DiffTag::Same, "6"),
                (DiffTag::Same, "7"),
                (DiffTag::Same, "8"),
                (DiffTag::Removed, "9"),
                (DiffTag::Added, "nine"),
            ]
        );
    }

    #[test]
    fn a_new_value_of_a_secret_is_a_change_that_shows_no_value() {
        let spec = spec("", "");
        let (old, new) = ([("T".to_owned(), "aa".to_owned())], [("T".to_owned(), "bb".to_owned())]);
        let all = sections(Side::new(&spec, "", &old), Side::new(&spec, "", &new));
        assert_eq!(all[4].lines.iter().map(|l| l.text.as_str()).collect::<Vec<_>>(), ["T (aa)", "T (bb)"]);
    }
}
