/**
 * From one conversation to another (L5): those one had open last and the latest at first, then what the engine finds, among
 * the active ones and after them in the archive.
 */
import type { ApiError } from '$lib/bindings/ApiError';
import type { Filter } from '$lib/bindings/Filter';
import type { OverviewRow } from '$lib/bindings/OverviewRow';
import { CallError, type Shell } from '$lib/shell/shell';

import { NOTHING_LEFT_OUT } from './only';

/** As many as one sees at once. */
const MOST = 9;
const LATEST = 60;
const PAUSE = 60;

export class SwitcherState {
  query = $state('');
  /** `null` until the first answer. */
  rows = $state.raw<OverviewRow[] | null>(null);
  /** The query that the rows are for. */
  answered = $state('');
  failure = $state.raw<ApiError | null>(null);
  private revision = 0;
  private pause: ReturnType<typeof setTimeout> | undefined;

  constructor(
    private readonly shell: Shell,
    /** The conversations that were open, the latest first. */
    private readonly recent: string[],
    /** The conversation that is open now, which is not offered. */
    private readonly open: string | null,
  ) {}

  type(query: string): void {
    this.query = query;
    clearTimeout(this.pause);
    this.pause = setTimeout(() => void this.ask(), PAUSE);
  }

  /** Shows what answers what was typed: an older answer never takes the place of a newer one. */
  async ask(): Promise<void> {
    clearTimeout(this.pause);
    this.revision += 1;
    const { revision } = this;
    const query = this.query.trim();
    try {
      const rows = query ? await this.find(query) : await this.latest();
      if (revision !== this.revision) return;
      this.rows = rows;
      this.answered = query;
      this.failure = null;
    } catch (thrown) {
      if (revision === this.revision) this.failure = CallError.from(thrown).why;
    }
  }

  /** Waits for the answer to the typed query. Returns false if the user typed on meanwhile. */
  async settled(query: string): Promise<boolean> {
    const isAnswered = () => this.rows !== null && this.query === query && this.answered === query.trim();
    if (!isAnswered()) await this.ask();
    return isAnswered();
  }

  private async find(query: string): Promise<OverviewRow[]> {
    const active = await this.some('active', query, MOST);
    const left = MOST - active.length;
    return left > 0 ? [...active, ...(await this.some('archived', query, left))] : active;
  }

  private async latest(): Promise<OverviewRow[]> {
    const all = (await this.some('active', '', LATEST)).filter((row) => row.conversation !== this.open);
    const place = ({ conversation }: OverviewRow) => {
      const found = this.recent.indexOf(conversation);
      return found < 0 ? Infinity : found;
    };
    // Two of which neither was open are equally far: their order stays.
    return all.sort((a, b) => (place(a) === place(b) ? 0 : place(a) - place(b))).slice(0, MOST);
  }

  private async some(filter: Filter, query: string, limit: number): Promise<OverviewRow[]> {
    const ask = { filter, query, order: 'latest', only: NOTHING_LEFT_OUT, from: 0, limit } as const;
    return (await this.shell.call('overview', { ask })).rows;
  }
}
