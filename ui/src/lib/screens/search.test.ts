import { cleanup, screen, waitFor } from '@testing-library/svelte';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';

import { slowDown } from '../../testing/slow';
import { TestApp } from '../../testing/test-app';

beforeEach(() => {
  vi.spyOn(document, 'hasFocus').mockReturnValue(true);
});
afterEach(cleanup);

async function searching(query: string, world = ''): Promise<TestApp> {
  const ui = await TestApp.open(world);
  await ui.user.type(await ui.see('overview-search'), query);
  return ui;
}

const field = () => screen.getByTestId('overview-search') as HTMLInputElement;
const marked = () => [...document.querySelectorAll('mark')].map((one) => one.textContent);

describe('a search', () => {
  // L4
  it('finds conversations and messages, with the place marked', async () => {
    const ui = await searching('wond');
    const hits = await ui.seeAll('hit');
    expect(hits).toHaveLength(2);
    expect(marked()).toEqual(['wond', 'wondfolie']);
    expect((await ui.see('hit-count')).textContent).toBe('2');
    expect(ui.inside(await ui.see('search-results')).getAllByTestId('overview-row')).toHaveLength(1);
  });

  // L4
  it('opens a hit in its conversation, and goes back to where one was in the results', async () => {
    const ui = await searching('zwachtel');
    await ui.seeAll('hit');
    await ui.user.keyboard('{ArrowDown}');
    await waitFor(() => expect(document.activeElement?.getAttribute('data-testid')).toBe('hit'));
    await ui.user.keyboard('{Enter}');
    await ui.see('conversation');
    await waitFor(() => expect(document.querySelector('.message.lit')?.textContent).toContain('zwachtelen'));
    expect(ui.app.navigation.conversation?.target?.found).toEqual(['zwachtelen']);
    expect(screen.getByTestId('hit').getAttribute('aria-current')).toBe('true');
    await ui.user.keyboard('{Escape}');
    await waitFor(() => expect(document.activeElement?.getAttribute('data-testid')).toBe('hit'));
    expect(field().value).toBe('zwachtel');
  });

  // L4, U1
  it('leaves the keyboard to one who goes back to the field while a hit is on its way', async () => {
    const ui = await searching('zwachtel');
    await ui.seeAll('hit');
    slowDown(ui.shell, (name) => (name === 'timeline' ? 150 : 0));
    await ui.user.keyboard('{ArrowDown}');
    await waitFor(() => expect(document.activeElement?.getAttribute('data-testid')).toBe('hit'));
    await ui.user.keyboard('{Enter}{Control>}f{/Control}');
    await waitFor(() => expect(document.activeElement).toBe(field()));
    await waitFor(() => expect(document.querySelector('.message.lit')?.textContent).toContain('zwachtelen'));
    for (let frame = 0; frame < 25; frame += 1) await new Promise(requestAnimationFrame);
    expect(document.activeElement).toBe(field());
  });

  // L4, M9
  it('leaves what stands before a hit unread until it is seen', async () => {
    const ui = await searching('zwachtel');
    const read = vi.spyOn(ui.shell, 'call');
    await ui.click('hit');
    await ui.see('conversation');
    const asked = read.mock.calls.filter(([name]) => name === 'timeline').map(([, args]) => args);
    expect(asked[0]).toMatchObject({ at: { at: 'around' } });
  });

  // L4, U1
  it('goes on and back through the hits by keys', async () => {
    const ui = await searching('wond');
    await ui.seeAll('hit');
    const open = () => ui.app.search.position;
    await ui.user.keyboard('{F3}');
    await waitFor(() => expect(open()).toBe(1));
    await ui.user.keyboard('{F3}');
    await waitFor(() => expect(open()).toBe(2));
    await ui.user.keyboard('{Shift>}{F3}{/Shift}');
    await waitFor(() => expect(open()).toBe(1));
  });

  // L4
  it('is narrowed by a filter that is completed while one types, and shown as a chip', async () => {
    const ui = await searching('wond van:bram');
    await ui.see('search-option');
    await ui.user.keyboard('{Enter}');
    expect((await ui.see('search-filter')).textContent).toContain('Van: Bram de Wit');
    expect(field().value).toBe('wond');
    await waitFor(() => expect(marked()).toEqual(['wondfolie']));
    // The chip goes by the key before the text.
    field().setSelectionRange(0, 0);
    await ui.user.keyboard('{Backspace}');
    await waitFor(() => expect(ui.look('search-filter')).toBeNull());
    await waitFor(() => expect(screen.getAllByTestId('hit')).toHaveLength(2));
  });

  // L4
  it('finds files by a filter alone', async () => {
    const ui = await searching('bijlage:', 'fake=files');
    await ui.see('search-option');
    await ui.user.keyboard('{Enter}');
    expect((await ui.seeAll('hit')).length).toBeGreaterThan(2);
    expect((await ui.see('search-filter')).textContent).toContain('Met bijlage');
  });

  // L4
  it('stays within the open conversation by a key, and once more goes through all', async () => {
    const ui = await TestApp.open();
    await ui.open('wond');
    await ui.user.keyboard('{Control>}f{/Control}');
    await waitFor(() => expect(document.activeElement).toBe(field()));
    expect((await ui.see('search-filter')).textContent).toContain('In: Wondbeleid mevr. D. na ontslag');
    await ui.user.keyboard('wond');
    await waitFor(() => expect(screen.getAllByTestId('hit')).toHaveLength(1));
    await ui.user.keyboard('{Control>}f{/Control}');
    await waitFor(() => expect(ui.look('search-filter')).toBeNull());
    await waitFor(() => expect(screen.getAllByTestId('hit')).toHaveLength(2));
  });

  // L4, U2
  it('says that nothing was found, and what would find more', async () => {
    const ui = await searching('"radiologieverslagen"');
    expect((await ui.see('no-hits')).textContent).toContain('Niets gevonden');
    await ui.user.click(screen.getByText('Zonder aanhalingstekens'));
    expect(field().value).toBe('radiologieverslagen');
    await ui.click('shorter');
    expect(field().value).toBe('radiologieversla');
  });

  // L4, U2
  it('names a filter with which nothing is found', async () => {
    const ui = await searching('wond voor:31-02-2025');
    await ui.see('search-fault');
    await waitFor(() =>
      expect(screen.getByTestId('search-fault').textContent).toContain('“31-02-2025” is geen datum'),
    );
    expect((await ui.seeAll('hit')).length).toBe(2);
  });

  // L4, U3
  it('says how far it reaches', async () => {
    const ui = await searching('wond', 'fake=demo&coming=1240');
    const reach = (await ui.see('search-reach')).textContent;
    expect(reach).toContain('er volgen nog 1.240 berichten');
    // A day alone would say too much: its morning may still be to come.
    expect(reach).toMatch(/^Vanaf .+ \d\d:\d\d is alles doorzocht/u);
  });

  // L4, F1
  it('remembers what one opened until it is cleared, and nothing that was only typed', async () => {
    const ui = await searching('zwachtel');
    await ui.click('hit');
    await ui.click('clear-search');
    await ui.user.click(field());
    expect((await ui.see('search-option')).textContent).toContain('zwachtel');
    await ui.user.keyboard('{Enter}');
    await ui.see('hit');
    await ui.click('clear-search');
    await ui.user.click(field());
    await ui.click('forget-searches');
    await waitFor(() => expect(ui.look('search-option')).toBeNull());
  });

  // L4: a message that comes does not take away what one scrolled through
  it('keeps as many hits as were loaded, and their count, when something changes', async () => {
    const ui = await TestApp.open('fake=long');
    for (let day = 0; day < 260; day += 1) ui.shell.say('lang', 'm-fatima', `Dag ${day}: geen klachten.`);
    const { search } = ui.app;
    search.type('klachten');
    await waitFor(() => expect(search.counted).toBe(260));
    while (search.hits.length < 250) await search.more();
    const counts: (number | null)[] = [];
    const call = ui.shell.call.bind(ui.shell);
    vi.spyOn(ui.shell, 'call').mockImplementation(((name: 'search', args: never) => {
      counts.push(search.counted);
      return call(name, args);
    }) as never);
    ui.shell.say('lang', 'm-fatima', 'En nog steeds geen klachten.');
    await waitFor(() => expect(search.hits[0]?.snippet[0]?.text).toContain('En nog'));
    expect(counts).not.toHaveLength(0);
    expect(search.hits.length).toBeGreaterThanOrEqual(250);
    expect(counts).not.toContain(null);
  });

  // L4: another's answer is never shown
  it('shows no answer to what is not asked any more', async () => {
    const ui = await TestApp.open();
    const answers: (() => void)[] = [];
    const call = ui.shell.call.bind(ui.shell);
    vi.spyOn(ui.shell, 'call').mockImplementation((async (name: 'search', args: never) => {
      const answer = await call(name, args);
      if (name === 'search') await new Promise<void>((done) => answers.push(done));
      return answer;
    }) as never);
    ui.app.search.type('wond');
    await waitFor(() => expect(answers).toHaveLength(1));
    ui.app.search.type('zwachtel');
    await waitFor(() => expect(answers).toHaveLength(2));
    answers[1]?.();
    await waitFor(() => expect(screen.getAllByTestId('hit')).toHaveLength(1));
    answers[0]?.();
    await Promise.resolve();
    expect(marked()).toEqual(['zwachtelen']);
  });

  // L4
  it('begins a conversation with a colleague who was found', async () => {
    const ui = await searching('meryem');
    expect((await ui.see('found-colleague')).textContent).toContain('Meryem');
    await ui.click('write-to');
    await ui.see('wizard');
    await waitFor(() => expect(screen.getAllByTestId('found-person')).toHaveLength(1));
  });

  // U1
  it('leaves the overview where it was', async () => {
    const ui = await searching('wond');
    await ui.seeAll('hit');
    await ui.user.keyboard('{Escape}');
    await waitFor(() => expect(ui.look('search-results')).toBeNull());
    expect((await ui.seeAll('overview-row')).length).toBeGreaterThan(5);
    expect(document.activeElement).toBe(field());
  });
});
