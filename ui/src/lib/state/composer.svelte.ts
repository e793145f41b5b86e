/**
 * What is being written in one conversation.
 *
 * It belongs to that conversation for ever: switching never moves a text (W1). It is saved a moment after each change,
 * and at once when one goes elsewhere. What the engine has is taken over only while nothing here is unsaved.
 */
import type { ConversationView } from '$lib/bindings/ConversationView';
import type { DoorError } from '$lib/bindings/DoorError';
import type { Draft } from '$lib/bindings/Draft';
import type { Mentioned } from '$lib/bindings/Mentioned';
import type { MessageView } from '$lib/bindings/MessageView';
import { LONGEST_TEXT } from '$lib/bindings/limits';
import { CallError, type Shell } from '$lib/shell/shell';
import { WrittenText } from '$lib/words/written';

const PAUSE = 400;

interface Content {
  written: WrittenText;
  replyTo: string | null;
  editing: string | null;
}

const EMPTY: Content = { written: WrittenText.EMPTY, replyTo: null, editing: null };

export class ComposerState {
  private content = $state.raw<Content>(EMPTY);
  failure = $state.raw<DoorError | null>(null);
  /** A number that changes when the text was set from elsewhere: the field shows it and puts the caret at its end. */
  turn = $state(0);
  /** What was being written before an edit began; it comes back after it. */
  private parked: Content | null = null;
  private dirty = false;
  /** Texts on their way to the engine: what it has as the draft meanwhile is not what stands here. */
  private going = 0;
  private timer: ReturnType<typeof setTimeout> | undefined;
  private saving: Promise<void> = Promise.resolve();
  /** The answered or edited message, as it was when it was chosen. */
  about = $state.raw<MessageView | null>(null);

  constructor(
    private readonly shell: Shell,
    private readonly conversation: string,
  ) {}

  get written(): WrittenText {
    return this.content.written;
  }
  get replyTo(): string | null {
    return this.content.replyTo;
  }
  get editing(): string | null {
    return this.content.editing;
  }
  get empty(): boolean {
    return this.content.written.blank;
  }
  get left(): number {
    return LONGEST_TEXT - this.content.written.length;
  }

  /** What the engine has: taken over where nothing here is newer. */
  offer(view: Pick<ConversationView, 'draft' | 'draft_mentions'>): void {
    if (this.dirty || this.going > 0) return;
    const { draft } = view;
    const content = draft ? contentOf(draft, view.draft_mentions) : EMPTY;
    if (same(content, this.content)) return;
    this.content = content;
    this.about = null;
    this.turn += 1;
  }

  write(written: WrittenText): void {
    this.change({ ...this.content, written });
  }

  reply(message: MessageView): void {
    if (this.content.editing) this.restore();
    this.about = message;
    this.change({ ...this.content, replyTo: message.message });
  }

  edit(message: MessageView): void {
    if (message.body.body !== 'said') return;
    if (!this.content.editing) this.parked = this.content;
    this.about = message;
    const written = WrittenText.from(message.body.text, message.mentions);
    this.change({ written, replyTo: null, editing: message.message });
    this.turn += 1;
  }

  /** No reply after all, or no edit: what was being written before it is back. */
  cancel(): void {
    if (this.content.editing) this.restore();
    else this.change({ ...this.content, replyTo: null });
    this.about = null;
  }

  private restore(): void {
    this.change(this.parked ?? EMPTY);
    this.parked = null;
    this.turn += 1;
  }

  private change(content: Content): void {
    this.content = content;
    this.failure = null;
    this.dirty = true;
    clearTimeout(this.timer);
    this.timer = setTimeout(() => void this.save(), PAUSE);
  }

  /** Now, rather than in a moment. */
  save(): Promise<void> {
    clearTimeout(this.timer);
    if (this.dirty) this.saving = this.saving.then(() => this.put());
    return this.saving;
  }

  private async put(): Promise<void> {
    if (!this.dirty) return;
    const { content } = this;
    try {
      await this.shell.call('save_draft', { conversation: this.conversation, draft: draftOf(content) });
      if (content === this.content) this.dirty = false;
    } catch (thrown) {
      this.failure = CallError.from(thrown).why;
    }
  }

  /**
   * Sends what was written. The field is free at once for what is typed next, which never mixes with it: that is saved,
   * and sent, after this. When it does not go, it is back in front of that.
   */
  async send(): Promise<boolean> {
    if (this.empty || this.left < 0) return false;
    const { content, about } = this;
    clearTimeout(this.timer);
    this.dirty = false;
    this.failure = null;
    this.about = null;
    if (content.editing) this.restore();
    else this.content = EMPTY;
    this.turn += 1;
    const sent = this.saving.then(() => this.give(content));
    this.saving = sent.catch(() => undefined);
    this.going += 1;
    try {
      await sent;
      return true;
    } catch (thrown) {
      this.back(content, about);
      this.failure = CallError.from(thrown).why;
      return false;
    } finally {
      this.going -= 1;
    }
  }

  private async give(content: Content): Promise<void> {
    const { conversation } = this;
    await this.shell.call('save_draft', { conversation, draft: draftOf(content) });
    await this.shell.call('send', { conversation });
  }

  /** What did not go stands where it stood; what was typed since comes after it, or after the edit. */
  private back(content: Content, about: MessageView | null): void {
    const since = this.content;
    const { written } = content;
    if (content.editing) this.parked = same(since, EMPTY) ? null : since;
    const joined = content.editing || since.written.blank ? written : written.followedBy(since.written);
    this.about = about;
    this.change({ ...content, written: joined });
    this.turn += 1;
  }

  /**
   * A message that was refused goes again without these mentions, whose names stay as text (P8). What is being written
   * comes back after it.
   */
  async sendWithout(message: string, mentions: string[]): Promise<boolean> {
    if (this.going > 0) return false;
    const { content, parked } = this;
    const back = (now: Content) => {
      this.parked = parked;
      if (!same(now, this.content)) this.change(now);
      this.turn += 1;
    };
    this.parked = null;
    if (!same(content, EMPTY)) this.change(EMPTY);
    await this.save();
    try {
      if (this.failure) throw new CallError(this.failure);
      await this.shell.call('withdraw', { conversation: this.conversation, message });
      const view = await this.shell.call('conversation', { conversation: this.conversation });
      const refused = view.draft ? contentOf(view.draft, view.draft_mentions) : EMPTY;
      this.change({ ...refused, written: refused.written.without(mentions) });
    } catch (thrown) {
      back(content);
      this.failure = CallError.from(thrown).why;
      return false;
    }
    if (await this.send()) {
      back(content);
      return true;
    }
    // It is the draft now, and what was being written stands under it.
    const { failure } = this;
    back({ ...this.content, written: this.content.written.followedBy(content.written) });
    this.failure = failure;
    return false;
  }
}

function contentOf(draft: Draft, mentioned: Mentioned[]): Content {
  return {
    written: WrittenText.from(draft.text, mentioned),
    replyTo: draft.reply_to,
    editing: draft.editing,
  };
}

function draftOf({ written, replyTo, editing }: Content): Draft {
  return { text: written.text(), reply_to: replyTo, editing };
}

function same(a: Content, b: Content): boolean {
  return JSON.stringify(draftOf(a)) === JSON.stringify(draftOf(b));
}
