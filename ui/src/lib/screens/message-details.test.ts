import { cleanup, screen, waitFor } from '@testing-library/svelte';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';

import { lineSentence } from '$lib/words/sentence';

import { TestApp } from '../../testing/test-app';

beforeEach(() => {
  vi.spyOn(document, 'hasFocus').mockReturnValue(true);
});
afterEach(cleanup);

async function said(text: string): Promise<HTMLElement> {
  return waitFor(() => {
    const one = screen.getAllByTestId('message').find((message) => message.textContent?.includes(text));
    if (!one) throw new Error(`nobody said ${text}`);
    return one;
  });
}

async function actions(ui: TestApp, message: HTMLElement, expected = 'menu-copy'): Promise<void> {
  message.focus();
  await ui.user.keyboard('{Enter}');
  await ui.see(expected);
}

describe('what a message says of itself', () => {
  // M2, P5
  it('is, of what it answers, the text as it is now, that it was deleted, or that it is not to be seen', async () => {
    const ui = await TestApp.open('fake=messages');
    await ui.open('berichten');
    expect((await said('in het dossier')).textContent).toContain('De bloeddruk was 152/88');
    const deleted = await said('in het andere gesprek');
    expect(deleted.querySelector('.quote')?.textContent).toContain('Bericht verwijderd');
    expect(deleted.getAttribute('aria-label')).toContain('als antwoord op een verwijderd bericht');
    const unseen = await said('Zoals Pieter vroeg');
    expect(unseen.querySelector('.quote')?.textContent).toContain('niet beschikbaar');
    expect(unseen.getAttribute('aria-label')).toContain('een bericht dat u niet ziet');
    await said('later gewijzigd, buiten wat u kunt zien');
  });

  // M2, U1
  it('is, of what it answers, that one said it oneself', async () => {
    const ui = await TestApp.open();
    await ui.open('wond');
    const answer = await said('Ik sta donderdag om 10:15');
    expect(answer.querySelector('.quote .author')?.textContent).toBe('U');
    expect(answer.getAttribute('aria-label')).toContain('als antwoord op uzelf');
  });

  // M7
  it('is, when it waited, when it was written', async () => {
    const ui = await TestApp.open('fake=messages');
    await ui.open('berichten');
    const waited = await said('anderhalve liter');
    expect(waited.textContent).toContain('Geschreven gisteren om 21:47');
    expect(waited.getAttribute('aria-label')).toContain('Geschreven gisteren om 21:47');
  });

  // M3, U2
  it('is, after 24 hours, why it cannot be changed', async () => {
    const ui = await TestApp.open('fake=messages');
    await ui.open('berichten');
    const old = await said('ouder dan een dag');
    await actions(ui, old);
    expect(ui.look('menu-edit')).toBeNull();
    expect((await ui.see('menu-edit-too-late')).textContent).toContain('tot 24 uur na verzending');
    await ui.user.keyboard('{Escape}');
    await waitFor(() => expect(document.activeElement).toBe(old));
    await ui.user.keyboard('e');
    await waitFor(() =>
      expect(screen.getByTestId('announced').textContent).toContain('tot 24 uur na verzending'),
    );
  });

  // M5
  it('is, copied, the link to an item itself, and to those who listen its title', async () => {
    const ui = await TestApp.open('fake=items');
    await ui.open('val');
    const linking = await said('De belmat lag los');
    await waitFor(() =>
      expect(linking.getAttribute('aria-label')).toContain('Zie ook Medicatiefout bij overdracht'),
    );
    await actions(ui, linking);
    await ui.click('menu-copy');
    await waitFor(async () =>
      expect(await navigator.clipboard.readText()).toContain('overleg://item/00000000-0000-7000-8000'),
    );
  });
});

describe('the text of a message', () => {
  // I4
  it('is not copied where the organisation does not allow it; what one writes is', async () => {
    const ui = await TestApp.open('fake=items&forced=program.copy:false');
    await ui.open('val');
    const linking = await said('De belmat lag los');
    const copies = (at: Element) => {
      const event = new Event('copy', { bubbles: true, cancelable: true });
      at.dispatchEvent(event);
      return !event.defaultPrevented;
    };
    expect(copies(linking)).toBe(false);
    await waitFor(() => expect(ui.app.notices.failure).toEqual({ error: 'by_organisation' }));
    const field = document.querySelector('[contenteditable="true"], textarea');
    expect(field && copies(field)).toBe(true);
    await actions(ui, linking, 'menu-copy-link');
    expect(ui.look('menu-copy')).toBeNull();
  });
});

describe('who has read a message', () => {
  // M9
  it('is line of someone with the name of its author, and by what they do and where', async () => {
    const ui = await TestApp.open('fake=teams');
    ui.shell.say('wond', 'm-sanne-v', 'Ik kijk ernaar.');
    await ui.open('wond');
    await actions(ui, await said('Ik kijk ernaar.'));
    await ui.click('menu-readers');
    const readers = await ui.see('readers');
    await waitFor(() => expect(readers.textContent).toContain('Verpleegkundig specialist'));
    expect(readers.textContent).not.toContain('Ergotherapeut');
  });

  // M9
  it('is line of two hundred, those who have not yet first', async () => {
    const ui = await TestApp.open('fake=crowd&crowd=200');
    await ui.open('wond');
    const own = await said('Ik laat de kous weg');
    await actions(ui, own);
    await ui.click('menu-readers');
    const readers = await ui.see('readers');
    await waitFor(() => expect(readers.textContent).toMatch(/Gelezen door \d+ van 199 deelnemers\./));
    expect(readers.querySelectorAll('li')).toHaveLength(199);
    expect(readers.querySelector('h3')?.textContent).toContain('Nog niet gelezen');
    expect((await ui.see('all-readers')).tabIndex).toBe(0);
  });
});

describe('a line', () => {
  // P10
  it('of ten people has five names, and all of them when asked', async () => {
    const ui = await TestApp.open('fake=lines');
    await ui.open('regels');
    const button = (await ui.seeAll('line-all'))[0] as HTMLElement;
    const line = button.closest('[data-testid="line"]') as HTMLElement;
    expect(line.textContent).toContain('en 5 anderen');
    await ui.user.click(button);
    expect(line.textContent).toContain('Wilhelmina-Josephine');
    expect(line.textContent).not.toContain('anderen');
    expect(document.activeElement).toBe(button);
  });

  // P10, U1
  it('stays in order around a name that is written from right to left', () => {
    const by = {
      membership: 'm-yousef',
      name: 'يوسف الحسن',
      function: 'GZ-psycholoog',
      organisation: 'GGZ Merelveld',
      me: false,
      outside: true,
    };
    expect(lineSentence({ by, line: { line: 'left', ended: false }, about_me: false })).toBe(
      '\u2068يوسف الحسن\u2069 verliet het gesprek',
    );
  });

  // P9
  it('tells who left by themselves from who no longer works there', () => {
    const by = {
      membership: 'm-ruud',
      name: 'Ruud Jansen',
      function: 'Huisarts',
      organisation: 'Praktijk De Linde',
      me: false,
      outside: true,
    };
    const line = (ended: boolean, me: boolean) =>
      lineSentence({ by: { ...by, me }, line: { line: 'left', ended }, about_me: me });
    expect(line(false, false)).toBe('Ruud Jansen verliet het gesprek');
    expect(line(true, false)).toBe('Ruud Jansen werkt hier niet meer en neemt niet meer deel');
    expect(line(true, true)).toBe('U neemt niet meer deel: u werkt hier niet meer');
  });
});

describe('the overview', () => {
  // L5
  it('says that a draft is kept, apart from what was said last', async () => {
    await TestApp.open();
    const row = await waitFor(() => {
      const found = document.querySelector<HTMLElement>('[data-conversation="bram"]');
      if (!found) throw new Error('not yet');
      return found;
    });
    expect(row.querySelector('.last')?.textContent).not.toContain('Concept');
    expect(row.querySelector('.draft')?.textContent).toContain('Concept');
  });

  // L1, U1
  it('clears what was looked for, and the keyboard stays in the field', async () => {
    const ui = await TestApp.open();
    await ui.user.type(await ui.see('overview-search'), 'radiologie');
    await screen.findByText('Niets gevonden');
    await ui.click('clear-search');
    await waitFor(() => expect(screen.getAllByTestId('overview-row').length).toBeGreaterThan(5));
    expect(document.activeElement).toBe(screen.getByTestId('overview-search'));
  });
});

describe('finding', () => {
  // S2, O3
  it('tells two of the same name apart once both are chosen, in the list and for those who listen', async () => {
    const ui = await TestApp.open();
    await ui.click('new-conversation');
    await ui.click('kind-group');
    await ui.user.type(await ui.see('wizard-subject'), 'Val');
    await ui.click('wizard-next');
    for (const what of ['ergotherapeut', 'verpleegkundig specialist']) {
      await ui.user.type(await ui.see('people-search'), what);
      await waitFor(() => expect(screen.getAllByTestId('found-person')).toHaveLength(1));
      await ui.user.keyboard('{Enter}');
    }
    const chosen = await ui.seeAll('chosen-person');
    expect(chosen[0]?.textContent).toContain('Ergotherapeut, Thuiszorg Vecht en Stroom, Wijkteam Oost');
    expect(chosen[1]?.textContent).toContain('Verpleegkundig specialist, Ziekenhuis Oudwijk');
    const crosses = chosen.map((one) => ui.inside(one).getByRole('button').getAttribute('aria-label'));
    expect(new Set(crosses).size).toBe(2);
  });
});

describe('what was written in a conversation that is not begun yet', () => {
  // F3, W1, L5
  it('is there again when one comes back to it, with those it was for, until one starts over', async () => {
    const ui = await TestApp.open();
    await ui.click('new-conversation');
    await ui.click('kind-group');
    await ui.user.type(await ui.see('wizard-subject'), 'Valrisico');
    await ui.click('wizard-next');
    await ui.user.type(await ui.see('people-search'), 'meryem');
    await waitFor(() => expect(screen.getAllByTestId('found-person')).toHaveLength(1));
    await ui.user.keyboard('{Enter}{Enter}');
    await ui.user.type(await ui.see('composer'), 'Kun je meekijken?');
    // Esc goes back one step, and loses nothing.
    await ui.user.keyboard('{Escape}');
    await waitFor(() => expect(screen.getByTestId('wizard').dataset['step']).toBe('people'));
    await ui.open('els');
    await ui.click('new-conversation');
    expect((await ui.see('wizard-resumed')).textContent).toContain('nog niet verzonden');
    expect((await ui.see('chosen-person')).textContent).toContain('Meryem');
    await ui.click('wizard-next');
    expect(await ui.see('composer')).toHaveProperty('value', 'Kun je meekijken?');
    await ui.click('wizard-anew');
    expect(ui.look('wizard-resumed')).toBeNull();
    expect(ui.look('chosen')).toBeNull();
    await ui.user.keyboard('{Escape}');
    await ui.click('new-conversation');
    expect(ui.look('wizard-resumed')).toBeNull();
  });

  it('is not there again once it was sent', async () => {
    const ui = await TestApp.open();
    await ui.click('new-conversation');
    await ui.click('kind-group');
    await ui.user.type(await ui.see('wizard-subject'), 'Valrisico');
    await ui.click('wizard-next');
    await ui.user.type(await ui.see('people-search'), 'meryem');
    await waitFor(() => expect(screen.getAllByTestId('found-person')).toHaveLength(1));
    await ui.user.keyboard('{Enter}{Enter}');
    await ui.user.type(await ui.see('composer'), 'Kun je meekijken?{Enter}');
    await ui.see('conversation');
    await ui.click('new-conversation');
    await ui.see('wizard');
    expect(ui.look('wizard-resumed')).toBeNull();
  });
});
