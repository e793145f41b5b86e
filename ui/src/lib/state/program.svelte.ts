/** The program around the interface: window, tray, side mode and zoom. */
import type { NotificationTrial } from '$lib/bindings/NotificationTrial';
import type { ShellView } from '$lib/bindings/ShellView';
import type { ApiError } from '$lib/bindings/ApiError';
import { DEFAULT_SETTINGS } from '$lib/bindings/setting-values';
import { CallError, type ProgramArgs, type ProgramCallName, type Shell } from '$lib/shell/shell';

import { Refresh } from './refresh';
import type { SettingsState } from './settings.svelte';

/** The zoom levels of browsers, in per cent. */
const STEPS = [50, 67, 75, 80, 90, 100, 110, 125, 150, 175, 200, 250, 300];
const USUAL = DEFAULT_SETTINGS['appearance.zoom'];

export class ProgramState {
  /** `null` until the first answer, and after a failure of the first request. */
  view = $state.raw<ShellView | null>(null);
  /** The user closed the window for the first time, and the dialog explains what closing does. */
  closing = $state(false);
  private reported = false;
  private readonly asking: Refresh;

  constructor(
    private readonly shell: Shell,
    private readonly settings: SettingsState,
    private readonly failed: (why: ApiError) => void,
  ) {
    this.asking = new Refresh(() => this.ask());
  }

  refresh(): Promise<void> {
    return this.asking.now();
  }

  private async ask(): Promise<void> {
    await this.call('view', {});
    this.closing = this.view?.closing ?? false;
  }

  /** Reports once that the content is painted. */
  shown(): void {
    if (this.reported) return;
    this.reported = true;
    requestAnimationFrame(() => requestAnimationFrame(() => void this.call('shown', {})));
  }

  get zoom(): number {
    return this.settings.current['appearance.zoom'];
  }

  get largest(): boolean {
    return this.zoom >= (STEPS.at(-1) ?? USUAL);
  }

  get smallest(): boolean {
    return this.zoom <= (STEPS[0] ?? USUAL);
  }

  larger(): Promise<void> {
    return this.setZoom(STEPS.find((step) => step > this.zoom));
  }

  smaller(): Promise<void> {
    return this.setZoom(STEPS.findLast((step) => step < this.zoom));
  }

  usual(): Promise<void> {
    return this.setZoom(USUAL);
  }

  private async setZoom(zoom: number | undefined): Promise<void> {
    if (zoom !== undefined && zoom !== this.zoom) await this.settings.set('appearance.zoom', zoom);
  }

  async sideMode(on: boolean): Promise<void> {
    await this.call('side_mode', { on });
  }

  async closeWindow(): Promise<void> {
    this.closing = false;
    await this.call('close_window', {});
  }

  async stayOpen(): Promise<void> {
    this.closing = false;
    await this.call('stay_open', {});
  }

  async quit(): Promise<void> {
    this.closing = false;
    await this.call('quit', {});
  }

  /** Sends a notification on trial. `null` where there are none to send; `undefined` after a failure. */
  async tryNotification(): Promise<NotificationTrial | null | undefined> {
    return (await this.call('try_notification', {}))?.trial;
  }

  /** Returns the view, if the request succeeded. */
  private async call<N extends ProgramCallName>(
    name: N,
    args: ProgramArgs<N>,
  ): Promise<ShellView | undefined> {
    try {
      const view = await this.shell.program(name, args);
      this.view = view;
      return view;
    } catch (thrown) {
      this.failed(CallError.from(thrown).why);
      return undefined;
    }
  }
}
