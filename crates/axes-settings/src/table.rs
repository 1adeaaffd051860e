//! The one table of settings.

use Kind::{Choice, Code, Limit, Number, NumberOrNone, Switch, TextOrNone};
use Preset::{Bool, Int, Nothing, Text, Texts};

use crate::{Kind, Preset, Spec};

/// The setting of this name.
#[must_use]
pub fn spec(name: &str) -> Option<&'static Spec> {
    TABLE.iter().find(|spec| spec.name == name)
}

const fn setting(name: &'static str, kind: Kind, default: Preset, about: &'static str) -> Spec {
    Spec::new(name, kind, Some(default), about)
}

const fn deprecated(name: &'static str, kind: Kind, about: &'static str) -> Spec {
    Spec::new(name, kind, None, about).django()
}

const ORDERS: Kind = Choice(&["left-most", "right-most"]);

/// Every setting there is.
#[rustfmt::skip]
pub const TABLE: &[Spec] = &[
    setting("AXES_ENABLED", Switch, Bool(true), "Whether Axes does anything at all.").example("False"),
    setting("AXES_AUTO_WIRE", Switch, Bool(true), "Whether Axes adds its authentication backend and its middleware itself where the settings name none.").example("False").ours().django(),
    setting("AXES_FAILURE_LIMIT", Limit, Int(3), "The number of failures that leads to a lockout.").example("5").in_django("A callable gets the request and the credentials."),
    setting("AXES_LOCK_OUT_AT_FAILURE", Switch, Bool(true), "Whether anybody is locked out; otherwise failures are only counted.").example("False"),
    setting("AXES_LOCKOUT_PARAMETERS", Kind::Scopes, Nothing, "What failures are counted on: username, ip_address, user_agent; an inner list counts its members together. None: ip_address.").example(r#"["username", ["ip_address", "user_agent"]]"#).elsewhere(Texts(&["ip_address"])),
    setting("AXES_COOLOFF_TIME", Kind::CoolOff, Nothing, "The time of inactivity after which failures are forgotten. A number counts hours; None: never.").example("timedelta(minutes=15)").toml(r#""15m""#),
    setting("AXES_USE_ATTEMPT_EXPIRATION", Switch, Bool(false), "Whether each attempt keeps the time at which it expires: a cool-off that is changed then holds for later failures only.").example("True"),
    setting("AXES_LOCKOUT_TIERS", Kind::Tiers, Nothing, "The more failures, the longer the lockout; stands for the failure limit and the cool-off.").example("[LockoutTier(3, timedelta(minutes=5)), LockoutTier(10, timedelta(hours=1))]").ours().toml(r#"[{ failures = 3, cooloff = "5m" }, { failures = 10, cooloff = "1h" }]"#),
    setting("AXES_RESET_COOL_OFF_ON_FAILURE_DURING_LOCKOUT", Switch, Bool(true), "Whether an attempt during a lockout is counted and starts the cool-off again.").example("False"),
    setting("AXES_RESET_ON_SUCCESS", Switch, Bool(false), "Whether a success forgets that username's own failures from that network.").example("True"),
    setting("AXES_ONLY_ADMIN_SITE", Switch, Bool(false), "Whether only the admin site is guarded.").example("True").django(),
    setting("AXES_ENABLE_ADMIN", Switch, Bool(true), "Whether the records have pages in the admin site. Read at start-up.").example("False").django(),
    setting("AXES_HANDLER", Kind::Text, Text("axes.handlers.database.AxesDatabaseHandler"), "The dotted path of the handler, which chooses where things are kept.").example(r#""axes.handlers.dummy.AxesDummyHandler""#).django(),
    setting("AXES_CACHE", Kind::Text, Text("default"), "The name of the cache in CACHES that Axes uses, where it is shared between processes.").example(r#""shared""#).django(),
    setting("AXES_USERNAME_FORM_FIELD", Kind::Text, Text("username"), "The form field that contains the username.").example(r#""email""#).or("the `USERNAME_FIELD` of the user model"),
    setting("AXES_PASSWORD_FORM_FIELD", Kind::Text, Text("password"), "The form field that contains the password. Its value is never stored.").example(r#""secret""#),
    setting("AXES_USERNAME_CALLABLE", Code, Nothing, "Code (request, credentials) that returns the username.").example(r#""accounts.axes.get_username""#).django(),
    setting("AXES_WHITELIST_CALLABLE", Code, Nothing, "Code (request, credentials) that says whether the attempt is exempt.").example(r#""accounts.axes.is_exempt""#).django(),
    setting("AXES_LOCKOUT_CALLABLE", Code, Nothing, "Code (request, original_response, credentials) that returns the response to a locked out attempt.").example(r#""accounts.axes.answer""#).django(),
    setting("AXES_CLIENT_IP_CALLABLE", Code, Nothing, "Code (request) that returns the client's address.").example(r#""accounts.axes.get_ip_address""#).django(),
    setting("AXES_CLIENT_STR_CALLABLE", Code, Nothing, "Code (username, ip_address, user_agent, path_info, request) that returns the client as log lines show it.").example(r#""accounts.axes.describe""#).django(),
    setting("AXES_LOCKOUT_TEMPLATE", TextOrNone, Nothing, "The template that answers a locked out attempt. Wins over AXES_LOCKOUT_URL.").example(r#""lockout.html""#).django(),
    setting("AXES_LOCKOUT_URL", TextOrNone, Nothing, "The URL that a locked out attempt is redirected to.").example(r#""/locked-out/""#).django(),
    setting("AXES_HTTP_RESPONSE_CODE", Number(100, 599), Int(429), "The status of the answer to a locked out attempt (429: RFC 6585).").example("403").django(),
    setting("AXES_ENABLE_RETRY_AFTER_HEADER", Switch, Bool(true), "Whether the answer tells the time left in a Retry-After header (RFC 9110).").example("False").ours().django(),
    setting("AXES_COOLOFF_MESSAGE", TextOrNone, Nothing, "The plain text that answers a locked out attempt when there is a cool-off.").example(r#""Too many wrong passwords. Wait a quarter of an hour.""#).or("“Account locked: too many login attempts. Please try again later.”, translated").django(),
    setting("AXES_PERMALOCK_MESSAGE", TextOrNone, Nothing, "The plain text that answers a locked out attempt when there is none.").example(r#""Too many wrong passwords. Ask the help desk.""#).or("“Account locked: too many login attempts. Contact an admin to unlock your account.”, translated").django(),
    setting("AXES_ALLOWED_CORS_ORIGINS", Kind::Text, Text("*"), "Access-Control-Allow-Origin of the JSON answer.").example(r#""https://app.example.com""#).django(),
    setting("AXES_IP_WHITELIST", Kind::Networks, Nothing, "Addresses and networks on the allowlist.").example(r#"["192.0.2.1", "10.0.0.0/8"]"#),
    setting("AXES_IP_BLACKLIST", Kind::Networks, Nothing, "Addresses and networks that are always refused.").example(r#"["198.51.100.0/24", "2001:db8::/32"]"#),
    setting("AXES_NEVER_LOCKOUT_WHITELIST", Switch, Bool(false), "Whether addresses on the allowlist are exempt.").example("True"),
    setting("AXES_ONLY_WHITELIST", Switch, Bool(false), "Whether only addresses on the allowlist may log in.").example("True"),
    setting("AXES_NEVER_LOCKOUT_GET", Switch, Bool(false), "Whether GET requests are never refused.").example("True"),
    setting("AXES_DISABLE_ACCESS_LOG", Switch, Bool(false), "Whether no access log is written, neither of successes nor of failures.").example("True"),
    setting("AXES_DISABLE_SUCCESS_ACCESS_LOG", Switch, Bool(false), "Whether successful logins are left out of the access log.").example("True").early(),
    setting("AXES_ENABLE_ACCESS_FAILURE_LOG", Switch, Bool(false), "Whether each failure is written to the failure log.").example("True"),
    setting("AXES_ACCESS_FAILURE_LOG_PER_USER_LIMIT", NumberOrNone(0, 4_294_967_295), Int(1000), "How many entries of the failure log one username keeps; None: all.").example("100"),
    setting("AXES_VERBOSE", Switch, Bool(true), "Whether log lines name all that is known of a client, and start-up is logged.").example("False").django(),
    setting("AXES_LOGGER", Kind::Text, Text("axes.watch_login"), "The name of the logger that all lines go to.").example(r#""security.logins""#).early().django(),
    setting("AXES_SENSITIVE_PARAMETERS", Kind::Texts, Texts(&["username", "ip_address"]), "Form fields and client properties that are masked in stored form data and in log lines. Fields that sound like secrets are masked in any case.").example(r#"["username", "ip_address", "token"]"#),
    setting("AXES_IPWARE_PROXY_ORDER", ORDERS, Text("left-most"), "Which end of a forwarding header is the client's, where no proxy count is given.").example(r#""right-most""#),
    setting("AXES_IPWARE_PROXY_COUNT", NumberOrNone(0, 100), Nothing, "How many proxies stand in a forwarding header behind the client: 0 where there is one proxy.").example("0"),
    setting("AXES_IPWARE_PROXY_TRUSTED_IPS", Kind::Networks, Nothing, "The proxies whose forwarding headers are believed.").example(r#"["10.0.0.0/8"]"#),
    setting("AXES_IPWARE_META_PRECEDENCE_ORDER", Kind::Texts, Texts(&["REMOTE_ADDR"]), "Where the client's address is looked for, in this order.").example(r#"["HTTP_X_FORWARDED_FOR", "REMOTE_ADDR"]"#).or(r#"what `IPWARE_META_PRECEDENCE_ORDER` says where a site has that, else `["REMOTE_ADDR"]`"#),
    setting("AXES_IPV6_PREFIX", Number(1, 128), Int(64), "By which prefix IPv6 addresses are counted.").example("128").ours(),
    setting("AXES_PERMIT_LEASE", Kind::Duration, Int(60), "How long a password check may take; one that never ends counts as a failure after at most twice this.").example("timedelta(seconds=20)").ours().toml(r#""20s""#),
    setting("AXES_PERMIT_WAIT", Kind::Duration, Int(30), "How long an attempt waits at most while others' passwords are being checked.").example("10").ours(),
    setting("AXES_ON_STORE_ERROR", Choice(&["refuse", "allow"]), Text("refuse"), "What happens to attempts while the store does not answer.").example(r#""allow""#).ours(),
    setting("AXES_STORE", Kind::Store, Nothing, "The URL of the store. It may hold a password, so no message shows it.").in_django("The native handler needs it, and no other uses it.").elsewhere(Text("sqlite:axes.sqlite3")).example(r#""redis://127.0.0.1:6379/0""#).ours(),
    setting("AXES_STORE_CONNECTIONS", Number(1, 1000), Int(16), "How many connections to the store of AXES_STORE one process opens at most.").example("4").ours(),
    setting("AXES_STORE_TIMEOUT", Kind::Duration, Int(5), "How long one answer of the store of AXES_STORE is waited for, and a free connection to it.").example("timedelta(seconds=2)").toml(r#""2s""#).ours(),
    deprecated("AXES_ONLY_USER_FAILURES", Switch, "Count by username only; use AXES_LOCKOUT_PARAMETERS = [\"username\"].").example("True"),
    deprecated("AXES_LOCK_OUT_BY_USER_OR_IP", Switch, "Count by username and by address; use AXES_LOCKOUT_PARAMETERS = [\"username\", \"ip_address\"].").example("True"),
    deprecated("AXES_LOCK_OUT_BY_COMBINATION_USER_AND_IP", Switch, "Count by username and address together; use AXES_LOCKOUT_PARAMETERS = [[\"username\", \"ip_address\"]].").example("True"),
    deprecated("AXES_USE_USER_AGENT", Switch, "Count by user agent too; use AXES_LOCKOUT_PARAMETERS = [[\"ip_address\", \"user_agent\"]].").example("True"),
    deprecated("AXES_PROXY_ORDER", ORDERS, "Use AXES_IPWARE_PROXY_ORDER.").example(r#""right-most""#),
    deprecated("AXES_PROXY_COUNT", NumberOrNone(0, 100), "Use AXES_IPWARE_PROXY_COUNT.").example("1"),
    deprecated("AXES_PROXY_TRUSTED_IPS", Kind::Networks, "Use AXES_IPWARE_PROXY_TRUSTED_IPS.").example(r#"["10.0.0.0/8"]"#),
    deprecated("AXES_META_PRECEDENCE_ORDER", Kind::Texts, "Use AXES_IPWARE_META_PRECEDENCE_ORDER.").example(r#"["HTTP_X_FORWARDED_FOR", "REMOTE_ADDR"]"#),
];
