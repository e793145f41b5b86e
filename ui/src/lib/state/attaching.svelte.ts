/**
 * The files that are gathered for one message: those of the draft of a conversation, of a message that is edited, or of
 * the wizard. The engine has them; here is what is on its way to it, and what was refused.
 */
import type { ApiError } from '$lib/bindings/ApiError';
import type { AttachTo } from '$lib/bindings/AttachTo';
import type { AttachmentView } from '$lib/bindings/AttachmentView';
import type { ConversationView } from '$lib/bindings/ConversationView';
import type { Edit } from '$lib/bindings/Edit';
import { MOST_ATTACHMENTS } from '$lib/bindings/limits';
import { CallError, type Shell } from '$lib/shell/shell';

import { Refresh } from './refresh';

/** Files that were not attached, for one reason. */
export interface NotAttached {
  key: number;
  names: string[];
  why: ApiError;
}

/** A file that was not begun yet: one is read after the other. */
export interface Waiting {
  key: string;
  file: File;
}

export class Attaching {
  /** As the engine has them. */
  private known = $state.raw<AttachmentView[]>([]);
  /** Read here just now: newer than what is known of them. */
  private own = $state.raw<AttachmentView[]>([]);
  /** Removed, or of a message that is being sent. */
  private hidden = $state.raw<string[]>([]);
  waiting = $state.raw<Waiting[]>([]);
  refused = $state.raw<NotAttached[]>([]);
  /** The message that is edited: its own files are shown, and nothing can be added. */
  editing = $state<string | null>(null);
  private pasting = $state(0);
  private running = false;
  private made = 0;
  private readonly removed = new Set<string>();
  private readonly asking = new Refresh(() => this.ask());

  constructor(
    private readonly shell: Shell,
    readonly to: AttachTo,
    /** Settles once the engine knows what is written, and what was sent before. */
    private readonly ready: () => Promise<unknown> = () => Promise.resolve(),
  ) {}

  readonly files = $derived.by<AttachmentView[]>(() => {
    const own = new Map(this.own.map((one) => [one.id, one]));
    const known = this.known.map((one) => (one.state.state === 'reading' ? (own.get(one.id) ?? one) : one));
    const more = this.editing ? [] : this.own.filter((one) => !this.known.some(({ id }) => id === one.id));
    return [...known, ...more].filter((one) => !this.hidden.includes(one.id));
  });
  readonly count = $derived(this.files.length + (this.editing ? 0 : this.waiting.length));
  /** One of them is not whole yet: sending waits for it. */
  readonly reading = $derived(
    (!this.editing && this.waiting.length > 0) ||
      this.pasting > 0 ||
      this.files.some((one) => one.state.state === 'reading'),
  );
  readonly full = $derived(this.count >= MOST_ATTACHMENTS);
  /** Files can be added. */
  readonly open = $derived(this.editing === null && !this.full);

  /** Takes over what the engine has, unless it is of another message than what is written here. */
  offer({ draft, draft_attachments: files }: Pick<ConversationView, 'draft' | 'draft_attachments'>): void {
    if ((draft?.editing ?? null) === this.editing) this.known = files;
  }

  /** The files of a message that is edited, or no longer: those of the draft follow. */
  show(editing: string | null, files: AttachmentView[] = []): void {
    if (editing === this.editing) return;
    // Files removed from a message are there again when that was not saved.
    if (this.editing !== null) this.seeAgain([...this.removed]);
    this.editing = editing;
    this.known = files;
    this.refused = [];
  }

  refresh(): Promise<void> {
    return this.asking.now();
  }

  private async ask(): Promise<void> {
    const read = this.own.filter((one) => one.state.state !== 'reading').map((one) => one.id);
    try {
      if (this.to.to === 'new') this.known = await this.shell.call('new_attachments', {});
      else this.offer(await this.shell.call('conversation', { conversation: this.to.conversation }));
    } catch {
      return; // What was known stays; the conversation itself says what is the matter.
    }
    this.own = this.own.filter((one) => !read.includes(one.id));
  }

  /** Attaches files, one after the other; what does not fit, and folders, are refused by name. */
  async add(files: File[], folders: string[] = []): Promise<void> {
    if (this.editing) return;
    this.refused = [];
    for (const name of folders) this.refuse(name, { error: 'attachment', fault: 'folder' });
    const room = Math.max(0, MOST_ATTACHMENTS - this.count);
    const fit = files.slice(0, room);
    for (const { name } of files.slice(room)) this.refuse(name, { error: 'attachment', fault: 'too_many' });
    this.waiting = [...this.waiting, ...fit.map((file) => ({ key: `wacht-${(this.made += 1)}`, file }))];
    if (this.running) return;
    this.running = true;
    try {
      await this.ready();
      for (let next = this.waiting[0]; next; next = this.waiting[0]) await this.attach(next);
    } finally {
      this.running = false;
    }
    await this.refresh();
  }

  private async attach({ key, file }: Waiting): Promise<void> {
    let id: string | null = null;
    const begun = (read: AttachmentView) => {
      id = read.id;
      this.drop(key);
      if (!this.removed.has(id)) this.own = [...this.own.filter((one) => one.id !== id), read];
    };
    try {
      begun(await this.shell.attach(this.to, file, begun));
    } catch (thrown) {
      this.drop(key);
      this.own = this.own.filter((one) => one.id !== id);
      this.known = this.known.filter((one) => one.id !== id);
      if (id === null || !this.removed.has(id)) this.refuse(file.name, CallError.from(thrown).why);
    }
  }

  private drop(key: string): void {
    this.waiting = this.waiting.filter((one) => one.key !== key);
  }

  /** A file was not attached; also one of the system's dialog. */
  refuse(name: string, why: ApiError): void {
    const same = this.refused.find(
      (one) => one.why.error === 'attachment' && why.error === 'attachment' && one.why.fault === why.fault,
    );
    const joins = same && why.error === 'attachment' && why.fault === 'too_many';
    this.refused = joins
      ? this.refused.map((one) => (one === same ? { ...one, names: [...one.names, name] } : one))
      : [...this.refused, { key: (this.made += 1), names: [name], why }];
  }

  /** Opens the system's dialog. */
  async pick(): Promise<void> {
    this.refused = [];
    await this.ready();
    await this.shell.program('pick_files', { to: this.to });
    await this.refresh();
  }

  /** Gathers a paste that the webview keeps from the page: the shell has it. */
  async paste(): Promise<void> {
    if (this.editing) return;
    this.refused = [];
    this.pasting += 1;
    try {
      await this.ready();
      await this.shell.program('paste_files', { to: this.to });
      await this.refresh();
    } finally {
      this.pasting -= 1;
    }
  }

  /** Removes one, also while it is read. Rejects when that fails; then it is there again. */
  async remove(id: string): Promise<void> {
    if (this.waiting.some((one) => one.key === id)) return this.drop(id);
    this.removed.add(id);
    this.hidden = [...this.hidden, id];
    try {
      await this.ready();
      await this.shell.call('detach', { to: this.to, id });
      this.known = this.known.filter((one) => one.id !== id);
      this.own = this.own.filter((one) => one.id !== id);
    } catch (thrown) {
      this.seeAgain([id]);
      throw thrown;
    }
  }

  private seeAgain(ids: string[]): void {
    for (const id of ids) this.removed.delete(id);
    this.hidden = this.hidden.filter((id) => !ids.includes(id));
  }

  /** Changes a picture, which gets another id in the same place (F5). Rejects when that fails. */
  async edit(id: string, edits: Edit[]): Promise<void> {
    await this.ready();
    const changed = await this.shell.call('edit_picture', { to: this.to, id, edits });
    this.known = this.known.map((one) => (one.id === id ? changed : one));
    await this.refresh();
  }

  /** Everything goes, as when one begins anew. */
  async clear(): Promise<void> {
    this.waiting = [];
    await Promise.allSettled(this.files.map(({ id }) => this.remove(id)));
  }

  /** Takes what goes with the message that is sent: it is out of sight at once. */
  take(): string[] {
    const ids = this.files.map(({ id }) => id);
    this.hidden = [...this.hidden, ...ids];
    this.own = this.own.filter((one) => !ids.includes(one.id));
    this.refused = [];
    return ids;
  }

  /** The message went, or did not and they are back. */
  async settle(ids: string[], went: boolean): Promise<void> {
    if (went) await this.refresh();
    this.seeAgain(ids);
    if (!went) await this.refresh();
  }
}
