/**
 * The overview: the conversations of one filter, narrowed, ordered, and looked for by what is typed.
 *
 * The engine has them all and says how many there are; here is only the slice around what is looked at. It is asked for
 * as one, so that no conversation ever stands in two places, and what lies outside it is a place without a row.
 */
import type { ApiError } from '$lib/bindings/ApiError';
import type { Filter } from '$lib/bindings/Filter';
import type { Only } from '$lib/bindings/Only';
import type { Order } from '$lib/bindings/Order';
import type { OverviewAsk } from '$lib/bindings/OverviewAsk';
import type { OverviewRow } from '$lib/bindings/OverviewRow';
import { CallError, type Shell } from '$lib/shell/shell';

import { NOTHING_LEFT_OUT, sameOnly } from './only';
import { Refresh } from './refresh';

const PAGE = 100;
/** The most rows in one answer of the engine. */
const MOST = 500;
/** The slice goes on for so many rows beyond what is looked at before the next one is asked for. */
const MARGIN = 30;

export class OverviewState {
  filter = $state<Filter>('active');
  order = $state<Order>('latest');
  only = $state.raw<Only>(NOTHING_LEFT_OUT);
  /** One for every place, `null` where the row is not loaded; all of it `null` until the first answer. */
  rows = $state.raw<(OverviewRow | null)[] | null>(null);
  /** The request that the rows are for: another request gives another list, shown from its beginning. */
  answered = $state.raw<Pick<OverviewAsk, 'filter' | 'order' | 'only'> | null>(null);
  unread = $state(0);
  failure = $state.raw<ApiError | null>(null);
  /** The conversation that has the keyboard: its row stays, wherever one looks. */
  held: string | null = null;
  private view = { first: 0, last: 0 };
  private slice = { from: 0, to: 0 };
  private readonly asking: Refresh;

  constructor(private readonly shell: Shell) {
    this.asking = new Refresh(() => this.load());
  }

  /** Clears everything for another user. */
  forget(): void {
    this.rows = null;
    this.answered = null;
    this.filter = 'active';
    this.held = null;
    this.view = { first: 0, last: 0 };
    this.slice = { from: 0, to: 0 };
  }

  /** Requests the rows in view and near it again. */
  refresh(): Promise<void> {
    return this.asking.now();
  }

  choose(filter: Filter): Promise<void> {
    this.filter = filter;
    return this.fromTheTop();
  }

  /** How it is kept in the settings (L2). */
  arrange(order: Order, only: Only): Promise<void> {
    if (order === this.order && sameOnly(only, this.only)) return Promise.resolve();
    this.order = order;
    this.only = only;
    return this.rows ? this.fromTheTop() : Promise.resolve();
  }

  private fromTheTop(): Promise<void> {
    this.view = { first: 0, last: 0 };
    return this.refresh();
  }

  /** One looks at these places now. */
  look(first: number, last: number): void {
    this.view = { first, last };
    const end = (this.rows?.length ?? 0) - 1;
    const near = Math.max(0, first - MARGIN) >= this.slice.from;
    if (near && Math.min(end, last + MARGIN) < this.slice.to) return;
    void this.refresh();
  }

  /** The row at a place, once it is there. */
  async reach(index: number): Promise<OverviewRow | null> {
    if (!this.rows?.[index]) {
      this.view = { first: index, last: index };
      await this.refresh();
    }
    return this.rows?.[index] ?? null;
  }

  /** The place of a conversation in the list, or -1 if it is not loaded. */
  placeOf(conversation: string | null | undefined): number {
    return this.rows?.findIndex((row) => row !== null && row.conversation === conversation) ?? -1;
  }

  row(conversation: string): OverviewRow | null {
    return this.rows?.[this.placeOf(conversation)] ?? null;
  }

  /** The first of all conversations, archived ones included, with which something is the case. */
  async first(what: (row: OverviewRow) => boolean): Promise<OverviewRow | null> {
    for (const filter of ['active', 'archived'] as const) {
      for (let from = 0, total = 1; from < total; from += MOST) {
        const all = { filter, order: 'latest', only: NOTHING_LEFT_OUT, query: '' } as const;
        const answer = await this.shell.call('overview', { ask: { ...all, from, limit: MOST } });
        const found = answer.rows.find(what);
        if (found) return found;
        total = answer.total;
      }
    }
    return null;
  }

  private async load(): Promise<void> {
    const { first, last } = this.view;
    const from = Math.floor(Math.max(0, first - PAGE / 2) / PAGE) * PAGE;
    const limit = Math.min(MOST, Math.ceil((last + PAGE / 2 - from) / PAGE) * PAGE);
    const asked = { filter: this.filter, order: this.order, only: this.only };
    try {
      const { rows, unread, total } = await this.shell.call('overview', {
        ask: { ...asked, query: '', from, limit },
      });
      this.unread = unread;
      this.failure = null;
      // A newer request is under way, so this answer is dropped.
      if (!this.isAsked(asked)) return;
      if (rows.length === 0 && total > 0) return this.fromTheEnd(total);
      this.take(rows, from, total);
      this.slice = { from, to: from + limit };
      if (!this.answered || !same(this.answered, asked)) this.answered = asked;
    } catch (thrown) {
      this.failure = CallError.from(thrown).why;
    }
  }

  private isAsked(asked: NonNullable<typeof this.answered>): boolean {
    const { filter, order, only } = this;
    return same(asked, { filter, order, only });
  }

  /** The list became shorter than the part in view: shows its end. */
  private async fromTheEnd(total: number): Promise<void> {
    this.view = { first: total - 1, last: total - 1 };
    await this.load();
  }

  private take(rows: OverviewRow[], from: number, total: number): void {
    const places = new Array<OverviewRow | null>(total).fill(null);
    for (const [at, row] of rows.entries()) places[from + at] = row;
    const at = this.held === null ? -1 : this.placeOf(this.held);
    const held = this.rows?.[at];
    const stays = held && at < total && !places[at] && !rows.some((one) => one.conversation === this.held);
    if (stays) places[at] = held;
    this.rows = places;
  }
}

function same(a: NonNullable<OverviewState['answered']>, b: NonNullable<OverviewState['answered']>): boolean {
  return a.filter === b.filter && a.order === b.order && sameOnly(a.only, b.only);
}
