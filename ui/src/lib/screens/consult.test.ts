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
});
