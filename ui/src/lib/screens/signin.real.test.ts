/** Signing in, and the overview, by the real engine and server. */
import { screen, waitFor } from '@testing-library/svelte';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';

import { NOTHING_LEFT_OUT } from '$lib/state/only';

import { RealApp } from '../../testing/real/real-app';
import { row } from '../../testing/real/screen';
import { World } from '../../testing/real/world';

let world: World;
beforeAll(async () => {
  world = await World.reset();
});
afterEach(() => RealApp.closeAll());
afterAll(() => world.close());

async function titles(): Promise<string[]> {
  const rows = await screen.findAllByTestId('overview-row');
  return rows.map((one) => one.querySelector('.title')?.textContent ?? '');
}

describe('signing in', () => {
  // I1, U2
  it('with what is no invitation any more, or the address of no server, says what is wrong', async () => {
    const link = await world.invite('femke');
    const ui = await RealApp.open(world, 'femke');
    // A newer one takes the place of an older.
    await world.invite('femke');
    await ui.user.type(await ui.see('invitation-link'), link);
    await ui.click('sign-in-submit');
    await ui.see('sign-in-failure');
    expect(ui.look('invited')).toBeNull();
    await ui.user.clear(await ui.see('invitation-link'));
    await ui.user.type(await ui.see('invitation-link'), 'http://elders.voorbeeld.nl/#invite=n3wn3wn3w');
    await ui.click('sign-in-submit');
    await waitFor(() =>
      expect(screen.getByTestId('sign-in-failure').textContent).toContain(
        'Dit is niet het adres van een Overleg-server.',
      ),
    );
  });

  // I1
  it('by invitation shows whom it is for, takes a password of twelve characters, and shows the overview', async () => {
    const ui = await RealApp.open(world, 'femke');
    await ui.user.type(await ui.see('invitation-link'), await world.invite('femke'));
    await ui.click('sign-in-submit');
    await ui.shows('invited', 'Huisartsenpraktijk De Beuk');
    await ui.user.type(await ui.see('password'), 'vier woorde');
    expect(await ui.see('sign-in-submit')).toHaveProperty('disabled', true);
    expect(screen.getByText('Nog 1 teken')).toBeTruthy();
    await ui.user.type(await ui.see('password'), 'n');
    await ui.click('sign-in-submit');
    await ui.see('work');
    expect(ui.app.session.me?.person).toBe(world.view.people.femke.person);
  });

  // I1, U2
  it('with a wrong password says so and keeps the e-mail address, and with the right one goes on', async () => {
    const ui = await RealApp.open(world, 'femke');
    await ui.shell.call('sign_out', {});
    await ui.user.type(await ui.see('login'), 'femke@debeuk.example');
    await ui.user.type(await ui.see('password'), 'dit is verkeerd{Enter}');
    await waitFor(() =>
      expect(screen.getByTestId('sign-in-failure').textContent).toContain(
        'Het e-mailadres of het wachtwoord klopt niet.',
      ),
    );
    expect(await ui.see('login')).toHaveProperty('value', 'femke@debeuk.example');
    await ui.user.clear(await ui.see('password'));
    await ui.user.type(await ui.see('password'), 'vier woorden{Enter}');
    await ui.see('work');
  });
});

describe('the overview', () => {
  // L1, M9
  it('says how many conversations are unread, and marks one as read to its end', async () => {
    const ui = await RealApp.open(world);
    await waitFor(() => expect(screen.getByTestId('unread-total').textContent).toBe('2'));
    expect(document.title).toBe('(2) Overleg');
    const wound = (await ui.seeAll('overview-row')).find((one) =>
      one.textContent?.includes('Wond onderbeen'),
    );
    const id = wound?.dataset['conversation'] ?? '';
    await ui.user.pointer({ keys: '[MouseRight]', target: row(id) as HTMLElement });
    await ui.click('menu-read');
    await waitFor(() => expect(row(id)?.className).not.toContain('unread'));
    await waitFor(() => expect(screen.getByTestId('unread-total').textContent).toBe('1'));
    expect(ui.app.navigation.conversation).toBeNull();
  });

  // L1, L3
  it('offers for each conversation what one may do there', async () => {
    const own = await world.as('anna').group('Van Anna', ['karim'], 'Goedemorgen');
    const other = await world.as('karim').group('Van Karim', ['anna'], 'Goedemorgen');
    await world.as('anna').sees(other, 'Goedemorgen');
    const ui = await RealApp.open(world);
    const actions = async (conversation: string) => {
      await waitFor(() => expect(row(conversation)).not.toBeNull());
      await ui.user.pointer({ keys: '[MouseRight]', target: row(conversation) as HTMLElement });
      const items = (await screen.findAllByRole('menuitem')).map((item) => item.textContent?.trim() ?? '');
      await ui.user.keyboard('{Escape}');
      await waitFor(() => expect(screen.queryByRole('menu')).toBeNull());
      return items;
    };
    expect(await actions(own)).toEqual([
      'Openen',
      'Archiveren voor mij',
      'Meldingen dempen',
      'Archiveren voor iedereen',
      'Link kopiëren',
      'Gesprek verlaten',
    ]);
    expect(await actions(other)).toEqual([
      'Openen',
      'Markeren als gelezen',
      'Archiveren voor mij',
      'Meldingen dempen',
      'Link kopiëren',
      'Gesprek verlaten',
    ]);
    await ui.user.pointer({ keys: '[MouseRight]', target: row(own) as HTMLElement });
    await ui.click('menu-archive-everyone');
    await ui.click('question-confirm');
    await ui.shows('undo-archive', 'voor iedereen gearchiveerd');
    const { shell } = world.as('karim');
    await waitFor(async () =>
      expect((await shell.call('conversation', { conversation: own })).archived_by).toBe('Anna van den Berg'),
    );
  });

  // L3
  it('archives a conversation for oneself and brings it back, as a new message does', async () => {
    const id = await world.as('anna').direct('karim', 'De brief ligt klaar.');
    await world.as('karim').sees(id, 'De brief ligt klaar.');
    const ui = await RealApp.open(world);
    await waitFor(() => expect(row(id)).not.toBeNull());
    await ui.user.pointer({ keys: '[MouseRight]', target: row(id) as HTMLElement });
    await ui.click('menu-archive');
    await waitFor(() => expect(row(id)).toBeNull());
    await ui.click('filter-archived');
    await waitFor(() => expect(row(id)).not.toBeNull());
    const archive = async () => {
      await ui.user.pointer({ keys: '[MouseRight]', target: row(id) as HTMLElement });
      await ui.click('menu-archive');
      await waitFor(() => expect(row(id)).toBeNull());
    };
    // Brings it back.
    await archive();
    await ui.click('filter-active');
    await waitFor(() => expect(row(id)).not.toBeNull());
    await archive();
    await world.as('karim').says(id, 'Getekend, dank je.');
    await waitFor(() => expect(row(id)).not.toBeNull());
  });

  // L4, O6
  it('is searched by subject and name, without regard to accents', async () => {
    const ui = await RealApp.open(world);
    await ui.user.type(await ui.see('overview-search'), 'yildiz');
    const found = async () => {
      const rows = ui.inside(await ui.see('search-results')).queryAllByTestId('overview-row');
      return rows.map((row) => row.querySelector('.title')?.textContent);
    };
    await waitFor(async () => {
      expect(await found()).toContain('Medicatie na ontslag dhr. K.');
      expect(await found()).not.toContain('Wond onderbeen mevr. V., kamer 12');
    });
    await ui.user.clear(await ui.see('overview-search'));
    await ui.user.type(await ui.see('overview-search'), 'medic onts');
    await waitFor(async () => expect(await found()).toEqual(['Medicatie na ontslag dhr. K.']));
    await ui.user.keyboard('{Enter}');
    const open = ui.inside(await ui.see('conversation'));
    await waitFor(() => expect(open.getByRole('heading', { level: 2 }).textContent).toContain('Medicatie'));
  });

  // L2
  it('is in the order and as narrow as one says, and stays so', async () => {
    const item = await world
      .as('anna')
      .about(world.item('Verkeerde dosering metoprolol na ontslag'), 'karim', 'Wie weet meer?');
    const ui = await RealApp.open(world);
    await ui.click('arrange');
    await ui.user.selectOptions(await ui.see('order'), 'subject');
    await waitFor(async () => {
      const all = await titles();
      expect(all.length).toBeGreaterThan(4);
      expect(all).toEqual([...all].sort((a, b) => a.localeCompare(b, 'nl')));
    });
    await ui.user.selectOptions(await ui.see('only-kind'), 'item');
    await waitFor(() =>
      expect(screen.getAllByTestId('overview-row').map((one) => one.dataset['conversation'])).toEqual([item]),
    );
    const settings = await ui.shell.call('settings', {});
    expect(settings['overview.order']).toEqual({ value: 'subject', source: 'account' });
    expect(settings['overview.only'].value).toEqual({ ...NOTHING_LEFT_OUT, kind: 'item' });
  });
});
