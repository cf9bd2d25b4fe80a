//! The settings. Each is a flag, an environment variable and a line of a TOML file, in this order of precedence.
//!
//! `clap` knows every setting once: the file's values become its defaults, so that they are parsed and reported by
//! the same code as flags.

mod hosts;

use std::{
    ffi::OsString,
    net::SocketAddr,
    path::{Path, PathBuf},
    time::Duration,
};

use clap::{Args, CommandFactory, FromArgMatches, Parser, ValueEnum};
use ipnet::IpNet;

use crate::{
    commands::Command,
    database::url::{DatabaseUrl, WrongUrl},
};

/// A self-hosted, multi-tenant container cloud on Kubernetes.
///
/// Every setting below can also be given as the environment variable beside it, or as a line of the TOML file that
/// --config names (the flag's name without the dashes in front: `data-dir = "/var/lib/longshore"`). A flag wins over the
/// environment, and that over the file.
#[derive(Debug, Clone, Parser)]
#[command(name = "longshore", version, max_term_width = 100)]
pub struct Config {
    /// A TOML file with settings.
    #[arg(long, env = "LONGSHORE_CONFIG", value_name = "FILE")]
    pub config: Option<PathBuf>,

    /// The folder for the database and the generated key; made when missing.
    #[arg(long, env = "LONGSHORE_DATA_DIR", value_name = "DIR", default_value = "longshore-data")]
    pub data_dir: PathBuf,

    /// The database: sqlite:///path, postgres://user:password@host/database or mysql://user:password@host/database
    /// (also MariaDB). By default the file `longshore.db` in the data folder. `?sslmode=verify-full` (PostgreSQL) and
    /// `?ssl-mode=VERIFY_IDENTITY` (MySQL) ask for TLS with a checked certificate; `sslrootcert` and `ssl-ca` name the
    /// authority's file.
    #[arg(long, env = "LONGSHORE_DATABASE_URL", value_name = "URL", hide_env_values = true, hide_default_value = true, value_parser = database_url)]
    database_url: Option<GivenUrl>,

    /// The address to serve on.
    #[arg(long, env = "LONGSHORE_LISTEN", value_name = "ADDRESS:PORT", default_value = "127.0.0.1:8080", value_parser = address)]
    pub listen: SocketAddr,

    /// The address for /metrics in Prometheus' format, on a listener of its own; none by default.
    #[arg(long, env = "LONGSHORE_METRICS_LISTEN", value_name = "ADDRESS:PORT", value_parser = address)]
    pub metrics_listen: Option<SocketAddr>,

    /// The address that people's browsers use, when it differs from --listen: https://cloud.example.org.
    /// With https, cookies are sent over TLS alone. Identity providers send people back to it. Passkeys work at this
    /// address alone, which needs a name and https for them; without it they work at http://localhost.
    #[arg(long, env = "LONGSHORE_PUBLIC_URL", value_name = "URL", value_parser = public_url)]
    pub public_url: Option<String>,

    /// The file with the key that encrypts kubeconfigs and secrets: 32 bytes in hexadecimal, readable by its owner
    /// alone. Made when missing; by default `encryption.key` in the data folder. Keep a copy: what it has encrypted
    /// cannot be read without it.
    #[arg(long, env = "LONGSHORE_ENCRYPTION_KEY_FILE", value_name = "FILE")]
    pub encryption_key_file: Option<PathBuf>,

    /// A registry (host or host:port) that is spoken to over plain HTTP and may be on a private address. Repeatable;
    /// with commas in the environment.
    #[arg(long, env = "LONGSHORE_INSECURE_REGISTRY", value_name = "HOST[:PORT]", value_delimiter = ',', value_parser = hosts::registry)]
    pub insecure_registry: Vec<String>,

    /// A domain below which web addresses of applications may lie, such as apps.example.org. Repeatable; with commas in the
    /// environment. Any host is allowed when there is none.
    #[arg(long, env = "LONGSHORE_APP_DOMAIN", value_name = "DOMAIN", value_delimiter = ',', value_parser = hosts::domain)]
    pub app_domain: Vec<String>,

    /// A proxy before the server, as an address or a network: its X-Forwarded-For says who calls, and sign-in attempts
    /// are counted by that. Repeatable; with commas in the environment. Nobody else's X-Forwarded-For is believed.
    #[arg(long, env = "LONGSHORE_TRUSTED_PROXY", value_name = "ADDRESS[/BITS]", value_delimiter = ',', value_parser = network)]
    pub trusted_proxy: Vec<IpNet>,

    /// A Redis server for sessions, the limits of sign-in and the notices between replicas:
    /// redis://[[USER:]PASSWORD@]HOST[:PORT][/DATABASE], or rediss:// over TLS. Without it they are kept in the
    /// database. The password is seen by whoever sees the flag; the environment or the file hides it.
    #[arg(long, env = "LONGSHORE_REDIS_URL", value_name = "URL", hide_env_values = true, hide_default_value = true)]
    pub redis_url: Option<RedisUrl>,

    /// Limits and lifetimes.
    #[command(flatten)]
    pub limits: Limits,

    /// How the log is written.
    #[arg(long, env = "LONGSHORE_LOG_FORMAT", value_enum, default_value_t = LogFormat::Text)]
    pub log_format: LogFormat,

    /// What is logged, as a filter of tracing-subscriber: `info`, `warn,server=debug`.
    #[arg(long, env = "LONGSHORE_LOG", value_name = "FILTER", default_value = "info", value_parser = log_filter)]
    pub log: String,

    /// What to do instead of serving.
    #[command(subcommand)]
    pub command: Option<Command>,
}

/// A database's address, right or wrong: `clap` would repeat a wrong one with its password, so [`Config::read`] judges.
#[derive(Debug, Clone)]
struct GivenUrl(Result<DatabaseUrl, WrongUrl>);

fn database_url(value: &str) -> Result<GivenUrl, String> {
    Ok(GivenUrl(DatabaseUrl::parse(value)))
}

/// Limits and lifetimes.
#[derive(Debug, Clone, Args)]
pub struct Limits {
    /// Minutes after which a session ends that nobody uses.
    #[arg(long, env = "LONGSHORE_SESSION_IDLE_MINUTES", value_name = "N", default_value_t = 720, value_parser = clap::value_parser!(u32).range(1..=525_600))]
    pub session_idle_minutes: u32,

    /// Hours after which a session ends in any case.
    #[arg(long, env = "LONGSHORE_SESSION_HOURS", value_name = "N", default_value_t = 168, value_parser = clap::value_parser!(u32).range(1..=8_760))]
    pub session_hours: u32,

    /// Connections that may be open at a time; further ones wait. Each takes a file descriptor (`ulimit -n`).
    #[arg(long, env = "LONGSHORE_CONNECTIONS", value_name = "N", default_value_t = 4_096, value_parser = clap::value_parser!(u32).range(16..=1_000_000))]
    pub connections: u32,

    /// Live streams that one account may have open, over all its sessions and tabs.
    #[arg(long, env = "LONGSHORE_STREAMS_PER_SESSION", value_name = "N", default_value_t = 16, value_parser = clap::value_parser!(u32).range(1..=1_000))]
    pub streams_per_session: u32,

    /// Seconds that open requests get to finish when the server is stopped.
    #[arg(long, env = "LONGSHORE_SHUTDOWN_SECONDS", value_name = "N", default_value_t = 15, value_parser = clap::value_parser!(u32).range(0..=600))]
    pub shutdown_seconds: u32,

    /// Memory of one password check by Argon2id, in KiB. As many are made at the same time as there are cores, at most four.
    #[arg(long, env = "LONGSHORE_ARGON2_MEMORY_KIB", value_name = "KIB", default_value_t = 65_536, value_parser = clap::value_parser!(u32).range(8_192..=1_048_576))]
    pub argon2_memory_kib: u32,

    /// Passes of one password check by Argon2id.
    #[arg(long, env = "LONGSHORE_ARGON2_PASSES", value_name = "N", default_value_t = 3, value_parser = clap::value_parser!(u32).range(1..=20))]
    pub argon2_passes: u32,

    /// Days for which the audit trail is kept; 0 keeps it for ever.
    #[arg(long, env = "LONGSHORE_AUDIT_RETENTION_DAYS", value_name = "N", default_value_t = 0, value_parser = clap::value_parser!(u32).range(0..=36_500))]
    pub audit_retention_days: u32,
}

impl Limits {
    /// How long a session lives without being used.
    pub fn session_idle(&self) -> Duration {
        Duration::from_secs(u64::from(self.session_idle_minutes) * 60)
    }

    /// How long a session lives at most.
    pub fn session_absolute(&self) -> Duration {
        Duration::from_secs(u64::from(self.session_hours) * 3600)
    }

    /// How long open requests get at the end.
    pub fn shutdown_grace(&self) -> Duration {
        Duration::from_secs(self.shutdown_seconds.into())
    }
}

/// The address of a Redis server, which may hold a password: it is in no log and no error.
#[derive(Clone)]
pub struct RedisUrl(String);

impl RedisUrl {
    /// The address with its password.
    pub fn reveal(&self) -> &str {
        &self.0
    }
}

impl From<String> for RedisUrl {
    fn from(url: String) -> Self {
        Self(url)
    }
}

impl std::fmt::Debug for RedisUrl {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("RedisUrl")
    }
}

/// The log's format.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum LogFormat {
    /// For people.
    Text,
    /// One JSON object a line.
    Json,
}

impl Config {
    /// Reads flags, environment and file. The error is ready to be printed: it names the setting, the value and what
    /// is allowed.
    pub fn read(arguments: impl IntoIterator<Item = OsString> + Clone) -> Result<Self, clap::Error> {
        let first = settings().ignore_errors(true).try_get_matches_from(arguments.clone());
        let file = first.ok().and_then(|m| m.get_one::<PathBuf>("config").cloned());
        let mut command = settings();
        if let Some(file) = file {
            command = with_file(command, &file)?;
        }
        let matches = command.clone().try_get_matches_from(arguments)?;
        let config = Self::from_arg_matches(&matches).map_err(|e| e.format(&mut command))?;
        if let Some(GivenUrl(Err(wrong))) = &config.database_url {
            let message = format!("invalid value for '--database-url <URL>': {wrong}");
            return Err(command.error(clap::error::ErrorKind::ValueValidation, message));
        }
        Ok(config)
    }

    /// Where the database is.
    pub fn database_url(&self) -> DatabaseUrl {
        match &self.database_url {
            Some(GivenUrl(Ok(url))) => url.clone(),
            _ => DatabaseUrl::file(&self.data_dir.join("longshore.db")),
        }
    }

    /// The key file.
    pub fn encryption_key_file(&self) -> PathBuf {
        self.encryption_key_file.clone().unwrap_or_else(|| self.data_dir.join("encryption.key"))
    }

    /// The address that people's browsers use, as far as it is known: the public one, or this machine's own.
    pub fn address_for_people(&self) -> Option<String> {
        let own = || self.listen.ip().is_loopback().then(|| format!("http://{}", self.listen));
        self.public_url.clone().or_else(own)
    }

    /// Whether browsers reach the server over TLS.
    pub fn secure(&self) -> bool {
        self.public_url.as_deref().is_some_and(|u| u.starts_with("https://"))
    }
}

/// The command, whose settings may stand before a subcommand and behind it.
fn settings() -> clap::Command {
    Config::command().mut_args(|setting| setting.global(true))
}

/// The file's values, as defaults of the command.
fn with_file(mut command: clap::Command, file: &Path) -> Result<clap::Command, clap::Error> {
    let shown = file.display();
    let fail = |command: &mut clap::Command, message: String| {
        Err(command.error(clap::error::ErrorKind::InvalidValue, message))
    };
    let text = match std::fs::read_to_string(file) {
        Ok(text) => text,
        Err(e) => return fail(&mut command, format!("--config {shown}: the file cannot be read: {e}")),
    };
    let table: toml::Table = match text.parse() {
        Ok(table) => table,
        Err(e) => return fail(&mut command, format!("--config {shown} is not TOML: {e}")),
    };
    for (key, value) in table {
        let id = key.replace('-', "_");
        let known: Vec<String> = command
            .get_arguments()
            .filter(|a| a.get_id() != "config")
            .filter_map(|a| a.get_long().map(str::to_owned))
            .collect();
        if !known.iter().any(|k| k.replace('-', "_") == id) {
            let known = known.join(", ");
            return fail(
                &mut command,
                format!("--config {shown}: there is no setting “{key}”; the settings are {known}"),
            );
        }
        let values: Option<Vec<String>> = match &value {
            toml::Value::Array(values) => values.iter().map(plain).collect(),
            one => plain(one).map(|v| vec![v]),
        };
        let Some(values) = values else {
            return fail(
                &mut command,
                format!("--config {shown}: “{key}” must be a string, a number or a list of strings"),
            );
        };
        command = command.mut_arg(id, |arg| arg.default_values(values));
    }
    Ok(command)
}

fn plain(value: &toml::Value) -> Option<String> {
    match value {
        toml::Value::String(s) => Some(s.clone()),
        toml::Value::Integer(n) => Some(n.to_string()),
        toml::Value::Boolean(b) => Some(b.to_string()),
        _ => None,
    }
}

fn network(value: &str) -> Result<IpNet, String> {
    let one = || value.parse::<std::net::IpAddr>().map(IpNet::from);
    value
        .parse()
        .or_else(|_| one())
        .map_err(|_| "write an address or a network: 10.0.0.1, 10.0.0.0/8, fd00::/8".to_owned())
}

fn address(value: &str) -> Result<SocketAddr, String> {
    value.parse().map_err(|_| "write an IP address and a port, such as 127.0.0.1:8080 or [::]:443".to_owned())
}

fn public_url(value: &str) -> Result<String, String> {
    let url: http::Uri = value.parse().map_err(|e| format!("not a URL: {e}"))?;
    match (url.scheme_str(), url.authority(), url.path()) {
        (Some("http" | "https"), Some(_), "/" | "") => Ok(value.trim_end_matches('/').to_owned()),
        _ => Err("write scheme and host alone, such as https://cloud.example.org".to_owned()),
    }
}

fn log_filter(value: &str) -> Result<String, String> {
    tracing_subscriber::EnvFilter::try_new(value)
        .map(|_| value.to_owned())
        .map_err(|e| format!("{e}; write a level (error, warn, info, debug, trace) or target=level pairs"))
}

#[cfg(test)]
mod tests;
