/** Messages of the user in the fake data: conversations that are started, and drafts that are sent, with their files. */
import type { AttachmentView } from '$lib/bindings/AttachmentView';
import type { Calls } from '$lib/bindings/calls';
import type { MessageText } from '$lib/bindings/MessageText';

import { CallError } from '../shell';
import type { FakeFiles } from './files';
import type { Outbox } from './outbox';
import type { Views } from './views';
import type { Conversation, World } from './world';

export interface SendingHow {
  diskFull: boolean;
  /** Seconds in which a message with files to another organisation can be taken back (W3). */
  takeBack: () => number;
  changed: (conversation: Conversation) => null;
}

export class FakeSending {
  constructor(
    private readonly world: World,
    private readonly views: Views,
    private readonly files: FakeFiles,
    private readonly outbox: Outbox,
    private readonly how: SendingHow,
  ) {}

  /** The teams' members with the others, each once. */
  withTeams(members: string[], teams: string[]): string[] {
    return [...new Set([...members, ...teams.flatMap((one) => this.world.teams.get(one)?.members ?? [])])];
  }

  teamNames(teams: string[]): string[] {
    return teams.map((one) => this.world.teams.get(one)?.card.name ?? one);
  }

  start({
    acting,
    shape,
    with: others,
    teams,
    subject: typed,
    text,
    attachments,
    urgent,
  }: Calls['start']['args']): string {
    const subject = typed || null;
    const direct = shape.shape === 'direct';
    const conversation: Conversation = {
      id: this.world.id('gesprek'),
      shape: shape.shape,
      item: shape.shape === 'item' ? shape.item : null,
      subject,
      owner: direct ? null : acting,
      members: this.withTeams([acting, ...others], teams),
      teams,
      named: others,
      viaItem: false,
      mayJoin: false,
      acting,
      happened: [],
      read: 0,
      draft: null,
      archived: false,
      muted: false,
      archivedBy: null,
      restored: false,
      missing: null,
    };
    this.world.conversations.set(conversation.id, conversation);
    this.outbox.tellOf(conversation, {
      line: 'started',
      with: others.map((one) => this.world.name(one)),
      teams: this.teamNames(teams),
    });
    const files = attachments ? this.files.take('') : [];
    if (text || files.length > 0) this.go(conversation, text ?? { body: '' }, null, files, urgent);
    return conversation.id;
  }

  private go(
    conversation: Conversation,
    text: MessageText,
    replyTo: string | null,
    files: AttachmentView[],
    urgent: string | null | undefined,
  ): void {
    const message = this.outbox.newMessage(conversation.acting, text, replyTo, files);
    if (urgent) message.urgent = urgent.trim();
    const outside = this.views
      .others(conversation)
      .some((one) => this.world.isOutside(one, conversation.acting));
    const seconds = this.how.takeBack();
    if (files.length > 0 && outside && seconds > 0) this.outbox.queueToLeave(conversation, message, seconds);
    else this.outbox.queue(conversation, message);
  }

  send(conversation: Conversation): null {
    if (this.how.diskFull) throw new CallError({ error: 'disk_full' });
    const { draft } = conversation;
    const edited = this.world.message(conversation, draft?.editing ?? null);
    const left = edited ? this.files.ofDraft(conversation) : [];
    conversation.draft = null;
    if (edited && draft) {
      edited.files = left;
      edited.text = draft.text;
      edited.edited = true;
      return this.how.changed(conversation);
    }
    const files = this.files.take(conversation.id);
    if (draft || files.length > 0)
      this.go(conversation, draft?.text ?? { body: '' }, draft?.reply_to ?? null, files, draft?.urgent);
    return null;
  }
}
