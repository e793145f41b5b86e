import { cleanup, screen, waitFor } from '@testing-library/svelte';
import { afterEach, describe, expect, it } from 'vitest';

import { TestApp } from '../../testing/test-app';

afterEach(cleanup);

async function titles(): Promise<string[]> {
  const rows = await screen.findAllByTestId('overview-row');
  return rows.map((row) => row.querySelector('.title')?.textContent ?? '');
}

describe('the list as one wants it', () => {
  // L2
  it('is narrowed and ordered beside itself, and kept', async () => {
    const ui = await TestApp.open('fake=items');
    await ui.click('arrange');
    await ui.user.selectOptions(await ui.see('only-kind'), 'item');
    await waitFor(async () => expect(await titles()).toHaveLength(2));
    await ui.user.selectOptions(await ui.see('order'), 'subject');
    await waitFor(async () => expect((await titles())[0]).toBe('Eerste opvang na de val'));
    await ui.user.click(await ui.see('density-compact'));
    await ui.user.click(await ui.see('preview'));
    await waitFor(() => expect(screen.queryByText('Geen letsel gevonden, controles elk uur.')).toBeNull());
    expect(await ui.shell.call('settings', {})).toMatchObject({
      'overview.order': { value: 'subject' },
      'overview.only': {
        value: { organisation: null, kind: 'item', item_type: null, mentioned: false },
      },
      'overview.density': { value: 'compact' },
      'overview.without_preview': { value: true },
    });
  });

  // L2, U1
  it('says what it leaves out, each part of which can be taken away, the keyboard with it', async () => {
    const ui = await TestApp.open('fake=items&kind=group&of=o-vecht&mentioned');
    const chips = await ui.seeAll('narrowing');
    await waitFor(() =>
      expect(chips.map((one) => one.textContent?.trim())).toEqual([
        'Thuiszorg Vecht en Stroom',
        'Groep',
        'U bent genoemd',
      ]),
    );
    await ui.user.click(chips[2] as HTMLElement);
    await waitFor(() => expect(screen.getAllByTestId('narrowing')).toHaveLength(2));
    await waitFor(() => expect(document.activeElement).toBe(screen.getAllByTestId('narrowing')[0]));
    await ui.click('narrow-none');
    await waitFor(() => expect(ui.look('narrowings')).toBeNull());
    await waitFor(() => expect(document.activeElement).toBe(screen.getByTestId('overview-search')));
  });

  // L2, U2
  it('says that it is empty for what it leaves out, and offers all of it', async () => {
    const ui = await TestApp.open('fake=demo&about=Melding');
    await screen.findByText('Geen gesprekken in deze selectie');
    await ui.click('show-all');
    expect((await titles()).length).toBeGreaterThan(5);
  });

  // L2, U4
  it('is asked of the engine, which finds what is not on the screen', async () => {
    const ui = await TestApp.open('fake=many');
    await ui.seeAll('overview-row');
    const far = ui.shell.world.conversation('veel-990');
    if (far) far.subject = 'Zeldzame vraag';
    await ui.user.type(await ui.see('overview-search'), 'zeldz');
    const results = await ui.see('search-results');
    await waitFor(() =>
      expect(ui.inside(results).getByTestId('overview-row').textContent).toContain('Zeldzame vraag'),
    );
    await ui.user.keyboard('{Enter}');
    await ui.see('conversation');
  });

  // U1
  it('goes to its very end by one key, wherever that is', async () => {
    const ui = await TestApp.open('fake=many');
    await ui.seeAll('overview-row');
    await ui.user.click(await ui.see('overview-search'));
    await ui.user.keyboard('{ArrowDown}');
    await waitFor(() => expect(document.activeElement?.getAttribute('data-conversation')).toBe('veel-0'));
    await ui.user.keyboard('{End}');
    await waitFor(() => expect(ui.app.overview.rows?.[999]).not.toBeNull());
  });
});
