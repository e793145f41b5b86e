/** The shell of the desktop app. The only file that imports Tauri. */
import { convertFileSrc, invoke } from '@tauri-apps/api/core';
import { listen } from '@tauri-apps/api/event';

import type { AttachTo } from '$lib/bindings/AttachTo';
import type { AttachmentView } from '$lib/bindings/AttachmentView';
import type { Invalidated } from '$lib/bindings/Invalidated';

import { attachFile } from './attach';
import {
  CallError,
  type Answer,
  type Args,
  type AttachFailed,
  type CallName,
  type ProgramAnswer,
  type ProgramArgs,
  type ProgramCallName,
  type Shell,
} from './shell';

export class TauriShell implements Shell {
  call<N extends CallName>(name: N, args: Args<N>): Promise<Answer<N>> {
    return ask('engine', name, args);
  }

  program<N extends ProgramCallName>(name: N, args: ProgramArgs<N>): Promise<ProgramAnswer<N>> {
    return ask('shell', name, args);
  }

  openLink(url: string): Promise<void> {
    return invoke('open_link', { url });
  }

  attach(to: AttachTo, file: File, onprogress?: (read: AttachmentView) => void): Promise<AttachmentView> {
    const sendPart = async (id: string, offset: number, bytes: Uint8Array<ArrayBuffer>) => {
      await invoke('attach_bytes', bytes, { headers: { id, offset: String(offset) } });
    };
    return attachFile(this, sendPart, to, file, onprogress);
  }

  fileUrl(id: string): string {
    return convertFileSrc(id, 'overleg-file');
  }

  onAttachFailed(handle: (failed: AttachFailed) => void): () => void {
    const listening = listen<AttachFailed>('attach-failed', (event) => handle(event.payload));
    return () => void listening.then((stop) => stop());
  }

  onInvalidated(handle: (invalidated: Invalidated[]) => void): () => void {
    const listening = listen<Invalidated[]>('invalidated', (event) => handle(event.payload));
    return () => void listening.then((stop) => stop());
  }
}

async function ask<T>(command: 'engine' | 'shell', call: string, args: object): Promise<T> {
  try {
    return await invoke<T>(command, { call: { call, args } });
  } catch (thrown) {
    throw CallError.from(thrown);
  }
}
