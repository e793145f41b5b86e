import { cleanup, screen, waitFor } from '@testing-library/svelte';
import { afterEach, describe, expect, it } from 'vitest';

import { Desk } from '../../testing/desk';

afterEach(cleanup);

async function titles(): Promise<string[]> {
  const rows = await screen.findAllByTestId('overview-row');
  return rows.map((row) => row.querySelector('.title')?.textContent ?? '');
}

describe('the list as one wants it', () => {
  // L2
  it('is narrowed and ordered beside itself, and kept', async () => {
    const desk = await Desk.sit('fake=items');
    await desk.click('arrange');
    await desk.user.selectOptions(await desk.see('only-kind'), 'item');
    await waitFor(async () => expect(await titles()).toHaveLength(2));
    await desk.user.selectOptions(await desk.see('order'), 'subject');
    await waitFor(async () => expect((await titles())[0]).toBe('Eerste opvang na de val'));
    await desk.user.click(await desk.see('density-compact'));
    await desk.user.click(await desk.see('preview'));
    await waitFor(() => expect(screen.queryByText('Geen letsel gevonden, controles elk uur.')).toBeNull());
    const session = await desk.shell.call('session', {});
    expect('me' in session && session.me.settings.display).toEqual({
      order: 'subject',
      only: { organisation: null, kind: 'item', item_type: null, mentioned: false },
      density: 'compact',
      without_preview: true,
    });
  });

  // L2, U1
  it('says what it leaves out, each part of which can be taken away, the keyboard with it', async () => {
    const desk = await Desk.sit('fake=items&kind=group&of=o-vecht&mentioned');
    const chips = await desk.seeAll('narrowing');
    await waitFor(() =>
      expect(chips.map((one) => one.textContent?.trim())).toEqual([
        'Thuiszorg Vecht en Stroom',
        'Groep',
        'U bent genoemd',
      ]),
    );
    await desk.user.click(chips[2] as HTMLElement);
    await waitFor(() => expect(screen.getAllByTestId('narrowing')).toHaveLength(2));
    await waitFor(() => expect(document.activeElement).toBe(screen.getAllByTestId('narrowing')[0]));
    await desk.click('narrow-none');
    await waitFor(() => expect(desk.look('narrowings')).toBeNull());
    await waitFor(() => expect(document.activeElement).toBe(screen.getByTestId('overview-search')));
  });

  // L2, U2
  it('says that it is empty for what it leaves out, and offers all of it', async () => {
    const desk = await Desk.sit('fake=demo&about=Melding');
    await screen.findByText('Geen gesprekken in deze selectie');
    await desk.click('show-all');
    expect((await titles()).length).toBeGreaterThan(5);
  });

  // L2, U4
  it('is asked of the engine, which finds what is not on the screen', async () => {
    const desk = await Desk.sit('fake=many');
    await desk.seeAll('overview-row');
    const far = desk.shell.world.conversation('veel-990');
    if (far) far.subject = 'Zeldzame vraag';
    await desk.user.type(await desk.see('overview-search'), 'zeldz');
    await waitFor(async () => expect(await titles()).toEqual(['Zeldzame vraag']));
    await desk.user.keyboard('{Enter}');
    await desk.see('conversation');
  });

  // U1
  it('goes to its very end by one key, wherever that is', async () => {
    const desk = await Desk.sit('fake=many');
    await desk.seeAll('overview-row');
    await desk.user.click(await desk.see('overview-search'));
    await desk.user.keyboard('{ArrowDown}');
    await waitFor(() => expect(document.activeElement?.getAttribute('data-conversation')).toBe('veel-0'));
    await desk.user.keyboard('{End}');
    await waitFor(() => expect(desk.app.overview.rows?.[999]).not.toBeNull());
  });
});
