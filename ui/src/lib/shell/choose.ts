/**
 * Chooses the shell once, at the start: the desktop app; in a build for development and tests, which runs in a browser, a
 * development server or the fake. A production build has the desktop app alone.
 */
import type { Shell } from './shell';
import { TauriShell } from './tauri';

export async function chooseShell(): Promise<Shell> {
  if (import.meta.env.MODE === 'production' || '__TAURI_INTERNALS__' in window) return new TauriShell();
  const address = new URLSearchParams(location.search);
  const { VITE_DEV_API_URL: url, VITE_DEV_API_TOKEN: token } = import.meta.env;
  if (url && token && !address.has('fake')) {
    const { RemoteShell } = await import('./remote');
    return new RemoteShell({ url, token }, address.get('person') ?? 'anna');
  }
  const { FakeShell } = await import('./fake/shell');
  return FakeShell.fromAddress(address);
}
