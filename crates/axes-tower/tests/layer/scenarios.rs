//! The scenarios that every host replays (see `fixtures/README.md`), through the layer.

use std::collections::BTreeMap;
use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use axes_core::Timestamp;
use axes_testkit::FaultyStore;
use axes_testkit::corpus::{self, Ask, Expectation, Health, RetryAfter, Scenario, Step, Who};
use axes_tower::{
    Ban, Guard, LoginOutcome, LoginRule, MemoryStore, Refusal, Report, ResponseBody, Username,
};
use axum::body::Body;
use axum::http::{HeaderValue, Method, Request, Response, StatusCode};
use axum::response::IntoResponse;
use tokio::sync::{mpsc, oneshot};
use tokio::task::JoinHandle;
use tokio::time::Instant;
use tower::{Layer, ServiceExt, service_fn};

/// Scenarios that HTTP cannot express, and why.
const LEFT_OUT: &[(&str, &str)] = &[];

/// The start of 2026.
const START: Timestamp = Timestamp::from_millis(1_767_225_600_000);

type Answer = Response<ResponseBody<Body>>;
type Waiting = mpsc::UnboundedSender<oneshot::Sender<Ask>>;

/// Replays one scenario and sees what a client would see.
struct Replay {
    guard: Guard,
    store: Arc<FaultyStore<MemoryStore>>,
    begun: Instant,
    /// Handlers tell here that they wait to hear what they shall answer.
    waiting: Waiting,
    told: mpsc::UnboundedReceiver<oneshot::Sender<Ask>>,
    open: BTreeMap<String, (oneshot::Sender<Ask>, JoinHandle<Answer>)>,
}

/// A handler that answers as it is told to, in a while.
async fn check(waiting: Waiting) -> Result<Response<Body>, Infallible> {
    let (sender, told) = oneshot::channel();
    waiting.send(sender).unwrap();
    let outcome = match told.await.unwrap() {
        Ask::Failure => LoginOutcome::Failure,
        Ask::Success => LoginOutcome::Success,
        Ask::Withdrawn => LoginOutcome::Withdrawn,
        Ask::Crash => return Ok(StatusCode::INTERNAL_SERVER_ERROR.into_response()),
    };
    let mut response = Response::new(Body::empty());
    response.extensions_mut().insert(outcome);
    Ok(response)
}

/// What a client sends.
fn request(who: &Who) -> Request<Body> {
    let body = match &who.username {
        Some(username) => serde_json::json!({ "username": username }),
        None => serde_json::json!({}),
    };
    let mut request = Request::builder()
        .method(who.method.as_deref().unwrap_or("POST"))
        .uri("/login")
        .header("content-type", "application/json");
    if let Some(agent) = &who.user_agent {
        request = request.header("user-agent", HeaderValue::from_str(agent).unwrap());
    }
    if let Some(address) = &who.ip {
        request = request.header("x-address", address);
    }
    request.body(Body::from(body.to_string())).unwrap()
}

impl Replay {
    fn of(scenario: &Scenario) -> Self {
        let store = Arc::new(FaultyStore::new(MemoryStore::default()));
        let (waiting, told) = mpsc::unbounded_channel();
        let begun = Instant::now();
        let guard = Guard::builder(Arc::clone(&store))
            .policy(scenario.policy())
            .time(move || START.plus(begun.elapsed()))
            .peer_address(|parts| parts.headers.get("x-address")?.to_str().ok()?.parse().ok())
            .build();
        Self {
            guard: guard.unwrap(),
            store,
            begun,
            waiting,
            told,
            open: BTreeMap::new(),
        }
    }

    fn now(&self) -> Timestamp {
        START.plus(self.begun.elapsed())
    }

    async fn step(&mut self, step: &Step) {
        if let Some(seconds) = step.advance {
            tokio::time::advance(Duration::from_secs_f64(seconds)).await;
        } else if let Some(selected) = &step.reset {
            let address = selected.ip.as_ref().map(|ip| ip.parse().unwrap());
            let removed = self
                .guard
                .reset(selected.username.as_deref(), address)
                .await;
            let removed = removed.unwrap();
            assert_eq!(step.removed.unwrap_or(removed), removed);
        } else if let Some(entered) = &step.ban {
            let now = self.now();
            let left = entered.seconds.map(Duration::from_secs_f64);
            let ban = Ban {
                target: entered.target(),
                reason: String::new(),
                author: String::new(),
                since: now,
                until: left.map_or(Timestamp::NEVER, |left| now.plus(left)),
            };
            self.guard.ban(ban).await.unwrap();
            assert!(!self.guard.bans().await.unwrap().is_empty());
        } else if let Some(entered) = &step.unban {
            let lifted = self.guard.unban(entered.target()).await.unwrap();
            assert_eq!(step.removed.unwrap_or(u64::from(lifted)), u64::from(lifted));
        } else if let Some(health) = step.store {
            self.store.set_down(health == Health::Fails);
        } else if let Some(name) = &step.end {
            let (sender, answer) = self.open.remove(name).unwrap();
            sender.send(step.outcome.unwrap()).unwrap();
            let answer = answer.await.unwrap();
            compare(&answer, step, true);
            if let Some(expected) = step.expect {
                assert_eq!(refused(&answer), Some(expected));
            }
        } else if let Some(who) = &step.attempt {
            let times = step.times.unwrap_or(1);
            for time in 1..=times {
                self.attempt(who, step, time == times).await;
            }
        } else {
            // The memory store deletes by itself, and makes nothing from records.
            assert!(step.purge.is_some() || step.lose.is_some(), "{step:?}");
        }
    }

    async fn attempt(&mut self, who: &Who, step: &Step, last: bool) {
        let waiting = self.waiting.clone();
        let handler = service_fn(move |_| check(waiting.clone()));
        let rule = |method| {
            let rule = LoginRule::json("/login", "/username").method(method);
            match &who.username {
                Some(_) => rule,
                None => rule.username(Username::none()),
            }
        };
        let layer = self.guard.layer(rule(Method::POST)).rule(rule(Method::GET));
        let asking = layer.layer(handler).oneshot(request(who));
        let mut answer = tokio::spawn(async { asking.await.unwrap() });
        // Until the password is checked, or nobody will. No time passes by looking.
        let sender = tokio::select! {
            sender = self.told.recv() => sender.unwrap(),
            answer = &mut answer => {
                let answer = answer.unwrap();
                let met = refused(&answer).unwrap();
                assert_eq!(step.expect.unwrap_or(met), met);
                compare(&answer, step, last);
                return;
            }
        };
        let expected = step.expect.unwrap_or(Expectation::Admitted);
        assert_eq!(expected, Expectation::Admitted);
        match (&step.begin, step.outcome) {
            (Some(name), _) => {
                self.open.insert(name.clone(), (sender, answer));
            }
            (None, Some(outcome)) => {
                sender.send(outcome).unwrap();
                compare(&answer.await.unwrap(), step, last);
            }
            (None, None) => panic!("an admitted attempt has either a name or an outcome"),
        }
    }
}

/// What a refused attempt met; `None` where it was not refused.
fn refused(answer: &Answer) -> Option<Expectation> {
    let refusal = answer.extensions().get::<Refusal>()?;
    Some(match (answer.status().as_u16(), refusal.reason.name()) {
        (429, "locked_out") => Expectation::LockedOut,
        (429, "busy") => Expectation::Busy,
        (403, "denylisted" | "not_allowlisted") => Expectation::Denied,
        (403, "banned") => Expectation::Banned,
        (503, "store_unavailable") => Expectation::Unavailable,
        other => panic!("nobody is refused with {other:?}"),
    })
}

/// Compares what a client is told with what the scenario says.
fn compare(answer: &Answer, step: &Step, last: bool) {
    if !last {
        return;
    }
    let refusal = answer.extensions().get::<Refusal>();
    let report = answer.extensions().get::<Report>();
    let is_locked_out = refused(answer) == Some(Expectation::LockedOut);
    if let Some(failures) = step.failures {
        let told = refusal.map(|refusal| refusal.failures);
        let told = told.or(report.map(|report| report.failures));
        assert_eq!(told.unwrap_or(0), failures);
    }
    if let Some(locked_out) = step.locked_out {
        assert_eq!(is_locked_out, locked_out);
    }
    if let Some(newly_locked) = step.newly_locked {
        assert_eq!(
            refusal.is_some_and(|refusal| refusal.newly_locked),
            newly_locked
        );
    }
    let told = answer.headers().get("retry-after");
    let told = told.map(|told| told.to_str().unwrap().parse::<f64>().unwrap());
    match &step.retry_after {
        // Headers tell whole seconds, and never too few.
        Some(RetryAfter::Seconds(seconds)) => assert_eq!(told, Some(seconds.ceil())),
        Some(RetryAfter::Never(_)) => assert_eq!(told, None),
        None => {}
    }
}

#[tokio::test(start_paused = true)]
async fn every_scenario_goes_as_written() {
    let scenarios = corpus::load();
    for (name, why) in LEFT_OUT {
        assert!(scenarios.iter().any(|scenario| scenario.name == *name) && !why.is_empty());
    }
    let mut problems = Vec::new();
    for scenario in &scenarios {
        if LEFT_OUT.iter().any(|(name, _)| scenario.name == *name) {
            continue;
        }
        let mut replay = Replay::of(scenario);
        for (index, step) in scenario.steps.iter().enumerate() {
            let name = format!("{}: step {}", scenario.name, index + 1);
            let done = std::panic::AssertUnwindSafe(replay.step(step));
            if caught(done).await.is_err() {
                problems.push(name);
                break;
            }
        }
    }
    assert!(problems.is_empty(), "{}", problems.join("\n"));
}

/// The future's output, or that it panicked.
async fn caught<F: Future + std::panic::UnwindSafe>(future: F) -> std::thread::Result<F::Output> {
    let mut future = Box::pin(future);
    std::future::poll_fn(move |context| {
        let polled = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
            future.as_mut().poll(context)
        }));
        match polled {
            Ok(polled) => polled.map(Ok),
            Err(panic) => std::task::Poll::Ready(Err(panic)),
        }
    })
    .await
}
