/**
 * State of the whole interface: wires the session, the settings, the notices, the overview and the navigation together.
 *
 * Views come from the engine and are shown unchanged. An invalidation leads to a new request; no code here computes what
 * changed.
 */
import type { Invalidated } from '$lib/bindings/Invalidated';
import type { MessageHit } from '$lib/bindings/MessageHit';
import type { SyncStatus } from '$lib/bindings/SyncStatus';
import type { Shell } from '$lib/shell/shell';
import { clock } from '$lib/words/clock.svelte';
import { linkOf } from '$lib/words/links';
import { clockIsAhead } from '$lib/words/server-clock';

import { appearance } from './appearance.svelte';
import { Archiving, type Archived } from './archiving.svelte';
import { AvailabilityState } from './availability.svelte';
import { FilterOptions } from './filter-options.svelte';
import { NavigationState } from './navigation.svelte';
import { Notices } from './notices.svelte';
import { OverviewState } from './overview.svelte';
import { ProgramState } from './program.svelte';
import { Refresh } from './refresh';
import { SearchState } from './search.svelte';
import { SessionState } from './session.svelte';
import { SettingsState } from './settings.svelte';
import { Titles } from './titles.svelte';

export class App {
  syncStatus = $state.raw<SyncStatus | null>(null);
  readonly session: SessionState;
  readonly notices: Notices;
  readonly settings: SettingsState;
  readonly navigation: NavigationState;
  readonly availability: AvailabilityState;
  readonly overview: OverviewState;
  readonly search: SearchState;
  readonly filterOptions: FilterOptions;
  readonly titles: Titles;
  readonly archiving: Archiving;
  readonly program: ProgramState;

  private readonly syncStatusRefresh = new Refresh(() => this.loadSyncStatus());
  /** Settles once the first views after signing in are loaded. */
  private entering: Promise<unknown> = Promise.resolve();
  private stop: (() => void)[] = [];

  constructor(readonly shell: Shell) {
    this.session = new SessionState(shell, {
      userChanged: () => this.userChanged(),
      failed: (thrown) => this.notices.failed(thrown),
    });
    this.notices = new Notices((why) => this.session.takeFailure(why));
    this.availability = new AvailabilityState(shell);
    this.overview = new OverviewState(shell);
    this.settings = new SettingsState(shell, this.notices, this.overview);
    this.navigation = new NavigationState(shell, this.session);
    this.search = new SearchState(shell);
    this.filterOptions = new FilterOptions(shell);
    this.titles = new Titles(shell);
    this.archiving = new Archiving(shell);
    this.program = new ProgramState(shell, this.settings, (why) => (this.notices.failure = why));
  }

  async start(): Promise<void> {
    this.stop = [
      this.shell.onInvalidated((invalidated) => this.onInvalidated(invalidated)),
      this.shell.onAttachFailed(({ to, name, why }) => this.navigation.attaching(to)?.refuse(name, why)),
      clock.begin(),
    ];
    appearance.begin();
    void this.program.refresh();
    // Both are asked for at once, and taken one after the other: the first screen is in the chosen language and theme.
    const session = this.shell.call('session', {});
    session.catch(() => undefined);
    await this.settings.refresh();
    await this.session.begin(session);
    await this.entering;
  }

  end(): void {
    for (const stop of this.stop) stop();
    void this.navigation.leave();
  }

  private onInvalidated(invalidated: Invalidated[]): void {
    for (const one of invalidated) this.refresh(one);
  }

  /** Refreshes a view that is out of date. A new kind of notice does not compile until it is handled here. */
  private refresh(one: Invalidated): void {
    const { me } = this.session;
    const { conversation, item } = this.navigation;
    switch (one.stale) {
      case 'all':
        void this.settings.refresh();
        void this.session.refresh();
        void this.program.refresh();
        if (!me) return;
        void this.takeLink();
        this.titles.refresh();
        void item?.load();
        void this.syncStatusRefresh.now();
        void this.overview.refresh();
        this.search.refresh();
        void conversation?.refresh();
        void this.navigation.attaching({ to: 'new' })?.refresh();
        return;
      case 'session':
        void this.session.refresh();
        return;
      case 'settings':
        void this.settings.refresh();
        return;
      case 'shell':
        void this.program.refresh();
        return;
      case 'link':
        if (me) void this.takeLink();
        return;
      case 'people':
        if (!me) return;
        void this.session.refresh();
        void conversation?.refresh();
        void this.availability.refresh();
        return;
      case 'items':
        if (!me) return;
        this.titles.refresh();
        void item?.load();
        return;
      case 'overview':
        if (!me) return;
        void item?.load();
        void this.overview.refresh();
        this.search.refresh();
        return;
      case 'sync_status':
        if (me) void this.syncStatusRefresh.now();
        return;
      case 'conversation':
        if (!me) return;
        this.titles.refresh(one.conversation);
        this.search.refresh();
        if (one.conversation === conversation?.id) void conversation.refresh();
        return;
      case 'new_attachments':
        if (me) void this.navigation.attaching({ to: 'new' })?.refresh();
        return;
      case 'readers':
        if (me && one.conversation === conversation?.id) void conversation.refreshReaders();
        return;
      default:
        one satisfies never;
    }
  }

  /** Clears the state of the user before, and loads the first views of the new one. */
  private userChanged(): void {
    this.navigation.forget();
    this.notices.forget();
    this.archiving.putAway();
    this.overview.forget();
    this.search.forget();
    if (!this.session.me) return;
    this.entering = Promise.all([this.syncStatusRefresh.now(), this.overview.refresh(), this.takeLink()]);
  }

  /** Follows the link that the system opened Overleg with, once a user is signed in. */
  private async takeLink(): Promise<void> {
    if (!this.session.me) return;
    try {
      const link = await this.shell.call('take_link', {});
      if (link) await this.navigation.follow(link);
    } catch (thrown) {
      this.notices.failed(thrown);
    }
  }

  private async loadSyncStatus(): Promise<void> {
    try {
      const status = await this.shell.call('sync_status', {});
      // Every date on the screen depends on the clock.
      const clockMoved = clockIsAhead(status.clock_ahead ?? 0);
      this.syncStatus = status;
      if (clockMoved) {
        clock.look();
        this.onInvalidated([{ stale: 'all' }]);
      }
    } catch (thrown) {
      this.notices.failed(thrown);
    }
  }

  /** Shows the overview alone at the edge of the screen, or the usual window again. */
  async sideMode(on: boolean): Promise<void> {
    if (on) void this.navigation.close();
    this.navigation.overviewOpen = true;
    await this.program.sideMode(on);
  }

  /** Opens the conversation of a hit at its message, with what was found marked in it. */
  async openHit({ conversation, number, place, found }: MessageHit): Promise<void> {
    this.search.opened(place);
    await this.navigation.openAt(conversation, number, found);
  }

  archive(what: Archived): Promise<boolean> {
    return this.notices.attempt(() => this.archiving.archive(what));
  }

  /** Its messages count as unread and notify of nothing but mentions, on all devices (N5). */
  mute(conversation: string, muted: boolean): Promise<boolean> {
    return this.notices.attempt(() => this.shell.call('mute', { conversation, muted }));
  }

  unarchive(conversation: string, everyone: boolean): Promise<boolean> {
    this.archiving.over(conversation);
    return this.notices.attempt(() => this.shell.call('unarchive', { conversation, everyone }));
  }

  /** Opens an address from a text or of an item. The window itself never navigates to it. */
  async openLink(url: string): Promise<void> {
    const link = linkOf(url);
    if (link) return this.navigation.follow(link);
    this.notices.unopened = null;
    try {
      if (url.startsWith('https://')) await this.shell.openLink(url);
    } catch {
      this.notices.unopened = url;
    }
  }

  async signOut(): Promise<void> {
    await this.navigation.leave();
    await this.notices.attempt(() => this.session.signOut());
  }

  /** Opens the first conversation with a message that failed, or that waits for the user. */
  async showTrouble(what: 'failed' | 'waiting'): Promise<void> {
    await this.notices.attempt(async () => {
      const row = await this.overview.first((one) => one[what] > 0);
      if (row) await this.navigation.openConversation(row.conversation);
    });
  }
}
