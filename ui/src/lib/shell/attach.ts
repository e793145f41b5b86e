/** Attaching a file in the desktop app and with a development server: begun, its bytes part by part, ended. */
import type { AttachTo } from '$lib/bindings/AttachTo';
import type { AttachmentView } from '$lib/bindings/AttachmentView';

import { CallError, type Shell } from './shell';

/** Bytes of a part: it is held in memory once. */
export const PART = 4 * 1024 * 1024;

/** Sends the bytes of one part, from `offset` on. */
export type SendPart = (id: string, offset: number, bytes: Uint8Array<ArrayBuffer>) => Promise<void>;

/** Rejects with a {@link CallError}; nothing is left of the file then. */
export async function attachFile(
  shell: Pick<Shell, 'call'>,
  sendPart: SendPart,
  to: AttachTo,
  file: File,
  onprogress?: (read: AttachmentView) => void,
): Promise<AttachmentView> {
  const begun = await shell.call('begin_attach', { to, name: file.name, size: file.size });
  const { id } = begun;
  onprogress?.(begun);
  try {
    for (let offset = 0; offset < file.size; offset += PART) {
      const bytes = await readPart(file, offset);
      await sendPart(id, offset, bytes);
      onprogress?.({ ...begun, state: { state: 'reading', done: offset + bytes.length } });
    }
    return await shell.call('end_attach', { id });
  } catch (thrown) {
    await shell.call('detach', { to, id }).catch(() => undefined);
    throw CallError.from(thrown);
  }
}

/** A folder, and a file that went or changed since it was chosen, cannot be read. */
async function readPart(file: File, offset: number): Promise<Uint8Array<ArrayBuffer>> {
  try {
    return new Uint8Array(await file.slice(offset, offset + PART).arrayBuffer());
  } catch {
    throw new CallError({ error: 'attachment', fault: 'unreadable' });
  }
}
