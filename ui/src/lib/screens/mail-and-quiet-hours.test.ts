import { cleanup, screen, waitFor } from '@testing-library/svelte';
import { afterEach, describe, expect, it, vi } from 'vitest';

import type { SettingKey } from '$lib/bindings/setting-values';
import type { Concern } from '$lib/words/settings-entries';

import { TestApp } from '../../testing/test-app';

afterEach(cleanup);

async function opened(page: Concern, world = ''): Promise<TestApp> {
  const ui = await TestApp.open(world);
  await ui.settings(page);
  return ui;
}

function kept(ui: TestApp, key: SettingKey): Promise<unknown> {
  return ui.shell.call('settings', {}).then((settings) => settings[key].value);
}

async function type(ui: TestApp, testid: string, time: string): Promise<void> {
  const field = await ui.see(testid);
  await ui.user.clear(field);
  await ui.user.type(field, time);
}

function chosen(testid: string): boolean {
  return screen.getByTestId(testid).querySelector('input')?.checked ?? false;
}

describe('the settings of mail', () => {
  // N3
  it('are one for each kind, kept for the account', async () => {
    const ui = await opened('mail');
    for (const [testid, key] of [
      ['mail-message', 'mail.message'],
      ['mail-added', 'mail.added'],
      ['mail-mentioned', 'mail.mentioned'],
      ['mail-urgent', 'mail.urgent'],
    ] as const) {
      expect((await ui.see(testid)) as HTMLInputElement).toHaveProperty('checked', true);
      await ui.click(testid);
      await waitFor(async () => expect(await kept(ui, key)).toBe(false));
    }
    await ui.user.selectOptions(await ui.see('mail-unread-days'), 'Na 1 dag');
    await waitFor(async () => expect(await kept(ui, 'mail.unread_days')).toBe(1));
    await ui.user.selectOptions(await ui.see('mail-unread-days'), 'Geen herinnering');
    await waitFor(async () => expect(await kept(ui, 'mail.unread_days')).toBe(0));
    await ui.click('mail-outside-work');
    await waitFor(async () => expect(await kept(ui, 'mail.outside_working_hours')).toBe(true));
    await ui.click('mail-language-en');
    await waitFor(async () => expect(await kept(ui, 'mail.language')).toBe('en'));
    expect(await kept(ui, 'appearance.language')).toBe('nl');
  });

  // N2
  it('say that a mail tells nothing of a message, and promise no mail', async () => {
    const ui = await opened('mail');
    const text = (await ui.see('options')).textContent;
    expect(text).toContain('nooit wat er in een bericht staat');
    expect(text).toContain('alleen als dat voor uw organisatie is ingesteld');
  });

  // N3
  it('show a number of days that was chosen elsewhere', async () => {
    const ui = await TestApp.open();
    await ui.shell.call('set_setting', { key: 'mail.unread_days', value: 12 });
    await ui.settings('mail');
    const days = (await ui.see('mail-unread-days')) as HTMLSelectElement;
    await waitFor(() => expect(days.selectedOptions[0]?.textContent).toBe('Na 12 dagen'));
  });

  // N3, U2
  it('cannot be changed where the organisation decides them, and say so', async () => {
    const ui = await opened('mail', 'forced=mail.message');
    const message = (await ui.see('mail-message')) as HTMLInputElement;
    expect(message.disabled).toBe(true);
    expect(
      document.getElementById(message.getAttribute('aria-describedby')?.split(' ')[0] ?? '')?.textContent,
    ).toContain('U krijgt één mail per gesprek');
    const [, origin = ''] = (message.getAttribute('aria-describedby') ?? '').split(' ');
    expect(document.getElementById(origin)?.textContent).toContain('Beheerd door uw organisatie');
    expect((await ui.see('mail-added')) as HTMLInputElement).toHaveProperty('disabled', false);
  });

  // N3
  it('have a language that goes along with that of the screen until one is chosen for them', async () => {
    const ui = await opened('display');
    for (const language of ['en', 'nl', 'en'] as const) {
      await ui.click(`language-${language}`);
      await waitFor(() => expect(document.documentElement.lang).toBe(language));
      await waitFor(async () => expect(await kept(ui, 'mail.language')).toBe(language));
      await ui.click('settings-page-mail');
      await waitFor(() => expect(chosen('mail-language-screen')).toBe(true));
      await ui.click('settings-page-display');
    }
    await ui.click('settings-page-mail');
    await ui.click('mail-language-en');
    for (const language of ['nl', 'en', 'nl'] as const) {
      await ui.click('settings-page-display');
      await ui.click(`language-${language}`);
      await waitFor(async () => expect(await kept(ui, 'appearance.language')).toBe(language));
      await ui.app.settings.set('appearance.theme', 'light');
      expect(await kept(ui, 'mail.language')).toBe('en');
      await ui.click('settings-page-mail');
      expect(chosen('mail-language-en')).toBe(true);
    }
    await ui.click('mail-language-screen');
    await waitFor(async () => expect(await kept(ui, 'mail.language')).toBe('nl'));
  });

  // N3
  it('show the language that mails have where the screen had another one all along', async () => {
    const ui = await opened('mail', 'lang=en');
    await ui.see('mail-language-nl');
    expect(chosen('mail-language-nl')).toBe(true);
    await ui.click('mail-language-screen');
    await waitFor(async () => expect(await kept(ui, 'mail.language')).toBe('en'));
    await waitFor(() => expect(chosen('mail-language-screen')).toBe(true));
  });
});

describe('quiet hours', () => {
  // N5
  it('begin as a night, are changed by typing, and end', async () => {
    const ui = await opened('notifications');
    expect(ui.look('quiet-from')).toBeNull();
    await ui.click('quiet-hours');
    await waitFor(async () =>
      expect(await kept(ui, 'notifications.quiet_hours')).toEqual({ from: '22:00', to: '07:00' }),
    );
    expect((await ui.see('options')).textContent).toContain('volgende dag');
    await type(ui, 'quiet-from', '12.30');
    await type(ui, 'quiet-to', '13');
    await ui.user.tab();
    await waitFor(async () =>
      expect(await kept(ui, 'notifications.quiet_hours')).toEqual({ from: '12:30', to: '13:00' }),
    );
    expect((await ui.see('quiet-to')) as HTMLInputElement).toHaveProperty('value', '13:00');
    await ui.click('quiet-hours');
    await waitFor(async () => expect(await kept(ui, 'notifications.quiet_hours')).toBeNull());
    expect(ui.look('quiet-from')).toBeNull();
    await ui.click('quiet-hours');
    await waitFor(async () =>
      expect(await kept(ui, 'notifications.quiet_hours')).toEqual({ from: '12:30', to: '13:00' }),
    );
  });

  // N5, U2
  it('that are none are not kept, and say what is wrong', async () => {
    const ui = await opened('notifications', 'quiet');
    for (const [from, fault] of [
      ['25:00', 'Vul een tijd in als 08:30.'],
      ['07:00', 'Kies twee verschillende tijden.'],
    ] as const) {
      await type(ui, 'quiet-from', from);
      await ui.user.tab();
      await waitFor(() => expect(screen.getByTestId('quiet-fault').textContent).toContain(fault));
      expect((await ui.see('quiet-from')).getAttribute('aria-invalid')).toBe('true');
      expect(await kept(ui, 'notifications.quiet_hours')).toEqual({ from: '22:00', to: '07:00' });
    }
    await type(ui, 'quiet-to', '8:30');
    await ui.user.tab();
    await waitFor(async () =>
      expect(await kept(ui, 'notifications.quiet_hours')).toEqual({ from: '07:00', to: '08:30' }),
    );
    expect((await ui.see('quiet-fault')).textContent.trim()).toBe('');
  });

  // N5
  it('are kept as they were typed when the settings are closed at once', async () => {
    const ui = await opened('notifications', 'quiet');
    await type(ui, 'quiet-from', '23:15');
    await ui.user.keyboard('{Escape}');
    await waitFor(() => expect(ui.look('options')).toBeNull());
    await waitFor(async () =>
      expect(await kept(ui, 'notifications.quiet_hours')).toEqual({ from: '23:15', to: '07:00' }),
    );
  });

  // N5
  it('that another device changes are shown, and leave what one types alone', async () => {
    const ui = await opened('notifications', 'quiet');
    await ui.shell.call('set_setting', {
      key: 'notifications.quiet_hours',
      value: { from: '21:00', to: '06:00' },
    });
    const from = (await ui.see('quiet-from')) as HTMLInputElement;
    await waitFor(() => expect(from.value).toBe('21:00'));
    await type(ui, 'quiet-from', '2');
    await ui.shell.call('set_setting', { key: 'mail.added', value: false });
    await waitFor(() => expect(ui.app.settings.current['mail.added']).toBe(false));
    expect(from.value).toBe('2');
  });

  // N5
  it('can be those outside working hours, also', async () => {
    const ui = await opened('notifications');
    await ui.click('not-outside-work');
    await waitFor(async () => expect(await kept(ui, 'notifications.working_days')).toBe(true));
  });
});

describe('a link to the settings', () => {
  function title(): string | undefined {
    return document.activeElement?.textContent ?? undefined;
  }

  // N3, U1
  it.each([
    ['mail', 'E-mail', 'mail-message'],
    ['notifications', 'Meldingen', null],
  ])('to %s opens them there, with the keyboard', async (page, name, next) => {
    const ui = await TestApp.open(`settings=${page}`);
    await ui.see('options');
    await waitFor(() => expect(title()).toBe(name));
    if (next) {
      await ui.user.tab();
      expect(document.activeElement).toBe(await ui.see(next));
    }
  });

  // N3, U1
  it('goes to another part of settings that are open, and leaves what was open beneath them', async () => {
    const ui = await TestApp.open();
    await ui.open('wond');
    await ui.app.openLink('overleg://settings/notifications');
    await ui.see('options');
    await waitFor(() => expect(title()).toBe('Meldingen'));
    await ui.app.openLink('overleg://settings/mail');
    await waitFor(() => expect(title()).toBe('E-mail'));
    await ui.user.keyboard('{Escape}');
    await waitFor(() => expect(ui.look('options')).toBeNull());
    await ui.see('conversation');
  });

  // N3, N5, U1
  it('leads to controls that the keyboard alone reaches and changes', async () => {
    const ui = await TestApp.open('settings=mail');
    await waitFor(() => expect(title()).toBe('E-mail'));
    const testids = [
      'mail-message',
      'mail-added',
      'mail-mentioned',
      'mail-urgent',
      'mail-unread-days',
      'mail-outside-work',
    ];
    for (const testid of testids) {
      await ui.user.tab();
      expect(document.activeElement).toBe(screen.getByTestId(testid));
    }
    await ui.user.keyboard(' ');
    await waitFor(async () => expect(await kept(ui, 'mail.outside_working_hours')).toBe(true));
    await ui.user.tab();
    expect(document.activeElement).toBe(screen.getByTestId('reset'));
    await ui.user.tab();
    await ui.user.keyboard('{ArrowRight}');
    await waitFor(async () => expect(await kept(ui, 'mail.language')).toBe('nl'));
    expect(await kept(ui, 'mail.language_of_screen')).toBe(false);

    await ui.app.openLink('overleg://settings/notifications');
    await waitFor(() => expect(title()).toBe('Meldingen'));
    await ui.user.tab();
    await ui.user.tab();
    await ui.user.tab();
    expect(document.activeElement).toBe(screen.getByTestId('quiet-hours'));
    await ui.user.keyboard(' ');
    await ui.see('quiet-from');
    await ui.user.tab();
    await ui.user.keyboard('21:30');
    await ui.user.tab();
    expect(document.activeElement).toBe(screen.getByTestId('quiet-to'));
    await waitFor(async () =>
      expect(await kept(ui, 'notifications.quiet_hours')).toEqual({ from: '21:30', to: '07:00' }),
    );
    await ui.user.tab();
    expect(document.activeElement).toBe(screen.getByTestId('reset'));
    await ui.user.tab();
    expect(document.activeElement).toBe(screen.getByTestId('not-outside-work'));
  });

  // N3
  it('that names no part of them is none', async () => {
    const ui = await TestApp.open();
    const opens = vi.spyOn(ui.shell, 'openLink');
    await ui.app.openLink('overleg://settings/password');
    expect(ui.app.navigation.sheet).toBeNull();
    expect(opens).not.toHaveBeenCalled();
  });
});
