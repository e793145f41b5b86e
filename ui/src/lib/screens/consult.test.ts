import { cleanup, screen, waitFor } from '@testing-library/svelte';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';

import { TestApp } from '../../testing/test-app';

beforeEach(() => {
  vi.spyOn(document, 'hasFocus').mockReturnValue(true);
});
afterEach(cleanup);

/** The messages that are shown, by what is read out of them. */
async function messages(): Promise<string[]> {
  const all = await screen.findAllByTestId('message');
  return all.map((one) => one.getAttribute('aria-label') ?? '');
}

async function last(): Promise<HTMLElement> {
  const all = await screen.findAllByTestId('message');
  return all.at(-1) as HTMLElement;
}

describe('starting a conversation', () => {
  // S1
  it('is direct unless one says otherwise: choose, start, type', async () => {
    const ui = await TestApp.open();
    await ui.click('new-conversation');
    await ui.user.type(await ui.see('people-search'), 'lotte');
    await waitFor(() => expect(screen.getAllByTestId('found-person')).toHaveLength(1));
    await ui.user.keyboard('{Enter}{Enter}');
    await ui.see('conversation');
    await waitFor(() => expect(document.activeElement).toBe(screen.getByTestId('composer')));
    await ui.user.keyboard('Heb je morgen tijd?{Enter}');
    await waitFor(async () => expect((await messages()).at(-1)).toContain('Heb je morgen tijd?'));
    ui.serverAnswers();
    await waitFor(async () => expect((await last()).dataset['state']).toBe('accepted'));
    expect((await ui.see('destination')).textContent).toContain('Naar: Lotte Verhoeven');
  });

  // S1
  it('with the same partner opens the conversation that exists', async () => {
    const ui = await TestApp.open();
    await ui.click('new-conversation');
    await ui.user.type(await ui.see('people-search'), 'bram');
    await waitFor(() => expect(screen.getAllByTestId('found-person')).toHaveLength(1));
    await ui.user.keyboard('{Enter}');
    expect((await ui.see('wizard-start')).textContent).toContain('Gesprek openen');
    await ui.click('wizard-start');
    await waitFor(async () => expect((await messages())[0]).toContain('wondfolie'));
  });

  // S2, U1
  it('of a group goes by the keyboard alone: subject, people, message, sending', async () => {
    const ui = await TestApp.open();
    await ui.user.keyboard('{Control>}n{/Control}');
    await ui.see('people-search');
    const group = (await ui.see('kind-group')).querySelector('input') as HTMLInputElement;
    group.focus();
    await ui.user.keyboard(' ');
    await waitFor(() => expect(document.activeElement).toBe(screen.getByTestId('wizard-subject')));
    await ui.user.keyboard('Valrisico mevr. B.{Enter}');
    await waitFor(() => expect(document.activeElement).toBe(screen.getByTestId('people-search')));
    for (const name of ['meryem', 'haddad']) {
      await ui.user.keyboard(name);
      await waitFor(() => expect(screen.getAllByTestId('found-person')).toHaveLength(1));
      await ui.user.keyboard('{Enter}');
    }
    expect(await ui.seeAll('chosen-person')).toHaveLength(2);
    await ui.user.keyboard('{Enter}');
    await waitFor(() => expect(document.activeElement).toBe(screen.getByTestId('composer')));
    expect((await ui.see('destination')).textContent).toContain('1 buiten uw organisatie');
    await ui.user.keyboard('Kijken jullie mee?{Enter}');
    await waitFor(async () => expect((await messages()).at(-1)).toContain('Kijken jullie mee?'));
    expect(screen.getByRole('heading', { level: 2 }).textContent).toBe('Valrisico mevr. B.');
  });

  // S2
  it('shows the chosen at the top, each removable with a cross', async () => {
    const ui = await TestApp.open();
    await ui.click('new-conversation');
    await ui.click('kind-group');
    await ui.user.type(await ui.see('wizard-subject'), 'Overdracht');
    await ui.click('wizard-next');
    await ui.user.click((await ui.seeAll('found-person'))[0] as HTMLElement);
    const [chosen] = await ui.seeAll('chosen-person');
    await ui.user.click(ui.inside(chosen as HTMLElement).getByRole('button'));
    expect(ui.look('chosen')).toBeNull();
    expect(await ui.see('wizard-next')).toHaveProperty('disabled', true);
  });

  // S2
  it('refuses a subject of more than 200 characters, saying why', async () => {
    const ui = await TestApp.open();
    await ui.click('new-conversation');
    await ui.click('kind-group');
    await ui.user.click(await ui.see('wizard-subject'));
    await ui.user.paste('w'.repeat(201));
    expect(screen.getByText(/langer dan 200 tekens/)).toBeTruthy();
    expect(await ui.see('wizard-next')).toHaveProperty('disabled', true);
  });

  // O3
  it('asks who works at several organisations which one it is from, before anything else', async () => {
    const ui = await TestApp.open('memberships=2');
    await ui.click('new-conversation');
    expect((await ui.see('wizard')).dataset['step']).toBe('organisation');
    await ui.user.click((await ui.seeAll('membership'))[1] as HTMLElement);
    await ui.click('wizard-next');
    expect((await ui.see('wizard')).dataset['step']).toBe('people');
    expect(ui.app.navigation.wizard?.acting).toBe('m-anna-post');
  });

  // W2
  it('chooses nobody with Enter while who is shown is not yet whom one typed', async () => {
    const ui = await TestApp.open();
    await ui.click('new-conversation');
    await ui.seeAll('found-person');
    await ui.user.keyboard('lotte{Enter}');
    expect(ui.look('chosen')).toBeNull();
    await waitFor(() => expect(screen.getAllByTestId('found-person')).toHaveLength(1));
    await ui.user.keyboard('{Enter}');
    expect((await ui.see('chosen-person')).textContent).toContain('Lotte Verhoeven');
  });

  // W2
  it('tells namesakes apart by function and place', async () => {
    const ui = await TestApp.open();
    await ui.click('new-conversation');
    await ui.user.type(await ui.see('people-search'), 'sanne');
    await waitFor(() => expect(screen.getAllByTestId('found-person')).toHaveLength(2));
    const texts = (await ui.seeAll('found-person')).map((one) => one.textContent ?? '');
    expect(texts[0]).toContain('Ergotherapeut');
    expect(texts[1]).toContain('Verpleegkundig specialist');
    expect(texts.every((text) => text.includes('Buiten uw organisatie'))).toBe(true);
  });
});

describe('writing', () => {
  // W1, L5
  it('keeps a draft with its conversation, whatever one opens in between', async () => {
    const ui = await TestApp.open();
    await ui.open('wond');
    await ui.user.type(await ui.see('composer'), 'Alleen voor mevrouw D.');
    await ui.open('medicatie');
    await waitFor(() => expect(screen.getByRole('heading', { level: 2 }).textContent).toContain('Medicatie'));
    expect(await ui.see('composer')).toHaveProperty('value', '');
    expect(ui.shell.world.conversation('wond')?.draft?.text.body).toBe('Alleen voor mevrouw D.');
    await ui.open('wond');
    await waitFor(() =>
      expect(screen.getByTestId('composer')).toHaveProperty('value', 'Alleen voor mevrouw D.'),
    );
  });

  // M1
  it('breaks the line with Shift+Enter and cleans what is pasted', async () => {
    const ui = await TestApp.open();
    await ui.open('bram');
    const field = await ui.see('composer');
    await ui.user.clear(field);
    await ui.user.type(field, 'een{Shift>}{Enter}{/Shift}twee');
    expect(field).toHaveProperty('value', 'een\ntwee');
    await ui.user.clear(field);
    await ui.user.click(field);
    await ui.user.paste('re\u0007gel\r\nnog een');
    await waitFor(() => expect(field).toHaveProperty('value', 're gel\nnog een'));
  });

  // P8
  it('names a participant after an @, and takes the whole name away with one key', async () => {
    const ui = await TestApp.open();
    await ui.open('wond');
    await ui.user.type(await ui.see('composer'), 'Kan @bra');
    await ui.see('mentions');
    await ui.user.keyboard('{Enter}');
    await waitFor(() => expect(screen.getByTestId('composer')).toHaveProperty('value', 'Kan @Bram de Wit '));
    expect(ui.app.navigation.conversation?.composer.written.text()).toEqual({
      body: 'Kan \u{FFFC} ',
      mentions: ['m-bram'],
    });
    await ui.user.keyboard('{Backspace}{Backspace}');
    await waitFor(() => expect(screen.getByTestId('composer')).toHaveProperty('value', 'Kan '));
  });

  // M2, M3, M4, U1
  it('answers, edits and deletes by the keyboard', async () => {
    const ui = await TestApp.open();
    await ui.open('medicatie');
    const all = await ui.seeAll('message');
    const asked = all.find((one) => one.textContent?.includes('acetylsalicylzuur')) as HTMLElement;
    asked.focus();
    await ui.user.keyboard('r');
    await waitFor(() =>
      expect(screen.getByTestId('composer-about').textContent).toContain('Antwoord op uzelf'),
    );
    await ui.user.keyboard('{Escape}');
    await waitFor(() => expect(ui.look('composer-about')).toBeNull());

    await ui.user.keyboard('Klopt dit?{Enter}');
    await waitFor(async () => expect((await messages()).at(-1)).toContain('Klopt dit?'));
    ui.serverAnswers();
    await waitFor(async () => expect((await last()).dataset['state']).toBe('accepted'));
    (await last()).focus();
    await ui.user.keyboard('e');
    await waitFor(() => expect(screen.getByTestId('composer')).toHaveProperty('value', 'Klopt dit?'));
    await ui.user.keyboard(' Zo ja, dan akkoord.{Enter}');
    await waitFor(async () =>
      expect((await messages()).at(-1)).toContain('gewijzigd: Klopt dit? Zo ja, dan akkoord.'),
    );

    (await last()).focus();
    await ui.user.keyboard('{Delete}');
    await ui.click('delete-confirm');
    await waitFor(async () => expect((await messages()).at(-1)).toContain('Bericht verwijderd'));
  });

  // U1
  it('makes each message one sentence for those who listen', async () => {
    const ui = await TestApp.open();
    await ui.open('wond');
    await waitFor(async () =>
      expect(await messages()).toContainEqual(
        'Bram de Wit, Wondverpleegkundige bij Thuiszorg Vecht en Stroom, Buiten uw organisatie, 13:54, als antwoord op Fatima El Idrissi: Graag meteen. Dan weet ik donderdag of ik mag zwachtelen.',
      ),
    );
  });
});

describe('without a network', () => {
  // F3, U3, M7
  it('messages wait, the overview says so, and each goes out once when it is back', async () => {
    const ui = await TestApp.open('offline');
    await ui.open('bram');
    await ui.user.clear(await ui.see('composer'));
    await ui.user.type(await ui.see('composer'), 'Ik ben er om acht uur.{Enter}');
    await waitFor(async () => expect((await last()).dataset['state']).toBe('waiting'));
    await waitFor(() =>
      expect(screen.getByTestId('truth-waiting').textContent).toContain('1 wacht op verbinding'),
    );
    expect((await ui.see('truth')).textContent).toContain('Geen verbinding');
    const before = (await messages()).length;
    ui.shell.setOffline(false);
    ui.serverAnswers();
    await waitFor(async () => expect((await last()).dataset['state']).toBe('accepted'));
    expect(await messages()).toHaveLength(before);
    expect((await ui.see('truth')).textContent).toContain('Bijgewerkt tot');
  });

  // U2, F3
  it('a refused message says why, and its text goes back to the draft', async () => {
    const ui = await TestApp.open('fake=refused');
    await ui.open('wond');
    expect((await last()).textContent).toContain(
      'Niet verzonden. U noemt iemand die u niet aan dit gesprek mag toevoegen.',
    );
    await ui.click('message-withdraw');
    await waitFor(() =>
      expect((screen.getByTestId('composer') as HTMLTextAreaElement).value).toContain(
        'Ik heb de dochter gesproken',
      ),
    );
    expect(ui.look('truth-failed')).toBeNull();
  });

  // M7
  it('what waited for more than a day asks one question for the lot', async () => {
    const ui = await TestApp.open('fake=stale');
    await ui.open('wond');
    expect((await ui.see('stale')).textContent).toContain(
      '2 berichten zijn nog niet verzonden. Het oudste schreef u gisteren om 00:11.',
    );
    await ui.click('send-stale');
    ui.serverAnswers();
    await waitFor(async () => expect((await last()).dataset['state']).toBe('accepted'));
    await waitFor(() => expect(ui.look('stale')).toBeNull());
    expect((await last()).textContent).toContain('Geschreven om 04:59');
  });
});

describe('what is new', () => {
  // M9
  it('counts as read when it was seen in a window with the focus, and not before', async () => {
    const focus = vi.spyOn(document, 'hasFocus').mockReturnValue(false);
    const ui = await TestApp.open();
    await ui.open('noor');
    await ui.see('unread-divider');
    await waitFor(() => expect(screen.getByTestId('timeline').className).toContain('placed'));
    expect(ui.shell.world.conversation('noor')?.read).toBe(1);
    focus.mockReturnValue(true);
    window.dispatchEvent(new Event('focus'));
    await waitFor(() => expect(ui.shell.world.conversation('noor')?.read).toBe(2));
    await waitFor(() => expect(screen.getByTestId('unread-total').textContent).toBe('2'));
    // L5
    expect(ui.look('unread-divider')).not.toBeNull();
  });

  it('is said to those who listen', async () => {
    const ui = await TestApp.open();
    await ui.open('bram');
    await waitFor(() => expect(screen.getByTestId('timeline').className).toContain('placed'));
    await last();
    ui.shell.say('bram', 'm-bram', 'Gelukt, dank.');
    await waitFor(() => expect(screen.getByTestId('announced').textContent).toContain('Gelukt, dank.'));
  });
});
