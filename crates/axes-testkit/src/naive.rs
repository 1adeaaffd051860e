//! An oracle: what the engine must answer, worked out the slow and obvious way.

mod life;

use std::net::IpAddr;
use std::time::Duration;

use axes_core::{
    Attempt, Ban, Banned, Parts, Policy, Selector, Timestamp, canonical_address, normalize_username,
};

use life::Life;
pub use life::Lockout;

/// What the engine must answer to an attempt.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Answer {
    /// One password may be checked.
    Admitted(Ticket),
    /// The failure limit is reached.
    LockedOut(Lockout),
    /// Only passwords that are being checked stand in the way.
    Busy,
    /// A ban refuses, for so long.
    Banned(Option<Duration>),
}

/// The oracle's side of a permit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ticket {
    number: u64,
    scopes: Vec<Parts>,
}

/// Keeps lists of everything and answers by scanning them.
///
/// It shares no code with [`axes_core::Tally`]: it has no groups, no counters and no epochs. Only
/// one thing it takes from the engine: when exactly, within the promised one to two leases, each
/// lease runs out. It does not wait, so it stands for a policy whose `max_wait` is zero, and it
/// expects a clock that never steps back by a whole lease.
#[derive(Debug)]
pub struct NaiveModel {
    policy: Policy,
    lives: Vec<Life>,
    records: Vec<Kept>,
    bans: Vec<(Banned, Timestamp)>,
    tickets: u64,
    latest: Timestamp,
}

/// What is recorded of the attempts that look alike.
#[derive(Debug)]
struct Kept {
    who: (Option<String>, Option<IpAddr>, Option<String>),
    parts: Parts,
    failures: u32,
    last: Timestamp,
    expires: Timestamp,
}

impl NaiveModel {
    /// An oracle for an engine that decides by `policy`.
    #[must_use]
    pub const fn new(policy: Policy) -> Self {
        Self {
            policy,
            lives: Vec::new(),
            records: Vec::new(),
            bans: Vec::new(),
            tickets: 0,
            latest: Timestamp::EPOCH,
        }
    }

    /// What the engine must answer to `attempt`. `leases` tells when the leases that it granted run
    /// out, for each scope.
    ///
    /// # Panics
    /// When such a lease is shorter than one or longer than two leases.
    pub fn admit(
        &mut self,
        attempt: &Attempt,
        leases: &[(Parts, Timestamp)],
        now: Timestamp,
    ) -> Answer {
        self.latest = self.latest.max(now);
        let latest = self.latest;
        self.tickets += 1;
        let scopes = self.scopes_of(attempt);
        let ticket = Ticket {
            number: self.tickets,
            scopes: scopes.clone(),
        };
        if let Some(until) = self.banned(attempt, now) {
            return Answer::Banned(until.left(now));
        }
        if !self.policy.lock_out {
            return Answer::Admitted(ticket);
        }
        for (index, parts) in scopes.iter().enumerate() {
            let policy = self.policy.clone();
            let life = self.life(parts);
            life.catch_up(&policy, now);
            if life.used() < policy.limit as usize {
                let lease = leases.iter().rev().find(|(leased, _)| leased == parts);
                let (_, until) = lease.expect("the engine takes a permit too");
                assert!(*until >= now.plus(policy.lease), "a lease is too short");
                assert!(
                    *until <= latest.plus(policy.lease * 2),
                    "a lease is too long"
                );
                life.grant(ticket.number, *until);
                continue;
            }
            self.give_back(ticket.number, &scopes[..index], now);
            // It makes no sense to wait for one scope where a later one is locked out.
            let refuser = scopes[index..].iter().find(|parts| {
                // Only a look: what it finds is not remembered.
                let mut life = self.life(parts).clone();
                life.catch_up(&policy, now);
                life.is_locked_out(&policy)
            });
            let Some(refuser) = refuser else {
                return Answer::Busy;
            };
            let life = self.life(refuser);
            life.catch_up(&policy, now);
            if policy.count_refused {
                life.count(&policy, now);
            }
            let lockout = life.lockout(now);
            if policy.count_refused {
                self.record(attempt, 0, now);
            }
            return Answer::LockedOut(lockout);
        }
        Answer::Admitted(ticket)
    }

    /// What the engine must report after the failure of an admitted attempt: the highest number of
    /// failures in its scopes, and the lockout they are in.
    pub fn fail(
        &mut self,
        ticket: &Ticket,
        attempt: &Attempt,
        now: Timestamp,
    ) -> (u32, Option<Lockout>) {
        if !ticket.scopes.is_empty() {
            self.record(attempt, 1, now);
        }
        let policy = self.policy.clone();
        let mut failures = 0;
        let mut lockouts = Vec::new();
        for parts in &ticket.scopes {
            let life = self.life(parts);
            life.catch_up(&policy, now);
            life.fail(ticket.number, &policy, now);
            failures = failures.max(life.failures());
            if life.is_locked_out(&policy) {
                let lockout = life.lockout(now);
                if policy.lock_out {
                    lockouts.push(lockout);
                }
            }
        }
        (failures, Lockout::longest(&lockouts))
    }

    /// Notes that an admitted attempt was right.
    pub fn succeed(&mut self, ticket: &Ticket, attempt: &Attempt, now: Timestamp) {
        self.withdraw(ticket, now);
        let parts = self.parts(attempt);
        if !self.policy.reset_on_success || parts.username.is_none() || parts.network.is_none() {
            return;
        }
        let proven = Parts {
            user_agent: None,
            ..parts
        };
        let removed = self.remove_records(&proven);
        let policy = self.policy.clone();
        let scopes: Vec<_> = ticket.scopes.iter().map(Parts::scope).collect();
        let mut touched = Vec::new();
        for life in &mut self.lives {
            let counts = |record: &Kept| life.parts.covers(&record.parts);
            if scopes.contains(&life.parts.scope()) && removed.iter().any(counts) {
                life.catch_up(&policy, now);
                life.forgive(failures_in(life, &removed));
                touched.push(life.parts.clone());
            }
        }
        self.bury(&touched);
    }

    /// Notes that no password was checked.
    pub fn withdraw(&mut self, ticket: &Ticket, now: Timestamp) {
        // Where nobody is locked out, nobody needs a permit.
        if self.policy.lock_out {
            self.give_back(ticket.number, &ticket.scopes, now);
        }
    }

    /// Forgets what is selected, and returns how many records that were.
    pub fn reset(&mut self, selector: &Selector) -> usize {
        let selected = selector.parts();
        let removed = self.remove_records(&selected);
        self.lives.retain(|life| !selected.covers(&life.parts));
        let mut touched = Vec::new();
        for life in &mut self.lives {
            if removed.iter().any(|record| belongs(life, record)) {
                let left = failures_in(life, &self.records);
                life.forgive(life.failures().saturating_sub(left));
                touched.push(life.parts.clone());
            }
        }
        self.bury(&touched);
        removed.len()
    }

    /// The highest number of failures in any scope of `attempt`, and whether it would be refused as
    /// locked out.
    #[must_use]
    pub fn peek(&self, attempt: &Attempt, now: Timestamp) -> (u32, bool) {
        let scopes = self.scopes_of(attempt);
        let mut found: Vec<Life> = self.lives.clone();
        found.retain(|life| scopes.contains(&life.parts));
        for life in &mut found {
            life.catch_up(&self.policy, now);
        }
        let locked_out = found.iter().any(|life| life.is_locked_out(&self.policy));
        let failures = found.iter().map(Life::failures).max().unwrap_or(0);
        let refused = self.policy.lock_out && locked_out;
        (failures, refused || self.banned(attempt, now).is_some())
    }

    /// Enters `ban`, in place of another one of the same target.
    pub fn ban(&mut self, ban: &Ban) {
        self.unban(&ban.target);
        // What has ended is over, also for a clock that is set back.
        self.bans.retain(|(_, until)| *until > ban.since);
        self.bans.push((ban.target.clone(), ban.until));
    }

    /// Lifts the ban of `target`.
    pub fn unban(&mut self, target: &Banned) {
        self.bans.retain(|(banned, _)| banned != target);
    }

    /// When the last of the bans ends that refuse `attempt`.
    fn banned(&self, attempt: &Attempt, now: Timestamp) -> Option<Timestamp> {
        let username = attempt.username.as_deref().and_then(normalize_username);
        let address = attempt.client.ip_address.map(canonical_address);
        let meets = |target: &Banned| match target {
            Banned::Username(banned) => username.as_ref() == Some(banned),
            Banned::Network(network) => address.is_some_and(|address| network.contains(&address)),
        };
        let met = self.bans.iter().filter(|(target, _)| meets(target));
        met.map(|(_, until)| *until)
            .filter(|until| *until > now)
            .max()
    }

    fn parts(&self, attempt: &Attempt) -> Parts {
        Parts::of(attempt, self.policy.ipv6_prefix)
    }

    /// The scopes that apply to `attempt`, in the order in which everybody takes permits.
    fn scopes_of(&self, attempt: &Attempt) -> Vec<Parts> {
        let parts = self.parts(attempt);
        let scopes = self.policy.scopes.iter();
        let mut found: Vec<Parts> = scopes.filter_map(|scope| scope.project(&parts)).collect();
        found.sort_by_key(Parts::key);
        found.dedup();
        found
    }

    fn life(&mut self, parts: &Parts) -> &mut Life {
        let known = self.lives.iter().position(|life| life.parts == *parts);
        let index = known.unwrap_or_else(|| {
            self.lives.push(Life::new(parts.clone()));
            self.lives.len() - 1
        });
        &mut self.lives[index]
    }

    fn give_back(&mut self, ticket: u64, scopes: &[Parts], now: Timestamp) {
        for life in &mut self.lives {
            if scopes.contains(&life.parts) {
                life.catch_up(&self.policy, now);
                life.give_back(ticket);
            }
        }
        self.bury(scopes);
    }

    /// What has nothing left to remember is forgotten, with all the permits it ever granted.
    fn bury(&mut self, scopes: &[Parts]) {
        self.lives
            .retain(|life| !(life.is_blank() && scopes.contains(&life.parts)));
    }

    fn record(&mut self, attempt: &Attempt, failures: u32, now: Timestamp) {
        let client = &attempt.client;
        let who = (
            attempt.username.clone(),
            client.ip_address,
            client.user_agent.clone(),
        );
        let known = self.records.iter().position(|record| record.who == who);
        let mut record = match known {
            Some(index) => self.records.swap_remove(index),
            None => Kept {
                who,
                parts: self.parts(attempt),
                failures: 0,
                last: now,
                expires: Timestamp::EPOCH,
            },
        };
        if failures > 0 {
            if record.expires <= now {
                record.failures = 0;
            }
            record.failures += failures;
            record.last = record.last.max(now);
            let cool_off = self.policy.cool_off.after(record.failures);
            let expires = cool_off.map_or(Timestamp::NEVER, |cool_off| now.plus(cool_off));
            record.expires = record.expires.max(expires);
        }
        self.records.push(record);
    }

    fn remove_records(&mut self, selected: &Parts) -> Vec<Kept> {
        let matching = |record: &mut Kept| selected.covers(&record.parts);
        self.records.extract_if(.., matching).collect()
    }
}

/// Whether the failures of `record` are among those that `life` remembers.
fn belongs(life: &Life, record: &Kept) -> bool {
    life.remembers(record.last) && life.parts.covers(&record.parts)
}

fn failures_in(life: &Life, records: &[Kept]) -> u32 {
    let theirs = records.iter().filter(|record| belongs(life, record));
    theirs.map(|record| record.failures).sum()
}
