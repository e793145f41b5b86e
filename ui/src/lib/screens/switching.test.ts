import { cleanup, screen, waitFor } from '@testing-library/svelte';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';

import { TestApp } from '../../testing/test-app';

beforeEach(() => {
  vi.spyOn(document, 'hasFocus').mockReturnValue(true);
});
afterEach(cleanup);

async function offered(): Promise<string[]> {
  const rows = await screen.findAllByTestId('switcher-row');
  return rows.map((row) => row.dataset['to'] ?? '');
}

/** The row that the list shows as chosen, and that the field refers to. */
function chosen(): string | undefined {
  const field = screen.getByTestId('switcher-field');
  const id = field.getAttribute('aria-activedescendant') ?? '';
  const option = document.getElementById(id);
  expect(option?.getAttribute('aria-selected')).toBe('true');
  return option?.dataset['to'] ?? option?.dataset['testid'];
}

describe('switching', () => {
  // L5
  it('offers what one had open last, then the latest, and never what is open', async () => {
    const ui = await TestApp.open();
    await ui.open('els');
    await ui.open('medicatie');
    await ui.user.keyboard('{Control>}k{/Control}');
    const all = await offered();
    expect(all.slice(0, 2)).toEqual(['els', 'wond']);
    expect(all).not.toContain('medicatie');
  });

  // L5
  it('finds among the active conversations and then in the archive, and opens by Enter', async () => {
    const ui = await TestApp.open();
    await ui.user.keyboard('{Control>}k{/Control}');
    await waitFor(() => expect(document.activeElement).toBe(screen.getByTestId('switcher-field')));
    await ui.user.keyboard('els');
    await waitFor(async () => expect(await offered()).toEqual(['els', 'griep']));
    expect(chosen()).toBe('els');
    await ui.user.keyboard('{ArrowDown}');
    expect(chosen()).toBe('griep');
    await ui.user.keyboard('{Enter}');
    await waitFor(() => expect(ui.app.navigation.conversation?.id).toBe('griep'));
    expect(ui.look('switcher')).toBeNull();
    await waitFor(() => expect(document.activeElement).toBe(screen.getByTestId('composer')));
  });

  // L5
  it('opens what was typed, however quickly Enter follows', async () => {
    const ui = await TestApp.open();
    await ui.user.keyboard('{Control>}k{/Control}');
    await offered();
    await waitFor(() => expect(document.activeElement).toBe(screen.getByTestId('switcher-field')));
    await ui.user.keyboard('medica{Enter}');
    await waitFor(() => expect(ui.app.navigation.conversation?.id).toBe('medicatie'));
  });

  // L5, U1
  it('gives the keyboard back with Esc', async () => {
    const ui = await TestApp.open();
    await ui.open('wond');
    await waitFor(() => expect(document.activeElement).toBe(screen.getByTestId('composer')));
    await ui.user.keyboard('{Control>}k{/Control}');
    await waitFor(() => expect(document.activeElement).toBe(screen.getByTestId('switcher-field')));
    await ui.user.keyboard('{Escape}');
    await waitFor(() => expect(ui.look('switcher')).toBeNull());
    await waitFor(() => expect(document.activeElement).toBe(screen.getByTestId('composer')));
    expect(ui.app.navigation.conversation?.id).toBe('wond');
  });

  // L5, U2
  it('says that nothing was found, and offers a new conversation', async () => {
    const ui = await TestApp.open();
    await ui.user.keyboard('{Control>}k{/Control}');
    await waitFor(() => expect(document.activeElement).toBe(screen.getByTestId('switcher-field')));
    await ui.user.keyboard('radiologie');
    expect((await ui.see('switcher-nothing')).textContent).toContain('“radiologie”');
    expect(chosen()).toBe('switcher-search');
    await ui.user.keyboard('{ArrowDown}');
    await waitFor(() => expect(chosen()).toBe('switcher-begin'));
    await ui.user.keyboard('{Enter}');
    await ui.see('wizard');
  });

  // L4, L5
  it('goes on to the messages with what was typed', async () => {
    const ui = await TestApp.open();
    await ui.user.keyboard('{Control>}k{/Control}');
    await waitFor(() => expect(document.activeElement).toBe(screen.getByTestId('switcher-field')));
    await ui.user.keyboard('zwachtel');
    await ui.see('switcher-nothing');
    await ui.user.keyboard('{Enter}');
    expect((await ui.seeAll('hit')).length).toBeGreaterThan(0);
    await waitFor(() => expect(document.activeElement).toBe(screen.getByTestId('overview-search')));
  });
});

describe('keys', () => {
  // L5, U1
  it.each(['{F1}', '{Control>}/{/Control}'])('are listed by %s, as they are now', async (key) => {
    const ui = await TestApp.open();
    await ui.user.keyboard(key);
    const list = await ui.see('shortcuts');
    for (const text of ['Ctrl+K', 'Ctrl+F', 'Ctrl+N', 'Esc', 'Del', 'Shift+Enter', 'Ctrl+Alt+O'])
      expect(list.textContent).toContain(text);
  });

  // L5, U1
  it('are listed from the settings, which make way for the list', async () => {
    const ui = await TestApp.open();
    await ui.settings('writing');
    await ui.click('enter-breaks');
    await ui.click('all-shortcuts');
    expect((await ui.see('shortcuts')).textContent).toContain('Ctrl+Enter Versturen');
    expect(ui.look('options')).toBeNull();
  });

  // L5
  it('bring one to the search field of the overview, and nowhere else', async () => {
    const ui = await TestApp.open();
    await ui.click('close-overview');
    await ui.user.keyboard('{Control>}f{/Control}');
    await waitFor(() => expect(document.activeElement).toBe(screen.getByTestId('overview-search')));
    await ui.user.keyboard('{Control>}{Shift>}n{/Shift}{/Control}');
    expect(ui.look('wizard')).toBeNull();
  });

  // U1, L5
  it('lead back to the list where there is room for one column only, and from what is open to its search field', async () => {
    const ui = await TestApp.open();
    vi.spyOn(window, 'matchMedia').mockReturnValue({ matches: true } as MediaQueryList);
    await ui.open('els');
    await waitFor(() => expect(document.activeElement).toBe(screen.getByTestId('composer')));
    // From the text to the messages, and from there.
    await ui.user.keyboard('{Escape}{Escape}');
    await waitFor(() => expect(document.activeElement?.getAttribute('data-conversation')).toBe('els'));
    expect(ui.app.navigation.conversation).toBeNull();
    await ui.open('els');
    await ui.user.keyboard('{Control>}f{/Control}');
    await waitFor(() => expect(document.activeElement).toBe(screen.getByTestId('overview-search')));
    expect(ui.app.navigation.conversation).toBeNull();
  });
});
