//! The difference between two releases, part by part. Pure; secrets appear by name and version.

use std::{collections::BTreeMap, fmt::Write as _, time::Duration};

use app::{
    i18n::Text,
    model::{AppSpec, Container, DiffLine, DiffSection, DiffTag, document},
    text,
};
use similar::{ChangeTag, TextDiff};

use crate::database::releases::Release;

/// Unchanged lines that are shown around a change.
const CONTEXT: usize = 3;
/// The most lines of a part that are shown: nobody reads more, and a page draws each.
const MOST_LINES: usize = 2_000;
/// The most characters of a line that are shown.
const MOST_OF_LINE: usize = 2_000;
/// The most characters of a part that are shown.
const MOST_TEXT: usize = 256 * 1024;
/// How long is looked for the smallest difference.
const LONGEST: Duration = Duration::from_millis(200);

/// What a release consists of, as far as it is compared.
#[derive(Clone, Copy, Debug)]
pub(super) struct Side<'a> {
    spec: &'a AppSpec,
    digests: &'a BTreeMap<String, String>,
    secrets: &'a [(String, String)],
}

impl<'a> Side<'a> {
    pub(super) fn new(
        spec: &'a AppSpec,
        digests: &'a BTreeMap<String, String>,
        secrets: &'a [(String, String)],
    ) -> Self {
        Self { spec, digests, secrets }
    }

    pub(super) fn of(release: &'a Release) -> Self {
        Self::new(&release.spec, &release.digests, &release.secrets)
    }

    /// Something of each container: the application's as it is, its helpers' with their names.
    fn each(&self, say: impl Fn(&Container) -> String) -> String {
        let mut all = String::new();
        for (n, (_, container)) in self.spec.all_containers().enumerate() {
            let said = say(container);
            if n > 0 && !said.is_empty() {
                let _ = writeln!(all, "# {}", container.name);
            }
            all.push_str(&said);
        }
        all
    }

    fn images(&self) -> String {
        self.each(|container| {
            let digest = self.digests.get(&container.image).map_or("", String::as_str);
            format!("{}\n{digest}\n", container.image)
        })
    }

    /// All but what the other parts say.
    fn settings(&self) -> String {
        let mut rest = AppSpec { routing: None, ..self.spec.clone() };
        for container in rest.containers.iter_mut().chain(&mut rest.init_containers) {
            "…".clone_into(&mut container.image);
            container.env.clear();
            container.files.clear();
        }
        document::write(&rest)
    }

    fn environment(&self) -> String {
        self.each(|container| container.env.iter().map(|(name, value)| format!("{name}={value}\n")).collect())
    }

    fn configuration(&self) -> String {
        self.each(|container| container.files.iter().map(|f| format!("# {}\n{}", f.path, f.content)).collect())
    }

    fn addresses(&self) -> String {
        self.spec.routing.as_ref().map(document::write).unwrap_or_default()
    }

    fn secrets(&self) -> String {
        self.secrets.iter().map(|(name, version)| format!("{name} ({version})\n")).collect()
    }

    fn parts(&self) -> [(Text, String); 6] {
        [
            (text!("Image", "镜像"), self.images()),
            (text!("Size and settings", "规格与设置"), self.settings()),
            (text!("Environment", "环境变量"), self.environment()),
            (text!("Configuration file", "配置文件"), self.configuration()),
            (text!("Secrets", "密钥"), self.secrets()),
            (text!("Web addresses", "访问地址"), self.addresses()),
        ]
    }
}

/// The parts with their lines.
pub(super) fn sections(left: Side<'_>, right: Side<'_>) -> Vec<DiffSection> {
    left.parts()
        .into_iter()
        .zip(right.parts())
        .map(|((title, left), (_, right))| section(title, &left, &right))
        .collect()
}

/// One part with its lines.
pub(super) fn section(title: Text, left: &str, right: &str) -> DiffSection {
    let changed = left != right;
    DiffSection { title, changed, lines: if changed { lines(left, right) } else { Vec::new() } }
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

/// The lines that differ, with a few around them: at most [`MOST_LINES`], and how many more there are. What takes too long to
/// compare is told more coarsely.
pub(super) fn lines(left: &str, right: &str) -> Vec<DiffLine> {
    let diff = TextDiff::configure().timeout(LONGEST).diff_lines(left, right);
    let groups = diff.grouped_ops(CONTEXT);
    let mut changes = groups.iter().flatten().flat_map(|op| diff.iter_changes(op));
    let mut room = MOST_TEXT;
    let mut lines = Vec::new();
    for change in changes.by_ref().take(MOST_LINES) {
        let text = change.value().trim_end_matches('\n');
        let shown: String = text.chars().take(room.min(MOST_OF_LINE)).collect();
        room -= shown.chars().count();
        let cut = shown.len() < text.len();
        lines.push(DiffLine {
            tag: match change.tag() {
                ChangeTag::Equal => DiffTag::Same,
                ChangeTag::Delete => DiffTag::Removed,
                ChangeTag::Insert => DiffTag::Added,
            },
            text: if cut { format!("{shown}…") } else { shown },
        });
        if room == 0 {
            break;
        }
    }
    let more = changes.count();
    if more > 0 {
        lines.push(DiffLine { tag: DiffTag::Same, text: format!("… +{more}") });
    }
    lines
}

#[cfg(test)]
mod tests {
    use app::model::SpecForm;

    use super::*;

    fn spec(env: &str, config: &str) -> AppSpec {
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
        let none = BTreeMap::new();
        let (left, right) = (Side::new(&before, &none, &[]), Side::new(&after, &none, &[]));
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
    fn what_is_too_much_to_read_is_cut() {
        let (left, right) = ("a\n".repeat(300_000), "b\n".repeat(300_000));
        let shown = lines(&left, &right);
        assert_eq!(shown.len(), MOST_LINES + 1);
        assert_eq!(shown.last().map(|line| line.text.as_str()), Some("… +598000"));
        let long = lines("a", &"x".repeat(1_000_000));
        let of_line: Vec<_> = long.iter().map(|line| line.text.chars().count()).collect();
        assert_eq!(of_line, [1, MOST_OF_LINE + 1]);
        let many: String = (0..1_500).map(|n| format!("{n}{}\n", "y".repeat(1_990))).collect();
        let shown = lines("", &many);
        assert!(shown.iter().map(|line| line.text.len()).sum::<usize>() < 2 * MOST_TEXT);
        assert!(shown.last().is_some_and(|line| line.text.starts_with("… +")), "{:?}", shown.last());
    }

    #[test]
    fn an_argument_that_speaks_of_images_is_compared() {
        let (before, none) = (spec("", ""), BTreeMap::new());
        let mut after = before.clone();
        after.containers[0].args = vec!["first line\nimage: another\n".to_owned()];
        let mut last = before.clone();
        last.containers[0].args = vec!["first line\nimage: a third\n".to_owned()];
        let side = |spec| Side::new(spec, &none, &[]);
        assert_eq!(changes(side(&after), side(&last)), [text!("Size and settings", "规格与设置")]);
    }

    #[test]
    fn a_new_value_of_a_secret_is_a_change_that_shows_no_value() {
        let (spec, none) = (spec("", ""), BTreeMap::new());
        let (old, new) = ([("T".to_owned(), "aa".to_owned())], [("T".to_owned(), "bb".to_owned())]);
        let all = sections(Side::new(&spec, &none, &old), Side::new(&spec, &none, &new));
        assert_eq!(all[4].lines.iter().map(|l| l.text.as_str()).collect::<Vec<_>>(), ["T (aa)", "T (bb)"]);
    }
}
