/** Language and theme: what the person chose, or what the system says. */
import type { Language } from '$lib/bindings/Language';
import type { Theme } from '$lib/bindings/Theme';
import { setLocale } from '$lib/paraglide/runtime';

class Appearance {
  language = $state<Language>('nl');
  private theme: Theme = 'system';
  private readonly dark = window.matchMedia?.('(prefers-color-scheme: dark)');

  constructor() {
    this.dark?.addEventListener('change', () => this.paint());
  }

  /** Before the settings are known: Dutch first, and the system's appearance. */
  begin(): void {
    this.apply({ language: this.language, theme: 'system' });
  }

  apply({ language, theme }: { language: Language; theme: Theme }): void {
    this.theme = theme;
    void setLocale(language, { reload: false });
    document.documentElement.lang = language;
    this.language = language;
    this.paint();
  }

  private paint(): void {
    const dark = this.theme === 'dark' || (this.theme === 'system' && this.dark?.matches === true);
    document.documentElement.dataset['theme'] = dark ? 'dark' : 'light';
  }
}

export const appearance = new Appearance();
