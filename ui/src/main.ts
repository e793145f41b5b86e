import { mount } from 'svelte';

import App from './App.svelte';
import { chooseShell } from './lib/shell/choose';
import { App as AppState } from './lib/state/app.svelte';
import './styles/base.css';

const target = document.getElementById('app');
if (target) {
  const app = new AppState(await chooseShell());
  // What was typed a moment ago is saved before the window goes.
  window.addEventListener('pagehide', () => app.end());
  mount(App, { target, props: { app } });
  void app.start();
}
