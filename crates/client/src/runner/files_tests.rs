//! The tasks of files: their pauses, and what ends them.

use std::pin::Pin;
use std::task::{Context, Waker};

use conversation::Attachment;
use protocol::error::ErrorCode;
use sha2::Digest as _;

use super::*;
use crate::api::request::ApiRequest;
use crate::api::view::{AttachTo, Draft};
use crate::cache::Cache as _;
use crate::cache::conformance::{WOUND, file_id};
use crate::ports::Failure;
use crate::runner::following_tests::TestTimer;
use crate::runner::send_once;
use crate::testing::files::FileRequest;
use crate::testing::{ANNA, Device, KARIM, Scripted, now};

const PDF: &[u8] = b"%PDF-1.7 verwijzing";

type Task<F> = fn(Arc<Engine>, Arc<dyn Connector>, Arc<dyn Timer>) -> F;

/// One of the tasks, and all that it needs.
struct Running {
    engine: Arc<Engine>,
    cache: crate::cache::memory::MemoryCache,
    clock: Arc<platform::ManualClock>,
    server: Arc<Scripted>,
    timer: Arc<TestTimer>,
    task: Pin<Box<dyn Future<Output = ()>>>,
}

impl Running {
    fn of<F: Future<Output = ()> + 'static>(device: Device, server: Arc<Scripted>, task: Task<F>) -> Running {
        let engine = Arc::new(device.engine);
        let timer = Arc::new(TestTimer::default());
        let task = task(engine.clone(), Arc::new(server.clone()), timer.clone());
        let mut running = Running {
            engine,
            cache: device.cache,
            clock: device.clock,
            server,
            timer,
            task: Box::pin(task),
        };
        running.go_on();
        running
    }

    /// As far as it goes by itself.
    fn go_on(&mut self) {
        let mut context = Context::from_waker(Waker::noop());
        assert!(self.task.as_mut().poll(&mut context).is_pending());
    }

    fn after(&mut self, milliseconds: u64) {
        self.clock.advance(i64::try_from(milliseconds).unwrap());
        self.timer.advance(Duration::from_millis(milliseconds));
        self.go_on();
    }

    fn is_here(&self) -> bool {
        now(self.cache.file(file_id(3))).unwrap().unwrap().whole
    }
}

fn server() -> Arc<Scripted> {
    Arc::new(Scripted::answering(|_| Err(Failure::Unreachable)))
}

/// Anna wrote to Karim, who is of another organisation, with a letter.
fn written(server: &Arc<Scripted>) -> Device {
    let device = Device::of_anna();
    device.sign_in(server, ANNA);
    device.accepted(WOUND, 4, KARIM, "Stuurt u de brief?", vec![]);
    let conversation = WOUND;
    let to = AttachTo::Conversation { conversation };
    device.attach(to, "brief.pdf", PDF).unwrap();
    let draft = Draft {
        text: "Zie de brief".into(),
        ..Draft::default()
    };
    device
        .ask::<()>(ApiRequest::SaveDraft { conversation, draft })
        .unwrap();
    device.ask::<()>(ApiRequest::Send { conversation }).unwrap();
    device
}

// W3
#[test]
fn a_message_leaves_by_itself_when_its_time_is_over_also_without_a_window() {
    let server = server();
    let mut running = Running::of(written(&server), server, super::send_up);
    running.after(9_999);
    assert!(running.server.files.is_empty());
    running.after(1);
    assert!(!running.server.files.is_empty());
    assert!(
        now(send_once(&running.engine, &running.server)).is_err(),
        "it was sent, to a server that is away"
    );
}

// F2
#[test]
fn an_upload_pauses_while_there_is_no_network_and_goes_on_with_it() {
    let server = server();
    server.files.cut_off(true);
    let mut running = Running::of(written(&server), server, super::send_up);
    running.after(10_000);
    for _ in 0..9 {
        running.after(60_000);
    }
    assert_eq!(running.server.files.came(), []);
    running.server.files.cut_off(false);
    running.after(60_000);
    assert_eq!(running.server.files.came().len(), 2, "begun, and sent");
    // Nothing more is asked, however long.
    running.after(3_600_000);
    assert_eq!(running.server.files.came(), []);
}

// F2, F3
#[test]
fn files_come_when_a_message_lists_them_and_again_when_the_scanner_is_done() {
    let server = server();
    let device = Device::of_anna();
    device.sign_in(&server, ANNA);
    server.files.put(file_id(3), PDF);
    server.files.fail_next(Failure::Server {
        code: ErrorCode::AttachmentNotChecked,
        retry_after: Some(30),
    });
    let letter = Attachment {
        id: file_id(3),
        name: "brief.pdf".into(),
        media_type: "application/pdf".into(),
        size: PDF.len() as u64,
        sha256: conversation::Sha256(sha2::Sha256::digest(PDF).into()),
        picture: None,
        preview: None,
    };
    device.accepted(WOUND, 5, KARIM, "Zie de brief", vec![letter]);
    let mut running = Running::of(device, server, super::bring_in);
    assert_eq!(
        running.server.files.came(),
        [FileRequest::Download(file_id(3), 0)]
    );
    running.after(29_000);
    assert!(!running.is_here());
    running.after(31_000);
    assert!(running.is_here());
}
