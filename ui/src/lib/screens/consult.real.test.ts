/** A consult from the wizard to the answer, by the real engine and server. */
import { screen, waitFor } from '@testing-library/svelte';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';

import { RealApp } from '../../testing/real/real-app';
import { accepted, choose, line, mention, message, messages } from '../../testing/real/screen';
import { MENTION, World } from '../../testing/real/world';

let world: World;
beforeAll(async () => {
  world = await World.reset();
});
afterEach(() => RealApp.closeAll());
afterAll(() => world.close());

const HOUR = 60 * 60_000;

describe('starting a conversation', () => {
  // S1
  it('is direct unless one says otherwise: choose, start, type, and the other has it', async () => {
    const ui = await RealApp.open(world);
    await ui.click('new-conversation');
    await ui.user.type(await ui.see('people-search'), 'mira');
    await waitFor(() => expect(screen.getAllByTestId('found-person')).toHaveLength(1));
    await ui.user.keyboard('{Enter}{Enter}');
    await ui.see('conversation');
    await waitFor(() => expect(document.activeElement).toBe(screen.getByTestId('composer')));
    await ui.user.keyboard('Heb je morgen tijd?{Enter}');
    await accepted('Heb je morgen tijd?');
    await ui.shows('destination', 'Naar: Mira Osei');
    const { shape } = await ui.shell.call('conversation', {
      conversation: ui.app.navigation.conversation?.id ?? '',
    });
    expect(shape).toBe('direct');
    await world.as('mira').sees(ui.app.navigation.conversation?.id ?? '', 'Heb je morgen tijd?');
  });

  // S1
  it('with the same partner opens the conversation that exists', async () => {
    const existing = await world.as('anna').direct('karim', 'Heb jij nog wondfolie van maat M?');
    const ui = await RealApp.open(world);
    await ui.click('new-conversation');
    await ui.user.type(await ui.see('people-search'), 'karim');
    await waitFor(() => expect(screen.getAllByTestId('found-person')).toHaveLength(1));
    await ui.user.keyboard('{Enter}');
    await ui.shows('wizard-start', 'Gesprek openen');
    await ui.click('wizard-start');
    await waitFor(async () => expect((await messages())[0]).toContain('wondfolie'));
    expect(ui.app.navigation.conversation?.id).toBe(existing);
  });

  // S2, U1
  it('of a group goes by the keyboard alone: subject, people, message, sending', async () => {
    const ui = await RealApp.open(world);
    await ui.user.keyboard('{Control>}n{/Control}');
    await ui.see('people-search');
    const group = (await ui.see('kind-group')).querySelector('input') as HTMLInputElement;
    group.focus();
    await ui.user.keyboard(' ');
    await waitFor(() => expect(document.activeElement).toBe(screen.getByTestId('wizard-subject')));
    await ui.user.keyboard('Valrisico mevr. B.{Enter}');
    await waitFor(() => expect(document.activeElement).toBe(screen.getByTestId('people-search')));
    for (const name of ['jacobs', 'verbruggen']) {
      await ui.user.keyboard(name);
      await waitFor(() => expect(screen.getAllByTestId('found-person')).toHaveLength(1));
      await ui.user.keyboard('{Enter}');
    }
    expect(await ui.seeAll('chosen-person')).toHaveLength(2);
    await ui.user.keyboard('{Enter}');
    await waitFor(() => expect(document.activeElement).toBe(screen.getByTestId('composer')));
    await ui.shows('destination', '1 buiten uw organisatie');
    await ui.user.keyboard('Kijken jullie mee?{Enter}');
    await accepted('Kijken jullie mee?');
    expect(screen.getByRole('heading', { level: 2 }).textContent).toBe('Valrisico mevr. B.');
    const id = ui.app.navigation.conversation?.id ?? '';
    for (const person of ['sanne', 'hanneke'] as const) await world.as(person).sees(id, 'Kijken jullie mee?');
  });

  // O3, S2, U1
  it('asks who works at several organisations which one it is from, and takes nobody along to the other', async () => {
    const ui = await RealApp.open(world, 'ineke');
    await ui.user.keyboard('{Control>}n{/Control}');
    expect((await ui.see('wizard')).dataset['step']).toBe('organisation');
    await waitFor(() => expect((document.activeElement as HTMLInputElement).type).toBe('radio'));
    await ui.user.keyboard('{ArrowDown}{Enter}');
    await waitFor(() => expect(document.activeElement).toBe(screen.getByTestId('people-search')));
    expect((await ui.see('wizard')).dataset['step']).toBe('people');
    const acting = ui.app.navigation.wizard?.acting;
    expect(ui.app.session.me?.memberships[1]?.membership).toBe(acting);
    await choose(ui, 'anna', 'Huisarts');
    await ui.click('wizard-back');
    await ui.user.click((await ui.seeAll('membership'))[0] as HTMLElement);
    await ui.click('wizard-next');
    expect(ui.app.navigation.wizard?.acting).not.toBe(acting);
    expect(ui.look('chosen')).toBeNull();
  });

  // W2, O3
  it('tells namesakes apart by function and place', async () => {
    const ui = await RealApp.open(world);
    await ui.click('new-conversation');
    await ui.user.type(await ui.see('people-search'), 'ineke');
    await waitFor(() => expect(screen.getAllByTestId('found-person')).toHaveLength(2));
    const texts = (await ui.seeAll('found-person')).map((one) => one.textContent ?? '');
    expect(texts.some((text) => text.includes('Casemanager') && text.includes('Team Oost'))).toBe(true);
    expect(texts.some((text) => text.includes('Consulent') && text.includes('Ambulant Noord'))).toBe(true);
    expect(texts.every((text) => text.includes('Buiten uw organisatie'))).toBe(true);
  });

  // S2, O4, O6
  it('puts first whose name was typed, for Enter takes the first', async () => {
    const ui = await RealApp.open(world);
    await ui.click('new-conversation');
    await ui.click('kind-group');
    await ui.user.type(await ui.see('wizard-subject'), 'Val');
    await ui.click('wizard-next');
    // Mental health care in the north has a team and people; two people are called Noor, one of them is a direct colleague.
    await ui.user.type(await ui.see('people-search'), 'noor');
    await waitFor(() => {
      const found = screen.getAllByTestId('found-person').map((one) => one.textContent ?? '');
      expect(found[0]).toContain('Noor Verbeek');
      expect(found[1]).toContain('Noor Al-Bakri');
      expect(found.some((one) => one.includes('Mira Osei'))).toBe(true);
    });
    await ui.user.clear(await ui.see('people-search'));
    // Of those whom the place alone finds, people come before teams.
    await ui.user.type(await ui.see('people-search'), 'kastanjelaan');
    await waitFor(() => {
      const found = screen.getAllByTestId('found-person').map((one) => one.textContent ?? '');
      expect(found[0]).toContain('Praktijk Kastanjelaan');
      expect(found[0]).not.toContain('Team Ouderenzorg');
      expect(found.at(-1)).toContain('Team Ouderenzorg');
    });
    await ui.user.clear(await ui.see('people-search'));
    await ui.user.type(await ui.see('people-search'), 'team ouderen');
    await waitFor(() =>
      expect(screen.getAllByTestId('found-person')[0]?.textContent).toContain('Team Ouderenzorg'),
    );
  });
});

describe('a mention', () => {
  // P8, P5, W1
  it('of who does not take part says that it adds them, and they read it and what follows, and nothing before', async () => {
    const id = await world
      .as('anna')
      .group('Wondbeleid mevr. D.', ['karim', 'marieke'], 'De wond baart mij zorgen.');
    const ui = await RealApp.open(world);
    await ui.open(id);
    await ui.shows('destination', '2 collega');
    await mention(ui, 'mira');
    const joining = await ui.see('joining');
    expect(joining.textContent).toContain('Mira Osei (GGZ De Brug) wordt toegevoegd');
    expect(joining.textContent).toContain('dit bericht en wat daarna komt');
    await ui.shows('destination', '3 collega');
    await ui.shows('destination', 'GGZ De Brug');
    await ui.user.keyboard('kijk je mee?{Enter}');
    await waitFor(() => expect(ui.look('joining')).toBeNull());
    await line('U voegde Mira Osei toe');
    await accepted('kijk je mee?');
    const mira = world.as('mira');
    await mira.sees(id, `${MENTION} kijk je mee?`);
    expect(await mira.texts(id)).toEqual([`${MENTION} kijk je mee?`]);
  });

  // P8
  it('of who takes part adds nobody', async () => {
    const id = await world.as('anna').group('Wie komt er langs', ['karim', 'marieke']);
    const ui = await RealApp.open(world);
    await ui.open(id);
    await mention(ui, 'karim');
    expect(ui.look('joining')).toBeNull();
    await ui.user.keyboard('kom je langs?{Enter}');
    await accepted('kom je langs?');
    expect(await world.as('anna').participants(id)).toHaveLength(3);
  });

  // P8, P2
  it('of another organisation is not offered to who may not add them', async () => {
    const id = await world.as('karim').group('Overdracht', ['anna'], 'Goedemorgen');
    await world.as('anna').sees(id, 'Goedemorgen');
    const ui = await RealApp.open(world);
    const call = vi.spyOn(ui.shell, 'call');
    await ui.open(id);
    await ui.user.type(await ui.see('composer'), '@mira');
    await waitFor(() => expect(call.mock.calls.some(([name]) => name === 'find')).toBe(true));
    await Promise.all(call.mock.results.map((result) => result.value as Promise<unknown>));
    expect(ui.look('mentions')).toBeNull();
    // A colleague of the own organisation is offered.
    await ui.user.clear(await ui.see('composer'));
    await mention(ui, 'sanne');
    await ui.shows('joining', 'Sanne Jacobs');
  });

  // P8, U2
  it('that is refused names whom, and goes again without it, the text kept and what is being written too', async () => {
    const id = await world.as('karim').group('Medicatielijst', ['anna'], 'Goedemorgen');
    const anna = world.as('anna');
    await anna.sees(id, 'Goedemorgen');
    // As if the screen had offered her.
    await anna.shell.call('find', { acting: anna.me.membership, query: 'mira', limit: 20 });
    await anna.says(id, `${MENTION}, kunt u meekijken?`, ['mira']);
    const ui = await RealApp.open(world);
    await ui.open(id);
    const refused = await message('kunt u meekijken?');
    await waitFor(() => expect(refused.textContent).toContain('U mag Mira Osei niet aan dit gesprek'));
    await ui.user.type(await ui.see('composer'), 'Nog iets anders');
    await ui.click('message-without');
    await accepted('Mira Osei, kunt u meekijken?');
    expect((await message('kunt u meekijken?')).querySelector('.mention')).toBeNull();
    expect(screen.getByTestId('composer')).toHaveProperty('value', 'Nog iets anders');
    await world.as('karim').sees(id, 'Mira Osei, kunt u meekijken?');
    expect(await world.as('karim').participants(id)).toHaveLength(2);
  });

  // P4
  it('is text in a direct conversation', async () => {
    const id = await world.as('anna').direct('pieter', 'Goedemorgen');
    const ui = await RealApp.open(world);
    await ui.open(id);
    await ui.user.type(await ui.see('composer'), 'Dag @pieter');
    expect(ui.look('mentions')).toBeNull();
    expect(ui.look('joining')).toBeNull();
    await ui.user.keyboard('{Enter}');
    await accepted('Dag @pieter');
    expect((await message('Dag @pieter')).querySelector('.mention')).toBeNull();
    await world.as('pieter').sees(id, 'Dag @pieter');
  });
});

describe('a message', () => {
  // M2, M3, M4, U1
  it('is answered, edited and deleted by the keyboard, for the other too', async () => {
    const id = await world.as('karim').group('Acetylsalicylzuur', ['anna'], 'Stop ik de acetylsalicylzuur?');
    const karim = world.as('karim');
    await world.as('anna').sees(id, 'Stop ik de acetylsalicylzuur?');
    const ui = await RealApp.open(world);
    await ui.open(id);
    (await message('acetylsalicylzuur')).focus();
    await ui.user.keyboard('r');
    await waitFor(() =>
      expect(screen.getByTestId('composer-about').textContent).toContain('Karim el Idrissi'),
    );
    await ui.user.keyboard('Klopt dit?{Enter}');
    await accepted('Klopt dit?');
    expect((await message('Klopt dit?')).querySelector('.quote')?.textContent).toContain('Stop ik de');

    (await message('Klopt dit?')).focus();
    await ui.user.keyboard('r');
    await waitFor(() =>
      expect(screen.getByTestId('composer-about').textContent).toContain('Antwoord op uzelf'),
    );
    await ui.user.keyboard('{Escape}');
    await waitFor(() => expect(ui.look('composer-about')).toBeNull());

    (await message('Klopt dit?')).focus();
    await ui.user.keyboard('e');
    await waitFor(() => expect(screen.getByTestId('composer')).toHaveProperty('value', 'Klopt dit?'));
    await ui.user.keyboard(' Zo ja, dan akkoord.{Enter}');
    await waitFor(async () =>
      expect((await messages()).at(-1)).toContain('gewijzigd: Klopt dit? Zo ja, dan akkoord.'),
    );
    await karim.sees(id, 'Klopt dit? Zo ja, dan akkoord.');
    // The other may have it before the answer is here, and a message that is being changed is not deleted.
    await accepted('Klopt dit?');

    (await message('Klopt dit?')).focus();
    await ui.user.keyboard('{Delete}');
    await ui.click('delete-confirm');
    await waitFor(async () => expect((await messages()).at(-1)).toContain('Bericht verwijderd'));
    await karim.sees(id, '[deleted]');
  });

  // M3, U2
  it('is changed for 24 hours, and after that says why it is not', async () => {
    const id = await world.as('anna').direct('rob', 'Dit staat straks vast.');
    await world.advance(25 * HOUR);
    const ui = await RealApp.open(world);
    await ui.open(id);
    const old = await message('Dit staat straks vast.');
    old.focus();
    await ui.user.keyboard('{Enter}');
    await ui.shows('menu-edit-too-late', 'tot 24 uur na verzending');
    expect(ui.look('menu-edit')).toBeNull();
  });

  // M9
  it('counts as read when it was seen in a window with the focus, and not before, and the other is shown it', async () => {
    const id = await world.as('hanneke').direct('anna', 'Heb je vanmiddag vijf minuten?');
    const anna = world.as('anna');
    await anna.sees(id, 'Heb je vanmiddag vijf minuten?');
    const ui = await RealApp.open(world);
    const focus = vi.spyOn(document, 'hasFocus').mockReturnValue(false);
    await ui.open(id);
    await ui.see('unread-divider');
    await waitFor(() => expect(screen.getByTestId('timeline').className).toContain('placed'));
    const read = async () => (await anna.shell.call('conversation', { conversation: id })).read;
    const { last } = await anna.shell.call('conversation', { conversation: id });
    expect(await read()).toBeLessThan(last);
    focus.mockReturnValue(true);
    window.dispatchEvent(new Event('focus'));
    await waitFor(async () => expect(await read()).toBe(last));
    // L5
    expect(ui.look('unread-divider')).not.toBeNull();
  });

  // U1
  it('that comes in is said to those who listen', async () => {
    const id = await world.as('anna').direct('marieke', 'Is het gelukt?');
    await world.as('marieke').sees(id, 'Is het gelukt?');
    const ui = await RealApp.open(world);
    await ui.open(id);
    await waitFor(() => expect(screen.getByTestId('timeline').className).toContain('placed'));
    await message('Is het gelukt?');
    await world.as('marieke').says(id, 'Gelukt, dank.');
    await waitFor(() => expect(screen.getByTestId('announced').textContent).toContain('Gelukt, dank.'));
  });
});

describe('without a network', () => {
  // F3, U3, M7
  it('messages wait, the overview says so, and each goes out once when it is back', async () => {
    const id = await world.as('joost').direct('karim', 'Tot morgen.');
    const ui = await RealApp.open(world, 'joost');
    await world.offline('joost');
    await waitFor(() => expect(screen.getByTestId('truth').textContent).toContain('Geen verbinding'));
    await ui.open(id);
    await ui.user.type(await ui.see('composer'), 'Ik ben er om acht uur.{Enter}');
    await waitFor(async () => expect((await message('acht uur')).dataset['state']).toBe('waiting'));
    await waitFor(() =>
      expect(screen.getByTestId('truth-waiting').textContent).toContain('1 wacht op verbinding'),
    );
    const before = (await messages()).length;
    await world.online('joost');
    await accepted('acht uur');
    expect(await messages()).toHaveLength(before);
    await waitFor(() => expect(screen.getByTestId('truth').textContent).toContain('Bijgewerkt tot'));
    await world.as('karim').sees(id, 'Ik ben er om acht uur.');
    expect(await world.as('karim').texts(id)).toEqual(['Tot morgen.', 'Ik ben er om acht uur.']);
  });

  // M7
  it('what waited for more than a day asks one question for the lot', async () => {
    const id = await world.as('sanne').direct('karim', 'Tot morgen.');
    const ui = await RealApp.open(world, 'sanne');
    await world.offline('sanne');
    await waitFor(() => expect(screen.getByTestId('truth').textContent).toContain('Geen verbinding'));
    await ui.open(id);
    for (const text of ['De dochter legt een kussen neer.', 'En de thuiszorg weet ervan.']) {
      await ui.user.type(await ui.see('composer'), `${text}{Enter}`);
      await waitFor(async () => expect((await message(text)).dataset['state']).toBe('waiting'));
    }
    const written = new Date(world.now).toLocaleTimeString('nl', { hour: '2-digit', minute: '2-digit' });
    await world.advance(26 * HOUR);
    await world.online('sanne');
    await ui.shows(
      'stale',
      `2 berichten zijn nog niet verzonden. Het oudste schreef u gisteren om ${written}.`,
    );
    expect(await world.as('karim').texts(id)).toEqual(['Tot morgen.']);
    await ui.click('send-stale');
    await accepted('En de thuiszorg weet ervan.');
    await waitFor(() => expect(ui.look('stale')).toBeNull());
    await waitFor(async () =>
      expect((await message('En de thuiszorg weet ervan.')).textContent).toContain(
        `Geschreven gisteren om ${written}`,
      ),
    );
    await world.as('karim').sees(id, 'En de thuiszorg weet ervan.');
  });
});
