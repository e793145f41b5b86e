import { cleanup, screen, waitFor } from '@testing-library/svelte';
import { afterEach, describe, expect, it } from 'vitest';

import { TestApp } from '../../testing/test-app';

afterEach(cleanup);

/** Without the marks that keep names from turning their surroundings. */
const bare = (text: string | null | undefined) => (text ?? '').replace(/[⁦-⁩]/g, '').trim();

async function openForm(setting = ''): Promise<TestApp> {
  const ui = await TestApp.open(setting);
  await ui.settings('presence');
  await ui.click('working-days-change');
  await ui.see('works-monday');
  return ui;
}

describe('working days and cover', () => {
  // O5
  it('are filled in by the professional, and shown as colleagues see them', async () => {
    const ui = await openForm();
    await ui.click('works-tuesday');
    await ui.user.clear(await ui.see('from-tuesday'));
    await ui.user.type(await ui.see('from-tuesday'), '9');
    // The next day begins with the hours of the one before.
    await ui.click('works-thursday');
    expect(((await ui.see('from-thursday')) as HTMLInputElement).value).toBe('9');
    await ui.user.type(await ui.see('people-search'), 'ouderen');
    await ui.user.click((await screen.findAllByText('Ouderenzorg'))[0] as HTMLElement);
    await ui.user.type(await ui.see('note'), 'Bel bij spoed.');
    await ui.click('availability-save');
    await waitFor(() => expect(ui.look('availability')).toBeNull());
    await ui.settings('presence');
    await waitFor(() =>
      expect(bare(screen.getByTestId('working-days').textContent)).toContain(
        'werkt di en do; Bel bij spoed.',
      ),
    );
    await ui.click('working-days-change');
    await ui.see('works-monday');
    expect((screen.getByTestId('works-tuesday') as HTMLInputElement).checked).toBe(true);
    expect((screen.getByTestId('from-tuesday') as HTMLInputElement).value).toBe('09:00');
    expect(screen.getByTestId('chosen-person').textContent).toContain('Ouderenzorg');
  });

  // O6
  it('come with whether one is found by other organisations', async () => {
    const ui = await openForm();
    await ui.click('inside-only');
    await ui.click('availability-save');
    await waitFor(() => expect(ui.look('availability')).toBeNull());
    await ui.settings('presence');
    await ui.click('working-days-change');
    await waitFor(() => expect((screen.getByTestId('inside-only') as HTMLInputElement).checked).toBe(true));
    await ui.click('availability-cancel');
    // Without the server it is not known.
    ui.shell.setOffline(true);
    await ui.settings('presence');
    await ui.click('working-days-change');
    await ui.see('works-monday');
    expect(ui.look('inside-only')).toBeNull();
  });

  // O5, U2
  it('are not saved while an hour or a date is none, and nothing of them is lost', async () => {
    const ui = await openForm();
    await ui.click('works-monday');
    await ui.user.clear(await ui.see('to-monday'));
    await ui.user.type(await ui.see('to-monday'), '25');
    await screen.findByText('Vul een tijd in als 08:30.');
    await ui.click('away');
    await ui.click('availability-save');
    await screen.findByText('Vul een datum in als 31-12-2026.');
    // The first that is wrong has the keyboard: it may be out of sight.
    await waitFor(() => expect(document.activeElement).toBe(screen.getByTestId('to-monday')));
    expect((screen.getByTestId('to-monday') as HTMLInputElement).value).toBe('25');
    await ui.user.clear(await ui.see('to-monday'));
    await ui.user.type(await ui.see('to-monday'), '6');
    await screen.findByText('volgende dag');
    await ui.user.type(await ui.see('absent-until'), '31-12-2026');
    await ui.click('availability-save');
    await waitFor(() => expect(ui.look('availability')).toBeNull());
  });

  // O5, F4
  it('stay filled in without a network, and it is said why', async () => {
    const ui = await openForm();
    ui.shell.setOffline(true);
    await ui.click('works-friday');
    await ui.click('availability-save');
    await ui.see('availability-failure');
    expect((screen.getByTestId('works-friday') as HTMLInputElement).checked).toBe(true);
    ui.shell.setOffline(false);
    await ui.click('availability-save');
    await waitFor(() => expect(ui.look('availability')).toBeNull());
  });
});

describe('a colleague who is away', () => {
  // O5
  it('is told as that where one chooses, and who covers is chosen with one click instead', async () => {
    const ui = await TestApp.open('absent');
    await ui.click('new-conversation');
    await ui.user.type(await ui.see('people-search'), 'noor');
    await waitFor(() =>
      expect(bare(screen.getAllByTestId('found-person')[0]?.textContent)).toContain(
        'waarneming: Sanne de Vries (nu ook afwezig)',
      ),
    );
    await ui.user.keyboard('{Enter}');
    expect(bare((await ui.see('absent')).textContent)).toContain('Noor Haddad: afwezig t/m');
    await ui.click('cover-instead');
    await waitFor(() => {
      const chosen = screen.getAllByTestId('chosen-person').map((one) => one.textContent);
      expect(chosen).toHaveLength(1);
      expect(chosen[0]).toContain('Sanne de Vries');
    });
  });

  // O5
  it('is joined by who covers with one click in a group', async () => {
    const ui = await TestApp.open('absent');
    await ui.click('new-conversation');
    await ui.click('kind-group');
    await ui.user.type(await ui.see('wizard-subject'), 'Wond hiel{Enter}');
    await ui.user.type(await ui.see('people-search'), 'bram');
    await waitFor(() => expect(screen.getAllByTestId('found-person')[0]?.textContent).toContain('Bram'));
    await ui.user.keyboard('{Enter}');
    await ui.click('cover-besides');
    await waitFor(() => expect(screen.getAllByTestId('chosen-person')).toHaveLength(2));
    expect(ui.look('cover-besides')).toBeNull();
    expect(bare(screen.getByTestId('absent').textContent)).toContain('waarneming: Team Wond');
  });

  // O5, W1
  it('is named above the text only when they are away now, with who covers', async () => {
    const ui = await TestApp.open('absent');
    await ui.open('wond');
    const line = bare((await ui.seeAll('absent'))[0]?.textContent);
    expect(line).toContain('Bram de Wit: werkt nu niet; terug vr 08:30; waarneming: Team Wond');
    expect(screen.getByTestId('composer').getAttribute('aria-describedby')).toContain('absent');
  });

  // O5
  it('is nobody where nothing is known', async () => {
    const ui = await TestApp.open();
    await ui.open('wond');
    await ui.see('destination');
    expect(ui.look('absent')).toBeNull();
    expect(ui.look('presence')).toBeNull();
  });
});
