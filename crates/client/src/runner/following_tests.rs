//! Following the server through proxies that hold back, cut and answer in its place: by a time that goes on only when all wait.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use bytes::Bytes;
use conversation::organisation::Availability;
use conversation::{
    AttachmentId, ConversationId, Head, ItemId, MembershipId, Seq, SeqRange, Shape, Timestamp,
};
use futures_util::future::BoxFuture;
use futures_util::stream::{self, StreamExt as _};
use protocol::commands::{CommandsAnswer, CommandsRequest, Receipt};
use protocol::directory::{DirectoryAnswer, Findability};
use protocol::items::{ItemAnswer, ItemsAnswer};
use protocol::session::{
    AcceptRequest, ChangePasswordRequest, EndSessionRequest, InvitationAnswer, InvitationRequest,
    RefreshRequest, Secret, SessionAnswer, SessionsAnswer, SignInRequest, SignedOutRequest,
};
use protocol::sync::{
    AccessVersion, Anchor, ConversationHead, Frame, HistoryAnswer, Mode, SyncRequest, WatchAnswer,
    WatchRequest,
};
use tokio::sync::oneshot;
use trail::Digest;
use uuid::Uuid;

use super::{Runner, Timer};
use crate::engine::Engine;
use crate::model::Connection;
use crate::ports::{Answer, BadAddress, Connector, Failure, Frames, NewUpload, Obstacle, Transport};
use crate::testing::{ANNA, Device, KARIM, Scripted, person};

const NOON: Timestamp = Timestamp(1_760_000_000_000);
const WOUND: ConversationId = ConversationId(Uuid::from_u128(0x70));

/// The scripted answer to a request to follow: frames, each so many seconds after the one before, and how it
/// ends.
#[derive(Clone)]
struct Followed {
    /// Until the head, in seconds; `None` where it never comes.
    head: Option<u64>,
    frames: Vec<(u64, Frame)>,
    end: Ends,
}

#[derive(Clone, Copy)]
enum Ends {
    Never,
    Closed,
    /// Before the head, in the place of an answer.
    Refused(Failure),
}

fn held() -> Followed {
    Followed {
        head: None,
        frames: Vec::new(),
        end: Ends::Never,
    }
}

fn refused(after: u64, failure: Failure) -> Followed {
    Followed {
        head: Some(after),
        frames: Vec::new(),
        end: Ends::Refused(failure),
    }
}

fn hello() -> Frame {
    Frame::Hello {
        person: person(ANNA),
        memberships: vec![ANNA],
        epoch: 1,
        protocol: protocol::VERSION,
        oldest: protocol::OLDEST,
        now: NOON,
    }
}

fn current() -> Frame {
    Frame::Current { at: NOON }
}

fn beat(seconds: i64) -> Frame {
    Frame::Heartbeat {
        at: NOON.plus(seconds * Timestamp::SECOND),
    }
}

/// A stream that says what there is and goes on with these.
fn streaming(after: impl IntoIterator<Item = (u64, Frame)>) -> Followed {
    let begin = [(0, hello()), (0, current())];
    Followed {
        head: Some(0),
        frames: begin.into_iter().chain(after).collect(),
        end: Ends::Never,
    }
}

/// An answer that comes whole, after so many seconds, and closes.
fn polled(after: u64) -> Followed {
    Followed {
        head: Some(after),
        end: Ends::Closed,
        ..streaming([])
    }
}

/// Time goes on to the next moment that somebody sleeps until, when nobody has anything to do before.
#[derive(Debug, Default)]
pub(super) struct TestTimer {
    now: Mutex<Duration>,
    /// In the order in which they wake, and of those that wake together in which they fell asleep.
    sleeping: Mutex<BTreeMap<(Duration, usize), oneshot::Sender<()>>>,
}

impl Timer for TestTimer {
    fn now(&self) -> Duration {
        *self.now.lock().unwrap()
    }

    fn sleep(&self, time: Duration) -> BoxFuture<'static, ()> {
        let (wake, woken) = oneshot::channel();
        let until = self.now() + time;
        let mut sleeping = self.sleeping.lock().unwrap();
        let after = sleeping.range((until, 0)..=(until, usize::MAX)).next_back();
        let place = after.map_or(0, |((_, place), _)| place + 1);
        sleeping.insert((until, place), wake);
        drop(sleeping);
        Box::pin(async move {
            let _woken = woken.await;
        })
    }
}

impl TestTimer {
    /// Wakes all whose time has come after this one, without waiting for them.
    pub(super) fn advance(&self, time: Duration) {
        let end = self.now() + time;
        *self.now.lock().unwrap() = end;
        let mut sleeping = self.sleeping.lock().unwrap();
        let later = sleeping.split_off(&(end, usize::MAX));
        for (_, wake) in std::mem::replace(&mut *sleeping, later) {
            let _gone = wake.send(());
        }
    }

    async fn pass(&self, time: Duration) {
        let end = self.now() + time;
        loop {
            // Everyone who has anything to do does it: there is one thread, and what waits goes to the end of its queue.
            for _ in 0..300 {
                tokio::task::yield_now().await;
            }
            let next = self.sleeping.lock().unwrap().pop_first();
            match next {
                Some(((until, _), wake)) if until <= end => {
                    *self.now.lock().unwrap() = until;
                    // A sleeping task may have been woken by something else.
                    let _gone = wake.send(());
                }
                Some((until, wake)) => {
                    self.sleeping.lock().unwrap().insert(until, wake);
                    *self.now.lock().unwrap() = end;
                    return;
                }
                None => return,
            }
        }
    }
}

/// A network with something in it. Requests that are no following are held for ever.
struct Network {
    timer: Arc<TestTimer>,
    follow: Box<dyn Fn(Mode) -> Followed + Send + Sync>,
    /// By which way, and after how many seconds.
    asked: Mutex<Vec<(Mode, u64)>>,
}

impl std::fmt::Debug for Network {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Network")
    }
}

fn never<'a, T: Send + 'a>() -> Answer<'a, T> {
    Box::pin(std::future::pending())
}

impl Transport for Network {
    fn sync<'a>(&'a self, _: &'a Secret, request: &'a SyncRequest) -> Answer<'a, Frames> {
        let mode = request.mode;
        let timer = self.timer.clone();
        self.asked.lock().unwrap().push((mode, timer.now().as_secs()));
        let Followed { head, frames, end } = (self.follow)(mode);
        Box::pin(async move {
            match head {
                Some(seconds) => timer.sleep(Duration::from_secs(seconds)).await,
                None => std::future::pending().await,
            }
            if let Ends::Refused(failure) = end {
                return Err(failure);
            }
            let frames = stream::iter(frames).then(move |(seconds, frame)| {
                let timer = timer.clone();
                async move {
                    if seconds > 0 {
                        timer.sleep(Duration::from_secs(seconds)).await;
                    }
                    Ok(frame)
                }
            });
            Ok(match end {
                Ends::Closed => frames.boxed(),
                _ => frames.chain(stream::pending()).boxed(),
            })
        })
    }

    fn commands<'a>(&'a self, _: &'a Secret, _: &'a CommandsRequest) -> Answer<'a, CommandsAnswer> {
        never()
    }

    fn history<'a>(&'a self, _: &'a Secret, _: ConversationId, _: SeqRange) -> Answer<'a, HistoryAnswer> {
        never()
    }

    fn directory<'a>(
        &'a self,
        _: &'a Secret,
        _: MembershipId,
        _: &'a str,
        _: u32,
    ) -> Answer<'a, DirectoryAnswer> {
        never()
    }

    fn set_availability<'a>(&'a self, _: &'a Secret, _: MembershipId, _: &'a Availability) -> Answer<'a, ()> {
        never()
    }

    fn findability<'a>(&'a self, _: &'a Secret, _: MembershipId) -> Answer<'a, Findability> {
        never()
    }

    fn choose_findability<'a>(&'a self, _: &'a Secret, _: MembershipId, _: Findability) -> Answer<'a, ()> {
        never()
    }

    fn items<'a>(&'a self, _: &'a Secret, _: &'a [ItemId]) -> Answer<'a, ItemsAnswer> {
        never()
    }

    fn item<'a>(&'a self, _: &'a Secret, _: ItemId) -> Answer<'a, ItemAnswer> {
        never()
    }

    fn watch<'a>(&'a self, _: &'a Secret, _: &'a WatchRequest) -> Answer<'a, WatchAnswer> {
        never()
    }

    fn invitation<'a>(&'a self, _: &'a InvitationRequest) -> Answer<'a, InvitationAnswer> {
        never()
    }

    fn accept<'a>(&'a self, _: &'a AcceptRequest) -> Answer<'a, SessionAnswer> {
        never()
    }

    fn sign_in<'a>(&'a self, _: &'a SignInRequest) -> Answer<'a, SessionAnswer> {
        never()
    }

    fn refresh<'a>(&'a self, _: &'a RefreshRequest) -> Answer<'a, SessionAnswer> {
        never()
    }

    fn sign_out<'a>(&'a self, _: &'a Secret) -> Answer<'a, ()> {
        never()
    }

    fn signed_out<'a>(&'a self, _: &'a SignedOutRequest) -> Answer<'a, ()> {
        never()
    }

    fn change_password<'a>(&'a self, _: &'a Secret, _: &'a ChangePasswordRequest) -> Answer<'a, ()> {
        never()
    }

    fn sessions<'a>(&'a self, _: &'a Secret) -> Answer<'a, SessionsAnswer> {
        never()
    }

    fn end_session<'a>(&'a self, _: &'a Secret, _: &'a EndSessionRequest) -> Answer<'a, ()> {
        never()
    }

    fn begin_upload<'a>(&'a self, _: &'a Secret, _: &'a NewUpload) -> Answer<'a, u64> {
        never()
    }

    fn upload_offset<'a>(&'a self, _: &'a Secret, _: AttachmentId) -> Answer<'a, u64> {
        never()
    }

    fn upload<'a>(&'a self, _: &'a Secret, _: AttachmentId, _: u64, _: Bytes) -> Answer<'a, u64> {
        never()
    }

    fn cancel_upload<'a>(&'a self, _: &'a Secret, _: AttachmentId) -> Answer<'a, ()> {
        never()
    }

    fn download<'a>(&'a self, _: &'a Secret, _: AttachmentId, _: u64, _: u32) -> Answer<'a, Bytes> {
        never()
    }
}

#[derive(Debug)]
struct Through(Arc<Network>);

impl Connector for Through {
    fn connect(&self, address: &str) -> Result<(String, Arc<dyn Transport>), BadAddress> {
        Ok((address.to_owned(), self.0.clone()))
    }
}

/// Anna's device follows through such a network for so many seconds; what it asked, and the device.
async fn follows(
    seconds: u64,
    follow: impl Fn(Mode) -> Followed + Send + Sync + 'static,
) -> (Vec<(Mode, u64)>, Arc<Engine>) {
    let device = Device::of_anna();
    let signs_in = Arc::new(Scripted::answering(|_| Err(Failure::Unreachable)));
    device.sign_in(&signs_in, ANNA);
    // That somebody signed in is old news.
    device.engine.signed.notified().await;
    let engine = Arc::new(device.engine);
    let timer = Arc::new(TestTimer::default());
    let network = Arc::new(Network {
        timer: timer.clone(),
        follow: Box::new(follow),
        asked: Mutex::default(),
    });
    let connector: Arc<dyn Connector> = Arc::new(Through(network.clone()));
    let runner = Runner::of(&engine, &connector, timer.clone());
    timer.pass(Duration::from_secs(seconds)).await;
    runner.stop().await;
    let asked = network.asked.lock().unwrap().clone();
    (asked, engine)
}

fn between(obstacle: Obstacle) -> Failure {
    Failure::Between { obstacle }
}

// F3
#[tokio::test]
async fn a_proxy_that_holds_back_head_and_body_is_given_45_seconds_and_then_a_long_poll_is_asked() {
    let (asked, engine) = follows(100, |mode| match mode {
        Mode::Stream => held(),
        _ => polled(25),
    })
    .await;
    assert_eq!(
        asked,
        [
            (Mode::Stream, 0),
            (Mode::Wait, 45),
            (Mode::Wait, 70),
            (Mode::Wait, 95)
        ]
    );
    assert_eq!(engine.live().connection, Connection::Online);
    assert_eq!(engine.live().current_until, Some(NOON));
}

// F3
#[tokio::test]
async fn no_proxy_keeps_the_device_from_a_long_poll_after_45_seconds_of_silence() {
    let nothing = || Followed {
        head: Some(0),
        frames: Vec::new(),
        end: Ends::Never,
    };
    let only_hello = || Followed {
        frames: vec![(0, hello())],
        ..nothing()
    };
    let cases: [(&str, Followed, u64); 8] = [
        ("the body is held", nothing(), 45),
        (
            "the head comes late and the body not",
            Followed {
                head: Some(40),
                ..nothing()
            },
            45,
        ),
        ("all but the first frame is held", only_hello(), 45),
        (
            "it is silent after a while",
            streaming([(20, beat(0)), (20, beat(0))]),
            85,
        ),
        (
            "the proxy gives up with a page",
            refused(30, between(Obstacle::Gateway)),
            30,
        ),
        ("the proxy closes", refused(20, Failure::Unreachable), 20),
        // Two heartbeats in a row that the server said long before.
        (
            "frames come in lumps",
            streaming([(30, beat(-11)), (0, beat(-11))]),
            30,
        ),
        (
            "the proxy closes without a word",
            Followed {
                head: Some(20),
                end: Ends::Closed,
                ..nothing()
            },
            20,
        ),
    ];
    for (what, stream, at) in cases {
        let (asked, _) = follows(at + 3, move |mode| match mode {
            Mode::Stream => stream.clone(),
            _ => held(),
        })
        .await;
        assert_eq!(asked[0], (Mode::Stream, 0), "{what}");
        assert_eq!(asked[1].0, Mode::Wait, "{what}");
        // After a failure there is a pause before the next request.
        assert!((at..=at + 1).contains(&asked[1].1), "{what}: {asked:?}");
    }
}

// F3
#[tokio::test]
async fn if_long_polls_are_held_too_it_asks_every_few_seconds_and_tries_the_stream_again_later() {
    let (asked, engine) = follows(11 * 60, |mode| match mode {
        Mode::Stream | Mode::Wait => held(),
        Mode::Once => polled(0),
    })
    .await;
    assert_eq!(
        asked[..3],
        [(Mode::Stream, 0), (Mode::Wait, 45), (Mode::Once, 90)]
    );
    let polls = asked.iter().skip(2).take_while(|(mode, _)| *mode == Mode::Once);
    let times: Vec<u64> = polls.map(|(_, at)| *at).collect();
    assert!(
        times.windows(2).all(|two| (3..=9).contains(&(two[1] - two[0]))),
        "{times:?}"
    );
    let again = asked.iter().skip(1).find(|(mode, _)| *mode == Mode::Stream);
    let (_, at) = again.expect("the stream is tried again");
    assert!((45 + 480..45 + 490).contains(at), "{at}");
    assert_eq!(engine.live().current_until, Some(NOON));
}

// F3
#[tokio::test]
async fn without_a_connection_it_keeps_asking_for_a_stream() {
    let (asked, engine) = follows(300, |_| refused(0, Failure::Unreachable)).await;
    assert!(asked.len() > 5 && asked.iter().all(|(mode, _)| *mode == Mode::Stream));
    assert_eq!(engine.live().connection, Connection::Offline);
}

// F3
#[tokio::test]
async fn a_server_that_answers_with_nothing_is_asked_with_pauses() {
    let empty = Followed {
        head: Some(0),
        frames: Vec::new(),
        end: Ends::Closed,
    };
    let cut = Followed {
        frames: vec![(0, hello())],
        ..empty.clone()
    };
    for answer in [empty, cut] {
        let (asked, _) = follows(120, move |_| answer.clone()).await;
        assert!(asked.len() < 20, "{} times", asked.len());
    }
}

// F3
#[tokio::test]
async fn streams_that_are_cut_as_soon_as_they_began_give_way_to_long_polls() {
    let (asked, _) = follows(60, |mode| match mode {
        Mode::Stream => polled(0),
        _ => polled(25),
    })
    .await;
    assert!(asked.len() < 20, "{} times", asked.len());
    assert_eq!(asked.last().unwrap().0, Mode::Wait);
}

// I3, U3
#[tokio::test]
async fn an_obstacle_in_between_is_reported_and_ends_no_session() {
    for obstacle in [Obstacle::Portal, Obstacle::Filter, Obstacle::CertificateTime] {
        let (_, engine) = follows(30, move |_| refused(0, between(obstacle))).await;
        assert_eq!(engine.live().connection, Connection::Between { obstacle });
        assert!(engine.is_signed_in().await);
    }
}

// F3
#[tokio::test]
async fn a_held_request_for_history_or_readers_holds_back_no_frame() {
    let link = Digest([4; 32]);
    let head = ConversationHead {
        conversation: WOUND,
        head: Head {
            shape: Shape::Group,
            subject: Some("Wondzorg".into()),
            owner: Some(KARIM),
            participants: vec![KARIM, ANNA],
            teams: vec![],
            by_team: Default::default(),
            archived: None,
            deleted: false,
        },
        last: Receipt {
            number: Seq(4),
            link,
            epoch: 1,
            mac: Digest([2; 32]),
            at: NOON,
        },
        access: AccessVersion::default(),
        visible: SeqRange::new(Seq(1), Seq(4)).into_iter().collect(),
        open: true,
        anchor: Anchor {
            number: Seq(0),
            link: trail::genesis(WOUND.as_bytes()),
        },
        read: Seq(0),
        item_card: None,
    };
    let frames = vec![
        (0, hello()),
        (0, Frame::Head(Box::new(head))),
        (0, current()),
        (5, beat(5)),
        (15, beat(20)),
    ];
    let (asked, engine) = follows(30, move |_| Followed {
        frames: frames.clone(),
        ..streaming([])
    })
    .await;
    assert_eq!(asked.len(), 1);
    assert!(!engine.holes().await.unwrap().is_empty(), "history is missing");
    assert_eq!(
        engine.live().current_until,
        Some(NOON.plus(20 * Timestamp::SECOND))
    );
}
