import { cleanup, screen, waitFor } from '@testing-library/svelte';
import { afterEach, beforeAll, describe, expect, it, vi } from 'vitest';

import { loadLazyScreens } from '$lib/screens/lazy-screens.svelte';

import { TestApp } from '../../testing/test-app';
import { NOW } from '../../testing/now';
import { inOwnZone, inZone } from '../../testing/zone';

beforeAll(() => loadLazyScreens(), 120_000);
afterEach(() => {
  cleanup();
  inOwnZone();
});

const DAY = 24 * 60 * 60_000;

function days(): (string | null)[] {
  return [...document.querySelectorAll('.separator')].map((one) => one.textContent);
}

describe('a computer that slept over midnight', () => {
  // U3
  it.each([
    ['the window gets the focus', () => window.dispatchEvent(new Event('focus'))],
    ['the window can be seen again', () => document.dispatchEvent(new Event('visibilitychange'))],
    ['the pointer moves', () => window.dispatchEvent(new Event('pointermove'))],
    ['a key is pressed', () => window.dispatchEvent(new KeyboardEvent('keydown', { key: 'Shift' }))],
  ])('says what is yesterday as soon as %s', async (_, looked) => {
    const ui = await TestApp.open();
    await ui.open('wond');
    await waitFor(() => expect(days()).toContain('Vandaag'));
    const times = () =>
      screen.getAllByTestId('overview-row').map((one) => one.querySelector('time')?.textContent);
    const before = times();
    vi.setSystemTime(NOW + DAY);
    looked();
    await waitFor(() => expect(days()).not.toContain('Vandaag'));
    expect(days()).toContain('Gisteren');
    expect(times()).not.toEqual(before);
    ui.app.end();
  });

  // U3
  it('says times of where it is now', async () => {
    inZone('Europe/Amsterdam');
    const ui = await TestApp.open();
    await ui.open('wond');
    const times = () => screen.getAllByTestId('message').map((one) => one.querySelector('time')?.textContent);
    const tips = () => screen.getAllByTestId('message').map((one) => one.querySelector('time')?.title);
    await waitFor(() => expect(times().length).toBeGreaterThan(0));
    const before = [times(), tips()];
    inZone('America/New_York');
    window.dispatchEvent(new Event('focus'));
    await waitFor(() => expect(times()[0]).not.toBe(before[0]?.[0]));
    for (const [at, said] of times().entries()) expect(said).not.toBe(before[0]?.[at]);
    for (const [at, said] of tips().entries()) expect(said).not.toBe(before[1]?.[at]);
    ui.app.end();
  });
});
