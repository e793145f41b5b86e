import { cleanup, screen, waitFor } from '@testing-library/svelte';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';

import { ITEM } from '$lib/shell/fake/items';

import { TestApp } from '../../testing/test-app';

beforeEach(() => {
  vi.spyOn(document, 'hasFocus').mockReturnValue(true);
});
afterEach(cleanup);

/** The focused element. */
function at(): { testid: string | undefined; text: string; element: HTMLElement } {
  const element = document.activeElement as HTMLElement;
  return { testid: element.dataset['testid'], text: element.textContent?.trim() ?? '', element };
}

async function panel(conversation = 'wond', world = ''): Promise<TestApp> {
  const ui = await TestApp.open(world);
  await ui.open(conversation);
  await ui.click('participants');
  await ui.see('participants-panel');
  return ui;
}

async function ownMessage(ui: TestApp): Promise<HTMLElement> {
  const own = (await ui.seeAll('message')).filter((one) => one.className.includes('own'));
  return own.at(-1) as HTMLElement;
}

describe('the keyboard', () => {
  // U1, M2, M3
  it.each(['menu-reply', 'menu-edit'])(
    'is in the text after %s, where one goes on typing',
    async (action) => {
      const ui = await TestApp.open();
      await ui.open('wond');
      await waitFor(() => expect(at().testid).toBe('composer'));
      (await ownMessage(ui)).focus();
      await ui.user.keyboard('{Enter}');
      await ui.click(action);
      await ui.see('composer-about');
      await waitFor(() => expect(at().testid).toBe('composer'));
    },
  );

  // U1, M4
  it('begins a question on the way back out of it, and is where it was afterwards', async () => {
    const ui = await TestApp.open();
    await ui.open('wond');
    const own = await ownMessage(ui);
    own.focus();
    await ui.user.keyboard('{Delete}');
    expect((await ui.see('delete-dialog')).textContent).toContain('Ik laat de kous weg');
    await waitFor(() => expect(at().text).toBe('Annuleren'));
    await ui.user.keyboard('{Enter}');
    await waitFor(() => expect(ui.look('delete-dialog')).toBeNull());
    await waitFor(() => expect(at().element).toBe(own));
  });

  // U1, P1
  it('is on the panel once someone was taken out, whose row is gone', async () => {
    const ui = await panel();
    const menu = document.querySelector<HTMLElement>('[data-membership="m-bram"] button');
    menu?.focus();
    await ui.user.keyboard('{Enter}');
    await ui.click('menu-remove');
    // Of two with the same name the question says which one.
    expect((await ui.see('question')).textContent).toContain('Thuiszorg Vecht en Stroom, Team Wond');
    await ui.click('question-confirm');
    ui.serverAnswers();
    await waitFor(() => expect(document.querySelector('[data-membership="m-bram"]')).toBeNull());
    await waitFor(() => expect(at().text).toBe('Deelnemers'));
  });

  // U1, P2, P5
  it('is on the panel after an addition, and on the button again when nobody was added', async () => {
    const ui = await panel();
    await ui.click('add');
    await waitFor(() => expect(at().testid).toBe('people-search'));
    await ui.user.keyboard('{Escape}');
    await waitFor(() => expect(at().testid).toBe('add'));
    await ui.user.keyboard('{Enter}');
    await waitFor(() => expect(at().testid).toBe('people-search'));
    await ui.user.keyboard('lotte');
    await waitFor(() => expect(screen.getAllByTestId('found-person')).toHaveLength(1));
    await ui.user.keyboard('{Enter}');
    // Another Enter adds nobody whom one did not look for.
    await ui.user.keyboard('{Enter}');
    expect(await ui.seeAll('chosen-person')).toHaveLength(1);
    expect(ui.look('found-person')).toBeNull();
    await ui.click('add-confirm');
    await waitFor(() => expect(at().text).toBe('Deelnemers'));
  });

  // U1, P1, P6
  it('reaches every participant’s actions with the arrow keys, and what is below them with one Tab', async () => {
    const ui = await panel('wond', 'fake=teams');
    const [first, ...others] = screen.getAllByTestId('remove-team');
    first?.focus();
    expect(first?.tabIndex).toBe(0);
    for (const one of [...others, ...screen.getAllByTestId('participant-menu')])
      expect(one.tabIndex).toBe(-1);
    await ui.user.keyboard('{ArrowDown}{ArrowDown}');
    await waitFor(() => expect(at().testid).toBe('participant-menu'));
    await ui.user.keyboard('{Tab}');
    expect(at().testid).toBe('archive-everyone');
  });

  // U1, O3
  it('tells the actions of namesakes apart', async () => {
    const ui = await panel('wond', 'fake=teams');
    await waitFor(() => expect(screen.getAllByTestId('participant-menu').length).toBeGreaterThan(3));
    const labels = (await ui.seeAll('participant-menu')).map((one) => one.getAttribute('aria-label'));
    expect(labels).toContain('Acties voor Sanne de Vries, Ergotherapeut, Thuiszorg Vecht en Stroom');
    expect(new Set(labels).size).toBe(labels.length);
  });

  // U1, P6
  it('goes on in the list when a conversation was left from there', async () => {
    const ui = await TestApp.open();
    const row = () => document.querySelector<HTMLElement>('[data-conversation="els"]');
    await waitFor(() => expect(row()).not.toBeNull());
    await ui.user.pointer({ keys: '[MouseRight]', target: row() as HTMLElement });
    await ui.click('menu-leave');
    await ui.click('leave-confirm');
    await waitFor(() => expect(row()).toBeNull());
    await waitFor(() => expect(at().testid).toBe('overview-row'));
  });

  // U1, A2
  it('goes on in the list when the open conversation was deleted', async () => {
    const ui = await panel();
    await ui.click('delete-conversation');
    await ui.click('question-confirm');
    await waitFor(() => expect(ui.look('conversation')).toBeNull());
    await waitFor(() => expect(at().testid).toBe('overview-row'));
  });

  // U1, L3
  it('opens the actions of a conversation by a button beside its row', async () => {
    const ui = await TestApp.open();
    await ui.seeAll('overview-row');
    await ui.user.click(await ui.see('overview-search'));
    await ui.user.keyboard('{ArrowDown}{ArrowDown}');
    await waitFor(() => expect(at().element.dataset['conversation']).toBe('medicatie'));
    await ui.user.keyboard('{Tab}');
    expect(at().element.getAttribute('aria-label')).toContain('Acties voor Medicatieoverdracht');
    await ui.user.keyboard('{Enter}');
    await ui.click('menu-archive');
    expect((await ui.see('undo-archive')).textContent).toContain('Medicatieoverdracht');
  });

  // U1, P7, L3
  it('is at the subject of a conversation that one cannot write in', async () => {
    const ui = await TestApp.open();
    await ui.open('zorgpad');
    await waitFor(() => expect(at().text).toBe('Werkafspraken zorgpad hartfalen'));
  });

  // U1, S3
  it('goes back from the making of a conversation at an item to that item', async () => {
    const ui = await TestApp.open(`fake=items&item=${ITEM.fall}`);
    await ui.click('item-start');
    await ui.see('wizard');
    await ui.user.keyboard('{Escape}');
    expect((await ui.see('item-window')).textContent).toContain('Valincident mevrouw D.');
  });
});
