//! Exactly which status each caller is answered at each endpoint and server function, and at each page: the tables
//! `expected_statuses.txt` and `expected_pages.txt`, so that whatever changes of them is seen in a review. Whether a
//! status is right, the walks judge by rules of their own; each then holds its callers' columns against its table.
//!
//! `UPDATE_EXPECTED=1 cargo test -p longshore-server --test http -- two_tenants every_role every_page` writes them anew.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt,
    sync::{Mutex, PoisonError},
};

use crate::{support::Reply, walk::Asked};

/// A table as it is kept in a file.
#[derive(Debug)]
struct Sheet {
    path: &'static str,
    /// What stands above the columns.
    about: &'static str,
}

const ENDPOINTS: Sheet =
    Sheet { path: concat!(env!("CARGO_MANIFEST_DIR"), "/tests/http/expected_statuses.txt"), about: ABOUT_ENDPOINTS };
const PAGES: Sheet =
    Sheet { path: concat!(env!("CARGO_MANIFEST_DIR"), "/tests/http/expected_pages.txt"), about: ABOUT_PAGES };

/// The columns.
const CALLERS: [&str; 12] = [
    "nobody",
    "other",
    "viewer",
    "operator",
    "developer",
    "administrator",
    "owner",
    "platform",
    "revoked",
    "disabled",
    "expired",
    "app-token",
];

const ABOUT_ENDPOINTS: &str = "\
# Which status each caller is answered: what is tried is in attempts.rs and same_for_all.rs, in the order of walk.rs.
# `UPDATE_EXPECTED=1 cargo test -p longshore-server --test http -- two_tenants every_role` writes this anew.
#
# nobody         without a session
# other          another tenant's main account
# viewer … owner people of the tenant; what one has done before stays done
# platform       an administrator of the platform, at what the tenant's people may not do (-: not tried)
# revoked        the session of somebody who has signed out
# disabled       an administrator of the tenant, disabled
# expired        a token of the main account, expired
# app-token      a token of the main account that reads one app
#
# 200|409 stands for either; the place in attempts.rs says why.";

const ABOUT_PAGES: &str = "\
# Which status each caller is answered at each page; the ids in the addresses are a tenant's.
# `UPDATE_EXPECTED=1 cargo test -p longshore-server --test http -- every_page` writes this anew.
#
# nobody         without a session
# other          another tenant's main account
# viewer … owner people of the tenant
# platform       an administrator of the platform
# revoked        the session of somebody who has signed out
# disabled       an administrator of the tenant, disabled
# expired        a token of the main account, expired
# app-token      a token of the main account that reads one app; pages take no token
#
# No cluster is connected: 503 stands where one is asked.";

/// What is written where nobody tries.
const NOT_TRIED: &str = "-";

/// The walks run beside each other.
static WRITING: Mutex<()> = Mutex::new(());

/// A path and a method.
type Row = (String, String);

/// What one caller was answered.
#[derive(Debug)]
pub struct Seen {
    sheet: &'static Sheet,
    caller: &'static str,
    statuses: BTreeMap<Row, u16>,
}

impl Seen {
    /// Nothing so far, of endpoints and server functions.
    pub fn by(caller: &'static str) -> Self {
        Self::on(&ENDPOINTS, caller)
    }

    /// Nothing so far, of pages.
    pub fn of_pages(caller: &'static str) -> Self {
        Self::on(&PAGES, caller)
    }

    fn on(sheet: &'static Sheet, caller: &'static str) -> Self {
        assert!(CALLERS.contains(&caller), "{caller} is no column");
        Self { sheet, caller, statuses: BTreeMap::new() }
    }

    /// One more answer.
    pub fn note(&mut self, asked: &Asked, reply: &Reply) {
        self.put((asked.route.clone(), asked.method.to_string()), reply);
    }

    /// One more answer, of the page at that path of the router's list.
    pub fn note_page(&mut self, route: &str, reply: &Reply) {
        self.put((route.to_owned(), "GET".to_owned()), reply);
    }

    fn put(&mut self, row: Row, reply: &Reply) {
        let before = self.statuses.insert(row.clone(), reply.status.as_u16());
        assert_eq!(before, None, "{row:?} is tried once");
    }

    fn at(&self, row: &Row) -> String {
        self.statuses.get(row).map_or_else(|| NOT_TRIED.to_owned(), u16::to_string)
    }
}

impl fmt::Display for Seen {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.caller)
    }
}

/// Fails with each status that is another than in the table, which all of them have in common.
pub fn assert_as_expected(all: &[Seen]) {
    let sheet = all.first().expect("a caller").sheet;
    let differences = {
        let _alone = WRITING.lock().unwrap_or_else(PoisonError::into_inner);
        let mut table = Table::read(&sheet.kept());
        if is_updating() {
            for seen in all {
                table.take(seen);
            }
            sheet.keep(&table);
        }
        all.iter().flat_map(|seen| table.differences(seen)).collect::<Vec<_>>()
    };
    assert!(
        differences.is_empty(),
        "{} says (-) and was answered (+); it says itself how it is written anew:\n{}",
        sheet.path,
        differences.join("\n")
    );
}

fn is_updating() -> bool {
    std::env::var_os("UPDATE_EXPECTED").is_some()
}

impl Sheet {
    fn kept(&self) -> String {
        std::fs::read_to_string(self.path).unwrap_or_default()
    }

    fn keep(&self, table: &Table) {
        std::fs::write(self.path, table.text(self.about)).expect("written");
    }
}

/// The cells of each row by their callers.
#[derive(Debug, Default)]
struct Table(BTreeMap<Row, BTreeMap<String, String>>);

impl Table {
    fn read(text: &str) -> Self {
        let words = |line: &str| line.split_whitespace().map(str::to_owned).collect::<Vec<_>>();
        let mut lines = text.lines().filter(|line| !line.starts_with('#')).map(words);
        let columns = lines.next().unwrap_or_default();
        let mut rows = BTreeMap::new();
        for line in lines {
            let [method, path, cells @ ..] = line.as_slice() else { continue };
            let cells = columns.iter().skip(2).cloned().zip(cells.iter().cloned()).collect();
            rows.insert((path.clone(), method.clone()), cells);
        }
        Self(rows)
    }

    fn at(&self, row: &Row, caller: &str) -> &str {
        self.0.get(row).and_then(|cells| cells.get(caller)).map_or(NOT_TRIED, String::as_str)
    }

    /// The rows of the table and those of the answers.
    fn rows_with(&self, seen: &Seen) -> BTreeSet<Row> {
        self.0.keys().chain(seen.statuses.keys()).cloned().collect()
    }

    /// Puts the answers in the place of what is another. A row that nobody tries any more goes.
    fn take(&mut self, seen: &Seen) {
        for row in self.rows_with(seen) {
            let now = seen.at(&row);
            if !allows(self.at(&row, seen.caller), &now) {
                self.0.entry(row).or_default().insert(seen.caller.to_owned(), now);
            }
        }
        self.0.retain(|_, cells| cells.values().any(|cell| cell != NOT_TRIED));
    }

    /// Two lines for each status that is another.
    fn differences(&self, seen: &Seen) -> Vec<String> {
        let mut all = Vec::new();
        for row in self.rows_with(seen) {
            let (due, now) = (self.at(&row, seen.caller), seen.at(&row));
            if !allows(due, &now) {
                let (path, method) = &row;
                all.push(format!("-{method} {path}  {seen} {due}\n+{method} {path}  {seen} {now}"));
            }
        }
        all
    }

    /// As it is kept, below what is to be said of it.
    fn text(&self, about: &str) -> String {
        let wide = self.0.keys().map(|(path, _)| path.len()).max().unwrap_or_default();
        let widths = CALLERS.map(|caller| {
            let cells = self.0.keys().map(|row| self.at(row, caller).len());
            cells.chain([caller.len()]).max().unwrap_or_default()
        });
        let line = |method: &str, path: &str, cells: [&str; CALLERS.len()]| {
            let mut line = format!("{method:<6} {path:<wide$}");
            for (cell, width) in cells.into_iter().zip(widths) {
                line.push_str(&format!("  {cell:<width$}"));
            }
            line.trim_end().to_owned()
        };
        let mut lines = vec![about.to_owned(), line("method", "path", CALLERS)];
        for row in self.0.keys() {
            let (path, method) = row;
            lines.push(line(method, path, CALLERS.map(|caller| self.at(row, caller))));
        }
        lines.join("\n") + "\n"
    }
}

/// Whether a cell allows what was answered.
fn allows(cell: &str, now: &str) -> bool {
    cell.split('|').any(|one| one == now)
}

#[test]
fn the_tables_stand_as_they_are_written() {
    let _alone = WRITING.lock().unwrap_or_else(PoisonError::into_inner);
    for sheet in [&ENDPOINTS, &PAGES] {
        let table = Table::read(&sheet.kept());
        if is_updating() {
            sheet.keep(&table);
        }
        assert!(
            sheet.kept() == table.text(sheet.about),
            "{} is not sorted and aligned, or has other columns or words above them",
            sheet.path
        );
    }
}

#[test]
fn each_status_that_is_another_is_told() {
    let row = |path: &str| (path.to_owned(), "GET".to_owned());
    let text = "# a comment\nmethod path nobody other\nGET /gone 401 404\nGET /is 401 404\nGET /was 200 404\nGET /may 200|409 404\n";
    let mut table = Table::read(text);
    let statuses = BTreeMap::from([(row("/is"), 401), (row("/was"), 401), (row("/may"), 409), (row("/new"), 401)]);
    let seen = Seen { sheet: &ENDPOINTS, caller: "nobody", statuses };
    let told = [
        "-GET /gone  nobody 401\n+GET /gone  nobody -",
        "-GET /new  nobody -\n+GET /new  nobody 401",
        "-GET /was  nobody 200\n+GET /was  nobody 401",
    ];
    assert_eq!(table.differences(&seen), told);
    table.take(&seen);
    assert_eq!(table.differences(&seen), [""; 0]);
    assert_eq!((table.at(&row("/may"), "nobody"), table.at(&row("/gone"), "other")), ("200|409", "404"));
    let statuses = BTreeMap::from([(row("/is"), 404)]);
    table.take(&Seen { sheet: &ENDPOINTS, caller: "other", statuses });
    assert!(!table.0.contains_key(&row("/gone")), "nobody tries it any more");
    let again = Table::read(&table.text("# a comment"));
    assert_eq!(again.0.keys().collect::<Vec<_>>(), table.0.keys().collect::<Vec<_>>());
    assert_eq!(again.text("# a comment"), table.text("# a comment"));
}
