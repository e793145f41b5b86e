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
  // The draft is saved before the window closes.
  window.addEventListener('pagehide', () => app.end());
  // The first views nearly always arrive within a moment, and are then painted once; only a slower start begins with an
  // empty frame (BD1).
  const begun = Promise.allSettled([app.start(), document.fonts.load(FONT)]);
  await Promise.race([begun, new Promise((late) => setTimeout(late, LATE_MS))]);
  mount(App, { target, props: { app } });
  // Two frames on it is painted.
  requestAnimationFrame(() => requestAnimationFrame(() => setTimeout(() => void loadLazyScreens())));
}
