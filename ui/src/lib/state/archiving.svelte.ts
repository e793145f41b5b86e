/** Archiving, for oneself or for everyone, and undoing it a moment later (L3). */
import type { Shell } from '$lib/shell/shell';

export interface Archived {
  conversation: string;
  title: string;
  everyone: boolean;
}

/** Archiving can be undone from the notice for this long; afterwards from the conversation itself. */
const STAYS = 20_000;

export class Archiving {
  /** The conversation that was archived last, while the notice about it is shown. */
  last = $state.raw<Archived | null>(null);
  private timer: ReturnType<typeof setTimeout> | undefined;

  constructor(private readonly shell: Shell) {}

  async archive(what: Archived): Promise<void> {
    const { conversation, everyone } = what;
    await this.shell.call('archive', { conversation, everyone });
    this.last = what;
    this.release();
  }

  async undo(): Promise<Archived | null> {
    const { last } = this;
    if (!last) return null;
    this.putAway();
    await this.shell.call('unarchive', { conversation: last.conversation, everyone: last.everyone });
    return last;
  }

  /** Brought back from elsewhere, or gone. */
  over(conversation: string): void {
    if (this.last?.conversation === conversation) this.putAway();
  }

  putAway(): void {
    clearTimeout(this.timer);
    this.last = null;
  }

  /** It stays while someone is at it. */
  hold(): void {
    clearTimeout(this.timer);
  }

  release(): void {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => (this.last = null), STAYS);
  }
}
