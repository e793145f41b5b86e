/** Items of a source and the conversations about them, by the real engine and server. */
import { screen, waitFor } from '@testing-library/svelte';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';

import { RealApp } from '../../testing/real/real-app';
import { accepted, line, mention, message, panel } from '../../testing/real/screen';
import { World, type Person } from '../../testing/real/world';

/** Handled and analysed by Anna, handled by Sanne. */
const DOSE = 'Verkeerde dosering metoprolol na ontslag';
/** The same, for conversations that the first has none of. */
const WOUND = 'Wondverzorging twee dagen niet overgedragen aan de thuiszorg';
/** Analysed by Anna, handled by Sanne. */
const FALL = 'Val in de wachtkamer';

let world: World;
beforeAll(async () => {
  world = await World.reset();
});
afterEach(() => RealApp.closeAll());
afterAll(() => world.close());

async function at(title: string, person: Person = 'anna'): Promise<RealApp> {
  await world.opens(person, world.view.items[title] ?? '');
  return RealApp.open(world, person);
}

async function conversation(id: string): Promise<HTMLElement> {
  return waitFor(() => {
    const all = screen.queryAllByTestId('item-conversation');
    const one = all.find((found) => found.dataset['conversation'] === id);
    if (!one) throw new Error(`${id} is not among ${all.length}`);
    return one;
  });
}

async function chooseByKeyboard(ui: RealApp, name: string): Promise<void> {
  await waitFor(() => expect(document.activeElement).toBe(screen.getByTestId('people-search')));
  await ui.user.keyboard(name);
  await waitFor(() => expect(screen.getAllByTestId('found-person')).toHaveLength(1));
  await ui.user.keyboard('{Enter}');
}

describe('the window of an item', () => {
  // S3, P7, O7
  it('opens by a link from the source system, with its conversations and how one stands to each', async () => {
    const mine = await world.as('anna').about(world.item(DOSE), 'karim', 'Wie heeft de lijst gemaakt?');
    const theirs = await world.as('sanne').about(world.item(DOSE), 'karim', 'Wat stond er in de brief?');
    const closed = await world.as('sanne').about(world.item(DOSE), 'joost', 'Is de apotheek gebeld?');
    await world.as('sanne').shell.call('archive', { conversation: closed, everyone: true });
    await world.as('sanne').hasSent();
    await at(DOSE);
    await waitFor(() => expect(screen.getByTestId('item-window').textContent).toContain(DOSE));
    expect((await conversation(mine)).textContent).toContain('U neemt deel');
    expect((await conversation(theirs)).textContent).toContain('U neemt niet deel');
    expect((await conversation(closed)).textContent).toContain('Gearchiveerd');
  });

  // P7
  it('shows who may not analyse it only what they took part in', async () => {
    const annas = await world.as('anna').about(world.item(WOUND), 'marieke', 'Wie was er zaterdag?');
    const sannes = await world.as('sanne').about(world.item(WOUND), 'marieke', 'En zondag?');
    await world.as('marieke').sees(sannes, 'En zondag?');
    await at(WOUND, 'sanne');
    await conversation(sannes);
    expect(
      screen.getAllByTestId('item-conversation').map((one) => one.dataset['conversation']),
    ).not.toContain(annas);
  });

  // S3
  it('starts no conversation without the permission to handle it, and says so', async () => {
    const ui = await at(FALL);
    await ui.shows('item-may-not-start', 'geen permissie om dit onderdeel');
    expect(ui.look('item-start')).toBeNull();
  });

  // M5, P5
  it('says the same of one that is not there and of one that one may not see', async () => {
    const said: (string | null)[] = [];
    for (const address of [
      world.view.items[FALL] ?? '',
      'overleg://item/00000000-0000-7000-8000-00000000aa09',
    ]) {
      await world.opens('rob', address);
      const ui = await RealApp.open(world, 'rob');
      await waitFor(() =>
        expect(screen.getByTestId('item-window').textContent).toContain(
          'Dit onderdeel is er niet, of u mag het niet zien',
        ),
      );
      expect(ui.look('item-start')).toBeNull();
      said.push(screen.getByTestId('item-window').textContent);
      await RealApp.closeAll();
    }
    expect(said[0]).toBe(said[1]);
  });

  // S3, U1
  it('starts with exactly one colleague, by the keyboard alone, about what the item is called', async () => {
    const ui = await at(FALL, 'sanne');
    (await ui.see('item-start')).focus();
    await ui.user.keyboard('{Enter}');
    for (const name of ['claessens', 'hendriks']) await chooseByKeyboard(ui, name);
    const chosen = await ui.seeAll('chosen-person');
    expect(chosen.map((one) => one.textContent)).toEqual([expect.stringContaining('Joost Hendriks')]);
    await ui.user.keyboard('{Enter}');
    await waitFor(() => expect(document.activeElement).toBe(screen.getByTestId('composer')));
    await ui.user.keyboard('Weet jij hier meer van?{Enter}');
    await accepted('Weet jij hier meer van?');
    const id = ui.app.navigation.conversation?.id ?? '';
    await world.as('joost').sees(id, 'Weet jij hier meer van?');
    const view = await ui.shell.call('conversation', { conversation: id });
    expect(view).toMatchObject({ shape: 'item', item: world.item(FALL), title: FALL });
    expect(view.participants).toHaveLength(2);
  });

  // S3
  it('shows the title before it goes to another organisation, and lets another subject be typed', async () => {
    const ui = await at(DOSE);
    await ui.click('item-start');
    await ui.see('people-search');
    await chooseByKeyboard(ui, 'hendriks');
    await ui.see('chosen-person');
    expect(ui.look('subject-leaves')).toBeNull();
    await chooseByKeyboard(ui, 'mira');
    const notice = await ui.see('subject-leaves');
    expect(notice.textContent).toContain('GGZ De Brug');
    expect(notice.textContent).toContain(`“${DOSE}”`);
    await ui.user.type(await ui.see('wizard-subject'), 'Dosering na ontslag');
    await ui.shows('subject-leaves', '“Dosering na ontslag”');
    // It stands there until it is sent.
    await ui.click('wizard-next');
    await waitFor(() => expect(screen.getByTestId('wizard').dataset['step']).toBe('message'));
    await ui.shows('subject-leaves', '“Dosering na ontslag”');
  });

  // S3, O4
  it('offers no team to start with', async () => {
    const ui = await at(DOSE);
    await ui.click('item-start');
    await ui.user.type(await ui.see('people-search'), 'team ouderenzorg');
    expect(await screen.findByText(/Niemand gevonden/)).toBeTruthy();
  });

  // P3, P5, P10
  it('lets who may analyse it join a conversation and read all of it, and a line tells of it', async () => {
    const id = await world.as('sanne').about(world.item(DOSE), 'marieke', 'Zijn er meer ontslagen?');
    const ui = await at(DOSE);
    await ui.user.click(await conversation(id));
    await ui.shows('aside', 'neemt niet deel');
    await message('Zijn er meer ontslagen?');
    expect(ui.look('composer')).toBeNull();
    await ui.click('join');
    await ui.see('composer');
    await line('U neemt deel aan het gesprek');
    await waitFor(async () =>
      expect(await world.as('sanne').participants(id)).toContain('Anna van den Berg'),
    );
  });

  // P6, P7, U1
  it('keeps what one took part in, to be read, with a way back by a button and by Esc', async () => {
    const id = await world.as('sanne').about(world.item(FALL), 'karim', 'Mag ik vragen hoe het is gegaan?');
    const karim = world.as('karim');
    await karim.sees(id, 'Mag ik vragen hoe het is gegaan?');
    await karim.shell.call('leave', { conversation: id, successor: null });
    await waitFor(async () => expect(await world.as('sanne').participants(id)).toHaveLength(1));
    const ui = await at(FALL, 'karim');
    await waitFor(() =>
      expect(screen.getByTestId('item-window').textContent).toContain('U ziet alleen de gesprekken'),
    );
    await ui.user.click(await conversation(id));
    await ui.shows('aside', 'U neemt niet meer deel aan dit gesprek');
    expect(ui.look('composer')).toBeNull();
    expect(ui.look('join')).toBeNull();
    await ui.click('aside-to-item');
    await ui.see('item-window');
    await ui.user.click(await conversation(id));
    await ui.see('aside');
    await ui.user.keyboard('{Escape}');
    await ui.see('item-window');
  });

  // P7, O7
  it('shows at once what a right that is taken or given makes of it', async () => {
    const ui = await at(FALL);
    await ui.see('item-may-not-start');
    const right = {
      membership: world.membership('anna'),
      unit: null,
      item_type: 'incident',
      permission: 'handle',
    };
    await world.administer({ do: 'grant', ...right });
    await ui.see('item-start');
    await world.administer({ do: 'revoke', ...right });
    await ui.see('item-may-not-start');
    expect(ui.look('item-start')).toBeNull();
  });

  // U3
  it('says without a network that it is what this device knows', async () => {
    await world.offline('joost');
    const ui = await at(DOSE, 'joost');
    await waitFor(() =>
      expect(screen.getByTestId('item-window').textContent).toContain('Er is geen verbinding.'),
    );
    expect(ui.look('item-start')).toBeNull();
    await world.online('joost');
  });
});

describe('a conversation at an item', () => {
  // P3
  it('is added to by who may analyse the item, and by nobody else', async () => {
    const id = await world.as('anna').about(world.item(WOUND), 'sanne', 'Wie vult aan?');
    await world.as('sanne').sees(id, 'Wie vult aan?');
    const ui = await RealApp.open(world);
    await panel(ui, id);
    await ui.see('add');
    await RealApp.closeAll();
    const other = await RealApp.open(world, 'sanne');
    await panel(other, id);
    expect(other.look('add')).toBeNull();
  });

  // P5
  it('tells before an addition what will be read, by the permission of who is added', async () => {
    const id = await world.as('anna').about(world.item(WOUND), 'karim', 'Mevrouw is twee dagen niet gezien.');
    const ui = await RealApp.open(world);
    await panel(ui, id);
    await ui.click('add');
    const read = await ui.see('what-they-read');
    expect(read.textContent).toContain(
      'Zonder de permissie om dit onderdeel te analyseren: alleen wat na het toevoegen wordt gezegd.',
    );
    await waitFor(() =>
      expect(read.textContent).toContain('Met die permissie: het hele gesprek, nu 1 bericht.'),
    );
    // The messages themselves, not only how many.
    await ui.shows('share-preview', 'twee dagen niet gezien');
    expect(ui.look('share-earlier')).toBeNull();
  });

  // P8, P5
  it('is read from the mention on by who is mentioned and may not analyse it', async () => {
    const id = await world.as('anna').about(world.item(WOUND), 'karim', 'Dit was ervoor.');
    const ui = await RealApp.open(world);
    await ui.open(id);
    await mention(ui, 'lotte');
    await ui.shows('joining', 'het hele gesprek');
    await ui.user.keyboard('kijk je mee?{Enter}');
    await accepted('kijk je mee?');
    await line('U voegde Lotte de Wit toe');
    const lotte = world.as('lotte');
    await lotte.has(id);
    await waitFor(async () => expect(await lotte.texts(id)).toHaveLength(1));
    expect(await lotte.texts(id)).toEqual([expect.stringContaining('kijk je mee?')]);
  });
});

describe('a link', () => {
  // M5
  it('to an item has its title for who may see it, and for others says only that there is one', async () => {
    const text = `Zie ${world.view.items[DOSE]} en ${world.view.items[FALL]}.`;
    const id = await world.as('anna').group('Twee onderdelen', ['sanne', 'rob'], text);
    await world.as('rob').sees(id, text);
    const links = () => screen.getAllByTestId('item-link').map((one) => one.textContent);
    const ui = await RealApp.open(world);
    await ui.open(id);
    await waitFor(() => expect(links()).toEqual([DOSE, FALL]));
    await ui.user.click((await ui.seeAll('item-link'))[0] as HTMLElement);
    await waitFor(() => expect(screen.getByTestId('item-window').textContent).toContain(DOSE));
    expect(ui.shell.opened).toEqual([]);
    await RealApp.closeAll();
    const robs = await RealApp.open(world, 'rob');
    await robs.open(id);
    await waitFor(() =>
      expect(links()).toEqual(['onderdeel dat u niet mag zien', 'onderdeel dat u niet mag zien']),
    );
  });

  // M5, L3
  it('to a conversation has its title for who takes part, and for others says only that it is one', async () => {
    const first = await world.as('anna').group('Eerste opvang', ['joost'], 'Geen letsel.');
    const text = `Zie overleg://conversation/${first}.`;
    const id = await world.as('anna').group('Vervolg', ['joost', 'rob'], text);
    await world.as('rob').sees(id, text);
    const links = () => screen.getAllByTestId('conversation-link').map((one) => one.textContent);
    const ui = await RealApp.open(world);
    await ui.open(id);
    await waitFor(() => expect(links()).toEqual(['Eerste opvang']));
    await RealApp.closeAll();
    const robs = await RealApp.open(world, 'rob');
    await robs.open(id);
    await waitFor(() => expect(links()).toEqual(['gesprek waaraan u niet deelneemt']));
  });
});
