//! Times, sizes and costs that no operator chooses: the product has one value of each, and a file cannot weaken it.
//! Tests choose others (feature `test-support`).

use std::time::Duration;

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tuning {
    /// Silence of a stream before a heartbeat.
    pub heartbeat: Duration,
    /// The wait of a long poll.
    pub poll: Duration,
    /// Commits that wait for a reader before it is cut off.
    pub queue: usize,
    pub password_cost: PasswordCost,
    pub deadlines: Deadlines,
    pub mail_deadlines: MailDeadlines,
}

impl Default for Tuning {
    fn default() -> Tuning {
        Tuning {
            heartbeat: Duration::from_millis(protocol::HEARTBEAT),
            poll: Duration::from_secs(25),
            queue: 256,
            password_cost: PasswordCost::OWASP,
            deadlines: Deadlines::default(),
            mail_deadlines: MailDeadlines::default(),
        }
    }
}

/// The cost of hashing a password.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PasswordCost {
    pub memory_kib: u32,
    pub passes: u32,
}

impl PasswordCost {
    /// The OWASP Password Storage Cheat Sheet's configuration for Argon2id with 19 MiB.
    pub const OWASP: PasswordCost = PasswordCost {
        memory_kib: 19_456,
        passes: 2,
    };
    /// For tests and benchmarks of something else.
    #[cfg(feature = "test-support")]
    pub const LIGHT: PasswordCost = PasswordCost {
        memory_kib: 64,
        passes: 1,
    };
}

/// How long a connection may take over what; then it is closed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Deadlines {
    /// TLS.
    pub handshake: Duration,
    /// The head of a request, from its first byte on; of the first request from the beginning.
    pub head: Duration,
    /// A body may take this, and more at [`SLOWEST_BODY`](crate::http::SLOWEST_BODY) bytes a second.
    pub body: Duration,
    /// No body takes longer.
    pub longest_body: Duration,
    /// Between an answer and the next request. Longer than a device keeps a connection that it does not use.
    pub idle: Duration,
    /// A request from its head to the end of its answer, unless the answer is a stream.
    pub request: Duration,
    /// Taking something of what is written.
    pub reader: Duration,
}

impl Default for Deadlines {
    fn default() -> Deadlines {
        Deadlines {
            handshake: Duration::from_secs(10),
            head: Duration::from_secs(10),
            body: Duration::from_secs(10),
            longest_body: Duration::from_secs(300),
            idle: Duration::from_secs(75),
            request: Duration::from_secs(600),
            reader: Duration::from_secs(60),
        }
    }
}

/// How long a mail server may take; together less than the time in which a mail must be sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MailDeadlines {
    /// One step: connecting, TLS, or one command.
    pub step: Duration,
    /// One mail, from connecting on.
    pub whole: Duration,
}

impl Default for MailDeadlines {
    fn default() -> MailDeadlines {
        MailDeadlines {
            step: Duration::from_secs(20),
            whole: Duration::from_secs(50),
        }
    }
}
