import { cleanup, screen, waitFor } from '@testing-library/svelte';
import { afterEach, describe, expect, it } from 'vitest';

import type { Settings } from '$lib/bindings/Settings';
import { CallError } from '$lib/shell/shell';

import { TestApp } from '../../testing/test-app';

afterEach(cleanup);

/** Lets each answer to a change wait until it is released. */
function holdAnswers(ui: TestApp): (() => void)[] {
  const held: (() => void)[] = [];
  const call = ui.shell.call.bind(ui.shell);
  ui.shell.call = async (name, args) => {
    if (name === 'set_setting') await new Promise<void>((release) => held.push(release));
    return call(name, args);
  };
  return held;
}

describe('the settings', () => {
  // U1, F4
  it.each(['trouble=key_lost', 'signed-out'])(
    'are those that were chosen, at %s, and can be changed there',
    async (world) => {
      const ui = await TestApp.open(`${world}&lang=en&theme=dark`);
      expect(document.documentElement.lang).toBe('en');
      expect(document.documentElement.dataset['theme']).toBe('dark');
      await ui.click('other-language');
      await waitFor(() => expect(document.documentElement.lang).toBe('nl'));
      expect(document.documentElement.dataset['theme']).toBe('dark');
      expect(await ui.shell.call('settings', {})).toMatchObject({
        'appearance.language': { value: 'nl', source: 'device' },
      });
    },
  );

  // L2
  it('are saved in the order of the choices, and no answer takes back a later choice', async () => {
    const ui = await TestApp.open();
    const held = holdAnswers(ui);
    const choices = [
      ui.app.settings.set('appearance.zoom', 110),
      ui.app.settings.set('appearance.theme', 'dark'),
      ui.app.settings.set('appearance.zoom', 125),
    ];
    for (const choice of choices) {
      await waitFor(() => expect(held).toHaveLength(1));
      expect(ui.app.settings.current).toMatchObject({ 'appearance.zoom': 125, 'appearance.theme': 'dark' });
      held.pop()?.();
      await choice;
    }
    expect(await ui.shell.call('settings', {})).toMatchObject({
      'appearance.zoom': { value: 125 },
      'appearance.theme': { value: 'dark' },
    });
  });

  // U2
  it('are as they were where one could not be kept, and say so', async () => {
    const ui = await TestApp.open();
    const call = ui.shell.call.bind(ui.shell);
    ui.shell.call = (name, args) =>
      name === 'set_setting'
        ? Promise.reject(new CallError({ error: 'setting', fault: 'not_kept' }))
        : call(name, args);
    await ui.app.settings.set('appearance.theme', 'dark');
    expect(ui.app.settings.current['appearance.theme']).toBe('system');
    expect(document.documentElement.dataset['theme']).toBe('light');
    await screen.findByText(/De instelling kon niet worden bewaard/);
  });

  it('follow what another window changed', async () => {
    const ui = await TestApp.open();
    await ui.shell.call('set_setting', { key: 'appearance.language', value: 'en' });
    await waitFor(() => expect(document.documentElement.lang).toBe('en'));
    await ui.shell.call('set_setting', { key: 'appearance.language', value: 'nl' });
    await waitFor(() => expect(document.documentElement.lang).toBe('nl'));
  });

  // U2
  it('that the organisation decides are shown, and cannot be changed', async () => {
    const forced: (keyof Settings)[] = [
      'notifications.detail',
      'program.keep_running',
      'overview.without_preview',
    ];
    const ui = await TestApp.open(forced.map((key) => `forced=${key}`).join('&'));
    await ui.settings('notifications');
    await screen.findByText('Beheerd door uw organisatie');
    const detail = (await ui.see('telling-nothing')).querySelector('input');
    expect(detail?.closest('fieldset')).toHaveProperty('disabled', true);
    expect(await ui.see('with-sound')).toHaveProperty('disabled', false);
    await ui.click('settings-page-program');
    expect(await ui.see('keep-running')).toHaveProperty('disabled', true);
    await ui.app.settings.set('notifications.detail', 'nothing');
    await screen.findByText('Uw organisatie bepaalt deze instelling. Zij is niet gewijzigd.');
    expect(ui.app.settings.current['notifications.detail']).toBe('who');
    cleanup();
    const next = await TestApp.open('forced=overview.without_preview');
    await next.click('arrange');
    expect(await next.see('preview')).toHaveProperty('disabled', true);
    await screen.findByText('Beheerd door uw organisatie');
  });
});
