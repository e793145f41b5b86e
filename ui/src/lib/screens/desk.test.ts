import { cleanup, screen, waitFor } from '@testing-library/svelte';
import { afterEach, describe, expect, it } from 'vitest';

import { Desk } from '../../testing/desk';

afterEach(() => {
  cleanup();
  document.documentElement.style.zoom = '';
});

function zoom(): string {
  return document.documentElement.style.zoom;
}

describe('the program', () => {
  // U1
  it('is made larger and smaller by keys, in steps, as far as it goes', async () => {
    const desk = await Desk.sit('zoom=250');
    await desk.see('work');
    await desk.user.keyboard('{Control>}={/Control}');
    await waitFor(() => expect(zoom()).toBe('3'));
    await desk.user.keyboard('{Control>}+{/Control}');
    await waitFor(() => expect(desk.app.desk.zoom).toBe(300));
    await desk.user.keyboard('{Control>}0{/Control}');
    await waitFor(() => expect(zoom()).toBe('1'));
    await desk.user.keyboard('{Control>}-{/Control}');
    await waitFor(() => expect(zoom()).toBe('0.9'));
  });

  // U1
  it('has its size in the settings, too, also before one signed in by the keys', async () => {
    const desk = await Desk.sit('signed-out');
    await desk.user.keyboard('{Control>}+{/Control}');
    await waitFor(() => expect(zoom()).toBe('1.1'));
    cleanup();
    const next = await Desk.sit();
    await next.click('display-options');
    await next.click('zoom-larger');
    await waitFor(() => expect(screen.getByTestId('zoom').textContent).toBe('110 %'));
    await next.click('zoom-usual');
    await waitFor(() => expect(screen.getByTestId('zoom').textContent).toBe('100 %'));
  });

  // N1
  it('says what a notification tells, and keeps it with the sound', async () => {
    const desk = await Desk.sit();
    await desk.click('display-options');
    await screen.findByText('U ziet van wie het bericht is, en niet wat erin staat.');
    await desk.click('telling-nothing');
    await screen.findByText('U ziet alleen dat er een bericht is.');
    await desk.click('with-sound');
    await waitFor(() => expect(desk.app.settings).toMatchObject({ telling: 'nothing', silent: true }));
  });

  // N1, U2
  it('offers what the system can, and says of the rest why not', async () => {
    const desk = await Desk.sit('no-tray');
    await desk.click('display-options');
    expect((await desk.see('keep-running-cannot')).textContent).toContain('geen systeemvak');
    expect(desk.look('keep-running')).toBeNull();
    await desk.click('start-at-login');
    await waitFor(() => expect(desk.app.desk.view?.settings.start_at_login).toBe(true));
    expect((await desk.see('options')).textContent).toContain('Oproepen met Ctrl+Alt+O');
  });

  it('is ended for good from the settings', async () => {
    const desk = await Desk.sit();
    await desk.click('display-options');
    await desk.click('quit');
    await waitFor(() => expect(desk.shell.around.done).toEqual(['quit']));
  });

  // N1
  it('says once, when its window closes, that it goes on, and then closes it', async () => {
    const desk = await Desk.sit();
    await desk.see('work');
    desk.shell.around.close();
    await desk.see('closing');
    await waitFor(() => expect(document.activeElement).toBe(screen.getByTestId('closing-understood')));
    await desk.user.keyboard('{Enter}');
    await waitFor(() => expect(desk.shell.around.done).toEqual(['close_window']));
    expect(desk.look('closing')).toBeNull();
  });

  // N1
  it('stays open where one thinks better of it, and is ended where one wants that', async () => {
    const desk = await Desk.sit('signed-out&closing');
    await desk.see('closing');
    await desk.user.keyboard('{Escape}');
    await waitFor(() => expect(desk.look('closing')).toBeNull());
    expect(desk.shell.around.done).toEqual(['stay_open']);
    desk.shell.around.close();
    await desk.click('closing-quit');
    await waitFor(() => expect(desk.shell.around.done).toEqual(['stay_open', 'quit']));
  });

  // L1
  it('goes to the edge of the screen with the list alone, and comes back', async () => {
    const desk = await Desk.sit();
    await desk.open('wond');
    await desk.click('side-mode');
    await desk.see('leave-side');
    expect(desk.look('conversation')).toBeNull();
    expect(desk.look('close-overview')).toBeNull();
    await desk.click('leave-side');
    await desk.see('side-mode');
  });
});
