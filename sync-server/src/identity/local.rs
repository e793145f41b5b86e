//! The accounts of this server: passwords, and the invitations that set them.
//!
//! * An invitation's code is shown once and kept as its hash; it lives for seven days and is used once. Accepting it
//!   sets the password and ends all other sessions of the account. So does changing the password with the one until now.
//! * A wrong password, an unknown address and an account without a password take the same time and get the same
//!   answer. Attempts are counted by account, network and device ([`attempts`](super::attempts)); passwords are hashed
//!   off the async threads, few at a time ([`password`](super::password)).

use std::net::IpAddr;
use std::sync::Arc;

use conversation::{DeviceId, PersonId};
use protocol::error::ErrorCode;
use protocol::session::{InvitationAnswer, InvitationRequest, LONGEST_PASSWORD, SHORTEST_PASSWORD, Secret};

use uuid::Uuid;

use super::attempts::{Attempt, Attempts};
use super::password::{Caller, Passwords};
use super::{Identified, IdentityError, Method, SECURITY, easy};
use crate::config::tuning::PasswordCost;
use crate::core::{Core, CoreError};
use crate::credentials::invitation;
use crate::rate_limit::{Rate, RateLimit, Wait};
use crate::store::{AccountRow, EndReason, InvitationRow, SignInEffects};

/// Bytes of a password as it is typed, at most: two hundred characters with all their accents apart.
const LONGEST_TYPED: usize = 3_200;
/// Requests of one person to change their password: each costs two hashes where it succeeds.
const CHANGED: Rate = Rate::each(20, 20_000);

/// In which form a password was hashed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Form {
    /// As it is kept.
    Kept,
    /// As it was typed, from before there was one form of it.
    Earlier,
}

/// A request to sign in, admitted from an address.
#[derive(Debug)]
pub struct SignInRequested {
    request: Attempt,
    address: Option<IpAddr>,
}

#[derive(Debug)]
pub struct LocalAccounts {
    core: Arc<Core>,
    passwords: Passwords,
    attempts: Attempts,
    changed: RateLimit<PersonId>,
}

impl LocalAccounts {
    pub fn new(core: Arc<Core>, cost: PasswordCost) -> LocalAccounts {
        LocalAccounts {
            passwords: Passwords::new(cost, core.random.as_ref()),
            attempts: Attempts::default(),
            changed: RateLimit::default(),
            core,
        }
    }

    /// Takes a guess at a code from an address, or refuses one that has none left: asked before what it says is read.
    pub fn attempt(&self, address: Option<IpAddr>) -> Result<Attempt, IdentityError> {
        self.attempts.of_network(address, self.core.now())
    }

    /// Takes a request to sign in from an address: asked before what it says is read.
    pub fn sign_in_request(&self, address: Option<IpAddr>) -> Result<SignInRequested, IdentityError> {
        let request = self.attempts.of_requests(address, self.core.now())?;
        Ok(SignInRequested { request, address })
    }

    /// The person that an invitation is for.
    pub async fn invitation(
        &self,
        request: &InvitationRequest,
        attempt: Attempt,
    ) -> Result<InvitationAnswer, IdentityError> {
        let (row, account) = self.invited(&request.code, attempt).await?;
        let directory = self.core.directory();
        let card = directory
            .memberships_of(row.person)
            .iter()
            .filter_map(|membership| directory.card(*membership))
            .find(|card| !card.ended);
        Ok(InvitationAnswer {
            login: account.login,
            name: card
                .as_ref()
                .map(|card| card.profile.name.full())
                .unwrap_or_default(),
            organisation: card.map(|card| card.organisation_name).unwrap_or_default(),
            expires: row.expires_at,
            reset: account.password.is_some(),
        })
    }

    async fn invited(
        &self,
        code: &Secret,
        mut attempt: Attempt,
    ) -> Result<(InvitationRow, AccountRow), IdentityError> {
        attempt.try_it();
        let now = self.core.now();
        let hash = invitation::hash(&self.core.vouching, code);
        let row = self.core.store.invitation(&hash).await?;
        let row = row
            .filter(|row| row.used_at.is_none())
            .ok_or(ErrorCode::InvitationUnknown)?;
        let account = self.core.store.account(row.person).await?;
        let account = account
            .filter(|account| account.ended_at.is_none())
            .ok_or(ErrorCode::InvitationUnknown)?;
        // A code that is known was not guessed.
        attempt.succeeded();
        if now >= row.expires_at {
            return Err(ErrorCode::InvitationExpired.into());
        }
        Ok((row, account))
    }

    /// Identifies the person that the invitation is for. Their session is to begin with the new password, and to end all others of theirs.
    pub async fn accept(
        &self,
        code: &Secret,
        password: &Secret,
        attempt: Attempt,
    ) -> Result<Identified, IdentityError> {
        let password = kept(password)?;
        let (row, account) = self.invited(code, attempt).await?;
        if self.is_easy(&password, &account) {
            return Err(ErrorCode::PasswordTooEasy.into());
        }
        let salt = platform::bytes(self.core.random.as_ref());
        let effects = SignInEffects {
            verified: None,
            invitation: Some(row.hash),
            password: Some(self.passwords.hash(password, salt).await?),
            ends_others: Some(EndReason::PasswordChanged),
        };
        Ok(Identified::new(row.person, Method::Invitation, effects))
    }

    /// Identifies somebody who is signed in on a device by their password, which is to become another, and all other sessions of
    /// theirs to end.
    pub async fn change_password(
        &self,
        (person, device): (PersonId, DeviceId),
        current: &Secret,
        password: &Secret,
        address: Option<IpAddr>,
    ) -> Result<Identified, IdentityError> {
        let now = self.core.now();
        let asked = self.changed.take(&[(person, CHANGED)], 1, now);
        asked.map_err(|Wait(seconds)| IdentityError::Wait { seconds })?;
        let password = kept(password)?;
        let account = self.core.store.account(person).await?;
        let account = account.filter(|account| account.ended_at.is_none());
        let account = account.ok_or(ErrorCode::SessionEnded)?;
        // Asked first: the answer says nothing about the current password to somebody who guesses at it.
        if self.is_easy(&password, &account) {
            return Err(ErrorCode::PasswordTooEasy.into());
        }
        // The device is one that the account has signed in on, and shares its attempts at signing in.
        let mut attempt = self.attempts.of_known_device(&account.login, device, now)?;
        attempt.try_it();
        let right = match current.0.len() {
            0..=LONGEST_TYPED => {
                self.verify(Caller::Known, current, account.password.as_deref())
                    .await?
            }
            _ => None,
        };
        if right.is_none() {
            tracing::info!(target: SECURITY, event = "password_change_failed", %person, %device, from = address.map(tracing::field::display), "the password given for changing it is wrong");
            return Err(ErrorCode::WrongPassword.into());
        }
        attempt.succeeded();
        let salt = platform::bytes(self.core.random.as_ref());
        let effects = SignInEffects {
            verified: account.password,
            invitation: None,
            password: Some(self.passwords.hash(password, salt).await?),
            ends_others: Some(EndReason::PasswordChanged),
        };
        Ok(Identified::new(person, Method::Password, effects))
    }

    fn is_easy(&self, password: &Secret, account: &AccountRow) -> bool {
        let directory = self.core.directory();
        let cards = directory.memberships_of(account.person).iter();
        let mut about = vec![account.login.clone()];
        for card in cards.filter_map(|membership| directory.card(*membership)) {
            about.extend([card.profile.name.full(), card.organisation_name, card.unit_name]);
        }
        let about: Vec<&str> = about.iter().map(String::as_str).collect();
        easy::is_easy(password, &about)
    }

    /// Whose login and password these are, said on a device.
    pub async fn sign_in(
        &self,
        login: &str,
        password: &Secret,
        device: DeviceId,
        requested: SignInRequested,
    ) -> Result<Identified, IdentityError> {
        let SignInRequested { mut request, address } = requested;
        request.try_it();
        if password.0.len() > LONGEST_TYPED {
            return Err(ErrorCode::WrongPassword.into());
        }
        let logins = matching::forms_of_login(login);
        let account = self.account_of(&logins).await?;
        // Asked for an unknown account, too, so that both take as long.
        let person = account
            .as_ref()
            .map_or(PersonId(Uuid::nil()), |account| account.person);
        let is_known = self.core.store.is_device_of(person, device).await?;
        let account = account.filter(|account| account.ended_at.is_none());
        let (counted, now) = (logins.first().map_or("", String::as_str), self.core.now());
        let (caller, mut attempt) = if is_known {
            let attempt = self.attempts.of_known_device(counted, device, now)?;
            (Caller::Known, attempt)
        } else {
            (Caller::Unknown, self.attempts.of_account(counted, address, now)?)
        };
        attempt.try_it();
        let hash = account.as_ref().and_then(|account| account.password.clone());
        // An unknown account costs what a known one does.
        let right = self.verify(caller, password, hash.as_deref()).await?;
        let whose = account.as_ref().map(|account| account.person);
        let (Some(account), Some(form)) = (account, right) else {
            let whose = whose.map(tracing::field::display);
            tracing::info!(target: SECURITY, event = "sign_in_failed", person = whose, device = %device, from = address.map(tracing::field::display), "a sign-in failed");
            return Err(ErrorCode::WrongPassword.into());
        };
        request.succeeded();
        attempt.succeeded();
        let mut verified = hash;
        if let (Form::Earlier, Some(hash)) = (form, &verified) {
            match self.hash_anew(account.person, hash, password).await {
                Ok(Some(hash)) => verified = Some(hash),
                Ok(None) => verified = Some(self.verified_anew(caller, account.person, password).await?),
                // Where it cannot be done now, it is at the next sign-in.
                Err(_) => tracing::warn!(person = %account.person, "a password could not be hashed anew"),
            }
        }
        let effects = SignInEffects {
            verified,
            ..SignInEffects::default()
        };
        Ok(Identified::new(account.person, Method::Password, effects))
    }

    /// The account of the first of these forms of a login that one has.
    async fn account_of(&self, logins: &[String]) -> Result<Option<AccountRow>, CoreError> {
        for login in logins {
            if let Some(account) = self.core.store.account_by_login(login).await? {
                return Ok(Some(account));
            }
        }
        Ok(None)
    }

    /// In which form the password is right, if it is. Which forms are tried depends on what was typed alone.
    async fn verify(
        &self,
        caller: Caller,
        typed: &Secret,
        hash: Option<&str>,
    ) -> Result<Option<Form>, IdentityError> {
        let mut tried = Form::Kept;
        for form in matching::forms_of_password(&typed.0) {
            let hash = hash.map(str::to_owned);
            if self.passwords.verify(caller, Secret(form), hash).await? {
                return Ok(Some(tried));
            }
            tried = Form::Earlier;
        }
        Ok(None)
    }

    /// The hash of a right password where another request wrote one meanwhile: a sign-in the same, a change of the password another.
    async fn verified_anew(
        &self,
        caller: Caller,
        person: PersonId,
        typed: &Secret,
    ) -> Result<String, IdentityError> {
        let account = self.core.store.account(person).await?;
        let hash = account.and_then(|account| account.password);
        let right = self.verify(caller, typed, hash.as_deref()).await?;
        Ok(hash.filter(|_| right.is_some()).ok_or(ErrorCode::WrongPassword)?)
    }

    /// Keeps the password in the form in which it is compared now; `None` if it was changed meanwhile, else its hash.
    async fn hash_anew(
        &self,
        person: PersonId,
        before: &str,
        typed: &Secret,
    ) -> Result<Option<String>, IdentityError> {
        let salt = platform::bytes(self.core.random.as_ref());
        let password = Secret(matching::password(&typed.0));
        let hash = self.passwords.hash(password, salt).await?;
        let changed = self.core.store.change_password(person, before, &hash).await?;
        Ok(changed.then_some(hash))
    }
}

/// A password that is chosen, in the form in which it is kept.
fn kept(typed: &Secret) -> Result<Secret, ErrorCode> {
    if typed.0.len() > LONGEST_TYPED {
        return Err(ErrorCode::PasswordTooLong);
    }
    let password = Secret(matching::password(&typed.0));
    match password.0.chars().count() {
        0..SHORTEST_PASSWORD => Err(ErrorCode::PasswordTooShort),
        SHORTEST_PASSWORD..=LONGEST_PASSWORD => Ok(password),
        _ => Err(ErrorCode::PasswordTooLong),
    }
}
