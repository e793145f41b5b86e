import { cleanup, screen, waitFor } from '@testing-library/svelte';
import { afterEach, describe, expect, it } from 'vitest';

import { TestApp } from '../../testing/test-app';

afterEach(cleanup);

/** Sends a notification on trial in the settings, and returns the outcome that is shown. */
async function outcome(world: string): Promise<string> {
  const ui = await TestApp.open(`settings=notifications&${world}`);
  await ui.click('trial-send');
  await waitFor(() => expect(screen.getByTestId('trial-outcome').textContent.trim()).not.toBe(''));
  return screen.getByTestId('trial-outcome').textContent;
}

describe('a notification on trial', () => {
  // N4
  it('is sent by the program, and its outcome is announced where it stands', async () => {
    const ui = await TestApp.open('settings=notifications');
    const region = await ui.see('trial-outcome');
    expect(region.getAttribute('aria-live')).toBe('polite');
    expect(region.textContent.trim()).toBe('');
    await ui.click('trial-send');
    await screen.findByText('De proefmelding is verstuurd, met geluid.');
    expect(ui.shell.around.done).toEqual(['try_notification']);
    expect(region.textContent).toContain('Niets gezien of gehoord?');
    expect(region.textContent).not.toContain('beperkt');
  });

  // N4
  it.each([
    ['no_server', 'draait niets dat meldingen toont'],
    ['not_sent&system=windows', 'Windows nam de melding niet aan'],
    ['not_sent&system=macos', 'macOS nam de melding niet aan'],
    ['system_policy&system=windows', 'Uw organisatie heeft meldingen op deze computer uitgezet'],
    ['turned_off&system=windows', 'Meldingen staan uit in Windows'],
    ['turned_off_for_overleg&system=windows', 'Meldingen van Overleg staan uit in Windows'],
    ['focus', '“Niet storen” staat aan'],
  ])('says of %s what hides it and what to do, and not to look elsewhere', async (world, sentence) => {
    const said = await outcome(`trial=${world}`);
    expect(said).toContain(sentence);
    expect(said).toContain('Dit beperkt uw meldingen:');
    expect(said).not.toContain('Niets gezien');
  });

  // N4, N5
  it.each([
    ['quiet_hours', 'Uw stille uren zijn bezig: tot '],
    ['outside_work', 'U werkt nu niet: tot '],
    ['silent', 'Het geluid staat uit.'],
    ['silent_forced', 'Uw organisatie heeft het geluid van meldingen uitgezet.'],
    ['no_sound_device', 'Geen geluidsapparaat speelde het geluid af.'],
    ['no_content', 'Uw organisatie laat in meldingen niet zien van wie'],
  ])('says of %s that it limits notifications, though the trial is to be seen', async (world, sentence) => {
    const said = await outcome(`trial=${world}`);
    expect(said).toContain(sentence);
    expect(said).toContain('Niets gezien');
  });

  // N4
  it.each([
    ['system=windows', 'Windows zegt niet of “Niet storen” aanstaat'],
    ['system=macos', 'macOS zegt niet of meldingen zijn toegestaan'],
    ['trial=unknown_focus', 'Uw bureaublad zegt niet of “Niet storen” aanstaat'],
    ['system=linux', 'Kijk in de lijst met meldingen van uw bureaublad'],
  ])('says with %s where else to look', async (world, sentence) => {
    expect(await outcome(world)).toContain(sentence);
  });

  // N4
  it('says so where no notification can be sent', async () => {
    const ui = await TestApp.open('settings=notifications');
    ui.app.program.tryNotification = () => Promise.resolve(null);
    await ui.click('trial-send');
    expect(await screen.findByText('Hier kan geen proefmelding worden verstuurd.')).toBeTruthy();
  });
});
