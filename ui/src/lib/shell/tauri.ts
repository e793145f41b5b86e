/** The shell of the desktop app. The only file that imports Tauri. */
import { invoke } from '@tauri-apps/api/core';
import { listen } from '@tauri-apps/api/event';

import type { Invalidated } from '$lib/bindings/Invalidated';

import {
  CallError,
  type Answer,
  type Args,
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
