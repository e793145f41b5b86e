use std::fs;

use conversation::refusal::Language;
use serde_json::json;

use super::*;
use crate::api::request::SettingValue;
use crate::keychain::MemoryKeychain;
use crate::model::AttachmentFault;
use crate::model::Theme;
use crate::model::settings::{Layer, PolicyEntries, PolicyFault, SETTINGS, SettingFault, Source};
use crate::opening::DATABASE;
use crate::ports::{BadAddress, Failure, Transport};
use crate::testing::{NoServer, Scripted};
use platform::{SystemClock, SystemRandom};

/// A profile whose program is started and ended.
struct Profile {
    folder: tempfile::TempDir,
    keychain: MemoryKeychain,
    policy: Arc<Written>,
}

/// A policy that a test writes.
#[derive(Debug)]
struct Written(Mutex<Result<PolicyEntries, PolicyFault>>);

impl Written {
    fn write(&self, policy: &[(&str, Value)]) {
        let entries = policy
            .iter()
            .map(|(key, value)| ((*key).to_owned(), value.clone()));
        *self.0.lock().unwrap() = Ok(PolicyEntries::of_machine(entries.collect(), Layer::new()));
    }

    fn recommend(&self, recommended: Layer) {
        *self.0.lock().unwrap() = Ok(PolicyEntries::of_machine(Layer::new(), recommended));
    }

    fn fails(&self, fault: PolicyFault) {
        *self.0.lock().unwrap() = Err(fault);
    }
}

impl PolicySource for Written {
    fn read(&self) -> Result<PolicyEntries, PolicyFault> {
        self.0.lock().unwrap().clone()
    }
}

impl Profile {
    fn new() -> Profile {
        Profile {
            folder: tempfile::tempdir().unwrap(),
            keychain: MemoryKeychain::default(),
            policy: Arc::new(Written(Mutex::new(Ok(PolicyEntries::default())))),
        }
    }

    async fn start(&self) -> Client {
        self.start_with(Arc::new(NoServer)).await
    }

    async fn start_with(&self, connector: Arc<dyn Connector>) -> Client {
        let platform = Platform {
            keychain: Arc::new(self.keychain.clone()),
            clock: Arc::new(SystemClock),
            random: Arc::new(SystemRandom),
            connector,
            policy: self.policy.clone(),
        };
        let place = Place {
            folder: self.folder.path().to_owned(),
            profile: "anna".to_owned(),
        };
        Client::open(place, platform).await
    }

    fn damage_cache(&self) {
        fs::write(self.folder.path().join(DATABASE), [7; 8192]).unwrap();
    }
}

async fn settings(client: &Client) -> Settings {
    let answer = client.answer(ApiRequest::Settings {}).await.unwrap();
    serde_json::from_value(answer).unwrap()
}

async fn set(client: &Client, key: &str, value: Value) -> Result<Settings, ApiError> {
    let set = ApiRequest::SetSetting {
        key: key.to_owned(),
        value: SettingValue(value),
    };
    let answer = client.answer(set).await?;
    Ok(serde_json::from_value(answer).unwrap())
}

// U1, F4
#[tokio::test]
async fn language_and_theme_are_those_that_were_chosen_while_the_cache_is_shut() {
    let profile = Profile::new();
    let client = profile.start().await;
    set(&client, "appearance.language", json!("en")).await.unwrap();
    set(&client, "appearance.theme", json!("dark")).await.unwrap();
    client.close().await;
    profile.damage_cache();
    let client = profile.start().await;
    let session = client.answer(ApiRequest::Session {}).await.unwrap();
    assert_eq!(session["session"], "closed");
    let shown = settings(&client).await;
    assert_eq!(shown.theme.value, Theme::Dark);
    assert_eq!(serde_json::to_value(shown.language.value).unwrap(), "en");
    // One can be chosen meanwhile, but for those of the account.
    let chosen = set(&client, "appearance.language", json!("nl")).await.unwrap();
    assert_eq!(serde_json::to_value(chosen.language.value).unwrap(), "nl");
    let refused = set(&client, "overview.order", json!("subject")).await;
    assert!(matches!(refused, Err(ApiError::Closed { .. })), "{refused:?}");
    // And they stay when the cache is set aside.
    client.answer(ApiRequest::Quarantine {}).await.unwrap();
    assert_eq!(settings(&client).await, chosen);
    client.close().await;
}

// U1
#[tokio::test]
async fn language_and_theme_are_kept_before_anybody_signed_in() {
    let profile = Profile::new();
    let client = profile.start().await;
    let session = client.answer(ApiRequest::Session {}).await.unwrap();
    assert_eq!(session["session"], "signed_out");
    let chosen = set(&client, "appearance.theme", json!("light")).await.unwrap();
    client.close().await;
    let client = profile.start().await;
    assert_eq!(client.device_settings().current(), chosen);
    assert_eq!(settings(&client).await, chosen);
    client.close().await;
}

#[tokio::test]
async fn windows_that_change_settings_at_once_overwrite_nothing_of_each_other() {
    let profile = Profile::new();
    let client = Arc::new(profile.start().await);
    let mut stale = client.subscribe();
    let changes = [
        ("appearance.theme", json!("dark")),
        ("appearance.zoom", json!(125)),
        ("writing.enter_breaks", json!(true)),
        ("notifications.silent", json!(true)),
        ("program.keep_running", json!(false)),
    ];
    let windows: Vec<_> = changes
        .iter()
        .cloned()
        .map(|(key, value)| {
            let client = client.clone();
            tokio::spawn(async move { set(&client, key, value).await.unwrap() })
        })
        .collect();
    for window in windows {
        window.await.unwrap();
    }
    let now = serde_json::to_value(settings(&client).await).unwrap();
    for (key, value) in &changes {
        assert_eq!(now[key]["value"], *value, "{key}");
    }
    let mut notices = Vec::new();
    while let Ok(stale) = stale.try_recv() {
        notices.extend(stale);
    }
    notices.retain(|notice| *notice == Invalidated::Settings);
    assert_eq!(notices.len(), changes.len());
    client.close().await;
}

// N1
#[tokio::test]
async fn a_setting_that_the_organisation_decides_cannot_be_changed() {
    let profile = Profile::new();
    profile
        .policy
        .write(&[("notifications.detail", json!("nothing"))]);
    let client = profile.start().await;
    let before = settings(&client).await;
    assert_eq!(before.notification_detail.source, Source::MachinePolicy);
    let refused = set(&client, "notifications.detail", json!("who_and_what")).await;
    let fault = SettingFault::Forced;
    assert_eq!(refused.unwrap_err(), ApiError::Setting { fault });
    assert_eq!(settings(&client).await, before);
    client.close().await;
    profile.policy.write(&[]);
    let client = profile.start().await;
    assert_eq!(
        settings(&client).await,
        Settings::default(),
        "no trace is left of it"
    );
    client.close().await;
}

/// Another value of a setting than its default.
fn another(default: &Value) -> Value {
    match default {
        Value::Bool(on) => json!(!on),
        Value::Number(_) => json!(7),
        Value::String(word) if word == "nl" => json!("en"),
        Value::String(word) if word == "system" => json!("none"),
        Value::String(_) => json!("nothing"),
        Value::Array(_) => json!(["pdf"]),
        other => panic!("no other value of {other}"),
    }
}

async fn status(client: &Client) -> PolicyStatus {
    asked(client, ApiRequest::PolicyStatus {}).await
}

/// A user had chosen values before the policy came.
// N1
#[tokio::test]
async fn a_policy_that_goes_leaves_the_choice_of_before_and_no_trace_in_the_file() {
    let profile = Profile::new();
    let client = profile.start().await;
    let mut invalidated = client.subscribe();
    let forcible = || {
        SETTINGS
            .iter()
            .filter(|one| one.may_be_forced && one.scope == Scope::Device)
    };
    for one in forcible() {
        set(&client, one.key, another(&one.default())).await.unwrap();
    }
    let chosen = settings(&client).await;
    let file = profile.folder.path().join("desk.json");
    let before = fs::read(&file).unwrap();
    while invalidated.try_recv().is_ok() {}

    let policy: Vec<_> = SETTINGS
        .iter()
        .filter(|one| one.may_be_forced)
        .map(|one| (one.key, one.default()))
        .collect();
    profile.policy.write(&policy);
    client.look_at_policy().await;
    assert_eq!(invalidated.try_recv().unwrap(), [Invalidated::Settings]);
    client.look_at_policy().await;
    assert!(invalidated.try_recv().is_err(), "it is the same");
    let now = serde_json::to_value(settings(&client).await).unwrap();
    for (key, value) in &policy {
        assert_eq!(
            now[key],
            json!({ "value": value, "source": "machine_policy" }),
            "{key}"
        );
        let forced = Err(ApiError::Setting {
            fault: SettingFault::Forced,
        });
        assert_eq!(set(&client, key, another(value)).await, forced, "{key}");
        let key = (*key).to_owned();
        let reset = client.answer(ApiRequest::ResetSetting { key }).await;
        assert_eq!(reset.map(|_| ()), forced.clone().map(|_| ()));
    }
    assert_eq!(fs::read(&file).unwrap(), before);

    profile.policy.write(&[]);
    client.look_at_policy().await;
    assert_eq!(settings(&client).await, chosen);
    assert_eq!(fs::read(&file).unwrap(), before);
    client.close().await;
}

// N1
#[tokio::test]
async fn a_policy_that_cannot_be_read_leaves_the_last_good_one_in_effect_and_is_reported() {
    let profile = Profile::new();
    profile.policy.fails(PolicyFault::NotJson);
    let client = profile.start().await;
    assert_eq!(status(&client).await.fault, Some(PolicyFault::NotJson));
    assert_eq!(
        settings(&client).await,
        Settings::default(),
        "there was none before"
    );
    profile.policy.write(&[
        ("notifications.silent", json!(true)),
        ("notifications.detail", json!("everything")),
        ("appearance.theme", json!("dark")),
    ]);
    client.look_at_policy().await;
    let good = status(&client).await;
    assert_eq!((good.forced, good.unknown, good.not_forcible), (1, 1, 1));
    assert_eq!(good.fault, None);
    profile.policy.fails(PolicyFault::Untrusted);
    client.look_at_policy().await;
    let fault = Some(PolicyFault::Untrusted);
    assert_eq!(status(&client).await, PolicyStatus { fault, ..good });
    assert_eq!(settings(&client).await.silent.source, Source::MachinePolicy);
    client.close().await;
}

// I4
#[tokio::test]
async fn a_recommended_value_holds_until_the_user_chooses_and_again_when_they_take_it_back() {
    let profile = Profile::new();
    let layer = json!({ "appearance.language": "en", "notifications.silent": true });
    profile.policy.recommend(layer.as_object().cloned().unwrap());
    let client = profile.start().await;
    let before = settings(&client).await;
    assert_eq!(before.language.value, Language::En);
    assert_eq!(before.language.source, Source::MachineRecommended);
    let after = set(&client, "appearance.language", json!("nl")).await.unwrap();
    assert_eq!(after.language.value, Language::Nl);
    assert_eq!(after.language.source, Source::Device);
    assert_eq!(after.silent.source, Source::MachineRecommended);
    let key = "appearance.language".to_owned();
    client.answer(ApiRequest::ResetSetting { key }).await.unwrap();
    assert_eq!(settings(&client).await, before);
    client.close().await;
}

/// Servers that can be found under any address, and never answer.
#[derive(Debug)]
struct Everywhere;

impl Connector for Everywhere {
    fn connect(&self, address: &str) -> Result<(String, Arc<dyn Transport>), BadAddress> {
        let server = Scripted::answering(|_| Err(Failure::Unreachable));
        Ok((address.to_lowercase(), Arc::new(server)))
    }
}

/// Also by an invitation, which names its server.
// I4
#[tokio::test]
async fn no_other_server_than_the_one_of_the_organisation_is_asked() {
    let profile = Profile::new();
    let client = profile.start_with(Arc::new(Everywhere)).await;
    let (code, password, login) = (
        "A".to_owned(),
        "secret".to_owned(),
        "anna@wijk.example".to_owned(),
    );
    let requests = |server: &str| {
        let server = server.to_owned();
        [
            ApiRequest::SignIn {
                server: server.clone(),
                login: login.clone(),
                password: password.clone(),
            },
            ApiRequest::Accept {
                server: server.clone(),
                code: code.clone(),
                password: password.clone(),
            },
            ApiRequest::Invitation {
                server,
                code: code.clone(),
            },
        ]
    };
    let only = [("servers.address", json!("OVERLEG.wijk.example"))];
    profile.policy.write(&only);
    client.look_at_policy().await;
    for request in requests("elders.example") {
        assert_eq!(client.answer(request).await, Err(ApiError::ByOrganisation));
    }
    for request in requests("overleg.wijk.example") {
        assert_eq!(client.answer(request).await, Err(ApiError::Unreachable));
    }
    // One that is recommended may be left.
    let [(key, value)] = only;
    profile
        .policy
        .recommend(Layer::from_iter([(key.to_owned(), value)]));
    client.look_at_policy().await;
    for request in requests("elders.example") {
        assert_eq!(client.answer(request).await, Err(ApiError::Unreachable));
    }
    client.close().await;
}

// I4, F1
#[tokio::test]
async fn a_file_leaves_overleg_only_as_the_organisation_allows() {
    let profile = Profile::new();
    let client = profile.start().await;
    let id = AttachmentId(uuid::Uuid::from_u128(7));
    let place = profile.folder.path().join("brief.pdf");
    let missing = Err(ApiError::Attachment {
        fault: AttachmentFault::NotAllowed,
    });
    assert_eq!(client.save_attachment(id, place.clone()).await, missing);
    assert_eq!(client.open_attachment(id).await.map(|_| ()), missing);
    profile.policy.write(&[("files.save", json!(false))]);
    client.look_at_policy().await;
    assert_eq!(
        client.save_attachment(id, place.clone()).await,
        Err(ApiError::ByOrganisation)
    );
    assert_eq!(client.open_attachment(id).await.map(|_| ()), missing);
    profile.policy.write(&[("files.open", json!(false))]);
    client.look_at_policy().await;
    assert_eq!(client.save_attachment(id, place).await, missing);
    assert_eq!(
        client.open_attachment(id).await.map(|_| ()),
        Err(ApiError::ByOrganisation)
    );
    client.close().await;
}

// N1, F4
#[tokio::test]
async fn a_policy_is_known_and_followed_while_the_cache_is_shut() {
    let profile = Profile::new();
    profile.start().await.close().await;
    profile.damage_cache();
    let client = profile.start().await;
    set(&client, "notifications.silent", json!(false)).await.unwrap();
    profile.policy.write(&[
        ("notifications.silent", json!(true)),
        ("mail.mentioned", json!(false)),
    ]);
    client.look_at_policy().await;
    let shut = settings(&client).await;
    assert!(shut.silent.value && !shut.mail_mentioned.value);
    assert_eq!(shut.mail_mentioned.source, Source::MachinePolicy);
    assert_eq!(status(&client).await.forced, 2);
    client.close().await;
}

#[tokio::test]
async fn a_setting_returns_to_its_default_as_if_nobody_had_chosen() {
    let profile = Profile::new();
    let client = profile.start().await;
    set(&client, "appearance.theme", json!("dark")).await.unwrap();
    set(&client, "appearance.zoom", json!(125)).await.unwrap();
    let reset = |key: &str| {
        let key = key.to_owned();
        client.answer(ApiRequest::ResetSetting { key })
    };
    let mut invalidated = client.subscribe();
    let answered: Settings = serde_json::from_value(reset("appearance.theme").await.unwrap()).unwrap();
    assert_eq!(answered.theme.source, Source::Default);
    assert_eq!(answered.zoom.source, Source::Device);
    assert_eq!(invalidated.try_recv().unwrap(), [Invalidated::Settings]);
    assert_eq!(settings(&client).await, answered);
    let unknown = ApiError::Setting {
        fault: SettingFault::Unknown,
    };
    assert_eq!(reset("appearance.colour").await.unwrap_err(), unknown);
    assert_eq!(reset("overview.order").await.unwrap_err(), ApiError::NotSignedIn);
    client.close().await;
}

/// The bytes are those of a version before the registry: the shell's file, and a value in the cache.
#[tokio::test]
async fn a_profile_of_before_keeps_its_settings() {
    let profile = Profile::new();
    let client = profile.start().await;
    let old = r#"{"language":"en","theme":"dark","enter_breaks":false,"display":{"order":"latest","only":{"organisation":null,"kind":null,"item_type":null,"mentioned":false},"density":"normal","without_preview":false},"telling":"nothing","silent":true}"#;
    let cache = client.open_engine().await.unwrap().cache().clone();
    let put = Change::PutMeta("settings", old.to_owned());
    cache.write(vec![put]).await.unwrap();
    drop(cache);
    client.close().await;
    let file = profile.folder.path().join("desk.json");
    let old = r#"{"settings":{"keep_running":true,"start_at_login":true,"shortcut":true,"zoom":150},"place":null,"explained":false}"#;
    fs::write(&file, old).unwrap();
    profile.start().await.close().await;

    let written: Value = serde_json::from_slice(&fs::read(&file).unwrap()).unwrap();
    let expected = json!({
        "appearance.language": "en",
        "appearance.theme": "dark",
        "appearance.zoom": 150,
        "notifications.detail": "nothing",
        "notifications.silent": true,
        "program.start_at_login": true,
    });
    assert_eq!(written["settings"], expected);
    // From now on they are known without the cache.
    profile.damage_cache();
    let client = profile.start().await;
    assert_eq!(settings(&client).await.theme.value, Theme::Dark);
    client.close().await;
}

async fn asked<T: serde::de::DeserializeOwned>(client: &Client, call: ApiRequest) -> T {
    serde_json::from_value(client.answer(call).await.unwrap()).unwrap()
}

/// All files of a profile, their names and their bytes.
fn all_bytes(folder: &Path) -> Vec<u8> {
    let mut all = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        all.extend(path.to_string_lossy().bytes());
        if path.is_dir() {
            all.extend(all_bytes(&path));
        } else {
            all.extend(fs::read(&path).unwrap());
        }
    }
    all
}

// F1, F2, L5
#[tokio::test]
async fn gathered_files_are_sealed_on_the_disk_and_there_after_a_restart() {
    use std::io::{Read as _, Seek as _, SeekFrom};
    let letter = [&b"%PDF-1.7 decubitus graad twee "[..], &[b'x'; 200_000]].concat();
    let profile = Profile::new();
    let client = profile.start().await;
    let outside = tempfile::tempdir().unwrap();
    let path = outside.path().join("Verwijsbrief.pdf");
    fs::write(&path, &letter).unwrap();
    let taken = client.attach_file(AttachTo::New, &path).await.unwrap();
    let size = 9;
    let (to, name) = (AttachTo::New, "aantekening.txt".to_owned());
    let begun: AttachmentView = asked(&client, ApiRequest::BeginAttach { to, name, size }).await;
    client.attach_bytes(begun.id, 0, b"decu").await.unwrap();
    client.attach_bytes(begun.id, 4, b"bitus").await.unwrap();
    let note: AttachmentView = asked(&client, ApiRequest::EndAttach { id: begun.id }).await;
    client.close().await;
    let on_disk = all_bytes(profile.folder.path());
    for planted in ["decubitus", "Verwijsbrief", "aantekening"] {
        assert!(
            !on_disk
                .windows(planted.len())
                .any(|part| part == planted.as_bytes()),
            "{planted}"
        );
    }
    let stray = profile.folder.path().join("files/ab");
    fs::create_dir_all(&stray).unwrap();
    fs::write(stray.join("cd".repeat(15)), "left over").unwrap();

    let client = profile.start().await;
    assert!(
        !stray.join("cd".repeat(15)).exists(),
        "a file that no row names is swept"
    );
    let gathered: Vec<AttachmentView> = asked(&client, ApiRequest::NewAttachments {}).await;
    assert_eq!(gathered.len(), 2);
    let mut opened = client.attachment(taken.id).await.unwrap();
    assert_eq!(
        (opened.name.as_str(), opened.media_type.as_str()),
        ("Verwijsbrief.pdf", "application/pdf")
    );
    assert!(!format!("{opened:?}").contains("Verwijs"));
    let mut part = [0; 9];
    opened.reader.seek(SeekFrom::Start(9)).unwrap();
    opened.reader.read_exact(&mut part).unwrap();
    assert_eq!(&part, b"decubitus");
    assert_eq!(opened.size, letter.len() as u64);
    asked::<()>(
        &client,
        ApiRequest::Detach {
            to: AttachTo::New,
            id: note.id,
        },
    )
    .await;
    let gone = client.attachment(note.id).await;
    let fault = crate::model::AttachmentFault::NotAllowed;
    assert_eq!(gone.err(), Some(ApiError::Attachment { fault }));
    client.close().await;
    let closed = client.attachment(taken.id).await;
    assert!(matches!(closed, Err(ApiError::Closed { .. })));
}

// F2, F5
#[tokio::test]
async fn a_picture_is_cleaned_and_edited_on_the_disk() {
    let profile = Profile::new();
    let client = profile.start().await;
    let outside = tempfile::tempdir().unwrap();
    let path = outside.path().join("wond.bmp");
    fs::write(&path, crate::testing::files::bitmap(600, 400)).unwrap();
    let taken = client.attach_file(AttachTo::New, &path).await.unwrap();
    let edits = vec![pictures::Edit::Turn(1)];
    let (to, id) = (AttachTo::New, taken.id);
    let turned: AttachmentView = asked(&client, ApiRequest::EditPicture { to, id, edits }).await;
    let size = turned.picture.unwrap();
    assert_eq!((size.width, size.height), (400, 600));
    let preview = client.attachment(turned.preview.unwrap()).await.unwrap();
    assert!(preview.media_type.starts_with("image/") && preview.name.is_empty());
    let count = client.open_engine().await.unwrap().files.names().unwrap().len();
    assert_eq!(count, 2);
    client.close().await;
}

// F1, F4
#[tokio::test]
async fn a_cache_in_quarantine_takes_its_files_along_and_the_new_one_has_none() {
    let profile = Profile::new();
    let client = profile.start().await;
    let (to, name) = (AttachTo::New, "a.txt".to_owned());
    let begun: AttachmentView = asked(&client, ApiRequest::BeginAttach { to, name, size: 1 }).await;
    client.attach_bytes(begun.id, 0, b"a").await.unwrap();
    asked::<AttachmentView>(&client, ApiRequest::EndAttach { id: begun.id }).await;
    client.close().await;
    profile.damage_cache();
    let client = profile.start().await;
    client.answer(ApiRequest::Quarantine {}).await.unwrap();
    let gathered: Vec<AttachmentView> = asked(&client, ApiRequest::NewAttachments {}).await;
    assert!(gathered.is_empty() && !profile.folder.path().join(FOLDER).exists());
    client.close().await;
}
