/** The outbox of the fake data: messages and actions reach the server in order and once, or are refused. */
import type { AttachmentView } from '$lib/bindings/AttachmentView';
import type { Line } from '$lib/bindings/Line';
import type { Refusal } from '$lib/bindings/Refusal';
import type { MessageText } from '$lib/bindings/MessageText';

import type { Change, Conversation, Happening, Message, World } from './world';

/** The parts of the fake shell that the outbox uses. */
export interface OutboxHost {
  now: () => number;
  online: () => boolean;
  /** Runs the action after the delay of a server. */
  later: (then: () => void) => void;
  changed: (conversation: Conversation) => null;
  /** A message was accepted. */
  accepted: (conversation: Conversation) => void;
  /** A message was withdrawn. */
  withdrawn: (conversation: Conversation, message: Message) => void;
}

export class Outbox {
  constructor(
    private readonly world: World,
    private readonly host: OutboxHost,
    /** The refusal of the next message, if there is one. */
    private refuseNext: Refusal | null,
  ) {}

  newMessage(by: string, text: MessageText, replyTo: string | null, files: AttachmentView[] = []): Message {
    return {
      kind: 'message',
      id: this.world.id('bericht'),
      number: null,
      by,
      at: this.host.now(),
      writtenAt: null,
      text,
      files,
      replyTo,
      edited: false,
      deleted: false,
      fixed: false,
      state: { state: 'waiting' },
    };
  }

  /** Puts a message or action into the outbox of a conversation, and sends it if possible. */
  queue(conversation: Conversation, what: Happening): void {
    conversation.happened.push(what);
    this.host.changed(conversation);
    this.push(conversation);
  }

  /** Puts a message with files for another organisation into the outbox: it waits, and can be taken back (W3). */
  queueToLeave(conversation: Conversation, message: Message, seconds: number): void {
    message.state = { state: 'leaving', at: this.host.now() + seconds * 1000 };
    setTimeout(() => {
      if (message.state.state !== 'leaving') return;
      message.state = { state: 'waiting' };
      this.push(conversation);
    }, seconds * 1000);
    this.queue(conversation, message);
  }

  push(conversation: Conversation): void {
    const next = conversation.happened.find((one) => one.state.state === 'waiting');
    if (!this.host.online() || !next || conversation.happened.some((one) => one.state.state === 'stale'))
      return;
    next.state = { state: 'sending' };
    if (next.kind === 'message') uploads(next.files ?? []);
    this.host.later(() => {
      if (!this.host.online()) {
        next.state = { state: 'waiting' };
      } else if (this.refuseNext) {
        next.state = { state: 'refused', refusal: this.refuseNext };
        this.refuseNext = null;
      } else {
        this.accept(conversation, next);
      }
      this.host.changed(conversation);
      this.push(conversation);
    });
  }

  /** A message first adds whom it mentions. */
  private accept(conversation: Conversation, what: Happening): void {
    const mentions = (what.kind === 'message' && what.text.mentions) || [];
    const joining = mentions.filter((one) => !conversation.members.includes(one));
    if (joining.length > 0) {
      conversation.members = [...conversation.members, ...joining];
      const names = joining.map((one) => this.world.name(one));
      this.world.accept(conversation, this.change(conversation, added(names, [], false)));
    }
    this.world.accept(conversation, what);
    if (what.kind === 'line') what.done?.();
    if (what.kind === 'message') this.host.accepted(conversation);
  }

  private change(conversation: Conversation, line: Line): Change {
    return {
      kind: 'line',
      pending: this.world.id('regel'),
      number: null,
      by: conversation.acting,
      at: this.host.now(),
      line,
      state: { state: 'waiting' },
    };
  }

  /** Runs `done` when the server accepts it. */
  tellOf(conversation: Conversation, line: Line, done?: () => void): null {
    this.queue(conversation, { ...this.change(conversation, line), ...(done && { done }) });
    return null;
  }

  withdraw(conversation: Conversation, id: string): null {
    const message = this.world.message(conversation, id);
    conversation.happened = conversation.happened.filter(
      (one) => one !== message && !(one.kind === 'line' && one.pending === id && one.number === null),
    );
    if (message) this.host.withdrawn(conversation, message);
    if (message && !conversation.draft) {
      conversation.draft = {
        text: message.text,
        reply_to: message.replyTo,
        editing: null,
        urgent: message.urgent ?? null,
      };
    }
    return this.host.changed(conversation);
  }

  again(conversation: Conversation, which: (one: Happening) => boolean): null {
    for (const one of conversation.happened) {
      if (one.state.state !== 'accepted' && which(one)) one.state = { state: 'waiting' };
    }
    this.push(conversation);
    return this.host.changed(conversation);
  }
}

/** The first is there already, the others go. */
function uploads(files: AttachmentView[]): void {
  for (const [at, file] of files.entries()) {
    const done = Math.floor(file.size * 0.4);
    file.state = at === 0 && files.length > 1 ? { state: 'uploaded' } : { state: 'uploading', done };
  }
}

export function added(names: string[], teams: string[], shared: boolean): Line {
  return { line: 'added', names, teams, shared };
}
