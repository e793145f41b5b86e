/** The overview of the fake world: which conversations, in which order, from which place on (L2). */
import type { ConversationKind } from '$lib/bindings/ConversationKind';
import type { Only } from '$lib/bindings/Only';
import type { Overview } from '$lib/bindings/Overview';
import type { OverviewAsk } from '$lib/bindings/OverviewAsk';
import type { OverviewChoices } from '$lib/bindings/OverviewChoices';
import type { OverviewRow } from '$lib/bindings/OverviewRow';

import { plain, Wanted } from '$lib/words/matching';

import { preview } from './text';
import { shapeOf, type Views } from './views';
import type { Conversation, Happening, Message, World } from './world';

/** The most rows in one answer of the engine. */
const MOST = 500;

export class Overviews {
  constructor(
    private readonly world: World,
    private readonly views: Views,
    /** Files wait in the draft of a conversation. */
    private readonly hasFiles: (conversation: string) => boolean,
  ) {}

  private get listed(): Conversation[] {
    return [...this.world.conversations.values()].filter((one) => !one.viaItem);
  }

  answer({ filter, order, only, query, from, limit }: OverviewAsk): Overview {
    const wanted = new Wanted(query);
    const found = this.listed
      .filter((one) => (filter === 'archived') === one.archived)
      .filter((one) => filter !== 'unread' || this.views.unread(one) > 0)
      .filter((one) => this.isOf(only, one) && this.says(one, wanted))
      .map((one) => ({ one, at: said(one)?.at ?? one.happened.at(-1)?.at ?? 0 }))
      .sort((a, b) => b.at - a.at)
      .map(({ one }) => one);
    if (order === 'unread_first') {
      const read = (one: Conversation) => Number(this.views.unread(one) === 0);
      found.sort((a, b) => read(a) - read(b));
    } else if (order === 'subject') {
      const titles = new Map(found.map((one) => [one, plain(this.views.title(one))]));
      found.sort((a, b) => (titles.get(a) ?? '').localeCompare(titles.get(b) ?? ''));
    }
    return {
      rows: found.slice(from, from + Math.min(limit, MOST)).map((one) => this.row(one)),
      unread: this.listed.filter((one) => this.views.unread(one) > 0).length,
      total: found.length,
    };
  }

  choices(): OverviewChoices {
    const cards = this.listed.flatMap((one) => this.views.others(one)).map((one) => this.world.card(one));
    const names = new Map(cards.map((card) => [card.organisation, card.organisation_name]));
    const types = this.listed.flatMap((one) => this.typeOf(one) ?? []);
    return {
      organisations: [...names]
        .map(([organisation, name]) => ({ organisation, name }))
        .sort((a, b) => a.name.localeCompare(b.name)),
      item_types: [...new Set(types)].sort(),
    };
  }

  private typeOf({ item }: Conversation): string | null {
    return item === null ? null : (this.world.items.get(item)?.item_type ?? null);
  }

  private isOf(only: Only, one: Conversation): boolean {
    const kind: ConversationKind = one.shape === 'item' && one.item === null ? 'group' : one.shape;
    const organisations = () => this.views.others(one).map((member) => this.world.card(member).organisation);
    return (
      (only.kind === null || only.kind === kind) &&
      (only.item_type === null || only.item_type === this.typeOf(one)) &&
      (only.organisation === null || organisations().includes(only.organisation)) &&
      (!only.mentioned || this.mention(one) > 0)
    );
  }

  private says(one: Conversation, wanted: Wanted): boolean {
    const others = this.views.others(one).map((member) => this.world.name(member));
    return wanted.isIn(this.views.title(one), ...others);
  }

  /** The last message in which one is mentioned. */
  private mention(conversation: Conversation): number {
    const mine = conversation.happened.filter(
      (one) => one.kind === 'message' && one.text.mentions?.some((member) => this.world.isMe(member)),
    );
    return Math.max(0, ...mine.map((one) => one.number ?? 0));
  }

  private row(conversation: Conversation): OverviewRow {
    const others = this.views.others(conversation);
    const own = conversation.happened.filter((one) => this.world.isMe(one.by));
    const last = said(conversation);
    const anything = conversation.happened.at(-1);
    const unread = this.views.unread(conversation);
    return {
      conversation: conversation.id,
      ...shapeOf(conversation),
      title: this.views.title(conversation),
      participants: others.slice(0, 5).map((one) => this.world.name(one)),
      participant_count: conversation.members.length,
      last: last
        ? {
            at: last.at,
            author: this.world.isMe(last.by) ? null : this.world.name(last.by),
            preview: last.deleted ? null : preview(last.text, (one) => this.world.name(one)),
            attachments: last.deleted ? [] : (last.files ?? []).map((one) => one.kind),
          }
        : anything
          ? { at: anything.at, author: null, preview: '', attachments: [] }
          : null,
      unread,
      outside: others.some((one) => this.world.isOutside(one, conversation.acting)),
      archived: conversation.archived,
      muted: conversation.muted,
      read_only: conversation.archivedBy !== null,
      draft: conversation.draft !== null || this.hasFiles(conversation.id),
      urgent: conversation.happened.some(
        (one) =>
          one.kind === 'message' &&
          one.urgent !== undefined &&
          !one.deleted &&
          !this.world.isMe(one.by) &&
          (one.number ?? 0) > conversation.read,
      ),
      mentioned: unread > 0 && this.mention(conversation) > conversation.read,
      waiting: own.filter((one) =>
        ['waiting', 'leaving', 'sending', 'held', 'stale'].includes(one.state.state),
      ).length,
      failed: own.filter(hasFailed).length,
    };
  }
}

/** It was refused, or a file of it afterwards. */
export function hasFailed(one: Happening): boolean {
  const files = one.kind === 'message' ? (one.files ?? []) : [];
  return one.state.state === 'refused' || files.some((file) => file.unacknowledged);
}

function said(conversation: Conversation): Message | undefined {
  return conversation.happened.findLast((one): one is Message => one.kind === 'message');
}
