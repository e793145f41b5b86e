import { cleanup, screen, waitFor } from '@testing-library/svelte';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';

import { Desk } from '../../testing/desk';

beforeEach(() => {
  vi.spyOn(document, 'hasFocus').mockReturnValue(true);
});
afterEach(cleanup);

async function offered(): Promise<string[]> {
  const rows = await screen.findAllByTestId('switcher-row');
  return rows.map((row) => row.dataset['to'] ?? '');
}

/** What the list shows as chosen, and the field tells of. */
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
    const desk = await Desk.sit();
    await desk.open('els');
    await desk.open('medicatie');
    await desk.user.keyboard('{Control>}k{/Control}');
    const all = await offered();
    expect(all.slice(0, 2)).toEqual(['els', 'wond']);
    expect(all).not.toContain('medicatie');
  });

  // L5
  it('finds among the active conversations and then in the archive, and opens by Enter', async () => {
    const desk = await Desk.sit();
    await desk.user.keyboard('{Control>}k{/Control}');
    await waitFor(() => expect(document.activeElement).toBe(screen.getByTestId('switcher-field')));
    await desk.user.keyboard('els');
    await waitFor(async () => expect(await offered()).toEqual(['els', 'griep']));
    expect(chosen()).toBe('els');
    await desk.user.keyboard('{ArrowDown}');
    expect(chosen()).toBe('griep');
    await desk.user.keyboard('{Enter}');
    await waitFor(() => expect(desk.app.open?.id).toBe('griep'));
    expect(desk.look('switcher')).toBeNull();
    await waitFor(() => expect(document.activeElement).toBe(screen.getByTestId('composer')));
  });

  // L5
  it('opens what was typed, however quickly Enter follows', async () => {
    const desk = await Desk.sit();
    await desk.user.keyboard('{Control>}k{/Control}');
    await offered();
    await waitFor(() => expect(document.activeElement).toBe(screen.getByTestId('switcher-field')));
    await desk.user.keyboard('medica{Enter}');
    await waitFor(() => expect(desk.app.open?.id).toBe('medicatie'));
  });

  // L5, U1
  it('gives the keyboard back with Esc', async () => {
    const desk = await Desk.sit();
    await desk.open('wond');
    await waitFor(() => expect(document.activeElement).toBe(screen.getByTestId('composer')));
    await desk.user.keyboard('{Control>}k{/Control}');
    await waitFor(() => expect(document.activeElement).toBe(screen.getByTestId('switcher-field')));
    await desk.user.keyboard('{Escape}');
    await waitFor(() => expect(desk.look('switcher')).toBeNull());
    await waitFor(() => expect(document.activeElement).toBe(screen.getByTestId('composer')));
    expect(desk.app.open?.id).toBe('wond');
  });

  // L5, U2
  it('says that nothing was found, and offers a new conversation', async () => {
    const desk = await Desk.sit();
    await desk.user.keyboard('{Control>}k{/Control}');
    await waitFor(() => expect(document.activeElement).toBe(screen.getByTestId('switcher-field')));
    await desk.user.keyboard('radiologie');
    expect((await desk.see('switcher-nothing')).textContent).toContain('“radiologie”');
    expect(chosen()).toBe('switcher-begin');
    await desk.user.keyboard('{Enter}');
    await desk.see('wizard');
  });
});

describe('keys', () => {
  // L5, U1
  it.each(['{F1}', '{Control>}/{/Control}'])('are listed by %s, as they are now', async (key) => {
    const desk = await Desk.sit();
    await desk.user.keyboard(key);
    const list = await desk.see('shortcuts');
    for (const text of ['Ctrl+K', 'Ctrl+F', 'Ctrl+N', 'Esc', 'Del', 'Shift+Enter', 'Ctrl+Alt+O'])
      expect(list.textContent).toContain(text);
  });

  // L5, U1
  it('are listed from the settings, which make way for the list', async () => {
    const desk = await Desk.sit();
    await desk.click('display-options');
    await desk.click('enter-breaks');
    await desk.click('all-shortcuts');
    expect((await desk.see('shortcuts')).textContent).toContain('Ctrl+Enter Versturen');
    expect(desk.look('options')).toBeNull();
  });

  // L5
  it('bring one to the search field of the overview, and nowhere else', async () => {
    const desk = await Desk.sit();
    await desk.click('close-overview');
    await desk.user.keyboard('{Control>}f{/Control}');
    await waitFor(() => expect(document.activeElement).toBe(screen.getByTestId('overview-search')));
    await desk.user.keyboard('{Control>}{Shift>}n{/Shift}{/Control}');
    expect(desk.look('wizard')).toBeNull();
  });

  // U1, L5
  it('lead back to the list where there is room for one column only, and from what is open to its search field', async () => {
    const desk = await Desk.sit();
    vi.spyOn(window, 'matchMedia').mockReturnValue({ matches: true } as MediaQueryList);
    await desk.open('els');
    await waitFor(() => expect(document.activeElement).toBe(screen.getByTestId('composer')));
    // From the text to the messages, and from there.
    await desk.user.keyboard('{Escape}{Escape}');
    await waitFor(() => expect(document.activeElement?.getAttribute('data-conversation')).toBe('els'));
    expect(desk.app.open).toBeNull();
    await desk.open('els');
    await desk.user.keyboard('{Control>}f{/Control}');
    await waitFor(() => expect(document.activeElement).toBe(screen.getByTestId('overview-search')));
    expect(desk.app.open).toBeNull();
  });
});
