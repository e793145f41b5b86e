/**
 * The draft and the outgoing messages of one conversation.
 *
 * It belongs to that conversation for ever: switching never moves a text (W1). It is saved a moment after each change,
 * and at once when one goes elsewhere. What the engine has is taken over only while nothing here is unsaved.
 */
import type { ConversationView } from '$lib/bindings/ConversationView';
import type { ApiError } from '$lib/bindings/ApiError';
import type { Draft } from '$lib/bindings/Draft';
import type { Mentioned } from '$lib/bindings/Mentioned';
import type { MessageView } from '$lib/bindings/MessageView';
import { LONGEST_TEXT } from '$lib/bindings/limits';
import { CallError, type Shell } from '$lib/shell/shell';
import { EditorText } from '$lib/words/editor-text';

import { Attaching } from './attaching.svelte';

const PAUSE = 400;

interface Content {
  written: EditorText;
  replyTo: string | null;
  editing: string | null;
  /** It will be urgent: the reason, as far as it is typed (M10). */
  urgent: string | null;
}

interface Sending {
  content: Content;
  /** The files that go with it. */
  files: string[];
  about: MessageView | null;
  went: boolean;
}

const EMPTY: Content = { written: EditorText.EMPTY, replyTo: null, editing: null, urgent: null };

export class ComposerState {
  private content = $state.raw<Content>(EMPTY);
  failure = $state.raw<ApiError | null>(null);
  /** A number that changes when the text was set from elsewhere: the field shows it and puts the caret at its end. */
  revision = $state(0);
  /** The draft from before an edit; it comes back after the edit. */
  private parked: Content | null = null;
  private dirty = false;
  /** Texts on their way to the engine: what it has as the draft meanwhile is not what stands here. */
  private going = 0;
  private timer: ReturnType<typeof setTimeout> | undefined;
  private saving: Promise<void> = Promise.resolve();
  /** Those on their way, in their order. */
  private readonly sends: Sending[] = [];
  /** Counts what was written, saved and sent: an answer of before any of it is too old to be taken over. */
  private moves = 0;
  /** The answered or edited message, as it was when it was chosen. */
  about = $state.raw<MessageView | null>(null);
  /** The files of the message: the engine's draft of them, not this text's. */
  readonly attachments: Attaching;

  constructor(
    private readonly shell: Shell,
    private readonly conversation: string,
  ) {
    this.attachments = new Attaching(shell, { to: 'conversation', conversation }, () => this.save());
  }

  get written(): EditorText {
    return this.content.written;
  }
  get replyTo(): string | null {
    return this.content.replyTo;
  }
  get editing(): string | null {
    return this.content.editing;
  }
  get urgent(): string | null {
    return this.content.urgent;
  }
  /** Urgent, and the reason is missing. */
  get unfounded(): boolean {
    return this.content.urgent?.trim() === '';
  }
  get empty(): boolean {
    return this.content.written.blank;
  }
  /** Neither a text nor a file. */
  get nothing(): boolean {
    return this.empty && this.attachments.count === 0;
  }
  get sendable(): boolean {
    return !this.nothing && this.left >= 0 && !this.attachments.reading && !this.unfounded;
  }
  get left(): number {
    return LONGEST_TEXT - this.content.written.length;
  }

  /** When something is asked of the engine, for {@link offer}. */
  get now(): number {
    return this.moves;
  }

  /** Takes over the draft of the engine, requested at the moment `asked`, unless the text here is newer. */
  offer(
    view: Pick<ConversationView, 'draft' | 'draft_mentions' | 'draft_attachments'>,
    asked = this.moves,
  ): void {
    this.takeOver(view, asked);
    this.attachments.offer(view);
  }

  private takeOver(view: Pick<ConversationView, 'draft' | 'draft_mentions'>, asked: number): void {
    if (this.dirty || this.going > 0 || asked !== this.moves) return;
    const { draft } = view;
    const content = draft ? contentOf(draft, view.draft_mentions) : EMPTY;
    if (same(content, this.content)) return;
    this.content = content;
    this.attachments.show(content.editing);
    this.about = null;
    this.revision += 1;
  }

  write(written: EditorText): void {
    this.change({ ...this.content, written });
  }

  /** The next message is urgent, for this reason; `null`: it is not (M10). */
  beUrgent(urgent: string | null): void {
    this.change({ ...this.content, urgent });
  }

  /** Written elsewhere, for those who take part here. */
  append(written: EditorText): void {
    this.write(this.content.written.followedBy(written));
    this.revision += 1;
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
    const written = EditorText.from(message.body.text, message.mentions);
    this.change({ written, replyTo: null, editing: message.message, urgent: null });
    this.revision += 1;
    this.switchFiles(message.attachments);
  }

  /** No reply after all, or no edit: what was being written before it is back. */
  cancel(): void {
    if (this.content.editing) this.restore();
    else this.change({ ...this.content, replyTo: null });
    this.about = null;
  }

  private restore(): void {
    this.unpark();
    this.switchFiles();
  }

  private unpark(): void {
    this.change(this.parked ?? EMPTY);
    this.parked = null;
    this.revision += 1;
    this.attachments.show(this.content.editing);
  }

  /** The files follow what is written: the engine learns it at once, and says which they are. */
  private switchFiles(files?: MessageView['attachments']): void {
    this.attachments.show(this.content.editing, files);
    void this.save().then(() => this.attachments.refresh());
  }

  private change(content: Content): void {
    this.content = content;
    this.failure = null;
    this.touched();
  }

  private touched(): void {
    this.dirty = true;
    this.moves += 1;
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
      await this.keep(content);
      this.moves += 1;
      if (content === this.content) this.dirty = false;
    } catch (thrown) {
      this.failure = CallError.from(thrown).why;
    }
  }

  /**
   * Sends what was written. The field is free at once for what is typed next, which never mixes with it: that is saved,
   * and sent, after this. When it does not go, it is back in front of that, and what was to be sent after it, too.
   */
  async send(): Promise<boolean> {
    if (!this.sendable) return false;
    const { content, about } = this;
    clearTimeout(this.timer);
    this.dirty = false;
    this.failure = null;
    this.about = null;
    const files = this.attachments.take();
    if (content.editing) this.unpark();
    else this.content = EMPTY;
    this.revision += 1;
    const one = { content, files, about, went: false };
    this.sends.push(one);
    await this.inTurn(async () => {
      // One before it did not go: it came back behind that.
      if (!this.sends.includes(one)) return;
      try {
        await this.give(content);
        one.went = true;
        this.sends.shift();
        // Saving what is written now may have come before this, which left the draft empty.
        if (!same(this.content, EMPTY)) this.touched();
      } catch (thrown) {
        for (const { content, files, about } of this.sends.splice(0).toReversed()) {
          this.back(content, about);
          if (files.length > 0 || content.editing) void this.attachments.settle(files, false);
        }
        this.failure = CallError.from(thrown).why;
      }
    });
    if (one.went && (files.length > 0 || content.editing)) void this.attachments.settle(files, true);
    return one.went;
  }

  private async give(content: Content): Promise<void> {
    await this.keep(content);
    await this.shell.call('send', { conversation: this.conversation });
  }

  /** Puts a text that was not sent back; text typed since then comes after it, or after the edit. */
  private back(content: Content, about: MessageView | null): void {
    const since = this.content;
    const { written } = content;
    if (content.editing) this.parked = same(since, EMPTY) ? null : since;
    const joined = content.editing || since.written.blank ? written : written.followedBy(since.written);
    this.about = about;
    this.change({ ...content, written: joined });
    this.attachments.show(content.editing, about?.attachments);
    this.revision += 1;
  }

  /**
   * A message that was refused goes again without these mentions, whose names stay as text (P8). What is being written
   * stays in the field; the draft is that again afterwards.
   */
  async sendWithout(message: string, mentions: string[]): Promise<boolean> {
    if (this.going > 0) return false;
    clearTimeout(this.timer);
    this.failure = null;
    const taken: Content[] = [];
    try {
      await this.inTurn(async () => {
        await this.keep(EMPTY);
        await this.shell.call('withdraw', { conversation: this.conversation, message });
        const { written, ...about } = await this.kept();
        const again = { ...about, written: written.without(mentions) };
        taken.push(again);
        await this.give(again);
      });
      return true;
    } catch (thrown) {
      for (const one of taken) this.back(one, null);
      this.failure = CallError.from(thrown).why;
      return false;
    } finally {
      // The engine has had another draft meanwhile than what stands here.
      if (!same(this.content, EMPTY)) this.touched();
    }
  }

  /**
   * Makes a waiting message the draft again if the draft is empty; otherwise the engine keeps it with the recovered texts.
   * Text typed during the request comes after it.
   */
  async withdraw(message: string): Promise<void> {
    clearTimeout(this.timer);
    this.failure = null;
    const { content, dirty } = this;
    await this.inTurn(async () => {
      if (dirty) await this.keep(content);
      await this.shell.call('withdraw', { conversation: this.conversation, message });
      if (!same(content, EMPTY)) return;
      const back = await this.kept();
      if (!same(back, EMPTY)) this.back(back, null);
    });
    void this.attachments.refresh();
    if (this.dirty) this.touched();
  }

  /** After what is under way; meanwhile what the engine has is not taken over. */
  private async inTurn(what: () => Promise<void>): Promise<void> {
    const done = this.saving.then(what);
    this.saving = done.catch(() => undefined);
    this.going += 1;
    try {
      await done;
    } finally {
      this.going -= 1;
      this.moves += 1;
    }
  }

  private async keep(content: Content): Promise<void> {
    await this.shell.call('save_draft', { conversation: this.conversation, draft: draftOf(content) });
  }

  /** The draft that the engine has now. */
  private async kept(): Promise<Content> {
    const view = await this.shell.call('conversation', { conversation: this.conversation });
    return view.draft ? contentOf(view.draft, view.draft_mentions) : EMPTY;
  }
}

function contentOf(draft: Draft, mentioned: Mentioned[]): Content {
  return {
    written: EditorText.from(draft.text, mentioned),
    replyTo: draft.reply_to,
    editing: draft.editing,
    urgent: draft.urgent ?? null,
  };
}

function draftOf({ written, replyTo, editing, urgent }: Content): Draft {
  return { text: written.text(), reply_to: replyTo, editing, urgent };
}

function same(a: Content, b: Content): boolean {
  return JSON.stringify(draftOf(a)) === JSON.stringify(draftOf(b));
}
