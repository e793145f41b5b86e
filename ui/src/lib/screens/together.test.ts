import { cleanup, screen, waitFor, within } from '@testing-library/svelte';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';

import type { ReaderView } from '$lib/bindings/ReaderView';
import { lineSentence } from '$lib/words/sentence';

import { Desk } from '../../testing/desk';

beforeEach(() => {
  vi.spyOn(document, 'hasFocus').mockReturnValue(true);
});
afterEach(cleanup);

async function panel(conversation = 'wond', world = ''): Promise<Desk> {
  const desk = await Desk.sit(world);
  await desk.open(conversation);
  await desk.click('participants');
  await desk.see('participants-panel');
  return desk;
}

async function lastLine(): Promise<string> {
  return (await screen.findAllByTestId('line')).at(-1)?.textContent ?? '';
}

/** What a call was made with. */
function heard(desk: Desk, wanted: string): unknown[] {
  const all: unknown[] = [];
  const call = desk.shell.call.bind(desk.shell);
  desk.shell.call = (name, args) => {
    if (name === wanted) all.push(args);
    return call(name, args);
  };
  return all;
}

async function choose(desk: Desk, query: string, text: string): Promise<void> {
  await desk.user.type(await desk.see('people-search'), query);
  const found = await waitFor(() => {
    const one = screen.getAllByTestId('found-person').find((option) => option.textContent?.includes(text));
    if (!one) throw new Error('not found yet');
    return one;
  });
  await desk.user.click(found);
}

async function mention(desk: Desk, name: string): Promise<void> {
  await desk.user.type(await desk.see('composer'), `@${name}`);
  await waitFor(() =>
    expect(screen.getByTestId('mentions').textContent?.toLowerCase()).toContain(name.toLowerCase()),
  );
  await desk.user.keyboard('{Enter}');
  await waitFor(() => expect(desk.look('mentions')).toBeNull());
}

describe('a team', () => {
  // O4, S2
  it('is chosen like a person, namesakes told apart by organisation and unit', async () => {
    const desk = await Desk.sit();
    const started = heard(desk, 'start');
    await desk.click('new-conversation');
    await desk.click('kind-group');
    await desk.user.type(await desk.see('wizard-subject'), 'Wondzorg');
    await desk.click('wizard-next');
    await choose(desk, 'team wond', 'Polikliniek Chirurgie');
    await choose(desk, 'meryem', 'Meryem');
    const chosen = (await desk.seeAll('chosen-person')).map((one) => one.textContent ?? '');
    expect(chosen[0]).toContain('Ziekenhuis Oudwijk, Polikliniek Chirurgie');
    await desk.click('wizard-next');
    // W1
    expect((await desk.see('destination')).textContent).toContain(
      'Naar: Team Wond (Ziekenhuis Oudwijk, Polikliniek Chirurgie) en Meryem Yıldız',
    );
    await desk.user.type(await desk.see('composer'), 'Kijken jullie mee?{Enter}');
    await desk.see('conversation');
    expect(started[0]).toMatchObject({ with: ['m-meryem'], teams: ['team-wond-oudwijk'] });
    expect(await lastLine()).toContain('U begon het gesprek met Team Wond en Meryem Yıldız');
  });

  // O4
  it('stands with those it brought in, and not with who was invited by name as well', async () => {
    const desk = await panel('wond', 'fake=teams');
    const teams = (await desk.seeAll('team')).map((one) => one.textContent ?? '');
    expect(teams[0]).toContain('Team Wond');
    expect(teams[0]).toContain('1 deelnemer');
    const people = (await desk.seeAll('participant')).map((one) => one.textContent ?? '');
    expect(people.find((one) => one.includes('Fatima'))).toContain('via Team Wond');
    expect(people.find((one) => one.includes('Bram'))).not.toContain('via');
  });

  // O4, P1, P10
  it('is taken out after a question, and with it those who take part by it alone', async () => {
    const desk = await panel('wond', 'fake=teams');
    await desk.user.click((await desk.seeAll('remove-team'))[0] as HTMLElement);
    expect((await desk.see('question')).textContent).toContain('Wie alleen via dit team deelneemt');
    await desk.click('question-confirm');
    await waitFor(async () => expect(await lastLine()).toContain('U verwijderde Team Wond'));
    await waitFor(() =>
      expect(screen.getAllByTestId('participant').some((one) => one.textContent?.includes('Fatima'))).toBe(
        false,
      ),
    );
    expect(screen.getAllByTestId('participant').some((one) => one.textContent?.includes('Bram'))).toBe(true);
  });
});

describe('who takes part', () => {
  // P1
  it('can do nothing of the owner’s where one is not the owner', async () => {
    const desk = await panel('medicatie');
    await desk.see('leave');
    for (const one of ['participant-menu', 'archive-everyone', 'delete-conversation'])
      expect(desk.look(one), one).toBeNull();
  });

  // P2, P5
  it('adds people of the own organisation only, who read what is said from then on', async () => {
    const desk = await panel('medicatie');
    await desk.click('add');
    expect((await desk.see('add-people')).textContent).toContain('collega’s van uw eigen organisatie');
    expect((await desk.see('what-they-read')).textContent).toContain('alleen wat na het toevoegen');
  });

  // P9, P10
  it('becomes the owner after a question, and a line tells of it', async () => {
    const desk = await panel();
    const [, bram] = await desk.seeAll('participant');
    await desk.user.click(desk.inside(bram as HTMLElement).getByTestId('participant-menu'));
    await desk.click('menu-hand-over');
    expect((await desk.see('question')).textContent).toContain('U bent daarna zelf geen beheerder meer.');
    await desk.click('question-confirm');
    await waitFor(async () => expect(await lastLine()).toMatch(/U maakte .+ beheerder/));
  });

  // P1, U2
  it('is not added where the server refuses it, which says why and can be put away', async () => {
    const desk = await panel('wond', 'refuse=not_findable');
    await desk.click('add');
    await choose(desk, 'lotte', 'Lotte');
    await desk.click('add-confirm');
    desk.serverAnswers();
    await waitFor(async () =>
      expect(await lastLine()).toContain('Lotte Verhoeven is niet toegevoegd. Een gekozen collega kunt u'),
    );
    expect(screen.getAllByTestId('participant').some((one) => one.textContent?.includes('Lotte'))).toBe(
      false,
    );
    const line = screen.getAllByTestId('line').at(-1) as HTMLElement;
    await desk.user.click(desk.inside(line).getByText('Sluiten'));
    await waitFor(async () => expect(await lastLine()).not.toContain('Lotte'));
  });

  // P10, O4
  it('sees a sentence for every change there can be', async () => {
    const desk = await Desk.sit('fake=lines');
    const { rows } = await desk.shell.call('timeline', {
      conversation: 'regels',
      at: { at: 'end' },
      limit: 100,
    });
    const said = rows.flatMap((row) => (row.row === 'line' ? [lineSentence(row)] : []));
    expect(new Set(rows.flatMap((row) => (row.row === 'line' ? [row.line.line] : []))).size).toBe(13);
    expect(said.every((one) => one.trim() !== '')).toBe(true);
    for (const sentence of [
      'Noor Haddad voegde Lotte Verhoeven en Ruud Jansen toe',
      'Sanne de Vries neemt deel via Transmuraal adviesteam ouderengeneeskunde',
      'Lotte Verhoeven en Ruud Jansen nemen niet meer deel via Team Wond',
      'U verwijderde Ruud Jansen uit het gesprek',
      'U archiveerde het gesprek voor iedereen',
      'Dit gesprek wordt voor iedereen verwijderd',
    ])
      expect(
        said.some((one) => one.includes(sentence)),
        sentence,
      ).toBe(true);
  });
});

describe('a mention', () => {
  // P8, P5, W1
  it('of who does not take part says, before it is sent, that it adds them and what they will read', async () => {
    const desk = await Desk.sit();
    await desk.open('wond');
    expect((await desk.see('destination')).textContent).toContain('3 collega');
    await mention(desk, 'lotte');
    const joining = await desk.see('joining');
    expect(joining.textContent).toContain('Lotte Verhoeven (GGZ Merelveld) wordt toegevoegd');
    expect(joining.textContent).toContain('dit bericht en wat daarna komt');
    expect((await desk.see('destination')).textContent).toContain('4 collega');
    expect((await desk.see('destination')).textContent).toContain('GGZ Merelveld');
    await desk.user.keyboard('kijk je mee?{Enter}');
    await waitFor(() => expect(desk.look('joining')).toBeNull());
    desk.serverAnswers();
    await waitFor(async () => expect(await lastLine()).toContain('U voegde Lotte Verhoeven toe'));
  });

  // P8, W2
  it('in a draft of earlier still says whom it adds, and where they work', async () => {
    const desk = await Desk.sit();
    const conversation = desk.shell.world.conversation('wond');
    if (conversation)
      conversation.draft = {
        text: { body: '\u{FFFC} kijk je mee?', mentions: ['m-lotte'] },
        reply_to: null,
        editing: null,
      };
    await desk.open('wond');
    await waitFor(() =>
      expect(screen.getByTestId('joining').textContent).toContain('Lotte Verhoeven (GGZ Merelveld)'),
    );
    expect((await desk.see('destination')).textContent).toContain('GGZ Merelveld');
  });

  // P8
  it('of who takes part adds nobody', async () => {
    const desk = await Desk.sit();
    await desk.open('wond');
    await mention(desk, 'bram');
    expect(desk.look('joining')).toBeNull();
  });

  // P8, W2
  it('offers first whose name it is, then who is found by what they do: Enter takes the first', async () => {
    const desk = await Desk.sit();
    await desk.open('wond');
    await desk.user.type(await desk.see('composer'), '@h');
    await waitFor(() => expect(screen.getByTestId('mentions').textContent).toContain('Huisarts'));
    const names = within(screen.getByTestId('mentions'))
      .getAllByRole('option')
      .map((one) => one.querySelector('.full')?.textContent ?? '');
    const named = names.map((name) => /(^|[ -])h/iu.test(name));
    expect(named[0]).toBe(true);
    expect(named).toEqual([...named].sort((a, b) => Number(b) - Number(a)));
  });

  // P8, P5
  it('at an item says that who may analyse it reads all of it', async () => {
    const desk = await Desk.sit('fake=items');
    await desk.open('val');
    await mention(desk, 'els');
    expect((await desk.see('joining')).textContent).toContain('het hele gesprek');
  });

  // P8, P2
  it('of another organisation is not offered to who may not add them', async () => {
    const desk = await Desk.sit();
    await desk.open('medicatie');
    const asked = heard(desk, 'find');
    await desk.user.type(await desk.see('composer'), '@lotte');
    await waitFor(() => expect(asked.length).toBeGreaterThan(0));
    expect(desk.look('mentions')).toBeNull();
  });

  // P8, M3
  it('of who does not take part is not offered while a sent message is changed', async () => {
    const desk = await Desk.sit();
    await desk.open('wond');
    const own = (await desk.seeAll('message')).filter((one) => one.className.includes('own')).at(-1);
    own?.focus();
    await desk.user.keyboard('e');
    await desk.see('composer-about');
    const asked = heard(desk, 'find');
    await desk.user.type(await desk.see('composer'), ' @lotte');
    expect(asked).toEqual([]);
    expect(desk.look('mentions')).toBeNull();
  });

  // P4
  it('is text in a direct conversation', async () => {
    const desk = await Desk.sit();
    await desk.open('bram');
    const asked = heard(desk, 'find');
    // Who takes part, and in a group would be offered.
    await desk.user.type(await desk.see('composer'), 'Dag @bram');
    expect(asked).toEqual([]);
    expect(desk.look('mentions')).toBeNull();
    expect(desk.look('joining')).toBeNull();
    // Where a name were offered, this would take it instead of sending.
    await desk.user.keyboard('{Enter}');
    const last = () => screen.getAllByTestId('message').at(-1) as HTMLElement;
    await waitFor(() => expect(last().textContent).toContain('Dag @bram'));
    expect(last().querySelector('.mention')).toBeNull();
  });

  // P8, U2
  it('that is refused names whom, and goes again without it, the text kept and what is being written too', async () => {
    const desk = await Desk.sit('fake=not-allowed');
    await desk.open('wond');
    const message = () => screen.getAllByTestId('message').at(-1) as HTMLElement;
    await waitFor(() =>
      expect(message().textContent).toContain('U mag Lotte Verhoeven niet aan dit gesprek'),
    );
    await desk.user.type(await desk.see('composer'), 'Nog iets anders');
    await desk.click('message-without');
    desk.serverAnswers();
    await waitFor(() => expect(message().dataset['state']).toBe('accepted'));
    expect(message().textContent).toContain('Lotte Verhoeven, kunt u meekijken?');
    expect(message().querySelector('.mention')).toBeNull();
    expect(screen.getByTestId('composer')).toHaveProperty('value', 'Nog iets anders');
  });
});

describe('for whom one acts', () => {
  // O3
  it('is said where one writes and takes part, to who acts for several organisations', async () => {
    const desk = await panel('wond', 'memberships=2');
    expect((await desk.see('on-behalf')).textContent).toBe('Namens Huisartsenpraktijk De Singel');
    expect((await desk.see('takes-part-for')).textContent).toContain('namens Huisartsenpraktijk De Singel');
  });

  // O3
  it('is not said to who acts for one, who is not asked either', async () => {
    const desk = await panel();
    expect(desk.look('on-behalf')).toBeNull();
    expect(desk.look('takes-part-for')).toBeNull();
    await desk.app.begin();
    expect((await desk.see('wizard')).dataset['step']).toBe('people');
  });

  // O3, S2, U1
  it('is chosen by the keyboard before the subject, and takes along nobody chosen for another', async () => {
    const desk = await Desk.sit('memberships=2');
    await desk.user.keyboard('{Control>}n{/Control}');
    await waitFor(() => expect((document.activeElement as HTMLInputElement).type).toBe('radio'));
    await desk.user.keyboard('{ArrowDown}{Enter}');
    await waitFor(() => expect(document.activeElement).toBe(screen.getByTestId('people-search')));
    await choose(desk, 'lotte', 'Lotte');
    await desk.click('wizard-back');
    await desk.user.click((await desk.seeAll('membership'))[0] as HTMLElement);
    await desk.click('wizard-next');
    expect(desk.look('chosen')).toBeNull();
  });
});

describe('archiving', () => {
  const row = (id: string) => document.querySelector<HTMLElement>(`[data-conversation="${id}"]`);

  // L3, U1
  it('for oneself is undone from the notice, and the keyboard goes back to the conversation', async () => {
    const desk = await Desk.sit();
    await waitFor(() => expect(row('els')).not.toBeNull());
    await desk.user.pointer({ keys: '[MouseRight]', target: row('els') as HTMLElement });
    await desk.click('menu-archive');
    await waitFor(() => expect(row('els')).toBeNull());
    expect((await desk.see('undo-archive')).textContent).toContain('“Els Kuipers” staat in uw archief.');
    await desk.click('undo');
    await waitFor(() => expect(row('els')).not.toBeNull());
    expect(desk.look('undo-archive')).toBeNull();
    await waitFor(() => expect(document.activeElement).toBe(row('els')));
  });

  // L3, P1, U1
  it('for everyone asks first, names the conversation, and is undone with Ctrl+Z', async () => {
    const desk = await panel();
    await desk.click('archive-everyone');
    expect((await desk.see('question')).textContent).toContain('Wondbeleid mevr. D. na ontslag');
    await desk.click('question-confirm');
    expect((await desk.see('undo-archive')).textContent).toContain('voor iedereen gearchiveerd');
    await desk.see('read-only');
    (await desk.see('participants-close')).focus();
    await desk.user.keyboard('{Control>}z{/Control}');
    await waitFor(() => expect(desk.look('undo-archive')).toBeNull());
    await desk.see('composer');
    expect(await lastLine()).toContain('U heropende het gesprek');
  });

  // L3
  it('is not undone by what undoes typing', async () => {
    const desk = await Desk.sit();
    await desk.open('bram');
    await desk.app.archive({ conversation: 'els', title: 'Els Kuipers', everyone: false });
    await desk.see('undo-archive');
    await desk.user.type(await desk.see('composer'), 'woord{Control>}z{/Control}');
    expect(desk.shell.world.conversation('els')?.archived).toBe(true);
    await desk.see('undo-archive');
  });
});

describe('deleting a group for everyone', () => {
  // P1, A2
  it('asks first, names it, says what is kept, and then it is gone', async () => {
    const desk = await panel();
    await desk.click('delete-conversation');
    const question = await desk.see('question');
    expect(question.textContent).toContain('Wondbeleid mevr. D. na ontslag');
    expect(question.textContent).toContain('In de audittrail blijft het bewaard.');
    await desk.click('question-confirm');
    await waitFor(() => expect(desk.look('conversation')).toBeNull());
    expect(document.querySelector('[data-conversation="wond"]')).toBeNull();
  });
});

describe('who has read a message', () => {
  // M9, U1
  it('is told from the actions of the message, by the keyboard', async () => {
    const desk = await Desk.sit();
    await desk.open('wond');
    await waitFor(() => expect(document.activeElement).toBe(screen.getByTestId('composer')));
    ((await desk.seeAll('message')).at(-1) as HTMLElement).focus();
    await desk.user.keyboard('{Enter}');
    await desk.user.click(await desk.see('menu-readers'));
    const readers = await desk.see('readers');
    expect(readers.textContent).toContain('Gelezen door');
    expect(readers.textContent).toContain('Nog niet gelezen');
    await desk.user.keyboard('{Escape}');
    await waitFor(() => expect(desk.look('readers')).toBeNull());
  });

  // M9, P5
  it('is not said of who takes part only since', async () => {
    const desk = await Desk.sit();
    const call = desk.shell.call.bind(desk.shell);
    desk.shell.call = async (name, args) => {
      const answer = await call(name, args);
      if (name === 'readers') for (const one of answer as ReaderView[]) one.from = 900;
      return answer;
    };
    await desk.open('wond');
    ((await desk.seeAll('message')).at(-1) as HTMLElement).focus();
    await desk.user.keyboard('{Enter}');
    await desk.user.click(await desk.see('menu-readers'));
    expect((await desk.see('readers')).textContent).toContain(
      'Wie nu deelneemt, kwam er na dit bericht bij.',
    );
    expect(desk.look('read-by')).toBeNull();
  });

  // M9, U3
  it('is not known without a network, which is said', async () => {
    const desk = await Desk.sit('offline');
    await desk.open('wond');
    ((await desk.seeAll('message')).at(-1) as HTMLElement).focus();
    await desk.user.keyboard('{Enter}');
    await desk.user.click(await desk.see('menu-readers'));
    expect((await desk.see('readers')).textContent).toContain('Er is geen verbinding');
  });
});
