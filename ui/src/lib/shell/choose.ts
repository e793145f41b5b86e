/** Which world is behind the door: decided once, at the start. */
import type { Shell } from './shell';

export async function chooseShell(): Promise<Shell> {
  if ('__TAURI_INTERNALS__' in window) {
    const { TauriShell } = await import('./tauri');
    return new TauriShell();
  }
  const { FakeShell } = await import('./fake/shell');
  return FakeShell.fromAddress(new URLSearchParams(location.search));
}
