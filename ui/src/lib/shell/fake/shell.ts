/**
 * Simulated data in the browser, behind the same interface as the engine, for odd states: trouble, refusals, slow answers,
 * crowds, and pictures and tests of how they look. It keeps hardly a rule: what is allowed is tested on the real engine.
 *
 * The address chooses the world, `?fake=demo&offline&theme=dark&lang=en`; README.md lists the options.
 */
import type { AttachTo } from '$lib/bindings/AttachTo';
import type { AttachmentView } from '$lib/bindings/AttachmentView';
import type { Connection } from '$lib/bindings/Connection';
import type { Me } from '$lib/bindings/Me';
import type { PolicyStatus } from '$lib/bindings/PolicyStatus';
import type { Recovered } from '$lib/bindings/Recovered';
import type { SessionView } from '$lib/bindings/SessionView';
import type { Settings } from '$lib/bindings/Settings';
import type { Invalidated } from '$lib/bindings/Invalidated';
import type { SyncStatus } from '$lib/bindings/SyncStatus';

import {
  DEFAULT_SETTINGS,
  SETTING_SCOPES,
  type SettingKey,
  type SettingValues,
} from '$lib/bindings/setting-values';

import {
  CallError,
  type Answer,
  type Args,
  type AttachFailed,
  type CallName,
  type ProgramAnswer,
  type ProgramArgs,
  type ProgramCallName,
  type Shell,
} from '../shell';
import { Presences } from './presence';
import { FakeDevices } from './devices';
import { FakeFiles } from './files';
import { FakeProgram } from './program';
import { added, Outbox } from './outbox';
import { hasFailed, Overviews } from './overview';
import { Searches } from './search';
import { FakeSending } from './sending';
import { build, readSetting, type Setting } from './settings';
import { Views } from './views';
import type { Conversation, World } from './world';

type Answers = { [N in CallName]: (args: Args<N>) => Answer<N> };

const SERVER = 'https://overleg.voorbeeld.nl';

export class FakeShell implements Shell {
  readonly world: World;
  private views!: Views;
  private presences!: Presences;
  private readonly overviews: Overviews;
  private readonly searches: Searches;
  private readonly failedListeners = new Set<(failed: AttachFailed) => void>();
  private readonly listeners = new Set<(stale: Invalidated[]) => void>();
  /** Addresses that the system's browser was asked to open. */
  readonly opened: string[] = [];
  /** The program around it. */
  readonly around: FakeProgram;
  private session: SessionView;
  private chosen: Partial<SettingValues>;
  private forced: Partial<SettingValues>;
  private policy: PolicyStatus;
  private readonly recommended: Partial<SettingValues>;
  private recovered: Recovered[];
  private connection: Connection;
  private catchingUp: boolean;
  private currentUntil: number;
  readonly files: FakeFiles;
  private readonly devices: FakeDevices;
  private readonly outbox: Outbox;
  private readonly sending: FakeSending;

  constructor(
    private readonly setting: Setting,
    private readonly now: () => number = Date.now,
  ) {
    this.connection = setting.connection;
    let files: FakeFiles | null = null;
    this.world = build(setting, now, (world) => {
      this.presences = new Presences(world, now, setting.absent, () => this.online);
      this.views = new Views(world, now, this.presences);
      files = new FakeFiles({
        world,
        views: this.views,
        online: () => this.online,
        later: setting.later,
        diskFull: setting.diskFull,
        tell: (...stale) => this.tell(...stale),
      });
      return files;
    });
    this.files = files as unknown as FakeFiles;
    this.overviews = new Overviews(this.world, this.views, (id) => this.files.draft(id).length > 0);
    this.searches = new Searches(this.world, this.views, setting.reach);
    this.chosen = setting.chosen;
    this.forced = setting.forced;
    this.policy = setting.policy;
    this.recommended = setting.recommended;
    this.zoom();
    this.recovered = setting.recovered;
    this.catchingUp = setting.catchingUp;
    this.outbox = new Outbox(
      this.world,
      {
        now,
        online: () => this.online,
        later: setting.later,
        changed: (conversation) => this.changed(conversation),
        accepted: (conversation) => this.answerTo(conversation),
        withdrawn: (conversation, message) => this.files.giveBack(conversation, message),
      },
      setting.refuse,
    );
    this.sending = new FakeSending(this.world, this.views, this.files, this.outbox, {
      diskFull: setting.diskFull,
      takeBack: () => this.chosen['files.take_back_seconds'] ?? DEFAULT_SETTINGS['files.take_back_seconds'],
      changed: (conversation) => this.changed(conversation),
    });
    this.devices = new FakeDevices(now, () => this.online, setting.endedDevices);
    this.currentUntil = now();
    this.around = new FakeProgram(
      setting.program,
      () => this.tell({ stale: 'shell' }),
      (to) => this.pick(to),
    );
    this.session = this.begin();
  }

  static fromAddress(address: URLSearchParams): FakeShell {
    return new FakeShell(readSetting(address));
  }

  async call<N extends CallName>(name: N, args: Args<N>): Promise<Answer<N>> {
    // Only copies of data cross the interface, as in the desktop app, and no answer is immediate.
    const given = structuredClone(args);
    await this.setting.answer(name);
    try {
      const answers: Answers = { ...this.answers, ...this.files.answers };
      return structuredClone(answers[name](given));
    } catch (thrown) {
      throw CallError.from(thrown);
    }
  }

  program<N extends ProgramCallName>(name: N, args: ProgramArgs<N>): Promise<ProgramAnswer<N>> {
    return Promise.resolve(structuredClone(this.around.answer(name, args)));
  }

  openLink(url: string): Promise<void> {
    if (this.setting.noBrowser) return Promise.reject(new Error('no browser'));
    this.opened.push(url);
    return Promise.resolve();
  }

  attach(to: AttachTo, file: File, onprogress?: (read: AttachmentView) => void): Promise<AttachmentView> {
    return this.files.attach(this, to, file, onprogress);
  }

  fileUrl(id: string): string {
    return this.files.address(id);
  }

  onAttachFailed(handle: (failed: AttachFailed) => void): () => void {
    this.failedListeners.add(handle);
    return () => void this.failedListeners.delete(handle);
  }

  /** In the dialog of the system one letter is chosen, and one program. */
  private pick(to: AttachTo): void {
    const file = this.files.of({ name: 'Verwijsbrief.pdf', state: { state: 'draft' } });
    const key = to.to === 'new' ? '' : to.conversation;
    this.files.setDraft(key, [...this.files.draft(key), file]);
    const failed: AttachFailed = { to, name: 'Setup.exe', why: { error: 'attachment', fault: 'program' } };
    for (const listener of this.failedListeners) listener(failed);
    if (to.to === 'new') this.tell({ stale: 'new_attachments' });
    else this.tell({ stale: 'conversation', conversation: key });
  }

  onInvalidated(handle: (invalidated: Invalidated[]) => void): () => void {
    this.listeners.add(handle);
    return () => void this.listeners.delete(handle);
  }

  /** Disconnects the network, or reconnects it and sends what waits. */
  setOffline(offline: boolean): void {
    this.connection = { connection: offline ? 'offline' : 'online' };
    this.tell({ stale: 'sync_status' });
    if (offline) return;
    for (const conversation of this.world.conversations.values()) this.outbox.push(conversation);
  }

  /** Adds a message of a colleague. */
  say(id: string, by: string, body: string): void {
    const conversation = this.of(id);
    const message = this.outbox.newMessage(by, { body }, null);
    conversation.happened.push(message);
    this.world.accept(conversation, message);
    this.currentUntil = this.now();
    this.tell({ stale: 'conversation', conversation: id }, { stale: 'overview' }, { stale: 'sync_status' });
  }

  /** Changes the rights of the user at items. */
  rightsChanged(): void {
    this.tell({ stale: 'items' });
  }

  private tell(...stale: Invalidated[]): void {
    for (const listener of this.listeners) listener(stale);
  }

  private changed(conversation: Conversation): null {
    this.tell(
      { stale: 'conversation', conversation: conversation.id },
      { stale: 'overview' },
      { stale: 'sync_status' },
    );
    return null;
  }

  private get online(): boolean {
    return this.connection.connection === 'online';
  }

  private begin(): SessionView {
    const { session } = this.setting;
    if (session.session === 'signed_in') return { session: 'signed_in', me: this.me() };
    if (session.session === 'ended')
      return { session: 'ended', me: this.me(), reason: 'session_ended', end: session.end };
    return session;
  }

  private me(): Me {
    const [first] = this.world.mine;
    return {
      person: first?.person ?? '',
      memberships: this.world.mine,
      server: SERVER,
      recovered: this.recovered,
    };
  }

  private settings(): Settings {
    const values = { ...DEFAULT_SETTINGS, ...this.recommended, ...this.chosen, ...this.forced };
    const entries = Object.entries(values).map(([name, value]) => {
      const key = name as SettingKey;
      const recommended = key in this.recommended && { recommended: this.recommended[key] };
      const unchosen = recommended ? 'machine_recommended' : 'default';
      const chosen = key in this.chosen ? SETTING_SCOPES[key] : unchosen;
      return [key, { value, source: key in this.forced ? 'machine_policy' : chosen, ...recommended }];
    });
    return Object.fromEntries(entries) as Settings;
  }

  /** The organisation decides other settings from now on, or none. */
  force(forced: Partial<SettingValues>): void {
    this.forced = forced;
    this.policy = { ...this.policy, forced: Object.keys(forced).length };
    this.tell({ stale: 'settings' });
  }

  private choose(key: SettingKey, chosen: Partial<SettingValues>): Settings {
    if (key in this.forced) throw new CallError({ error: 'setting', fault: 'forced' });
    this.chosen = chosen;
    this.zoom();
    this.tell({ stale: 'settings' });
    return this.settings();
  }

  /** The desktop app zooms its window. */
  private zoom(): void {
    const zoom = this.chosen['appearance.zoom'] ?? DEFAULT_SETTINGS['appearance.zoom'];
    document.documentElement.style.zoom = String(zoom / 100);
  }

  private signedIn(): SessionView {
    this.session = { session: 'signed_in', me: this.me() };
    this.tell({ stale: 'all' });
    return this.session;
  }

  private of(id: string): Conversation {
    const conversation = this.world.conversation(id);
    if (!conversation) throw new CallError({ error: 'refused', refusal: 'no_such_conversation' });
    return conversation;
  }

  private answerTo(conversation: Conversation): void {
    const [other] = this.setting.answering ? this.views.others(conversation) : [];
    if (other) this.setting.later(() => this.say(conversation.id, other, 'Dank, ik kijk ernaar.'));
  }

  private syncStatus(): SyncStatus {
    const own = [...this.world.conversations.values()].flatMap((one) => one.happened);
    const count = (...states: string[]) => own.filter((one) => states.includes(one.state.state)).length;
    if (this.online) this.currentUntil = this.now();
    return {
      connection: this.connection,
      current_until: this.catchingUp && this.world.conversations.size === 0 ? null : this.currentUntil,
      catching_up: this.catchingUp,
      waiting: count('waiting', 'leaving', 'sending'),
      stale: count('stale', 'held'),
      failed: own.filter(hasFailed).length,
      to_index: 0,
      disk_full: this.setting.diskFull,
      ...(this.setting.clockAhead !== 0 && { clock_ahead: this.setting.clockAhead }),
      left_out: this.setting.leftOut,
    };
  }

  private gone(conversation: Conversation): null {
    this.world.conversations.delete(conversation.id);
    return this.changed(conversation);
  }

  private archive(id: string, everyone: boolean, archived: boolean): null {
    const conversation = this.of(id);
    if (!everyone) {
      conversation.archived = archived;
      return this.changed(conversation);
    }
    conversation.archivedBy = archived ? conversation.acting : null;
    return this.outbox.tellOf(conversation, { line: archived ? 'archived' : 'reopened' });
  }

  private readonly answers: Omit<Answers, keyof FakeFiles['answers']> = {
    session: () => ('me' in this.session ? { ...this.session, me: this.me() } : this.session),
    reopen: () => this.session,
    quarantine: () => this.signedIn(),
    invitation: ({ server, code }) => {
      if (!server.startsWith('https://')) throw new CallError({ error: 'bad_address' });
      if (!this.online) throw new CallError({ error: 'unreachable' });
      if (code.startsWith('oud')) throw new CallError({ error: 'server', code: 'invitation_expired' });
      return {
        login: 'a.vandenberg@desingel.voorbeeld.nl',
        name: 'Anna van den Berg',
        organisation: 'Huisartsenpraktijk De Singel',
        expires: this.now() + 5 * 24 * 60 * 60_000,
        reset: code.startsWith('reset'),
      };
    },
    accept: () => this.signedIn(),
    sign_in: ({ password }) => {
      if (!this.online) throw new CallError({ error: 'unreachable' });
      if (password.length < 12) throw new CallError({ error: 'server', code: 'wrong_password' });
      return this.signedIn();
    },
    sign_out: () => {
      this.session = { session: 'signed_out', server: SERVER, unreported: !this.online };
      this.tell({ stale: 'all' });
      return this.session;
    },
    change_password: ({ current, password }) => this.devices.changePassword(current, password),
    devices: () => this.devices.list(),
    sign_out_device: ({ session }) => this.devices.signOut(session),
    settings: () => this.settings(),
    set_setting: ({ key, value }) => this.choose(key as SettingKey, { ...this.chosen, [key]: value }),
    reset_setting: ({ key }) => {
      const { [key as SettingKey]: _, ...chosen } = this.chosen;
      return this.choose(key as SettingKey, chosen);
    },
    policy_status: () => this.policy,
    sync_status: () => this.syncStatus(),
    overview: ({ ask }) => this.overviews.answer(ask),
    overview_choices: () => this.overviews.choices(),
    search: ({ ask }) => this.searches.answer(ask),
    count_hits: ({ ask }) => this.searches.count(ask),
    suggest_filters: ({ kind, typed, limit }) => this.searches.suggest(kind, typed, limit),
    conversation: ({ conversation: id }) => {
      const conversation = this.of(id);
      return this.views.conversation(conversation, this.files.ofDraft(conversation));
    },
    timeline: ({ conversation, at, limit }) => this.views.timeline(this.of(conversation), at, limit),
    inside_only: ({ membership }) => this.presences.isInsideOnly(membership),
    set_inside_only: ({ membership, inside_only }) => this.presences.hide(membership, inside_only),
    own_availability: () => this.presences.mine(),
    set_availability: ({ membership, availability }) => {
      const own = this.presences.set(membership, availability);
      this.tell({ stale: 'people' });
      return own;
    },
    find: ({ acting, query, limit }) => this.views.find(acting, query, limit, !this.online),
    start: (args) => this.sending.start(args),
    send: ({ conversation }) => this.sending.send(this.of(conversation)),
    save_draft: ({ conversation: id, draft }) => {
      const conversation = this.of(id);
      const empty = !draft.text.body && !draft.reply_to && !draft.editing;
      conversation.draft = empty ? null : draft;
      this.tell({ stale: 'overview' });
      return null;
    },
    delete_message: ({ conversation: id, message }) => {
      const conversation = this.of(id);
      const found = this.world.message(conversation, message);
      if (!found) return null;
      found.deleted = true;
      found.text = { body: '' };
      found.files = [];
      return this.changed(conversation);
    },
    share_preview: ({ conversation: id, from }) => {
      const conversation = this.of(id);
      const earlier = conversation.happened.filter(
        (one) => one.kind === 'message' && (one.number ?? 0) >= (from ?? 1) && one.number !== null,
      );
      return {
        head: this.world.last(conversation),
        rows: earlier.slice(-50).map((one) => this.views.row(conversation, one)),
        count: earlier.length,
      };
    },
    add: ({ conversation: id, members, teams, share_from }) => {
      const conversation = this.of(id);
      const done = () => {
        conversation.members = this.sending.withTeams([...conversation.members, ...members], teams);
        conversation.teams = [...conversation.teams, ...teams];
        conversation.named = [...conversation.named, ...members];
      };
      const names = members.map((one) => this.world.name(one));
      const shared = share_from !== null;
      return this.outbox.tellOf(conversation, added(names, this.sending.teamNames(teams), shared), done);
    },
    remove_team: ({ conversation: id, team }) => {
      const conversation = this.of(id);
      const gone = this.world.teams.get(team)?.members ?? [];
      conversation.teams = conversation.teams.filter((one) => one !== team);
      conversation.members = conversation.members.filter(
        (one) => !gone.includes(one) || conversation.named.includes(one),
      );
      return this.outbox.tellOf(conversation, {
        line: 'team_removed',
        team: this.sending.teamNames([team]).join(),
      });
    },
    join: ({ conversation: id }) => {
      const conversation = this.of(id);
      conversation.viaItem = false;
      conversation.mayJoin = false;
      conversation.members = [...conversation.members, conversation.acting];
      const names = [this.world.name(conversation.acting)];
      return this.outbox.tellOf(conversation, { line: 'joined', names });
    },
    delete_conversation: ({ conversation }) => this.gone(this.of(conversation)),
    take_link: () => this.setting.link,
    item: ({ item }) => this.views.item(item, !this.online),
    items: ({ items }) => items.flatMap((item) => this.world.items.get(item) ?? []),
    follow: () => null,
    unfollow: () => null,
    watch: () => null,
    readers: ({ conversation }) => (this.online ? this.views.readers(this.of(conversation)) : []),
    remove: ({ conversation: id, member }) => {
      const conversation = this.of(id);
      conversation.members = conversation.members.filter((one) => one !== member);
      return this.outbox.tellOf(conversation, { line: 'removed', name: this.world.name(member) });
    },
    leave: ({ conversation }) => this.gone(this.of(conversation)),
    hand_over: ({ conversation: id, to }) => {
      const conversation = this.of(id);
      conversation.owner = to;
      return this.outbox.tellOf(conversation, { line: 'handed_over', name: this.world.name(to) });
    },
    archive: ({ conversation, everyone }) => this.archive(conversation, everyone, true),
    unarchive: ({ conversation, everyone }) => this.archive(conversation, everyone, false),
    mute: ({ conversation: id, muted }) => {
      const conversation = this.of(id);
      conversation.muted = muted;
      return this.changed(conversation);
    },
    read: ({ conversation: id, number }) => {
      const conversation = this.of(id);
      conversation.read = Math.max(conversation.read, number);
      return this.changed(conversation);
    },
    retry: ({ conversation, message }) =>
      this.outbox.again(
        this.of(conversation),
        (one) => (one.kind === 'message' ? one.id : one.pending) === message,
      ),
    send_stale: ({ conversation }) =>
      this.outbox.again(this.of(conversation), (one) => ['stale', 'held'].includes(one.state.state)),
    withdraw: ({ conversation, message }) => this.outbox.withdraw(this.of(conversation), message),
    drop_recovered: ({ id }) => {
      this.recovered = this.recovered.filter((one) => one.id !== id);
      this.signedIn();
      return null;
    },
  };
}
