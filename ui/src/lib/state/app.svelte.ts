/**
 * State of the whole interface: the session, the open conversation, and the panels beside it.
 *
 * Views come from the engine and are shown unchanged. An invalidation leads to a new request; no code here computes what
 * changed.
 */
import type { ApiError } from '$lib/bindings/ApiError';
import type { Link } from '$lib/bindings/Link';
import type { Me } from '$lib/bindings/Me';
import type { SessionView } from '$lib/bindings/SessionView';
import type { Settings } from '$lib/bindings/Settings';
import type { Invalidated } from '$lib/bindings/Invalidated';
import type { SyncStatus } from '$lib/bindings/SyncStatus';
import { CallError, type Shell } from '$lib/shell/shell';
import { clock } from '$lib/words/clock.svelte';
import { clockIsAhead } from '$lib/words/server-clock';

import { appearance } from './appearance.svelte';
import { Archiving, type Archived } from './archiving.svelte';
import { ComposerState } from './composer.svelte';
import { ConversationState } from './conversation.svelte';
import { ProgramState } from './program.svelte';
import { SETTINGS } from '$lib/defaults';
import { ItemState } from './item.svelte';
import { linkOf } from '$lib/words/links';
import { FilterOptions } from './filter-options.svelte';
import { OverviewState } from './overview.svelte';
import { Refresh } from './refresh';
import { SwitcherState } from './switcher.svelte';
import { Titles } from './titles.svelte';
import { WizardState } from './wizard.svelte';

export class App {
  session = $state.raw<SessionView | null>(null);
  truth = $state.raw<SyncStatus | null>(null);
  readonly overview: OverviewState;
  readonly filterOptions: FilterOptions;

  /** Content of the main column: a conversation, an item, the wizard, or nothing. */
  open = $state.raw<ConversationState | null>(null);
  item = $state.raw<ItemState | null>(null);
  wizard = $state.raw<WizardState | null>(null);
  readonly titles: Titles;
  readonly archiving: Archiving;
  readonly program: ProgramState;
  /** An address that the system did not open, until the user dismisses the notice. */
  unopened = $state<string | null>(null);
  /** The overview is open, and not collapsed to the rail. */
  overviewOpen = $state(true);
  participants = $state(false);
  /** The open sheet; it stays open when the language changes. */
  sheet = $state<'options' | 'rescued' | 'sign-in' | 'switcher' | 'shortcuts' | null>(null);
  /** The last failure, until the user dismisses the notice. */
  failure = $state.raw<ApiError | null>(null);

  /** Drafts live on while another conversation is open, so that a text is never moved and never lost. */
  private readonly composers = new Map<string, ComposerState>();
  private readonly sessionRefresh = new Refresh(() => this.loadSession());
  private readonly truthRefresh = new Refresh(() => this.loadTruth());
  /** A wizard that the user left with an unsent text; the next start of the wizard resumes it. */
  private unfinished: WizardState | null = null;
  /** Conversations that were open, the latest first. */
  private recent: string[] = [];
  /** Settles once the first views after signing in are loaded. */
  private entering: Promise<unknown> = Promise.resolve();
  private stop: (() => void)[] = [];

  constructor(readonly shell: Shell) {
    this.overview = new OverviewState(shell);
    this.filterOptions = new FilterOptions(shell);
    this.titles = new Titles(shell);
    this.archiving = new Archiving(shell);
    this.program = new ProgramState(shell, (why) => (this.failure = why));
  }

  get me(): Me | null {
    const { session } = this;
    return session?.session === 'signed_in' || session?.session === 'ended' ? session.me : null;
  }

  get settings(): Settings {
    return this.me?.settings ?? { ...SETTINGS, language: appearance.language };
  }

  async start(): Promise<void> {
    this.stop = [this.shell.onInvalidated((invalidated) => this.onInvalidated(invalidated)), clock.begin()];
    appearance.begin();
    void this.program.refresh();
    await this.sessionRefresh.now();
    await this.entering;
  }

  end(): void {
    for (const stop of this.stop) stop();
    void this.leaveConversation();
  }

  private onInvalidated(invalidated: Invalidated[]): void {
    for (const one of invalidated) this.refresh(one);
  }

  /** Refreshes a view that is out of date. A new kind of notice does not compile until it is handled here. */
  private refresh(one: Invalidated): void {
    switch (one.stale) {
      case 'all':
        void this.sessionRefresh.now();
        void this.program.refresh();
        if (!this.me) return;
        void this.takeLink();
        this.titles.refresh();
        void this.item?.load();
        void this.truthRefresh.now();
        void this.overview.refresh();
        void this.open?.refresh();
        return;
      case 'session':
        void this.sessionRefresh.now();
        return;
      case 'desk':
        void this.program.refresh();
        return;
      case 'link':
        if (this.me) void this.takeLink();
        return;
      case 'items':
        if (!this.me) return;
        this.titles.refresh();
        void this.item?.load();
        return;
      case 'overview':
        if (!this.me) return;
        void this.item?.load();
        void this.overview.refresh();
        return;
      case 'sync_status':
        if (this.me) void this.truthRefresh.now();
        return;
      case 'conversation':
        if (!this.me) return;
        this.titles.refresh(one.conversation);
        if (one.conversation === this.open?.id) void this.open.refresh();
        return;
      case 'readers':
        if (this.me && one.conversation === this.open?.id) void this.open.refreshReaders();
        return;
      default:
        one satisfies never;
    }
  }

  private async loadSession(): Promise<void> {
    try {
      this.enter(await this.shell.call('session', {}));
    } catch (thrown) {
      this.failed(thrown);
    }
  }

  /** Takes over a session view; another user clears all state. */
  enter(session: SessionView): void {
    const before = this.me?.person;
    this.session = session;
    if (this.me) this.applySettings(this.me.settings);
    if (this.me?.person === before) return;
    this.open = null;
    this.item = null;
    this.wizard = null;
    this.participants = false;
    this.sheet = null;
    this.failure = null;
    this.unopened = null;
    this.archiving.putAway();
    this.composers.clear();
    this.unfinished = null;
    this.recent = [];
    this.overview.forget();
    if (!this.me) return;
    this.entering = Promise.all([this.truthRefresh.now(), this.overview.refresh(), this.takeLink()]);
  }

  private applySettings(settings: Settings): void {
    appearance.apply(settings);
    const { order, only } = settings.display;
    void this.overview.arrange(order, only);
  }

  /** Follows the link that the system opened Overleg with, once a user is signed in. */
  private async takeLink(): Promise<void> {
    if (!this.me) return;
    try {
      const link = await this.shell.call('take_link', {});
      if (link) await this.follow(link);
    } catch (thrown) {
      this.failed(thrown);
    }
  }

  /** To what something outside points at: an item, or a conversation and perhaps a message in it. */
  async follow(link: Link): Promise<void> {
    if (link.link === 'item') return this.openItem(link.item);
    await this.show(link.conversation);
    const { open } = this;
    if (open?.id === link.conversation && link.number !== null && open.view) await open.to(link.number);
  }

  /** Where one is; the answer says whether one is there still, when something that was asked meanwhile comes back. */
  place(): () => boolean {
    const { open, item, wizard } = this;
    return () => this.open === open && this.item === item && this.wizard === wizard;
  }

  /** The overview alone at the edge of the screen, or the usual window again. */
  async sideMode(on: boolean): Promise<void> {
    if (on) void this.close();
    this.overviewOpen = true;
    await this.program.sideMode(on);
  }

  private async loadTruth(): Promise<void> {
    try {
      const truth = await this.shell.call('sync_status', {});
      // Every date on the screen depends on the clock.
      const other = clockIsAhead(truth.clock_ahead ?? 0);
      this.truth = truth;
      if (other) {
        clock.look();
        this.onInvalidated([{ stale: 'all' }]);
      }
    } catch (thrown) {
      this.failed(thrown);
    }
  }

  /** Shows a conversation; `aside` one that one sees inside its item without taking part. */
  async show(id: string, aside = false): Promise<void> {
    this.leaveWizard();
    this.item = null;
    if (this.open?.id === id) return;
    // At once: what is typed now is for what one goes to, and what is kept of the other one is kept meanwhile.
    void this.leaveConversation();
    const opened = new ConversationState(this.shell, id, this.composer(id), () => this.gone(id), aside);
    this.open = opened;
    this.recent = [id, ...this.recent.filter((one) => one !== id)];
    await opened.load();
  }

  private composer(id: string): ComposerState {
    const composer = this.composers.get(id) ?? new ComposerState(this.shell, id);
    this.composers.set(id, composer);
    return composer;
  }

  /**
   * Starts what the wizard was for. What was typed while it was under way is for the same colleagues, and stands where one
   * writes to them. Who went elsewhere meanwhile stays there.
   */
  async startWith(wizard: WizardState): Promise<void> {
    const started = await wizard.start();
    if (started === null) return;
    if (this.unfinished === wizard) this.unfinished = null;
    if (!wizard.message.blank) this.composer(started).append(wizard.message);
    if (this.wizard === wizard) await this.show(started);
  }

  /** Whether the main column has content. */
  get main(): boolean {
    return this.wizard !== null || this.open !== null || this.item !== null;
  }

  /** The way from one conversation to another. */
  switcher(): SwitcherState {
    return new SwitcherState(this.shell, this.recent, this.open?.id ?? null);
  }

  /** The window of an item (S3). */
  async openItem(id: string): Promise<void> {
    void this.close();
    const opened = new ItemState(this.shell, id);
    this.item = opened;
    await opened.load();
  }

  /** To the list, where there is room for one column only. */
  async close(): Promise<void> {
    const left = this.leaveConversation();
    this.open = null;
    this.item = null;
    this.leaveWizard();
    this.participants = false;
    await left;
  }

  private leaveWizard(): void {
    if (this.wizard?.unsent) this.unfinished = this.wizard;
    this.wizard = null;
  }

  private async leaveConversation(): Promise<void> {
    this.open?.end();
    await this.open?.composer.save();
  }

  /** Removes a conversation that the user can no longer see. */
  private gone(id: string): void {
    this.composers.delete(id);
    if (this.open?.id !== id) return;
    this.open.end();
    this.open = null;
    this.participants = false;
  }

  async begin(): Promise<void> {
    if (!this.me) return;
    const left = this.close();
    this.wizard = this.resume(null) ?? new WizardState(this.shell, this.me.memberships);
    await left;
  }

  /** What was left unfinished, of this item or of none. */
  private resume(item: string | null): WizardState | null {
    const { unfinished } = this;
    if (!unfinished || (unfinished.item?.item ?? null) !== item) return null;
    unfinished.resumed = true;
    this.unfinished = null;
    return unfinished;
  }

  /** Not that one after all, but another. */
  beginAnew(): void {
    const { wizard } = this;
    if (wizard) this.wizard = new WizardState(this.shell, wizard.memberships, wizard.item);
  }

  /** A conversation about the item that is open, by those of one's memberships that may (S3). */
  beginAtItem(): void {
    const item = this.item?.view;
    if (!this.me || !item) return;
    const mine = this.me.memberships.filter((one) => item.may_start_as.includes(one.membership));
    this.item = null;
    this.wizard = this.resume(item.item) ?? new WizardState(this.shell, mine, item);
  }

  /** For whom one acts, said only to who acts for several (O3). */
  actingFor(membership: string | null): string | null {
    const mine = this.me?.memberships ?? [];
    if (mine.length < 2) return null;
    return mine.find((one) => one.membership === membership)?.organisation_name ?? null;
  }

  archive(what: Archived): Promise<boolean> {
    return this.attempt(() => this.archiving.archive(what));
  }

  unarchive(conversation: string, everyone: boolean): Promise<boolean> {
    this.archiving.over(conversation);
    return this.attempt(() => this.shell.call('unarchive', { conversation, everyone }));
  }

  /** An address in a text, or of an item: the window itself stays where it is. */
  async openLink(url: string): Promise<void> {
    const link = linkOf(url);
    if (link) return this.follow(link);
    this.unopened = null;
    try {
      if (url.startsWith('https://')) await this.shell.openLink(url);
    } catch {
      this.unopened = url;
    }
  }

  /** Applies settings at once, so that another change made before the answer builds on them. */
  async saveSettings(changed: Partial<Settings>): Promise<void> {
    const settings = { ...this.settings, ...changed };
    const { session } = this;
    if (session && 'me' in session) this.session = { ...session, me: { ...session.me, settings } };
    this.applySettings(settings);
    const kept = await this.attempt(() => this.shell.call('save_settings', { settings }));
    if (!kept) await this.sessionRefresh.now();
  }

  async signOut(): Promise<void> {
    await this.leaveConversation();
    await this.attempt(async () => this.enter(await this.shell.call('sign_out', {})));
  }

  async dropRescued(id: string): Promise<void> {
    await this.attempt(async () => {
      await this.shell.call('drop_rescued', { id });
      await this.sessionRefresh.now();
    });
  }

  /** To the first conversation that something is the matter with. */
  async showTrouble(what: 'failed' | 'waiting'): Promise<void> {
    await this.attempt(async () => {
      const row = await this.overview.first((one) => one[what] > 0);
      if (row) await this.show(row.conversation);
    });
  }

  /** Runs an action and shows its failure. */
  async attempt(what: () => Promise<unknown>): Promise<boolean> {
    this.failure = null;
    try {
      await what();
      return true;
    } catch (thrown) {
      this.failed(thrown);
      return false;
    }
  }

  failed(thrown: unknown): void {
    const { why } = CallError.from(thrown);
    if (why.error === 'closed') this.session = { session: 'closed', trouble: why.trouble };
    else if (why.error === 'not_signed_in') void this.sessionRefresh.now();
    else this.failure = why;
  }
}
