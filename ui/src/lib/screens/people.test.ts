import { cleanup, screen, waitFor } from '@testing-library/svelte';
import { afterEach, describe, expect, it } from 'vitest';

import { Desk } from '../../testing/desk';

afterEach(cleanup);

describe('signing in', () => {
  // I1
  it('by invitation shows whom it is for, and takes a password of twelve characters', async () => {
    const desk = await Desk.sit('signed-out');
    await desk.user.type(await desk.see('invitation-link'), 'https://overleg.voorbeeld.nl/#invite=n3w');
    await desk.click('sign-in-submit');
    expect((await desk.see('invited')).textContent).toContain('Huisartsenpraktijk De Singel');
    await desk.user.type(await desk.see('password'), 'vier woorde');
    expect(await desk.see('sign-in-submit')).toHaveProperty('disabled', true);
    expect(screen.getByText('Nog 1 teken')).toBeTruthy();
    await desk.user.type(await desk.see('password'), 'n');
    await desk.click('sign-in-submit');
    await desk.see('work');
  });

  // U2
  it.each([
    ['https://overleg.voorbeeld.nl/#invite=oud', 'Deze uitnodiging is verlopen.'],
    ['http://elders.voorbeeld.nl/#invite=n3w', 'Dit is niet het adres van een Overleg-server.'],
  ])('with %s says what is wrong and what to do', async (link, sentence) => {
    const desk = await Desk.sit('signed-out');
    await desk.user.type(await desk.see('invitation-link'), link);
    await desk.click('sign-in-submit');
    expect((await desk.see('sign-in-failure')).textContent).toContain(sentence);
  });

  // I1, U2
  it('with a wrong password says so, and keeps the e-mail address', async () => {
    const desk = await Desk.sit('signed-out=https%3A%2F%2Foverleg.voorbeeld.nl');
    await desk.user.type(await desk.see('login'), 'a.vandenberg@desingel.voorbeeld.nl');
    await desk.user.type(await desk.see('password'), 'verkeerd{Enter}');
    expect((await desk.see('sign-in-failure')).textContent).toContain(
      'Het e-mailadres of het wachtwoord klopt niet.',
    );
    expect(await desk.see('login')).toHaveProperty('value', 'a.vandenberg@desingel.voorbeeld.nl');
  });

  it('again, after a session ended, goes over what can still be read', async () => {
    const desk = await Desk.sit('ended');
    expect((await desk.see('session-ended')).textContent).toContain('wat u schreef is bewaard');
    await desk.seeAll('overview-row');
    await desk.click('sign-in-again');
    await desk.user.type(await desk.see('login'), 'a.vandenberg@desingel.voorbeeld.nl');
    await desk.user.type(await desk.see('password'), 'correct horse battery{Enter}');
    await waitFor(() => expect(desk.look('session-ended')).toBeNull());
  });

  // F4
  it('is not in the way of a lost key: it is said what is safe, and begun anew after a question', async () => {
    const desk = await Desk.sit('trouble=key_lost');
    expect((await desk.see('trouble')).textContent).toContain('Wat was verzonden, staat op de server.');
    await desk.click('set-aside');
    await desk.click('set-aside-confirm');
    await desk.see('work');
  });

  // U1
  it('can be done in English', async () => {
    const desk = await Desk.sit('signed-out');
    await desk.click('other-language');
    expect(await screen.findByText('Sign in with your invitation')).toBeTruthy();
    expect(document.documentElement.lang).toBe('en');
    await desk.click('other-language');
    await screen.findByText('Aanmelden met uw uitnodiging');
  });
});

describe('participants', () => {
  async function panel(conversation = 'wond', world = ''): Promise<Desk> {
    const desk = await Desk.sit(world);
    await desk.open(conversation);
    await desk.click('participants');
    await desk.see('participants-panel');
    return desk;
  }

  it('are listed with owner, function and organisation, those of elsewhere marked', async () => {
    const desk = await panel();
    const texts = (await desk.seeAll('participant')).map((one) => one.textContent ?? '');
    expect(texts[0]).toContain('Anna van den Berg');
    expect(texts[0]).toContain('Beheerder');
    expect(texts.find((text) => text.includes('Bram'))).toContain('Buiten uw organisatie');
  });

  // P5
  it('are added with a look at what they will be able to read', async () => {
    const desk = await panel();
    await desk.click('add');
    await desk.user.type(await desk.see('people-search'), 'lotte');
    await waitFor(() => expect(screen.getAllByTestId('found-person')).toHaveLength(1));
    await desk.user.keyboard('{Enter}');
    await desk.click('share-earlier');
    expect((await desk.see('share-preview')).textContent).toContain('De wond aan de linkerhiel');
    await desk.click('add-confirm');
    await waitFor(async () =>
      expect((await desk.seeAll('line')).at(-1)?.textContent).toContain(
        'U voegde Lotte Verhoeven toe en deelde eerdere berichten',
      ),
    );
  });

  // P2
  it('of other organisations are not offered to who is not the owner', async () => {
    const desk = await panel('medicatie');
    await desk.click('add');
    await desk.user.type(await desk.see('people-search'), 'lotte');
    expect(await screen.findByText(/Niemand gevonden/)).toBeTruthy();
    expect(desk.look('share-earlier')).toBeNull();
  });

  // P1, P10
  it('are removed by the owner after a question, and a line tells of it', async () => {
    const desk = await panel();
    const [, bram] = await desk.seeAll('participant');
    await desk.user.click(desk.inside(bram as HTMLElement).getByTestId('participant-menu'));
    await desk.click('menu-remove');
    await desk.click('question-confirm');
    await waitFor(async () =>
      expect((await desk.seeAll('line')).at(-1)?.textContent).toContain('U verwijderde'),
    );
    await waitFor(() => expect(screen.getAllByTestId('participant')).toHaveLength(3));
  });

  // P6, P9
  it('leave, an owner after choosing who comes next, and the conversation is gone from the list', async () => {
    const desk = await panel();
    const leave = desk.shell.call.bind(desk.shell);
    let successor: unknown;
    desk.shell.call = (name, args) => {
      if (name === 'leave') ({ successor } = args as { successor: unknown });
      return leave(name, args);
    };
    await desk.click('leave');
    await desk.user.selectOptions(await desk.see('successor'), 'm-noor');
    await desk.click('leave-confirm');
    await waitFor(() => expect(desk.look('conversation')).toBeNull());
    await waitFor(() => expect(document.querySelector('[data-conversation="wond"]')).toBeNull());
    expect(successor).toBe('m-noor');
  });

  // P4
  it('cannot be added to a direct conversation', async () => {
    const desk = await panel('bram');
    expect(desk.look('add')).toBeNull();
    expect(desk.look('archive-everyone')).toBeNull();
  });
});

describe('the overview', () => {
  // L1
  it('says how many conversations are unread, and folds away', async () => {
    const desk = await Desk.sit();
    await waitFor(() => expect(screen.getByTestId('unread-total').textContent).toBe('3'));
    expect(document.title).toBe('(3) Overleg');
    await desk.click('close-overview');
    expect(desk.look('overview-search')).toBeNull();
    await desk.click('rail-overleg');
    await desk.see('overview-search');
  });

  // L3
  it('archives a conversation for oneself from its menu, and brings it back', async () => {
    const desk = await Desk.sit();
    const row = () => document.querySelector<HTMLElement>('[data-conversation="els"]');
    await waitFor(() => expect(row()).not.toBeNull());
    await desk.user.pointer({ keys: '[MouseRight]', target: row() as HTMLElement });
    await desk.click('menu-archive');
    await waitFor(() => expect(row()).toBeNull());
    await desk.click('filter-archived');
    await waitFor(() => expect(row()).not.toBeNull());
    await desk.user.pointer({ keys: '[MouseRight]', target: row() as HTMLElement });
    await desk.click('menu-archive');
    await waitFor(() => expect(row()).toBeNull());
  });

  it('is searched by subject and name, without regard to accents', async () => {
    const desk = await Desk.sit();
    await desk.user.type(await desk.see('overview-search'), 'yildiz');
    await waitFor(() => expect(screen.getAllByTestId('overview-row')).toHaveLength(1));
    await desk.user.keyboard('{Enter}');
    await waitFor(() =>
      expect(screen.getByRole('heading', { level: 2 }).textContent).toContain('Medicatieoverdracht'),
    );
  });

  // L5, U1
  it('is walked through with the arrow keys', async () => {
    const desk = await Desk.sit();
    await desk.seeAll('overview-row');
    await desk.user.click(await desk.see('overview-search'));
    await desk.user.keyboard('{ArrowDown}{ArrowDown}');
    await waitFor(() =>
      expect((document.activeElement as HTMLElement).dataset['conversation']).toBe('medicatie'),
    );
    await desk.user.keyboard('{Enter}');
    await desk.see('conversation');
    await waitFor(() => expect(document.activeElement).toBe(screen.getByTestId('composer')));
    await desk.user.keyboard('{Escape}{Escape}');
    await waitFor(() =>
      expect((document.activeElement as HTMLElement).dataset['conversation']).toBe('medicatie'),
    );
  });

  // F4
  it('offers texts that were rescued, until they are put away', async () => {
    const desk = await Desk.sit('rescued');
    await desk.click('truth-rescued');
    expect((await desk.see('rescued')).textContent).toContain('De index was 0,8.');
    await desk.click('rescued-drop');
    await waitFor(() => expect(desk.look('rescued')).toBeNull());
    expect(desk.look('truth-rescued')).toBeNull();
  });

  // L2, U1
  it('keeps language, appearance and Enter as one chooses them', async () => {
    const desk = await Desk.sit();
    await desk.click('display-options');
    await desk.click('enter-breaks');
    await desk.click('theme-dark');
    await waitFor(() => expect(document.documentElement.dataset['theme']).toBe('dark'));
    await desk.click('language-en');
    expect(await screen.findByText('Display options')).toBeTruthy();
    expect(await desk.shell.call('session', {})).toMatchObject({ session: 'signed_in' });
    expect(desk.app.settings).toMatchObject({ language: 'en', theme: 'dark', enter_breaks: true });
    await desk.click('language-nl');
    await screen.findByText('Weergaveopties');
  });

  // L2
  it('keeps a choice that is made before the one before it is kept', async () => {
    const desk = await Desk.sit();
    const kept: unknown[] = [];
    const call = desk.shell.call.bind(desk.shell);
    desk.shell.call = (name, args) => {
      if (name === 'save_settings') kept.push(args);
      return call(name, args);
    };
    const both = [desk.app.saveSettings({ theme: 'dark' }), desk.app.saveSettings({ enter_breaks: true })];
    expect(document.documentElement.dataset['theme']).toBe('dark');
    await Promise.all(both);
    const settings = { language: 'nl', theme: 'dark', enter_breaks: true };
    expect(kept.at(-1)).toMatchObject({ settings });
    expect(desk.app.settings).toMatchObject(settings);
  });
});
