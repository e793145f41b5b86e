import { cleanup, screen, waitFor } from '@testing-library/svelte';
import { afterEach, describe, expect, it } from 'vitest';

import { TestApp } from '../../testing/test-app';

afterEach(() => {
  cleanup();
  document.documentElement.style.zoom = '';
});

function zoom(): string {
  return document.documentElement.style.zoom;
}

describe('the program', () => {
  // U1
  it('is made larger and smaller by keys, in steps, as far as it goes', async () => {
    const ui = await TestApp.open('zoom=250');
    await ui.see('work');
    await ui.user.keyboard('{Control>}={/Control}');
    await waitFor(() => expect(zoom()).toBe('3'));
    await ui.user.keyboard('{Control>}+{/Control}');
    await waitFor(() => expect(ui.app.program.zoom).toBe(300));
    await ui.user.keyboard('{Control>}0{/Control}');
    await waitFor(() => expect(zoom()).toBe('1'));
    await ui.user.keyboard('{Control>}-{/Control}');
    await waitFor(() => expect(zoom()).toBe('0.9'));
  });

  // U1
  it('has its size in the settings, too, also before one signed in by the keys', async () => {
    const ui = await TestApp.open('signed-out');
    await ui.user.keyboard('{Control>}+{/Control}');
    await waitFor(() => expect(zoom()).toBe('1.1'));
    cleanup();
    const next = await TestApp.open();
    await next.click('display-options');
    await next.click('zoom-larger');
    await waitFor(() => expect(screen.getByTestId('zoom').textContent).toBe('110 %'));
    await next.click('zoom-usual');
    await waitFor(() => expect(screen.getByTestId('zoom').textContent).toBe('100 %'));
  });

  // N1
  it('says what a notification tells, and keeps it with the sound', async () => {
    const ui = await TestApp.open();
    await ui.settings('notifications');
    await screen.findByText('U ziet van wie het bericht is, en niet wat erin staat.');
    await ui.click('telling-nothing');
    await screen.findByText('U ziet alleen dat er een bericht is.');
    await ui.click('with-sound');
    await waitFor(() =>
      expect(ui.app.settings.current).toMatchObject({
        'notifications.detail': 'nothing',
        'notifications.silent': true,
      }),
    );
  });

  // N1, U2
  it('offers what the system can, and says of the rest why not', async () => {
    const ui = await TestApp.open('no-tray');
    await ui.settings('program');
    expect((await ui.see('keep-running-cannot')).textContent).toContain('geen systeemvak');
    expect(ui.look('keep-running')).toBeNull();
    await ui.click('start-at-login');
    await waitFor(() => expect(ui.app.settings.current['program.start_at_login']).toBe(true));
    expect((await ui.see('options')).textContent).toContain('Oproepen met Ctrl+Alt+O');
  });

  it('is ended for good from the settings', async () => {
    const ui = await TestApp.open();
    await ui.settings('program');
    await ui.click('quit');
    await waitFor(() => expect(ui.shell.around.done).toEqual(['quit']));
  });

  it('is asked again by the settings where it did not answer at the start', async () => {
    const ui = await TestApp.open();
    await ui.see('work');
    ui.app.program.view = null;
    await ui.settings('program');
    await ui.click('quit');
    await waitFor(() => expect(ui.shell.around.done).toEqual(['quit']));
  });

  // N1
  it('says once, when its window closes, that it goes on, and then closes it', async () => {
    const ui = await TestApp.open();
    await ui.see('work');
    ui.shell.around.close();
    await ui.see('closing');
    await waitFor(() => expect(document.activeElement).toBe(screen.getByTestId('closing-understood')));
    await ui.user.keyboard('{Enter}');
    await waitFor(() => expect(ui.shell.around.done).toEqual(['close_window']));
    expect(ui.look('closing')).toBeNull();
  });

  // N1
  it('stays open where one thinks better of it, and is ended where one wants that', async () => {
    const ui = await TestApp.open('signed-out&closing');
    await ui.see('closing');
    await ui.user.keyboard('{Escape}');
    await waitFor(() => expect(ui.look('closing')).toBeNull());
    expect(ui.shell.around.done).toEqual(['stay_open']);
    ui.shell.around.close();
    await ui.click('closing-quit');
    await waitFor(() => expect(ui.shell.around.done).toEqual(['stay_open', 'quit']));
  });

  // L1
  it('goes to the edge of the screen with the list alone, and comes back', async () => {
    const ui = await TestApp.open();
    await ui.open('wond');
    await ui.click('side-mode');
    await ui.see('leave-side');
    expect(ui.look('conversation')).toBeNull();
    expect(ui.look('close-overview')).toBeNull();
    await ui.click('leave-side');
    await ui.see('side-mode');
  });

  // I3
  it('lists the devices that are signed in, and signs one out after a question', async () => {
    const ui = await TestApp.open();
    await ui.settings('devices');
    await waitFor(() => expect(screen.getAllByTestId('device')).toHaveLength(3));
    const [own, laptop, unnamed] = screen.getAllByTestId('device');
    expect(own?.textContent).toContain('dit apparaat');
    expect(own?.querySelector('[data-testid=device-sign-out]')).toBeNull();
    expect(laptop?.textContent).toContain('macOS');
    expect(unnamed?.textContent).toContain('Apparaat zonder naam');
    const first = laptop?.querySelector('[data-testid=device-sign-out]');
    if (!first) throw new Error('the laptop cannot be signed out');
    await ui.user.click(first);
    // Nothing is ended before it is confirmed.
    expect((await ui.shell.call('devices', {})).signed_in).toHaveLength(3);
    await ui.click('device-sign-out-confirm');
    await waitFor(() => expect(screen.getAllByTestId('device')).toHaveLength(2));
    const ended = screen.getByTestId('device-ended');
    expect(ended.textContent).toContain('MacBook');
    expect(ended.textContent).toContain('vanaf een ander apparaat');
  });

  // I3, U2
  it('says that the devices cannot be asked for without a network, and asks again', async () => {
    const ui = await TestApp.open('offline');
    await ui.settings('devices');
    await screen.findByText(/De server is niet te bereiken/);
    ui.shell.setOffline(false);
    await ui.click('devices-again');
    await waitFor(() => expect(screen.getAllByTestId('device')).toHaveLength(3));
  });

  // I1, I3
  it('changes the password, says so, and lists the devices that are left', async () => {
    const ui = await TestApp.open();
    await ui.settings('account');
    await ui.click('change-password');
    await waitFor(() => expect(document.activeElement).toBe(screen.getByTestId('current-password')));
    expect((await ui.see('password-form')).textContent).toContain('andere apparaten meteen afgemeld');
    const submit = () => screen.getByTestId<HTMLButtonElement>('password-submit');
    await ui.user.type(screen.getByTestId('current-password'), 'vier losse woorden');
    await ui.user.type(screen.getByTestId('new-password'), 'te kort');
    expect(submit().disabled).toBe(true);
    await ui.user.type(screen.getByTestId('new-password'), ' nu niet meer{Enter}');
    await ui.see('password-changed');
    expect(ui.look('password-form')).toBeNull();
    await waitFor(() => expect(document.activeElement).toBe(screen.getByTestId('change-password')));
    // The fields are empty again.
    await ui.click('change-password');
    expect(screen.getByTestId<HTMLInputElement>('current-password').value).toBe('');
    expect(ui.look('password-changed')).toBeNull();
    await ui.click('settings-page-devices');
    await waitFor(() => expect(screen.getAllByTestId('device')).toHaveLength(1));
  });

  // I1, U2
  it('says why the password was not changed, and goes to the field that is wrong', async () => {
    const ui = await TestApp.open();
    await ui.settings('account');
    await ui.click('change-password');
    const current = screen.getByTestId<HTMLInputElement>('current-password');
    const chosen = screen.getByTestId<HTMLInputElement>('new-password');
    await ui.user.type(current, 'mis');
    await ui.user.type(chosen, 'welkom welkom');
    await ui.click('password-submit');
    expect((await ui.see('password-failure')).textContent).toContain('huidige wachtwoord klopt niet');
    await waitFor(() => expect(document.activeElement).toBe(current));
    await ui.user.type(current, ' en toch weer goed{Enter}');
    await waitFor(() =>
      expect(screen.getByTestId('password-failure').textContent).toContain('te makkelijk te raden'),
    );
    await waitFor(() => expect(document.activeElement).toBe(chosen));
    ui.shell.setOffline(true);
    await ui.click('password-submit');
    await waitFor(() =>
      expect(screen.getByTestId('password-failure').textContent).toContain('dan is het al gewijzigd'),
    );
    expect(chosen.value).toBe('welkom welkom');
  });

  // I3
  it('warns of a device whose session was used twice, and of no other', async () => {
    const ui = await TestApp.open('ended-device=token_reused&ended-device=unknown');
    await ui.settings('devices');
    await waitFor(() => expect(screen.getAllByTestId('device-ended')).toHaveLength(2));
    const [reused, unknown] = screen.getAllByTestId('device-ended');
    expect(reused?.textContent).toContain('Wijzig uw wachtwoord en waarschuw uw beheerder');
    expect(unknown?.textContent).toContain('reden niet bekend');
    expect(unknown?.textContent).not.toContain('waarschuw');
  });

  // I3, U2
  it.each([
    ['other_device', /vanaf een ander apparaat afgemeld, (op 12 november|vandaag|gisteren).* om \d\d:\d\d\./],
    ['token_reused', /twee keer gebruikt, .*Meld u aan, wijzig uw wachtwoord en waarschuw uw beheerder\./],
    ['administrator', /de beheerder heeft dit apparaat afgemeld/],
    ['unknown', /Uw aanmelding op dit apparaat is beëindigd/],
    ['', /Uw aanmelding op dit apparaat is beëindigd/],
  ])('says why the session ended: %s', async (reason, sentence) => {
    const ui = await TestApp.open(`ended=${reason}`);
    expect((await ui.see('session-ended')).textContent).toMatch(sentence);
    await ui.click('sign-in-again');
    // Also where one signs in.
    expect((await ui.see('sign-in-dialog')).textContent).toMatch(sentence);
  });

  // I3, U3
  it('says after signing out without a network that the server does not know yet', async () => {
    const ui = await TestApp.open('offline');
    await ui.settings('account');
    await ui.click('sign-out');
    await ui.click('sign-out-confirm');
    expect((await ui.see('sign-out-unreported')).textContent).toContain('zodra er verbinding is');
  });

  // I3
  it('says nothing of it where the server knows', async () => {
    const ui = await TestApp.open('signed-out=https://overleg.voorbeeld.nl');
    await ui.see('sign-in');
    expect(ui.look('sign-out-unreported')).toBeNull();
  });
});
