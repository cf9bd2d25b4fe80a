//! The limits of sign-in in Redis: a hash for each thing that is counted, which goes when its time is over.

use async_trait::async_trait;

use super::{PREFIX, Redis, script};
use crate::auth::{
    attempts::{Attempt, Limit, WINDOW},
    context::OpContext,
    keeper::{AttemptKeeper, Kept},
};

/// Counts an attempt in all keys, unless one has reached its limit, or as many as only people may go beyond. ARGV: now,
/// the window, 1 for whoever has shown to be a person, then of each key its limit and from how many on only people may try,
/// or -1. Answers how long to wait, or -1, or -2 when only people may try; whether this is the first refusal; and whether
/// only people may try after this one.
const TAKE: &str = "
local now, window, person = tonumber(ARGV[1]), tonumber(ARGV[2]), ARGV[3] == '1'
local asks, asks_next = false, 0
for i, key in ipairs(KEYS) do
  local row = redis.call('HMGET', key, 'attempts', 'started_at')
  local most, people, tried = tonumber(ARGV[2 + 2 * i]), tonumber(ARGV[3 + 2 * i]), 0
  if row[1] and tonumber(row[2]) + window <= now then
    redis.call('DEL', key)
  elseif row[1] then
    tried = tonumber(row[1])
  end
  if tried >= most then
    local first = tried == most
    if first then redis.call('HINCRBY', key, 'attempts', 1) end
    return {tonumber(row[2]) + window - now, first and 1 or 0, 0}
  end
  if people >= 0 and tried >= people then asks = true end
  if people >= 0 and tried + 1 >= people then asks_next = 1 end
end
if asks and not person then return {-2, 0, 0} end
for _, key in ipairs(KEYS) do
  redis.call('HINCRBY', key, 'attempts', 1)
  if redis.call('HSETNX', key, 'started_at', ARGV[1]) == 1 then redis.call('PEXPIRE', key, window) end
end
return {-1, 0, asks_next}";

/// Gives back one attempt of each key; with ARGV 1 the first is forgotten.
const GIVE_BACK: &str = "
local from = 1
if ARGV[1] == '1' then
  redis.call('DEL', KEYS[1])
  from = 2
end
for i = from, #KEYS do
  local attempts = redis.call('HGET', KEYS[i], 'attempts')
  if attempts and tonumber(attempts) > 0 then redis.call('HINCRBY', KEYS[i], 'attempts', -1) end
end
return 1";

#[async_trait]
impl AttemptKeeper for Redis {
    async fn take_attempt(&self, ctx: &OpContext, limits: &[Limit], person: bool) -> Kept<Attempt> {
        let keys: Vec<_> = limits.iter().map(key).collect();
        let mut cmd = script(TAKE, &keys);
        cmd.arg(ctx.now()).arg(WINDOW).arg(u8::from(person));
        for limit in limits {
            cmd.arg(limit.most()).arg(limit.asks_people_from().unwrap_or(-1));
        }
        let (wait, first, people_next): (i64, bool, bool) = self.run(&cmd).await?;
        Ok(match wait {
            -1 => Attempt::Allowed { people_next },
            -2 => Attempt::OnlyPeople,
            wait => Attempt::Refused { wait, first },
        })
    }

    async fn give_back_attempt(&self, anew: Option<&Limit>, others: &[Limit]) -> Kept<()> {
        let keys: Vec<_> = anew.into_iter().chain(others).map(key).collect();
        let mut cmd = script(GIVE_BACK, &keys);
        cmd.arg(u8::from(anew.is_some()));
        self.run::<i64>(&cmd).await.map(drop)
    }
}

fn key(limit: &Limit) -> String {
    format!("{PREFIX}:attempts:{}", limit.key())
}
