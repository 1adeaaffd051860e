//! scratch
use std::net::{IpAddr, Ipv4Addr};
use std::num::NonZeroU32;
use std::time::{Duration, Instant};
use axes_core::*;
use axes_stores::*;
struct Sys;
impl Clock for Sys {
    fn now(&self) -> Timestamp { Timestamp::from_millis(std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap().as_millis() as i64) }
    fn sleep(&self, d: Duration) { std::thread::sleep(d) }
}
fn ip(i: u32) -> IpAddr { IpAddr::V4(Ipv4Addr::from(0x0a00_0000 + i)) }
fn time(n: u32, mut f: impl FnMut(u32)) -> f64 { let s = Instant::now(); for i in 0..n { f(i) } ; s.elapsed().as_nanos() as f64 / f64::from(n) }
fn main() {
    let engine = Engine::new(Policy { limit: 1_000_000_000, cool_off: CoolOff::After(Duration::from_secs(3600)), ..Policy::default() });
    let store = MemoryStore::default();
    let driver = Driver { engine: &engine, store: &store, clock: Sys, fail_open: false };
    let g = governor::RateLimiter::keyed(governor::Quota::per_second(NonZeroU32::new(1_000_000_000).unwrap()));
    let login = |i: u32, outcome: Outcome| {
        let attempt = Attempt::new(Some(ip(i))).with_username("ada").with_user_agent("Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36");
        let permit = driver.admit(&attempt, &Overrides::default(), i64::from(i) + 1).decided.permit().unwrap();
        driver.settle(&permit, outcome, &attempt);
    };
    if std::env::args().nth(1).as_deref() == Some("one") { for i in 0..20_000 { login(i, if std::env::args().nth(2).as_deref()==Some("s") {Outcome::Success { session_hash: String::new() }} else {Outcome::Failure}); } return; }
    let n = 100_000;
    for (name, spread) in [("one key", 1), ("distinct", n)] {
        let mut r = vec![];
        for _ in 0..5 {
            let a = time(n, |i| { let _ = g.check_key(&ip(i % spread)); });
            let b = time(n, |i| login(i % spread, Outcome::Failure));
            let c = time(n, |i| login(i % spread, Outcome::Success { session_hash: String::new() }));
            let e = time(n, |i| { std::hint::black_box(Attempt::new(Some(ip(i))).with_username("ada").with_user_agent("Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36")); });
            let d = time(n, |_| { std::hint::black_box(Sys.now()); });
            r.push((a, b, c, e, d));
        }
        println!("{name}: governor, fail, success, attempt, clock {:?}", r);
    }
}
