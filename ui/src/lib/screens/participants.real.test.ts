/** The participants, and the rules of changing them, by the real engine and server. */
import { screen, waitFor } from '@testing-library/svelte';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';

import { RealApp } from '../../testing/real/real-app';
import { choose, line, message, panel, participants, row } from '../../testing/real/screen';
import { World } from '../../testing/real/world';

let world: World;
beforeAll(async () => {
  world = await World.reset();
});
afterEach(() => RealApp.closeAll());
afterAll(() => world.close());

/** A group of Karim's, who is of another organisation, in which Anna takes part. */
async function ofKarim(subject: string): Promise<string> {
  const id = await world.as('karim').group(subject, ['anna', 'marieke'], 'Goedemorgen');
  await world.as('anna').sees(id, 'Goedemorgen');
  return id;
}

describe('participants', () => {
  // P1
  it('are listed with owner, function and organisation, those of elsewhere marked', async () => {
    const id = await world.as('anna').group('Wie er zijn', ['karim', 'sanne']);
    const ui = await RealApp.open(world);
    await panel(ui, id);
    const texts = participants();
    expect(texts[0]).toContain('Anna van den Berg');
    expect(texts[0]).toContain('Beheerder');
    expect(texts.find((text) => text.includes('Karim'))).toContain('Buiten uw organisatie');
    expect(texts.find((text) => text.includes('Sanne'))).not.toContain('Buiten uw organisatie');
  });

  // P5
  it('are added with a look at what they will be able to read, and then read it', async () => {
    const id = await world
      .as('anna')
      .group('Delen', ['karim'], 'De wond aan de linkerhiel baart mij zorgen.');
    const ui = await RealApp.open(world);
    await panel(ui, id);
    await ui.click('add');
    await choose(ui, 'mira', 'Mira Osei');
    await ui.click('share-earlier');
    await waitFor(() =>
      expect(screen.getByTestId('share-preview').textContent).toContain('De wond aan de linkerhiel'),
    );
    await ui.click('add-confirm');
    await line('U voegde Mira Osei toe en deelde eerdere berichten');
    await world.as('mira').sees(id, 'De wond aan de linkerhiel baart mij zorgen.');
  });

  // P5
  it('are added without what was said before, unless the owner shares it', async () => {
    const id = await world.as('anna').group('Niet delen', ['karim'], 'Dit blijft tussen ons.');
    const ui = await RealApp.open(world);
    await panel(ui, id);
    await ui.click('add');
    await choose(ui, 'mira', 'Mira Osei');
    await ui.click('add-confirm');
    await line('U voegde Mira Osei toe');
    await world.as('anna').says(id, 'Welkom, Mira.');
    await world.as('mira').sees(id, 'Welkom, Mira.');
    expect(await world.as('mira').texts(id)).toEqual(['Welkom, Mira.']);
  });

  // P1, P2, P5
  it('of other organisations are not offered to who is not the owner, nor what is the owner’s', async () => {
    const id = await ofKarim('Van Karim');
    const ui = await RealApp.open(world);
    await panel(ui, id);
    await ui.see('leave');
    for (const one of ['participant-menu', 'archive-everyone', 'delete-conversation'])
      expect(ui.look(one), one).toBeNull();
    await ui.click('add');
    await ui.shows('add-people', 'collega’s van uw eigen organisatie');
    await ui.shows('what-they-read', 'alleen wat na het toevoegen');
    expect(ui.look('share-earlier')).toBeNull();
    await ui.user.type(await ui.see('people-search'), 'mira');
    expect(await screen.findByText(/Niemand gevonden/)).toBeTruthy();
    await choose(ui, 'sanne', 'Sanne Jacobs');
    await ui.click('add-confirm');
    await line('U voegde Sanne Jacobs toe');
    await waitFor(async () => expect(await world.as('karim').participants(id)).toContain('Sanne Jacobs'));
  });

  // P1, P10
  it('are removed by the owner after a question, a line tells of it, and they have it no more', async () => {
    const id = await world.as('anna').group('Verwijderen', ['karim', 'hanneke'], 'Goedemorgen');
    await world.as('karim').sees(id, 'Goedemorgen');
    const ui = await RealApp.open(world);
    await panel(ui, id);
    const karim = screen.getAllByTestId('participant').find((one) => one.textContent?.includes('Karim'));
    await ui.user.click(ui.inside(karim as HTMLElement).getByTestId('participant-menu'));
    await ui.click('menu-remove');
    await ui.click('question-confirm');
    await line('U verwijderde Karim el Idrissi');
    await waitFor(() => expect(participants()).toHaveLength(2));
    await world.as('karim').has(id, false);
  });

  // P9, P10
  it('become the owner after a question, and a line tells of it', async () => {
    const id = await world.as('anna').group('Overdragen', ['karim', 'hanneke']);
    const ui = await RealApp.open(world);
    await panel(ui, id);
    const karim = screen.getAllByTestId('participant').find((one) => one.textContent?.includes('Karim'));
    await ui.user.click(ui.inside(karim as HTMLElement).getByTestId('participant-menu'));
    await ui.click('menu-hand-over');
    await ui.shows('question', 'U bent daarna zelf geen beheerder meer.');
    await ui.click('question-confirm');
    await line('U maakte Karim el Idrissi beheerder');
    await waitFor(() => expect(participants().find((one) => one.includes('Karim'))).toContain('Beheerder'));
    expect(ui.look('participant-menu')).toBeNull();
  });

  // P6, P9
  it('leave, an owner after choosing who comes next, and the conversation is gone from the list', async () => {
    const id = await world.as('anna').group('Verlaten', ['karim', 'hanneke'], 'Goedemorgen');
    await world.as('hanneke').sees(id, 'Goedemorgen');
    const ui = await RealApp.open(world);
    await panel(ui, id);
    await ui.click('leave');
    await ui.user.selectOptions(await ui.see('successor'), world.membership('hanneke'));
    await ui.click('leave-confirm');
    await waitFor(() => expect(ui.look('conversation')).toBeNull());
    await waitFor(() => expect(row(id)).toBeNull());
    const { shell } = world.as('hanneke');
    await waitFor(async () => {
      const { participants: all } = await shell.call('conversation', { conversation: id });
      expect(all.find((one) => one.me)?.owner).toBe(true);
      expect(all.map((one) => one.name.given)).not.toContain('Anna');
    });
  });

  // P4
  it('cannot be added to a direct conversation', async () => {
    const id = await world.as('anna').direct('noor', 'Goedemorgen');
    const ui = await RealApp.open(world);
    await panel(ui, id);
    expect(ui.look('add')).toBeNull();
    expect(ui.look('archive-everyone')).toBeNull();
  });

  // P1, A2
  it('lose a group that its owner deletes, after a question that names it and says what is kept', async () => {
    const id = await world.as('anna').group('Vergissing', ['karim'], 'Verkeerde groep');
    await world.as('karim').sees(id, 'Verkeerde groep');
    const ui = await RealApp.open(world);
    await panel(ui, id);
    await ui.click('delete-conversation');
    const question = await ui.see('question');
    expect(question.textContent).toContain('Vergissing');
    expect(question.textContent).toContain('In de audittrail blijft het bewaard.');
    await ui.click('question-confirm');
    await waitFor(() => expect(ui.look('conversation')).toBeNull());
    await waitFor(() => expect(row(id)).toBeNull());
    await world.as('karim').has(id, false);
  });

  // L3, P1, U1
  it('cannot write in what its owner archived for everyone, until that is undone with Ctrl+Z', async () => {
    const id = await world.as('anna').group('Werkafspraken', ['karim'], 'Concept is rond.');
    await world.as('karim').sees(id, 'Concept is rond.');
    const ui = await RealApp.open(world);
    await panel(ui, id);
    await ui.click('archive-everyone');
    await ui.shows('question', 'Werkafspraken');
    await ui.click('question-confirm');
    await ui.shows('undo-archive', 'voor iedereen gearchiveerd');
    await ui.see('read-only');
    const { shell } = world.as('karim');
    const mayWrite = async () => (await shell.call('conversation', { conversation: id })).may.write;
    await waitFor(async () => expect(await mayWrite()).toBe(false));
    (await ui.see('participants-close')).focus();
    await ui.user.keyboard('{Control>}z{/Control}');
    await waitFor(() => expect(ui.look('undo-archive')).toBeNull());
    await ui.see('composer');
    await line('U heropende het gesprek');
    await waitFor(async () => expect(await mayWrite()).toBe(true));
  });
});

describe('a team', () => {
  // O4, S2, W1
  it('is chosen like a person, namesakes told apart by organisation and unit, and brings its members in', async () => {
    await world.administer({
      do: 'team_add',
      organisation: world.view.organisations['Ziekenhuis Maasoever'],
      name: 'Team Wond',
    });
    const ui = await RealApp.open(world);
    await ui.click('new-conversation');
    await ui.click('kind-group');
    await ui.user.type(await ui.see('wizard-subject'), 'Wondzorg');
    await ui.click('wizard-next');
    await choose(ui, 'team wond', 'Thuiszorg Maasdal, Wijk Oost');
    await choose(ui, 'hanneke', 'Hanneke');
    const chosen = (await ui.seeAll('chosen-person')).map((one) => one.textContent ?? '');
    expect(chosen[0]).toContain('Thuiszorg Maasdal, Wijk Oost');
    await ui.click('wizard-next');
    await ui.shows('destination', 'Naar: Team Wond (Thuiszorg Maasdal, Wijk Oost) en Hanneke Verbruggen');
    await ui.user.type(await ui.see('composer'), 'Kijken jullie mee?{Enter}');
    await line('U begon het gesprek met Team Wond en Hanneke Verbruggen');
    await message('Kijken jullie mee?');
    const id = ui.app.navigation.conversation?.id ?? '';
    for (const person of ['karim', 'marieke'] as const) await world.as(person).sees(id, 'Kijken jullie mee?');
  });

  // O4, P1, P10
  it('stands with those it alone brought in, and is taken out after a question, and they with it', async () => {
    const anna = world.as('anna');
    const id = await anna.group('Team eruit', ['karim'], 'Goedemorgen');
    const teams = [world.view.teams['Team Wond'] ?? ''];
    await anna.shell.call('find', { acting: anna.me.membership, query: 'team wond', limit: 20 });
    const nobody = { members: [], share_from: null, previewed: null };
    await anna.shell.call('add', { conversation: id, teams, ...nobody });
    await world.as('marieke').has(id);
    const ui = await RealApp.open(world);
    await panel(ui, id);
    await waitFor(() =>
      expect(participants().find((one) => one.includes('Marieke'))).toContain('via Team Wond'),
    );
    expect(participants().find((one) => one.includes('Karim'))).not.toContain('via');
    const [team] = await ui.seeAll('team');
    expect(team?.textContent).toContain('1 deelnemer');
    await ui.click('remove-team');
    await ui.shows('question', 'Wie alleen via dit team deelneemt');
    await ui.click('question-confirm');
    await line('U verwijderde Team Wond');
    await waitFor(() => expect(participants().some((one) => one.includes('Marieke'))).toBe(false));
    expect(participants().some((one) => one.includes('Karim'))).toBe(true);
    await world.as('marieke').has(id, false);
  });
});
