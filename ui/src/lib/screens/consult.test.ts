import { cleanup, screen, waitFor } from '@testing-library/svelte';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';

import { Desk } from '../../testing/desk';

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
    const desk = await Desk.sit();
    await desk.click('new-conversation');
    await desk.user.type(await desk.see('people-search'), 'lotte');
    await waitFor(() => expect(screen.getAllByTestId('found-person')).toHaveLength(1));
    await desk.user.keyboard('{Enter}{Enter}');
    await desk.see('conversation');
    await waitFor(() => expect(document.activeElement).toBe(screen.getByTestId('composer')));
    await desk.user.keyboard('Heb je morgen tijd?{Enter}');
    await waitFor(async () => expect((await messages()).at(-1)).toContain('Heb je morgen tijd?'));
    desk.serverAnswers();
    await waitFor(async () => expect((await last()).dataset['state']).toBe('accepted'));
    expect((await desk.see('destination')).textContent).toContain('Naar: Lotte Verhoeven');
  });

  // S1
  it('with the same partner opens the conversation that exists', async () => {
    const desk = await Desk.sit();
    await desk.click('new-conversation');
    await desk.user.type(await desk.see('people-search'), 'bram');
    await waitFor(() => expect(screen.getAllByTestId('found-person')).toHaveLength(1));
    await desk.user.keyboard('{Enter}');
    expect((await desk.see('wizard-start')).textContent).toContain('Gesprek openen');
    await desk.click('wizard-start');
    await waitFor(async () => expect((await messages())[0]).toContain('wondfolie'));
  });

  // S2, U1
  it('of a group goes by the keyboard alone: subject, people, message, sending', async () => {
    const desk = await Desk.sit();
    await desk.user.keyboard('{Control>}n{/Control}');
    await desk.see('people-search');
    const group = (await desk.see('kind-group')).querySelector('input') as HTMLInputElement;
    group.focus();
    await desk.user.keyboard(' ');
    await waitFor(() => expect(document.activeElement).toBe(screen.getByTestId('wizard-subject')));
    await desk.user.keyboard('Valrisico mevr. B.{Enter}');
    await waitFor(() => expect(document.activeElement).toBe(screen.getByTestId('people-search')));
    for (const name of ['meryem', 'haddad']) {
      await desk.user.keyboard(name);
      await waitFor(() => expect(screen.getAllByTestId('found-person')).toHaveLength(1));
      await desk.user.keyboard('{Enter}');
    }
    expect(await desk.seeAll('chosen-person')).toHaveLength(2);
    await desk.user.keyboard('{Enter}');
    await waitFor(() => expect(document.activeElement).toBe(screen.getByTestId('composer')));
    expect((await desk.see('destination')).textContent).toContain('1 buiten uw organisatie');
    await desk.user.keyboard('Kijken jullie mee?{Enter}');
    await waitFor(async () => expect((await messages()).at(-1)).toContain('Kijken jullie mee?'));
    expect(screen.getByRole('heading', { level: 2 }).textContent).toBe('Valrisico mevr. B.');
  });

  // S2
  it('shows the chosen at the top, each removable with a cross', async () => {
    const desk = await Desk.sit();
    await desk.click('new-conversation');
    await desk.click('kind-group');
    await desk.user.type(await desk.see('wizard-subject'), 'Overdracht');
    await desk.click('wizard-next');
    await desk.user.click((await desk.seeAll('found-person'))[0] as HTMLElement);
    const [chosen] = await desk.seeAll('chosen-person');
    await desk.user.click(desk.inside(chosen as HTMLElement).getByRole('button'));
    expect(desk.look('chosen')).toBeNull();
    expect(await desk.see('wizard-next')).toHaveProperty('disabled', true);
  });

  // S2
  it('refuses a subject of more than 200 characters, saying why', async () => {
    const desk = await Desk.sit();
    await desk.click('new-conversation');
    await desk.click('kind-group');
    await desk.user.click(await desk.see('wizard-subject'));
    await desk.user.paste('w'.repeat(201));
    expect(screen.getByText(/langer dan 200 tekens/)).toBeTruthy();
    expect(await desk.see('wizard-next')).toHaveProperty('disabled', true);
  });

  // O3
  it('asks who works at several organisations which one it is from, before anything else', async () => {
    const desk = await Desk.sit('memberships=2');
    await desk.click('new-conversation');
    expect((await desk.see('wizard')).dataset['step']).toBe('organisation');
    await desk.user.click((await desk.seeAll('membership'))[1] as HTMLElement);
    await desk.click('wizard-next');
    expect((await desk.see('wizard')).dataset['step']).toBe('people');
    expect(desk.app.wizard?.acting).toBe('m-anna-post');
  });

  // W2
  it('chooses nobody with Enter while who is shown is not yet whom one typed', async () => {
    const desk = await Desk.sit();
    await desk.click('new-conversation');
    await desk.seeAll('found-person');
    await desk.user.keyboard('lotte{Enter}');
    expect(desk.look('chosen')).toBeNull();
    await waitFor(() => expect(screen.getAllByTestId('found-person')).toHaveLength(1));
    await desk.user.keyboard('{Enter}');
    expect((await desk.see('chosen-person')).textContent).toContain('Lotte Verhoeven');
  });

  // W2
  it('tells namesakes apart by function and place', async () => {
    const desk = await Desk.sit();
    await desk.click('new-conversation');
    await desk.user.type(await desk.see('people-search'), 'sanne');
    await waitFor(() => expect(screen.getAllByTestId('found-person')).toHaveLength(2));
    const texts = (await desk.seeAll('found-person')).map((one) => one.textContent ?? '');
    expect(texts[0]).toContain('Ergotherapeut');
    expect(texts[1]).toContain('Verpleegkundig specialist');
    expect(texts.every((text) => text.includes('Buiten uw organisatie'))).toBe(true);
  });
});

describe('writing', () => {
  // W1, L5
  it('keeps a draft with its conversation, whatever one opens in between', async () => {
    const desk = await Desk.sit();
    await desk.open('wond');
    await desk.user.type(await desk.see('composer'), 'Alleen voor mevrouw D.');
    await desk.open('medicatie');
    await waitFor(() => expect(screen.getByRole('heading', { level: 2 }).textContent).toContain('Medicatie'));
    expect(await desk.see('composer')).toHaveProperty('value', '');
    expect(desk.shell.world.conversation('wond')?.draft?.text.body).toBe('Alleen voor mevrouw D.');
    await desk.open('wond');
    await waitFor(() =>
      expect(screen.getByTestId('composer')).toHaveProperty('value', 'Alleen voor mevrouw D.'),
    );
  });

  // M1
  it('breaks the line with Shift+Enter and cleans what is pasted', async () => {
    const desk = await Desk.sit();
    await desk.open('bram');
    const field = await desk.see('composer');
    await desk.user.clear(field);
    await desk.user.type(field, 'een{Shift>}{Enter}{/Shift}twee');
    expect(field).toHaveProperty('value', 'een\ntwee');
    await desk.user.clear(field);
    await desk.user.click(field);
    await desk.user.paste('re\u0007gel\r\nnog een');
    await waitFor(() => expect(field).toHaveProperty('value', 're gel\nnog een'));
  });

  // P8
  it('names a participant after an @, and takes the whole name away with one key', async () => {
    const desk = await Desk.sit();
    await desk.open('wond');
    await desk.user.type(await desk.see('composer'), 'Kan @bra');
    await desk.see('mentions');
    await desk.user.keyboard('{Enter}');
    await waitFor(() => expect(screen.getByTestId('composer')).toHaveProperty('value', 'Kan @Bram de Wit '));
    expect(desk.app.open?.composer.written.text()).toEqual({ body: 'Kan \u{FFFC} ', mentions: ['m-bram'] });
    await desk.user.keyboard('{Backspace}{Backspace}');
    await waitFor(() => expect(screen.getByTestId('composer')).toHaveProperty('value', 'Kan '));
  });

  // M2, M3, M4, U1
  it('answers, edits and deletes by the keyboard', async () => {
    const desk = await Desk.sit();
    await desk.open('medicatie');
    const all = await desk.seeAll('message');
    const asked = all.find((one) => one.textContent?.includes('acetylsalicylzuur')) as HTMLElement;
    asked.focus();
    await desk.user.keyboard('r');
    await waitFor(() =>
      expect(screen.getByTestId('composer-about').textContent).toContain('Antwoord op uzelf'),
    );
    await desk.user.keyboard('{Escape}');
    await waitFor(() => expect(desk.look('composer-about')).toBeNull());

    await desk.user.keyboard('Klopt dit?{Enter}');
    await waitFor(async () => expect((await messages()).at(-1)).toContain('Klopt dit?'));
    desk.serverAnswers();
    await waitFor(async () => expect((await last()).dataset['state']).toBe('accepted'));
    (await last()).focus();
    await desk.user.keyboard('e');
    await waitFor(() => expect(screen.getByTestId('composer')).toHaveProperty('value', 'Klopt dit?'));
    await desk.user.keyboard(' Zo ja, dan akkoord.{Enter}');
    await waitFor(async () =>
      expect((await messages()).at(-1)).toContain('gewijzigd: Klopt dit? Zo ja, dan akkoord.'),
    );

    (await last()).focus();
    await desk.user.keyboard('{Delete}');
    await desk.click('delete-confirm');
    await waitFor(async () => expect((await messages()).at(-1)).toContain('Bericht verwijderd'));
  });

  // U1
  it('makes each message one sentence for those who listen', async () => {
    const desk = await Desk.sit();
    await desk.open('wond');
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
    const desk = await Desk.sit('offline');
    await desk.open('bram');
    await desk.user.clear(await desk.see('composer'));
    await desk.user.type(await desk.see('composer'), 'Ik ben er om acht uur.{Enter}');
    await waitFor(async () => expect((await last()).dataset['state']).toBe('waiting'));
    await waitFor(() =>
      expect(screen.getByTestId('truth-waiting').textContent).toContain('1 wacht op verbinding'),
    );
    expect((await desk.see('truth')).textContent).toContain('Geen verbinding');
    const before = (await messages()).length;
    desk.shell.setOffline(false);
    desk.serverAnswers();
    await waitFor(async () => expect((await last()).dataset['state']).toBe('accepted'));
    expect(await messages()).toHaveLength(before);
    expect((await desk.see('truth')).textContent).toContain('Bijgewerkt tot');
  });

  // U2, F3
  it('a refused message says why, and its text goes back to the draft', async () => {
    const desk = await Desk.sit('fake=refused');
    await desk.open('wond');
    expect((await last()).textContent).toContain(
      'Niet verzonden. U noemt iemand die u niet aan dit gesprek mag toevoegen.',
    );
    await desk.click('message-withdraw');
    await waitFor(() =>
      expect((screen.getByTestId('composer') as HTMLTextAreaElement).value).toContain(
        'Ik heb de dochter gesproken',
      ),
    );
    expect(desk.look('truth-failed')).toBeNull();
  });

  // M7
  it('what waited for more than a day asks one question for the lot', async () => {
    const desk = await Desk.sit('fake=stale');
    await desk.open('wond');
    expect((await desk.see('stale')).textContent).toContain(
      '2 berichten zijn nog niet verzonden. Het oudste schreef u gisteren om 00:11.',
    );
    await desk.click('send-stale');
    desk.serverAnswers();
    await waitFor(async () => expect((await last()).dataset['state']).toBe('accepted'));
    await waitFor(() => expect(desk.look('stale')).toBeNull());
    expect((await last()).textContent).toContain('Geschreven om 04:59');
  });
});

describe('what is new', () => {
  // M9
  it('counts as read when it was seen in a window with the focus, and not before', async () => {
    const focus = vi.spyOn(document, 'hasFocus').mockReturnValue(false);
    const desk = await Desk.sit();
    await desk.open('noor');
    await desk.see('unread-divider');
    await waitFor(() => expect(screen.getByTestId('timeline').className).toContain('placed'));
    expect(desk.shell.world.conversation('noor')?.read).toBe(1);
    focus.mockReturnValue(true);
    window.dispatchEvent(new Event('focus'));
    await waitFor(() => expect(desk.shell.world.conversation('noor')?.read).toBe(2));
    await waitFor(() => expect(screen.getByTestId('unread-total').textContent).toBe('2'));
    // L5
    expect(desk.look('unread-divider')).not.toBeNull();
  });

  it('is said to those who listen', async () => {
    const desk = await Desk.sit();
    await desk.open('bram');
    await waitFor(() => expect(screen.getByTestId('timeline').className).toContain('placed'));
    await last();
    desk.shell.say('bram', 'm-bram', 'Gelukt, dank.');
    await waitFor(() => expect(screen.getByTestId('announced').textContent).toContain('Gelukt, dank.'));
  });
});
