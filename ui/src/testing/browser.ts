/** Features of a browser that jsdom lacks. */
import { configure } from '@testing-library/svelte';
import { beforeEach, vi } from 'vitest';
import '@testing-library/svelte/vitest';

import { NOW } from './now';

// Without the whole page in every message.
configure({ asyncUtilTimeout: 30_000, getElementError: (message) => new Error(message ?? 'not found') });

Element.prototype.scrollIntoView = () => undefined;
window.matchMedia = (query) =>
  ({
    matches: false,
    media: query,
    addEventListener: () => undefined,
    removeEventListener: () => undefined,
  }) as unknown as MediaQueryList;

// The list of messages measures itself; here everything has the same height.
const HEIGHT = 80;
const isItem = (element: Element) => (element as HTMLElement).style.position === 'absolute';
globalThis.ResizeObserver = class {
  constructor(private readonly heard: ResizeObserverCallback) {}
  observe(target: Element) {
    const box = { width: 600, height: isItem(target) ? HEIGHT : 800 } as DOMRectReadOnly;
    queueMicrotask(() => this.heard([{ target, contentRect: box } as ResizeObserverEntry], this));
  }
  unobserve() {}
  disconnect() {}
};
Object.defineProperty(HTMLElement.prototype, 'offsetHeight', { configurable: true, get: () => 800 });
Object.defineProperty(HTMLElement.prototype, 'offsetWidth', { configurable: true, get: () => 600 });
Object.defineProperty(HTMLElement.prototype, 'offsetParent', {
  configurable: true,
  get: () => document.body,
});
globalThis.CSS ??= {} as typeof CSS;
CSS.escape ??= (text: string) => text.replace(/[^\w-]/g, '\\$&');
HTMLElement.prototype.scrollTo = () => undefined;
URL.createObjectURL ??= () => 'blob:picture';
Blob.prototype.arrayBuffer ??= function (this: Blob) {
  return new Promise((done, failed) => {
    const reader = new FileReader();
    reader.onload = () => done(reader.result as ArrayBuffer);
    reader.onerror = () => failed(reader.error ?? new Error('not read'));
    reader.readAsArrayBuffer(this);
  });
};
HTMLElement.prototype.scrollBy = () => undefined;
// No picture is drawn here.
HTMLCanvasElement.prototype.getContext = () => null;

// The pointer does not leave what is gone: a menu that was chosen from hears nothing more.
const dispatch = (on: EventTarget, event: Event) => EventTarget.prototype.dispatchEvent.call(on, event);
Element.prototype.dispatchEvent = function (event) {
  const left = /^(?:pointer|mouse)(?:leave|out)$/u.test(event.type);
  return left && !this.isConnected ? true : dispatch(this, event);
};

// The day on which everyone in the fake world is at work; only the clock stands still, timers run.
beforeEach(() => {
  vi.useFakeTimers({ toFake: ['Date'], now: NOW });
});
