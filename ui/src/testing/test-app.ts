/** The whole app mounted on the fake shell. */
import { FakeShell } from '$lib/shell/fake/shell';
import { readSetting, type Setting } from '$lib/shell/fake/settings';

import { MountedApp } from './mounted-app';
import { NOW } from './now';

export class TestApp extends MountedApp<FakeShell> {
  private constructor(
    shell: FakeShell,
    /** Answers of the server that wait for `serverAnswers`. */
    private readonly answering: (() => void)[],
  ) {
    super(shell);
  }

  /** Mounts the app on the fake data that an address names: `fake=demo&offline`. */
  static async open(world = '', changed: Partial<Setting> = {}): Promise<TestApp> {
    const waiting: (() => void)[] = [];
    const setting = {
      ...readSetting(new URLSearchParams(world)),
      later: (then: () => void) => waiting.push(then),
      ...changed,
    };
    const ui = new TestApp(new FakeShell(setting as Setting, () => NOW), waiting);
    await ui.mount();
    return ui;
  }

  /** The server answers everything that was sent, and what follows from it. */
  serverAnswers(): void {
    while (this.answering.length > 0) this.answering.shift()?.();
  }
}
