import { cleanup, screen, waitFor } from '@testing-library/svelte';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';

import type { ItemView } from '$lib/bindings/ItemView';
import { FIRST_AID, ITEM } from '$lib/shell/fake/items';

import { Desk } from '../../testing/desk';

beforeEach(() => {
  vi.spyOn(document, 'hasFocus').mockReturnValue(true);
});
afterEach(cleanup);

function at(item: string, more = ''): Promise<Desk> {
  return Desk.sit(`fake=items&item=${item}${more}`);
}

async function conversation(desk: Desk, id: string): Promise<HTMLElement> {
  const all = await desk.seeAll('item-conversation');
  return all.find((one) => one.dataset['conversation'] === id) as HTMLElement;
}

describe('the window of an item', () => {
  // S3, P7
  it('opens by a link from the source system, with its conversations and how one stands to each', async () => {
    const desk = await at(ITEM.fall);
    const window = await desk.see('item-window');
    expect(window.textContent).toContain('Valincident mevrouw D., kamer 12');
    expect((await conversation(desk, 'val')).textContent).toContain('U neemt deel');
    expect((await conversation(desk, 'mat')).textContent).toContain('U neemt niet deel');
    expect((await conversation(desk, FIRST_AID)).textContent).toContain('Gearchiveerd');
  });

  // S3
  it('starts no conversation without the permission to handle it, and says so', async () => {
    const desk = await at(ITEM.analysed);
    expect((await desk.see('item-may-not-start')).textContent).toContain('geen permissie om dit onderdeel');
    expect(desk.look('item-start')).toBeNull();
  });

  // M5, P5
  it('says the same of one that is not there and of one that one may not see', async () => {
    const desk = await at(ITEM.unseen);
    await waitFor(() =>
      expect(screen.getByTestId('item-window').textContent).toContain(
        'Dit onderdeel is er niet, of u mag het niet zien',
      ),
    );
    expect(desk.look('item-start')).toBeNull();
  });

  // S3, U1
  it('starts with exactly one colleague, by the keyboard alone, about what the item is called', async () => {
    const desk = await at(ITEM.closed);
    let started: unknown;
    const call = desk.shell.call.bind(desk.shell);
    desk.shell.call = (name, args) => {
      if (name === 'start') started = args;
      return call(name, args);
    };
    (await desk.see('item-start')).focus();
    await desk.user.keyboard('{Enter}');
    await waitFor(() => expect(document.activeElement).toBe(screen.getByTestId('people-search')));
    for (const name of ['lotte', 'els']) {
      await desk.user.keyboard(name);
      await waitFor(() => expect(screen.getAllByTestId('found-person')).toHaveLength(1));
      await desk.user.keyboard('{Enter}');
    }
    const chosen = await desk.seeAll('chosen-person');
    expect(chosen.map((one) => one.textContent)).toEqual([expect.stringContaining('Els Kuipers')]);
    await desk.user.keyboard('{Enter}');
    await waitFor(() => expect(document.activeElement).toBe(screen.getByTestId('composer')));
    await desk.user.keyboard('Weet jij hier meer van?{Enter}');
    await desk.see('conversation');
    expect(started).toMatchObject({
      shape: { shape: 'item', item: ITEM.closed },
      with: ['m-els'],
      teams: [],
      subject: null,
    });
  });

  // S3
  it('shows the title before it goes to another organisation, and lets another subject be typed', async () => {
    const desk = await at(ITEM.fall);
    await desk.click('item-start');
    const search = await desk.see('people-search');
    await desk.user.type(search, 'els');
    await waitFor(() => expect(screen.getAllByTestId('found-person')).toHaveLength(1));
    await desk.user.keyboard('{Enter}');
    await desk.see('chosen-person');
    expect(desk.look('subject-leaves')).toBeNull();
    await desk.user.type(await desk.see('people-search'), 'lotte');
    await waitFor(() => expect(screen.getAllByTestId('found-person')).toHaveLength(1));
    await desk.user.keyboard('{Enter}');
    const notice = await desk.see('subject-leaves');
    expect(notice.textContent).toContain('GGZ Merelveld');
    expect(notice.textContent).toContain('“Valincident mevrouw D., kamer 12”');
    await desk.user.type(await desk.see('wizard-subject'), 'Val zonder letsel');
    expect((await desk.see('subject-leaves')).textContent).toContain('“Val zonder letsel”');
    // It stands there until it is sent.
    await desk.click('wizard-next');
    await waitFor(() => expect(screen.getByTestId('wizard').dataset['step']).toBe('message'));
    expect((await desk.see('subject-leaves')).textContent).toContain('“Val zonder letsel”');
  });

  // S3, O4
  it('offers no team to start with', async () => {
    const desk = await at(ITEM.fall);
    await desk.click('item-start');
    await desk.user.type(await desk.see('people-search'), 'ouderenzorg');
    expect(await screen.findByText(/Niemand gevonden/)).toBeTruthy();
  });

  // O3, S3, U1
  it('asks who may start there for several organisations which one, by the arrow keys too', async () => {
    const desk = await at(ITEM.fall, '&memberships=2');
    await desk.click('item-start');
    expect((await desk.see('wizard')).dataset['step']).toBe('organisation');
    await waitFor(() => expect((document.activeElement as HTMLInputElement).value).toBe('m-anna'));
    await desk.user.keyboard('{ArrowDown}');
    expect(desk.app.wizard?.acting).toBe('m-anna-post');
    await desk.user.keyboard('{Enter}');
    await waitFor(() => expect(screen.getByTestId('wizard').dataset['step']).toBe('people'));
  });

  // P3, P10
  it('lets who may analyse it join a conversation, and a line tells of it', async () => {
    const desk = await at(ITEM.fall);
    await desk.user.click(await conversation(desk, 'mat'));
    expect((await desk.see('aside')).textContent).toContain('neemt niet deel');
    expect(desk.look('composer')).toBeNull();
    await desk.click('join');
    await desk.see('composer');
    await waitFor(async () =>
      expect((await desk.seeAll('line')).at(-1)?.textContent).toContain('U neemt deel aan het gesprek'),
    );
  });

  // P6, P7, U1
  it('keeps what one took part in, to be read, with a way back by a button and by Esc', async () => {
    const desk = await at(ITEM.partly);
    expect((await desk.see('item-window')).textContent).toContain('U ziet alleen de gesprekken');
    await desk.user.click(await conversation(desk, 'verlaten'));
    expect((await desk.see('aside')).textContent).toContain('U neemt niet meer deel aan dit gesprek');
    expect(desk.look('composer')).toBeNull();
    expect(desk.look('join')).toBeNull();
    await desk.click('aside-to-item');
    await desk.see('item-window');
    await desk.user.click(await conversation(desk, 'verlaten'));
    await desk.see('aside');
    await desk.user.keyboard('{Escape}');
    await desk.see('item-window');
  });

  // P7, O7
  it('shows at once what a right that is taken or given makes of it', async () => {
    const desk = await at(ITEM.fall);
    await desk.see('item-start');
    const held = desk.shell.world.items.get(ITEM.fall)?.held ?? [];
    for (const one of held) one.handle = false;
    desk.shell.rightsChanged();
    await desk.see('item-may-not-start');
    expect(desk.look('item-start')).toBeNull();
  });

  // P7
  it('says how many more take part than are named', async () => {
    const desk = await at(ITEM.fall);
    const call = desk.shell.call.bind(desk.shell);
    desk.shell.call = async (name, args) => {
      const answer = await call(name, args);
      if (name === 'item')
        for (const one of (answer as ItemView).conversations)
          Object.assign(one, {
            participants: ['Anna', 'Bram', 'Els', 'Lotte', 'Noor'],
            participant_count: 9,
          });
      return answer;
    };
    desk.shell.rightsChanged();
    await waitFor(async () =>
      expect((await conversation(desk, 'val')).textContent).toContain('Anna, Bram, Els en 6 anderen'),
    );
  });

  // U3
  it('says without a network that it is what this device knows', async () => {
    const desk = await at(ITEM.fall, '&offline');
    expect((await desk.see('item-window')).textContent).toContain('Er is geen verbinding.');
  });
});

describe('a conversation at an item', () => {
  async function panel(): Promise<Desk> {
    const desk = await Desk.sit('fake=items');
    await desk.open('val');
    await desk.click('participants');
    return desk;
  }

  // P3
  it('is added to by who may analyse the item, and by nobody else', async () => {
    const desk = await panel();
    await desk.see('add');
    cleanup();
    const other = await Desk.sit('fake=items');
    for (const one of other.shell.world.items.get(ITEM.fall)?.held ?? []) one.analyse = false;
    await other.open('val');
    await other.click('participants');
    await other.see('participants-panel');
    expect(other.look('add')).toBeNull();
    expect(desk.look('add')).toBeNull();
  });

  // P5
  it('tells before an addition what will be read, by the permission of who is added', async () => {
    const desk = await panel();
    await desk.click('add');
    const read = await desk.see('what-they-read');
    expect(read.textContent).toContain(
      'Zonder de permissie om dit onderdeel te analyseren: alleen wat na het toevoegen wordt gezegd.',
    );
    await waitFor(() =>
      expect(read.textContent).toContain('Met die permissie: het hele gesprek, nu 3 berichten.'),
    );
    // The messages themselves, not only how many.
    expect((await desk.see('share-preview')).textContent).toContain('Mevrouw is vannacht naast haar bed');
    expect(desk.look('share-earlier')).toBeNull();
  });

  // S3
  it('shows its subject before it goes to another organisation by who is added', async () => {
    const desk = await panel();
    await desk.click('add');
    await desk.user.type(await desk.see('people-search'), 'els');
    await waitFor(() => expect(screen.getAllByTestId('found-person')).toHaveLength(1));
    await desk.user.keyboard('{Enter}');
    await desk.see('chosen-person');
    expect(desk.look('subject-leaves')).toBeNull();
    await desk.user.type(await desk.see('people-search'), 'lotte');
    await waitFor(() => expect(screen.getAllByTestId('found-person')).toHaveLength(1));
    await desk.user.keyboard('{Enter}');
    const notice = await desk.see('subject-leaves');
    expect(notice.textContent).toContain('“Valincident mevrouw D., kamer 12”');
    expect(notice.textContent).toContain('kan niet meer worden gewijzigd');
  });

  // A2
  it('cannot be deleted, only archived', async () => {
    const desk = await panel();
    await desk.see('archive-everyone');
    expect(desk.look('delete-conversation')).toBeNull();
  });
});

describe('a link in a message', () => {
  async function links(more = ''): Promise<Desk> {
    const desk = await Desk.sit(`fake=items${more}`);
    await desk.open('val');
    await desk.seeAll('item-link');
    return desk;
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
    const desk = await links();
    desk.shell.say('val', 'm-joost', `Zie overleg://conversation/${FIRST_AID.replace('bb01', 'bb09')}.`);
    await waitFor(() =>
      expect(screen.getAllByTestId('conversation-link').map((one) => one.textContent)).toEqual([
        'Eerste opvang na de val',
        'gesprek waaraan u niet deelneemt',
      ]),
    );
    const message = (await desk.seeAll('message')).at(-1);
    expect(message?.getAttribute('aria-label')).toContain('Zie gesprek waaraan u niet deelneemt.');
    await desk.user.click((await desk.seeAll('conversation-link'))[0] as HTMLElement);
    expect((await desk.see('conversation')).getAttribute('aria-label')).toBe('Eerste opvang na de val');
    expect(desk.shell.opened).toEqual([]);
  });

  // M5, U3
  it('to an item claims nothing that is not known without a network', async () => {
    await links('&offline');
    await waitFor(() => expect(screen.getAllByTestId('item-link')[0]?.textContent).toContain('Medicatie'));
    expect(screen.getAllByTestId('item-link')[1]?.textContent).toBe('Onderdeel');
  });

  // M5
  it('to an item opens its window here', async () => {
    const desk = await links();
    await desk.user.click((await desk.seeAll('item-link'))[0] as HTMLElement);
    expect((await desk.see('item-window')).textContent).toContain('Medicatiefout bij overdracht');
    expect(desk.shell.opened).toEqual([]);
  });

  // M1
  it.each(['click', 'auxclick'])(
    'to an address opens in the system’s browser (%s), never here',
    async (kind) => {
      const desk = await links();
      const link = document.querySelector<HTMLElement>('[data-testid="message"] a[href^="https"]');
      const event = new MouseEvent(kind, {
        bubbles: true,
        cancelable: true,
        button: kind === 'click' ? 0 : 1,
      });
      link?.dispatchEvent(event);
      expect(event.defaultPrevented).toBe(true);
      await waitFor(() => expect(desk.shell.opened).toEqual(['https://voorbeeld.nl/protocol/valpreventie']));
    },
  );

  // M1
  it('is not opened in this window by the system’s menu, or by being dropped on it', async () => {
    const desk = await links();
    const link = document.querySelector<HTMLElement>('[data-testid="message"] a[href^="https"]');
    const menu = new MouseEvent('contextmenu', { bubbles: true, cancelable: true, button: 2 });
    link?.dispatchEvent(menu);
    expect(menu.defaultPrevented).toBe(true);
    await desk.see('menu-copy');
    const drop = new Event('drop', { bubbles: true, cancelable: true });
    (await desk.see('timeline')).dispatchEvent(drop);
    expect(drop.defaultPrevented).toBe(true);
    expect(desk.shell.opened).toEqual([]);
  });

  // M1, U2
  it('that the system does not open can be copied', async () => {
    const desk = await links('&no-browser');
    document.querySelector<HTMLElement>('[data-testid="message"] a[href^="https"]')?.click();
    expect((await desk.see('link-not-opened')).textContent).toContain(
      'https://voorbeeld.nl/protocol/valpreventie',
    );
  });

  // M5, U1
  it('is reached by the keyboard, through the actions of the message', async () => {
    const desk = await links();
    await waitFor(() => expect(document.activeElement).toBe(screen.getByTestId('composer')));
    ((await desk.seeAll('message')).at(-1) as HTMLElement).focus();
    await desk.user.keyboard('{Enter}');
    const [page, item] = await desk.seeAll('menu-link');
    expect(page?.textContent).toContain('Link openen: https://voorbeeld.nl/protocol/valpreventie');
    await desk.user.click(item as HTMLElement);
    expect((await desk.see('item-window')).textContent).toContain('Onderhoudsopdracht tillift');
  });
});
