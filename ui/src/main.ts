import { mount } from 'svelte';

import App from './App.svelte';
import { chooseShell } from './lib/shell/choose';
import { loadLazyScreens } from './lib/screens/lazy-screens.svelte';
import { App as AppState } from './lib/state/app.svelte';
import './styles/base.css';

/** Until the frame is shown without what belongs in it. */
const LATE_MS = 250;
const FONT = "1em 'Atkinson Hyperlegible Next Variable'";

const target = document.getElementById('app');
if (target) {
  const app = new AppState(await chooseShell());
  // What was typed a moment ago is saved before the window goes.
  window.addEventListener('pagehide', () => app.end());
  // What there is to show is nearly always there in a moment, and is then painted once; only what takes longer begins
  // with an empty frame (BD1).
  const begun = Promise.allSettled([app.start(), document.fonts.load(FONT)]);
  await Promise.race([begun, new Promise((late) => setTimeout(late, LATE_MS))]);
  mount(App, { target, props: { app } });
  // Two frames on it is painted.
  requestAnimationFrame(() => requestAnimationFrame(() => setTimeout(() => void loadLazyScreens())));
}
