//! What scripts are told.

/// How a run of the program ended. The numbers are part of its interface.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Exit {
    /// It did what was asked.
    Done,
    /// It did what was asked and found a problem, or nothing to do it to.
    Found,
    /// The command line or the configuration is wrong. Nothing was done.
    Wrong,
    /// The store did not answer, or could not do it.
    Store,
    /// What was found could not be written where it should go.
    Output,
}

impl Exit {
    /// Every one there is.
    pub const ALL: [Self; 5] = [
        Self::Done,
        Self::Found,
        Self::Wrong,
        Self::Store,
        Self::Output,
    ];

    /// The exit code.
    #[must_use]
    pub const fn code(self) -> u8 {
        match self {
            Self::Done => 0,
            Self::Found => 1,
            Self::Wrong => 2,
            Self::Store => 3,
            Self::Output => 4,
        }
    }

    /// What it means, for the help page.
    #[must_use]
    pub const fn meaning(self) -> &'static str {
        match self {
            Self::Done => "done",
            Self::Found => {
                "done, and something to look at: `check` found a problem, `explain` found a refusal, \
                 there was nothing to `reset` or `unban`"
            }
            Self::Wrong => "the command line or the configuration is wrong; nothing was done",
            Self::Store => "the store did not answer, or could not do it",
            Self::Output => "what was found could not be written",
        }
    }
}
