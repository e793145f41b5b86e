import { cleanup, screen, waitFor, within } from '@testing-library/svelte';
import { afterEach, describe, expect, it, vi } from 'vitest';

import { DEFAULT_SETTINGS, type SettingKey } from '$lib/bindings/setting-values';
import { CONCERNS, ENTRIES, findSettings } from '$lib/words/settings-entries';

import { TestApp } from '../../testing/test-app';

afterEach(() => {
  cleanup();
  vi.restoreAllMocks();
});

const KEYS = Object.keys(DEFAULT_SETTINGS) as SettingKey[];

function row(entry: string): HTMLElement {
  const found = document.querySelector<HTMLElement>(`[data-entry="${entry}"]`);
  if (!found) throw new Error(`${entry} is not on the page`);
  return found;
}

function origin(entry: string): string | undefined {
  return within(row(entry)).queryByTestId('origin')?.dataset['origin'];
}

describe('the pages of the settings', () => {
  // U1
  it('have a row for each setting, on the page that its entry names', async () => {
    const ui = await TestApp.open();
    await ui.click('display-options');
    for (const concern of CONCERNS) {
      await ui.click(`settings-page-${concern}`);
      await waitFor(() => expect(screen.getByTestId('settings-page').dataset['page']).toBe(concern));
      for (const key of KEYS.filter((one) => ENTRIES[one].page === concern)) row(ENTRIES[key].within ?? key);
    }
  });

  // U1
  it('are walked through by the arrow keys, and entered from the list', async () => {
    const ui = await TestApp.open();
    await ui.click('display-options');
    await waitFor(() => expect(document.activeElement).toBe(screen.getByTestId('settings-search')));
    await ui.user.keyboard('{ArrowDown}{ArrowDown}{ArrowDown}{ArrowDown}');
    expect(document.activeElement).toBe(screen.getByTestId('settings-page-notifications'));
    expect(screen.getByTestId('settings-page-notifications').getAttribute('aria-current')).toBe('page');
    await ui.see('with-sound');
    await ui.user.keyboard('{Enter}');
    await waitFor(() => expect(document.activeElement?.textContent).toBe('Meldingen'));
    await ui.user.keyboard('{Escape}');
    await waitFor(() => expect(ui.look('options')).toBeNull());
    // Opened again, they are where one begins.
    await ui.click('display-options');
    expect((await ui.see('settings-page')).dataset['page']).toBe('display');
  });

  // U1
  it('are one at a time where there is no room for two, with a way back', async () => {
    const ui = await TestApp.open();
    vi.spyOn(window, 'matchMedia').mockImplementation(
      (media) =>
        ({
          media,
          matches: media.includes('640px'),
          addEventListener: () => undefined,
          removeEventListener: () => undefined,
        }) as unknown as MediaQueryList,
    );
    await ui.click('display-options');
    expect(ui.look('settings-page')).toBeNull();
    await ui.click('settings-page-files');
    await ui.see('files-days');
    expect(ui.look('settings-search')).toBeNull();
    await ui.click('settings-back');
    await waitFor(() => expect(document.activeElement).toBe(screen.getByTestId('settings-page-files')));
    await ui.user.keyboard('{Enter}');
    await ui.see('files-days');
    await ui.user.keyboard('{Escape}');
    await ui.see('settings-search');
    await ui.user.keyboard('{Escape}');
    await waitFor(() => expect(ui.look('options')).toBeNull());
  });

  // U1
  it('stay at the same one when the language changes', async () => {
    const ui = await TestApp.open();
    await ui.click('display-options');
    await ui.user.type(await ui.see('settings-search'), 'taal');
    await ui.click('language-en');
    await waitFor(() => expect(document.documentElement.lang).toBe('en'));
    expect((await ui.see('settings-search')) as HTMLInputElement).toHaveProperty('value', 'taal');
    expect(screen.getByTestId('settings-page').dataset['page']).toBe('display');
  });
});

describe('a search for a setting', () => {
  // U1
  it.each([
    ['donker', 'appearance.theme'],
    ['DARK', 'appearance.theme'],
    ['geluid', 'notifications.silent'],
    ['mute', 'notifications.silent'],
    ['niet storen', 'notifications.quiet_hours'],
    ['beëindigen', 'quit'],
    ['beeindigen', 'quit'],
    ['wachtwoord', 'change-password'],
    ['werktijd', 'notifications.working_days'],
    ['opslag', 'files.budget_mb'],
    ['autostart', 'program.start_at_login'],
    ['language mail', 'mail.language'],
    ['sort', 'overview.order'],
  ])('for “%s” finds %s', (query, entry) => {
    expect(findSettings(query)).toContain(entry);
  });

  // U1
  it('finds each setting by its name in both languages, the ones called so first', () => {
    for (const key of KEYS) {
      const { label, within: row = key } = ENTRIES[key];
      for (const locale of ['nl', 'en'] as const) expect(findSettings(label({}, { locale }))).toContain(row);
    }
    expect(findSettings('taal').slice(0, 2)).toEqual(['appearance.language', 'mail.language']);
    expect(findSettings('  ?! ')).toEqual([]);
  });

  // U1, U2
  it('shows its page with the row marked, brings the keyboard there, and says what was found', async () => {
    const ui = await TestApp.open();
    await ui.click('display-options');
    await ui.user.type(await ui.see('settings-search'), 'geluid');
    expect((await ui.see('settings-found')).textContent).toContain('1 instelling gevonden');
    expect(row('notifications.silent').className).toContain('found');
    await ui.user.keyboard('{Enter}');
    await waitFor(() => expect(document.activeElement).toBe(screen.getByTestId('with-sound')));
    await ui.user.clear(await ui.see('settings-search'));
    await ui.user.type(await ui.see('settings-search'), 'ringtoon');
    expect((await ui.see('settings-found')).textContent).toContain(
      'Geen instelling gevonden voor “ringtoon”',
    );
    expect(ui.look('settings-hit')).toBeNull();
    expect(document.querySelector('.found')).toBeNull();
    await ui.user.keyboard('{Escape}');
    await ui.see('settings-page-display');
    await ui.see('options');
  });

  // U1
  it('goes from one hit to the next, each on its page', async () => {
    const ui = await TestApp.open();
    await ui.click('display-options');
    await ui.user.type(await ui.see('settings-search'), 'taal{ArrowDown}{ArrowDown}');
    expect(document.activeElement?.getAttribute('data-hit')).toBe('mail.language');
    expect(screen.getByTestId('settings-page').dataset['page']).toBe('mail');
    await ui.user.keyboard('{Home}');
    expect(screen.getByTestId('settings-page').dataset['page']).toBe('display');
    await ui.user.keyboard('{ArrowUp}');
    expect(document.activeElement).toBe(screen.getByTestId('settings-search'));
  });
});

describe('a setting', () => {
  // U1, U2
  it('says where its value comes from if that is not the default, and returns to it', async () => {
    const ui = await TestApp.open();
    await ui.settings('mail');
    expect(origin('mail.added')).toBeUndefined();
    await ui.click('mail-added');
    await waitFor(() => expect(origin('mail.added')).toBe('account'));
    expect(row('mail.added').textContent).toContain('Uw keuze, op al uw apparaten');
    await ui.click('settings-page-program');
    await ui.click('start-at-login');
    await waitFor(() => expect(origin('program.start_at_login')).toBe('device'));
    const start = screen.getByTestId<HTMLInputElement>('start-at-login');
    const described = (start.getAttribute('aria-describedby') ?? '').split(' ');
    const said = described.map((id) => document.getElementById(id)?.textContent).join(' ');
    expect(said).toContain('Uw keuze, op dit apparaat');
    const reset = within(row('program.start_at_login')).getByTestId('reset');
    expect(reset.getAttribute('aria-label')).toContain('aanmeldt');
    await ui.user.click(reset);
    await waitFor(() => expect(origin('program.start_at_login')).toBeUndefined());
    expect(start.checked).toBe(false);
    expect(document.activeElement).toBe(start);
    expect(await ui.shell.call('settings', {})).toMatchObject({
      'program.start_at_login': { value: false, source: 'default' },
      'mail.added': { value: false, source: 'account' },
    });
  });

  // U1
  it('of several to choose from has the keyboard at the one that is chosen again', async () => {
    const ui = await TestApp.open('theme=dark');
    await ui.click('display-options');
    await ui.user.click(within(row('appearance.theme')).getByTestId('reset'));
    await waitFor(() => expect(ui.app.settings.current['appearance.theme']).toBe('system'));
    expect(document.activeElement?.closest('[data-testid]')).toBe(screen.getByTestId('theme-system'));
  });

  // N3
  it('of the language of mails returns to that of the screen', async () => {
    const ui = await TestApp.open();
    await ui.settings('mail');
    await ui.click('mail-language-en');
    await waitFor(() => expect(origin('mail.language')).toBe('account'));
    await ui.user.click(within(row('mail.language')).getByTestId('reset'));
    await waitFor(() => expect(origin('mail.language')).toBeUndefined());
    expect(ui.app.settings.current).toMatchObject({
      'mail.language': 'nl',
      'mail.language_of_screen': true,
    });
  });

  // N1, U2
  it('is fixed as soon as the organisation decides it, and the own choice is back when it no longer does', async () => {
    const ui = await TestApp.open();
    await ui.settings('notifications');
    await ui.click('telling-who-and-what');
    await waitFor(() => expect(origin('notifications.detail')).toBe('device'));
    ui.shell.force({ 'notifications.detail': 'nothing' });
    await waitFor(() => expect(origin('notifications.detail')).toBe('policy'));
    expect(row('notifications.detail').textContent).toContain('Beheerd door uw organisatie');
    expect(row('notifications.detail').querySelector('fieldset')?.disabled).toBe(true);
    expect(within(row('notifications.detail')).queryByTestId('reset')).toBeNull();
    ui.shell.force({});
    await waitFor(() => expect(origin('notifications.detail')).toBe('device'));
    expect(ui.app.settings.current['notifications.detail']).toBe('who_and_what');
    expect(row('notifications.detail').querySelector('fieldset')?.disabled).toBe(false);
  });

  // N1, U2
  it.each([
    ['policy-unknown=1', '1 regel van het beleid van uw organisatie is niet begrepen'],
    ['policy-unknown=3', '3 regels van het beleid van uw organisatie zijn niet begrepen'],
    ['policy-not-forcible=1', 'over een instelling die alleen u bepaalt'],
    ['policy-fault=not_json', 'is niet te begrijpen. Wat eerder gold, geldt nog.'],
    ['policy-fault=untrusted', 'ook anderen dan de beheerder kunnen het wijzigen'],
  ])('that the policy does not decide is said: %s', async (world, sentence) => {
    const ui = await TestApp.open(world);
    await ui.click('display-options');
    expect((await ui.see('policy-notice')).textContent).toContain(sentence);
  });

  it('says what the organisation recommends, until the user chooses, and again when they take it back', async () => {
    const ui = await TestApp.open('recommended=notifications.silent:true');
    await ui.settings('notifications');
    await waitFor(() => expect(origin('notifications.silent')).toBe('recommended'));
    expect(row('notifications.silent').textContent).toContain('Aanbevolen door uw organisatie');
    expect(within(row('notifications.silent')).queryByTestId('reset')).toBeNull();
    await ui.click('with-sound');
    await waitFor(() => expect(origin('notifications.silent')).toBe('device'));
    await ui.user.click(within(row('notifications.silent')).getByTestId('reset'));
    await waitFor(() => expect(origin('notifications.silent')).toBe('recommended'));
    expect(ui.app.settings.current['notifications.silent']).toBe(true);
  });

  // I4
  it('is listed with its value and where that comes from, as are lines of the policy that are not followed', async () => {
    const ui = await TestApp.open(
      'forced=files.save:false&recommended=files.days:7&zoom=150&policy-left-out=files.sav:unknown&policy-left-out=appearance.zoom:not_forcible',
    );
    await ui.settings('managed');
    const listed = (key: string) => {
      const found = screen.getAllByTestId('managed-row').find((one) => one.dataset['key'] === key);
      return [found?.dataset['source'], found?.querySelector('td')?.textContent];
    };
    await waitFor(() => expect(listed('files.save')).toEqual(['machine_policy', 'Uit']));
    expect(listed('files.days')).toEqual(['machine_recommended', '7']);
    expect(listed('appearance.zoom')).toEqual(['device', '150']);
    expect(listed('files.open')).toEqual(['default', 'Aan']);
    expect(listed('servers.address')).toEqual(['default', 'Geen']);
    // The control is called “with sound”; what is kept is its opposite.
    const silent = screen
      .getAllByTestId('managed-row')
      .find((one) => one.dataset['key'] === 'notifications.silent');
    expect(silent?.querySelector('th')?.textContent).toContain('Meldingen zonder geluid');
    expect(listed('notifications.silent')).toEqual(['default', 'Uit']);
    const leftOut = screen.getAllByTestId('left-out').map((one) => one.textContent);
    expect(leftOut[0]).toContain('files.sav');
    expect(leftOut[1]).toContain('bepaalt alleen de gebruiker');
    await ui.click('managed-copy');
    const copied = await navigator.clipboard.readText();
    expect(copied).toContain('files.save\tfalse\tmachine_policy');
    expect(copied).toContain('files.sav\tunknown');
  });

  it('is no reason for a notice where all of the policy is followed', async () => {
    const ui = await TestApp.open('forced=notifications.silent');
    await ui.settings('notifications');
    await screen.findByText('Beheerd door uw organisatie');
    expect(ui.look('policy-notice')).toBeNull();
  });
});

describe('the settings without the data', () => {
  // N1, F4, U1
  it.each([
    ['trouble=cache_damaged', 'zodra uw gegevens op dit apparaat weer open zijn'],
    ['signed-out', 'zodra u bent aangemeld'],
  ])('are those of the device and of the organisation: %s', async (world, sentence) => {
    const ui = await TestApp.open(`${world}&forced=mail.message&forced=notifications.silent`);
    await ui.settings('notifications');
    expect((await ui.see('account-settings-unknown')).textContent).toContain(sentence);
    expect(ui.look('quiet-hours')).toBeNull();
    expect(screen.getByTestId('with-sound')).toHaveProperty('disabled', true);
    await ui.click('telling-nothing');
    await waitFor(async () =>
      expect(await ui.shell.call('settings', {})).toMatchObject({
        'notifications.detail': { value: 'nothing', source: 'device' },
      }),
    );
    await ui.click('settings-page-mail');
    await ui.see('account-settings-unknown');
    expect(screen.getByTestId('mail-message')).toHaveProperty('disabled', true);
    expect(ui.look('mail-added')).toBeNull();
    expect(ui.look('settings-page-account')).toBeNull();
    await ui.user.keyboard('{Escape}');
    await waitFor(() => expect(ui.look('options')).toBeNull());
    await waitFor(() => expect(document.activeElement).toBe(screen.getByTestId('display-options')));
  });
});
