/** The whole app mounted on a shell, driven as a user drives it. */
import { render, screen, within } from '@testing-library/svelte';
import userEvent from '@testing-library/user-event';

import App from '../App.svelte';
import type { Shell } from '$lib/shell/shell';
import { loadLazyScreens } from '$lib/screens/lazy-screens.svelte';
import { App as AppState } from '$lib/state/app.svelte';
import type { Concern } from '$lib/words/settings-entries';

export class MountedApp<S extends Shell> {
  readonly user = userEvent.setup();
  readonly app: AppState;

  protected constructor(readonly shell: S) {
    this.app = new AppState(shell);
  }

  protected async mount(): Promise<void> {
    // Lazy screens are loaded first: these tests are not about the start.
    await loadLazyScreens();
    render(App, { app: this.app });
    await this.app.start();
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
  /** Opens the settings at a page. */
  async settings(page: Concern): Promise<void> {
    await this.click('display-options');
    await this.click(`settings-page-${page}`);
  }
  /** Opens a conversation of the overview, and waits until one can write in it. */
  async open(conversation: string): Promise<void> {
    await this.app.navigation.openConversation(conversation);
    await this.see('conversation');
  }
}
