//! What random things are made of in tests: choices, each a number of a list. Behind the list's end each choice is the first
//! there is, so that what proptest takes out of the list, or makes smaller in it, makes the thing smaller.

use std::{fmt::Debug, vec::IntoIter};

use app::model::{Amount, Bytes, MAX_REPLICAS};
use proptest::{
    strategy::Strategy,
    test_runner::{Config, RngAlgorithm, TestCaseError, TestRng, TestRunner},
};

/// Texts that mean something to some reader of YAML, of commands or of Kubernetes.
const TEXTS: [&str; 36] = [
    "word",
    "",
    "hello=you",
    " spaced ",
    "two\nlines\n",
    "  indented\nthan\n\n\tnot\n",
    "\n",
    "of\r\nWindows\r\n",
    "a\ttab",
    "true",
    "No",
    "null",
    "~",
    "0x10",
    "1e3",
    "-1",
    "007",
    "08:30",
    "2024-01-01",
    "- a: b",
    "a: b # c",
    "#",
    "it's",
    "\"quoted\"",
    "back\\slash",
    "$(HOME) and $$5",
    "{{ .Values.x }}",
    "港口 ⚓",
    "\u{feff}mark",
    "%YAML 1.2",
    "---",
    "&a *b",
    "|",
    "<<",
    "a line of many words  with a wide gap, which is longer than most of what a document has on one of its lines",
    "[1, {",
];

/// Tries what holds of everything that `made` makes, with some hundreds of them. `LONGSHORE_SPEC_CASES` says how many, and
/// `LONGSHORE_SPEC_SEED` which; what fails is told as small as it could be made.
pub fn for_all<T: Debug>(made: impl Strategy<Value = T>, holds: impl Fn(T) -> Result<(), TestCaseError>) {
    let setting =
        |name: &str, otherwise: u32| std::env::var(name).ok().and_then(|value| value.parse().ok()).unwrap_or(otherwise);
    let (number, cases) = (setting("LONGSHORE_SPEC_SEED", 1), setting("LONGSHORE_SPEC_CASES", 300));
    let mut seed = [0; 32];
    seed[..4].copy_from_slice(&number.to_be_bytes());
    let config = Config { cases, failure_persistence: None, ..Config::default() };
    let mut runner = TestRunner::new_with_rng(config, TestRng::from_seed(RngAlgorithm::ChaCha, &seed));
    if let Err(error) = runner.run(&made, holds) {
        panic!("LONGSHORE_SPEC_SEED={number}: {error}");
    }
}

/// The choices that are left.
pub(super) struct Choices(IntoIter<u32>);

impl Choices {
    pub(super) fn of(choices: Vec<u32>) -> Self {
        Self(choices.into_iter())
    }

    pub(super) fn draw(&mut self) -> u32 {
        self.0.next().unwrap_or(0)
    }

    pub(super) fn number(&mut self, least: u32, most: u32) -> u32 {
        least + self.draw() % (most - least + 1)
    }

    pub(super) fn one_in(&mut self, many: u32) -> bool {
        self.draw() % many == many - 1
    }

    pub(super) fn one<T: Copy>(&mut self, of: &[T]) -> T {
        of[self.draw() as usize % of.len()]
    }

    pub(super) fn maybe<T>(&mut self, make: impl FnOnce(&mut Self) -> T) -> Option<T> {
        self.one_in(2).then(|| make(self))
    }

    pub(super) fn some<T>(&mut self, most: u32, mut make: impl FnMut(&mut Self, u32) -> T) -> Vec<T> {
        let many = self.number(0, most);
        (0..many).map(|n| make(self, n)).collect()
    }

    pub(super) fn text(&mut self) -> String {
        let text = self.one(&TEXTS);
        match self.number(0, 3) {
            // Whatever ends in the middle of a line.
            1 if !text.is_empty() && !text.contains('\n') => format!("{text} {}", self.one(&TEXTS)),
            2 => text.repeat(3),
            _ => text.to_owned(),
        }
    }

    pub(super) fn bytes(&mut self) -> Bytes {
        Bytes(self.one(&[1 << 20, 16 << 20, 100_000_000, 3 << 29, (1 << 30) + 1, 10 << 30]))
    }

    pub(super) fn amount(&mut self, least: u32) -> Amount {
        if self.one_in(2) {
            Amount::Percent(self.number(least, 100))
        } else {
            Amount::Count(self.number(least, MAX_REPLICAS))
        }
    }
}
