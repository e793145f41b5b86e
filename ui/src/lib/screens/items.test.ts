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
  // S3, P7
  it('opens by a link from the source system, with its conversations and how one stands to each', async () => {
    const ui = await at(ITEM.fall);
    const window = await ui.see('item-window');
    expect(window.textContent).toContain('Valincident mevrouw D., kamer 12');
    expect((await conversation(ui, 'val')).textContent).toContain('U neemt deel');
    expect((await conversation(ui, 'mat')).textContent).toContain('U neemt niet deel');
    expect((await conversation(ui, FIRST_AID)).textContent).toContain('Gearchiveerd');
  });

  // S3
  it('starts no conversation without the permission to handle it, and says so', async () => {
    const ui = await at(ITEM.analysed);
    expect((await ui.see('item-may-not-start')).textContent).toContain('geen permissie om dit onderdeel');
    expect(ui.look('item-start')).toBeNull();
  });

  // M5, P5
  it('says the same of one that is not there and of one that one may not see', async () => {
    const ui = await at(ITEM.unseen);
    await waitFor(() =>
      expect(screen.getByTestId('item-window').textContent).toContain(
        'Dit onderdeel is er niet, of u mag het niet zien',
      ),
    );
    expect(ui.look('item-start')).toBeNull();
  });

  // S3, U1
  it('starts with exactly one colleague, by the keyboard alone, about what the item is called', async () => {
    const ui = await at(ITEM.closed);
    let started: unknown;
    const call = ui.shell.call.bind(ui.shell);
    ui.shell.call = (name, args) => {
      if (name === 'start') started = args;
      return call(name, args);
    };
    (await ui.see('item-start')).focus();
    await ui.user.keyboard('{Enter}');
    await waitFor(() => expect(document.activeElement).toBe(screen.getByTestId('people-search')));
    for (const name of ['lotte', 'els']) {
      await ui.user.keyboard(name);
      await waitFor(() => expect(screen.getAllByTestId('found-person')).toHaveLength(1));
      await ui.user.keyboard('{Enter}');
    }
    const chosen = await ui.seeAll('chosen-person');
    expect(chosen.map((one) => one.textContent)).toEqual([expect.stringContaining('Els Kuipers')]);
    await ui.user.keyboard('{Enter}');
    await waitFor(() => expect(document.activeElement).toBe(screen.getByTestId('composer')));
    await ui.user.keyboard('Weet jij hier meer van?{Enter}');
    await ui.see('conversation');
    expect(started).toMatchObject({
      shape: { shape: 'item', item: ITEM.closed },
      with: ['m-els'],
      teams: [],
      subject: null,
    });
  });

  // S3
  it('shows the title before it goes to another organisation, and lets another subject be typed', async () => {
    const ui = await at(ITEM.fall);
    await ui.click('item-start');
    const search = await ui.see('people-search');
    await ui.user.type(search, 'els');
    await waitFor(() => expect(screen.getAllByTestId('found-person')).toHaveLength(1));
    await ui.user.keyboard('{Enter}');
    await ui.see('chosen-person');
    expect(ui.look('subject-leaves')).toBeNull();
    await ui.user.type(await ui.see('people-search'), 'lotte');
    await waitFor(() => expect(screen.getAllByTestId('found-person')).toHaveLength(1));
    await ui.user.keyboard('{Enter}');
    const notice = await ui.see('subject-leaves');
    expect(notice.textContent).toContain('GGZ Merelveld');
    expect(notice.textContent).toContain('“Valincident mevrouw D., kamer 12”');
    await ui.user.type(await ui.see('wizard-subject'), 'Val zonder letsel');
    expect((await ui.see('subject-leaves')).textContent).toContain('“Val zonder letsel”');
    // It stands there until it is sent.
    await ui.click('wizard-next');
    await waitFor(() => expect(screen.getByTestId('wizard').dataset['step']).toBe('message'));
    expect((await ui.see('subject-leaves')).textContent).toContain('“Val zonder letsel”');
  });

  // S3, O4
  it('offers no team to start with', async () => {
    const ui = await at(ITEM.fall);
    await ui.click('item-start');
    await ui.user.type(await ui.see('people-search'), 'ouderenzorg');
    expect(await screen.findByText(/Niemand gevonden/)).toBeTruthy();
  });

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

  // P3, P10
  it('lets who may analyse it join a conversation, and a line tells of it', async () => {
    const ui = await at(ITEM.fall);
    await ui.user.click(await conversation(ui, 'mat'));
    expect((await ui.see('aside')).textContent).toContain('neemt niet deel');
    expect(ui.look('composer')).toBeNull();
    await ui.click('join');
    await ui.see('composer');
    await waitFor(async () =>
      expect((await ui.seeAll('line')).at(-1)?.textContent).toContain('U neemt deel aan het gesprek'),
    );
  });

  // P6, P7, U1
  it('keeps what one took part in, to be read, with a way back by a button and by Esc', async () => {
    const ui = await at(ITEM.partly);
    expect((await ui.see('item-window')).textContent).toContain('U ziet alleen de gesprekken');
    await ui.user.click(await conversation(ui, 'verlaten'));
    expect((await ui.see('aside')).textContent).toContain('U neemt niet meer deel aan dit gesprek');
    expect(ui.look('composer')).toBeNull();
    expect(ui.look('join')).toBeNull();
    await ui.click('aside-to-item');
    await ui.see('item-window');
    await ui.user.click(await conversation(ui, 'verlaten'));
    await ui.see('aside');
    await ui.user.keyboard('{Escape}');
    await ui.see('item-window');
  });

  // P7, O7
  it('shows at once what a right that is taken or given makes of it', async () => {
    const ui = await at(ITEM.fall);
    await ui.see('item-start');
    const held = ui.shell.world.items.get(ITEM.fall)?.held ?? [];
    for (const one of held) one.handle = false;
    ui.shell.rightsChanged();
    await ui.see('item-may-not-start');
    expect(ui.look('item-start')).toBeNull();
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

  // U3
  it('says without a network that it is what this device knows', async () => {
    const ui = await at(ITEM.fall, '&offline');
    expect((await ui.see('item-window')).textContent).toContain('Er is geen verbinding.');
  });
});

describe('a conversation at an item', () => {
  async function panel(): Promise<TestApp> {
    const ui = await TestApp.open('fake=items');
    await ui.open('val');
    await ui.click('participants');
    return ui;
  }

  // P3
  it('is added to by who may analyse the item, and by nobody else', async () => {
    const ui = await panel();
    await ui.see('add');
    cleanup();
    const other = await TestApp.open('fake=items');
    for (const one of other.shell.world.items.get(ITEM.fall)?.held ?? []) one.analyse = false;
    await other.open('val');
    await other.click('participants');
    await other.see('participants-panel');
    expect(other.look('add')).toBeNull();
    expect(ui.look('add')).toBeNull();
  });

  // P5
  it('tells before an addition what will be read, by the permission of who is added', async () => {
    const ui = await panel();
    await ui.click('add');
    const read = await ui.see('what-they-read');
    expect(read.textContent).toContain(
      'Zonder de permissie om dit onderdeel te analyseren: alleen wat na het toevoegen wordt gezegd.',
    );
    await waitFor(() =>
      expect(read.textContent).toContain('Met die permissie: het hele gesprek, nu 3 berichten.'),
    );
    // The messages themselves, not only how many.
    expect((await ui.see('share-preview')).textContent).toContain('Mevrouw is vannacht naast haar bed');
    expect(ui.look('share-earlier')).toBeNull();
  });

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

  // M5
  it('to an item has its title for who may see it, and for others says only that there is one', async () => {
    await links();
    await waitFor(() =>
      expect(screen.getAllByTestId('item-link').map((one) => one.textContent)).toEqual([
        'Medicatiefout bij overdracht',
        'onderdeel dat u niet mag zien',
        expect.stringContaining('Onderhoudsopdracht tillift'),
      ]),
    );
  });

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
