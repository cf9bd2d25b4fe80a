//! Where the database is, as the setting `--database-url` says it. Its password is shown nowhere: not by `Debug`,
//! not by `Display`, not in what is said about a wrong one.

use std::{
    fmt,
    path::{Path, PathBuf},
};

use url::Url;

/// What may be written.
const ALLOWED: &str = "write sqlite:///path/to/longshore.db, postgres://user:password@host:5432/database or \
                       mysql://user:password@host:3306/database";

/// Parameters that may stand behind the question mark. Others are refused rather than passed over: a misspelt
/// `sslmode` must not leave the connection in the clear.
const POSTGRES: &[&str] =
    &["host", "sslmode", "ssl-mode", "sslrootcert", "ssl-root-cert", "sslcert", "ssl-cert", "sslkey", "ssl-key"];
const MYSQL: &[&str] =
    &["socket", "sslmode", "ssl-mode", "sslca", "ssl-ca", "sslcert", "ssl-cert", "sslkey", "ssl-key"];

/// A database's address.
#[derive(Clone, PartialEq, Eq)]
pub struct DatabaseUrl(Place);

/// Which kind of database, and where.
#[derive(Clone, PartialEq, Eq)]
pub(super) enum Place {
    /// A file, made when missing.
    Sqlite(PathBuf),
    /// A server.
    Postgres(Url),
    /// A server of MySQL or MariaDB.
    MySql(Url),
}

/// Why an address is refused: what was written, without its password, and what is allowed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("“{shown}”: {reason}; {ALLOWED}")]
pub struct WrongUrl {
    shown: String,
    reason: String,
}

impl DatabaseUrl {
    /// The file of a SQLite database.
    pub fn file(path: &Path) -> Self {
        Self(Place::Sqlite(path.to_owned()))
    }

    /// Reads an address. Fails with what is wrong and what is allowed.
    pub fn parse(text: &str) -> Result<Self, WrongUrl> {
        let text = text.trim();
        let wrong = |reason: String| WrongUrl { shown: without_password(text), reason };
        if let Some(path) = text.strip_prefix("sqlite://") {
            return match path {
                "" => Err(wrong("the file's path is missing".to_owned())),
                path if path.contains('?') => Err(wrong("a file has no parameters".to_owned())),
                path => Ok(Self::file(Path::new(path))),
            };
        }
        let url = Url::parse(text).map_err(|e| wrong(format!("not a URL ({e})")))?;
        let (place, allowed) = match url.scheme() {
            "postgres" | "postgresql" => (Place::Postgres(url.clone()), POSTGRES),
            "mysql" | "mariadb" => (Place::MySql(with_scheme(&url, "mysql")), MYSQL),
            _ => return Err(wrong("not a kind of database that is known".to_owned())),
        };
        if url.cannot_be_a_base() {
            return Err(wrong("// is missing behind the kind of database".to_owned()));
        }
        if url.fragment().is_some() {
            return Err(wrong("what stands behind # is not understood; write %23 for # in a password".to_owned()));
        }
        if url.path().trim_matches('/').is_empty() {
            return Err(wrong("the database's name is missing".to_owned()));
        }
        for (key, _) in url.query_pairs() {
            if !allowed.contains(&&*key) {
                let allowed = allowed.join(", ");
                return Err(wrong(format!("the parameter “{key}” is not known; known are {allowed}")));
            }
        }
        Ok(Self(place))
    }

    /// The file, when the database is one.
    pub fn as_file(&self) -> Option<&Path> {
        match &self.0 {
            Place::Sqlite(path) => Some(path),
            Place::Postgres(_) | Place::MySql(_) => None,
        }
    }

    pub(super) fn place(&self) -> &Place {
        &self.0
    }
}

/// The same under another scheme, which the URL's own parser would not change for it.
fn with_scheme(url: &Url, scheme: &str) -> Url {
    let rest = url.as_str().split_once(':').map_or("", |(_, rest)| rest);
    Url::parse(&format!("{scheme}:{rest}")).unwrap_or_else(|_| url.clone())
}

impl fmt::Display for DatabaseUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            Place::Sqlite(path) => write!(f, "sqlite://{}", path.display()),
            Place::Postgres(url) | Place::MySql(url) => f.write_str(&without_password(url.as_str())),
        }
    }
}

impl fmt::Debug for DatabaseUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "DatabaseUrl({self})")
    }
}

/// What was written without anything that may be a password. It may not be a URL at all: then whatever stands before
/// its last @ is hidden, but for a scheme and a user name at the place of one. So is every parameter's value.
fn without_password(text: &str) -> String {
    let (text, parameters) = match text
        .rfind('@')
        .map_or_else(|| text.find('?'), |at| text[at..].find('?').map(|q| at + q))
    {
        Some(at) => (&text[..at], text[at + 1..].split('&').map(|p| p.split('=').next().unwrap_or_default()).collect()),
        None => (text, Vec::new()),
    };
    let mut shown = match (text.find("://"), text.rfind('@')) {
        (Some(scheme), Some(at)) if scheme < at => {
            let user = text[scheme + 3..at].split(':').next().unwrap_or_default();
            let password = if text[scheme + 3..at].contains(':') { ":***" } else { "" };
            format!("{}{user}{password}{}", &text[..scheme + 3], &text[at..])
        }
        (_, Some(at)) => format!("***{}", &text[at..]),
        (_, None) => text.to_owned(),
    };
    for (n, name) in parameters.into_iter().enumerate() {
        shown.push(if n == 0 { '?' } else { '&' });
        shown.push_str(name);
        shown.push_str("=…");
    }
    shown
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_three_kinds_are_read_and_shown_without_the_password() {
        for (text, shown) in [
            ("sqlite:///var/lib/longshore/longshore.db", "sqlite:///var/lib/longshore/longshore.db"),
            ("postgres://ls:s3cret@db.test:5432/longshore", "postgres://ls:***@db.test:5432/longshore"),
            ("postgresql://ls@db.test/longshore?sslmode=verify-full", "postgresql://ls@db.test/longshore?sslmode=…"),
            ("postgres://ls@%2Frun%2Fpostgresql/longshore", "postgres://ls@%2Frun%2Fpostgresql/longshore"),
            ("mysql://ls:s3cret%40@db.test/longshore", "mysql://ls:***@db.test/longshore"),
            ("mariadb://ls:s3cret@db.test/longshore?socket=/s3cret", "mysql://ls:***@db.test/longshore?socket=…"),
        ] {
            let url = DatabaseUrl::parse(text).expect(text);
            assert_eq!(url.to_string(), shown);
            assert_eq!(format!("{url:?}"), format!("DatabaseUrl({shown})"));
        }
    }

    #[test]
    fn a_wrong_one_says_what_is_allowed_and_never_the_password() {
        for text in [
            "",
            "longshore.db",
            "sqlite://",
            "sqlite::memory:",
            "oracle://ls:s3cret@db.test/x",
            "postgres://ls:s3cret@db.test",
            "postgres://ls:s3cret@db.test:port/x",
            "postgres://ls:s3cret/with#signs@db.test/x",
            "postgres://ls:s3cret@with@signs@db.test",
            "postgres:ls:s3cret@db.test/x",
            "ls:s3cret@db.test/x",
            "postgres://db.test/x?password=s3cret",
            "postgres://ls@db.test/x?sslmodus=s3cret",
            "mysql://ls:s3cret@db.test/x?charset=latin1",
        ] {
            let refused = DatabaseUrl::parse(text).expect_err(text);
            for said in [refused.to_string(), format!("{refused:?}")] {
                assert!(!said.contains("s3cret"), "{said}");
            }
            assert!(refused.to_string().contains("postgres://user:password@host:5432/database"), "{refused}");
        }
    }
}
