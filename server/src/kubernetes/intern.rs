//! Strings that many rows share, kept once.

use std::{collections::HashSet, sync::Arc};

/// Gives out shared strings. Those that no row uses any more are forgotten when the pool has doubled.
#[derive(Debug)]
pub(super) struct Interner {
    pool: HashSet<Arc<str>>,
    sweep_at: usize,
}

impl Default for Interner {
    fn default() -> Self {
        Self { pool: HashSet::new(), sweep_at: 4096 }
    }
}

impl Interner {
    /// The shared string of these characters. Two of the same characters are one in memory.
    pub(super) fn get(&mut self, text: &str) -> Arc<str> {
        if let Some(known) = self.pool.get(text) {
            return Arc::clone(known);
        }
        if self.pool.len() >= self.sweep_at {
            self.pool.retain(|known| Arc::strong_count(known) > 1);
            self.sweep_at = (self.pool.len() * 2).max(4096);
        }
        let new: Arc<str> = text.into();
        self.pool.insert(Arc::clone(&new));
        new
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shares_equal_strings_and_forgets_unused_ones() {
        let mut interner = Interner::default();
        let kept = interner.get("team-01");
        assert!(Arc::ptr_eq(&kept, &interner.get("team-01")));
        for n in 0..20_000 {
            interner.get(&format!("gone-{n}"));
        }
        assert!(interner.pool.len() <= 4096, "{}", interner.pool.len());
        assert!(Arc::ptr_eq(&kept, &interner.get("team-01")));
    }
}
