import { cleanup, screen, waitFor, within } from '@testing-library/svelte';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';

import type { ReaderView } from '$lib/bindings/ReaderView';
import { lineSentence } from '$lib/words/sentence';

import { TestApp } from '../../testing/test-app';

beforeEach(() => {
  vi.spyOn(document, 'hasFocus').mockReturnValue(true);
});
afterEach(cleanup);

async function panel(conversation = 'wond', world = ''): Promise<TestApp> {
  const ui = await TestApp.open(world);
  await ui.open(conversation);
  await ui.click('participants');
  await ui.see('participants-panel');
  return ui;
}

async function lastLine(): Promise<string> {
  return (await screen.findAllByTestId('line')).at(-1)?.textContent ?? '';
}

/** The arguments of each request of this name. */
function requestsOf(ui: TestApp, wanted: string): unknown[] {
  const all: unknown[] = [];
  const call = ui.shell.call.bind(ui.shell);
  ui.shell.call = (name, args) => {
    if (name === wanted) all.push(args);
    return call(name, args);
  };
  return all;
}

async function choose(ui: TestApp, query: string, text: string): Promise<void> {
  await ui.user.type(await ui.see('people-search'), query);
  const found = await waitFor(() => {
    const one = screen.getAllByTestId('found-person').find((option) => option.textContent?.includes(text));
    if (!one) throw new Error('not found yet');
    return one;
  });
  await ui.user.click(found);
}

async function mention(ui: TestApp, name: string): Promise<void> {
  await ui.user.type(await ui.see('composer'), `@${name}`);
  await waitFor(() =>
    expect(screen.getByTestId('mentions').textContent?.toLowerCase()).toContain(name.toLowerCase()),
  );
  await ui.user.keyboard('{Enter}');
  await waitFor(() => expect(ui.look('mentions')).toBeNull());
}

describe('who takes part', () => {
  // P1, U2
  it('is not added where the server refuses it, which says why and can be put away', async () => {
    const ui = await panel('wond', 'refuse=not_findable');
    await ui.click('add');
    await choose(ui, 'lotte', 'Lotte');
    await ui.click('add-confirm');
    ui.serverAnswers();
    await waitFor(async () =>
      expect(await lastLine()).toContain('Lotte Verhoeven is niet toegevoegd. Een gekozen collega kunt u'),
    );
    expect(screen.getAllByTestId('participant').some((one) => one.textContent?.includes('Lotte'))).toBe(
      false,
    );
    const line = screen.getAllByTestId('line').at(-1) as HTMLElement;
    await ui.user.click(ui.inside(line).getByText('Sluiten'));
    await waitFor(async () => expect(await lastLine()).not.toContain('Lotte'));
  });

  // P10, O4
  it('sees a sentence for every change there can be', async () => {
    const ui = await TestApp.open('fake=lines');
    const { rows } = await ui.shell.call('timeline', {
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
  // P8, W2
  it('in a draft of earlier still says whom it adds, and where they work', async () => {
    const ui = await TestApp.open();
    const conversation = ui.shell.world.conversation('wond');
    if (conversation)
      conversation.draft = {
        text: { body: '\u{FFFC} kijk je mee?', mentions: ['m-lotte'] },
        reply_to: null,
        editing: null,
      };
    await ui.open('wond');
    await waitFor(() =>
      expect(screen.getByTestId('joining').textContent).toContain('Lotte Verhoeven (GGZ Merelveld)'),
    );
    expect((await ui.see('destination')).textContent).toContain('GGZ Merelveld');
  });

  // P8, W2
  it('offers first whose name it is, then who is found by what they do: Enter takes the first', async () => {
    const ui = await TestApp.open();
    await ui.open('wond');
    await ui.user.type(await ui.see('composer'), '@h');
    await waitFor(() => expect(screen.getByTestId('mentions').textContent).toContain('Huisarts'));
    const names = within(screen.getByTestId('mentions'))
      .getAllByRole('option')
      .map((one) => one.querySelector('.full')?.textContent ?? '');
    const named = names.map((name) => /(^|[ -])h/iu.test(name));
    expect(named[0]).toBe(true);
    expect(named).toEqual([...named].sort((a, b) => Number(b) - Number(a)));
  });

  // S3, W2, P8
  it('at an item shows the subject before it goes to an organisation that has nobody there yet', async () => {
    const ui = await TestApp.open('fake=items');
    await ui.open('val');
    await mention(ui, 'els');
    await ui.see('joining');
    expect(ui.look('subject-leaves')).toBeNull();
    await mention(ui, 'lotte');
    const notice = await ui.see('subject-leaves');
    expect(notice.textContent).toContain('GGZ Merelveld krijgt het onderwerp te zien');
    expect(notice.textContent).toContain('“Valincident mevrouw D., kamer 12”');
  });

  // P8, M3
  it('of who does not take part is not offered while a sent message is changed', async () => {
    const ui = await TestApp.open();
    await ui.open('wond');
    const own = (await ui.seeAll('message')).filter((one) => one.className.includes('own')).at(-1);
    own?.focus();
    await ui.user.keyboard('e');
    await ui.see('composer-about');
    const asked = requestsOf(ui, 'find');
    await ui.user.type(await ui.see('composer'), ' @lotte');
    expect(asked).toEqual([]);
    expect(ui.look('mentions')).toBeNull();
  });
});

describe('for whom one acts', () => {
  // O3
  it('is said where one writes and takes part, to who acts for several organisations', async () => {
    const ui = await panel('wond', 'memberships=2');
    expect((await ui.see('on-behalf')).textContent).toBe('Namens Huisartsenpraktijk De Singel');
    expect((await ui.see('takes-part-for')).textContent).toContain('namens Huisartsenpraktijk De Singel');
  });

  // O3
  it('is not said to who acts for one, who is not asked either', async () => {
    const ui = await panel();
    expect(ui.look('on-behalf')).toBeNull();
    expect(ui.look('takes-part-for')).toBeNull();
    await ui.app.navigation.openWizard();
    expect((await ui.see('wizard')).dataset['step']).toBe('people');
  });
});

describe('archiving', () => {
  const row = (id: string) => document.querySelector<HTMLElement>(`[data-conversation="${id}"]`);

  // L3, U1
  it('for oneself is undone from the notice, and the keyboard goes back to the conversation', async () => {
    const ui = await TestApp.open();
    await waitFor(() => expect(row('els')).not.toBeNull());
    await ui.user.pointer({ keys: '[MouseRight]', target: row('els') as HTMLElement });
    await ui.click('menu-archive');
    await waitFor(() => expect(row('els')).toBeNull());
    expect((await ui.see('undo-archive')).textContent).toContain('“Els Kuipers” staat in uw archief.');
    await ui.click('undo');
    await waitFor(() => expect(row('els')).not.toBeNull());
    expect(ui.look('undo-archive')).toBeNull();
    await waitFor(() => expect(document.activeElement).toBe(row('els')));
  });

  // L3
  it('is not undone by what undoes typing', async () => {
    const ui = await TestApp.open();
    await ui.open('bram');
    await ui.app.archive({ conversation: 'els', title: 'Els Kuipers', everyone: false });
    await ui.see('undo-archive');
    await ui.user.type(await ui.see('composer'), 'woord{Control>}z{/Control}');
    expect(ui.shell.world.conversation('els')?.archived).toBe(true);
    await ui.see('undo-archive');
  });
});

describe('who has read a message', () => {
  // M9, U1
  it('is told from the actions of the message, by the keyboard', async () => {
    const ui = await TestApp.open();
    await ui.open('wond');
    await waitFor(() => expect(document.activeElement).toBe(screen.getByTestId('composer')));
    ((await ui.seeAll('message')).at(-1) as HTMLElement).focus();
    await ui.user.keyboard('{Enter}');
    await ui.user.click(await ui.see('menu-readers'));
    const readers = await ui.see('readers');
    expect(readers.textContent).toContain('Gelezen door');
    expect(readers.textContent).toContain('Nog niet gelezen');
    await ui.user.keyboard('{Escape}');
    await waitFor(() => expect(ui.look('readers')).toBeNull());
  });

  // M9, P5
  it('is not said of who takes part only since', async () => {
    const ui = await TestApp.open();
    const call = ui.shell.call.bind(ui.shell);
    ui.shell.call = async (name, args) => {
      const answer = await call(name, args);
      if (name === 'readers') for (const one of answer as ReaderView[]) one.from = 900;
      return answer;
    };
    await ui.open('wond');
    ((await ui.seeAll('message')).at(-1) as HTMLElement).focus();
    await ui.user.keyboard('{Enter}');
    await ui.user.click(await ui.see('menu-readers'));
    expect((await ui.see('readers')).textContent).toContain('Wie nu deelneemt, kwam er na dit bericht bij.');
    expect(ui.look('read-by')).toBeNull();
  });

  // M9, U3
  it('is not known without a network, which is said', async () => {
    const ui = await TestApp.open('offline');
    await ui.open('wond');
    ((await ui.seeAll('message')).at(-1) as HTMLElement).focus();
    await ui.user.keyboard('{Enter}');
    await ui.user.click(await ui.see('menu-readers'));
    expect((await ui.see('readers')).textContent).toContain('Er is geen verbinding');
  });
});
