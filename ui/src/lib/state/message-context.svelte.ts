/** Context of a message: its readers, and the people for whose mention it was refused. */
import type { MessageView } from '$lib/bindings/MessageView';
import type { About } from '$lib/words/spoken';

import type { ConversationState } from './conversation.svelte';
import { notAllowed } from './pending-additions';
import type { Titles } from './titles.svelte';

export class MessageContext {
  constructor(
    private readonly conversation: ConversationState,
    private readonly titles: Titles,
  ) {}

  private readonly mine = $derived.by(() => {
    const { rows } = this.conversation.timeline;
    return rows.filter(
      (row): row is { row: 'message' } & MessageView => row.row === 'message' && row.author.me,
    );
  });
  /** The user's last message that anyone has read. */
  private readonly lastRead = $derived(this.mine.findLast((one) => this.readersOf(one).length > 0));

  about(message: MessageView): About {
    return {
      readBy: this.lastRead?.message === message.message ? this.readersOf(message) : [],
      refusedFor: notAllowed(message, this.conversation.view),
      called: (link) => this.titles.name(link),
    };
  }

  /** The readers among the participants at the time of the message. */
  private readersOf(message: MessageView): string[] {
    const number = message.number ?? Infinity;
    const { readers } = this.conversation;
    return readers.filter((one) => one.from <= number && one.number >= number).map((one) => one.name);
  }
}
