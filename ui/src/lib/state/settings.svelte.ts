/**
 * The settings in effect: asked of the engine, also while nobody is signed in or the cache is shut.
 *
 * A change is in effect at once, and is saved by the engine, one setting at a time and in the order in which they were made.
 */
import type { PolicyStatus } from '$lib/bindings/PolicyStatus';
import type { Settings } from '$lib/bindings/Settings';
import type { Source } from '$lib/bindings/Source';
import {
  DEFAULT_SETTINGS,
  SETTING_SCOPES,
  type SettingKey,
  type SettingValue,
  type SettingValues,
} from '$lib/bindings/setting-values';
import type { Shell } from '$lib/shell/shell';

import { appearance } from './appearance.svelte';
import type { Notices } from './notices.svelte';
import type { OverviewState } from './overview.svelte';
import { Refresh } from './refresh';

/** Where a value comes from that is not the default. */
export type ChoiceOrigin = 'policy' | 'recommended' | 'account' | 'device';

export class SettingsState {
  /** The organisation's policy on this computer; `null` until somebody asked. */
  policy = $state.raw<PolicyStatus | null>(null);
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
    const source = this.answered?.[key].source;
    return source === 'machine_policy' || source === 'user_policy';
  }

  /** Where the value of a setting comes from; `null` for the default, also where it was chosen. */
  origin(key: SettingKey): ChoiceOrigin | null {
    if (this.isForced(key)) return 'policy';
    if (isSame(this.current[key], this.unchosen(key))) return this.isRecommended(key) ? 'recommended' : null;
    return SETTING_SCOPES[key] === 'account' ? 'account' : 'device';
  }

  /** The source of the value in effect; `null` until the engine answered. */
  source(key: SettingKey): Source | null {
    return this.answered?.[key].source ?? null;
  }

  /** Whether the organisation recommends a value. */
  private isRecommended(key: SettingKey): boolean {
    return this.answered?.[key].recommended !== undefined;
  }

  /** The value in effect while the user chose none. */
  private unchosen(key: SettingKey): unknown {
    return this.answered?.[key].recommended ?? DEFAULT_SETTINGS[key];
  }

  refresh(): Promise<void> {
    return this.asking.now();
  }

  /** Asks what the organisation decides, from now on at every refresh. */
  async askPolicy(): Promise<void> {
    try {
      this.policy = await this.shell.call('policy_status', {});
    } catch (thrown) {
      this.notices.failed(thrown);
    }
  }

  private async load(): Promise<void> {
    if (this.policy) void this.askPolicy();
    try {
      this.take(await this.shell.call('settings', {}));
    } catch (thrown) {
      this.notices.failed(thrown);
    }
  }

  /** Changes one setting. */
  set<K extends SettingKey>(key: K, value: SettingValue<K>): Promise<void> {
    return this.change(key, value, () => this.shell.call('set_setting', { key, value }));
  }

  /** Returns one setting to its default. */
  reset(key: SettingKey): Promise<void> {
    return this.change(key, this.unchosen(key), () => this.shell.call('reset_setting', { key }));
  }

  private change(key: SettingKey, value: unknown, call: () => Promise<Settings>): Promise<void> {
    const change = { [key]: value } as Partial<SettingValues>;
    this.waiting = [...this.waiting, change];
    this.apply();
    // The engine may answer calls in any order, and the last choice of a setting is to stand.
    this.saved = this.saved.then(() => this.save(change, call));
    return this.saved;
  }

  private async save(change: Partial<SettingValues>, call: () => Promise<Settings>): Promise<void> {
    let answer: Settings | null = null;
    await this.notices.attempt(async () => {
      answer = await call();
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

/** Equal values; the members of an object may be in another order. */
function isSame(one: unknown, other: unknown): boolean {
  const ordered = (value: unknown) =>
    JSON.stringify(value, (_, part: unknown) =>
      part && typeof part === 'object' ? Object.fromEntries(Object.entries(part).sort()) : part,
    );
  return ordered(one) === ordered(other);
}

function values(settings: Settings): SettingValues {
  const entries = Object.entries(settings).map(([key, { value }]) => [key, value] as const);
  return Object.fromEntries(entries) as SettingValues;
}
