import { cleanup, render, screen } from '@testing-library/svelte';
import { afterEach, describe, expect, it } from 'vitest';

import type { Connection } from '$lib/bindings/Connection';
import type { Obstacle } from '$lib/bindings/Obstacle';
import { day } from '$lib/words/format';
import { clockIsAhead } from '$lib/words/server-clock';

import SyncStatus from './SyncStatus.svelte';

const DAY = 24 * 60 * 60_000;

afterEach(() => {
  cleanup();
  clockIsAhead(0);
});

function shown(connection: Connection, clock_ahead?: number): string {
  const status = {
    connection,
    current_until: 1_760_000_000_000,
    catching_up: false,
    waiting: 2,
    stale: 0,
    failed: 0,
    to_index: 0,
    disk_full: false,
    left_out: false,
    ...(clock_ahead !== undefined && { clock_ahead }),
  };
  const done = () => {};
  render(SyncStatus, { status, signedOut: false, recovered: 0, onshow: done, onrecovered: done });
  return screen.getByTestId('truth').textContent;
}

describe('the sync status', () => {
  // U3, U2
  it.each<[Obstacle, string]>([
    ['proxy_sign_in', 'proxy'],
    ['portal', 'gastennetwerk'],
    ['filter', 'filter of firewall'],
    ['gateway', 'geen antwoord'],
    ['other_server', 'andere Overleg-server'],
    ['certificate_time', 'Controleer datum en tijd'],
    ['certificate', 'vertrouwt het certificaat niet'],
  ])('says what stands between: %s', (obstacle, words) => {
    const text = shown({ connection: 'between', obstacle });
    expect(text).toContain(words);
    expect(text).toContain('niet bereikt');
    expect(text).toContain('Bijgewerkt tot');
    expect(text).toContain('2 wachten op verbinding');
  });

  // U3
  it.each<[number, string]>([
    [60 * 60_000, 'loopt 1 uur voor'],
    [-3 * DAY, 'loopt 3 dagen achter'],
    [730 * DAY, 'loopt 730 dagen voor'],
    [-10 * 60_000, 'loopt 10 minuten achter'],
  ])('says that the clock of the device is off: %i', (ahead, words) => {
    expect(shown({ connection: 'online' }, ahead)).toContain(words);
  });

  // U3
  it('says nothing of a clock that is a little off', () => {
    expect(shown({ connection: 'online' }, 4 * 60_000)).not.toContain('klok');
    cleanup();
    expect(shown({ connection: 'online' })).not.toContain('klok');
  });

  // U3
  it('counts the days by the server and not by the device', () => {
    const yesterday = Date.now() - DAY;
    expect(day(yesterday)).toBe('Gisteren');
    expect(clockIsAhead(DAY)).toBe(true);
    expect(day(yesterday)).toBe('Vandaag');
    expect(clockIsAhead(DAY)).toBe(false);
  });
});
