/** Chooses the shell once, at the start: the desktop app, or the fake in a browser. */
import type { Shell } from './shell';
import { TauriShell } from './tauri';

export async function chooseShell(): Promise<Shell> {
  if ('__TAURI_INTERNALS__' in window) {
    return new TauriShell();
  }
  const { FakeShell } = await import('./fake/shell');
  return FakeShell.fromAddress(new URLSearchParams(location.search));
}
