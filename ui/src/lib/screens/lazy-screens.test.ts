import { cleanup, fireEvent, render, screen } from '@testing-library/svelte';
import { afterEach, describe, expect, it } from 'vitest';

import App from '../../App.svelte';
import { NOW } from '../../testing/now';
import { readSetting } from '$lib/shell/fake/settings';
import { FakeShell } from '$lib/shell/fake/shell';
import { App as AppState } from '$lib/state/app.svelte';

import { lazyScreens } from './lazy-screens.svelte';

afterEach(cleanup);

// BD1
describe('what comes after the overview', () => {
  it('is not there for the overview, and comes with what is asked for', async () => {
    const shell = new FakeShell(readSetting(new URLSearchParams('fake=demo')), () => NOW);
    const app = new AppState(shell);
    render(App, { app });
    await app.start();
    const [row] = await screen.findAllByTestId('overview-row');
    expect(lazyScreens()).toBeNull();
    // A menu that is requested before its code is loaded opens afterwards.
    if (row) await fireEvent.contextMenu(row);
    await screen.findByTestId('menu-open', {}, { timeout: 20_000 });
    expect(lazyScreens()).not.toBeNull();
  });
});
