import { cleanup, screen, waitFor } from '@testing-library/svelte';
import { afterEach, describe, expect, it } from 'vitest';

import { TestApp } from '../../testing/test-app';

afterEach(cleanup);

describe('signing in', () => {
  // U2
  it.each([
    ['https://overleg.voorbeeld.nl/#invite=oud', 'Deze uitnodiging is verlopen.'],
    ['http://elders.voorbeeld.nl/#invite=n3w', 'Dit is niet het adres van een Overleg-server.'],
  ])('with %s says what is wrong and what to do', async (link, sentence) => {
    const ui = await TestApp.open('signed-out');
    await ui.user.type(await ui.see('invitation-link'), link);
    await ui.click('sign-in-submit');
    expect((await ui.see('sign-in-failure')).textContent).toContain(sentence);
  });

  // I4
  it('is at no other server than the one that the organisation decides', async () => {
    const ui = await TestApp.open('signed-out&forced=servers.address:"overleg.voorbeeld.nl"');
    await ui.click('way-password');
    expect((await ui.see('only-server')).textContent).toContain('overleg.voorbeeld.nl');
    expect(ui.look('server')).toBeNull();
    expect(ui.look('other-server')).toBeNull();
  });

  // I4
  it('begins with the server that the organisation recommends, and may be elsewhere', async () => {
    const ui = await TestApp.open('signed-out&recommended=servers.address:"overleg.voorbeeld.nl"');
    await ui.user.type(await ui.see('invitation-link'), 'K7QX-93MN-A4');
    expect(ui.look('server')).toBeNull();
    await ui.click('way-password');
    await ui.click('other-server');
    expect(await ui.see('server')).toHaveProperty('value', 'overleg.voorbeeld.nl');
  });

  it('again, after a session ended, goes over what can still be read', async () => {
    const ui = await TestApp.open('ended');
    expect((await ui.see('session-ended')).textContent).toContain('wat u schreef is bewaard');
    await ui.seeAll('overview-row');
    await ui.click('sign-in-again');
    await ui.user.type(await ui.see('login'), 'a.vandenberg@desingel.voorbeeld.nl');
    await ui.user.type(await ui.see('password'), 'correct horse battery{Enter}');
    await waitFor(() => expect(ui.look('session-ended')).toBeNull());
  });

  // F4
  it('is not in the way of a lost key: it is said what is safe, and begun anew after a question', async () => {
    const ui = await TestApp.open('trouble=key_lost');
    expect((await ui.see('trouble')).textContent).toContain('Wat was verzonden, staat op de server.');
    await ui.click('set-aside');
    await ui.click('set-aside-confirm');
    await ui.see('work');
  });

  // U1
  it('can be done in English', async () => {
    const ui = await TestApp.open('signed-out');
    await ui.click('other-language');
    expect(await screen.findByText('Sign in with your invitation')).toBeTruthy();
    expect(document.documentElement.lang).toBe('en');
    await ui.click('other-language');
    await screen.findByText('Aanmelden met uw uitnodiging');
  });
});

describe('the overview', () => {
  // L1
  it('says how many conversations are unread, and folds away', async () => {
    const ui = await TestApp.open();
    await waitFor(() => expect(screen.getByTestId('unread-total').textContent).toBe('3'));
    expect(document.title).toBe('(3) Overleg');
    await ui.click('close-overview');
    expect(ui.look('overview-search')).toBeNull();
    await ui.click('rail-overleg');
    await ui.see('overview-search');
  });

  // L5, U1
  it('is walked through with the arrow keys', async () => {
    const ui = await TestApp.open();
    await ui.seeAll('overview-row');
    await ui.user.click(await ui.see('overview-search'));
    await ui.user.keyboard('{ArrowDown}{ArrowDown}');
    await waitFor(() =>
      expect((document.activeElement as HTMLElement).dataset['conversation']).toBe('medicatie'),
    );
    await ui.user.keyboard('{Enter}');
    await ui.see('conversation');
    await waitFor(() => expect(document.activeElement).toBe(screen.getByTestId('composer')));
    await ui.user.keyboard('{Escape}{Escape}');
    await waitFor(() =>
      expect((document.activeElement as HTMLElement).dataset['conversation']).toBe('medicatie'),
    );
  });

  // F4
  it('offers recovered texts, until they are put away', async () => {
    const ui = await TestApp.open('rescued');
    await ui.click('truth-rescued');
    expect((await ui.see('rescued')).textContent).toContain('De index was 0,8.');
    await ui.click('rescued-drop');
    await waitFor(() => expect(ui.look('rescued')).toBeNull());
    expect(ui.look('truth-rescued')).toBeNull();
  });

  // L2, U1
  it('keeps language, appearance and Enter as one chooses them', async () => {
    const ui = await TestApp.open();
    await ui.settings('writing');
    await ui.click('enter-breaks');
    await ui.click('settings-page-display');
    await ui.click('theme-dark');
    await waitFor(() => expect(document.documentElement.dataset['theme']).toBe('dark'));
    await ui.click('language-en');
    expect(await screen.findByRole('heading', { name: 'Display' })).toBeTruthy();
    expect(await ui.shell.call('session', {})).toMatchObject({ session: 'signed_in' });
    expect(ui.app.settings.current).toMatchObject({
      'appearance.language': 'en',
      'appearance.theme': 'dark',
      'writing.enter_breaks': true,
    });
    await ui.click('language-nl');
    await screen.findByRole('heading', { name: 'Weergave' });
  });

  // L2
  it('keeps a choice that is made before the one before it is kept', async () => {
    const ui = await TestApp.open();
    const kept: unknown[] = [];
    const call = ui.shell.call.bind(ui.shell);
    ui.shell.call = (name, args) => {
      if (name === 'set_setting') kept.push(args);
      return call(name, args);
    };
    const both = [
      ui.app.settings.set('appearance.theme', 'dark'),
      ui.app.settings.set('writing.enter_breaks', true),
    ];
    expect(document.documentElement.dataset['theme']).toBe('dark');
    await Promise.all(both);
    expect(kept).toEqual([
      { key: 'appearance.theme', value: 'dark' },
      { key: 'writing.enter_breaks', value: true },
    ]);
    expect(ui.app.settings.current).toMatchObject({
      'appearance.language': 'nl',
      'appearance.theme': 'dark',
      'writing.enter_breaks': true,
    });
  });

  // W2
  it('names a namesake with function and place before one sends', async () => {
    const ui = await TestApp.open('fake=teams');
    await ui.open('wond');
    const named = await ui.seeAll('namesake');
    expect(named[0]?.textContent).toContain('Sanne de Vries');
    expect(named[0]?.textContent).toContain(
      'Verpleegkundig specialist, Ziekenhuis Oudwijk, Polikliniek Interne',
    );
  });
});
