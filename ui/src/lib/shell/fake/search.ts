/** Searching in the fake world (L4): parts of words, and the filters as chips; of those that are typed, `van:` and `bijlage:` alone. */
import type { HitCount } from '$lib/bindings/HitCount';
import type { MessageHit } from '$lib/bindings/MessageHit';
import type { SearchAsk } from '$lib/bindings/SearchAsk';
import type { SearchFault } from '$lib/bindings/SearchFault';
import type { SearchFilter } from '$lib/bindings/SearchFilter';
import type { SearchReach } from '$lib/bindings/SearchReach';
import type { SearchResult } from '$lib/bindings/SearchResult';
import type { SnippetPart } from '$lib/bindings/SnippetPart';
import type { FilterKind } from '$lib/bindings/FilterKind';
import type { Suggestion } from '$lib/bindings/Suggestion';
import { fold, Wanted } from '$lib/words/matching';

import { fullName } from './people';
import { preview } from './text';
import type { Views } from './views';
import type { Conversation, Message, World } from './world';

const MOST_COUNTED = 1_000;

interface Found {
  /** In the order of time. */
  place: number;
  conversation: Conversation;
  message: Message;
}

export class Searches {
  constructor(
    private readonly world: World,
    private readonly views: Views,
    private readonly reach: SearchReach,
  ) {}

  answer(ask: SearchAsk): SearchResult {
    const { text, typed } = parse(ask.query);
    const filters = [...ask.filters, ...typed];
    const all = this.found(text, filters).filter(({ place }) => ask.before === null || place < ask.before);
    const page = all.slice(0, Math.max(1, ask.limit));
    return {
      hits: page.map((one) => this.hit(one, terms(text))),
      next: page.length < all.length ? (page.at(-1)?.place ?? null) : null,
      typed,
      text,
      faults: filters.flatMap((filter) => this.fault(filter)),
      reach: this.reach,
    };
  }

  count(ask: SearchAsk): HitCount {
    const { text, typed } = parse(ask.query);
    const all = this.found(text, [...ask.filters, ...typed]);
    const left = all.filter(({ place }) => ask.before === null || place < ask.before);
    return { count: Math.min(MOST_COUNTED, left.length), next: null };
  }

  suggest(kind: FilterKind, typed: string, limit: number): Suggestion[] {
    const wanted = new Wanted(typed);
    if (kind === 'in') {
      const rows = [...this.world.conversations.values()].filter((one) => wanted.isIn(this.views.title(one)));
      return rows.slice(0, limit).map((one) => ({
        filter: { filter: 'in', name: this.views.title(one), conversation: one.id },
        about: this.views
          .others(one)
          .slice(0, 3)
          .map((member) => this.world.name(member))
          .join(', '),
      }));
    }
    if (kind !== 'from') return [];
    const known = new Set([...this.world.conversations.values()].flatMap((one) => this.views.others(one)));
    const cards = [...known]
      .map((member) => this.world.card(member))
      .filter((card) => wanted.isIn(fullName(card)));
    return cards.slice(0, limit).map((card) => ({
      filter: { filter: 'from', name: fullName(card), membership: card.membership },
      about: `${card.function}, ${card.organisation_name}`,
    }));
  }

  private found(text: string, filters: SearchFilter[]): Found[] {
    const wanted = terms(text);
    if (wanted.length === 0 && filters.length === 0) return [];
    return [...this.world.conversations.values()]
      .flatMap((conversation) =>
        conversation.happened.flatMap((message) =>
          message.kind === 'message' && !message.deleted ? [{ conversation, message }] : [],
        ),
      )
      .sort((a, b) => a.message.at - b.message.at)
      .map((one, place) => ({ ...one, place }))
      .filter((one) => filters.every((filter) => this.admits(one, filter)))
      .filter((one) => wanted.every((term) => fold(this.searched(one.message)).includes(term)))
      .reverse();
  }

  private searched({ text, files }: Message): string {
    return [
      preview(text, (member) => this.world.name(member)),
      ...(files ?? []).map((file) => file.name),
    ].join('\n');
  }

  private admits({ conversation, message }: Found, filter: SearchFilter): boolean {
    switch (filter.filter) {
      case 'from':
        return filter.membership === null
          ? new Wanted(filter.name).isIn(this.world.name(message.by))
          : message.by === filter.membership;
      case 'in':
        return filter.conversation === null
          ? new Wanted(filter.name).isIn(this.views.title(conversation))
          : conversation.id === filter.conversation;
      case 'before':
        return !(message.at >= new Date(`${filter.day}T00:00`).getTime());
      case 'after':
        return !(message.at < new Date(`${filter.day}T24:00`).getTime());
      case 'attachment':
        return (message.files ?? []).some((file) => fold(file.name).includes(fold(filter.name)));
      case 'item':
        return conversation.item !== null;
    }
  }

  private fault(filter: SearchFilter): SearchFault[] {
    const isDay = filter.filter === 'before' || filter.filter === 'after';
    if (isDay && Number.isNaN(new Date(`${filter.day}T00:00`).getTime()))
      return [{ fault: 'no_date', typed: filter.day }];
    const isNobody = filter.filter === 'from' && filter.membership === null;
    if (isNobody && this.suggest('from', filter.name, 1).length === 0)
      return [{ fault: 'nobody', typed: filter.name }];
    return [];
  }

  private hit({ place, conversation, message }: Found, wanted: string[]): MessageHit {
    const card = this.world.card(message.by);
    const text = preview(message.text, (member) => this.world.name(member));
    const snippet = parts(text, wanted);
    return {
      place,
      conversation: conversation.id,
      number: message.number ?? 0,
      title: this.views.title(conversation),
      author: {
        membership: card.membership,
        name: fullName(card),
        function: card.function,
        organisation: card.organisation_name,
        me: this.world.isMe(message.by),
        outside: this.world.isOutside(message.by, conversation.acting),
      },
      at: message.at,
      snippet,
      files: (message.files ?? []).map((file) => parts(file.name, wanted)),
      found: [...new Set(snippet.filter((part) => part.marked).map((part) => part.text))],
      archived: conversation.archived,
    };
  }
}

const FILTER =
  /(?:^|\s)(van|from|bijlage|attachment|voor|na|before|after|in|onderdeel|item):(?:"([^"]*)"?|(\S*))/giu;

function parse(query: string): { text: string; typed: SearchFilter[] } {
  const typed: SearchFilter[] = [];
  const text = query.replace(FILTER, (_, name: string, quoted?: string, plain?: string) => {
    const value = quoted ?? plain ?? '';
    const filter = made(name.toLowerCase(), value);
    if (filter && (value || filter.filter === 'attachment')) typed.push(filter);
    return ' ';
  });
  return { text: text.trim(), typed };
}

function made(name: string, value: string): SearchFilter | null {
  if (name === 'van' || name === 'from') return { filter: 'from', name: value, membership: null };
  if (name === 'in') return { filter: 'in', name: value, conversation: null };
  if (name === 'voor' || name === 'before') return { filter: 'before', day: value };
  if (name === 'na' || name === 'after') return { filter: 'after', day: value };
  if (name === 'bijlage' || name === 'attachment') return { filter: 'attachment', name: value };
  return null;
}

function terms(text: string): string[] {
  return fold(text)
    .split(/[^\p{L}\p{N}]+/u)
    .filter(Boolean);
}

/** The words that have a term are marked. */
function parts(text: string, wanted: string[]): SnippetPart[] {
  const pieces = text.split(/([^\p{L}\p{N}]+)/u).filter(Boolean);
  const all: SnippetPart[] = [];
  for (const piece of pieces) {
    const marked = wanted.some((term) => fold(piece).includes(term));
    const last = all.at(-1);
    if (last && !last.marked && !marked) last.text += piece;
    else all.push({ text: piece, marked });
  }
  return all;
}
