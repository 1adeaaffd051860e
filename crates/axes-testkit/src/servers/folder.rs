//! Folders of what only one test needs.

use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _, chown};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};

/// A temporary folder, which goes when this does.
#[derive(Debug)]
pub struct Folder(PathBuf);

impl Folder {
    /// An empty folder, which has `name` in its name.
    #[must_use]
    pub fn new(name: &str) -> Self {
        static LAST: AtomicU32 = AtomicU32::new(0);
        let number = LAST.fetch_add(1, Ordering::Relaxed);
        let name = format!("axes-{name}-{}-{number}", std::process::id());
        let path = std::env::temp_dir().join(name);
        // One of an earlier process of the same number, which was killed.
        let _ = std::fs::remove_dir_all(&path);
        std::fs::create_dir(&path).expect("a folder can be made");
        let only_mine = std::fs::Permissions::from_mode(0o700);
        std::fs::set_permissions(&path, only_mine).expect("a folder can be closed to others");
        Self(path)
    }

    /// Where it is.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.0
    }

    /// The path of what is called `name` in it.
    #[must_use]
    pub fn file(&self, name: &str) -> PathBuf {
        self.0.join(name)
    }

    /// Whether whoever made it may do everything.
    pub(super) fn is_of_root(&self) -> bool {
        let owner = std::fs::metadata(&self.0).map(|folder| folder.uid());
        owner.expect("the folder is there") == 0
    }

    /// Gives it to somebody else.
    pub(super) fn give(&self, account: Account) {
        chown(&self.0, Some(account.user), Some(account.group)).expect("root may give");
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        // What stays behind is in the folder for temporary files.
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

/// Who a process runs as.
#[derive(Clone, Copy, Debug)]
pub(super) struct Account {
    pub(super) user: u32,
    pub(super) group: u32,
}

impl Account {
    /// The account `name`, or that of nobody.
    pub(super) fn of(name: &str) -> Self {
        let accounts = std::fs::read_to_string("/etc/passwd").expect("accounts can be read");
        let find = |name: &str| {
            let mut fields = accounts
                .lines()
                .map(|line| line.split(':'))
                .find_map(|mut fields| (fields.next()? == name).then_some(fields))?;
            let _password = fields.next()?;
            Some(Self {
                user: fields.next()?.parse().ok()?,
                group: fields.next()?.parse().ok()?,
            })
        };
        find(name)
            .or_else(|| find("nobody"))
            .expect("there is nobody")
    }
}
