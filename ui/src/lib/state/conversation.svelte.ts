/** One open conversation: its view, timeline, composer, read marker and readers. */
import type { ConversationView } from '$lib/bindings/ConversationView';
import type { ApiError } from '$lib/bindings/ApiError';
import type { ReaderView } from '$lib/bindings/ReaderView';
import { CallError, type Shell } from '$lib/shell/shell';

import type { Choice } from './choice';
import type { ComposerState } from './composer.svelte';
import { ListedFiles } from './listed-files.svelte';
import { Refresh } from './refresh';
import { TimelineState } from './timeline.svelte';

export type Panel = 'participants' | 'attachments';

export class ConversationState {
  view = $state.raw<ConversationView | null>(null);
  failure = $state.raw<ApiError | null>(null);
  /** Read markers of the other participants, when known (M9). */
  readers = $state.raw<ReaderView[]>([]);
  /** The panel that is open beside the conversation. */
  panel = $state<Panel | null>(null);
  /** The one with whom adding people begins, once the panel shows it. */
  offered = $state.raw<Choice | null>(null);
  /** The file that is shown over the window. */
  viewing = $state<string | null>(null);
  readonly timeline: TimelineState;
  /** All its files, for the panel. */
  readonly listed: ListedFiles;
  /** The message to scroll to and highlight, with words to be marked in it; the revision lets it be a target twice. */
  target = $state.raw<{ number: number; found: string[]; revision: number } | null>(null);
  private readonly asking: Refresh;
  private reported = 0;
  private ended = false;
  /** An invalidation arrived while the first answers were under way. */
  private missed = false;

  constructor(
    private readonly shell: Shell,
    readonly id: string,
    readonly composer: ComposerState,
    private readonly gone: () => void,
    /** Opened inside its item without taking part (P7): followed until it is closed. */
    readonly viaItem = false,
  ) {
    this.timeline = new TimelineState(shell, id);
    this.listed = new ListedFiles(shell, id);
    this.asking = new Refresh(() => this.again());
  }

  /** At the first message that was not read, or at this one. */
  async load(at?: { number: number; found: string[] }): Promise<void> {
    try {
      if (this.viaItem) await this.shell.call('follow', { conversation: this.id });
      await this.begin(at);
    } catch (thrown) {
      this.failed(thrown);
    }
    if (this.missed) await this.refresh();
    await this.watch();
  }

  private async begin(at?: { number: number; found: string[] }): Promise<void> {
    await this.timeline.load(at ? { at: 'around', number: at.number } : { at: 'unread' });
    if (at) this.aim(at.number, at.found);
    await this.look();
  }

  /** The text in the composer is newer than a draft requested before the text was written. */
  private async look(): Promise<void> {
    const asked = this.composer.now;
    const view = await this.shell.call('conversation', { conversation: this.id });
    this.view = view;
    this.failure = null;
    this.composer.offer(view, asked);
  }

  /** The conversation is being downloaded, and nothing has failed yet. */
  get coming(): boolean {
    const { failure } = this;
    return this.viaItem && failure?.error === 'refused' && failure.refusal === 'no_such_conversation';
  }

  private async watch(): Promise<void> {
    try {
      if (!this.ended) await this.shell.call('watch', { conversation: this.id });
      await this.refreshReaders();
    } catch {
      // The readers stay unknown.
    }
  }

  async refreshReaders(): Promise<void> {
    if (this.ended) return;
    try {
      this.readers = await this.shell.call('readers', { conversation: this.id });
    } catch {
      this.readers = [];
    }
  }

  refresh(): Promise<void> {
    if (this.view || this.failure) return this.asking.now();
    this.missed = true;
    return Promise.resolve();
  }

  /** Opens the panel to add somebody who was chosen elsewhere; `null` once that was done or not. */
  addFrom(choice: Choice | null): void {
    this.offered = choice;
    if (choice) this.panel = 'participants';
  }

  end(): void {
    this.ended = true;
    const { id: conversation } = this;
    void this.shell.call('watch', { conversation: null }).catch(() => undefined);
    if (this.viaItem) void this.shell.call('unfollow', { conversation }).catch(() => undefined);
  }

  private async again(): Promise<void> {
    if (this.ended) return;
    try {
      if (!this.view) return await this.begin();
      await this.look();
      await this.timeline.refresh();
      if (this.panel === 'attachments') void this.listed.refresh();
    } catch (thrown) {
      this.failed(thrown);
    }
  }

  private failed(thrown: unknown): void {
    const { why } = CallError.from(thrown);
    if (why.error === 'refused' && why.refusal === 'no_such_conversation' && this.view) this.gone();
    else this.failure = why;
  }

  async toEnd(): Promise<void> {
    if (this.timeline.after) await this.timeline.load({ at: 'end' });
  }

  async to(number: number, found: string[] = []): Promise<void> {
    if (!this.timeline.has(number)) await this.timeline.load({ at: 'around', number });
    this.aim(number, found);
  }

  private aim(number: number, found: string[]): void {
    this.target = { number, found, revision: (this.target?.revision ?? 0) + 1 };
  }

  /** Moves the read marker: everything up to here was on the screen, focused and visible (M9). */
  async read(number: number): Promise<void> {
    if (!this.view || number <= Math.max(this.view.read, this.reported)) return;
    this.reported = number;
    try {
      await this.shell.call('read', { conversation: this.id, number });
    } catch {
      // The next message that is seen reports the read marker again.
      this.reported = 0;
    }
  }
}
