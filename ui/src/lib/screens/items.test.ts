import { cleanup, screen, waitFor } from '@testing-library/svelte';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';

import type { ItemView } from '$lib/bindings/ItemView';
import { FIRST_AID, ITEM } from '$lib/shell/fake/items';

import { TestApp } from '../../testing/test-app';

beforeEach(() => {
  vi.spyOn(document, 'hasFocus').mockReturnValue(true);
});
afterEach(cleanup);

function at(item: string, more = ''): Promise<TestApp> {
  return TestApp.open(`fake=items&item=${item}${more}`);
}

async function conversation(ui: TestApp, id: string): Promise<HTMLElement> {
  const all = await ui.seeAll('item-conversation');
  return all.find((one) => one.dataset['conversation'] === id) as HTMLElement;
}

describe('the window of an item', () => {
  // O3, S3, U1
  it('asks who may start there for several organisations which one, by the arrow keys too', async () => {
    const ui = await at(ITEM.fall, '&memberships=2');
    await ui.click('item-start');
    expect((await ui.see('wizard')).dataset['step']).toBe('organisation');
    await waitFor(() => expect((document.activeElement as HTMLInputElement).value).toBe('m-anna'));
    await ui.user.keyboard('{ArrowDown}');
    expect(ui.app.navigation.wizard?.acting).toBe('m-anna-post');
    await ui.user.keyboard('{Enter}');
    await waitFor(() => expect(screen.getByTestId('wizard').dataset['step']).toBe('people'));
  });

  // P7
  it('says how many more take part than are named', async () => {
    const ui = await at(ITEM.fall);
    const call = ui.shell.call.bind(ui.shell);
    ui.shell.call = async (name, args) => {
      const answer = await call(name, args);
      if (name === 'item')
        for (const one of (answer as ItemView).conversations)
          Object.assign(one, {
            participants: ['Anna', 'Bram', 'Els', 'Lotte', 'Noor'],
            participant_count: 9,
          });
      return answer;
    };
    ui.shell.rightsChanged();
    await waitFor(async () =>
      expect((await conversation(ui, 'val')).textContent).toContain('Anna, Bram, Els en 6 anderen'),
    );
  });
});

describe('a conversation at an item', () => {
  async function panel(): Promise<TestApp> {
    const ui = await TestApp.open('fake=items');
    await ui.open('val');
    await ui.click('participants');
    return ui;
  }

  // S3
  it('shows its subject before it goes to another organisation by who is added', async () => {
    const ui = await panel();
    await ui.click('add');
    await ui.user.type(await ui.see('people-search'), 'els');
    await waitFor(() => expect(screen.getAllByTestId('found-person')).toHaveLength(1));
    await ui.user.keyboard('{Enter}');
    await ui.see('chosen-person');
    expect(ui.look('subject-leaves')).toBeNull();
    await ui.user.type(await ui.see('people-search'), 'lotte');
    await waitFor(() => expect(screen.getAllByTestId('found-person')).toHaveLength(1));
    await ui.user.keyboard('{Enter}');
    const notice = await ui.see('subject-leaves');
    expect(notice.textContent).toContain('“Valincident mevrouw D., kamer 12”');
    expect(notice.textContent).toContain('kan niet meer worden gewijzigd');
  });

  // A2
  it('cannot be deleted, only archived', async () => {
    const ui = await panel();
    await ui.see('archive-everyone');
    expect(ui.look('delete-conversation')).toBeNull();
  });
});

describe('a link in a message', () => {
  async function links(more = ''): Promise<TestApp> {
    const ui = await TestApp.open(`fake=items${more}`);
    await ui.open('val');
    await ui.seeAll('item-link');
    return ui;
  }

  // M5, L3
  it('to a conversation has its title for who takes part, for others says only that it is one, and opens it', async () => {
    const ui = await links();
    ui.shell.say('val', 'm-joost', `Zie overleg://conversation/${FIRST_AID.replace('bb01', 'bb09')}.`);
    await waitFor(() =>
      expect(screen.getAllByTestId('conversation-link').map((one) => one.textContent)).toEqual([
        'Eerste opvang na de val',
        'gesprek waaraan u niet deelneemt',
      ]),
    );
    const message = (await ui.seeAll('message')).at(-1);
    expect(message?.getAttribute('aria-label')).toContain('Zie gesprek waaraan u niet deelneemt.');
    await ui.user.click((await ui.seeAll('conversation-link'))[0] as HTMLElement);
    expect((await ui.see('conversation')).getAttribute('aria-label')).toBe('Eerste opvang na de val');
    expect(ui.shell.opened).toEqual([]);
  });

  // M5, U3
  it('to an item claims nothing that is not known without a network', async () => {
    await links('&offline');
    await waitFor(() => expect(screen.getAllByTestId('item-link')[0]?.textContent).toContain('Medicatie'));
    expect(screen.getAllByTestId('item-link')[1]?.textContent).toBe('Onderdeel');
  });

  // M5
  it('to an item opens its window here', async () => {
    const ui = await links();
    await ui.user.click((await ui.seeAll('item-link'))[0] as HTMLElement);
    expect((await ui.see('item-window')).textContent).toContain('Medicatiefout bij overdracht');
    expect(ui.shell.opened).toEqual([]);
  });

  // M1
  it.each(['click', 'auxclick'])(
    'to an address opens in the system’s browser (%s), never here',
    async (kind) => {
      const ui = await links();
      const link = document.querySelector<HTMLElement>('[data-testid="message"] a[href^="https"]');
      const event = new MouseEvent(kind, {
        bubbles: true,
        cancelable: true,
        button: kind === 'click' ? 0 : 1,
      });
      link?.dispatchEvent(event);
      expect(event.defaultPrevented).toBe(true);
      await waitFor(() => expect(ui.shell.opened).toEqual(['https://voorbeeld.nl/protocol/valpreventie']));
    },
  );

  // M1
  it('is not opened in this window by the system’s menu, or by being dropped on it', async () => {
    const ui = await links();
    const link = document.querySelector<HTMLElement>('[data-testid="message"] a[href^="https"]');
    const menu = new MouseEvent('contextmenu', { bubbles: true, cancelable: true, button: 2 });
    link?.dispatchEvent(menu);
    expect(menu.defaultPrevented).toBe(true);
    await ui.see('menu-copy');
    const drop = new Event('drop', { bubbles: true, cancelable: true });
    (await ui.see('timeline')).dispatchEvent(drop);
    expect(drop.defaultPrevented).toBe(true);
    expect(ui.shell.opened).toEqual([]);
  });

  // M1, U2
  it('that the system does not open can be copied', async () => {
    const ui = await links('&no-browser');
    document.querySelector<HTMLElement>('[data-testid="message"] a[href^="https"]')?.click();
    expect((await ui.see('link-not-opened')).textContent).toContain(
      'https://voorbeeld.nl/protocol/valpreventie',
    );
  });

  // M5, U1
  it('is reached by the keyboard, through the actions of the message', async () => {
    const ui = await links();
    await waitFor(() => expect(document.activeElement).toBe(screen.getByTestId('composer')));
    ((await ui.seeAll('message')).at(-1) as HTMLElement).focus();
    await ui.user.keyboard('{Enter}');
    const [page, item] = await ui.seeAll('menu-link');
    expect(page?.textContent).toContain('Link openen: https://voorbeeld.nl/protocol/valpreventie');
    await ui.user.click(item as HTMLElement);
    expect((await ui.see('item-window')).textContent).toContain('Onderhoudsopdracht tillift');
  });
});
