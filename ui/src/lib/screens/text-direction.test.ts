import { cleanup, screen, waitFor } from '@testing-library/svelte';
import { afterEach, beforeAll, describe, expect, it, vi } from 'vitest';

import type { CallName } from '$lib/shell/shell';
import { loadLazyScreens } from '$lib/screens/lazy-screens.svelte';

import { TestApp } from '../../testing/test-app';

beforeAll(() => loadLazyScreens(), 120_000);
afterEach(cleanup);

/** A character that, at the end of a name, reverses the direction of the text after it. */
const TURN = '\u202E';

/** Whether each turn ends before the text does, or is the last of it. */
function isClosed(text: string): boolean {
  let open = 0;
  const letters = [...text];
  for (const [at, one] of letters.entries()) {
    if (/[\u2066-\u2068]/u.test(one)) open += 1;
    else if (one === '\u2069') open -= 1;
    else if (one === TURN && open === 0 && letters.slice(at + 1).some((other) => /[\p{L}\p{N}]/u.test(other)))
      return false;
  }
  return true;
}

/** Texts on the screen that a name reverses: text on the same line, tooltips, and text for screen readers. */
function turned(): string[] {
  const found: string[] = [];
  for (const element of document.querySelectorAll('*')) {
    for (const { name, value } of element.attributes)
      if (value.includes(TURN) && !isClosed(value)) found.push(`${name}: ${value}`);
    for (const node of element.childNodes) {
      const text = node.nodeType === Node.TEXT_NODE ? (node.textContent ?? '') : '';
      if (!text.includes(TURN) || element.localName === 'option') continue;
      const alone = element.closest('bdi, [dir="auto"]')?.textContent?.trim() === text.trim();
      const isolated = isClosed(`${text}x`);
      if (!alone && !isolated) found.push(`<${element.localName} class="${element.className}"> ${text}`);
    }
  }
  return found;
}

/** Everyone's name, function and organisation, each team and each subject ends in a turn. */
async function sit(world: string): Promise<TestApp> {
  const ui = await TestApp.open(world);
  const call = ui.shell.call.bind(ui.shell) as (name: CallName, args: unknown) => Promise<unknown>;
  const names =
    /^(?:family|name|author|title|subject|function|organisation|organisation_name|unit_name|discipline|teams|by_teams|names|with|participants|organisations|to|team)$/u;
  const turn = (value: unknown, key = ''): unknown => {
    if (typeof value === 'string') return names.test(key) && value !== '' ? value + TURN : value;
    if (Array.isArray(value)) return value.map((one) => turn(one, key));
    if (value === null || typeof value !== 'object') return value;
    const id = (one: string) => /^(?:conversation|membership|person|item|team|organisation)$/u.test(one);
    return Object.fromEntries(
      Object.entries(value).map(([one, what]) => [one, id(one) && isId(what) ? what : turn(what, one)]),
    );
  };
  vi.spyOn(ui.shell, 'call').mockImplementation(async (name: CallName, args: unknown) => {
    return turn(await call(name, args)) as never;
  });
  return ui;
}

function isId(what: unknown): boolean {
  return typeof what === 'string' && /^[a-z0-9-]+$/u.test(what);
}

describe('a name that ends in a character that turns the direction', () => {
  // O3, U1, W2
  it.each(['fake=lines', 'fake=teams', 'fake=messages'])(
    'turns nothing round in the world of %s',
    async (world) => {
      const ui = await sit(world);
      await ui.app.overview.refresh();
      const rows = ui.app.overview.rows?.slice(0, 3) ?? [];
      for (const row of rows) {
        if (!row) continue;
        await ui.app.navigation.openConversation(row.conversation);
        await waitFor(() => expect(screen.queryByTestId('conversation')).not.toBeNull());
        const { conversation } = ui.app.navigation;
        if (conversation) conversation.panel = 'participants';
        await ui.see('participants-panel');
        expect(turned()).toEqual([]);
      }
      expect(document.body.textContent).toContain(TURN);
    },
  );

  // O4, S2, W2
  it('turns nothing round where people are chosen', async () => {
    const ui = await sit('fake=teams');
    await ui.click('new-conversation');
    await ui.click('kind-group');
    await ui.user.type(await ui.see('wizard-subject'), 'x');
    await ui.click('wizard-next');
    await ui.user.type(await ui.see('people-search'), 'a');
    await waitFor(() => expect(screen.getAllByTestId('found-person').length).toBeGreaterThan(2));
    for (const one of [0, 0]) {
      await ui.user.click(screen.getAllByTestId('found-person')[one] as HTMLElement);
      await waitFor(() => expect(screen.getAllByTestId('found-person').length).toBeGreaterThan(0));
    }
    expect(turned()).toEqual([]);
    await ui.click('wizard-next');
    await ui.see('destination');
    expect(turned()).toEqual([]);
  });
});
