/** The whole app mounted on the fake shell, driven as a user drives it. */
import { render, screen, within } from '@testing-library/svelte';
import userEvent from '@testing-library/user-event';

import App from '../App.svelte';
import { NOW } from './now';
import { FakeShell } from '$lib/shell/fake/shell';
import { readSetting, type Setting } from '$lib/shell/fake/settings';
import { loadLazyScreens } from '$lib/screens/lazy-screens.svelte';
import { App as AppState } from '$lib/state/app.svelte';

export class TestApp {
  readonly user = userEvent.setup();

  private constructor(
    readonly shell: FakeShell,
    readonly app: AppState,
    /** Answers of the server that wait for `serverAnswers`. */
    private readonly answering: (() => void)[],
  ) {}

  /** Mounts the app on the fake data that an address names: `fake=demo&offline`. */
  static async open(world = '', changed: Partial<Setting> = {}): Promise<TestApp> {
    const waiting: (() => void)[] = [];
    const setting = {
      ...readSetting(new URLSearchParams(world)),
      later: (then: () => void) => waiting.push(then),
      ...changed,
    };
    const shell = new FakeShell(setting as Setting, () => NOW);
    const ui = new TestApp(shell, new AppState(shell), waiting);
    // Lazy screens are loaded first: these tests are not about the start.
    await loadLazyScreens();
    render(App, { app: ui.app });
    await ui.app.start();
    return ui;
  }

  /** The server answers everything that was sent, and what follows from it. */
  serverAnswers(): void {
    while (this.answering.length > 0) this.answering.shift()?.();
  }

  see(testid: string): Promise<HTMLElement> {
    return screen.findByTestId(testid);
  }
  seeAll(testid: string): Promise<HTMLElement[]> {
    return screen.findAllByTestId(testid);
  }
  look(testid: string): HTMLElement | null {
    return screen.queryByTestId(testid);
  }
  inside(element: HTMLElement) {
    return within(element);
  }
  async click(testid: string): Promise<void> {
    await this.user.click(await this.see(testid));
  }
  /** Opens a conversation of the overview, and waits until one can write in it. */
  async open(conversation: string): Promise<void> {
    await this.app.navigation.openConversation(conversation);
    await this.see('conversation');
  }
}
