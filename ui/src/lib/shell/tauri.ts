/** The desktop app behind the door. The only file that knows Tauri. */
import { invoke } from '@tauri-apps/api/core';
import { listen } from '@tauri-apps/api/event';

import type { Stale } from '$lib/bindings/Stale';

import { CallError, type Answer, type Args, type CallName, type Shell } from './shell';

export class TauriShell implements Shell {
  async call<N extends CallName>(name: N, args: Args<N>): Promise<Answer<N>> {
    try {
      return await invoke<Answer<N>>('door', { call: { call: name, args } });
    } catch (thrown) {
      throw CallError.from(thrown);
    }
  }

  openLink(url: string): Promise<void> {
    return invoke('open_link', { url });
  }

  onStale(heard: (stale: Stale[]) => void): () => void {
    const listening = listen<Stale[]>('stale', (event) => heard(event.payload));
    return () => void listening.then((stop) => stop());
  }
}
