//! Sessions in Redis: a hash for each, which goes by itself when the session is over, and for each account the set
//! of its sessions' keys, ordered by when they were opened.

use std::{collections::HashMap, time::Duration};

use app::model::{AccountId, Millis};
use async_trait::async_trait;

use super::{PREFIX, Redis, script};
use crate::auth::{
    keeper::{KeeperError, Kept, MOST_SHOWN, Seen, SessionKeeper, SessionRow},
    revocations::SessionKey,
};

/// Keeps a new session, when its key is free. KEYS: session, account's set. ARGV: time to live, name in the set,
/// when it was opened, the account's time to live, then names and values.
const INSERT: &str = "
if redis.call('EXISTS', KEYS[1]) == 1 then return 0 end
redis.call('HSET', KEYS[1], unpack(ARGV, 5))
redis.call('PEXPIRE', KEYS[1], ARGV[1])
if KEYS[2] then
  redis.call('ZREMRANGEBYSCORE', KEYS[2], '-inf', tonumber(ARGV[3]) - tonumber(ARGV[4]))
  redis.call('ZADD', KEYS[2], ARGV[3], ARGV[2])
  redis.call('PEXPIRE', KEYS[2], ARGV[4])
end
return 1";

/// Changes a session that is there. The same arguments; without a time to live, the session's stays.
const CHANGE: &str = "
if redis.call('EXISTS', KEYS[1]) == 0 then return 0 end
redis.call('HSET', KEYS[1], unpack(ARGV, 5))
if tonumber(ARGV[1]) > 0 then redis.call('PEXPIRE', KEYS[1], ARGV[1]) end
if KEYS[2] then
  redis.call('ZADD', KEYS[2], ARGV[3], ARGV[2])
  redis.call('PEXPIRE', KEYS[2], ARGV[4])
end
return 1";

/// Ends a session. KEYS: session. ARGV: what an account's set begins with, name in the set.
const DELETE: &str = "
local account = redis.call('HGET', KEYS[1], 'account')
if account then redis.call('ZREM', ARGV[1] .. account, ARGV[2]) end
return redis.call('DEL', KEYS[1])";

/// The sessions of an account, the latest opened first, with their names in the set; forgets those that are over.
/// KEYS: account's set. ARGV: what a session's key begins with, how many.
const LIST: &str = "
local found = {}
for _, name in ipairs(redis.call('ZREVRANGE', KEYS[1], 0, -1)) do
  if #found >= tonumber(ARGV[2]) then break end
  local row = redis.call('HGETALL', ARGV[1] .. name)
  if #row == 0 then redis.call('ZREM', KEYS[1], name) else found[#found + 1] = {name, row} end
end
return found";

/// Ends the sessions of an account but one. KEYS: account's set. ARGV: what a session's key begins with, the name
/// that stays.
const DELETE_OF: &str = "
for _, name in ipairs(redis.call('ZRANGE', KEYS[1], 0, -1)) do
  if name ~= ARGV[2] then
    redis.call('DEL', ARGV[1] .. name)
    redis.call('ZREM', KEYS[1], name)
  end
end
return 1";

/// Sessions in Redis.
#[derive(Debug)]
pub struct RedisSessions {
    redis: Redis,
    idle: Millis,
    absolute: Millis,
}

impl RedisSessions {
    /// With the time after which a session ends that nobody uses, and that after which it ends in any case.
    pub fn new(redis: Redis, idle: Duration, absolute: Duration) -> Self {
        let millis = |d: Duration| Millis::try_from(d.as_millis()).unwrap_or(Millis::MAX);
        Self { redis, idle: millis(idle), absolute: millis(absolute) }
    }

    /// How long a session has when it is used at `row.used_at`, in milliseconds; at least one.
    fn time_to_live(&self, row: &SessionRow) -> Millis {
        self.idle.min(row.created_at + self.absolute - row.used_at).max(1)
    }

    /// Runs [`INSERT`] or [`CHANGE`].
    async fn write(&self, text: &str, row: &SessionRow, time_to_live: Millis, fields: &[(&str, String)]) -> Kept<bool> {
        let mut keys = vec![session(&row.key.hex())];
        keys.extend(row.account.map(of_account));
        let mut cmd = script(text, &keys);
        cmd.arg(time_to_live).arg(row.key.hex()).arg(row.created_at).arg(self.absolute);
        for (name, value) in fields {
            cmd.arg(*name).arg(value);
        }
        self.redis.run(&cmd).await
    }
}

#[async_trait]
impl SessionKeeper for RedisSessions {
    async fn find(&self, key: SessionKey) -> Kept<Option<SessionRow>> {
        let mut cmd = redis::cmd("HGETALL");
        cmd.arg(session(&key.hex()));
        let fields: HashMap<String, String> = self.redis.run(&cmd).await?;
        if fields.is_empty() { Ok(None) } else { read(key, fields).map(Some) }
    }

    async fn insert(&self, row: &SessionRow) -> Kept<bool> {
        let mut fields = vec![
            ("data", row.data.clone()),
            ("created_at", row.created_at.to_string()),
            ("used_at", row.used_at.to_string()),
            ("agent", row.seen.agent.clone()),
            ("address", row.seen.address.clone()),
        ];
        fields.extend(row.account.map(|a| ("account", a.to_string())));
        self.write(INSERT, row, self.time_to_live(row), &fields).await
    }

    async fn update(&self, row: &SessionRow) -> Kept<()> {
        let mut fields = vec![("data", row.data.clone())];
        fields.extend(row.account.map(|a| ("account", a.to_string())));
        self.write(CHANGE, row, 0, &fields).await.map(drop)
    }

    async fn touch(&self, row: &SessionRow) -> Kept<()> {
        let fields = [
            ("used_at", row.used_at.to_string()),
            ("agent", row.seen.agent.clone()),
            ("address", row.seen.address.clone()),
        ];
        self.write(CHANGE, row, self.time_to_live(row), &fields).await.map(drop)
    }

    async fn delete(&self, key: SessionKey) -> Kept<bool> {
        let mut cmd = script(DELETE, &[session(&key.hex())]);
        cmd.arg(of_accounts()).arg(key.hex());
        self.redis.run(&cmd).await
    }

    async fn list(&self, account: AccountId) -> Kept<Vec<SessionRow>> {
        let mut cmd = script(LIST, &[of_account(account)]);
        cmd.arg(session("")).arg(MOST_SHOWN);
        let found: Vec<(String, HashMap<String, String>)> = self.redis.run(&cmd).await?;
        let mut rows = found
            .into_iter()
            .map(|(name, fields)| read(SessionKey::from_hex(&name).ok_or_else(nonsense)?, fields))
            .collect::<Kept<Vec<_>>>()?;
        rows.sort_by_key(|row| std::cmp::Reverse(row.used_at));
        Ok(rows)
    }

    async fn delete_of(&self, account: AccountId, but: Option<SessionKey>) -> Kept<()> {
        let mut cmd = script(DELETE_OF, &[of_account(account)]);
        cmd.arg(session("")).arg(but.map(SessionKey::hex).unwrap_or_default());
        self.redis.run::<i64>(&cmd).await.map(drop)
    }

    /// They go by themselves.
    async fn purge(&self, _used_before: Millis, _opened_before: Millis) -> Kept<()> {
        Ok(())
    }
}

fn session(name: &str) -> String {
    format!("{PREFIX}:session:{name}")
}

fn of_accounts() -> String {
    format!("{PREFIX}:sessions:")
}

fn of_account(account: AccountId) -> String {
    format!("{PREFIX}:sessions:{account}")
}

fn read(key: SessionKey, mut fields: HashMap<String, String>) -> Kept<SessionRow> {
    let mut take = |name: &str| fields.remove(name);
    let account = match take("account") {
        Some(id) => Some(id.parse().map_err(|_| nonsense())?),
        None => None,
    };
    let mut time = |name: &str| take(name).and_then(|at| at.parse().ok()).ok_or_else(nonsense);
    let (created_at, used_at) = (time("created_at")?, time("used_at")?);
    let mut words = |name: &str| fields.remove(name).unwrap_or_default();
    Ok(SessionRow {
        key,
        account,
        data: words("data"),
        created_at,
        used_at,
        seen: Seen { agent: words("agent"), address: words("address") },
    })
}

fn nonsense() -> KeeperError {
    KeeperError::Redis("what it holds under a session's key is no session".to_owned())
}
