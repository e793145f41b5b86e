import { cleanup, screen, waitFor } from '@testing-library/svelte';
import { afterEach, describe, expect, it } from 'vitest';

import { TestApp } from '../../testing/test-app';

afterEach(cleanup);

describe('signing in', () => {
  // I1
  it('by invitation shows whom it is for, and takes a password of twelve characters', async () => {
    const ui = await TestApp.open('signed-out');
    await ui.user.type(await ui.see('invitation-link'), 'https://overleg.voorbeeld.nl/#invite=n3w');
    await ui.click('sign-in-submit');
    expect((await ui.see('invited')).textContent).toContain('Huisartsenpraktijk De Singel');
    await ui.user.type(await ui.see('password'), 'vier woorde');
    expect(await ui.see('sign-in-submit')).toHaveProperty('disabled', true);
    expect(screen.getByText('Nog 1 teken')).toBeTruthy();
    await ui.user.type(await ui.see('password'), 'n');
    await ui.click('sign-in-submit');
    await ui.see('work');
  });

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

  // I1, U2
  it('with a wrong password says so, and keeps the e-mail address', async () => {
    const ui = await TestApp.open('signed-out=https%3A%2F%2Foverleg.voorbeeld.nl');
    await ui.user.type(await ui.see('login'), 'a.vandenberg@desingel.voorbeeld.nl');
    await ui.user.type(await ui.see('password'), 'verkeerd{Enter}');
    expect((await ui.see('sign-in-failure')).textContent).toContain(
      'Het e-mailadres of het wachtwoord klopt niet.',
    );
    expect(await ui.see('login')).toHaveProperty('value', 'a.vandenberg@desingel.voorbeeld.nl');
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

describe('participants', () => {
  async function panel(conversation = 'wond', world = ''): Promise<TestApp> {
    const ui = await TestApp.open(world);
    await ui.open(conversation);
    await ui.click('participants');
    await ui.see('participants-panel');
    return ui;
  }

  it('are listed with owner, function and organisation, those of elsewhere marked', async () => {
    const ui = await panel();
    const texts = (await ui.seeAll('participant')).map((one) => one.textContent ?? '');
    expect(texts[0]).toContain('Anna van den Berg');
    expect(texts[0]).toContain('Beheerder');
    expect(texts.find((text) => text.includes('Bram'))).toContain('Buiten uw organisatie');
  });

  // P5
  it('are added with a look at what they will be able to read', async () => {
    const ui = await panel();
    await ui.click('add');
    await ui.user.type(await ui.see('people-search'), 'lotte');
    await waitFor(() => expect(screen.getAllByTestId('found-person')).toHaveLength(1));
    await ui.user.keyboard('{Enter}');
    await ui.click('share-earlier');
    expect((await ui.see('share-preview')).textContent).toContain('De wond aan de linkerhiel');
    await ui.click('add-confirm');
    await waitFor(async () =>
      expect((await ui.seeAll('line')).at(-1)?.textContent).toContain(
        'U voegde Lotte Verhoeven toe en deelde eerdere berichten',
      ),
    );
  });

  // P2
  it('of other organisations are not offered to who is not the owner', async () => {
    const ui = await panel('medicatie');
    await ui.click('add');
    await ui.user.type(await ui.see('people-search'), 'lotte');
    expect(await screen.findByText(/Niemand gevonden/)).toBeTruthy();
    expect(ui.look('share-earlier')).toBeNull();
  });

  // P1, P10
  it('are removed by the owner after a question, and a line tells of it', async () => {
    const ui = await panel();
    const [, bram] = await ui.seeAll('participant');
    await ui.user.click(ui.inside(bram as HTMLElement).getByTestId('participant-menu'));
    await ui.click('menu-remove');
    await ui.click('question-confirm');
    await waitFor(async () =>
      expect((await ui.seeAll('line')).at(-1)?.textContent).toContain('U verwijderde'),
    );
    await waitFor(() => expect(screen.getAllByTestId('participant')).toHaveLength(3));
  });

  // P6, P9
  it('leave, an owner after choosing who comes next, and the conversation is gone from the list', async () => {
    const ui = await panel();
    const leave = ui.shell.call.bind(ui.shell);
    let successor: unknown;
    ui.shell.call = (name, args) => {
      if (name === 'leave') ({ successor } = args as { successor: unknown });
      return leave(name, args);
    };
    await ui.click('leave');
    await ui.user.selectOptions(await ui.see('successor'), 'm-noor');
    await ui.click('leave-confirm');
    await waitFor(() => expect(ui.look('conversation')).toBeNull());
    await waitFor(() => expect(document.querySelector('[data-conversation="wond"]')).toBeNull());
    expect(successor).toBe('m-noor');
  });

  // P4
  it('cannot be added to a direct conversation', async () => {
    const ui = await panel('bram');
    expect(ui.look('add')).toBeNull();
    expect(ui.look('archive-everyone')).toBeNull();
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

  // L3
  it('archives a conversation for oneself from its menu, and brings it back', async () => {
    const ui = await TestApp.open();
    const row = () => document.querySelector<HTMLElement>('[data-conversation="els"]');
    await waitFor(() => expect(row()).not.toBeNull());
    await ui.user.pointer({ keys: '[MouseRight]', target: row() as HTMLElement });
    await ui.click('menu-archive');
    await waitFor(() => expect(row()).toBeNull());
    await ui.click('filter-archived');
    await waitFor(() => expect(row()).not.toBeNull());
    await ui.user.pointer({ keys: '[MouseRight]', target: row() as HTMLElement });
    await ui.click('menu-archive');
    await waitFor(() => expect(row()).toBeNull());
  });

  it('is searched by subject and name, without regard to accents', async () => {
    const ui = await TestApp.open();
    await ui.user.type(await ui.see('overview-search'), 'yildiz');
    await waitFor(() => expect(screen.getAllByTestId('overview-row')).toHaveLength(1));
    await ui.user.keyboard('{Enter}');
    await waitFor(() =>
      expect(screen.getByRole('heading', { level: 2 }).textContent).toContain('Medicatieoverdracht'),
    );
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
  it('offers texts that were rescued, until they are put away', async () => {
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
    await ui.click('display-options');
    await ui.click('enter-breaks');
    await ui.click('theme-dark');
    await waitFor(() => expect(document.documentElement.dataset['theme']).toBe('dark'));
    await ui.click('language-en');
    expect(await screen.findByText('Display options')).toBeTruthy();
    expect(await ui.shell.call('session', {})).toMatchObject({ session: 'signed_in' });
    expect(ui.app.settings.current).toMatchObject({
      'appearance.language': 'en',
      'appearance.theme': 'dark',
      'writing.enter_breaks': true,
    });
    await ui.click('language-nl');
    await screen.findByText('Weergaveopties');
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
});
