//! The audit trail: pages, single entries, exports, whether it is as it was written, and how long it is kept.

use std::{collections::HashMap, sync::Arc, time::Duration};

use app::{
    UiError,
    model::{
        AUDIT_PAGE, AuditDetail, AuditPage, AuditQuery, AuditVerification, Checks, DiffLine, MAX_AUDIT_PAGE, Millis,
        Outcome, Permission, TenantId,
    },
    service::{Answer, Audit, TextStream},
    text,
};
use async_trait::async_trait;
use futures::stream;
use tokio::time::{Instant, MissedTickBehavior, interval};
use tokio_util::sync::CancellationToken;

use super::{
    Parts,
    audit_text::{Format, moment},
    diff,
    live::LONGEST_STREAM,
    session::SessionServices,
};
use crate::{
    auth::{
        authz::Granted,
        context::OpContext,
        revocations::{Heard, Watch},
    },
    database::{
        audit::{Entry, Stored},
        audit_list::{Choice, Place, WINDOW},
    },
};

/// The most characters of a value that is searched for.
const MAX_WORDS: usize = 200;
/// Entries that one request verifies.
const VERIFIED_AT_ONCE: u64 = 10_000;
/// Entries that an export reads at a time; the most that it holds in memory.
const EXPORT_PAGE: u64 = 500;
/// Entries that retention deletes in one transaction.
const PURGED_AT_ONCE: u64 = 500;
/// How often refusals that were only counted are looked for whose minute is over: they are written down then.
const CLOSE_REFUSALS: Duration = Duration::from_secs(5);
/// How often entries are looked for that are too old.
const PURGE: Duration = Duration::from_hours(6);
const DAY: Millis = 24 * 60 * 60 * 1000;

#[async_trait]
impl Audit for SessionServices {
    async fn list(&self, query: AuditQuery) -> Answer<AuditPage> {
        let granted = self.require(Permission::AuditRead, "audit.list", "audit").await?;
        let choice = choice(&query, self.ctx.now())?;
        let place = place(query.cursor.as_deref())?;
        let limit = query.limit.as_deref().and_then(|n| n.trim().parse().ok()).filter(|n| *n > 0);
        let limit = limit.unwrap_or(AUDIT_PAGE).min(MAX_AUDIT_PAGE);
        let slice = self.parts.db.list_audit(&self.ctx, granted, &choice, place, limit, WINDOW).await?;
        let mut rows: Vec<_> = slice.entries.into_iter().map(|entry| entry.row).collect();
        if self.ctx.tenant().is_none() {
            let names = self.names_of(rows.iter().filter_map(|row| row.tenant).collect()).await?;
            for row in &mut rows {
                row.tenant_name = row.tenant.and_then(|id| names.get(&id).cloned());
            }
        }
        Ok(AuditPage {
            rows,
            previous: slice.newer.map(cursor),
            next: slice.older.map(cursor),
            searched_to: slice.searched_to.and_then(|n| n.try_into().ok()),
        })
    }

    async fn get(&self, sequence: u64) -> Answer<AuditDetail> {
        let granted = self.require(Permission::AuditRead, "audit.get", format!("audit/{sequence}")).await?;
        let sequence = i64::try_from(sequence).map_err(|_| UiError::not_found())?;
        let found = self.parts.db.find_audit(&self.ctx, granted, sequence).await?.ok_or_else(UiError::not_found);
        let found = self.checked(found, "audit.get", format!("audit/{sequence}")).await?;
        let Stored { mut row, before, after, hash } = found;
        if self.ctx.tenant().is_none()
            && let Some(id) = row.tenant
        {
            row.tenant_name = self.names_of(vec![id]).await?.remove(&id);
        }
        Ok(AuditDetail { row, changes: changes(before.as_deref(), after.as_deref()), hash })
    }

    async fn export(&self, query: AuditQuery, format: String) -> Answer<TextStream> {
        let granted = self.require(Permission::AuditRead, "audit.export", "audit").await?;
        let format = Format::parse(&format)?;
        let choice = choice(&query, self.ctx.now())?;
        // Up to what there is now: an export does not contain itself, and it ends.
        let last = self.parts.db.last_audit(&self.ctx, granted).await?;
        let entry = Entry::ok("audit.export", "audit").detail(described(&query, format));
        self.parts.db.record(&self.ctx, entry).await?;
        Ok(self.lines(granted, choice, format, last))
    }

    async fn verify(&self, after: Option<u64>) -> Answer<AuditVerification> {
        self.require(Permission::AuditRead, "audit.verify", "audit").await?;
        // The chain goes through all tenants.
        self.require(Permission::TenantRead, "audit.verify", "audit").await?;
        Ok(self.parts.db.verify_audit(after.unwrap_or_default(), VERIFIED_AT_ONCE).await?)
    }
}

/// How far an export has come.
struct Export {
    services: SessionServices,
    granted: Granted,
    choice: Choice,
    format: Format,
    after: i64,
    last: i64,
    begun: bool,
    session: Watch,
    until: Instant,
}

impl SessionServices {
    async fn names_of(&self, tenants: Vec<TenantId>) -> Answer<HashMap<TenantId, String>> {
        let mut names = self.tenant_names(tenants).await?;
        names.retain(|_, name| !name.is_empty());
        Ok(names)
    }

    /// The lines, a page at a time. They end with an error when the session does: a part must not look like the whole.
    fn lines(&self, granted: Granted, choice: Choice, format: Format, last: i64) -> TextStream {
        let (services, session) = (self.clone(), self.watch_session());
        let until = Instant::now() + self.stream_lasts(LONGEST_STREAM);
        let start = Export { services, granted, choice, format, after: 0, last, begun: false, session, until };
        Box::pin(stream::try_unfold(start, |mut export| async move {
            if !export.begun {
                export.begun = true;
                return Ok(Some((export.format.head().to_owned(), export)));
            }
            if export.after >= export.last {
                return Ok(None);
            }
            let (entries, next) = export.page().await?;
            export.after = next;
            let text = entries.iter().map(|entry| export.format.line(entry)).collect::<String>();
            Ok(Some((text, export)))
        }))
    }
}

impl Export {
    /// The next page, by the rights that the account has now.
    async fn page(&mut self) -> Answer<(Vec<Stored>, i64)> {
        loop {
            let Self { services, granted, choice, after, last, session, until, .. } = self;
            let page = services.parts.db.export_audit(&services.ctx, *granted, choice, *after, *last, EXPORT_PAGE);
            tokio::select! {
                biased;
                heard = session.next() => {
                    let renewed = match heard {
                        Heard::Changed => services.renewed().await,
                        Heard::Ended => None,
                    };
                    *services = renewed.ok_or_else(UiError::signed_out)?;
                    *granted = services.ctx.require(Permission::AuditRead)?;
                }
                () = tokio::time::sleep_until(*until) => return Err(UiError::signed_out()),
                page = page => return Ok(page?),
            }
        }
    }
}

/// What a query chooses, or every field's error.
fn choice(query: &AuditQuery, now: Millis) -> Answer<Choice> {
    let mut checks = Checks::default();
    let given = |value: &Option<String>| value.as_deref().map(str::trim).filter(|v| !v.is_empty()).map(str::to_owned);
    let fields = [("q", &query.q), ("actor", &query.actor), ("action", &query.action), ("object", &query.object)];
    for (field, value) in fields {
        if value.as_ref().is_some_and(|v| v.chars().count() > MAX_WORDS) {
            checks.fail(field, text!("Write at most {MAX_WORDS} characters.", "最多填写 {MAX_WORDS} 个字符。"));
        }
    }
    let outcome = given(&query.outcome).and_then(|word| {
        let outcome = match word.as_str() {
            "ok" => Some(Outcome::Ok),
            "refused" => Some(Outcome::Refused),
            "failed" => Some(Outcome::Failed),
            _ => None,
        };
        if outcome.is_none() {
            checks.fail("outcome", text!("Write ok, refused or failed.", "请填写 ok、refused 或 failed。"));
        }
        outcome
    });
    let tenant = given(&query.tenant).and_then(|id| {
        let id = id.parse::<TenantId>().ok();
        if id.is_none() {
            checks.fail("tenant", text!("This is not a tenant's id.", "这不是租户的标识。"));
        }
        id
    });
    let since = given(&query.since).and_then(|text| checks.take(moment("since", &text, now, false)));
    let until = given(&query.until).and_then(|text| checks.take(moment("until", &text, now, true)));
    let (words, actor, action, object) =
        (given(&query.q), given(&query.actor), given(&query.action), given(&query.object));
    checks.finish(Some(Choice { words, actor, action, object, outcome, tenant, since, until }))
}

/// A place as it stands in addresses.
fn cursor(place: Place) -> String {
    match place {
        Place::Newest => String::new(),
        Place::OlderThan(n) => format!("older-{n}"),
        Place::NewerThan(n) => format!("newer-{n}"),
    }
}

fn place(cursor: Option<&str>) -> Answer<Place> {
    let cursor = cursor.map(str::trim).unwrap_or_default();
    let number = |text: &str| text.parse::<i64>().ok().filter(|n| (0..=i64::MAX / 2).contains(n));
    let place = match cursor.split_once('-') {
        None if cursor.is_empty() => Some(Place::Newest),
        Some(("older", n)) => number(n).map(Place::OlderThan),
        Some(("newer", n)) => number(n).map(Place::NewerThan),
        _ => None,
    };
    place.ok_or_else(|| {
        UiError::invalid_field(
            "cursor",
            text!("Take the cursor that a page gave, or none.", "请使用页面返回的游标，或留空。"),
        )
    })
}

/// What was exported, for the trail itself.
fn described(query: &AuditQuery, format: Format) -> String {
    let parts = [
        ("q", &query.q),
        ("actor", &query.actor),
        ("action", &query.action),
        ("object", &query.object),
        ("outcome", &query.outcome),
        ("tenant", &query.tenant),
        ("since", &query.since),
        ("until", &query.until),
    ];
    let chosen = parts.into_iter().filter_map(|(name, value)| value.as_ref().map(|value| format!(", {name} {value}")));
    std::iter::once(format.as_str().to_owned()).chain(chosen).collect()
}

/// Before and after line by line.
fn changes(before: Option<&str>, after: Option<&str>) -> Vec<DiffLine> {
    if before.is_none() && after.is_none() {
        return Vec::new();
    }
    let pretty = |side: Option<&str>| {
        let value = side.and_then(|json| serde_json::from_str::<serde_json::Value>(json).ok());
        value.and_then(|value| serde_json::to_string_pretty(&value).ok()).map(|text| text + "\n").unwrap_or_default()
    };
    diff::lines(&pretty(before), &pretty(after))
}

/// Starts what the trail needs in the background: the counted refusals are written down, and what is older than
/// `retention_days` is deleted (0: never). At the end, the refusals that are still counted are written down.
pub fn start(parts: &Arc<Parts>, retention_days: u32, stopping: CancellationToken) -> tokio::task::JoinHandle<()> {
    let parts = Arc::clone(parts);
    tokio::spawn(async move {
        let ctx = OpContext::system(parts.clock.clone());
        let (mut close, mut purge) = (interval(CLOSE_REFUSALS), interval(PURGE));
        close.set_missed_tick_behavior(MissedTickBehavior::Delay);
        purge.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            let done = tokio::select! {
                () = stopping.cancelled() => break,
                _ = close.tick() => parts.db.close_refusals(&ctx, false).await,
                _ = purge.tick(), if retention_days > 0 => keep(&parts, &ctx, retention_days, &stopping).await,
            };
            if let Err(error) = done {
                tracing::error!(%error, "the upkeep of the audit trail failed; it is tried again");
            }
        }
        if let Err(error) = parts.db.close_refusals(&ctx, true).await {
            tracing::error!(%error, "the counted refusals could not be written to the audit trail");
        }
    })
}

/// Deletes what is too old, a batch at a time, so that nobody waits long for the head of the chain.
async fn keep(parts: &Parts, ctx: &OpContext, days: u32, stopping: &CancellationToken) -> crate::database::Result<()> {
    let before = ctx.now().saturating_sub(i64::from(days) * DAY);
    while !stopping.is_cancelled() && parts.db.purge_audit(ctx, before, PURGED_AT_ONCE).await? > 0 {
        tokio::task::yield_now().await;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_wrong_field_is_named() {
        let text = |v: &str| Some(v.to_owned());
        let query = AuditQuery {
            outcome: text("maybe"),
            tenant: text("shop"),
            since: text("soon"),
            q: text(&"x".repeat(MAX_WORDS + 1)),
            until: text("  "),
            ..AuditQuery::default()
        };
        let error = choice(&query, 0).expect_err("wrong");
        let fields: Vec<_> = error.fields.iter().map(|f| f.field.as_str()).collect();
        assert_eq!(fields, ["q", "outcome", "tenant", "since"]);
    }

    #[test]
    fn a_cursor_is_read_as_it_was_given() {
        for there in [Place::Newest, Place::OlderThan(7), Place::NewerThan(0)] {
            assert_eq!(place(Some(&cursor(there))).ok(), Some(there));
        }
        for wrong in ["7", "older-x", "newer--1", "sideways-3", "older-9223372036854775807"] {
            assert!(place(Some(wrong)).is_err(), "{wrong}");
        }
    }
}
