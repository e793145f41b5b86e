/** A clinician at a screen, with a fake world behind it: components as people use them. */
import { render, screen, within } from '@testing-library/svelte';
import userEvent from '@testing-library/user-event';

import App from '../App.svelte';
import { NOW } from './now';
import { FakeShell } from '$lib/shell/fake/shell';
import { readSetting, type Setting } from '$lib/shell/fake/settings';
import { fetchLater } from '$lib/screens/later.svelte';
import { App as AppState } from '$lib/state/app.svelte';

export class Desk {
  readonly user = userEvent.setup();

  private constructor(
    readonly shell: FakeShell,
    readonly app: AppState,
    /** What the server will do when it is let. */
    private readonly answering: (() => void)[],
  ) {}

  /** Sits down in a world, as its address says it: `fake=demo&offline`. */
  static async sit(world = '', changed: Partial<Setting> = {}): Promise<Desk> {
    const waiting: (() => void)[] = [];
    const setting = {
      ...readSetting(new URLSearchParams(world)),
      later: (then: () => void) => waiting.push(then),
      ...changed,
    };
    const shell = new FakeShell(setting as Setting, () => NOW);
    const desk = new Desk(shell, new AppState(shell), waiting);
    // What comes later is here: the tests are of what people do, not of the first moments.
    await fetchLater();
    render(App, { app: desk.app });
    await desk.app.start();
    return desk;
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
    await this.app.show(conversation);
    await this.see('conversation');
  }
}
