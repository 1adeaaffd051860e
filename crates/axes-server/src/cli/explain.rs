//! `axes explain`.

mod answer;
mod candidates;

use axes_core::{Attempt, Overrides, Refusal};

use self::answer::Answer;
use super::who::Who;
use crate::context::Context;
use crate::{Exit, Failure, Host};

/// Explains why a username or an address is refused, or how far from a lockout it is
///
/// Of what is not named, what the records tell is looked at: for a username, the addresses that tried
/// it. Ends with 1 where somebody is refused.
#[derive(Debug, clap::Args)]
#[command(group = clap::ArgGroup::new("who").required(true).multiple(true).args(["username", "ip"]))]
pub(crate) struct Asked {
    #[command(flatten)]
    who: Who,
    /// The User-Agent header, where that is counted on
    #[arg(long, value_name = "TEXT")]
    user_agent: Option<String>,
}

/// Whether an attempt would be refused.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Meets {
    /// Whatever else it says.
    Refused(Refusal),
    /// What is counted does not refuse it.
    Admitted,
    /// That depends on what was not named.
    Depends,
}

pub(crate) fn run(asked: &Asked, context: &Context, host: &mut Host<'_>) -> Result<Exit, Failure> {
    let selector = asked.who.selector(context)?;
    let attempt = Attempt {
        username: asked.who.username.clone(),
        ..Attempt::new(asked.who.address())
    };
    let attempt = match &asked.user_agent {
        Some(agent) => attempt.with_user_agent(agent),
        None => attempt,
    };
    let found = candidates::find(asked, &attempt, selector, context)?;
    let meets = meets(asked, &attempt, &found, context)?;
    let answer = Answer {
        asked,
        meets: &meets,
        found: &found,
        address: asked.who.address(),
    };
    if context.json {
        answer.write_json(context, host)?;
    } else {
        answer.write(context, host)?;
    }
    let refused = match meets {
        Meets::Refused(_) => true,
        Meets::Admitted => false,
        Meets::Depends => found.places.iter().any(|place| place.lockout.is_some()),
    };
    Ok(if refused { Exit::Found } else { Exit::Done })
}

/// What the attempt would meet, as the engine says.
fn meets(
    asked: &Asked,
    attempt: &Attempt,
    found: &candidates::Found,
    context: &Context,
) -> Result<Meets, Failure> {
    let mut engine = context.engine();
    if asked.user_agent.is_none() {
        // An attempt without one would count as one that says so.
        let mut policy = context.policy.clone();
        let scopes = policy.scopes.iter().copied();
        let known = scopes.filter(|scope| !scope.has(axes_core::Parameter::UserAgent));
        policy.scopes = known.collect();
        engine = axes_core::Engine::new(policy);
    }
    let peeking = engine.peek(attempt, &Overrides::default());
    let replies = context.execute(peeking.batch())?;
    let (_, refusal) = peeking.judge(&replies, context.now);
    Ok(match refusal {
        // Nobody knows the address: what a list says of none is not meant.
        Some(refusal) if refusal.reason.is_denial() && attempt.client.ip_address.is_none() => {
            Meets::Depends
        }
        Some(refusal) => Meets::Refused(refusal),
        None if found.is_whole => Meets::Admitted,
        None => Meets::Depends,
    })
}
