//! The one table of settings.

use crate::{Kind, Value};

/// One setting.
#[derive(Clone, Copy, Debug)]
pub struct Spec {
    /// Its name in Django's settings.
    pub name: &'static str,
    /// What values it takes.
    pub kind: Kind,
    /// What holds where it is not set; none for deprecated settings, which have to be set to count.
    pub default: Option<Preset>,
    /// What it does.
    pub about: &'static str,
}

/// A default, in a form that a constant can have.
#[derive(Clone, Copy, Debug)]
pub enum Preset {
    /// None.
    Nothing,
    /// True or False.
    Bool(bool),
    /// A number.
    Int(i64),
    /// A text.
    Text(&'static str),
    /// A list of texts.
    Texts(&'static [&'static str]),
}

impl Preset {
    /// The default as a value.
    #[must_use]
    pub fn value(self) -> Value {
        match self {
            Self::Nothing => Value::None,
            Self::Bool(switch) => Value::Bool(switch),
            Self::Int(number) => Value::Int(number),
            Self::Text(text) => Value::text(text),
            Self::Texts(texts) => Value::List(texts.iter().map(|text| Value::text(text)).collect()),
        }
    }
}

impl Spec {
    /// Its name in TOML files: without the prefix, in lower case.
    #[must_use]
    pub fn key(&self) -> String {
        self.name.trim_start_matches("AXES_").to_lowercase()
    }

    /// Whether it is only understood for old settings files.
    #[must_use]
    pub const fn is_deprecated(&self) -> bool {
        self.default.is_none()
    }
}

/// The setting of this name.
#[must_use]
pub fn spec(name: &str) -> Option<&'static Spec> {
    TABLE.iter().find(|spec| spec.name == name)
}

const fn setting(name: &'static str, kind: Kind, default: Preset, about: &'static str) -> Spec {
    Spec {
        name,
        kind,
        default: Some(default),
        about,
    }
}

const fn deprecated(name: &'static str, kind: Kind, about: &'static str) -> Spec {
    Spec {
        name,
        kind,
        default: None,
        about,
    }
}

use Kind::{Choice, Code, Limit, Number, NumberOrNone, Switch, TextOrNone};
use Preset::{Bool, Int, Nothing, Text, Texts};

const ORDERS: Kind = Choice(&["left-most", "right-most"]);

/// Every setting there is.
#[rustfmt::skip]
pub const TABLE: &[Spec] = &[
    setting("AXES_ENABLED", Switch, Bool(true), "Whether Axes does anything at all."),
    setting("AXES_AUTO_WIRE", Switch, Bool(true), "Whether Axes adds its authentication backend and its middleware itself where the settings name none."),
    setting("AXES_FAILURE_LIMIT", Limit, Int(3), "The number of failures that leads to a lockout. A callable gets the request and the credentials."),
    setting("AXES_LOCK_OUT_AT_FAILURE", Switch, Bool(true), "Whether anybody is locked out; otherwise failures are only counted."),
    setting("AXES_LOCKOUT_PARAMETERS", Kind::Scopes, Nothing, "What failures are counted on: username, ip_address, user_agent; an inner list counts its members together. None: ip_address."),
    setting("AXES_COOLOFF_TIME", Kind::CoolOff, Nothing, "The time of inactivity after which failures are forgotten. A number counts hours; None: never."),
    setting("AXES_USE_ATTEMPT_EXPIRATION", Switch, Bool(false), "Whether each attempt keeps the time at which it expires: a cool-off that is changed then holds for later failures only."),
    setting("AXES_LOCKOUT_TIERS", Kind::Tiers, Nothing, "The more failures, the longer the lockout; stands for the failure limit and the cool-off."),
    setting("AXES_RESET_COOL_OFF_ON_FAILURE_DURING_LOCKOUT", Switch, Bool(true), "Whether an attempt during a lockout is counted and starts the cool-off again."),
    setting("AXES_RESET_ON_SUCCESS", Switch, Bool(false), "Whether a success forgets that username's own failures from that network."),
    setting("AXES_ONLY_ADMIN_SITE", Switch, Bool(false), "Whether only the admin site is guarded."),
    setting("AXES_ENABLE_ADMIN", Switch, Bool(true), "Whether the records have pages in the admin site. Read at start-up."),
    setting("AXES_HANDLER", Kind::Text, Text("axes.handlers.database.AxesDatabaseHandler"), "The dotted path of the handler, which chooses where things are kept."),
    setting("AXES_CACHE", Kind::Text, Text("default"), "The name of the cache in CACHES that Axes uses, where it is shared between processes."),
    setting("AXES_USERNAME_FORM_FIELD", Kind::Text, Text("username"), "The form field that contains the username."),
    setting("AXES_PASSWORD_FORM_FIELD", Kind::Text, Text("password"), "The form field that contains the password. Its value is never stored."),
    setting("AXES_USERNAME_CALLABLE", Code, Nothing, "Code (request, credentials) that returns the username."),
    setting("AXES_WHITELIST_CALLABLE", Code, Nothing, "Code (request, credentials) that says whether the attempt is exempt."),
    setting("AXES_LOCKOUT_CALLABLE", Code, Nothing, "Code (request, original_response, credentials) that returns the response to a locked out attempt."),
    setting("AXES_CLIENT_IP_CALLABLE", Code, Nothing, "Code (request) that returns the client's address."),
    setting("AXES_CLIENT_STR_CALLABLE", Code, Nothing, "Code (username, ip_address, user_agent, path_info, request) that returns the client as log lines show it."),
    setting("AXES_LOCKOUT_TEMPLATE", TextOrNone, Nothing, "The template that answers a locked out attempt. Wins over AXES_LOCKOUT_URL."),
    setting("AXES_LOCKOUT_URL", TextOrNone, Nothing, "The URL that a locked out attempt is redirected to."),
    setting("AXES_HTTP_RESPONSE_CODE", Number(100, 599), Int(429), "The status of the answer to a locked out attempt (429: RFC 6585)."),
    setting("AXES_ENABLE_RETRY_AFTER_HEADER", Switch, Bool(true), "Whether the answer tells the time left in a Retry-After header (RFC 9110)."),
    setting("AXES_COOLOFF_MESSAGE", TextOrNone, Nothing, "The plain text that answers a locked out attempt when there is a cool-off."),
    setting("AXES_PERMALOCK_MESSAGE", TextOrNone, Nothing, "The plain text that answers a locked out attempt when there is none."),
    setting("AXES_ALLOWED_CORS_ORIGINS", Kind::Text, Text("*"), "Access-Control-Allow-Origin of the JSON answer."),
    setting("AXES_IP_WHITELIST", Kind::Networks, Nothing, "Addresses and networks on the allowlist."),
    setting("AXES_IP_BLACKLIST", Kind::Networks, Nothing, "Addresses and networks that are always refused."),
    setting("AXES_NEVER_LOCKOUT_WHITELIST", Switch, Bool(false), "Whether addresses on the allowlist are exempt."),
    setting("AXES_ONLY_WHITELIST", Switch, Bool(false), "Whether only addresses on the allowlist may log in."),
    setting("AXES_NEVER_LOCKOUT_GET", Switch, Bool(false), "Whether GET requests are never refused."),
    setting("AXES_DISABLE_ACCESS_LOG", Switch, Bool(false), "Whether no access log is written, neither of successes nor of failures."),
    setting("AXES_DISABLE_SUCCESS_ACCESS_LOG", Switch, Bool(false), "Whether successful logins are left out of the access log."),
    setting("AXES_ENABLE_ACCESS_FAILURE_LOG", Switch, Bool(false), "Whether each failure is written to the failure log."),
    setting("AXES_ACCESS_FAILURE_LOG_PER_USER_LIMIT", NumberOrNone(0, 4_294_967_295), Int(1000), "How many entries of the failure log one username keeps; None: all."),
    setting("AXES_VERBOSE", Switch, Bool(true), "Whether log lines name all that is known of a client, and start-up is logged."),
    setting("AXES_LOGGER", Kind::Text, Text("axes.watch_login"), "The name of the logger that all lines go to."),
    setting("AXES_SENSITIVE_PARAMETERS", Kind::Texts, Texts(&["username", "ip_address"]), "Form fields and client properties that are masked in stored form data and in log lines."),
    setting("AXES_IPWARE_PROXY_ORDER", ORDERS, Text("left-most"), "Which end of a forwarding header is the client's, where no proxy count is given."),
    setting("AXES_IPWARE_PROXY_COUNT", NumberOrNone(0, 100), Nothing, "How many proxies stand in a forwarding header behind the client."),
    setting("AXES_IPWARE_PROXY_TRUSTED_IPS", Kind::Networks, Nothing, "The proxies whose forwarding headers are believed."),
    setting("AXES_IPWARE_META_PRECEDENCE_ORDER", Kind::Texts, Texts(&["REMOTE_ADDR"]), "Where the client's address is looked for, in this order."),
    setting("AXES_IPV6_PREFIX", Number(1, 128), Int(64), "By which prefix IPv6 addresses are counted."),
    setting("AXES_PERMIT_LEASE", Kind::Duration, Int(60), "How long a password check may take; one that never ends counts as a failure after at most twice this."),
    setting("AXES_PERMIT_WAIT", Kind::Duration, Int(30), "How long an attempt waits at most while others' passwords are being checked."),
    setting("AXES_ON_STORE_ERROR", Choice(&["refuse", "allow"]), Text("refuse"), "What happens to attempts while the store does not answer."),
    deprecated("AXES_ONLY_USER_FAILURES", Switch, "Count by username only; use AXES_LOCKOUT_PARAMETERS."),
    deprecated("AXES_LOCK_OUT_BY_USER_OR_IP", Switch, "Count by username and by address; use AXES_LOCKOUT_PARAMETERS."),
    deprecated("AXES_LOCK_OUT_BY_COMBINATION_USER_AND_IP", Switch, "Count by username and address together; use AXES_LOCKOUT_PARAMETERS."),
    deprecated("AXES_USE_USER_AGENT", Switch, "Count by user agent too; use AXES_LOCKOUT_PARAMETERS."),
    deprecated("AXES_PROXY_ORDER", ORDERS, "Use AXES_IPWARE_PROXY_ORDER."),
    deprecated("AXES_PROXY_COUNT", NumberOrNone(0, 100), "Use AXES_IPWARE_PROXY_COUNT."),
    deprecated("AXES_PROXY_TRUSTED_IPS", Kind::Networks, "Use AXES_IPWARE_PROXY_TRUSTED_IPS."),
    deprecated("AXES_META_PRECEDENCE_ORDER", Kind::Texts, "Use AXES_IPWARE_META_PRECEDENCE_ORDER."),
];
