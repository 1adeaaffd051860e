//! What fuzzing begins with: the cases of `fixtures`, as the targets in `fuzz/` read them.

use std::path::Path;

use toml::{Table, Value};

use crate::error::{Error, Result};

/// Stands between two texts of an input: no text holds it. `fuzz/src/lib.rs` reads it.
const SEPARATOR: &[u8] = &[0xff];

/// The seeds of one target.
pub(crate) type Seeds = Vec<Vec<u8>>;

/// Names that nobody has, but that somebody sends.
const HOSTILE: [&str; 8] = [
    "ada\r\nAXES: forged",
    "a\0b",
    "\u{202e}ada\u{2066}",
    "a\u{2028}b\u{85}c\u{1b}[2J",
    "\", b: \"c\\",
    " Stra\u{df}e\u{fb01}\u{1f88}\u{345}\u{130}\t",
    "\u{1100}\u{1161}\u{11a8} e\u{301} \u{fdfa}",
    "password=hunter2&otp_token=1&next=/",
];

/// The seeds of all targets, by name.
pub(crate) fn all() -> Result<Vec<(&'static str, Seeds)>> {
    let cases = tables(&read(Path::new("fixtures/addresses.toml"))?, "case");
    let scenarios = scenarios()?;
    let attempts: Vec<Table> = scenarios.iter().flat_map(attempts).collect();
    Ok(vec![
        ("forwarded", cases.iter().map(forwarded).collect()),
        ("networks", cases.iter().map(networks).collect()),
        ("reader", reader(&page("docs/reference/settings.md")?)),
        ("redaction", redaction(&attempts)),
        ("scope_keys", scope_keys(&attempts)),
        ("settings", scenarios.iter().map(settings).collect()),
    ])
}

fn read(path: &Path) -> Result<Table> {
    let failed = |error: String| Error::new(format!("cannot read {}: {error}", path.display()));
    let text = std::fs::read_to_string(path).map_err(|error| failed(error.to_string()))?;
    text.parse()
        .map_err(|error: toml::de::Error| failed(error.to_string()))
}

fn page(path: &str) -> Result<String> {
    std::fs::read_to_string(path)
        .map_err(|error| Error::new(format!("cannot read {path}: {error}")))
}

fn scenarios() -> Result<Vec<Table>> {
    let folder = "fixtures/scenarios";
    let failed = |error| Error::new(format!("cannot list {folder}: {error}"));
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).map_err(failed)? {
        found.push(read(&entry.map_err(failed)?.path())?);
    }
    Ok(found)
}

fn tables(table: &Table, key: &str) -> Vec<Table> {
    let list = table.get(key).and_then(Value::as_array);
    let items = list.into_iter().flatten();
    items.filter_map(Value::as_table).cloned().collect()
}

fn attempts(scenario: &Table) -> Vec<Table> {
    let steps = tables(scenario, "step").into_iter();
    steps
        .filter_map(|step| step.get("attempt")?.as_table().cloned())
        .collect()
}

/// The text of `key` as it is, a list with spaces between; empty where there is none.
fn text(table: &Table, key: &str) -> String {
    match table.get(key) {
        Some(Value::String(text)) => text.clone(),
        Some(Value::Array(items)) => {
            let items: Vec<&str> = items.iter().filter_map(Value::as_str).collect();
            items.join(" ")
        }
        Some(other) => other.to_string(),
        None => String::new(),
    }
}

fn joined<S: AsRef<str>>(texts: impl IntoIterator<Item = S>) -> Vec<u8> {
    let texts: Vec<_> = texts
        .into_iter()
        .map(|text| text.as_ref().as_bytes().to_vec())
        .collect();
    texts.join(SEPARATOR)
}

fn forwarded(case: &Table) -> Vec<u8> {
    let known = ["order", "count", "trusted", "peer", "header"].map(|key| text(case, key));
    joined(known.into_iter().chain(["1.1.1.1, 10.0.0.2".to_owned()]))
}

fn networks(case: &Table) -> Vec<u8> {
    let list = text(case, "trusted") + " 172.16. ::ffff:198.51.100.0/120 2001:db8::/32";
    joined([list, text(case, "peer"), "10.1.0.0/16".to_owned()])
}

fn identity(attempt: &Table) -> [String; 3] {
    ["username", "ip", "user_agent"].map(|key| text(attempt, key))
}

/// The examples of the reference page: in a file, as variables and as flags; each alone, and all.
fn reader(page: &str) -> Seeds {
    let blocks = |language: &str| -> Vec<&str> {
        let begin = format!("\n```{language}\n");
        let parts = page.split(begin.as_str()).skip(1);
        parts
            .filter_map(|rest| Some(rest.split_once("\n```")?.0))
            .collect()
    };
    let variables: Vec<_> = blocks("sh")
        .into_iter()
        .filter_map(|it| it.split_once('='))
        .collect();
    let flags: Vec<_> = page
        .split("- as a flag: `")
        .skip(1)
        .filter_map(|rest| rest.split_once('`')?.0.split_once(' '))
        .collect();
    let mut seeds: Seeds = blocks("toml").iter().map(|block| joined([block])).collect();
    seeds.extend(
        variables
            .iter()
            .map(|(name, value)| joined(["", name, value])),
    );
    seeds.extend(
        flags
            .iter()
            .map(|(name, value)| joined(["", "", name, value])),
    );
    let file = blocks("toml").join("\n");
    let texts = |pairs: &[(&str, &str)]| -> Vec<String> {
        pairs
            .iter()
            .flat_map(|(name, value)| [(*name).to_owned(), (*value).to_owned()])
            .collect()
    };
    let all = [
        vec![file],
        texts(&variables),
        vec![String::new()],
        texts(&flags),
    ];
    seeds.push(joined(all.concat()));
    seeds.push(joined([
        "store = \"postgres://ada:hunter2@db\nlimit 3\n[[lockout_tiers]]\nfailures = 3\n",
        "AXES_STORE",
        "redis://:hunter2@db",
        "",
        "--failure-limt",
        "\u{202e}",
    ]));
    seeds
}

fn redaction(attempts: &[Table]) -> Seeds {
    let form = ["/login/", "Password", "hunter2", "next", "/a\0b"].map(str::to_owned);
    let mut seeds: Seeds = attempts
        .iter()
        .map(|attempt| {
            let known = [String::from("username token")].into_iter();
            joined(known.chain(identity(attempt)).chain(form.clone()))
        })
        .collect();
    seeds.extend(HOSTILE.map(|text| joined(["", text, "::1", text, text, text, text])));
    seeds
}

fn scope_keys(attempts: &[Table]) -> Seeds {
    let pairs = attempts.windows(2).filter_map(|pair| {
        let [one, other] = pair else { return None };
        Some(joined(identity(one).into_iter().chain(identity(other))))
    });
    let mut seeds: Seeds = pairs.collect();
    seeds.extend(HOSTILE.map(|text| joined([text, "::1", text, "ada", "2001:db8::1", "", "128"])));
    seeds
}

fn settings(scenario: &Table) -> Vec<u8> {
    let mut texts = Vec::new();
    let known = scenario.get("settings").and_then(Value::as_table);
    for (name, value) in known.into_iter().flatten() {
        texts.push(name.clone());
        write(value, &mut texts);
    }
    joined(texts)
}

/// `value` as texts: `fuzz/src/value.rs` says how.
fn write(value: &Value, texts: &mut Vec<String>) {
    match value {
        Value::Boolean(on) => texts.push(format!("b{on}")),
        Value::Integer(number) => texts.push(format!("i{number}")),
        Value::Float(number) => texts.push(format!("f{number}")),
        Value::String(text) => texts.push(format!("t{text}")),
        Value::Datetime(time) => texts.push(format!("t{time}")),
        Value::Array(items) => {
            texts.push("[".to_owned());
            for item in items {
                write(item, texts);
            }
            texts.push("]".to_owned());
        }
        Value::Table(table) => {
            if let Some(seconds) = table.get("seconds") {
                texts.push(format!("s{seconds}"));
            } else {
                texts.push("(".to_owned());
                for part in ["failures", "cooloff"] {
                    if let Some(value) = table.get(part) {
                        write(value, texts);
                    }
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_case_is_written_as_its_target_reads_it() {
        let case = r#"
            peer = "10.0.0.1"
            header = "203.0.113.7"
            count = 1
            trusted = ["10.0.0.0/8", "::1"]
        "#;
        assert_eq!(
            forwarded(&case.parse().unwrap()),
            b"\xff1\xff10.0.0.0/8 ::1\xff10.0.0.1\xff203.0.113.7\xff1.1.1.1, 10.0.0.2"
        );
    }

    #[test]
    fn examples_of_the_page_are_what_a_reader_begins_with() {
        let page = "\n- as a flag: `--a 1`\n\n```toml\na = 1\n```\n\n```sh\nAXES_A=1\n```\n";
        let seeds = reader(page);
        assert_eq!(seeds[0], b"a = 1");
        assert_eq!(seeds[1], b"\xffAXES_A\xff1");
        assert_eq!(seeds[2], b"\xff\xff--a\xff1");
        assert_eq!(seeds[3], b"a = 1\xffAXES_A\xff1\xff\xff--a\xff1");
    }

    #[test]
    fn settings_are_written_as_their_target_reads_them() {
        let scenario = r#"
            [settings]
            A = [["username"], 3]
            B = [{ failures = 3, cooloff = { seconds = 60 } }]
            C = true
        "#;
        assert_eq!(
            settings(&scenario.parse().unwrap()),
            b"A\xff[\xff[\xfftusername\xff]\xffi3\xff]\xffB\xff[\xff(\xffi3\xffs60\xff]\xffC\xffbtrue"
        );
    }
}
