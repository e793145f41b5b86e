/**
 * The data of the fake world: people, conversations with numbered events, and the outbox.
 *
 * An action is shown as if it was accepted, so that a screen can be gone through: few rules are kept here, and nobody is
 * kept from anything (the tests on the real engine, `*.real.test.ts`, show that).
 */
import type { AttachmentView } from '$lib/bindings/AttachmentView';
import type { Card } from '$lib/bindings/Card';
import type { Draft } from '$lib/bindings/Draft';
import type { Line } from '$lib/bindings/Line';
import type { MessageState } from '$lib/bindings/MessageState';
import type { MessageText } from '$lib/bindings/MessageText';

import { ITEMS, TEAMS } from './items';
import { fullName, PEOPLE, type Key } from './people';
import type { Sample } from './files';
import type { Said, Script, ScriptLine, When } from './scripts';
import { MENTION } from './text';

export interface Message {
  kind: 'message';
  id: string;
  number: number | null;
  by: string;
  at: number;
  writtenAt: number | null;
  text: MessageText;
  files?: AttachmentView[];
  replyTo: string | null;
  /** The reason of an urgent one. */
  urgent?: string;
  edited: boolean;
  deleted: boolean;
  unavailable?: boolean;
  /** It is too old to be changed. */
  fixed: boolean;
  state: MessageState;
}

export interface Change {
  kind: 'line';
  pending: string | null;
  number: number | null;
  by: string;
  at: number;
  line: Line;
  state: MessageState;
  /** The change that it makes once it is accepted. */
  done?: () => void;
}

export type Happening = Message | Change;

export interface Conversation {
  id: string;
  shape: 'direct' | 'group' | 'item';
  /** The item that the conversation is about. */
  item: string | null;
  subject: string | null;
  owner: string | null;
  /** The longest-standing first. */
  members: string[];
  teams: string[];
  /** Those who were invited by name, besides by a team. */
  named: string[];
  /** The user sees it through its item without taking part. */
  viaItem: boolean;
  /** One may join it. */
  mayJoin: boolean;
  acting: string;
  happened: Happening[];
  read: number;
  draft: Draft | null;
  archived: boolean;
  muted: boolean;
  archivedBy: string | null;
  restored: boolean;
  /** Places that are not on the device. */
  missing: { from: number; to: number } | null;
}

export const ACCEPTED: MessageState = { state: 'accepted' };
const MINUTE = 60_000;

export class World {
  readonly cards = new Map<string, Card>();
  readonly conversations = new Map<string, Conversation>();
  /** The memberships of the user. */
  mine: Card[];
  readonly teams = new Map(TEAMS.map((one) => [one.card.team, one]));
  /** Makes the files of a script; the fake shell sets it before it plays any. */
  fileOf: (sample: Sample) => AttachmentView = () => {
    throw new Error('no files yet');
  };
  readonly items = new Map(ITEMS.map((one) => [one.item, structuredClone(one)]));
  private made = 0;

  constructor(
    private readonly now: () => number,
    mine: Card[],
    others: Card[],
  ) {
    this.mine = mine;
    for (const card of [...mine, ...others]) this.cards.set(card.membership, card);
  }

  id(kind: string): string {
    this.made += 1;
    return `${kind}-${this.made}`;
  }

  card(membership: string): Card {
    const card = this.cards.get(membership);
    if (!card) throw new Error(`nobody is ${membership}`);
    return card;
  }

  name(membership: string): string {
    return fullName(this.card(membership));
  }

  isMe(membership: string): boolean {
    return this.mine.some((card) => card.membership === membership);
  }

  /** Of another organisation than the acting membership's. */
  isOutside(membership: string, acting: string): boolean {
    return this.card(membership).organisation !== this.card(acting).organisation;
  }

  /** Another person has the same name. */
  hasNamesake(card: Card): boolean {
    const name = fullName(card);
    return [...this.cards.values()].some((other) => other.person !== card.person && fullName(other) === name);
  }

  conversation(id: string): Conversation | undefined {
    return this.conversations.get(id);
  }

  last(conversation: Conversation): number {
    return Math.max(0, ...conversation.happened.map((one) => one.number ?? 0));
  }

  message(conversation: Conversation, id: string | null): Message | undefined {
    return conversation.happened.find((one): one is Message => one.kind === 'message' && one.id === id);
  }

  /** Appends an accepted event at the next place. */
  accept(conversation: Conversation, what: Happening): void {
    const number = this.last(conversation) + 1;
    what.number = number;
    if (what.kind === 'message') for (const file of what.files ?? []) file.state = { state: 'here' };
    what.state = ACCEPTED;
    const waited = what.kind === 'message' && this.now() - what.at > MINUTE;
    if (waited) what.writtenAt = what.at;
    what.at = this.now();
    const others = conversation.happened.filter((one) => one !== what);
    const waiting = others.filter((one) => one.number === null);
    conversation.happened = [...others.filter((one) => one.number !== null), what, ...waiting];
    conversation.archived = false;
  }

  /** Appends all of a script, at its times. */
  play(script: Script): Conversation {
    const acting = (this.mine[0] as Card).membership;
    const key = (of: Key) => (of === 'anna' ? acting : PEOPLE[of].membership);
    const byTeam = new Set((script.teams ?? []).flatMap((one) => this.teams.get(one)?.members ?? []));
    const late = script.lines.flatMap((line) => ('added' in line ? line.added.map(key) : []));
    const members = [
      ...new Set([key(script.owner), ...(script.viaItem ? [] : [acting]), ...script.with.map(key)]),
    ];
    const conversation: Conversation = {
      id: script.id,
      shape: script.shape,
      item: script.item ?? null,
      teams: script.teams ?? [],
      named: script.named?.map(key) ?? [],
      viaItem: script.viaItem ?? false,
      mayJoin: script.mayJoin ?? false,
      subject: script.subject ?? null,
      owner: script.shape !== 'direct' ? key(script.owner) : null,
      members,
      acting,
      happened: [],
      read: 0,
      draft: script.draft ? { text: { body: script.draft }, reply_to: null, editing: null } : null,
      archived: script.archived ?? false,
      muted: script.muted ?? false,
      archivedBy: script.readOnly ? key(script.readOnly) : null,
      restored: false,
      missing: null,
    };
    const started = script.lines[0];
    const begin = started ? this.time(started.at) - MINUTE : this.now();
    const first = members.filter(
      (one) => one !== key(script.owner) && !late.includes(one) && !byTeam.has(one),
    );
    this.add(conversation, {
      kind: 'line',
      pending: null,
      number: 1,
      by: key(script.owner),
      at: begin,
      line: {
        line: 'started',
        with: first.map((one) => this.name(one)),
        teams: (script.teams ?? []).map((one) => this.teams.get(one)?.card.name ?? one),
      },
      state: ACCEPTED,
    });
    const ids: string[] = [];
    for (const line of script.lines) {
      const by = key(line.by);
      const at = this.time(line.at);
      const number = this.last(conversation) + 1;
      if ('text' in line) {
        const message = this.said(line, by, at, number, key, ids);
        ids.push(message.id);
        this.add(conversation, message);
      } else {
        ids.push('');
        this.add(conversation, {
          kind: 'line',
          pending: null,
          number,
          by,
          at,
          line: this.lineOf(line, conversation, key),
          state: ACCEPTED,
        });
      }
    }
    conversation.read = this.last(conversation) - (script.unread ?? 0);
    this.conversations.set(conversation.id, conversation);
    return conversation;
  }

  time(when: When): number {
    if (typeof when === 'number') return this.now() - when * MINUTE;
    const [days, clock] = when;
    const [hours = 0, minutes = 0] = clock.split(':').map(Number);
    const day = new Date(this.now());
    day.setHours(hours, minutes, 0, 0);
    const at = day.getTime() - days * 24 * 60 * MINUTE;
    return Math.min(at, this.now() - 200 * MINUTE);
  }

  private add(conversation: Conversation, what: Happening): void {
    conversation.happened.push(what);
  }

  private said(
    line: Said,
    by: string,
    at: number,
    number: number,
    key: (of: Key) => string,
    ids: string[],
  ): Message {
    const mentions = line.mentions?.map(key);
    return {
      kind: 'message',
      id: this.id('bericht'),
      number,
      by,
      at,
      writtenAt: line.writtenAt === undefined ? null : this.time(line.writtenAt),
      unavailable: line.unavailable ?? false,
      fixed: line.fixed ?? false,
      text: line.deleted
        ? { body: '' }
        : {
            body: mentions ? line.text.replaceAll('@', MENTION) : line.text,
            ...(mentions ? { mentions } : {}),
          },
      ...(line.files && { files: line.files.map((one) => this.fileOf(one)) }),
      replyTo: line.replyToUnseen
        ? 'elders'
        : line.replyTo === undefined
          ? null
          : (ids[line.replyTo] ?? null),
      ...(line.urgent !== undefined && { urgent: line.urgent }),
      edited: line.edited ?? false,
      deleted: line.deleted ?? false,
      state: ACCEPTED,
    };
  }

  private lineOf(line: ScriptLine, conversation: Conversation, key: (of: Key) => string): Line {
    if ('line' in line) return line.line;
    if ('added' in line) {
      return {
        line: 'added',
        names: line.added.map((one) => this.name(key(one))),
        teams: [],
        shared: line.shared ?? false,
      };
    }
    if ('removed' in line) {
      conversation.members = conversation.members.filter((one) => one !== key(line.removed));
      return { line: 'removed', name: this.name(key(line.removed)) };
    }
    if ('left' in line) {
      conversation.members = conversation.members.filter((one) => one !== key(line.by));
      return { line: 'left', ended: line.ended ?? false };
    }
    if ('handedOver' in line) {
      conversation.owner = key(line.handedOver);
      return { line: 'handed_over', name: this.name(key(line.handedOver)) };
    }
    return { line: 'archived' in line ? 'archived' : 'update_needed' };
  }
}
