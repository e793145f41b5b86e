/**
 * The settings in effect: asked of the engine, also while nobody is signed in or the cache is shut.
 *
 * A change is in effect at once, and is saved by the engine, one setting at a time and in the order in which they were made.
 */
import type { Settings } from '$lib/bindings/Settings';
import {
  DEFAULT_SETTINGS,
  type SettingKey,
  type SettingValue,
  type SettingValues,
} from '$lib/bindings/setting-values';
import type { Shell } from '$lib/shell/shell';

import { appearance } from './appearance.svelte';
import type { Notices } from './notices.svelte';
import type { OverviewState } from './overview.svelte';
import { Refresh } from './refresh';

export class SettingsState {
  /** As the engine has them; `null` until its first answer. */
  private answered = $state.raw<Settings | null>(null);
  /** Changes that the engine has not answered yet, in their order. */
  private waiting = $state.raw<Partial<SettingValues>[]>([]);
  /** Settles when every change so far is answered. */
  private saved: Promise<void> = Promise.resolve();
  private readonly asking: Refresh;

  /** The value of each setting. */
  readonly current: SettingValues = $derived(
    Object.assign({}, DEFAULT_SETTINGS, this.answered && values(this.answered), ...this.waiting),
  );

  constructor(
    private readonly shell: Shell,
    private readonly notices: Notices,
    private readonly overview: OverviewState,
  ) {
    this.asking = new Refresh(() => this.load());
  }

  /** Whether the organisation decides a setting, so that it cannot be changed here. */
  isForced(key: SettingKey): boolean {
    return this.answered?.[key].source === 'policy';
  }

  refresh(): Promise<void> {
    return this.asking.now();
  }

  private async load(): Promise<void> {
    try {
      this.take(await this.shell.call('settings', {}));
    } catch (thrown) {
      this.notices.failed(thrown);
    }
  }

  /** Changes one setting. */
  set<K extends SettingKey>(key: K, value: SettingValue<K>): Promise<void> {
    const change = { [key]: value } as Partial<SettingValues>;
    this.waiting = [...this.waiting, change];
    this.apply();
    // The engine may answer calls in any order, and the last choice of a setting is to stand.
    this.saved = this.saved.then(() => this.save(change, key, value));
    return this.saved;
  }

  private async save(change: Partial<SettingValues>, key: SettingKey, value: unknown): Promise<void> {
    let answer: Settings | null = null;
    await this.notices.attempt(async () => {
      answer = await this.shell.call('set_setting', { key, value });
    });
    this.waiting = this.waiting.filter((one) => one !== change);
    if (answer) this.take(answer);
    else this.apply();
  }

  private take(settings: Settings): void {
    this.answered = settings;
    this.apply();
  }

  private apply(): void {
    const { current } = this;
    appearance.apply({ language: current['appearance.language'], theme: current['appearance.theme'] });
    void this.overview.arrange(current['overview.order'], current['overview.only']);
  }
}

function values(settings: Settings): SettingValues {
  const entries = Object.entries(settings).map(([key, { value }]) => [key, value] as const);
  return Object.fromEntries(entries) as SettingValues;
}
