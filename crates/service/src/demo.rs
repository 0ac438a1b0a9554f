//! What only a demo may ask of the service: to act in somebody's name, to see the library, to keep its clock.

use crate::access::Actor;
use crate::{Service, ServiceError};

impl Service {
    /// The actor behind a username, without a password; refused outside a demo.
    ///
    /// # Errors
    /// `Forbidden` outside a demo, `NotFound` for an unknown username.
    pub async fn actor_for_demo(&self, username: &str) -> Result<Actor, ServiceError> {
        if !self.clock.is_demo() {
            return Err(ServiceError::Forbidden);
        }
        let username = username.to_owned();
        let found = self
            .store
            .read::<_, ServiceError>(Box::new(move |rows| {
                Box::pin(async move {
                    let Some(account) = rows.account_by_username(&username).await? else { return Ok(None) };
                    let organisation = match &account.organisation_id {
                        Some(id) => rows.organisation(id).await?,
                        None => None,
                    };
                    Ok(Some((account, organisation)))
                })
            }))
            .await?;
        let (account, organisation) = found.ok_or(ServiceError::NotFound)?;
        crate::identity::actor_of(&account, organisation)
    }

    /// A named value of the installation.
    ///
    /// # Errors
    /// When the store does not answer.
    pub async fn setting(&self, key: &str) -> Result<Option<String>, ServiceError> {
        let key = key.to_owned();
        self.store
            .read::<_, ServiceError>(Box::new(move |rows| {
                Box::pin(async move { Ok(rows.setting(&key).await?) })
            }))
            .await
    }

    /// Sets a named value of the installation.
    ///
    /// # Errors
    /// When the store does not answer.
    pub async fn set_setting(&self, key: &str, value: &str) -> Result<(), ServiceError> {
        let (key, value) = (key.to_owned(), value.to_owned());
        self.store
            .act::<_, ServiceError>(Box::new(move |rows| {
                Box::pin(async move { Ok(rows.set_setting(&key, &value).await?) })
            }))
            .await
    }
}
