/**
 * Searching (L4): conversations, people and messages for what was typed and the filters that were chosen.
 *
 * A request to the engine reads a bounded part of the messages; there is another as long as there are too few, unless one
 * typed on. So a search that was typed over ends by itself. Recent searches are in memory alone.
 */
import type { ApiError } from '$lib/bindings/ApiError';
import type { MessageHit } from '$lib/bindings/MessageHit';
import type { OverviewRow } from '$lib/bindings/OverviewRow';
import type { SearchFilter } from '$lib/bindings/SearchFilter';
import type { SearchResult } from '$lib/bindings/SearchResult';
import type { Suggestion } from '$lib/bindings/Suggestion';
import { CallError, type Shell } from '$lib/shell/shell';
import { completing, sameFilter, suggestedDays } from '$lib/words/search';

import { NOTHING_LEFT_OUT } from './only';

const PAUSE = 60;
/** Between two answers to the same search while messages come in. */
const CALM = 1_000;
/** Hits of the first answer, a few more than a screen shows, and of those that follow. */
const FIRST = 20;
const PAGE = 50;
/** Missing messages may come without a word: so often they are looked for again while they do not. */
const MOST_LOOKS = 10;
export const MOST_COUNTED = 1_000;
/** Before one asks for more of them. */
const FEW_CONVERSATIONS = 4;
const MOST_CONVERSATIONS = 100;
const FEW_PEOPLE = 3;
const MOST_SUGGESTED = 8;
const MOST_RECENT = 6;

export interface Asked {
  query: string;
  filters: SearchFilter[];
}

type Answered = Pick<SearchResult, 'typed' | 'text' | 'faults' | 'reach'>;

const NO_ANSWER: Answered = { typed: [], text: '', faults: [], reach: { missing: 0, since: null } };

export class SearchState {
  query = $state('');
  filters = $state.raw<SearchFilter[]>([]);
  conversations = $state.raw<OverviewRow[]>([]);
  /** All that there are, of which some are shown. */
  conversationCount = $state(0);
  /** People of that name whom the device knows: what one looks for in messages is not sent anywhere. */
  people = $state.raw<Suggestion[]>([]);
  hits = $state.raw<MessageHit[]>([]);
  /** Where the older hits begin; `null` if there are none. */
  next = $state<number | null>(null);
  /** Counted so far; `null` while nothing is. */
  counted = $state<number | null>(null);
  answer = $state.raw<Answered>(NO_ANSWER);
  /** The search that the results are for; `null` until the first answer. */
  answered = $state.raw<Asked | null>(null);
  failure = $state.raw<ApiError | null>(null);
  suggestions = $state.raw<Suggestion[]>([]);
  /** The hit that was opened last. */
  at = $state<number | null>(null);
  recent = $state.raw<Asked[]>([]);
  private all = false;
  private looks = 0;
  private revision = 0;
  private pause: ReturnType<typeof setTimeout> | undefined;
  private calm: ReturnType<typeof setTimeout> | undefined;

  constructor(private readonly shell: Shell) {}

  /** Something is looked for, and its results stand in the place of the overview. */
  readonly active = $derived(this.query.trim() !== '' || this.filters.length > 0);

  /** The filter that is being typed. */
  readonly completing = $derived(completing(this.query));

  /** Hits that there are, as far as they were counted, and whether there are more. */
  readonly total = $derived.by(() => {
    const least = Math.max(this.hits.length, this.counted ?? 0);
    return this.next === null
      ? { count: this.hits.length, more: false }
      : { count: Math.min(least, MOST_COUNTED), more: this.counted === null || this.counted >= MOST_COUNTED };
  });

  /** Which of the hits is open, from 1 on; 0 if none is. */
  readonly position = $derived(this.hits.findIndex((hit) => hit.place === this.at) + 1);

  get asked(): Asked {
    return { query: this.query.trim(), filters: this.filters };
  }

  /** Clears everything for another user. */
  forget(): void {
    this.clear();
    this.recent = [];
  }

  clear(): void {
    this.query = '';
    this.filters = [];
    this.begin();
  }

  type(query: string): void {
    this.query = query;
    clearTimeout(this.pause);
    if (!this.active) return this.begin();
    this.pause = setTimeout(() => void this.ask(), PAUSE);
    void this.suggest();
  }

  add(filter: SearchFilter): void {
    // Within one conversation at a time.
    const others = this.filters.filter((one) => filter.filter !== 'in' || one.filter !== 'in');
    if (!others.some((one) => sameFilter(one, filter))) this.filters = [...others, filter];
    void this.ask();
  }

  remove(filter: SearchFilter): void {
    this.filters = this.filters.filter((one) => one !== filter);
    if (this.active) void this.ask();
    else this.begin();
  }

  /** The suggestion takes the place of what was typed for it. */
  choose({ filter }: Suggestion): void {
    this.query = this.completing ? this.completing.rest : this.query;
    this.suggestions = [];
    this.add(filter);
  }

  again({ query, filters }: Asked): void {
    this.query = query;
    this.filters = filters;
    void this.ask();
  }

  /** Waits for the answer to what is typed. Returns false if the user typed on meanwhile. */
  async settled(): Promise<boolean> {
    const asked = this.asked;
    if (!sameSearch(this.answered, asked)) await this.ask();
    return sameSearch(this.answered, asked) && sameSearch(asked, this.asked);
  }

  /** One of the results was opened: the search is worth remembering. */
  opened(place: number | null): void {
    this.at = place;
    const { asked } = this;
    this.recent = [asked, ...this.recent.filter((one) => !sameSearch(one, asked))].slice(0, MOST_RECENT);
  }

  forgetRecent(): void {
    this.recent = [];
  }

  /** Something changed that results may show. */
  refresh(): void {
    if (!this.active || this.calm !== undefined) return;
    this.calm = setTimeout(() => {
      this.calm = undefined;
      if (this.active) void this.load(this.revision, Math.max(FIRST, this.hits.length));
    }, CALM);
  }

  allConversations(): Promise<void> {
    this.all = true;
    return this.load(this.revision, Math.max(FIRST, this.hits.length));
  }

  /** The older hits. */
  async more(): Promise<void> {
    const { revision, next } = this;
    if (next === null) return;
    const found = await this.messages(revision, next, PAGE);
    if (revision !== this.revision || this.next !== next || !found) return;
    this.hits = [...this.hits, ...found.hits];
    this.next = found.next;
  }

  /** The hit after the one that is open, or before it; older ones are loaded. */
  async step(by: 1 | -1): Promise<MessageHit | null> {
    const to = this.position === 0 ? (by > 0 ? 0 : this.hits.length - 1) : this.position - 1 + by;
    if (to >= this.hits.length) await this.more();
    return this.hits[to] ?? null;
  }

  /** Shows what answers what was typed: an older answer never takes the place of a newer one. */
  private ask(): Promise<void> {
    clearTimeout(this.pause);
    this.all = false;
    this.revision += 1;
    return this.load(this.revision, FIRST);
  }

  /** There is nothing to look for. */
  private begin(): void {
    this.revision += 1;
    clearTimeout(this.pause);
    this.suggestions = [];
    this.conversations = [];
    this.people = [];
    this.hits = [];
    this.next = null;
    this.counted = null;
    this.answered = null;
    this.answer = NO_ANSWER;
    this.failure = null;
    this.at = null;
  }

  private async load(revision: number, limit: number): Promise<void> {
    const { asked } = this;
    try {
      const found = await this.messages(revision, null, limit);
      if (!found || revision !== this.revision) return;
      const conversations = await this.titled(found.answer);
      if (revision !== this.revision) return;
      this.hits = found.hits;
      this.next = found.next;
      // The count stands until there is another.
      if (!sameSearch(this.answered, asked)) [this.people, this.at, this.counted] = [[], null, null];
      const missed = this.answer.reach.missing;
      this.answer = found.answer;
      this.conversations = conversations.rows;
      this.conversationCount = conversations.total;
      this.answered = asked;
      this.failure = null;
      await Promise.all([this.count(revision), this.named(revision, found.answer)]);
      this.look(missed);
    } catch (thrown) {
      if (revision === this.revision) this.failure = CallError.from(thrown).why;
    }
  }

  /** Looks again where something is missing, as long as it comes. */
  private look(before: number): void {
    const { missing } = this.answer.reach;
    this.looks = missing === before ? this.looks + 1 : 0;
    if (missing > 0 && this.looks < MOST_LOOKS) this.refresh();
  }

  /** As many messages as are wanted; `null` if the search was typed over. */
  private async messages(revision: number, before: number | null, limit: number) {
    const { query, filters } = this;
    let hits: MessageHit[] = [];
    for (;;) {
      const ask = { query, filters, before, limit: limit - hits.length };
      const result = await this.shell.call('search', { ask });
      if (revision !== this.revision) return null;
      hits = [...hits, ...result.hits];
      before = result.next;
      const { typed, text, faults, reach } = result;
      if (before === null || hits.length >= limit)
        return { hits, next: before, answer: { typed, text, faults, reach } };
    }
  }

  /** Counts on after the hits that are there. */
  private async count(revision: number): Promise<void> {
    let before = this.next;
    let counted = this.hits.length;
    while (before !== null && counted < MOST_COUNTED) {
      const ask = { query: this.query, filters: this.filters, before, limit: 0 };
      const part = await this.shell.call('count_hits', { ask });
      if (revision !== this.revision) return;
      counted += part.count;
      before = part.next;
    }
    this.counted = counted;
  }

  /** Conversations of that title, or with participants of that name; where nothing else is asked of messages. */
  private async titled({ text, typed }: Answered): Promise<{ rows: OverviewRow[]; total: number }> {
    if (!text || typed.length > 0 || this.filters.length > 0) return { rows: [], total: 0 };
    const most = this.all ? MOST_CONVERSATIONS : FEW_CONVERSATIONS;
    const some = (filter: 'active' | 'archived', limit: number) => {
      const ask = { filter, query: text, order: 'latest', only: NOTHING_LEFT_OUT, from: 0, limit } as const;
      return this.shell.call('overview', { ask });
    };
    const active = await some('active', most);
    const archived = await some('archived', Math.max(1, most - active.rows.length));
    const rows = [...active.rows, ...archived.rows].slice(0, most);
    return { rows, total: active.total + archived.total };
  }

  private async named(revision: number, { text, typed }: Answered): Promise<void> {
    const isOfPeople = text.length > 1 && typed.length === 0 && this.filters.length === 0;
    const ask = { kind: 'from', typed: text, limit: FEW_PEOPLE } as const;
    const found = isOfPeople ? await this.shell.call('suggest_filters', ask) : [];
    if (revision === this.revision) this.people = found;
  }

  private async suggest(): Promise<void> {
    const { completing: wanted, query } = this;
    if (!wanted) {
      this.suggestions = [];
      return;
    }
    const { kind, typed } = wanted;
    if (kind === 'before' || kind === 'after') {
      this.suggestions = suggestedDays(kind, typed);
    } else if (kind === 'attachment') {
      this.suggestions = typed ? [] : [{ filter: { filter: 'attachment', name: '' }, about: '' }];
    } else {
      const found = await this.shell
        .call('suggest_filters', { kind, typed, limit: MOST_SUGGESTED })
        .catch(() => []);
      if (query === this.query) this.suggestions = found;
    }
  }
}

function sameSearch(a: Asked | null, b: Asked): boolean {
  return (
    a !== null &&
    a.query === b.query &&
    a.filters.length === b.filters.length &&
    a.filters.every((filter, at) => sameFilter(filter, b.filters[at] as SearchFilter))
  );
}
