/** Urgent messages: writing one, the question where nobody is at work, and how they are shown (M10). */
import { cleanup, screen, waitFor, within } from '@testing-library/svelte';
import { afterEach, describe, expect, it } from 'vitest';

import { TestApp } from '../../testing/test-app';

afterEach(cleanup);

const sent = () =>
  screen
    .getAllByTestId('message')
    .filter((one) => within(one).queryByTestId('urgent'))
    .map((one) => within(one).getByTestId('urgent').textContent.trim());

async function written(ui: TestApp, text: string): Promise<void> {
  await waitFor(() => expect(document.activeElement).toBe(ui.look('composer')));
  await ui.user.keyboard(text);
}

describe('an urgent message', () => {
  // M10
  it('needs a reason, and says in the button that it goes urgently', async () => {
    const ui = await TestApp.open();
    await ui.open('wond');
    await written(ui, 'Kun je nu kijken?');
    const send = await ui.see('send');
    expect(send.textContent.trim()).toBe('Versturen');
    await ui.click('composer-urgent');
    const field = (await ui.see('urgent-reason-field')) as HTMLInputElement;
    // One types at once why.
    await waitFor(() => expect(document.activeElement).toBe(field));
    expect(send.textContent.trim()).toBe('Met spoed versturen');
    expect(send).toHaveProperty('disabled', true);
    await ui.user.keyboard('   ');
    expect(send).toHaveProperty('disabled', true);
    await ui.user.keyboard('Bloeddruk daalt{Enter}');
    expect(document.activeElement).toBe(ui.look('composer'));
    await ui.user.keyboard('{Enter}');
    await waitFor(() => expect(sent()).toEqual(['Spoed Bloeddruk daalt']));
    // The next one is not.
    expect(ui.look('urgent-reason')).toBeNull();
    expect((await ui.see('send')).textContent.trim()).toBe('Versturen');
  });

  // M10, U1
  it('is none after all with Escape or the button, and the text stays', async () => {
    const ui = await TestApp.open();
    await ui.open('wond');
    await written(ui, 'Kun je nu kijken?');
    for (const off of ['Escape', 'button'] as const) {
      await ui.click('composer-urgent');
      await ui.see('urgent-reason-field');
      if (off === 'Escape') await ui.user.keyboard('{Escape}');
      else await ui.click('urgent-off');
      await waitFor(() => expect(ui.look('urgent-reason')).toBeNull());
      expect(document.activeElement).toBe(ui.look('composer'));
      expect(ui.look('composer')).toHaveProperty('value', 'Kun je nu kijken?');
    }
  });

  // M10, W1
  it('is kept with its draft while one looks at another conversation', async () => {
    const ui = await TestApp.open();
    await ui.open('wond');
    await written(ui, 'Kun je nu kijken?');
    await ui.click('composer-urgent');
    await ui.see('urgent-reason-field');
    await ui.user.keyboard('Bloeddruk');
    await ui.open('bram');
    expect(ui.look('urgent-reason')).toBeNull();
    await ui.open('wond');
    await waitFor(() => expect(ui.look('urgent-reason-field')).toHaveProperty('value', 'Bloeddruk'));
  });

  // M10, O5
  it('is asked about where nobody is at work, and the cover can be asked instead', async () => {
    const ui = await TestApp.open('fake=demo&absent');
    await ui.open('bram');
    await waitFor(() => expect(document.activeElement).toBe(ui.look('composer')));
    const before = screen.getAllByTestId('message').length;
    await ui.click('composer-urgent');
    await ui.see('urgent-reason-field');
    await ui.user.keyboard('Bloeddruk daalt{Enter}');
    await ui.click('send');
    const question = await ui.see('unreachable');
    expect(question.textContent).toContain('Wie is niet bereikbaar?');
    expect(within(question).getByTestId('absent').textContent).toContain('Bram');
    // Enter by itself sends nothing.
    await waitFor(() => expect(document.activeElement).toBe(ui.look('unreachable-back')));
    await ui.user.keyboard('{Enter}');
    await waitFor(() => expect(ui.look('unreachable')).toBeNull());
    expect(screen.getAllByTestId('message').length).toBe(before);
    await ui.click('send');
    await ui.click('unreachable-send');
    await waitFor(() => expect(sent()).toEqual(['Spoed Bloeddruk daalt']));
    expect(ui.look('unreachable')).toBeNull();
  });

  // M10, O5
  it('is asked about in the wizard as well, and nothing is started meanwhile', async () => {
    const ui = await TestApp.open('fake=demo&absent');
    await ui.click('new-conversation');
    await ui.click('kind-group');
    await ui.user.type(await ui.see('wizard-subject'), 'Wond hiel{Enter}');
    await ui.user.type(await ui.see('people-search'), 'bram');
    await waitFor(() => expect(screen.getAllByTestId('found-person')[0]?.textContent).toContain('Bram'));
    await ui.user.keyboard('{Enter}');
    await ui.see('chosen-person');
    await ui.click('wizard-next');
    await written(ui, 'Kun je nu kijken?');
    await ui.click('wizard-urgent');
    const start = await ui.see('wizard-start');
    expect(start).toHaveProperty('disabled', true);
    await ui.see('urgent-reason-field');
    await ui.user.keyboard('Bloeddruk daalt');
    await ui.click('wizard-start');
    await ui.see('unreachable');
    expect(ui.look('wizard')).not.toBeNull();
    await ui.click('unreachable-send');
    await waitFor(() => expect(sent()).toEqual(['Spoed Bloeddruk daalt']));
  });

  // M10
  it('asks nothing where somebody is at work, nor of a message that is not urgent', async () => {
    const ui = await TestApp.open('fake=demo&absent');
    await ui.open('bram');
    await waitFor(() => expect(document.activeElement).toBe(ui.look('composer')));
    await ui.click('send');
    await waitFor(() => expect(ui.look('composer')).toHaveProperty('value', ''));
    expect(ui.look('unreachable')).toBeNull();
    await ui.open('wond');
    await written(ui, 'Kun je nu kijken?');
    await ui.click('composer-urgent');
    await ui.see('urgent-reason-field');
    await ui.user.keyboard('Bloeddruk daalt{Enter}{Enter}');
    await waitFor(() => expect(sent()).toEqual(['Spoed Bloeddruk daalt']));
  });

  // M10
  it('is shown with icon, word and reason, in the overview until it is read, and is heard', async () => {
    const ui = await TestApp.open('fake=urgent');
    const row = () => document.querySelector('[data-conversation="spoed"]');
    await waitFor(() => expect(row()?.textContent).toContain('Spoed'));
    expect(document.querySelector('[data-conversation="wond"]')?.textContent).not.toContain('Spoed');
    await ui.open('spoed');
    await waitFor(() => expect(sent().length).toBeGreaterThan(3));
    const [own] = sent();
    expect(own).toBe('Spoed Bloeddruk daalt, 84/50');
    // A reason that is not known, and none of a message that was deleted.
    expect(sent().at(-1)).toBe('Spoed');
    expect(sent()).not.toContain('Spoed Vergissing');
    const spoken = screen.getAllByTestId('message')[0]?.getAttribute('aria-label') ?? '';
    expect(spoken.replaceAll(/[\u2066-\u2069]/gu, '')).toContain('Spoed: Bloeddruk daalt, 84/50');
  });
});
