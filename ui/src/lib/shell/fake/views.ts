/** The fake world as the screen sees it: the views of `crates/client/src/api/view.rs`. */
import type { AbsentRecipient } from '$lib/bindings/AbsentRecipient';
import type { At } from '$lib/bindings/At';
import type { AttachmentView } from '$lib/bindings/AttachmentView';
import type { Author } from '$lib/bindings/Author';
import type { ConversationView } from '$lib/bindings/ConversationView';
import type { FoundTeam } from '$lib/bindings/FoundTeam';
import type { ItemView } from '$lib/bindings/ItemView';
import type { Line } from '$lib/bindings/Line';
import type { ReaderView } from '$lib/bindings/ReaderView';
import type { Shape } from '$lib/bindings/Shape';
import type { TeamView } from '$lib/bindings/TeamView';
import type { Destination } from '$lib/bindings/Destination';
import type { Found } from '$lib/bindings/Found';
import type { Allowed } from '$lib/bindings/Allowed';
import type { MessageView } from '$lib/bindings/MessageView';
import type { Quote } from '$lib/bindings/Quote';
import type { Row } from '$lib/bindings/Row';
import type { MessageText } from '$lib/bindings/MessageText';
import type { Timeline } from '$lib/bindings/Timeline';

import { plain, Wanted } from '$lib/words/matching';

import { fullName } from './people';
import type { Presences } from './presence';
import { preview, spans } from './text';
import type { Conversation, Happening, Message, World } from './world';

export class Views {
  constructor(
    private readonly world: World,
    private readonly now: () => number,
    private readonly presences: Presences,
  ) {}

  others(conversation: Conversation): string[] {
    return conversation.members.filter((one) => !this.world.isMe(one));
  }

  unread(conversation: Conversation): number {
    return conversation.happened.filter(
      (one) => one.kind === 'message' && (one.number ?? 0) > conversation.read && !this.world.isMe(one.by),
    ).length;
  }

  title(conversation: Conversation): string {
    const names = this.others(conversation).map((one) => this.world.name(one));
    return conversation.subject ?? names.join(', ');
  }

  /** The buttons that are shown. Nothing here keeps anybody from doing anything. */
  private may(conversation: Conversation): Allowed {
    const open = conversation.archivedBy === null;
    const owner = conversation.owner === conversation.acting;
    const group = conversation.shape === 'group';
    const add = conversation.shape !== 'direct' && open && !conversation.viaItem;
    return {
      write: open && !conversation.viaItem,
      add,
      add_outside: add && owner,
      share_earlier: group && open && owner,
      remove: owner,
      hand_over: owner,
      archive: owner && open,
      reopen: !open && (owner || conversation.archivedBy === conversation.acting),
      leave: !conversation.viaItem,
      delete: owner && group,
      join: conversation.mayJoin,
    };
  }

  item(id: string, offline: boolean): ItemView {
    const card = this.world.items.get(id) ?? null;
    const about = [...this.world.conversations.values()].filter((one) => one.item === id);
    return {
      item: id,
      card,
      conversations: about.map((one) => ({
        conversation: one.id,
        title: this.title(one),
        last_at: one.happened.at(-1)?.at ?? this.now(),
        participants: one.members.slice(0, 5).map((member) => this.world.name(member)),
        participant_count: one.members.length,
        takes_part: !one.viaItem,
        archived: one.archivedBy !== null,
      })),
      may_start_as: (card?.held ?? []).filter((one) => one.handle).map((one) => one.membership),
      offline,
    };
  }

  readers(conversation: Conversation): ReaderView[] {
    if (conversation.viaItem) return [];
    // All of it, most of it, and now and then hardly any.
    const last = this.world.last(conversation);
    const far = (at: number) => (at % 2 === 0 ? last : Math.floor(last * (at % 5 === 3 ? 0.3 : 0.8)));
    return this.others(conversation).map((one, at) => ({
      person: this.world.card(one).person,
      name: this.world.name(one),
      number: far(at),
      from: 1,
    }));
  }

  destination(conversation: Conversation): Destination {
    const others = this.others(conversation);
    const outside = others.filter((one) => this.world.isOutside(one, conversation.acting));
    const [only] = others;
    return {
      colleagues: others.length,
      outside: outside.length,
      organisations: [...new Set(outside.map((one) => this.world.card(one).organisation_name))],
      to: others.length === 1 && only ? this.world.name(only) : null,
      absent: this.absent(others.length > 8 ? [] : others),
      all_absent: others.length > 0 && others.every((one) => this.presences.of(one)?.absent),
      absent_until: null,
      namesakes: others
        .map((one) => this.world.card(one))
        .filter((card) => this.world.hasNamesake(card))
        .slice(0, 3)
        .map((card) => ({
          name: fullName(card),
          function: card.function,
          organisation: card.organisation_name,
          unit: card.unit_name,
        })),
    };
  }

  private absent(others: string[]): AbsentRecipient[] {
    const found = others.flatMap((membership) => {
      const presence = this.presences.of(membership);
      return presence?.absent ? [{ membership, name: this.world.name(membership), presence }] : [];
    });
    return found.slice(0, 3);
  }

  conversation(conversation: Conversation, files: AttachmentView[]): ConversationView {
    const may = this.may(conversation);
    return {
      conversation: conversation.id,
      ...shapeOf(conversation),
      title: this.title(conversation),
      subject: conversation.subject,
      participants: conversation.members.map((membership) => ({
        ...this.world.card(membership),
        me: this.world.isMe(membership),
        owner: conversation.owner === membership,
        outside: this.world.isOutside(membership, conversation.acting),
        may_remove: may.remove && !this.world.isMe(membership),
        presence: this.presences.of(membership),
        by_teams: this.teamsOf(conversation, membership),
      })),
      teams: conversation.teams.flatMap((id) => this.teamView(conversation, id)),
      item_card: conversation.item === null ? null : (this.world.items.get(conversation.item) ?? null),
      via_item: conversation.viaItem,
      acting: conversation.acting,
      may,
      archived_by: conversation.archivedBy ? this.world.name(conversation.archivedBy) : null,
      archived: conversation.archived,
      muted: conversation.muted,
      destination: this.destination(conversation),
      read: conversation.read,
      last: this.world.last(conversation),
      unread: this.unread(conversation),
      draft: conversation.draft,
      draft_mentions: this.mentioned(conversation.draft?.text ?? { body: '' }),
      draft_attachments: files,
      restored: conversation.restored,
    };
  }

  private teamsOf(conversation: Conversation, membership: string): string[] {
    const teams = conversation.teams.flatMap((id) => this.world.teams.get(id) ?? []);
    if (conversation.named.includes(membership)) return [];
    return teams.filter((one) => one.members.includes(membership)).map((one) => one.card.name);
  }

  private teamView(conversation: Conversation, id: string): TeamView[] {
    const team = this.world.teams.get(id);
    if (!team) return [];
    return [
      {
        ...team.card,
        members: conversation.members.filter((one) =>
          this.teamsOf(conversation, one).includes(team.card.name),
        ).length,
        outside: team.card.organisation !== this.world.card(conversation.acting).organisation,
        may_remove: conversation.owner === conversation.acting,
      },
    ];
  }

  timeline(conversation: Conversation, at: At, limit: number): Timeline {
    const all = conversation.happened;
    const unreadAt = all.findIndex(
      (one) => one.kind === 'message' && (one.number ?? 0) > conversation.read && !this.world.isMe(one.by),
    );
    const place = (number: number) => {
      const found = all.findIndex((one) => one.number === null || one.number >= number);
      return found < 0 ? all.length : found;
    };
    let from = Math.max(0, all.length - limit);
    let to = all.length;
    if (at.at === 'around' || (at.at === 'unread' && unreadAt >= 0)) {
      const middle = at.at === 'around' ? place(at.number) : unreadAt;
      from = Math.max(0, Math.min(middle - Math.floor(limit / 2), all.length - limit));
      to = Math.min(all.length, from + limit);
    } else if (at.at === 'before') {
      to = place(at.number);
      from = Math.max(0, to - limit);
    } else if (at.at === 'after') {
      from = place(at.number + 1);
      to = Math.min(all.length, from + limit);
    }
    return {
      rows: this.rows(conversation, all.slice(from, to)),
      before: from > 0,
      after: to < all.length,
      unread_from: unreadAt < 0 ? null : (all[unreadAt]?.number ?? null),
    };
  }

  private rows(conversation: Conversation, stretch: Happening[]): Row[] {
    const gap = conversation.missing;
    const rows: Row[] = [];
    for (const one of stretch) {
      if (gap && one.number !== null && one.number >= gap.from && one.number <= gap.to) {
        if (rows.at(-1)?.row !== 'missing') rows.push({ row: 'missing', range: gap });
      } else {
        rows.push(this.row(conversation, one));
      }
    }
    return rows;
  }

  row(conversation: Conversation, one: Happening): Row {
    if (one.kind === 'message') return { row: 'message', ...this.messageView(conversation, one) };
    return {
      row: 'line',
      number: one.number,
      pending: one.number === null ? one.pending : null,
      at: one.at,
      by: this.author(one.by, conversation.acting),
      ...this.lineView(one.line, this.world.name(conversation.acting)),
      state: one.state,
    };
  }

  /** The names without the user's own, as the engine answers. */
  private lineView(line: Line, own: string): { line: Line; about_me: boolean } {
    const others = (names: string[]) => names.filter((one) => one !== own);
    if ('names' in line)
      return { line: { ...line, names: others(line.names) }, about_me: line.names.includes(own) };
    if ('with' in line)
      return { line: { ...line, with: others(line.with) }, about_me: line.with.includes(own) };
    return { line, about_me: line.line === 'handed_over' && line.name === own };
  }

  private messageView(conversation: Conversation, message: Message): MessageView {
    const mine = this.world.isMe(message.by);
    const open = conversation.archivedBy === null && !message.deleted;
    const accepted = message.number !== null;
    return {
      message: message.id,
      number: message.number,
      author: this.author(message.by, conversation.acting),
      at: message.at,
      written_at: message.writtenAt,
      body: message.deleted
        ? { body: 'deleted' }
        : message.unavailable
          ? { body: 'unavailable' }
          : { body: 'said', spans: spans(message.text), text: message.text },
      attachments: message.deleted ? [] : (message.files ?? []),
      quote: message.replyTo ? this.quote(conversation, message.replyTo) : null,
      urgent: message.urgent === undefined || message.deleted ? null : { reason: message.urgent },
      edited: message.edited,
      state: message.state,
      may_reply: open && accepted,
      may_edit: open && accepted && mine && !message.fixed,
      edit_over: open && accepted && mine && message.fixed,
      may_delete: open && accepted && mine,
      may_withdraw: ['waiting', 'leaving', 'stale', 'held', 'refused', 'sending'].includes(
        message.state.state,
      ),
      mentions: this.mentioned(message.text),
    };
  }

  private mentioned(text: MessageText) {
    return (text.mentions ?? []).map((membership) => ({
      membership,
      name: this.world.name(membership),
      me: this.world.isMe(membership),
    }));
  }

  private quote(conversation: Conversation, id: string): Quote {
    const target = this.world.message(conversation, id);
    if (!target) return { quote: 'unavailable' };
    if (target.deleted) return { quote: 'deleted', number: target.number };
    return {
      quote: 'available',
      message: target.id,
      number: target.number,
      author: this.world.name(target.by),
      me: this.world.isMe(target.by),
      preview: preview(target.text, (one) => this.world.name(one)),
      attachments: target.files?.length ?? 0,
    };
  }

  author(membership: string, acting: string): Author {
    const card = this.world.card(membership);
    return {
      membership,
      name: fullName(card),
      function: card.function,
      organisation: card.organisation_name,
      me: this.world.isMe(membership),
      outside: this.world.isOutside(membership, acting),
    };
  }

  private findTeams(acting: string, wanted: Wanted): FoundTeam[] {
    const own = this.world.card(acting).organisation;
    const found = [...this.world.teams.values()]
      .map(({ card }) => ({
        ...card,
        outside: card.organisation !== own,
        namesake: false,
        named: wanted.isIn(card.name),
      }))
      .filter((team) => wanted.isIn(team.name, team.organisation_name, team.unit_name));
    return found.map((team) => ({
      ...team,
      namesake: found.some((other) => other !== team && other.name === team.name),
    }));
  }

  /** Matches the beginnings of all words of a card, ignoring case and accents. */
  find(acting: string, query: string, limit: number, offline: boolean): Found {
    const wanted = new Wanted(query);
    const known = new Set([...this.world.conversations.values()].flatMap((one) => one.members));
    const people = [...this.world.cards.values()]
      .filter((card) => !this.world.isMe(card.membership) && !card.ended)
      .filter((card) => (offline || wanted.isEmpty ? known.has(card.membership) : true))
      .filter((card) =>
        wanted.isIn(fullName(card), card.discipline, card.function, card.organisation_name, card.unit_name),
      )
      .sort(
        (a, b) =>
          Number(this.world.isOutside(a.membership, acting)) -
            Number(this.world.isOutside(b.membership, acting)) ||
          plain(a.name.family).localeCompare(plain(b.name.family)),
      );
    const direct = (membership: string) =>
      [...this.world.conversations.values()].find(
        (one) => one.shape === 'direct' && one.subject === null && one.members.includes(membership),
      )?.id ?? null;
    return {
      people: people.slice(0, limit).map((card) => ({
        ...card,
        outside: this.world.isOutside(card.membership, acting),
        namesake: people.some((other) => other !== card && fullName(other) === fullName(card)),
        named: wanted.isIn(fullName(card)),
        direct: direct(card.membership),
        presence: this.presences.of(card.membership),
      })),
      teams: this.findTeams(acting, wanted).slice(0, limit),
      more: people.length > limit,
      offline,
    };
  }
}

export function shapeOf({ shape, item }: Conversation): Shape {
  return shape === 'item' && item !== null ? { shape, item } : { shape: shape === 'item' ? 'group' : shape };
}
