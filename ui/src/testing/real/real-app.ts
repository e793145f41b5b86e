/** The whole app mounted on the real engine of somebody, by way of the development server. */
import { cleanup, waitFor } from '@testing-library/svelte';
import { expect, vi } from 'vitest';

import type { RemoteShell } from '$lib/shell/remote';

import { MountedApp } from '../mounted-app';
import type { Person, World } from './world';

const opened: RealApp[] = [];

export class RealApp extends MountedApp<RemoteShell> {
  private constructor(shell: RemoteShell) {
    super(shell);
  }

  /** Mounts the app for somebody. */
  static async open(world: World, person: Person = 'anna'): Promise<RealApp> {
    // A window with the focus, in which what is shown is read.
    vi.spyOn(document, 'hasFocus').mockReturnValue(true);
    vi.setSystemTime(world.now);
    const ui = new RealApp(world.shell(person));
    opened.push(ui);
    await ui.mount();
    return ui;
  }

  /** Waits until the part of the screen reads so: it may stand there before the engine has answered. */
  async shows(part: string, text: string): Promise<void> {
    await waitFor(() => expect(this.look(part)?.textContent).toContain(text));
  }

  /** After each test: what was mounted goes, and hears nothing more. */
  static async closeAll(): Promise<void> {
    cleanup();
    for (const ui of opened.splice(0)) {
      ui.app.end();
      await ui.shell.close();
    }
  }
}
