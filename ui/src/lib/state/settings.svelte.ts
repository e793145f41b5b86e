/** The settings of the user: kept with the session, applied at once, saved by the engine. */
import type { Settings } from '$lib/bindings/Settings';
import { SETTINGS } from '$lib/defaults';
import type { Shell } from '$lib/shell/shell';

import { appearance } from './appearance.svelte';
import type { Notices } from './notices.svelte';
import type { OverviewState } from './overview.svelte';
import type { SessionState } from './session.svelte';

export class SettingsState {
  constructor(
    private readonly shell: Shell,
    private readonly session: SessionState,
    private readonly notices: Notices,
    private readonly overview: OverviewState,
  ) {}

  /** The settings of the user; the defaults while nobody is signed in. */
  get current(): Settings {
    return this.session.me?.settings ?? { ...SETTINGS, language: appearance.language };
  }

  apply(settings: Settings): void {
    appearance.apply(settings);
    const { order, only } = settings.display;
    void this.overview.arrange(order, only);
  }

  /** Applies settings at once, so that another change made before the answer builds on them. */
  async save(changed: Partial<Settings>): Promise<void> {
    const settings = { ...this.current, ...changed };
    this.session.replaceSettings(settings);
    this.apply(settings);
    const saved = await this.notices.attempt(() => this.shell.call('save_settings', { settings }));
    if (!saved) await this.session.refresh();
  }
}
