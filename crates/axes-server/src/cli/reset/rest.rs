//! What a reset does not lift.

use std::io;

use axes_core::{Ban, Heed, Lockout, Parts, Selector, Timestamp};

use crate::cli::bans::{self, BanShape};
use crate::cli::candidates;
use crate::cli::records::{LockoutShape, values, whom};
use crate::cli::who::Who;
use crate::context::Context;
use crate::output::write_wrapped;
use crate::{Failure, Host};

/// How many lockouts people are shown.
const SHOWN: usize = 10;

/// What refuses the same people still: of an address that they came from, say.
pub(super) struct Rest {
    lockouts: Vec<Lockout>,
    bans: Vec<Ban>,
}

/// The other tallies that whoever is selected counts in, as records tell until they are forgotten.
pub(super) fn places(
    everything: bool,
    selector: &Selector,
    context: &Context,
) -> Result<Vec<Parts>, Failure> {
    if everything {
        return Ok(Vec::new());
    }
    let named = selector.parts();
    let found = candidates::find(&named, selector.clone(), context)?;
    let others = found.places.into_iter().map(|place| place.parts);
    Ok(others.filter(|parts| !named.covers(parts)).collect())
}

impl Rest {
    /// What of `others` is locked out now, and who is banned.
    pub(super) fn of(who: &Who, others: Vec<Parts>, context: &Context) -> Result<Self, Failure> {
        let others = others.into_iter().map(|parts| (parts, false)).collect();
        let places = candidates::looked_at(others, context)?;
        let heed = Heed {
            username: who
                .username
                .as_deref()
                .and_then(axes_core::normalize_username),
            address: who.address(),
        };
        let mut bans = Vec::new();
        if !heed.is_empty() {
            bans = context.told(context.store.bans(context.now))?;
            bans.retain(|ban| heed.is_met_by(&ban.target));
        }
        Ok(Self {
            lockouts: places
                .into_iter()
                .filter_map(|place| place.lockout)
                .collect(),
            bans,
        })
    }

    pub(super) fn lockouts(&self, now: Timestamp) -> Vec<LockoutShape<'_>> {
        self.lockouts
            .iter()
            .map(|lockout| LockoutShape::of(lockout, now))
            .collect()
    }

    pub(super) fn bans(&self, now: Timestamp) -> Vec<BanShape<'_>> {
        self.bans.iter().map(|ban| BanShape::of(ban, now)).collect()
    }

    pub(super) fn write(&self, host: &mut Host<'_>) -> io::Result<()> {
        for lockout in self.lockouts.iter().take(SHOWN) {
            let whom = whom(&values(&lockout.parts)).replace('\n', " and ");
            write_wrapped(host, &format!("Still locked out: {whom}."))?;
        }
        if self.lockouts.len() > SHOWN {
            writeln!(host.stdout, "Others are, too: see `axes locked`.")?;
        }
        for ban in &self.bans {
            let whom = bans::whom(&ban.target);
            write_wrapped(host, &format!("Still banned: {whom}. See `axes unban`."))?;
        }
        Ok(())
    }
}
