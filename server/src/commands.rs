//! What the binary does besides serving: it reads the audit trail in the database, also while servers run.

use std::{
    io::{self, Write},
    path::PathBuf,
};

use app::model::Permission;
use clap::{Args, Subcommand};

use crate::{
    auth::context::OpContext,
    clock::Clock,
    config::Config,
    database::{Database, DatabaseError, audit::Entry, audit_list::Choice, url::DatabaseUrl},
    services::audit_text::{Format, moment},
};

/// Entries that are read at a time.
const PAGE: u64 = 500;
/// Entries that are verified between two looks at the chain's head.
const STRETCH: u64 = 100_000;

/// What to do instead of serving.
#[derive(Debug, Clone, Subcommand)]
pub enum Command {
    /// Verify or export the audit trail, without or beside a running server.
    #[command(subcommand)]
    Audit(AuditCommand),
}

/// What to do with the audit trail.
#[derive(Debug, Clone, Subcommand)]
pub enum AuditCommand {
    /// Check that every entry is as it was written: exit code 0 when it is, 1 with the first entry that is not, 2 when
    /// the trail cannot be read.
    Verify,
    /// Write the entries to the standard output, oldest first.
    Export(ExportArguments),
}

/// How and what to export.
#[derive(Debug, Clone, Args)]
pub struct ExportArguments {
    /// How it is written: json is one object a line.
    #[arg(long, value_enum, default_value_t = Format::Csv)]
    pub format: Format,

    /// From when on: a date (2026-11-24), a time (2026-11-24T02:10:11Z), or so long ago (45m, 24h, 7d).
    #[arg(long, value_name = "WHEN", allow_hyphen_values = true)]
    pub since: Option<String>,

    /// Until when, written alike; a date means to its end.
    #[arg(long, value_name = "WHEN", allow_hyphen_values = true)]
    pub until: Option<String>,
}

/// Why a command could not be carried out.
#[derive(Debug, thiserror::Error)]
pub enum CommandError {
    /// There is nothing to read.
    #[error("there is no database at {0}; --data-dir names the folder, --database-url another database")]
    NoDatabase(PathBuf),
    /// The database cannot be reached or opened.
    #[error("the database {0} cannot be opened")]
    Open(Box<DatabaseUrl>, #[source] DatabaseError),
    /// The database cannot be read.
    #[error("the database cannot be read")]
    Database(#[from] DatabaseError),
    /// An argument is wrong.
    #[error("--{0}: {1}")]
    Argument(&'static str, String),
    /// Nobody takes what is written.
    #[error("the output cannot be written")]
    Output(#[from] io::Error),
}

/// Carries out a command; answers whether all is well.
pub async fn run(config: &Config, command: &Command, out: &mut (impl Write + Send)) -> Result<bool, CommandError> {
    let Command::Audit(command) = command;
    let url = config.database_url();
    if let Some(file) = url.as_file().filter(|file| !file.is_file()) {
        return Err(CommandError::NoDatabase(file.to_owned()));
    }
    let db = Database::connect(&url).await.map_err(|e| CommandError::Open(url.into(), e))?;
    match command {
        AuditCommand::Verify => verify(&db, out).await,
        AuditCommand::Export(arguments) => match export(&db, arguments, out).await {
            // Whoever read along has seen enough.
            Err(CommandError::Output(error)) if error.kind() == io::ErrorKind::BrokenPipe => Ok(true),
            done => done.map(|()| true),
        },
    }
}

async fn verify(db: &Database, out: &mut impl Write) -> Result<bool, CommandError> {
    let (mut entries, mut after) = (0, 0);
    loop {
        let found = db.verify_audit(after, STRETCH).await?;
        entries += found.entries;
        if let Some(broken) = found.broken {
            let (sequence, what) = (broken.sequence, broken.what.en);
            writeln!(out, "The audit trail is broken at entry {sequence}: {what}.")?;
            writeln!(out, "{entries} entries before it are as they were written.")?;
            return Ok(false);
        }
        if found.complete {
            let (cut, last, hash) = (found.cut, found.verified_to, found.hash);
            writeln!(out, "The audit trail is as it was written: {entries} entries, up to {last}.")?;
            if cut > 0 {
                writeln!(out, "Retention has deleted the entries up to {cut}.")?;
            }
            writeln!(out, "Hash of entry {last}: {hash}")?;
            return Ok(true);
        }
        after = found.verified_to;
    }
}

async fn export(db: &Database, arguments: &ExportArguments, out: &mut impl Write) -> Result<(), CommandError> {
    let ctx = OpContext::system(Clock::system());
    let when = |name: &'static str, text: &Option<String>, end| match text {
        Some(text) => {
            moment(name, text, ctx.now(), end).map(Some).map_err(|e| CommandError::Argument(name, e.message.en))
        }
        None => Ok(None),
    };
    let choice = Choice {
        since: when("since", &arguments.since, false)?,
        until: when("until", &arguments.until, true)?,
        ..Choice::default()
    };
    let granted = ctx.require(Permission::AuditRead).map_err(|e| CommandError::Argument("format", e.message.en))?;
    let last = db.last_audit(&ctx, granted).await?;
    let detail = format!("{}, from the command line", arguments.format.as_str());
    db.record(&ctx, Entry::ok("audit.export", "audit").detail(detail)).await?;
    out.write_all(arguments.format.head().as_bytes())?;
    let mut after = 0;
    while after < last {
        let (entries, next) = db.export_audit(&ctx, granted, &choice, after, last, PAGE).await?;
        for entry in &entries {
            out.write_all(arguments.format.line(entry).as_bytes())?;
        }
        after = next;
    }
    out.flush()?;
    Ok(())
}
