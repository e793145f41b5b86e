import { cleanup, screen, waitFor } from '@testing-library/svelte';
import { afterEach, beforeAll, describe, expect, it } from 'vitest';

import { loadLazyScreens } from '$lib/screens/lazy-screens.svelte';

import { TestApp } from '../../testing/test-app';

beforeAll(() => loadLazyScreens(), 120_000);
afterEach(cleanup);

/** As an input method tells of it: WebKit has ended the composition by then, others not yet. */
const ORDERS: [string, KeyboardEventInit, 'before' | 'after'][] = [
  ['WebKit', { keyCode: 229, isComposing: false }, 'before'],
  ['Chromium', { keyCode: 229, isComposing: true }, 'after'],
];

describe.each(ORDERS)('in the order of %s', (_, how, end) => {
  /** The key confirms or gives up what is being composed in the field that has the keyboard. */
  function confirm(key = 'Enter'): void {
    const field = document.activeElement as HTMLElement;
    const ended = () => field.dispatchEvent(new Event('compositionend', { bubbles: true }));
    if (end === 'before') ended();
    field.dispatchEvent(new KeyboardEvent('keydown', { key, bubbles: true, cancelable: true, ...how }));
    if (end === 'after') ended();
  }
  /** For what a key would have done by then: nothing says that it did nothing. */
  // tidy: waits because what is not done is never heard of; on a slow machine it proves less, and fails no sooner.
  const settled = () => new Promise((done) => setTimeout(done, 200));

  // U1, M1
  it('Enter that confirms a composition sends nothing', async () => {
    const ui = await TestApp.open();
    await ui.open('wond');
    await waitFor(() => expect(document.activeElement).toBe(ui.look('composer')));
    await ui.user.keyboard('にほん');
    const before = screen.getAllByTestId('message').length;
    confirm();
    await settled();
    expect(screen.getAllByTestId('message').length).toBe(before);
    expect(ui.look('composer')).toHaveProperty('value', 'にほん');
    // Nor does it choose somebody who is offered.
    await ui.user.keyboard(' @br');
    await ui.see('mentions');
    confirm();
    expect(ui.look('composer')).toHaveProperty('value', 'にほん @br');
    confirm('Escape');
    expect(ui.look('mentions')).not.toBeNull();
  });

  // U1, L5
  it('opens nothing from the switcher, and Escape does not put it away', async () => {
    const ui = await TestApp.open();
    ui.app.navigation.sheet = 'switcher';
    await waitFor(() => expect(document.activeElement).toBe(ui.look('switcher-field')));
    confirm();
    confirm('Escape');
    await settled();
    expect(ui.look('switcher')).not.toBeNull();
    expect(ui.app.navigation.conversation).toBeNull();
  });

  // U1, L4
  it('opens nothing from the search, nor empties it', async () => {
    const ui = await TestApp.open();
    const field = (await ui.see('overview-search')) as HTMLInputElement;
    await ui.user.type(field, 'de');
    confirm();
    confirm('Escape');
    confirm('ArrowDown');
    await settled();
    expect(ui.app.navigation.conversation).toBeNull();
    expect([field.value, document.activeElement]).toEqual(['de', field]);
  });

  // U1, S1
  it('chooses nobody in the wizard, and takes no step', async () => {
    const ui = await TestApp.open();
    await ui.click('new-conversation');
    await ui.user.type(await ui.see('people-search'), 'bram');
    await waitFor(() => expect(screen.getAllByTestId('found-person')[0]?.textContent).toContain('Bram'));
    await settled();
    confirm();
    confirm('Escape');
    await settled();
    expect(ui.look('chosen-person')).toBeNull();
    expect(ui.look('wizard')).not.toBeNull();
  });

  // U1, P2
  it('adds nobody and closes nothing among the participants', async () => {
    const ui = await TestApp.open();
    await ui.open('wond');
    await ui.click('participants');
    await ui.click('add');
    await ui.user.type(await ui.see('people-search'), 'lotte');
    await waitFor(() => expect(screen.getAllByTestId('found-person')).toHaveLength(1));
    await settled();
    confirm();
    confirm('Escape');
    await settled();
    expect(ui.look('chosen-person')).toBeNull();
    expect(ui.look('add-people')).not.toBeNull();
  });
});
