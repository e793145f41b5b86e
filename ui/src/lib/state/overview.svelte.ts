/** The overview: the conversations of one filter, narrowed by what is typed. */
import type { Filter } from '$lib/bindings/Filter';
import type { OverviewRow } from '$lib/bindings/OverviewRow';
import type { DoorError } from '$lib/bindings/DoorError';
import { CallError, type Shell } from '$lib/shell/shell';
import { plain } from '$lib/words/plain';

import { Refresh } from './refresh';

const PAGE = 200;

export class OverviewState {
  filter = $state<Filter>('active');
  query = $state('');
  /** `null` until the first answer. */
  rows = $state.raw<OverviewRow[] | null>(null);
  unread = $state(0);
  more = $state(false);
  failure = $state.raw<DoorError | null>(null);
  private limit = PAGE;
  private readonly asking: Refresh;

  constructor(private readonly shell: Shell) {
    this.asking = new Refresh(() => this.load());
  }

  /** Those whose title or participants have every word that was typed, at the beginning of a word. */
  readonly shown = $derived.by(() => {
    const wanted = plain(this.query).split(/\s+/u).filter(Boolean);
    if (!this.rows || wanted.length === 0) return this.rows;
    return this.rows.filter((row) => {
      const words = plain([row.title, ...row.participants].join(' ')).split(/[^\p{L}\p{N}]+/u);
      return wanted.every((part) => words.some((word) => word.startsWith(part)));
    });
  });

  refresh(): Promise<void> {
    return this.asking.now();
  }

  async choose(filter: Filter): Promise<void> {
    this.filter = filter;
    this.limit = PAGE;
    await this.refresh();
  }

  /** Takes in as many again, near the end of the list or to search through all of them. */
  async further(): Promise<void> {
    if (!this.more) return;
    this.limit += this.query ? 1000 : PAGE;
    await this.refresh();
  }

  private async load(): Promise<void> {
    const { filter } = this;
    try {
      const overview = await this.shell.call('overview', { filter, limit: this.limit });
      this.unread = overview.unread;
      this.failure = null;
      if (filter !== this.filter) return;
      this.rows = overview.rows;
      this.more = overview.more;
    } catch (thrown) {
      this.failure = CallError.from(thrown).why;
    }
  }
}
