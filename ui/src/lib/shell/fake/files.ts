/** The files of the fake data, in memory: those of messages, and those gathered for the next one. */
import type { ApiError } from '$lib/bindings/ApiError';
import type { AttachTo } from '$lib/bindings/AttachTo';
import type { AttachmentFault } from '$lib/bindings/AttachmentFault';
import type { AttachmentGroup } from '$lib/bindings/AttachmentGroup';
import type { AttachmentState } from '$lib/bindings/AttachmentState';
import type { AttachmentView } from '$lib/bindings/AttachmentView';
import type { Edit } from '$lib/bindings/Edit';
import type { Invalidated } from '$lib/bindings/Invalidated';
import { MOST_ATTACHMENTS } from '$lib/bindings/limits';

import { CallError, type Answer, type Args, type CallName, type Shell } from '../shell';
import { attachFile } from '../attach';
import { kindOf, refusedAtOnce, refusedInside } from './kinds';
import { letter, picture } from './samples';
import type { Views } from './views';
import type { Conversation, Message, World } from './world';

/** A file of a script. */
export interface Sample {
  name: string;
  size?: number;
  picture?: [width: number, height: number];
  state?: AttachmentState;
  pinned?: true;
  unacknowledged?: true;
  /** It looks whole and is not. */
  broken?: true;
}

/** The parts of the fake shell that files need. */
export interface FilesHost {
  world: World;
  views: Views;
  online: () => boolean;
  /** Runs the action after the delay of a server. */
  later: (then: () => void) => void;
  diskFull: boolean;
  tell: (...stale: Invalidated[]) => void;
}

type FileCall = Extract<
  CallName,
  | 'new_attachments'
  | 'begin_attach'
  | 'end_attach'
  | 'detach'
  | 'edit_picture'
  | 'fetch_attachment'
  | 'cancel_fetch'
  | 'pin_attachment'
  | 'acknowledge_refused'
  | 'attachments'
>;
type Answers = { [N in FileCall]: (args: Args<N>) => Answer<N> };

export class FakeFiles {
  private readonly contents = new Map<string, Blob>();
  private readonly addresses = new Map<string, string>();
  /** By conversation; `''` for the wizard. */
  private readonly drafts = new Map<string, AttachmentView[]>();
  /** Those that remain of an edited message, by conversation. */
  private readonly edited = new Map<string, AttachmentView[]>();
  private made = 0;
  private drawn = 0;

  constructor(private readonly host: FilesHost) {}

  attach(
    shell: Pick<Shell, 'call'>,
    to: AttachTo,
    file: File,
    onprogress?: (read: AttachmentView) => void,
  ): Promise<AttachmentView> {
    const parts = new Map<string, BlobPart[]>();
    const sendPart = (id: string, _: number, bytes: Uint8Array<ArrayBuffer>) => {
      parts.set(id, [...(parts.get(id) ?? []), bytes]);
      this.contents.set(id, new Blob(parts.get(id), { type: file.type }));
      return this.find(id) ? Promise.resolve() : Promise.reject(fault('unreadable'));
    };
    return attachFile(shell, sendPart, to, file, onprogress);
  }

  address(id: string): string {
    const known = this.addresses.get(id);
    if (known !== undefined) return known;
    const content = this.contents.get(id);
    const address = content ? URL.createObjectURL(content) : `/absent/${id}`;
    this.addresses.set(id, address);
    return address;
  }

  /** A file of a script, with its content. */
  of({ name, size, picture: drawn, state, pinned, unacknowledged, broken }: Sample): AttachmentView {
    const id = this.id();
    const kind = kindOf(name);
    const [width, height] = drawn ?? [1600, 1200];
    const viewed = kind.kind === 'picture' && kind.viewable;
    const content = viewed
      ? picture(this.drawn++, width, height)
      : kind.kind === 'pdf'
        ? letter(3)
        : new Blob(['…']);
    this.contents.set(id, broken ? new Blob(['kapot']) : content);
    return {
      id,
      name,
      ...kind,
      size: size ?? (viewed ? 1_240_000 + this.drawn * 87_000 : 184_320),
      picture: viewed ? { width, height } : null,
      preview: viewed ? id : null,
      pinned: pinned ?? false,
      unacknowledged: unacknowledged ?? false,
      state: state ?? { state: 'here' },
    };
  }

  draft(key: string): AttachmentView[] {
    return this.drafts.get(key) ?? [];
  }
  setDraft(key: string, files: AttachmentView[]): void {
    this.drafts.set(key, files);
  }

  /** The files that the composer shows: those of the draft, or those that remain of the message that is edited. */
  ofDraft(conversation: Conversation): AttachmentView[] {
    const edited = this.host.world.message(conversation, conversation.draft?.editing ?? null);
    if (!edited) {
      this.edited.delete(conversation.id);
      return this.draft(conversation.id);
    }
    const left = this.edited.get(conversation.id) ?? edited.files ?? [];
    this.edited.set(conversation.id, left);
    return left;
  }

  /** Takes what was gathered, for a message that goes. */
  take(key: string): AttachmentView[] {
    const files = this.draft(key);
    this.drafts.delete(key);
    return files.map((one) => ({ ...one, state: { state: 'queued' } }));
  }

  /** A message that was withdrawn. */
  giveBack(conversation: Conversation, { files = [] }: Message): void {
    const back = files.map((one): AttachmentView => ({ ...one, state: { state: 'draft' } }));
    this.drafts.set(conversation.id, [...back, ...this.draft(conversation.id)]);
  }

  private id(): string {
    this.made += 1;
    return `bestand-${this.made}`;
  }

  private get all(): AttachmentView[] {
    const messages = [...this.host.world.conversations.values()].flatMap((one) => one.happened);
    const sent = messages.flatMap((one) => (one.kind === 'message' ? (one.files ?? []) : []));
    return [...sent, ...[...this.drafts.values()].flat()];
  }

  private find(id: string): AttachmentView | undefined {
    return this.all.find((one) => one.id === id);
  }

  private changed(to: AttachTo): void {
    if (to.to === 'new') this.host.tell({ stale: 'new_attachments' });
    else this.host.tell({ stale: 'conversation', conversation: to.conversation });
  }

  private toOf(id: string): AttachTo {
    const key = [...this.drafts].find(([, files]) => files.some((one) => one.id === id))?.[0] ?? '';
    return key === '' ? { to: 'new' } : { to: 'conversation', conversation: key };
  }

  private turn(conversation: string, id: string, state: AttachmentState): null {
    const file = this.find(id);
    if (file) file.state = state;
    this.host.tell({ stale: 'conversation', conversation });
    return null;
  }

  /** Changes of pictures are not made here: only their size is. */
  private edit(to: AttachTo, id: string, edits: Edit[]): AttachmentView {
    const file = this.find(id);
    if (!file?.picture) throw fault('not_a_picture');
    let { width, height } = file.picture;
    for (const edit of edits) {
      if ('crop' in edit) ({ width, height } = edit.crop);
      if ('turn' in edit && edit.turn % 2 !== 0) [width, height] = [height, width];
    }
    const next: AttachmentView = { ...file, id: this.id(), picture: { width, height } };
    next.preview = next.id;
    const content = this.contents.get(id);
    if (content) this.contents.set(next.id, content);
    const key = keyOf(to);
    this.drafts.set(
      key,
      this.draft(key).map((one) => (one === file ? next : one)),
    );
    this.changed(to);
    return next;
  }

  readonly answers: Answers = {
    new_attachments: () => this.draft(''),
    begin_attach: ({ to, name, size }) => {
      if (this.host.diskFull) throw fault('disk_full');
      if (this.draft(keyOf(to)).length >= MOST_ATTACHMENTS) throw fault('too_many');
      const refused = refusedAtOnce(name, size);
      if (refused) throw fault(refused);
      const view: AttachmentView = {
        id: this.id(),
        name,
        ...kindOf(name),
        size,
        picture: null,
        preview: null,
        pinned: false,
        unacknowledged: false,
        state: { state: 'reading', done: 0 },
      };
      this.drafts.set(keyOf(to), [...this.draft(keyOf(to)), view]);
      this.changed(to);
      return view;
    },
    end_attach: ({ id }) => {
      const file = this.find(id);
      if (!file) throw fault('unreadable');
      const refused = refusedInside(file.name);
      if (refused) throw fault(refused);
      file.state = { state: 'draft' };
      if (file.kind === 'picture' && file.viewable) {
        file.picture = { width: 1600, height: 1200 };
        file.preview = file.id;
      }
      this.changed(this.toOf(id));
      return file;
    },
    detach: ({ to, id }) => {
      const without = (files: AttachmentView[]) => files.filter((one) => one.id !== id);
      const key = keyOf(to);
      const edited = this.edited.get(key);
      if (edited) this.edited.set(key, without(edited));
      else this.drafts.set(key, without(this.draft(key)));
      this.changed(to);
      return null;
    },
    edit_picture: ({ to, id, edits }) => this.edit(to, id, edits),
    fetch_attachment: ({ conversation, id }) => {
      if (!this.host.online()) return this.turn(conversation, id, { state: 'wanted' });
      const size = this.find(id)?.size ?? 0;
      this.turn(conversation, id, { state: 'downloading', done: Math.floor(size * 0.4) });
      this.host.later(() => {
        if (this.find(id)?.state.state === 'downloading') this.turn(conversation, id, { state: 'here' });
      });
      return null;
    },
    cancel_fetch: ({ conversation, id }) => this.turn(conversation, id, { state: 'remote' }),
    pin_attachment: ({ conversation, id, pinned }) => {
      const file = this.find(id);
      if (file) file.pinned = pinned;
      this.host.tell({ stale: 'conversation', conversation });
      return null;
    },
    acknowledge_refused: ({ conversation, id }) => {
      const file = this.find(id);
      if (file) file.unacknowledged = false;
      this.host.tell(
        { stale: 'conversation', conversation },
        { stale: 'overview' },
        { stale: 'sync_status' },
      );
      return null;
    },
    attachments: ({ conversation: id, ask }) => {
      const conversation = this.host.world.conversation(id);
      const rows = (conversation?.happened ?? []).flatMap((one) => {
        if (!conversation || one.kind !== 'message' || one.deleted || one.number === null) return [];
        const { id: message, number, by, at, files = [] } = one;
        const author = this.host.views.author(by, conversation.acting);
        return files
          .filter((file) => ask.kind === null || groupOf(file) === ask.kind)
          .filter(() => ask.before === null || number < ask.before)
          .map((attachment) => ({ message, number, author, at, attachment }));
      });
      const newest = rows.sort((a, b) => b.number - a.number);
      return { rows: newest.slice(0, ask.limit), more: newest.length > ask.limit };
    },
  };
}

function keyOf(to: AttachTo): string {
  return to.to === 'new' ? '' : to.conversation;
}

function fault(fault: AttachmentFault): CallError {
  const why: ApiError = { error: 'attachment', fault };
  return new CallError(why);
}

function groupOf({ kind }: AttachmentView): AttachmentGroup {
  if (kind === 'picture') return 'picture';
  return ['pdf', 'document', 'sheet', 'slides', 'text', 'email'].includes(kind) ? 'document' : 'other';
}
