/** All files of a conversation, the newest first, of one kind or of every (the panel “Bijlagen”). */
import type { ApiError } from '$lib/bindings/ApiError';
import type { AttachmentGroup } from '$lib/bindings/AttachmentGroup';
import type { AttachmentList } from '$lib/bindings/AttachmentList';
import type { ListedAttachment } from '$lib/bindings/ListedAttachment';
import { CallError, type Shell } from '$lib/shell/shell';

import { Refresh } from './refresh';

const PAGE = 50;

export class ListedFiles {
  /** `null` until the first answer. */
  rows = $state.raw<ListedAttachment[] | null>(null);
  more = $state(false);
  kind = $state<AttachmentGroup | null>(null);
  failure = $state.raw<ApiError | null>(null);
  private readonly asking = new Refresh(() => this.load());

  constructor(
    private readonly shell: Shell,
    private readonly conversation: string,
  ) {}

  refresh(): Promise<void> {
    return this.asking.now();
  }

  async choose(kind: AttachmentGroup | null): Promise<void> {
    this.kind = kind;
    this.rows = null;
    await this.refresh();
  }

  private async load(): Promise<void> {
    const { kind } = this;
    try {
      const { rows, more } = await this.ask(null, Math.max(PAGE, this.rows?.length ?? 0));
      if (kind !== this.kind) return;
      this.rows = rows;
      this.more = more;
      this.failure = null;
    } catch (thrown) {
      this.failure = CallError.from(thrown).why;
    }
  }

  /** The last message is asked for once more: the page before may have ended between its files. */
  async older(): Promise<void> {
    const { kind, rows } = this;
    const last = rows?.at(-1);
    if (!rows || !last || !this.more) return;
    try {
      const answer = await this.ask(last.number + 1, PAGE);
      if (kind !== this.kind) return;
      const known = new Set(rows.map((one) => one.attachment.id));
      this.rows = [...rows, ...answer.rows.filter((one) => !known.has(one.attachment.id))];
      this.more = answer.more;
    } catch (thrown) {
      this.failure = CallError.from(thrown).why;
    }
  }

  private ask(before: number | null, limit: number): Promise<AttachmentList> {
    const { conversation, kind } = this;
    return this.shell.call('attachments', { conversation, ask: { kind, before, limit } });
  }
}
